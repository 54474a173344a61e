// Package chokepoints ranks products and suppliers by how many depend on them and how hard they are to replace. The weights of the score
// are files.
package chokepoints

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/dependence"
	"chokepoint/fault"
	"chokepoint/kernel"
	"chokepoint/result"
	"chokepoint/sector"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// ChokepointsQuestion is the question chokepoints.
var ChokepointsQuestion = &study.Question{
	Name: "chokepoints", Short: "Rank products and suppliers on whom many depend and whom nobody could replace",
	Long: `Rank pairs of a product and a supplier on whom somebody depends by the method, of the latest year unless others are
asked for. The score is the geometric mean of what hangs on the pair (how many depend, for what value, what reaches third
economies by way of one other) and of how hard the supplier is to replace (its share of world exports, whether all others
together could deliver as much, how concentrated these are). All parts go from 0 to 1 and stand beside it.

--weights takes equal, reach, rerouting or a file of your own; rank_low and rank_high tell between which ranks a pair
stays when any one weight is left out or doubled. docs/chokepoints.md has the formulas.`,
	Examples: []string{
		`chokepoint chokepoints --limit 20`,
		`chokepoint chokepoints --partners CHN --products 85 --weights rerouting`,
		`chokepoint chokepoints --importers EU27:members --partners CHN,USA --years 2024`,
		`chokepoint chokepoints --products 850760 --partners CHN --years all --format csv`,
	},
	Parameters: chokepointParameters(),
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		return Chokepoints(ctx, s, r.Query, r.Own["weights"])
	},
}

// Chokepoints ranks pairs of a product and a supplier on whom somebody depends by the method. The parts that a score is
// made of stand beside it: what the supplier sells of the world's exports, how many depend and for how much, whether
// others could deliver, how concentrated these are, and what reaches third economies through one between.
func Chokepoints(ctx context.Context, s *study.Source, q study.Query, weights string) (*result.Table, error) {
	if q = study.Latest(s, q).Canonical(); q.Partners == "" {
		q.Partners = "all"
	}
	st, err := s.Study(ctx, q)
	if err != nil {
		return nil, err
	}
	if len(st.Methods) != 1 {
		return nil, fault.Questionf("method %q: choke points are of one definition; want one", q.Method)
	}
	w, err := weightsOf(s, weights)
	if err != nil {
		return nil, err
	}
	s.UseStages()
	c := &chokepoints{Study: st, weights: w}
	if err := c.run(ctx); err != nil {
		return nil, err
	}
	slices.SortStableFunc(c.rows, func(a, b Row) int { return cmp.Or(a.Year-b.Year, a.Rank-b.Rank) })
	t := study.JudgedAnswer(st, Schema, "Choke points: products and suppliers on whom others depend, "+study.YearsText(st.Years), c.rows)
	c.note(t)
	return t, nil
}

// chokepoints is one answer being made.
type chokepoints struct {
	*study.Study
	weights *Weights
	rows    []Row
	scanned *dependence.Scan
}

// choke is a product and a supplier with the parts of its score.
type choke struct {
	product     string
	partner     int32 // party
	dependents  int
	buyers      int     // parties of importers that buy the product from anybody
	importers   int     // that buy anything
	imports     float64 // of the product, by those who depend
	fromPartner float64
	since       int
	stage       string // of processing
	supply
	parts     []float64 // by chokeParts, 0 to 1
	groups    [2]float64
	score     float64
	rank      int
	low, high int // of the ranks under other weights
}

// supply is what the flows of a product say of one supplier and of those who could replace it.
type supply struct {
	exports, world float64 // US dollars
	worldHHI       float64
	others         int     // economies that export it as well
	rest           float64 // their exports
	secondHHI      float64 // among them
	second         trade.Code
	secondExports  float64
	thirdImports   float64 // what third economies import
	twoHop         float64 // share of it that reaches them by way of others
	indirect       int     // economies that come to depend by way of others
}

// chokePart is one part of the score. scaled brings it to 0 … 1 by a rule that does not look at other pairs, so that a pair
// keeps its parts whatever else is asked for.
type chokePart struct {
	name   string
	group  int // exposure, irreplaceable or position
	text   string
	scaled func(c *choke, w *Weights) float64
}

// The groups of parts: what hangs on a pair, and how hard its supplier is to replace. The score is their geometric mean, so
// that a monopoly in what hardly anybody buys is no choke point, nor are large sales of what everybody makes.
//
// What kind of good it is hangs on neither: position in the chain shifts a score, by its share of all weights, and cannot make a
// choke point of what hardly anybody buys.
const (
	exposure = iota
	irreplaceable
	position
)

var groupNames = [2]string{"exposure", "irreplaceability"}

var chokeParts = []chokePart{
	{"reach", exposure, "dependents ÷ importers asked for that import anything", func(c *choke, _ *Weights) float64 {
		return float64(c.dependents) / float64(c.importers)
	}},
	{"value", exposure, "logarithm of what dependents buy from the supplier, between two bounds in the weights", func(c *choke, w *Weights) float64 {
		scale := math.Log(c.fromPartner/w.ValueScale.From) / math.Log(w.ValueScale.To/w.ValueScale.From)
		return min(max(scale, 0), 1)
	}},
	{"two_hop", exposure, "two_hop_share", func(c *choke, _ *Weights) float64 { return c.twoHop }},
	{"world_share", irreplaceable, "the supplier's share of world exports", func(c *choke, _ *Weights) float64 { return c.exports / c.world }},
	{"rearrangement", irreplaceable, "r ÷ (1 + r) of the rearrangement ratio r: ½ where dependents buy as much from the supplier as all others export", func(c *choke, _ *Weights) float64 {
		return c.fromPartner / (c.fromPartner + c.rest)
	}},
	{"second_line", irreplaceable, "HHI of the other exporters; 1 where there are none", func(c *choke, _ *Weights) float64 {
		if c.others == 0 {
			return 1
		}
		return c.secondHHI
	}},
	{"position", position, "position in the chain by the stage of processing: 1 for inputs that others process further (primary, processed, parts), ½ for capital goods and goods without a stage, ¼ for consumption goods, unless the weights say otherwise", func(c *choke, w *Weights) float64 {
		return w.PositionScale[c.stage]
	}},
}

// run ranks the pairs of each year asked for. It goes through all years before them too, to see since when a pair is one.
func (c *chokepoints) run(ctx context.Context) error {
	asked, all := c.Years, *c.Study
	all.Years = slices.DeleteFunc(slices.Clone(c.Have), func(y int) bool { return y > asked[len(asked)-1] })
	var err error
	if c.scanned, err = dependence.NewScan(&all, c.Methods[0]); err != nil {
		return err
	}
	since := map[string]int{}
	return c.scanned.Run(ctx, func(year int, cells []dependence.Cell) error {
		list := c.pairs(cells)
		before := since
		since = make(map[string]int, len(list))
		for _, p := range list {
			key := p.product + " " + strconv.Itoa(int(p.partner))
			if p.since = year; before[key] != 0 {
				p.since = before[key]
			}
			since[key] = p.since
		}
		if !slices.Contains(asked, year) {
			return nil
		}
		if err := c.measure(ctx, year, list); err != nil {
			return err
		}
		c.rank(list)
		for _, p := range list {
			c.rows = append(c.rows, c.row(year, p))
		}
		return c.CheckRows(len(c.rows), Schema.Width())
	})
}

// pairs sums the dependencies of a year by product and supplier, in ascending order of product.
func (c *chokepoints) pairs(cells []dependence.Cell) []*choke {
	var list []*choke
	places := map[int32]*choke{} // of the product at hand
	for i := range cells {
		x := &cells[i]
		if len(list) > 0 && list[len(list)-1].product != x.Product {
			clear(places)
		}
		p := places[x.Partner]
		if p == nil {
			p = &choke{product: x.Product, partner: x.Partner}
			places[x.Partner] = p
			list = append(list, p)
		}
		p.dependents++
		p.imports += x.Imports
		p.fromPartner += x.FromPartner
	}
	return list
}

// measure goes through the flows of the products of the list.
func (c *chokepoints) measure(ctx context.Context, y int, list []*choke) error {
	importers, partners := c.PartySets(&c.ImporterSide, y), c.PartySets(&c.PartnerSide, y)
	trading := 0
	for _, set := range importers {
		if set.Intersect(c.Dataset.Importers(y)).Len() > 0 {
			trading++
		}
	}
	var products [][]*choke
	for from := 0; from < len(list); {
		to := from
		for to < len(list) && list[to].product == list[from].product {
			to++
		}
		products = append(products, list[from:to])
		from = to
	}
	codes := make([]string, len(products))
	for i, pairs := range products {
		codes[i] = pairs[0].product
	}
	if err := c.supplies(ctx, y, codes, products, importers, partners); err != nil {
		return err
	}
	sellers := make([]kernel.Seller, len(list))
	for i, p := range list {
		sellers[i] = kernel.Seller{Product: p.product, Supplier: partners[p.partner]}
	}
	onward, err := c.EngineOrFiles().Onwards(ctx, y, sellers)
	if err != nil {
		return err
	}
	for i, p := range list {
		p.importers, p.indirect, p.stage = trading, onward[i].Dependent, sector.StageOf(c.Dataset.Manifest().Nomenclature, p.product)
		if p.thirdImports > 0 {
			p.twoHop = onward[i].Value / p.thirdImports
		}
		for _, part := range chokeParts {
			p.parts = append(p.parts, part.scaled(p, c.weights))
		}
	}
	return nil
}

// supplies sums what is traded of the products around each supplier. products are the pairs of the list by product, codes
// theirs. Where the world is net, what the members of a bloc sell to each other is left out, so that each bloc has margins of
// its own.
func (c *chokepoints) supplies(ctx context.Context, y int, codes []string, products [][]*choke, importers, partners []trade.Set) error {
	of, netted := map[string][]*choke{}, map[int32][]string{}
	for i, code := range codes {
		of[code] = products[i]
		for _, p := range products[i] {
			if c.scanned.Method.World == trade.Net && partners[p.partner].Len() > 1 {
				netted[p.partner] = append(netted[p.partner], code)
			}
		}
	}
	err := c.EngineOrFiles().Margins(ctx, y, codes, trade.Set{}, func(product string, m store.Margins) error {
		for _, p := range of[product] {
			set := partners[p.partner]
			p.supply, p.buyers = supplyOf(m, set, c.scanned.Method.World), buyers(m.Importer, importers, set)
		}
		return nil
	})
	for partner, codes := range netted {
		if err != nil {
			return err
		}
		err = c.EngineOrFiles().Margins(ctx, y, codes, partners[partner], func(product string, m store.Margins) error {
			for _, p := range of[product] {
				if p.partner == partner {
					p.supply = supplyOf(m, partners[partner], c.scanned.Method.World)
				}
			}
			return nil
		})
	}
	for i, pairs := range products {
		if err == nil && pairs[0].world == 0 {
			err = fmt.Errorf("product %s of %s has dependents but no flows", codes[i], trade.Period(y))
		}
	}
	return err
}

// buyers counts the parties that import the product, the supplier itself aside.
func buyers(importers []uint16, parties []trade.Set, supplier trade.Set) int {
	var set trade.Set
	for _, code := range importers {
		set = set.Union(trade.SetOf(trade.Code(code)))
	}
	n := 0
	for _, p := range parties {
		if p.Intersect(set).Len() > 0 && p != supplier {
			n++
		}
	}
	return n
}

// supplyOf sums the margins of a product around a supplier, an economy or the members of a bloc.
func supplyOf(m store.Margins, supplier trade.Set, world trade.World) (s supply) {
	var squares, restSquares float64
	for i, x := range m.Exports {
		code := trade.Code(m.Exporter[i])
		s.world += x
		if supplier.Has(code) {
			s.exports += x
			if world != trade.Net { // else the bloc is one exporter
				squares += x * x
			}
			continue
		}
		squares += x * x
		restSquares += x * x
		s.others++
		s.rest += x
		if x > s.secondExports {
			s.second, s.secondExports = code, x
		}
	}
	if world == trade.Net {
		squares += s.exports * s.exports
	}
	s.worldHHI, s.secondHHI = squares/(s.world*s.world), restSquares/(s.rest*s.rest)
	s.thirdImports = kernel.ImportsBy(m, supplier)
	return s
}

// rank orders the pairs of a year by score and finds between which ranks each lies when a weight is left out or doubled.
func (c *chokepoints) rank(list []*choke) {
	order := func(weight func(part string) float64) {
		for _, p := range list {
			p.weigh(weight)
		}
		slices.SortStableFunc(list, func(a, b *choke) int {
			return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.fromPartner, a.fromPartner), strings.Compare(a.product, b.product), cmp.Compare(a.partner, b.partner))
		})
		for i, p := range list {
			p.rank = i + 1
			if p.low == 0 {
				p.low, p.high = p.rank, p.rank
			}
			p.low, p.high = min(p.low, p.rank), max(p.high, p.rank)
		}
	}
	for _, changed := range chokeParts {
		for _, factor := range []float64{0, 2} {
			order(func(part string) float64 {
				if part == changed.name {
					return factor * c.weights.Weights[part]
				}
				return c.weights.Weights[part]
			})
		}
	}
	order(func(part string) float64 { return c.weights.Weights[part] })
}

// weigh makes the score of parts: the geometric mean of exposure and irreplaceability, each the weighted mean of its parts, and of
// position, whose exponent is its share q of all weights: (E × I)^((1−q)/2) × P^q. A group without weights is left out.
func (p *choke) weigh(weight func(part string) float64) {
	var sums, weights [3]float64
	for k, part := range chokeParts {
		w := weight(part.name)
		sums[part.group] += w * p.parts[k]
		weights[part.group] += w
	}
	product, groups := 1.0, 0.0
	for g := range p.groups {
		p.groups[g] = sums[g] / weights[g] // NaN without weights
		if weights[g] > 0 {
			product *= p.groups[g]
			groups++
		}
	}
	q := weights[position] / (weights[exposure] + weights[irreplaceable] + weights[position])
	p.score = 0
	switch {
	case q == 1:
		p.score = sums[position] / weights[position]
	case groups > 0:
		p.score = math.Pow(product, 1/groups)
		if q > 0 {
			p.score = math.Pow(p.score, 1-q) * math.Pow(sums[position]/weights[position], q)
		}
	}
}

func (c *chokepoints) note(t *result.Table) {
	var weights []string
	for _, p := range chokeParts {
		weights = append(weights, fmt.Sprintf("%s %v", p.name, c.weights.Weights[p.name]))
	}
	t.Note("weights %s: %s; rank_low and rank_high are the ranks within which a pair stays when any one weight is left out or doubled", c.weights.ID, strings.Join(weights, ", "))
	t.Note("a single point of failure has at least %s of world exports and a rearrangement ratio of at least %v",
		strconv.FormatFloat(100*c.weights.SinglePoint.WorldShare, 'f', -1, 64)+" %", c.weights.SinglePoint.Rearrangement)
	t.Note("two_hop_share and dependents_two_hop are proxies: they follow goods of the same code through one economy and mix its supplies in proportion; inputs in other goods are not seen")
	t.Note("position is read from the stage of processing of the product's code (BEC Rev. 4, list bec), the same for all uses of a good; upstreamness proper needs input-output tables")
	if len(c.Have) > 1 {
		t.Note("since %s means at least since then: the dataset begins there", trade.Period(c.Have[0]))
	} else {
		t.Note("the dataset has one %s: since says nothing", c.Unit(1))
	}
	if !c.Methods[0].HasPartner() {
		t.Note("%s has no criterion on the partner: dependents of a supplier are those whose top supplier it is", c.Methods[0].ID)
	}
}

func chokepointParameters() []study.Parameter {
	list := study.ParameterList([]study.Parameter{{Name: "weights", Standard: "equal", Example: "rerouting", File: ".toml", Usage: "how the parts make the score: " + strings.Join(WeightNames(), ", ")}}, study.Judged...)
	list = study.Changed(list, "importers", func(p *study.Parameter) {
		p.Usage = "whose dependence counts: " + strings.TrimPrefix(p.Usage, "who depends: ")
	})
	list = study.Changed(list, "partners", func(p *study.Parameter) { p.Standard, p.Usage = "all", "suppliers to rank: as --importers" })
	list = study.Changed(list, "years", func(p *study.Parameter) { p.Standard, p.Usage = "", p.Usage+" (default: the latest)" })
	return study.Changed(list, "method", func(p *study.Parameter) {
		p.Usage = "one definition of dependency: its id (\"chokepoint methods\" lists them)"
	})
}
