package server

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"chokepoint/kernel"
	"chokepoint/server/servertest"
	"chokepoint/store"
	"chokepoint/study"
)

// mistaken is a library that makes mistakes while they are wanted.
type mistaken struct {
	Library
	inWorkers, inQuestion, inList, inOpen atomic.Bool
}

func (m *mistaken) Manifests(ctx context.Context) ([]store.Manifest, error) {
	if m.inList.Load() {
		panic("a mistake in the list")
	}
	return m.Library.Manifests(ctx)
}

func (m *mistaken) Open(ctx context.Context, name string) (*Volume, error) {
	v, err := m.Library.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	v.Engine = func() (study.Engine, error) {
		if m.inOpen.Load() {
			panic("a mistake in the opening")
		}
		return &mistakenEngine{filesOf(v), m}, nil
	}
	return v, nil
}

// mistakenEngine scans as the files do.
type mistakenEngine struct {
	study.Engine
	library *mistaken
}

// filesOf is the engine of the files of a volume.
func filesOf(v *Volume) study.Engine { return (&study.Source{Dataset: v.Dataset}).EngineOrFiles() }

func (e *mistakenEngine) Scan(ctx context.Context, y int, view kernel.View, start func() kernel.Visitor, done func(kernel.Visitor) error) error {
	if e.library.inQuestion.Load() {
		panic("a mistake in the question")
	}
	return e.Engine.Scan(ctx, y, view, func() kernel.Visitor {
		if e.library.inWorkers.Load() {
			panic("a mistake in a worker")
		}
		return start()
	}, done)
}

// Close leaves the files to the volume.
func (e *mistakenEngine) Close() error { return nil }

// mistakes is a server over a mistaken library, that computes one at a time, and its log.
func mistakes(t *testing.T) (*Server, *mistaken, *bytes.Buffer) {
	m, log := &mistaken{Library: Folder(dataDir)}, &bytes.Buffer{}
	s := newServer(t, func(c *Config) {
		c.Library, c.Log = m, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn}))
		c.Limits.Scans = 1
	})
	return s, m, log
}

// readers counts who reads the dataset, the cache included.
func (s *Server) readers(name string) int {
	s.Datasets.mu.Lock()
	defer s.Datasets.mu.Unlock()
	if b := s.Datasets.open[name]; b != nil {
		return b.readers
	}
	return 0
}

// TestPanicInWorker: the question fails, with the stack and the command in the log; the next one is answered, in the turn that
// was given back.
func TestPanicInWorker(t *testing.T) {
	question := APIRoot + "/count?importers=USA&partners=CHN&years=2024"
	want := servertest.Body(t, servertest.Get(newServer(t, nil), question), http.StatusOK)
	for place, flagOf := range map[string]func(*mistaken) *atomic.Bool{
		"worker":   func(m *mistaken) *atomic.Bool { return &m.inWorkers },
		"question": func(m *mistaken) *atomic.Bool { return &m.inQuestion },
		"opening":  func(m *mistaken) *atomic.Bool { return &m.inOpen },
	} {
		s, m, log := mistakes(t)
		flag := flagOf(m)
		flag.Store(true)
		for _, accept := range []string{"", "text/html"} {
			w := servertest.Get(s, question, "Accept", accept)
			if servertest.Body(t, w, http.StatusInternalServerError); !strings.Contains(w.Body.String(), "bug in the program") || strings.Contains(w.Body.String(), "a mistake in") {
				t.Errorf("the client hears %s", w.Body)
			}
		}
		if text, isError := call(t, connectTo(t, s), "dependence", map[string]any{"question": "count", "importers": "USA"}); !isError || !strings.Contains(text, "bug in the program") {
			t.Errorf("the tool says %s", text)
		}
		if text := log.String(); !strings.Contains(text, "a mistake in") || !strings.Contains(text, "fault_test.go") ||
			place != "opening" && !strings.Contains(text, "chokepoint count --importers USA --partners CHN") {
			t.Errorf("the log says nothing of the mistake: %.300s", text)
		}
		flag.Store(false)
		if got := servertest.Body(t, servertest.Get(s, question), http.StatusOK); !bytes.Equal(got, want) {
			t.Error("the next answer is another one")
		}
		if running, _ := s.queue.turns.state(); running != 0 || s.readers("world") != 1 {
			t.Errorf("%d computations run, %d read the dataset; want none, and the cache", running, s.readers("world"))
		}
	}
}

func connectTo(t *testing.T, s *Server) *mcp.ClientSession {
	t.Helper()
	l := httptest.NewServer(s)
	t.Cleanup(l.Close)
	return connect(t, &mcp.StreamableClientTransport{Endpoint: l.URL + "/mcp"})
}

// TestPanicInTool: tools are called in goroutines of their own; also what is no computation is contained.
func TestPanicInTool(t *testing.T) {
	s, m, log := mistakes(t)
	session := connectTo(t, s)
	m.inList.Store(true)
	if text, isError := call(t, session, "catalogue", map[string]any{"what": "datasets"}); !isError || !strings.Contains(text, "bug in the program") {
		t.Errorf("the tool says %s", text)
	}
	if !strings.Contains(log.String(), "a mistake in the list") {
		t.Errorf("the log says nothing of the mistake: %s", log)
	}
	m.inList.Store(false)
	if text, isError := call(t, session, "catalogue", map[string]any{"what": "datasets"}); isError {
		t.Errorf("the next call: %s", text)
	}
}

// TestPanicInHandler: before anything is written it is a 500, also where the client takes compressed answers; afterwards the
// connection breaks, so that half an answer is never taken for a whole one.
func TestPanicInHandler(t *testing.T) {
	s, _, log := mistakes(t)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /before", func(http.ResponseWriter, *http.Request) { panic("a mistake before") })
	mux.HandleFunc("GET /amid", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, "half an answer")
		panic("a mistake amid")
	})
	l := httptest.NewServer(s.guard(mux))
	defer l.Close()
	for _, encoding := range []string{"identity", "gzip", "zstd"} {
		ask := func(path string) (*http.Response, error) {
			r, _ := http.NewRequest(http.MethodGet, l.URL+path, nil)
			r.Header.Set("Accept-Encoding", encoding)
			w, err := l.Client().Do(r)
			if err == nil {
				defer w.Body.Close()
				_, err = io.ReadAll(w.Body)
			}
			return w, err
		}
		if w, err := ask("/before"); err != nil || w.StatusCode != http.StatusInternalServerError {
			t.Errorf("%s: got %v, %v; want 500", encoding, w, err)
		}
		if w, err := ask("/amid"); err == nil {
			t.Errorf("%s: half an answer came whole, with status %d", encoding, w.StatusCode)
		}
	}
	l.Close() // waits for the requests, which write the log
	for _, what := range []string{"a mistake before", "a mistake amid"} {
		if !strings.Contains(log.String(), what) {
			t.Errorf("%s is not in the log", what)
		}
	}
}
