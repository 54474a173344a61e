package loop

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"chokepoint/textfile"
)

// Curve is a series of unit costs over cumulative output, and of the price of an input where it has one.
type Curve struct {
	Name                     string
	Years                    []float64 // empty where the file has none
	Cost, Cumulative, Factor []float64 // Factor is empty where there is none
	Skipped                  int       // rows without a positive cost and output
}

// CurveColumns are the names of the columns of a file; Factor, Year and By may be "".
type CurveColumns struct{ Cost, Cumulative, Factor, Year, By string }

// ReadCurves reads the series of a table, in the order of the file. Rows that lack a cost or an output, or have none above 0, are counted
// and left out: there is no logarithm of them.
func ReadCurves(name string, text []byte, c CurveColumns) ([]*Curve, error) {
	t := textfile.NewTable(name, text)
	var others []string
	need := []string{c.Cost, c.Cumulative}
	for _, column := range []string{c.Factor, c.Year, c.By} {
		if column != "" {
			need = append(need, column)
		}
	}
	if err := t.Header(need, nil, &others); err != nil {
		return nil, err
	}
	byName := map[string]*Curve{}
	var list []*Curve
	err := t.Each(func(_ int, field func(string) string) error {
		id := ""
		if c.By != "" {
			id = field(c.By)
		}
		curve := byName[id]
		if curve == nil {
			curve = &Curve{Name: id}
			byName[id], list = curve, append(list, curve)
		}
		return curve.add(c, field)
	})
	if err == nil && len(list) == 0 {
		err = t.Fail("no rows below the header")
	}
	return list, err
}

// add takes a row.
func (curve *Curve) add(c CurveColumns, field func(string) string) error {
	number := func(column string) (float64, error) {
		text := field(column)
		if text == "" {
			return math.NaN(), nil
		}
		x, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return 0, fmt.Errorf("%s is %q; expected a number, or nothing where there is none", column, text)
		}
		return x, nil
	}
	values := map[string]float64{}
	for _, column := range []string{c.Cost, c.Cumulative, c.Factor, c.Year} {
		if column == "" {
			continue
		}
		x, err := number(column)
		if err != nil {
			return err
		}
		values[column] = x
	}
	usable := func(x float64) bool { return x > 0 && !math.IsInf(x, 0) }
	if !usable(values[c.Cost]) || !usable(values[c.Cumulative]) || c.Factor != "" && !usable(values[c.Factor]) {
		curve.Skipped++
		return nil
	}
	curve.Cost, curve.Cumulative = append(curve.Cost, values[c.Cost]), append(curve.Cumulative, values[c.Cumulative])
	if c.Factor != "" {
		curve.Factor = append(curve.Factor, values[c.Factor])
	}
	if c.Year != "" {
		if y := values[c.Year]; math.IsNaN(y) || math.IsInf(y, 0) {
			return fmt.Errorf("%s is empty; expected the year of the row", c.Year)
		}
		curve.Years = append(curve.Years, values[c.Year])
	}
	return nil
}

// CurveFit is an experience curve fitted to a series: ln cost on ln cumulative output, and on ln factor where there is one.
type CurveFit struct {
	*Curve
	Observations            int
	Exponent, ExponentError float64 // coefficient of ln cumulative output: below 0 where costs fall
	Low, High               float64 // 95 % interval of it
	Factor, FactorError     float64 // coefficient of ln factor; NaN without
	Learning                float64 // 1 − 2^exponent: by how much cost falls with each doubling
	R2, Deviation           float64 // of residuals, in logarithms
	Break                   Break
	Failure                 string // why there is no fit
}

// Fit fits a curve.
func (curve *Curve) Fit(ctx context.Context) (*CurveFit, error) {
	none := math.NaN()
	f := &CurveFit{Curve: curve, Observations: len(curve.Cost), Exponent: none, ExponentError: none, Low: none, High: none, Factor: none, FactorError: none, Learning: none, R2: none,
		Deviation: none, Break: Break{Year: none, F: none, P: none, Before: none, After: none}}
	y, x := curve.logs()
	r, err := regress(y, x...)
	if err != nil {
		f.Failure = err.Error()
		return f, nil
	}
	f.Exponent, f.ExponentError = r.coefficients[1], r.errors[1]
	half := studentQuantile(0.975, r.freedom) * f.ExponentError
	f.Low, f.High = f.Exponent-half, f.Exponent+half
	if len(x) > 1 {
		f.Factor, f.FactorError = r.coefficients[2], r.errors[2]
	}
	f.Learning, f.R2, f.Deviation = 1-math.Exp2(f.Exponent), r.r2, math.Sqrt(r.variance)
	f.Break, err = curve.breakOf(ctx, y, x)
	return f, err
}

func (curve *Curve) logs() (y []float64, x [][]float64) {
	columns := [][]float64{logsOf(curve.Cumulative)}
	if len(curve.Factor) > 0 {
		columns = append(columns, logsOf(curve.Factor))
	}
	return logsOf(curve.Cost), columns
}

func logsOf(x []float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = math.Log(v)
	}
	return y
}

// upTo is the curve of the rows up to a year.
func (curve *Curve) upTo(year float64) *Curve {
	c := &Curve{Name: curve.Name}
	for i, y := range curve.Years {
		if y <= year {
			c.Years, c.Cost, c.Cumulative = append(c.Years, y), append(c.Cost, curve.Cost[i]), append(c.Cumulative, curve.Cumulative[i])
		}
	}
	return c
}

// Forecasted is a year of a back-test: what the curve of the years up to Known gives for it, with the cumulative output that came about.
type Forecasted struct {
	Technology                   string
	Known, Year                  int
	Exponent, ExponentError      float64
	Actual, Predicted, Low, High float64 // Low and High hold 90 % of new observations
	Inside                       bool
	LogError                     float64 // ln predicted − ln actual
}

// bandShare is the share that intervals of back-tests and bands of draws hold.
const bandShare = 0.9

// BackTest predicts the years after known.
func (curve *Curve) BackTest(known int) ([]Forecasted, error) {
	if len(curve.Years) == 0 {
		return nil, fmt.Errorf("%s: a back-test needs the years", curve.Name)
	}
	past := curve.upTo(float64(known))
	y, x := past.logs()
	r, err := regress(y, x...)
	if err != nil {
		return nil, fmt.Errorf("%s, known to %d: %w", curve.Name, known, err)
	}
	var list []Forecasted
	for i, year := range curve.Years {
		if year <= float64(known) {
			continue
		}
		p, half := r.predict(bandShare, math.Log(curve.Cumulative[i]))
		f := Forecasted{Technology: curve.Name, Known: known, Year: int(year), Exponent: -r.coefficients[1], ExponentError: r.errors[1], Actual: curve.Cost[i], Predicted: math.Exp(p),
			Low: math.Exp(p - half), High: math.Exp(p + half), LogError: p - math.Log(curve.Cost[i])}
		f.Inside = f.Low <= f.Actual && f.Actual <= f.High
		list = append(list, f)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s: no year after %d to compare with", curve.Name, known)
	}
	return list, nil
}

// Score is what a back-test comes to.
type Score struct {
	Years, Inside int
	Error         float64 // mean absolute error in logarithms
}

// ScoreOf adds the years of a back-test up.
func ScoreOf(list []Forecasted) (s Score) {
	for i := range list {
		s.Years++
		s.Error += math.Abs(list[i].LogError)
		if list[i].Inside {
			s.Inside++
		}
	}
	s.Error /= float64(s.Years)
	return s
}
