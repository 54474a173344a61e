package chain

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"chokepoint/icio"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/study"
)

// bands are positions in the chain: how many stages there are from an industry to final use, from so many on and below the next.
var bands = []struct {
	name string
	from float64
}{{"under 2 stages", 1}, {"2 to 3 stages", 2}, {"3 stages or more", 3}}

// bandOf is the place of an upstreamness among bands.
func bandOf(upstreamness float64) (b int) {
	for b < len(bands)-1 && upstreamness >= bands[b+1].from {
		b++
	}
	return b
}

// BandRow is what an area makes of the value added of the world at a position in the chain.
type BandRow struct {
	Year           int
	Area, Position string
	Industries     string  // codes of those at the position
	Value          float64 // that they add in the area, million US dollars
	World          float64 // in all areas
	Own            float64 // of the area at all positions
}

// BandSchema is the table of value added by position in the chain.
var BandSchema = result.NewSchema("upstreamness-positions",
	result.IntField("year", result.Year, "Calendar year.", func(r *BandRow) int { return r.Year }),
	result.TextField("area", "Economy or group of economies.", func(r *BandRow) string { return r.Area }),
	result.TextField("position", "Stages to final use: "+bandNames()+". An industry's position is its mean upstreamness over all economies, weighted by output, in the last year of the tables.", func(r *BandRow) string { return r.Position }),
	result.TextField("industries", "Codes of the industries at the position, the same in all years and areas.", func(r *BandRow) string { return r.Industries }),
	result.FloatField("value_added_usd", result.USD, "Output minus inputs of these industries in the area.", func(r *BandRow) float64 { return usd(r.Value) }),
	result.FloatField("world_share", result.Share, "Share of the value added of these industries in all areas.", func(r *BandRow) float64 { return ratio(r.Value, r.World) }),
	result.FloatField("own_share", result.Share, "Share of the value added of the area's industries at all positions.", func(r *BandRow) float64 { return ratio(r.Value, r.Own) }),
).InOrder("from near final use to far from it")

func bandNames() string {
	var names []string
	for _, b := range bands {
		names = append(names, b.name)
	}
	return strings.Join(names, ", ")
}

type positionsKey struct{}

// positionsOf are the positions of a table's nodes, which it remembers.
func positionsOf(ctx context.Context, t *icio.Table) ([]PositionRow, error) {
	return store.Remember(ctx, t.Memory(), positionsKey{}, store.SizeOfSlice[PositionRow], func() ([]PositionRow, error) { return positions(ctx, t) })
}

// Bands says what part of the world's value added economies make at each position in the chain.
func Bands(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
	q, economies, err := openAbout(s, r)
	if err != nil {
		return nil, err
	}
	industries := study.OrElse(r.Own["industries"], "all")
	last, places, err := q.placesOfIndustries(ctx)
	if err != nil {
		return nil, err
	}
	var rows []BandRow
	err = q.each(ctx, func(t *icio.Table) error {
		chosen, err := pick(t, "industries", industries)
		if err == nil {
			rows = append(rows, q.bandsOf(t, economies, chosen, places)...)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	t, err := answer(q, BandSchema, fmt.Sprintf("Value added of industries (%s) by position in the chain", industries), rows)
	if err != nil {
		return nil, err
	}
	t.Note("positions are those of industries in the world of %d, the last year of the tables, for all years: a share changes because an economy makes more or less, not because an industry moved", last)
	q.noteTaxes(ctx, t)
	return t, nil
}

// placesOfIndustries are the places of industries among bands, by code, in the last year of the tables. Industries that nobody has stand
// nowhere.
func (q *reading) placesOfIndustries(ctx context.Context) (last int, places map[string]int, err error) {
	last = slices.Max(q.set.Has())
	t, err := q.table(ctx, last)
	if err != nil {
		return 0, nil, err
	}
	rows, err := positionsOf(ctx, t)
	if err != nil {
		return 0, nil, err
	}
	places = map[string]int{}
	for i, industry := range t.Industries {
		sum, output := 0.0, 0.0
		for _, node := range nodes(t, every(len(t.Areas)), []int{i}) {
			if r := &rows[node]; !math.IsNaN(r.Upstreamness) {
				sum, output = sum+r.Upstreamness*r.OutputUSD, output+r.OutputUSD
			}
		}
		if output > 0 {
			places[industry.Code] = bandOf(sum / output)
		}
	}
	return last, places, nil
}

// bandsOf are the rows of a year.
func (q *reading) bandsOf(t *icio.Table, economies []party, industries []int, places map[string]int) (rows []BandRow) {
	value := t.Inputs()
	for i := range value {
		value[i] = t.Output[i] - value[i]
	}
	at := make([][]int, len(bands)) // industries
	for _, i := range industries {
		if b, ok := places[t.Industries[i].Code]; ok {
			at[b] = append(at[b], i)
		}
	}
	for _, p := range economies {
		areas := q.areas(p, t.Year)
		if len(areas) == 0 {
			continue
		}
		own := sumAt(value, nodes(t, areas, slices.Concat(at...)))
		for b := range bands {
			rows = append(rows, BandRow{Year: t.Year, Area: p.Label, Position: bands[b].name, Industries: codesOf(t, at[b]),
				Value: sumAt(value, nodes(t, areas, at[b])), World: sumAt(value, nodes(t, every(len(t.Areas)), at[b])), Own: own})
		}
	}
	return rows
}
