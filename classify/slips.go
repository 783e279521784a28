package classify

// minFuzzy is the length below which a misspelt word could be too many others.
const minFuzzy = 5

// slips lists what a hasty hand makes of a word: a letter left out, doubled, swapped with its neighbour, a vowel taken
// for another. The first letter is always right.
func slips(w string) []string {
	if len(w) < minFuzzy {
		return nil
	}
	var out []string
	for i := 1; i < len(w); i++ {
		out = append(out, w[:i]+w[i+1:])        // left out
		out = append(out, w[:i]+w[i:i+1]+w[i:]) // doubled
		if i+1 < len(w) && w[i] != w[i+1] {
			out = append(out, w[:i]+w[i+1:i+2]+w[i:i+1]+w[i+2:]) // swapped
		}
		if isVowel(w[i]) {
			for _, v := range "aeiou" {
				if byte(v) != w[i] {
					out = append(out, w[:i]+string(v)+w[i+1:])
				}
			}
		}
	}
	return out
}

func isVowel(b byte) bool {
	switch b {
	case 'a', 'e', 'i', 'o', 'u', 'y':
		return true
	}
	return false
}
