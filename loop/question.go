package loop

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/fault"
	"chokepoint/result"
	"chokepoint/spelling"
	"chokepoint/study"
	"chokepoint/trade"
)

// Illustration says with every answer what it is.
const Illustration = "an illustration of claim A8 under stated inputs, neither a forecast nor a verdict on the claim; no published model combines these equations"

// Bounds of what may be asked for.
const (
	maxDraws   = 20000
	maxHorizon = 60 // years
	maxRows    = 8192
)

// simulationParameters are those that the questions of the loop share.
func simulationParameters() []study.Parameter {
	var names []string
	for _, t := range terms {
		names = append(names, t.Name)
	}
	return []study.Parameter{
		{Name: "technology", Names: func() []string { return Builtin().Technologies() }, Standard: "pv,wind,batteries", Example: "pv", Usage: "technologies of the file of parameters, comma-separated"},
		{Name: "economy", Standard: "CHN", Example: "CHN", Usage: "the economy that deploys and supports"},
		{Name: "years", Own: true, Standard: "2015:2035", Example: "2015:2030", Usage: "first and last year of the simulation; the first is that of the parameters"},
		{Name: "policy", Names: func() []string { return []string{DefaultPolicy} }, Standard: DefaultPolicy, Example: DefaultPolicy, File: ".toml", Usage: "the support, as shares of the unit cost by year: illustration, which comes with the program"},
		{Name: "draws", Standard: "2000", Example: "500", Usage: fmt.Sprintf("draws of the uncertain inputs, 10 to %d", maxDraws)},
		{Name: "seed", Standard: "1", Example: "7", Usage: "the same seed gives the same numbers"},
		{Name: "without", Names: func() []string { return names }, Example: "spill-over,excess", Usage: "terms to switch off: " + strings.Join(names, ", ") + " (default: none)"},
		{Name: "set", Names: settable, Example: "drag=0.3,pv.exponent=0.25", Usage: "inputs in place of those of the files, without a range: INPUT=NUMBER or TECHNOLOGY.INPUT=NUMBER, comma-separated; also subsidy=SHARE and sunset=YEAR of the policy"},
	}
}

// settable are the beginnings of what a number can be set of.
func settable() (list []string) {
	for _, name := range append(inputNames(), "subsidy", "sunset") {
		list = append(list, name+"=")
	}
	return list
}

// parametersFile is the user's file of parameters, which no stranger may name.
var parametersFile = []study.Parameter{{Name: "parameters", File: ".toml", Example: "mine.toml", Usage: "a file of inputs that replace the program's"}}

// LoopQuestion is the question loop.
var LoopQuestion = &study.Question{
	Name: "loop", Short: "Simulate the loop of deployment, demand and learning, with its cost (an illustration, not a forecast)",
	Schemas: []study.Schema{Schema},
	Long: `Simulate, year by year, how deployment of a technology at home and abroad lowers its cost, how the cost and a subsidy
raise deployment, what users gain, what the state pays, and what misallocation costs. It illustrates claim A8 of the article. It is
neither a forecast nor a verdict. A file has the inputs with range, unit and source, and says whether they are published or assumed
("chokepoint loop inputs" prints them). There are three runs: with the policy, without it, and sunset, with the policy until its
sunset year. Rows without a year are about the whole run. low and high are the 5 % and 95 % quantiles of the draws.

Equations:
` + EquationText() + `
docs/loop.md explains them.`,
	Examples: []string{
		`chokepoint loop`,
		`chokepoint loop --technology pv,wind,batteries --economy CHN --years 2015:2035 --draws 2000 --seed 1 --format csv`,
		`chokepoint loop --technology pv --without learning`,
		`chokepoint loop --technology batteries --set drag=0.5,gain=0.01 --policy mine.toml --parameters mine-inputs.toml`,
	},
	Parameters: append(simulationParameters(), tablesParameter), Local: parametersFile, NeedsNoDataset: true,
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		a, err := simulate(ctx, s, r.Own)
		if err != nil {
			return nil, err
		}
		return a.table(), nil
	},
	Print: func(ctx context.Context, s *study.Source, r study.Request) (study.Text, error) {
		a, err := simulate(ctx, s, r.Own)
		if err != nil {
			return nil, err
		}
		return a.text, nil
	},
}

// setup is what the parameters of a question come to.
type setup struct {
	*study.Source
	set         *Set
	policy      *Policy
	economy     string
	first, last int
	draws       int
	seed        uint64
	off         []Term
	technology  []*Technology
	traded      map[string]Traded // by technology; none without a dataset
	tables      string            // name of a set of input-output tables; "" is the only one
	spread      map[string]spread // by technology
	given       []assignment
	notes       []result.Note
}

// assignment is an input that the question sets.
type assignment struct {
	technology string // "" is every one
	input      Input
	value      float64
}

// wrong is a mistake in a parameter.
func wrong(name, value, format string, args ...any) error {
	return &study.ParameterError{Parameter: name, Value: value, Err: fmt.Errorf(format, args...)}
}

// whole reads a whole number.
func whole(own map[string]string, name string, low, high int) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(own[name]))
	if err != nil || n < low || n > high {
		return 0, wrong(name, own[name], "%q: expected a whole number from %d to %d", own[name], low, high)
	}
	return n, nil
}

// open reads the parameters of a question.
func open(ctx context.Context, s *study.Source, own map[string]string) (*setup, error) {
	x := &setup{Source: s, set: Builtin(), economy: strings.ToUpper(strings.TrimSpace(own["economy"])), traded: map[string]Traded{}, spread: map[string]spread{}, tables: strings.TrimSpace(own["tables"])}
	if err := x.openFiles(own); err != nil {
		return nil, err
	}
	if err := x.readYears(own["years"]); err != nil {
		return nil, err
	}
	var err error
	if x.draws, err = whole(own, "draws", 10, maxDraws); err != nil {
		return nil, err
	}
	if x.seed, err = strconv.ParseUint(strings.TrimSpace(own["seed"]), 10, 63); err != nil {
		return nil, wrong("seed", own["seed"], "%q: expected a whole number from 0 on", own["seed"])
	}
	if x.off, err = readTerms(own["without"]); err != nil {
		return nil, err
	}
	if err := x.readSet(own["set"]); err != nil {
		return nil, err
	}
	for id := range strings.SplitSeq(own["technology"], ",") {
		id = strings.TrimSpace(id)
		if slices.ContainsFunc(x.technology, func(t *Technology) bool { return t.ID == id }) {
			return nil, wrong("technology", own["technology"], "%s is named twice", id)
		}
		t, err := x.set.Technology(id, x.economy)
		if err != nil {
			return nil, wrong("technology", own["technology"], "%w", err)
		}
		x.technology = append(x.technology, t)
	}
	if err := x.lookUpTrade(ctx); err != nil {
		return nil, err
	}
	return x, x.assign()
}

// openFiles opens the files of parameters and of the policy.
func (x *setup) openFiles(own map[string]string) error {
	if name := own["parameters"]; name != "" {
		text, err := x.file("parameters", name)
		if err != nil {
			return err
		}
		if x.set, err = x.set.With(name, text); err != nil {
			return fault.Question(err)
		}
	}
	x.set.Texts(func(id string, text []byte) { x.Use("parameters", id, text) })
	x.policy = BuiltinPolicy()
	if name := strings.TrimSpace(own["policy"]); name != DefaultPolicy {
		if !strings.HasSuffix(strings.ToLower(name), ".toml") {
			return wrong("policy", name, "there is no policy %q; expected %s, or a file ending in .toml%s", name, DefaultPolicy, spelling.Hint(name, []string{DefaultPolicy}))
		}
		text, err := x.file("policy", name)
		if err != nil {
			return err
		}
		if x.policy, err = ParsePolicy(name, text); err != nil {
			return fault.Question(err)
		}
	}
	x.Use("policy", x.policy.ID, x.policy.Text)
	if unknown := x.policy.Unknown(x.set.Technologies()); len(unknown) > 0 {
		return wrong("policy", own["policy"], "policy %s supports %s, of which there are no parameters; expected %s", x.policy.ID, strings.Join(unknown, ", "), strings.Join(x.set.Technologies(), ", "))
	}
	return nil
}

func (x *setup) file(parameter, name string) ([]byte, error) {
	if x.Files == nil {
		return nil, wrong(parameter, name, "files are not read here; inputs can be given as set")
	}
	return x.Files(name)
}

func (x *setup) readYears(text string) error {
	ranges, err := trade.ParseYears(text)
	if err != nil {
		return wrong("years", text, "%w", err)
	}
	first := x.set.Year()
	if len(ranges) != 1 || ranges[0].First != first || ranges[0].Last <= first || ranges[0].Last-first >= maxHorizon {
		return wrong("years", text, "%q: expected %d:LAST, with at most %d years: the stocks of the parameters are for %d; your own file (--parameters) may begin in another year", text, first, maxHorizon, first)
	}
	x.first, x.last = first, ranges[0].Last
	return nil
}

// readTerms reads the terms to switch off.
func readTerms(text string) (list []Term, err error) {
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		i := slices.IndexFunc(terms, func(t Term) bool { return t.Name == name })
		if i < 0 {
			var names []string
			for _, t := range terms {
				names = append(names, t.Name)
			}
			return nil, wrong("without", text, "there is no term %q; expected some of %s%s", name, strings.Join(names, ", "), spelling.Hint(name, names))
		}
		list = append(list, terms[i])
	}
	return list, nil
}

// readSet reads the inputs that the question gives.
func (x *setup) readSet(text string) error {
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, number, ok := strings.Cut(part, "=")
		value, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if !ok || err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
			return wrong("set", text, "%q: expected INPUT=NUMBER or TECHNOLOGY.INPUT=NUMBER", part)
		}
		if err := x.setOne(strings.TrimSpace(name), value); err != nil {
			return wrong("set", text, "%w", err)
		}
	}
	return nil
}

func (x *setup) setOne(name string, value float64) error {
	switch name {
	case "subsidy":
		if !(value >= 0 && value < 1) {
			return fmt.Errorf("subsidy=%g: expected a share of the unit cost, 0 ≤ subsidy < 1", value)
		}
		own := *x.policy
		own.Subsidy = []Support{{Share: value}}
		x.policy = &own
		return nil
	case "sunset":
		own := *x.policy
		if own.Sunset = int(value); value != math.Trunc(value) || value < 1900 || value > 2200 {
			return fmt.Errorf("sunset=%g: expected a year", value)
		}
		x.policy = &own
		return nil
	}
	technology, input, ok := strings.Cut(name, ".")
	if !ok {
		technology, input = "", name
	} else if !slices.Contains(x.set.Technologies(), technology) {
		return fmt.Errorf("%s: there is no technology %q; expected %s%s", name, technology, strings.Join(x.set.Technologies(), ", "), spelling.Hint(technology, x.set.Technologies()))
	}
	i, ok := inputOf(input)
	if !ok {
		return fmt.Errorf("%s: there is no input %q; expected subsidy, sunset or one of %s%s", name, input, strings.Join(inputNames(), ", "), spelling.Hint(input, append(inputNames(), "subsidy", "sunset")))
	}
	d := &inputTable[i]
	if value < d.low || value > d.high {
		return fmt.Errorf("%s=%g: expected a number from %g to %g (%s)", name, value, d.low, d.high, d.Meaning)
	}
	x.given = append(x.given, assignment{technology, i, value})
	return nil
}

// assign puts the inputs that the question gives in the place of those of the files.
func (x *setup) assign() error {
	for _, t := range x.technology {
		for _, a := range x.given {
			if a.technology == "" || a.technology == t.ID {
				s := &t.Inputs[a.input]
				s.Distribution = Distribution{Kind: fixed, Value: a.value, Low: a.value, High: a.value}
				s.Status, s.Source, s.From = "assumed", "given with the question", "--set"
			}
		}
		if a, b := t.Inputs[Innovation].most(), t.Inputs[Imitation].most(); a+b > 1 {
			return wrong("set", "", "%s: innovation (up to %g) and imitation (up to %g) come to more than 1; expected at most 1 together", t.ID, a, b)
		}
	}
	return nil
}

// lookUpTrade takes the home share of exports from the dataset, where there is one.
func (x *setup) lookUpTrade(ctx context.Context) error {
	if x.Dataset == nil {
		chosen := "no trade dataset is chosen (--dataset NAME)"
		if u := x.Unchosen; u != nil && u.Count > 0 {
			chosen = strings.Join(append(slices.Clone(u.Notes), fmt.Sprintf("no trade dataset is chosen, and there are %d: %s (--dataset NAME takes one)", u.Count, u.Names)), "; ")
		}
		x.notes = append(x.notes, result.Note{Kind: result.Origin, Text: chosen + ": the home share of exports is the one assumed in the file, and there is nothing about the imports of inputs"})
		return nil
	}
	for _, t := range x.technology {
		traded, err := tradeOf(ctx, x.Source, t, x.economy, x.first)
		if err != nil {
			return err
		}
		x.traded[t.ID] = traded
		x.notes = result.AddNotes(x.notes, traded.Lacks...)
		s := &t.Inputs[HomeShare]
		if math.IsNaN(traded.HomeShare) {
			x.notes = append(x.notes, result.Note{Kind: result.Origin, Subject: t.ID, Text: fmt.Sprintf("%s: the dataset has no exports of its goods, so that the home share is that of the file (%s)", t.ID, s.Status)})
			continue
		}
		v := traded.HomeShare
		s.Distribution = Distribution{Kind: fixed, Value: v, Low: v, High: v}
		s.Status, s.Source, s.From = "dataset", fmt.Sprintf("%s's share of the world's exports of %s in %d", x.economy, strings.Join(traded.Goods, ", "), traded.Year), x.Dataset.Manifest().Name
		x.notes = append(x.notes, result.Note{Kind: result.Origin, Subject: t.ID, Products: traded.Goods,
			Text: fmt.Sprintf("%s: home share %s is %s", t.ID, result.Percent(v), s.Source)})
		if traded.Year != x.first {
			x.notes = append(x.notes, result.Note{Kind: result.Reading, Subject: t.ID, Text: fmt.Sprintf("the home share is of %d, the dataset's year nearest to %d, and holds for all years", traded.Year, x.first)})
		}
		if !math.IsNaN(traded.ImportShare) {
			x.notes = append(x.notes, result.Note{Kind: result.Origin, Subject: t.ID, Products: traded.Inputs,
				Text: fmt.Sprintf("%s: of its trade in inputs (%s) in %d, %s are imports, of which %s come from %s; it does not enter the model", t.ID, strings.Join(traded.Inputs, ", "), traded.Year,
					result.Percent(traded.ImportShare), result.Percent(traded.LargestShare), cmp.Or(traded.Largest, "nobody"))})
		}
	}
	return nil
}

// experiment is that of a technology.
func (x *setup) experiment(ctx context.Context, t *Technology) (*Experiment, error) {
	spread, err := x.spreadOf(ctx, t)
	if err != nil {
		return nil, err
	}
	x.spread[t.ID] = spread
	return &Experiment{Technology: t, Policy: x.policy, First: x.first, Years: x.last - x.first + 1, Draws: x.draws, Seed: x.seed, Off: x.off, Spread: spread.Weight}, nil
}

// provenance is what an answer says of itself.
func (x *setup) provenance(t *result.Table) *result.Table {
	t.Provenance = result.Provenance{Program: x.Program, Command: x.Command}
	if x.Dataset != nil {
		t.Provenance = x.Provenance()
		t.Synthetic = x.Dataset.Manifest().Synthetic
	}
	for _, s := range x.spread {
		t.Synthetic = t.Synthetic || s.synthetic
	}
	t.Note("%s", Illustration)
	t.Note("policy %s (%s): %s; %s; sunset in %d", x.policy.ID, x.policy.Status, x.policy.Name, x.policy.Source, x.policy.Sunset)
	if len(x.off) > 0 {
		var names []string
		for _, term := range x.off {
			names = append(names, term.Name)
		}
		t.Note("switched off: %s", strings.Join(names, ", "))
	}
	t.Add(x.notes...)
	for _, text := range x.backTests() {
		t.Note("%s", text)
	}
	return t
}

// backTests says how well the curves would have done.
func (x *setup) backTests() (list []string) {
	for _, t := range x.technology {
		found := false
		for _, b := range builtin().BackTests {
			if b.Technology == t.ID {
				found = true
				list = append(list, fmt.Sprintf(backTestOf+"%s, cost only: by the curve of the years to %d, with the cumulative output that came about, %d would have cost %.1f %s, and cost %.1f; mean error %.2f in logarithms, %d of %d years in the interval of 90 %%",
					t.ID, b.Known, b.Last, b.Predicted, b.Unit, b.Actual, b.Error, b.Inside, b.Years))
			}
		}
		if !found {
			list = append(list, fmt.Sprintf(backTestOf+"%s: none, because no series is available", t.ID))
		}
	}
	return list
}

// Answer is what the experiments of a question come to.
type Answer struct {
	*setup
	Outcomes []*Outcome
}

// simulate answers the question.
func simulate(ctx context.Context, s *study.Source, own map[string]string) (*Answer, error) {
	x, err := open(ctx, s, own)
	if err != nil {
		return nil, err
	}
	a := &Answer{setup: x}
	for _, t := range x.technology {
		e, err := x.experiment(ctx, t)
		if err != nil {
			return nil, err
		}
		o, err := e.Simulate(ctx)
		if err != nil {
			return nil, err
		}
		a.Outcomes = append(a.Outcomes, o)
	}
	return a, nil
}

// Row is a number of a run: of a year, or of the whole run.
type Row struct {
	Year       int // result.MissingInt where it is of the whole run
	Technology string
	Run        Run
	Quantity   string
	Band
}

// Schema is the table of loop.
var Schema = result.NewSchema("loop",
	result.IntField("year", result.Year, "Year. Empty if the number is about the whole run.", func(r *Row) int { return r.Year }),
	result.TextField("technology", "Technology.", func(r *Row) string { return r.Technology }),
	result.TextField("run", "policy: with the support in the policy's file. no policy: without support. sunset: no support from the sunset year on. policy less no policy: the difference, draw by draw. dataset: computed from trade, not simulated. tables: computed from an input-output table, not simulated.", func(r *Row) string { return string(r.Run) }),
	result.TextField("quantity", "What is measured; docs/loop.md lists the quantities with their units.", func(r *Row) string { return r.Quantity }),
	result.FloatField("mean", "of the quantity", "Mean over the draws that have the number; for a share of draws, the share.", func(r *Row) float64 { return r.Mean }),
	result.FloatField("low", "of the quantity", "5 % of the draws lie below this. Empty for shares of draws.", func(r *Row) float64 { return r.Low }),
	result.FloatField("high", "of the quantity", "95 % of the draws lie below this. Empty for shares of draws.", func(r *Row) float64 { return r.High }),
).InOrder("a series of years, then the run as a whole")

// The runs of rows that are no simulation.
const (
	fromDataset Run = "dataset"
	fromTables  Run = "tables"
)

// Rows are the numbers of an answer.
func (a *Answer) Rows() (rows []Row) {
	for _, o := range a.Outcomes {
		id := o.Technology.ID
		for _, run := range append(slices.Clone(simulated), Difference) {
			for _, w := range wholeMeanings {
				if b, ok := o.Whole[run][w.Name]; ok {
					rows = append(rows, Row{result.MissingInt, id, run, w.Name, b})
				}
			}
		}
		if x, ok := a.traded[id]; ok && !math.IsNaN(x.HomeShare) {
			none := math.NaN()
			for _, n := range []struct {
				name  string
				value float64
			}{{"home_share_of_exports", x.HomeShare}, {"import_share_of_inputs", x.ImportShare}, {"largest_supplier_of_inputs", x.LargestShare}} {
				rows = append(rows, Row{x.Year, id, fromDataset, n.name, Band{n.value, none, none}})
			}
		}
		if s := a.spread[id]; s.Year != result.MissingInt {
			none := math.NaN()
			rows = append(rows, Row{s.Year, id, fromTables, "spill_over_weight", Band{s.Weight, none, none}})
		}
		for t := range o.Years {
			for _, run := range simulated {
				for q := range quantities {
					rows = append(rows, Row{o.First + t, id, run, quantities[q].Name, o.Bands[run][q][t]})
				}
			}
			for q := range o.Strength {
				rows = append(rows, Row{o.First + t, id, WithPolicy, strengthQuantities[q].Name, o.Strength[q][t]})
			}
		}
	}
	return rows
}

// table is the answer as a table.
func (a *Answer) table() *result.Table {
	t := Schema.Table(fmt.Sprintf("The loop of %s in %s, %d:%d: an illustration, not a forecast", strings.Join(a.names(), ", "), a.economy, a.first, a.last), a.Rows())
	a.provenance(t)
	for _, o := range a.Outcomes {
		for _, text := range o.Sentences() {
			t.Add(result.Note{Kind: Said, Subject: o.Technology.ID, Text: o.Technology.ID + ": " + text})
		}
	}
	t.Note("%d draws, seed %d; low and high are 5 and 95 %% of the draws; money in %s; sums discounted to %d", a.draws, a.seed, a.set.Money(), a.first)
	return t
}

func (a *Answer) names() (ids []string) {
	for _, t := range a.technology {
		ids = append(ids, t.ID)
	}
	return ids
}
