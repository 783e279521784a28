package main

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox/message"
)

// stateWithCases makes a state file with two customers: Jane, who was escalated to two people of whom one refused the
// mail, and Bob, whose case is resolved.
func stateWithCases(t *testing.T) string {
	t.Helper()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "heed.db")
	s, err := store.OpenFile(ctx, path, store.Options{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(ctx, func(tx *store.Tx) error {
		jane := store.Case{Customer: "jane.roe@example.org", CustomerName: "Jane \x1b[31mRoe", Channel: "shopify", Mailbox: "support", Order: "1234", OpenedAt: noon.Add(-time.Hour)}
		if err := tx.OpenCase(&jane); err != nil {
			return err
		}
		bob := store.Case{Customer: "bob@example.net", Channel: "amazon", Mailbox: "support", OpenedAt: noon.Add(-48 * time.Hour)}
		if err := tx.OpenCase(&bob); err != nil {
			return err
		}
		mail := store.Message{
			Place:     store.Place{Mailbox: "support", Folder: "INBOX", UIDValidity: 1, UID: 7},
			MessageID: "threat-1@example.org", At: noon.Add(-time.Hour), From: jane.Customer, Customer: jane.Customer, Channel: "shopify",
			Direction: message.Inbound, Subject: "Order\n#1234", Text: "I will dispute the charge.", CaseID: jane.ID,
			Signals: []classify.Hit{{Signal: classify.ChargebackThreat, Evidence: "I will dispute the charge", Sentence: "I will dispute the charge."}},
		}
		if err := tx.AddMessage(&mail); err != nil {
			return err
		}
		if err := tx.AddFired(jane.ID, []classify.Signal{classify.ChargebackThreat}); err != nil {
			return err
		}
		if err := tx.AddMailed(jane.ID, []string{"lu@example.com", "yodi@example.com"}, noon); err != nil {
			return err
		}
		for _, row := range janesRows(jane.ID, mail.Place) {
			if err := tx.Enqueue(&row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Resolve(ctx, 2, noon.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func janesRows(caseID int64, place store.Place) []store.Row {
	refused := store.Recipient{Address: "lu@example.com", State: store.Failed, Error: "smtp.example.com:587: RCPT TO <lu@example.com>: 550 no such user"}
	return []store.Row{
		{Key: "mail", Kind: store.MailRow, CaseID: caseID, Place: place, MessageID: "case-1@example.com", From: "heed@example.com",
			Recipients: []store.Recipient{refused, {Address: "yodi@example.com", State: store.Done}}, Payload: []byte("x"),
			State: store.Failed, CreatedAt: noon, DoneAt: noon},
		{Key: "keyword", Kind: store.KeywordRow, CaseID: caseID, Place: place, Argument: "$Escalated", State: store.Pending,
			CreatedAt: noon, NextAt: noon},
	}
}

func TestCasesShowsFirstWhomNobodyTold(t *testing.T) {
	path := stateWithCases(t)
	status, out, errs := heed(t, "", "cases", "--state", path)
	if status != exitDone || errs != "" {
		t.Fatalf("exit status %d, %s", status, errs)
	}
	golden(t, "cases.txt", out)
	if _, listed, _ := heed(t, "", "cases", "list", "--state", path); listed != out {
		t.Error("heed cases list differs from heed cases")
	}
	if _, all, _ := heed(t, "", "cases", "list", "--all", "--state", path); !strings.Contains(all, "bob@example.net") {
		t.Errorf("--all leaves out the resolved case:\n%s", all)
	}
}

// remindOf adds to the first case that people were reminded of it, that one of them answered, and that it is silent now.
func remindOf(t *testing.T, path string) {
	t.Helper()
	s, err := store.OpenFile(t.Context(), path, store.Options{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(t.Context(), func(tx *store.Tx) error {
		_, first := tx.AddReminder(1, 1, store.Reminder{At: noon.Add(4 * time.Hour)})
		_, second := tx.AddReminder(1, 2, store.Reminder{At: noon.Add(24 * time.Hour), Deadline: noon.Add(48 * time.Hour)})
		_, answer := tx.AddReply(store.Reply{MessageID: "lu-1@example.com", Sender: "lu@example.com", CaseID: 1, At: noon.Add(25 * time.Hour), Verb: "note"})
		return errors.Join(first, second, answer, tx.SetSilenced(1, "in touch by phone"))
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestCasesShowTellsTheWholeStory(t *testing.T) {
	path := stateWithCases(t)
	remindOf(t, path)
	status, out, errs := heed(t, "", "cases", "--state", path, "show", "1")
	if status != exitDone || errs != "" {
		t.Fatalf("exit status %d, %s", status, errs)
	}
	golden(t, "cases-show.txt", out)
	if _, list, _ := heed(t, "", "cases", "--state", path); !strings.Contains(list, "open, silenced") {
		t.Errorf("the list does not say that the case is silenced:\n%s", list)
	}
	if strings.Contains(out, "\x1b") {
		t.Error("a customer's name moves the cursor of the terminal")
	}
}

func TestACaseGoesItsWay(t *testing.T) {
	path := stateWithCases(t)
	for _, c := range []struct {
		args   string
		status int
		want   string
	}{
		{"ack 1", exitDone, "case 1 is taken\n"},
		{"note 1 called her, all is well", exitDone, "noted in case 1\n"},
		{"resolve 1", exitDone, "case 1 is resolved\n"},
		{"list", exitDone, "No cases.\n"},
		{"reopen 1", exitDone, "case 1 is open again\n"},
		{"reopen 1", exitFailed, ""},
		{"show 99", exitFailed, ""},
		{"ack 99", exitFailed, ""},
		{"snooze 1 2d", exitDone, "case 1 is snoozed until 2026-03-03 12:00 UTC\n"},
		{"snooze 1", exitDone, "case 1 is snoozed until 2026-03-02 12:00 UTC\n"},
		{"snooze 1 soon", exitWrong, ""},
		{"merge 1 1", exitFailed, ""},
		{"merge 2 1", exitDone, "case 2 is closed; all of it is in case 1 now\n"},
		{"reopen 2", exitFailed, ""},
		{"false-alarm 1", exitDone, "case 1 was a false alarm\n"},
		{"snooze 1 2d", exitFailed, ""},
	} {
		status, out, errs := heed(t, "", append([]string{"cases", "--state", path}, strings.Fields(c.args)...)...)
		if status != c.status || out != c.want || (status != exitDone) != (strings.Count(errs, "\n") == 1) {
			t.Errorf("%s: exit status %d, %q, %q; want %d, %q", c.args, status, out, errs, c.status, c.want)
		}
	}
	if _, out, _ := heed(t, "", "cases", "--state", path, "show", "1"); !strings.Contains(out, "called her, all is well") {
		t.Errorf("the note is not shown:\n%s", out)
	}
}

func TestFalseAlarmsAreRowsForEval(t *testing.T) {
	path := stateWithCases(t)
	if status, _, errs := heed(t, "", "cases", "--state", path, "false-alarm", "1"); status != exitDone {
		t.Fatal(errs)
	}
	status, out, errs := heed(t, "", "cases", "--state", path, "false-alarms", "--jsonl")
	if want := `{"id":"case-1-1","text":"I will dispute the charge.","labels":[]}` + "\n"; status != exitDone || out != want {
		t.Fatalf("exit status %d, %q, %s", status, out, errs)
	}
	status, scores, errs := heed(t, out, "eval", "-")
	if status != exitDone || !strings.Contains(scores, "chargeback_threat") {
		t.Errorf("exit status %d, %s, %s", status, scores, errs)
	}
	if _, text, _ := heed(t, "", "cases", "--state", path, "false-alarms"); !strings.Contains(text, "case 1: ") {
		t.Errorf("without --jsonl it prints %q", text)
	}
}

func TestAPersonIsExportedAndForgotten(t *testing.T) {
	path := stateWithCases(t)
	status, out, errs := heed(t, "", "export", "--state", path, "Jane.Roe+shop@Example.org")
	var person struct {
		Customer string
		Messages []any
		Cases    []any
	}
	if err := json.Unmarshal([]byte(out), &person); err != nil || status != exitDone {
		t.Fatalf("exit status %d, %s, %v", status, errs, err)
	}
	if person.Customer != "jane.roe@example.org" || len(person.Messages) != 1 || len(person.Cases) != 1 {
		t.Errorf("exported %s", out)
	}
	if status, _, errs := heed(t, "", "forget", "--state", path, "jane.roe@example.org"); status != exitDone {
		t.Errorf("exit status %d, %s", status, errs)
	}
	for _, command := range []string{"export", "forget"} {
		status, _, errs := heed(t, "", command, "--state", path, "jane.roe@example.org")
		if status != exitFailed || !strings.Contains(errs, "nothing is kept of this address; check the spelling") {
			t.Errorf("%s of a stranger: exit status %d, %s", command, status, errs)
		}
	}
}
