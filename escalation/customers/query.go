package customers

import (
	"fmt"
	"slices"
	"strings"
)

// The placeholders of an administrator's query.
const (
	ForAddress = "address" // the customer's address, normalised
	ForWritten = "written" // the same as the mail has it, in small letters
	ForOrder   = "order"   // an order number, normalised: no #, capitals
)

// MaxQuery bounds a query in bytes.
const MaxQuery = 16 << 10

// A statement is an administrator's query with the driver's own placeholders for ours.
type statement struct {
	sql  string
	args []string // the names of its arguments, in order
}

// A Query of an administrator names what it asks for with a colon, as :address. compile turns that into what the driver
// takes; quoted text, comments and casts (::text) stay as they are. It is text that is looked at here, never a value: a
// value always travels beside the statement.
func compile(query, driver string, allowed ...string) (statement, error) {
	if len(query) > MaxQuery {
		return statement{}, fmt.Errorf("is longer than %d KiB", MaxQuery>>10)
	}
	var out strings.Builder
	st := statement{}
	for i := 0; i < len(query); {
		if n := verbatim(query[i:], driver); n > 0 {
			out.WriteString(query[i : i+n])
			i += n
			continue
		}
		name := placeholder(query[i:])
		if name == "" {
			out.WriteByte(query[i])
			i++
			continue
		}
		if !slices.Contains(allowed, name) {
			return statement{}, fmt.Errorf("knows no placeholder :%s; allowed here are :%s", name, strings.Join(allowed, " and :"))
		}
		i += 1 + len(name)
		out.WriteString(st.bind(name, driver))
	}
	if len(st.args) == 0 {
		return statement{}, fmt.Errorf("asks for nobody; put :%s where the value belongs", strings.Join(allowed, " or :"))
	}
	st.sql = strings.TrimRight(strings.TrimSpace(out.String()), "; \n\t")
	return st, nil
}

// bind writes an argument as the driver wants it: PostgreSQL numbers them, the others count them.
func (s *statement) bind(name, driver string) string {
	if driver != Postgres {
		s.args = append(s.args, name)
		return "?"
	}
	i := slices.Index(s.args, name)
	if i < 0 {
		s.args = append(s.args, name)
		i = len(s.args) - 1
	}
	return fmt.Sprintf("$%d", i+1)
}

// verbatim returns the length of what begins here and may hold a colon that is no placeholder: a quoted text or name, a
// comment, or a cast. MySQL has a third kind of comment, and backslashes that take a quote along.
func verbatim(s, driver string) int {
	until := func(start int, end string) int {
		if i := strings.Index(s[start:], end); i >= 0 {
			return start + i + len(end)
		}
		return len(s)
	}
	switch {
	case driver == MySQL && (s[0] == '\'' || s[0] == '"'):
		for i := 1; i < len(s); i++ {
			switch s[i] {
			case '\\':
				i++
			case s[0]:
				return i + 1
			}
		}
		return len(s)
	case s[0] == '\'' || s[0] == '"' || s[0] == '`':
		return until(1, s[:1])
	case strings.HasPrefix(s, "--"), driver == MySQL && s[0] == '#':
		return until(1, "\n")
	case strings.HasPrefix(s, "/*"):
		return until(2, "*/")
	case strings.HasPrefix(s, "::"):
		return 2
	}
	return 0
}

// placeholder returns the name after a colon, "" for none.
func placeholder(s string) string {
	if s[0] != ':' {
		return ""
	}
	end := 1
	for end < len(s) && (s[end] == '_' || s[end] >= 'a' && s[end] <= 'z' || s[end] >= 'A' && s[end] <= 'Z') {
		end++
	}
	return s[1:end]
}

// CheckQuery says what is wrong with a query of the config, as far as that can be known without a database.
func CheckQuery(query, driver string, allowed ...string) error {
	_, err := compile(query, driver, allowed...)
	return err
}
