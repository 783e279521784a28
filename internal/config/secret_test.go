package config

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

const word = "correct-horse"

func TestASecretIsNeverPrinted(t *testing.T) {
	secret := NewSecret(word)
	whole := struct {
		Shown  Secret
		hidden Secret // fmt can't call the methods of an unexported field
		Behind *Secret
	}{secret, secret, &secret}
	var printed []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%t"} {
		printed = append(printed, fmt.Sprintf(verb, secret), fmt.Sprintf(verb, &secret), fmt.Sprintf(verb, whole))
	}
	asJSON, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	text, err := secret.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	core, logs := observer.New(zapcore.DebugLevel)
	zap.New(core).Info("login", zap.Any("secret", secret), zap.Reflect("whole", whole), zap.Stringer("text", secret))
	for _, entry := range logs.All() {
		line, err := zapcore.NewJSONEncoder(zapcore.EncoderConfig{}).EncodeEntry(entry.Entry, entry.Context)
		if err != nil {
			t.Fatal(err)
		}
		printed = append(printed, line.String())
	}
	hex := fmt.Sprintf("%x", word)
	for _, p := range append(printed, string(asJSON), string(text), secret.Source()) {
		if strings.Contains(p, word) || strings.Contains(strings.ToLower(p), hex) {
			t.Errorf("the secret is in %q", p)
		}
	}
}

// source makes the [[mailbox]] of the least config take its secret from the given line.
func source(t *testing.T, dir, line string) Secret {
	t.Helper()
	least, err := os.ReadFile("testdata/good/least.toml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(least), `password_env = "HEED_TEST_PASSWORD"`, line, 1)
	c, err := load(filepath.Join(dir, "heed.toml"), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c.Mailboxes[0].Password
}

func TestASecretIsFetchedFromEachSource(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("unix", word+"\n")
	write("dos", word+"\r\n")
	write("bare", word)
	write("blanks", " "+word+" \n")
	write("two", word+"\nsecond\n")
	write("empty", "\n")
	write("large", strings.Repeat("x", MaxSecret+1))
	t.Setenv("HEED_TEST_PASSWORD", word)
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	for _, c := range []struct{ line, want, problem string }{
		{`password = "correct-horse"`, word, ""},
		{`password_file = "unix"`, word, ""},
		{`password_file = "dos"`, word, ""},
		{`password_file = "bare"`, word, ""},
		{`password_file = "blanks"`, " " + word + " ", ""}, // blanks may belong to a password
		{`password_file = "two"`, "", "more than one line"},
		{`password_file = "empty"`, "", "is empty"},
		{`password_file = "large"`, "", "larger than 64 KiB"},
		{`password_file = "nowhere"`, "", "no such file"},
		{`password_file = "` + dir + `/unix"`, word, ""},
		{`password_env = "HEED_TEST_PASSWORD"`, word, ""},
		{`password_env = "HEED_TEST_NOWHERE"`, "", "no variable HEED_TEST_NOWHERE"},
		{`password_credential = "unix"`, word, ""},
		{`password_credential = "nowhere"`, "", "no such file"},
		{`password_command = "cat unix"`, word, ""}, // runs in the config file's directory
		{`password_command = ["sh", "-c", "cat unix | tr -d x"]`, word, ""},
		{`password_command = "false"`, "", "exit status 1; run it by hand"},
		{`password_command = "cat /dev/zero"`, "", "printed more than 64 KiB"},
		{`password_command = "heed-test-nowhere"`, "", "run it by hand"},
		{`password_command = ["sh", "-c", "echo correct-horse >&2; exit 3"]`, "", "exit status 3"},
	} {
		t.Run(c.line, func(t *testing.T) {
			got, err := source(t, dir, c.line).Fetch(context.Background())
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			switch {
			case c.problem == "" && err != nil:
				t.Errorf("error %v", err)
			case c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)):
				t.Errorf("error %v, want one with %q", err, c.problem)
			case err != nil && strings.Contains(err.Error(), word):
				t.Errorf("the error holds the secret: %v", err)
			}
		})
	}
}

func TestASecretFileIsReadAnewEachTime(t *testing.T) {
	dir := t.TempDir()
	secret := source(t, dir, `password_file = "late"`)
	for _, want := range []string{"first", "second"} {
		if err := os.WriteFile(filepath.Join(dir, "late"), []byte(want+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := secret.Fetch(context.Background()); got != want || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
}

func TestACommandEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if got, err := source(t, t.TempDir(), `password_command = "cat unix"`).Fetch(ctx); got != "" || err == nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestACredentialNeedsSystemd(t *testing.T) {
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	_, err := source(t, t.TempDir(), `password_credential = "imap"`).Fetch(context.Background())
	if err == nil || !strings.Contains(err.Error(), "LoadCredential=imap:FILE") {
		t.Errorf("error %v", err)
	}
}

func TestASecretFileThatEverybodyCanReadIsWarnedOf(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "open")
	if err := os.WriteFile(path, []byte(word), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil { // the umask may have taken the bit away
		t.Fatal(err)
	}
	least, err := os.ReadFile("testdata/good/least.toml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(least), `password_env = "HEED_TEST_PASSWORD"`, `password_file = "open"`, 1)
	c, err := load(filepath.Join(dir, "heed.toml"), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range c.Warnings {
		if w.Line == 7 && strings.Contains(w.Problem, "can be read by everybody on this machine; run chmod") {
			return
		}
	}
	t.Errorf("warnings: %v", c.Warnings)
}

func TestNoSecretIsASentenceToo(t *testing.T) {
	if _, err := (Secret{}).Fetch(context.Background()); err == nil || !strings.Contains(err.Error(), "set password_file") {
		t.Errorf("error %v", err)
	}
}
