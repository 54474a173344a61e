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
	Lineage                               []*lineageStep
	Facts                                 []fact
	Words                                 []string // sentences that follow from the numbers
	None                                  string   // why nothing can be estimated
	Means, Event, Placebo, Others, Listed *figure
}

// lineageStep is a policy in a chain.
type lineageStep struct {
	*policy.IndustrialPolicy
	Link    string
	Current bool
}

func (p *policyView) pageTitle() string { return "Policy: " + p.Policy.Name }

// outcomeFormats are those of outcomes that are shares; the others are written as plain numbers.
var outcomeFormats = map[string]chart.Format{"import-share": chart.Share, "world-share": chart.Share, "top-share": chart.Share, "dependency": chart.Share}

func (v *pageRequest) policy() (any, error) {
	all := policy.IndustrialPolicies()
	name := v.value("policy")
	i := slices.IndexFunc(all, func(p *policy.IndustrialPolicy) bool { return strings.EqualFold(p.ID, name) })
	if i < 0 {
		var ids []string
		for _, p := range all {
			ids = append(ids, p.ID)
		}
		return nil, server.Wrong(&study.ParameterError{Parameter: "policy", Value: name, Err: errors.New("there is no such policy; want " + strings.Join(ids, ", "))})
	}
	p := &policyView{Policy: all[i], Economy: v.nameOf(all[i].Economy)}
	outcome, list := v.value("outcome"), v.value("list")
	for _, other := range all {
		p.Lineage = append(p.Lineage, &lineageStep{other, v.link("/policy", "policy", other.ID), other == all[i]})
	}
	a, err := v.ask("policy", "policy", all[i].ID, "outcome", outcome, "list", list, "method", v.values["method"])
	if err != nil {
		return nil, err
	}
	p.say(a, outcome)
	if p.None != "" {
		return p, nil
	}
	f, ok := outcomeFormats[outcome]
	if !ok {
		f = chart.Number
	}
	p.Means, p.Event, p.Placebo, p.Others = v.policyMeans(a, f), v.policyEvent(a, f), v.policyPlacebo(a, f), v.policyOthers(a, f)
	p.Listed = &figure{ID: "estimates", Title: "All estimates", Note: "Each row of the answer, as the command prints it.",
		Table: v.grid(a, 0, "kind", "list", "year", "estimate", "std_error", "ci_low", "ci_high", "p_value", "listed_products", "other_products", "observations")}
	return p, nil
}

// rowsOf are the rows of a kind, by year.
func rowsOf(a *answer, kind string) (rows []int) {
	for i, k := range a.Column("kind").Text {
		if k == kind {
			rows = append(rows, i)
		}
	}
	slices.SortStableFunc(rows, func(i, j int) int { return int(a.Column("year").Int[i] - a.Column("year").Int[j]) })
	return rows
}

// say fills in the facts and the sentences.
func (p *policyView) say(a *answer, outcome string) {
	did := rowsOf(a, "did")
	if len(did) == 0 {
		p.None = "nothing can be estimated"
		for _, n := range a.Notes {
			if n.Kind == result.NoEstimate {
				p.None = n.Text
			}
		}
		return
	}
	i := did[0]
	estimate := a.Column("estimate")
	p.Facts = append(p.Facts, fact{Label: "Listed against others, years since " + a.Column("year").Exact(i), Value: signed(estimate.Short(i)), Exact: estimate.Exact(i), Unit: outcome,
		Note: "95 % from " + signed(a.Column("ci_low").Short(i)) + " to " + signed(a.Column("ci_high").Short(i))},
		fact{Label: "Listed products", Value: people(number(a, "listed_products", i), "count"), Note: "against " + people(number(a, "other_products", i), "count") + " others"})
	x, pValue := number(a, "estimate", i), number(a, "p_value", i)
	switch {
	case pValue >= 0.05:
		p.Words = append(p.Words, "The interval holds zero: no difference since the policy can be told from chance.")
	case x < 0:
		p.Words = append(p.Words, "Since the policy, listed products lie lower against the others than before; chance alone does not explain it.")
	default:
		p.Words = append(p.Words, "Since the policy, listed products lie higher against the others than before; chance alone does not explain it.")
	}
	for _, k := range rowsOf(a, "pretrend") {
		before := number(a, "p_value", k)
		p.Facts = append(p.Facts, fact{Label: "Moved apart before?", Value: pText(before), Unit: "p", Exact: a.Column("p_value").Exact(k), Note: "joint test of the years before"})
		if before < 0.05 {
			p.Words = append(p.Words, "But they had moved apart before it already (joint test), so that the difference must not be read as an effect of the policy.")
		} else {
			p.Words = append(p.Words, "The years before show no movement apart that the joint test could tell from chance; that is no proof that there was none.")
		}
	}
	for _, k := range rowsOf(a, "placebo-list") {
		lot := number(a, "p_value", k)
		p.Facts = append(p.Facts, fact{Label: "As far from zero with lists drawn by lot", Value: result.Percent(lot), Exact: a.Column("p_value").Exact(k),
			Note: "middle 95 % of them: " + signed(a.Column("ci_low").Short(k)) + " to " + signed(a.Column("ci_high").Short(k))})
		if lot >= 0.05 {
			p.Words = append(p.Words, "Lists of the same size drawn by lot from the same chapters differ as much in "+result.Percent(lot)+" of cases: this list is nothing special.")
		} else {
			p.Words = append(p.Words, "Lists drawn by lot from the same chapters hardly ever differ as much.")
		}
	}
	false95 := 0
	dates := rowsOf(a, "placebo-date")
	for _, k := range dates {
		if number(a, "p_value", k) < 0.05 {
			false95++
		}
	}
	if len(dates) > 0 {
		p.Words = append(p.Words, "Of "+plural(len(dates), "false date", "false dates")+" before the true one, "+strconv.Itoa(false95)+" would have given a difference too.")
	}
}

// signed writes a minus as one.
func signed(text string) string { return strings.Replace(text, "-", "−", 1) }

func pText(p float64) string {
	switch {
	case math.IsNaN(p):
		return "–"
	case p < 0.001:
		return "< 0.001"
	}
	return strconv.FormatFloat(p, 'f', 3, 64)
}

// policyMeans draws the yearly means of listed and of other products: whether they moved alike before. nil where the answer
// has none.
func (v *pageRequest) policyMeans(a *answer, f chart.Format) *figure {
	var series []chart.Series
	var years []string
	for _, s := range []chart.Series{{Name: "listed products", Colour: chart.Ink}, {Name: "all others", Colour: chart.Soft, Dashed: true}} {
		kind := map[string]string{"listed products": "mean-listed", "all others": "mean-other"}[s.Name]
		rows := rowsOf(a, kind)
		if len(rows) == 0 {
			return nil
		}
		years = nil
		for _, i := range rows {
			year := a.Column("year").Exact(i)
			years = append(years, year)
			s.Values = append(s.Values, finite(number(a, "estimate", i)))
			s.Tips = append(s.Tips, year+"\n"+s.Name+": "+a.Column("estimate").Short(i))
		}
		series = append(series, s)
	}
	option := chart.Lines(years, "mean", f, nil, series...)
	option.FitAxis()
	return &figure{ID: "means", Title: "Did they move alike before?", Note: "Yearly means of listed products and of all others; the axis does not begin at zero. Lines that run side by side before the policy speak for the comparison; lines that do not speak against it.",
		Source: v.source(a), Option: option, Table: v.rowsGrid(a, append(rowsOf(a, "mean-listed"), rowsOf(a, "mean-other")...), "kind", "year", "estimate", "listed_products", "other_products")}
}

// policyEvent draws the event study with its intervals. The year before the policy, to which all are compared, is zero.
func (v *pageRequest) policyEvent(a *answer, f chart.Format) *figure {
	rows := rowsOf(a, "event")
	if len(rows) == 0 {
		return nil
	}
	first := int(number(a, "year", rowsOf(a, "did")[0]))
	var years []string
	band := &chart.Band{Name: "interval of 95 %", Colour: chart.Soft}
	s := chart.Series{Name: "listed against others", Colour: chart.Ink}
	add := func(year int, x, low, high float64, tip string) {
		years, s.Values, s.Tips = append(years, strconv.Itoa(year)), append(s.Values, finite(x)), append(s.Tips, tip)
		band.Low, band.High, band.Tips = append(band.Low, low), append(band.High, high), append(band.Tips, tip)
	}
	added := false
	for _, i := range rows {
		year := int(number(a, "year", i))
		if year >= first && !added {
			add(first-1, 0, 0, 0, strconv.Itoa(first-1)+"\nthe year that all others are compared with")
			added = true
		}
		add(year, number(a, "estimate", i), number(a, "ci_low", i), number(a, "ci_high", i),
			strconv.Itoa(year)+"\n"+signed(a.Column("estimate").Short(i))+"\n95 % from "+signed(a.Column("ci_low").Short(i))+" to "+signed(a.Column("ci_high").Short(i)))
	}
	o := chart.Lines(years, "difference", f, band, s)
	o.MarkAt(strconv.Itoa(first), "first year that can show an effect")
	return &figure{ID: "event", Title: "Year by year", Note: "Difference between listed and other products against the year before the policy. Left of the line it should lie at zero.", Source: v.source(a),
		Option: o, Table: v.rowsGrid(a, rows, "year", "estimate", "std_error", "ci_low", "ci_high", "p_value")}
}

// policyPlacebo draws the estimate beside those of false dates and of lists drawn by lot.
func (v *pageRequest) policyPlacebo(a *answer, f chart.Format) *figure {
	rows := rowsOf(a, "placebo-date")
	names := map[string]string{"placebo-date": "false date ", "placebo-list": "by lot, same chapters", "placebo-size": "by lot, same sizes", "placebo-unlisted": "by lot, all others", "did": "policy, "}
	for _, kind := range []string{"placebo-list", "placebo-size", "placebo-unlisted", "did"} {
		rows = append(rows, rowsOf(a, kind)...)
	}
	var list []chart.Interval
	for _, i := range rows {
		kind := a.Column("kind").Text[i]
		x := chart.Interval{Name: names[kind], Value: number(a, "estimate", i), Low: number(a, "ci_low", i), High: number(a, "ci_high", i), Colour: chart.Soft}
		switch kind {
		case "placebo-list", "placebo-size", "placebo-unlisted":
			x.Value = math.NaN() // the row has that of the true list
		case "did":
			x.Colour = chart.Ink
			fallthrough
		default:
			x.Name += a.Column("year").Exact(i)
		}
		x.Tip = x.Name + "\n95 % from " + signed(a.Column("ci_low").Short(i)) + " to " + signed(a.Column("ci_high").Short(i))
		list = append(list, x)
	}
	return &figure{ID: "placebo", Title: "Would false dates and other lists show the same?", Note: "Intervals of 95 %; of lists drawn by lot the middle 95 % of their estimates. Only the policy's own should lie away from zero.", Source: v.source(a),
		Option: chart.Intervals("difference", f, list), Table: v.rowsGrid(a, rows, "kind", "year", "estimate", "ci_low", "ci_high", "p_value")}
}

// policyOthers draws what other lists come to in the policy's place, from the lowest to the highest.
func (v *pageRequest) policyOthers(a *answer, f chart.Format) *figure {
	rows := rowsOf(a, "placebo-other")
	if len(rows) == 0 {
		return nil
	}
	slices.SortStableFunc(rows, func(i, j int) int { return cmp.Compare(number(a, "estimate", i), number(a, "estimate", j)) })
	var list []chart.Interval
	for _, i := range append(rows, rowsOf(a, "did")...) {
		x := chart.Interval{Name: a.Column("list").Text[i], Value: number(a, "estimate", i), Low: number(a, "ci_low", i), High: number(a, "ci_high", i), Colour: chart.Soft}
		if a.Column("kind").Text[i] == "did" {
			x.Name, x.Colour = "the policy", chart.Ink
		}
		x.Tip = x.Name + "\n" + signed(a.Column("estimate").Short(i)) + "\n95 % from " + signed(a.Column("ci_low").Short(i)) + " to " + signed(a.Column("ci_high").Short(i))
		list = append(list, x)
	}
	return &figure{ID: "others", Title: "Other lists in its place", Note: "HS sections, and other product lists, without the products that the policy names. Goods of one kind move together: how often an interval lies away from zero here says how little that alone means.", Source: v.source(a),
		Option: chart.Intervals("difference", f, list), Table: v.rowsGrid(a, rows, "list", "estimate", "std_error", "ci_low", "ci_high", "p_value", "listed_products")}
}

// rowsGrid shows some rows of an answer.
func (v *pageRequest) rowsGrid(a *answer, rows []int, columns ...string) *grid {
	g := v.grid(a, 0, columns...)
	var shown [][]cell
	for _, i := range rows {
		shown = append(shown, g.Rows[i])
	}
	g.Rows, g.Total = shown, len(shown)
	return g
}
