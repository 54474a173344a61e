package kernel

import (
	"slices"

	"chokepoint/indicator"
	"chokepoint/trade"
)

// line is one entry of View.Importers or View.Partners.
type line struct {
	index   int32
	set     trade.Set               // its economies that trade in the year
	codes   []trade.Code            // the same
	in      *[trade.MaxCode]float64 // the same, of blocs: 1 for members, 0 for others
	inside  trade.Set               // of blocs: trade with these is inside; the members, or a bloc that they are part of
	within  *[trade.MaxCode]float64 // the same: 1 and 0
	outside *[trade.MaxCode]int     // of a single economy that is part of a bloc: 0 for these, 1 for others
	low     uint16                  // lowest member code, for ties
	economy *economyYear            // where it is remembered what it trades; nil elsewhere, as what follows
	supply  *suppliersYear          // of an economy: who sells to it
	ofBloc  *blocYear               // of a bloc: both
	innerOf func(k int) float64     // of a bloc: what its members sell to one another, by product of the year, where the year's files have it
	merged  bool                    // it has several economies, however many of them trade, or is part of a bloc inside which trade does not count
}

func (l *line) bloc() bool { return l != nil && l.merged }

// side is the lines of importers or of partners.
type side struct {
	lines []line // by index
	blocs []int32
	first [trade.MaxCode]int32 // of each economy: a line that is this economy alone, -1 where there is none
	next  []int32              // by line: another of the same economy, or -1
}

// newSide makes the lines of sets. inside, which may be shorter, gives for a set the bloc that it is part of.
func newSide(sets, inside []trade.Set, present trade.Set) side {
	s := side{next: make([]int32, len(sets)), lines: make([]line, 0, len(sets))}
	for c := range s.first {
		s.first[c] = -1
	}
	for i, set := range sets {
		l := line{index: int32(i), set: set.Intersect(present)}
		all := set.Codes()
		if l.codes = all; l.set != set {
			l.codes = l.set.Codes()
		}
		if len(all) > 0 {
			l.low, l.merged, l.inside = uint16(all[0]), len(all) > 1, l.set
		}
		if i < len(inside) && inside[i].Len() > 0 && len(l.codes) > 0 {
			l.merged, l.inside = true, inside[i].Intersect(present).Union(l.set)
		}
		s.lines = append(s.lines, l)
		s.next[i] = -1
		switch {
		case len(l.codes) == 0:
		case l.merged:
			s.blocs = append(s.blocs, l.index)
			s.lines[i].in, s.lines[i].within = ones(l.set), ones(l.inside)
			if len(l.codes) == 1 {
				s.lines[i].outside = others(l.inside)
			}
		default: // behind the others, so that lines keep their order
			at := &s.first[l.codes[0]]
			for *at >= 0 {
				at = &s.next[*at]
			}
			*at = l.index
		}
	}
	return s
}

func ones(set trade.Set) *[trade.MaxCode]float64 {
	in := &[trade.MaxCode]float64{}
	for _, c := range set.Codes() {
		in[c] = 1
	}
	return in
}

func others(set trade.Set) *[trade.MaxCode]int {
	out := &[trade.MaxCode]int{}
	for c := range out {
		if !set.Has(trade.Code(c)) {
			out[c] = 1
		}
	}
	return out
}

// few says that it is cheaper to look for each line in a product than to go through all economies that trade it.
func (s *side) few() bool { return len(s.lines) <= 8 }

// sumSet marks base sums.
type sumSet [indicator.NumSums]bool

func (s *sumSet) add(sums []indicator.Sum) {
	for _, sum := range sums {
		s[sum] = true
	}
}

func (s *sumSet) any(sums ...indicator.Sum) bool {
	return slices.ContainsFunc(sums, func(sum indicator.Sum) bool { return s[sum] })
}

// Sums by what it takes to know them.
var (
	tradeSums   = indicator.SumsOf(indicator.OfTrade)
	supplySums  = indicator.SumsOf(indicator.OfSuppliers)
	worldSums   = indicator.SumsOf(indicator.OfExporters)
	sellerSums  = indicator.SumsOf(indicator.OfSellers)
	weighedSums = indicator.SumsWhere(indicator.Sum.Weighed)
	// What takes more than squares of suppliers, the total of the world, and what the index tells of the world.
	supplyBeyondSquares = without(supplySums, indicator.ImportSquares)
	supplyBeyondTop     = without(supplySums, indicator.ImportSquares, indicator.TopSupplierImports)
	worldBeyondTotal    = without(worldSums, indicator.WorldExports)
	worldBeyondIndex    = without(worldSums, indicator.WorldExports, indicator.Exporters, indicator.WorldSquares)
)

func without(sums []indicator.Sum, some ...indicator.Sum) []indicator.Sum {
	return slices.DeleteFunc(slices.Clone(sums), func(s indicator.Sum) bool { return slices.Contains(some, s) })
}

// plan is a View made ready for one year. Criteria are sorted by the step after which they can be judged.
type plan struct {
	view                *View
	exact               bool // whole dollars: differences of sums are exact
	importers, partners side

	byWorld  stage // on products
	bySeller stage // on products and partners
	byTrade  stage // on importer cells, before suppliers are looked at
	bySupply stage // on importer cells
	byPair   stage // on cells of importers and partners

	need         sumSet          // of the cells that are handed over
	copied       []indicator.Sum // those that a pair has from its importer
	tops         bool            // name the largest supplier
	topExporter  bool            // name the largest exporter
	suppliers    bool            // sums over the suppliers of importer cells are needed
	onlySquares  bool            // of these, the sum of squares and no other
	topExporters bool            // of that, the largest exporters, or tonnes
	topThree     bool            // of that, the three largest
	exporters    bool            // more of the world than its exports is needed
	quantities   bool            // tonnes are needed; most questions pass them by
	floor        float64         // a pair whose share of the importer's imports is below it meets no criteria
	topOnly      bool            // of partners that are no bloc only the largest supplier counts
	leading      bool            // no supplier but the leaders can meet it
	sellerFloor  float64         // a partner whose share of the world's exports is below it meets no criteria
	onPairs      bool            // a criterion is on pairs: an importer without one that meets it is left out
	shared       bool            // the world is the same for all cells of a product: no bloc is netted out
	judging      bool            // cells arrive that miss a criterion, with their verdicts
}

// stage is criteria and the sums that they need.
type stage struct {
	criteria []*indicator.Criterion
	sums     sumSet
}

func (s *stage) add(c *indicator.Criterion, u indicator.Unseen) {
	s.criteria = append(s.criteria, c)
	s.sums.add(c.SumsUnder(u))
}

func newPlan(view *View, present trade.Set, exact bool) *plan {
	p := &plan{view: view, exact: exact, importers: newSide(view.Importers, view.Inside, present), partners: newSide(view.Partners, nil, present)}
	p.shared = view.World != trade.Net || len(p.importers.blocs)+len(p.partners.blocs) == 0
	p.topExporter = view.Tops || view.Sums == nil
	p.tops = p.topExporter || view.TopOnly
	p.judging = view.Whole != nil || view.Unseen != 0
	for _, c := range view.Criteria {
		p.stageOf(c).add(c, view.Unseen)
		p.onPairs = p.onPairs || len(view.Partners) > 0 && c.Level() == indicator.Pair
		p.floor = max(p.floor, c.Floor("partner_share"))
		p.sellerFloor = max(p.sellerFloor, c.Floor("partner_world_share"))
	}
	p.sellerFloor -= (1 - p.sellerFloor) * float64(view.Unseen) // s of w reaches (s+u*w)/(w+u*w) at the most
	p.need.add(view.Sums)
	p.need[indicator.Imports] = true
	for s := range p.need {
		p.need[s] = p.need[s] || view.Sums == nil || p.bySupply.sums[s] || p.byPair.sums[s]
	}
	if p.topOnly = view.TopOnly && p.tops && len(view.Partners) > 0 && !p.need.any(weighedSums...); p.topOnly {
		p.need[indicator.TopSupplierImports] = true
	}
	for s := range indicator.Sum(indicator.NumSums) {
		if p.need[s] && s.Level() < indicator.Pair {
			p.copied = append(p.copied, s)
		}
	}
	p.suppliers = p.tops || p.need.any(supplySums...)
	p.onlySquares = !p.tops && p.need[indicator.ImportSquares] && !p.need.any(supplyBeyondSquares...)
	for _, sums := range []*sumSet{&p.need, &p.byWorld.sums, &p.bySeller.sums, &p.byTrade.sums} {
		p.quantities = p.quantities || sums.any(weighedSums...)
		p.exporters = p.exporters || p.topExporter || sums.any(worldBeyondTotal...)
		p.topExporters = p.topExporters || p.topExporter || sums.any(worldBeyondIndex...)
		p.topThree = p.topThree || sums[indicator.Top3ExporterExports]
	}
	return p
}

// stageOf finds the first stage at which all sums of a criterion are known and are those of the cell that it judges. A
// partner bloc is one supplier, so that what is said of an importer's suppliers must be judged pair by pair.
func (p *plan) stageOf(c *indicator.Criterion) *stage {
	only := func(lists ...[]indicator.Sum) bool {
		known := slices.Concat(lists...)
		return !slices.ContainsFunc(c.SumsUnder(p.view.Unseen), func(s indicator.Sum) bool { return !slices.Contains(known, s) })
	}
	var world []indicator.Sum
	if p.shared {
		world = worldSums
	}
	pairs := len(p.view.Partners) > 0
	// With few importers and many partners it is cheaper to look at the importers' own suppliers first.
	sellersFirst := pairs && (p.partners.few() || !p.importers.few())
	switch {
	case only(world):
		return &p.byWorld
	case only(world, sellerSums) && p.shared && sellersFirst:
		return &p.bySeller
	case only(world, tradeSums):
		return &p.byTrade
	case c.Level() < indicator.Pair && len(p.partners.blocs) == 0:
		return &p.bySupply
	case pairs:
		return &p.byPair
	}
	return &p.bySupply
}
