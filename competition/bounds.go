package competition

import (
	"context"
	"math"
	"slices"

	"chokepoint/industry"
	"chokepoint/rule"
	"chokepoint/trade"
)

// What missing importers buy is in no flow: it is missing in the exports of all others and in world trade. How much it is, is estimated
// as everywhere in the program (study.Absent). Here it is divided over the missing by what they export, and over sectors as the world's
// trade is; the bounds are that all of it comes from one exporter, or nothing.

// lacks are the economies of a year that export and whose imports are missing.
type lacks struct {
	buys  map[trade.Code]float64 // estimate, US dollars
	share float64                // of world imports; 0 where nobody is missing
}

// lacking finds them.
func (x *boardYear) lacking(ctx context.Context) error {
	x.lacks = lacks{buys: map[trade.Code]float64{}}
	absent, err := x.AbsentIn(ctx, x.y)
	if err != nil || absent == nil {
		return err
	}
	if err := x.whole(ctx); err != nil {
		return err
	}
	x.lacks.share = absent.ShareOfImports()
	for row, c := range x.all.Economies {
		if slices.Contains(absent.Members, x.Economies.Label(c)) {
			x.lacks.buys[c] = float64(absent.Unseen()) * x.all.Total * x.all.ExportsOf[row] / absent.Exports
		}
	}
	return nil
}

// ofAll is what they buy of everything from anybody but themselves, US dollars.
func (l *lacks) ofAll(seller trade.Set) (sum float64) {
	for c, v := range l.buys {
		if !seller.Has(c) {
			sum += v
		}
	}
	return sum
}

// ranges are between which values measures may be if what is missing were known.
type ranges map[string]rule.Value

// rangesOf bounds the measures of a row whose rivals were placed; nil where nothing is missing. largest is what the largest other exporter sells of the sector.
func (x *boardYear) rangesOf(r *ScoreboardRow, products []int, largest float64) ranges {
	if len(x.lacks.buys) == 0 {
		return nil
	}
	world, total := sumOf(x.m.World, products), x.m.Total
	part := world / total                                               // of the sector in the world's trade, and in what they buy
	all := x.lacks.ofAll(trade.Set{})                                   // that they buy
	most := part * x.lacks.ofAll(x.set)                                 // of the sector from the unit
	sold := x.m.ExportsOf[x.row] * (1 + x.lacks.ofAll(x.set)/x.m.Total) // in all, if its share in what they buy is that in the rest
	between := func(now, low, high float64) rule.Value { return rule.Value{X: now, Low: low, High: high} }
	v := ranges{
		"exports_usd":        between(r.Exports, r.Exports, r.Exports+most),
		"world_market_share": between(r.MarketShare, r.Exports/(world+part*all), (r.Exports+most)/(world+most)),
		"rca":                between(r.RCA, r.Exports/sold/part, (r.Exports+most)/sold/part),
	}
	if !math.IsNaN(r.Balance) {
		v["balance"] = between(r.Balance, r.Balance, industry.Balance(r.Exports+most, r.Imports))
	}
	if !math.IsNaN(r.Intensity) { // they buy nothing of the sector, or twice as much of it as the world does
		u := all / total
		v["import_intensity"] = between(r.Intensity, r.Intensity*(1+u)/(1+2*u), r.Intensity*(1+u))
	}
	rank := func(rivals []*rival, measure string) rule.Value {
		best, worst := 1, 1
		for _, other := range rivals {
			if other.sold > r.Exports+most {
				best++
			}
			if other.sold+part*x.lacks.ofAll(other.set) > r.Exports {
				worst++
			}
		}
		return between(boardMeasure[measure](r), float64(best), float64(worst))
	}
	v["world_rank"], v["world_rank_eu"] = rank(x.rivals, "world_rank"), rank(x.rivalsEU, "world_rank_eu")
	var theirMost float64 // of the largest rival, if all comes from it
	for _, other := range x.rivalsEU {
		theirMost = max(theirMost, other.sold+part*x.lacks.ofAll(other.set))
	}
	v["lead"] = between(r.Lead, r.Exports/theirMost, (r.Exports+most)/largest)
	for _, name := range unbounded {
		v[name] = between(boardMeasure[name](r), math.NaN(), math.NaN())
	}
	return v
}

// unbounded are the measures that missing importers move by nobody knows how much.
var unbounded = []string{"others_dependencies", "others_dependent_imports_usd", "single_points", "rca_share", "relative_unit_value", "pci"}
