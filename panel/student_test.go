package panel

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// TestDistributions: the tails are those of gonum's distributions, to the bit.
func TestDistributions(t *testing.T) {
	same := func(what string, got, want float64) {
		t.Helper()
		if math.Float64bits(got) != math.Float64bits(want) {
			t.Errorf("%s: %v, gonum has %v", what, got, want)
		}
	}
	for _, freedom := range []float64{1, 2, 7, 39, 5000} {
		student := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}
		same("quantile", studentQuantile(freedom, 0.975), student.Quantile(0.975))
		for _, x := range []float64{0, 0.3, -1, 1.96, -40} {
			same("tails", studentTails(freedom, x), 2*student.CDF(-math.Abs(x)))
			same("F", fTail(3, freedom, math.Abs(x)), distuv.F{D1: 3, D2: freedom}.Survival(math.Abs(x)))
		}
	}
}
