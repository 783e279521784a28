package main

import (
	"context"

	"github.com/heedmail/heed/internal/demo"
)

type demoCommand struct {
	Once bool `help:"End after the story instead of staying for a look around."`
}

// Run shows the whole process on loopback servers.
func (c *demoCommand) Run(ctx context.Context, con *console) error {
	return demo.Run(ctx, demo.Options{Out: con.Out, Once: c.Once, Version: version()})
}
