// Package symmetric computes with symmetric matrices: eigenvectors, and what a Cholesky factor gives. The work is LAPACK's, as gonum has
// it; gonum's own matrices would bring every decomposition that there is into the program.
package symmetric

import (
	blas "gonum.org/v1/gonum/blas"
	blasgo "gonum.org/v1/gonum/blas/gonum"
	"gonum.org/v1/gonum/lapack"
	lapackgo "gonum.org/v1/gonum/lapack/gonum"
)

var (
	vectors  blasgo.Implementation
	matrices lapackgo.Implementation
)

// Matrix is a symmetric matrix.
type Matrix struct {
	n    int
	data []float64 // row by row; only the upper triangle counts
}

// New returns a matrix of n rows of zeros.
func New(n int) *Matrix { return &Matrix{n, make([]float64, n*n)} }

// Order is the number of rows.
func (m *Matrix) Order() int { return m.n }

// At is the number in row i and column j.
func (m *Matrix) At(i, j int) float64 { return m.data[min(i, j)*m.n+max(i, j)] }

// Set sets the number in row i and column j, and that in row j and column i.
func (m *Matrix) Set(i, j int, x float64) { m.data[min(i, j)*m.n+max(i, j)] = x }

// AddSquare adds x xᵀ.
func (m *Matrix) AddSquare(x []float64) { vectors.Dsyr(blas.Upper, m.n, 1, x, 1, m.data, m.n) }

// Sandwich is a b a, row by row.
func Sandwich(a, b *Matrix) []float64 {
	n := a.n
	half, whole := make([]float64, n*n), make([]float64, n*n)
	for i := range n {
		for j := range n {
			for k := range n {
				half[i*n+j] += a.At(i, k) * b.At(k, j)
			}
		}
	}
	vectors.Dsymm(blas.Right, blas.Upper, n, n, 1, a.data, n, half, n, 0, whole, n)
	return whole
}

// Eigen are the eigenvalues of a matrix, ascending, and its eigenvectors.
type Eigen struct {
	Values []float64
	data   []float64
}

// Vector is place i of the eigenvector that belongs to value k: of length 1, of either sign.
func (e *Eigen) Vector(i, k int) float64 { return e.data[i*len(e.Values)+k] }

// Eigen decomposes m; ok is false where that does not converge.
func (m *Matrix) Eigen() (e *Eigen, ok bool) {
	e = &Eigen{make([]float64, m.n), append([]float64(nil), m.data...)}
	size := []float64{0}
	matrices.Dsyev(lapack.EVCompute, blas.Upper, m.n, e.data, m.n, e.Values, size, -1)
	work := make([]float64, int(size[0]))
	return e, matrices.Dsyev(lapack.EVCompute, blas.Upper, m.n, e.data, m.n, e.Values, work, len(work))
}

// Root is the Cholesky factor of a positive definite matrix.
type Root struct {
	n         int
	data      []float64
	condition float64
}

// Root factorizes m; ok is false where it is not positive definite.
func (m *Matrix) Root() (r *Root, ok bool) {
	r = &Root{n: m.n, data: append([]float64(nil), m.data...)}
	work := make([]float64, 3*r.n)
	norm := matrices.Dlansy(lapack.MaxRowSum, blas.Upper, r.n, r.data, r.n, work[:r.n])
	if !matrices.Dpotrf(blas.Upper, r.n, r.data, r.n) {
		return nil, false
	}
	r.condition = 1 / matrices.Dpocon(blas.Upper, r.n, r.data, r.n, norm, work, make([]int, r.n))
	return r, true
}

// Condition is that of the matrix, in the norm of its rows: from 1 on, and infinite where it has no inverse.
func (r *Root) Condition() float64 { return r.condition }

// Solve gives the x of m x = b.
func (r *Root) Solve(b []float64) []float64 {
	x := append([]float64(nil), b...)
	matrices.Dpotrs(blas.Upper, r.n, 1, r.data, r.n, x, 1)
	return x
}

// Inverse is that of m.
func (r *Root) Inverse() *Matrix {
	m := &Matrix{r.n, append([]float64(nil), r.data...)}
	matrices.Dpotri(blas.Upper, m.n, m.data, m.n)
	return m
}

// Dot is the sum of the products of two vectors.
func Dot(a, b []float64) float64 { return vectors.Ddot(len(a), a, 1, b, 1) }
