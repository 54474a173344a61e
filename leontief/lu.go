package leontief

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/floats"
)

// LU is a square matrix as the product of a lower and an upper triangular one, with its rows exchanged for stability (Golub and Van
// Loan 2013, algorithm 3.4.1). It is immutable and safe for concurrent use.
type LU struct {
	n      int
	a      []float64
	pivots []int
}

// Factor factors a matrix of n rows, row by row, in place.
func Factor(n int, a []float64) (*LU, error) {
	f := &LU{n, a, make([]int, n)}
	for k := range n {
		p := k
		for i := k + 1; i < n; i++ {
			if math.Abs(a[i*n+k]) > math.Abs(a[p*n+k]) {
				p = i
			}
		}
		if v := a[p*n+k]; v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, errors.New("the matrix is singular: inputs are as large as output along some chain")
		}
		f.pivots[k] = p
		if p != k {
			for j := range n {
				a[k*n+j], a[p*n+j] = a[p*n+j], a[k*n+j]
			}
		}
		for i := k + 1; i < n; i++ {
			l := a[i*n+k] / a[k*n+k]
			a[i*n+k] = l
			if l != 0 {
				floats.AddScaled(a[i*n+k+1:(i+1)*n], -l, a[k*n+k+1:(k+1)*n])
			}
		}
	}
	return f, nil
}

// Solve puts the solution x of A x = b in place of b.
func (f *LU) Solve(b []float64) {
	n := f.n
	for k, p := range f.pivots {
		b[k], b[p] = b[p], b[k]
	}
	for i := range n {
		b[i] -= floats.Dot(f.a[i*n:i*n+i], b[:i])
	}
	for i := n - 1; i >= 0; i-- {
		b[i] = (b[i] - floats.Dot(f.a[i*n+i+1:(i+1)*n], b[i+1:])) / f.a[i*n+i]
	}
}

// SolveTransposed puts the solution x of Aᵀ x = b in place of b.
func (f *LU) SolveTransposed(b []float64) {
	n := f.n
	for i := range n {
		b[i] /= f.a[i*n+i]
		floats.AddScaled(b[i+1:], -b[i], f.a[i*n+i+1:(i+1)*n])
	}
	for i := n - 1; i >= 0; i-- {
		floats.AddScaled(b[:i], -b[i], f.a[i*n:i*n+i])
	}
	for k := n - 1; k >= 0; k-- {
		p := f.pivots[k]
		b[k], b[p] = b[p], b[k]
	}
}
