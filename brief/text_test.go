package brief

import (
	"strings"
	"testing"
	"unicode/utf8"

	"chokepoint/result"
)

// document is a brief of one claim with evidence, of a sentence of several.
func document(t *testing.T) *Document {
	t.Helper()
	claim := strings.Replace(falls, "claim = ", "sentence = \"s\"\nclaim = ", 1) +
		"[[claims.evidence]]\ntitle = \"By | others\"\nfigures = [{ year = 2015, value = 758 }, { year = 2019, value = 600 }]\nlimits = \"One criterion of three.\"\nsource = \"Customs\"\n"
	b, err := Parse("test", []byte("id = \"t\"\ntitle = \"T_*\"\n[sentences]\ns = \"It fell, and more.\"\n"+claim))
	if err != nil {
		t.Fatal(err)
	}
	years := [2]int{2000, 2022}
	d, err := Make(t.Context(), answers(map[string]*result.Table{"count": countTable(years, map[string][2]int{"merics-2024-floor": {151, 85}}), "sensitivity": thresholds(years, [2]int{9, 3}, [2]int{8, 2})}), &holdings{years: years[:]}, b, quietly)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestForms: the claim stands beside its verdict, its assertions and its evidence in every form.
func TestForms(t *testing.T) {
	d := document(t)
	for name, c := range map[string]struct {
		write func(b *strings.Builder) error
		wants []string
	}{
		"terminal": {func(b *strings.Builder) error { return d.WriteText(b, 80) }, []string{"SYNTHETIC DATA", "“It fell, and more.”\n1     It fell\n      → stands in part\n        – the fall stands (151 → 85, −44 %, published −50 %)\n        – the level does not stand (151 in 2000, published 400; 85 in 2022,\n          published 200)\n",
			"Beside the dataset: By | others: 758 in 2015, 600 in 2019 (−21 %). It\n      shows a fall too.", "      chokepoint count --importers CHN --partners USA --method bottle-2025,"}},
		"Markdown": {func(b *strings.Builder) error { return d.WriteMarkdown(b) }, []string{"# T\\_\\*\n\n**SYNTHETIC DATA", "| 1 | It fell | stands in part: the fall stands; the level does not stand | 151 in 2000, 85 in 2022 | 400 in 2000, 200 in 2022 |",
			"> It fell, and more.", "- the fall stands (151 → 85, −44 %, published −50 %)\n- the level does not stand", "**Beside the dataset. By \\| others:** 758 in 2015, 600 in 2019 (−21 %). It shows a fall too. It decides nothing.", "\n    chokepoint count"}},
		"HTML": {func(b *strings.Builder) error { return d.WriteHTML(b) }, []string{`<td class="claimed">It fell</td><td class="outcome"><span class="verdict-word stands-in-part">stands in part</span><span class="short">the fall stands; the level does not stand</span></td>`,
			`<li><span class="verdict-word stands">the fall stands (151 → 85, −44 %, published −50 %)</span></li>`, `<p class="sentence">“It fell, and more.”</p>`, "Limits: One criterion of three.", "Of 2 assertions in them, 2 can be told and 1 stands."}},
	} {
		var b strings.Builder
		if err := c.write(&b); err != nil {
			t.Fatal(err)
		}
		for _, want := range c.wants {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s lacks %q:\n%s", name, want, b.String())
			}
		}
		for line := range strings.Lines(b.String()) {
			if name == "terminal" && utf8.RuneCountInString(line) > 81 && !strings.Contains(line, "chokepoint ") {
				t.Errorf("a line of %d: %q", utf8.RuneCountInString(line), line)
			}
		}
	}
	table := d.Table()
	if got, want := table.Column("assertions").Text[0], "the fall stands (151 → 85, −44 %, published −50 %); the level does not stand (151 in 2000, published 400; 85 in 2022, published 200)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := table.Column("evidence").Text[0]; !strings.HasPrefix(got, "By | others: 758 in 2015, 600 in 2019 (−21 %). It shows a fall too. Limits: One criterion of three. Source: Customs.") {
		t.Errorf("%q", got)
	}
}

// TestEvidence: figures without limits or source are refused, and so are years out of order and a sentence that nobody wrote.
func TestEvidence(t *testing.T) {
	evidence := "[[claims.evidence]]\ntitle = \"E\"\nfigures = [{ year = 2015, value = 1 }, { year = 2019, value = 2 }]\nlimits = \"L\"\nsource = \"S\"\n"
	for _, c := range []struct{ from, to, want string }{
		{"limits = \"L\"\n", "", "expected title, source and limits"}, {"source = \"S\"\n", "", "expected title, source and limits"}, {"2015", "2020", "expected years in order"},
		{"figures = [{ year = 2015, value = 1 }, { year = 2019, value = 2 }]", "figures = []", "expected figures"},
	} {
		if _, err := Parse("test", []byte("id = \"t\"\ntitle = \"T\"\n"+falls+strings.Replace(evidence, c.from, c.to, 1))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	if _, err := Parse("test", []byte("id = \"t\"\ntitle = \"T\"\n"+strings.Replace(falls, "kind", "sentence = \"s\"\nkind", 1))); err == nil || !strings.Contains(err.Error(), `there is no sentence "s"`) {
		t.Errorf("%v", err)
	}
	e := &Evidence{Figures: []Published{{Year: 2015, Value: 1}, {Year: 2019, Value: 2}}}
	if got := e.Bearing(&Claim{With: map[string]string{"expect": "falls"}}); got != "It shows no fall" {
		t.Errorf("%q", got)
	}
}
