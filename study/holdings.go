package study

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"chokepoint/fault"
	"chokepoint/icio"
	"chokepoint/result"
	"chokepoint/sector"
	"chokepoint/store"
	"chokepoint/trade"
)

// Holdings say what a dataset has and lacks: how many products of its revision, and whose imports and exports. Whoever judges by
// the dataset looks here first. Most follows from the manifest; what takes a look at the flows runs in Limit.
type Holdings struct {
	Source *Source
	// Limit runs what reads flows; nil runs it at once. A server bounds how much is computed at a time.
	Limit func(ctx context.Context, read func(ctx context.Context) error) error

	exports map[int]map[trade.Code]float64 // by year and exporter, read where they are needed
}

// TableSet is a set of input-output tables beside the dataset.
type TableSet struct {
	Name      string
	Years     []int // ascending
	Rows      int   // of a table
	Synthetic bool
}

// TableSetOf is the set that a manifest describes.
func TableSetOf(m *icio.Manifest) TableSet {
	years := m.Has()
	slices.Sort(years)
	return TableSet{Name: m.Name, Years: years, Rows: m.Rows(), Synthetic: m.Synthetic}
}

// ByYears orders sets of tables: those with the latest year first, and of these those with the most rows.
func (a *TableSet) ByYears(b *TableSet) int {
	return cmp.Or(cmp.Compare(b.Years[len(b.Years)-1], a.Years[len(a.Years)-1]), cmp.Compare(b.Rows, a.Rows))
}

// TableSets are those that whoever runs the program has. One that is damaged is left out, unless there is no other.
func (h *Holdings) TableSets() (sets []TableSet, err error) {
	if h.Source.Tables == nil {
		return nil, nil
	}
	list, err := h.Source.Tables.List()
	for i := range list {
		sets = append(sets, TableSetOf(&list[i]))
	}
	if len(sets) > 0 {
		return sets, nil
	}
	return nil, err
}

// Lack is an economy or bloc of which flows are missing in a year.
type Lack struct {
	Label   string
	Members []string // without flows; nil where the whole has none
	Share   float64  // of the exports of the whole that these members have
}

// Years are those of the dataset, ascending.
func (h *Holdings) Years() []int { return h.Source.Dataset.Years() }

// About is what there is to cite before anything was asked.
func (h *Holdings) About() result.Provenance { return h.Source.Provenance() }

// Provenance cites the dataset and the program.
func (s *Source) Provenance() result.Provenance {
	m := s.Dataset.Manifest()
	return result.Provenance{Dataset: m.Name, Checksum: m.Checksum(), Release: m.Release, Nomenclature: string(m.Nomenclature), Source: m.Source,
		Licence: m.Licence, Citation: m.Citation, Exact: m.Exact, Synthetic: m.Synthetic, Program: s.Program, Command: s.Command}
}

// Products says how many products of those named, "" or all being those of the HS revision, are traded in a year, and how many
// there are. Where nobody knows how many there are, all is 0.
func (h *Holdings) Products(ctx context.Context, year int, named string) (held, all int, err error) {
	m := h.Source.Dataset.Manifest()
	if named = strings.TrimSpace(named); named == "" || strings.EqualFold(named, "all") {
		i := slices.IndexFunc(m.Years, func(y store.YearEntry) bool { return y.Year == year })
		if i < 0 {
			return 0, 0, fmt.Errorf("the dataset has no year %d", year)
		}
		return m.Years[i].Products, len(sector.ProductsOf(m.Nomenclature)), nil
	}
	codes, err := h.codes(named)
	if err != nil {
		return 0, 0, err
	}
	traded := map[string]bool{}
	err = h.margins(ctx, year, codes, func(product string, m store.Margins) error {
		traded[product] = len(m.Exporter) > 0
		return nil
	})
	for _, code := range codes {
		if traded[code] {
			held++
		}
	}
	return held, len(codes), err
}

// codes are the products that a text names, of the revision, not of the dataset: what the dataset lacks counts.
func (h *Holdings) codes(named string) ([]string, error) {
	if strings.HasPrefix(named, listPrefix) {
		selection, _, err := h.Source.ParseProducts(named)
		return selection.Codes(), err
	}
	products, err := ProductsOf(h.Source.Dataset.Manifest().Nomenclature)
	if err != nil {
		return nil, err
	}
	selection, err := trade.ParseProducts(named, products)
	return selection.Codes(), fault.Question(err)
}

// NoImports lists which of the economies and blocs of a selection have no imports in a year, in whole or in part. A member that
// neither imports nor exports is no part of what is judged.
func (h *Holdings) NoImports(ctx context.Context, year int, selection string) ([]Lack, error) {
	return h.lacks(selection, year, func(label string, codes trade.Set) (*Lack, error) {
		d := h.Source.Dataset
		switch missing := codes.Intersect(h.Source.AbsentCodes(year)); {
		case codes.Intersect(d.Importers(year)).Len() == 0:
			return &Lack{Label: label}, nil
		case missing.Len() > 0:
			return h.partly(ctx, year, label, missing, codes)
		}
		return nil, nil
	})
}

// NoExports lists which of them have no exports at all in a year.
func (h *Holdings) NoExports(year int, selection string) ([]Lack, error) {
	return h.lacks(selection, year, func(label string, codes trade.Set) (*Lack, error) {
		if codes.Intersect(h.Source.Dataset.Exporters(year)).Len() > 0 {
			return nil, nil
		}
		return &Lack{Label: label}, nil
	})
}

// World lists who exports in a year without importing anything; nil where there is nobody.
func (h *Holdings) World(ctx context.Context, year int) (*Lack, error) {
	exporters := h.Source.Dataset.Exporters(year)
	missing := h.Source.AbsentCodes(year)
	if missing.Len() == 0 {
		return nil, nil
	}
	return h.partly(ctx, year, "world", missing, exporters)
}

// Name is the name of an economy or bloc by its code; false where the text is no code. The id of a bloc that is a word of its own, such as
// ASEAN, stays.
func (h *Holdings) Name(label string) (string, bool) {
	return NameOf(label, h.Source.Blocs, h.Source.Dataset.Economies())
}

// NameOf is Name for some blocs and economies.
func NameOf(label string, blocs *trade.Blocs, economies *trade.Economies) (string, bool) {
	if b, ok := blocs.Get(label); ok {
		if first, _, _ := strings.Cut(b.Name, " "); strings.EqualFold(first, label) { // ADVANCED, advanced economies
			return strings.ToLower(first[:1]) + b.Name[1:], true
		}
		return b.Name, strings.ContainsAny(label, "0123456789")
	}
	m, ok := economies.ByLabel(label)
	if !ok {
		return "", false
	}
	name, _, _ := strings.Cut(m.Name, " (")
	return strings.TrimPrefix(name, "China, "), true // Hong Kong SAR, Macao SAR
}

func (h *Holdings) lacks(text string, year int, look func(label string, codes trade.Set) (*Lack, error)) (list []Lack, err error) {
	selection, err := trade.ParseSelection(text, h.Source.Dataset.Economies(), h.Source.Blocs)
	if err != nil {
		return nil, fault.Question(err)
	}
	for _, party := range selection.Parties {
		var codes trade.Set
		for _, g := range party.Any {
			codes = codes.Union(g.Codes(year))
		}
		l, err := look(party.Label, codes)
		if err != nil {
			return nil, err
		}
		if l != nil {
			list = append(list, *l)
		}
	}
	return list, nil
}

// partly says what part of the exports of a whole its missing members have, the largest first.
func (h *Holdings) partly(ctx context.Context, year int, label string, missing, whole trade.Set) (*Lack, error) {
	if h.exports[year] == nil {
		exports := map[trade.Code]float64{}
		err := h.margins(ctx, year, nil, func(_ string, m store.Margins) error {
			for i, c := range m.Exporter {
				exports[trade.Code(c)] += m.Exports[i]
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if h.exports == nil {
			h.exports = map[int]map[trade.Code]float64{}
		}
		h.exports[year] = exports
	}
	sum := func(s trade.Set) (x float64) {
		for _, c := range s.Codes() {
			x += h.exports[year][c]
		}
		return x
	}
	codes := missing.Codes()
	slices.SortStableFunc(codes, func(a, b trade.Code) int { return cmp.Compare(h.exports[year][b], h.exports[year][a]) })
	l := &Lack{Label: label, Share: sum(missing) / sum(whole)}
	for _, c := range codes {
		l.Members = append(l.Members, h.Source.Dataset.Economies().Label(c))
	}
	return l, nil
}

func (h *Holdings) margins(ctx context.Context, year int, products []string, take func(product string, m store.Margins) error) error {
	read := func(ctx context.Context) error {
		return h.Source.EngineOrFiles().Margins(ctx, year, products, trade.Set{}, take)
	}
	if h.Limit == nil {
		return read(ctx)
	}
	return h.Limit(ctx, read)
}
