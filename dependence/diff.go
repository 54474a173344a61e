package dependence

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"chokepoint/fault"
	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// DiffQuestion is the question diff.
var DiffQuestion = &study.Question{
	Name: "diff", Short: "Ask two datasets the same question: what entered, what left, and why",
	Schemas: []study.Schema{DiffSchema, DiffSummarySchema},
	Long: `Ask two datasets, usually two releases, the same question, and list the products that only one of them flags. For each, show the
criteria that are met in one dataset but not in the other, and the value of the first such criterion in both. The later dataset is
--dataset, the earlier --against. Years that only one of them has are left out, and so are codes that only one of two
nomenclatures has; the notes say which and how many. --summary gives counts instead, by year, method, importer and partner.

If the question does not name a single economy (--partners -, 'USA|EU27'), the reason names the economies that put the product on
the one list, and refers to the same economies in the other dataset.`,
	Examples: []string{
		`chokepoint diff --dataset baci-hs17-v202601 --against baci-hs17-v202501 --importers USA --partners CHN`,
		`chokepoint diff --dataset baci-hs92-v202601 --against baci-hs92-v202501 --importers EU27 --partners CHN --years 2022 --format xlsx --out diff.xlsx`,
		`chokepoint diff --dataset baci-hs17-v202601 --against baci-hs17-v202501 --importers all --partners CHN --method all --summary`,
	},
	Parameters: study.ParameterList([]study.Parameter{
		{Name: "against", Required: true, Example: "baci-hs17-v202501", Usage: "the earlier dataset"},
		{Name: "summary", Switch: true, Standard: "false", Example: "true", Usage: "count the products that stayed, entered and left instead of listing them"},
	}, study.Judged...),
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		if r.Own["summary"] == "true" {
			return DiffSummary(ctx, s, r.Before, r.Query)
		}
		return Diff(ctx, s, r.Before, r.Query)
	},
}

// Diff asks the same question of two datasets, usually two releases, and lists the products that are on one list only:
// entered are those that s flags and before does not, left the reverse. For each it says which criteria are met in one
// dataset and not in the other, with the value of the first of them in both. Years that only one of them has are left
// out and noted; of datasets in different nomenclatures only the codes that both have are compared.
func Diff(ctx context.Context, s *study.Source, before *study.Source, q study.Query) (*result.Table, error) {
	d, err := newDiffing(ctx, s, before, q)
	if err != nil {
		return nil, err
	}
	var rows []DiffRow
	var notes []string
	for i, m := range d.after.Methods {
		lists, err := d.lists(ctx, i)
		if err != nil {
			return nil, err
		}
		notes = append(notes, lists.notes(m)...)
		for _, year := range d.after.Years {
			if rows, err = d.explain(ctx, m, year, lists, rows); err != nil {
				return nil, err
			}
			if err := s.CheckRows(len(rows), DiffSchema.Width()); err != nil {
				return nil, err
			}
		}
	}
	t := diffAnswer(d, DiffSchema, "What changed", rows)
	for _, note := range notes {
		t.Note("%s", note)
	}
	return t, t.SortBy(diffOrder...)
}

// DiffSummary counts what Diff lists: one row for each year, method, importer and partner.
func DiffSummary(ctx context.Context, s *study.Source, before *study.Source, q study.Query) (*result.Table, error) {
	d, err := newDiffing(ctx, s, before, q)
	if err != nil {
		return nil, err
	}
	var rows []DiffSummaryRow
	for i, m := range d.after.Methods {
		lists, err := d.lists(ctx, i)
		if err != nil {
			return nil, err
		}
		for _, q := range lists.questions {
			rows = append(rows, lists.balance(q).row(m, q))
		}
	}
	t := diffAnswer(d, DiffSummarySchema, "How much changed", rows)
	return t, t.SortBy(diffSummaryOrder...)
}

// diffing is one question resolved against two datasets, over the years that both have.
type diffing struct {
	after, before *study.Study
	apart         bool // the datasets are in different nomenclatures
	notes         []string
}

func newDiffing(ctx context.Context, s, before *study.Source, q study.Query) (*diffing, error) {
	a, b := s.Dataset.Manifest(), before.Dataset.Manifest()
	d := &diffing{apart: a.Nomenclature != b.Nomenclature}
	var err error
	if d.after, err = s.Study(ctx, q); err != nil {
		return nil, fmt.Errorf("%s: %w", a.Name, err)
	}
	asked := d.after.Years
	years := intersection(asked, before.Dataset.Years())
	if len(years) == 0 {
		return nil, fault.Questionf("diff: %s has the years %s, %s has %s: none in common", a.Name, study.YearsText(asked), b.Name, study.YearsText(before.Dataset.Years()))
	}
	lacks := func(name, has string, years []int) {
		if len(years) > 0 {
			d.notes = append(d.notes, fmt.Sprintf("%s not in %s: left out, although %s has it", study.YearsText(years), name, has))
		}
	}
	lacks(b.Name, a.Name, difference(asked, years))
	if strings.TrimSpace(d.after.Query.Years) == "" {
		lacks(a.Name, b.Name, difference(before.Dataset.Years(), years))
	}
	q.Dataset, q.Years = b.Name, study.YearsText(years)
	if d.before, err = before.Study(ctx, q); err != nil {
		return nil, fmt.Errorf("%s: %w", b.Name, err)
	}
	d.after.Years, d.before.Years = years, years
	d.noteWindows()
	d.noteCodes()
	return d, nil
}

func intersection(a, b []int) []int {
	return slices.DeleteFunc(slices.Clone(a), func(y int) bool { return !slices.Contains(b, y) })
}

func difference(a, b []int) []int {
	return slices.DeleteFunc(slices.Clone(a), func(y int) bool { return slices.Contains(b, y) })
}

// noteWindows says where persistence looks back to years that only one dataset has.
func (d *diffing) noteWindows() {
	for _, m := range d.after.Methods {
		back := func(st *study.Study) (years []int) {
			for _, y := range st.Have {
				if slices.ContainsFunc(st.Years, func(asked int) bool { return y < asked && study.Within(y, asked, m.Persistence.Window) }) {
					years = append(years, y)
				}
			}
			return years
		}
		a, b := back(d.after), back(d.before)
		for _, side := range []struct {
			st    *study.Study
			years []int
		}{{d.after, difference(a, b)}, {d.before, difference(b, a)}} {
			if len(side.years) > 0 {
				d.notes = append(d.notes, fmt.Sprintf("%s asks for %s years, and of those before the years compared only %s has %s: products may enter or leave for that alone",
					m.ID, m.Persistence, side.st.Dataset.Manifest().Name, study.YearsText(side.years)))
			}
		}
	}
}

// noteCodes says how many product codes only one dataset has.
func (d *diffing) noteCodes() {
	a, b := d.after.Dataset.Manifest(), d.before.Dataset.Manifest()
	lack := func(x, y *study.Study) (n int) {
		for _, p := range x.Dataset.Products().All() {
			if _, ok := y.Dataset.Products().Get(p.Code); !ok {
				n++
			}
		}
		return n
	}
	n, m := lack(d.after, d.before), lack(d.before, d.after)
	switch {
	case d.apart:
		d.notes = append(d.notes, fmt.Sprintf("%s is in %s and %s in %s: only codes that both have are compared; %d of %s and %d of %s are left out, and a code in both may cover other goods in each",
			a.Name, a.Nomenclature, b.Name, b.Nomenclature, n, a.Name, m, b.Name))
	case n+m > 0:
		d.notes = append(d.notes, fmt.Sprintf("%d product codes are in the list of %s only, %d in that of %s only", n, a.Name, m, b.Name))
	}
}

// diffAnswer is an answer that rests on two datasets.
func diffAnswer[R any](d *diffing, schema *result.Schema[R], title string, rows []R) *result.Table {
	a, b := d.after.Dataset.Manifest(), d.before.Dataset.Manifest()
	against := func(x, y string) string {
		if x == y {
			return x
		}
		return x + " against " + y
	}
	t := study.JudgedAnswer(d.after, schema, fmt.Sprintf("%s from %s to %s: %s", title, b.Name, a.Name, countTitle(d.after)), rows)
	t.Synthetic = a.Synthetic || b.Synthetic
	t.Provenance.Dataset = a.Name + " against " + b.Name
	t.Provenance.Release = against(a.Release, b.Release)
	t.Provenance.Nomenclature = against(string(a.Nomenclature), string(b.Nomenclature))
	t.Provenance.Exact = a.Exact && b.Exact
	t.Provenance.Synthetic = t.Synthetic
	t.Note("after: %s (release %s, checksum %s); before: %s (release %s, checksum %s)", a.Name, a.Release, a.Checksum(), b.Name, b.Release, b.Checksum())
	for _, note := range d.notes {
		t.Note("%s", note)
	}
	for _, n := range slices.Concat(d.before.WorldLacks(), d.before.Windows(), d.before.Coverage(), d.before.Notes) {
		if !slices.Contains(result.Texts(t.Notes), n.Text) {
			n.Text = b.Name + ": " + n.Text
			t.Add(n)
		}
	}
	return t
}

// twoLists is what one method flags in both datasets.
type twoLists struct {
	after, before *flagged
	questions     []question
}

// lists asks method i of both datasets.
func (d *diffing) lists(ctx context.Context, i int) (*twoLists, error) {
	after, err := flaggedSets(ctx, onlyMethod(d.after, i))
	if err != nil {
		return nil, err
	}
	before, err := flaggedSets(ctx, onlyMethod(d.before, i))
	if err != nil {
		return nil, err
	}
	if d.apart {
		after[0].keepShared(d.before)
		before[0].keepShared(d.after)
	}
	return &twoLists{&after[0], &before[0], allQuestions([]flagged{after[0], before[0]})}, nil
}

// onlyMethod narrows a study to one of its methods.
func onlyMethod(st *study.Study, i int) *study.Study {
	only := *st
	only.Methods = st.Methods[i : i+1]
	return &only
}

// keepShared drops the products whose codes another dataset does not have.
func (f *flagged) keepShared(other *study.Study) {
	for q, list := range f.sets {
		f.sets[q] = slices.DeleteFunc(list, func(p productImports) bool {
			_, ok := other.Dataset.Products().Get(p.product)
			return !ok
		})
	}
}

// balance is what stayed, entered and left under one question.
type balance struct {
	before, after, stayed       int
	entered, left               []string      // products, in order
	enteredImports, leftImports float64       // USD: of entered in the later dataset, of left in the earlier
	was, is                     result.Status // nothing enters or leaves where one of them has no answer
}

// bothKnown says whether the balance can be drawn.
func (b *balance) bothKnown() bool { return b.was.Answers() && b.is.Answers() }

func (l *twoLists) balance(q question) balance {
	now, was := l.after.sets[q], l.before.sets[q]
	b := balance{was: l.before.statusOf(q), is: l.after.statusOf(q)}
	b.after, b.before, b.stayed = overlap(now, was)
	if !b.bothKnown() {
		return b
	}
	b.entered, b.enteredImports = without(now, was)
	b.left, b.leftImports = without(was, now)
	return b
}

// without lists what is in a and not in b, with the sum of its values.
func without(a, b productList) (products []string, value float64) {
	for _, p := range a {
		if _, ok := b.of(p.product); !ok {
			products, value = append(products, p.product), value+p.imports
		}
	}
	return products, value
}

// maxDiffNotes is the number of questions up to which each that changed has its balance in the notes; above there is
// one a method.
const maxDiffNotes = 30

func (l *twoLists) notes(m *method.Method) (notes []string) {
	var before, after, stayed int
	for _, q := range l.questions {
		b := l.balance(q)
		if !b.bothKnown() {
			continue
		}
		before, after, stayed = before+b.before, after+b.after, stayed+b.stayed
		if len(l.questions) <= maxDiffNotes && len(b.entered)+len(b.left) > 0 {
			notes = append(notes, fmt.Sprintf("%s, %s, %s on %s: %d products before, %d after; %d stayed, %d entered, %d left", trade.Period(q.year), m.ID, q.importer, q.partner, b.before, b.after, b.stayed, len(b.entered), len(b.left)))
		}
	}
	return append(notes, fmt.Sprintf("%s in all: %d dependencies before, %d after; %d stayed, %d entered, %d left", m.ID, before, after, stayed, after-stayed, before-stayed))
}

// change is one product that is on one list only.
type change struct {
	question
	product string
	entered bool
}

// explain adds the changes of one year under one method, with their reasons.
func (d *diffing) explain(ctx context.Context, m *method.Method, year int, l *twoLists, rows []DiffRow) ([]DiffRow, error) {
	var changes []change
	for _, q := range l.questions {
		if q.year != year {
			continue
		}
		b := l.balance(q)
		for _, p := range b.entered {
			changes = append(changes, change{q, p, true})
		}
		for _, p := range b.left {
			changes = append(changes, change{q, p, false})
		}
	}
	if len(changes) == 0 {
		return rows, nil
	}
	now, err := l.after.scan.facts(ctx, year, changes)
	if err != nil {
		return nil, err
	}
	then, err := l.before.scan.facts(ctx, year, changes)
	if err != nil {
		return nil, err
	}
	for _, change := range changes {
		r, err := d.row(m, change, then, now)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// fact is what a method sees of a product, an importer and a partner in one year: of one alternative where the parties
// of the question have several.
type fact struct {
	importer, partner    string // groups; partner is empty where there is none
	imports, fromPartner float64
	met                  []bool    // by criterion
	values               []float64 // by criterion: what it compares with its number
	isTop                bool      // the partner is the top supplier
	top                  string    // supplier
	held                 int       // years of the window in which the criteria were met
	flagged              bool
}

// spot is a product under a question of one year.
type spot struct{ product, importer, partner string }

// evidence is what the criteria see of some products in one year of one dataset.
type evidence struct {
	scan    *Scan
	cells   map[spot][]*fact              // alternatives with imports from the partner
	imports map[string]map[string]float64 // by product and group of importers, whomever they buy from
}

// facts evaluates the criteria one by one for the changes of a year.
func (s *Scan) facts(ctx context.Context, year int, changes []change) (*evidence, error) {
	wanted, products := map[spot]bool{}, map[string]bool{}
	for _, c := range changes {
		wanted[spot{c.product, c.importer, c.partner}] = true
		products[c.product] = true
	}
	view := s.view(year)
	view.Products, view.Sums, view.Idle, view.TopOnly, view.OnlyPairs = slices.Sorted(maps.Keys(products)), nil, false, false, false
	view.Criteria, view.Whole = nil, nil // also those that miss
	var values []*indicator.Expr
	for _, c := range s.Method.Criteria {
		values = append(values, compared(c))
	}
	all := &evidence{scan: s, cells: map[spot][]*fact{}, imports: map[string]map[string]float64{}}
	err := study.ScanYear(ctx, s.Source, year, view,
		func() *factFinder {
			return &factFinder{judge: judge{Scan: s}, wanted: wanted, compared: values,
				facts: evidence{cells: map[spot][]*fact{}, imports: map[string]map[string]float64{}}}
		},
		func(f *factFinder) error { // each product is in one block
			for at, list := range f.facts.cells {
				all.cells[at] = list
			}
			for p, by := range f.facts.imports {
				all.imports[p] = by
			}
			return nil
		})
	return all, err
}

// compared is what a criterion compares with its number: the left side, over what multiplies the number where there is
// such (imports >= 2 * exports: imports / exports). It is nil for criteria of several comparisons.
func compared(c *indicator.Criterion) *indicator.Expr {
	sides := c.Sides()
	if len(sides) != 1 {
		return nil
	}
	left, right := sides[0].Left, sides[0].Right
	over := right.String()
	if name, _, _, ok := c.Threshold(); ok {
		_, rest, product := strings.Cut(over, " * ")
		if !product {
			return left
		}
		over = rest
		if e, err := indicator.ParseFormula(name); err == nil {
			left = e
		}
	}
	e, err := indicator.ParseFormula("(" + left.String() + ") / (" + over + ")")
	if err != nil {
		return left
	}
	return e
}

// factFinder is the kernel's visitor that collects facts.
type factFinder struct {
	judge
	wanted   map[spot]bool
	compared []*indicator.Expr
	facts    evidence
}

// Importers implements kernel.Visitor.
func (f *factFinder) Importers(b *kernel.Batch) error {
	by := map[string]float64{}
	f.facts.imports[b.Product] = by
	for i, g := range b.Importer {
		by[f.ImporterSide.Groups[g].Label] = b.At(indicator.Imports, i)
	}
	if !f.pairs {
		return f.gather(b)
	}
	return nil
}

// Pairs implements kernel.Visitor.
func (f *factFinder) Pairs(b *kernel.Batch) error {
	return f.gather(b)
}

// gather keeps the cells of the questions asked.
func (f *factFinder) gather(b *kernel.Batch) error {
	f.scratch.Reset()
	met := make([][]bool, len(f.Method.Criteria))
	values := make([][]float64, len(f.Method.Criteria))
	for k := range f.Method.Criteria {
		all, err := f.meet(b, f.Method.Criteria[k:k+1], &f.keep)
		if err != nil {
			return err
		}
		met[k] = slices.Clone(all)
		if f.compared[k] != nil {
			values[k] = f.compared[k].Eval(&b.Columns, &f.scratch)
		}
	}
	for i := range b.N {
		var found *fact
		for _, at := range f.spots(b, i) {
			if !f.wanted[at] {
				continue
			}
			if found == nil {
				found = f.fact(b, i, met, values)
			}
			f.facts.cells[at] = append(f.facts.cells[at], found)
		}
	}
	return nil
}

// spots lists the questions that cell i belongs to.
func (f *factFinder) spots(b *kernel.Batch, i int) []spot {
	partners := []string{"-"}
	if b.Partner != nil && f.pairs {
		partners = partners[:0]
		for _, p := range f.Scan.Partners.PartiesOf[b.Partner[i]] {
			partners = append(partners, f.Scan.Partners.Parties[p].Label)
		}
	}
	var spots []spot
	for _, importer := range f.ImporterSide.PartiesOf[b.Importer[i]] {
		for _, partner := range partners {
			spots = append(spots, spot{b.Product, f.ImporterSide.Parties[importer].Label, partner})
		}
	}
	return spots
}

func (f *factFinder) fact(b *kernel.Batch, i int, met [][]bool, values [][]float64) *fact {
	found := &fact{importer: f.ImporterSide.Groups[b.Importer[i]].Label, imports: b.At(indicator.Imports, i), fromPartner: math.NaN()}
	group, all := int32(-1), true
	if f.pairs {
		group = b.Partner[i]
		found.partner = f.Scan.Partners.Groups[group].Label
		found.fromPartner = b.At(indicator.ImportsFromPartner, i)
		found.isTop = f.partnerIsTop(b, i)
		found.top = f.Label(b.TopSupplier[i], found.importer, found.partner)
	}
	for k := range met {
		value := math.NaN()
		if values[k] != nil {
			value = ValueAt(values[k], i)
		}
		found.met, found.values = append(found.met, met[k][i]), append(found.values, value)
		all = all && met[k][i]
	}
	switch {
	case f.window > 1:
		found.held = f.held(b.Product, b.Importer[i], group, b.Year)
	case all:
		found.held = 1
	}
	found.flagged = found.held >= f.Method.Persistence.Years && (!f.onlyTop || found.isTop)
	return found
}

// held counts the years of the window that ends in a year in which the criteria were met. The scan must have run.
func (s *Scan) held(product string, importer, partner int32, year int) int {
	place, ok := s.place[product]
	if !ok {
		return 0
	}
	return OnesIn(s.windowIn(s.history, place, importer, s.judgedAs(partner), year), s.window)
}

// deciding is the alternative that puts a product on the list: of several the one with the largest imports concerned.
func (f *evidence) deciding(at spot) *fact {
	var best *fact
	for _, x := range f.cells[at] {
		if x.flagged && (best == nil || f.weight(x) > f.weight(best)) {
			best = x
		}
	}
	return best
}

// weight is the imports concerned.
func (f *evidence) weight(x *fact) float64 {
	if f.scan.pairs {
		return x.fromPartner
	}
	return x.imports
}

// same is the same alternative in this dataset. Where nothing comes from the partner it has imports only, which may be 0.
func (f *evidence) same(at spot, as *fact) *fact {
	for _, x := range f.cells[at] {
		if x.importer == as.importer && x.partner == as.partner {
			return x
		}
	}
	none := &fact{imports: f.imports[at.product][as.importer], fromPartner: math.NaN()}
	if f.scan.pairs {
		none.fromPartner = 0
	}
	return none
}

// DiffRow is a product that only one of two datasets has on a list, and why. Before is of the earlier dataset, After of the later.
type DiffRow struct {
	Asked
	Method                              string
	Product                             trade.Product
	Entered                             bool // else it left
	Reason, Criterion                   string
	ValueBefore, ValueAfter             float64 // what Criterion compares with its number; NaN where no criterion turned
	ImportsBefore, ImportsAfter         float64 // USD
	FromPartnerBefore, FromPartnerAfter float64
}

// Change says in a word which list the product is on.
func (r *DiffRow) Change() string {
	if r.Entered {
		return "entered"
	}
	return "left"
}

// DiffSchema is the table of diff.
var DiffSchema = result.NewSchema("diff",
	yearField(func(r *DiffRow) *Asked { return &r.Asked }),
	methodField(func(r *DiffRow) string { return r.Method }),
	importerField(func(r *DiffRow) *Asked { return &r.Asked }),
	partnerField(func(r *DiffRow) *Asked { return &r.Asked }),
	productField(func(r *DiffRow) *trade.Product { return &r.Product }),
	result.TextField("change", "entered: flagged only in the later dataset. left: flagged only in the earlier one.", (*DiffRow).Change),
	descriptionField(func(r *DiffRow) *trade.Product { return &r.Product }),
	result.TextField("reason", "Criteria with a different outcome, or what one dataset lacks.", func(r *DiffRow) string { return r.Reason }),
	result.TextField("criterion", "First criterion with a different outcome.", func(r *DiffRow) string { return r.Criterion }).AsDetail(),
	result.FloatField("value_before", "ratio", "Left side of that criterion in the earlier dataset.", func(r *DiffRow) float64 { return r.ValueBefore }),
	result.FloatField("value_after", "ratio", "Left side of that criterion in the later dataset.", func(r *DiffRow) float64 { return r.ValueAfter }),
	result.FloatField("imports_before_usd", result.USD, "Imports of the product in the earlier dataset.", func(r *DiffRow) float64 { return r.ImportsBefore }),
	result.FloatField("imports_after_usd", result.USD, "Imports of the product in the later dataset.", func(r *DiffRow) float64 { return r.ImportsAfter }),
	result.FloatField("imports_from_partner_before_usd", result.USD, "Of these imports, those from the partner.", func(r *DiffRow) float64 { return r.FromPartnerBefore }),
	result.FloatField("imports_from_partner_after_usd", result.USD, "Of these imports, those from the partner.", func(r *DiffRow) float64 { return r.FromPartnerAfter }),
).ByValue("year", "-imports_after_usd")

var diffOrder = DiffSchema.Order("year", "method", "importer", "partner", "change", "product")

func (d *diffing) row(m *method.Method, change change, then, now *evidence) (r DiffRow, err error) {
	spot := spot{change.product, change.importer, change.partner}
	in, out, other := then, now, d.after
	if change.entered {
		in, out, other = now, then, d.before
	}
	listed := in.deciding(spot)
	if listed == nil {
		return r, fmt.Errorf("diff: %s flags %s of %s in %d, but not when its criteria are evaluated one by one; this is a bug in the program", m.ID, change.product, change.importer, change.year)
	}
	missed := out.same(spot, listed)
	reason, k := why(m, listed, missed, other, change.product)
	if who := whom(in.scan, change.question, listed); who != "" {
		reason = who + ": " + reason
	}
	before, after := listed, missed
	if change.entered {
		before, after = missed, listed
	}
	item, ok := d.after.Dataset.Products().Get(change.product)
	if !ok {
		item, _ = d.before.Dataset.Products().Get(change.product)
	}
	r = DiffRow{Asked: change.asked(), Method: m.ID, Product: trade.Product{Code: change.product, Description: item.Description}, Entered: change.entered,
		Reason: reason, ValueBefore: math.NaN(), ValueAfter: math.NaN(), ImportsBefore: before.imports, ImportsAfter: after.imports,
		FromPartnerBefore: before.fromPartner, FromPartnerAfter: after.fromPartner}
	if k >= 0 {
		r.Criterion, r.ValueBefore, r.ValueAfter = m.Criteria[k].Text, before.values[k], after.values[k]
	}
	return r, nil
}

// whom names the economies that a reason is about, where the question leaves them open: NLD on CHN.
func whom(s *Scan, q question, f *fact) string {
	importer, partner := f.importer, f.partner
	if importer == q.importer {
		importer = ""
	}
	if partner == q.partner {
		partner = ""
	}
	switch {
	case importer != "" && partner != "":
		return importer + " on " + partner
	case partner != "" && s.pairs:
		return "on " + partner
	}
	return importer
}

// why names what keeps a product off the list of one dataset, of which missed tells: k is the first criterion that is
// met in the other only, or −1.
func why(m *method.Method, listed, missed *fact, other *study.Study, product string) (reason string, k int) {
	name := other.Dataset.Manifest().Name
	if _, ok := other.Dataset.Products().Get(product); !ok {
		return "product code not in " + name, -1
	}
	switch {
	case missed.imports == 0:
		return "not imported in " + name, -1
	case missed.met == nil:
		return "not imported from the partner in " + name, -1
	}
	var reasons []string
	k = -1
	if missed.held < m.Persistence.Years {
		for i, c := range m.Criteria {
			if listed.met[i] && !missed.met[i] {
				reasons = append(reasons, c.Text)
				if k < 0 {
					k = i
				}
			}
		}
		if n := m.Persistence.Window; n > 1 {
			text := "criteria held"
			if !slices.Contains(missed.met, false) {
				text = "criteria hold this year, but"
			}
			reasons = append(reasons, fmt.Sprintf("%s in %d of %d years in %s, in %d in the other", text, missed.held, n, name, listed.held))
		}
	}
	if listed.isTop && !missed.isTop && !m.HasPartner() {
		reasons = append(reasons, fmt.Sprintf("the top supplier in %s is %s, not the partner", name, missed.top))
	}
	return strings.Join(reasons, "; "), k
}

// DiffSummaryRow counts what entered and left between two datasets. What cannot be computed is missing: result.MissingInt and NaN.
type DiffSummaryRow struct {
	Asked
	Method                      string
	Before, After               int
	Stayed, Entered, Left       int
	Jaccard                     float64
	EnteredImports, LeftImports float64 // USD
	StatusBefore, StatusAfter   result.Status
}

// DiffSummarySchema is the table of diff with a summary.
var DiffSummarySchema = result.NewSchema("diff-summary",
	yearField(func(r *DiffSummaryRow) *Asked { return &r.Asked }),
	methodField(func(r *DiffSummaryRow) string { return r.Method }),
	importerField(func(r *DiffSummaryRow) *Asked { return &r.Asked }),
	partnerField(func(r *DiffSummaryRow) *Asked { return &r.Asked }),
	result.IntField("products_before", "count", "Products flagged in the earlier dataset; missing where it has no imports of the importer or fewer years than the method asks for.", func(r *DiffSummaryRow) int { return r.Before }),
	result.IntField("products_after", "count", "Products flagged in the later dataset; missing in the same way.", func(r *DiffSummaryRow) int { return r.After }),
	result.IntField("stayed", "count", "Flagged in both; missing where one of the datasets is.", func(r *DiffSummaryRow) int { return r.Stayed }),
	result.IntField("entered", "count", "Flagged in the later dataset only; missing like stayed.", func(r *DiffSummaryRow) int { return r.Entered }),
	result.IntField("left", "count", "Flagged in the earlier dataset only; missing like stayed.", func(r *DiffSummaryRow) int { return r.Left }),
	result.FloatField("jaccard", result.Share, "stayed / products flagged in either dataset; missing where there are none.", func(r *DiffSummaryRow) float64 { return r.Jaccard }),
	result.FloatField("entered_imports_usd", result.USD, "Imports of those that entered, in the later dataset.", func(r *DiffSummaryRow) float64 { return r.EnteredImports }),
	result.FloatField("left_imports_usd", result.USD, "Imports of those that left, in the earlier dataset.", func(r *DiffSummaryRow) float64 { return r.LeftImports }),
	result.TextField("status_before", result.StatusText, func(r *DiffSummaryRow) string { return string(r.StatusBefore) }).AsDetail(),
	result.TextField("status_after", result.StatusText, func(r *DiffSummaryRow) string { return string(r.StatusAfter) }).AsDetail(),
).ByValue("year", "method", "-products_after")

var diffSummaryOrder = DiffSummarySchema.Order("year", "method", "importer", "partner")

func (b balance) row(m *method.Method, q question) DiffSummaryRow {
	both := b.bothKnown()
	r := DiffSummaryRow{Asked: q.asked(), Method: m.ID, Before: b.was.Int(b.before), After: b.is.Int(b.after),
		Stayed: known(both, b.stayed), Entered: known(both, len(b.entered)), Left: known(both, len(b.left)), Jaccard: math.NaN(), EnteredImports: math.NaN(), LeftImports: math.NaN(), StatusBefore: b.was, StatusAfter: b.is}
	if both {
		r.Jaccard, r.EnteredImports, r.LeftImports = jaccard(b.before, b.after, b.stayed), b.enteredImports, b.leftImports
	}
	return r
}
