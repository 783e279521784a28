package message

import "time"

// Facts are what a message says that people can act on: sums, dates by which something has to happen, numbers to call and
// numbers to look up. They stem from the customer's new text alone, or from what a platform's notice says.
type Facts struct {
	Amounts   []Money    `json:"amounts,omitempty"`
	Deadlines []Deadline `json:"deadlines,omitempty"`
	Phones    []string   `json:"phones,omitempty"`  // as written
	Numbers   []string   `json:"numbers,omitempty"` // of disputes, claims and cases with platforms: "PP-D-123456"
}

// Money is a sum as somebody wrote it.
type Money struct {
	Text     string `json:"text"`     // as written: "1.234,56 €"
	Minor    int64  `json:"minor"`    // in the currency's smallest unit: 123456
	Currency string `json:"currency"` // ISO 4217: "EUR"
}

// IsZero reports whether no sum is known.
func (m Money) IsZero() bool { return m == Money{} }

// A Deadline is a date that somebody set.
type Deadline struct {
	Text string    `json:"text"` // as written: "by Friday"
	At   time.Time `json:"at"`   // when it is over, counted from the message's arrival
}

// How much of a mail is searched for facts. Customers say what they want in the first lines; longer ones are pasted.
const (
	maxFactText = 64 << 10
	maxFactLine = 4000
)
