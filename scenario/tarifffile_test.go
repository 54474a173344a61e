package scenario

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chokepoint/study/studytest"
	"chokepoint/trade"
)

// TestDuties: the longest code decides, then the row that names more economies.
func TestDuties(t *testing.T) {
	d, err := ParseDuties("d.csv", []byte("# mine\nproduct,exporter,importer,tariff,tariff_before\n,,,0.1,\n85,CHN,,0.2,0.05\n85,,USA,0.3,\n8507,CHN,USA,0.4,0\n850760,,,0.5,\n"), 0.02, trade.BuiltinEconomies())
	if err != nil {
		t.Fatal(err)
	}
	f := func(product, exporter, importer string, before, after float64) {
		t.Helper()
		b, a, ok := d.Of(product, exporter, importer)
		if !ok || b != before || a != after {
			t.Errorf("%s of %s to %s: %v to %v, %v; want %v to %v", product, exporter, importer, b, a, ok, before, after)
		}
	}
	f("010121", "CHN", "USA", 0.02, 0.1)
	f("851000", "CHN", "JPN", 0.05, 0.2)
	f("851000", "CHN", "USA", 0.05, 0.2) // both name one economy: the exporter goes first
	f("851000", "DEU", "USA", 0.02, 0.3)
	f("850710", "CHN", "USA", 0, 0.4)
	f("850710", "CHN", "JPN", 0.05, 0.2)
	f("850760", "CHN", "USA", 0.02, 0.5)
	fault := func(text, want string) {
		t.Helper()
		if _, err := ParseDuties("d.csv", []byte(text), 0, trade.BuiltinEconomies()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	fault("product,rate\n85,0.1\n", "tariff")
	fault("product,tariff\n850,0.1\n", `d.csv:2: product "850": expected an HS code of 2, 4 or 6 digits`)
	fault("product,tariff\n85,25%\n", `d.csv:2: tariff "25%": expected a number from 0 to 10`)
	fault("product,tariff,exporter\n85,0.1,Atlantis\n", `d.csv:2: economy "Atlantis": the dataset does not know it`)
	fault("product,tariff\n85,0.1\n85,0.2\n", `d.csv:3: product "85", exporter "", importer "": appears twice`)
	fault("product,tariff\n", "d.csv: no tariff")
}

// TestLevyOfFile: a file that says of every product what a flag says gives the same; one with two tariffs gives each product its own, and elasticities too.
func TestLevyOfFile(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(3, 4)), 1, 2)
	dir := t.TempDir()
	file := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ask := func(values map[string]string) []TariffRow {
		t.Helper()
		request, errs := TariffQuestion.ReadLocal(values)
		if errs != nil {
			t.Fatal(errs)
		}
		source := studytest.Source(t, flows)
		source.Files = os.ReadFile
		table, err := TariffQuestion.Answer(t.Context(), source, request)
		if err != nil {
			t.Fatal(err)
		}
		return TariffFlowSchema.Rows(table)
	}
	same := func(got, want []TariffRow, product string) {
		t.Helper()
		n := 0
		for _, w := range want {
			if w.Product != product {
				continue
			}
			for _, g := range got {
				if g.Product == product && g.Form == w.Form && g.Exporter == w.Exporter && g.Importer == w.Importer {
					if n++; g.After != w.After || g.Before != w.Before || g.Revenue != w.Revenue && (g.Revenue == g.Revenue || w.Revenue == w.Revenue) {
						t.Errorf("%s to %s of %s, %s: %v after and revenue %v; want %v and %v", w.Exporter, w.Importer, product, w.Form, g.After, g.Revenue, w.After, w.Revenue)
					}
				}
			}
		}
		if n == 0 {
			t.Errorf("%s: nothing compared", product)
		}
	}
	base := map[string]string{"importers": "USA", "suppliers": "CHN", "products": "851000,851001", "horizon": "2-3"}
	with := func(more map[string]string) map[string]string {
		all := map[string]string{}
		for _, m := range []map[string]string{base, more} {
			for k, v := range m {
				all[k] = v
			}
		}
		return all
	}
	one := ask(with(map[string]string{"tariff": "0.25"}))
	same(ask(with(map[string]string{"tariffs": file("one.csv", "product,tariff\n85,0.25\n")})), one, "851000")
	two := ask(with(map[string]string{"tariffs": file("two.csv", "product,exporter,tariff\n851000,CHN,0.25\n851001,CHN,0.5\n"), "elasticities": file("e.csv", "code,sigma\n851001,4\n")}))
	same(two, one, "851000")
	same(two, ask(with(map[string]string{"tariff": "0.5", "substitution": "4"})), "851001")
	for _, r := range two {
		if of := map[string]string{"851001": "851001"}[r.Product]; r.SubstitutionOf != of {
			t.Errorf("%s: the elasticity is of %q, want %q", r.Product, r.SubstitutionOf, of)
		}
	}
	all := ask(map[string]string{"tariffs": file("who.csv", "product,exporter,importer,tariff\n851000,CHN,USA,0.25\n"), "horizon": "2-3"})
	same(all, one, "851000")
}
