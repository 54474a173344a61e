package main

import (
	"compress/gzip"
	"encoding/csv"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"chokepoint/suite"
)

// Whose imports the 2024 extract lacks, and the USA, whose imports it has from another source than the complete flows.
var lackedBy2024 = []string{"DEU", "FRA", "GBR", "NLD", "ESP"}

// mirrorFlow is a product, an exporter and an importer.
type mirrorFlow struct{ product, exporter, importer string }

// mirrors2024 reads the complete flows of raw materials in 2024, US dollars.
func mirrors2024(t *testing.T) map[mirrorFlow]float64 {
	t.Helper()
	f, err := os.Open(suite.Real.File(t, "sources", "mirrors", "mirror_pairs_2024.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	flows := map[mirrorFlow]float64{}
	taiwan := strings.NewReplacer("S19", "TWN")
	for _, line := range lines[1:] {
		dollars, err := strconv.ParseFloat(line[9], 64)
		product := line[2]
		if err != nil || slices.Contains([]string{"811212", "811231"}, product) { // not reported, or not in the extract
			continue
		}
		flows[mirrorFlow{product, taiwan.Replace(line[0]), taiwan.Replace(line[1])}] = dollars
	}
	return flows
}

// dependentByDSECE are the pairs that depend by complete flows: more than half of the imports, and more than half of world exports.
func dependentByDSECE(flows map[mirrorFlow]float64) map[mirrorFlow]bool {
	imports, exports, world := map[mirrorFlow]float64{}, map[mirrorFlow]float64{}, map[string]float64{}
	for at, dollars := range flows {
		imports[mirrorFlow{at.product, "", at.importer}] += dollars
		exports[mirrorFlow{at.product, at.exporter, ""}] += dollars
		world[at.product] += dollars
	}
	depends := map[mirrorFlow]bool{}
	for at, dollars := range flows {
		depends[at] = 2*dollars > imports[mirrorFlow{at.product, "", at.importer}] && 2*exports[mirrorFlow{at.product, at.exporter, ""}] > world[at.product]
	}
	return depends
}

// testMissing2024: verdicts on the extract, which lacks five large importers, that differ from those on the complete flows are all among
// those that are marked, and no more than a third of the others are.
func testMissing2024(t *testing.T) {
	flows := mirrors2024(t)
	complete := dependentByDSECE(flows)
	var products []string
	for at := range flows {
		if !slices.Contains(products, at.product) {
			products = append(products, at.product)
		}
	}
	slices.Sort(products)
	compared := func(importer string) bool { return importer != "USA" && !slices.Contains(lackedBy2024, importer) }
	var same, sameMarked, turned, kept int
	listed := map[mirrorFlow]bool{}
	for _, r := range rows(t, program(t, "dependencies", "--importers", "all", "--partners", "all", "--products", strings.Join(products, ","), "--method", "dsece-2022", "--format", "csv")) {
		at := mirrorFlow{r["product"], r["partner"], r["importer"]}
		switch marked := r["could_turn"] != ""; {
		case !compared(at.importer):
			continue
		case complete[at]:
			same++
			if marked {
				sameMarked++
			}
		default:
			if turned++; !marked {
				t.Errorf("%v depends by the extract and not by the complete flows, and is not marked", at)
			}
		}
		listed[at] = true
	}
	for at, depends := range complete {
		if depends && compared(at.importer) {
			if kept++; !listed[at] {
				t.Errorf("%v depends by the complete flows, not by the extract", at)
			}
		}
	}
	t.Logf("by complete flows %d pairs depend, by the extract %d: %d differ, all marked; of %d that do not differ %d are marked", kept, len(listed), turned, same, sameMarked)
	if turned < 70 || 3*sameMarked > same {
		t.Errorf("%d differ; of %d that do not, %d are marked: want no more than a third", turned, same, sameMarked)
	}
	count := rows(t, program(t, "count", "--importers", "IND", "--partners", "CHN", "--method", "dsece-2022", "--format", "csv"))[0]
	lower, byFlows, upper := number(t, count["products_lower"]), number(t, count["products"]), number(t, count["products_upper"])
	if !(0 < lower && lower < byFlows && byFlows < upper) {
		t.Errorf("India depends on China for %v to %v products, %v by the flows that are there", lower, upper, byFlows)
	}
}
