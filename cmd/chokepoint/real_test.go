package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"chokepoint/method"
	"chokepoint/suite"
)

// TestReal2024 takes the 2024 extract from the archive to the figure that its publisher prints.
func TestReal2024(t *testing.T) {
	if testing.Short() {
		t.Skip("ingests ten million flows; left out with -short")
	}
	t.Setenv("CHOKEPOINT_DATA", t.TempDir())
	ingestReal(t, "baci-hs17-2024", "BACI_HS17_V202601.zip")
	dataset := rows(t, program(t, "datasets", "--format", "csv"))[0]
	equal := func(column, want string) {
		t.Helper()
		if dataset[column] != want {
			t.Errorf("%s is %q, want %q", column, dataset[column], want)
		}
	}
	equal("dataset", "baci-hs17-v202601")
	equal("flows", "10083540")
	equal("value_usd", "18084827467383")
	program(t, "datasets", "verify", "baci-hs17-v202601")

	count := func(want string, args ...string) {
		t.Helper()
		got := rows(t, program(t, append(args, "--importers", "USA", "--partners", "CHN", "--format", "csv")...))
		if len(got) != 1 || got[0]["products"] != want {
			t.Errorf("%v: %v; want one row of %s products", args, got, want)
		}
	}
	count("550", "count")
	count("622", "count", "--method", "merics-2024")
	count("715", "count", "--method", methodFile(t, "imports >= 2 * exports", "partner_share >= 0.3"))
	count("490", "count", "--method", methodFile(t, "imports >= 2 * exports", "partner_share >= 0.3", "partner_world_share >= 0.4"))
	count("439", "count", "--method", methodFile(t, "imports >= 2 * exports", "partner_share >= 0.3", "world_export_hhi >= 0.25"))
	list := rows(t, program(t, "dependencies", "--importers", "USA", "--partners", "CHN", "--method", "merics-2024", "--format", "csv"))
	if len(list) != 622 {
		t.Errorf("dependencies lists %d products, count says 622", len(list))
	}
	testMissing2024(t)
	testBriefs2024(t)
	testFits2024(t)
}

// testFits2024: what definitions say of their fit is what calibrate finds on the extract.
func testFits2024(t *testing.T) {
	candidates := rows(t, program(t, "calibrate", "--format", "csv"))
	for id, floor := range map[string]string{"merics-2024-floor": "imports >= 5000000", "merics-2024": ""} {
		m, err := method.Get(id)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range candidates {
			if r["criterion"] != "partner_world_share >= 0.30" || r["floor"] != floor || r["world"] != "gross" || r["inequality"] != "weak" {
				continue
			}
			if want := fmt.Sprintf("%sst of %d candidate rules", r["rank"], len(candidates)); !strings.HasPrefix(m.Fit, want) {
				t.Errorf("%s: fit %q; calibrate says %s", id, m.Fit, want)
			}
			if want := fmt.Sprintf("off by a factor of %.2f ", math.Exp(number(t, r["rms_log_error"]))); !strings.Contains(m.Fit, want) {
				t.Errorf("%s: fit %q; calibrate says %s", id, m.Fit, want)
			}
		}
	}
}

// testBriefs2024: with one year, and without the imports of Germany, nothing is said that takes two years or Germany.
func testBriefs2024(t *testing.T) {
	for article, want := range map[string]map[string]string{
		"mic25": {"A1": "cannot be said with this dataset, because it has 2024 alone", "A2": "cannot be said", "A3": "cannot be said with this dataset, because it has 2024 alone", "A2b": "cannot be said with this dataset, because merics-2024-floor looks at what the world buys, and the imports of DEU, FRA, NLD, GBR, ESP", "A11": "cannot be said with this dataset, because the claim is about the trade of the whole world", "A4": "cannot be said", "A5": "cannot be said",
			"A7": "cannot be said"},
		"japan-2022": {"J1": "cannot be said with this dataset, because it has 2024 alone and lacks years near 2019", "J4": "cannot be said with this dataset, because DEU has no imports", "J5": "stands", "J6": "cannot be said"},
	} {
		for _, r := range rows(t, program(t, "brief", "--article", article, "--format", "csv")) {
			if !strings.HasPrefix(r["verdict"], want[r["claim"]]) {
				t.Errorf("%s: %s; want %s", r["claim"], r["verdict"], want[r["claim"]])
			}
		}
	}
}

// TestRealWastePaper reads China's ban on waste paper from the series of 1995 to 2018.
func TestRealWastePaper(t *testing.T) {
	t.Setenv("CHOKEPOINT_DATA", t.TempDir())
	ingestReal(t, "baci-hs92-paper-1995-2018", "BACI_HS92_V202001.zip")
	if years := rows(t, program(t, "datasets", "show", "baci-hs92-v202001", "--format", "csv")); len(years) != 24 || years[0]["year"] != "1995" || years[23]["year"] != "2018" {
		t.Errorf("want the 24 years 1995 to 2018, got %v", years)
	}
	// The figures are those of the README beside the archive: millions of dollars, thousands of tonnes, rows.
	type figure struct{ usd, tonnes, rows float64 }
	imports := map[string]figure{}
	of := map[string]float64{} // 470790, by year
	for _, r := range rows(t, program(t, "indicators", "--importers", "CHN", "--products", "4707", "--years", "2016,2018", "--format", "csv")) {
		f := imports[r["year"]]
		f.usd += number(t, r["imports_usd"]) / 1e6
		f.tonnes += number(t, r["import_quantity_t"]) / 1e3
		f.rows += number(t, r["suppliers"])
		imports[r["year"]] = f
		if r["product"] == "470790" {
			of[r["year"]] = number(t, r["imports_usd"]) / 1e6
		}
	}
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 0.05 {
			t.Errorf("%s is %.2f, want %.1f", what, got, want)
		}
	}
	near("imports of 2016", imports["2016"].usd, 4273.1)
	near("imports of 2018", imports["2018"].usd, 3426.6)
	near("tonnes of 2016", imports["2016"].tonnes, 29237.7)
	near("tonnes of 2018", imports["2018"].tonnes, 18524.7)
	near("flows of 2016", imports["2016"].rows, 158)
	near("flows of 2018", imports["2018"].rows, 172)
	near("470790 in 2016", of["2016"], 774.2)
	near("470790 in 2018", of["2018"], 255.9)

	counts := rows(t, program(t, "count", "--importers", "CHN", "--partners", "USA", "--products", "4707", "--format", "csv"))
	if len(counts) != 24 {
		t.Errorf("count has %d rows, want one for each of 24 years", len(counts))
	}
}

// ingestReal reads a real archive into the data folder of the test.
func ingestReal(t *testing.T, folder, name string) {
	t.Helper()
	program(t, "ingest", "baci", suite.Real.File(t, folder, name))
}

// methodFile writes a method file of the criteria.
func methodFile(t *testing.T, criteria ...string) string {
	t.Helper()
	text := "id = \"own\"\ntitle = \"of the test\"\nsource = \"this test\"\ncriteria = [\n"
	for _, c := range criteria {
		text += "    " + strconv.Quote(c) + ",\n"
	}
	path := filepath.Join(t.TempDir(), "own.toml")
	if err := os.WriteFile(path, []byte(text+"]\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}
