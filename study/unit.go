package study

import (
	"context"

	"chokepoint/fault"
	"chokepoint/industry"
	"chokepoint/kernel"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/trade"
)

// A unit is whom a question about an economy is about: an economy, or a bloc or merged economies as one, whose trade among
// themselves is no trade.

// OneUnit resolves a question about one unit.
func (s *Source) OneUnit(ctx context.Context, q Query, economy string) (*Study, error) {
	st, err := s.Study(ctx, q)
	if err != nil {
		return nil, err
	}
	if len(st.ImporterSide.Parties) != 1 || len(st.ImporterSide.Groups) != 1 {
		return nil, fault.Questionf("economy %q: expected one economy, or a bloc or merged economies as one, such as CHN, EU27 or CHN+HKG", economy)
	}
	return st, nil
}

// UnitIn is the economies of the unit in a year.
func (st *Study) UnitIn(year int) trade.Set { return st.Sets(&st.ImporterSide, year)[0] }

// NoteUnit says that trade inside a unit of several economies is left out of an answer, of the world's too.
func (st *Study) NoteUnit(t *result.Table) {
	labels := map[string]bool{}
	for _, c := range st.UnitIn(st.Years[len(st.Years)-1]).Codes() {
		labels[st.Economies.Label(c)] = true
	}
	if len(labels) > 1 {
		t.Provenance.World = string(trade.Net)
		label := st.ImporterSide.Parties[0].Label
		t.Add(result.Note{Kind: result.InnerTrade, Subject: label, Text: label + " counts as one: what its members sell to one another is left out, of the world's exports too"})
	}
}

// InOrder does work on years on all cores: work must only read what the answer shares. add gets what it gave, in the order of the years,
// from one goroutine.
func InOrder[R any](ctx context.Context, years []int, work func(year int) (R, error), add func(year int, r R) error) error {
	at := 0
	return kernel.InOrder(ctx, len(years), func(i int) (R, error) { return work(years[i]) }, func(r R) error {
		at++
		return add(years[at-1], r)
	})
}

// WithCores is a context for a question that shares the cores with others; all says whether it may use all of them at this moment.
func WithCores(ctx context.Context, all func() bool) context.Context {
	return kernel.WithCores(ctx, all)
}

// IndustryOf is Industry with each of some units as one economy, and with what some economies import. The units must have no economy in
// common; all members of one import, or none.
func (s *Source) IndustryOf(ctx context.Context, y int, importers trade.Set, units ...trade.Set) (*industry.Year, error) {
	economies := s.Dataset.Importers(y).Union(s.Dataset.Exporters(y))
	read := func(inside trade.Set) (*industry.Year, error) {
		if e, ok := s.EngineOrFiles().(salesReader); ok && inside.Len() == 0 {
			sales, err := e.Sales(ctx, y)
			if err != nil {
				return nil, err
			}
			return industry.NewYear(y, economies, importers, sales), nil
		}
		return industry.Read(y, economies, importers, s.productsIn(y), func(take func(product string, m store.Margins) error) error {
			return s.EngineOrFiles().Margins(ctx, y, nil, inside, take)
		})
	}
	var several []trade.Set
	var inner []*industry.Inner
	for _, u := range units {
		if u = u.Intersect(economies); u.Len() > 1 {
			n, err := s.Inner(ctx, y, u)
			if err != nil {
				return nil, err
			}
			several, inner = append(several, u), append(inner, n)
		}
	}
	if len(several) == 1 && inner[0] == nil {
		m, err := read(several[0])
		if err == nil {
			m.Merge(several[0], m)
		}
		return m, err
	}
	m, err := read(trade.Set{})
	for i, u := range several {
		if err != nil {
			return nil, err
		}
		if inner[i] != nil {
			m.Join(u, inner[i])
			continue
		}
		var net *industry.Year
		if net, err = read(u); err == nil {
			m.Merge(u, net)
		}
	}
	return m, err
}

// productsIn is how many products are traded in a year.
func (s *Source) productsIn(year int) int {
	for _, y := range s.Dataset.Manifest().Years {
		if y.Year == year {
			return y.Products
		}
	}
	return 0
}
