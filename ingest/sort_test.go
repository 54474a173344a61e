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
			if d := cmp.Diff(want, got, cmp.AllowUnexported(productFlows{}, dropped{}), cmpopts.EquateEmpty(), cmpopts.EquateNaNs()); d != "" {
				t.Fatalf("trial %d, product %d (-slow +fast):\n%s", trial, product, d)
			}
			if n := len(got.value); n > fewRows && g.place(chunks, &productFlows{product: product, importer: make([]uint16, n+len(got.dropped)),
				exporter: make([]uint16, n+len(got.dropped)), value: make([]float64, n+len(got.dropped))}, false) {
				placed++
			}
		}
		pool.put(chunks)
	}
	if placed < 50 {
		t.Errorf("only %d products were placed without a sort", placed)
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
			p.dropped = append(p.dropped, dropped{row.importer, row.exporter, row.value})
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
