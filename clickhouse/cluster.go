// Package clickhouse answers from a ClickHouse server or cluster what the store and the kernel answer from files. Flows are
// sharded by product, so that each shard computes whole cells; the program asks every shard itself, at the same time, and
// puts the answers one behind the other. docs/scale.md says what travels.
package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"chokepoint/fault"
)

// Cluster is connections to all shards. It is safe for concurrent use.
type Cluster struct {
	shards   []*shard // in the order of system.clusters
	database string
	address  string // as given, without password
	user     *url.Userinfo
	secure   bool
	timeout  time.Duration // of a statement
	heard    func(account) // of every statement that ended; for tests and measurements
}

const (
	wanted = "clickhouse://user:password@host:9000/database?cluster=NAME"
	// options of an address.
	optionCluster, optionSecure, optionTimeout = "cluster", "secure", "timeout"
	// statementTime is how long a statement may take, unless the address says otherwise.
	statementTime = 10 * time.Minute
)

var options = []string{optionCluster, optionSecure, optionTimeout}

// Connect reads an address clickhouse://user:password@host:9000/database?cluster=NAME and connects to every shard of the
// cluster. Without a cluster the server is the only shard. Option secure=true encrypts (TLS; the port then is that of
// tcp_port_secure, 9440 unless given), timeout=30m bounds a statement.
func Connect(ctx context.Context, address string) (*Cluster, error) {
	c, host, cluster, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	hosts := [][]string{{host}}
	if cluster != "" {
		first := c.newShard(0, hosts[0])
		hosts, err = shardsOf(ctx, first, cluster)
		if err = errors.Join(err, first.Close()); err != nil {
			return nil, c.explain(err)
		}
	}
	for i, replicas := range hosts {
		c.shards = append(c.shards, c.newShard(i, replicas))
	}
	err = c.each(ctx, func(ctx context.Context, _ int, conn *shard) error { return conn.Ping(ctx) })
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// parseAddress reads what Connect is given.
func parseAddress(address string) (c *Cluster, host, cluster string, err error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "clickhouse" || u.Hostname() == "" {
		return nil, "", "", fault.Questionf("engine %q: expected %s", redacted(address), wanted)
	}
	wrong := func(format string, args ...any) error {
		return fault.Questionf("engine %q: %s", u.Redacted(), fmt.Sprintf(format, args...))
	}
	given := u.Query()
	for key := range given {
		if !slices.Contains(options, key) {
			return nil, "", "", wrong("unknown option %s; expected %s", key, strings.Join(options, ", "))
		}
	}
	c = &Cluster{database: strings.Trim(u.Path, "/"), address: u.Redacted(), user: u.User, timeout: statementTime}
	if c.database == "" {
		c.database = "default"
	}
	if text := given.Get(optionSecure); text != "" {
		if c.secure, err = strconv.ParseBool(text); err != nil {
			return nil, "", "", wrong("secure=%s; expected true or false", text)
		}
	}
	if text := given.Get(optionTimeout); text != "" {
		if c.timeout, err = time.ParseDuration(text); err != nil || c.timeout <= 0 {
			return nil, "", "", wrong("timeout=%s; expected a time such as 90s or 30m", text)
		}
	}
	if host = u.Host; u.Port() == "" {
		port := "9000"
		if c.secure {
			port = "9440"
		}
		host = net.JoinHostPort(u.Hostname(), port)
	}
	return c, host, given.Get(optionCluster), nil
}

// redacted hides a password in an address that cannot be read.
func redacted(address string) string {
	if i := strings.LastIndexByte(address, '@'); i >= 0 {
		return "…@" + address[i+1:]
	}
	return address
}

// shardsOf lists the addresses of the replicas of each shard.
func shardsOf(ctx context.Context, conn *shard, name string) ([][]string, error) {
	rows, err := conn.Query(ctx, "SELECT shard_num, host_name, port FROM system.clusters WHERE cluster = "+quoted(name)+" ORDER BY shard_num, replica_num")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var shards [][]string
	last := uint32(0)
	for rows.Next() {
		var (
			shard uint32
			host  string
			port  uint16
		)
		if err := rows.Scan(&shard, &host, &port); err != nil {
			return nil, err
		}
		if shard != last {
			shards, last = append(shards, nil), shard
		}
		at := &shards[len(shards)-1]
		*at = append(*at, net.JoinHostPort(host, fmt.Sprint(port)))
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if len(shards) == 0 {
		return nil, fmt.Errorf("the server knows no cluster %q; its system.clusters lists those it knows", name)
	}
	return shards, nil
}

// quoted writes a text as SQL.
func quoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

// Close closes the connections.
func (c *Cluster) Close() error {
	var errs []error
	for _, s := range c.shards {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// each does something on all shards at once. The first failure ends the others, also on their servers: there is no partial
// answer.
func (c *Cluster) each(ctx context.Context, do func(ctx context.Context, shard int, conn *shard) error) error {
	g, ctx := fault.WithContext(ctx)
	for i, shard := range c.shards {
		g.Go(func() error {
			if err := do(ctx, i, shard); err != nil {
				return c.onShard(i, err)
			}
			return nil
		})
	}
	return g.Wait()
}

func (c *Cluster) onShard(shard int, err error) error {
	if err = c.explain(err); len(c.shards) > 1 && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("shard %d of %d: %w", shard+1, len(c.shards), err)
	}
	return err
}
