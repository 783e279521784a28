package outbox_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/mail"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/outbox"
	"github.com/heedmail/heed/escalation/store"
)

// inPieces hands out one mail, in writes of so many bytes.
type inPieces struct {
	mail []byte
	size int
}

func (p inPieces) WriteOriginal(_ context.Context, _ store.Original, most int64, w io.Writer) error {
	mail := p.mail
	if most > 0 {
		mail = mail[:min(int(most), len(mail))]
	}
	for len(mail) > 0 {
		n := min(p.size, len(mail))
		if _, err := w.Write(mail[:n]); err != nil {
			return err
		}
		mail = mail[n:]
	}
	return nil
}

// lines is base64 in lines as RFC 2045 has it, of which the last does not end.
func lines(mail []byte) string {
	text := base64.StdEncoding.EncodeToString(mail)
	var out []string
	for len(text) > 76 {
		out, text = append(out, text[:76]), text[76:]
	}
	return strings.Join(append(out, text), "\r\n")
}

func TestTheOriginalGoesIntoItsPlace(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2, 3, 56, 57, 58, 113, 114, 115, 1000} {
		for _, size := range []int{1, 7, 57, 64, 5000} {
			mail := bytes.Repeat([]byte("0123456789\xff"), n/11+1)[:n]
			for _, x := range []struct {
				name string
				slot store.Slot
				want string
			}{
				{"as it is", store.Slot{At: 5, Eight: true}, "head:" + string(mail) + "\r\n:tail"},
				{"at the end", store.Slot{At: 12}, "head:\r\n:tail" + string(mail)},
				{"its beginning", store.Slot{At: 5, Most: 60}, "head:" + string(mail[:min(60, n)]) + "\r\n:tail"},
				{"in base64", store.Slot{At: 5, Base64: true}, "head:" + lines(mail) + "\r\n:tail"},
				{"its beginning in base64", store.Slot{At: 5, Base64: true, Most: 58}, "head:" + lines(mail[:min(58, n)]) + "\r\n:tail"},
				{"beyond the end of a mail that was cut off", store.Slot{At: 99}, "head:\r\n:tail" + string(mail)},
			} {
				m := outbox.Mail{Payload: []byte("head:\r\n:tail"), Originals: inPieces{mail, size},
					Enclosed: &store.Enclosed{Original: store.Original{Size: int64(n)}, Payload: x.slot}}
				var got bytes.Buffer
				if err := m.Letter().Write(t.Context(), &got); err != nil {
					t.Fatal(err)
				}
				if got.String() != x.want || m.Letter().Size() != int64(got.Len()) || m.Letter().Eight() != x.slot.Eight {
					t.Errorf("%s, %d bytes in pieces of %d: %q of %d, want %q", x.name, n, size, got.String(), m.Letter().Size(), x.want)
				}
			}
		}
	}
}

func TestWhereTheOriginalCantGoALetterSaysSo(t *testing.T) {
	t.Parallel()
	for _, encoded := range []bool{false, true} {
		m := outbox.Mail{Payload: []byte("head:\r\n:tail"), Missing: true,
			Enclosed: &store.Enclosed{Original: store.Original{Size: 100_000}, Payload: store.Slot{At: 5, Base64: encoded, Eight: true, Most: 10}}}
		var got bytes.Buffer
		if err := m.Letter().Write(t.Context(), &got); err != nil {
			t.Fatal(err)
		}
		own := strings.TrimSuffix(strings.TrimPrefix(got.String(), "head:"), "\r\n:tail")
		if encoded {
			plain, err := base64.StdEncoding.DecodeString(own)
			if err != nil {
				t.Fatal(err)
			}
			own = string(plain)
		}
		enclosed, err := mail.ReadMessage(strings.NewReader(own))
		if err != nil || !strings.Contains(enclosed.Header.Get("Subject"), "could not be attached") {
			t.Errorf("in its place stands %q, %v", own, err)
		}
		if m.Letter().Size() != int64(got.Len()) || m.Letter().Eight() {
			t.Errorf("%d bytes are said to be %d, with eight bits: %v", got.Len(), m.Letter().Size(), m.Letter().Eight())
		}
	}
}

// What an original of eight bits is to a server that takes seven is made of the mail itself.
func TestAMailOfEightBitsHasAFormOfSeven(t *testing.T) {
	t.Parallel()
	composer, err := note.New(note.Options{From: "Heed <heed@example.com>"})
	if err != nil {
		t.Fatal(err)
	}
	for _, original := range []string{"Subject: gr\xc3\xbc\xc3\x9fe\r\n\r\none\r\n--two--\r\n", "Subject: greetings\r\n\r\n", "\xff"} {
		r, err := composer.Unreadable("x", note.Facts{Raw: []byte(original), OriginalSize: int64(len(original)), DomesticTo: []string{"yodi@example.com"}})
		if err != nil {
			t.Fatal(err)
		}
		forms := outbox.Mail{Payload: r.Payload, Fallback: r.Fallback}.Forms()
		if two := forms[0].Eight(); len(forms) == 2 != two {
			t.Fatalf("%q: %d forms, and the first one needs eight bits: %v", original, len(forms), two)
		}
		last := forms[len(forms)-1]
		var got bytes.Buffer
		if err := last.Write(t.Context(), &got); err != nil {
			t.Fatal(err)
		}
		encoded := strings.Contains(got.String(), "base64\r\nContent-Type: application/octet-stream; name=\"original.eml\"\r\n\r\n"+lines([]byte(original))+"\r\n--")
		if last.Eight() || last.Size() != int64(got.Len()) || !encoded && !strings.Contains(got.String(), "\r\n\r\n"+original+"\r\n--") {
			t.Errorf("%q goes as %d bytes, eight bits: %v\n%s", original, last.Size(), last.Eight(), got.String())
		}
	}
}

func TestALetterThatCantBeWrittenSaysSo(t *testing.T) {
	t.Parallel()
	m := outbox.Mail{Payload: []byte("head:\r\n:tail"), Originals: inPieces{make([]byte, 1000), 100},
		Enclosed: &store.Enclosed{Original: store.Original{Size: 1000}, Payload: store.Slot{At: 5, Base64: true}}}
	for n := range 14 {
		if err := m.Letter().Write(t.Context(), &failsAt{n: n}); (err == nil) != (n == 13) {
			t.Errorf("write %d failed, and the letter says %v", n, err)
		}
	}
}

// failsAt fails at the n-th write.
type failsAt struct{ n int }

func (f *failsAt) Write(p []byte) (int, error) {
	if f.n--; f.n < 0 {
		return 0, errors.New("connection reset")
	}
	return len(p), nil
}

func TestAMailWithAnOriginalGoesOnce(t *testing.T) {
	for name, script := range map[string][]map[string]error{
		"taken": nil, "refused": {{"": fault(outbox.Permanent)}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &world{script: script}
				row := mailRow(1, "lu@example.com")
				row.Enclosed = &store.Enclosed{Original: store.Original{ID: 1, Size: 100}}
				w.rows = []store.Row{row}
				w.run(t, time.Minute)
				if len(w.tries) != 1 || len(w.mails) == 1 && w.mails[0].Missing {
					t.Errorf("%d attempts, %d mails", len(w.tries), len(w.mails))
				}
			})
		})
	}
}

// The note matters more than what is attached to it.
func TestANoteWhoseOriginalIsDamagedGoesWithoutItAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{script: []map[string]error{{"": &outbox.Error{Kind: outbox.Temporary, Doing: "write the mail", Err: store.ErrDamaged}}}}
		row := mailRow(1, "lu@example.com")
		row.Enclosed = &store.Enclosed{Original: store.Original{ID: 1, Size: 100}}
		w.rows = []store.Row{row}
		w.run(t, time.Minute)
		if len(w.mails) != 1 || !w.mails[0].Missing || w.rows[0].State != store.Done || w.rows[0].Attempts != 1 {
			t.Errorf("%d mails went, the row is %+v", len(w.mails), w.rows[0])
		}
	})
}
