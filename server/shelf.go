package server

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"chokepoint/store"
)

// shelf holds open datasets. One that was ingested again is opened again, and the old one closed by its last reader.
type shelf struct {
	dir    string
	mu     sync.Mutex
	open   map[string]*book // by name
	list   []store.Manifest
	listed time.Time
}

// book is an open dataset with its readers; the shelf is one as long as it is current.
type book struct {
	*store.Dataset
	readers int
}

// fresh is how long a look at the data folder holds.
const fresh = 2 * time.Second

func newShelf(dir string) *shelf { return &shelf{dir: dir, open: map[string]*book{}} }

// manifests lists the datasets that can be read. A damaged one is left out; the error names it.
func (s *shelf) manifests() ([]store.Manifest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.look()
}

func (s *shelf) look() ([]store.Manifest, error) {
	if time.Since(s.listed) < fresh {
		return s.list, nil
	}
	list, err := store.List(s.dir)
	if err != nil && len(list) == 0 {
		return nil, err
	}
	s.list, s.listed = list, time.Now()
	return list, err
}

// unknownDataset says which datasets there are.
type unknownDataset struct{ msg string }

func (e *unknownDataset) Error() string { return e.msg }

// borrow returns a dataset, to be given back when it is no longer read. The empty name is the only one.
func (s *shelf) borrow(name string) (*book, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, err := s.look()
	if err != nil && len(list) == 0 {
		return nil, err
	}
	var names []string
	for _, m := range list {
		names = append(names, m.Name)
	}
	if name == "" {
		if len(names) != 1 {
			return nil, &unknownDataset{fmt.Sprintf("is missing; want one of the %d datasets: %s", len(names), strings.Join(names, ", "))}
		}
		name = names[0]
	}
	i := slices.Index(names, name)
	if i < 0 {
		return nil, &unknownDataset{"no such dataset; there are: " + strings.Join(names, ", ")}
	}
	if b := s.open[name]; b != nil && b.Manifest().Generation == list[i].Generation && b.Manifest().Checksum() == list[i].Checksum() {
		b.readers++
		return b, nil
	}
	d, err := store.Open(s.dir, name)
	if err != nil {
		return nil, err
	}
	if old := s.open[name]; old != nil {
		_ = s.leave(old)
	}
	b := &book{d, 2} // the shelf and the borrower
	s.open[name] = b
	return b, nil
}

func (s *shelf) giveBack(b *book) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.leave(b)
}

// leave takes one reader away; the last one closes the dataset.
func (s *shelf) leave(b *book) error {
	b.readers--
	if b.readers == 0 {
		return b.Close()
	}
	return nil
}

func (s *shelf) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, b := range s.open {
		errs = append(errs, s.leave(b))
	}
	clear(s.open)
	return errors.Join(errs...)
}

// largest names the dataset that a page opens with where nothing says which: of real data if there is any, the latest year
// first, then the most flows.
func (s *shelf) largest() string {
	list, _ := s.manifests() // the error shows again when the dataset is borrowed
	best := -1
	better := func(a, b store.Manifest) bool {
		if a.Synthetic != b.Synthetic {
			return !a.Synthetic
		}
		if x, y := lastYear(a), lastYear(b); x != y {
			return x > y
		}
		return a.Rows > b.Rows
	}
	for i := range list {
		if best < 0 || better(list[i], list[best]) {
			best = i
		}
	}
	if best < 0 {
		return ""
	}
	return list[best].Name
}

func lastYear(m store.Manifest) (last int) {
	for _, y := range m.Years {
		last = max(last, y.Year)
	}
	return last
}
