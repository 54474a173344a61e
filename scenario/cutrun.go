package scenario

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
	"sync"

	"chokepoint/fault"
	"chokepoint/kernel"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// setting is a cut in one year: whom it is about.
type setting struct {
	year    int
	cut     Cut
	points  map[string]*point // where each product has suppliers of its own that stop; nil elsewhere
	parties []trade.Set       // that are shown
	members [][]trade.Code    // of them, by party
	about   []*CutParty       // by party
	taken   []bool            // by party: whether anybody of it is part of the cut
	slot    [trade.MaxCode]int32
	codes   []uint16 // of exporters, by slot
	labels  *labels
	targets bool // some importers keep their supply
}

func (c *cutting) settingOf(ctx context.Context, year int) (*setting, error) {
	s := &setting{year: year, parties: c.PartySets(&c.ImporterSide, year), labels: labelsOf(c.Economies, c.Dataset.Importers(year), c.Dataset.Exporters(year))}
	s.cut = Cut{Stops: c.union(&c.suppliers, year), To: c.union(&c.to, year), Share: c.share, Not: c.union(&c.notFrom, year), Only: c.union(&c.onlyFrom, year), Chosen: len(c.onlyFrom.Groups) > 0}
	if c.singlePoints != "" {
		var err error
		if s.points, err = c.pointsOf(ctx, year); err != nil {
			return nil, err
		}
		s.cut.Stops = trade.Set{}
	}
	c.addHubs(&s.cut)
	if !c.to.Selection.All && s.cut.To.Minus(s.cut.Stops).Len() == 0 {
		return nil, fault.Questionf("to %q: expected importers other than the suppliers that stop, %s", c.to.Selection, c.label)
	}
	world := c.WorldStatus(year)
	for p, set := range s.parties {
		s.parties[p] = set.Minus(s.cut.Stops)
		if label := c.ImporterSide.Parties[p].Label; c.ImporterSide.Parties[p].Named && set.Len() > 0 && s.parties[p].Len() == 0 && !slices.Contains(c.stopping, label) {
			c.stopping = append(c.stopping, label)
		}
		s.members = append(s.members, s.parties[p].Codes())
		s.taken = append(s.taken, s.parties[p].Intersect(s.cut.To).Len() > 0)
		party := &c.ImporterSide.Parties[p]
		s.about = append(s.about, &CutParty{year, party.Label, party.Name, result.Worst(c.CoverageOf(party, year).Status, world), s.labels})
	}
	for _, code := range c.Dataset.Exporters(year).Codes() {
		s.slot[code] = int32(len(s.codes))
		s.codes = append(s.codes, uint16(code))
	}
	s.targets = c.Dataset.Importers(year).Minus(s.cut.To).Minus(s.cut.Stops).Len() > 0
	return s, nil
}

// union is the economies of a side in a year.
func (c *cutting) union(side *study.Side, year int) (all trade.Set) {
	for _, set := range c.Sets(side, year) {
		all = all.Union(set)
	}
	return all
}

// addHubs lets the economies through which the goods of the suppliers pass stop with them.
func (c *cutting) addHubs(cut *Cut) {
	hubs, labels, owners := hubsOf(c.Study, cut.Stops)
	cut.Hubs, cut.Stops = cut.Hubs.Union(hubs), cut.Stops.Union(hubs)
	for i, label := range labels {
		if !slices.Contains(c.hubs, label) {
			c.hubs = append(c.hubs, label)
		}
		if !slices.Contains(c.hubsOf, owners[i]) {
			c.hubsOf = append(c.hubsOf, owners[i])
		}
	}
}

// hubsOf are the economies through which the goods of suppliers pass, by the hubs of the question, with their labels and those of whom they are.
func hubsOf(st *study.Study, suppliers trade.Set) (codes trade.Set, hubs, owners []string) {
	if st.Hubs == nil {
		return codes, nil, nil
	}
	stop := map[string]bool{}
	for _, code := range suppliers.Codes() {
		stop[st.Economies.Label(code)] = true
	}
	for _, e := range st.Hubs.List.Entrepots {
		if e.TogetherWith == "" || !stop[e.TogetherWith] || stop[e.Economy] {
			continue
		}
		for _, economy := range st.Economies.All() {
			if st.Economies.Label(economy.Code) == e.Economy {
				codes.Add(economy.Code)
				hubs, owners = append(hubs, e.Economy), append(owners, e.TogetherWith)
			}
		}
	}
	return codes, hubs, owners
}

// total is the sum of what a party loses over products, under each combination.
type total struct {
	imports, stopped, lost, others, tonnes float64
	easy, impossible                       float64     // of lost, by class of the product
	fills                                  []totalFill // by combination
	byProduct                              [][]float64 // lost, in lists that follow one another; where that is wanted
}

type totalFill struct {
	unfilled, noSource float64
	gained             []float64   // by slot of exporters
	byProduct          [][]float64 // unfilled; where that is wanted
	path               *Path       // where shortfalls alone are wanted month by month
}

// cutBlock is the answer to some products.
type cutBlock struct {
	segments [][]segment // by party and product
	rows     int         // in all of them
	totals   [][]total   // by group and party
	gained   [][]float64 // by group: what the totals gain
	memory   *sumMemory  // of gained; nil if it is made anew
	freed    []CutRow
	buyers   []map[uint16]float64 // of freed goods, by group
	gone     []float64            // freed, by group
	moved    hubMove
}

// segment is the rows of a party and product, one for each combination. They stay where they are until all are there.
type segment struct {
	cell     *CutCell
	outcomes []Substitution
	block    int // of products
}

// path is what the loss of a row comes to month by month.
func (a *arrival) path(s *segment, k int) Path {
	return PathOf(s.cell.Lost, s.cell.Lost-s.outcomes[k].Unfilled, a.ramp, a.stockDays, a.months)
}

// cutProducts are worked on at a time. Totals add up block by block, so that they do not depend on how many processors there are.
const cutProducts = 128

func (c *cutting) run(ctx context.Context) error {
	for _, y := range c.Years {
		s, err := c.settingOf(ctx, y)
		if err != nil {
			return err
		}
		products, err := c.EngineOrFiles().Traded(ctx, y, c.Products.Codes())
		if err != nil {
			return err
		}
		if s.points != nil {
			products = slices.DeleteFunc(slices.Clone(products), func(code string) bool { return s.points[code] == nil })
		}
		sum, err := c.remembered(ctx, s, products)
		if err != nil {
			return err
		}
		if err := c.collect(ctx, s, sum); err != nil {
			return err
		}
	}
	return nil
}

// mostRemembered bounds the rows of an answer to a year that is remembered.
const mostRemembered = 100_000

// remembered is the answer to the products of a year, of which stocks, ramps and months change nothing: one of few rows is kept for those who ask for others of
// these next.
func (c *cutting) remembered(ctx context.Context, s *setting, products []string) (*cutBlock, error) {
	if c.totalsOnly || c.distances != nil {
		return c.compute(ctx, s, products)
	}
	h := sha256.New()
	c.describe(h, s)
	c.describeShown(h, s)
	fmt.Fprintln(h, c.combinations, c.sigmas)
	type key struct{ cut [sha256.Size]byte }
	about := key{[sha256.Size]byte(h.Sum(nil))}
	b, ok := store.Known[key, *cutBlock](c.Dataset.Memory(), about)
	if ok {
		return b, c.CheckRows(len(c.rows)+b.rows, c.width())
	}
	b, err := c.compute(ctx, s, products)
	if err == nil && b.rows <= mostRemembered {
		store.Keep(c.Dataset.Memory(), about, b, b.size())
	}
	return b, err
}

// compute goes through the products of a year.
func (c *cutting) compute(ctx context.Context, s *setting, products []string) (*cutBlock, error) {
	blocks := slices.Collect(slices.Chunk(products, cutProducts))
	sum, of, memory := c.newBlock(s, nil), c.settlementsOf(s, len(blocks)), &sumMemory{}
	workers := sync.Pool{New: func() any { return &cutWorker{c: c, s: s, settlements: of} }} // they use their memory again
	err := kernel.InOrder(ctx, len(blocks), func(i int) (*cutBlock, error) {
		w := workers.Get().(*cutWorker)
		w.begin(i, memory)
		b, err := w.products(ctx, blocks[i])
		if err == nil {
			workers.Put(w)
		}
		return b, err
	}, func(b *cutBlock) error {
		sum.add(b)
		memory.put(b.gained)
		return c.CheckRows(len(c.rows)+sum.rows, c.width())
	})
	if err == nil && of != nil {
		c.keep(of)
	}
	return sum, err
}

// size is what a block holds.
func (b *cutBlock) size() int64 {
	cell := store.SizeOf(CutCell{}) + store.SizeOf(segment{})
	n := store.SizeOf(*b) + int64(b.rows)*store.SizeOf(Substitution{}) + int64(len(b.freed))*(store.SizeOf(CutRow{})+cell+store.SizeOf(takers{}))
	for p := range b.segments {
		n += int64(len(b.segments[p])) * cell
	}
	for g := range b.totals {
		n += int64(len(b.buyers[g])) * 32
		for p := range b.totals[g] {
			n += store.SizeOf(total{})
			for k := range b.totals[g][p].fills {
				n += store.SizeOf(totalFill{}) + store.SizeOfSlice(b.totals[g][p].fills[k].gained)
			}
		}
	}
	return n
}

// newBlock has nothing yet. Its sums take their room from memory; nil makes it.
func (c *cutting) newBlock(s *setting, memory *sumMemory) *cutBlock {
	b := &cutBlock{segments: make([][]segment, len(s.parties)), gained: make([][]float64, len(c.groups)), gone: make([]float64, len(c.groups)), memory: memory}
	for range c.groups {
		b.totals = append(b.totals, make([]total, len(s.parties)))
		b.buyers = append(b.buyers, map[uint16]float64{})
	}
	return b
}

// fillsOf makes room for what fills the losses of a party in a total. What is gained lies by combination, then party, as it is added up: a processor
// foresees that.
func (b *cutBlock) fillsOf(group, party, combinations, slots int) []totalFill {
	t := &b.totals[group][party]
	if t.fills != nil {
		return t.fills
	}
	parties := len(b.totals[group])
	if b.gained[group] == nil {
		b.gained[group] = b.memory.take(combinations * parties * slots)
	}
	t.fills = make([]totalFill, combinations)
	for k := range t.fills {
		at := (k*parties + party) * slots
		t.fills[k].gained = b.gained[group][at : at+slots]
	}
	return t.fills
}

// slots is the number of exporters of whom totals keep what they give.
func (c *cutting) slots(s *setting) int {
	if c.shortfallsOnly {
		return 0
	}
	return len(s.codes)
}

// sumMemory is the room of sums that were added to others, for those to come. Room that is fresh from the system is read before it is written, which
// costs two faults a page and stops the other cores for a moment: sums took twice as long.
type sumMemory struct {
	mu   sync.Mutex
	free [][]float64 // all of one length
}

// take is n zeros.
func (m *sumMemory) take(n int) []float64 {
	if m == nil {
		return make([]float64, n)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	last := len(m.free) - 1
	if last < 0 {
		return make([]float64, n)
	}
	sums := m.free[last]
	m.free = m.free[:last]
	clear(sums)
	return sums
}

// put gives back what nobody refers to any more.
func (m *sumMemory) put(groups [][]float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, sums := range groups {
		if sums != nil {
			m.free = append(m.free, sums)
		}
	}
}

func (b *cutBlock) add(o *cutBlock) {
	for p := range b.segments {
		b.segments[p] = append(b.segments[p], o.segments[p]...)
	}
	b.rows += o.rows
	for g := range b.totals {
		for p := range b.totals[g] {
			to, from := &b.totals[g][p], &o.totals[g][p]
			if from.fills != nil {
				b.fillsOf(g, p, len(from.fills), len(from.fills[0].gained))
			}
			to.add(from)
		}
		for code, v := range o.buyers[g] {
			b.buyers[g][code] += v
		}
		b.gone[g] += o.gone[g]
	}
	b.freed = append(b.freed, o.freed...)
	b.moved.sales += o.moved.sales
	b.moved.asked += o.moved.asked
	b.moved.need += o.moved.need
}

func (t *total) add(o *total) {
	t.imports, t.stopped, t.lost, t.others, t.tonnes = t.imports+o.imports, t.stopped+o.stopped, t.lost+o.lost, t.others+o.others, t.tonnes+o.tonnes
	t.easy, t.impossible = t.easy+o.easy, t.impossible+o.impossible
	t.byProduct = append(t.byProduct, o.byProduct...)
	for k := range o.fills {
		to, from := &t.fills[k], &o.fills[k]
		to.unfilled, to.noSource = to.unfilled+from.unfilled, to.noSource+from.noSource
		for i, v := range from.gained {
			to.gained[i] += v
		}
		to.byProduct = append(to.byProduct, from.byProduct...)
		to.path = addPaths(to.path, from.path)
	}
}

// addMonths adds the path of a loss to another; nil is none.
func (c *cutting) addMonths(to *Path, lost, filled float64) *Path {
	if to == nil {
		to = &Path{Gap: make([]float64, c.months)}
		if c.stockDays >= 0 {
			to.Unfilled = make([]float64, c.months)
		}
	}
	m := 0
	eachMonth(lost, filled, c.ramp, c.stockDays, c.months, func(gap, unfilled float64) {
		if to.Gap[m] += gap; to.Unfilled != nil {
			to.Unfilled[m] += unfilled
		}
		m++
	})
	return to
}

// addPaths adds one to another; nil is none.
func addPaths(to, from *Path) *Path {
	if from == nil {
		return to
	}
	if to == nil {
		return &Path{slices.Clone(from.Gap), slices.Clone(from.Unfilled)}
	}
	for m := range from.Gap {
		to.Gap[m] += from.Gap[m]
	}
	for m := range from.Unfilled {
		to.Unfilled[m] += from.Unfilled[m]
	}
	return to
}

// cutWorker has the memory of a worker.
type cutWorker struct {
	c       *cutting
	s       *setting
	b       *cutBlock
	cut     Cut // of the product
	label   string
	market  Market
	fill    Fill
	places  [trade.MaxCode]int32 // importers of the market by code, -1 for none
	slots   []int32              // of exporters of the market, by place
	gained  []float64            // by place: what the row at hand gains of each
	block   int                  // of products, that is worked on
	leaders [3]int32             // places of those who gave most of the row before; -1 for none
	inSet   []*Importer
	members []int32
	parts   []partyCell
	some    []int32        // slots
	groups  []int          // totals that the product is part of
	cells   []CutCell      // memory for those to come
	rows    []Substitution // memory for those to come

	losses      [][]float64  // of the block, where they are wanted: by total, party, and then what is lost and what each combination leaves unfilled
	settlements *settlements // nil where none are remembered
	settled     [][]float64  // of the block, by combination: what needs leave unfilled, where that is to be remembered
	needs       int          // of the products of the block that are done
}

// partyCell is what a party is in one product.
type partyCell struct {
	party   int
	members []int32 // places in the market
	segment
}

// begin makes it ready for a block.
func (w *cutWorker) begin(block int, memory *sumMemory) {
	w.b, w.block, w.cut, w.label, w.leaders, w.needs = w.c.newBlock(w.s, memory), block, w.s.cut, w.c.label, nobody, 0
}

// products goes through the products of its block.
func (w *cutWorker) products(ctx context.Context, products []string) (*cutBlock, error) {
	flows, err := w.c.FlowsOf(ctx, w.s.year, products)
	if err != nil {
		return nil, err
	}
	for i, product := range products {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		f, err := flows(i)
		if err != nil {
			return nil, err
		}
		if p := w.s.points[product]; p != nil {
			w.cut.Stops, w.cut.Hubs, w.label = p.stops, p.hubs, p.label
		}
		w.product(product, f)
	}
	w.keepLosses()
	w.keepSettlements()
	return w.b, nil
}

// noteLoss notes what a party loses of a product in a total, and what of it a combination leaves unfilled.
func (w *cutWorker) noteLoss(group, k int, part *partyCell, row *Substitution) {
	width := len(w.c.combinations) + 1
	if w.losses == nil {
		w.losses = make([][]float64, len(w.c.groups)*len(w.s.parties)*width)
	}
	lists := w.losses[(group*len(w.s.parties)+part.party)*width:][:width]
	if lists[k+1] = append(lists[k+1], row.Unfilled); k == 0 {
		lists[0] = append(lists[0], part.cell.Lost)
	}
}

// keepLosses copies what was noted in the block into lists without room for more, which the answer keeps.
func (w *cutWorker) keepLosses() {
	n := 0
	for _, list := range w.losses {
		n += len(list)
	}
	all, width := make([]float64, 0, n), len(w.c.combinations)+1
	for at, list := range w.losses {
		if len(list) == 0 {
			continue
		}
		from := len(all)
		all = append(all, list...)
		kept := all[from:len(all):len(all)]
		t := &w.b.totals[at/width/len(w.s.parties)][at/width%len(w.s.parties)]
		if k := at % width; k == 0 {
			t.byProduct = append(t.byProduct, kept)
		} else {
			t.fills[k-1].byProduct = append(t.fills[k-1].byProduct, kept)
		}
		w.losses[at] = list[:0]
	}
}

// product adds the rows of a product, and its part of the totals.
func (w *cutWorker) product(product string, flows store.Flows) {
	c, s, m := w.c, w.s, &w.market
	m.Read(flows.Importer, flows.Exporter, flows.Value, &w.cut)
	w.place(product)
	if len(c.hubs) > 0 {
		for i := range m.Importers {
			if b := &m.Importers[i]; b.Need > 0 {
				w.b.moved.sales += c.share * b.Hubs
				w.b.moved.need += b.Need
			}
		}
		w.b.moved.asked += m.AskedOfHubs(c.share)
	}
	for p := range s.parties {
		w.party(p, product, &flows)
	}
	for k := range c.combinations {
		if len(w.parts) == 0 && w.settlements == nil {
			break
		}
		w.settle(k, w.needs)
		for i := range w.parts {
			w.row(k, &w.parts[i])
		}
	}
	w.needs += len(m.needs)
	if s.targets && m.Freed > 0 {
		w.free(product)
	}
}

// place finds where importers and exporters of the market are, and which totals the product is part of.
func (w *cutWorker) place(product string) {
	m := &w.market
	for i := range w.places {
		w.places[i] = -1
	}
	for i := range m.Importers {
		w.places[m.Importers[i].Code] = int32(i)
	}
	w.slots = w.slots[:0]
	for i := range m.Exporters {
		w.slots = append(w.slots, w.s.slot[m.Exporters[i].Code])
	}
	w.gained = resized(w.gained, len(m.Exporters))
	w.groups = w.groups[:0]
	for g, group := range w.c.groups {
		if group.products == nil || group.products[product] {
			w.groups = append(w.groups, g)
		}
	}
	w.parts, w.members = w.parts[:0], w.members[:0]
}

// party adds what an importer loses of a product.
func (w *cutWorker) party(p int, product string, flows *store.Flows) {
	c, s, m := w.c, w.s, &w.market
	imports, lost, first := 0.0, 0.0, len(w.members)
	w.inSet = w.inSet[:0]
	for _, code := range s.members[p] {
		if at := w.places[code]; at >= 0 {
			b := &m.Importers[at]
			w.members, w.inSet = append(w.members, at), append(w.inSet, b)
			imports, lost = imports+b.Imports, lost+b.Need
		}
	}
	if len(w.inSet) == 0 {
		return
	}
	stopped, others := m.rearranged(w.inSet)
	tonnes := math.NaN()
	if flows.Quantity != nil && lost > 0 {
		tonnes = w.tonnes(s.parties[p], flows)
	}
	for _, g := range w.groups {
		t := &w.b.totals[g][p]
		t.imports += imports
		if stopped > 0 {
			t.stopped, t.lost, t.others, t.tonnes = t.stopped+stopped, t.lost+lost, t.others+others, t.tonnes+tonnes
			switch Class(stopped / others) {
			case easy:
				t.easy += lost
			case impossible:
				t.impossible += lost
			}
		}
	}
	if stopped == 0 || !s.taken[p] && !c.ImporterSide.Parties[p].Named {
		w.members = w.members[:first]
		return
	}
	if len(w.cells) == 0 {
		w.cells = make([]CutCell, 256)
	}
	cell := &w.cells[0]
	w.cells = w.cells[1:]
	*cell = CutCell{CutParty: s.about[p], Suppliers: w.label, Product: product, Imports: imports, Stopped: stopped, Lost: lost, LostTonnes: tonnes, Others: others}
	cell.priceLoss(c.sigmas)
	w.parts = append(w.parts, partyCell{p, w.members[first:len(w.members):len(w.members)], w.segmentOf(p, cell)})
}

// segmentOf makes room for the rows of a party and product.
func (w *cutWorker) segmentOf(party int, cell *CutCell) segment {
	n := len(w.c.combinations)
	if len(w.rows) < n {
		w.rows = make([]Substitution, max(4096, n))
	}
	s := segment{cell, w.rows[:n:n], w.block}
	if !w.c.totalsOnly { // else the next takes the same room
		w.rows = w.rows[n:]
		w.b.segments[party] = append(w.b.segments[party], s)
		w.b.rows += n
	}
	return s
}

// tonnes is the weight of what a party loses; NaN where that of a part is not known.
func (w *cutWorker) tonnes(set trade.Set, flows *store.Flows) (sum float64) {
	set = set.Intersect(w.cut.To)
	for k, code := range flows.Importer {
		if set.Has(trade.Code(code)) && w.cut.Stops.Has(trade.Code(flows.Exporter[k])) {
			sum += w.c.share * flows.Quantity[k]
		}
	}
	return sum
}

// row adds what becomes of a party's loss under a combination.
func (w *cutWorker) row(k int, part *partyCell) {
	c, f, m, cell := w.c, &w.fill, &w.market, part.cell
	row := &part.outcomes[k]
	*row = Substitution{}
	named := false
	for _, at := range part.members {
		b := &m.Importers[at]
		if b.Need == 0 {
			continue
		}
		row.Unfilled += f.Unfilled[at]
		if f.Sources[at] {
			named = true
		} else {
			row.NoSource += b.Need
		}
	}
	row.nobody = cell.Lost > 0 && !named
	if !c.totalsOnly {
		row.price(cell, c.sigmas)
	}
	for _, g := range w.groups {
		t := &w.b.fillsOf(g, part.party, len(c.combinations), c.slots(w.s))[k]
		t.unfilled, t.noSource = t.unfilled+row.Unfilled, t.noSource+row.NoSource
		if c.byProduct {
			w.noteLoss(g, k, part, row)
		}
		if c.shortfallsOnly && c.months > 0 {
			t.path = c.addMonths(t.path, cell.Lost, cell.Lost-row.Unfilled)
		}
	}
	if named && !c.shortfallsOnly {
		w.gains(k, part, row)
	}
}

// gains says who fills a loss: the three who give most, and, in the totals, all of them.
func (w *cutWorker) gains(k int, part *partyCell, row *Substitution) {
	c, f, m := w.c, &w.fill, &w.market
	slots, gained := w.slots, w.gained[:len(m.Exporters)]
	if n := f.needOf(int(part.members[0])); len(part.members) == 1 && n >= 0 && f.table == nil && f.dense[n] == 0 {
		b := &m.Importers[part.members[0]]
		suppliers := m.suppliers[b.from:b.to]
		gained = gained[:len(suppliers)]
		f.few(n, gained)
		slots = w.slotsOf(suppliers)
	} else {
		clear(gained)
		for _, at := range part.members {
			f.Gained(int(at), gained)
		}
	}
	slots = slots[:len(gained)]
	groups := w.groups
	if !c.totalsOnly {
		w.rank(k, part.party, gained, slots, row)
		groups = groups[1:]
	}
	for _, g := range groups {
		sum := w.b.totals[g][part.party].fills[k].gained
		for i, v := range gained {
			if v > 0 {
				sum[slots[i]] += v
			}
		}
	}
}

// rank finds the three who give most of a row, and adds all to the total of all products. Who gave most of the row before often does again: nobody who gives
// less than the least of these can be among the three, so that few others are looked at more closely.
func (w *cutWorker) rank(k, party int, gained []float64, slots []int32, row *Substitution) {
	least := math.Inf(1)
	for _, i := range w.leaders {
		if i < 0 || int(i) >= len(gained) {
			least = 0
			break
		}
		least = min(least, gained[i])
	}
	leaders, values, sum := nobody, [3]float64{}, w.b.totals[0][party].fills[k].gained
	for i, v := range gained {
		if v > 0 {
			if sum[slots[i]] += v; v >= least {
				insert(&leaders, &values, int32(i), v)
			}
		}
	}
	for n, i := range leaders {
		if i >= 0 {
			row.sources[n] = w.s.codes[slots[i]]
		}
	}
	row.FirstUSD, w.leaders = values[0], leaders
}

// nobody leads.
var nobody = [3]int32{-1, -1, -1}

// slotsOf are the slots of exporters by their places in the market.
func (w *cutWorker) slotsOf(places []int32) []int32 {
	w.some = w.some[:0]
	for _, i := range places {
		w.some = append(w.some, w.slots[i])
	}
	return w.some
}

// insert puts a value in its place among the three largest; of equal ones the earlier stays first.
func insert[C uint16 | int32](codes *[3]C, values *[3]float64, code C, v float64) {
	switch {
	case v > values[0]:
		values[0], values[1], values[2] = v, values[0], values[1]
		codes[0], codes[1], codes[2] = code, codes[0], codes[1]
	case v > values[1]:
		values[1], values[2] = v, values[1]
		codes[1], codes[2] = code, codes[1]
	case v > values[2]:
		values[2], codes[2] = v, code
	}
}

// free adds the row on the goods that a stop to some importers frees for others.
func (w *cutWorker) free(product string) {
	m, b := &w.market, w.b
	others := 0.0
	for i := range m.Importers {
		if m.Importers[i].Need == 0 {
			others += m.Importers[i].Stopped
		}
	}
	var most takers
	var values [3]float64
	all := map[uint16]float64{}
	for i := range m.Importers {
		if x := &m.Importers[i]; x.Need == 0 && x.Stopped > 0 {
			takes := m.Freed * x.Stopped / others
			all[x.Code] = takes
			if takes > values[2] {
				insert(&most.codes, &values, x.Code, takes)
			}
		}
	}
	most.first = values[0]
	b.freed = append(b.freed, w.c.freedRow(w.s, w.label, product, m.Freed, &most))
	for _, g := range w.groups {
		b.gone[g] += m.Freed
		for code, v := range all {
			b.buyers[g][code] += v
		}
	}
}

// Others is the importer of rows on freed goods.
const Others = "others"

func (c *cutting) freedRow(s *setting, suppliers, product string, freed float64, most *takers) CutRow {
	nan := math.NaN()
	about := &CutParty{Year: s.year, Importer: Others, Status: c.WorldStatus(s.year), labels: s.labels}
	return CutRow{Substitution: &Substitution{Unfilled: nan, NoSource: nan, FirstUSD: nan, Price: nan, Low: nan}, Combination: &Combination{"", nan},
		CutCell: &CutCell{CutParty: about, Suppliers: suppliers, Product: product, Imports: nan, Stopped: nan, Lost: nan, LostTonnes: nan, Others: nan, High: nan, Freed: freed, takers: most}}
}

// collect puts the rows of a year together: totals first, of all products and of lists, those who lose most first; then products.
func (c *cutting) collect(ctx context.Context, s *setting, b *cutBlock) error {
	c.moved[s.year] = b.moved
	order := make([]int, len(s.parties))
	for p := range order {
		order[p] = p
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(b.totals[0][y].lost, b.totals[0][x].lost) })
	find := c.pathsOf
	if c.shortfallsOnly {
		find = c.pathsOfTotals
	}
	paths, err := find(ctx, b)
	if err != nil {
		return err
	}
	first := len(c.rows)
	for g, group := range c.groups {
		for _, p := range order {
			c.totalRows(s, b, g, p, paths[p][g])
		}
		if s.targets && b.gone[g] > 0 {
			var most takers
			var values [3]float64
			for code := range trade.MaxCode {
				if v := b.buyers[g][uint16(code)]; v > values[2] {
					insert(&most.codes, &values, uint16(code), v)
				}
			}
			most.first = values[0]
			c.rows = append(c.rows, c.freedRow(s, c.label, group.label, b.gone[g], &most))
		}
	}
	c.parts.addRows(c.rows[first:])
	if c.single || c.totalsOnly {
		return nil
	}
	for _, p := range order {
		c.parts.addProducts(b.segments[p], c.combinations, c.arrival)
	}
	c.parts.addRows(b.freed)
	return nil
}

// pathsOf are what is lacking month by month in all, by party, total and combination; nil where none are asked for.
func (c *cutting) pathsOf(ctx context.Context, b *cutBlock) (paths [][][]*Path, err error) {
	return paths, kernel.InOrder(ctx, len(b.segments), func(p int) ([][]*Path, error) {
		of := make([][]*Path, len(c.groups))
		for g := range of {
			for k := range c.combinations {
				of[g] = append(of[g], c.pathOf(b.segments[p], g, k))
			}
		}
		return of, nil
	}, func(of [][]*Path) error {
		paths = append(paths, of)
		return nil
	})
}

// pathsOfTotals are the same where they were added up with the totals.
func (c *cutting) pathsOfTotals(_ context.Context, b *cutBlock) (paths [][][]*Path, err error) {
	for p := range b.segments {
		of := make([][]*Path, len(c.groups))
		for g := range of {
			of[g] = make([]*Path, len(c.combinations))
			for k := range b.totals[g][p].fills {
				of[g][k] = b.totals[g][p].fills[k].path
			}
		}
		paths = append(paths, of)
	}
	return paths, nil
}

// pathOf adds up the paths of the products of a total, block by block as all sums are.
func (c *cutting) pathOf(segments []segment, group, k int) (all *Path) {
	if c.months == 0 {
		return nil
	}
	products := c.groups[group].products
	var of *Path
	block := -1
	for i := range segments {
		s := &segments[i]
		if products != nil && !products[s.cell.Product] {
			continue
		}
		if s.block != block {
			all, of, block = addPaths(all, of), nil, s.block
		}
		one := c.path(s, k)
		of = addPaths(of, &one)
	}
	return addPaths(all, of)
}

// totalRows adds the rows of a party over products. Who is asked for by name has them whatever it loses, and without figures where the
// dataset lacks its imports.
func (c *cutting) totalRows(s *setting, b *cutBlock, g, p int, paths []*Path) {
	t, party, label := &b.totals[g][p], &c.ImporterSide.Parties[p], c.groups[g].label
	if t.stopped == 0 && !party.Named || s.parties[p].Len() == 0 && c.PartySets(&c.ImporterSide, s.year)[p].Len() > 0 {
		return
	}
	nan := math.NaN()
	cell := &CutCell{CutParty: s.about[p], Suppliers: c.label, Product: label, Imports: t.imports, Stopped: t.stopped, Lost: t.lost, LostTonnes: nan, Others: t.others, Easy: t.easy, Impossible: t.impossible}
	if t.lost > 0 && c.quantities(s.year) {
		cell.LostTonnes = t.tonnes
	}
	cell.priceLoss(c.sigmas)
	fills := t.fills
	if fills == nil { // it loses nothing
		fills = make([]totalFill, len(c.combinations))
	}
	for k := range c.combinations {
		f := &fills[k]
		row := CutRow{CutCell: cell, Combination: &c.combinations[k], Substitution: &Substitution{Unfilled: f.unfilled, NoSource: f.noSource}, Path: paths[k]}
		if c.byProduct {
			c.lost = append(c.lost, losses{t.byProduct, f.byProduct})
		}
		if !cell.Status.Answers() {
			cell.Imports, cell.Stopped, cell.Lost, cell.Others, cell.High, cell.Easy, cell.Impossible = nan, nan, nan, nan, nan, nan, nan
			row.Unfilled, row.NoSource, row.FirstUSD, row.Price, row.Low, row.Path = nan, nan, nan, nan, nan, nil
			c.rows = append(c.rows, row)
			continue
		}
		var values [3]float64
		for i, v := range f.gained {
			if v > values[2] {
				insert(&row.sources, &values, s.codes[i], v)
			}
		}
		row.FirstUSD = values[0]
		if c.bySource {
			c.addSources(&row, s.codes, f.gained)
		}
		row.nobody = t.lost > 0 && t.lost == f.noSource
		row.price(cell, c.sigmas)
		if c.months > 0 && row.Path == nil {
			path := PathOf(0, 0, c.ramp, c.stockDays, c.months)
			row.Path = &path
		}
		c.rows = append(c.rows, row)
	}
}
