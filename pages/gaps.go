package pages

import (
	"slices"
	"strings"

	"chokepoint/result"
	"chokepoint/trade"
)

// A page says above its figures what they lack, and shows none where the dataset has nothing to make them of. The gaps come with the
// answers: nothing here looks at the data.

// unanswered says why a row has no figures; "" where it has.
func (v *pageRequest) unanswered(a *answer, status result.Status, importer string, year int) string {
	switch status {
	case result.Missing:
		return v.noImports(importer, year)
	case result.NotComputable:
		return v.notComputable(a, year)
	}
	return ""
}

// noImports is the sentence about an importer whose imports the dataset lacks.
func (v *pageRequest) noImports(importer string, year int) string {
	names, depends := v.namesOf(importer), " depends"
	if strings.Contains(importer, ",") {
		depends = " depend"
	}
	return "The dataset has no imports of " + names + " in " + periodText(year) + ": they are missing, not zero. So it cannot say what " + names + depends + " on."
}

// nobodyImports is the sentence about an answer of which every importer lacks imports; "" where some have them or all were asked.
func (v *pageRequest) nobodyImports(a *answer, year int) string {
	var names []string
	for _, g := range a.Notes {
		if g.Kind == result.MissingImports && slices.Contains(g.Years, year) {
			names = append(names, g.Subject)
		}
	}
	asked := a.given["importers"]
	if len(names) == 0 || asked == "" || len(names) < 1+strings.Count(asked, ",") {
		return ""
	}
	return v.noImports(strings.Join(names, ","), year)
}

// emptyText stands in place of the rows of an answer that has none.
func (v *pageRequest) emptyText(a *answer) string {
	if year, err := v.year(); err == nil && a.Rows() == 0 {
		if text := v.nobodyImports(a, year); text != "" {
			return text
		}
	}
	return "No product meets the definition."
}

// notComputable are the sentences about definitions that ask for more years than the dataset has; "" where none does.
func (v *pageRequest) notComputable(a *answer, year int) string {
	var texts []string
	for _, g := range a.Notes {
		if g.Kind == result.MissingYears && g.Status == result.NotComputable && slices.Contains(g.Years, year) {
			texts = append(texts, v.ofDefinition(&g, g.Text)+".")
		}
	}
	return strings.Join(texts, " ")
}

// ofDefinition is a text about a definition that begins with its id, with its name in place of that.
func (v *pageRequest) ofDefinition(n *result.Note, text string) string {
	return "The definition " + v.definitionName(n.Subject) + strings.TrimPrefix(text, n.Subject)
}

func (v *pageRequest) incompleteText(n *result.Note) string {
	return upperFirst(v.inSentence(n.Subject)) + " is incomplete in " + yearsText(n.Years) + ": the dataset has no imports of " + listed(v.inSentences(n.Members)) + ". The figures here cover only its other members."
}

// yearsText writes ascending years for people, runs of them shortened.
func yearsText(years []int) string {
	var list []string
	for _, r := range trade.RangesOf(years) {
		list = append(list, strings.Replace(r.String(), ":", "–", 1))
	}
	return strings.Join(list, ", ")
}

// lacking adds to the note of a figure which economies are not in it, because the dataset has no imports of them.
func lacking(note string, a *answer) string {
	if a.without == "" {
		return note
	}
	return note + " The purchases of " + a.without + " are missing from the dataset."
}
