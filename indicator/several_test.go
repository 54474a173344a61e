package indicator

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// TestSeveral: of criteria judged together each says of each cell what it says alone, also on thresholds, where numbers are missing or
// infinite, and where a criterion is of several comparisons. What is the same has one bit.
func TestSeveral(t *testing.T) {
	texts := []string{
		"imports >= 2 * exports", "imports > exports", "imports >= 4", "exports < 3", "exports <= 3", "import_export_ratio > 1.5", "import_export_ratio >= 2",
		"trade_specialisation < -0.5", "trade_specialisation <= 0", "imports > 2 and exports < 3", "imports > 4 or exports >= 2 and imports > exports",
		"imports > 2", "imports >= 2", "import_export_ratio > 2", "imports > 0", "imports > -1", "imports > 5",
		"not (import_export_ratio >= 2)", "not (imports > 2 or exports > 3)", "2 * exports <= imports", "import_export_ratio < 1.5",
	}
	rng := rand.New(rand.NewPCG(16, 51))
	met, open := 0, 0
	for range 60 {
		var several Several
		var criteria []*Criterion
		var bits []uint64
		for range 1 + rng.IntN(12) {
			k, err := ParseCriterion(texts[rng.IntN(len(texts))])
			if err != nil {
				t.Fatal(err)
			}
			bit, ok := several.Bit(k)
			if !ok {
				t.Fatal("no bit is left")
			}
			criteria, bits = append(criteria, k), append(bits, bit)
		}
		c := &Columns{N: rng.IntN(40)}
		for range c.N {
			value := func() float64 {
				if rng.IntN(12) == 0 {
					return []float64{math.NaN(), math.Inf(1), 0}[rng.IntN(3)]
				}
				return float64(rng.IntN(6))
			}
			c.Col[Imports], c.Col[Exports] = append(c.Col[Imports], value()), append(c.Col[Exports], value())
		}
		exact := func(i int, _ []Sum) (func(Sum) Exact, error) {
			return func(s Sum) Exact { return ExactOf(c.At(s, i)) }, nil
		}
		var w Words
		w.Begin(c.N)
		several.Of(math.MaxUint64).Judge(c, &Scratch{}, &w)
		for i := range c.N {
			if w.Open[i] != 0 {
				open++
			}
			if w.Open[i]&^w.Any != 0 || w.Open[i]&w.Met[i] != 0 {
				t.Fatalf("cell %d: open %b of %b, met %b", i, w.Open[i], w.Any, w.Met[i])
			}
			if err := several.Decide(math.MaxUint64, c, i, &w, exact); err != nil {
				t.Fatal(err)
			}
		}
		for at, k := range criteria {
			keep := make([]bool, c.N)
			for i := range keep {
				keep[i] = true
			}
			if c.N == 0 {
				continue
			}
			if err := k.Meet(c, &Scratch{}, keep, exact); err != nil {
				t.Fatal(err)
			}
			for i := range keep {
				if got := w.Met[i]&bits[at] != 0; got != keep[i] {
					t.Fatalf("%s of imports %v, exports %v: %v, alone %v", k, c.Col[Imports][i], c.Col[Exports][i], got, keep[i])
				} else if got {
					met++
				}
			}
		}
	}
	if met < 500 || open < 100 {
		t.Errorf("only %d met, %d cells on a threshold", met, open)
	}
}

// TestSeveralBits: equal criteria have one bit, and there are no more than MostSeveral.
func TestSeveralBits(t *testing.T) {
	var several Several
	for i := range MostSeveral + 1 {
		for range 2 {
			k, err := ParseCriterion(fmt.Sprintf("imports > %d", i))
			if err != nil {
				t.Fatal(err)
			}
			if bit, ok := several.Bit(k); ok != (i < MostSeveral) || ok && bit != 1<<i {
				t.Errorf("criterion %d has bit %b, %v", i, bit, ok)
			}
		}
	}
}
