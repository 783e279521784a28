package mailbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
)

// A source is an open folder, as far as taking mail from it goes. session is the one that speaks IMAP.
type source interface {
	above(ctx context.Context, uid uint32) ([]uint32, error)
	present(ctx context.Context, uids []uint32) ([]uint32, error)
	outlines(ctx context.Context, uids []uint32, dates bool) (map[uint32]outline, error)
	bodies(ctx context.Context, mails []outline, p portion, into *tray) (map[uint32][]byte, error)
	bodyBySeq(ctx context.Context, mail outline, p portion) ([]byte, error)
	texts(ctx context.Context, mail outline) ([]byte, error)
	copyWhole(ctx context.Context, mail outline, bySeq bool, w io.Writer) (int64, error)
}

// errWithheld means that a server lists a mail but does not hand it out.
var errWithheld = errors.New("the server lists the mail but does not hand it out")

// A taker moves a folder's cursor over everything above it. It outlives connections: what broke one is remembered, so
// that the next one can take a narrower step.
//
// After a batch has failed its mails are fetched one by one. A single mail that fails again and again is asked for in
// smaller portions, down to none, and then delivered with what there is: it must not block the folder.
type taker struct {
	prepare func(ctx context.Context, mails []Mail, next Cursor) (keep func() error)
	missed  func(uid uint32, fault string) // told of each mail that is not delivered whole

	outlines   map[uint32]outline // of what was asked for last, on this connection
	outlinedTo uint32             // up to this UID
	trays      trays

	singleTo uint32 // up to this UID mails are fetched one by one
	trial    uint32 // the UID that is being fetched alone
	tries    int    // how often that has failed
}

// attempts is the ladder that a single mail is led down: what is asked for after so many failures.
var attempts = [...]portion{whole, whole, whole, start, start, header, nothing}

// forget drops what is remembered of UIDs, whose meaning has changed.
func (t *taker) forget() { t.singleTo, t.trial, t.tries = 0, 0, 0 }

// takeAll delivers everything above the cursor and returns the cursor up to which all was kept, also when it ends with
// an error. While a batch is delivered the next one is fetched.
func (t *taker) takeAll(ctx context.Context, src source, cur Cursor) (Cursor, error) {
	defer func() { t.outlines, t.trays = nil, trays{} }() // sequence numbers change, and a folder that waits for mail needs no tray
	line := pipeline{prepare: t.prepare, kept: func(c Cursor) { cur = c }}
	defer line.land() //nolint:errcheck // for a panic; else nothing is in flight any more
	err := t.fetchAll(ctx, src, cur, &line)
	if failed := line.land(); failed != nil { // it came before what stopped the fetching
		err = failed
	}
	return cur, err
}

// fetchAll sends everything above the cursor down the line.
func (t *taker) fetchAll(ctx context.Context, src source, cur Cursor, line *pipeline) error {
	for {
		uids, err := src.above(ctx, cur.UID)
		if err != nil || len(uids) == 0 {
			return err
		}
		for len(uids) > 0 {
			mails, n, err := t.batch(ctx, src, uids)
			if err != nil {
				return err
			}
			cur.UID = uids[n-1]
			if err := line.send(ctx, mails, cur); err != nil {
				return err
			}
			uids = uids[n:]
		}
	}
}

// batch fetches the mails of the first n of the UIDs, n > 0. Those that are gone are not among the mails.
func (t *taker) batch(ctx context.Context, src source, uids []uint32) (mails []Mail, n int, err error) {
	if uids[0] <= t.singleTo {
		mails, err = t.single(ctx, src, uids[0])
		return mails, 1, err
	}
	mails, n, err = t.group(ctx, src, uids)
	if err != nil && ctx.Err() == nil {
		t.singleTo = uids[min(len(uids), MaxBatch)-1]
	}
	return mails, n, err
}

// group fetches as many of the UIDs as fit into one batch.
func (t *taker) group(ctx context.Context, src source, uids []uint32) ([]Mail, int, error) {
	known, uids, err := t.outlined(ctx, src, uids)
	if err != nil {
		return nil, 0, err
	}
	n := fitting(uids[:min(len(uids), MaxBatch)], known)
	wanted := uids[:n]
	raws, err := t.bodies(ctx, src, wanted, known)
	if err != nil {
		return nil, 0, err
	}
	if n, err = t.texts(ctx, src, wanted, known, raws); err != nil {
		return nil, 0, err
	}
	wanted = wanted[:n]
	withheld, err := stillThere(ctx, src, wanted, raws)
	if err != nil {
		return nil, 0, err
	}
	if len(withheld) > 0 {
		first := slices.Index(wanted, withheld[0])
		if first == 0 {
			return nil, 0, errWithheld
		}
		t.singleTo, n = withheld[len(withheld)-1], first
	}
	mails := make([]Mail, 0, n)
	for _, uid := range wanted[:n] {
		raw, ok := raws[uid]
		switch {
		case !ok:
		case known[uid].texts:
			mails = append(mails, t.mailOfTexts(src, known[uid], raw, uids[n-1]))
		default:
			mails = append(mails, t.mail(known[uid], raw, natural(known[uid])))
		}
	}
	return mails, n, nil
}

// mailOfTexts makes a Mail of its texts.
func (t *taker) mailOfTexts(src source, o outline, raw []byte, last uint32) Mail {
	m := t.mail(o, raw, whole)
	m.Size, m.Original = o.size, t.original(src, o, last)
	return m
}

// inTexts reports whether only the texts of a mail are fetched at first. When that fails, alone too, it is fetched whole.
func inTexts(o outline) bool { return o.size > MaxSmall && o.size <= MaxMail }

// texts fetches the texts of the mails that have more than texts, and returns how many of the UIDs make the batch. A mail
// whose texts can't be told from its files is fetched whole, in a batch of its own.
func (t *taker) texts(ctx context.Context, src source, uids []uint32, known map[uint32]outline, raws map[uint32][]byte) (int, error) {
	size := 0
	for i, uid := range uids {
		o, ok := known[uid]
		if !ok || !inTexts(o) {
			continue
		}
		raw, err := src.texts(ctx, o)
		if err != nil {
			return 0, err
		}
		switch size += len(raw); {
		case size > MaxBatchBytes && i > 0: // texts beyond all measure
			return i, nil
		case raw != nil:
			o.texts = true
			raws[uid], known[uid] = raw, o
		case i > 0:
			return i, nil
		default:
			got, err := src.bodies(ctx, []outline{o}, whole, nil)
			if came(o, got[uid]) {
				raws[uid] = got[uid]
			}
			return 1, err
		}
	}
	return len(uids), nil
}

// original makes what fetches the whole of a mail of which only the texts were fetched. When it fails, the batch does, and
// its mails up to last are fetched one by one, this one whole if it comes first then. That it can't be written is not the mail's fault.
func (t *taker) original(src source, o outline, last uint32) func(context.Context, io.Writer) error {
	return func(ctx context.Context, w io.Writer) error {
		to := &receiver{w: w}
		err := copyOriginal(ctx, src, o, to)
		if err != nil && to.failed == nil {
			t.singleTo = max(t.singleTo, last)
			t.trial, t.tries = o.uid, 1
		}
		return err
	}
}

// copyOriginal writes the whole of a mail.
func copyOriginal(ctx context.Context, src source, o outline, to *receiver) error {
	n, err := src.copyWhole(ctx, o, false, to)
	if err == nil && n == 0 {
		n, err = src.copyWhole(ctx, o, true, to)
	}
	switch {
	case to.failed != nil:
		return to.failed
	case err == nil && n == 0:
		return errWithheld
	}
	return err
}

// A receiver remembers that it could not be written to, which tells that apart from a failure of the server.
type receiver struct {
	w      io.Writer
	failed error
}

func (r *receiver) Write(p []byte) (int, error) {
	n, err := r.w.Write(p)
	if err != nil {
		r.failed = err
	}
	return n, err
}

// maxOutlines is how many outlines are asked for at once, but for the first time: then nothing else is being done yet, so
// that the first batch is not to wait for those of others.
const maxOutlines = 2 * MaxBatch

// outlined returns the outlines of the first of the UIDs, and which UIDs these are. One answer serves all batches that
// its mails make.
func (t *taker) outlined(ctx context.Context, src source, uids []uint32) (map[uint32]outline, []uint32, error) {
	if n := sort.Search(len(uids), func(i int) bool { return uids[i] > t.outlinedTo }); n > 0 && t.outlines != nil {
		return t.outlines, uids[:n], nil
	}
	most := maxOutlines
	if t.outlines == nil {
		most = MaxBatch
	}
	uids = uids[:min(len(uids), most)]
	known, err := src.outlines(ctx, uids, true)
	if err != nil {
		return nil, nil, err
	}
	t.outlines, t.outlinedTo = known, uids[len(uids)-1]
	return known, uids, nil
}

// fitting counts how many of the UIDs fit into MaxBatchBytes; it is at least one. Of a mail with files its texts count.
func fitting(uids []uint32, known map[uint32]outline) int {
	var bytes int64
	for i, uid := range uids {
		size := known[uid].size
		if natural(known[uid]) == start {
			size = MaxPart
		} else if inTexts(known[uid]) {
			size = MaxSmall
		}
		if bytes += size; bytes > MaxBatchBytes && i > 0 {
			return i
		}
	}
	return len(uids)
}

// natural is how much of a mail is asked for when nothing has gone wrong.
func natural(o outline) portion {
	if o.size > MaxMail {
		return start
	}
	return whole
}

// bodies fetches the bodies of the mails that are known, big ones in part, and asks again by sequence number for
// those that did not come.
func (t *taker) bodies(ctx context.Context, src source, uids []uint32, known map[uint32]outline) (map[uint32][]byte, error) {
	var in [2][]outline // by portion
	var size int64
	for _, uid := range uids {
		if o, ok := known[uid]; ok && !inTexts(o) {
			p := natural(o)
			in[p], size = append(in[p], o), size+min(o.size, p.limit())
		}
	}
	raws, into := make(map[uint32][]byte, len(uids)), t.trays.next(size)
	for p, mails := range in {
		if len(mails) == 0 {
			continue
		}
		p := portion(p)
		got, err := src.bodies(ctx, mails, p, into)
		if err != nil {
			return nil, err
		}
		for _, m := range mails {
			raw := got[m.uid]
			if !came(m, raw) {
				if raw, err = src.bodyBySeq(ctx, m, p); err != nil {
					return nil, err
				}
			}
			if came(m, raw) {
				raws[m.uid] = raw
			}
		}
	}
	return raws, nil
}

// came reports whether a body was handed out. No bytes where some were announced is how a server says that it can't.
func came(o outline, raw []byte) bool { return raw != nil && (len(raw) > 0 || o.size == 0) }

// stillThere returns those of the UIDs that have no body although the folder holds them.
func stillThere(ctx context.Context, src source, uids []uint32, raws map[uint32][]byte) ([]uint32, error) {
	var missing []uint32
	for _, uid := range uids {
		if _, ok := raws[uid]; !ok {
			missing = append(missing, uid)
		}
	}
	if len(missing) == 0 {
		return nil, nil
	}
	return src.present(ctx, missing)
}

// single fetches one mail alone, asking for less the more often it has failed. There is no mail when it is gone.
func (t *taker) single(ctx context.Context, src source, uid uint32) ([]Mail, error) {
	if t.trial != uid {
		t.trial, t.tries = uid, 0
	}
	p := attempts[min(t.tries, len(attempts)-1)]
	m, err := t.fetchOne(ctx, src, uid, p)
	if err != nil {
		if ctx.Err() == nil {
			t.tries++
		}
		return nil, err
	}
	t.trial, t.tries = 0, 0 // singleTo stays: its neighbours are under the same suspicion
	if m == nil {
		return nil, nil
	}
	return []Mail{*m}, nil
}

// fetchOne fetches a portion of one mail, nil when the mail is gone.
func (t *taker) fetchOne(ctx context.Context, src source, uid uint32, p portion) (*Mail, error) {
	if p == nothing {
		m := t.mail(outline{uid: uid}, nil, nothing)
		return &m, nil
	}
	known, err := src.outlines(ctx, []uint32{uid}, p == whole)
	if err != nil {
		return nil, err
	}
	o, ok := known[uid]
	if !ok {
		return nil, gone(ctx, src, uid)
	}
	if p == whole && t.tries == 0 && inTexts(o) {
		if raw, err := src.texts(ctx, o); err != nil || raw != nil {
			m := t.mailOfTexts(src, o, raw, uid)
			return &m, err
		}
	}
	return t.fetchPortion(ctx, src, o, max(p, natural(o)))
}

// fetchPortion fetches a portion of a mail that the server has described.
func (t *taker) fetchPortion(ctx context.Context, src source, o outline, p portion) (*Mail, error) {
	got, err := src.bodies(ctx, []outline{o}, p, nil)
	if err != nil {
		return nil, err
	}
	raw := got[o.uid]
	if !came(o, raw) {
		if raw, err = src.bodyBySeq(ctx, o, p); err != nil {
			return nil, err
		}
	}
	if !came(o, raw) {
		return nil, gone(ctx, src, o.uid)
	}
	m := t.mail(o, raw, p)
	return &m, nil
}

// gone returns nil when the folder does not hold the mail any more, which is the one good reason for not getting it.
func gone(ctx context.Context, src source, uid uint32) error {
	left, err := src.present(ctx, []uint32{uid})
	if err == nil && len(left) > 0 {
		return errWithheld
	}
	return err
}

// mail makes a Mail of what was fetched, and tells of one that is not whole. Sizes are often announced a few bytes
// wrong: only a mail taken in part is said to be bigger than its bytes.
func (t *taker) mail(o outline, raw []byte, p portion) Mail {
	m := Mail{UID: o.uid, InternalDate: o.date, Size: int64(len(raw)), Raw: raw, Keywords: o.keywords}
	switch {
	case p == start && len(raw) >= MaxPart:
		m.Size = max(o.size, m.Size)
		m.Fault = fmt.Sprintf("only the first %d of %d bytes were taken", len(raw), m.Size)
	case p == header:
		m.Size = max(o.size, m.Size)
		m.Fault = fmt.Sprintf("only the header was taken: the server did not hand out the rest in %d attempts", t.tries)
	case p == nothing:
		m.Fault = fmt.Sprintf("the server did not hand the mail out in %d attempts", t.tries)
	}
	if m.Fault != "" {
		t.missed(m.UID, m.Fault)
	}
	return m
}
