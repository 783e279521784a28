package endtoend

import (
	"os"
	"path/filepath"
	"testing"
)

// The mailbox itself says of what people were told, so that the loss of the state file tells nobody twice.
func TestALostStateFileTellsNobodyTwice(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	config := s.config()
	watched, desk := s.look(support, "INBOX"), s.look(silver, "INBOX")
	d := s.start(config)
	s.send("jane1@mail.example", support, threat(1))
	desk.until("the escalation", func(m []mail) bool { return escalations(m) == 1 })
	watched.until("the keyword and the note", func(m []mail) bool {
		return count(m, func(m mail) bool { return has(m, "$Escalated") }) == 1 && count(m, with("X-Heed-Case", "")) == 1
	})
	if status := d.stop(); status != 0 {
		t.Errorf("exit status %d after SIGTERM", status)
	}

	files, err := filepath.Glob(filepath.Join(s.dir, "heed.db*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("state files %q, %v", files, err)
	}
	for _, f := range files {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	d = s.start(config)
	d.log.until(t, "told of this mail before")
	s.send("jane1@mail.example", support, letter("Jane 1 <jane1@mail.example>", "again-1@mail.example", "Order #1001",
		"Hello,", "", "As I said, I will dispute the charge with my bank tomorrow.", "Jane"))
	mails := desk.until("the follow-up", func(m []mail) bool { return escalations(m) >= 2 })
	if n := count(mails, with("X-Heed-Rules", "chargeback-threat")); n != 1 || escalations(mails) != 2 {
		t.Errorf("%d escalations among %d mails, want 1 of 2", n, escalations(mails))
	}
	if status := d.stop(); status != 0 {
		t.Errorf("exit status %d after SIGTERM", status)
	}
}
