package web

import (
	_ "embed" // for the page and its style
	"fmt"
	"html/template"
	"strings"
	"time"
)

//go:embed page.html
var pageText string

//go:embed style.css
var style []byte

// A page is a Status with what the template asks about it.
type page struct{ Status }

// Trouble reports whether somebody has to do something.
func (p page) Trouble() bool {
	for _, m := range p.Mailboxes {
		if !m.Well() {
			return true
		}
	}
	return p.MailLate() > 0 || p.Outbox.Failed > 0 || len(p.Undelivered) > 0
}

// Verdict is the first sentence of the page.
func (p page) Verdict() string {
	var ill []string
	for _, m := range p.Mailboxes {
		if !m.Well() {
			ill = append(ill, m.Name)
		}
	}
	var parts []string
	if n := len(p.Undelivered); n > 0 {
		parts = append(parts, fmt.Sprintf("%d not delivered", n))
	} else if p.Outbox.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed in the outbox", p.Outbox.Failed))
	}
	if len(ill) > 0 {
		parts = append(parts, "not read: "+strings.Join(ill, ", "))
	}
	if p.MailLate() > 0 {
		parts = append(parts, "no mail goes out")
	}
	if len(parts) == 0 {
		return fmt.Sprintf("All is well: %d mailboxes are read, nothing is undelivered.", len(p.Mailboxes))
	}
	return "Trouble: " + strings.Join(parts, "; ") + "."
}

// newPage returns the template. ago needs to know what time it is, so it is bound anew for each page.
func newPage(now time.Time) (*template.Template, error) {
	return template.New("page").Funcs(template.FuncMap{
		"ago":  func(t time.Time) string { return ago(now, t) },
		"more": func(p page) int { return max(p.OpenCases-len(p.Cases), 0) },
	}).Parse(pageText)
}

// ago says how long something is past, in the one unit that matters.
func ago(now, t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	d := now.Sub(t)
	switch {
	case d < 2*time.Second:
		return "just now"
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s ago", d/time.Second)
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min ago", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", d/time.Hour)
	}
	return fmt.Sprintf("%d days ago", d/(24*time.Hour))
}
