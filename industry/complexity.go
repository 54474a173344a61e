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
	has, economies, products := t.advantages(part)
	n := len(economies)
	if n < 3 {
		return nil, ErrNoComplexity
	}
	diversity, ubiquity := make([]float64, n), make([]float64, len(products))
	for i := range has {
		for p, h := range has[i] {
			if h {
				diversity[i]++
				ubiquity[p]++
			}
		}
	}
	// S = D^-½ M U^-1 Mᵀ D^-½ is symmetric and has the eigenvalues of D^-1 M U^-1 Mᵀ; its eigenvectors times D^-½ are those.
	s := symmetric.New(n)
	for i := range n {
		for j := i; j < n; j++ {
			var sum float64
			for p := range products {
				if has[i][p] && has[j][p] {
					sum += 1 / ubiquity[p]
				}
			}
			s.Set(i, j, sum/math.Sqrt(diversity[i]*diversity[j]))
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
	kc, kp := make([]float64, n), make([]float64, len(products))
	for i := range kc {
		kc[i] = eigen.Vector(i, n-2) / math.Sqrt(diversity[i])
	}
	if correlation(kc, diversity) < 0 { // an eigenvector has no sign
		for i := range kc {
			kc[i] = -kc[i]
		}
	}
	for p := range kp {
		for i := range kc {
			if has[i][p] {
				kp[p] += kc[i] / ubiquity[p] / value
			}
		}
	}
	return t.scaled(economies, products, kc, kp), nil
}

// advantages says who has which: economies that have a part and any advantage, products in which any of them has one.
func (t *Year) advantages(part Part) (has [][]bool, economies, products []int) {
	used := make([]bool, len(t.Products))
	for c := range t.Economies {
		if !part.Economies[c] {
			continue
		}
		any := false
		for p := range t.Products {
			if part.Products[p] && t.advantage(c, p) {
				any, used[p] = true, true
			}
		}
		if any {
			economies = append(economies, c)
		}
	}
	for p, u := range used {
		if u {
			products = append(products, p)
		}
	}
	for _, c := range economies {
		row := make([]bool, len(products))
		for i, p := range products {
			row[i] = t.advantage(c, p)
		}
		has = append(has, row)
	}
	return has, economies, products
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
