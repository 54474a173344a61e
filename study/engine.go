package study

import (
	"context"
	"slices"

	"chokepoint/industry"
	"chokepoint/kernel"
	"chokepoint/store"
	"chokepoint/trade"
)

// Catalogue is what is known of a dataset without its flows: a *store.Dataset, whose files are on this computer, or a
// *store.Catalogue of one whose flows an engine has.
type Catalogue interface {
	Manifest() *store.Manifest
	Economies() *trade.Economies
	Products() *trade.Products
	Years() []int
	// Importers and Exporters are the economies that import or export anything in a year; none in a year that the dataset lacks.
	Importers(year int) trade.Set
	Exporters(year int) trade.Set
	// Memory keeps what follows from the dataset.
	Memory() *store.Memory
}

// Engine is where the flows are and sums are computed: the files of the dataset on this computer, or a cluster. It gives
// the same cells either way.
type Engine interface {
	// Scan computes the cells of a year as kernel.Scan does.
	Scan(ctx context.Context, year int, view kernel.View, start func() kernel.Visitor, done func(kernel.Visitor) error) error
	// Totals adds up a year by party as kernel.Totals does.
	Totals(ctx context.Context, year int, view kernel.View, parties [][]int32, n int) ([]kernel.Total, error)
	// Flows gives the flows of a product, by importer and exporter; none where nobody trades it. They are valid until the engine
	// is closed.
	Flows(ctx context.Context, year int, product string) (store.Flows, error)
	// Margins hands over what each economy imports and exports of each product as kernel.Margins does.
	Margins(ctx context.Context, year int, products []string, inside trade.Set, take func(product string, m store.Margins) error) error
	// Prices gives values and tonnes by product as kernel.Prices does.
	Prices(ctx context.Context, year int, exporters trade.Set) ([]kernel.Price, error)
	// Deals gives what an economy trades with partners, none for all, as kernel.DealsOf does.
	Deals(ctx context.Context, year int, economy, partners trade.Set, products []string) (*kernel.Deals, error)
	// Onwards follows what sellers sell through one other economy as kernel.Onwards does.
	Onwards(ctx context.Context, year int, sellers []kernel.Seller) ([]kernel.Onward, error)
	// Traded gives those of the products that have flows in a year, ascending; nil asks for all.
	Traded(ctx context.Context, year int, products []string) ([]string, error)
	// Close closes the dataset and whatever else is open.
	Close() error
}

// local is the engine of the files on this computer.
type local struct{ *store.Dataset }

// Scan implements Engine.
func (l local) Scan(ctx context.Context, y int, view kernel.View, start func() kernel.Visitor, done func(kernel.Visitor) error) error {
	year, err := l.Year(y)
	if err != nil {
		return err
	}
	return kernel.Scan(ctx, year, view, start, done)
}

// Totals implements Engine.
func (l local) Totals(ctx context.Context, y int, view kernel.View, parties [][]int32, n int) ([]kernel.Total, error) {
	year, err := l.Year(y)
	if err != nil {
		return nil, err
	}
	return kernel.Totals(ctx, year, view, parties, n)
}

// Flows implements Engine.
func (l local) Flows(_ context.Context, y int, product string) (store.Flows, error) {
	year, err := l.Year(y)
	if err != nil {
		return store.Flows{}, err
	}
	k, ok := year.Find(product)
	if !ok {
		return store.Flows{}, nil
	}
	return year.Flows(k), nil
}

// FlowsOf gives the flows of products by their places in the list: of files as each is asked for; of an engine that can hand over several at a time,
// all at once.
func (s *Source) FlowsOf(ctx context.Context, year int, products []string) (func(i int) (store.Flows, error), error) {
	engine := s.EngineOrFiles()
	several, ok := engine.(interface {
		FlowsOf(ctx context.Context, year int, products []string) ([]store.Flows, error)
	})
	if !ok || len(products) < 2 {
		return func(i int) (store.Flows, error) { return engine.Flows(ctx, year, products[i]) }, nil
	}
	list, err := several.FlowsOf(ctx, year, products)
	return func(i int) (store.Flows, error) { return list[i], nil }, err
}

// Margins implements Engine.
func (l local) Margins(ctx context.Context, y int, products []string, inside trade.Set, take func(product string, m store.Margins) error) error {
	year, err := l.Year(y)
	if err != nil {
		return err
	}
	return kernel.Margins(ctx, year, products, inside, take)
}

// Prices implements Engine.
func (l local) Prices(ctx context.Context, y int, exporters trade.Set) ([]kernel.Price, error) {
	year, err := l.Year(y)
	if err != nil {
		return nil, err
	}
	return kernel.Prices(ctx, year, exporters)
}

// Deals implements Engine.
func (l local) Deals(ctx context.Context, y int, economy, partners trade.Set, products []string) (*kernel.Deals, error) {
	year, err := l.Year(y)
	if err != nil {
		return nil, err
	}
	return kernel.DealsOf(ctx, year, economy, partners, products)
}

// Onwards implements Engine.
func (l local) Onwards(ctx context.Context, y int, sellers []kernel.Seller) ([]kernel.Onward, error) {
	year, err := l.Year(y)
	if err != nil {
		return nil, err
	}
	return kernel.Onwards(ctx, year, sellers)
}

// Traded implements Engine.
func (l local) Traded(_ context.Context, y int, products []string) ([]string, error) {
	year, err := l.Year(y)
	if err != nil {
		return nil, err
	}
	var traded []string
	if products == nil {
		for i := range year.Len() {
			traded = append(traded, year.Product(i))
		}
	}
	for _, p := range products {
		if _, ok := year.Find(p); ok {
			traded = append(traded, p)
		}
	}
	return traded, nil
}

// EngineOrFiles is the one that was chosen, else the files.
func (s *Source) EngineOrFiles() Engine {
	if s.Engine != nil {
		return s.Engine
	}
	files, ok := s.Dataset.(*store.Dataset)
	if !ok {
		panic("dataset " + s.Dataset.Manifest().Name + " has neither files nor an engine") // a mistake of who made the source
	}
	return local{files}
}

// Close closes the dataset, wherever it is.
func (s *Source) Close() error { return s.EngineOrFiles().Close() }

// ScanYear is Engine.Scan for visitors of one type.
func ScanYear[V kernel.Visitor](ctx context.Context, s *Source, y int, view kernel.View, start func() V, done func(V) error) error {
	return s.EngineOrFiles().Scan(ctx, y, view, func() kernel.Visitor { return start() }, func(v kernel.Visitor) error { return done(v.(V)) })
}

// severalScanner is an engine that reads its flows once for several views.
type severalScanner interface {
	ScanAll(ctx context.Context, year int, views []kernel.View, start func(view int) kernel.Visitor, done func(view int, v kernel.Visitor) error) error
}

// ScanViews is ScanYear for several views of the same products, which start and done get by their place. The flows are read once for all.
func ScanViews[V kernel.Visitor](ctx context.Context, s *Source, y int, views []kernel.View, start func(view int) V, done func(view int, v V) error) error {
	if files, ok := s.EngineOrFiles().(local); ok {
		year, err := files.Year(y)
		if err != nil {
			return err
		}
		return kernel.ScanAll(ctx, year, views, start, done)
	}
	if several, ok := s.EngineOrFiles().(severalScanner); ok {
		return several.ScanAll(ctx, y, views, func(view int) kernel.Visitor { return start(view) }, func(view int, v kernel.Visitor) error { return done(view, v.(V)) })
	}
	for i, view := range views {
		if err := ScanYear(ctx, s, y, view, func() V { return start(i) }, func(v V) error { return done(i, v) }); err != nil {
			return err
		}
	}
	return nil
}

// salesReader is an engine whose margins stay valid: sales need not be copied.
type salesReader interface {
	Sales(ctx context.Context, year int) (*industry.Sales, error)
}

// Sales implements salesReader. What they add up to is remembered, some 130 kB a year; they themselves are in the index.
func (l local) Sales(ctx context.Context, y int) (*industry.Sales, error) {
	year, err := l.Year(y)
	if err != nil {
		return nil, err
	}
	margins := func(k int) store.Margins { return year.Index(k).Margins }
	type key struct{}
	sums, err := store.RememberOf(ctx, year, key{}, (*industry.SalesSums).Size, func() (*industry.SalesSums, error) {
		sums := &industry.SalesSums{Products: make([]string, 0, year.Len()), World: make([]float64, 0, year.Len())}
		for k := range year.Len() {
			if k%64 == 0 && ctx.Err() != nil {
				return nil, ctx.Err()
			}
			sums.Add(year.Product(k), margins(k))
		}
		return sums, nil
	})
	if err != nil {
		return nil, err
	}
	return &industry.Sales{SalesSums: sums, Of: margins}, nil
}

// Industry reads what every economy exports in a year.
func (s *Source) Industry(ctx context.Context, y int) (*industry.Year, error) {
	return s.IndustryOf(ctx, y, trade.Set{})
}

// innerTrader is an engine that knows what a bloc sells inside, by product, where sums of it are exact; nil where they are not. Others are
// asked for margins without it.
type innerTrader interface {
	Inner(ctx context.Context, year int, inside trade.Set) (*industry.Inner, error)
}

// innersTrader is one that reads its flows once for several blocs.
type innersTrader interface {
	Inners(ctx context.Context, year int, blocs []trade.Set) ([]*industry.Inner, error)
}

// Inner implements innerTrader.
func (l local) Inner(ctx context.Context, y int, inside trade.Set) (*industry.Inner, error) {
	list, err := l.Inners(ctx, y, []trade.Set{inside})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// Inners implements innersTrader.
func (l local) Inners(ctx context.Context, y int, blocs []trade.Set) ([]*industry.Inner, error) {
	list := make([]*industry.Inner, len(blocs))
	year, err := l.Year(y)
	if err != nil || !year.Exact() {
		return list, err
	}
	values, err := kernel.Inner(ctx, year, blocs...)
	if err != nil {
		return nil, err
	}
	products := make([]string, year.Len())
	for k := range products {
		products[k] = year.Product(k)
	}
	for i := range list {
		list[i] = &industry.Inner{Products: products, Values: values[i]}
	}
	return list, nil
}

// innerKey is what the inner trade of a bloc depends on: no threshold moves it, and the dataset remembers it, 120 kB a bloc and year.
type innerKey struct {
	year int
	bloc trade.Set
}

// innerKeyOf leaves out members that trade nothing in the year.
func (s *Source) innerKeyOf(y int, bloc trade.Set) innerKey {
	return innerKey{y, bloc.Intersect(s.Dataset.Importers(y).Union(s.Dataset.Exporters(y)))}
}

func sizeOfInner(n *industry.Inner) int64 {
	if n == nil {
		return 0
	}
	return store.SizeOfSlice(n.Products) + store.SizeOfSlice(n.Values)
}

// Inner is what the members of a bloc sell to one another in a year, by product; nil where the engine cannot tell, or values are not whole
// dollars.
func (s *Source) Inner(ctx context.Context, y int, bloc trade.Set) (*industry.Inner, error) {
	e, ok := s.EngineOrFiles().(innerTrader)
	if !ok {
		return nil, nil
	}
	key := s.innerKeyOf(y, bloc)
	return store.Remember(ctx, s.Dataset.Memory(), key, sizeOfInner, func() (*industry.Inner, error) { return e.Inner(ctx, y, key.bloc) })
}

// InnersAhead says that the inner trade of several blocs will be asked for: the flows that these need are read once.
func (s *Source) InnersAhead(ctx context.Context, y int, blocs []trade.Set) error {
	e, ok := s.EngineOrFiles().(innersTrader)
	if !ok {
		return nil
	}
	var keys []innerKey
	var sets []trade.Set
	for _, bloc := range blocs {
		key := s.innerKeyOf(y, bloc)
		if _, known := store.Known[innerKey, *industry.Inner](s.Dataset.Memory(), key); !known && bloc.Len() > 1 && !slices.Contains(keys, key) {
			keys, sets = append(keys, key), append(sets, key.bloc)
		}
	}
	if len(keys) < 2 {
		return nil // Inner does as well
	}
	list, err := e.Inners(ctx, y, sets)
	if err != nil {
		return err
	}
	for i, n := range list {
		store.Keep(s.Dataset.Memory(), keys[i], n, sizeOfInner(n))
	}
	return nil
}

// aheadReader is an engine that reads what Prices and Inner give in one pass, and remembers it.
type aheadReader interface {
	Ahead(ctx context.Context, year int, exporters, inside trade.Set) error
}

// Ahead says that the prices of exporters and the inner trade of a bloc will be asked for.
func (s *Source) Ahead(ctx context.Context, y int, exporters, bloc trade.Set) error {
	if e, ok := s.EngineOrFiles().(aheadReader); ok && bloc.Len() > 0 {
		return e.Ahead(ctx, y, exporters, bloc.Intersect(s.Dataset.Importers(y).Union(s.Dataset.Exporters(y))))
	}
	return nil
}

// dealsReader is an engine that reads its flows once for the deals in several lists of products.
type dealsReader interface {
	DealsIn(ctx context.Context, year int, economy, partners trade.Set, lists [][]string) ([]*kernel.Deals, error)
}

// DealsIn gives what an economy trades with every other, by list of products; nil is all.
func (s *Source) DealsIn(ctx context.Context, y int, economy, partners trade.Set, lists [][]string) ([]*kernel.Deals, error) {
	if e, ok := s.EngineOrFiles().(dealsReader); ok {
		return e.DealsIn(ctx, y, economy, partners, lists)
	}
	deals := make([]*kernel.Deals, len(lists))
	for i, products := range lists {
		var err error
		if deals[i], err = s.EngineOrFiles().Deals(ctx, y, economy, partners, products); err != nil {
			return nil, err
		}
	}
	return deals, nil
}
