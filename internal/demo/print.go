package demo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/emersion/go-message/mail"
	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/internal/intake"
	"github.com/heedmail/heed/mailbox/message"
)

func (s *show) printf(format string, args ...any) { fmt.Fprintf(s.Out, format, args...) }

// printOutcome prints what was heard in a mail, why something follows, and what was decided.
func (s *show) printOutcome(o intake.Outcome) {
	m := o.Message
	switch {
	case m.Direction == message.Outbound:
		s.printf("      our own answer; it joins the timeline\n")
		return
	case m.Direction == message.Ignored:
		s.printf("      ignored: %s\n", m.Ignored)
		return
	case len(m.Signals) == 0:
		s.printf("      nothing to hear\n")
		return
	}
	for _, h := range m.Signals {
		s.printf("      heard    %s: “%s”\n", h.Signal, strings.Join(strings.Fields(h.Evidence), " "))
	}
	for _, c := range o.Counts {
		s.printf("      because  rule %s: %s, message %d in %d days (fires at %d)\n", c.Rule, c.Signal, c.N, int(c.Window.Hours()/24), c.At)
	}
	if len(o.Actions) == 0 {
		s.printf("      decided  to keep count\n")
	}
	for _, a := range o.Actions {
		s.printf("      decided  %s%s\n", describe(a), caseOf(o))
	}
}

func describe(a escalation.Action) string {
	switch a.Do {
	case escalation.Escalate:
		return "to escalate to " + strings.Join(a.To, ", ")
	case escalation.FollowUp:
		return "to follow up with " + strings.Join(a.To, ", ")
	case escalation.Reassure:
		return "to draft an answer that reassures"
	default:
		return "to draft an answer with a better offer"
	}
}

func caseOf(o intake.Outcome) string {
	if o.Opened {
		return fmt.Sprintf(" (opens case %d)", o.CaseID)
	}
	return fmt.Sprintf(" (case %d)", o.CaseID)
}

// printRow prints what the outbox did.
func (s *show) printRow(r store.Row) {
	if r.State != store.Done {
		s.printf("      FAILED   %s: %s\n", r.Kind, r.Error)
		return
	}
	switch r.Kind {
	case store.MailRow:
		var to []string
		for _, rc := range r.Recipients {
			to = append(to, rc.Address)
		}
		s.printf("      sent     mail of case %d to %s\n", r.CaseID, strings.Join(to, ", "))
	case store.DraftRow:
		s.printf("      done     draft laid into Drafts\n")
	case store.NoteRow:
		s.printf("      done     note laid beside the mail\n")
	case store.KeywordRow:
		s.printf("      done     mail marked %s\n", r.Argument)
	case store.MoveRow:
		s.printf("      done     mail moved to %s\n", r.Argument)
	}
}

// showNote prints the first escalation as it lies in the mailbox of those who decide.
func (s *show) showNote() error {
	raw := s.servers.firstSent()
	if raw == nil {
		return errors.New("no escalation was sent; the story has none, or something is broken")
	}
	r, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		return fmt.Errorf("read the escalation mail: %w", err)
	}
	subject, err := r.Header.Subject()
	if err != nil {
		return fmt.Errorf("read the escalation mail's subject: %w", err)
	}
	part, err := r.NextPart()
	if err != nil {
		return fmt.Errorf("read the escalation mail's text: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(part.Body, maxMail))
	if err != nil {
		return fmt.Errorf("read the escalation mail's text: %w", err)
	}
	line := strings.Repeat("─", 78)
	s.printf("\nThis is the first escalation, as it lies on the desk of %s:\n\n%s\nTo:      %s\nSubject: %s\n\n%s\n%s\n",
		yodi, line, r.Header.Get("To"), subject, strings.ReplaceAll(strings.TrimSpace(string(text)), "\r\n", "\n"), line)
	return nil
}
