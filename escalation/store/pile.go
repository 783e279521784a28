package store

import (
	"fmt"
	"strings"
)

// Most mails of a batch leave a row or two of the same tables, and nothing is asked in between. SQLite takes nearly as long
// to begin and end a statement as to write a row: so these rows are piled up, and written together. Whatever else is asked
// or written in the transaction finds them there, since the piles are written before any other statement runs.

// piledAtOnce is how many rows one statement writes.
const piledAtOnce = 16

// A pile is rows of one table that are still to be written.
type pile struct {
	what      string
	one, many string // the statement for one row, and for piledAtOnce of them
	shared    int    // how many arguments all rows have in common; they come first, and are numbered in the statement
	own       int    // how many each row has beside these

	args []any
	rows int
	room []any // for the arguments of one row
}

// newPile makes a pile of rows with these values.
func newPile(what, into, values, after string, shared int) pile {
	return pile{
		what: what, one: into + " VALUES " + values + after,
		many:   into + " VALUES " + strings.Repeat(values+", ", piledAtOnce-1) + values + after,
		shared: shared, own: strings.Count(values, "?") - shared,
	}
}

// put adds a row: args are the pile's, with the arguments that all rows share before the first row, and now with its own.
func (p *pile) put(args []any) {
	p.args = args
	p.rows++
}

func (p *pile) clear() {
	clear(p.args)
	p.args, p.rows = p.args[:0], 0
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
	if p.rows == piledAtOnce {
		return tx.write(p.many, p.args)
	}
	for i := range p.rows {
		begin := p.shared + i*p.own
		p.room = append(append(p.room[:0], p.args[:p.shared]...), p.args[begin:begin+p.own]...)
		n, err := tx.write(p.one, p.room)
		if err != nil {
			return written, err
		}
		written += n
	}
	clear(p.room)
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
