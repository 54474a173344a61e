package server

import (
	"context"
	"runtime/debug"
	"sync"
	"time"
)

// valueSize is what one value of an answer takes while it is computed, its row included, in bytes. It was measured.
const valueSize = 16

// budget bounds the bytes of all answers that are being computed and rendered. An answer whose share is used up waits until
// another has ended.
type budget struct {
	size int64
	wait time.Duration

	mu      sync.Mutex
	held    int64
	holders int           // claims that hold bytes
	stuck   int           // those of them that wait for more
	freed   chan struct{} // closed when bytes are given back
	peak    int64         // held since memory was given back to the system
}

// largePeak is from what size on memory is given back to the system once no answer is in work: it grows no less than twice as large, and would
// go back by itself only minutes later.
const largePeak = 64 << 20

// restTime is how long nothing must be held before memory is given back.
const restTime = 5 * time.Second

func newBudget(size int64, wait time.Duration) *budget {
	return &budget{size: size, wait: wait, freed: make(chan struct{})}
}

// claim is what one answer holds of a budget.
type claim struct {
	budget *budget
	bytes  int64
}

func (b *budget) claim() *claim { return &claim{budget: b} }

// grow makes a claim that large, or waits until others have ended. One that is alone gets what it wants: its size has a bound of
// its own. When everybody who holds something would wait for the others, the last to come is sent away.
func (c *claim) grow(ctx context.Context, bytes int64) error {
	b := c.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	var timer *time.Timer
	for bytes > c.bytes && b.held+bytes-c.bytes > b.size && b.held > c.bytes {
		holds := 0
		if c.bytes > 0 {
			holds = 1
		}
		if holds > 0 && b.stuck+holds == b.holders {
			return b.busy()
		}
		if timer == nil {
			timer = time.NewTimer(b.wait)
			defer timer.Stop()
		}
		freed := b.freed
		b.stuck += holds
		b.mu.Unlock()
		var err error
		select {
		case <-freed:
		case <-timer.C:
			err = b.busy()
		case <-ctx.Done():
			err = ctx.Err()
		}
		b.mu.Lock()
		b.stuck -= holds
		if err != nil {
			return err
		}
	}
	if more := bytes - c.bytes; more > 0 {
		if c.bytes == 0 {
			b.holders++
		}
		b.held += more
		b.peak = max(b.peak, b.held)
		c.bytes = bytes
	}
	return nil
}

func (b *budget) busy() error {
	return &busyError{b.wait, "other large answers are being computed, and there is not enough memory for this one; ask again soon"}
}

// release gives back what a claim holds.
func (c *claim) release() {
	b := c.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.bytes == 0 {
		return
	}
	b.held -= c.bytes
	b.holders--
	c.bytes = 0
	close(b.freed)
	b.freed = make(chan struct{})
	if b.held == 0 && b.peak >= largePeak {
		time.AfterFunc(restTime, b.rest)
	}
}

// rest gives memory back to the system, unless answers are in work again.
func (b *budget) rest() {
	b.mu.Lock()
	due := b.held == 0 && b.peak >= largePeak
	if due {
		b.peak = 0
	}
	b.mu.Unlock()
	if due {
		debug.FreeOSMemory()
	}
}
