package pages

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/chart"
	"chokepoint/dependence"
	"chokepoint/result"
)

// pairView is the page of two economies or blocs: each's dependence on the other.
type pairView struct {
	A, B, AName, BName     string
	Year                   int
	Ratio, RatioExact      string
	More, Less             string // names: who depends more
	MoreN, LessN           int
	Facts                  []fact
	Counts, Values, Bubble *figure
	OnB, OnA, Trade        *figure
	Goods                  string // that the page is restricted to; "" is all
	Beside                 *figure
	Swap, Report           string // addresses: the other way round, and the same in words
	None                   bool
	standing
	Why []lack // why there are no figures, of each direction that has none
}

func (p *pairView) pageTitle() string {
	return p.AName + " and " + p.BName + ", " + periodText(p.Year)
}

func (v *pageRequest) pair() (any, error) {
	p := &pairView{A: v.value("importers"), B: v.value("partners"), Goods: v.goods()}
	methodID, floor := v.value("method"), v.values["min-value"]
	var err error
	if p.Year, err = v.year(); err != nil {
		return nil, err
	}
	now := periodText(p.Year)
	p.Report = v.link("/report", "importers", p.A, "partners", p.B)
	p.Swap = v.link("/pair", "importers", p.B, "partners", p.A)
	both, err := v.ask("asymmetry", "a", p.A, "b", p.B, "method", methodID, "years", v.yearsUpTo(1, now), "min-value", floor)
	if err != nil {
		return nil, err
	}
	onB, err := v.ask("dependencies", "importers", p.A, "partners", p.B, "method", methodID, "years", now, "min-value", floor, "since", v.since(p.Year))
	if err != nil {
		return nil, err
	}
	onA, err := v.ask("dependencies", "importers", p.B, "partners", p.A, "method", methodID, "years", now, "min-value", floor, "since", v.since(p.Year))
	if err != nil {
		return nil, err
	}
	shares, err := v.ask("indicators", "importers", p.A, "partners", p.B, "years", now, "min-value", floor)
	if err != nil {
		return nil, err
	}
	p.say(v, both)
	for _, why := range p.Why {
		p.Cannot += why.Text
	}
	p.rest(v, both.onlyRows(rowsWhere(both, func(i int) bool { return dependence.AsymmetrySchema.Rows(both.Table)[i].Year == p.Year })), p.Year)
	if len(p.Why) == 0 && v.later(1, pairCountsPlace, pairValuesPlace) {
		p.Counts, p.Values = pairCountsPlace.holder(), pairValuesPlace.holder()
	} else if len(p.Why) == 0 {
		p.Counts, p.Values = v.mirror(both, &countMirror, p), v.mirror(both, &valueMirror, p)
	}
	if products := v.values["products"]; v.goods() != "" {
		if p.Trade, err = v.tradeOf(p.A, p.B, products); err != nil {
			return nil, err
		}
	}
	if v.later(1, besidePlace) {
		p.Beside = besidePlace.holder()
	} else if p.Beside, err = v.beside(p, methodID, floor); err != nil {
		return nil, err
	}
	row := asymmetryOf(both, p.Year)
	if row != nil && row.AOnB.Status.Answers() {
		p.Bubble, p.OnB = v.bubbles(shares, onB, p), v.behind("on-b", p.AName+" on "+withArticle(p.BName), onB, p.Year)
	}
	if row != nil && row.BOnA.Status.Answers() {
		p.OnA = v.behind("on-a", p.BName+" on "+withArticle(p.AName), onA, p.Year)
	}
	return p, nil
}

// Where figures of all years come.
var (
	pairCountsPlace = place{id: "mirror-products", title: "Products in which each is import-dependent on the other"}
	besidePlace     = place{id: "beside", title: "Dependence of other economies on the same partner"}
	pairValuesPlace = place{id: "mirror-imports_from_partner_usd", title: "What each buys of these products from the other"}
)

// nounOf is the unit of a count of products.
func nounOf(n int) string {
	return strings.TrimPrefix(plural(n, "product", "products"), people(float64(n), "count")+" ")
}

// without leaves a label out: nobody depends on itself.
func without(label string, list ...string) []string {
	return slices.DeleteFunc(list, func(l string) bool { return strings.EqualFold(l, label) })
}

// asymmetryOf is the row of a year; nil where there is none.
func asymmetryOf(both *answer, year int) *dependence.AsymmetryRow {
	rows := dependence.AsymmetrySchema.Rows(both.Table)
	for i := range rows {
		if rows[i].Year == year {
			return &rows[i]
		}
	}
	return nil
}

func (p *pairView) say(v *pageRequest, a *answer) {
	p.AName, p.BName = v.nameOf(ownName(p.A)), v.nameOf(ownName(p.B))
	row := asymmetryOf(a, p.Year)
	if row == nil {
		p.None = true
		return
	}
	for _, d := range []struct {
		*dependence.Direction
		importer, label string
	}{{&row.AOnB, p.A, p.AName + " on " + withArticle(p.BName)}, {&row.BOnA, p.B, p.BName + " on " + withArticle(p.AName)}} {
		if text := v.unanswered(a, d.Status, d.importer, p.Year); text != "" && !slices.ContainsFunc(p.Why, func(l lack) bool { return l.Text == text }) {
			p.Why = append(p.Why, lack{Mark: mark{Status: d.Status}, Text: text})
		}
		if d.Status.Answers() {
			f := fact{Label: d.label, Value: "none", Mark: mark{Status: d.Status}}
			if d.Products > 0 {
				f.Value, f.Unit = result.ShortInt(d.Products), nounOf(d.Products)
				f.Note = people(d.ImportsFromPartner, result.USD) + " USD of these from there, " + result.Percent(d.PartnerShare) + " of " + a.whole()
			}
			p.Facts = append(p.Facts, f)
		}
	}
	if len(p.Why) > 0 {
		return
	}
	p.More, p.Less, p.MoreN, p.LessN = p.AName, p.BName, row.AOnB.Products, row.BOnA.Products
	if p.LessN > p.MoreN {
		p.More, p.Less, p.MoreN, p.LessN = p.BName, p.AName, p.LessN, p.MoreN
	}
	if !math.IsNaN(row.Ratio) {
		p.Ratio, p.RatioExact = people(row.Ratio, "ratio"), result.ExactFloat(row.Ratio, "ratio")
	}
	both := fact{Label: "Each on the other for the same product", Value: "none", Mark: mark{Status: result.Worst(row.AOnB.Status, row.BOnA.Status)}}
	if row.Both > 0 {
		both.Value, both.Unit = result.ShortInt(row.Both), nounOf(row.Both)
	}
	p.Facts = append(p.Facts, both)
}

// mirrored is what a chart of both directions shows.
type mirrored struct {
	column, title, unit string
	format              chart.Format
	value               func(*dependence.Direction) float64
	columns             []string // of the table beside it
	note                string
}

var (
	countMirror = mirrored{"products", "Products in which each is import-dependent on the other", "products", chart.Count, func(d *dependence.Direction) float64 { return result.IntNumber(d.Products) },
		dependence.AsymmetrySchema.Pick("year", "a_on_b_products", "b_on_a_products", "ratio", "both", "net_dependent_imports_usd"), "."}
	valueMirror = mirrored{"imports_from_partner_usd", "What each buys of these products from the other", "USD", chart.USD, func(d *dependence.Direction) float64 { return d.ImportsFromPartner },
		dependence.AsymmetrySchema.Pick("year", "a_on_b_imports_from_partner_usd", "b_on_a_imports_from_partner_usd", "ratio", "both", "net_dependent_imports_usd"), ". Current US dollars."}
)

// mirror draws both directions away from the middle, a year a bar.
func (v *pageRequest) mirror(both *answer, m *mirrored, p *pairView) *figure {
	var years []string
	left := chart.Series{Name: p.AName + " on " + withArticle(p.BName), Colour: chart.OfEconomy(p.B)}
	right := chart.Series{Name: p.BName + " on " + withArticle(p.AName), Colour: chart.OfEconomy(p.A)}
	if left.Colour == right.Colour {
		right.Colour = chart.Soft
	}
	none := dependence.Direction{Products: result.MissingInt, ImportsFromPartner: math.NaN()}
	for _, y := range slices.Backward(v.timeline()) { // the latest on top
		r := asymmetryOf(both, y)
		if r == nil {
			r = &dependence.AsymmetryRow{AOnB: none, BOnA: none}
		}
		year := periodText(y)
		years = append(years, year)
		for s, d := range map[*chart.Series]*dependence.Direction{&left: &r.AOnB, &right: &r.BOnA} {
			x := m.value(d)
			s.Values = append(s.Values, finite(x))
			s.Tips = append(s.Tips, year+"\n"+s.Name+": "+people(x, m.unit)+" "+m.unit)
			s.Links = append(s.Links, v.link("/pair", "years", year))
		}
	}
	height := ""
	if len(years) < 4 {
		height = "low"
	}
	return &figure{ID: "mirror-" + m.column, Title: m.title, Note: "Left: " + left.Name + ". Right: " + right.Name + m.note, Height: height, Source: v.source(both),
		Option: chart.Mirror(years, m.format, left, right),
		Table:  v.grid(both, 0, m.columns...)}
}

// mostBubbles is how many products a bubble chart draws.
const mostBubbles = 500

var (
	bubbleColumns = dependence.PairIndicatorSchema.Pick("product", "imports_usd", "imports_from_partner_usd", "partner_share", "partner_world_share", "import_hhi")
	bubbleOrder   = dependence.PairIndicatorSchema.Order("-imports_usd", "product")
)

// bubbles draws the products that a buys from b: what matters, and what could be bought elsewhere.
func (v *pageRequest) bubbles(shares, depended *answer, p *pairView) *figure {
	all := dependence.PairIndicatorSchema.Rows(shares.Table)
	sorted := shares.onlyRows(rowsWhere(shares, func(i int) bool { return all[i].Value(importsFromPartner) > 0 })).sortedBy(bubbleOrder...)
	rows := dependence.PairIndicatorSchema.Rows(sorted.Table)
	flagged := map[string]bool{}
	for _, r := range dependence.DependencySchema.Rows(depended.Table) {
		flagged[r.Product.Code] = true
	}
	n := min(mostBubbles, sorted.Rows())
	var list []chart.Bubble
	for i := range n {
		r := &rows[i]
		code, world := r.Product(), r.Value(partnerWorldShare)
		product, _ := v.product.Get(code)
		b := chart.Bubble{Name: code, Short: code + " " + cut(product.Description, 22), X: r.Value(partnerShare), Y: r.Value(imports), Colour: chart.Soft,
			Size: math.Sqrt(world), Link: v.link("/product", "products", code, "importers", p.A, "partners", p.B)}
		if flagged[code] {
			b.Colour = chart.OfEconomy(p.B)
		}
		b.Tip = code + " " + cut(product.Description, 60) + "\n" + result.Percent(b.X) + " of " + people(b.Y, result.USD) + " USD from " + withArticle(p.BName) + "\n" + result.Percent(world) + " of world exports"
		list = append(list, b)
	}
	nameLargest(list)
	f := &figure{ID: "bubbles", Title: "Which products matter, and which could be bought elsewhere", Height: "tall", Source: v.source(depended),
		Note:  "The " + strconv.Itoa(n) + " largest products that " + withArticle(p.AName) + " buys from " + withArticle(p.BName) + ". The size of a bubble is the share of " + withArticle(p.BName) + " in world exports; bubbles in colour are dependencies. Drag the lines, or type numbers below.",
		Table: v.sheet("bubbles", sorted, 40, bubbleOrder, bubbleColumns...)}
	if n > 0 {
		f.Option = chart.Bubbles(chart.Axis{Name: "Share of imports from " + withArticle(p.BName), Format: chart.Share, Min: 0, Max: 1},
			chart.Axis{Name: "Total imports, USD", Format: chart.USD, Log: true, Min: list[n-1].Y, Max: list[0].Y}, 0.3, list[n/2].Y, list)
	}
	return f
}

// namedBubbles is how many products of a bubble chart are named in it.
const namedBubbles = 10

// nameLargest names the products that matter: of those that are depended on the largest, then of the others. The list is in order of value.
func nameLargest(list []chart.Bubble) {
	n := 0
	for _, depended := range []bool{true, false} {
		for i := range list {
			if b := &list[i]; (b.Colour != chart.Soft) == depended && n < namedBubbles {
				b.Label = b.Short
				n++
			}
		}
	}
}

// behind lists the products of one direction, with how they changed.
func (v *pageRequest) behind(id, title string, list *answer, year int) *figure {
	changes := v.changesOf(list, importsFromPartner, year)
	if changes == nil { // the definition names no partner
		changes = v.changesOf(list, imports, year)
	}
	f := &figure{ID: id, Title: title, Open: true, Table: v.withDependencies(v.sheet(id, list, 20, byImports, slices.Concat(behindColumns, changes)...), list.given["importers"])}
	if list.Rows() > 0 {
		f.Note = plural(list.Rows(), "product", "products") + ", the largest imports first."
	}
	return f
}
