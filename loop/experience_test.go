package loop

import (
	"math"
	"os"
	"testing"

	"chokepoint/suite"
)

func realCurves(t *testing.T, c CurveColumns, parts ...string) []*Curve {
	t.Helper()
	text, err := os.ReadFile(suite.Real.File(t, append([]string{"loop"}, parts...)...))
	if err != nil {
		t.Fatal(err)
	}
	curves, err := ReadCurves(parts[len(parts)-1], text, c)
	if err != nil {
		t.Fatal(err)
	}
	return curves
}

// TestPublishedCurves meets the regressions of Helveston, He and Davidson (2022) to seven digits.
func TestPublishedCurves(t *testing.T) {
	for file, want := range map[string][2]float64{"hist_us.csv": {-0.4416289, 0.145108}, "hist_china.csv": {-0.5634256, 0.2028848}, "hist_germany.csv": {-0.3263125, 0.2109295}} {
		curves := realCurves(t, CurveColumns{Cost: "costperkw", Cumulative: "cumcapkw_world", Factor: "price_si", Year: "year"}, "solar_helveston", file)
		f := fitOf(t, curves[0])
		if math.Abs(f.Exponent-want[0]) > 5.1e-8 || math.Abs(f.Factor-want[1]) > 5.1e-8 {
			t.Errorf("%s: %.7f, %.7f; want %v", file, f.Exponent, f.Factor, want)
		}
	}
	for file, want := range map[string]float64{"hist_us.csv": .045, "hist_china.csv": .071, "hist_germany.csv": .042} {
		curves := realCurves(t, CurveColumns{Cost: "costperkw", Cumulative: "cumcapkw_world", Factor: "price_si"}, "solar_helveston", file)
		if got := fitOf(t, curves[0]).ExponentError; math.Abs(got-want) > 5e-4 {
			t.Errorf("%s: standard error %v, want %v", file, got, want)
		}
	}
}

// TestAllCurves: the mean of the slopes of the 87 series of Way et al. (2022).
func TestAllCurves(t *testing.T) {
	curves := realCurves(t, CurveColumns{Cost: "unit cost", Cumulative: "cumulative production", By: "tech"}, "ExpCurves.csv")
	var slopes []float64
	for _, c := range curves {
		y, x := c.logs()
		r, err := regress(y, x...)
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		slopes = append(slopes, r.coefficients[1])
	}
	m, squares := mean(slopes), 0.0
	for _, s := range slopes {
		squares += (s - m) * (s - m)
	}
	n := float64(len(slopes))
	if se := math.Sqrt(squares / (n - 1) / n); len(slopes) != 87 || math.Abs(m+.285) > 5e-4 || math.Abs(se-.027) > 5e-4 {
		t.Errorf("%d series, mean %v, standard error %v; want 87, -.285, .027", len(slopes), m, se)
	}
}

func fitOf(t *testing.T, c *Curve) *CurveFit {
	t.Helper()
	f, err := c.Fit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestBackTests meets the published fits and predictions, and the figures recorded in the parameters.
func TestBackTests(t *testing.T) {
	columns := CurveColumns{Cost: "unit cost (2022 usd/mwh)", Cumulative: "cumulative production (mwh)", Year: "time (year)"}
	files := map[string]string{"pv": "solar_pv_PCDB_IEA_IRENA.csv", "wind": "wind_Bolinger_IEA_IRENA.csv"}
	published := map[string]map[int][2]float64{"pv": {2005: {.388, 39.8}, 2010: {.335, 71.2}}, "wind": {2005: {.190, 66.2}, 2010: {.183, 69.3}}}
	recorded := builtin().BackTests
	if len(recorded) != 4 {
		t.Errorf("%d back-tests are recorded, want 4", len(recorded))
	}
	for _, r := range recorded {
		list, err := realCurves(t, columns, files[r.Technology])[0].BackTest(r.Known)
		if err != nil {
			t.Fatal(err)
		}
		score := ScoreOf(list)
		want := published[r.Technology][r.Known]
		for _, f := range list {
			if f.Year == 2020 && (math.Abs(f.Exponent-want[0]) > 5e-4 || math.Abs(f.Predicted-want[1]) > .05) {
				t.Errorf("%s known to %d: b %v, 2020 %v; want %v", r.Technology, r.Known, f.Exponent, f.Predicted, want)
			}
		}
		last := list[len(list)-1]
		t.Logf("%s %d: exponent = %.4f, last = %d, actual = %.4g, predicted = %.4g, error = %.4f, years = %d, inside = %d", r.Technology, r.Known, last.Exponent, last.Year, last.Actual,
			last.Predicted, score.Error, score.Years, score.Inside)
		if math.Abs(r.Exponent-last.Exponent) > 5.1e-5 || r.Last != last.Year || math.Abs(r.Actual/last.Actual-1) > 5e-4 || math.Abs(r.Predicted/last.Predicted-1) > 5e-4 ||
			math.Abs(r.Error-score.Error) > 5.1e-5 || r.Years != score.Years || r.Inside != score.Inside {
			t.Errorf("%s known to %d: recorded %+v; the series gives the line above", r.Technology, r.Known, r)
		}
	}
}

// TestRegressionByHand: four points, whose fit can be done on paper.
func TestRegressionByHand(t *testing.T) {
	r, err := regress([]float64{1, 3, 4, 8}, []float64{0, 1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	// Sxx = 5, Sxy = 11, Syy = 26: slope 2.2, residual 26 − 24.2 = 1.8, variance .9.
	if !near(r.coefficients[1], 2.2, 1e-14) || !near(r.coefficients[0], .7, 1e-13) || !near(r.residual, 1.8, 1e-13) || !near(r.errors[1], math.Sqrt(.9/5), 1e-13) ||
		!near(r.errors[0], math.Sqrt(.9*(1./4+1.5*1.5/5)), 1e-13) || !near(r.r2, 24.2/26, 1e-14) {
		t.Errorf("got %+v", r)
	}
	if q := studentQuantile(.975, 2); math.Abs(q-4.302653) > 1e-6 {
		t.Errorf("t of 2 degrees of freedom: %v, want 4.302653", q)
	}
	if _, err := regress([]float64{1, 2, 3, 4, 5}, []float64{1, 2, 3, 4, 5}, []float64{2, 4, 6, 8, 10}); err != errCollinear {
		t.Errorf("the same column twice: %v", err)
	}
	if _, err := regress([]float64{1, 2, 3, 4}, []float64{7, 7, 7, 7}); err != errCollinear {
		t.Errorf("a column that does not move: %v", err)
	}
}

// TestBreak: a series with a break is found to have it there, one without is not.
func TestBreak(t *testing.T) {
	bent, straight := &Curve{}, &Curve{}
	noise := []float64{.01, -.02, .015, -.005, .02, -.01}
	for i := range 24 {
		x := math.Exp2(float64(i))
		slope, jitter := math.Pow(x, -.1), math.Exp(noise[i*i%6]*math.Cos(float64(i)))
		if i >= 14 {
			slope = math.Pow(math.Exp2(14), -.1) * math.Pow(x/math.Exp2(14), -.5)
		}
		year := 1980 + float64(i)
		bent.Years, bent.Cost, bent.Cumulative = append(bent.Years, year), append(bent.Cost, 100*slope*jitter), append(bent.Cumulative, x)
		straight.Years, straight.Cost, straight.Cumulative = append(straight.Years, year), append(straight.Cost, 100*math.Pow(x, -.3)*jitter), append(straight.Cumulative, x)
	}
	if b := fitOf(t, bent).Break; b.P > .01 || math.Abs(b.Year-1994) > 1 || math.Abs(b.Before+.1) > .02 || math.Abs(b.After+.5) > .02 {
		t.Errorf("a series with a break in 1994: %+v", b)
	}
	if b := fitOf(t, straight).Break; b.P < .05 {
		t.Errorf("a series without a break: %+v", b)
	}
}

// TestCurveUnits: in other units of cost and output the exponent is the same, to the last digits.
func TestCurveUnits(t *testing.T) {
	c := &Curve{Cost: []float64{9, 7, 6.5, 5, 4.2, 4}, Cumulative: []float64{1, 2, 3, 6, 9, 15}}
	d := &Curve{Cost: []float64{9e6, 7e6, 6.5e6, 5e6, 4.2e6, 4e6}, Cumulative: []float64{1e9, 2e9, 3e9, 6e9, 9e9, 15e9}}
	if a, b := fitOf(t, c), fitOf(t, d); !near(a.Exponent, b.Exponent, 1e-12) || !near(a.ExponentError, b.ExponentError, 1e-11) {
		t.Errorf("%v (%v) and %v (%v)", a.Exponent, a.ExponentError, b.Exponent, b.ExponentError)
	}
}

func FuzzCurves(f *testing.F) {
	f.Add("cost,cumulative\n3,1\n2,2\n1.5,4\n1,8\n")
	f.Add("year,cost,cumulative\n1990,3,1\n,2,x\n")
	f.Add("cost,cumulative\n-1,NaN\n1e400,2\nInf,3\n")
	f.Fuzz(func(t *testing.T, text string) {
		curves, err := ReadCurves("fuzz.csv", []byte(text), CurveColumns{Cost: "cost", Cumulative: "cumulative"})
		if err != nil {
			return
		}
		for _, c := range curves {
			if len(c.Cost) < 60 {
				fitOf(t, c)
			}
		}
	})
}
