package brief

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/fault"
	"chokepoint/method"
	"chokepoint/study"
)

// level weighs a published count of one year or of several: whether it is about as large here.
func (w *work) level(f *Finding) error {
	c, err := w.count(f)
	if err != nil {
		return err
	}
	f.Plot = c.plot(f)
	if years, yearless := w.publishedYears(f.Claim); yearless != nil {
		f.lastOf(c, years[0])
		return nil
	}
	w.levels(f, c)
	w.newer(f, c)
	return nil
}

// levels holds the published figures against ours, those of years that the dataset has or has one near: together they are one assertion.
func (w *work) levels(f *Finding, c *counted) {
	var verdicts []Verdict
	var details []string
	for _, p := range f.Published {
		year, ok := nearestYear(w.years, p.Year)
		if !ok {
			f.Numbers = c.numbers(f.Numbers, p.Year, c.write(p.Value), 0)
			continue
		}
		ours := c.byMethod.at(c.main, year)
		if math.IsNaN(ours) {
			f.untold("the level", c.looksBack(w.years[0]), beginsBefore(w.years[0]))
			return
		}
		label, in := c.write(p.Value), strconv.Itoa(year)
		if year != p.Year {
			label += " in " + strconv.Itoa(p.Year)
		}
		f.Numbers = c.numbers(f.Numbers, year, label, year)
		verdicts = append(verdicts, f.compare(c, p, year))
		details = append(details, fmt.Sprintf("%s in %s, published %s", c.write(ours), in, label))
	}
	if len(verdicts) > 0 {
		f.part("the level", agreed(verdicts), "%s", strings.Join(details, "; "))
	}
}

// compare says how a figure compares with the published one: about as large, within the range of the thresholds of the definition, or
// not. That another definition gives the figure does not make it that of this one.
func (f *Finding) compare(c *counted, p Published, year int) Verdict {
	ours := c.byMethod.at(c.main, year)
	newer := ""
	if year > p.Year {
		newer = ", a newer year"
	}
	f.say("Published for %d: %s. Here in %d%s: %s by %s.", p.Year, c.write(p.Value), year, newer, c.write(ours), c.main)
	if f.Kind == "level" { // a trend has the ranges in its small table
		c.uncertainty(f, year)
	}
	if f.Figure == "" {
		f.Figure = fmt.Sprintf("%s in %d", c.write(ours), year)
	}
	within := func(s *series) bool {
		low, high := s.span(year)
		return low <= p.Value && p.Value <= high
	}
	switch {
	case ours > 0 && p.Value > 0 && math.Abs(math.Log(ours/p.Value)) <= math.Log(close):
		return Stands
	case c.thresholds != nil && within(c.thresholds):
		f.say("The published figure is within the range of thresholds.")
		return InPart
	case within(c.byMethod):
		f.say("Another definition gives as many; %s does not.", c.main)
	}
	return Falls
}

// agreed is what several verdicts have in common.
func agreed(verdicts []Verdict) Verdict {
	for _, v := range verdicts {
		if v != verdicts[0] {
			return InPart
		}
	}
	return verdicts[0]
}

// order weighs the claim that importers come in an order, the most dependent first, in the last year or in one that is named.
func (w *work) order(f *Finding) error {
	if text := f.With["year"]; text != "" {
		if _, err := strconv.Atoi(text); err != nil {
			return fault.Questionf("year %q: expected a year", text)
		}
	}
	years, _ := w.orderYear(f.Claim)
	return w.ranked(f, orElse(f.With["method"], study.DefaultMethod), years[0])
}

// ranked counts by all definitions, and sees whether each has the importers in the order in which the claim names them: that of the
// rows.
func (w *work) ranked(f *Finding, main string, year int) error {
	column := orElse(f.With["column"], countedColumn)
	t, err := w.ask(f, "count", "importers", f.With["importers"], "partners", f.With["partners"], "method", distinct(main), "years", strconv.Itoa(year))
	if err != nil {
		return err
	}
	number, ok := counts.Number(column)
	if !ok {
		return noNumber("count", column)
	}
	_, write := writes(headOf(counts.Columns(), column))
	rows := counts.Rows(t)
	var labels []string
	for i := range rows {
		labels = appendNew(labels, rows[i].Importer)
	}
	if len(labels) < 2 {
		return fault.Questionf("importers %q: expected at least two, in the order claimed", f.With["importers"])
	}
	values := map[string][]float64{} // by method, in the order of labels
	for i := range rows {
		r := &rows[i]
		if values[r.Method] == nil {
			values[r.Method] = make([]float64, len(labels))
		}
		values[r.Method][slices.Index(labels, r.Importer)] += number(r)
	}
	for _, m := range method.Builtin() {
		if year-m.Persistence.Window+1 < w.years[0] {
			delete(values, m.ID) // it looks back further than the dataset goes
		}
	}
	for id, v := range values {
		if slices.ContainsFunc(v, math.IsNaN) || !applicable(id, main, w.worldMissing) {
			delete(values, id)
		}
	}
	if values[main] == nil {
		f.cannot((&counted{main: main}).looksBack(w.years[0]), beginsBefore(w.years[0]))
		return nil
	}
	ids := slices.Sorted(maps.Keys(values))
	agree := 0
	f.Numbers = &Numbers{Head: []string{"Importer", "Here, by " + main + ", " + strconv.Itoa(year), strconv.Itoa(len(ids)) + " distinct definitions"}}
	for _, id := range ids {
		if falling(values[id]) {
			agree++
		}
	}
	var words []string
	for i, l := range labels {
		low, high := math.Inf(1), math.Inf(-1)
		for _, id := range ids {
			low, high = min(low, values[id][i]), max(high, values[id][i])
		}
		f.Numbers.Rows = append(f.Numbers.Rows, []string{l, write(values[main][i]), write(low) + " to " + write(high)})
		words = append(words, l+" "+write(values[main][i]))
	}
	f.Figure = strings.Join(words, ", ") + ", " + strconv.Itoa(year)
	f.say("By %s in %d: %s.", main, year, strings.Join(words, ", "))
	f.say("%d of %d distinct definitions have this order.", agree, len(ids))
	as := falling(values[main])
	share := float64(agree) / float64(len(ids))
	verdict := InPart
	switch {
	case as && share >= most:
		verdict = Stands
	case !as && share <= 1-most:
		verdict = Falls
	}
	f.part("the order", verdict, "%s; %d of %d distinct definitions", strings.Join(words, ", "), agree, len(ids))
	return nil
}

// falling says that each value is below the one before it.
func falling(values []float64) bool {
	for i := 1; i < len(values); i++ {
		if values[i] >= values[i-1] {
			return false
		}
	}
	return true
}
