package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"golang.org/x/time/rate"

	"chokepoint/fault"
)

// contentSecurity allows what we serve ourselves and nothing else: no inline script, no style from elsewhere, no frames.
const contentSecurity = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard puts everything that holds for all requests around the routes, the outermost first.
func (s *Server) guard(mux *http.ServeMux) http.Handler {
	clients := newClients(s.Limits.Rate, s.Limits.Burst)
	compress, err := gzhttp.NewWrapper(gzhttp.EnableZstd(true), gzhttp.PreferZstd(true), gzhttp.MinSize(1024), gzhttp.ContentTypeFilter(compressible))
	if err != nil {
		panic(err) // the options are constant
	}
	h := routeEndings(mux)
	h = compress(h)
	h = s.authenticate(h)
	h = s.bound(h)
	h = clients.limit(h)
	h = s.checkOrigin(h) // before the client's requests are counted: they are not its own
	h = s.checkHost(h)
	h = s.secure(h)
	return s.observe(mux, s.contain(h))
}

// compressible says which answers are worth compressing: Parquet, XLSX and images are compressed already.
func compressible(mediaType string) bool {
	bare, _, _ := strings.Cut(mediaType, ";")
	return strings.HasPrefix(bare, "text/") || strings.HasSuffix(bare, "json") || strings.HasSuffix(bare, "+csv") ||
		bare == "application/javascript" || bare == "application/vnd.apache.arrow.file" || bare == "image/svg+xml" || bare == "application/toml"
}

// secure sets the headers that browsers obey.
func (s *Server) secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentSecurity)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		if s.framed(r) {
			h.Set("Content-Security-Policy", strings.Replace(contentSecurity, "frame-ancestors 'none'", "frame-ancestors "+strings.Join(s.Frames, " "), 1))
			h.Del("X-Frame-Options") // it knows one site alone
		}
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		if s.Encrypted(r) {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// FramePath is where figures are that other sites may frame, where the server is told which.
const FramePath = "/embed/"

// framed says that a request is for what other sites may frame.
func (s *Server) framed(r *http.Request) bool {
	return len(s.Frames) > 0 && strings.HasPrefix(r.URL.Path, FramePath)
}

// CheckFrames says what is wrong with a list of sites that may frame figures: each is a scheme and a host, nothing more.
func CheckFrames(sites []string) error {
	for _, site := range sites {
		u, err := url.Parse(site)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || site != u.Scheme+"://"+u.Host || strings.ContainsAny(u.Host, "; ,*'\"") {
			return fmt.Errorf("%q: expected a site such as https://www.example.org, without path", site)
		}
	}
	return nil
}

// checkHost refuses requests for other hosts where the server listens on loopback: a page elsewhere may have its name
// point here (DNS rebinding).
func (s *Server) checkHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.Local && !isLoopbackHost(r) {
			refuseHost(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isLoopbackHost(r *http.Request) bool {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return loopbackHost(strings.Trim(host, "[]"))
}

func refuseHost(w http.ResponseWriter, r *http.Request) {
	NewProblem(http.StatusMisdirectedRequest, "Wrong host", fmt.Sprintf("this server listens on loopback alone; expected Host localhost or 127.0.0.1, got %q", Shortened(r.Host))).Write(w)
}

// bound refuses what is too long before anything reads it.
func (s *Server) bound(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n := len(r.URL.Path) + len(r.URL.RawQuery); n > s.Limits.URL {
			NewProblem(http.StatusRequestURITooLong, "URL too long", fmt.Sprintf("path and query have %d bytes; at most %d are accepted; send long parameters by POST", n, s.Limits.URL)).Write(w)
			return
		}
		if r.ContentLength > s.Limits.Body {
			NewProblem(http.StatusRequestEntityTooLarge, "Body too large", fmt.Sprintf("the body has %d bytes; at most %d are accepted", r.ContentLength, s.Limits.Body)).Write(w)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.Limits.Body))
		if err != nil {
			unread(err, s.Limits.Body).Write(w)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}

// unread says why a body could not be read: the fault is the client's.
func unread(err error, limit int64) *Problem {
	var large *http.MaxBytesError
	var network net.Error
	switch {
	case errors.As(err, &large):
		return NewProblem(http.StatusRequestEntityTooLarge, "Body too large", fmt.Sprintf("at most %d bytes are accepted", limit))
	case errors.As(err, &network) && network.Timeout():
		return NewProblem(http.StatusRequestTimeout, "Body too slow", "the body did not arrive in time")
	}
	return NewProblem(http.StatusBadRequest, "Malformed body", "the body could not be read: "+err.Error())
}

// clients bounds how often each client asks.
type clients struct {
	rate  rate.Limit
	burst int
	mu    sync.Mutex
	known map[netip.Prefix]*client
}

type client struct {
	*rate.Limiter
	seen time.Time
}

// maxClients bounds the memory of clients; who has been quiet longest is forgotten.
const maxClients = 10_000

func newClients(perSecond float64, burst int) *clients {
	return &clients{rate: rate.Limit(perSecond), burst: burst, known: map[netip.Prefix]*client{}}
}

func (c *clients) limit(next http.Handler) http.Handler {
	if c.rate < 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reservation := c.of(r).Reserve()
		if wait := reservation.Delay(); wait > 0 {
			reservation.Cancel()
			p := NewProblem(http.StatusTooManyRequests, "Too many requests", fmt.Sprintf("more than %g requests a second", float64(c.rate)))
			p.retry = wait
			p.Write(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// of returns the client of a request.
func (c *clients) of(r *http.Request) *client {
	key := clientIn(r.Context())
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	known := c.known[key]
	if known == nil {
		if len(c.known) >= maxClients {
			c.forget(now)
		}
		known = &client{Limiter: rate.NewLimiter(c.rate, c.burst)}
		c.known[key] = known
	}
	known.seen = now
	return known
}

// forget drops those that were quiet for a minute, or all.
func (c *clients) forget(now time.Time) {
	for key, known := range c.known {
		if now.Sub(known.seen) > time.Minute {
			delete(c.known, key)
		}
	}
	if len(c.known) >= maxClients {
		clear(c.known)
	}
}

// observe logs and counts each request, also one that is broken off.
func (s *Server) observe(mux *http.ServeMux, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		paced, end := s.Limits.pace(w)
		defer end()
		seen := &seenResponse{ResponseWriter: paced}
		r = s.identify(r)
		defer func() { s.record(mux, r, seen, time.Since(start)) }()
		next.ServeHTTP(seen, r)
	})
}

// contain turns a panic into a 500, or breaks off an answer of which a part is written.
func (s *Server) contain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := &seenResponse{ResponseWriter: w}
		err := fault.Do(func() error {
			next.ServeHTTP(seen, r)
			return nil
		})
		var thrown *fault.Error
		if !errors.As(err, &thrown) {
			return
		}
		if thrown.Value != http.ErrAbortHandler {
			s.logFailure(r.URL.Path, err)
			var p *Problem
			if errors.As(ProblemOf(err), &p) && seen.status == 0 {
				p.Write(seen)
				return
			}
		}
		panic(http.ErrAbortHandler) // net/http closes the connection
	})
}

// logFailure logs what went wrong on the server's side, of a panic with its stack.
func (s *Server) logFailure(what string, err error, more ...any) {
	more = append(more, "error", err)
	var thrown *fault.Error
	if errors.As(err, &thrown) {
		more = append(more, "stack", string(thrown.Stack))
	}
	s.Log.Error("failed: "+what, more...)
}

func (s *Server) record(mux *http.ServeMux, r *http.Request, seen *seenResponse, took time.Duration) {
	status := seen.status
	if status == 0 {
		status = http.StatusOK
	}
	if errors.Is(r.Context().Err(), context.Canceled) {
		status = statusCancelled
	}
	route := s.route(mux, r)
	s.counters.request(route, knownVerb(r.Method), status, took)
	s.Log.Info("request", "method", r.Method, "path", Shortened(r.URL.Path), "query", Shortened(r.URL.RawQuery), "status", status,
		"bytes", seen.bytes, "ms", float64(took.Microseconds())/1000, "client", addressIn(r))
}

// route is the pattern that serves a request: a bounded number of labels, whatever clients ask for.
func (s *Server) route(mux *http.ServeMux, r *http.Request) string {
	bare := *r.URL
	if i := strings.LastIndexByte(bare.Path, '/'); i >= 0 && strings.HasPrefix(bare.Path, APIRoot+"/") && bare.Path != APIRoot+"/openapi.json" {
		name, _ := cutEnding(bare.Path[i+1:])
		bare.Path = bare.Path[:i+1] + name
	}
	_, pattern := mux.Handler(&http.Request{Method: r.Method, URL: &bare, Host: r.Host})
	if pattern == "" {
		return "none"
	}
	return pattern
}

func knownVerb(verb string) string {
	switch verb {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions, http.MethodDelete, http.MethodPut:
		return verb
	}
	return "other"
}

// seenResponse remembers what was sent.
type seenResponse struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader implements http.ResponseWriter.
func (s *seenResponse) WriteHeader(status int) {
	if s.status == 0 && status >= 200 {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (s *seenResponse) Write(p []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	n, err := s.ResponseWriter.Write(p)
	s.bytes += int64(n)
	return n, err
}

// Flush implements http.Flusher, for what compresses: it flushes what it knows to be one.
func (s *seenResponse) Flush() { _ = http.NewResponseController(s.ResponseWriter).Flush() }

// Unwrap lets http.ResponseController reach the connection.
func (s *seenResponse) Unwrap() http.ResponseWriter { return s.ResponseWriter }
