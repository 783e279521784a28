package main

import (
	"errors"

	"github.com/alecthomas/kong"
)

// errHelped ends the reading of the command line once the help has been printed.
var errHelped = errors.New("help was printed")

// A helpFlag is --help at any command.
type helpFlag bool

// BeforeReset prints the help before anything else on the command line is looked at.
func (helpFlag) BeforeReset(ctx *kong.Context) error {
	if err := ctx.PrintUsage(false); err != nil {
		return err
	}
	return errHelped
}

// helpCommand is `heed help [COMMAND]`.
type helpCommand struct {
	Command []string `arg:"" optional:"" help:"The command to explain, such as: cases note."`
}

// Run prints what --help behind the command prints.
func (h helpCommand) Run(c *console) error {
	parser, err := newParser(c)
	if err != nil {
		return err
	}
	if _, err := parser.Parse(append(h.Command, "--help")); !errors.Is(err, errHelped) {
		return wrong("%w; `heed help` lists the commands", err)
	}
	return nil
}
