package kernel

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"chokepoint/fault"
	"chokepoint/store"
	"chokepoint/trade"
)

// Visitor receives the cells of one product after another, always in ascending order of products.
type Visitor interface {
	// Importers takes the importer cells of a product. It is not called where none are left.
	Importers(b *Batch) error
	// Pairs takes the cells of importers and partners of the same product, after the importers'. It is not called where
	// none are left.
	Pairs(b *Batch) error
}

// Products a worker takes at a time: enough to judge many cells at once and to be worth a visitor, few enough to stay in
// the cache with those of everybody, and to balance.
const (
	blockOfFew = 64
	blockOfAll = 16
)

// Scan computes the cells of one year on all cores. start makes a visitor for a block of products; done gets each
// visitor back when its block is finished, in ascending order of products and from one goroutine, so that what it
// collects does not depend on timing.
func Scan[V Visitor](ctx context.Context, year *store.Year, view View, start func() V, done func(V) error) error {
	return ScanAll(ctx, year, []View{view}, func(int) V { return start() }, func(_ int, v V) error { return done(v) })
}

// ScanAll is Scan for several views of the same products, which start and done get by their place. Each block of products is
// computed for one view after another while its flows are in the cache, and what several views need is found once.
func ScanAll[V Visitor](ctx context.Context, year *store.Year, views []View, start func(view int) V, done func(view int, v V) error) error {
	plans, present := make([]*plan, len(views)), year.Importers().Union(year.Exporters())
	size := blockOfAll
	for i := range views {
		plans[i] = newPlan(&views[i], present, year.Exact())
		if plans[i].importers.few() {
			size = blockOfFew
		}
	}
	groups, alone := joined(plans, present)
	for _, c := range groups {
		if err := c.look(ctx, year); err != nil {
			return err
		}
	}
	for _, i := range alone {
		if err := plans[i].look(ctx, year); err != nil {
			return err
		}
	}
	places := placesOf(year, views[0].Products)
	work := func(ctx context.Context) (func(lo, hi int) ([]V, error), func()) {
		workers := newWorkers(ctx, plans, groups, alone)
		block := func(lo, hi int) ([]V, error) {
			visitors, list := make([]V, len(views)), make([]Visitor, len(views))
			for i := range views {
				visitors[i] = start(i)
				list[i] = visitors[i]
			}
			return visitors, workers.block(year, places[lo:hi], list)
		}
		return block, workers.release
	}
	return blocks(ctx, len(places), size, work, func(visitors []V) error {
		for i, v := range visitors {
			if err := done(i, v); err != nil {
				return err
			}
		}
		return nil
	})
}

// workers compute a block of products for all views.
type workers struct {
	alone  map[int]*worker // by view
	common []*commonWorker
	lazy   []item // of the block, for those of few importers, who read little of it
}

func newWorkers(ctx context.Context, plans []*plan, groups []*common, alone []int) *workers {
	w := &workers{alone: map[int]*worker{}}
	for _, c := range groups {
		w.common = append(w.common, newCommonWorker(ctx, c))
	}
	for _, i := range alone {
		w.alone[i] = newWorker(ctx, plans[i])
	}
	return w
}

func (w *workers) block(year *store.Year, products []int, visitors []Visitor) error {
	for _, one := range w.common {
		if err := one.block(year, products, visitors); err != nil {
			return err
		}
	}
	w.lazy = w.lazy[:0]
	for i, one := range w.alone {
		one.begin()
		if one.importers.few() && !one.quantities {
			one.items = append(one.items, w.lazily(year, products)...)
		} else {
			for _, k := range products {
				one.take(year, k)
			}
		}
		if err := one.compute(visitors[i]); err != nil {
			return err
		}
	}
	return nil
}

// lazily finds the products of the block once.
func (w *workers) lazily(year *store.Year, products []int) []item {
	if len(w.lazy) == 0 {
		for _, k := range products {
			it := item{product: k}
			it.flows, it.index = year.Lazy(k)
			w.lazy = append(w.lazy, it)
		}
	}
	return w.lazy
}

func (w *workers) release() {
	for _, one := range w.common {
		one.release()
	}
	for _, one := range w.alone {
		one.release()
	}
}

// take adds a product of a year to the block.
func (w *worker) take(year *store.Year, k int) {
	it := w.add(k)
	if it.index = year.Index(k); w.quantities {
		it.flows = year.Flows(k)
	} else {
		it.flows, _ = year.Lazy(k) // compute verifies the flows that it reads, all of a product at once
	}
}

// ScanProduct computes the cells of one product from its flows, by importer and exporter, wherever they are from. exact says
// that all values are whole dollars. No flows have no cells.
func ScanProduct(ctx context.Context, flows store.Flows, exact bool, view View, v Visitor) error {
	if len(flows.Value) == 0 {
		return nil
	}
	var asked trade.Set
	for _, set := range slices.Concat(view.Importers, view.Inside, view.Partners) {
		asked = asked.Union(set)
	}
	w := newWorker(ctx, newPlan(&view, asked, exact))
	w.begin()
	it := w.add(0)
	it.flows, it.index = flows, store.IndexOf(flows.Importer, flows.Exporter, flows.Value)
	if err := w.compute(v); err != nil {
		return err
	}
	w.release()
	return nil
}

// placesOf finds products in a year.
func placesOf(year *store.Year, products []string) []int {
	var places []int
	if products == nil {
		for k := range year.Len() {
			places = append(places, k)
		}
	}
	for _, p := range products {
		if k, ok := year.Find(p); ok {
			places = append(places, k)
		}
	}
	return places
}

// InOrder does work on 0 … n-1 on all cores; done gets the results in order, from one goroutine.
func InOrder[R any](ctx context.Context, n int, work func(i int) (R, error), done func(R) error) error {
	each := func(lo, _ int) (R, error) { return work(lo) }
	return blocks(ctx, n, 1, func(context.Context) (func(lo, hi int) (R, error), func()) { return each, func() {} }, done)
}

// blocks does work on blocks of products on all cores; each core makes its own worker and releases it when nothing is left.
// done gets the results one after another, in order of blocks. A panic in a worker is an error, as any other.
func blocks[R any](ctx context.Context, products, size int, work func(context.Context) (block func(lo, hi int) (R, error), release func()), done func(R) error) error {
	type outcome struct {
		result R
		err    error
	}
	ctx, cancel := context.WithCancel(ctx)
	n := (products + size - 1) / size
	finished := make([]chan outcome, n)
	for i := range finished {
		finished[i] = make(chan outcome, 1)
	}
	var next atomic.Int64
	var workers sync.WaitGroup
	defer workers.Wait()
	defer cancel()
	for worker := range min(runtime.GOMAXPROCS(0), n) {
		workers.Go(func() {
			var block func(lo, hi int) (R, error)
			var release func()
			for {
				shareCores(ctx, worker > 0)
				i := int(next.Add(1)) - 1
				if i >= n || ctx.Err() != nil {
					if release != nil {
						release()
					}
					return
				}
				var o outcome
				o.err = fault.Do(func() (err error) {
					if block == nil {
						block, release = work(ctx)
					}
					o.result, err = block(i*size, min((i+1)*size, products))
					return err
				})
				finished[i] <- o
				if o.err != nil {
					return // what it remembers may be half written: nobody uses it again
				}
			}
		})
	}
	for i := range finished {
		select {
		case o := <-finished[i]:
			if o.err != nil {
				return o.err
			}
			if err := done(o.result); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
