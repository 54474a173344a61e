package catalogue

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"chokepoint/dependence"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
)

// TestRevisions checks codes whose history is known, as the table shows it.
func TestRevisions(t *testing.T) {
	s := studytest.Source(t, []studytest.Flow{{2017, 156, 842, "850760", 100}})
	text := func(table *result.Table, row int, names ...string) string {
		var list []string
		for _, n := range names {
			list = append(list, table.Column(n).Text[row])
		}
		return strings.Join(list, " ")
	}
	table := studytest.Must(t)(Revisions(s, "850760", "", "HS92"))
	if err := table.CheckValid(); err != nil {
		t.Fatal(err)
	}
	if got := text(table, 0, "product", "from", "to", "change", "code", "also_holds", "table", "description"); table.Rows() != 1 ||
		got != "850760 HS17 HS92 split 850780 850750 850780 un product 850760" {
		t.Errorf("%d rows, %q", table.Rows(), got)
	}
	if got := table.Column("share_of_code").Float[0]; got != 0.765 {
		t.Errorf("share of 850780 that is lithium-ion: %v", got)
	}
	all := studytest.Must(t)(Revisions(s, "850760", "", ""))
	if all.Rows() != 6 {
		t.Errorf("%d rows, want one for each other revision", all.Rows())
	}
	drones := studytest.Must(t)(RevisionsOf("8806", "H6", "HS17"))
	for i := range drones.Rows() {
		if c := drones.Column("change").Text[i]; c == "same" || drones.Column("code").Text[i][:4] == "8806" {
			t.Errorf("drones: %s", text(drones, i, "product", "change", "code"))
		}
	}
	waste := studytest.Must(t)(RevisionsOf("854921", "HS22", "HS17"))
	if got := text(waste, 0, "change", "code", "in_words"); got != "none - the tables name no code of HS17 for it" || !math.IsNaN(waste.Column("share").Float[0]) {
		t.Errorf("%q", got)
	}
	for _, c := range []struct{ codes, from, to, want string }{
		{"870380", "HS12", "all", "it is a product of HS17-HS22"},
		{"850761", "HS12", "all", "nor has any other revision"},
		{"85", "HS18", "all", "from"},
		{"85", "HS17", "HS18", "to"},
		{"all", "HS17", "all", "expected some"},
		{"8577", "HS17", "all", "8577"},
		{"", "HS17", "all", "empty product"},
	} {
		if _, err := RevisionsOf(c.codes, c.from, c.to); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestCodeHistory checks what explain and dependencies say of codes that newer revisions changed. The dataset is HS17.
func TestCodeHistory(t *testing.T) {
	var flows []studytest.Flow
	for year := 2020; year <= 2023; year++ {
		for _, p := range []string{"854140", "870380", "620191", "010121"} {
			flows = append(flows, studytest.Flow{year, 156, 842, p, 100})
		}
	}
	s := studytest.Source(t, flows)
	for _, c := range []struct {
		code string
		last int
		want []string
	}{
		{"854140", 2023, []string{"HS22 split it into 854141, 854142, 854143, 854149: from 2022 on it is put together from them, and by the tables they hold nothing else."}},
		{"854140", 2021, nil},
		{"870380", 2021, []string{"HS17 split it from 870390 of HS12, which also held 870340, 870350, 870360, 870370, 870390: older revisions do not show it alone."}},
		{"620191", 2023, []string{"HS22 merged it with 620111 into 620120: a jump between 2021 and 2022 may be the code."}},
		{"010121", 2023, nil},
	} {
		got := s.CodeHistory(c.code, c.last)
		got = slices.DeleteFunc(got, func(line string) bool { return c.code == "010121" && strings.Contains(line, "HS07") })
		if !slices.Equal(got, c.want) {
			t.Errorf("%s to %d: %q, want %q", c.code, c.last, got, c.want)
		}
	}
	noted := func(years string) bool {
		table := studytest.Must(t)(dependence.Dependencies(context.Background(), s, study.Query{Importers: "USA", Partners: "CHN", Method: "iw-2024", Years: years}))
		return slices.ContainsFunc(result.Texts(table.Notes), func(n string) bool {
			return strings.HasPrefix(n, "1 of the 4 products") && strings.Contains(n, "620191 (2022)")
		})
	}
	if !noted("2020:2023") || noted("2020:2021") || noted("2022:2023") {
		t.Errorf("notes on codes: %v over 2022, %v before, %v after", noted("2020:2023"), noted("2020:2021"), noted("2022:2023"))
	}
}

// TestListCarriedOver asks with a list of another revision than the dataset's.
func TestListCarriedOver(t *testing.T) {
	s := studytest.Source(t, []studytest.Flow{{2022, 156, 842, "854140", 100}, {2022, 156, 842, "880710", 50}, {2022, 156, 842, "850760", 10}})
	file := studytest.WriteFile(t, "old.csv", "code,revision,sector\n850780,HS07,cells\n854140,HS07,solar\n")
	selection, notes, err := s.ParseProducts("list:" + file)
	if err != nil {
		t.Fatal(err)
	}
	if got := selection.Codes(); !slices.Equal(got, []string{"850760", "854140"}) {
		t.Errorf("products %v", got)
	}
	if !slices.ContainsFunc(result.Texts(notes), func(n string) bool {
		return strings.Contains(n, "those of HS07 were converted by the tables between revisions: 1 same, 1 split; 4 products included")
	}) {
		t.Errorf("notes %q", result.Texts(notes))
	}
	// Codes of another revision that the list does not say: reported with the revisions that have them.
	file = studytest.WriteFile(t, "new.csv", "code\n854142\n854140\n")
	_, notes, err = s.ParseProducts("list:" + file)
	if err != nil || !slices.ContainsFunc(result.Texts(notes), func(n string) bool { return strings.Contains(n, "854142 (of HS22)") }) {
		t.Errorf("notes %q, %v", result.Texts(notes), err)
	}
}
