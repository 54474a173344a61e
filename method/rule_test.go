package method

import (
	"strings"
	"testing"
)

// TestStatusOfSources pins what is as published: a rule that was read in a secondary source is not.
func TestStatusOfSources(t *testing.T) {
	want := map[string]Status{"geodep-2024": Published, "iw-2024": Published, "mgi": Published,
		"ec-2023-spof": Provisional, "merics-2024": Provisional, "merics-2024-floor": Provisional}
	for _, m := range Builtin() {
		status := want[m.ID]
		if status == "" {
			status = Reconstructed
		}
		if m.Status != status {
			t.Errorf("%s is %s, want %s", m.ID, m.Status, status)
		}
	}
}

func TestAssumed(t *testing.T) {
	fki, err := Get("fki-2022")
	if err != nil {
		t.Fatal(err)
	}
	want := "reconstructed, with an assumed number in `trade_specialisation < -0.9`"
	if got := fki.StatusText(); got != want {
		t.Errorf("status %q, want %q", got, want)
	}
	// A copy that keeps the assumption quiet has it all the same, as the copy writes it.
	quiet := strings.Replace(strings.Replace(fki.Text, "assumed = [", "# [", 1), `"trade_specialisation < -0.9",`, `"trade_specialisation<-0.90",`, 1)
	m, err := Parse("m.toml", []byte(quiet))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.StatusText(); got != "reconstructed, with an assumed number in `trade_specialisation<-0.90`" {
		t.Errorf("copy: %q", got)
	}
	f := func(text, want string) {
		t.Helper()
		if _, err := Parse("m.toml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	f(sound+"assumed = [\"imports > 1\"]\n", `m.toml:5:13: assumed "imports > 1" is not one of the criteria`)
	f("status = \"published\"\n"+sound+"assumed = [\"partner_share > 0.4\"]\n", "status is published, but 1 criteria have an assumed number")
	f("variant_of = \"merics\"\n"+sound, `m.toml:1:1: variant_of "merics": expected the id of a builtin definition`)
}

func TestRules(t *testing.T) {
	var groups []string
	for _, group := range Rules(Originals()) {
		var ids []string
		for _, m := range group {
			ids = append(ids, m.ID)
		}
		groups = append(groups, strings.Join(ids, "="))
	}
	want := "bottle-2025 dsece-2022 ec-2021 ec-2023-spof fki-2022 geodep-2024 hjs-2020 iw-2024=japan-2022=merics-2020 korea-2021 merics-2024-floor mgi oecd-2024"
	if got := strings.Join(groups, " "); got != want {
		t.Errorf("rules\n%s\nwant\n%s", got, want)
	}
	parse := func(text string) *Method {
		t.Helper()
		m, err := Parse("m.toml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	mine := parse(sound)
	f := func(what, text string, same bool) {
		t.Helper()
		if got := parse(text).Rule() == mine.Rule(); got != same {
			t.Errorf("%s: same rule is %v, want %v", what, got, same)
		}
	}
	f("order, spelling and strictness", strings.Replace(sound, `["imports >= 2 * exports", "partner_share > 0.4"]`, `["partner_share >= 0.40 and 2 * exports <= imports"]`, 1), true)
	f("another number", strings.Replace(sound, "0.4", "0.41", 1), false)
	f("a floor", sound+"min_value = 1e6\n", false)
	f("persistence", sound+"persistence = \"2/3\"\n", false)
	f("world, which the criteria do not ask about", sound+"world = \"net\"\n", true)
	f("bloc", sound+"bloc = \"EU27\"\n", false)
	ofWorld := strings.Replace(sound, "partner_share", "partner_world_share", 1)
	if parse(ofWorld).Rule() == parse(ofWorld+"world = \"net\"\n").Rule() {
		t.Error("another world is the same rule")
	}
	floor := strings.Replace(sound, "criteria = [", "criteria = [\"imports >= 1_000_000\", ", 1)
	if parse(floor).Rule() != parse(sound+"min_value = 1e6\n").Rule() {
		t.Error("a floor is the same whether it is a criterion or min_value")
	}
	if got := mine.With(1e6, nil, "").Rule(); got != parse(floor).Rule() {
		t.Errorf("a floor given with the question: %s", got)
	}
}

// TestOriginals: a variant is offered by name, and is not among all.
func TestOriginals(t *testing.T) {
	for _, m := range Originals() {
		if m.VariantOf != "" || m.ID == "merics-2024" {
			t.Errorf("%s, variant of %q, is among the originals", m.ID, m.VariantOf)
		}
	}
	if m, err := Get("merics-2024"); err != nil || m.VariantOf != "merics-2024-floor" || len(Builtin()) != len(Originals())+1 {
		t.Errorf("%v, %v: %d definitions, %d originals", m, err, len(Builtin()), len(Originals()))
	}
	for _, m := range Builtin() {
		if m.VariantOf != "" {
			if _, err := Get(m.VariantOf); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestFit: how near a definition comes to published counts is said of it alone, not of a copy that asks for something else or of one that
// flags have changed.
func TestFit(t *testing.T) {
	m, err := Get("merics-2024-floor")
	if err != nil {
		t.Fatal(err)
	}
	if texts := strings.Join(m.ProvisionalTexts(), "\n"); !strings.Contains(texts, "merics-2024-floor: `imports >= 5_000_000` stands in for") || !strings.Contains(texts, "merics-2024-floor: "+m.Fit) || m.Fit == "" {
		t.Errorf("%s", texts)
	}
	if texts := strings.Join(m.With(1e9, nil, "").ProvisionalTexts(), "\n"); strings.Contains(texts, m.Fit) {
		t.Errorf("with another floor: %s", texts)
	}
	if same, err := Parse("copy.toml", []byte(m.Text)); err != nil || same.Fit != m.Fit {
		t.Errorf("a copy: %v, fit %q", err, same.Fit)
	}
	if other, err := Parse("copy.toml", []byte(strings.Replace(m.Text, "partner_share >= 0.3", "partner_share >= 0.4", 1))); err != nil || other.Fit != "" {
		t.Errorf("a changed copy: %v, fit %q", err, other.Fit)
	}
	own := "id = \"a\"\ntitle = \"a\"\nsource = \"a\"\nfit = \"well\"\ncriteria = [\"imports > 1\"]\n"
	if m, err := Parse("a.toml", []byte(own)); err != nil || m.ProvisionalTexts() != nil {
		t.Errorf("a fit of what is not provisional: %v, %v", err, m.ProvisionalTexts())
	}
}
