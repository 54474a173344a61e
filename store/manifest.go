package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"chokepoint/trade"
)

// FormatVersion is the version of the files that this program writes, and the newest that it reads.
//
//	1  (2026)  one Arrow file a year, code lists as CSV, manifest as JSON
const FormatVersion = 1

const manifestFile = "manifest.json"

// Manifest describes a dataset: where it comes from, what is in it, and the checksums of its files.
type Manifest struct {
	Format         int                   `json:"format"`
	Name           string                `json:"name"`
	Title          string                `json:"title"`
	Source         string                `json:"source"`
	Release        string                `json:"release"`
	Nomenclature   trade.Nomenclature    `json:"nomenclature"`
	Licence        string                `json:"licence"`
	Citation       string                `json:"citation"`
	Synthetic      bool                  `json:"synthetic"`
	Created        time.Time             `json:"created"`
	ProgramVersion string                `json:"program_version"`
	Inputs         []Input               `json:"inputs"`
	Generation     string                `json:"generation"` // folder of the files
	Exact          bool                  `json:"exact"`      // every value is a whole number of dollars, so sums are exact
	Rows           int64                 `json:"rows"`
	ValueUSD       float64               `json:"value_usd"`
	Years          []YearEntry           `json:"years"`
	Economies      File                  `json:"economies"`
	Products       File                  `json:"products"`
	Labels         map[trade.Code]string `json:"labels,omitempty"` // where two economies of one ISO3 trade in the same year
	Report         json.RawMessage       `json:"report,omitempty"` // of the ingest
}

// Input is a file that the dataset was made from.
type Input struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// File is a file of the dataset, in the folder of its generation.
type File struct {
	File   string `json:"file"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// YearEntry describes the flows of one year.
type YearEntry struct {
	Year         int          `json:"year"`
	Rows         int64        `json:"rows"`
	Products     int          `json:"products"`
	ValueUSD     float64      `json:"value_usd"`
	QuantityRows int64        `json:"quantity_rows"` // flows whose tonnes are known
	Importers    []trade.Code `json:"importers"`
	Exporters    []trade.Code `json:"exporters"`
	File
}

// Checksum identifies the content: SHA-256 over the checksums of the files, in hexadecimal.
func (m *Manifest) Checksum() string {
	h := sha256.New()
	fmt.Fprintln(h, m.Economies.SHA256, m.Products.SHA256)
	for _, y := range m.Years {
		fmt.Fprintln(h, y.Year, y.SHA256)
	}
	return hex.EncodeToString(h.Sum(nil))
}

var validName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// parseManifest reads a manifest strictly: unknown fields, wrong versions and impossible contents are errors.
func parseManifest(data []byte) (Manifest, error) {
	var head struct {
		Format int `json:"format"`
	}
	var m Manifest
	if err := json.Unmarshal(data, &head); err != nil {
		return m, err
	}
	if head.Format < 1 || head.Format > FormatVersion {
		return m, fmt.Errorf("format version %d; this program reads 1 to %d: ingest the source again, or use a newer program", head.Format, FormatVersion)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return m, err
	}
	return m, m.check()
}

func (m *Manifest) check() error {
	if !validName.MatchString(m.Name) {
		return fmt.Errorf("dataset name %q: want lower-case letters, digits, dots and dashes, at most 64", m.Name)
	}
	if !validName.MatchString(m.Generation) {
		return fmt.Errorf("generation %q is not a folder name", m.Generation)
	}
	files := []File{m.Economies, m.Products}
	if len(m.Years) == 0 {
		return errors.New("no years")
	}
	for i, y := range m.Years {
		if i > 0 && y.Year <= m.Years[i-1].Year {
			return fmt.Errorf("year %d after %d", y.Year, m.Years[i-1].Year)
		}
		if y.Year < 1900 || y.Year > 2200 || y.Rows < 0 || y.Products < 0 {
			return fmt.Errorf("year %d with %d rows, %d products", y.Year, y.Rows, y.Products)
		}
		for _, c := range append(slices.Clone(y.Importers), y.Exporters...) {
			if c == 0 || c >= trade.MaxCode {
				return fmt.Errorf("year %d: %d is not an economy code", y.Year, c)
			}
		}
		files = append(files, y.File)
	}
	for _, f := range files {
		if f.File == "" || f.File != filepath.Base(f.File) || strings.HasPrefix(f.File, ".") || len(f.SHA256) != 64 {
			return fmt.Errorf("file %q with checksum %q", f.File, f.SHA256)
		}
	}
	return nil
}

func readManifest(dir, name string) (Manifest, error) {
	path := filepath.Join(dir, name, manifestFile)
	data, err := os.ReadFile(path)
	if err != nil {
		return Manifest{}, err
	}
	m, err := parseManifest(data)
	if err != nil {
		return m, fmt.Errorf("%s: %w", path, err)
	}
	if m.Name != name {
		return m, fmt.Errorf("%s: it describes dataset %q; was the folder renamed?", path, m.Name)
	}
	return m, nil
}

// List describes the datasets of a data folder in order of name. A damaged one is in the error, the others are still
// returned. A folder that does not exist has no datasets.
func List(dir string) ([]Manifest, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, err
	}
	var list []Manifest
	var errs []error
	for _, e := range entries {
		if !e.IsDir() || !validName.MatchString(e.Name()) {
			continue
		}
		m, err := readManifest(dir, e.Name())
		switch {
		case errors.Is(err, fs.ErrNotExist): // an ingest that has not finished
		case err != nil:
			errs = append(errs, err)
		default:
			list = append(list, m)
		}
	}
	return list, errors.Join(errs...)
}
