package brief

import (
	"bytes"
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"chokepoint/result"
)

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

// counts is a table of count: by method, the products of two years.
func counts(years [2]int, byMethod map[string][2]int64) *result.Table {
	year, method, products := result.IntColumn("year", result.Year, "."), result.TextColumn("method", "."), result.IntColumn("products", "count", ".")
	for id, n := range byMethod {
		for k, y := range years {
			year.AppendInt(int64(y))
			method.AppendText(id)
			products.AppendInt(n[k])
		}
	}
	return result.New("count", "counts", year, method, products)
}

func weigh(t *testing.T, claim string, years []int, tables map[string]*result.Table) *Finding {
	t.Helper()
	b, err := Parse("test", []byte("id = \"t\"\ntitle = \"T\"\n"+claim))
	if err != nil {
		t.Fatal(err)
	}
	d, err := Make(answers(tables), years, b)
	if err != nil {
		t.Fatal(err)
	}
	return d.Findings[0]
}

const falling = `[[claims]]
id = "1"
kind = "trend"
claim = "It fell"
published = [{ year = 2000, value = 400 }, { year = 2022, value = 200 }]
[claims.with]
importers = "CHN"
partners = "USA"
expect = "falls"
`

func TestTrend(t *testing.T) {
	for name, c := range map[string]struct {
		years    [2]int
		byMethod map[string][2]int64
		want     Verdict
		words    string
	}{
		"all fall by about as much":         {[2]int{2000, 2022}, map[string][2]int64{"merics-2024": {300, 160}, "mgi": {50, 20}, "a": {9, 5}, "b": {8, 1}}, Stands, "4 of 4 definitions show a fall"},
		"it falls, by another size":         {[2]int{2000, 2022}, map[string][2]int64{"merics-2024": {300, 290}, "mgi": {50, 20}}, InPart, "of another size"},
		"definitions disagree":              {[2]int{2000, 2022}, map[string][2]int64{"merics-2024": {300, 160}, "mgi": {5, 20}}, InPart, "1 of 2 definitions"},
		"all rise":                          {[2]int{2000, 2022}, map[string][2]int64{"merics-2024": {160, 300}, "mgi": {5, 20}}, Falls, "0 of 2 definitions"},
		"years nearby stand in":             {[2]int{2001, 2018}, map[string][2]int64{"merics-2024": {300, 160}}, Stands, "2001 and 2018 stand in for 2000 and 2022"},
		"years too far away":                {[2]int{2010, 2024}, map[string][2]int64{"merics-2024": {300, 160}}, Unsaid, "lacks years near 2000 and 2022"},
		"nothing changes and nobody agrees": {[2]int{2000, 2022}, map[string][2]int64{"merics-2024": {10, 10}}, Falls, "0 of 1"},
	} {
		f := weigh(t, falling, c.years[:], map[string]*result.Table{"count": counts(c.years, c.byMethod)})
		if text := strings.Join(f.Words, " "); f.Verdict != c.want || !strings.Contains(text, c.words) {
			t.Errorf("%s: %q, %s; want %q, %q", name, f.Verdict, text, c.want, c.words)
		}
	}
}

func TestMeasure(t *testing.T) {
	claim := strings.NewReplacer("trend", "measure", "importers = \"CHN\"", "question = \"balance\"\neconomy = \"CHN\"\ncolumn = \"net_exports_usd\"", "\"falls\"", "\"rises\"").Replace(falling)
	table := func(a, b, c, d float64) *result.Table {
		year, partner, net := result.IntColumn("year", result.Year, "."), result.TextColumn("partner", "."), result.FloatColumn("net_exports_usd", result.USD, ".")
		for i, x := range []float64{a, b, c, d} {
			year.AppendInt([]int64{2000, 2020}[i%2])
			partner.AppendText([]string{"USA", "EU27"}[i/2])
			net.AppendFloat(x)
		}
		return result.New("balance", "balance", year, partner, net)
	}
	for want, x := range map[Verdict][4]float64{Stands: {1, 2, 3, 4}, InPart: {1, 2, 4, 3}, Falls: {2, 1, 4, 4}} {
		f := weigh(t, claim, []int{2000, 2020}, map[string]*result.Table{"balance": table(x[0], x[1], x[2], x[3])})
		if f.Verdict != want || !strings.Contains(f.Plot, "<svg") {
			t.Errorf("%v: %q", x, f.Verdict)
		}
	}
}

func TestEffect(t *testing.T) {
	claim := strings.NewReplacer("trend", "effect", "importers = \"CHN\"", "policy = \"mic25\"\noutcomes = \"log-imports\"", "partners = \"USA\"\n", "").Replace(falling)
	table := func(estimate, p, before, lot float64) *result.Table {
		kind, n := result.TextColumn("kind", "."), result.IntColumn("listed_products", "count", ".")
		columns := map[string]*result.Column{}
		for _, name := range []string{"estimate", "ci_low", "ci_high", "p_value"} {
			columns[name] = result.FloatColumn(name, "index", ".")
		}
		for i, k := range []string{"did", "pretrend", "placebo-list"} {
			kind.AppendText(k)
			n.AppendInt(50)
			columns["estimate"].AppendFloat(estimate)
			columns["ci_low"].AppendFloat(math.NaN())
			columns["ci_high"].AppendFloat(math.NaN())
			columns["p_value"].AppendFloat([]float64{p, before, lot}[i])
		}
		other := result.IntColumn("other_products", "count", ".")
		other.AppendInt(1, 1, 1)
		return result.New("policy", "policy", kind, n, other, columns["estimate"], columns["ci_low"], columns["ci_high"], columns["p_value"])
	}
	for _, c := range []struct {
		estimate, p, before, lot float64
		want                     Verdict
	}{{-1, 0.01, 0.5, 0.01, Stands}, {-1, 0.01, 0.01, 0.01, InPart}, {-1, 0.01, 0.5, 0.5, InPart}, {1, 0.01, 0.5, 0.01, Falls}, {-1, 0.3, 0.5, 0.01, Unsaid}} {
		if f := weigh(t, claim, []int{2000, 2020}, map[string]*result.Table{"policy": table(c.estimate, c.p, c.before, c.lot)}); f.Verdict != c.want {
			t.Errorf("%+v: %q", c, f.Verdict)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"kind = \"trend\"", "kind = \"guess\"", "no kind"},
		{"expect = \"falls\"\n", "", "needs the parameter expect"},
		{"expect = \"falls\"", "expect = \"falls\"\nnope = \"1\"", "no parameter"},
		{"claim = \"It fell\"", "claim = \"\"", "want id and claim"},
		{"kind =", "kin =", "brief test"},
	} {
		if _, err := Parse("test", []byte("id = \"t\"\ntitle = \"T\"\n"+strings.Replace(falling, c.from, c.to, 1))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v; want %q", c.to, err, c.want)
		}
	}
	if _, err := Open("nope"); err == nil || !strings.Contains(err.Error(), "mic25") {
		t.Errorf("%v", err)
	}
}

// TestHTML checks that the page stands alone, escapes what it is given, and says what is synthetic.
func TestHTML(t *testing.T) {
	b, err := Parse("test", []byte("id = \"t\"\ntitle = \"<script>T\"\n"+falling))
	if err != nil {
		t.Fatal(err)
	}
	d, err := Make(answers(map[string]*result.Table{"count": counts([2]int{2000, 2022}, map[string][2]int64{"merics-2024": {300, 160}})}), []int{2000, 2022}, b)
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := d.WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	text := page.String()
	for _, want := range []string{"SYNTHETIC DATA", "&lt;script&gt;T", "<svg", "stands", "chokepoint count --importers CHN --partners USA --method all"} {
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
