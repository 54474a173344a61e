package store

import (
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/adrg/xdg"

	"chokepoint/fault"
	"chokepoint/trade"
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
	dir       string
	manifest  Manifest
	economies *trade.Economies
	products  *trade.Products
	mu        sync.Mutex
	years     map[int]*Year // mapped so far
	former    []*Year       // whose files were written to, with readers perhaps
	closed    bool
	derived   remembered // see Remember
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
		d = &Dataset{dir: filepath.Join(dir, name, m.Generation), manifest: *m, years: map[int]*Year{}}
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
		return m, fault.Questionf("no dataset %q in %s; there are: %s", name, dir, names(list))
	}
	return m, err
}

func names(list []Manifest) string {
	var all []string
	for _, m := range list {
		all = append(all, m.Name)
	}
	if all == nil {
		return "none"
	}
	return strings.Join(all, ", ")
}

// Describe gives a dataset whose flows are elsewhere, from the texts of its manifest and its lists. Year fails.
func Describe(manifest, economies, products string) (*Dataset, error) {
	m, err := parseManifest([]byte(manifest))
	if err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	d := &Dataset{manifest: m}
	return d, d.parseCodes(economies, products)
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
	return d.parseCodes(string(economies), string(products))
}

func (d *Dataset) parseCodes(economies, products string) (err error) {
	if d.economies, err = parseEconomies(filepath.Join(d.dir, d.manifest.Economies.File), economies); err != nil {
		return err
	}
	if len(d.manifest.Labels) > 0 {
		d.economies = d.economies.WithLabels(d.manifest.Labels)
	}
	d.products, err = parseProducts(filepath.Join(d.dir, d.manifest.Products.File), products)
	return err
}

var (
	economyHeader = []string{"code", "iso3", "iso2", "name", "kind"}
	productHeader = []string{"code", "description"}
)

func parseEconomies(path, text string) (*trade.Economies, error) {
	rows, err := parseCSV(path, text, economyHeader)
	if err != nil {
		return nil, err
	}
	var list []trade.Economy
	for i, row := range rows {
		code, err := strconv.ParseUint(row[0], 10, 16)
		if err != nil {
			return nil, fmt.Errorf("%s: economy %d: code %q is not a number up to %d", path, i+1, row[0], trade.MaxCode-1)
		}
		list = append(list, trade.Economy{Code: trade.Code(code), ISO3: row[1], ISO2: row[2], Name: row[3], Kind: trade.Kind(row[4])})
	}
	economies, err := trade.NewEconomies(list)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return economies, nil
}

func parseProducts(path, text string) (*trade.Products, error) {
	rows, err := parseCSV(path, text, productHeader)
	if err != nil {
		return nil, err
	}
	var list []trade.Product
	for _, row := range rows {
		list = append(list, trade.Product{Code: row[0], Description: row[1]})
	}
	products, err := trade.NewProducts(list)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return products, nil
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

func parseCSV(path, text string, header []string) ([][]string, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = len(header)
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(rows) == 0 || !slices.Equal(rows[0], header) {
		return nil, fmt.Errorf("%s: want the header %s", path, strings.Join(header, ","))
	}
	return rows[1:], nil
}

// Manifest describes the dataset. It must not be changed.
func (d *Dataset) Manifest() *Manifest { return &d.manifest }

// Economies is the release's list of economies.
func (d *Dataset) Economies() *trade.Economies { return d.economies }

// Products is the release's list of products.
func (d *Dataset) Products() *trade.Products { return d.products }

// Years lists the years that the dataset has, ascending.
func (d *Dataset) Years() []int {
	var years []int
	for _, y := range d.manifest.Years {
		years = append(years, y.Year)
	}
	return years
}

// Importers returns the economies that import anything in a year; none in a year that the dataset lacks.
func (d *Dataset) Importers(year int) trade.Set {
	if i, ok := d.index(year); ok {
		return trade.SetOf(d.manifest.Years[i].Importers...)
	}
	return trade.Set{}
}

// Exporters returns the economies that export anything in a year; none in a year that the dataset lacks.
func (d *Dataset) Exporters(year int) trade.Set {
	if i, ok := d.index(year); ok {
		return trade.SetOf(d.manifest.Years[i].Exporters...)
	}
	return trade.Set{}
}

func (d *Dataset) index(year int) (int, bool) {
	return slices.BinarySearchFunc(d.manifest.Years, year, func(e YearEntry, y int) int { return e.Year - y })
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
	if d.dir == "" {
		return nil, fmt.Errorf("dataset %s has no files on this computer", d.manifest.Name)
	}
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
