package intake

import (
	"errors"
	"testing"

	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/store"
	"go.uber.org/zap"
)

func TestAMailThatBreaksItsNoteIsToldOfAllTheSame(t *testing.T) {
	full := note.Facts{Timeline: []store.Message{{Text: "x"}}, Raw: []byte("raw"), Message: store.Message{Subject: "s", Text: "t"}}
	tests := []struct {
		name  string
		write func(*note.Letters) (note.Rendered, error)
		fails bool
	}{
		{"nothing is wrong", func(f *note.Letters) (note.Rendered, error) {
			if f.Timeline == nil || f.Raw == nil {
				return note.Rendered{}, errors.New("a fact is missing")
			}
			return note.Rendered{MessageID: "x"}, nil
		}, false},
		{"the customer's words break it", func(f *note.Letters) (note.Rendered, error) {
			if f.Message.Subject != "" || len(f.Timeline) > 0 {
				panic("words")
			}
			if f.Raw == nil {
				return note.Rendered{}, errors.New("the original was left out without need")
			}
			return note.Rendered{MessageID: "x"}, nil
		}, false},
		{"the original breaks it", func(f *note.Letters) (note.Rendered, error) {
			if f.Raw != nil {
				return note.Rendered{}, errors.New("original")
			}
			return note.Rendered{MessageID: "x"}, nil
		}, false},
		{"everything breaks it", func(*note.Letters) (note.Rendered, error) { panic("always") }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := &Intake{Options: Options{Log: zap.NewNop(), Composer: &note.Composer{}}}
			r, err := in.compose(tt.write, in.Composer.Letters(full))
			if (err != nil) != tt.fails || (err == nil && r.MessageID != "x") {
				t.Errorf("composed %q, error %v", r.MessageID, err)
			}
		})
	}
}
