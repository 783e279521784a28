package note_test

import (
	"strings"
	"testing"

	"github.com/heedmail/heed/mailbox/message"
)

func TestANoteSaysWhenSomebodyMayHaveWrittenInTheCustomersName(t *testing.T) {
	tests := []struct {
		name string
		auth message.Authentication
		want bool
	}{
		{"the server says that the sender is forged", message.AuthFailed, true},
		{"the server says nothing", message.AuthUnknown, false},
		{"the server vouches for the sender", message.AuthPassed, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := chargebackThreat()
			f.Message.Auth = tt.auth
			for i := range f.Timeline {
				if f.Timeline[i].MessageID == f.Message.MessageID {
					f.Timeline[i].Auth = tt.auth
				}
			}
			r := must(t)(composer(t, "en").Escalation(f))
			if got := strings.Contains(string(r.Payload), "DMARC"); got != tt.want {
				t.Errorf("the note warns of the sender: %v, want %v", got, tt.want)
			}
		})
	}
}
