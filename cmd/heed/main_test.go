package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// heed runs one command line.
func heed(t *testing.T, stdin string, args ...string) (status int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status = run(context.Background(), args, &console{In: strings.NewReader(stdin), Out: &stdout, Err: &stderr, Now: func() time.Time { return noon }})
	return status, stdout.String(), stderr.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s:\n%s\nwant:\n%s", name, got, want)
	}
}

func TestAWrongCommandLineIsOneSentenceWithAHint(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"clasify", `did you mean "classify"?; ` + "`heed help` explains"},
		{"classify --jsn x.eml", "`heed help classify` explains"},
		{"classify", "heed classify FILE.eml"},
		{"classify --json --explain x.eml", "choose one"},
		{"classify --jsonl --explain", "can't be had together"},
		{"cases show", "`heed help cases show` explains"},
		{"cases show twelve", "`heed help cases show` explains"},
		{"cases close 3", "unexpected argument close; `heed help cases` explains"},
		{"forget", "`heed help forget` explains"},
		{"eval", "`heed help eval` explains"},
		{"help clasify", "`heed help` lists the commands"},
		{"run -c nowhere.toml", "nowhere.toml: there is no such config file; name yours with -c FILE or in HEED_CONFIG"},
		{"check -c nowhere.toml", "nowhere.toml: there is no such config file"},
		{"cases -c nowhere.toml", "nowhere.toml: there is no such config file"},
		{"cases --state nowhere.db", "nowhere.db: there is no such state file"},
		{"classify --lexicon nowhere.toml x.eml", "nowhere.toml"},
		{"check -c testdata/faulty.toml", "testdata/faulty.toml:2: lisen: unknown key; did you mean \"listen\"?"},
	} {
		t.Run(c.args, func(t *testing.T) {
			status, out, errs := heed(t, "", strings.Fields(c.args)...)
			if status != exitWrong || out != "" {
				t.Errorf("exit status %d, output %q; want 2 and nothing", status, out)
			}
			if !strings.Contains(errs, c.want) || strings.Count(errs, "\n") > 2 {
				t.Errorf("errors:\n%s\nwant one sentence with %s", errs, c.want)
			}
		})
	}
}

func TestWhatFailsEndsWithOne(t *testing.T) {
	for _, c := range []struct{ args, stdin, want string }{
		{"classify testdata/nowhere.eml", "", "nowhere.eml: no such file"},
		{"classify testdata", "", "is a directory"},
		{"eval testdata/nowhere.jsonl", "", "nowhere.jsonl: no such file"},
		{"eval -", "", "there is no row in it"},
		{"eval -", "{", "standard input: line 1"},
		{"classify --jsonl", "{\"id\":1,\"text\":\"thanks\"}\nthanks\n", "standard input:2: this is no row"},
	} {
		t.Run(c.args, func(t *testing.T) {
			status, _, errs := heed(t, c.stdin, strings.Fields(c.args)...)
			if status != exitFailed || !strings.Contains(errs, c.want) {
				t.Errorf("exit status %d, errors %q; want 1 and %q", status, errs, c.want)
			}
		})
	}
}

func TestHelpExplainsEveryCommandOfTheContract(t *testing.T) {
	status, all, _ := heed(t, "", "help")
	if status != exitDone {
		t.Errorf("exit status %d", status)
	}
	for _, command := range strings.Fields("run check demo classify eval replay cases forget export version help") {
		if !strings.Contains(all, "\n  "+command+" ") {
			t.Errorf("heed help does not list %s:\n%s", command, all)
		}
		status, one, errs := heed(t, "", "help", command)
		if status != exitDone || !strings.HasPrefix(one, "Usage: heed "+command) || errs != "" {
			t.Errorf("heed help %s: exit status %d\n%s%s", command, status, one, errs)
		}
		status, dashes, _ := heed(t, "", command, "--help")
		if status != exitDone || dashes != one {
			t.Errorf("heed %s --help differs from heed help %s", command, command)
		}
	}
	if status, bare, _ := heed(t, ""); status != exitDone || bare != all {
		t.Error("heed alone does not print the help")
	}
}

func TestVersionIsOneLine(t *testing.T) {
	status, out, _ := heed(t, "", "version")
	if status != exitDone || !strings.HasPrefix(out, "heed ") || strings.Count(out, "\n") != 1 {
		t.Errorf("exit status %d, %q", status, out)
	}
}

func TestClassifySaysWhatAMailCarries(t *testing.T) {
	status, out, errs := heed(t, "", "classify", "testdata/threat.eml", "testdata/bounce.eml", "testdata/thanks.eml")
	if status != exitDone || errs != "" {
		t.Fatalf("exit status %d, %s", status, errs)
	}
	// Which words decide is the lexicon's to say, and changes with it.
	golden(t, "classify.txt", regexp.MustCompile(`(chargeback_threat) ".+"`).ReplaceAllString(out, `$1 "…"`))
}

func TestClassifyJSONIsOneObjectALineWithAllKeys(t *testing.T) {
	threat, err := os.ReadFile("testdata/threat.eml")
	if err != nil {
		t.Fatal(err)
	}
	status, out, errs := heed(t, string(threat), "classify", "--json", "testdata/threat.eml", "testdata/bounce.eml", "-", "testdata/notice.eml")
	if status != exitDone || errs != "" {
		t.Fatalf("exit status %d, %s", status, errs)
	}
	evidence := regexp.MustCompile(`"evidence":"[^"]+dispute[^"]+"`)
	golden(t, "classify.jsonl", evidence.ReplaceAllString(out, `"evidence":"…"`))
	for line := range strings.Lines(out) {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"file", "message_id", "customer", "channel", "direction", "ignored", "lang", "text", "signals"} {
			if object[key] == nil {
				t.Errorf("%s is missing or null in %s", key, line)
			}
		}
	}
}

func TestOneUnreadableFileDoesNotStopTheOthers(t *testing.T) {
	status, out, errs := heed(t, "", "classify", "--json", "testdata/threat.eml", "testdata/nowhere.eml", "testdata/thanks.eml")
	if status != exitFailed || strings.Count(out, "\n") != 2 || strings.Count(errs, "\n") != 1 {
		t.Errorf("exit status %d\n%s%s", status, out, errs)
	}
}

func TestOfAMailThatIsTooLargeTheBeginningIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "large.eml")
	mail := append([]byte("From: Jane <jane@mail.example>\n\nI will call my lawyer.\n"), bytes.Repeat([]byte("x "), maxMail/2)...)
	if err := os.WriteFile(path, mail, 0o600); err != nil {
		t.Fatal(err)
	}
	status, out, errs := heed(t, "", "classify", path)
	if status != exitDone || !strings.Contains(errs, "larger than 32 MiB; only its beginning was read") || !strings.Contains(out, "legal_threat") {
		t.Errorf("exit status %d\n%s%s", status, out, errs)
	}
}

func TestExplainShowsWhatWasWeighed(t *testing.T) {
	status, out, _ := heed(t, "", "classify", "--explain", "testdata/threat.eml")
	if status != exitDone || !strings.Contains(out, "chargeback_threat/") || !strings.Contains(out, "sentence:") {
		t.Errorf("exit status %d\n%s", status, out)
	}
}

func TestRowsComeBackInOrderUnderTheirIDs(t *testing.T) {
	rows := `{"id":"b","text":"If this is not settled by Friday I will dispute the charge with my bank."}

{"id":7,"text":"Thank you, all is well.","labels":["abuse"],"unknown":1}
{"text":"no id","subject":"","lang":"en"}`
	status, out, errs := heed(t, rows, "classify", "--jsonl")
	want := `{"id":"b","signals":["chargeback_threat"]}
{"id":7,"signals":[]}
{"id":null,"signals":[]}
`
	if status != exitDone || out != want || errs != "" {
		t.Errorf("exit status %d\n%s%swant\n%s", status, out, errs, want)
	}
}

func TestARowThatIsTooLongIsRefused(t *testing.T) {
	status, _, errs := heed(t, `{"text":"`+strings.Repeat("x", maxRow)+`"}`, "classify", "--jsonl")
	if status != exitFailed || !strings.Contains(errs, "standard input:1: the line is longer than 8 MiB") {
		t.Errorf("exit status %d, %s", status, errs)
	}
}

func TestEvalPrintsATableOrJSON(t *testing.T) {
	rows := `{"id":"1","text":"If this is not settled by Friday I will dispute the charge with my bank.","labels":["chargeback_threat"]}
{"id":"2","text":"Thank you, all is well.","labels":["abuse"]}
{"id":"3","text":"I will dispute the charge with my bank.","labels":[],"optional":["chargeback_threat"]}`
	status, table, _ := heed(t, rows, "eval", "-")
	if status != exitDone || !strings.Contains(table, "micro") || strings.Contains(table, "Thank you") {
		t.Errorf("exit status %d\n%s", status, table)
	}
	if _, verbose, _ := heed(t, rows, "eval", "-v", "-"); !strings.Contains(verbose, "missed abuse") || !strings.Contains(verbose, "Thank you") {
		t.Errorf("-v prints\n%s", verbose)
	}
	_, out, _ := heed(t, rows, "eval", "--json", "-")
	var result struct {
		Rows  int
		Micro struct{ Precision, Recall, F1 float64 }
	}
	if err := json.Unmarshal([]byte(out), &result); err != nil {
		t.Fatal(err)
	}
	if result.Rows != 3 || result.Micro.Precision != 1 || result.Micro.Recall != 0.5 || strings.Contains(out, "Thank you") {
		t.Errorf("--json prints %s", out)
	}
}

func TestCheckOfflineHasALineForEachThing(t *testing.T) {
	dir := t.TempDir()
	text, err := os.ReadFile("testdata/shop.toml")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "heed.toml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	status, out, errs := heed(t, "", "check", "--offline", "-c", path)
	if status != exitDone || errs != "" {
		t.Errorf("exit status %d, %s", status, errs)
	}
	out = strings.ReplaceAll(out, dir+string(filepath.Separator), "")
	out = regexp.MustCompile("(?m)^.*lexicon: .*\n").ReplaceAllString(out, "") // package classify holds the lexicon to its examples
	golden(t, "check.txt", out)

	if err := os.WriteFile(filepath.Join(dir, "heed.db"), []byte("no database, but a shopping list"), 0o600); err != nil {
		t.Fatal(err)
	}
	status, out, _ = heed(t, "", "check", "--offline", "-c", path)
	if status != exitFailed || !strings.Contains(out, "\nFAIL state: "+dir) {
		t.Errorf("with a foreign state file: exit status %d\n%s", status, out)
	}
}

// An administrator's own lexicon file has examples, and they are held to.
func TestCheckRunsTheExamplesOfALexiconOfOnesOwn(t *testing.T) {
	dir := t.TempDir()
	shop, err := os.ReadFile("testdata/shop.toml")
	if err != nil {
		t.Fatal(err)
	}
	own := `language = "en"

[[entry]]
signal = "manager_request"
name = "big-cheese"
say = "big cheese"
hit = """
let me talk to the big cheese
%s
"""
`
	path := filepath.Join(dir, "heed.toml")
	if err := os.WriteFile(path, append(shop, "\n[classify]\nlexicon = [\"own.toml\"]\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		example string
		status  int
		want    string
	}{
		{"the big cheese, please", exitDone, "ok   state: "},
		{"the small cheese, please", exitFailed, "own.toml:9: manager_request/big-cheese"},
		{"(((", exitFailed, "own.toml:9: manager_request/big-cheese"},
	} {
		if err := os.WriteFile(filepath.Join(dir, "own.toml"), []byte(fmt.Sprintf(own, c.example)), 0o600); err != nil {
			t.Fatal(err)
		}
		status, out, _ := heed(t, "", "check", "--offline", "-c", path)
		if status != c.status || !strings.Contains(out, c.want) {
			t.Errorf("%s: exit status %d, want %d with %q\n%s", c.example, status, c.status, c.want, out)
		}
	}
	if err := os.Remove(filepath.Join(dir, "own.toml")); err != nil {
		t.Fatal(err)
	}
	if status, out, _ := heed(t, "", "check", "--offline", "-c", path); status != exitWrong || out != "" {
		t.Errorf("without the file: exit status %d\n%s", status, out)
	}
}

func TestPrintPolicyNeedsNoConfig(t *testing.T) {
	status, out, errs := heed(t, "", "check", "--print-policy", "-c", "testdata/nowhere.toml")
	if status != exitDone || errs != "" || !strings.Contains(out, "[[rule]]\nname = \"chargeback-opened\"") {
		t.Errorf("exit status %d\n%s%s", status, out, errs)
	}
}
