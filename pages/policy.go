package pages

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/chart"
	"chokepoint/policy"
	"chokepoint/result"
	"chokepoint/server"
	"chokepoint/study"
)

// policyView is the page of a policy: what it is, what became of it, and what changed for the products that it names.
type policyView struct {
	Policy                                *policy.IndustrialPolicy
	Economy                               string
	Goods                                 string // that stand for those it names
	Lineage                               []*lineageStep
	Facts                                 []fact
	Words                                 []string // sentences that follow from the numbers
	None                                  string   // why nothing can be estimated
	Later                                 bool     // the estimates come with the next stage
	Means, Event, Placebo, Others, Listed *figure
}

// lineageStep is a policy in a chain.
type lineageStep struct {
	*policy.IndustrialPolicy
	Link    string
	Current bool
}

func (p *policyView) pageTitle() string { return "Policy: " + p.Policy.Name }

func (v *pageRequest) policy() (any, error) {
	all := policy.IndustrialPolicies()
	name := v.value("policy")
	i := slices.IndexFunc(all, func(p *policy.IndustrialPolicy) bool { return strings.EqualFold(p.ID, name) })
	if i < 0 {
		var ids []string
		for _, p := range all {
			ids = append(ids, p.ID)
		}
		return nil, server.Wrong(&study.ParameterError{Parameter: "policy", Value: name, Err: errors.New("there is no such policy; expected " + strings.Join(ids, ", "))})
	}
	p := &policyView{Policy: all[i], Economy: v.nameOf(all[i].Economy)}
	outcome, list := v.value("outcome"), v.listOrGoods()
	p.Goods = v.goods()
	for _, other := range all {
		p.Lineage = append(p.Lineage, &lineageStep{other, v.link("/policy", "policy", other.ID), other == all[i]})
	}
	if p.Later = v.later(1, place{id: "effect", title: "Its effect"}); p.Later {
		return p, nil
	}
	a, err := v.ask("policy", "policy", all[i].ID, "outcome", outcome, "list", list, "method", v.values["method"])
	if err != nil {
		return nil, err
	}
	o, err := policy.OutcomeOf(outcome)
	if err != nil {
		return nil, err
	}
	f := chart.Number
	if o.Unit == result.Share {
		f = chart.Share
	}
	e := estimates{a, policy.EstimateSchema.Rows(a.Table)}
	if len(e.of(policy.DiD)) == 0 {
		p.None = "it covers " + yearsText(v.years()) + ", and an estimate needs listed and other products in years before and after " + strconv.Itoa(p.Policy.Year)
		return p, nil
	}
	p.say(e, outcome)
	p.Means, p.Event, p.Placebo, p.Others = v.policyMeans(e, f), v.policyEvent(e, f), v.policyPlacebo(e, f), v.policyOthers(e, f)
	p.Listed = &figure{ID: "estimates", Title: "All estimates", Note: "Every row of the answer, as the command prints it.",
		Table: v.sheet("estimates", a, 20, nil, estimateColumns...)}
	return p, nil
}

// Columns that the page shows.
var (
	estimateColumns = policy.EstimateSchema.Pick("kind", "list", "year", "estimate", "std_error", "ci_low", "ci_high", "p_value", "listed_products", "other_products", "observations")
	meanColumns     = policy.EstimateSchema.Pick("kind", "year", "estimate", "listed_products", "other_products")
	eventColumns    = policy.EstimateSchema.Pick("year", "estimate", "std_error", "ci_low", "ci_high", "p_value")
	placeboColumns  = policy.EstimateSchema.Pick("kind", "year", "estimate", "ci_low", "ci_high", "p_value")
	otherColumns    = policy.EstimateSchema.Pick("list", "estimate", "std_error", "ci_low", "ci_high", "p_value", "listed_products")
)

// estimates are the rows of an answer to the question policy.
type estimates struct {
	*answer
	rows []policy.Estimate
}

// of are the places of the rows of some kinds: kind by kind, each by year.
func (e estimates) of(kinds ...policy.Kind) (at []int) {
	for _, kind := range kinds {
		from := len(at)
		for i := range e.rows {
			if e.rows[i].Kind == kind {
				at = append(at, i)
			}
		}
		slices.SortStableFunc(at[from:], func(i, j int) int { return e.rows[i].Year - e.rows[j].Year })
	}
	return at
}

// inOutcome writes a number in the unit of the outcome.
func inOutcome(x float64) string { return signed(result.ShortFloat(x, "outcome")) }

// interval writes the ends of an interval.
func interval(r *policy.Estimate) string {
	return inOutcome(r.Low) + " to " + inOutcome(r.High)
}

// say fills in the facts and the sentences.
func (p *policyView) say(e estimates, outcome string) {
	did := &e.rows[e.of(policy.DiD)[0]]
	p.Facts = append(p.Facts, fact{Label: "Listed against other products, years since " + strconv.Itoa(did.Year), Value: inOutcome(did.Value), Exact: result.ExactFloat(did.Value, "outcome"), Unit: strings.ReplaceAll(outcome, "-", " "),
		Note: "95 % from " + interval(did)},
		fact{Label: "Listed products", Value: result.ShortInt(did.Listed), Note: "against " + result.ShortInt(did.Others) + " others"})
	switch {
	case did.P >= 0.05:
		p.Words = append(p.Words, "The interval includes zero: the difference since the policy may be due to chance.")
	case did.Value < 0:
		p.Words = append(p.Words, "Since the policy, listed products are lower relative to the others than before. Chance alone does not explain the difference.")
	default:
		p.Words = append(p.Words, "Since the policy, listed products are higher relative to the others than before. Chance alone does not explain the difference.")
	}
	for _, i := range e.of(policy.Pretrend) {
		p.sayBefore(&e.rows[i])
	}
	for _, i := range e.of(policy.ByChapter) {
		p.sayByLot(&e.rows[i])
	}
	dates, found := e.of(policy.FalseDate), 0
	for _, i := range dates {
		if e.rows[i].P < 0.05 {
			found++
		}
	}
	if len(dates) > 0 {
		p.Words = append(p.Words, "Of "+plural(len(dates), "false date", "false dates")+" before the true one, "+study.OrElse(strings.TrimPrefix(strconv.Itoa(found), "0"), "none")+" would also have shown a difference.")
	}
}

// sayBefore says what the joint test of the years before the policy finds.
func (p *policyView) sayBefore(r *policy.Estimate) {
	p.Facts = append(p.Facts, fact{Label: "Different trend before?", Value: pText(r.P), Exact: result.ExactFloat(r.P, "index"), Note: "joint test of the years before"})
	if r.P < 0.05 {
		p.Words = append(p.Words, "But the two groups had already moved apart before the policy (joint test), so the difference must not be read as its effect.")
	} else {
		p.Words = append(p.Words, "The joint test finds no different trend in the years before. That does not prove that there was none.")
	}
}

// sayByLot says what random lists come to.
func (p *policyView) sayByLot(r *policy.Estimate) {
	p.Facts = append(p.Facts, fact{Label: "Random lists with as large a difference", Value: result.Percent(r.P), Exact: result.ExactFloat(r.P, "index"), Note: "middle 95 % of them: " + interval(r)})
	if r.P >= 0.05 {
		p.Words = append(p.Words, "Random lists of the same size from the same chapters differ as much in "+result.Percent(r.P)+" of cases, so the difference for this list is not unusual.")
	} else {
		p.Words = append(p.Words, "Random lists of the same size from the same chapters rarely differ as much.")
	}
}

// signed writes a minus as one.
func signed(text string) string { return strings.Replace(text, "-", "−", 1) }

// listName is the name of a product list, or of its sector.
func (v *pageRequest) listName(id string) string {
	if id == "" {
		return id
	}
	name := strings.TrimPrefix(v.nameOfTerm("list:"+id), "list:")
	if strings.HasPrefix(id, "hs-sections/") { // whose number says what it is
		name, _, _ = strings.Cut(name, " (")
	}
	return name
}

func pText(p float64) string {
	switch {
	case math.IsNaN(p):
		return "–"
	case p < 0.001:
		return "p < 0.001"
	}
	return "p = " + strconv.FormatFloat(p, 'f', 3, 64)
}

// policyMeans draws the yearly means of listed and of other products: whether they moved alike before. nil where the answer
// has none.
func (v *pageRequest) policyMeans(e estimates, f chart.Format) *figure {
	var series []chart.Series
	var years []string
	for _, kind := range []policy.Kind{policy.MeanListed, policy.MeanOther} {
		rows := e.of(kind)
		if len(rows) == 0 {
			return nil
		}
		s := chart.Series{Name: "listed products", Colour: chart.Ink}
		if kind == policy.MeanOther {
			s = chart.Series{Name: "all others", Colour: chart.Soft, Dashed: true}
		}
		years = nil
		for _, i := range rows {
			r := &e.rows[i]
			year := strconv.Itoa(r.Year)
			years = append(years, year)
			s.Values = append(s.Values, finite(r.Value))
			s.Tips = append(s.Tips, year+"\n"+s.Name+": "+result.ShortFloat(r.Value, "outcome"))
		}
		series = append(series, s)
	}
	option := chart.Lines(years, "mean", f, nil, series...)
	option.FitAxis()
	return &figure{ID: "means", Title: "Did the two groups move in parallel before?", Note: "Yearly means of listed products and of all others. The axis does not start at zero. Parallel lines before the policy support the comparison; lines that diverge speak against it.",
		Source: v.source(e.answer), Option: option, Table: v.rowsGrid(e.answer, e.of(policy.MeanListed, policy.MeanOther), meanColumns...)}
}

// policyEvent draws the event study with its intervals. The year before the policy, to which all are compared, is zero.
func (v *pageRequest) policyEvent(e estimates, f chart.Format) *figure {
	rows := e.of(policy.Event)
	if len(rows) == 0 {
		return nil
	}
	first := e.rows[e.of(policy.DiD)[0]].Year
	var years []string
	band := &chart.Band{Name: "interval of 95 %", Colour: chart.Soft}
	s := chart.Series{Name: "listed against others", Colour: chart.Ink}
	add := func(year int, x, low, high float64, tip string) {
		years, s.Values, s.Tips = append(years, strconv.Itoa(year)), append(s.Values, finite(x)), append(s.Tips, tip)
		band.Low, band.High, band.Tips = append(band.Low, low), append(band.High, high), append(band.Tips, tip)
	}
	added := false
	for _, i := range rows {
		r := &e.rows[i]
		if r.Year >= first && !added {
			add(first-1, 0, 0, 0, strconv.Itoa(first-1)+"\nthe year with which all others are compared")
			added = true
		}
		add(r.Year, r.Value, r.Low, r.High, strconv.Itoa(r.Year)+"\n"+inOutcome(r.Value)+"\n95 % from "+interval(r))
	}
	o := chart.Lines(years, "difference", f, band, s)
	o.MarkAt(strconv.Itoa(first), "first year that can show an effect")
	return &figure{ID: "event", Title: "Year by year", Note: "The difference between listed and other products, relative to the year before the policy. To the left of the line it should be zero.", Source: v.source(e.answer),
		Option: o, Table: v.rowsGrid(e.answer, rows, eventColumns...)}
}

// policyPlacebo draws the estimate beside those of false dates and of random lists.
func (v *pageRequest) policyPlacebo(e estimates, f chart.Format) *figure {
	rows := e.of(policy.FalseDate, policy.ByChapter, policy.BySize, policy.UnlistedAlone, policy.DiD)
	var list []chart.Interval
	for _, i := range rows {
		r := &e.rows[i]
		x := chart.Interval{Value: r.Value, Low: r.Low, High: r.High, Colour: chart.Soft}
		switch year := strconv.Itoa(r.Year); r.Kind {
		case policy.FalseDate:
			x.Name = "false date " + year
		case policy.DiD:
			x.Name, x.Colour = "policy, "+year, chart.Ink
		default:
			x.Name = map[policy.Kind]string{policy.ByChapter: "random, same chapters", policy.BySize: "random, same sizes", policy.UnlistedAlone: "random, all others"}[r.Kind]
			x.Value = math.NaN() // the row has that of the true list
		}
		x.Tip = x.Name + "\n95 % from " + interval(r)
		list = append(list, x)
	}
	return &figure{ID: "placebo", Title: "Would false dates and random lists show the same?", Note: "95 % intervals; for random lists, the middle 95 % of their estimates. Only the interval of the policy itself should not include zero.", Source: v.source(e.answer),
		Option: chart.Intervals("difference", f, list), Table: v.rowsGrid(e.answer, rows, placeboColumns...)}
}

// policyOthers draws what other lists come to in the policy's place, from the lowest to the highest.
func (v *pageRequest) policyOthers(e estimates, f chart.Format) *figure {
	rows := e.of(policy.OtherList)
	if len(rows) == 0 {
		return nil
	}
	slices.SortStableFunc(rows, func(i, j int) int { return cmp.Compare(e.rows[i].Value, e.rows[j].Value) })
	var list []chart.Interval
	for _, i := range append(slices.Clone(rows), e.of(policy.DiD)...) {
		r := &e.rows[i]
		x := chart.Interval{Name: v.listName(r.List), Value: r.Value, Low: r.Low, High: r.High, Colour: chart.Soft}
		if r.Kind == policy.DiD {
			x.Name, x.Colour = "the policy", chart.Ink
		}
		x.Tip = x.Name + "\n" + inOutcome(r.Value) + "\n95 % from " + interval(r)
		list = append(list, x)
	}
	return &figure{ID: "others", Title: "Other lists instead of this one", Height: "tall", Note: "HS sections and other product lists, without the products that the policy names. Goods of one kind move together, so some of these intervals do not include zero either. The more there are, the less a single such interval means.", Source: v.source(e.answer),
		Option: chart.Intervals("difference", f, list), Table: v.rowsGrid(e.answer, rows, otherColumns...)}
}
