package loop

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// text is an outcome in all digits.
func text(o *Outcome) string {
	return fmt.Sprint(o.Bands, o.Strength, o.Whole, o.NetOfDraw, o.Middle)
}

// TestBand compares means and quantiles with sorted numbers.
func TestBand(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for n := 1; n < 200; n += 7 {
		x := make([]float64, n)
		for i := range x {
			x[i] = math.Floor(20 * rng.Float64()) // with ties
		}
		sorted := slices.Sorted(slices.Values(x))
		want := func(u float64) float64 {
			h := u * float64(n-1)
			k := int(h)
			return sorted[k] + (h-float64(k))*(sorted[min(k+1, n-1)]-sorted[k])
		}
		if b := bandOf(append(slices.Clone(x), math.NaN())); !near(b.Mean, mean(sorted), 1e-14) || !near(b.Low, want(.05), 1e-14) || !near(b.High, want(.95), 1e-14) {
			t.Errorf("%d numbers: %+v, want %v, %v, %v", n, b, mean(sorted), want(.05), want(.95))
		}
	}
	if b := bandOf([]float64{math.NaN()}); !math.IsNaN(b.Mean) || !math.IsNaN(b.Low) {
		t.Errorf("no number: %+v", b)
	}
}

// TestQuantiles: shares of draws come out where the distributions say.
func TestQuantiles(t *testing.T) {
	f := func(d Distribution, u, want float64) {
		t.Helper()
		if got := d.Quantile(u); !near(got, want, 1e-9) {
			t.Errorf("%+v at %v: %v, want %v", d, u, got, want)
		}
	}
	f(Distribution{Kind: fixed, Value: 3}, .2, 3)
	f(Distribution{Kind: uniform, Low: 2, High: 4, Value: 3}, .25, 2.5)
	f(Distribution{Kind: triangular, Low: 0, High: 2, Value: 1}, .5, 1)
	f(Distribution{Kind: triangular, Low: 0, High: 4, Value: 1}, .25, 1)
	f(Distribution{Kind: triangular, Low: 0, High: 4, Value: 0}, 1, 4)
	f(Distribution{Kind: normal, Value: 1, SD: 2, Low: -100, High: 100}, .975, 1+2*1.959963984540054)
	f(Distribution{Kind: normal, Value: 0, SD: 1, Low: 0, High: 100}, .5, .6744897501960817)
	f(Distribution{Kind: normal, Value: 0, SD: 1, Low: -1, High: 2}, 0, -1)
	f(Distribution{Kind: normal, Value: 0, SD: 1, Low: -1, High: 2}, 1, 2)
}

// TestRuns: after the sunset nothing is spent, before it the runs are the same, and a technology has the same draws beside others.
func TestRuns(t *testing.T) {
	e := experiment(t, "pv")
	o, err := e.Simulate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for q, d := range quantities {
		for y := range e.Years {
			with, sunset := o.Bands[WithPolicy][q][y], o.Bands[Sunset][q][y]
			if e.First+y < e.Policy.Sunset && with != sunset {
				t.Errorf("%s of %d: %+v with policy, %+v to the sunset", d.Name, e.First+y, with, sunset)
			}
			if d.Name == "fiscal_cost" && (e.First+y >= e.Policy.Sunset) != (sunset.High == 0) {
				t.Errorf("fiscal cost of %d to the sunset: %+v", e.First+y, sunset)
			}
		}
	}
	whole := o.Whole[Difference][DiscountedNet].Mean
	if want := o.Whole[WithPolicy][DiscountedNet].Mean - o.Whole[NoPolicy][DiscountedNet].Mean; !near(whole, want, 1e-12) {
		t.Errorf("policy less no policy %v, want %v", whole, want)
	}
}

// BenchmarkSimulate: 2,000 draws of 20 years of three technologies, with the strength of the loop, and beside it the slow twin's paths of as
// many draws a hundredth.
func BenchmarkSimulate(b *testing.B) {
	b.Run("draws", func(b *testing.B) {
		for b.Loop() {
			for _, id := range Builtin().Technologies() {
				e := experiment(b, id)
				e.Draws, e.Years = 2000, 20
				if _, err := e.Simulate(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("slow-twin-hundredth", func(b *testing.B) {
		subsidy := constant(.2, 40)
		shocks := make([]float64, 20+extraYears)
		for b.Loop() {
			for _, id := range Builtin().Technologies() {
				s := newSampler(technologyOf(b, id), 1, nil, 1, 20)
				for n := range 20 {
					var p Parameters
					s.draw(n, &p, shocks)
					v := symbolsOf(&p)
					for range simulated {
						slowPath(v, subsidy, shocks, 1, 20, -1, nil)
					}
					for y := range 20 {
						slowStrength(v, subsidy, shocks, 1, y)
					}
				}
			}
		}
	})
	b.Run("while-moving", func(b *testing.B) { // as the page asks while a slider moves
		for b.Loop() {
			e := experiment(b, "pv")
			e.Draws = 200
			if _, err := e.Simulate(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
}
