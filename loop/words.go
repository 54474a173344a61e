package loop

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"chokepoint/result"
)

// ofProduct writes a share of product in per cent.
func ofProduct(x float64) string {
	return strings.Replace(strconv.FormatFloat(100*x, 'f', 2, 64), "-", "−", 1) + " %"
}

func bandOfProduct(b Band) string {
	return fmt.Sprintf("%s (%s to %s)", ofProduct(b.Mean), ofProduct(b.Low), ofProduct(b.High))
}

// yearsOf writes a number of years.
func yearsOf(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// Words are the sentences on an answer to loop, as its table keeps them.
func Words(t *result.Table) (list []string) {
	for _, n := range t.Notes {
		if n.Kind == Said {
			list = append(list, n.Text)
		}
	}
	return list
}

// Said is the kind of notes that say in words what the numbers of an answer come to.
const Said result.NoteKind = "in words"

// Sentences say what an outcome comes to, in words that follow from the numbers. They speak of draws, not of the world.
func (o *Outcome) Sentences() (list []string) {
	last := o.First + o.Years - 1
	say := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	half := func(run Run) string {
		w := o.Whole[run]
		share := w[ReachesHalf].Mean
		if share == 0 {
			return fmt.Sprintf("in no draw by %d", last)
		}
		b := w[TimeToHalf]
		return fmt.Sprintf("in %s of draws by %d, after %s years on average (%s to %s)", result.Percent(share), last, yearsOf(b.Mean), yearsOf(b.Low), yearsOf(b.High))
	}
	say("With the policy, half of the users adopt %s; without it, %s", half(WithPolicy), half(NoPolicy))
	say("Where the support ends in %d, adoption reaches half by %d in %s of draws", o.Policy.Sunset, last, result.Percent(o.Whole[Sunset][TakesOff].Mean))
	with := o.Whole[WithPolicy]
	say("Discounted sums in per cent of a year's product, mean and 90 %% of draws: gain %s, fiscal cost %s, drag %s, net gain %s; it is above 0 in %s of draws",
		bandOfProduct(with[DiscountedGain]), bandOfProduct(with[DiscountedCost]), bandOfProduct(with[DiscountedDrag]), bandOfProduct(with[DiscountedNet]), result.Percent(with[NetAboveZero].Mean))
	apart := o.Whole[Difference]
	say("Against the run without policy the net gain is %s, above 0 in %s of draws: that alone is what the policy adds", bandOfProduct(apart[DiscountedNet]), result.Percent(apart[NetAboveZero].Mean))
	if even := with[BreakEvenDrag]; math.IsNaN(even.Mean) {
		say("No drag brings the net gain to 0")
	} else {
		say("The net gain is 0 at a drag of %.2f (%.2f to %.2f), over the %s of draws that have such a drag", even.Mean, even.Low, even.High, result.Percent(with[BreakEvenExists].Mean))
	}
	if o.Strength != nil {
		list = append(list, o.strengthSentence())
	}
	return list
}

// strengthSentence says how strong the loop is at first, in the middle and at last.
func (o *Outcome) strengthSentence() string {
	var parts []string
	for _, t := range []int{1, o.Years / 2, o.Years - 1} {
		parts = append(parts, fmt.Sprintf("%.2f (by learning %.2f, by spill-over %.3f) in %d", o.Strength[0][t].Mean, o.Strength[1][t].Mean, o.Strength[2][t].Mean, o.First+t))
	}
	return "Strength of the loop, % of the next five years' demand by 1 % more deployment, beyond pull-forward and replacement: " + strings.ReplaceAll(strings.Join(parts, "; "), " -", " −")
}

// text writes the answer for people.
func (a *Answer) text(w io.Writer, opt result.Options) error {
	t := a.table()
	var b strings.Builder
	if t.IsSynthetic() {
		b.WriteString("SYNTHETIC DATA – not real trade\n")
	}
	fmt.Fprintf(&b, "%s\n%s.\n", t.Title, capital(Illustration))
	for _, o := range a.Outcomes {
		fmt.Fprintf(&b, "\n%s (%s)\n", o.Technology.Name, o.Technology.ID)
		for _, s := range o.Sentences() {
			fmt.Fprintln(&b, result.Fill(s+".", cmp.Or(opt.Width, 110)))
		}
		fmt.Fprintf(&b, "year adoption  without  sunset  unit cost  fiscal cost    drag    gain  net gain\n")
		for y := 0; y < o.Years; y += 5 {
			band := func(run Run, name string) float64 { return o.Band(run, name)[y].Mean }
			fmt.Fprintf(&b, "%d %7.1f%%  %6.1f%%  %5.1f%%  %9.4g  %11s  %6s  %6s  %8s\n", o.First+y, 100*band(WithPolicy, "adoption"), 100*band(NoPolicy, "adoption"),
				100*band(Sunset, "adoption"), band(WithPolicy, "unit_cost"), ofProduct(band(WithPolicy, "fiscal_cost")), ofProduct(band(WithPolicy, "drag")),
				ofProduct(band(WithPolicy, "gain")), ofProduct(band(WithPolicy, "net_gain")))
		}
	}
	b.WriteString("\n")
	for _, n := range t.Notes[1:] {
		if n.Kind == Said {
			continue // it stands above
		}
		fmt.Fprintf(&b, "note: %s\n", n.Text)
	}
	b.WriteString("note: --format csv has every year, run and quantity with its band\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// Band is a quantity of a run, year by year.
func (o *Outcome) Band(run Run, name string) []Band {
	for q := range quantities {
		if quantities[q].Name == name {
			return o.Bands[run][q]
		}
	}
	panic("loop: no quantity " + name)
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
