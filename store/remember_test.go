package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// asked asks for ten times a key, of a stated size.
func asked(t *testing.T, b *budget, m *Memory, key int, size int64, computed *int) {
	t.Helper()
	v, err := remember(t.Context(), b, m, key, func(int) int64 { return size }, func() (int, error) { *computed++; return 10 * key, nil })
	if err != nil || v != 10*key {
		t.Fatalf("key %d gives %d, %v", key, v, err)
	}
}

// overhead is what a result with a whole number as its key takes beside its size.
var overhead = sizeOfKey(0)

// TestRemember: a result is computed once, keys of two types are two, and neither an error nor a cancelled context is remembered.
func TestRemember(t *testing.T) {
	b, m, computed := &budget{limit: 1 << 20}, &Memory{}, 0
	for range 3 {
		asked(t, b, m, 7, 100, &computed)
	}
	if computed != 1 {
		t.Errorf("computed %d times", computed)
	}
	size := func(int) int64 { return 100 }
	for _, want := range []error{errors.New("no"), context.Canceled} {
		if _, err := remember(t.Context(), b, m, 8, size, func() (int, error) { return 0, want }); err != want {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	if asked(t, b, m, 8, 100, &computed); computed != 2 {
		t.Errorf("after errors computed %d times, want 2", computed)
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = remember(t.Context(), b, m, 9, size, func() (int, error) { panic("damaged") })
	}()
	if asked(t, b, m, 9, 100, &computed); computed != 3 { // and does not wait for the one that panicked
		t.Errorf("after a panic computed %d times, want 3", computed)
	}
	if v, err := remember(t.Context(), b, m, "7", func(string) int64 { return 4 }, func() (string, error) { return "text", nil }); err != nil || v != "text" {
		t.Errorf("a key of another type gives %q, %v", v, err)
	}
	for range 2 { // nothing is a value, too
		if v, err := remember(t.Context(), b, m, "nil", func(*int) int64 { return 0 }, func() (*int, error) { computed++; return nil, nil }); err != nil || v != nil {
			t.Errorf("nil gives %v, %v", v, err)
		}
	}
	if computed != 4 {
		t.Errorf("nil is computed %d times", computed-3)
	}
}

// TestRememberedLeastRecentlyUsed: what was used longest ago goes first, whichever memory it is of.
func TestRememberedLeastRecentlyUsed(t *testing.T) {
	b := &budget{limit: 3 * (1000 + overhead)}
	one, two, computed := &Memory{}, &Memory{}, 0
	ask := func(m *Memory, key, want int) {
		t.Helper()
		computed = 0
		if asked(t, b, m, key, 1000, &computed); computed != want {
			t.Errorf("key %d: computed %d times, want %d", key, computed, want)
		}
	}
	ask(one, 1, 1)
	ask(two, 1, 1)
	ask(one, 2, 1)
	ask(one, 1, 0) // is now used last
	ask(one, 3, 1) // pushes out two's
	ask(one, 1, 0)
	ask(one, 2, 0)
	ask(two, 1, 1) // pushes out 3
	ask(one, 1, 0)
	ask(one, 3, 1)
	large := 0
	for range 2 {
		asked(t, b, two, 9, 1<<20, &large) // more than there is room for: it pushes nothing out
	}
	if large != 2 {
		t.Errorf("what does not fit is computed %d times, want 2", large)
	}
	ask(one, 3, 0)
	ask(two, 1, 0)
}

// TestRememberedBound compares random use of several memories with the definition of least recently used, written down slowly.
func TestRememberedBound(t *testing.T) {
	type use struct{ memory, key int }
	rng := rand.New(rand.NewPCG(16, 1))
	for range 20 {
		b := &budget{limit: int64(rng.IntN(40_000))}
		memories := []*Memory{{}, {}, {}}
		sizes := map[use]int64{}
		var order []use // that was used last comes last
		for range 2000 {
			u := use{rng.IntN(3), rng.IntN(30)}
			if _, ok := sizes[u]; !ok {
				sizes[u] = int64(rng.IntN(6000))
			}
			computed := 0
			asked(t, b, memories[u.memory], u.key, sizes[u], &computed)
			at := slices.Index(order, u)
			if known := at >= 0; known != (computed == 0) {
				t.Fatalf("%v is known %v, computed %d times", u, known, computed)
			}
			if at >= 0 {
				order = slices.Delete(order, at, at+1)
			}
			if sizes[u]+overhead <= b.limit {
				order = append(order, u)
			}
			total := func() (n int64) {
				for _, u := range order {
					n += sizes[u] + overhead
				}
				return n
			}
			for total() > b.limit {
				order = order[1:]
			}
			if b.used != total() || b.used > b.limit || b.order.Len() != len(order) {
				t.Fatalf("%d bytes of %d results are kept, want %d of %d; the bound is %d", b.used, b.order.Len(), total(), len(order), b.limit)
			}
		}
	}
}

// TestRememberedOnce: of many who ask at once one computes. Whose context ends waits no longer; where the one who computes fails, the
// next computes.
func TestRememberedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, m := &budget{limit: 1 << 20}, &Memory{}
		var computed atomic.Int32
		fail, release := context.WithCancel(t.Context())
		ask := func(ctx context.Context) (int, error) {
			return remember(ctx, b, m, 1, func(int) int64 { return 8 }, func() (int, error) {
				if computed.Add(1) == 1 {
					<-fail.Done()
					return 0, fail.Err()
				}
				return 5, nil
			})
		}
		var group sync.WaitGroup
		group.Go(func() {
			if _, err := ask(fail); !errors.Is(err, context.Canceled) {
				t.Errorf("the first gets %v", err)
			}
		})
		synctest.Wait()
		impatient, leave := context.WithCancel(t.Context())
		group.Go(func() {
			if _, err := ask(impatient); !errors.Is(err, context.Canceled) {
				t.Errorf("the impatient one gets %v", err)
			}
		})
		for range 10 {
			group.Go(func() {
				if v, err := ask(t.Context()); v != 5 || err != nil {
					t.Errorf("got %d, %v", v, err)
				}
			})
		}
		synctest.Wait()
		leave()
		synctest.Wait()
		if n := computed.Load(); n != 1 {
			t.Errorf("%d compute at once", n)
		}
		release()
		group.Wait()
		if n := computed.Load(); n != 2 {
			t.Errorf("computed %d times, want 2: the one that failed and one more", n)
		}
		leave()
	})
}

// TestRememberedTogether: many use several memories of a small bound at once, while it changes.
func TestRememberedTogether(t *testing.T) {
	defer LimitRemembered(LimitRemembered(20_000))
	memories := []*Memory{{}, {}, {}}
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			rng := rand.New(rand.NewPCG(7, uint64(n)))
			for range 3000 {
				m, key, length := memories[rng.IntN(3)], rng.IntN(40), 0
				if rng.IntN(50) == 0 {
					LimitRemembered(int64(rng.IntN(20_000)))
				}
				length = 1 + key*7
				if rng.IntN(10) == 0 {
					Keep(m, key, make([]float64, length), 8*int64(length))
				}
				if v, ok := Known[int, []float64](m, key); ok && len(v) != length {
					t.Errorf("key %d is known with %d values, want %d", key, len(v), length)
				}
				v, err := Remember(t.Context(), m, key, SizeOfSlice[float64], func() ([]float64, error) { return make([]float64, length), nil })
				if err != nil || len(v) != length {
					t.Errorf("key %d gives %d values, %v; want %d", key, len(v), err, length)
				}
				if used := Remembered(); used > 20_000 {
					t.Errorf("%d bytes are kept", used)
				}
			}
		})
	}
	group.Wait()
	total := int64(0)
	for e := process.order.Front(); e != nil; e = e.Next() {
		total += e.Value.(*remembered).size
	}
	if total != process.used {
		t.Errorf("%d bytes are kept, counted %d", total, process.used)
	}
	if LimitRemembered(0); Remembered() != 0 || process.order.Len() != 0 {
		t.Errorf("with a bound of 0 %d bytes are kept", Remembered())
	}
}

// TestRememberedOfNobody: what a memory keeps goes with it.
func TestRememberedOfNobody(t *testing.T) {
	b := &budget{limit: 1 << 20}
	computed := 0
	type dataset struct { // a memory is a part of what it is of
		name   string
		memory Memory
	}
	d := &dataset{name: "test"}
	asked(t, b, &d.memory, 1, 1000, &computed)
	other := &Memory{}
	asked(t, b, other, 1, 1000, &computed)
	runtime.KeepAlive(d)
	d = nil
	_ = d
	for range 100 {
		runtime.GC()
		runtime.Gosched()
		b.mu.Lock()
		n := b.order.Len()
		b.mu.Unlock()
		if n == 1 {
			runtime.KeepAlive(other)
			return
		}
	}
	t.Fatal("what nobody can ask for is still kept")
}

// TestKeep: what is kept again takes the place of what was kept before, and counts once.
func TestKeep(t *testing.T) {
	defer LimitRemembered(LimitRemembered(10_000))
	m := &Memory{}
	before := Remembered()
	if _, ok := Known[int, string](m, 1); ok {
		t.Error("known before anybody kept it")
	}
	for n, text := range []string{"one", "two", "three"} {
		Keep(m, 1, text, int64(100*n))
		if got, ok := Known[int, string](m, 1); got != text || !ok {
			t.Errorf("got %q, want %q", got, text)
		}
		if got, want := Remembered()-before, int64(100*n)+overhead; got != want {
			t.Errorf("%d bytes are kept, want %d", got, want)
		}
	}
	if Keep(m, 1, "large", 20_000); Remembered() != before {
		t.Error("what does not fit is kept, or what it was to replace")
	}
}

// TestSizeOfKey: texts in keys count.
func TestSizeOfKey(t *testing.T) {
	type key struct {
		year       int
		codes, has string
	}
	short, long := sizeOfKey(key{2024, "1", ""}), sizeOfKey(key{2024, fmt.Sprint(make([]int, 1000)), "12"})
	if got, want := long-short, int64(len(fmt.Sprint(make([]int, 1000)))+1); got != want {
		t.Errorf("the longer key takes %d bytes more, want %d", got, want)
	}
	if got := sizeOfKey("abc") - sizeOfKey(""); got != 3 {
		t.Errorf("three letters take %d bytes", got)
	}
}
