package chaos

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
)

// A checker that finds nothing proves nothing: each of these has to be found, and nothing else.
func TestTheCheckerFindsWhatIsWrong(t *testing.T) {
	noon := time.Date(2026, 11, 9, 12, 0, 0, 0, time.UTC)
	l := &letter{id: "chaos-1@mail.example", folder: inbox, escalates: true, marked: true}
	mail := func(to string, change func(*taken)) taken {
		m := taken{messageID: "heed-1@example.com", recipient: to, about: l.id, body: sha256.Sum256([]byte("mail")), at: noon, epoch: 1}
		if change != nil {
			change(&m)
		}
		return m
	}
	everybody := func(more ...taken) []taken {
		for _, to := range told() {
			more = append(more, mail(to, nil))
		}
		return more
	}
	later := func(m *taken) { m.epoch, m.at = 2, noon.Add(time.Minute) }
	tests := []struct {
		about string
		took  []taken
		lives []life
		want  func(result) bool
	}{
		{"all is well", everybody(), []life{{}}, func(r result) bool { return r.failures() == 0 && r.delivered == 3 }},
		{"one was not told", everybody()[:2], []life{{}}, func(r result) bool { return r.lost == 1 }},
		{"one was told twice", append(everybody(), mail(told()[0], nil)), []life{{}}, func(r result) bool { return r.doubled == 1 }},
		{"twice, in two lives, the first of which ended long after", append(everybody(), mail(told()[0], later)),
			[]life{{killed: true, ended: noon.Add(50 * time.Second)}, {}}, func(r result) bool { return r.doubled == 1 }},
		{"twice, killed right after the first", append(everybody(), mail(told()[0], later)),
			[]life{{killed: true, ended: noon.Add(time.Second)}, {}}, func(r result) bool { return r.failures() == 0 && r.dying == 1 }},
		{"twice, and the first was never answered", append([]taken{mail(told()[0], func(m *taken) { m.unheard = true })}, everybody()...), []life{{}},
			func(r result) bool { return r.failures() == 0 && r.ambiguous == 1 }},
		{"twice for a reason, but not the same mail", append([]taken{mail(told()[0], func(m *taken) { m.unheard, m.body = true, [32]byte{} })}, everybody()...), []life{{}},
			func(r result) bool { return r.changed == 1 }},
		{"about a letter that is of no consequence", append(everybody(), mail(told()[0], func(m *taken) { m.about = "chaos-2@mail.example" })), []life{{}},
			func(r result) bool { return r.unexpected == 1 }},
		{"a follow-up that is not due", append(everybody(), mail(told()[0], func(m *taken) { m.followUp = true })), []life{{}},
			func(r result) bool { return r.unexpected == 1 }},
	}
	for _, tt := range tests {
		c := &checker{t: t, host: &host{lives: tt.lives}, smtp: &mailServer{took: tt.took}, letters: []*letter{l}, quiet: true}
		if c.checkMail(); !tt.want(c.r) {
			t.Errorf("%s: %+v", tt.about, c.r)
		}
	}
}

func TestTheCheckerFindsWhatIsWrongInAMailbox(t *testing.T) {
	l := &letter{id: "chaos-1@mail.example", folder: inbox, escalates: true, drafts: true, marked: true,
		raw: []byte("Message-ID: <chaos-1@mail.example>\r\n\r\nx")}
	asItCame := found{folder: inbox, raw: l.raw, flags: []imap.Flag{"$Escalated"}}
	note := found{folder: inbox, raw: []byte("Message-ID: <heed-n@example.com>\r\nIn-Reply-To: <chaos-1@mail.example>\r\nX-Heed-Case: 1\r\n\r\nx")}
	draft := found{folder: "Drafts", raw: note.raw}
	read := func(m found) found { m.flags = append([]imap.Flag{`\Seen`}, m.flags...); return m }
	tests := []struct {
		about string
		lie   []found
		want  func(result) bool
	}{
		{"all is well", []found{asItCame, note, draft}, func(r result) bool { return r.failures() == 0 }},
		{"no keyword", []found{{folder: inbox, raw: l.raw}, note, draft}, func(r result) bool { return r.keywordFaults == 1 }},
		{"no note", []found{asItCame, draft}, func(r result) bool { return r.noteFaults == 1 }},
		{"two notes", []found{asItCame, note, note, draft}, func(r result) bool { return r.noteFaults == 1 }},
		{"no draft", []found{asItCame, note}, func(r result) bool { return r.draftFault == 1 }},
		{"two drafts", []found{asItCame, note, draft, draft}, func(r result) bool { return r.draftFault == 1 }},
		{"the letter is gone", []found{note, draft}, func(r result) bool { return r.removed == 1 }},
		{"the letter is marked as read", []found{read(asItCame), note, draft}, func(r result) bool { return r.seenChanged == 1 }},
		{"the note is marked as read", []found{asItCame, read(note), draft}, func(r result) bool { return r.seenChanged == 1 }},
		{"a note about nothing that is known", []found{asItCame, note, draft, {folder: inbox, raw: []byte("In-Reply-To: <other@x>\r\nX-Heed-Case: 1\r\n\r\n")}},
			func(r result) bool { return r.noteFaults == 1 }},
	}
	for _, tt := range tests {
		c := &checker{t: t, letters: []*letter{l}, quiet: true}
		c.checkMailbox(tt.lie, 0, map[string][]*letter{l.id: {l}})
		if !tt.want(c.r) {
			t.Errorf("%s: %+v", tt.about, c.r)
		}
	}
}
