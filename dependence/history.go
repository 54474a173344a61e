package dependence

import (
	"context"
	"slices"

	"chokepoint/method"
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

// Held is a product for which somebody depends on a party of partners.
type Held struct {
	Product string
	Partner int32
}

// HeldSince says since when somebody has depended on each of some partners for a product without a gap in the years of the dataset, up to a
// year in which somebody does. It goes back year by year, over the products that are still in question; of a method that looks at several
// years it goes through all of them, as each year is judged by what came before.
func HeldSince(ctx context.Context, st *study.Study, m *method.Method, year int, held []Held) (map[Held]int, error) {
	since := make(map[Held]int, len(held))
	for _, h := range held {
		since[h] = year
	}
	earlier := slices.DeleteFunc(slices.Clone(st.Have), func(y int) bool { return y >= year })
	if m.Persistence.Window > 1 {
		return since, heldThrough(ctx, st, m, earlier, since, year)
	}
	for next := year; len(earlier) > 0; earlier = earlier[:len(earlier)-1] {
		var left []string
		for h, y := range since {
			if y == next {
				left = append(left, h.Product)
			}
		}
		slices.Sort(left)
		if left = slices.Compact(left); left == nil {
			break
		}
		last := earlier[len(earlier)-1]
		err := heldIn(ctx, st, m, []int{last}, left, func(y int, h Held) {
			if since[h] == next {
				since[h] = y
			}
		})
		if err != nil {
			return nil, err
		}
		next = last
	}
	return since, nil
}

// heldThrough is HeldSince for a method that looks at several years.
func heldThrough(ctx context.Context, st *study.Study, m *method.Method, earlier []int, since map[Held]int, year int) error {
	if len(earlier) == 0 {
		return nil
	}
	begun, seen := map[Held]int{}, map[Held]int{} // the first year of the stretch so far, and the last
	before := map[int]int{}                       // of a year, the one before it
	for i, y := range earlier[1:] {
		before[y] = earlier[i]
	}
	err := heldIn(ctx, st, m, earlier, nil, func(y int, h Held) {
		if seen[h] == y {
			return
		}
		if seen[h] == 0 || seen[h] != before[y] {
			begun[h] = y
		}
		seen[h] = y
	})
	for h := range since {
		if seen[h] == earlier[len(earlier)-1] {
			since[h] = begun[h]
		}
	}
	return err
}

// heldIn hands over who is depended on for what in some years: of some products; nil for those of the study.
func heldIn(ctx context.Context, st *study.Study, m *method.Method, years []int, products []string, take func(year int, h Held)) error {
	of := *st
	of.Years = years
	scan, err := NewScan(&of, m)
	if err != nil {
		return err
	}
	scan.only = products
	columns := scan.columns()
	held := map[Held]bool{} // in the year at hand
	collect := func(_ int, c *counter) {
		for product, x := range c.met() {
			held[Held{product, x.cell % int32(columns)}] = true
		}
	}
	return countAll(ctx, []*Scan{scan}, collect, func(_, year int) error {
		for h := range held {
			take(year, h)
		}
		clear(held)
		return nil
	})
}
