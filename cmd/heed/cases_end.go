package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation/reply"
	"github.com/heedmail/heed/escalation/store"
)

type casesSnoozeCommand struct {
	caseArgument
	For string `arg:"" default:"1d" help:"For how long, or until when: 2d, 4h, 2026-12-01, Friday (${default})."`
}

// Run takes the case, and has people reminded of it later. It reads the time as an answer by mail is read.
func (k casesSnoozeCommand) Run(ctx context.Context, c *console, all *commands) error {
	now := c.Now()
	command := reply.Parse("snooze "+k.For, now.In(time.Local))
	if command.Verb != reply.Snooze || command.Text != "" {
		return wrong("%q is no time to snooze until; write 2d, 4h, 2026-12-01 or a weekday, within 90 days", k.For)
	}
	return all.Cases.with(ctx, c, func(s *store.Store) error {
		return confirm(c, s.Snooze(ctx, k.Number, now, command.Until), "case %d is snoozed until %s UTC", k.Number, stamp(command.Until))
	})
}

type casesFalseAlarmCommand struct{ caseArgument }

// Run ends a case that should not have been.
func (k casesFalseAlarmCommand) Run(ctx context.Context, c *console, all *commands) error {
	return k.change(ctx, c, all, (*store.Store).CallFalseAlarm, "case %d was a false alarm")
}

type casesFalseAlarmsCommand struct {
	JSONL bool `name:"jsonl" help:"Print rows that heed eval reads."`
}

// A falseAlarmRow is a text in which something was heard that is not in it. Its labels are what is in it.
type falseAlarmRow struct {
	ID      string            `json:"id"`
	Text    string            `json:"text"`
	Subject string            `json:"subject,omitempty"`
	Lang    string            `json:"lang,omitempty"`
	Labels  []classify.Signal `json:"labels"`
}

// Run prints the texts of false alarms: a table, or rows that `heed eval` scores.
func (k casesFalseAlarmsCommand) Run(ctx context.Context, c *console, all *commands) error {
	return all.Cases.with(ctx, c, func(s *store.Store) error {
		out := bufio.NewWriter(c.Out)
		err := s.FalseAlarms(ctx, func(m store.Misheard) error {
			if !k.JSONL {
				_, err := fmt.Fprintf(out, "case %d: %s\n", m.CaseID, quoteUnlessPlain(m.Text))
				return err
			}
			return writeJSON(out, falseAlarmRow{
				ID: "case-" + strconv.FormatInt(m.CaseID, 10) + "-" + strconv.FormatInt(m.Message, 10), Text: m.Text, Subject: m.Subject, Lang: m.Lang,
				Labels: append([]classify.Signal{}, m.Remained...),
			})
		})
		return errors.Join(err, out.Flush())
	})
}
