package server

import (
	"context"
	"slices"
	"sync"
	"time"
)

// turns lets a bounded number of computations run at a time and others wait for their turn. A person waits for a page, so that pages go first:
// size of them run, with one other computation beside them. Others run size at a time, and one at a time while pages wait.
type turns struct {
	size int           // computations of each class at a time; one more than that in all
	most int           // that wait, of pages and of others
	wait time.Duration // for a turn

	mu      sync.Mutex
	running [2]int     // others, pages
	waiting [2][]*turn // in the order of their turns
}

// turn is a place among those who wait.
type turn struct {
	visit *visit
	ready chan struct{} // closed when it has come
}

// visit is a page that is being made, which asks several questions. Those who came first go first; a page that has had much already is as if it
// had come later, so that a short one does not wait for all of a long one.
type visit struct {
	came time.Time
	had  time.Duration // computation so far; guarded by the lock of turns
}

// later is how many times what a page has had it goes later.
const later = 4

func (v *visit) rank() time.Time { return v.came.Add(later * v.had) }

// class is 1 for pages and 0 for others, which have no visit.
func (v *visit) class() int {
	if v == nil {
		return 0
	}
	return 1
}

// take waits for a turn, which give ends. Without a visit it is not for a page.
func (t *turns) take(ctx context.Context, v *visit) error {
	class, own := v.class(), &turn{v, make(chan struct{})}
	t.mu.Lock()
	place := len(t.waiting[class])
	for v != nil && place > 0 && v.rank().Before(t.waiting[class][place-1].visit.rank()) {
		place--
	}
	t.waiting[class] = slices.Insert(t.waiting[class], place, own)
	t.next()
	full := len(t.waiting[class]) > t.most && slices.Contains(t.waiting[class], own)
	if full {
		t.leave(class, own)
	}
	t.mu.Unlock()
	if full {
		return t.busy()
	}
	timer := time.NewTimer(t.wait)
	defer timer.Stop()
	err := error(nil)
	select {
	case <-own.ready:
		return nil
	case <-timer.C:
		err = t.busy()
	case <-ctx.Done():
		err = ctx.Err()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.leave(class, own) { // its turn came at the same moment
		return nil
	}
	t.next() // others may have waited for it
	return err
}

// leave takes a turn out of those that wait, and says whether it was there. The lock is held.
func (t *turns) leave(class int, own *turn) bool {
	i := slices.Index(t.waiting[class], own)
	if i >= 0 {
		t.waiting[class] = slices.Delete(t.waiting[class], i, i+1)
	}
	return i >= 0
}

func (t *turns) busy() error {
	return &busyError{t.wait, "other questions are being computed; ask again soon"}
}

// give ends a turn, which took that long.
func (t *turns) give(v *visit, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if v != nil {
		v.had += took
	}
	t.running[v.class()]--
	t.next()
}

// next starts those whose turn it is. The lock is held.
func (t *turns) next() {
	for {
		class, room, all := 0, t.size, t.size
		switch pages := len(t.waiting[1]) > 0; {
		case pages && t.running[1] < t.size:
			class = 1
		case pages:
			room = 1
		}
		if class == 1 || t.running[1] > 0 {
			all++
		}
		if len(t.waiting[class]) == 0 || t.running[class] >= room || t.running[0]+t.running[1] >= all {
			return
		}
		close(t.waiting[class][0].ready)
		t.waiting[class] = slices.Delete(t.waiting[class], 0, 1)
		t.running[class]++
	}
}

// alone says whether no computation runs that the cores are shared with: beside pages, others use one core each, and so does each of several
// pages. That keeps what is short from waiting for a core.
func (t *turns) alone(v *visit) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if v != nil {
		return t.running[1] <= 1
	}
	return t.running[0] <= 1 && t.running[1] == 0
}

// state says how many run and how many wait.
func (t *turns) state() (running, waiting int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.running[0] + t.running[1], len(t.waiting[0]) + len(t.waiting[1])
}
