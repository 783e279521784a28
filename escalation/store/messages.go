package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/mailbox/message"
)

// What is kept of one message is bounded, so that nobody can fill the state file by mail. The original stays in the
// mailbox.
const (
	MaxText     = 64 << 10
	maxLine     = 1 << 10 // subject, names
	maxEvidence = 4 << 10
	maxList     = 100 // references, orders, faults
)

// maxMessages bounds what is read of one customer or case at once.
const maxMessages = 1000

// ErrKnown means that the mail at this place has been added before.
var ErrKnown = errors.New("known already")

// TextHash identifies the words of a customer among their messages of an hour or two, however their lines are broken. It is
// "" when there are no words.
func TextHash(customer, text string) string {
	var room [2048]byte // enough for most
	words := append(append(room[:0], customer...), 0)
	begin := len(words)
	for at := 0; at < len(text); {
		end, after := wordsEnd(text, at)
		if end > at {
			if len(words) > begin {
				words = append(words, ' ')
			}
			words = append(words, text[at:end]...)
		}
		at = after
	}
	if len(words) == begin {
		return ""
	}
	sum := sha256.Sum256(words)
	return hex.EncodeToString(sum[:8])
}

// wordsEnd returns where the words end that begin at a place and have one space between them, and the place after the
// white space that ends them. Most lines are such words from end to end.
func wordsEnd(text string, at int) (end, after int) {
	for begin := at; ; {
		for at < len(text) && isVisible(text[at]) { // nearly all
			at++
		}
		if at == len(text) {
			return at, at
		}
		if text[at] == ' ' && at > begin && at+1 < len(text) && isVisible(text[at+1]) {
			at++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[at:])
		if unicode.IsSpace(r) {
			return at, at + size
		}
		at += size
	}
}

// isVisible reports whether a byte is a character of ASCII that one sees.
func isVisible(c byte) bool { return c-'!' <= '~'-'!' }

// KeepUnder makes a message another customer's.
func (m *Message) KeepUnder(customer string) {
	if customer != m.Customer {
		m.Customer, m.TextHash = customer, ""
	}
}

func (m *Message) textHash() string {
	if m.TextHash != "" {
		return m.TextHash
	}
	return TextHash(m.Customer, m.Text)
}

// Known reports whether the mail at a place has been added.
func (tx *Tx) Known(p Place) (bool, error) {
	if tx.foreseen.lacksPlace(p) {
		return false, nil
	}
	return tx.exists("look for a known mail", `SELECT 1 FROM messages
		WHERE mailbox = ? AND folder = ? AND uidvalidity = ? AND uid = ?`, p.Mailbox, p.Folder, p.UIDValidity, p.UID)
}

// Duplicate reports whether m repeats a message that is kept: the same Message-ID from the same sender, wherever that
// lay, or the same words of the same customer, in a message that counted, at most within before or after it.
//
// The sender belongs to it since a Message-ID is the sender's word: it must not be possible to silence somebody else's
// mail by using its Message-ID first.
func (tx *Tx) Duplicate(m *Message, within time.Duration) (bool, error) {
	if m.MessageID != "" && !tx.foreseen.lacks(byMessageID, short(m.MessageID)) {
		same, err := tx.exists("look for the same Message-ID",
			`SELECT 1 FROM messages WHERE message_id = ? AND sender = ?`, short(m.MessageID), short(m.From))
		if same || err != nil {
			return same, err
		}
	}
	m.TextHash = m.textHash()
	nobodys := m.Customer == "" && m.Direction != message.Inbound // all automatic mail, which is not worth a search
	if m.TextHash == "" || nobodys || tx.foreseen.lacks(byWords, m.TextHash) {
		return false, nil
	}
	return tx.exists("look for the same words",
		`SELECT 1 FROM messages WHERE customer = ? AND at BETWEEN ? AND ? AND text_hash = ? AND direction = ?`,
		m.Customer, stamp(m.At.Add(-within)), stamp(m.At.Add(within)), m.TextHash, message.Inbound)
}

func (tx *Tx) exists(what, query string, args ...any) (bool, error) {
	var one int
	err := tx.row(query+" LIMIT 1", args...).Scan(&one)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, fmt.Errorf("%s: %w", what, err)
	}
	return err == nil, nil
}

// AddMessage keeps a message with its signals, and sets its ID, and its TextHash where that is "". An inbound or outbound one makes its orders
// known as its customer's. A mail whose place is taken is ErrKnown.
func (tx *Tx) AddMessage(m *Message) error {
	if err := tx.pileMessage(m); err != nil {
		return fmt.Errorf("write message %s/%s %d: %w", m.Place.Mailbox, m.Place.Folder, m.Place.UID, err)
	}
	tx.foreseen.addMessage(m)
	for _, h := range m.Signals {
		_, err := tx.exec(`INSERT INTO signals (message_id, signal, evidence, sentence) VALUES (?, ?, ?, ?)
			ON CONFLICT DO NOTHING`, m.ID, h.Signal, clip(h.Evidence, maxEvidence), clip(h.Sentence, maxEvidence))
		if err != nil {
			return fmt.Errorf("write signal %s: %w", h.Signal, err)
		}
	}
	if m.Direction == message.Ignored {
		return nil
	}
	return tx.rememberOrders(m.Customer, m.Orders, m.At)
}

// pileMessage puts a message's row where it is written with others, or writes it at once where its place may be taken.
func (tx *Tx) pileMessage(m *Message) error {
	id, err := tx.nextMessage()
	if err != nil {
		return err
	}
	fresh := tx.foreseen.lacksPlace(m.Place)
	p, err := tx.pileOf(m, fresh)
	if err != nil {
		return err
	}
	m.TextHash = m.textHash()
	fields, err := plainFields(p.args, id, m)
	if err == nil && p == &tx.conn.full {
		fields, err = rareFields(fields, m)
	}
	if err != nil {
		return err
	}
	if p.rows == 0 {
		p.shared = append(p.shared, m.Place.Mailbox, m.Place.Folder, int64(m.Place.UIDValidity))
	}
	p.put(fields)
	if !fresh {
		written, err := tx.writePile(p)
		if err == nil && written == 0 {
			err = ErrKnown
		}
		if err != nil {
			return err
		}
	}
	m.ID = id
	return nil
}

// pileOf returns the pile for a message, with room in it. Where another one has begun it is written first, so that
// messages are written in the order of their numbers: one between others costs far more than one behind them.
func (tx *Tx) pileOf(m *Message, fresh bool) (*pile, error) {
	c := tx.conn
	if !fresh {
		return &c.full, tx.writePiles()
	}
	if m.isPlain() && c.full.rows == 0 {
		if c.plain.rows == piledAtOnce {
			return &c.plain, tx.writeWhole(&c.plain)
		}
		return &c.plain, nil
	}
	if c.plain.rows > 0 {
		return &c.full, tx.writeWhole(&c.plain)
	}
	if c.full.rows == piledAtOnce {
		return &c.full, tx.writeWhole(&c.full)
	}
	return &c.full, nil
}

// nextMessage returns the number of the next message. None is given twice, as those of AUTOINCREMENT are not.
func (tx *Tx) nextMessage() (int64, error) {
	if tx.lastMessage == 0 {
		err := tx.row(`SELECT seq FROM sqlite_sequence WHERE name = 'messages'`).Scan(&tx.lastMessage)
		if err != nil && !errors.Is(err, sql.ErrNoRows) { // before the first message there is none
			return 0, fmt.Errorf("number: %w", err)
		}
	}
	tx.lastMessage++
	return tx.lastMessage, nil
}

// A message is written by one of two statements. Nearly all lack what the second one has beside the first, and to say so
// costs as much as to say what is there.
const (
	plainColumns = `uid, id, message_id, at, customer, subject, body, text_hash, customer_name, channel, lang, auth, refs, orders`
	rareColumns  = `sender, notice, case_id, direction, ignored, writer, faults, facts`

	intoMessages = `INSERT INTO messages (mailbox, folder, uidvalidity, ` + plainColumns + `, ` + rareColumns + `)
		SELECT ?, ?, ?, uid, id, message_id, at, customer, subject, body, text_hash, customer_name, channel, lang, auth,
			coalesce(refs, 'null'), coalesce(orders, 'null'), `
	onePlace = ` FROM batch WHERE true ON CONFLICT (mailbox, folder, uidvalidity, uid) DO NOTHING`
)

// newPlainPile is for messages of customers that wrote themselves, have no case, no notice and nothing else that is rare.
func newPlainPile() pile {
	return newMessagePile(plainColumns, `customer, NULL, NULL, 'inbound', '', '', 'null', '{}'`)
}

// newFullPile is for all messages.
func newFullPile() pile {
	return newMessagePile(plainColumns+`, `+rareColumns, `sender, notice, case_id, direction, ignored, writer, coalesce(faults, 'null'), coalesce(facts, '{}')`)
}

// newMessagePile is for messages of one folder, which all share.
func newMessagePile(columns, rare string) pile {
	row := `(?` + strings.Repeat(`, ?`, strings.Count(columns, `,`)) + `)`
	return newPile("messages", `WITH batch (`+columns+`) AS (VALUES `, row, `) `+intoMessages+rare+onePlace)
}

// isPlain reports whether a message has nothing that is rare.
func (m *Message) isPlain() bool {
	return m.From == m.Customer && m.Direction == message.Inbound && m.Ignored == "" && m.CaseID == 0 && m.Writer == "" &&
		m.Notice == nil && m.Faults == nil && noFacts(m.Facts) && len(m.From) <= maxLine
}

// plainFields appends to a list the fields that a message does not share with the others of its folder, but for the rare ones.
func plainFields(list []any, id int64, m *Message) ([]any, error) {
	refs, err1 := encodeList(m.References)
	orders, err2 := encodeList(m.Orders)
	return append(list, int64(m.Place.UID), id, short(m.MessageID), stamp(m.At), m.Customer, clip(m.Subject, maxLine),
		clip(m.Text, MaxText), m.TextHash, clip(m.CustomerName, maxLine), m.Channel, m.Lang, string(m.Auth), refs, orders), errors.Join(err1, err2)
}

// rareFields appends the rare ones.
func rareFields(list []any, m *Message) ([]any, error) {
	notice, err1 := encodeNotice(m.Notice)
	faults, err2 := encodeList(m.Faults)
	facts, err3 := encodeFacts(m.Facts)
	return append(list, short(m.From), notice, optional(m.CaseID), string(m.Direction), string(m.Ignored), m.Writer, faults, facts),
		errors.Join(err1, err2, err3)
}

// encodeNotice makes NULL of none.
func encodeNotice(notice *message.Notice) (any, error) {
	if notice == nil {
		return nil, nil
	}
	n := *notice
	n.Words, n.Amount, n.Deadline = clip(n.Words, maxEvidence), clip(n.Amount, maxLine), clip(n.Deadline, maxLine)
	n.Orders = first(n.Orders, maxList)
	return encode(n)
}

// encodeList writes a list as JSON, the first of it where it is long, and makes NULL of none. Most that are not hold a plain
// word or two.
func encodeList(list []string) (any, error) {
	if list == nil {
		return nil, nil
	}
	var room [256]byte
	text := append(room[:0], '[')
	for i, s := range list {
		if !plain(s) || len(text)+len(s) > len(room)-4 {
			return encode(first(list, maxList))
		}
		if i > 0 {
			text = append(text, ',')
		}
		text = append(append(append(text, '"'), s...), '"')
	}
	return string(append(text, ']')), nil
}

// plain reports whether a text stands in JSON as it is.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return false
		}
	}
	return true
}

// encodeFacts makes NULL of none.
func encodeFacts(f message.Facts) (any, error) {
	if noFacts(f) {
		return nil, nil
	}
	return encode(boundedFacts(f))
}

func noFacts(f message.Facts) bool {
	return len(f.Amounts) == 0 && len(f.Deadlines) == 0 && len(f.Phones) == 0 && len(f.Numbers) == 0
}

// boundedFacts returns the first facts of each kind, their words cut to a line's length.
func boundedFacts(f message.Facts) message.Facts {
	f.Amounts = slices.Clone(f.Amounts[:min(len(f.Amounts), maxList)])
	for i := range f.Amounts {
		f.Amounts[i].Text = clip(f.Amounts[i].Text, maxLine)
	}
	f.Deadlines = slices.Clone(f.Deadlines[:min(len(f.Deadlines), maxList)])
	for i := range f.Deadlines {
		f.Deadlines[i].Text = clip(f.Deadlines[i].Text, maxLine)
	}
	f.Phones, f.Numbers = first(f.Phones, maxList), first(f.Numbers, maxList)
	return f
}

// first returns the first n of a list, each cut to a line's length.
func first(list []string, n int) []string {
	list = slices.Clone(list[:min(len(list), n)])
	for i := range list {
		list[i] = clip(list[i], maxLine)
	}
	return list
}

// short makes a key of what a stranger chose: an absurdly long one is replaced by its hash, so that it can still be
// found but does not fill the index.
func short(key string) string {
	if len(key) <= maxLine {
		return key
	}
	return "sha256-" + digest([]byte(key))
}

// Timeline returns the last messages from and to a customer, the oldest first: what they wrote, what we wrote, and
// disputes that were closed.
func (tx *Tx) Timeline(customer string, limit int) ([]Message, error) {
	messages, err := tx.messages(`WHERE customer = ? AND (direction IN (?, ?) OR ignored = ?) ORDER BY at DESC, id DESC LIMIT ?`,
		customer, message.Inbound, message.Outbound, message.DisputeClosed, min(limit, maxMessages))
	if err != nil {
		return nil, fmt.Errorf("read timeline: %w", err)
	}
	slices.Reverse(messages)
	return messages, nil
}

// Timeline is Tx.Timeline outside of an Update.
func (s *Store) Timeline(ctx context.Context, customer string, limit int) (messages []Message, err error) {
	err = s.view(ctx, func(tx *Tx) error {
		messages, err = tx.Timeline(customer, limit)
		return err
	})
	return messages, err
}

// CaseMessages returns the last messages of a case, the oldest first.
func (s *Store) CaseMessages(ctx context.Context, caseID int64) (messages []Message, err error) {
	err = s.view(ctx, func(tx *Tx) error {
		messages, err = tx.messages(`WHERE case_id = ? ORDER BY at DESC, id DESC LIMIT ?`, caseID, maxMessages)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read messages of case %d: %w", caseID, err)
	}
	slices.Reverse(messages)
	return messages, nil
}

// messages reads the messages that a WHERE clause names, with their signals.
func (tx *Tx) messages(where string, args ...any) ([]Message, error) {
	var messages []Message
	err := tx.each(func(rows record) error {
		m, err := scanMessage(rows)
		messages = append(messages, m)
		return err
	}, `SELECT id, mailbox, folder, uidvalidity, uid, message_id, refs, at, sender, customer, customer_name, channel, direction,
		ignored, subject, body, text_hash, lang, orders, facts, notice, faults, auth, coalesce(case_id, 0), writer FROM messages `+where, args...)
	if err != nil {
		return nil, err
	}
	return messages, tx.readSignals(messages)
}

func scanMessage(rows record) (Message, error) {
	var m Message
	var at int64
	var refs, orders, facts, faults string
	var notice sql.NullString
	err := rows.Scan(&m.ID, &m.Place.Mailbox, &m.Place.Folder, &m.Place.UIDValidity, &m.Place.UID, &m.MessageID, &refs, &at,
		&m.From, &m.Customer, &m.CustomerName, &m.Channel, &m.Direction, &m.Ignored, &m.Subject, &m.Text, &m.TextHash, &m.Lang,
		&orders, &facts, &notice, &faults, &m.Auth, &m.CaseID, &m.Writer)
	if err != nil {
		return m, err
	}
	m.At = unstamp(at)
	if notice.Valid {
		m.Notice = new(message.Notice)
		err = json.Unmarshal([]byte(notice.String), m.Notice)
	}
	return m, errors.Join(err, decode(refs, &m.References), decode(orders, &m.Orders), decode(facts, &m.Facts), decode(faults, &m.Faults))
}

// decode reads JSON into an empty variable, which nothing is read into in most cases.
func decode(text string, into any) error {
	if text == "null" || text == "{}" {
		return nil
	}
	return json.Unmarshal([]byte(text), into)
}

// readSignals reads the hits of messages, in the order of classify.Signals.
func (tx *Tx) readSignals(messages []Message) error {
	if len(messages) == 0 {
		return nil
	}
	ids := make([]int64, len(messages))
	at := make(map[int64]*Message, len(messages))
	for i := range messages {
		ids[i] = messages[i].ID
		at[ids[i]] = &messages[i]
	}
	list, err := encode(ids)
	if err != nil {
		return err
	}
	err = tx.each(func(rows record) error {
		var id int64
		var h classify.Hit
		err := rows.Scan(&id, &h.Signal, &h.Evidence, &h.Sentence)
		if m := at[id]; m != nil {
			m.Signals = append(m.Signals, h)
		}
		return err
	}, `SELECT message_id, signal, evidence, sentence FROM signals WHERE message_id IN (SELECT value FROM json_each(?))`, list)
	order := classify.Signals()
	for _, m := range messages {
		slices.SortFunc(m.Signals, func(a, b classify.Hit) int {
			return slices.Index(order, a.Signal) - slices.Index(order, b.Signal)
		})
	}
	return err
}
