package scenario

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"chokepoint/suite"
	"chokepoint/trade"
)

// randomWorld is the flows of a product among n economies, sorted; some economies export nothing, some buy nothing.
func randomWorld(r *rand.Rand, n int) (importer, exporter []uint16, value []float64) {
	dense := r.Float64()
	for c := range n {
		for i := range n {
			if c != i && r.Float64() < dense && i%4 != 3 && c%5 != 4 {
				importer, exporter = append(importer, uint16(10+c)), append(exporter, uint16(10+i))
				value = append(value, math.Ceil(1000*math.Exp(3*r.NormFloat64())))
			}
		}
	}
	return importer, exporter, value
}

func everybody(n int) (all trade.Set) {
	for i := range n {
		all.Add(trade.Code(10 + i))
	}
	return all
}

// slowWeights are the weights of a rule by its definition: shares of what is bought, and of exports to others, over the candidates.
func slowWeights(importer, exporter []uint16, value []float64, cut *Cut, m *Market, rule Rule) [][]float64 {
	bought, exports := map[[2]uint16]float64{}, map[uint16]float64{}
	for k, v := range value {
		bought[[2]uint16{importer[k], exporter[k]}] += v
		exports[exporter[k]] += v
	}
	var weights [][]float64
	for _, c := range m.Importers {
		s, x := make([]float64, len(m.Exporters)), make([]float64, len(m.Exporters))
		sumS, sumX := 0.0, 0.0
		for i, e := range m.Exporters {
			if e.Code == c.Code {
				continue
			}
			s[i] = bought[[2]uint16{c.Code, e.Code}]
			x[i] = exports[e.Code] - s[i]
			sumS, sumX = sumS+s[i], sumX+x[i]
		}
		w := make([]float64, len(s))
		for i := range w {
			if sumS > 0 {
				s[i] /= sumS
			}
			if sumX > 0 {
				x[i] /= sumX
			}
			w[i] = rule.Weight(s[i], x[i])
		}
		weights = append(weights, w)
	}
	return weights
}

// TestFillIsAllocate: the fast code gives what the definition does, on random worlds.
func TestFillIsAllocate(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var m Market
	var f Fill
	unfilled := 0
	for world := range 400 {
		n := 2 + r.IntN(14)
		importer, exporter, value := randomWorld(r, n)
		cut := &Cut{Stops: trade.SetOf(10), To: everybody(n), Share: r.Float64()}
		if world%3 == 1 {
			cut.Stops.Add(11)
			cut.Not.Add(12)
		}
		if world%4 == 1 {
			cut.To = trade.SetOf(12, 13, 15)
		}
		if world%5 == 1 {
			cut.Chosen, cut.Only = true, trade.SetOf(12, 14, 15, 16, 18)
		}
		m.Read(importer, exporter, value, cut)
		var need, exports []float64
		for _, c := range m.Importers {
			need = append(need, c.Need)
		}
		for _, e := range m.Exporters {
			exports = append(exports, e.Exports)
		}
		for _, rule := range Rules() {
			for _, spare := range []float64{0, 0.05, 0.25, 1e9} {
				m.Fill(&f, rule, spare)
				add := make([]float64, len(exports))
				for i := range add {
					add[i] = spare * exports[i]
				}
				want := Allocate(need, add, slowWeights(importer, exporter, value, cut, &m, rule))
				scale := 0.0
				for _, d := range need {
					scale += d
				}
				filled := 0.0
				for c := range m.Importers {
					got := make([]float64, len(m.Exporters))
					f.Gained(c, got)
					sum := 0.0
					for i := range got {
						sum += got[i]
						if math.Abs(got[i]-want.Gained[c][i]) > 1e-9*scale {
							t.Fatalf("world %d, %s, spare %v: importer %d gets %v of supplier %d; want %v", world, rule, spare, c, got[i], i, want.Gained[c][i])
						}
					}
					filled += sum
					if math.Abs(f.Unfilled[c]-want.Unfilled[c]) > 1e-9*scale || math.Abs(need[c]-sum-f.Unfilled[c]) > 1e-9*scale {
						t.Fatalf("world %d, %s, spare %v: importer %d has %v unfilled of %v with %v filled; want %v", world, rule, spare, c, f.Unfilled[c], need[c], sum, want.Unfilled[c])
					}
					if f.Unfilled[c] > 1e-6*scale {
						unfilled++
					}
				}
			}
		}
	}
	if unfilled < 500 {
		t.Errorf("only %d needs are unfilled: the worlds test little", unfilled)
	}
}

// TestFillOfOneBuyer: where all but a dollar of what a candidate exports goes to one importer, it still gives no more than it has.
func TestFillOfOneBuyer(t *testing.T) {
	const sold = 3_333_333_333
	var m Market
	m.Read([]uint16{11, 11, 13}, []uint16{10, 12, 12}, []float64{sold, sold, 1}, &Cut{Stops: trade.SetOf(10), To: everybody(4), Share: 1})
	for _, rule := range []Rule{Mixed, Capacity} {
		var f Fill
		m.Fill(&f, rule, 0.05)
		by := make([]float64, len(m.Exporters))
		f.Gained(0, by)
		if want := 0.05 * (sold + 1); math.Abs(by[0]-want) > 1e-6 || math.Abs(f.Unfilled[0]-(sold-want)) > 1e-6 || !f.Sources[0] {
			t.Errorf("%s: %v of %v filled, %v unfilled", rule, by, want, f.Unfilled[0])
		}
	}
}

// TestLaws: f = 0 changes nothing; without bounds nothing is unfilled where a candidate has weight; in total, unfilled falls with spare
// capacity; one importer alone gets at least what it gets among many; the order of economies is irrelevant.
func TestLaws(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var m Market
	var f Fill
	unfilled := func(cut *Cut, importer, exporter []uint16, value []float64, rule Rule, spare float64) (by map[uint16]float64, total float64) {
		m.Read(importer, exporter, value, cut)
		m.Fill(&f, rule, spare)
		by = map[uint16]float64{}
		for c, u := range f.Unfilled {
			by[m.Importers[c].Code] = u
			total += u
		}
		return by, total
	}
	for range 300 {
		n := 3 + r.IntN(12)
		importer, exporter, value := randomWorld(r, n)
		cut := Cut{Stops: trade.SetOf(10), To: everybody(n), Share: 0.7}
		scale := 0.0
		for _, v := range value {
			scale += v
		}
		for _, rule := range Rules() {
			none := cut
			none.Share = 0
			if _, total := unfilled(&none, importer, exporter, value, rule, 0.1); total != 0 {
				t.Fatalf("%s: a cut of nothing leaves %v unfilled", rule, total)
			}
			last := math.Inf(1)
			for _, spare := range []float64{0, 0.02, 0.05, 0.1, 0.25, 1, 1e12} {
				many, total := unfilled(&cut, importer, exporter, value, rule, spare)
				if total > last+1e-9*scale {
					t.Fatalf("%s: unfilled rises from %v to %v with spare capacity %v", rule, last, total, spare)
				}
				last = total
				if spare == 1e12 {
					for c := range m.Importers {
						if f.Sources[c] && f.Unfilled[c] > 1e-9*scale {
							t.Fatalf("%s: %v unfilled without bounds", rule, f.Unfilled[c])
						}
						if !f.Sources[c] && f.Unfilled[c] != m.Importers[c].Need {
							t.Fatalf("%s: a need without a source is filled", rule)
						}
					}
				}
				if spare == 0.1 {
					for code := range many {
						one := cut
						one.To = trade.SetOf(trade.Code(code))
						if alone, _ := unfilled(&one, importer, exporter, value, rule, spare); alone[code] > many[code]+1e-9*scale {
							t.Fatalf("%s: alone %v unfilled, among many %v", rule, alone[code], many[code])
						}
					}
				}
			}
			// The same world with its economies renumbered in reverse.
			type flow struct {
				c, i uint16
				v    float64
			}
			var turned []flow
			for k := range value {
				turned = append(turned, flow{1000 - importer[k], 1000 - exporter[k], value[k]})
			}
			slices.SortFunc(turned, func(a, b flow) int { return (int(a.c)-int(b.c))*1000 + int(a.i) - int(b.i) })
			var ti, te []uint16
			var tv []float64
			var all trade.Set
			for _, x := range turned {
				ti, te, tv = append(ti, x.c), append(te, x.i), append(tv, x.v)
			}
			for i := range n {
				all.Add(trade.Code(990 - i))
			}
			want, _ := unfilled(&cut, importer, exporter, value, rule, 0.1)
			got, _ := unfilled(&Cut{Stops: trade.SetOf(990), To: all, Share: 0.7}, ti, te, tv, rule, 0.1)
			for code, u := range want {
				if math.Abs(got[1000-code]-u) > 1e-9*scale {
					t.Fatalf("%s: %v unfilled, in another order of economies %v", rule, u, got[1000-code])
				}
			}
		}
	}
}

// given is a file of the data beside the project; the test is left out where the real data are not asked for.
func given(t *testing.T, name ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(suite.Real.File(t, append([]string{"scenarios"}, name...)...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestReferenceAllocations: forty worlds that another program computed.
func TestReferenceAllocations(t *testing.T) {
	var worlds []struct {
		Need, Exports, Unfilled []float64
		Spare                   float64
		Weights, Gained         [][]float64
	}
	if err := json.Unmarshal(given(t, "cut", "reference_allocations.json"), &worlds); err != nil {
		t.Fatal(err)
	}
	if len(worlds) != 40 {
		t.Fatalf("%d worlds", len(worlds))
	}
	for n, w := range worlds {
		spare := make([]float64, len(w.Exports))
		for i := range spare {
			spare[i] = w.Spare * w.Exports[i]
		}
		got := Allocate(w.Need, spare, w.Weights)
		for c := range w.Need {
			if math.Abs(got.Unfilled[c]-w.Unfilled[c]) > 1e-9 {
				t.Errorf("world %d: importer %d: unfilled %v, want %v", n, c, got.Unfilled[c], w.Unfilled[c])
			}
			for i := range w.Exports {
				if math.Abs(got.Gained[c][i]-w.Gained[c][i]) > 1e-9 {
					t.Errorf("world %d: importer %d gets %v of %d, want %v", n, c, got.Gained[c][i], i, w.Gained[c][i])
				}
			}
		}
	}
}
