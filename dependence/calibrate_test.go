package dependence

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
	"chokepoint/tomlfile/filetest"
)

// TestCalibrateAgainstCount compares what calibrate computes for a candidate with a count by a method of its criteria.
func TestCalibrateAgainstCount(t *testing.T) {
	s := studytest.Source(t, studytest.RandomFlows(rand.New(rand.NewPCG(31, 5)), 2, 10))
	targets := []Target{
		{"single", "USA", "CHN", 2016, "count", 3, "test"},
		{"union", "DEU|NLD|USA", "CHN+HKG", 2016, "count", 3, "test"},
		{"either", "CHN", "USA|DEU+NLD", 2018, "count", 3, "test"},
		{"sum", "DEU,NLD", "CHN", 2016, "sum", 3, "test"},
		{"average", "USA,KOR,DEU", "CHN", 2016, "average", 3, "test"},
		{"far", "USA", "CHN", 1990, "count", 3, "test"},
	}
	table, err := Calibrate(context.Background(), s, targets, false)
	if err != nil {
		t.Fatal(err)
	}
	if want := len(rules) * len(floors) * inequalities * 2; table.Rows() != want {
		t.Fatalf("%d rows, want %d", table.Rows(), want)
	}
	path := filepath.Join(t.TempDir(), "m.toml")
	for i := 0; i < table.Rows(); i += 17 {
		criteria := slices.Clone(calibrationBase)
		if table.Column("inequality").Text[i] == "strict" {
			criteria = []string{"imports > 2 * exports", "partner_share > 0.3"}
		}
		for _, c := range []string{table.Column("criterion").Text[i], table.Column("floor").Text[i]} {
			if c != "" {
				criteria = append(criteria, c)
			}
		}
		text := "id = \"m\"\ntitle = \"m\"\nsource = \"test\"\ncriteria = [\"" + strings.Join(criteria, "\", \"") + "\"]\n"
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, target := range targets[:5] {
			year := target.Year
			if year == 2018 {
				year = 2016 // the nearest that the dataset has
			}
			counted, err := Count(context.Background(), s, study.Query{Importers: target.Importers, Partners: target.Partners, Years: fmt.Sprint(year), Method: path, World: table.Column("world").Text[i]})
			if err != nil {
				t.Fatal(err)
			}
			want := 0.0
			for _, n := range counted.Column("products").Int {
				want += float64(n)
			}
			if target.Statistic == "average" {
				want /= float64(counted.Rows())
			}
			if got := table.Column(target.ID).Float[i]; got != want {
				t.Errorf("%s with %v: %v, count %v", target.ID, criteria, got, want)
			}
		}
	}
	if notes := strings.Join(result.Texts(table.Notes), "\n"); !strings.Contains(notes, "not computed: 1990") || !strings.Contains(notes, "computed for 2016") || !strings.Contains(notes, "5 of 6 targets") ||
		!strings.Contains(notes, "merics-2024 is number ") || !strings.Contains(notes, "; merics-2024-floor is number ") {
		t.Errorf("notes:\n%s", notes)
	}
}

func TestParseTargets(t *testing.T) {
	if n := len(MericsTargets()); n != 8 {
		t.Errorf("%d targets of MERICS", n)
	}
	f := func(text, want string) {
		t.Helper()
		if _, err := ParseTargets("t.toml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	f("", "no [[target]]")
	f("[[target]]\nidd = 1", "unknown key")
	f("[[target]]\nid = 1", "t.toml:2:6")
	f("[[target]]\nid = \"a\"\nstatistic = \"mean\"", "count, sum or average")
	f("[[target]]\nid = \"a\"\nstatistic = \"sum\"", "above 0")
}

func FuzzParseTargets(f *testing.F) {
	f.Add(mericsTargets)
	f.Fuzz(func(t *testing.T, data []byte) {
		targets, err := ParseTargets("f.toml", data)
		if err == nil && len(targets) == 0 {
			t.Fatal("no targets and no error")
		}
	})
}

func TestTargetsFile(t *testing.T) {
	filetest.Check(t, string(mericsTargets), "[[target]]\nyea = 1\n", "[[target]]\nyear = \"x\"\n", func(name string, data []byte) error { _, err := ParseTargets(name, data); return err })
}
