package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// A figure is one line of the table.
type figure struct {
	what    string
	value   float64
	unit    string
	least   float64 // what it must show, 0 for nothing
	aim     float64
	atLeast bool   // more is better
	detail  string // the absolute figures behind it
}

// meets says how a figure stands to what it must show.
func (f figure) meets() string {
	better := func(bound float64) bool { return f.value <= bound != f.atLeast || f.value == bound }
	switch {
	case f.least == 0:
		return ""
	case better(f.aim):
		return "aim"
	case better(f.least):
		return "met"
	}
	return "MISSED"
}

func (f figure) bounds() string {
	if f.least == 0 {
		return ""
	}
	sign := "≤"
	if f.atLeast {
		sign = "≥"
	}
	return fmt.Sprintf("%s %s (aim %s)", sign, short(f.least), short(f.aim))
}

// short writes a number with three digits that count.
func short(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v < 0.001:
		return fmt.Sprintf("%.2g", v)
	case v < 1:
		return strings.TrimRight(fmt.Sprintf("%.4f", v), "0")
	case v < 100:
		return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", v), "0"), ".")
	}
	return fmt.Sprintf("%.0f", v)
}

// A report is what one run of the benchmarks found.
type report struct{ figures []figure }

func (r *report) add(t *testing.T, f figure) {
	t.Helper()
	r.figures = append(r.figures, f)
	t.Logf("%s: %s %s %s %s (%s)", f.what, short(f.value), f.unit, f.bounds(), f.meets(), f.detail)
}

// print writes the table for a terminal.
func (r *report) print() string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "figure\tvalue\tmust be\t\tbehind it")
	for _, f := range r.figures {
		fmt.Fprintf(w, "%s\t%s %s\t%s\t%s\t%s\n", f.what, short(f.value), f.unit, f.bounds(), f.meets(), f.detail)
	}
	_ = w.Flush() // a strings.Builder takes everything
	return out.String()
}

// write makes the page and the plot in a directory.
func (r *report) write(dir string) error {
	if err := os.WriteFile(filepath.Join(dir, "benchmarks.svg"), []byte(plot(r.figures)), 0o644); err != nil {
		return err
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n\nMeasured on %s: %s, %d processors, %s. %s.\n\n", pageHead, time.Now().UTC().Format("2 January 2006"), processorName(), runtime.NumCPU(), kernel(), versions())
	out.WriteString("| figure | value | must be | | behind it |\n| --- | --- | --- | --- | --- |\n")
	for _, f := range r.figures {
		fmt.Fprintf(&out, "| %s | %s %s | %s | %s | %s |\n", f.what, short(f.value), f.unit, f.bounds(), f.meets(), f.detail)
	}
	out.WriteString("\n" + pageFoot)
	return os.WriteFile(filepath.Join(dir, "benchmarks.md"), []byte(out.String()), 0o644)
}

const pageHead = `# Benchmarks

Written by ` + "`make bench`" + `; do not edit. Each ratio is taken within one run, in which everything that is compared takes turns; figures
are medians of the rounds. ` + "`BENCH_ROUNDS=2`" + ` shortens a run, ` + "`BENCH=backlog`" + ` (` + "`attachments`, `memory`, `arrival`, `classify`, `idle`, `state`" + `)
runs one part and leaves this page alone.`

const pageFoot = `![Ratios, each against what it must be](benchmarks.svg)

## What is measured

- **Backlog**: 20,000 mails of about 5 KB in a Dovecot on loopback, one in a hundred with a threat. The *bare drain* is a socket
  that fetches the same bytes and throws them away. Heed's time is from the start of the process until its cursor is durable
  at the last mail, everything decided and written down, with fsync. mbsync copies the mailbox into a Maildir; imapfilter
  fetches each mail's body and looks for five phrases in it.
- **Attachments**: mails with a file of 5 MB. What Heed reads is counted on the wire.
- **Memory**: the peak of the resident set (VmHWM).
- **Arrival**: from the moment at which the server's EXISTS is on the wire to the moment at which the SMTP server has the
  escalation whole, one mail at a time, in IDLE, with ` + "`group_wait = 0`" + `.
- **Classify**: one goroutine; *without candidates* is text in which no word could begin a signal.
- **State**: the decision about one mail, with that many messages stored: the mean of a batch of 500, since what is asked and written for several mails falls to
  any of them; escalations included, the commit not. The mails come from customers who have not written before, so that only the size of the state differs: a
  history costs more the longer it is, up to the 50 messages of it that a note is written from. The file is open since the batch before, as a daemon has it.
- **Idle**: 200 mailboxes, two connections each; processor time after all are in IDLE, for as long as the row says.

Go benchmarks of each stage, for benchstat: ` + "`make microbench`" + `.
`

func processorName() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func kernel() string {
	out, err := exec.Command("uname", "-sr").Output()
	if err != nil {
		return runtime.GOOS
	}
	return strings.TrimSpace(string(out))
}

// versions names what Heed was measured with and against.
func versions() string {
	all := []string{runtime.Version()}
	for _, command := range [][]string{{"dovecot", "--version"}, {"mbsync", "--version"}, {"imapfilter", "-V"}} {
		out, err := exec.Command(command[0], command[1:]...).CombinedOutput()
		if err != nil && len(out) == 0 {
			continue
		}
		first, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
		if !strings.Contains(strings.ToLower(first), command[0]) && command[0] != "mbsync" {
			first = command[0] + " " + first
		}
		all = append(all, strings.TrimSpace(first))
	}
	return strings.Join(all, ", ")
}

// plot draws each figure that must show something against its bound: the bar is what was measured, the line at the
// right of the field is what it must be, and less of the field is better.
func plot(figures []figure) string {
	var bounded []figure
	for _, f := range figures {
		if f.least > 0 {
			bounded = append(bounded, f)
		}
	}
	const row, left, field = 26, 330, 420
	var out strings.Builder
	height := 60 + row*len(bounded)
	fmt.Fprintf(&out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"13\">\n", left+field+190, height)
	fmt.Fprintf(&out, "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n<text x=\"12\" y=\"24\" font-size=\"15\">Share of what is allowed; the line is the bound</text>\n")
	for i, f := range bounded {
		share := f.value / f.least
		if f.atLeast {
			share = f.least / f.value
		}
		y, colour := 44+row*i, "#2a7"
		if f.meets() == "MISSED" {
			colour = "#c43"
		}
		width := int(min(share, 1.25) * field * 0.8)
		fmt.Fprintf(&out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", left-10, y+14, escape(f.what))
		fmt.Fprintf(&out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"16\" fill=\"%s\"/>\n", left, y+2, max(width, 1), colour)
		fmt.Fprintf(&out, "<text x=\"%d\" y=\"%d\">%s %s, %s</text>\n", left+field+10, y+14, short(f.value), escape(f.unit), escape(f.bounds()))
	}
	x := left + int(field*0.8)
	fmt.Fprintf(&out, "<line x1=\"%d\" y1=\"38\" x2=\"%d\" y2=\"%d\" stroke=\"#333\"/>\n</svg>\n", x, x, height-14)
	return out.String()
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// median is the middle of what was measured.
func median(all []time.Duration) time.Duration { return percentile(all, 0.5) }

// percentile is the value below which a share of all lies.
func percentile(all []time.Duration, share float64) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}

func ratio(a, b time.Duration) float64 { return a.Seconds() / b.Seconds() }

func TestAFigureIsMeasuredAgainstItsBound(t *testing.T) {
	for _, x := range []struct {
		f    figure
		want string
	}{
		{figure{value: 1.5, least: 3, aim: 1.6}, "aim"},
		{figure{value: 2, least: 3, aim: 1.6}, "met"},
		{figure{value: 3.1, least: 3, aim: 1.6}, "MISSED"},
		{figure{value: 12, least: 5, aim: 10, atLeast: true}, "aim"},
		{figure{value: 5, least: 5, aim: 10, atLeast: true}, "met"},
		{figure{value: 4, least: 5, aim: 10, atLeast: true}, "MISSED"},
		{figure{value: 4}, ""},
	} {
		if got := x.f.meets(); got != x.want {
			t.Errorf("%+v: %q, want %q", x.f, got, x.want)
		}
	}
}
