package chain

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"chokepoint/icio"
	"chokepoint/study"
	"chokepoint/suite"
)

// realTables ingests files of the folder icio of the real data.
func realTables(t *testing.T, opt icio.Options, names ...string) *study.Source {
	t.Helper()
	var paths []string
	for _, name := range names {
		paths = append(paths, suite.Real.File(t, "icio", name))
	}
	opt.DataDir = t.TempDir()
	if _, err := icio.Ingest(t.Context(), paths, opt); err != nil {
		t.Fatal(err)
	}
	s := &study.Source{}
	s.Tables = icio.Open(opt.DataDir)
	return s
}

var wiod2013 = []string{"wiod2013_index.csv", "wiod2013_industries.csv", "wiod2013_1995_Z.csv.gz", "wiod2013_1995_F.csv.gz", "wiod2013_1995_output.csv.gz",
	"wiod2013_2011_Z.csv.gz", "wiod2013_2011_F.csv.gz", "wiod2013_2011_output.csv.gz"}

// published reads a CSV file of the folder: its rows by the names of its columns.
func published(t *testing.T, name string) (rows []map[string]string) {
	t.Helper()
	f, err := os.Open(suite.Real.File(t, "icio", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	if filepath.Ext(name) == ".gz" {
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		r = csv.NewReader(z)
	}
	lines, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func float(t *testing.T, text string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestRealTables compares with what is published of the World Input-Output Database of 2013.
func TestRealTables(t *testing.T) {
	suite.Real.Request(t)
	s := realTables(t, icio.Options{}, wiod2013...)
	t.Run("exposure", func(t *testing.T) {
		rows := published(t, "wiod2013_face_vs_look_through_1995_2011.csv")
		for _, column := range []string{"manuf", "all"} {
			inputs := map[string]string{"manuf": "manufacturing", "all": "all"}[column]
			table := must(t, ExposureQuestion, s, "importers", "USA,DEU,JPN,KOR,CHN", "partners", "USA,DEU,CHN", "inputs", inputs)
			answers := ExposureSchema.Rows(table)
			for _, want := range rows {
				i := slices.IndexFunc(answers, func(r ExposureRow) bool {
					return strconv.Itoa(r.Year) == want["year"] && r.User == want["user"] && r.Supplier == want["supplier"]
				})
				if i < 0 {
					t.Fatalf("no row of %v", want)
				}
				for name, got := range map[string]float64{"face_": answers[i].FaceShare, "look_": answers[i].ThroughShare, "ratio_": answers[i].HiddenFactor()} {
					if w := float(t, want[name+column]); math.Abs(got-w) > 1e-9 {
						t.Errorf("%s %s from %s: %s%s is %v, want %v", want["year"], want["user"], want["supplier"], name, column, got, w)
					}
				}
			}
		}
	})
	t.Run("upstreamness", func(t *testing.T) { checkAntrasChor(t, s) })
	t.Run("value added", func(t *testing.T) {
		table := must(t, ValueAddedQuestion, s)
		for year, want := range map[int]string{1995: "0.784", 2011: "0.725"} {
			exports, vax := 0.0, 0.0
			for _, r := range OriginSchema.Rows(table) {
				if r.Year == year {
					exports, vax = exports+r.Exports, vax+r.VAX
				}
			}
			if got := strconv.FormatFloat(vax/exports, 'f', 3, 64); got != want {
				t.Errorf("VAX of the world in %d is %s, want %s", year, got, want)
			}
		}
	})
	t.Run("inputs", func(t *testing.T) {
		r := RiskSchema.Rows(must(t, InputsQuestion, s, "importers", "DEU", "partners", "CHN", "years", "2011"))[0]
		if math.Abs(r.Upper-.074) > .0005 || math.Abs(r.Lower-.014) > .0005 {
			t.Errorf("value added at risk %v and %v, want .074 and .014", r.Upper, r.Lower)
		}
	})
	t.Run("findings", func(t *testing.T) { checkFindings(t, s) })
	t.Run("chain", func(t *testing.T) {
		whole := ExposureSchema.Rows(must(t, ExposureQuestion, s, "importers", "USA", "partners", "CHN", "years", "2011"))[0]
		rows := PathSchema.Rows(must(t, ChainQuestion, s, "importers", "USA", "partners", "CHN", "years", "2011", "paths", "200"))
		sum := 0.0
		for _, r := range rows {
			sum += r.FlowUSD
		}
		if last := rows[len(rows)-1]; len(rows) != 200 || math.Abs(sum/whole.ThroughUSD-last.Held) > 1e-9 {
			t.Errorf("%d paths hold %v, of exposure %v", len(rows), last.Held, sum/whole.ThroughUSD)
		}
	})
}

// checkFindings: what docs/chain.md says of 1995 to 2011 is what the questions answer.
func checkFindings(t *testing.T, s *study.Source) {
	f := func(name string, year int, got float64, want string) {
		t.Helper()
		if text := strconv.FormatFloat(100*got, 'f', 1, 64); text != want {
			t.Errorf("%s in %d: %s %%, want %s", name, year, text, want)
		}
	}
	for _, r := range ExposureSchema.Rows(must(t, ExposureQuestion, s, "importers", "USA,CHN", "partners", "CHN,USA", "years", "1995,2011")) {
		if r.User != r.Supplier {
			f(r.User+" from "+r.Supplier, r.Year, r.ThroughShare, map[string]string{"1995 CHN": "2.1", "1995 USA": "1.0", "2011 CHN": "1.7", "2011 USA": "9.9"}[fmt.Sprint(r.Year, " ", r.User)])
		}
		if r.User != r.Supplier && r.Year == 2011 {
			f("face value of "+r.User, r.Year, r.FaceShare, map[string]string{"CHN": "1.0", "USA": "4.6"}[r.User])
		}
	}
	for i, r := range BandSchema.Rows(must(t, UpstreamnessQuestion, s, "by", "positions", "economies", "CHN", "industries", "manufacturing")) {
		f(r.Position, r.Year, ratio(r.Value, r.World), []string{"4.2", "4.4", "4.4", "16.7", "19.9", "21.7"}[i])
	}
	for i, r := range ExposureSchema.Rows(must(t, ExposureQuestion, s, "importers", "CHN", "partners", "USA+DEU+JPN+KOR+TWN,CHN")) {
		f("CHN from "+r.Supplier, r.Year, r.ThroughShare, []string{"13.8", "79.6", "10.2", "82.4"}[i])
	}
	for i, r := range OriginSchema.Rows(must(t, ValueAddedQuestion, s, "economies", "CHN")) {
		f("value added of others in exports", r.Year, ratio(r.Foreign, r.Exports), []string{"15.7", "21.8"}[i])
	}
}

// checkAntrasChor compares with the figures of Antràs and Chor (2018): industries with output over 50 bn dollars, where rounding in the
// table hardly counts, and table 1 of the paper for economies whose rows lost little.
func checkAntrasChor(t *testing.T, s *study.Source) {
	type key struct{ year, area, industry string }
	want := map[key]map[string]string{}
	for _, row := range published(t, "antras_chor_2018_upstreamness.csv.gz") {
		want[key{row["year"], row["country"], row["industry"]}] = row
	}
	gaps := map[string][]float64{}
	for _, r := range PositionSchema.Rows(must(t, UpstreamnessQuestion, s)) {
		row := want[key{strconv.Itoa(r.Year), r.Area, r.Industry}]
		if r.OutputUSD <= 50e9 || row == nil {
			continue
		}
		for name, got := range map[string]float64{"U": r.Upstreamness, "D": r.Downstreamness, "FU_GO": r.FinalShare, "VA_GO": r.ValueAddedShare} {
			gaps[name+strconv.Itoa(r.Year)] = append(gaps[name+strconv.Itoa(r.Year)], math.Abs(got-float(t, row[name])))
		}
	}
	for name, most := range map[string][3]float64{"U2011": {471, .0017, .0088}, "D2011": {471, .0018, .0074}, "U1995": {222, .0021, .015}, "D1995": {222, .0025, .008},
		"FU_GO2011": {471, .0001, .0003}, "VA_GO2011": {471, .0004, .0014}} {
		g := gaps[name]
		slices.Sort(g)
		if len(g) != int(most[0]) || g[len(g)/2] > most[1] || g[len(g)-1] > most[2] {
			t.Errorf("%s: %d industries, median gap %v, largest %v; want at most %v", name, len(g), g[len(g)/2], g[len(g)-1], most)
		}
	}
	columns := map[string]func(*PositionRow) float64{"U": func(r *PositionRow) float64 { return r.Upstreamness }, "D": func(r *PositionRow) float64 { return r.Downstreamness },
		"F_GO": func(r *PositionRow) float64 { return r.FinalShare }, "VA_GO": func(r *PositionRow) float64 { return r.ValueAddedShare }}
	rows := PositionSchema.Rows(must(t, UpstreamnessQuestion, s, "by", "areas"))
	balances := map[string]float64{}
	set, err := s.Tables.Set("")
	if err != nil {
		t.Fatal(err)
	}
	for _, y := range set.Years {
		for _, g := range y.Gaps {
			balances[strconv.Itoa(y.Year)+g.Area] = g.Share()
		}
	}
	var near []float64
	for _, line := range published(t, "antras_chor_2018_table1.csv") {
		i := slices.IndexFunc(rows, func(r PositionRow) bool { return strconv.Itoa(r.Year) == line["year"] && r.Area == line["country"] })
		gap := math.Abs(columns[line["measure"]](&rows[i]) - float(t, line["value"]))
		if balances[line["year"]+line["country"]] < .005 {
			near = append(near, gap)
		} else if gap > .22 {
			t.Errorf("%v: %v off", line, gap)
		}
	}
	slices.Sort(near)
	if len(near) != 52 || near[len(near)/2] > .0012 || near[len(near)-1] > .015 {
		t.Errorf("table 1: %d values, median gap %v, largest %v", len(near), near[len(near)/2], near[len(near)-1])
	}
}

// TestRealRegions compares with the table of seven regions, which adds up.
func TestRealRegions(t *testing.T) {
	suite.Real.Request(t)
	s := realTables(t, icio.Options{}, "wiod2013_regional7_1995.csv.gz", "wiod2013_regional7_2011.csv.gz")
	set, err := s.Tables.Set("")
	if err != nil {
		t.Fatal(err)
	}
	for i, most := range []float64{.015, 4.75} {
		for _, g := range set.Years[i].Gaps {
			if g.Largest > most+1e-6 {
				t.Errorf("%d %s: a row is %v off, want at most %v", set.Years[i].Year, g.Area, g.Largest, most)
			}
		}
	}
	for i, want := range []float64{29158559, 69272577} {
		if got := set.Years[i].Output - set.Years[i].Inputs; math.Abs(got-want) > 1 {
			t.Errorf("value added of the world %v, want %v", got, want)
		}
	}
	rows := OriginSchema.Rows(must(t, ValueAddedQuestion, s))
	for _, line := range published(t, "reference_results_regional7_computed.csv") {
		i := slices.IndexFunc(rows, func(r OriginRow) bool { return strconv.Itoa(r.Year) == line["year"] && r.Area == line["region"] })
		if r := rows[i]; math.Abs(r.Exports-float(t, line["gross_exports_musd"])) > .06 || math.Abs(ratio(r.Foreign, r.Exports)-float(t, line["foreign_va_share_of_exports"])) > 1e-6 {
			t.Errorf("%v: exports %v, value added of others %v", line, r.Exports, ratio(r.Foreign, r.Exports))
		}
	}
}

const leatherLayout = `id = "leather"
form = "wide"
title = "Leather"
source = "R package decompr"
separator = ":"
output = ["output"]
industries = [{code = "Agriculture", name = "Agriculture"}, {code = "Textile_and_Leather", name = "Textiles and leather"}, {code = "Transport_Equipment", name = "Transport equipment"}]
categories = [{code = "F", name = "Final demand"}]
`

// TestRealLeather compares the decomposition of Koopman, Wang and Wei, and value added by origin, with the printed digits of decompr.
func TestRealLeather(t *testing.T) {
	suite.Real.Request(t)
	layout, err := icio.ParseLayout("leather.toml", []byte(leatherLayout))
	if err != nil {
		t.Fatal(err)
	}
	s := realTables(t, icio.Options{Mapping: layout, Year: 2000}, "leather_3x3.csv")
	text, err := os.ReadFile(suite.Real.File(t, "icio", "leather_published_results.txt"))
	if err != nil {
		t.Fatal(err)
	}
	_, kww, _ := strings.Cut(string(text), "Koopman-Wang-Wei decomposition")
	kww, _, _ = strings.Cut(kww, "Wang-Wei-Zhu")
	lines := map[string][]string{}
	order := []string{"Argentina", "Turkey", "Germany"}
	for _, line := range strings.Split(kww, "\n") {
		words := strings.Fields(line)
		if len(words) < 4 || words[0] != "##" {
			continue
		}
		n, err := strconv.Atoi(words[1])
		if err != nil {
			continue
		}
		values := words[2:]
		if slices.Contains(order, values[0]) {
			values = values[1:]
		}
		lines[order[n-1]] = append(lines[order[n-1]], values...)
	}
	for _, r := range OriginSchema.Rows(must(t, ValueAddedQuestion, s)) {
		want := lines[r.Area]
		if len(want) != kwwTerms {
			t.Fatalf("%s: printed %v", r.Area, want)
		}
		for term, text := range want {
			decimals := len(text) - strings.IndexByte(text, '.') - 1
			if got := strconv.FormatFloat(r.Terms[term], 'f', decimals, 64); got != text {
				t.Errorf("%s: term %d is %s, printed %s", r.Area, term+1, got, text)
			}
		}
	}
	set, err := s.Tables.Set("")
	if err != nil {
		t.Fatal(err)
	}
	table, err := s.Tables.Table(t.Context(), set, 2000)
	if err != nil {
		t.Fatal(err)
	}
	checkLeontief(t, table, string(text))
}

// checkLeontief compares the value added of each node in the exports of each with the printed digits.
func checkLeontief(t *testing.T, table *icio.Table, text string) {
	text, _, _ = strings.Cut(text, "Koopman-Wang-Wei decomposition")
	_, text, _ = strings.Cut(text, "FVAX")
	system, err := leontiefOf(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	inputs := table.Inputs()
	checked := 0
	for _, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		if len(words) != 3 {
			continue
		}
		n, err := strconv.Atoi(words[1])
		if err != nil {
			continue
		}
		i, j := (n-1)/9, (n-1)%9
		side := make([]float64, 9)
		for to := range table.Areas { // exports of j
			if to == table.AreaOf(j) {
				continue
			}
			side[j] += table.FinalTo(j, to)
			for _, buyer := range nodes(table, []int{to}, every(3)) {
				side[j] += table.Sales(j)[buyer]
			}
		}
		x, err := system.Solve(t.Context(), side)
		if err != nil {
			t.Fatal(err)
		}
		want := words[2]
		got := strconv.FormatFloat(x[0][i]*(1-inputs[i]/table.Output[i]), 'f', len(want)-strings.IndexByte(want, '.')-1, 64)
		if got != want {
			t.Errorf("cell %d is %s, printed %s", n, got, want)
		}
		checked++
	}
	if checked != 81 {
		t.Errorf("%d cells; want 81", checked)
	}
}
