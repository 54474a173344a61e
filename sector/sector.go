// Package sector holds product lists: which HS codes make a sector, from which source, and how sure that is. Some are
// embedded; users write their own.
//
// The package knows nothing of flows and datasets and must never import store, kernel, analysis or result.
package sector

import (
	"fmt"
	"slices"
	"strings"

	"chokepoint/spelling"
	"chokepoint/trade"
)

// List is a product list, or the part of one that its name asks for. It is not changed after it is read.
type List struct {
	ID, Name    string
	Version     string
	Date        string // of the version, YYYY-MM-DD
	Source      string
	Licence     string
	Description string
	Sectors     []Sector // in the order in which they are shown
	Entries     []Entry  // all of them, in the order of the file
	SHA256      string   // of header and entries as read
	Text        []byte   // header and entries as read, one after the other; nil of a list that the program makes
	File        string   // of the entries, for messages

	least     Confidence
	invisible []Invisible
	only      string   // sector or direction that the name asked for; "" for all
	madeOf    []string // lists that it is put together from
}

// Sector is a part of a list.
type Sector struct {
	ID, Name   string
	Directions map[string]string // names by id
}

// Entry says that a code belongs to a sector, in these revisions, and why.
type Entry struct {
	Code       string // six characters, a heading of four or a chapter of two digits
	Revisions  Revisions
	Sector     string
	Direction  string
	Confidence Confidence
	Reason     string
	Line       int // in the file
}

// Invisible is a good of a sector that a revision has no code for.
type Invisible struct {
	Sector, Direction, Good, Reason string

	revisions Revisions
}

// Confidence says how surely a code belongs to its sector.
type Confidence int

// The levels of confidence, ascending.
const (
	Low    Confidence = iota // a critical reader would leave it out
	Medium                   // the code holds much else, or the good is one step away
	High                     // the good is meant and the code holds mainly that good
)

var confidences = []string{"low", "medium", "high"}

func (c Confidence) String() string { return confidences[c] }

// ParseConfidence reads low, medium or high.
func ParseConfidence(text string) (Confidence, error) {
	i := slices.Index(confidences, strings.ToLower(strings.TrimSpace(text)))
	if i < 0 {
		return 0, fmt.Errorf("confidence %q: expected high, medium or low", text)
	}
	return Confidence(i), nil
}

// Group is the products of a sector in one revision.
type Group struct {
	ID, Name string
	Products []string // six characters, sorted, unique
}

// Label names the list and the part of it that is used, as Open reads it.
func (l *List) Label() string {
	label := l.ID
	if l.only != "" {
		label += "/" + l.only
	}
	return label + ":" + l.least.String()
}

// Confidence returns the lowest confidence of the entries that are used.
func (l *List) Confidence() Confidence { return l.least }

// Used says whether the name of the list asks for an entry of that sector, direction and confidence.
func (l *List) Used(e Entry) bool {
	return e.Confidence >= l.least && l.asked(e.Sector, e.Direction)
}

func (l *List) asked(sector, direction string) bool {
	return l.only == "" || l.only == sector || l.only == direction
}

// Groups returns the sectors in a revision with their products, in order; headings and chapters are written out. A sector of
// which the revision shows nothing has no products. A revision for which the list has no entry at all is an error.
func (l *List) Groups(revision string) ([]Group, error) { return l.GroupsIn(revision, nil) }

// GroupsIn is Groups with headings and chapters written out as some products, sorted, have them; nil is ProductsOf.
func (l *List) GroupsIn(revision string, products []string) ([]Group, error) {
	n, err := trade.ParseNomenclature(revision)
	if err != nil {
		return nil, err
	}
	if !l.revisions().Has(n) {
		return nil, fmt.Errorf("list %s has no codes of %s; it has %s", l.ID, n, l.revisions())
	}
	var groups []Group
	index := map[string]int{}
	for _, s := range l.Sectors {
		if l.asksAny(s) {
			index[s.ID] = len(groups)
			groups = append(groups, Group{ID: s.ID, Name: s.Name})
		}
	}
	if products == nil {
		products = ProductsOf(n)
	}
	for _, e := range l.Entries {
		if l.Used(e) && e.Revisions.Has(n) {
			g := &groups[index[e.Sector]]
			g.Products = append(g.Products, expand(e.Code, products)...)
		}
	}
	for i := range groups {
		slices.Sort(groups[i].Products)
		groups[i].Products = slices.Compact(groups[i].Products)
	}
	return groups, nil
}

// asksAny says whether a sector or one of its directions is asked for.
func (l *List) asksAny(s Sector) bool {
	_, ok := s.Directions[l.only]
	return ok || l.asked(s.ID, "") || slices.ContainsFunc(l.Entries, func(e Entry) bool { return e.Sector == s.ID && e.Direction == l.only })
}

// Products returns the products of all sectors in a revision, sorted, each once; none for a revision without entries.
func (l *List) Products(revision string) []string {
	groups, err := l.Groups(revision)
	if err != nil {
		return nil
	}
	var all []string
	for _, g := range groups {
		all = append(all, g.Products...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Invisible returns the goods that the list means and a revision cannot show, in the order of the file.
func (l *List) Invisible(revision string) []Invisible {
	n, err := trade.ParseNomenclature(revision)
	if err != nil {
		return nil
	}
	var list []Invisible
	for _, v := range l.invisible {
		if v.revisions.Has(n) && l.asked(v.Sector, v.Direction) {
			list = append(list, v)
		}
	}
	return list
}

// revisions returns those in which any entry stands, asked for or not.
func (l *List) revisions() Revisions {
	var all Revisions
	for _, e := range l.Entries {
		all |= e.Revisions
	}
	return all
}

// Revisions lists the revisions in which the list has codes.
func (l *List) Revisions() Revisions { return l.revisions() }

// part returns the part of a list that a name asks for: a sector or direction, and a least confidence; empty is no change.
func (l *List) part(only, least string) (*List, error) {
	p := *l
	if least != "" {
		c, err := ParseConfidence(least)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", l.ID, err)
		}
		p.least = c
	}
	if only == "" {
		return &p, nil
	}
	p.only = only
	if !slices.ContainsFunc(l.Sectors, p.asksAny) {
		var ids []string
		for _, s := range l.Sectors {
			ids = append(ids, s.ID)
		}
		return nil, fmt.Errorf("list %s has no sector %q; it has %s%s", l.ID, only, strings.Join(ids, ", "), spelling.Hint(only, ids))
	}
	return &p, nil
}

// AllInvisible returns the goods that some revision cannot show, in the order of the file.
func (l *List) AllInvisible() []Invisible {
	return slices.DeleteFunc(slices.Clone(l.invisible), func(v Invisible) bool { return !l.asked(v.Sector, v.Direction) })
}

// Revisions lists the revisions that cannot show the good.
func (v Invisible) Revisions() Revisions { return v.revisions }
