package note

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/heedmail/heed/escalation/store"
)

// Unreadable writes the mail that asks people to read one that Heed could not read. It says where the mail lies and why,
// and bears the original. It stands in no template: it has to work where everything else broke.
func (c *Composer) Unreadable(why string, f Facts) (Rendered, error) {
	where := fmt.Sprintf("%s, %s, UID %d", clean(f.MailboxName, maxName), clean(f.Message.Place.Folder, maxName), f.Message.Place.UID)
	var lines []string
	if c.language == "zh" {
		lines = append(lines, "Heed 无法读取一封邮件。请自行阅读附件中的原始邮件并答复；它未被计数，也没有立案。详情如下。", "")
	}
	lines = append(lines,
		"Heed could not read a mail: "+shown(why, maxExcerpt)+".",
		"",
		"What to do: read the mail yourself (it is attached as it came) and answer it, or have it answered.",
		"It was not counted, and no case was opened.",
	)
	if j := f.Joined; j.Total > 1 {
		lines = append(lines, fmt.Sprintf("It stands for %d mails of this sender that could not be read; the newest is attached.", j.Total))
		for _, m := range j.Messages[max(0, len(j.Messages)-maxJoined):] {
			lines = append(lines, fmt.Sprintf("Another lies in %s, UID %d", clean(m.Place.Folder, maxName), m.Place.UID))
		}
	}
	lines = append(lines,
		"",
		"From: "+cmp.Or(plainAddressOr(f.Message.From, 120), "(unknown)"),
		"Subject: "+cmp.Or(shown(f.Message.Subject, maxSubject), "(none)"),
		"Where it lies: "+where,
		"Message-ID: "+plainAddressOr(f.Message.MessageID, 250),
	)
	for _, fault := range f.Message.Faults[:min(maxFaults, len(f.Message.Faults))] {
		lines = append(lines, "Fault: "+shown(fault, maxExcerpt))
	}
	f.Case = store.Case{}
	m := envelope{
		id: cmp.Or(f.MailID, c.messageID("unreadable", f)), from: c.from, to: addresses(f.DomesticTo), date: f.Now, auto: true,
		subject: c.wordsOr("subject/unreadable", where, "[Heed] A mail could not be read: "+where),
		text:    strings.Join(lines, "\n") + "\n",
	}
	return m.withOriginal(f)
}

// wordsOr says a sentence of the templates, or what stands in for it.
func (c *Composer) wordsOr(name string, data any, otherwise string) string {
	return cmp.Or(clean(c.words.Words(name, data), 0), otherwise)
}
