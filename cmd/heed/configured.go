package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/internal/config"
	"github.com/heedmail/heed/internal/daemon"
)

// configFlag is -c, which most commands have.
type configFlag struct {
	Config string `short:"c" env:"HEED_CONFIG" default:"/etc/heed/heed.toml" placeholder:"FILE" help:"The config file (${default})."`
}

// load reads the config. Whatever is wrong with it ends the command with exit status 2.
func (f configFlag) load() (*config.Config, error) {
	c, err := config.Load(f.Config)
	if err != nil {
		return nil, wrongError{err}
	}
	return c, nil
}

// newClassifier makes a classifier of the built-in lexicon and the files that were named on the command line.
func newClassifier(lexicons []string) (*classify.Classifier, error) {
	c, err := daemon.NewClassifier(lexicons)
	if err != nil {
		return nil, wrongError{err}
	}
	return c, nil
}

// errTooLarge is what readFile finds in a file that is larger than it should be.
var errTooLarge = errors.New("is too large")

// readFile reads a file of at most limit bytes.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := readAtMost(f, limit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return data, nil
}

func readAtMost(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%w: more than %d MiB", errTooLarge, limit>>20)
	}
	return data, nil
}
