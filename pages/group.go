package pages

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"chokepoint/chart"
	"chokepoint/dependence"
	"chokepoint/result"
	"chokepoint/server"
	"chokepoint/study"
)

// groupView is the page of several products together: a heading, a chapter, a list, or codes of the asker's own.
type groupView struct {
	Name, Importer, ImporterName string
	Year                         int
	Report                       string // address of the same in words
	Facts                        []fact
	World, Dependents            *figure
	Products, Trade              *figure
	standing
}

func (g *groupView) pageTitle() string    { return g.Name + ", " + periodText(g.Year) }
func (g *groupView) templateName() string { return "group" }

// Columns of the products of a group and of those who depend on others for them, and the order of products.
var (
	groupColumns     = dependence.IndicatorSchema.Pick("product", "imports_usd", "suppliers", "top_supplier", "top_supplier_share", "import_hhi", "world_export_hhi")
	groupOrder       = dependence.IndicatorSchema.Order("-imports_usd", "product")
	dependentColumns = dependence.CountSchema.Pick("importer", "products", "imports_usd", "share_of_imports")
)

func (v *pageRequest) groupPage() (any, error) {
	products := v.value("products")
	if strings.EqualFold(products, "all") {
		return nil, server.Wrong(&study.ParameterError{Parameter: "products", Value: products, Err: errAllGoods})
	}
	g := &groupView{Name: v.goodsName(products), Importer: v.value("importers"), Report: v.link("/report", "products", products)}
	var err error
	if g.Year, err = v.year(); err != nil {
		return nil, err
	}
	now, methodID := periodText(g.Year), v.value("method")
	own, err := v.ask("count", "importers", g.Importer, "products", products, "years", now, "method", methodID)
	if err != nil {
		return nil, err
	}
	if err := onlyOne("importers", g.Importer, len(countsOf(own, g.Year))); err != nil {
		return nil, err
	}
	bought, err := v.ask("indicators", "importers", g.Importer, "products", products, "years", now)
	if err != nil {
		return nil, err
	}
	everybody, err := v.ask("count", "importers", "all", "products", products, "years", now, "method", methodID)
	if err != nil {
		return nil, err
	}
	exporters, err := v.ask("indicators", "by", "exporter", "products", products, "years", now)
	if err != nil {
		return nil, err
	}
	g.ImporterName = v.nameOf(g.Importer)
	g.say(v, own, bought)
	g.World, g.Dependents, g.Products = v.groupSellers(exporters), v.groupDependents(everybody), v.groupProducts(bought, g.ImporterName)
	if partner := v.values["partners"]; partner != "" {
		if g.Trade, err = v.tradeOf(g.Importer, partner, products); err != nil {
			return nil, err
		}
	}
	g.rest(v, own, g.Year)
	return g, nil
}

// say fills in the facts about the importer.
func (g *groupView) say(v *pageRequest, own, bought *answer) {
	row := countOf(own, g.Year)
	if row == nil {
		return
	}
	if row.ImporterName != "" {
		g.ImporterName = shortName(row.ImporterName)
	}
	if g.Cannot = v.unanswered(own, row.Status, g.Importer, g.Year); g.Cannot != "" {
		return
	}
	worth := 0.0
	for _, r := range dependence.IndicatorSchema.Rows(bought.Table) {
		worth += r.Value(imports)
	}
	m := mark{Status: row.Status}
	g.Facts = []fact{
		{Label: "Import-dependent in", Value: orNone(row.Products), Unit: productsOf(row.Products), Note: "of " + people(float64(row.TradedProducts), "count") + " of these that " + withArticle(g.ImporterName) + " imports", Mark: m},
		{Label: "Imports of these goods", Value: people(worth, result.USD), Unit: "USD", Exact: result.ExactFloat(worth, result.USD) + " USD", Note: "by " + withArticle(g.ImporterName) + ", from all suppliers", Mark: m},
		{Label: "Imports of these dependent products", Value: people(row.Imports, result.USD), Unit: "USD", Exact: result.ExactFloat(row.Imports, result.USD) + " USD", Note: result.Percent(row.ShareOfImports) + " of its imports of these goods", Mark: m},
	}
}

// groupSellers adds up what each economy exports of the products.
func (v *pageRequest) groupSellers(a *answer) *figure {
	sold, total := map[string]float64{}, 0.0
	for _, r := range dependence.ExporterSchema.Rows(a.Table) {
		sold[r.Exporter.Label] += r.Exports
		total += r.Exports
	}
	g := &grid{Caption: "Who sells these goods", Total: len(sold), Answer: a, Empty: "The dataset has no exports of these goods.",
		Columns: []gridColumn{{Title: "Exporter"}, {Title: "Exports", Unit: "USD", Number: true}, {Title: "Share of world exports", Number: true}}}
	var list []bar
	order := slices.SortedFunc(maps.Keys(sold), func(x, y string) int { return cmp.Or(cmp.Compare(sold[y], sold[x]), strings.Compare(x, y)) })
	for _, label := range order {
		share := result.Percent(sold[label] / total)
		list = append(list, bar{label, sold[label], people(sold[label], result.USD) + " USD, " + share + " of world exports", v.link("/product", "partners", label)})
		g.Rows = append(g.Rows, []cell{{Text: v.nameOf(label), Note: label, Mark: chart.OfEconomy(label), Head: true, Link: v.link("/product", "partners", label)},
			{Text: people(sold[label], result.USD), Exact: result.ExactFloat(sold[label], ""), Number: true}, {Text: share, Exact: result.ExactFloat(sold[label]/total, ""), Number: true}})
	}
	v.arrangeRows("world", g, 20, "-exports")
	return &figure{ID: "world", Title: "Who sells these goods", Note: lacking("Exports to all buyers, by economy, all products together.", a), Source: v.source(a), Option: v.bars("Exports", 12, list), Table: g}
}

// groupDependents draws who depends on others in most of the products; nil where nobody does.
func (v *pageRequest) groupDependents(a *answer) *figure {
	rows := dependence.CountSchema.Rows(a.Table)
	sorted := a.onlyRows(rowsWhere(a, func(i int) bool { return rows[i].Products > 0 })).sortedBy(partnerOrder...)
	s := chart.Series{Name: "products"}
	var names, colours []string
	for _, r := range dependence.CountSchema.Rows(sorted.Table) {
		if len(names) == 12 {
			break
		}
		name := v.nameOf(r.Importer)
		names, colours = append(names, name), append(colours, chart.OfEconomy(r.Importer))
		s.Values, s.Tips = append(s.Values, r.Products), append(s.Tips, name+"\n"+plural(r.Products, "product", "products")+", "+people(r.Imports, result.USD)+" USD")
		s.Links = append(s.Links, v.link("/product", "importers", r.Importer))
	}
	f := &figure{ID: "dependents", Title: "Who depends on others for them", Note: "The number of products in which an economy is import-dependent, by the definition chosen.", Source: v.source(a),
		Table: v.sheet("dependents", sorted, 20, partnerOrder, dependentColumns...)}
	if len(names) == 0 {
		return nil // the page says so in a sentence
	}
	f.Option = chart.Bars(names, "products", chart.Count, s.Coloured(colours))
	return f
}

// groupProducts lists the products that the importer buys, the largest first.
func (v *pageRequest) groupProducts(a *answer, importer string) *figure {
	f := &figure{ID: "products", Title: "What " + withArticle(importer) + " buys of them", Note: "The largest imports first. Each product links to its own page.", Open: true, Table: v.sheet("products", a, 20, groupOrder, groupColumns...)}
	for _, row := range f.Table.Rows {
		if p, ok := v.product.Get(row[0].Text); ok {
			row[0].Text += " " + cut(p.Description, 110)
		}
	}
	return f
}

// tradeOf is what two economies buy from each other of some goods, year by year, whoever depends.
func (v *pageRequest) tradeOf(a, b, products string) (*figure, error) {
	there, err := v.ask("indicators", "importers", a, "partners", b, "products", products)
	if err != nil {
		return nil, err
	}
	back, err := v.ask("indicators", "importers", b, "partners", a, "products", products)
	if err != nil {
		return nil, err
	}
	return v.tradeFigure(there, back, v.nameOf(ownName(a)), v.nameOf(ownName(b)), b, a), nil
}

// bought are imports of a year: all, and those from a partner.
type bought struct{ all, from float64 }

func boughtByYear(a *answer) map[int]bought {
	sums := map[int]bought{}
	for _, r := range dependence.PairIndicatorSchema.Rows(a.Table) {
		s := sums[r.Year()]
		s.all += r.Value(imports)
		if x := r.Value(importsFromPartner); !math.IsNaN(x) {
			s.from += x
		}
		sums[r.Year()] = s
	}
	return sums
}

func (v *pageRequest) tradeFigure(there, back *answer, aName, bName, b, a string) *figure {
	left, right := boughtByYear(there), boughtByYear(back)
	g := &grid{Caption: "Trade in these goods", Answer: there, Empty: "The two do not trade these goods.", Columns: []gridColumn{{Title: "Year"},
		{Title: aName + " from " + withArticle(bName), Unit: currentUSD, Number: true}, {Title: "Share of imports of " + withArticle(aName), Number: true},
		{Title: bName + " from " + withArticle(aName), Unit: currentUSD, Number: true}, {Title: "Share of imports of " + withArticle(bName), Number: true}}}
	ab, ba := chart.Series{Name: aName + " from " + withArticle(bName), Colour: chart.OfEconomy(ownName(b))}, chart.Series{Name: bName + " from " + withArticle(aName), Colour: chart.OfEconomy(ownName(a)), Dashed: true}
	var years []string
	for _, y := range v.timeline() {
		year := periodText(y)
		years = append(years, year)
		row := []cell{{Text: year, Head: true}}
		for _, side := range []struct {
			*chart.Series
			bought map[int]bought
		}{{&ab, left}, {&ba, right}} {
			sum, ok := side.bought[y]
			if !ok {
				sum = bought{math.NaN(), math.NaN()}
			}
			s, usd := side.Series, people(sum.from, result.USD)
			s.Values, s.Tips = append(s.Values, finite(sum.from)), append(s.Tips, year+"\n"+s.Name+": "+usd+" USD")
			row = append(row, cell{Text: usd, Exact: result.ExactFloat(sum.from, ""), Number: true}, cell{Text: result.Percent(sum.from / sum.all), Exact: result.ExactFloat(sum.from/sum.all, ""), Number: true})
		}
		g.Rows = append(g.Rows, row)
	}
	g.Total = len(g.Rows)
	f := &figure{ID: "trade", Title: "What the two buy from each other of these goods", Note: "What each imports from the other, dependent or not, in current US dollars. A dash means that the dataset has no imports of these goods in the year: nothing was bought, or the figures are missing.", Open: true, Source: v.source(there), Table: g}
	if len(years) > 1 {
		f.Option = chart.Lines(years, currentUSD, chart.USD, nil, ab, ba)
	}
	return v.scaled(f)
}

// ownName is the name of a bloc that the question names itself, else the text.
func ownName(text string) string {
	if name, _, ok := strings.Cut(text, "="); ok {
		return strings.TrimSpace(name)
	}
	return text
}

// orNone is a number of products, none in words.
func orNone(n int) string {
	if n == 0 {
		return "No"
	}
	return people(float64(n), "count")
}

// productsOf is the unit of a number of products.
func productsOf(n int) string {
	if n == 1 {
		return "product"
	}
	return "products"
}
