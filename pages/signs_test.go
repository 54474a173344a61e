package pages

import (
	"regexp"
	"strings"
	"testing"

	"chokepoint/method"
)

// TestMinus: a hyphen before a number is printed as a minus; those of dates, ranges, codes and flags stay.
func TestMinus(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := minus(in); got != want {
			t.Errorf("%q became %q; want %q", in, got, want)
		}
	}
	f("-5.1 %", "−5.1 %")
	f("net gain 7.69 % (-0.27 % to 21.04 %)", "net gain 7.69 % (−0.27 % to 21.04 %)")
	f("2020-10", "2020-10")
	f("lithium-ion, 2 - 3, --years 2024", "lithium-ion, 2 - 3, --years 2024")
	if got := (cell{Text: "-0.115", Number: true}).Shown(); got != "−0.115" {
		t.Error(got)
	}
	if got := (cell{Text: "-5", Head: true}).Shown(); got != "-5" {
		t.Error(got)
	}
	if got := signs.Replace("2 394 / 3 998 >= 0.3"); got != "2 394 ÷ 3 998 ≥ 0.3" {
		t.Error(got)
	}
}

// TestCriteriaInWords: a criterion in a sentence is read aloud; what is to be typed stays code.
func TestCriteriaInWords(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := string(codesIn(in)); got != want {
			t.Errorf("%q became %q; want %q", in, got, want)
		}
	}
	f("`partner_world_share >= 0.3` stands in for a rule", "“partner&#39;s share of world exports at least 30\u00a0%” stands in for a rule")
	f("`imports >= 5_000_000`", "“imports at least 5 million USD”")
	f("see `chokepoint calibrate`", "see <code>chokepoint calibrate</code>")
	f("`a < b`", "<code>a &lt; b</code>")
}

// TestRulesByName: rules of scenarios have names on the pages.
func TestRulesByName(t *testing.T) {
	if got, want := withRules("Rule sqrt on past episodes; the rule present."), "Rule “today's suppliers, the larger the more” on past episodes; the rule “today's suppliers”."; got != want {
		t.Errorf("%q; want %q", got, want)
	}
	if got, want := withoutFlags("over 6 months (assumed, --ramp); stocks are not known, so that the columns unfilled_month are empty."), "over 6 months (assumed); stocks are not known, so what is lacking while they are drawn on is left open."; got != want {
		t.Errorf("%q; want %q", got, want)
	}
	if got, ok := ruleList("present, capacity"); !ok || got != "today's suppliers; whoever exports" {
		t.Error(got, ok)
	}
	if got, ok := ruleList("0.05, 0.1"); ok || got != "0.05, 0.1" {
		t.Error(got, ok)
	}
}

// TestTitlesNameTheGoods: the title of a ranking or a map of some goods says which.
func TestTitlesNameTheGoods(t *testing.T) {
	s := newServer(t, nil)
	for path, want := range map[string]string{
		"/chokepoints?products=85":                                    "Choke points: Chapter 85",
		"/map?products=85":                                            "Who depends on China for Chapter 85",
		"/map?partners=Friends%3DCHN%2BDEU":                           "Who depends on Friends 20",
		"/compare?importers=DEU%2BFRA":                                "Germany and France on China",
		"/scenario?partners=Friends%3DCHN%2BDEU&products=84,85,87,90": "If Friends stops selling ",
		"/industry?importers=Friends%3DCHN%2BDEU":                     "Friends: industry",
		"/map": "Who depends on China 20",
	} {
		if text := pageText(t, s, path); !strings.Contains(text, want) {
			t.Errorf("%s does not say %q: %.600s", path, want, text)
		}
	}
	m, err := method.Get("merics-2024")
	if err != nil {
		t.Fatal(err)
	}
	if text := definitionText(m, true); !strings.Contains(text, `"Variant of MERICS 2024"`) {
		t.Error(text)
	}
}

// TestRangeNamesTheGoods: the sentence on what moves the answer of a scenario says the goods in words, and begins with a name.
func TestRangeNamesTheGoods(t *testing.T) {
	text := pageText(t, newServer(t, nil), "/scenario")
	if !regexp.MustCompile(` in 20[0-9]{2}, of [^:;]* \([0-9]{6}\): over the first year`).MatchString(strings.ReplaceAll(text, "\u00a0", " ")) {
		t.Errorf("%.3000s", text)
	}
}
