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
	"strings"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"
	"golang.org/x/sync/errgroup"
)

// Cluster is connections to all shards. It is safe for concurrent use.
type Cluster struct {
	shards   []driver.Conn // in the order of system.clusters
	database string
	address  string // as given, without password
}

// Connect reads an address clickhouse://user:password@host:9000/database?cluster=NAME and connects to every shard of the
// cluster. Without a cluster the server is the only shard.
func Connect(ctx context.Context, address string) (*Cluster, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "clickhouse" || u.Host == "" {
		return nil, fmt.Errorf("engine %q: want clickhouse://user@host:9000/database?cluster=NAME", redacted(address))
	}
	for key := range u.Query() {
		if key != "cluster" {
			return nil, fmt.Errorf("engine %q: unknown option %s; want cluster", u.Redacted(), key)
		}
	}
	c := &Cluster{database: strings.Trim(u.Path, "/"), address: u.Redacted()}
	if c.database == "" {
		c.database = "default"
	}
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), "9000")
	}
	first, err := c.open(ctx, host, u.User)
	if err != nil {
		return nil, err
	}
	name := u.Query().Get("cluster")
	if name == "" {
		c.shards = []driver.Conn{first}
		return c, nil
	}
	defer first.Close()
	hosts, err := shardsOf(ctx, first, name)
	if err != nil {
		return nil, c.explain(err)
	}
	for shard, replicas := range hosts {
		var errs []error
		for _, replica := range replicas {
			conn, err := c.open(ctx, replica, u.User)
			if err == nil {
				c.shards = append(c.shards, conn)
				break
			}
			errs = append(errs, err)
		}
		if len(c.shards) == shard {
			return nil, errors.Join(fmt.Errorf("shard %d of cluster %s has no replica that answers: %w", shard+1, name, errors.Join(errs...)), c.Close())
		}
	}
	return c, nil
}

// redacted hides a password in an address that cannot be read.
func redacted(address string) string {
	if _, host, ok := strings.Cut(address, "@"); ok {
		return "…@" + host
	}
	return address
}

// shardsOf lists the addresses of the replicas of each shard.
func shardsOf(ctx context.Context, conn driver.Conn, name string) ([][]string, error) {
	rows, err := conn.Query(ctx, "SELECT shard_num, host_name, port FROM system.clusters WHERE cluster = '"+strings.ReplaceAll(name, "'", "")+"' ORDER BY shard_num, replica_num")
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

func (c *Cluster) open(ctx context.Context, host string, user *url.Userinfo) (driver.Conn, error) {
	password, _ := user.Password()
	conn, err := driver.Open(&driver.Options{Addr: []string{host}, Auth: driver.Auth{Database: c.database, Username: user.Username(), Password: password},
		DialTimeout: 5 * time.Second, ReadTimeout: 10 * time.Minute, Compression: &driver.Compression{Method: driver.CompressionLZ4}})
	if err != nil {
		return nil, err
	}
	if err := conn.Ping(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", host, c.explain(err)), conn.Close())
	}
	return conn, nil
}

// Close closes the connections.
func (c *Cluster) Close() error {
	var errs []error
	for _, s := range c.shards {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// each does something on all shards at once. The first failure ends the others: there is no partial answer.
func (c *Cluster) each(ctx context.Context, do func(ctx context.Context, shard int, conn driver.Conn) error) error {
	g, ctx := errgroup.WithContext(ctx)
	for i, conn := range c.shards {
		g.Go(func() error {
			if err := do(ctx, i, conn); err != nil {
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

// advice says what to do about the errors of a server, by their code.
var advice = map[int32]string{
	60:  "push the dataset to this server first: chokepoint push",
	81:  "create the database first, or name another in the address",
	164: "this user may only read: pushing needs a user that may write",
	192: "unknown user", 193: "wrong password", 516: "wrong user or password",
	241: "the server ran out of memory: ask for fewer years or products, or raise max_memory_usage of the user",
	497: "the user lacks a right", 159: "the server's max_execution_time was reached",
}

// Error is a failure of the server, not of the question.
type Error struct{ Err error }

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// explain adds what to do to an error of the server.
func (c *Cluster) explain(err error) error {
	var exception *driver.Exception
	var network net.Error
	var known *Error
	switch {
	case err == nil, errors.As(err, &known), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &exception):
		text, _, _ := strings.Cut(exception.Message, ", Stack trace")
		if help := advice[exception.Code]; help != "" {
			text += "; " + help
		}
		return &Error{fmt.Errorf("ClickHouse at %s: %s (code %d)", c.address, text, exception.Code)}
	case errors.As(err, &network):
		return &Error{fmt.Errorf("ClickHouse at %s does not answer: %w; is the server up, and the port that of the native protocol (9000)?", c.address, err)}
	}
	return &Error{fmt.Errorf("ClickHouse at %s: %w", c.address, err)}
}
