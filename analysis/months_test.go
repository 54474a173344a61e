package analysis

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"chokepoint/dependence"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
	"chokepoint/trade"
)

// TestMonths asks the same flows as years 2015 to 2020 and as months from October 2018 to March 2019. The answers must be
// the same but for the periods: windows reach over the turn of the year as they do over any other.
func TestMonths(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(5, 5)), 6, 40)
	months := slices.Clone(flows)
	text := map[string]string{}
	for i := range months {
		month := []int{201810, 201811, 201812, 201901, 201902, 201903}[flows[i].Year-2015]
		months[i].Year = month
		text[fmt.Sprint(flows[i].Year)] = fmt.Sprintf("%d-%02d", month/100, month%100)
	}
	years, twin := studytest.Source(t, flows), studytest.Source(t, months)
	rows := func(s *study.Source, question string, parameters map[string]string) [][]string {
		t.Helper()
		q, ok := QuestionOf(question)
		if !ok {
			t.Fatal(question)
		}
		r := study.Request{Own: map[string]string{}}
		for _, p := range q.Parameters {
			if _, shared := study.ParameterOf(p.Name); !shared {
				r.Own[p.Name] = p.Standard
			}
		}
		for name, value := range parameters {
			if _, shared := study.ParameterOf(name); !shared {
				r.Own[name] = value
			} else if err := r.Set(name, value); err != nil {
				t.Fatal(err)
			}
		}
		table, err := q.Ask(t.Context(), s, r)
		if err != nil {
			t.Fatalf("%s %v: %v", question, parameters, err)
		}
		var b bytes.Buffer
		if err := result.Write(&b, table, result.FormatNDJSON, result.Options{}); err != nil {
			t.Fatal(err)
		}
		var list [][]string
		for row := range table.Rows() {
			var cells []string
			for _, c := range table.Columns {
				cell := c.Exact(row)
				if c.Unit == result.Year && s == years {
					cell = text[cell]
				}
				cells = append(cells, c.Name+"="+cell)
			}
			list = append(list, cells)
		}
		return list
	}
	for _, c := range []struct {
		question   string
		parameters map[string]string
	}{
		{"count", map[string]string{"partners": "all", "method": "all", "persistence": "2/3"}},
		{"count", map[string]string{"importers": "EU27,USA", "partners": "-", "persistence": "3/4"}},
		{"dependencies", map[string]string{"importers": "all", "partners": "CHN,EU27", "persistence": "2/3", "method": "merics-2024"}},
		{"dependencies", map[string]string{"importers": "all", "partners": "-", "method": "ec-2021"}},
		{"sensitivity", map[string]string{"importers": "USA", "partners": "CHN", "persistence": "2/3", "years": "X"}},
		{"chokepoints", map[string]string{"partners": "all", "method": "oecd-2024"}},
		{"compare", map[string]string{"partners": "CHN", "method": "all", "persistence": "2/3"}},
		{"indicators", map[string]string{"partners": "CHN"}},
	} {
		inYears, inMonths := map[string]string{}, map[string]string{}
		for k, v := range c.parameters {
			inYears[k], inMonths[k] = v, v
			if v == "X" {
				inYears[k], inMonths[k] = "2018", "2019-01"
			}
		}
		want, got := rows(years, c.question, inYears), rows(twin, c.question, inMonths)
		if len(want) < 2 || len(got) != len(want) {
			t.Errorf("%s %v: %d rows, want %d and at least 2", c.question, c.parameters, len(got), len(want))
			continue
		}
		for i := range want {
			if !slices.Equal(got[i], want[i]) {
				t.Errorf("%s %v, row %d:\n%v, want\n%v", c.question, c.parameters, i, got[i], want[i])
				break
			}
		}
	}
	t.Run("a year is its months", func(t *testing.T) {
		a := rows(twin, "count", map[string]string{"importers": "USA", "partners": "CHN", "years": "2019"})
		b := rows(twin, "count", map[string]string{"importers": "USA", "partners": "CHN", "years": "2019-01:2019-03"})
		if len(a) == 0 || fmt.Sprint(a) != fmt.Sprint(b) {
			t.Errorf("%d and %d rows", len(a), len(b))
		}
	})
	t.Run("machine formats", func(t *testing.T) {
		table, err := dependence.Count(t.Context(), twin, study.Query{Importers: "USA", Partners: "CHN", Years: "2019-01"})
		if err != nil {
			t.Fatal(err)
		}
		for format, want := range map[result.Format]string{result.FormatCSV: "2019-01,", result.FormatJSON: "201901", result.FormatTable: "2019-01 "} {
			var b bytes.Buffer
			if err := result.Write(&b, table, format, result.Options{}); err != nil || !strings.Contains(b.String(), want) {
				t.Errorf("%s lacks %q: %v\n%s", format, want, err, b.String())
			}
		}
	})
	t.Run("only years", func(t *testing.T) {
		q, _ := QuestionOf("calibrate")
		_, err := q.Ask(t.Context(), twin, study.Request{Own: map[string]string{"by": "criterion"}})
		if err == nil || !strings.Contains(err.Error(), "has months") {
			t.Errorf("calibrate of months: %v", err)
		}
		if _, err := dependence.Count(t.Context(), twin, study.Query{Years: "2018:2019-02"}); err != nil {
			t.Error(err)
		}
		if _, err := dependence.Count(t.Context(), years, study.Query{Years: "2018-02"}); err == nil || !strings.Contains(err.Error(), "is yearly") {
			t.Errorf("a month of a dataset of years: %v", err)
		}
	})
	if m := twin.Dataset.Manifest(); !m.Monthly() || years.Dataset.Manifest().Monthly() || trade.Period(m.Years[3].Year).String() != "2019-01" {
		t.Errorf("manifest: %q, %d", m.Frequency, m.Years[3].Year)
	}
}
