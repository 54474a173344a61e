package brief

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"chokepoint/analysis"
	"chokepoint/chart"
	"chokepoint/competition"
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
		return e, fault.Questionf("expect %q: expected rises, falls, or above, below or about with a number", text)
	}
	return e, nil
}

// noun is what is expected of a number: a rise, or a value above a bound.
func (e expectation) noun() string {
	if move := moves[e.word]; move != "" {
		return move
	}
	return "value " + e.word + " " + strconv.FormatFloat(e.bound, 'g', -1, 64)
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
	column string // that it is of
	called string // the column, in a sentence
	row    string // what tells it from others of the column
	unit   string
	write  func(x float64) string
}

// measuredIn collects a column: rows selected by values of other columns, a line for each value of the columns by.
func measuredIn(t *result.Table, column *result.Column, by []*result.Column, rows map[string]string, without lacks) (list []*measured, err error) {
	years := t.Column("year")
	for i := range t.Rows() {
		if !selected(t, i, rows) || lacksSide(t, i, without) || math.IsNaN(column.Number(i)) || math.IsInf(column.Number(i), 0) {
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

// lacksSide says whether a row is about a party of which too much is missing in its year.
func lacksSide(t *result.Table, row int, without lacks) bool {
	year := t.Column("year")
	for label, years := range without {
		for _, name := range []string{"economy", "partner", "importer"} {
			if c := t.Column(name); c != nil && c.TextAt(row) == label && (year == nil || slices.Contains(years, int(year.Int[row]))) {
				return true
			}
		}
	}
	return false
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
	t, list, err := w.measured(f)
	if err != nil {
		return err
	}
	for _, name := range f.columns() {
		if len(list) == 0 && len(w.lacks) > 0 && testable.Questions[f.With["question"]].Sides {
			break // the side that is missing is said
		}
		if !slices.ContainsFunc(list, func(m *measured) bool { return m.column == name }) {
			because, settle := f.numberless(t, name)
			f.untold("the "+expect.noun()+" of "+called(t, name), because, settle)
		}
	}
	if len(list) == 0 {
		return nil
	}
	from, to, err := w.spanOf(f.Claim, expect)
	if err != nil {
		return err
	}
	f.Numbers = &Numbers{Head: []string{"", "Year", "Here", "Year", "Here"}}
	if !expect.change() {
		f.Numbers.Head = f.Numbers.Head[:3]
	}
	for _, m := range list {
		w.weighOne(f, m, expect, from, to)
	}
	w.newerMeasured(f, list)
	if q, _ := analysis.QuestionOf(f.With["question"]); slices.ContainsFunc(q.Parameters, func(p study.Parameter) bool { return p.Name == "method" }) {
		f.say("By the definition %s alone.", orElse(f.Ask["method"], study.DefaultMethod))
	} else {
		f.say("No definition of dependency and no threshold enters these figures.")
	}
	years := w.years
	switch {
	case w.set != nil:
		years = w.setYears
		w.sayTables(f, t)
	case f.With["step"] != "":
		years = w.steps(f.Claim)
	}
	f.Plot = measuredPlot(f, names{w.held.Name}, list, years)
	return nil
}

// measureSpan are the years that a measure is looked at in: those of the claim, else the first and the last of the dataset. Where no change
// is expected it is the second of them: the year of the figure that was published, or one near it, or the last.
func (c *Claim) measureSpan(e expectation, years []int) (from, to int, err error) {
	from, to, err = c.span(years[0], years[len(years)-1])
	if !e.change() && c.With["to"] == "" && len(c.Published) > 0 {
		if y, ok := nearestYear(years, c.Published[len(c.Published)-1].Year); ok {
			to = y
		}
	}
	return from, to, err
}

// yearsAsked are those of what a claim asks.
func (w *work) yearsAsked() []int {
	if w.set != nil {
		return w.set.Years
	}
	return w.years
}

// spanOf are the years between which a claim looks at the dataset, or at the input-output tables that it asks.
func (w *work) spanOf(c *Claim, e expectation) (from, to int, err error) {
	if w.set != nil {
		return w.tableSpan(c, e, w.set)
	}
	return c.measureSpan(e, w.years)
}

// newerMeasured remarks on what the dataset shows after the last figure that was published.
func (w *work) newerMeasured(f *Finding, list []*measured) {
	published := 0
	for _, p := range f.Published {
		published = max(published, p.Year)
	}
	var words []string
	year := 0
	for _, m := range list {
		k := len(m.years) - 1
		if year = m.years[k]; year > published {
			words = append(words, strings.TrimSpace(m.name+" "+m.write(m.values[k])))
		}
	}
	if published > 0 && len(words) > 0 {
		f.say("The last figure published is of %d; the dataset goes on to %d: %s.", published, year, strings.Join(words, ", "))
	}
}

// measured asks the question that a claim takes numbers from, and collects them, column by column.
func (w *work) measured(f *Finding) (t *result.Table, list []*measured, err error) {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(f.Ask)) {
		pairs = append(pairs, name, f.Ask[name])
	}
	switch {
	case w.set != nil:
		pairs = append(pairs, "tables", w.set.Name, "years", listOf(w.setYears))
	case f.With["step"] != "":
		pairs = append(pairs, "years", listOf(w.steps(f.Claim)))
	}
	if t, err = w.ask(f, f.With["question"], pairs...); err != nil {
		return nil, nil, err
	}
	if err := f.checkColumns(f.With["question"], t.Columns); err != nil {
		return nil, nil, err
	}
	by := f.toldApart(t)
	var without lacks
	if testable.Questions[f.With["question"]].Sides {
		without = w.lacks
	}
	names := f.columns()
	for _, name := range names {
		column := t.Column(name)
		some, err := measuredIn(t, column, by, f.Rows, without)
		if err != nil {
			return nil, nil, err
		}
		for _, m := range some {
			m.column, m.called, m.row = name, called(t, name), m.name
			m.unit, m.write = writes(column)
			if len(names) > 1 {
				m.name = strings.Trim(column.PlainName()+", "+m.name, ", ")
			}
		}
		list = append(list, some...)
	}
	return t, list, nil
}

// steps are the years of the dataset that a measure asks for where a question takes long for each: those that decide, and every so many
// before the last.
func (w *work) steps(c *Claim) (years []int) {
	step, _ := strconv.Atoi(c.With["step"]) // the reader of the brief saw to it
	decide, _ := w.measureYears(c)
	for _, y := range w.years {
		if (w.lastYear()-y)%step == 0 || slices.Contains(decide, y) {
			years = append(years, y)
		}
	}
	return years
}

// columns are those that a claim takes numbers from.
func (c *Claim) columns() []string { return fields(c.With["column"]) }

// fields are the names of a list with commas.
func fields(text string) (names []string) {
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// articled begins headings that need an article in a sentence.
var articled = regexp.MustCompile(`^(Share|Number|Effective number|Net loss)\b`)

// called is a column of a table in a sentence.
func called(t *result.Table, name string) string {
	text := t.Column(name).PlainName()
	if articled.MatchString(text) {
		return "the " + inSentence(text)
	}
	return inSentence(text)
}

// inSentence is a heading inside a sentence.
func inSentence(heading string) string {
	if len(heading) > 1 && unicode.IsUpper(rune(heading[1])) { // GDP
		return heading
	}
	return strings.ToLower(heading[:1]) + heading[1:]
}

// numberless says why a question gives no number in a column, and what would give one: a file that was not named, years, or else.
func (f *Finding) numberless(t *result.Table, column string) (because, settle string) {
	switch {
	case f.With["question"] == "firms":
		return "no register of firms is named (--register FILE)", "a register of firms"
	case fromMacro(f.With["question"], column):
		return "no series of the economy is named that has these years (--macro FILE)", "a file with that series"
	case f.With["question"] == "displacement":
		return "what changes in third markets takes two years", "a dataset of several years"
	}
	return fmt.Sprintf("%s gives no number under %s", f.With["question"], column), "a dataset with trade that the question can be asked of"
}

// macroColumns are those that take a series of the economy from a file.
var macroColumns = map[string][]string{"balance": competition.BalanceSchema.Pick("gdp_usd", "gdp_per_head_usd", "net_exports_gdp_share", "household_consumption_share")}

func fromMacro(question, column string) bool { return slices.Contains(macroColumns[question], column) }

// toldApart are the columns whose values tell the rows of a measure apart.
func (f *Finding) toldApart(t *result.Table) (by []*result.Column) {
	names := fields(f.With["by"])
	if len(names) == 0 && t.Column("partner") != nil {
		names = []string{"partner"}
	}
	for _, name := range names {
		by = append(by, t.Column(name))
	}
	return by
}

// mostSaid is how many lines of a measure are told in words; the small table has all.
const mostSaid = 6

// weighOne says what one line does: it is an assertion of its own.
func (w *work) weighOne(f *Finding, m *measured, expect expectation, from, to int) {
	first, last := nearestOf(m.years, from), nearestOf(m.years, to)
	a, b := m.values[first], m.values[last]
	name := orElse(m.name, orElse(f.Ask["economy"], "It"))
	what := "the " + expect.noun() + " of " + m.called
	if m.row != "" {
		what += rowInSentence(testable.Questions[f.With["question"]].Row, m.row)
	}
	compared := expect.change() && first != last
	figure := m.write(b)
	year := "–"
	if m.years[last] != 0 {
		year = strconv.Itoa(m.years[last])
		figure += " in " + year
	}
	row := []string{name, year, m.write(b)}
	switch {
	case compared:
		figure = fmt.Sprintf("%s in %d, %s", m.write(a), m.years[first], figure)
		row = []string{name, strconv.Itoa(m.years[first]), m.write(a), year, m.write(b)}
	case expect.change():
		row = []string{name, "–", "–", year, m.write(b)}
	}
	f.Numbers.Rows = append(f.Numbers.Rows, row)
	if len(f.Numbers.Rows) <= mostSaid {
		f.say("%s: %s.", name, figure)
	}
	if f.Figure == "" {
		f.Figure = strings.TrimSpace(m.name + " " + figure)
	}
	switch {
	case expect.change() && !compared && w.doubted: // why is said already
		f.part(what, Unsaid, "%s", figure)
	case expect.change() && !compared:
		f.untold(what, fmt.Sprintf("it has %s, so that it shows no change", yearsOf(w.yearsAsked())), "a dataset of several years")
	case expect.met(a, b):
		f.part(what, Stands, "%s", figure)
	default:
		f.part(what, Falls, "%s", figure)
	}
}

// rowInSentence is what tells a row from others, behind what it is about.
func rowInSentence(word, row string) string {
	switch {
	case word == "":
		return ", " + row
	case row == "world":
		row = "the world"
	}
	return " " + word + " " + row
}

// measuredPlot draws the lines of the first column.
func measuredPlot(f *Finding, n names, list []*measured, years []int) string {
	if len(years) < 2 || list[0].years[0] == 0 {
		return ""
	}
	p := chart.Plot{Title: f.Claim.Claim, Years: years, Unit: list[0].unit, Label: list[0].write}
	for i, m := range list[:min(mostSaid, len(list))] {
		if m.column != list[0].column {
			continue
		}
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
		p.Lines = append(p.Lines, chart.Line{Name: n.sentence(orElse(m.name, f.Ask["economy"])), Colour: colour, Values: values, Dashed: i%2 == 1})
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
