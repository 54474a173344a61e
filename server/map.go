package server

import (
	"fmt"
	"math"
	"strconv"

	"golang.org/x/text/language"

	"chokepoint/chart"
	"chokepoint/result"
)

// mapView is the page that shows the world by its dependence on one partner.
type mapView struct {
	Partner, PartnerName string
	Product              string
	Year                 int
	Dependent, Asked     int
	First, FirstN        string
	Map                  *figure
	Missing              []string // economies of the table without a shape on the map
}

func (m *mapView) pageTitle() string { return "Who depends on " + m.PartnerName }

// numeric is the number of ISO 3166 that the shapes of the world go by; "" where an economy has none.
func numeric(iso3 string) string {
	r, err := language.ParseRegion(iso3)
	if err != nil || r.M49() == 0 {
		return ""
	}
	return fmt.Sprintf("%03d", r.M49())
}

func (v *visit) worldMap() (any, error) {
	m := &mapView{Partner: v.value("partners")}
	var err error
	if m.Year, err = v.year(); err != nil {
		return nil, err
	}
	methodID := v.value("method")
	m.PartnerName = v.nameOf(m.Partner)
	a, err := v.ask("count", "importers", "all", "partners", m.Partner, "products", v.values["products"], "method", methodID, "years", strconv.Itoa(m.Year), "min-value", v.values["min-value"])
	if err != nil {
		return nil, err
	}
	if m.Product = v.values["products"]; m.Product != "" {
		if p, ok := v.product.Get(m.Product); ok {
			m.Product += " " + cut(p.Description, 80)
		}
	}
	m.Map = v.choropleth(a, m)
	return m, nil
}

func (v *visit) choropleth(a *answer, m *mapView) *figure {
	sorted := *a
	sorted.Table = a.Select(rowsWhere(a, func(i int) bool { return number(a, "traded_products", i) > 0 }))
	_ = sorted.SortBy("-products", "-imports_from_partner_usd")
	m.Asked = sorted.Rows()
	var places []chart.Place
	for i, code := range sorted.Column("importer").Text {
		n := number(&sorted, "products", i)
		if n > 0 {
			m.Dependent++
		}
		if i == 0 && n > 0 {
			m.First, m.FirstN = v.nameOf(code), plural(int(n), "product", "products")
		}
		id := ""
		if match, err := v.economy.Resolve(code); err == nil {
			if list := match.Codes.Codes(); len(list) > 0 {
				e, _ := v.economy.Get(list[0])
				id = numeric(e.ISO3)
			}
		}
		if id == "" {
			m.Missing = append(m.Missing, v.nameOf(code))
			continue
		}
		share := number(&sorted, "partner_share_of_imports", i)
		tip := v.nameOf(code) + "\n" + plural(int(n), "product", "products") + ", " + people(number(&sorted, "imports_from_partner_usd", i), result.USD) + " USD from " + m.PartnerName
		if !math.IsNaN(share) {
			tip += "\n" + percent(share) + " of its imports"
		}
		places = append(places, chart.Place{ID: id, Value: n, Tip: tip, Link: v.link("/pair", "importers", code, "partners", m.Partner)})
	}
	title := "Products for which economies depend on " + m.PartnerName + ", " + strconv.Itoa(m.Year)
	return &figure{ID: "map", Title: title, Note: "Grey: no data, or nothing imported. The buttons bring it closer, and so does the wheel with Ctrl; the table has every economy, however small.", Height: "map", Map: true, Open: true, Source: v.source(a),
		Option: chart.World(chart.Count, places), Table: v.grid(&sorted, 0, "importer", "products", "imports_usd", "imports_from_partner_usd", "partner_share_of_imports", "share_of_products")}
}
