package scenario

import (
	"fmt"
	"math"
)

// Tariffs is a case of GSIM (Francois and Hall 2003): trade of one good among economies at world prices, by exporter and importer, with the
// tariff factors (1 + t) before and after. Domestic sales may stand on the diagonal; without them demand is import demand alone.
type Tariffs struct {
	Economies                    []string
	Trade, Before, After         [][]float64
	Demand, Supply, Substitution float64 // elasticities: of import demand (negative), of export supply, between suppliers
}

// Effects are what tariffs move. Changes are relative (0.1 is +10 %); surplus, revenue and welfare are in units of Trade, by economy.
type Effects struct {
	World                      []float64   // price that exporters get
	Quantity                   [][]float64 // by exporter and importer
	Value                      [][]float64 // trade at world prices after, in units of Trade
	Composite                  []float64   // price that importers pay, by importer
	Producer, Consumer         []float64   // surplus
	ConsumerPublished          []float64   // with the triangle's sign as published, which is wrong for rising prices
	Revenue, Welfare, Welfare2 []float64   // Welfare2 with ConsumerPublished
}

func square(n int) [][]float64 {
	m := make([][]float64, n)
	for i := range m {
		m[i] = make([]float64, n)
	}
	return m
}

// shares are θ, import shares at domestic prices, and φ, export shares, by exporter and importer, and V, imports at domestic prices.
func (t *Tariffs) shares() (theta, phi [][]float64, v []float64) {
	n := len(t.Economies)
	theta, phi, v = square(n), square(n), make([]float64, n)
	for r := range n {
		x := 0.0
		for c := range n {
			x += t.Trade[r][c]
			v[c] += t.Trade[r][c] * t.Before[r][c]
		}
		for c := range n {
			if x > 0 {
				phi[r][c] = t.Trade[r][c] / x
			}
		}
	}
	for r := range n {
		for c := range n {
			if v[c] > 0 {
				theta[r][c] = t.Trade[r][c] * t.Before[r][c] / v[c]
			}
		}
	}
	return theta, phi, v
}

// response is N(v,r,s): how demand of importer c for exporter r moves with the price of exporter s.
func (t *Tariffs) response(theta [][]float64, c, r, s int) float64 {
	if r == s {
		return theta[r][c]*t.Demand - (1-theta[r][c])*t.Substitution
	}
	return theta[s][c] * (t.Demand + t.Substitution)
}

// Linear solves the linear form: Ex p(r) = Σ over v of φ(r,v) Σ over s of N(v,r,s) (p(s) + dT(s,v)), dT = T1/T0 − 1.
func (t *Tariffs) Linear() (*Effects, error) {
	n := len(t.Economies)
	theta, phi, v := t.shares()
	a, b := square(n), make([]float64, n)
	sellers := suppliersOf(theta)
	for r := range n {
		a[r][r] = t.Supply
	}
	for c, list := range sellers { // who sells nothing to c neither moves its demand nor is moved by it
		for _, r := range list {
			for _, s := range list {
				w := phi[r][c] * t.response(theta, c, r, s)
				a[r][s] -= w
				b[r] += w * (t.After[s][c]/t.Before[s][c] - 1)
			}
		}
	}
	p, err := solve(a, b)
	if err != nil {
		return nil, err
	}
	e := &Effects{World: p, Quantity: square(n)}
	for c, list := range sellers {
		for r := range n {
			if theta[r][c] == 0 { // what it would sell more, in proportion, sold it anything
				e.Quantity[r][c] = t.response(theta, c, r, r) * (p[r] + t.After[r][c]/t.Before[r][c] - 1)
			}
			for _, s := range list {
				e.Quantity[r][c] += t.response(theta, c, r, s) * (p[s] + t.After[s][c]/t.Before[s][c] - 1)
			}
		}
	}
	t.complete(e, theta, v)
	return e, nil
}

// suppliersOf lists who sells to each importer.
func suppliersOf(theta [][]float64) [][]int {
	list := make([][]int, len(theta))
	for r := range theta {
		for c, share := range theta[r] {
			if share > 0 {
				list[c] = append(list[c], r)
			}
		}
	}
	return list
}

// Levels solves the form in levels: P(v) = (Σ θ (p τ)^(1−Es))^(1/(1−Es)), q = (p τ / P)^(−Es) P^Em, p^Ex = Σ φ q, τ = T1/T0.
func (t *Tariffs) Levels() (*Effects, error) {
	n := len(t.Economies)
	theta, phi, v := t.shares()
	p, q := make([]float64, n), square(n)
	for r := range p {
		p[r] = 1
	}
	step := 1 / (t.Supply + t.Substitution)
	for range 20000 {
		for c := range n {
			sum := 0.0
			for r := range n {
				if theta[r][c] > 0 {
					price := p[r] * t.After[r][c] / t.Before[r][c]
					if t.Substitution == 1 {
						sum += theta[r][c] * math.Log(price)
					} else {
						sum += theta[r][c] * math.Pow(price, 1-t.Substitution)
					}
				}
			}
			composite := math.Exp(sum)
			if t.Substitution != 1 {
				composite = math.Pow(sum, 1/(1-t.Substitution))
			}
			for r := range n {
				q[r][c] = 0
				if theta[r][c] > 0 {
					q[r][c] = math.Pow(p[r]*t.After[r][c]/t.Before[r][c]/composite, -t.Substitution) * math.Pow(composite, t.Demand)
				}
			}
		}
		most := 0.0
		for r := range n {
			sold := 0.0
			for c := range n {
				sold += phi[r][c] * q[r][c]
			}
			if sold == 0 {
				continue
			}
			excess := math.Log(sold) - t.Supply*math.Log(p[r])
			most = max(most, math.Abs(excess))
			p[r] *= math.Exp(step * excess)
		}
		if most < 1e-13 {
			e := &Effects{Quantity: q}
			for r := range n {
				e.World = append(e.World, p[r]-1)
				for c := range n {
					if theta[r][c] > 0 {
						q[r][c]--
					}
				}
			}
			t.complete(e, theta, v)
			return e, nil
		}
	}
	return nil, fmt.Errorf("GSIM in levels does not settle with elasticities of %v, %v and %v", t.Demand, t.Supply, t.Substitution)
}

// complete adds values, composite prices, surplus and revenue.
func (t *Tariffs) complete(e *Effects, theta [][]float64, v []float64) {
	n := len(t.Economies)
	e.Value = square(n)
	e.Composite, e.Revenue = make([]float64, n), make([]float64, n)
	for r := range n {
		x := 0.0
		for c := range n {
			x += t.Trade[r][c]
			e.Value[r][c] = t.Trade[r][c] * (1 + e.Quantity[r][c]) * (1 + e.World[r])
			e.Composite[c] += theta[r][c] * ((1+e.World[r])*t.After[r][c]/t.Before[r][c] - 1)
			e.Revenue[c] += e.Value[r][c]*(t.After[r][c]-1) - t.Trade[r][c]*(t.Before[r][c]-1)
		}
		e.Producer = append(e.Producer, e.World[r]*x*(1+t.Supply*e.World[r]/2))
	}
	for c := range n {
		price := e.Composite[c]
		triangle := v[c] * price * price * t.Demand / 2
		e.Consumer = append(e.Consumer, -v[c]*price-triangle)
		published := triangle
		if price < 0 {
			published = -triangle
		}
		e.ConsumerPublished = append(e.ConsumerPublished, -v[c]*price+published)
		e.Welfare = append(e.Welfare, e.Producer[c]+e.Consumer[c]+e.Revenue[c])
		e.Welfare2 = append(e.Welfare2, e.Producer[c]+e.ConsumerPublished[c]+e.Revenue[c])
	}
}

// solve solves a x = b by elimination with partial pivots. a and b are used up.
func solve(a [][]float64, b []float64) ([]float64, error) {
	n := len(b)
	for i := range n {
		pivot := i
		for r := i + 1; r < n; r++ {
			if math.Abs(a[r][i]) > math.Abs(a[pivot][i]) {
				pivot = r
			}
		}
		if math.Abs(a[pivot][i]) < 1e-12 {
			return nil, fmt.Errorf("the equations have no single solution: an economy neither supplies nor demands")
		}
		a[i], a[pivot], b[i], b[pivot] = a[pivot], a[i], b[pivot], b[i]
		for r := i + 1; r < n; r++ {
			f := a[r][i] / a[i][i]
			for k := i; k < n; k++ {
				a[r][k] -= f * a[i][k]
			}
			b[r] -= f * b[i]
		}
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			b[i] -= a[i][k] * b[k]
		}
		b[i] /= a[i][i]
	}
	return b, nil
}
