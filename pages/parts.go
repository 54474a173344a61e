package pages

import (
	"bytes"
	"errors"
	"net/http"
	"sync"
	"time"

	"chokepoint/fault"
	"chokepoint/server"
)

// parts is a page that is sent piece by piece, each as soon as it is ready. The server bounds how long its reader takes for a
// piece; the next one may take as long as the work does.
type parts struct {
	mu   sync.Mutex
	w    http.ResponseWriter
	rc   *http.ResponseController
	last time.Time
	err  error
}

func (s site) newParts(w http.ResponseWriter) *parts {
	return &parts{w: w, rc: http.NewResponseController(w)}
}

// send sends a piece at once. After the first error nothing is sent any more.
func (p *parts) send(piece []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.write(piece)
	return p.err
}

func (p *parts) write(piece []byte) {
	if p.err != nil {
		return
	}
	if _, p.err = p.w.Write(piece); p.err == nil {
		if p.err = p.rc.Flush(); errors.Is(p.err, http.ErrNotSupported) {
			p.err = nil
		}
	}
	p.last = time.Now()
}

const (
	// beating is how long nothing is sent before the reader is told that work goes on.
	beating = 5 * time.Second
	// glance is how often the page looks for something to say: what is done faster is not announced. A reader sees the first sign of work after it.
	glance = 250 * time.Millisecond
)

// keep sends what say gives from time to time, until the returned function is called. A reader sees that work goes on, whatever
// is in between does not think the connection idle, and one who has left is noticed. say is called under the lock, with how long
// nothing was sent.
func (p *parts) keep(say func(silence time.Duration) []byte) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		if err := fault.Do(func() error { return p.keepAliveUntil(done, say) }); err != nil {
			p.fail(err)
		}
	}()
	return sync.OnceFunc(func() { close(done); <-ended })
}

func (p *parts) keepAliveUntil(done <-chan struct{}, say func(silence time.Duration) []byte) error {
	tick := time.NewTicker(glance)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return nil
		case <-tick.C:
			p.keepAlive(say)
		}
	}
}

func (p *parts) keepAlive(say func(silence time.Duration) []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if piece := say(time.Since(p.last)); len(piece) > 0 {
		p.write(piece)
	}
}

// fail breaks the page off with the next piece.
func (p *parts) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err = err
	}
}

// partsMark stands in a page where its parts go. Whatever is shown on a page is escaped and cannot hold it.
const partsMark = "<!-- parts -->"

// sendParts sends a page whose content has partsMark: what is before it at once, then what fill sends, then the rest, which may
// say what is known only afterwards. A page that breaks off is broken off in the protocol too.
func (s site) sendParts(p *parts, r *http.Request, name string, around func() frame, fill func(p *parts) error) {
	begin, err := render(name, around())
	head, _, found := bytes.Cut(begin, []byte(partsMark))
	if err == nil && !found {
		err = errors.New("page " + name + ": no place for its parts")
	}
	if err != nil {
		s.Log.Error("page", "name", name, "error", err)
		server.NewProblem(http.StatusInternalServerError, "Failed", "the page could not be made; the server's log says why").Write(p.w)
		return
	}
	h := p.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", s.CacheControl())
	h.Set("X-Accel-Buffering", "no") // a proxy must not collect the parts
	if r.Method == http.MethodHead {
		return
	}
	if err = p.send(head); err == nil {
		err = fill(p)
	}
	if err == nil {
		if begin, err = render(name, around()); err == nil {
			_, rest, _ := bytes.Cut(begin, []byte(partsMark))
			err = p.send(rest)
		}
	}
	if err != nil {
		if r.Context().Err() == nil {
			s.Log.Warn("page broken off", "path", r.URL.Path, "error", err)
		}
		panic(http.ErrAbortHandler) // half a page must not look like a whole one
	}
}
