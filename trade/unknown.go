package trade

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// UnknownError is text that names nothing known. Suggestions are the nearest names, best first, five at most.
type UnknownError struct {
	What        string // what was looked for, for instance "economy or bloc"
	Text        string
	Suggestions []string
}

func (e *UnknownError) Error() string {
	msg := fmt.Sprintf("unknown %s %q", e.What, e.Text)
	if len(e.Suggestions) > 0 {
		msg += "; did you mean " + strings.Join(e.Suggestions, " or ") + "?"
	}
	return msg
}

// AmbiguousError is a name that several economies share.
type AmbiguousError struct {
	Text        string
	Suggestions []string
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%q is ambiguous; want %s", e.Text, strings.Join(e.Suggestions, " or "))
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

// nearest returns the suggestions whose spelling is near: by edits up to a third of the length, nearest first, then those
// that contain the text.
func nearest(text string, candidates []candidate) []string {
	type scored struct {
		suggestion string
		distance   int
	}
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
