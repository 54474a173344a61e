package study

import (
	"fmt"
	"slices"
	"strings"

	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/trade"
)

// What a dataset lacks is decided here and nowhere else: whether a year has the imports of a party, in whole or in part, and the
// years that a method asks for. Whatever rests on nothing is missing in answers, and each gap has a note.

// coverage says whether a year has the imports of a party.
type coverage struct {
	Status result.Status // Observed, Partial or Missing
	lacks  []string      // labels of those whose imports are missing
}

// CoverageOf looks at what a party imports in a year, of all products.
func (st *Study) CoverageOf(party *trade.Party, year int) coverage {
	c := coverage{Status: result.Missing}
	for _, g := range party.Any {
		part := st.coverageOfGroup(g, year)
		if part.Status != result.Missing {
			c.Status = result.Observed
		}
		c.lacks = append(c.lacks, part.lacks...)
	}
	if c.Status == result.Observed && len(c.lacks) > 0 {
		c.Status = result.Partial
	}
	return c
}

// coverageOfGroup is coverageOf for one economy or bloc. A member that neither exports nor imports is none of that year: its code
// has gone over to another.
func (st *Study) coverageOfGroup(g trade.Group, year int) coverage {
	codes, present := g.Codes(year), st.Dataset.Importers(year)
	switch {
	case codes.Len() == 0: // nobody was a member
		return coverage{Status: result.Missing}
	case codes.Intersect(present).Len() == 0:
		return coverage{result.Missing, []string{g.Label}}
	}
	c := coverage{Status: result.Observed}
	for _, code := range codes.Intersect(st.AbsentCodes(year)).Codes() {
		if label := st.Economies.Label(code); !slices.Contains(c.lacks, label) {
			c.Status, c.lacks = result.Partial, append(c.lacks, label)
		}
	}
	return c
}

// GroupStatus says whether a year has the imports of an economy or bloc, in whole or in part.
func (st *Study) GroupStatus(g trade.Group, year int) result.Status {
	return st.coverageOfGroup(g, year).Status
}

// WindowOf says whether the dataset has the years that a method looks back to from a year.
func (st *Study) WindowOf(m *method.Method, year int) result.Status {
	seen := 0
	for _, y := range st.Have {
		if Within(y, year, m.Persistence.Window) {
			seen++
		}
	}
	switch {
	case seen < m.Persistence.Years: // the criteria cannot have been met often enough
		return result.NotComputable
	case seen < m.Persistence.Window && m.Persistence.Years > 0:
		return result.Partial
	}
	return result.Observed
}

// StatusOf says what the figures of a method for a party in a year rest on; m may be nil where no method is asked.
func (st *Study) StatusOf(m *method.Method, party *trade.Party, year int) result.Status {
	imports := st.CoverageOf(party, year).Status
	if m == nil {
		return imports
	}
	return result.Worst(imports, st.WindowOf(m, year))
}

// Coverage lists what the importers asked for by name lack, in the order of their labels.
func (st *Study) Coverage() (notes []result.Note) {
	for _, party := range st.ImporterSide.Parties {
		if !party.Named {
			continue
		}
		for _, g := range party.Any {
			for _, y := range st.Years {
				switch c := st.coverageOfGroup(g, y); c.Status {
				case result.Missing:
					notes = addYear(notes, result.Note{Kind: result.MissingImports, Status: c.Status, Subject: g.Label}, y)
				case result.Partial:
					notes = addYear(notes, result.Note{Kind: result.IncompleteBloc, Status: c.Status, Subject: g.Label, Members: c.lacks}, y)
				}
			}
		}
	}
	slices.SortStableFunc(notes, func(a, b result.Note) int { return strings.Compare(a.Subject, b.Subject) })
	for i := range notes {
		notes[i].Text = importsText(&notes[i])
	}
	return notes
}

// addYear adds a year to the note of the same kind, or a new note.
func addYear(notes []result.Note, n result.Note, year int) []result.Note {
	for i := range notes {
		if o := &notes[i]; o.Kind == n.Kind && o.Status == n.Status && o.Subject == n.Subject && slices.Equal(o.Members, n.Members) {
			if !slices.Contains(o.Years, year) {
				o.Years = append(o.Years, year)
			}
			return notes
		}
	}
	n.Years = []int{year}
	return append(notes, n)
}

func importsText(n *result.Note) string {
	if n.Kind == result.MissingImports {
		return fmt.Sprintf("%s has no imports in this dataset in %s: they are missing, not zero", n.Subject, YearsText(n.Years))
	}
	return fmt.Sprintf("%s is incomplete in %s: members %s have no imports in this dataset", n.Subject, YearsText(n.Years), strings.Join(n.Members, ", "))
}

// Windows lists the years that the methods asked lack.
func (st *Study) Windows() (notes []result.Note) {
	for _, m := range st.Methods {
		for _, y := range st.Years {
			if s := st.WindowOf(m, y); s != result.Observed {
				notes = addYear(notes, result.Note{Kind: result.MissingYears, Status: s, Subject: m.ID}, y)
			}
		}
	}
	for i := range notes {
		n := &notes[i]
		m := st.Methods[slices.IndexFunc(st.Methods, func(m *method.Method) bool { return m.ID == n.Subject })]
		n.Text = fmt.Sprintf("%s is not computable in %s: it asks for %d of %d %s, and the dataset has fewer", m.ID, YearsText(n.Years), m.Persistence.Years, m.Persistence.Window, st.Unit(m.Persistence.Window))
		if n.Status == result.Partial {
			n.Text = fmt.Sprintf("%s asks for %d of %d %s; in %s the dataset lacks some of them, which count as not met: figures are lower bounds", m.ID, m.Persistence.Years, m.Persistence.Window, st.Unit(m.Persistence.Window), YearsText(n.Years))
		}
	}
	return notes
}

// WorldStatus says whether the world totals of a year asked for have all importers.
func (st *Study) WorldStatus(year int) result.Status {
	if st.absent[year] != nil {
		return result.Partial
	}
	return result.Observed
}
