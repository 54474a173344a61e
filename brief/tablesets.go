package brief

import (
	"fmt"
	"slices"

	"chokepoint/analysis"
	"chokepoint/result"
	"chokepoint/study"
)

// A measure may take its number from input-output tables, which stand beside the dataset. They have years of their own, and come late: what
// they do not reach is no finding.

// ofTables says whether a claim asks input-output tables.
func (c *Claim) ofTables() bool {
	q, ok := analysis.QuestionOf(c.With["question"])
	return ok && q.Tables
}

// tableSpan are the years in which a claim looks at a set of tables. It goes on to the last year of the dataset, as other claims do; where
// that is no later than the first year of the claim, to the last of the set.
func (w *work) tableSpan(c *Claim, e expectation, set *study.TableSet) (from, to int, err error) {
	if !e.change() {
		if from, to, err = c.measureSpan(e, set.Years); c.With["to"] == "" && len(c.Published) == 0 {
			to = w.lastYear()
		}
		return from, to, err
	}
	from, to, err = c.measureSpan(e, []int{set.Years[0], max(w.lastYear(), set.Years[0])})
	if to <= from && c.With["to"] == "" {
		to = max(from, set.Years[len(set.Years)-1])
	}
	return from, to, err
}

// tableYears are those of a set that stand for the years of a claim; ok where they do.
func (w *work) tableYears(c *Claim, e expectation, set *study.TableSet) (years []int, ok bool, err error) {
	from, to, err := w.tableSpan(c, e, set)
	if err != nil {
		return nil, false, err
	}
	last, ok := nearestYear(set.Years, to)
	if !e.change() {
		return []int{last}, ok, nil
	}
	first, near := nearestYear(set.Years, from)
	if first >= last {
		return []int{last}, false, nil
	}
	return []int{first, last}, ok && near, nil
}

// chooseSet finds the set of tables of a claim: the one that it names, else one that has its years, the latest and largest first. Made-up
// tables are for made-up datasets alone. It is nil where there is none.
func (w *work) chooseSet(c *Claim, e expectation) (*study.TableSet, error) {
	sets, err := w.held.TableSets()
	if err != nil {
		return nil, err
	}
	var fits []*study.TableSet
	for i := range sets {
		if s := &sets[i]; s.Synthetic == w.held.About().Synthetic && (c.Ask["tables"] == "" || c.Ask["tables"] == s.Name) {
			fits = append(fits, s)
		}
	}
	slices.SortStableFunc(fits, (*study.TableSet).ByYears)
	for _, s := range fits {
		if _, ok, err := w.tableYears(c, e, s); ok || err != nil {
			return s, err
		}
	}
	if len(fits) == 0 {
		return nil, nil
	}
	return fits[0], nil
}

// tableDoubts says why the tables cannot tell of a claim. Products, importers and exporters of the dataset have no part in it.
func (w *work) tableDoubts(c *Claim) ([]doubt, []string, error) {
	w.set = nil
	e, err := parseExpect(c.With["expect"])
	if err != nil {
		return nil, nil, nil // the kind says it
	}
	set, err := w.chooseSet(c, e)
	if err != nil {
		return nil, nil, err
	}
	if set == nil {
		settle := "input-output tables (`chokepoint tables ingest FILE…`)"
		if from := c.With["from"]; from != "" {
			settle = fmt.Sprintf("input-output tables that reach beyond %s (`chokepoint tables ingest FILE…`)", from)
		}
		because := "there are no input-output tables"
		if name := c.Ask["tables"]; name != "" {
			because = fmt.Sprintf("there are no input-output tables %s", name)
		}
		return []doubt{{because: because, settle: settle, nothing: true}}, nil, nil
	}
	years, ok, err := w.tableYears(c, e, set)
	if err != nil {
		return nil, nil, nil // the kind says it
	}
	w.set, w.setYears = set, years
	if ok {
		return nil, nil, nil
	}
	from, to, _ := w.tableSpan(c, e, set)
	because, settle := fmt.Sprintf("the input-output tables %s have %s", set.Name, yearList(set.Years)), fmt.Sprintf("input-output tables with a year near %d", to)
	switch {
	case !e.change():
		because += fmt.Sprintf(", and no year near %d", to)
	case to > from:
		because += fmt.Sprintf(", and a change takes years near %d and near %d", from, to)
		settle = fmt.Sprintf("input-output tables with years near %d and near %d", from, to)
	default:
		because += fmt.Sprintf(", and a change since %d takes a later year", from)
		settle = fmt.Sprintf("input-output tables with a year near %d and a later one", from)
	}
	return []doubt{{because: because, settle: settle}}, nil, nil
}

// sayTables says which tables figures are from.
func (w *work) sayTables(f *Finding, t *result.Table) {
	source := ""
	if t.Provenance.Source != "" {
		source = " (" + t.Provenance.Source + ")"
	}
	f.say("They are from the input-output tables %s%s, which have %s.", w.set.Name, source, yearList(w.set.Years))
}
