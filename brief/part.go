package brief

import (
	"fmt"
	"slices"
	"strings"
)

// Part is one assertion of a claim, with a verdict of its own: the fall and the level of a count, one sector of several, one outcome.
type Part struct {
	What    string // a noun: "the fall", "Aerospace equipment as dependent"
	Verdict Verdict
	Detail  string // the figures, or why the dataset cannot tell
}

// String says how the assertion fares, in a sentence without its end.
func (p Part) String() string {
	text := p.Short()
	if p.Detail != "" {
		text += " (" + p.Detail + ")"
	}
	return text
}

// Short is the assertion and its verdict alone.
func (p Part) Short() string { return p.What + " " + p.Verdict.Short() }

// Slug is the verdict as a class of CSS.
func (p Part) Slug() string { return p.Verdict.slug() }

// Short is the verdict for a line of a summary.
func (v Verdict) Short() string {
	switch v {
	case Unsaid:
		return "cannot be said"
	case NoNumber:
		return "not a matter of trade data"
	case Untested:
		return "illustrated, not tested"
	}
	return string(v)
}

func (v Verdict) slug() string { return strings.ReplaceAll(string(v), " ", "-") }

// part adds an assertion and its verdict.
func (f *Finding) part(what string, v Verdict, format string, args ...any) {
	f.Parts = append(f.Parts, Part{what, v, fmt.Sprintf(format, args...)})
}

// untold adds an assertion of which the dataset cannot tell, and why.
func (f *Finding) untold(what, because, settle string) {
	f.part(what, Unsaid, "%s", because)
	f.cannot(because, settle)
}

// conclude gives the claim the verdict of its assertions: that of all, where they agree; in part, where they do not. Where the dataset
// cannot tell of one, it cannot tell of the claim: what is missing might turn it.
func (f *Finding) conclude() {
	if f.Verdict == "" && len(f.Parts) > 0 {
		f.Verdict = f.Parts[0].Verdict
		if slices.ContainsFunc(f.Parts, func(p Part) bool { return p.Verdict != f.Verdict }) {
			f.Verdict = InPart
		}
	}
}

// forgetParts takes back the verdicts of assertions that rest on what the dataset lacks.
func (f *Finding) forgetParts() {
	for i := range f.Parts {
		f.Parts[i].Verdict, f.Parts[i].Detail = Unsaid, ""
	}
}

// Several says that the claim has assertions whose verdicts go with its own: more than one, and not all of them unsaid.
func (f *Finding) Several() bool {
	return len(f.Parts) > 1 && f.Failure == "" && slices.ContainsFunc(f.Parts, func(p Part) bool { return p.Verdict != Unsaid })
}

// told are the assertions in words, those of which the dataset cannot tell left out where why is said otherwise.
func (f *Finding) told() string {
	var words []string
	for _, p := range f.Parts {
		if f.Because == "" || p.Verdict != Unsaid {
			words = append(words, p.String())
		}
	}
	return strings.Join(words, "; ")
}

// Outline lists the assertions and their verdicts for a line of a summary: all where they are few, else how many
// stand; "" where they are as the claim.
func (f *Finding) Outline() string {
	switch {
	case !f.Several() || !slices.ContainsFunc(f.Parts, func(p Part) bool { return p.Verdict != f.Verdict }):
		return ""
	case len(f.Parts) > 3:
		return f.asClaimed()
	}
	var list []string
	for _, p := range f.Parts {
		list = append(list, p.Short())
	}
	return strings.Join(list, "; ")
}

// asClaimed says how many of the assertions stand.
func (f *Finding) asClaimed() string {
	n := 0
	for _, p := range f.Parts {
		if p.Verdict == Stands {
			n++
		}
	}
	return fmt.Sprintf("%d of %d as claimed", n, len(f.Parts))
}
