package classify_test

import (
	"sync"
	"testing"

	"github.com/heedmail/heed/classify"
)

// theClassifier is compiled once for all tests; a Classifier keeps no state between texts.
var theClassifier = sync.OnceValues(func() (*classify.Classifier, error) {
	return classify.New(classify.Options{})
})

func newClassifier(t testing.TB) *classify.Classifier {
	t.Helper()
	c, err := theClassifier()
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
