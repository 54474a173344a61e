package dependence

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
	"chokepoint/trade"
)

// TestCountAgainstDefinition compares counts and values with plain loops, for economies, blocs and unions on both
// sides, methods with and without a partner, with persistence.
func TestCountAgainstDefinition(t *testing.T) {
	all := slowTexts()
	for seed := range uint64(3) {
		flows := studytest.RandomFlows(rand.New(rand.NewPCG(seed, 5)), 4, 6)
		s := studytest.Source(t, flows)
		for id := range studytest.SlowVerdict {
			m, err := method.Get(id)
			if err != nil {
				t.Fatal(err)
			}
			for _, persistence := range []string{"1/1", "2/3"} {
				p, _ := method.ParsePersistence(persistence)
				want := studytest.SlowCount(flows, id, p.Years, p.Window, m.HasPartner())
				table, err := Count(context.Background(), s, study.Query{Importers: all, Partners: all, Method: id, Persistence: persistence})
				if err != nil {
					t.Fatal(err)
				}
				compareCounts(t, fmt.Sprintf("seed %d, %s, %s", seed, id, persistence), table, want, p)
				if t.Failed() {
					return
				}
			}
		}
	}
}

// compareCounts expects no figures where the window has fewer years than the persistence asks for.
func compareCounts(t *testing.T, name string, table *result.Table, want map[studytest.Key]map[string]int64, p method.Persistence) {
	t.Helper()
	seen := map[int]int{} // by year that the dataset has: how many of these its window has
	have := slices.Compact(slices.Sorted(slices.Values(table.Column("year").Int)))
	for _, last := range have {
		for _, y := range have {
			if y <= last && last-y < int64(p.Window) {
				seen[int(last)]++
			}
		}
	}
	if table.Rows() != len(want) {
		t.Errorf("%s: %d rows, want %d", name, table.Rows(), len(want))
	}
	for i := range table.Rows() {
		at := studytest.Key{int(table.Column("year").Int[i]), table.Column("importer").Text[i], table.Column("partner").Text[i]}
		if seen[at.Year] < p.Years {
			if len(want[at]) > 0 || !table.Column("products").IsMissing(i) || !table.Column("imports_usd").IsMissing(i) || table.Column("status").Text[i] != "not computable" {
				t.Errorf("%s: %v: %s products of status %s, want none: %v", name, at, table.Column("products").Exact(i), table.Column("status").Text[i], want[at])
			}
			continue
		}
		var imports int64
		for _, v := range want[at] {
			imports += v
		}
		if got := table.Column("products").Int[i]; got != int64(len(want[at])) {
			t.Errorf("%s: %v: %d products, want %d: %v", name, at, got, len(want[at]), studytest.SortedKeys(want[at]))
		}
		if got := table.Column("imports_usd").Float[i]; got != float64(imports) {
			t.Errorf("%s: %v: imports %v, want %d", name, at, got, imports)
		}
	}
}

// TestCountRowsInParts: rows that are made when they are asked for are the same, from wherever one begins.
func TestCountRowsInParts(t *testing.T) {
	s := studytest.Source(t, studytest.RandomFlows(rand.New(rand.NewPCG(5, 5)), 4, 6))
	st, err := s.Study(context.Background(), study.Query{Importers: "all", Partners: "all", Method: "all"})
	if err != nil {
		t.Fatal(err)
	}
	for _, zeros := range []bool{false, true} {
		counted, err := countRows(context.Background(), st, zeros, nil)
		if err != nil {
			t.Fatal(err)
		}
		all, text := counted.all(), func(rows []CountRow) string { return fmt.Sprintf("%+v", rows) }
		if len(all) < 100 || len(all) != counted.n {
			t.Fatalf("%d rows of %d", len(all), counted.n)
		}
		for from := range all {
			part := make([]CountRow, min(1+from%37, len(all)-from))
			counted.write(from, part)
			if got, want := text(part), text(all[from:from+len(part)]); got != want {
				t.Fatalf("%d rows from %d: %s\nexpected %s", len(part), from, got, want)
			}
		}
		last := all[len(all)-1].Year
		if got, want := text(counted.last()), text(slices.DeleteFunc(slices.Clone(all), func(r CountRow) bool { return r.Year != last })); got != want {
			t.Errorf("rows of the last year: %s\nexpected %s", got, want)
		}
	}
}

// TestCountTogether: definitions counted together, some of which ask the same, have the counts that each has alone.
func TestCountTogether(t *testing.T) {
	s := studytest.Source(t, studytest.RandomFlows(rand.New(rand.NewPCG(5, 6)), 4, 6))
	for _, partners := range []string{"all", "-", "CHN,EU27"} {
		count := func(method string) map[string]string {
			rows := map[string]string{}
			for _, r := range CountSchema.Rows(studytest.Must(t)(Count(context.Background(), s, study.Query{Importers: "all", Partners: partners, Method: method}))) {
				rows[r.Method] += fmt.Sprintf("%+v\n", r)
			}
			return rows
		}
		together := count("all")
		for _, m := range method.Builtin() {
			if got, want := together[m.ID], count(m.ID)[m.ID]; got != want {
				t.Errorf("%s on %s: %s\nalone %s", m.ID, partners, got, want)
			}
		}
	}
}

// TestAsksAs: definitions are counted as one where they ask the same of the same cells, and only there.
func TestAsksAs(t *testing.T) {
	get := func(id, world, persistence string) *method.Method {
		m, err := method.Get(id)
		if err != nil {
			t.Fatal(err)
		}
		changed := *m
		if world != "" {
			changed.World = trade.World(world)
		}
		if persistence != "" {
			changed.Persistence, _ = method.ParsePersistence(persistence)
		}
		return &changed
	}
	japan := get("japan-2022", "", "")
	for _, c := range []struct {
		m    *method.Method
		want bool
	}{{get("merics-2020", "", ""), true}, {get("merics-2020", "net", ""), false}, {get("merics-2020", "", "2/3"), false}, {get("iw-2024", "", ""), false}} {
		if asksAs(japan, c.m) != c.want {
			t.Errorf("%s, %s, %s as japan-2022: %v", c.m.ID, c.m.World, c.m.Persistence, !c.want)
		}
	}
	spof, bloc := get("ec-2021", "", ""), get("ec-2021", "", "")
	if bloc.Bloc = ""; asksAs(spof, bloc) {
		t.Error("a definition about a bloc is as one about none")
	}
}
