package clickhouse

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	answer "github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"chokepoint/kernel"
	"chokepoint/store"
	"chokepoint/trade"
)

// marginProducts are asked for in one statement of Margins.
const marginProducts = 2048

// Margins implements study.Engine: one row per product, with what each economy imports and exports.
func (e *Engine) Margins(ctx context.Context, year int, products []string, inside trade.Set, take func(product string, m store.Margins) error) error {
	without := ""
	if codes := inside.Codes(); len(codes) > 1 {
		list := numbers(codes)
		without = fmt.Sprintf(" AND NOT (importer IN (%s) AND exporter IN (%s))", list, list)
	}
	if err := e.prove(ctx, year); err != nil {
		return err
	}
	places, err := e.tradedIn(ctx, year, products)
	if err != nil {
		return err
	}
	for block := range slices.Chunk(places, marginProducts) {
		found := map[uint32]*store.Margins{}
		for side, column := range map[string]string{"importer": "bought", "exporter": "sold"} {
			from := fmt.Sprintf("SELECT product, %s AS economy, sum(value) AS trade %s%s GROUP BY product, economy", side, e.flowsOf(year, block, products == nil), without)
			if without == "" {
				from = fmt.Sprintf("SELECT product, economy, %[1]s AS trade %[2]s AND %[1]s > 0", column, e.sumsIn(year, block, products == nil))
			}
			query := fmt.Sprintf("SELECT product, groupArray(economy), groupArray(trade) FROM (%s) GROUP BY product", from)
			if err := e.marginsInto(ctx, query, found, side == "importer"); err != nil {
				return err
			}
		}
		for _, product := range block {
			if m := found[product]; m != nil {
				if err := take(e.codes[product], *m); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// marginsInto adds one side of the margins of products.
func (e *Engine) marginsInto(ctx context.Context, query string, found map[uint32]*store.Margins, imports bool) error {
	var mu sync.Mutex
	return e.rows(ctx, query, func(_ int, rows answer.Rows) error {
		var (
			product uint32
			economy []uint16
			trades  []float64
		)
		if err := rows.Scan(&product, &economy, &trades); err != nil {
			return err
		}
		if int(product) >= len(e.codes) || len(trades) != len(economy) {
			return e.strange("%d economies with %d sums of product %d", len(economy), len(trades), product)
		}
		order := make([]int, len(economy))
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(i, j int) int { return int(economy[i]) - int(economy[j]) })
		mu.Lock()
		defer mu.Unlock()
		m := found[product]
		if m == nil {
			m = &store.Margins{}
			found[product] = m
		}
		for _, i := range order {
			if imports {
				m.Importer, m.Imports = append(m.Importer, economy[i]), append(m.Imports, trades[i])
			} else {
				m.Exporter, m.Exports = append(m.Exporter, economy[i]), append(m.Exports, trades[i])
				m.World += trades[i]
			}
		}
		return nil
	})
}

// Prices implements study.Engine.
func (e *Engine) Prices(ctx context.Context, year int, exporters trade.Set) ([]kernel.Price, error) {
	if err := e.prove(ctx, year); err != nil {
		return nil, err
	}
	codes := numbers(exporters.Codes())
	own := "exporter IN (" + codes + ")"
	query := fmt.Sprintf("SELECT product, sumIf(value, quantity > 0 AND %s), sumIf(quantity, quantity > 0 AND %s), sumIf(value, quantity > 0), sumIf(quantity, quantity > 0) FROM %s WHERE year = %d AND NOT (%s AND importer IN (%s)) GROUP BY product",
		own, own, e.table, year, own, codes)
	var mu sync.Mutex
	var list []kernel.Price
	err := e.rows(ctx, query, func(_ int, rows answer.Rows) error {
		var product uint32
		var p kernel.Price
		if err := rows.Scan(&product, &p.Value, &p.Tonnes, &p.World, &p.WorldTonnes); err != nil {
			return err
		}
		if int(product) >= len(e.codes) {
			return e.strange("product %d of %d", product, len(e.codes))
		}
		p.Product = e.codes[product]
		mu.Lock()
		defer mu.Unlock()
		list = append(list, p)
		return nil
	})
	slices.SortFunc(list, func(a, b kernel.Price) int { return strings.Compare(a.Product, b.Product) })
	return list, err
}

// Deals implements study.Engine: one row per partner, of all partners.
func (e *Engine) Deals(ctx context.Context, year int, economy, _ trade.Set, products []string) (*kernel.Deals, error) {
	d := &kernel.Deals{Sold: make([]float64, trade.MaxCode), Bought: make([]float64, trade.MaxCode)}
	block := e.placesIn(products)
	if len(block) == 0 {
		return d, nil
	}
	if err := e.prove(ctx, year); err != nil {
		return nil, err
	}
	codes, flows := numbers(economy.Codes()), e.flowsOf(year, block, products == nil)
	var mu sync.Mutex
	err := e.rows(ctx, "SELECT sum(sold) "+e.sumsIn(year, block, products == nil), func(_ int, rows answer.Rows) error {
		var world float64
		err := rows.Scan(&world)
		mu.Lock()
		defer mu.Unlock()
		d.World += world
		return err
	})
	if err != nil {
		return nil, err
	}
	query := fmt.Sprintf("SELECT if(exporter IN (%s), importer, exporter) AS partner, sumIf(value, exporter IN (%s)), sumIf(value, exporter NOT IN (%s)) %s AND (exporter IN (%s) OR importer IN (%s)) GROUP BY partner",
		codes, codes, codes, flows, codes, codes)
	err = e.rows(ctx, query, func(_ int, rows answer.Rows) error {
		var partner uint16
		var sold, bought float64
		err := rows.Scan(&partner, &sold, &bought)
		if err == nil && partner >= trade.MaxCode {
			err = e.strange("economy %d", partner)
		}
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		d.Sold[partner] += sold
		d.Bought[partner] += bought
		return nil
	})
	d.AddUp(economy)
	return d, err
}

// onwardSellers are asked for in one statement of Onwards.
const onwardSellers = 1024

// seller is one of those that Onwards is asked for, by product and the code of the statement's rows: 0 for a bloc.
type seller struct {
	product uint32
	code    uint16
}

// Onwards implements study.Engine: one row per seller. Single economies are asked for together, each bloc by itself.
func (e *Engine) Onwards(ctx context.Context, year int, sellers []kernel.Seller) ([]kernel.Onward, error) {
	if err := e.prove(ctx, year); err != nil {
		return nil, err
	}
	blocs := map[trade.Set][]int{} // places in sellers; single economies under the empty set
	for i, s := range sellers {
		set := s.Supplier
		if set.Len() < 2 {
			set = trade.Set{}
		}
		blocs[set] = append(blocs[set], i)
	}
	list := make([]kernel.Onward, len(sellers))
	for bloc, places := range blocs {
		for some := range slices.Chunk(places, onwardSellers) {
			wanted := map[seller][]int{}
			for _, i := range some {
				s := seller{product: e.places[sellers[i].Product]}
				if bloc.Len() == 0 {
					s.code = uint16(sellers[i].Supplier.Codes()[0])
				}
				wanted[s] = append(wanted[s], i)
			}
			var mu sync.Mutex
			err := e.rows(ctx, e.onwardSQL(year, bloc.Codes(), wanted), func(_ int, rows answer.Rows) error {
				var s seller
				var value float64
				var dependent uint64
				err := rows.Scan(&s.product, &s.code, &value, &dependent)
				if err == nil && wanted[s] == nil {
					err = e.strange("seller %d of product %d", s.code, s.product)
				}
				mu.Lock()
				defer mu.Unlock()
				for _, i := range wanted[s] {
					list[i] = kernel.Onward{Value: value, Dependent: int(dependent)}
				}
				return err
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// onwardSQL states what kernel.Onwards does: direct is what a hub buys from the seller, size what it can sell, onward what
// third economies get through hubs.
func (e *Engine) onwardSQL(year int, bloc []trade.Code, wanted map[seller][]int) string {
	var products []uint32
	var pairs []string
	for s := range wanted {
		products, pairs = append(products, s.product), append(pairs, fmt.Sprintf("(%d,%d)", s.product, s.code))
	}
	slices.Sort(products)
	slices.Sort(pairs)
	products = slices.Compact(products)
	flows := e.flowsOf(year, products, false)
	code, sold, third := "exporter", "(product, exporter) IN ("+strings.Join(pairs, ",")+")", "i != s"
	if len(bloc) > 0 {
		code, sold, third = "toUInt16(0)", fmt.Sprintf("exporter IN (%s) AND importer NOT IN (%s)", numbers(bloc), numbers(bloc)), "i NOT IN ("+numbers(bloc)+")"
	}
	direct := func(economy, value string) string {
		return fmt.Sprintf("SELECT product, %s AS s, importer AS %s, sum(value) AS %s %s AND %s GROUP BY product, s, %s", code, economy, value, flows, sold, economy)
	}
	size := func(economy string) string {
		return fmt.Sprintf("SELECT product, economy AS %s, greatest(sold, bought) AS size, bought AS buys %s", economy, e.sumsIn(year, products, false))
	}
	hubs := fmt.Sprintf("SELECT product, s, hub, f, size FROM (%s) AS a ANY LEFT JOIN (%s) AS b USING product, hub", direct("hub", "f"), size("hub"))
	onward := fmt.Sprintf("SELECT product, s, i, sum(v * f / size) AS onward FROM (SELECT product, exporter AS hub, importer AS i, value AS v %s) AS a ALL INNER JOIN (%s) AS b USING product, hub WHERE %s GROUP BY product, s, i", flows, hubs, third)
	withDirect := fmt.Sprintf("SELECT product, s, i, onward, d FROM (%s) AS a ANY LEFT JOIN (%s) AS b USING product, s, i", onward, direct("i", "d"))
	return fmt.Sprintf("SELECT product, s, sum(onward), countIf(d < %v * buys AND d + onward >= %v * buys) FROM (SELECT product, s, i, onward, d, buys FROM (%s) AS a ANY LEFT JOIN (%s) AS b USING product, i) GROUP BY product, s",
		kernel.Half, kernel.Half, withDirect, size("i"))
}
