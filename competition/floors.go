package competition

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"chokepoint/industry"
	"chokepoint/macro"
	"chokepoint/result"
	"chokepoint/rule"
	"chokepoint/study"
	"chokepoint/trade"
)

// FloorsParameter names the floors of complexity.
var FloorsParameter = study.Parameter{Name: "floors", Standard: "atlas", Names: rule.ComplexityNames, Example: "exports", File: ".toml",
	Usage: "below which economies and products have no part in complexity: atlas (exports of 1 bn USD; 1.2 million people where --macro gives populations), exports (exports alone)"}

// floors are those of complexity, and what they leave out.
type floors struct {
	*rule.Complexity
	study *study.Study
}

// floorsOf finds floors by name or, where the question may open files, by the file's.
func floorsOf(st *study.Study, name string) (*floors, error) {
	r, err := study.Chosen(st.Source, "floors", study.OrElse(name, FloorsParameter.Standard), rule.ComplexityNames(), rule.OpenComplexity, rule.ParseComplexity)
	if err != nil {
		return nil, err
	}
	useMacro(st.Source)
	st.Use("complexity", r.ID, r.Text)
	return &floors{r, st}, nil
}

// left are economies and products that have no part in complexity, by why.
type left struct {
	all, economies                       int
	small, few, unspecialised            []string // economies: below the floor of exports, of population; without an advantage
	unpeopled                            []string // whose population is not known
	traded, products, minor, unexploited int      // products: below the floor; those in which nobody who has a part has an advantage
}

// complexity computes the indices of a year in which some units are one economy each, and says who has no part.
func (f *floors) complexity(m *industry.Year, units ...unit) (*industry.Complexity, *left, error) {
	l := &left{all: len(m.Economies), traded: len(m.Products)}
	part := m.Everybody()
	labels := make([]string, len(m.Economies))
	for c, code := range m.Economies {
		u := unit{f.study.Economies.Label(code), "", trade.SetOf(code)}
		for _, other := range units {
			if other.codes.Has(code) {
				u = other
			}
		}
		label := u.label
		labels[c] = label
		people := math.NaN()
		if f.study.Macro != nil {
			people = seriesOf(f.study, u, m.Year, macro.Population)
		}
		switch part.Economies[c] = f.HasEconomy(m.ExportsOf[c], people); {
		case m.ExportsOf[c] < *f.Exports:
			l.small = append(l.small, label)
		case !part.Economies[c]:
			l.few = append(l.few, label)
		case math.IsNaN(people) && *f.Population > 0:
			l.unpeopled = append(l.unpeopled, label)
		}
	}
	for p, x := range m.World {
		if part.Products[p] = f.HasProduct(x); !part.Products[p] {
			l.minor++
		}
	}
	c, err := m.Complexity(part)
	if err != nil {
		return nil, l, err
	}
	for i, x := range c.ECI {
		switch {
		case !math.IsNaN(x):
			l.economies++
		case part.Economies[i]:
			l.unspecialised = append(l.unspecialised, labels[i])
		}
	}
	for p, x := range c.PCI {
		switch {
		case !math.IsNaN(x):
			l.products++
		case part.Products[p]:
			l.unexploited++
		}
	}
	return c, l, nil
}

// note says who has a part in a year and who has none.
func (f *floors) note(t *result.Table, year int, l *left) {
	because := func(list []string, format string, args ...any) string {
		if len(list) == 0 {
			return ""
		}
		slices.Sort(list)
		return fmt.Sprintf("%d %s (%s)", len(list), fmt.Sprintf(format, args...), strings.Join(list, ", "))
	}
	join := func(parts ...string) string {
		parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
		if len(parts) == 0 {
			return ""
		}
		return "; left out: " + strings.Join(parts, "; ")
	}
	t.Note("%s, floors %s: %d of %d economies have a part%s", trade.Period(year), f.ID, l.economies, l.all, join(
		because(l.small, "that export less than %s USD", result.ShortFloat(*f.Exports, result.USD)),
		because(l.few, "with fewer than %s people", result.ShortInt(int(*f.Population))),
		because(l.unspecialised, "with no advantage in any product that has a part")))
	products := func(n int, why string) string {
		if n == 0 {
			return ""
		}
		return fmt.Sprintf("%d %s", n, why)
	}
	t.Note("%s, floors %s: %d of %d products have a part%s", trade.Period(year), f.ID, l.products, l.traded, join(
		products(l.minor, fmt.Sprintf("of which the world exports less than %s USD", result.ShortFloat(*f.WorldExports, result.USD))),
		products(l.unexploited, "in which no economy that has a part has an advantage")))
	switch {
	case len(l.unpeopled) == 0:
	case f.study.Macro == nil:
		t.Note("floors %s: the floor of %s people leaves nobody out, because no populations are given; --macro FILE supplies them", f.ID, result.ShortInt(int(*f.Population)))
	default:
		t.Note("floors %s: the population of %s in %s is not known, and leaves nobody out", f.ID, strings.Join(l.unpeopled, ", "), trade.Period(year))
	}
}
