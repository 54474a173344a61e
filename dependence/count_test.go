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

// compareCounts expects no figures where the years from the first on are fewer than the persistence asks for.
func compareCounts(t *testing.T, name string, table *result.Table, want map[studytest.Key]map[string]int64, p method.Persistence) {
	t.Helper()
	first := slices.Min(table.Column("year").Int)
	if table.Rows() != len(want) {
		t.Errorf("%s: %d rows, want %d", name, table.Rows(), len(want))
	}
	for i := range table.Rows() {
		at := studytest.Key{int(table.Column("year").Int[i]), table.Column("importer").Text[i], table.Column("partner").Text[i]}
		if int64(at.Year) < first+int64(p.Years)-1 {
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
