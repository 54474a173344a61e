// Package elasticity reads how easily suppliers of a product replace each other, by product code, from a user's file. None come with
// the program: the licences of the published ones are not clear.
//
// The package knows nothing of flows and datasets and must never import store, kernel, analysis or result.
package elasticity

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"chokepoint/datafile"
	"chokepoint/textfile"
	"chokepoint/trade"
)

// Set is the elasticities of a file. Above 1, and the higher, the more easily a supplier is replaced.
type Set struct {
	File, SHA256 string
	Text         []byte             // of the file, unpacked
	Format       string             // what the numbers are
	Revision     trade.Nomenclature // of the codes; "" where the file does not say
	Rows         int                // read; those taken and those of Unused
	Unused       map[string]int     // rows by the reason why they have no elasticity

	values map[string][]float64 // by code: one, or one an importer
}

// MaxFile is the size in bytes, unpacked, of the largest file accepted.
const MaxFile = 16 << 20

// Open reads a file.
func Open(path string) (*Set, error) {
	text, err := datafile.Load(path, MaxFile)
	if err != nil {
		return nil, fmt.Errorf("elasticities: %w", err)
	}
	return Parse(filepath.Base(path), text)
}

// format is how the numbers of a file are found and what they are.
type format struct {
	columns []string // in small letters
	code    string
	meaning string
	of      trade.Nomenclature
	digits  []int // that codes may have
	sign    float64
}

var formats = []format{
	{[]string{"hs6", "zero", "positive", "sigma"}, "hs6", "tariff elasticities of imports, their sign turned; a long run (Fontagné, Guimbard and Orefice 2022, ProTEE)", trade.HS07, []int{6}, -1},
	{[]string{"iso3c", "hs0_3d", "sigma"}, "hs0_3d", "elasticities of substitution by importer, of which the median is taken (Broda and Weinstein 2006)", trade.HS92, []int{3}, 1},
	{[]string{"code", "sigma"}, "code", "elasticities of substitution of a file of the user's", "", []int{2, 3, 4, 6}, 1},
}

// Parse reads the text of a file; name is for messages.
func Parse(name string, text []byte) (*Set, error) {
	t := textfile.NewTable(name, text)
	t.Comment = '#'
	if err := t.Header(nil, nil, new([]string)); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(formats, func(f format) bool { return t.Has(f.columns...) })
	if i < 0 {
		return nil, t.Fail("columns %s: expected code,sigma, or those of ProTEE (HS6,zero,positive,sigma) or of Broda and Weinstein (iso3c,HS0_3d,sigma)", strings.Join(t.Head, ","))
	}
	s := &Set{File: name, SHA256: datafile.Sum(text), Text: text, Format: formats[i].meaning, Revision: formats[i].of, Unused: map[string]int{}, values: map[string][]float64{}}
	lines := map[string]int{}
	if err := t.Each(func(line int, field func(string) string) error { return s.add(line, field, &formats[i], lines) }); err != nil {
		return nil, err
	}
	if len(s.values) == 0 {
		return nil, &datafile.Error{File: name, Msg: fmt.Sprintf("none of %d rows has an elasticity above 1", s.Rows)}
	}
	for _, v := range s.values {
		slices.Sort(v)
	}
	return s, nil
}

func (s *Set) add(line int, field func(column string) string, f *format, lines map[string]int) error {
	s.Rows++
	code := field(f.code)
	if !slices.Contains(f.digits, len(code)) || strings.Trim(code, "0123456789") != "" {
		return fmt.Errorf("code %q: expected %v digits; a leading zero that a program dropped has to be put back", code, f.digits)
	}
	key := field("iso3c") + " " + code
	if first, twice := lines[key]; twice {
		return fmt.Errorf("%s is already in line %d", strings.TrimSpace(key), first)
	}
	lines[key] = line
	text := field("sigma")
	if text == "" || text == "NA" {
		s.Unused["no number"]++
		return nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return fmt.Errorf("sigma %q of %s: expected a number, or nothing", text, code)
	}
	switch x *= f.sign; {
	case field("zero") == "1":
		s.Unused["not significant"]++
	case field("positive") == "1":
		s.Unused["of the wrong sign"]++
	case x <= 1:
		s.Unused["not above 1"]++
	default:
		code = strings.Clone(code)
		s.values[code] = append(s.values[code], x)
	}
	return nil
}

// Of gives the elasticity of a product: that of its code or, where the file has none, of the longest beginning of it that the file has.
// Where there are several, one an importer, it is their median. The caller sees to it that the code is one of Revision.
func (s *Set) Of(product string) (sigma float64, of string, ok bool) {
	for n := len(product); n >= 2; n-- {
		if v := s.values[product[:n]]; len(v) > 0 {
			return (v[(len(v)-1)/2] + v[len(v)/2]) / 2, product[:n], true
		}
	}
	return math.NaN(), "", false
}

// PriceFactor is by how much the price index of a product rises when suppliers with a share of the purchases fall away and the others
// replace them: (1−s)^(1/(1−σ)) (Feenstra 1994). It is NaN where the share is 1, as nothing is left, or sigma is not above 1.
func PriceFactor(share, sigma float64) float64 {
	if !(share >= 0 && share < 1 && sigma > 1) {
		return math.NaN()
	}
	if sigma == 2 { // the usual one; the same to the last bit
		return 1 / (1 - share)
	}
	return math.Pow(1-share, 1/(1-sigma))
}
