package loop

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"

	"chokepoint/fault"
)

// Index is the share of an outcome's variance that comes from an input: First by itself, Total with all that it does together with others.
// The intervals are of 95 %, by bootstrap. All are NaN where the outcome does not vary.
type Index struct {
	First, FirstLow, FirstHigh, Total, TotalLow, TotalHigh float64
}

// point is where a function is evaluated: a number from 0 to 1 for each input, and which shocks come.
type point struct {
	u      []float64
	shocks uint64
}

// variance decomposes the variance of functions (Sobol 1993), by the estimators of Saltelli et al. (2010), table 2 (b) and (f).
type variance struct {
	inputs  int     // of a point; the shocks are one more
	groups  [][]int // places of the inputs of each index; the place inputs is that of the shocks
	outputs int
	rows    int
	seed    uint64
	// function makes what gives the outputs of a point, for one goroutine.
	function func() func(p point, into []float64)
}

// bootstraps is how often rows are drawn again for the intervals.
const bootstraps = 200

// evaluated are the outputs at the points of both samples, and at those of the first with each group taken from the second.
type evaluated struct {
	a, b []float64   // by output and row
	ab   [][]float64 // by group: likewise
	u    [][]float64 // of a and then of b: the points, by row
}

func (v *variance) evaluate(ctx context.Context) (*evaluated, error) {
	e := &evaluated{a: make([]float64, v.outputs*v.rows), b: make([]float64, v.outputs*v.rows), u: make([][]float64, 2*v.rows)}
	for range v.groups {
		e.ab = append(e.ab, make([]float64, v.outputs*v.rows))
	}
	group, ctx := fault.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for from := 0; from < v.rows; from += chunk {
		group.Go(func() error {
			f, out := v.function(), make([]float64, v.outputs)
			for n := from; n < min(from+chunk, v.rows); n++ {
				if err := ctx.Err(); err != nil {
					return err
				}
				v.row(e, n, f, out)
			}
			return nil
		})
	}
	return e, group.Wait()
}

// row evaluates the points of a row.
func (v *variance) row(e *evaluated, n int, f func(point, []float64), out []float64) {
	rng := rand.New(rand.NewPCG(v.seed, uint64(n)))
	a, b := point{make([]float64, v.inputs), 2 * uint64(n)}, point{make([]float64, v.inputs), 2*uint64(n) + 1}
	for i := range v.inputs {
		a.u[i], b.u[i] = rng.Float64(), rng.Float64()
	}
	e.u[n], e.u[v.rows+n] = a.u, b.u
	put := func(p point, into []float64) {
		f(p, out)
		for k, y := range out {
			into[k*v.rows+n] = y
		}
	}
	put(a, e.a)
	put(b, e.b)
	for g, places := range v.groups {
		mixed := point{slices.Clone(a.u), a.shocks}
		for _, i := range places {
			if i == v.inputs {
				mixed.shocks = b.shocks
			} else {
				mixed.u[i] = b.u[i]
			}
		}
		put(mixed, e.ab[g])
	}
}

// indices are those of each group, for an output.
func (v *variance) indices(e *evaluated, output int) []Index {
	of := func(all []float64) []float64 { return all[output*v.rows : (output+1)*v.rows] }
	a, b := of(e.a), of(e.b)
	all := make([]int, v.rows)
	for n := range all {
		all[n] = n
	}
	rng := rand.New(rand.NewPCG(v.seed, math.MaxUint64))
	samples := make([][]int, bootstraps)
	for k := range samples {
		samples[k] = make([]int, v.rows)
		for n := range samples[k] {
			samples[k][n] = rng.IntN(v.rows)
		}
	}
	list := make([]Index, len(v.groups))
	for g := range list {
		ab := of(e.ab[g])
		x := &list[g]
		x.First, x.Total = estimate(a, b, ab, all)
		firsts, totals := make([]float64, bootstraps), make([]float64, bootstraps)
		for k, sample := range samples {
			firsts[k], totals[k] = estimate(a, b, ab, sample)
		}
		first, total := ends(firsts), ends(totals)
		x.FirstLow, x.FirstHigh, x.TotalLow, x.TotalHigh = first.Low, first.High, total.Low, total.High
	}
	return list
}

// ends are the ends of the interval of 95 % of bootstrapped numbers.
func ends(x []float64) Band {
	if slices.ContainsFunc(x, math.IsNaN) {
		return Band{math.NaN(), math.NaN(), math.NaN()}
	}
	slices.Sort(x)
	return Band{mean(x), quantile(x, 0.025), quantile(x, 0.975)}
}

// estimate gives the first and the total index over some rows. The mean of both samples is taken out first, which changes no
// expectation and steadies the first index.
func estimate(a, b, ab []float64, rows []int) (first, total float64) {
	centre, squares := 0.0, 0.0
	for _, n := range rows {
		centre += a[n] + b[n]
	}
	m := float64(len(rows))
	centre /= 2 * m
	for _, n := range rows {
		squares += (a[n]-centre)*(a[n]-centre) + (b[n]-centre)*(b[n]-centre)
		first += (b[n] - centre) * (ab[n] - a[n])
		total += (a[n] - ab[n]) * (a[n] - ab[n])
	}
	whole := squares / (2 * m)
	if whole == 0 {
		return math.NaN(), math.NaN()
	}
	return first / m / whole, total / (2 * m) / whole
}
