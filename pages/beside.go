package pages

import (
	"math"
	"slices"
	"strings"

	"chokepoint/chart"
	"chokepoint/dependence"
	"chokepoint/indicator"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
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

// earlierYears are the years that the one in focus is compared with.
func (v *pageRequest) earlierYears(year int) []int { return dependence.EarlierYears(v.years(), year) }

// besideUnits are the units in which a chart of several economies is drawn.
var besideUnits = []option{{Value: "products", Text: "products"}, {Value: "usd", Text: "USD"}, {Value: "share", Text: "per cent"}}

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
	unit := study.OrElse(v.values["unit"], besideUnits[0].Value)
	shown := counted[unit]
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
		years = append(years, periodText(y))
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
	changesNote := ""
	if len(v.earlierYears(p.Year)) > 0 {
		changesNote = " Changes are relative to the earlier year, in current dollars; ×12 means twelve times as much."
	}
	f := &figure{ID: "beside", Title: "Dependence on " + withArticle(p.BName) + ": " + listed(v.namesOfAll(importers)), Source: v.source(a), Open: true,
		Note:  lacking("The products for which each economy depends on "+withArticle(p.BName)+", what it buys of these from there, or the same as a share of "+a.whole()+"."+changesNote, a),
		Table: v.changesBeside(a, importers, values, p.Year)}
	if len(years) > 1 {
		f.Option = chart.Lines(years, shown.axis, shown.format, nil, series...)
		for _, o := range besideUnits {
			f.Units = append(f.Units, option{Value: v.here("unit", o.Value) + "#beside", Text: o.Text, Selected: o.Value == unit})
		}
	}
	return v.scaled(f), nil
}

// Columns of the table of changes, by their names in files.
var besideColumns = dependence.CountSchema.Pick("importer", "products", "imports_from_partner_usd", "partner_share_of_imports")

// changesBeside is a row an economy: the year in focus, and how it differs from earlier ones. Its files are the same question about this year.
func (v *pageRequest) changesBeside(a *answer, importers []string, values map[string]map[int]*dependence.CountRow, year int) *grid {
	products, from := func(r *dependence.CountRow) float64 { return result.IntNumber(r.Products) }, func(r *dependence.CountRow) float64 { return r.ImportsFromPartner }
	earlier := v.earlierYears(year)
	here := v.only(a, year)
	here.given["since"] = v.since(year)
	g := &grid{Caption: "How dependence changed", Answer: here, Empty: "Nothing to compare.", Columns: []gridColumn{{Title: "Importer", Name: besideColumns[0]}, {Title: "Products", Name: besideColumns[1], Number: true}}}
	for _, y := range earlier {
		g.Columns = append(g.Columns, gridColumn{Title: "In " + periodText(y), Name: dependence.ThenName(besideColumns[1], y), Number: true})
	}
	g.Columns = append(g.Columns, gridColumn{Title: "From the partner", Name: besideColumns[2], Unit: currentUSD, Number: true})
	for _, y := range earlier {
		g.Columns = append(g.Columns, gridColumn{Title: "Change since " + periodText(y), Name: dependence.ChangeName(besideColumns[2], y), Number: true})
	}
	g.Columns = append(g.Columns, gridColumn{Title: "Share of " + a.whole(), Name: besideColumns[3], Number: true})
	for _, importer := range importers {
		now := values[importer][year]
		if now == nil {
			now = &dependence.CountRow{Products: result.MissingInt, ImportsFromPartner: math.NaN(), PartnerShare: math.NaN()}
		}
		line := []cell{{Text: v.nameOf(importer), Note: importer, Mark: chart.OfEconomy(importer), Head: true, Link: v.link("/pair", "importers", importer)}, countOrStatus(now)}
		for _, y := range earlier {
			line = append(line, amount(dependence.CompareCounts(values[importer][y], products), "count"))
		}
		line = append(line, amount(now.ImportsFromPartner, result.USD))
		for _, y := range earlier {
			line = append(line, changeCell(dependence.Change(dependence.CompareCounts(now, from), dependence.CompareCounts(values[importer][y], from))))
		}
		g.Rows = append(g.Rows, append(line, shareCell(now.PartnerShare)))
	}
	v.arrangeRows("beside", g, 0, "")
	if by := g.Arrangement; by.Sort != "" {
		here.given["sort"] = by.Sort
	}
	return g
}

// countOrStatus shows how many products a row counts, or why it does not.
func countOrStatus(r *dependence.CountRow) cell {
	if r.Products == result.MissingInt {
		return cell{Text: study.OrElse(string(r.Status), string(result.Missing)), Number: true}
	}
	c := amount(float64(r.Products), "count")
	if r.Status == result.Partial {
		c.Status = mark{Status: r.Status}
	}
	return c
}

// shareCell shows a share; what is missing stays empty.
func shareCell(x float64) cell {
	if math.IsNaN(x) {
		return cell{Number: true}
	}
	return cell{Text: result.Percent(x), Exact: result.ExactFloat(x, ""), Number: true}
}

// changeCell shows a change relative to what was before: +12 %, from ten times on ×12, or new where there was nothing. What is missing stays
// empty.
func changeCell(x float64) cell {
	c := cell{Text: result.Percent(x), Exact: result.ExactFloat(x, ""), Number: true}
	switch {
	case math.IsNaN(x):
		return cell{Number: true}
	case math.IsInf(x, 1):
		c.Text = "new"
	case x >= 9:
		c.Text = "×" + people(x+1, "ratio")
	case x > 0:
		c.Text = "+" + c.Text
	}
	return c
}

// since are the years that lists of a year are compared with, as the parameter of a question; "" is none.
func (v *pageRequest) since(year int) string {
	var years []string
	for _, y := range v.earlierYears(year) {
		years = append(years, trade.Period(y).String())
	}
	return strings.Join(years, ",")
}

// changesOf are the columns of how an amount changed that an answer has: those of the years since which it was asked for.
func (v *pageRequest) changesOf(a *answer, ind *indicator.Indicator, year int) (columns []string) {
	for _, y := range v.earlierYears(year) {
		if name := dependence.ChangeName(ind.Column, y); a.Column(name) != nil {
			columns = append(columns, name)
		}
	}
	return columns
}
