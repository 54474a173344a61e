package clickhouse

import (
	"context"
	"fmt"
	"slices"
	"sync"

	answer "github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/store"
	"chokepoint/trade"
)

// A block of products is asked for in one round of statements: few enough to hold their cells, many enough that a round is
// not mostly waiting.
const (
	blockProducts = 512
	blockCells    = 1 << 17
)

// line is one entry of View.Importers or View.Partners that is a bloc, or part of one.
type line struct {
	index  int32
	codes  []trade.Code
	inside []trade.Code // trade with these is inside: the members, or of an importer the bloc that it is part of
	low    uint16       // lowest member, for ties
}

// lines are the entries of one side: single economies by code, and blocs.
type lines struct {
	single map[uint16][]int32
	blocs  []*line
	place  []int // by entry: its place in the order in which cells are handed over
}

// linesOf sorts entries. inside, which may be shorter, gives for an entry the bloc that it is part of.
func linesOf(sets, inside []trade.Set) lines {
	l := lines{single: map[uint16][]int32{}, place: make([]int, len(sets))}
	for i, set := range sets {
		codes := set.Codes()
		part := i < len(inside) && inside[i].Len() > 0
		switch {
		case len(codes) == 0:
		case len(codes) == 1 && !part:
			l.single[uint16(codes[0])] = append(l.single[uint16(codes[0])], int32(i))
		case part:
			l.blocs = append(l.blocs, &line{int32(i), codes, inside[i].Union(set).Codes(), uint16(codes[0])})
		default:
			l.blocs = append(l.blocs, &line{int32(i), codes, codes, uint16(codes[0])})
		}
	}
	return l
}

// arrange sets the order of entries: economies by code, or where inOrder is set as they are asked for, then blocs.
func (l *lines) arrange(inOrder bool) {
	var order []int32
	for _, code := range l.singles() {
		order = append(order, l.single[uint16(code)]...)
	}
	if inOrder {
		slices.Sort(order)
	}
	for _, b := range l.blocs {
		order = append(order, b.index)
	}
	for place, entry := range order {
		l.place[entry] = place
	}
}

// placeOf is the place of an entry; that of none is 0.
func (l *lines) placeOf(entry int32) int {
	if entry < 0 {
		return 0
	}
	return l.place[entry]
}

// code is the code of an entry in the rows of a statement about bloc, or where that is nil about single economies.
func (l *lines) code(entry int32, bloc *line) (code uint16, ok bool) {
	if bloc != nil {
		return 0, bloc.index == entry
	}
	for code, entries := range l.single {
		if slices.Contains(entries, entry) {
			return code, true
		}
	}
	return 0, false
}

// singles lists the single economies, ascending.
func (l *lines) singles() []trade.Code {
	var codes []trade.Code
	for c := range l.single {
		codes = append(codes, trade.Code(c))
	}
	slices.Sort(codes)
	return codes
}

// scanning is one scan of a year.
type scanning struct {
	*Engine
	view                *kernel.View
	present             trade.Set
	importers, partners lines
	need                [indicator.NumSums]bool // of the cells that are handed over
	quantities          bool                    // tonnes are needed
	tops                bool                    // the largest suppliers and exporters are named
	onImporters         []*indicator.Criterion  // judged on importer cells, before pairs
	onPairs             bool                    // a criterion is on pairs: an importer without one that meets it is left out
}

// Scan implements study.Engine.
func (e *Engine) Scan(ctx context.Context, year int, view kernel.View, start func() kernel.Visitor, done func(kernel.Visitor) error) error {
	s := &scanning{Engine: e, view: &view, importers: linesOf(view.Importers, view.Inside), partners: linesOf(view.Partners, nil),
		present: e.Dataset.Importers(year).Union(e.Dataset.Exporters(year)), tops: view.Sums == nil || view.Tops || view.TopOnly}
	s.importers.arrange(len(view.Importers) <= 8) // as the kernel: where they are few, in their order
	s.partners.arrange(false)
	s.need[indicator.Imports], s.need[indicator.ImportsFromPartner] = true, true
	for _, sum := range view.Sums {
		s.need[sum] = true
	}
	for _, c := range view.Criteria {
		for _, sum := range c.SumsUnder(view.Unseen) {
			s.need[sum] = true
		}
		if s.early(c) {
			s.onImporters = append(s.onImporters, c)
		}
		s.onPairs = s.onPairs || len(view.Partners) > 0 && c.Level() == indicator.Pair
	}
	for sum := range s.need {
		s.need[sum] = s.need[sum] || view.Sums == nil
	}
	s.quantities = slices.ContainsFunc(indicator.SumsWhere(indicator.Sum.Weighed), func(x indicator.Sum) bool { return s.need[x] })
	size := max(blockProducts, blockCells/max(len(view.Importers), 1))
	if err := e.prove(ctx, year); err != nil {
		return err
	}
	places, err := e.tradedIn(ctx, year, view.Products)
	if err != nil {
		return err
	}
	blocks := slices.Collect(slices.Chunk(places, size))
	return kernel.InOrder(ctx, len(blocks), func(i int) (kernel.Visitor, error) {
		v := start()
		return v, s.block(ctx, blocks[i], v)
	}, done)
}

// early says that a criterion can be judged on importer cells: always where there are no partners; with partner blocs,
// which regroup suppliers and world, only if it is about what the importer trades.
func (s *scanning) early(c *indicator.Criterion) bool {
	switch {
	case len(s.view.Partners) == 0:
		return true
	case len(s.partners.blocs) == 0:
		return c.Level() < indicator.Pair
	}
	return !slices.ContainsFunc(c.SumsUnder(s.view.Unseen), func(x indicator.Sum) bool { return x.Part() != indicator.OfTrade })
}

// tradedIn is placesIn for questions that go through products in blocks: of all products only those that have flows in the year, as a
// block of others would be asked for nothing.
func (e *Engine) tradedIn(ctx context.Context, year int, products []string) ([]uint32, error) {
	if products != nil {
		return e.placesIn(products), nil
	}
	return store.Remember(ctx, e.Dataset.Memory(), tradedKey{year}, store.SizeOfSlice[uint32], func() ([]uint32, error) { return e.readTraded(ctx, year) })
}

type tradedKey struct{ year int }

// readTraded gives the places of the products that have flows in a year, ascending.
func (e *Engine) readTraded(ctx context.Context, year int) ([]uint32, error) {
	if err := e.prove(ctx, year); err != nil {
		return nil, err
	}
	places := []uint32{}
	var mu sync.Mutex
	err := e.rows(ctx, fmt.Sprintf("SELECT DISTINCT product FROM %s WHERE year = %d", sumsTable(e.table), year), func(_ int, rows answer.Rows) error {
		var place uint32
		err := rows.Scan(&place)
		if err == nil && int(place) >= len(e.codes) {
			err = e.strange("product %d of %d", place, len(e.codes))
		}
		mu.Lock()
		defer mu.Unlock()
		places = append(places, place)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(places)
	return places, nil
}

// Traded implements study.Engine.
func (e *Engine) Traded(ctx context.Context, year int, products []string) ([]string, error) {
	places, err := e.tradedIn(ctx, year, nil)
	if err != nil {
		return nil, err
	}
	asked := e.placesIn(products)
	var traded []string
	for _, place := range places {
		if _, ok := slices.BinarySearch(asked, place); ok {
			traded = append(traded, e.codes[place])
		}
	}
	return traded, nil
}

// placesIn finds products by code; nil stands for all.
func (e *Engine) placesIn(products []string) []uint32 {
	places := []uint32{}
	if products == nil {
		for i := range e.codes {
			places = append(places, uint32(i))
		}
	}
	for _, code := range products {
		if place, ok := e.places[code]; ok {
			places = append(places, place)
		}
	}
	slices.Sort(places)
	return places
}

// cell is one cell of a product.
type cell struct {
	importer, partner        int32
	sums                     [indicator.NumSums]float64
	topSupplier, topExporter uint16
	verdict                  indicator.Verdict
}

// answers are the cells of a block of products, in no order.
type answers struct {
	sync.Mutex
	importers, pairs map[uint32][]cell
}

// ask puts the statements of a block of products to the shards.
func (s *scanning) ask(ctx context.Context, block []uint32) (*answers, error) {
	a := &answers{importers: map[uint32][]cell{}, pairs: map[uint32][]cell{}}
	groups := s.importers.blocs
	if len(s.importers.single) > 0 {
		groups = append([]*line{nil}, groups...)
	}
	for _, importer := range groups {
		var list []*statement
		if !s.view.OnlyPairs && (!s.onPairs || s.view.Whole != nil) {
			list = append(list, &statement{kind: importerCells})
		}
		if len(s.partners.single) > 0 {
			list = append(list, &statement{kind: singlePairs})
		}
		for _, partner := range s.partners.blocs {
			list = append(list, &statement{kind: blocPairs, partner: partner})
		}
		for _, st := range list {
			st.scanning, st.block, st.importer = s, block, importer
			if err := s.put(ctx, st, a); err != nil {
				return nil, err
			}
		}
	}
	return a, nil
}

// put asks for the cells of one statement.
func (s *scanning) put(ctx context.Context, st *statement, a *answers) error {
	columns := st.sums()
	return s.rows(ctx, st.sql(), func(_ int, rows answer.Rows) error {
		var (
			product           uint32
			importer, partner uint16
			sums              []float64
			made              cell
		)
		if err := rows.Scan(&product, &importer, &partner, &sums, &made.topSupplier, &made.topExporter); err != nil {
			return err
		}
		importers, partners, of := s.importers.single[importer], noPartner, a.importers
		if st.importer != nil {
			importers = []int32{st.importer.index}
		}
		switch st.kind {
		case singlePairs:
			partners, of = s.partners.single[partner], a.pairs
		case blocPairs:
			partners, of = []int32{st.partner.index}, a.pairs
		}
		if _, ok := slices.BinarySearch(st.block, product); !ok || len(importers) == 0 || len(partners) == 0 || len(sums) != len(columns) {
			return s.strange("%d sums of product %d, importer %d and partner %d", len(sums), product, importer, partner)
		}
		for i, sum := range columns {
			made.sums[sum] = sums[i]
		}
		a.Lock()
		defer a.Unlock()
		for _, made.importer = range importers {
			for _, made.partner = range partners {
				of[product] = append(of[product], made)
			}
		}
		return nil
	})
}

// noPartner is the partner of importer cells.
var noPartner = []int32{-1}

// block asks for a block of products and hands their cells over.
func (s *scanning) block(ctx context.Context, block []uint32, v kernel.Visitor) error {
	a, err := s.ask(ctx, block)
	if err != nil {
		return err
	}
	for _, product := range block {
		p := &productCells{scanning: s, ctx: ctx, product: product, whole: s.view.Whole != nil && s.view.Whole(s.codes[product])}
		for _, cells := range [][]cell{a.importers[product], a.pairs[product]} {
			slices.SortFunc(cells, func(a, b cell) int {
				if a.importer != b.importer {
					return s.importers.place[a.importer] - s.importers.place[b.importer]
				}
				return s.partners.placeOf(a.partner) - s.partners.placeOf(b.partner)
			})
		}
		if err := p.visit(a.importers[product], s.onImporters, v.Importers); err != nil {
			return err
		}
		if err := p.visit(a.pairs[product], s.view.Criteria, v.Pairs); err != nil {
			return err
		}
	}
	return nil
}

// productCells are the cells of one product on their way to a visitor.
type productCells struct {
	*scanning
	ctx     context.Context
	product uint32
	whole   bool
}

// visit leaves out the cells that miss a criterion and hands the others over.
func (p *productCells) visit(cells []cell, criteria []*indicator.Criterion, take func(*kernel.Batch) error) error {
	if len(cells) == 0 {
		return nil
	}
	b := p.batch(cells)
	verdicts := slices.Repeat([]indicator.Verdict{indicator.Certain}, len(cells))
	var scratch indicator.Scratch
	for _, k := range criteria {
		if err := k.Judge(&b.Columns, p.view.Unseen, &scratch, verdicts, b.Exact); err != nil {
			return err
		}
	}
	left := cells[:0:0]
	for i, c := range cells {
		if c.verdict = verdicts[i]; c.verdict.May() || p.whole {
			left = append(left, c)
		}
	}
	if len(left) == 0 {
		return nil
	}
	if len(left) < len(cells) || b.Verdicts != nil { // those of the first batch were not judged yet
		b = p.batch(left)
	}
	return take(b)
}

// batch puts cells into columns.
func (p *productCells) batch(cells []cell) *kernel.Batch {
	b := &kernel.Batch{Year: p.view.Year, Product: p.codes[p.product]}
	b.N = len(cells)
	pairs := cells[0].partner >= 0
	for s := range b.Col {
		if sum := indicator.Sum(s); !p.need[sum] || !pairs && sum.Level() == indicator.Pair {
			continue
		}
		for i := range cells {
			b.Col[s] = append(b.Col[s], cells[i].sums[s])
		}
	}
	for i := range cells {
		b.Importer = append(b.Importer, cells[i].importer)
		if pairs {
			b.Partner = append(b.Partner, cells[i].partner)
		}
		b.TopSupplier, b.TopExporter = append(b.TopSupplier, cells[i].topSupplier), append(b.TopExporter, cells[i].topExporter)
		if p.view.Whole != nil || p.view.Unseen != 0 {
			b.Verdicts = append(b.Verdicts, cells[i].verdict)
		}
	}
	b.Exact = kernel.ExactSums(p.ctx, &b.Columns, p.Dataset.Manifest().Exact, func(i int) (*kernel.Definition, error) { return p.define(b, i) })
	return b
}
