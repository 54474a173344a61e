package brief

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/analysis"
	"chokepoint/chart"
	"chokepoint/fault"
	"chokepoint/result"
	"chokepoint/study"
)

// expectation is what a measure should do: rise or fall between two years, or lie above, below or about a bound in the last.
type expectation struct {
	word  string
	bound float64
}

func parseExpect(text string) (e expectation, err error) {
	word, number, bounded := strings.Cut(text, " ")
	e.word = word
	if bounded {
		e.bound, err = strconv.ParseFloat(strings.TrimSpace(number), 64)
	}
	if bounded == (word == "rises" || word == "falls") || err != nil || !slices.Contains([]string{"rises", "falls", "above", "below", "about"}, word) {
		return e, fault.Questionf("expect %q: want rises, falls, or above, below or about with a number", text)
	}
	return e, nil
}

// least is by which part a measure must change to rise or fall: less is no finding.
const least = 0.01

// change says that it takes two years.
func (e expectation) change() bool { return e.word == "rises" || e.word == "falls" }

// met says whether a value is as expected; before is that of the first year.
func (e expectation) met(before, x float64) bool {
	moved := math.Abs(x-before) >= least*max(math.Abs(x), math.Abs(before))
	switch e.word {
	case "rises":
		return x > before && moved
	case "falls":
		return x < before && moved
	case "above":
		return x > e.bound
	case "below":
		return x < e.bound
	}
	return x*e.bound > 0 && math.Abs(math.Log(x/e.bound)) <= math.Log(close)
}

// measured is one number of a question over the years, for one of the things that its rows tell apart.
type measured struct {
	name   string
	years  []int
	values []float64
}

// measuredIn collects a column: rows selected by values of other columns, a line for each value of the columns by.
func measuredIn(t *result.Table, column *result.Column, by []*result.Column, rows map[string]string) (list []*measured, err error) {
	years := t.Column("year")
	for i := range t.Rows() {
		if !selected(t, i, rows) || math.IsNaN(column.Number(i)) || math.IsInf(column.Number(i), 0) {
			continue
		}
		var names []string
		for _, c := range by {
			names = append(names, c.Exact(i))
		}
		name, year := strings.Join(names, ", "), 0
		if years != nil {
			year = int(years.Int[i])
		}
		k := slices.IndexFunc(list, func(m *measured) bool { return m.name == name })
		if k < 0 {
			k = len(list)
			list = append(list, &measured{name: name})
		}
		if slices.Contains(list[k].years, year) {
			return nil, fault.Questionf("%s has several rows for %q in %d: tell them apart with by, or choose some with rows", t.Name, name, year)
		}
		list[k].years, list[k].values = append(list[k].years, year), append(list[k].values, column.Number(i))
	}
	return list, nil
}

// selected says whether a row has one of the values asked for in every column that is named.
func selected(t *result.Table, row int, rows map[string]string) bool {
	for name, values := range rows {
		found := false
		for value := range strings.SplitSeq(values, ",") {
			found = found || t.Column(name).Exact(row) == strings.TrimSpace(value)
		}
		if !found {
			return false
		}
	}
	return true
}

// measure weighs the claim that a number of any question rises or falls between two years or lies somewhere in the last, for
// each of the things that its rows tell apart.
func (w *work) measure(f *Finding) error {
	expect, err := parseExpect(f.With["expect"])
	if err != nil {
		return err
	}
	t, column, list, err := w.measured(f)
	if err != nil {
		return err
	}
	unit, write := writes(column)
	if len(list) == 0 {
		f.cannot(f.numberless(t))
		return nil
	}
	from, to, err := f.span(w.years[0], w.years[len(w.years)-1])
	if err != nil {
		return err
	}
	f.Numbers = &Numbers{Head: []string{"", "Year", "Here", "Year", "Here"}}
	if !expect.change() {
		f.Numbers.Head = f.Numbers.Head[:3]
	}
	as, asked := 0, 0
	for _, m := range list {
		if met, ok := f.weighOne(m, expect, from, to, write); ok {
			asked++
			as += met
		}
	}
	switch {
	case asked == 0:
		f.cannot(fmt.Sprintf("it has %s, so that it shows no change", yearsOf(w.years)), "a dataset of several years")
	case as == asked:
		f.Verdict = Stands
	case as == 0:
		f.Verdict = Falls
	default:
		f.Verdict = InPart
	}
	if asked > 1 {
		f.say("As claimed: %d of %d.", as, asked)
	}
	if q, _ := analysis.QuestionOf(f.With["question"]); slices.ContainsFunc(q.Parameters, func(p study.Parameter) bool { return p.Name == "method" }) {
		f.say("By the definition %s alone.", orElse(f.Ask["method"], study.DefaultMethod))
	} else {
		f.say("No definition of dependency and no threshold enters these figures.")
	}
	f.Plot = measuredPlot(f, list, w.years, unit, write)
	return nil
}

// measured asks the question that a claim takes numbers from, and collects them.
func (w *work) measured(f *Finding) (t *result.Table, column *result.Column, list []*measured, err error) {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(f.Ask)) {
		pairs = append(pairs, name, f.Ask[name])
	}
	if t, err = w.ask(f, f.With["question"], pairs...); err != nil {
		return nil, nil, nil, err
	}
	column, by, err := f.columns(t)
	if err == nil {
		list, err = measuredIn(t, column, by, f.Rows)
	}
	return t, column, list, err
}

// numberless says why a question gives no number, and what would give one: a file that was not named, years, or else.
func (f *Finding) numberless(t *result.Table) (because, settle string) {
	switch column := t.Column(f.With["column"]); {
	case f.With["question"] == "firms":
		return "no register of firms is named (--register FILE)", "a register of firms"
	case strings.Contains(column.Description, "--macro"):
		return "it is about trade, and no series of the economy is named that has these years (--macro FILE)", "a file with that series"
	case f.With["question"] == "displacement":
		return "what changes in third markets takes two years", "a dataset of several years"
	}
	return fmt.Sprintf("it gives no number for %s under %s", f.With["question"], f.With["column"]), "a dataset with trade that the question can be asked of"
}

// columns finds the column of a measure, and those that tell its rows apart.
func (f *Finding) columns(t *result.Table) (column *result.Column, by []*result.Column, err error) {
	if err := f.checkColumns(f.With["question"], t.Columns); err != nil {
		return nil, nil, err
	}
	names := f.With["by"]
	if names == "" && t.Column("partner") != nil {
		names = "partner"
	}
	for name := range strings.SplitSeq(names, ",") {
		if name = strings.TrimSpace(name); name != "" {
			by = append(by, t.Column(name))
		}
	}
	return t.Column(f.With["column"]), by, nil
}

// mostSaid is how many lines of a measure are told in words; the small table has all.
const mostSaid = 6

// weighOne says what one line does; ok where it can be compared with what is expected.
func (f *Finding) weighOne(m *measured, expect expectation, from, to int, write func(float64) string) (met int, ok bool) {
	first, last := nearestOf(m.years, from), nearestOf(m.years, to)
	a, b := m.values[first], m.values[last]
	name := orElse(m.name, orElse(f.Ask["economy"], "It"))
	var words, figure string
	switch {
	case expect.change() && first != last:
		words = fmt.Sprintf("%s: %s in %d, %s in %d.", name, write(a), m.years[first], write(b), m.years[last])
		figure = fmt.Sprintf("%s in %d, %s in %d", write(a), m.years[first], write(b), m.years[last])
		f.Numbers.Rows = append(f.Numbers.Rows, []string{name, strconv.Itoa(m.years[first]), write(a), strconv.Itoa(m.years[last]), write(b)})
	default:
		year := "–"
		if words, figure = name+": "+write(b)+".", write(b); m.years[last] != 0 {
			year = strconv.Itoa(m.years[last])
			words, figure = fmt.Sprintf("%s: %s in %s.", name, write(b), year), write(b)+" in "+year
		}
		row := []string{name, year, write(b)}
		if expect.change() {
			row = []string{name, "–", "–", year, write(b)}
		}
		f.Numbers.Rows = append(f.Numbers.Rows, row)
	}
	if len(f.Numbers.Rows) <= mostSaid {
		f.say("%s", words)
	}
	if f.Figure == "" {
		f.Figure = figure
		if m.name != "" {
			f.Figure = m.name + " " + figure
		}
	}
	if expect.change() && first == last {
		return 0, false
	}
	if expect.met(a, b) {
		met = 1
	}
	return met, true
}

func measuredPlot(f *Finding, list []*measured, years []int, unit string, write func(float64) string) string {
	if len(years) < 2 || list[0].years[0] == 0 {
		return ""
	}
	p := chart.Plot{Title: f.Claim.Claim, Years: years, Unit: unit, Label: write}
	for i, m := range list[:min(mostSaid, len(list))] {
		values := slices.Repeat([]float64{math.NaN()}, len(years))
		for k, y := range m.years {
			if at := slices.Index(years, y); at >= 0 {
				values[at] = m.values[k]
			}
		}
		colour := chart.OfEconomy(m.name)
		if m.name == "" {
			colour = "#14507a"
		}
		p.Lines = append(p.Lines, chart.Line{Name: orElse(m.name, f.Ask["economy"]), Colour: colour, Values: values, Dashed: i%2 == 1})
	}
	return p.SVG()
}

// nearestOf is the place of the year nearest to one asked for.
func nearestOf(years []int, year int) (at int) {
	for i, y := range years {
		if distance(y, year) < distance(years[at], year) {
			at = i
		}
	}
	return at
}
