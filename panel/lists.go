package panel

import "math"

// Lists estimates DiD for many sets of treated units of one panel and date. The outcome is freed of its effects once, and what
// a set adds to the regressor's square is a sum over its units, so that a set costs its size times the years.
type Lists struct {
	w       *within
	outcome []float64   // by unit: sum of the freed outcome from the date on
	square  []float64   // by unit: of the regressor, freed of effects of units
	byYear  [][]float64 // by unit: the regressor freed of effects of units, by year
}

// Lists prepares the panel for a date; which units of it are treated does not matter.
func (p *Freed) Lists(year int) *Lists {
	l := &Lists{w: p.w, outcome: make([]float64, len(p.Treated)), square: make([]float64, len(p.Treated)), byYear: make([][]float64, len(p.Treated))}
	after := make([]float64, len(p.Treated)) // observations from the date on
	for i, u := range p.Unit {
		if p.Year[i] >= year {
			after[u]++
			l.outcome[u] += p.outcome[i]
		}
	}
	for u, n := range l.w.byUnit {
		if n > 0 {
			l.square[u] = after[u] * (1 - after[u]/n)
			l.byYear[u] = make([]float64, l.w.years)
		}
	}
	for i, u := range p.Unit {
		x := -after[u] / l.w.byUnit[u]
		if p.Year[i] >= year {
			x++
		}
		l.byYear[u][l.w.yearOf[i]] = x
	}
	return l
}

// DiD is the estimate that Panel.DiD gives where exactly these units are treated; NaN without contrast.
func (l *Lists) DiD(treated []int) float64 {
	var cross, square float64
	sums := make([]float64, l.w.years)
	for _, u := range treated {
		cross += l.outcome[u]
		square += l.square[u]
		for t, x := range l.byYear[u] {
			sums[t] += x
		}
	}
	whole := square
	for t, effect := range l.w.effects(sums) {
		square -= effect * sums[t]
	}
	if !(square > 1e-9*whole) {
		return math.NaN()
	}
	return cross / square
}
