package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/heedmail/heed/escalation/store"
)

// casesCommand is `heed cases`; without a word behind it, it lists.
type casesCommand struct {
	stateFlags

	List    casesListCommand    `cmd:"" default:"withargs" help:"List the cases that are not resolved, those not delivered first."`
	Show    casesShowCommand    `cmd:"" help:"Show a case: who was told, what was said, what is still to be done."`
	Ack     casesAckCommand     `cmd:"" help:"Say that somebody has taken a case."`
	Resolve casesResolveCommand `cmd:"" help:"End a case; the customer's counters start anew."`
	Reopen  casesReopenCommand  `cmd:"" help:"Take back that a case was resolved."`
	Note    casesNoteCommand    `cmd:"" help:"Write a note into a case."`
	Snooze  casesSnoozeCommand  `cmd:"" help:"Take a case, and be reminded of it later."`
	Merge   casesMergeCommand   `cmd:"" help:"Make two cases one, and their customers one person; the lower number stays."`

	FalseAlarm  casesFalseAlarmCommand  `cmd:"" help:"End a case that should not have been; what its rules heard no longer counts."`
	FalseAlarms casesFalseAlarmsCommand `cmd:"" help:"Print the texts of the false alarms as rows for heed eval."`
}

// with opens the state file, does something with it, and closes it.
func (k casesCommand) with(ctx context.Context, c *console, do func(*store.Store) error) error {
	s, err := k.open(ctx, c)
	if err != nil {
		return err
	}
	return errors.Join(do(s), s.Close())
}

type casesListCommand struct {
	All bool `help:"List resolved cases too."`
}

// Run prints what nobody was told of, loudly, and then a table.
func (k casesListCommand) Run(ctx context.Context, c *console, all *commands) error {
	return all.Cases.with(ctx, c, func(s *store.Store) error {
		filter := store.Filter{States: []store.CaseState{store.Open, store.Acked}}
		if k.All {
			filter.States = nil
		}
		undelivered, err := s.Undelivered(ctx)
		if err != nil {
			return err
		}
		cases, err := s.Cases(ctx, filter)
		if err != nil {
			return err
		}
		printUndelivered(c.Out, undelivered)
		return printCases(c.Out, cases)
	})
}

// printUndelivered says which people do not know what they should know.
func printUndelivered(w io.Writer, rows []store.Row) {
	for _, row := range rows {
		for _, r := range row.Refused() {
			fmt.Fprintf(w, "!! NOT DELIVERED: %s to %s: %s\n", quoteUnlessPlain(row.About()), quoteUnlessPlain(r.Address), quoteUnlessPlain(r.Error))
		}
	}
	if len(rows) > 0 {
		fmt.Fprintf(w, "!! They were not told. Tell them yourself, mend the address or the server, then resolve the case.\n")
		if slices.ContainsFunc(rows, func(r store.Row) bool { return r.CaseID == 0 }) {
			fmt.Fprintln(w, "!! What is of no case leaves this list two weeks later.")
		}
		fmt.Fprintln(w)
	}
}

func printCases(w io.Writer, cases []store.Case) error {
	if len(cases) == 0 {
		_, err := fmt.Fprintln(w, "No cases.")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CASE\tSTATE\tOPENED\tCHANNEL\tORDER\tCUSTOMER")
	for _, k := range cases {
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\n", k.ID, stateOf(k), stamp(k.OpenedAt), dash(k.Channel), dash(k.Order), customerOf(k))
	}
	return table.Flush()
}

// stateOf says how far a case has come, and that nobody was told of its last news.
func stateOf(k store.Case) string {
	if k.Silenced != "" && k.State != store.Resolved {
		return string(k.State) + ", silenced"
	}
	return string(k.State)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return quoteUnlessPlain(s)
}

func customerOf(k store.Case) string {
	if k.CustomerName == "" {
		return quoteUnlessPlain(k.Customer)
	}
	return quoteUnlessPlain(k.CustomerName) + " <" + quoteUnlessPlain(k.Customer) + ">"
}

type casesShowCommand struct{ caseArgument }

// Run prints all about one case.
func (k casesShowCommand) Run(ctx context.Context, c *console, all *commands) error {
	return all.Cases.with(ctx, c, func(s *store.Store) error {
		one, err := s.Case(ctx, k.Number)
		if err != nil {
			return err
		}
		messages, err := s.CaseMessages(ctx, k.Number)
		if err != nil {
			return err
		}
		replies, err := s.CaseReplies(ctx, k.Number)
		if err != nil {
			return err
		}
		rows, err := s.CaseRows(ctx, k.Number)
		if err != nil {
			return err
		}
		var b strings.Builder
		printUndelivered(&b, undeliveredOf(rows))
		describeCase(&b, one)
		describeReplies(&b, replies)
		describeMessages(&b, messages)
		describeRows(&b, rows)
		_, err = io.WriteString(c.Out, b.String())
		return err
	})
}

func undeliveredOf(rows []store.Row) []store.Row {
	var undelivered []store.Row
	for _, row := range rows {
		if row.Kind == store.MailRow && len(row.Refused()) > 0 {
			undelivered = append(undelivered, row)
		}
	}
	return undelivered
}

func describeCase(b *strings.Builder, k *store.Case) {
	fmt.Fprintf(b, "case %d: %s, %s\n", k.ID, customerOf(*k), k.State)
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(b, "  %-9s %s\n", name, value)
		}
	}
	line("channel", dash(k.Channel))
	line("mailbox", dash(k.Mailbox))
	line("order", dash(k.Order))
	line("opened", stamp(k.OpenedAt)+" UTC")
	if k.Silenced != "" {
		line("silence", quoteUnlessPlain("its last news was told to nobody: "+k.Silenced))
	}
	if !k.AckedAt.IsZero() {
		line("taken", stamp(k.AckedAt)+" UTC")
	}
	if !k.ResolvedAt.IsZero() {
		line("resolved", stamp(k.ResolvedAt)+" UTC")
	}
	if k.MergedInto != 0 {
		line("now in", fmt.Sprintf("case %d", k.MergedInto))
	}
	if k.Previous != 0 {
		line("before", fmt.Sprintf("case %d", k.Previous))
	}
	if !k.SnoozedUntil.IsZero() {
		line("snoozed", "until "+stamp(k.SnoozedUntil)+" UTC")
	}
	line("outcome", k.Outcome)
	for _, r := range k.Reminders {
		line("reminded", describeReminder(r))
	}
	line("told", strings.Join(k.Mailed, ", "))
	for _, note := range k.Notes {
		line("note", quoteUnlessPlain(note))
	}
}

func describeReminder(r store.Reminder) string {
	if r.Deadline.IsZero() {
		return stamp(r.At) + " UTC"
	}
	return stamp(r.At) + " UTC, of the deadline " + stamp(r.Deadline) + " UTC"
}

func describeReplies(b *strings.Builder, replies []store.Reply) {
	if len(replies) > 0 {
		b.WriteString("\nanswers\n")
	}
	for _, r := range replies {
		fmt.Fprintf(b, "  %s  %-11s from %s\n", stamp(r.At), r.Verb, quoteUnlessPlain(r.Sender))
	}
}

func describeMessages(b *strings.Builder, messages []store.Message) {
	if len(messages) > 0 {
		b.WriteString("\nmessages\n")
	}
	for _, m := range messages {
		fmt.Fprintf(b, "  %s  %-8s %s\n", stamp(m.At), m.Direction, quoteUnlessPlain(m.Subject))
		for _, hit := range m.Signals {
			fmt.Fprintf(b, "    %-17s %q\n", hit.Signal, hit.Evidence)
		}
	}
}

func describeRows(b *strings.Builder, rows []store.Row) {
	if len(rows) > 0 {
		b.WriteString("\ndone and to do\n")
	}
	for _, row := range rows {
		when := row.DoneAt
		if when.IsZero() {
			when = row.CreatedAt
		}
		fmt.Fprintf(b, "  %s  %-7s %-7s %s", stamp(when), row.Kind, row.State, quoteUnlessPlain(rowTarget(row)))
		if row.State == store.Pending && row.Attempts > 0 {
			fmt.Fprintf(b, " (attempt %d, next %s UTC)", row.Attempts, stamp(row.NextAt))
		}
		if row.Error != "" && row.State != store.Done {
			fmt.Fprintf(b, ": %s", quoteUnlessPlain(row.Error))
		}
		b.WriteByte('\n')
	}
}

func rowTarget(row store.Row) string {
	switch row.Kind {
	case store.MailRow:
		var to []string
		for _, r := range row.Recipients {
			to = append(to, r.Address)
		}
		return "to " + strings.Join(to, ", ")
	case store.KeywordRow, store.MoveRow:
		return row.Argument + " in " + row.Place.Mailbox + " " + row.Place.Folder
	case store.ChatRow:
		return "by " + row.Argument
	case store.DraftRow:
		return "in " + row.Place.Mailbox
	}
	return "in " + row.Place.Mailbox + " " + row.Place.Folder
}

// A caseArgument names one case.
type caseArgument struct {
	Number int64 `arg:"" help:"The case's number."`
}

// change does something to the case, and says that it is done.
func (k caseArgument) change(ctx context.Context, c *console, all *commands, do func(*store.Store, context.Context, int64, time.Time) error, done string) error {
	return all.Cases.with(ctx, c, func(s *store.Store) error {
		return confirm(c, do(s, ctx, k.Number, c.Now()), done, k.Number)
	})
}

type casesAckCommand struct{ caseArgument }

// Run keeps that somebody has taken the case.
func (k casesAckCommand) Run(ctx context.Context, c *console, all *commands) error {
	return k.change(ctx, c, all, (*store.Store).Ack, "case %d is taken")
}

type casesResolveCommand struct{ caseArgument }

// Run ends the case.
func (k casesResolveCommand) Run(ctx context.Context, c *console, all *commands) error {
	return k.change(ctx, c, all, (*store.Store).Resolve, "case %d is resolved")
}

type casesReopenCommand struct{ caseArgument }

// Run takes back that the case was resolved.
func (k casesReopenCommand) Run(ctx context.Context, c *console, all *commands) error {
	return k.change(ctx, c, all, (*store.Store).Reopen, "case %d is open again")
}

type casesNoteCommand struct {
	caseArgument
	Text []string `arg:"" help:"What is to be noted."`
}

// Run writes a note into the case.
func (k casesNoteCommand) Run(ctx context.Context, c *console, all *commands) error {
	return all.Cases.with(ctx, c, func(s *store.Store) error {
		return confirm(c, s.AddNote(ctx, k.Number, c.Now(), strings.Join(k.Text, " ")), "noted in case %d", k.Number)
	})
}

type casesMergeCommand struct {
	Number int64 `arg:"" help:"One case's number."`
	Other  int64 `arg:"" help:"The other case's number."`
}

// Run makes two cases one.
func (k casesMergeCommand) Run(ctx context.Context, c *console, all *commands) error {
	return all.Cases.with(ctx, c, func(s *store.Store) error {
		stays, err := s.Merge(ctx, k.Number, k.Other, c.Now())
		return confirm(c, err, "case %d is closed; all of it is in case %d now", max(k.Number, k.Other), stays)
	})
}

// confirm says in a word that it is done.
func confirm(c *console, err error, format string, args ...any) error {
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.Out, format+"\n", args...)
	return err
}
