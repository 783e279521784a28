//go:build !chaos

package main

import "time"

// now is the clock of the program.
func now() time.Time { return time.Now() }
