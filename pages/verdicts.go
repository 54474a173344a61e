package pages

import (
	"math"
	"strconv"
	"strings"

	"chokepoint/chart"
	"chokepoint/dependence"
	"chokepoint/explanation"
	"chokepoint/result"
	"chokepoint/study"
)

// judged is a definition's verdict on an importer and a product, and the criterion that decides it.
type judged struct {
	id, title, partner, verdict, note string
	nearest                           *explanation.Row
}

// judgements takes the verdicts of all definitions out of an explanation, in its order. Of a verdict that holds the nearest criterion is the one
// with the least to spare, of one that does not the one that is missed by most.
func judgements(a *answer) []judged {
	at := map[string]int{}
	var list []judged
	rows := explanation.Schema.Rows(a.Table)
	for i := range rows {
		r := &rows[i]
		if r.Section != explanation.SectionCriteria && r.Section != explanation.SectionVerdict {
			continue
		}
		k, ok := at[r.Method]
		if !ok {
			k = len(list)
			at[r.Method] = k
			list = append(list, judged{id: r.Method})
		}
		j := &list[k]
		if r.Section == explanation.SectionVerdict {
			j.title, j.partner, j.verdict, j.note = r.Name, withoutDash(r.Partner), r.Verdict, r.Note
		} else if !math.IsNaN(r.Margin) && (j.nearest == nil || r.Margin < j.nearest.Margin) {
			j.nearest = r
		}
	}
	return list
}

// verdictsOf shows what every definition says, and how far it is from saying something else.
func (v *pageRequest) verdictsOf(a *answer, importer string) *figure {
	g := &grid{Caption: "Verdicts by definition", Answer: a, Empty: "Nothing to judge.", Columns: []gridColumn{{Title: "Definition"}, {Title: "Verdict"}, {Title: "On"}, {Title: "Decided by", Help: "For a dependency, the criterion that is met with the smallest margin; for no dependency, the one that is missed by the most."},
		{Title: "Value", Number: true}, {Title: "Threshold", Number: true}, {Title: "Margin", Number: true, Help: "How far the value is above the threshold, relative to the threshold. A negative margin means that the criterion is not met."}}}
	yes, open := 0, 0
	list := judgements(a)
	for _, j := range list {
		word := "no dependency"
		switch j.verdict {
		case explanation.Yes:
			word = "dependency"
			yes++
		case "":
			word = "no verdict"
			open++
		}
		on := cell{}
		if j.partner != "" && j.verdict == explanation.Yes {
			on = cell{Text: v.nameOf(j.partner), Mark: chart.OfEconomy(j.partner), Note: j.partner}
		}
		line := []cell{{Text: study.OrElse(j.title, j.id), Note: j.id, Head: true, Link: v.link("/product", "method", j.id)}, {Text: word, Note: j.note, Class: "short"}, on}
		if r := j.nearest; r != nil {
			line = append(line, cell{Text: inWords(r.Item), Note: r.Item, Class: "words"}, amount(r.Value, r.Unit), amount(r.Threshold, r.Unit), cell{Text: result.Percent(r.Margin), Exact: strconv.FormatFloat(r.Margin, 'f', -1, 64), Number: true})
		} else {
			line = append(line, cell{}, cell{Number: true}, cell{Number: true}, cell{Number: true})
		}
		g.Rows = append(g.Rows, line)
	}
	v.arrangeRows("verdicts", g, len(list), "")
	note := "By " + strconv.Itoa(yes) + " of " + plural(len(list), "definition", "definitions") + ", " + withArticle(importer) + " depends on others for it" + notComputed(open)
	return &figure{ID: "verdicts", Title: "The verdict of every definition, and its margin", Note: note + ".", Table: g, Open: true}
}

// amount is a cell with a number of a unit.
func amount(x float64, unit string) cell {
	if math.IsNaN(x) {
		return cell{Number: true}
	}
	return cell{Text: result.ShortFloat(x, unit), Exact: result.ExactFloat(x, unit), Number: true}
}

// alternativesOf lists who else sells the product, and what the importer would need of what they sell.
func (v *pageRequest) alternativesOf(a *answer, importer string) *figure {
	type alternative struct{ exports, share, already, ratio float64 }
	by := map[string]*alternative{}
	var order []string
	partner := ""
	for _, r := range explanation.Schema.Rows(a.Table) {
		if r.Section != explanation.SectionAlternatives {
			continue
		}
		x := by[r.Item]
		if x == nil {
			x = &alternative{math.NaN(), math.NaN(), math.NaN(), math.NaN()}
			by[r.Item], partner = x, r.Partner
			order = append(order, r.Item)
		}
		switch r.Measure {
		case "exports_usd":
			x.exports = r.Value
		case "share_of_world_exports":
			x.share = r.Value
		case "exports_to_importer_usd":
			x.already = r.Value
		case "rearrangement_ratio":
			x.ratio = r.Value
		}
	}
	if len(order) == 0 || withoutDash(partner) == "" { // there is nobody to replace
		return nil
	}
	name, user := v.inSentence(partner), withArticle(importer)
	g := &grid{Caption: "Alternatives to " + name, Answer: a, Columns: []gridColumn{{Title: "Exporter"}, {Title: "Total exports", Unit: "USD", Number: true}, {Title: "Share of world exports", Number: true},
		{Title: "Already to " + user, Unit: "USD", Number: true}, {Title: "Share of its exports needed", Number: true, Help: "What the importer buys from " + name + ", relative to all that this exporter sells. Above 100 %, this exporter sells less than would be needed; ×12 means that it would need to export twelve times as much."}}}
	for _, code := range order {
		x := by[code]
		g.Rows = append(g.Rows, []cell{{Text: v.nameOf(code), Note: code, Mark: chart.OfEconomy(code), Head: true, Link: v.link("/product", "partners", code)}, amount(x.exports, result.USD),
			{Text: result.Percent(x.share), Exact: result.ExactFloat(x.share, ""), Number: true}, amount(x.already, result.USD), timesCell(x.ratio)})
	}
	v.arrangeRows("alternatives", g, 20, "")
	return &figure{ID: "alternatives", Title: "Who else could sell it", Note: lacking("Exporters other than "+name+", and the share of their exports that "+user+" would need to replace all that it buys from "+name+". Exports are not spare capacity: trade data do not show how much more an exporter could make.", a), Table: g, Open: true}
}

// timesCell shows a share that may be many times the whole: 47 %, from ten times on ×12.
func timesCell(x float64) cell {
	c := shareCell(x)
	if x >= 10 {
		c.Text = "×" + people(math.Round(x), "count")
	}
	return c
}

// Units in which a series over the years is shown.
var seriesUnits = []option{{Value: "usd", Text: "USD"}, {Value: "share", Text: "per cent"}, {Value: "tonnes", Text: "tonnes"}}

// unitOf is the unit of a series that the address chooses.
func (v *pageRequest) unitOf() string { return study.OrElse(v.values["unit"], seriesUnits[0].Value) }

// unitOptions are links to the series in other units.
func (v *pageRequest) unitOptions(id string) (list []option) {
	for _, o := range seriesUnits {
		list = append(list, option{Value: v.here("unit", o.Value) + "#" + id, Text: o.Text, Selected: o.Value == v.unitOf()})
	}
	return list
}

// bilateral draws what an importer buys of a product from a partner over the years: pairs are its indicators with the partner in all years.
func (v *pageRequest) bilateral(pairs *answer, importer, partner string) *figure {
	rows := dependence.PairIndicatorSchema.Rows(pairs.Table)
	if len(rows) == 0 {
		return nil
	}
	unit, name := v.unitOf(), v.inSentence(partner)
	from := chart.Series{Name: "from " + name, Colour: chart.OfEconomy(partner)}
	whole := chart.Series{Name: "from all suppliers", Colour: chart.Soft, Dashed: true}
	values := map[string]func(r *dependence.IndicatorRow) (fromPartner, all float64){
		"usd": func(r *dependence.IndicatorRow) (float64, float64) {
			return r.Value(importsFromPartner), r.Value(imports)
		},
		"share": func(r *dependence.IndicatorRow) (float64, float64) { return r.Value(partnerShare), math.NaN() },
		"tonnes": func(r *dependence.IndicatorRow) (float64, float64) {
			return r.Value(partnerQuantity), r.Value(importQuantity)
		},
	}[unit]
	var years []string
	for _, y := range v.timeline() {
		a, b := math.NaN(), math.NaN()
		for i := range rows {
			if rows[i].Year() == y {
				a, b = values(&rows[i])
			}
		}
		year := periodText(y)
		years = append(years, year)
		for s, x := range map[*chart.Series]float64{&from: a, &whole: b} {
			s.Values = append(s.Values, finite(x))
			text := people(x, result.USD) + " USD"
			if unit == "share" {
				text = result.Percent(x)
			} else if unit == "tonnes" {
				text = people(x, "t") + " t"
			}
			s.Tips = append(s.Tips, year+", "+s.Name+"\n"+text)
		}
	}
	axis, format, series := currentUSD, chart.USD, []chart.Series{from, whole}
	switch unit {
	case "share":
		axis, format, series = "share of imports", chart.Share, series[:1]
	case "tonnes":
		axis, format = "tonnes, of flows whose weight is known", chart.USD
	}
	f := &figure{ID: "bilateral", Title: "What " + withArticle(importer) + " buys of it from " + name + ", over time", Source: v.source(pairs), Units: v.unitOptions("bilateral"),
		Note:   "Imports of the product in current US dollars, as a share, or in tonnes (for flows whose weight is known).",
		Option: chart.Lines(years, axis, format, nil, series...), Table: v.sheet("bilateral", pairs, 0, bilateralOrder, bilateralColumns...)}
	if unit == "share" {
		return f
	}
	return v.scaled(f)
}

var (
	bilateralColumns = dependence.PairIndicatorSchema.Pick("year", "partner", "imports_from_partner_usd", "imports_usd", "partner_share", "partner_quantity_t", "partner_unit_value", "partner_world_share")
	bilateralOrder   = dependence.PairIndicatorSchema.Order("-year")
)

// relatedLinks lead from a product to the other pages about it.
func (p *productView) relatedLinks(v *pageRequest, partner string) (list []option) {
	code := p.Product.Code
	add := func(text, link string) { list = append(list, option{Value: link, Text: text}) }
	if partner != "" {
		add(upperFirst(withArticle(p.ImporterName))+" and "+v.inSentence(partner)+": all products", v.link("/pair", "importers", p.Importer, "partners", partner))
		add("How hard it is to replace "+v.inSentence(partner), v.link("/chokepoints", "importers", "", "partners", partner, "products", code))
		add("Map: who depends on "+v.inSentence(partner)+" for it", v.link("/map", "partners", partner, "products", code))
	}
	add("Everything that "+withArticle(p.ImporterName)+" depends on others for", v.link("/overview", "importers", p.Importer))
	add("Choke points of heading "+code[:4], v.link("/chokepoints", "importers", "", "partners", "", "products", code[:4]))
	return list
}

// sentence says what a minister asks first: how much, from whom, by how many definitions.
func (p *productView) sentence(v *pageRequest, own *answer, list []judged) string {
	for _, r := range dependence.IndicatorSchema.Rows(own.Table) {
		if r.Year() != p.Year {
			continue
		}
		var by []string
		open := 0
		for _, j := range list {
			switch j.verdict {
			case explanation.Yes:
				by = append(by, v.definitionName(j.id))
			case "":
				open++
			}
		}
		text := "In " + periodText(p.Year) + ", " + withArticle(p.ImporterName) + " bought " + people(r.Value(imports), result.USD) + " USD of it abroad, " + result.Percent(r.Value(topSupplierShare)) + " from " + v.inSentence(r.TopSupplier())
		if len(list) == 0 {
			return text + "."
		}
		return text + ". By " + strconv.Itoa(len(by)) + " of " + plural(len(list), "definition", "definitions") + ", it depends on others for it" + strings.TrimSuffix(": "+strings.Join(by, ", "), ": ") + notComputed(open) + "."
	}
	if p.lacksImports(own) {
		return ""
	}
	return "In " + periodText(p.Year) + ", " + withArticle(p.ImporterName) + " imported none of it."
}

// notComputed says that some definitions have no verdict; "" where all have one.
func notComputed(n int) string {
	if n == 0 {
		return ""
	}
	return "; " + strconv.Itoa(n) + " cannot be computed"
}
