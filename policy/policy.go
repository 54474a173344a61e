// Package policy evaluates industrial policies: difference in differences on the products that a policy names, with placebos.
package policy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/dependence"
	"chokepoint/fault"
	"chokepoint/method"
	"chokepoint/panel"
	"chokepoint/result"
	"chokepoint/spelling"
	"chokepoint/study"
)

// PolicyQuestion is the question policy.
var PolicyQuestion = &study.Question{
	Name: "policy", Short: "Compare the products that a policy names with all others, before and after",
	Schemas: []study.Schema{EstimateSchema},
	Long: `Compare the products that an industrial policy names with all other products of the same economy, before and after:
difference in differences, a joint test of the years before, an event study, false dates, random lists, other lists
instead, and yearly means of both. Standard errors are clustered by product. docs/policy.md has the formulas and says what this can and cannot show.`,
	Examples: []string{
		`chokepoint policy --policy mic25`,
		`chokepoint policy --policy fyp14 --outcome import-share`,
		`chokepoint policy --policy mic25 --outcome world-share --list mic25:medium`,
		`chokepoint policy --policy mic25 --outcome dependency --method hjs-2020 --years 2005:2022`,
	},
	Parameters: study.ParameterList([]study.Parameter{
		{Name: "policy", Required: true, Example: "mic25", Usage: "the policy (\"chokepoint policies\" lists them)"},
		{Name: "outcome", Standard: "log-imports", Example: "world-share", Values: outcomeNames(), Usage: "what it may have changed"},
		{Name: "economy", Example: "CHN", Usage: "whose trade (default: the policy's economy)"},
		{Name: "list", Example: "mic25:medium", File: ".csv or .toml", Usage: "the products to compare (default: those of the sectors that the policy names): a list, or products: and codes, such as products:8507,28"},
		{Name: "date", Example: "2016", Usage: "first year that can show an effect (default: the policy's)"},
	}, "years", "method", "min-value"),
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		year := 0
		if text := r.Own["date"]; text != "" {
			var err error
			if year, err = strconv.Atoi(text); err != nil || year < 1900 || year > 2200 {
				return nil, fault.Questionf("date %q: expected a year", text)
			}
		}
		return Policy(ctx, s, r.Own["policy"], r.Own["economy"], r.Own["list"], r.Own["outcome"], year, r.Query)
	},
}

// Outcome is what a policy may have changed: a number of a product and year of its economy.
type Outcome struct {
	Name, Text string
	Unit       string                       // result.Share where people read it as a percentage, else ""
	flows      bool                         // it takes flows, not the index alone
	of         func(o *observation) float64 // NaN where there is none; nil for verdicts
}

var outcomes = []Outcome{
	{"log-imports", "logarithm of imports", "", false, func(o *observation) float64 { return math.Log(o.imports) }},
	{"import-share", "imports ÷ world exports", result.Share, false, func(o *observation) float64 { return o.imports / o.worldExports }},
	{"world-share", "exports ÷ world exports", result.Share, false, func(o *observation) float64 { return o.exports / o.worldExports }},
	{"import-hhi", "concentration of imports (HHI)", "", true, func(o *observation) float64 { return o.importHHI }},
	{"top-share", "share of the top supplier in imports", result.Share, true, func(o *observation) float64 { return o.topShare }},
	{"dependency", "1 where the economy depends on others for the product by the method, else 0", result.Share, false, nil},
}

func outcomeNames() (names []string) {
	for _, o := range outcomes {
		names = append(names, o.Name)
	}
	return names
}

// OutcomeOf finds an outcome by its name.
func OutcomeOf(name string) (Outcome, error) {
	i := slices.IndexFunc(outcomes, func(o Outcome) bool { return o.Name == name })
	if i < 0 {
		return Outcome{}, fault.Questionf("outcome %q: expected one of %s%s", name, strings.Join(outcomeNames(), ", "), spelling.Hint(name, outcomeNames()))
	}
	return outcomes[i], nil
}

// placeboLists is how many lists are drawn at random.
const placeboLists = 199

// Policy compares the products that a policy names with all others of the same economy, before and after: difference in
// differences, an event study, the joint test of what came before, false dates, random lists and other lists.
func Policy(ctx context.Context, s *study.Source, id, economy, list, outcomeName string, year int, q study.Query) (*result.Table, error) {
	if err := s.OnlyYears("policy"); err != nil {
		return nil, err
	}
	p, err := policy(s, id)
	if err != nil {
		return nil, err
	}
	if year == 0 {
		year = p.Year
	}
	o, err := OutcomeOf(outcomeName)
	if err != nil {
		return nil, err
	}
	find, label := func() ([]study.ProductGroup, []result.Note, error) { return s.Groups(list) }, list
	if list == "" {
		find, label = func() ([]study.ProductGroup, []result.Note, error) { return p.groups(s) }, p.ID
	}
	groups, about, err := find()
	if err != nil {
		return nil, err
	}
	treated := map[string]bool{}
	for _, g := range groups {
		for _, code := range g.Products {
			treated[code] = true
		}
	}
	q.Importers, q.Partners = study.OrElse(economy, p.Economy), ""
	st, err := s.OneUnit(ctx, q, q.Importers)
	if err != nil {
		return nil, err
	}
	if err := st.CheckChosen(ctx, list, groups); err != nil {
		return nil, err
	}
	if len(st.Methods) != 1 {
		return nil, fault.Questionf("method %q: expected one", q.Method)
	}
	e := &evaluation{Study: st, year: year, list: label, outcome: o, treated: treated}
	if err := e.gather(ctx, q); err != nil {
		return nil, err
	}
	if err := e.estimate(); err != nil {
		return nil, err
	}
	e.means()
	e.judgeStatus()
	answer := study.Answer[Estimate]
	if o.of == nil {
		answer = study.JudgedAnswer[Estimate]
	}
	t := answer(st, EstimateSchema, fmt.Sprintf("%s: %s of %s, %s", p.Name, o.Text, st.ImporterSide.Parties[0].Name, study.YearsText(st.Years)), e.rows)
	t.Add(append(about, e.notes...)...)
	st.NoteUnit(t)
	t.Note("products of the list are compared with all others of %s, with a level for each product and the same change from year to year for all; standard errors are clustered by product (Cameron and Miller 2015)", st.ImporterSide.Parties[0].Label)
	t.Note("this cannot separate the policy from other events that affected the listed products at the same time: the trade conflict of 2018, export controls, price cycles. If the policy changed the other products too, its effect is understated. If the pretrend row rejects (small p), listed products had already diverged, and the did row must not be read as an effect")
	t.Note("world-share and import-share are parts of a whole: what listed products gain, others of the same product's sellers lose")
	return t, nil
}

// evaluation is one answer being made.
type evaluation struct {
	*study.Study
	year    int
	list    string // that is evaluated
	outcome Outcome
	treated map[string]bool
	rows    []Estimate
	notes   []result.Note

	products []string  // units
	size     []float64 // by unit: imports before the policy
	panel    panel.Panel
}

func (e *evaluation) note(format string, args ...any) {
	e.notes = append(e.notes, result.Note{Kind: result.Reading, Text: fmt.Sprintf(format, args...)})
}

// add adds an estimate over the products of fit.
func (e *evaluation) add(kind Kind, list string, year int, fit *panel.Fit, x panel.Estimate) {
	e.rows = append(e.rows, Estimate{Kind: kind, List: list, Year: year, Value: x.Value, StandardError: x.Error, Low: x.Low, High: x.High, P: x.P,
		Listed: fit.Treated, Others: fit.Units - fit.Treated, Observations: fit.Observations})
}

// judgeStatus says of all rows what the panel rests on: every estimate uses all of its years.
func (e *evaluation) judgeStatus() {
	var judge *method.Method
	if e.outcome.of == nil {
		judge = e.Methods[0]
	}
	status := result.Observed
	for _, y := range e.Years {
		if s := result.Worst(e.StatusOf(judge, &e.ImporterSide.Parties[0], y), e.WorldStatus(y)); s != result.Observed {
			status = result.Partial
		}
	}
	for i := range e.rows {
		e.rows[i].Status = status
	}
}

// gather makes the panel: a product a unit.
func (e *evaluation) gather(ctx context.Context, q study.Query) error {
	q.Method = ""
	observed, err := e.observe(ctx, q)
	if err != nil {
		return err
	}
	flagged, judged := map[string]bool{}, map[int]bool{} // years in which the method has no verdict are none of the panel
	if e.outcome.of == nil {
		for _, y := range e.Years {
			judged[y] = e.StatusOf(e.Methods[0], &e.ImporterSide.Parties[0], y).Answers()
		}
		own, err := dependence.Dependencies(ctx, e.Source, study.Query{Importers: q.Importers, Years: q.Years, Products: q.Products, Method: e.Query.Method, World: q.World, MinValue: q.MinValue, Persistence: q.Persistence})
		if err != nil {
			return err
		}
		for _, r := range dependence.DependencySchema.Rows(own) {
			flagged[r.Product.Code+" "+strconv.Itoa(r.Year)] = true
		}
	}
	unit := map[string]int{}
	for i := range observed {
		o := &observed[i]
		code, y := o.product, o.year
		var x float64
		if e.outcome.of != nil {
			x = e.outcome.of(o)
		} else if !judged[y] {
			continue
		} else if flagged[code+" "+strconv.Itoa(y)] {
			x = 1
		}
		if math.IsNaN(x) || math.IsInf(x, 0) {
			continue
		}
		u, ok := unit[code]
		if !ok {
			u = len(e.products)
			unit[code] = u
			e.products, e.size = append(e.products, code), append(e.size, 0)
			e.panel.Treated = append(e.panel.Treated, e.treated[code])
		}
		if y < e.year {
			e.size[u] += o.imports
		}
		e.panel.Unit, e.panel.Year, e.panel.Outcome = append(e.panel.Unit, u), append(e.panel.Year, y), append(e.panel.Outcome, x)
	}
	return nil
}

// estimate adds the rows. What cannot be estimated is a note.
func (e *evaluation) estimate() error {
	freed := e.panel.Free()
	did, err := freed.DiD(e.year)
	if errors.Is(err, panel.ErrNoContrast) {
		e.notes = append(e.notes, result.Note{Kind: result.NoEstimate, Status: result.NotComputable, Subject: e.list, Years: e.Years,
			Text: fmt.Sprintf("nothing can be estimated: the dataset has %s, and the policy works from %d on; %v", study.YearsText(e.Years), e.year, err)})
		return nil
	}
	if err != nil {
		return err
	}
	if did.Treated < 40 {
		e.note("only %d listed products are in the panel: standard errors, and the joint test before all, reject too often with so few (Cameron and Miller 2015, section VI); random lists do not", did.Treated)
	}
	e.add(DiD, e.list, e.year, did, did.Estimates[0])
	event, noEvent := freed.Event(e.year)
	if noEvent != nil {
		e.note("no event study: %v", noEvent)
	} else if !math.IsNaN(event.PreP) {
		e.add(Pretrend, e.list, e.year, event, panel.Estimate{Value: event.PreF, Error: math.NaN(), Low: math.NaN(), High: math.NaN(), P: event.PreP})
	}
	before := e.only(func(_, y int) bool { return y < e.year }).Free()
	for _, date := range e.placeboYears() {
		if fit, err := before.DiD(date); err == nil {
			e.add(FalseDate, e.list, date, fit, fit.Estimates[0])
		}
	}
	e.placebos(did, freed)
	if noEvent == nil {
		for _, x := range event.Estimates {
			e.add(Event, e.list, x.Year, event, x)
		}
	}
	return nil
}

// only keeps some observations.
func (e *evaluation) only(keep func(unit, year int) bool) *panel.Panel {
	p := &panel.Panel{Treated: slices.Clone(e.panel.Treated)}
	for i, y := range e.panel.Year {
		if u := e.panel.Unit[i]; keep(u, y) {
			p.Unit, p.Year, p.Outcome = append(p.Unit, u), append(p.Year, y), append(p.Outcome, e.panel.Outcome[i])
		}
	}
	return p
}

// placeboYears are false dates before the true one, with at least two years on either side.
func (e *evaluation) placeboYears() (years []int) {
	for _, y := range e.Years {
		if y >= e.Years[0]+2 && y <= e.year-2 {
			years = append(years, y)
		}
	}
	if n := len(years); n > 5 {
		years = years[n-5:]
	}
	return years
}

// means adds what the outcome was on the average of the products in the panel, year by year: parallel lines before the policy are
// what the comparison rests on.
func (e *evaluation) means() {
	for _, listed := range []bool{true, false} {
		kind, label := MeanOther, "all others"
		if listed {
			kind, label = MeanListed, e.list
		}
		sum, n := map[int]float64{}, map[int]int{}
		for i, u := range e.panel.Unit {
			if e.panel.Treated[u] == listed {
				sum[e.panel.Year[i]] += e.panel.Outcome[i]
				n[e.panel.Year[i]]++
			}
		}
		for _, y := range slices.Sorted(maps.Keys(n)) {
			fit := &panel.Fit{Units: n[y], Observations: n[y]}
			if listed {
				fit.Treated = n[y]
			}
			none := math.NaN()
			e.add(kind, label, y, fit, panel.Estimate{Value: sum[y] / float64(n[y]), Error: none, Low: none, High: none, P: none})
		}
	}
}
