// Package chokepoints ranks products and suppliers by how many depend on them and how hard they are to replace. The weights of the score
// are files.
package chokepoints

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
	"strings"

	"chokepoint/chain"
	"chokepoint/dependence"
	"chokepoint/elasticity"
	"chokepoint/fault"
	"chokepoint/kernel"
	"chokepoint/result"
	"chokepoint/rule"
	"chokepoint/sector"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// ChokepointsQuestion is the question chokepoints.
var ChokepointsQuestion = &study.Question{
	Name: "chokepoints", Short: "Rank products and suppliers that many depend on and that are hard to replace",
	Schemas: []study.Schema{Schema},
	Long: `Rank pairs of a product and a supplier on which somebody depends by the method, by default for the latest year. Without --products
it ranks strategic goods (list strategic); --products all ranks all goods, and --products list:crm or 85 only those. The score is the
geometric mean of two things: what depends on the pair (how many importers, how large they are, for what value, and what reaches
third economies through one other), and how hard the supplier is to replace (its share of world exports, the rise of prices without
it, and what its rivals sell beyond what they buy). All parts run from 0 to 1 and are shown next to the score.

choke_point and single_point follow a rule (--single-point). By default a choke point has three dependents that together buy for
10 million USD, and a single point of failure is a choke point that trade alone could not replace. The answer names goods that are
hidden by their code or their route; if a good is not in the ranking, that does not mean that it is safe.

--weights takes capacity, equal and others, or your own file that names the parts to use. rank_low and rank_high give the range of
ranks that a pair has when any one weight is left out or doubled. docs/chokepoints.md has the formulas.`,
	Examples: []string{
		`chokepoint chokepoints --limit 20`,
		`chokepoint chokepoints --products all --limit 20`,
		`chokepoint chokepoints --partners CHN --products list:crm --weights rerouting`,
		`chokepoint chokepoints --products 850511 --partners CHN --elasticities ProTEE_0_1.csv`,
		`chokepoint chokepoints --products 850760 --partners CHN --years all --format csv`,
	},
	Parameters: questionParameters(),
	Local: []study.Parameter{{Name: "elasticities", File: ".csv", Example: "ProTEE_0_1.csv",
		Usage: "elasticities of substitution by code, for price_index: a CSV file with code,sigma, or ProTEE's or Broda and Weinstein's"}},
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		return Chokepoints(ctx, s, r.Query, Options{Weights: r.Own["weights"], Tables: r.Own[chain.JoinParameter.Name], SinglePoint: r.Own["single-point"], Stages: r.Own["stages"],
			Stockability: r.Own["stockability"], Elasticities: r.Own["elasticities"], History: r.Own["history"]})
	},
}

// StrategicGoods are the products that are ranked where a question names none.
const StrategicGoods = "list:strategic"

// Options are the files that decide a ranking, each by name or, where the question may open files, by path. Those that are "" are the
// program's.
type Options struct {
	Weights      string // how parts make the score
	SinglePoint  string // the rule of choke points and single points of failure
	Stages       string // the product list whose sectors are stages of processing
	Stockability string // the product list whose sectors say how long goods keep
	Elasticities string // of substitution; none
	Tables       string // a set of input-output tables; none
	History      string // earlier years that the column since looks at: all, or NoHistory
}

// NoHistory leaves the column since empty: earlier years are not read.
const NoHistory = "none"

const allHistory = "all"

// Chokepoints ranks pairs of a product and a supplier on whom somebody depends by the method. The parts that a score is
// made of go with it: what the supplier sells of the world's exports, how many depend and for how much, whether
// others could deliver, and what reaches third economies through one between.
func Chokepoints(ctx context.Context, s *study.Source, q study.Query, o Options) (*result.Table, error) {
	q = questionOf(s, q)
	c, err := rankingOf(ctx, s, q, o)
	if err != nil {
		return nil, err
	}
	if err := c.run(ctx); err != nil {
		return nil, err
	}
	slices.SortStableFunc(c.rows, func(a, b Row) int { return cmp.Or(a.Year-b.Year, a.Rank-b.Rank) })
	schema := Schema
	if c.join != nil {
		schema = schema.With("", append(chain.UseFields(func(r *Row) *chain.Use { return r.pair.use }), upstreamnessField)...)
	}
	t := study.JudgedAnswer(c.Study, schema, "Choke points: "+goodsText(q.Products)+" and suppliers on whom others depend, "+study.YearsText(c.Years), c.rows)
	c.note(t)
	return t, nil
}

// questionOf is a query with what is taken for granted.
func questionOf(s *study.Source, q study.Query) study.Query {
	if q = study.Latest(s, q).Canonical(); q.Partners == "" {
		q.Partners = "all"
	}
	return q
}

// rankingOf resolves a question and opens its files.
func rankingOf(ctx context.Context, s *study.Source, q study.Query, o Options) (*ranking, error) {
	st, err := s.Study(ctx, q)
	if err != nil {
		if q.Products == StrategicGoods {
			err = fmt.Errorf("%w; strategic goods are ranked where no products are named: products all ranks all goods", err)
		}
		return nil, err
	}
	if len(st.Methods) != 1 {
		return nil, fault.Questionf("method %q: choke points are of one definition; expected one", q.Method)
	}
	if o.History != "" && o.History != allHistory && o.History != NoHistory {
		return nil, &study.ParameterError{Parameter: "history", Value: o.History, Err: fault.Questionf("%q: expected %s or %s", o.History, allHistory, NoHistory)}
	}
	c := &ranking{Study: st, history: o.History != NoHistory}
	if c.join, err = chain.OpenJoin(s, o.Tables); err != nil {
		return nil, err
	}
	return c, c.open(o)
}

// ranking is one answer being made.
type ranking struct {
	*study.Study
	*files
	rows    []Row
	scanned *dependence.Scan
	history bool        // since when pairs have been what they are is looked for
	lacks   lack        // of the year at hand
	join    *chain.Join // nil without tables
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
	allImports  float64 // of all goods, by those who depend
	reached     bool    // a choke point by the rule
	since       int
	stage       string     // of processing
	use         *chain.Use // who uses the product, where the question names tables; nil else
	sigma       float64
	sigmaOf     string // the code that sigma is of; "" where it is the weights'
	supply
	importsShare float64   // of those who depend, in the imports of all goods of those asked for
	parts        []float64 // by the table of parts, 0 to 1
	groups       [2]float64
	score        float64
	rank         int
	low, high    int // of the ranks under other weights
}

// share is what dependents buy from the supplier of all that they buy of the product.
func (c *choke) share() float64 { return c.fromPartner / c.imports }

// priceIndex is by how much the price index of the product rises for dependents where the supplier falls away and those from whom
// they buy too replace it. It is from 1 to infinity, which is where there are none.
func (c *choke) priceIndex() float64 {
	if c.fromPartner >= c.imports {
		return math.Inf(1)
	}
	return elasticity.PriceFactor(c.share(), c.sigma)
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
	rivals         float64 // what other economies export beyond what they import, of those that do
	rivalCount     int
	thirdImports   float64 // what third economies import
	twoHop         float64 // share of it that reaches them by way of others
	indirect       int     // economies that come to depend by way of others
}

// run ranks the pairs of each year asked for.
func (c *ranking) run(ctx context.Context) error {
	since, scanned := sinces{}, *c.Study
	alone := len(c.Years) == 1
	if !alone && c.history {
		scanned.Years = c.until(c.Years[len(c.Years)-1])
	}
	var err error
	if c.scanned, err = dependence.NewScan(&scanned, c.Methods[0]); err != nil {
		return err
	}
	if alone {
		list, err := c.alone(ctx, c.Years[0])
		if err != nil {
			return err
		}
		return c.finish(ctx, c.Years[0], list)
	}
	return c.scanned.Run(ctx, func(year int, cells []dependence.Cell) error {
		if !slices.Contains(c.Years, year) {
			since = since.next(year, c.pairs(cells, nil))
			return nil
		}
		totals, err := c.allImports(ctx, year)
		if err != nil {
			return err
		}
		list := c.pairs(cells, totals)
		if since = since.next(year, list); !c.history {
			forget(list)
		}
		if err := c.measure(ctx, year, list, totals); err != nil {
			return err
		}
		return c.finish(ctx, year, list)
	})
}

// finish adds the rows of a year, whose pairs are measured.
func (c *ranking) finish(ctx context.Context, year int, list []*choke) error {
	if err := c.score(ctx, year, list); err != nil {
		return err
	}
	c.rank(list)
	for _, p := range list {
		c.rows = append(c.rows, c.row(year, p))
	}
	return c.CheckRows(len(c.rows), Schema.Width())
}

// until lists the years of the dataset up to one.
func (c *ranking) until(last int) []int {
	return slices.DeleteFunc(slices.Clone(c.Have), func(y int) bool { return y > last })
}

// held is the pair.
func (p *choke) held() dependence.Held {
	return dependence.Held{Product: p.product, Partner: p.partner}
}

// sinces says since when each pair of a year has been one, without a gap in the years of the dataset.
type sinces map[dependence.Held]int

// next notes in each pair of the next year since when it has been one.
func (s sinces) next(year int, list []*choke) sinces {
	next := make(sinces, len(list))
	for _, p := range list {
		if p.since = year; s[p.held()] != 0 {
			p.since = s[p.held()]
		}
		next[p.held()] = p.since
	}
	return next
}

// aloneKey is all that the pairs of a year and what is measured of them depend on: weights and rules are no part of it.
type aloneKey struct {
	year  int
	asked [sha256.Size]byte
}

// sinceKey is the same for since when each of these pairs has been one.
type sinceKey aloneKey

// alone measures the pairs of one year, and finds since when each has been one. The dataset remembers both, for all who rank the same pairs by
// other weights.
func (c *ranking) alone(ctx context.Context, year int) ([]*choke, error) {
	q := c.Query
	q.Years = ""
	key := aloneKey{year, c.Asked(q)}
	known, err := store.Remember(ctx, c.Dataset.Memory(), key, store.SizeOfSlice[choke], func() (measured []choke, err error) {
		err = c.scanned.Run(ctx, func(_ int, cells []dependence.Cell) error {
			list, err := c.measureAlone(ctx, year, cells)
			for _, p := range list {
				measured = append(measured, *p)
			}
			return err
		})
		return measured, err
	})
	own := slices.Clone(known)
	list := make([]*choke, len(own))
	for i := range own {
		list[i] = &own[i]
	}
	if err != nil || !c.history {
		forget(list)
		return list, err
	}
	since, err := store.Remember(ctx, c.Dataset.Memory(), sinceKey(key), store.SizeOfSlice[int], func() ([]int, error) { return c.sinceAlone(ctx, year, list) })
	for i, y := range since {
		list[i].since = y
	}
	return list, err
}

// forget says of no pair since when it has been one.
func forget(list []*choke) {
	for _, p := range list {
		p.since = result.MissingInt
	}
}

func (c *ranking) measureAlone(ctx context.Context, year int, cells []dependence.Cell) ([]*choke, error) {
	totals, err := c.allImports(ctx, year)
	if err != nil {
		return nil, err
	}
	list := c.pairs(cells, totals)
	return list, c.measure(ctx, year, list, totals)
}

// sinceAlone says since when each pair of a year has been one.
func (c *ranking) sinceAlone(ctx context.Context, year int, list []*choke) ([]int, error) {
	held := make([]dependence.Held, len(list))
	for i, p := range list {
		held[i] = p.held()
	}
	found, err := dependence.HeldSince(ctx, c.Study, c.Methods[0], year, held)
	if err != nil {
		return nil, err
	}
	since := make([]int, len(list))
	for i, h := range held {
		since[i] = found[h]
	}
	return since, nil
}

// pairs sums the dependencies of a year by product and supplier, in ascending order of product. totals are the imports of all goods by
// importer; nil where they are not needed.
func (c *ranking) pairs(cells []dependence.Cell, totals []kernel.Total) []*choke {
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
		if totals != nil {
			p.allImports += totals[x.Importer()].Imports
		}
	}
	return list
}

// allImports is what each party of importers buys of all goods in a year.
func (c *ranking) allImports(ctx context.Context, y int) ([]kernel.Total, error) {
	key := importsKey{year: y, importers: c.ImporterSide.Selection.String()}
	for _, b := range c.ImporterSide.Selection.Blocs {
		key.blocs += b.String() + "\n" // a user's definition may change
	}
	return store.Remember(ctx, c.Dataset.Memory(), key, store.SizeOfSlice[kernel.Total], func() ([]kernel.Total, error) {
		view := kernel.View{Year: y, Importers: c.Sets(&c.ImporterSide, y)}
		return c.EngineOrFiles().Totals(ctx, y, view, c.ImporterSide.PartiesOf, len(c.ImporterSide.Parties))
	})
}

// importsKey is all that imports of all goods depend on.
type importsKey struct {
	year             int
	importers, blocs string
}

// measure goes through the flows of the products of the list, for what does not depend on weights, rules and tables. totals are the imports of
// all goods by importer.
func (c *ranking) measure(ctx context.Context, y int, list []*choke, totals []kernel.Total) error {
	importers, partners := c.PartySets(&c.ImporterSide, y), c.PartySets(&c.PartnerSide, y)
	trading, all := 0, 0.0
	for i, set := range importers {
		if set.Intersect(c.Dataset.Importers(y)).Len() > 0 {
			trading++
		}
		all += totals[i].Imports
	}
	if err := c.supplies(ctx, y, list, importers, partners); err != nil {
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
		p.importers, p.indirect = trading, onward[i].Dependent
		p.importsShare = p.allImports / all
		if p.thirdImports > 0 {
			p.twoHop = onward[i].Value / p.thirdImports
		}
	}
	return nil
}

// score adds what weights, rules and tables say of pairs that are measured.
func (c *ranking) score(ctx context.Context, y int, list []*choke) error {
	c.lacks = c.lackOf(y, c.PartySets(&c.ImporterSide, y))
	if err := c.joinUses(ctx, y, list); err != nil {
		return err
	}
	for _, p := range list {
		p.stage = c.stages.of(p.product)
		p.reached = c.rule.Reached(p.dependents, p.fromPartner)
		p.sigma, p.sigmaOf = c.sigmaOf(p.product)
		p.parts = make([]float64, len(parts))
		for k := range parts {
			p.parts[k] = parts[k].scaled(p, c.weights)
		}
	}
	return nil
}

// byProduct divides pairs in ascending order of product, and lists the products.
func byProduct(list []*choke) (codes []string, products [][]*choke) {
	for from := 0; from < len(list); {
		to := from
		for to < len(list) && list[to].product == list[from].product {
			to++
		}
		codes, products = append(codes, list[from].product), append(products, list[from:to])
		from = to
	}
	return codes, products
}

// joinUses finds who uses the products, among the importers asked for without the supplier, where the question names tables.
func (c *ranking) joinUses(ctx context.Context, y int, list []*choke) error {
	if c.join == nil {
		return nil
	}
	keys := make([]chain.UseKey, len(list))
	for i, p := range list {
		keys[i] = chain.UseKey{User: c.ImporterSide.Selection.String(), Supplier: c.PartnerSide.Parties[p.partner].Label, Product: p.product, Others: true}
	}
	found, err := c.join.Of(ctx, y, keys, true)
	for i := range found {
		list[i].use = &found[i]
	}
	return err
}

// supplies sums what is traded of the products of a list around each supplier. Where the world is net, what the members of a bloc sell to each other is left out, so that each bloc has margins of
// its own.
func (c *ranking) supplies(ctx context.Context, y int, list []*choke, importers, partners []trade.Set) error {
	codes, products := byProduct(list)
	of, netted := map[string][]*choke{}, map[int32][]string{}
	for i, code := range codes {
		of[code] = products[i]
		for _, p := range products[i] {
			if c.scanned.Method.World == trade.Net && partners[p.partner].Len() > 1 {
				netted[p.partner] = append(netted[p.partner], code)
			}
		}
	}
	themselves := map[int32][]trade.Set{} // importers asked for that are the supplier
	err := c.EngineOrFiles().Margins(ctx, y, codes, trade.Set{}, func(product string, m store.Margins) error {
		buying, all := buyers(m.Importer, importers)
		for _, p := range of[product] {
			set := partners[p.partner]
			same, ok := themselves[p.partner]
			if !ok {
				same = slices.DeleteFunc(slices.Clone(importers), func(i trade.Set) bool { return i != set })
				themselves[p.partner] = same
			}
			p.supply, p.buyers = supplyOf(m, set, c.scanned.Method.World), all
			if set.Intersects(&buying) {
				p.buyers -= len(same)
			}
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

// buyers are the economies that import a product, and the number of parties that do.
func buyers(importers []uint16, parties []trade.Set) (set trade.Set, n int) {
	for _, code := range importers {
		set.Add(trade.Code(code))
	}
	for i := range parties {
		if parties[i].Intersects(&set) {
			n++
		}
	}
	return set, n
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
	s.rivals, s.rivalCount = rivalsOf(m, supplier)
	return s
}

// rivalsOf adds up what economies other than the supplier export beyond what they import: who sells on what it buys has no capacity
// of its own. Importers and exporters are ascending.
func rivalsOf(m store.Margins, supplier trade.Set) (sum float64, n int) {
	at := 0
	for i, x := range m.Exports {
		for at < len(m.Importer) && m.Importer[at] < m.Exporter[i] {
			at++
		}
		if at < len(m.Importer) && m.Importer[at] == m.Exporter[i] {
			x -= m.Imports[at]
		}
		if x > 0 && !supplier.Has(trade.Code(m.Exporter[i])) {
			sum += x
			n++
		}
	}
	return sum, n
}

func questionParameters() []study.Parameter {
	list := study.ParameterList([]study.Parameter{
		{Name: "weights", Standard: DefaultWeights, Names: WeightNames, Example: "rerouting", File: ".toml", Usage: "how the parts are weighted in the score:  " + strings.Join(WeightNames(), ", ")},
		{Name: "single-point", Standard: DefaultSinglePoint, Names: rule.SinglePointNames, Example: "none", File: ".toml", Usage: "the rule for choke points and single points of failure: single-point, or none for no floors"},
		{Name: "history", Standard: allHistory, Example: NoHistory, Usage: "earlier years that the column since looks at: all, or none, which leaves it empty and ranks one year of a long dataset several times faster"},
		{Name: "stages", Standard: DefaultStages, Names: sector.Builtin, Example: "bec-sna", File: ".csv or .toml", Usage: "the product list whose sectors give the column stage: bec, bec-sna, or your own table"},
		chain.JoinParameter,
		{Name: "stockability", Standard: DefaultStockability, Names: sector.Builtin, Example: "stockability", File: ".csv or .toml", Usage: "the product list whose sectors give the column stockability"},
	}, study.Judged...)
	list = study.Changed(list, "importers", func(p *study.Parameter) {
		p.Usage = "whose dependence counts: " + strings.TrimPrefix(p.Usage, "who depends: ")
	})
	list = study.Changed(list, "partners", func(p *study.Parameter) { p.Standard, p.Usage = "all", "suppliers to rank: as --importers" })
	list = study.Changed(list, "products", func(p *study.Parameter) {
		p.Standard, p.Example, p.Usage = StrategicGoods, "all", "goods to rank: all, HS codes or their beginnings (850760,8541,28), or a product list (list:mic25/rail); strategic goods where nothing is named"
	})
	list = study.Changed(list, "years", func(p *study.Parameter) { p.Standard, p.Usage = "", p.Usage+" (default: the latest)" })
	return study.Changed(list, "method", func(p *study.Parameter) {
		p.Usage = "one definition of dependency: its id (\"chokepoint methods\" lists them)"
	})
}
