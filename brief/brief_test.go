package brief

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"chokepoint/dependence"
	"chokepoint/policy"
	"chokepoint/result"
	"chokepoint/study"
)

// holdings are those of a made-up dataset that lacks nothing but what the test says.
type holdings struct {
	years     []int
	products  int                   // of 5000; 0 is all
	noImports map[string]study.Lack // by selection
	noExports map[string]study.Lack
	world     *study.Lack
	synthetic bool
	sets      []study.TableSet
}

func (h *holdings) Years() []int { return h.years }
func (h *holdings) About() result.Provenance {
	return result.Provenance{Dataset: "test", Nomenclature: "HS17", Synthetic: h.synthetic}
}
func (h *holdings) Products(_ context.Context, year int, _ string) (held, all int, err error) {
	if h.products == 0 {
		return 5000, 5000, nil
	}
	return h.products, 5000, nil
}
func (h *holdings) NoImports(_ context.Context, _ int, selection string) ([]study.Lack, error) {
	return lacking(h.noImports, selection), nil
}
func (h *holdings) NoExports(_ int, selection string) ([]study.Lack, error) {
	return lacking(h.noExports, selection), nil
}
func (h *holdings) World(context.Context, int) (*study.Lack, error) { return h.world, nil }
func (h *holdings) Name(label string) (string, bool) {
	name, ok := map[string]string{"DEU": "Germany", "NLD": "Netherlands", "USA": "USA", "CHN": "China", "HKG": "Hong Kong SAR", "EU27": "European Union of 27", "ADVANCED": "advanced economies"}[label]
	return name, ok
}
func (h *holdings) TableSets() ([]study.TableSet, error) { return h.sets, nil }

func lacking(of map[string]study.Lack, selection string) []study.Lack {
	if l, ok := of[selection]; ok {
		return []study.Lack{l}
	}
	return nil
}

// answers is an Ask that gives made-up tables.
func answers(tables map[string]*result.Table) Ask {
	return func(question string, values map[string]string) (*result.Table, error) {
		t := tables[question]
		if t == nil {
			return nil, errors.New("unexpected question " + question)
		}
		t.Synthetic = true
		return t, nil
	}
}

// countTable is a table of count: by method, the products of two years.
func countTable(years [2]int, byMethod map[string][2]int) *result.Table {
	var rows []dependence.CountRow
	for id, n := range byMethod {
		for k, y := range years {
			rows = append(rows, dependence.CountRow{Year: y, Method: id, Importer: "CHN", Products: n[k], Status: result.Observed})
		}
	}
	return counts.Table("counts", rows)
}

// thresholds is a table of sensitivity: two points of a grid, each with the products of two years.
func thresholds(years [2]int, one, two [2]int) *result.Table {
	var rows []dependence.SensitivityRow
	for i, n := range [][2]int{one, two} {
		for k, y := range years {
			rows = append(rows, dependence.SensitivityRow{Asked: dependence.Asked{Year: y}, X: []string{"0.15", "0.45"}[i], Y: "0.3", Products: n[k]})
		}
	}
	return grid.Table("grid", rows)
}

func weigh(t *testing.T, claim string, years []int, tables map[string]*result.Table) *Finding {
	t.Helper()
	b, err := Parse("test", []byte("id = \"t\"\ntitle = \"T\"\n"+claim))
	if err != nil {
		t.Fatal(err)
	}
	d, err := Make(t.Context(), answers(tables), &holdings{years: years}, b, quietly)
	if err != nil {
		t.Fatal(err)
	}
	return d.Findings[0]
}

const falls = `[[claims]]
id = "1"
kind = "trend"
claim = "It fell"
published = [{ year = 2000, value = 400 }, { year = 2022, value = 200 }]
[claims.with]
importers = "CHN"
partners = "USA"
expect = "falls"
`

// verdicts are those of the assertions of a claim, in order.
func verdicts(f *Finding) (list []Verdict) {
	for _, p := range f.Parts {
		list = append(list, p.Verdict)
	}
	return list
}

func TestTrend(t *testing.T) {
	fall := [2]int{9, 3}
	for name, c := range map[string]struct {
		years         [2]int
		byMethod      map[string][2]int
		grid          [2][2]int
		change, level Verdict
		words         string
	}{
		"all fall by about as much":            {[2]int{2000, 2022}, map[string][2]int{"merics-2024-floor": {300, 160}, "mgi": {50, 20}, "iw-2024": {9, 5}, "dsece-2022": {8, 1}}, [2][2]int{fall, fall}, Stands, Stands, "4 of 4 distinct definitions show a fall"},
		"it falls from another level":          {[2]int{2000, 2022}, map[string][2]int{"merics-2024-floor": {151, 85}, "mgi": {50, 20}}, [2][2]int{fall, fall}, Stands, Falls, "2 of 2 distinct definitions show a fall"},
		"with other thresholds it rises":       {[2]int{2000, 2022}, map[string][2]int{"merics-2024-floor": {300, 160}, "mgi": {50, 20}}, [2][2]int{fall, {3, 9}}, InPart, Stands, "1 of 2 combinations show a fall"},
		"with other thresholds alone it falls": {[2]int{2000, 2022}, map[string][2]int{"merics-2024-floor": {160, 300}, "mgi": {20, 50}}, [2][2]int{fall, {3, 9}}, InPart, InPart, "0 of 2 distinct definitions"},
		"it falls, by another size":            {[2]int{2000, 2022}, map[string][2]int{"merics-2024-floor": {300, 290}, "mgi": {50, 20}}, [2][2]int{fall, fall}, InPart, Stands, "of another size"},
		"definitions disagree":                 {[2]int{2000, 2022}, map[string][2]int{"merics-2024-floor": {300, 160}, "mgi": {5, 20}}, [2][2]int{fall, fall}, InPart, Stands, "1 of 2 distinct definitions"},
		"all rise":                             {[2]int{2000, 2022}, map[string][2]int{"merics-2024-floor": {160, 320}, "mgi": {5, 20}}, [2][2]int{{3, 9}, {1, 2}}, Falls, Falls, "0 of 2 distinct definitions"},
		"years nearby stand in":                {[2]int{2001, 2018}, map[string][2]int{"merics-2024-floor": {300, 160}}, [2][2]int{fall, fall}, Stands, Stands, "2001 and 2018 stand in for 2000 and 2022"},
		"years too far away":                   {[2]int{2010, 2024}, map[string][2]int{"merics-2024-floor": {300, 160}}, [2][2]int{fall, {99, 77}}, Unsaid, Stands, "it is between 3 and 77 in 2024"},
		"nothing changes and nobody agrees":    {[2]int{2000, 2022}, map[string][2]int{"merics-2024-floor": {10, 10}}, [2][2]int{{3, 3}, {1, 2}}, Falls, Falls, "0 of 1"},
		"a newer year stands in":               {[2]int{2000, 2024}, map[string][2]int{"merics-2024-floor": {300, 160}}, [2][2]int{fall, fall}, Stands, Stands, "Here in 2024, a newer year: 160"},
	} {
		f := weigh(t, falls, c.years[:], map[string]*result.Table{"count": countTable(c.years, c.byMethod), "sensitivity": thresholds(c.years, c.grid[0], c.grid[1])})
		if text, got := strings.Join(f.Words, " "), verdicts(f); !slices.Equal(got, []Verdict{c.change, c.level}) || !strings.Contains(text, c.words) {
			t.Errorf("%s: %q, %s; want %q, %q, %q", name, got, text, c.change, c.level, c.words)
		}
		want := c.change
		if c.change != c.level && c.change != Unsaid {
			want = InPart
		}
		if f.Verdict != want {
			t.Errorf("%s: %q, want %q", name, f.Verdict, want)
		}
		if (f.Verdict == Unsaid) != strings.Contains(f.Said(), "because it has 2010 to 2024 and lacks years near 2000 and 2022") {
			t.Errorf("%s: %q", name, f.Said())
		}
	}
	f := weigh(t, falls, []int{2000, 2022}, map[string]*result.Table{"count": countTable([2]int{2000, 2022}, map[string][2]int{"merics-2024-floor": {151, 85}}), "sensitivity": thresholds([2]int{2000, 2022}, fall, fall)})
	if want := "stands in part: the fall stands (151 → 85, −44 %, published −50 %); the level does not stand (151 in 2000, published 400; 85 in 2022, published 200)"; f.Said() != want {
		t.Errorf("%q, want %q", f.Said(), want)
	}
}

// TestDistinct: three that are one rule are asked once, the one in focus for its rule, and no variant but that in focus.
func TestDistinct(t *testing.T) {
	for main, c := range map[string]struct{ has, lacks []string }{
		"merics-2024-floor": {[]string{"merics-2024-floor", "iw-2024", "mgi"}, []string{"japan-2022", "merics-2020", "merics-2024"}},
		"japan-2022":        {[]string{"japan-2022", "merics-2024-floor"}, []string{"iw-2024", "merics-2020"}},
		"merics-2024":       {[]string{"merics-2024", "merics-2024-floor"}, nil},
	} {
		ids := strings.Split(distinct(main), ",")
		for _, id := range append(slices.Clone(c.has), c.lacks...) {
			if slices.Contains(ids, id) != slices.Contains(c.has, id) {
				t.Errorf("%s in focus: %v, %s", main, ids, id)
			}
		}
	}
}

// TestApplicable: a definition that looks at what the world buys has no part beside one that does not, where much of that is missing.
func TestApplicable(t *testing.T) {
	claim := strings.NewReplacer("trend", "order", "expect = \"falls\"\n", "method = \"japan-2022\"\n", "\"CHN\"", "\"A,B\"").Replace(falls)
	var rows []dependence.CountRow
	for i, n := range []int{5, 3, 1, 2} {
		rows = append(rows, dependence.CountRow{Year: 2020, Method: []string{"japan-2022", "hjs-2020"}[i/2], Importer: []string{"A", "B"}[i%2], Products: n})
	}
	for share, want := range map[float64]Verdict{0.04: InPart, 0.14: Stands} {
		h := &holdings{years: []int{2020}, world: &study.Lack{Label: "world", Members: []string{"DEU"}, Share: share}}
		if f, _ := weighWith(t, h, claim, map[string]*result.Table{"count": counts.Table("counts", rows)}); f.Verdict != want {
			t.Errorf("%v of the world missing: %s, want %s", share, f.Said(), want)
		}
	}
}

// TestStep asks for every so many years, the last, and those that decide.
func TestStep(t *testing.T) {
	claim := "[[claims]]\nid = \"1\"\nkind = \"measure\"\nclaim = \"C\"\n[claims.with]\nquestion = \"similarity\"\ncolumn = \"similarity\"\nexpect = \"rises\"\nstep = \"5\"\n"
	var asked string
	b, err := Parse("test", []byte("id = \"t\"\ntitle = \"T\"\n"+claim))
	if err != nil {
		t.Fatal(err)
	}
	var years []int
	for y := 2000; y <= 2012; y++ {
		years = append(years, y)
	}
	_, _ = Make(t.Context(), func(_ string, values map[string]string) (*result.Table, error) {
		asked = values["years"]
		return nil, errors.New("x")
	}, &holdings{years: years}, b, quietly)
	if asked != "2000,2002,2007,2012" {
		t.Errorf("asked for %q", asked)
	}
	if _, err := Parse("test", []byte("id = \"t\"\ntitle = \"T\"\n"+strings.Replace(claim, "\"5\"", "\"0\"", 1))); err == nil || !strings.Contains(err.Error(), `step "0"`) {
		t.Errorf("%v", err)
	}
}

// TestTimes holds a change against a factor that is claimed without its first figure.
func TestTimes(t *testing.T) {
	claim := strings.NewReplacer("falls", "rises", "{ year = 2000, value = 400 }, ", "", "expect", "from = \"2000\"\nto = \"2022\"\ntimes = \"3\"\nexpect").Replace(falls)
	for want, n := range map[Verdict][2]int{Stands: {60, 200}, InPart: {60, 400}} {
		f := weigh(t, claim, []int{2000, 2022}, map[string]*result.Table{"count": countTable([2]int{2000, 2022}, map[string][2]int{"merics-2024-floor": n}), "sensitivity": thresholds([2]int{2000, 2022}, [2]int{1, 3}, [2]int{1, 3})})
		if f.Parts[0].Verdict != want {
			t.Errorf("%v: %v", n, f.Parts)
		}
	}
	if _, err := Parse("test", []byte("id = \"t\"\ntitle = \"T\"\n"+strings.Replace(claim, "\"3\"", "\"three\"", 1))); err == nil || !strings.Contains(err.Error(), "times \"three\"") {
		t.Errorf("%v", err)
	}
}

func TestLevel(t *testing.T) {
	claim := strings.NewReplacer("trend", "level", "expect = \"falls\"\n", "", "published = [{ year = 2000, value = 400 }, { year = 2022, value = 200 }]", "published = [{ year = 2020, value = 100 }]").Replace(falls)
	for name, c := range map[string]struct {
		year  int
		count int
		other int
		grid  [2]int // with thresholds moved
		want  Verdict
	}{
		"about as many":                {2020, 140, 1, [2]int{140, 140}, Stands},
		"fewer by too much":            {2020, 60, 50, [2]int{60, 70}, Falls},
		"within the thresholds' range": {2020, 60, 50, [2]int{60, 170}, InPart},
		"as by another definition":     {2020, 60, 500, [2]int{60, 70}, Falls},
		"a year nearby":                {2024, 100, 100, [2]int{1, 1}, Stands},
		"no year nearby":               {2025, 100, 100, [2]int{1, 1}, Unsaid},
	} {
		years := [2]int{1990, c.year}
		f := weigh(t, claim, years[:], map[string]*result.Table{"count": countTable(years, map[string][2]int{"merics-2024-floor": {0, c.count}, "mgi": {0, c.other}}),
			"sensitivity": thresholds(years, [2]int{0, c.grid[0]}, [2]int{0, c.grid[1]})})
		if f.Verdict != c.want {
			t.Errorf("%s: %q, want %q: %v", name, f.Verdict, c.want, f.Words)
		}
		if f.Numbers == nil || len(f.Numbers.Head) != len(f.Numbers.Rows[0]) {
			t.Errorf("%s: numbers %v", name, f.Numbers)
		}
	}
}

func TestOrder(t *testing.T) {
	claim := strings.NewReplacer("trend", "order", "expect = \"falls\"\n", "", "\"CHN\"", "\"A,B\"").Replace(falls)
	for _, c := range []struct {
		values [4]int // of A and B by merics-2024-floor, then by mgi
		want   Verdict
	}{{[4]int{5, 3, 7, 6}, Stands}, {[4]int{5, 3, 1, 2}, InPart}, {[4]int{3, 5, 1, 2}, Falls}, {[4]int{3, 5, 2, 1}, InPart}, {[4]int{5, 3, 0, 0}, InPart}} {
		var rows []dependence.CountRow
		for i, n := range c.values {
			rows = append(rows, dependence.CountRow{Year: 2020, Method: []string{"merics-2024-floor", "mgi"}[i/2], Importer: []string{"A", "B"}[i%2], Products: n, Status: result.Observed})
		}
		if f := weigh(t, claim, []int{2000, 2020}, map[string]*result.Table{"count": counts.Table("counts", rows)}); f.Verdict != c.want {
			t.Errorf("%v: %q, want %q", c.values, f.Verdict, c.want)
		}
	}
}

func TestMeasure(t *testing.T) {
	claim := strings.NewReplacer("trend", "measure", "importers = \"CHN\"", "question = \"balance\"\ncolumn = \"net_exports_usd\"", "partners = \"USA\"\n", "", "\"falls\"", "\"rises\"").Replace(falls) + "[claims.ask]\neconomy = \"CHN\"\n"
	table := func(a, b, c, d float64) *result.Table {
		year, partner, net := result.IntColumn("year", result.Year, "."), result.TextColumn("partner", "."), result.FloatColumn("net_exports_usd", result.USD, ".")
		for i, x := range []float64{a, b, c, d} {
			year.AppendInt([]int64{2000, 2020}[i%2])
			partner.AppendText([]string{"USA", "EU27"}[i/2])
			net.AppendFloat(x)
		}
		return result.New("balance", "balance", year, partner, net)
	}
	for want, x := range map[Verdict][4]float64{Stands: {1, 2, 3, 4}, InPart: {1, 2, 4, 3}, Falls: {2, 1, 4, 4.03}} {
		f := weigh(t, claim, []int{2000, 2020}, map[string]*result.Table{"balance": table(x[0], x[1], x[2], x[3])})
		if f.Verdict != want || !strings.Contains(f.Plot, "<svg") {
			t.Errorf("%v: %q", x, f.Verdict)
		}
	}
}

// TestMeasureRows takes its number from some rows of a question that has no partner, and judges it by its last value.
func TestMeasureRows(t *testing.T) {
	kind, year, x := result.TextColumn("kind", "."), result.IntColumn("year", result.Year, "."), result.FloatColumn("estimate", "index", ".")
	kind.AppendText("mean-listed", "mean-other", "mean-listed", "mean-other", "did")
	year.AppendInt(2000, 2000, 2020, 2020, 2016)
	for _, v := range []float64{1, 2, 3, 1, math.NaN()} {
		x.AppendFloat(v)
	}
	table := map[string]*result.Table{"policy": result.New("policy", "policy", kind, year, x)}
	for _, c := range []struct {
		expect, rows, by string
		want             Verdict
	}{
		{"rises", "mean-listed", "", Stands}, {"falls", "mean-listed", "", Falls}, {"rises", "mean-listed,mean-other", "kind", InPart},
		{"above 2", "mean-listed", "", Stands}, {"below 2", "mean-listed", "", Falls}, {"about 4", "mean-listed", "", Stands}, {"about 9", "mean-listed", "", Falls},
		{"rises", "did", "", Unsaid}, {"rises", "nobody", "", Unsaid},
	} {
		claim := fmt.Sprintf("[[claims]]\nid = \"1\"\nkind = \"measure\"\nclaim = \"C\"\n[claims.with]\nquestion = \"policy\"\ncolumn = \"estimate\"\nexpect = %q\nby = %q\n[claims.ask]\npolicy = \"mic25\"\n[claims.rows]\nkind = %q\n", c.expect, c.by, c.rows)
		if f := weigh(t, claim, []int{2000, 2020}, table); f.Verdict != c.want {
			t.Errorf("%+v: %q, %v", c, f.Verdict, f.Words)
		}
	}
	b, err := Parse("test", []byte("id = \"t\"\ntitle = \"T\"\n[[claims]]\nid = \"1\"\nkind = \"measure\"\nclaim = \"C\"\n[claims.with]\nquestion = \"policy\"\ncolumn = \"estimate\"\nexpect = \"rises\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Make(t.Context(), answers(table), &holdings{years: []int{2000, 2020}}, b, quietly); err == nil || !strings.Contains(err.Error(), "several rows") {
		t.Errorf("rows that are not told apart: %v", err)
	}
}

// TestEffect: with a mean of 0.4 before, a quarter of it is 0.1.
func TestEffect(t *testing.T) {
	claim := strings.NewReplacer("trend", "effect", "importers = \"CHN\"", "policy = \"mic25\"\noutcomes = \"dependency\"", "partners = \"USA\"\n", "").Replace(falls)
	sized := strings.Replace(claim, "expect", "least = \"0.25\"\nexpect", 1)
	for name, c := range map[string]struct {
		claim        string
		value, width float64 // half of the interval
		before, lot  float64 // p values
		want         Verdict
		words        string
	}{
		"a fall":                                   {claim, -0.3, 0.1, 0.5, 0.01, Stands, ""},
		"a fall, and lists at random do as well":   {claim, -0.3, 0.1, 0.5, 0.5, InPart, "random lists do as well"},
		"a fall that began before":                 {claim, -0.3, 0.1, 0.01, 0.01, Unsaid, "moved apart before"},
		"a fall, and nobody knows what was before": {claim, -0.3, 0.1, math.NaN(), 0.01, Unsaid, "too few years"},
		"a rise":                                   {claim, 0.3, 0.1, 0.5, 0.01, Falls, "the other way"},
		"a rise that began before":                 {claim, 0.3, 0.1, 0.01, 0.01, Unsaid, "moved apart before"},
		"nothing to be told":                       {claim, -0.1, 0.2, 0.5, 0.5, Unsaid, "holds zero"},
		"a dramatic fall":                          {sized, -0.3, 0.1, 0.5, 0.01, Stands, ""},
		"a fall, perhaps dramatic":                 {sized, -0.15, 0.1, 0.5, 0.01, InPart, "leaves open"},
		"a fall that is not dramatic":              {sized, -0.05, 0.04, 0.5, 0.01, Falls, "excludes an effect as large as claimed, 0.1"},
		"nothing, and a dramatic fall is excluded": {sized, 0.002, 0.03, 0.5, 0.9, Falls, "excludes"},
		"nothing, and a dramatic fall is possible": {sized, 0.002, 0.3, 0.5, 0.9, Unsaid, "holds zero"},
		"excluded by what began before the policy": {sized, 0.002, 0.03, 0.01, 0.9, Unsaid, "moved apart before"},
	} {
		p := 0.5
		if math.Abs(c.value) > c.width {
			p = 0.01
		}
		e := func(kind policy.Kind, year int, value, p float64) policy.Estimate {
			return policy.Estimate{Kind: kind, Year: year, Value: value, Low: value - c.width, High: value + c.width, P: p, Listed: 50, Others: 1}
		}
		rows := []policy.Estimate{e(policy.DiD, 2016, c.value, p), e(policy.Pretrend, 2016, 2, c.before), e(policy.ByChapter, 2016, c.value, c.lot),
			e(policy.Event, 2014, 0, 1), e(policy.Event, 2016, c.value, 1), e(policy.MeanListed, 2014, 0.5, math.NaN()), e(policy.MeanListed, 2015, 0.3, math.NaN()), e(policy.MeanListed, 2016, 9, math.NaN())}
		f := weigh(t, c.claim, []int{2000, 2020}, map[string]*result.Table{"policy": policy.EstimateSchema.Table("policy", rows)})
		if f.Verdict != c.want || !strings.Contains(f.Plot, "first year of the policy") || !strings.Contains(f.Parts[0].Detail, c.words) {
			t.Errorf("%s: %q, %v, want %q, %q", name, f.Verdict, f.Parts, c.want, c.words)
		}
	}
	if e := (&evaluation{outcome: "log-imports", lowers: true, mean: 15}); math.Abs(e.size(0.25)+math.Log(0.75)) > 1e-12 {
		t.Errorf("a quarter less is %v in logarithms", e.size(0.25))
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"kind = \"trend\"", "kind = \"guess\"", "no kind"},
		{"expect = \"falls\"\n", "", "needs the parameter expect"},
		{"expect = \"falls\"", "expect = \"falls\"\nnope = \"1\"", "no parameter"},
		{"claim = \"It fell\"", "claim = \"\"", "expected id and claim"},
		{"kind =", "kin =", "test:5:1: unknown key"},
		{"expect = \"falls\"", "expect = \"above 3\"", "expected rises or falls"},
		{"expect = \"falls\"\n", "expect = \"falls\"\n[claims.ask]\neconomy = \"CHN\"\n", "takes no ask"},
	} {
		if _, err := Parse("test", []byte("id = \"t\"\ntitle = \"T\"\n"+strings.Replace(falls, c.from, c.to, 1))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v; want %q", c.to, err, c.want)
		}
	}
	if _, err := Open("nope"); err == nil || !strings.Contains(err.Error(), "mic25") {
		t.Errorf("%v", err)
	}
}

// TestHTML checks that the page stands alone, escapes what it is given, and says what is synthetic.
func TestHTML(t *testing.T) {
	b, err := Parse("test", []byte("id = \"t\"\ntitle = \"<script>T\"\n"+falls))
	if err != nil {
		t.Fatal(err)
	}
	d, err := Make(t.Context(), answers(map[string]*result.Table{"count": countTable([2]int{2000, 2022}, map[string][2]int{"merics-2024-floor": {300, 160}}), "sensitivity": thresholds([2]int{2000, 2022}, [2]int{9, 3}, [2]int{8, 2})}), &holdings{years: []int{2000, 2022}}, b, quietly)
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := d.WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	text := page.String()
	for _, want := range []string{"SYNTHETIC DATA", "&lt;script&gt;T", "<svg", "stands", "chokepoint count --importers CHN --partners USA --method bottle-2025,", "Where the numbers come from", "its thresholds moved", "Of 1 claims, 1 stands.", "counter(page)"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, not := range []string{"<script", "src=", "href=\"http"} {
		if strings.Contains(text, not) {
			t.Errorf("the page has %q", not)
		}
	}
	if table := d.Table(); table.Rows() != 1 || !table.IsSynthetic() {
		t.Errorf("%d rows, synthetic %v", table.Rows(), table.IsSynthetic())
	}
}

func FuzzParse(f *testing.F) {
	data, err := os.ReadFile("builtin/mic25.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		if b, err := Parse("fuzz", data); err == nil && len(b.Claims) == 0 {
			t.Error("a brief without claims")
		}
	})
}

func TestListOf(t *testing.T) {
	for want, years := range map[string][]int{"2000": {2000}, "2000:2001": {2000, 2001}, "1995,2000:2002,2010": {1995, 2000, 2001, 2002, 2010}} {
		if got := listOf(years); got != want {
			t.Errorf("%v: %q, want %q", years, got, want)
		}
	}
}

// TestPersistence: a definition that looks back further than the dataset goes has no part in the range.
func TestPersistence(t *testing.T) {
	years := [2]int{2000, 2022}
	f := weigh(t, falls, years[:], map[string]*result.Table{"count": countTable(years, map[string][2]int{"merics-2024-floor": {300, 160}, "geodep-2024": {0, 150}}), "sensitivity": thresholds(years, [2]int{9, 3}, [2]int{8, 2})})
	if text := strings.Join(f.Words, " "); f.Verdict != Stands || !strings.Contains(text, "1 of 1 distinct definitions") || f.Numbers.Rows[0][4] != "300" {
		t.Errorf("%q, %s, %v", f.Verdict, text, f.Numbers)
	}
	own := strings.Replace(falls, "expect", "method = \"geodep-2024\"\nexpect", 1)
	if f := weigh(t, own, years[:], map[string]*result.Table{"count": countTable(years, map[string][2]int{"geodep-2024": {0, 150}}), "sensitivity": thresholds(years, [2]int{9, 3}, [2]int{8, 2})}); f.Verdict != Unsaid || !strings.Contains(f.Said(), "looks back") {
		t.Errorf("%q", f.Said())
	}
}

// TestDocs compares the table of kinds in docs/brief.md with the kinds, and reads its examples.
func TestDocs(t *testing.T) {
	data, err := os.ReadFile("../docs/brief.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	_, table, _ := strings.Cut(text, "<!-- kinds -->")
	table, _, _ = strings.Cut(table, "<!-- /kinds -->")
	listed := map[string]bool{}
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) < 5 || !strings.Contains(cells[1], "`") {
			continue
		}
		id := strings.Trim(cells[1], " `")
		listed[id] = true
		k, ok := kinds[id]
		if !ok {
			t.Errorf("there is no kind %q", id)
		}
		for _, p := range append(slices.Clone(k.needs), k.takes...) {
			if !strings.Contains(cells[3]+cells[4], "`"+p+"`") && !strings.Contains(cells[3]+cells[4], p) {
				t.Errorf("%s: the table lacks %s", id, p)
			}
		}
	}
	for id := range kinds {
		if !listed[id] {
			t.Errorf("the table lacks the kind %s", id)
		}
	}
	examples := strings.Split(text, "```toml\n")[1:]
	if len(examples) < 2 {
		t.Fatalf("%d examples", len(examples))
	}
	whole := ""
	for _, e := range examples {
		e, _, _ = strings.Cut(e, "```")
		whole += e + "\n"
	}
	if _, err := Parse("docs/brief.md", []byte(whole)); err != nil {
		t.Error(err)
	}
}

// TestProvenanceOfBrief: a brief names its article and what decided any of its answers; another published figure is another article.
func TestProvenanceOfBrief(t *testing.T) {
	about := func(text string) result.Provenance {
		t.Helper()
		b, err := Parse("test", []byte("id = \"my brief\"\ntitle = \"T\"\n"+text))
		if err != nil {
			t.Fatal(err)
		}
		d, err := Begin(t.Context(), answers(nil), &holdings{years: []int{2000, 2022}}, b)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"equal", "mic25", "equal"} {
			table := result.New("x", "X", result.TextColumn("x", "X."))
			table.Provenance = result.Provenance{Dataset: "test", Query: "of one answer", Definitions: []result.Definition{result.DefinitionOf("weights", id, []byte(id))}}
			d.cite(table)
		}
		return d.Table().Provenance
	}
	p, other := about(falls), about(falls+"# changed")
	var names []string
	for _, d := range p.Definitions {
		names = append(names, d.Kind+" "+d.ID)
	}
	if got, want := strings.Join(names, ", "), "article my brief, rule testable.toml, coverage claims, weights equal, weights mic25"; got != want {
		t.Errorf("decided by %s, want %s", got, want)
	}
	if p.Query != "article=my+brief" || p.Definitions[0].SHA256 == other.Definitions[0].SHA256 || len(p.Definitions[0].SHA256) != 64 {
		t.Errorf("query %q; checksums of the article %s and, changed, %s", p.Query, p.Definitions[0].SHA256, other.Definitions[0].SHA256)
	}
}

// TestNewer: what a dataset shows after the last figure that was published is remarked on.
func TestNewer(t *testing.T) {
	rows := counts.Rows(countTable([2]int{2000, 2022}, map[string][2]int{"merics-2024-floor": {300, 160}}))
	rows = append(slices.Clone(rows), dependence.CountRow{Year: 2024, Method: "merics-2024-floor", Products: 140})
	points := append(slices.Clone(grid.Rows(thresholds([2]int{2000, 2022}, [2]int{9, 3}, [2]int{9, 3}))), dependence.SensitivityRow{Asked: dependence.Asked{Year: 2024}, X: "0.15", Y: "0.3", Products: 2})
	f := weigh(t, falls, []int{2000, 2022, 2024}, map[string]*result.Table{"count": counts.Table("counts", rows), "sensitivity": grid.Table("grid", points)})
	if text := strings.Join(f.Words, " "); !strings.Contains(text, "The last figure published is of 2022; the dataset goes on to 2024, when it is 140 by merics-2024-floor.") || f.Numbers.Rows[2][0] != "2024" {
		t.Errorf("%s; %v", text, f.Numbers.Rows)
	}
}

// TestMeasureYear: a figure that was published for a year is held against that year, or one near it, and no other.
func TestMeasureYear(t *testing.T) {
	claim := "[[claims]]\nid = \"1\"\nkind = \"measure\"\nclaim = \"C\"\npublished = [{ year = 2019, value = 0.23 }]\n[claims.with]\nquestion = \"count\"\ncolumn = \"share_of_products\"\nby = \"importer\"\nexpect = \"about 0.23\"\n[claims.ask]\nimporters = \"JPN\"\nmethod = \"japan-2022\"\n"
	for _, c := range []struct {
		years []int
		want  Verdict
		words string
	}{{[]int{2018, 2024}, Stands, "The last figure published is of 2019; the dataset goes on to 2024: JPN 90.0 %"}, {[]int{2024}, Unsaid, ""}} {
		var rows []dependence.CountRow
		for _, y := range c.years {
			rows = append(rows, dependence.CountRow{Year: y, Importer: "JPN", ShareOfProducts: map[int]float64{2018: 0.25, 2024: 0.9}[y]})
		}
		f := weigh(t, claim, c.years, map[string]*result.Table{"count": counts.Table("counts", rows)})
		if text := strings.Join(f.Words, " "); f.Verdict != c.want || !strings.Contains(text, c.words) {
			t.Errorf("%v: %s; %s", c.years, f.Said(), text)
		}
	}
}

// TestLackingSide: a balance with a partner of whom much is missing is no finding; that with another stands, and so does one that the
// partner has no part in.
func TestLackingSide(t *testing.T) {
	year, partner, net := result.IntColumn("year", result.Year, "."), result.TextColumn("partner", "."), result.FloatColumn("net_exports_usd", result.USD, ".")
	year.AppendInt(2024, 2024)
	partner.AppendText("EU27", "USA")
	net.AppendFloat(39.7e9, 274e9)
	tables := map[string]*result.Table{"balance": result.New("balance", "balance", year, partner, net)}
	h := &holdings{years: []int{2024}, noImports: map[string]study.Lack{"EU27,USA": {Label: "EU27", Members: []string{"DEU"}, Share: 0.53}}}
	for rows, c := range map[string]struct {
		numbers int
		want    Verdict
	}{"": {1, Unsaid}, "[claims.rows]\npartner = \"EU27\"\n": {0, Unsaid}, "[claims.rows]\npartner = \"USA\"\n": {1, Stands}} {
		claim := "[[claims]]\nid = \"1\"\nkind = \"measure\"\nclaim = \"C\"\n[claims.with]\nquestion = \"balance\"\ncolumn = \"net_exports_usd\"\nexpect = \"above 0\"\n[claims.ask]\neconomy = \"CHN\"\npartners = \"EU27,USA\"\n" + rows
		f, _ := weighWith(t, h, claim, tables)
		n := 0
		if f.Numbers != nil {
			n = len(f.Numbers.Rows)
		}
		if text := strings.Join(f.Words, " ") + f.Figure; f.Verdict != c.want || n != c.numbers || strings.Contains(text, "39.7") {
			t.Errorf("rows %q: %q, %v, %s", rows, f.Verdict, f.Numbers, text)
		}
	}
}

// TestWithoutFile: an assertion whose file is not named cannot be told, and so the claim; the other has its verdict.
func TestWithoutFile(t *testing.T) {
	year, partner, net, share := result.IntColumn("year", result.Year, "."), result.TextColumn("partner", "."), result.FloatColumn("net_exports_usd", result.USD, "."), result.FloatColumn("net_exports_gdp_share", "ratio", ".")
	for i, x := range []float64{1e9, 2e9} {
		year.AppendInt([]int64{2015, 2024}[i])
		partner.AppendText("world")
		net.AppendFloat(x)
		share.AppendFloat(math.NaN())
	}
	tables := map[string]*result.Table{"balance": result.New("balance", "balance", year, partner, net, share)}
	claim := "[[claims]]\nid = \"1\"\nkind = \"measure\"\nclaim = \"C\"\n[claims.with]\nquestion = \"balance\"\ncolumn = \"net_exports_gdp_share,net_exports_usd\"\nexpect = \"rises\"\n[claims.ask]\neconomy = \"CHN\"\npartners = \"USA\"\n[claims.rows]\npartner = \"world\"\n"
	f, _ := weighWith(t, &holdings{years: []int{2015, 2024}}, claim, tables)
	if want := "cannot be said with this dataset, because no series of the economy is named that has these years (--macro FILE); but the rise of net exports with the world stands (1.00 bn in 2015, 2.00 bn in 2024)"; f.Said() != want {
		t.Errorf("%q, want %q", f.Said(), want)
	}
}

// quietly makes a brief without saying which claim it is at.
func quietly(int, *Claim) {}
