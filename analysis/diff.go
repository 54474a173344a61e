package analysis

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/method"
	"chokepoint/result"
)

// Diff asks the same question of two datasets, usually two releases, and lists the products that are on one list only:
// entered are those that s flags and before does not, left the reverse. For each it says which criterion turned, with
// its value in both datasets. Years and products that only one of them has are left out of the comparison and counted
// in the notes.
func (s *Source) Diff(ctx context.Context, before *Source, q Query) (*result.Table, error) {
	d, err := newDiffing(s, before, q)
	if err != nil {
		return nil, err
	}
	c := newDiffColumns()
	t := d.after.judgedTable("diff", fmt.Sprintf("What changed from %s to %s: %s", d.before.Dataset.Manifest().Name, d.after.Dataset.Manifest().Name, d.after.countTitle()), c.list()...)
	d.provenance(t)
	for i := range d.after.methods {
		if err := d.method(ctx, i, c, t); err != nil {
			return nil, err
		}
	}
	return t, t.SortBy("year", "method", "importer", "partner", "change", "product")
}

type diffing struct{ after, before *study }

func newDiffing(s, before *Source, q Query) (*diffing, error) {
	common := slices.DeleteFunc(s.Dataset.Years(), func(y int) bool { return !slices.Contains(before.Dataset.Years(), y) })
	if len(common) == 0 {
		return nil, fmt.Errorf("diff: %s has the years %s, %s has %s: none in common", s.Dataset.Manifest().Name, yearsText(s.Dataset.Years()), before.Dataset.Manifest().Name, yearsText(before.Dataset.Years()))
	}
	if strings.TrimSpace(q.Years) == "" || strings.TrimSpace(q.Years) == "all" {
		q.Years = yearsText(common)
	}
	d := &diffing{}
	var err error
	if d.after, err = s.study(q); err != nil {
		return nil, err
	}
	q.Dataset = before.Dataset.Manifest().Name
	if d.before, err = before.study(q); err != nil {
		return nil, fmt.Errorf("%s: %w", q.Dataset, err)
	}
	if a, b := s.Dataset.Manifest().Nomenclature, before.Dataset.Manifest().Nomenclature; a != b {
		return nil, fmt.Errorf("diff: %s is in %s and %s in %s: a code of one is another product, or none, in the other", s.Dataset.Manifest().Name, a, q.Dataset, b)
	}
	return d, nil
}

// provenance says that the table rests on two datasets.
func (d *diffing) provenance(t *result.Table) {
	a, b := d.after.Dataset.Manifest(), d.before.Dataset.Manifest()
	t.Synthetic = a.Synthetic || b.Synthetic
	t.Provenance.Dataset = b.Name + " → " + a.Name
	t.Provenance.Release = b.Release + " → " + a.Release
	t.Provenance.Checksum = a.Checksum()
	t.Provenance.Exact = a.Exact && b.Exact
	t.Note("from %s (release %s, checksum %s) to %s (release %s, checksum %s)", b.Name, b.Release, b.Checksum(), a.Name, a.Release, a.Checksum())
	lack := func(x, y *study) (n int) {
		for _, p := range x.Dataset.Products().All() {
			if _, ok := y.Dataset.Products().Get(p.Code); !ok {
				n++
			}
		}
		return n
	}
	if n, m := lack(d.after, d.before), lack(d.before, d.after); n+m > 0 {
		t.Note("%d product codes are in the list of %s only, %d in that of %s only; a product that has no code in the other is reported as such", n, a.Name, m, b.Name)
	}
	for _, note := range append(d.before.coverage(), d.before.notes...) {
		t.Note("%s: %s", b.Name, note)
	}
}

// maxDiffNotes is the number of questions up to which each has its balance in the notes; above there is one a method.
const maxDiffNotes = 30

// method adds the changes under one method.
func (d *diffing) method(ctx context.Context, i int, c *diffColumns, t *result.Table) error {
	after, err := d.after.onlyMethod(i).flaggedSets(ctx)
	if err != nil {
		return err
	}
	before, err := d.before.onlyMethod(i).flaggedSets(ctx)
	if err != nil {
		return err
	}
	m := d.after.methods[i]
	changed := map[question]map[string]bool{} // product → entered
	questions := allQuestions([]flagged{after[0], before[0]})
	var all struct{ was, now, stayed int }
	for _, q := range questions {
		if !slices.Contains(d.after.years, q.year) || !slices.Contains(d.before.years, q.year) {
			continue
		}
		changed[q] = map[string]bool{}
		n, was, stayed := overlap(after[0].sets[q], before[0].sets[q])
		for p := range after[0].sets[q] {
			if _, ok := before[0].sets[q][p]; !ok {
				changed[q][p] = true
			}
		}
		for p := range before[0].sets[q] {
			if _, ok := after[0].sets[q][p]; !ok {
				changed[q][p] = false
			}
		}
		all.was, all.now, all.stayed = all.was+was, all.now+n, all.stayed+stayed
		if len(questions) <= maxDiffNotes {
			t.Note("%d, %s, %s on %s: %d products before, %d after; %d stayed, %d entered, %d left", q.year, m.ID, q.importer, q.partner, was, n, stayed, n-stayed, was-stayed)
		}
	}
	t.Note("%s in all: %d dependencies before, %d after; %d stayed, %d entered, %d left", m.ID, all.was, all.now, all.stayed, all.now-all.stayed, all.was-all.stayed)
	for q, products := range changed {
		if len(products) == 0 {
			continue
		}
		now, err := d.after.facts(ctx, m, q, products)
		if err != nil {
			return err
		}
		then, err := d.before.facts(ctx, m, q, products)
		if err != nil {
			return err
		}
		for p, entered := range products {
			c.add(d, m, q, p, entered, then[p], now[p])
		}
	}
	return checkSize(t.Columns)
}

// onlyMethod narrows a study to one of its methods.
func (st *study) onlyMethod(i int) *study {
	only := *st
	only.methods = st.methods[i : i+1]
	return &only
}

// fact is what the criteria of a method see of a product in one year.
type fact struct {
	imports, fromPartner float64
	met                  []bool    // by criterion
	left                 []float64 // by criterion: its left side relative to its right side where that varies, else as it is
	topIsPartner         bool
}

// facts evaluates the criteria one by one on some products, for the parties of a question. Of several alternatives it
// keeps the one with the largest imports from the partner.
func (st *study) facts(ctx context.Context, m *method.Method, q question, products map[string]bool) (map[string]*fact, error) {
	scan, err := st.scan(m)
	if err != nil {
		return nil, err
	}
	year, err := st.Dataset.Year(q.year)
	if err != nil {
		return nil, err
	}
	view := kernel.View{Year: q.year, Importers: st.sets(&st.importers, q.year), World: m.World, Products: func(p string) bool { _, ok := products[p]; return ok }}
	if scan.pairs {
		view.Partners = scan.sets(&scan.partners, q.year)
	}
	found := map[string]*fact{}
	err = kernel.Scan(ctx, year, view,
		func() *factFinder {
			return &factFinder{judge: judge{scan: scan}, question: q, found: map[string]*fact{}}
		},
		func(f *factFinder) error {
			for p, fact := range f.found {
				found[p] = fact
			}
			return nil
		})
	return found, err
}

// factFinder is the kernel's visitor.
type factFinder struct {
	judge
	question question
	found    map[string]*fact
}

// Importers implements kernel.Visitor.
func (f *factFinder) Importers(b *kernel.Batch) ([]bool, error) {
	f.scratch.Reset()
	if !f.pairs {
		f.gather(b)
		return nil, nil
	}
	// An importer that buys nothing from the partner still imports: that is a finding too.
	for i, c := range b.Importer {
		if f.isImporter(c) {
			f.at(b.Product).imports += b.At(indicator.Imports, i)
		}
	}
	return nil, nil
}

// Pairs implements kernel.Visitor.
func (f *factFinder) Pairs(b *kernel.Batch) error {
	f.scratch.Reset()
	f.gather(b)
	return nil
}

func (f *factFinder) at(product string) *fact {
	if f.found[product] == nil {
		f.found[product] = &fact{}
	}
	return f.found[product]
}

func (f *factFinder) isImporter(group int32) bool {
	return slices.ContainsFunc(f.importers.partiesOf[group], func(p int32) bool { return f.importers.parties[p].Label == f.question.importer })
}

func (f *factFinder) isPartner(group int32) bool {
	return slices.ContainsFunc(f.scan.partners.partiesOf[group], func(p int32) bool { return f.scan.partners.parties[p].Label == f.question.partner })
}

// gather keeps the cells of the question.
func (f *factFinder) gather(b *kernel.Batch) {
	met := make([][]bool, len(f.method.Criteria))
	left := make([][]float64, len(f.method.Criteria))
	for k, c := range f.method.Criteria {
		met[k] = slices.Clone(f.meet(b, f.method.Criteria[k:k+1], &f.keep))
		if name, _, _, ok := c.Threshold(); ok {
			left[k] = thresholdSide(c, name).Eval(&b.Columns, &f.scratch)
		}
	}
	for i := range b.N {
		if !f.isImporter(b.Importer[i]) || len(b.Partner) > 0 && !f.isPartner(b.Partner[i]) {
			continue
		}
		fact := f.at(b.Product)
		fromPartner := 0.0
		if len(b.Partner) > 0 {
			fromPartner = b.At(indicator.ImportsFromPartner, i)
			fact.topIsPartner = fact.topIsPartner || f.partnerIsTop(b, i)
		} else {
			fact.imports += b.At(indicator.Imports, i)
		}
		if fact.met != nil && fromPartner <= fact.fromPartner {
			continue
		}
		fact.fromPartner = fromPartner
		fact.met, fact.left = make([]bool, len(met)), make([]float64, len(met))
		for k := range met {
			fact.met[k] = met[k][i]
			fact.left[k] = math.NaN()
			if left[k] != nil {
				fact.left[k] = at(left[k], i)
			}
		}
	}
}

// thresholdSide is what a criterion compares with its number: the left side, over the indicator that multiplies the
// number where there is one (imports >= 2 * exports: imports / exports).
func thresholdSide(c *indicator.Criterion, name string) *indicator.Expr {
	text := name
	right := c.Sides()[0].Right.String()
	if _, rest, ok := strings.Cut(right, " * "); ok {
		text = "(" + name + ") / (" + rest + ")"
	}
	e, err := indicator.ParseFormula(text)
	if err != nil {
		return c.Sides()[0].Left
	}
	return e
}

type diffColumns struct {
	year                                                                              *result.Column
	id, importer, partner, product, change, description, reason, criterion            *result.Column
	valueBefore, valueAfter, importsBefore, importsAfter, partnerBefore, partnerAfter *result.Column
}

func newDiffColumns() *diffColumns {
	year, importer, partner := questionColumns()
	return &diffColumns{
		year: year, importer: importer, partner: partner,
		id:            result.TextColumn("method", "Definition of dependency."),
		product:       result.TextColumn("product", "HS code, six characters."),
		change:        result.TextColumn("change", "entered: flagged in the later dataset only; left: in the earlier only."),
		description:   result.TextColumn("description", "Description of the product."),
		reason:        result.TextColumn("reason", "Criteria that turned, or what one dataset lacks."),
		criterion:     result.TextColumn("criterion", "First criterion that turned.").AsDetail(),
		valueBefore:   result.FloatColumn("value_before", "ratio", "What that criterion compares with its number, in the earlier dataset."),
		valueAfter:    result.FloatColumn("value_after", "ratio", "The same in the later dataset."),
		importsBefore: result.FloatColumn("imports_before_usd", result.USD, "Imports of the product in the earlier dataset."),
		importsAfter:  result.FloatColumn("imports_after_usd", result.USD, "Imports of the product in the later dataset."),
		partnerBefore: result.FloatColumn("imports_from_partner_before_usd", result.USD, "Of these from the partner."),
		partnerAfter:  result.FloatColumn("imports_from_partner_after_usd", result.USD, "Of these from the partner."),
	}
}

func (c *diffColumns) list() []*result.Column {
	return []*result.Column{c.year, c.id, c.importer, c.partner, c.product, c.change, c.description, c.reason, c.criterion,
		c.valueBefore, c.valueAfter, c.importsBefore, c.importsAfter, c.partnerBefore, c.partnerAfter}
}

func (c *diffColumns) add(d *diffing, m *method.Method, q question, product string, entered bool, before, after *fact) {
	item, ok := d.after.Dataset.Products().Get(product)
	if !ok {
		item, _ = d.before.Dataset.Products().Get(product)
	}
	change := "left"
	flaggedIn, otherIn, other := before, after, d.after
	if entered {
		change = "entered"
		flaggedIn, otherIn, other = after, before, d.before
	}
	reason, k := why(m, flaggedIn, otherIn, other, product)
	value := func(f *fact) float64 {
		if k < 0 || f == nil || f.left == nil {
			return math.NaN()
		}
		return f.left[k]
	}
	money := func(f *fact, partner bool) float64 {
		switch {
		case f == nil:
			return 0
		case partner:
			return f.fromPartner
		}
		return f.imports
	}
	c.year.AppendInt(int64(q.year))
	c.id.AppendText(m.ID)
	c.importer.AppendText(q.importer)
	c.partner.AppendText(q.partner)
	c.product.AppendText(product)
	c.change.AppendText(change)
	c.description.AppendText(item.Description)
	c.reason.AppendText(reason)
	criterion := ""
	if k >= 0 {
		criterion = m.Criteria[k].Text
	}
	c.criterion.AppendText(criterion)
	c.valueBefore.AppendFloat(value(before))
	c.valueAfter.AppendFloat(value(after))
	c.importsBefore.AppendFloat(money(before, false))
	c.importsAfter.AppendFloat(money(after, false))
	c.partnerBefore.AppendFloat(money(before, true))
	c.partnerAfter.AppendFloat(money(after, true))
}

// why names what keeps a product off the list of one dataset: k is the first criterion it misses there, or −1.
func why(m *method.Method, flaggedIn, otherIn *fact, other *study, product string) (reason string, k int) {
	name := other.Dataset.Manifest().Name
	if _, ok := other.Dataset.Products().Get(product); !ok {
		return "no such product code in " + name, -1
	}
	switch {
	case otherIn == nil || otherIn.imports == 0:
		return "not imported in " + name, -1
	case otherIn.met == nil:
		return "not imported from the partner in " + name, -1
	}
	var turned []string
	k = -1
	for i, c := range m.Criteria {
		if !otherIn.met[i] {
			turned = append(turned, c.Text)
			if k < 0 {
				k = i
			}
		}
	}
	switch {
	case len(turned) > 0:
		return strings.Join(turned, "; "), k
	case m.Persistence.Window > 1:
		return fmt.Sprintf("criteria hold in the year itself, but not in %s years in %s", m.Persistence, name), -1
	case flaggedIn != nil && flaggedIn.topIsPartner && !otherIn.topIsPartner:
		return "the partner is not the top supplier in " + name, -1
	}
	return "met by no single alternative in " + name, -1
}
