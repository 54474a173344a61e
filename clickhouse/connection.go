package clickhouse

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"sync"
	"sync/atomic"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"
	answer "github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

const (
	// maxStatements run on a shard at a time; others wait. It is far below what servers admit (max_concurrent_queries, 100).
	maxStatements = 16
	// maxBatches is room for inserts beside them.
	maxBatches = 4
	dialTime   = 5 * time.Second
	// killTime bounds how long the end of a question waits for the server to hear of it.
	killTime = 5 * time.Second
	// attempts are made where a connection breaks before anything came back and nothing is changed by asking again.
	attempts = 3
	pause    = 200 * time.Millisecond
)

// shard is the replicas of one shard, of which one is asked. It gives every statement an id; ends it on the
// server too when its context ends; and asks another replica where one is away.
type shard struct {
	cluster  *Cluster
	number   int
	replicas []*replica
	current  atomic.Int32
	slots    chan struct{}

	mu      sync.Mutex
	holds   map[string]uint64         // rows of the tables that are read; see caughtUp
	proofs  map[tableYear]*provenYear // what it must have
	read    map[readKey]uint64        // years that were read and found right, and the fingerprint of their parts
	touched map[tableYear]layout      // years that answers rest on
}

// pool is what the package needs of the driver's connections to one replica.
type pool interface {
	Query(ctx context.Context, query string, args ...any) (answer.Rows, error)
	Exec(ctx context.Context, query string, args ...any) error
	PrepareBatch(ctx context.Context, query string, opts ...answer.PrepareBatchOption) (answer.Batch, error)
	ServerVersion() (*answer.ServerVersion, error)
	Close() error
}

// replica is one server.
type replica struct {
	host    string
	pool    pool
	killers pool        // of its own: to end a statement must not wait for statements
	checked atomic.Bool // its version
}

func (c *Cluster) newShard(number int, hosts []string) *shard {
	s := &shard{cluster: c, number: number, slots: make(chan struct{}, maxStatements), holds: map[string]uint64{}, proofs: map[tableYear]*provenYear{},
		read: map[readKey]uint64{}, touched: map[tableYear]layout{}}
	for _, host := range hosts {
		s.replicas = append(s.replicas, &replica{host: host, pool: c.pool(host, maxStatements+maxBatches), killers: c.pool(host, 2)})
	}
	return s
}

// pool makes connections when they are first used.
func (c *Cluster) pool(host string, size int) pool {
	password, _ := c.user.Password()
	dialer := &net.Dialer{Timeout: dialTime}
	dial := func(ctx context.Context, host string) (conn net.Conn, err error) {
		if c.secure {
			conn, err = (&tls.Dialer{NetDialer: dialer}).DialContext(ctx, "tcp", host)
		} else {
			conn, err = dialer.DialContext(ctx, "tcp", host)
		}
		if err != nil {
			return nil, err
		}
		return newReplies(conn), nil
	}
	conn, err := driver.Open(&driver.Options{Addr: []string{host}, Auth: driver.Auth{Database: c.database, Username: c.user.Username(), Password: password},
		DialContext: dial, DialTimeout: dialTime, ReadTimeout: c.timeout, MaxOpenConns: size, MaxIdleConns: size,
		Compression: &driver.Compression{Method: driver.CompressionLZ4}})
	if err != nil {
		panic(err) // of options that contradict each other; nothing is dialled
	}
	return conn
}

// Close closes the connections to all replicas.
func (s *shard) Close() error {
	var errs []error
	for _, r := range s.replicas {
		errs = append(errs, r.pool.Close(), r.killers.Close())
	}
	return errors.Join(errs...)
}

func (s *shard) replica() *replica { return s.replicas[s.current.Load()] }

// Ping finds a replica that answers and speaks our dialect.
func (s *shard) Ping(ctx context.Context) error {
	return s.retry(ctx, func(*replica) error { return nil })
}

// retry asks a replica for something that may be asked twice. Where its connection breaks, the next one that holds the same
// is asked, or where there is no other, the same once more.
func (s *shard) retry(ctx context.Context, ask func(*replica) error) error {
	for attempt := 1; ; attempt++ {
		r := s.replica()
		err := r.check()
		if err == nil {
			err = ask(r)
		}
		if err == nil || !broken(err) || ctx.Err() != nil {
			return err
		}
		if other := s.failOver(ctx, r); other != nil {
			err = fmt.Errorf("%w; %w", err, other)
		}
		if attempt == attempts {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(attempt) * pause):
		}
	}
}

// failOver goes on to the next replica that answers and holds what this one held.
func (s *shard) failOver(ctx context.Context, from *replica) error {
	var errs []error
	at := int(s.current.Load())
	if s.replicas[at] != from {
		return nil // another statement was faster
	}
	for i := 1; i < len(s.replicas); i++ {
		next := (at + i) % len(s.replicas)
		err := s.caughtUp(ctx, s.replicas[next])
		if err == nil {
			s.current.CompareAndSwap(int32(at), int32(next))
			return nil
		}
		errs = append(errs, fmt.Errorf("replica %s: %w", s.replicas[next].host, err))
	}
	return errors.Join(errs...)
}

// check looks at the version once.
func (r *replica) check() error {
	if r.checked.Load() {
		return nil
	}
	v, err := r.pool.ServerVersion()
	if err != nil {
		return err
	}
	if v.Version.Major < oldestMajor || v.Version.Major == oldestMajor && v.Version.Minor < oldestMinor {
		return fmt.Errorf("ClickHouse %d.%d at %s is too old; expected %d.%d or newer", v.Version.Major, v.Version.Minor, r.host, oldestMajor, oldestMinor)
	}
	r.checked.Store(true)
	return nil
}

// The oldest version under test.
const oldestMajor, oldestMinor = 18, 16

// recordRows notes what the replica in use holds of the tables whose names begin so, for those that stand in for it.
func (s *shard) recordRows(ctx context.Context, prefix string) (rows map[string]uint64, err error) {
	err = s.retry(ctx, func(r *replica) error {
		h, err := r.held(ctx, s.cluster.database, prefix)
		if err == nil {
			rows = h.rows
		}
		return err
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	for table, n := range rows {
		s.holds[table] = n
	}
	return rows, err
}

// prefer turns to the replica that holds most of a table.
func (s *shard) prefer(ctx context.Context, table string, most uint64) {
	for i, r := range s.replicas {
		if held, err := r.held(ctx, s.cluster.database, table); err == nil && held.rows[table] > most {
			s.current.Store(int32(i))
			most = held.rows[table]
		}
	}
}

// caughtUp fails where a replica may not be asked in place of the one that was asked so far: replicas take over rows some time after they
// were written, and an answer from one that is behind would be wrong. What answers rest on already is proved.
func (s *shard) caughtUp(ctx context.Context, r *replica) error {
	if err := r.check(); err != nil {
		return err
	}
	s.mu.Lock()
	holds, touched := maps.Clone(s.holds), maps.Clone(s.touched)
	s.mu.Unlock()
	if len(holds) == 0 {
		return nil
	}
	held, err := r.held(ctx, s.cluster.database, tablePrefix)
	if err != nil {
		return err
	}
	for table, n := range holds {
		if held.rows[table] != n {
			return fmt.Errorf("it has %d of the %d rows of %s; wait until it has caught up", held.rows[table], n, table)
		}
	}
	for at, l := range touched {
		if err := s.prove(ctx, r, held, l, at); err != nil {
			return err
		}
	}
	return nil
}

// dispatch is one statement under way on one replica.
type dispatch struct {
	replica *replica
	id      string
	asked   context.Context // of who asks
	ctx     context.Context // of the driver
	cancel  func()
	ended   bool
	began   time.Time
	mu      sync.Mutex
	account account
	summed  bool // the server has said how many rows the answer has
}

// account is what one statement asked of a shard, and what it took.
type account struct {
	Shard               int
	Text                string
	ReadRows, ReadBytes uint64 // from its tables
	Rows, Bytes         uint64 // that came back
	Took                time.Duration
}

// program makes the ids of this run's statements its own.
var program = func() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return "chokepoint-" + hex.EncodeToString(b[:])
}()

var statements atomic.Uint64

// begin gives a statement its id. The driver does not see the deadline of ctx: it would send it as a setting, which users
// with readonly = 1 may not change.
func (r *replica) begin(ctx context.Context) *dispatch {
	st := &dispatch{replica: r, id: fmt.Sprintf("%s-%d", program, statements.Add(1)), asked: ctx, began: time.Now()}
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, cancel)
	st.cancel = func() { stop(); cancel() }
	st.ctx = driver.Context(inner, driver.WithQueryID(st.id), driver.WithProgress(func(p *driver.Progress) {
		st.mu.Lock() // what is cancelled may still be told of
		defer st.mu.Unlock()
		st.account.ReadRows, st.account.ReadBytes = st.account.ReadRows+p.Rows, st.account.ReadBytes+p.Bytes
	}), driver.WithProfileInfo(func(p *driver.ProfileInfo) {
		st.mu.Lock()
		defer st.mu.Unlock()
		st.account.Rows, st.account.Bytes, st.summed = st.account.Rows+p.Rows, st.account.Bytes+p.Bytes, true
	}))
	return st
}

// end is called once a statement has ended, with its error. One that the server may still be working at is killed there.
func (st *dispatch) end(err error) error {
	if st.ended {
		return err
	}
	st.ended = true
	unfinished := err != nil && !isException(err) || st.asked.Err() != nil || st.ctx.Err() != nil
	st.cancel()
	if unfinished && !refused(err) {
		st.replica.kill(st.id)
	}
	if err != nil && st.asked.Err() != nil {
		return st.asked.Err()
	}
	return err
}

// kill ends a statement on its server. That the connection is closed tells the server too, but only where it looks. An error
// is of no use to who asked: the answer is not wanted any more.
func (r *replica) kill(id string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer time.AfterFunc(killTime, cancel).Stop()
	_ = r.killers.Exec(ctx, "KILL QUERY WHERE query_id = "+quoted(id)+" ASYNC")
}

// enter waits until the shard takes another statement.
func (s *shard) enter(ctx context.Context) error {
	select {
	case s.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *shard) leave() { <-s.slots }

// report accounts for a statement, where somebody wants to know.
func (s *shard) report(st *dispatch, text string) {
	if s.cluster.heard == nil {
		return
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	st.account.Shard, st.account.Text, st.account.Took = s.number, text, time.Since(st.began)
	s.cluster.heard(st.account)
}

var errNoTable = errors.New("the statement has no answer; expected a SELECT")

// Query asks. The first row, if any, has come when it returns: until then it may be asked again.
func (s *shard) Query(ctx context.Context, query string, args ...any) (answer.Rows, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	var found *rows
	err := s.retry(ctx, func(r *replica) error {
		st := r.begin(ctx)
		got, err := r.pool.Query(st.ctx, query, args...)
		if err == io.EOF { // as the driver says it; a connection that ends is wrapped
			err = errNoTable
		}
		if err != nil {
			return st.end(err)
		}
		found = &rows{Rows: got, dispatch: st, ahead: true, more: got.Next()}
		if !found.more {
			return st.end(got.Err())
		}
		return nil
	})
	if err != nil {
		s.leave()
		return nil, err
	}
	found.left = func() { s.report(found.dispatch, query); s.leave() }
	if !found.more {
		found.exhausted = true
		found.finish()
		if found.err != nil {
			return nil, found.err
		}
	}
	return found, nil
}

// rows are an answer on its way.
type rows struct {
	answer.Rows
	*dispatch
	ahead, more bool // the first row was looked at, and is there
	finished    bool
	exhausted   bool   // all rows came
	came        uint64 // rows
	err         error
	left        func()
}

// Next implements driver.Rows.
func (r *rows) Next() bool {
	if r.ahead {
		r.ahead = false
		if r.more {
			r.came++
		}
		return r.more
	}
	if r.finished {
		return false
	}
	if r.Rows.Next() {
		r.came++
		return true
	}
	r.exhausted = true
	r.finish()
	return false
}

// whole compares the rows that came with what the server says at the end of every answer: a stream that is disturbed can end early.
func (r *rows) whole(err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil && r.replica.host != "" && (!r.summed || r.account.Rows != r.came) {
		return fmt.Errorf("%d rows of an answer came, and the server says that it has %d; is something between this program and the server?", r.came, r.account.Rows)
	}
	return err
}

// finish is called when no row is wanted any more.
func (r *rows) finish() {
	if !r.finished {
		r.finished = true
		if r.err = r.end(r.Rows.Err()); r.exhausted {
			r.err = r.whole(r.err)
		}
		r.left()
	}
}

// Err implements driver.Rows.
func (r *rows) Err() error { return r.err }

// Close implements driver.Rows. Rows that have not come are not waited for.
func (r *rows) Close() error {
	if r.finished {
		return r.err
	}
	r.cancel()
	_ = r.Rows.Close() // says that it was cancelled
	r.finish()
	return nil
}

// QueryRow asks for one row.
func (s *shard) QueryRow(ctx context.Context, query string, args ...any) *row {
	rows, err := s.Query(ctx, query, args...)
	return &row{rows: rows, err: err}
}

// row is an answer of one row, or why there is none.
type row struct {
	rows answer.Rows
	err  error
}

// Scan reads the row; sql.ErrNoRows says that there is none.
func (r *row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	r.rows.Next() // what the server says after the row
	return r.rows.Err()
}

// Exec does something once: what may have changed something is never done again.
func (s *shard) Exec(ctx context.Context, query string, args ...any) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	r := s.replica()
	st := r.begin(ctx)
	err := st.end(r.pool.Exec(st.ctx, query, args...))
	s.report(st, query)
	return err
}

// PrepareBatch begins an insert. A block whose fate is unknown is found by its checksum, and never sent again unseen.
func (s *shard) PrepareBatch(ctx context.Context, query string, opts ...answer.PrepareBatchOption) (answer.Batch, error) {
	id := fmt.Sprintf("%s-%d", program, statements.Add(1))
	return s.replica().pool.PrepareBatch(driver.Context(ctx, driver.WithQueryID(id)), query, opts...)
}
