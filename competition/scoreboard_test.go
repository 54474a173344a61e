package competition

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"chokepoint/dependence"
	"chokepoint/result"
	"chokepoint/rule"
	"chokepoint/study"
	"chokepoint/study/studytest"
	"chokepoint/trade"
)

// twoSectors are flows of machines and of instruments.
func twoSectors(seed uint64) []studytest.Flow {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(seed, 7)), 1, 8)
	for i := range flows {
		if strings.HasSuffix(flows[i].Product, "1") || strings.HasSuffix(flows[i].Product, "3") {
			flows[i].Product = "90" + flows[i].Product[2:]
		}
	}
	return flows
}

// rowAt finds the row of a sector.
func rowAt(t *testing.T, table *result.Table, sector string) int {
	t.Helper()
	i := slices.Index(table.Column("sector").Text, sector)
	if i < 0 {
		t.Fatalf("no row of %s in %v", sector, table.Column("sector").Text)
	}
	return i
}

// TestTwoAxesAgainstFlows states the measures of both axes over the flows.
func TestTwoAxesAgainstFlows(t *testing.T) {
	flows := twoSectors(1)
	s := studytest.Source(t, flows)
	union := []trade.Code{276, 528} // members of the European Union among the economies of the tests
	for _, economy := range []struct {
		label string
		code  trade.Code
	}{{"CHN", 156}, {"DEU", 276}} {
		table := studytest.Must(t)(Scoreboard(t.Context(), s, Board{Economy: economy.label}, study.Query{Method: "iw-2024"}))
		list := dependence.DependencySchema.Rows(studytest.Must(t)(dependence.Dependencies(t.Context(), s, study.Query{Method: "iw-2024", Importers: economy.label, Partners: "all"})))
		for sector, chapter := range map[string]string{"xvi": "85", "xviii": "90"} {
			var m, all, w, total float64
			sold := map[trade.Code]float64{} // the Union's other members under 0
			for _, f := range flows {
				in, v := strings.HasPrefix(f.Product, chapter), float64(f.Dollars)
				total += v
				if in {
					w += v
				}
				if f.Importer == economy.code {
					all += v
					if in {
						m += v
					}
				}
				other := func(c trade.Code) bool { return c != economy.code && slices.Contains(union, c) }
				switch {
				case !in:
				case !other(f.Exporter):
					sold[f.Exporter] += v
				case !other(f.Importer):
					sold[0] += v
				}
			}
			rank, largest := 1.0, 0.0
			for c, v := range sold {
				if c == economy.code {
					continue
				}
				if v > sold[economy.code] {
					rank++
				}
				largest = max(largest, v)
			}
			depended, from := 0.0, map[string]float64{}
			products := map[string]bool{}
			for _, d := range list {
				if strings.HasPrefix(d.Product.Code, chapter) {
					if from[d.Partner.Label] += d.ImportsFromPartner; !products[d.Product.Code] {
						depended += d.Imports
					}
					products[d.Product.Code] = true
				}
			}
			most := 0.0
			for _, v := range from {
				most = max(most, v)
			}
			want := map[string]float64{"import_intensity": m / all / (w / total), "world_rank_eu": rank, "lead": sold[economy.code] / largest,
				"own_value_partner_imports_usd": most, "own_partner_share": most / depended}
			for name, x := range want {
				if got := studytest.ValueAt(table.Column(name), rowAt(t, table, sector)); math.Abs(got-x) > 1e-9*max(1, math.Abs(x)) || math.IsNaN(got) != math.IsNaN(x) {
					t.Errorf("%s of %s, %s: %v, want %v", name, economy.label, sector, got, x)
				}
			}
			if partner := table.Column("own_value_partner").Text[rowAt(t, table, sector)]; from[partner] != most {
				t.Errorf("%s, %s: most comes from %q, of %v", economy.label, sector, partner, from)
			}
		}
	}
}

// TestGrossUnit: trade among the members of a unit stands in the world's exports where that is asked for, and nowhere else.
func TestGrossUnit(t *testing.T) {
	flows := twoSectors(2)
	s := studytest.Source(t, flows)
	net := studytest.Must(t)(Scoreboard(t.Context(), s, Board{Economy: "CHN+HKG"}, study.Query{Method: "iw-2024"}))
	gross := studytest.Must(t)(Scoreboard(t.Context(), s, Board{Economy: "CHN+HKG"}, study.Query{Method: "iw-2024", World: "gross"}))
	var inner float64
	unit := []trade.Code{156, 344}
	for _, f := range flows {
		if strings.HasPrefix(f.Product, "85") && slices.Contains(unit, f.Exporter) && slices.Contains(unit, f.Importer) {
			inner += float64(f.Dollars)
		}
	}
	i := rowAt(t, net, "xvi")
	exports := net.Column("exports_usd").Float[i]
	worlds := func(table *result.Table) float64 { return exports / table.Column("world_market_share").Float[i] }
	if inner == 0 || gross.Column("exports_usd").Float[i] != exports || math.Abs(worlds(gross)-worlds(net)-inner) > 1 {
		t.Errorf("exports %v and %v; worlds %v and %v, want them %v apart", exports, gross.Column("exports_usd").Float[i], worlds(net), worlds(gross), inner)
	}
}

// TestClassesRestOnData: no class of an economy whose imports are missing, of one with incomplete members, or of a year of which the
// dataset holds too little.
func TestClassesRestOnData(t *testing.T) {
	flows := slices.DeleteFunc(twoSectors(3), func(f studytest.Flow) bool { return f.Importer == 276 })
	s := studytest.Source(t, flows)
	f := func(board Board, want string) *result.Table {
		t.Helper()
		table := studytest.Must(t)(Scoreboard(t.Context(), s, board, study.Query{Method: "iw-2024"}))
		var verdicts []string
		for _, axis := range []string{"class_sells", "class_needs"} {
			c := table.Column(axis + "_verdict").Text[rowAt(t, table, "xvi")]
			if (c == "not testable") != (table.Column(axis).Text[rowAt(t, table, "xvi")] == "") {
				t.Errorf("%+v: %s is %s with the class %q", board, axis, c, table.Column(axis).Text[rowAt(t, table, "xvi")])
			}
			verdicts = append(verdicts, strings.Replace(c, "borderline", "clear", 1))
		}
		if got := strings.Join(verdicts, ", "); got != want {
			t.Errorf("%+v: %s, want %s", board, got, want)
		}
		return table
	}
	missing := f(Board{Economy: "DEU", Coverage: "none"}, "clear, not testable")
	for i := range missing.Rows() {
		for _, name := range []string{"imports_usd", "balance", "import_intensity", "own_dependencies", "own_partner_share"} {
			if !missing.Column(name).IsMissing(i) {
				t.Errorf("%s of %s without imports is %s", name, missing.Column("sector").Text[i], missing.Column(name).Exact(i))
			}
		}
		if missing.Column("class").Text[i] != "" || missing.Column("imports_status").Text[i] != string(result.Missing) {
			t.Errorf("class %q, status %s", missing.Column("class").Text[i], missing.Column("imports_status").Text[i])
		}
	}
	partial := f(Board{Economy: "EU27", Coverage: "none"}, "clear, not testable")
	if i := rowAt(t, partial, "xvi"); partial.Column("imports_status").Text[i] != string(result.Partial) || partial.Column("imports_usd").IsMissing(i) ||
		!partial.Column("balance").IsMissing(i) || !partial.Column("import_intensity").IsMissing(i) || partial.Column("class").Text[i] != "" {
		t.Errorf("a bloc with members missing: %s", studytest.RowText(partial, i, "imports_status", "imports_usd", "balance", "import_intensity", "class"))
	}
	f(Board{Economy: "CHN", Coverage: "none"}, "clear, clear")
	few := f(Board{Economy: "CHN"}, "not testable, not testable")
	if !slices.ContainsFunc(few.Notes, func(n result.Note) bool { return n.Kind == result.NoClass && slices.Equal(n.Years, []int{2015}) }) {
		t.Errorf("no note says why: %v", result.Texts(few.Notes))
	}
	all := rowAt(t, f(Board{Economy: "CHN", Coverage: "none"}, "clear, clear"), "all")
	if text := few.Column("class_sells_verdict").Text[all]; text != "not testable" {
		t.Errorf("all products are %s", text)
	}
}

// TestBoundsOfMissingImporters gives the missing importers back what they may have bought, all of it from one exporter: no measure leaves
// its range.
func TestBoundsOfMissingImporters(t *testing.T) {
	for seed := range uint64(6) {
		complete := twoSectors(10 + seed)
		missing := []trade.Code{276, 528}
		flows := slices.DeleteFunc(slices.Clone(complete), func(f studytest.Flow) bool { return slices.Contains(missing, f.Importer) })
		x, row, moved := measured(t, studytest.Source(t, flows), "CHN", "xvi")
		var buys float64
		for _, v := range x.lacks.buys {
			buys += v
		}
		world := row.Exports / row.MarketShare
		buys *= world / x.m.Total // of the sector
		for _, seller := range []trade.Code{156, 842, 392} {
			with := slices.Clone(flows)
			with = append(with, studytest.Flow{Year: 2015, Exporter: seller, Importer: 276, Product: "850099", Dollars: int64(buys)})
			_, now, _ := measured(t, studytest.Source(t, with), "CHN", "xvi")
			for name, r := range moved {
				if slices.Contains(unbounded, name) || name == "rca" || name == "import_intensity" { // of these the rest of the trade decides too
					continue
				}
				if v := boardMeasure[name](&now); v < r.Low-1e-6*math.Abs(r.Low) || v > r.High+1e-6*math.Abs(r.High) {
					t.Errorf("seed %d, all from %d: %s is %v, outside of %v to %v", seed, seller, name, v, r.Low, r.High)
				}
			}
		}
		for name, r := range moved {
			if now := boardMeasure[name](&row); !slices.Contains(unbounded, name) && !(r.Low <= now && now <= r.High) {
				t.Errorf("seed %d: %s is %v, outside of its own range %v to %v", seed, name, now, r.Low, r.High)
			}
		}
	}
}

// measured looks at one sector of 2015.
func measured(t *testing.T, s *study.Source, economy, sector string) (*boardYear, ScoreboardRow, ranges) {
	t.Helper()
	q := study.Query{Importers: economy, Partners: "-", Method: "iw-2024"}
	st, err := s.OneUnit(t.Context(), q, economy)
	if err != nil {
		t.Fatal(err)
	}
	b := &scoreboard{Study: st, label: economy, world: trade.Gross}
	if b.judge, err = judgeOf(s, Board{Coverage: "none"}); err != nil {
		t.Fatal(err)
	}
	if b.groups, _, err = s.Groups("hs-sections"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.lean(t.Context(), q), b.prepare()); err != nil {
		t.Fatal(err)
	}
	x, err := b.lookAt(t.Context(), 2015)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range b.groups {
		if g.ID == sector {
			r, moved := x.measure(g)
			return x, r, moved
		}
	}
	t.Fatalf("no sector %s", sector)
	return nil, ScoreboardRow{}, nil
}

// TestClassByRule: the word of one axis stands in class, two axes each have a column, and an own rule has its own.
func TestClassByRule(t *testing.T) {
	s := studytest.Source(t, twoSectors(4))
	const own = `id = "mine"
title = "Mine"
date = "2026-01-31"
source = "me"
tolerance = 0
[[axis]]
id = "size"
title = "How large"
[[axis.class]]
id = "all of it"
meaning = "it sells"
criteria = ["exports_usd > 0"]
`
	s.Files = func(name string) ([]byte, error) {
		if name != "mine.toml" {
			return nil, os.ErrNotExist
		}
		return []byte(own), nil
	}
	mine := studytest.Must(t)(Scoreboard(t.Context(), s, Board{Economy: "CHN", Classes: "mine.toml", Coverage: "none"}, study.Query{}))
	if i := rowAt(t, mine, "xvi"); mine.Column("class").Text[i] != "all of it" || mine.Column("class_size").Text[i] != "all of it" || mine.Column("class_sells") != nil {
		t.Errorf("an own rule gives %q", mine.Column("class").Text)
	}
	both := studytest.Must(t)(Scoreboard(t.Context(), s, Board{Economy: "CHN", Coverage: "none"}, study.Query{}))
	first := studytest.Must(t)(Scoreboard(t.Context(), s, Board{Economy: "CHN", Classes: "standing", Coverage: "none"}, study.Query{}))
	if a, b := both.Column("class").Text, first.Column("class_standing").Text; !slices.Equal(a, b) || a[rowAt(t, both, "xvi")] == "" {
		t.Errorf("class is %q, by the rule standing %q", a, b)
	}
	if _, err := Scoreboard(t.Context(), s, Board{Economy: "CHN", Classes: "nope"}, study.Query{}); err == nil || !strings.Contains(err.Error(), "standing, two-axes") {
		t.Errorf("%v", err)
	}
	s.Files = nil
	if _, err := Scoreboard(t.Context(), s, Board{Economy: "CHN", Classes: "mine.toml"}, study.Query{}); err == nil || !strings.Contains(err.Error(), "command line") {
		t.Errorf("a stranger's file: %v", err)
	}
}

// TestDirections: the parts of a sector follow it, and their sums are the sector's.
func TestDirections(t *testing.T) {
	flows := twoSectors(5)
	s := studytest.Source(t, flows)
	s.Files = func(name string) ([]byte, error) { return os.ReadFile(name) }
	text := "code,sector,direction\n"
	for _, p := range s.Dataset.Products().All() {
		text += p.Code + ",s,chapter-" + p.Code[:2] + "\n"
	}
	path := studytest.WriteFile(t, "own.csv", text)
	table := studytest.Must(t)(Scoreboard(t.Context(), s, Board{Economy: "CHN", List: path, By: "direction"}, study.Query{}))
	if got := strings.Join(table.Column("sector").Text, " "); got != "s s/chapter-85 s/chapter-90 all" {
		t.Fatalf("rows %s", got)
	}
	x := table.Column("exports_usd").Float
	if x[0] != x[1]+x[2] || x[1] == 0 {
		t.Errorf("exports %v", x)
	}
	for i, r := range ScoreboardSchema.Rows(table) {
		if r.IsSector() != (i == 0) || (r.PartOf == "s") != (i == 1 || i == 2) {
			t.Errorf("%s: sector %v, part of %q", r.Sector, r.IsSector(), r.PartOf)
		}
	}
	if n := studytest.Must(t)(Scoreboard(t.Context(), s, Board{Economy: "CHN", List: path}, study.Query{})).Rows(); n != 2 {
		t.Errorf("%d rows by sector, want 2", n)
	}
}

// TestBeside: what is published is compared on the axis that has its word.
func TestBeside(t *testing.T) {
	s := studytest.Source(t, twoSectors(6))
	table := studytest.Must(t)(Scoreboard(t.Context(), s, Board{Economy: "CHN", Coverage: "none"}, study.Query{}))
	row := ScoreboardSchema.Rows(table)[rowAt(t, table, "xvi")]
	board := func(sector, class string) string {
		return "id = \"theirs\"\ntitle = \"T\"\ndate = \"2026-01-31\"\nsource = \"them\"\nevidence = \"own\"\neconomy = \"CHN\"\nyear = 2015\nlist = \"hs-sections\"\n" +
			"[[statement]]\nsector = \"" + sector + "\"\nclass = \"" + class + "\"\nsays = \"so\"\n"
	}
	var text string
	s.Files = func(string) ([]byte, error) { return []byte(text), nil }
	f := func(class, coverage, column string) {
		t.Helper()
		text = board("xvi", class)
		table := studytest.Must(t)(Scoreboard(t.Context(), s, Board{Economy: "CHN", Coverage: coverage, Beside: "b.toml"}, study.Query{}))
		for _, name := range []string{"published_agree", "published_disagree", "published_open"} {
			got, want := table.Column(name).Text[rowAt(t, table, "xvi")], ""
			if name == column {
				want = "theirs"
			}
			if got != want {
				t.Errorf("%s by %s: %s is %q, want %q", class, coverage, name, got, want)
			}
		}
		if got := table.Column("published").Text[rowAt(t, table, "xvi")]; got != "theirs: "+class {
			t.Errorf("published %q", got)
		}
	}
	sells, needs := row.On("sells"), row.On("needs")
	for _, v := range []*rule.Verdict{sells, needs} {
		if v.Borderline() || v.Missing {
			t.Skipf("the random world has no clear class: %v", v)
		}
	}
	f(sells.Class, "none", "published_agree")
	f(map[bool]string{true: "strong exporter", false: "leader"}[sells.Class == "leader"], "none", "published_disagree")
	f(sells.Class, "claims", "published_open")
	f("champion", "none", "published_open")
	text = strings.Replace(board("xvi", "leader"), `"CHN"`, `"USA"`, 1)
	if _, err := Scoreboard(t.Context(), s, Board{Economy: "CHN", Beside: "b.toml"}, study.Query{}); err == nil || !strings.Contains(err.Error(), "it is about USA") {
		t.Errorf("%v", err)
	}
	text = board("nope", "leader")
	if _, err := Scoreboard(t.Context(), s, Board{Economy: "CHN", Beside: "b.toml"}, study.Query{}); err == nil || !strings.Contains(err.Error(), "none of them") {
		t.Errorf("%v", err)
	}
	if table := studytest.Must(t)(Scoreboard(t.Context(), s, Board{Economy: "CHN", Beside: "all"}, study.Query{})); table.Column("published") != nil {
		t.Error("boards of other lists stand beside this one")
	}
}

// TestRankOfNoExporter: who sells nothing has no rank, also where importers are missing, and no class because of one.
func TestRankOfNoExporter(t *testing.T) {
	flows := slices.DeleteFunc(twoSectors(10), func(f studytest.Flow) bool {
		return f.Importer == 276 || f.Exporter == 156 && f.Product[:2] == "85"
	})
	x, row, moved := measured(t, studytest.Source(t, flows), "CHN", "xvi")
	if len(x.lacks.buys) == 0 || row.Exports != 0 {
		t.Fatalf("this is about an economy that sells nothing, %v, where %d importers are missing", row.Exports, len(x.lacks.buys))
	}
	for _, name := range []string{"world_rank", "world_rank_eu"} {
		if v := moved[name]; !math.IsNaN(v.X) || v.Low < 1 || v.High < v.Low {
			t.Errorf("%s is %v, want none", name, v)
		}
	}
	if v := moved["lead"]; v.X != 0 || v.Low != 0 || math.IsNaN(v.High) {
		t.Errorf("lead is %v, want 0 and a bound above it", v)
	}
}
