package brief

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"chokepoint/chart"
	"chokepoint/result"
)

// measured is one number of a question over the years, by partner where the question has them.
type measured struct {
	name   string
	years  []int
	values []float64
}

func measuredIn(t *result.Table, column string) (list []*measured) {
	c, years, partners := t.Column(column), t.Column("year"), t.Column("partner")
	for i, y := range years.Int {
		name := ""
		if partners != nil {
			name = partners.Text[i]
		}
		k := slices.IndexFunc(list, func(m *measured) bool { return m.name == name })
		if k < 0 {
			k = len(list)
			list = append(list, &measured{name: name})
		}
		x := number(c, i)
		list[k].years, list[k].values = append(list[k].years, int(y)), append(list[k].values, x)
	}
	return list
}

// measure weighs the claim that a number of breadth, similarity or balance rises or falls between two years, for each partner.
func (w *work) measure(f *Finding) error {
	question, column := f.With["question"], f.With["column"]
	if !slices.Contains([]string{"breadth", "similarity", "balance"}, question) {
		return fmt.Errorf("question %q: want breadth, similarity or balance", question)
	}
	rises := f.With["expect"] == "rises"
	if !rises && f.With["expect"] != "falls" {
		return fmt.Errorf("expect %q: want rises or falls", f.With["expect"])
	}
	t, err := w.ask(f, question, "economy", f.With["economy"], "partners", f.With["partners"])
	if err != nil {
		return err
	}
	c := t.Column(column)
	if c == nil || c.Type != result.Int && c.Type != result.Float {
		return fmt.Errorf("%s has no number under %q", question, column)
	}
	write := func(x float64) string {
		if c.Unit == result.Share {
			return strconv.FormatFloat(100*x, 'f', 1, 64) + " %"
		}
		d := result.FloatColumn("x", c.Unit, "")
		d.AppendFloat(x)
		return d.Short(0)
	}
	list := measuredIn(t, column)
	if len(list) == 0 {
		f.Verdict = Unsaid
		f.say("The dataset has no trade of %s.", f.With["economy"])
		return nil
	}
	from, to := w.years[0], w.years[len(w.years)-1]
	for name, at := range map[string]*int{"from": &from, "to": &to} {
		if text := f.With[name]; text != "" {
			if *at, err = strconv.Atoi(text); err != nil {
				return fmt.Errorf("%s %q: want a year", name, text)
			}
		}
	}
	as, asked := 0, 0
	for _, m := range list {
		name := orElse(m.name, f.With["economy"])
		first, last := nearestOf(m.years, from), nearestOf(m.years, to)
		if first == last {
			f.say("%s: %s in %d.", name, write(m.values[last]), m.years[last])
			if f.Figure == "" {
				f.Figure = write(m.values[last]) + " in " + strconv.Itoa(m.years[last])
			}
			continue
		}
		asked++
		a, b := m.values[first], m.values[last]
		if a != b && rises == (b > a) {
			as++
		}
		f.say("%s: %s in %d, %s in %d.", name, write(a), m.years[first], write(b), m.years[last])
		if f.Figure == "" {
			f.Figure = fmt.Sprintf("%s in %d, %s in %d", write(a), m.years[first], write(b), m.years[last])
		}
	}
	switch {
	case asked == 0:
		f.Verdict = Unsaid
		f.say("The dataset has %s, so that it shows no change.", yearsOf(w.years))
	case as == asked:
		f.Verdict = Stands
	case as == 0:
		f.Verdict = Falls
	default:
		f.Verdict = InPart
	}
	if len(w.years) > 1 {
		p := chart.Plot{Title: f.Claim.Claim, Years: w.years, Unit: c.Unit, Label: write}
		for i, m := range list {
			values := slices.Repeat([]float64{math.NaN()}, len(w.years))
			for k, y := range m.years {
				values[slices.Index(w.years, y)] = m.values[k]
			}
			colour := chart.OfEconomy(m.name)
			if m.name == "" {
				colour = "#14507a"
			}
			p.Lines = append(p.Lines, chart.Line{Name: orElse(m.name, f.With["economy"]), Colour: colour, Values: values, Dashed: i%2 == 1})
		}
		f.Plot = p.SVG()
	}
	return nil
}

// nearestOf is the place of the year nearest to one asked for.
func nearestOf(years []int, year int) (at int) {
	for i, y := range years {
		if max(y-year, year-y) < max(years[at]-year, year-years[at]) {
			at = i
		}
	}
	return at
}
