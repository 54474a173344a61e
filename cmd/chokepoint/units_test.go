package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestComplexityOfTheSmallest: economies below the floors, all or some, are not ranked; who is left out, and how many, is said.
func TestComplexityOfTheSmallest(t *testing.T) {
	t.Setenv("CHOKEPOINT_DATA", t.TempDir())
	file := filepath.Join(t.TempDir(), "t.csv")
	text := "date,importer,exporter,product,value\n2020,USA,CHN,850760,100\n2020,USA,JPN,870380,80\n2020,CHN,NRU,020110,1\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	program(t, "ingest", "transactions", file, "--nomenclature", "HS17", "--release", "202301", "--name", "c")
	out := program(t, "complexity", "--dataset", "c")
	for _, want := range []string{"(no rows)", "2020 has no rows: complexity needs at least three economies above the floors",
		"floors atlas: 0 of 4 economies have a part; left out: 4 that export less than 1.00 bn USD (CHN, JPN, NRU, USA)", "0 of 3 products have a part"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// TestRealUnits reads figures of the extract of 2024 that differ by the unit: blocs, members of one, China with Hong Kong.
func TestRealUnits(t *testing.T) {
	t.Setenv("CHOKEPOINT_DATA", t.TempDir())
	ingestReal(t, "baci-hs17-2024", "BACI_HS17_V202601.zip")
	csv := func(args ...string) []map[string]string {
		return rows(t, program(t, append(args, "--format", "csv")...))
	}
	f := func(want, column string, args ...string) {
		t.Helper()
		if got := csv(args...)[0][column]; got != want {
			t.Errorf("%s of %s: %s, want %s", column, strings.Join(args, " "), got, want)
		}
	}
	f("548", "products", "count", "--importers", "CHN", "--partners", "EU27", "--method", "oecd-2024")
	f("1166", "products", "count", "--importers", "CHN", "--partners", "EU27", "--method", "oecd-2024", "--world", "gross")

	// Chips: what the mainland buys and sells, and with Hong Kong, in billions.
	billions := func(economy string) string {
		r := csv("balance", "--economy", economy, "--products", "8542")[0]
		return fmt.Sprintf("%.0f %.0f", number(t, r["imports_usd"])/1e9, number(t, r["exports_usd"])/1e9)
	}
	if alone, both := billions("CHN"), billions("CHN+HKG"); alone != "174 168" || both != "318 106" {
		t.Errorf("chips of China: imports and exports %s, with Hong Kong %s; want 174 168 and 318 106", alone, both)
	}
	if text := program(t, "balance", "--economy", "CHN", "--products", "8542"); !strings.Contains(text, "CHN+HKG as one in 2024: CHN+HKG with world: exports 106 bn USD, imports 318 bn USD") {
		t.Errorf("no note on both together:\n%s", text)
	}
	r := csv("indicators", "--importers", "CHN", "--products", "854231", "--hubs", "entrepots")[0]
	if share := number(t, r["hub_share"]); r["hub"] != "HKG" || r["hub_measure"] != "buyer" || share < 0.47 || share > 0.48 {
		t.Errorf("processors: hub %s %s %v, want Hong Kong as a buyer of 47 %%", r["hub"], r["hub_measure"], share)
	}

	// Nobody is ranked whose figures are undefined or below the floor.
	ranked := map[string]bool{}
	for _, r := range csv("complexity") {
		ranked[r["economy"]] = true
		if number(t, r["eci"]) != number(t, r["eci"]) {
			t.Errorf("%s has no index, and a rank", r["economy"])
		}
	}
	for _, small := range []string{"NRU", "MSR", "WLF"} {
		if ranked[small] {
			t.Errorf("%s is ranked", small)
		}
	}
	if text := program(t, "complexity", "--limit", "1"); !strings.Contains(text, "floors atlas: 151 of 227 economies have a part; left out: 76 that export less than 1.00 bn USD") {
		t.Errorf("who is left out is not said:\n%s", text)
	}

	// The Commission counts suppliers outside the EU.
	for _, r := range csv("dependencies", "--importers", "ITA", "--method", "ec-2021") {
		if strings.Contains(" AUT BEL DEU ESP FRA NLD POL ", " "+r["top_supplier"]+" ") {
			t.Errorf("Italy depends on %s for %s by ec-2021", r["top_supplier"], r["product"])
		}
	}
}
