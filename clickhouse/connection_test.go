package clickhouse_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	answer "github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"chokepoint/clickhouse"
	"chokepoint/clickhouse/loopback"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/suite"
	"chokepoint/synth"
	"chokepoint/trade"
)

// endless is never answered.
const endless = "SELECT count() FROM system.one WHERE dummy IN (SELECT toUInt8(number) FROM system.numbers WHERE number % 2 = 3)"

func connect(t *testing.T, format string, args ...any) *clickhouse.Cluster {
	t.Helper()
	c, err := clickhouse.Connect(t.Context(), fmt.Sprintf(format, args...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// running counts the endless statements on all shards.
func running(t *testing.T, c *clickhouse.Cluster) (n uint64) {
	t.Helper()
	var mu sync.Mutex
	err := c.Ask(t.Context(), "SELECT count() FROM system.processes WHERE query LIKE '%number % 2 = 3%' AND query NOT LIKE '%processes%'", func(_ int, rows answer.Rows) error {
		var here uint64
		defer mu.Unlock()
		mu.Lock()
		err := rows.Scan(&here)
		n += here
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// await waits until so many endless statements are running.
func await(t *testing.T, c *clickhouse.Cluster, want uint64) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if n := running(t, c); n == want {
			return
		} else if time.Now().After(end) {
			t.Fatalf("%d statements are running, want %d", n, want)
		}
	}
}

// TestConnection provokes what may happen to a connection and its server.
func TestConnection(t *testing.T) {
	servers := loopback.Start(t, suite.Cluster, 3)
	dir := made(t, synth.Config{Seed: 3, FirstYear: 2023, LastYear: 2024, Products: 96, Economies: 30, FlowsPerYear: 3000})
	files, err := store.Open(dir, "world")
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	address := func(user, rest string) string {
		return fmt.Sprintf("clickhouse://%s@127.0.0.1:%d/%s", user, servers[0].Port, rest)
	}
	three := connect(t, "%s", address("default", "default?cluster=three"))
	push := func(c *clickhouse.Cluster) {
		t.Helper()
		if err := c.Push(t.Context(), dir, files, func(int64, int64) {}); err != nil {
			t.Fatal(err)
		}
	}

	t.Run("nothing there", func(t *testing.T) {
		if list, err := three.List(t.Context()); err != nil || len(list) != 0 {
			t.Errorf("%v, %v; want no dataset", list, err)
		}
		_, err := three.Open(t.Context(), "")
		wantError(t, err, "chokepoint push", false)
	})
	push(three)
	e, err := three.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	table := e.Table()
	e.Close()
	for _, user := range []string{"default", "strict"} {
		t.Run("cancelled by "+user, func(t *testing.T) {
			c := connect(t, "%s", address(user, "default?cluster=three"))
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- c.Ask(ctx, endless, nil) }()
			await(t, three, 3)
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want canceled", err)
			}
			await(t, three, 0)
		})
		t.Run("too late for "+user, func(t *testing.T) {
			c := connect(t, "%s", address(user, "default?cluster=three"))
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			if err := c.Ask(ctx, endless, nil); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want deadline exceeded", err)
			}
			await(t, three, 0)
		})
	}
	t.Run("cancelled behind something that keeps connections", func(t *testing.T) {
		c := connect(t, "clickhouse://default@%s/default", keeper(t, servers[0].Port))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- c.Ask(ctx, endless, nil) }()
		await(t, three, 1)
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want canceled", err)
		}
		await(t, three, 0)
	})
	t.Run("rows that nobody wants", func(t *testing.T) {
		enough := errors.New("enough")
		if err := three.Ask(t.Context(), "SELECT number FROM system.numbers WHERE number % 2 = 1 OR number % 2 = 3", func(int, answer.Rows) error { return enough }); !errors.Is(err, enough) {
			t.Errorf("got %v", err)
		}
		await(t, three, 0)
	})
	t.Run("many at once", func(t *testing.T) {
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if err := three.Ask(t.Context(), "SELECT sleep(0.1)", func(int, answer.Rows) error { return nil }); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	})

	t.Run("errors", func(t *testing.T) {
		endlessly := func(c *clickhouse.Cluster) error {
			return c.Ask(t.Context(), "SELECT sum(number) FROM system.numbers WHERE number % 2 = 3", func(int, answer.Rows) error { return nil })
		}
		memory := func(c *clickhouse.Cluster) error {
			return c.Ask(t.Context(), "SELECT number, count() FROM numbers(10000000) GROUP BY number", func(int, answer.Rows) error { return nil })
		}
		http, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer http.Close()
		go func() { // hears a protocol that it does not speak
			for {
				conn, err := http.Accept()
				if err != nil {
					return
				}
				conn.Close()
			}
		}()
		gone, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		gone.Close()
		for _, c := range []struct {
			address string
			ask     func(*clickhouse.Cluster) error
			want    string
			server  bool // not of the question
		}{
			{"http://127.0.0.1/", nil, "expected clickhouse://", false},
			{"clickhouse://u:p@ss@127.0.0.1:9000/d%", nil, "expected clickhouse://", false},
			{address("default", "default?claster=three"), nil, "unknown option claster", false},
			{address("default", "default?secure=perhaps"), nil, "expected true or false", false},
			{address("default", "default?timeout=10"), nil, "expected a time such as", false},
			{address("default", "default?cluster=four"), nil, "knows no cluster \"four\"", true},
			{address("default", "nowhere"), nil, "create the database first", true},
			{address("nobody", "default"), nil, "knows no such user", true},
			{address("locked:wrong", "default"), nil, "user:password@host", true},
			{"clickhouse://default@" + gone.Addr().String() + "/default", nil, "is the server up", true},
			{"clickhouse://default@" + http.Addr().String() + "/default", nil, "connection broke", true},
			{"clickhouse://default@" + old(t) + "/default", nil, "too old; expected 18.16 or newer", true},
			{address("default", "default?secure=true"), nil, "tcp_port_secure", true},
			{address("small", "default"), memory, "raise max_memory_usage", true},
			{address("hasty", "default"), endlessly, "raise max_execution_time", true},
			{address("frugal", "default"), func(c *clickhouse.Cluster) error {
				return c.Ask(t.Context(), "SELECT sum(value) FROM "+table, func(int, answer.Rows) error { return nil })
			}, "raise max_rows_to_read", true},
			{address("default", "default?timeout=1s"), endlessly, "raise timeout=1s in the address", true},
			{address("strict", "default"), func(c *clickhouse.Cluster) error {
				return c.Push(t.Context(), dir, files, func(int64, int64) {})
			}, "pushing needs a user that may write", true},
			{address("default", "default"), func(c *clickhouse.Cluster) error { _, err := c.Open(t.Context(), ""); return err }, "expected the cluster that it was pushed to", false},
			{address("default", "default?cluster=three"), func(c *clickhouse.Cluster) error { _, err := c.Open(t.Context(), "x"); return err }, "there are: world", false},
		} {
			cluster, err := clickhouse.Connect(t.Context(), c.address)
			if err == nil {
				if c.ask == nil {
					t.Errorf("%s: no error", c.address)
				} else {
					err = c.ask(cluster)
				}
				cluster.Close()
			}
			wantError(t, err, c.want, c.server)
			if err != nil && strings.Contains(err.Error(), "p@ss") {
				t.Errorf("the password is shown: %v", err)
			}
		}
		await(t, three, 0)
	})
	t.Run("password", func(t *testing.T) {
		connect(t, "%s", address("locked:"+loopback.Password, "default"))
	})
	t.Run("secure", func(t *testing.T) { secure(t, servers[0].Port) })

	t.Run("session", func(t *testing.T) {
		e, err := three.Open(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		s := e.Session()
		flows, err := s.Flows(t.Context(), 2024, e.Dataset.Products().At(0).Code)
		if err != nil || s.Kept() != 1 || e.Kept() != 0 {
			t.Fatalf("flows %v, error %v; the session keeps %d products and the engine %d, want 1 and 0", flows, err, s.Kept(), e.Kept())
		}
		if err := s.Close(); err != nil || s.Kept() != 0 {
			t.Errorf("error %v; %d products are kept after the session", err, s.Kept())
		}
		if _, err := s.Flows(t.Context(), 1901, "010121"); err == nil || !strings.Contains(err.Error(), "has no year 1901") {
			t.Errorf("a year that is not there: %v", err)
		}
	})
	t.Run("a partition is dropped", func(t *testing.T) {
		e, err := three.Open(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		two := connect(t, "clickhouse://default@127.0.0.1:%d/default", servers[1].Port)
		if err := two.Do(t.Context(), "ALTER TABLE "+e.Table()+" DROP PARTITION 2023"); err != nil {
			t.Fatal(err)
		}
		_, err = three.Open(t.Context(), "")
		wantError(t, err, "push it again", true)
		if err := two.Do(t.Context(), "DROP TABLE "+e.Table()); err != nil {
			t.Fatal(err)
		}
		_, err = three.Open(t.Context(), "")
		wantError(t, err, "shard 2 of 3", true)
		wantError(t, err, "is not there; push it again", true)
		push(three)
	})

	t.Run("replicas", func(t *testing.T) {
		twins := connect(t, "%s", address("default", "default?cluster=twins"))
		push(twins)
		e, err := twins.Open(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		source := &study.Source{Dataset: e.Dataset, Engine: e, Blocs: trade.BuiltinBlocs()}
		if _, err := ask(t.Context(), source, asked[1]); err != nil {
			t.Fatal(err)
		}
		other, err := twins.Open(t.Context(), "") // that what it remembers is not the answer below
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		want, err := ask(t.Context(), &study.Source{Dataset: other.Dataset, Engine: other, Blocs: trade.BuiltinBlocs()}, asked[0])
		if err != nil {
			t.Fatal(err)
		}
		servers[0].Kill()
		_, err = ask(t.Context(), source, asked[0])
		wantError(t, err, "wait until it has caught up", true) // nothing was written to the second
		push(connect(t, "clickhouse://default@127.0.0.1:%d/default", servers[1].Port))
		got, err := ask(t.Context(), source, asked[0])
		if err != nil {
			t.Fatal(err)
		}
		same(t, want, got, true)
	})
	t.Run("a shard goes", func(t *testing.T) {
		c := connect(t, "clickhouse://default@127.0.0.1:%d/default?cluster=twins", servers[1].Port)
		both, third := connect(t, "clickhouse://default@127.0.0.1:%d/default", servers[1].Port), connect(t, "clickhouse://default@127.0.0.1:%d/default", servers[2].Port)
		pair := clickhouse.Join(c, third)
		done := make(chan error, 1)
		go func() { done <- pair.Ask(t.Context(), endless, nil) }()
		await(t, both, 1)
		await(t, third, 1)
		servers[2].Kill()
		wantError(t, <-done, "shard 2 of 2", true)
		await(t, both, 0)
	})
}

func wantError(t *testing.T, err error, text string, server bool) {
	t.Helper()
	var failure *clickhouse.Error
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("got %v, want … %s …", err, text)
	} else if errors.As(err, &failure) != server {
		t.Errorf("%v: of the server: %v, want %v", err, !server, server)
	}
}

// old is the address of a server that says it is version 1.1.
func old(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var hello bytes.Buffer
	hello.WriteByte(0)
	hello.WriteString("\x0aClickHouse")
	for _, n := range []uint64{1, 1, 54372} {
		hello.Write(binary.AppendUvarint(nil, n))
	}
	hello.WriteString("\x03UTC\x03old")
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Write(hello.Bytes())
			io.Copy(io.Discard, conn)
			conn.Close()
		}
	}()
	return l.Addr().String()
}

// keeper is the address of something in front of a server that does not tell it when a client cancels or goes away: only
// KILL QUERY ends a statement.
func keeper(t *testing.T, port int) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err != nil {
				in.Close()
				return
			}
			t.Cleanup(func() { out.Close() })
			go io.Copy(in, out)
			go func() {
				const cancel = 3 // a packet of the protocol
				b := make([]byte, 1<<16)
				for {
					n, err := in.Read(b)
					if err != nil {
						return
					}
					if n != 1 || b[0] != cancel {
						out.Write(b[:n])
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

// secure connects by TLS, through something that encrypts in front of the server.
func secure(t *testing.T, port int) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err != nil {
				in.Close()
				return
			}
			go func() { io.Copy(out, in); out.Close() }()
			go func() { io.Copy(in, out); in.Close() }()
		}
	}()
	address := fmt.Sprintf("clickhouse://default@%s/default?secure=true", l.Addr())
	file := filepath.Join(t.TempDir(), "authority.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	// The authorities of the computer are read once in a process: this is the first time in this one.
	t.Setenv("SSL_CERT_FILE", file)
	c, err := clickhouse.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	_, err = clickhouse.Connect(t.Context(), strings.Replace(address, "127.0.0.1", "localhost", 1))
	wantError(t, err, "SSL_CERT_FILE", true)
}
