package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// versionCommand is `heed version`.
type versionCommand struct{}

// Run prints one line.
func (versionCommand) Run(c *console) error {
	_, err := fmt.Fprintf(c.Out, "heed %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// version says which Heed this is.
func version() string {
	info, _ := debug.ReadBuildInfo()
	return versionOf(info)
}

// versionOf reads what the Go toolchain wrote into the program: the module's version, and the commit that it was built
// from where there was a repository.
func versionOf(info *debug.BuildInfo) string {
	if info == nil {
		return "unknown"
	}
	version := info.Main.Version
	if version == "" || version == "(devel)" {
		version = "devel"
	}
	var commit, changed, when string
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			commit = s.Value
		case "vcs.time":
			when = s.Value
		case "vcs.modified":
			if s.Value == "true" {
				changed = "changed since"
			}
		}
	}
	if commit == "" {
		return version
	}
	about := []string{"commit " + commit[:min(len(commit), 12)]}
	for _, more := range []string{when, changed} {
		if more != "" {
			about = append(about, more)
		}
	}
	return version + " (" + strings.Join(about, ", ") + ")"
}
