package dependence

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"sync"

	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// IndicatorsQuestion is the question indicators.
var IndicatorsQuestion = &study.Question{
	Name: "indicators", Short: "Print the indicators of importers and products, or the table of definitions",
	Schemas: []study.Schema{IndicatorSchema, PairIndicatorSchema, ExporterSchema, DefinitionSchema},
	Long: `Print every indicator for importers, products and years; with --partners also those about a partner. There is a row wherever
imports are above zero. --by exporter shows instead who sells each product to the world, whoever buys it. --list prints
the definitions: name, unit, range, formula, source.`,
	Examples: []string{
		`chokepoint indicators --importers USA --products 850760 --years 2024`,
		`chokepoint indicators --importers EU27 --partners CHN --products 8541`,
		`chokepoint indicators --by exporter --products 850760 --years 2024`,
		`chokepoint indicators --list`,
	},
	Parameters: study.ParameterList([]study.Parameter{{Name: "list", Switch: true, Standard: "false", Example: "true", Usage: "print the definitions instead"},
		{Name: "by", Standard: "importer", Values: []string{"importer", "exporter"}, Example: "exporter", Usage: "importer: one row per importer and product; exporter: who sells the product, whoever buys it (--partners names exporters)"}},
		"importers", "partners", "products", "years", "world", "min-value", "hubs"),
	WithoutDataset: func(r study.Request) (*result.Table, bool, error) { return Definitions(), r.Own["list"] == "true", nil },
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		if r.Own["list"] == "true" {
			t := Definitions()
			t.Provenance.Program, t.Provenance.Command = s.Program, s.Command
			return t, nil
		}
		if r.Own["by"] == "exporter" {
			return Exporters(ctx, s, r.Query)
		}
		return Indicators(ctx, s, r.Query)
	},
}

// leading are the columns of Indicators whose order scripts rely on, after year, importer and product.
var leading = [...]string{"imports", "exports", "suppliers", "import_hhi", "top_supplier", "top_supplier_share",
	"world_exports", "world_export_hhi", "top_exporter", "top_exporter_world_share"}

// Indicators prints the table of indicators for every importer and product with imports above zero (and at least the
// floor of q); with partners asked for, for every importer, partner and product with imports from the partner.
func Indicators(ctx context.Context, s *study.Source, q study.Query) (*result.Table, error) {
	st, err := s.Study(ctx, q)
	if err != nil {
		return nil, err
	}
	schema, level := IndicatorSchema, indicator.Importer
	if !st.PickNone {
		schema, level = PairIndicatorSchema, indicator.Pair
	}
	if st.Hubs != nil {
		schema = schema.With("", study.HubFields("of the importer's purchases of the product", (*IndicatorRow).Hub)...)
	}
	l := &indicatorList{Study: st, indicators: indicatorsUpTo(level), tops: true}
	if err := l.read(ctx, schema.Width()); err != nil {
		return nil, err
	}
	t := study.Answer(st, schema, "Indicators of "+st.ImporterSide.Selection.String()+", "+study.YearsText(st.Years), l.rows)
	if st.Hubs != nil {
		st.Hubs.NoteHubs(t, "of the importer's purchases of the product")
	}
	t.Add(st.WorldLacks()...)
	t.Add(st.Coverage()...)
	return t, nil
}

// IndicatorRows are the rows of Indicators without partners, with some indicators alone: the others are missing, and so are names of
// suppliers and exporters. Flows are read for these alone.
func IndicatorRows(ctx context.Context, s *study.Source, q study.Query, wanted ...*indicator.Indicator) ([]IndicatorRow, error) {
	st, err := s.Study(ctx, q)
	if err != nil {
		return nil, err
	}
	l := &indicatorList{Study: st, indicators: indicatorsUpTo(indicator.Importer), wanted: wanted}
	err = l.read(ctx, IndicatorSchema.Width())
	return l.rows, err
}

// read computes the rows of all years.
func (l *indicatorList) read(ctx context.Context, width int) error {
	add := func(rows []IndicatorRow) error {
		l.rows = append(l.rows, rows...)
		return l.CheckRows(len(l.rows), width)
	}
	st := l.Study
	var err error
	if codes := st.Products.Codes(); codes != nil && len(codes) <= fewProducts {
		err = kernel.InOrder(ctx, len(st.Years), func(i int) (rows []IndicatorRow, err error) {
			err = l.year(ctx, st.Years[i], func(more []IndicatorRow) error { rows = append(rows, more...); return nil })
			return rows, err
		}, add)
	} else {
		for _, y := range st.Years {
			if err = l.year(ctx, y, add); err != nil {
				break
			}
		}
	}
	slices.SortStableFunc(l.rows, orderOfIndicators)
	return err
}

// fewProducts are one block of the kernel, which one core computes: then years are worth computing side by side.
const fewProducts = 16

// indicatorList is an answer in the making.
type indicatorList struct {
	*study.Study
	indicators []*indicator.Indicator
	wanted     []*indicator.Indicator // of these; nil: all
	tops       bool                   // with the largest supplier and exporter
	rows       []IndicatorRow
}

// year hands the rows of a year to take, block by block.
func (l *indicatorList) year(ctx context.Context, y int, take func([]IndicatorRow) error) error {
	world, err := l.World()
	if err != nil {
		return err
	}
	view := kernel.View{Year: y, Importers: l.Sets(&l.ImporterSide, y), Products: l.Products.Codes(), World: world}
	if !l.PickNone {
		view.Partners = l.Sets(&l.PartnerSide, y)
	}
	for _, ind := range l.wanted {
		view.Sums = append(view.Sums, ind.Expr().Sums()...)
	}
	imports := make([]result.Status, len(l.ImporterSide.Groups))
	for i, g := range l.ImporterSide.Groups {
		imports[i] = l.GroupStatus(g, y)
	}
	totals := l.WorldStatus(y)
	hub, err := l.hubs(ctx, y)
	if err != nil {
		return err
	}
	return study.ScanYear(ctx, l.Source, y, view,
		func() *indicatorRows {
			return &indicatorRows{indicatorList: l, imports: imports, world: totals, hub: hub}
		},
		func(r *indicatorRows) error { return take(r.found) })
}

// hubs says through which entrepôt most comes of what a group of importers buys of a product; nil where the question does not ask.
func (l *indicatorList) hubs(ctx context.Context, y int) (func(group int32, product string, partner trade.Set) study.HubShare, error) {
	if l.Hubs == nil {
		return nil, nil
	}
	products := l.Products.Codes()
	if products == nil {
		products = study.CodesIn(l.Dataset.Products())
		slices.Sort(products)
	}
	return l.Hubs.BoughtBy(ctx, l.Study, "", y, products)
}

// IndicatorRow is the indicators of an importer and a product in a year, or of an importer, a partner and a product. Rows of one
// product and year share what is in of, by columns: there are many of them.
type IndicatorRow struct {
	of *indicatorBatch
	at int32
}

// indicatorBatch is what the rows of a product and year hold.
type indicatorBatch struct {
	year    int
	product string
	world   result.Status // of world totals
	parties []indicatorParties
	hubs    []study.HubShare // by party; nil where the question asks for none
	values  []float64        // those of an indicator follow one another, in the order of valueOrder
}

type indicatorParties struct {
	importer, partner, topSupplier, topExporter string
	status                                      result.Status
}

// Year is the calendar year.
func (r *IndicatorRow) Year() int { return r.of.year }

// Product is the code.
func (r *IndicatorRow) Product() string { return r.of.product }

// Importer is the label of the importer.
func (r *IndicatorRow) Importer() string { return r.of.parties[r.at].importer }

// Partner is the label of the partner; empty where none was asked for.
func (r *IndicatorRow) Partner() string { return r.of.parties[r.at].partner }

// Hub is the entrepôt with the largest share of what the importer buys of the product; none where the question does not ask.
func (r *IndicatorRow) Hub() study.HubShare {
	if r.of.hubs == nil {
		return study.HubShare{}
	}
	return r.of.hubs[r.at]
}

// TopSupplier is the label of the largest supplier.
func (r *IndicatorRow) TopSupplier() string { return r.of.parties[r.at].topSupplier }

// TopExporter is the label of the largest exporter in the world.
func (r *IndicatorRow) TopExporter() string { return r.of.parties[r.at].topExporter }

// Status is what the importer's figures rest on.
func (r *IndicatorRow) Status() result.Status { return r.of.parties[r.at].status }

// WorldStatus is what world totals rest on.
func (r *IndicatorRow) WorldStatus() result.Status { return r.of.world }

// Value is that of an indicator; NaN where it is missing, or is about partners and none was asked for.
func (r *IndicatorRow) Value(ind *indicator.Indicator) float64 { return r.value(valueOrder[ind]) }

func (r *IndicatorRow) value(k int) float64 {
	at := k*len(r.of.parties) + int(r.at)
	if at >= len(r.of.values) {
		return math.NaN()
	}
	return r.of.values[at]
}

// valueOrder says where the values of an indicator are: those about importers first, so that answers without partners end there.
var valueOrder = func() map[*indicator.Indicator]int {
	order := map[*indicator.Indicator]int{}
	for i, ind := range indicatorsUpTo(indicator.Pair) {
		order[ind] = i
	}
	return order
}()

// indicatorsUpTo lists those about the world and importers, and after them those about partners where these are wanted.
func indicatorsUpTo(level indicator.Level) []*indicator.Indicator {
	list := slices.DeleteFunc(slices.Clone(indicator.All()), func(ind *indicator.Indicator) bool { return ind.Level() > level })
	slices.SortStableFunc(list, func(a, b *indicator.Indicator) int {
		return cmp.Compare(max(a.Level(), indicator.Importer), max(b.Level(), indicator.Importer))
	})
	return list
}

func orderOfIndicators(a, b IndicatorRow) int {
	return cmp.Or(a.Year()-b.Year(), strings.Compare(a.Importer(), b.Importer()), strings.Compare(a.Product(), b.Product()), strings.Compare(a.Partner(), b.Partner()))
}

// The tables of indicators, of importers and of pairs of importer and partner.
var (
	IndicatorSchema     = indicatorSchema(indicator.Importer)
	PairIndicatorSchema = indicatorSchema(indicator.Pair)
)

func indicatorSchema(level indicator.Level) *result.Schema[IndicatorRow] {
	fields := []result.Field[IndicatorRow]{
		result.IntField("year", result.Year, "Calendar year.", (*IndicatorRow).Year).Titled("Year"),
		result.TextField("importer", "Economy or bloc that imports: ISO3 code, or as written in the question.", (*IndicatorRow).Importer).Titled("Importer"),
		result.TextField("product", "HS code, six characters.", (*IndicatorRow).Product).Titled("Product"),
	}
	named := map[string]result.Field[IndicatorRow]{
		"top_supplier": result.TextField("top_supplier", "The largest supplier; of equals, the one with the lower BACI code.", (*IndicatorRow).TopSupplier).Titled("Largest supplier"),
		"top_exporter": result.TextField("top_exporter", "The world's largest exporter; of equals, the one with the lower BACI code.", (*IndicatorRow).TopExporter),
	}
	for _, name := range leading {
		if f, ok := named[name]; ok {
			fields = append(fields, f)
			continue
		}
		fields = append(fields, indicatorValue(indicator.Named(name)))
	}
	if level == indicator.Pair {
		fields = append(fields, result.TextField("partner", "Economy or bloc that the importer buys from.", (*IndicatorRow).Partner).Titled("Partner"))
	}
	for _, ind := range indicator.All() {
		if !slices.Contains(leading[:], ind.Name) && ind.Level() <= level {
			fields = append(fields, indicatorValue(ind))
		}
	}
	return result.NewSchema("indicators", append(fields,
		result.TextField("status", result.StatusText, func(r *IndicatorRow) string { return string(r.Status()) }).AsDetail(),
		result.TextField("world_status", WorldStatusText, func(r *IndicatorRow) string { return string(r.WorldStatus()) }).AsDetail())...).ByValue("-year", "-imports_usd")
}

// shownSums are the indicators in dollars and tonnes that the table for people has beside the leading columns.
var shownSums = []*indicator.Indicator{indicator.Named("net_imports"), importsFromPartner, indicator.Named("import_quantity"), indicator.Named("partner_quantity")}

func indicatorValue(ind *indicator.Indicator) result.Field[IndicatorRow] {
	k := valueOrder[ind]
	f := IndicatorField(ind, func(r *IndicatorRow) float64 { return r.value(k) })
	// Sums that only serve other indicators would crowd the table for people.
	switch ind.Unit {
	case "USD²":
		return f.AsDetail()
	case "USD", "t":
		if !slices.Contains(leading[:], ind.Name) && !slices.Contains(shownSums, ind) {
			return f.AsDetail()
		}
	}
	return f
}

// indicatorRows is the kernel's visitor: it evaluates the whole table on each batch.
type indicatorRows struct {
	*indicatorList
	imports []result.Status // by importer
	world   result.Status
	hub     func(group int32, product string, partner trade.Set) study.HubShare
	found   []IndicatorRow
	shown   []int
}

// scratches are what rows were evaluated with: many visitors of few rows would else spend their time on it.
var scratches = sync.Pool{New: func() any { return &indicator.Scratch{} }}

// Importers implements kernel.Visitor.
func (r *indicatorRows) Importers(b *kernel.Batch) error {
	if r.PickNone {
		r.add(b)
	}
	return nil
}

// Pairs implements kernel.Visitor.
func (r *indicatorRows) Pairs(b *kernel.Batch) error {
	r.add(b)
	return nil
}

func (r *indicatorRows) add(b *kernel.Batch) {
	r.shown = r.shown[:0]
	for i := range b.N {
		if b.At(indicator.Imports, i) >= r.Query.MinValue {
			r.shown = append(r.shown, i)
		}
	}
	if len(r.shown) == 0 {
		return
	}
	scratch := scratches.Get().(*indicator.Scratch)
	defer scratches.Put(scratch)
	scratch.Reset()
	of := &indicatorBatch{world: r.world, year: b.Year, product: b.Product, parties: make([]indicatorParties, 0, len(r.shown)), values: make([]float64, 0, len(r.shown)*len(r.indicators))}
	for _, ind := range r.indicators {
		if r.wanted != nil && !slices.Contains(r.wanted, ind) {
			for range r.shown {
				of.values = append(of.values, math.NaN())
			}
			continue
		}
		column := ind.Expr().Eval(&b.Columns, scratch)
		for _, i := range r.shown {
			of.values = append(of.values, ValueAt(column, i))
		}
	}
	for n, i := range r.shown {
		p := indicatorParties{importer: r.ImporterSide.Groups[b.Importer[i]].Label, status: r.imports[b.Importer[i]]}
		if b.Partner != nil {
			p.partner = r.PartnerSide.Groups[b.Partner[i]].Label
		}
		if r.tops {
			p.topSupplier, p.topExporter = r.Label(b.TopSupplier[i], p.importer, p.partner), r.Label(b.TopExporter[i], p.importer, p.partner)
		}
		of.parties = append(of.parties, p)
		if r.hub != nil {
			of.hubs = append(of.hubs, r.hub(b.Importer[i], b.Product, r.partner(b, i)))
		}
		r.found = append(r.found, IndicatorRow{of, int32(n)})
	}
}

// partner are the economies of a cell's partner; none where the cell is of the importer alone.
func (r *indicatorRows) partner(b *kernel.Batch, i int) trade.Set {
	if b.Partner == nil {
		return trade.Set{}
	}
	return r.PartnerSide.Groups[b.Partner[i]].Codes(b.Year)
}

// Definitions is the table of indicators itself.
func Definitions() *result.Table {
	rows := make([]indicator.Indicator, len(indicator.All()))
	for i, ind := range indicator.All() {
		rows[i] = *ind
	}
	return DefinitionSchema.Table("Indicators", rows)
}

// DefinitionSchema is the table of the definitions of indicators.
var DefinitionSchema = result.NewSchema("definitions",
	result.TextField("name", "Name of the indicator in criteria.", func(i *indicator.Indicator) string { return i.Name }),
	result.TextField("column", "Name of its column in tables and files.", func(i *indicator.Indicator) string { return i.Column }),
	result.TextField("unit", "Unit.", func(i *indicator.Indicator) string { return i.Unit }),
	result.TextField("range", "Possible values.", func(i *indicator.Indicator) string { return i.Range }),
	result.TextField("about", "What the indicator is about: the world, an importer, or a pair of importer and partner.", func(i *indicator.Indicator) string { return i.Level().String() }),
	result.TextField("formula", "Formula in terms of other indicators. Empty for a sum over flows.", func(i *indicator.Indicator) string { return i.Formula }),
	result.TextField("meaning", "What the indicator means.", func(i *indicator.Indicator) string { return i.Meaning }),
	result.TextField("source", "Author and year.", func(i *indicator.Indicator) string { return i.Source }),
).InOrder("the table of indicators")
