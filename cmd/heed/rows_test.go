package main

import (
	"context"
	"encoding/json"
	"runtime/debug"
	"strings"
	"testing"
)

// Rows come one for each line that has anything in it, in order, until the first line that is none; reading never goes
// on behind a row that could not be read.
func FuzzRows(f *testing.F) {
	f.Add("{\"id\":1,\"text\":\"a\"}\n\n{\"id\":\"b\",\"text\":\"c\"}")
	f.Add("{}\r\nnull\n[1]\n{\"text\":\"x\"}\n")
	f.Add("{\"id\":{\"a\":[1,2]},\"text\":\"\\ud800\"}\n\x00")
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Split(text, "\n")
		last := 0
		err := eachRow(context.Background(), strings.NewReader(text), "-", func(line int, r row, _ bool) error {
			for between := last + 1; between < line; between++ {
				if strings.TrimSpace(lines[between-1]) != "" {
					t.Errorf("line %d was passed over", between)
				}
			}
			if !json.Valid(r.ID) || !json.Valid([]byte(lines[line-1])) {
				t.Errorf("line %d is no row: %q", line, lines[line-1])
			}
			last = line
			return nil
		})
		if err == nil && strings.TrimSpace(strings.Join(lines[last:], "")) != "" {
			t.Errorf("what is behind line %d was passed over: %q", last, lines[last:])
		}
	})
}

func TestTheVersionNamesTheCommit(t *testing.T) {
	vcs := func(modified string) []debug.BuildSetting {
		return []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef0123"}, {Key: "vcs.time", Value: "2026-03-01T12:00:00Z"}, {Key: "vcs.modified", Value: modified}}
	}
	for _, c := range []struct {
		info *debug.BuildInfo
		want string
	}{
		{nil, "unknown"},
		{&debug.BuildInfo{}, "devel"},
		{&debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: vcs("false")}, "devel (commit 0123456789ab, 2026-03-01T12:00:00Z)"},
		{&debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: vcs("true")}, "v1.2.3 (commit 0123456789ab, 2026-03-01T12:00:00Z, changed since)"},
	} {
		if got := versionOf(c.info); got != c.want {
			t.Errorf("version is %q, want %q", got, c.want)
		}
	}
}

func TestAPersonIsFoundHoweverTheAddressIsTyped(t *testing.T) {
	for typed, want := range map[string]string{
		"Jane.Roe@Example.org": "jane.roe@example.org", "jane+shop@example.org": "jane@example.org", "j.a.ne@googlemail.com": "jane@gmail.com",
		"order:1234": "order:1234", "dispute:PP-D-1": "dispute:PP-D-1",
	} {
		if got := personOf(typed); got != want {
			t.Errorf("personOf(%q) = %q, want %q", typed, got, want)
		}
	}
}
