package loop

import (
	"math"
	"slices"
)

// strengthYears is how long the effect of a raised deployment is followed.
const strengthYears = 5

// dragYears is over how many years before the fiscal cost is averaged that drags on productivity.
const dragYears = 5

// Year is what the simulation gives for a year: rates and shares are of that year, stocks as it begins.
type Year struct {
	CumulativeOutput float64 // Q, at the start
	UnitCost         float64 // c
	Subsidy          float64 // s
	Price            float64 // p
	Wanted           float64 // a*
	Adoption         float64 // a
	FullAdoption     float64 // K
	HomeDemand       float64 // d
	OthersDemand     float64 // f
	Excess           float64 // x, share of demand
	Output           float64 // q
	Gain             float64 // G, share of product
	FiscalCost       float64 // F, share of product
	Drag             float64 // D, share of product
	NetGain          float64 // N, share of product
}

// Unsold is the output beyond demand.
func (y *Year) Unsold() float64 { return (y.HomeDemand + y.OthersDemand) * y.Excess }

// world is the state of a simulation as a year begins. It is copied to branch off.
type world struct {
	p       *Parameters
	subsidy []float64 // by year; 0 behind its end
	shocks  []float64 // by year, standard normal; none behind its end

	t       int
	Q, a, K float64
	gain    float64 // of the year before
	others  float64 // f0 (1 + g_f)^t
	raised  float64 // factor on the deployment of this year; 0 is none

	logStart, logFull float64 // ln Q0, ln(c0/p̄)
}

// begin is the world of the first year.
func begin(p *Parameters, subsidy, shocks []float64) world {
	v := &p.Value
	return world{p: p, subsidy: subsidy, shocks: shocks, Q: v[CumulativeOutput], a: v[Adoption], K: v[FullAdoption],
		others: v[OthersDemand], logStart: math.Log(v[CumulativeOutput]), logFull: math.Log(v[UnitCost] / v[HalfPrice])}
}

func at(path []float64, t int) float64 {
	if t < len(path) {
		return path[t]
	}
	return 0
}

// step gives the market of a year and goes on to the next: all but what the support costs, which has no effect on it. The order of the
// lines is that of the equations. Powers are taken in logarithms, of which one serves all.
func (w *world) step(y *Year) (logCost float64) {
	v := &w.p.Value
	y.CumulativeOutput, y.FullAdoption, y.Subsidy = w.Q, w.K, at(w.subsidy, w.t)
	if b := v[Exponent]; b != 0 {
		logCost = -b * (math.Log(w.Q) - w.logStart)
	}
	if v[CostShock] != 0 {
		logCost += v[CostShock] * at(w.shocks, w.t)
	}
	logPrice := w.logFull + logCost // of p/p̄
	if y.Subsidy != 0 {
		logPrice += math.Log1p(-y.Subsidy)
	}
	y.Wanted = 1 / (1 + math.Exp(v[Steepness]*logPrice))
	before := w.a
	if w.t > 0 {
		w.a += (v[Innovation] + v[Imitation]*w.a) * (y.Wanted - w.a)
	}
	if w.raised != 0 {
		w.a, w.raised = w.a*w.raised, 0
	}
	y.Adoption = w.a
	y.HomeDemand = w.K*math.Max(w.a-before, 0) + v[Replacement]*w.K*w.a
	y.OthersDemand = w.others
	if e := v[OthersElasticity]; e != 0 && logCost != 0 {
		y.OthersDemand *= math.Exp(-e * logCost)
	}
	y.Excess = v[Excess] * y.Subsidy
	y.Output = (y.HomeDemand + y.OthersDemand) * (1 + y.Excess)
	y.Gain = w.a * v[Gain] * w.p.Spread
	if w.t == 0 {
		w.gain = y.Gain
	}
	w.K *= 1 + v[Growth] + v[SpillOver]*(y.Gain-w.gain)
	w.Q += y.Output
	w.gain = y.Gain
	w.others *= 1 + v[OthersGrowth]
	w.t++
	return logCost
}

// account adds to a path what the support costs.
func account(p *Parameters, path []Year) {
	v := &p.Value
	product := v[Product] // GDP0 (1 + g)^t
	for t := range path {
		y := &path[t]
		y.Drag = v[Drag] * meanCost(path, t)
		spent := y.Subsidy * y.UnitCost * (y.HomeDemand + v[ExportSubsidy]*v[HomeShare]*y.OthersDemand) * (1 + y.Excess)
		y.FiscalCost = spent / (product * (1 + y.Gain - y.Drag))
		y.NetGain = y.Gain - y.Drag - y.FiscalCost
		product *= 1 + v[Growth]
	}
}

// meanCost is the mean of the fiscal cost over the up to five years before t; 0 in the first.
func meanCost(path []Year, t int) float64 {
	before := path[max(0, t-dragYears):t]
	if len(before) == 0 {
		return 0
	}
	sum := 0.0
	for i := range before {
		sum += before[i].FiscalCost
	}
	return sum / float64(len(before))
}

// Simulate fills a path, one year after the other.
func Simulate(p *Parameters, subsidy, shocks []float64, path []Year) {
	w := begin(p, subsidy, shocks)
	for t := range path {
		y := &path[t]
		relative := math.Exp(w.step(y))
		y.UnitCost = p.Value[UnitCost] * relative
		y.Price = y.UnitCost * (1 - y.Subsidy)
	}
	account(p, path)
}

// Strength is what a deployment that is raised by 1 % once comes to in the demand at home of the five years that follow, in %, beyond
// what it comes to without learning and spill-over, which is pull-forward and replacement. Above 0 the loop reinforces.
type Strength struct {
	All, Learning, SpillOver float64
}

// strengths gives the strength of each of the first years of a path.
func strengths(p *Parameters, subsidy, shocks []float64, into []Strength) {
	var plain [4]Parameters // both, learning alone, spill-over alone, neither
	effects := make([][4]float64, len(into))
	for k := range plain {
		plain[k] = *p
		if k >= 2 {
			plain[k].Value[Exponent] = 0
		}
		if k&1 != 0 {
			plain[k].Value[SpillOver] = 0
		}
		raisedBy(&plain[k], subsidy, shocks, func(t int, effect float64) { effects[t][k] = effect }, len(into))
	}
	for t, e := range effects {
		into[t] = Strength{All: e[0] - e[3], Learning: e[1] - e[3], SpillOver: e[2] - e[3]}
	}
}

// raisedBy hands over, for each of so many years, the change in % of the demand at home in the five years after it.
func raisedBy(p *Parameters, subsidy, shocks []float64, take func(t int, effect float64), years int) {
	w := begin(p, subsidy, shocks)
	starts := make([]world, years)
	demand := make([]float64, years+strengthYears)
	var y Year
	for t := range demand {
		if t < years {
			starts[t] = w
		}
		w.step(&y)
		demand[t] = y.HomeDemand
	}
	for t := range starts {
		w := starts[t]
		w.raised = 1.01
		w.step(&y)
		var sum, plain float64
		for k := 1; k <= strengthYears; k++ {
			w.step(&y)
			sum += y.HomeDemand
			plain += demand[t+k]
		}
		take(t, 100*(sum/plain-1))
	}
}

// Summary is what a path comes to.
type Summary struct {
	Half       int     // years from the first to that in which half have adopted; -1 where the path has none
	Gain       float64 // discounted sums, in shares of product
	FiscalCost float64
	Drag       float64
	NetGain    float64
}

// summarise adds a path up.
func summarise(p *Parameters, path []Year) Summary {
	s := Summary{Half: -1}
	weight := 1.0
	for t := range path {
		y := &path[t]
		if s.Half < 0 && y.Adoption >= 0.5 {
			s.Half = t
		}
		s.Gain += weight * y.Gain
		s.FiscalCost += weight * y.FiscalCost
		s.Drag += weight * y.Drag
		weight /= 1 + p.Value[Discount]
	}
	s.NetGain = s.Gain - s.Drag - s.FiscalCost
	return s
}

// breakEven is the drag μ at which the discounted sum of the net gain of a simulated path is 0; it leaves other costs in the path. It is NaN where there is no fiscal cost, and so nothing that
// could drag, and where the sum is below 0 even without a drag.
func breakEven(p *Parameters, path []Year) float64 {
	if !slices.ContainsFunc(path[:len(path)-1], func(y Year) bool { return y.FiscalCost > 0 }) {
		return math.NaN()
	}
	trial := *p
	sum := func(mu float64) float64 {
		trial.Value[Drag] = mu
		account(&trial, path)
		return summarise(&trial, path).NetGain
	}
	low, atLow := 0.0, sum(0)
	if atLow < 0 {
		return math.NaN()
	}
	high := 1.0
	for sum(high) > 0 {
		if low, high = high, 2*high; high > 1e6 {
			return math.NaN()
		}
	}
	atLow, atHigh := sum(low), sum(high)
	side := 0
	for range 60 { // regula falsi, Illinois: the sum is almost a line in μ
		mid := high - atHigh*(high-low)/(atHigh-atLow)
		x := sum(mid)
		switch {
		case math.Abs(x) < 1e-14 || high-low < 1e-12:
			return mid
		case x < 0:
			high, atHigh = mid, x
			if side < 0 {
				atLow /= 2
			}
			side = -1
		default:
			low, atLow = mid, x
			if side > 0 {
				atHigh /= 2
			}
			side = 1
		}
	}
	return (low + high) / 2
}
