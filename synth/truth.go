package synth

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"

	"chokepoint/trade"
)

// Truth is what was planted in a world: what an analysis of it has to find.
type Truth struct {
	Dependencies []Dependency // by product, importer
	Riser        Riser
	Policy       *Policy // nil where the world does not reach beyond its year on both sides
	Asymmetry    Asymmetry
}

// Dependency is one importer's dependence on one partner for one product. From Start on the partner's share of its imports is
// about Share, the partner's share of the world's exports of the product about WorldShare or above, and the importer exports
// none of it; before, the partner's share is below 0.2.
type Dependency struct {
	Importer, Partner trade.Code
	Product           string
	Start             int
	Share             float64 // of imports, 0.55 to 0.95; a year's is within 0.08
	WorldShare        float64 // of world exports, 0.40 to 0.75; less only by the year's noise, below 0.05
}

// Riser is the exporter whose share of world exports grows in a straight line between two shares. The world's shares come
// near them, as they follow from single flows.
type Riser struct {
	Exporter              trade.Code
	FirstYear, LastYear   int
	FirstShare, LastShare float64
}

// Policy lowers an importer's imports of some products, from all partners alike: in year t >= Year their logs are below
// what they would have been by -Effect*(t-Year+1). Nothing else tells these products from the others.
type Policy struct {
	Importer trade.Code
	Year     int      // the first with an effect
	Effect   float64  // log points a year, negative
	Products []string // ascending
}

// Asymmetry is a pair of economies of which one depends on the other for Products in all years (they are among the
// dependencies too), while its own exports to the other are held down.
type Asymmetry struct {
	Dependent, Partner trade.Code
	Products           []string // ascending
}

// The economies of the planted stories.
const (
	riserCode          trade.Code = 156 // CHN
	policyImporter     trade.Code = 156 // CHN
	asymmetryDependent trade.Code = 410 // KOR
	asymmetryPartner   trade.Code = 392 // JPN
)

// Their sizes.
const (
	riserFirst = .04
	riserLast  = .20
	riserDepth = 1.3 // latent size its flows lack in the first year

	policyYear   = 2015
	policyEffect = -.10

	asymmetryValue = -3.5 // log points on the exports of the dependent to the partner
)

// plan is the planted truth by product, as the making of flows needs it.
type plan struct {
	products []planted
	of       []int32 // by product: index in products, or -1
	policy   []bool  // by product
}

// planted is a product of which partner has a planted part of the world.
type planted struct {
	k, partner int
	start      int
	world      float64
	cells      []cell // by importer
	anchor     int    // an importer without a planted share that always buys from the partner
}

// cell is a planted dependency: importer's share from partner, before and from the start, and the other supplier it always has.
type cell struct {
	importer, other int
	before, share   float64
}

// Truth returns what was planted. The caller must not change it.
func (w *World) Truth() Truth { return w.truth }

// plant draws the planted truth.
func (w *World) plant() {
	r := rand.New(rand.NewPCG(w.cfg.Seed, streamPlan))
	first, last := w.cfg.FirstYear, w.cfg.LastYear
	w.plan.of = make([]int32, len(w.codes))
	for k := range w.plan.of {
		w.plan.of[k] = -1
	}
	w.plan.policy = make([]bool, len(w.codes))
	var free []int // products with enough flows to plant something in
	for _, k := range r.Perm(len(w.codes)) {
		if w.level[k] > .35 {
			free = append(free, k)
		}
	}
	take := func(n int) []int {
		out := free[:n]
		free = free[n:]
		return out
	}
	dependent, partner := w.index(asymmetryDependent), w.index(asymmetryPartner)
	w.truth.Asymmetry = Asymmetry{Dependent: asymmetryDependent, Partner: asymmetryPartner}
	for _, k := range take(min(40, len(w.codes)/25)) {
		w.plantProduct(r, k, partner, []int{dependent}, first)
		w.truth.Asymmetry.Products = append(w.truth.Asymmetry.Products, w.codes[k])
	}
	sort.Strings(w.truth.Asymmetry.Products)

	partners := w.rank[:10]
	importers := w.rank[:min(len(w.rank), 44)]
	for _, k := range take(min(150, len(w.codes)/12)) {
		p := w.index(riserCode)
		if r.Float64() > .5 {
			p = partners[r.IntN(len(partners))]
		}
		var chosen []int
		for _, x := range r.Perm(len(importers))[:2+r.IntN(5)] {
			if importers[x] != p {
				chosen = append(chosen, importers[x])
			}
		}
		// The start leaves years before it and after it, where there are that many.
		span := last - first + 1
		from, to := first+min(3, span/2), last-min(2, span/4)
		w.plantProduct(r, k, p, chosen, from+r.IntN(max(1, to-from+1)))
	}
	sort.Slice(w.truth.Dependencies, func(a, b int) bool {
		x, y := w.truth.Dependencies[a], w.truth.Dependencies[b]
		return x.Product < y.Product || x.Product == y.Product && x.Importer < y.Importer
	})

	w.truth.Riser = Riser{riserCode, first, last, riserFirst, riserLast}
	if first < policyYear && policyYear <= last {
		w.truth.Policy = &Policy{Importer: policyImporter, Year: policyYear, Effect: policyEffect}
		// Products that trade widely, whose imports do not depend on a few flows that come and go.
		free = slices.DeleteFunc(free, func(k int) bool { return w.level[k] < .6 })
		for _, k := range take(len(w.codes) / 10) {
			w.plan.policy[k] = true
			w.truth.Policy.Products = append(w.truth.Policy.Products, w.codes[k])
		}
		sort.Strings(w.truth.Policy.Products)
	}
}

// plantProduct plants the dependence of importers on a partner for one product.
func (w *World) plantProduct(r *rand.Rand, k, partner int, importers []int, start int) {
	p := planted{k: k, partner: partner, start: start, world: .40 + .35*r.Float64()}
	slices.Sort(importers)
	// The likeliest of the economies that have no planted part stand by as the other supplier and the other customer.
	best := func(score func(e int) float64) int {
		at, top := -1, math.Inf(-1)
		for e := range w.economies {
			if e == partner || slices.Contains(importers, e) {
				continue
			}
			if s := score(e); s > top {
				at, top = e, s
			}
		}
		return at
	}
	n := len(w.economies)
	p.anchor = best(func(j int) float64 { return w.demand[j] + float64(w.pair[partner*n+j]) })
	for _, j := range importers {
		c := cell{importer: j, share: .55 + .40*r.Float64(), before: .04 + .10*r.Float64()}
		c.other = best(func(i int) float64 { return w.supply[i] + float64(w.pair[i*n+j]) })
		p.cells = append(p.cells, c)
		w.truth.Dependencies = append(w.truth.Dependencies, Dependency{
			Importer: w.economies[j].code, Partner: w.economies[partner].code, Product: w.codes[k],
			Start: start, Share: c.share, WorldShare: p.world,
		})
	}
	w.plan.of[k] = int32(len(w.plan.products))
	w.plan.products = append(w.plan.products, p)
}
