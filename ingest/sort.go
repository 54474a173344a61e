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
	dropped            dropped
}

// dropped are the rows whose key an earlier row of the file has, and the first maxTwice of these keys.
type dropped struct {
	tally
	keys []pair
}

// pair is an importer and an exporter.
type pair struct{ importer, exporter uint16 }

// gatherer brings the rows of one product together. Its buffers serve one product after the other.
type gatherer struct {
	keys            []uint64 // importer<<42 | exporter<<32 | position in the file's order
	value, quantity []float64
	importers       [1 << keyBits]uint32
	seen, twice     []uint64 // sets of keys, a bit each: those that a row had, and those that a second one had
}

// keyBits is enough for an economy's code.
const keyBits = 10

// maxPairs bounds the flows of a product in a year: where there are more rows, some occur twice.
const maxPairs = 1 << (2 * keyBits)

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
	*out = productFlows{product: product, importer: out.importer[:0], exporter: out.exporter[:0], value: out.value[:0],
		quantity: out.quantity[:0], dropped: dropped{keys: out.dropped.keys[:0]}}
	if n <= fewRows || n > maxPairs || !g.place(chunks, out, n, quantities) {
		g.collect(chunks, out, n, quantities)
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
func (g *gatherer) place(chunks []chunk, out *productFlows, n int, quantities bool) bool {
	out.importer, out.exporter, out.value = sized(out.importer, n), sized(out.exporter, n), sized(out.value, n)
	if quantities {
		out.quantity = sized(out.quantity, n)
	}
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

// collect takes up the rows of a product in the order of the file. Where rows are many, those with the key of an earlier one
// are dropped here, so that rows which occur over and over need no memory.
func (g *gatherer) collect(chunks []chunk, out *productFlows, n int, quantities bool) {
	g.keys, g.value, g.quantity = g.keys[:0], g.value[:0], g.quantity[:0]
	once := n > maxPairs
	if once {
		g.seen, g.twice = cleared(g.seen), cleared(g.twice)
	}
	for i := range chunks {
		c := &chunks[i]
		from, to := c.of(out.product)
		for at := from; at < to; at++ {
			if once && g.repeated(c, at, &out.dropped) {
				continue
			}
			key := uint64(c.importer[at])<<(32+keyBits) | uint64(c.exporter[at])<<32 | uint64(len(g.keys))
			g.keys = append(g.keys, key)
			g.value = append(g.value, c.value[at])
			if !quantities {
				continue
			}
			q := unknownQuantity
			if c.quantity != nil {
				q = c.quantity[at]
			}
			g.quantity = append(g.quantity, q)
		}
	}
}

// cleared returns an empty set of pairs, in the memory of s.
func cleared(s []uint64) []uint64 {
	if s == nil {
		return make([]uint64, maxPairs/64)
	}
	clear(s)
	return s
}

// repeated drops a row whose key an earlier one has.
func (g *gatherer) repeated(c *chunk, at uint32, d *dropped) bool {
	key := uint32(c.importer[at])<<keyBits | uint32(c.exporter[at])
	word, bit := key/64, uint64(1)<<(key%64)
	if g.seen[word]&bit == 0 {
		g.seen[word] |= bit
		return false
	}
	d.tally.add(1, c.value[at])
	if g.twice[word]&bit == 0 {
		g.twice[word] |= bit
		d.remember(pair{c.importer[at], c.exporter[at]})
	}
	return true
}

func (d *dropped) remember(p pair) {
	if n := len(d.keys); n < maxTwice && (n == 0 || d.keys[n-1] != p) {
		d.keys = append(d.keys, p)
	}
}

// sortInto sorts what was collected and leaves all but the first row of a key.
func (g *gatherer) sortInto(out *productFlows, quantities bool) {
	slices.Sort(g.keys)
	n := len(g.keys)
	out.importer, out.exporter, out.value = sized(out.importer, n)[:0], sized(out.exporter, n)[:0], sized(out.value, n)[:0]
	out.quantity = out.quantity[:0]
	last := ^uint64(0)
	for _, k := range g.keys {
		position := uint32(k)
		p := pair{uint16(k >> (32 + keyBits)), uint16(k>>32) & (1<<keyBits - 1)}
		if k>>32 == last {
			out.dropped.tally.add(1, g.value[position])
			out.dropped.remember(p)
			continue
		}
		last = k >> 32
		out.importer = append(out.importer, p.importer)
		out.exporter = append(out.exporter, p.exporter)
		out.value = append(out.value, g.value[position])
		if quantities {
			out.quantity = append(out.quantity, g.quantity[position])
		}
	}
}
