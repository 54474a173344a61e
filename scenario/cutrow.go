package scenario

import (
	"math"
	"slices"

	"chokepoint/elasticity"
	"chokepoint/result"
	"chokepoint/trade"
)

// CutParty is an importer of an answer in a year.
type CutParty struct {
	Year                   int
	Importer, ImporterName string
	Status                 result.Status
	labels                 *labels
}

// CutCell is what a row is about: one importer and product, or a total.
type CutCell struct {
	*CutParty
	Suppliers              string
	Product                string // a code, all, or list:NAME
	Imports, Stopped, Lost float64
	LostTonnes             float64 // NaN where a tonnage is not known
	Others                 float64 // what candidates export to others
	High                   float64 // price factor for all that is lost, as though nobody filled it
	Easy, Impossible       float64 // of totals, the parts of Lost in products of these classes
	Freed                  float64 // of a row about those whose supply goes on: what they could have, US dollars; else 0
	takers                 *takers // of freed goods; nil elsewhere
}

// takers are who could take most of freed goods, and what the first could.
type takers struct {
	codes [3]uint16
	first float64
}

// CutRow is what becomes of a loss under a rule and a spare capacity. Answers have millions, which refer to their figures: nothing is copied to put them in order.
type CutRow struct {
	*CutCell
	*Combination
	*Substitution
	Path *Path
}

// Substitution is the figures of a row. It has no references, which the garbage collector would have to follow.
type Substitution struct {
	Unfilled, NoSource float64 // NoSource is the part of Unfilled for which the rule names nobody
	FirstUSD           float64
	Price, Low         float64
	sources            [3]uint16
	nobody             bool // the rule names nobody for any part of the loss
}

// Filled is the part of the loss that others fill.
func (r *CutRow) Filled() float64 { return r.Lost - r.Unfilled }

// Source is the label of the economy that fills most, second or third most; "" for none.
func (r *CutRow) Source(i int) string { return r.labels[r.sources[i]] }

// Buyer is the label of who could take most of freed goods, second or third most; "" for none.
func (r *CutRow) Buyer(i int) string {
	if r.takers == nil {
		return ""
	}
	return r.labels[r.takers.codes[i]]
}

// State is what the figures are based on.
func (r *CutRow) State() result.Status {
	if r.nobody {
		return result.NoSource
	}
	return r.Status
}

// labels are those of economies by code; "" for 0.
type labels [trade.MaxCode]string

func labelsOf(e *trade.Economies, codes ...trade.Set) *labels {
	var l labels
	for _, set := range codes {
		for _, code := range set.Codes() {
			l[code] = e.Label(code)
		}
	}
	return &l
}

func labelOf(e *trade.Economies, code uint16) string {
	if code == 0 {
		return ""
	}
	return e.Label(trade.Code(code))
}

// price puts in by how much the price index rises for what stays unfilled, at the first elasticity and at the largest.
func (r *Substitution) price(c *CutCell, sigmas []float64) {
	r.Price, r.Low = 1, 1
	if c.Lost == 0 || r.Unfilled == 0 {
		return
	}
	r.Price = priceFactor(r.Unfilled/c.Imports, sigmas[0])
	r.Low = priceFactor(r.Unfilled/c.Imports, slices.Max(sigmas))
}

// priceLoss puts in by how much the price index would rise if nobody filled what is lost.
func (c *CutCell) priceLoss(sigmas []float64) {
	if c.High = 1; c.Lost != 0 {
		c.High = priceFactor(c.Lost/c.Imports, slices.Min(sigmas))
	}
}

// mostShare is the share from which on no price factor is given: nearly nothing is left that could have a price.
const mostShare = 0.99

func priceFactor(share, sigma float64) float64 {
	if share >= mostShare {
		return math.NaN()
	}
	return elasticity.PriceFactor(max(0, share), sigma)
}
