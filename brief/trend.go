package brief

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"chokepoint/analysis"
	"chokepoint/chart"
	"chokepoint/result"
)

// near is by how many years a year of the dataset may stand in for one that it lacks.
const near = 4

// most is the share of definitions that must agree for a claim to stand, and to fall.
const most = 0.75

// close is by which factor a change may differ from the published one and still be the same in size.
const close = 1.5

// series are the values of one column by definition and year.
type series struct {
	years  []int
	main   string
	values map[string][]float64 // by method; NaN where there is none
}

// seriesOf sums a column over the rows of a year and method.
func seriesOf(t *result.Table, column, main string) *series {
	s := &series{main: main, values: map[string][]float64{}}
	years, methods, c := t.Column("year"), t.Column("method"), t.Column(column)
	for _, y := range years.Int {
		if !slices.Contains(s.years, int(y)) {
			s.years = append(s.years, int(y))
		}
	}
	slices.Sort(s.years)
	for i, id := range methods.Text {
		v := s.values[id]
		if v == nil {
			v = slices.Repeat([]float64{math.NaN()}, len(s.years))
			s.values[id] = v
		}
		x := number(c, i)
		at := slices.Index(s.years, int(years.Int[i]))
		if math.IsNaN(v[at]) {
			v[at] = 0
		}
		v[at] += x
	}
	return s
}

// at is the value of a definition in a year.
func (s *series) at(id string, year int) float64 {
	if i := slices.Index(s.years, year); i >= 0 {
		return s.values[id][i]
	}
	return math.NaN()
}

// nearest is the year of the series nearest to one asked for; ok where it is near enough.
func (s *series) nearest(year int) (y int, ok bool) {
	best := s.years[0]
	for _, y := range s.years {
		if max(y-year, year-y) < max(best-year, year-best) {
			best = y
		}
	}
	return best, max(best-year, year-best) <= near
}

// span is the lowest and the highest value of all definitions in a year.
func (s *series) span(year int) (low, high float64) {
	low, high = math.NaN(), math.NaN()
	for id := range s.values {
		if x := s.at(id, year); !math.IsNaN(x) {
			low, high = math.Min(nanOr(low, x), x), math.Max(nanOr(high, x), x)
		}
	}
	return low, high
}

func nanOr(x, other float64) float64 {
	if math.IsNaN(x) {
		return other
	}
	return x
}

// trend weighs the claim that a count rises or falls between two years, by all definitions.
func (w *work) trend(f *Finding) error {
	column, main := orElse(f.With["column"], "products"), orElse(f.With["method"], analysis.DefaultMethod)
	rises := f.With["expect"] == "rises"
	if !rises && f.With["expect"] != "falls" {
		return fmt.Errorf("expect %q: want rises or falls", f.With["expect"])
	}
	from, to, err := f.span()
	if err != nil {
		return err
	}
	t, err := w.ask(f, "count", "importers", f.With["importers"], "partners", f.With["partners"], "method", "all")
	if err != nil {
		return err
	}
	if t.Column(column) == nil {
		return fmt.Errorf("count has no column %q", column)
	}
	s := seriesOf(t, column, main)
	f.Plot = trendPlot(f, s)
	last := s.years[len(s.years)-1]
	first, okFirst := s.nearest(from)
	second, okSecond := s.nearest(to)
	if !okFirst || !okSecond || first == second {
		low, high := s.span(last)
		f.Verdict, f.Figure = Unsaid, whole(s.at(main, last))+" in "+strconv.Itoa(last)
		f.say("The dataset has %s and lacks years near %d and %d, so that it shows no change.", yearsOf(s.years), from, to)
		f.say("In %d it is %s by %s, and from %s to %s by all %d definitions.", last, whole(s.at(main, last)), main, whole(low), whole(high), len(s.values))
		return nil
	}
	f.judge(s, first, second, rises)
	for _, p := range f.Published {
		if y, ok := s.nearest(p.Year); ok {
			low, high := s.span(y)
			f.say("Published for %d: %s. Here in %d: %s by %s; all definitions from %s to %s.", p.Year, whole(p.Value), y, whole(s.at(main, y)), main, whole(low), whole(high))
		}
	}
	if first != from || second != to {
		f.say("%d and %d stand in for %d and %d.", first, second, from, to)
	}
	return nil
}

// span is the pair of years that a claim is about: those of with, else the first and the last published.
func (c *Claim) span() (from, to int, err error) {
	for _, p := range c.Published {
		if from == 0 || p.Year < from {
			from = p.Year
		}
		to = max(to, p.Year)
	}
	for name, at := range map[string]*int{"from": &from, "to": &to} {
		if text := c.With[name]; text != "" {
			if *at, err = strconv.Atoi(text); err != nil {
				return 0, 0, fmt.Errorf("%s %q: want a year", name, text)
			}
		}
	}
	if from == 0 || to <= from {
		return 0, 0, fmt.Errorf("years %d and %d: want two, as from and to or as published", from, to)
	}
	return from, to, nil
}

// judge decides by the direction and the size of the change.
func (f *Finding) judge(s *series, first, second int, rises bool) {
	a, b := s.at(s.main, first), s.at(s.main, second)
	agree, asked := 0, 0
	low, high := math.NaN(), math.NaN()
	for id := range s.values {
		x, y := s.at(id, first), s.at(id, second)
		if math.IsNaN(x) || math.IsNaN(y) {
			continue
		}
		asked++
		if x != y && rises == (y > x) {
			agree++
		}
		if x > 0 {
			low, high = math.Min(nanOr(low, y/x), y/x), math.Max(nanOr(high, y/x), y/x)
		}
	}
	as := a != b && rises == (b > a)
	published := f.ratio()
	same := math.IsNaN(published) || a > 0 && b > 0 && math.Abs(math.Log(b/a/published)) <= math.Log(close)
	share := float64(agree) / float64(max(asked, 1))
	switch {
	case as && share >= most && same:
		f.Verdict = Stands
	case !as && share <= 1-most:
		f.Verdict = Falls
	default:
		f.Verdict = InPart
	}
	f.Figure = fmt.Sprintf("%s in %d, %s in %d", whole(a), first, whole(b), second)
	f.say("By %s it goes from %s in %d to %s in %d (%s).", s.main, whole(a), first, whole(b), second, change(b/a))
	direction := map[bool]string{true: "a rise", false: "a fall"}[rises]
	f.say("%d of %d definitions show %s; their changes go from %s to %s.", agree, asked, direction, change(low), change(high))
	if !math.IsNaN(published) {
		words := "about as large as the published one"
		if !same {
			words = "of another size than the published one"
		}
		f.say("The published change is %s; ours is %s.", change(published), words)
	}
}

// ratio is the published change; NaN where there is none.
func (c *Claim) ratio() float64 {
	if len(c.Published) < 2 {
		return math.NaN()
	}
	list := slices.Clone(c.Published)
	slices.SortFunc(list, func(a, b Published) int { return a.Year - b.Year })
	return list[len(list)-1].Value / list[0].Value
}

func change(ratio float64) string {
	switch {
	case math.IsNaN(ratio) || math.IsInf(ratio, 0):
		return "no ratio"
	case ratio >= 2:
		return "times " + strconv.FormatFloat(ratio, 'f', 1, 64)
	}
	return strconv.FormatFloat(100*(ratio-1), 'f', 0, 64) + " %"
}

func trendPlot(f *Finding, s *series) string {
	if len(s.years) < 2 {
		return ""
	}
	p := chart.Plot{Title: f.Claim.Claim, Years: s.years, Unit: "products", Label: whole,
		Lines: []chart.Line{{Name: s.main, Colour: "#14507a", Values: s.values[s.main]}}}
	for _, y := range s.years {
		low, high := s.span(y)
		p.Band = append(p.Band, chart.Range{Low: low, High: high})
	}
	for _, q := range f.Published {
		p.Points = append(p.Points, chart.Point{Year: q.Year, Value: q.Value, Text: fmt.Sprintf("published, %d: %s", q.Year, whole(q.Value))})
	}
	return p.SVG()
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

// number is the value of a column of counts or numbers.
func number(c *result.Column, row int) float64 {
	if c.Type == result.Int {
		return float64(c.Int[row])
	}
	return c.Float[row]
}
