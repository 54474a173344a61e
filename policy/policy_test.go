package policy

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"chokepoint/ingest"
	"chokepoint/panel"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/study/studytest"
	"chokepoint/synth"
	"chokepoint/tomlfile/filetest"
	"chokepoint/trade"
)

// TestPolicyFindsWhatWasPlanted makes worlds in which an importer's imports of some products fall by a known size each year from
// a known year on: the interval holds the size, and dates before find nothing.
func TestPolicyFindsWhatWasPlanted(t *testing.T) {
	if testing.Short() {
		t.Skip("makes and reads a world; -short leaves it out")
	}
	config := synth.Config{Seed: 3, FirstYear: 2004, LastYear: 2022, Products: 1500, Economies: 40, FlowsPerYear: 60000}
	world := synth.New(config)
	planted := world.Truth().Policy
	if planted == nil {
		t.Fatal("no policy is planted")
	}
	dir := t.TempDir()
	archive := filepath.Join(dir, synth.ArchiveName)
	f, err := os.Create(archive)
	if err != nil {
		t.Fatal(err)
	}
	if err := world.WriteArchive(f, func(int, int64) {}); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, err := ingest.BACI(t.Context(), []string{archive}, ingest.Options{DataDir: dir, Name: "world", Synthetic: true, ProgramVersion: "test", Progress: func(ingest.Progress) {}}); err != nil {
		t.Fatal(err)
	}
	d, err := store.Open(dir, "world")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	s := &study.Source{Dataset: d, Blocs: trade.BuiltinBlocs(), Files: os.ReadFile, Program: "test"}
	var list strings.Builder
	list.WriteString("code,reason\n")
	for _, p := range planted.Products {
		list.WriteString(p + ",planted\n")
	}
	path := studytest.WriteFile(t, "planted.csv", list.String())
	economy := d.Economies().Label(planted.Importer)
	table := studytest.Must(t)(Policy(context.Background(), s, "mic25", economy, path, "log-imports", planted.Year, study.Query{}))
	mean := 0.0
	for y := planted.Year; y <= config.LastYear; y++ {
		mean += planted.Effect * float64(y-planted.Year+1) / float64(config.LastYear-planted.Year+1)
	}
	events, inside, placebos, others, moved := 0, 0, 0, 0, 0
	means := map[Kind]map[int]float64{MeanListed: {}, MeanOther: {}}
	lots := map[Kind]bool{}
	for _, r := range EstimateSchema.Rows(table) {
		y, low, high, p := r.Year, r.Low, r.High, r.P
		switch kind := r.Kind; kind {
		case DiD:
			if !(low <= mean && mean <= high) || p > 0.05 {
				t.Errorf("difference in differences: %v to %v, p %v; planted %v", low, high, p, mean)
			}
		case Event:
			want := planted.Effect * math.Max(0, float64(y-planted.Year+1))
			events++
			if low <= want && want <= high {
				inside++
			}
		case FalseDate:
			placebos++
			if p < 0.01 {
				t.Errorf("the false date %d has an effect, p %v", y, p)
			}
		case ByChapter, BySize, UnlistedAlone:
			lots[kind] = true
			if p > 0.05 || !(low <= 0 && 0 <= high) || low <= mean && mean <= high {
				t.Errorf("%s: p %v, the middle of the lists drawn is %v to %v; planted %v", kind, p, low, high, mean)
			}
		case OtherList:
			others++
			if p < 0.05 {
				moved++
			}
		case MeanListed, MeanOther:
			means[kind][y] = r.Value
		}
	}
	if len(lots) != 3 || others < 10 || float64(moved) > 0.3*float64(others) {
		t.Errorf("%d ways to draw lists; %d of %d other lists differ from the rest", len(lots), moved, others)
	}
	gap := func(y int) float64 { return means[MeanListed][y] - means[MeanOther][y] }
	for y := config.FirstYear; y <= config.LastYear; y++ {
		want := planted.Effect * math.Max(0, float64(y-planted.Year+1))
		if got := gap(y) - gap(planted.Year-1); math.IsNaN(got) || math.Abs(got-want) > 0.5 {
			t.Errorf("%d: means moved apart by %v since %d; planted %v", y, got, planted.Year-1, want)
		}
	}
	if events != config.LastYear-config.FirstYear || float64(inside) < 0.8*float64(events) || placebos == 0 {
		t.Errorf("%d of %d yearly effects are in their intervals; %d false dates", inside, events, placebos)
	}
}

func TestPolicyErrors(t *testing.T) {
	s := studytest.Source(t, []studytest.Flow{{2015, 156, 842, "850110", 40}, {2015, 842, 156, "850110", 4}})
	for _, c := range []struct{ policy, economy, list, outcome, want string }{
		{"nope", "", "", "log-imports", "no policy"},
		{"mic25", "CHN,USA", "", "log-imports", "expected one economy"},
		{"mic25", "", "nope", "log-imports", "no product list"},
		{"mic25", "", "", "nope", "expected one of"},
	} {
		if _, err := Policy(context.Background(), s, c.policy, c.economy, c.list, c.outcome, 0, study.Query{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if table := studytest.Must(t)(Policy(context.Background(), s, "mic25", "", "", "log-imports", 0, study.Query{})); slices.ContainsFunc(EstimateSchema.Rows(table), func(r Estimate) bool { return r.Kind != MeanListed && r.Kind != MeanOther }) || !strings.Contains(strings.Join(result.Texts(table.Notes), " "), "nothing can be estimated") {
		t.Errorf("one year gives %d rows", table.Rows())
	}
}

func TestPoliciesAreSound(t *testing.T) {
	for _, p := range IndustrialPolicies() {
		for _, x := range p.Selections() {
			if _, err := (&study.Source{}).List(x); err != nil {
				t.Errorf("%s: %v", p.ID, err)
			}
		}
		table, err := PolicyEntries(p.ID)
		if err != nil || table.Rows() != len(p.Sectors)+len(p.Targets) {
			t.Errorf("%s: %v", p.ID, err)
		}
	}
	good := string(policiesTOML)
	for _, c := range []struct{ from, to, want string }{
		{`successor = "fyp14"`, `successor = "nope"`, "no successor"},
		{`date = "2015-05-08"`, `date = "8 May"`, "expected YYYY-MM-DD"},
		{`selection = "mic25/rail", evidence = "verified"`, `evidence = "verified"`, "neither a selection nor a reason"},
		{`evidence = "verified"`, `evidence = "sure"`, "as evidence"},
		{`value = 40, unit = "%"`, `value = 40`, "a unit where there is a value"},
		{`id = "fyp14"`, `id = "mic25"`, "an id of its own"},
		{`body =`, `boddy =`, "unknown key"},
	} {
		if _, err := parsePolicies("test", []byte(strings.Replace(good, c.from, c.to, 1))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q for %q: %v; want %q", c.to, c.from, err, c.want)
		}
	}
}

func FuzzParsePolicies(f *testing.F) {
	f.Add(policiesTOML)
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := parsePolicies("fuzz", data)
		if err != nil {
			return
		}
		for _, p := range list {
			if len(p.Selections()) == 0 || p.Year == 0 {
				t.Errorf("accepted %+v", p)
			}
		}
	})
}

// TestLineage follows sectors of Made in China 2025 through the policies after it.
func TestLineage(t *testing.T) {
	p, err := policyOf("mic25")
	if err != nil {
		t.Fatal(err)
	}
	later := map[string]string{}
	for _, s := range p.Sectors {
		later[s.Selection] = strings.Join(p.later(s), " ")
	}
	for selection, want := range map[string]string{"mic25/next-gen-it": "fyp14 plenum2024 fyp15", "mic25/rail": "fyp14", "mic25/marine-ships": "fyp14 fyp15", "mic25/agri-machinery": "fyp14"} {
		if later[selection] != want {
			t.Errorf("%s is carried on by %q, want %q", selection, later[selection], want)
		}
	}
}

// TestPolicyTakesItsOwnSectors compares the listed products with those of the selections.
func TestPolicyTakesItsOwnSectors(t *testing.T) {
	s := studytest.Source(t, []studytest.Flow{{2015, 156, 842, "850110", 40}, {2015, 842, 156, "850231", 4}, {2015, 842, 156, "860110", 4}, {2015, 842, 156, "854231", 4}, {2015, 842, 156, "281111", 4}})
	for id, want := range map[string]string{"mic25": "850231 854231 860110", "plenum2024": "850231 854231"} {
		p, err := policyOf(id)
		if err != nil {
			t.Fatal(err)
		}
		groups, notes, err := p.groups(s)
		if err != nil {
			t.Fatal(err)
		}
		codes := map[string]bool{}
		for _, g := range groups {
			for _, code := range g.Products {
				codes[code] = true
			}
		}
		if got := strings.Join(studytest.Sorted(codes), " "); got != want {
			t.Errorf("%s names %s, want %s", id, got, want)
		}
		texts := result.Texts(notes)
		if len(texts) > len(slices.Compact(slices.Sorted(slices.Values(texts)))) {
			t.Errorf("%s: a note appears twice: %q", id, texts)
		}
		if id == "plenum2024" && !strings.Contains(texts[0], "without a goods code: Artificial intelligence, Quantum technology") {
			t.Errorf("the note is %q", texts[0])
		}
	}
}

// TestTenths: 40 products in tenths by imports before, and those without in a class apart.
func TestTenths(t *testing.T) {
	e := &evaluation{}
	for u := range 43 {
		size := float64((u * 17) % 43)
		if u >= 40 {
			size = 0
		}
		e.size = append(e.size, size)
	}
	list := e.bySize()
	if len(list) != sizeClasses+1 || len(list[0]) != 4 { // 40 to 42, and product 0
		t.Fatalf("%d classes, %d products without imports", len(list), len(list[0]))
	}
	n, last := 0, 0.0
	for _, units := range list[1:] {
		n += len(units)
		for _, u := range units {
			if e.size[u] < last {
				t.Errorf("product %d of %v comes after one of %v", u, e.size[u], last)
			}
			last = e.size[u]
		}
		if len(units) < 3 || len(units) > 4 {
			t.Errorf("a class of %d", len(units))
		}
	}
	if n != 39 {
		t.Errorf("%d products in classes", n)
	}
}

// TestLotsAgainstRegressions draws the same lists once more and estimates each by a regression of its own, on the panel that its kind
// asks for.
func TestLotsAgainstRegressions(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	e := &evaluation{Study: &study.Study{}, year: 2016}
	const units = 30
	for u := range units {
		e.products = append(e.products, fmt.Sprintf("%02d0000", 84+u%3))
		e.size = append(e.size, math.Floor(100*rng.Float64()))
		e.panel.Treated = append(e.panel.Treated, u < 8)
		for y := 2012; y <= 2019; y++ {
			if rng.IntN(10) > 0 {
				e.panel.Unit, e.panel.Year, e.panel.Outcome = append(e.panel.Unit, u), append(e.panel.Year, y), append(e.panel.Outcome, rng.NormFloat64())
			}
		}
	}
	unlisted := e.only(func(u, _ int) bool { return u >= 8 })
	for _, l := range e.permutations() {
		lists, p := e.panel.Free().Lists(e.year), e.only(func(int, int) bool { return true })
		if l.unlisted {
			lists, p = unlisted.Free().Lists(e.year), e.only(func(u, _ int) bool { return u >= 8 })
		}
		var want []float64
		again := rand.New(rand.NewPCG(1, 0))
		for range placeboLists {
			clear(p.Treated)
			drawn := 0
			for _, stratum := range l.strata {
				n := 0
				for _, u := range stratum {
					if u < 8 {
						n++
					}
				}
				if l.unlisted {
					n = 8
				}
				for _, i := range again.Perm(len(stratum))[:n] {
					p.Treated[stratum[i]] = true
					drawn++
				}
			}
			if drawn != 8 {
				t.Fatalf("%s draws %d products, the list has 8", l.kind, drawn)
			}
			fit, err := p.DiD(e.year)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, fit.Estimates[0].Value)
		}
		slices.Sort(want)
		got := e.draw(l, lists)
		if len(got) != len(want) {
			t.Fatalf("%s: %d estimates, want %d", l.kind, len(got), len(want))
		}
		for i := range got {
			if math.Abs(got[i]-want[i]) > 1e-9 {
				t.Errorf("%s: estimate %d is %v, a regression gives %v", l.kind, i, got[i], want[i])
			}
		}
	}
	freed := e.panel.Free()
	did, err := freed.DiD(e.year)
	if err != nil {
		t.Fatal(err)
	}
	s := studytest.Source(t, []studytest.Flow{{2015, 156, 842, "850110", 40}})
	e.Source, e.Study.Source = s, s
	e.placebos(did, freed)
	lists := map[Kind]*panel.Lists{ByChapter: e.panel.Free().Lists(e.year), BySize: e.panel.Free().Lists(e.year), UnlistedAlone: unlisted.Free().Lists(e.year)}
	for _, r := range e.rows {
		kind := r.Kind
		if lists[kind] == nil {
			continue
		}
		l := e.permutations()[slices.IndexFunc(e.permutations(), func(l permutation) bool { return l.kind == kind })]
		drawn := e.draw(l, lists[kind])
		if r.Low != drawn[4] || r.High != drawn[193] {
			t.Errorf("%s: from %v to %v, want %v to %v", kind, r.Low, r.High, drawn[4], drawn[193])
		}
		delete(lists, kind)
	}
	if len(lists) > 0 {
		t.Errorf("no rows of %v", lists)
	}
}

// TestSizesAreBefore: the size of a product is what was imported of it before the policy.
func TestSizesAreBefore(t *testing.T) {
	s := studytest.Source(t, []studytest.Flow{{2014, 842, 156, "850110", 40}, {2015, 842, 156, "850110", 2}, {2015, 36, 156, "850110", 1}, {2016, 842, 156, "850110", 500}, {2016, 842, 156, "850120", 7}})
	st, _, err := s.OneEconomy(t.Context(), study.Query{Importers: "CHN", Partners: ""}, "CHN")
	if err != nil {
		t.Fatal(err)
	}
	e := &evaluation{Study: st, year: 2016, outcome: outcomes[0]}
	if err := e.gather(context.Background(), study.Query{Importers: "CHN"}); err != nil {
		t.Fatal(err)
	}
	for u, code := range e.products {
		if want := map[string]float64{"850110": 43, "850120": 0}[code]; e.size[u] != want {
			t.Errorf("the size of %s is %v, want %v", code, e.size[u], want)
		}
	}
}

func TestPoliciesFile(t *testing.T) {
	filetest.Check(t, string(policiesTOML), "[[policy]]\nnam = \"x\"\n", "[[policy]]\nname = 1\n", func(name string, data []byte) error { _, err := parsePolicies(name, data); return err })
}

// TestOutcomesShare: an outcome is the same from the index alone, from what another has read, and with all that outcomes are made of.
func TestOutcomesShare(t *testing.T) {
	var flows []studytest.Flow
	for y := 2014; y <= 2017; y++ {
		for k, product := range []string{"850110", "850120", "850131"} {
			v := int64(10*(y-2013) + k)
			flows = append(flows, studytest.Flow{Year: y, Exporter: 842, Importer: 156, Product: product, Dollars: v}, studytest.Flow{Year: y, Exporter: 276, Importer: 156, Product: product, Dollars: 7},
				studytest.Flow{Year: y, Exporter: 156, Importer: 842, Product: product, Dollars: 3}, studytest.Flow{Year: y, Exporter: 392, Importer: 842, Product: product, Dollars: v})
		}
	}
	s := studytest.Source(t, flows)
	for _, o := range outcomes {
		gather := func(flows bool) panel.Panel {
			q := study.Query{Importers: "CHN"}
			st, err := s.OneUnit(t.Context(), q, q.Importers)
			if err != nil {
				t.Fatal(err)
			}
			e := &evaluation{Study: st, year: 2016, outcome: o}
			e.outcome.flows = flows
			if err := e.gather(t.Context(), q); err != nil {
				t.Fatal(err)
			}
			return e.panel
		}
		got, want := gather(o.flows), gather(true)
		if len(want.Outcome) != 12 || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", o.Name, got, want)
		}
	}
	passes := studytest.CountPasses(s)
	for _, o := range outcomes {
		if _, err := Policy(t.Context(), s, "mic25", "CHN", "", o.Name, 2016, study.Query{Products: "850110,850120"}); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := passes.Take(), "scan 13, totals 1"; got != want { // four years of the index, of flows and, with one more pass and totals, of dependencies
		t.Errorf("%s; want %s", got, want)
	}
}
