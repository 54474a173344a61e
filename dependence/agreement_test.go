package dependence

import (
	"math/rand/v2"
	"slices"
	"testing"

	"chokepoint/method"
	"chokepoint/study"
	"chokepoint/study/studytest"
	"chokepoint/trade"
)

// alsoSlow are the definitions that studytest does not state.
var alsoSlow = map[string]func(f studytest.Facts) bool{
	"bottle-2025": func(f studytest.Facts) bool { return 5*f.FromPartner >= 4*f.Imports && f.FromPartner >= 10_000_000 },
	"dsece-2022":  func(f studytest.Facts) bool { return 2*f.FromPartner > f.Imports && 2*f.PartnerWorld > f.World },
	"japan-2022":  func(f studytest.Facts) bool { return 2*f.FromPartner > f.Imports },
	"merics-2020": func(f studytest.Facts) bool { return 2*f.FromPartner > f.Imports },
	"merics-2024-floor": func(f studytest.Facts) bool {
		return f.Imports >= 5_000_000 && studytest.SlowVerdict["merics-2024"](f)
	},
}

// TestAgreementAgainstDefinition asks every other definition once more about each row, as it sees the trade: with a bloc as one exporter,
// or from outside the EU. Rules count once, and those that cannot be computed do not.
func TestAgreementAgainstDefinition(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(14, 7)), 1, 60)
	s := studytest.Source(t, flows)
	codes := map[string][]trade.Code{"DEU": {276}, "DEU+NLD": {276, 528}, "USA": {842}, "CHN+HKG+MAC": {156, 344, 446}, "KOR": {410}, "CHN": {156}, "NLD": {528}}
	differ := 0
	weak := studytest.WriteFile(t, "weak.toml", `id = "weak"
title = "a small share"
source = "test"
criteria = ["partner_share >= 0.05"]
`) // also where most is bought outside the EU, and the partner is inside
	for _, q := range [][2]string{ // partners, of whom none or some are blocs, and definitions
		{"CHN+HKG+MAC,DEU+NLD,KOR", "iw-2024,korea-2021"}, {"CHN+HKG+MAC,DEU+NLD,KOR", "hjs-2020"}, {"CHN,NLD,DEU", "iw-2024,korea-2021"}, {"NLD,DEU", weak},
	} {
		table := studytest.Must(t)(Dependencies(t.Context(), s, study.Query{Importers: "DEU,DEU+NLD,USA", Partners: q[0], Method: q[1]}))
		if table.Rows() < 10 {
			t.Fatalf("%d rows", table.Rows())
		}
		for i := range table.Rows() {
			text := func(column string) string { return table.Column(column).Text[i] }
			importer, partner := codes[text("importer")], codes[text("partner")]
			methods, others, rules, asked := 0, 0, map[string]bool{}, map[string]bool{}
			rule := ""
			if own, err := method.Get(text("method")); err == nil {
				rule = own.Rule()
			}
			for _, m := range method.Originals() {
				if m.ID == text("method") {
					continue
				}
				others++
				slow := studytest.SlowVerdict[m.ID]
				if slow == nil {
					slow = alsoSlow[m.ID]
				}
				if slow == nil {
					t.Fatalf("%s is not stated here", m.ID)
				}
				inside := studytest.SlowInside(m.ID, importer)
				f := studytest.GatherInside(flows, 2015, text("product"), importer, inside, partner)
				apart := slices.ContainsFunc(partner, func(c trade.Code) bool { return !slices.Contains(inside, c) })
				met := f.Imports > 0 && slow(f) && apart // nobody depends on who is inside
				if gross := studytest.Gather(flows, 2015, text("product"), importer, partner); slow(gross) != met {
					differ++
				}
				if met {
					methods++
				}
				if m.ID == "geodep-2024" || m.Rule() == rule {
					continue // of two years, and there is one; or the same rule
				}
				asked[m.Rule()] = true
				rules[m.Rule()] = rules[m.Rule()] || met
			}
			agreeing := 0
			for _, met := range rules {
				if met {
					agreeing++
				}
			}
			for name, want := range map[string]int{"methods_agree": methods, "methods_asked": others, "rules_agree": agreeing, "rules_asked": len(asked)} {
				if got := int(table.Column(name).Int[i]); got != want {
					t.Errorf("%s of %s on %s, %s by %s; %d, want %d", name, text("importer"), text("partner"), text("product"), text("method"), got, want)
				}
			}
		}
	}
	if differ == 0 {
		t.Error("no definition sees anything else than another: nothing is tested")
	}
}

// TestRulesCompared: three definitions that are one rule count once.
func TestRulesCompared(t *testing.T) {
	s := studytest.Source(t, studytest.RandomFlows(rand.New(rand.NewPCG(14, 8)), 1, 8))
	q := study.Query{Importers: "USA", Partners: "all", Method: "iw-2024,japan-2022,merics-2020,korea-2021,geodep-2024"}
	table := studytest.Must(t)(Compare(t.Context(), s, q, "product"))
	seen := 0
	for i := range table.Rows() {
		methods, rules := table.Column("methods_flagging").Int[i], table.Column("rules_flagging").Int[i]
		if three := table.Column("methods").Text[i] == "iw-2024 japan-2022 merics-2020"; three && (methods != 3 || rules != 1) {
			t.Errorf("%d methods, %d rules; want 3 and 1", methods, rules)
		} else if three {
			seen++
		}
		if asked := [2]int64{table.Column("methods_asked").Int[i], table.Column("rules_asked").Int[i]}; asked != [2]int64{4, 2} {
			t.Errorf("%v methods and rules asked, want 4 and 2: geodep-2024 cannot be computed", asked)
		}
	}
	if seen == 0 {
		t.Error("no product is flagged by the three alone")
	}
	pairs := studytest.Must(t)(Compare(t.Context(), s, q, "method"))
	var same []string
	for i := range pairs.Rows() {
		if a := pairs.Column("method_a").Text[i] + "=" + pairs.Column("method_b").Text[i]; pairs.Column("same_rule").Text[i] == "yes" && !slices.Contains(same, a) {
			same = append(same, a)
		}
	}
	if want := []string{"iw-2024=japan-2022", "iw-2024=merics-2020", "japan-2022=merics-2020"}; !slices.Equal(same, want) {
		t.Errorf("same rules %v, want %v", same, want)
	}
}
