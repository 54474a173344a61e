package ingest

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestGatherAgreesWithSlowTwin gathers rows in orders of which some need no sort, with and without duplicates, from
// blocks with and without quantities, and compares with a stable sort of all rows.
func TestGatherAgreesWithSlowTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 32))
	byExporter := func(a, b storedRow) int { return int(a.exporter) - int(b.exporter) }
	byKey := func(a, b storedRow) int {
		if a.importer != b.importer {
			return int(a.importer) - int(b.importer)
		}
		return byExporter(a, b)
	}
	placed := 0
	var pool chunkPool
	for trial := range 120 {
		const products = 5
		n := r.IntN(3000)
		var rows []storedRow
		seen := make(map[storedRow]bool)
		for range n {
			row := storedRow{product: uint16(r.IntN(products)), importer: uint16(1 + r.IntN(1023)), exporter: uint16(1 + r.IntN(1023)), year: 2024}
			if again := seen[row]; again && trial%4 < 2 {
				continue
			}
			seen[row] = true
			row.value, row.quantity = 1+float64(r.IntN(1e6)), unknownQuantity
			if trial%3 > 0 && r.IntN(2) == 0 {
				row.quantity = float64(r.IntN(1000))
			}
			rows = append(rows, row)
			if trial%4 > 1 && r.IntN(200) == 0 {
				row.value++
				rows = append(rows, row)
			}
		}
		if trial%2 == 0 {
			slices.SortStableFunc(rows, byExporter)
		}
		var chunks []chunk
		for left := rows; len(left) > 0; {
			block := left[:min(len(left), 1+r.IntN(900))]
			left = left[len(block):]
			var b rowBuffer
			for _, row := range block {
				if trial%5 == 0 && len(chunks)%2 == 0 {
					row.quantity = unknownQuantity
				}
				b.add(row)
			}
			for i := range block {
				block[i].quantity = b.rows[i].quantity
			}
			chunks = append(chunks, b.chunks(products, &pool)...)
		}
		var g gatherer
		var got productFlows
		for product := range uint16(products) {
			want := slowGather(rows, product, byKey)
			g.gather(chunks, product, &got)
			if d := cmp.Diff(want, got, cmp.AllowUnexported(productFlows{}, dropped{}, tally{}, pair{}), cmpopts.EquateEmpty(), cmpopts.EquateNaNs()); d != "" {
				t.Fatalf("trial %d, product %d (-slow +fast):\n%s", trial, product, d)
			}
			if n := len(got.value); n > fewRows && g.place(chunks, &productFlows{product: product}, n+got.dropped.rows, false) {
				placed++
			}
		}
		pool.put(chunks)
	}
	if placed < 50 {
		t.Errorf("only %d products were placed without a sort", placed)
	}
}

// TestRowsOverAndOver gathers more rows than a product has flows: they are few, and need little memory.
func TestRowsOverAndOver(t *testing.T) {
	const n, pairs = maxPairs + 1000, 7
	c := chunk{year: 2024, start: []uint32{0, n}, importer: make([]uint16, n), exporter: make([]uint16, n), value: make([]float64, n), quantity: make([]float64, n)}
	for i := range n {
		c.importer[i], c.exporter[i], c.value[i], c.quantity[i] = uint16(1+i%pairs), 1023, float64(i), 1
	}
	var g gatherer
	var p productFlows
	g.gather([]chunk{c}, 0, &p)
	if !slices.Equal(p.importer, []uint16{1, 2, 3, 4, 5, 6, 7}) || !slices.Equal(p.value, []float64{0, 1, 2, 3, 4, 5, 6}) || len(p.quantity) != pairs {
		t.Errorf("stored %v of %v", p.importer, p.value)
	}
	sum := 0.0
	for i := pairs; i < n; i++ {
		sum += float64(i)
	}
	if p.dropped.rows != n-pairs || p.dropped.value != sum || len(p.dropped.keys) != pairs {
		t.Errorf("dropped %+v, want %d rows of %v", p.dropped.tally, n-pairs, sum)
	}
	if held := cap(g.keys) + cap(g.value) + cap(g.quantity) + cap(p.value) + cap(p.importer); held > 1000 {
		t.Errorf("memory for %d rows is held", held)
	}
}

// slowGather sorts the rows of one product and drops all but the first of a key.
func slowGather(rows []storedRow, product uint16, byKey func(a, b storedRow) int) productFlows {
	var mine []storedRow
	for _, row := range rows {
		if row.product == product {
			mine = append(mine, row)
		}
	}
	slices.SortStableFunc(mine, byKey)
	p := productFlows{product: product}
	known := false
	for i, row := range mine {
		if i > 0 && byKey(mine[i-1], row) == 0 {
			p.dropped.tally.add(1, row.value)
			p.dropped.remember(pair{row.importer, row.exporter})
			continue
		}
		p.importer, p.exporter = append(p.importer, row.importer), append(p.exporter, row.exporter)
		p.value, p.quantity = append(p.value, row.value), append(p.quantity, row.quantity)
		known = known || row.quantity == row.quantity
	}
	if !known {
		p.quantity = nil
	}
	return p
}
