package brief

import (
	"strings"
	"testing"

	"chokepoint/result"
)

// TestNames: sentences have names in place of codes and ids, but not in what is to be typed, nor where words only look like codes.
func TestNames(t *testing.T) {
	n := names{(&holdings{}).Name}
	for text, want := range map[string]string{
		"EU27 is incomplete: members DEU, NLD":                        "The European Union of 27 is incomplete: members Germany, the Netherlands",
		"the imports of DEU by merics-2024-floor":                     "the imports of Germany by MERICS 2024 with a floor",
		"CHN+HKG depends on USA|EU27":                                 "China with Hong Kong SAR depends on the USA or the European Union of 27",
		"of USA,EU27 on CHN, 2024":                                    "of the USA and the European Union of 27 on China, 2024",
		"the USA and China (CHN) (--partners CHN+HKG)":                "the USA and China (CHN) (--partners CHN+HKG)",
		"see `chokepoint count --importers DEU` of 1 USD":             "see `chokepoint count --importers DEU` of 1 USD",
		"similarity with ADVANCED, EU27:any":                          "similarity with advanced economies, the European Union of 27",
		"Sensitivity to partner_share and partner_world_share of CHN": "Sensitivity to partner's share of imports and partner's share of world exports of China",
		"BACI HS17 by MERICS, single-year, OECD":                      "BACI HS17 by MERICS, single-year, OECD",
		"by mgi and hjs-2020":                                         "by McKinsey 2023 and Henry Jackson Society 2020",
		"":                                                            "",
	} {
		if got := n.sentence(text); got != want {
			t.Errorf("%q became %q; want %q", text, got, want)
		}
	}
	if got := n.clause("EU27 is incomplete"); got != "the European Union of 27 is incomplete" {
		t.Errorf("inside a sentence: %q", got)
	}
}

// TestMeasureInWords: assertions name their number as tables for people head it, and join the party of a row as the question does.
func TestMeasureInWords(t *testing.T) {
	balance := &result.Table{Columns: tables["balance"]}
	breadth := &result.Table{Columns: tables["breadth"]}
	for got, want := range map[string]string{
		called(balance, "net_exports_usd"):                            "net exports",
		called(balance, "net_exports_gdp_share"):                      "net exports as a share of GDP",
		called(breadth, "tenth_share"):                                "the share of products with a tenth of world exports",
		called(breadth, "effective_stages"):                           "the effective number of stages of processing",
		rowInSentence(testable.Questions["balance"].Row, "world"):     " with the world",
		rowInSentence(testable.Questions["displacement"].Row, "EU27"): " by EU27",
		rowInSentence("", "EU27"):                                     ", EU27",
	} {
		if got != want {
			t.Errorf("%q; want %q", got, want)
		}
	}
}

// TestNamedDocument: readers see names in every part of a claim; the document, from which files for machines are made, keeps its ids.
func TestNamedDocument(t *testing.T) {
	const code = "DEU by hjs-2020"
	f := &Finding{Claim: &Claim{ID: "A", Note: code}, Tables: []*result.Table{countTable([2]int{2000, 2022}, map[string][2]int{"hjs-2020": {1, 2}})}, Verdict: Unsaid, Because: code, Settle: code, Figure: code, Words: []string{code}, Caveats: []string{code},
		Numbers: &Numbers{Head: []string{code}, Rows: [][]string{{code}}}, Parts: []Part{{code, Stands, code}, {code, Falls, code}}}
	d := &Document{Brief: &Brief{ID: "b", Title: "B"}, Findings: []*Finding{f}, Notes: []result.Note{{Text: code}}, Provisional: []string{code}, work: &work{held: &holdings{}}}
	for name, write := range map[string]func(*strings.Builder) error{
		"HTML":     func(b *strings.Builder) error { return d.WriteHTML(b) },
		"Markdown": func(b *strings.Builder) error { return d.WriteMarkdown(b) },
		"text":     func(b *strings.Builder) error { return d.WriteText(b, 0) },
	} {
		var b strings.Builder
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		if text := b.String(); strings.Contains(text, "DEU") || strings.Contains(text, "hjs-2020") || !strings.Contains(text, "Germany by Henry Jackson Society 2020") {
			t.Errorf("%s has codes:\n%s", name, text)
		}
	}
	if f.Because != code || f.Parts[0].What != code || d.Notes[0].Text != code {
		t.Error("the document itself was changed")
	}
}
