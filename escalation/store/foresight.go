package store

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Nearly every mail is plain: it was not seen before, repeats nobody's words, and its writer has no open case. To find
// that out takes half a dozen questions, whose answer is "nothing". Foresee asks them once for a whole batch, as far as they
// are not answered by what is remembered of the state (see inventory). What the state lacks is remembered for the rest of the
// transaction, and is lacked no more once the batch itself adds it.
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
	byOrder                  // anybody who named an order

	topics = iota
)

// A foresight is what the state lacks. A nil foresight knows of no lack.
type foresight struct {
	lacking [topics]map[string]struct{}
	solely  map[string]string // by order, the only customer who may have named it; "" for nobody
	folder  Place             // the first of a range of places in one folder
	last    uint32            // the last of its UIDs
	taken   map[uint32]struct{}

	args  []any   // room for the arguments of a question
	named []named // room for who names what
}

// A named is an order with the customer of a mail that names it.
type named struct{ order, customer string }

// Foresee asks what is known of messages that are about to be added. They lie in one folder. within is that of Duplicate.
func (tx *Tx) Foresee(batch []*Message, within time.Duration) error {
	if len(batch) == 0 {
		return nil
	}
	f := tx.conn.foresight()
	err := f.lookForPlaces(tx, batch)
	if err == nil {
		err = tx.takeStock(len(batch))
	}
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

// foresight returns an empty one, in the room of the connection's last.
func (c *conn) foresight() *foresight {
	f := &c.seen
	if f.taken == nil {
		f.solely, f.taken = make(map[string]string), make(map[uint32]struct{})
		for t := range f.lacking {
			f.lacking[t] = make(map[string]struct{})
		}
	}
	for _, keys := range f.lacking {
		clear(keys)
	}
	clear(f.solely)
	clear(f.taken)
	clear(f.args[:cap(f.args)])
	clear(f.named[:cap(f.named)])
	f.folder, f.last = Place{}, 0
	return f
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
var questions = [...]string{
	byMessageID: about("message_id") + `EXISTS (SELECT 1 FROM messages m WHERE m.message_id = batch.message_id)`,
	byWords: about("customer", "earliest", "latest", "words") + `EXISTS (SELECT 1 FROM messages m
		WHERE m.customer = batch.customer AND m.at BETWEEN batch.earliest AND batch.latest AND m.text_hash = batch.words)`,
	byAlias:    about("customer") + `EXISTS (SELECT 1 FROM aliases a WHERE a.alias = batch.customer)`,
	byOpenCase: about("customer") + `EXISTS (SELECT 1 FROM cases c WHERE c.customer = batch.customer AND c.state <> 'resolved')`,
}

func (f *foresight) lookForMessages(tx *Tx, batch []*Message, within time.Duration) error {
	for _, m := range batch {
		m.TextHash = m.textHash()
	}
	for part := range slices.Chunk(batch, askedAtOnce) {
		for t := range topic(len(questions)) {
			if tx.stock.knows(t) {
				continue
			}
			known, err := f.which(tx, questions[t], len(part), func(i int) { t.ask(f, part[i], within) })
			if err != nil {
				return err
			}
			for i, m := range part {
				if !known[i] {
					f.lacking[t][t.key(m)] = struct{}{}
				}
			}
		}
	}
	return nil
}

// key is what a message is looked for by.
func (t topic) key(m *Message) string {
	switch t {
	case byMessageID:
		return short(m.MessageID)
	case byWords:
		return m.TextHash
	}
	return m.Customer
}

// ask adds a message's row to the arguments of the question.
func (t topic) ask(f *foresight, m *Message, within time.Duration) {
	if t == byWords {
		f.args = append(f.args, m.Customer, stamp(m.At.Add(-within)), stamp(m.At.Add(within)))
	}
	f.args = append(f.args, t.key(m))
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

var ordersKnown = about("order_no", "customer") + `EXISTS (SELECT 1 FROM orders o WHERE o.order_no = batch.order_no AND o.customer <> batch.customer)`

func (f *foresight) lookForOrders(tx *Tx, batch []*Message) error {
	all := f.named[:0]
	for _, m := range batch {
		for _, order := range m.Orders[:min(len(m.Orders), maxList)] {
			n := named{clip(order, maxLine), m.Customer}
			if tx.stock.lacks(byOrder, n.order) {
				f.namedBy(n)
			} else {
				all = append(all, n)
			}
		}
	}
	f.named = all
	for part := range slices.Chunk(all, askedAtOnce) {
		others, err := f.which(tx, ordersKnown, len(part), func(i int) { f.args = append(f.args, part[i].order, part[i].customer) })
		if err != nil {
			return err
		}
		for i, n := range part {
			if !others[i] {
				f.namedBy(n)
			}
		}
	}
	return nil
}

// namedBy keeps that nobody but a customer has named an order.
func (f *foresight) namedBy(n named) {
	if who, asked := f.solely[n.order]; asked && who != n.customer {
		n.customer = "" // nobody but the one, and nobody but the other
	}
	f.solely[n.order] = n.customer
}

// lacks reports that the state holds no such thing. It may hold none where lacks reports false, too.
func (tx *Tx) lacks(t topic, key string) bool {
	return tx.stock.lacks(t, key) || tx.foreseen.lacks(t, key)
}

func (f *foresight) lacks(t topic, key string) bool {
	if f == nil {
		return false
	}
	_, lacking := f.lacking[t][key]
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

// noteThat tells that something is there now.
func (tx *Tx) noteThat(t topic, key string) {
	tx.conn.stock.add(t, key)
	if tx.foreseen != nil {
		delete(tx.foreseen.lacking[t], key)
	}
}

// noteMessage tells that a message is there now.
func (tx *Tx) noteMessage(m *Message) {
	tx.noteThat(byMessageID, short(m.MessageID))
	tx.noteThat(byWords, m.TextHash)
	if tx.foreseen != nil {
		tx.foreseen.take(m.Place)
	}
}

// take tells that there is a message at a place now.
func (f *foresight) take(p Place) {
	uid := p.UID
	if p.UID = f.folder.UID; p == f.folder {
		f.taken[uid] = struct{}{}
	}
}

// noteOrder tells that a customer has named an order.
func (tx *Tx) noteOrder(customer, order string) {
	tx.noteThat(byOrder, order)
	f := tx.foreseen
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

// topicsOf are the topics that a table is about.
func topicsOf(table string) []topic {
	switch table {
	case "messages":
		return []topic{byMessageID, byWords}
	case "aliases":
		return []topic{byAlias}
	case "cases":
		return []topic{byOpenCase}
	case "orders":
		return []topic{byOrder}
	}
	return nil
}

// disturbs returns the topics of which a statement may make untrue what is known: it writes into their table. What is removed
// leaves a lack a lack.
func disturbs(query string) []topic {
	words := strings.Fields(query[:min(len(query), 100)])
	if words[0] != "INSERT" && words[0] != "UPDATE" && words[0] != "REPLACE" {
		return nil
	}
	for _, w := range words[1:min(len(words), 5)] {
		if about := topicsOf(w); about != nil {
			return about
		}
	}
	return nil
}
