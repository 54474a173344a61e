package chokepoints

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"chokepoint/sector"
	"chokepoint/study"
	"chokepoint/textfile"
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
	t := textfile.NewTable(name, data)
	t.Comment = '#'
	if err := t.Header([]string{"code", "position"}, []string{"revision"}, nil); err != nil {
		return nil, err
	}
	if err := t.Each(func(_ int, field func(string) string) error { return p.add(field) }); err != nil {
		return nil, err
	}
	if len(p.Values) == 0 {
		return nil, fmt.Errorf("%s: no rows; expected code,position", name)
	}
	return p, nil
}

func (p *Positions) add(field func(string) string) error {
	code := strings.ToUpper(field("code"))
	if !trade.ValidProductCode(code) {
		return fmt.Errorf("code %q: expected six digits; codes keep their leading zero", code)
	}
	x, err := strconv.ParseFloat(field("position"), 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return fmt.Errorf("position %q: expected a number", field("position"))
	}
	revisions := trade.Nomenclatures()
	if text := field("revision"); text != "" {
		set, err := sector.ParseRevisions(text)
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
			return fmt.Errorf("%s of %s appears twice", code, n)
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
func (p *Positions) Notes(d study.Catalogue) []string {
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
