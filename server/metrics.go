package server

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"chokepoint/store"
)

// counters are what /metrics shows, in the text format of Prometheus.
type counters struct {
	set *metrics.Set
}

// secondBounds are the upper bounds of the buckets of times, in seconds.
var secondBounds = []float64{.001, .003, .01, .03, .1, .3, 1, 3, 10, 30, 100}

func newCounters() *counters {
	m := &counters{set: metrics.NewSet()}
	// What all open datasets remember.
	m.set.NewGauge("chokepoint_remembered_bytes", func() float64 { return float64(store.Remembered()) })
	return m
}

// watch shows how many computations run, and how many wait for their turn.
func (m *counters) watch(t *turns) {
	m.set.NewGauge("chokepoint_scans_running", func() float64 { running, _ := t.state(); return float64(running) })
	m.set.NewGauge("chokepoint_scans_waiting", func() float64 { _, waiting := t.state(); return float64(waiting) })
}

// request counts a request by route and status. The caller bounds how many routes and verbs there are.
func (m *counters) request(route, verb string, status int, took time.Duration) {
	m.set.GetOrCreateCounter(fmt.Sprintf(`chokepoint_http_requests_total{route=%q,method=%q,status="%d"}`, route, verb, status)).Inc()
	m.observe("chokepoint_http_request_seconds", "route", route, took)
}

// refused counts a connection that was one too many.
func (m *counters) refused() { m.set.GetOrCreateCounter("chokepoint_connections_refused_total").Inc() }

// answer counts an answer by its outcome: kept, computed, failed or cancelled.
func (m *counters) answer(question, outcome string) {
	m.set.GetOrCreateCounter(fmt.Sprintf(`chokepoint_answers_total{question=%q,outcome=%q}`, question, outcome)).Inc()
}

// scanned tells how long a computation took, without waiting.
func (m *counters) scanned(question string, took time.Duration) {
	m.observe("chokepoint_scan_seconds", "question", question, took)
}

func (m *counters) observe(name, label, value string, took time.Duration) {
	m.set.GetOrCreatePrometheusHistogramExt(fmt.Sprintf("%s{%s=%q}", name, label, value), secondBounds).Update(took.Seconds())
}

// ServeHTTP writes them, with those of the process.
func (m *counters) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	m.set.WritePrometheus(w)
	metrics.WriteProcessMetrics(w)
}

// ServeMetrics answers /metrics alone, at an address of its own, until ctx ends. Where the server wants a token this wants it too,
// unless the address is of this computer alone.
func (s *Server) ServeMetrics(ctx context.Context, l net.Listener) error {
	mux := http.NewServeMux()
	local, _ := Loopback(l.Addr().String())
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		if local && !isLoopbackHost(r) {
			refuseHost(w, r)
			return
		}
		scheme, bearer, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if s.Token != "" && !local && !(strings.EqualFold(scheme, "Bearer") && s.sessions.isToken(bearer)) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="chokepoint"`)
			NewProblem(http.StatusUnauthorized, "Token required", "expected the header Authorization: Bearer TOKEN").Write(w)
			return
		}
		s.counters.ServeHTTP(w, r)
	})
	web := &http.Server{Handler: mux, ReadTimeout: 5 * time.Second, WriteTimeout: s.Limits.Read, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10}
	end := context.AfterFunc(ctx, func() { _ = web.Close() })
	defer end()
	if err := web.Serve(l); ctx.Err() == nil {
		return err
	}
	return nil
}
