package competition

import (
	"context"
	"crypto/sha256"
	"maps"
	"math"
	"slices"
	"strings"

	"chokepoint/chokepoints"
	"chokepoint/dependence"
	"chokepoint/industry"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// boardYear is the trade of a year as a scoreboard looks at it: the unit that is measured, its rivals, what it depends on and who
// depends on it.
type boardYear struct {
	*scoreboard
	y          int
	set        trade.Set      // economies of the unit
	all        *industry.Year // each economy by itself; nil where nobody has to know
	m          *industry.Year // the unit as one
	row        int            // of the unit
	rivals     []*rival       // each economy by itself
	rivalsEU   []*rival       // with the other members of the European Union as one
	prices     []industry.UnitValue
	complexity *industry.Complexity // nil: too few economies
	lacks      lacks
	bought     result.Status // what figures of its imports rest on
	depends    result.Status // and verdicts on them
	window     result.Status // and verdicts on others
	untold     string        // why there is no class; "" where there may be one
}

// rival is another exporter.
type rival struct {
	label   string
	set     trade.Set
	exports []float64 // by product
	sold    float64   // of the products of the row at hand
}

// ownDependence is a product that the economy depends on.
type ownDependence struct {
	imports float64
	from    []partnerImports // each partner that it depends on
}

type partnerImports struct {
	partner string
	imports float64 // NaN where the method has no partner
}

// heldPower is a product for which others depend on the economy.
type heldPower struct {
	dependents int
	bought     float64 // by them, there
	single     bool
}

// lookAt gathers a year; nil where the unit does not trade in it.
func (b *scoreboard) lookAt(ctx context.Context, y int) (*boardYear, error) {
	party := &b.ImporterSide.Parties[0]
	x := &boardYear{scoreboard: b, y: y, set: b.UnitIn(y)}
	x.bought, x.depends, x.window = b.CoverageOf(party, y).Status, b.StatusOf(b.Methods[0], party, y), b.WindowOf(b.Methods[0], y)
	inner := x.PartySets(&x.union, y)[0].Minus(x.set) // of which the trade inside is asked for: the first, if it is the unit's own
	if unitOf(b.Study, y).several(b.Study) {
		inner = x.set
	}
	err := x.Ahead(ctx, y, x.set, inner)
	if err != nil {
		return nil, err
	}
	if x.m, x.row, err = yearOf(ctx, b.Study, unitOf(b.Study, y), y); err != nil || x.row < 0 {
		return nil, err
	}
	for _, look := range []func(context.Context) error{x.wholeWorld, x.lacking, x.others, x.weigh} {
		if err := look(ctx); err != nil {
			return nil, err
		}
	}
	if x.complexity, _, err = b.floors.complexity(x.m, unitOf(b.Study, y)); err != nil {
		x.complexity = nil // too few economies: the columns stay empty
	}
	return x, b.judge.look(ctx, x)
}

// whole finds the year in which each economy is by itself.
func (x *boardYear) whole(ctx context.Context) (err error) {
	switch {
	case x.all != nil:
	case unitOf(x.Study, x.y).several(x.Study):
		x.all, err = x.Industry(ctx, x.y)
	default:
		x.all = x.m
	}
	return err
}

// wholeWorld puts what a unit's members sell to each other back into the world's exports, where the question asks for it.
func (x *boardYear) wholeWorld(ctx context.Context) error {
	if x.world != trade.Gross || !unitOf(x.Study, x.y).several(x.Study) {
		return nil
	}
	if err := x.whole(ctx); err != nil {
		return err
	}
	world := make([]float64, len(x.m.Products))
	for k, p := range x.m.Products {
		at, _ := x.all.Column(p)
		world[k] = x.all.World[at]
	}
	x.m.World, x.m.Total = world, x.all.Total
	return nil
}

// others finds its rivals: each other economy by itself, and with the other members of the European Union as one, who sell to whoever
// is none of them.
func (x *boardYear) others(ctx context.Context) error {
	members := x.PartySets(&x.union, x.y)[0]
	rest := members.Minus(x.set)
	for row, c := range x.m.Economies {
		if row == x.row {
			continue
		}
		r := &rival{label: x.Economies.Label(c), set: trade.SetOf(c), exports: x.m.Exports(row)}
		if x.rivals = append(x.rivals, r); !rest.Has(c) {
			x.rivalsEU = append(x.rivalsEU, r)
		}
	}
	if rest.Len() == 0 {
		return nil
	}
	one := &rival{label: "EU", set: rest, exports: make([]float64, len(x.m.Products))}
	if rest != members {
		one.label = "rest of EU"
	}
	sold, err := x.soldBy(ctx, rest)
	if err != nil {
		return err
	}
	k := 0
	for _, s := range sold {
		for k < len(x.m.Products) && x.m.Products[k] < s.product {
			k++
		}
		if k < len(x.m.Products) && x.m.Products[k] == s.product {
			one.exports[k] = s.exports
		}
	}
	x.rivalsEU = append(x.rivalsEU, one)
	return nil
}

// soldOutside is what a bloc sells of a product to others than its members.
type soldOutside struct {
	product string
	exports float64
}

// soldBy finds what a bloc sells to others by product, ascending. All economies outside of it are measured beside the same: the dataset
// remembers it, 100 kB a bloc and year.
func (x *boardYear) soldBy(ctx context.Context, bloc trade.Set) ([]soldOutside, error) {
	type key struct {
		year int
		bloc trade.Set
	}
	return store.Remember(ctx, x.Dataset.Memory(), key{x.y, bloc}, store.SizeOfSlice[soldOutside], func() (list []soldOutside, err error) {
		inner, err := x.Inner(ctx, x.y, bloc)
		if err != nil {
			return nil, err
		}
		inside, k := bloc, 0
		if inner != nil {
			inside = trade.Set{}
		}
		err = x.EngineOrFiles().Margins(ctx, x.y, nil, inside, func(product string, m store.Margins) error {
			s := soldOutside{product: product}
			for i, c := range m.Exporter {
				if bloc.Has(trade.Code(c)) {
					s.exports += m.Exports[i]
				}
			}
			if inner != nil {
				s.exports -= inner.Values[k]
				k++
			}
			if s.exports > 0 {
				list = append(list, s)
			}
			return nil
		})
		return list, err
	})
}

// weigh finds what its exports cost a tonne.
func (x *boardYear) weigh(ctx context.Context) error {
	prices, err := x.EngineOrFiles().Prices(ctx, x.y, x.set)
	if err != nil {
		return err
	}
	x.prices = make([]industry.UnitValue, len(x.m.Products))
	for _, p := range prices {
		if k, ok := x.m.Column(p.Product); ok {
			x.prices[k] = industry.UnitValue{Own: p.Value / p.Tonnes, World: p.World / p.WorldTonnes, Value: p.Value}
		}
	}
	return nil
}

// leaning is dependence in both directions, by year and product. Scoreboards that differ in their sectors and rules share it.
type leaning struct {
	own  map[int]map[string]ownDependence
	held map[int]map[string]heldPower
}

// leaningKey is all that leaning depends on.
type leaningKey struct {
	years string
	asked [sha256.Size]byte
}

// lean finds dependence in both directions, which the dataset remembers: some 100 bytes a product and year.
func (b *scoreboard) lean(ctx context.Context, q study.Query) (err error) {
	key := leaningKey{study.YearsText(b.Years), b.Asked(q)}
	b.leaning, err = store.Remember(ctx, b.Dataset.Memory(), key, (*leaning).size, func() (*leaning, error) { return b.readLeaning(ctx, q) })
	return err
}

// readLeaning asks for dependence in both directions, of all years: who looks at the years one by one goes through those before each again.
func (b *scoreboard) readLeaning(ctx context.Context, q study.Query) (*leaning, error) {
	l := &leaning{map[int]map[string]ownDependence{}, map[int]map[string]heldPower{}}
	years := map[string][]int{} // by whom to ask about the unit
	for _, y := range b.Years {
		l.own[y], l.held[y] = map[string]ownDependence{}, map[string]heldPower{}
		others := b.outsiders(y)
		years[others] = append(years[others], y)
	}
	own, err := dependence.NewListing(ctx, b.Source, q)
	if err != nil {
		return nil, err
	}
	scans, holdings := []*dependence.Scan{own.Scan}, []*chokepoints.Holding{}
	q.Partners = q.Importers // as it was asked for: a bloc of the question's own has its members there
	for _, others := range slices.Sorted(maps.Keys(years)) {
		q.Importers, q.Years = others, study.YearsText(years[others])
		h, err := chokepoints.NewHolding(ctx, b.Source, q)
		if err != nil {
			return nil, err
		}
		scans, holdings = append(scans, h.Scan), append(holdings, h)
	}
	err = dependence.RunAll(ctx, scans, func(scan, year int, cells []dependence.Cell) error {
		if scan == 0 {
			return own.Take(ctx, year, cells)
		}
		return holdings[scan-1].Take(ctx, year, cells)
	})
	for _, r := range own.Rows() {
		d := l.own[r.Year][r.Product.Code]
		d.imports = r.Imports
		d.from = append(d.from, partnerImports{r.Supplier(), r.ImportsFromPartner})
		l.own[r.Year][r.Product.Code] = d
	}
	for _, h := range holdings {
		for _, r := range h.Held {
			l.held[r.Year][r.Product] = heldPower{r.Dependents, r.FromPartner, r.Single}
		}
	}
	return l, err
}

// size is about what it takes, in bytes.
func (l *leaning) size() (bytes int64) {
	const entry = 64 // of a map, with its key
	for _, products := range l.own {
		for _, d := range products {
			bytes += entry + store.SizeOfSlice(d.from)
		}
	}
	for _, products := range l.held {
		bytes += entry * int64(len(products))
	}
	return bytes
}

// outsiders selects whoever is no part of the unit in a year: what one member buys from another makes nobody depend on the unit.
func (b *scoreboard) outsiders(year int) string {
	unit := unitOf(b.Study, year)
	if !unit.several(b.Study) {
		return "all"
	}
	var importers trade.Set
	for _, y := range b.Have {
		importers = importers.Union(b.Dataset.Importers(y))
	}
	var labels []string
	for _, c := range importers.Minus(unit.codes).Codes() {
		if label := b.Economies.Label(c); !slices.Contains(labels, label) {
			labels = append(labels, label)
		}
	}
	if len(labels) == 0 {
		return "all" // it is the world
	}
	return strings.Join(labels, ",")
}

// measure measures one sector. The ranges are those of the measures that missing importers could move.
func (x *boardYear) measure(g study.ProductGroup) (ScoreboardRow, ranges) {
	products := x.m.Columns(g.Products)
	exports, imports, world := sumOf(x.m.Exports(x.row), products), sumOf(x.m.Imports[x.row], products), sumOf(x.m.World, products)
	advantages, exported := x.m.Advantages(x.row, products)
	own, held := x.ownOf(g.Products), x.heldOf(g.Products)
	imports, own.imports = x.bought.Float(imports), x.depends.Float(own.imports)
	ratio := func(v float64) float64 { // a ratio to imports says nothing where some of them are missing
		if x.bought != result.Observed {
			return math.NaN()
		}
		return v
	}
	first, firstEU := x.placed(exports, products)
	r := ScoreboardRow{
		Year: x.y, Economy: x.label, Sector: g.ID, SectorName: g.Name,
		Products: len(products), Exports: exports, Imports: imports, MarketShare: exports / world, Rank: first.rank,
		RCA: x.m.RCA(x.row, products...), Exported: exported, Advantages: advantages, AdvantageShare: float64(advantages) / float64(len(products)),
		Balance: ratio(industry.Balance(exports, imports)),
		Own:     x.depends.Int(own.products), OwnImports: own.imports, OwnShare: ratio(own.imports / imports),
		OwnPartner: own.partner, OwnPartnerProducts: x.depends.Int(own.partnerProducts),
		Others: x.window.Int(held.dependents), OthersImports: x.window.Float(held.bought), SinglePoints: x.window.Int(held.single),
		UnitValue: industry.RelativeUnitValue(x.prices, products), PCI: x.pci(products),
		RankEU: firstEU.rank, Lead: exports / firstEU.largest, LeadOver: firstEU.label,
		Intensity: ratio(x.m.ImportIntensity(x.row, products...)), ValuePartner: own.valuePartner,
		ValuePartnerImports: x.depends.Float(own.valuePartnerImports), ValuePartnerShare: ratio(own.valuePartnerImports / own.imports),
		SoldStatus: x.sold(), BoughtStatus: x.bought, OwnStatus: x.depends,
	}
	r.blank()
	return r, x.rangesOf(&r, products, firstEU.largest)
}

// blank empties what there is nothing of: ranks where nothing is exported, and all figures of a sector of which nobody trades a product.
func (r *ScoreboardRow) blank() {
	for _, rank := range []*int{&r.Rank, &r.RankEU} {
		if *rank == 0 {
			*rank = result.MissingInt
		}
	}
	if r.Products > 0 {
		return
	}
	r.SoldStatus, r.BoughtStatus, r.OwnStatus = result.Missing, result.Missing, result.Missing
	for _, n := range []*int{&r.Exported, &r.Advantages, &r.Own, &r.OwnPartnerProducts, &r.Others, &r.SinglePoints} {
		*n = result.MissingInt
	}
	for _, v := range []*float64{&r.Exports, &r.Imports, &r.Lead, &r.OwnImports, &r.OthersImports, &r.ValuePartnerImports} {
		*v = math.NaN()
	}
}

// sold is what figures of exports rest on.
func (x *boardYear) sold() result.Status {
	if x.lacks.share > 0 {
		return result.Partial
	}
	return result.Observed
}

// pci is the mean complexity of products, weighted by exports.
func (x *boardYear) pci(products []int) float64 {
	var sum, weight float64
	for _, p := range products {
		if x.complexity != nil && x.m.Exports(x.row)[p] > 0 && !math.IsNaN(x.complexity.PCI[p]) {
			sum += x.m.Exports(x.row)[p] * x.complexity.PCI[p]
			weight += x.m.Exports(x.row)[p]
		}
	}
	return sum / weight
}

// place is where an exporter stands among others.
type place struct {
	rank    int // 0 where it exports nothing
	largest float64
	label   string // of the largest other
}

// placed finds where the unit stands among economies by themselves, and with the European Union as one. It adds up what each rival sells.
func (x *boardYear) placed(exports float64, products []int) (alone, eu place) {
	for _, r := range x.rivals {
		r.sold = sumOf(r.exports, products)
	}
	if n := len(x.rivalsEU); n > 0 { // the European Union is the last, if it is there: all others are among the rivals
		r := x.rivalsEU[n-1]
		r.sold = sumOf(r.exports, products)
	}
	return placeAmong(exports, x.rivals), placeAmong(exports, x.rivalsEU)
}

func placeAmong(exports float64, rivals []*rival) (p place) {
	p.rank = 1
	for _, r := range rivals {
		if r.sold > exports {
			p.rank++
		}
		if r.sold > p.largest {
			p.largest, p.label = r.sold, r.label
		}
	}
	if exports == 0 {
		p.rank = 0
	}
	return p
}

type ownSum struct {
	products, partnerProducts int
	imports                   float64
	partner                   string // for most products
	valuePartner              string // for most of the value
	valuePartnerImports       float64
}

func (x *boardYear) ownOf(products []string) (sum ownSum) {
	number, value := map[string]float64{}, map[string]float64{}
	for _, p := range products {
		d, ok := x.own[x.y][p]
		if !ok {
			continue
		}
		sum.products++
		sum.imports += d.imports
		for _, f := range d.from {
			number[f.partner]++
			value[f.partner] += f.imports
		}
	}
	var n float64
	sum.partner, n = most(number)
	sum.partnerProducts = int(n)
	sum.valuePartner, sum.valuePartnerImports = most(value)
	return sum
}

// most is the name with the largest value, the first of them in the alphabet; "" where none has a value.
func most(values map[string]float64) (name string, value float64) {
	for n, v := range values {
		if v > value || v == value && v > 0 && n < name {
			name, value = n, v
		}
	}
	return name, value
}

type heldSum struct {
	dependents, single int
	bought             float64
}

func (x *boardYear) heldOf(products []string) (sum heldSum) {
	for _, p := range products {
		h := x.held[x.y][p]
		sum.dependents += h.dependents
		sum.bought += h.bought
		if h.single {
			sum.single++
		}
	}
	return sum
}
