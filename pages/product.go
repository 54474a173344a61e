package pages

import (
	"cmp"
	"errors"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"chokepoint/chart"
	"chokepoint/dependence"
	"chokepoint/explanation"
	"chokepoint/indicator"
	"chokepoint/result"
	"chokepoint/server"
	"chokepoint/study"
	"chokepoint/trade"
)

// productView is the page of a product: who sells it, who buys it, who depends on whom for it, and why.
type productView struct {
	Product                              trade.Product
	Section                              trade.Section
	Importer, ImporterName, Partner      string
	Year                                 int
	Facts                                []fact
	World, Importers, Suppliers, Flows   *figure
	Concentration, UnitValues, Dependent *figure
	AllVerdicts, Alternatives, Bilateral *figure
	Uses                                 *figure // nil where no input-output tables stand beside the dataset
	Sentence                             string
	Related                              []option
	Verdicts                             []verdict
	Explained                            *answer
	Stops                                *cell  // leads to the page of what happens if its largest exporter stops
	Missing                              string // why nothing is explained
	Without                              string // definitions that cannot be computed
	standing
}

// verdict is a definition applied to the importer and the product, step by step.
type verdict struct {
	Method, Title, Partner, Note string
	Holds, Open                  bool // open: cannot be computed
	Steps                        []step
}

type step struct {
	Words, Text, Numbers, Value, Note string
	Met                               bool
}

func (p *productView) pageTitle() string {
	return p.Product.Code + " " + cut(p.Product.Description, 60)
}

// cut shortens a description at a word.
func cut(text string, most int) string {
	if len([]rune(text)) <= most {
		return text
	}
	short := string([]rune(text)[:most])
	if i := strings.LastIndexByte(short, ' '); i > most/2 {
		short = short[:i]
	}
	return strings.TrimRight(short, " ,:;(") + " …"
}

func (v *pageRequest) productPage() (any, error) {
	p := &productView{Importer: v.value("importers"), Partner: v.values["partners"]}
	code := v.value("products")
	var err error
	if p.Product, err = v.oneProduct(code); err != nil {
		return nil, err
	}
	code = p.Product.Code
	p.Section, _ = trade.SectionOf(code)
	if p.Year, err = v.year(); err != nil {
		return nil, err
	}
	now, methodID := periodText(p.Year), v.value("method")
	importers, err := v.ask("indicators", "importers", "all", "products", code, "years", now)
	if err != nil {
		return nil, err
	}
	own, err := v.ask("indicators", "importers", p.Importer, "products", code)
	if err != nil {
		return nil, err
	}
	ownRows := dependence.IndicatorSchema.Rows(own.Table)
	if err := onlyOne("importers", p.Importer, len(rowsWhere(own, func(i int) bool { return ownRows[i].Year() == p.Year }))); err != nil {
		return nil, err
	}
	dependents, err := v.ask("dependencies", "importers", "all", "products", code, "years", now, "method", "all")
	if err != nil {
		return nil, err
	}
	p.ImporterName = v.nameOf(p.Importer)
	p.Importers = v.importersOf(importers)
	p.Dependent = v.dependentsOf(dependents)
	if len(v.years()) > 1 {
		p.Concentration = v.concentration(own)
	}
	p.UnitValues = v.unitValues(own)
	explained, err := v.ask("explain", "importers", p.Importer, "partners", p.Partner, "products", code, "years", now, "method", methodID)
	if err != nil {
		var known *server.Problem
		if !errors.As(err, &known) {
			return nil, err
		}
		p.Missing = strings.TrimPrefix(known.Detail, "explain: ") // the rest of the page stands
		if p.lacksImports(own) {
			p.Missing = "The dataset has no imports of " + withArticle(p.ImporterName) + " in " + now + ", so there are no steps to show."
		}
	} else if p.explain(v, explained); importers.Rows() > 0 {
		p.Suppliers = v.suppliersOf(explained, p.ImporterName)
		p.Alternatives = v.alternativesOf(explained, p.ImporterName)
	}
	if err := p.judge(v, own, now); err != nil {
		return nil, err
	}
	if p.Missing == "" && len(p.Verdicts) == 0 {
		p.Missing = "There are no steps to show, because " + withArticle(p.ImporterName) + " imported none of it in " + now + "."
	}
	exporters, err := v.ask("indicators", "by", "exporter", "products", code, "years", now)
	if err != nil {
		return nil, err
	}
	if exporters.Rows() > 0 {
		p.World = v.worldSuppliers(exporters)
		p.Stops = v.stopsOf(p, exporters)
		if p.Flows, err = v.flowsOf(code, now, methodID); err != nil {
			return nil, err
		}
	}
	if p.Uses, err = v.usesOf(p, own, exporters); err != nil {
		return nil, err
	}
	p.Without = v.notComputable(dependents, p.Year)
	p.rest(v, exporters, p.Year)
	p.say(v, importers, own)
	return p, nil
}

// stopsOf leads to what happens if the partner chosen, or else the largest exporter, stops selling the product.
func (v *pageRequest) stopsOf(p *productView, exporters *answer) *cell {
	rows := dependence.ExporterSchema.Rows(exporters.Table)
	largest := slices.MaxFunc(rows, func(a, b dependence.ExporterRow) int { return cmp.Compare(a.Exports, b.Exports) })
	supplier := study.OrElse(withoutDash(p.Partner), largest.Exporter.Label)
	return &cell{Text: "What if " + v.inSentence(supplier) + " stops selling it?", Link: v.link("/scenario", "partners", supplier, "products", p.Product.Code, "years", strconv.Itoa(p.Year))}
}

// judge fills in what all definitions say, and the series with the partner chosen, or with the largest supplier.
func (p *productView) judge(v *pageRequest, own *answer, year string) error {
	partner := p.Partner
	for _, r := range dependence.IndicatorSchema.Rows(own.Table) {
		if r.Year() == p.Year && partner == "" {
			partner = r.TopSupplier()
		}
	}
	p.Related = p.relatedLinks(v, partner)
	if p.Missing != "" {
		return nil
	}
	all, err := v.ask("explain", "importers", p.Importer, "partners", p.Partner, "products", p.Product.Code, "years", year, "method", "all")
	if err != nil {
		return err
	}
	p.AllVerdicts, p.Sentence = v.verdictsOf(all, p.ImporterName), p.sentence(v, own, judgements(all))
	if partner == "" || len(v.years()) < 2 {
		return nil
	}
	pairs, err := v.ask("indicators", "importers", p.Importer, "partners", partner, "products", p.Product.Code)
	if err == nil {
		p.Bilateral = v.bilateral(pairs, p.ImporterName, partner)
	}
	return err
}

// flowsOf asks who sells a product to whom, and who depends on whom for it.
func (v *pageRequest) flowsOf(code, year, methodID string) (*figure, error) {
	pairs, err := v.ask("indicators", "importers", "all", "partners", "all", "products", code, "years", year)
	if err != nil {
		return nil, err
	}
	depended, err := v.ask("dependencies", "importers", "all", "partners", "all", "products", code, "years", year, "method", methodID)
	if err != nil {
		return nil, err
	}
	return v.flowPicture(pairs, depended, code, year), nil
}

// exampleProduct is what the page opens with: lithium-ion cells, where the dataset has flows of them, else its first product.
func (v *pageRequest) exampleProduct() string {
	traded := v.traded()
	for _, code := range []string{"850760", "850650"} {
		if slices.Contains(traded, code) {
			return code
		}
	}
	if len(traded) == 0 { // the page says why
		return v.product.At(0).Code
	}
	return traded[0]
}

// traded lists the products with flows in the latest year; none where that cannot be read.
func (v *pageRequest) traded() []string {
	b, err := v.server.Datasets.Acquire(v.dataset.Name)
	if err != nil {
		return nil
	}
	defer v.server.Datasets.Release(b)
	source := study.Source{Dataset: b.Volume.Dataset}
	if b.Volume.Engine != nil {
		if source.Engine, err = b.Volume.Engine(); err != nil {
			return nil
		}
		defer source.Engine.Close()
	}
	traded, _ := source.Traded(v.ctx, slices.Max(v.years()))
	return traded
}

// oneProduct finds the product that a text means: 850760 or 8507.60.
func (v *pageRequest) oneProduct(text string) (trade.Product, error) {
	selection, err := study.ParseProducts(text, v.product, &v.dataset)
	if err == nil && len(selection.Codes()) != 1 {
		err = errors.New("expected one six-digit code; the search at the top finds codes by words")
	}
	if err != nil {
		return trade.Product{}, server.Wrong(&study.ParameterError{Parameter: "products", Value: text, Err: err})
	}
	product, _ := v.product.Get(selection.Codes()[0])
	return product, nil
}

func (p *productView) say(v *pageRequest, importers, own *answer) {
	if importers.Rows() == 0 {
		return
	}
	worth := func(x float64) fact {
		return fact{Value: people(x, result.USD), Unit: "USD", Exact: result.ExactFloat(x, result.USD) + " USD"}
	}
	r := &dependence.IndicatorSchema.Rows(importers.Table)[0]
	f := worth(r.Value(worldExports))
	world := mark{Status: r.WorldStatus()}
	f.Label, f.Note, f.Mark = "World exports", "by "+people(r.Value(exporterCount), "count")+" exporters", world
	if world.Shown() {
		f.Note += "; this is a lower bound, because the purchases of the missing importers are not included"
	}
	p.Facts = append(p.Facts, f)
	hhi := r.Value(worldExportHHI)
	p.Facts = append(p.Facts, fact{Label: "Largest exporter", Value: v.nameOf(r.TopExporter()), Note: result.Percent(r.Value(topExporterShare)) + " of world exports", Mark: world},
		fact{Label: "World concentration (HHI)", Value: result.ShortFloat(hhi, result.Share), Exact: result.ExactFloat(hhi, result.Share), Note: "1 is a single exporter", Mark: world})
	if p.lacksImports(own) {
		p.Facts = append(p.Facts, fact{Label: "Imports of " + withArticle(p.ImporterName), Mark: mark{Status: result.Missing}, Note: "missing from the dataset, which does not mean zero"})
	}
	for _, r := range dependence.IndicatorSchema.Rows(own.Table) {
		if r.Year() != p.Year {
			continue
		}
		f := worth(r.Value(imports))
		f.Label, f.Note, f.Mark = "Imports of "+withArticle(p.ImporterName), result.Percent(r.Value(topSupplierShare))+" of it from "+v.inSentence(r.TopSupplier()), mark{Status: r.Status()}
		p.Facts = append(p.Facts, f)
		break
	}
}

// lacksImports says whether the dataset has no imports of the importer at all.
func (p *productView) lacksImports(own *answer) bool {
	return slices.ContainsFunc(own.Notes, func(n result.Note) bool { return n.Kind == result.MissingImports && slices.Contains(n.Years, p.Year) })
}

// Indicators that pages read.
var (
	imports            = indicator.Named("imports")
	importHHI          = indicator.Named("import_hhi")
	importUnitValue    = indicator.Named("import_unit_value")
	importsFromPartner = indicator.Named("imports_from_partner")
	partnerShare       = indicator.Named("partner_share")
	partnerWorldShare  = indicator.Named("partner_world_share")
	topSupplierShare   = indicator.Named("top_supplier_share")
	worldExports       = indicator.Named("world_exports")
	exporterCount      = indicator.Named("exporters")
	topExporterShare   = indicator.Named("top_exporter_world_share")
	worldExportHHI     = indicator.Named("world_export_hhi")
	worldUnitValue     = indicator.Named("world_unit_value")
)

// Columns that the page shows, and their order.
var (
	importerColumns      = dependence.IndicatorSchema.Pick("importer", "imports_usd", "exports_usd", "suppliers", "import_hhi", "top_supplier", "top_supplier_share", "import_unit_value")
	importerOrder        = dependence.IndicatorSchema.Order("-imports_usd")
	exporterColumns      = dependence.ExporterSchema.Pick("exporter", "exports_usd", "share_of_world_exports")
	exporterOrder        = dependence.ExporterSchema.Order("-exports_usd")
	concentrationColumns = dependence.IndicatorSchema.Pick("year", "world_export_hhi", "import_hhi", "suppliers", "exporters", "top_exporter", "top_exporter_world_share", "top_supplier", "top_supplier_share", "imports_usd")
	unitValueColumns     = dependence.IndicatorSchema.Pick("year", "import_unit_value", "world_unit_value", "import_quantity_t", "imports_with_quantity_usd")
)

// bar is one economy of a bar chart.
type bar struct {
	code      string
	value     float64
	tip, link string
}

// bars draws the largest.
func (v *pageRequest) bars(title string, n int, list []bar) chart.Option {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b bar) int { return cmp.Compare(b.value, a.value) })
	s := chart.Series{Name: title}
	var names, colours []string
	for _, b := range list[:min(n, len(list))] {
		names, colours = append(names, v.nameOf(b.code)), append(colours, chart.OfEconomy(b.code))
		s.Values, s.Tips, s.Links = append(s.Values, b.value), append(s.Tips, v.nameOf(b.code)+"\n"+b.tip), append(s.Links, b.link)
	}
	if len(names) == 0 {
		return nil
	}
	return chart.Bars(names, "USD", chart.USD, s.Coloured(colours))
}

func (v *pageRequest) importersOf(a *answer) *figure {
	var list []bar
	for _, r := range dependence.IndicatorSchema.Rows(a.Table) {
		worth := r.Value(imports)
		list = append(list, bar{r.Importer(), worth, people(worth, result.USD) + " USD, " + result.Percent(r.Value(topSupplierShare)) + " from " + v.inSentence(r.TopSupplier()),
			v.link("/product", "importers", r.Importer(), "partners", "")})
	}
	return &figure{ID: "importers", Title: "Who buys it", Note: lacking("Total imports, by economy.", a), Source: v.source(a),
		Option: v.bars(imports.Title, 12, list), Table: v.sheet("importers", a, 20, importerOrder, importerColumns...)}
}

// worldSuppliers draws who sells the product to the world, whoever asks.
func (v *pageRequest) worldSuppliers(exporters *answer) *figure {
	var list []bar
	for _, r := range dependence.ExporterSchema.Rows(exporters.Table) {
		list = append(list, bar{r.Exporter.Label, r.Exports, people(r.Exports, result.USD) + " USD, " + result.Percent(r.WorldShare()) + " of world exports", v.link("/product", "partners", r.Exporter.Label)})
	}
	return &figure{ID: "world", Title: "Who sells it", Note: lacking("Exports to all buyers, by economy.", exporters), Source: v.source(exporters),
		Option: v.bars("Exports", 12, list), Table: v.sheet("world", exporters, 20, exporterOrder, exporterColumns...)}
}

// suppliersOf shows where the importer buys: the flows themselves.
func (v *pageRequest) suppliersOf(explained *answer, importer string) *figure {
	var flows []explanation.Row
	total := 0.0
	for _, r := range explanation.Schema.Rows(explained.Table) {
		if r.Section == explanation.SectionFlows && r.Measure == imports.Column {
			flows = append(flows, r)
			total += r.Value
		}
	}
	slices.SortStableFunc(flows, func(a, b explanation.Row) int { return cmp.Compare(b.Value, a.Value) })
	g := &grid{Caption: "Suppliers of " + withArticle(importer), Total: len(flows), Answer: explained, Empty: "No imports.",
		Columns: []gridColumn{{Title: "Supplier"}, {Title: "Imports from it", Unit: "USD", Number: true}, {Title: "Share", Number: true}}}
	var list []bar
	for _, r := range flows {
		code, x := r.Item, r.Value
		list = append(list, bar{code, x, people(x, result.USD) + " USD, " + result.Percent(x/total), v.link("/product", "partners", code)})
		g.Rows = append(g.Rows, []cell{{Text: v.nameOf(code), Note: code, Mark: chart.OfEconomy(code), Head: true, Link: v.link("/product", "partners", code)},
			{Text: people(x, result.USD), Exact: result.ExactFloat(x, ""), Number: true}, {Text: result.Percent(x / total), Exact: strconv.FormatFloat(x/total, 'f', -1, 64), Number: true}})
	}
	v.arrangeRows("suppliers", g, 20, "-imports_from_it")
	return &figure{ID: "suppliers", Title: "Where " + withArticle(importer) + " buys it", Note: "Imports by supplier.", Source: v.source(explained), Table: g,
		Option: v.bars("Value", 12, list)}
}

func (v *pageRequest) concentration(own *answer) *figure {
	var years []string
	world := chart.Series{Name: "world exports", Colour: chart.Ink}
	bought := chart.Series{Colour: chart.Warning, Dashed: true}
	rows := dependence.IndicatorSchema.Rows(own.Table)
	for _, y := range v.timeline() {
		year := periodText(y)
		years = append(years, year)
		i := slices.IndexFunc(rows, func(r dependence.IndicatorRow) bool { return r.Year() == y })
		for s, ind := range map[*chart.Series]*indicator.Indicator{&world: worldExportHHI, &bought: importHHI} {
			x := math.NaN()
			if i >= 0 {
				x, bought.Name = rows[i].Value(ind), "imports of "+v.inSentence(rows[i].Importer())
			}
			s.Values = append(s.Values, finite(x))
			s.Tips = append(s.Tips, year+"\n"+s.Name+": "+result.ShortFloat(x, result.Share))
		}
	}
	return &figure{ID: "concentration", Minor: true, Title: "Concentration over time", Note: "Herfindahl–Hirschman index: 1 is a single supplier.", Source: v.source(own),
		Option: chart.Lines(years, "HHI", chart.Index, nil, world, bought),
		Table:  v.grid(own, 0, concentrationColumns...)}
}

// finite is what JSON can hold: missing values are null.
func finite(x float64) any {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return x
}

func (v *pageRequest) unitValues(own *answer) *figure {
	all := dependence.IndicatorSchema.Rows(own.Table)
	known := rowsWhere(own, func(i int) bool { return !math.IsNaN(all[i].Value(importUnitValue)) })
	if len(known) == 0 {
		return nil
	}
	some := *own
	some.Table = own.Select(known)
	f := &figure{ID: "unit-values", Minor: true, Title: "Unit values", Note: "Current US dollars per tonne, for the flows whose weight is known.", Source: v.source(own), Open: true,
		Table: v.grid(&some, 0, unitValueColumns...)}
	if len(known) > 1 {
		var years []string
		bought, world := chart.Series{Name: "imports", Colour: chart.Ink}, chart.Series{Name: "world", Colour: chart.Soft, Dashed: true}
		for _, i := range known {
			r := &all[i]
			year := periodText(r.Year())
			years = append(years, year)
			for s, ind := range map[*chart.Series]*indicator.Indicator{&bought: importUnitValue, &world: worldUnitValue} {
				x := r.Value(ind)
				s.Values, s.Tips = append(s.Values, finite(x)), append(s.Tips, year+"\n"+s.Name+": "+result.ShortFloat(x, ind.Unit)+" USD/t")
			}
		}
		f.Option, f.Open = chart.Lines(years, currentUSD+"/t", chart.Count, nil, bought, world), false
		v.scaled(f)
	}
	return f
}

// dependentsOf gathers by importer which definitions find a dependency, and on whom.
func (v *pageRequest) dependentsOf(a *answer) *figure {
	type found struct {
		methods, partners []string
		imports           float64
	}
	by := map[string]*found{}
	add := func(list *[]string, text string) {
		if text != "-" && text != "" && !slices.Contains(*list, text) {
			*list = append(*list, text)
		}
	}
	for _, r := range dependence.DependencySchema.Rows(a.Table) {
		f := by[r.Importer.Label]
		if f == nil {
			f = &found{imports: r.Imports}
			by[r.Importer.Label] = f
		}
		add(&f.methods, r.Method.ID)
		add(&f.partners, r.Supplier())
	}
	order := slices.SortedFunc(maps.Keys(by), func(x, y string) int {
		return cmp.Or(cmp.Compare(by[y].imports, by[x].imports), strings.Compare(x, y))
	})
	g := &grid{Caption: "Who depends on others for it, and by how many definitions", Total: len(order), Answer: a, Empty: "By no definition does any economy depend on others for this product.",
		Columns: []gridColumn{{Title: "Importer"}, {Title: "Definitions", Number: true}, {Title: "On whom"}, {Title: "Total imports", Unit: "USD", Number: true}, {Title: "By which definitions"}}}
	for _, importer := range order {
		f := by[importer]
		var names []string
		for _, p := range f.partners {
			names = append(names, v.nameOf(p))
		}
		slices.Sort(f.methods)
		g.Rows = append(g.Rows, []cell{{Text: v.nameOf(importer), Note: importer, Mark: chart.OfEconomy(importer), Head: true, Link: v.link("/product", "importers", importer, "partners", "")},
			{Text: strconv.Itoa(len(f.methods)), Number: true}, {Text: strings.Join(names[:min(3, len(names))], ", ")},
			{Text: people(f.imports, result.USD), Exact: strconv.FormatFloat(f.imports, 'f', -1, 64), Number: true}, {Text: strings.Join(v.definitionNames(f.methods), ", "), Class: "words"}})
	}
	v.arrangeRows("dependents", g, 20, "-total_imports")
	return &figure{ID: "dependents", Title: "Who depends on others for it", Note: plural(len(order), "economy", "economies") + " by at least one definition, the largest buyers first.", Table: g, Open: true}
}

// explain takes the verdicts out of an explanation.
func (p *productView) explain(v *pageRequest, a *answer) {
	p.Explained = a
	at := map[string]int{}
	for _, r := range explanation.Schema.Rows(a.Table) {
		key := r.Method + " " + r.Partner
		switch r.Section {
		case explanation.SectionCriteria:
			if _, ok := at[key]; !ok {
				at[key] = len(p.Verdicts)
				p.Verdicts = append(p.Verdicts, verdict{Method: r.Method, Partner: withoutDash(r.Partner)})
			}
			d := &p.Verdicts[at[key]]
			d.Steps = append(d.Steps, step{Words: inWords(r.Item), Text: r.Item, Numbers: grouping(r.Numbers), Value: result.ShortFloat(r.Value, ""), Note: v.naming(r.Note, r.Partner), Met: r.Verdict == explanation.Yes})
		case explanation.SectionVerdict:
			if k, ok := at[key]; ok {
				d := &p.Verdicts[k]
				d.Title, d.Holds, d.Open, d.Note = r.Name, r.Verdict == explanation.Yes, r.Verdict == "", v.naming(r.Note, r.Partner)
			}
		}
	}
	for i := range p.Verdicts {
		p.Verdicts[i].Partner = v.nameOf(p.Verdicts[i].Partner)
	}
}

// naming is a text with the name of an economy or bloc in place of its label.
func (v *pageRequest) naming(text, label string) string {
	if withoutDash(label) == "" {
		return text
	}
	return regexp.MustCompile(`\b`+regexp.QuoteMeta(label)+`\b`).ReplaceAllLiteralString(text, v.inSentence(label))
}

// grouping sets thin spaces into long numbers of a formula, so that people can read them; nothing is rounded.
func grouping(formula string) string {
	return longNumber.ReplaceAllStringFunc(formula, func(digits string) string {
		var b strings.Builder
		for i, d := range digits {
			if i > 0 && (len(digits)-i)%3 == 0 {
				b.WriteRune('\u202f')
			}
			b.WriteRune(d)
		}
		return b.String()
	})
}
