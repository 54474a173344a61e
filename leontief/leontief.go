// Package leontief solves (I − A) x = b for inter-country input-output tables, where A are inputs per unit of output, and the same with
// A transposed. It never forms the inverse.
//
// Most of what an industry buys comes from its own economy. So A is split into the blocks of each area's purchases from itself, D, and
// trade between areas, T. The blocks are factored once. A round takes the areas in turn, as Gauss and Seidel do: what an area makes,
// (I − D)⁻¹ of what others ask of it, counts at once for the areas that follow. Rounds are added until what the next one could add is
// below the tolerance. All terms are zero or more, so that nothing cancels. A round gains more than one in which all areas wait for the
// round before (Stein and Rosenberg 1948), and far more than one of the power series I + A + A² + …; see BenchmarkSolve.
//
// It must never import what knows of tables or questions.
package leontief

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"

	"gonum.org/v1/gonum/blas"
	blasgo "gonum.org/v1/gonum/blas/gonum"
	"gonum.org/v1/gonum/floats"

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
const Tolerance = 1e-13

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

// beside is how many right-hand sides are solved together: each part of the flows that is read serves all of them.
const beside = 8

// solve solves groups of sides beside each other. A solution is the same to the last digit whatever is solved with it, and on
// however many processors: only how rows or columns are shared out depends on them.
func (s *System) solve(ctx context.Context, transposed bool, b [][]float64) ([][]float64, error) {
	for k := range b {
		if len(b[k]) != s.n {
			return nil, fmt.Errorf("leontief: a right-hand side of %d numbers for %d rows", len(b[k]), s.n)
		}
	}
	x := make([][]float64, len(b))
	processors := runtime.GOMAXPROCS(0)
	groups := (len(b) + beside - 1) / beside
	group, ctx := fault.WithContext(ctx)
	group.SetLimit(processors)
	for from := 0; from < len(b); from += beside {
		to := min(from+beside, len(b))
		group.Go(func() error {
			return s.search(transposed, b[from:to], max(1, processors/groups)).run(ctx, x[from:to])
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return x, nil
}

// search is solutions under way.
type search struct {
	*System
	transposed bool
	workers    int
	sides      []*side
}

// side is one of the right-hand sides.
type side struct {
	b     []float64
	x     []float64 // the sum of all rounds
	term  []float64 // what an area adds in this round, or, where its turn is still to come, in the last
	asked []float64 // term with the factors that come before the flows
	owed  []float64 // of the transpose: what has been asked of each area since its last turn
}

func (s *System) search(transposed bool, b [][]float64, workers int) *search {
	q := &search{System: s, transposed: transposed, workers: workers}
	for _, b := range b {
		of := &side{b: b, x: make([]float64, s.n), term: make([]float64, s.n), asked: make([]float64, s.n)}
		if transposed {
			of.owed = make([]float64, s.n)
		}
		q.sides = append(q.sides, of)
	}
	return q
}

// run adds rounds until each solution has stopped to grow, and puts it into x.
func (q *search) run(ctx context.Context, x [][]float64) error {
	for k, of := range q.sides {
		x[k] = of.x
	}
	for round := range maxRounds {
		if err := ctx.Err(); err != nil {
			return err
		}
		for area := range q.factors {
			if err := q.turn(ctx, area, round == 0); err != nil {
				return err
			}
		}
		open := q.sides[:0]
		for _, of := range q.sides {
			grows, err := of.add()
			if err != nil {
				return err
			}
			if grows {
				open = append(open, of)
			}
		}
		if q.sides = open; len(open) == 0 {
			return nil
		}
	}
	return errDiverges
}

// add adds a round, and says whether another one can matter.
func (of *side) add() (grows bool, err error) {
	most, added := 0.0, 0.0
	for i, v := range of.term {
		of.x[i] += v
		most, added = max(most, math.Abs(of.x[i])), max(added, math.Abs(v))
	}
	if math.IsNaN(added) || math.IsInf(added, 0) {
		return false, errDiverges
	}
	return added > Tolerance*most, nil
}

// turn is what an area adds in a round: what it makes of what the others ask. In the first round the right-hand side comes on top.
func (q *search) turn(ctx context.Context, area int, first bool) error {
	from, to := area*q.block, (area+1)*q.block
	before, after := q.columns, q.rows // factors before and after the flows
	if q.transposed {
		before, after = after, before
	} else if err := q.gather(ctx, from, to); err != nil {
		return err
	}
	for _, of := range q.sides {
		term := of.term[from:to]
		if q.transposed {
			copy(term, of.owed[from:to])
			clear(of.owed[from:to])
		}
		scale(term, after, from)
		if first {
			for i := range term {
				term[i] += of.b[from+i]
			}
		}
		if q.transposed {
			q.factors[area].SolveTransposed(term)
		} else {
			q.factors[area].Solve(term)
		}
		copy(of.asked[from:to], term)
		scale(of.asked[from:to], before, from)
	}
	if q.transposed {
		return q.spread(ctx, from, to)
	}
	return nil
}

// scale multiplies v, which begins at a row, by factors; nil is 1.
func scale(v, factors []float64, from int) {
	if factors == nil {
		return
	}
	for i := range v {
		v[i] *= factors[from+i]
	}
}

// Flows are taken in tiles that stay in the cache of a processor while all sides use them. Rows are shared out in fours, because the
// arithmetic takes four at a time: so the order of sums does not depend on the number of workers.
const (
	tile = 512
	four = 4
)

// tiles are the columns of other areas, in tiles.
func (q *search) tiles(from, to int) (list [][2]int) {
	for _, span := range [][2]int{{0, from}, {to, q.n}} {
		for at := span[0]; at < span[1]; at += tile {
			list = append(list, [2]int{at, min(at+tile, span[1])})
		}
	}
	return list
}

// gather puts into the terms of an area the rows of flows to other areas times what these ask.
func (q *search) gather(ctx context.Context, from, to int) error {
	tiles := q.tiles(from, to)
	return q.share(ctx, (q.block+four-1)/four, func(first, end int) {
		first, end = from+first*four, min(from+end*four, to)
		for _, of := range q.sides {
			clear(of.term[first:end])
		}
		for _, t := range tiles {
			for _, of := range q.sides {
				blasgo.Implementation{}.Dgemv(blas.NoTrans, end-first, t[1]-t[0], 1, q.z[first*q.n+t[0]:], q.n, of.asked[t[0]:t[1]], 1, 1, of.term[first:end], 1)
			}
		}
	})
}

// spread adds to what is owed by other areas the rows of flows of an area times what it asks.
func (q *search) spread(ctx context.Context, from, to int) error {
	tiles := q.tiles(from, to)
	return q.share(ctx, len(tiles), func(first, end int) {
		for _, t := range tiles[first:end] {
			for _, of := range q.sides {
				blasgo.Implementation{}.Dgemv(blas.Trans, q.block, t[1]-t[0], 1, q.z[from*q.n+t[0]:], q.n, of.asked[from:to], 1, 1, of.owed[t[0]:t[1]], 1)
			}
		}
	})
}

// worthSharing is the multiplications from which on a second worker is worth its start.
const worthSharing = 50_000

// share does work on n things, in as many parts as there are workers.
func (q *search) share(ctx context.Context, n int, work func(from, to int)) error {
	parts := min(q.workers, n)
	if parts <= 1 || q.block*q.n*len(q.sides) < worthSharing {
		work(0, n)
		return nil
	}
	group, _ := fault.WithContext(ctx)
	for p := range parts {
		group.Go(func() error {
			work(p*n/parts, (p+1)*n/parts)
			return nil
		})
	}
	return group.Wait()
}

// Apply gives R Z C v for each v: what is bought directly to make v.
func (s *System) Apply(ctx context.Context, v ...[]float64) ([][]float64, error) {
	return s.multiply(ctx, false, v)
}

// ApplyTransposed gives (R Z C)ᵀ v for each v.
func (s *System) ApplyTransposed(ctx context.Context, v ...[]float64) ([][]float64, error) {
	return s.multiply(ctx, true, v)
}

// parts is how many goroutines share the flows. It does not follow the machine: sums in another order differ in the last digit.
const parts = 8

// multiply goes through the flows once for all vectors.
func (s *System) multiply(ctx context.Context, transposed bool, v [][]float64) ([][]float64, error) {
	first, last := s.columns, s.rows // factors before and after the flows
	if transposed {
		first, last = last, first
	}
	in := make([][]float64, len(v))
	for k := range v {
		in[k] = append([]float64(nil), v[k]...)
		scale(in[k], first, 0)
	}
	sums := make([][][]float64, parts) // by part: of rows its own, of the transpose what its rows add to all columns
	group, _ := fault.WithContext(ctx)
	for p := range parts {
		from, to := p*s.n/parts, (p+1)*s.n/parts
		if from == to {
			continue
		}
		group.Go(func() error {
			sums[p] = make([][]float64, len(v))
			for k := range v {
				sums[p][k] = make([]float64, s.n)
				if transposed {
					blasgo.Implementation{}.Dgemv(blas.Trans, to-from, s.n, 1, s.z[from*s.n:], s.n, in[k][from:to], 1, 1, sums[p][k], 1)
				} else {
					blasgo.Implementation{}.Dgemv(blas.NoTrans, to-from, s.n, 1, s.z[from*s.n:], s.n, in[k], 1, 1, sums[p][k][from:to], 1)
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	out := make([][]float64, len(v))
	for k := range out {
		out[k] = make([]float64, s.n)
		for _, part := range sums {
			if part != nil {
				floats.Add(out[k], part[k])
			}
		}
		scale(out[k], last, 0)
	}
	return out, nil
}
