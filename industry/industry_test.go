package industry

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"chokepoint/store"
	"chokepoint/trade"
)

// yearOf makes a year from a matrix of exports; imports are those of everybody else, in equal parts.
func yearOf(exports [][]float64) *Year {
	t := &Year{exports: exports}
	for c := range exports {
		t.Economies = append(t.Economies, trade.Code(4+4*c))
		t.Imports = append(t.Imports, make([]float64, len(exports[c])))
		t.ExportsOf, t.ImportsOf = append(t.ExportsOf, 0), append(t.ImportsOf, 0)
	}
	for p := range exports[0] {
		t.Products, t.World = append(t.Products, fmt.Sprintf("85%04d", p)), append(t.World, 0)
		for c := range exports {
			t.ExportsOf[c] += exports[c][p]
			t.World[p] += exports[c][p]
			t.Total += exports[c][p]
		}
	}
	return t
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9*max(1, math.Abs(want))) && !(math.IsNaN(got) && math.IsNaN(want)) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// TestByHand is small enough for a pencil: two economies, three products.
func TestByHand(t *testing.T) {
	m := yearOf([][]float64{{60, 30, 10}, {20, 30, 50}})
	near(t, "RCA of 0 in 0", m.RCA(0, 0), 60.0/100/(80.0/200))
	near(t, "RCA of 0 in 1", m.RCA(0, 1), 1)
	near(t, "RCA of 1 in 1 and 2", m.RCA(1, 1, 2), 80.0/100/(120.0/200))
	near(t, "similarity", m.Similarity(0, 1), 0.2+0.3+0.1)
	near(t, "balance", Balance(30, 10), 0.5)
	near(t, "balance of none", Balance(0, 0), math.NaN())
	near(t, "entropy of equal parts", Entropy([]float64{5, 5, 5, 5}), math.Log(4))
	near(t, "entropy of one", Entropy([]float64{0, 7}), 0)
	near(t, "entropy of none", Entropy(nil), math.NaN())
	if n, exported := m.Advantages(0, m.All()); n != 2 || exported != 3 {
		t.Errorf("advantages %d of %d, want 2 of 3: exactly 1 counts", n, exported)
	}
	if n := m.Ubiquities(); n[1] != 2 || n[2] != 1 {
		t.Errorf("ubiquity %d and %d, want 2 and 1", n[1], n[2])
	}
	if n := m.Diversities(); n[0] != 2 || n[1] != 2 {
		t.Errorf("diversity %d and %d, want 2 and 2", n[0], n[1])
	}
}

func randomYear(rng *rand.Rand, economies, products int) *Year {
	exports := make([][]float64, economies)
	for c := range exports {
		exports[c] = make([]float64, products)
		for p := range exports[c] {
			if rng.IntN(3) > 0 {
				exports[c][p] = math.Round(1e6 * math.Exp(2*rng.NormFloat64()))
			}
		}
	}
	return yearOf(exports)
}

// TestComplexityAgainstReflections compares the eigenvector with the limit of the method of reflections (Hidalgo and Hausmann
// 2009, equation 4): averages of averages go the same way when the mean is taken out after each step.
func TestComplexityAgainstReflections(t *testing.T) {
	for seed := range uint64(10) {
		m := randomYear(rand.New(rand.NewPCG(seed, 1)), 25, 60)
		c, err := m.Complexity(m.Everybody())
		if err != nil {
			t.Fatal(err)
		}
		n, k := len(m.Economies), len(m.Products)
		has := func(c, p int) bool { return m.RCA(c, p) >= 1 }
		eci := make([]float64, n)
		rng := rand.New(rand.NewPCG(seed, 2))
		for i := range eci {
			eci[i] = rng.NormFloat64()
		}
		for range 4000 {
			pci := make([]float64, k)
			for p := range pci {
				u := 0.0
				for i := range eci {
					if has(i, p) {
						pci[p] += eci[i]
						u++
					}
				}
				pci[p] /= max(u, 1)
			}
			var weight, mean float64
			next := make([]float64, n)
			for i := range next {
				d := 0.0
				for p := range pci {
					if has(i, p) {
						next[i] += pci[p]
						d++
					}
				}
				next[i] /= d
				mean += d * next[i] // the stationary measure of the walk is diversity
				weight += d
			}
			for i := range next {
				next[i] -= mean / weight
			}
			_, sd := moments(next)
			for i := range next {
				eci[i] = next[i] / sd
			}
		}
		centre, sd := moments(eci)
		sign := 1.0
		if (eci[0]-centre)/sd*c.ECI[0] < 0 {
			sign = -1
		}
		for i := range eci {
			if x := sign * (eci[i] - centre) / sd; math.Abs(x-c.ECI[i]) > 1e-5 {
				t.Fatalf("seed %d: ECI of %d is %v, by reflections %v", seed, i, c.ECI[i], x)
			}
		}
		// An economy's index is the mean of its products'.
		for i := range eci {
			var sum, d float64
			for p := range m.Products {
				if has(i, p) {
					sum += c.PCI[p]
					d++
				}
			}
			near(t, fmt.Sprintf("seed %d: mean PCI of economy %d", seed, i), sum/d, c.ECI[i])
		}
	}
}

// TestLaws checks what must not change, or must change in a known way.
func TestLaws(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	m := randomYear(rng, 12, 30)
	larger := make([][]float64, len(m.exports))
	for c := range larger {
		for _, x := range m.Exports(c) {
			larger[c] = append(larger[c], 4*x)
		}
	}
	l := yearOf(larger)
	a, _ := m.Complexity(m.Everybody())
	b, _ := l.Complexity(l.Everybody())
	for c := range m.Economies {
		near(t, "ECI in another currency", b.ECI[c], a.ECI[c])
		for p := range m.Products {
			near(t, "RCA in another currency", l.RCA(c, p), m.RCA(c, p))
		}
		for d := range m.Economies {
			s := m.Similarity(c, d)
			if s < 0 || s > 1+1e-12 || s != m.Similarity(d, c) {
				t.Errorf("similarity of %d and %d is %v, the other way %v", c, d, s, m.Similarity(d, c))
			}
		}
		near(t, "similarity with itself", m.Similarity(c, c), 1)
		// Advantages weighted by the world's shares of products are 1.
		var mean float64
		for p := range m.Products {
			mean += m.RCA(c, p) * m.World[p] / m.Total
		}
		near(t, "mean RCA", mean, 1)
		if h := Entropy(m.Exports(c)); h < 0 || h > math.Log(float64(len(m.Products))) {
			t.Errorf("entropy %v", h)
		}
	}
	// Economies in another order: the same numbers in that order.
	turned := slices.Clone(m.exports)
	slices.Reverse(turned)
	back := yearOf(turned)
	r, _ := back.Complexity(back.Everybody())
	for c := range m.Economies {
		near(t, "ECI after turning the order", r.ECI[len(turned)-1-c], a.ECI[c])
	}
}

func TestComplexityRefuses(t *testing.T) {
	two := yearOf([][]float64{{1, 2}, {2, 1}})
	if _, err := two.Complexity(two.Everybody()); err == nil {
		t.Error("two economies are enough")
	}
	m := randomYear(rand.New(rand.NewPCG(1, 1)), 10, 20)
	m.ExportsOf[3] = 5 // too small to count
	part := m.Everybody()
	part.Economies[3], part.Products[7] = false, false
	c, err := m.Complexity(part)
	if err != nil || !math.IsNaN(c.ECI[3]) {
		t.Errorf("%v, ECI of a small exporter %v", err, c.ECI[3])
	}
}

// TestRead gathers a year from the margins of two products.
func TestRead(t *testing.T) {
	m, err := Read(2020, trade.SetOf(36, 156, 276, 842), trade.SetOf(156, 842), 0, func(take func(string, store.Margins) error) error {
		return errors.Join(
			take("850110", store.Margins{Importer: []uint16{36, 276, 842}, Imports: []float64{100, 300, 50}, Exporter: []uint16{156, 276}, Exports: []float64{400, 50}, World: 450}),
			take("850120", store.Margins{Importer: []uint16{156, 842}, Imports: []float64{40, 60}, Exporter: []uint16{156, 842}, Exports: []float64{60, 40}, World: 100}))
	})
	if err != nil {
		t.Fatal(err)
	}
	china, _ := m.Row(156)
	usa, _ := m.Row(842)
	near(t, "exports of China", m.ExportsOf[china], 460)
	near(t, "imports of China", m.ImportsOf[china], 40)
	near(t, "exports of the USA of 850120", m.Exports(usa)[1], 40)
	near(t, "imports of the USA of 850110", m.Imports[usa][0], 50)
	near(t, "world exports of 850110", m.World[0], 450)
	near(t, "all exports", m.Total, 550)
	if germany, _ := m.Row(276); m.Imports[germany] != nil {
		t.Errorf("imports of Germany, which were not asked for: %v", m.Imports[germany])
	}
}

// TestJoin compares one pass over a year, and what a bloc trades inside, with two passes.
func TestJoin(t *testing.T) {
	read := func(second store.Margins, first store.Margins) *Year {
		m, err := Read(2020, trade.SetOf(36, 156, 276, 842), trade.SetOf(36, 276), 0, func(take func(string, store.Margins) error) error {
			return errors.Join(take("850110", first), take("850120", second))
		})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	// 36 and 276 are one: of 850110 the one sells 300 to the other, of 850120 nobody sells anything but 40 inside.
	gross := read(store.Margins{Importer: []uint16{36}, Imports: []float64{40}, Exporter: []uint16{276}, Exports: []float64{40}, World: 40},
		store.Margins{Importer: []uint16{36, 276, 842}, Imports: []float64{100, 300, 50}, Exporter: []uint16{36, 156, 276}, Exports: []float64{300, 100, 50}, World: 450})
	net := read(store.Margins{},
		store.Margins{Importer: []uint16{36, 842}, Imports: []float64{100, 50}, Exporter: []uint16{156, 276}, Exports: []float64{100, 50}, World: 150})
	unit, inner := trade.SetOf(36, 276), &Inner{[]string{"850110", "850120"}, []float64{300, 40}}
	joined := gross.Clone()
	joined.Join(unit, inner)
	net.Merge(unit, net)
	sameYear(t, joined, net)
	if len(gross.Economies) != 4 || len(gross.Exports(3)) != 2 || gross.Total != 490 {
		t.Errorf("the year that was copied has changed: %+v", gross)
	}
}

// sameYear compares all that a year says.
func sameYear(t *testing.T, got, want *Year) {
	t.Helper()
	all := func(y *Year) []any {
		var exports [][]float64
		for c := range y.Economies {
			exports = append(exports, y.Exports(c))
		}
		c, err := y.Complexity(y.Everybody())
		return []any{y.Economies, y.Products, exports, y.Imports, y.ExportsOf, y.ImportsOf, y.World, y.Total, y.Ubiquities(), y.Diversities(), fmt.Sprint(c), err}
	}
	if a, b := all(got), all(want); !reflect.DeepEqual(a, b) {
		t.Errorf("a year is\n%v; want\n%v", a, b)
	}
}

// TestSales compares a year that looks into its sales for what it is asked with one that has all rows, which adds everything up again: with units of
// several economies, one after another, and of what is left after products were dropped.
func TestSales(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 28))
		const economies, products = 12, 30
		var flows [products][economies][economies]float64 // by product, importer and exporter
		var all trade.Set
		for c := range economies {
			all.Add(trade.Code(4 + 4*c))
		}
		units := []trade.Set{trade.SetOf(8, 12, 40), trade.SetOf(4, 48), trade.SetOf(16, 20)}
		for p := range flows {
			for i := range economies {
				for x := range economies {
					inside := units[0].Has(trade.Code(4+4*i)) && units[0].Has(trade.Code(4+4*x))
					if i != x && rng.IntN(3) == 0 && (p > 3 || inside) { // nobody but the first unit trades in some
						flows[p][i][x] = math.Round(1e6 * math.Exp(2*rng.NormFloat64()))
					}
				}
			}
		}
		margins := func(p int, inside trade.Set) (m store.Margins) {
			for c := range economies {
				code := trade.Code(4 + 4*c)
				var imports, exports float64
				for o := range economies {
					if other := trade.Code(4 + 4*o); !inside.Has(code) || !inside.Has(other) {
						imports, exports = imports+flows[p][c][o], exports+flows[p][o][c]
					}
				}
				if imports > 0 {
					m.Importer, m.Imports = append(m.Importer, uint16(code)), append(m.Imports, imports)
				}
				if exports > 0 {
					m.Exporter, m.Exports = append(m.Exporter, uint16(code)), append(m.Exports, exports)
				}
				m.World += exports
			}
			return m
		}
		read := func(inside trade.Set) *Year {
			y, err := Read(2020, all, trade.SetOf(4, 48, 8, 12, 40), 0, func(take func(string, store.Margins) error) error {
				for p := range flows {
					if m := margins(p, inside); m.World > 0 {
						if err := take(fmt.Sprintf("85%04d", p), m); err != nil {
							return err
						}
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return y
		}
		got, want := read(trade.Set{}), read(trade.Set{})
		gross := got.Products
		want.write()
		sameYear(t, got.Clone(), want)
		for _, u := range units {
			inner := &Inner{Products: gross}
			for _, product := range gross {
				p := 0
				fmt.Sscanf(product, "85%04d", &p)
				inner.Values = append(inner.Values, margins(p, trade.Set{}).World-margins(p, u).World)
			}
			got.Join(u, inner)
			want.Merge(u, read(u))
			for _, y := range []*Year{got, want} { // imports that were not asked for are empty of one and zeros of the other
				for c := range y.Imports {
					if sumOfAll(y.Imports[c]) == 0 {
						y.Imports[c] = nil
					}
				}
			}
			if sameYear(t, got.Clone(), want); got.sales == nil || got.searched != 0 {
				t.Errorf("rows of all economies were made: %d were asked for", got.searched)
			}
		}
		if len(got.Products) == len(gross) {
			t.Error("no product was dropped")
		}
	}
}

func sumOfAll(list []float64) (sum float64) {
	for _, x := range list {
		sum += x
	}
	return sum
}

func TestRelativeUnitValue(t *testing.T) {
	values := []UnitValue{{Own: 400.0 / 3, World: 400.0 / 3, Value: 400}, {Own: 20, World: 100.0 / 7, Value: 60}}
	near(t, "relative, by weighted median", RelativeUnitValue(values, []int{0, 1}), 1)
	near(t, "relative of one", RelativeUnitValue(values, []int{1}), 1.4)
	near(t, "relative of none", RelativeUnitValue(values, nil), math.NaN())
}

// TestComplexityByHand solves the smallest case that is not symmetric on paper. A sells products 1 and 2, B 2 and 3, C 3 alone, each for
// the same. D⁻¹ M U⁻¹ Mᵀ is (3/4 1/4 0; 1/4 1/2 1/4; 0 1/2 1/2); its second eigenvalue is (3 + √5)/8, with φ the golden ratio
// its vector (φ/2, (1 − √5)/4, −1), of mean −1/6 and standard deviation √5/3. Products are averages of those who sell them, divided by
// the eigenvalue, in the same scale (py-ecomplexity).
func TestComplexityByHand(t *testing.T) {
	m := yearOf([][]float64{{1, 1, 0}, {0, 1, 1}, {0, 0, 1}})
	c, err := m.Complexity(m.Everybody())
	if err != nil {
		t.Fatal(err)
	}
	phi, five := (1+math.Sqrt(5))/2, math.Sqrt(5)
	for i, want := range []float64{phi * phi / 2, -1 / (2 * phi * phi), -five / 2} {
		near(t, fmt.Sprintf("ECI of %c", 'A'+i), c.ECI[i], want)
	}
	value := (3 + five) / 8
	for p, mean := range []float64{phi / 2, 0.25, (-(five-1)/4 - 1) / 2} {
		near(t, fmt.Sprintf("PCI of product %d", p+1), c.PCI[p], (mean/value+1.0/6)/(five/3))
	}
	near(t, "ECI of A as the mean of its products", (c.PCI[0]+c.PCI[1])/2, c.ECI[0])
}
