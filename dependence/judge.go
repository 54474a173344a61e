package dependence

import (
	"math"
	"slices"

	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/trade"
)

// judge is the kernel's visitor: it decides which cells of a block of products are dependencies.
type judge struct {
	*Scan
	take     taker
	cells    []Cell
	scratch  indicator.Scratch
	keep     []bool
	now      []bool
	verdicts []indicator.Verdict
	agree    []agreement
	margins  [][]float64
	values   [][]float64
	entries  map[uint64]int // of the product at hand: parties → index in what is collected
	at       int            // place of the product at hand in the history
	failed   error          // of exact arithmetic, where a cell is described
}

// taker takes a cell that is a dependency or, where importers are missing, could be one. Bit n of flagged says that the criteria were met
// n years ago.
type taker func(b *kernel.Batch, i int, flagged uint64, v indicator.Verdict)

func (j *judge) reset() { j.cells = j.cells[:0] }

// Importers implements kernel.Visitor.
func (j *judge) Importers(b *kernel.Batch) error {
	j.takeUp(b.Product)
	switch {
	case !j.pairs:
		return j.decide(b)
	case j.onlyTop && j.window > 1:
		// A method without a partner judges the importer, also in years in which it buys nothing from the partner asked for.
		all, err := j.judgeAll(b)
		if err != nil {
			return err
		}
		for i, v := range all {
			j.remember(j.at, b.Importer[i], -1, b.Year, v)
		}
	}
	return nil
}

// Pairs implements kernel.Visitor.
func (j *judge) Pairs(b *kernel.Batch) error {
	j.takeUp(b.Product)
	return j.decide(b)
}

// takeUp turns to a product.
func (j *judge) takeUp(product string) {
	if j.scratch.Reset(); j.window > 1 {
		j.at = j.place[product]
	}
}

func (j *judge) meet(b *kernel.Batch, criteria []*indicator.Criterion, buffer *[]bool) ([]bool, error) {
	keep := slices.Grow((*buffer)[:0], b.N)[:b.N]
	*buffer = keep
	for i := range keep {
		keep[i] = true
	}
	for _, c := range criteria {
		if err := c.Meet(&b.Columns, &j.scratch, keep, b.Exact); err != nil {
			return nil, err
		}
	}
	return keep, nil
}

// decide takes the cells of a product that are dependencies. What arrives has met the criteria, unless earlier years count:
// then it is judged here.
func (j *judge) decide(b *kernel.Batch) error {
	asked := slices.Contains(j.Years, b.Year)
	if asked {
		if err := j.prepare(b); err != nil {
			return err
		}
	}
	clear(j.entries)
	if j.window == 1 {
		for i := range b.N {
			if !j.onlyTop || j.partnerIsTop(b, i) {
				j.take(b, i, 1, j.verdict(b, i))
			}
		}
		return j.failed
	}
	for i := range b.Verdicts {
		flagged, v := j.flagged(b, i)
		if asked && v.May() && (!j.onlyTop || j.partnerIsTop(b, i)) {
			j.take(b, i, flagged, v)
		}
	}
	return j.failed
}

// flagged records the verdict on cell i and returns those of its window, and that of the window: bit n is n years ago.
func (j *judge) flagged(b *kernel.Batch, i int) (uint64, indicator.Verdict) {
	importer, partner := b.Importer[i], int32(-1)
	if b.Partner != nil {
		partner = j.judgedAs(b.Partner[i])
	}
	if !(j.onlyTop && partner < 0) { // else Importers has recorded it
		j.remember(j.at, importer, partner, b.Year, j.verdict(b, i))
	}
	flagged := j.windowIn(j.history, j.at, importer, partner, b.Year)
	return flagged, j.overWindow(j.at, importer, partner, b.Year, flagged)
}

func (j *judge) partnerIsTop(b *kernel.Batch, i int) bool {
	if b.TopSupplier[i] == kernel.MergedPartner {
		return true
	}
	return j.partners[b.Partner[i]].Has(trade.Code(b.TopSupplier[i]))
}

// prepare computes what a cell shows beside its verdict.
func (j *judge) prepare(b *kernel.Batch) error {
	j.values, j.margins = j.values[:0], j.margins[:0]
	for _, e := range j.Scan.values {
		j.values = append(j.values, e.Eval(&b.Columns, &j.scratch))
	}
	if j.details {
		for _, c := range j.Method.Criteria {
			j.margins = append(j.margins, c.Margin(&b.Columns, &j.scratch))
		}
	}
	if len(j.others.methods) == 0 {
		return nil
	}
	j.agree = slices.Grow(j.agree[:0], b.N)[:b.N]
	clear(j.agree)
	for k, m := range j.others.methods {
		if j.others.elsewhere[k] {
			continue
		}
		all, err := j.meet(b, m.Criteria, &j.keep)
		if err != nil {
			return err
		}
		for i, met := range all {
			if met {
				j.agree[i] |= 1 << k
			}
		}
	}
	return nil
}

// noPartner are the parties of partners of a cell that has none.
var noPartner = []int32{-1}

// fold adds cell i to every pair of parties that it belongs to.
func (j *judge) fold(b *kernel.Batch, i int, flagged uint64, v indicator.Verdict) {
	if !v.Met() {
		return
	}
	partner, partners := int32(-1), noPartner
	if b.Partner != nil {
		partner = b.Partner[i]
		partners = j.Partners.PartiesOf[partner]
	}
	for _, ip := range j.ImporterSide.PartiesOf[b.Importer[i]] {
		for _, pp := range partners {
			j.foldInto(b, i, ip, pp, partner, flagged, v)
		}
	}
}

// entry finds what was collected of two parties for the product at hand, or notes that it will be at next.
func (j *judge) entry(importer, partner int32, next int) (at int, known bool) {
	key := uint64(uint32(importer))<<32 | uint64(uint32(partner))
	if at, known = j.entries[key]; known {
		return at, true
	}
	if j.entries == nil {
		j.entries = map[uint64]int{}
	}
	j.entries[key] = next
	return next, false
}

func (j *judge) foldInto(b *kernel.Batch, i int, importer, partnerParty, partner int32, flagged uint64, v indicator.Verdict) {
	at, known := j.entry(importer, partnerParty, len(j.cells))
	if !known {
		j.cells = append(j.cells, Cell{year: b.Year, importer: importer, Partner: partnerParty, Product: b.Product,
			best: -1, topImporter: -1})
	}
	c := &j.cells[at]
	c.alternatives++
	// Cells of one importer follow one another: its imports count once, however many partners it depends on.
	if c.topImporter != b.Importer[i] || c.alternatives == 1 {
		c.Imports += b.At(indicator.Imports, i)
		if !j.bare {
			c.exports += b.At(indicator.Exports, i)
		}
	}
	c.topImporter = b.Importer[i]
	c.Flagged |= flagged
	c.verdict |= v
	weight := b.At(indicator.Imports, i)
	if partner >= 0 {
		weight = b.At(indicator.ImportsFromPartner, i)
		c.FromPartner += weight
		if j.details && !slices.Contains(c.counted, partner) {
			c.counted = append(c.counted, partner)
			c.worldShare += b.At(indicator.PartnerExports, i) / b.At(indicator.WorldExports, i)
		}
	}
	if weight > c.best && !j.bare {
		c.best, c.topPartner, c.topSupplier, c.topGroup = weight, partner, b.TopSupplier[i], b.Importer[i]
		j.describe(c, b, i, v)
	}
}

// describe keeps the details of cell i, the largest so far of its parties.
func (j *judge) describe(c *Cell, b *kernel.Batch, i int, v indicator.Verdict) {
	c.values = c.values[:0]
	for _, col := range j.values {
		c.values = append(c.values, ValueAt(col, i))
	}
	c.margin = math.Inf(1)
	for k, col := range j.margins {
		if m := ValueAt(col, i); math.Abs(m) < math.Abs(c.margin) {
			c.margin, c.nearest = m, int8(k)
		}
	}
	if len(j.others.methods) > 0 {
		c.agree = j.agree[i]
	}
	if c.turningCriteria = ""; j.details && v.CouldTurn() && j.failed == nil {
		c.turningCriteria, j.failed = j.turningCriteria(b, i)
	}
}

func ValueAt(col []float64, i int) float64 {
	if len(col) == 1 {
		return col[0]
	}
	return col[i]
}
