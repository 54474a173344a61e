package brief

import (
	"fmt"
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
	var verdicts []Verdict
	for _, p := range f.Published {
		year, ok := nearestYear(w.years, p.Year)
		if !ok {
			continue
		}
		if math.IsNaN(c.byMethod.at(c.main, year)) {
			f.looksBack(c.main, w.years[0])
			return nil
		}
		label := c.write(p.Value)
		if year != p.Year {
			label += " in " + strconv.Itoa(p.Year)
		}
		f.Numbers = c.numbers(f.Numbers, year, label, year)
		verdicts = append(verdicts, f.compare(c, p, year))
	}
	f.Verdict = agreed(verdicts)
	return nil
}

// compare says how a figure compares with the published one: about as large, within the range of thresholds and definitions, or not.
func (f *Finding) compare(c *counted, p Published, year int) Verdict {
	ours := c.byMethod.at(c.main, year)
	f.say("Published for %d: %s. Here in %d: %s by %s.", p.Year, c.write(p.Value), year, c.write(ours), c.main)
	c.uncertainty(f, year)
	if f.Figure == "" {
		f.Figure = fmt.Sprintf("%s in %d", c.write(ours), year)
	}
	if ours > 0 && p.Value > 0 && math.Abs(math.Log(ours/p.Value)) <= math.Log(close) {
		return Stands
	}
	for _, s := range []*series{c.thresholds, c.byMethod} {
		if s == nil {
			continue
		}
		if low, high := s.span(year); low <= p.Value && p.Value <= high {
			f.say("The published figure is within the range.")
			return InPart
		}
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
			return fault.Questionf("year %q: want a year", text)
		}
	}
	years, _ := w.orderYear(f.Claim)
	return w.ranked(f, orElse(f.With["method"], study.DefaultMethod), years[0])
}

// ranked counts by all definitions, and sees whether each has the importers in the order in which the claim names them: that of the
// rows.
func (w *work) ranked(f *Finding, main string, year int) error {
	column := orElse(f.With["column"], countedColumn)
	t, err := w.ask(f, "count", "importers", f.With["importers"], "partners", f.With["partners"], "method", "all", "years", strconv.Itoa(year))
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
		return fault.Questionf("importers %q: want at least two, in the order claimed", f.With["importers"])
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
	if values[main] == nil {
		f.looksBack(main, w.years[0])
		return nil
	}
	agree := 0
	f.Numbers = &Numbers{Head: []string{"Importer", "Here, by " + main + ", " + strconv.Itoa(year), "All " + strconv.Itoa(len(values)) + " definitions"}}
	for _, v := range values {
		if falling(v) {
			agree++
		}
	}
	var words []string
	for i, l := range labels {
		low, high := math.Inf(1), math.Inf(-1)
		for _, v := range values {
			low, high = min(low, v[i]), max(high, v[i])
		}
		f.Numbers.Rows = append(f.Numbers.Rows, []string{l, write(values[main][i]), write(low) + " to " + write(high)})
		words = append(words, l+" "+write(values[main][i]))
	}
	f.Figure = strings.Join(words, ", ") + ", " + strconv.Itoa(year)
	f.say("By %s in %d: %s.", main, year, strings.Join(words, ", "))
	f.say("%d of %d definitions have this order.", agree, len(values))
	as := falling(values[main])
	share := float64(agree) / float64(len(values))
	switch {
	case as && share >= most:
		f.Verdict = Stands
	case !as && share <= 1-most:
		f.Verdict = Falls
	default:
		f.Verdict = InPart
	}
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
