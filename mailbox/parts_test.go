package mailbox

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/heedmail/heed/mailbox/message"
)

// big puts a file of so many bytes, in lines of base64, where a mail under testdata says FILE.
func big(t *testing.T, name string, size int) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "parts", name))
	if err != nil {
		t.Fatal(err)
	}
	encoded := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("lamp"), size/5))
	var lines strings.Builder
	for len(encoded) > 0 {
		n := min(76, len(encoded))
		lines.WriteString(encoded[:n] + "\r\n")
		encoded = encoded[n:]
	}
	text := strings.ReplaceAll(string(raw), "\r\n", "\n")
	return []byte(strings.ReplaceAll(strings.ReplaceAll(text, "\n", "\r\n"), "FILE\r\n", lines.String()))
}

// A mail that is read from its texts has to be read as if all of it had been fetched.
func TestAMailReadFromItsTextsIsReadAsAWhole(t *testing.T) {
	t.Parallel()
	server, account := dovecot(t, TLSNone)
	files, err := os.ReadDir("testdata/parts")
	if err != nil {
		t.Fatal(err)
	}
	var mails [][]byte
	for _, f := range files {
		mails = append(mails, big(t, f.Name(), 300<<10))
	}
	server.Deliver(user, mails...)
	sink := &preparingSink{memSink: realSink(t)}
	w, err := NewWatcher(account, sink, Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = w.Run(ctx) }() // returns nil always
	sink.count(len(mails))
	cancel()
	<-done
	for i, whole := range mails {
		got := sink.at(i)
		if got.Original == nil {
			t.Errorf("%s was fetched whole", files[i].Name())
			continue
		}
		if len(got.Raw) > 16<<10 || got.Size < int64(len(whole)) {
			t.Errorf("%s: %d bytes were fetched of a mail of %d, which is said to have %d", files[i].Name(), len(got.Raw), len(whole), got.Size)
		}
		if !bytes.Equal(sink.originals[i], whole) {
			t.Errorf("%s: the original is not what lies in the mailbox", files[i].Name())
		}
		as := message.Mailbox{Channel: "web", OwnAddresses: []string{"support@example.com"}}
		if a, b := message.Read(got.Raw, as), message.Read(whole, as); !reflect.DeepEqual(a, b) {
			t.Errorf("%s: from its texts it reads\n%+v\nwhole\n%+v\nfetched was\n%s", files[i].Name(), a, b, got.Raw)
		}
	}
}

// preparingSink asks for all originals.
type preparingSink struct {
	*memSink
	originals [][]byte
}

func (s *preparingSink) Prepare(ctx context.Context, mailbox, folder string, mails []Mail) func(context.Context, Cursor) error {
	for _, m := range mails {
		if m.Original == nil {
			s.originals = append(s.originals, bytes.Clone(m.Raw))
			continue
		}
		var raw bytes.Buffer
		if err := m.Original(ctx, &raw); err != nil {
			return func(context.Context, Cursor) error { return err }
		}
		s.originals = append(s.originals, raw.Bytes())
	}
	return func(ctx context.Context, next Cursor) error { return s.Deliver(ctx, mailbox, folder, mails, next) }
}
