package customers

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"go.uber.org/zap"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// MaxFile bounds a CSV file in bytes: it is held in memory whole.
const MaxFile = 64 << 20

// lookEvery is how often a file is looked at for a change, at most.
const lookEvery = 5 * time.Second

// FileOptions say where the shop's data stands.
type FileOptions struct {
	Paths    []string // CSV files; rows of one address belong together, whichever file they stand in
	Currency string   // ISO 4217, of sums that name none
	Now      func() time.Time
	Log      *zap.Logger
}

// A File is a Source of CSV files. A file that changes is read again; one that can't be read then leaves what was read
// before in force. The reading has a goroutine of its own: no mail waits longer for a slow disk than it may.
type File struct {
	o    FileOptions
	load func(ctx context.Context, paths []string, currency string) (*shelf, error)

	mu     sync.Mutex
	loaded *shelf // nil before there was anything to read; what it holds does not change
	looked time.Time
	under  *look // under way, nil for none

	// These are the look's that is under way.
	seen  []stamp // the files as they were at the last look
	tried []stamp // the files as they were when they were last read, well or not
}

// A look at the files for changes, and the reading of what has changed.
type look struct {
	cancel context.CancelFunc
	done   chan struct{} // closed at its end
}

// A stamp tells a changed file from an unchanged one.
type stamp struct {
	size int64
	at   time.Time
}

// OpenFile reads the files. Where that fails the Source works all the same: it answers with the error until the files
// can be read, which may be soon.
func OpenFile(o FileOptions) *File {
	f := &File{o: o, looked: o.Now(), load: load}
	f.seen = f.stamps()
	f.read(context.Background())
	return f
}

// Find looks a customer up. The mail that finds that it is time to look at the files waits for that, while it may; others
// go by what was read before, if there is anything.
func (f *File) Find(ctx context.Context, q Query) (Answer, error) {
	if began := f.look(); began || f.content() == nil {
		f.wait(ctx)
	}
	if s := f.content(); s != nil {
		return s.find(q), nil
	}
	if err := ctx.Err(); err != nil {
		return Answer{}, fmt.Errorf("wait for the customer file to be read: %w", err)
	}
	return Answer{}, errors.New("the customer file can't be read; `heed check` says why")
}

// Close ends a reading that is under way. One that hangs in the disk is not waited for longer than a mail would.
func (f *File) Close() error {
	f.mu.Lock()
	under := f.under
	f.mu.Unlock()
	if under == nil {
		return nil
	}
	under.cancel()
	ctx, cancel := context.WithTimeout(context.Background(), AnswerWithin)
	defer cancel()
	f.wait(ctx)
	return nil
}

func (f *File) content() *shelf {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.loaded
}

// wait waits for the look that is under way, if there is one.
func (f *File) wait(ctx context.Context) {
	f.mu.Lock()
	under := f.under
	f.mu.Unlock()
	if under == nil {
		return
	}
	select {
	case <-under.done:
	case <-ctx.Done():
	}
}

// look begins to look at the files when it is time, and reports whether it did.
func (f *File) look() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.o.Now()
	if f.under != nil || now.Sub(f.looked) < lookEvery {
		return false
	}
	ctx, cancel := context.WithCancel(context.Background()) // it is for the mails to come too
	under := &look{cancel: cancel, done: make(chan struct{})}
	f.looked, f.under = now, under
	go func() {
		defer close(under.done)
		defer cancel()
		f.readChanged(ctx)
		f.mu.Lock()
		defer f.mu.Unlock()
		f.under = nil
	}()
	return true
}

// readChanged reads files that have changed. A change is believed when it is seen the second time: until then somebody may
// still be writing.
func (f *File) readChanged(ctx context.Context) {
	stamps := f.stamps()
	settled := slices.Equal(stamps, f.seen)
	f.seen = stamps
	if settled && !slices.Equal(stamps, f.tried) {
		f.read(ctx)
	}
}

func (f *File) stamps() []stamp {
	var all []stamp
	for _, path := range f.o.Paths {
		var s stamp
		if info, err := os.Stat(path); err == nil {
			s = stamp{info.Size(), info.ModTime().UTC()}
		}
		all = append(all, s)
	}
	return all
}

func (f *File) read(ctx context.Context) {
	f.tried = f.seen
	fresh, err := f.load(ctx, f.o.Paths, f.o.Currency)
	switch {
	case ctx.Err() != nil: // closed
	case err != nil && f.content() != nil:
		f.o.Log.Error("the new customer file can't be read; the old data stays in force", zap.Error(err))
	case err != nil:
		f.o.Log.Error("the customer file can't be read; notes say nothing of what the shop knows", zap.Error(err))
	default:
		f.mu.Lock()
		f.loaded = fresh
		f.mu.Unlock()
		f.o.Log.Info("customer file read", zap.Int("customers", len(fresh.byAddress)), zap.Int("orders", len(fresh.byOrder)),
			zap.Int("unreadable_cells", fresh.bad))
	}
}

// A Report says what was found in CSV files or in a database, for `heed check`.
type Report struct {
	Customers, Orders int
	Columns           []string // that are read
	Ignored           []string // that are not
	Problems          []string // the first cells that can't be read
	Bad               int      // how many can't be
}

// CheckFile reads the files once and says what is in them.
func CheckFile(o FileOptions) (Report, error) {
	s, err := load(context.Background(), o.Paths, o.Currency)
	if err != nil {
		return Report{}, err
	}
	return Report{Customers: len(s.byAddress), Orders: len(s.byOrder), Columns: s.columns, Ignored: s.ignored, Problems: s.problems, Bad: s.bad}, nil
}

// A shelf is the content of CSV files.
type shelf struct {
	byAddress, byOrder map[string]*Record
	columns, ignored   []string
	problems           []string
	bad                int
}

func load(ctx context.Context, paths []string, currency string) (*shelf, error) {
	s := &shelf{byAddress: map[string]*Record{}, byOrder: map[string]*Record{}}
	for _, path := range paths {
		if err := s.load(ctx, path, currency); err != nil {
			return nil, err
		}
	}
	slices.Sort(s.columns)
	s.columns = slices.Compact(s.columns)
	return s, nil
}

func (s *shelf) load(ctx context.Context, path, currency string) error {
	data, err := readFile(ctx, path)
	if err != nil {
		return err
	}
	comma := separator(data)
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = comma, -1, true, true
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: is empty; its first line has to name the columns", path)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	t := newTable(header, currency, decimalSign(comma))
	if !t.has(colAddress) && !t.has(colOrder) {
		return fmt.Errorf("%s:1: no column is called %q or %q; the columns here are %s", path, colAddress, colOrder, shorten(strings.Join(header, ", ")))
	}
	if err := s.rows(ctx, path, r, t); err != nil {
		return err
	}
	s.columns = slices.AppendSeq(s.columns, maps.Keys(t.at))
	s.ignored = append(s.ignored, t.unknown...)
	s.problems = append(s.problems, t.problems...)
	s.problems = s.problems[:min(len(s.problems), maxProblems)]
	s.bad += t.bad
	return nil
}

func (s *shelf) rows(ctx context.Context, path string, r *csv.Reader, t *table) error {
	var row []any
	for ctx.Err() == nil {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		row = row[:0]
		for _, c := range cells {
			row = append(row, strings.Clone(c)) // else a name would keep its whole line
		}
		line, _ := r.FieldPos(0)
		s.add(t.record(fmt.Sprintf("%s:%d", path, line), row))
	}
	return ctx.Err()
}

// add puts a row with what is known of its address, or of its order where it has no address.
func (s *shelf) add(row Record) {
	known := s.byAddress[row.Address]
	if row.Address == "" && len(row.Orders) > 0 {
		known = s.byOrder[row.Orders[0].Number]
	}
	if known == nil {
		if row.Address == "" && len(row.Orders) == 0 {
			return
		}
		known = &Record{}
	}
	known.merge(row)
	if row.Address != "" {
		s.byAddress[row.Address] = known
	}
	for _, o := range row.Orders {
		if other := s.byOrder[o.Number]; other == nil || other.Address == "" {
			s.byOrder[o.Number] = known
		}
	}
}

func (s *shelf) find(q Query) Answer {
	a := Answer{Owners: map[string]string{}}
	if r := s.byAddress[q.Address]; r != nil && q.Address != "" {
		a.Record = r.copied("", q.Orders)
	}
	for _, number := range q.Orders[:min(len(q.Orders), maxAsked)] {
		r := s.byOrder[number]
		if r == nil {
			continue
		}
		if r.Address != "" {
			a.Owners[number] = r.Address
		}
		if a.Record == nil {
			a.Record = r.copied(number, q.Orders)
		}
	}
	return a
}

// copied makes a record to give away.
func (r *Record) copied(byOrder string, asked []string) *Record {
	c := *r
	c.ByOrder, c.Orders = byOrder, slices.Clone(r.Orders)
	c.newestFirst(asked)
	return &c
}

// readFile reads a file as UTF-8: spreadsheets also write UTF-16 with a byte order mark, or Windows-1252.
func readFile(ctx context.Context, path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the customer file: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(untilDone{ctx, f}, MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the customer file: %w", err)
	}
	if len(data) > MaxFile {
		return nil, fmt.Errorf("%s: is larger than %d MiB; leave out old customers, or let Heed ask a database", path, MaxFile>>20)
	}
	if bytes.IndexByte(data, 0) < 0 && !utf8.Valid(data) {
		data, err = charmap.Windows1252.NewDecoder().Bytes(data)
	} else {
		data, _, err = transform.Bytes(unicode.BOMOverride(transform.Nop), data)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: decode: %w", path, err)
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return nil, fmt.Errorf("%s: is no text; export it as CSV in UTF-8", path)
	}
	return data, nil
}

// untilDone reads until its context ends.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

// Read reads what comes next.
func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}

// separator is what stands between the columns of the first line most often: a comma, a semicolon or a tab.
func separator(data []byte) rune {
	first, _, _ := bytes.Cut(data, []byte("\n"))
	best, most := ',', 0
	for _, c := range []rune{',', ';', '\t'} {
		if n := bytes.Count(first, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

// decimalSign is the sign before cents: whoever separates columns with semicolons does so because commas are taken.
func decimalSign(comma rune) byte {
	if comma == ';' {
		return ','
	}
	return '.'
}
