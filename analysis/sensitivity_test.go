package analysis

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGridAgainstCount compares every point of the grid with a count by a method that has these thresholds.
func TestGridAgainstCount(t *testing.T) {
	s := testSource(t, randomFlows(rand.New(rand.NewPCG(11, 5)), 2, 8))
	const form = "id = \"m\"\ntitle = \"m\"\nsource = \"test\"\ncriteria = [\"imports >= %s * exports\", \"partner_share >= %s\", \"partner_world_share >= 0.2\"]\n"
	path := filepath.Join(t.TempDir(), "m.toml")
	write := func(x, y string) {
		if err := os.WriteFile(path, fmt.Appendf(nil, form, x, y), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("2", "0.3")
	q := Query{Importers: "USA,DEU+NLD,USA|CHN", Partners: "CHN,CHN+HKG+MAC,KOR|JPN|RUS,-", Method: path, Years: "2016"}
	q.Partners = "CHN,CHN+HKG+MAC,KOR|RUS"
	table, err := s.Sensitivity(context.Background(), q, "imports=1:3:0.5", "partner_share=0.1:0.6:0.1", false)
	if err != nil {
		t.Fatal(err)
	}
	if want := 3 * 3 * 5 * 6; table.Rows() != want {
		t.Fatalf("%d rows, want %d", table.Rows(), want)
	}
	counts := map[string]int64{}
	for i := range table.Rows() {
		counts[strings.Join([]string{table.Column("x").Text[i], table.Column("y").Text[i], table.Column("importer").Text[i], table.Column("partner").Text[i]}, " ")] = table.Column("products").Int[i]
		atPublished := table.Column("x").Text[i] == "2" && table.Column("y").Text[i] == "0.3"
		if table.Column("published").Bool[i] != atPublished {
			t.Errorf("row %d: published is %v", i, !atPublished)
		}
	}
	for _, x := range []string{"1", "1.5", "2", "2.5", "3"} {
		for _, y := range []string{"0.1", "0.2", "0.3", "0.4", "0.5", "0.6"} {
			write(x, y)
			want, err := s.Count(context.Background(), q)
			if err != nil {
				t.Fatal(err)
			}
			for i := range want.Rows() {
				key := strings.Join([]string{x, y, want.Column("importer").Text[i], want.Column("partner").Text[i]}, " ")
				if got := counts[key]; got != want.Column("products").Int[i] {
					t.Errorf("%s: grid %d, count %d", key, got, want.Column("products").Int[i])
				}
			}
		}
	}
	products, err := s.Sensitivity(context.Background(), q, "imports=1:3:0.5", "partner_share=0.1:0.6:0.1", true)
	if err != nil {
		t.Fatal(err)
	}
	points := map[string]float64{}
	for i := range products.Rows() {
		points[products.Column("importer").Text[i]+" "+products.Column("partner").Text[i]] += products.Column("share_of_grid").Float[i] * 30
	}
	sums := map[string]float64{}
	for key, n := range counts {
		sums[strings.Join(strings.Fields(key)[2:], " ")] += float64(n)
	}
	for key, n := range sums {
		if d := points[key] - n; d > 1e-6 || d < -1e-6 {
			t.Errorf("%s: %v flagged points by product, %v by point", key, points[key], n)
		}
	}
}

func TestSensitivityErrors(t *testing.T) {
	s := testSource(t, randomFlows(rand.New(rand.NewPCG(1, 5)), 1, 2))
	f := func(methods, x, y, want string) {
		t.Helper()
		_, err := s.Sensitivity(context.Background(), Query{Method: methods}, x, y, false)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s %s %s: got %v, want %q", methods, x, y, err, want)
		}
	}
	f("all", "", "", "want one")
	f("mgi", "", "", "a grid needs two")
	f("merics-2024", "partner=1:2:1", "", "no threshold on \"partner\"")
	f("merics-2024", "partner_share=1:2", "", "from:to:step")
	f("merics-2024", "partner_share=0:1:0.001", "", "more than 64")
	f("merics-2024", "partner_share=0:1:0.5", "partner_share=0:1:0.5", "no threshold")
}

// TestAsymmetryAgainstCount: the two directions are the counts of the two directions.
func TestAsymmetryAgainstCount(t *testing.T) {
	s := testSource(t, randomFlows(rand.New(rand.NewPCG(21, 5)), 3, 8))
	q := Query{Method: "merics-2024,mgi"}
	table, err := s.Asymmetry(context.Background(), "USA", "CHN+HKG", q)
	if err != nil {
		t.Fatal(err)
	}
	there, err := s.Count(context.Background(), Query{Importers: "USA", Partners: "CHN+HKG", Method: q.Method})
	if err != nil {
		t.Fatal(err)
	}
	back, err := s.Count(context.Background(), Query{Importers: "CHN+HKG", Partners: "USA", Method: q.Method})
	if err != nil {
		t.Fatal(err)
	}
	if table.Rows() != there.Rows() || table.Rows() != 6 {
		t.Fatalf("%d rows, want %d", table.Rows(), there.Rows())
	}
	for i := range table.Rows() {
		ab, ba := there.Column("products").Int[i], back.Column("products").Int[i]
		if table.Column("a_on_b_products").Int[i] != ab || table.Column("b_on_a_products").Int[i] != ba || table.Column("difference").Int[i] != ab-ba {
			t.Errorf("row %d: %d and %d, want %d and %d", i, table.Column("a_on_b_products").Int[i], table.Column("b_on_a_products").Int[i], ab, ba)
		}
		if got, want := table.Column("a_on_b_imports_from_partner_usd").Float[i], there.Column("imports_from_partner_usd").Float[i]; got != want {
			t.Errorf("row %d: value %v, want %v", i, got, want)
		}
		if both := table.Column("both").Int[i]; both > min(ab, ba) {
			t.Errorf("row %d: %d products in both directions of %d and %d", i, both, ab, ba)
		}
	}
	if _, err := s.Asymmetry(context.Background(), "USA,DEU", "CHN", q); err == nil || !strings.Contains(err.Error(), "2 lines") {
		t.Errorf("got %v", err)
	}
}
