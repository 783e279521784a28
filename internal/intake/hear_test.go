package intake

import (
	"testing"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/mailbox/message"
)

func TestHearListensToTheCustomersOwnWordsOnly(t *testing.T) {
	c, err := classify.New(classify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const threat = "If this is not settled by Friday I will dispute the charge with my bank."
	opened := &message.Notice{Platform: "stripe", Kind: message.DisputeOpened, Words: "a payment was disputed"}
	ended := &message.Notice{Platform: "stripe", Kind: message.DisputeEnded, Words: "the dispute was closed"}
	for _, x := range []struct {
		name    string
		message message.Message
		want    []classify.Hit
	}{
		{"a customer's text", message.Message{Direction: message.Inbound, Text: threat},
			[]classify.Hit{{Signal: classify.ChargebackThreat, Sentence: threat}}},
		{"a customer's own subject", message.Message{Direction: message.Inbound, OwnSubject: threat, Text: "See above."},
			[]classify.Hit{{Signal: classify.ChargebackThreat, Sentence: threat}}},
		{"a subject that is not the customer's own", message.Message{Direction: message.Inbound, Subject: threat, Text: "Thank you."}, nil},
		{"our own mail", message.Message{Direction: message.Outbound, Text: threat}, nil},
		{"an ignored mail", message.Message{Direction: message.Ignored, Ignored: message.AutoReply, Text: threat}, nil},
		{"a notice of a new dispute", message.Message{Direction: message.Inbound, Notice: opened,
			Text: "Dear shop,\non Monday a payment was disputed, see below.\n" + threat},
			[]classify.Hit{{Signal: classify.ChargebackOpened, Evidence: "a payment was disputed", Sentence: "on Monday a payment was disputed, see below."}}},
		{"a notice whose words are in its subject", message.Message{Direction: message.Inbound, Notice: opened, Text: "Log in to see more."},
			[]classify.Hit{{Signal: classify.ChargebackOpened, Evidence: "a payment was disputed", Sentence: "a payment was disputed"}}},
		{"a notice of a dispute that ended", message.Message{Direction: message.Inbound, Notice: ended, Text: threat}, nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			got := Hear(c, &x.message).Hits
			if len(got) != len(x.want) {
				t.Fatalf("heard %+v, want %+v", got, x.want)
			}
			for i, want := range x.want {
				if got[i].Signal != want.Signal || got[i].Sentence != want.Sentence || want.Evidence != "" && got[i].Evidence != want.Evidence {
					t.Errorf("heard %+v, want %+v", got[i], want)
				}
			}
		})
	}
}
