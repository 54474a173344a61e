package clickhouse

import (
	"context"
	"fmt"
	"strings"
	"sync"

	answer "github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"chokepoint/kernel"
	"chokepoint/trade"
)

// Totals implements study.Engine. A product is on one shard, so the numbers of the shards add up.
func (e *Engine) Totals(ctx context.Context, year int, view kernel.View, parties [][]int32, n int) ([]kernel.Total, error) {
	block := e.placesIn(view.Products)
	totals := make([]kernel.Total, n)
	if len(block) == 0 {
		return totals, nil
	}
	if err := e.prove(ctx, year); err != nil {
		return nil, err
	}
	lines := make([][]buyers, n)
	for l, list := range parties {
		for _, party := range list {
			lines[party] = append(lines[party], buyers{view.Importers[l], view.InsideOf(int32(l))})
		}
	}
	// Parties of one economy are groups of one statement, however many there are; the others are columns.
	single := map[uint16][]int{}
	var others []int
	for party, list := range lines {
		if len(list) == 1 && list[0].inside.Len() == 1 {
			code := uint16(list[0].set.Codes()[0])
			single[code] = append(single[code], party)
		} else {
			others = append(others, party)
		}
	}
	flows := e.flowsOf(year, block, view.Products == nil)
	var mu sync.Mutex
	add := func(party int, imports float64, products uint64) {
		mu.Lock()
		defer mu.Unlock()
		totals[party].Imports += imports
		totals[party].Products += int(products)
	}
	if len(single) > 0 {
		err := e.rows(ctx, "SELECT economy, sum(bought), count() "+e.sumsIn(year, block, view.Products == nil)+" AND bought > 0 GROUP BY economy", func(_ int, rows answer.Rows) error {
			var importer uint16
			var imports float64
			var products uint64
			err := rows.Scan(&importer, &imports, &products)
			for _, party := range single[importer] {
				add(party, imports, products)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	for from := 0; from < len(others); from += partiesAtATime {
		some := others[from:min(from+partiesAtATime, len(others))]
		var columns []string
		for _, party := range some {
			columns = append(columns, totalSQL(lines[party])...)
		}
		err := e.rows(ctx, "SELECT ["+strings.Join(columns, ", ")+"] "+flows, func(_ int, rows answer.Rows) error {
			var values []float64
			if err := rows.Scan(&values); err != nil {
				return err
			}
			if len(values) != 2*len(some) {
				return e.strange("%d totals", len(values))
			}
			for i, party := range some {
				add(party, values[2*i], uint64(values[2*i+1]))
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return totals, nil
}

// partiesAtATime bounds the columns of a statement.
const partiesAtATime = 32

// buyers is a line of importers, and with whom its trade is inside.
type buyers struct{ set, inside trade.Set }

// totalSQL sums what the lines of a party buy, and counts the products that any of them buys.
func totalSQL(lines []buyers) []string {
	imports, any := []string{"toFloat64(0)"}, []string{"0"}
	for _, b := range lines {
		if b.set.Len() == 0 {
			continue
		}
		where := boughtBy(b.set.Codes(), b.inside.Codes())
		imports = append(imports, fmt.Sprintf("sumIf(value, %s)", where))
		any = append(any, "("+where+")")
	}
	return []string{strings.Join(imports, " + "), "toFloat64(uniqExactIf(product, " + strings.Join(any, " OR ") + "))"}
}
