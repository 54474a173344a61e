package clickhouse

import (
	"context"
	"fmt"
	"strings"

	"chokepoint/indicator"
	"chokepoint/store"
	"chokepoint/trade"
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

// sumsIn selects the sums of products in a year, as flowsOf selects flows.
func (e *Engine) sumsIn(year int, products []uint32, run bool) string {
	return strings.Replace(e.flowsOf(year, products, run), "FROM "+e.table+" ", "FROM "+sumsTable(e.table)+" ", 1)
}

// netted says that what is sold inside a bloc of the statement does not count, so that the sums of its members are too large.
func (s *statement) netted() bool {
	return s.view.World == trade.Net && (s.importer != nil || s.partner != nil)
}

// soldSums is what sold gives, from sums.
func (s *statement) soldSums(onlyPartners bool) string {
	weights, partners := "", ""
	if s.quantities {
		weights = ", priced AS p, tonnes AS q"
	}
	if onlyPartners {
		partners = " AND " + s.partnersIn("economy")
	}
	return fmt.Sprintf("SELECT product, economy AS e, sold AS sale%s %s AND sold > 0%s", weights, s.sumsIn(s.view.Year, s.block, s.view.Products == nil), partners)
}

// ownSold is what own gives of single economies, from sums.
func (s *statement) ownSold() (sql, keys string) {
	rows := strings.NewReplacer("$v", "sold", "$inside", "0", "$out", "1", "$sold", "1")
	return fmt.Sprintf("SELECT product, economy AS cell, %s %s AND sold > 0 AND economy IN (%s) GROUP BY product, cell",
		strings.Join(columnsOf(s.ownSums(), rows), ", "), s.sumsIn(s.view.Year, s.block, s.view.Products == nil), numbers(s.importers.singles())), "product, cell"
}

// worldSold is the simplest world: what all economies export.
func (s *statement) worldSold() (sql string, names []string) {
	total := []indicator.Sum{indicator.WorldExports}
	rows := strings.NewReplacer("$v", "sold")
	return "SELECT product, " + columnsOf(total, rows)[0] + " " + s.sumsIn(s.view.Year, s.block, s.view.Products == nil) + " GROUP BY product", namesOf(total)
}
