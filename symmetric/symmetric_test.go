package symmetric

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestAgainstGonum: the results are those of gonum's matrices, to the bit.
func TestAgainstGonum(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 3, 10, 40, 150} {
		m, want := New(n), mat.NewSymDense(n, nil)
		for range n + 3 { // squares add up to a positive definite matrix
			x := make([]float64, n)
			for i := range x {
				x[i] = rng.NormFloat64()
			}
			m.AddSquare(x)
			want.SymRankOne(want, 1, mat.NewVecDense(n, x))
		}
		same := func(what string, got, want float64) {
			t.Helper()
			if math.Float64bits(got) != math.Float64bits(want) {
				t.Errorf("%d rows: %s is %v, gonum has %v", n, what, got, want)
			}
		}
		var eigen mat.EigenSym
		eigen.Factorize(want, true)
		var columns mat.Dense
		eigen.VectorsTo(&columns)
		e, ok := m.Eigen()
		if !ok || m.Order() != n {
			t.Fatalf("%d rows: the eigenvectors do not converge", n)
		}
		var root mat.Cholesky
		root.Factorize(want)
		r, ok := m.Root()
		if !ok {
			t.Fatalf("%d rows: no root", n)
		}
		same("the condition", r.Condition(), root.Cond())
		b := make([]float64, n)
		for i := range b {
			b[i] = rng.Float64()
		}
		var x mat.VecDense
		if err := root.SolveVecTo(&x, mat.NewVecDense(n, b)); err != nil {
			t.Fatal(err)
		}
		var inverse mat.SymDense
		if err := root.InverseTo(&inverse); err != nil {
			t.Fatal(err)
		}
		var half, whole mat.Dense
		half.Mul(&inverse, want)
		whole.Mul(&half, &inverse)
		solved, inverted, sandwich := r.Solve(b), r.Inverse(), Sandwich(r.Inverse(), m)
		same("a product", Dot(b, solved), mat.Dot(mat.NewVecDense(n, b), &x))
		for i := range n {
			same("a solution", solved[i], x.AtVec(i))
			same("an eigenvalue", e.Values[i], eigen.Values(nil)[i])
			for j := range n {
				same("a number", m.At(i, j), want.At(i, j))
				same("an eigenvector", e.Vector(i, j), columns.At(i, j))
				same("the inverse", inverted.At(i, j), inverse.At(i, j))
				same("a b a", sandwich[i*n+j], whole.At(i, j))
			}
		}
	}
	m := New(2)
	m.Set(1, 0, 1)
	if _, ok := m.Root(); ok || m.At(0, 1) != 1 {
		t.Error("a matrix that is not positive definite has a root")
	}
}
