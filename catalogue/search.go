package catalogue

import (
	"slices"
	"strings"
	"unicode"

	"github.com/agnivade/levenshtein"
)

// What is found by its name comes before what is found otherwise, where both fit as well.
const (
	EconomyWeight = iota
	BlocWeight
	descriptionWeight
	listWeight
	weights
)

// WordsIn are the words of a text in small letters.
func WordsIn(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// Rank says how well a name fits the words searched for: 0 is best, -1 not at all. Each word must begin a word of the name, or differ
// from one by a letter or two. weight is one of the constants above.
func Rank(words []string, name string, weight int) int {
	parts := WordsIn(name)
	total := 0
	for _, w := range words {
		best := rankOfWord(w, parts)
		if best < 0 {
			return -1
		}
		total += best
	}
	return weights*(total+min(len(parts), 12)/4) + weight
}

// Begin says whether each of some words begins one of parts, without a wrong letter.
func Begin(words, parts []string) bool {
	for _, w := range words {
		if !slices.ContainsFunc(parts, func(p string) bool { return strings.HasPrefix(p, w) }) {
			return false
		}
	}
	return true
}

// rankProduct says how well a product fits the words searched for, as Rank does. A word may stand in its description or, less well, in
// the reason for which a list names it, or in the name of its sector there. The last word says what the thing is, as in rare earth
// magnets, and counts three times.
func rankProduct(words, description, reason, sector []string, weight int) int {
	total := 0
	for i, w := range words {
		best := -1
		for place, parts := range [][]string{description, reason, sector} {
			if n := rankOfWord(w, parts); n >= 0 && (best < 0 || n+placePenalty[place] < best) {
				best = n + placePenalty[place]
			}
		}
		if best < 0 {
			return -1
		}
		if i == len(words)-1 && len(words) > 1 {
			best *= 3
		}
		total += best
	}
	return weights*(total+min(len(description), 12)/4) + weight
}

var placePenalty = [...]int{0, 1, 6}

// rankOfWord says how well the best of parts fits a word: an early one and a whole one best; -1 is none.
func rankOfWord(w string, parts []string) int {
	best := -1
	for i, p := range parts {
		n := -1
		switch {
		case p == w:
			n = 0
		case strings.HasPrefix(p, w):
			n = 1
		case len(w) >= 4 && unicode.IsLetter(rune(w[0])) && levenshteinWithin(w, p):
			n = 4
		}
		if n >= 0 {
			if n += min(i, 3); best < 0 || n < best {
				best = n
			}
		}
	}
	return best
}

// levenshteinWithin allows one wrong letter, two in long words. The beginning of a longer word may be meant.
func levenshteinWithin(w, p string) bool {
	most := 1
	if len(w) >= 8 {
		most = 2
	}
	if len(p) > len(w)+most {
		p = p[:len(w)]
	}
	if len(p)+most < len(w) {
		return false
	}
	return levenshtein.ComputeDistance(w, p) <= most
}
