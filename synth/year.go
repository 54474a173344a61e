package synth

import "math"

// year is the state of the world in one year: all that a flow needs beside its own noise.
type year struct {
	w                   *World
	t                   int
	supply              []float32 // latent terms of exporter × product
	demand              []float32 // latent terms of importer × product
	intensity, appetite []float32 // log values of exporter × product and of importer × product, over what the latent terms explain
	value               []float64 // log values of products
	policy              []float64 // the same for imports of the policy's importer

	forced map[[2]int32][]forced // by exporter and importer, ascending by product: flows that exist by plan
	scale  []float64             // by planted product: log factor on its partner's other flows
}

// forced is a flow that exists by plan: with a planted value, or (usd 0) with its own.
type forced struct {
	k   int
	usd int64
}

// flow is one flow of a year; kg is negative where the quantity is missing.
type flow struct {
	k       int32
	usd, kg int64
}

// base makes the state of a year without the planted dependencies' values.
func (w *World) base(t int) *year {
	n, m := len(w.economies), len(w.codes)
	y := &year{
		w: w, t: t, value: make([]float64, m),
		supply: make([]float32, n*m), demand: make([]float32, n*m), intensity: make([]float32, n*m), appetite: make([]float32, n*m),
	}
	parallel(n, func(e int) {
		code := uint64(w.economies[e].code)
		supply := float32(w.supply[e])
		if w.economies[e].code == riserCode {
			supply += float32(w.riserLatent[t-w.cfg.FirstYear])
		}
		advantage, taste := w.key(streamAdvantage, code), w.key(streamTaste, code)
		chapter, inChapter := -1, float32(0)
		for k := range m {
			if w.chapter[k] != chapter {
				chapter = w.chapter[k]
				inChapter = sdChapter * normal(w.key(streamChapter, code, uint64(chapter)))
			}
			latent, value := drifting(mix(advantage+uint64(k)*golden), t)
			y.supply[e*m+k] = supply + inChapter + sdAdvantage*latent
			y.intensity[e*m+k] = valueSdAdvantage * value
			latent, value = drifting(mix(taste+uint64(k)*golden), t)
			y.demand[e*m+k] = float32(w.demand[e]+w.product[k]) + sdTaste*latent
			y.appetite[e*m+k] = valueSdTaste * value
		}
	})
	for k := range m {
		h := w.key(streamProduct, uint64(k))
		a, _ := slow(h, t)
		b, _ := yearly(h, t)
		y.value[k] = w.constant + growth*float64(t-w.cfg.LastYear) + w.valueProduct[k] + productSlow*float64(a) + productYearly*float64(b)
	}
	y.policy = y.value
	if p := w.truth.Policy; p != nil && t >= p.Year {
		y.policy = make([]float64, m)
		for k, v := range y.value {
			if w.plan.policy[k] {
				v += p.Effect * float64(t-p.Year+1)
			}
			y.policy[k] = v
		}
	}
	for _, p := range w.plan.products {
		for _, c := range p.cells {
			y.supply[c.importer*m+p.k] = noPair // who depends does not export
		}
	}
	return y
}

// drifting is noise that lasts but for a part that drifts over the years: two independent standard normals.
func drifting(h uint64, year int) (a, b float32) {
	a, b = normals(h)
	da, db := slow(h, year)
	return lastingWeight*a + driftWeight*da, lastingWeight*b + driftWeight*db
}

var lastingWeight, driftWeight = float32(math.Sqrt(1 - driftShare)), float32(math.Sqrt(driftShare))

// year makes the state of a year.
func (w *World) year(t int) *year {
	y := w.base(t)
	y.scale = make([]float64, len(w.plan.products))
	rows := make([][]int64, len(w.plan.products)) // values of the cells
	parallel(len(w.plan.products), func(x int) { rows[x], y.scale[x] = y.resolve(&w.plan.products[x]) })
	y.forced = make(map[[2]int32][]forced)
	add := func(i, j, k int, usd int64) {
		at := [2]int32{int32(i), int32(j)}
		y.forced[at] = append(y.forced[at], forced{k, usd})
	}
	// In the order of products, so that each list is ascending.
	for k, x := range w.plan.of {
		if x < 0 {
			continue
		}
		p := &w.plan.products[x]
		add(p.partner, p.anchor, k, 0)
		for c, usd := range rows[x] {
			add(p.partner, p.cells[c].importer, k, usd)
			add(p.cells[c].other, p.cells[c].importer, k, 0)
		}
	}
	return y
}

// resolve finds the values of a product's planted flows in USD and the log factor on the partner's other flows for which
// its share of the world is the planted one.
func (y *year) resolve(p *planted) (cells []int64, scale float64) {
	w := y.w
	n := len(w.economies)
	of := make([]int, n) // by importer: its cell + 1
	for c, x := range p.cells {
		of[x.importer] = c + 1
	}
	rest := make([]float64, len(p.cells)) // imports of the cells from others than the partner
	var others, own float64               // exports of all but the partner; of the partner outside the cells
	for i := range n {
		for j := range n {
			c := of[j]
			isForced := i == p.partner && j == p.anchor || c > 0 && i == p.cells[c-1].other
			if i == p.partner && c > 0 {
				continue
			}
			f, ok := y.at(i, j, p.k, isForced)
			switch {
			case !ok:
			case i == p.partner:
				own += float64(f.usd)
			default:
				others += float64(f.usd)
				if c > 0 {
					rest[c-1] += float64(f.usd)
				}
			}
		}
	}
	noisy := func(share float64, sd float32, parts ...uint64) float64 {
		h := w.key(streamShare, append(parts, uint64(p.k))...)
		a, _ := slow(h, y.t)
		b, _ := yearly(h, y.t)
		x := math.Log(share/(1-share)) + float64(sd*(a+b*.5))
		return 1 / (1 + math.Exp(-x))
	}
	sum := 0.0
	cells = make([]int64, len(p.cells))
	for c, x := range p.cells {
		share := x.before
		if y.t >= p.start {
			share = x.share
		}
		share = noisy(share, .06, uint64(x.importer)+1)
		cells[c] = max(1, int64(math.Round(share/(1-share)*rest[c])))
		sum += float64(cells[c])
	}
	world := .12
	if y.t >= p.start {
		world = p.world
	}
	world = noisy(world, .03, 0)
	return cells, math.Log(max((world/(1-world)*others-sum)/own, 1e-3))
}

// offset is what all log values of flows from i to j have in common.
func (y *year) offset(i, j int) float64 {
	w := y.w
	v := w.valueExport[i] + w.valueImport[j]
	if w.economies[i].code == riserCode {
		v += w.riserValue[y.t-w.cfg.FirstYear]
	}
	if w.economies[i].code == asymmetryDependent && w.economies[j].code == asymmetryPartner {
		v += asymmetryValue
	}
	return v
}

// values are the log values of products for imports of j.
func (y *year) values(j int) []float64 {
	if y.w.economies[j].code == policyImporter {
		return y.policy
	}
	return y.value
}

// cellKey is the hash of a flow's lasting noise without its product.
func (y *year) cellKey(i, j int) uint64 {
	return key(y.w.cfg.Seed, streamCell, uint64(y.w.economies[i].code), uint64(y.w.economies[j].code))
}

// Bounds of the latent size before noise, and before all but the lasting noise, under which there is no flow.
var (
	boundAll  = float32(-reach * math.Sqrt(sdFixed*sdFixed+sdSlow*sdSlow+sdYearly*sdYearly))
	boundRest = float32(-reach * math.Sqrt(sdSlow*sdSlow+sdYearly*sdYearly))
)

// latent adds the noise of a flow to its latent size z. It returns the noise of the flow's log value as well, and whether
// the flow exists.
func (y *year) latent(z float32, h uint64) (size, valueNoise float32, ok bool) {
	a, va := normals(h)
	z += sdFixed * a
	if z < boundRest {
		return z, 0, false
	}
	b, vb := slow(h, y.t)
	c, vc := yearly(h, y.t)
	z += sdSlow*b + sdYearly*c
	return z, valueSdFixed*va + valueSdSlow*vb + valueSdYearly*vc, z > 0
}

// at makes one flow alone, before the factor on a planted partner's flows.
func (y *year) at(i, j, k int, isForced bool) (flow, bool) {
	if i == j {
		return flow{}, false
	}
	m := len(y.w.codes)
	z := y.supply[i*m+k] + y.w.pair[i*len(y.w.economies)+j] + y.demand[j*m+k]
	if z < boundAll && !isForced {
		return flow{}, false
	}
	h := mix(y.cellKey(i, j) + uint64(k)*golden)
	z, noise, ok := y.latent(z, h)
	if isForced {
		z, ok = max(z, 2), true
	}
	noise += y.intensity[i*m+k] + y.appetite[j*m+k]
	return y.make(k, z, noise, y.offset(i, j)+y.values(j)[k]), ok
}

// make gives a flow of a latent size its value.
func (y *year) make(k int, z, noise float32, logValue float64) flow {
	log := logValue + valueSlope*float64(min(z, valueKink)) + valueSlopeAbove*float64(max(z-valueKink, 0)) + float64(noise)
	return flow{k: int32(k), usd: max(1, int64(exp(log)+.5)), kg: -1}
}

// weigh gives a flow its quantity.
func (y *year) weigh(f *flow, h uint64) {
	if !y.w.cfg.Quantities {
		return
	}
	q := mix(h + uint64(y.t) + 0x5851f42d4c957f2d)
	if uniform(q) < missingQuantity {
		return
	}
	f.kg = max(1, int64(float64(f.usd)*exp(unitValueSdFlow*float64(normal(mix(q)))-y.w.unitValue[f.k])+.5))
}

// flows appends the flows from i to j, ascending by product.
func (y *year) flows(dst []flow, i, j int) []flow {
	if i == j {
		return dst
	}
	from := 0
	for _, f := range y.forced[[2]int32{int32(i), int32(j)}] {
		dst = y.scan(dst, i, j, from, f.k)
		from = f.k + 1
		made, _ := y.at(i, j, f.k, true)
		switch {
		case f.usd > 0:
			made = flow{k: int32(f.k), usd: f.usd, kg: -1}
		case y.w.plan.products[y.w.plan.of[f.k]].partner == i:
			y.rescale(&made)
		}
		y.weigh(&made, mix(y.cellKey(i, j)+uint64(f.k)*golden))
		dst = append(dst, made)
	}
	return y.scan(dst, i, j, from, len(y.w.codes))
}

// rescale applies the factor on a planted partner's flow.
func (y *year) rescale(f *flow) {
	f.usd = max(1, int64(math.Round(float64(f.usd)*math.Exp(y.scale[y.w.plan.of[f.k]]))))
}

// scan appends the flows from i to j of products from … to-1 that the model makes.
func (y *year) scan(dst []flow, i, j, from, to int) []flow {
	w := y.w
	m := len(w.codes)
	pair := w.pair[i*len(w.economies)+j]
	floor := boundAll - pair
	supply, demand := y.supply[i*m+from:i*m+to], y.demand[j*m+from:j*m+to]
	demand = demand[:len(supply)]
	cell, offset, values := y.cellKey(i, j), y.offset(i, j), y.values(j)
	for x, s := range supply {
		z := s + demand[x]
		if z < floor {
			continue
		}
		k := from + x
		h := mix(cell + uint64(k)*golden)
		z, noise, ok := y.latent(s+pair+demand[x], h)
		if !ok {
			continue
		}
		noise += y.intensity[i*m+k] + y.appetite[j*m+k]
		f := y.make(k, z, noise, offset+values[k])
		if p := w.plan.of[k]; p >= 0 && w.plan.products[p].partner == i {
			y.rescale(&f)
		}
		y.weigh(&f, h)
		dst = append(dst, f)
	}
	return dst
}

// sampleTotals sums the values of a sample by exporter × importer.
func (y *year) sampleTotals(sample []weighted) []float64 {
	n := len(y.w.economies)
	sum := make([]float64, n*n)
	parallel(n, func(i int) {
		for j := range n {
			for _, p := range sample {
				if f, ok := y.at(i, j, p.k, false); ok {
					sum[i*n+j] += p.weight * float64(f.usd)
				}
			}
		}
	})
	return sum
}
