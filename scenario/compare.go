package scenario

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// CompareQuestion is the question scenario compare.
var CompareQuestion = &study.Question{
	Name: "scenario compare", Short: "Compare what two scenarios mean for the same importers",
	Schemas: []study.Schema{CompareSchema},
	Long: `Compare what two scenarios mean for the same importers: what each loses and what remains unfilled, under each rule and spare
capacity. Each scenario uses the flows of its own year if the dataset has it, otherwise the latest; --years uses one year for both.
This is a model, not a forecast.`,
	Examples: []string{
		`chokepoint scenario compare graphite-2023 gallium-germanium-2023`,
		`chokepoint scenario compare graphite-2023 mine.toml --importers JPN,EU27 --years 2024`,
	},
	Parameters: slices.Concat([]study.Parameter{
		{Name: "first", Names: FileNames, Required: true, Argument: 1, File: ".toml", Example: "graphite-2023", Usage: "a scenario (\"chokepoint scenarios\" lists them)"},
		{Name: "second", Names: FileNames, Required: true, Argument: 2, File: ".toml", Example: "gallium-germanium-2023", Usage: "another scenario"},
	}, slices.DeleteFunc(cutParameters(), func(p study.Parameter) bool {
		return !slices.Contains([]string{"importers", "years", "rule", "spare", "hubs"}, p.Name)
	})),
	Ask: compare,
}

// ComparedRow is what two scenarios mean to an importer under a rule and a spare capacity.
type ComparedRow struct {
	Importer string
	Combination
	A, B   *CutRow // nil where a scenario takes nothing from it
	Status result.Status
}

func lostOf(r *CutRow) float64 {
	if r == nil {
		return 0
	}
	return r.Lost
}

func unfilledOf(r *CutRow) float64 {
	if r == nil {
		return 0
	}
	return r.Unfilled
}

// partUnfilled is the part of a loss that nobody fills; NaN where nothing is lost.
func partUnfilled(r *CutRow) float64 {
	if r == nil || !(r.Lost > 0) {
		return math.NaN()
	}
	return r.Unfilled / r.Lost
}

// CompareSchema is the table of scenario compare.
var CompareSchema = result.NewSchema("scenario-compare",
	result.TextField("importer", "The importer that loses supply: ISO3 code, or as written in the question.", func(r *ComparedRow) string { return r.Importer }),
	result.TextField("rule", "Which suppliers importers turn to: present, mixed, capacity or sqrt.", func(r *ComparedRow) string { return string(r.Rule) }),
	result.FloatField("spare", "ratio", "Assumed spare capacity.", func(r *ComparedRow) float64 { return r.Spare }),
	result.FloatField("lost_a_usd", result.USD, "Its loss in the first scenario.", func(r *ComparedRow) float64 { return lostOf(r.A) }),
	result.FloatField("lost_b_usd", result.USD, "The same in the second scenario.", func(r *ComparedRow) float64 { return lostOf(r.B) }),
	result.FloatField("unfilled_a_usd", result.USD, "What remains unfilled in the first scenario.", func(r *ComparedRow) float64 { return unfilledOf(r.A) }),
	result.FloatField("unfilled_b_usd", result.USD, "The same in the second scenario.", func(r *ComparedRow) float64 { return unfilledOf(r.B) }),
	result.FloatField("part_unfilled_a", result.Share, "unfilled_a_usd ÷ lost_a_usd. Empty if nothing is lost.", func(r *ComparedRow) float64 { return partUnfilled(r.A) }),
	result.FloatField("part_unfilled_b", result.Share, "The same for the second scenario.", func(r *ComparedRow) float64 { return partUnfilled(r.B) }),
	result.FloatField("difference_usd", result.USD, "unfilled_b_usd − unfilled_a_usd.", func(r *ComparedRow) float64 { return unfilledOf(r.B) - unfilledOf(r.A) }),
	result.TextField("status", result.StatusText, func(r *ComparedRow) string { return string(r.Status) }),
).ByValue("-lost_a_usd")

func compare(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
	var sides [2]*cutting
	for i, name := range []string{r.Own["first"], r.Own["second"]} {
		one := r
		one.Own = map[string]string{"scenario": name, "rule": r.Own["rule"], "spare": r.Own["spare"]}
		c, err := readCut(ctx, s, one)
		if err != nil {
			return nil, err
		}
		if i == 1 { // what the first one says of rules and capacities holds for both, as only like can be compared
			c.combinations = sides[0].combinations
		}
		c.totalsOnly = true
		if err := c.run(ctx); err != nil {
			return nil, err
		}
		c.rows = slices.DeleteFunc(c.rows, func(row CutRow) bool {
			return row.Freed > 0 || row.Product != c.groups[0].label || row.Year != c.Years[len(c.Years)-1]
		})
		sides[i] = c
	}
	a, b := sides[0], sides[1]
	t := study.Answer(a.Study, CompareSchema, fmt.Sprintf("%s beside %s (a model)", a.file.ID, b.file.ID), compared(a.rows, b.rows))
	t.Note("%s", differing(sides))
	t.Note("a model, not a forecast; a is %s on the flows of %d, b is %s on those of %d; it ignores contracts, quality, the time needed to build capacity, and substitution between goods", a.file.ID, a.Years[len(a.Years)-1], b.file.ID, b.Years[len(b.Years)-1])
	a.noteRules(t)
	t.Note("assumed: a supplier can add %s times its exports of the product (spare); no source says how much is right, so compare them", a.sparesText())
	a.file.note(t, a.Years)
	b.file.note(t, b.Years)
	if len(a.combinations) == 1 {
		t.Note("one rule and one spare capacity give one figure of each: leave them out to see all of them side by side")
	}
	for _, c := range sides {
		c.addBlocs(t)
		c.noteTargets(t)
	}
	t.Add(a.WorldLacks()...)
	t.Add(a.Coverage()...)
	return t, a.noteScores(ctx, t)
}

// differing says in which inputs two scenarios differ: an answer can be read only with that in mind.
func differing(sides [2]*cutting) string {
	of := func(c *cutting) [][2]string {
		last := c.Years[len(c.Years)-1]
		return [][2]string{{"who stops", c.who()}, {"to whom", c.to.Selection.String()}, {"products", c.Query.Products}, {"flows of", trade.Period(last).String()}, {"share that stops", floatText(c.share)},
			{"who may not fill", c.notFrom.Selection.String()}, {"who alone may fill", c.onlyFrom.Selection.String()}}
	}
	a, b := of(sides[0]), of(sides[1])
	var list []string
	for i := range a {
		if a[i][1] != b[i][1] {
			list = append(list, fmt.Sprintf("%s (a %s, b %s)", a[i][0], study.OrElse(a[i][1], "nobody named"), study.OrElse(b[i][1], "nobody named")))
		}
	}
	if len(list) == 0 {
		return "a and b ask the same of the same flows"
	}
	return "a and b differ in: " + strings.Join(list, "; ")
}

// compared puts the rows of two cuts side by side: those of the first in their order, then those that the second alone has.
func compared(a, b []CutRow) (list []ComparedRow) {
	type key struct {
		importer string
		Combination
	}
	place := map[key]int{}
	at := func(r *CutRow) *ComparedRow {
		k := key{r.Importer, *r.Combination}
		if i, ok := place[k]; ok {
			return &list[i]
		}
		place[k] = len(list)
		list = append(list, ComparedRow{Importer: r.Importer, Combination: *r.Combination})
		return &list[len(list)-1]
	}
	for i := range a {
		row := at(&a[i])
		row.A, row.Status = &a[i], a[i].State()
	}
	for i := range b {
		row := at(&b[i])
		row.B = &b[i]
		if row.Status = result.Worst(row.Status, b[i].State()); row.A == nil {
			row.Status = b[i].State()
		}
	}
	return list
}
