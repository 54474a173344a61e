package studytest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"chokepoint/industry"
	"chokepoint/kernel"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// Passes is an engine that counts how often each kind of pass over a year is asked for: work that tests can compare, as they cannot
// compare times.
type Passes struct {
	study.Engine
	mu    sync.Mutex
	kinds map[string]int
}

// CountPasses puts a counter between a source and its flows.
func CountPasses(s *study.Source) *Passes {
	p := &Passes{Engine: s.EngineOrFiles(), kinds: map[string]int{}}
	s.Engine = p
	return p
}

// Take says what was asked for since the last call, such as "margins 3, scan 6", by name.
func (p *Passes) Take() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []string
	for _, kind := range slices.Sorted(maps.Keys(p.kinds)) {
		list = append(list, fmt.Sprintf("%s %d", kind, p.kinds[kind]))
	}
	clear(p.kinds)
	return strings.Join(list, ", ")
}

func (p *Passes) count(kind string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kinds[kind]++
}

// Scan implements study.Engine.
func (p *Passes) Scan(ctx context.Context, year int, view kernel.View, start func() kernel.Visitor, done func(kernel.Visitor) error) error {
	p.count("scan")
	return p.Engine.Scan(ctx, year, view, start, done)
}

// Totals implements study.Engine.
func (p *Passes) Totals(ctx context.Context, year int, view kernel.View, parties [][]int32, n int) ([]kernel.Total, error) {
	p.count("totals")
	return p.Engine.Totals(ctx, year, view, parties, n)
}

// Margins implements study.Engine. Those of the index and those without inner trade, which read flows, are told apart.
func (p *Passes) Margins(ctx context.Context, year int, products []string, inside trade.Set, take func(product string, m store.Margins) error) error {
	if inside.Len() > 1 {
		p.count("margins without inner trade")
	} else {
		p.count("margins")
	}
	return p.Engine.Margins(ctx, year, products, inside, take)
}

// Inner gives what a bloc trades inside where the engine can tell: one that is asked for it is not asked for margins without it.
func (p *Passes) Inner(ctx context.Context, year int, inside trade.Set) (*industry.Inner, error) {
	e, ok := p.Engine.(interface {
		Inner(ctx context.Context, year int, inside trade.Set) (*industry.Inner, error)
	})
	if !ok {
		return nil, nil
	}
	p.count("inner trade")
	return e.Inner(ctx, year, inside)
}

// Sales counts a pass over the margins where the engine has them at hand; others are asked for margins.
func (p *Passes) Sales(ctx context.Context, year int) (*industry.Sales, error) {
	p.count("margins")
	if e, ok := p.Engine.(interface {
		Sales(ctx context.Context, year int) (*industry.Sales, error)
	}); ok {
		return e.Sales(ctx, year)
	}
	var list []store.Margins
	sales := &industry.Sales{SalesSums: &industry.SalesSums{}, Of: func(k int) store.Margins { return list[k] }}
	return sales, p.Engine.Margins(ctx, year, nil, trade.Set{}, func(product string, m store.Margins) error {
		list = append(list, m.Clone())
		sales.Add(product, m)
		return nil
	})
}

// Inners counts one pass for all blocs where the engine makes one.
func (p *Passes) Inners(ctx context.Context, year int, blocs []trade.Set) ([]*industry.Inner, error) {
	e, ok := p.Engine.(interface {
		Inners(ctx context.Context, year int, blocs []trade.Set) ([]*industry.Inner, error)
	})
	if !ok {
		list := make([]*industry.Inner, len(blocs))
		for i, bloc := range blocs {
			var err error
			if list[i], err = p.Inner(ctx, year, bloc); err != nil {
				return nil, err
			}
		}
		return list, nil
	}
	p.count("inner trade")
	return e.Inners(ctx, year, blocs)
}

// Prices implements study.Engine.
func (p *Passes) Prices(ctx context.Context, year int, exporters trade.Set) ([]kernel.Price, error) {
	p.count("prices")
	return p.Engine.Prices(ctx, year, exporters)
}

// Deals implements study.Engine.
func (p *Passes) Deals(ctx context.Context, year int, economy, partners trade.Set, products []string) (*kernel.Deals, error) {
	p.count("deals")
	return p.Engine.Deals(ctx, year, economy, partners, products)
}

// Onwards implements study.Engine.
func (p *Passes) Onwards(ctx context.Context, year int, sellers []kernel.Seller) ([]kernel.Onward, error) {
	p.count("onwards")
	return p.Engine.Onwards(ctx, year, sellers)
}
