package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"chokepoint/kernel"
	"chokepoint/server/servertest"
	"chokepoint/study"
)

// serve runs s on the wire until the test ends, and returns where.
func serve(t *testing.T, s *Server) string {
	t.Helper()
	l := httptest.NewUnstartedServer(nil).Listener
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l, "", "") }()
	t.Cleanup(func() { stop(); <-done })
	return l.Addr().String()
}

// eventually waits for what happens in other goroutines.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 3000 {
		if holds() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("never: " + what)
}

func (r *room) state() (memory, files int64, clients int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.inMemory, r.inFiles, len(r.byClient)
}

func (d *queue) idle() bool {
	d.budget.mu.Lock()
	defer d.budget.mu.Unlock()
	running, waiting := d.turns.state()
	return running == 0 && waiting == 0 && d.budget.held == 0 && d.budget.holders == 0 && d.budget.stuck == 0
}

// large is an answer of some megabytes, which neither the memory of a spool nor the buffers of the system hold.
const large = APIRoot + "/indicators.json?importers=all&years=2022:2024"

// TestSlowReaders: clients that stop reading are cut off, have no turn and hold no table until then, and leave nothing behind. One that
// reads gets everything, beside them and after them.
func TestSlowReaders(t *testing.T) {
	s := newServer(t, func(c *Config) { c.Limits.Read, c.Limits.Scans = 2*time.Second, 1 })
	want := servertest.Body(t, servertest.Get(s, large), 200)
	if len(want) < 2*spoolMemory {
		t.Fatalf("the answer has %d bytes: too few for this test", len(want))
	}
	at := serve(t, s)
	var clients []net.Conn
	for range 5 {
		c, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.(*net.TCPConn).SetReadBuffer(4096)
		fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", large)
		clients = append(clients, c)
	}
	eventually(t, "all answers wait for their readers", func() bool { _, files, _ := s.room.state(); return files > 0 && s.queue.idle() })
	r, _ := http.NewRequest(http.MethodGet, "http://"+at+large, nil)
	r.Header.Set("Accept-Encoding", "identity")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got, err := io.ReadAll(answer.Body); err != nil || !bytes.Equal(got, want) || answer.ContentLength != int64(len(want)) {
		t.Errorf("beside slow readers: %d of %d bytes, length %d, %v", len(got), len(want), answer.ContentLength, err)
	}
	eventually(t, "slow readers are cut off", func() bool {
		memory, files, clients := s.room.state()
		return memory == 0 && files == 0 && clients == 0
	})
	for _, c := range clients {
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		got, err := io.ReadAll(c)
		if bytes.HasSuffix(got, []byte("}\n")) && err == nil && len(got) >= len(want) {
			t.Errorf("a client that did not read got %d bytes, the whole answer", len(got))
		}
	}
}

// TestAllowed: the time for a part ends with Read, and earlier for a client that was below the least rate all along.
func TestAllowed(t *testing.T) {
	l := Limits{Read: 30 * time.Second, LeastRate: 1000}
	f := func(sent int64, spent, want time.Duration) {
		t.Helper()
		if got := (&paced{limits: &l, sent: sent, spent: spent}).allowed(1000); got != want {
			t.Errorf("after %d bytes in %v: %v, want %v", sent, spent, got, want)
		}
	}
	f(0, 0, 30*time.Second)
	f(0, 30*time.Second, time.Second)                            // nothing in half a minute
	f(10_000, 35*time.Second, 6*time.Second)                     // 286 bytes a second
	f(10_000, 41*time.Second, 0)                                 // what it was allowed is used up
	f(1_000_000, 900*time.Second, 30*time.Second)                // slow, and above the rate
	f(1_000_000_000, time.Hour, 30*time.Second)                  // a long download
	f(1_000_000, 1000*time.Second+25*time.Second, 6*time.Second) // at the rate from the beginning on, after a pause
}

func TestBudget(t *testing.T) {
	b := newBudget(100, 50*time.Millisecond)
	ctx := t.Context()
	var busy *busyError
	one, two := b.claim(), b.claim()
	if err := one.grow(ctx, 300); err != nil {
		t.Errorf("alone: %v", err)
	}
	if err := two.grow(ctx, 1); !errors.As(err, &busy) {
		t.Errorf("beside one that has all: %v", err)
	}
	waited := make(chan error, 1)
	b.wait = time.Minute
	go func() { waited <- two.grow(ctx, 60) }()
	one.release()
	if err := <-waited; err != nil {
		t.Errorf("after the other has ended: %v", err)
	}
	three := b.claim()
	if err := three.grow(ctx, 40); err != nil {
		t.Errorf("what fits: %v", err)
	}
	go func() { waited <- two.grow(ctx, 70) }()
	eventually(t, "the second waits", func() bool { b.mu.Lock(); defer b.mu.Unlock(); return b.stuck == 1 })
	if err := three.grow(ctx, 50); !errors.As(err, &busy) {
		t.Errorf("where all would wait for each other: %v", err)
	}
	three.release()
	if err := <-waited; err != nil {
		t.Error(err)
	}
	gone, leave := context.WithCancel(ctx)
	leave()
	if err := three.grow(gone, 90); !errors.Is(err, context.Canceled) {
		t.Errorf("one who has left: %v", err)
	}
	two.release()
	if b.held != 0 || b.holders != 0 || b.stuck != 0 {
		t.Errorf("left behind: %d bytes, %d holders, %d stuck", b.held, b.holders, b.stuck)
	}
}

func TestSpool(t *testing.T) {
	s := newServer(t, func(c *Config) { c.Limits.Memory, c.Limits.Spill = 64<<20, 40<<20 })
	ctx, leave := context.WithCancel(context.WithValue(t.Context(), clientKey{}, netip.MustParseAddr("192.0.2.1")))
	part := bytes.Repeat([]byte("chokepoint"), 100_000)
	fill := func(ctx context.Context, parts int) (*spool, error) {
		return s.spooled(ctx, func(w io.Writer) (err error) {
			for range parts {
				if _, err = w.Write(part); err != nil {
					return err
				}
			}
			return nil
		})
	}
	sp, err := fill(ctx, 9)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if n, err := sp.WriteTo(&b); n != 9_000_000 || err != nil || !bytes.Equal(b.Bytes(), bytes.Repeat(part, 9)) {
		t.Errorf("%d bytes, %v, or others than were written", n, err)
	}
	var busy *busyError
	if _, err := fill(ctx, 4); !errors.As(err, &busy) { // 8 and 3 MB in files are more than a quarter of 40 MiB
		t.Errorf("more than a quarter for one client: %v", err)
	}
	other, err := fill(context.WithValue(t.Context(), clientKey{}, netip.MustParseAddr("192.0.2.2")), 9)
	if err != nil {
		t.Errorf("another client: %v", err)
	} else {
		other.Close()
	}
	leave()
	eventually(t, "a spool is closed when its reader leaves", func() bool { memory, files, clients := s.room.state(); return memory+files == 0 && clients == 0 })
	if _, err := fill(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("for one who has left: %v", err)
	}
	t.Setenv("TMPDIR", "/no/such/folder")
	t.Setenv("TMP", `Z:\no\such\folder`)
	_, err = fill(t.Context(), 9)
	var p *Problem
	if !errors.As(s.failed("test", err), &p) || p.Status != http.StatusServiceUnavailable || p.GetHeaders().Get("Retry-After") == "" || strings.Contains(p.Detail, "folder") {
		t.Errorf("without a place for temporary files: %v, %+v", err, p)
	}
}

// waiting is a library whose scans go on until their asker leaves.
type waiting struct {
	Library
	started chan struct{}
}

func (l *waiting) Open(ctx context.Context, name string) (*Volume, error) {
	v, err := l.Library.Open(ctx, name)
	if err == nil {
		v.Engine = func() (study.Engine, error) { return &waitingEngine{filesOf(v), l}, nil }
	}
	return v, err
}

type waitingEngine struct {
	study.Engine
	library *waiting
}

func (e *waitingEngine) Scan(ctx context.Context, _ int, _ kernel.View, _ func() kernel.Visitor, _ func(kernel.Visitor) error) error {
	select {
	case e.library.started <- struct{}{}:
	default:
	}
	<-ctx.Done()
	return ctx.Err()
}

func (e *waitingEngine) Close() error { return nil }

// TestVanishingClients: clients that leave while the server works, or while they wait for their turn, end their work and free their
// turns.
func TestVanishingClients(t *testing.T) {
	l := &waiting{Folder(dataDir), make(chan struct{}, 1)}
	s := newServer(t, func(c *Config) { c.Library, c.Limits.Scans, c.Limits.Wait = l, 2, time.Minute })
	at := serve(t, s)
	var clients []net.Conn
	for i := range 8 {
		c, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "GET %s/count?importers=USA&min-value=%d HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", APIRoot, 1000+i)
		clients = append(clients, c)
	}
	<-l.started
	eventually(t, "two work and six wait", func() bool { running, waiting := s.queue.turns.state(); return running == 2 && waiting == 6 })
	for _, c := range clients {
		c.Close()
	}
	eventually(t, "nothing is computed", s.queue.idle)
	eventually(t, "nobody reads the dataset", func() bool { return s.readers("world") == 1 })
}

// TestHalfRequests: connections that end amid a request, or say too much, cost nothing that stays.
func TestHalfRequests(t *testing.T) {
	s := newServer(t, func(c *Config) { c.Log = slog.New(slog.DiscardHandler) })
	at := serve(t, s)
	for _, half := range []string{"", "G", "GET /", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + strings.Repeat("a", 100_000),
		"POST " + APIRoot + "/count HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"importers\": ",
		"POST " + APIRoot + "/count HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"imp\r\n"} {
		c, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(c, half)
		c.Close()
	}
	eventually(t, "nothing is computed", s.queue.idle)
	answer, err := http.Get("http://" + at + APIRoot + "/count?importers=USA")
	if err != nil || answer.StatusCode != 200 {
		t.Fatalf("afterwards: %v, %v", answer, err)
	}
	answer.Body.Close()
}

// TestConnections: of too many connections from one client those beyond are closed at once, and those that end make room.
func TestConnections(t *testing.T) {
	s := newServer(t, func(c *Config) { c.Limits.Connections = 20 })
	at := serve(t, s)
	var open []net.Conn
	dial := func() net.Conn {
		t.Helper()
		c, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	answered := func(c net.Conn) bool {
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		fmt.Fprintf(c, "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
		n, _ := c.Read(make([]byte, 12))
		return n > 0
	}
	for range 5 {
		open = append(open, dial())
		if !answered(open[len(open)-1]) {
			t.Fatal("a connection within the bound is refused")
		}
	}
	if answered(dial()) {
		t.Error("the sixth of twenty is answered; want a quarter for one client")
	}
	open[0].Close()
	eventually(t, "an ended connection makes room", func() bool { return answered(dial()) })
	s.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	l := s.boundListener(nil)
	for i := range 21 {
		if got, want := l.enter(clientOf(netip.MustParseAddr("192.0.2.1")), true), i < 20; got != want {
			t.Errorf("connection %d of a trusted proxy: %v", i+1, got)
		}
	}
	for range 20 {
		l.leave(clientOf(netip.MustParseAddr("192.0.2.1")))
	}
	if l.open != 0 || len(l.byClient) != 0 {
		t.Errorf("left behind: %d connections of %d clients", l.open, len(l.byClient))
	}
}

// TestConcurrentLargeAnswers: two large answers that do not fit into the memory together come one after the other, or 503 with
// Retry-After, and never something else.
func TestConcurrentLargeAnswers(t *testing.T) {
	s := newServer(t, func(c *Config) {
		c.Limits.Memory, c.Limits.Scans, c.Limits.Wait, c.Limits.Cached = 16<<20, 4, 30*time.Second, 1
	})
	var together sync.WaitGroup
	for i := range 6 {
		together.Go(func() {
			w := servertest.Get(s, fmt.Sprintf("%s&min-value=%d", large, i+1))
			if w.Code != 200 && (w.Code != 503 || w.Header().Get("Retry-After") == "") {
				t.Errorf("status %d: %.200s", w.Code, w.Body)
			}
		})
	}
	together.Wait()
	if !s.queue.idle() {
		t.Error("memory or turns are still held")
	}
}
