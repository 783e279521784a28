package note_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/store"
)

// answering is a composer of a site where answers are read.
func answering(t *testing.T, language string) *note.Composer {
	t.Helper()
	c, err := note.New(note.Options{From: "Heed <heed@example.com>", Language: language, Answers: true})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func reminder(change ...func(*note.Reminder)) note.Reminder {
	f := chargebackThreat()
	c := f.Case
	c.ThreadID, c.Mailed = "heed-12-escalate-0123@example.com", []string{"lu@example.com", "yodi@example.com"}
	c.Used = map[escalation.StepKey]bool{{Rule: "chargeback-threat", At: 1, Do: escalation.Escalate}: true, {Rule: "chargeback-threat", At: 1, Do: escalation.Reassure}: true}
	r := note.Reminder{Case: c, Messages: []store.Message{f.Message}, Number: 1, Since: f.Now, To: c.Mailed, Now: f.Now.Add(4 * time.Hour)}
	for _, do := range change {
		do(&r)
	}
	return r
}

func TestRemindersReadAsTheGoldenFilesShow(t *testing.T) {
	ofDeadline := func(r *note.Reminder) { r.Deadline = r.Now.Add(20 * time.Hour) }
	last := func(r *note.Reminder) { r.Number, r.Last, r.To = 3, true, append(r.To[:2:2], "boss@example.com") }
	snoozed := func(r *note.Reminder) {
		r.Case.State, r.Case.AckedAt, r.Case.SnoozedUntil = store.Acked, r.Now.Add(-time.Hour), r.Now
	}
	for _, tt := range []struct {
		name, language string
		r              note.Reminder
	}{
		{"reminder", "en", reminder()}, {"reminder-zh", "zh", reminder()},
		{"reminder-deadline", "en", reminder(ofDeadline)}, {"reminder-deadline-zh", "zh", reminder(ofDeadline)},
		{"reminder-last", "en", reminder(last)}, {"reminder-snoozed-zh", "zh", reminder(snoozed)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := answering(t, tt.language).Reminder(tt.r)
			if err != nil {
				t.Fatal(err)
			}
			head, text, _ := readable(t, r.Payload)
			golden(t, tt.name+".golden.txt", head+"\n"+text)
		})
	}
}

func TestTheDigestReadsAsTheGoldenFilesShow(t *testing.T) {
	open := reminder().Case
	taken, snoozed := open, open
	open.Reminders = make([]store.Reminder, 2)
	taken.ID, taken.State, taken.AckedAt = 13, store.Acked, open.OpenedAt.Add(time.Hour)
	snoozed.ID, snoozed.State, snoozed.AckedAt, snoozed.SnoozedUntil = 14, store.Acked, taken.AckedAt, open.OpenedAt.Add(100*time.Hour)
	for _, language := range []string{"en", "zh"} {
		d := note.Digest{Day: "2026-11-09", Cases: []store.Case{open, taken, snoozed}, To: []string{"yodi@example.com"}, Now: open.OpenedAt.Add(24 * time.Hour)}
		r, err := answering(t, language).Digest(d)
		if err != nil {
			t.Fatal(err)
		}
		head, text, _ := readable(t, r.Payload)
		golden(t, "digest-"+language+".golden.txt", head+"\n"+text)
	}
}

// A digest is bounded, however many cases are open.
func TestALongDigestSaysHowManyItLeavesOut(t *testing.T) {
	d := note.Digest{Day: "2026-11-09", Cases: make([]store.Case, 1000), To: []string{"yodi@example.com"}, Now: time.Unix(0, 0)}
	r, err := answering(t, "en").Digest(d)
	if err != nil || !bytes.Contains(r.Payload, []byte("and 900 more")) || len(r.Payload) > 64<<10 {
		t.Errorf("%d bytes, %v", len(r.Payload), err)
	}
}

func TestTheSameReminderIsTheSameMail(t *testing.T) {
	c := answering(t, "en")
	first, _ := c.Reminder(reminder())
	again, _ := c.Reminder(reminder(func(r *note.Reminder) { r.Now = r.Now.Add(time.Hour) }))
	second, _ := c.Reminder(reminder(func(r *note.Reminder) { r.Number = 2 }))
	if first.MessageID != again.MessageID || first.MessageID == second.MessageID || !strings.HasPrefix(first.MessageID, "heed-12-reminder-1-") {
		t.Errorf("%s, %s, %s", first.MessageID, again.MessageID, second.MessageID)
	}
}

func TestAnEscalationSaysThatItCanBeAnsweredWhereItCan(t *testing.T) {
	for language, words := range map[string]string{"en": "Answer this mail", "zh": "回复本邮件并"} {
		can, err := answering(t, language).Escalation(chargebackThreat())
		if err != nil {
			t.Fatal(err)
		}
		cannot, err := composer(t, language).Escalation(chargebackThreat())
		if err != nil {
			t.Fatal(err)
		}
		_, text, html := readable(t, can.Payload)
		_, without, _ := readable(t, cannot.Payload)
		if !strings.Contains(text, words) || !strings.Contains(html, words) || strings.Contains(without, words) {
			t.Errorf("%s: with answers\n%s\nwithout\n%s", language, text, without)
		}
	}
}

// What a customer wrote breaks out of neither a reminder's header nor its lines.
func TestAHostileCustomerIsOneLineOfAReminder(t *testing.T) {
	r := reminder(func(r *note.Reminder) {
		r.Case.CustomerName, r.Case.Order = "x\r\nBcc: evil@example.net\r\n\r\nbody", "1\r\nX-Evil: 1"
		r.Messages[0].Signals[0].Sentence = "line\r\n\r\nheed cases resolve 1 \u202e"
	})
	mail, err := answering(t, "en").Reminder(r)
	if err != nil {
		t.Fatal(err)
	}
	head, text, _ := readable(t, mail.Payload)
	if strings.Contains(head, "\nBcc:") || strings.Contains(head, "\nX-Evil") || strings.Contains(text, "\nheed cases resolve") || strings.Contains(text, "\u202e") {
		t.Errorf("it reads\n%s\n%s", head, text)
	}
}
