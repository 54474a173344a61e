package chokepoints

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"chokepoint/result"
	"chokepoint/rule"
	"chokepoint/study"
	"chokepoint/study/studytest"
	"chokepoint/trade"
)

// asked puts the question as a user does, with what it takes where nothing is named.
func asked(t *testing.T, s *study.Source, values map[string]string) (*result.Table, error) {
	t.Helper()
	r, errs := ChokepointsQuestion.ReadLocal(values)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return ChokepointsQuestion.Answer(t.Context(), s, r)
}

// pairs are product and partner of the rows of an answer.
func pairs(table *result.Table) (list []string) {
	for i := range table.Rows() {
		list = append(list, table.Column("product").Text[i]+" "+table.Column("partner").Text[i])
	}
	return list
}

// TestStrategicGoods ranks strategic goods unless products are named, says so in the title and carries the list and every other file.
func TestStrategicGoods(t *testing.T) {
	var flows []studytest.Flow
	for _, product := range []string{"850511", "670210", "850440"} { // magnets are strategic; artificial flowers and static converters are not
		for _, importer := range studytest.Economies {
			if importer != 156 && importer != 410 {
				flows = append(flows, studytest.Flow{2017, 156, importer, product, 900e6}, studytest.Flow{2017, 410, importer, product, 50e6})
			}
		}
	}
	s := studytest.Source(t, flows)
	f := func(products, title string, want ...string) {
		t.Helper()
		table, err := asked(t, s, map[string]string{"products": products, "method": "iw-2024"})
		if err != nil {
			t.Fatal(err)
		}
		got := pairs(table)
		slices.Sort(got)
		if !slices.Equal(got, want) || !strings.Contains(table.Title, title) {
			t.Errorf("products %q: %v, titled %q; want %v, titled %q", products, got, table.Title, want, title)
		}
		for _, kind := range []string{"list strategic", "list bec", "list stockability", "single-point single-point", "watch watch", "weights capacity"} {
			if !slices.ContainsFunc(table.Provenance.Definitions, func(d result.Definition) bool { return d.Kind+" "+d.ID == kind && len(d.SHA256) == 64 }) {
				t.Errorf("products %q: provenance lacks %s", products, kind)
			}
		}
	}
	f("", "strategic goods (list strategic)", "850511 CHN")
	f("all", "all products", "670210 CHN", "850440 CHN", "850511 CHN")
	f("67", "products 67", "670210 CHN")
	f("list:crm", "products list:crm", "850511 CHN")
	table, err := asked(t, s, map[string]string{"products": "all", "method": "iw-2024"})
	if err != nil {
		t.Fatal(err)
	}
	for i, product := range table.Column("product").Text {
		if strategic := table.Column("strategic").Text[i]; (strategic != "") != (product == "850511") {
			t.Errorf("%s: strategic %q", product, strategic)
		}
	}
	none := studytest.Source(t, []studytest.Flow{{2017, 156, 842, "670210", 900}})
	if _, err := asked(t, none, nil); err == nil || !strings.Contains(err.Error(), "strategic goods are ranked where no products are named: products all ranks all goods") {
		t.Errorf("a dataset without strategic goods: %v", err)
	}
}

// TestRule holds the words to the rule: a pair is a choke point from three dependents on that buy for ten million, and a single point of
// failure if trade alone cannot replace the supplier.
func TestRule(t *testing.T) {
	f := func(dependents int, each int64, others int64, rule string, choke, single bool) {
		t.Helper()
		flows := []studytest.Flow{{2017, 410, 36, "850511", others}}
		for _, importer := range []int{842, 643, 276, 528}[:dependents] {
			flows = append(flows, studytest.Flow{Year: 2017, Exporter: 156, Importer: studytest.Economies[slices.IndexFunc(studytest.Economies, func(c trade.Code) bool { return int(c) == importer })], Product: "850511", Dollars: each})
		}
		table, err := Chokepoints(t.Context(), studytest.Source(t, flows), study.Query{Method: "iw-2024", Partners: "CHN"}, Options{SinglePoint: rule})
		if err != nil || table.Rows() != 1 {
			t.Fatalf("%d rows: %v", table.Rows(), err)
		}
		if c, s := table.Column("choke_point").Bool[0], table.Column("single_point").Bool[0]; c != choke || s != single {
			t.Errorf("%d dependents of %d each, %d by others, rule %q: choke point %v, single point %v; want %v, %v", dependents, each, others, rule, c, s, choke, single)
		}
	}
	f(3, 4e6, 1e6, "", true, true)
	f(2, 40e6, 1e6, "", false, false)
	f(2, 40e6, 1e6, "none", true, true)
	f(3, 3e6, 1e6, "", false, false)
	f(3, 4e6, 13e6, "", true, false)
	own := studytest.WriteFile(t, "own.toml", "id = \"own\"\ntitle = \"Two\"\ndate = \"2026-01-01\"\nsource = \"us\"\ndependents = 2\nbought_by_them_usd = 1e6\nworld_share = 0.9\nrearrangement_ratio = 2\n")
	f(2, 40e6, 1e6, own, true, true)
	f(3, 4e6, 13e6, own, true, false)
}

// TestChokePointsFirst ranks what is a choke point by the rule before what is none, however high its score.
func TestChokePointsFirst(t *testing.T) {
	flows := []studytest.Flow{{2017, 410, 842, "850760", 9e9}} // one dependent, and nobody else sells it
	for _, importer := range []trade.Code{842, 643, 276} {
		flows = append(flows, studytest.Flow{2017, 156, importer, "850511", 6e6}, studytest.Flow{2017, 410, importer, "850511", 5e6})
	}
	s := studytest.Source(t, flows)
	f := func(rule string, want ...string) {
		t.Helper()
		table, err := Chokepoints(t.Context(), s, study.Query{Method: "iw-2024"}, Options{SinglePoint: rule})
		if err != nil {
			t.Fatal(err)
		}
		if got := pairs(table); !slices.Equal(got, want) {
			t.Errorf("rule %q: %v, want %v", rule, got, want)
		}
		for i := range table.Rows() {
			if rank, high := table.Column("rank").Int[i], table.Column("rank_high").Int[i]; rule == "" && (rank != int64(i+1) || high != rank) {
				t.Errorf("row %d: rank %d, at most %d: no weight turns the rule", i, rank, high)
			}
		}
	}
	f("", "850511 CHN", "850760 KOR")
	f("none", "850760 KOR", "850511 CHN")
}

// TestStrongRival compares one strong rival with many small ones that sell as much together: concentration made the supplier with the
// strong rival harder to replace, and capacity does not. A rival that buys what it sells is none.
func TestStrongRival(t *testing.T) {
	base := []studytest.Flow{{2017, 156, 842, "850511", 60e6}, {2017, 156, 643, "850511", 60e6}}
	irreplaceability := func(weights string, flows ...studytest.Flow) float64 {
		table := ChokepointsOf(t, studytest.Source(t, append(slices.Clone(base), flows...)), study.Query{Method: "iw-2024", Partners: "CHN"}, weights)
		return table.Column("irreplaceability").Float[0]
	}
	strong := []studytest.Flow{{2017, 410, 36, "850511", 60e6}}
	many := []studytest.Flow{{2017, 410, 36, "850511", 20e6}, {2017, 276, 36, "850511", 20e6}, {2017, 446, 36, "850511", 20e6}}
	trader := []studytest.Flow{{2017, 410, 36, "850511", 60e6}, {2017, 156, 410, "850511", 29e6}, {2017, 276, 410, "850511", 31e6}}
	if a, b := irreplaceability("equal", strong...), irreplaceability("equal", many...); !(a > b) {
		t.Errorf("equal: %v with a strong rival, %v with many; the test says nothing", a, b)
	}
	if a, b := irreplaceability("capacity", strong...), irreplaceability("capacity", many...); math.Abs(a-b) > 1e-12 {
		t.Errorf("capacity: %v with a strong rival, %v with as much capacity in many", a, b)
	}
	if a, b := irreplaceability("capacity", trader...), irreplaceability("capacity", strong...); !(a > b) {
		t.Errorf("capacity: %v where the rival sells on what it buys, %v where it makes it", a, b)
	}
}

// TestPriceIndex checks the price index with elasticities of a file: of the code itself, of the longest beginning of it, of a code of the
// file's revision, and where none is known.
func TestPriceIndex(t *testing.T) {
	var flows []studytest.Flow
	for _, product := range []string{"850511", "850519", "260300", "854231"} {
		flows = append(flows, studytest.Flow{2017, 156, 842, product, 75}, studytest.Flow{2017, 410, 842, product, 25})
	}
	flows = append(flows, studytest.Flow{2017, 156, 842, "284690", 10}) // nobody else sells it
	s := studytest.Source(t, flows)
	s.Files = func(string) ([]byte, error) { panic("elasticities are opened by path") }
	f := func(file string, want map[string]struct {
		sigma float64
		of    string
	}) {
		t.Helper()
		table, err := Chokepoints(t.Context(), s, study.Query{Method: "iw-2024", Partners: "CHN"}, Options{Elasticities: file})
		if err != nil {
			t.Fatal(err)
		}
		for i, product := range table.Column("product").Text {
			w, ok := want[product]
			if !ok {
				continue
			}
			if sigma, of := table.Column("sigma").Float[i], table.Column("sigma_of").Text[i]; math.Abs(sigma-w.sigma) > 1e-12 || of != w.of {
				t.Errorf("%s: sigma %v of %q, want %v of %q", product, sigma, of, w.sigma, w.of)
			}
			index := math.Pow(0.25, 1/(1-w.sigma)) // above 1, as the exponent is below 0
			part := 1 - 1/index
			if product == "284690" {
				index, part = math.Inf(1), 1
			}
			if got := table.Column("price_index").Float[i]; got != index && !(math.Abs(got-index) < 1e-12) || !(got >= 1) {
				t.Errorf("%s: price index %v, want %v", product, got, index)
			}
			if got := table.Column("part_price_index").Float[i]; math.Abs(got-part) > 1e-12 || !(got >= 0 && got <= 1) {
				t.Errorf("%s: part %v, want %v", product, got, part)
			}
		}
	}
	type is = struct {
		sigma float64
		of    string
	}
	f("", map[string]is{"850511": {3.4, ""}, "284690": {3.4, ""}})
	f(studytest.WriteFile(t, "own.csv", "code,sigma\n850511,1.5\n8505,3\n26,11\n"), map[string]is{"850511": {1.5, "850511"}, "850519": {3, "8505"}, "260300": {11, "26"}, "854231": {3.4, ""}})
	protee := studytest.WriteFile(t, "ProTEE.csv", "HS6,zero,positive,sigma\n850511,0,0,-7.5\n854231,0,0,-2\n260300,1,0,-9\n")
	f(protee, map[string]is{"850511": {7.5, "HS07 850511"}, "854231": {2, "HS07 854231"}, "260300": {3.4, ""}})
	broda := studytest.WriteFile(t, "sigma.csv", "iso3c,HS0_3d,sigma\nAUS,850,2\nBRA,850,4\nUSA,850,5\n")
	f(broda, map[string]is{"850511": {4, "HS92 850"}, "260300": {3.4, ""}})
	if table, err := asked(t, s, map[string]string{"products": "85", "method": "iw-2024", "elasticities": protee}); err != nil ||
		!slices.ContainsFunc(table.Provenance.Definitions, func(d result.Definition) bool {
			return d.Kind == "elasticities" && d.ID == "ProTEE.csv" && strings.HasPrefix(d.Text, "HS6")
		}) {
		t.Errorf("provenance lacks the elasticities: %v", err)
	}
	s.Files = nil
	if _, err := Chokepoints(t.Context(), s, study.Query{Method: "iw-2024"}, Options{Elasticities: protee}); err == nil || !strings.Contains(err.Error(), "files are not read here") {
		t.Errorf("a stranger's file: %v", err)
	}
	if _, err := Chokepoints(t.Context(), s, study.Query{Method: "iw-2024"}, Options{SinglePoint: "my.toml"}); err == nil || !strings.Contains(err.Error(), "files are not read here") {
		t.Errorf("a stranger's rule: %v", err)
	}
}

// TestTables reads stages and stockability from a user's lists: the longest code decides. The default weights do not see the stage.
func TestTables(t *testing.T) {
	flows := []studytest.Flow{{2017, 156, 842, "850511", 90}, {2017, 410, 643, "850511", 10}, {2017, 156, 842, "850760", 90}, {2017, 410, 643, "850760", 10}}
	s := studytest.Source(t, flows)
	own := studytest.WriteFile(t, "mine.csv", "code,sector,reason\n85,consumption,a chapter\n850511,parts,BEC Rev. 5\n")
	column := func(o Options, name string) map[string]string {
		o.SinglePoint = "none"
		table, err := Chokepoints(t.Context(), s, study.Query{Method: "iw-2024", Partners: "CHN"}, o)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for i, p := range table.Column("product").Text {
			c := table.Column(name)
			if c.Type == result.Float {
				got[p] = result.ShortFloat(c.Float[i], "index")
			} else {
				got[p] = c.Text[i]
			}
		}
		return got
	}
	f := func(what string, got map[string]string, magnets, cells string) {
		t.Helper()
		if got["850511"] != magnets || got["850760"] != cells {
			t.Errorf("%s: magnets %s, cells %s; want %s, %s", what, got["850511"], got["850760"], magnets, cells)
		}
	}
	f("stage", column(Options{}, "stage"), "capital", "parts")
	f("own stage", column(Options{Stages: own}, "stage"), "parts", "consumption")
	f("position by own stages", column(Options{Stages: own, Weights: "equal"}, "part_position"), "1.000", "0.250")
	f("stockability", column(Options{}, "stockability"), "durable", "ageing")
	f("own stockability", column(Options{Stockability: own}, "stockability"), "parts", "consumption")
	if scores := column(Options{}, "score"); scores["850511"] != scores["850760"] {
		t.Errorf("capacity tells stages apart: %v", scores)
	}
	if scores := column(Options{Weights: "equal"}, "score"); scores["850511"] == scores["850760"] {
		t.Errorf("equal does not tell stages apart: %v", scores)
	}
}

// TestWatchList names goods that code or route hides, and where their codes stand.
func TestWatchList(t *testing.T) {
	flows := []studytest.Flow{{2017, 156, 842, "811292", 900e6}, {2017, 156, 643, "811292", 900e6}, {2017, 156, 36, "811292", 900e6}, {2017, 410, 36, "811292", 1e6}}
	table := ChokepointsOf(t, studytest.Source(t, flows), study.Query{Method: "iw-2024"}, "capacity")
	goods := map[string]result.Note{}
	for _, n := range table.Notes {
		if n.Kind == result.HiddenGoods && n.Subject == "watch" {
			goods[n.Members[0]] = n
		}
	}
	if n := goods["Gallium"]; !slices.Equal(n.Products, []string{"811292"}) || !strings.Contains(n.Text, "rank 1 here (CHN, a single point of failure); that is not safety") {
		t.Errorf("gallium: %+v", n)
	}
	if n := goods["Processors and controllers"]; !strings.Contains(n.Text, "whose code holds other goods too and which comes by way of HKG, SGP: not in this answer; that is not safety") {
		t.Errorf("processors: %+v", n)
	}
	if _, ok := goods["Lithium-ion cells before HS12"]; ok || len(goods) != 6 {
		t.Errorf("%d goods of HS17, with cells that have a code there: %v", len(goods), ok)
	}
}

// TestMissingImporters marks the verdicts that importers without imports could turn. Germany exports half of everything here and has no
// imports: it may buy as much as all others do.
func TestMissingImporters(t *testing.T) {
	world := func(rivals int64) *study.Source {
		return studytest.Source(t, []studytest.Flow{
			{2017, 156, 842, "850511", 40e6}, {2017, 156, 643, "850511", 40e6}, {2017, 156, 528, "850511", 40e6}, {2017, 410, 36, "850511", rivals},
			{2017, 842, 156, "100110", 1e6}, {2017, 276, 842, "100110", 121e6 + rivals}, // and Korea more than half of all
		})
	}
	f := func(rivals int64, single, open bool) {
		t.Helper()
		table := ChokepointsOf(t, world(rivals), study.Query{Method: "iw-2024", Partners: "CHN", Products: "850511"}, "capacity")
		if got := table.Column("status").Text[0]; got != "partial" {
			t.Errorf("status %q, want partial", got)
		}
		if s, o := table.Column("single_point").Bool[0], table.Column("single_point_open").Bool[0]; s != single || o != open {
			t.Errorf("rivals sell %d: single point %v, open %v; want %v, %v", rivals, s, o, single, open)
		}
		if n := table.Column("dependents_most").Int[0]; n != 5 { // Germany, and Korea, which buys nothing either
			t.Errorf("dependents_most %d, want 5", n)
		}
		low, high, is := table.Column("partner_world_share_low").Float[0], table.Column("partner_world_share_high").Float[0], table.Column("partner_world_share").Float[0]
		if !(low < is && is < high) {
			t.Errorf("world share %v between %v and %v", is, low, high)
		}
	}
	f(119e6, true, true)  // 120 of 239: with all of Germany's elsewhere less than half
	f(200e6, false, true) // with all of it from China more
	// A share that would stay above half, and a ratio that would not stay above 1.
	ratio := studytest.Source(t, []studytest.Flow{
		{2017, 156, 842, "850511", 30e6}, {2017, 156, 643, "850511", 30e6}, {2017, 156, 528, "850511", 30e6}, {2017, 156, 36, "850511", 20e6}, {2017, 410, 36, "850511", 85e6},
		{2017, 842, 156, "100110", 1e6}, {2017, 842, 410, "100110", 1e6}, {2017, 276, 842, "100110", 16e6},
	})
	if table := ChokepointsOf(t, ratio, study.Query{Method: "iw-2024", Partners: "CHN", Products: "850511"}, "capacity"); !table.Column("single_point").Bool[0] || !table.Column("single_point_open").Bool[0] ||
		!(table.Column("partner_world_share_low").Float[0] > 0.5) {
		t.Errorf("single point %v, open %v, share at least %v; want true, true, above 0.5", table.Column("single_point").Bool[0], table.Column("single_point_open").Bool[0], table.Column("partner_world_share_low").Float[0])
	}
	complete := []studytest.Flow{{2017, 156, 842, "850511", 40e6}, {2017, 842, 156, "850511", 4e6}}
	table := ChokepointsOf(t, studytest.Source(t, complete), study.Query{Method: "iw-2024"}, "capacity")
	if table.Column("status").Text[0] != "observed" || table.Column("single_point_open").Bool[0] || slices.ContainsFunc(table.Notes, func(n result.Note) bool { return n.Kind == result.PartialWorld }) {
		t.Errorf("nothing is missing: status %s, notes %v", table.Column("status").Text[0], result.Texts(table.Notes))
	}
}

// TestWeightsNameParts uses the parts that a file names and no others: the answer is the same whatever those are that it leaves out.
func TestWeightsNameParts(t *testing.T) {
	s := studytest.Source(t, studytest.FewSellers(rand.New(rand.NewPCG(2, 8)), 1, 6))
	own := studytest.WriteFile(t, "two.toml", "id = \"two\"\n[weights]\nreach = 1\nworld_share = 3\n")
	table, err := Chokepoints(context.Background(), s, study.Query{Method: "iw-2024"}, Options{Weights: own})
	if err != nil {
		t.Fatal(err)
	}
	for i := range table.Rows() {
		reach, share := table.Column("part_reach").Float[i], table.Column("part_world_share").Float[i]
		if got := table.Column("score").Float[i]; math.Abs(got-math.Sqrt(reach*share)) > 1e-12 {
			t.Errorf("row %d: score %v, want %v of reach and world share alone", i, got, math.Sqrt(reach*share))
		}
	}
	if !slices.ContainsFunc(table.Notes, func(n result.Note) bool { return strings.HasPrefix(n.Text, "weights two: reach 1, world_share 3;") }) {
		t.Errorf("notes %v", result.Texts(table.Notes))
	}
	for text, want := range map[string]string{
		"id = \"x\"\n":                             "no weight is above 0; expected at least one, under [weights], of the parts reach, value",
		"id = \"x\"\n[weights]\nvalue = 1\n":       "value_scale is from 0 to 0",
		"id = \"x\"\n[weights]\nprice_index = 1\n": "there is no sigma for products of which none is known",
		"id = \"x\"\n[weights]\nrivals = 1\n":      `there is no part "rivals"; the parts are reach, value`,
	} {
		if _, err := parseWeights("x.toml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
}

// TestFilesOfTheDocument reads the files that docs/chokepoints.md shows.
func TestFilesOfTheDocument(t *testing.T) {
	blocks := strings.Split(string(studytest.MustRead(t, "../docs/chokepoints.md")), "```")
	var files []string
	for _, b := range blocks {
		if text, ok := strings.CutPrefix(b, "toml\n"); ok {
			files = append(files, text)
		}
	}
	if len(files) != 2 {
		t.Fatalf("%d files in TOML, want a rule and weights", len(files))
	}
	if _, err := rule.ParseSinglePoint("rule.toml", []byte(files[0])); err != nil {
		t.Error(err)
	}
	if _, err := parseWeights("mine.toml", []byte(files[1])); err != nil {
		t.Error(err)
	}
}
