package ingest

import (
	"math"
	"slices"
	"sync"
)

// unknownQuantity stands for a quantity that is missing.
var unknownQuantity = math.NaN()

// rowBuffer holds the rows of one block in the order of the file.
type rowBuffer struct {
	rows       []storedRow
	quantities bool // one is not missing
	mixed      bool // rows of several years
}

// storedRow is a row that is taken in.
type storedRow struct {
	product, importer, exporter uint16
	year                        int16
	value, quantity             float64
}

func (b *rowBuffer) reset() { *b = rowBuffer{rows: b.rows[:0]} }

func (b *rowBuffer) add(r storedRow) {
	b.rows = append(b.rows, r)
	b.quantities = b.quantities || r.quantity == r.quantity
	b.mixed = b.mixed || r.year != b.rows[0].year
}

// chunk is the rows of one year in one block, sorted by product, in the order of the file within a product. The rows of
// product p are start[p] … start[p+1].
type chunk struct {
	year               int
	start              []uint32
	importer, exporter []uint16
	value, quantity    []float64 // quantity is nil when none is known
}

// chunkPool keeps the memory of chunks that were stored for those of the next year.
type chunkPool struct {
	mu   sync.Mutex
	free []chunk
}

func (p *chunkPool) put(chunks []chunk) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, chunks...)
}

// take returns a chunk of n rows whose contents are left from before.
func (p *chunkPool) take(n int, quantities bool) (c chunk) {
	p.mu.Lock()
	if last := len(p.free) - 1; last >= 0 {
		c, p.free = p.free[last], p.free[:last]
	}
	p.mu.Unlock()
	c.importer, c.exporter, c.value = sized(c.importer, n), sized(c.exporter, n), sized(c.value, n)
	if quantities {
		c.quantity = sized(c.quantity, n)
	} else {
		c.quantity = nil
	}
	return c
}

// chunks sorts the buffer's rows into one chunk a year, by counting.
func (b *rowBuffer) chunks(products int, pool *chunkPool) []chunk {
	if len(b.rows) == 0 {
		return nil
	}
	if !b.mixed {
		return []chunk{b.chunk(b.rows[0].year, len(b.rows), products, pool)}
	}
	count := make(map[int16]int)
	for i := range b.rows {
		count[b.rows[i].year]++
	}
	var all []chunk
	for y, n := range count {
		all = append(all, b.chunk(y, n, products, pool))
	}
	return all
}

func (b *rowBuffer) chunk(year int16, n, products int, pool *chunkPool) chunk {
	c := pool.take(n, b.quantities)
	c.year, c.start = int(year), sized(c.start, products+1)
	clear(c.start)
	for i := range b.rows {
		if r := &b.rows[i]; r.year == year {
			c.start[r.product]++
		}
	}
	// Running sums give the ends; placing the rows from the last to the first turns them into starts.
	sum := uint32(0)
	for p, s := range c.start {
		sum += s
		c.start[p] = sum
	}
	for i := len(b.rows) - 1; i >= 0; i-- {
		r := &b.rows[i]
		if r.year != year {
			continue
		}
		c.start[r.product]--
		at := c.start[r.product]
		c.importer[at], c.exporter[at], c.value[at] = r.importer, r.exporter, r.value
		if c.quantity != nil {
			c.quantity[at] = r.quantity
		}
	}
	return c
}

// of returns the bounds of a product's rows; a chunk made before the product was first seen has none.
func (c *chunk) of(product uint16) (from, to uint32) {
	if int(product)+1 >= len(c.start) {
		return 0, 0
	}
	return c.start[product], c.start[product+1]
}

// productFlows are the flows of one product in one year, sorted by importer, then exporter.
type productFlows struct {
	product            uint16
	importer, exporter []uint16
	value, quantity    []float64 // quantity is nil when none is known
	dropped            []dropped
}

// dropped is a flow whose key an earlier row of the file has.
type dropped struct {
	importer, exporter uint16
	value              float64
}

// gatherer brings the rows of one product together. Its buffers serve one product after the other.
type gatherer struct {
	keys            []uint64 // importer<<42 | exporter<<32 | position in the file's order
	value, quantity []float64
	importers       [1 << keyBits]uint32
}

// keyBits is enough for an economy's code.
const keyBits = 10

// fewRows is the number of rows up to which sorting is faster than counting importers.
const fewRows = 128

// gather fills out with the rows of a product. Of rows with one key it keeps the first.
func (g *gatherer) gather(chunks []chunk, product uint16, out *productFlows) {
	n, quantities := 0, false
	for i := range chunks {
		c := &chunks[i]
		from, to := c.of(product)
		n += int(to - from)
		quantities = quantities || from < to && c.quantity != nil
	}
	*out = productFlows{product: product, importer: sized(out.importer, n), exporter: sized(out.exporter, n),
		value: sized(out.value, n), quantity: out.quantity[:0], dropped: out.dropped[:0]}
	if quantities {
		out.quantity = sized(out.quantity, n)
	}
	if n <= fewRows || !g.place(chunks, out, quantities) {
		g.collect(chunks, product, quantities)
		g.sortInto(out, quantities)
	}
	if !slices.ContainsFunc(out.quantity, func(q float64) bool { return q == q }) {
		out.quantity = nil
	}
}

// sized returns a slice of n items, in the memory of s where that is enough. Blocks have about the same number of rows:
// a little room makes memory fit the next one, where slices.Grow would take a quarter more.
func sized[T any](s []T, n int) []T {
	if n <= cap(s) {
		return s[:n]
	}
	return make([]T, n, n+n/16)
}

// place puts the rows where they belong by counting importers: all it takes for BACI's files, which are sorted by
// exporter. It returns false for rows in another order, and where a key comes twice.
func (g *gatherer) place(chunks []chunk, out *productFlows, quantities bool) bool {
	clear(g.importers[:])
	for i := range chunks {
		c := &chunks[i]
		from, to := c.of(out.product)
		for _, importer := range c.importer[from:to] {
			g.importers[importer%(1<<keyBits)]++
		}
	}
	sum := uint32(0)
	for i, n := range g.importers {
		g.importers[i] = sum
		sum += n
	}
	for i := range chunks {
		c := &chunks[i]
		from, to := c.of(out.product)
		importers, exporters, values := c.importer[from:to], c.exporter[from:to], c.value[from:to]
		exporters, values = exporters[:len(importers)], values[:len(importers)]
		for k, importer := range importers {
			at := g.importers[importer%(1<<keyBits)]
			g.importers[importer%(1<<keyBits)] = at + 1
			out.importer[at], out.exporter[at], out.value[at] = importer, exporters[k], values[k]
			if quantities {
				q := unknownQuantity
				if c.quantity != nil {
					q = c.quantity[int(from)+k]
				}
				out.quantity[at] = q
			}
		}
	}
	last := uint32(0) // no economy has code 0
	for i, importer := range out.importer {
		key := uint32(importer)<<16 | uint32(out.exporter[i])
		if key <= last {
			return false
		}
		last = key
	}
	return true
}

// collect takes up the rows of a product in the order of the file.
func (g *gatherer) collect(chunks []chunk, product uint16, quantities bool) {
	g.keys, g.value, g.quantity = g.keys[:0], g.value[:0], g.quantity[:0]
	for i := range chunks {
		c := &chunks[i]
		from, to := c.of(product)
		for at := from; at < to; at++ {
			key := uint64(c.importer[at])<<(32+keyBits) | uint64(c.exporter[at])<<32 | uint64(len(g.keys))
			g.keys = append(g.keys, key)
			if !quantities {
				continue
			}
			q := unknownQuantity
			if c.quantity != nil {
				q = c.quantity[at]
			}
			g.quantity = append(g.quantity, q)
		}
		g.value = append(g.value, c.value[from:to]...)
	}
}

// sortInto sorts what was collected and leaves all but the first row of a key.
func (g *gatherer) sortInto(out *productFlows, quantities bool) {
	slices.Sort(g.keys)
	out.importer, out.exporter, out.value, out.quantity = out.importer[:0], out.exporter[:0], out.value[:0], out.quantity[:0]
	last := ^uint64(0)
	for _, k := range g.keys {
		position := uint32(k)
		importer, exporter := uint16(k>>(32+keyBits)), uint16(k>>32)&(1<<keyBits-1)
		if k>>32 == last {
			out.dropped = append(out.dropped, dropped{importer, exporter, g.value[position]})
			continue
		}
		last = k >> 32
		out.importer = append(out.importer, importer)
		out.exporter = append(out.exporter, exporter)
		out.value = append(out.value, g.value[position])
		if quantities {
			out.quantity = append(out.quantity, g.quantity[position])
		}
	}
}
