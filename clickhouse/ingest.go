package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"slices"
	"sync"

	"chokepoint/fault"
	"chokepoint/store"
	"chokepoint/trade"
)

// Incoming is a dataset that goes to the shards while it is read, a year at a time. It implements ingest.Target.
//
// The store's draft writes the files of one year into a temporary folder, as their checksums are part of the manifest; from
// there the year is pushed while the next one is read, and its files are removed. Flows arrive in a table named by the
// dataset's name, as the checksum of the content, which names the table of a dataset, is known last; whole years are then
// attached to that one. What an interrupted run left of the table, the next run finds, proves and keeps.
type Incoming struct {
	*store.Draft
	cluster *Cluster
	ctx     context.Context
	dir     string
	name    string
	table   string
	places  map[string]uint32

	sending sync.WaitGroup  // one year at most
	failed  error           // of the year that was sent last
	proved  map[int][]proof // by year, of each shard
}

// Ingest begins a dataset. Where one of that name is listed, replace must be set. ctx ends it.
func (c *Cluster) Ingest(ctx context.Context, name string, replace bool) (*Incoming, error) {
	if err := c.execute(ctx, datasetsDDL); err != nil {
		return nil, err
	}
	list, err := c.list(ctx)
	if err != nil {
		return nil, err
	}
	if !replace && slices.ContainsFunc(list, func(p pushed) bool { return p.name == name }) {
		return nil, fmt.Errorf("dataset %s exists on %s: use --replace to replace it, or --name for another name", name, c.address)
	}
	h := fnv.New64a()
	h.Write([]byte(name))
	n := &Incoming{cluster: c, ctx: ctx, name: name, table: fmt.Sprintf("chokepoint_begun_%016x_%d", h.Sum64(), len(c.shards)), proved: map[int][]proof{}}
	if err := c.execute(ctx, fmt.Sprintf(flowsDDL, n.table)); err != nil {
		return nil, err
	}
	if n.dir, err = os.MkdirTemp("", "chokepoint-ingest-"); err != nil {
		return nil, err
	}
	if n.Draft, err = store.Create(n.dir, name, false); err != nil {
		return nil, errors.Join(err, os.RemoveAll(n.dir))
	}
	return n, nil
}

// ProductsFirst implements ingest.Target: a flow has the place of its product in the list.
func (n *Incoming) ProductsFirst() bool { return true }

// SetProducts implements ingest.Target.
func (n *Incoming) SetProducts(list []trade.Product) error {
	products, err := trade.NewProducts(list)
	if err != nil {
		return err
	}
	places := placesOf(products)
	for code, place := range places {
		if known, ok := n.places[code]; n.places != nil && (!ok || known != place || len(n.places) != len(places)) {
			return fmt.Errorf("product %s: the list of products has changed while flows were sent; are the files changing?", code)
		}
	}
	n.places = places
	return n.Draft.SetProducts(list)
}

// Year implements ingest.Target.
func (n *Incoming) Year(year int, quantities bool) (*store.YearWriter, error) {
	if n.places == nil {
		return nil, errors.New("clickhouse: a year before the products")
	}
	return n.Draft.Year(year, quantities)
}

// CloseYear implements ingest.Target. The year is sent while the next one is written.
func (n *Incoming) CloseYear(w *store.YearWriter) error {
	entry, err := w.Close()
	if err = errors.Join(err, n.wait()); err != nil {
		return err
	}
	n.sending.Go(func() {
		err := fault.Do(func() error {
			return n.Move(entry, func(year *store.Year) (err error) {
				p := pushing{Cluster: n.cluster, table: n.table, places: n.places, year: entry.Year, progress: func(int64) {}}
				n.proved[entry.Year], err = p.push(n.ctx, year)
				return err
			})
		})
		if err != nil {
			n.failed = fmt.Errorf("%s: %w", trade.Period(entry.Year), err)
		}
	})
	return nil
}

// wait ends when no year is being sent.
func (n *Incoming) wait() error {
	n.sending.Wait()
	return n.failed
}

// Commit implements ingest.Target: it lists the dataset when every year is proved on every shard.
func (n *Incoming) Commit(m store.Manifest) error {
	if err := n.wait(); err != nil {
		return err
	}
	if err := n.Draft.Commit(m); err != nil {
		return err
	}
	d, err := store.Open(n.dir, n.name)
	if err != nil {
		return err
	}
	defer d.Close()
	table := n.cluster.tableOf(d.Manifest())
	if err := n.attach(table); err != nil {
		return err
	}
	if err := n.cluster.record(n.ctx, holder{table, flowsLayout}, n.proved); err != nil {
		return err
	}
	if err := n.cluster.sum(n.ctx, d.Manifest(), table, n.proved); err != nil {
		return err
	}
	if err := n.cluster.publish(n.ctx, n.dir, d.Manifest()); err != nil {
		return err
	}
	return errors.Join(n.cluster.execute(n.ctx, "DROP TABLE IF EXISTS "+n.table), os.RemoveAll(n.dir))
}

// attach gives the years to the table that is named by their content. Years that it has are proved and stay.
func (n *Incoming) attach(table string) error {
	c := n.cluster
	if err := c.execute(n.ctx, fmt.Sprintf(flowsDDL, table)); err != nil {
		return err
	}
	return c.each(n.ctx, func(ctx context.Context, shard int, conn *shard) error {
		for year, proofs := range n.proved {
			at := tableYear{table, year}
			have, err := flowsLayout.proofOf(ctx, conn, at)
			if err != nil {
				return err
			}
			if have.mark == proofs[shard].mark {
				continue
			}
			if err := conn.Exec(ctx, fmt.Sprintf("ALTER TABLE %s REPLACE PARTITION %d FROM %s", table, year, n.table)); err != nil {
				return err
			}
			if err := verify(ctx, conn, at, proofs[shard]); err != nil {
				return err
			}
		}
		return nil
	})
}

// Abort implements ingest.Target. What the shards have of the dataset stays there for the next attempt.
func (n *Incoming) Abort() error {
	n.sending.Wait()
	return errors.Join(n.Draft.Abort(), os.RemoveAll(n.dir))
}
