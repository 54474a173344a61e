package chokepoints

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"chokepoint/dependence"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
	"chokepoint/tomlfile/filetest"
	"chokepoint/trade"
)

func ChokepointsOf(t *testing.T, s *study.Source, q study.Query, weights string) *result.Table {
	t.Helper()
	table, err := Chokepoints(context.Background(), s, q, Options{Weights: weights, SinglePoint: "none"})
	if err != nil {
		t.Fatal(err)
	}
	if err := table.CheckValid(); err != nil {
		t.Fatal(err)
	}
	return table
}

// slowSupply states the parts of a choke point as matrices: m(i, j) is what i imports from j.
func slowSupply(flows []studytest.Flow, year int, product string, supplier trade.Code) map[string]float64 {
	m := map[trade.Code]map[trade.Code]float64{}
	imports, exports := map[trade.Code]float64{}, map[trade.Code]float64{}
	var world float64
	for _, i := range studytest.Economies {
		m[i] = map[trade.Code]float64{}
	}
	for _, f := range flows {
		if f.Year == year && f.Product == product {
			v := float64(f.Dollars)
			m[f.Importer][f.Exporter] += v
			imports[f.Importer] += v
			exports[f.Exporter] += v
			world += v
		}
	}
	out := map[string]float64{"partner_world_share": exports[supplier] / world}
	rest := world - exports[supplier]
	for _, j := range studytest.Economies {
		out["world_export_hhi"] += exports[j] / world * exports[j] / world
		if j == supplier {
			continue
		}
		if rest > 0 {
			out["second_line_hhi"] += exports[j] / rest * exports[j] / rest
		}
		out["second_world_share"] = max(out["second_world_share"], exports[j]/world)
		if exports[j] > 0 {
			out["other_exporters"]++
		}
	}
	out["rest"] = rest
	for _, j := range studytest.Economies {
		if j != supplier && exports[j] > imports[j] {
			out["rival_capacity_usd"] += exports[j] - imports[j]
			out["rivals"]++
		}
	}
	var all, reached float64
	for _, i := range studytest.Economies {
		if i == supplier || imports[i] == 0 {
			continue
		}
		var byWay float64
		for _, j := range studytest.Economies {
			if j != supplier && j != i && m[j][supplier] > 0 {
				byWay += m[i][j] * m[j][supplier] / max(imports[j], exports[j])
			}
		}
		all += imports[i]
		reached += byWay
		if direct := m[i][supplier] / imports[i]; direct < 0.5 && direct+byWay/imports[i] >= 0.5 {
			out["dependents_two_hop"]++
		}
		out["product_importers"]++
	}
	if all > 0 {
		out["two_hop_share"] = reached / all
	}
	return out
}

// TestChokepointsAgainstDefinition compares every pair of random worlds with sums over the list of dependencies and with
// the parts as matrices.
func TestChokepointsAgainstDefinition(t *testing.T) {
	for seed := range uint64(8) {
		flows := studytest.FewSellers(rand.New(rand.NewPCG(seed, 5)), 3, 6)
		s := studytest.Source(t, flows)
		for _, id := range []string{"iw-2024", "merics-2024"} {
			q := study.Query{Method: id, Years: "2016:2017"}
			table := ChokepointsOf(t, s, q, "equal")
			q.Partners = "all"
			list, err := dependence.Dependencies(context.Background(), s, q)
			if err != nil {
				t.Fatal(err)
			}
			type sums struct{ dependents, imports, from, allImports float64 }
			bought := map[string]float64{} // of all goods, by year and importer, and by year
			for _, f := range flows {
				label := s.Dataset.Economies().Label(f.Importer)
				bought[fmt.Sprint(f.Year, label)] += float64(f.Dollars)
				bought[fmt.Sprint(f.Year)] += float64(f.Dollars)
			}
			want := map[string]*sums{}
			for i := range list.Rows() {
				key := fmt.Sprint(list.Column("year").Int[i], list.Column("product").Text[i], list.Column("partner").Text[i])
				if want[key] == nil {
					want[key] = &sums{}
				}
				want[key].dependents++
				want[key].imports += list.Column("imports_usd").Float[i]
				want[key].from += list.Column("imports_from_partner_usd").Float[i]
				want[key].allImports += bought[fmt.Sprint(list.Column("year").Int[i], list.Column("importer").Text[i])]
			}
			if table.Rows() != len(want) || table.Rows() == 0 {
				t.Fatalf("%s, seed %d: %d pairs, want %d", id, seed, table.Rows(), len(want))
			}
			for i := range table.Rows() {
				year, product, label := table.Column("year").Int[i], table.Column("product").Text[i], table.Column("partner").Text[i]
				w := want[fmt.Sprint(year, product, label)]
				if w == nil {
					t.Fatalf("%s: pair %d %s %s has no dependents", id, year, product, label)
				}
				match, err := s.Dataset.Economies().Resolve(label)
				if err != nil {
					t.Fatal(err)
				}
				parts := slowSupply(flows, int(year), product, match.Codes.Codes()[0])
				parts["dependents"], parts["dependent_imports_usd"], parts["imports_from_partner_usd"] = w.dependents, w.imports, w.from
				parts["rearrangement_ratio"] = w.from / parts["rest"]
				parts["dependents_import_share"] = w.allImports / bought[fmt.Sprint(year)]
				parts["price_index"] = math.Pow(1-w.from/w.imports, 1/(1-3.4))
				parts["part_price_index"], parts["part_rival_capacity"] = 1-math.Pow(1-w.from/w.imports, 1/2.4), w.from/(w.from+parts["rival_capacity_usd"])
				delete(parts, "rest")
				for name, x := range parts {
					c := table.Column(name)
					got := 0.0
					if c.Type == result.Int {
						got = float64(c.Int[i])
					} else {
						got = c.Float[i]
					}
					if got != x && !(math.IsInf(x, 1) && math.IsInf(got, 1)) && !(math.Abs(got-x) <= 1e-12*max(1, math.Abs(x))) && !(name == "second_line_hhi" && parts["other_exporters"] == 0) {
						t.Fatalf("%s, seed %d, %d %s %s: %s is %v, want %v", id, seed, year, product, label, name, got, x)
					}
				}
			}
		}
	}
}

// TestChokepointsOfAnswer looks at what holds within an answer: scores are means of parts, ranks follow them, ranges hold
// them, and a question about one supplier changes none of its parts.
func TestChokepointsOfAnswer(t *testing.T) {
	s := studytest.Source(t, studytest.FewSellers(rand.New(rand.NewPCG(3, 3)), 2, 12))
	q := study.Query{Method: "iw-2024", Years: "2016"}
	all := ChokepointsOf(t, s, q, "equal")
	for i := range all.Rows() {
		means := map[string]float64{}
		for name, parts := range map[string][]string{"exposure": {"reach", "value", "two_hop"}, "irreplaceability": {"world_share", "rearrangement", "second_line"}} {
			for _, part := range parts {
				x := all.Column("part_" + part).Float[i]
				if !(x >= 0 && x <= 1) {
					t.Errorf("row %d: part %s is %v; want 0 to 1", i, part, x)
				}
				means[name] += x / 3
			}
			if got := all.Column(name).Float[i]; math.Abs(got-means[name]) > 1e-12 {
				t.Errorf("row %d: %s is %v, want %v", i, name, got, means[name])
			}
		}
		// Of seven equal weights position has one, the others share six.
		sum := math.Pow(means["exposure"]*means["irreplaceability"], 3.0/7) * math.Pow(all.Column("part_position").Float[i], 1.0/7)
		if score := all.Column("score").Float[i]; math.Abs(score-sum) > 1e-12 || i > 0 && score > all.Column("score").Float[i-1] {
			t.Errorf("row %d: score %v, mean of groups %v, the row before %v", i, score, sum, all.Column("score").Float[max(i-1, 0)])
		}
		rank, low, high := all.Column("rank").Int[i], all.Column("rank_low").Int[i], all.Column("rank_high").Int[i]
		if rank != int64(i+1) || low > rank || high < rank {
			t.Errorf("row %d: rank %d, range %d to %d", i, rank, low, high)
		}
	}
	q.Partners = "CHN"
	one := ChokepointsOf(t, s, q, "equal")
	for i := range one.Rows() {
		k := 0
		for all.Column("product").Text[k] != one.Column("product").Text[i] || all.Column("partner").Text[k] != "CHN" {
			k++
		}
		if a, b := all.Column("score").Float[k], one.Column("score").Float[i]; a != b {
			t.Errorf("%s: score %v among all, %v alone", one.Column("product").Text[i], a, b)
		}
	}
}

// TestChokepointsByHand is small enough to follow with a pencil.
func TestChokepointsByHand(t *testing.T) {
	// China sells 60 of 100; Korea 30, of which half can come from China; Germany 10.
	flows := []studytest.Flow{
		{2015, 156, 842, "850110", 40},
		{2016, 156, 842, "850110", 40}, {2016, 156, 410, "850110", 15}, {2016, 156, 643, "850110", 5},
		{2016, 410, 842, "850110", 5}, {2016, 410, 643, "850110", 25}, {2016, 276, 643, "850110", 10},
	}
	s := studytest.Source(t, flows)
	table := ChokepointsOf(t, s, study.Query{Method: "hjs-2020", Years: "2016"}, "equal")
	row := -1
	for i := range table.Rows() {
		if table.Column("partner").Text[i] == "CHN" {
			row = i
		}
	}
	if row < 0 {
		t.Fatal("nobody depends on China")
	}
	// The USA buys 40 of 45 from China. So does Korea, all of 15, but it exports more than it imports. Russia buys 5 of 40.
	want := map[string]float64{"partner_world_share": 0.6, "second_world_share": 0.3, "second_line_hhi": 0.75*0.75 + 0.25*0.25, "rearrangement_ratio": 1,
		"two_hop_share": (5 + 25) * 15.0 / 30 / 100, "imports_from_partner_usd": 40, "part_reach": 1.0 / 3, "part_rearrangement": 0.5}
	for name, x := range want {
		if got := table.Column(name).Float[row]; math.Abs(got-x) > 1e-12 {
			t.Errorf("%s: %v, want %v", name, got, x)
		}
	}
	if !table.Column("single_point").Bool[row] || table.Column("dependents").Int[row] != 1 || table.Column("since").Int[row] != 2015 {
		t.Errorf("single %v, dependents %d, since %d; want true, 1, 2015", table.Column("single_point").Bool[row], table.Column("dependents").Int[row], table.Column("since").Int[row])
	}
}

// TestChokepointsScale checks that money has no unit but in the part that looks at it.
func TestChokepointsScale(t *testing.T) {
	flows := studytest.FewSellers(rand.New(rand.NewPCG(9, 1)), 1, 6)
	larger := slices.Clone(flows)
	for i := range larger {
		larger[i].Dollars *= 1000
	}
	q := study.Query{Method: "iw-2024"}
	weights := writeWeights(t, func(part string) float64 {
		if part == "value" {
			return 0
		}
		return 1
	})
	a, b := ChokepointsOf(t, studytest.Source(t, flows), q, weights), ChokepointsOf(t, studytest.Source(t, larger), q, weights)
	// Ties are broken by value, which scales too.
	for i := range a.Rows() {
		if a.Column("product").Text[i] != b.Column("product").Text[i] || math.Abs(a.Column("score").Float[i]-b.Column("score").Float[i]) > 1e-12 {
			t.Fatalf("row %d: %s %v and %s %v", i, a.Column("product").Text[i], a.Column("score").Float[i], b.Column("product").Text[i], b.Column("score").Float[i])
		}
	}
}

func writeWeights(t *testing.T, of func(part string) float64) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("id = \"test\"\n[weights]\n")
	for _, p := range parts {
		fmt.Fprintf(&b, "%s = %v\n", p.name, of(p.name))
	}
	b.WriteString("[value_scale]\nfrom_usd = 1\nto_usd = 1e3\n[price_index]\nsigma = 2\n[single_point]\nworld_share = 0.5\nrearrangement_ratio = 1\n")
	return studytest.WriteFile(t, "test.toml", b.String())
}

// TestPosition checks the part position of goods of each stage, the two ways to change it, and that trade-only does not see it.
func TestPosition(t *testing.T) {
	stages := map[string]string{"260300": "primary", "740311": "processed", "854231": "parts", "848620": "capital", "640399": "consumption", "999999": "unclassified"}
	var flows []studytest.Flow
	for product := range stages {
		flows = append(flows, studytest.Flow{2017, 156, 842, product, 900}, studytest.Flow{2017, 410, 842, product, 50}, studytest.Flow{2017, 410, 643, product, 50})
	}
	s := studytest.Source(t, flows)
	score := func(weights string) (part, score map[string]float64) {
		table := ChokepointsOf(t, s, study.Query{Method: "iw-2024", Partners: "CHN", Importers: "USA"}, weights)
		part, score = map[string]float64{}, map[string]float64{}
		for i, p := range table.Column("product").Text {
			if got := table.Column("stage").Text[i]; got != stages[p] {
				t.Errorf("%s: stage %s, want %s", p, got, stages[p])
			}
			part[stages[p]], score[stages[p]] = table.Column("part_position").Float[i], table.Column("score").Float[i]
		}
		if table.Rows() != len(stages) {
			t.Fatalf("%d pairs, want one for each product", table.Rows())
		}
		return part, score
	}
	part, with := score("equal")
	for stage, want := range map[string]float64{"primary": 1, "processed": 1, "parts": 1, "capital": 0.5, "consumption": 0.25, "unclassified": 0.5} {
		if part[stage] != want {
			t.Errorf("%s: %v, want %v", stage, part[stage], want)
		}
	}
	if !(with["parts"] > with["capital"] && with["capital"] > with["consumption"]) {
		t.Errorf("scores %v", with)
	}
	_, without := score("trade-only")
	for stage, x := range without {
		if x != without["parts"] {
			t.Errorf("trade-only tells %s from parts: %v", stage, without)
		}
		if want := math.Pow(x, 6.0/7) * math.Pow(part[stage], 1.0/7); math.Abs(with[stage]-want) > 1e-12 {
			t.Errorf("%s: score %v, want %v from %v without position", stage, with[stage], want, x)
		}
	}
	own := strings.Replace(string(studytest.MustRead(t, "weights/equal.toml")), "[value_scale]", "[position_scale]\nprimary = 0.05\nprocessed = 0.1\nparts = 0.2\ncapital = 0.3\nconsumption = 0.4\nunclassified = 0.5\n[value_scale]", 1)
	if part, _ = score(studytest.WriteFile(t, "own.toml", own)); part["capital"] != 0.3 || part["primary"] != 0.05 {
		t.Errorf("own scale: %v", part)
	}
}

func TestChokepointsErrors(t *testing.T) {
	s := studytest.Source(t, studytest.RandomFlows(rand.New(rand.NewPCG(9, 1)), 1, 2))
	for _, c := range []struct {
		q             study.Query
		weights, want string
	}{
		{study.Query{Method: "all"}, "equal", "expected one"},
		{study.Query{}, "none", "expected capacity, equal, reach, rerouting, trade-only"},
		{study.Query{}, "missing.toml", "no such file"},
		{study.Query{Partners: "Atlantis"}, "equal", "Atlantis"},
	} {
		if _, err := Chokepoints(context.Background(), s, c.q, Options{Weights: c.weights}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v, %s: %v; want %q", c.q, c.weights, err, c.want)
		}
	}
}

func TestParseWeights(t *testing.T) {
	good := string(studytest.MustRead(t, "weights/equal.toml"))
	if _, err := parseWeights("equal.toml", []byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ from, to, want string }{
		{"[value_scale]", "[position_scale]\nprimary = 1\n[value_scale]", "position_scale: expected"},
		{"[value_scale]", "[position_scale]\nprimary = 2\nprocessed = 1\nparts = 1\ncapital = 1\nconsumption = 1\nunclassified = 1\n[value_scale]", "position_scale: expected"},
		{"reach = 1", "reach = -1", "0 to 1e6"},
		{"reach = 1", "reach = nan", "0 to 1e6"},
		{"reach = 1", "rich = 1", "no part"},
		{"from_usd = 1e6", "from_usd = 0", "value_scale"},
		{"to_usd = 1e11", "to_usd = 1e5", "value_scale"},
		{"world_share = 0.5", "world_share = 1.5", "single_point"},
		{"[single_point]", "[single_points]", "unknown key"},
		{"[single_point]", "[price_index]\nsigma = 1\n[single_point]", "price_index has sigma 1; expected a number above 1"},
	} {
		if _, err := parseWeights("test", []byte(strings.Replace(good, c.from, c.to, 1))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q for %q: %v; want %q", c.to, c.from, err, c.want)
		}
	}
}

func FuzzParseWeights(f *testing.F) {
	for _, w := range WeightNames() {
		f.Add(studytest.MustRead(f, "weights/"+w+".toml"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := parseWeights("fuzz", data)
		if err != nil {
			return
		}
		sum := 0.0
		for _, x := range w.Weights {
			sum += x
		}
		if !(sum > 0) || len(w.used()) != len(w.Weights) {
			t.Errorf("accepted weights %v", w.Weights)
		}
	})
}

func TestWeightsFile(t *testing.T) {
	filetest.Check(t, string(builtinWeights()[0].text), "titl = \"x\"\n", "title = 1\n", func(name string, data []byte) error { _, err := parseWeights(name, data); return err })
}
