package clickhouse

import (
	"context"

	answer "github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Account is what a statement took.
type Account = account

// Listen hears of every statement that ended, at any time.
func (c *Cluster) Listen(heard func(Account)) { c.heard = heard }

// Ask sends a statement of the test's to all shards.
func (c *Cluster) Ask(ctx context.Context, query string, take func(shard int, rows answer.Rows) error) error {
	return (&Engine{stored: &stored{Cluster: c}}).rows(ctx, query, take)
}

// Table is the table of an engine's flows.
func (e *Engine) Table() string { return e.table }

// Tables are those of an engine's dataset.
func (e *Engine) Tables() (names []string) {
	for _, t := range e.tables() {
		names = append(names, t.name)
	}
	return names
}

// Kept is the number of products whose flows an engine keeps.
func (e *Engine) Kept() int { return len(e.fetched) }

// Join makes one cluster of several.
func Join(clusters ...*Cluster) *Cluster {
	joined := *clusters[0]
	joined.shards = nil
	for _, c := range clusters {
		joined.shards = append(joined.shards, c.shards...)
	}
	return &joined
}

// Do sends a statement without an answer to all shards.
func (c *Cluster) Do(ctx context.Context, statement string) error {
	return c.each(ctx, func(ctx context.Context, _ int, conn *shard) error { return conn.Exec(ctx, statement) })
}

// Over is a cluster of one shard, behind a connection of the test's.
func Over(conn pool) *Cluster {
	c := &Cluster{database: "cluster", address: "the test"}
	s := c.newShard(0, nil)
	s.slots = make(chan struct{}, 1)
	s.replicas = []*replica{{pool: conn, killers: conn}}
	s.replicas[0].checked.Store(true)
	c.shards = []*shard{s}
	return c
}
