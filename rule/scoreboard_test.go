package rule

import (
	"math"
	"os"
	"strings"
	"testing"
)

func scoreboard(t *testing.T, name string) *Scoreboard {
	t.Helper()
	r, err := OpenScoreboard(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// known makes values from which nothing is missing.
func known(pairs ...any) map[string]Value {
	values := map[string]Value{}
	for i := 0; i < len(pairs); i += 2 {
		values[pairs[i].(string)] = Known(pairs[i+1].(float64))
	}
	return values
}

// in says the verdicts of a rule in one line.
func in(r *Scoreboard, values map[string]Value) string {
	var words []string
	for _, v := range r.Judge(values) {
		words = append(words, v.String())
	}
	return strings.Join(words, " | ")
}

// TestStanding: the first rule says what it said before there was another.
func TestStanding(t *testing.T) {
	r := scoreboard(t, "standing")
	f := func(want string, pairs ...any) {
		t.Helper()
		if got := in(r, known(pairs...)); got != want {
			t.Errorf("%v: %s, want %s", pairs, got, want)
		}
	}
	f("leader", "world_rank", 1., "rca", 1., "balance", 0.001, "world_market_share", .2)
	f("catching up", "world_rank", 1., "rca", 1., "balance", 0., "world_market_share", .2)
	f("catching up", "world_rank", 2., "rca", 3., "balance", .9, "world_market_share", .2)
	f("dependent", "world_rank", 1., "rca", .999, "balance", -.001, "world_market_share", .2)
	f("catching up", "world_rank", 9., "rca", .5, "balance", 0., "world_market_share", 0.)
	f("not testable", "world_rank", 1., "rca", 1., "balance", math.NaN(), "world_market_share", .2)
	f("not testable", "world_rank", 1., "rca", .5, "world_market_share", .2)                       // the balance could make it dependent
	f("catching up", "world_rank", 2., "rca", 1., "balance", math.NaN(), "world_market_share", .2) // it could not
	f("none", "world_rank", 2., "rca", 1., "balance", .5, "world_market_share", -1.)               // no class fits
	f("not testable", "world_rank", 2., "rca", 1., "balance", .5, "world_market_share", math.NaN())
}

func TestTwoAxes(t *testing.T) {
	r := scoreboard(t, "two-axes")
	f := func(want string, pairs ...any) {
		t.Helper()
		if got := in(r, known(pairs...)); got != want {
			t.Errorf("%v: %s, want %s", pairs, got, want)
		}
	}
	f("leader | net exporter", "lead", 1.5, "rca", 2., "world_market_share", .4, "balance", .6, "import_intensity", .27, "own_dependent_share", .1)
	// It sells most of a sector, and needs it all the same.
	f("leader | dependent", "lead", 1.5, "rca", 2., "world_market_share", .4, "balance", -.3, "import_intensity", 1.53, "own_dependent_share", .1)
	f("strong exporter | dependent", "lead", .8, "rca", 1.2, "world_market_share", .2, "balance", -.3, "import_intensity", .6, "own_dependent_share", .7)
	f("other exporter | net importer", "lead", .8, "rca", .6, "world_market_share", .2, "balance", -.3, "import_intensity", .6, "own_dependent_share", .1)
	f("other exporter | balanced", "lead", .8, "rca", .6, "world_market_share", .2, "balance", 0., "import_intensity", .6, "own_dependent_share", .1)
	// Within a twentieth, both classes are named, and the first of them is that of the values.
	f("leader, borderline: may be strong exporter | balanced, borderline: may be net importer", "lead", 1.02, "rca", 2., "world_market_share", .4, "balance", -.06, "import_intensity", .5, "own_dependent_share", .1)
	f("strong exporter, borderline: may be leader or other exporter | net exporter", "lead", .98, "rca", 1.01, "world_market_share", .4, "balance", .6, "import_intensity", .27, "own_dependent_share", .1)
	// A partner's or method's absence is no verdict where it could decide, and none where it could not.
	f("not testable | net exporter", "rca", 2., "world_market_share", .4, "balance", .6)
	f("other exporter | not testable", "rca", .5, "world_market_share", .4, "balance", -.6, "import_intensity", .5)
	f("other exporter | dependent", "rca", .5, "world_market_share", .4, "balance", -.6, "own_dependent_share", .9)
	f("not testable | not testable")
}

// TestBounds: what missing importers buy may turn a class.
func TestBounds(t *testing.T) {
	r := scoreboard(t, "two-axes")
	values := known("lead", 1.5, "rca", 2., "world_market_share", .4, "balance", .6)
	values["lead"] = Value{1.5, 0.9, 1.5}
	v := r.Judge(values)[0]
	if v.Class != "leader" || !v.Borderline() || strings.Join(v.Possible, ",") != "leader,strong exporter" || strings.Join(v.Because, ",") != "lead >= 1" {
		t.Errorf("%+v", v)
	}
	values["lead"] = Value{1.5, 1.2, 1.9}
	if v := r.Judge(values)[0]; v.Class != "leader" || v.Borderline() || v.Because != nil {
		t.Errorf("%+v", v)
	}
	values["lead"] = Value{1.5, math.NaN(), math.NaN()} // nobody can say how much is missing
	if v := r.Judge(values)[0]; !v.Borderline() || v.Missing {
		t.Errorf("%+v", v)
	}
}

func TestScoreboardFaults(t *testing.T) {
	const text = `id = "mine"
title = "Mine"
date = "2026-01-31"
source = "me"
tolerance = 0.05
[[axis]]
id = "a"
title = "A"
[[axis.class]]
id = "leader"
meaning = "it leads"
criteria = ["rca >= 1"]
`
	if _, err := ParseScoreboard("s.toml", []byte(text)); err != nil {
		t.Fatal(err)
	}
	f := func(from, to, want string) {
		t.Helper()
		changed := strings.Replace(text, from, to, 1)
		if changed == text {
			t.Fatalf("%q is not in the text", from)
		}
		if _, err := ParseScoreboard("s.toml", []byte(changed)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q for %q: %v, want %q", to, from, err, want)
		}
	}
	f("rca >= 1", "rca = 1", `s.toml:12: class leader: criterion "rca = 1": expected a measure, one of >= > <= < and a number`)
	f("rca >= 1", "rank >= 1", `there is no measure "rank"; expected one of world_market_share, world_rank`)
	f("rca >= 1", "rca >= one", "expected a number after >=")
	f("rca >= 1", "rca >= Inf", "expected a number after >=")
	f("tolerance = 0.05", "tolerance = 5", "s.toml:5: tolerance 5: expected a number from 0 to 0.5")
	f("tolerance = 0.05\n", "", "no tolerance")
	f("meaning = \"it leads\"\n", "", "expected id, meaning and criteria")
	f(text[strings.Index(text, "[[axis]]"):], "", "no axis")
	f("[[axis.class]]\n", "[[axis]]\nid = \"a\"\ntitle = \"B\"\n[[axis.class]]\n", `axis id "a": expected one that no other axis has`)
}

func FuzzScoreboard(f *testing.F) {
	for _, name := range names("scoreboard") {
		r, err := OpenScoreboard(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(r.Text, 1.0, 0.5)
	}
	f.Fuzz(func(t *testing.T, text []byte, x, spread float64) {
		r, err := ParseScoreboard("s.toml", text)
		if err != nil {
			return
		}
		values := map[string]Value{}
		for _, m := range Measures {
			values[m.Name] = Value{x, x - math.Abs(spread), x + math.Abs(spread)}
		}
		for _, v := range r.Judge(values) {
			if v.Missing && (!math.IsNaN(x) || v.Class != "") || v.String() == "" {
				t.Fatalf("%+v", v)
			}
		}
	})
}

// TestDocumented: docs/industry.md prints the criteria of both rules.
func TestDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/industry.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"two-axes", "standing"} {
		for _, a := range scoreboard(t, name).Axes {
			for _, k := range a.Classes {
				line := k.ID + " | `" + strings.Join(k.Criteria, "`, `") + "` |"
				if k.ID == "catching up" {
					line = "catching up | everything else that is traded |"
				}
				if !strings.Contains(string(text), line) {
					t.Errorf("docs/industry.md lacks %q", line)
				}
			}
		}
	}
	for _, m := range Measures {
		if !strings.Contains(string(text), "`"+m.Name+"`") {
			t.Errorf("docs/industry.md does not name the measure %s", m.Name)
		}
	}
}
