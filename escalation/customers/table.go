package customers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/heedmail/heed/mailbox/message"
)

// The columns of a table, in a CSV file as well as in what a query returns.
const (
	colAddress    = "address"
	colName       = "name"
	colTier       = "tier"
	colSince      = "since"
	colLifetime   = "lifetime_value"
	colAnnual     = "annual_spend"
	colCurrency   = "currency"
	colOrder      = "order_number"
	colOrderValue = "order_value"
	colOrderDate  = "order_date"
	colOrderItems = "order_items"
)

// Columns returns the names of the columns that are read, in the order of the manual.
func Columns() []string {
	return []string{colAddress, colName, colTier, colSince, colLifetime, colAnnual, colCurrency, colOrder, colOrderValue, colOrderDate, colOrderItems}
}

// otherNames are what shops' exports often call a column.
var otherNames = map[string]string{
	"email": colAddress, "e_mail": colAddress, "email_address": colAddress, "customer_email": colAddress, "customer_name": colName,
	"order": colOrder, "order_id": colOrder, "items": colOrderItems, "customer_since": colSince, "total_spent": colLifetime,
}

// maxCell bounds a cell in bytes; what is longer is no name.
const maxCell = 1 << 10

// maxProblems bounds how many cells that can't be read are named.
const maxProblems = 5

// A table reads rows under a header.
type table struct {
	at       map[string]int // column → position
	unknown  []string       // columns that are not read
	currency string         // of sums that name none
	decimal  byte           // the sign before cents in this table, 0 when unknown
	problems []string       // the first cells that can't be read
	bad      int            // how many can't be
}

// newTable reads a header. Names are known whatever their case, and with blanks or hyphens for underscores.
func newTable(header []string, currency string, decimal byte) *table {
	t := &table{at: map[string]int{}, currency: currency, decimal: decimal}
	for i, written := range header {
		name := strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(written)))
		if other, ok := otherNames[name]; ok {
			name = other
		}
		_, twice := t.at[name]
		switch {
		case slices.Contains(Columns(), name) && !twice:
			t.at[name] = i
		case name != "":
			t.unknown = append(t.unknown, strings.TrimSpace(written))
		}
	}
	return t
}

func (t *table) has(column string) bool {
	_, ok := t.at[column]
	return ok
}

// record reads a row as a Record with at most one order.
func (t *table) record(where string, row []any) Record {
	r := Record{Address: message.NormaliseAddress(t.text(row, colAddress)), Name: t.text(row, colName), Tier: t.text(row, colTier)}
	if !strings.Contains(r.Address, "@") {
		r.Address = ""
	}
	currency := t.text(row, colCurrency)
	if currency == "" {
		currency = t.currency
	}
	r.Since = t.date(where, row, colSince)
	r.LifetimeValue = t.money(where, row, colLifetime, currency)
	r.AnnualSpend = t.money(where, row, colAnnual, currency)
	if number := message.NormaliseOrder(t.text(row, colOrder)); number != "" {
		r.Orders = []Order{{Number: number, Value: t.money(where, row, colOrderValue, currency),
			Date: t.date(where, row, colOrderDate), Items: splitItems(t.text(row, colOrderItems))}}
	}
	return r
}

// cell returns the value of a column, nil for none.
func (t *table) cell(row []any, column string) any {
	i, ok := t.at[column]
	if !ok || i >= len(row) {
		return nil
	}
	return row[i]
}

// text returns a cell as clean text.
func (t *table) text(row []any, column string) string { return cellText(t.cell(row, column)) }

func cellText(v any) string {
	var s string
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		s = v
	case []byte:
		s = string(v)
	case time.Time:
		s = v.Format(time.RFC3339)
	default:
		s = fmt.Sprint(v)
	}
	s = strings.TrimSpace(strings.ToValidUTF8(s, "\uFFFD"))
	if len(s) > maxCell {
		s = strings.ToValidUTF8(s[:maxCell], "")
	}
	return s
}

func (t *table) money(where string, row []any, column, currency string) message.Money {
	text := t.text(row, column)
	if text == "" {
		return message.Money{}
	}
	m, ok := message.ParseMoney(text, currency, t.decimal)
	if !ok {
		t.problem("%s: %s: %q is no sum", where, column, shorten(text))
		return message.Money{}
	}
	if strings.Trim(text, "0123456789.,'- ") == "" {
		m.Text = "" // a bare number is no way to show a sum: the currency stands elsewhere
	}
	return m
}

// dateForms are how tables write dates, the plain ones of ISO 8601 first. A form with slashes is left out: day and month
// can't be told apart there.
var dateForms = []string{time.DateOnly, time.RFC3339, time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04", "2006/01/02", "02.01.2006", "2.1.2006", "2006-01", "2006"}

func (t *table) date(where string, row []any, column string) time.Time {
	if at, ok := t.cell(row, column).(time.Time); ok {
		return at
	}
	text := t.text(row, column)
	if text == "" {
		return time.Time{}
	}
	for _, form := range dateForms {
		if at, err := time.Parse(form, text); err == nil {
			return at
		}
	}
	t.problem("%s: %s: %q is no date; write it as 2026-03-31", where, column, shorten(text))
	return time.Time{}
}

func (t *table) problem(format string, args ...any) {
	if t.bad++; t.bad <= maxProblems {
		t.problems = append(t.problems, fmt.Sprintf(format, args...))
	}
}

// splitItems splits "2 x lamp; bulb" into items.
func splitItems(text string) []string {
	var items []string
	for item := range strings.SplitSeq(text, ";") {
		if item = strings.TrimSpace(item); item != "" && len(items) < maxItems {
			items = append(items, item)
		}
	}
	return items
}

func shorten(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
