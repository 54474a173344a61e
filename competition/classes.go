package competition

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"chokepoint/result"
	"chokepoint/rule"
	"chokepoint/study"
	"chokepoint/trade"
)

// judge says where an economy stands, and whether the dataset allows to say so.
type judge struct {
	rule     *rule.Scoreboard
	first    *rule.Scoreboard // standing, whose word the column class has; rule itself where that has one axis
	coverage *rule.Coverage
	held     study.Holdings
	untold   map[int]string // by year: why there is no class
}

// judgeOf reads the rules that a scoreboard names.
func judgeOf(s *study.Source, board Board) (*judge, error) {
	j := &judge{held: study.Holdings{Source: s}, untold: map[int]string{}}
	var err error
	if j.rule, err = study.Chosen(s, "classes", study.OrElse(board.Classes, twoAxes), rule.ScoreboardNames(), rule.OpenScoreboard, rule.ParseScoreboard); err != nil {
		return nil, err
	}
	if j.coverage, err = study.Chosen(s, "coverage", study.OrElse(board.Coverage, "claims"), rule.CoverageNames(), rule.OpenCoverage, rule.ParseCoverage); err != nil {
		return nil, err
	}
	s.Use("classes", j.rule.ID, j.rule.Text)
	s.Use("coverage", j.coverage.ID, j.coverage.Text)
	if j.first = j.rule; len(j.rule.Axes) > 1 {
		if j.first, err = rule.OpenScoreboard(standing); err != nil {
			return nil, err
		}
		s.Use("classes", j.first.ID, j.first.Text)
	}
	return j, nil
}

// boardMeasure reads the measures of classes off a row: each is a column of the same name.
var boardMeasure = func() map[string]func(*ScoreboardRow) float64 {
	measures := map[string]func(*ScoreboardRow) float64{}
	for _, m := range rule.Measures {
		get, ok := ScoreboardSchema.Number(m.Name)
		if !ok {
			panic("the scoreboard has no column for the measure " + m.Name)
		}
		measures[m.Name] = get
	}
	return measures
}()

// classify gives a row its classes.
func (j *judge) classify(r *ScoreboardRow, x *boardYear, moved ranges) {
	values := map[string]rule.Value{}
	for name, get := range boardMeasure {
		values[name] = rule.Known(get(r))
	}
	for name, v := range moved {
		values[name] = v
	}
	r.Verdicts = j.verdicts(j.rule, r, x, values)
	first := r.Verdicts
	if j.first != j.rule {
		first = j.verdicts(j.first, r, x, values)
	}
	if v := &first[0]; len(v.Possible) == 1 {
		r.Class = v.Class
	}
}

// verdicts judges a row by a rule; where the data do not allow it, the verdicts say why.
func (j *judge) verdicts(by *rule.Scoreboard, r *ScoreboardRow, x *boardYear, values map[string]rule.Value) []rule.Verdict {
	list := by.Judge(values)
	for i := range list {
		switch {
		case r.Products == 0:
			list[i] = by.Axes[i].NotTestable("nobody trades in it")
		case r.Sector == allProducts && by.Axes[i].Asks("rca", "import_intensity"):
			list[i] = by.Axes[i].NotTestable("RCA and import intensity of all products are 1 by definition")
		case x.untold != "":
			list[i] = by.Axes[i].NotTestable(x.untold)
		case x.bought == result.Missing && by.Axes[i].RestsOnImports():
			list[i] = by.Axes[i].NotTestable("its imports are missing")
		case x.bought != result.Observed && by.Axes[i].RestsOnImports():
			list[i] = by.Axes[i].NotTestable("imports of some of its members are missing")
		case list[i].Missing:
			list[i].Because = []string{"not known: " + strings.Join(list[i].Because, ", ")}
		}
	}
	return list
}

// look says whether the dataset holds enough of a year for classes. A made-up world has fewer products than its revision, and nothing
// real is said of it.
func (j *judge) look(ctx context.Context, x *boardYear) error {
	products := 1.0
	if !x.Dataset.Manifest().Synthetic {
		held, all, err := j.held.Products(ctx, x.y, "")
		if err != nil {
			return err
		}
		if all > 0 {
			products = float64(held) / float64(all)
		}
	}
	if importers := 1 - x.lacks.share; !j.coverage.Testable(products, importers) {
		x.untold = fmt.Sprintf("coverage: %s of the products, importers of about %s of world trade", result.Percent(products), result.Percent(importers))
	}
	return nil
}

// note says by which rules there are classes, and why in some years there are none.
func (j *judge) note(t *result.Table) {
	for _, by := range []*rule.Scoreboard{j.rule, j.first} {
		var axes []string
		for _, a := range by.Axes {
			axes = append(axes, axisColumn(a.ID))
		}
		if by == j.first && by != j.rule {
			axes = []string{"class"}
		}
		t.Note("%s by the rule %s of %s (%s): %s", strings.Join(axes, " and "), by.ID, by.Date, by.Title, strings.TrimSpace(by.Source))
		if j.first == j.rule {
			break
		}
	}
	for _, y := range slices.Sorted(maps.Keys(j.untold)) {
		t.Add(result.Note{Kind: result.NoClass, Status: result.NotComputable, Years: []int{y},
			Text: fmt.Sprintf("no class in %s: the dataset holds %s; a class takes at least %s of the products and importers of %s of world trade (coverage %s)", trade.Period(y), strings.TrimPrefix(j.untold[y], "coverage: "), result.Percent(*j.coverage.ProductsShare), result.Percent(*j.coverage.ImportersShare), j.coverage.ID)})
	}
}

// axisColumn is the column of the class on an axis.
func axisColumn(axis string) string {
	return "class_" + strings.ReplaceAll(strings.ReplaceAll(axis, "-", "_"), ".", "_")
}

// ScoreboardColumns is the table with the classes of the rule two-axes, for pages that pick columns.
var ScoreboardColumns = ScoreboardSchema.With("", axisFields(func() *rule.Scoreboard {
	r, err := rule.OpenScoreboard(twoAxes)
	if err != nil {
		panic(err) // the rule is the program's
	}
	return r
}())...)

// axisFields are the columns of the classes of a rule: what the class is, how sure it is, and what else it may be.
func axisFields(by *rule.Scoreboard) (fields []result.Field[ScoreboardRow]) {
	for _, a := range by.Axes {
		name := axisColumn(a.ID)
		of := func(get func(v *rule.Verdict) string) func(*ScoreboardRow) string {
			return func(r *ScoreboardRow) string {
				if v := r.On(a.ID); v != nil {
					return get(v)
				}
				return ""
			}
		}
		var words []string
		for _, k := range a.Classes {
			if !slices.Contains(words, k.ID) {
				words = append(words, k.ID)
			}
		}
		fields = append(fields,
			result.TextField(name, fmt.Sprintf("%s, by the rule %s: %s; empty where it is not testable.", a.Title, by.ID, strings.Join(words, ", ")), of(func(v *rule.Verdict) string { return v.Class })),
			result.TextField(name+"_verdict", "How certain the class is: clear; borderline, if a value is near a threshold or the purchases of missing importers could change the class; not testable; none, if no class fits.", of((*rule.Verdict).Status)),
			result.TextField(name+"_possible", "All classes that it may belong to, if there are several.", of(func(v *rule.Verdict) string {
				if v.Borderline() {
					return strings.Join(v.Possible, " or ")
				}
				return ""
			})).AsDetail(),
			result.TextField(name+"_because", "The criteria that are uncertain, or why there is no class.", of(func(v *rule.Verdict) string { return strings.Join(v.Because, ", ") })).AsDetail())
	}
	return fields
}

// schema is the table with the columns that the question asks for.
func (b *scoreboard) schema() *result.Schema[ScoreboardRow] {
	s := ScoreboardSchema.With("", axisFields(b.judge.rule)...)
	if len(b.beside) > 0 {
		s = s.With("", besideFields...)
	}
	return s
}
