package industry

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestDisplacementByHand: four cells of a product and a market.
//
//	cell  all        economy        competitor
//	1     100 → 200  10 → 60        40 → 40     the economy gains (0.1 → 0.3), the competitor loses (0.4 → 0.2)
//	2      50 → 100   0 → 10         5 → 30     both gain (0 → 0.1, 0.1 → 0.3)
//	3      20 → 0     2 → 0          4 → 0      the market is gone
//	4       0 → 30    0 → 3          0 → 6      a new one
func TestDisplacementByHand(t *testing.T) {
	var d Displacement
	for _, c := range []Cell{
		{All: [2]float64{100, 200}, Economy: [2]float64{10, 60}, Competitor: [2]float64{40, 40}},
		{All: [2]float64{50, 100}, Economy: [2]float64{0, 10}, Competitor: [2]float64{5, 30}},
		{All: [2]float64{20, 0}, Economy: [2]float64{2, 0}, Competitor: [2]float64{4, 0}},
		{All: [2]float64{0, 30}, Economy: [2]float64{0, 3}, Competitor: [2]float64{0, 6}},
		{All: [2]float64{10, 10}, Economy: [2]float64{5, 9}}, // the competitor sells nothing here
	} {
		d.Add(c)
	}
	near(t, "cells", float64(d.Cells), 4)
	near(t, "exports before", d.Exports[0], 49)
	near(t, "exports after", d.Exports[1], 76)
	near(t, "market effect", d.MarketEffect, 0.4*100+0.1*50-4)
	near(t, "share effect", d.ShareEffect, -0.2*200+0.2*100)
	near(t, "new", d.New, 6)
	near(t, "displaced", d.Displaced, 40)
	near(t, "lost to the economy", d.LostToEconomy, 200*(0.4*0.3-0.1*0.2)+100*(0.1*0.1-0))
	near(t, "threatened", d.Threatened(), 45.0/49)
	near(t, "direct", d.Direct(), 40.0/49)
	near(t, "pressure before", d.Pressure(0), (40*0.1+5*0+4*0.1)/49)
	near(t, "pressure after", d.Pressure(1), (40*0.3+30*0.1+6*0.1)/76)
	near(t, "pressure of nothing", new(Displacement).Pressure(0), math.NaN())
}

// TestLossesAddUp: what one loses to another the other wins from it, and over all others the losses are its share effect.
func TestLossesAddUp(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 6))
	const sellers = 5
	var lost [sellers][sellers]float64
	var effect [sellers]float64
	for range 50 {
		var sold [sellers][2]float64
		var all [2]float64
		for i := range sold {
			for y := range 2 {
				sold[i][y] = float64(rng.IntN(4)) * rng.Float64()
				all[y] += sold[i][y]
			}
		}
		for b := range sellers {
			for a := range sellers {
				if a == b {
					continue
				}
				var d Displacement
				d.Add(Cell{All: all, Economy: sold[a], Competitor: sold[b]})
				lost[b][a] += d.LostToEconomy
				near(t, "exports of both years", d.Exports[1]-d.Exports[0]-d.MarketEffect-d.ShareEffect-d.New, 0)
				if a == (b+1)%sellers {
					effect[b] += d.ShareEffect
				}
			}
		}
	}
	for b := range sellers {
		sum := 0.0
		for a := range sellers {
			sum += lost[b][a]
		}
		near(t, "losses to all others", sum, -effect[b])
	}
}
