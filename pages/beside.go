package pages

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/chart"
	"chokepoint/dependence"
	"chokepoint/indicator"
	"chokepoint/result"
	"chokepoint/study"
)

// Indicators of pairs that series show.
var (
	importQuantity  = indicator.Named("import_quantity")
	partnerQuantity = indicator.Named("partner_quantity")
)

// mostBeside is how many economies a chart puts beside the one that was asked for.
const mostBeside = 8

// besideStandard are the economies that a pair is compared with where the address names none.
func (v *pageRequest) besideStandard() string {
	var list []string
	for _, label := range []string{"DEU", "EU27", "USA", "JPN"} {
		if label != v.value("importers") && label != v.value("partners") && v.firstOf(label) == label && len(list) < 3 {
			list = append(list, label)
		}
	}
	return strings.Join(list, ",")
}

// earlierYears are the years that the one in focus is compared with: five years before, and the first.
func (v *pageRequest) earlierYears(year int) (list []int) {
	years := v.years()
	for _, y := range []int{year - 5, years[0]} {
		if y < year && slices.Contains(years, y) && !slices.Contains(list, y) {
			list = append(list, y)
		}
	}
	return list
}

// counted is what a chart of several economies shows of a count.
var counted = map[string]struct {
	axis   string
	format chart.Format
	value  func(r *dependence.CountRow) float64
	text   func(x float64) string
}{
	"products": {"products", chart.Count, func(r *dependence.CountRow) float64 { return result.IntNumber(r.Products) }, func(x float64) string { return people(x, "count") + " products" }},
	"usd":      {currentUSD + ", from the partner", chart.USD, func(r *dependence.CountRow) float64 { return r.ImportsFromPartner }, func(x float64) string { return people(x, result.USD) + " USD" }},
	"share":    {"share of imports, from the partner", chart.Share, func(r *dependence.CountRow) float64 { return r.PartnerShare }, result.Percent},
}

// beside draws several economies' dependence on one partner over the years, and says how it changed.
func (v *pageRequest) beside(p *pairView, methodID, floor string) (*figure, error) {
	labels := []string{p.A}
	for label := range strings.SplitSeq(v.value("beside"), ",") {
		if label = strings.TrimSpace(label); label != "" && !slices.Contains(labels, label) && len(labels) <= mostBeside {
			labels = append(labels, label)
		}
	}
	a, err := v.ask("count", "importers", strings.Join(labels, ","), "partners", p.B, "method", methodID, "min-value", floor)
	if err != nil {
		return nil, err
	}
	unit := v.values["unit"]
	shown, ok := counted[unit]
	if !ok {
		if unit != "" {
			v.wrong = append(v.wrong, &study.ParameterError{Parameter: "unit", Value: unit, Err: textError("want products, usd or share")})
		}
		unit, shown = "products", counted["products"]
	}
	rows := dependence.CountSchema.Rows(a.Table)
	var importers []string
	values := map[string]map[int]*dependence.CountRow{}
	for i := range rows {
		r := &rows[i]
		if values[r.Importer] == nil {
			values[r.Importer] = map[int]*dependence.CountRow{}
			importers = append(importers, r.Importer)
		}
		values[r.Importer][r.Year] = r
	}
	var years []string
	var series []chart.Series
	for _, y := range v.timeline() {
		years = append(years, strconv.Itoa(y))
	}
	for k, importer := range importers {
		s := chart.Series{Name: v.nameOf(importer), Colour: chart.OfEconomy(importer)}
		if slices.ContainsFunc(series, func(other chart.Series) bool { return other.Colour == s.Colour }) {
			s.Colour = chart.OfGroup(k)
		}
		for i, y := range v.timeline() {
			x := math.NaN()
			if r := values[importer][y]; r != nil {
				x = shown.value(r)
			}
			s.Values, s.Tips = append(s.Values, finite(x)), append(s.Tips, years[i]+", "+s.Name+"\n"+shown.text(x))
		}
		series = append(series, s)
	}
	f := &figure{ID: "beside", Title: "Dependence on " + p.BName + ": " + strings.Join(v.namesOfAll(importers), ", "), Source: v.source(a), Open: true,
		Note:  lacking("Products for which each depends on "+p.BName+", what it buys of these from there, or that as a share of "+a.whole()+". A change is relative to the earlier year, in current dollars; ×12 is twelve times as much.", a),
		Table: v.changesBeside(a, importers, values, p.Year)}
	if len(years) > 1 {
		f.Option = chart.Lines(years, shown.axis, shown.format, nil, series...)
		for _, o := range []option{{Value: "products", Text: "products"}, {Value: "usd", Text: "USD"}, {Value: "share", Text: "per cent"}} {
			f.Units = append(f.Units, option{Value: v.here("unit", o.Value) + "#beside", Text: o.Text, Selected: o.Value == unit})
		}
	}
	return f, nil
}

// changesBeside is a row an economy: the year in focus, and how it differs from earlier ones.
func (v *pageRequest) changesBeside(a *answer, importers []string, values map[string]map[int]*dependence.CountRow, year int) *grid {
	g := &grid{Caption: "How dependence changed", Answer: a, Empty: "Nothing to compare.", Columns: []gridColumn{{Title: "Importer"}, {Title: "Products", Number: true}}}
	earlier := v.earlierYears(year)
	for _, y := range earlier {
		g.Columns = append(g.Columns, gridColumn{Title: "In " + strconv.Itoa(y), Name: "products_" + strconv.Itoa(y), Number: true})
	}
	g.Columns = append(g.Columns, gridColumn{Title: "From the partner", Unit: currentUSD, Number: true})
	for _, y := range earlier {
		g.Columns = append(g.Columns, gridColumn{Title: "Change since " + strconv.Itoa(y), Number: true})
	}
	g.Columns = append(g.Columns, gridColumn{Title: "Share of " + a.whole(), Name: "share_of_imports", Number: true})
	at := func(importer string, y int) dependence.CountRow {
		if r := values[importer][y]; r != nil {
			return *r
		}
		return dependence.CountRow{Products: result.MissingInt, ImportsFromPartner: math.NaN(), PartnerShare: math.NaN()}
	}
	for _, importer := range importers {
		now := at(importer, year)
		line := []cell{{Text: v.nameOf(importer), Note: importer, Mark: chart.OfEconomy(importer), Head: true, Link: v.link("/pair", "importers", importer)}, amount(result.IntNumber(now.Products), "count")}
		for _, y := range earlier {
			line = append(line, amount(result.IntNumber(at(importer, y).Products), "count"))
		}
		line = append(line, amount(now.ImportsFromPartner, result.USD))
		for _, y := range earlier {
			line = append(line, changeCell(now.ImportsFromPartner, at(importer, y).ImportsFromPartner))
		}
		g.Rows = append(g.Rows, append(line, cell{Text: result.Percent(now.PartnerShare), Exact: result.ExactFloat(now.PartnerShare, ""), Number: true}))
	}
	v.arrangeRows("beside", g, 0, "")
	return g
}

// changeCell is a change relative to what was before: +12 %, from ten times on ×12, or new where there was nothing. What is missing stays empty.
func changeCell(now, before float64) cell {
	switch {
	case math.IsNaN(now) || math.IsNaN(before):
		return cell{Number: true}
	case before == 0 && now > 0:
		return cell{Text: "new", Number: true}
	case before == 0:
		return cell{Text: "0 %", Exact: "0", Number: true}
	}
	if now >= 10*before {
		return cell{Text: "×" + people(now/before, "ratio"), Exact: strconv.FormatFloat(now/before-1, 'f', -1, 64), Number: true}
	}
	x := now/before - 1
	c := cell{Text: result.Percent(x), Exact: strconv.FormatFloat(x, 'f', -1, 64), Number: true}
	if x > 0 {
		c.Text = "+" + c.Text
	}
	return c
}

// addChanges puts columns behind a list of products: how imports, from a partner where one is named, differ from those of earlier
// years.
func (v *pageRequest) addChanges(g *grid, importer, partner string, year int) error {
	earlier := v.earlierYears(year)
	if len(earlier) == 0 || len(g.Rows) == 0 {
		return nil
	}
	years := []string{strconv.Itoa(year)}
	for _, y := range earlier {
		years = append(years, strconv.Itoa(y))
	}
	a, err := v.ask("indicators", "importers", importer, "partners", partner, "years", strings.Join(years, ","), "products", codesOf(g))
	if err != nil {
		return err
	}
	type key struct {
		code string
		year int
	}
	values := map[key]float64{}
	if partner != "" {
		for _, r := range dependence.PairIndicatorSchema.Rows(a.Table) {
			values[key{r.Product(), r.Year()}] = r.Value(importsFromPartner)
		}
	} else {
		for _, r := range dependence.IndicatorSchema.Rows(a.Table) {
			values[key{r.Product(), r.Year()}] = r.Value(imports)
		}
	}
	missing := a.missingYears()
	for _, y := range earlier {
		title := "Since " + strconv.Itoa(y)
		help := "Change of imports since " + strconv.Itoa(y) + ", in current dollars."
		if partner != "" {
			help = "Change of imports from " + v.nameOf(partner) + " since " + strconv.Itoa(y) + ", in current dollars."
		}
		g.Columns = append(g.Columns, gridColumn{Title: title, Help: help, Number: true})
		for i, line := range g.Rows {
			before, now := values[key{line[0].Text, y}], values[key{line[0].Text, year}]
			if slices.Contains(missing, y) {
				before = math.NaN()
			}
			g.Rows[i] = append(line, changeCell(now, before))
		}
	}
	return nil
}

// codesOf are the products of the rows of a grid whose first cell is a code.
func codesOf(g *grid) string {
	var codes []string
	for _, line := range g.Rows {
		if !slices.Contains(codes, line[0].Text) {
			codes = append(codes, line[0].Text)
		}
	}
	return strings.Join(codes, ",")
}

// missingYears are the years of which an answer lacks imports.
func (a *answer) missingYears() (years []int) {
	for _, n := range a.Notes {
		if n.Kind == result.MissingImports || n.Kind == result.IncompleteBloc {
			years = append(years, n.Years...)
		}
	}
	return years
}
