package chokepoints

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"chokepoint/sector"
	"chokepoint/store"
	"chokepoint/trade"
)

// Positions are measured positions of products in the chain, for instance upstreamness from input-output tables, as a user's file
// has them.
type Positions struct {
	file, sha string
	Values    map[trade.Nomenclature]map[string]float64
}

// ParsePositions reads a CSV file with the columns code and position, and revision where the codes are not of all revisions.
func ParsePositions(name string, data []byte) (*Positions, error) {
	sum := sha256.Sum256(data)
	p := &Positions{file: filepath.Base(name), sha: hex.EncodeToString(sum[:])[:12], Values: map[trade.Nomenclature]map[string]float64{}}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	r.Comment = '#'
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%s:1: no header line; want code,position or code,revision,position", name)
	}
	at := map[string]int{}
	for i, column := range head {
		column = strings.ToLower(strings.TrimSpace(column))
		if _, twice := at[column]; twice || !slices.Contains([]string{"code", "revision", "position"}, column) {
			return nil, fmt.Errorf("%s:1: column %q: want code, position and at most revision, each once", name, column)
		}
		at[column] = i
	}
	for _, need := range []string{"code", "position"} {
		if _, ok := at[need]; !ok {
			return nil, fmt.Errorf("%s:1: no column %s; want code,position or code,revision,position", name, need)
		}
	}
	rows := 0
	for {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		line, _ := r.FieldPos(0)
		if err := p.add(row, at); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, line, err)
		}
		rows++
	}
	if rows == 0 {
		return nil, fmt.Errorf("%s: no rows; want code,position", name)
	}
	return p, nil
}

func (p *Positions) add(row []string, at map[string]int) error {
	code := strings.ToUpper(strings.TrimSpace(row[at["code"]]))
	if !trade.ValidProductCode(code) {
		return fmt.Errorf("code %q: want six digits; codes keep their leading zero", code)
	}
	x, err := strconv.ParseFloat(strings.TrimSpace(row[at["position"]]), 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return fmt.Errorf("position %q: want a number", row[at["position"]])
	}
	revisions := trade.Nomenclatures()
	if i, ok := at["revision"]; ok && strings.TrimSpace(row[i]) != "" {
		set, err := sector.ParseRevisions(row[i])
		if err != nil {
			return err
		}
		revisions = set.List()
	}
	for _, n := range revisions {
		if p.Values[n] == nil {
			p.Values[n] = map[string]float64{}
		}
		if _, twice := p.Values[n][code]; twice {
			return fmt.Errorf("%s of %s stands twice", code, n)
		}
		p.Values[n][code] = x
	}
	return nil
}

// Mean is the mean position of products weighted by value, over those that the file has, and their share of the value.
func (p *Positions) Mean(n trade.Nomenclature, products []string, values []float64) (mean, covered float64) {
	var sum, with, all float64
	for i, code := range products {
		all += values[i]
		if x, ok := p.Values[n][code]; ok {
			sum += x * values[i]
			with += values[i]
		}
	}
	return sum / with, with / all
}

// Notes says where positions come from, and what the file and the dataset do not share.
func (p *Positions) Notes(d *store.Dataset) []string {
	n := d.Manifest().Nomenclature
	known, foreign := 0, 0
	for code := range p.Values[n] {
		if _, ok := d.Products().Get(code); ok {
			known++
		} else {
			foreign++
		}
	}
	return []string{fmt.Sprintf("positions from %s, SHA-256 %s: %d of the %d products of the dataset have one; %d codes of the file for %s are not in the dataset", p.file, p.sha, known, d.Products().Len(), foreign, n)}
}
