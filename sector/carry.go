package sector

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"chokepoint/trade"
)

// Carried says how the codes of a list were converted to a revision that it has none of.
type Carried struct {
	From, To trade.Nomenclature
	Codes    map[Change]int // codes of the list by what became of them
	Products int            // taken in the other revision
	Mixed    []string       // of these: hold other goods too, but at least half of their trade is the list's
	LeftOut  []string       // products not taken: less than half is the list's, or nobody has published how much
	Lost     []string       // codes of the list of which nothing was taken
}

// String says it in a sentence or two.
func (c *Carried) String() string {
	var parts []string
	for _, change := range []Change{Same, Renumbered, Split, Merged, SplitAndMerged, None} {
		if n := c.Codes[change]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, cmp.Or(map[Change]string{None: "without counterpart"}[change], string(change))))
		}
	}
	text := fmt.Sprintf("it has no codes of %s; those of %s were converted by the tables between revisions: %s; %d products included", c.To, c.From, strings.Join(parts, ", "), c.Products)
	for _, x := range []struct {
		what string
		list []string
	}{{"hold other goods too, the lesser half", c.Mixed}, {"left out, as most of it is other goods or nobody says how much", c.LeftOut}, {"codes of the list of which nothing was taken", c.Lost}} {
		if len(x.list) > 0 {
			text += fmt.Sprintf("; %d %s: %s", len(x.list), x.what, codes(x.list))
		}
	}
	return text
}

// mostOf is the share of a product's trade that must be the list's where it holds other goods too.
const mostOf = 0.5

// Carry returns the part of the list that is used, converted to a revision that it has no codes of: from the nearest that it
// has, the older of two. Nothing is carried where it has codes of n.
func (l *List) Carry(n trade.Nomenclature) (*List, *Carried) {
	from, ok := l.nearest(n)
	if !ok || from == n {
		return l, nil
	}
	c := &Carried{From: from, To: n, Codes: map[Change]int{}}
	over := *l
	over.Entries = nil
	for _, s := range l.Sectors {
		over.Entries = append(over.Entries, l.carrySector(s.ID, c)...)
	}
	for _, list := range []*[]string{&c.Mixed, &c.LeftOut, &c.Lost} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return &over, c
}

func (l *List) nearest(n trade.Nomenclature) (best trade.Nomenclature, ok bool) {
	all, set := trade.Nomenclatures(), l.revisions()
	at := slices.Index(all, n)
	distance := len(all)
	for i, r := range all {
		if d := max(at-i, i-at); at >= 0 && set.Has(r) && d < distance {
			best, distance, ok = r, d, true
		}
	}
	return best, ok
}

// product is one of the other revision that holds goods of the sector.
type product struct {
	entry Entry
	with  []string // codes outside of the sector
	share float64  // of its trade that is of the sector; NaN unknown
}

func (l *List) carrySector(sector string, c *Carried) []Entry {
	of := map[string]Entry{} // codes of the sector
	for _, e := range l.Entries {
		if e.Sector != sector || !l.Used(e) || !e.Revisions.Has(c.From) {
			continue
		}
		for _, code := range expand(e.Code, ProductsOf(c.From)) {
			if old, twice := of[code]; !twice || old.Confidence < e.Confidence {
				of[code] = e
			}
		}
	}
	found := map[string]*product{}
	reached := map[string][]string{} // by code of the list
	for _, code := range sortedKeys(of) {
		x, err := Correspond(code, c.From, c.To)
		if err != nil { // a code that its own revision does not have: lint reports it
			c.Lost = append(c.Lost, code)
			continue
		}
		c.Codes[x.Change]++
		for _, t := range x.Links {
			p := found[t.Code]
			if p == nil {
				e := of[code]
				p = &product{entry: Entry{Code: t.Code, Revisions: bit(c.To), Sector: sector, Direction: e.Direction, Confidence: e.Confidence,
					Reason: fmt.Sprintf("%s of %s: %s", code, c.From, e.Reason), Line: e.Line}}
				found[t.Code] = p
				p.with = slices.DeleteFunc(slices.Clone(t.With), func(other string) bool { _, in := of[other]; return in })
			}
			p.share += t.Back
			p.entry.Confidence = min(p.entry.Confidence, of[code].Confidence)
			reached[code] = append(reached[code], t.Code)
		}
	}
	var entries []Entry
	taken := map[string]bool{}
	for _, code := range sortedKeys(found) {
		p := found[code]
		if len(p.with) > 0 && (math.IsNaN(p.share) || p.share < mostOf) {
			c.LeftOut = append(c.LeftOut, code)
			continue
		}
		if len(p.with) > 0 {
			c.Mixed = append(c.Mixed, code)
		}
		taken[code] = true
		entries = append(entries, p.entry)
	}
	c.Products += len(entries)
	for _, code := range sortedKeys(of) {
		if !slices.ContainsFunc(reached[code], func(p string) bool { return taken[p] }) {
			c.Lost = append(c.Lost, code)
		}
	}
	return entries
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
