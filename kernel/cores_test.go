package kernel

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
)

// TestCores: while a question may not use all cores, one worker does all blocks, and when it may again, others go on beside it.
func TestCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	const blocks = 50
	var all atomic.Bool
	var running, most, sum atomic.Int32
	run := func(work func(i int)) {
		t.Helper()
		most.Store(0)
		sum.Store(0)
		err := InOrder(WithCores(t.Context(), all.Load), blocks, func(i int) (int, error) {
			now := running.Add(1)
			for m := most.Load(); now > m && !most.CompareAndSwap(m, now); m = most.Load() {
			}
			work(i)
			running.Add(-1)
			return i, nil
		}, func(i int) error {
			sum.Add(int32(i))
			return nil
		})
		if err != nil || sum.Load() != blocks*(blocks-1)/2 {
			t.Fatal(err, sum.Load())
		}
	}
	run(func(int) { runtime.Gosched() })
	if got := most.Load(); got != 1 {
		t.Errorf("%d workers at a time, want 1", got)
	}
	joined := make(chan struct{})
	var waiting atomic.Bool
	run(func(i int) { // the first worker waits in its fifth block until another has begun the next
		switch {
		case i == 5:
			all.Store(true)
			waiting.Store(true)
			<-joined
		case waiting.CompareAndSwap(true, false):
			close(joined)
		}
	})
	if got := most.Load(); got < 2 {
		t.Errorf("%d workers at a time, want more than one", got)
	}
}

// TestCoresEnd: who waits for a core keeps no question that has ended or was given up.
func TestCoresEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(WithCores(t.Context(), func() bool { return false }))
	err := InOrder(ctx, 10, func(i int) (int, error) {
		if i == 3 {
			cancel()
		}
		return i, nil
	}, func(int) error { return nil })
	if err != context.Canceled {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
}
