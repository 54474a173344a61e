package study

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

// List opens a product list that decides the answer.
func (s *Source) List(name string) (*sector.List, error) {
	l, err := s.OpenList(name)
	if err == nil {
		s.UseList(l)
	}
	return l, err
}

// withoutPrefix takes what follows it out of a selection of products: all,without:list:bec/primary.
const withoutPrefix = "without:"

// ParseProducts reads a selection of products: codes, product lists (list:crm), or both, with commas, and what is taken out of them
// (without:27, without:list:bec/primary). The notes say what a list has and the dataset lacks.
func (s *Source) ParseProducts(text string) (trade.ProductSelection, []result.Note, error) {
	var with, without []string
	for term := range strings.SplitSeq(text, ",") {
		if out, ok := strings.CutPrefix(strings.TrimSpace(term), withoutPrefix); ok {
			if without = append(without, out); strings.TrimSpace(out) == "" {
				return trade.ProductSelection{}, nil, fault.Questionf("products %q: empty product after without:; expected a code or a list, such as without:27", Shortened(text))
			}
		} else {
			with = append(with, term)
		}
	}
	chosen, notes, err := s.parseProducts(strings.Join(with, ","))
	if err != nil || len(without) == 0 {
		return chosen, notes, err
	}
	out, more, err := s.parseProducts(strings.Join(without, ","))
	if err != nil {
		return trade.ProductSelection{}, nil, fmt.Errorf("without: %w", err)
	}
	notes = append(notes, more...)
	var codes []string
	for _, p := range s.Dataset.Products().All() {
		if chosen.Has(p.Code) && !out.Has(p.Code) {
			codes = append(codes, p.Code)
		}
	}
	if len(codes) == 0 {
		return trade.ProductSelection{}, nil, fault.Questionf("products %q: nothing is left", Shortened(text))
	}
	chosen, err = trade.ParseProducts(strings.Join(codes, ","), s.Dataset.Products())
	return chosen, notes, err
}

// parseProducts is ParseProducts without what is taken out.
func (s *Source) parseProducts(text string) (trade.ProductSelection, []result.Note, error) {
	text = OrElse(text, "all")
	names, terms := SplitProducts(text)
	if len(names) == 0 {
		selection, err := ParseProducts(text, s.Dataset.Products(), s.Dataset.Manifest())
		return selection, nil, err
	}
	var codes []string
	var notes []result.Note
	for _, name := range names {
		groups, about, err := s.Groups(name)
		if err != nil {
			return trade.ProductSelection{}, nil, err
		}
		n := len(codes)
		for _, g := range groups {
			codes = append(codes, g.Products...)
		}
		if len(codes) == n {
			return trade.ProductSelection{}, nil, fmt.Errorf("list %s: the dataset has none of its products", name)
		}
		notes = append(notes, about...)
	}
	if terms != "" {
		others, err := ParseProducts(terms, s.Dataset.Products(), s.Dataset.Manifest())
		if err != nil || others.Codes() == nil {
			return others, notes, err
		}
		codes = append(codes, others.Codes()...)
	}
	selection, err := trade.ParseProducts(strings.Join(codes, ","), s.Dataset.Products())
	return selection, notes, err
}

// SplitProducts takes a selection of products apart: the names of product lists, and the rest, "" where lists are all.
func SplitProducts(text string) (lists []string, rest string) {
	var terms []string
	for term := range strings.SplitSeq(text, ",") {
		if name, isList := strings.CutPrefix(strings.TrimSpace(term), listPrefix); isList {
			lists = append(lists, name)
		} else {
			terms = append(terms, term)
		}
	}
	return lists, strings.Join(terms, ",")
}

// chosenPrefix makes a list of sectors out of a selection of products: products:8507,28,list:mic25/rail.
const chosenPrefix = "products:"

// mostChosen is how many terms of such a selection are sectors of their own; more of them are one sector together.
const mostChosen = 20

// ChosenGoods is the name of a list whose sectors are the terms of a selection of products.
func ChosenGoods(products string) string { return chosenPrefix + products }

// IsChosenGoods says whether the name of a list is of that kind.
func IsChosenGoods(name string) bool { return strings.HasPrefix(strings.TrimSpace(name), chosenPrefix) }

// chosenGroups are the sectors of a selection of products: each code, heading, chapter and sector of a list is one. What is packed, too long for
// that, or has something taken out of it, is one sector.
func (s *Source) chosenGroups(products string) (groups []ProductGroup, notes []result.Note, err error) {
	terms := strings.Split(products, ",")
	whole := len(terms) > mostChosen || slices.ContainsFunc(terms, func(term string) bool {
		term = strings.TrimSpace(term)
		return strings.HasPrefix(term, withoutPrefix) || trade.IsPacked(term) || strings.EqualFold(term, "all")
	})
	if whole {
		terms = []string{products}
	}
	for _, term := range terms {
		term = strings.TrimSpace(term)
		if name, isList := strings.CutPrefix(term, listPrefix); isList && !whole {
			sectors, about, err := s.Groups(name)
			if err != nil {
				return nil, nil, err
			}
			groups, notes = append(groups, sectors...), append(notes, about...)
			continue
		}
		selection, about, err := s.ParseProducts(term)
		if err != nil {
			return nil, nil, err
		}
		g := ProductGroup{ID: term, Name: s.nameOfChosen(term), Products: selection.Codes()}
		if selection.Codes() == nil { // all
			g.Products = CodesIn(s.Dataset.Products())
		}
		if whole {
			g.ID, g.Name = "chosen", fmt.Sprintf("%d chosen products", len(g.Products))
		}
		groups, notes = append(groups, g), append(notes, about...)
	}
	seen := map[string]bool{}
	for _, g := range groups {
		if seen[g.ID] {
			return nil, nil, fault.Questionf("list %s%s: %s is there twice; expected each sector once", chosenPrefix, Shortened(products), g.ID)
		}
		seen[g.ID] = true
	}
	return groups, notes, nil
}

// nameOfChosen names a code, heading or chapter.
func (s *Source) nameOfChosen(term string) string {
	if p, ok := s.Dataset.Products().Get(term); ok && p.Description != "" {
		return term + " " + Shortened(p.Description)
	}
	switch len(term) {
	case 2:
		return "Chapter " + term
	case 4:
		return "Heading " + term
	}
	return term
}

// Groups gives the sectors of a list in the dataset's revision, with notes on it.
func (s *Source) Groups(name string) ([]ProductGroup, []result.Note, error) {
	if products, chosen := strings.CutPrefix(strings.TrimSpace(name), chosenPrefix); chosen {
		return s.chosenGroups(products)
	}
	l, err := s.List(name)
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
	parts, err := l.DirectionsIn(revision, codes)
	if err != nil {
		return nil, nil, fault.Question(err)
	}
	var groups []ProductGroup
	var absent []string
	products := 0
	for _, g := range sectors {
		known, lacks := s.known(g)
		for _, part := range parts[g.ID] {
			p, _ := s.known(part)
			known.Parts = append(known.Parts, p)
		}
		groups, absent, products = append(groups, known), append(absent, lacks...), products+len(known.Products)
	}
	about := fmt.Sprintf("list %s, version %s of %s: %d products of %s in %d sectors; source: %s", l.Label(), OrElse(l.Version, "none"), OrElse(l.Date, "no date"), products, revision, len(groups), l.Source)
	if f := firstSentence(about, 600); f != about {
		about = f
	}
	notes := []result.Note{{Kind: result.Origin, Subject: l.Label(), Text: about + "; SHA-256 " + l.SHA256[:12]}}
	if carried != nil {
		notes = append(notes, result.Note{Kind: result.CodeChange, Subject: l.Label(), Text: fmt.Sprintf("list %s: %s", l.Label(), carried)})
	}
	if len(absent) > 0 {
		slices.Sort(absent)
		absent = slices.Compact(absent)
		codes := slices.Clone(absent)
		for i, code := range absent[:min(mostAbsent, len(absent))] {
			if of := sector.RevisionsOf(code); of != 0 && !of.Has(n) {
				absent[i] += " (of " + of.String() + ")"
			}
		}
		notes = append(notes, result.Note{Kind: result.FewProducts, Status: result.Partial, Subject: l.Label(), Products: codes,
			Text: fmt.Sprintf("%d codes of the list are not in the dataset: %s", len(absent), firstAbsent(absent))})
	}
	if hidden := all; len(hidden) > 0 {
		var goods []string
		for _, v := range hidden {
			goods = append(goods, v.Good)
		}
		notes = append(notes, result.Note{Kind: result.HiddenGoods, Status: result.Partial, Subject: l.Label(), Members: goods,
			Text: fmt.Sprintf("not visible in %s: %s", revision, strings.Join(goods, ", "))})
	}
	return groups, notes, nil
}

// mostAbsent is how many codes of a list that a dataset lacks a note names.
const mostAbsent = 10

// firstAbsent names the first codes and says how many more there are.
func firstAbsent(codes []string) string {
	named := strings.Join(codes[:min(mostAbsent, len(codes))], ", ")
	if more := len(codes) - mostAbsent; more > 0 {
		return fmt.Sprintf("%s and %d more", named, more)
	}
	return named
}

// ProductGroup is a sector: some products under a name.
type ProductGroup struct {
	ID, Name string
	Products []string
	Parts    []ProductGroup // its directions, where the list has several
}

// known is a group with the products that the dataset has, and those that it lacks.
func (s *Source) known(g sector.Group) (known ProductGroup, absent []string) {
	known = ProductGroup{ID: g.ID, Name: g.Name}
	for _, code := range g.Products {
		if _, ok := s.Dataset.Products().Get(code); ok {
			known.Products = append(known.Products, code)
		} else {
			absent = append(absent, code)
		}
	}
	return known, absent
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

// OpenList opens a product list by name or, where the question may open files, a user's.
func (s *Source) OpenList(name string) (*sector.List, error) {
	open := sector.OpenBuiltin
	if s.Files != nil {
		open = sector.Open
	}
	l, err := open(name)
	return l, fault.Question(err)
}

func (s *Source) UseList(l *sector.List) {
	if l.Text == nil {
		s.uses(result.Definition{Kind: "list", ID: l.ID, SHA256: l.SHA256})
		return
	}
	s.Use("list", l.ID, l.Text)
}

// UseStages tells s that the list of stages decides the answer.
func (s *Source) UseStages() { s.UseList(stageList()) }

func stageList() *sector.List {
	l, err := sector.OpenBuiltin("bec")
	if err != nil {
		panic(err) // the list is the program's
	}
	return l
}

// StageSource names the list of stages.
func StageSource() string {
	l := stageList()
	return fmt.Sprintf("stages of list %s, version %s of %s; source: %s", l.ID, l.Version, l.Date, l.Source)
}
