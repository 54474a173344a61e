package pages

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/chart"
	"chokepoint/dependence"
	"chokepoint/result"
	"chokepoint/server"
	"chokepoint/study"
	"chokepoint/trade"
)

// overview is the page of an importer: how many products, of what value, on whom, in what, and what changed.
type overview struct {
	Importer, Label                  string
	Year, Before                     int
	Products, Others                 int    // others: products of which the importer buys the most from the partner
	Worth, WorthExact, Share, Whole  string // of imports, from everybody; what the share is of
	Traded                           int    // products that it imports
	Partner, PartnerLink             string
	PartnerProducts                  int
	PartnerWorth                     string // of these, from the partner
	Facts                            []fact
	Methods, Counts, Values          *figure
	Partners, Sections, PartnersOver *figure
	Top, New, Gone, Tree             *figure
	None                             bool
	Goods                            string // that the page is restricted to; "" is all
	Report                           string // address of the same in words
	standing
}

func (o *overview) pageTitle() string { return o.Importer + ", " + periodText(o.Year) }

func (v *pageRequest) overview() (any, error) {
	importer, methodID := v.value("importers"), v.value("method")
	year, err := v.year()
	if err != nil {
		return nil, err
	}
	floor := v.values["min-value"]
	o := &overview{Label: importer, Year: year, Before: v.before(year), Goods: v.goods(), Report: v.link("/report")}
	now := periodText(year)
	years := v.yearsUpTo(1, now)
	total, err := v.ask("count", "importers", importer, "method", methodID, "years", years, "min-value", floor)
	if err != nil {
		return nil, err
	}
	if err := onlyOne("importers", importer, len(countsOf(total, year))); err != nil {
		return nil, err
	}
	partners, err := v.ask("count", "importers", importer, "partners", "all", "method", methodID, "years", years, "min-value", floor)
	if err != nil {
		return nil, err
	}
	all, err := v.ask("count", "importers", importer, "method", "all", "years", years, "min-value", floor)
	if err != nil {
		return nil, err
	}
	list, err := v.ask("dependencies", "importers", importer, "method", methodID, "years", now, "min-value", floor, "since", v.since(year))
	if err != nil {
		return nil, err
	}
	o.say(v, total, partners)
	o.rest(v, v.only(total, year), year)
	for i := range o.Facts {
		o.Facts[i].Mark = o.Mark
	}
	o.Methods = v.byMethod(all, year, methodID)
	if o.Cannot != "" {
		if len(o.Methods.Option) == 0 { // nor has any other definition
			o.Methods = nil
		}
		return o, nil
	}
	if v.later(1, countsPlace, valuesPlace, partnersPlace) {
		o.Counts, o.Values, o.PartnersOver = countsPlace.holder(), valuesPlace.holder(), partnersPlace.holder()
	} else if len(v.years()) > 1 {
		o.Counts, o.Values = v.countsOver(total, all, methodID), v.valuesOver(total, all)
		o.PartnersOver = v.partnersOver(partners)
	}
	o.Partners, o.Sections = v.byPartner(partners, year, importer), v.bySection(list)
	o.Top = v.topProducts(list, importer, year)
	o.Tree = v.treeOf(list, importer, year)
	if o.Before != 0 {
		earlier, err := v.ask("dependencies", "importers", importer, "method", methodID, "years", strconv.Itoa(o.Before), "min-value", floor)
		if err != nil {
			return nil, err
		}
		o.New = v.newcomers("new", "Newly import-dependent since "+periodText(o.Before), list, earlier)
		o.Gone = v.newcomers("gone", "No longer import-dependent since "+periodText(o.Before), earlier, list)
	}
	return o, nil
}

// Where figures of all years come.
var (
	countsPlace   = place{id: "counts", title: "Import-dependent products over time"}
	valuesPlace   = place{id: "values", title: "Imports of these products over time"}
	partnersPlace = place{id: "partners-over", title: "The partners it depends on, over time"}
)

// onlyOne refuses several importers on a page about one: their rows would be mistaken for one.
// rows is how many the answer has of the year in focus.
func onlyOne(parameter, value string, rows int) error {
	if rows > 1 || strings.Contains(value, ",") || strings.EqualFold(value, "all") {
		return server.Wrong(&study.ParameterError{Parameter: parameter, Value: value, Err: oneParty})
	}
	return nil
}

type textError string

func (e textError) Error() string { return string(e) }

const oneParty textError = "this page shows one economy or bloc; join several with +, for example USA+CAN, or use the map"

// Columns of lists of dependencies that pages show: of the indicators those that the definition uses. And their order.
var (
	topColumns    = dependence.DependencySchema.Pick("product", "description", "partner", "imports_usd", "partner_share", "partner_world_share")
	topIndicators = dependence.DependencyColumns.Pick("import_hhi", "world_export_hhi") // where a criterion uses them
	topAgreement  = dependence.DependencySchema.Pick("methods_agree", "distance")
	newColumns    = dependence.DependencySchema.Pick("product", "description", "partner", "imports_usd", "partner_share")
	behindColumns = dependence.DependencySchema.Pick("product", "description", "imports_usd", "partner_share", "partner_world_share", "methods_agree")
	byImports     = dependence.DependencySchema.Order("-imports_usd", "product")
)

// Columns of counts that the page shows.
var (
	methodColumns      = dependence.CountSchema.Pick("method", "products", "imports_usd", "share_of_imports", "share_of_products")
	countYearColumns   = dependence.CountSchema.Pick("year", "products", "imports_usd", "share_of_imports", "traded_products", "share_of_products")
	valueYearColumns   = dependence.CountSchema.Pick("year", "imports_usd", "imports_from_partner_usd", "total_imports_usd", "share_of_imports", "partner_share_of_imports")
	partnerOrder       = dependence.CountSchema.Order("-products", "-imports_usd")
	partnerColumns     = dependence.CountSchema.Pick("partner", "products", "imports_usd", "imports_from_partner_usd", "partner_share_of_imports")
	partnerYearColumns = dependence.CountSchema.Pick("year", "partner", "products", "imports_usd", "imports_from_partner_usd")
)

// say fills in the sentence and the facts.
func (o *overview) say(v *pageRequest, total, partners *answer) {
	o.Importer = v.nameOf(ownName(o.Label))
	row := countOf(total, o.Year)
	if row == nil {
		o.None = true
		return
	}
	if row.ImporterName != "" {
		o.Importer = shortName(row.ImporterName)
	}
	if o.Cannot = v.unanswered(total, row.Status, o.Label, o.Year); o.Cannot != "" {
		return
	}
	o.Products, o.Traded, o.Worth, o.Share = row.Products, row.TradedProducts, people(row.Imports, result.USD), result.Percent(row.ShareOfImports)
	o.WorthExact, o.Whole = result.ExactFloat(row.Imports, result.USD), total.whole()
	if o.Products == 0 {
		return
	}
	o.Facts = append(o.Facts, fact{Label: "Import-dependent in", Value: people(float64(o.Products), "count"), Unit: productsOf(o.Products),
		Note: "of " + result.ShortInt(row.TradedProducts) + " that it imports (" + result.Percent(row.ShareOfProducts) + ")"}, fact{Label: "Imports of these products", Value: o.Worth, Unit: "USD", Exact: o.WorthExact + " USD", Note: "from all suppliers, " + o.Share + " of " + o.Whole})
	best := mostOn(partners, o.Year)
	if best == nil {
		return
	}
	o.Partner, o.PartnerLink = v.nameOf(best.Partner), v.link("/pair", "importers", o.Label, "partners", best.Partner)
	f := fact{Label: "Import-dependent on " + withArticle(o.Partner), Value: people(float64(best.Products), "count"), Link: o.PartnerLink, Unit: nounOf(best.Products), Note: "total imports of " + people(best.Imports, result.USD) + " USD"}
	if o.PartnerProducts = best.Products; !math.IsNaN(best.ImportsFromPartner) {
		o.PartnerWorth = people(best.ImportsFromPartner, result.USD)
		f.Note += ", " + o.PartnerWorth + " USD of it from " + withArticle(o.Partner)
	}
	o.Facts = append(o.Facts, f)
}

// countOf is the row of a year in a count of one importer and one method; nil where there is none.
func countOf(a *answer, year int) *dependence.CountRow {
	rows := dependence.CountSchema.Rows(a.Table)
	for i := range rows {
		if rows[i].Year == year {
			return &rows[i]
		}
	}
	return nil
}

// mostOn is the row of the partner with the most products in a year; nil where there is no product.
func mostOn(partners *answer, year int) (best *dependence.CountRow) {
	rows := dependence.CountSchema.Rows(partners.Table)
	for i := range rows {
		if r := &rows[i]; r.Year == year && r.Products > 0 && (best == nil || r.Products > best.Products) {
			best = r
		}
	}
	return best
}

// source is what an image of a chart must say.
func (v *pageRequest) source(a *answer) string {
	var methods []string
	for _, m := range a.Provenance.Methods {
		methods = append(methods, m.Name())
	}
	d := &v.dataset
	text := "Source: " + study.OrElse(strings.TrimSpace(d.Source+" "+d.Release), d.Name)
	if d.Licence != "" {
		text += " (" + d.Licence + ")"
	}
	text += "; own computation by Chokepoint"
	if len(methods) > 0 && len(methods) < 4 {
		text += ", " + strings.Join(methods, ", ")
	}
	if d.Synthetic {
		text = "SYNTHETIC DATA – " + text
	}
	return text + ". " + upperFirst(currentUSD) + "; dataset " + d.Name + "; " + v.server.Program + "."
}

// byMethod shows what each definition counts in one year.
func (v *pageRequest) byMethod(all *answer, year int, chosen string) *figure {
	type bar struct {
		id  string
		n   int
		tip string
	}
	var bars []bar
	for _, r := range dependence.CountSchema.Rows(all.Table) {
		if r.Year == year && r.Products != result.MissingInt {
			bars = append(bars, bar{id: r.Method, n: r.Products, tip: definitionTitle(r.Method) + "\n" + plural(r.Products, "product", "products") + ", total imports of " + people(r.Imports, result.USD) + " USD"})
		}
	}
	slices.SortStableFunc(bars, func(a, b bar) int { return cmp.Compare(b.n, a.n) })
	s := chart.Series{Name: "Products"}
	var names, colours []string
	for _, b := range bars {
		names = append(names, v.definitionName(b.id))
		s.Values, s.Tips, s.Links = append(s.Values, b.n), append(s.Tips, b.tip), append(s.Links, v.link(v.page.path, "method", b.id))
		colours = append(colours, map[bool]string{true: chart.Ink, false: chart.Soft}[b.id == chosen])
	}
	note := "The number of import-dependent products by each published definition."
	if text := v.notComputable(all, year); text != "" {
		note += " " + text
	}
	f := &figure{ID: "methods", Title: "By definition, " + periodText(year), Note: note, Source: v.source(all), Table: v.grid(v.only(all, year), 0, methodColumns...)}
	if len(names) > 0 {
		f.Option = chart.Bars(names, "products", chart.Count, s.Coloured(colours))
	}
	return f
}

// only keeps the rows of a year, for tables beside a chart of that year; files are asked for that year too.
func (v *pageRequest) only(counts *answer, year int) *answer {
	b := *counts
	b.Table = counts.Select(countsOf(counts, year))
	b.given = maps.Clone(counts.given)
	b.given["years"] = strconv.Itoa(year)
	return &b
}

// countsOf are the places of the rows of a year among counts.
func countsOf(counts *answer, year int) []int {
	rows := dependence.CountSchema.Rows(counts.Table)
	return rowsWhere(counts, func(i int) bool { return rows[i].Year == year })
}

// countsOver draws the count of the definition over the years, over the band of all.
func (v *pageRequest) countsOver(total, all *answer, methodID string) *figure {
	var years []string
	band := &chart.Band{Name: "all definitions", Colour: chart.Soft}
	s := chart.Series{Name: v.definitionName(methodID), Colour: chart.Ink}
	for _, y := range v.timeline() {
		year := periodText(y)
		low, high := rangeOf(all, y, func(other *dependence.CountRow) float64 { return result.IntNumber(other.Products) })
		years = append(years, year)
		band.Low, band.High = append(band.Low, low), append(band.High, high)
		band.Tips = append(band.Tips, year+"\n"+people(low, "count")+" to "+people(high, "count")+" products by other definitions")
		n := math.NaN()
		if r := countOf(total, y); r != nil {
			n = result.IntNumber(r.Products)
		}
		s.Values, s.Tips = append(s.Values, finite(n)), append(s.Tips, year+"\n"+people(n, "count")+" products")
		s.Links = append(s.Links, v.link(v.page.path, "years", year))
	}
	return &figure{ID: "counts", Title: "Import-dependent products over time", Note: "The band shows the range across all definitions.",
		Option: chart.Lines(years, "products", chart.Count, band, s), Source: v.source(total),
		Table: v.grid(total, 0, countYearColumns...)}
}

// rangeOf is the lowest and the highest value of a year by all definitions that can be computed.
func rangeOf(all *answer, year int, value func(*dependence.CountRow) float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	rows := dependence.CountSchema.Rows(all.Table)
	for i := range rows {
		if x := value(&rows[i]); rows[i].Year == year && !math.IsNaN(x) {
			low, high = min(low, x), max(high, x)
		}
	}
	return low, high
}

// valuesOver draws what the products are worth, and how much of it comes from those depended on.
func (v *pageRequest) valuesOver(total, all *answer) *figure {
	var years []string
	whole := chart.Series{Name: "from all suppliers", Colour: chart.Ink}
	part := chart.Series{Name: "from those it depends on", Colour: chart.Warning, Dashed: true}
	hasPart := false
	band := &chart.Band{Name: "all definitions", Colour: chart.Soft}
	for _, y := range v.timeline() {
		year := periodText(y)
		years = append(years, year)
		low, high := rangeOf(all, y, func(other *dependence.CountRow) float64 { return other.Imports })
		band.Low, band.High = append(band.Low, low), append(band.High, high)
		band.Tips = append(band.Tips, year+"\n"+people(low, result.USD)+" to "+people(high, result.USD)+" USD by other definitions")
		add := func(s *chart.Series, x float64) {
			if math.IsNaN(x) {
				s.Values, s.Tips = append(s.Values, nil), append(s.Tips, "")
				return
			}
			s.Values, s.Tips = append(s.Values, x), append(s.Tips, year+"\n"+s.Name+": "+people(x, result.USD)+" USD")
			hasPart = hasPart || s == &part
		}
		r := countOf(total, y)
		if r == nil {
			r = &dependence.CountRow{Imports: math.NaN(), ImportsFromPartner: math.NaN()}
		}
		add(&whole, r.Imports)
		add(&part, r.ImportsFromPartner)
	}
	series := []chart.Series{whole}
	if hasPart {
		series = append(series, part)
	}
	return &figure{ID: "values", Title: "Imports of these products over time", Note: "From all suppliers, in current US dollars. The band shows the range across all definitions.", Option: chart.Lines(years, currentUSD, chart.USD, band, series...), Source: v.source(total),
		Table: v.grid(total, 0, valueYearColumns...)}
}

// mostPartners is how many partners a chart names.
const mostPartners = 8

// leading lists the partners with the most products in a year, or over all years where year is 0.
func leading(partners *answer, year int) []string {
	sum := map[string]int{}
	for _, r := range dependence.CountSchema.Rows(partners.Table) {
		if r.Products > 0 && (year == 0 || r.Year == year) {
			sum[r.Partner] += r.Products
		}
	}
	list := slices.Collect(maps.Keys(sum))
	slices.SortFunc(list, func(a, b string) int { return cmp.Or(cmp.Compare(sum[b], sum[a]), strings.Compare(a, b)) })
	return list
}

func (v *pageRequest) byPartner(partners *answer, year int, importer string) *figure {
	here := v.only(partners, year).sortedBy(partnerOrder...)
	names := leading(here, 0)
	s := chart.Series{Name: "Products"}
	var labels, colours []string
	rows := dependence.CountSchema.Rows(here.Table)
	for _, p := range names[:min(len(names), 12)] {
		r := &rows[slices.IndexFunc(rows, func(r dependence.CountRow) bool { return r.Partner == p })]
		labels = append(labels, v.nameOf(p))
		colours = append(colours, chart.OfEconomy(p))
		s.Values, s.Tips = append(s.Values, r.Products), append(s.Tips, v.nameOf(p)+"\n"+plural(r.Products, "product", "products")+", total imports of "+people(r.Imports, result.USD)+" USD")
		s.Links = append(s.Links, v.link("/pair", "importers", importer, "partners", p))
	}
	here.Table = here.Select(rowsWhere(here, func(i int) bool { return rows[i].Products > 0 }))
	f := &figure{ID: "partners", Title: "The partners it depends on, " + periodText(year), Note: "The number of import-dependent products by partner. A product can count for two partners.", Source: v.source(partners),
		Table: v.sheet("partners", here, 30, partnerOrder, partnerColumns...)}
	if len(labels) > 0 {
		f.Option = chart.Bars(labels, "products", chart.Count, s.Coloured(colours))
	}
	return f
}

func rowsWhere(a *answer, keep func(i int) bool) (rows []int) {
	for i := range a.Rows() {
		if keep(i) {
			rows = append(rows, i)
		}
	}
	return rows
}

// partnersOver draws the leading partners over the years.
func (v *pageRequest) partnersOver(partners *answer) *figure {
	var years []string
	at := map[int]int{}
	for _, y := range v.timeline() {
		at[y] = len(years)
		years = append(years, periodText(y))
	}
	rows, names := dependence.CountSchema.Rows(partners.Table), leading(partners, 0)
	names = names[:min(len(names), mostPartners)]
	if len(names) == 0 {
		return nil
	}
	var series []chart.Series
	for _, p := range names {
		s := chart.Series{Name: v.nameOf(p), Colour: chart.OfEconomy(p), Values: make([]any, len(years)), Tips: make([]string, len(years))}
		for _, r := range rows {
			if r.Partner == p && r.Products != result.MissingInt {
				k := at[r.Year]
				s.Values[k], s.Tips[k] = r.Products, years[k]+", "+s.Name+"\n"+plural(r.Products, "product", "products")
			}
		}
		series = append(series, s)
	}
	named := map[string]bool{}
	for _, p := range names {
		named[p] = true
	}
	shown := *partners
	shown.Table = partners.Select(rowsWhere(partners, func(i int) bool { return named[rows[i].Partner] }))
	return v.scaled(&figure{ID: "partners-over", Minor: true, Title: "The partners it depends on, over time", Note: map[bool]string{true: "The partner with the most products.", false: "The " + people(float64(len(names)), "count") + " partners with the most products."}[len(names) == 1], Source: v.source(partners),
		Option: chart.Lines(years, "products", chart.Count, nil, series...), Table: v.grid(&shown, 0, partnerYearColumns...)})
}

// bySection splits a list of dependencies by section of the Harmonized System.
func (v *pageRequest) bySection(list *answer) *figure {
	type part struct {
		section trade.Section
		n       int
		worth   float64
	}
	parts := map[string]*part{}
	seen := map[string]bool{}
	for _, r := range dependence.DependencySchema.Rows(list.Table) {
		code := r.Product.Code
		s, ok := trade.SectionOf(code)
		if seen[code] || !ok {
			continue
		}
		seen[code] = true
		if parts[s.Number] == nil {
			parts[s.Number] = &part{section: s}
		}
		parts[s.Number].n++
		parts[s.Number].worth += r.Imports
	}
	order := slices.SortedFunc(maps.Values(parts), func(a, b *part) int {
		return cmp.Or(cmp.Compare(b.n, a.n), strings.Compare(a.section.From, b.section.From))
	})
	s := chart.Series{Name: "Products", Colour: chart.Ink}
	g := &grid{Caption: "Products by section of the Harmonized System", Total: len(order), Empty: v.emptyText(list), Answer: list, Columns: []gridColumn{
		{Title: "Section"}, {Title: "Chapters"}, {Title: "Products", Number: true}, {Title: "Total imports", Unit: "USD", Number: true}}}
	var names []string
	for _, p := range order {
		names = append(names, p.section.Short)
		s.Values = append(s.Values, p.n)
		s.Tips = append(s.Tips, p.section.Title+"\n"+plural(p.n, "product", "products")+", total imports of "+people(p.worth, result.USD)+" USD")
		chapters := p.section.From
		if p.section.To != p.section.From {
			chapters += "–" + p.section.To
		}
		g.Rows = append(g.Rows, []cell{{Text: p.section.Title, Head: true}, {Text: chapters}, {Text: people(float64(p.n), "count"), Number: true},
			{Text: people(p.worth, result.USD), Exact: strconv.FormatFloat(p.worth, 'f', -1, 64), Number: true}})
	}
	f := &figure{ID: "sections", Title: "Import-dependent products by section, " + list.given["years"], Note: "Sections of the Harmonized System.", Source: v.source(list), Table: g}
	if len(names) > 0 {
		f.Option = chart.Bars(names[:min(len(names), 12)], "products", chart.Count, first(s, 12))
	}
	return f
}

func first(s chart.Series, n int) chart.Series {
	n = min(n, len(s.Values))
	s.Values, s.Tips = s.Values[:n], s.Tips[:n]
	return s
}

func (v *pageRequest) topProducts(list *answer, importer string, year int) *figure {
	used := slices.DeleteFunc(slices.Clone(topIndicators), func(name string) bool { return list.Column(name) == nil })
	return &figure{ID: "top", Title: "The largest import-dependent products, " + periodText(year), Note: "Ordered by the imports of the product. Each code links to the page of the product.", Open: true,
		Table: v.withDependencies(v.sheet("top", list, 20, byImports, slices.Concat(topColumns, used, topAgreement, v.changesOf(list, imports, year))...), importer)}
}

// newcomers lists the products of one list that another lacks.
func (v *pageRequest) newcomers(id, title string, list, other *answer) *figure {
	has := map[string]bool{}
	for _, r := range dependence.DependencySchema.Rows(other.Table) {
		has[r.Product.Code] = true
	}
	seen := map[string]bool{}
	some, rows := *list, dependence.DependencySchema.Rows(list.Table)
	some.Table = list.Select(rowsWhere(list, func(i int) bool {
		code := rows[i].Product.Code
		fresh := !has[code] && !seen[code]
		seen[code] = true
		return fresh
	}))
	f := &figure{ID: id, Title: title, Open: true, Table: v.withDependencies(v.sheet(id, &some, 10, byImports, newColumns...), v.value("importers"))}
	if f.Table.Empty = "None."; some.Rows() > 0 {
		f.Note = plural(some.Rows(), "product", "products") + ", the largest imports first."
	}
	return f
}
