package analysis

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"chokepoint/chokepoints"
	"chokepoint/macro"
	"chokepoint/register"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
)

// TestRequestText checks for every question that what it was asked can be read off its text, with every parameter alone and all
// together, and that what is as it would be anyway is left out.
func TestRequestText(t *testing.T) {
	for _, q := range Questions() {
		required := map[string]string{}
		for _, p := range q.Parameters {
			if p.Required {
				required[p.Name] = p.Example
			}
		}
		all := map[string]string{}
		if !q.Tables {
			all["dataset"] = "my data & more"
		}
		for _, p := range q.Parameters {
			all[p.Name] = p.Example
			values := map[string]string{p.Name: p.Example}
			for name, value := range required {
				values[name] = value
			}
			roundTrip(t, q, values)
			if p.Standard != "" {
				values[p.Name] = p.Standard
				r, errs := q.Read(values)
				if len(errs) > 0 {
					t.Errorf("%s: %v", q.Name, errs)
				} else if text := q.Text(r); strings.Contains("&"+text, "&"+p.Name+"=") {
					t.Errorf("%s: %s=%s stands in %q and would be so anyway", q.Name, p.Name, p.Standard, text)
				}
			}
		}
		roundTrip(t, q, all)
	}
}

func roundTrip(t testing.TB, q *study.Question, values map[string]string) {
	t.Helper()
	r, errs := q.Read(values)
	if len(errs) > 0 {
		t.Errorf("%s %v: %v", q.Name, values, errs)
		return
	}
	text := q.Text(r)
	again, errs := q.Parse(text)
	if len(errs) > 0 {
		t.Errorf("%s: %q is not read: %v", q.Name, text, errs)
		return
	}
	if d := cmp.Diff(r, again); d != "" {
		t.Errorf("%s: %q is read as another request:\n%s", q.Name, text, d)
	}
	if second := q.Text(again); second != text {
		t.Errorf("%s: %q becomes %q", q.Name, text, second)
	}
}

// FuzzRequestText checks the same for any values.
func FuzzRequestText(f *testing.F) {
	f.Add("count", "USA|JPN", "EU27:members", "list:mic25/nev", "2010:2020", "1e6", "")
	f.Add("displacement", "CHN", "EU27,JPN", "85", "2005,2024", "0", "EMERGING:any")
	f.Add("sensitivity", "a+b & c=d", "%20;", "8507.60", "2024-03", "1_000", "partner_share=0.2:0.4:0.1")
	f.Fuzz(func(t *testing.T, name, importers, partners, products, years, floor, own string) {
		q, ok := QuestionOf(name)
		if !ok {
			return
		}
		given := map[string]string{"importers": importers, "partners": partners, "products": products, "years": years, "min-value": floor}
		values := map[string]string{}
		for _, p := range q.Parameters {
			value, shared := given[p.Name]
			switch {
			case !shared && len(p.Values) == 0 && !p.Switch:
				value = own
			case !shared || strings.TrimSpace(value) != value:
				continue
			}
			if p.Required && value == "" {
				value = p.Example
			}
			if strings.TrimSpace(value) == value {
				values[p.Name] = value
			}
		}
		if _, errs := q.Read(values); len(errs) == 0 {
			roundTrip(t, q, values)
		}
	})
}

// TestProvenanceIsWhole checks that an answer carries its own parameters and every file that decided it: another threshold in a
// file gives another provenance.
func TestProvenanceIsWhole(t *testing.T) {
	s := studytest.Source(t, []studytest.Flow{{2020, 156, 842, "850760", 40}, {2021, 156, 842, "850760", 60}, {2021, 392, 842, "850760", 2}, {2020, 842, 156, "854231", 5}, {2021, 842, 156, "854231", 5}})
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	builtin := func(fs interface{ ReadFile(string) ([]byte, error) }, name string) string {
		t.Helper()
		data, err := fs.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	answer := func(question string, pairs ...string) result.Provenance {
		t.Helper()
		q, _ := QuestionOf(question)
		values := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			values[pairs[i]] = pairs[i+1]
		}
		r, errs := q.Read(values)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		table, err := q.Answer(t.Context(), s, r)
		if err != nil {
			t.Fatalf("%s %v: %v", question, pairs, err)
		}
		return table.Provenance
	}
	differ := func(kind string, before, after result.Provenance) {
		t.Helper()
		find := func(p result.Provenance) (sums []string) {
			for _, d := range p.Definitions {
				if d.Kind == kind {
					sums = append(sums, d.SHA256)
				}
			}
			return sums
		}
		if a, b := find(before), find(after); len(a) == 0 || len(a[0]) != 64 || slices.Equal(a, b) {
			t.Errorf("%s: %.20q before, %.20q after its file was changed", kind, a, b)
		}
	}

	if got, want := answer("displacement", "economy", "CHN", "partners", "USA", "markets", "USA", "years", "2020,2021").Query, "dataset=test&partners=USA&years=2020%2C2021&economy=CHN&markets=USA"; got != want {
		t.Errorf("query %q, want %q", got, want)
	}

	weights := builtin(chokepoints.WeightFiles, "weights/equal.toml")
	path := write("w.toml", strings.Replace(weights, `id = "equal"`, `id = "mine"`, 1))
	before := answer("chokepoints", "weights", path)
	write("w.toml", strings.Replace(strings.Replace(weights, `id = "equal"`, `id = "mine"`, 1), "from_usd = ", "from_usd = 2 # ", 1))
	differ("weights", before, answer("chokepoints", "weights", path))

	classes := string(studytest.MustRead(t, "../rule/data/scoreboard/standing.toml"))
	path = write("c.toml", classes)
	before = answer("scoreboard", "economy", "CHN", "classes", path)
	write("c.toml", classes+"\n# changed")
	differ("classes", before, answer("scoreboard", "economy", "CHN", "classes", path))

	list := "code,revision,sector,direction,confidence,reason\n850760,HS17,x,,high,because\n"
	path = write("l.csv", list)
	before = answer("scoreboard", "economy", "CHN", "list", path)
	write("l.csv", strings.Replace(list, "because", "why not", 1))
	differ("list", before, answer("scoreboard", "economy", "CHN", "list", path))

	series := func(gdp string) result.Provenance {
		t.Helper()
		s.Macro = new(macro.Set)
		if err := s.Macro.Add("own.csv", "", []byte("economy,year,series,value\nCHN,2020,gdp_usd,"+gdp+"\n")); err != nil {
			t.Fatal(err)
		}
		return answer("balance", "economy", "CHN")
	}
	differ("macro", series("1000"), series("1001"))

	firms := func(name string) result.Provenance {
		t.Helper()
		var err error
		if s.Register, err = register.Parse("firms.csv", []byte("name,batch,year,province,sector\n"+name+",1,2019,Anhui,nev\n")); err != nil {
			t.Fatal(err)
		}
		return answer("firms", "by", "batch")
	}
	differ("register", firms("A"), firms("B"))
	if p := answer("policy", "policy", "mic25", "years", "2020:2021"); len(p.Definitions) == 0 {
		t.Error("an answer about a policy does not name the file of policies")
	}
}
