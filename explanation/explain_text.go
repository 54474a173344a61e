package explanation

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// shownSuppliers is the number of suppliers and exporters that a sentence names.
const shownSuppliers = 5

func (e *Explanation) title() string {
	return fmt.Sprintf("%s: imports of %s in %s", named(e.importer.Label, e.importer.Name), e.product.Code, trade.Period(e.year))
}

// named is a label with its name, where that says more.
func named(label, name string) string {
	if name == "" || name == label {
		return label
	}
	return label + " " + name
}

// WriteText prints the explanation for people: sentences and small tables, of which opt bounds the rows.
func (e *Explanation) WriteText(w io.Writer, opt result.Options) error {
	b := &explanationText{opt: opt}
	b.line("%s", e.title())
	b.line("%s", study.OrElse(e.product.Description, "(no description)"))
	if m := e.st.Dataset.Manifest(); m.Synthetic {
		b.line("SYNTHETIC DATA – not real trade")
	}
	for _, line := range e.st.CodeHistory(e.product.Code, slices.Max(e.st.Have)) {
		b.line("Code       %s", line)
	}
	b.line("")
	e.writeFlows(b)
	e.writeVerdicts(b)
	e.writeHistory(b)
	e.writeAlternatives(b)
	if b.err != nil {
		return b.err
	}
	_, err := w.Write(b.Bytes())
	return err
}

// explanationText collects the text and the first error.
type explanationText struct {
	bytes.Buffer
	opt result.Options
	err error
}

func (b *explanationText) line(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }

func (b *explanationText) table(t *result.Table) {
	if err := result.Write(b, t, result.FormatTable, b.opt); err != nil && b.err == nil {
		b.err = err
	}
}

// writeFlows says who buys how much from whom, and who sells to the world.
func (e *Explanation) writeFlows(b *explanationText) {
	if e.cell == nil {
		b.line("%s imported none of it in %s.", e.importer.Label, trade.Period(e.year))
		if len(e.exporters) > 0 {
			b.line("Exporters in the world: %s", largest(exportersOf(e), dollars))
		}
		b.line("")
		return
	}
	b.line("Imports    %s from %s: %s", dollars(e.value(imports)), plural(len(e.suppliers), "supplier", "suppliers"), largest(suppliersOf(e), share(e.value(imports))))
	if intra := e.value(intraTrade); intra > 0 {
		b.line("           Trade among its members, %s, is not counted as imports or exports.", dollars(intra))
	}
	b.line("Exports    %s; imports less exports %s.", dollars(e.value(exports)), dollars(e.value(netImports)))
	if t, ok := e.cell.get(importQuantity); ok && !math.IsNaN(t) {
		b.line("Quantity   %s at %s USD/t, known for %s of the value; world %s USD/t.", tonnes(t),
			short(e.value(importUnitValue), ""), result.Percent(e.value(importsWithQuantity)/e.value(imports)), short(e.value(worldUnitValue), ""))
	}
	b.line("World      exports %s by %s: %s", dollars(e.value(worldExports)), plural(len(e.exporters), "economy", "economies"), largest(exportersOf(e), share(e.value(worldExports))))
	b.line("HHI        of imports %s (%s effective suppliers, top three %s), of world exports %s (%s effective exporters).",
		short(e.value(importHHI), result.Share), short(e.value(effectiveSuppliers), ""), result.Percent(e.value(top3Share)),
		short(e.value(worldExportHHI), result.Share), short(e.value(effectiveExporters), ""))
	switch {
	case e.bought:
		if n := int(e.value(supplierCount)); n < len(e.suppliers) {
			b.line("           %s counts as one supplier, which leaves %s.", e.partner.Label, plural(n, "supplier", "suppliers"))
		}
		why := ""
		if !e.asked {
			why = ", the top supplier"
		}
		b.line("Partner    %s%s: imports from it %s, %s of imports; it exports %s, %s of world exports.", e.partner.Label, why,
			dollars(e.value(importsFromPartner)), result.Percent(e.value(partnerShare)), dollars(e.value(partnerExports)), result.Percent(e.value(partnerWorldShare)))
	case e.asked:
		b.line("Partner    %s: nothing imported from it.", e.partner.Label)
	}
	e.writeHub(b)
	b.line("")
	b.table(result.NewSchema("suppliers", e.supplierFields()...).Table("Suppliers", e.suppliers))
	b.line("")
}

func (e *Explanation) value(ind *indicator.Indicator) float64 {
	v, ok := e.cell.get(ind)
	if !ok {
		return math.NaN()
	}
	return v
}

type sized struct {
	label string
	value float64
}

func suppliersOf(e *Explanation) (list []sized) {
	for _, s := range e.suppliers {
		list = append(list, sized{e.st.Economies.Label(s.Exporter), s.Value})
	}
	return list
}

func exportersOf(e *Explanation) (list []sized) {
	for _, s := range e.exporters {
		list = append(list, sized{e.st.Economies.Label(s.Exporter), s.Value})
	}
	return list
}

func share(total float64) func(float64) string {
	return func(v float64) string { return result.Percent(v / total) }
}

// largest names the first few of a list.
func largest(list []sized, number func(float64) string) string {
	var parts []string
	for i, s := range list {
		if i == shownSuppliers {
			return strings.Join(parts, ", ") + fmt.Sprintf(" and %d more.", len(list)-i)
		}
		parts = append(parts, s.label+" "+number(s.value))
	}
	return strings.Join(parts, ", ") + "."
}

// supplierFields are the columns of the table of suppliers; without any weight the last two are left out.
func (e *Explanation) supplierFields() []result.Field[kernel.Supplier] {
	bought := e.value(imports)
	fields := []result.Field[kernel.Supplier]{
		result.TextField("supplier", "", func(s *kernel.Supplier) string { return e.st.Economies.Label(s.Exporter) }),
		result.TextField("supplier_name", "", func(s *kernel.Supplier) string { return e.st.Economies.Name(s.Exporter) }),
		result.FloatField("imports_usd", result.USD, "", func(s *kernel.Supplier) float64 { return s.Value }),
		result.FloatField("share", result.Share, "", func(s *kernel.Supplier) float64 { return s.Value / bought }),
	}
	if slices.ContainsFunc(e.suppliers, func(s kernel.Supplier) bool { return !math.IsNaN(s.Quantity) }) {
		fields = append(fields, result.FloatField("quantity", result.Tonnes, "", func(s *kernel.Supplier) float64 { return s.Quantity }),
			result.FloatField("usd_per_t", "USD/t", "", func(s *kernel.Supplier) float64 { return s.Value / s.Quantity }))
	}
	return fields
}

// writeVerdicts follows each method from its criteria to its verdict.
func (e *Explanation) writeVerdicts(b *explanationText) {
	var found []string
	var finding, computable []*method.Method
	for _, m := range e.methods {
		if e.status(m, e.year).Answers() {
			computable = append(computable, m.Method)
		}
		if v, _ := e.verdict(m); v.flagged || len(m.on(e.year)) > 0 {
			found, finding = append(found, m.ID), append(finding, m.Method)
		}
	}
	rules := ""
	if n := len(method.Rules(computable)); n < len(computable) {
		rules = fmt.Sprintf(" (%d of %s, as methods that ask for the same are one)", len(method.Rules(finding)), plural(n, "distinct rule", "distinct rules"))
	}
	b.line("Verdicts: %d of %s a dependency%s%s", len(found), plural(len(computable), "method finds", "methods find"), rules, orNone(found))
	for _, m := range e.methods {
		b.line("")
		status := ""
		if text := m.StatusText(); text != "published" {
			status = ", " + text
		}
		b.line("%s (%s%s): %s", m.ID, m.Title, status, e.verdictText(m))
		if m.seen.bloc != "" {
			b.line("    %s is a part of %s: imports are those from outside it", e.importer.Label, m.seen.bloc)
		}
		for _, k := range m.criteria {
			k.write(b)
		}
		if text := e.persistenceText(m); text != "" {
			b.line("    %s", text)
		}
	}
	b.line("")
}

func orNone(found []string) string {
	if len(found) == 0 {
		return "."
	}
	return ": " + strings.Join(found, ", ") + "."
}

// verdictText says in words what a method finds.
func (e *Explanation) verdictText(m *explainedMethod) string {
	v, judged := e.verdict(m)
	on := m.on(e.year)
	others := slices.DeleteFunc(slices.Clone(on), func(p string) bool { return p == v.partner || p == "-" })
	switch {
	case !e.status(m, e.year).Answers():
		return fmt.Sprintf("not computable: it asks for %d of %d %s, and the dataset has fewer", m.Persistence.Years, m.Persistence.Window, e.st.Unit(m.Persistence.Window))
	case e.cell == nil:
		return fmt.Sprintf("no dependency: no imports in %s", trade.Period(e.year))
	case len(m.criteria) == 0 && m.seen.bloc != "":
		return fmt.Sprintf("no dependency: no imports from outside %s in %s", m.seen.bloc, trade.Period(e.year))
	case v.flagged && v.partner == "-":
		return "dependent"
	case v.flagged && !m.HasPartner(): // asked about a partner, of whom the method says nothing but that it comes first
		return "dependent; the top supplier is " + v.partner
	case v.flagged && len(others) > 0:
		return "dependent on " + v.partner + "; also on " + strings.Join(others, ", ")
	case v.flagged:
		return "dependent on " + v.partner
	case len(others) > 0:
		return "not dependent on " + v.partner + ", the top supplier, but on " + strings.Join(others, ", ")
	case e.asked && !e.bought:
		return "no dependency: nothing imported from " + e.partner.Label
	case e.asked && !m.HasPartner() && !judged:
		return fmt.Sprintf("no dependency on %s: the top supplier is %s", e.partner.Label, m.supplier)
	case e.asked:
		return "not dependent on " + e.partner.Label
	case m.HasPartner():
		return "not dependent on " + v.partner + ", the top supplier, nor on any other"
	}
	return "not dependent"
}

// window lists the years that persistence looks at, the latest first.
func (m *explainedMethod) window(year int) []int {
	if m.Persistence.Window == 1 {
		return nil
	}
	var years []int
	for n := range m.Persistence.Window {
		years = append(years, study.Back(year, n))
	}
	return years
}

func (e *Explanation) persistenceText(m *explainedMethod) string {
	years := m.window(e.year)
	v, judged := e.verdict(m)
	if len(years) == 0 || !judged {
		return ""
	}
	var parts []string
	held := 0
	for n, y := range slices.Backward(years) {
		switch {
		case v.window>>n&1 != 0:
			held++
			parts = append(parts, fmt.Sprintf("%s yes", trade.Period(y)))
		case !slices.Contains(e.st.Have, y):
			parts = append(parts, fmt.Sprintf("%s not in the dataset", trade.Period(y)))
		default:
			parts = append(parts, fmt.Sprintf("%s no", trade.Period(y)))
		}
	}
	sign := mark(v.flagged)
	if !e.status(m, e.year).Answers() {
		sign = "?"
	}
	return fmt.Sprintf("%s criteria met in %d of %d %s (%s), %d wanted", sign, held, m.Persistence.Window, e.st.Unit(2), strings.Join(parts, ", "), m.Persistence.Years)
}

func mark(met bool) string {
	if met {
		return "✓"
	}
	return "✗"
}

func (k *explainedCriterion) write(b *explanationText) {
	if !k.judged {
		b.line("    – %s", k.text)
		return
	}
	notes := ""
	if k.provisional {
		notes = "  (provisional)"
	}
	b.line("    %s %s%s", mark(k.met), k.text, notes)
	for _, side := range k.sides {
		margin := ""
		if len(k.sides) == 1 {
			margin = marginText(k.margin)
		}
		before := ""
		if len(k.sides) > 1 {
			before = mark(side.met) + " "
		}
		b.line("        %s%s%s", before, side.text(), margin)
	}
	if k.turner != "" {
		b.line("        what the missing importers buy could turn this: %s", k.turner)
	}
}

// opposite is what holds where a comparison does not.
var opposite = map[string]string{">": "<=", ">=": "<", "<": ">=", "<=": ">"}

// text prints the comparison with its numbers, and the sign that holds between them.
func (x *explainedSide) text() string {
	op := x.op
	if !x.met {
		op = opposite[op]
	}
	left, right := x.left.number(x.right), x.right.number(x.left)
	chain := func(parts ...string) string { return strings.Join(slices.Compact(parts), " = ") }
	var from []string
	if x.left.definition != "" {
		from = append(from, x.left.definition)
	}
	text := chain(append(from, x.left.short, left)...) + " " + op + " "
	if v, err := strconv.ParseFloat(x.right.text, 64); err == nil {
		text += threshold(x.right.text, v, x.left.unit)
	} else {
		text += chain(x.right.short, right)
	}
	if math.IsNaN(x.left.value) || math.IsNaN(x.right.value) {
		return text + " (a missing number meets no criterion)"
	}
	if x.exact {
		text += " (on the threshold: decided exactly)"
	}
	return text
}

// threshold prints a number of a criterion as it is written, large ones as tables for people do.
func threshold(text string, v float64, unit string) string {
	if math.Abs(v) < 1e4 {
		return text
	}
	return short(v, unit)
}

// number prints the value, with every digit where rounding would hide the difference from the other side.
func (f *formula) number(other formula) string {
	unit := f.unit
	if unit == "" {
		unit = other.unit
	}
	text := short(f.value, unit)
	if text == short(other.value, unit) && f.value != other.value {
		return exactly(f.value, unit)
	}
	return text
}

// marginText prints how far a criterion is from its threshold.
func marginText(m float64) string {
	if math.IsNaN(m) || math.IsInf(m, 0) {
		return ""
	}
	if m > 10 {
		return "  (margin over +1000 %)"
	}
	return "  (margin " + signed(100*m) + " %)"
}

func signed(v float64) string {
	prec := 2
	switch a := math.Abs(v); {
	case a >= 100:
		prec = 0
	case a >= 10:
		prec = 1
	}
	text := strconv.FormatFloat(v, 'f', prec, 64)
	if v > 0 {
		text = "+" + text
	}
	return text
}

func dollars(v float64) string { return short(v, result.USD) + " USD" }

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// writeHistory shows how the figures and the verdicts developed.
func (e *Explanation) writeHistory(b *explanationText) {
	if len(e.series) < 2 {
		return
	}
	opt := b.opt
	b.opt.MaxRows = 0
	b.table(result.NewSchema("series", e.seriesFields()...).Table("Year by year", e.series))
	b.opt = opt
	b.line("")
	b.line("Verdicts over the years")
	widest := 0
	for _, m := range e.methods {
		widest = max(widest, len(m.ID))
	}
	for _, m := range e.methods {
		b.line("    %-*s  %s", widest, m.ID, e.spells(m))
	}
	b.line("")
}

// spells sums up the years with the same verdict, dependencies first.
func (e *Explanation) spells(m *explainedMethod) string {
	const none, nothing, noData, fewYears = "none", "no imports", "no data", "not computable"
	var order []string
	years := map[string][]int{}
	for _, y := range e.series {
		verdict := none
		switch on := m.on(y.year); {
		case len(on) > 0 && (e.asked || on[0] == "-"):
			verdict = "dependent"
		case len(on) > 0:
			verdict = "on " + strings.Join(on, ", ")
		case e.status(m, y.year) == result.Missing:
			verdict = noData // missing, not independent
		case e.status(m, y.year) == result.NotComputable:
			verdict = fewYears
		case y.cell == nil:
			verdict = nothing
		}
		if years[verdict] == nil && !slices.Contains([]string{none, nothing, noData, fewYears}, verdict) {
			order = append(order, verdict)
		}
		years[verdict] = append(years[verdict], y.year)
	}
	var parts []string
	for _, verdict := range append(order, none, nothing, noData, fewYears) {
		if len(years[verdict]) > 0 {
			parts = append(parts, verdict+" "+strings.ReplaceAll(study.YearsText(years[verdict]), ",", ", "))
		}
	}
	return strings.Join(parts, "; ")
}

// seriesFields are the columns of the history. Those of which no year has a number are left out.
func (e *Explanation) seriesFields() []result.Field[yearReading] {
	fields := []result.Field[yearReading]{result.IntField("year", result.Year, "", func(y *yearReading) int { return y.year })}
	add := func(ind *indicator.Indicator, heading string) {
		get := func(y *yearReading) float64 {
			if v, ok := y.cell.get(ind); ok {
				return v
			}
			return math.NaN()
		}
		if slices.ContainsFunc(e.series, func(y yearReading) bool { return !math.IsNaN(get(&y)) }) {
			fields = append(fields, result.FloatField(heading, ind.Unit, "", get))
		}
	}
	add(imports, "imports_usd")
	add(importQuantity, "quantity")
	add(importUnitValue, "usd_per_t")
	add(supplierCount, "suppliers")
	add(importHHI, "hhi")
	if e.partner.Label != "" {
		add(importsFromPartner, "from "+e.partner.Label+" (USD)")
		add(partnerShare, "share of imports")
		add(partnerWorldShare, "share of world exports")
	}
	return append(fields, result.TextField("top supplier", "", func(y *yearReading) string {
		if y.cell == nil {
			return ""
		}
		v, _ := y.cell.get(topSupplierShare)
		return y.cell.topSupplier + " " + result.Percent(v)
	}), result.TextField("methods", "", func(y *yearReading) string {
		n := 0
		for _, m := range e.methods {
			if len(m.on(y.year)) > 0 {
				n++
			}
		}
		return fmt.Sprintf("%d of %d", n, e.computable(y.year))
	}))
}

// writeAlternatives lists who else could sell, and closes with notes and provenance.
func (e *Explanation) writeAlternatives(b *explanationText) {
	title := "Alternative suppliers: exporters of " + e.product.Code + " to the world, without " + e.importer.Label
	if e.partner.Label != "" {
		title += " and " + e.partner.Label
	}
	if ratio, ok := e.cell.get(rearrangementRatio); ok {
		b.line("Rearrangement: imports from %s are %s times what everybody else exports (%s, the importer's own included).", e.partner.Label, short(ratio, result.Share), dollars(e.value(othersExports)))
		b.line("")
	}
	t := study.JudgedAnswer(e.st, result.NewSchema("alternatives", e.alternativeFields()...), title, e.alternatives)
	if e.bought {
		t.Note("rearrangement_ratio here is imports from %s over the exports of that economy: above 1 it could not replace them with all it exports", e.partner.Label)
	}
	b.table(t)
}

// alternativeFields are the columns of the table of alternatives; those that need imports of the product, or from the partner, are left out without them.
func (e *Explanation) alternativeFields() []result.Field[alternative] {
	fields := []result.Field[alternative]{
		result.TextField("exporter", "", func(a *alternative) string { return e.st.Economies.Label(a.economy) }),
		result.TextField("exporter_name", "", func(a *alternative) string { return e.st.Economies.Name(a.economy) }),
		result.FloatField("exports_usd", result.USD, "", func(a *alternative) float64 { return a.exports }),
	}
	if e.cell != nil {
		world := e.value(worldExports)
		fields = append(fields, result.FloatField("share_of_world", result.Share, "", func(a *alternative) float64 { return a.exports / world }),
			result.FloatField("to_"+e.importer.Label+"_usd", result.USD, "", func(a *alternative) float64 { return a.already }))
	}
	if e.bought {
		bought := e.value(importsFromPartner) // the unit of a share, for three decimals
		fields = append(fields, result.FloatField("rearrangement_ratio", result.Share, "", func(a *alternative) float64 { return bought / a.exports }))
	}
	return fields
}

// tonnes writes a quantity with its unit in words: 16.7 million tonnes.
func tonnes(t float64) string {
	number, scale, _ := strings.Cut(short(t, result.Tonnes), " ")
	if word, ok := map[string]string{"k": "thousand", "m": "million", "bn": "billion", "tn": "trillion"}[scale]; ok {
		return number + " " + word + " tonnes"
	}
	return number + " tonnes"
}
