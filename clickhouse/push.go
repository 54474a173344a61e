package clickhouse

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"path/filepath"
	"time"

	"chokepoint/store"
	"chokepoint/trade"
)

// Tables of every shard. Flows of a dataset are in a table of their own, named by the checksum of its content, so that a
// dataset is never changed, only replaced by another: readers see the old or the new one.
const (
	datasetsDDL = `CREATE TABLE IF NOT EXISTS chokepoint_datasets (name String, checksum String, shards UInt32, pushed Int64,
manifest String, economies String, products String) ENGINE = MergeTree() PARTITION BY tuple() ORDER BY (name, pushed)`
	// product is the place in the dataset's list of products: lists are ascending, so order and ranges are those of codes.
	// year is a year or a month, YYYYMM.
	flowsDDL = `CREATE TABLE IF NOT EXISTS %s (year UInt32, product UInt32, importer UInt16, exporter UInt16, value Float64, quantity Float64)
ENGINE = MergeTree() PARTITION BY year ORDER BY (product, importer, exporter)`
)

// tableOf names the table of a dataset's flows. The number of shards is in it: with another, products are elsewhere.
func (c *Cluster) tableOf(m *store.Manifest) string {
	return fmt.Sprintf(tablePrefix+"%s_%d", m.Checksum()[:16], len(c.shards))
}

const tablePrefix = "chokepoint_"

// shardOf is the shard of a product. It is part of the layout: another would find products twice or never.
func shardOf(product string, shards int) int {
	h := fnv.New32a()
	h.Write([]byte(product))
	return int(h.Sum32() % uint32(shards))
}

// blockRows are sent at a time. ClickHouse makes each a part on disk, which it merges later: larger blocks are fewer parts.
const blockRows = 1_000_000

// Push loads a dataset from dir. Years whose checksum the shards already have are passed by; a year that was begun and not
// finished is dropped and sent again. The dataset can be asked only when all years are proved.
func (c *Cluster) Push(ctx context.Context, dir string, d *store.Dataset, progress func(done, total int64)) error {
	m := d.Manifest()
	table, places := c.tableOf(m), placesOf(d.Products())
	if err := c.execute(ctx, datasetsDDL, fmt.Sprintf(flowsDDL, table)); err != nil {
		return err
	}
	done, proved := int64(0), map[int][]proof{}
	for _, y := range m.Years {
		year, err := d.Year(y.Year)
		if err != nil {
			return err
		}
		p := pushing{Cluster: c, table: table, places: places, year: y.Year, progress: func(rows int64) { progress(done+rows, m.Rows) }}
		if proved[y.Year], err = p.push(ctx, year); err != nil {
			return fmt.Errorf("year %d: %w", y.Year, err)
		}
		done += y.Rows
		progress(done, m.Rows)
	}
	if err := c.record(ctx, holder{table, flowsLayout}, proved); err != nil {
		return err
	}
	if err := c.sum(ctx, m, table, proved); err != nil {
		return err
	}
	return c.publish(ctx, dir, m)
}

// execute runs statements on every shard.
func (c *Cluster) execute(ctx context.Context, statements ...string) error {
	return c.each(ctx, func(ctx context.Context, _ int, conn *shard) error {
		for _, s := range statements {
			if err := conn.Exec(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
}

// publish makes the dataset visible.
func (c *Cluster) publish(ctx context.Context, dir string, m *store.Manifest) error {
	manifest, err := m.Encode()
	if err != nil {
		return err
	}
	read := func(f store.File) (string, error) {
		data, err := os.ReadFile(filepath.Join(dir, m.Name, m.Generation, f.File))
		return string(data), err
	}
	economies, err := read(m.Economies)
	if err != nil {
		return err
	}
	products, err := read(m.Products)
	if err != nil {
		return err
	}
	return c.each(ctx, func(ctx context.Context, _ int, conn *shard) error {
		var last int64
		if err := conn.QueryRow(ctx, "SELECT max(pushed) FROM chokepoint_datasets WHERE name = "+quoted(m.Name)).Scan(&last); err != nil {
			return err
		}
		now := max(time.Now().UnixNano(), last+1) // the newest push answers, whatever clocks say
		batch, err := conn.PrepareBatch(ctx, "INSERT INTO chokepoint_datasets (name, checksum, shards, pushed, manifest, economies, products)")
		if err != nil {
			return err
		}
		if err := batch.Append(m.Name, m.Checksum(), uint32(len(c.shards)), now, string(manifest), economies, products); err != nil {
			return err
		}
		return batch.Send()
	})
}

// placesOf numbers the products of a dataset.
func placesOf(products *trade.Products) map[string]uint32 {
	places := map[string]uint32{}
	for i, p := range products.All() {
		places[p.Code] = uint32(i)
	}
	return places
}

// pushing is the way of a year's flows into a table.
type pushing struct {
	*Cluster
	table    string
	places   map[string]uint32 // of products
	year     int
	progress func(rows int64)
}

// push sends what the shards do not have, proves it, and returns the proof by shard.
func (p *pushing) push(ctx context.Context, year *store.Year) ([]proof, error) {
	want := make([]proof, len(p.shards))
	eachFlow(year, len(p.shards), p.places, func(shard int, product uint32, f *store.Flows, i int) error {
		want[shard].add(product, f.Importer[i], f.Exporter[i], f.Value[i], quantity(f, i))
		return nil
	})
	rows := make([]int64, len(p.shards))
	return want, p.each(ctx, func(ctx context.Context, shard int, conn *shard) error {
		at := tableYear{p.table, p.year}
		have, err := flowsLayout.proofOf(ctx, conn, at)
		if err != nil {
			return err
		}
		if have.mark == want[shard].mark {
			return merge(ctx, conn, at)
		}
		if have.Rows > 0 {
			if err := conn.Exec(ctx, fmt.Sprintf("ALTER TABLE %s DROP PARTITION %d", p.table, p.year)); err != nil {
				return err
			}
		}
		s := sender{conn: conn, table: p.table, year: uint32(p.year)}
		err = eachFlow(year, len(p.shards), p.places, func(of int, product uint32, f *store.Flows, i int) error {
			if of != shard {
				return nil
			}
			rows[shard]++
			if shard == 0 && rows[0]%blockRows == 0 { // one speaks for all, which are about as fast
				p.progress(rows[0] * int64(len(p.shards)))
			}
			return s.send(ctx, product, f.Importer[i], f.Exporter[i], f.Value[i], quantity(f, i))
		})
		if err == nil {
			err = s.flush()
		}
		if err != nil {
			return err
		}
		if err := merge(ctx, conn, at); err != nil {
			return err
		}
		return verify(ctx, conn, at, want[shard])
	})
}

// verify checks what a shard has of a year just after it was written.
func verify(ctx context.Context, conn *shard, at tableYear, want proof) error {
	have, err := flowsLayout.proofOf(ctx, conn, at)
	if err == nil && have.mark != want.mark {
		err = fmt.Errorf("%s has %d rows with checksum %x after the push, expected %d and %x; does another program write to it?", at.table, have.Rows, have.Sum, want.Rows, want.Sum)
	}
	return err
}

func eachFlow(year *store.Year, shards int, places map[string]uint32, do func(shard int, product uint32, f *store.Flows, i int) error) error {
	for k := range year.Len() {
		f := year.Flows(k)
		shard, product := shardOf(f.Product, shards), places[f.Product]
		for i := range f.Value {
			if err := do(shard, product, &f, i); err != nil {
				return err
			}
		}
	}
	return nil
}

func quantity(f *store.Flows, i int) float64 {
	if f.Quantity == nil {
		return math.NaN()
	}
	return f.Quantity[i]
}

// sender collects flows by column and sends them in blocks.
type sender struct {
	conn               *shard
	table              string
	year               uint32
	years              []uint32
	product            []uint32
	importer, exporter []uint16
	value, quantity    []float64
}

func (s *sender) send(ctx context.Context, product uint32, importer, exporter uint16, value, quantity float64) error {
	s.years, s.product = append(s.years, s.year), append(s.product, product)
	s.importer, s.exporter = append(s.importer, importer), append(s.exporter, exporter)
	s.value, s.quantity = append(s.value, value), append(s.quantity, quantity)
	if len(s.value) < blockRows {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.flush()
}

func (s *sender) flush() error {
	if len(s.value) == 0 {
		return nil
	}
	// A block that has begun is sent whole: what was interrupted is found by its checksum.
	batch, err := s.conn.PrepareBatch(context.Background(), "INSERT INTO "+s.table+" (year, product, importer, exporter, value, quantity)")
	if err != nil {
		return err
	}
	for i, column := range []any{s.years, s.product, s.importer, s.exporter, s.value, s.quantity} {
		if err := batch.Column(i).Append(column); err != nil {
			return err
		}
	}
	s.years, s.product, s.importer, s.exporter = s.years[:0], s.product[:0], s.importer[:0], s.exporter[:0]
	s.value, s.quantity = s.value[:0], s.quantity[:0]
	return batch.Send()
}
