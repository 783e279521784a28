// Command compile compiles the built-in lexicon into classify/lexicon.bin, which is embedded. It has to be run when a file of
// the lexicon was changed, or the way in which it is compiled:
//
//	go generate ./classify
package main

import (
	"fmt"
	"os"

	"github.com/heedmail/heed/classify"
)

// file is where it is written, from the directory of package classify.
const file = "lexicon.bin"

func main() {
	compiled, err := classify.CompileBuiltIn()
	if err == nil {
		err = os.WriteFile(file, compiled, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "compile:", err)
		os.Exit(1)
	}
}
