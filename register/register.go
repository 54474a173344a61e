// Package register reads registers of firms: who was named in which batch, in which province and sector. The totals of one register
// are embedded; firms come from a user's file.
//
// The package knows nothing of flows and lists and must never import another package of this module.
package register

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

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
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("register: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > MaxFile {
		return nil, fmt.Errorf("register: %s: want a file of at most %d MB", path, MaxFile>>20)
	}
	data, err := os.ReadFile(path)
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
	fail := func(line int, format string, args ...any) (*Register, error) {
		return nil, fmt.Errorf("register %s:%d: %s", file, line, fmt.Sprintf(format, args...))
	}
	rows := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	head, err := rows.Read()
	if err != nil {
		return fail(1, "no header line; want %s", strings.Join(columns, ","))
	}
	at := map[string]int{}
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := at[name]; twice {
			return fail(1, "column %s stands twice", name)
		}
		at[name] = i
		if !slices.Contains(columns, name) {
			r.Ignored = append(r.Ignored, name)
		}
	}
	for _, name := range columns {
		if _, ok := at[name]; !ok {
			return fail(1, "no column %s; want %s", name, strings.Join(columns, ","))
		}
	}
	type place struct{ name, batch string }
	lines, yearOf := map[place]int{}, map[string]Firm{}
	for {
		row, err := rows.Read()
		if err == io.EOF {
			break
		}
		var wrong *csv.ParseError
		if errors.As(err, &wrong) {
			return fail(wrong.Line, "%v", wrong.Err)
		}
		if err != nil {
			return fail(0, "%v", err)
		}
		line, _ := rows.FieldPos(0)
		field := func(name string) string { return strings.TrimSpace(row[at[name]]) }
		f := Firm{Name: field("name"), Batch: field("batch"), Province: field("province"), Sector: field("sector"), Line: line}
		if f.Name == "" {
			return fail(line, "no name of a firm")
		}
		if text := field("year"); text != "" {
			if f.Year, err = strconv.Atoi(text); err != nil || f.Year < 1900 || f.Year > 2200 {
				return fail(line, "year %q: want a year such as 2024, or nothing", text)
			}
		}
		if before, ok := lines[place{f.Name, f.Batch}]; ok {
			return fail(line, "%s stands in batch %q in line %d already", f.Name, f.Batch, before)
		}
		lines[place{f.Name, f.Batch}] = line
		if before, ok := yearOf[f.Batch]; ok && before.Year != f.Year {
			return fail(line, "batch %q is of %d; in line %d it is of %d", f.Batch, f.Year, before.Line, before.Year)
		}
		yearOf[f.Batch] = f
		r.Firms = append(r.Firms, f)
	}
	if len(r.Firms) == 0 {
		return fail(1, "no firm below the header")
	}
	return r, nil
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
		return nil, fmt.Errorf("register %s: want id, source, economy and batches", name)
	}
	for i, b := range t.Batches {
		if b.Number != i+1 || b.Firms <= 0 || b.Year == 0 || b.Evidence == "" {
			return nil, fmt.Errorf("register %s: batch %d: want batches numbered from 1 on, each with year, firms and evidence", name, i+1)
		}
	}
	t.Text = data
	return &t, nil
}
