package dependence

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"chokepoint/study"
	"chokepoint/study/studytest"
	"chokepoint/trade"
)

// listed reads the sets behind Count from Dependencies: year, method, importer → products.
func listed(t *testing.T, s *study.Source, q study.Query) map[string]map[string]bool {
	t.Helper()
	table, err := Dependencies(context.Background(), s, q)
	if err != nil {
		t.Fatal(err)
	}
	sets := map[string]map[string]bool{}
	for i := range table.Rows() {
		key := fmt.Sprint(table.Column("year").Int[i], " ", table.Column("method").Text[i], " ", table.Column("importer").Text[i])
		if sets[key] == nil {
			sets[key] = map[string]bool{}
		}
		sets[key][table.Column("product").Text[i]] = true
	}
	return sets
}

func both(a, b map[string]bool) (n int) {
	for p := range a {
		if b[p] {
			n++
		}
	}
	return n
}

// TestCompareAgainstLists does the set arithmetic again on the lists of Dependencies.
func TestCompareAgainstLists(t *testing.T) {
	// Few exporters, so that China often has a large share of the world and the sets overlap.
	s := studytest.Source(t, slices.DeleteFunc(studytest.RandomFlows(rand.New(rand.NewPCG(41, 5)), 7, 30), func(f studytest.Flow) bool {
		return !slices.Contains([]trade.Code{156, 344, 842}, f.Exporter)
	}))
	q := study.Query{Importers: "USA,DEU+NLD", Partners: "CHN", Method: "merics-2024,mgi,iw-2024"}
	sets := listed(t, s, q)
	key := func(year int64, method, importer string) string { return fmt.Sprint(year, " ", method, " ", importer) }

	methods, err := Compare(context.Background(), s, q, "method")
	if err != nil {
		t.Fatal(err)
	}
	if want := 7 * 2 * 3; methods.Rows() != want {
		t.Errorf("%d rows, want %d", methods.Rows(), want)
	}
	overlapping := 0
	for i := range methods.Rows() {
		year, importer := methods.Column("year").Int[i], methods.Column("importer").Text[i]
		a := sets[key(year, methods.Column("method_a").Text[i], importer)]
		b := sets[key(year, methods.Column("method_b").Text[i], importer)]
		n := both(a, b)
		if n > 0 && n < len(a)+len(b)-n {
			overlapping++
		}
		if methods.Column("products_a").Int[i] != int64(len(a)) || methods.Column("products_b").Int[i] != int64(len(b)) || methods.Column("both").Int[i] != int64(n) {
			t.Errorf("row %d: want %d, %d, %d", i, len(a), len(b), n)
		}
		if either := len(a) + len(b) - n; either > 0 {
			if got, want := methods.Column("jaccard").Float[i], float64(n)/float64(either); !(math.Abs(got-want) <= 1e-15) { // NaN is wrong too
				t.Errorf("row %d: jaccard %v, want %v", i, got, want)
			}
		}
	}
	if overlapping < methods.Rows()/2 {
		t.Errorf("only %d of %d pairs of sets overlap in part; the test says little", overlapping, methods.Rows())
	}

	years, err := Compare(context.Background(), s, q, "year")
	if err != nil {
		t.Fatal(err)
	}
	if want := 3 * 2 * (6 + 2); years.Rows() != want {
		t.Errorf("%d rows of churn, want %d", years.Rows(), want)
	}
	for i := range years.Rows() {
		method, importer := years.Column("method").Text[i], years.Column("importer").Text[i]
		a, b := sets[key(years.Column("from").Int[i], method, importer)], sets[key(years.Column("to").Int[i], method, importer)]
		if stayed := int64(both(a, b)); years.Column("stayed").Int[i] != stayed || years.Column("left").Int[i] != int64(len(a))-stayed || years.Column("entered").Int[i] != int64(len(b))-stayed {
			t.Errorf("churn row %d: want %d stayed of %d and %d", i, stayed, len(a), len(b))
		}
	}

	products, err := Compare(context.Background(), s, q, "product")
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, set := range sets {
		total += len(set)
	}
	flaggings := 0
	for i := range products.Rows() {
		ids := strings.Fields(products.Column("methods").Text[i])
		flaggings += len(ids)
		for _, id := range ids {
			if !sets[key(products.Column("year").Int[i], id, products.Column("importer").Text[i])][products.Column("product").Text[i]] {
				t.Errorf("product row %d: %s does not flag it", i, id)
			}
		}
	}
	if flaggings != total {
		t.Errorf("%d flaggings by product, %d in the lists", flaggings, total)
	}
}

// TestDiff: a dataset does not differ from itself; changes mirror one another; each has the reason that was made.
func TestDiff(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(51, 5)), 3, 10)
	s := studytest.Source(t, slices.Clone(flows))
	q := study.Query{Importers: "USA,DEU|NLD", Partners: "CHN,CHN+HKG", Method: "merics-2024,mgi"}
	same, err := Diff(context.Background(), s, studytest.Source(t, slices.Clone(flows)), q)
	if err != nil {
		t.Fatal(err)
	}
	if same.Rows() != 0 {
		t.Errorf("%d differences between a dataset and its copy", same.Rows())
	}
	// The other release lacks a product for the USA, lacks what it buys from China of another, and has other values.
	rng := rand.New(rand.NewPCG(1, 1))
	var changed []studytest.Flow
	for _, f := range flows {
		switch {
		case f.Importer == 842 && f.Product == "851000", f.Importer == 842 && f.Exporter == 156 && f.Product == "851001":
			continue
		case rng.IntN(10) == 0:
			f.Dollars *= 3
		}
		changed = append(changed, f)
	}
	other := studytest.Source(t, changed)
	there, err := Diff(context.Background(), s, other, q)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Diff(context.Background(), other, s, q)
	if err != nil {
		t.Fatal(err)
	}
	if there.Rows() == 0 || there.Rows() != back.Rows() {
		t.Fatalf("%d changes one way, %d the other", there.Rows(), back.Rows())
	}
	mirrored := map[string]string{}
	row := func(i int, columns ...string) string {
		var parts []string
		for _, c := range columns {
			parts = append(parts, there.Column(c).Exact(i))
		}
		return strings.Join(parts, " ")
	}
	reasons := map[string]bool{}
	for i := range there.Rows() {
		mirrored[row(i, "year", "method", "importer", "partner", "product")] = there.Column("change").Text[i] + there.Column("reason").Text[i]
		reason := there.Column("reason").Text[i]
		reasons[reason] = true
		switch product, importer := there.Column("product").Text[i], there.Column("importer").Text[i]; {
		case importer == "USA" && product == "851000" && reason != "not imported in test":
			t.Errorf("row %d: reason %q, want not imported", i, reason)
		case importer == "USA" && product == "851001" && there.Column("method").Text[i] == "merics-2024" && there.Column("partner").Text[i] == "CHN" && reason != "not imported from the partner in test":
			t.Errorf("row %d: reason %q, want not imported from the partner", i, reason)
		}
		if there.Column("imports_after_usd").Float[i] == 0 && there.Column("imports_before_usd").Float[i] == 0 {
			t.Errorf("row %d: no imports on either side", i)
		}
	}
	for i := range back.Rows() {
		key := fmt.Sprint(back.Column("year").Int[i], " ", back.Column("method").Text[i], " ", back.Column("importer").Text[i], " ", back.Column("partner").Text[i], " ", back.Column("product").Text[i])
		change := "left"
		if back.Column("change").Text[i] == "left" {
			change = "entered"
		}
		if mirrored[key] != change+back.Column("reason").Text[i] {
			t.Errorf("%s: %q one way, %q the other", key, mirrored[key], change+back.Column("reason").Text[i])
		}
	}
	if len(reasons) < 4 {
		t.Errorf("only the reasons %v; the test says little", reasons)
	}
}
