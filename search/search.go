// Package search finds what can be asked about by the words that people use: goods, product lists and their sectors, economies, blocs,
// pairs of them, definitions and policies.
package search

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"chokepoint/catalogue"
	"chokepoint/method"
	"chokepoint/policy"
	"chokepoint/sector"
	"chokepoint/trade"
)

// Kind is what was found.
type Kind string

// The kinds, in the order in which equal matches stand.
const (
	Pair       Kind = "pair"
	Bought     Kind = "goods of an economy" // or of a bloc
	Economy    Kind = "economy"
	Bloc       Kind = "bloc"
	Goods      Kind = "goods"
	List       Kind = "list"
	Product    Kind = "product"
	Definition Kind = "definition"
	Policy     Kind = "policy"
	Elsewhere  Kind = "not here" // a code whose goods no product of the dataset holds
)

var kinds = []Kind{Pair, Bought, Economy, Bloc, Goods, List, Product, Definition, Policy, Elsewhere}

// Hit is one thing that was found, with the choice that it stands for: what to give for importers, partners, products, method or policy.
type Hit struct {
	Kind                                          Kind
	ID, Name                                      string
	Match                                         string // why it was found, where its name does not show that
	Importers, Partners, Products, Method, Policy string
	Guess                                         bool // a letter or two differ
	rank                                          int  // lower is better
}

// Scope is what is searched in: what a dataset has, and the blocs.
type Scope struct {
	Products     *trade.Products
	Nomenclature trade.Nomenclature
	Economies    *trade.Economies
	Blocs        *trade.Blocs
}

// Ranks beside those of single words.
const (
	whole   = -1000 // all that was asked for, and nothing else
	joined  = -2000 // a pair, or an economy and goods
	aside   = 1000  // an economy and goods, where the text as a whole means something
	mostOf  = 5     // goods that are shown for a pair
	ordered = 8     // how far an everyday word stands before a description
)

// Find finds what a text may mean, best first. What differs by a letter is found where nothing else is, and is a guess; so is what
// lacks the first or the last of several words.
func (s *Scope) Find(text string) []Hit {
	words := catalogue.WordsIn(text)
	hits := s.find(strings.TrimSpace(text), words)
	if n := len(words); len(hits) == 0 && n > 1 {
		for _, fewer := range [][]string{words[1:], words[:n-1]} {
			hits = append(hits, s.find(strings.Join(fewer, " "), fewer)...)
		}
		for i := range hits {
			hits[i].Guess = true
		}
		hits = distinct(hits)
	}
	return hits
}

func (s *Scope) find(text string, words []string) []Hit {
	if len(words) == 0 {
		return nil
	}
	hits := s.plain(text, words)
	exact := slices.ContainsFunc(hits, func(h Hit) bool { return !h.Guess })
	hits = append(hits, s.together(text, exact)...)
	if slices.ContainsFunc(hits, func(h Hit) bool { return !h.Guess }) {
		hits = slices.DeleteFunc(hits, func(h Hit) bool { return h.Guess })
	}
	slices.SortStableFunc(hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)), strings.Compare(a.ID, b.ID))
	})
	return distinct(hits)
}

// distinct leaves out what stands for the same choice as one before it.
func distinct(hits []Hit) (list []Hit) {
	seen := map[string]bool{}
	for _, h := range hits {
		key := fmt.Sprintf("%q", []string{h.Importers, h.Partners, h.Products, h.Method, h.Policy, h.ID})
		if h.Kind != Elsewhere && h.Kind != Policy && h.Kind != Definition {
			key = fmt.Sprintf("%q", []string{h.Importers, h.Partners, h.Products})
		}
		if !seen[key] {
			seen[key] = true
			list = append(list, h)
		}
	}
	return list
}

// numbered is a code that is called by what it is: chapter 28, heading 85.07, HS 850760.
var numbered = regexp.MustCompile(`(?i)^(?:hs\s*)?(?:code|chapter|heading|subheading)?\s*([0-9][0-9. ]*)$`)

// plain finds single things.
func (s *Scope) plain(text string, words []string) []Hit {
	if m := numbered.FindStringSubmatch(text); m != nil && m[1] != text {
		if text = m[1]; len(text) == 1 { // chapter 1
			text = "0" + text
		}
		words = catalogue.WordsIn(text)
	}
	hits := s.goods(words)
	hits = append(hits, s.codes(text)...)
	if !strings.ContainsFunc(text, unicode.IsLetter) {
		if len(hits) > 0 {
			return hits
		}
	} else {
		hits = append(hits, lists(words)...)
		hits = append(hits, rules(words)...)
	}
	return append(hits, s.parties(words)...)
}

// named adds a hit if one of its names fits.
func named(hits []Hit, words []string, weight int, h Hit, names ...string) []Hit {
	found := false
	for _, name := range names {
		parts := catalogue.WordsIn(name)
		rank := catalogue.Rank(words, name, weight)
		if rank < 0 {
			continue
		}
		guess := !catalogue.Begin(words, parts)
		if slices.Equal(words, parts) {
			rank += whole
		}
		if !found || guess == h.Guess && rank < h.rank || h.Guess && !guess {
			h.rank, h.Guess, found = rank, guess, true
		}
	}
	if found {
		hits = append(hits, h)
	}
	return hits
}

// goods finds goods by everyday words.
func (s *Scope) goods(words []string) (hits []Hit) {
	for i := range Builtin().Goods {
		g := &Builtin().Goods[i]
		found := named(nil, words, catalogue.EconomyWeight, Hit{Kind: Goods}, g.Names...)
		if len(found) == 0 {
			continue
		}
		h := found[0]
		h.rank -= ordered
		name := g.called(words)
		if g.List != "" {
			h.Kind, h.ID, h.Name, h.Products, h.Match = List, g.List, name, g.List, "a product list"
			hits = append(hits, h)
			continue
		}
		codes, part := g.in(s.Products, s.Nomenclature)
		if len(codes) == 0 {
			h.Kind, h.ID, h.Name = Elsewhere, strings.Join(g.Codes, ","), fmt.Sprintf("%s: codes of %s; no product of this dataset (%s) holds these goods", name, g.Revision, s.Nomenclature)
			hits = append(hits, h)
			continue
		}
		h.ID, h.Products, h.Name = strings.Join(codes, ","), strings.Join(codes, ","), name
		if part {
			h.Match = "with other goods of the code"
		}
		hits = append(hits, h)
	}
	return hits
}

// called is the name of a good that was asked for, where it is one of several, and its usual one otherwise.
func (g *Good) called(words []string) string {
	name := g.Names[0]
	for _, other := range g.Names[1:] {
		if slices.Equal(words, catalogue.WordsIn(other)) {
			name = other
		}
	}
	if len(name) > 1 && unicode.IsUpper(rune(name[1])) { // iPhones
		return name
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// codes finds products by code, by description and by the lists that name them; of a chapter or heading, the whole first.
func (s *Scope) codes(text string) (hits []Hit) {
	products, gone := catalogue.FindProducts(s.Products, s.Nomenclature, text)
	digits := strings.NewReplacer(".", "", " ", "", "-", "").Replace(text)
	if n := len(digits); (n == 2 || n == 4) && strings.Trim(digits, "0123456789") == "" && len(s.Products.Within(digits)) > 1 {
		hits = append(hits, Hit{Kind: Product, ID: digits, Name: GroupName(s.Products, digits), Products: digits, rank: whole, Match: fmt.Sprintf("%d products", len(s.Products.Within(digits)))})
	}
	for _, p := range products {
		h := Hit{Kind: Product, ID: p.Product, Name: p.Description, Products: p.Product, rank: p.Rank, Guess: p.Guess}
		if p.Match != "description" && p.Match != "code" {
			h.Match = p.Match
		}
		hits = append(hits, h)
	}
	for _, c := range gone {
		hits = append(hits, Hit{Kind: Elsewhere, ID: c.Code, Name: fmt.Sprintf("is a code of %s; no product of this dataset (%s) holds its goods", c.Revision, s.Nomenclature)})
	}
	return hits
}

// GroupName names a chapter or heading by what the descriptions of its products begin with; the dataset has no names of its own.
func GroupName(products *trade.Products, code string) string {
	what := "Heading"
	if len(code) == 2 {
		what = "Chapter"
	}
	var names []string
	for _, full := range products.Within(code) {
		p, _ := products.Get(full)
		name, _, _ := strings.Cut(p.Description, ":")
		if name, _, _ = strings.Cut(name, " ("); name != "" && !slices.ContainsFunc(names, func(before string) bool { return strings.HasPrefix(name, before) }) {
			names = append(names, name)
		}
	}
	text := what + " " + code
	if len(names) > 0 {
		text += ": " + strings.Join(names[:min(3, len(names))], "; ")
		if len(names) > 3 {
			text += " and others"
		}
	}
	return text
}

// lists finds product lists and their sectors.
func lists(words []string) (hits []Hit) {
	for _, id := range sector.Builtin() {
		l, err := sector.OpenBuiltin(id)
		if err != nil {
			panic(err) // the lists are the program's
		}
		hits = named(hits, words, catalogue.BlocWeight, Hit{Kind: List, ID: "list:" + id, Name: l.Name, Products: "list:" + id, Match: "a product list"}, id, l.Name)
		for i, x := range l.Sectors {
			names := []string{x.ID, x.Name}
			if id == "hs-sections" {
				names = append(names, "section "+x.ID, "section "+strconv.Itoa(i+1))
			}
			hits = named(hits, words, catalogue.BlocWeight+1, Hit{Kind: List, ID: "list:" + id + "/" + x.ID, Name: x.Name, Products: "list:" + id + "/" + x.ID, Match: "a sector of list " + id}, names...)
		}
	}
	return hits
}

// rules finds definitions and policies.
func rules(words []string) (hits []Hit) {
	for _, m := range method.Builtin() {
		hits = named(hits, words, catalogue.BlocWeight+1, Hit{Kind: Definition, ID: m.ID, Name: m.Title, Method: m.ID}, m.ID, m.Title)
	}
	for _, p := range policy.IndustrialPolicies() {
		hits = named(hits, words, catalogue.BlocWeight+1, Hit{Kind: Policy, ID: p.ID, Name: p.Name, Policy: p.ID, Match: p.Economy + ", " + p.Date}, p.ID, p.Name)
	}
	return hits
}

// parties finds economies and blocs.
func (s *Scope) parties(words []string) (hits []Hit) {
	for _, e := range s.Economies.All() {
		label := s.Economies.Label(e.Code)
		hits = named(hits, words, catalogue.EconomyWeight, Hit{Kind: Economy, ID: label, Name: shortName(e.Name), Importers: label}, append(s.Economies.Names(e.Code), e.ISO3, e.ISO2)...)
	}
	for _, b := range s.Blocs.All() {
		hits = named(hits, words, catalogue.BlocWeight, Hit{Kind: Bloc, ID: b.ID, Name: b.Name, Importers: b.ID}, append([]string{b.ID, b.Name}, b.Aliases...)...)
	}
	return hits
}

// shortName drops what only a code list needs.
func shortName(name string) string {
	name, _, _ = strings.Cut(name, " (")
	return name
}
