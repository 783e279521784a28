// Command train makes the weights of package model anew, or measures them.
//
//	go run ./classify/model/train                    # reads the texts, writes classify/model/weights.bin
//	go run ./classify/model/train -measure A.jsonl…  # rules, model and both of them on labelled rows
//	go run ./classify/model/train -across A.jsonl…   # the same for texts of train/data, by models that did not learn from them
//
// It is run from the root of the repository. The same texts give the same bytes: the order in which they are learnt comes
// from a fixed seed, and every model is learnt by one goroutine.
package main

import (
	"flag"
	"fmt"
	"os"
)

// Where everything is, from the root of the repository.
const (
	corpusFiles = "classify/testdata/corpus-*.jsonl"
	textFiles   = "classify/model/train/data/*.jsonl"
	weightsFile = "classify/model/weights.bin"
)

func main() {
	measure := flag.Bool("measure", false, "measure the present weights on the files named, instead of training")
	leaveOut := flag.Bool("across", false, "measure each of the files named by a model that did not learn from it, instead of training")
	flag.Parse()
	work := train
	switch {
	case *measure:
		work = func() error { return measureFiles(os.Stdout, flag.Args()) }
	case *leaveOut:
		work = func() error { return across(os.Stdout, flag.Args()) }
	}
	if err := work(); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}
