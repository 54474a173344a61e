package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"chokepoint/fault"
	"chokepoint/trade"
)

// FormatVersion is the version of the files that this program writes, and the newest that it reads.
//
//	1  (2026)  one Arrow file a year, code lists as CSV, manifest as JSON
//	2  (2026)  beside each year its index
//	3  (2026)  checksums of the blocks of a year's files, and the manifest's checksum in itself
//	4  (2026)  shorter blocks of flows
//	5  (2026)  inner trade of blocs, and tonnes by exporter, in the index
const FormatVersion = 5

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
	Sample         bool                  `json:"sample,omitempty"` // a part that comes with the program: it answers where it is named, or alone
	Created        time.Time             `json:"created"`
	ProgramVersion string                `json:"program_version"`
	Inputs         []Input               `json:"inputs"`
	Generation     string                `json:"generation"` // folder of the files
	Exact          bool                  `json:"exact"`      // every value is a whole number of dollars, so sums are exact
	Frequency      Frequency             `json:"frequency,omitempty"`
	Rows           int64                 `json:"rows"`
	ValueUSD       float64               `json:"value_usd"`
	Years          []YearEntry           `json:"years"` // or months
	Economies      File                  `json:"economies"`
	Products       File                  `json:"products"`
	Labels         map[trade.Code]string `json:"labels,omitempty"` // where two economies of one ISO3 trade in the same year
	Report         json.RawMessage       `json:"report,omitempty"` // of the ingest
	SHA256         string                `json:"manifest_sha256,omitempty"`
}

// Frequency says what the periods of a dataset are.
type Frequency string

// The frequencies. Manifests of annual datasets do not mention it.
const (
	Annual  Frequency = ""
	Monthly Frequency = "month"
)

// FrequencyOf is that of a period.
func FrequencyOf(p trade.Period) Frequency {
	if p.Monthly() {
		return Monthly
	}
	return Annual
}

// Monthly says that the dataset has months, not years.
func (m *Manifest) Monthly() bool { return m.Frequency == Monthly }

// HasQuantities says that tonnes are known of a flow of the year.
func (m *Manifest) HasQuantities(year int) bool {
	return slices.ContainsFunc(m.Years, func(y YearEntry) bool { return y.Year == year && y.QuantityRows > 0 })
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

// YearEntry describes the flows of one year, or of one month, whose Year is YYYYMM (see trade.Period).
type YearEntry struct {
	Year         int          `json:"year"`
	Rows         int64        `json:"rows"`
	Products     int          `json:"products"`
	ValueUSD     float64      `json:"value_usd"`
	QuantityRows int64        `json:"quantity_rows"` // flows whose tonnes are known
	Importers    []trade.Code `json:"importers"`
	Exporters    []trade.Code `json:"exporters"`
	File
	Index      *File `json:"index,omitempty"`       // absent in format 1
	Blocks     *File `json:"blocks,omitempty"`      // checksums of the blocks of both; absent before format 3 unless upgraded
	FlowsBlock int   `json:"flows_block,omitempty"` // bytes of flows that share a checksum; absent in format 3: as many as of the index
}

// Checksum identifies the content: SHA-256 over the checksums of the files, in hexadecimal. An index is no content: it
// follows from the flows.
func (m *Manifest) Checksum() string {
	h := sha256.New()
	fmt.Fprintln(h, m.Economies.SHA256, m.Products.SHA256)
	for _, y := range m.Years {
		fmt.Fprintln(h, y.Year, y.SHA256)
	}
	return hex.EncodeToString(h.Sum(nil))
}

var (
	validName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)
	validSHA  = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

func checkName(name string) error {
	if !validName.MatchString(name) {
		return fault.Questionf("dataset name %q: expected lower-case letters, digits, dots and dashes, at most 64", name)
	}
	return nil
}

func (m *Manifest) check() error {
	if err := checkName(m.Name); err != nil {
		return err
	}
	if err := m.checkFields(); err != nil {
		return err
	}
	if !validName.MatchString(m.Generation) {
		return fmt.Errorf("generation %q is not a folder name", m.Generation)
	}
	if len(m.Years) == 0 {
		return errors.New("no years")
	}
	var rows int64
	var value float64
	for i := range m.Years {
		y := &m.Years[i]
		if i > 0 && y.Year <= m.Years[i-1].Year {
			return fmt.Errorf("year %d after %d", y.Year, m.Years[i-1].Year)
		}
		if err := y.check(); err != nil {
			return fmt.Errorf("year %d: %w", y.Year, err)
		}
		if FrequencyOf(trade.Period(y.Year)) != m.Frequency {
			return fmt.Errorf("year %d in a dataset of frequency %q; it is \"month\" where periods are YYYYMM, and left out where they are YYYY", y.Year, m.Frequency)
		}
		rows, value = rows+y.Rows, value+y.ValueUSD
	}
	if rows != m.Rows || value != m.ValueUSD {
		return fmt.Errorf("%d rows and %v dollars in all, but %d and %v in the years", m.Rows, m.ValueUSD, rows, value)
	}
	for c, label := range m.Labels {
		if c == 0 || c >= trade.MaxCode || label == "" {
			return fmt.Errorf("label %q of economy %d", label, c)
		}
	}
	return m.checkFiles()
}

// maxText bounds the lines of a manifest that are printed, in bytes.
const maxText = 1 << 16

// checkFields checks what is not said of years.
func (m *Manifest) checkFields() error {
	for name, text := range map[string]string{"title": m.Title, "source": m.Source, "release": m.Release, "licence": m.Licence,
		"citation": m.Citation, "program_version": m.ProgramVersion} {
		if len(text) > maxText || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == unicode.ReplacementChar }) {
			return fmt.Errorf("%s is %.100q; expected text of at most %d bytes", name, text, maxText)
		}
	}
	if m.Nomenclature != "" && !slices.Contains(trade.Nomenclatures(), m.Nomenclature) {
		return fmt.Errorf("nomenclature %.100q; expected one of %v", m.Nomenclature, trade.Nomenclatures())
	}
	for _, in := range m.Inputs {
		if in.Bytes < 0 || !validSHA.MatchString(in.SHA256) {
			return fmt.Errorf("input %.100q of %d bytes with checksum %.100q", in.Name, in.Bytes, in.SHA256)
		}
	}
	if m.Exact && (m.ValueUSD >= maxExact || m.ValueUSD != math.Trunc(m.ValueUSD)) {
		return fmt.Errorf("values are said to be exact, but add up to %v dollars; expected a whole number below %d", m.ValueUSD, int64(maxExact))
	}
	return nil
}

func (m *Manifest) checkFiles() error {
	seen := map[string]bool{}
	for _, f := range m.files() {
		if !validName.MatchString(f.File) || f.Bytes < 0 || !validSHA.MatchString(f.SHA256) {
			return fmt.Errorf("file %q of %d bytes with checksum %q", f.File, f.Bytes, f.SHA256)
		}
		if seen[f.File] {
			return fmt.Errorf("file %s is listed twice", f.File)
		}
		seen[f.File] = true
	}
	return nil
}

// mapped lists the files of a year that questions read.
func (y *YearEntry) mapped() []File {
	if y.Index == nil {
		return []File{y.File}
	}
	return []File{y.File, *y.Index}
}

// flowsBlock is the bytes of flows that share a checksum.
func (y *YearEntry) flowsBlock() int {
	if y.FlowsBlock == 0 {
		return indexBlock
	}
	return y.FlowsBlock
}

// blocks lists the file of checksums of a year, if it has one.
func (y *YearEntry) blocks() []File {
	if y.Blocks == nil {
		return nil
	}
	return []File{*y.Blocks}
}

// fileOf describes a file.
func fileOf(name string, data []byte) *File {
	sum := sha256.Sum256(data)
	return &File{File: name, Bytes: int64(len(data)), SHA256: hex.EncodeToString(sum[:])}
}

// files lists the files of the dataset.
func (m *Manifest) files() []File {
	files := []File{m.Economies, m.Products}
	for _, y := range m.Years {
		files = append(append(files, y.mapped()...), y.blocks()...)
	}
	return files
}

func (y *YearEntry) check() error {
	if !trade.Period(y.Year).Valid() {
		return errors.New("not a year of trade data; expected 1900 to 2200, or a month of one, 190001 to 220012")
	}
	if y.Products < 0 || y.Rows < int64(y.Products) || y.QuantityRows < 0 || y.QuantityRows > y.Rows || !(y.ValueUSD >= 0) || y.ValueUSD > math.MaxFloat64 || (y.Rows > 0) != (y.Products > 0) {
		return fmt.Errorf("%d rows, %d products, %d quantities, %v dollars", y.Rows, y.Products, y.QuantityRows, y.ValueUSD)
	}
	if b := y.FlowsBlock; b != 0 && b != flowsBlock {
		return fmt.Errorf("checksums of blocks of %d bytes; expected %d, or none of flows_block for %d", b, flowsBlock, indexBlock)
	}
	for _, codes := range [][]trade.Code{y.Importers, y.Exporters} {
		for i, c := range codes {
			if c == 0 || c >= trade.MaxCode {
				return fmt.Errorf("%d is not an economy code", c)
			}
			if i > 0 && c <= codes[i-1] {
				return fmt.Errorf("economy %d after %d", c, codes[i-1])
			}
		}
	}
	return nil
}

// DamagedError says that a file of a dataset is not what was written: the question is sound, the data are not.
type DamagedError struct{ Err error }

func (e *DamagedError) Error() string { return e.Err.Error() }
func (e *DamagedError) Unwrap() error { return e.Err }

func damaged(err error) error {
	if err == nil {
		return nil
	}
	return &DamagedError{err}
}

func readManifest(dir, name string) (Manifest, error) {
	path := filepath.Join(dir, name, manifestFile)
	data, err := os.ReadFile(path)
	if err != nil {
		return Manifest{}, err
	}
	m, err := parseManifest(data)
	if err != nil {
		return m, damaged(fmt.Errorf("%s: %w", path, err))
	}
	if m.Name != name {
		return m, damaged(fmt.Errorf("%s: it describes dataset %q; was the folder renamed?", path, m.Name))
	}
	return m, nil
}

// List describes the datasets of a data folder in order of name. A damaged one is in the error, the others are still
// returned. A folder that does not exist has no datasets.
func List(dir string) ([]Manifest, error) {
	return Described(dir, func(name string) (Manifest, error) { return readManifest(dir, name) })
}

// Names are the names of the datasets of a data folder in their order, damaged ones among them. Nothing of them is read.
func Names(dir string) []string {
	names, _ := Described(dir, func(name string) (string, error) {
		_, err := os.Stat(filepath.Join(dir, name, manifestFile))
		return name, err
	})
	return names
}

// Described reads what describes each folder in dir that may be a dataset or the like, in order of name. A damaged one is in the error, the
// others are still returned. A folder that does not exist has none.
func Described[M any](dir string, read func(name string) (M, error)) ([]M, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, err
	}
	var list []M
	var errs []error
	for _, e := range entries {
		if !e.IsDir() || !validName.MatchString(e.Name()) {
			continue
		}
		m, err := read(e.Name())
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
