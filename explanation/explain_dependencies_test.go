package explanation

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"chokepoint/dependence"
	"chokepoint/method"
	"chokepoint/study"
	"chokepoint/study/studytest"
)

// dependencies lists what a query flags as "year method importer partner product", from the table that users get.
func dependencies(t *testing.T, s *study.Source, q study.Query) map[string]bool {
	t.Helper()
	table, err := dependence.Dependencies(context.Background(), s, q)
	if err != nil {
		t.Fatal(err)
	}
	set := map[string]bool{}
	for i := range table.Rows() {
		set[dependency(int(table.Column("year").Int[i]), table.Column("method").Text[i], table.Column("importer").Text[i],
			table.Column("partner").Text[i], table.Column("product").Text[i])] = true
	}
	return set
}

func dependency(year int, words ...string) string {
	return fmt.Sprint(year, " ", strings.Join(words, " "))
}

// TestExplainAgreesWithDependencies asks both questions about every importer, partner, product and year of a
// random world: an explanation must find a dependency exactly where the list has it, now and in its history.
func TestExplainAgreesWithDependencies(t *testing.T) {
	importers := []string{"USA", "CHN", "DEU", "DEU+NLD"}
	partners := []string{"-", "CHN", "KOR", "CHN+HKG+MAC"}
	found, asked := 0, 0
	s := studytest.Source(t, studytest.RandomFlows(rand.New(rand.NewPCG(1, 11)), 3, 2))
	for _, persistence := range []string{"", "2/2"} {
		for _, importer := range importers {
			for _, partner := range partners {
				if partner == importer {
					continue // an error of its own
				}
				q := study.Query{Importers: importer, Partners: partner, Method: "all", Persistence: persistence}
				want := dependencies(t, s, q)
				for _, product := range s.Dataset.Products().All() {
					for _, y := range s.Dataset.Years() {
						one := q
						one.Products, one.Years = product.Code, fmt.Sprint(y)
						e, err := Explain(context.Background(), s, one)
						if err != nil {
							t.Fatal(err)
						}
						got := explained(e)
						agree(t, one.String(), got, want, product.Code)
						found, asked = found+len(got), asked+1
						if t.Failed() {
							return
						}
					}
				}
			}
		}
	}
	if found == 0 || found == asked*len(method.Originals()) {
		t.Errorf("%d dependencies in %d explanations; the worlds no longer test anything", found, asked)
	}
}

// explained lists the verdicts of an explanation, those of its own year as the verdict section of its table has them.
func explained(e *Explanation) map[string]bool {
	set := map[string]bool{}
	for _, r := range Schema.Rows(e.Table()) {
		isVerdict := r.Section == SectionVerdict || r.Section == SectionHistory && r.Method != "" && r.Year != e.year
		if !isVerdict || r.Verdict != Yes {
			continue
		}
		partner := r.Partner
		if m, _ := method.Get(r.Method); !m.HasPartner() {
			partner = "-" // Dependencies names no partner where the method has none
		}
		set[dependency(r.Year, r.Method, r.Importer, partner, r.Product)] = true
	}
	return set
}

func agree(t *testing.T, name string, got, want map[string]bool, product string) {
	t.Helper()
	for d := range got {
		if !want[d] {
			t.Errorf("%s: explain finds %q, dependencies does not", name, d)
		}
	}
	for d := range want {
		if strings.HasSuffix(d, " "+product) && !got[d] {
			t.Errorf("%s: dependencies finds %q, explain does not", name, d)
		}
	}
}

// TestExplainMissingYear: a year in which the dataset lacks the importer altogether is missing in the history, not a year
// without dependency; one in which it imports other products only is a year without imports.
func TestExplainMissingYear(t *testing.T) {
	s := studytest.Source(t, []studytest.Flow{
		{2021, 156, 410, "850760", 10}, {2022, 156, 842, "850760", 10}, {2023, 156, 410, "281820", 10}, {2024, 156, 410, "850760", 10},
	})
	e, err := Explain(context.Background(), s, study.Query{Importers: "KOR", Products: "850760", Method: "iw-2024"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := e.spells(e.methods[0]), "on CHN 2021, 2024; no imports 2023; no data 2022"; got != want {
		t.Errorf("history is %q, want %q", got, want)
	}
}

// TestExplainTopSupplier: a method without a partner finds a dependency on nobody in particular; the partner asked for is
// named as the top supplier that it is.
func TestExplainTopSupplier(t *testing.T) {
	s := studytest.Source(t, []studytest.Flow{{2024, 156, 842, "850760", 10}, {2024, 156, 410, "850760", 10}})
	e, err := Explain(context.Background(), s, study.Query{Importers: "USA", Partners: "CHN", Products: "850760", Method: "mgi,iw-2024"})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"dependent; the top supplier is CHN", "dependent on CHN"} {
		if got := e.verdictText(e.methods[i]); got != want {
			t.Errorf("%s: verdict %q, want %q", e.methods[i].ID, got, want)
		}
	}
}
