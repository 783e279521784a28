package customers

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

func TestFileKnowsCustomers(t *testing.T) {
	for _, tt := range []struct {
		about, csv string
		query      Query
		want       string
	}{
		{"a row for each order", "email,name,tier,since,lifetime_value,annual_spend,order_number,order_value,order_date,order_items\n" +
			"Jane.Roe@mail.example,Jane Roe,gold,2019-05-01,\"4,210.50\",$1200,#1234,89.90,2026-02-03,2 x lamp; bulb\n" +
			"Jane.Roe@mail.example,,,,,,#1300,15,2026-03-01,\n", Query{Address: "jane.roe@mail.example"},
			"jane.roe@mail.example Jane Roe gold 2019-05-01 421050 EUR 120000 USD; 1300 1500 2026-03-01 []; 1234 8990 2026-02-03 [2 x lamp bulb]; owners map[]"},
		{"a German spreadsheet", "\ufeffTier;E-Mail;Lifetime Value;Since;comment\r\nGold;jane@mail.example;4.210,50;01.05.2019;x\r\n", Query{Address: "jane@mail.example"},
			"jane@mail.example  Gold 2019-05-01 421050 EUR 0 ; owners map[]"},
		{"Windows-1252", "address,name\njane@mail.example,J\xfcrgen\n", Query{Address: "jane@mail.example"}, "jane@mail.example Jürgen  - 0  0 ; owners map[]"},
		{"UTF-16", "\xff\xfea\x00d\x00d\x00r\x00e\x00s\x00s\x00\t\x00n\x00a\x00m\x00e\x00\n\x00a\x00@\x00b\x00.\x00c\x00\t\x00\xfc\x00\n\x00", Query{Address: "a@b.c"},
			"a@b.c ü  - 0  0 ; owners map[]"},
		{"Gmail addresses as customers are known", "address,name\nJane.Roe+shop@googlemail.com,Jane\n", Query{Address: "janeroe@gmail.com"}, "janeroe@gmail.com Jane  - 0  0 ; owners map[]"},
		{"by order", "address,order_number,order_value\njane@mail.example,NW-10211,5\n", Query{Address: "x@relay.example", Orders: []string{"NW-10211"}},
			"jane@mail.example by NW-10211   - 0  0 ; NW-10211 500 - []; owners map[NW-10211:jane@mail.example]"},
		{"orders without addresses", "order_number,order_value,name\n1234,5,Jane\n", Query{Orders: []string{"1234"}}, " by 1234 Jane  - 0  0 ; 1234 500 - []; owners map[]"},
		{"short and long rows", "address,name,tier\njane@mail.example\nbob@mail.example,Bob,gold,more,and more\n", Query{Address: "bob@mail.example"},
			"bob@mail.example Bob gold - 0  0 ; owners map[]"},
		{"cells that make no sense", "address,since,lifetime_value\njane@mail.example,03/04/2019,lots\n", Query{Address: "jane@mail.example"}, "jane@mail.example   - 0  0 ; owners map[]"},
		{"a stray quote", "address,name\njane@mail.example,5\" lamp\n", Query{Address: "jane@mail.example"}, "jane@mail.example 5\" lamp  - 0  0 ; owners map[]"},
		{"nobody", "address,name\njane@mail.example,Jane\n", Query{Address: "bob@mail.example"}, "nothing; owners map[]"},
		{"no address asked for", "address,name\n,Jane\n", Query{}, "nothing; owners map[]"},
	} {
		f := OpenFile(fileOptions(writeCSV(t, tt.csv)))
		a, err := f.Find(t.Context(), tt.query)
		if err != nil {
			t.Errorf("%s: %v", tt.about, err)
			continue
		}
		if got := describe(a); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.about, got, tt.want)
		}
	}
}

func TestFilesAreJoinedByAddress(t *testing.T) {
	o := fileOptions(writeCSV(t, "address,name\njane@mail.example,Jane\n"))
	o.Paths = append(o.Paths, writeCSV(t, "order_number;address;order_value\n1234;jane@mail.example;89,90\n"))
	a, err := OpenFile(o).Find(t.Context(), Query{Address: "jane@mail.example", Orders: []string{"1234"}})
	if want := "jane@mail.example Jane  - 0  0 ; 1234 8990 - []; owners map[1234:jane@mail.example]"; err != nil || describe(a) != want {
		t.Errorf("got %s, %v", describe(a), err)
	}
}

func TestFileThatIsNoneSaysWhy(t *testing.T) {
	for _, tt := range []struct{ about, csv, want string }{
		{"empty", "", "is empty"},
		{"no column that tells customers apart", "name,tier\nJane,gold\n", `no column is called "address"`},
		{"no text", "address,name\x00\xff\xfe\n", "is no text"},
	} {
		path := writeCSV(t, tt.csv)
		_, err := CheckFile(fileOptions(path))
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", tt.about, err)
		}
	}
	if _, err := CheckFile(fileOptions("/nowhere.csv")); err == nil || !strings.Contains(err.Error(), "/nowhere.csv") {
		t.Errorf("missing: %v", err)
	}
}

func TestCheckNamesWhatCannotBeRead(t *testing.T) {
	path := writeCSV(t, "address,since,colour\njane@mail.example,soon,red\nbob@mail.example,2020,blue\n")
	r, err := CheckFile(fileOptions(path))
	if err != nil || r.Customers != 2 || r.Bad != 1 || len(r.Problems) != 1 || r.Problems[0] != path+`:2: since: "soon" is no date; write it as 2026-03-31` ||
		len(r.Ignored) != 1 || r.Ignored[0] != "colour" {
		t.Errorf("got %+v, %v", r, err)
	}
}

// A file is read again when it has changed and then stayed as it is for one look; a broken one leaves the old one in
// force, and what can be read comes into force whenever it comes.
func TestChangedFileIsReadAgain(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	core, logs := observer.New(zap.InfoLevel)
	path := writeCSV(t, "")
	o := fileOptions(path)
	o.Now, o.Log = func() time.Time { return now }, zap.New(core)
	f := OpenFile(o)
	if _, err := f.Find(t.Context(), Query{Address: "jane@mail.example"}); err == nil {
		t.Error("an empty file was read")
	}
	for i, step := range []struct {
		about, csv string
		after      time.Duration
		want       string
	}{
		{"mended, not looked at yet", "address,name\njane@mail.example,Jane\n", lookEvery - 1, ""},
		{"seen once", "", 1, ""},
		{"seen twice", "", lookEvery, "Jane"},
		{"broken", "name\nJane\n", lookEvery, "Jane"},
		{"broken, seen twice", "", lookEvery, "Jane"},
		{"changed", "address,name\njane@mail.example,Janet\n", lookEvery, "Jane"},
		{"changed, seen twice", "", lookEvery, "Janet"},
	} {
		if step.csv != "" {
			if err := os.WriteFile(path, []byte(step.csv), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(path, now, now.Add(time.Duration(i)*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		now = now.Add(step.after)
		a, _ := f.Find(t.Context(), Query{Address: "jane@mail.example"})
		got := ""
		if a.Record != nil {
			got = a.Record.Name
		}
		if got != step.want {
			t.Errorf("%s: %q, want %q", step.about, got, step.want)
		}
	}
	if n := logs.FilterMessage("the new customer file can't be read; the old data stays in force").Len(); n != 1 {
		t.Errorf("the log tells of the broken file %d times", n)
	}
}

// slowFile is a file of Jane's that has changed to Janet's, and stays in the reading until it is let go.
func slowFile(t *testing.T, first string) (f *File, reading chan context.Context, letGo chan struct{}) {
	t.Helper()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	path := writeCSV(t, first)
	o := fileOptions(path)
	o.Now = func() time.Time { return now }
	f = OpenFile(o)
	if err := os.WriteFile(path, []byte("address,name\njane@mail.example,Janet of the new file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	now = now.Add(lookEvery)
	_, _ = f.Find(t.Context(), Query{Address: "jane@mail.example"}) // sees the change, and does not believe it yet
	now = now.Add(lookEvery)
	reading, letGo = make(chan context.Context, 1), make(chan struct{})
	f.load = func(ctx context.Context, paths []string, currency string) (*shelf, error) {
		reading <- ctx
		select {
		case <-letGo:
		case <-ctx.Done():
		}
		return load(ctx, paths, currency)
	}
	return f, reading, letGo
}

func TestAMailDoesNotWaitForAFileThatIsLongInTheReading(t *testing.T) {
	f, reading, letGo := slowFile(t, "address,name\njane@mail.example,Jane\n")
	name := func(ctx context.Context) string {
		a, err := f.Find(ctx, Query{Address: "jane@mail.example"})
		if err != nil || a.Record == nil {
			t.Error("nothing is known", err) // not Fatal: it is asked from a goroutine too
			return ""
		}
		return a.Record.Name
	}
	hurried, cancel := context.WithCancel(t.Context())
	first := make(chan string)
	go func() { first <- name(hurried) }()
	<-reading
	if got := name(t.Context()); got != "Jane" { // who has not begun the reading waits for nothing
		t.Errorf("another mail is told of %q", got)
	}
	cancel()
	if got := <-first; got != "Jane" {
		t.Errorf("the mail that began the reading is told of %q", got)
	}
	close(letGo)
	f.wait(t.Context())
	if got := name(t.Context()); got != "Janet of the new file" {
		t.Errorf("after the reading it is %q", got)
	}
}

func TestWhereNothingIsReadYetAMailWaitsAsLongAsItMay(t *testing.T) {
	f, reading, letGo := slowFile(t, "")
	hurried, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := f.Find(hurried, Query{Address: "jane@mail.example"})
		failed <- err
	}()
	<-reading
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("a mail that may not wait is told %v", err)
	}
	close(letGo)
	if a, err := f.Find(t.Context(), Query{Address: "jane@mail.example"}); err != nil || a.Record == nil {
		t.Errorf("a mail that may wait is told nothing (%v)", err)
	}
}

func TestClosingAFileEndsItsReading(t *testing.T) {
	f, reading, _ := slowFile(t, "address,name\njane@mail.example,Jane\n")
	answered := make(chan error)
	go func() {
		_, err := f.Find(t.Context(), Query{Address: "jane@mail.example"})
		answered <- err
	}()
	under := <-reading
	if err := f.Close(); err != nil || under.Err() == nil {
		t.Errorf("closed with %v, and the reading goes on: %v", err, under.Err() == nil)
	}
	if err := <-answered; err != nil {
		t.Errorf("the old data is gone: %v", err)
	}
}

func fileOptions(path string) FileOptions {
	return FileOptions{Paths: []string{path}, Currency: "EUR", Now: time.Now, Log: zap.NewNop()}
}

func writeCSV(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "customers.csv")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// FuzzFile feeds files: whatever comes in, everything given out was asked for and is bounded.
func FuzzFile(f *testing.F) {
	f.Add([]byte("address,name,order_number\njane@mail.example,Jane,1234\n"))
	f.Add([]byte("\ufeffE-Mail;Lifetime Value\r\njane@mail.example;4.210,50\r\n"))
	f.Add([]byte("\xff\xfea\x00\n\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := load(t.Context(), []string{writeCSV(t, string(data))}, "EUR")
		if err != nil {
			return
		}
		for address, r := range s.byAddress {
			if r.Address != address {
				t.Errorf("%q stands under %q", r.Address, address)
			}
		}
		a := s.find(Query{Address: "jane@mail.example", Orders: []string{"1234"}})
		if a.Record == nil {
			return
		}
		if a.Record.ByOrder == "" && a.Record.Address != "jane@mail.example" || len(a.Record.Orders) > maxOrders+1 || len(a.Record.Name) > maxCell {
			t.Errorf("got %+v", a.Record)
		}
	})
}
