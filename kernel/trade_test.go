package kernel

import (
	"math/rand/v2"
	"sync"
	"testing"

	"chokepoint/indicator"
	"chokepoint/store"
	"chokepoint/trade"
)

// TestFoundWhenAsked: what lines trade and who supplies them is found of the products that criteria leave, and of no others.
func TestFoundWhenAsked(t *testing.T) {
	rng := rand.New(rand.NewPCG(16, 30))
	small, large := randomFlows(rng, 9, 50), randomFlows(rng, 9, 50)
	small.Product, large.Product = "850110", "850120"
	for i := range large.Value {
		large.Value[i] *= 1e6
	}
	year := storedYear(t, small, large)
	bloc := trade.SetOf(1, 2, 3)
	view := View{Year: 2024, Importers: []trade.Set{bloc, trade.SetOf(4)}, Partners: []trade.Set{trade.SetOf(5)}, World: trade.Gross, Sums: []indicator.Sum{indicator.Imports, indicator.ImportsFromPartner}}
	for _, text := range []string{"world_exports >= 100000", "partner_share >= 0.3"} {
		c, err := indicator.ParseCriterion(text)
		if err != nil {
			t.Fatal(err)
		}
		view.Criteria = append(view.Criteria, c)
	}
	scan := func() {
		t.Helper()
		if err := Scan(t.Context(), year, view, func() Visitor { return &transcript{view: &view} }, func(Visitor) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	known := func() (list []bool) { // of the bloc, the economy and its suppliers, of both products
		t.Helper()
		p := newPlan(&view, year.Importers().Union(year.Exporters()), year.Exact())
		if err := p.look(t.Context(), year); err != nil {
			t.Fatal(err)
		}
		b, e := &p.importers.lines[0], &p.importers.lines[1]
		for k := range year.Len() {
			list = append(list, b.ofBloc.products[k].isThere(), e.economy.products[k].isThere(), e.supply.products[k].isThere())
		}
		return list
	}
	scan()
	for i, got := range known() {
		if want := i >= 3; got != want {
			t.Errorf("of product %d, %d is known: %v; the criteria ask for it: %v", i/3, i%3, got, want)
		}
	}
	view.Criteria = view.Criteria[1:]
	scan()
	for i, got := range known() {
		if !got {
			t.Errorf("of product %d, %d is not known, though all criteria ask for it", i/3, i%3)
		}
	}
}

// TestFoundAtOnce: several who look for the same at once find the same, whoever is first; so does who comes while another is at it, who may
// never be done.
func TestFoundAtOnce(t *testing.T) {
	rng := rand.New(rand.NewPCG(16, 31))
	year, _ := randomYear(t, rng)
	present := year.Importers().Union(year.Exporters())
	view := View{Importers: []trade.Set{trade.SetOf(1, 2, 3), trade.SetOf(4)}}
	newLines := func() (bloc, economy *line) {
		p := newPlan(&view, present, year.Exact())
		bloc, economy = &p.importers.lines[0], &p.importers.lines[1]
		bloc.ofBloc = &blocYear{make([]blocSlot, year.Len())}
		economy.economy, economy.supply = &economyYear{make([]economySlot, year.Len())}, &suppliersYear{make([]suppliersSlot, year.Len())}
		return bloc, economy
	}
	type found struct {
		sides     sides
		economy   economyTrade
		suppliers [2]suppliers
	}
	find := func(bloc, economy *line, k int, m *merger) found {
		it := item{product: k}
		it.flows, it.index = year.Lazy(k)
		b, e := bloc.ofBloc.of(&it, bloc, m, true), economy.economy.of(&it, 4)
		return found{b.sides, e, [2]suppliers{b.suppliers, *economy.supply.of(&it, e)}}
	}
	want := make([]found, year.Len())
	bloc, economy := newLines()
	for k := range want {
		want[k] = find(bloc, economy, k, &merger{})
		x := year.Index(k)
		w := worker{plan: newPlan(&View{Importers: view.Importers}, present, true)}
		it := item{flows: year.Flows(k), index: store.IndexOf(year.Flows(k).Importer, year.Flows(k).Exporter, year.Flows(k).Value)}
		if plain := &w.importers.lines[0]; want[k].sides != it.blocTrade(plain, true, &w.inner) || want[k].economy.exports != it.sold(4) || want[k].economy.run >= 0 && want[k].economy.imports != x.Imports[want[k].economy.run] {
			t.Errorf("product %d: %+v", k, want[k])
		}
	}
	for range 20 {
		bloc, economy := newLines()
		stuck := rng.IntN(year.Len())
		bloc.ofBloc.products[stuck].claim()
		economy.economy.products[stuck].claim()
		economy.supply.products[stuck].claim()
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				m := &merger{}
				for k := range want {
					if got := find(bloc, economy, k, m); got != want[k] {
						t.Errorf("product %d: %+v; want %+v", k, got, want[k])
					}
				}
			})
		}
		all.Wait()
		if bloc.ofBloc.products[stuck].isThere() {
			t.Error("who came second wrote what the first was at")
		}
	}
}
