package store

import (
	"fmt"
	"hash/maphash"
)

// While little is in the state, all of it is remembered from one transaction to the next, so that most questions about what a
// batch brings need not be asked: the first reading of a mailbox begins with an empty state, and all that is in it later was
// written here. What a shop has few of at any time, open cases and aliases, is read whole now and then.
//
// Others may write into the file too (`heed cases`, `heed forget`). SQLite tells that it was changed by somebody else, and then
// nothing is remembered any more.

// An inventory is what the state has, by topic. It may list what is gone again, but it leaves out nothing that is there.
type inventory struct {
	seed    maphash.Seed
	version int64           // of the file, which others may change
	of      [topics]*filter // nil where not all is known
}

// lists read all keys of a topic, or as many as they are asked for.
var lists = [topics]string{
	byMessageID: `SELECT message_id FROM messages LIMIT ?`,
	byWords:     `SELECT text_hash FROM messages LIMIT ?`,
	byAlias:     `SELECT alias FROM aliases LIMIT ?`,
	byOpenCase:  `SELECT customer FROM cases WHERE state <> 'resolved' LIMIT ?`,
	byOrder:     `SELECT order_no FROM orders LIMIT ?`,
}

// takeStock makes sure that what is remembered of the state is true of it, and reads what is not remembered where it is little
// beside so many mails.
func (tx *Tx) takeStock(mails int) error {
	v := &tx.conn.stock
	var version int64
	if err := tx.row(`PRAGMA data_version`).Scan(&version); err != nil {
		return err
	}
	if version != v.version || v.seed == (maphash.Seed{}) {
		*v = inventory{seed: maphash.MakeSeed(), version: version}
	}
	newest, err := tx.newestMessage()
	if err != nil {
		return err
	}
	little := mails / 2
	for t := range topic(topics) {
		if v.of[t] != nil || !t.isRare() && newest >= int64(little) {
			continue
		}
		if err := v.read(tx, t, little); err != nil {
			return fmt.Errorf("take stock: %w", err)
		}
	}
	tx.stock = v
	return nil
}

// read reads all that the state has of a topic, unless that is more than a little.
func (v *inventory) read(tx *Tx, t topic, little int) error {
	all := newFilter(t.mostKeys())
	err := tx.each(func(r record) error {
		var key string
		err := r.Scan(&key)
		all.add(maphash.String(v.seed, key))
		return err
	}, lists[t], little)
	if err == nil && all.keys < little && !all.full() {
		v.of[t] = all
	}
	return err
}

// knows reports whether all that there is of a topic is known.
func (v *inventory) knows(t topic) bool { return v != nil && v.of[t] != nil }

// lacks reports that the state has no such thing. It may have none where lacks reports false, too.
func (v *inventory) lacks(t topic, key string) bool {
	return v.knows(t) && !v.of[t].mayHave(maphash.String(v.seed, key))
}

// add tells that something is there now.
func (v *inventory) add(t topic, key string) {
	if all := v.of[t]; all == nil || all.full() {
		v.of[t] = nil
	} else {
		all.add(maphash.String(v.seed, key))
	}
}

// isRare reports whether a shop has little of a topic as a rule, however many messages there are.
func (t topic) isRare() bool { return t == byAlias || t == byOpenCase }

// mostKeys is of how many keys of a topic is known which there are. What many mails ask for and few have stays in a place that
// the processor has at hand.
func (t topic) mostKeys() int {
	if t.isRare() {
		return 1 << 11
	}
	return 1 << 16
}

// A filter is a set of hashes that finds all that is in it, and now and then what is not: one time in two hundred when it is
// full (Bloom). A hash is four bits of one word, so that one place of memory is looked at.
type filter struct {
	words []uint64
	keys  int // how often something was added
}

// newFilter makes a filter for so many keys, a power of two; each has sixteen bits then.
func newFilter(keys int) *filter { return &filter{words: make([]uint64, keys/4)} }

func (f *filter) full() bool { return f.keys >= 4*len(f.words) }

// at returns the word that a hash falls to, and its bits.
func (f *filter) at(hash uint64) (word *uint64, bits uint64) {
	bits = 1<<(hash%64) | 1<<(hash>>6%64) | 1<<(hash>>12%64) | 1<<(hash>>18%64)
	return &f.words[hash>>24&uint64(len(f.words)-1)], bits
}

func (f *filter) add(hash uint64) {
	word, bits := f.at(hash)
	*word |= bits
	f.keys++
}

func (f *filter) mayHave(hash uint64) bool {
	word, bits := f.at(hash)
	return *word&bits == bits
}
