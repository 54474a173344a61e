package explanation

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/indicator"
	"chokepoint/result"
	"chokepoint/study"
)

// explanationColumns are the columns of an explanation as a table: one row a number or verdict, by section.
type explanationColumns struct {
	year                                                             *result.Column
	importer, product, section, method, partner, item, name, measure *result.Column
	formula, numbers, unit, comparison, verdict, note                *result.Column
	value, threshold, margin                                         *result.Column
}

// explanationRow is one row; numbers that it lacks are NaN, which newRow sees to.
type explanationRow struct {
	year                                          int
	section, method, partner, item, name, measure string
	formula, numbers, unit, comparison            string
	verdict, note                                 string
	value, threshold, margin                      float64
}

// Sections of an explanation, in this order.
const (
	sectionFlows        = "flows"
	sectionSums         = "sums"
	sectionIndicators   = "indicators"
	sectionCriteria     = "criteria"
	sectionPersistence  = "persistence"
	sectionVerdict      = "verdict"
	sectionAlternatives = "alternatives"
	sectionHistory      = "history"
)

func newExplanationColumns() *explanationColumns {
	return &explanationColumns{
		year:       result.IntColumn("year", result.Year, "Calendar year of the row."),
		importer:   result.TextColumn("importer", "Economy or bloc that imports."),
		product:    result.TextColumn("product", "HS code, six characters."),
		section:    result.TextColumn("section", "flows, sums, indicators, criteria, persistence, verdict, alternatives or history."),
		method:     result.TextColumn("method", "Definition of dependency; - where the row is of none."),
		partner:    result.TextColumn("partner", "Economy or bloc that the row is about; - where it is about the importer alone."),
		item:       result.TextColumn("item", "What the row is about: an economy, a criterion, a method; - where measure says it."),
		name:       result.TextColumn("item_name", "Name of it."),
		measure:    result.TextColumn("measure", "What value is: a column of the table of indicators, or a share; - for verdicts."),
		formula:    result.TextColumn("formula", "How value is computed."),
		numbers:    result.TextColumn("with_numbers", "The formula with every digit of its numbers; for criteria the whole comparison."),
		value:      result.FloatColumn("value", "", "The number; for criteria their left side."),
		unit:       result.TextColumn("unit", "Unit of value and threshold."),
		comparison: result.TextColumn("comparison", "> >= < or <=: how value must compare with threshold."),
		threshold:  result.FloatColumn("threshold", "", "Right side of the criterion."),
		verdict:    result.TextColumn("verdict", "yes or no: criterion met, dependency found; - where there is nothing to judge, or the dataset lacks what the verdict rests on."),
		margin:     result.FloatColumn("margin", "ratio", "Distance to the threshold, relative to it: 0.1 means that a change of 10 % turns the verdict; negative where the criterion is missed."),
		note:       result.TextColumn("note", "In words."),
	}
}

func (c *explanationColumns) list() []*result.Column {
	return []*result.Column{c.year, c.importer, c.product, c.section, c.method, c.partner, c.item, c.name, c.measure,
		c.formula, c.numbers, c.value, c.unit, c.comparison, c.threshold, c.verdict, c.margin, c.note}
}

// Table returns the explanation with one row a number or verdict, for files.
func (e *Explanation) Table() *result.Table {
	c := newExplanationColumns()
	t := e.st.JudgedTable("explain", e.title(), c.list()...)
	for _, rows := range [][]explanationRow{e.flowRows(), e.indicatorRows(), e.methodRows(), e.alternativeRows(), e.historyRows()} {
		for _, r := range rows {
			c.add(e, r)
		}
	}
	for _, line := range e.st.CodeHistory(e.product.Code, slices.Max(e.st.Have)) {
		t.Note("the code %s: %s", e.product.Code, strings.TrimSuffix(line, "."))
	}
	return t
}

func (c *explanationColumns) add(e *Explanation, r explanationRow) {
	c.year.AppendInt(int64(r.year))
	c.importer.AppendText(e.importer.Label)
	c.product.AppendText(e.product.Code)
	c.section.AppendText(r.section)
	for _, x := range []struct {
		column *result.Column
		text   string
	}{{c.method, r.method}, {c.partner, r.partner}, {c.item, r.item}, {c.measure, r.measure}, {c.verdict, r.verdict}} {
		x.column.AppendText(study.OrElse(x.text, "-"))
	}
	c.name.AppendText(r.name)
	c.formula.AppendText(r.formula)
	c.numbers.AppendText(r.numbers)
	c.value.AppendFloat(r.value)
	c.unit.AppendText(r.unit)
	c.comparison.AppendText(r.comparison)
	c.threshold.AppendFloat(r.threshold)
	c.margin.AppendFloat(r.margin)
	c.note.AppendText(r.note)
}

func (e *Explanation) row(section string) explanationRow {
	return explanationRow{year: e.year, section: section, value: math.NaN(), threshold: math.NaN(), margin: math.NaN()}
}

// measured is a row that says what its value is.
func (r explanationRow) measured(measure, unit string, value float64) explanationRow {
	r.measure, r.unit, r.value = measure, unit, value
	return r
}

func (e *Explanation) flowRows() []explanationRow {
	var rows []explanationRow
	partner := e.partner.Codes(e.year)
	imports, _ := e.cell.get("imports")
	for _, s := range e.suppliers {
		r := e.row(sectionFlows)
		r.item, r.name = e.st.Economies.Label(s.Exporter), e.st.Economies.Name(s.Exporter)
		if partner.Has(s.Exporter) {
			r.partner = e.partner.Label
		}
		rows = append(rows, r.measured("imports_usd", result.USD, s.Value), r.measured("share_of_imports", result.Share, s.Value/imports))
		if !math.IsNaN(s.Quantity) {
			rows = append(rows, r.measured("import_quantity_t", result.Tonnes, s.Quantity), r.measured("import_unit_value", "USD/t", s.Value/s.Quantity))
		}
	}
	return rows
}

// indicatorRows lists base sums, then what is computed from them.
func (e *Explanation) indicatorRows() []explanationRow {
	var sums, rest []explanationRow
	for _, ind := range indicator.All() {
		v, ok := e.cell.get(ind.Name)
		if !ok || math.IsNaN(v) {
			continue
		}
		r := e.row(sectionSums).measured(ind.Column, ind.Unit, v)
		r.note = ind.Title
		if ind.Level() == indicator.Pair {
			r.partner = e.partner.Label
		}
		switch ind.Name {
		case "top_supplier_imports":
			r.item = e.cell.topSupplier
		case "top_exporter_exports":
			r.item = e.cell.topExporter
		}
		if ind.Formula == "" {
			sums = append(sums, r)
			continue
		}
		r.section, r.formula = sectionIndicators, ind.Formula
		r.numbers = ind.Expr().WithNumbers(func(of *indicator.Indicator) string {
			v, _ := e.cell.get(of.Name)
			return exactly(v, of.Unit)
		})
		rest = append(rest, r)
	}
	return append(sums, rest...)
}

func (e *Explanation) methodRows() []explanationRow {
	var rows []explanationRow
	for _, m := range e.methods {
		about := e.row(sectionCriteria)
		about.method = m.ID
		if m.HasPartner() || e.asked {
			about.partner = e.partner.Label
		}
		for _, k := range m.criteria {
			rows = append(rows, k.rows(about)...)
		}
		verdict, judged := e.verdict(m)
		about.section = sectionPersistence
		for n, y := range slices.Backward(m.window(e.year)) {
			if !judged {
				break
			}
			r := about
			r.year, r.verdict, r.item = y, yesNo(verdict.window>>n&1 != 0), m.Persistence.String()
			if !slices.Contains(e.st.Have, y) {
				r.note = "not in the dataset"
			}
			rows = append(rows, r)
		}
		about.section, about.item, about.name = sectionVerdict, m.ID, m.Title
		about.verdict, about.note = e.yesNo(m, e.year, verdict.flagged), e.verdictText(m)
		rows = append(rows, about)
		for _, partner := range m.on(e.year) {
			if partner != about.partner && partner != "-" {
				r := about
				r.partner, r.verdict, r.note = partner, yesNo(true), "dependent on "+partner+" too"
				rows = append(rows, r)
			}
		}
	}
	return rows
}

// rows gives a row for the criterion and, where it has several comparisons, one for each.
func (k *explainedCriterion) rows(r explanationRow) []explanationRow {
	r.item = k.text
	var notes []string
	if k.provisional {
		notes = append(notes, "stands in for a rule that is not public")
	}
	if !k.judged {
		r.note = strings.Join(append(notes, "not judged: nothing is imported from the partner"), "; ")
		return []explanationRow{r}
	}
	r.verdict, r.margin = yesNo(k.met), k.margin
	if len(k.sides) == 1 {
		return []explanationRow{k.sides[0].row(r, notes)}
	}
	r.note = strings.Join(notes, "; ")
	rows := []explanationRow{r}
	for _, side := range k.sides {
		r.verdict, r.margin = yesNo(side.met), math.NaN()
		rows = append(rows, side.row(r, []string{"part of the criterion"}))
	}
	return rows
}

func (x *explainedSide) row(r explanationRow, notes []string) explanationRow {
	r.measure = x.left.text
	r.formula = study.OrElse(x.left.definition, x.left.text)
	r.numbers = x.left.exact + " " + x.op + " " + x.right.exact
	r.value, r.unit, r.comparison, r.threshold = x.left.value, x.left.unit, x.op, x.right.value
	if x.exact {
		notes = append(notes, "on the threshold: decided exactly")
	}
	r.note = strings.Join(notes, "; ")
	return r
}

func (e *Explanation) alternativeRows() []explanationRow {
	var rows []explanationRow
	world, _ := e.cell.get("world_exports")
	bought, fromPartner := e.cell.get("imports_from_partner")
	for _, a := range e.alternatives {
		r := e.row(sectionAlternatives)
		r.partner = e.partner.Label
		r.item, r.name = e.st.Economies.Label(a.economy), e.st.Economies.Name(a.economy)
		rows = append(rows, r.measured("exports_usd", result.USD, a.exports))
		if e.cell != nil {
			rows = append(rows, r.measured("share_of_world_exports", result.Share, a.exports/world),
				r.measured("exports_to_importer_usd", result.USD, a.already))
		}
		if fromPartner {
			r.formula = "imports_from_partner / exports of the alternative"
			r.numbers = exactly(bought, result.USD) + " / " + exactly(a.exports, result.USD)
			rows = append(rows, r.measured("rearrangement_ratio", "ratio", bought/a.exports))
		}
	}
	return rows
}

// seriesOf are the indicators that the history shows of each year.
var seriesOf = []string{"imports", "exports", "import_quantity", "import_unit_value", "suppliers", "import_hhi",
	"top_supplier_share", "imports_from_partner", "partner_share", "partner_quantity", "partner_unit_value",
	"partner_world_share", "world_exports", "world_export_hhi", "rearrangement_ratio"}

func (e *Explanation) historyRows() []explanationRow {
	var rows []explanationRow
	for _, y := range e.series {
		for _, name := range seriesOf {
			v, ok := y.cell.get(name)
			if !ok || math.IsNaN(v) {
				continue
			}
			ind, _ := indicator.Get(name)
			r := e.row(sectionHistory).measured(ind.Column, ind.Unit, v)
			r.year, r.note = y.year, ind.Title
			if ind.Level() == indicator.Pair {
				r.partner = e.partner.Label
			}
			if name == "top_supplier_share" {
				r.item = y.cell.topSupplier
			}
			rows = append(rows, r)
		}
		for _, m := range e.methods {
			r := e.row(sectionHistory)
			r.year, r.method, r.item = y.year, m.ID, m.ID
			on := m.on(y.year)
			if len(on) == 0 {
				r.verdict = e.yesNo(m, y.year, false)
				rows = append(rows, r)
			}
			for _, partner := range on {
				r.verdict, r.partner = yesNo(true), partner
				rows = append(rows, r)
			}
		}
	}
	return rows
}

// yesNo is the verdict of a method in a year, "" where the dataset lacks what it rests on.
func (e *Explanation) yesNo(m *explainedMethod, year int, yes bool) string {
	if !e.status(m, year).Answers() {
		return ""
	}
	return yesNo(yes)
}

// status says what a verdict rests on.
func (e *Explanation) status(m *explainedMethod, year int) result.Status {
	return e.st.StatusOf(m.Method, &e.st.ImporterSide.Parties[0], year)
}

// computable counts the methods that have a verdict in a year.
func (e *Explanation) computable(year int) (n int) {
	for _, m := range e.methods {
		if e.status(m, year).Answers() {
			n++
		}
	}
	return n
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// exactly prints a number with every digit, as files have it.
func exactly(v float64, unit string) string {
	return (&result.Column{Type: result.Float, Unit: unit, Float: []float64{v}}).Exact(0)
}

// short prints a number as tables for people do.
func short(v float64, unit string) string {
	if unit == "USD²" && v >= 1e6 {
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	return (&result.Column{Type: result.Float, Unit: unit, Float: []float64{v}}).Short(0)
}
