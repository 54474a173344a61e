package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"chokepoint/result"
)

// TestTurns: two computations run at a time, and a third where pages are asked for: two for pages, who go first, and one other. Of pages that
// which came first is next, unless it has had much already.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := &turns{size: 2, most: 20, wait: time.Minute}
		start := time.Now()
		page := func(came, had time.Duration) *visit { return &visit{start.Add(came), had} }
		visits := map[string]*visit{
			"p1": page(1*time.Second, 0), "p2": page(2*time.Second, 0), "p3": page(3*time.Second, 0), "p4": page(4*time.Second, 0),
			"p5": page(0, 2*time.Second), // as if it had come after eight seconds
			"p6": page(5*time.Second, 0),
		}
		var mu sync.Mutex
		var order []string
		ask := func(name string) {
			go func() {
				if err := turns.take(t.Context(), visits[name]); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				mu.Lock()
				defer mu.Unlock()
				order = append(order, name)
			}()
			synctest.Wait()
		}
		begun := func(want string) {
			t.Helper()
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			slices.Sort(order) // those that begin at once have no order
			if got := strings.Join(order, " "); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		give := func(name string) { turns.give(visits[name], time.Millisecond) }
		for _, name := range []string{"o1", "o2", "o3", "p1", "p2", "p5", "p4", "p3", "o4", "p6"} {
			ask(name)
		}
		begun("o1 o2 p1")
		give("o1")
		begun("o1 o2 p1 p2") // pages have two places, and one other runs beside them
		give("o2")
		begun("o1 o2 o3 p1 p2")
		give("p1")
		begun("o1 o2 o3 p1 p2 p3")
		give("p2")
		give("p3")
		begun("o1 o2 o3 p1 p2 p3 p4 p6")
		give("o3")
		begun("o1 o2 o3 o4 p1 p2 p3 p4 p6")
		give("p4")
		begun("o1 o2 o3 o4 p1 p2 p3 p4 p5 p6")
		if got := visits["p4"].had; got != time.Millisecond {
			t.Errorf("a page has had %v", got)
		}
		ask("o5") // no page waits: two others run again, in all three
		begun("o1 o2 o3 o4 p1 p2 p3 p4 p5 p6")
		give("p5")
		begun("o1 o2 o3 o4 o5 p1 p2 p3 p4 p5 p6")
		for _, name := range []string{"o4", "o5", "p6"} {
			give(name)
		}
		if running, waiting := turns.state(); running != 0 || waiting != 0 {
			t.Errorf("%d run and %d wait, want none", running, waiting)
		}
	})
}

// TestTurnsRefused: who waits too long, leaves, or comes when too many wait gets no turn, and keeps nobody from theirs.
func TestTurnsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := &turns{size: 1, most: 1, wait: time.Minute}
		if err := turns.take(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		ctx, leave := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() { left <- turns.take(ctx, nil) }()
		synctest.Wait()
		var busy *busyError
		if err := turns.take(t.Context(), nil); !errors.As(err, &busy) {
			t.Errorf("one too many: %v", err)
		}
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("one who left: %v", err)
		}
		start := time.Now()
		if err := turns.take(t.Context(), nil); !errors.As(err, &busy) || time.Since(start) != time.Minute {
			t.Errorf("one who waits for %v: %v", time.Since(start), err)
		}
		if err := turns.take(t.Context(), &visit{}); err != nil { // a page, beside it
			t.Error(err)
		}
		turns.give(nil, 0)
		turns.give(&visit{}, 0)
		if err := turns.take(t.Context(), nil); err != nil {
			t.Error(err)
		}
		if running, waiting := turns.state(); running != 1 || waiting != 0 {
			t.Errorf("%d run and %d wait, want 1 and 0", running, waiting)
		}
	})
}

// TestShared: of several who ask for the same at a time one computes it, and all of them get that answer, or its error; where that one leaves
// another takes over, and large answers are computed by each.
func TestShared(t *testing.T) {
	small := &result.Table{}
	column := result.TextColumn("x", "")
	column.Text = make([]string, smallAnswer/16+1)
	large := result.New("t", "T", column)
	wrong := errors.New("wrong")
	for name, c := range map[string]struct {
		table *result.Table
		err   error
		leave int // so many of the first leave
		times int // it is computed
	}{
		"a small answer":         {small, nil, 0, 1},
		"an error":               {nil, wrong, 0, 1},
		"the first leaves":       {small, nil, 1, 2},
		"too large to be shared": {large, nil, 0, 5},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := newQueue(Limits{Scans: 2, Waiting: 9, Wait: time.Hour, Time: time.Hour, Memory: 1 << 30, Cached: 1}, newCounters())
				var times int
				var got []string
				var mu sync.Mutex
				var asking sync.WaitGroup
				for i := range 5 {
					ctx, leave := context.WithCancel(t.Context())
					if i < c.leave {
						time.AfterFunc(time.Duration(1+i)*time.Second, leave)
					}
					asking.Go(func() {
						defer leave()
						err := q.cached(ctx, "key", "count", func(ctx context.Context, _ *claim) (*result.Table, error) {
							mu.Lock()
							times++
							mu.Unlock()
							select {
							case <-time.After(time.Minute):
								return c.table, c.err
							case <-ctx.Done():
								return nil, ctx.Err()
							}
						}, func(t *result.Table) error {
							if t != c.table {
								return errors.New("another table")
							}
							return nil
						})
						mu.Lock()
						got = append(got, fmt.Sprint(err))
						mu.Unlock()
					})
					synctest.Wait()
				}
				asking.Wait()
				want := slices.Repeat([]string{fmt.Sprint(context.Canceled)}, c.leave)
				want = append(want, slices.Repeat([]string{fmt.Sprint(c.err)}, 5-c.leave)...)
				if !slices.Equal(got, want) || times != c.times {
					t.Errorf("computed %d times, answers %v; want %d, %v", times, got, c.times, want)
				}
				if len(q.flying) > 0 {
					t.Error("a flight does not end")
				}
			})
		})
	}
}
