package store

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/adrg/xdg"

	"chokepoint/fault"
	"chokepoint/spelling"
)

// DefaultDir returns the data folder: CHOKEPOINT_DATA, else the platform's data directory.
func DefaultDir() (string, error) {
	if dir := os.Getenv("CHOKEPOINT_DATA"); dir != "" {
		return dir, nil
	}
	if _, err := os.UserHomeDir(); err != nil && os.Getenv("XDG_DATA_HOME") == "" || xdg.DataHome == "" {
		return "", fault.Questionf("no data folder: there is no home folder to keep it in; set CHOKEPOINT_DATA or use --data")
	}
	return filepath.Join(xdg.DataHome, "chokepoint"), nil
}

// Dataset is an open dataset. It is safe for concurrent use. Its slices are valid until Close.
type Dataset struct {
	Catalogue
	dir    string
	mu     sync.Mutex
	years  map[int]*Year // mapped so far
	former []*Year       // whose files were written to, with readers perhaps
	closed bool
}

// Open opens a dataset; the empty name stands for the only one. Files of flows are mapped when Year asks for them.
func Open(dir, name string) (*Dataset, error) {
	if name == "" {
		c, err := Default(dir)
		if err != nil {
			return nil, err
		}
		name = c.Name
	}
	var d *Dataset
	err := withManifest(dir, name, func(m *Manifest) error {
		d = &Dataset{Catalogue: Catalogue{manifest: *m}, dir: filepath.Join(dir, name, m.Generation), years: map[int]*Year{}}
		err := d.readCodes()
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("dataset %s lacks a file: %w. Ingest the source again", name, err)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// withManifest calls read with the manifest of a dataset, and again with the new one where the dataset was replaced before
// read had found its files.
func withManifest(dir, name string, read func(*Manifest) error) error {
	for {
		m, err := find(dir, name)
		if err != nil {
			return err
		}
		err = read(&m)
		if !errors.Is(err, fs.ErrNotExist) {
			return damaged(err)
		}
		if now, unreadable := readManifest(dir, name); unreadable != nil || now.Generation == m.Generation {
			return damaged(err)
		}
	}
}

// find reads the manifest of a dataset; where there is none the error names those that there are.
func find(dir, name string) (Manifest, error) {
	if err := checkName(name); err != nil {
		return Manifest{}, fault.Question(err)
	}
	m, err := readManifest(dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		list, _ := List(dir)
		if len(list) == 0 {
			return m, fault.Questionf("no dataset %q in %s, and no other: %s", name, dir, HowToGet)
		}
		return m, fault.Questionf("no dataset %q in %s; there are: %s%s", name, dir, listed(list), spelling.Hint(name, names(list)))
	}
	return m, err
}

func names(list []Manifest) (all []string) {
	for _, m := range list {
		all = append(all, m.Name)
	}
	return all
}

// listed are the names of datasets as a message has them.
func listed(list []Manifest) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(names(list), ", ")
}

func (d *Dataset) readCodes() error {
	economies, err := d.manifest.Economies.read(d.dir)
	if err != nil {
		return err
	}
	products, err := d.manifest.Products.read(d.dir)
	if err != nil {
		return err
	}
	return d.parseCodes(d.dir, string(economies), string(products))
}

// read reads a small file, which must be the one that the manifest says.
func (f File) read(dir string) ([]byte, error) {
	path := filepath.Join(dir, f.File)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	return data, f.check(path, int64(len(data)), sum[:])
}

// Close unmaps all years. Slices of flows must not be used any more. A second call does nothing.
func (d *Dataset) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	var errs []error
	for _, y := range d.years {
		errs = append(errs, y.unmap())
	}
	for _, y := range d.former {
		errs = append(errs, y.unmap())
	}
	clear(d.years)
	d.former = nil
	return errors.Join(errs...)
}

// Damaged is the error of the first question that met something in the files which is not what was written; nil where none
// has. From then on Year gives it for every year.
func (d *Dataset) Damaged() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.found()
}

func (d *Dataset) found() error {
	for _, y := range d.years {
		if err := y.damage.Load(); err != nil {
			return err
		}
	}
	return nil
}

// Year maps the flows of a year; a second call returns the same. Files that somebody has written to since are mapped anew, and
// verified anew.
func (d *Dataset) Year(year int) (*Year, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, fmt.Errorf("dataset %s is closed", d.manifest.Name)
	}
	if err := d.found(); err != nil {
		return nil, err
	}
	if y, ok := d.years[year]; ok {
		if !y.changed() {
			return y, nil
		}
		d.former = append(d.former, y)
		delete(d.years, year)
	}
	i, ok := d.index(year)
	if !ok {
		return nil, fmt.Errorf("dataset %s has no year %d; it has %v", d.manifest.Name, year, d.Years())
	}
	entry := &d.manifest.Years[i]
	y, err := openYear(d.dir, entry, d.manifest.Exact)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("dataset %s lacks a file: %w. If the dataset was replaced or removed meanwhile, run the command again; else ingest the source again", d.manifest.Name, err)
	}
	if err != nil {
		return nil, damaged(err)
	}
	d.years[year] = y
	return y, nil
}
