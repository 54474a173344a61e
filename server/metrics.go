package server

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what /metrics shows, in the text format of Prometheus.
type metrics struct {
	registry    *prometheus.Registry
	requests    *prometheus.CounterVec
	seconds     *prometheus.HistogramVec
	answers     *prometheus.CounterVec
	scanSeconds *prometheus.HistogramVec
	running     prometheus.Gauge
	waiting     prometheus.Gauge
}

func newMetrics() *metrics {
	buckets := []float64{.001, .003, .01, .03, .1, .3, 1, 3, 10, 30, 100}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "chokepoint_http_requests_total", Help: "Requests by route and status."}, []string{"route", "method", "status"}),
		seconds:  prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "chokepoint_http_request_seconds", Help: "Time of requests by route.", Buckets: buckets}, []string{"route"}),
		answers:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "chokepoint_answers_total", Help: "Answers by question and outcome: kept, computed, failed, cancelled."}, []string{"question", "outcome"}),
		scanSeconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "chokepoint_scan_seconds", Help: "Time of computations by question, without waiting.",
			Buckets: buckets}, []string{"question"}),
		running: prometheus.NewGauge(prometheus.GaugeOpts{Name: "chokepoint_scans_running", Help: "Computations under way."}),
		waiting: prometheus.NewGauge(prometheus.GaugeOpts{Name: "chokepoint_scans_waiting", Help: "Computations that wait for their turn."}),
	}
	m.registry.MustRegister(m.requests, m.seconds, m.answers, m.scanSeconds, m.running, m.waiting,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, DisableCompression: true})
}
