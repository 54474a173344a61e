package brief

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"chokepoint/chart"
	"chokepoint/fault"
	"chokepoint/result"
)

// effect weighs the claim that a policy lowered or raised an outcome of the products that it names.
func (w *work) effect(f *Finding) error {
	lowers := f.With["expect"] == "falls"
	if !lowers && f.With["expect"] != "rises" {
		return fault.Questionf("expect %q: want rises or falls", f.With["expect"])
	}
	var verdicts []Verdict
	for outcome := range strings.SplitSeq(f.With["outcomes"], ",") {
		outcome = strings.TrimSpace(outcome)
		t, err := w.ask(f, "policy", "policy", f.With["policy"], "outcome", outcome, "economy", f.With["economy"], "list", f.With["list"])
		if err != nil {
			return err
		}
		at := func(kind string) int { return slices.Index(t.Column("kind").Text, kind) }
		did, trend, lot := at("did"), at("pretrend"), at("placebo-list")
		if did < 0 {
			continue
		}
		if f.Plot == "" {
			f.Plot = eventPlot(f, t, outcome)
		}
		number := func(column string, row int) float64 { return t.Column(column).Float[row] }
		f.say("%s: %s (95 %% from %s to %s) on the average of the years since, %d listed products against %d others.", outcome,
			t.Column("estimate").Short(did), t.Column("ci_low").Short(did), t.Column("ci_high").Short(did), t.Column("listed_products").Int[did], t.Column("other_products").Int[did])
		if f.Figure == "" {
			f.Figure = outcome + " " + t.Column("estimate").Short(did)
		}
		sound := true
		if trend >= 0 && number("p_value", trend) < 0.05 {
			sound = false
			f.say("But listed products had moved apart before already (joint test p %s).", t.Column("p_value").Short(trend))
		}
		if lot >= 0 && number("p_value", lot) >= 0.05 {
			sound = false
			f.say("Lists drawn by lot do as well in %s of cases.", t.Column("p_value").Short(lot))
		}
		significant := number("p_value", did) < 0.05
		switch as := lowers == (number("estimate", did) < 0); {
		case !significant:
			verdicts = append(verdicts, Unsaid)
			f.say("The interval holds zero: no effect can be told.")
		case as && sound:
			verdicts = append(verdicts, Stands)
		case as:
			verdicts = append(verdicts, InPart)
		default:
			verdicts = append(verdicts, Falls)
		}
	}
	if len(verdicts) == 0 {
		f.cannot(fmt.Sprintf("it has %s, and an effect needs listed and other products in years before and after the policy", yearsOf(w.years)),
			"a dataset with years before and after the policy")
		return nil
	}
	f.Verdict = verdicts[0]
	for _, v := range verdicts[1:] {
		if v != f.Verdict {
			f.Verdict = InPart
			if !slices.Contains(verdicts, Stands) && !slices.Contains(verdicts, InPart) {
				f.Verdict = Unsaid
			}
		}
	}
	if f.Verdict == Unsaid {
		f.cannot("the intervals of the estimates hold zero", "data that narrow them: more years, or a longer list of products")
	}
	f.say("A comparison of products cannot tell the policy from what else met the same products in these years.")
	return nil
}

// eventPlot draws the event study: listed products against all others, year by year, with intervals of 95 %.
func eventPlot(f *Finding, t *result.Table, outcome string) string {
	p := chart.Plot{Title: f.Claim.Claim, Unit: outcome + ", listed against others", Label: func(y float64) string { return strconv.FormatFloat(y, 'g', 3, 64) }}
	band, line := chart.Band{Name: "interval of 95 %", Colour: "#4a8bb5"}, chart.Line{Name: "difference", Colour: "#14507a"}
	add := func(year int, x, low, high float64) {
		p.Years, line.Values = append(p.Years, year), append(line.Values, x)
		band.Low, band.High = append(band.Low, low), append(band.High, high)
	}
	policyYear := 0
	kind, years := t.Column("kind").Text, t.Column("year").Int
	if did := slices.Index(kind, "did"); did >= 0 {
		policyYear = int(years[did])
	}
	for i, k := range kind {
		if k != "event" {
			continue
		}
		if year := int(years[i]); year >= policyYear && (len(p.Years) == 0 || p.Years[len(p.Years)-1] < policyYear-1) {
			add(policyYear-1, 0, 0, 0) // the year that all others are compared with
		}
		add(int(years[i]), t.Column("estimate").Float[i], t.Column("ci_low").Float[i], t.Column("ci_high").Float[i])
	}
	if len(p.Years) < 2 {
		return ""
	}
	p.Lines, p.Bands = []chart.Line{line}, []chart.Band{band}
	p.Mark = chart.Mark{Year: policyYear, Text: "first year of the policy"}
	return p.SVG()
}
