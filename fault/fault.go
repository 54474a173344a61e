// Package fault says whose an error is. A QuestionError is a mistake of the asker, every other error a failure. A panic is a mistake
// of the program and becomes an error of the question that met it: one that nobody recovers ends the program, in whichever
// goroutine it happens, and a server would end for everybody.
//
// It must never import anything of ours.
package fault

import (
	"context"
	"fmt"
	"runtime/debug"

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
// rather than the program end.
func Do(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		v := recover()
		if known, ok := v.(*Error); ok {
			err = known
		} else if v != nil {
			err = &Error{v, debug.Stack()}
		}
	}()
	return f()
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
