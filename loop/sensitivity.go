package loop

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

// The outcomes that the sensitivity explains, in the order of the columns of an evaluation.
const (
	OutcomeTime = "time to half" // a path that does not reach half counts as the year after its last
	OutcomeNet  = "discounted net gain"
	OutcomeSign = "sign of the net gain" // 1 where the discounted net gain is above 0
)

var outcomes = []string{OutcomeTime, OutcomeNet, OutcomeSign}

// The rows that are no single input.
const (
	AllAssumed = "all that is not published"
	Chance     = "shocks of cost"
)

// Influence is what an input does to an outcome.
type Influence struct {
	Technology, Outcome, Input, Status string
	Index
	AtLow, AtHigh       float64 // outcome with the input at its 5 and 95 % quantile, all others at their value and no shocks
	AboveLow, AboveHigh float64 // share of draws with a net gain above 0, of those with the input in its lowest and in its highest fifth
	Decides             bool    // of the inputs that are not published, the one with the largest total index of the sign
}

// Sensitivity explains the outcomes of the run with policy. The variance is taken apart with so many rows; each is a simulation for every
// uncertain input and three more.
func (e *Experiment) Sensitivity(ctx context.Context, rows int) ([]Influence, error) {
	subsidy := e.subsidies()[0]
	var places [][]int
	var settings []*Setting
	var unpublished []int
	for i := range e.Technology.Inputs {
		s := &e.Technology.Inputs[i]
		if s.Kind == fixed || e.isOff(Input(i)) {
			continue
		}
		places, settings = append(places, []int{i}), append(settings, s)
		if s.Status != "published" && s.Status != "dataset" {
			unpublished = append(unpublished, i)
		}
	}
	v := &variance{inputs: int(numInputs), groups: append(places, []int{int(numInputs)}, unpublished), outputs: len(outcomes), rows: rows, seed: e.Seed,
		function: func() func(point, []float64) { return e.evaluator(subsidy) }}
	evaluated, err := v.evaluate(ctx)
	if err != nil {
		return nil, err
	}
	var list []Influence
	for k, outcome := range outcomes {
		from := len(list)
		for g, x := range v.indices(evaluated, k) {
			n := Influence{Technology: e.Technology.ID, Outcome: outcome, Index: x, AtLow: math.NaN(), AtHigh: math.NaN(), AboveLow: math.NaN(), AboveHigh: math.NaN()}
			switch {
			case g < len(settings):
				n.Input, n.Status = settings[g].Input.String(), settings[g].Status
				n.AtLow, n.AtHigh = e.extreme(subsidy, settings[g], 0.05)[k], e.extreme(subsidy, settings[g], 0.95)[k]
				n.AboveLow, n.AboveHigh = v.above(evaluated, int(settings[g].Input))
			case g == len(settings):
				n.Input, n.Status = Chance, "chance"
			default:
				n.Input, n.Status = AllAssumed, "assumed or derived"
			}
			list = append(list, n)
		}
		if outcome == OutcomeSign {
			markDecisive(list[from:])
		}
	}
	return list, nil
}

func (e *Experiment) isOff(i Input) bool {
	return slices.ContainsFunc(e.Off, func(t Term) bool { return !t.subsidy && t.input == i })
}

// markDecisive marks the input that decides the sign, among those that are not published.
func markDecisive(list []Influence) {
	best := -1
	for i, n := range list {
		if n.Status != "assumed" && n.Status != "derived" || !(n.Total > 0) {
			continue
		}
		if best < 0 || n.Total > list[best].Total {
			best = i
		}
	}
	if best >= 0 {
		list[best].Decides = true
	}
}

// evaluator gives the outcomes of a point.
func (e *Experiment) evaluator(subsidy []float64) func(point, []float64) {
	w := newWorker(e)
	return func(at point, into []float64) {
		w.p.Spread = e.Spread
		for i := range w.p.Value {
			w.p.Value[i] = e.Technology.Inputs[i].Quantile(at.u[i])
		}
		rng := rand.New(rand.NewPCG(e.Seed^0x5bd1e995, at.shocks))
		for t := range w.shocks {
			w.shocks[t] = rng.NormFloat64()
		}
		w.outcomes(subsidy, into)
	}
}

// outcomes simulates the path of the parameters.
func (w *worker) outcomes(subsidy []float64, into []float64) {
	for _, t := range w.e.Off {
		w.p.without(t)
	}
	Simulate(&w.p, subsidy, w.shocks, w.path)
	s := summarise(&w.p, w.path)
	into[0] = float64(len(w.path))
	if s.Half >= 0 {
		into[0] = float64(s.Half)
	}
	into[1], into[2] = s.NetGain, indicator(s.NetGain > 0)
}

// extreme are the outcomes with one input at a quantile, and all others at their value.
func (e *Experiment) extreme(subsidy []float64, s *Setting, u float64) []float64 {
	w := newWorker(e)
	w.p.Spread = e.Spread
	for i := range w.p.Value {
		w.p.Value[i] = e.Technology.Inputs[i].Value
	}
	w.p.Value[s.Input] = s.Quantile(u)
	into := make([]float64, len(outcomes))
	w.outcomes(subsidy, into)
	return into
}

// above is the share of points with a net gain above 0, of those with an input in its lowest and in its highest fifth.
func (v *variance) above(e *evaluated, input int) (low, high float64) {
	var count, above [2]float64
	for n, u := range e.u {
		sign := e.a
		if n >= v.rows {
			sign = e.b
		}
		y := sign[2*v.rows+n%v.rows]
		switch x := u[input]; {
		case x < 0.2:
			count[0]++
			above[0] += y
		case x >= 0.8:
			count[1]++
			above[1] += y
		}
	}
	return above[0] / count[0], above[1] / count[1]
}
