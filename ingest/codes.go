package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"chokepoint/textfile"
	"chokepoint/trade"
)

// codeTable is a code list as text.
type codeTable struct {
	label  string
	header []string
	rows   [][]string
	lines  []int
	notes  []string
}

// readCodeTable reads a code list in UTF-8 or Latin-1.
func readCodeTable(label string, text []byte) (*codeTable, error) {
	t := &codeTable{label: label}
	text = bytes.TrimPrefix(text, textfile.BOM)
	if !utf8.Valid(text) {
		decoded, err := charmap.Windows1252.NewDecoder().Bytes(text)
		if err != nil {
			return nil, fmt.Errorf("%s is neither UTF-8 nor Latin-1: %w", label, err)
		}
		text = decoded
		t.notes = append(t.notes, label+": read as Latin-1")
	}
	r := textfile.NewTable(label, text)
	repaired := 0
	for {
		record, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		for i, field := range record {
			if better, ok := unscramble(field); ok {
				record[i] = better
				repaired++
			}
		}
		if r.Head == nil {
			r.Head, t.header = record, record
			continue
		}
		t.rows = append(t.rows, record)
		t.lines = append(t.lines, r.Line)
	}
	if t.header == nil {
		return nil, fmt.Errorf("%s %w", label, errNoHeader)
	}
	if repaired > 0 {
		t.notes = append(t.notes, fmt.Sprintf("%s: %d names with garbled letters (UTF-8 read as Latin-1) repaired", label, repaired))
	}
	return t, nil
}

// unscramble repairs text whose UTF-8 bytes were once read as Latin-1 (CÃ´te for Côte); false when it is not of that kind.
func unscramble(s string) (string, bool) {
	if !strings.ContainsAny(s, "ÃÂÅ") {
		return "", false
	}
	raw, err := charmap.Windows1252.NewEncoder().String(s)
	if err != nil || !utf8.ValidString(raw) {
		return "", false
	}
	return raw, true
}

// column returns the position of the first of the names that the header has.
func (t *codeTable) column(names ...string) (int, error) {
	for _, name := range names {
		at := slices.IndexFunc(t.header, func(h string) bool { return strings.EqualFold(h, name) })
		if at >= 0 {
			return at, nil
		}
	}
	return 0, fmt.Errorf("%s has no column %s; its header is %q", t.label, strings.Join(names, " or "), strings.Join(t.header, ","))
}

// readEconomies reads a country_codes table in the header of today or the older one, as it stands; trade.NewEconomies
// makes up for what it leaves out.
func readEconomies(label string, text []byte) ([]trade.Economy, []string, error) {
	t, err := readCodeTable(label, text)
	if err != nil {
		return nil, nil, err
	}
	code, err1 := t.column("country_code", "code")
	name, err2 := t.column("country_name", "country_name_full", "country_name_abbreviation")
	iso2, err3 := t.column("country_iso2", "iso_2digit_alpha")
	iso3, err4 := t.column("country_iso3", "iso_3digit_alpha")
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, nil, err
	}
	var all []trade.Economy
	seen := make(map[trade.Code]trade.Economy)
	for i, row := range t.rows {
		n, ok := wholeNumber([]byte(row[code]))
		if !ok || n == 0 || n >= trade.MaxCode {
			return nil, nil, fmt.Errorf("%s:%d: %q is not a BACI economy code (1 to %d)", label, t.lines[i], row[code], trade.MaxCode-1)
		}
		e := trade.Economy{Code: trade.Code(n), Name: row[name], ISO2: row[iso2], ISO3: row[iso3]}
		if e.ISO2 == "NA" && e.ISO3 != "NAM" {
			e.ISO2 = "" // R's mark of a missing value; only Namibia's code is NA
		}
		if first, twice := seen[e.Code]; twice {
			if first != e {
				return nil, nil, fmt.Errorf("%s:%d: the code %d is listed twice, as %s and as %s", label, t.lines[i], n, first.Name, e.Name)
			}
			continue
		}
		seen[e.Code] = e
		all = append(all, e)
	}
	if len(all) == 0 {
		return nil, nil, fmt.Errorf("%s lists no economy", label)
	}
	return all, t.notes, nil
}

// readProducts reads a product_codes table.
func readProducts(label string, text []byte, pad bool) ([]trade.Product, []string, error) {
	t, err := readCodeTable(label, text)
	if err != nil {
		return nil, nil, err
	}
	code, err1 := t.column("code", "hs6", "k")
	description, err2 := t.column("description")
	if err := errors.Join(err1, err2); err != nil {
		return nil, nil, err
	}
	var all []trade.Product
	seen := make(map[string]string)
	padded := 0
	for i, row := range t.rows {
		k := row[code]
		if _, ok := wholeNumber([]byte(k)); ok && len(k) == 5 {
			if !pad {
				return nil, nil, fmt.Errorf("%s:%d: %q has five digits, the leading zero is lost; --pad-codes puts it back", label, t.lines[i], k)
			}
			k = "0" + k
			padded++
		}
		if !trade.ValidProductCode(k) {
			return nil, nil, fmt.Errorf("%s:%d: %q is not a product code of six digits or capital letters", label, t.lines[i], k)
		}
		if first, twice := seen[k]; twice {
			if first != row[description] {
				return nil, nil, fmt.Errorf("%s:%d: the code %s is listed twice, as %q and as %q", label, t.lines[i], k, first, row[description])
			}
			continue
		}
		seen[k] = row[description]
		all = append(all, trade.Product{Code: k, Description: row[description]})
	}
	if len(all) == 0 {
		return nil, nil, fmt.Errorf("%s lists no product", label)
	}
	if padded > 0 {
		t.notes = append(t.notes, fmt.Sprintf("%s: %d codes padded to six digits", label, padded))
	}
	slices.SortFunc(all, func(a, b trade.Product) int { return strings.Compare(a.Code, b.Code) })
	return all, t.notes, nil
}

// choose picks the code list that belongs to the flows: of their nomenclature if it names one, of their release if there
// is a choice. The notes say what was passed over.
func choose(lists []*member, nomenclature, release string) (*member, []string) {
	var fitting []*member
	var notes []string
	for _, m := range lists {
		if m.name.nomenclature != "" && nomenclature != "" && m.name.nomenclature != nomenclature {
			notes = append(notes, fmt.Sprintf("%s: skipped, the flows are of %s", m.label, nomenclature))
			continue
		}
		fitting = append(fitting, m)
	}
	if len(fitting) == 0 {
		return nil, notes
	}
	at := max(0, slices.IndexFunc(fitting, func(m *member) bool { return m.name.release == release }))
	for i, m := range fitting {
		switch {
		case i != at:
			notes = append(notes, fmt.Sprintf("%s: skipped, %s is read", m.label, fitting[at].label))
		case m.name.release != "" && m.name.release != release:
			notes = append(notes, fmt.Sprintf("%s: of release %s, the flows are of %s", m.label, m.name.release, release))
		}
	}
	return fitting[at], notes
}
