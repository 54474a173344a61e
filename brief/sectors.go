package brief

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// sectors weighs the claim that an economy leads in some sectors of a list and depends on others in some.
func (w *work) sectors(f *Finding) error {
	last := strconv.Itoa(w.years[len(w.years)-1])
	t, err := w.ask(f, "scoreboard", "economy", f.With["economy"], "list", f.With["list"], "method", f.With["method"], "years", last)
	if err != nil {
		return err
	}
	expected := map[string]string{}
	for class, text := range map[string]string{"leader": f.With["leader"], "dependent": f.With["dependent"]} {
		for id := range strings.SplitSeq(text, ",") {
			expected[strings.TrimSpace(id)] = class
		}
	}
	as, against, asked := 0, 0, 0
	sectors, class := t.Column("sector").Text, t.Column("class").Text
	for i, id := range sectors {
		want := expected[id]
		if want == "" || t.Column("products").Int[i] == 0 {
			continue
		}
		asked++
		numbers := fmt.Sprintf("%.1f %% of world exports, rank %d, balance %s", 100*t.Column("world_market_share").Float[i], t.Column("world_rank").Int[i], t.Column("balance").Short(i))
		switch class[i] {
		case want:
			as++
			f.say("%s: %s, as claimed (%s).", t.Column("sector_name").Text[i], class[i], numbers)
		case "leader", "dependent":
			against++
			f.say("%s: %s, where the claim is %s (%s).", t.Column("sector_name").Text[i], class[i], want, numbers)
		default:
			f.say("%s: %s, where the claim is %s (%s).", t.Column("sector_name").Text[i], class[i], want, numbers)
		}
	}
	for id := range expected {
		if id != "" && !slices.Contains(sectors, id) {
			return fmt.Errorf("list %s has no sector %q", f.With["list"], id)
		}
	}
	f.Figure = fmt.Sprintf("%d of %d as claimed, %s", as, asked, last)
	switch {
	case asked == 0:
		f.Verdict = Unsaid
	case as == asked:
		f.Verdict = Stands
	case against > as:
		f.Verdict = Falls
	default:
		f.Verdict = InPart
	}
	return nil
}

// effect weighs the claim that a policy lowered or raised an outcome of the products that it names.
func (w *work) effect(f *Finding) error {
	lowers := f.With["expect"] == "falls"
	if !lowers && f.With["expect"] != "rises" {
		return fmt.Errorf("expect %q: want rises or falls", f.With["expect"])
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
		f.Verdict = Unsaid
		f.say("The dataset has %s; an effect needs years before and after the policy.", yearsOf(w.years))
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
	f.say("A comparison of products cannot tell the policy from what else met the same products in these years.")
	return nil
}
