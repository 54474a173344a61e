package loop

import (
	"fmt"
	"math"
	"runtime"
	"testing"
)

// TestIshigami meets the indices of the function of Ishigami and Homma (1990), a = 7, b = 0.1.
func TestIshigami(t *testing.T) {
	v := &variance{inputs: 3, groups: [][]int{{0}, {1}, {2}, {3}, {0, 2}}, outputs: 1, rows: 1 << 15, seed: 1, function: func() func(point, []float64) {
		return func(p point, into []float64) {
			x := func(i int) float64 { return math.Pi * (2*p.u[i] - 1) }
			into[0] = math.Sin(x(0)) + 7*math.Pow(math.Sin(x(1)), 2) + .1*math.Pow(x(2), 4)*math.Sin(x(0))
		}
	}}
	e, err := v.evaluate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := v.indices(e, 0)
	for i, want := range [][2]float64{{.3139, .5576}, {.4424, .4424}, {0, .2437}, {0, 0}, {.5576, .5576}} {
		if math.Abs(got[i].First-want[0]) > .015 || math.Abs(got[i].Total-want[1]) > .015 {
			t.Errorf("index %d: %+v, want %v", i, got[i], want)
		}
		if got[i].FirstLow > want[0]+.005 || got[i].FirstHigh < want[0]-.005 || got[i].TotalLow > want[1]+.005 || got[i].TotalHigh < want[1]-.005 {
			t.Errorf("index %d: the intervals %+v do not hold %v", i, got[i], want)
		}
	}
}

func experiment(t testing.TB, id string) *Experiment {
	return &Experiment{Technology: technologyOf(t, id), Policy: BuiltinPolicy(), First: 2015, Years: 21, Draws: 300, Seed: 1, Spread: 1}
}

// TestSensitivity: inputs that do nothing have no index, and groups hold at least what is in them.
func TestSensitivity(t *testing.T) {
	e := experiment(t, "pv")
	list, err := e.Sensitivity(t.Context(), 512)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]Influence{}
	decisive := 0
	for _, n := range list {
		by[n.Outcome+" "+n.Input] = n
		if n.Decides {
			decisive++
			if n.Outcome != OutcomeSign || n.Status == "published" {
				t.Errorf("decides: %+v", n)
			}
		}
	}
	if decisive != 1 {
		t.Errorf("%d inputs decide the sign, want 1", decisive)
	}
	for _, name := range []string{"drag", "discount", "product", "home-share", "export-subsidy"} { // adoption knows nothing of them
		if n, ok := by[OutcomeTime+" "+name]; ok && (n.Total != 0 || n.AtLow != n.AtHigh) {
			t.Errorf("time to half by %s: %+v", name, n)
		}
		if n, ok := by[OutcomeNet+" "+name]; ok && n.AtLow == n.AtHigh {
			t.Errorf("net gain by %s: the tornado has no width: %+v", name, n)
		}
	}
	if n := by[OutcomeNet+" drag"]; n.AtLow <= n.AtHigh {
		t.Errorf("more drag, more net gain: %+v", n)
	}
	if n := by[OutcomeNet+" gain"]; n.AboveHigh < n.AboveLow {
		t.Errorf("more gain, fewer draws above 0: %+v", n)
	}
	if group := by[OutcomeNet+" "+AllAssumed]; group.First < by[OutcomeNet+" gain"].First-.1 || group.Total > 1.2 {
		t.Errorf("all that is not published: %+v", group)
	}
	e.Off = []Term{terms[2]}
	if e.Off[0].Name != "productivity" {
		t.Fatal("the third term is another one")
	}
	if list, err = e.Sensitivity(t.Context(), 64); err != nil {
		t.Fatal(err)
	}
	for _, n := range list {
		if n.Input == "gain" || n.Outcome == OutcomeSign && !math.IsNaN(n.First) {
			t.Errorf("without a gain, the sign never changes: %+v", n)
		}
	}
}

// TestCores: the same seed gives the same numbers on any number of processors, and another seed others.
func TestCores(t *testing.T) {
	before := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(before)
	one, err := experiment(t, "wind").Simulate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	influences, err := experiment(t, "wind").Sensitivity(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, cores := range []int{2, 7} {
		runtime.GOMAXPROCS(cores)
		many, err := experiment(t, "wind").Simulate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if text(many) != text(one) {
			t.Errorf("%d processors give other numbers", cores)
		}
		again, err := experiment(t, "wind").Sensitivity(t.Context(), 100)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(again) != fmt.Sprint(influences) {
			t.Errorf("%d processors give another sensitivity", cores)
		}
	}
	other := experiment(t, "wind")
	other.Seed = 2
	if o, err := other.Simulate(t.Context()); err != nil || text(o) == text(one) {
		t.Error("another seed gives the same numbers")
	}
}

// TestMonteCarloError: it falls with the root of the number of draws.
func TestMonteCarloError(t *testing.T) {
	spread := func(draws int) float64 {
		var means []float64
		for seed := range 40 {
			e := experiment(t, "batteries")
			e.Draws, e.Seed, e.NoStrength = draws, uint64(seed), true
			o, err := e.Simulate(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			means = append(means, o.Whole[WithPolicy][DiscountedNet].Mean)
		}
		m, squares := mean(means), 0.0
		for _, x := range means {
			squares += (x - m) * (x - m)
		}
		return math.Sqrt(squares / float64(len(means)-1))
	}
	if ratio := spread(50) / spread(800); ratio < 2.6 || ratio > 6 {
		t.Errorf("16 times as many draws: the error falls to a part of %.2f, want about 4", ratio)
	}
}
