package clickhouse

import (
	"context"
	"fmt"
	"slices"

	answer "github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"chokepoint/trade"
)

// keyedRows are rows of a place in what was asked for, a product, an economy and some values. The three are one column, as the driver takes
// as long for each column of a row. Entries of arrays would take it ten times as long.
type keyedRows struct {
	keys   []uint64
	values [][]float64 // by column
	order  []int32     // by place, product and economy
}

// keySQL is the key of a row.
func keySQL(place, economy string) string {
	return fmt.Sprintf("(toUInt64(%s) * 4294967296 + product) * 65536 + %s AS key", place, economy)
}

func placeOfKey(key uint64) int      { return int(key >> 48) }
func productOfKey(key uint64) uint32 { return uint32(key >> 16) }
func economyOfKey(key uint64) uint16 { return uint16(key) }

// keyed asks for rows of a key and so many values.
func (e *Engine) keyed(ctx context.Context, query string, places, values int) (*keyedRows, error) {
	came := make([]keyedRows, len(e.shards))
	at, keys, into := make([][]float64, len(e.shards)), make([]uint64, len(e.shards)), make([][]any, len(e.shards))
	for i := range came {
		came[i].values, at[i], into[i] = make([][]float64, values), make([]float64, values), []any{&keys[i]}
		for k := range values {
			into[i] = append(into[i], &at[i][k])
		}
	}
	err := e.rows(ctx, query, func(shard int, rows answer.Rows) error {
		if err := rows.Scan(into[shard]...); err != nil {
			return err
		}
		key, r := keys[shard], &came[shard]
		if place, product := placeOfKey(key), productOfKey(key); place >= places || int(product) >= len(e.codes) || economyOfKey(key) >= trade.MaxCode {
			return e.strange("product %d of %d, place %d of %d and economy %d", product, len(e.codes), place, places, economyOfKey(key))
		}
		r.keys = append(r.keys, key)
		for k, v := range at[shard] {
			r.values[k] = append(r.values[k], v)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	all := &came[0]
	for i := range came[1:] {
		all.keys = append(all.keys, came[1+i].keys...)
		for k := range all.values {
			all.values[k] = append(all.values[k], came[1+i].values[k]...)
		}
	}
	all.sort()
	return all, nil
}

// sort puts rows in order, by one digit of the key after the other: shards send long runs in no order.
func (r *keyedRows) sort() {
	r.order = inRows(len(r.keys))
	if slices.IsSorted(r.keys) {
		return
	}
	for _, digit := range []func(uint64) int{
		func(key uint64) int { return int(economyOfKey(key)) }, func(key uint64) int { return int(productOfKey(key)) }, placeOfKey,
	} {
		r.order, _ = sortedBy(r.order, func(row int32) int { return digit(r.keys[row]) })
	}
}

// sortedBy puts rows in order of a small number that each has, by counting; what has the same stays as it is. The rows of a number are those from
// begin[number] to begin[number+1].
func sortedBy(order []int32, number func(row int32) int) (sorted, begin []int32) {
	last := 0
	for _, row := range order {
		last = max(last, number(row))
	}
	begin = make([]int32, last+2)
	for _, row := range order {
		begin[number(row)+1]++
	}
	for n := range begin[1:] {
		begin[n+1] += begin[n]
	}
	sorted, next := make([]int32, len(order)), slices.Clone(begin)
	for _, row := range order {
		n := number(row)
		sorted[next[n]] = row
		next[n]++
	}
	return sorted, begin
}

// inRows are n rows as they came.
func inRows(n int) []int32 {
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	return order
}

// each hands over the rows of each place and product.
func (r *keyedRows) each(take func(place int, product uint32, rows []int32)) {
	for left := r.order; len(left) > 0; {
		key, n := r.keys[left[0]]>>16, 1
		for n < len(left) && r.keys[left[n]]>>16 == key {
			n++
		}
		take(placeOfKey(key<<16), productOfKey(key<<16), left[:n])
		left = left[n:]
	}
}
