package store

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"time"
)

// maxDue bounds the bytes of payload that Due hands out at once, beside its limit of rows.
const maxDue = 32 << 20

// maxError bounds what is kept of a server's words.
const maxError = 2 << 10

// ErrNoRow means that there is no such row in the outbox, or that it is not pending any more.
var ErrNoRow = errors.New("no such pending row")

// notBlocked holds back a row that changes the customer's mail in its mailbox while an earlier one for the same mail is
// pending: a mail that has been moved can't be marked where it lay. Mails and drafts wait for nothing.
const notBlocked = `(o.kind IN ('mail', 'draft') OR NOT EXISTS (SELECT 1 FROM outbox e
	WHERE e.state = 'pending' AND e.kind NOT IN ('mail', 'draft') AND e.id < o.id
	AND e.mailbox = o.mailbox AND e.folder = o.folder AND e.uidvalidity = o.uidvalidity AND e.uid = o.uid))`

// longestWait is more than the time between two attempts at a row ever is.
const longestWait = 12 * time.Minute

// comeDue picks what is to be done by ?1. A row that waits for a time beyond ?2, longestWait later, got it from a clock
// that has been set back since: it is due too, or it would wait for as long as the clock was wrong. A row that was never
// attempted may be meant for later; whether its clock was right shows in when it was made.
const comeDue = `(o.next_at <= ?1 OR CASE o.attempts WHEN 0 THEN o.created_at ELSE o.next_at END > ?2)`

// rowFields are the columns of a row but for its payload.
const rowFields = `o.id, o.key, o.kind, coalesce(o.case_id, 0), o.mailbox, o.folder, o.uidvalidity, o.uid, o.message_id, o.sender,
	o.argument, o.state, o.attempts, o.next_at, o.error, o.created_at, o.done_at, o.hash, o.release_at, o.told`

// Enqueue puts a row into the outbox and sets its ID. A row whose key is there already is not put in again, and gets
// the ID of that one. Where they are not set, the state is Pending, CreatedAt is now and NextAt at once.
func (tx *Tx) Enqueue(r *Row) error {
	r.fill(tx.now())
	told, err := r.Told.encode()
	if err != nil {
		return fmt.Errorf("queue %s: %w", r.Key, err)
	}
	original, slots, err := r.Enclosed.columns()
	if err != nil {
		return fmt.Errorf("queue %s: %w", r.Key, err)
	}
	result, err := tx.exec(`INSERT INTO outbox (key, kind, case_id, mailbox, folder, uidvalidity, uid, message_id, sender, argument,
		state, attempts, next_at, error, created_at, done_at, hash, release_at, told, original, slots, payload, fallback)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (key) DO NOTHING`,
		r.Key, r.Kind, optional(r.CaseID), r.Place.Mailbox, r.Place.Folder, r.Place.UIDValidity, r.Place.UID, r.MessageID, r.From,
		r.Argument, r.State, r.Attempts, stamp(r.NextAt), clip(r.Error, maxError), stamp(r.CreatedAt), stamp(r.DoneAt), r.Hash,
		stamp(r.ReleaseAt), told, original, slots, r.Payload, r.Fallback)
	if err != nil {
		return fmt.Errorf("queue %s: %w", r.Key, err)
	}
	added, err := result.RowsAffected()
	if err == nil && added == 0 {
		return tx.row(`SELECT id FROM outbox WHERE key = ?`, r.Key).Scan(&r.ID)
	}
	if err == nil {
		r.ID, err = result.LastInsertId()
	}
	if err != nil {
		return fmt.Errorf("queue %s: %w", r.Key, err)
	}
	return tx.writeRecipients(*r)
}

// fill gives a new row what its maker may leave out.
func (r *Row) fill(now time.Time) {
	if r.State == "" {
		r.State = Pending
	}
	if r.CreatedAt.IsZero() {
		r.CreatedAt = now
	}
	if r.NextAt.IsZero() {
		r.NextAt = r.CreatedAt
	}
	if r.ReleaseAt.IsZero() {
		r.ReleaseAt = r.NextAt
	}
	if r.Hash == "" && r.Payload != nil {
		r.Hash = r.hashOf()
	}
	for i := range r.Recipients {
		if r.Recipients[i].State == "" {
			r.Recipients[i].State = Pending
		}
	}
}

func (tx *Tx) writeRecipients(r Row) error {
	for i, to := range r.Recipients {
		_, err := tx.exec(`INSERT INTO recipients (row_id, position, address, state, error) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET state = excluded.state, error = excluded.error`,
			r.ID, i, to.Address, to.State, clip(to.Error, maxError))
		if err != nil {
			return fmt.Errorf("write recipients of %s: %w", r.Key, err)
		}
	}
	return nil
}

// Destination names whom a row is done with: a mailbox, or "" for the way out for mail.
func (r Row) Destination() string {
	if r.Kind == MailRow {
		return ""
	}
	return r.Place.Mailbox
}

// Due returns rows that are to be done by now, the oldest first: at most limit of them for each destination, so that one which
// hangs hides nobody else's, and fewer where they are big. The destinations in except are left out.
func (s *Store) Due(ctx context.Context, now time.Time, limit int, except ...string) (rows []Row, err error) {
	leftOut, err := encode(append([]string{}, except...)) // never null
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", err)
	}
	err = s.view(ctx, func(tx *Tx) error {
		rows, err = tx.rows(`WHERE o.id IN (SELECT id FROM (
				SELECT o.id, row_number() OVER (PARTITION BY CASE o.kind WHEN 'mail' THEN '' ELSE o.mailbox END ORDER BY o.id) AS n
				FROM outbox o WHERE o.state = 'pending' AND o.kind <> 'chat'
				AND CASE o.kind WHEN 'mail' THEN '' ELSE o.mailbox END NOT IN (SELECT value FROM json_each(?4))
				AND `+comeDue+` AND `+notBlocked+`)
			WHERE n <= ?3) ORDER BY o.id`, stamp(now), stamp(now.Add(longestWait)), limit, leftOut)
		if err != nil {
			return err
		}
		rows, err = tx.loadPayloads(rows)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", err)
	}
	return rows, nil
}

// loadPayloads reads payloads until there are enough, and drops the rows that got none.
func (tx *Tx) loadPayloads(rows []Row) ([]Row, error) {
	size := 0
	for i := range rows {
		r := &rows[i]
		if err := tx.loadPayload(r); err != nil {
			return nil, err
		}
		if size += len(r.Payload) + len(r.Fallback); size >= maxDue {
			return rows[:i+1], nil
		}
	}
	return rows, nil
}

func (tx *Tx) loadPayload(r *Row) error {
	var o Original
	var slots string
	err := tx.row(`SELECT coalesce(r.id, 0), coalesce(r.size, 0), coalesce(r.hash, ''), o.slots, o.payload, o.fallback
		FROM outbox o LEFT JOIN originals r ON r.id = o.original WHERE o.id = ?`, r.ID).Scan(&o.ID, &o.Size, &o.Hash, &slots, &r.Payload, &r.Fallback)
	if err == nil {
		r.Enclosed, err = decodeEnclosed(o, slots)
	}
	return err
}

// NextDue returns when the next row is to be done, and false when nothing is pending.
func (s *Store) NextDue(ctx context.Context) (next time.Time, ok bool, err error) {
	var at sql.NullInt64
	err = s.view(ctx, func(tx *Tx) error {
		return tx.row(`SELECT min(o.next_at) FROM outbox o WHERE o.state = 'pending' AND o.kind <> 'chat' AND ` + notBlocked).Scan(&at)
	})
	if err != nil {
		return time.Time{}, false, fmt.Errorf("read the outbox: %w", err)
	}
	return unstamp(at.Int64), at.Valid, nil
}

// Attempt keeps that one more attempt at a row is about to begin, and when the one after it would come. It is called
// before the attempt, so that a crash in its middle neither forgets it nor repeats it without a pause. hash is that of the
// row in hand: when further news was joined to the row since it was read, the attempt is refused with ErrNoRow, since it
// would be made with bytes that are out of date.
func (s *Store) Attempt(ctx context.Context, id int64, hash string, next time.Time) error {
	return s.updateAlong(ctx, func(tx *Tx) error { return tx.attempt(id, hash, next) })
}

func (tx *Tx) attempt(id int64, hash string, next time.Time) error {
	result, err := tx.exec(`UPDATE outbox SET attempts = attempts + 1, next_at = ?
		WHERE id = ? AND hash = ? AND state = 'pending'`, stamp(next), id, hash)
	return oneRow(result, err, "begin attempt", id)
}

// Finish keeps how an attempt ended: the row's State, Error and Recipients. A row that stays Pending comes again at the
// time that Attempt kept. Payload, Fallback and the original of a row that is done are cleared, unless a recipient refused it.
func (s *Store) Finish(ctx context.Context, r Row) error {
	write := s.updateAlong
	if r.Enclosed != nil { // what goes along can be taken back, for which SQLite would hold a big original in memory
		write = s.Update
	}
	return write(ctx, func(tx *Tx) error { return tx.finish(r) })
}

// FinishAndAttempt is Finish of a row that encloses no original, and Attempt at the next, until next.NextAt, in one write, so that
// the disk is waited for once. Each is what it would be alone: that one of the rows is gone is no error and harms not the other.
// begun tells whether the attempt at next may be made.
func (s *Store) FinishAndAttempt(ctx context.Context, ended, next Row) (begun bool, err error) {
	err = s.updateAlong(ctx, func(tx *Tx) error {
		if err := tx.finish(ended); err != nil && !errors.Is(err, ErrNoRow) {
			return err
		}
		err := tx.attempt(next.ID, next.Hash, next.NextAt)
		if begun = err == nil; errors.Is(err, ErrNoRow) {
			return nil
		}
		return err
	})
	return begun && err == nil, err
}

func (tx *Tx) finish(r Row) error {
	done := time.Time{}
	if r.State != Pending {
		done = tx.now()
	}
	query := `UPDATE outbox SET state = ?, error = ?, done_at = ? WHERE id = ? AND state = 'pending'`
	if r.State == Done && !slices.ContainsFunc(r.Recipients, func(to Recipient) bool { return to.State == Failed }) {
		query = `UPDATE outbox SET state = ?, error = ?, done_at = ?, payload = NULL, fallback = NULL, original = NULL, slots = ''
			WHERE id = ? AND state = 'pending'`
		if r.Enclosed != nil {
			if err := tx.dropPieces(r.Enclosed.Original.ID, r.ID); err != nil {
				return fmt.Errorf("finish of outbox row %d: %w", r.ID, err)
			}
		}
	}
	result, err := tx.exec(query, r.State, clip(r.Error, maxError), stamp(done), r.ID)
	if err := oneRow(result, err, "finish", r.ID); err != nil {
		return err
	}
	return tx.writeRecipients(r)
}

func oneRow(result driver.Result, err error, what string, id int64) error {
	if err == nil {
		var n int64
		if n, err = result.RowsAffected(); err == nil && n == 0 {
			err = ErrNoRow
		}
	}
	if err != nil {
		return fmt.Errorf("%s of outbox row %d: %w", what, id, err)
	}
	return nil
}

// CaseRows returns all that was queued for a case, the oldest first, without payloads.
func (s *Store) CaseRows(ctx context.Context, caseID int64) ([]Row, error) {
	return s.list(ctx, `WHERE o.case_id = ? ORDER BY o.id`, caseID)
}

// Undelivered returns the mails that were refused for good, by all or some of their recipients, without payloads. They
// are shown until their case is resolved; those of no case, which nobody can resolve, for a fortnight.
func (s *Store) Undelivered(ctx context.Context) ([]Row, error) {
	return s.list(ctx, refusedAndOpen+` AND o.kind = 'mail' ORDER BY o.id`, s.refusedSince())
}

// refusedAndOpen finds what was refused for good and has not been seen to.
const refusedAndOpen = `LEFT JOIN cases c ON c.id = o.case_id
	WHERE (c.state <> 'resolved' OR o.case_id IS NULL AND (o.state = 'pending' OR o.done_at >= ?))
	AND (o.state = 'failed' OR o.id IN (SELECT row_id FROM recipients WHERE state = 'failed'))`

// refusedSince is its parameter: since when what is of no case is shown.
func (s *Store) refusedSince() int64 { return stamp(s.now().AddDate(0, 0, -14)) }

// Refused are the recipients who have not got a mail for good, each with the reason: all that are left, where it was refused
// as a whole.
func (r Row) Refused() []Recipient {
	var refused []Recipient
	for _, to := range r.Recipients {
		if to.State == Failed || r.State == Failed && to.State != Done {
			to.Error = cmp.Or(to.Error, r.Error, "refused")
			refused = append(refused, to)
		}
	}
	return refused
}

// About says what a mail is about, as people know it: its case, the mail that it passes on, or the mail itself.
func (r Row) About() string {
	switch {
	case r.CaseID != 0:
		return fmt.Sprintf("case %d", r.CaseID)
	case r.Place.UID != 0:
		return fmt.Sprintf("the mail that could not be read (%s, %s, UID %d)", r.Place.Mailbox, r.Place.Folder, r.Place.UID)
	}
	return r.MessageID
}

func (s *Store) list(ctx context.Context, where string, args ...any) (rows []Row, err error) {
	err = s.view(ctx, func(tx *Tx) error {
		rows, err = tx.rows(where+" LIMIT 1000", args...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", err)
	}
	return rows, nil
}

// rows reads the rows that a clause names, with their recipients and without payloads.
func (tx *Tx) rows(where string, args ...any) ([]Row, error) {
	var all []Row
	err := tx.each(func(rows record) error {
		var r Row
		var next, created, done, release int64
		var told string
		err := rows.Scan(&r.ID, &r.Key, &r.Kind, &r.CaseID, &r.Place.Mailbox, &r.Place.Folder, &r.Place.UIDValidity, &r.Place.UID,
			&r.MessageID, &r.From, &r.Argument, &r.State, &r.Attempts, &next, &r.Error, &created, &done, &r.Hash, &release, &told)
		if err != nil {
			return err
		}
		r.NextAt, r.CreatedAt, r.DoneAt, r.ReleaseAt = unstamp(next), unstamp(created), unstamp(done), unstamp(release)
		r.Told, err = decodeTelling(told)
		all = append(all, r)
		return err
	}, `SELECT `+rowFields+` FROM outbox o `+where, args...)
	if err != nil {
		return nil, err
	}
	for i := range all {
		err := tx.each(func(rows record) error {
			var to Recipient
			err := rows.Scan(&to.Address, &to.State, &to.Error)
			all[i].Recipients = append(all[i].Recipients, to)
			return err
		}, `SELECT address, state, error FROM recipients WHERE row_id = ? ORDER BY position`, all[i].ID)
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}
