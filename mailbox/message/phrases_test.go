package message

import (
	"strings"
	"testing"
)

func TestAPhraseSetFindsWhatASearchForEachPhraseFinds(t *testing.T) {
	phrases := []string{"confidential", "if you are not", "nur für", "сообщ", "ab", "confide in"}
	set := newPhraseSet(phrases...)
	for _, text := range []string{
		"", "a", "ab", "b", "xxab", "strictly confidential and if you are not", "confiden", "es ist nur für sie", "это сообщение",
		"confide in me", "nur fur", "aabb", "Strictly CONFIDENTIAL", "Nur für",
	} {
		want := -1
		for _, p := range phrases {
			if at := strings.Index(lowerASCII(text), p); at >= 0 && (want < 0 || at < want) {
				want = at
			}
		}
		if got := set.first(text); got != want {
			t.Errorf("%q: found at %d, want %d", text, got, want)
		}
		if got := set.begins(text); got != (want == 0) {
			t.Errorf("%q begins with one: %v", text, got)
		}
	}
}

func FuzzPhraseSet(f *testing.F) {
	f.Add("the first phrase", "phrase", "first")
	f.Fuzz(func(t *testing.T, text, one, other string) {
		if one == "" || other == "" {
			return
		}
		one, other = lowerASCII(one), lowerASCII(other)
		want := strings.Contains(lowerASCII(text), one) || strings.Contains(lowerASCII(text), other)
		if got := newPhraseSet(one, other).in(text); got != want {
			t.Errorf("%q, %q in %q: %v, want %v", one, other, text, got, want)
		}
	})
}

func lowerASCII(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = lower(b[i])
	}
	return string(b)
}
