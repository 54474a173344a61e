package scenario

import (
	"context"
	"fmt"
	"slices"

	"chokepoint/result"
	"chokepoint/study"
)

// MonthsQuestion is the question scenario path.
var MonthsQuestion = &study.Question{
	Name: "scenario path", Short: "Show what importers lack month by month after a cut, under each rule and spare capacity",
	Schemas: []study.Schema{MonthsSchema},
	Long: `Show what importers lack month by month when suppliers stop, under each rule and spare capacity, for the total of the products you
name. These are the totals of "scenario cut" without those who fill the gap, which makes the answer quick. It is a model, not a
forecast.`,
	Examples: []string{
		`chokepoint scenario path --suppliers CHN --products list:crm --importers USA`,
		`chokepoint scenario path --suppliers CHN --products 850511 --importers JPN --stock-days 60 --ramp 12 --months 24`,
	},
	Parameters: study.Changed(slices.DeleteFunc(cutParameters(), func(p study.Parameter) bool { return p.Name == "sigma" }), "months", func(p *study.Parameter) {
		p.Usage = "months of the path, up to 36 (default: 12)"
	}),
	Local: []study.Parameter{distanceParameter},
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		c, err := readCut(ctx, s, r)
		if err != nil {
			return nil, err
		}
		return c.answerMonths(ctx)
	},
}

// MonthsSchema is the table of scenario path: columns of scenario cut that need not know who fills.
var MonthsSchema = result.NewSchema("scenario-path", CutSchema.Fields("year", "importer", "supplier", "product", "rule", "spare", "imports_usd", "lost_usd", "filled_usd", "unfilled_usd", "unfilled_share", "no_source_usd", "status")...).
	ByValue("year", "-lost_usd")

// yearOfMonths is the length of a path where none is asked for.
const yearOfMonths = 12

func (c *cutting) answerMonths(ctx context.Context) (*result.Table, error) {
	c.totalsOnly, c.shortfallsOnly = true, true
	if c.months == 0 {
		c.months = yearOfMonths
	}
	if err := c.run(ctx); err != nil {
		return nil, err
	}
	schema := MonthsSchema
	if !c.to.Selection.All {
		schema = schema.With("", freedFields()...)
	}
	schema = schema.With("", pathFields(c.months)...)
	if err := c.CheckRows(len(c.rows), schema.Width()); err != nil {
		return nil, err
	}
	t := study.Answer(c.Study, schema, fmt.Sprintf("What is lacking month by month if %s stops, %s (a model)", c.who(), study.YearsText(c.Years)), c.rows)
	c.addBlocs(t)
	c.noteTargets(t)
	return t, c.note(ctx, t)
}
