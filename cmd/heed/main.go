// Heed watches shared support mailboxes and puts a case in front of the people who decide when the escalation process
// says that those who answer must not go on alone. `heed help` lists the commands.
//
// This file only turns arguments, environment and signals into a call of one command and its error into an exit status.
// Each command stands in the file of its name, as a struct whose fields are its flags and whose Run does the work.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/heedmail/heed/internal/config"
)

// The exit statuses, which scripts and the systemd unit rely on.
const (
	exitDone   = 0
	exitFailed = 1
	exitWrong  = 2 // wrong usage or config: to be corrected by a person
)

// commands is the command line. The order is that of `heed help`.
type commands struct {
	Help helpFlag `short:"h" help:"Explain a command."`

	Daemon   runCommand      `cmd:"" name:"run" help:"Watch the mailboxes: the daemon."`
	Demo     demoCommand     `cmd:"" help:"Show the whole process on loopback servers with sample mail; needs nothing."`
	Classify classifyCommand `cmd:"" help:"Say what a mail carries, and why."`
	Eval     evalCommand     `cmd:"" help:"Score what is heard against labelled texts."`
	Check    checkCommand    `cmd:"" help:"Try out the config: templates, lexicons, every login, folder and SMTP route."`
	Replay   replayCommand   `cmd:"" help:"Take stored mail the whole way, sending nothing."`
	Cases    casesCommand    `cmd:"" help:"List cases, show one, and say how far it has come."`
	Forget   forgetCommand   `cmd:"" help:"Remove all that is kept of one person."`
	Export   exportCommand   `cmd:"" help:"Print all that is kept of one person, as JSON."`
	Backup   backupCommand   `cmd:"" help:"Copy the state file, also while the daemon runs."`
	Version  versionCommand  `cmd:"" help:"Say which version this is."`
	Explain  helpCommand     `cmd:"" name:"help" help:"Explain a command."`
}

// A console is the world outside as far as a command may use it, so that tests can be that world.
type console struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
	Now func() time.Time
}

// A wrongError is a mistake of whoever typed the command or wrote the config. It ends with exit status 2.
type wrongError struct{ error }

func (e wrongError) Unwrap() error { return e.error }

// wrong makes a wrongError of a sentence.
func wrong(format string, args ...any) error { return wrongError{fmt.Errorf(format, args...)} }

// errTold ends a command with exit status 1 without a further word: what failed has been printed.
var errTold = errors.New("failed")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	status := run(ctx, os.Args[1:], &console{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Now: now})
	stop()
	os.Exit(status)
}

// run executes one command line and returns its exit status.
func run(ctx context.Context, args []string, c *console) int {
	err := dispatch(ctx, args, c)
	var mistake wrongError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errTold):
		return exitFailed
	case errors.As(err, &mistake):
		tell(c.Err, err)
		return exitWrong
	}
	tell(c.Err, err)
	return exitFailed
}

// tell prints an error, a line for each thing that is wrong. Faults of a file begin with the file and the line, so that
// an editor can go there.
func tell(w io.Writer, err error) {
	var faults config.Faults
	if errors.As(err, &faults) {
		fmt.Fprintln(w, err)
		return
	}
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(w, "heed: %s\n", strings.TrimSuffix(line, "\n"))
	}
}

func dispatch(ctx context.Context, args []string, c *console) error {
	parser, err := newParser(c)
	if err != nil {
		return fmt.Errorf("build the command line: %w", err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	var mistake *kong.ParseError
	switch {
	case errors.Is(err, errHelped):
		return nil
	case errors.As(err, &mistake):
		return wrong("%w; `%s` explains", err, strings.TrimSpace("heed help "+commandOf(mistake.Context)))
	case err != nil:
		return fmt.Errorf("read the command line: %w", err)
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	return parsed.Run(c)
}

func newParser(c *console) (*kong.Kong, error) {
	return kong.New(&commands{},
		kong.Name("heed"),
		kong.Description("Heed reads every customer's mail in your support mailboxes and tells those who decide when a "+
			"chargeback, a lawyer or a bad review is on its way. Begin with: heed demo"),
		kong.NoDefaultHelp(),
		kong.Writers(c.Out, c.Err),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, WrapUpperBound: 100}),
	)
}

// commandOf returns the command that a wrong command line was meant for, "" when that is what was wrong.
func commandOf(ctx *kong.Context) string {
	if ctx == nil {
		return ""
	}
	var names []string
	for _, node := range ctx.Path {
		if node.Command != nil && node.Command != node.Command.Parent.DefaultCmd { // a default command was not typed
			names = append(names, node.Command.Name)
		}
	}
	return strings.Join(names, " ")
}
