package note_test

import (
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/escalation/note"
)

func TestAlarmsReadAsTheGoldenFilesShow(t *testing.T) {
	now := time.Date(2026, 11, 9, 12, 0, 0, 0, time.UTC)
	silent := note.Alarm{Key: "silent/support-us/1", Kind: note.MailboxSilent, Mailbox: "support-us", Since: now.Add(-16 * time.Minute),
		Problem: `support-us: log in as "jane" at imap.example.com:993: the server says NO "invalid"; check the password`, Now: now, To: []string{"admin@example.com"}}
	well := note.Alarm{Key: "well/support-us/1", Kind: note.MailboxWell, Mailbox: "support-us", Since: silent.Since, Now: now, To: silent.To}
	for _, tt := range []struct {
		name, language string
		alarm          note.Alarm
	}{
		{"alarm-silent", "en", silent}, {"alarm-silent-zh", "zh", silent},
		{"alarm-well", "en", well}, {"alarm-well-zh", "zh", well},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := composer(t, tt.language).Alarm(tt.alarm)
			if err != nil {
				t.Fatal(err)
			}
			head, text, _ := readable(t, r.Payload)
			golden(t, tt.name+".golden.txt", head+"\n"+text)
		})
	}
}

// A problem may quote a server, whose words are a stranger's.
func TestAnAlarmCantBeForgedByAServer(t *testing.T) {
	a := note.Alarm{Key: "k", Kind: note.MailboxSilent, Mailbox: "us\r\nBcc: x@example.com", Problem: "NO \r\nX-Evil: 1\u202e" + strings.Repeat("x", 10_000), To: []string{"admin@example.com"}}
	r, err := composer(t, "en").Alarm(a)
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(r.Payload), "\r\n\r\n")
	for line := range strings.SplitSeq(head, "\r\n") {
		if strings.HasPrefix(line, "Bcc") || strings.HasPrefix(line, "X-Evil") {
			t.Errorf("a header was forged: %q", line)
		}
	}
	if len(r.Payload) > 4000 {
		t.Errorf("the mail has %d bytes", len(r.Payload))
	}
}
