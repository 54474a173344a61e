package scenario

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"chokepoint/result"
	"chokepoint/study"
)

// SourcesQuestion is the question scenario sources.
var SourcesQuestion = &study.Question{
	Name: "scenario sources", Short: "Show who fills the gap after a cut, supplier by supplier",
	Schemas: []study.Schema{SourceSchema},
	Long: `Show who fills the gap when suppliers stop: each supplier that contributes, and what nobody fills, for each rule and spare capacity.
This is "scenario cut" with all sources instead of the first three, for the total of the products you name. It is a model, not a
forecast.`,
	Examples: []string{
		`chokepoint scenario sources --suppliers CHN --products 850760 --importers USA --rule present --spare 0.1`,
		`chokepoint scenario sources --suppliers CHN --products list:crm --importers EU27 --rule present,mixed --spare 0.1`,
	},
	Parameters: slices.DeleteFunc(cutParameters(), func(p study.Parameter) bool {
		return slices.Contains([]string{"sigma", "months", "ramp", "stock-days"}, p.Name)
	}),
	Local: []study.Parameter{distanceParameter},
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		c, err := readCut(ctx, s, r)
		if err != nil {
			return nil, err
		}
		return c.answerSources(ctx)
	},
}

// SourceRow is what one economy fills of a loss.
type SourceRow struct {
	*CutCell
	Combination
	Source string // label; Nobody is what stays unfilled
	Filled float64
}

// Nobody is the source of what stays unfilled.
const Nobody = "nobody"

// SourceSchema is the table of scenario sources.
var SourceSchema = result.NewSchema("scenario-sources",
	result.IntField("year", result.Year, "Year whose trade flows are rerouted.", func(r *SourceRow) int { return r.Year }),
	result.TextField("importer", "The importer that loses supply: ISO3 code, or as written in the question.", func(r *SourceRow) string { return r.Importer }),
	result.TextField("supplier", "Who stops, as written in the question.", func(r *SourceRow) string { return r.Suppliers }),
	result.TextField("product", "HS code; all for all products in the question, list:NAME for those of a list.", func(r *SourceRow) string { return r.Product }),
	result.TextField("rule", "Which suppliers importers turn to: present, mixed, capacity or sqrt.", func(r *SourceRow) string { return string(r.Rule) }),
	result.FloatField("spare", "ratio", "Assumed spare capacity.", func(r *SourceRow) float64 { return r.Spare }),
	result.TextField("source", "The supplier that replaces part of the loss, ISO3; nobody for what remains unfilled.", func(r *SourceRow) string { return r.Source }),
	result.FloatField("filled_usd", result.USD, "How much it replaces, or how much remains unfilled.", func(r *SourceRow) float64 { return r.Filled }),
	result.FloatField("share_of_loss", result.Share, "The same ÷ the importer's loss.", func(r *SourceRow) float64 { return r.Filled / r.Lost }),
	result.TextField("status", result.StatusText, func(r *SourceRow) string { return string(r.Status) }),
).InOrder("those who fill most first, then what nobody fills")

// addSources adds who fills a total, those who give most first, and then what stays unfilled.
func (c *cutting) addSources(row *CutRow, codes []uint16, gained []float64) {
	if !(row.Lost > 0) {
		return
	}
	first := len(c.sources)
	for i, v := range gained {
		if v > settled*row.Lost {
			c.sources = append(c.sources, SourceRow{row.CutCell, *row.Combination, labelOf(c.Economies, codes[i]), v})
		}
	}
	slices.SortStableFunc(c.sources[first:], func(a, b SourceRow) int { return cmp.Compare(b.Filled, a.Filled) })
	if row.Unfilled > 0 {
		c.sources = append(c.sources, SourceRow{row.CutCell, *row.Combination, Nobody, row.Unfilled})
	}
}

func (c *cutting) answerSources(ctx context.Context) (*result.Table, error) {
	c.totalsOnly, c.bySource = true, true
	if err := c.run(ctx); err != nil {
		return nil, err
	}
	if err := c.CheckRows(len(c.sources), SourceSchema.Width()); err != nil {
		return nil, err
	}
	t := study.Answer(c.Study, SourceSchema, fmt.Sprintf("Who fills what is lost where %s stops, %s (a model)", c.who(), study.YearsText(c.Years)), c.sources)
	c.addBlocs(t)
	c.noteTargets(t)
	return t, c.note(ctx, t)
}
