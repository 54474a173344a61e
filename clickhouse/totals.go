package clickhouse

import (
	"context"
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
	if len(single) > 0 {
		if err := e.singleTotals(ctx, year, block, view.Products, single, totals); err != nil {
			return nil, err
		}
	}
	if len(others) == 0 {
		return totals, nil
	}
	return totals, e.blocTotals(ctx, year, view.Products, lines, others, totals)
}

// blocTotals adds up parties of several economies, or of some whose trade inside a bloc does not count.
func (e *Engine) blocTotals(ctx context.Context, year int, products []string, lines [][]buyers, parties []int, totals []kernel.Total) error {
	var wanted []netting
	var whole []buyers
	one := true // each party is a bloc as one
	for _, party := range parties {
		for _, b := range lines[party] {
			wanted, whole = append(wanted, nettings(b.inside, trade.Set{})...), append(whole, b)
			one = one && len(lines[party]) == 1 && b.set == b.inside
		}
	}
	if one && products == nil && e.holds(year, whole) {
		return e.heldTotals(ctx, year, lines, parties, totals)
	}
	all, err := e.marginsOf(ctx, year, products, false)
	if err != nil {
		return err
	}
	outer, err := e.outer(ctx, year, products, wanted, false)
	if err != nil {
		return err
	}
	for _, party := range parties {
		blocTotal(lines[party], all, outer, &totals[party])
	}
	return nil
}

// heldTotals adds up parties that are a bloc as one from what this buys, which most questions about it need anyway.
func (e *Engine) heldTotals(ctx context.Context, year int, lines [][]buyers, parties []int, totals []kernel.Total) error {
	var list []buyers
	for _, party := range parties {
		list = append(list, lines[party]...)
	}
	found, err := e.purchasesOf(ctx, year, list)
	if err != nil {
		return err
	}
	for i, party := range parties {
		found[list[i]].addTo(&totals[party])
	}
	return nil
}

// addTo adds up purchases, and counts their products.
func (p *purchases) addTo(total *kernel.Total) {
	for k := range p.products {
		sum := 0.0
		for _, v := range p.value[p.from[k]:p.from[k+1]] {
			sum += v
		}
		if sum > 0 {
			total.Imports += sum
			total.Products++
		}
	}
}

// singleTotals adds up parties of one economy.
func (e *Engine) singleTotals(ctx context.Context, year int, block []uint32, products []string, single map[uint16][]int, totals []kernel.Total) error {
	if products == nil {
		if known, ok := e.knownMargins(year, false); ok {
			addSingles(known, single, totals)
			return nil
		}
	}
	var mu sync.Mutex
	return e.rows(ctx, "SELECT economy, sum(bought), count() "+e.sumsIn(year, block, products == nil)+" AND bought > 0 GROUP BY economy", func(_ int, rows answer.Rows) error {
		var importer uint16
		var imports float64
		var traded uint64
		err := rows.Scan(&importer, &imports, &traded)
		mu.Lock()
		defer mu.Unlock()
		for _, party := range single[importer] {
			totals[party].Imports += imports
			totals[party].Products += int(traded)
		}
		return err
	})
}

// addSingles adds up parties of one economy from margins.
func addSingles(margins []placed, single map[uint16][]int, totals []kernel.Total) {
	for i := range margins {
		m := &margins[i]
		for k, importer := range m.Importer {
			for _, party := range single[importer] {
				totals[party].Imports += m.Imports[k]
				totals[party].Products++
			}
		}
	}
}

// buyers is a line of importers, and with whom its trade is inside.
type buyers struct{ set, inside trade.Set }

// blocTotal adds up what the lines of a party buy from others than those inside, and counts the products that any of them buys.
func blocTotal(lines []buyers, all []placed, outer map[netting][]placed, total *kernel.Total) {
	bought := map[uint32]bool{}
	for _, b := range lines {
		list := all
		if b.inside.Len() > 1 {
			list = outer[netting{b.inside}]
		}
		for i := range list {
			if sum := sumOver(list[i].Importer, list[i].Imports, b.set); sum > 0 {
				total.Imports += sum
				bought[list[i].product] = true
			}
		}
	}
	total.Products = len(bought)
}
