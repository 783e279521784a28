package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/escalation/customers"
	"github.com/heedmail/heed/internal/config"
)

func TestCheckSaysWhatIsKnownOfCustomers(t *testing.T) {
	dir := t.TempDir()
	csv := filepath.Join(dir, "customers.csv")
	if err := os.WriteFile(csv, []byte("email,tier,since,colour\njane@mail.example,gold,soon,red\nbob@mail.example,,,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		about   string
		config  config.Customers
		offline bool
		want    string
	}{
		{"nothing is configured", config.Customers{}, false, ""},
		{"a CSV file", config.Customers{Files: []string{csv}, Currency: "EUR"}, true, "ok   customers: 2 customers, 0 orders; columns address, since, tier\n" +
			"warn customers: not read: colour; columns that are read are " + strings.Join(customers.Columns(), ", ") + "\n" +
			"warn customers: " + csv + ":2: since: \"soon\" is no date; write it as 2026-03-31\n"},
		{"no file", config.Customers{Files: []string{csv + ".gone"}}, true, "FAIL customers: open the customer file: open " + csv + ".gone: no such file or directory\n"},
		{"a database that is not to be asked", config.Customers{Database: customers.Postgres}, true, ""},
		{"no database", config.Customers{Database: customers.SQLite, Path: filepath.Join(dir, "gone.db"), ByAddress: "SELECT 1 AS tier WHERE :address <> ''"}, false,
			"FAIL customers: reach the customer database: unable to open database file"},
	} {
		var out bytes.Buffer
		r := &report{w: &out}
		r.customers(t.Context(), tt.config, tt.offline, time.Now)
		if got := out.String(); got != tt.want && (tt.want == "" || !strings.HasPrefix(got, tt.want)) {
			t.Errorf("%s: got\n%swant\n%s", tt.about, got, tt.want)
		}
		if r.failed != strings.HasPrefix(tt.want, "FAIL") {
			t.Errorf("%s: failed is %v", tt.about, r.failed)
		}
	}
}
