package kernel

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"chokepoint/indicator"
	"chokepoint/store"
	"chokepoint/trade"
)

// manyCriteria are judged at every stage, on thresholds where small numbers often sit.
var manyCriteria = []string{
	"world_export_hhi > 0.2", "exporters >= 3", "world_exports >= 60", // the world
	"partner_world_share >= 0.25", "partner_world_share < 0.5", "others_exports >= 2 * partner_exports", // sellers
	"imports >= 2 * exports", "imports > exports", "imports >= 0.1 * world_exports", "intra_trade < 10", "imports > total_exports", "extra_bloc_share > 0.5", // trade
	"import_hhi > 0.4", "suppliers <= 4", "top_supplier_share >= 0.5", "effective_suppliers < 0.5 * effective_exporters", // supply
	"partner_share >= 0.3", "partner_share > 0.25", "imports_from_partner >= 5", "imports_from_partner > 0.5 * partner_exports", // pairs
}

// cellKey is a cell; partner is -1 for those of importers.
type cellKey struct {
	product           string
	importer, partner int32
}

// keeper keeps which cells arrive, and their verdicts.
type keeper struct {
	*collect
	importers, pairs map[cellKey]indicator.Verdict
}

func newKeeper(t *testing.T, view *View, products []store.Flows) *keeper {
	return &keeper{&collect{t: t, view: view, flows: products, counts: map[bool]int{}, part: true}, map[cellKey]indicator.Verdict{}, map[cellKey]indicator.Verdict{}}
}

func (k *keeper) Importers(b *Batch) error { k.keep(b, k.importers); return nil }
func (k *keeper) Pairs(b *Batch) error     { k.keep(b, k.pairs); return nil }

func (k *keeper) keep(b *Batch, cells map[cellKey]indicator.Verdict) {
	k.check(b)
	for i := range b.N {
		key := cellKey{b.Product, b.Importer[i], -1}
		if b.Partner != nil {
			key.partner = b.Partner[i]
		}
		cells[key] = indicator.Certain
		if b.Verdicts != nil {
			cells[key] = b.Verdicts[i]
		}
	}
}

// meetsAll judges a cell from its definition: sums and comparisons as rational numbers.
func meetsAll(criteria []*indicator.Criterion, flows store.Flows, view *View, importer int32, partner trade.Set) bool {
	sums := Define(flows, view.Importers[importer], view.InsideOf(importer), partner, view.World)
	at := func(s indicator.Sum) indicator.Exact { return indicator.Exact{Rat: sums[s]} }
	for _, c := range criteria {
		side := c.Sides()[0]
		sign, ok := side.Left.Exact(at).Cmp(side.Right.Exact(at))
		holds := map[string]bool{">": sign > 0, ">=": sign >= 0, "<": sign < 0, "<=": sign <= 0}[side.Op]
		if !ok || !holds {
			return false
		}
	}
	return true
}

// byDefinition is the verdict on a cell from its definition where importers are missing.
func byDefinition(t *testing.T, flows store.Flows, view *View, importer int32, partner trade.Set) indicator.Verdict {
	t.Helper()
	sums := Define(flows, view.Importers[importer], view.InsideOf(importer), partner, view.World)
	cell := &indicator.Columns{N: 1}
	for s := range cell.Col {
		cell.Col[s] = []float64{sums.exact(indicator.Sum(s)).Float()}
	}
	verdict := []indicator.Verdict{indicator.Certain}
	for _, c := range view.Criteria {
		err := c.Judge(cell, view.Unseen, &indicator.Scratch{}, verdict, func(int, []indicator.Sum) (func(indicator.Sum) indicator.Exact, error) { return sums.exact, nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	return verdict[0]
}

// TestCriteria: whatever the criteria, the lines, the world and the products that are left whole, those cells arrive that
// meet the criteria by definition, with the right sums; where importers are missing also those that could meet them.
func TestCriteria(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 4))
	var lines []trade.Set
	for c := trade.Code(1); c <= 11; c++ {
		lines = append(lines, trade.SetOf(c))
	}
	lines = append(lines, trade.SetOf(4), trade.SetOf(1, 2, 3), trade.SetOf(3, 4, 5), trade.SetOf(2, 900))
	arrived, turning, rounds := 0, 0, 60
	if testing.Short() {
		rounds = 9
	}
	for round := range rounds {
		var products []store.Flows
		values := 1 + rng.IntN(20)
		if round%3 == 0 { // shares of a quarter, exactly
			values = 1
		}
		for p := range 5 {
			f := randomFlows(rng, 3+rng.IntN(9), values)
			f.Product = fmt.Sprintf("85076%d", p)
			if len(f.Value) > 0 {
				products = append(products, f)
			}
		}
		pick := func() []trade.Set { // few lines or all of them
			if rng.IntN(2) == 0 {
				return lines
			}
			var some []trade.Set
			for range 1 + rng.IntN(3) {
				some = append(some, lines[rng.IntN(len(lines))])
			}
			return some
		}
		view := View{Importers: pick(), World: []trade.World{trade.Gross, trade.Net}[rng.IntN(2)], Sums: []indicator.Sum{indicator.Imports}}
		if rng.IntN(4) > 0 {
			view.Partners = pick()
		}
		if rng.IntN(3) == 0 {
			view.Sums = nil
		}
		if rng.IntN(2) == 0 {
			view.Unseen = []indicator.Unseen{0.05, 0.25, 1}[rng.IntN(3)]
		}
		whole := map[string]bool{}
		if rng.IntN(2) == 0 {
			for _, f := range products {
				whole[f.Product] = rng.IntN(2) == 0
			}
			view.Whole = func(p string) bool { return whole[p] }
		}
		texts := slices.Clone(manyCriteria)
		rng.Shuffle(len(texts), func(i, j int) { texts[i], texts[j] = texts[j], texts[i] })
		texts = texts[:rng.IntN(4)]
		if round%3 == 0 {
			view.Importers, view.Partners, view.World = lines, lines[:11], trade.Gross
			texts = []string{"partner_share >= 0.25", "partner_world_share >= 0.25"}
		}
		if round%3 == 1 { // few economies, of which large suppliers are remembered
			view.Importers, view.Partners, view.Sums = lines[:3], lines[:9+rng.IntN(5)], []indicator.Sum{indicator.Imports}
			texts = []string{[]string{"partner_share >= 0.3", "partner_share > 0.26", "partner_share >= 0.25"}[rng.IntN(3)], "imports >= 0.1 * world_exports", "partner_world_share >= 0.15"}
		}
		for _, text := range texts {
			c, err := indicator.ParseCriterion(text)
			if err != nil {
				t.Fatal(err)
			}
			if c.Level() < indicator.Pair || view.Partners != nil {
				view.Criteria = append(view.Criteria, c)
			}
		}
		if rng.IntN(3) == 0 {
			for _, set := range view.Importers { // members of a bloc, each by itself
				bloc := trade.SetOf(1, 2, 3, 5)
				if set.Minus(bloc).Len() > 0 {
					bloc = trade.Set{}
				}
				view.Inside = append(view.Inside, bloc)
			}
		}
		everything := newKeeper(t, &view, products)
		all := view
		all.Criteria, all.Whole, all.Sums, all.Unseen = nil, nil, nil, 0
		compute(t, &all, true, everything, products...)
		got, stored, alone := newKeeper(t, &view, products), newKeeper(t, &view, products), newKeeper(t, &view, products)
		compute(t, &view, rng.IntN(2) == 0, got, products...) // sums of whole dollars are exact, known or not
		scanStored(t, view, stored, products...)
		for _, f := range products {
			if err := ScanProduct(t.Context(), f, true, view, alone); err != nil {
				t.Fatal(err)
			}
		}
		from, cells, again, one := everything.importers, got.importers, stored.importers, alone.importers
		if view.Partners != nil {
			from, cells, again, one = everything.pairs, got.pairs, stored.pairs, alone.pairs
		}
		want := map[cellKey]indicator.Verdict{}
		for key := range from {
			flows := products[slices.IndexFunc(products, func(f store.Flows) bool { return f.Product == key.product })]
			var partner trade.Set
			if key.partner >= 0 {
				partner = view.Partners[key.partner]
			}
			verdict := byDefinition(t, flows, &view, key.importer, partner)
			if meets := meetsAll(view.Criteria, flows, &view, key.importer, partner); meets != verdict.Met() {
				t.Fatalf("%v is met %v, judged %03b", view.Criteria, meets, verdict)
			}
			if verdict.May() || whole[key.product] {
				want[key] = verdict
			}
			if verdict.CouldTurn() {
				turning++
			}
		}
		for name, cells := range map[string]map[cellKey]indicator.Verdict{"computed": cells, "scanned": again, "product by product": one} {
			for key := range from {
				a, inA := cells[key]
				b, inB := want[key]
				if a != b || inA != inB {
					t.Errorf("round %d, %s: %+v arrives %v, verdict %03b; want %v, %03b", round, name, key, inA, a, inB, b)
				}
			}
			if len(cells) > len(want) {
				t.Errorf("round %d, %s: %d cells arrive, want %d", round, name, len(cells), len(want))
			}
		}
		arrived += len(cells)
		if t.Failed() {
			t.Fatalf("criteria %v, world %s, %d importers, %d partners, whole %v, unseen %v", view.Criteria, view.World, len(view.Importers), len(view.Partners), whole, view.Unseen)
		}
	}
	if arrived < 10*rounds || turning < rounds {
		t.Errorf("only %d cells arrived, of %d the verdict could turn", arrived, turning)
	}
}

// scanStored scans products that are stored: what is remembered of a year is looked up, too. They fit into one block, which
// one worker computes.
func scanStored(t *testing.T, view View, v Visitor, products ...store.Flows) {
	t.Helper()
	view.Year = 2024
	err := Scan(context.Background(), storedYear(t, products...), view, func() Visitor { return v }, func(Visitor) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
}

// storedYear stores products as a year.
func storedYear(t *testing.T, products ...store.Flows) *store.Year {
	t.Helper()
	return storedWith(t, nil, products...)
}

// storedWith is storedYear with the inner trade of blocs in the files.
func storedWith(t *testing.T, blocs []trade.Set, products ...store.Flows) *store.Year {
	t.Helper()
	dir := t.TempDir()
	d, err := store.Create(dir, "test", false)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abort()
	d.SetBlocs(func(int) []trade.Set { return blocs })
	var economies []trade.Economy
	var list []trade.Product
	for c := trade.Code(1); c <= 12; c++ {
		economies = append(economies, trade.Economy{Code: c, ISO3: fmt.Sprintf("X%02d", c), Name: fmt.Sprint("economy ", c)})
	}
	for _, f := range products {
		list = append(list, trade.Product{Code: f.Product, Description: f.Product})
	}
	w, err := d.Year(2024, true)
	if err := errors.Join(err, d.SetEconomies(economies), d.SetProducts(list)); err != nil {
		t.Fatal(err)
	}
	for _, f := range products {
		quantity := f.Quantity
		if quantity == nil {
			quantity = slices.Repeat([]float64{math.NaN()}, len(f.Value))
		}
		if err := w.Append(f.Product, f.Importer, f.Exporter, f.Value, quantity); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := d.Commit(store.Manifest{Title: "test", Nomenclature: "HS17", Release: "202601"}); err != nil {
		t.Fatal(err)
	}
	data, err := store.Open(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { data.Close() })
	year, err := data.Year(2024)
	if err != nil {
		t.Fatal(err)
	}
	return year
}

// TestPlace compares the search without branches with the plain one.
func TestPlace(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	for range 2000 {
		codes := map[uint16]bool{}
		for range rng.IntN(40) {
			codes[uint16(1+rng.IntN(60))] = true
		}
		list := slices.Sorted(maps.Keys(codes))
		for code := range uint16(62) {
			if got, want := place(list, code), slices.Index(list, code); got != want {
				t.Fatalf("place(%v, %d) = %d, want %d", list, code, got, want)
			}
		}
	}
}
