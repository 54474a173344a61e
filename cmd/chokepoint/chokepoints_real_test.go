package main

import (
	"archive/zip"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chokepoint/suite"
	"chokepoint/trade"
)

// TestRealChokepoints looks at the choke points of 2024: strategic goods are led by what one would name, and the verdicts that the five
// importers turn whose imports the extract lacks are among those that are marked. The complete flows are known of 30 raw materials.
func TestRealChokepoints(t *testing.T) {
	t.Setenv("CHOKEPOINT_DATA", t.TempDir())
	ingestReal(t, "baci-hs17-2024", "BACI_HS17_V202601.zip")
	products := ingestPairs(t)
	first := rows(t, program(t, "chokepoints", "--dataset", "baci-hs17-v202601", "--format", "csv"))
	rank := map[string]int{}
	for i, r := range first {
		if _, ok := rank[r["product"]]; !ok {
			rank[r["product"]] = i + 1
		}
	}
	if rank["850760"] != 1 || rank["850511"] == 0 || rank["850511"] > 5 || rank["670210"] != 0 {
		t.Errorf("lithium cells %d, magnets %d, artificial flowers %d", rank["850760"], rank["850511"], rank["670210"])
	}
	type verdict struct{ single, open bool }
	verdicts := func(dataset string) map[string]verdict {
		list := map[string]verdict{}
		for _, r := range rows(t, program(t, "chokepoints", "--products", "all", "--dataset", dataset, "--format", "csv")) {
			if products[r["product"]] {
				list[r["product"]+" "+r["partner"]] = verdict{r["single_point"] == "true", r["single_point_open"] == "true"}
			}
		}
		return list
	}
	extract, complete := verdicts("baci-hs17-v202601"), verdicts("complete")
	for pair := range complete {
		if _, ok := extract[pair]; !ok {
			extract[pair] = verdict{}
		}
	}
	var differ, unmarked, same, marked int
	for pair, v := range extract {
		switch {
		case v.single != complete[pair].single && v.open:
			differ++
		case v.single != complete[pair].single:
			unmarked++
			t.Errorf("%s: %v on the extract, %v on the complete flows, and not marked", pair, v.single, complete[pair].single)
		case v.open:
			marked++
			same++
		default:
			same++
		}
	}
	if differ == 0 || 3*marked > same {
		t.Errorf("%d verdicts differ; of %d that do not %d are marked, want at most a third", differ, same, marked)
	}
}

// ingestPairs reads the complete flows of 30 raw materials as the dataset complete, and gives their codes.
func ingestPairs(t *testing.T) map[string]bool {
	t.Helper()
	folder := t.TempDir()
	archive, err := zip.OpenReader(suite.Real.File(t, "baci-hs17-2024", "BACI_HS17_V202601.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	for _, f := range archive.File {
		if !strings.Contains(f.Name, "codes") {
			continue
		}
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, filepath.Base(f.Name)), text, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	packed, err := os.Open(suite.Real.File(t, "sources", "mirrors", "mirror_pairs_2024.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	text, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	pairs, err := csv.NewReader(text).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, name := range pairs[0] {
		at[name] = i
	}
	code := func(iso3 string) trade.Code {
		m, err := trade.BuiltinEconomies().Resolve(iso3)
		if err != nil {
			t.Fatal(err)
		}
		codes := m.Codes.Codes()
		return codes[0]
	}
	products := map[string]bool{}
	flows := "t,i,j,k,v,q\n"
	for _, p := range pairs[1:] {
		if p[at["baci_usd"]] == "" {
			continue
		}
		products[p[at["hs6"]]] = true
		flows += fmt.Sprintf("2024,%d,%d,%s,%g,NA\n", code(p[at["exporter"]]), code(p[at["importer"]]), p[at["hs6"]], number(t, p[at["baci_usd"]])/1000)
	}
	if err := os.WriteFile(filepath.Join(folder, "BACI_HS17_Y2024_V202601.csv"), []byte(flows), 0o666); err != nil {
		t.Fatal(err)
	}
	program(t, "ingest", "baci", folder, "--name", "complete")
	return products
}
