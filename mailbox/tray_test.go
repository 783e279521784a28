package mailbox

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// A server tells sizes before it sends the bodies, and need not keep to them.
func TestBodiesOnATrayDoNotTouchEachOtherWhateverWasAnnounced(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		var one tray
		for range 4 { // batches
			one.clear(random.Int64N(200))
			var bodies [][]byte
			for i := range random.IntN(20) {
				body := one.take(random.Int64N(30))
				if body == nil || len(body) != cap(body) {
					t.Fatalf("seed %d: %d bytes with room for %d, nil is %v", seed, len(body), cap(body), body == nil)
				}
				for j := range body {
					body[j] = byte(i)
				}
				bodies = append(bodies, body)
			}
			for i, body := range bodies {
				if !bytes.Equal(body, bytes.Repeat([]byte{byte(i)}, len(body))) {
					t.Fatalf("seed %d: body %d is %v", seed, i, body)
				}
			}
		}
	}
}

func TestATrayIsUsedAgainAndNoLargerThanABatch(t *testing.T) {
	t.Parallel()
	var one tray
	for _, c := range []struct{ size, want int64 }{
		{800, 900}, {900, 900}, {10, 900}, {MaxBatchBytes - 1, MaxBatchBytes}, {MaxBatchBytes, MaxBatchBytes}, {1, MaxBatchBytes},
		{MaxBatchBytes + 5, MaxBatchBytes + 5}, // one mail alone
	} {
		if one.clear(c.size); int64(len(one.all)) != c.want {
			t.Errorf("for %d bytes it has %d, want %d", c.size, len(one.all), c.want)
		}
	}
}
