package server

import (
	"net/http"
	"time"
)

// partSize is how much of an answer a client must read within Limits.Read.
const partSize = 64 << 10

// paced sends an answer as fast as its client reads it, and breaks off one that reads too slowly: that takes longer than Limits.Read
// for a part, or that falls below Limits.LeastRate on the average of the time that was spent sending. How long the server works
// between two writes counts for nothing. What is counted are the bytes on the wire, compressed where they are.
type paced struct {
	http.ResponseWriter
	rc     *http.ResponseController
	limits *Limits
	sent   int64
	spent  time.Duration // sending
}

// pace returns a writer to a client; end must be called when the answer is written.
func (l *Limits) pace(w http.ResponseWriter) (p *paced, end func()) {
	p = &paced{ResponseWriter: w, rc: http.NewResponseController(w), limits: l}
	p.until(time.Time{}) // the one of the request before may have passed
	return p, func() { p.until(time.Now().Add(l.Read)) }
}

// until sets the time by which what is being sent must be read; the zero time is no bound. A writer without deadlines, as in
// tests, needs none.
func (p *paced) until(at time.Time) { _ = p.rc.SetWriteDeadline(at) }

// Write implements http.ResponseWriter.
func (p *paced) Write(b []byte) (n int, err error) {
	for {
		part := b[n:min(n+partSize, len(b))]
		start := time.Now()
		p.until(start.Add(p.allowed(len(part))))
		m, err := p.ResponseWriter.Write(part)
		p.spend(start, m)
		if n += m; err != nil {
			return n, err
		}
		if n == len(b) {
			p.until(time.Time{})
			return n, nil
		}
	}
}

// allowed is how long a client may take for the next bytes.
func (p *paced) allowed(bytes int) time.Duration {
	average := time.Duration(float64(p.sent+int64(bytes)) / float64(p.limits.LeastRate) * float64(time.Second))
	return min(p.limits.Read, p.limits.Read+average-p.spent)
}

func (p *paced) spend(start time.Time, bytes int) {
	p.spent += time.Since(start)
	p.sent += int64(bytes)
}

// Flush implements http.Flusher.
func (p *paced) Flush() {
	start := time.Now()
	p.until(start.Add(p.allowed(0)))
	_ = p.rc.Flush()
	p.spend(start, 0)
	p.until(time.Time{})
}

// FlushError is what http.ResponseController calls.
func (p *paced) FlushError() error {
	start := time.Now()
	p.until(start.Add(p.allowed(0)))
	err := p.rc.Flush()
	p.spend(start, 0)
	p.until(time.Time{})
	return err
}

// Unwrap lets http.ResponseController reach the connection.
func (p *paced) Unwrap() http.ResponseWriter { return p.ResponseWriter }
