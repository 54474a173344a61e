package clickhouse

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	driver "github.com/ClickHouse/clickhouse-go/v2"
	answer "github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"chokepoint/fault"
	"chokepoint/spelling"
	"chokepoint/store"
	"chokepoint/trade"
)

// Engine answers questions about one dataset. It implements study.Engine.
type Engine struct {
	*stored
	mu      sync.Mutex
	fetched map[flowsKey]store.Flows
	proving sync.Mutex
	proved  proving // what this session knows to be proved
}

type flowsKey struct {
	year    int
	product string
}

// stored is a dataset on the cluster.
type stored struct {
	*Cluster
	Dataset *store.Catalogue
	table   string
	codes   []string // products by place
	places  map[string]uint32
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
		m, err := store.ParseManifest(list[i].manifest)
		if err != nil {
			err = fmt.Errorf("dataset %s on %s: manifest: %w", list[i].name, c.address, err)
		}
		if err := errors.Join(c.fits(&list[i]), err); err != nil {
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
			err = fault.Questionf("no dataset on %s: `chokepoint push` loads one", c.address)
		}
	}
	return choice, err
}

// Open finds a dataset by name; the empty name stands for the default. What its shards must have of each year is compared with the
// manifest, and the number of flows with what they have; a year is proved before the first question uses it.
func (c *Cluster) Open(ctx context.Context, name string) (*Engine, error) {
	e, err := c.open(ctx, name)
	if err != nil {
		return nil, err
	}
	if err := e.verify(ctx); err != nil {
		return nil, err
	}
	if err := e.loadProofs(ctx); err != nil {
		return nil, err
	}
	return e, nil
}

// open finds a dataset that nothing is proved of.
func (c *Cluster) open(ctx context.Context, name string) (*Engine, error) {
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
		return nil, fault.Questionf("no dataset on %s: `chokepoint push` loads one", c.address)
	case found == nil:
		return nil, fault.Questionf("no dataset %q on %s; there are: %s%s", name, c.address, strings.Join(names, ", "), spelling.Hint(name, names))
	}
	if err := c.fits(found); err != nil {
		return nil, err
	}
	return c.engine(ctx, found)
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
		return fmt.Errorf("dataset %s was pushed to %d shards, the address names %d: expected the cluster that it was pushed to, or push it again", p.name, p.shards, len(c.shards))
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
	var economies, products string
	err := c.shards[0].QueryRow(ctx, fmt.Sprintf("SELECT economies, products FROM chokepoint_datasets WHERE name = %s AND pushed = %d LIMIT 1",
		quoted(p.name), p.at)).Scan(&economies, &products)
	if err != nil {
		return nil, c.onShard(0, err)
	}
	d, err := store.ParseCatalogue(p.manifest, economies, products)
	if err != nil {
		return nil, fmt.Errorf("dataset %s on %s: %w", p.name, c.address, err)
	}
	if d.Manifest().Name != p.name {
		return nil, fmt.Errorf("dataset %s on %s: its manifest is that of dataset %q; push it again", p.name, c.address, d.Manifest().Name)
	}
	e := (&Engine{stored: &stored{Cluster: c, Dataset: d, table: c.tableOf(d.Manifest())}}).Session()
	e.places = placesOf(e.Dataset.Products())
	for _, p := range e.Dataset.Products().All() {
		e.codes = append(e.codes, p.Code)
	}
	return e, nil
}

// verify compares the number of flows on the shards with the manifest: a replica may not have caught up, somebody may have
// dropped a partition. A table that is no MergeTree holds nothing itself and is not counted.
func (e *Engine) verify(ctx context.Context) error {
	held := make([]uint64, len(e.shards))
	var view atomic.Bool
	count := func() (sum uint64, err error) {
		err = e.each(ctx, func(ctx context.Context, i int, conn *shard) error {
			rows, err := e.shards[i].recordRows(ctx, e.table)
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
func (e *Engine) Session() *Engine {
	return &Engine{stored: e.stored, fetched: map[flowsKey]store.Flows{}, proved: proving{map[int]bool{}, map[*replica]*holding{}}}
}

// Close forgets the flows that were fetched. Connections are the cluster's.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(e.fetched)
	return nil
}

// maxFetched bounds the products whose flows are kept, at some 100 kB each. When there are more, all are forgotten.
const maxFetched = 256

// Flows implements study.Engine. Only a question that looks at single flows asks, for the products that it has found, and
// often for the same again.
func (e *Engine) Flows(ctx context.Context, year int, product string) (store.Flows, error) {
	key := flowsKey{year, product}
	e.mu.Lock()
	flows, ok := e.fetched[key]
	e.mu.Unlock()
	if ok {
		return flows, nil
	}
	flows, err := e.fetch(ctx, year, product)
	if err != nil {
		return flows, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.fetched) >= maxFetched {
		clear(e.fetched)
	}
	e.fetched[key] = flows
	return flows, nil
}

func (e *Engine) fetch(ctx context.Context, year int, product string) (store.Flows, error) {
	list, err := e.FlowsOf(ctx, year, []string{product})
	if err != nil {
		return store.Flows{}, err
	}
	return list[0], nil
}

// FlowsOf gives the flows of several products, in their order; none of those that nobody trades. They are not kept: a question that goes through all
// flows asks for each product once.
func (e *Engine) FlowsOf(ctx context.Context, year int, products []string) ([]store.Flows, error) {
	m := e.Dataset.Manifest()
	if err := e.prove(ctx, year); err != nil {
		return nil, err
	}
	list := make([]store.Flows, len(products))
	at := map[uint32]int{}
	var places []uint32
	for i, product := range products {
		if place, ok := e.places[product]; ok {
			at[place], places = i, append(places, place)
		}
	}
	if len(places) == 0 {
		return list, nil
	}
	query := fmt.Sprintf("SELECT product, importer, exporter, value, quantity FROM %s WHERE year = %d AND product IN (%s) ORDER BY product, importer, exporter", e.table, year, numbers(places))
	var mu sync.Mutex
	err := e.rows(ctx, query, func(_ int, rows answer.Rows) error { // each product is of one shard: the others have none of it
		var (
			place              uint32
			importer, exporter uint16
			value, quantity    float64
		)
		if err := rows.Scan(&place, &importer, &exporter, &value, &quantity); err != nil {
			return err
		}
		i, asked := at[place]
		if !asked || max(importer, exporter) >= trade.MaxCode {
			return e.strange("flows of product %d and economies %d and %d", place, importer, exporter)
		}
		mu.Lock()
		defer mu.Unlock()
		f := &list[i]
		f.Product = products[i]
		f.Importer, f.Exporter = append(f.Importer, importer), append(f.Exporter, exporter)
		f.Value, f.Quantity = append(f.Value, value), append(f.Quantity, quantity)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !m.HasQuantities(year) {
		for i := range list {
			list[i].Quantity = nil
		}
	}
	return list, nil
}

// rows asks all shards and hands over each row; rows of different shards come at the same time.
func (e *Engine) rows(ctx context.Context, query string, take func(shard int, rows answer.Rows) error) error {
	return e.each(ctx, func(ctx context.Context, shard int, conn *shard) error {
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
