package brief

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/chart"
	"chokepoint/fault"
	"chokepoint/policy"
	"chokepoint/result"
)

// level5 is below which a p value rejects.
const level5 = 0.05

// effect weighs the claim that a policy lowered or raised outcomes of the products that it names. Each outcome is an assertion.
func (w *work) effect(f *Finding) error {
	lowers := f.With["expect"] == "falls"
	if !lowers && f.With["expect"] != "rises" {
		return fault.Questionf("expect %q: expected rises or falls", f.With["expect"])
	}
	for _, outcome := range fields(f.With["outcomes"]) {
		t, err := w.ask(f, "policy", "policy", f.With["policy"], "outcome", outcome, "economy", f.With["economy"], "list", f.With["list"])
		if err != nil {
			return err
		}
		e, ok := estimated(policy.EstimateSchema.Rows(t), outcome, lowers)
		if !ok {
			continue
		}
		if f.Plot == "" {
			f.Plot = e.plot(f)
		}
		if text := f.With["least"]; text != "" {
			e.least = e.size(mustFloat(text))
		}
		f.sayEffect(e)
	}
	if len(f.Parts) == 0 {
		f.cannot(fmt.Sprintf("it has %s, and an effect needs listed and other products in years before and after the policy", yearsOf(w.years)),
			"a dataset with years before and after the policy")
		return nil
	}
	f.say("A comparison of products cannot tell the policy from what else met the same products in these years.")
	return nil
}

// evaluation is what was estimated for one outcome.
type evaluation struct {
	outcome     string
	lowers      bool
	did         policy.Estimate
	before, lot float64 // p values of the joint test of the years before, and of random lists; NaN without
	mean        float64 // of the outcome of listed products before the policy
	least       float64 // effect from which on it is as large as claimed, above 0; NaN where no size is claimed
	events      []policy.Estimate
}

// estimated gathers the rows of an outcome; ok where there is an effect to speak of.
func estimated(rows []policy.Estimate, outcome string, lowers bool) (e *evaluation, ok bool) {
	e = &evaluation{outcome: outcome, lowers: lowers, before: math.NaN(), lot: math.NaN(), least: math.NaN()}
	sum, n := 0.0, 0
	for _, r := range rows {
		switch {
		case r.Kind == policy.DiD && !ok:
			e.did, ok = r, true
		case r.Kind == policy.Pretrend && math.IsNaN(e.before):
			e.before = r.P
		case r.Kind == policy.ByChapter && math.IsNaN(e.lot):
			e.lot = r.P
		case r.Kind == policy.Event:
			e.events = append(e.events, r)
		}
	}
	for _, r := range rows {
		if r.Kind == policy.MeanListed && r.Year < e.did.Year {
			sum, n = sum+r.Value, n+1
		}
	}
	e.mean = sum / float64(n)
	return e, ok
}

// size is a share of what the outcome was before the policy, in its units.
func (e *evaluation) size(share float64) float64 {
	if strings.HasPrefix(e.outcome, "log-") {
		if e.lowers {
			return -math.Log(1 - share)
		}
		return math.Log(1 + share)
	}
	return share * math.Abs(e.mean)
}

// interval is the effect in the direction that is claimed, with its interval.
func (e *evaluation) interval() (value, low, high float64) {
	if e.lowers {
		return -e.did.Value, -e.did.High, -e.did.Low
	}
	return e.did.Value, e.did.Low, e.did.High
}

// movedBefore says that listed products had moved apart before the policy: then the estimate is no effect of it, whatever its sign.
func (e *evaluation) movedBefore() bool { return e.before < level5 }

// verdict says how the outcome fares, and why.
func (e *evaluation) verdict() (Verdict, string) {
	value, low, high := e.interval()
	significant, sized := e.did.P < level5, !math.IsNaN(e.least)
	switch {
	case math.IsNaN(e.before):
		return Unsaid, "too few years before the policy to see whether listed products moved as others did"
	case e.movedBefore():
		return Unsaid, "listed products had moved apart before the policy"
	case significant && value < 0:
		return Falls, "it moved the other way"
	case sized && high < e.least:
		return Falls, "the interval excludes an effect as large as claimed, " + e.write(e.least)
	case !significant:
		return Unsaid, "the interval holds zero"
	case e.lot >= level5:
		return InPart, "random lists do as well"
	case sized && low < e.least:
		return InPart, "whether it is as large as claimed, " + e.write(e.least) + ", the interval leaves open"
	}
	return Stands, ""
}

func (e *evaluation) write(x float64) string {
	return strings.Replace(strconv.FormatFloat(x, 'g', 3, 64), "-", "−", 1)
}

// sayEffect says what was estimated, and adds the verdict.
func (f *Finding) sayEffect(e *evaluation) {
	figure := fmt.Sprintf("%s (95 %% from %s to %s)", e.write(e.did.Value), e.write(e.did.Low), e.write(e.did.High))
	f.say("%s: %s on the average of the years since, %d listed products against %d others.", e.outcome, figure, e.did.Listed, e.did.Others)
	if !math.IsNaN(e.least) {
		f.say("As large as claimed would be %s, a share of %s of what it was before.", e.write(e.least), result.Percent(mustFloat(f.With["least"])))
	}
	if e.movedBefore() {
		f.say("But listed products had moved apart before already (joint test p %s).", e.write(e.before))
	}
	if e.lot >= level5 {
		f.say("Random lists do as well in %s of cases.", result.Percent(e.lot))
	}
	if f.Figure == "" {
		f.Figure = e.outcome + " " + e.write(e.did.Value)
	}
	what := fmt.Sprintf("the %s of %s", moves[f.With["expect"]], e.outcome)
	verdict, why := e.verdict()
	switch {
	case verdict == Unsaid:
		settle := "data that narrow it: more years, or a longer list of products"
		if e.movedBefore() {
			settle = "a comparison with products that moved alike before"
		}
		f.untold(what, fmt.Sprintf("%s: %s, %s", e.outcome, figure, why), settle)
	case why != "":
		f.part(what, verdict, "%s; %s", figure, why)
	default:
		f.part(what, verdict, "%s", figure)
	}
}

// mustFloat reads a number that was seen to be one.
func mustFloat(text string) float64 {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(err)
	}
	return x
}

// plot draws the event study: listed products against all others, year by year, with intervals of 95 %.
func (e *evaluation) plot(f *Finding) string {
	p := chart.Plot{Title: f.Claim.Claim, Unit: e.outcome + ", listed against others", Label: func(y float64) string { return strconv.FormatFloat(y, 'g', 3, 64) }}
	band, line := chart.Band{Name: "interval of 95 %", Colour: "#4a8bb5"}, chart.Line{Name: "difference", Colour: "#14507a"}
	// The year that all others are compared with has no estimate: it is 0 by construction.
	events := append(slices.Clone(e.events), policy.Estimate{Year: e.did.Year - 1})
	slices.SortStableFunc(events, func(a, b policy.Estimate) int { return a.Year - b.Year })
	for _, r := range events {
		p.Years, line.Values = append(p.Years, r.Year), append(line.Values, r.Value)
		band.Low, band.High = append(band.Low, r.Low), append(band.High, r.High)
	}
	if len(p.Years) < 2 {
		return ""
	}
	p.Lines, p.Bands = []chart.Line{line}, []chart.Band{band}
	p.Mark = chart.Mark{Year: e.did.Year, Text: "first year of the policy"}
	return p.SVG()
}
