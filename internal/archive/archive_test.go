package archive

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	p := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestListFindsMailInEveryKindOfArchive(t *testing.T) {
	const mail = "Subject: x\r\n\r\nhello\r\n"
	tests := []struct {
		name  string
		files map[string]string
		want  map[string]string // file → folder
	}{
		{"folders of eml files", map[string]string{"INBOX/01.eml": mail, "Sent/02.eml": mail, "scenario.json": "{}"},
			map[string]string{"INBOX/01.eml": "INBOX", "Sent/02.eml": "Sent"}},
		{"eml files at the top", map[string]string{"a.EML": mail}, map[string]string{"a.EML": "INBOX"}},
		{"a Maildir with a Sent folder", map[string]string{"cur/1:2,S": mail, "new/2": mail, "tmp/3": mail,
			".Sent/cur/4:2,S": mail, ".Sent/new/.keep": ""},
			map[string]string{"cur/1:2,S": "INBOX", "new/2": "INBOX", ".Sent/cur/4:2,S": "Sent"}},
		{"mbox files named like folders", map[string]string{
			"INBOX.mbox": "From a@b Mon\nSubject: 1\n\none\n\nFrom a@b Tue\nSubject: 2\n\ntwo\n", "Sent.mbox": "From a@b Mon\nSubject: 3\n\n3\n"},
			map[string]string{"INBOX.mbox#1": "INBOX", "INBOX.mbox#2": "INBOX", "Sent.mbox#1": "Sent"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, content := range tt.files {
				write(t, dir, name, content)
			}
			entries, err := List(dir)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for _, e := range entries {
				got[e.File] = e.Folder
			}
			if len(got) != len(tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
			for file, folder := range tt.want {
				if got[file] != folder {
					t.Errorf("%s lies in %q, want %q", file, got[file], folder)
				}
			}
		})
	}
}

func TestMboxIsSplitAndUnquoted(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "box", "From a@b Mon\nSubject: 1\n\n>From here on\nFrom not a new mail\n\nFrom a@b Tue\nSubject: 2\n\n>>From deep\n")
	entries, err := List(filepath.Join(dir, "box"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"Subject: 1\n\nFrom here on\nFrom not a new mail\n\n", "Subject: 2\n\n>From deep\n"}
	if len(entries) != len(want) {
		t.Fatalf("got %d mails, want %d", len(entries), len(want))
	}
	for i, e := range entries {
		raw, err := e.Read()
		if err != nil {
			t.Fatal(err)
		}
		if string(raw) != want[i] {
			t.Errorf("mail %d is %q, want %q", i+1, raw, want[i])
		}
	}
}

func TestSortKeepsNamesWhereTimesAreEqual(t *testing.T) {
	at := map[string]time.Time{"b": time.Unix(1, 0), "a": time.Unix(1, 0), "c": time.Unix(0, 0)}
	entries := []Entry{{File: "b"}, {File: "a"}, {File: "c"}}
	Sort(entries, func(e Entry) time.Time { return at[e.File] })
	if got := entries[0].File + entries[1].File + entries[2].File; got != "cab" {
		t.Errorf("order %s, want cab", got)
	}
}

func TestListSaysWhatIsMissing(t *testing.T) {
	if _, err := List(filepath.Join(t.TempDir(), "nowhere")); err == nil {
		t.Error("no error for a directory that does not exist")
	}
}

func FuzzMbox(f *testing.F) {
	f.Add("From a\nx: y\n\nFrom b\n\nFrom c\n")
	f.Add("From ")
	f.Fuzz(func(t *testing.T, content string) {
		dir := t.TempDir()
		write(t, dir, "box", content)
		entries, err := List(filepath.Join(dir, "box"))
		if err != nil {
			t.Fatal(err)
		}
		var total int
		for _, e := range entries {
			raw, err := e.Read()
			if err != nil {
				t.Fatal(err)
			}
			total += len(raw)
		}
		if total > len(content) {
			t.Errorf("%d bytes of mail out of %d bytes of mbox", total, len(content))
		}
	})
}
