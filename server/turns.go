package server

import (
	"context"
	"slices"
	"sync"
	"time"
)

// turns lets a bounded number of computations run at a time and others wait for their turn. Pages go first, as a person waits for them, and one
// computation more may run for them; after mostPages in a row another one is next.
type turns struct {
	size int           // computations at a time
	most int           // that wait, of pages and of others
	wait time.Duration // for a turn

	mu      sync.Mutex
	running int
	waiting [2][]chan struct{} // others, pages; the first to come first. Closed when it is their turn
	row     int                // pages that went before others that wait, in a row
}

const (
	mostPages = 4 // in a row while others wait
	morePages = 1 // computations for pages beyond the size
)

// take waits for a turn, which give ends.
func (t *turns) take(ctx context.Context, page bool) error {
	class := 0
	if page {
		class = 1
	}
	ready := make(chan struct{})
	t.mu.Lock()
	t.waiting[class] = append(t.waiting[class], ready)
	t.next()
	full := slices.Contains(t.waiting[class], ready) && len(t.waiting[class]) > t.most
	if full {
		t.waiting[class] = t.waiting[class][:t.most]
	}
	t.mu.Unlock()
	if full {
		return t.busy()
	}
	timer := time.NewTimer(t.wait)
	defer timer.Stop()
	err := error(nil)
	select {
	case <-ready:
		return nil
	case <-timer.C:
		err = t.busy()
	case <-ctx.Done():
		err = ctx.Err()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.Index(t.waiting[class], ready)
	if i < 0 { // its turn came at the same moment
		return nil
	}
	t.waiting[class] = slices.Delete(t.waiting[class], i, i+1)
	t.next() // pages may have waited for it
	return err
}

func (t *turns) busy() error {
	return &busyError{t.wait, "other questions are being computed; ask again soon"}
}

// give ends a turn.
func (t *turns) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.running--
	t.next()
}

// next starts those whose turn it is. The lock is held.
func (t *turns) next() {
	for {
		others, pages := len(t.waiting[0]), len(t.waiting[1])
		class, room := 0, t.size
		if pages > 0 && (others == 0 || t.row < mostPages) {
			class, room = 1, t.size+morePages
		}
		if len(t.waiting[class]) == 0 || t.running >= room {
			return
		}
		close(t.waiting[class][0])
		t.waiting[class] = slices.Delete(t.waiting[class], 0, 1)
		t.running++
		if t.row++; class == 0 || others == 0 {
			t.row = 0
		}
	}
}

// state says how many run and how many wait.
func (t *turns) state() (running, waiting int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.running, len(t.waiting[0]) + len(t.waiting[1])
}
