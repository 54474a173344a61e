package server

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/chart"
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
	OnB, OnA               *figure
	Swap                   string
	None                   bool
	Incomplete             []string // what the figures lack
	Cannot                 []string // why there are none, of each direction that has none
}

func (p *pairView) pageTitle() string {
	return p.AName + " and " + p.BName + ", " + strconv.Itoa(p.Year)
}

func (v *visit) pair() (any, error) {
	p := &pairView{A: v.value("importers"), B: v.value("partners")}
	methodID, floor := v.value("method"), v.values["min-value"]
	var err error
	if p.Year, err = v.year(); err != nil {
		return nil, err
	}
	now := strconv.Itoa(p.Year)
	p.Swap = v.link("/pair", "importers", p.B, "partners", p.A)
	both, err := v.ask("asymmetry", "a", p.A, "b", p.B, "method", methodID, "min-value", floor)
	if err != nil {
		return nil, err
	}
	onB, err := v.ask("dependencies", "importers", p.A, "partners", p.B, "method", methodID, "years", now, "min-value", floor)
	if err != nil {
		return nil, err
	}
	onA, err := v.ask("dependencies", "importers", p.B, "partners", p.A, "method", methodID, "years", now, "min-value", floor)
	if err != nil {
		return nil, err
	}
	shares, err := v.ask("indicators", "importers", p.A, "partners", p.B, "years", now, "min-value", floor)
	if err != nil {
		return nil, err
	}
	p.say(v, both)
	p.Incomplete = v.incomplete()
	if len(p.Cannot) == 0 {
		p.Counts, p.Values = v.mirror(both, "products", chart.Count, p), v.mirror(both, "imports_from_partner_usd", chart.USD, p)
	}
	if p.answered(both, "a_on_b") {
		p.Bubble, p.OnB = v.bubbles(shares, onB, p), v.behind("on-b", p.AName+" on "+p.BName, onB)
	}
	if p.answered(both, "b_on_a") {
		p.OnA = v.behind("on-a", p.BName+" on "+p.AName, onA)
	}
	return p, nil
}

// without leaves a label out: nobody depends on itself.
func without(label string, list ...string) []string {
	return slices.DeleteFunc(list, func(l string) bool { return strings.EqualFold(l, label) })
}

// answered says whether a direction has figures in the year in focus.
func (p *pairView) answered(both *answer, direction string) bool {
	row := rowOf(both, p.Year, "", "")
	return row >= 0 && statusAt(both, direction+"_status", row).Answers()
}

func (p *pairView) say(v *visit, both *answer) {
	p.AName, p.BName = v.nameOf(p.A), v.nameOf(p.B)
	row := rowOf(both, p.Year, "", "")
	if row < 0 {
		p.None = true
		return
	}
	for _, d := range []struct{ direction, importer string }{{"a_on_b", p.A}, {"b_on_a", p.B}} {
		if text := v.unanswered(both, statusAt(both, d.direction+"_status", row), d.importer, p.Year); text != "" && !slices.Contains(p.Cannot, text) {
			p.Cannot = append(p.Cannot, text)
		}
	}
	side := func(label, from string) fact {
		worth := both.Column(from + "_imports_from_partner_usd")
		return fact{Label: label, Value: people(number(both, from+"_products", row), "count"), Unit: "products",
			Note: people(worth.Float[row], result.USD) + " USD bought there, " + percent(number(both, from+"_partner_share_of_imports", row)) + " of imports"}
	}
	for _, d := range []struct{ direction, label string }{{"a_on_b", p.AName + " on " + p.BName}, {"b_on_a", p.BName + " on " + p.AName}} {
		if p.answered(both, d.direction) {
			p.Facts = append(p.Facts, side(d.label, d.direction))
		}
	}
	if len(p.Cannot) > 0 {
		return
	}
	a, b := int(number(both, "a_on_b_products", row)), int(number(both, "b_on_a_products", row))
	p.More, p.Less, p.MoreN, p.LessN = p.AName, p.BName, a, b
	if b > a {
		p.More, p.Less, p.MoreN, p.LessN = p.BName, p.AName, b, a
	}
	if ratio := number(both, "ratio", row); !math.IsNaN(ratio) {
		p.Ratio, p.RatioExact = people(ratio, "ratio"), both.Column("ratio").Exact(row)
	}
	p.Facts = append(p.Facts, fact{Label: "Each on the other", Value: people(number(both, "both", row), "count"), Unit: "products"})
}

// mirror draws both directions away from the middle, a year a bar.
func (v *visit) mirror(both *answer, column string, f chart.Format, p *pairView) *figure {
	var years []string
	left := chart.Series{Name: p.AName + " on " + p.BName, Colour: chart.OfEconomy(p.B)}
	right := chart.Series{Name: p.BName + " on " + p.AName, Colour: chart.OfEconomy(p.A)}
	if left.Colour == right.Colour {
		right.Colour = chart.Soft
	}
	unit := map[chart.Format]string{chart.Count: "products", chart.USD: "USD"}[f]
	for i := both.Rows() - 1; i >= 0; i-- { // the latest on top
		year := strconv.FormatInt(both.Column("year").Int[i], 10)
		years = append(years, year)
		for s, from := range map[*chart.Series]string{&left: "a_on_b_", &right: "b_on_a_"} {
			x := number(both, from+column, i)
			s.Values = append(s.Values, finite(x))
			s.Tips = append(s.Tips, year+"\n"+s.Name+": "+both.Column(from+column).Short(i)+" "+unit)
			s.Links = append(s.Links, v.link("/pair", "years", year))
		}
	}
	title := "Products depended on"
	if f == chart.USD {
		title = "Bought from each other of these products"
	}
	height := ""
	if len(years) < 4 {
		height = "low"
	}
	return &figure{ID: "mirror-" + column, Title: title, Note: "To the left " + left.Name + ", to the right " + right.Name + ".", Height: height, Source: v.source(both),
		Option: chart.Mirror(years, f, left, right),
		Table:  v.grid(both, 0, "year", "a_on_b_"+column, "b_on_a_"+column, "ratio", "both", "net_dependent_imports_usd")}
}

// mostBubbles is how many products a bubble chart draws.
const mostBubbles = 500

// bubbles draws the products that a buys from b: what matters, and what could be bought elsewhere.
func (v *visit) bubbles(shares, depended *answer, p *pairView) *figure {
	sorted := *shares
	sorted.Table = shares.Select(rowsWhere(shares, func(i int) bool { return number(shares, "imports_from_partner_usd", i) > 0 }))
	_ = sorted.SortBy("-imports_usd", "product")
	flagged := map[string]bool{}
	for _, code := range depended.Column("product").Text {
		flagged[code] = true
	}
	n := min(mostBubbles, sorted.Rows())
	var list []chart.Bubble
	for i := range n {
		code := sorted.Column("product").Text[i]
		product, _ := v.product.Get(code)
		b := chart.Bubble{Name: code, X: number(&sorted, "partner_share", i), Y: number(&sorted, "imports_usd", i), Colour: chart.Soft,
			Size: math.Sqrt(number(&sorted, "partner_world_share", i)), Link: v.link("/product", "products", code, "importers", p.A, "partners", p.B)}
		if flagged[code] {
			b.Colour = chart.OfEconomy(p.B)
		}
		b.Tip = code + " " + cut(product.Description, 60) + "\n" + percent(b.X) + " of " + people(b.Y, result.USD) + " USD from " + p.BName + "\n" + percent(number(&sorted, "partner_world_share", i)) + " of world exports"
		list = append(list, b)
	}
	f := &figure{ID: "bubbles", Title: "What matters, and what could be bought elsewhere", Height: "tall", Source: v.source(depended),
		Note:  "The " + strconv.Itoa(n) + " largest products that " + p.AName + " buys from " + p.BName + "; size is the share in world exports, colour the dependencies. Drag the lines, or type where they stand.",
		Table: v.grid(&sorted, 40, "product", "imports_usd", "imports_from_partner_usd", "partner_share", "partner_world_share", "import_hhi")}
	if n > 0 {
		f.Option = chart.Bubbles(chart.Axis{Name: "Share of imports from " + p.BName, Format: chart.Share, Min: 0, Max: 1},
			chart.Axis{Name: "Imports, USD", Format: chart.USD, Log: true, Min: list[n-1].Y, Max: list[0].Y}, 0.3, list[n/2].Y, list)
	}
	return f
}

func (v *visit) behind(id, title string, list *answer) *figure {
	sorted := *list
	sorted.Table = list.Select(rowsWhere(list, func(int) bool { return true }))
	_ = sorted.SortBy("-imports_usd", "product")
	return &figure{ID: id, Title: title, Note: plural(list.Rows(), "product", "products") + ", the largest by imports.", Open: true,
		Table: v.grid(&sorted, 15, "product", "description", "imports_usd", "partner_share", "partner_world_share", "methods_agree")}
}
