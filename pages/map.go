package pages

import (
	"fmt"
	"math"
	"strconv"

	"golang.org/x/text/language"

	"chokepoint/chart"
	"chokepoint/dependence"
	"chokepoint/result"
)

// mapView is the page that shows the world by its dependence on one partner.
type mapView struct {
	Partner, PartnerName string
	Product              string
	Year                 int
	Dependent, Importing int // economies that depend, of those that import, the partner apart
	First, FirstN        string
	Map                  *figure
	Missing              []string // economies of the table without a shape on the map
	NoData               []string // economies that trade, but whose imports the dataset lacks
	standing
}

func (m *mapView) pageTitle() string {
	if m.Product != "" {
		return "Who depends on " + withArticle(m.PartnerName) + " for " + m.Product + ", " + periodText(m.Year)
	}
	return "Who depends on " + withArticle(m.PartnerName) + ", " + periodText(m.Year)
}

// numeric is the number of ISO 3166 that the shapes of the world go by; "" where an economy has none.
func numeric(iso3 string) string {
	r, err := language.ParseRegion(iso3)
	if err != nil || r.M49() == 0 {
		return ""
	}
	return fmt.Sprintf("%03d", r.M49())
}

func (v *pageRequest) worldMap() (any, error) {
	m := &mapView{Partner: v.value("partners")}
	var err error
	if m.Year, err = v.year(); err != nil {
		return nil, err
	}
	methodID := v.value("method")
	m.PartnerName = v.nameOf(m.Partner)
	a, err := v.ask("count", "importers", "all", "partners", m.Partner, "products", v.values["products"], "method", methodID, "years", strconv.Itoa(m.Year), "min-value", v.values["min-value"], "zeros", "true")
	if err != nil {
		return nil, err
	}
	m.Product = v.goods()
	if m.Cannot = v.notComputable(a, m.Year); m.Cannot == "" {
		m.Map = v.choropleth(a, m)
	}
	m.rest(v, a, m.Year)
	if len(m.NoData) > 0 {
		m.Lacks = append([]lack{{Mark: mark{Status: result.Missing}, Text: "The dataset has no imports of " + listed(m.NoData) + ". They are grey and not counted."}}, m.Lacks...)
	}
	return m, nil
}

// choropleth draws who depends, shaded by how far, who imports and does not depend, who does not import, and whose imports are missing.
func (v *pageRequest) choropleth(a *answer, m *mapView) *figure {
	sorted := a.sortedBy(mapOrder...)
	_, one := v.product.Get(v.values["products"]) // of one product the shade is the partner's share of what is bought of it
	rows := dependence.CountSchema.Rows(sorted.Table)
	var places []chart.Place
	seen := map[string]bool{}
	for i := range rows {
		r := &rows[i]
		if i == 0 && r.Products > 0 {
			m.First, m.FirstN = v.inSentence(r.Importer), plural(r.Products, "product", "products")
			if !math.IsNaN(r.ShareOfProducts) {
				m.FirstN += ", " + result.Percent(r.ShareOfProducts) + " of those that it imports"
			}
		}
		place := v.placeOf(r, one, m)
		seen[place.Colour] = true
		if place.ID == "" {
			m.Missing = append(m.Missing, v.nameOf(r.Importer))
			continue
		}
		places = append(places, place)
	}
	seen[chart.NoData] = true // shapes without a row
	var kinds []chart.Kind
	for _, k := range []chart.Kind{{Name: m.PartnerName, Colour: m.colour()}, {Name: "imports, not dependent", Colour: chart.Apart}, {Name: "does not import", Colour: chart.Absent}, {Name: "missing", Colour: chart.NoData}} {
		if seen[k.Colour] {
			kinds = append(kinds, k)
		}
	}
	title := "Share of imported products"
	if goods := v.goods(); goods != "" {
		title += " of " + cut(goods, 60)
	}
	title += " for which economies depend on " + withArticle(m.PartnerName) + ", " + periodText(m.Year)
	scale := []string{"dependent: share of the", "products that it imports"}
	note := "An economy that imports 4,000 products and depends on " + withArticle(m.PartnerName) + " for 400 of them has 10 %."
	if one {
		title = "Who depends on " + withArticle(m.PartnerName) + " for " + cut(v.goods(), 60) + ", and what share they buy there, " + periodText(m.Year)
		scale = []string{"dependent: share of its imports", "of the product bought there"}
		note = "The shade shows what share of its imports of the product a dependent economy buys from " + withArticle(m.PartnerName) + ", by value."
	}
	note += " Grey means missing: the dataset has no imports of the economy. Use the buttons, or Ctrl and the mouse wheel, to zoom. The table has every economy that trades, however small."
	g := v.sheet("map", sorted, 20, mapOrder, mapColumns...)
	if !g.Arrangement.Machine {
		m.headings(g)
	}
	return &figure{ID: "map", Title: title, Note: note, Height: "map", Map: true, Open: true, Source: v.source(a),
		Option: chart.World(chart.Share, scale, places, kinds), Table: g}
}

// Columns of the table beside the map, and its order.
var mapOrder = dependence.CountSchema.Order("-products", "-imports_from_partner_usd", "importer")

var mapColumns = dependence.CountSchema.Pick("importer", "products", "traded_products", "share_of_products", "imports_usd", "imports_from_partner_usd", "partner_share_of_imports", "status")

// headings say of each number of the table what it counts, and from whom the amounts are bought.
func (m *mapView) headings(g *grid) {
	for i, title := range []string{"", "Products for which it depends", "Products it imports", "Share of these", "Total imports of the products", "Of which from " + withArticle(m.PartnerName), "Share of all its imports"} {
		if title != "" {
			g.Columns[i].Title = title
		}
	}
}

// colour is that of the partner itself.
func (m *mapView) colour() string { return chart.OfEconomy(m.Partner) }

// placeOf is the place of a row on the map; it counts the row in m.
func (v *pageRequest) placeOf(r *dependence.CountRow, one bool, m *mapView) chart.Place {
	name := v.nameOf(r.Importer)
	p := chart.Place{ID: v.shapeOf(r.Importer), Tip: name + "\n", Link: v.link("/pair", "importers", r.Importer, "partners", m.Partner)}
	if r.TradedProducts > 0 && r.Importer != m.Partner {
		m.Importing++
	}
	switch {
	case r.TradedProducts == result.MissingInt:
		m.NoData = append(m.NoData, withArticle(name))
		p.Colour, p.Tip = chart.NoData, p.Tip+"missing: the dataset has no imports of it"
	case r.Products > 0:
		m.Dependent++
		p.Value = r.ShareOfProducts
		p.Tip += people(float64(r.Products), "count") + " of the " + plural(r.TradedProducts, "product", "products") + " it imports, " + result.Percent(r.ShareOfProducts)
		if one {
			p.Value = r.PartnerShare
			p.Tip = name + "\ndependent: " + result.Percent(r.PartnerShare) + " of its imports of the product"
		}
		p.Tip += "\ntotal imports of " + people(r.Imports, result.USD) + " USD, " + people(r.ImportsFromPartner, result.USD) + " of it from " + withArticle(m.PartnerName)
	case name == m.PartnerName:
		p.Colour, p.Tip = m.colour(), p.Tip+"an economy does not depend on itself"
	case r.TradedProducts > 0:
		p.Colour, p.Tip = chart.Apart, p.Tip+"imports, not dependent on "+withArticle(m.PartnerName)
	default:
		p.Colour, p.Tip = chart.Absent, p.Tip+"does not import"
	}
	return p
}

// shapeOf is the number of the shape of an economy, "" where it has none.
func (v *pageRequest) shapeOf(code string) string {
	match, err := v.economy.Resolve(code)
	if err != nil {
		return ""
	}
	list := match.Codes.Codes()
	if len(list) == 0 {
		return ""
	}
	e, _ := v.economy.Get(list[0])
	return numeric(e.ISO3)
}
