// Package spelling says which word a misspelt one may stand for.
//
// It must never import anything of ours.
package spelling

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest is the known word that a misspelt one may stand for, "" where there is none: the shortest that begins with it, else the one that
// the fewest letters tell apart, up to a third of them. Of one or two letters, it is the only word that has them. Case does not matter.
func Nearest(word string, known []string) (near string) {
	word = strings.ToLower(word)
	if has := containing(word, known); len(word) < 3 && len(has) == 1 {
		return has[0]
	}
	for _, k := range known {
		if len(word) >= 3 && strings.HasPrefix(strings.ToLower(k), word) && (near == "" || len(k) < len(near)) {
			near = k
		}
	}
	if near != "" {
		return near
	}
	most := max(1, (len(word)+1)/3)
	for _, k := range known {
		if d := Distance(word, strings.ToLower(k)); d <= most && word != "" {
			near, most = k, d-1
		}
	}
	return near
}

func containing(word string, known []string) (has []string) {
	for _, k := range known {
		if word != "" && strings.Contains(strings.ToLower(k), word) {
			has = append(has, k)
		}
	}
	return has
}

// Distance is the number of letters to change, to put in or to leave out; two letters in the wrong order are one slip.
func Distance(a, b string) int {
	d := levenshtein.ComputeDistance(a, b)
	if d != 2 || len(a) != len(b) {
		return d
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:] {
		return 1
	}
	return d
}

// Hint ends an error about a word that is none of those known. It asks whether the nearest is meant; it is "" where none is near.
func Hint(word string, known []string) string {
	if near := Nearest(strings.TrimSpace(word), known); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}
