package clickhouse

import (
	"context"
	"math"
	"slices"
	"sync"

	answer "github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/trade"
)

// blockProducts are asked for in one round of statements: few enough to hold their cells, many enough that a round is not
// mostly waiting.
const blockProducts = 512

// line is one entry of View.Importers or View.Partners.
type line struct {
	index int32
	codes []trade.Code
	low   uint16 // lowest member, for ties
}

// lines are the entries of one side: single economies by code, and blocs.
type lines struct {
	single map[uint16][]int32
	blocs  []*line
}

func linesOf(sets []trade.Set) lines {
	l := lines{single: map[uint16][]int32{}}
	for i, set := range sets {
		switch codes := set.Codes(); len(codes) {
		case 0:
		case 1:
			l.single[uint16(codes[0])] = append(l.single[uint16(codes[0])], int32(i))
		default:
			l.blocs = append(l.blocs, &line{index: int32(i), codes: codes, low: uint16(codes[0])})
		}
	}
	return l
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
	quantities          bool // tonnes are needed
	tops                bool // the largest suppliers are needed
	floor               float64
	onImporters         []*indicator.Criterion // judged on importer cells, before pairs
}

// quantitySums need the tonnes of flows.
var quantitySums = []indicator.Sum{indicator.ImportsWithQuantity, indicator.ImportQuantity, indicator.WorldWithQuantity,
	indicator.WorldQuantity, indicator.PartnerWithQuantity, indicator.PartnerQuantity}

// Scan implements analysis.Engine.
func (e *Engine) Scan(ctx context.Context, year int, view kernel.View, start func() kernel.Visitor, done func(kernel.Visitor) error) error {
	s := &scanning{Engine: e, view: &view, importers: linesOf(view.Importers), partners: linesOf(view.Partners),
		present: e.Dataset.Importers(year).Union(e.Dataset.Exporters(year)), quantities: view.Sums == nil}
	wanted := slices.Clone(view.Sums)
	for _, c := range view.Criteria {
		wanted = append(wanted, c.Sums()...)
		s.floor = max(s.floor, c.Floor("partner_share"))
		if s.early(c) {
			s.onImporters = append(s.onImporters, c)
		}
	}
	s.quantities = s.quantities || slices.ContainsFunc(wanted, func(x indicator.Sum) bool { return slices.Contains(quantitySums, x) })
	s.tops = view.Sums == nil || view.Tops || slices.Contains(wanted, indicator.TopSupplierImports) || slices.Contains(wanted, indicator.Top3Imports)
	places := e.placesIn(view.Products)
	blocks := slices.Collect(slices.Chunk(places, blockProducts))
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
	return !slices.ContainsFunc(c.Sums(), func(x indicator.Sum) bool { return x > indicator.IntraTrade })
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

// margins are what each economy exports of a product, in ascending order of codes.
type margins struct {
	exporter       []uint16
	exports        []float64
	priced, tonnes float64
}

func (m *margins) of(code uint16) float64 {
	if i, ok := slices.BinarySearch(m.exporter, code); ok {
		return m.exports[i]
	}
	return 0
}

// world is the sums of the world; ranks decide ties.
func (m *margins) world(importer, partner *line) (sums [indicator.NumSums]float64, top uint16) {
	best := uint16(0)
	for i, x := range m.exports {
		sums[indicator.WorldExports] += x
		sums[indicator.WorldSquares] += x * x
		rank := m.exporter[i]
		switch {
		case rank == kernel.MergedPartner:
			rank = partner.low
		case rank == kernel.MergedImporter:
			rank = importer.low
		}
		if most := &sums[indicator.TopExporterExports]; x > *most || x == *most && rank < best {
			*most, top, best = x, m.exporter[i], rank
		}
	}
	sums[indicator.Exporters] = float64(len(m.exports))
	sums[indicator.WorldWithQuantity], sums[indicator.WorldQuantity] = m.priced, missing(m.tonnes, m.priced)
	return sums, top
}

// missing is the quantity of flows worth priced: NaN where there are none.
func missing(tonnes, priced float64) float64 {
	if priced == 0 {
		return math.NaN()
	}
	return tonnes
}

// bought is one row of cellsSQL.
type bought struct {
	product                          uint32
	cell                             uint16
	imports, squares, priced, tonnes float64
	suppliers                        uint64
	top                              []float64
	topSupplier                      []uint16
	exporter                         []uint16
	value, pricedOf, tonnesOf        []float64
}

// inner is what a bloc sells to others and among its members.
type inner struct{ exports, intra float64 }

// answers are what the shards say of a block of products.
type answers struct {
	margins map[[2]*line]map[uint32]*margins
	trade   map[*line]map[uint32]inner
	cells   map[[2]*line]map[uint32][]bought // importer bloc, or nil for single economies; partner bloc, or nil
}

func (s *scanning) ask(ctx context.Context, block []uint32) (*answers, error) {
	a := &answers{map[[2]*line]map[uint32]*margins{}, map[*line]map[uint32]inner{}, map[[2]*line]map[uint32][]bought{}}
	importers, partners := append([]*line{nil}, s.importers.blocs...), append([]*line{nil}, s.partners.blocs...)
	for _, importer := range importers {
		for _, partner := range partners {
			key := [2]*line{importer, partner}
			if key == [2]*line{} || s.view.World == trade.Net {
				if err := s.askMargins(ctx, a, block, key); err != nil {
					return nil, err
				}
			}
			g := &group{codes: s.importers.singles()}
			if importer != nil {
				g = &group{codes: importer.codes, bloc: true}
			}
			if len(g.codes) == 0 {
				continue
			}
			if err := s.askCells(ctx, a, block, key, g); err != nil {
				return nil, err
			}
		}
		if importer != nil {
			if err := s.askTrade(ctx, a, block, importer); err != nil {
				return nil, err
			}
		}
	}
	return a, nil
}

func (s *scanning) askMargins(ctx context.Context, a *answers, block []uint32, key [2]*line) error {
	found := map[uint32]*margins{}
	a.margins[key] = found
	var mu sync.Mutex
	return s.rows(ctx, s.marginsSQL(block, key[0], key[1]), func(_ int, rows answer.Rows) error {
		var product uint32
		var exporter []uint16
		var exports []float64
		m := &margins{}
		if err := rows.Scan(&product, &exporter, &exports, &m.priced, &m.tonnes); err != nil {
			return err
		}
		order := make([]int, len(exporter))
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(i, j int) int { return int(exporter[i]) - int(exporter[j]) })
		for _, i := range order {
			m.exporter, m.exports = append(m.exporter, exporter[i]), append(m.exports, exports[i])
		}
		mu.Lock()
		defer mu.Unlock()
		found[product] = m
		return nil
	})
}

func (s *scanning) askTrade(ctx context.Context, a *answers, block []uint32, bloc *line) error {
	found := map[uint32]inner{}
	a.trade[bloc] = found
	var mu sync.Mutex
	return s.rows(ctx, s.tradeSQL(block, bloc), func(_ int, rows answer.Rows) error {
		var product uint32
		var x inner
		if err := rows.Scan(&product, &x.exports, &x.intra); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		found[product] = x
		return nil
	})
}

func (s *scanning) askCells(ctx context.Context, a *answers, block []uint32, key [2]*line, g *group) error {
	found := map[uint32][]bought{}
	a.cells[key] = found
	var mu sync.Mutex
	return s.rows(ctx, s.cellsSQL(block, g, key[1]), func(_ int, rows answer.Rows) error {
		var x bought
		err := rows.Scan(&x.product, &x.cell, &x.imports, &x.suppliers, &x.squares, &x.top, &x.topSupplier, &x.priced, &x.tonnes,
			&x.exporter, &x.value, &x.pricedOf, &x.tonnesOf)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		found[x.product] = append(found[x.product], x)
		return nil
	})
}

// cell is one cell of a product in the making.
type cell struct {
	importer, partner        int32
	sums                     [indicator.NumSums]float64
	topSupplier, topExporter uint16
	missed                   bool
}

// block asks for a block of products and hands their cells over.
func (s *scanning) block(ctx context.Context, block []uint32, v kernel.Visitor) error {
	a, err := s.ask(ctx, block)
	if err != nil {
		return err
	}
	for _, product := range block {
		p := &productCells{scanning: s, ctx: ctx, answers: a, product: product,
			whole: s.view.Whole != nil && s.view.Whole(s.codes[product]), kept: map[int32]*cell{}}
		if err := p.handOver(v); err != nil {
			return err
		}
	}
	return nil
}

// productCells makes the cells of one product.
type productCells struct {
	*scanning
	*answers
	ctx     context.Context
	product uint32
	whole   bool
	kept    map[int32]*cell // importer cells that met the criteria so far, by line
}

func (p *productCells) handOver(v kernel.Visitor) error {
	importers, err := p.visit(p.importerCells(), p.onImporters, v.Importers)
	if err != nil || len(p.view.Partners) == 0 {
		return err
	}
	for i := range importers {
		p.kept[importers[i].importer] = &importers[i]
	}
	_, err = p.visit(p.pairCells(), p.view.Criteria, v.Pairs)
	return err
}

// importerLine is a line of importers with its row.
type importerLine struct {
	index int32
	bloc  *line
	row   *bought
}

// rowsOf lists the lines of importers and what they buy, economies in order of codes and then blocs.
func (p *productCells) rowsOf(partner *line) (list []importerLine) {
	singles := p.cells[[2]*line{nil, partner}][p.product]
	slices.SortFunc(singles, func(a, b bought) int { return int(a.cell) - int(b.cell) })
	for i := range singles {
		for _, l := range p.importers.single[singles[i].cell] {
			list = append(list, importerLine{l, nil, &singles[i]})
		}
	}
	if len(p.view.Importers) <= 8 { // as the kernel: where lines are few, in their order
		slices.SortStableFunc(list, func(a, b importerLine) int { return int(a.index - b.index) })
	}
	for _, bloc := range p.importers.blocs {
		if rows := p.cells[[2]*line{bloc, partner}][p.product]; len(rows) > 0 {
			list = append(list, importerLine{bloc.index, bloc, &rows[0]})
		}
	}
	return list
}

func (p *productCells) importerCells() (cells []cell) {
	for _, l := range p.rowsOf(nil) {
		cells = append(cells, p.cellOf(l, nil))
	}
	return cells
}

// marginsOf gives the margins of the world that a cell sees.
func (p *productCells) marginsOf(importer, partner *line) *margins {
	if p.view.World != trade.Net {
		importer, partner = nil, nil
	}
	if m := p.margins[[2]*line{importer, partner}][p.product]; m != nil {
		return m
	}
	return &margins{} // everything is inside the blocs
}

// cellOf makes an importer cell, in which the members of the partner bloc, if any, are one supplier.
func (p *productCells) cellOf(l importerLine, partner *line) cell {
	c, row := cell{importer: l.index, partner: -1}, l.row
	c.sums, c.topExporter = p.marginsOf(l.bloc, partner).world(l.bloc, partner)
	c.sums[indicator.Imports] = row.imports
	if l.bloc != nil {
		x := p.trade[l.bloc][p.product]
		c.sums[indicator.Exports], c.sums[indicator.IntraTrade] = x.exports, x.intra
	} else {
		c.sums[indicator.Exports] = p.marginsOf(nil, nil).of(row.cell)
	}
	c.sums[indicator.Suppliers], c.sums[indicator.ImportSquares] = float64(row.suppliers), row.squares
	for i, v := range row.top {
		c.sums[indicator.Top3Imports] += v
		if i == 0 {
			c.sums[indicator.TopSupplierImports], c.topSupplier = v, row.topSupplier[0]
		}
	}
	c.sums[indicator.ImportsWithQuantity], c.sums[indicator.ImportQuantity] = row.priced, missing(row.tonnes, row.priced)
	return c
}

// pairCells makes the cells of the importers that are left, each with the economies and then the blocs that it buys from.
func (p *productCells) pairCells() (cells []cell) {
	blocs := make([]map[int32]importerLine, len(p.partners.blocs))
	for i, partner := range p.partners.blocs {
		blocs[i] = map[int32]importerLine{}
		for _, l := range p.rowsOf(partner) {
			blocs[i][l.index] = l
		}
	}
	for _, l := range p.rowsOf(nil) {
		importer := p.kept[l.index]
		if importer == nil {
			continue
		}
		cells = append(cells, p.partnersOf(l, importer)...)
		for i, partner := range p.partners.blocs {
			if l, ok := blocs[i][l.index]; ok {
				if c := p.blocPair(l, partner); c.sums[indicator.ImportsFromPartner] > 0 || p.view.Idle {
					c.missed = importer.missed
					cells = append(cells, c)
				}
			}
		}
	}
	return cells
}

func (p *productCells) partnersOf(l importerLine, importer *cell) (cells []cell) {
	order := make([]int, len(l.row.exporter))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return int(l.row.exporter[i]) - int(l.row.exporter[j]) })
	for _, i := range order {
		code := l.row.exporter[i]
		for _, partner := range p.partners.single[code] {
			c := *importer
			c.partner = partner
			c.sums[indicator.ImportsFromPartner] = l.row.value[i]
			c.sums[indicator.PartnerExports] = p.marginsOf(nil, nil).of(code)
			world := p.marginsOf(l.bloc, nil)
			for k, x := range world.exports {
				if world.exporter[k] != code {
					c.sums[indicator.OthersExports] += x
				}
			}
			if p.quantities {
				c.sums[indicator.PartnerWithQuantity], c.sums[indicator.PartnerQuantity] = l.row.pricedOf[i], missing(l.row.tonnesOf[i], l.row.pricedOf[i])
			}
			cells = append(cells, c)
		}
	}
	return cells
}

func (p *productCells) blocPair(l importerLine, partner *line) cell {
	c := p.cellOf(l, partner)
	c.partner = partner.index
	members := trade.SetOf(partner.codes...)
	world := p.marginsOf(l.bloc, partner)
	for k, x := range world.exports {
		if code := world.exporter[k]; code == kernel.MergedPartner || code < trade.MaxCode && members.Has(trade.Code(code)) {
			c.sums[indicator.PartnerExports] += x
		} else {
			c.sums[indicator.OthersExports] += x
		}
	}
	c.sums[indicator.PartnerQuantity] = math.NaN()
	if len(l.row.value) > 0 {
		c.sums[indicator.ImportsFromPartner] = l.row.value[0]
		if p.quantities {
			c.sums[indicator.PartnerWithQuantity], c.sums[indicator.PartnerQuantity] = l.row.pricedOf[0], missing(l.row.tonnesOf[0], l.row.pricedOf[0])
		}
	}
	return c
}

// visit leaves out the cells that miss a criterion and hands the others over.
func (p *productCells) visit(cells []cell, criteria []*indicator.Criterion, take func(*kernel.Batch) error) ([]cell, error) {
	if len(cells) == 0 {
		return nil, nil
	}
	b, h := p.batch(cells)
	keep := make([]bool, len(cells))
	for i := range keep {
		keep[i] = true
	}
	var scratch indicator.Scratch
	for _, k := range criteria {
		k.Meet(&b.Columns, &scratch, keep, h.exact)
	}
	if h.err != nil {
		return nil, h.err
	}
	left := cells[:0:0]
	for i, c := range cells {
		if c.missed = c.missed || !keep[i]; !c.missed || p.whole {
			left = append(left, c)
		}
	}
	if len(left) == 0 {
		return nil, nil
	}
	if len(left) < len(cells) || p.whole {
		b, h = p.batch(left)
	}
	p.handed.Store(b, h)
	defer p.handed.Delete(b)
	if err := take(b); err != nil {
		return nil, err
	}
	return left, h.err
}

// batch puts cells into columns.
func (p *productCells) batch(cells []cell) (*kernel.Batch, *handed) {
	b := &kernel.Batch{Year: p.view.Year, Product: p.codes[p.product]}
	b.N = len(cells)
	for s := range b.Col {
		if !p.quantities && slices.Contains(quantitySums, indicator.Sum(s)) {
			continue
		}
		for i := range cells {
			b.Col[s] = append(b.Col[s], cells[i].sums[s])
		}
	}
	for i := range cells {
		b.Importer = append(b.Importer, cells[i].importer)
		if cells[i].partner >= 0 {
			b.Partner = append(b.Partner, cells[i].partner)
		}
		b.TopSupplier, b.TopExporter = append(b.TopSupplier, cells[i].topSupplier), append(b.TopExporter, cells[i].topExporter)
		if p.view.Whole != nil {
			b.Missed = append(b.Missed, cells[i].missed)
		}
	}
	return b, &handed{productCells: p, batch: b}
}
