package world

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"chokepoint/store"
	"chokepoint/trade"
)

// Split says how a dataset that is made of the panel divides its flows.
type Split struct {
	Name  string
	Lines int  // so many products, of its heading, for each product of the panel; every flow goes to one to three of them
	Month bool // every flow goes to a month of its year
}

// Splits are the datasets that show how questions grow: more products in the last year, and a month of each flow in place of its year.
var Splits = []Split{{Name: "lines-15000", Lines: 3}, {Name: "lines-50000", Lines: 10}, {Name: "months", Month: true}}

// SplitNamed is the split of a name.
func SplitNamed(name string) (Split, bool) {
	i := slices.IndexFunc(Splits, func(s Split) bool { return s.Name == name })
	if i < 0 {
		return Split{}, false
	}
	return Splits[i], true
}

// Make makes the dataset of a split beside the panel, unless it is there.
func (s Split) Make(ctx context.Context, data string, say func(string)) error {
	if there, err := isThere(data, s.Name); there || err != nil {
		return err
	}
	panel, err := store.Open(data, Dataset)
	if err != nil {
		return err
	}
	defer panel.Close()
	draft, err := store.Create(data, s.Name, false)
	if err != nil {
		return err
	}
	if err := errors.Join(s.fill(ctx, draft, panel, say), ctx.Err()); err != nil {
		return errors.Join(err, draft.Abort())
	}
	m := panel.Manifest()
	return draft.Commit(store.Manifest{Title: "Synthetic panel of the benchmarks, " + s.Name, Source: m.Source, Release: m.Release, Nomenclature: m.Nomenclature,
		Licence: m.Licence, Citation: m.Citation, Synthetic: true, ProgramVersion: m.ProgramVersion})
}

func (s Split) fill(ctx context.Context, draft *store.Draft, panel *store.Dataset, say func(string)) error {
	products, codes := s.products(panel)
	if err := errors.Join(draft.SetEconomies(panel.Economies().All()), draft.SetProducts(products)); err != nil {
		return err
	}
	years := panel.Years()
	if !s.Month {
		years = years[len(years)-1:]
	}
	for _, y := range years {
		if err := ctx.Err(); err != nil {
			return err
		}
		year, err := panel.Year(y)
		if err != nil {
			return err
		}
		periods := []int{y}
		if s.Month {
			periods = periods[:0]
			for m := range 12 {
				periods = append(periods, 100*y+m+1)
			}
		}
		for i, p := range periods {
			if err := s.period(draft, year, p, i, len(periods), codes); err != nil {
				return err
			}
		}
		say(fmt.Sprintf("%s: %d made", s.Name, y))
	}
	return nil
}

// products are those of the split, and by product of the panel the codes of those that it becomes.
func (s Split) products(panel *store.Dataset) (products []trade.Product, codes map[string][]string) {
	codes = map[string][]string{}
	inHeading := map[string]int{}
	for _, p := range panel.Products().All() {
		if s.Month {
			codes[p.Code], products = []string{p.Code}, append(products, p)
			continue
		}
		heading := p.Code[:4]
		for range s.Lines {
			n := inHeading[heading]
			inHeading[heading]++
			line := trade.Product{Code: heading + lineOf(n), Description: fmt.Sprintf("%s, line %d", p.Description, n+1)}
			codes[p.Code], products = append(codes[p.Code], line.Code), append(products, line)
		}
	}
	return products, codes
}

// lineOf is the place of a product within its heading as two characters, in order.
func lineOf(n int) string {
	const characters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	return string([]byte{characters[n/len(characters)], characters[n%len(characters)]})
}

// part is some flows of a product.
type part struct {
	importer, exporter []uint16
	value, quantity    []float64
}

// period writes what of a year's flows falls into the nth of so many periods.
func (s Split) period(draft *store.Draft, year *store.Year, period, nth, of int, codes map[string][]string) error {
	w, err := draft.Year(period, true)
	if err != nil {
		return err
	}
	for i := range year.Len() {
		flows := year.Flows(i)
		lines := codes[flows.Product]
		parts := make([]part, len(lines))
		for k := range flows.Value {
			h := hash(uint64(flows.Importer[k])<<32 | uint64(flows.Exporter[k])<<16 | uint64(i))
			if int(h%uint64(of)) != nth {
				continue
			}
			n := min(1+int(h>>8%3), len(lines), int(flows.Value[k]))
			share := float64(int(flows.Value[k]) / n)
			for j := range n {
				to := &parts[(int(h>>16)+j)%len(lines)]
				v := share
				if j == 0 {
					v = flows.Value[k] - share*float64(n-1)
				}
				to.importer, to.exporter = append(to.importer, flows.Importer[k]), append(to.exporter, flows.Exporter[k])
				to.value, to.quantity = append(to.value, v), append(to.quantity, flows.Quantity[k]*v/flows.Value[k])
			}
		}
		for j, p := range parts {
			if len(p.value) == 0 {
				continue
			}
			if err := w.Append(lines[j], p.importer, p.exporter, p.value, p.quantity); err != nil {
				return err
			}
		}
	}
	return draft.CloseYear(w)
}

// hash mixes the bits of a number (Steele, Lea and Flood 2014, SplitMix64).
func hash(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
