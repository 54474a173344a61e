package kernel

import (
	"context"
	"slices"

	"chokepoint/indicator"
	"chokepoint/store"
	"chokepoint/trade"
)

// Views that ask about the same economies differ in their criteria alone. Their cells are computed once, in columns, and each view takes
// those that meet its own: to judge a cell too many costs less than to read a flow once more. A view by itself goes step by step instead,
// and leaves out what misses a criterion before the next step.

// common is such views.
type common struct {
	*plan   // of their cells: all importers, with their largest supplier and those that sell more than a quarter to them
	members []member
}

// member is one of them.
type member struct {
	plan                 *plan
	view                 int // its place
	onImporters, onPairs []*indicator.Criterion
	ofImporter, ofPair   []indicator.Sum // that it is handed
}

// joins says that what a view needs of importers and their suppliers is among what common cells have.
func (p *plan) joins() bool {
	if p.importers.few() || p.quantities || len(p.partners.blocs) > 0 || p.need.any(supplyBeyondTop...) {
		return false
	}
	return len(p.view.Partners) == 0 || p.topOnly || p.floor*(1-1e-9) > quarter && p.view.Whole == nil
}

// alike says that two views ask about the same cells.
func (p *plan) alike(q *plan) bool {
	return slices.Equal(p.view.Importers, q.view.Importers) && slices.Equal(p.view.Partners, q.view.Partners) && slices.Equal(p.view.Inside, q.view.Inside) &&
		(p.view.World == q.view.World || p.shared && q.shared)
}

// joined sorts plans into those that are common and those by themselves, by their place.
func joined(plans []*plan, present trade.Set) (groups []*common, alone []int) {
	var lists [][]int
	for i, p := range plans {
		k := slices.IndexFunc(lists, func(l []int) bool { return p.joins() && plans[l[0]].joins() && plans[l[0]].alike(p) })
		if k < 0 {
			k, lists = len(lists), append(lists, nil)
		}
		lists[k] = append(lists[k], i)
	}
	for _, l := range lists {
		if len(l) == 1 {
			alone = append(alone, l[0])
		} else {
			groups = append(groups, newCommon(plans, l, present))
		}
	}
	return groups, alone
}

// newCommon joins the plans at some places.
func newCommon(plans []*plan, places []int, present trade.Set) *common {
	one := plans[places[0]]
	view := &View{Year: one.view.Year, Importers: one.view.Importers, Partners: one.view.Partners, Inside: one.view.Inside, World: one.view.World, Products: one.view.Products}
	c := &common{}
	var need sumSet
	for _, i := range places {
		m := member{plan: plans[i], view: i}
		view.Tops, view.TopOnly = view.Tops || m.plan.topExporter, view.TopOnly || m.plan.tops
		for _, k := range m.plan.view.Criteria {
			need.add(k.SumsUnder(m.plan.view.Unseen))
			if k.Level() < indicator.Pair {
				m.onImporters = append(m.onImporters, k)
			} else {
				m.onPairs = append(m.onPairs, k)
			}
		}
		for s := range indicator.Sum(indicator.NumSums) {
			if !m.plan.need[s] {
				continue
			}
			need[s] = true
			if m.ofPair = append(m.ofPair, s); s.Level() < indicator.Pair {
				m.ofImporter = append(m.ofImporter, s)
			}
		}
		c.members = append(c.members, m)
	}
	for s := range need {
		if need[s] {
			view.Sums = append(view.Sums, indicator.Sum(s))
		}
	}
	c.plan = newPlan(view, present, one.exact)
	return c
}

// commonWorker computes one block of products after another for common views.
type commonWorker struct {
	*worker
	members         []member
	found           []found
	row             []int32 // of a pair: its importer cell
	top             []bool  // of a pair: the partner is the importer's largest supplier
	importer, inAll judged  // what the view at hand says of importer cells, and of pairs
	left            []int32 // rows that it takes
	out             cells   // the same
}

// judged is what a view says of cells.
type judged struct {
	keep     []bool
	verdicts []indicator.Verdict // where cells arrive that miss a criterion
}

func newCommonWorker(ctx context.Context, c *common) *commonWorker {
	return &commonWorker{worker: newWorker(ctx, c.plan), members: c.members}
}

// block computes some products of a year and shows each view its cells.
func (w *commonWorker) block(year *store.Year, products []int, visitors []Visitor) error {
	w.begin()
	w.found = slices.Grow(w.found[:0], len(products))[:len(products)]
	for n, k := range products {
		w.take(year, k)
		it := &w.items[n]
		it.found = &w.found[n]
		it.found.find(it)
		it.world = world{total: it.index.World}
		if w.exporters {
			it.world = w.gross(it)
		}
	}
	w.cells.reset()
	for i := range w.items {
		w.tradeCells(int32(i))
	}
	w.addSupply()
	w.addPairs()
	for i := range w.members {
		m := &w.members[i]
		if err := w.show(m, visitors[m.view]); err != nil {
			return err
		}
	}
	return nil
}

// addPairs adds the pairs of each importer cell with its suppliers that sell more than a quarter to it, or the largest.
func (w *commonWorker) addPairs() {
	c := &w.pairs
	c.reset()
	w.row, w.top = w.row[:0], w.top[:0]
	if len(w.view.Partners) == 0 {
		return
	}
	w.cells.products(func(i int32, lo, hi int) error {
		it := &w.items[i]
		leaders := it.found.leaders
		w.tabulate(it)
		for row := lo; row < hi; row++ {
			at := w.cells.place[row]
			if at < 0 {
				w.pairsOfBloc(it, row)
				continue
			}
			for len(leaders) > 0 && leaders[0].at < at {
				leaders = leaders[1:]
			}
			top := it.found.top[at]
			if len(leaders) == 0 || leaders[0].at > at {
				w.addPair(it, row, it.flows.Exporter[top], it.flows.Value[top], true)
			}
			for k := 0; k < len(leaders) && leaders[k].at == at; k++ { // kept for other lines of the same economy
				w.addPair(it, row, leaders[k].exporter, leaders[k].value, leaders[k].flow == top)
			}
		}
		w.untabulate(it)
		return nil
	})
	w.gather(c, &w.cells, w.copied, w.row)
}

// pairsOfBloc are those of a bloc, or of a member of one.
func (w *commonWorker) pairsOfBloc(it *item, row int) {
	r := w.runOf(it, &w.worker.importers.lines[w.cells.importer[row]], -1)
	top := 0
	for i, v := range r.value {
		if v > r.value[top] {
			top = i
		}
	}
	for i, v := range r.value {
		if i == top || v > quarter*w.cells.Col[indicator.Imports][row] {
			w.addPair(it, row, r.exporter[i], v, i == top)
		}
	}
}

// addPair adds the cells of partners that are an exporter, without what they have from their importer.
func (w *commonWorker) addPair(it *item, row int, exporter uint16, value float64, top bool) {
	c := &w.pairs
	for p := w.partners.first[exporter]; p >= 0; p = w.partners.next[p] {
		w.row, w.top, c.partner = append(w.row, int32(row)), append(w.top, top), append(c.partner, p)
		c.put(&w.need, indicator.ImportsFromPartner, value)
		c.put(&w.need, indicator.PartnerExports, w.exports[exporter])
		if w.need[indicator.OthersExports] {
			l := &w.importers.lines[w.cells.importer[row]]
			c.Col[indicator.OthersExports] = append(c.Col[indicator.OthersExports], w.othersThan(it, l, exporter))
		}
	}
}

// gather puts some rows of cells behind others.
func (w *commonWorker) gather(to, from *cells, sums []indicator.Sum, rows []int32) {
	for _, s := range sums {
		to.Col[s] = gathered(to.Col[s], from.Col[s], rows)
	}
	to.item, to.importer = gathered(to.item, from.item, rows), gathered(to.importer, from.importer, rows)
	to.topSupplier, to.topExporter = gathered(to.topSupplier, from.topSupplier, rows), gathered(to.topExporter, from.topExporter, rows)
	to.N += len(rows)
}

// gathered appends the entries of a column at some rows, if it has any.
func gathered[T any](to, from []T, rows []int32) []T {
	if len(from) == 0 {
		return to
	}
	to = slices.Grow(to, len(rows))
	for _, row := range rows {
		to = append(to, from[row])
	}
	return to
}

// show hands a view the cells that meet its criteria.
func (w *commonWorker) show(m *member, v Visitor) error {
	of := &w.importer
	of.begin(m, w.cells.N)
	if err := w.judge(m, &w.cells, m.onImporters, of); err != nil {
		return err
	}
	if !m.plan.view.OnlyPairs {
		if err := w.handLeft(m, &w.cells, m.ofImporter, of, v.Importers); err != nil {
			return err
		}
	}
	if len(m.plan.view.Partners) == 0 {
		return nil
	}
	all := &w.inAll
	all.begin(m, w.pairs.N)
	for i, row := range w.row {
		all.keep[i] = of.keep[row] && (w.top[i] || !m.plan.topOnly)
		if m.plan.judging {
			all.verdicts[i] = of.verdicts[row]
		}
	}
	if err := w.judge(m, &w.pairs, m.onPairs, all); err != nil {
		return err
	}
	return w.handLeft(m, &w.pairs, m.ofPair, all, v.Pairs)
}

// begin says that all of n cells are kept.
func (j *judged) begin(m *member, n int) {
	j.keep, j.verdicts = slices.Grow(j.keep[:0], n)[:n], j.verdicts[:0]
	for i := range j.keep {
		j.keep[i] = true
	}
	for m.plan.judging && len(j.verdicts) < n {
		j.verdicts = append(j.verdicts, indicator.Certain)
	}
}

// judge judges cells by criteria.
func (w *commonWorker) judge(m *member, c *cells, criteria []*indicator.Criterion, j *judged) error {
	w.scratch.Reset()
	exact := ExactSums(w.ctx, &c.Columns, w.exact, func(i int) (*Definition, error) {
		return w.define(&w.items[c.item[i]].flows, c.importer, c.partner, i), nil
	})
	for _, k := range criteria {
		if m.plan.judging {
			if err := k.Judge(&c.Columns, m.plan.view.Unseen, &w.scratch, j.verdicts, exact); err != nil {
				return err
			}
		} else if err := k.Meet(&c.Columns, &w.scratch, j.keep, exact); err != nil {
			return err
		}
	}
	if !m.plan.judging {
		return nil
	}
	whole := m.plan.view.Whole
	return c.products(func(item int32, lo, hi int) error {
		all := whole != nil && whole(w.items[item].flows.Product)
		for i := lo; i < hi; i++ {
			j.keep[i] = j.keep[i] && (all || j.verdicts[i].May())
		}
		return nil
	})
}

// handLeft hands over the cells that a view takes.
func (w *commonWorker) handLeft(m *member, c *cells, sums []indicator.Sum, j *judged, visit func(*Batch) error) error {
	w.left = w.left[:0]
	for i, keep := range j.keep {
		if keep {
			w.left = append(w.left, int32(i))
		}
	}
	w.out.reset()
	w.out.partner, w.out.verdicts = gathered(w.out.partner, c.partner, w.left), gathered(w.out.verdicts, j.verdicts, w.left)
	w.gather(&w.out, c, sums, w.left)
	if !m.plan.tops {
		w.out.topSupplier = w.out.topSupplier[:0]
	}
	if !m.plan.topExporter {
		w.out.topExporter = w.out.topExporter[:0]
	}
	return w.handOver(&w.out, visit)
}
