// Package register reads registers of firms: who was named in which batch, in which province and sector. The totals of one register
// are embedded; firms come from a user's file.
//
// The package knows nothing of flows and lists and must never import another package of this module but textfile.
package register

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"sync"

	"chokepoint/textfile"
	"chokepoint/tomlfile"
)

// Firm is a line of a register. Batch, province and sector may be empty, the year 0.
type Firm struct {
	Name, Batch, Province, Sector string
	Year                          int
	Line                          int
}

// Register is a file of firms.
type Register struct {
	File, SHA256 string
	Text         []byte // the file
	Firms        []Firm
	Ignored      []string // columns that were not read
}

// columns are those of a register; all must be there.
var columns = []string{"name", "batch", "year", "province", "sector"}

// MaxFile is the size in bytes of the largest file accepted.
const MaxFile = 64 << 20

// Open reads a register from a file.
func Open(path string) (*Register, error) {
	data, err := textfile.Read(path, MaxFile)
	if err != nil {
		return nil, fmt.Errorf("register: %w", err)
	}
	return Parse(filepath.Base(path), data)
}

// Parse reads a register: CSV with the columns name, batch, year, province and sector in any order. Other columns are not read, and
// listed. A firm stands once in a batch, and a batch is of one year.
func Parse(file string, text []byte) (*Register, error) {
	sum := sha256.Sum256(text)
	r := &Register{File: file, SHA256: hex.EncodeToString(sum[:]), Text: text}
	t := textfile.NewTable(file, text)
	if err := t.Header(columns, nil, &r.Ignored); err != nil {
		return nil, fmt.Errorf("register %w", err)
	}
	p := parsing{r, map[place]int{}, map[string]Firm{}}
	if err := t.Each(p.firm); err != nil {
		return nil, fmt.Errorf("register %w", err)
	}
	if len(r.Firms) == 0 {
		return nil, fmt.Errorf("register %s: no firm below the header", file)
	}
	return r, nil
}

// parsing is a register being read: where a firm stands, and the first of each batch.
type parsing struct {
	*Register
	lines   map[place]int
	batches map[string]Firm
}

type place struct{ name, batch string }

// firm reads a line.
func (p *parsing) firm(line int, field func(string) string) (err error) {
	f := Firm{Name: field("name"), Batch: field("batch"), Province: field("province"), Sector: field("sector"), Line: line}
	if f.Name == "" {
		return errors.New("no name of a firm")
	}
	if text := field("year"); text != "" {
		if f.Year, err = strconv.Atoi(text); err != nil || f.Year < 1900 || f.Year > 2200 {
			return fmt.Errorf("year %q: expected a year such as 2024, or nothing", text)
		}
	}
	at := place{f.Name, f.Batch}
	if before, ok := p.lines[at]; ok {
		return fmt.Errorf("%s is already in batch %q, in line %d", f.Name, f.Batch, before)
	}
	p.lines[at] = line
	if before, ok := p.batches[f.Batch]; ok && before.Year != f.Year {
		return fmt.Errorf("batch %q is of %d; in line %d it is of %d", f.Batch, f.Year, before.Line, before.Year)
	}
	p.batches[f.Batch] = f
	p.Firms = append(p.Firms, f)
	return nil
}

// Totals are what is published of a register.
type Totals struct {
	ID      string  `toml:"id"`
	Name    string  `toml:"name"`
	Economy string  `toml:"economy"`
	Source  string  `toml:"source"`
	Note    string  `toml:"note"`
	Batches []Batch `toml:"batch"`
	Valid   []Valid `toml:"valid"`
	Text    []byte  `toml:"-"` // the file
}

// Batch is a number of firms named at once.
type Batch struct {
	Number   int    `toml:"number"`
	Year     int    `toml:"year"`
	Firms    int    `toml:"firms"`
	Evidence string `toml:"evidence"`
}

// Valid is how many firms were valid at a date, YYYY-MM.
type Valid struct {
	Date     string `toml:"date"`
	Firms    int    `toml:"firms"`
	Evidence string `toml:"evidence"`
}

//go:embed data/little-giants.toml
var littleGiantsTOML []byte

// LittleGiants are the published totals of the Little Giants.
var LittleGiants = sync.OnceValue(func() *Totals {
	t, err := parseTotals("little-giants.toml", littleGiantsTOML)
	if err != nil {
		panic(err)
	}
	return t
})

func parseTotals(name string, data []byte) (*Totals, error) {
	var t Totals
	if err := tomlfile.Decode(name, data, tomlfile.MaxFile, &t); err != nil {
		return nil, err
	}
	if t.ID == "" || t.Source == "" || t.Economy == "" || len(t.Batches) == 0 {
		return nil, fmt.Errorf("register %s: expected id, source, economy and batches", name)
	}
	for i, b := range t.Batches {
		if b.Number != i+1 || b.Firms <= 0 || b.Year == 0 || b.Evidence == "" {
			return nil, fmt.Errorf("register %s: batch %d: expected batches numbered from 1 on, each with year, firms and evidence", name, i+1)
		}
	}
	t.Text = data
	return &t, nil
}
