package brief

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/fault"
)

// most is the share of definitions, and of the grid of thresholds, that must agree for a claim to stand, and to fall.
const most = 0.75

// close is by which factor a figure may differ from the published one and still be the same in size.
const close = 1.5

// trend weighs the claim that a count rises or falls between two years, by all definitions and over a grid of thresholds.
func (w *work) trend(f *Finding) error {
	from, to, err := f.span(0, 0)
	if err != nil {
		return err
	}
	c, err := w.count(f)
	if err != nil {
		return err
	}
	f.Plot = c.plot(f)
	years, yearless := w.trendYears(f.Claim)
	if yearless != nil {
		f.lastOf(c, years[0])
		return nil
	}
	first, second := years[0], years[1]
	if math.IsNaN(c.byMethod.at(c.main, first) + c.byMethod.at(c.main, second)) {
		f.looksBack(c.main, w.years[0])
		return nil
	}
	f.judge(c, first, second)
	c.published(f)
	if first != from || second != to {
		f.say("%d and %d stand in for %d and %d.", first, second, from, to)
	}
	return nil
}

// looksBack says that a definition looks back further than the dataset goes.
func (f *Finding) looksBack(method string, first int) {
	f.cannot(fmt.Sprintf("%s looks back further than its first year, %d", method, first), fmt.Sprintf("a dataset that begins before %d", first))
}

// lastOf says what the last year shows, where there is no change to be seen.
func (f *Finding) lastOf(c *counted, last int) {
	f.Figure = c.write(c.byMethod.at(c.main, last)) + " in " + strconv.Itoa(last)
	for _, p := range f.Published {
		f.Numbers = c.numbers(f.Numbers, p.Year, c.write(p.Value), 0)
	}
	f.Numbers = c.numbers(f.Numbers, last, "–", last)
	f.say("In %d it is %s by %s.", last, c.write(c.byMethod.at(c.main, last)), c.main)
	c.uncertainty(f, last)
}

// span is the pair of years that a claim is about: those of with, else the first and the last published, else those given.
func (c *Claim) span(first, last int) (from, to int, err error) {
	for _, p := range c.Published {
		if p.Year != 0 && (from == 0 || p.Year < from) {
			from = p.Year
		}
		to = max(to, p.Year)
	}
	if from == to {
		from, to = first, last
	}
	for name, at := range map[string]*int{"from": &from, "to": &to} {
		if text := c.With[name]; text != "" {
			if *at, err = strconv.Atoi(text); err != nil {
				return 0, 0, fault.Questionf("%s %q: want a year", name, text)
			}
		}
	}
	if from == 0 || to < from || to == from && first == 0 {
		return 0, 0, fault.Questionf("years %d and %d: want two, as from and to or as published", from, to)
	}
	return from, to, nil
}

// judge decides by the direction and the size of the change.
func (f *Finding) judge(c *counted, first, second int) {
	s, rises := c.byMethod, f.With["expect"] == "rises"
	a, b := s.at(c.main, first), s.at(c.main, second)
	agree, asked := s.agreement(first, second, rises)
	low, high := s.changes(first, second)
	as := a != b && rises == (b > a)
	published := f.ratio()
	same := math.IsNaN(published) || a > 0 && b > 0 && math.Abs(math.Log(b/a/published)) <= math.Log(close)
	least := float64(agree) / float64(max(asked, 1)) // the smaller and the larger of the shares that agree
	largest := least
	f.Figure = fmt.Sprintf("%s in %d, %s in %d", c.write(a), first, c.write(b), second)
	f.say("By %s it goes from %s in %d to %s in %d (%s).", c.main, c.write(a), first, c.write(b), second, change(b/a))
	direction := map[bool]string{true: "a rise", false: "a fall"}[rises]
	f.say("%d of %d definitions show %s; their changes go from %s to %s.", agree, asked, direction, change(low), change(high))
	if c.thresholds != nil {
		points, all := c.thresholds.agreement(first, second, rises)
		low, high := c.thresholds.changes(first, second)
		share := float64(points) / float64(max(all, 1))
		least, largest = min(least, share), max(largest, share)
		f.say("With the thresholds of %s moved by half, up and down, %d of %d combinations show %s; changes go from %s to %s.", c.main, points, all, direction, change(low), change(high))
	}
	switch {
	case as && least >= most && same:
		f.Verdict = Stands
	case !as && largest <= 1-most:
		f.Verdict = Falls
	default:
		f.Verdict = InPart
	}
	if !math.IsNaN(published) {
		words := "about as large as the published one"
		if !same {
			words = "of another size than the published one"
		}
		f.say("The published change is %s; ours is %s.", change(published), words)
	}
}

// published puts the published figures beside ours.
func (c *counted) published(f *Finding) {
	for _, p := range f.Published {
		if y, ok := nearestYear(c.byMethod.years, p.Year); ok {
			label := c.write(p.Value)
			if y != p.Year {
				label += " in " + strconv.Itoa(p.Year)
			}
			f.Numbers = c.numbers(f.Numbers, y, label, y)
		}
	}
}

// numbers adds a row to the small table; year 0 of ours is none.
func (c *counted) numbers(n *Numbers, year int, published string, ours int) *Numbers {
	if n == nil {
		n = &Numbers{Head: []string{"Year", "Published", "Here, by " + c.main}}
		if c.thresholds != nil {
			n.Head = append(n.Head, "Its thresholds moved by half")
		}
		n.Head = append(n.Head, "All "+strconv.Itoa(len(c.byMethod.values))+" definitions")
	}
	row := []string{strconv.Itoa(year), published, c.write(c.byMethod.at(c.main, ours))}
	if c.thresholds != nil {
		row = append(row, c.between(c.thresholds.span(ours)))
	}
	n.Rows = append(n.Rows, append(row, c.between(c.byMethod.span(ours))))
	return n
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
	return strings.Replace(strconv.FormatFloat(100*(ratio-1), 'f', 0, 64), "-", "−", 1) + " %"
}
