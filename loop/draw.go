package loop

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// extraYears are simulated beyond the horizon, for the strength of the loop in the last years.
const extraYears = strengthYears + 1

// sampler draws the inputs of a technology. Draw n has the same numbers whichever other technologies are asked for, and whoever computes
// it; inputs that are common to all technologies have the same number in all of them.
type sampler struct {
	technology *Technology
	spread     float64
	off        []Term
	seed       uint64
	stream     uint64
	shocks     int // years of shocks
}

func newSampler(t *Technology, spread float64, off []Term, seed uint64, years int) *sampler {
	h := fnv.New64a()
	h.Write([]byte(t.ID))
	return &sampler{t, spread, off, seed, h.Sum64(), years + extraYears}
}

// draw gives the parameters and the shocks of a draw. Draw -1 is that without chance: every input has its value, and no shock comes.
func (s *sampler) draw(n int, p *Parameters, shocks []float64) {
	p.Spread = s.spread
	if n < 0 {
		for i := range p.Value {
			p.Value[i] = s.technology.Inputs[i].Value
		}
		clear(shocks)
	} else {
		own := rand.New(rand.NewPCG(s.seed, s.stream+uint64(n)*0x9e3779b97f4a7c15))
		common := rand.New(rand.NewPCG(s.seed, uint64(n)*0x9e3779b97f4a7c15))
		for i := range p.Value {
			u, v := own.Float64(), common.Float64()
			if inputTable[i].common {
				u = v
			}
			p.Value[i] = s.technology.Inputs[i].Quantile(u)
		}
		for t := range shocks {
			shocks[t] = own.NormFloat64()
		}
	}
	for _, term := range s.off {
		p.without(term)
	}
}

// Band is what a number is over the draws: its mean, and below and above what 5 and 95 % of them lie.
type Band struct{ Mean, Low, High float64 }

// bandOf sorts the numbers, those that are missing left out.
func bandOf(values []float64) Band {
	kept := values[:0]
	sum := 0.0
	for _, x := range values {
		if !math.IsNaN(x) {
			kept = append(kept, x)
			sum += x
		}
	}
	if len(kept) == 0 {
		return Band{math.NaN(), math.NaN(), math.NaN()}
	}
	mean := sum / float64(len(kept))
	return Band{mean, quantile(kept, 0.05), quantile(kept, 0.95)}
}

// quantile is the value below which a share u of numbers lies, between two of them on the line (Hyndman and Fan 1996, type 7). It moves
// the numbers about.
func quantile(x []float64, u float64) float64 {
	at := u * float64(len(x)-1)
	k := int(at)
	low := selected(x, k)
	if k+1 == len(x) || at == float64(k) {
		return low
	}
	high := math.Inf(1)
	for _, v := range x[k+1:] {
		high = math.Min(high, v)
	}
	return low + (at-float64(k))*(high-low)
}

// selected moves the k-th smallest number to its place, no smaller one behind it and no larger one before it (Hoare 1961).
func selected(x []float64, k int) float64 {
	low, high := 0, len(x)-1
	for low < high {
		pivot := x[(low+high)/2]
		i, j := low, high
		for i <= j {
			for x[i] < pivot {
				i++
			}
			for x[j] > pivot {
				j--
			}
			if i <= j {
				x[i], x[j] = x[j], x[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			high = j
		case k >= i:
			low = i
		default:
			return x[k]
		}
	}
	return x[k]
}
