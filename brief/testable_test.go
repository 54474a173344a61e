package brief

import (
	"slices"
	"strings"
	"testing"

	"chokepoint/analysis"
	"chokepoint/chokepoints"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// TestNeedsOfQuestions: each question is in the file, with parameters that it has.
func TestNeedsOfQuestions(t *testing.T) {
	for _, q := range analysis.Questions() {
		n, ok := testable.Questions[q.Name]
		if !ok {
			t.Errorf("testable.toml says nothing of %s", q.Name)
		}
		for _, column := range n.Beside {
			if headOf(tableOf(q.Name, nil), column) == nil {
				t.Errorf("%s has no column %q", q.Name, column)
			}
		}
		for _, name := range slices.Concat(n.Imports, n.Exports) {
			if _, ok := q.Parameter(name); !ok {
				t.Errorf("%s has no parameter %q", q.Name, name)
			}
		}
	}
	for name := range testable.Questions {
		if _, ok := analysis.QuestionOf(name); !ok {
			t.Errorf("testable.toml has needs of %q, which is no question", name)
		}
	}
}

// everyKind has a claim of each kind that data decide, on two years.
var everyKind = map[string]string{
	"trend":   "published = [{ year = 2000, value = 400 }, { year = 2022, value = 200 }]\n[claims.with]\nimporters = \"EU27\"\npartners = \"CHN\"\nexpect = \"falls\"\n",
	"level":   "published = [{ year = 2022, value = 200 }]\n[claims.with]\nimporters = \"EU27\"\npartners = \"CHN\"\n",
	"order":   "[claims.with]\nimporters = \"EU27,JPN\"\npartners = \"CHN\"\n",
	"holds":   "[claims.with]\npartners = \"CHN\"\n",
	"sectors": "[claims.with]\neconomy = \"EU27\"\nlist = \"mic25\"\nleader = \"rail\"\n",
	"effect":  "[claims.with]\npolicy = \"mic25\"\neconomy = \"EU27\"\noutcomes = \"import-share\"\nexpect = \"falls\"\n",
	"measure": "[claims.with]\nquestion = \"count\"\ncolumn = \"share_of_products\"\nexpect = \"above 0.5\"\n[claims.ask]\nimporters = \"EU27\"\npartners = \"CHN\"\n",
}

// TestTooFewProducts gives no verdict, and no figure, from a handful of products, whatever the kind of claim: nothing is asked.
func TestTooFewProducts(t *testing.T) {
	for kind := range kinds {
		if kinds[kind].asks != nil && everyKind[kind] == "" {
			t.Errorf("kind %s is not tested", kind)
		}
	}
	for kind, with := range everyKind {
		for _, c := range []struct {
			products  int
			synthetic bool
			few       bool
		}{{5, false, true}, {4499, false, true}, {5, true, true}, {1249, true, true}, {1250, true, false}, {4500, false, false}} {
			h := &holdings{years: []int{2000, 2022}, products: c.products, synthetic: c.synthetic}
			f, asked := weighWith(t, h, "[[claims]]\nid = \"1\"\nkind = \""+kind+"\"\nclaim = \"C\"\n"+with, nil)
			if few := strings.Contains(f.Said(), "of the 5,000 products of HS17 in 2022"); few != c.few || asked == c.few {
				t.Errorf("%s, %d products, synthetic %v: %s; asked %v", kind, c.products, c.synthetic, f.Said(), asked)
			}
			if c.few && (f.Verdict != Unsaid || f.Figure != "" || f.Numbers != nil || f.Settle == "") {
				t.Errorf("%s: %q, figure %q, numbers %v, settled by %q", kind, f.Verdict, f.Figure, f.Numbers, f.Settle)
			}
		}
	}
}

// TestMissingImports gives no verdict on whoever has no imports, in whole or in great part.
func TestMissingImports(t *testing.T) {
	for kind, with := range everyKind {
		claim := "[[claims]]\nid = \"1\"\nkind = \"" + kind + "\"\nclaim = \"C\"\n" + with
		selection := map[string]string{"order": "EU27,JPN"}[kind]
		if selection == "" {
			selection = "EU27"
		}
		if kind == "holds" {
			selection = "CHN" // exports alone
		}
		absent := map[string]study.Lack{selection: {Label: "EU27"}}
		h := &holdings{years: []int{2000, 2022}, noImports: absent}
		want := "because EU27 has no imports in this dataset in"
		if kind == "holds" {
			h.noImports, h.noExports, want = nil, absent, "because EU27 has no exports in this dataset in"
		}
		if f, asked := weighWith(t, h, claim, nil); !strings.Contains(f.Said(), want) || asked || f.Figure != "" || !strings.Contains(f.Settle, "of EU27 in") {
			t.Errorf("%s without imports: %s; figure %q, asked %v, settled by %q", kind, f.Said(), f.Figure, asked, f.Settle)
		}
	}
	level := "[[claims]]\nid = \"1\"\nkind = \"level\"\nclaim = \"C\"\n" + everyKind["level"]
	tables := map[string]*result.Table{"count": countTable([2]int{2000, 2022}, map[string][2]int{"merics-2024-floor": {300, 200}, "mgi": {50, 20}}), "sensitivity": thresholds([2]int{2000, 2022}, [2]int{9, 3}, [2]int{8, 2})}
	for share, stands := range map[float64]bool{0.53: false, 0.051: false, 0.049: true} {
		h := &holdings{years: []int{2000, 2022}, noImports: map[string]study.Lack{"EU27": {Label: "EU27", Members: []string{"DEU", "FRA"}, Share: share}}}
		f, _ := weighWith(t, h, level, tables)
		if (f.Verdict == Stands) != stands || strings.HasSuffix(f.Figure, "(incomplete)") == stands {
			t.Errorf("%v of the exports missing: %s, figure %q", share, f.Said(), f.Figure)
		}
		if told := strings.Join(append(f.Caveats, f.Said()), " "); !strings.Contains(told, "members DEU, FRA") {
			t.Errorf("%v of the exports missing: nobody is told who: %s", share, told)
		}
	}
}

// TestMissingWorld refuses what is about all of the world where much of it is missing, and nothing else.
func TestMissingWorld(t *testing.T) {
	h := &holdings{years: []int{2024}, world: &study.Lack{Label: "world", Members: []string{"DEU", "FRA"}, Share: 0.14}}
	for rows, refused := range map[string]bool{"": true, "[claims.rows]\npartner = \"CHN\"\n": false, "[claims.rows]\npartner = \"CHN,world\"\n": true} {
		claim := "[[claims]]\nid = \"1\"\nkind = \"measure\"\nclaim = \"C\"\n[claims.with]\nquestion = \"balance\"\ncolumn = \"net_exports_usd\"\nexpect = \"above 0\"\n[claims.ask]\neconomy = \"JPN\"\npartners = \"CHN\"\n" + rows
		partner, year, net := result.TextColumn("partner", "."), result.IntColumn("year", result.Year, "."), result.FloatColumn("net_exports_usd", result.USD, ".")
		partner.AppendText("world", "CHN")
		year.AppendInt(2024, 2024)
		net.AppendFloat(1, 2)
		f, _ := weighWith(t, h, claim, map[string]*result.Table{"balance": result.New("balance", "balance", year, partner, net)})
		if got := strings.Contains(f.Said(), "the imports of DEU, FRA, which have 14.0 % of its exports, are missing in 2024"); got != refused || (f.Verdict == Stands) == refused {
			t.Errorf("rows %q: %s", rows, f.Said())
		}
	}
	if f, _ := weighWith(t, h, "[[claims]]\nid = \"1\"\nkind = \"holds\"\nclaim = \"C\"\n"+everyKind["holds"], map[string]*result.Table{"chokepoints": choke()}); f.Verdict != Unsaid || !strings.HasSuffix(f.Figure, "(incomplete)") {
		t.Errorf("choke points: %s, %q", f.Said(), f.Figure)
	}
}

// choke is a ranking of one pair.
func choke() *result.Table {
	schema := result.NewSchema("chokepoints", result.IntField("rank", "rank", ".", func(r *chokepoints.Row) int { return r.Rank })) // the others take flows
	return schema.Table("choke points", []chokepoints.Row{{Rank: 1, Partner: &trade.Party{Label: "CHN"}, Single: true}})
}

// TestNothingAsked still says which dataset a brief is about.
func TestNothingAsked(t *testing.T) {
	b, err := Parse("test", []byte("id = \"t\"\ntitle = \"T\"\n"+falls))
	if err != nil {
		t.Fatal(err)
	}
	d, err := Make(t.Context(), answers(nil), &holdings{years: []int{2000, 2022}, products: 5, synthetic: true}, b, quietly)
	if err != nil {
		t.Fatal(err)
	}
	table := d.Table()
	if !table.IsSynthetic() || table.Provenance.Dataset != "test" || table.Column("would_settle").Text[0] == "" {
		t.Errorf("synthetic %v, dataset %q, settled by %q", table.IsSynthetic(), table.Provenance.Dataset, table.Column("would_settle").Text)
	}
}

// weighWith weighs one claim; asked says whether it came to a question.
func weighWith(t *testing.T, h *holdings, claim string, tables map[string]*result.Table) (f *Finding, asked bool) {
	t.Helper()
	b, err := Parse("test", []byte("id = \"t\"\ntitle = \"T\"\n"+claim))
	if err != nil {
		t.Fatal(err)
	}
	d, err := Begin(t.Context(), func(question string, values map[string]string) (*result.Table, error) {
		asked = true
		return answers(tables)(question, values)
	}, h, b)
	if err != nil {
		t.Fatal(err)
	}
	if f, err = d.Weigh(b.Claims[0]); err != nil {
		if tables != nil {
			t.Fatal(err)
		}
		f = d.Fail(b.Claims[0], err.Error())
	}
	return f, asked
}

// TestMethodsOfTheWorld: a count by a definition that looks at what the world buys cannot be told where much of that is missing, and none of
// its assertions can; one by a definition that looks at the importer alone can.
func TestMethodsOfTheWorld(t *testing.T) {
	tables := map[string]*result.Table{"count": countTable([2]int{2000, 2022}, map[string][2]int{"merics-2024-floor": {300, 200}, "iw-2024": {300, 200}}), "sensitivity": thresholds([2]int{2000, 2022}, [2]int{9, 3}, [2]int{8, 2})}
	h := &holdings{years: []int{2000, 2022}, world: &study.Lack{Label: "world", Members: []string{"DEU"}, Share: 0.14}}
	f, _ := weighWith(t, h, falls, tables)
	if f.Verdict != Unsaid || !strings.Contains(f.Said(), "because merics-2024-floor looks at what the world buys, and the imports of DEU") || !strings.HasSuffix(f.Figure, "(incomplete)") {
		t.Errorf("%s, figure %q", f.Said(), f.Figure)
	}
	if got := verdicts(f); !slices.Equal(got, []Verdict{Unsaid, Unsaid}) || f.Several() {
		t.Errorf("assertions %v", f.Parts)
	}
	if f, _ := weighWith(t, h, strings.Replace(falls, "expect", "method = \"iw-2024\"\nexpect", 1), tables); f.Verdict != Stands {
		t.Errorf("%s", f.Said())
	}
}
