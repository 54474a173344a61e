package clickhouse

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"

	answer "github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"chokepoint/fault"
	"chokepoint/indicator"
	"chokepoint/industry"
	"chokepoint/kernel"
	"chokepoint/store"
	"chokepoint/trade"
)

// marginProducts are asked for in one statement about margins.
const marginProducts = 2048

// placed is the margins of a product, by its place, and beside them what they leave out, and what is known of quantities.
type placed struct {
	product uint32
	store.Margins
	priced, tonnes []float64 // by exporter: what it sells of which the quantity is known; nil where nobody asked
	insider        []uint16  // of a bloc: members that buy from members, ascending
	inner          []float64 // of each, what it buys from them
}

// sizeOfPlaced is what margins take in memory.
func sizeOfPlaced(list []placed) int64 {
	size := store.SizeOfSlice(list)
	for i := range list {
		p := &list[i]
		for _, values := range [][]float64{p.Imports, p.Exports, p.priced, p.tonnes, p.inner} {
			size += store.SizeOfSlice(values)
		}
		size += store.SizeOfSlice(p.Importer) + store.SizeOfSlice(p.Exporter) + store.SizeOfSlice(p.insider)
	}
	return size
}

// of finds a product among margins that ascend; nil where it is not traded.
func of(list []placed, product uint32) *placed {
	k, ok := slices.BinarySearchFunc(list, product, func(p placed, product uint32) int { return int(p.product) - int(product) })
	if !ok {
		return nil
	}
	return &list[k]
}

// Margins implements study.Engine: one row per product, with what each economy imports and exports.
func (e *Engine) Margins(ctx context.Context, year int, products []string, inside trade.Set, take func(product string, m store.Margins) error) error {
	if err := e.prove(ctx, year); err != nil {
		return err
	}
	list, err := e.marginsOf(ctx, year, products, false)
	if err == nil && inside.Len() > 1 {
		list, err = e.without(ctx, year, list, products, inside)
	}
	for i := range list {
		if err == nil {
			err = take(e.codes[list[i].product], list[i].Margins)
		}
	}
	return err
}

type marginsKey struct {
	year    int
	weighed bool
}

// marginsOf gives the margins of products that are traded, ascending, from the sums. Those of a whole year are remembered: 17 MB for ten million
// flows of 200 economies and 5,000 products, with quantities 24.
func (e *Engine) marginsOf(ctx context.Context, year int, products []string, weighed bool) ([]placed, error) {
	known, ok := e.knownMargins(year, weighed)
	switch {
	case ok && products == nil:
		return known, nil
	case ok:
		return amongPlaces(known, e.placesIn(products)), nil
	case products == nil:
		return store.Remember(ctx, e.Dataset.Memory(), marginsKey{year, weighed}, sizeOfPlaced, func() ([]placed, error) { return e.readMargins(ctx, year, e.placesIn(nil), true, weighed) })
	}
	return e.readMargins(ctx, year, e.placesIn(products), false, weighed)
}

// knownMargins are those of a year, if they are remembered: with quantities, or where these are not asked for without.
func (e *Engine) knownMargins(year int, weighed bool) ([]placed, bool) {
	known, ok := store.Known[marginsKey, []placed](e.Dataset.Memory(), marginsKey{year, true})
	if !ok && !weighed {
		known, ok = store.Known[marginsKey, []placed](e.Dataset.Memory(), marginsKey{year, false})
	}
	return known, ok
}

// readMargins asks for them, both sides in one statement.
func (e *Engine) readMargins(ctx context.Context, year int, places []uint32, run, weighed bool) ([]placed, error) {
	columns := []string{"bought", "sold"}
	if weighed {
		columns = append(columns, "priced", "tonnes")
	}
	var list []placed
	for block := range slices.Chunk(places, marginProducts) {
		some, err := e.marginsFrom(ctx, "SELECT "+keySQL("0", "economy")+", "+strings.Join(columns, ", ")+" "+e.sumsIn(year, block, run), 1, len(columns))
		if err != nil {
			return nil, err
		}
		list = append(list, some[0]...)
	}
	return list, nil
}

// weight is what the world exports of a product, as far as quantities are known.
type weight struct{ priced, tonnes float64 }

// sum is a base sum of it; tonnes of nothing are missing.
func (w weight) sum(sum indicator.Sum) float64 {
	switch {
	case sum == indicator.WorldWithQuantity:
		return w.priced
	case w.priced == 0:
		return math.NaN()
	}
	return w.tonnes
}

// weightsOf gives it by product.
func (e *Engine) weightsOf(ctx context.Context, year int) (map[uint32]weight, error) {
	type key struct{ year int }
	size := func(list map[uint32]weight) int64 { return int64(len(list)) * 64 }
	return store.Remember(ctx, e.Dataset.Memory(), key{year}, size, func() (map[uint32]weight, error) {
		weights := map[uint32]weight{}
		var mu sync.Mutex
		err := e.rows(ctx, fmt.Sprintf("SELECT product, sum(priced), sum(tonnes) FROM %s WHERE year = %d GROUP BY product", sumsTable(e.table), year), func(_ int, rows answer.Rows) error {
			var product uint32
			var w weight
			if err := rows.Scan(&product, &w.priced, &w.tonnes); err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			weights[product] = w
			return nil
		})
		return weights, err
	})
}

type (
	pricesKey struct {
		year      int
		exporters trade.Set
	}
	innerKey struct {
		year   int
		inside trade.Set
	}
)

// Prices implements study.Engine. No threshold moves them: the dataset remembers them, some 200 kB for each who asked.
func (e *Engine) Prices(ctx context.Context, year int, exporters trade.Set) ([]kernel.Price, error) {
	return store.Remember(ctx, e.Dataset.Memory(), pricesKey{year, exporters}, store.SizeOfSlice[kernel.Price], func() ([]kernel.Price, error) {
		prices, _, err := e.byProduct(ctx, year, exporters, trade.Set{})
		return prices, err
	})
}

// Inner gives what a bloc sells inside, by product; nothing where sums of it are not exact.
func (e *Engine) Inner(ctx context.Context, year int, inside trade.Set) (*industry.Inner, error) {
	if !e.Dataset.Manifest().Exact {
		return nil, nil
	}
	if known, ok := store.Known[innerKey, *industry.Inner](e.Dataset.Memory(), innerKey{year, inside}); ok {
		return known, nil
	}
	_, inner, err := e.byProduct(ctx, year, trade.Set{}, inside)
	return inner, err
}

// Ahead reads in one pass what Prices and Inner will be asked for.
func (e *Engine) Ahead(ctx context.Context, year int, exporters, inside trade.Set) error {
	m := e.Dataset.Memory()
	_, priced := store.Known[pricesKey, []kernel.Price](m, pricesKey{year, exporters})
	_, inner := store.Known[innerKey, *industry.Inner](m, innerKey{year, inside})
	if priced || inner || !e.Dataset.Manifest().Exact {
		return nil // the other is one pass anyway
	}
	prices, n, err := e.byProduct(ctx, year, exporters, inside)
	if err == nil {
		store.Keep(m, pricesKey{year, exporters}, prices, store.SizeOfSlice(prices))
		store.Keep(m, innerKey{year, inside}, n, store.SizeOfSlice(n.Products)+store.SizeOfSlice(n.Values))
	}
	return err
}

// byProduct reads prices of exporters and the inner trade of a bloc, of all products that are traded, ascending.
func (e *Engine) byProduct(ctx context.Context, year int, exporters, inside trade.Set) ([]kernel.Price, *industry.Inner, error) {
	if err := e.prove(ctx, year); err != nil {
		return nil, nil, err
	}
	places, err := e.tradedIn(ctx, year, nil)
	if err != nil {
		return nil, nil, err
	}
	prices, inner := make([]kernel.Price, len(places)), &industry.Inner{Products: make([]string, len(places)), Values: make([]float64, len(places))}
	for i, place := range places {
		prices[i].Product, inner.Products[i] = e.codes[place], e.codes[place]
	}
	both := func(set trade.Set) string {
		codes := numbers(append(set.Codes(), 0)) // a list must have an entry; no economy is 0
		return fmt.Sprintf("(importer IN (%s) AND exporter IN (%s))", codes, codes)
	}
	weighed, own := "quantity > 0 AND NOT "+both(exporters), "exporter IN ("+numbers(append(exporters.Codes(), 0))+")"
	query := fmt.Sprintf("SELECT product, sumIf(value, %[1]s AND %[2]s), sumIf(quantity, %[1]s AND %[2]s), sumIf(value, %[1]s), sumIf(quantity, %[1]s), sumIf(value, %[3]s) FROM %[4]s WHERE year = %[5]d GROUP BY product",
		weighed, own, both(inside), e.table, year)
	return prices, inner, e.rows(ctx, query, func(_ int, rows answer.Rows) error {
		var product uint32
		var p kernel.Price
		var n float64
		if err := rows.Scan(&product, &p.Value, &p.Tonnes, &p.World, &p.WorldTonnes, &n); err != nil {
			return err
		}
		i, ok := slices.BinarySearch(places, product)
		if !ok {
			return e.strange("product %d of %d", product, len(e.codes))
		}
		p.Product = e.codes[product]
		prices[i], inner.Values[i] = p, n // each product is on one shard
		return nil
	})
}

// Deals implements study.Engine: one row per partner, of all partners.
func (e *Engine) Deals(ctx context.Context, year int, economy, partners trade.Set, products []string) (*kernel.Deals, error) {
	list, err := e.DealsIn(ctx, year, economy, partners, [][]string{products})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// DealsIn is Deals for several lists of products, which may overlap: the flows are read once for all.
func (e *Engine) DealsIn(ctx context.Context, year int, economy, _ trade.Set, lists [][]string) ([]*kernel.Deals, error) {
	if err := e.prove(ctx, year); err != nil {
		return nil, err
	}
	deals, all := make([]*kernel.Deals, len(lists)), false
	var block []uint32
	var places []string
	for i, products := range lists {
		deals[i] = &kernel.Deals{Sold: make([]float64, trade.MaxCode), Bought: make([]float64, trade.MaxCode)}
		own := e.placesIn(products)
		if len(own) == 0 {
			continue
		}
		margins, err := e.marginsOf(ctx, year, products, false)
		if err != nil {
			return nil, err
		}
		for k := range margins {
			deals[i].World += margins[k].World
		}
		in := "1"
		if products != nil {
			in = "product IN (" + numbers(own) + ")"
		}
		block, all, places = append(block, own...), all || products == nil, append(places, fmt.Sprintf("if(%s, toUInt32(%d), toUInt32(0))", in, i+1))
	}
	if len(block) == 0 {
		return deals, nil
	}
	slices.Sort(block)
	codes := numbers(economy.Codes())
	query := fmt.Sprintf("SELECT place, if(exporter IN (%[1]s), importer, exporter) AS partner, sumIf(value, exporter IN (%[1]s)), sumIf(value, exporter NOT IN (%[1]s)) FROM (SELECT importer, exporter, value, [%[2]s] AS places %[3]s AND (exporter IN (%[1]s) OR importer IN (%[1]s))) ARRAY JOIN places AS place WHERE place > 0 GROUP BY place, partner",
		codes, strings.Join(places, ", "), e.flowsOf(year, slices.Compact(block), all))
	var mu sync.Mutex
	err := e.rows(ctx, query, func(_ int, rows answer.Rows) error {
		var place uint32
		var partner uint16
		var sold, bought float64
		err := rows.Scan(&place, &partner, &sold, &bought)
		if err == nil && (partner >= trade.MaxCode || place < 1 || int(place) > len(deals)) {
			err = e.strange("economy %d in list %d", partner, place)
		}
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		deals[place-1].Sold[partner] += sold
		deals[place-1].Bought[partner] += bought
		return nil
	})
	for _, d := range deals {
		d.AddUp(economy)
	}
	return deals, err
}

// onwardSellers are asked for in one statement of Onwards.
const onwardSellers = 512

// seller is one of those that Onwards is asked for, by product and the code of the statement's rows: 0 for a bloc.
type seller struct {
	product uint32
	code    uint16
}

// Onwards implements study.Engine: one row per seller. Single economies are asked for together, each bloc by itself; statements about different
// products are put at the same time, as a server joins in one thread.
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
	group, ctx := fault.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for bloc, places := range blocs {
		slices.SortStableFunc(places, func(a, b int) int { return strings.Compare(sellers[a].Product, sellers[b].Product) })
		for some := range slices.Chunk(places, onwardSellers) {
			group.Go(func() error { return e.onwards(ctx, year, bloc, sellers, some, list) })
		}
	}
	return list, group.Wait()
}

// onwards puts one statement, about some of the sellers, and fills in their places of the list.
func (e *Engine) onwards(ctx context.Context, year int, bloc trade.Set, sellers []kernel.Seller, some []int, list []kernel.Onward) error {
	wanted := map[seller][]int{}
	for _, i := range some {
		s := seller{product: e.places[sellers[i].Product]}
		if bloc.Len() == 0 {
			s.code = uint16(sellers[i].Supplier.Codes()[0])
		}
		wanted[s] = append(wanted[s], i)
	}
	var mu sync.Mutex
	return e.rows(ctx, e.onwardSQL(year, bloc.Codes(), wanted), func(_ int, rows answer.Rows) error {
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
}

// onwardSQL states what kernel.Onwards does, and reads the flows once: by product and hub it collects what the hub buys from sellers, and what it
// sells to whom. size is what a hub can sell, onward what third economies get through hubs, d what they buy directly.
func (e *Engine) onwardSQL(year int, bloc []trade.Code, wanted map[seller][]int) string {
	var products []uint32
	var pairs []string
	for s := range wanted {
		products, pairs = append(products, s.product), append(pairs, fmt.Sprintf("(%d,%d)", s.product, s.code))
	}
	slices.Sort(products)
	slices.Sort(pairs)
	products = slices.Compact(products)
	code, sold, third := "exporter", "(product, exporter) IN ("+strings.Join(pairs, ",")+")", "i != s"
	if len(bloc) > 0 {
		code, sold, third = "toUInt16(0)", fmt.Sprintf("exporter IN (%s) AND importer NOT IN (%s)", numbers(bloc), numbers(bloc)), "i NOT IN ("+numbers(bloc)+")"
	}
	size := func(economy string) string {
		return fmt.Sprintf("SELECT product, economy AS %s, greatest(sold, bought) AS size, bought AS buys %s", economy, e.sumsIn(year, products, false))
	}
	ends := fmt.Sprintf("SELECT product, if(inward, importer, exporter) AS hub, groupArrayIf(%s, inward) AS sellers, groupArrayIf(value, inward) AS direct, groupArrayIf(importer, NOT inward) AS buyers, groupArrayIf(value, NOT inward) AS sales"+
		" FROM (SELECT product, importer, exporter, value, %s AS chosen %s) ARRAY JOIN if(chosen, [0, 1], [0]) AS inward GROUP BY product, hub HAVING notEmpty(sellers)", code, sold, e.flowsOf(year, products, false))
	hubs := fmt.Sprintf("SELECT product, hub, sellers, direct, buyers, sales, size FROM (%s) AS a ANY LEFT JOIN (%s) AS b USING product, hub", ends, size("hub"))
	// What the hub itself buys is a row like those of its customers.
	through := fmt.Sprintf("SELECT product, s, f, size, arrayPushBack(buyers, hub) AS ks, arrayPushBack(sales, toFloat64(0)) AS vs, arrayPushBack(arrayMap(x -> toFloat64(0), sales), f) AS ds FROM (%s) ARRAY JOIN sellers AS s, direct AS f", hubs)
	onward := fmt.Sprintf("SELECT product, s, i, sum(v * f / size) AS onward, sum(w) AS d FROM (%s) ARRAY JOIN ks AS i, vs AS v, ds AS w WHERE %s GROUP BY product, s, i", through, third)
	return fmt.Sprintf("SELECT product, s, sum(onward), countIf(d < %v * buys AND d + onward >= %v * buys) FROM (SELECT product, s, i, onward, d, buys FROM (%s) AS a ANY LEFT JOIN (%s) AS b USING product, i) GROUP BY product, s",
		kernel.Half, kernel.Half, onward, size("i"))
}
