package clickhouse

import (
	"context"
	"fmt"
	"strings"

	"chokepoint/indicator"
	"chokepoint/store"
)

// Beside its flows each shard has their sums by product and economy, as files have them in the index: some eight times fewer rows.
// The shard makes them itself when its flows are proved.
const (
	sumsDDL = `CREATE TABLE IF NOT EXISTS %s (year UInt32, product UInt32, economy UInt16, bought Float64, sold Float64, priced Float64, tonnes Float64)
ENGINE = MergeTree() PARTITION BY year ORDER BY (product, economy)`
	sumsInsert = `INSERT INTO %[1]s (year, product, economy, bought, sold, priced, tonnes)
SELECT year, product, economy, sum(m), sum(x), sum(p), sum(q) FROM (
 SELECT year, product, importer AS economy, value AS m, toFloat64(0) AS x, toFloat64(0) AS p, toFloat64(0) AS q FROM %[2]s WHERE year = %[3]d
 UNION ALL
 SELECT year, product, exporter AS economy, toFloat64(0) AS m, value AS x, if(isNaN(quantity), toFloat64(0), value) AS p, if(isNaN(quantity), toFloat64(0), quantity) AS q FROM %[2]s WHERE year = %[3]d)
GROUP BY year, product, economy`
)

// sumsTable names the table of the sums of a table of flows.
func sumsTable(flows string) string { return flows + "_sums" }

var sumsLayout = layout{
	sum: hashed(hashed(hashed(hashed(hashed("toUInt64(product) * 65536 + economy", "", ""), bits("bought"), "bitXor"), bits("sold"), "bitXor"),
		bits("priced"), "bitXor"), bits("tonnes"), "bitXor"),
	value: "sum(sold)",
}

// sum makes the sums of flows that were proved just now, and writes down what they are. Sums that are there already and as they
// were proved stay.
func (c *Cluster) sum(ctx context.Context, m *store.Manifest, flows string, proved map[int][]proof) error {
	t := holder{sumsTable(flows), sumsLayout}
	sums := map[int][]proof{}
	for year := range proved {
		sums[year] = make([]proof, len(c.shards))
	}
	err := c.each(ctx, func(ctx context.Context, i int, conn *shard) error {
		for _, statement := range []string{proofsDDL, fmt.Sprintf(sumsDDL, t.name)} {
			if err := conn.Exec(ctx, statement); err != nil {
				return err
			}
		}
		recorded, err := conn.recorded(ctx, i, []holder{t})
		if err != nil {
			return err
		}
		for year, of := range proved {
			if sums[year][i], err = conn.sumYear(ctx, t, flows, year, recorded[tableYear{t.name, year}]); err != nil {
				return err
			}
			if !sameValue(m, sums[year][i].value, of[i].value) {
				return fmt.Errorf("%s has sums of %v dollars of %d, its flows are worth %v; does another program write to it?", t.name, sums[year][i].value, year, of[i].value)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.record(ctx, t, sums)
}

// sumYear sums a year of a shard, unless that was done and proved before.
func (s *shard) sumYear(ctx context.Context, t holder, flows string, year int, before *provenYear) (proof, error) {
	at := tableYear{t.name, year}
	have, err := t.proofOf(ctx, s, at)
	if err != nil || before != nil && before.mark == have.mark {
		return have, err
	}
	if have.Rows > 0 {
		if err := s.Exec(ctx, fmt.Sprintf("ALTER TABLE %s DROP PARTITION %d", t.name, year)); err != nil {
			return have, err
		}
	}
	if err := s.Exec(ctx, fmt.Sprintf(sumsInsert, t.name, flows, year)); err != nil {
		return have, err
	}
	if err := merge(ctx, s, at); err != nil {
		return have, err
	}
	return t.proofOf(ctx, s, at)
}

// flowsOf selects the flows of products in a year; run says that those between the first and the last are all asked for.
func (e *Engine) flowsOf(year int, products []uint32, run bool) string {
	where := fmt.Sprintf("product BETWEEN %d AND %d", products[0], products[len(products)-1])
	if !run {
		where = "product IN (" + numbers(products) + ")"
	}
	return fmt.Sprintf("FROM %s WHERE year = %d AND %s", e.table, year, where)
}

// sumsIn selects the sums of products in a year, as flowsOf selects flows.
func (e *Engine) sumsIn(year int, products []uint32, run bool) string {
	return strings.Replace(e.flowsOf(year, products, run), "FROM "+e.table+" ", "FROM "+sumsTable(e.table)+" ", 1)
}

// inSums selects the sums of the block in the year, as scope selects flows.
func (s *statement) inSums() string {
	view := s.views[0].view
	return s.sumsIn(view.Year, s.block, view.Products == nil)
}

// sold is what each economy exports, by product.
func (s *statement) sold() string {
	weights := ""
	if s.quantities {
		weights = ", priced AS p, tonnes AS q"
	}
	return fmt.Sprintf("SELECT product, economy AS e, sold AS sale%s %s AND sold > 0", weights, s.inSums())
}

// sellers gives what each partner sells and, where it is needed, what all others sell. That is a difference only where dollars are whole:
// else it would not be zero where nobody else sells.
func (s *statement) sellers() (sql string, names []string) {
	partners := "1"
	if asked := s.singlePartners(); len(asked) < s.views[0].present.Len() {
		partners = "supplier IN (" + numbers(asked) + ")"
	}
	if !s.need[indicator.OthersExports] {
		return fmt.Sprintf("SELECT product, economy AS supplier, sold AS partner_exports %s", allOf(s.inSums(), "sold > 0", strings.Replace(partners, "supplier", "economy", 1))), []string{"partner_exports"}
	}
	others := "arrayMap(i -> arraySum((a, k) -> if(k = i, 0, a), sales, arrayEnumerate(sales)), arrayEnumerate(sales))"
	if s.Dataset.Manifest().Exact {
		others = "arrayMap(x -> total - x, sales)"
	}
	return fmt.Sprintf(`SELECT product, supplier, partner_exports, others_exports
  FROM (SELECT product, groupArray(e) AS names, groupArray(sale) AS sales, sum(sale) AS total, %s AS rest
    FROM (%s) GROUP BY product)
  ARRAY JOIN names AS supplier, sales AS partner_exports, rest AS others_exports
  WHERE %s`, others, s.sold(), partners), []string{"partner_exports", "others_exports"}
}

// world sums what all economies export, by product; nil names: nothing is needed.
func (s *statement) world() (sql string, names []string) {
	sums := s.sumsOf(indicator.OfExporters)
	if len(sums) == 0 && !s.leaders() {
		return "", nil
	}
	names, columns := namesOf(sums), columnsOf(sums, soldRows)
	if s.leaders() {
		columns, names = append(columns, "arrayElement(arraySort((z, a) -> (-a, z), groupArray(e), groupArray(sale)), 1) AS top_exporter"), append(names, "top_exporter")
	}
	return fmt.Sprintf("SELECT product, %s\n FROM (%s) GROUP BY product", strings.Join(columns, ", "), s.sold()), names
}

// own sums what single economies sell, by product and cell, and where flows do not tell what they buy.
func (s *statement) own() string {
	rows := strings.NewReplacer("$v", "sold", "$inside", "0", "$out", "1", "$sold", "1")
	single, groups := s.numbersOf(func(g *group) bool { return !g.merged() }), []string{}
	for _, number := range single {
		groups = append(groups, fmt.Sprint(number<<groupBits))
	}
	var columns []string
	traded := "sold > 0"
	for _, sum := range s.ownSums() {
		if sum == indicator.Imports {
			columns, traded = append(columns, "sum(bought) AS imports"), "(sold > 0 OR bought > 0)"
			continue
		}
		columns = append(columns, columnsOf([]indicator.Sum{sum}, rows)...)
	}
	worthy := ""
	if s.apart() || len(single) == len(s.groups) { // else flows are not left out by it
		worthy = s.worthy(single...)
	}
	cell := "economy + " + groups[0]
	from := allOf(s.inSums(), traded, s.ofImporters(), worthy)
	if len(groups) > 1 {
		cell, from = "economy + place", "FROM (SELECT product, economy, bought, sold "+from+") ARRAY JOIN ["+strings.Join(groups, ", ")+"] AS place"
	}
	return fmt.Sprintf("SELECT product, toUInt32(%s) AS cell, %s %s GROUP BY product, cell", cell, strings.Join(columns, ", "), from)
}
