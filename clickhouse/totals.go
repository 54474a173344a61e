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

// Totals implements analysis.Engine. A product is on one shard, so the numbers of the shards add up.
func (e *Engine) Totals(ctx context.Context, year int, view kernel.View, parties [][]int32, n int) ([]kernel.Total, error) {
	s := &scanning{Engine: e, view: &view}
	block := e.placesIn(view.Products)
	totals := make([]kernel.Total, n)
	if len(block) == 0 {
		return totals, nil
	}
	lines := make([][]trade.Set, n)
	for l, list := range parties {
		for _, party := range list {
			lines[party] = append(lines[party], view.Importers[l])
		}
	}
	var mu sync.Mutex
	for from := 0; from < n; from += partiesAtATime {
		to := min(from+partiesAtATime, n)
		var columns []string
		for _, sets := range lines[from:to] {
			columns = append(columns, totalSQL(sets)...)
		}
		query := "SELECT [" + strings.Join(columns, ", ") + "] " + s.scope(block)
		err := e.rows(ctx, query, func(_ int, rows answer.Rows) error {
			var values []float64
			if err := rows.Scan(&values); err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			for i := range values[:len(values)/2] {
				totals[from+i].Imports += values[2*i]
				totals[from+i].Products += int(values[2*i+1])
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

// totalSQL sums what the lines of a party buy, and counts the products that any of them buys.
func totalSQL(lines []trade.Set) []string {
	imports, any := []string{"toFloat64(0)"}, []string{"0"}
	for _, set := range lines {
		codes := set.Codes()
		if len(codes) == 0 {
			continue
		}
		where := (&group{codes: codes, bloc: len(codes) > 1}).bought()
		imports = append(imports, fmt.Sprintf("sumIf(value, %s)", where))
		any = append(any, "("+where+")")
	}
	return []string{strings.Join(imports, " + "), "toFloat64(uniqExactIf(product, " + strings.Join(any, " OR ") + "))"}
}
