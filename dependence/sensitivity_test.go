package dependence

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
)

// TestGridAgainstCount compares every point of the grid with a count by a method that has these thresholds.
func TestGridAgainstCount(t *testing.T) {
	s := studytest.Source(t, studytest.RandomFlows(rand.New(rand.NewPCG(11, 5)), 2, 8))
	const form = "id = \"m\"\ntitle = \"m\"\nsource = \"test\"\ncriteria = [\"imports >= %s * exports\", \"partner_share >= %s\", \"partner_world_share >= 0.2\"]\n"
	path := filepath.Join(t.TempDir(), "m.toml")
	write := func(x, y string) {
		if err := os.WriteFile(path, fmt.Appendf(nil, form, x, y), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("2", "0.3")
	q := study.Query{Importers: "USA,DEU+NLD,USA|CHN", Partners: "CHN,CHN+HKG+MAC,KOR|JPN|RUS,-", Method: path, Years: "2016"}
	q.Partners = "CHN,CHN+HKG+MAC,KOR|RUS"
	table, err := Sensitivity(context.Background(), s, q, "imports=1:3:0.5", "partner_share=0.1:0.6:0.1", false)
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
			want, err := Count(context.Background(), s, q)
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
	products, err := Sensitivity(context.Background(), s, q, "imports=1:3:0.5", "partner_share=0.1:0.6:0.1", true)
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
	s := studytest.Source(t, studytest.RandomFlows(rand.New(rand.NewPCG(1, 5)), 1, 2))
	f := func(methods, x, y, want string) {
		t.Helper()
		_, err := Sensitivity(context.Background(), s, study.Query{Method: methods}, x, y, false)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s %s %s: got %v, want %q", methods, x, y, err, want)
		}
	}
	f("all", "", "", "expected one")
	f("mgi", "", "suppliers=1:3:1", "mgi has no threshold on \"suppliers\"; it has: import_hhi")
	f("merics-2024", "", "imports/export=1:3:1", "it has: partner_share, partner_world_share, imports/exports")
	f("merics-2024", "partner=1:2:1", "", "no threshold on \"partner\"")
	f("merics-2024", "partner_share=1:2", "", "from:to:step")
	f("merics-2024", "partner_share=0:1:0.001", "", "more than 63")
	f("merics-2024", "partner_share=0:1:0.5", "partner_share=0:1:0.5", "no threshold")
}

// TestAsymmetryAgainstCount: the two directions are the counts of the two directions.
func TestAsymmetryAgainstCount(t *testing.T) {
	s := studytest.Source(t, studytest.RandomFlows(rand.New(rand.NewPCG(21, 5)), 3, 8))
	q := study.Query{Method: "merics-2024,mgi"}
	table, err := Asymmetry(context.Background(), s, "USA", "CHN+HKG", q)
	if err != nil {
		t.Fatal(err)
	}
	there, err := Count(context.Background(), s, study.Query{Importers: "USA", Partners: "CHN+HKG", Method: q.Method})
	if err != nil {
		t.Fatal(err)
	}
	back, err := Count(context.Background(), s, study.Query{Importers: "CHN+HKG", Partners: "USA", Method: q.Method})
	if err != nil {
		t.Fatal(err)
	}
	if table.Rows() != there.Rows() || table.Rows() != 6 {
		t.Fatalf("%d rows, want %d", table.Rows(), there.Rows())
	}
	for i := range table.Rows() {
		ab, ba := there.Column("products").Int[i], back.Column("products").Int[i]
		if table.Column("a_on_b_products").Int[i] != ab || table.Column("b_on_a_products").Int[i] != ba || table.Column("difference").Float[i] != float64(ab-ba) {
			t.Errorf("row %d: %d and %d, want %d and %d", i, table.Column("a_on_b_products").Int[i], table.Column("b_on_a_products").Int[i], ab, ba)
		}
		if got, want := table.Column("a_on_b_imports_from_partner_usd").Float[i], there.Column("imports_from_partner_usd").Float[i]; got != want {
			t.Errorf("row %d: value %v, want %v", i, got, want)
		}
		if both := table.Column("both").Int[i]; both > min(ab, ba) {
			t.Errorf("row %d: %d products in both directions of %d and %d", i, both, ab, ba)
		}
	}
	if _, err := Asymmetry(context.Background(), s, "USA,DEU", "CHN", q); err == nil || !strings.Contains(err.Error(), "2 lines") {
		t.Errorf("got %v", err)
	}
	if _, err := Asymmetry(context.Background(), s, "China", "CHN", q); err == nil || !strings.Contains(err.Error(), "are the same") {
		t.Errorf("got %v", err)
	}
}

// TestAsymmetryMissing: where the dataset has no imports of one side, nothing is compared.
func TestAsymmetryMissing(t *testing.T) {
	s := studytest.Source(t, []studytest.Flow{
		{2017, 156, 842, "850760", 10}, {2017, 842, 156, "850761", 10},
		{2018, 156, 842, "850760", 10}, // nothing is known of what China imports
	})
	table, err := Asymmetry(context.Background(), s, "USA", "CHN", study.Query{Method: "iw-2024"})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{false, true} {
		for _, name := range []string{"ratio", "difference", "net_dependent_imports_usd"} {
			if got := math.IsNaN(table.Column(name).Float[i]); got != want {
				t.Errorf("%s of %d is missing: %v, want %v", name, table.Column("year").Int[i], got, want)
			}
		}
	}
	if !slices.ContainsFunc(result.Texts(table.Notes), func(n string) bool { return strings.Contains(n, "CHN has no imports in this dataset in 2018") }) {
		t.Errorf("notes do not say that the imports of China are missing: %q", result.Texts(table.Notes))
	}
}

// TestGridAtPublished: at the published thresholds the grid is the count, to the last dollar, for every method, for
// economies, blocs and unions, with persistence and a floor, whether the thresholds are on the grid or not.
func TestGridAtPublished(t *testing.T) {
	s := studytest.Source(t, studytest.RandomFlows(rand.New(rand.NewPCG(17, 5)), 4, 6))
	for _, persistence := range []string{"1/1", "2/3", "3/3"} {
		for _, m := range method.Builtin() {
			for _, partners := range []string{"-", "CHN,CHN+HKG+MAC,KOR|RUS"} {
				q := study.Query{Importers: "USA,DEU+NLD,USA|CHN", Partners: partners, Method: m.ID, Years: "2016:2018", Persistence: persistence, MinValue: 12}
				if m.ID == "bottle-2025" {
					q.MinValue = 0 // dollars here are few
				}
				checkPublished(t, s, q)
			}
			if t.Failed() {
				return
			}
		}
	}
}

func checkPublished(t *testing.T, s *study.Source, q study.Query) {
	t.Helper()
	grid, err := Sensitivity(context.Background(), s, q, "", "", false)
	if err != nil {
		t.Fatal(err)
	}
	list, err := Sensitivity(context.Background(), s, q, "", "", true)
	if err != nil {
		t.Fatal(err)
	}
	count, err := Count(context.Background(), s, q)
	if err != nil {
		t.Fatal(err)
	}
	at := func(t *result.Table, i int) string {
		return fmt.Sprint(t.Column("year").Int[i], t.Column("importer").Text[i], t.Column("partner").Text[i])
	}
	products, imports, listed := map[string]int64{}, map[string]float64{}, map[string]int64{}
	for i := range grid.Rows() {
		if grid.Column("published").Bool[i] {
			products[at(grid, i)] += grid.Column("products").Int[i]
			imports[at(grid, i)] += grid.Column("imports_usd").Float[i]
		}
	}
	for i := range list.Rows() {
		if list.Column("flagged_as_published").Bool[i] {
			listed[at(list, i)]++
		}
	}
	for i := range count.Rows() {
		key, n, v := at(count, i), count.Column("products").Int[i], count.Column("imports_usd").Float[i]
		if count.Column("products").IsMissing(i) {
			if products[key] != n || listed[key] != 0 || !math.IsNaN(imports[key]) {
				t.Errorf("%s: %s is not computable: grid %d, list %d products", q, key, products[key], listed[key])
			}
			continue
		}
		if products[key] != n || listed[key] != n {
			t.Errorf("%s: %s: grid %d, list %d, count %d products", q, key, products[key], listed[key], n)
		}
		if imports[key] != v {
			t.Errorf("%s: %s: grid %v, count %v dollars", q, key, imports[key], v)
		}
	}
}

// TestGridPersistence compares every point of a grid with persistence with the count by a method of these thresholds.
func TestGridPersistence(t *testing.T) {
	s := studytest.Source(t, studytest.RandomFlows(rand.New(rand.NewPCG(19, 5)), 4, 6))
	path := filepath.Join(t.TempDir(), "m.toml")
	write := func(x, y string) {
		text := "id = \"m\"\ntitle = \"m\"\nsource = \"test\"\npersistence = \"2/3\"\ncriteria = [\"import_hhi > " + x + "\", \"suppliers <= " + y + "\"]\n"
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, partners := range []string{"-", "CHN+HKG+MAC,KOR"} {
		q := study.Query{Importers: "USA,DEU+NLD", Partners: partners, Method: path, Years: "2017:2018"}
		write("0.3", "4")
		grid, err := Sensitivity(context.Background(), s, q, "import_hhi=0.2:0.4:0.05", "suppliers=3:6:1", false)
		if err != nil {
			t.Fatal(err)
		}
		for i := range grid.Rows() {
			write(grid.Column("x").Text[i], grid.Column("y").Text[i])
			one := q
			one.Importers, one.Years = grid.Column("importer").Text[i], fmt.Sprint(grid.Column("year").Int[i])
			one.Partners = grid.Column("partner").Text[i]
			count, err := Count(context.Background(), s, one)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := grid.Column("products").Int[i], count.Column("products").Int[0]; got != want {
				t.Errorf("%s: x %s, y %s: grid %d, count %d", one, grid.Column("x").Text[i], grid.Column("y").Text[i], got, want)
			}
			if got, want := grid.Column("imports_usd").Float[i], count.Column("imports_usd").Float[0]; got != want {
				t.Errorf("%s: x %s, y %s: grid %v, count %v dollars", one, grid.Column("x").Text[i], grid.Column("y").Text[i], got, want)
			}
		}
	}
}

// TestGridMatrix: the matrix for people holds the counts of the rows.
func TestGridMatrix(t *testing.T) {
	s := studytest.Source(t, studytest.RandomFlows(rand.New(rand.NewPCG(23, 5)), 2, 6))
	q := study.Query{Importers: "USA,KOR", Partners: "CHN,DEU", Years: "all"}
	grid, err := Sensitivity(context.Background(), s, q, "", "", false)
	if err != nil {
		t.Fatal(err)
	}
	matrix := GridMatrix(grid)
	seen := 0
	for i := range grid.Rows() {
		for k := range matrix.Rows() {
			if grid.Column("importer").Text[i] == matrix.Column("importer").Text[k] && grid.Column("partner").Text[i] == matrix.Column("partner").Text[k] &&
				grid.Column("x").Text[i] == matrix.Column("x").Text[k] {
				seen++
				if got, want := matrix.Column("y=" + grid.Column("y").Text[i]).Int[k], grid.Column("products").Int[i]; got != want {
					t.Errorf("row %d: matrix %d, grid %d", i, got, want)
				}
			}
		}
	}
	if seen != grid.Rows() {
		t.Errorf("%d of %d points are in the matrix once", seen, grid.Rows())
	}
}

// TestGridNumbers: thresholds of a grid are exact decimals of few digits.
func TestGridNumbers(t *testing.T) {
	m, err := method.Get("merics-2024")
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(thresholds(m), func(a axis) bool { return a.name == "partner_share" })
	fill := func(spec string) ([]string, error) {
		a := thresholds(m)[at]
		err := a.fill(m, spec, true)
		return a.values, err
	}
	for spec, want := range map[string]string{
		"0.2:0.4:0.1": "0.2 0.3 0.4", "1e-20:3e-20:1e-20": "0.00000000000000000001 0.00000000000000000002 0.00000000000000000003",
		"0:1:.5": "0 0.5 1", "1_000:2e3:1000": "1000 2000",
	} {
		if got, err := fill(spec); err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: got %v, %v; want %s", spec, got, err, want)
		}
	}
	for _, spec := range []string{"0:1e999999999:1", "1e-999999999:1:1", "0:1:1e-999999", "0:1:1/3", "0x1:0x2:1", "0:1", "1:0:1", "0:1:0", "0:1:-1",
		"0:1:0." + strings.Repeat("0", 60) + "1", "NaN:1:1", "0:Inf:1"} {
		if got, err := fill(spec); err == nil || !strings.Contains(err.Error(), "expected from:to:step") {
			t.Errorf("%.40s: got %.60v, %v; want an error", spec, got, err)
		}
	}
}
