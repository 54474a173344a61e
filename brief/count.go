package brief

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/chart"
	"chokepoint/dependence"
	"chokepoint/fault"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// counted is a column of count, by all definitions and with the thresholds of one of them moved.
type counted struct {
	main       string // the definition in focus
	unit       string
	write      func(x float64) string
	byMethod   *series
	thresholds *series // over the grid of sensitivity; nil where that has no such column
}

// counts is the table of count, grid that of sensitivity.
var (
	counts = dependence.CountSchema
	grid   = dependence.SensitivitySchema
)

// countedColumn is what a claim that counts looks at where it names no other column.
var countedColumn = counts.Pick("products")[0]

// count asks for a column by all definitions, one for each rule, and for those that sensitivity knows over its grid of thresholds: the first two of
// the definition in focus, each from half to one and a half times what is published.
func (w *work) count(f *Finding) (*counted, error) {
	column := orElse(f.With["column"], countedColumn)
	c := &counted{main: orElse(f.With["method"], study.DefaultMethod)}
	if strings.HasSuffix(strings.ToLower(c.main), ".toml") {
		return nil, fault.Questionf("method %q: expected one that comes with the program, beside which all others are asked", c.main)
	}
	t, err := w.ask(f, "count", "importers", f.With["importers"], "partners", f.With["partners"], "method", distinct(c.main))
	if err != nil {
		return nil, err
	}
	number, ok := counts.Number(column)
	if !ok {
		return nil, noNumber("count", column)
	}
	c.unit, c.write = writes(headOf(counts.Columns(), column))
	if column == countedColumn {
		c.unit = "products"
	}
	rows, err := f.ofImporter(counts.Rows(t))
	if err != nil {
		return nil, err
	}
	c.byMethod = seriesOf(rows, func(r *dependence.CountRow) int { return r.Year }, func(r *dependence.CountRow) string { return r.Method }, number)
	if c.byMethod.values[c.main] == nil {
		return nil, fault.Questionf("method %q: count by all definitions does not have it", c.main)
	}
	c.byMethod.lookback()
	for id := range c.byMethod.values {
		if !applicable(id, c.main, w.worldMissing) {
			delete(c.byMethod.values, id)
		}
	}
	return c, w.moved(f, c, column)
}

// moved asks for a column over the grid of thresholds of the definition in focus, where sensitivity has it.
func (w *work) moved(f *Finding, c *counted, column string) error {
	number, ok := grid.Number(column)
	if !ok {
		return nil
	}
	t, err := w.ask(f, "sensitivity", "importers", f.With["importers"], "partners", f.With["partners"], "method", c.main, "years", listOf(c.byMethod.years))
	if err != nil {
		return err
	}
	rows := grid.Rows(t)
	if label := f.With["importer"]; label != "" {
		rows = slices.DeleteFunc(slices.Clone(rows), func(r dependence.SensitivityRow) bool { return r.Importer != label })
	}
	c.thresholds = seriesOf(rows, func(r *dependence.SensitivityRow) int { return r.Year }, func(r *dependence.SensitivityRow) string { return r.X + "|" + r.Y }, number)
	return nil
}

// ofImporter are the rows of the importer that the claim is about, where it asks for several.
func (c *Claim) ofImporter(rows []dependence.CountRow) ([]dependence.CountRow, error) {
	label := c.With["importer"]
	if label == "" {
		return rows, nil
	}
	var list []dependence.CountRow
	for _, r := range rows {
		if r.Importer == label {
			list = append(list, r)
		}
	}
	if len(list) == 0 && len(rows) > 0 {
		return nil, fault.Questionf("importer %q is not among %s: name it as the answers do", label, c.With["importers"])
	}
	return list, nil
}

// noNumber says that the table of a question has no numbers under a name that a claim gives.
func noNumber(question, column string) error {
	return fault.Questionf("%s has no number under %q", question, column)
}

// between writes a range.
func (c *counted) between(low, high float64) string {
	if c.write(low) == c.write(high) {
		return c.write(low)
	}
	return c.write(low) + " to " + c.write(high)
}

// uncertainty says in words what moves a figure of a year.
func (c *counted) uncertainty(f *Finding, year int) {
	if c.thresholds != nil {
		f.say("With the thresholds of %s moved by half, up and down, it is between %s in %d.", c.main, c.and(c.thresholds.span(year)), year)
	}
	f.say("By %d distinct definitions it is between %s.", c.distinct(year), c.and(c.byMethod.span(year)))
}

// distinct is how many definitions give a figure of a year.
func (c *counted) distinct(year int) (n int) {
	for id := range c.byMethod.values {
		if !math.IsNaN(c.byMethod.at(id, year)) {
			n++
		}
	}
	return n
}

func (c *counted) and(low, high float64) string { return c.write(low) + " and " + c.write(high) }

// plot draws the definition in focus within the ranges of its thresholds and of all definitions, with the published figures.
func (c *counted) plot(f *Finding) string {
	s := c.byMethod
	if len(s.years) < 2 {
		return ""
	}
	p := chart.Plot{Title: f.Claim.Claim, Years: s.years, Unit: c.unit, Label: c.write,
		Lines: []chart.Line{{Name: shortName(c.main), Colour: "#14507a", Values: s.line(c.main)}}}
	band := func(name, colour string, of *series) {
		b := chart.Band{Name: name, Colour: colour}
		for _, y := range s.years {
			low, high := of.span(y)
			b.Low, b.High = append(b.Low, low), append(b.High, high)
		}
		p.Bands = append(p.Bands, b)
	}
	band(strconv.Itoa(len(s.values))+" definitions", "#b4c4d1", s)
	if c.thresholds != nil {
		band("its thresholds moved", "#4a8bb5", c.thresholds)
	}
	for _, q := range f.Published {
		p.Points = append(p.Points, chart.Point{Year: q.Year, Value: q.Value, Text: fmt.Sprintf("published, %d: %s", q.Year, c.write(q.Value))})
	}
	return p.SVG()
}

// writes says in which unit a column is and how its numbers are written for people.
func writes(c *result.Column) (unit string, write func(x float64) string) {
	switch {
	case c.Unit == result.Share:
		return "share", result.Percent
	case c.Type == result.Int:
		return c.Unit, whole
	}
	return c.Unit, func(x float64) string {
		if math.IsNaN(x) {
			return "–"
		}
		d := result.FloatColumn("x", c.Unit, "")
		d.AppendFloat(x)
		return strings.Replace(d.Short(0), "-", "−", 1)
	}
}

// whole writes a count for people.
func whole(x float64) string {
	if math.IsNaN(x) {
		return "–"
	}
	c := result.FloatColumn("x", "count", "")
	c.AppendFloat(math.Round(x))
	return c.Short(0)
}

// listOf writes years as a question takes them: 2000,2010:2020.
func listOf(years []int) string { return trade.FormatYears(trade.RangesOf(years)) }

func yearsOf(years []int) string {
	if len(years) == 1 {
		return strconv.Itoa(years[0]) + " alone"
	}
	return strconv.Itoa(years[0]) + " to " + strconv.Itoa(years[len(years)-1])
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
