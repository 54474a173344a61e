package explanation

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/dependence"
	"chokepoint/indicator"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/study"
)

// Row is a number or a verdict of an explanation. Numbers that it lacks are NaN, which Explanation.row sees to, texts "".
type Row struct {
	Year              int
	Importer, Product string
	Section           Section
	Method            string // id
	Partner           string // that it is about, where it is about one
	Item, Name        string // what it is about where Measure does not say it, and its name
	Measure           string // what Value is
	Formula, Numbers  string // how Value is computed, and the same with every digit
	Value             float64
	Unit, Comparison  string
	Threshold         float64
	Verdict           string // yes or no; "" where there is nothing to judge, or the dataset lacks what it rests on
	Margin            float64
	Note              string

	Status, WorldStatus result.Status
	CouldTurn           string // what missing importers could make of the numbers of a criterion so that its verdict turns
}

// Section is a part of an explanation.
type Section string

// The sections, in this order.
const (
	SectionFlows        Section = "flows"
	SectionSums         Section = "sums"
	SectionIndicators   Section = "indicators"
	SectionCriteria     Section = "criteria"
	SectionPersistence  Section = "persistence"
	SectionVerdict      Section = "verdict"
	SectionAlternatives Section = "alternatives"
	SectionHistory      Section = "history"
	SectionHubs         Section = "hubs" // with --hubs
)

// Yes and No are verdicts.
const (
	Yes = "yes"
	No  = "no"
)

// Schema is the table of explain.
var Schema = result.NewSchema("explain",
	result.IntField("year", result.Year, "Calendar year.", func(r *Row) int { return r.Year }),
	result.TextField("importer", "Economy or bloc that imports.", func(r *Row) string { return r.Importer }),
	result.TextField("product", "HS code, six characters.", func(r *Row) string { return r.Product }),
	result.TextField("section", "flows, sums, indicators, criteria, persistence, verdict, alternatives, history or hubs.", func(r *Row) string { return string(r.Section) }),
	result.TextField("method", "Definition of dependency; - if the row belongs to none.", func(r *Row) string { return study.OrElse(r.Method, "-") }),
	result.TextField("partner", "Economy or bloc that the row is about; - if it is about the importer alone.", func(r *Row) string { return study.OrElse(r.Partner, "-") }),
	result.TextField("item", "What the row is about: an economy, a criterion or a method; - if measure says it.", func(r *Row) string { return study.OrElse(r.Item, "-") }),
	result.TextField("item_name", "Name of the item.", func(r *Row) string { return r.Name }),
	result.TextField("measure", "What the value is: a column of the table of indicators, or a share; - for verdicts.", func(r *Row) string { return study.OrElse(r.Measure, "-") }),
	result.TextField("formula", "How the value is computed.", func(r *Row) string { return r.Formula }),
	result.TextField("with_numbers", "The formula with its numbers in full; for criteria the whole comparison.", func(r *Row) string { return r.Numbers }),
	result.FloatField("value", "", "The number; for criteria the left side of the comparison.", func(r *Row) float64 { return r.Value }),
	result.TextField("unit", "Unit of the value and the threshold.", func(r *Row) string { return r.Unit }),
	result.TextField("comparison", "How the value must compare with the threshold: >, >=, < or <=.", func(r *Row) string { return r.Comparison }),
	result.FloatField("threshold", "", "Right side of the criterion.", func(r *Row) float64 { return r.Threshold }),
	result.TextField("verdict", "Whether the criterion is met or the dependency found: yes or no; - if there is nothing to judge, or the dataset lacks the data for a verdict.", func(r *Row) string { return study.OrElse(r.Verdict, "-") }),
	result.FloatField("margin", "ratio", "Distance to the threshold, relative to it: 0.1 means that a change of 10 % reverses the verdict. Negative if the criterion is missed.", func(r *Row) float64 { return r.Margin }),
	result.TextField("note", "The row in words.", func(r *Row) string { return r.Note }),
	result.TextField("status", result.StatusText, func(r *Row) string { return string(r.Status) }),
	result.TextField("world_status", dependence.WorldStatusText+" Empty in rows of years other than the one explained.", func(r *Row) string { return string(r.WorldStatus) }),
	result.TextField("could_turn", "For a criterion that the purchases of importers without imports in the dataset could reverse: the lowest and highest possible value. Otherwise empty.", func(r *Row) string { return r.CouldTurn }),
).InOrder("from flows to the verdict")

// Table returns the explanation with one row per number or verdict, for files.
func (e *Explanation) Table() *result.Table {
	rows := slices.Concat(e.flowRows(), e.indicatorRows(), e.methodRows(), e.alternativeRows(), e.historyRows(), e.hubRows())
	e.judgeStatus(rows)
	t := study.JudgedAnswer(e.st, Schema, e.title(), rows)
	for _, line := range e.st.CodeHistory(e.product.Code, slices.Max(e.st.Have)) {
		t.Note("the code %s: %s", e.product.Code, strings.TrimSuffix(line, "."))
	}
	return t
}

// judgeStatus says of each row what it rests on.
func (e *Explanation) judgeStatus(rows []Row) {
	for i := range rows {
		r := &rows[i]
		var judge *method.Method
		for _, m := range e.methods {
			if m.ID == r.Method {
				judge = m.Method
			}
		}
		r.Status = e.st.StatusOf(judge, &e.st.ImporterSide.Parties[0], r.Year)
		if r.Year == e.year {
			r.WorldStatus = e.st.WorldStatus(r.Year)
		}
	}
}

func (e *Explanation) row(section Section) Row {
	return Row{Year: e.year, Importer: e.importer.Label, Product: e.product.Code, Section: section, Value: math.NaN(), Threshold: math.NaN(), Margin: math.NaN()}
}

// measured is a row that says what its value is.
func (r Row) measured(measure, unit string, value float64) Row {
	r.Measure, r.Unit, r.Value = measure, unit, value
	return r
}

func (e *Explanation) flowRows() []Row {
	var rows []Row
	partner := e.partner.Codes(e.year)
	bought, _ := e.cell.get(imports)
	for _, s := range e.suppliers {
		r := e.row(SectionFlows)
		r.Item, r.Name = e.st.Economies.Label(s.Exporter), e.st.Economies.Name(s.Exporter)
		if partner.Has(s.Exporter) {
			r.Partner = e.partner.Label
		}
		rows = append(rows, r.measured(imports.Column, result.USD, s.Value), r.measured("share_of_imports", result.Share, s.Value/bought))
		if !math.IsNaN(s.Quantity) {
			rows = append(rows, r.measured(importQuantity.Column, result.Tonnes, s.Quantity), r.measured(importUnitValue.Column, importUnitValue.Unit, s.Value/s.Quantity))
		}
	}
	return rows
}

// indicatorRows lists base sums, then what is computed from them.
func (e *Explanation) indicatorRows() []Row {
	var sums, rest []Row
	for _, ind := range indicator.All() {
		v, ok := e.cell.get(ind)
		if !ok || math.IsNaN(v) {
			continue
		}
		r := e.row(SectionSums).measured(ind.Column, ind.Unit, v)
		r.Note = ind.Title
		if ind.Level() == indicator.Pair {
			r.Partner = e.partner.Label
		}
		switch ind {
		case topSupplierImports:
			r.Item = e.cell.topSupplier
		case topExporterExports:
			r.Item = e.cell.topExporter
		}
		if ind.Formula == "" {
			sums = append(sums, r)
			continue
		}
		r.Section, r.Formula = SectionIndicators, ind.Formula
		r.Numbers = ind.Expr().WithNumbers(func(of *indicator.Indicator) string {
			v, _ := e.cell.get(of)
			return exactly(v, of.Unit)
		})
		rest = append(rest, r)
	}
	return append(sums, rest...)
}

func (e *Explanation) methodRows() []Row {
	var rows []Row
	for _, m := range e.methods {
		about := e.row(SectionCriteria)
		about.Method = m.ID
		if m.HasPartner() || e.asked {
			about.Partner = e.partner.Label
		}
		for _, k := range m.criteria {
			rows = append(rows, k.rows(about)...)
		}
		verdict, judged := e.verdict(m)
		about.Section = SectionPersistence
		for n, y := range slices.Backward(m.window(e.year)) {
			if !judged {
				break
			}
			r := about
			r.Year, r.Verdict, r.Item = y, yesNo(verdict.window>>n&1 != 0), m.Persistence.String()
			if !slices.Contains(e.st.Have, y) {
				r.Note = "not in the dataset"
			}
			rows = append(rows, r)
		}
		about.Section, about.Item, about.Name = SectionVerdict, m.ID, m.Title
		about.Verdict, about.Note = e.yesNo(m, e.year, verdict.flagged), e.verdictText(m)
		rows = append(rows, about)
		for _, partner := range m.on(e.year) {
			if partner != about.Partner && partner != "-" {
				r := about
				r.Partner, r.Verdict, r.Note = partner, yesNo(true), "dependent on "+partner+" too"
				rows = append(rows, r)
			}
		}
	}
	return rows
}

// rows gives a row for the criterion and, where it has several comparisons, one for each.
func (k *explainedCriterion) rows(r Row) []Row {
	r.Item = k.text
	var notes []string
	if k.provisional {
		notes = append(notes, "stands in for a rule that is not public")
	}
	if !k.judged {
		r.Note = strings.Join(append(notes, "not judged: nothing is imported from the partner"), "; ")
		return []Row{r}
	}
	r.Verdict, r.Margin, r.CouldTurn = yesNo(k.met), k.margin, k.turner
	if len(k.sides) == 1 {
		return []Row{k.sides[0].row(r, notes)}
	}
	r.Note = strings.Join(notes, "; ")
	rows := []Row{r}
	for _, side := range k.sides {
		r.Verdict, r.Margin, r.CouldTurn = yesNo(side.met), math.NaN(), ""
		rows = append(rows, side.row(r, []string{"part of the criterion"}))
	}
	return rows
}

func (x *explainedSide) row(r Row, notes []string) Row {
	r.Measure = x.left.text
	r.Formula = study.OrElse(x.left.definition, x.left.text)
	r.Numbers = x.left.exact + " " + x.op + " " + x.right.exact
	r.Value, r.Unit, r.Comparison, r.Threshold = x.left.value, x.left.unit, x.op, x.right.value
	if x.exact {
		notes = append(notes, "on the threshold: decided exactly")
	}
	r.Note = strings.Join(notes, "; ")
	return r
}

func (e *Explanation) alternativeRows() []Row {
	var rows []Row
	world, _ := e.cell.get(worldExports)
	bought, fromPartner := e.cell.get(importsFromPartner)
	for _, a := range e.alternatives {
		r := e.row(SectionAlternatives)
		r.Partner = e.partner.Label
		r.Item, r.Name = e.st.Economies.Label(a.economy), e.st.Economies.Name(a.economy)
		rows = append(rows, r.measured("exports_usd", result.USD, a.exports))
		if e.cell != nil {
			rows = append(rows, r.measured("share_of_world_exports", result.Share, a.exports/world),
				r.measured("exports_to_importer_usd", result.USD, a.already))
		}
		if fromPartner {
			r.Formula = "imports_from_partner / exports of the alternative"
			r.Numbers = exactly(bought, result.USD) + " / " + exactly(a.exports, result.USD)
			rows = append(rows, r.measured("rearrangement_ratio", "ratio", bought/a.exports))
		}
	}
	return rows
}

// seriesOf are the indicators that the history shows of each year.
var seriesOf = []*indicator.Indicator{imports, exports, importQuantity, importUnitValue, supplierCount,
	importHHI, topSupplierShare, importsFromPartner, partnerShare, partnerQuantity,
	partnerUnitValue, partnerWorldShare, worldExports, worldExportHHI, rearrangementRatio}

func (e *Explanation) historyRows() []Row {
	var rows []Row
	for _, y := range e.series {
		for _, ind := range seriesOf {
			v, ok := y.cell.get(ind)
			if !ok || math.IsNaN(v) {
				continue
			}
			r := e.row(SectionHistory).measured(ind.Column, ind.Unit, v)
			r.Year, r.Note = y.year, ind.Title
			if ind.Level() == indicator.Pair {
				r.Partner = e.partner.Label
			}
			if ind == topSupplierShare {
				r.Item = y.cell.topSupplier
			}
			rows = append(rows, r)
		}
		for _, m := range e.methods {
			r := e.row(SectionHistory)
			r.Year, r.Method, r.Item = y.year, m.ID, m.ID
			on := m.on(y.year)
			if len(on) == 0 {
				r.Verdict = e.yesNo(m, y.year, false)
				rows = append(rows, r)
			}
			for _, partner := range on {
				r.Verdict, r.Partner = yesNo(true), partner
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
		return Yes
	}
	return No
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
