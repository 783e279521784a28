package daemon

import (
	"errors"
	"testing"
	"time"

	"github.com/heedmail/heed/mailbox"
)

func TestALoopIsStuckWhenItShowsNoSignOfLife(t *testing.T) {
	now := time.Date(2026, 11, 9, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	tests := []struct {
		name    string
		health  mailbox.FolderHealth
		started time.Time
		want    bool
	}{
		{"just started", mailbox.FolderHealth{State: mailbox.Connecting}, ago(time.Minute), false},
		{"never came to anything", mailbox.FolderHealth{State: mailbox.Connecting}, ago(time.Hour), true},
		{"watching, checked a minute ago", mailbox.FolderHealth{State: mailbox.Watching, Since: ago(time.Hour), LastSuccess: ago(time.Minute)}, ago(time.Hour), false},
		{"watching, not checked for long", mailbox.FolderHealth{State: mailbox.Watching, Since: ago(time.Hour), LastSuccess: ago(time.Hour)}, ago(time.Hour), true},
		{"a large mail on a slow line", mailbox.FolderHealth{State: mailbox.Reading, Since: ago(time.Hour), LastSuccess: ago(time.Hour), Heard: ago(time.Second)}, ago(time.Hour), false},
		{"can't log in, but keeps trying", mailbox.FolderHealth{State: mailbox.Waiting, Since: ago(30 * time.Second), Err: errors.New("no")}, ago(time.Hour), false},
	}
	for _, tt := range tests {
		if got := silent(tt.started, now, tt.health.Since, tt.health.LastSuccess, tt.health.Heard); got != tt.want {
			t.Errorf("%s: stuck %v, want %v", tt.name, got, tt.want)
		}
	}
}
