package note

import (
	"fmt"

	"github.com/heedmail/heed/mailbox/message"
)

// money writes a sum as it was written, "" for none.
func money(m message.Money) string {
	switch {
	case m.IsZero():
		return ""
	case m.Text != "":
		return shown(m.Text, maxName)
	case m.Currency == "JPY" || m.Currency == "KRW": // these have no smaller unit
		return fmt.Sprintf("%s %d", m.Currency, m.Minor)
	default:
		return fmt.Sprintf("%s %d.%02d", shown(m.Currency, maxName), m.Minor/100, max(m.Minor%100, -m.Minor%100))
	}
}
