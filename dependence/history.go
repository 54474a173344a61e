package dependence

import (
	"chokepoint/study"
)

// past is the history of a product: for each cell the years in which the criteria were met, as bits from the first year on.
// A product is visited by one worker at a time and years follow one another, so it needs no lock.
type past struct {
	importers []uint64          // by group of importers
	pairs     map[uint64]uint64 // by groups of importers and partners
}

// maxYears is the number of years that a history has bits for.
const maxYears = 64

func (s *Scan) past(product string) *past { return &s.history[s.place[product]] }

func pairKey(importer, partner int32) uint64 { return uint64(importer)<<32 | uint64(partner) }

// at returns the years of a cell. partner is -1 for those that have none.
func (p *past) at(importer, partner int32) uint64 {
	switch {
	case partner >= 0:
		return p.pairs[pairKey(importer, partner)]
	case p.importers != nil:
		return p.importers[importer]
	}
	return 0
}

// remember notes that a cell meets the criteria in a year.
func (p *past) remember(s *Scan, importer, partner int32, year int) {
	bit := uint64(1) << study.Apart(s.since, year)
	if partner < 0 {
		if p.importers == nil {
			p.importers = make([]uint64, len(s.ImporterSide.Groups))
		}
		p.importers[importer] |= bit
		return
	}
	if p.pairs == nil {
		p.pairs = map[uint64]uint64{}
	}
	p.pairs[pairKey(importer, partner)] |= bit
}

// judgedAs is the cell whose history counts: a method without a partner judges the importer, unless a partner bloc
// regroups its suppliers.
func (s *Scan) judgedAs(partner int32) int32 {
	if s.onlyTop && partner >= 0 && !s.regroups[partner] {
		return -1
	}
	return partner
}

// inWindowOf turns years into those of the window that ends in one: bit n is n years before it.
func (s *Scan) inWindowOf(years uint64, year int) (flagged uint64) {
	now := study.Apart(s.since, year)
	for n := 0; n < s.window && n <= now; n++ {
		flagged |= years >> (now - n) & 1 << n
	}
	return flagged
}

func OnesIn(bits uint64, n int) int {
	count := 0
	for ; n > 0; n-- {
		count += int(bits & 1)
		bits >>= 1
	}
	return count
}
