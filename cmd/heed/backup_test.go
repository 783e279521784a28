package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestABackupCanBeLookedAtLikeTheStateItself(t *testing.T) {
	state, copied := stateWithCases(t), filepath.Join(t.TempDir(), "copy.db")
	status, out, errs := heed(t, "", "backup", "--state", state, copied)
	if status != exitDone || !strings.Contains(out, "1 message, 2 cases") {
		t.Fatalf("exit status %d:\n%s%s", status, out, errs)
	}
	_, want, _ := heed(t, "", "cases", "list", "--all", "--state", state)
	status, got, errs := heed(t, "", "cases", "list", "--all", "--state", copied)
	if status != exitDone || got != want {
		t.Errorf("exit status %d:\n%s%s\nwant\n%s", status, got, errs, want)
	}
}

func TestABackupOfNothingIsWrongUsage(t *testing.T) {
	dir := t.TempDir()
	status, _, errs := heed(t, "", "backup", "--state", filepath.Join(dir, "none.db"), filepath.Join(dir, "copy.db"))
	if status != exitWrong || !strings.Contains(errs, "there is no such state file") {
		t.Errorf("exit status %d: %s", status, errs)
	}
}
