package mailbox

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
)

// A CheckResult is one line of what Check found.
type CheckResult struct {
	What string // "login", "folder INBOX", "sent", "drafts", "idle", "keywords", "move"
	Text string // what was found, a short sentence; "" with Err
	Warn bool   // it works, but an administrator should know
	Err  error  // it does not work; an *Error that says what to do
}

// OK reports whether there is nothing to be done about it.
func (r CheckResult) OK() bool { return r.Err == nil && !r.Warn }

// Check logs in and looks at everything that a Watcher and a Writer will need, without changing anything. Its first
// line is the login; when that fails there are no others.
func Check(ctx context.Context, account Account) []CheckResult {
	if err := account.Validate(); err != nil {
		return []CheckResult{{What: "login", Err: fmt.Errorf("mailbox %q: %w", account.Name, err)}}
	}
	account = account.withDefaults()
	s, err := connect(ctx, account, Options{}.withDefaults().Dial, func() {})
	if err != nil {
		return []CheckResult{{What: "login", Err: err}}
	}
	defer s.close()
	results := []CheckResult{{What: "login", Text: fmt.Sprintf("logged in as %q at %s", account.Username, account.address())}}
	all, err := s.listAll(ctx)
	if err != nil {
		return append(results, CheckResult{What: "folders", Err: err})
	}
	for _, name := range account.inbound() {
		results = append(results, s.checkFolder(ctx, "folder "+name, name, all))
	}
	if account.InboundOnly {
		return append(results, s.checkIdle())
	}
	results = append(results,
		s.checkSpecial(ctx, "sent", account.Sent, imap.MailboxAttrSent, all, "there is none, so that our own answers are not seen; name it in `sent` if there is one"),
		s.checkSpecial(ctx, "drafts", account.Drafts, imap.MailboxAttrDrafts, all, "there is none; it will be created with the first draft"))
	results = append(results, s.checkIdle(), s.checkMove())
	if in := account.inbound(); len(in) > 0 {
		results = append(results, s.checkKeywords(ctx, in[0]))
	}
	return results
}

// checkFolder looks whether a folder can be opened. When it can't, it lists those that can.
func (s *session) checkFolder(ctx context.Context, what, name string, all []listed) CheckResult {
	box, err := s.examine(ctx, name)
	if err == nil {
		return CheckResult{What: what, Text: fmt.Sprintf("%q, %d mails", name, box.NumMessages)}
	}
	if replyOf(err) != nil {
		var names []string
		for _, f := range all {
			if f.selectable() {
				names = append(names, fmt.Sprintf("%q", f.name))
			}
		}
		slices.Sort(names)
		err = &Error{Kind: Config, Where: s.account.Name, Doing: fmt.Sprintf("open the folder %q", name), Err: err,
			Advice: "there are: " + strings.Join(names[:min(len(names), 50)], ", ")}
	}
	return CheckResult{What: what, Err: err}
}

// checkSpecial looks for the Sent or Drafts folder.
func (s *session) checkSpecial(ctx context.Context, what, name string, use imap.MailboxAttr, all []listed, none string) CheckResult {
	if name == "" {
		name = pickSpecial(all, use)
	}
	if name == "" {
		return CheckResult{What: what, Warn: true, Text: none}
	}
	return s.checkFolder(ctx, what, name, all)
}

// checkIdle says how fast new mail is noticed.
func (s *session) checkIdle() CheckResult {
	if s.caps.Has(imap.CapIdle) {
		return CheckResult{What: "idle", Text: "new mail is pushed by the server (IDLE)"}
	}
	return CheckResult{What: "idle", Warn: true, Text: fmt.Sprintf("the server has no IDLE: new mail is noticed by asking every %s", s.account.Poll.Round(time.Second))}
}

// checkMove says whether mail can be moved.
func (s *session) checkMove() CheckResult {
	switch {
	case s.caps.Has(imap.CapMove):
		return CheckResult{What: "move", Text: "mail can be moved (MOVE)"}
	case s.caps.Has(imap.CapUIDPlus):
		return CheckResult{What: "move", Text: "mail can be moved (COPY and UID EXPUNGE)"}
	}
	return CheckResult{What: "move", Warn: true, Text: "the server has neither MOVE nor UIDPLUS: `on_escalate.move_to` will not work"}
}

// checkKeywords says whether mail can be marked. EXAMINE would always say no, so that the folder is opened with SELECT.
func (s *session) checkKeywords(ctx context.Context, folder string) CheckResult {
	box, err := s.enter(ctx, folder, nil)
	switch {
	case err != nil:
		return CheckResult{What: "keywords", Err: err}
	case allows(box.PermanentFlags, "$Escalated"):
		return CheckResult{What: "keywords", Text: fmt.Sprintf("mail in %q can be marked", folder)}
	}
	return CheckResult{What: "keywords", Warn: true, Text: fmt.Sprintf("mail in %q can't be marked: `on_escalate.keyword` will not work", folder)}
}
