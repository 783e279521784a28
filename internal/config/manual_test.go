package config

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The manual holds every key that the reader knows, and no other. The reader learns its keys while it reads, so it is
// given a file that has every kind of table.
func TestTheManualHoldsEveryKey(t *testing.T) {
	data, err := os.ReadFile("testdata/good/whole.toml")
	if err != nil {
		t.Fatal(err)
	}
	root, err := parse(data)
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{file: "heed.toml", dir: "testdata/good", known: map[string][]string{}}
	r.config(root)
	known := map[string]bool{}
	for section, keys := range r.known {
		for _, key := range keys {
			if _, isSection := r.known[key]; section == "" && isSection {
				continue
			}
			known[key] = true
		}
	}
	if len(known) < 35 {
		t.Fatalf("the reader knows %d keys only; the file in testdata has lost a table", len(known))
	}
	manual := keysOfManual(t)
	for key := range known {
		if !manual[key] && key != "on_escalate" {
			t.Errorf("docs/admin.md does not explain %q", key)
		}
	}
	for key := range manual {
		if !known[key] {
			t.Errorf("docs/admin.md explains %q, which does not exist", key)
		}
	}
}

// The manual's configs for providers can be taken as they stand, with the rest of what a config needs around them.
func TestTheManualsProvidersAreConfigsWithoutAFault(t *testing.T) {
	text, err := os.ReadFile("../../docs/admin.md")
	if err != nil {
		t.Fatal(err)
	}
	_, chapter, _ := strings.Cut(string(text), "\n## Microsoft 365 and Google\n")
	chapter, _, _ = strings.Cut(chapter, "\n## ")
	const rest = "state = \"heed.db\"\ndomestic.to = [\"yodi@example.com\"]\n"
	const logins = "[[mailbox]]\nname = \"s\"\nhost = \"h\"\nusername = \"u@example.com\"\noauth = \"helper\"\n[smtp]\nhost = \"h\"\nfrom = \"heed@example.com\"\n"
	examples := regexp.MustCompile("(?s)```toml\n(.*?)```").FindAllStringSubmatch(chapter, -1)
	if len(examples) != 3 {
		t.Errorf("%d examples, want 3", len(examples))
	}
	for _, example := range examples {
		config := rest + example[1]
		if !strings.Contains(config, "[smtp]") {
			config += logins
		}
		root, err := parse([]byte(config))
		if err != nil {
			t.Fatal(err)
		}
		r := &reader{file: "heed.toml", dir: t.TempDir(), known: map[string][]string{}}
		r.config(root)
		if len(r.faults) > 0 {
			t.Errorf("%v in:\n%s", r.faults, config)
		}
		for _, warning := range r.warnings {
			if strings.Contains(warning.Error(), "no mailbox names") {
				t.Errorf("%v in:\n%s", warning, config)
			}
		}
	}
}

// keysOfManual returns the first column of the tables in the chapter about the config.
func keysOfManual(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile("../../docs/admin.md")
	if err != nil {
		t.Fatal(err)
	}
	_, chapter, _ := strings.Cut(string(text), "\n## The config, key by key\n")
	chapter, _, _ = strings.Cut(chapter, "\n## ")
	keys := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_]+)(…?)` \\|").FindAllStringSubmatch(chapter, -1) {
		keys[row[1]] = true
		if row[2] != "" { // a secret, with all the ways to give one
			for _, way := range []string{"_file", "_env", "_command", "_credential"} {
				keys[row[1]+way] = true
			}
		}
	}
	return keys
}
