package message

import "testing"

func TestFoldingEvensOutWhatProgramsVary(t *testing.T) {
	t.Parallel()
	var many folder
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"as it is", "as it is"},
		{"On Monday", "on monday"},
		{"two  spaces", "two spaces"},
		{"a\ttab", "a tab"},
		{"a\u00a0space", "a space"},
		{"ÉTÉ Straße", "été straße"},
		{"l’été", "l'été"},
		{"l`été", "l'été"},
		{"`Code`", "`code`"},
		{"9–5", "9-5"},
		{"К нам", "к нам"},
	} {
		if got := fold(tt.in); got != tt.want {
			t.Errorf("fold(%q) = %q, want %q", tt.in, got, tt.want)
		}
		if got := many.fold(tt.in); got != tt.want {
			t.Errorf("behind others, fold(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}
