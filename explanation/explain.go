// Package explanation follows one importer, product and year from the flows to the verdicts, as text and as a table.
package explanation

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"chokepoint/dependence"
	"chokepoint/fault"
	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// ExplainQuestion is the question explain.
var ExplainQuestion = &study.Question{
	Name: "explain", Short: "Follow one importer, product and year from flows to verdicts",
	Schemas: []study.Schema{Schema},
	Long: `Follow one importer, product and year from its flows to sums, formulas with their numbers, thresholds and the verdict of each
method. Also show the suppliers, alternative suppliers by size, and earlier years.

Without --partners, methods about a partner are applied to the largest supplier, and every partner that meets them is listed. The
default is the latest year. The table format is a text to read; csv, json, parquet and xlsx have one row per number, by section: flows, sums, indicators, criteria, persistence, verdict, alternatives, history.`,
	Examples: []string{
		`chokepoint explain --importers USA --products 850760`,
		`chokepoint explain --importers CHN --products 470710 --partners USA --years 2016 --method geodep-2024,merics-2024`,
		`chokepoint explain --importers EU27 --products 280530 --world net --format csv --out rare-earths.csv`,
	},
	Limit:      10,
	LimitUsage: "number of suppliers and alternatives in the table format; 0 prints all",
	Parameters: explainParameters(),
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		e, err := Explain(ctx, s, r.Query)
		if err != nil {
			return nil, err
		}
		return e.Table(), nil
	},
	Print: func(ctx context.Context, s *study.Source, r study.Request) (study.Text, error) {
		e, err := Explain(ctx, s, r.Query)
		if err != nil {
			return nil, err
		}
		return e.WriteText, nil
	},
}

// Explanation is the way from flows to verdicts for one importer, product and year: flows, sums, formulas with their
// numbers, thresholds, verdicts by method, alternative suppliers, and the same over all years of the dataset. Table and
// WriteText show it.
type Explanation struct {
	st       *study.Study
	importer trade.Group
	product  trade.Product
	year     int

	// partner is whom methods about a partner are judged on: the one asked for, else the top supplier. It has no label
	// where nothing is imported.
	partner trade.Group
	asked   bool // the question names the partner

	cell         *reading // of importer and partner, or of the importer alone; nil where nothing is imported
	bought       bool     // something is imported from the partner
	suppliers    []kernel.Supplier
	exporters    []kernel.Supplier
	methods      []*explainedMethod
	series       []yearReading
	alternatives []alternative
	hub          study.HubShare // none where the question does not ask
}

// reading is the numbers of one cell, kept beyond its batch. Indicators about a partner are absent from the cell of an
// importer alone.
type reading struct {
	values      map[*indicator.Indicator]float64
	topSupplier string
	topExporter string
}

func (r *reading) get(ind *indicator.Indicator) (float64, bool) {
	if r == nil {
		return 0, false
	}
	v, ok := r.values[ind]
	return v, ok
}

// The indicators that an explanation tells.
var (
	effectiveExporters  = indicator.Named("effective_exporters")
	effectiveSuppliers  = indicator.Named("effective_suppliers")
	exports             = indicator.Named("exports")
	importHHI           = indicator.Named("import_hhi")
	importQuantity      = indicator.Named("import_quantity")
	importUnitValue     = indicator.Named("import_unit_value")
	imports             = indicator.Named("imports")
	importsFromPartner  = indicator.Named("imports_from_partner")
	importsWithQuantity = indicator.Named("imports_with_quantity")
	intraTrade          = indicator.Named("intra_trade")
	netImports          = indicator.Named("net_imports")
	othersExports       = indicator.Named("others_exports")
	partnerExports      = indicator.Named("partner_exports")
	partnerQuantity     = indicator.Named("partner_quantity")
	partnerShare        = indicator.Named("partner_share")
	partnerUnitValue    = indicator.Named("partner_unit_value")
	partnerWorldShare   = indicator.Named("partner_world_share")
	rearrangementRatio  = indicator.Named("rearrangement_ratio")
	supplierCount       = indicator.Named("suppliers")
	top3Share           = indicator.Named("top3_share")
	topExporterExports  = indicator.Named("top_exporter_exports")
	topSupplierImports  = indicator.Named("top_supplier_imports")
	topSupplierShare    = indicator.Named("top_supplier_share")
	worldExportHHI      = indicator.Named("world_export_hhi")
	worldExports        = indicator.Named("world_exports")
	worldUnitValue      = indicator.Named("world_unit_value")
)

// yearReading is the numbers of importer and partner in one year; cell is nil where nothing is imported.
type yearReading struct {
	year int
	cell *reading
}

// alternative is an economy, neither importer nor partner, that exports the product.
type alternative struct {
	economy trade.Code
	exports float64
	already float64 // of which to the importer
}

// explainedMethod is one method's way to its verdict.
type explainedMethod struct {
	*method.Method
	seen     seen
	supplier string // the largest, as the method sees it
	criteria []explainedCriterion
	history  map[int][]yearVerdict // by year: for each partner with a row, or for the importer
}

// seen is how a method sees the trade of a product: the treatment of trade inside blocs, and the bloc that it is about where the importer
// is a part of it.
type seen struct {
	world trade.World
	bloc  string
}

// yearVerdict is the verdict of one year.
type yearVerdict struct {
	partner string // - for methods judged about the importer alone
	window  uint64 // bit n: the criteria were met n years ago
	flagged bool   // in as many years of the window as the method wants
}

// explainedCriterion is a criterion with the numbers of the cell. judged is false where it asks for a partner from whom
// nothing is imported.
type explainedCriterion struct {
	text                     string
	provisional, judged, met bool
	margin                   float64
	sides                    []explainedSide
	turner                   string // what missing importers could make of its numbers so that the verdict turns; "" where they could not
}

// explainedSide is one comparison of a criterion.
type explainedSide struct {
	left, right formula
	op          string
	met         bool
	exact       bool // the two sides are within 1e-9 of one another: decided in rational numbers
}

// formula is an expression with its numbers.
type formula struct {
	text       string // as in the criterion
	definition string // of the indicator that text is, where it has a formula
	exact      string // definition, else text, with every digit of the numbers
	short      string // the same with numbers as tables for people show them
	value      float64
	unit       string
}

// Explain follows one importer, product and year from its flows to the verdict of each method. Without a partner in q,
// methods about a partner are judged about the top supplier, and every partner that meets them is listed. Without a year
// it is the latest.
func Explain(ctx context.Context, s *study.Source, q study.Query) (*Explanation, error) {
	if y := strings.TrimSpace(q.Years); y == "" || y == "all" {
		q.Years = fmt.Sprint(slices.Max(s.Dataset.Years()))
	}
	st, err := s.Study(ctx, q)
	if err != nil {
		return nil, err
	}
	e := &Explanation{st: st}
	for _, step := range []func() error{e.readParties, e.readProduct, e.readYear} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("explain: %w", err)
		}
	}
	for _, step := range []func(context.Context) error{e.findPartner, e.readFlows, e.judgeMethods, e.readHistory, e.readSeries, e.readHub} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return e, nil
}

func (e *Explanation) readParties() (err error) {
	if e.importer, err = oneGroup("importers", e.st.ImporterSide); err != nil {
		return err
	}
	if !e.st.PickNone {
		e.asked = true
		e.partner, err = oneGroup("partners", e.st.PartnerSide)
	}
	return err
}

// oneGroup wants a selection of one economy or bloc.
func oneGroup(flag string, s study.Side) (trade.Group, error) {
	switch {
	case s.Selection.All || len(s.Parties) != 1:
		return trade.Group{}, fault.Questionf("--%s %s: expected one economy or bloc, or several merged with +", flag, s.Selection.String())
	case len(s.Parties[0].Any) != 1:
		return trade.Group{}, fault.Questionf("--%s %s: alternatives are judged one by one; ask for each by itself, or merge them with +", flag, s.Selection.String())
	}
	return s.Parties[0].Any[0], nil
}

func (e *Explanation) readProduct() error {
	codes := e.st.Products.Codes()
	if len(codes) == 1 {
		e.product, _ = e.st.Dataset.Products().Get(codes[0])
		return nil
	}
	held := e.st.Held
	if codes == nil {
		held = study.CodesIn(e.st.Dataset.Products())
	}
	var found []string
	for _, code := range held[:min(study.MostListed, len(held))] {
		p, _ := e.st.Dataset.Products().Get(code)
		found = append(found, p.Code+" ("+study.Shortened(p.Description)+")")
	}
	if len(held) > study.MostListed {
		found = append(found, "…")
	}
	return fault.Questionf("--products %s is several; expected one of %s", e.st.Products, strings.Join(found, ", "))
}

func (e *Explanation) readYear() error {
	if len(e.st.Years) != 1 {
		return fault.Questionf("%d %s; expected one, the history of the others is part of the answer", len(e.st.Years), e.st.Unit(2))
	}
	e.year = e.st.Years[0]
	codes := e.importer.Codes(e.year)
	if codes.Intersect(e.st.Dataset.Importers(e.year)).Len() == 0 {
		var years []int
		for _, y := range e.st.Have {
			if e.importer.Codes(y).Intersect(e.st.Dataset.Importers(y)).Len() > 0 {
				years = append(years, y)
			}
		}
		where := "and in no other " + e.st.Unit(1)
		if len(years) > 0 {
			where = "it has them in " + study.YearsText(years)
		}
		return fault.Questionf("%s has no imports at all in dataset %s in %s, %s: the data are missing, so there is nothing to explain",
			e.importer.Label, e.st.Dataset.Manifest().Name, trade.Period(e.year), where)
	}
	if partner := e.partner.Codes(e.year); e.asked && partner.Len() > 0 && partner.Minus(codes).Len() == 0 {
		return fault.Questionf("%s is part of the importer %s, whose inner trade is not imports", e.partner.Label, e.importer.Label)
	}
	return nil
}

// cells is the kernel's visitor: it hands over the one importer cell and the one pair cell of the product.
type cells struct{ importer, pair func(b *kernel.Batch) error }

// Importers implements kernel.Visitor.
func (c *cells) Importers(b *kernel.Batch) error {
	if c.importer != nil {
		return c.importer(b)
	}
	return nil
}

// Pairs implements kernel.Visitor.
func (c *cells) Pairs(b *kernel.Batch) error {
	if c.pair != nil {
		return c.pair(b)
	}
	return nil
}

// look computes the cells of the product in a year, for the importer and, where there is one, the partner. A method that is about a bloc
// of which the importer is a part sees others than one that is about none, "".
func (e *Explanation) look(ctx context.Context, y int, world trade.World, bloc string, c *cells) error {
	sets := func(g trade.Group) []trade.Set { return e.st.Sets(&study.Side{Groups: []trade.Group{g}}, y) }
	view := kernel.View{Year: y, Importers: sets(e.importer), Inside: e.st.InsideOf(bloc, &study.Side{Groups: []trade.Group{e.importer}}, y), World: world}
	if e.partner.Label != "" {
		view.Partners = sets(e.partner)
	}
	flows, err := e.st.EngineOrFiles().Flows(ctx, y, e.product.Code)
	if err != nil {
		return err
	}
	return kernel.ScanProduct(ctx, flows, e.st.Dataset.Manifest().Exact, view, c)
}

// findPartner takes the top supplier as partner where none is asked for.
func (e *Explanation) findPartner(ctx context.Context) error {
	if e.asked {
		return nil
	}
	all, err := e.st.Side("partners", "all")
	if err != nil {
		return err
	}
	return e.look(ctx, e.year, trade.Gross, "", &cells{importer: func(b *kernel.Batch) error {
		for _, g := range all.Groups {
			if codes := g.Codes(e.year); codes.Has(trade.Code(b.TopSupplier[0])) {
				e.partner = g
			}
		}
		return nil
	}})
}

func (e *Explanation) readFlows(ctx context.Context) error {
	flows, err := e.st.EngineOrFiles().Flows(ctx, e.year, e.product.Code)
	if err != nil {
		return err
	}
	importer, partner := e.importer.Codes(e.year), e.partner.Codes(e.year)
	bySize := func(a, b kernel.Supplier) int {
		return cmp.Or(cmp.Compare(b.Value, a.Value), cmp.Compare(a.Exporter, b.Exporter))
	}
	e.suppliers, e.exporters = kernel.Suppliers(flows, importer), kernel.Exporters(flows)
	already := map[trade.Code]float64{}
	for _, s := range e.suppliers {
		already[s.Exporter] = s.Value
	}
	slices.SortFunc(e.suppliers, bySize)
	slices.SortFunc(e.exporters, bySize)
	for _, x := range e.exporters {
		if !importer.Has(x.Exporter) && !partner.Has(x.Exporter) {
			e.alternatives = append(e.alternatives, alternative{x.Exporter, x.Value, already[x.Exporter]})
		}
	}
	return nil
}

// judgeMethods puts the numbers of the cell into the criteria of each method.
func (e *Explanation) judgeMethods(ctx context.Context) error {
	world, err := e.st.World()
	if err != nil {
		return err
	}
	views := []seen{{world, ""}}
	for _, m := range e.st.Methods {
		x := &explainedMethod{Method: m, seen: seen{m.World, ""}}
		if e.st.InsideOf(m.Bloc, &study.Side{Groups: []trade.Group{e.importer}}, e.year) != nil {
			x.seen.bloc = m.Bloc
		}
		e.methods = append(e.methods, x)
		if !slices.Contains(views, x.seen) {
			views = append(views, x.seen)
		}
	}
	for _, v := range views {
		judge := func(b *kernel.Batch, about func(*explainedMethod) bool) (err error) {
			if v == views[0] {
				e.cell = e.read(b)
			}
			for _, m := range e.methods {
				if m.seen == v && about(m) {
					m.supplier = e.st.Label(b.TopSupplier[0], e.importer.Label, e.partner.Label)
					if m.criteria, err = m.explain(b, e.st.Unseen(e.year)); err != nil {
						return err
					}
				}
			}
			return nil
		}
		err := e.look(ctx, e.year, v.world, v.bloc, &cells{
			importer: func(b *kernel.Batch) error { return judge(b, func(*explainedMethod) bool { return true }) },
			// A partner asked for may regroup the suppliers: then all criteria are judged on its cell.
			pair: func(b *kernel.Batch) error {
				e.bought = e.bought || v == views[0]
				return judge(b, func(m *explainedMethod) bool { return e.asked || m.HasPartner() })
			},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// read keeps the numbers of the first cell of a batch.
func (e *Explanation) read(b *kernel.Batch) *reading {
	var scratch indicator.Scratch
	r := &reading{values: map[*indicator.Indicator]float64{}}
	for _, ind := range indicator.All() {
		if ind.Level() < indicator.Pair || b.Partner != nil {
			r.values[ind] = dependence.ValueAt(ind.Expr().Eval(&b.Columns, &scratch), 0)
		}
	}
	r.topSupplier = e.st.Label(b.TopSupplier[0], e.importer.Label, e.partner.Label)
	r.topExporter = e.st.Label(b.TopExporter[0], e.importer.Label, e.partner.Label)
	return r
}

// explain judges the first cell of a batch, criterion by criterion.
func (m *explainedMethod) explain(b *kernel.Batch, u indicator.Unseen) (list []explainedCriterion, err error) {
	for _, c := range m.Criteria {
		k := explainedCriterion{text: c.Text, provisional: slices.Contains(m.Provisional, c.Text)}
		if c.Level() < indicator.Pair || b.Partner != nil {
			k.judged = true
			if k.met, _, err = meets(c, b); err != nil {
				return nil, err
			}
			if k.turner, err = dependence.Turner(c, &b.Columns, u, 0, b.Exact); err != nil {
				return nil, err
			}
			k.margin = dependence.ValueAt(c.Margin(&b.Columns, &indicator.Scratch{}), 0)
			for _, side := range c.Sides() {
				x, err := explainSide(side, b)
				if err != nil {
					return nil, err
				}
				k.sides = append(k.sides, x)
			}
		}
		list = append(list, k)
	}
	return list, nil
}

// meets judges the first cell and says whether that took exact arithmetic.
func meets(c *indicator.Criterion, b *kernel.Batch) (met, exact bool, err error) {
	keep := make([]bool, b.N)
	keep[0] = true
	err = c.Meet(&b.Columns, &indicator.Scratch{}, keep, func(i int, asked []indicator.Sum) (func(indicator.Sum) indicator.Exact, error) {
		exact = true
		return b.Exact(i, asked)
	})
	return keep[0], exact, err
}

func explainSide(side indicator.Side, b *kernel.Batch) (x explainedSide, err error) {
	x = explainedSide{left: explainFormula(side.Left, b), right: explainFormula(side.Right, b), op: side.Op}
	if x.met, x.exact, err = meets(side.Criterion(), b); err != nil {
		return x, err
	}
	if x.right.unit == "" {
		x.right.unit = x.left.unit
	}
	return x, nil
}

func explainFormula(expr *indicator.Expr, b *kernel.Batch) formula {
	var scratch indicator.Scratch
	f := formula{text: expr.Text, value: dependence.ValueAt(expr.Eval(&b.Columns, &scratch), 0)}
	if ind, ok := indicator.Get(expr.Text); ok {
		f.unit, f.definition, expr = ind.Unit, ind.Formula, ind.Expr()
	}
	value := func(ind *indicator.Indicator) float64 {
		return dependence.ValueAt(ind.Expr().Eval(&b.Columns, &scratch), 0)
	}
	f.exact = expr.WithNumbers(func(ind *indicator.Indicator) string { return exactly(value(ind), ind.Unit) })
	f.short = expr.WithNumbers(func(ind *indicator.Indicator) string { return short(value(ind), ind.Unit) })
	return f
}

// readHistory takes the verdicts of all years from the same scan that counts them.
func (e *Explanation) readHistory(ctx context.Context) error {
	past := *e.st
	past.Years = past.Have
	for _, m := range e.methods {
		m.history = map[int][]yearVerdict{}
		// Every row of the window, flagged or not: its years are part of the explanation.
		loose := *m.Method
		loose.Persistence.Years = 0
		scan, err := dependence.NewScan(&past, &loose)
		if err != nil {
			return err
		}
		if !e.asked && m.HasPartner() {
			if scan.Partners, err = past.Side("partners", "all"); err != nil {
				return err
			}
		}
		err = scan.Run(ctx, func(year int, cells []dependence.Cell) error {
			for _, c := range cells {
				partner := "-"
				if c.Partner >= 0 {
					partner = scan.Partners.Parties[c.Partner].Label
				}
				m.history[year] = append(m.history[year], yearVerdict{partner, c.Flagged,
					dependence.OnesIn(c.Flagged, m.Persistence.Window) >= m.Persistence.Years})
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// verdict returns the verdict about the partner in the year explained, where there is a row to judge.
func (e *Explanation) verdict(m *explainedMethod) (yearVerdict, bool) {
	about := "-"
	if m.HasPartner() || e.asked {
		about = e.partner.Label
	}
	for _, v := range m.history[e.year] {
		if v.partner == about {
			return v, true
		}
	}
	return yearVerdict{partner: about}, false
}

// on lists on whom the importer depends in a year: "-" stands for a verdict about the importer alone.
func (m *explainedMethod) on(year int) []string {
	var partners []string
	for _, v := range m.history[year] {
		if v.flagged {
			partners = append(partners, v.partner)
		}
	}
	return partners
}

func (e *Explanation) readSeries(ctx context.Context) error {
	world, err := e.st.World()
	if err != nil {
		return err
	}
	for _, y := range e.st.Have {
		r := yearReading{year: y}
		take := func(b *kernel.Batch) error {
			r.cell = e.read(b)
			return nil
		}
		if err := e.look(ctx, y, world, "", &cells{take, take}); err != nil {
			return err
		}
		e.series = append(e.series, r)
	}
	return nil
}

// explainParameters differ in what must be said and what is taken where it is not.
func explainParameters() []study.Parameter {
	list := study.ParameterList(nil, append(slices.Clone(study.Judged), "hubs")...)
	list = study.Changed(list, "importers", func(p *study.Parameter) { p.Standard, p.Required = "", true })
	list = study.Changed(list, "products", func(p *study.Parameter) { p.Standard, p.Required, p.Example = "", true, "850760" })
	list = study.Changed(list, "years", func(p *study.Parameter) { p.Standard, p.Usage = "", p.Usage+" (default: the latest)" })
	return study.Changed(list, "method", func(p *study.Parameter) { p.Standard = "all" })
}
