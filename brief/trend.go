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

// trend weighs the claim that a count rises or falls between two years, by all definitions and over a grid of thresholds, and the level
// of each figure that is published.
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
	first, second, ok := w.between(from, to)
	move := moves[f.With["expect"]]
	switch {
	case !ok:
		f.lastOf(c, w.lastYear())
		f.untold("the "+move, fmt.Sprintf("it has %s and lacks years near %d and %d, so that it shows no change", yearsOf(w.years), from, to),
			fmt.Sprintf("a dataset with the years %d and %d, or with years near them", from, to))
	case math.IsNaN(c.byMethod.at(c.main, first) + c.byMethod.at(c.main, second)):
		f.untold("the "+move, c.looksBack(w.years[0]), beginsBefore(w.years[0]))
	default:
		f.judge(c, first, second)
		if first != from || second != to {
			f.say("%d and %d stand in for %d and %d.", first, second, from, to)
		}
	}
	w.levels(f, c)
	w.newer(f, c)
	return nil
}

// moves are what is expected of a number, as nouns.
var moves = map[string]string{"rises": "rise", "falls": "fall"}

// between are the years of the dataset that a change from one year to another is seen in.
func (w *work) between(from, to int) (first, second int, ok bool) {
	first, okFirst := nearestYear(w.years, from)
	second, okSecond := nearestYear(w.years, to)
	return first, second, okFirst && okSecond && first != second
}

// looksBack says that a definition looks back further than the dataset goes; beginsBefore is what would do.
func (c *counted) looksBack(first int) string {
	return fmt.Sprintf("%s looks back further than its first year, %d", c.main, first)
}

func beginsBefore(first int) string { return fmt.Sprintf("a dataset that begins before %d", first) }

// lastOf says what the last year shows, where there is nothing to compare with.
func (f *Finding) lastOf(c *counted, last int) {
	f.Figure = c.write(c.byMethod.at(c.main, last)) + " in " + strconv.Itoa(last)
	f.Numbers = c.numbers(f.Numbers, last, "–", last)
	f.say("In %d it is %s by %s.", last, c.write(c.byMethod.at(c.main, last)), c.main)
	c.uncertainty(f, last)
}

// newer remarks on what the dataset shows after the last figure that was published.
func (w *work) newer(f *Finding, c *counted) {
	published, last := 0, w.lastYear()
	for _, p := range f.Published {
		published = max(published, p.Year)
	}
	ours := c.byMethod.at(c.main, last)
	if used, _ := nearestYear(w.years, published); published == 0 || last <= published || used == last || math.IsNaN(ours) {
		return
	}
	f.say("The last figure published is of %d; the dataset goes on to %d, when it is %s by %s.", published, last, c.write(ours), c.main)
	if year := strconv.Itoa(last); f.Numbers == nil || !slices.ContainsFunc(f.Numbers.Rows, func(row []string) bool { return row[0] == year }) {
		f.Numbers = c.numbers(f.Numbers, last, "–", last)
	}
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
				return 0, 0, fault.Questionf("%s %q: expected a year", name, text)
			}
		}
	}
	if c.With["from"] != "" && c.With["to"] == "" {
		to = max(to, from) // the dataset ends before: it shows no change
	}
	if from == 0 || to < from || to == from && first == 0 {
		return 0, 0, fault.Questionf("years %d and %d: expected two, as from and to or as published", from, to)
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
	move := moves[f.With["expect"]]
	f.say("%d of %d distinct definitions show a %s; their changes go from %s to %s.", agree, asked, move, change(low), change(high))
	if c.thresholds != nil {
		points, all := c.thresholds.agreement(first, second, rises)
		low, high := c.thresholds.changes(first, second)
		share := float64(points) / float64(max(all, 1))
		least, largest = min(least, share), max(largest, share)
		f.say("With the thresholds of %s moved by half, up and down, %d of %d combinations show a %s; changes go from %s to %s.", c.main, points, all, move, change(low), change(high))
	}
	verdict := InPart
	switch {
	case as && least >= most && same:
		verdict = Stands
	case !as && largest <= 1-most:
		verdict = Falls
	}
	detail := fmt.Sprintf("%s → %s, %s", c.write(a), c.write(b), change(b/a))
	if !math.IsNaN(published) {
		words := "about as large as the published one"
		if !same {
			words = "of another size than the published one"
		}
		f.say("The published change is %s; ours is %s.", change(published), words)
		detail += ", published " + change(published)
	}
	f.part("the "+move, verdict, "%s", detail)
}

// numbers adds a row to the small table; year 0 of ours is none.
func (c *counted) numbers(n *Numbers, year int, published string, ours int) *Numbers {
	if n == nil {
		n = &Numbers{Head: []string{"Year", "Published", "Here, by " + c.main}}
		if c.thresholds != nil {
			n.Head = append(n.Head, "Its thresholds moved by half")
		}
		n.Head = append(n.Head, strconv.Itoa(len(c.byMethod.values))+" distinct definitions")
	}
	row := []string{strconv.Itoa(year), published, c.write(c.byMethod.at(c.main, ours))}
	if c.thresholds != nil {
		row = append(row, c.between(c.thresholds.span(ours)))
	}
	n.Rows = slices.DeleteFunc(n.Rows, func(r []string) bool { return r[0] == row[0] && r[1] == "–" }) // the published figure takes its place
	n.Rows = append(n.Rows, append(row, c.between(c.byMethod.span(ours))))
	return n
}

// ratio is the published change, as a factor: that of the first and last figure, or the one that is claimed. NaN is none.
func (c *Claim) ratio() float64 {
	if times, err := strconv.ParseFloat(c.With["times"], 64); err == nil {
		return times
	}
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
