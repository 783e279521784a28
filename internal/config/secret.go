package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2/unstable"
)

// The bounds of a secret's source.
const (
	MaxSecret     = 64 << 10 // bytes; an OAuth token is a few thousand
	CommandWithin = 30 * time.Second
)

// A Secret knows where a password is to be found, and fetches it when it is needed: at each login, so that a password
// that was changed in its file is used without a restart. Whatever prints a Secret gets "<secret>". The password itself
// is kept out of reach of reflection too: one that stands in the config file is held by a closure.
type Secret struct {
	source string
	path   string // of the file that it stands in, "" for none
	fetch  func(context.Context) (string, error)
}

const hidden = "<secret>"

// NewSecret returns a Secret that is known already.
func NewSecret(password string) Secret {
	return Secret{source: "password", fetch: func(context.Context) (string, error) { return password, nil }}
}

// IsSet reports whether the file names a source for the secret.
func (s Secret) IsSet() bool { return s.fetch != nil }

// Source says where the secret comes from: "password_file /etc/heed/x", never the secret itself.
func (s Secret) Source() string { return s.source }

// Fetch returns the secret. One newline at its end is no part of it. The error never holds any of it.
func (s Secret) Fetch(ctx context.Context) (string, error) {
	if s.fetch == nil {
		return "", errors.New("no password is configured; set password_file, or another of the password_ keys")
	}
	secret, err := s.fetch(ctx)
	if err != nil {
		return "", err
	}
	secret = strings.TrimSuffix(strings.TrimSuffix(secret, "\n"), "\r")
	switch {
	case secret == "":
		return "", fmt.Errorf("%s is empty; put the secret there", s.source)
	case strings.ContainsAny(secret, "\x00\r\n"):
		return "", fmt.Errorf("%s holds more than one line; leave the secret alone there", s.source)
	}
	return secret, nil
}

// String, GoString, Format, MarshalText and MarshalJSON hide the secret from every way of printing that Go has.
func (s Secret) String() string { return hidden }

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return hidden }

// Format hides the secret from every verb.
func (s Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, hidden) }

// MarshalText hides the secret from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// MarshalJSON hides the secret from JSON, and so from the log.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// secret reads the source of a password: exactly one of the five keys. required says that one has to be there.
func (s *section) secret(required bool) Secret { return s.secretNamed("password", required) }

// secretSuffixes are the ways to give a secret.
func secretSuffixes() []string { return []string{"", "_file", "_env", "_command", "_credential"} }

// secretKeys are the keys that a secret may stand under.
func secretKeys(name string) []string {
	var keys []string
	for _, suffix := range secretSuffixes() {
		keys = append(keys, name+suffix)
	}
	return keys
}

// hasSecret reports whether there is one of the keys, be it right or wrong.
func (s *section) hasSecret(name string) bool { return slices.ContainsFunc(secretKeys(name), s.has) }

// secretNamed is secret for another name than "password", such as "token": the keys are then token, token_file,
// token_env, token_command and token_credential.
func (s *section) secretNamed(name string, required bool) Secret {
	var chosen, kind string
	for _, suffix := range secretSuffixes() {
		key := name + suffix
		if s.ask(key); !s.has(key) {
			continue
		}
		if chosen != "" {
			s.bad(key, "%s is there already; keep one of the two", chosen)
			continue
		}
		chosen, kind = key, suffix
	}
	if chosen == "" {
		if required {
			s.missing(name+"_file", fmt.Sprintf("the file with the %[1]s; or %[1]s_env, %[1]s_command, %[1]s_credential", name))
		}
		return Secret{}
	}
	if kind == "_command" {
		return s.commandSecret(chosen)
	}
	text := s.required(chosen, "where the "+name+" is found")
	if text == "" {
		return Secret{}
	}
	switch kind {
	case "_file":
		path := s.resolve(text)
		s.warnAboutFile(chosen, path)
		return Secret{source: chosen + " " + path, path: path, fetch: func(context.Context) (string, error) { return readSecretFile(path) }}
	case "_env":
		return Secret{source: chosen + " " + text, fetch: func(context.Context) (string, error) { return readSecretEnv(chosen, text) }}
	case "_credential":
		if text != filepath.Base(text) || text == "." || text == ".." {
			s.bad(chosen, "%q is not the name of a credential; write the name before the colon of LoadCredential=", shorten(text))
		}
		return Secret{source: chosen + " " + text, fetch: func(context.Context) (string, error) { return readCredential(text) }}
	}
	s.beware(chosen, "the %[1]s stands in this file; %[1]s_file or %[1]s_credential keep it out of backups and tickets", name)
	return NewSecret(text)
}

func (s *section) warnAboutFile(key, path string) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		s.beware(key, "%s is not there; create it, it can't be used until then", path)
	case err == nil && info.Mode().Perm()&0o004 != 0:
		s.beware(key, "%s can be read by everybody on this machine; run chmod 0640 (or 0600) on it", path)
	}
}

func readSecretFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read the secret: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxSecret+1))
	if err != nil {
		return "", fmt.Errorf("read the secret: %w", err)
	}
	if len(data) > MaxSecret {
		return "", fmt.Errorf("%s is larger than %d KiB; that is no password", path, MaxSecret>>10)
	}
	return string(data), nil
}

func readSecretEnv(key, name string) (string, error) {
	secret, there := os.LookupEnv(name)
	if !there {
		return "", fmt.Errorf("the environment has no variable %s (%s); set it where Heed is started", name, key)
	}
	return secret, nil
}

func readCredential(name string) (string, error) {
	dir := os.Getenv("CREDENTIALS_DIRECTORY")
	if dir == "" {
		return "", fmt.Errorf("credential %s: CREDENTIALS_DIRECTORY is not set; systemd sets it for a unit with LoadCredential=%s:FILE", name, name)
	}
	return readSecretFile(filepath.Join(dir, name))
}

// commandSecret reads password_command. A list is run as it stands. A string is split at its blanks and run without a
// shell; since one who writes a quote, a pipe or a variable expects a shell, such a string is a fault, and the list
// ["sh", "-c", "…"] asks for one by name.
func (s *section) commandSecret(key string) Secret {
	var argv []string
	if v := s.table.values[key]; v.kind == unstable.Array {
		for _, word := range s.list(key, "words") {
			argv = append(argv, word.text)
		}
	} else {
		text := s.text(key, "")
		argv = strings.Fields(text)
		if strings.ContainsAny(text, "\"'`$|&;<>*?~\\") {
			s.bad(key, "needs a shell, and none is used; write a list such as [\"sh\", \"-c\", \"…\"]")
			return Secret{}
		}
	}
	if len(argv) == 0 {
		if v := s.table.values[key]; v.kind == unstable.Array || v.kind == unstable.String {
			s.bad(key, "is empty; write the command and its words")
		}
		return Secret{}
	}
	dir := s.dir
	return Secret{
		source: key + " " + argv[0],
		fetch:  func(ctx context.Context) (string, error) { return runSecretCommand(ctx, dir, key, argv) },
	}
}

// runSecretCommand returns what the command prints. What it says on stderr is not repeated: programs that handle
// passwords have been known to print them there.
func runSecretCommand(ctx context.Context, dir, key string, argv []string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, CommandWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = dir
	cmd.WaitDelay = time.Second // for children that keep the pipe open
	out := &boundedBuffer{room: MaxSecret}
	cmd.Stdout = out
	err := cmd.Run()
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return "", fmt.Errorf("%s %s did not end within %s; run it by hand to see what it waits for", key, argv[0], CommandWithin)
	case ctx.Err() != nil:
		return "", ctx.Err()
	case out.refused:
		return "", fmt.Errorf("%s %s printed more than %d KiB; that is no secret", key, argv[0], MaxSecret>>10)
	case err != nil:
		return "", fmt.Errorf("%s %s: %w; run it by hand as Heed's user to see why", key, argv[0], err)
	}
	return out.held.String(), nil
}

// A boundedBuffer takes room bytes and refuses more, so that a command that never stops printing is stopped.
type boundedBuffer struct {
	held bytes.Buffer // not embedded: its ReadFrom would go round the bound
	room int

	refused bool // there was more than room
}

func (b *boundedBuffer) Write(p []byte) (int, error) {
	if b.held.Len()+len(p) > b.room {
		b.refused = true
		return 0, errors.New("no room")
	}
	return b.held.Write(p)
}
