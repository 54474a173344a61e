package analysis

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/macro"
	"chokepoint/method"
	"chokepoint/register"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/trade"
)

// Source is what questions are asked of: a dataset and the blocs known to the user, with what provenance needs.
type Source struct {
	Dataset  *store.Dataset
	Blocs    *trade.Blocs
	Engine   Engine             // nil: the files of the dataset
	Macro    *macro.Set         // GDP and the like, from a user's files; nil is none
	Register *register.Register // of firms, from a user's file; nil is none
	Program  string             // name and version
	Command  string             // as typed

	// Files opens the files that parameters name: definitions, weights, classes, lists. nil where a stranger asks: then there is only
	// what comes with the program.
	Files func(name string) ([]byte, error)
	// Method finds a method by its name; nil is method.Get, and a file where Files is set. A server finds the asker's own there.
	Method func(name string) (*method.Method, error)
	// MaxValues bounds an answer, at rows times columns; 0 is maxValues.
	MaxValues int

	request string       // the whole question, where Question.Answer puts it
	used    *definitions // that decide the answer, where Question.Answer puts it
}

// findMethod finds a method by its name.
func (s *Source) findMethod(name string) (*method.Method, error) {
	switch {
	case s.Method != nil:
		return s.Method(name)
	case s.Files == nil && strings.HasSuffix(name, ".toml"):
		return nil, fmt.Errorf("method %q: files are not read here", name)
	}
	return method.Get(name)
}

// study is a query resolved against a dataset: parties, lines of the kernel, years, products, methods.
type study struct {
	*Source
	query     Query
	economies *trade.Economies
	importers side
	partners  side
	pickNone  bool // partners were "-"
	products  trade.ProductSelection
	held      []string // products that have flows in the years asked for, where not all products are asked for
	have      []int    // years of the dataset
	years     []int    // years asked for
	methods   []*method.Method
	notes     []string
}

// side is one selection: its parties, and the groups of economies that they are made of, each once.
type side struct {
	selection trade.Selection
	parties   []trade.Party
	groups    []trade.Group
	partiesOf [][]int32 // by group: the parties it belongs to
}

func (s *Source) study(ctx context.Context, q Query) (*study, error) {
	q = q.Canonical()
	st := &study{Source: s, query: q, economies: s.Dataset.Economies(), have: s.Dataset.Years()}
	var err error
	if st.importers, err = st.side("importers", orElse(q.Importers, "all")); err != nil {
		return nil, err
	}
	if st.partners, err = st.side("partners", orElse(q.Partners, "-")); err != nil {
		return nil, err
	}
	if st.importers.selection.None {
		return nil, fmt.Errorf("importers %q: want economies, blocs or all", q.Importers)
	}
	st.pickNone = st.partners.selection.None
	products, notes, err := s.parseProducts(q.Products)
	if err != nil {
		return nil, fmt.Errorf("products: %w", err)
	}
	st.products, st.notes = products, append(st.notes, notes...)
	ranges, err := trade.ParseYears(q.Years)
	if err != nil {
		return nil, fmt.Errorf("years: %w", err)
	}
	if st.years, notes, err = trade.PickYears(ranges, st.have); err != nil {
		return nil, fmt.Errorf("years: %w", err)
	}
	st.notes = append(st.notes, notes...)
	if err := st.checkHeld(ctx); err != nil {
		return nil, err
	}
	if st.methods, err = q.methods(s.findMethod); err != nil {
		return nil, err
	}
	return st, nil
}

func orElse(text, other string) string {
	if strings.TrimSpace(text) == "" {
		return other
	}
	return text
}

func (st *study) side(name, text string) (side, error) {
	selection, err := trade.ParseSelection(text, st.economies, st.Blocs)
	if err != nil {
		return side{}, fmt.Errorf("%s: %w", name, err)
	}
	s := side{selection: selection, parties: selection.Parties}
	for _, note := range selection.Notes {
		if !slices.Contains(st.notes, note) {
			st.notes = append(st.notes, note)
		}
	}
	index := map[string]int{}
	for p, party := range s.parties {
		for _, g := range party.Any {
			i, ok := index[g.Label]
			if !ok {
				i = len(s.groups)
				index[g.Label] = i
				s.groups = append(s.groups, g)
				s.partiesOf = append(s.partiesOf, nil)
			}
			if !slices.Contains(s.partiesOf[i], int32(p)) {
				s.partiesOf[i] = append(s.partiesOf[i], int32(p))
			}
		}
	}
	return s, nil
}

// everyPartner turns "-" into one party of all economies: dependence on anyone.
func (st *study) everyPartner() (side, error) {
	all, err := st.side("partners", "all")
	return all.asOne("-", "any partner"), err
}

// asOne makes one party of all groups, as alternatives.
func (s side) asOne(label, name string) side {
	s.parties = []trade.Party{{Label: label, Name: name, Any: s.groups, Named: true}}
	s.partiesOf = make([][]int32, len(s.groups))
	for i := range s.partiesOf {
		s.partiesOf[i] = []int32{0}
	}
	return s
}

// sets gives the economies of each group in a year. The codes that an economy has had in turn (276 and 280) are one
// economy, not a bloc: of these only the one that trades is given.
func (st *study) sets(s *side, year int) []trade.Set {
	present := st.Dataset.Importers(year).Union(st.Dataset.Exporters(year))
	sets := make([]trade.Set, len(s.groups))
	for i, g := range s.groups {
		sets[i] = g.Codes(year)
		codes := sets[i].Codes()
		other := func(c trade.Code) bool { return st.economies.Label(c) != st.economies.Label(codes[0]) }
		if len(codes) > 1 && !slices.ContainsFunc(codes, other) {
			sets[i] = sets[i].Intersect(present)
		}
	}
	return sets
}

// cell is one dependency: what a party of importers depends on, from a party of partners where there is one.
type cell struct {
	year              int
	importer, partner int32 // parties; partner is -1 where the method has none and none was asked for
	product           string
	imports, exports  float64
	fromPartner       float64
	worldShare        float64 // of the partner; summed over the alternatives that meet the method
	counted           []int32 // partner groups in worldShare
	best              float64 // imports from the partner in the row that the details below describe
	topSupplier       uint16
	topImporter       int32 // group of importers that topSupplier belongs to
	topPartner        int32 // group of partners, for the name of a merged one
	values            []float64
	margin            float64 // of the criterion nearest to its threshold
	nearest           int8
	agree             int8   // other methods that agree, of those asked
	flagged           uint64 // bit n: criteria were met n years ago
	alternatives      int
}

// unit is what the dataset's periods are counted in: years or months.
func (st *study) unit(n int) string { return trade.Period(st.have[0]).Unit(n) }

// onlyYears says that a question makes no sense of months.
func (s *Source) onlyYears(question string) error {
	if m := s.Dataset.Manifest(); m.Monthly() {
		return fmt.Errorf("%s: dataset %s has months, and %s is defined for years only; ask a dataset of years", question, m.Name, question)
	}
	return nil
}

// scan is one pass over the years with one method. It visits products in parallel and gives the dependencies of each
// year in ascending order of product, importer, partner.
type scan struct {
	*study
	method   *method.Method
	partners side
	pairs    bool // cells have a partner
	onlyTop  bool // the method has no partner; keep cells whose top supplier is the partner
	// What to compute beside the verdict.
	counting bool // nothing: cells are only counted
	values   []*indicator.Expr
	details  bool             // margin and nearest criterion
	others   []*method.Method // count those that agree
	window   int              // years of history wanted, this one included

	applied  []*indicator.Criterion    // by the kernel: cells that miss one never arrive
	whole    func(product string) bool // products of which all cells arrive; nil: those with a cell that is kept
	regroups []bool                    // by partner group: it has several economies
	history  []past                    // by product
	place    map[string]int
	since    int
}

func (st *study) scan(m *method.Method) (*scan, error) {
	s := &scan{study: st, method: m, partners: st.partners, window: m.Persistence.Window, applied: m.Criteria}
	s.pairs = m.HasPartner() || !st.pickNone
	s.onlyTop = s.pairs && !m.HasPartner()
	if m.HasPartner() && st.pickNone {
		var err error
		if s.partners, err = st.everyPartner(); err != nil {
			return nil, err
		}
	}
	first, last := trade.Period(st.years[0]), trade.Period(st.years[len(st.years)-1])
	if s.window > 1 && last.Since(first.Back(s.window-1)) >= maxYears {
		unit := first.Unit(2)
		return nil, fmt.Errorf("%s looks at windows of %d %s: from %s to %s is too long; ask for at most %d %s", m.ID, s.window, unit, first, last, maxYears-s.window, unit)
	}
	return s, nil
}

// run scans the years asked for and those that their windows reach back to. emit gets the dependencies of one year at
// a time, years ascending.
func (s *scan) run(ctx context.Context, emit func(year int, cells []cell) error) error {
	s.begin()
	start := func() *judge {
		j := &judge{scan: s}
		j.take = j.fold
		return j
	}
	var cells []cell
	return scanYears(ctx, s, start, func(j *judge) { cells = append(cells, j.cells...) }, func(year int) error {
		defer func() { cells = nil }()
		return emit(year, cells)
	})
}

// begin prepares what all years share.
func (s *scan) begin() {
	for _, g := range s.partners.groups {
		if !s.onlyTop {
			break // nobody asks
		}
		// The codes of one economy (276 and 280) follow one another; a bloc has several exporters in one year.
		s.regroups = append(s.regroups, slices.ContainsFunc(s.have, func(y int) bool {
			return s.sets(&side{groups: []trade.Group{g}}, y)[0].Len() > 1
		}))
	}
	s.since = back(s.years[0], s.window-1)
	if s.window == 1 {
		return
	}
	s.place = map[string]int{}
	for i, p := range s.Dataset.Products().All() {
		s.place[p.Code] = i
	}
	s.history = make([]past, len(s.place))
}

// kept lists the cells of a product that count in year y although they may miss the criteria then: they have met them often
// enough before.
func (s *scan) kept(product string, y int) (cells [][2]int32) {
	often := func(years uint64) bool {
		return onesIn(s.inWindowOf(years, y), s.method.Persistence.Window) >= s.method.Persistence.Years
	}
	past := s.past(product)
	for importer, years := range past.importers {
		if often(years) {
			cells = append(cells, [2]int32{int32(importer), -1})
		}
	}
	for key, years := range past.pairs {
		if often(years) {
			cells = append(cells, [2]int32{int32(key >> 32), int32(uint32(key))})
		}
	}
	return cells
}

// scanned lists the years asked for and those that their windows reach back to.
func (s *scan) scanned() []int {
	return slices.DeleteFunc(slices.Clone(s.have), func(y int) bool { return !s.inWindow(y) })
}

// inWindow says whether year y is asked for or needed for one that is.
func (s *scan) inWindow(y int) bool {
	return slices.ContainsFunc(s.years, func(asked int) bool { return within(y, asked, s.window) })
}

// back is the year, or in a dataset of months the month, n before y.
func back(y, n int) int { return int(trade.Period(y).Back(n)) }

// apart is how many years or months lie between two.
func apart(earlier, later int) int { return trade.Period(later).Since(trade.Period(earlier)) }

// within says whether y is in the window that ends in last.
func within(y, last, window int) bool { return y <= last && apart(y, last) < window }

// visitor is a kernel.Visitor that can be used again.
type visitor interface {
	kernel.Visitor
	reset() // forgets what it collected
}

// scanYears scans one year after another, so that a visitor finds in the history what came before. start makes a visitor
// for blocks of products, take copies from it what it collected in one, emit hears that a year that was asked for is
// complete.
func scanYears[V visitor](ctx context.Context, s *scan, start func() V, take func(v V), emit func(year int) error) error {
	var idle sync.Pool
	for _, y := range s.scanned() {
		again := func() V {
			if v, ok := idle.Get().(V); ok {
				return v
			}
			return start()
		}
		err := scanYear(ctx, s.Source, y, s.view(y), again, func(v V) error {
			take(v)
			v.reset()
			idle.Put(v)
			return nil
		})
		if err != nil {
			return err
		}
		if slices.Contains(s.years, y) {
			if err := emit(y); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *scan) view(y int) kernel.View {
	view := kernel.View{Year: y, Importers: s.sets(&s.importers, y), World: s.method.World, Products: s.products.Codes(),
		Sums: s.sums(), Tops: s.onlyTop || !s.counting, Idle: s.onlyTop && s.window > 1, Criteria: s.applied, Whole: s.whole}
	switch {
	case s.whole != nil || s.window == 1:
	case s.method.Persistence.Years == 0: // all are shown
		view.Whole = func(string) bool { return true }
	default:
		view.Kept = func(product string) [][2]int32 { return s.kept(product, y) }
		view.Whole = func(product string) bool { return slices.Contains(s.years, y) && len(view.Kept(product)) > 0 }
	}
	if s.pairs {
		view.Partners = s.sets(&s.partners, y)
	}
	return view
}

// sums lists what is read of a cell: by the criteria, where they are judged once more, and for what is shown.
func (s *scan) sums() []indicator.Sum {
	sums := []indicator.Sum{indicator.Imports, indicator.ImportsFromPartner}
	judged := s.others
	if !s.counting || s.window > 1 && s.onlyTop {
		judged = append(slices.Clone(judged), s.method)
	}
	for _, m := range judged {
		for _, c := range m.Criteria {
			sums = append(sums, c.Sums()...)
		}
	}
	if s.counting {
		return sums
	}
	for _, e := range s.values {
		sums = append(sums, e.Sums()...)
	}
	return append(sums, indicator.Exports, indicator.PartnerExports, indicator.WorldExports)
}

// totals is what each party of importers buys in a year. It depends on no method, so that it is remembered: an analyst who
// moves a threshold asks for it again and again.
func (s *scan) totals(ctx context.Context, y int) ([]kernel.Total, error) {
	key := totalsKey{year: y, importers: s.importers.selection.String(), products: s.products.String()}
	for _, b := range s.importers.selection.Blocs {
		key.blocs += b.String() + "\n" // a user's definition may change
	}
	return store.Remember(s.Dataset, key, func() ([]kernel.Total, error) {
		view := kernel.View{Year: y, Importers: s.sets(&s.importers, y), Products: s.products.Codes()}
		return s.engine().Totals(ctx, y, view, s.importers.partiesOf, len(s.importers.parties))
	})
}

// totalsKey is all that totals depend on.
type totalsKey struct {
	year                       int
	importers, blocs, products string
}

// judge is the kernel's visitor: it decides which cells of a block of products are dependencies.
type judge struct {
	*scan
	take    func(b *kernel.Batch, i int, flagged uint64) // a dependency; bit n of flagged: criteria were met n years ago
	cells   []cell
	scratch indicator.Scratch
	keep    []bool
	now     []bool
	agree   []int8
	margins [][]float64
	values  [][]float64
	entries map[uint64]int // of the product at hand: parties → index in what is collected
}

func (j *judge) reset() { j.cells = j.cells[:0] }

// Importers implements kernel.Visitor.
func (j *judge) Importers(b *kernel.Batch) error {
	j.scratch.Reset()
	switch {
	case !j.pairs:
		return j.decide(b)
	case j.onlyTop && j.window > 1:
		// A method without a partner judges the importer, also in years in which it buys nothing from the partner asked for.
		past := j.past(b.Product)
		all, err := j.meet(b, j.method.Criteria, &j.now)
		if err != nil {
			return err
		}
		for i, met := range all {
			if met {
				past.remember(j.scan, b.Importer[i], -1, b.Year)
			}
		}
	}
	return nil
}

// Pairs implements kernel.Visitor.
func (j *judge) Pairs(b *kernel.Batch) error {
	j.scratch.Reset()
	return j.decide(b)
}

func (j *judge) meet(b *kernel.Batch, criteria []*indicator.Criterion, buffer *[]bool) ([]bool, error) {
	keep := slices.Grow((*buffer)[:0], b.N)[:b.N]
	*buffer = keep
	for i := range keep {
		keep[i] = true
	}
	for _, c := range criteria {
		if err := c.Meet(&b.Columns, &j.scratch, keep, b.Exact); err != nil {
			return nil, err
		}
	}
	return keep, nil
}

// decide takes the cells of a product that are dependencies. What arrives has met the criteria, unless earlier years count:
// then it is judged here.
func (j *judge) decide(b *kernel.Batch) error {
	asked := slices.Contains(j.years, b.Year)
	if asked {
		if err := j.prepare(b); err != nil {
			return err
		}
	}
	clear(j.entries)
	if j.window == 1 {
		for i := range b.N {
			if !j.onlyTop || j.partnerIsTop(b, i) {
				j.take(b, i, 1)
			}
		}
		return nil
	}
	past := j.past(b.Product)
	for i, missed := range b.Missed {
		flagged := j.flagged(past, b, i, !missed)
		if asked && onesIn(flagged, j.method.Persistence.Window) >= j.method.Persistence.Years && (!j.onlyTop || j.partnerIsTop(b, i)) {
			j.take(b, i, flagged)
		}
	}
	return nil
}

// past is the history of a product: for each cell the years in which the criteria were met, as bits from the first year on.
// A product is visited by one worker at a time and years follow one another, so it needs no lock.
type past struct {
	importers []uint64          // by group of importers
	pairs     map[uint64]uint64 // by groups of importers and partners
}

// maxYears is the number of years that a history has bits for.
const maxYears = 64

func (s *scan) past(product string) *past { return &s.history[s.place[product]] }

func pairKey(importer, partner int32) uint64 { return uint64(importer)<<32 | uint64(partner) }

// at returns the years of a cell. partner is -1 for those that have none.
func (p *past) at(importer, partner int32) uint64 {
	switch {
	case partner >= 0:
		return p.pairs[pairKey(importer, partner)]
	case p.importers != nil:
		return p.importers[importer]
	}
	return 0
}

// remember notes that a cell meets the criteria in a year.
func (p *past) remember(s *scan, importer, partner int32, year int) {
	bit := uint64(1) << apart(s.since, year)
	if partner < 0 {
		if p.importers == nil {
			p.importers = make([]uint64, len(s.importers.groups))
		}
		p.importers[importer] |= bit
		return
	}
	if p.pairs == nil {
		p.pairs = map[uint64]uint64{}
	}
	p.pairs[pairKey(importer, partner)] |= bit
}

// judgedAs is the cell whose history counts: a method without a partner judges the importer, unless a partner bloc
// regroups its suppliers.
func (s *scan) judgedAs(partner int32) int32 {
	if s.onlyTop && partner >= 0 && !s.regroups[partner] {
		return -1
	}
	return partner
}

// flagged records the verdict on cell i and returns those of its window: bit n is n years ago.
func (j *judge) flagged(past *past, b *kernel.Batch, i int, met bool) uint64 {
	importer, partner := b.Importer[i], int32(-1)
	if b.Partner != nil {
		partner = j.judgedAs(b.Partner[i])
	}
	if met && !(j.onlyTop && partner < 0) { // else Importers has recorded it
		past.remember(j.scan, importer, partner, b.Year)
	}
	return j.inWindowOf(past.at(importer, partner), b.Year)
}

// inWindowOf turns years into those of the window that ends in one: bit n is n years before it.
func (s *scan) inWindowOf(years uint64, year int) (flagged uint64) {
	now := apart(s.since, year)
	for n := 0; n < s.window && n <= now; n++ {
		flagged |= years >> (now - n) & 1 << n
	}
	return flagged
}

func onesIn(bits uint64, n int) int {
	count := 0
	for ; n > 0; n-- {
		count += int(bits & 1)
		bits >>= 1
	}
	return count
}

func (j *judge) partnerIsTop(b *kernel.Batch, i int) bool {
	if b.TopSupplier[i] == kernel.MergedPartner {
		return true
	}
	set := j.partners.groups[b.Partner[i]].Codes(b.Year)
	return set.Has(trade.Code(b.TopSupplier[i]))
}

// prepare computes what a cell shows beside its verdict.
func (j *judge) prepare(b *kernel.Batch) error {
	j.values, j.margins = j.values[:0], j.margins[:0]
	for _, e := range j.scan.values {
		j.values = append(j.values, e.Eval(&b.Columns, &j.scratch))
	}
	if j.details {
		for _, c := range j.method.Criteria {
			j.margins = append(j.margins, c.Margin(&b.Columns, &j.scratch))
		}
	}
	if len(j.others) == 0 {
		return nil
	}
	j.agree = slices.Grow(j.agree[:0], b.N)[:b.N]
	clear(j.agree)
	for _, m := range j.others {
		all, err := j.meet(b, m.Criteria, &j.keep)
		if err != nil {
			return err
		}
		for i, met := range all {
			if met {
				j.agree[i]++
			}
		}
	}
	return nil
}

// noPartner are the parties of partners of a cell that has none.
var noPartner = []int32{-1}

// fold adds cell i to every pair of parties that it belongs to.
func (j *judge) fold(b *kernel.Batch, i int, flagged uint64) {
	partner, partners := int32(-1), noPartner
	if b.Partner != nil {
		partner = b.Partner[i]
		partners = j.partners.partiesOf[partner]
	}
	for _, ip := range j.importers.partiesOf[b.Importer[i]] {
		for _, pp := range partners {
			j.foldInto(b, i, ip, pp, partner, flagged)
		}
	}
}

// entry finds what was collected of two parties for the product at hand, or notes that it will be at next.
func (j *judge) entry(importer, partner int32, next int) (at int, known bool) {
	key := uint64(uint32(importer))<<32 | uint64(uint32(partner))
	if at, known = j.entries[key]; known {
		return at, true
	}
	if j.entries == nil {
		j.entries = map[uint64]int{}
	}
	j.entries[key] = next
	return next, false
}

func (j *judge) foldInto(b *kernel.Batch, i int, importer, partnerParty, partner int32, flagged uint64) {
	at, known := j.entry(importer, partnerParty, len(j.cells))
	if !known {
		j.cells = append(j.cells, cell{year: b.Year, importer: importer, partner: partnerParty, product: b.Product,
			best: -1, topImporter: -1})
	}
	c := &j.cells[at]
	c.alternatives++
	// Cells of one importer follow one another: its imports count once, however many partners it depends on.
	if c.topImporter != b.Importer[i] || c.alternatives == 1 {
		c.imports += b.At(indicator.Imports, i)
		c.exports += b.At(indicator.Exports, i)
	}
	c.topImporter = b.Importer[i]
	c.flagged |= flagged
	weight := b.At(indicator.Imports, i)
	if partner >= 0 {
		weight = b.At(indicator.ImportsFromPartner, i)
		c.fromPartner += weight
		if j.details && !slices.Contains(c.counted, partner) {
			c.counted = append(c.counted, partner)
			c.worldShare += b.At(indicator.PartnerExports, i) / b.At(indicator.WorldExports, i)
		}
	}
	if weight > c.best {
		c.best, c.topPartner, c.topSupplier = weight, partner, b.TopSupplier[i]
		j.describe(c, i)
	}
}

// describe keeps the details of cell i, the largest so far of its parties.
func (j *judge) describe(c *cell, i int) {
	c.values = c.values[:0]
	for _, col := range j.values {
		c.values = append(c.values, at(col, i))
	}
	c.margin = math.Inf(1)
	for k, col := range j.margins {
		if m := at(col, i); math.Abs(m) < math.Abs(c.margin) {
			c.margin, c.nearest = m, int8(k)
		}
	}
	if len(j.others) > 0 {
		c.agree = j.agree[i]
	}
}

func at(col []float64, i int) float64 {
	if len(col) == 1 {
		return col[0]
	}
	return col[i]
}

// label names a supplier or exporter of a batch.
func (st *study) label(code uint16, importer, partner string) string {
	switch code {
	case kernel.MergedPartner:
		return partner
	case kernel.MergedImporter:
		return importer
	}
	return st.economies.Label(trade.Code(code))
}

// answer is the table of the rows that a question found, with its provenance.
func answer[R any](st *study, schema *result.Schema[R], title string, rows []R) *result.Table {
	return st.withProvenance(schema.Table(title, rows))
}

// table starts the answer to a query, with its provenance.
func (st *study) table(name, title string, columns ...*result.Column) *result.Table {
	return st.withProvenance(result.New(name, title, columns...))
}

func (st *study) withProvenance(t *result.Table) *result.Table {
	t.Synthetic = st.Dataset.Manifest().Synthetic
	t.Notes = append(t.Notes, st.notes...)
	t.Provenance = st.provenance()
	t.Provenance.Years, t.Provenance.World, t.Provenance.Query = yearsText(st.years), orElse(st.query.World, string(trade.Gross)), orElse(st.request, st.query.String())
	seen := map[string]bool{}
	for _, b := range append(slices.Clone(st.importers.selection.Blocs), st.partners.selection.Blocs...) {
		if !seen[b.ID] {
			seen[b.ID] = true
			t.Provenance.Blocs = append(t.Provenance.Blocs, result.BlocText{ID: b.ID, Name: b.Name, Source: b.Source, Text: b.String()})
		}
	}
	return t
}

// judgedTable is a table whose verdicts come from methods.
func (st *study) judgedTable(name, title string, columns ...*result.Column) *result.Table {
	return st.judged(st.table(name, title, columns...))
}

// judgedAnswer is the answer of rows whose verdicts come from methods.
func judgedAnswer[R any](st *study, schema *result.Schema[R], title string, rows []R) *result.Table {
	return st.judged(answer(st, schema, title, rows))
}

// judged adds the methods, and what their verdicts rest on.
func (st *study) judged(t *result.Table) *result.Table {
	var worlds []string
	for _, m := range st.methods {
		if !slices.Contains(worlds, string(m.World)) {
			worlds = append(worlds, string(m.World))
		}
	}
	t.Provenance.World = strings.Join(worlds, ", ")
	for _, m := range st.methods {
		t.Provenance.Methods = append(t.Provenance.Methods, MethodText(m))
		if text := m.OriginText(); text != "" {
			t.Notes = append(t.Notes, text)
		}
		for _, c := range m.Provisional {
			t.Provisional = append(t.Provisional, fmt.Sprintf("%s: `%s` stands in for a rule that is not public", m.ID, c))
		}
	}
	noteGaps(t, st.windows()...)
	t.Notes = append(t.Notes, st.inside()...)
	t.Notes = append(t.Notes, st.gaps()...)
	noteGaps(t, st.coverage()...)
	return t
}

// MethodText is a method as answers carry it.
func MethodText(m *method.Method) result.MethodText {
	return result.MethodText{ID: m.ID, Title: m.Title, Status: m.StatusText(), Source: m.Source, Text: m.Text, SHA256: m.SHA256}
}

// inside says which partners asked for are part of an importer: what a bloc buys from its own members is no import.
func (st *study) inside() []string {
	var notes []string
	last := st.years[len(st.years)-1]
	union := func(p trade.Party) (set trade.Set) {
		for _, g := range p.Any {
			set = set.Union(g.Codes(last))
		}
		return set
	}
	for _, partner := range st.partners.parties {
		for _, importer := range st.importers.parties {
			if !partner.Named || !importer.Named || len(importer.Any) > 1 {
				continue
			}
			if codes := union(partner); codes.Len() > 0 && codes.Minus(union(importer)).Len() == 0 {
				notes = append(notes, fmt.Sprintf("%s is part of the importer %s, whose inner trade is not imports: its zeros follow from that", partner.Label, importer.Label))
			}
		}
	}
	return notes
}

func yearsText(years []int) string { return trade.FormatYears(trade.RangesOf(years)) }
