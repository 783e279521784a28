package message

import (
	"strings"
	"testing"
)

func TestFindPhones(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"international", "Call me: +1 (555) 010-0199 please", "+1 (555) 010-0199"},
		{"German", "Rufen Sie an: 030/901820-55.", "030/901820-55"},
		{"bare", "my number is 5550100199", "5550100199"},
		{"leading zero", "tel 00498912345678", "00498912345678"},
		{"none", "please call me", ""},
		{"too short", "apartment 1234", ""},
		{"an order number", "order 1234567 is late", ""},
		{"an Amazon order", "order 113-5550142-7781123", ""},
		{"a date", "since 2026-03-03 and 03.03.2026", ""},
		{"a parcel", "tracking 123456789012345", ""},
		{"a date and then a number", "since 2026-03-03, call 555 010 0199", "555 010 0199"},
		{"two", "+44 20 7946 0018 or 020 7946 0019", "+44 20 7946 0018, 020 7946 0019"},
		{"too many digits", "+1234567890123456789", ""},
	} {
		if got := strings.Join(FindPhones(tt.text, []string{"1234567", "113-5550142-7781123"}), ", "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
