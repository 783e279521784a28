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
)

// A subject is one thing that the state may lack.
type subject struct {
	topic topic
	key   string
}

// A foresight is what the state lacks. A nil foresight knows of no lack.
type foresight struct {
	lack   map[subject]struct{}
	solely map[string]string // by order, the only customer who may have named it; "" for nobody
	folder Place             // the first of a range of places in one folder
	last   uint32            // the last of its UIDs
	taken  map[uint32]struct{}
}

// Foresee asks what is known of messages that are about to be added. They lie in one folder. within is that of Duplicate.
func (tx *Tx) Foresee(batch []Message, within time.Duration) error {
	if len(batch) == 0 {
		return nil
	}
	f := &foresight{lack: make(map[subject]struct{}, 4*len(batch)), solely: make(map[string]string, len(batch)), taken: make(map[uint32]struct{}, len(batch))}
	err := f.lookForPlaces(tx, batch)
	if err == nil {
		err = f.lookForMessages(tx, batch, within)
	}
	if err == nil {
		err = f.lookForOrders(tx, batch)
	}
	if err != nil {
		return fmt.Errorf("look for what is known of %d mails: %w", len(batch), err)
	}
	tx.foreseen = f
	return nil
}

// maxTaken bounds the places that are read for one batch; with more of them each mail asks for itself.
const maxTaken = 10_000

func (f *foresight) lookForPlaces(tx *Tx, batch []Message) error {
	p := batch[0].Place
	lowest, highest := p.UID, p.UID
	for i := range batch {
		lowest, highest = min(lowest, batch[i].Place.UID), max(highest, batch[i].Place.UID)
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

// rowsOf writes down a list of numbered rows, with so many parameters each.
func rowsOf(parameters int) string {
	var b strings.Builder
	for n := range askedAtOnce {
		if n > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "(%d%s)", n, strings.Repeat(", ?", parameters))
	}
	return b.String()
}

// The bits of what lookForMessages finds are those of the topics.
var messagesKnown = `WITH batch (n, message_id, words, customer, earliest, latest) AS (VALUES ` + rowsOf(5) + `)
	SELECT n, known FROM (SELECT n, EXISTS (SELECT 1 FROM messages m WHERE m.message_id = batch.message_id)
		+ 2 * EXISTS (SELECT 1 FROM messages m WHERE m.customer = batch.customer AND m.at BETWEEN batch.earliest AND batch.latest AND m.text_hash = batch.words)
		+ 4 * EXISTS (SELECT 1 FROM aliases a WHERE a.alias = batch.customer)
		+ 8 * EXISTS (SELECT 1 FROM cases c WHERE c.customer = batch.customer AND c.state <> 'resolved') AS known FROM batch)
	WHERE known <> 0`

func (f *foresight) lookForMessages(tx *Tx, batch []Message, within time.Duration) error {
	var known [askedAtOnce]int
	args := make([]any, 0, 5*askedAtOnce)
	for part := range slices.Chunk(batch, askedAtOnce) {
		args = args[:0]
		clear(known[:])
		for i := range part {
			m := &part[i]
			m.TextHash = m.textHash()
			args = append(args, short(m.MessageID), m.TextHash, m.Customer, stamp(m.At.Add(-within)), stamp(m.At.Add(within)))
		}
		clear(args[len(args):cap(args)])
		err := tx.each(func(r record) error {
			var n, found int
			err := r.Scan(&n, &found)
			known[n] = found
			return err
		}, messagesKnown, args[:cap(args)]...)
		if err != nil {
			return err
		}
		for i := range part {
			m := &part[i]
			for t, key := range [...]string{byMessageID: short(m.MessageID), byWords: m.TextHash, byAlias: m.Customer, byOpenCase: m.Customer} {
				if known[i]&(1<<t) == 0 {
					f.lack[subject{topic(t), key}] = struct{}{}
				}
			}
		}
	}
	return nil
}

var ordersKnown = `WITH batch (n, order_no, customer) AS (VALUES ` + rowsOf(2) + `)
	SELECT n FROM batch WHERE EXISTS (SELECT 1 FROM orders o WHERE o.order_no = batch.order_no AND o.customer <> batch.customer)`

func (f *foresight) lookForOrders(tx *Tx, batch []Message) error {
	type naming struct{ order, customer string }
	var all []naming
	for i := range batch {
		for _, order := range batch[i].Orders[:min(len(batch[i].Orders), maxList)] {
			all = append(all, naming{clip(order, maxLine), batch[i].Customer})
		}
	}
	args := make([]any, 2*askedAtOnce)
	for part := range slices.Chunk(all, askedAtOnce) {
		clear(args)
		for i, n := range part {
			args[2*i], args[2*i+1] = n.order, n.customer
		}
		var others [askedAtOnce]bool
		err := tx.each(func(r record) error {
			var n int
			err := r.Scan(&n)
			others[n] = true
			return err
		}, ordersKnown, args...)
		if err != nil {
			return err
		}
		for i, n := range part {
			if who, asked := f.solely[n.order]; !others[i] && asked && who != n.customer {
				f.solely[n.order] = "" // nobody but the one, and nobody but the other
			} else if !others[i] {
				f.solely[n.order] = n.customer
			}
		}
	}
	return nil
}

// lacks reports that the state holds no such thing. It may hold none where lacks reports false, too.
func (f *foresight) lacks(t topic, key string) bool {
	if f == nil {
		return false
	}
	_, lacking := f.lack[subject{t, key}]
	return lacking
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

// onlyNamedBy reports that nobody but a customer has named an order.
func (f *foresight) onlyNamedBy(customer, order string) bool {
	if f == nil {
		return false
	}
	who, asked := f.solely[order]
	return asked && (who == "" || who == customer)
}

// add tells that something is there now.
func (f *foresight) add(t topic, key string) {
	if f != nil {
		delete(f.lack, subject{t, key})
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

// addOrder tells that a customer has named an order.
func (f *foresight) addOrder(customer, order string) {
	if f == nil {
		return
	}
	switch who, asked := f.solely[order]; {
	case asked && who == "":
		f.solely[order] = customer
	case asked && who != customer:
		delete(f.solely, order)
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
