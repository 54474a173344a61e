package study

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"chokepoint/indicator"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/trade"
)

// Absent are the economies that export in a year while the dataset has none of their imports. What they buy is missing in the exports
// of all others, and so in world totals and in shares of them. The zero value is nobody.
type Absent struct {
	Members []string // labels, the largest exporter first
	Exports float64  // what they sell to those whose imports are there, US dollars
	World   float64  // the exports of all to those
}

// Unseen is what they may buy, relative to the world exports that are there. They are taken to buy abroad as much as they sell, and
// to sell to one another the part of their exports that they sell to anybody else: with X what they sell and W the world exports that
// are there, X/(W−X). It stands for each product alike. docs/missing.md says how far it was off where the truth is known.
func (a *Absent) Unseen() indicator.Unseen {
	switch {
	case a == nil:
		return 0
	case a.Exports >= mostUnseen*(a.World-a.Exports):
		return mostUnseen
	}
	return indicator.Unseen(a.Exports / (a.World - a.Exports))
}

// mostUnseen is the largest estimate: a dataset of one importer, which sells little itself, says next to nothing of the world.
const mostUnseen = 99

// ShareOfImports is the estimate of their share in the world's imports.
func (a *Absent) ShareOfImports() float64 { return shareOf(a.Unseen()) }

func shareOf(u indicator.Unseen) float64 { return float64(u / (1 + u)) }

// minAbsent is the share of the year's exports that an economy must have for its missing imports to count.
const minAbsent = 0.001

// AbsentIn says whose imports a year lacks. It is nil where nobody's are missing, which takes no look at the flows.
func (s *Source) AbsentIn(ctx context.Context, year int) (*Absent, error) {
	type key struct{ absent int }
	codes := s.AbsentCodes(year)
	if codes.Len() == 0 {
		return nil, nil
	}
	return store.Remember(ctx, s.Dataset.Memory(), key{year}, (*Absent).size, func() (*Absent, error) { return s.readAbsent(ctx, year, codes) })
}

// size is what is remembered; the labels are the dataset's.
func (a *Absent) size() int64 {
	if a == nil {
		return 0
	}
	return store.SizeOf(*a) + store.SizeOfSlice(a.Members)
}

// AbsentCodes are those of economies that export in a year without importing under any code of theirs. Whatever says whose imports are
// missing asks here.
func (s *Source) AbsentCodes(year int) trade.Set {
	type key struct{ absentCodes int }
	absent, _ := store.Remember(context.Background(), s.Dataset.Memory(), key{year}, store.SizeOf[trade.Set], func() (absent trade.Set, err error) {
		economies, importing := s.Dataset.Economies(), map[string]bool{}
		for _, c := range s.Dataset.Importers(year).Codes() {
			importing[economies.Label(c)] = true
		}
		for _, c := range s.Dataset.Exporters(year).Codes() {
			if !importing[economies.Label(c)] {
				absent.Add(c)
			}
		}
		return absent, nil
	})
	return absent
}

func (s *Source) readAbsent(ctx context.Context, year int, codes trade.Set) (*Absent, error) {
	sold, a := map[string]float64{}, &Absent{}
	err := s.EngineOrFiles().Margins(ctx, year, nil, trade.Set{}, func(_ string, m store.Margins) error {
		a.World += m.World
		for i, c := range m.Exporter {
			if codes.Has(trade.Code(c)) {
				sold[s.Dataset.Economies().Label(trade.Code(c))] += m.Exports[i]
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for label, x := range sold {
		if x >= minAbsent*a.World {
			a.Members = append(a.Members, label)
		}
	}
	if a.Members == nil {
		return nil, nil
	}
	slices.SortFunc(a.Members, func(x, y string) int { return cmp.Or(cmp.Compare(sold[y], sold[x]), strings.Compare(x, y)) })
	for _, label := range a.Members {
		a.Exports += sold[label]
	}
	return a, nil
}

// Unseen is what importers may buy in a year asked for whose imports are missing; 0 where nobody's are.
func (st *Study) Unseen(year int) indicator.Unseen { return st.absent[year].Unseen() }

// LacksImporters says that world totals of a year asked for lack importers.
func (st *Study) LacksImporters() bool {
	return slices.ContainsFunc(st.Years, func(y int) bool { return st.absent[y] != nil })
}

// WorldLacks says whose imports are missing in the years asked for: what these buy is missing in the exports of all others, and so in
// world totals and shares. It says which way that leans, and how much it likely is.
func (st *Study) WorldLacks() (notes []result.Note) {
	sizes := map[string][]float64{}
	for _, y := range st.Years {
		a := st.absent[y]
		if a == nil {
			continue
		}
		key := strings.Join(a.Members, ",")
		sizes[key] = append(sizes[key], a.ShareOfImports())
		notes = addYear(notes, result.Note{Kind: result.PartialWorld, Status: result.Partial, Members: a.Members}, y)
	}
	for i := range notes {
		n := &notes[i]
		of := sizes[strings.Join(n.Members, ",")]
		n.Text = fmt.Sprintf("the imports of %s are missing in this dataset in %s, %s: world exports and what each economy exports are too low; shares in world exports are too high for those who sell less to these than others do, too low for those who sell more to them",
			strings.Join(n.Members, ", "), YearsText(n.Years), sizeText(slices.Min(of), slices.Max(of)))
	}
	return notes
}

// sizeText says how much of the world's imports is missing, with half and twice as much beside it: as far as the estimate was off
// where the truth is known.
func sizeText(least, most float64) string {
	if most >= shareOf(mostUnseen) {
		return "nearly all of world imports"
	}
	scaled := func(share, by float64) float64 {
		u := share / (1 - share)
		return 100 * shareOf(indicator.Unseen(by*u))
	}
	likely := fmt.Sprintf("%.0f %%", 100*least)
	if low, high := fmt.Sprintf("%.0f", 100*least), fmt.Sprintf("%.0f", 100*most); low != high {
		likely = low + " to " + high + " %"
	}
	return fmt.Sprintf("likely %s of world imports (an estimate from what they sell: %.0f to %.0f %%)", likely, scaled(least, 0.5), scaled(most, 2))
}
