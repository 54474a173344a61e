package rule

import (
	"math"
	"strings"
	"testing"
)

// TestBuiltin reads every embedded file, and none is left that no kind reads.
func TestBuiltin(t *testing.T) {
	read := map[string]func(name string) (checked, error){
		"coverage":     func(name string) (checked, error) { return OpenCoverage(name) },
		"single-point": func(name string) (checked, error) { return OpenSinglePoint(name) },
		"complexity":   func(name string) (checked, error) { return OpenComplexity(name) },
		"scoreboard":   func(name string) (checked, error) { return OpenScoreboard(name) },
	}
	kinds, err := builtin.ReadDir("data")
	if err != nil || len(kinds) != len(read) {
		t.Fatalf("%d kinds of rules are embedded, %d are read: %v", len(kinds), len(read), err)
	}
	for _, kind := range kinds {
		for _, name := range names(kind.Name()) {
			r, err := read[kind.Name()](name)
			if err != nil {
				t.Error(err)
				continue
			}
			if a := r.about(); a.ID != name || len(a.SHA256) != 64 || len(a.Text) == 0 {
				t.Errorf("%s/%s: id %s, sum %q", kind.Name(), name, a.ID, a.SHA256)
			}
		}
	}
}

func TestFloors(t *testing.T) {
	claims, err := OpenCoverage("claims")
	if err != nil {
		t.Fatal(err)
	}
	single, err := OpenSinglePoint("single-point")
	if err != nil {
		t.Fatal(err)
	}
	atlas, err := OpenComplexity("atlas")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what      string
		got, want bool
	}{
		{"covered", claims.Testable(0.9, 0.95), true},
		{"too few products", claims.Testable(0.899, 1), false},
		{"too few importers", claims.Testable(1, 0.949), false},
		{"importers not known", claims.Testable(1, math.NaN()), false},
		{"three dependents", single.Reached(3, 1e7), true},
		{"two dependents", single.Reached(2, 1e12), false},
		{"for too little", single.Reached(30, 9.9e6), false},
		{"not known for how much", single.Reached(30, math.NaN()), false},
		{"half of the world", single.Irreplaceable(0.5, 1), true},
		{"less than half", single.Irreplaceable(0.49, 10), false},
		{"others export more", single.Irreplaceable(0.9, 0.99), false},
		{"nobody else exports", single.Irreplaceable(1, math.Inf(1)), true},
		{"an economy", atlas.HasEconomy(1e9, 1.2e6), true},
		{"a small one", atlas.HasEconomy(1e12, 1.1e6), false},
		{"one that exports little", atlas.HasEconomy(9e8, 1e9), false},
		{"one whose population is not known", atlas.HasEconomy(1e9, math.NaN()), true},
		{"any product", atlas.HasProduct(0), true},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", c.what, c.got, c.want)
		}
	}
}

const sound = `id = "mine"
title = "Mine"
date = "2026-01-31"
source = "me"
dependents = 3
bought_by_them_usd = 1e7
world_share = 0.5
rearrangement_ratio = 1
`

func TestFaults(t *testing.T) {
	f := func(from, to, want string) {
		t.Helper()
		text := strings.Replace(sound, from, to, 1)
		if text == sound {
			t.Fatalf("%q is not in the text", from)
		}
		if _, err := ParseSinglePoint("my.toml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q for %q: %v, want %q", to, from, err, want)
		}
	}
	f("dependents = 3", "", "my.toml: no dependents; expected a number from 0 to 1000")
	f("world_share = 0.5", "world_share = 50", "my.toml:7: world_share 50: expected a number from 0 to 1")
	f("rearrangement_ratio = 1", "", "my.toml: no rearrangement_ratio")
	f("dependents = 3", "dependents = -1", "my.toml:5: dependents -1: expected a number from 0 to 1000")
	f("dependents = 3", "dependents = nan", "my.toml:5: dependents NaN")
	f("dependents = 3", "dependants = 3", `my.toml:5:1: unknown key "dependants"`)
	f("dependents = 3", "dependents = \"three\"", "my.toml:5:")
	f(`"mine"`, `"My Rule"`, "my.toml:1: id")
	f(`"2026-01-31"`, `"31.1.2026"`, `my.toml:3: date "31.1.2026": expected YYYY-MM-DD`)
	f(`source = "me"`, "", "no source")
	if _, err := OpenSinglePoint("single-pont"); err == nil || err.Error() != `single-point "single-pont": expected one of none, single-point, or a file that ends in .toml; did you mean single-point?` {
		t.Error(err)
	}
	if _, err := OpenSinglePoint("../coverage/claims"); err == nil {
		t.Error("a rule of another kind is opened")
	}
}

// FuzzFloors: floors that are read are numbers within their bounds, whichever kind of rule the text is taken for.
func FuzzFloors(f *testing.F) {
	for _, kind := range []string{"coverage", "single-point", "complexity"} {
		for _, name := range names(kind) {
			text, err := builtin.ReadFile("data/" + kind + "/" + name + ".toml")
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		read := 0
		if r, err := ParseCoverage("f.toml", text); err == nil {
			read++
			r.Testable(0.5, math.NaN())
		}
		if r, err := ParseSinglePoint("f.toml", text); err == nil {
			read++
			r.Irreplaceable(0.5, 2)
		}
		if r, err := ParseComplexity("f.toml", text); err == nil {
			read++
			r.HasEconomy(1e9, math.NaN())
			r.HasProduct(1e9)
		}
		if read > 1 {
			t.Errorf("%d kinds of rule read the same text", read)
		}
	})
}
