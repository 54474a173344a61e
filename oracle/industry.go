package oracle

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"math"
	"strings"
)

//go:embed sql/industry.sql
var industrySQL string

// Industry computes what the scored economies are good at into temporary tables. sectors give products by sector; blocs are asked
// about as partners; the members of units count as one economy each.
func (o *Oracle) Industry(ctx context.Context, scored []string, sectors map[string]string, blocs, units []string) error {
	var sectorRows [][2]string
	for k, id := range sectors {
		sectorRows = append(sectorRows, [2]string{id, k})
	}
	var blocRows, unionRows []string
	members := func(bloc string, each func(member string, y int)) {
		for _, m := range Blocs[bloc] {
			for _, y := range o.years {
				if y >= m.From && y <= m.To {
					each(m.Economy, y)
				}
			}
		}
	}
	for _, b := range blocs {
		members(b, func(member string, y int) {
			blocRows = append(blocRows, fmt.Sprintf("(%s,%s,%d)", quote(b), quote(member), y))
		})
	}
	members("EU", func(member string, y int) { unionRows = append(unionRows, fmt.Sprintf("(%s,%d)", quote(member), y)) })
	var mergedRows []string
	for _, u := range units {
		spells := Blocs[u]
		if spells == nil {
			spells = always(strings.Split(u, "+")...)
		}
		for _, m := range spells {
			for _, y := range o.years {
				if y >= m.From && y <= m.To {
					mergedRows = append(mergedRows, fmt.Sprintf("(%s,%s,%d)", quote(m.Economy), quote(u), y))
				}
			}
		}
	}
	for _, t := range []struct {
		schema string
		n      int
		row    func(int) string
	}{
		{"merged(member VARCHAR, unit VARCHAR, t INTEGER)", len(mergedRows), func(n int) string { return mergedRows[n] }},
		{"scored(label VARCHAR)", len(scored), func(n int) string { return "(" + quote(scored[n]) + ")" }},
		{"sector(id VARCHAR, k VARCHAR)", len(sectorRows), func(n int) string {
			return "(" + quote(sectorRows[n][0]) + "," + quote(sectorRows[n][1]) + ")"
		}},
		{"bloc(label VARCHAR, member VARCHAR, t INTEGER)", len(blocRows), func(n int) string { return blocRows[n] }},
		{"eu(member VARCHAR, t INTEGER)", len(unionRows), func(n int) string { return unionRows[n] }},
	} {
		if err := o.table(ctx, t.schema, t.n, t.row); err != nil {
			return err
		}
	}
	if err := o.exec(ctx, industrySQL); err != nil {
		return err
	}
	return o.complexity(ctx)
}

// leastExports is what an economy must export in the year for its complexity to be computed, in dollars.
const leastExports = 1_000_000_000

// complexity computes the indices of Hidalgo and Hausmann (2009) by their own method: averages of averages, repeated until they
// settle, each time without their mean. Scales are those of py-ecomplexity: mean 0 and standard deviation 1 over economies, products in
// the same scale, the sign that goes with diversity.
func (o *Oracle) complexity(ctx context.Context) error {
	if err := o.exec(ctx, "CREATE OR REPLACE TEMP TABLE eci(t INTEGER, c VARCHAR, v DOUBLE); CREATE OR REPLACE TEMP TABLE pci(t INTEGER, k VARCHAR, v DOUBLE)"); err != nil {
		return err
	}
	for _, year := range o.years {
		rows, err := o.db.QueryContext(ctx, fmt.Sprintf(`SELECT a.c, a.k FROM advantage a JOIN seller s ON s.t = a.t AND s.c = a.c
			WHERE a.t = %d AND s.v >= %d * scale() ORDER BY ALL`, year, leastExports))
		if err != nil {
			return err
		}
		r, err := readReflections(rows)
		if err != nil {
			return err
		}
		if len(r.economies) < 3 || !r.settle() {
			continue
		}
		if err := o.insert(ctx, "eci", year, r.economies, r.eci); err != nil {
			return err
		}
		if err := o.insert(ctx, "pci", year, r.products, r.pci); err != nil {
			return err
		}
	}
	return nil
}

func (o *Oracle) insert(ctx context.Context, table string, year int, names []string, values []float64) error {
	var rows []string
	for i, name := range names {
		rows = append(rows, fmt.Sprintf("(%d,%s,%.17g)", year, quote(name), values[i]))
	}
	return o.exec(ctx, "INSERT INTO "+table+" VALUES "+strings.Join(rows, ","))
}

// reflections are who has an advantage in what, and the averages that go to and fro between them.
type reflections struct {
	economies, products []string
	of                  [][]int // products of each economy
	by                  [][]int // economies of each product
	eci, pci            []float64
}

func readReflections(rows *sql.Rows) (*reflections, error) {
	defer rows.Close()
	r := &reflections{}
	place := map[string]int{}
	for rows.Next() {
		var c, k string
		if err := rows.Scan(&c, &k); err != nil {
			return nil, err
		}
		if n := len(r.economies); n == 0 || r.economies[n-1] != c {
			r.economies, r.of = append(r.economies, c), append(r.of, nil)
		}
		p, ok := place[k]
		if !ok {
			p = len(r.products)
			place[k] = p
			r.products, r.by = append(r.products, k), append(r.by, nil)
		}
		e := len(r.economies) - 1
		r.of[e], r.by[p] = append(r.of[e], p), append(r.by[p], e)
	}
	return r, rows.Err()
}

// average takes the mean of values over the members of each list.
func average(lists [][]int, values []float64) []float64 {
	means := make([]float64, len(lists))
	for i, list := range lists {
		for _, k := range list {
			means[i] += values[k]
		}
		means[i] /= float64(len(list))
	}
	return means
}

// most is how many reflections are made before it is given up.
const most = 5000

// settle reflects until nothing changes; false where it does not come to that.
func (r *reflections) settle() bool {
	x := make([]float64, len(r.economies))
	for i := range x {
		x[i] = float64(len(r.of[i])) + math.Sin(float64(i)) // diversity, and something that no symmetry holds
	}
	length := 0.0
	for range most {
		next := average(r.of, average(r.by, x))
		var mean, weight float64
		for i, v := range next { // weighted by diversity, which is what reflections keep
			mean += float64(len(r.of[i])) * v
			weight += float64(len(r.of[i]))
		}
		length = 0
		for i := range next {
			next[i] -= mean / weight
			length += float64(len(r.of[i])) * next[i] * next[i]
		}
		length = math.Sqrt(length)
		change := 0.0
		for i := range next {
			next[i] /= length
			change = max(change, math.Abs(next[i]-x[i]))
		}
		x = next
		if change < 1e-15 {
			break
		}
	}
	r.scale(x, length)
	return true
}

// scale brings settled averages to the scale of the indices. value is by how much a reflection shrinks them.
func (r *reflections) scale(x []float64, value float64) {
	var mean, sd, with float64
	n := float64(len(x))
	for i := range x {
		mean += x[i] / n
	}
	diversity := 0.0
	for i := range x {
		diversity += float64(len(r.of[i])) / n
	}
	for i := range x {
		sd += (x[i] - mean) * (x[i] - mean) / n
		with += (x[i] - mean) * (float64(len(r.of[i])) - diversity)
	}
	sd = math.Copysign(math.Sqrt(sd), with)
	for i := range x {
		r.eci = append(r.eci, (x[i]-mean)/sd)
	}
	for _, p := range average(r.by, x) {
		r.pci = append(r.pci, (p/value-mean)/sd)
	}
}

// ifBought is a value that is missing where an economy imports nothing at all in the year: then its imports are not in the data.
func ifBought(value string) string {
	return "CASE WHEN EXISTS (SELECT 1 FROM bought any_import WHERE any_import.t = b.t AND any_import.c = b.c) THEN " + value + " END"
}

// scoreboardTable is what `scoreboard` prints of an economy, less the class, which is a rule over its columns.
var scoreboardTable = table{
	keys: []column{{"year", integer, "b.t"}, {"economy", text, "b.c"}, {"sector", text, "b.id"}},
	columns: []column{
		{"products", integer, "b.products"}, {"exports_usd", dollars, "b.exports"}, {"imports_usd", dollars, ifBought("b.imports")},
		{"world_market_share", share, ratio("b.exports", "b.world")}, {"world_rank", integer, "b.place"},
		{"rca", index, "(" + ratio("b.exports", "b.all_exports") + ") / (" + ratio("b.world", "b.all_world") + ")"},
		{"exported_products", integer, "b.exported"}, {"rca_products", integer, "b.advantages"}, {"rca_share", share, ratio("b.advantages", "b.products")},
		{"balance", share, ifBought("CASE WHEN b.exports + b.imports = 0 THEN NULL ELSE " + ratio("(b.exports - b.imports)", "(b.exports + b.imports)") + " END")},
		{"own_dependencies", integer, ifBought("b.own")}, {"own_dependent_imports_usd", dollars, ifBought("b.own_imports")},
		{"own_dependent_share", share, "CASE WHEN b.imports = 0 THEN NULL ELSE " + ratio("b.own_imports", "b.imports") + " END"},
		{"own_top_partner", text, "nullif(b.partner, '')"}, {"own_top_partner_products", integer, ifBought("b.partner_products")},
		{"others_dependencies", integer, "b.dependents"}, {"others_dependent_imports_usd", dollars, "b.held"}, {"single_points", integer, "b.single"},
		{"relative_unit_value", index, "b.price"},
		{"world_rank_eu", integer, "b.place_eu"}, {"lead", index, "CASE WHEN coalesce(b.rival_exports, 0) = 0 THEN CASE WHEN b.exports > 0 THEN CAST('Infinity' AS DOUBLE) END ELSE " + ratio("b.exports", "b.rival_exports") + " END"},
		{"lead_over", text, "b.rival"},
		{"import_intensity", index, "(" + ratio("b.imports", "b.all_imports") + ") / (" + ratio("b.world", "b.all_world") + ")"},
		{"own_value_partner", text, "nullif(b.value_partner, '')"}, {"own_value_partner_imports_usd", dollars, ifBought("b.partner_value")},
		{"own_partner_share", share, ifBought("CASE WHEN b.own_imports = 0 THEN NULL ELSE " + ratio("b.partner_value", "b.own_imports") + " END")},
		{"pci", index, `(SELECT sum(CAST(s.v AS DOUBLE) * p.v) / sum(CAST(s.v AS DOUBLE)) FROM sold s JOIN sectors m USING (k) JOIN pci p USING (t, k) WHERE s.t = b.t AND s.c = b.c AND m.id = b.id)`},
	},
	from: "board b",
}

// chokepointsTable is what `chokepoints` prints of all pairs, less the score, which is a mean of the parts by weights.
var chokepointsTable = table{
	keys: []column{{"year", integer, "p.t"}, {"product", text, "p.k"}, {"partner", text, "p.x"}},
	columns: []column{
		{"dependents", integer, "p.dependents"}, {"imports_from_partner_usd", dollars, "p.bought"}, {"dependent_imports_usd", dollars, "p.imports"},
		{"partner_world_share", share, ratio("p.sold", "p.world")},
		{"rearrangement_ratio", index, "CASE WHEN p.world > p.sold THEN " + ratio("p.bought", "(p.world - p.sold)") + " ELSE 'Infinity' END"},
		{"choke_point", text, "v.choke::VARCHAR"}, {"single_point", text, "v.single::VARCHAR"}, {"single_point_open", text, "(v.least <> v.most)::VARCHAR"},
		{"dependents_most", integer, "p.dependents + v.absent"},
		{"partner_world_share_low", share, "CAST(p.sold AS DOUBLE) / (CAST(p.world AS DOUBLE) + v.more)"},
		{"partner_world_share_high", share, "(CAST(p.sold AS DOUBLE) + v.there) / (CAST(p.world AS DOUBLE) + v.there)"},
		{"status", text, "CASE WHEN v.more > 0 THEN 'partial' ELSE 'observed' END"},
		{"dependents_import_share", share, importersShare}, {"part_importers_share", share, importersShare},
		{"price_index", index, "CASE WHEN p.bought = p.imports THEN 'Infinity' ELSE 1 / " + priceLoss + " END"}, {"part_price_index", index, "1 - " + priceLoss},
		{"rival_capacity_usd", dollars, "v.rivals"}, {"rivals", integer, "v.rival_count"}, {"part_rival_capacity", index, ratio("p.bought", "(p.bought + v.rivals)")},
		{"other_exporters", integer, "p.others"}, {"second_exporter", text, "n.c"}, {"second_world_share", share, "CASE WHEN n.v IS NULL THEN 0 ELSE " + ratio("n.v", "p.world") + " END"},
		{"second_line_hhi", index, "CASE WHEN p.world > p.sold THEN " + second + " ELSE NULL END"},
		{"world_export_hhi", index, "p.sq / CAST(p.world AS DOUBLE) / CAST(p.world AS DOUBLE)"},
		{"two_hop_share", index, "coalesce(h.reached, 0) / h.all_imports"}, {"dependents_two_hop", integer, "h.indirect"},
		{"part_world_share", share, ratio("p.sold", "p.world")}, {"part_two_hop", index, "coalesce(h.reached, 0) / h.all_imports"},
		{"part_rearrangement", index, ratio("p.bought", "(p.bought + p.world - p.sold)")},
		{"part_second_line", index, "CASE WHEN p.world > p.sold THEN " + second + " ELSE 1 END"},
		{"part_reach", share, ratio("p.dependents", "(SELECT count(DISTINCT c) FROM bought b WHERE b.t = p.t)")},
		{"part_value", index, "least(greatest(ln(CAST(p.bought AS DOUBLE) / scale() / 1e6) / ln(1e5), 0), 1)"},
	},
	from: `pair p JOIN verdict v ON v.t = p.t AND v.k = p.k AND v.x = p.x JOIN hops h ON h.t = p.t AND h.k = p.k AND h.x = p.x LEFT JOIN second_name n ON n.t = p.t AND n.k = p.k AND n.x = p.x`,
}

// second is the concentration of the exporters beside the supplier.
const second = "(p.sq - CAST(p.sold AS DOUBLE) * CAST(p.sold AS DOUBLE)) / CAST(p.world - p.sold AS DOUBLE) / CAST(p.world - p.sold AS DOUBLE)"

// importersShare is what dependents buy of all goods as a share of what all buy.
var importersShare = ratio("v.weight", "(SELECT sum(b.v) FROM buyer b WHERE b.t = p.t)")

// priceLoss is 1 divided by the price index of Feenstra (1994) without the supplier, at an elasticity of 3.4: what dependents buy
// elsewhere as a share of all, to the power of 1 / (3.4 - 1).
const priceLoss = "power(CAST(p.imports - p.bought AS DOUBLE) / CAST(p.imports AS DOUBLE), 1 / 2.4)"

var breadthTable = table{
	keys: []column{{"year", integer, "w.t"}, {"economy", text, "w.c"}},
	columns: []column{
		{"traded_products", integer, "w.traded"}, {"exported_products", integer, "w.exported"}, {"rca_products", integer, "w.advantages"}, {"rca_share", share, ratio("w.advantages", "w.traded")},
		{"entropy_products", index, "w.h"}, {"effective_products", index, "exp(w.h)"}, {"effective_sectors", index, "w.sectors"}, {"rca_sectors", integer, "w.strong"},
		{"eci", index, "e.v"}, {"eci_rank", integer, "CASE WHEN e.v IS NULL THEN NULL ELSE 1 + (SELECT count(*) FROM eci o WHERE o.t = w.t AND o.v > e.v) END"},
	},
	from: "wide w LEFT JOIN eci e ON e.t = w.t AND e.c = w.c",
}

var similarityTable = table{
	keys:    []column{{"year", integer, "a.t"}, {"economy", text, "a.c"}, {"partner", text, "a.p"}},
	columns: []column{{"similarity", index, "a.similarity"}, {"overlap", share, ratio("a.common", "a.v")}, {"world_market_share", share, ratio("a.v", "a.world")}},
	from:    "alike a",
}

var balanceTable = table{
	keys: []column{{"year", integer, "w.t"}, {"economy", text, "w.c"}, {"partner", text, "w.p"}},
	columns: []column{
		{"exports_usd", dollars, "w.exports"}, {"imports_usd", dollars, "w.imports"}, {"net_exports_usd", dollars, "CASE WHEN NOT w.partial THEN w.exports - w.imports END"},
		{"balance", share, "CASE WHEN NOT w.partial THEN " + ratio("(w.exports - w.imports)", "(w.exports + w.imports)") + " END"}, {"share_of_world_exports", share, ratio("w.exports", "a.v")},
	},
	from: "owed w JOIN whole a USING (t)",
}

var complexityTable = table{
	keys: []column{{"year", integer, "e.t"}, {"economy", text, "e.c"}},
	columns: []column{{"eci", index, "e.v"}, {"rca_products", integer, "(SELECT count(*) FROM advantage a WHERE a.t = e.t AND a.c = e.c)"},
		{"exports_usd", dollars, "s.v"}},
	from: "eci e JOIN seller s ON s.t = e.t AND s.c = e.c",
}

var productComplexityTable = table{
	keys: []column{{"year", integer, "e.t"}, {"product", text, "e.k"}},
	columns: []column{{"pci", index, "e.v"}, {"rca_economies", integer, "(SELECT count(*) FROM advantage a WHERE a.t = e.t AND a.k = e.k)"},
		{"world_exports_usd", dollars, "w.v"}},
	from: "pci e JOIN world w ON w.t = e.t AND w.k = e.k",
}
