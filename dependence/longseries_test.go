package dependence

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
	"chokepoint/trade"
)

// longSeries is a random world of 150 years, from 2015 on: the history of a window has three stretches of 64. Years are missing near the
// borders of stretches, and in one of two worlds for a whole stretch.
func longSeries(seed uint64) []studytest.Flow {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(seed, 64)), 150, 2)
	gaps := []int{2017, 2077, 2079, 2140, 2143}
	return slices.DeleteFunc(flows, func(f studytest.Flow) bool {
		return slices.Contains(gaps, f.Year) || seed%2 == 1 && f.Year >= 2070 && f.Year < 2141
	})
}

// asMonths makes the years of a world from 2015 on months from June 2015 on.
func asMonths(flows []studytest.Flow) []studytest.Flow {
	months := slices.Clone(flows)
	for i := range months {
		months[i].Year = int(trade.Period(201506).Back(2015 - months[i].Year))
	}
	return months
}

// TestLongSeriesAgainstDefinition compares counts over windows of more years, and months, than a word has bits with plain loops.
func TestLongSeriesAgainstDefinition(t *testing.T) {
	crossing := 0
	for seed, persistence := range []string{"2/3", "3/5", "9/32"} {
		flows := longSeries(uint64(seed))
		years, months := studytest.Source(t, slices.Clone(flows)), studytest.Source(t, asMonths(flows))
		p, _ := method.ParsePersistence(persistence)
		for _, id := range []string{"geodep-2024", "merics-2024", "mgi"} { // of two criteria on the partner, and of none
			m, err := method.Get(id)
			if err != nil {
				t.Fatal(err)
			}
			q := study.Query{Importers: slowTexts(), Partners: slowTexts(), Method: id, Persistence: persistence}
			table := studytest.Must(t)(Count(t.Context(), years, q))
			want := studytest.SlowCount(flows, id, p.Years, p.Window, m.HasPartner())
			compareCounts(t, fmt.Sprintf("%s, %s", id, persistence), table, want, p)
			for at, products := range want {
				if since := 2015 - p.Window + 1; (at.Year-since)%stretch < p.Window-1 && at.Year-since > stretch {
					crossing += len(products)
				}
			}
			monthly := countTexts(studytest.Must(t)(Count(t.Context(), months, q)), 201506)
			for i, row := range countTexts(table, 2015) {
				if monthly[i] != row {
					t.Fatalf("%s, %s: by month %s\nexpected %s", id, persistence, monthly[i], row)
				}
			}
			if t.Failed() {
				return
			}
		}
	}
	if crossing < 300 {
		t.Errorf("%d dependencies in windows that reach from one stretch into the next: the test says little", crossing)
	}
}

// countTexts are the rows of counts, each with the number of periods after the first.
func countTexts(table *result.Table, first int) (rows []string) {
	for i := range table.Rows() {
		after := study.Apart(first, int(table.Column("year").Int[i]))
		rows = append(rows, fmt.Sprint(after, " ", studytest.RowText(table, i, "importer", "partner", "products", "imports_usd", "status")))
	}
	return rows
}

// TestLongSeriesSpans compares what missing importers could turn, in windows of a long series, with plain loops.
func TestLongSeriesSpans(t *testing.T) {
	open := 0
	for seed := range uint64(2) {
		var lacking []int // near the borders of stretches
		for y := 2070; y < 2150; y += 3 {
			lacking = append(lacking, y)
		}
		flows := studytest.Without(longSeries(seed), lacking, 410, 344)
		s := studytest.Source(t, slices.Clone(flows))
		for _, id := range []string{"geodep-2024", "merics-2024", "ec-2021"} {
			m, err := method.Get(id)
			if err != nil {
				t.Fatal(err)
			}
			table := studytest.Must(t)(Count(t.Context(), s, study.Query{Importers: slowTexts(), Partners: slowTexts(), Method: id, Persistence: "2/3"}))
			open += compareSpans(t, fmt.Sprintf("seed %d, %s", seed, id), table, studytest.SlowSpans(flows, id, 2, 3, m.HasPartner()))
		}
	}
	if open < 20 {
		t.Errorf("%d counts could be another: the comparison says little", open)
	}
}

// TestLongSeriesByYear: rows of a long series are those that each of its years has when it is asked alone.
func TestLongSeriesByYear(t *testing.T) {
	flows := longSeries(0)
	s := studytest.Source(t, slices.Clone(flows))
	other := studytest.Source(t, revise(rand.New(rand.NewPCG(1, 64)), flows))
	often := studytest.WriteFile(t, "often.toml", `id = "often"
title = "often met"
source = "test"
criteria = ["imports >= 0.8 * exports", "partner_share >= 0.2"]
persistence = "2/3"
`)
	questions := map[string]func(q study.Query) (*result.Table, error){
		"dependencies": func(q study.Query) (*result.Table, error) { return Dependencies(t.Context(), s, q) },
		"diff":         func(q study.Query) (*result.Table, error) { return Diff(t.Context(), s, other, q) },
		"sensitivity": func(q study.Query) (*result.Table, error) {
			if q.Years == "" {
				q.Years = "2015:2164" // all of them
			}
			return Sensitivity(t.Context(), s, q, "", "", true)
		},
	}
	for name, ask := range questions {
		q := study.Query{Importers: "USA,DEU+NLD,CHN", Partners: slowTexts(), Method: often}
		whole := rowsByYear(studytest.Must(t)(ask(q)))
		rows := 0
		for _, y := range []int{2015, 2016, 2074, 2075, 2076, 2078, 2080, 2136, 2137, 2138, 2139, 2141, 2142, 2164} {
			q.Years = fmt.Sprint(y)
			alone := rowsByYear(studytest.Must(t)(ask(q)))[y]
			if rows += len(alone); !slices.Equal(alone, whole[y]) {
				t.Errorf("%s in %d: %s\nexpected %s", name, y, strings.Join(whole[y], "\n"), strings.Join(alone, "\n"))
			}
		}
		if rows < 40 {
			t.Errorf("%s: %d rows: the test says little", name, rows)
		}
	}
}

// rowsByYear are the rows of a table in full.
func rowsByYear(table *result.Table) map[int][]string {
	var columns []string
	for _, c := range table.Columns {
		columns = append(columns, c.Name)
	}
	rows := map[int][]string{}
	for i := range table.Rows() {
		y := int(table.Column("year").Int[i])
		rows[y] = append(rows[y], studytest.RowText(table, i, columns...))
	}
	return rows
}
