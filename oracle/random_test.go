package oracle

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
)

var (
	worlds    = flag.Int("worlds", 60, "random worlds to compare")
	firstSeed = flag.Uint64("seed", 1, "seed of the first random world")
)

func worldCount() int {
	if testing.Short() {
		return min(*worlds, 6)
	}
	return *worlds
}

// named are the questions about economies and blocs, by name.
var named = []Query{
	{Importers: "USA,CHN,DEU,FRA,HKG,BRA", Partners: "CHN,USA,DEU,HKG"},
	{Importers: "EU27,BRICS,CHN+HKG+MAC,USA,BRA", Partners: "-"},
	{Importers: "USA,BRA,CHN+HKG+MAC", Partners: "EU27,USA+EU27,CHN+HKG+MAC,BRICS"},
	{Importers: "EU27,BRICS,USA+EU27", Partners: "USA,CHN,CHN+HKG+MAC,HKG"},
	{Importers: "CHN,BRA,EU27", Partners: "USA|EU27,CHN|HKG,DEU|FRA|USA"},
	{Importers: "USA|BRA,EU27|USA,EU27:any", Partners: "CHN,CHN|HKG"},
	{Importers: "EU27:members", Partners: "CHN,CHN+HKG,USA|CHN"},
	{Importers: "CHN,USA", Partners: "EU27:members,EU27:any"},
	{Importers: "EU", Partners: "USA,GBR,CHN"},
	{Importers: "USA,CHN,GBR", Partners: "EU,EU+GBR"},
}

// TestRandomWorlds compares every method on every selection in small worlds
// that sit on the thresholds.
func TestRandomWorlds(t *testing.T) {
	onThreshold := map[string]int{}
	rows := 0
	for n := range worldCount() {
		seed := *firstSeed + uint64(n)
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			dir, data := t.TempDir(), t.TempDir()
			w, err := writeWorld(dir, seed)
			if err != nil {
				t.Fatal(err)
			}
			o := open(t, dir, w.scale)
			run(t, "ingest", "baci", dir, "--data", data)
			r := rand.New(rand.NewPCG(seed, 2))
			questions := []Query{
				{Importers: "all", Partners: "all"},
				{Importers: "all", Partners: "-"},
			}
			for _, n := range r.Perm(len(named))[:4] {
				questions = append(questions, named[n])
			}
			for _, q := range questions {
				q.Methods = allMethods()
				q.Net = r.IntN(2) == 0
				q.Own = r.IntN(3) == 0
				if r.IntN(2) == 0 {
					q.Of = 1 + r.IntN(4)
					q.Need = 1 + r.IntN(q.Of)
				}
				if r.IntN(4) == 0 {
					q.MinValue = []int64{1, 10, 10_000, 10_000_000}[r.IntN(4)]
				}
				if r.IntN(4) == 0 {
					q.Years = w.years[len(w.years)-1:]
				}
				rows += check(t, o, data, q, "count", "dependencies")
				for name, condition := range thresholds {
					onThreshold[name] += count(t, o, condition)
				}
			}
			rows += check(t, o, data, Query{Importers: "all"}, "indicators")
			rows += check(t, o, data, Query{Importers: "EU27,BRICS,CHN+HKG+MAC,DEU", Net: seed%2 == 0}, "indicators")
			rows += check(t, o, data, Query{Importers: "USA,BRA,CHN,CHN+HKG", Partners: "EU27,USA,DEU+FRA", Net: seed%2 == 1}, "indicators")
		})
	}
	t.Logf("%d rows compared", rows)
	for name := range thresholds {
		if onThreshold[name] == 0 && !testing.Short() {
			t.Errorf("no row of any world sits on %q: the generator does not test it", name)
		}
	}
}

// thresholds are the cases where a strict comparison differs from a weak one,
// or an order of suppliers is needed.
var thresholds = map[string]string{
	"import_hhi = 0.4":                "importer_row WHERE 10 * imports_sq = 4 * imports * imports",
	"import_hhi = 0.3":                "importer_row WHERE 10 * imports_sq = 3 * imports * imports",
	"world_export_hhi = 0.4":          "importer_row WHERE 10 * world_sq = 4 * world * world",
	"imports = exports":               "importer_row WHERE imports = exports",
	"imports = 2 exports":             "partner_row WHERE imports = 2 * exports",
	"imports = intra-bloc imports":    "importer_row WHERE imports = inner_trade",
	"imports = total exports of bloc": "importer_row WHERE inner_trade > 0 AND imports = total_exports",
	"effective suppliers = half":      "importer_row WHERE product(2 * imports * imports, world_sq) = product(world * world, imports_sq)",
	"partner_share = 0.3":             "partner_row WHERE 10 * from_partner = 3 * imports",
	"partner_share = 0.5":             "partner_row WHERE 2 * from_partner = imports",
	"partner_share = 0.8":             "partner_row WHERE 10 * from_partner = 8 * imports",
	"from partner = USD 10 m":         "partner_row WHERE from_partner = 10000000 * scale() AND 10 * from_partner >= 8 * imports",
	"partner_world_share = 0.3":       "partner_row WHERE 10 * partner_exports = 3 * world",
	"partner_world_share = 0.5":       "partner_row WHERE 2 * partner_exports = world",
	"tie for top supplier":            "fact WHERE suppliers > 1 AND 2 * top_supply <= imports AND suppliers * top_supply = imports",
	"a bloc is the top supplier":      "importer_row WHERE p <> 0 AND eligible AND from_partner > 0 AND p IN (SELECT g FROM fact)",
}

// count counts the rows of "table WHERE condition" among the answers of the question asked last.
func count(t *testing.T, o *Oracle, from string) int {
	t.Helper()
	var n int
	if err := o.db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+from).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
