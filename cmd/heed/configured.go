package main

import (
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
