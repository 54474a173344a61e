package analysis

import (
	"fmt"
	"slices"
	"strings"

	"chokepoint/fault"
	"chokepoint/result"
	"chokepoint/sector"
	"chokepoint/trade"
)

// listPrefix says that a selection of products is a product list: list:mic25, list:mic25/rail.
const listPrefix = "list:"

// list opens a product list that decides the answer.
func (s *Source) list(name string) (*sector.List, error) {
	l, err := s.openList(name)
	if err == nil {
		s.useList(l)
	}
	return l, err
}

func (s *Source) useList(l *sector.List) {
	if l.Text == nil {
		s.uses(result.Definition{Kind: "list", ID: l.ID, SHA256: l.SHA256})
		return
	}
	s.Use("list", l.ID, l.Text)
}

// openList opens a product list by name or, where the question may open files, a user's.
func (s *Source) openList(name string) (*sector.List, error) {
	open := sector.OpenBuiltin
	if s.Files != nil {
		open = sector.Open
	}
	l, err := open(name)
	return l, fault.Question(err)
}

// parseProducts reads a selection of products, which may be a product list. The notes say what the list has and the dataset lacks.
func (s *Source) parseProducts(text string) (trade.ProductSelection, []string, error) {
	text = orElse(text, "all")
	name, isList := strings.CutPrefix(strings.TrimSpace(text), listPrefix)
	if !isList {
		selection, err := ParseProducts(text, s.Dataset.Products(), s.Dataset.Manifest())
		return selection, nil, err
	}
	groups, notes, err := s.groups(name)
	if err != nil {
		return trade.ProductSelection{}, nil, err
	}
	var codes []string
	for _, g := range groups {
		codes = append(codes, g.products...)
	}
	if len(codes) == 0 {
		return trade.ProductSelection{}, nil, fmt.Errorf("list %s: the dataset has none of its products", name)
	}
	selection, err := trade.ParseProducts(strings.Join(codes, ","), s.Dataset.Products())
	return selection, notes, err
}

// groups gives the sectors of a list in the dataset's revision, with notes on it.
func (s *Source) groups(name string) ([]group, []string, error) {
	l, err := s.list(name)
	if err != nil {
		return nil, nil, err
	}
	n := s.Dataset.Manifest().Nomenclature
	revision := string(n)
	all := l.Invisible(revision)
	l, carried := l.Carry(n)
	var codes []string
	for _, p := range s.Dataset.Products().All() {
		codes = append(codes, p.Code)
	}
	slices.Sort(codes)
	sectors, err := l.GroupsIn(revision, codes)
	if err != nil {
		return nil, nil, fault.Question(err)
	}
	var groups []group
	var absent []string
	products := 0
	for _, g := range sectors {
		known := group{id: g.ID, name: g.Name}
		for _, code := range g.Products {
			if _, ok := s.Dataset.Products().Get(code); ok {
				known.products = append(known.products, code)
				products++
			} else {
				absent = append(absent, code)
			}
		}
		groups = append(groups, known)
	}
	about := fmt.Sprintf("list %s, version %s of %s: %d products of %s in %d sectors; source: %s", l.Label(), orElse(l.Version, "none"), orElse(l.Date, "no date"), products, revision, len(groups), l.Source)
	if f := firstSentence(about, 600); f != about {
		about = f
	}
	notes := []string{about + "; SHA-256 " + l.SHA256[:12]}
	if carried != nil {
		notes = append(notes, fmt.Sprintf("list %s: %s", l.Label(), carried))
	}
	if len(absent) > 0 {
		slices.Sort(absent)
		absent = slices.Compact(absent)
		for i, code := range absent[:min(10, len(absent))] {
			if of := sector.RevisionsOf(code); of != 0 && !of.Has(n) {
				absent[i] += " (of " + of.String() + ")"
			}
		}
		notes = append(notes, fmt.Sprintf("%d codes of the list are not in the dataset: %s", len(absent), strings.Join(absent[:min(10, len(absent))], ", ")))
	}
	if hidden := all; len(hidden) > 0 {
		var goods []string
		for _, v := range hidden {
			goods = append(goods, v.Good)
		}
		notes = append(notes, fmt.Sprintf("not visible in %s: %s", revision, strings.Join(goods, ", ")))
	}
	return groups, notes, nil
}

func firstSentence(text string, most int) string {
	if len(text) <= most {
		return text
	}
	if i := strings.LastIndex(text[:most], "; "); i > 0 {
		return text[:i]
	}
	return text[:most]
}

// Lists is the table of product lists.
func Lists() *result.Table {
	columns := []*result.Column{result.TextColumn("list", "Name in --list and, after list:, in --products."), result.TextColumn("name", "What it is."), result.TextColumn("revisions", "HS revisions in which it has codes."),
		result.TextColumn("confidence", "Least confidence of the entries that are used unless the name asks for another."), result.TextColumn("date", "Of the version."), result.TextColumn("source", "Where it comes from.")}
	sectors, entries := result.IntColumn("sectors", "count", "Sectors."), result.IntColumn("entries", "count", "Entries of all confidences.")
	t := result.New("lists", "Product lists", append(slices.Clone(columns[:3]), append([]*result.Column{sectors, entries}, columns[3:]...)...)...)
	for _, name := range sector.Builtin() {
		l, err := sector.OpenBuiltin(name)
		if err != nil {
			panic(err) // the names are those of the program
		}
		for i, text := range []string{l.ID, l.Name, l.Revisions().String(), l.Confidence().String(), l.Date, l.Source} {
			columns[i].AppendText(text)
		}
		sectors.AppendInt(int64(len(l.Sectors)))
		entries.AppendInt(int64(len(l.Entries)))
	}
	return t
}

// ListEntries is the table of a list's entries, and of the goods that revisions cannot show.
func ListEntries(l *sector.List) *result.Table {
	names := []string{"code", "revisions", "sector", "direction", "confidence", "used", "reason", "changes"}
	texts := []string{"HS code: six characters, a heading or a chapter; - for a good that the revisions cannot show.", "HS revisions for which the entry stands.", "Sector.", "Sub-direction of the sector.",
		"high: the good is meant and the code holds mainly it; medium: much else, or one step away; low: a critical reader would leave it out.", "Whether the list as named uses the entry.", "Why.",
		"Where the code is not the same in all these revisions, what came before the first and what became of it after the last; empty for headings and chapters."}
	var columns []*result.Column
	for i, name := range names {
		columns = append(columns, result.TextColumn(name, texts[i]))
	}
	t := result.New("list", l.Name+" ("+l.Label()+")", columns...)
	add := func(values ...string) {
		for i, v := range values {
			columns[i].AppendText(v)
		}
	}
	for _, e := range l.Entries {
		add(e.Code, e.Revisions.String(), e.Sector, e.Direction, e.Confidence.String(), map[bool]string{true: "yes", false: "no"}[l.Used(e)], e.Reason, sector.ChangesOf(e))
	}
	for _, v := range l.AllInvisible() {
		add("-", v.Revisions().String(), v.Sector, v.Direction, "-", "no", "not visible: "+v.Good+": "+v.Reason, "")
	}
	t.Note("source: %s", l.Source)
	if l.Description != "" {
		t.Note("%s", strings.Join(strings.Fields(l.Description), " "))
	}
	return t
}
