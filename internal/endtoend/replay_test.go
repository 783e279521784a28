package endtoend

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	netmail "net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"go.uber.org/zap"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/internal/config"
	"github.com/heedmail/heed/internal/daemon"
	"github.com/heedmail/heed/internal/intake"
)

// One story goes through `heed run`, on real servers, and through `heed replay`: both have to take every mail the same
// way. (They share their code; this holds them to it.)
func TestReplayDecidesWhatRunDecides(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const dir = "testdata/story"
	mails := s.appendStory(dir)
	configFile := s.config()

	stdout, stderr, status := s.heed("replay", "-c", configFile, "--json", dir)
	if status != 0 {
		t.Fatalf("replay: exit status %d\n%s", status, stderr)
	}
	replayed := replayedRows(t, stdout)
	if len(replayed) != mails {
		t.Fatalf("replay printed %d rows for %d mails", len(replayed), mails)
	}

	ran, sent := s.ran(configFile, replayed)
	for id, row := range replayed {
		if ran[id] != row {
			t.Errorf("%s:\n  replay: %s\n  run:    %s", id, row, ran[id])
		}
	}
	if sent < 6 {
		t.Errorf("the story makes only %d mails; it should try every kind of step", sent)
	}
}

// ran runs the daemon over the story until it has done everything, and says what it decided of each mail.
func (s *site) ran(configFile string, story map[string]string) (rows map[string]string, sent int) {
	s.t.Helper()
	cfg, err := config.Load(configFile)
	if err != nil {
		s.t.Fatal(err)
	}
	outcomes := make(chan intake.Outcome, 1000) // more than there are mails: nobody waits for the test
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	done := make(chan error, 1)
	go func() {
		done <- daemon.Run(ctx, daemon.Options{Config: cfg, Log: zap.NewNop(), OnMail: func(o intake.Outcome) { outcomes <- o }})
	}()
	rows = map[string]string{}
	for len(rows) < len(story) {
		select {
		case o := <-outcomes:
			if _, ok := story[o.Message.MessageID]; ok { // not one of the notes that are laid beside the mails
				rows[o.Message.MessageID] = outcomeLine(o)
				sent += strings.Count(rows[o.Message.MessageID], "mail ")
			}
		case err := <-done:
			s.t.Fatalf("the daemon ended after %d of %d mails: %v", len(rows), len(story), err)
		}
	}
	s.look(yodi, "INBOX").until("all mails of the story", func(m []mail) bool { return escalations(m) == sent })
	stop()
	if err := <-done; err != nil {
		s.t.Error(err)
	}
	return rows, sent
}

func outcomeLine(o intake.Outcome) string {
	m := o.Message
	var parts []string
	for _, h := range m.Signals {
		parts = append(parts, fmt.Sprintf("%s(%s)", h.Signal, h.Evidence))
	}
	for _, a := range o.Actions {
		parts = append(parts, actionPart(a.Do, a.To))
	}
	return oneLine(m.At, m.Customer, m.Channel, string(m.Direction), string(m.Ignored), parts)
}

func actionPart(do escalation.Do, to []string) string {
	if do == escalation.Appease || do == escalation.Reassure {
		return string(do)
	}
	return "mail " + string(do) + " " + strings.Join(to, " ")
}

// appendStory puts the story into the watched mailbox, each mail with the time of its Date as its arrival.
func (s *site) appendStory(dir string) int {
	s.t.Helper()
	c, err := imapclient.DialInsecure(s.imap.Addr, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login(support, password).Wait(); err != nil {
		s.t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.eml"))
	if err != nil {
		s.t.Fatal(err)
	}
	slices.Sort(files)
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			s.t.Fatal(err)
		}
		m, err := netmail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			s.t.Fatal(err)
		}
		at, err := m.Header.Date()
		if err != nil {
			s.t.Fatal(err)
		}
		raw = bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n"))
		cmd := c.Append(filepath.Base(filepath.Dir(name)), int64(len(raw)), &imap.AppendOptions{Time: at})
		if _, err := cmd.Write(raw); err != nil {
			s.t.Fatal(err)
		}
		if err := cmd.Close(); err != nil {
			s.t.Fatal(err)
		}
		if _, err := cmd.Wait(); err != nil {
			s.t.Fatal(err)
		}
	}
	return len(files)
}

// replayedRows makes one line of what replay says of each mail, by Message-ID.
func replayedRows(t *testing.T, output string) map[string]string {
	t.Helper()
	rows := map[string]string{}
	for line := range strings.Lines(output) {
		var row struct {
			MessageID string    `json:"message_id"`
			At        time.Time `json:"at"`
			Customer  string
			Channel   string
			Direction string
			Ignored   string
			Signals   []struct{ Signal, Evidence string }
			Actions   []struct {
				Do escalation.Do
				To []string
			}
		}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		var parts []string
		for _, h := range row.Signals {
			parts = append(parts, fmt.Sprintf("%s(%s)", h.Signal, h.Evidence))
		}
		for _, a := range row.Actions {
			parts = append(parts, actionPart(a.Do, a.To))
		}
		rows[row.MessageID] = oneLine(row.At, row.Customer, row.Channel, row.Direction, row.Ignored, parts)
	}
	return rows
}

func oneLine(at time.Time, customer, channel, direction, ignored string, parts []string) string {
	slices.Sort(parts)
	return fmt.Sprintf("%s %s %s %s %s: %s", at.UTC().Format(time.RFC3339), customer, channel, direction, ignored, strings.Join(parts, "; "))
}
