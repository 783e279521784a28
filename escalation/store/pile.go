package store

import (
	"fmt"
	"strings"
)

// Most mails of a batch leave a row or two of the same tables, and nothing is asked in between. SQLite takes nearly as long
// to begin and end a statement as to write a row: so these rows are piled up, and written together. Whatever else is asked
// or written in the transaction finds them there, since the piles are written before any other statement runs but a question
// that is not about them.

// piledAtOnce is how many rows one statement writes at most.
const piledAtOnce = 16

// rungs are how many rows a statement writes: what a pile holds takes a few of them, whatever there is.
var rungs = [...]int{piledAtOnce, 4, 1}

// A pile is rows of one table that are still to be written.
type pile struct {
	what       string
	statements [len(rungs)]string
	own        int // how many arguments a row has

	args   []any // of the rows
	shared []any // what all rows have in common; it comes last
	rows   int
	room   []any // for the arguments of one statement
}

// newPile makes a pile that is written by a statement with a list of rows in its middle.
func newPile(what, begin, row, end string) pile {
	p := pile{what: what, own: strings.Count(row, "?")}
	for i, rows := range rungs {
		p.statements[i] = begin + strings.Repeat(row+", ", rows-1) + row + end
	}
	return p
}

// put adds a row: args are the pile's, and now its own.
func (p *pile) put(args []any) {
	p.args = args
	p.rows++
}

func (p *pile) clear() {
	clear(p.args)
	clear(p.room)
	p.args, p.shared, p.rows = p.args[:0], p.shared[:0], 0
}

// writePiles writes all that is piled up.
func (tx *Tx) writePiles() error {
	for _, p := range tx.conn.piles() {
		if err := tx.writeWhole(p); err != nil {
			return err
		}
	}
	return nil
}

// passesBy reports whether a statement is a question about other tables than those that have piles: what it answers is the
// same before the piles are written and after it.
func passesBy(query string) bool {
	return strings.HasPrefix(query, "SELECT ") && !strings.Contains(query, "messages") && !strings.Contains(query, "orders")
}

// writeWhole writes all rows of one pile, or fails.
func (tx *Tx) writeWhole(p *pile) error {
	rows := p.rows
	written, err := tx.writePile(p)
	if err == nil && written != int64(rows) { // a mail must not be lost without a word, whatever was foreseen
		err = fmt.Errorf("only %d of %d rows", written, rows)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", p.what, err)
	}
	return nil
}

// writePile writes the rows of one pile, and returns how many of them were added or changed.
func (tx *Tx) writePile(p *pile) (written int64, err error) {
	defer p.clear()
	args := p.args
	for i, rows := range rungs {
		for p.rows >= rows {
			p.room = append(append(p.room[:0], args[:rows*p.own]...), p.shared...)
			n, err := tx.write(p.statements[i], p.room)
			if err != nil {
				return written, err
			}
			written, args, p.rows = written+n, args[rows*p.own:], p.rows-rows
		}
	}
	return written, nil
}

func (tx *Tx) write(query string, args []any) (rows int64, err error) {
	st, err := tx.conn.statement(tx.brief, query)
	if err != nil {
		return 0, err
	}
	result, err := st.exec(tx.brief, args)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
