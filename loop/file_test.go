package loop

import (
	"strings"
	"testing"
)

// own is a file of a user that is right.
const own = `id = "mine"
source = "a test"

[[input]]
name = "drag"
value = 0.4
unit = "1"
status = "assumed"
source = "a test"
`

// TestUserFile: a user's inputs go before the program's, the others stay.
func TestUserFile(t *testing.T) {
	set, err := Builtin().With("mine.toml", []byte(own))
	if err != nil {
		t.Fatal(err)
	}
	x, err := set.Technology("pv", "CHN")
	if err != nil {
		t.Fatal(err)
	}
	plain := technologyOf(t, "pv")
	for i := range x.Inputs {
		s, p := &x.Inputs[i], &plain.Inputs[i]
		if Input(i) == Drag {
			if s.Value != 0.4 || s.Kind != fixed || s.From != "mine.toml:4" {
				t.Errorf("drag: %+v", s)
			}
		} else if *s != *p {
			t.Errorf("%s: %+v, want %+v", Input(i), s, p)
		}
	}
	// What names the technology goes before what names none, in one file.
	more := own + "\n[[input]]\nname = \"gain\"\nvalue = 0.1\nunit = \"share 0–1\"\nstatus = \"assumed\"\nsource = \"t\"\n\n[[input]]\nname = \"γ\"\ntechnology = \"pv\"\nvalue = 0.2\nunit = \"share 0–1\"\nstatus = \"assumed\"\nsource = \"t\"\n"
	if set, err = Builtin().With("mine.toml", []byte(more)); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]float64{"pv": .2, "wind": .1} {
		if x, err := set.Technology(id, "CHN"); err != nil || x.Inputs[Gain].Value != want {
			t.Errorf("gain of %s: %v, want %v", id, x.Inputs[Gain].Value, want)
		}
	}
}

// TestFileErrors: every fault names file, line, what stands there and what is wanted.
func TestFileErrors(t *testing.T) {
	f := func(change func(string) string, want ...string) {
		t.Helper()
		_, err := Builtin().With("mine.toml", []byte(change(own)))
		if err == nil {
			t.Errorf("%s is accepted", change(own))
			return
		}
		for _, w := range append(want, "mine.toml") {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("got %v; want %q in it", err, w)
			}
		}
	}
	replace := func(old, new string) func(string) string {
		return func(s string) string { return strings.Replace(s, old, new, 1) }
	}
	add := func(more string) func(string) string { return func(s string) string { return s + more } }
	f(replace(`"drag"`, `"drug"`), "mine.toml:4", `"drug"`, "drag, product")
	f(replace(`unit = "1"`, `unit = "%"`), "mine.toml:4", `its unit is "%", expected "1"`)
	f(replace(`value = 0.4`, `value = 40`), "mine.toml:4", "from 0 to 10")
	f(replace(`value = 0.4`, `value = nan`), "mine.toml:4", "finite")
	f(replace(`value = 0.4`, `value = "much"`), "mine.toml:6", "expected a number")
	f(replace(`value = 0.4`, `low = 0.4`), "no value")
	f(replace(`status = "assumed"`, `status = "guessed"`), "published, derived, assumed")
	f(replace("source = \"a test\"\n\n", "\n"), "expected both")
	f(add(`technology = "pv"`), "the same for all technologies")
	f(add(`technology = "fusion"`), `no technology "fusion"`)
	f(add(`economy = "China!"`), "CHN or EU27")
	f(add("low = 0.5\nhigh = 0.6"), "low ≤ value ≤ high")
	f(add("low = 0.4\nhigh = 0.4"), "low below high")
	f(add("low = 0.3"), "low and high")
	f(add("distribution = \"normal\""), "sd above 0")
	f(add("distribution = \"normal\"\nsd = -1"), "sd above 0")
	f(add("distribution = \"beta\""), "fixed, uniform, triangular or normal")
	f(add("distribution = \"fixed\"\nsd = 1"), "a value alone")
	f(add("colour = 1"), "mine.toml:10", "unknown key")
	f(add("\n[[input]]\nname = \"μ\"\nvalue = 0.4\nunit = \"1\"\nstatus = \"assumed\"\nsource = \"t\"\n"), "mine.toml:11", "appears twice")
	f(add("\n[[input]]\nname = \"unit-cost\"\nvalue = 0.4\nunit = \"bn USD/GW\"\nstatus = \"assumed\"\nsource = \"t\"\n"), "expected the technology")
	f(add("\n[[input]]\nname = \"unit-cost\"\ntechnology = \"batteries\"\nvalue = 0.4\nunit = \"bn USD/GW\"\nstatus = \"assumed\"\nsource = \"t\"\n"), `expected "bn USD/GWh"`)
	f(add("\n[[technology]]\nid = \"Heat Pumps\"\nname = \"x\"\nquantity = \"m\"\n"), "small letters")
	f(replace(`source = "a test"`, "year = 15\nsource = \"a test\""), "year 15")
	f(replace(`source = "a test"`, "money = \"EUR\"\nsource = \"a test\""), `in bn USD`)

	set, err := Builtin().With("mine.toml", []byte(own+"\n[[input]]\nname = \"imitation\"\nvalue = 0.95\nunit = \"1/year\"\nstatus = \"assumed\"\nsource = \"t\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := set.Technology("pv", "CHN"); err == nil || !strings.Contains(err.Error(), "more than the whole gap") {
		t.Errorf("innovation and imitation above 1 together: %v", err)
	}
	if _, err := Builtin().Technology("pv", "DEU"); err == nil || !strings.Contains(err.Error(), "half-price, home-share, adoption, full-adoption, others-demand, growth, product") {
		t.Errorf("an economy without parameters: %v", err)
	}
}

// TestPolicyFile reads policies.
func TestPolicyFile(t *testing.T) {
	const head = "id = \"p\"\nname = \"P\"\nstatus = \"assumed\"\nsource = \"t\"\nsunset = 2020\n"
	p, err := ParsePolicy("p.toml", []byte(head+"[[subsidy]]\nshare = 0.1\n[[subsidy]]\ntechnology = \"pv\"\nfrom = 2016\nto = 2017\nshare = 0.3\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Path("pv", 2015, 4); got[0] != .1 || got[1] != .3 || got[2] != .3 || got[3] != .1 {
		t.Errorf("pv: %v", got)
	}
	if got := p.Path("wind", 2015, 2); got[0] != .1 || got[1] != .1 {
		t.Errorf("wind: %v", got)
	}
	f := func(text, want string) {
		t.Helper()
		if _, err := ParsePolicy("p.toml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "p.toml") {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	f(head+"[[subsidy]]\nshare = 1\n", "p.toml:6:1: share 1: expected a share of the unit cost, 0 ≤ share < 1")
	f(head+"[[subsidy]]\nshare = -0.1\n", "0 ≤ share < 1")
	f(head+"[[subsidy]]\nshare = nan\n", "0 ≤ share < 1")
	f(head+"[[subsidy]]\nfrom = 2020\nto = 2018\nshare = 0.1\n", "years in order")
	f(strings.Replace(head, "2020", "0", 1), "sunset 0")
	f(strings.Replace(head, "assumed", "true", 1), "published, derived, assumed")
	f(head+"[[subsidies]]\n", "unknown key")
}

func FuzzParameters(f *testing.F) {
	f.Add(own)
	f.Add(string(parametersTOML))
	f.Add(strings.Replace(own, "0.4", "1e308\ndistribution = \"normal\"\nsd = 1e-308", 1))
	f.Fuzz(func(t *testing.T, text string) {
		set, err := Builtin().With("fuzz.toml", []byte(text))
		if err != nil {
			return
		}
		x, err := set.Technology("pv", "CHN")
		if err != nil {
			return
		}
		for i := range x.Inputs {
			for _, u := range []float64{0, .3, 1} {
				if v := x.Inputs[i].Quantile(u); !(v >= inputTable[i].low && v <= inputTable[i].high) {
					t.Errorf("%s at %v is %v", Input(i), u, v)
				}
			}
		}
	})
}

func FuzzPolicy(f *testing.F) {
	f.Add(string(policyTOML))
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePolicy("fuzz.toml", []byte(text))
		if err != nil {
			return
		}
		for _, s := range p.Path("pv", 2015, 30) {
			if !(s >= 0 && s < 1) {
				t.Errorf("a subsidy of %v", s)
			}
		}
	})
}
