package store

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Nearly every mail is plain: it was not seen before, repeats nobody's words, and its writer has no open case. To find
// that out takes half a dozen questions, whose answer is "nothing". Foresee asks them once for a whole batch. What the
// state lacks is remembered for the rest of the transaction, and is lacked no more once the batch itself adds it.
//
// Only "nothing" is remembered, so that there is one way to find what is there, and a batch decides as its mails would one
// by one. A write that could make a lack untrue tells the foresight, or ends it (see disturbs).

// A topic is what can be lacked.
type topic byte

const (
	byMessageID topic = iota // a message with a Message-ID, whoever sent it
	byWords                  // a message with a TextHash, within the time in which that makes a duplicate
	byAlias                  // somebody else, under whom a customer's mail is kept
	byOpenCase               // a case of a customer that is not resolved
	byStandIn                // an order that was named by somebody without an address, such as "order:1234"

	topics = iota
)

// A standing is what is known of one topic: what the state lacks of it, or else all that the state has of it.
type standing struct {
	listed bool // keys are all that the state has
	keys   map[string]struct{}
}

// lacks reports that the state has no such thing. It may have none where lacks reports false, too.
func (s *standing) lacks(key string) bool {
	_, in := s.keys[key]
	return in != s.listed
}

// add tells that something is there now.
func (s *standing) add(key string) {
	if s.listed {
		s.keys[key] = struct{}{}
	} else {
		delete(s.keys, key)
	}
}

// A foresight is what the state lacks. A nil foresight knows of no lack.
type foresight struct {
	of     [topics]standing
	folder Place  // the first of a range of places in one folder
	last   uint32 // the last of its UIDs
	taken  map[uint32]struct{}

	used  bool     // it has to be emptied
	args  []any    // room for the arguments of a question
	items []item   // room for what is asked about
	found []string // room for what was found
}

// An item is a message that is asked about, with the key that it is looked for by.
type item struct {
	m   *Message
	key string
}

// Foresee asks what is known of messages that are about to be added. They lie in one folder. within is that of Duplicate.
func (tx *Tx) Foresee(batch []*Message, within time.Duration) error {
	if len(batch) == 0 {
		return nil
	}
	f := tx.conn.foresight()
	err := f.lookForPlaces(tx, batch)
	if err == nil {
		err = f.list(tx, len(batch))
	}
	if err == nil {
		err = f.lookForMessages(tx, batch, within)
	}
	if err != nil {
		return fmt.Errorf("look for what is known of %d mails: %w", len(batch), err)
	}
	tx.foreseen = f
	return nil
}

// foresight returns an empty one, in the room of the connection's last.
func (c *conn) foresight() *foresight {
	f := &c.seen
	if f.taken == nil {
		f.taken = make(map[uint32]struct{})
		for t := range f.of {
			f.of[t].keys = make(map[string]struct{})
		}
	}
	f.forget()
	f.used = true
	return f
}

// forget empties a foresight when its transaction has ended: else the mails of the last batch would stay in memory until there is
// another one.
func (f *foresight) forget() {
	if !f.used {
		return
	}
	for t := range f.of {
		f.of[t].listed = false
		clear(f.of[t].keys)
	}
	clear(f.taken)
	clear(f.args[:cap(f.args)])
	clear(f.items[:cap(f.items)])
	clear(f.found[:cap(f.found)])
	f.folder, f.last, f.used = Place{}, 0, false
}

// maxTaken bounds the places that are read for one batch; with more of them each mail asks for itself.
const maxTaken = 10_000

func (f *foresight) lookForPlaces(tx *Tx, batch []*Message) error {
	p := batch[0].Place
	lowest, highest := p.UID, p.UID
	for _, m := range batch {
		lowest, highest = min(lowest, m.Place.UID), max(highest, m.Place.UID)
	}
	err := tx.each(func(r record) error {
		var uid uint32
		err := r.Scan(&uid)
		f.taken[uid] = struct{}{}
		return err
	}, `SELECT uid FROM messages WHERE mailbox = ? AND folder = ? AND uidvalidity = ? AND uid BETWEEN ? AND ? LIMIT ?`,
		p.Mailbox, p.Folder, p.UIDValidity, lowest, highest, maxTaken)
	if err == nil && len(f.taken) < maxTaken {
		f.folder, f.last = p, highest
		f.folder.UID = lowest
	}
	return err
}

// askedAtOnce is how many rows one question is about. The rest of the last one is NULL, which equals nothing.
const askedAtOnce = 50

// about begins a question about a list of numbered rows with these columns.
func about(columns ...string) string {
	var rows []string
	for n := range askedAtOnce {
		rows = append(rows, fmt.Sprintf("(%d%s)", n, strings.Repeat(", ?", len(columns))))
	}
	return `WITH batch (n, ` + strings.Join(columns, ", ") + `) AS (VALUES ` + strings.Join(rows, ", ") + `) SELECT n FROM batch WHERE `
}

// The questions by topic. Each is one of its own, since SQLite makes a join of an EXISTS that stands alone.
var questions = [topics]string{
	byMessageID: about("message_id") + `EXISTS (SELECT 1 FROM messages m WHERE m.message_id = batch.message_id)`,
	byWords: about("customer", "earliest", "latest", "words") + `EXISTS (SELECT 1 FROM messages m
		WHERE m.customer = batch.customer AND m.at BETWEEN batch.earliest AND batch.latest AND m.text_hash = batch.words)`,
	byAlias:    about("customer") + `EXISTS (SELECT 1 FROM aliases a WHERE a.alias = batch.customer)`,
	byOpenCase: about("customer") + `EXISTS (SELECT 1 FROM cases c WHERE c.customer = batch.customer AND c.state <> 'resolved')`,
	byStandIn:  about("order_no") + `EXISTS (SELECT 1 FROM orders o WHERE o.order_no = batch.order_no AND ` + hasNoAddress + `)`,
}

// What a shop has few of as a rule is read whole, which costs less than a question for each mail of a batch.
var lists = [topics]string{
	byAlias:    `SELECT alias FROM aliases LIMIT ?`,
	byOpenCase: `SELECT customer FROM cases WHERE state <> 'resolved' LIMIT ?`,
	byStandIn:  `SELECT order_no FROM orders o WHERE ` + hasNoAddress + ` LIMIT ?`,
}

// list reads what is there of the topics that have a list, unless it is long beside the number of mails.
func (f *foresight) list(tx *Tx, mails int) error {
	long := mails / 2
	for t, query := range lists {
		if query == "" {
			continue
		}
		s, rows := &f.of[t], 0
		err := tx.each(func(r record) error {
			var key string
			err := r.Scan(&key)
			s.keys[key] = struct{}{}
			rows++
			return err
		}, query, long)
		if err != nil {
			return err
		}
		if s.listed = rows < long; !s.listed {
			clear(s.keys)
		}
	}
	return nil
}

func (f *foresight) lookForMessages(tx *Tx, batch []*Message, within time.Duration) error {
	for _, m := range batch {
		m.TextHash = m.textHash()
	}
	for t := range topic(topics) {
		if f.of[t].listed {
			continue
		}
		f.items, f.found = f.items[:0], f.found[:0]
		for _, m := range batch {
			f.items = t.items(f.items, m)
		}
		for part := range slices.Chunk(f.items, askedAtOnce) {
			if err := f.ask(tx, t, part, within); err != nil {
				return err
			}
		}
		for _, key := range f.found { // for one message it may be there, and for another one too long ago
			f.of[t].add(key)
		}
	}
	return nil
}

// items adds what a message is looked for by.
func (t topic) items(list []item, m *Message) []item {
	switch t {
	case byMessageID:
		return append(list, item{m, short(m.MessageID)})
	case byWords:
		return append(list, item{m, m.TextHash})
	case byStandIn:
		for _, order := range m.Orders[:min(len(m.Orders), maxList)] {
			list = append(list, item{m, clip(order, maxLine)})
		}
		return list
	}
	return append(list, item{m, m.Customer})
}

// ask asks for which items the answer is "nothing".
func (f *foresight) ask(tx *Tx, t topic, part []item, within time.Duration) error {
	known, err := f.which(tx, questions[t], len(part), func(i int) {
		if m := part[i].m; t == byWords {
			f.args = append(f.args, m.Customer, stamp(m.At.Add(-within)), stamp(m.At.Add(within)))
		}
		f.args = append(f.args, part[i].key)
	})
	if err != nil {
		return err
	}
	for i, it := range part {
		if known[i] {
			f.found = append(f.found, it.key)
		} else {
			f.of[t].keys[it.key] = struct{}{}
		}
	}
	return nil
}

// which asks a question about so many rows, whose arguments row adds, and returns for which of them the answer is yes.
func (f *foresight) which(tx *Tx, question string, rows int, row func(i int)) (yes [askedAtOnce]bool, err error) {
	f.args = f.args[:0]
	for i := range rows {
		row(i)
	}
	for range len(f.args) / rows * (askedAtOnce - rows) {
		f.args = append(f.args, nil)
	}
	err = tx.each(func(r record) error {
		var n int
		err := r.Scan(&n)
		yes[n] = true
		return err
	}, question, f.args...)
	return yes, err
}

// lacks reports that the state holds no such thing. It may hold none where lacks reports false, too.
func (f *foresight) lacks(t topic, key string) bool {
	return f != nil && f.of[t].lacks(key)
}

// lacksPlace reports that there is no message at a place.
func (f *foresight) lacksPlace(p Place) bool {
	if f == nil || p.UID < f.folder.UID || p.UID > f.last {
		return false
	}
	_, taken := f.taken[p.UID]
	p.UID = f.folder.UID
	return p == f.folder && !taken
}

// add tells that something is there now.
func (f *foresight) add(t topic, key string) {
	if f != nil {
		f.of[t].add(key)
	}
}

// addMessage tells that a message is there now.
func (f *foresight) addMessage(m *Message) {
	if f == nil {
		return
	}
	f.add(byMessageID, short(m.MessageID))
	f.add(byWords, m.TextHash)
	p := m.Place
	if p.UID = f.folder.UID; p == f.folder {
		f.taken[m.Place.UID] = struct{}{}
	}
}

// disturbs reports whether a statement may make untrue what a foresight says: it writes into a table that it is about.
// What is removed leaves a lack a lack.
func disturbs(query string) bool {
	words := strings.Fields(query[:min(len(query), 100)])
	if words[0] != "INSERT" && words[0] != "UPDATE" && words[0] != "REPLACE" {
		return false
	}
	return slices.ContainsFunc(words[1:min(len(words), 5)], func(w string) bool {
		return slices.Contains([]string{"messages", "aliases", "cases", "orders"}, w)
	})
}
