package loop

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"chokepoint/fault"
	"chokepoint/result"
	"chokepoint/study"
)

// InputsQuestion is the question loop inputs.
var InputsQuestion = &study.Question{
	Name: "loop inputs", Short: "List the inputs of the loop: value, range, unit, source, published or assumed",
	Schemas: []study.Schema{InputSchema},
	Long: `List every input of the loop for some technologies in an economy: its value, range, unit and source, and whether it is
published, derived from published numbers, computed from the dataset, or assumed.`,
	Examples:       []string{`chokepoint loop inputs`, `chokepoint loop inputs --technology pv --format csv`},
	Parameters:     simulationParameters(),
	Local:          parametersFile,
	NeedsNoDataset: true,
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		x, err := open(ctx, s, r.Own)
		if err != nil {
			return nil, err
		}
		var rows []InputRow
		for _, t := range x.technology {
			for i := range t.Inputs {
				rows = append(rows, InputRow{t.ID, &t.Inputs[i]})
			}
		}
		return x.provenance(InputSchema.Table(fmt.Sprintf("Inputs of the loop in %s", x.economy), rows)), nil
	},
}

// InputRow is an input of a technology.
type InputRow struct {
	Technology string
	*Setting
}

// InputSchema is the table of loop inputs.
var InputSchema = result.NewSchema("loop-inputs",
	result.TextField("technology", "Technology.", func(r *InputRow) string { return r.Technology }),
	result.TextField("input", "Name of the input in files and in --set.", func(r *InputRow) string { return r.Input.String() }),
	result.TextField("symbol", "Symbol in the equations.", func(r *InputRow) string { return inputTable[r.Input].Symbol }),
	result.FloatField("value", "of the input", "Fixed value, mode or mean; for a uniform distribution, the value that the tornado diagram uses while another input varies.", func(r *InputRow) float64 { return r.Value }),
	result.TextField("distribution", "fixed, uniform, triangular or normal.", func(r *InputRow) string { return r.Kind }),
	result.FloatField("low", "of the input", "Lowest value.", func(r *InputRow) float64 { return r.Low }),
	result.FloatField("high", "of the input", "Highest value.", func(r *InputRow) float64 { return r.High }),
	result.FloatField("sd", "of the input", "Standard deviation of a normal distribution before truncation.", func(r *InputRow) float64 {
		if r.Kind != normal {
			return math.NaN()
		}
		return r.SD
	}),
	result.TextField("unit", "Unit of value, low, high and sd.", func(r *InputRow) string { return r.Unit }),
	result.TextField("status", "published, derived, dataset or assumed.", func(r *InputRow) string { return r.Status }),
	result.TextField("meaning", "What it is.", func(r *InputRow) string { return inputTable[r.Input].Meaning }).AsDetail(),
	result.TextField("source", "Source of the value, or the reason for it.", func(r *InputRow) string { return r.Source }).AsDetail(),
	result.TextField("from", "Where the value was set: file and line, --set, or the dataset.", func(r *InputRow) string { return r.From }).AsDetail(),
).InOrder("inputs in the order of the equations")

// SensitivityQuestion is the question loop sensitivity.
var SensitivityQuestion = &study.Question{
	Name: "loop sensitivity", Short: "Show which inputs of the loop determine its outcomes, and how much depends on assumptions",
	Schemas: []study.Schema{InfluenceSchema},
	Long: `Decompose the variance of three outcomes of the run with policy: time to half adoption, discounted net gain, and its sign. first is
the share of the variance due to an input alone, total includes its interactions with others (Sobol 1993; estimators of
Saltelli et al. 2010), with 95 % bootstrap intervals. at_low and at_high are the outcome with that input at its 5 % and 95 %
quantile and all others at their value (tornado). The row "all that is not published" is the share that depends on assumptions;
decides marks the unpublished input that matters most for the sign of the net gain.`,
	Examples:       []string{`chokepoint loop sensitivity --technology pv`, `chokepoint loop sensitivity --rows 2048 --format csv`},
	Parameters:     append(simulationParameters(), tablesParameter, study.Parameter{Name: "rows", Standard: "1024", Example: "2048", Usage: fmt.Sprintf("rows of the design, 64 to %d; each is a simulation for every uncertain input and three more", maxRows)}),
	Local:          parametersFile,
	NeedsNoDataset: true,
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		x, err := open(ctx, s, r.Own)
		if err != nil {
			return nil, err
		}
		rows, err := whole(r.Own, "rows", 64, maxRows)
		if err != nil {
			return nil, err
		}
		return sensitivity(ctx, x, rows)
	},
}

func sensitivity(ctx context.Context, x *setup, rows int) (*result.Table, error) {
	var list []Influence
	for _, t := range x.technology {
		e, err := x.experiment(ctx, t)
		if err != nil {
			return nil, err
		}
		found, err := e.Sensitivity(ctx, rows)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	t := x.provenance(InfluenceSchema.Table(fmt.Sprintf("What decides the loop of %s in %s", strings.Join((&Answer{setup: x}).names(), ", "), x.economy), list))
	t.Note("%d rows, seed %d; a first index may lie a little below 0 by chance; a path that does not reach half counts as one year after the last", rows, x.seed)
	for _, tech := range x.technology {
		t.Note("%s", decisiveSentence(tech.ID, list))
	}
	return t, nil
}

// decisiveSentence says what decides the sign of a technology's net gain, and how much of the variance rests on assumptions.
func decisiveSentence(technology string, list []Influence) string {
	text, share := technology+": the net gain has the same sign in all draws", ""
	for _, n := range list {
		if n.Technology != technology {
			continue
		}
		if n.Decides {
			text = fmt.Sprintf("%s: %s (%s) decides the sign of the net gain most: it is above 0 in %s of draws with it in its lowest fifth, and in %s with it in its highest",
				technology, n.Input, n.Status, result.Percent(n.AboveLow), result.Percent(n.AboveHigh))
		}
		if n.Input == AllAssumed && n.Outcome == OutcomeNet && !math.IsNaN(n.First) {
			share = fmt.Sprintf("; inputs that are not published make up %s of the variance of the net gain (95 %%: %s to %s)", result.Percent(min(1, max(0, n.First))),
				result.Percent(min(1, max(0, n.FirstLow))), result.Percent(min(1, max(0, n.FirstHigh))))
		}
	}
	return text + share
}

// InfluenceSchema is the table of loop sensitivity.
var InfluenceSchema = result.NewSchema("loop-sensitivity",
	result.TextField("technology", "Technology.", func(r *Influence) string { return r.Technology }),
	result.TextField("outcome", "time to half, discounted net gain, or sign of the net gain (1 if it is above 0).", func(r *Influence) string { return r.Outcome }),
	result.TextField("input", "The input. shocks of cost: chance from year to year. all that is not published: a group of inputs.", func(r *Influence) string { return r.Input }),
	result.TextField("status", "published, derived or assumed; for the group, assumed or derived.", func(r *Influence) string { return r.Status }),
	result.FloatField("first", result.Share, "Share of the variance due to the input alone. Empty if the outcome does not vary.", func(r *Influence) float64 { return r.First }),
	result.FloatField("first_low", result.Share, "Lower end of its 95 % interval.", func(r *Influence) float64 { return r.FirstLow }).AsDetail(),
	result.FloatField("first_high", result.Share, "Upper end of its 95 % interval.", func(r *Influence) float64 { return r.FirstHigh }).AsDetail(),
	result.FloatField("total", result.Share, "Share of the variance due to the input, including its interactions with others.", func(r *Influence) float64 { return r.Total }),
	result.FloatField("total_low", result.Share, "Lower end of its 95 % interval.", func(r *Influence) float64 { return r.TotalLow }),
	result.FloatField("total_high", result.Share, "Upper end of its 95 % interval.", func(r *Influence) float64 { return r.TotalHigh }),
	result.FloatField("at_low", "of the outcome", "Outcome with the input at its 5 % quantile, all others at their value, and no shocks.", func(r *Influence) float64 { return r.AtLow }),
	result.FloatField("at_high", "of the outcome", "The same with the input at its 95 % quantile.", func(r *Influence) float64 { return r.AtHigh }),
	result.FloatField("above_zero_low", result.Share, "Share with a net gain above 0 among the draws with the input in its lowest fifth.", func(r *Influence) float64 { return r.AboveLow }),
	result.FloatField("above_zero_high", result.Share, "The same for its highest fifth.", func(r *Influence) float64 { return r.AboveHigh }),
	result.TextField("decides", "yes for the unpublished input with the largest total index for the sign.", func(r *Influence) string {
		if r.Decides {
			return "yes"
		}
		return ""
	}),
).ByValue("technology", "outcome", "-total")

// LearningQuestion is the question loop learning.
var LearningQuestion = &study.Question{
	Name: "loop learning", Short: "Fit experience curves to a series of costs, with standard errors and a test of a break",
	Schemas: []study.Schema{CurveSchema},
	Long: `Fit ln(cost) on ln(cumulative output), and on ln(factor) if a column is named, by ordinary least squares: with standard errors, a
95 % interval, and the learning rate, by which cost falls with each doubling. The break is the largest F of a test of equal
coefficients before and after (Quandt 1960), 15 % left out at either end; its p is exact under normal errors (Monte Carlo, 999
series). The exponents of the built-in parameters are shown for comparison. Rows without a cost and an output above 0 are
left out and counted.`,
	Examples: []string{
		`chokepoint loop learning hist_us.csv --cost costPerKw --cumulative cumCapKw_world --factor price_si --year year`,
		`chokepoint loop learning ExpCurves.csv --cost 'Unit cost' --cumulative 'Cumulative production' --by Tech --year Year`,
	},
	Parameters: append([]study.Parameter{{Name: "file", Argument: 1, Required: true, Text: true, Example: "series.csv", Usage: "a CSV file with a header line"}}, columnParameters...),
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		name, curves, err := curvesOf(s, "file", r.Own["file"], r.Own)
		if err != nil {
			return nil, err
		}
		return learning(ctx, s, name, curves)
	},
	NeedsNoDataset: true,
}

// columnParameters name the columns of a series.
var columnParameters = []study.Parameter{
	{Name: "cost", Standard: "cost", Example: "costPerKw", Usage: "column with the unit cost"},
	{Name: "cumulative", Standard: "cumulative", Example: "cumCapKw_world", Usage: "column with the cumulative output"},
	{Name: "factor", Example: "price_si", Usage: "column with the price of an input, the second factor (default: none)"},
	{Name: "year", Example: "year", Usage: "column with the year (default: none)"},
	{Name: "by", Example: "Tech", Usage: "column whose values tell several series apart (default: one series)"},
}

// seriesColumns are those parameters for a series that a question may do without: what is not given is read as columnParameters has it.
func seriesColumns() []study.Parameter {
	list := slices.Clone(columnParameters)
	for i := range list {
		if p := &list[i]; p.Standard != "" {
			p.Usage += " (default: " + p.Standard + ")"
			p.Standard = ""
		}
	}
	return list
}

// curvesOf reads the series that a parameter names, or whose text it is where no file may be opened, and says the name of the file.
func curvesOf(s *study.Source, parameter, value string, own map[string]string) (name string, curves []*Curve, err error) {
	name, text, err := s.TextOf(parameter, value)
	if err != nil {
		return "", nil, err
	}
	s.Use("series", filepath.Base(name), text)
	column := func(parameter string) string { return strings.ToLower(strings.TrimSpace(own[parameter])) }
	curves, err = ReadCurves(name, text, CurveColumns{Cost: column("cost"), Cumulative: column("cumulative"), Factor: column("factor"), Year: column("year"), By: column("by")})
	if err != nil {
		return "", nil, fault.Question(err)
	}
	for _, c := range curves {
		if c.Name == "" {
			c.Name = strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
		}
	}
	return name, curves, nil
}

func learning(ctx context.Context, s *study.Source, file string, curves []*Curve) (*result.Table, error) {
	var rows []CurveFit
	skipped := 0
	for _, c := range curves {
		fit, err := c.Fit(ctx)
		if err != nil {
			return nil, err
		}
		rows = append(rows, *fit)
		skipped += c.Skipped
	}
	t := CurveSchema.Table("Experience curves of "+filepath.Base(file), rows)
	t.Provenance = result.Provenance{Program: s.Program, Command: s.Command}
	if skipped > 0 {
		t.Note("%d rows are left out: they have no cost and output above 0, of which there is no logarithm", skipped)
	}
	var shipped []string
	set := Builtin()
	for _, id := range set.Technologies() {
		if x, ok := set.setting(Exponent, id, ""); ok {
			shipped = append(shipped, fmt.Sprintf("%s %g (%s)", id, -x.Value, x.Source))
		}
	}
	t.Note("exponents of the parameters that come with the program, in the sign of the column: %s", strings.Join(shipped, "; "))
	t.Note("an exponent says how cost and output moved together, not that output caused the cost to fall")
	return t, nil
}

// CurveSchema is the table of loop learning.
var CurveSchema = result.NewSchema("loop-learning",
	result.TextField("series", "Value of --by, or the name of the file.", func(r *CurveFit) string { return r.Name }),
	result.IntField("observations", "count", "Number of rows in the fit.", func(r *CurveFit) int { return r.Observations }),
	result.FloatField("exponent", "1", "Coefficient of ln cumulative output; below 0 if cost falls.", func(r *CurveFit) float64 { return r.Exponent }),
	result.FloatField("std_error", "1", "Its standard error.", func(r *CurveFit) float64 { return r.ExponentError }),
	result.FloatField("ci_low", "1", "Lower end of its 95 % interval.", func(r *CurveFit) float64 { return r.Low }),
	result.FloatField("ci_high", "1", "Upper end of its 95 % interval.", func(r *CurveFit) float64 { return r.High }),
	result.FloatField("learning_rate", result.Share, "1 − 2^exponent: the fall in cost with each doubling.", func(r *CurveFit) float64 { return r.Learning }),
	result.FloatField("factor", "1", "Coefficient of ln factor. Empty without a second factor.", func(r *CurveFit) float64 { return r.Factor }),
	result.FloatField("factor_std_error", "1", "Its standard error.", func(r *CurveFit) float64 { return r.FactorError }),
	result.FloatField("r2", result.Share, "Share of the variance of ln cost that the curve explains.", func(r *CurveFit) float64 { return r.R2 }),
	result.FloatField("residual_sd", "1", "Standard deviation of the residuals, in logarithms.", func(r *CurveFit) float64 { return r.Deviation }),
	result.FloatField("break_year", result.Year, "First year after the largest break. Empty if there are no years, or too few rows for the test.", func(r *CurveFit) float64 { return r.Break.Year }),
	result.IntField("break_row", "count", "First row of the series after the largest break, counted from 1. Empty under the same conditions.", func(r *CurveFit) int {
		if r.Break.At == 0 {
			return result.MissingInt
		}
		return r.Break.At + 1
	}).AsDetail(),
	result.FloatField("break_f", "1", "F statistic of the largest break.", func(r *CurveFit) float64 { return r.Break.F }),
	result.FloatField("break_p", "p", "Share of series without a break that have an F at least as large.", func(r *CurveFit) float64 { return r.Break.P }),
	result.FloatField("exponent_before", "1", "Exponent before the break.", func(r *CurveFit) float64 { return r.Break.Before }),
	result.FloatField("exponent_after", "1", "Exponent after the break.", func(r *CurveFit) float64 { return r.Break.After }),
	result.TextField("failure", "Why there is no fit. Empty if there is one.", func(r *CurveFit) string { return r.Failure }),
).InOrder("series as the file has them")

// BackTestQuestion is the question loop backtest.
var BackTestQuestion = &study.Question{
	Name: "loop backtest", Short: "Predict the cost of past years from what was known before, and compare",
	Schemas: []study.Schema{BackTestSchema},
	Long: `Fit the experience curve to the years up to --known and predict later years from the actual cumulative output. This tests the
curve, not the simulation of demand. Intervals are meant to contain 90 % of new observations. With --series, files are read and
every year is shown. Without it, the answer has the recorded results for published series of photovoltaics and wind power; the
program does not include the series.`,
	Examples: []string{
		`chokepoint loop backtest`,
		`chokepoint loop backtest --series solar.csv --cost cost --cumulative cumulative --year year --known 2005,2010`,
	},
	Parameters: append([]study.Parameter{{Name: "known", Standard: "2005,2010", Example: "2010", Usage: "last year that is known, comma-separated"},
		{Name: "series", Text: true, Example: "solar.csv", Usage: "a CSV file with a header line and a column of years (default: what is recorded)"}}, seriesColumns()...),
	Ask: func(_ context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		var known []int
		for text := range strings.SplitSeq(r.Own["known"], ",") {
			y, err := whole(map[string]string{"known": text}, "known", 1800, 2200)
			if err != nil {
				return nil, err
			}
			known = append(known, y)
		}
		if r.Own["series"] == "" {
			for _, p := range columnParameters {
				if value := r.Own[p.Name]; value != "" {
					return nil, wrong(p.Name, value, "names a column of a series: give series too, the file that has it")
				}
			}
			return recorded(s, known), nil
		}
		return backTest(s, r.Own, known)
	},
	NeedsNoDataset: true,
}

// backTest tests the series of a file.
func backTest(s *study.Source, own map[string]string, known []int) (*result.Table, error) {
	if own["year"] == "" {
		own["year"] = "year"
	}
	for _, p := range columnParameters {
		if own[p.Name] == "" {
			own[p.Name] = p.Standard
		}
	}
	if own["factor"] != "" {
		return nil, wrong("factor", own["factor"], "a back-test has one factor: what the price of the other would be was not known")
	}
	name, curves, err := curvesOf(s, "series", own["series"], own)
	if err != nil {
		return nil, err
	}
	var rows []BackTestRow
	var notes []string
	for _, c := range curves {
		for _, k := range known {
			list, err := c.BackTest(k)
			if err != nil {
				return nil, fault.Question(err)
			}
			for i := range list {
				rows = append(rows, BackTestRow{Forecasted: list[i], Years: 1, InsideYears: int(indicator(list[i].Inside)), Error: math.Abs(list[i].LogError), Basis: filepath.Base(name)})
			}
			score := ScoreOf(list)
			notes = append(notes, fmt.Sprintf("%s, known to %d: mean error %.3f in logarithms; %d of %d years in the interval of 90 %% (%s)", c.Name, k, score.Error, score.Inside, score.Years,
				result.Percent(float64(score.Inside)/float64(score.Years))))
		}
	}
	t := backTestTable(s, rows)
	for _, n := range notes {
		t.Note("%s", n)
	}
	return t, nil
}

// recorded gives what the parameters have of back-tests.
func recorded(s *study.Source, known []int) *result.Table {
	s.Use("parameters", builtin().ID, builtin().text)
	var rows []BackTestRow
	for _, b := range builtin().BackTests {
		if !slices.Contains(known, b.Known) {
			continue
		}
		none := math.NaN()
		rows = append(rows, BackTestRow{Forecasted: Forecasted{Technology: b.Technology, Known: b.Known, Year: b.Last, Exponent: b.Exponent, ExponentError: none, Actual: b.Actual, Predicted: b.Predicted,
			Low: none, High: none}, Years: b.Years, InsideYears: b.Inside, Error: b.Error, Basis: "recorded: " + b.Source})
	}
	t := backTestTable(s, rows)
	for _, id := range Builtin().Technologies() {
		if !slices.ContainsFunc(builtin().BackTests, func(b RecordedBackTest) bool { return b.Technology == id }) {
			t.Note("back-test of %s: none, because no series is available", id)
		}
	}
	t.Note("the rows are recorded, of the last year of series that do not come with the program; --series FILE computes every year of a file")
	return t
}

func backTestTable(s *study.Source, rows []BackTestRow) *result.Table {
	t := BackTestSchema.Table("Back-test of experience curves, cost only", rows)
	t.Provenance = result.Provenance{Program: s.Program, Command: s.Command}
	t.Note("cost is predicted from the actual cumulative output, which nobody knew in advance: demand is not tested")
	return t
}

// BackTestRow is a year of a back-test, or what one came to.
type BackTestRow struct {
	Forecasted
	Years, InsideYears int
	Error              float64
	Basis              string
}

// BackTestSchema is the table of loop backtest.
var BackTestSchema = result.NewSchema("loop-backtest",
	result.TextField("technology", "Technology or series.", func(r *BackTestRow) string { return r.Technology }),
	result.IntField("known", result.Year, "Last year whose cost the curve is fitted to.", func(r *BackTestRow) int { return r.Known }),
	result.IntField("year", result.Year, "The predicted year.", func(r *BackTestRow) int { return r.Year }),
	result.FloatField("exponent", "1", "Experience exponent b of the curve; above 0 if cost falls.", func(r *BackTestRow) float64 { return r.Exponent }),
	result.FloatField("std_error", "1", "Its standard error. Empty if it is not recorded.", func(r *BackTestRow) float64 { return r.ExponentError }),
	result.FloatField("actual", "of the series", "Actual cost in the year.", func(r *BackTestRow) float64 { return r.Actual }),
	result.FloatField("predicted", "of the series", "Cost predicted by the curve.", func(r *BackTestRow) float64 { return r.Predicted }),
	result.FloatField("low", "of the series", "5 % of new observations lie below this. Empty if it is not recorded.", func(r *BackTestRow) float64 { return r.Low }),
	result.FloatField("high", "of the series", "95 % of new observations lie below this. Empty if it is not recorded.", func(r *BackTestRow) float64 { return r.High }),
	result.FloatField("error", "ln", "Mean absolute error of the logarithm of cost over the row's years.", func(r *BackTestRow) float64 { return r.Error }),
	result.IntField("years", "count", "Number of years in the row: 1, or for a recorded back-test all years after the known ones.", func(r *BackTestRow) int { return r.Years }),
	result.IntField("inside", "count", "Number of these years with the cost inside the interval.", func(r *BackTestRow) int { return r.InsideYears }),
	result.TextField("basis", "The file, or the source of a recorded back-test.", func(r *BackTestRow) string { return r.Basis }).AsDetail(),
).InOrder("a series of years")
