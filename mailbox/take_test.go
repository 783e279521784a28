package mailbox

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
)

// errChance is what a shaky folder fails with.
var errChance = errors.New("by chance")

// shakyFolder is a source in which anything may fail, mail is deleted and arrives in between, bodies are withheld, and
// some mails can never be had. Whatever it does follows from its random numbers.
type shakyFolder struct {
	mu     sync.Mutex // batches are delivered while the next is fetched
	rand   *rand.Rand
	failIn float64           // how likely a call is to fail
	mails  map[uint32]string // what the folder holds
	cursed map[uint32]bool   // mails whose body can't be had
	next   uint32
	late   int // how many mails may still arrive
}

func newShakyFolder(seed uint64) *shakyFolder {
	r := rand.New(rand.NewPCG(seed, 1))
	f := &shakyFolder{rand: r, failIn: []float64{0, 0.05, 0.3, 0.6}[r.IntN(4)], mails: map[uint32]string{}, cursed: map[uint32]bool{},
		next: 1 + uint32(r.IntN(1000)), late: 200}
	for range r.IntN(600) {
		f.arrive()
	}
	return f
}

func (f *shakyFolder) arrive() {
	f.next += 1 + uint32(f.rand.IntN(3))
	f.mails[f.next] = fmt.Sprintf("body of %d", f.next)
	if f.rand.Float64() < 0.02 {
		f.cursed[f.next] = true
	}
}

// shake lets things happen behind our back, and tells whether the call that is at hand fails.
func (f *shakyFolder) shake() error {
	if f.rand.Float64() < 0.05 && f.late > 0 {
		f.late--
		f.arrive()
	}
	if f.rand.Float64() < 0.05 && len(f.mails) > 0 {
		uids := f.uids(0)
		delete(f.mails, uids[f.rand.IntN(len(uids))])
	}
	if f.rand.Float64() < f.failIn {
		return errChance
	}
	return nil
}

func (f *shakyFolder) uids(above uint32) []uint32 {
	var uids []uint32
	for uid := range f.mails {
		if uid > above {
			uids = append(uids, uid)
		}
	}
	slices.Sort(uids)
	return uids
}

func (f *shakyFolder) above(_ context.Context, uid uint32) ([]uint32, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.shake(); err != nil {
		return nil, err
	}
	uids := f.uids(uid)
	return uids[:min(len(uids), 3*MaxBatch)], nil
}

func (f *shakyFolder) present(_ context.Context, uids []uint32) ([]uint32, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.shake(); err != nil {
		return nil, err
	}
	var here []uint32
	for _, u := range uids {
		if _, ok := f.mails[u]; ok {
			here = append(here, u)
		}
	}
	return here, nil
}

func (f *shakyFolder) outlines(_ context.Context, uids []uint32, _ bool) (map[uint32]outline, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.shake(); err != nil {
		return nil, err
	}
	known := map[uint32]outline{}
	for i, u := range uids {
		if body, ok := f.mails[u]; ok && f.rand.Float64() > 0.01 {
			// Sizes are often wrong.
			known[u] = outline{uid: u, seq: uint32(i + 1), size: int64(len(body)) - int64(u%7)}
			if u%5 == 0 { // there is a file with it
				known[u] = outline{uid: u, seq: uint32(i + 1), size: MaxSmall + 1}
			}
		}
	}
	return known, nil
}

func (f *shakyFolder) bodies(_ context.Context, mails []outline, p portion, into *tray) (map[uint32][]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.shake(); err != nil {
		return nil, err
	}
	got := map[uint32][]byte{}
	for _, m := range mails {
		body, ok := f.mails[m.uid]
		switch {
		case f.cursed[m.uid] && m.uid%2 == 0:
			return nil, errChance // breaks the connection
		case ok && !f.cursed[m.uid] && f.rand.Float64() > 0.02:
			got[m.uid] = into.take(int64(len(body)))
			copy(got[m.uid], body)
		}
	}
	return got, nil
}

func (f *shakyFolder) texts(_ context.Context, mail outline) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.shake(); err != nil || f.mails[mail.uid] == "" || mail.uid%3 == 0 {
		return nil, err
	}
	return fmt.Appendf(nil, "texts of %d", mail.uid), nil
}

func (f *shakyFolder) copyWhole(ctx context.Context, mail outline, bySeq bool, w io.Writer) (int64, error) {
	var body []byte
	var err error
	if bySeq {
		body, err = f.bodyBySeq(ctx, mail, whole)
	} else {
		var got map[uint32][]byte
		got, err = f.bodies(ctx, []outline{mail}, whole, nil)
		body = got[mail.uid]
	}
	if err != nil {
		_, _ = w.Write([]byte("half a body"))
		return 0, err
	}
	n, err := w.Write(body)
	return int64(n), err
}

func (f *shakyFolder) bodyBySeq(_ context.Context, mail outline, _ portion) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.shake(); err != nil || f.cursed[mail.uid] || f.rand.Float64() < 0.3 {
		return nil, err
	}
	if body, ok := f.mails[mail.uid]; ok {
		return []byte(body), nil
	}
	return nil, nil
}

// For any interleaving of failures, deliveries that are refused, and crashes of the daemon: the cursor never passes a
// mail that was neither delivered nor deleted, never goes back, and reaches the end; and nothing is delivered wrong.
func TestCursorNeverPassesAMailThatWasNotDelivered(t *testing.T) {
	for seed := range uint64(50) {
		folder := newShakyFolder(seed)
		durable := Cursor{UIDValidity: 1}
		delivered := map[uint32]int{}
		tk := newTestTaker(t, folder, &durable, delivered)
		rounds := 0
		for ; rounds < 20_000; rounds++ {
			if folder.rand.Float64() < 0.01 {
				tk = newTestTaker(t, folder, &durable, delivered) // the daemon was killed
			}
			cur, err := tk.takeAll(t.Context(), folder, durable)
			if cur != durable {
				t.Fatalf("seed %d: cursor %v, durable is %v", seed, cur, durable)
			}
			if err == nil { // nothing was left a moment ago
				break
			}
		}
		if left := folder.uids(durable.UID); len(left) > 0 {
			t.Fatalf("seed %d: after %d rounds the cursor is stuck at %d, before %v", seed, rounds, durable.UID, left)
		}
		for uid, n := range delivered {
			if n > 1 {
				t.Fatalf("seed %d: UID %d was kept %d times", seed, uid, n)
			}
		}
	}
}

// newTestTaker makes a taker whose deliveries are checked, and fail at times.
func newTestTaker(t *testing.T, f *shakyFolder, durable *Cursor, delivered map[uint32]int) *taker {
	return &taker{
		missed: func(uid uint32, fault string) {},
		prepare: func(ctx context.Context, mails []Mail, next Cursor) func() error {
			for i := range mails {
				if mails[i].Original == nil {
					continue
				}
				var whole bytes.Buffer
				if err := mails[i].Original(ctx, &whole); err != nil {
					return func() error { return err }
				}
				mails[i].Raw = whole.Bytes()
			}
			return func() error { return keepChecked(t, f, durable, delivered, mails, next) }
		},
	}
}

// keepChecked is one delivery.
func keepChecked(t *testing.T, f *shakyFolder, durable *Cursor, delivered map[uint32]int, mails []Mail, next Cursor) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failIn > 0 && f.rand.Float64() < f.failIn {
		return errChance
	}
	if next.UID <= durable.UID {
		t.Errorf("the cursor goes from %v to %v", *durable, next)
	}
	for _, m := range mails {
		delivered[m.UID]++
		if whole := fmt.Sprintf("body of %d", m.UID); m.Fault == "" && string(m.Raw) != whole {
			t.Errorf("UID %d is delivered as %q", m.UID, m.Raw)
		}
	}
	for uid := range f.mails {
		if uid > durable.UID && uid <= next.UID && delivered[uid] == 0 {
			t.Errorf("the cursor passes UID %d, which was not delivered, on its way to %d", uid, next.UID)
		}
	}
	*durable = next
	return nil
}

func TestOnlyACursedMailIsGivenUp(t *testing.T) {
	folder := newShakyFolder(3)
	folder.failIn = 0
	folder.cursed = map[uint32]bool{}
	uids := folder.uids(0)
	folder.cursed[uids[len(uids)/2]] = true
	durable := Cursor{UIDValidity: 1}
	tk := newTestTaker(t, folder, &durable, map[uint32]int{})
	var given []uint32
	tk.missed = func(uid uint32, _ string) { given = append(given, uid) }
	for range 50 {
		if _, err := tk.takeAll(t.Context(), folder, durable); err == nil {
			break
		}
	}
	for _, uid := range given {
		if !folder.cursed[uid] {
			t.Errorf("UID %d was given up", uid)
		}
	}
	if len(given) == 0 {
		t.Error("the cursed mail was not given up")
	}
}

// readyFolder is a folder in which nothing ever fails.
type readyFolder struct {
	source
	mails   uint32
	fetched []chan struct{} // each is closed when so many batches were fetched
	batches int
}

func (f *readyFolder) above(_ context.Context, uid uint32) (uids []uint32, err error) {
	for uid++; uid <= f.mails; uid++ {
		uids = append(uids, uid)
	}
	return uids, nil
}

func (f *readyFolder) outlines(_ context.Context, uids []uint32, _ bool) (map[uint32]outline, error) {
	known := map[uint32]outline{}
	for _, uid := range uids {
		known[uid] = outline{uid: uid, size: 4}
	}
	return known, nil
}

func (f *readyFolder) bodies(_ context.Context, mails []outline, _ portion, into *tray) (map[uint32][]byte, error) {
	got := map[uint32][]byte{}
	for _, m := range mails {
		got[m.uid] = into.take(4)
		binary.BigEndian.PutUint32(got[m.uid], m.uid)
	}
	close(f.fetched[f.batches])
	f.batches++
	return got, nil
}

func TestAMailStaysAsItIsUntilItWasKeptThoughOthersAreFetched(t *testing.T) {
	t.Parallel()
	folder := &readyFolder{mails: 7 * MaxBatch}
	for range 7 {
		folder.fetched = append(folder.fetched, make(chan struct{}))
	}
	used := map[*byte]bool{}
	tk := taker{prepare: func(_ context.Context, mails []Mail, next Cursor) func() error {
		return func() error {
			if later := int(next.UID)/MaxBatch - 1 + inFlight; later < len(folder.fetched) {
				<-folder.fetched[later] // as many as there can be
			}
			for _, m := range mails {
				if binary.BigEndian.Uint32(m.Raw) != m.UID || cap(m.Raw) != 4 {
					t.Errorf("UID %d is kept as %x, with room for %d bytes", m.UID, m.Raw, cap(m.Raw))
				}
			}
			used[&mails[0].Raw[0]] = true
			return nil
		}
	}}
	if cur, err := tk.takeAll(t.Context(), folder, Cursor{}); err != nil || cur.UID != folder.mails {
		t.Errorf("taken up to %d, %v", cur.UID, err)
	}
	if len(used) != inFlight+1 {
		t.Errorf("7 batches lay on %d trays, want %d", len(used), inFlight+1)
	}
	if !reflect.DeepEqual(tk.trays, trays{}) || tk.outlines != nil {
		t.Error("a folder that waits for mail holds on to what it took others with")
	}
}

// oneMail is a folder with one mail that has files.
type oneMail struct{ source }

func (oneMail) outlines(context.Context, []uint32, bool) (map[uint32]outline, error) {
	return map[uint32]outline{7: {uid: 7, seq: 1, size: MaxSmall + 1}}, nil
}

func (oneMail) texts(context.Context, outline) ([]byte, error) { return []byte("texts"), nil }

func (oneMail) bodies(context.Context, []outline, portion, *tray) (map[uint32][]byte, error) {
	return map[uint32][]byte{7: []byte("whole")}, nil
}

func TestAMailThatIsFetchedAloneIsFetchedByItsTextsUntilThatFails(t *testing.T) {
	t.Parallel()
	for tries, want := range []string{"texts", "whole"} {
		tk := taker{trial: 7, tries: tries, missed: func(uint32, string) {}}
		mails, err := tk.single(t.Context(), oneMail{}, 7)
		if err != nil || len(mails) != 1 || string(mails[0].Raw) != want || (mails[0].Original != nil) != (want == "texts") {
			t.Errorf("after %d failures: %+v, %v", tries, mails, err)
		}
	}
}
