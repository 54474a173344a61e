package trade

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"

	"chokepoint/spelling"
)

// UnknownError is text that names nothing known. Suggestions are the nearest names, best first, five at most.
type UnknownError struct {
	What        string // what was looked for, for instance "economy or bloc"
	Text        string
	Suggestions []string
	Expected    string // what is known, in words; said where nothing is suggested
}

func (e *UnknownError) Error() string {
	msg := fmt.Sprintf("unknown %s %q", e.What, e.Text)
	switch {
	case len(e.Suggestions) > 0:
		msg += "; did you mean " + strings.Join(e.Suggestions, " or ") + "?"
	case e.Expected != "":
		msg += "; expected " + e.Expected
	}
	return msg
}

// AmbiguousError is a name that several economies share.
type AmbiguousError struct {
	Text        string
	Suggestions []string
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%q is ambiguous; expected %s", e.Text, strings.Join(e.Suggestions, " or "))
}

// AbsentError is an economy that exists but is not in the code list of the release.
type AbsentError struct {
	Text   string // as asked for
	Label  string // ISO3
	Name   string
	Within string // the economy of the release that its trade is part of; empty where there is none
	Never  bool   // it has no code of its own in any release
}

func (e *AbsentError) Error() string {
	msg := fmt.Sprintf("%s (%s) is not in the code list of this release", e.Label, e.Name)
	switch {
	case e.Within != "":
		msg += "; its trade is part of " + e.Within
	case e.Never:
		msg += ", nor of any other release of BACI"
	}
	return msg
}

const maxSuggestions = 5

// candidate is a spelling that could have been meant and what to suggest for it.
type candidate struct{ spelling, suggestion string }

// plausible returns the suggestions whose spelling may be what the text means: each word of the text stands for a word of the
// spelling, but for a slip of the pen. A country whose name only looks alike is not suggested: from "Taiwan, China" nothing
// leads to China. Nearest first.
func plausible(text string, candidates []candidate) []string {
	const longest = 80 // no name is longer; keeps the distance cheap
	text = fold(text, false)
	if text == "" || len(text) > longest {
		return nil
	}
	var hits []scored
	whole := false
	for _, c := range candidates {
		if d, ok := slips(text, fold(c.spelling, false)); ok {
			hits = append(hits, scored{c.suggestion, d})
			whole = whole || d < partly
		}
	}
	if whole {
		hits = slices.DeleteFunc(hits, func(h scored) bool { return h.distance >= partly })
	}
	return best(hits)
}

// partly is from where on slips are those of a part of the spelling.
const partly = 100

// slips counts what has to be mended in a text to read it as what is written, or as some words of it.
func slips(text, written string) (n int, ok bool) {
	if d := spelling.Distance(oneWord(text), oneWord(written)); d <= 1 && len(text) > 3 {
		return d, true
	}
	words, of := strings.Fields(text), strings.Fields(written)
	for _, w := range words {
		least := -1
		for _, x := range of {
			if d := wordSlips(w, x); d >= 0 && (least < 0 || d < least) {
				least = d
			}
		}
		if least < 0 {
			return 0, false
		}
		n += 10 * least
	}
	return partly + n + max(0, len(of)-len(words)), true
}

// wordSlips counts the slips in a word, -1 where it is another word. Half a word is enough: "Germ".
func wordSlips(w, x string) int {
	most := 0
	switch n := utf8.RuneCountInString(w); {
	case n >= 8:
		most = 2
	case n >= 4:
		most = 1
	}
	if d := spelling.Distance(w, x); d <= most && max(len(w), len(x))-min(len(w), len(x)) <= 1 {
		return d
	}
	if len(w) >= 3 && strings.HasPrefix(x, w) {
		return 1
	}
	return -1
}

// scored is a suggestion and how far it is.
type scored struct {
	suggestion string
	distance   int
}

// nearest returns the suggestions whose spelling is near: by edits up to a third of the length, nearest first, then those
// that contain the text.
func nearest(text string, candidates []candidate) []string {
	const longest = 80 // no name is longer; keeps the distance cheap
	text = fold(text, false)
	runes := utf8.RuneCountInString(text)
	if text == "" || runes > longest {
		return nil
	}
	limit := max(1, (runes+1)/3)
	var hits []scored
	for _, c := range candidates {
		spelling := fold(c.spelling, false)
		switch d := levenshtein.ComputeDistance(text, spelling); {
		case d <= limit:
			hits = append(hits, scored{c.suggestion, d})
		case runes >= 4 && strings.Contains(spelling, text):
			hits = append(hits, scored{c.suggestion, limit + d})
		}
	}
	return best(hits)
}

// best are the first suggestions, each once.
func best(hits []scored) []string {
	slices.SortStableFunc(hits, func(a, b scored) int {
		return cmp.Or(a.distance-b.distance, strings.Compare(a.suggestion, b.suggestion))
	})
	var list []string
	for _, h := range hits {
		if !slices.Contains(list, h.suggestion) && len(list) < maxSuggestions {
			list = append(list, h.suggestion)
		}
	}
	return list
}
