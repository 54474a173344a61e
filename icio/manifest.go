package icio

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"chokepoint/fault"
	"chokepoint/result"
	"chokepoint/spelling"
	"chokepoint/store"
)

// FormatVersion is the version of the files that this program writes and reads.
const FormatVersion = 1

const (
	// folder holds the tables of a data folder. No dataset can have its name.
	folder       = "_tables"
	manifestName = "manifest.json"
	layoutName   = "layout.toml"
)

var validName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// Manifest describes a set of tables: where they come from, what is in them, and the checksums of their files.
type Manifest struct {
	Format         int           `json:"format"`
	Name           string        `json:"name"`
	Title          string        `json:"title"`
	Source         string        `json:"source"`
	Licence        string        `json:"licence"`
	Citation       string        `json:"citation"`
	Synthetic      bool          `json:"synthetic"`
	Created        time.Time     `json:"created"`
	ProgramVersion string        `json:"program_version"`
	Generation     string        `json:"generation"` // folder of the files
	Layout         string        `json:"layout"`     // id; its text is layout.toml
	LayoutFile     store.File    `json:"layout_file"`
	Inputs         []store.Input `json:"inputs"`
	Areas          []string      `json:"areas"`
	Industries     []Industry    `json:"industries"`
	Years          []YearEntry   `json:"years"`
	Remarks        []string      `json:"remarks"`
	SHA256         string        `json:"manifest_sha256"` // of this text without these digits
}

// YearEntry describes the table of one year.
type YearEntry struct {
	Year        int     `json:"year"`
	Output      float64 `json:"output_musd"`
	Inputs      float64 `json:"inputs_musd"`
	FinalDemand float64 `json:"final_demand_musd"`
	Nonzero     float64 `json:"nonzero_share"` // of the flows between industries
	Gaps        []Gap   `json:"gaps"`
	store.File
}

// Checksum identifies the content: SHA-256 over the checksums of the files, in hexadecimal.
func (m *Manifest) Checksum() string {
	h := sha256.New()
	fmt.Fprintln(h, m.LayoutFile.SHA256)
	for _, y := range m.Years {
		fmt.Fprintln(h, y.Year, y.SHA256)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Rows is the number of industries of areas.
func (m *Manifest) Rows() int { return len(m.Areas) * len(m.Industries) }

// Has lists the years.
func (m *Manifest) Has() (years []int) {
	for _, y := range m.Years {
		years = append(years, y.Year)
	}
	return years
}

func (m *Manifest) encode() ([]byte, error) {
	sealed := *m
	return store.Seal(&sealed, &sealed.SHA256)
}

func parseManifest(data []byte) (m Manifest, err error) {
	switch sealed, err := store.CheckSeal(data); {
	case err != nil:
		return m, err
	case !sealed:
		return m, errors.New("damaged or edited: it does not end with its checksum. Ingest the source again")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return m, err
	}
	switch {
	case m.Format != FormatVersion:
		return m, fmt.Errorf("format version %d; this program reads %d: ingest the source again, or use a newer program", m.Format, FormatVersion)
	case !validName.MatchString(m.Name) || !validName.MatchString(m.Generation) || len(m.Years) == 0 || m.Rows() == 0:
		return m, fmt.Errorf("name %q, generation %q, %d years, %d rows", m.Name, m.Generation, len(m.Years), m.Rows())
	}
	for i, y := range m.Years {
		if !validName.MatchString(y.File.File) || i > 0 && y.Year <= m.Years[i-1].Year {
			return m, fmt.Errorf("file %q of the year %d", y.File.File, y.Year)
		}
	}
	return m, nil
}

func readManifest(home string) (Manifest, error) {
	path := filepath.Join(home, manifestName)
	data, err := os.ReadFile(path)
	if err != nil {
		return Manifest{}, err
	}
	m, err := parseManifest(data)
	if err == nil && m.Name != filepath.Base(home) {
		err = fmt.Errorf("it describes tables %q; was the folder renamed?", m.Name)
	}
	if err != nil {
		return m, &store.DamagedError{Err: fmt.Errorf("%s: %w", path, err)}
	}
	return m, nil
}

// List describes the sets of tables of a data folder in order of name. A damaged one is in the error, the others are still returned.
func List(dir string) ([]Manifest, error) {
	sets := filepath.Join(dir, folder)
	return store.Described(sets, func(name string) (Manifest, error) { return readManifest(filepath.Join(sets, name)) })
}

// find is the set of tables of that name; "" is the only one.
func find(dir, name string) (Manifest, error) {
	list, err := List(dir)
	if name == "" {
		switch {
		case len(list) == 1 && err == nil:
			return list[0], nil
		case len(list) == 0 && err == nil:
			return Manifest{}, fault.Questionf("tables: there are no input-output tables in %s; `chokepoint tables ingest FILE…` reads them", dir)
		case err != nil:
			return Manifest{}, err
		}
		return Manifest{}, fault.Questionf("tables: there are several sets of input-output tables: %s; name one with --tables", shortList(names(list)))
	}
	for _, m := range list {
		if m.Name == name {
			return m, nil
		}
	}
	if err != nil {
		return Manifest{}, err
	}
	if len(list) == 0 {
		return Manifest{}, fault.Questionf("tables %q: there are no input-output tables in %s; `chokepoint tables ingest FILE…` reads them", name, dir)
	}
	return Manifest{}, fault.Questionf("tables %q: unknown; expected one of %s%s", name, shortList(names(list)), spelling.Hint(name, names(list)))
}

func names(list []Manifest) (all []string) {
	for _, m := range list {
		all = append(all, m.Name)
	}
	return all
}

// Provenance is what it takes to cite the tables.
func (m *Manifest) Provenance() result.Provenance {
	return result.Provenance{Dataset: m.Name, Checksum: m.Checksum(), Source: m.Source, Licence: m.Licence, Citation: m.Citation, Synthetic: m.Synthetic}
}
