// Package leontief solves (I − A) x = b for inter-country input-output tables, where A are inputs per unit of output, and the same with
// A transposed. It never forms the inverse.
//
// Most of what an industry buys comes from its own economy. So A is split into the blocks of each area's purchases from itself, D, and
// trade between areas, T: x = (I − D)⁻¹(b + T x). The blocks are factored once; the rounds of trade are added until what the next one
// could add is below the tolerance. All terms are zero or more, so that nothing cancels. Each round gains more than a round of the power
// series I + A + A² + …, of which it holds infinitely many terms; see BenchmarkSolve.
//
// It must never import what knows of tables or questions.
package leontief

import (
	"context"
	"errors"
	"fmt"
	"math"

	"chokepoint/fault"
)

// System is (I − R Z C) for a matrix of flows Z with factors R of its rows and C of its columns: C = 1/output makes inputs per unit of
// output, R = 1/output makes sales as shares of output. It is immutable and safe for concurrent use.
type System struct {
	n, block int
	z        []float64
	rows     []float64 // factors; nil is 1
	columns  []float64
	factors  []*LU // of I − D, area by area
}

// Tolerance is how large what a further round could add may be, as a share of the solution, before a solution counts as found.
const Tolerance = 1e-11

// maxRounds ends a search for a solution that there is not: inputs that exceed output along a chain.
const maxRounds = 400

// New factors the blocks of a system. z has n rows of n flows each, row by row; n is a multiple of block, the number of industries of an
// area. It is not copied.
func New(n, block int, z, rows, columns []float64) (*System, error) {
	if n == 0 || block == 0 || n%block != 0 || len(z) != n*n {
		return nil, fmt.Errorf("leontief: %d flows of %d rows in blocks of %d", len(z), n, block)
	}
	s := &System{n: n, block: block, z: z, rows: rows, columns: columns}
	for from := 0; from < n; from += block {
		d := make([]float64, block*block)
		for i := range block {
			for j := range block {
				d[i*block+j] = -s.at(from+i, from+j)
			}
			d[i*block+i]++
		}
		f, err := Factor(block, d)
		if err != nil {
			return nil, fmt.Errorf("leontief: purchases of block %d from itself: %w", from/block, err)
		}
		s.factors = append(s.factors, f)
	}
	return s, nil
}

// Size is what the system holds in bytes beside z.
func (s *System) Size() int64 {
	size := 8 * int64(cap(s.rows)+cap(s.columns))
	for _, f := range s.factors {
		size += 8 * int64(cap(f.a)+cap(f.pivots))
	}
	return size
}

// at is an element of R Z C.
func (s *System) at(i, j int) float64 {
	v := s.z[i*s.n+j]
	if s.rows != nil {
		v *= s.rows[i]
	}
	if s.columns != nil {
		v *= s.columns[j]
	}
	return v
}

// Solve gives for each b the x of (I − R Z C) x = b.
func (s *System) Solve(ctx context.Context, b ...[]float64) ([][]float64, error) {
	return s.solve(ctx, false, b)
}

// SolveTransposed gives for each b the x of (I − R Z C)ᵀ x = b.
func (s *System) SolveTransposed(ctx context.Context, b ...[]float64) ([][]float64, error) {
	return s.solve(ctx, true, b)
}

// Domestic is Solve with the purchases of each area from itself alone: it leaves trade out.
func (s *System) Domestic(b []float64) []float64 { return s.within(false, b) }

// DomesticTransposed is SolveTransposed likewise.
func (s *System) DomesticTransposed(b []float64) []float64 { return s.within(true, b) }

// within solves (I − D) x = b, or its transpose.
func (s *System) within(transposed bool, b []float64) []float64 {
	x := make([]float64, s.n)
	for k, f := range s.factors {
		from, to := k*s.block, (k+1)*s.block
		copy(x[from:to], b[from:to])
		if transposed {
			f.SolveTransposed(x[from:to])
		} else {
			f.Solve(x[from:to])
		}
	}
	return x
}

var errDiverges = errors.New("leontief: the chain of inputs has no end: along some chain inputs exceed output")

func (s *System) solve(ctx context.Context, transposed bool, b [][]float64) ([][]float64, error) {
	x := make([][]float64, len(b))
	term := make([][]float64, len(b)) // that the last round added
	for k := range b {
		if len(b[k]) != s.n {
			return nil, fmt.Errorf("leontief: a right-hand side of %d numbers for %d rows", len(b[k]), s.n)
		}
		x[k] = s.within(transposed, b[k])
		term[k] = x[k]
	}
	for k := range x {
		x[k] = append([]float64(nil), x[k]...)
	}
	open := make([]int, len(b)) // sides whose solutions still grow: each stops by itself, so that it is the same whatever is solved beside it
	for k := range open {
		open[k] = k
	}
	for range maxRounds {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		bought, err := s.trade(ctx, transposed, term)
		if err != nil {
			return nil, err
		}
		var next []int
		term = term[:0]
		for at, k := range open {
			more := s.within(transposed, bought[at])
			most, added := 0.0, 0.0
			for i, v := range more {
				x[k][i] += v
				most, added = max(most, math.Abs(x[k][i])), max(added, math.Abs(v))
			}
			switch {
			case math.IsNaN(added) || math.IsInf(added, 0):
				return nil, errDiverges
			case added > Tolerance*most:
				next, term = append(next, k), append(term, more)
			}
		}
		if open = next; len(open) == 0 {
			return x, nil
		}
	}
	return nil, errDiverges
}

// Apply gives R Z C v for each v: what is bought directly to make v.
func (s *System) Apply(ctx context.Context, v ...[]float64) ([][]float64, error) {
	return s.multiply(ctx, false, false, v)
}

// ApplyTransposed gives (R Z C)ᵀ v for each v.
func (s *System) ApplyTransposed(ctx context.Context, v ...[]float64) ([][]float64, error) {
	return s.multiply(ctx, true, false, v)
}

// trade is Apply, without what areas buy from themselves.
func (s *System) trade(ctx context.Context, transposed bool, v [][]float64) ([][]float64, error) {
	return s.multiply(ctx, transposed, true, v)
}

// parts is how many goroutines share the flows. It does not follow the machine: sums in another order differ in the last digit.
const parts = 8

// multiply goes through the flows once for all vectors.
func (s *System) multiply(ctx context.Context, transposed, between bool, v [][]float64) ([][]float64, error) {
	first, last := s.columns, s.rows // factors before and after the flows
	if transposed {
		first, last = last, first
	}
	in := make([][]float64, len(v))
	for k := range v {
		in[k] = scaled(v[k], first)
	}
	out := make([][]float64, len(v))
	for k := range out {
		out[k] = make([]float64, s.n)
	}
	parts := min(parts, s.n/s.block)
	group, _ := fault.WithContext(ctx)
	sums := make([][][]float64, parts) // of the transpose: each part adds up its own
	blocks := s.n / s.block
	for p := range parts {
		from, to := p*blocks/parts*s.block, (p+1)*blocks/parts*s.block
		group.Go(func() error {
			if !transposed {
				s.rowsOf(from, to, between, in, out)
				return nil
			}
			sums[p] = make([][]float64, len(v))
			for k := range v {
				sums[p][k] = make([]float64, s.n)
			}
			s.columnsOf(from, to, between, in, sums[p])
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for _, part := range sums {
		for k := range part {
			for i, x := range part[k] {
				out[k][i] += x
			}
		}
	}
	for k := range out {
		out[k] = scaled(out[k], last)
	}
	return out, nil
}

func scaled(v, by []float64) []float64 {
	if by == nil {
		return v
	}
	w := make([]float64, len(v))
	for i := range v {
		w[i] = v[i] * by[i]
	}
	return w
}

// spans are the columns of row i that count: all, or those of other areas.
func (s *System) spans(i int, between bool) [2][2]int {
	if !between {
		return [2][2]int{{0, s.n}, {s.n, s.n}}
	}
	own := i / s.block * s.block
	return [2][2]int{{0, own}, {own + s.block, s.n}}
}

// rowsOf adds up rows times vectors.
func (s *System) rowsOf(from, to int, between bool, in, out [][]float64) {
	for i := from; i < to; i++ {
		row := s.z[i*s.n : (i+1)*s.n]
		for _, span := range s.spans(i, between) {
			flows := row[span[0]:span[1]]
			for k := range in {
				out[k][i] += dot(flows, in[k][span[0]:span[1]])
			}
		}
	}
}

// columnsOf adds rows, each times an element of a vector, to sums.
func (s *System) columnsOf(from, to int, between bool, in, sums [][]float64) {
	for i := from; i < to; i++ {
		row := s.z[i*s.n : (i+1)*s.n]
		for _, span := range s.spans(i, between) {
			flows := row[span[0]:span[1]]
			for k := range in {
				if v := in[k][i]; v != 0 {
					add(sums[k][span[0]:span[1]], flows, v)
				}
			}
		}
	}
}

// dot keeps eight sums under way, so that none waits for the other.
func dot(a, b []float64) float64 {
	var s0, s1, s2, s3, s4, s5, s6, s7 float64
	b = b[:len(a)]
	for len(a) >= 8 && len(b) >= 8 {
		s0 += a[0] * b[0]
		s1 += a[1] * b[1]
		s2 += a[2] * b[2]
		s3 += a[3] * b[3]
		s4 += a[4] * b[4]
		s5 += a[5] * b[5]
		s6 += a[6] * b[6]
		s7 += a[7] * b[7]
		a, b = a[8:], b[8:]
	}
	for i := range a {
		s0 += a[i] * b[i]
	}
	return (s0 + s1) + (s2 + s3) + ((s4 + s5) + (s6 + s7))
}

// add adds a times v to to.
func add(to, a []float64, v float64) {
	a = a[:len(to)]
	for len(to) >= 4 && len(a) >= 4 {
		to[0] += a[0] * v
		to[1] += a[1] * v
		to[2] += a[2] * v
		to[3] += a[3] * v
		to, a = to[4:], a[4:]
	}
	for i := range to {
		to[i] += a[i] * v
	}
}
