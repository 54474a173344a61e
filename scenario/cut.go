package scenario

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/elasticity"
	"chokepoint/fault"
	"chokepoint/kernel"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// cutParameters are those of questions about a cut, in the order of help.
func cutParameters() []study.Parameter {
	list := study.ParameterList(nil, "products", "importers", "years", "hubs")
	list = study.Changed(list, "years", func(p *study.Parameter) { p.Standard, p.Usage = "", "years of the flows (default: the latest)" })
	list = study.Changed(list, "importers", func(p *study.Parameter) {
		p.Usage = "who is shown: USA, EU27 (the sum of its members), EU27:members, all; whose supply stops is --to"
	})
	list = study.Changed(list, "hubs", func(p *study.Parameter) {
		p.Standard, p.Example = "entrepots", "keep"
		p.Usage = "economies whose sales count as those of a supplier that stops, as Hong Kong's do as China's: entrepots, the list that comes with the program; keep counts each as itself"
	})
	list = study.Changed(list, "products", func(p *study.Parameter) {
		p.Standard = ""
		p.Usage += " (default: all, or those of --scenario)"
	})
	return slices.Concat([]study.Parameter{{Name: "suppliers", Example: "CHN", Usage: "who stops, all at once: CHN, RUS,BLR, EU27 (default: those in --scenario)"}, scenarioParameter}, list, []study.Parameter{
		{Name: "to", Example: "USA,EU27", Usage: "to whom they stop selling: as --importers (default: all)"},
		{Name: "cut", Example: "0.5", Usage: "the share of each of these flows that stops, 0 to 1 (default: 1)"},
		{Name: "rule", Example: "present", Usage: "whom importers turn to: present (today's suppliers), capacity (who exports to others), mixed (half and half), sqrt (root of both), several with commas (default: all four)"},
		{Name: "spare", Example: "0.1", Usage: "what each supplier can add, as a share of its exports of the product; an assumption, so give several with commas (default: 0.05,0.1,0.25)"},
		{Name: "not-from", Example: "RUS,IRN", Usage: "who may not fill the gap"},
		{Name: "only-from", Example: "G7", Usage: "the only ones who may fill the gap"},
		{Name: "sigma", Example: "2,4", Usage: "elasticities of substitution for the price factor, above 1, the first for the headline (default: 2,2.25, for 2 to 3 years and for 7 years or more)"},
		{Name: "months", Example: "12", Usage: "add a monthly path, up to 36 months (default: none, 12 with --stock-days)"},
		{Name: "ramp", Example: "12", Usage: "months until substitutes arrive in full; an assumption (default: 6)"},
		{Name: "stock-days", Example: "60", Usage: "importers' stocks, in days of need (default: unknown)"},
	})
}

// CutQuestion is the question scenario cut.
var CutQuestion = &study.Question{
	Name: "scenario cut", Short: "Show what importers lose when suppliers stop, who fills the gap, and what remains unfilled",
	Schemas: []study.Schema{CutSchema},
	Long: `Show what importers lose when suppliers stop selling, who fills the gap under each rule, and what remains unfilled. This is a model,
not a forecast: it reroutes one year's flows and ignores contracts, quality, the time needed to build capacity, and substitution
between goods.

A rule says whom an importer asks. Each supplier can add no more than its spare capacity, a share of its exports of the product;
what it refuses is requested from the others. There are figures for each rule and each spare capacity, and no single one is the
answer. Importers compete for the same supplies. --to says whose supply stops, --importers which importers are shown.

The status no_source means that the rule names nobody: the importer buys only from the suppliers that stop. Totals have the
product all, or list:NAME. docs/scenarios.md has the formulas and how well the rules did in the past ("chokepoint backtest").`,
	Examples: []string{
		`chokepoint scenario cut --suppliers CHN --products 850760 --importers USA,EU27`,
		`chokepoint scenario cut --suppliers CHN --products 850760,list:crm --importers EU27:members,USA --cut 0.5 --rule present --spare 0.1`,
		`chokepoint scenario cut --suppliers CHN --products list:crm --to USA --importers all --not-from RUS,IRN --format csv`,
		`chokepoint scenario cut --scenario coking-coal-2020 --importers CHN,JPN`,
		`chokepoint scenario cut --suppliers CHN --products 850511 --importers JPN --stock-days 60 --ramp 12`,
	},
	Parameters: cutParameters(),
	Local:      []study.Parameter{distanceParameter},
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		c, err := readCut(ctx, s, r)
		if err != nil {
			return nil, err
		}
		return c.answer(ctx)
	},
}

// Combination is one rule with one spare capacity.
type Combination struct {
	Rule  Rule
	Spare float64
}

// cutting is one question about a cut, and its answer being made.
type cutting struct {
	*study.Study
	file                             *File // the scenario asked for; nil for none
	suppliers, to, notFrom, onlyFrom study.Side
	label                            string // of the suppliers
	share                            float64
	combinations                     []Combination
	sigmas                           []float64 // the first is the headline's
	ramp, stockDays                  float64
	months                           int
	groups                           []productGroup
	single                           bool // one product is asked for
	distances                        *Distances
	hubs                             []string // labels of the suppliers' hubs
	totalsOnly                       bool     // rows of single products are not wanted
	bySource                         bool     // who fills is wanted in full

	rows    []CutRow
	sources []SourceRow
	moved   map[int]hubMove // by year
}

// productGroup is a total: all, or a list.
type productGroup struct {
	label    string
	products map[string]bool // nil is all
}

// hubMove is what counting hubs as their suppliers changes in a year, US dollars.
type hubMove struct{ sales, asked, need float64 }

func readCut(ctx context.Context, s *study.Source, r study.Request) (*cutting, error) {
	if err := s.OnlyYears("scenario cut"); err != nil {
		return nil, err
	}
	c := &cutting{moved: map[int]hubMove{}}
	var err error
	if c.file, err = complete(s, &r); err != nil {
		return nil, err
	}
	if strings.TrimSpace(r.Own["suppliers"]) == "" {
		return nil, &study.ParameterError{Parameter: "suppliers", Err: errors.New("is missing; for example suppliers=CHN, or scenario=coking-coal-2020")}
	}
	r.Products = study.OrElse(r.Products, "all")
	q := study.Latest(s, r.Query)
	hubs := strings.TrimSpace(q.Hubs)
	if hubs == "" {
		hubs = "entrepots"
	}
	if hubs == "keep" {
		hubs = ""
	}
	q.Hubs, q.Partners, q.Method = hubs, "-", ""
	if c.Study, err = s.Study(ctx, q); err != nil {
		return nil, err
	}
	for _, side := range []struct {
		name, text string
		at         *study.Side
	}{{"suppliers", r.Own["suppliers"], &c.suppliers}, {"to", study.OrElse(r.Own["to"], "all"), &c.to}, {"not-from", r.Own["not-from"], &c.notFrom}, {"only-from", r.Own["only-from"], &c.onlyFrom}} {
		if strings.TrimSpace(side.text) == "" {
			continue
		}
		if *side.at, err = c.Side(side.name, side.text); err != nil {
			return nil, err
		}
		if side.at.Selection.None {
			return nil, fault.Questionf("%s %q: expected economies or blocs", side.name, side.text)
		}
	}
	if c.suppliers.Selection.All {
		return nil, fault.Questionf("suppliers %q: expected economies or blocs; nobody would be left to fill", r.Own["suppliers"])
	}
	var labels []string
	for _, p := range c.suppliers.Parties {
		labels = append(labels, p.Label)
	}
	c.label = strings.Join(labels, ",")
	if err := c.readNumbers(r.Own); err != nil {
		return nil, err
	}
	if err := c.readGroups(q.Products); err != nil {
		return nil, err
	}
	c.distances, err = openDistances(s, r.Own["distance"], c.Economies)
	return c, err
}

func (c *cutting) readNumbers(own map[string]string) error {
	rules, err := parseRules(own["rule"])
	if err != nil {
		return err
	}
	if c.share, err = numberIn("cut", own["cut"], 0, 1); err != nil {
		return err
	}
	spares, err := numbersIn("spare", own["spare"], 0, 1e6)
	if err != nil {
		return err
	}
	for _, rule := range rules {
		for _, spare := range spares {
			c.combinations = append(c.combinations, Combination{rule, spare})
		}
	}
	if c.sigmas, err = numbersIn("sigma", own["sigma"], 1+1e-9, 1e3); err != nil {
		return err
	}
	if c.ramp, err = numberIn("ramp", own["ramp"], 0, 600); err != nil {
		return err
	}
	c.stockDays = math.NaN()
	if text := own["stock-days"]; text != "" {
		if c.stockDays, err = numberIn("stock-days", text, 0, 3650); err != nil {
			return err
		}
		c.months = 12
	}
	if text := own["months"]; text != "" {
		m, err := numberIn("months", text, 1, mostMonths)
		if err != nil || m != math.Floor(m) {
			return fault.Questionf("months %q: expected a whole number from 1 to %d", text, mostMonths)
		}
		c.months = int(m)
	}
	return nil
}

// numberIn reads a number of a range.
func numberIn(name, text string, low, high float64) (float64, error) {
	x, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(x >= low && x <= high) {
		return 0, fault.Questionf("%s %q: expected a number from %s to %s", name, text, strconv.FormatFloat(low, 'g', 4, 64), strconv.FormatFloat(high, 'g', 4, 64))
	}
	return x, nil
}

// numbersIn reads numbers of a range with commas between, each once.
func numbersIn(name, text string, low, high float64) (list []float64, err error) {
	for word := range strings.SplitSeq(text, ",") {
		x, err := numberIn(name, word, low, high)
		if err != nil {
			return nil, err
		}
		if slices.Contains(list, x) {
			return nil, fault.Questionf("%s %q: %s appears twice", name, text, strings.TrimSpace(word))
		}
		list = append(list, x)
	}
	return list, nil
}

// readGroups finds the totals: all products asked for, and each list. Of one product alone the total is its row.
func (c *cutting) readGroups(products string) error {
	c.groups = []productGroup{{label: "all"}}
	if codes := c.Products.Codes(); len(codes) == 1 {
		c.groups[0].label, c.single = codes[0], true
	}
	lists, _ := study.SplitProducts(products)
	for _, name := range lists {
		groups, _, err := c.Groups(name)
		if err != nil {
			return err
		}
		of := productGroup{"list:" + name, map[string]bool{}}
		for _, g := range groups {
			for _, p := range g.Products {
				of.products[p] = true
			}
		}
		c.groups = append(c.groups, of)
	}
	return nil
}

// CutCell is what a row is about: one importer and product, or a total.
type CutCell struct {
	Year                   int
	Importer, ImporterName string
	Suppliers              string
	Product                string // a code, all, or list:NAME
	Imports, Stopped, Lost float64
	LostTonnes             float64 // NaN where a tonnage is not known
	Others                 float64 // what candidates export to others
	Status                 result.Status
	Freed                  float64 // of a row about those whose supply goes on: what they could have, US dollars; else 0
	buyers                 [3]uint16
	buyersUSD              float64
	productsHit            int
}

// CutRow is what becomes of a loss under a rule and a spare capacity.
type CutRow struct {
	*CutCell
	Combination
	Unfilled, NoSource float64 // NoSource is the part of Unfilled for which the rule names nobody
	FirstUSD           float64
	Price, Low, High   float64
	Path               *Path
	sources            [3]uint16
	status             result.Status
	labels             *trade.Economies
}

// Filled is the part of the loss that others fill.
func (r *CutRow) Filled() float64 { return r.Lost - r.Unfilled }

// Source is the label of the economy that fills most, second or third most; "" for none.
func (r *CutRow) Source(i int) string { return labelOf(r.labels, r.sources[i]) }

func labelOf(e *trade.Economies, code uint16) string {
	if code == 0 {
		return ""
	}
	return e.Label(trade.Code(code))
}

// setting is a cut in one year: whom it is about.
type setting struct {
	year    int
	cut     Cut
	parties []trade.Set // that are shown
	at      [trade.MaxCode][]int32
	status  []result.Status // by party
	taken   []bool          // by party: whether anybody of it is part of the cut
	slot    [trade.MaxCode]int32
	codes   []uint16 // of exporters, by slot
	targets bool     // some importers keep their supply
}

func (c *cutting) settingOf(year int) *setting {
	s := &setting{year: year, parties: c.PartySets(&c.ImporterSide, year)}
	union := func(side *study.Side) (all trade.Set) {
		for _, set := range c.Sets(side, year) {
			all = all.Union(set)
		}
		return all
	}
	s.cut = Cut{Stops: union(&c.suppliers), To: union(&c.to), Share: c.share, Not: union(&c.notFrom), Only: union(&c.onlyFrom), Chosen: len(c.onlyFrom.Groups) > 0}
	c.addHubs(s)
	world := c.WorldStatus(year)
	for p, set := range s.parties {
		s.parties[p] = set.Minus(s.cut.Stops)
		s.taken = append(s.taken, s.parties[p].Intersect(s.cut.To).Len() > 0)
		s.status = append(s.status, result.Worst(c.CoverageOf(&c.ImporterSide.Parties[p], year).Status, world))
		for _, code := range s.parties[p].Codes() {
			s.at[code] = append(s.at[code], int32(p))
		}
	}
	for _, code := range c.Dataset.Exporters(year).Codes() {
		s.slot[code] = int32(len(s.codes))
		s.codes = append(s.codes, uint16(code))
	}
	s.targets = c.Dataset.Importers(year).Minus(s.cut.To).Minus(s.cut.Stops).Len() > 0
	return s
}

// addHubs lets the economies through which the goods of the suppliers pass stop with them.
func (c *cutting) addHubs(s *setting) {
	if c.Hubs == nil {
		return
	}
	labels := map[string]bool{}
	for _, code := range s.cut.Stops.Codes() {
		labels[c.Economies.Label(code)] = true
	}
	for _, e := range c.Hubs.List.Entrepots {
		if e.TogetherWith == "" || !labels[e.TogetherWith] || labels[e.Economy] {
			continue
		}
		for _, economy := range c.Economies.All() {
			if c.Economies.Label(economy.Code) == e.Economy {
				s.cut.Hubs.Add(economy.Code)
				s.cut.Stops.Add(economy.Code)
				if !slices.Contains(c.hubs, e.Economy) {
					c.hubs = append(c.hubs, e.Economy)
				}
			}
		}
	}
}

// total is the sum of what a party loses over products, under each combination.
type total struct {
	imports, stopped, lost, others, tonnes float64
	products                               int
	fills                                  []totalFill // by combination
}

type totalFill struct {
	unfilled, noSource float64
	noSources          int
	gained             []float64 // by slot of exporters
	path               *Path
}

// cutBlock is the answer to some products.
type cutBlock struct {
	rows   [][]CutRow   // by party
	parts  [][][]CutRow // in the sum of blocks, by party: the rows of each; they are many, and stay where they are until all are there
	totals [][]total    // by group and party
	freed  []CutRow
	buyers []map[uint16]float64 // of freed goods, by group
	gone   []float64            // freed, by group
	moved  hubMove
}

// cutProducts are worked on at a time. Totals add up block by block, so that they do not depend on how many processors there are.
const cutProducts = 128

func (c *cutting) run(ctx context.Context) error {
	for _, y := range c.Years {
		s := c.settingOf(y)
		products, err := c.EngineOrFiles().Traded(ctx, y, c.Products.Codes())
		if err != nil {
			return err
		}
		blocks := slices.Collect(slices.Chunk(products, cutProducts))
		sum := c.newBlock(s)
		sum.parts = make([][][]CutRow, len(s.parties))
		cells := 0
		err = kernel.InOrder(ctx, len(blocks), func(i int) (*cutBlock, error) { return c.block(ctx, s, blocks[i]) }, func(b *cutBlock) error {
			sum.add(b)
			for _, rows := range b.rows {
				cells += len(rows)
			}
			return c.CheckRows(len(c.rows)+cells, c.width())
		})
		if err != nil {
			return err
		}
		c.collect(s, sum)
	}
	return nil
}

func (c *cutting) newBlock(s *setting) *cutBlock {
	b := &cutBlock{rows: make([][]CutRow, len(s.parties)), gone: make([]float64, len(c.groups))}
	for range c.groups {
		b.totals = append(b.totals, make([]total, len(s.parties)))
		b.buyers = append(b.buyers, map[uint16]float64{})
	}
	return b
}

// fillsOf makes room for what fills the losses of a total.
func (t *total) fillsOf(combinations, slots int) []totalFill {
	if t.fills == nil {
		t.fills = make([]totalFill, combinations)
		gained := make([]float64, combinations*slots)
		for k := range t.fills {
			t.fills[k].gained = gained[k*slots : (k+1)*slots]
		}
	}
	return t.fills
}

func (b *cutBlock) add(o *cutBlock) {
	for p := range b.parts {
		if len(o.rows[p]) > 0 {
			b.parts[p] = append(b.parts[p], o.rows[p])
		}
	}
	for g := range b.totals {
		for p := range b.totals[g] {
			b.totals[g][p].add(&o.totals[g][p])
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
	t.products += o.products
	if o.fills == nil {
		return
	}
	if t.fills == nil {
		t.fills = o.fills
		return
	}
	for k := range t.fills {
		to, from := &t.fills[k], &o.fills[k]
		to.unfilled, to.noSource, to.noSources = to.unfilled+from.unfilled, to.noSource+from.noSource, to.noSources+from.noSources
		for i, v := range from.gained {
			to.gained[i] += v
		}
		if from.path != nil {
			to.path = addPaths(to.path, from.path)
		}
	}
}

func addPaths(to, from *Path) *Path {
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
	c      *cutting
	s      *setting
	b      *cutBlock
	market Market
	fill   Fill
	places [trade.MaxCode]int32 // importers of the market by code, -1 for none
	gained []float64
	inSet  []*Importer
	cells  []CutCell // memory for those to come
	parts  []partyCell
}

// partyCell is what a party is in one product.
type partyCell struct {
	party   int
	cell    *CutCell
	members []int // places in the market
}

func (c *cutting) block(ctx context.Context, s *setting, products []string) (*cutBlock, error) {
	w := &cutWorker{c: c, s: s, b: c.newBlock(s)}
	for _, product := range products {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		flows, err := c.EngineOrFiles().Flows(ctx, s.year, product)
		if err != nil {
			return nil, err
		}
		w.product(product, flows)
	}
	return w.b, nil
}

// product adds the rows of a product, and its part of the totals.
func (w *cutWorker) product(product string, flows store.Flows) {
	c, s := w.c, w.s
	w.market.Read(flows.Importer, flows.Exporter, flows.Value, &s.cut)
	m := &w.market
	for i := range w.places {
		w.places[i] = -1
	}
	for i := range m.Importers {
		w.places[m.Importers[i].Code] = int32(i)
	}
	if len(c.hubs) > 0 {
		for i := range m.Importers {
			if b := &m.Importers[i]; b.Need > 0 {
				w.b.moved.sales += c.share * b.Hubs
				w.b.moved.need += b.Need
			}
		}
		w.b.moved.asked += m.AskedOfHubs(c.share)
	}
	w.parts = w.parts[:0]
	for p, set := range s.parties {
		w.party(p, set, product, &flows)
	}
	for k, combination := range c.combinations {
		if len(w.parts) == 0 {
			break
		}
		if c.distances != nil {
			m.FillByDistance(&w.fill, combination.Rule, combination.Spare, c.distances)
		} else {
			m.Fill(&w.fill, combination.Rule, combination.Spare)
		}
		w.gained = resized(w.gained, len(m.Exporters))
		for i := range w.parts {
			w.row(k, &w.parts[i], product)
		}
	}
	if s.targets && m.Freed > 0 {
		w.free(product)
	}
}

// party adds what an importer loses of a product.
func (w *cutWorker) party(p int, set trade.Set, product string, flows *store.Flows) {
	c, s, m := w.c, w.s, &w.market
	part := partyCell{party: p}
	cell := CutCell{Year: s.year, Importer: c.ImporterSide.Parties[p].Label, ImporterName: c.ImporterSide.Parties[p].Name, Suppliers: c.label, Product: product, Status: s.status[p], LostTonnes: math.NaN()}
	w.inSet = w.inSet[:0]
	for word, bits := range set {
		for ; bits != 0; bits &= bits - 1 {
			if at := w.places[word*64+trailing(bits)]; at >= 0 {
				b := &m.Importers[at]
				part.members, w.inSet = append(part.members, int(at)), append(w.inSet, b)
				cell.Imports, cell.Lost = cell.Imports+b.Imports, cell.Lost+b.Need
			}
		}
	}
	if len(part.members) == 0 {
		return
	}
	cell.Stopped, cell.Others = m.rearranged(w.inSet)
	if flows.Quantity != nil && cell.Lost > 0 {
		cell.LostTonnes = w.tonnes(set, flows)
	}
	for g, group := range c.groups {
		if group.products == nil || group.products[product] {
			t := &w.b.totals[g][p]
			t.imports += cell.Imports
			if cell.Stopped > 0 {
				t.stopped, t.lost, t.others, t.products, t.tonnes = t.stopped+cell.Stopped, t.lost+cell.Lost, t.others+cell.Others, t.products+1, t.tonnes+cell.LostTonnes
			}
		}
	}
	if cell.Stopped == 0 || !s.taken[p] && !c.ImporterSide.Parties[p].Named {
		return
	}
	if len(w.cells) == 0 {
		w.cells = make([]CutCell, 256)
	}
	part.cell, w.cells = &w.cells[0], w.cells[1:]
	*part.cell = cell
	w.parts = append(w.parts, part)
}

// tonnes is the weight of what a party loses; NaN where that of a part is not known.
func (w *cutWorker) tonnes(set trade.Set, flows *store.Flows) (sum float64) {
	set = set.Intersect(w.s.cut.To)
	for k, code := range flows.Importer {
		if set.Has(trade.Code(code)) && w.s.cut.Stops.Has(trade.Code(flows.Exporter[k])) {
			sum += w.c.share * flows.Quantity[k]
		}
	}
	return sum
}

// row adds what becomes of a party's loss under a combination.
func (w *cutWorker) row(k int, part *partyCell, product string) {
	c, f, m, cell := w.c, &w.fill, &w.market, part.cell
	row := CutRow{CutCell: cell, Combination: c.combinations[k], labels: c.Economies, status: cell.Status}
	clear(w.gained)
	sources := false
	for _, at := range part.members {
		b := &m.Importers[at]
		if b.Need == 0 {
			continue
		}
		row.Unfilled += f.Unfilled[at]
		if f.Sources[at] {
			sources = true
			f.Gained(at, w.gained)
		} else {
			row.NoSource += b.Need
		}
	}
	if cell.Lost > 0 && !sources {
		row.status = result.NoSource
	}
	row.sources, row.FirstUSD = w.largest()
	row.price(c.sigmas)
	if c.months > 0 {
		path := PathOf(cell.Lost, row.Filled(), c.ramp, c.stockDays, c.months)
		row.Path = &path
	}
	if !c.totalsOnly {
		w.b.rows[part.party] = append(w.b.rows[part.party], row)
	}
	for g, group := range c.groups {
		if group.products != nil && !group.products[product] {
			continue
		}
		t := &w.b.totals[g][part.party].fillsOf(len(c.combinations), len(w.s.codes))[k]
		t.unfilled, t.noSource = t.unfilled+row.Unfilled, t.noSource+row.NoSource
		if row.NoSource > 0 {
			t.noSources++
		}
		for i, v := range w.gained {
			if v > 0 {
				t.gained[w.s.slot[m.Exporters[i].Code]] += v
			}
		}
		if row.Path != nil {
			t.path = addPaths(t.path, row.Path)
		}
	}
}

// largest are the three exporters that gain most, the first by code where they gain the same.
func (w *cutWorker) largest() (codes [3]uint16, first float64) {
	var values [3]float64
	for i, v := range w.gained {
		if v > values[2] {
			insert(&codes, &values, w.market.Exporters[i].Code, v)
		}
	}
	return codes, values[0]
}

// insert puts a value in its place among the three largest; of equal ones the earlier stays first.
func insert(codes *[3]uint16, values *[3]float64, code uint16, v float64) {
	for i := range values {
		if v > values[i] {
			copy(values[i+1:], values[i:2])
			copy(codes[i+1:], codes[i:2])
			values[i], codes[i] = v, code
			return
		}
	}
}

// price puts in by how much the price index rises: for what stays unfilled, at the first elasticity and at the largest, and for all that is
// lost at the smallest, an upper bound.
func (r *CutRow) price(sigmas []float64) {
	r.Price, r.Low, r.High = 1, 1, 1
	if r.Lost == 0 {
		return
	}
	r.Price = priceFactor(r.Unfilled/r.Imports, sigmas[0])
	r.Low = priceFactor(r.Unfilled/r.Imports, slices.Max(sigmas))
	r.High = priceFactor(r.Lost/r.Imports, slices.Min(sigmas))
}

// mostShare is the share from which on no price factor is given: nearly nothing is left that could have a price.
const mostShare = 0.99

func priceFactor(share, sigma float64) float64 {
	if share >= mostShare {
		return math.NaN()
	}
	return elasticity.PriceFactor(max(0, share), sigma)
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
	var codes [3]uint16
	var values [3]float64
	takers := map[uint16]float64{}
	for i := range m.Importers {
		if x := &m.Importers[i]; x.Need == 0 && x.Stopped > 0 {
			takes := m.Freed * x.Stopped / others
			takers[x.Code] = takes
			if takes > values[2] {
				insert(&codes, &values, x.Code, takes)
			}
		}
	}
	b.freed = append(b.freed, w.c.freedRow(w.s, product, m.Freed, codes, values[0]))
	for g, group := range w.c.groups {
		if group.products == nil || group.products[product] {
			b.gone[g] += m.Freed
			for code, v := range takers {
				b.buyers[g][code] += v
			}
		}
	}
}

// Others is the importer of rows on freed goods.
const Others = "others"

func (c *cutting) freedRow(s *setting, product string, freed float64, codes [3]uint16, first float64) CutRow {
	nan := math.NaN()
	status := c.WorldStatus(s.year)
	return CutRow{labels: c.Economies, status: status, Unfilled: nan, NoSource: nan, FirstUSD: nan, Price: nan, Low: nan, High: nan, Combination: Combination{"", nan},
		CutCell: &CutCell{Year: s.year, Importer: Others, Suppliers: c.label, Product: product, Imports: nan, Stopped: nan, Lost: nan, LostTonnes: nan, Others: nan, Status: status, Freed: freed, buyers: codes, buyersUSD: first}}
}

// collect puts the rows of a year together: totals first, of all products and of lists, those who lose most first; then products.
func (c *cutting) collect(s *setting, b *cutBlock) {
	c.moved[s.year] = b.moved
	order := make([]int, len(s.parties))
	for p := range order {
		order[p] = p
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(b.totals[0][y].lost, b.totals[0][x].lost) })
	for g, group := range c.groups {
		for _, p := range order {
			c.totalRows(s, &b.totals[g][p], p, group.label)
		}
		if s.targets && b.gone[g] > 0 {
			var codes [3]uint16
			var values [3]float64
			for code := range trade.MaxCode {
				if v := b.buyers[g][uint16(code)]; v > values[2] {
					insert(&codes, &values, uint16(code), v)
				}
			}
			c.rows = append(c.rows, c.freedRow(s, group.label, b.gone[g], codes, values[0]))
		}
	}
	if c.single || c.totalsOnly {
		return
	}
	n := len(b.freed)
	for _, parts := range b.parts {
		for _, rows := range parts {
			n += len(rows)
		}
	}
	c.rows = slices.Grow(c.rows, n)
	for _, p := range order {
		for i, rows := range b.parts[p] {
			c.rows = append(c.rows, rows...)
			b.parts[p][i] = nil
		}
	}
	c.rows = append(c.rows, b.freed...)
}

// totalRows adds the rows of a party over products. Who is asked for by name has them whatever it loses, and without figures where the
// dataset lacks its imports.
func (c *cutting) totalRows(s *setting, t *total, p int, label string) {
	party := &c.ImporterSide.Parties[p]
	if t.stopped == 0 && !party.Named || s.parties[p].Len() == 0 && c.PartySets(&c.ImporterSide, s.year)[p].Len() > 0 {
		return
	}
	nan := math.NaN()
	cell := &CutCell{Year: s.year, Importer: party.Label, ImporterName: party.Name, Suppliers: c.label, Product: label, Imports: t.imports, Stopped: t.stopped, Lost: t.lost,
		LostTonnes: nan, Others: t.others, Status: s.status[p], productsHit: t.products}
	if t.lost > 0 && c.quantities(s.year) {
		cell.LostTonnes = t.tonnes
	}
	fills := t.fillsOf(len(c.combinations), len(s.codes))
	for k, combination := range c.combinations {
		f := &fills[k]
		row := CutRow{CutCell: cell, Combination: combination, labels: c.Economies, status: cell.Status, Unfilled: f.unfilled, NoSource: f.noSource, Path: f.path}
		if !cell.Status.Answers() {
			cell.Imports, cell.Stopped, cell.Lost, cell.Others = nan, nan, nan, nan
			row.Unfilled, row.NoSource, row.FirstUSD, row.Price, row.Low, row.High, row.Path = nan, nan, nan, nan, nan, nan, nil
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
		if t.lost > 0 && t.lost == f.noSource {
			row.status = result.NoSource
		}
		row.price(c.sigmas)
		if c.months > 0 && row.Path == nil {
			path := PathOf(0, 0, c.ramp, c.stockDays, c.months)
			row.Path = &path
		}
		c.rows = append(c.rows, row)
	}
}

// quantities says whether the dataset knows tonnes in a year.
func (c *cutting) quantities(year int) bool {
	return slices.ContainsFunc(c.Dataset.Manifest().Years, func(y store.YearEntry) bool { return y.Year == year && y.QuantityRows > 0 })
}

func (c *cutting) answer(ctx context.Context) (*result.Table, error) {
	if err := c.run(ctx); err != nil {
		return nil, err
	}
	title := fmt.Sprintf("What if %s stops: who loses, who fills, %s (a model)", c.label, study.YearsText(c.Years))
	if c.share < 1 {
		title = fmt.Sprintf("What if %s of what %s sells stops: who loses, who fills, %s (a model)", result.Percent(c.share), c.label, study.YearsText(c.Years))
	}
	t := study.Answer(c.Study, c.schema(), title, c.rows)
	c.addBlocs(t)
	return t, c.note(ctx, t)
}

// addBlocs adds the blocs that other parameters than importers name.
func (c *cutting) addBlocs(t *result.Table) {
	for _, side := range []*study.Side{&c.suppliers, &c.to, &c.notFrom, &c.onlyFrom} {
		for _, b := range side.Selection.Blocs {
			if !slices.ContainsFunc(t.Provenance.Blocs, func(have result.BlocText) bool { return have.ID == b.ID }) {
				t.Provenance.Blocs = append(t.Provenance.Blocs, result.BlocOf(b.ID, b.Name, b.Source, b.String()))
			}
		}
	}
}
