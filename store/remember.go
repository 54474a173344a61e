package store

import (
	"container/list"
	"context"
	"reflect"
	"runtime"
	"sync"
)

// DefaultRemembered is how many bytes all open datasets remember together unless LimitRemembered says otherwise.
const DefaultRemembered = 256 << 20

// Memory keeps results that follow from data which never change: of a dataset, of a year, of a table. The zero value is empty. All
// memories of the process share one bound in bytes; what was used longest ago is forgotten first, whose ever it is. What is forgotten
// stays valid for those who have it.
type Memory struct{ kept *kept }

// kept is apart from its Memory, so that what is remembered does not keep a dataset alive that nobody uses: with the dataset it goes.
type kept struct {
	known     map[any]*list.Element // of *remembered
	computing map[any]*computation
}

// remembered is a result in the order of use.
type remembered struct {
	of         *kept
	key, value any
	size       int64
}

// computation is a result, at hand when done is closed; found says whether there is one.
type computation struct {
	done  chan struct{}
	value any
	size  int64
	found bool
}

// budget bounds what memories keep together.
type budget struct {
	mu          sync.Mutex
	limit, used int64
	order       list.List // of *remembered; that was used last comes first
}

var process = &budget{limit: DefaultRemembered}

// LimitRemembered sets how many bytes all open datasets remember together, and gives what it was before. 0 remembers nothing. Sizes
// are those that callers of Remember state, and an estimate of what keys take.
func LimitRemembered(bytes int64) (before int64) {
	process.mu.Lock()
	defer process.mu.Unlock()
	before, process.limit = process.limit, max(bytes, 0)
	process.evict()
	return before
}

// Remembered is how many bytes all open datasets remember at the moment.
func Remembered() int64 {
	process.mu.Lock()
	defer process.mu.Unlock()
	return process.used
}

// Remember returns what compute gave when key was asked of the memory of something that never changes; nor does what follows from it.
// size says how many bytes a result holds, without what others share. Of several that ask at once for something new one computes
// and the others wait for it, until their context ends. An error is for the one who computed alone and is not remembered: the next
// computes again.
func Remember[K comparable, V any](ctx context.Context, m *Memory, key K, size func(V) int64, compute func() (V, error)) (V, error) {
	return remember(ctx, process, m, key, size, compute)
}

// RememberOf is Remember for what follows from one year.
func RememberOf[K comparable, V any](ctx context.Context, y *Year, key K, size func(V) int64, compute func() (V, error)) (V, error) {
	return remember(ctx, process, &y.derived, key, size, compute)
}

// Known is what is remembered by key, if it is. With Keep it is for those who compute many results in one go.
func Known[K comparable, V any](m *Memory, key K) (v V, ok bool) {
	process.mu.Lock()
	defer process.mu.Unlock()
	known, ok := process.known(m.keptBy(process), key)
	if !ok {
		return v, false
	}
	return known.(V), true
}

// Keep remembers a result of so many bytes.
func Keep[K comparable, V any](m *Memory, key K, v V, size int64) {
	process.mu.Lock()
	defer process.mu.Unlock()
	process.keep(m.keptBy(process), key, v, size)
}

func remember[K comparable, V any](ctx context.Context, b *budget, m *Memory, key K, size func(V) int64, compute func() (V, error)) (v V, err error) {
	c, own := b.ask(m, key)
	for !own {
		if !c.wait(ctx) {
			return v, ctx.Err()
		}
		if c.found {
			return c.value.(V), nil
		}
		c, own = b.ask(m, key)
	}
	defer b.finish(m, key, c) // after a panic, too: others may wait
	if v, err = compute(); err == nil {
		c.value, c.size, c.found = v, size(v), true
	}
	return v, err
}

// wait says whether the computation is done; it is not where the context ended before.
func (c *computation) wait(ctx context.Context) bool {
	select {
	case <-c.done:
		return true
	default:
	}
	select {
	case <-c.done:
		return true
	case <-ctx.Done():
		return false
	}
}

// ask gives the computation by key: one that is done, or that somebody else does, or a new one of one's own.
func (b *budget) ask(m *Memory, key any) (c *computation, own bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := m.keptBy(b)
	if known, ok := b.known(k, key); ok {
		return &computation{done: done, value: known, found: true}, false
	}
	if c = k.computing[key]; c != nil {
		return c, false
	}
	c = &computation{done: make(chan struct{})}
	k.computing[key] = c
	return c, true
}

// done is closed.
var done = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// finish ends a computation of one's own.
func (b *budget) finish(m *Memory, key any, c *computation) {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := m.keptBy(b)
	delete(k.computing, key)
	if c.found {
		b.keep(k, key, c.value, c.size)
	}
	close(c.done)
}

func (b *budget) known(k *kept, key any) (any, bool) {
	e := k.known[key]
	if e == nil {
		return nil, false
	}
	b.order.MoveToFront(e)
	return e.Value.(*remembered).value, true
}

func (b *budget) keep(k *kept, key, value any, size int64) {
	if e := k.known[key]; e != nil {
		b.forget(e)
	}
	if size = max(size, 0) + sizeOfKey(key); size > b.limit {
		return // it would push out everything else and not stay either
	}
	k.known[key] = b.order.PushFront(&remembered{k, key, value, size})
	b.used += size
	b.evict()
}

// evict forgets what was used longest ago until the rest is within the bound.
func (b *budget) evict() {
	for b.used > b.limit {
		b.forget(b.order.Back())
	}
}

func (b *budget) forget(e *list.Element) {
	r := b.order.Remove(e).(*remembered)
	delete(r.of.known, r.key)
	b.used -= r.size
}

// keptBy is what the memory keeps. When nobody has the memory any more, nor the dataset that it is of, all of it is forgotten.
func (m *Memory) keptBy(b *budget) *kept {
	if m.kept == nil {
		m.kept = &kept{known: map[any]*list.Element{}, computing: map[any]*computation{}}
		runtime.AddCleanup(m, b.forgetAll, m.kept)
	}
	return m.kept
}

func (b *budget) forgetAll(k *kept) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range k.known {
		b.forget(e)
	}
}

// sizeOfEntry is about what the order of use and the maps take for a result.
const sizeOfEntry = 256

// sizeOfKey is about what it takes to remember by a key: twice the same key, and the texts in it, which may list hundreds of economies.
func sizeOfKey(key any) int64 {
	v := reflect.ValueOf(key)
	size := sizeOfEntry + 2*int64(v.Type().Size())
	if v.Kind() == reflect.String {
		return size + int64(v.Len())
	}
	if v.Kind() == reflect.Struct {
		for i := range v.NumField() {
			if f := v.Field(i); f.Kind() == reflect.String {
				size += int64(f.Len())
			}
		}
	}
	return size
}

// SizeOf is what one value of a type takes in bytes, without what it points to.
func SizeOf[V any](V) int64 { return int64(reflect.TypeFor[V]().Size()) }

// SizeOfSlice is what a slice holds in bytes, without what its elements point to.
func SizeOfSlice[E any](s []E) int64 { return int64(cap(s)) * int64(reflect.TypeFor[E]().Size()) }
