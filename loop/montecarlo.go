package loop

import (
	"context"
	"math"
	"runtime"
	"slices"

	"chokepoint/fault"
)

// Run is a way in which the policy goes.
type Run string

// The runs.
const (
	WithPolicy Run = "policy"
	NoPolicy   Run = "no policy"
	Sunset     Run = "sunset"                // the policy, until its sunset year
	Difference Run = "policy less no policy" // of the same draw
)

var simulated = []Run{WithPolicy, NoPolicy, Sunset}

// Experiment is a simulation of a technology with its draws.
type Experiment struct {
	Technology *Technology
	Policy     *Policy
	First      int // year
	Years      int
	Draws      int
	Seed       uint64
	Off        []Term
	Spread     float64 // Σ v w; 1 without an input–output table

	NoStrength bool // leave the strength of the loop out, which takes most of the time
}

// Outcome is what the draws of an experiment come to.
type Outcome struct {
	*Experiment
	Bands     map[Run][][]Band // by quantity, by year
	Middle    map[Run][]Year   // every input at its value, without shocks
	Strength  [][]Band         // by quantity of strength, by year
	Whole     map[Run]map[string]Band
	NetOfDraw []float64 // discounted net gain with policy, by draw
}

// subsidies are the paths of the three runs.
func (e *Experiment) subsidies() (paths [3][]float64) {
	n := e.Years + extraYears
	paths[0] = e.Policy.Path(e.Technology.ID, e.First, n)
	paths[1] = make([]float64, n)
	for _, t := range e.Off {
		if t.subsidy {
			clear(paths[0])
		}
	}
	paths[2] = slices.Clone(paths[0])
	for t := range paths[2] {
		if e.First+t >= e.Policy.Sunset {
			paths[2][t] = 0
		}
	}
	return paths
}

// results are the numbers of all draws, column by column.
type results struct {
	paths    [3][][]float64 // by run, by quantity and year (q × years + t): by draw
	strength [][]float64    // by quantity and year: by draw
	whole    [4][numWhole][]float64
}

// What a draw of a run comes to, in the order of the columns.
const (
	wholeHalf = iota // 1 or 0
	wholeTime
	wholeGain
	wholeCost
	wholeDrag
	wholeNet
	wholeAbove // 1 or 0
	wholeBreakEven
	wholeHasBreakEven // 1 or 0
	numWhole
)

func columns(n, draws int) [][]float64 {
	all := make([]float64, n*draws)
	list := make([][]float64, n)
	for i := range list {
		list[i] = all[i*draws : (i+1)*draws]
	}
	return list
}

// chunk is how many draws a worker takes at a time.
const chunk = 64

// Simulate runs an experiment. The same seed gives the same numbers on any number of processors.
func (e *Experiment) Simulate(ctx context.Context) (*Outcome, error) {
	r := &results{}
	for k := range r.paths {
		r.paths[k] = columns(len(quantities)*e.Years, e.Draws)
	}
	if !e.NoStrength {
		r.strength = columns(len(strengthQuantities)*e.Years, e.Draws)
	}
	for k := range r.whole {
		copy(r.whole[k][:], columns(numWhole, e.Draws))
	}
	subsidies := e.subsidies()
	sample := newSampler(e.Technology, e.Spread, e.Off, e.Seed, e.Years)
	group, running := fault.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for from := 0; from < e.Draws; from += chunk {
		group.Go(func() error {
			if err := running.Err(); err != nil {
				return err
			}
			w := newWorker(e)
			for n := from; n < min(from+chunk, e.Draws); n++ {
				sample.draw(n, &w.p, w.shocks)
				w.fill(r, n, subsidies)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return e.outcome(ctx, r, sample, subsidies)
}

// worker has what one draw needs.
type worker struct {
	e        *Experiment
	p        Parameters
	shocks   []float64
	path     []Year
	strength []Strength
}

func newWorker(e *Experiment) *worker {
	return &worker{e: e, shocks: make([]float64, e.Years+extraYears), path: make([]Year, e.Years), strength: make([]Strength, e.Years)}
}

// fill simulates draw n.
func (w *worker) fill(r *results, n int, subsidies [3][]float64) {
	for k := range simulated {
		Simulate(&w.p, subsidies[k], w.shocks, w.path)
		for q := range quantities {
			for t := range w.path {
				r.paths[k][q*w.e.Years+t][n] = quantities[q].of(&w.path[t])
			}
		}
		put := func(column int, x float64) { r.whole[k][column][n] = x }
		s := summarise(&w.p, w.path)
		put(wholeHalf, indicator(s.Half >= 0))
		put(wholeTime, math.NaN())
		if s.Half >= 0 {
			put(wholeTime, float64(s.Half))
		}
		put(wholeGain, s.Gain)
		put(wholeCost, s.FiscalCost)
		put(wholeDrag, s.Drag)
		put(wholeNet, s.NetGain)
		put(wholeAbove, indicator(s.NetGain > 0))
		even := breakEven(&w.p, w.path)
		put(wholeBreakEven, even)
		put(wholeHasBreakEven, indicator(!math.IsNaN(even)))
	}
	for _, column := range []int{wholeGain, wholeCost, wholeDrag, wholeNet} {
		r.whole[3][column][n] = r.whole[0][column][n] - r.whole[1][column][n]
	}
	r.whole[3][wholeAbove][n] = indicator(r.whole[3][wholeNet][n] > 0)
	if !w.e.NoStrength {
		strengths(&w.p, subsidies[0], w.shocks, w.strength)
		for q := range strengthQuantities {
			for t := range w.strength {
				r.strength[q*w.e.Years+t][n] = strengthQuantities[q].of(&w.strength[t])
			}
		}
	}
}

func indicator(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// outcome turns the numbers of the draws into bands.
func (e *Experiment) outcome(ctx context.Context, r *results, sample *sampler, subsidies [3][]float64) (*Outcome, error) {
	o := &Outcome{Experiment: e, Bands: map[Run][][]Band{}, Middle: map[Run][]Year{}, Whole: map[Run]map[string]Band{}, NetOfDraw: slices.Clone(r.whole[0][wholeNet])}
	w := newWorker(e)
	sample.draw(-1, &w.p, w.shocks)
	for k, run := range simulated {
		o.Bands[run] = grid(len(quantities), e.Years)
		o.Middle[run] = make([]Year, e.Years)
		Simulate(&w.p, subsidies[k], w.shocks, o.Middle[run])
	}
	if !e.NoStrength {
		o.Strength = grid(len(strengthQuantities), e.Years)
	}
	group, ctx := fault.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	bands := func(from [][]float64, into [][]Band) {
		for q := range into {
			group.Go(func() error {
				for t := range into[q] {
					into[q][t] = bandOf(from[q*e.Years+t])
				}
				return ctx.Err()
			})
		}
	}
	for k, run := range simulated {
		bands(r.paths[k], o.Bands[run])
	}
	bands(r.strength, o.Strength)
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for k, run := range append(slices.Clone(simulated), Difference) {
		o.Whole[run] = wholes(&r.whole[k], run)
	}
	return o, nil
}

func grid(n, years int) [][]Band {
	list := make([][]Band, n)
	for i := range list {
		list[i] = make([]Band, years)
	}
	return list
}

// wholes are the bands of what a run comes to. Shares of draws have no band.
func wholes(columns *[numWhole][]float64, run Run) map[string]Band {
	all := map[string]Band{
		DiscountedGain: bandOf(columns[wholeGain]), DiscountedCost: bandOf(columns[wholeCost]),
		DiscountedDrag: bandOf(columns[wholeDrag]), DiscountedNet: bandOf(columns[wholeNet]), NetAboveZero: shareOf(columns[wholeAbove])}
	if run == Difference {
		return all
	}
	all[ReachesHalf], all[TimeToHalf] = shareOf(columns[wholeHalf]), bandOf(columns[wholeTime])
	all[BreakEvenDrag], all[BreakEvenExists] = bandOf(columns[wholeBreakEven]), shareOf(columns[wholeHasBreakEven])
	if run == Sunset {
		all[TakesOff] = all[ReachesHalf]
	}
	return all
}

func shareOf(x []float64) Band {
	b := Band{bandOf(x).Mean, math.NaN(), math.NaN()}
	return b
}
