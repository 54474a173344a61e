// Package server answers over HTTP what the commands answer at the terminal: an API, tools for assistants (Model Context
// Protocol) and pages. All ask the same questions of the same datasets; nothing here computes a number.
//
// It must never import ingest, synth or cmd, and never writes to the data.
package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chokepoint/study"
	"chokepoint/trade"
)

// Config is what a server serves, to whom, and within which limits. The zero value of a limit is the default of Limits.
type Config struct {
	Library Library
	Dataset string // answers where a request names none; "" is the only one
	Blocs   *trade.Blocs
	Program string // name and version, as provenance says it
	Token   string // "" lets everybody in
	Local   bool   // listens on loopback: requests for other hosts are refused
	Secure  bool   // over TLS
	// TrustedProxies are the networks of proxies that say truly in X-Forwarded-For whom they ask for.
	TrustedProxies []netip.Prefix
	// Frames are the sites that may frame figures (FramePath), each a scheme and a host; none where it is empty.
	Frames []string
	// HideMetrics leaves /metrics out; MetricsHandler gives it, for another address.
	HideMetrics bool
	Log         *slog.Logger
	Limits      Limits
	Beside      study.Beside

	// Site makes the pages of a server; nil is the API alone.
	Site func(s *Server) Site
}

// Limits bound what one request, one client and all of them together may take.
type Limits struct {
	Body        int64         // bytes of a request's body
	URL         int           // bytes of path and query
	Text        int           // bytes of one parameter
	Definition  int           // bytes of a definition
	Parties     int           // economies and blocs of one selection
	Values      int           // rows times columns of an answer
	Time        time.Duration // of the computation of an answer
	Read        time.Duration // for a client to read one part of an answer, 64 KiB
	LeastRate   int           // bytes a second that a client reads on the average, after what Read allows once
	Memory      int64         // bytes that the program keeps: half of it answers in work, an eighth kept ones, a sixteenth those that wait for their readers; the program has a quarter for what datasets remember
	Spill       int64         // bytes of answers that wait for their readers in temporary files
	Scans       int           // computations at a time
	Waiting     int           // computations that wait for their turn
	Wait        time.Duration // for their turn
	Rate        float64       // requests a second and client; negative is no limit
	Burst       int           // requests a client may make at once
	Connections int           // open at a time; a quarter of them from one client
	Cached      int           // values of answers kept
}

// Collected is the limit for Go's garbage collector, in bytes: a little less than Memory, as some memory is free but not given back yet.
func (l Limits) Collected() int64 { return l.Memory - l.Memory/16 }

// DefaultLimits suit a computer of one analyst and a server of a small office alike.
var DefaultLimits = Limits{
	Body: 64 << 10, URL: 8 << 10, Text: 4 << 10, Definition: 8 << 10, Parties: 400, Values: 30_000_000,
	Time: time.Minute, Read: 30 * time.Second, LeastRate: 16 << 10, Memory: 1 << 30, Spill: 4 << 30, Scans: 2, Waiting: 64, Wait: 10 * time.Second, Rate: 50, Burst: 200, Connections: 1024, Cached: 5_000_000,
}

// orDefault fills in what is not set, and makes what answers may take fit into the memory.
func (l Limits) orDefault() Limits {
	d := DefaultLimits
	l = Limits{
		Body: cmp.Or(l.Body, d.Body), URL: cmp.Or(l.URL, d.URL), Text: cmp.Or(l.Text, d.Text), Definition: cmp.Or(l.Definition, d.Definition),
		Parties: cmp.Or(l.Parties, d.Parties), Values: cmp.Or(l.Values, d.Values), Time: cmp.Or(l.Time, d.Time), Read: cmp.Or(l.Read, d.Read),
		LeastRate: cmp.Or(l.LeastRate, d.LeastRate), Memory: cmp.Or(l.Memory, d.Memory), Spill: cmp.Or(l.Spill, d.Spill), Scans: cmp.Or(l.Scans, d.Scans),
		Waiting: cmp.Or(l.Waiting, d.Waiting), Wait: cmp.Or(l.Wait, d.Wait), Rate: cmp.Or(l.Rate, d.Rate), Burst: cmp.Or(l.Burst, d.Burst),
		Connections: cmp.Or(l.Connections, d.Connections), Cached: cmp.Or(l.Cached, d.Cached),
	}
	l.Values = int(min(int64(l.Values), l.Memory/2/valueSize))
	l.Cached = int(min(int64(l.Cached), l.Memory/8/valueSize))
	return l
}

// Site is what people see beside the API.
type Site struct {
	// Routes puts the pages into mux.
	Routes func(mux *http.ServeMux)
	// Login shows the form that asks for a token; problem says why it is shown again.
	Login func(w http.ResponseWriter, r *http.Request, status int, next, problem string)
	// Reference is the document of the API for people, as HTML.
	Reference func(api *huma.OpenAPI) ([]byte, error)
}

// Server is an http.Handler. Close it after use.
type Server struct {
	Config
	Datasets *datasetCache
	queue    *queue
	room     *room
	counters *counters
	sessions *sessions
	site     Site
	handler  http.Handler
}

// New returns a server, without opening any dataset yet.
func New(c Config) (*Server, error) {
	if c.Blocs == nil {
		c.Blocs = trade.BuiltinBlocs()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Limits = c.Limits.orDefault()
	s := &Server{Config: c, Datasets: newDatasetCache(c.Library, c.Log), counters: newCounters(), sessions: newSessions(c.Token)}
	s.queue, s.room = newQueue(c.Limits, s.counters), newRoom(c.Limits)
	if c.Site != nil {
		s.site = c.Site(s)
	}
	mux := http.NewServeMux()
	if err := s.routes(mux); err != nil {
		return nil, err
	}
	s.handler = s.guard(mux)
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Close closes the datasets; no request may be under way.
func (s *Server) Close() error { return s.Datasets.close() }

// drain is how long requests under way may take when the server stops.
const drain = 10 * time.Second

// Serve answers requests until ctx ends, then lets those under way finish. certificate and key name files, both or neither.
func (s *Server) Serve(ctx context.Context, l net.Listener, certificate, key string) error {
	l = s.boundListener(l)
	base, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	web := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return base },
	}
	done := make(chan error, 1)
	go func() {
		if certificate != "" {
			done <- web.ServeTLS(l, certificate, key)
		} else {
			done <- web.Serve(l)
		}
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	s.Log.Info("stopping")
	limit, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	err := web.Shutdown(limit)
	if errors.Is(err, context.DeadlineExceeded) {
		stop() // ends the scans
		err = web.Close()
	}
	<-done
	return err
}

// Loopback says whether an address to listen on, host:port, is of this computer alone.
func Loopback(addr string) (bool, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false, fmt.Errorf("address %q: expected HOST:PORT, for example 127.0.0.1:8080: %w", addr, err)
	}
	return loopbackHost(host), nil
}

func loopbackHost(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
