package store

import "sync"

// Memory keeps small results that follow from data which never change. The zero value is empty.
type Memory struct {
	mu    sync.Mutex
	known map[any]any
}

// Bounds on the results that a dataset and a year keep. When there are more, all are forgotten.
const (
	maxOfDataset = 1024
	maxOfYear    = 16
)

// Remember returns what compute gave when key was first asked of the memory of a dataset, which never changes, nor does what follows from it.
// It is for small results that many questions share. Of two that ask at once for something new, both compute.
func Remember[K comparable, V any](m *Memory, key K, compute func() (V, error)) (V, error) {
	return remember(m, maxOfDataset, key, compute)
}

// RememberOf is Remember for what follows from one year: some 100 kB each.
func RememberOf[K comparable, V any](y *Year, key K, compute func() (V, error)) (V, error) {
	return remember(&y.derived, maxOfYear, key, compute)
}

func remember[K comparable, V any](m *Memory, bound int, key K, compute func() (V, error)) (V, error) {
	m.mu.Lock()
	known, ok := m.known[key]
	m.mu.Unlock()
	if ok {
		return known.(V), nil
	}
	v, err := compute()
	if err != nil {
		return v, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= bound {
		m.known = map[any]any{}
	}
	m.known[key] = v
	return v, nil
}
