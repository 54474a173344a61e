package industry

import (
	"errors"
	"math"
	"slices"

	"chokepoint/symmetric"
)

// Complexity of economies and products: the second eigenvector of the matrix that goes from economies to products in which they
// have an advantage, and back (Hidalgo and Hausmann 2009; as an eigenvector Mealy, Farmer and Teytelboym 2019). Both are scaled
// with the moments of the economies, as the reference code of Harvard's Growth Lab does (py-ecomplexity): an economy's index is
// the mean of its products'.
type Complexity struct {
	ECI []float64 // by economy; NaN for those left out
	PCI []float64 // by product; NaN for those that nobody counted exports with advantage
}

// ErrNoComplexity says that too few economies have a part.
var ErrNoComplexity = errors.New("complexity needs at least three economies above the floors, with different advantages")

// Part says which economies, by row, and products, by column, have a part in complexity: the shares of the smallest jump from year to
// year, and each moves the figures of all others.
type Part struct{ Economies, Products []bool }

// Everybody gives all economies and products of a year a part.
func (t *Year) Everybody() Part {
	return Part{slices.Repeat([]bool{true}, len(t.Economies)), slices.Repeat([]bool{true}, len(t.Products))}
}

// Complexity computes both indices. Advantages are those in the trade of all economies and products, whoever has a part.
func (t *Year) Complexity(part Part) (*Complexity, error) {
	a := t.advantages(part)
	n := len(a.economies)
	if n < 3 {
		return nil, ErrNoComplexity
	}
	diversity := make([]float64, n)
	for _, i := range a.who {
		diversity[i]++
	}
	// S = D^-½ M U^-1 Mᵀ D^-½ is symmetric and has the eigenvalues of D^-1 M U^-1 Mᵀ; its eigenvectors times D^-½ are those.
	s := symmetric.New(n)
	for i, sums := range a.together() {
		for j := i; j < n; j++ {
			s.Set(i, j, sums[j]/math.Sqrt(diversity[i]*diversity[j]))
		}
	}
	eigen, ok := s.Eigen()
	if !ok {
		return nil, errors.New("complexity: the eigenvectors do not converge")
	}
	value := eigen.Values[n-2] // ascending; the last is 1 and says nothing
	if value < 1e-12 {
		return nil, ErrNoComplexity
	}
	kc, kp := make([]float64, n), make([]float64, len(a.products))
	for i := range kc {
		kc[i] = eigen.Vector(i, n-2) / math.Sqrt(diversity[i])
	}
	if correlation(kc, diversity) < 0 { // an eigenvector has no sign
		for i := range kc {
			kc[i] = -kc[i]
		}
	}
	for p := range kp {
		who := a.of(p)
		ubiquity := float64(len(who))
		for _, i := range who {
			kp[p] += kc[i] / ubiquity / value
		}
	}
	return t.scaled(a.economies, a.products, kc, kp), nil
}

// advantages say who has an advantage in which product, among those that have a part.
type advantages struct {
	economies, products []int   // rows of economies that have any, columns of products in which any of them has one
	first               []int   // of each product, its place in who; the last one's end with who
	who                 []int32 // places in economies, ascending by product
}

// of are the economies with an advantage in a product, as places.
func (a *advantages) of(p int) []int32 {
	if p+1 < len(a.first) {
		return a.who[a.first[p]:a.first[p+1]]
	}
	return a.who[a.first[p]:]
}

// together is, for each economy and each that follows it, the sum of 1 ÷ ubiquity over the products in which both have an advantage. An
// economy in ten has one: going by product takes a fiftieth of the work of comparing the economies.
func (a *advantages) together() [][]float64 {
	sums, all := make([][]float64, len(a.economies)), make([]float64, len(a.economies)*len(a.economies))
	for i := range sums {
		sums[i], all = all[:len(a.economies)], all[len(a.economies):]
	}
	for p := range a.products {
		who := a.of(p)
		weight := 1 / float64(len(who))
		for k, i := range who {
			of := sums[i]
			for _, j := range who[k:] {
				of[j] += weight
			}
		}
	}
	return sums
}

// advantages finds them.
func (t *Year) advantages(part Part) *advantages {
	a := &advantages{}
	has := make([]bool, len(t.Economies))
	for p := range t.Products {
		if !part.Products[p] {
			continue
		}
		before := len(a.who)
		t.sellers(p, func(c int, x float64) {
			if part.Economies[c] && t.advantageOf(c, p, x) {
				a.who = append(a.who, int32(c))
				has[c] = true
			}
		})
		if len(a.who) > before {
			a.products, a.first = append(a.products, p), append(a.first, before)
		}
	}
	place := make([]int32, len(t.Economies))
	for c := range has {
		if has[c] {
			place[c] = int32(len(a.economies))
			a.economies = append(a.economies, c)
		}
	}
	for i, c := range a.who {
		a.who[i] = place[c]
	}
	return a
}

func (t *Year) scaled(economies, products []int, kc, kp []float64) *Complexity {
	mean, sd := moments(kc)
	c := &Complexity{ECI: slices.Repeat([]float64{math.NaN()}, len(t.Economies)), PCI: slices.Repeat([]float64{math.NaN()}, len(t.Products))}
	for i, e := range economies {
		c.ECI[e] = (kc[i] - mean) / sd
	}
	for i, p := range products {
		c.PCI[p] = (kp[i] - mean) / sd
	}
	return c
}

// moments are the mean and the standard deviation of a population.
func moments(x []float64) (mean, sd float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		sd += (v - mean) * (v - mean) / float64(len(x))
	}
	return mean, math.Sqrt(sd)
}

func correlation(x, y []float64) float64 {
	mx, sx := moments(x)
	my, sy := moments(y)
	var sum float64
	for i := range x {
		sum += (x[i] - mx) * (y[i] - my) / float64(len(x))
	}
	return sum / (sx * sy)
}
