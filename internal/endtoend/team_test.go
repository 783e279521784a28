package endtoend

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap/zaptest"

	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/internal/config"
	"github.com/heedmail/heed/internal/daemon"
)

const boss = "boss@example.com"

// withTeam is a config with the mailbox that the team answers to, and reminders.
func (s *site) withTeam() string {
	s.imap.AddUser(boss, password)
	return s.config("[smtp]", fmt.Sprintf(`[[mailbox]]
name = "heed"
role = "team"
host = "127.0.0.1"
port = %d
tls = "implicit"
ca_file = %q
username = %q
password_file = "password"
start = "all"

[remind]
after = "4h"
repeat = "2h"
then_to = [%q]

[smtp]`, s.imap.TLSPort, s.imap.CAFile, sender, boss))
}

// answer is what somebody writes who presses Reply on one of our mails.
func (s *site) answer(from string, to mail, id, text string) {
	s.t.Helper()
	s.send(from, sender, []byte("From: "+from+"\r\nTo: Heed <"+sender+">\r\nSubject: Re: "+headerOf(to, "Subject")+"\r\nMessage-ID: <"+id+">\r\nIn-Reply-To: "+headerOf(to, "Message-ID")+
		"\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"+text+"\r\n\r\nOn Mon, 9 Nov 2026, Heed <"+sender+"> wrote:\r\n> Jane threatens a chargeback.\r\n"))
}

// headerOf is a field of one line.
func headerOf(m mail, name string) string {
	for line := range strings.Lines(string(m.raw)) {
		if value, ok := strings.CutPrefix(line, name+": "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func TestTheTeamEndsACaseByAnsweringItsMail(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	d := s.start(s.withTeam())
	desk := s.look(yodi, "INBOX")
	s.send("jane1@mail.example", support, threat(1))
	first := find(t, desk.until("the escalation", func(m []mail) bool { return escalations(m) == 1 }), with("X-Heed-Case", "1"))
	if !strings.Contains(string(first.raw), "Answer this mail") {
		t.Errorf("it does not say that it can be answered:\n%s", first.raw)
	}

	s.answer("jane1@mail.example", first, "forged@mail.example", "resolved")
	d.log.until(t, "a mail to the team mailbox is not obeyed", "none of those who are told")
	s.answer(yodi, first, "answer-1@example.com", "已解决，已全额退款")
	d.log.until(t, "the team has answered", "resolve", yodi)
	out, errs, status := s.heed("cases", "show", "1", "-c", filepath.Join(s.dir, "heed.toml"))
	if status != 0 || !strings.Contains(out, ", resolved") || !strings.Contains(out, "note      yodi@example.com: 已全额退款") {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}

	s.send("jane1@mail.example", support, letter("Jane 1 <jane1@mail.example>", "again@mail.example", "Order #1001", "The refund never came. I will dispute the charge after all."))
	again := find(t, desk.until("the second case", func(m []mail) bool { return escalations(m) == 2 }), with("X-Heed-Case", "2"))
	if text := string(again.raw); !strings.Contains(text, "case 1") {
		t.Errorf("the new case does not name the old one:\n%s", text)
	}
	if got := d.stop(); got != 0 {
		t.Errorf("exit status %d\n%s", got, d.log)
	}
}

// A clock shows a time that is set by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestNobodyAnswersAndTheNextInLineIsReminded(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	cfg, err := config.Load(s.withTeam())
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{now: time.Now()}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- daemon.Run(ctx, daemon.Options{Config: cfg, Log: zaptest.NewLogger(t), Now: c.Now, RemindEvery: 50 * time.Millisecond})
	}()
	contactDesk, bossDesk := s.look(contact, "INBOX"), s.look(boss, "INBOX")
	s.send("jane1@mail.example", support, threat(1))
	contactDesk.until("the escalation", func(m []mail) bool { return escalations(m) == 1 })
	s.untilTold(cfg.State, 1)

	c.forward(4 * time.Hour)
	got := contactDesk.until("the reminder", func(m []mail) bool { return escalations(m) == 2 })
	if reminder := find(t, got, with("Message-ID", "<heed-1-reminder-1-")); headerOf(reminder, "In-Reply-To") != headerOf(got[0], "Message-ID") {
		t.Errorf("the reminder is in no thread:\n%s", reminder.raw)
	}
	c.forward(2 * time.Hour)
	second := find(t, bossDesk.until("the reminder to the next in line", func(m []mail) bool { return escalations(m) == 1 }), with("X-Heed-Case", "1"))

	s.answer(boss, second, "boss-1@example.com", "On it")
	s.until(cfg.State, "somebody has taken the case", func(c *store.Case) bool { return c.State == store.Acked })
	// Whoever looks for a second case, long after, has looked at the first one too.
	s.send("jane2@mail.example", support, threat(2))
	s.untilTold(cfg.State, 2)
	c.forward(24 * time.Hour)
	contactDesk.until("the reminder of the second case", func(m []mail) bool { return count(m, with("Message-ID", "<heed-2-reminder-1-")) == 1 })
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	s.until(cfg.State, "two reminders", func(c *store.Case) bool { return len(c.Reminders) == 2 })
}

// untilTold waits until people have been told of so many cases: reminders count from there.
func (s *site) untilTold(state string, cases int) {
	s.t.Helper()
	s.inState(state, "the mail is done", func(st *store.Store) bool {
		waiting, err := st.Waiting(context.Background())
		if err != nil {
			s.t.Fatal(err)
		}
		return len(waiting) == cases
	})
}

// until waits until case 1 is as wanted.
func (s *site) until(state, what string, wanted func(*store.Case) bool) {
	s.t.Helper()
	s.inState(state, what, func(st *store.Store) bool {
		c, err := st.Case(context.Background(), 1)
		if err != nil {
			s.t.Fatal(err)
		}
		return wanted(c)
	})
}

// inState asks the state file beside the daemon until it says what is waited for.
func (s *site) inState(state, what string, wanted func(*store.Store) bool) {
	s.t.Helper()
	st, err := store.OpenFile(context.Background(), state, store.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	defer st.Close()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !wanted(st) {
		select {
		case <-tick.C:
		case <-deadline:
			s.t.Fatalf("waited %s until %s", patience, what)
		}
	}
}
