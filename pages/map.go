package pages

import (
	"fmt"
	"math"
	"strconv"
	"strings"

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

	shade func(*dependence.CountRow) float64 // what the map shows of those who depend
}

func (m *mapView) pageTitle() string {
	return "Who depends on " + m.PartnerName + ", " + strconv.Itoa(m.Year)
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
	if m.Product = v.values["products"]; m.Product != "" {
		if p, ok := v.product.Get(m.Product); ok {
			m.Product += " " + cut(p.Description, 80)
		}
	}
	if m.Cannot = v.notComputable(a, m.Year); m.Cannot == "" {
		m.Map = v.choropleth(a, m)
	}
	m.rest(v, a, m.Year)
	if len(m.NoData) > 0 {
		m.Lacks = append([]lack{{Mark: mark{Status: result.Missing}, Text: "The dataset has no imports of " + strings.Join(m.NoData, ", ") + ": they are grey, and not counted."}}, m.Lacks...)
	}
	return m, nil
}

// choropleth draws who depends and how much, who imports and does not depend, who does not import, and whose imports are missing.
func (v *pageRequest) choropleth(a *answer, m *mapView) *figure {
	sorted := *a
	sorted.Table = a.Select(rowsWhere(a, func(int) bool { return true }))
	_ = sorted.SortBy(mapOrder...)
	one := true // product: then each either depends or does not, and how much it buys from the partner tells them apart
	rows := dependence.CountSchema.Rows(sorted.Table)
	for i := range rows {
		one = one && rows[i].TradedProducts <= 1
	}
	m.shade = func(r *dependence.CountRow) float64 { return r.ShareOfProducts }
	note, legend := "Shades: the products for which an economy depends on "+m.PartnerName+", as a share of all products that it imports.", "share of products\nimported"
	if one {
		m.shade = func(r *dependence.CountRow) float64 { return r.PartnerShare }
		note, legend = "Shades: of those who depend, the share of their imports of it that comes from "+m.PartnerName+".", "share bought\nfrom "+m.PartnerName
	}
	var places []chart.Place
	seen := map[string]bool{}
	for i := range rows {
		if i == 0 && rows[i].Products > 0 {
			m.First, m.FirstN = v.nameOf(rows[i].Importer), plural(rows[i].Products, "product", "products")
		}
		place := v.placeOf(&rows[i], m)
		seen[place.Colour] = true
		if place.ID == "" {
			m.Missing = append(m.Missing, v.nameOf(rows[i].Importer))
			continue
		}
		places = append(places, place)
	}
	seen[chart.NoData] = true // shapes without a row
	var kinds []chart.Kind
	for _, k := range []chart.Kind{{Name: m.PartnerName, Colour: chart.OfEconomy(m.Partner)}, {Name: "imports, not dependent", Colour: chart.Apart}, {Name: "imports none", Colour: chart.Absent}, {Name: "missing", Colour: chart.NoData}} {
		if seen[k.Colour] {
			kinds = append(kinds, k)
		}
	}
	of := "Products for which economies depend on "
	if m.Product != "" {
		of = "Who depends for " + cut(m.Product, 60) + " on "
	}
	note += " Grey: missing; the dataset has no imports of it. The buttons bring the map closer, and so does the wheel with Ctrl; the table has every economy that trades, however small."
	return &figure{ID: "map", Title: of + m.PartnerName + ", " + strconv.Itoa(m.Year), Note: note, Height: "map", Map: true, Open: true, Source: v.source(a),
		Option: chart.World(chart.Share, legend, places, kinds), Table: v.grid(&sorted, 0, mapColumns...)}
}

// Columns that the page shows, and their order.
var (
	mapColumns = dependence.CountSchema.Pick("importer", "products", "imports_usd", "imports_from_partner_usd", "partner_share_of_imports", "share_of_products", "traded_products", "status")
	mapOrder   = dependence.CountSchema.Order("-products", "-imports_from_partner_usd", "importer")
)

// placeOf is the place of a row on the map; it counts the row in m.
func (v *pageRequest) placeOf(r *dependence.CountRow, m *mapView) chart.Place {
	name := v.nameOf(r.Importer)
	p := chart.Place{ID: v.shapeOf(r.Importer), Value: m.shade(r), Tip: name + "\n", Link: v.link("/pair", "importers", r.Importer, "partners", m.Partner)}
	if r.Importer == m.Partner {
		p.Value, p.Colour, p.Tip = 0, chart.OfEconomy(m.Partner), p.Tip+"nobody depends on itself"
		return p
	}
	if r.TradedProducts > 0 {
		m.Importing++
	}
	switch {
	case r.TradedProducts == result.MissingInt:
		m.NoData = append(m.NoData, name)
		p.Colour, p.Tip = chart.NoData, p.Tip+"missing: the dataset has no imports of it"
	case r.Products > 0:
		m.Dependent++
		p.Tip += plural(r.Products, "product", "products") + ", " + result.Percent(r.ShareOfProducts) + " of those that it imports\n" + people(r.ImportsFromPartner, result.USD) + " USD of these from " + m.PartnerName
		if !math.IsNaN(r.PartnerShare) {
			p.Tip += ", " + result.Percent(r.PartnerShare) + " of its imports"
		}
	case r.TradedProducts > 0:
		p.Colour, p.Tip = chart.Apart, p.Tip+"imports, not dependent on "+m.PartnerName
	default:
		p.Colour, p.Tip = chart.Absent, p.Tip+"imports none"
	}
	if p.Colour != "" || math.IsNaN(p.Value) {
		p.Value = 0
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
