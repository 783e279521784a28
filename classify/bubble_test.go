package classify_test

import (
	"testing"
	"testing/synctest"

	"github.com/heedmail/heed/classify"
)

// TestAClassifierServesTestsWithClocksOfTheirOwn uses one in two bubbles of synctest, as packages do that compile it once:
// what waits in it between texts must belong to neither.
func TestAClassifierServesTestsWithClocksOfTheirOwn(t *testing.T) {
	var c *classify.Classifier
	for range 2 {
		synctest.Test(t, func(t *testing.T) {
			if c == nil {
				c = newClassifier(t)
			}
			for _, h := range c.Classify(classify.Text{Body: "I will sue you."}).Hits {
				if h.Signal == classify.LegalThreat {
					return
				}
			}
			t.Error("nothing was heard")
		})
	}
}
