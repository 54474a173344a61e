// Package fault says whose an error is. A QuestionError is a mistake of the asker, every other error a failure. A panic is a mistake
// of the program and becomes an error of the question that met it: one that nobody recovers ends the program, in whichever
// goroutine it happens, and a server would end for everybody.
//
// It must never import anything of ours.
package fault

import (
	"context"
	"fmt"
	"reflect"
	"runtime/debug"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Error is a panic that was recovered. It unwraps to nothing: what was thrown must not pass for a mistake of the user.
type Error struct {
	Value any
	Stack []byte // of the goroutine that panicked
}

// Error implements error.
func (e *Error) Error() string {
	if e.Memory() {
		return fmt.Sprintf("a file that is in use cannot be read any more: %v", e.Value)
	}
	return fmt.Sprintf("internal error: %v", e.Value)
}

// Memory says that the memory of a mapped file could not be read: the file was cut off, or its disk is gone.
func (e *Error) Memory() bool {
	_, ok := e.Value.(interface{ Addr() uintptr })
	return ok
}

// Do calls f and returns its error, or an *Error where f panics. Mapped files whose memory cannot be read make f panic
// rather than the program end; of those that Watch knows, the error is the one that it was given.
func Do(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch v := recover().(type) {
		case nil:
		case *Error:
			err = v
		case thrown:
			err = v.error
		default:
			if err = lost(v); err == nil {
				err = &Error{v, debug.Stack()}
			}
		}
	}()
	return f()
}

// Throw ends the question at hand: Do returns err itself. It is for those who find that data are damaged where no error can be
// returned.
func Throw(err error) { panic(thrown{err}) }

type thrown struct{ error }

// watched are the mapped files whose loss has an error of its own.
var watched struct {
	sync.RWMutex
	regions map[*region]bool
}

type region struct {
	from, to uintptr
	lost     func() error
}

// Watch says what the error is of a question that reads data when its file was cut off, or its disk is gone. It holds until
// the function that it returns is called, before the file is unmapped.
func Watch(data []byte, lost func() error) (end func()) {
	r := &region{from: reflect.ValueOf(data).Pointer(), lost: lost}
	r.to = r.from + uintptr(len(data))
	watched.Lock()
	defer watched.Unlock()
	if watched.regions == nil {
		watched.regions = map[*region]bool{}
	}
	watched.regions[r] = true
	return func() {
		watched.Lock()
		defer watched.Unlock()
		delete(watched.regions, r)
	}
}

// lost is the error of the watched file that a panic of the system is about, or nil.
func lost(panicked any) error {
	fault, ok := panicked.(interface{ Addr() uintptr })
	if !ok {
		return nil
	}
	watched.RLock()
	defer watched.RUnlock()
	for r := range watched.regions {
		if at := fault.Addr(); at >= r.from && at < r.to {
			return r.lost()
		}
	}
	return nil
}

// Group is an errgroup.Group whose goroutines may panic: that is their error, and ends the others as any error does.
type Group struct{ group *errgroup.Group }

// WithContext returns a group and a context that ends with the first error, as errgroup.WithContext does.
func WithContext(ctx context.Context) (*Group, context.Context) {
	group, ctx := errgroup.WithContext(ctx)
	return &Group{group}, ctx
}

// SetLimit bounds the goroutines that run at a time.
func (g *Group) SetLimit(n int) { g.group.SetLimit(n) }

// Go calls f in a goroutine.
func (g *Group) Go(f func() error) { g.group.Go(func() error { return Do(f) }) }

// Wait returns the first error when all goroutines have ended.
func (g *Group) Wait() error { return g.group.Wait() }
