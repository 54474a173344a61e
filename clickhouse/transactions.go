package clickhouse

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"

	"chokepoint/fault"
	"chokepoint/trade"
)

// Transactions of a dataset are in a table of each shard, one partition per file that they were read from, so that a file is
// dropped and sent again as a whole. A plain view sums them by period, for everybody; the program puts the same SELECT with
// the dates of a period, which the server finds by its index, as it does not find the view's. docs/scale.md says why it is no
// materialized view.
const (
	transactionsDDL = `CREATE TABLE IF NOT EXISTS %s (file UInt64, date UInt32, product FixedString(6), importer UInt16, exporter UInt16,
value Int64, quantity Int64) ENGINE = MergeTree() PARTITION BY file ORDER BY (date, product, importer, exporter)`
	viewDDL = `CREATE VIEW IF NOT EXISTS %s AS ` + sumsSQL
	sumsSQL = `SELECT intDiv(date, %d) AS year, product, importer, exporter, sum(value) AS usd_millionths,
sumIf(value, quantity >= 0) AS priced_millionths, sumIf(quantity, quantity >= 0) AS grams, countIf(quantity >= 0) AS known, count() AS transactions
FROM %s WHERE date BETWEEN %d AND %d GROUP BY year, product, importer, exporter`
	transactionMarkSQL = `SELECT count(), sum((2 * (reinterpretAsUInt64(product) * 1048576 + toUInt64(importer) * 1024 + exporter) + 1)
 * (toUInt64(value) + 31 * toUInt64(quantity) + 1000003 * toUInt64(date))) FROM %s WHERE file = %d`
)

// Transactions takes the transactions of a dataset and sums them on the shards. It implements ingest.Ledger.
type Transactions struct {
	cluster *Cluster
	table   string
	divisor int // of dates, to periods
}

// Transactions begins with what the shards have of a dataset's transactions. Those of other files than the ones named are
// dropped.
func (c *Cluster) Transactions(ctx context.Context, name string, monthly bool, files []uint64) (*Transactions, error) {
	suffix, period, divisor := tableSuffix(name, len(c.shards)), "year", 10000
	if monthly {
		period, divisor = "month", 100
	}
	l := &Transactions{cluster: c, table: "chokepoint_transactions_" + suffix, divisor: divisor}
	err := c.execute(ctx, fmt.Sprintf(transactionsDDL, l.table), fmt.Sprintf(viewDDL, "chokepoint_by_"+period+"_"+suffix, divisor, l.table, 0, 99999999))
	if err != nil {
		return nil, err
	}
	return l, c.each(ctx, func(ctx context.Context, _ int, conn *shard) error {
		var have []uint64
		if err := conn.QueryRow(ctx, "SELECT groupUniqArray(file) FROM "+l.table).Scan(&have); err != nil {
			return err
		}
		for _, file := range have {
			if slices.Contains(files, file) {
				continue
			}
			if err := l.drop(ctx, conn, file); err != nil {
				return err
			}
		}
		return nil
	})
}

var notInTables = regexp.MustCompile(`[^a-z0-9]+`)

// tableSuffix tells the tables of datasets apart, in letters that need no quotes.
func tableSuffix(name string, shards int) string {
	h := fnv.New32a()
	h.Write([]byte(name))
	return fmt.Sprintf("%s_%08x_%d", notInTables.ReplaceAllString(name, "_"), h.Sum32(), shards)
}

func (l *Transactions) drop(ctx context.Context, conn *shard, file uint64) error {
	return conn.Exec(ctx, fmt.Sprintf("ALTER TABLE %s DROP PARTITION %d", l.table, file))
}

// addTransaction counts a transaction as transactionMarkSQL does.
func (m *mark) addTransaction(t *trade.Transaction) {
	var product [8]byte
	copy(product[:], t.Product)
	key := binary.LittleEndian.Uint64(product[:])*1048576 + uint64(t.Importer)*1024 + uint64(t.Exporter)
	m.Rows++
	m.Sum += (2*key + 1) * (uint64(t.Value) + 31*uint64(t.Quantity) + 1000003*uint64(t.Date))
}

// marks are what the shards have of a file.
func (l *Transactions) marks(ctx context.Context, file uint64) ([]mark, error) {
	have := make([]mark, len(l.cluster.shards))
	err := l.cluster.each(ctx, func(ctx context.Context, shard int, conn *shard) error {
		return conn.QueryRow(ctx, fmt.Sprintf(transactionMarkSQL, l.table, file)).Scan(&have[shard].Rows, &have[shard].Sum)
	})
	return have, err
}

// File implements ingest.Ledger. A file that the shards have is read to prove it, and sent again only where it differs.
func (l *Transactions) File(ctx context.Context, file uint64, read func(take func(*trade.Transaction) error) error) error {
	have, err := l.marks(ctx, file)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(have, func(m mark) bool { return m.Rows > 0 }) {
		want := make([]mark, len(have))
		err := read(func(t *trade.Transaction) error {
			want[shardOf(t.Product, len(want))].addTransaction(t)
			return nil
		})
		if err != nil || slices.Equal(have, want) {
			return err
		}
		err = l.cluster.each(ctx, func(ctx context.Context, _ int, conn *shard) error { return l.drop(ctx, conn, file) })
		if err != nil {
			return err
		}
	}
	return l.send(ctx, file, read)
}

// send sends a file and proves that it arrived.
func (l *Transactions) send(ctx context.Context, file uint64, read func(take func(*trade.Transaction) error) error) error {
	want := make([]mark, len(l.cluster.shards))
	blocks := make([]*transactionBlock, len(want))
	for i := range blocks {
		blocks[i] = &transactionBlock{}
	}
	sending, ctx := fault.WithContext(ctx)
	sending.SetLimit(len(want))
	pass := func(shard int) {
		b := blocks[shard]
		blocks[shard] = &transactionBlock{}
		sending.Go(func() error {
			if err := b.send(l.cluster.shards[shard], l.table, file); err != nil {
				return l.cluster.onShard(shard, err)
			}
			return nil
		})
	}
	err := read(func(t *trade.Transaction) error {
		shard := shardOf(t.Product, len(want))
		want[shard].addTransaction(t)
		if blocks[shard].add(t); len(blocks[shard].date) == blockRows {
			pass(shard)
			return ctx.Err()
		}
		return nil
	})
	for shard := range blocks {
		if err == nil && len(blocks[shard].date) > 0 {
			pass(shard)
		}
	}
	if failed := sending.Wait(); failed != nil {
		return failed
	}
	if err != nil {
		return err
	}
	have, err := l.marks(context.WithoutCancel(ctx), file)
	if err == nil && !slices.Equal(have, want) {
		err = fmt.Errorf("%s has %v of the file %d, expected %v; does another program write to it?", l.table, have, file, want)
	}
	return err
}

// transactionBlock is transactions by column, to be sent at a time.
type transactionBlock struct {
	date               []uint32
	product            []string
	importer, exporter []uint16
	value, quantity    []int64
}

func (b *transactionBlock) add(t *trade.Transaction) {
	b.date, b.product = append(b.date, uint32(t.Date)), append(b.product, t.Product)
	b.importer, b.exporter = append(b.importer, uint16(t.Importer)), append(b.exporter, uint16(t.Exporter))
	b.value, b.quantity = append(b.value, t.Value), append(b.quantity, t.Quantity)
}

func (b *transactionBlock) send(conn *shard, table string, file uint64) error {
	// A block that has begun is sent whole: what was interrupted is found by its checksum.
	batch, err := conn.PrepareBatch(context.Background(), "INSERT INTO "+table+" (file, date, product, importer, exporter, value, quantity)")
	if err != nil {
		return err
	}
	files := slices.Repeat([]uint64{file}, len(b.date))
	for i, column := range []any{files, b.date, b.product, b.importer, b.exporter, b.value, b.quantity} {
		if err := batch.Column(i).Append(column); err != nil {
			return err
		}
	}
	return batch.Send()
}

// productSums is the sums of one product in a period.
type productSums struct {
	product string
	sums    []trade.Sum
}

// Sums implements ingest.Ledger: the products of all shards in ascending order. A product is on one shard.
func (l *Transactions) Sums(ctx context.Context, period trade.Period, take func(product string, sums []trade.Sum) error) error {
	group, ctx := fault.WithContext(ctx)
	streams := make([]chan productSums, len(l.cluster.shards))
	for shard, conn := range l.cluster.shards {
		streams[shard] = make(chan productSums, 16)
		group.Go(func() error {
			defer close(streams[shard])
			if err := l.stream(ctx, conn, period, streams[shard]); err != nil {
				return l.cluster.onShard(shard, err)
			}
			return nil
		})
	}
	group.Go(func() error {
		next := make([]*productSums, len(streams))
		advance := func(shard int) {
			next[shard] = nil
			if p, ok := <-streams[shard]; ok {
				next[shard] = &p
			}
		}
		for shard := range streams {
			advance(shard)
		}
		for {
			first := -1
			for shard, p := range next {
				if p != nil && (first < 0 || p.product < next[first].product) {
					first = shard
				}
			}
			if first < 0 || ctx.Err() != nil {
				return ctx.Err()
			}
			if err := take(next[first].product, next[first].sums); err != nil {
				return err
			}
			advance(first)
		}
	})
	return group.Wait()
}

// stream reads the sums of a shard, product by product.
func (l *Transactions) stream(ctx context.Context, conn *shard, period trade.Period, to chan<- productSums) error {
	from := int(period) * l.divisor
	sums := fmt.Sprintf(sumsSQL, l.divisor, l.table, from, from+l.divisor-1)
	rows, err := conn.Query(ctx, `SELECT product, importer, exporter, usd_millionths, priced_millionths, grams, toInt64(known), toInt64(transactions)
FROM (`+sums+`) ORDER BY product, importer, exporter`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var p productSums
	pass := func() error {
		if len(p.sums) == 0 {
			return nil
		}
		select {
		case to <- p:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for rows.Next() {
		var product string
		var importer, exporter uint16
		var s trade.Sum
		if err := rows.Scan(&product, &importer, &exporter, &s.Value, &s.Priced, &s.Quantity, &s.Known, &s.Transactions); err != nil {
			return err
		}
		s.Importer, s.Exporter = trade.Code(importer), trade.Code(exporter)
		if product != p.product {
			if err := pass(); err != nil {
				return err
			}
			p = productSums{product: product, sums: make([]trade.Sum, 0, cmp.Or(len(p.sums), 16))}
		}
		p.sums = append(p.sums, s)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return pass()
}
