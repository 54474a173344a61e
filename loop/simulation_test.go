package loop

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"chokepoint/suite"
)

// reference are the parameters of the published reference paths.
var reference = Parameters{Spread: 1, Value: [numInputs]float64{Exponent: .319, CumulativeOutput: 200, Adoption: .02, FullAdoption: 50, UnitCost: 1, HalfPrice: .6, Steepness: 4,
	Innovation: .1, Imitation: .5, SpillOver: 1, Replacement: .05, OthersDemand: 30, OthersGrowth: .08, OthersElasticity: .8, Excess: .5, Gain: .02, Drag: .27, Growth: .04,
	Product: 10000, HomeShare: .6, ExportSubsidy: .3, Discount: .03}}

func constant(x float64, n int) []float64 { return slices.Repeat([]float64{x}, n) }

func near(a, b, within float64) bool { return math.Abs(a-b) <= within*math.Max(1, math.Abs(b)) }

// TestReferenceValues holds digits of the reference paths, which are known without any file.
func TestReferenceValues(t *testing.T) {
	path := make([]Year, 20)
	Simulate(&reference, nil, nil, path)
	if y := path[1]; !near(y.CumulativeOutput, 230.05, 1e-12) || !near(y.UnitCost, 0.9563288880785655, 1e-12) || !near(y.Adoption, 0.0325573204389555, 1e-12) ||
		!near(y.Output, 34.31596722740345, 1e-12) {
		t.Errorf("without policy, year 1: %+v", y)
	}
	Simulate(&reference, constant(.2, 8), nil, path)
	if y := path[19]; !near(y.CumulativeOutput, 2152.319809737276, 1e-12) || !near(y.Adoption, 0.6823638096226408, 1e-12) || !near(y.FullAdoption, 106.62225898549711, 1e-12) ||
		!near(y.Output, 244.69699060771967, 1e-12) || y.FiscalCost != 0 || y.Drag != 0 {
		t.Errorf("20 %% to year 7, year 19: %+v", y)
	}
	got := make([]Strength, 11)
	strengths(&reference, constant(.2, 30), nil, got)
	for year, want := range map[int]Strength{2: {0.11166783154751281, 0.11017406249126394, 0.0011034346699578812}, 5: {0.2536190928215887, 0.25024912471730554, 0.001962958604384557},
		10: {0.24719677382734062, 0.24105507777486546, 0.002675303705534926}} {
		if s := got[year]; !near(s.All, want.All, 1e-11) || !near(s.Learning, want.Learning, 1e-11) || !near(s.SpillOver, want.SpillOver, 1e-11) {
			t.Errorf("strength of year %d: %+v, want %+v", year, s, want)
		}
	}
}

// TestReferencePaths meets every number of the reference paths.
func TestReferencePaths(t *testing.T) {
	text, err := os.ReadFile(suite.Real.File(t, "loop", "reference", "parameters.json"))
	if err != nil {
		t.Fatal(err)
	}
	var given struct{ Parameters map[string]float64 }
	if err := json.Unmarshal(text, &given); err != nil {
		t.Fatal(err)
	}
	p := Parameters{Spread: 1}
	for name, i := range map[string]Input{"b": Exponent, "Q0": CumulativeOutput, "a0": Adoption, "K0": FullAdoption, "c0": UnitCost, "pbar": HalfPrice, "theta": Steepness, "l0": Innovation,
		"l1": Imitation, "eta": SpillOver, "delta": Replacement, "f0": OthersDemand, "gf": OthersGrowth, "e": OthersElasticity, "chi": Excess, "gam": Gain, "mu": Drag, "g": Growth,
		"gdp": Product, "h": HomeShare, "sx": ExportSubsidy} {
		x, ok := given.Parameters[name]
		if !ok {
			t.Fatalf("no parameter %s", name)
		}
		p.Value[i] = x
	}
	f, err := os.Open(suite.Real.File(t, "loop", "reference", "paths.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	policies := map[string][]float64{"no_policy": nil, "subsidy_20_to_year_7": constant(.2, 8)}
	columns := map[string]func(*Year) float64{"Q": nil, "c": nil, "a": nil, "K": nil, "d": nil, "f": nil, "q": nil, "G": nil, "F": nil, "D": nil, "N": nil}
	for _, q := range quantities {
		if _, ok := columns[q.Symbol]; ok {
			columns[q.Symbol] = q.of
		}
	}
	compared := 0
	for _, row := range rows[1:] {
		path := make([]Year, 30)
		Simulate(&p, policies[row[0]], nil, path)
		year, _ := strconv.Atoi(row[1])
		for k, name := range rows[0][2:] {
			want, err := strconv.ParseFloat(row[k+2], 64)
			if got := columns[name](&path[year]); err != nil || !near(got, want, 1e-12) {
				t.Errorf("%s, year %d, %s: %v, want %v", row[0], year, name, got, want)
			}
			compared++
		}
	}
	if compared < 400 {
		t.Errorf("%d numbers compared; want those of two runs of twenty years", compared)
	}
}

// TestSlowTwin compares paths and strengths with the model as it is written, for draws of every technology.
func TestSlowTwin(t *testing.T) {
	for _, id := range Builtin().Technologies() {
		technology := technologyOf(t, id)
		s := newSampler(technology, 1.3, nil, 7, 21)
		shocks := make([]float64, 21+extraYears)
		subsidy := append(constant(.3, 9), constant(.1, 21)...)
		for n := range 20 {
			var p Parameters
			s.draw(n, &p, shocks)
			path := make([]Year, 21)
			Simulate(&p, subsidy, shocks, path)
			want := slowPath(symbolsOf(&p), subsidy, shocks, 1.3, 21, -1, nil)
			for y := range path {
				for _, q := range quantities {
					if got, want := q.of(&path[y]), q.of(&want[y]); !near(got, want, 1e-12) && math.Abs(got/want-1) > 1e-12 {
						t.Fatalf("%s, draw %d, year %d, %s: %v, slowly %v", id, n, y, q.Name, got, want)
					}
				}
			}
			list := make([]Strength, 21)
			strengths(&p, subsidy, shocks, list)
			for _, y := range []int{0, 3, 20} {
				if want := slowStrength(symbolsOf(&p), subsidy, shocks, 1.3, y); !near(list[y].All, want.All, 1e-9) || !near(list[y].Learning, want.Learning, 1e-9) || !near(list[y].SpillOver, want.SpillOver, 1e-9) {
					t.Fatalf("%s, draw %d, strength of year %d: %+v, slowly %+v", id, n, y, list[y], want)
				}
			}
		}
	}
}

func technologyOf(t testing.TB, id string) *Technology {
	t.Helper()
	technology, err := Builtin().Technology(id, "CHN")
	if err != nil {
		t.Fatal(err)
	}
	return technology
}

func with(p Parameters, values map[Input]float64) *Parameters {
	for i, x := range values {
		p.Value[i] = x
	}
	return &p
}

// TestLaws are laws that the model keeps.
func TestLaws(t *testing.T) {
	path := make([]Year, 40)
	subsidy := constant(.2, 60)

	Simulate(with(reference, map[Input]float64{Exponent: 0}), subsidy, nil, path)
	for y := 1; y < len(path); y++ {
		if path[y].Price != path[0].Price || path[y].Wanted != path[0].Wanted {
			t.Errorf("b = 0: the price changes in year %d", y)
		}
		if gap, before := path[y].Wanted-path[y].Adoption, path[y-1].Wanted-path[y-1].Adoption; gap < 0 || gap >= before && before > 1e-12 {
			t.Errorf("b = 0: adoption does not tend to the wanted share in year %d: %g after %g", y, gap, before)
		}
	}

	Simulate(&reference, nil, nil, path)
	for y := range path {
		if path[y].FiscalCost != 0 || path[y].Drag != 0 || path[y].Excess != 0 || path[y].Unsold() != 0 {
			t.Errorf("s = 0: cost, drag or excess in year %d: %+v", y, path[y])
		}
	}

	both := make([]Strength, 20)
	for _, off := range []Input{Gain, SpillOver} {
		strengths(with(reference, map[Input]float64{off: 0}), subsidy, nil, both)
		for y, s := range both {
			if s.SpillOver != 0 || s.All != s.Learning {
				t.Errorf("%s = 0: a feedback by productivity in year %d: %+v", off, y, s)
			}
		}
	}
	strengths(with(reference, map[Input]float64{Exponent: 0, SpillOver: 0}), subsidy, nil, both)
	for y, s := range both {
		if s != (Strength{}) {
			t.Errorf("b = η = 0: strength %+v in year %d", s, y)
		}
	}

	closed := with(reference, map[Input]float64{Exponent: 0, Imitation: 0})
	Simulate(closed, subsidy, nil, path)
	for y := range path {
		a, a0, l := path[y].Wanted, closed.Value[Adoption], closed.Value[Innovation]
		if want := a - (a-a0)*math.Pow(1-l, float64(y)); !near(path[y].Adoption, want, 1e-13) {
			t.Errorf("closed form, year %d: %v, want %v", y, path[y].Adoption, want)
		}
	}

	Simulate(&reference, subsidy, nil, path)
	for y := range path {
		if r := &path[y]; !near(r.Output, r.HomeDemand+r.OthersDemand+r.Unsold(), 1e-14) {
			t.Errorf("mass balance, year %d: output %v", y, r.Output)
		}
		if y > 0 && !near(path[y].CumulativeOutput-path[y-1].CumulativeOutput, path[y-1].Output, 1e-11) {
			t.Errorf("mass balance, year %d: cumulative output", y)
		}
	}
}

// TestScaling: in another unit of quantity, or of money, nothing changes that has none.
func TestScaling(t *testing.T) {
	plain, scaled := make([]Year, 20), make([]Year, 20)
	Simulate(&reference, constant(.2, 30), nil, plain)
	v := reference.Value
	Simulate(with(reference, map[Input]float64{CumulativeOutput: 1000 * v[CumulativeOutput], FullAdoption: 1000 * v[FullAdoption], OthersDemand: 1000 * v[OthersDemand],
		UnitCost: 7 * v[UnitCost] / 1000, HalfPrice: 7 * v[HalfPrice] / 1000, Product: 7 * v[Product]}), constant(.2, 30), nil, scaled)
	for y := range plain {
		if !near(scaled[y].NetGain, plain[y].NetGain, 1e-12) || !near(scaled[y].Adoption, plain[y].Adoption, 1e-12) || !near(scaled[y].Output, 1000*plain[y].Output, 1e-9) {
			t.Errorf("year %d: %+v, in other units %+v", y, plain[y], scaled[y])
		}
	}
}

// TestSwitches turns every term off in turn: it must change what it is about, and no term may be without effect.
func TestSwitches(t *testing.T) {
	changes := map[string]string{"learning": "unit_cost", "spill-over": "full_adoption", "productivity": "gain", "subsidy": "fiscal_cost", "imitation": "adoption", "replacement": "home_demand",
		"growth": "full_adoption", "exports": "others_demand", "others-growth": "others_demand", "others-price": "others_demand", "excess": "unsold", "export-subsidy": "fiscal_cost",
		"drag": "drag", "shocks": "unit_cost"}
	for _, term := range Terms() {
		want, ok := changes[term.Name]
		if !ok {
			t.Errorf("%s: the test does not say what it changes", term.Name)
			continue
		}
		experiment := &Experiment{Technology: technologyOf(t, "pv"), Policy: BuiltinPolicy(), First: 2015, Years: 15, Draws: 50, Seed: 3, Spread: 1, NoStrength: true}
		plain, err := experiment.Simulate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		experiment.Off = []Term{term}
		without, err := experiment.Simulate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for q := range quantities {
			if quantities[q].Name == want && reflect.DeepEqual(plain.Bands[WithPolicy][q], without.Bands[WithPolicy][q]) {
				t.Errorf("without %s, %s does not change", term.Name, want)
			}
		}
		if term.subsidy && !reflect.DeepEqual(without.Bands[WithPolicy], without.Bands[NoPolicy]) {
			t.Error("without subsidy, the policy still does something")
		}
	}
}

// TestBreakEven: at the break-even drag the discounted net gain is 0.
func TestBreakEven(t *testing.T) {
	subsidy := constant(.2, 30)
	p := with(reference, map[Input]float64{Product: 2000})
	path := make([]Year, 20)
	f := func(p *Parameters, subsidy []float64) float64 {
		Simulate(p, subsidy, nil, path)
		return breakEven(p, path)
	}
	mu := f(p, subsidy)
	q := with(*p, map[Input]float64{Drag: mu})
	Simulate(q, subsidy, nil, path)
	if s := summarise(q, path); math.IsNaN(mu) || math.Abs(s.NetGain) > 1e-12 {
		t.Errorf("break-even drag %v: net gain %v", mu, s.NetGain)
	}
	if mu := f(&reference, nil); !math.IsNaN(mu) {
		t.Errorf("without policy: break-even drag %v, want none", mu)
	}
	if mu := f(with(*p, map[Input]float64{Gain: 0}), subsidy); !math.IsNaN(mu) {
		t.Errorf("without gain: break-even drag %v, want none", mu)
	}
}
