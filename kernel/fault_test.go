package kernel

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"chokepoint/fault"
	"chokepoint/indicator"
	"chokepoint/store"
	"chokepoint/trade"
)

// manyProducts is a year of several blocks, and all its economies, one a line.
func manyProducts(t *testing.T) (*store.Year, []trade.Set) {
	rng := rand.New(rand.NewPCG(5, 9))
	var products []store.Flows
	for k := range 300 {
		f := randomFlows(rng, 9, 40)
		f.Product = fmt.Sprintf("85%04d", k)
		if len(f.Value) > 0 {
			products = append(products, f)
		}
	}
	var lines []trade.Set
	for c := trade.Code(1); c <= 11; c++ {
		lines = append(lines, trade.SetOf(c))
	}
	return storedYear(t, products...), lines
}

// thrower adds up what arrives, and panics in a product.
type thrower struct {
	product string
	imports map[string]float64
}

func (v *thrower) Importers(b *Batch) error {
	if b.Product == v.product {
		panic("the visitor made a mistake")
	}
	for i := range b.N {
		v.imports[b.Product] += b.At(indicator.Imports, i) + b.At(indicator.WorldSquares, i)
	}
	return nil
}

func (v *thrower) Pairs(*Batch) error { return nil }

// TestPanicOfVisitor: a panic in a worker is the error of that scan; the next one is not touched by what it left behind.
func TestPanicOfVisitor(t *testing.T) {
	year, lines := manyProducts(t)
	scan := func(product string) (map[string]float64, error) {
		all := map[string]float64{}
		err := Scan(t.Context(), year, View{Importers: lines, World: trade.Gross},
			func() *thrower { return &thrower{product, map[string]float64{}} },
			func(v *thrower) error {
				for code, x := range v.imports {
					all[code] += x
				}
				return nil
			})
		return all, err
	}
	want, err := scan("")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []int{0, 20, year.Len() - 1} {
		_, err := scan(year.Product(k))
		var thrown *fault.Error
		if !errors.As(err, &thrown) || thrown.Value != "the visitor made a mistake" || !strings.Contains(string(thrown.Stack), "Importers") {
			t.Errorf("product %d: got %v, want the panic as an error, with the stack of the visitor", k, err)
		}
		if got, err := scan(""); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("product %d: the next scan differs: %v", k, err)
		}
	}
}

// TestPanicOfWork: also where a worker is made, and in work that is no scan.
func TestPanicOfWork(t *testing.T) {
	none := func(int) error { return nil }
	err := InOrder(t.Context(), 40, func(i int) (int, error) {
		if i == 7 {
			var list []int
			return list[i], nil
		}
		return i, nil
	}, none)
	var thrown *fault.Error
	if !errors.As(err, &thrown) {
		t.Errorf("got %v, want the panic as an error", err)
	}
	err = blocks(t.Context(), 40, 1, func(context.Context) (func(lo, hi int) (int, error), func()) { panic("no worker") }, none)
	if !errors.As(err, &thrown) || thrown.Value != "no worker" {
		t.Errorf("got %v, want the panic as an error", err)
	}
	// Released memory is used again: that of a worker that panicked may be half written.
	work := func(context.Context) (func(lo, hi int) (int, error), func()) {
		failed := false
		block := func(lo, _ int) (int, error) {
			if failed = lo%2 == 0; failed {
				panic("half way")
			}
			return lo, nil
		}
		return block, func() {
			if failed {
				t.Error("a worker that panicked was released")
			}
		}
	}
	if err := blocks(t.Context(), 40, 1, work, none); !errors.As(err, &thrown) {
		t.Errorf("got %v, want the panic as an error", err)
	}
}

// allTie puts every cell on the threshold.
func allTie(t *testing.T) []*indicator.Criterion {
	c, err := indicator.ParseCriterion("import_squares - import_squares >= 0")
	if err != nil {
		t.Fatal(err)
	}
	return []*indicator.Criterion{c}
}

// TestExactArithmeticEnds: a block whose cells are all on a threshold is left when nobody waits for it any more, and none
// of its cells is handed over.
func TestExactArithmeticEnds(t *testing.T) {
	year, lines := manyProducts(t)
	ctx, cancel := context.WithCancel(t.Context())
	view := View{Importers: lines, World: trade.Gross, Criteria: allTie(t), Whole: func(string) bool {
		cancel() // when the workers have begun
		return false
	}}
	c := &counter{}
	if err := Scan(ctx, year, view, func() *counter { return c }, func(*counter) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
	if c.batches > 0 {
		t.Errorf("%d batches were judged after the end", c.batches)
	}
}

type counter struct{ batches int }

func (c *counter) Importers(*Batch) error { c.batches++; return nil }
func (c *counter) Pairs(*Batch) error     { return nil }

// TestExactSumsEnd: what a visitor computes exactly ends likewise.
func TestExactSumsEnd(t *testing.T) {
	year, lines := manyProducts(t)
	ctx, cancel := context.WithCancel(t.Context())
	v := &canceller{cancel: cancel, criterion: allTie(t)[0]}
	err := Scan(ctx, year, View{Importers: lines, World: trade.Gross, Products: []string{year.Product(0)}}, func() *canceller { return v }, func(*canceller) error { return nil })
	if !errors.Is(err, context.Canceled) || !errors.Is(v.err, context.Canceled) {
		t.Errorf("got %v, and %v in the visitor; want that both were cancelled", err, v.err)
	}
}

type canceller struct {
	cancel    func()
	criterion *indicator.Criterion
	err       error
}

func (v *canceller) Importers(b *Batch) error {
	keep := make([]bool, b.N)
	for i := range keep {
		keep[i] = true
	}
	if err := v.criterion.Meet(&b.Columns, &indicator.Scratch{}, keep, b.Exact); err != nil {
		return err
	}
	v.cancel()
	v.err = v.criterion.Meet(&b.Columns, &indicator.Scratch{}, keep, b.Exact)
	return v.err
}

func (v *canceller) Pairs(*Batch) error { return nil }
