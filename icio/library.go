package icio

import (
	"context"
	"slices"
	"sync"
)

// maxKept bounds the bytes of tables that a library keeps in memory: three years of 4,050 rows, or thirty of 1,435.
const maxKept = 512 << 20

// Library is the tables of a data folder. Those that were asked last stay in memory, up to half a gigabyte. It is safe for
// concurrent use.
type Library struct {
	dir string

	mu   sync.Mutex
	kept []*kept // that was asked last comes last
}

type kept struct {
	set, checksum string
	year          int
	once          sync.Once
	table         *Table
	err           error
	bytes         int64
}

// Open gives the tables of a data folder, which need not be there.
func Open(dir string) *Library { return &Library{dir: dir} }

// List describes the sets of tables.
func (l *Library) List() ([]Manifest, error) { return List(l.dir) }

// Set is the set of that name; "" is the only one.
func (l *Library) Set(name string) (*Manifest, error) {
	m, err := find(l.dir, name)
	return &m, err
}

// Table is the table of a year of a set.
func (l *Library) Table(ctx context.Context, m *Manifest, year int) (*Table, error) {
	k := l.entry(m, year)
	k.once.Do(func() { k.table, k.err = m.load(context.WithoutCancel(ctx), l.dir, year) })
	if k.err != nil {
		l.forget(k)
		return nil, k.err
	}
	return k.table, nil
}

// entry is the place of a table, which is made room for if it is new.
func (l *Library) entry(m *Manifest, year int) *kept {
	l.mu.Lock()
	defer l.mu.Unlock()
	sum := m.Checksum()
	if i := slices.IndexFunc(l.kept, func(k *kept) bool { return k.set == m.Name && k.checksum == sum && k.year == year }); i >= 0 {
		k := l.kept[i]
		l.kept = append(slices.Delete(l.kept, i, i+1), k)
		return k
	}
	n := int64(m.Rows())
	k := &kept{set: m.Name, checksum: sum, year: year, bytes: 8 * n * n}
	total := k.bytes
	for _, other := range l.kept {
		total += other.bytes
	}
	for total > maxKept && len(l.kept) > 0 {
		total -= l.kept[0].bytes
		l.kept = slices.Delete(l.kept, 0, 1)
	}
	l.kept = append(l.kept, k)
	return k
}

func (l *Library) forget(k *kept) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept = slices.DeleteFunc(l.kept, func(other *kept) bool { return other == k })
}
