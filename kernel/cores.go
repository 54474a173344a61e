package kernel

import (
	"context"
	"runtime"
	"time"
)

// coresKey is where a context says whether its question may use all cores.
type coresKey struct{}

// coresPause is how often a worker looks whether it may go on.
const coresPause = 5 * time.Millisecond

// WithCores is a context for a question that shares the cores with others. all says whether it may use all of them at this moment; while it may
// not, one worker goes on and its others wait before their next block of products. It is called from many goroutines.
func WithCores(ctx context.Context, all func() bool) context.Context {
	return context.WithValue(ctx, coresKey{}, all)
}

// shareCores lets others have the core between two blocks of a question that shares the cores; an extra worker waits until the question may use
// more than one core, or until ctx ends.
func shareCores(ctx context.Context, extra bool) {
	all, shared := ctx.Value(coresKey{}).(func() bool)
	if !shared {
		return
	}
	runtime.Gosched() // what is short would wait for ten milliseconds, many times a page
	for extra && !all() {
		select {
		case <-ctx.Done():
			return
		case <-time.After(coresPause):
		}
	}
}
