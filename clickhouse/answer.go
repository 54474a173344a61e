package clickhouse

import (
	"context"
	"slices"

	answer "github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/store"
	"chokepoint/trade"
)

// cell is one cell of a product.
type cell struct {
	part                     *part
	importer, partner        int32
	sums                     [indicator.NumSums]float64
	topSupplier, topExporter uint16
	product                  uint32
	whole                    bool // no cell of the product is left out
}

// cellRow is a row of an answer, without its sums. The partner of an importer cell is 0.
type cellRow struct {
	product, cell                     uint32
	partner, topSupplier, topExporter uint16
}

// cellRows are the rows of a statement.
type cellRows struct {
	rows   []cellRow
	values []float64 // of each row those of the statement's sums
	order  []int32   // by product
	begin  []int32   // where a product's begin in order, by its place, and where the last one's end
}

// answered is a statement with its rows.
type answered struct {
	*statement
	got     *cellRows
	columns []indicator.Sum // of its values
}

// maxGroups are asked for in one statement.
const maxGroups = 16

// answersTo puts the statements of a block of products to the shards.
func (e *Engine) answersTo(ctx context.Context, scans []*scanning, groups []*group, block []uint32) ([]*answered, error) {
	var list []*answered
	for some := range slices.Chunk(groups, maxGroups) {
		asking := slices.DeleteFunc(slices.Clone(scans), func(s *scanning) bool {
			return !slices.ContainsFunc(s.asked, func(p *part) bool { return slices.Contains(some, p.group) })
		})
		st := newStatement(asking, some, block)
		rows, err := e.put(ctx, st)
		if err != nil {
			return nil, err
		}
		list = append(list, &answered{st, rows, st.sums()})
	}
	return list, nil
}

// statementKey is what a dataset remembers an answer by: pages ask some questions more than once, with other figures of the same cells.
type statementKey struct{ sql string }

// maxRemembered bounds the rows of an answer that is remembered: 4 MB with six sums.
const maxRemembered = 1 << 16

// put asks for the rows of one statement.
func (e *Engine) put(ctx context.Context, st *statement) (*cellRows, error) {
	key, sums := statementKey{st.sql()}, len(st.sums())
	if known, ok := store.Known[statementKey, *cellRows](e.Dataset.Memory(), key); ok {
		return known, nil
	}
	came := make([]cellRows, len(e.shards))
	at, into := make([]rowAt, len(e.shards)), make([][]any, len(e.shards))
	for i := range at {
		into[i] = []any{&at[i].place, &at[i].names}
		for k := range sums {
			into[i] = append(into[i], &at[i].sums[k])
		}
	}
	err := e.rows(ctx, key.sql, func(shard int, rows answer.Rows) error {
		if err := rows.Scan(into[shard]...); err != nil {
			return err
		}
		row := at[shard].row()
		if !st.has(&row) {
			return e.strange("product %d, importer %d of %d and partner %d", row.product, uint16(row.cell), row.cell>>groupBits, row.partner)
		}
		r := &came[shard]
		r.rows, r.values = append(r.rows, row), append(r.values, at[shard].sums[:sums]...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	all := &came[0]
	for i := range came[1:] {
		all.rows, all.values = append(all.rows, came[1+i].rows...), append(all.values, came[1+i].values...)
	}
	all.sort()
	if len(all.rows) <= maxRemembered {
		store.Keep(e.Dataset.Memory(), key, all, all.size()+int64(len(key.sql)))
	}
	return all, nil
}

// rowAt is a row as it is sent: its numbers in two columns, as the driver takes as long for each.
type rowAt struct {
	place, names uint64
	sums         [indicator.NumSums]float64
}

func (r *rowAt) row() cellRow {
	return cellRow{product: uint32(r.place >> 32), cell: uint32(r.place), partner: uint16(r.names >> 32), topSupplier: uint16(r.names >> 16), topExporter: uint16(r.names)}
}

// numbersSQL are the columns of a row's numbers.
func numbersSQL(partner, top, leader string) string {
	return "toUInt64(product) * 4294967296 + cell AS place, (toUInt64(" + partner + ") * 65536 + " + top + ") * 65536 + " + leader + " AS names"
}

// sort puts rows in order of their products.
func (r *cellRows) sort() {
	r.order, r.begin = sortedBy(inRows(len(r.rows)), func(row int32) int { return int(r.rows[row].product) })
}

// of lists the rows of a product.
func (r *cellRows) of(product uint32) []int32 {
	if int(product)+1 >= len(r.begin) {
		return nil
	}
	return r.order[r.begin[product]:r.begin[product+1]]
}

func (r *cellRows) size() int64 {
	return store.SizeOfSlice(r.rows) + store.SizeOfSlice(r.values) + store.SizeOfSlice(r.order) + store.SizeOfSlice(r.begin)
}

// has says that a row may be of the statement.
func (s *statement) has(r *cellRow) bool {
	_, ok := slices.BinarySearch(s.block, r.product)
	number := int(r.cell >> groupBits)
	return ok && number >= 1 && number <= len(s.groups) && s.groups[number-1].has(uint16(r.cell), r.partner)
}

// has says that an importer and a partner of a row may be the group's.
func (g *group) has(importer, partner uint16) bool {
	if g.whole && importer != 0 || !g.whole && !g.importers.Has(trade.Code(importer)) {
		return false
	}
	return partner == 0 || (partner == kernel.MergedPartner) == (g.partner.Len() > 0) && partner <= kernel.MergedPartner
}

// addAnswered adds the cells of a product that are in the rows of a statement, of the parts that ask for them.
func (h *handing) addAnswered(a *answered, product uint32, whole bool, importers, pairs []cell) ([]cell, []cell) {
	for _, i := range a.got.of(product) {
		r := &a.got.rows[i]
		made := cell{topSupplier: r.topSupplier, topExporter: r.topExporter, product: product, whole: whole}
		for k, sum := range a.columns {
			made.sums[sum] = a.got.values[int(i)*len(a.columns)+k]
		}
		for _, made.part = range h.asked {
			if made.part.group != a.groups[r.cell>>groupBits-1] {
				continue
			}
			partners := h.partners.single[r.partner]
			if r.partner == kernel.MergedPartner {
				if partners = made.part.partner; !h.view.Idle && made.sums[indicator.ImportsFromPartner] == 0 {
					continue // another view asks for it
				}
			}
			for _, made.importer = range made.part.entries[uint16(r.cell)] {
				if made.partner = -1; r.partner == 0 && made.part.rows {
					importers = append(importers, made)
				}
				if r.partner == 0 || !made.part.pairs {
					continue
				}
				for _, made.partner = range partners {
					pairs = append(pairs, made)
				}
			}
		}
	}
	return importers, pairs
}
