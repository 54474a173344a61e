package dependence

import (
	"context"
	"iter"
	"math/bits"
	"slices"

	"chokepoint/method"
	"chokepoint/study"
)

// past is what a product has been: for each cell the years of a stretch in which the criteria were met, as bits from the first one on.
// A product is visited by one worker at a time and years follow one another, so it needs no lock.
type past struct {
	importers []uint64          // by group of importers
	pairs     map[uint64]uint64 // by groups of importers and partners
}

// history is the past of all products, by stretch of as many years as a word has bits, and by product. A window, of at most
// method.MaxWindow years, lies in one stretch or in two that follow one another.
type history [][]past

// stretch is the number of years of which a past has bits.
const stretch = 64

// reach makes room for a year that is so many after the first, and forgets stretches that no window of it or of a later one reaches back
// to, unless they are kept.
func (h history) reach(after, products int, keep bool) {
	at := after / stretch
	if h[at] == nil {
		h[at] = make([]past, products)
	}
	if !keep {
		clear(h[:max(at-1, 0)])
	}
}

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

// remember notes that a cell meets the criteria in a year of the stretch; groups is the number of those of importers.
func (p *past) remember(importer, partner int32, bit uint64, groups int) {
	if partner < 0 {
		if p.importers == nil {
			p.importers = make([]uint64, groups)
		}
		p.importers[importer] |= bit
		return
	}
	if p.pairs == nil {
		p.pairs = map[uint64]uint64{}
	}
	p.pairs[pairKey(importer, partner)] |= bit
}

// noteIn notes in a history that a cell meets the criteria in a year; place is that of its product.
func (s *Scan) noteIn(h history, place int, importer, partner int32, year int) {
	after := study.Apart(s.since, year)
	h[after/stretch][place].remember(importer, partner, 1<<(after%stretch), len(s.ImporterSide.Groups))
}

// inWindow are the years of a cell in the window that ends in a year that is so many after the first: bit n is n years before it.
func (h history) inWindow(place int, importer, partner int32, after, window int) uint64 {
	at, bit := after/stretch, after%stretch
	years := bits.Reverse64(h.yearsOf(at, place, importer, partner) << (stretch - 1 - bit))
	if window > bit+1 {
		years |= bits.Reverse64(h.yearsOf(at-1, place, importer, partner)) << (bit + 1)
	}
	return years & (1<<window - 1)
}

// yearsOf are the years of a cell in a stretch, none in one that was not reached.
func (h history) yearsOf(at, place int, importer, partner int32) uint64 {
	if at < 0 || h[at] == nil {
		return 0
	}
	return h[at][place].at(importer, partner)
}

// cells are those of a product that have met the criteria in a stretch that the window reaches into, which ends so many years after the first.
func (h history) cells(place, after, window int) iter.Seq2[int32, int32] {
	last := after / stretch
	return func(yield func(importer, partner int32) bool) {
		for at := max(after-window+1, 0) / stretch; at <= last; at++ {
			if h[at] == nil {
				continue
			}
			past := &h[at][place]
			fresh := func(importer, partner int32) bool {
				return at == last || h.yearsOf(last, place, importer, partner) == 0
			}
			for importer, years := range past.importers {
				if years != 0 && fresh(int32(importer), -1) && !yield(int32(importer), -1) {
					return
				}
			}
			for key := range past.pairs {
				if importer, partner := int32(key>>32), int32(uint32(key)); fresh(importer, partner) && !yield(importer, partner) {
					return
				}
			}
		}
	}
}

// judgedAs is the cell whose history counts: a method without a partner judges the importer, unless a partner bloc
// regroups its suppliers.
func (s *Scan) judgedAs(partner int32) int32 {
	if s.onlyTop && partner >= 0 && !s.regroups[partner] {
		return -1
	}
	return partner
}

// windowIn are the years in which a cell has met the criteria by a history, of the window that ends in one: bit n is n years before it.
func (s *Scan) windowIn(h history, place int, importer, partner int32, year int) uint64 {
	return h.inWindow(place, importer, partner, study.Apart(s.since, year), s.window)
}

// OnesIn counts those of the first n bits that are set.
func OnesIn(word uint64, n int) int { return bits.OnesCount64(word & (1<<n - 1)) }

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
