package store

import (
	"fmt"
	"hash/maphash"
	"testing"
	"time"
)

// What another process writes is not overlooked, though nothing was asked for since the first batch.
func TestWhatOthersWriteIsNotLacking(t *testing.T) {
	t.Parallel()
	s := open(t)
	batch, theirs := foreseen(8), inbound("c0@mail.example", 900)
	theirs.MessageID, theirs.Orders = "theirs@mail.example", []string{"1000"}
	update(t, s, func(tx *Tx) error {
		noError(t, tx.Foresee(batch, time.Hour))
		noError(t, tx.AddMessage(batch[0]))
		if !tx.lacks(byMessageID, theirs.MessageID) || tx.lacks(byMessageID, batch[0].MessageID) {
			t.Error("it is not known what the state has")
		}
		return nil
	})
	other := openAt(t, s.path)
	update(t, other, func(tx *Tx) error {
		noError(t, tx.JoinCustomers("c9@mail.example", "c0@mail.example", "", "", noon))
		noError(t, tx.OpenCase(&Case{Customer: "c0@mail.example", OpenedAt: noon}))
		return tx.AddMessage(theirs)
	})
	update(t, s, func(tx *Tx) error {
		noError(t, tx.Foresee(batch[1:], time.Hour))
		for about, key := range map[topic]string{byMessageID: theirs.MessageID, byWords: theirs.TextHash, byAlias: "c9@mail.example",
			byOpenCase: "c0@mail.example", byOrder: "1000"} {
			if tx.lacks(about, key) {
				t.Errorf("topic %d: %s is taken for lacking", about, key)
			}
		}
		return nil
	})
}

func TestAFilterFindsAllThatIsInItAndLittleElse(t *testing.T) {
	t.Parallel()
	v := inventory{seed: maphash.MakeSeed(), of: [topics]*filter{byOrder: newFilter(byOrder.mostKeys())}}
	maxKeys := byOrder.mostKeys()
	for n := range maxKeys {
		v.add(byOrder, fmt.Sprint(n))
	}
	wrong := 0
	for n := range 2 * maxKeys {
		lacking := v.lacks(byOrder, fmt.Sprint(n))
		if n < maxKeys && lacking {
			t.Fatalf("%d is not found", n)
		} else if n >= maxKeys && !lacking {
			wrong++
		}
	}
	if wrong > maxKeys/50 {
		t.Errorf("%d of %d are found that are not in it", wrong, maxKeys)
	}
	if v.add(byOrder, "one more"); v.knows(byOrder) {
		t.Error("a full filter takes more")
	}
}
