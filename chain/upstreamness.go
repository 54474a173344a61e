package chain

import (
	"context"
	"fmt"
	"math"

	"chokepoint/fault"
	"chokepoint/icio"
	"chokepoint/leontief"
	"chokepoint/result"
	"chokepoint/study"
)

// UpstreamnessQuestion is the question upstreamness.
var UpstreamnessQuestion = &study.Question{
	Name: "upstreamness", Short: "Show where industries stand in the supply chain: how far from final use, and how far from first inputs",
	Schemas: []study.Schema{PositionSchema, BandSchema},
	Long: `Show where the industries of an inter-country input-output table stand in the supply chain. Upstreamness is the average number of
stages from an industry to final use; it is 1 if all it makes goes straight to final use. Downstreamness is the average number of
stages from value added to the industry; it is 1 if the industry buys no inputs. Both follow Antràs, Chor, Fally and Hillberry (2012) and Antràs and Chor (2018), with
their correction for inventories. --by areas merges the industries of each economy first, as their table 1 does. --by positions
shows what part of the world's value added an economy makes near to final use and far from it.`,
	Examples: []string{
		`chokepoint upstreamness --by areas --years 2011 --sort -upstreamness`,
		`chokepoint upstreamness --economies CHN,USA --years 1995,2011`,
		`chokepoint upstreamness --by positions --economies CHN --industries manufacturing`,
	},
	Tables: true,
	Parameters: study.ParameterList([]study.Parameter{
		economiesParameter,
		{Name: "by", Standard: Positions[0], Values: Positions, Example: "areas", Usage: "one row per industry of an economy, one per economy, or one per position in the supply chain"},
		{Name: "industries", Standard: "all", Example: "manufacturing", Usage: "industries to show: codes of the table, ranges (c3:c16), manufacturing, or all; not with --by areas"},
		tablesParameter,
	}, "years"),
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		if r.Own["by"] == "positions" {
			return Bands(ctx, s, r)
		}
		return Upstreamness(ctx, s, r)
	},
}

// Positions are what upstreamness has rows of.
var Positions = []string{"industries", "areas", "positions"}

// PositionRow is where an industry of an area stands in the chain; figures are NaN where it makes nothing, or less than it takes out of
// stocks.
type PositionRow struct {
	Year                         int
	Area, Industry, Name         string
	Upstreamness, Downstreamness float64
	FinalShare, ValueAddedShare  float64
	OutputUSD                    float64
}

// Status says why figures are missing.
func (r *PositionRow) Status() result.Status {
	switch {
	case r.OutputUSD == 0:
		return result.NotApplicable
	case math.IsNaN(r.Upstreamness):
		return result.NotComputable
	}
	return result.Observed
}

// PositionSchema is the table of positions in the chain.
var PositionSchema = result.NewSchema("upstreamness",
	result.IntField("year", result.Year, "Calendar year.", func(r *PositionRow) int { return r.Year }),
	result.TextField("area", "Economy or group of economies.", func(r *PositionRow) string { return r.Area }),
	result.TextField("industry", "Code of the industry; all for the whole economy.", func(r *PositionRow) string { return r.Industry }),
	result.TextField("name", "What the industry makes.", func(r *PositionRow) string { return r.Name }),
	result.FloatField("upstreamness", "stages", "Average number of production stages to final use, 1 or more (Antràs, Chor, Fally and Hillberry 2012).", func(r *PositionRow) float64 { return r.Upstreamness }),
	result.FloatField("downstreamness", "stages", "Average number of production stages from value added, 1 or more (Antràs and Chor 2018).", func(r *PositionRow) float64 { return r.Downstreamness }),
	result.FloatField("final_share", result.Share, "Sales to final use, without inventories, ÷ output minus additions to inventories.", func(r *PositionRow) float64 { return r.FinalShare }),
	result.FloatField("value_added_share", result.Share, "(Output minus inputs) ÷ output, with inputs corrected for inventories. It includes taxes less subsidies on products if the source has no value added.", func(r *PositionRow) float64 { return r.ValueAddedShare }),
	result.FloatField("output_usd", result.USD, "Gross output.", func(r *PositionRow) float64 { return r.OutputUSD }),
	result.TextField("status", "observed; not applicable, if the industry makes nothing; not computable, if additions to inventories are as large as output or larger.", func(r *PositionRow) string { return string(r.Status()) }),
).ByValue("year", "-upstreamness")

// positions are the figures of every node of a table.
func positions(ctx context.Context, t *icio.Table) ([]PositionRow, error) {
	n := t.N()
	up, net := make([]float64, n), make([]float64, n) // 1 ÷ (Y − N), and Y ÷ (Y − N)
	for i, y := range t.Output {
		if rest := y - t.Inventories(i); y > 0 && rest > 0 {
			up[i], net[i] = 1/rest, y/rest
		}
	}
	ones := make([]float64, n)
	for i := range ones {
		ones[i] = 1
	}
	ghosh, err := leontief.New(n, len(t.Industries), t.Z, up, nil)
	if err != nil {
		return nil, err
	}
	u, err := ghosh.Solve(ctx, ones)
	if err != nil {
		return nil, err
	}
	per := perUnit(t.Output)
	system, err := leontief.New(n, len(t.Industries), t.Z, net, per)
	if err != nil {
		return nil, err
	}
	d, err := system.SolveTransposed(ctx, ones)
	if err != nil {
		return nil, err
	}
	inputs, err := system.ApplyTransposed(ctx, ones)
	if err != nil {
		return nil, err
	}
	rows := make([]PositionRow, n)
	for i := range rows {
		industry := t.Industries[t.IndustryOf(i)]
		r := PositionRow{t.Year, t.Areas[t.AreaOf(i)], industry.Code, industry.Name, math.NaN(), math.NaN(), math.NaN(), math.NaN(), usd(t.Output[i])}
		if up[i] > 0 {
			final := 0.0
			for a := range t.Areas {
				final += t.FinalTo(i, a)
			}
			r.Upstreamness, r.Downstreamness = u[0][i], d[0][i]
			r.FinalShare, r.ValueAddedShare = (final-t.Inventories(i))*up[i], 1-inputs[0][i]
		}
		rows[i] = r
	}
	return rows, nil
}

// Upstreamness says where industries stand in the chain.
func Upstreamness(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
	q, economies, err := openAbout(s, r)
	if err != nil {
		return nil, err
	}
	byArea, industries := r.Own["by"] == "areas", study.OrElse(r.Own["industries"], "all")
	if byArea && industries != "all" {
		return nil, fault.Questionf("industries %q: --by areas merges all industries of an economy; expected all", industries)
	}
	var rows []PositionRow
	err = q.each(ctx, func(t *icio.Table) error {
		places, err := pick(t, "industries", industries)
		if err != nil {
			return err
		}
		find := positionsOf
		if byArea { // a table made for this question, which has nothing to remember
			t, places, find = t.ByArea(), []int{0}, positions
		}
		all, err := find(ctx, t)
		if err != nil {
			return err
		}
		for _, p := range economies {
			areas, err := q.single(p, t.Year)
			if err != nil {
				return err
			}
			for _, i := range nodes(t, areas, places) {
				rows = append(rows, all[i])
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	t, err := answer(q, PositionSchema, "Positions in the chain of production", rows)
	if err != nil {
		return nil, err
	}
	missing := 0
	for i := range rows {
		if rows[i].Status() == result.NotComputable {
			missing++
		}
	}
	if missing > 0 {
		t.Note("%s", fmt.Sprintf("%d rows have no figures: as much or more goes into inventories as is made", missing))
	}
	t.Note("weighted by output, upstreamness and downstreamness of the world are equal")
	return t, nil
}
