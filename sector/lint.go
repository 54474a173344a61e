package sector

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"chokepoint/trade"
)

// Lint checks a list against the products of revisions. products returns the codes of one, sorted; nil is ProductsOf.
// Each fault is an *Error with file and line, in the order of the file.
func (l *List) Lint(products func(trade.Nomenclature) []string) []error {
	if products == nil {
		products = ProductsOf
	}
	var faults []error
	fail := func(e Entry, format string, args ...any) {
		faults = append(faults, &Error{l.File, e.Line, e.Code + ": " + fmt.Sprintf(format, args...)})
	}
	type place struct {
		code, sector string
		revision     trade.Nomenclature
	}
	first := map[place]int{}
	for _, e := range l.Entries {
		if e.Reason == "" {
			fail(e, "no reason; say why it is in %s", e.Sector)
		}
		var missing Revisions
		twice := 0
		for _, n := range e.Revisions.List() {
			if !known(e.Code, products(n)) {
				missing |= bit(n)
			}
			at := place{e.Code, e.Sector, n}
			if line, ok := first[at]; ok {
				twice = line
			} else {
				first[at] = e.Line
			}
		}
		if missing != 0 {
			fail(e, "no such product in %s", missing)
		}
		if twice > 0 {
			fail(e, "appears twice in sector %s, first in line %d", e.Sector, twice)
		}
	}
	return faults
}

// LintDataset checks the entries for the revision of a dataset against its own products, sorted. Codes that Lint already reports,
// as the revision does not have them, are left out.
func (l *List) LintDataset(dataset string, n trade.Nomenclature, products []string) []error {
	var faults []error
	for _, e := range l.Entries {
		if e.Revisions.Has(n) && known(e.Code, ProductsOf(n)) && !known(e.Code, products) {
			faults = append(faults, &Error{l.File, e.Line, fmt.Sprintf("%s: the dataset %s has no such product, though %s has", e.Code, dataset, n)})
		}
	}
	return faults
}

// known says whether a code, or one within a heading or chapter, is among products. A revision of which nothing is known is not judged.
func known(code string, products []string) bool {
	if len(products) == 0 {
		return true
	}
	i, _ := slices.BinarySearch(products, code)
	return i < len(products) && strings.HasPrefix(products[i], code)
}

// Overlap is two sectors, of one list or of two, that share products in a revision.
type Overlap struct {
	A, B     string // LIST/SECTOR
	Revision trade.Nomenclature
	Shared   []string
}

// Overlaps lists which sectors share products in a revision, those with most first. Lists without codes of it are left out.
func Overlaps(n trade.Nomenclature, lists ...*List) []Overlap {
	type part struct {
		list, label string
		products    []string
	}
	var parts []part
	for _, l := range lists {
		groups, err := l.Groups(string(n))
		if err != nil {
			continue
		}
		for _, g := range groups {
			parts = append(parts, part{l.ID, l.ID + "/" + g.ID, g.Products})
		}
	}
	var list []Overlap
	for i, a := range parts {
		for _, b := range parts[i+1:] {
			if shared := common(a.products, b.products); len(shared) > 0 {
				list = append(list, Overlap{a.label, b.label, n, shared})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Overlap) int { return cmp.Compare(len(b.Shared), len(a.Shared)) })
	return list
}

func common(a, b []string) []string {
	var both []string
	for _, code := range a {
		if _, ok := slices.BinarySearch(b, code); ok {
			both = append(both, code)
		}
	}
	return both
}
