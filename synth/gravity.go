package synth

import (
	"math"
	"math/rand/v2"
	"runtime"
	"sort"
	"sync"
)

// Standard deviations of the latent size of a flow and of its log value beyond what the latent size explains. They are chosen
// so that the panel's quantiles of flows per product, exporters per product, flows per pair and flow value are near those of
// BACI HS17 2024 (TestCloseness prints them); slow and yearly parts make the lists of dependent products turn over by
// some 10 to 20 % a year, as real ones do.
const (
	sdChapter   = 0.4  // comparative advantage of an exporter in a chapter
	sdAdvantage = 0.55 // in a product
	sdTaste     = 0.4  // demand of an importer for a product
	driftShare  = 0.05 // part of the variance of the last two that drifts over the years
	sdPair      = 0.7  // of two economies, over nearness
	nearRegion  = 1.1  // latent gain within a region
	nearPart    = 0.4  // within a part of the world
	sdFixed     = 1.0  // of a flow, lasting
	sdSlow      = 0.35
	sdYearly    = 0.15

	valueSlope        = 2.3 // log points of value per unit of latent size up to the kink
	valueKink         = 2.0
	valueSlopeAbove   = 1.3
	valueSdAdvantage  = 1.1 // of an exporter's values in a product, over what its latent size explains
	valueSdTaste      = 0.6 // of an importer's
	valueSdFixed      = 1.25
	valueSdSlow       = 0.20
	valueSdYearly     = 0.12
	valueSdProduct    = 1.2
	productSlow       = 0.12 // drift of a product's value, common to all its flows
	productYearly     = 0.04
	unitValueMedian   = 8.0 // USD per kg
	unitValueSd       = 1.5
	unitValueSdFlow   = 0.5
	growth            = 0.045 // of values, log points a year
	missingQuantity   = 0.02
	reach             = 3.0 // in standard deviations: noise beyond it makes no flow
	shareOfValuesKept = 0.8 // of what would fit the table's totals exactly
)

// flowsPerProduct is the quantile function of flows per product relative to its mean: BACI HS17 2024, with its lowest tail
// (codes that hardly exist) cut off.
var flowsPerProduct = []struct{ p, flows float64 }{
	{0, .003}, {.02, .01}, {.05, .03}, {.10, .13}, {.25, .329}, {.5, .712}, {.75, 1.405}, {.9, 2.33}, {.95, 2.90}, {.99, 4.03}, {1, 6.5},
}

func flowsQuantile(p float64) float64 {
	q := flowsPerProduct
	i := sort.Search(len(q)-2, func(i int) bool { return q[i+1].p >= p })
	f := (p - q[i].p) / (q[i+1].p - q[i].p)
	return math.Exp(math.Log(q[i].flows) + f*(math.Log(q[i+1].flows)-math.Log(q[i].flows)))
}

// drawProducts gives every product its level, value and unit value.
func (w *World) drawProducts() {
	n := len(w.codes)
	r := rand.New(rand.NewPCG(w.cfg.Seed, streamOrder))
	w.level = make([]float64, n)
	for at, k := range r.Perm(n) {
		w.level[k] = (float64(at) + .5) / float64(n)
	}
	w.valueProduct = make([]float64, n)
	w.unitValue = make([]float64, n)
	for k := range w.codes {
		a, b := normals(w.key(streamProduct, uint64(k)))
		w.valueProduct[k] = valueSdProduct * float64(a)
		w.unitValue[k] = math.Log(unitValueMedian) + unitValueSd*float64(b)
	}
}

// noPair marks what cannot trade: an economy with itself.
const noPair = -1e9

func (w *World) drawPairs() {
	n := len(w.economies)
	w.pair = make([]float32, n*n)
	for i, a := range w.economies {
		for j, b := range w.economies {
			x := sdPair * float64(normal(w.key(streamPair, uint64(a.code), uint64(b.code))))
			switch {
			case i == j:
				x = noPair
			case a.code == riserCode: // sells to all alike
				x = nearPart
			case a.region == b.region:
				x += nearRegion
			case a.region[0] == b.region[0]:
				x += nearPart
			}
			w.pair[i*n+j] = float32(x)
		}
	}
}

// calibrateFlows finds the terms of exporters, importers and products for which the expected numbers of flows are those
// of the tables, by iterative proportional fitting over the products at nodes of the quantile function.
func (w *World) calibrateFlows() {
	const nodes, steps, step = 24, 80, .3
	n := len(w.economies)
	sd := math.Sqrt(sdChapter*sdChapter + sdAdvantage*sdAdvantage + sdTaste*sdTaste + sdFixed*sdFixed + sdSlow*sdSlow + sdYearly*sdYearly)
	total := float64(w.cfg.FlowsPerYear)
	wantExport, wantImport, wantNode := make([]float64, n), make([]float64, n), make([]float64, nodes)
	for i, e := range w.economies {
		wantExport[i], wantImport[i] = e.exportFlows, e.importFlows
	}
	for x := range wantNode {
		wantNode[x] = flowsQuantile((float64(x) + .5) / nodes)
	}
	for _, want := range [][]float64{wantExport, wantImport, wantNode} {
		sum := 0.0
		for _, x := range want {
			sum += x
		}
		for i := range want {
			want[i] *= total / sum
		}
	}
	w.supply, w.demand = make([]float64, n), make([]float64, n)
	node := make([]float64, nodes)
	for x := range node {
		node[x] = -2 * sd
	}
	per := float64(w.cfg.Products) / nodes
	for range steps {
		gotExport, gotImport, gotNode := make([]float64, n), make([]float64, n), make([]float64, nodes)
		for i := range n {
			for j := range n {
				if i == j {
					continue
				}
				base := w.supply[i] + w.demand[j] + float64(w.pair[i*n+j])
				for x, z := range node {
					p := per * normalCDF((base+z)/sd)
					gotExport[i] += p
					gotImport[j] += p
					gotNode[x] += p
				}
			}
		}
		for i := range n {
			w.supply[i] += step * math.Log(wantExport[i]/gotExport[i])
			w.demand[i] += step * math.Log(wantImport[i]/gotImport[i])
		}
		for x := range node {
			node[x] += step * math.Log(wantNode[x]/gotNode[x])
		}
	}
	w.product = make([]float64, len(w.codes))
	for k, p := range w.level {
		at := min(max(p*nodes-.5, 0), nodes-1.0001)
		x := int(at)
		w.product[k] = node[x] + (at-float64(x))*(node[x+1]-node[x])
	}
}

// normalCDF is the distribution function of the standard normal, by a table.
func normalCDF(x float64) float64 {
	const from, per = -8, 64
	x = (min(max(x, from), -from-.001) - from) * per
	i := int(x)
	t := cdfTable()
	return t[i] + (x-float64(i))*(t[i+1]-t[i])
}

var cdfTable = sync.OnceValue(func() *[1026]float64 {
	var t [1026]float64
	for i := range t {
		t[i] = .5 * math.Erfc(-(float64(i)/64-8)/math.Sqrt2)
	}
	return &t
})

// calibrateValues finds the terms of values for which the totals of economies are near those of the table in the last year and
// the riser's share of the world follows its path, from the flows of a sample of products.
func (w *World) calibrateValues() {
	n := len(w.economies)
	riser := w.index(riserCode)
	w.valueExport, w.valueImport = make([]float64, n), make([]float64, n) // zero while samples are taken
	fitExport, fitImport := make([]float64, n), make([]float64, n)
	years := w.cfg.LastYear - w.cfg.FirstYear + 1
	w.riserLatent, w.riserValue = make([]float64, years), make([]float64, years)
	for t := range years {
		w.riserLatent[t] = -riserDepth * (1 - w.along(w.cfg.FirstYear+t))
	}
	sample := w.sampleProducts(20_000_000 / (n * n))
	sum := w.base(w.cfg.LastYear).sampleTotals(sample)
	exports, imports := make([]float64, n), make([]float64, n)
	var worldExports, worldImports float64
	for i, e := range w.economies {
		exports[i], imports[i] = e.exports, e.imports
		worldImports += e.imports
		if i != riser {
			worldExports += e.exports
		}
	}
	exports[riser] = worldExports * riserLast / (1 - riserLast)
	worldExports += exports[riser]
	var all float64
	for _, x := range sum {
		all += x
	}
	fit := func(want, got float64, was float64) float64 {
		if got == 0 {
			return 0
		}
		return min(max(was+math.Log(want/got), -2.5), 2.5)
	}
	for range 20 {
		for i := range n {
			got := 0.0
			for j := range n {
				got += sum[i*n+j] * math.Exp(fitExport[i]+fitImport[j])
			}
			fitExport[i] = fit(exports[i]/worldExports*all, got, fitExport[i])
		}
		for j := range n {
			got := 0.0
			for i := range n {
				got += sum[i*n+j] * math.Exp(fitExport[i]+fitImport[j])
			}
			fitImport[j] = fit(imports[j]/worldImports*all, got, fitImport[j])
		}
	}
	for i := range n {
		fitExport[i] *= shareOfValuesKept
		fitImport[i] *= shareOfValuesKept
	}
	// shares sums the values of a year's sample: the riser's and all others'.
	shares := func(sum []float64) (own, others float64) {
		for i := range n {
			for j := range n {
				v := sum[i*n+j] * math.Exp(fitExport[i]+fitImport[j])
				if i == riser {
					own += v
				} else {
					others += v
				}
			}
		}
		return own, others
	}
	_, others := shares(sum)
	w.constant = math.Log(worldImports * 1e9 * (1 - riserLast) / others)
	// The riser's term is found every few years and in the first, and lies on straight lines between them.
	const every = 5
	have := years - 1
	for t := years - 1; ; t = max(t-every, 0) {
		if t != years-1 {
			sum = w.base(w.cfg.FirstYear + t).sampleTotals(sample)
		}
		own, others := shares(sum)
		share := riserFirst + (riserLast-riserFirst)*w.along(w.cfg.FirstYear+t)
		w.riserValue[t] = math.Log(share / (1 - share) * others / own)
		for x := t + 1; x < have; x++ {
			w.riserValue[x] = w.riserValue[t] + (w.riserValue[have]-w.riserValue[t])*float64(x-t)/float64(have-t)
		}
		have = t
		if t == 0 {
			break
		}
	}
	w.valueExport, w.valueImport = fitExport, fitImport
}

// weighted is a product of a sample and the number of products it stands for.
type weighted struct {
	k      int
	weight float64
}

// sampleProducts draws about n products without anything planted, the largest for themselves and every so many of the others.
func (w *World) sampleProducts(n int) []weighted {
	var order []int
	for k, p := range w.plan.of {
		if p < 0 {
			order = append(order, k)
		}
	}
	size := func(k int) float64 { return valueSlope*w.product[k] + w.valueProduct[k] }
	sort.SliceStable(order, func(a, b int) bool { return size(order[a]) > size(order[b]) })
	large := min(n/2, len(order))
	stride := max(1, (len(order)-large)/max(1, n-large))
	var out []weighted
	for x, k := range order {
		switch {
		case x < large:
			out = append(out, weighted{k, 1})
		case (x-large)%stride == stride/2:
			out = append(out, weighted{k, float64(stride)})
		}
	}
	return out
}

// along is how far a year is on the way from the first to the last.
func (w *World) along(year int) float64 {
	if w.cfg.LastYear == w.cfg.FirstYear {
		return 1
	}
	return float64(year-w.cfg.FirstYear) / float64(w.cfg.LastYear-w.cfg.FirstYear)
}

// parallel calls f(0) … f(n-1) on all processors.
func parallel(n int, f func(int)) {
	var wg sync.WaitGroup
	next := make(chan int, n)
	for i := range n {
		next <- i
	}
	close(next)
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	wg.Wait()
}
