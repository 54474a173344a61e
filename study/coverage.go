package study

import (
	"encoding/json"
	"fmt"
	"math"
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
	Status result.Status // Computed, Incomplete or NoImports
	lacks  []string      // labels of those whose imports are missing
}

// CoverageOf looks at what a party imports in a year, of all products.
func (st *Study) CoverageOf(party *trade.Party, year int) coverage {
	c := coverage{Status: result.NoImports}
	for _, g := range party.Any {
		part := st.coverageOfGroup(g, year)
		if part.Status != result.NoImports {
			c.Status = result.Computed
		}
		c.lacks = append(c.lacks, part.lacks...)
	}
	if c.Status == result.Computed && len(c.lacks) > 0 {
		c.Status = result.Incomplete
	}
	return c
}

// coverageOfGroup is coverageOf for one economy or bloc. A member that neither exports nor imports is none of that year: its code
// has gone over to another.
func (st *Study) coverageOfGroup(g trade.Group, year int) coverage {
	codes, present := g.Codes(year), st.Dataset.Importers(year)
	switch {
	case codes.Len() == 0: // nobody was a member
		return coverage{Status: result.NoImports}
	case codes.Intersect(present).Len() == 0:
		return coverage{result.NoImports, []string{g.Label}}
	}
	c := coverage{Status: result.Computed}
	for _, code := range codes.Intersect(st.Dataset.Exporters(year)).Minus(present).Codes() {
		if label := st.Economies.Label(code); label != g.Label {
			c.Status = result.Incomplete
			c.lacks = append(c.lacks, label)
		}
	}
	return c
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
		return result.ShortWindow
	}
	return result.Computed
}

// StatusOf says what the figures of a method for a party in a year rest on; m may be nil where no method is asked.
func (st *Study) StatusOf(m *method.Method, party *trade.Party, year int) result.Status {
	imports, window := st.CoverageOf(party, year).Status, result.Computed
	if m != nil {
		window = st.WindowOf(m, year)
	}
	for _, s := range []result.Status{result.NoImports, result.NotComputable, result.Incomplete, result.ShortWindow} {
		if s == imports || s == window {
			return s
		}
	}
	return result.Computed
}

// Coverage lists the gaps of the importers asked for by name, in the order of their labels.
func (st *Study) Coverage() (gaps []result.Gap) {
	for _, party := range st.ImporterSide.Parties {
		if !party.Named {
			continue
		}
		for _, g := range party.Any {
			for _, y := range st.Years {
				c := st.coverageOfGroup(g, y)
				if c.Status == result.NoImports {
					c.lacks = nil
				}
				if c.Status != result.Computed {
					gaps = addGap(gaps, c.Status, g.Label, y, c.lacks)
				}
			}
		}
	}
	slices.SortStableFunc(gaps, func(a, b result.Gap) int { return strings.Compare(a.Subject, b.Subject) })
	for i := range gaps {
		gaps[i].Note = importsNote(&gaps[i])
	}
	return gaps
}

// addGap adds a year to the gap of the same kind, or a new gap.
func addGap(gaps []result.Gap, status result.Status, subject string, year int, members []string) []result.Gap {
	for i := range gaps {
		if g := &gaps[i]; g.Status == status && g.Subject == subject && slices.Equal(g.Members, members) {
			if !slices.Contains(g.Years, year) {
				g.Years = append(g.Years, year)
			}
			return gaps
		}
	}
	return append(gaps, result.Gap{Status: status, Subject: subject, Years: []int{year}, Members: members})
}

func importsNote(g *result.Gap) string {
	if g.Status == result.NoImports {
		return fmt.Sprintf("%s has no imports "+inDataset+" in %s: they are missing, not zero", g.Subject, YearsText(g.Years))
	}
	return fmt.Sprintf("%s is incomplete in %s: members %s have no imports "+inDataset, g.Subject, YearsText(g.Years), strings.Join(g.Members, ", "))
}

// Windows lists the gaps of the methods asked.
func (st *Study) Windows() (gaps []result.Gap) {
	for _, m := range st.Methods {
		for _, y := range st.Years {
			if s := st.WindowOf(m, y); s != result.Computed {
				gaps = addGap(gaps, s, m.ID, y, nil)
			}
		}
	}
	for i := range gaps {
		g := &gaps[i]
		m := st.Methods[slices.IndexFunc(st.Methods, func(m *method.Method) bool { return m.ID == g.Subject })]
		g.Note = fmt.Sprintf("%s is not computable in %s: it asks for %d of %d %s, and the dataset has fewer", m.ID, YearsText(g.Years), m.Persistence.Years, m.Persistence.Window, st.Unit(m.Persistence.Window))
		if g.Status == result.ShortWindow {
			g.Note = fmt.Sprintf("%s asks for %d of %d %s; in %s the dataset lacks some of them, which count as not met: figures are lower bounds", m.ID, m.Persistence.Years, m.Persistence.Window, st.Unit(m.Persistence.Window), YearsText(g.Years))
		}
	}
	return gaps
}

// NoteGaps adds gaps and their notes to a table.
func NoteGaps(t *result.Table, gaps ...result.Gap) {
	for _, g := range gaps {
		if !slices.Contains(t.Notes, g.Note) {
			t.Gaps, t.Notes = append(t.Gaps, g), append(t.Notes, g.Note)
		}
	}
}

// Gaps says which economies the ingest found to export without importing anything: what they buy is missing in the
// exports of all others, and so in world totals and shares.
func (st *Study) Gaps() []string {
	var report struct {
		Gaps []struct {
			Economy string  `json:"economy"`
			Years   []int   `json:"years"`
			Exports float64 `json:"exports_usd"`
		} `json:"exporters_without_imports"`
	}
	m := st.Dataset.Manifest()
	if len(m.Report) == 0 || json.Unmarshal(m.Report, &report) != nil {
		return nil // an ingest of another version
	}
	var labels []string
	for _, g := range report.Gaps {
		if g.Exports >= minGap*m.ValueUSD && slices.ContainsFunc(g.Years, func(y int) bool { return slices.Contains(st.Years, y) }) {
			labels = append(labels, g.Economy)
		}
	}
	if len(labels) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("the imports of %s are missing "+inDataset+": world exports and shares in them lack what these buy", strings.Join(labels, ", "))}
}

// minGap is the share of the dataset's value that an exporter without imports must have to be mentioned.
const minGap = 0.001

// TellsGap says that a note is about economies whose imports a dataset lacks: whoever shows the figures must show it too.
func TellsGap(note string) bool { return strings.Contains(note, inDataset) }

// TellsIncomplete says that a note is about importers asked for whose imports are missing, in whole or in part.
func TellsIncomplete(note string) bool { return strings.Contains(note, "no imports "+inDataset) }

// inDataset is in every note on imports that are missing.
const inDataset = "in this dataset"

// OrMissing is a count where it rests on something.
func OrMissing(s result.Status, n int) int {
	if !s.Answers() {
		return result.MissingInt
	}
	return n
}

// OrNaN is a number where it rests on something.
func OrNaN(s result.Status, x float64) float64 {
	if !s.Answers() {
		return math.NaN()
	}
	return x
}
