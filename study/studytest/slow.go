// Package studytest has small worlds, and the definitions of dependency as plain loops over their flows. Tests compare the fast code
// with them.
package studytest

import (
	"cmp"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// Flow is one line of a small world that tests state their definitions over.
type Flow struct {
	Year               int
	Exporter, Importer trade.Code
	Product            string
	Dollars            int64
}

// Economies are real codes, so that selections and blocs work as they do for users.
var Economies = []trade.Code{36, 156, 276, 344, 410, 446, 528, 643, 842}

func RandomFlows(rng *rand.Rand, years, products int) []Flow {
	var flows []Flow
	for y := 2015; y < 2015+years; y++ {
		for p := range products {
			for _, imp := range Economies {
				for _, exp := range Economies {
					// Small round numbers, so that shares and ratios often sit on a threshold.
					if imp != exp && rng.IntN(3) > 0 {
						flows = append(flows, Flow{y, exp, imp, fmt.Sprintf("85%04d", 1000+p), []int64{1, 1, 2, 3, 5, 10, 6}[rng.IntN(7)]})
					}
				}
			}
		}
	}
	return flows
}

// Source stores flows as a dataset, whose list of products may have more of them.
func Source(t testing.TB, flows []Flow, listed ...string) *study.Source {
	t.Helper()
	return &study.Source{Dataset: Dataset(t, t.TempDir(), flows, listed...), Blocs: trade.BuiltinBlocs(), Files: os.ReadFile, Program: "test"}
}

// Dataset stores flows as the dataset "test" in a folder.
func Dataset(t testing.TB, dir string, flows []Flow, listed ...string) *store.Dataset {
	t.Helper()
	d, err := store.Create(dir, "test", false)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abort()
	var economies []trade.Economy
	for _, c := range Economies {
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
		products[f.Product], years[f.Year] = true, true
	}
	var list []trade.Product
	for _, p := range Sorted(products) {
		list = append(list, trade.Product{Code: p, Description: "product " + p})
	}
	if err := d.SetEconomies(economies); err != nil {
		t.Fatal(err)
	}
	if err := d.SetProducts(list); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(flows, func(a, b Flow) int {
		return cmp.Or(a.Year-b.Year, strings.Compare(a.Product, b.Product), int(a.Importer)-int(b.Importer), int(a.Exporter)-int(b.Exporter))
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
				if f.Year == year && f.Product == p.Code {
					importer, exporter, value = append(importer, uint16(f.Importer)), append(exporter, uint16(f.Exporter)), append(value, float64(f.Dollars))
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
	return data
}

func Sorted(set map[string]bool) []string {
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

// Facts are the sums of one importer, partner and product, from a plain loop over the flows.
type Facts struct {
	Imports, Exports, Intra, FromPartner int64
	TotalExports                         int64
	BySupplier                           map[trade.Code]int64 // a partner bloc is supplier 0
	World, PartnerWorld                  int64
	byExporter                           map[trade.Code]int64
	netWorld                             int64
	byNetExporter                        map[trade.Code]int64 // blocs of the pair are one exporter each: 0 of partners, the last code of importers
	top                                  trade.Code
}

func Gather(flows []Flow, year int, product string, importer, partner []trade.Code) Facts {
	return GatherInside(flows, year, product, importer, importer, partner)
}

// SlowEU are the members of EU27 in the world of the tests.
var SlowEU = []trade.Code{276, 528}

// SlowInside is what counts as inside for importers by a method: the EU for its members by those of the Commission, else themselves.
func SlowInside(id string, importer []trade.Code) []trade.Code {
	outside := func(c trade.Code) bool { return !slices.Contains(SlowEU, c) }
	if strings.HasPrefix(id, "ec-") && !slices.ContainsFunc(importer, outside) {
		return SlowEU
	}
	return importer
}

// GatherInside is Gather for importers that are part of inside, where trade is none.
func GatherInside(flows []Flow, year int, product string, importer, inside, partner []trade.Code) Facts {
	f := Facts{BySupplier: map[trade.Code]int64{}, byExporter: map[trade.Code]int64{}, byNetExporter: map[trade.Code]int64{}}
	in := slices.Contains[[]trade.Code]
	for _, x := range flows {
		if x.Year != year || x.Product != product {
			continue
		}
		f.World += x.Dollars
		f.byExporter[x.Exporter] += x.Dollars
		if in(partner, x.Exporter) {
			f.PartnerWorld += x.Dollars
		}
		blocC, blocP := len(inside) > 1 && in(inside, x.Exporter), len(partner) > 1 && in(partner, x.Exporter)
		if !(blocC && in(inside, x.Importer)) && !(blocP && in(partner, x.Importer)) {
			f.netWorld += x.Dollars
			switch {
			case blocP:
				f.byNetExporter[0] += x.Dollars
			case blocC:
				f.byNetExporter[trade.MaxCode-1] += x.Dollars
			default:
				f.byNetExporter[x.Exporter] += x.Dollars
			}
		}
		if in(importer, x.Exporter) {
			f.TotalExports += x.Dollars
		}
		switch {
		case in(importer, x.Importer) && in(inside, x.Exporter):
			f.Intra += x.Dollars
		case in(importer, x.Importer):
			f.Imports += x.Dollars
			supplier := x.Exporter
			if len(partner) > 1 && in(partner, x.Exporter) {
				supplier = 0
			}
			f.BySupplier[supplier] += x.Dollars
			if in(partner, x.Exporter) {
				f.FromPartner += x.Dollars
			}
		case in(importer, x.Exporter) && !in(inside, x.Importer):
			f.Exports += x.Dollars
		}
	}
	best := int64(-1)
	for _, c := range append([]trade.Code{0}, Economies...) {
		rank := c
		if c == 0 && len(partner) > 0 {
			rank = slices.Min(partner)
		}
		topRank := f.top
		if f.top == 0 && len(partner) > 0 {
			topRank = slices.Min(partner)
		}
		if v, ok := f.BySupplier[c]; ok && (v > best || v == best && rank < topRank) {
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

// SlowVerdict states each method once more, in whole numbers and fractions.
var SlowVerdict = map[string]func(f Facts) bool{
	"merics-2024": func(f Facts) bool {
		return f.Imports >= 2*f.Exports && 10*f.FromPartner >= 3*f.Imports && 10*f.PartnerWorld >= 3*f.World
	},
	"merics-2024-floor": func(f Facts) bool {
		return f.Imports >= 5_000_000 && f.Imports >= 2*f.Exports && 10*f.FromPartner >= 3*f.Imports && 10*f.PartnerWorld >= 3*f.World
	},
	"hjs-2020": func(f Facts) bool {
		return f.Imports > f.Exports && 2*f.FromPartner > f.Imports && 10*f.PartnerWorld > 3*f.World
	},
	"dsece-2022": func(f Facts) bool { return 2*f.FromPartner > f.Imports && 2*f.PartnerWorld > f.World },
	"iw-2024":    func(f Facts) bool { return 2*f.FromPartner >= f.Imports },
	"geodep-2024": func(f Facts) bool {
		return hhi(f.BySupplier, f.Imports).Cmp(big.NewRat(2, 5)) > 0 && hhi(f.byExporter, f.World).Cmp(big.NewRat(2, 5)) > 0 && f.Imports > f.Exports
	},
	"ec-2021": func(f Facts) bool {
		return hhi(f.BySupplier, f.Imports).Cmp(big.NewRat(2, 5)) > 0 && 2*f.Imports > f.Imports+f.Intra && f.Imports > f.TotalExports
	},
	"ec-2023-spof": func(f Facts) bool {
		var top int64
		for _, v := range f.byExporter {
			top = max(top, v)
		}
		return hhi(f.BySupplier, f.Imports).Cmp(big.NewRat(2, 5)) > 0 && 2*f.Imports > f.Imports+f.Intra && f.Imports > f.TotalExports && 2*top > f.World
	},
	"korea-2021": func(f Facts) bool { return 5*f.FromPartner > 4*f.Imports },
	"fki-2022": func(f Facts) bool {
		return 10*f.FromPartner > 9*f.Imports && 10*(f.Exports-f.Imports) < -9*(f.Exports+f.Imports)
	},
	"mgi": func(f Facts) bool { return hhi(f.BySupplier, f.Imports).Cmp(big.NewRat(3, 10)) > 0 },
	"oecd-2024": func(f Facts) bool {
		inverse := func(r *big.Rat) *big.Rat { return new(big.Rat).Inv(r) }
		half := new(big.Rat).Mul(big.NewRat(1, 2), inverse(hhi(f.byNetExporter, f.netWorld)))
		return inverse(hhi(f.BySupplier, f.Imports)).Cmp(half) < 0
	},
}

// party is a selection spelt out as alternatives of codes.
type party struct {
	Text string
	Any  [][]trade.Code
}

var SlowParties = []party{
	{"USA", [][]trade.Code{{842}}},
	{"CHN", [][]trade.Code{{156}}},
	{"DEU", [][]trade.Code{{276}}},
	{"DEU+NLD", [][]trade.Code{{276, 528}}},
	{"CHN+HKG+MAC", [][]trade.Code{{156, 344, 446}}},
	{"USA|DEU+NLD", [][]trade.Code{{842}, {276, 528}}},
	{"CHN|KOR", [][]trade.Code{{156}, {410}}},
}

type Key struct {
	Year     int
	Importer string
	Partner  string
}

// onceEach is a function of a year, a product and two parties that is called once for each of them.
func onceEach[T any](f func(y int, p string, c, q []trade.Code) T) func(y int, p string, c, q []trade.Code) T {
	type asked struct {
		year    int
		product string
		parties [2]string
	}
	known := map[asked]T{}
	return func(y int, p string, c, q []trade.Code) T {
		at := asked{y, p, [2]string{fmt.Sprint(c), fmt.Sprint(q)}}
		if _, ok := known[at]; !ok {
			known[at] = f(y, p, c, q)
		}
		return known[at]
	}
}

// factsOf gathers the facts that a definition judges.
func factsOf(flows []Flow, id string) func(y int, p string, c, q []trade.Code) Facts {
	type cell struct {
		year    int
		product string
	}
	of := map[cell][]Flow{}
	for _, f := range flows {
		at := cell{f.Year, f.Product}
		of[at] = append(of[at], f)
	}
	return onceEach(func(y int, p string, c, q []trade.Code) Facts {
		return GatherInside(of[cell{y, p}], y, p, c, SlowInside(id, c), q)
	})
}

// SlowCount counts products by definition: for each year, importer and partner, K of N years, unions.
func SlowCount(flows []Flow, id string, k, n int, partnerMethod bool) map[Key]map[string]int64 {
	products, years := map[string]bool{}, map[int]bool{}
	for _, f := range flows {
		products[f.Product], years[f.Year] = true, true
	}
	facts := factsOf(flows, id)
	met := onceEach(func(y int, p string, c, q []trade.Code) bool {
		f := facts(y, p, c, q)
		return f.Imports > 0 && SlowVerdict[id](f)
	})
	got := map[Key]map[string]int64{}
	for y := range years {
		for _, importer := range SlowParties {
			for _, partner := range SlowParties {
				at := Key{y, importer.Text, partner.Text}
				got[at] = map[string]int64{}
				for p := range products {
					for _, c := range importer.Any {
						depends, imports := false, int64(0)
						for _, q := range partner.Any {
							f := facts(y, p, c, q)
							if f.FromPartner == 0 {
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
								depends, imports = true, f.Imports
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

func SortedKeys(m map[string]int64) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func WriteFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func MustRead(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func Must(t *testing.T) func(table *result.Table, err error) *result.Table {
	return func(table *result.Table, err error) *result.Table {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
}

// RowText joins the columns of a row.
func RowText(table *result.Table, row int, columns ...string) string {
	var parts []string
	for _, c := range columns {
		parts = append(parts, table.Column(c).Exact(row))
	}
	return strings.Join(parts, " ")
}

func ValueAt(c *result.Column, row int) float64 {
	if c.Type == result.Int {
		return float64(c.Int[row])
	}
	return c.Float[row]
}

// FewSellers is a random world in which China sells much of some products and others have lost most of their sellers.
func FewSellers(rng *rand.Rand, years, products int) []Flow {
	flows := RandomFlows(rng, years, products)
	for i := range flows {
		if f := &flows[i]; f.Exporter == 156 && f.Product < "851003" {
			f.Dollars *= 20
		}
	}
	return slices.DeleteFunc(flows, func(f Flow) bool { return f.Product >= "851003" && f.Exporter > 300 && rng.IntN(4) > 0 })
}

// AsOne is the world in which some economies are one, that of the first code: what they trade with one another is gone, and what they
// trade with others is added up. What a question says of them as a bloc it must say there of one economy.
func AsOne(flows []Flow, codes ...trade.Code) []Flow {
	first := func(c trade.Code) trade.Code {
		if slices.Contains(codes, c) {
			return codes[0]
		}
		return c
	}
	sums := map[Flow]int64{}
	for _, f := range flows {
		f.Exporter, f.Importer = first(f.Exporter), first(f.Importer)
		dollars := f.Dollars
		if f.Dollars = 0; f.Exporter != f.Importer {
			sums[f] += dollars
		}
	}
	var merged []Flow
	for f, dollars := range sums {
		f.Dollars = dollars
		merged = append(merged, f)
	}
	return merged
}
