package store

import (
	"crypto/sha256"
	"encoding/csv"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"chokepoint/trade"
)

// Catalogue is what is known of a dataset without its flows: its manifest, economies and products, and who trades when. A dataset
// on this computer has one, and so has one on a cluster. It is safe for concurrent use.
type Catalogue struct {
	manifest  Manifest
	economies *trade.Economies
	products  *trade.Products
	memory    Memory
}

// ParseManifest reads the text of a manifest and checks it.
func ParseManifest(text string) (Manifest, error) { return parseManifest([]byte(text)) }

// ParseCatalogue reads a catalogue from the texts of its manifest and its lists, which must be those that the manifest knows.
func ParseCatalogue(manifest, economies, products string) (*Catalogue, error) {
	m, err := ParseManifest(manifest)
	if err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	for _, list := range []struct {
		File
		text string
	}{{m.Economies, economies}, {m.Products, products}} {
		sum := sha256.Sum256([]byte(list.text))
		if err := list.check(list.File.File, int64(len(list.text)), sum[:]); err != nil {
			return nil, err
		}
	}
	c := &Catalogue{manifest: m}
	return c, c.parseCodes("", economies, products)
}

// parseCodes reads the lists of economies and products, files of a folder.
func (c *Catalogue) parseCodes(dir, economies, products string) (err error) {
	if c.economies, err = parseEconomies(filepath.Join(dir, c.manifest.Economies.File), economies); err != nil {
		return err
	}
	if len(c.manifest.Labels) > 0 {
		c.economies = c.economies.WithLabels(c.manifest.Labels)
	}
	c.products, err = parseProducts(filepath.Join(dir, c.manifest.Products.File), products)
	return err
}

// Manifest describes the dataset. It must not be changed.
func (c *Catalogue) Manifest() *Manifest { return &c.manifest }

// Economies is the release's list of economies.
func (c *Catalogue) Economies() *trade.Economies { return c.economies }

// Products is the release's list of products.
func (c *Catalogue) Products() *trade.Products { return c.products }

// Years lists the years that the dataset has, ascending.
func (c *Catalogue) Years() []int {
	var years []int
	for _, y := range c.manifest.Years {
		years = append(years, y.Year)
	}
	return years
}

// Importers returns the economies that import anything in a year; none in a year that the dataset lacks.
func (c *Catalogue) Importers(year int) trade.Set {
	if i, ok := c.index(year); ok {
		return trade.SetOf(c.manifest.Years[i].Importers...)
	}
	return trade.Set{}
}

// Exporters returns the economies that export anything in a year; none in a year that the dataset lacks.
func (c *Catalogue) Exporters(year int) trade.Set {
	if i, ok := c.index(year); ok {
		return trade.SetOf(c.manifest.Years[i].Exporters...)
	}
	return trade.Set{}
}

func (c *Catalogue) index(year int) (int, bool) {
	return slices.BinarySearchFunc(c.manifest.Years, year, func(e YearEntry, y int) int { return e.Year - y })
}

// Memory keeps what follows from the dataset, for Remember.
func (c *Catalogue) Memory() *Memory { return &c.memory }

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

func parseCSV(path, text string, header []string) ([][]string, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = len(header)
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(rows) == 0 || !slices.Equal(rows[0], header) {
		return nil, fmt.Errorf("%s: expected the header %s", path, strings.Join(header, ","))
	}
	return rows[1:], nil
}
