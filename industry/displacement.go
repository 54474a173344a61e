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
	var then, now Market
	then.All, then.Share = c.All[0], c.Economy[0]/c.All[0]
	now.All, now.Share = c.All[1], c.Economy[1]/c.All[1]
	d.AddIn(&then, &now, c.Competitor[0], c.Competitor[1])
}

// Market is what a market buys of a product in a year from all, in US dollars, and the economy's share of it, 0 to 1; NaN where it buys nothing.
type Market struct{ All, Share float64 }

// AddIn adds a cell by its market in two years and what the competitor sells there: of one market there are many competitors.
func (d *Displacement) AddIn(then, now *Market, first, second float64) {
	if first == 0 && second == 0 {
		return
	}
	d.Cells++
	d.Exports[0] += first
	d.Exports[1] += second
	if then.All > 0 {
		d.pressure[0] += first * then.Share
	}
	if now.All > 0 {
		d.pressure[1] += second * now.Share
	}
	if then.All == 0 {
		d.New += second
		return
	}
	b0 := first / then.All
	kept := b0 * now.All // what it would sell had it kept its share
	d.MarketEffect += kept - first
	if now.All == 0 {
		return
	}
	b1 := second / now.All
	d.ShareEffect += second - kept
	d.LostToEconomy += now.All * (b0*now.Share - then.Share*b1)
	if now.Share > then.Share {
		d.threatened += first
		if b1 < b0 {
			d.direct += first
			d.Displaced += kept - second
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
