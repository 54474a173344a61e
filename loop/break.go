package loop

import (
	"context"
	"math"
	"math/rand/v2"
)

// Break is the place where a series breaks most: the largest F of a test of equal coefficients before and after (Chow 1960; Quandt 1960;
// Andrews 1993). P is exact under normal errors: the share of series without a break, on the same regressors, with as large a statistic
// (a Monte Carlo test, Dufour 2006).
type Break struct {
	At            int     // first observation after it; 0 where the series is too short to look
	Year          float64 // of it; NaN where there are no years
	F, P          float64
	Before, After float64 // exponents
}

// breakTrials is how many series without a break are drawn.
const breakTrials = 999

// breakTrim is the share of the series at either end in which no break is looked for.
const breakTrim = 0.15

// breakOf looks for the largest break.
func (curve *Curve) breakOf(ctx context.Context, y []float64, x [][]float64) (Break, error) {
	b := Break{Year: math.NaN(), F: math.NaN(), P: math.NaN(), Before: math.NaN(), After: math.NaN()}
	search := breaksIn(x)
	if search == nil {
		return b, nil
	}
	at, f := search.largest(y)
	if at == 0 {
		return b, nil
	}
	b.At, b.F = at, f
	if len(curve.Years) > 0 {
		b.Year = curve.Years[at]
	}
	if before, err := regress(y[:at], cut(x, 0, at)...); err == nil {
		b.Before = before.coefficients[1]
	}
	if after, err := regress(y[at:], cut(x, at, len(y))...); err == nil {
		b.After = after.coefficients[1]
	}
	rng := rand.New(rand.NewPCG(1, 0))
	as, noise := 1, make([]float64, len(y))
	for range breakTrials {
		if err := ctx.Err(); err != nil {
			return b, err
		}
		for i := range noise {
			noise[i] = rng.NormFloat64()
		}
		if _, g := search.largest(noise); g >= f {
			as++
		}
	}
	b.P = float64(as) / (breakTrials + 1)
	return b, nil
}

// breakSearch tries all places of a break in a series on the same regressors. What does not depend on the series is prepared once, so that
// a series costs a pass over it and not a pass a place.
type breakSearch struct {
	rows   [][]float64 // orthonormal columns that span the regressors and the constant, by observation
	least  int         // observations on either side
	before []*cholesky // of the first m rows; nil where they do not tell the coefficients apart
	after  []*cholesky // of the others
}

// breaksIn prepares the search; nil where the series is too short or its regressors move together.
func breaksIn(x [][]float64) *breakSearch {
	n, k := len(x[0]), len(x)+1
	s := &breakSearch{rows: orthonormal(x), least: max(k+1, int(math.Ceil(breakTrim*float64(n)))), before: make([]*cholesky, n+1), after: make([]*cholesky, n+1)}
	if s.rows == nil || n-2*k < 1 {
		return nil
	}
	head, tail := newSquare(k), newSquare(k)
	for _, row := range s.rows {
		tail.add(row, 1)
	}
	for m, row := range s.rows {
		head.add(row, 1)
		tail.add(row, -1)
		if m+1 >= s.least && m+1 <= n-s.least {
			s.before[m+1], s.after[m+1] = head.cholesky(), tail.cholesky()
		}
	}
	return s
}

// largest is the largest F over the places of a break in y, and the first observation after it; 0 where there is no place.
func (s *breakSearch) largest(y []float64) (at int, most float64) {
	n, k := len(y), len(s.rows[0])
	e, whole := s.residuals(y)
	total := make([]float64, k) // Σ row·e, which is 0 but for rounding
	head := make([]float64, k)
	for i, row := range s.rows {
		for j, v := range row {
			total[j] += v * e[i]
		}
	}
	tail := make([]float64, k)
	for m := 1; m <= n-s.least; m++ {
		for j, v := range s.rows[m-1] {
			head[j] += v * e[m-1]
		}
		if m < s.least || s.before[m] == nil || s.after[m] == nil {
			continue
		}
		for j := range tail {
			tail[j] = total[j] - head[j]
		}
		gained := s.before[m].norm(head) + s.after[m].norm(tail) // by how much the squared residuals fall with coefficients of their own
		if f := gained / float64(k) / ((whole - gained) / float64(n-2*k)); at == 0 || f > most {
			at, most = m, f
		}
	}
	return at, most
}

// residuals are those of y on the regressors, and the sum of their squares.
func (s *breakSearch) residuals(y []float64) (e []float64, squares float64) {
	beta := make([]float64, len(s.rows[0]))
	for i, row := range s.rows {
		for j, v := range row {
			beta[j] += v * y[i]
		}
	}
	e = make([]float64, len(y))
	for i, row := range s.rows {
		e[i] = y[i]
		for j, v := range row {
			e[i] -= v * beta[j]
		}
		squares += e[i] * e[i]
	}
	return e, squares
}

// orthonormal makes columns of length 1 at right angles out of the constant and x (Gram and Schmidt, twice), and returns them by
// observation; nil where one of them depends on those before.
func orthonormal(x [][]float64) [][]float64 {
	n, k := len(x[0]), len(x)+1
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = make([]float64, k)
		rows[i][0] = 1 / math.Sqrt(float64(n))
	}
	for j := 1; j < k; j++ {
		column, length := append([]float64(nil), x[j-1]...), norm(x[j-1])
		for range 2 {
			for l := range j {
				along := 0.0
				for i := range column {
					along += rows[i][l] * column[i]
				}
				for i := range column {
					column[i] -= along * rows[i][l]
				}
			}
		}
		left := norm(column)
		if !(left > 1e-10*length) {
			return nil
		}
		for i := range column {
			rows[i][j] = column[i] / left
		}
	}
	return rows
}

func norm(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum)
}

// square is a symmetric matrix of a few columns, by rows.
type square struct {
	k int
	a []float64
}

func newSquare(k int) *square { return &square{k, make([]float64, k*k)} }

// add adds sign × row row'.
func (s *square) add(row []float64, sign float64) {
	for i, v := range row {
		for j, w := range row {
			s.a[i*s.k+j] += sign * v * w
		}
	}
}

// cholesky is the lower triangle L of L L' = a, by rows.
type cholesky square

// cholesky factors s; nil where it is not positive definite.
func (s *square) cholesky() *cholesky {
	l := &cholesky{s.k, make([]float64, len(s.a))}
	for i := range s.k {
		for j := range i + 1 {
			sum := s.a[i*s.k+j]
			for m := range j {
				sum -= l.a[i*s.k+m] * l.a[j*s.k+m]
			}
			switch {
			case i != j:
				l.a[i*s.k+j] = sum / l.a[j*s.k+j]
			case !(sum > 1e-12*s.a[i*s.k+i]):
				return nil
			default:
				l.a[i*s.k+i] = math.Sqrt(sum)
			}
		}
	}
	return l
}

// norm is v' (L L')⁻¹ v.
func (l *cholesky) norm(v []float64) (sum float64) {
	var room [4]float64
	w := room[:0]
	for i := range l.k {
		x := v[i]
		for j, y := range w {
			x -= l.a[i*l.k+j] * y
		}
		w = append(w, x/l.a[i*l.k+i])
		sum += w[i] * w[i]
	}
	return sum
}

func cut(x [][]float64, from, to int) [][]float64 {
	parts := make([][]float64, len(x))
	for i := range x {
		parts[i] = x[i][from:to]
	}
	return parts
}
