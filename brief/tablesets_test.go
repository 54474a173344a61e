package brief

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"chokepoint/chain"
	"chokepoint/result"
	"chokepoint/study"
)

// positionsClaim is that of the shipped brief about positions in the value chain.
func positionsClaim(t *testing.T) *Claim {
	t.Helper()
	b, err := Get("mic25")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(b.Claims, func(c *Claim) bool { return c.ID == "A7b" })
	if i < 0 {
		t.Fatal("the brief has no claim A7b")
	}
	return b.Claims[i]
}

// bands are made-up shares of China in the world's value added by position, of some years: the first position rises, the second falls.
func bands(years ...int) *result.Table {
	var rows []chain.BandRow
	for _, y := range years {
		for k, position := range []string{"near", "far"} {
			rows = append(rows, chain.BandRow{Year: y, Area: "CHN", Position: position, Value: float64(10 + []int{1, -1}[k]*(y-2000)/10), World: 100, Own: 20})
		}
	}
	return chain.BandSchema.Table("bands", rows)
}

// TestTableSets: a claim about input-output tables has a verdict where a set reaches the years that decide, and none where it does not, is
// absent, or is of another kind than the dataset. Products and importers of the dataset have no part in it.
func TestTableSets(t *testing.T) {
	claim := positionsClaim(t)
	f := func(name string, sets []study.TableSet, synthetic bool, last int, wantAsked string, want Verdict, said ...string) {
		t.Helper()
		h := &holdings{years: []int{2000, last}, products: 5, noExports: map[string]study.Lack{"CHN": {Label: "CHN"}}, synthetic: synthetic, sets: sets}
		asked := ""
		d, err := Begin(t.Context(), func(question string, values map[string]string) (*result.Table, error) {
			asked = question + " " + values["tables"] + " " + values["years"]
			var years []int
			for _, y := range sets[slices.IndexFunc(sets, func(s study.TableSet) bool { return s.Name == values["tables"] })].Years {
				if strings.Contains(values["years"], strconv.Itoa(y)) {
					years = append(years, y)
				}
			}
			return bands(years...), nil
		}, h, &Brief{ID: "t", Title: "T", Claims: []*Claim{claim}})
		if err != nil {
			t.Fatal(err)
		}
		finding, err := d.Weigh(claim)
		if err != nil {
			t.Fatal(err)
		}
		if finding.Verdict != want || asked != wantAsked {
			t.Errorf("%s: %s; asked %q, want %q and %q", name, finding.Said(), asked, want, wantAsked)
		}
		for _, text := range said {
			if whole := finding.Said() + " " + finding.Settle + " " + strings.Join(finding.Words, " ") + strings.Join(finding.Commands, " "); !strings.Contains(whole, text) {
				t.Errorf("%s: %q is not in %s", name, text, whole)
			}
		}
		if want == Unsaid && finding.Several() {
			t.Errorf("%s: assertions %v have verdicts", name, finding.Parts)
		}
	}
	wiod := study.TableSet{Name: "wiod-2013", Years: []int{1995, 2011}, Rows: 1435}
	oecd := study.TableSet{Name: "oecd", Years: []int{1995, 2010, 2015, 2020, 2022}, Rows: 4050}
	few := study.TableSet{Name: "few", Years: []int{2015, 2022}, Rows: 100}
	made := study.TableSet{Name: "made", Years: []int{2015, 2022}, Rows: 100, Synthetic: true}
	f("none", nil, false, 2024, "", Unsaid, "because there are no input-output tables", "input-output tables that reach beyond 2015")
	f("made up", []study.TableSet{made}, false, 2024, "", Unsaid, "there are no input-output tables")
	f("real beside a made-up world", []study.TableSet{oecd}, true, 2024, "", Unsaid, "there are no input-output tables")
	f("they end before", []study.TableSet{wiod}, false, 2024, "upstreamness wiod-2013 2011", Unsaid, "the input-output tables wiod-2013 have 1995 and 2011, and a change takes years near 2015 and near 2024", "input-output tables with years near 2015 and near 2024")
	f("they reach the years", []study.TableSet{wiod, few, oecd}, false, 2024, "upstreamness oecd 2015,2022", InPart, "the rise of world share, near stands (11.0 % in 2015, 12.0 % in 2022)", "the rise of world share, far does not stand", "They are from the input-output tables oecd",
		"chokepoint upstreamness --years 2015,2022 --economies CHN --by positions --industries manufacturing --tables oecd")
	f("made up beside a made-up world", []study.TableSet{made, oecd}, true, 2024, "upstreamness made 2015,2022", InPart)
	f("they end long before the dataset", []study.TableSet{{Name: "old", Years: []int{2014, 2018}, Rows: 9}}, false, 2024, "upstreamness old 2014,2018", Unsaid, "a change takes years near 2015 and near 2024")
	f("the dataset ends first", []study.TableSet{oecd}, false, 2011, "upstreamness oecd 2015,2022", InPart)
	f("both end before", []study.TableSet{wiod}, false, 2011, "upstreamness wiod-2013 2011", Unsaid, "a change since 2015 takes a later year")
}

// TestTablesAreCited: a brief says from which tables its figures are, and the dataset stays what it is about.
func TestTablesAreCited(t *testing.T) {
	claim := positionsClaim(t)
	h := &holdings{years: []int{2000, 2024}, sets: []study.TableSet{{Name: "oecd", Years: []int{2015, 2022}, Rows: 4050}}}
	table := bands(2015, 2022)
	table.Provenance = result.Provenance{Dataset: "oecd", Checksum: "abc"}
	d, err := Make(t.Context(), answers(map[string]*result.Table{"upstreamness": table}), h, &Brief{ID: "t", Title: "T", Claims: []*Claim{claim}}, quietly)
	if err != nil {
		t.Fatal(err)
	}
	if d.About.Dataset != "test" || !slices.ContainsFunc(d.About.Definitions, func(x result.Definition) bool { return x.Kind == "tables" && x.ID == "oecd" && x.SHA256 == "abc" }) {
		t.Errorf("about %q, %v", d.About.Dataset, d.About.Definitions)
	}
}
