package server

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"

	"chokepoint/fault"
	"chokepoint/result"
	"chokepoint/study"
)

// queue lets a bounded number of computations run, lets others wait, and remembers answers.
type queue struct {
	limits   Limits
	counters *counters
	turns    *turns
	budget   *budget

	mu     sync.Mutex
	flying map[string]*flight // answers that are being computed
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
	q := &queue{limits: l, counters: m, turns: &turns{size: l.Scans, most: l.Waiting, wait: l.Wait}, budget: newBudget(l.Memory/2, l.Wait), flying: map[string]*flight{}, known: map[string]*list.Element{}, order: list.New()}
	m.watch(q.turns)
	return q
}

// smallAnswer is up to what size a kept answer is used without a turn: many of them at a time matter to nobody.
const smallAnswer = 1 << 20

// cached hands the answer kept under key to use, or that of somebody who computes the same at this moment, or computes it. The table is shared:
// nobody may change it. A large one is used in the turn in which it was computed, so that no more of them are held at a time than are computed.
func (d *queue) cached(ctx context.Context, key, question string, compute func(context.Context, *claim) (*result.Table, error), use func(*result.Table) error) error {
	alone := false // it computes the answer itself, whoever else does
	for {
		if t := d.find(key); t != nil {
			d.counters.answer(question, "kept")
			return d.useKept(ctx, t, use)
		}
		if f := d.flight(key); f != nil && !alone {
			t, again, err := d.follow(ctx, f)
			if t != nil {
				d.counters.answer(question, "shared")
				return use(t)
			}
			if err != nil {
				return err
			}
			alone = !again
			continue
		}
		err := d.inTurn(ctx, func(c *claim) error {
			own, err := d.depart(key, alone)
			if err != nil {
				return err
			}
			t, err := timed(ctx, d, question, func(ctx context.Context) (*result.Table, error) { return compute(ctx, c) })
			if err == nil {
				d.keep(key, t)
			}
			if d.land(key, own, t, err); err != nil {
				return err
			}
			return fault.Do(func() error { return use(t) })
		})
		if err != errDeparted {
			return err
		}
	}
}

// useKept uses a kept answer, a large one when its turn has come.
func (d *queue) useKept(ctx context.Context, t *result.Table, use func(*result.Table) error) error {
	if t.Size() <= smallAnswer {
		return use(t)
	}
	return d.inTurn(ctx, func(c *claim) error {
		if err := c.grow(ctx, t.Size()); err != nil {
			return err
		}
		return fault.Do(func() error { return use(t) })
	})
}

// flight is an answer that is being computed, for whoever asks for the same meanwhile.
type flight struct {
	done  chan struct{}
	table *result.Table // nil where it is large, or there is none
	err   error
}

// errDeparted says that the answer is there or on its way by now.
var errDeparted = errors.New("the answer is computed already")

// depart begins the flight of an answer, unless the one who asks computes alone.
func (d *queue) depart(key string, alone bool) (*flight, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if alone {
		return nil, nil
	}
	if d.known[key] != nil || d.flying[key] != nil {
		return nil, errDeparted
	}
	f := &flight{done: make(chan struct{})}
	d.flying[key] = f
	return f, nil
}

func (d *queue) flight(key string) *flight {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.flying[key]
}

// land ends a flight with its answer or its error. Large answers are not handed on: those who use them hold them in turns of their own.
func (d *queue) land(key string, f *flight, t *result.Table, err error) {
	if f == nil {
		return
	}
	if err == nil && t.Size() <= smallAnswer {
		f.table = t
	}
	f.err = err
	d.mu.Lock()
	delete(d.flying, key)
	d.mu.Unlock()
	close(f.done)
}

// follow waits for a flight. Without an answer and an error the question is to be computed: again, as if nobody had asked before, where the one
// who computed it has left.
func (d *queue) follow(ctx context.Context, f *flight) (t *result.Table, again bool, err error) {
	limit, patient := d.limit(ctx)
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-f.done:
	case <-timer.C:
		return nil, false, d.tooSlow(limit)
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
	switch left := errors.Is(f.err, context.Canceled) || errors.Is(f.err, context.DeadlineExceeded); {
	case left:
		return nil, true, nil
	case patient && f.err != nil: // it may take longer than what has failed
		return nil, false, nil
	}
	return f.table, false, f.err
}

// inTurn works when its turn has come.
func (d *queue) inTurn(ctx context.Context, work func(*claim) error) error {
	v := visitOf(ctx)
	if err := d.turns.take(ctx, v); err != nil {
		return err
	}
	start := time.Now()
	defer func() { d.turns.give(v, time.Since(start)) }()
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

// visited marks questions of a page that is not there yet.
type visited struct{}

// ForPage is a context for all questions of a page, which go before others.
func ForPage(ctx context.Context) context.Context {
	return context.WithValue(ctx, visited{}, &visit{came: time.Now()})
}

// visitOf is the page that a question is for; none where its reader sees how far it is.
func visitOf(ctx context.Context) *visit {
	if ctx.Value(unhurried{}) != nil {
		return nil
	}
	v, _ := ctx.Value(visited{}).(*visit)
	return v
}

// limit is how long a computation may take, and whether that is more than usual.
func (d *queue) limit(ctx context.Context) (limit time.Duration, patient bool) {
	if ctx.Value(unhurried{}) != nil {
		return d.limits.Time * patience, true
	}
	return d.limits.Time, false
}

// timed computes for a limited time.
func timed[T any](ctx context.Context, d *queue, question string, compute func(context.Context) (T, error)) (answer T, err error) {
	limit, _ := d.limit(ctx)
	v := visitOf(ctx)
	timed, cancel := context.WithTimeout(study.WithCores(ctx, func() bool { return d.turns.alone(v) }), limit)
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
	if running, waiting := d.turns.state(); running > 1 || waiting > 0 {
		return &busyError{d.limits.Wait, "the answer was not ready within " + limit.String() + ", as others were computed beside it; ask again later, or for fewer years, importers, partners or products"}
	}
	return &slowError{limit}
}

// Limit computes when its turn has come, for a limited time.
func (s *Server) Limit(ctx context.Context, question string, compute func(context.Context) error) error {
	return s.queue.inTurn(ctx, func(*claim) error {
		_, err := timed(ctx, s.queue, question, func(ctx context.Context) (struct{}, error) { return struct{}{}, compute(ctx) })
		return err
	})
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
