package analysis

import (
	"cmp"
	"context"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/trade"
)

// flow is one line of a small world that tests state their definitions over.
type flow struct {
	year               int
	exporter, importer trade.Code
	product            string
	dollars            int64
}

// testEconomies are real codes, so that selections and blocs work as they do for users.
var testEconomies = []trade.Code{36, 156, 276, 344, 410, 446, 528, 643, 842}

func randomFlows(rng *rand.Rand, years, products int) []flow {
	var flows []flow
	for y := 2015; y < 2015+years; y++ {
		for p := range products {
			for _, imp := range testEconomies {
				for _, exp := range testEconomies {
					// Small round numbers, so that shares and ratios often sit on a threshold.
					if imp != exp && rng.IntN(3) > 0 {
						flows = append(flows, flow{y, exp, imp, fmt.Sprintf("85%04d", 1000+p), []int64{1, 1, 2, 3, 5, 10, 6}[rng.IntN(7)]})
					}
				}
			}
		}
	}
	return flows
}

// testSource stores flows as a dataset, whose list of products may have more of them.
func testSource(t testing.TB, flows []flow, listed ...string) *Source {
	t.Helper()
	dir := t.TempDir()
	d, err := store.Create(dir, "test", false)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abort()
	var economies []trade.Economy
	for _, c := range testEconomies {
		e, ok := trade.BuiltinEconomies().Get(c)
		if !ok {
			t.Fatalf("no economy %d", c)
		}
		economies = append(economies, e)
	}
	products := map[string]bool{}
	years := map[int]bool{}
	for _, p := range listed {
		products[p] = true
	}
	for _, f := range flows {
		products[f.product], years[f.year] = true, true
	}
	var list []trade.Product
	for _, p := range sorted(products) {
		list = append(list, trade.Product{Code: p, Description: "product " + p})
	}
	if err := d.SetEconomies(economies); err != nil {
		t.Fatal(err)
	}
	if err := d.SetProducts(list); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(flows, func(a, b flow) int {
		return cmp.Or(a.year-b.year, strings.Compare(a.product, b.product), int(a.importer)-int(b.importer), int(a.exporter)-int(b.exporter))
	})
	for _, year := range sortedInts(years) {
		w, err := d.Year(year, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range list {
			var importer, exporter []uint16
			var value []float64
			for _, f := range flows {
				if f.year == year && f.product == p.Code {
					importer, exporter, value = append(importer, uint16(f.importer)), append(exporter, uint16(f.exporter)), append(value, float64(f.dollars))
				}
			}
			if len(value) == 0 {
				continue
			}
			if err := w.Append(p.Code, importer, exporter, value, nil); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Commit(store.Manifest{Title: "test", Nomenclature: "HS17", Release: "202601"}); err != nil {
		t.Fatal(err)
	}
	data, err := store.Open(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { data.Close() })
	return &Source{Dataset: data, Blocs: trade.BuiltinBlocs(), Files: os.ReadFile, Program: "test"}
}

func sorted(set map[string]bool) []string {
	var list []string
	for k := range set {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

func sortedInts(set map[int]bool) []int {
	var list []int
	for k := range set {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// facts are the sums of one importer, partner and product, from a plain loop over the flows.
type facts struct {
	imports, exports, intra, fromPartner int64
	bySupplier                           map[trade.Code]int64 // a partner bloc is supplier 0
	world, partnerWorld                  int64
	byExporter                           map[trade.Code]int64
	top                                  trade.Code
}

func gather(flows []flow, year int, product string, importer, partner []trade.Code) facts {
	f := facts{bySupplier: map[trade.Code]int64{}, byExporter: map[trade.Code]int64{}}
	in := slices.Contains[[]trade.Code]
	for _, x := range flows {
		if x.year != year || x.product != product {
			continue
		}
		f.world += x.dollars
		f.byExporter[x.exporter] += x.dollars
		if in(partner, x.exporter) {
			f.partnerWorld += x.dollars
		}
		switch {
		case in(importer, x.importer) && in(importer, x.exporter):
			f.intra += x.dollars
		case in(importer, x.importer):
			f.imports += x.dollars
			supplier := x.exporter
			if len(partner) > 1 && in(partner, x.exporter) {
				supplier = 0
			}
			f.bySupplier[supplier] += x.dollars
			if in(partner, x.exporter) {
				f.fromPartner += x.dollars
			}
		case in(importer, x.exporter):
			f.exports += x.dollars
		}
	}
	best := int64(-1)
	for _, c := range append([]trade.Code{0}, testEconomies...) {
		rank := c
		if c == 0 && len(partner) > 0 {
			rank = slices.Min(partner)
		}
		topRank := f.top
		if f.top == 0 && len(partner) > 0 {
			topRank = slices.Min(partner)
		}
		if v, ok := f.bySupplier[c]; ok && (v > best || v == best && rank < topRank) {
			best, f.top = v, c
		}
	}
	return f
}

// hhi is the Herfindahl-Hirschman index as a rational number.
func hhi(by map[trade.Code]int64, total int64) *big.Rat {
	sum := new(big.Rat)
	for _, v := range by {
		share := big.NewRat(v, total)
		sum.Add(sum, share.Mul(share, share))
	}
	return sum
}

// slowVerdict states each method once more, in whole numbers and fractions.
var slowVerdict = map[string]func(f facts) bool{
	"merics-2024": func(f facts) bool {
		return f.imports >= 2*f.exports && 10*f.fromPartner >= 3*f.imports && 10*f.partnerWorld >= 3*f.world
	},
	"hjs-2020": func(f facts) bool {
		return f.imports > f.exports && 2*f.fromPartner > f.imports && 10*f.partnerWorld > 3*f.world
	},
	"iw-2024": func(f facts) bool { return 2*f.fromPartner >= f.imports },
	"geodep-2024": func(f facts) bool {
		return hhi(f.bySupplier, f.imports).Cmp(big.NewRat(2, 5)) > 0 && hhi(f.byExporter, f.world).Cmp(big.NewRat(2, 5)) > 0 && f.imports > f.exports
	},
	"ec-2021": func(f facts) bool {
		return hhi(f.bySupplier, f.imports).Cmp(big.NewRat(2, 5)) > 0 && 2*f.imports > f.imports+f.intra && f.imports > f.exports+f.intra
	},
	"ec-2023-spof": func(f facts) bool {
		var top int64
		for _, v := range f.byExporter {
			top = max(top, v)
		}
		return hhi(f.bySupplier, f.imports).Cmp(big.NewRat(2, 5)) > 0 && 2*f.imports > f.imports+f.intra && f.imports > f.exports+f.intra && 2*top > f.world
	},
	"korea-2021": func(f facts) bool { return 5*f.fromPartner > 4*f.imports },
	"fki-2022": func(f facts) bool {
		return 10*f.fromPartner > 9*f.imports && 10*(f.exports-f.imports) < -9*(f.exports+f.imports)
	},
	"mgi": func(f facts) bool { return hhi(f.bySupplier, f.imports).Cmp(big.NewRat(3, 10)) > 0 },
	"oecd-2024": func(f facts) bool {
		inverse := func(r *big.Rat) *big.Rat { return new(big.Rat).Inv(r) }
		half := new(big.Rat).Mul(big.NewRat(1, 2), inverse(hhi(f.byExporter, f.world)))
		return inverse(hhi(f.bySupplier, f.imports)).Cmp(half) < 0
	},
}

// party is a selection spelt out as alternatives of codes.
type party struct {
	text string
	any  [][]trade.Code
}

var slowParties = []party{
	{"USA", [][]trade.Code{{842}}},
	{"CHN", [][]trade.Code{{156}}},
	{"DEU", [][]trade.Code{{276}}},
	{"DEU+NLD", [][]trade.Code{{276, 528}}},
	{"CHN+HKG+MAC", [][]trade.Code{{156, 344, 446}}},
	{"USA|DEU+NLD", [][]trade.Code{{842}, {276, 528}}},
	{"CHN|KOR", [][]trade.Code{{156}, {410}}},
}

type key struct {
	year     int
	importer string
	partner  string
}

// slowCount counts products by definition: for each year, importer and partner, K of N years, unions.
func slowCount(flows []flow, id string, k, n int, partnerMethod bool) map[key]map[string]int64 {
	products, years := map[string]bool{}, map[int]bool{}
	for _, f := range flows {
		products[f.product], years[f.year] = true, true
	}
	met := func(y int, p string, c, q []trade.Code) bool {
		f := gather(flows, y, p, c, q)
		return f.imports > 0 && slowVerdict[id](f)
	}
	got := map[key]map[string]int64{}
	for y := range years {
		for _, importer := range slowParties {
			for _, partner := range slowParties {
				at := key{y, importer.text, partner.text}
				got[at] = map[string]int64{}
				for p := range products {
					for _, c := range importer.any {
						depends, imports := false, int64(0)
						for _, q := range partner.any {
							f := gather(flows, y, p, c, q)
							if f.fromPartner == 0 {
								continue
							}
							held := 0
							for back := range n {
								if years[y-back] && met(y-back, p, c, q) {
									held++
								}
							}
							isTop := f.top == 0 || slices.Contains(q, f.top)
							if held >= k && (partnerMethod || isTop) {
								depends, imports = true, f.imports
							}
						}
						if depends {
							got[at][p] += imports
						}
					}
				}
			}
		}
	}
	return got
}

// TestCountAgainstDefinition compares counts and values with plain loops, for economies, blocs and unions on both
// sides, methods with and without a partner, with persistence.
func TestCountAgainstDefinition(t *testing.T) {
	var texts []string
	for _, p := range slowParties {
		texts = append(texts, p.text)
	}
	all := strings.Join(texts, ",")
	for seed := range uint64(3) {
		flows := randomFlows(rand.New(rand.NewPCG(seed, 5)), 4, 6)
		s := testSource(t, flows)
		for id := range slowVerdict {
			m, err := method.Get(id)
			if err != nil {
				t.Fatal(err)
			}
			for _, persistence := range []string{"1/1", "2/3"} {
				p, _ := method.ParsePersistence(persistence)
				want := slowCount(flows, id, p.Years, p.Window, m.HasPartner())
				table, err := s.Count(context.Background(), Query{Importers: all, Partners: all, Method: id, Persistence: persistence})
				if err != nil {
					t.Fatal(err)
				}
				compareCounts(t, fmt.Sprintf("seed %d, %s, %s", seed, id, persistence), table, want, p)
				if t.Failed() {
					return
				}
			}
		}
	}
}

// compareCounts expects no figures where the years from the first on are fewer than the persistence asks for.
func compareCounts(t *testing.T, name string, table *result.Table, want map[key]map[string]int64, p method.Persistence) {
	t.Helper()
	first := slices.Min(table.Column("year").Int)
	if table.Rows() != len(want) {
		t.Errorf("%s: %d rows, want %d", name, table.Rows(), len(want))
	}
	for i := range table.Rows() {
		at := key{int(table.Column("year").Int[i]), table.Column("importer").Text[i], table.Column("partner").Text[i]}
		if int64(at.year) < first+int64(p.Years)-1 {
			if len(want[at]) > 0 || !table.Column("products").IsMissing(i) || !table.Column("imports_usd").IsMissing(i) || table.Column("status").Text[i] != "not computable" {
				t.Errorf("%s: %v: %s products of status %s, want none: %v", name, at, table.Column("products").Exact(i), table.Column("status").Text[i], want[at])
			}
			continue
		}
		var imports int64
		for _, v := range want[at] {
			imports += v
		}
		if got := table.Column("products").Int[i]; got != int64(len(want[at])) {
			t.Errorf("%s: %v: %d products, want %d: %v", name, at, got, len(want[at]), sortedKeys(want[at]))
		}
		if got := table.Column("imports_usd").Float[i]; got != float64(imports) {
			t.Errorf("%s: %v: imports %v, want %d", name, at, got, imports)
		}
	}
}

func sortedKeys(m map[string]int64) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
