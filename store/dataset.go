// Package store keeps datasets of trade flows: immutable folders of columnar files that other tools can open too.
//
//	DATA/
//	  baci-hs17-v202601/
//	    manifest.json            what is in it, from where, checksums; replaced by rename, names the generation
//	    1864f0c2a1b2c3d4/        one generation of files
//	      flows-2024.arrow       Arrow IPC file, several record batches, one row a product:
//	                               product   utf8              six characters, ascending
//	                               importer  list<uint16>      BACI codes ┐ sorted by importer, then exporter;
//	                               exporter  list<uint16>      BACI codes │ the four lists of a row have
//	                               value     list<float64>     US dollars │ the same length
//	                               quantity  list<float64?>    tonnes     ┘ null (NaN in the slot) where unknown;
//	                                                           the column is absent in years without any
//	      economies.csv          the release's list of economies
//	      products.csv           the release's list of products
//
// The list offsets are the index: a program that maps the file reads the flows of a product as four slices, without
// copying or decoding. Batches are flushed after some 262,144 flows, so that a writer needs little memory.
//
// A dataset changes only by the rename of its manifest: whenever a writer is killed, readers find the old dataset or
// the new one, whole.
//
// The package knows nothing of where flows come from or what is computed from them, and must never import ingest,
// kernel, method or analysis.
package store

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/adrg/xdg"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"chokepoint/trade"
)

// DefaultDir returns the data folder: CHOKEPOINT_DATA, else the platform's data directory.
func DefaultDir() (string, error) {
	if dir := os.Getenv("CHOKEPOINT_DATA"); dir != "" {
		return dir, nil
	}
	if xdg.DataHome == "" {
		return "", errors.New("no data folder: set CHOKEPOINT_DATA or use --data")
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
	years     map[int]*Year
}

// Open opens a dataset; the empty name stands for the only one.
func Open(dir, name string) (*Dataset, error) {
	if name == "" {
		list, err := List(dir)
		if err != nil {
			return nil, err
		}
		switch len(list) {
		case 0:
			return nil, fmt.Errorf("no dataset in %s: `chokepoint demo` makes a synthetic one, `chokepoint ingest baci FILE.zip` reads a real one", dir)
		case 1:
			name = list[0].Name
		default:
			return nil, fmt.Errorf("%d datasets in %s: choose with --dataset: %s", len(list), dir, names(list))
		}
	}
	if !validName.MatchString(name) {
		return nil, fmt.Errorf("dataset name %q: want lower-case letters, digits, dots and dashes", name)
	}
	m, err := readManifest(dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		list, _ := List(dir)
		return nil, fmt.Errorf("no dataset %q in %s; there are: %s", name, dir, names(list))
	}
	if err != nil {
		return nil, err
	}
	d := &Dataset{dir: filepath.Join(dir, name, m.Generation), manifest: m, years: map[int]*Year{}}
	if err := d.readCodes(); err != nil {
		return nil, err
	}
	return d, nil
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

func (d *Dataset) readCodes() error {
	rows, err := readCSV(filepath.Join(d.dir, d.manifest.Economies.File), economyHeader)
	if err != nil {
		return err
	}
	var economies []trade.Economy
	for _, row := range rows {
		code, err := strconv.ParseUint(row[0], 10, 16)
		if err != nil {
			return fmt.Errorf("%s: economy code %q: %w", d.manifest.Economies.File, row[0], err)
		}
		economies = append(economies, trade.Economy{Code: trade.Code(code), ISO3: row[1], ISO2: row[2], Name: row[3], Kind: trade.Kind(row[4])})
	}
	if d.economies, err = trade.NewEconomies(economies); err != nil {
		return fmt.Errorf("%s: %w", d.manifest.Economies.File, err)
	}
	if len(d.manifest.Labels) > 0 {
		d.economies = d.economies.WithLabels(d.manifest.Labels)
	}
	if rows, err = readCSV(filepath.Join(d.dir, d.manifest.Products.File), productHeader); err != nil {
		return err
	}
	var products []trade.Product
	for _, row := range rows {
		products = append(products, trade.Product{Code: row[0], Description: row[1]})
	}
	if d.products, err = trade.NewProducts(products); err != nil {
		return fmt.Errorf("%s: %w", d.manifest.Products.File, err)
	}
	return nil
}

var (
	economyHeader = []string{"code", "iso3", "iso2", "name", "kind"}
	productHeader = []string{"code", "description"}
)

func readCSV(path string, header []string) ([][]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
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
	if i, ok := d.find(year); ok {
		return trade.SetOf(d.manifest.Years[i].Importers...)
	}
	return trade.Set{}
}

// Exporters returns the economies that export anything in a year; none in a year that the dataset lacks.
func (d *Dataset) Exporters(year int) trade.Set {
	if i, ok := d.find(year); ok {
		return trade.SetOf(d.manifest.Years[i].Exporters...)
	}
	return trade.Set{}
}

func (d *Dataset) find(year int) (int, bool) {
	return slices.BinarySearchFunc(d.manifest.Years, year, func(e YearEntry, y int) int { return e.Year - y })
}

// Close unmaps all years. Slices of flows must not be used any more.
func (d *Dataset) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var errs []error
	for _, y := range d.years {
		errs = append(errs, y.unmap())
	}
	d.years = map[int]*Year{}
	return errors.Join(errs...)
}

// Year is the flows of one year, mapped into memory.
type Year struct {
	entry   *YearEntry
	chunks  []chunk
	first   []int // index of the first product of each chunk
	count   int
	release func() error
}

// chunk is one record batch.
type chunk struct {
	record             arrowRecord
	product            []string // copies: codes are kept in answers, which may outlive the mapping
	offsets            []int32
	importer, exporter []uint16
	value, quantity    []float64
}

type arrowRecord interface{ Release() }

// Flows are the flows of one product in one year, sorted by importer, then exporter. The slices have the same length
// and belong to the store: they must not be written to.
type Flows struct {
	Product            string
	Importer, Exporter []uint16  // BACI codes
	Value              []float64 // US dollars, > 0
	Quantity           []float64 // tonnes, NaN where unknown; nil in years without any
}

// Year maps the flows of a year; a second call returns the same.
func (d *Dataset) Year(year int) (*Year, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if y, ok := d.years[year]; ok {
		return y, nil
	}
	i, ok := d.find(year)
	if !ok {
		return nil, fmt.Errorf("dataset %s has no year %d; it has %v", d.manifest.Name, year, d.Years())
	}
	entry := &d.manifest.Years[i]
	y, err := openYear(filepath.Join(d.dir, entry.File.File), entry)
	if err != nil {
		return nil, err
	}
	d.years[year] = y
	return y, nil
}

func openYear(path string, entry *YearEntry) (*Year, error) {
	data, release, err := mapFile(path)
	if err != nil {
		return nil, err
	}
	y := &Year{entry: entry, release: release}
	if err := y.read(data); err != nil {
		y.unmap()
		return nil, fmt.Errorf("%s: %w; run `chokepoint datasets verify`", path, err)
	}
	return y, nil
}

// read finds the slices of each batch. A damaged file makes arrow-go panic in places, which becomes an error here.
func (y *Year) read(data []byte) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("damaged Arrow file: %v", r)
		}
	}()
	r, err := ipc.NewMappedFileReader(data)
	if err != nil {
		return err
	}
	defer r.Close()
	for i := range r.NumRecords() {
		record, err := r.RecordBatchAt(i)
		if err != nil {
			return err
		}
		c := chunk{record: record}
		codes := record.Column(0).(*array.String)
		for row := range codes.Len() {
			c.product = append(c.product, strings.Clone(codes.Value(row)))
		}
		for k, name := range columnNames[1:min(int(record.NumCols()), len(columnNames))] {
			if got := record.ColumnName(k + 1); got != name {
				return fmt.Errorf("column %d is %q, want %q", k+1, got, name)
			}
			list := record.Column(k + 1).(*array.List)
			if k > 0 && !slices.Equal(list.Offsets(), c.offsets) {
				return fmt.Errorf("lists of column %s differ in length from the others", name)
			}
			c.offsets = list.Offsets()
			switch values := list.ListValues().(type) {
			case *array.Uint16:
				if name == "importer" {
					c.importer = values.Uint16Values()
				} else {
					c.exporter = values.Uint16Values()
				}
			case *array.Float64:
				if name == "value" {
					c.value = values.Float64Values()
				} else {
					c.quantity = values.Float64Values()
				}
			}
		}
		if n := int(c.offsets[len(c.offsets)-1]); len(c.importer) != n || len(c.exporter) != n || len(c.value) != n || c.quantity != nil && len(c.quantity) != n {
			return fmt.Errorf("batch %d: columns of different length", i)
		}
		y.first = append(y.first, y.count)
		y.chunks = append(y.chunks, c)
		y.count += len(c.product)
	}
	return nil
}

func (y *Year) unmap() error {
	for _, c := range y.chunks {
		c.record.Release()
	}
	y.chunks = nil
	return y.release()
}

// Len is the number of products with flows.
func (y *Year) Len() int { return y.count }

func (y *Year) at(i int) (*chunk, int) {
	k := sort.SearchInts(y.first, i+1) - 1
	return &y.chunks[k], i - y.first[k]
}

// Product returns the code of product i, 0 ≤ i < Len.
func (y *Year) Product(i int) string {
	c, row := y.at(i)
	return c.product[row]
}

// Flows returns the flows of product i, 0 ≤ i < Len.
func (y *Year) Flows(i int) Flows {
	c, row := y.at(i)
	lo, hi := c.offsets[row], c.offsets[row+1]
	f := Flows{Product: c.product[row], Importer: c.importer[lo:hi], Exporter: c.exporter[lo:hi], Value: c.value[lo:hi]}
	if c.quantity != nil {
		f.Quantity = c.quantity[lo:hi]
	}
	return f
}

// Find returns the index of a product.
func (y *Year) Find(product string) (int, bool) {
	i := sort.Search(y.count, func(i int) bool { return y.Product(i) >= product })
	return i, i < y.count && y.Product(i) == product
}

// Importers returns the economies that import anything in the year.
func (y *Year) Importers() trade.Set { return trade.SetOf(y.entry.Importers...) }

// Exporters returns the economies that export anything in the year.
func (y *Year) Exporters() trade.Set { return trade.SetOf(y.entry.Exporters...) }
