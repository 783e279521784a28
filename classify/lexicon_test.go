package classify_test

import (
	"testing"

	"github.com/heedmail/heed/classify"
)

func newClassifier(t testing.TB) *classify.Classifier {
	t.Helper()
	c, err := classify.New(classify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEveryExampleOfTheLexiconIsHeardAsItSays(t *testing.T) {
	for _, fault := range newClassifier(t).CheckExamples() {
		t.Error(fault)
	}
}
