package clickhouse

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	driver "github.com/ClickHouse/clickhouse-go/v2"
	answer "github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"chokepoint/store"
)

// Engine answers questions about one dataset. It implements analysis.Engine.
type Engine struct {
	*catalogue
	dir      string // of flows fetched
	mu       sync.Mutex
	fetched  map[string]*store.Dataset
	sequence int
}

// catalogue is what is known of a dataset without its flows.
type catalogue struct {
	*Cluster
	Dataset *store.Dataset // manifest, economies and products, without flows
	table   string
	codes   []string // products by place
	places  map[string]uint32
	traded  sync.Map // by year: the places of the products that have flows
}

// List gives the manifests of the datasets that can be asked, by name. Of those that were pushed to another number of shards
// the error tells.
func (c *Cluster) List(ctx context.Context) ([]store.Manifest, error) {
	list, err := c.list(ctx)
	if err != nil {
		return nil, err
	}
	manifests := []store.Manifest{}
	var errs []error
	for i := range list {
		var m store.Manifest
		if err := errors.Join(c.fits(&list[i]), json.Unmarshal([]byte(list[i].manifest), &m)); err != nil {
			errs = append(errs, err)
			continue
		}
		manifests = append(manifests, m)
	}
	return manifests, errors.Join(errs...)
}

// Default is the dataset that answers where a question names none.
func (c *Cluster) Default(ctx context.Context) (store.Choice, error) {
	list, damaged := c.List(ctx)
	choice, err := store.Choose(list, damaged, "")
	var unchosen *store.UnchosenError
	if errors.As(err, &unchosen) {
		if unchosen.Place = " on " + c.address; unchosen.Count == 0 {
			err = fmt.Errorf("no dataset on %s: `chokepoint push` loads one", c.address)
		}
	}
	return choice, err
}

// Open finds a dataset by name; the empty name stands for the default. The catalogue is kept in a temporary folder until
// Close.
func (c *Cluster) Open(ctx context.Context, name string) (*Engine, error) {
	if name == "" {
		choice, err := c.Default(ctx)
		if err != nil {
			return nil, err
		}
		name = choice.Name
	}
	list, err := c.list(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	var found *pushed
	for i := range list {
		names = append(names, list[i].name)
		if list[i].name == name {
			found = &list[i]
		}
	}
	switch {
	case len(list) == 0:
		return nil, fmt.Errorf("no dataset on %s: `chokepoint push` loads one", c.address)
	case found == nil:
		return nil, fmt.Errorf("no dataset %q on %s; there are: %s", name, c.address, strings.Join(names, ", "))
	}
	if err := c.fits(found); err != nil {
		return nil, err
	}
	e, err := c.engine(ctx, found)
	if err != nil {
		return nil, err
	}
	if err := e.prove(ctx); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// pushed is a row of chokepoint_datasets.
type pushed struct {
	name     string
	shards   uint32
	at       int64
	manifest string
}

func (c *Cluster) fits(p *pushed) error {
	if int(p.shards) != len(c.shards) {
		return fmt.Errorf("dataset %s was pushed to %d shards, the address names %d: want the cluster that it was pushed to, or push it again", p.name, p.shards, len(c.shards))
	}
	return nil
}

// list gives the newest push of each dataset. A server without the table has none.
func (c *Cluster) list(ctx context.Context) ([]pushed, error) {
	rows, err := c.shards[0].Query(ctx, `SELECT name, argMax(shards, pushed), max(pushed), argMax(manifest, pushed)
FROM chokepoint_datasets GROUP BY name ORDER BY name`)
	var exception *driver.Exception
	if errors.As(err, &exception) && exception.Code == codeUnknownTable {
		return nil, nil
	}
	if err != nil {
		return nil, c.onShard(0, err)
	}
	defer rows.Close()
	var list []pushed
	for rows.Next() {
		var p pushed
		if err := rows.Scan(&p.name, &p.shards, &p.at, &p.manifest); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, c.explain(rows.Err())
}

func (c *Cluster) engine(ctx context.Context, p *pushed) (*Engine, error) {
	var m store.Manifest
	if err := json.Unmarshal([]byte(p.manifest), &m); err != nil {
		return nil, fmt.Errorf("manifest of %s: %w", p.name, err)
	}
	var economies, products string
	err := c.shards[0].QueryRow(ctx, fmt.Sprintf("SELECT economies, products FROM chokepoint_datasets WHERE name = %s AND pushed = %d LIMIT 1",
		quoted(p.name), p.at)).Scan(&economies, &products)
	if err != nil {
		return nil, c.onShard(0, err)
	}
	dir, err := os.MkdirTemp("", "chokepoint-")
	if err != nil {
		return nil, err
	}
	e := &Engine{catalogue: &catalogue{Cluster: c, table: c.tableOf(&m)}, dir: dir, fetched: map[string]*store.Dataset{}}
	home := filepath.Join(dir, "catalogue", m.Name)
	err = os.MkdirAll(filepath.Join(home, m.Generation), 0o700)
	for path, text := range map[string]string{
		"manifest.json": p.manifest,
		filepath.Join(m.Generation, m.Economies.File): economies,
		filepath.Join(m.Generation, m.Products.File):  products,
	} {
		err = errors.Join(err, os.WriteFile(filepath.Join(home, path), []byte(text), 0o600))
	}
	if err == nil {
		e.Dataset, err = store.Open(filepath.Join(dir, "catalogue"), m.Name)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	e.places = placesOf(e.Dataset.Products())
	for _, p := range e.Dataset.Products().All() {
		e.codes = append(e.codes, p.Code)
	}
	return e, nil
}

// prove compares the number of flows on the shards with the manifest: a replica may not have caught up, somebody may have
// dropped a partition. A table that is no MergeTree holds nothing itself and is not counted.
func (e *Engine) prove(ctx context.Context) error {
	held := make([]uint64, len(e.shards))
	var view atomic.Bool
	count := func() (sum uint64, err error) {
		err = e.each(ctx, func(ctx context.Context, i int, conn driver.Conn) error {
			rows, err := e.shards[i].remember(ctx, e.table)
			if held[i] = rows[e.table]; err != nil || held[i] > 0 {
				return err
			}
			var kind string
			err = conn.QueryRow(ctx, fmt.Sprintf("SELECT engine FROM system.tables WHERE database = %s AND name = %s", quoted(e.database), quoted(e.table))).Scan(&kind)
			switch {
			case errors.Is(err, sql.ErrNoRows):
				return fmt.Errorf("table %s of dataset %s is not there; push it again", e.table, e.Dataset.Manifest().Name)
			case err == nil && !strings.HasSuffix(kind, "MergeTree"):
				view.Store(true)
			}
			return err
		})
		for _, n := range held {
			sum += n
		}
		return sum, err
	}
	want := uint64(e.Dataset.Manifest().Rows)
	sum, err := count()
	if err != nil || view.Load() || sum == want {
		return err
	}
	for i, s := range e.shards {
		s.prefer(ctx, e.table, held[i])
	}
	if sum, err = count(); err == nil && sum != want {
		err = &Error{Err: fmt.Errorf("ClickHouse at %s: %s has %d of the %d flows of dataset %s; wait until the replicas have caught up, or push it again", e.address, e.table, sum, want, e.Dataset.Manifest().Name)}
	}
	return err
}

// Session gives an engine for one question, or a few: Close lets go of the flows that they needed, and of nothing else.
func (e *Engine) Session() (*Engine, error) {
	dir, err := os.MkdirTemp(e.dir, "session-")
	return &Engine{catalogue: e.catalogue, dir: dir, fetched: map[string]*store.Dataset{}}, err
}

// Close removes what was kept. Connections are the cluster's.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var errs []error
	for _, d := range e.fetched {
		errs = append(errs, d.Close())
	}
	clear(e.fetched)
	return errors.Join(append(errs, os.RemoveAll(e.dir))...)
}

// maxFetched bounds the products whose flows are asked for in one statement.
const maxFetched = 256

// Flows implements analysis.Engine. The flows come into a dataset of their own on this computer: only a question that looks
// at single flows asks, for the products that it has found.
func (e *Engine) Flows(ctx context.Context, year int, products []string) (*store.Year, error) {
	key := fmt.Sprint(year, products == nil, products)
	e.mu.Lock()
	d := e.fetched[key]
	e.mu.Unlock()
	if d == nil {
		var err error
		if d, err = e.fetch(ctx, year, products); err != nil {
			return nil, err
		}
		e.mu.Lock()
		if known := e.fetched[key]; known != nil { // another was faster
			d.Close()
			d = known
		}
		e.fetched[key] = d
		e.mu.Unlock()
	}
	return d.Year(year)
}

// fetched flows of a block of products, by place.
type productFlows struct {
	importer, exporter []uint16
	value, quantity    []float64
}

func (e *Engine) fetch(ctx context.Context, year int, products []string) (d *store.Dataset, err error) {
	e.mu.Lock()
	e.sequence++
	name := fmt.Sprintf("flows-%d", e.sequence)
	e.mu.Unlock()
	draft, err := store.Create(e.dir, name, false)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, draft.Abort())
		}
	}()
	m := e.Dataset.Manifest()
	if err := errors.Join(draft.SetEconomies(e.Dataset.Economies().All()), draft.SetProducts(e.Dataset.Products().All())); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(m.Years, func(y store.YearEntry) bool { return y.Year == year })
	if i < 0 {
		return nil, fmt.Errorf("dataset %s has no year %d", m.Name, year)
	}
	w, err := draft.Year(year, m.Years[i].QuantityRows > 0)
	if err != nil {
		return nil, err
	}
	if products == nil {
		products = e.codes
	}
	for block := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(products))), maxFetched) {
		if err := e.fetchBlock(ctx, year, block, w); err != nil {
			return nil, err
		}
	}
	if _, err := w.Close(); err != nil {
		return nil, err
	}
	if err := draft.Commit(store.Manifest{Title: m.Title, Nomenclature: m.Nomenclature, Source: m.Source}); err != nil {
		return nil, err
	}
	return store.Open(e.dir, name)
}

func (e *Engine) fetchBlock(ctx context.Context, year int, products []string, w *store.YearWriter) error {
	found := map[uint32]*productFlows{}
	var mu sync.Mutex
	var places []uint32
	for _, p := range products {
		if place, ok := e.places[p]; ok {
			places = append(places, place)
		}
	}
	if len(places) == 0 {
		return nil
	}
	slices.Sort(places)
	query := fmt.Sprintf(`SELECT product, importer, exporter, value, quantity FROM %s WHERE year = %d AND product IN (%s)
ORDER BY product, importer, exporter`, e.table, year, numbers(places))
	err := e.rows(ctx, query, func(_ int, rows answer.Rows) error {
		var (
			product            uint32
			importer, exporter uint16
			value, quantity    float64
		)
		if err := rows.Scan(&product, &importer, &exporter, &value, &quantity); err != nil {
			return err
		}
		mu.Lock()
		f := found[product]
		if f == nil {
			f = &productFlows{}
			found[product] = f
		}
		mu.Unlock()
		f.importer, f.exporter = append(f.importer, importer), append(f.exporter, exporter)
		f.value, f.quantity = append(f.value, value), append(f.quantity, quantity)
		return nil
	})
	if err != nil {
		return err
	}
	for _, place := range places {
		if f := found[place]; f != nil {
			if err := w.Append(e.codes[place], f.importer, f.exporter, f.value, f.quantity); err != nil {
				return err
			}
		}
	}
	return nil
}

// rows asks all shards and hands over each row; rows of different shards come at the same time.
func (e *Engine) rows(ctx context.Context, query string, take func(shard int, rows answer.Rows) error) error {
	return e.each(ctx, func(ctx context.Context, shard int, conn answer.Conn) error {
		rows, err := conn.Query(ctx, query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := take(shard, rows); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// numbers writes a list for IN.
func numbers[T ~uint16 | uint32](list []T) string {
	var b strings.Builder
	for i, n := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprint(&b, n)
	}
	return b.String()
}
