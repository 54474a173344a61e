package store

import (
	"fmt"
	"math"
	"sync/atomic"

	"chokepoint/trade"
)

// What keeps the numbers of flows within bounds before a question uses them: the checksums of their blocks or, in datasets that
// have none, what can be seen from the numbers. Both are done once for each place of a file, by who comes there first.

// Columns of a file of flows.
const (
	importerColumn = 1 + iota
	exporterColumn
	valueColumn
	quantityColumn
)

// verifyRow verifies all flows of a product, without or with their tonnes.
func (c *chunk) verifyRow(row int, quantities bool) {
	c.verifyValues(row)
	if c.unproved != nil {
		c.checkRow(row, quantities)
		return
	}
	lo, hi := int(c.offsets[row]), int(c.offsets[row+1])
	c.verifyItems(importerColumn, 2, lo, hi)
	if quantities && c.quantity != nil {
		c.verifyItems(quantityColumn, 8, lo, hi)
	}
}

// verifyPriced verifies all flows of a product with their tonnes, but for their importers.
func (c *chunk) verifyPriced(row int) {
	if c.unproved != nil || c.quantity == nil {
		c.verifyRow(row, true)
		return
	}
	c.verifyValues(row)
	c.verifyItems(quantityColumn, 8, int(c.offsets[row]), int(c.offsets[row+1]))
}

// verifyValues verifies the exporters and values of all flows of a product.
func (c *chunk) verifyValues(row int) {
	if c.unproved != nil {
		c.checkValues(row)
		return
	}
	lo, hi := int(c.offsets[row]), int(c.offsets[row+1])
	c.verifyItems(exporterColumn, 2, lo, hi)
	c.verifyItems(valueColumn, 8, lo, hi)
}

// verifyItems verifies items of a column, each of so many bytes.
func (c *chunk) verifyItems(column, bytes, lo, hi int) {
	if c.file.sums != nil {
		from := c.at[numbers(column)].from
		c.file.verify(from+bytes*lo, from+bytes*hi)
	}
}

// verifyRun verifies the exporters and values of flows lo to hi of a product, which are those of importer i of its index.
func (c *chunk) verifyRun(row, i int, lo, hi int32) {
	if c.unproved != nil {
		c.checkRun(row, i, lo, hi)
		return
	}
	first := int(c.offsets[row])
	c.verifyItems(exporterColumn, 2, first+int(lo), first+int(hi))
	c.verifyItems(valueColumn, 8, first+int(lo), first+int(hi))
}

// checks remembers what of a batch without checksums has been looked at.
type checks struct {
	index     bits // by product: its index
	values    bits // by product: exporters and values of all flows
	importers bits // by product
	tonnes    bits // by product
	runs      bits // by item of the lists of importers: exporters and values
}

func newChecks(c *chunk) *checks {
	n := len(c.product)
	return &checks{newBits(n), newBits(n), newBits(n), newBits(n), newBits(len(c.index.importer))}
}

type bits []atomic.Uint64

func newBits(n int) bits       { return make(bits, (n+63)/64) }
func (b bits) has(i int) bool  { return b[i/64].Load()&(1<<(i%64)) != 0 }
func (b bits) add(i int)       { b[i/64].Or(1 << (i % 64)) }
func positive(v float64) bool  { return v > 0 && v <= math.MaxFloat64 }
func codeInside(c uint16) bool { return c > 0 && c < trade.MaxCode }

// bad ends the question.
func (c *chunk) bad(row int, format string, args ...any) {
	c.file.throw(fmt.Sprintf("product %s: %s", c.product[row], fmt.Sprintf(format, args...)))
}

// checkIndex checks the index of a product: ascending codes, positive values, and that both sides add up to the same.
func (c *chunk) checkIndex(row int) {
	if c.unproved.index.has(row) {
		return
	}
	x := c.index.of(row, 0)
	sums := [2]float64{}
	for k, side := range []struct {
		codes  []uint16
		values []float64
	}{{x.Importer, x.Imports}, {x.Exporter, x.Exports}} {
		last := uint16(0)
		for i, v := range side.values {
			code := side.codes[i]
			if code <= last || !positive(v) {
				c.bad(row, "its index has economy %d after %d, with %v dollars; expected ascending codes and positive values", code, last, v)
			}
			last, sums[k] = code, sums[k]+v
		}
	}
	if imports := sums[0]; sums[1] != x.World || math.Abs(imports-x.World) > roundingOf*x.World {
		c.bad(row, "its index has imports of %v, exports of %v and a world of %v dollars; expected the same", imports, sums[1], x.World)
	}
	c.unproved.index.add(row)
}

// checkValues checks the exporters and values of all flows of a product: codes within bounds, positive values that add up to the
// index's.
func (c *chunk) checkValues(row int) {
	if c.unproved.values.has(row) {
		return
	}
	c.checkIndex(row)
	lo, hi := c.offsets[row], c.offsets[row+1]
	exporter, value := c.exporter[lo:hi], c.value[lo:hi]
	var all uint16
	var a, b float64
	wrong := int64(0) // negative if anything is
	for len(exporter) >= 2 && len(value) >= 2 {
		v, w := value[0], value[1]
		all |= exporter[0] | exporter[1]
		wrong |= int64(exporter[0]) - 1 | int64(exporter[1]) - 1 | int64(math.Float64bits(v)) - 1 | int64(math.Float64bits(w)) - 1
		a, b = a+v, b+w
		exporter, value = exporter[2:], value[2:]
	}
	for i, e := range exporter {
		all |= e
		wrong |= int64(e) - 1 | int64(math.Float64bits(value[i])) - 1
		a += value[i]
	}
	if sum := a + b; wrong < 0 || all >= trade.MaxCode || !c.addsUp(sum, c.index.world[row]) {
		c.bad(row, "flows of %v dollars; its index says %v, of positive values from economies up to %d", sum, c.index.world[row], trade.MaxCode-1)
	}
	c.unproved.values.add(row)
}

// addsUp compares a sum of values with that of the index.
func (c *chunk) addsUp(sum, want float64) bool {
	return sum == want || !c.exact && math.Abs(sum-want) <= roundingOf*want
}

// checkRow checks what checkValues does not look at.
func (c *chunk) checkRow(row int, quantities bool) {
	first := c.offsets[row]
	if !c.unproved.importers.has(row) {
		x := c.index.of(row, c.offsets[row+1]-first)
		for i, importer := range x.Importer {
			lo, hi := x.Run(i)
			for _, code := range c.importer[first+lo : first+hi] {
				if code != importer {
					c.bad(row, "importer %d where its index has %d", code, importer)
				}
			}
		}
		c.unproved.importers.add(row)
	}
	if quantities && c.quantity != nil && !c.unproved.tonnes.has(row) {
		for _, q := range c.quantity[first:c.offsets[row+1]] {
			if q < 0 || q > math.MaxFloat64 {
				c.bad(row, "a quantity of %v", q)
			}
		}
		c.unproved.tonnes.add(row)
	}
}

// checkRun checks the flows of one importer of a product: ascending exporters, positive values that add up to the index's.
func (c *chunk) checkRun(row, i int, lo, hi int32) {
	at := int(c.index.importers[row]) + i
	if c.unproved.runs.has(at) {
		return
	}
	lo, hi = c.offsets[row]+lo, c.offsets[row]+hi
	sum, sound := sumOf(c.exporter[lo:hi], c.value[lo:hi])
	if want := c.index.imports[at]; !sound || !c.addsUp(sum, want) {
		c.bad(row, "importer %d buys for %v dollars; its index says %v, of ascending exporters and positive values", c.index.importer[at], sum, want)
	}
	c.unproved.runs.add(at)
}

// sumOf adds up values, and says whether all are positive and exporters ascend and are codes.
func sumOf(exporter []uint16, value []float64) (sum float64, sound bool) {
	if len(exporter) == 0 || len(exporter) != len(value) || !codeInside(exporter[0]) || !codeInside(exporter[len(exporter)-1]) {
		return 0, false
	}
	var a, b float64
	wrong, last := int64(0), int64(0) // wrong is negative if anything is
	for len(exporter) >= 2 && len(value) >= 2 {
		e, f, v, w := int64(exporter[0]), int64(exporter[1]), value[0], value[1]
		wrong |= e - last - 1 | f - e - 1 | int64(math.Float64bits(v)) - 1 | int64(math.Float64bits(w)) - 1
		a, b, last = a+v, b+w, f
		exporter, value = exporter[2:], value[2:]
	}
	for i, e := range exporter {
		wrong |= int64(e) - last - 1 | int64(math.Float64bits(value[i])) - 1
		a, last = a+value[i], int64(e)
	}
	return a + b, wrong >= 0
}
