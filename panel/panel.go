// Package panel estimates what changed for some units after a date and not for others: difference in differences and event
// studies by ordinary least squares with fixed effects of units and years, and standard errors clustered by unit.
//
// It is econometrics over slices and must import nothing of ours.
package panel

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"chokepoint/symmetric"
)

// Panel is the outcome of units over years, at most once a year; it may have gaps. The effect of the date is looked for in treated units.
type Panel struct {
	Unit    []int // of each observation, from 0
	Year    []int
	Outcome []float64
	Treated []bool // by unit
}

// Estimate is a coefficient with its uncertainty at 95 %.
type Estimate struct {
	Year         int // of an event study; 0 for one number over all years
	Value, Error float64
	Low, High    float64
	P            float64 // of no effect
}

// Fit is the result of a regression.
type Fit struct {
	Estimates                    []Estimate
	Observations, Units, Treated int     // used
	PreF, PreP                   float64 // of all coefficients before the date being zero; NaN without any

	covariance *symmetric.Matrix
}

// ErrNoContrast says that treated or other units are missing before or after the date.
var ErrNoContrast = errors.New("expected treated and other units, before and after the date")

// DiD estimates one effect: the outcome of treated units from year on, beyond what fixed effects of units and years explain.
//
//	y(i,t) = a(i) + b(t) + d × treated(i) × [t ≥ year] + e(i,t)
func (p *Panel) DiD(year int) (*Fit, error) { return p.Free().DiD(year) }

// Freed is a panel whose outcome is freed of fixed effects, for many regressions on it. Which units are treated may change between them.
type Freed struct {
	*Panel
	w       *within
	outcome []float64
}

// Free prepares a panel.
func (p *Panel) Free() *Freed {
	w := p.within()
	return &Freed{p, w, w.demeaned(p.Outcome)}
}

// DiD is Panel.DiD.
func (p *Freed) DiD(year int) (*Fit, error) {
	column := make([]float64, len(p.Unit))
	for i, u := range p.Unit {
		if p.Treated[u] && p.Year[i] >= year {
			column[i] = 1
		}
	}
	return p.fit([][]float64{column}, []int{0}, nil)
}

// Event estimates an effect for each year but the one before the date, which is the base.
//
//	y(i,t) = a(i) + b(t) + Σ d(s) × treated(i) × [t = s] + e(i,t), s ≠ year − 1
func (p *Panel) Event(year int) (*Fit, error) { return p.Free().Event(year) }

// Event is Panel.Event.
func (p *Freed) Event(year int) (*Fit, error) {
	years := slices.Clone(p.Year)
	slices.Sort(years)
	years = slices.Compact(years)
	base := year - 1
	if !slices.Contains(years, base) {
		return nil, fmt.Errorf("the base year %d, the one before the date, is not in the panel", base)
	}
	var columns [][]float64
	var named, before []int
	for _, y := range years {
		if y == base {
			continue
		}
		column := make([]float64, len(p.Unit))
		for i, u := range p.Unit {
			if p.Treated[u] && p.Year[i] == y {
				column[i] = 1
			}
		}
		if y < base {
			before = append(before, len(columns))
		}
		columns, named = append(columns, column), append(named, y)
	}
	return p.fit(columns, named, before)
}

// fit regresses the outcome on columns, after taking out the fixed effects of units and years from all (Frisch, Waugh and
// Lovell). The covariance is clustered by unit with the corrections of fixest: G ÷ (G − 1) × (N − 1) ÷ (N − K), K the columns and
// the years, as effects of units lie within clusters (Cameron and Miller 2015, section VI.B).
func (p *Freed) fit(columns [][]float64, years, before []int) (*Fit, error) {
	w, y := p.w, p.outcome
	x := make([][]float64, len(columns))
	for k := range columns {
		x[k] = w.demeaned(columns[k])
	}
	k, n := len(columns), len(y)
	cross, right := symmetric.New(k), make([]float64, k)
	for a := range k {
		for b, sum := range dots(x[a], x[a:]) {
			cross.Set(a, a+b, sum)
		}
		right[a] = dot(x[a], y)
	}
	root, ok := cross.Root()
	if !ok || root.Condition() > 1e10 {
		return nil, ErrNoContrast
	}
	beta := root.Solve(right)
	scores := make([][]float64, len(p.Treated)) // by unit: sum of x × residual
	used := make([]bool, len(p.Treated))
	for i, u := range p.Unit {
		e := y[i]
		for a := range k {
			e -= x[a][i] * beta[a]
		}
		if scores[u] == nil {
			scores[u] = make([]float64, k)
		}
		used[u] = true
		for a := range k {
			scores[u][a] += x[a][i] * e
		}
	}
	middle := symmetric.New(k)
	f := &Fit{Observations: n, PreF: math.NaN(), PreP: math.NaN()}
	for u, s := range scores {
		if !used[u] {
			continue
		}
		f.Units++
		if p.Treated[u] {
			f.Treated++
		}
		middle.AddSquare(s)
	}
	g := float64(f.Units)
	correction := g / (g - 1) * float64(n-1) / float64(n-k-w.years)
	if f.Treated == 0 || f.Treated == f.Units || !(correction > 0) || math.IsInf(correction, 0) {
		return nil, ErrNoContrast
	}
	whole := symmetric.Sandwich(root.Inverse(), middle)
	f.covariance = symmetric.New(k)
	for a := range k {
		for b := a; b < k; b++ {
			f.covariance.Set(a, b, correction*whole[a*k+b])
		}
	}
	t95 := studentQuantile(g-1, 0.975)
	for a := range k {
		v, se := beta[a], math.Sqrt(f.covariance.At(a, a))
		f.Estimates = append(f.Estimates, Estimate{Year: years[a], Value: v, Error: se, Low: v - t95*se, High: v + t95*se, P: studentTails(g-1, v/se)})
	}
	f.jointly(before, beta, g)
	return f, nil
}

// jointly tests that all coefficients before the date are zero: F with the clusters' degrees of freedom.
func (f *Fit) jointly(before []int, beta []float64, g float64) {
	q := len(before)
	if q == 0 {
		return
	}
	v, b := symmetric.New(q), make([]float64, q)
	for i, a := range before {
		b[i] = beta[a]
		for j := i; j < q; j++ {
			v.Set(i, j, f.covariance.At(a, before[j]))
		}
	}
	root, ok := v.Root()
	if !ok || root.Condition() > 1e16 {
		return
	}
	f.PreF = symmetric.Dot(b, root.Solve(b)) / float64(q)
	f.PreP = fTail(float64(q), g-1, f.PreF)
}

// within takes out fixed effects of units and years.
type within struct {
	p      *Panel
	yearOf []int // of each observation, from 0
	years  int
	byUnit []float64   // numbers of observations
	solve  [][]float64 // years × years: means within units, added up by year → effects of the years
}

// within prepares the projection. With the effects of units taken out, those of years solve a system as wide as there are years
// (Wansbeek and Kapteyn 1989): the same one for every column, and exact whatever gaps the panel has.
func (p *Panel) within() *within {
	w := &within{p: p, yearOf: make([]int, len(p.Year)), byUnit: make([]float64, len(p.Treated))}
	place := map[int]int{}
	for i, y := range p.Year {
		k, ok := place[y]
		if !ok {
			k = len(place)
			place[y] = k
		}
		w.yearOf[i] = k
		w.byUnit[p.Unit[i]]++
	}
	w.years = len(place)
	system := symmetric.New(max(w.years, 1))
	for u, years := range w.yearsOf() {
		for i, a := range years {
			system.Set(a, a, system.At(a, a)+1)
			for _, b := range years[i:] {
				system.Set(a, b, system.At(a, b)-1/w.byUnit[u])
			}
		}
	}
	w.solve = pseudoInverse(system)
	return w
}

// yearsOf lists the years of each unit, ascending by place.
func (w *within) yearsOf() [][]int {
	list := make([][]int, len(w.byUnit))
	for i, u := range w.p.Unit {
		list[u] = append(list[u], w.yearOf[i])
	}
	for _, years := range list {
		slices.Sort(years)
	}
	return list
}

// pseudoInverse is that of Moore and Penrose: effects of years are defined up to a constant in each connected part of the panel.
func pseudoInverse(a *symmetric.Matrix) [][]float64 {
	n := a.Order()
	inverse := make([][]float64, n)
	for i := range inverse {
		inverse[i] = make([]float64, n)
	}
	eigen, ok := a.Eigen()
	if !ok {
		return inverse
	}
	for k, v := range eigen.Values {
		if v <= 1e-10*max(1, eigen.Values[n-1]) {
			continue
		}
		for i := range n {
			for j := range n {
				inverse[i][j] += eigen.Vector(i, k) * eigen.Vector(j, k) / v
			}
		}
	}
	return inverse
}

// effects solves for the effects of years.
func (w *within) effects(sums []float64) []float64 {
	list := make([]float64, w.years)
	for a := range list {
		for b, r := range sums {
			list[a] += w.solve[a][b] * r
		}
	}
	return list
}

// demeaned returns x without its effects of units and years.
func (w *within) demeaned(x []float64) []float64 {
	y := slices.Clone(x)
	w.centre(y)
	sums := make([]float64, w.years)
	for i, t := range w.yearOf {
		sums[t] += y[i]
	}
	effects := w.effects(sums)
	for i, t := range w.yearOf {
		y[i] -= effects[t]
	}
	w.centre(y)
	return y
}

// centre takes the mean of each unit out of y.
func (w *within) centre(y []float64) {
	mean := make([]float64, len(w.byUnit))
	for i, u := range w.p.Unit {
		mean[u] += y[i]
	}
	for i, u := range w.p.Unit {
		y[i] -= mean[u] / w.byUnit[u]
	}
}

// dots are the products of x with each of several columns: four sums at a time, which do not wait for one another, each in the order of dot.
func dots(x []float64, columns [][]float64) []float64 {
	sums := make([]float64, len(columns))
	k := 0
	for ; k+4 <= len(columns); k += 4 {
		a, b, c, d := columns[k][:len(x)], columns[k+1][:len(x)], columns[k+2][:len(x)], columns[k+3][:len(x)]
		var p, q, r, s float64
		for i, v := range x {
			p += v * a[i]
			q += v * b[i]
			r += v * c[i]
			s += v * d[i]
		}
		sums[k], sums[k+1], sums[k+2], sums[k+3] = p, q, r, s
	}
	for ; k < len(columns); k++ {
		sums[k] = dot(x, columns[k])
	}
	return sums
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
