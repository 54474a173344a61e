package kernel

import (
	"chokepoint/indicator"
)

// cells are the cells of a block of products, in order of products: their sums in columns, as many entries in each as
// there are cells, or none where the sum is not needed.
type cells struct {
	indicator.Columns
	item                     []int32 // product: place in the block
	importer, partner        []int32 // lines, where the cells have such
	place                    []int32 // of importer cells: the economy's place in the index, -1 for blocs
	topSupplier, topExporter []uint16
	verdicts                 []indicator.Verdict // of the criteria judged so far, where cells arrive that miss one
}

func (c *cells) reset() {
	c.N = 0
	for s := range c.Col {
		c.Col[s] = c.Col[s][:0]
	}
	c.item, c.importer, c.partner, c.place = c.item[:0], c.importer[:0], c.partner[:0], c.place[:0]
	c.topSupplier, c.topExporter, c.verdicts = c.topSupplier[:0], c.topExporter[:0], c.verdicts[:0]
}

func (c *cells) put(need *sumSet, s indicator.Sum, v float64) {
	if need[s] {
		c.Col[s] = append(c.Col[s], v)
	}
}

// compact leaves the cells that are kept.
func (c *cells) compact(keep []bool) {
	n := 0
	for _, k := range keep {
		if k {
			n++
		}
	}
	if n == c.N {
		return
	}
	for s := range c.Col {
		c.Col[s] = compacted(c.Col[s], keep)
	}
	c.item, c.importer, c.partner, c.place = compacted(c.item, keep), compacted(c.importer, keep), compacted(c.partner, keep), compacted(c.place, keep)
	c.topSupplier, c.topExporter = compacted(c.topSupplier, keep), compacted(c.topExporter, keep)
	c.verdicts = compacted(c.verdicts, keep)
	c.N = n
}

func compacted[T any](list []T, keep []bool) []T {
	if len(list) == 0 {
		return list
	}
	n := 0
	for i, k := range keep {
		list[n] = list[i]
		if k {
			n++
		}
	}
	return list[:n]
}

// products calls do for the cells of one product after another: those from lo up to, without, hi.
func (c *cells) products(do func(item int32, lo, hi int) error) error {
	for lo := 0; lo < c.N; {
		hi := lo + 1
		for hi < c.N && c.item[hi] == c.item[lo] {
			hi++
		}
		if err := do(c.item[lo], lo, hi); err != nil {
			return err
		}
		lo = hi
	}
	return nil
}

func part[T any](list []T, lo, hi int) []T {
	if len(list) == 0 {
		return nil
	}
	return list[lo:hi]
}
