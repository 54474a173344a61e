package kernel

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"chokepoint/store"
)

// Visitor receives the cells of one product after another, always in ascending order of products.
type Visitor interface {
	// Importers takes the importer cells of a product. It returns which of them need partner cells (nil: all). A
	// partner bloc regroups the importer's suppliers, so its cells are computed in any case.
	Importers(b *Batch) (keep []bool, err error)
	// Pairs takes the cells of importers and partners of the same product. It is not called where there are none.
	Pairs(b *Batch) error
}

// block is the number of products a worker takes at a time: small enough to balance, large enough to be worth a visitor.
const block = 64

// Scan computes the cells of one year on all cores. start makes a visitor for a block of products; done gets each
// visitor back when its block is finished, in ascending order of products and from one goroutine, so that what it
// collects does not depend on timing.
func Scan[V Visitor](ctx context.Context, year *store.Year, view View, start func() V, done func(V) error) error {
	ctx, cancel := context.WithCancel(ctx)
	p := newPlan(&view, year.Importers().Union(year.Exporters()))
	blocks := (year.Len() + block - 1) / block
	finished := make([]chan outcome[V], blocks)
	for i := range finished {
		finished[i] = make(chan outcome[V], 1)
	}
	var next atomic.Int64
	var workers sync.WaitGroup
	defer workers.Wait()
	defer cancel()
	for range min(runtime.GOMAXPROCS(0), blocks) {
		workers.Go(func() {
			w := &worker{plan: p, partnerWorld: map[int32]worldSums{}}
			for {
				i := int(next.Add(1)) - 1
				if i >= blocks || ctx.Err() != nil {
					return
				}
				v := start()
				finished[i] <- outcome[V]{v, w.block(ctx, year, i, v)}
			}
		})
	}
	for i := range finished {
		select {
		case o := <-finished[i]:
			if o.err != nil {
				return o.err
			}
			if err := done(o.visitor); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

type outcome[V Visitor] struct {
	visitor V
	err     error
}

func (w *worker) block(ctx context.Context, year *store.Year, i int, v Visitor) error {
	for k := i * block; k < min((i+1)*block, year.Len()); k++ {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if w.view.Products != nil && !w.view.Products(year.Product(k)) {
			continue
		}
		if err := w.product(year.Flows(k), v); err != nil {
			return err
		}
	}
	return nil
}
