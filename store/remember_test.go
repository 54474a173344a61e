package store

import (
	"errors"
	"testing"
)

// TestRemember: a result is computed once, an error is not kept, and there are never more than the bound.
func TestRemember(t *testing.T) {
	var m Memory
	computed := 0
	ask := func(key int) int {
		v, err := remember(&m, 4, key, func() (int, error) { computed++; return 10 * key, nil })
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for range 3 {
		if got := ask(7); got != 70 || computed != 1 {
			t.Fatalf("got %d, computed %d times", got, computed)
		}
	}
	if _, err := remember(&m, 4, 8, func() (int, error) { return 0, errors.New("no") }); err == nil {
		t.Error("want the error")
	}
	if got := ask(8); got != 80 {
		t.Errorf("got %d after an error", got)
	}
	for key := range 20 {
		ask(key)
		if len(m.known) > 4 {
			t.Fatalf("%d results are kept; want at most 4", len(m.known))
		}
	}
	if v, err := remember(&m, 4, "7", func() (string, error) { return "text", nil }); err != nil || v != "text" {
		t.Errorf("a key of another type gives %q, %v", v, err)
	}
}
