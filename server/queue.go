package server

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"chokepoint/fault"
	"chokepoint/result"
)

// queue lets a bounded number of computations run, lets others wait, and remembers answers.
type queue struct {
	limits   Limits
	counters *counters
	slots    chan struct{}
	waiting  atomic.Int64
	budget   *budget

	mu     sync.Mutex
	known  map[string]*list.Element
	order  *list.List // of *kept, the last used first
	values int
}

type kept struct {
	key   string
	table *result.Table
}

// busyError says that too much is asked at a time.
type busyError struct {
	wait time.Duration
	why  string
}

func (e *busyError) Error() string { return e.why }

// slowError says that an answer took too long.
type slowError struct{ limit time.Duration }

func (e *slowError) Error() string {
	return "the answer takes longer than " + e.limit.String() + "; ask for fewer years, importers, partners or products"
}

func newQueue(l Limits, m *counters) *queue {
	return &queue{limits: l, counters: m, slots: make(chan struct{}, l.Scans), budget: newBudget(l.Memory/2, l.Wait), known: map[string]*list.Element{}, order: list.New()}
}

// smallAnswer is up to what size a kept answer is used without a slot: many of them at a time matter to nobody.
const smallAnswer = 1 << 20

// cached hands the answer kept under key to use, or computes it first. The table is shared: nobody may change it. A large one is
// used in the slot in which it was computed, so that no more of them are held at a time than are computed.
func (d *queue) cached(ctx context.Context, key, question string, compute func(context.Context, *claim) (*result.Table, error), use func(*result.Table) error) error {
	if t := d.find(key); t != nil {
		d.counters.answer(question, "kept")
		if t.Size() <= smallAnswer {
			return use(t)
		}
		return d.inSlot(ctx, func(c *claim) error {
			if err := c.grow(ctx, t.Size()); err != nil {
				return err
			}
			return fault.Do(func() error { return use(t) })
		})
	}
	return d.inSlot(ctx, func(c *claim) error {
		t, err := timed(ctx, d, question, func(ctx context.Context) (*result.Table, error) { return compute(ctx, c) })
		if err != nil {
			return err
		}
		d.keep(key, t)
		return fault.Do(func() error { return use(t) })
	})
}

// inSlot works when a slot is free.
func (d *queue) inSlot(ctx context.Context, work func(*claim) error) error {
	if err := d.enter(ctx); err != nil {
		return err
	}
	defer func() { <-d.slots }()
	d.counters.running.Add(1)
	defer d.counters.running.Add(-1)
	c := d.budget.claim()
	defer c.release()
	return work(c)
}

// unhurried marks questions whose reader sees how far they are.
type unhurried struct{}

// patience is how many times longer an unhurried question may take.
const patience = 10

// Unhurried is a context for the questions of a page that shows its progress: who reads it sees that work goes on, and may leave, which ends
// it. They may take ten times as long as others.
func Unhurried(ctx context.Context) context.Context { return context.WithValue(ctx, unhurried{}, true) }

// timed computes for a limited time.
func timed[T any](ctx context.Context, d *queue, question string, compute func(context.Context) (T, error)) (answer T, err error) {
	limit := d.limits.Time
	if ctx.Value(unhurried{}) != nil {
		limit *= patience
	}
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	start := time.Now()
	err = fault.Do(func() (err error) {
		answer, err = compute(timed)
		return err
	})
	d.counters.scanned(question, time.Since(start))
	outcome := "computed"
	if err != nil {
		outcome = "failed"
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			err = d.tooSlow(limit)
		} else if errors.Is(err, context.Canceled) {
			outcome = "cancelled"
		}
	}
	d.counters.answer(question, outcome)
	return answer, err
}

// tooSlow says why an answer was not ready within the limit: beside others the same question may be answered later, alone it is too large.
func (d *queue) tooSlow(limit time.Duration) error {
	if len(d.slots) > 1 || d.waiting.Load() > 0 {
		return &busyError{d.limits.Wait, "the answer was not ready within " + limit.String() + ", as others were computed beside it; ask again later, or for fewer years, importers, partners or products"}
	}
	return &slowError{limit}
}

// Limit computes when a slot is free, for a limited time.
func (s *Server) Limit(ctx context.Context, question string, compute func(context.Context) error) error {
	return s.queue.inSlot(ctx, func(*claim) error {
		_, err := timed(ctx, s.queue, question, func(ctx context.Context) (struct{}, error) { return struct{}{}, compute(ctx) })
		return err
	})
}

// enter waits for a slot.
func (d *queue) enter(ctx context.Context) error {
	select {
	case d.slots <- struct{}{}:
		return nil
	default:
	}
	busy := &busyError{d.limits.Wait, "other questions are being computed; ask again soon"}
	defer d.waiting.Add(-1)
	if d.waiting.Add(1) > int64(d.limits.Waiting) {
		return busy
	}
	d.counters.waiting.Add(1)
	defer d.counters.waiting.Add(-1)
	timer := time.NewTimer(d.limits.Wait)
	defer timer.Stop()
	select {
	case d.slots <- struct{}{}:
		return nil
	case <-timer.C:
		return busy
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (d *queue) find(key string) *result.Table {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.known[key]
	if e == nil {
		return nil
	}
	d.order.MoveToFront(e)
	return e.Value.(*kept).table
}

// keep remembers an answer, in the place of those used least recently; one larger than a quarter of the room is not kept.
func (d *queue) keep(key string, t *result.Table) {
	size := func(t *result.Table) int { return (t.Rows() + 1) * len(t.Columns) }
	if size(t) > d.limits.Cached/4 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known[key] != nil {
		return
	}
	d.known[key] = d.order.PushFront(&kept{key, t})
	for d.values += size(t); d.values > d.limits.Cached; {
		last := d.order.Back()
		old := d.order.Remove(last).(*kept)
		delete(d.known, old.key)
		d.values -= size(old.table)
	}
}
