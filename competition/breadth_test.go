package competition

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"chokepoint/chokepoints"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
)

// chain is a world with a good of each stage: ore, copper, circuits, chip machines, shoes, and what is not specified.
func chain() []studytest.Flow {
	return []studytest.Flow{
		{2017, 156, 842, "854231", 300}, {2017, 156, 842, "848620", 200}, {2017, 156, 842, "640399", 500}, {2017, 156, 842, "999999", 70},
		{2017, 410, 156, "260300", 600}, {2017, 410, 156, "740311", 300}, {2017, 842, 156, "854231", 100},
		{2017, 410, 842, "640399", 500},
	}
}

// TestBreadthByHand follows the measures over stages with a pencil.
func TestBreadthByHand(t *testing.T) {
	s := studytest.Source(t, chain())
	table := studytest.Must(t)(Breadth(context.Background(), s, "CHN", "hs-sections", "year", "", nil, study.Query{}))
	if err := table.CheckValid(); err != nil {
		t.Fatal(err)
	}
	entropy := -(0.3*math.Log(0.3) + 0.2*math.Log(0.2) + 0.5*math.Log(0.5)) // parts, capital, consumption; the unspecified is left out
	for name, want := range map[string]float64{"entropy_stages": entropy, "effective_stages": math.Exp(entropy),
		"downstream_exports": (300*2.0/3 + 200 + 500) / 1000, "downstream_imports": (600*0 + 300/3.0 + 100*2.0/3) / 1000,
		"downstream_gap": 0.9 - 1.0/6, "exported_products": 4, "traded_products": 6,
		"tenth_products": 4, "tenth_share": 4.0 / 6, "effective_products_hhi": 1070.0 * 1070 / (300*300 + 200*200 + 500*500 + 70*70)} {
		if got := studytest.ValueAt(table.Column(name), 0); math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	for _, c := range table.Columns {
		if strings.HasPrefix(c.Name, "position") {
			t.Errorf("column %s, though no file was named", c.Name)
		}
	}
}

// TestBreadthTenth: a tenth of world exports is large, a dollar less is not.
func TestBreadthTenth(t *testing.T) {
	s := studytest.Source(t, []studytest.Flow{{2017, 156, 842, "854231", 100}, {2017, 484, 842, "854231", 900}, {2017, 156, 842, "848620", 99}, {2017, 484, 842, "848620", 901}})
	table := studytest.Must(t)(Breadth(context.Background(), s, "CHN", "hs-sections", "year", "", nil, study.Query{}))
	if got := studytest.ValueAt(table.Column("tenth_products"), 0); got != 1 {
		t.Errorf("%v products with a tenth of world exports, want 1", got)
	}
}

// TestBreadthByStage states each column over the flows.
func TestBreadthByStage(t *testing.T) {
	flows := chain()
	stages := map[string]string{"260300": "primary", "740311": "processed", "854231": "parts", "848620": "capital", "640399": "consumption", "999999": "unclassified"}
	s := studytest.Source(t, flows)
	for _, label := range []string{"CHN", "KOR", "USA"} {
		table := studytest.Must(t)(Breadth(context.Background(), s, label, "hs-sections", "stage", "", nil, study.Query{}))
		if err := table.CheckValid(); err != nil {
			t.Fatal(err)
		}
		code := map[string]uint16{"CHN": 156, "KOR": 410, "USA": 842}[label]
		var all, exports, imports float64
		x, m, world, own := map[string]float64{}, map[string]float64{}, map[string]float64{}, map[string]map[string]float64{}
		for _, f := range flows {
			v, stage := float64(f.Dollars), stages[f.Product]
			all += v
			world[stage] += v
			if uint16(f.Exporter) == code {
				exports += v
				x[stage] += v
				if own[stage] == nil {
					own[stage] = map[string]float64{}
				}
				own[stage][f.Product] += v
			}
			if uint16(f.Importer) == code {
				imports += v
				m[stage] += v
			}
		}
		if got := table.Column("stage").Text; !slices.Equal(got, []string{"primary", "processed", "parts", "capital", "consumption", "unclassified"}) {
			t.Fatalf("stages %v", got)
		}
		sum := 0.0
		for i, stage := range table.Column("stage").Text {
			advantage := 0.0
			if x[stage]*all >= exports*world[stage] && x[stage] > 0 { // one product a stage
				advantage = 1
			}
			for name, want := range map[string]float64{"exports_usd": x[stage], "imports_usd": m[stage], "export_share": x[stage] / exports, "import_share": m[stage] / imports,
				"share_difference": x[stage]/exports - m[stage]/imports, "world_market_share": x[stage] / world[stage], "rca": x[stage] / exports / (world[stage] / all),
				"rca_products": advantage, "rca_share": advantage, "traded_products": 1, "exported_products": float64(len(own[stage]))} {
				if got := studytest.ValueAt(table.Column(name), i); math.Abs(got-want) > 1e-12 && !(math.IsNaN(got) && math.IsNaN(want)) {
					t.Errorf("%s, %s, %s: %v, want %v", label, stage, name, got, want)
				}
			}
			sum += table.Column("share_difference").Float[i]
		}
		if math.Abs(sum) > 1e-12 && !math.IsNaN(sum) {
			t.Errorf("%s: differences add to %v", label, sum)
		}
	}
}

// TestBreadthPosition weighs a user's positions by trade.
func TestBreadthPosition(t *testing.T) {
	s := studytest.Source(t, chain())
	p, err := chokepoints.ParsePositions("u.csv", []byte("code,revision,position\n854231,HS17,2.5\n640399,HS12-HS22,1\n640399,HS07,9\n260300,HS17,4\n010121,HS17,1\n"))
	if err != nil {
		t.Fatal(err)
	}
	table := studytest.Must(t)(Breadth(context.Background(), s, "CHN", "hs-sections", "year", "", p, study.Query{}))
	if err := table.CheckValid(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{"position_exports": (300*2.5 + 500) / 800, "position_exports_share": 800.0 / 1070,
		"position_imports": (600*4 + 100*2.5) / 700, "position_imports_share": 0.7} {
		if got := table.Column(name).Float[0]; math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if !slices.ContainsFunc(result.Texts(table.Notes), func(n string) bool {
		return strings.Contains(n, "3 of the 6 products of the dataset have one; 1 codes of the file for HS17 are not in the dataset")
	}) {
		t.Errorf("notes %q", result.Texts(table.Notes))
	}
}

func TestParsePositions(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "no header"},
		{"code\n850760\n", "no column position"},
		{"code,position,weight\n", "column \"weight\""},
		{"code,position\n", "no rows"},
		{"code,position\n85076,1\n", "u.csv:2: code"},
		{"code,position\n850760,far\n", "u.csv:2: position"},
		{"code,position\n850760,NaN\n", "expected a number"},
		{"code,position\n850760,1\n850760,2\n", "appears twice"},
		{"code,revision,position\n850760,HS18,1\n", "HS18"},
		{"code,position\n850760,1,2\n", "u.csv"},
	} {
		if _, err := chokepoints.ParsePositions("u.csv", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v; want %q", c.text, err, c.want)
		}
	}
}

func FuzzParsePositions(f *testing.F) {
	f.Add([]byte("code,revision,position\n850760,HS17,2.5\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := chokepoints.ParsePositions("u.csv", data)
		if err != nil {
			return
		}
		for n, values := range p.Values {
			for code, x := range values {
				if len(code) != 6 || math.IsNaN(x) || math.IsInf(x, 0) {
					t.Errorf("%s: %q has %v", n, code, x)
				}
			}
		}
	})
}
