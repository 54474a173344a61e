package industry

import "math"

// Cell is what a market buys of one product in two years: from all, from an economy and from a competitor of it. The market is a third
// one, neither of the two.
type Cell struct{ All, Economy, Competitor [2]float64 }

// Displacement adds up cells: how a competitor fares in third markets, and where the economy gains. With s(b) the competitor's share of
// a cell, s(a) the economy's, W the cell's imports, 0 and 1 the years:
//
//	market effect = Σ s(b,0) × (W(1) − W(0))            constant market shares (Tyszynski 1951; Richardson 1971)
//	share effect  = Σ (s(b,1) − s(b,0)) × W(1)
//	displaced     = that of cells in which s(a) rises and s(b) falls, sign changed
//	lost to the economy = Σ W(1) × (s(b,0) × s(a,1) − s(a,0) × s(b,1))   (Chami Batista 2008)
//
// Exports(1) − Exports(0) = market effect + share effect + new, where new is what the competitor sells in cells in which nobody sold
// before and which have no share to compare with.
type Displacement struct {
	Cells                          int // in which the competitor sells in either year
	Exports                        [2]float64
	MarketEffect, ShareEffect, New float64
	Displaced, LostToEconomy       float64
	threatened, direct             float64 // exports of the first year
	pressure                       [2]float64
}

// Add adds a cell.
func (d *Displacement) Add(c Cell) {
	if c.Competitor[0] == 0 && c.Competitor[1] == 0 {
		return
	}
	d.Cells++
	for t := range 2 {
		d.Exports[t] += c.Competitor[t]
		if c.All[t] > 0 {
			d.pressure[t] += c.Competitor[t] * (c.Economy[t] / c.All[t])
		}
	}
	if c.All[0] == 0 {
		d.New += c.Competitor[1]
		return
	}
	a0, b0 := c.Economy[0]/c.All[0], c.Competitor[0]/c.All[0]
	kept := b0 * c.All[1] // what it would sell had it kept its share
	d.MarketEffect += kept - c.Competitor[0]
	if c.All[1] == 0 {
		return
	}
	a1, b1 := c.Economy[1]/c.All[1], c.Competitor[1]/c.All[1]
	d.ShareEffect += c.Competitor[1] - kept
	d.LostToEconomy += c.All[1] * (b0*a1 - a0*b1)
	if a1 > a0 {
		d.threatened += c.Competitor[0]
		if b1 < b0 {
			d.direct += c.Competitor[0]
			d.Displaced += kept - c.Competitor[1]
		}
	}
}

// Threatened is the share of the competitor's exports of the first year in cells in which the economy gains share since: the dynamic index
// of competitive threat (Jenkins 2008), by product and market. 0 to 1; NaN without exports.
func (d *Displacement) Threatened() float64 { return d.threatened / d.Exports[0] }

// Direct is the share in cells in which the economy gains and the competitor loses: the direct threat of Lall and Albaladejo (2004).
func (d *Displacement) Direct() float64 { return d.direct / d.Exports[0] }

// Pressure is the economy's share of the cells in which the competitor sells, weighted by what it sells there, in the first (0) or the
// second year (1): market commonality (Chen 1996). 0 to 1; NaN without exports.
func (d *Displacement) Pressure(year int) float64 {
	if d.Exports[year] == 0 {
		return math.NaN()
	}
	return d.pressure[year] / d.Exports[year]
}
