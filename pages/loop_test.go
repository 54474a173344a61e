package pages

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"testing"

	"chokepoint/loop"
	"chokepoint/result"
	"chokepoint/server"
	"chokepoint/server/servertest"
)

// loopSaid is an answer of the API to loop, as the tests of the page look it up.
type loopSaid struct {
	t     *testing.T
	rows  []map[string]any
	years []float64
}

// loopOf asks the API what the page asks, with the sliders as set.
func loopOf(t *testing.T, s *server.Server, query, set string) *loopSaid {
	t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	values.Set("set", set)
	a := servertest.ReadJSON(t, servertest.Body(t, servertest.Get(s, server.APIRoot+"/loop?"+values.Encode()), 200))
	said := &loopSaid{t: t, rows: a.Rows}
	for _, r := range a.Rows {
		if year, ok := r["year"].(float64); ok && r["run"] == "policy" && r["quantity"] == "adoption" {
			said.years = append(said.years, year)
		}
	}
	return said
}

// at is the mean of a quantity in a year; year 0 is the whole run.
func (l *loopSaid) at(run, quantity string, year float64) float64 {
	l.t.Helper()
	for _, r := range l.rows {
		y, _ := r["year"].(float64)
		if r["run"] == run && r["quantity"] == quantity && y == year {
			mean, _ := r["mean"].(float64)
			return mean
		}
	}
	l.t.Fatalf("the answer has no %s of %s in %v", quantity, run, year)
	return 0
}

// arrows are the labels that the diagram must have in the middle year.
func (l *loopSaid) arrows() []string {
	year := l.years[len(l.years)/2]
	at := func(q string) float64 { return l.at("policy", q, year) }
	before := func(q string) float64 { return l.at("policy", q, year-1) }
	sign := func(format string, x float64) string {
		text := fmt.Sprintf(format, math.Abs(x))
		if strings.HasPrefix(fmt.Sprintf(format, x), "-") {
			return "−" + text
		}
		return text
	}
	plus := func(format string, x float64) string {
		if text := sign(format, x); strings.HasPrefix(text, "−") {
			return text
		}
		return "+" + sign(format, x)
	}
	return []string{
		"−" + fmt.Sprintf("%.0f %%", 100*at("subsidy")),
		plus("%.1f", 100*(at("adoption")-before("adoption"))) + " points per year",
		fmt.Sprintf("%.2f %% of product", 100*at("gain")),
		"R " + sign("%.3f", at("loop_strength_spill_over")) + " %",
		"R " + sign("%.2f", at("loop_strength_learning")) + " %",
		plus("%.1f", 100*(at("unit_cost")/before("unit_cost")-1)) + " % per year",
		"new users",
		fmt.Sprintf("%.2f %% of product", 100*at("fiscal_cost")),
		fmt.Sprintf("%.2f %%", 100*at("drag")),
		"−" + fmt.Sprintf("%.2f %%", 100*at("drag")),
		"net " + sign("%.2f", 100*at("net_gain")) + " %",
	}
}

// checkLoopPage compares the facts, the diagram and the words of the page with the answer of the API.
func checkLoopPage(t *testing.T, s *server.Server, query string, set string) {
	t.Helper()
	api := loopOf(t, s, query, set)
	path := "/loop?" + query
	for part := range strings.SplitSeq(set, ",") {
		if part != "" {
			path += "&" + part
		}
	}
	w := servertest.Get(s, path)
	servertest.Body(t, w, 200)
	var labels []string
	for _, e := range elementsOf(t, w, func(e element) bool { return e.name == "text" && e.attributes["font-size"] == "12" }) {
		labels = append(labels, e.text)
	}
	if want := api.arrows(); !slices.Equal(labels, want) {
		t.Errorf("%s: the diagram says %q, want %q", path, labels, want)
	}
	var facts []string
	for _, e := range elementsOf(t, w, func(e element) bool { return e.name == "dd" }) {
		facts = append(facts, e.text)
	}
	share := func(run, quantity string) string { return result.Percent(api.at(run, quantity, 0)) }
	for i, want := range [][]string{{share("policy", loop.ReachesHalf), share("no policy", loop.ReachesHalf) + " without policy; " + share("sunset", loop.TakesOff) + " if support ends"},
		{share("policy", loop.NetAboveZero), "policy minus no policy: " + share("policy less no policy", loop.NetAboveZero)}} {
		if i >= len(facts) || !strings.HasPrefix(facts[i], want[0]) || !strings.HasSuffix(facts[i], want[1]) {
			t.Errorf("%s: the facts are %q, want %q", path, facts, want)
		}
	}
	half := "in " + share("policy", loop.ReachesHalf) + " of draws by"
	if api.at("policy", loop.ReachesHalf, 0) == 0 {
		half = "in no draw by"
	}
	said := elementsOf(t, w, withClass("said"))
	if len(said) != 1 {
		t.Fatalf("%s: %d lists of sentences", path, len(said))
	}
	for _, want := range []string{"above 0 in " + share("policy", loop.NetAboveZero) + " of draws", half, fmt.Sprintf("%.3f) in %.0f", api.at("policy", "loop_strength_spill_over", api.years[1]), api.years[1])} {
		if text := said[0].text; !strings.Contains(strings.ReplaceAll(text, "−", "-"), want) {
			t.Errorf("%s: the words lack %q: %s", path, want, text)
		}
	}
	if marks := elementsOf(t, w, withClass("mark")); !slices.ContainsFunc(marks, func(e element) bool { return e.text == loop.CapitalIllustration()+"." }) {
		t.Errorf("%s does not say what it is: %v", path, marks)
	}
}

// TestLoopPage moves the controls of the page one by one.
func TestLoopPage(t *testing.T) {
	s := newServer(t, nil)
	const draws = "&draws=20"
	for _, technology := range []string{"pv", "wind", "batteries"} {
		checkLoopPage(t, s, "technology="+technology+draws, "")
	}
	for _, set := range []string{"subsidy=0.5", "gain=0", "gain=0.04", "drag=2", "spill-over=5", "excess=1.5", "steepness=8", "subsidy=0,spill-over=0"} {
		checkLoopPage(t, s, "technology=pv"+draws, set)
	}
	for _, term := range []string{"learning", "spill-over", "subsidy", "drag", "shocks"} {
		checkLoopPage(t, s, "technology=pv&without="+term+draws, "")
	}
}

// TestLoopPageControls: every control changes what the page shows, and keeps what was given.
func TestLoopPageControls(t *testing.T) {
	s := newServer(t, nil)
	live := func(query string) string {
		for _, e := range elementsOf(t, servertest.Get(s, "/loop?technology=pv&draws=40&"+query), func(e element) bool { return e.attributes["id"] == "live" }) {
			return e.text
		}
		return ""
	}
	plain := live("")
	for _, slider := range loopSliders {
		if live(slider.Name+"="+slider.Max) == plain {
			t.Errorf("%s moves nothing", slider.Name)
		}
		w := servertest.Get(s, "/loop?draws=40&"+slider.Name+"="+slider.Max)
		fields := elementsOf(t, w, func(e element) bool { return e.attributes["name"] == slider.Name })
		if len(fields) != 1 || fields[0].attributes["value"] != slider.Max {
			t.Errorf("%s=%s: the field has %v", slider.Name, slider.Max, fields)
		}
	}
	if live("without=learning") == plain {
		t.Error("a term switched off changes nothing")
	}
	const several = "without=learning&without=spill-over"
	if got := live(several); got == plain || got == live("without=learning") || got != live("without=learning,spill-over") {
		t.Error("two terms switched off one by one are not both off")
	}
	var off []string
	for _, e := range elementsOf(t, servertest.Get(s, "/loop?draws=40&"+several), func(e element) bool { return e.attributes["name"] == "without" }) {
		if _, checked := e.attributes["checked"]; checked {
			off = append(off, e.attributes["value"])
		}
	}
	if len(off) != 2 || off[0] != "learning" || off[1] != "spill-over" {
		t.Errorf("boxes of %v are set", off)
	}
}

// TestLoopPageWrong: a wrong value is an error beside no figures.
func TestLoopPageWrong(t *testing.T) {
	s := newServer(t, nil)
	f := func(query, says string) {
		t.Helper()
		w := servertest.Get(s, "/loop?"+query, "Accept", "text/html")
		if w.Code != 422 {
			t.Errorf("%s: status %d, want 422", query, w.Code)
		}
		if text := w.Body.String(); !strings.Contains(text, says) || strings.Contains(text, `id="diagram"`) || strings.Contains(text, `class="facts"`) {
			t.Errorf("%s: want %q and no figures: %s", query, says, server.Shortened(text))
		}
		if n := len(elementsOf(t, w, func(e element) bool { return e.attributes["role"] == "alert" })); n != 1 {
			t.Errorf("%s: %d alerts", query, n)
		}
	}
	f("technology=fusion", "fusion")
	f("without=nope", "there is no term")
	f("draws=5", "10 to 20000")
	f("draws=many", "10 to 20000")
	f("subsidy=1", "0 ≤ subsidy &lt; 1")
	f("gain=a+lot", "a lot")
	f("drag=-1", "drag")
	f("spill-over=1e9", "spill-over")
}
