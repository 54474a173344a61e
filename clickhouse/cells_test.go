package clickhouse_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"chokepoint/clickhouse"
	"chokepoint/clickhouse/loopback"
	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/store"
	"chokepoint/study/studytest"
	"chokepoint/suite"
	"chokepoint/trade"
)

// TestSameCells asks files and three shards for the cells of random views, one or several at a time, of a world whose small round values make ties and
// thresholds frequent: of the newest year, of which the purchases of few importers are remembered, and of the year before.
func TestSameCells(t *testing.T) {
	servers := loopback.Start(t, suite.Cluster, 3)
	rng := rand.New(rand.NewPCG(11, 12))
	dir := t.TempDir()
	files := studytest.Dataset(t, dir, studytest.RandomFlows(rng, 2, 30))
	c := connect(t, threeShards, servers[0].Port)
	if err := c.Push(t.Context(), dir, files, func(int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	e, err := c.Open(t.Context(), "test")
	if err != nil {
		t.Fatal(err)
	}
	cells := 0
	for n := range 300 {
		year := 2015 + n%2
		var views []kernel.View
		selected := rng.IntN(3) == 0 // sums select the cells of all views: a criterion of each is on what single importers trade
		for range 1 + rng.IntN(3) {
			v := randomView(t, rng, year)
			if selected {
				v.Importers, v.Inside, v.Whole = slices.DeleteFunc(v.Importers, func(set trade.Set) bool { return set.Len() > 1 }), nil, nil
				v.Criteria = append(v.Criteria, criterion(t, []string{"imports >= 14", "imports >= 1.2 * exports", "imports < 9"}[rng.IntN(3)]))
			}
			if len(v.Importers) > 0 {
				views = append(views, v)
			}
		}
		if len(views) == 0 {
			continue
		}
		cells += sameCells(t, files, e, year, views)
	}
	if cells < 20000 {
		t.Errorf("only %d cells were compared", cells)
	}
}

// viewCriteria are of every part of a cell, and on what it depends.
var viewCriteria = []string{"imports >= 10", "imports >= 2 * exports", "imports > 1.5 * total_exports - 3", "partner_share >= 0.3", "partner_share > 0.05", "partner_world_share >= 0.2",
	"import_hhi > 0.3", "others_exports > 30", "top_supplier_share > 0.4", "suppliers < 5", "top3_share > 0.7 and not (exporters < 3)", "partner_share > 0.5 * top_supplier_share"}

func criterion(t *testing.T, text string) *indicator.Criterion {
	t.Helper()
	c, err := indicator.ParseCriterion(text)
	if err != nil {
		t.Fatal(text, err)
	}
	return c
}

func randomView(t *testing.T, rng *rand.Rand, year int) kernel.View {
	one := func(codes ...trade.Code) trade.Set { return trade.SetOf(codes...) }
	var all []trade.Set
	for _, code := range studytest.Economies {
		all = append(all, one(code))
	}
	blocs := []trade.Set{one(276, 528), one(156, 344, 446), one(842, 410)}
	some := func(list []trade.Set, n int) []trade.Set {
		list = slices.Clone(list)
		rng.Shuffle(len(list), func(i, k int) { list[i], list[k] = list[k], list[i] })
		return list[:min(n, len(list))]
	}
	v := kernel.View{Year: year, World: []trade.World{trade.Gross, trade.Net}[rng.IntN(2)], Tops: rng.IntN(2) > 0, Idle: rng.IntN(3) == 0}
	switch rng.IntN(4) {
	case 0:
		v.Importers = all
	case 1:
		v.Importers = slices.Concat(some(all, 1+rng.IntN(3)), some(blocs, rng.IntN(2)))
	case 2:
		v.Importers = some(blocs, 1+rng.IntN(2))
	default:
		v.Importers, v.Inside = []trade.Set{one(276), one(528), one(842)}, []trade.Set{blocs[0], blocs[0], {}}
	}
	v.Partners = slices.Concat(some(all, []int{0, 1, 3, 9}[rng.IntN(4)]), some(blocs, rng.IntN(3)))
	for _, text := range viewCriteria {
		c := criterion(t, text)
		if rng.IntN(5) == 0 && (len(v.Partners) > 0 || c.Level() < indicator.Pair) {
			v.Criteria = append(v.Criteria, c)
		}
	}
	switch rng.IntN(3) {
	case 0:
		v.Sums, v.TopOnly = []indicator.Sum{indicator.Imports}, rng.IntN(3) == 0
	case 1:
		v.Sums = []indicator.Sum{indicator.Imports, indicator.Exports, indicator.ImportSquares, indicator.WorldExports, indicator.Exporters, indicator.Top3Imports}
	}
	if rng.IntN(4) == 0 {
		v.Whole = func(product string) bool { return product < "851012" }
	}
	if rng.IntN(4) == 0 {
		v.Unseen = []indicator.Unseen{0.05, 0.25, 1}[rng.IntN(3)]
	}
	return v
}

// sameCells compares what arrives of all views, and says how many cells that are.
func sameCells(t *testing.T, files *store.Dataset, e *clickhouse.Engine, year int, views []kernel.View) (n int) {
	t.Helper()
	y, err := files.Year(year)
	if err != nil {
		t.Fatal(err)
	}
	want, got := newCells(views), newCells(views)
	if err := kernel.ScanAll(t.Context(), y, views, want.start, want.done); err != nil {
		t.Fatal(err)
	}
	if err := e.ScanAll(t.Context(), year, views, got.start, got.done); err != nil {
		t.Fatal(err)
	}
	for i := range views {
		n += len(want.found[i])
		for _, key := range slices.Sorted(maps.Keys(want.found[i])) {
			if w, g := want.found[i][key], got.found[i][key]; w != g {
				t.Fatalf("%d, view %d of %d, %s\n%s:\n got %s\nwant %s", year, i, len(views), describe(&views[i]), key, g, w)
			}
		}
		for key, g := range got.found[i] {
			if _, ok := want.found[i][key]; !ok {
				t.Fatalf("%d, view %d of %d, %s\n%s:\n got %s\nwant no such cell", year, i, len(views), describe(&views[i]), key, g)
			}
		}
	}
	return n
}

func describe(v *kernel.View) string {
	sets := func(list []trade.Set) (codes [][]trade.Code) {
		for _, set := range list {
			codes = append(codes, set.Codes())
		}
		return codes
	}
	var criteria []string
	for _, c := range v.Criteria {
		criteria = append(criteria, c.Text)
	}
	return fmt.Sprintf("importers %v inside %v partners %v world %s sums %v tops %v only %v idle %v whole %v unseen %v: %s",
		sets(v.Importers), sets(v.Inside), sets(v.Partners), v.World, v.Sums, v.Tops, v.TopOnly, v.Idle, v.Whole != nil, v.Unseen, strings.Join(criteria, "; "))
}

// foundCells are cells as text, by view and key.
type foundCells struct {
	sync.Mutex
	views []kernel.View
	found []map[string]string
}

func newCells(views []kernel.View) *foundCells {
	f := &foundCells{views: views}
	for range views {
		f.found = append(f.found, map[string]string{})
	}
	return f
}

func (f *foundCells) start(view int) kernel.Visitor      { return &cellVisitor{f, view} }
func (f *foundCells) done(_ int, _ kernel.Visitor) error { return nil }

type cellVisitor struct {
	*foundCells
	view int
}

// Importers leaves out cells where there are partners: engines may judge those by fewer criteria than pairs, or leave them out.
func (c *cellVisitor) Importers(b *kernel.Batch) error {
	if len(c.views[c.view].Partners) > 0 {
		return nil
	}
	return c.Pairs(b)
}

func (c *cellVisitor) Pairs(b *kernel.Batch) error {
	v := &c.views[c.view]
	c.Lock()
	defer c.Unlock()
	for i := range b.N {
		partner := int32(-1)
		if b.Partner != nil {
			partner = b.Partner[i]
		}
		named := v.Sums == nil || v.Tops || v.TopOnly
		if v.TopOnly && partner >= 0 && v.Partners[partner].Len() == 1 && !v.Partners[partner].Has(trade.Code(b.TopSupplier[i])) {
			continue
		}
		var text strings.Builder
		for s := range indicator.Sum(indicator.NumSums) {
			if wanted := v.Sums == nil || slices.Contains(v.Sums, s); wanted && (partner >= 0 || s.Level() < indicator.Pair) {
				fmt.Fprintf(&text, "%s=%.9g ", s.Name(), b.At(s, i))
			}
		}
		if named {
			fmt.Fprintf(&text, "top %d ", b.TopSupplier[i])
		}
		if v.Sums == nil || v.Tops {
			fmt.Fprintf(&text, "leader %d ", b.TopExporter[i])
		}
		if b.Verdicts != nil {
			fmt.Fprintf(&text, "verdict %v", b.Verdicts[i])
		}
		c.found[c.view][fmt.Sprintf("%s %d %d", b.Product, b.Importer[i], partner)] = text.String()
	}
	return nil
}
