package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/internal/intake"
	"github.com/heedmail/heed/mailbox/message"
)

// maxMail bounds what is read of a mail in a file.
const maxMail = 32 << 20

// classifyCommand is `heed classify`.
type classifyCommand struct {
	JSON    bool     `name:"json" help:"Print one JSON object a line for each mail."`
	JSONL   bool     `name:"jsonl" help:"Read rows {\"id\",\"text\"} instead of mails, and print rows {\"id\",\"signals\"}."`
	Explain bool     `help:"Print all that was weighed: what spoke for and against, and near misses."`
	Lexicon []string `placeholder:"FILE" help:"Add a lexicon file of your own."`
	File    []string `arg:"" optional:"" help:"Mails, one a file; - reads one from standard input."`
}

// Run hears each mail and prints what it carries, in the order of the arguments. A file that can't be read is told and
// does not stop the others.
func (k classifyCommand) Run(ctx context.Context, c *console) error {
	if k.JSONL {
		return k.rows(ctx, c)
	}
	if len(k.File) == 0 {
		return wrong("no mail is named; `heed classify FILE.eml` reads a file, `heed classify -` standard input")
	}
	if k.JSON && k.Explain {
		return wrong("--json and --explain can't be had together; choose one")
	}
	classifier, err := newClassifier(k.Lexicon)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(c.Out)
	failed := false
	for _, file := range k.File {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		raw, fault, err := readMail(c.In, file)
		if err != nil {
			failed = true
			fmt.Fprintf(c.Err, "heed: %v\n", err)
			continue
		}
		if fault != "" {
			fmt.Fprintf(c.Err, "heed: %s: %s\n", file, fault)
		}
		if err := k.print(out, classifier, file, raw); err != nil {
			return err
		}
		if err := out.Flush(); err != nil { // a line at a time, for whoever reads along
			return fmt.Errorf("print the result: %w", err)
		}
	}
	if failed {
		return errTold
	}
	return nil
}

// readMail reads a mail, or the beginning of one that is too large: fault then says so, as the daemon does of a mail that
// it did not fetch whole.
func readMail(in io.Reader, file string) (raw []byte, fault string, err error) {
	where, size := "standard input", int64(0)
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, "", err
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil {
			size = info.Size()
		}
		in, where = f, file
	}
	raw = make([]byte, 0, min(size, maxMail)+bytes.MinRead) // no room is made twice for a large mail
	buf := bytes.NewBuffer(raw)
	if _, err := buf.ReadFrom(io.LimitReader(in, maxMail)); err != nil {
		return nil, "", fmt.Errorf("read %s: %w", where, err)
	}
	if more, err := in.Read(make([]byte, 1)); more == 0 || buf.Len() < maxMail {
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, "", fmt.Errorf("read %s: %w", where, err)
		}
		return buf.Bytes(), "", nil
	}
	return buf.Bytes(), fmt.Sprintf("The mail is larger than %d MiB; only its beginning was read.", maxMail>>20), nil
}

// print writes one mail in the form that was asked for.
func (k classifyCommand) print(w io.Writer, classifier *classify.Classifier, file string, raw []byte) error {
	m := message.Read(raw, message.Mailbox{})
	verdict := intake.Hear(classifier, m)
	if k.JSON {
		return writeJSON(w, newHeardMail(file, m, verdict))
	}
	if err := printHeard(w, file, m, verdict); err != nil {
		return err
	}
	if k.Explain && m.Direction == message.Inbound && m.Notice == nil {
		return classifier.Explain(classify.Text{Subject: m.OwnSubject, Body: m.Text}).Write(w)
	}
	return nil
}

// A heardMail is one line of `classify --json`.
type heardMail struct {
	File      string        `json:"file"`
	MessageID string        `json:"message_id"`
	Customer  string        `json:"customer"`
	Channel   string        `json:"channel"`
	Direction string        `json:"direction"`
	Ignored   string        `json:"ignored"`
	Lang      string        `json:"lang"`
	Text      string        `json:"text"`
	Signals   []heardSignal `json:"signals"`
}

type heardSignal struct {
	Signal   classify.Signal `json:"signal"`
	Evidence string          `json:"evidence"`
	Sentence string          `json:"sentence"`
}

func newHeardMail(file string, m *message.Message, v classify.Verdict) heardMail {
	h := heardMail{
		File: file, MessageID: m.ID, Customer: m.Customer, Channel: m.Channel, Direction: string(m.Direction),
		Ignored: string(m.Ignored), Lang: v.Lang, Text: m.Text, Signals: make([]heardSignal, 0, len(v.Hits)),
	}
	for _, hit := range v.Hits {
		h.Signals = append(h.Signals, heardSignal{hit.Signal, hit.Evidence, hit.Sentence})
	}
	return h
}

// printHeard is for a person. What comes from the mail is quoted, so that it can't forge a line or move the cursor.
func printHeard(w io.Writer, file string, m *message.Message, v classify.Verdict) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n  %s", file, m.Direction)
	if m.Ignored != "" {
		fmt.Fprintf(&b, ": %s", m.Ignored)
	}
	if m.Customer != "" {
		fmt.Fprintf(&b, ", customer %s", quoteUnlessPlain(m.Customer))
	}
	if m.Channel != "" {
		fmt.Fprintf(&b, ", channel %s", quoteUnlessPlain(m.Channel))
	}
	if v.Lang != "" {
		fmt.Fprintf(&b, ", language %s", v.Lang)
	}
	b.WriteByte('\n')
	if len(v.Hits) == 0 {
		b.WriteString("  carries nothing\n")
	}
	for _, hit := range v.Hits {
		fmt.Fprintf(&b, "  %-17s %q\n", hit.Signal, hit.Evidence)
	}
	for _, fault := range m.Faults {
		fmt.Fprintf(&b, "  fault: %s\n", quoteUnlessPlain(fault))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// quoteUnlessPlain leaves printable text as it is and quotes all else.
func quoteUnlessPlain(s string) string {
	if q := fmt.Sprintf("%q", s); q != `"`+s+`"` {
		return q
	}
	return s
}

// writeJSON writes one object and a newline. The signs < > & stay as they are: the reader is no browser.
func writeJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}
