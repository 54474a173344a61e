package leontief

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// world makes flows of areas that buy most from themselves, and output so large that each industry has value added.
func world(areas, block int, seed uint64) (n int, z, per []float64) {
	r := rand.New(rand.NewPCG(seed, 1))
	n = areas * block
	z, per = make([]float64, n*n), make([]float64, n)
	for j := range n {
		sum := 0.0
		for i := range n {
			v := math.Exp(3 * r.NormFloat64())
			if i/block != j/block {
				v *= 0.3 / float64(areas)
			}
			if r.Float64() < 0.3 {
				v = 0
			}
			z[i*n+j] = v
			sum += v
		}
		per[j] = (0.3 + 0.5*r.Float64()) / sum
	}
	return n, z, per
}

// inverse is (I − Z C)⁻¹ by Gauss and Jordan, as slow as it is plain.
func inverse(n int, z, per []float64) []float64 {
	a, b := make([]float64, n*n), make([]float64, n*n)
	for i := range n {
		for j := range n {
			a[i*n+j] = -z[i*n+j] * per[j]
		}
		a[i*n+i]++
		b[i*n+i] = 1
	}
	for k := range n {
		d := a[k*n+k]
		for j := range n {
			a[k*n+j], b[k*n+j] = a[k*n+j]/d, b[k*n+j]/d
		}
		for i := range n {
			l := a[i*n+k]
			for j := 0; i != k && j < n; j++ {
				a[i*n+j], b[i*n+j] = a[i*n+j]-l*a[k*n+j], b[i*n+j]-l*b[k*n+j]
			}
		}
	}
	return b
}

func TestSolve(t *testing.T) {
	for seed := range uint64(12) {
		n, z, per := world(1+int(seed%5), 1+int(seed%7), seed)
		s, err := New(n, 1+int(seed%7), z, nil, per)
		if err != nil {
			t.Fatal(err)
		}
		l := inverse(n, z, per)
		var b [][]float64
		r := rand.New(rand.NewPCG(seed, 2))
		for range 1 + seed%6 {
			v := make([]float64, n)
			for i := range v {
				v[i] = r.Float64()
			}
			b = append(b, v)
		}
		x, err := s.Solve(context.Background(), b...)
		if err != nil {
			t.Fatal(err)
		}
		y, err := s.SolveTransposed(context.Background(), b...)
		if err != nil {
			t.Fatal(err)
		}
		for k := range b {
			for i := range n {
				var want, wantT float64
				for j := range n {
					want += l[i*n+j] * b[k][j]
					wantT += l[j*n+i] * b[k][j]
				}
				if math.Abs(x[k][i]-want) > 1e-9*want || math.Abs(y[k][i]-wantT) > 1e-9*wantT {
					t.Fatalf("seed %d, side %d, row %d: got %v and %v, want %v and %v", seed, k, i, x[k][i], y[k][i], want, wantT)
				}
			}
		}
	}
}

// TestRowFactors: with factors of rows and columns the system is that of the flows multiplied by them.
func TestRowFactors(t *testing.T) {
	n, z, per := world(3, 4, 5)
	rows := make([]float64, n)
	other := make([]float64, n*n)
	for i := range n {
		rows[i] = 0.5 + float64(i)/50
		for j := range n {
			other[i*n+j] = rows[i] * z[i*n+j]
		}
	}
	b := make([]float64, n)
	b[2] = 1
	solve := func(s *System, err error) []float64 {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		x, err := s.SolveTransposed(context.Background(), b)
		if err != nil {
			t.Fatal(err)
		}
		return x[0]
	}
	got, want := solve(New(n, 4, z, rows, per)), solve(New(n, 4, other, nil, per))
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-12 {
			t.Errorf("row %d: got %v, want %v", i, got[i], want[i])
		}
	}
}

// TestNoEnd: inputs that exceed output along a chain have no solution, and are no endless search.
func TestNoEnd(t *testing.T) {
	z := []float64{0, 0.9, 1.3, 0}
	s, err := New(2, 1, z, nil, []float64{1, 1})
	if err != nil {
		t.Fatal(err)
	}
	if x, err := s.Solve(context.Background(), []float64{1, 1}); err == nil {
		t.Errorf("got %v, want an error", x)
	}
	if _, err := New(1, 1, []float64{1}, nil, nil); err == nil {
		t.Error("an area that uses all it makes: want an error")
	}
}

// BenchmarkSolve compares, for a table as wide as that of the OECD (81 areas of 50 industries) or smaller, the factors with rounds of
// trade, the power series, and the factors of the whole matrix (which are made once, and take as long again as the table in memory).
func BenchmarkSolve(b *testing.B) {
	for _, size := range []struct {
		name         string
		areas, block int
	}{{"1435", 41, 35}, {"4050", 81, 50}} {
		n, z, per := world(size.areas, size.block, 1)
		v := make([]float64, n)
		for i := range v {
			v[i] = 1
		}
		s, err := New(n, size.block, z, nil, per)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("rounds/"+size.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Solve(b.Context(), v); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("transposed/"+size.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.SolveTransposed(b.Context(), v); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("series/"+size.name, func(b *testing.B) {
			for b.Loop() {
				x, term := append([]float64(nil), v...), v
				for added := 1.0; added > Tolerance; {
					next, err := s.Apply(b.Context(), term)
					if err != nil {
						b.Fatal(err)
					}
					term, added = next[0], 0
					most := 0.0
					for i := range x {
						x[i] += term[i]
						added, most = max(added, term[i]), max(most, x[i])
					}
					added /= most
				}
			}
		})
		b.Run("lu/"+size.name, func(b *testing.B) {
			if testing.Short() {
				b.Skip("takes half a minute for 4,050 rows")
			}
			for b.Loop() {
				a := make([]float64, n*n)
				for i := range n {
					for j := range n {
						a[i*n+j] = -s.at(i, j)
					}
					a[i*n+i]++
				}
				if _, err := Factor(n, a); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// unlike are right-hand sides of one number each, so many rows apart.
func unlike(n, count, apart int) (sides [][]float64) {
	for k := range count {
		v := make([]float64, n)
		v[k*apart] = 1 + float64(k)/7
		sides = append(sides, v)
	}
	return sides
}

// TestSidesAlone: a solution is the same to the last digit whatever is solved beside it.
func TestSidesAlone(t *testing.T) {
	n, z, per := world(4, 5, 9)
	s, err := New(n, 5, z, nil, per)
	if err != nil {
		t.Fatal(err)
	}
	sides := unlike(n, 7, 2)
	for _, solve := range []func(context.Context, ...[]float64) ([][]float64, error){s.Solve, s.SolveTransposed} {
		all, err := solve(context.Background(), sides...)
		if err != nil {
			t.Fatal(err)
		}
		for k := range sides {
			one, err := solve(context.Background(), sides[k])
			if err != nil {
				t.Fatal(err)
			}
			for i := range n {
				if one[0][i] != all[k][i] {
					t.Fatalf("side %d, row %d: alone %v, beside others %v", k, i, one[0][i], all[k][i])
				}
			}
		}
	}
}

// TestProcessors: solutions are the same to the last digit on any number of processors, also where rows and columns do not divide evenly.
func TestProcessors(t *testing.T) {
	const block, areas = 27, 24
	n, z, per := world(areas, block, 11)
	s, err := New(n, block, z, nil, per)
	if err != nil {
		t.Fatal(err)
	}
	sides := unlike(n, 19, 7)
	before := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(before)
	for name, solve := range map[string]func(context.Context, ...[]float64) ([][]float64, error){"rows": s.Solve, "columns": s.SolveTransposed} {
		runtime.GOMAXPROCS(1)
		want, err := solve(t.Context(), sides...)
		if err != nil {
			t.Fatal(err)
		}
		for _, processors := range []int{2, 3, 5} {
			runtime.GOMAXPROCS(processors)
			for _, from := range []int{0, 3, 18} { // with all others, with some, alone
				got, err := solve(t.Context(), sides[from:]...)
				if err != nil {
					t.Fatal(err)
				}
				for k := range got {
					if !slices.Equal(got[k], want[from+k]) {
						t.Fatalf("%s, %d processors, from side %d: side %d differs", name, processors, from, from+k)
					}
				}
			}
		}
	}
}
