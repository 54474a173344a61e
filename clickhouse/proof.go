package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"time"

	"chokepoint/store"
)

// What a shard must hold of each year is in a table of the shard: a row for each time that the year was proved, with its checksum
// and the fingerprint of the parts, the files of the server, that it was read from. Parts never change, so that years whose
// fingerprint is known need not be read again; others are, before a question uses them.
const (
	proofsTable = tablePrefix + "proofs"
	proofsDDL   = `CREATE TABLE IF NOT EXISTS ` + proofsTable + ` (holder String, shard UInt32, year UInt32, rows UInt64, sum UInt64, value Float64,
parts UInt64, proved Int64) ENGINE = MergeTree() PARTITION BY tuple() ORDER BY (holder, year, proved)`
	proofColumns = "holder, shard, year, rows, sum, value, parts, proved"
)

// mark is what a table has of a year: the number of rows, and a sum over every bit of them, modulo 2^64.
type mark struct{ Rows, Sum uint64 }

// proof is what a shard must have of a year.
type proof struct {
	mark
	value float64 // US dollars
}

// provenYear is a proof with the fingerprints under which it was read.
type provenYear struct {
	proof
	parts []uint64
	last  int64 // when it was proved last, as nanoseconds since 1970
}

// tableYear is a year in a table, or one of its periods.
type tableYear struct {
	table string
	year  int
}

// mix is ClickHouse's intHash64: the finalizer of MurmurHash3.
func mix(x uint64) uint64 {
	x ^= 0x4CF2D2BAAE6DA887
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	x ^= x >> 33
	return x
}

// add counts a flow.
func (p *proof) add(product uint32, importer, exporter uint16, value, quantity float64) {
	p.Rows++
	p.Sum += mix(mix(mix(uint64(product)<<32|uint64(importer)<<16|uint64(exporter))^math.Float64bits(value)) ^ bitsOf(quantity))
	p.value += value
}

// bitsOf gives all NaN the same bits.
func bitsOf(quantity float64) uint64 {
	if math.IsNaN(quantity) {
		return 1
	}
	return math.Float64bits(quantity)
}

// layout is a kind of table whose years are proved: how its rows are counted, in SQL, as add does here.
type layout struct{ sum, value string }

var flowsLayout = layout{
	sum: hashed(hashed(hashed("toUInt64(product) * 4294967296 + toUInt64(importer) * 65536 + exporter", "", ""), bits("value"), "bitXor"),
		"if(isNaN(quantity), toUInt64(1), "+bits("quantity")+")", "bitXor"),
	value: "sum(value)",
}

func hashed(a, b, join string) string {
	if join == "" {
		return "intHash64(" + a + ")"
	}
	return "intHash64(" + join + "(" + a + ", " + b + "))"
}

func bits(column string) string { return "reinterpretAsUInt64(reinterpretAsString(" + column + "))" }

// proofOf reads what a table has of a year.
func (l layout) proofOf(ctx context.Context, conn querier, at tableYear) (p proof, err error) {
	query := fmt.Sprintf("SELECT count(), sum(%s), %s FROM %s WHERE year = %d", l.sum, l.value, at.table, at.year)
	err = conn.QueryRow(ctx, query).Scan(&p.Rows, &p.Sum, &p.value)
	return p, err
}

// querier is a shard, or one of its replicas.
type querier interface {
	QueryRow(ctx context.Context, query string, args ...any) *row
}

// settling is how old a part must be to be known by its time, which is in whole seconds.
const settling = 2

// holding is what a replica has on its disk.
type holding struct {
	rows  map[string]uint64    // by table
	parts map[tableYear]uint64 // fingerprints; 0 where a part is so young that it could be replaced unseen
}

const heldSQL = `SELECT table, partition, name, rows, bytes_on_disk, toInt64(modification_time), toInt64(now()) - toInt64(modification_time)
FROM system.parts WHERE active AND database = %s AND table LIKE %s ORDER BY table, partition, name`

// held looks at the parts of the tables whose names begin so.
func (r *replica) held(ctx context.Context, database, prefix string) (*holding, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	st := r.begin(ctx)
	rows, err := r.pool.Query(st.ctx, fmt.Sprintf(heldSQL, quoted(database), quoted(prefix+"%")))
	if err != nil {
		return nil, st.end(err)
	}
	h := &holding{map[string]uint64{}, map[tableYear]uint64{}}
	young := map[tableYear]bool{}
	for rows.Next() {
		var table, partition, name string
		var n, bytes uint64
		var changed, age int64
		if err := rows.Scan(&table, &partition, &name, &n, &bytes, &changed, &age); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		h.rows[table] += n
		at := tableYear{table: table}
		if _, err := fmt.Sscanf(partition, "%d", &at.year); err != nil {
			continue // of a table without years
		}
		f := fnv.New64a()
		fmt.Fprintln(f, h.parts[at], name, n, bytes, changed)
		h.parts[at] = f.Sum64()
		young[at] = young[at] || age < settling
	}
	for at := range young {
		if young[at] {
			h.parts[at] = 0
		}
	}
	return h, st.end(rows.Err())
}

// QueryRow asks this replica and no other.
func (r *replica) QueryRow(ctx context.Context, query string, args ...any) *row {
	st := r.begin(ctx)
	got, err := r.pool.Query(st.ctx, query, args...)
	if err != nil {
		return &row{err: st.end(err)}
	}
	return &row{rows: &rows{Rows: got, dispatch: st, left: func() {}}}
}

// damaged says that a shard has other rows than were proved.
func (s *shard) damaged(at tableYear, have, want proof) error {
	if have.Rows != want.Rows {
		return fmt.Errorf("%s has %d rows of %d, expected the %d that were proved when they were pushed; push the dataset again", at.table, have.Rows, at.year, want.Rows)
	}
	return fmt.Errorf("%s has other values of %d than were proved when they were pushed: %d rows with checksum %x, expected %x; was it changed? Push the dataset again", at.table, at.year, have.Rows, have.Sum, want.Sum)
}

// prove makes sure that a replica has what was proved of a year, by the fingerprint of its parts, or by reading it.
func (s *shard) prove(ctx context.Context, r *replica, h *holding, l layout, at tableYear) error {
	s.mu.Lock()
	want, read := s.proofs[at], s.read[readKey{r, at}]
	s.mu.Unlock()
	parts := h.parts[at]
	if want == nil {
		return fmt.Errorf("%s has no checksum of %d in %s; push the dataset again", at.table, at.year, proofsTable)
	}
	if parts != 0 && (parts == read || slices.Contains(want.parts, parts)) {
		return nil
	}
	have, err := l.proofOf(ctx, r, at)
	if err != nil {
		return err
	}
	if have.mark != want.mark {
		return &Error{Err: fmt.Errorf("ClickHouse at %s: %w", s.cluster.address, s.damaged(at, have, want.proof))}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.read[readKey{r, at}] = parts
	return nil
}

// readKey is a year that was read and found as it must be on a replica.
type readKey struct {
	replica *replica
	at      tableYear
}

// proving is what a session knows to be proved.
type proving struct {
	years map[int]bool
	held  map[*replica]*holding
}

// prove is called before flows of a year are used, once a session.
func (e *Engine) prove(ctx context.Context, year int) error {
	m := e.Dataset.Manifest()
	if !slices.ContainsFunc(m.Years, func(y store.YearEntry) bool { return y.Year == year }) {
		return fmt.Errorf("dataset %s has no year %d; it has %v", m.Name, year, e.Dataset.Years())
	}
	e.proving.Lock()
	defer e.proving.Unlock()
	if e.proved.years[year] {
		return nil
	}
	held := make([]*holding, len(e.shards))
	err := e.each(ctx, func(ctx context.Context, i int, conn *shard) error {
		return conn.retry(ctx, func(r *replica) (err error) {
			if held[i] = e.proved.held[r]; held[i] == nil {
				if held[i], err = r.held(ctx, e.database, e.table); err != nil {
					return err
				}
			}
			for _, t := range e.tables() {
				if err := conn.prove(ctx, r, held[i], t.layout, tableYear{t.name, year}); err != nil {
					return err
				}
				conn.touch(t.layout, tableYear{t.name, year})
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	for i, s := range e.shards {
		e.proved.held[s.replica()] = held[i]
	}
	e.proved.years[year] = true
	return nil
}

// touch notes that answers rest on a year, so that a replica that stands in must have it, too.
func (s *shard) touch(l layout, at tableYear) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.touched[at] = l
}

// holder is a table of a dataset.
type holder struct {
	name string
	layout
}

// tables are those of a dataset.
func (s *stored) tables() []holder {
	return []holder{{s.table, flowsLayout}, {sumsTable(s.table), sumsLayout}}
}

// loadProofs reads what each shard must have, and compares it with the manifest: flows and dollars of each year.
func (e *Engine) loadProofs(ctx context.Context) error {
	m := e.Dataset.Manifest()
	all := make([]map[tableYear]*provenYear, len(e.shards))
	err := e.each(ctx, func(ctx context.Context, i int, conn *shard) (err error) {
		all[i], err = conn.recorded(ctx, i, e.tables())
		return err
	})
	if codeOf(err) == codeUnknownTable {
		return e.outdated()
	}
	if err != nil {
		return err
	}
	for _, t := range e.tables() {
		for _, y := range m.Years {
			var sum proof
			for i := range e.shards {
				p := all[i][tableYear{t.name, y.Year}]
				if p == nil {
					return e.outdated()
				}
				sum.Rows, sum.value = sum.Rows+p.Rows, sum.value+p.value
			}
			if t.name == e.table && sum.Rows != uint64(y.Rows) || !sameValue(m, sum.value, y.ValueUSD) {
				return &Error{Err: fmt.Errorf("ClickHouse at %s: %s says that %s has %d rows and %v dollars of %d, the manifest of dataset %s %d and %v; push it again",
					e.address, proofsTable, t.name, sum.Rows, sum.value, y.Year, m.Name, y.Rows, y.ValueUSD)}
			}
		}
	}
	for i, s := range e.shards {
		s.mu.Lock()
		for at, p := range all[i] {
			s.proofs[at] = p
		}
		s.mu.Unlock()
	}
	return nil
}

// outdated is the error of a dataset that an earlier version pushed.
func (e *Engine) outdated() error {
	name := e.Dataset.Manifest().Name
	return &Error{Err: fmt.Errorf("ClickHouse at %s: dataset %s was pushed by an earlier version, without what questions are proved by: `chokepoint datasets upgrade %s --engine …` makes it from what is there, and so does pushing it again, which sends only what is missing", e.address, name, name)}
}

// sameValue compares dollars of a year: sums of whole dollars are exact, others are rounded in another order.
func sameValue(m *store.Manifest, a, b float64) bool {
	return a == b || !m.Exact && math.Abs(a-b) <= 1e-9*math.Max(a, b)
}

// recorded reads the proofs of tables of a shard. The last one of a year is the one that counts.
func (s *shard) recorded(ctx context.Context, number int, tables []holder) (map[tableYear]*provenYear, error) {
	names := ""
	for i, t := range tables {
		if i > 0 {
			names += ", "
		}
		names += quoted(t.name)
	}
	rows, err := s.Query(ctx, fmt.Sprintf("SELECT holder, year, rows, sum, value, parts, proved FROM %s WHERE holder IN (%s) AND shard = %d ORDER BY proved", proofsTable, names, number))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[tableYear]*provenYear{}
	for rows.Next() {
		var p provenYear
		var at tableYear
		var year uint32
		var parts uint64
		if err := rows.Scan(&at.table, &year, &p.Rows, &p.Sum, &p.value, &parts, &p.last); err != nil {
			return nil, err
		}
		at.year = int(year)
		if before := found[at]; before != nil && before.mark == p.mark {
			p.parts = before.parts
		}
		p.parts = append(p.parts, parts)
		found[at] = &p
	}
	return found, rows.Err()
}

// record writes down what was proved just now, by year and shard, with the parts that it was read from.
func (c *Cluster) record(ctx context.Context, t holder, proved map[int][]proof) error {
	return c.each(ctx, func(ctx context.Context, i int, conn *shard) error {
		if err := conn.Exec(ctx, proofsDDL); err != nil {
			return err
		}
		h, err := conn.settled(ctx, t.name)
		if err != nil {
			return err
		}
		have, err := conn.recorded(ctx, i, []holder{t})
		if err != nil {
			return err
		}
		batch, err := conn.PrepareBatch(ctx, "INSERT INTO "+proofsTable+" ("+proofColumns+")")
		if err != nil {
			return err
		}
		for year, shards := range proved {
			at, p, now := tableYear{t.name, year}, shards[i], time.Now().UnixNano()
			if k := have[at]; k != nil {
				if k.mark == p.mark && slices.Contains(k.parts, h.parts[at]) {
					continue
				}
				now = max(now, k.last+1) // it must be the last one, whatever clocks say
			}
			if err := batch.Append(t.name, uint32(i), uint32(year), p.Rows, p.Sum, p.value, h.parts[at], now); err != nil {
				return err
			}
		}
		if batch.Rows() == 0 {
			return batch.Abort()
		}
		return batch.Send()
	})
}

// settled looks at the parts of a table when they are old enough to be known again. Small tables are not waited for: to read
// them costs less.
func (s *shard) settled(ctx context.Context, table string) (h *holding, err error) {
	for range 2 {
		err = s.retry(ctx, func(r *replica) error {
			h, err = r.held(ctx, s.cluster.database, table)
			return err
		})
		young := false
		for at, parts := range h.orNone().parts {
			young = young || at.table == table && parts == 0
		}
		if err != nil || !young || h.rows[table] < blockRows {
			return h, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(settling * time.Second):
		}
	}
	return h, nil
}

func (h *holding) orNone() *holding {
	if h == nil {
		return &holding{}
	}
	return h
}

// merge makes one part of a year, so that the server does not merge it later, when its fingerprint would be another. A user
// that may not, or a server that does not, costs time alone: the year will be read to be proved.
func merge(ctx context.Context, conn *shard, at tableYear) error {
	var parts uint64
	err := conn.QueryRow(ctx, fmt.Sprintf("SELECT count() FROM system.parts WHERE active AND database = %s AND table = %s AND partition = '%d'",
		quoted(conn.cluster.database), quoted(at.table), at.year)).Scan(&parts)
	if err != nil || parts < 2 {
		return err
	}
	if err = conn.Exec(ctx, fmt.Sprintf("OPTIMIZE TABLE %s PARTITION %d FINAL", at.table, at.year)); isException(err) {
		return nil
	}
	return err
}

// Verify reads a dataset whole on every shard, compares each year with its checksum, and reports everything that is wrong.
// What is right is written down, where the user may write, so that questions need not read it again to prove it.
func (c *Cluster) Verify(ctx context.Context, name string, progress func(done, total int64)) error {
	e, err := c.open(ctx, name)
	if err != nil {
		return err
	}
	if err := e.loadProofs(ctx); err != nil {
		return err
	}
	var errs []error
	var done int64
	m := e.Dataset.Manifest()
	for _, t := range e.tables() {
		proved := map[int][]proof{}
		for _, y := range m.Years {
			proofs := make([]proof, len(e.shards))
			found := make([]error, len(e.shards))
			err := e.each(ctx, func(ctx context.Context, i int, conn *shard) (err error) {
				at := tableYear{t.name, y.Year}
				if proofs[i], err = t.proofOf(ctx, conn, at); err != nil {
					return err
				}
				if want := conn.proofs[at].proof; proofs[i].mark != want.mark {
					found[i] = c.onShard(i, conn.damaged(at, proofs[i], want))
				}
				return nil
			})
			if err != nil {
				return err
			}
			if err := errors.Join(found...); err != nil {
				errs = append(errs, err)
			} else {
				proved[y.Year] = proofs
			}
			if t.name == e.table {
				done += y.Rows
				progress(done, m.Rows)
			}
		}
		if err := c.record(ctx, t, proved); err != nil && !readOnly(err) {
			errs = append(errs, err)
		}
	}
	return errors.Join(append(errs, e.verify(ctx))...)
}

// readOnly says that a user may not write.
func readOnly(err error) bool {
	return codeOf(err) == codeReadOnlyUser || codeOf(err) == codeAccessDenied
}

// codeOf is the code of an error of the server, or 0.
func codeOf(err error) int32 {
	var failure *Error
	if errors.As(err, &failure) {
		return failure.code
	}
	return 0
}

// Upgrade makes what questions are proved by of a dataset that an earlier version pushed. Flows and dollars of each year must be
// those of the manifest; nothing else is known of them.
func (c *Cluster) Upgrade(ctx context.Context, name string, progress func(done, total int64)) error {
	e, err := c.open(ctx, name)
	if err != nil {
		return err
	}
	if err := e.verify(ctx); err != nil {
		return err
	}
	m := e.Dataset.Manifest()
	proved := map[int][]proof{}
	var done int64
	for _, y := range m.Years {
		proofs := make([]proof, len(e.shards))
		err := e.each(ctx, func(ctx context.Context, i int, conn *shard) (err error) {
			at := tableYear{e.table, y.Year}
			if err := merge(ctx, conn, at); err != nil {
				return err
			}
			proofs[i], err = flowsLayout.proofOf(ctx, conn, at)
			return err
		})
		if err != nil {
			return err
		}
		var sum proof
		for _, p := range proofs {
			sum.Rows, sum.value = sum.Rows+p.Rows, sum.value+p.value
		}
		if sum.Rows != uint64(y.Rows) || !sameValue(m, sum.value, y.ValueUSD) {
			return &Error{Err: fmt.Errorf("ClickHouse at %s: %s has %d flows of %d worth %v dollars, the manifest of dataset %s says %d worth %v; push it again", e.address, e.table, sum.Rows, y.Year, sum.value, m.Name, y.Rows, y.ValueUSD)}
		}
		proved[y.Year] = proofs
		done += y.Rows
		progress(done, m.Rows)
	}
	if err := c.record(ctx, e.tables()[0], proved); err != nil {
		return err
	}
	return c.sum(ctx, m, e.table, proved)
}

// strange is the error of an answer that has what was not asked for.
func (c *Cluster) strange(format string, args ...any) error {
	return &Error{Err: fmt.Errorf("ClickHouse at %s answers with %s, which was not asked for; is something between this program and the server?", c.address, fmt.Sprintf(format, args...))}
}
