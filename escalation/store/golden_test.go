package store

import (
	"flag"
	"os"
	"testing"
)

var updateGolden = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *updateGolden {
		noError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	noError(t, err)
	if string(got) != string(want) {
		t.Errorf("%s differs (-update writes it):\n%s", path, got)
	}
}
