package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"chokepoint/spelling"
	"chokepoint/store"
	"chokepoint/study"
)

// datasetCache holds open datasets. One that was ingested again is opened again, and the old one closed by its last reader.
type datasetCache struct {
	library Library
	mu      sync.Mutex
	open    map[string]*openDataset // by name
	list    []store.Manifest
	failure error // of the last look
	listed  time.Time
	damaged map[string]*damagedDataset // by name
	log     *slog.Logger
}

// damagedDataset says that a dataset is closed as its files are not what was written. Those who ask for it hear so without anybody opening
// it, until it is ingested again or, as somebody may put the files right, some time has passed.
type damagedDataset struct {
	name  string
	state identity
	since time.Time
	err   error
}

func (d *damagedDataset) Error() string { return "dataset " + d.name + ": " + d.err.Error() }
func (d *damagedDataset) Unwrap() error { return d.err }

// identity changes when a dataset is ingested again.
type identity struct{ generation, checksum string }

func identityOf(m *store.Manifest) identity { return identity{m.Generation, m.Checksum()} }

// openDataset is an open dataset with its readers; the cache is one as long as it is current.
type openDataset struct {
	study.Catalogue
	Volume  *Volume
	readers int
}

const (
	// fresh is how long a look at the library holds.
	fresh = 2 * time.Second
	// lookTime bounds a look, and the opening of a dataset: they are for all requests, and no single one may end them.
	lookTime = 20 * time.Second
	// damagedTime is how long a damaged dataset stays closed at least, unless it is ingested again.
	damagedTime = 10 * time.Second
)

func newDatasetCache(l Library, log *slog.Logger) *datasetCache {
	return &datasetCache{library: l, log: log, open: map[string]*openDataset{}, damaged: map[string]*damagedDataset{}}
}

// Manifests lists the datasets that can be read. A damaged one is left out; the error names it.
func (s *datasetCache) Manifests() ([]store.Manifest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.look()
}

func (s *datasetCache) look() ([]store.Manifest, error) {
	if time.Since(s.listed) < fresh {
		return s.list, s.failure
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookTime)
	defer cancel()
	s.list, s.failure = s.library.Manifests(ctx)
	s.listed = time.Now()
	return s.list, s.failure
}

// UnknownDataset says which datasets there are.
type UnknownDataset struct{ msg string }

func (e *UnknownDataset) Error() string { return e.msg }

// choose is the dataset that answers where a question names none.
func (s *datasetCache) choose() (string, error) {
	list, damaged := s.look()
	inUse, err := s.library.InUse()
	if err != nil {
		return "", err
	}
	c, err := store.Choose(list, damaged, inUse)
	return c.Name, err
}

// inUse is the name that choose gives; "" is none.
func (s *datasetCache) inUse() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	name, _ := s.choose() // without one the list marks none
	return name
}

// Acquire returns a dataset, to be released when it is no longer read. The empty name is the one that choose gives.
func (s *datasetCache) Acquire(name string) (*openDataset, error) {
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
		var unchosen *store.UnchosenError
		if name, err = s.choose(); errors.As(err, &unchosen) {
			if unchosen.Count == 0 {
				return nil, &UnknownDataset{"there is none yet. On the computer that serves this: " + store.HowToGet}
			}
			return nil, &UnknownDataset{fmt.Sprintf("is missing; expected one of the %d datasets: %s", unchosen.Count, unchosen.Names)}
		} else if err != nil {
			return nil, err
		}
	}
	i := slices.Index(names, name)
	switch {
	case i >= 0:
	case len(names) == 0:
		return nil, &UnknownDataset{"no such dataset, and no other. On the computer that serves this: " + store.HowToGet}
	default:
		return nil, &UnknownDataset{"no such dataset; there are: " + strings.Join(names, ", ") + spelling.Hint(name, names)}
	}
	return s.acquire(name, identityOf(&list[i]))
}

// acquire returns the dataset of that name, which is now of that identity.
func (s *datasetCache) acquire(name string, now identity) (*openDataset, error) {
	if b := s.open[name]; b != nil {
		if err := b.Volume.damaged(); err != nil {
			s.shut(name, identityOf(b.Manifest()), err)
		} else if identityOf(b.Manifest()) == now {
			b.readers++
			return b, nil
		}
	}
	known := s.damaged[name]
	if known != nil && known.state == now && time.Since(known.since) < damagedTime {
		return nil, known
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookTime)
	defer cancel()
	volume, err := s.library.Open(ctx, name)
	var damaged *store.DamagedError
	if errors.As(err, &damaged) {
		return nil, s.shut(name, now, err)
	}
	if err != nil {
		return nil, err
	}
	if known != nil {
		s.log.Info("dataset is opened again", "dataset", name)
		delete(s.damaged, name)
	}
	if old := s.open[name]; old != nil {
		_ = s.leave(old)
	}
	b := &openDataset{volume.Dataset, volume, 2} // the cache and who acquires it
	s.open[name] = b
	return b, nil
}

// damage closes a dataset that a question has found damaged.
func (s *datasetCache) damage(b *openDataset, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := b.Manifest().Name
	if known := s.damaged[name]; s.open[name] != b && known != nil {
		return known
	}
	if s.open[name] != b { // it was ingested again meanwhile
		return &damagedDataset{name: name, err: err}
	}
	return s.shut(name, identityOf(b.Manifest()), err)
}

// shut closes a dataset that is damaged, when those who read it have ended.
func (s *datasetCache) shut(name string, state identity, err error) *damagedDataset {
	if b := s.open[name]; b != nil {
		delete(s.open, name)
		_ = s.leave(b)
	}
	s.log.Error("dataset is damaged and closed", "dataset", name, "error", err)
	s.damaged[name] = &damagedDataset{name, state, time.Now(), err}
	return s.damaged[name]
}

func (s *datasetCache) Release(b *openDataset) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.leave(b)
}

// leave takes one reader away; the last one closes the dataset.
func (s *datasetCache) leave(b *openDataset) error {
	b.readers--
	if b.readers == 0 {
		return b.Volume.Close()
	}
	return nil
}

func (s *datasetCache) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, b := range s.open {
		errs = append(errs, s.leave(b))
	}
	clear(s.open)
	return errors.Join(errs...)
}

// Opening names the dataset that a page opens with where its address names none. A page has a list of them to choose from,
// so that where there is no choice it opens with one of real data if there is any, the latest year first, then the most flows; a sample comes last.
func (s *datasetCache) Opening() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name, err := s.choose(); err == nil {
		return name
	}
	list, _ := s.look() // the error shows again when the dataset is acquired
	best := -1
	better := func(a, b store.Manifest) bool {
		if a.Sample != b.Sample {
			return !a.Sample
		}
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
