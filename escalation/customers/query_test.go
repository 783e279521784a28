package customers

import (
	"fmt"
	"strings"
	"testing"
)

func TestCompile(t *testing.T) {
	for _, tt := range []struct{ about, driver, query, want string }{
		{"PostgreSQL", Postgres, "SELECT 1 WHERE a IN (:address, :written) OR b = :address;", "SELECT 1 WHERE a IN ($1, $2) OR b = $1 [address written]"},
		{"MySQL", MySQL, "SELECT 1 WHERE a = :address OR b = :address", "SELECT 1 WHERE a = ? OR b = ? [address address]"},
		{"a cast", Postgres, "SELECT 1 WHERE number::text = :address", "SELECT 1 WHERE number::text = $1 [address]"},
		{"quoted text", SQLite, `SELECT ':x', ":y", 'it''s :z' WHERE a = :address`, `SELECT ':x', ":y", 'it''s :z' WHERE a = ? [address]`},
		{"comments", SQLite, "SELECT 1 -- :x\n/* :y */ WHERE a = :address", "SELECT 1 -- :x\n/* :y */ WHERE a = ? [address]"},
		{"MySQL's escapes", MySQL, `SELECT 'it\'s :x', "\":y" WHERE a = :address`, `SELECT 'it\'s :x', "\":y" WHERE a = ? [address]`},
		{"a backslash elsewhere", Postgres, `SELECT '\' WHERE a = :address`, `SELECT '\' WHERE a = $1 [address]`},
		{"MySQL's comments", MySQL, "SELECT 1 # isn't :x\nWHERE a = :address", "SELECT 1 # isn't :x\nWHERE a = ? [address]"},
		{"an operator", Postgres, "SELECT data #>> '{name}' WHERE a = :address", "SELECT data #>> '{name}' WHERE a = $1 [address]"},
		{"a time", SQLite, "SELECT '10:30' WHERE a = :address", "SELECT '10:30' WHERE a = ? [address]"},
		{"unknown", SQLite, "SELECT :adress", "knows no placeholder :adress; allowed here are :address and :written"},
		{"none", SQLite, "SELECT 1", "asks for nobody; put :address or :written where the value belongs"},
		{"only in a comment", SQLite, "SELECT 1 -- :address", "asks for nobody; put :address or :written where the value belongs"},
	} {
		st, err := compile(tt.query, tt.driver, ForAddress, ForWritten)
		got := fmt.Sprint(st.sql, " ", st.args)
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.about, got, tt.want)
		}
	}
}

// FuzzCompile feeds queries: what comes out has as many marks more as it has arguments, and the same text beside them.
func FuzzCompile(f *testing.F) {
	f.Add("SELECT 1 WHERE a = :address -- :x")
	f.Add("'::' \":\" /* :address")
	f.Fuzz(func(t *testing.T, query string) {
		st, err := compile(query, MySQL, ForAddress)
		if err != nil {
			return
		}
		if got, want := strings.Count(st.sql, "?"), strings.Count(query, "?")+len(st.args); got != want {
			t.Errorf("%q became %q with %d arguments", query, st.sql, len(st.args))
		}
		if rest := strings.ReplaceAll(st.sql, "?", ""); len(rest) > len(query) {
			t.Errorf("%q became %q", query, st.sql)
		}
	})
}
