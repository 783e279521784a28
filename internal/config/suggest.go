package config

// nearest returns the known key that an unknown one was probably meant to be, or "".
func nearest(key string, known []string) string {
	if len(key) > longestKey {
		return ""
	}
	best, least := "", max(len(key)/3, 1)+1 // a third of the letters may be wrong, and one in short keys
	for _, k := range known {
		if d := distance(key, k); d < least {
			best, least = k, d
		}
	}
	return best
}

// longestKey is a length beyond which a key is no slip of the finger, and not worth the time.
const longestKey = 64

// distance is the number of letters to be added, removed, changed or swapped with their neighbour to make b of a
// (optimal string alignment).
func distance(a, b string) int {
	var older []int
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(change, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
		older, last = last, row
	}
	return last[len(b)]
}
