package catalogue

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"chokepoint/fault"
	"chokepoint/result"
	"chokepoint/sector"
	"chokepoint/study"
	"chokepoint/trade"
)

// ProductsQuestion is the question products.
var ProductsQuestion = &study.Question{
	Name: "products", Short: "Find products by words, by code, by code of another revision, and by the lists that name them",
	Schemas: []study.Schema{ProductSchema},
	Long: `Find products in a dataset, best match first. Words are looked up in descriptions and in the reasons that product lists give for
their entries. Each must match the beginning of a word there, and a letter or two may be wrong. Codes may contain dots or blanks
(8507.60), be incomplete (85), be longer than six digits or lack their leading zero. If a code exists only in another revision of
the Harmonized System, the products that cover its goods are shown.`,
	Examples: []string{
		`chokepoint products "rare earth magnets"`,
		`chokepoint products 8507.60`,
		`chokepoint products lithium --format csv`,
	},
	Parameters: []study.Parameter{{Name: "words", Argument: 1, Required: true, Example: "magnets", Usage: "words of a description, or a code"}},
	Ask: func(_ context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		return Products(s, r.Own["words"])
	},
}

// Products finds the products of a dataset that words, or a code, may mean.
func Products(s *study.Source, words string) (*result.Table, error) {
	words = strings.TrimSpace(words)
	if len(WordsIn(words)) == 0 {
		return nil, fault.Questionf("words %q: expected a word or a code, for example magnets or 850511", words)
	}
	n := s.Dataset.Manifest().Nomenclature
	rows, gone := FindProducts(s.Dataset.Products(), n, words)
	t := ProductSchema.Table(fmt.Sprintf("Products for “%s”", study.Shortened(words)), rows)
	t.Provenance = s.Provenance()
	for _, code := range gone {
		t.Note("%s is a code of %s; no product of this dataset (%s) holds its goods", code.Code, code.Revision, n)
	}
	if len(rows) == 0 && len(gone) == 0 {
		t.Note("no product in this dataset matches; try fewer words, or the beginning of one")
	}
	return t, nil
}

// ProductRow is a product that a search found.
type ProductRow struct {
	Product, Description string
	Match                string // why it was found
	Rank                 int    // of the match; lower is better
	Guess                bool   // a letter or two of the words differ
}

// ProductSchema is the table of products.
var ProductSchema = result.NewSchema("products",
	result.TextField("product", "HS code in the dataset's revision.", func(r *ProductRow) string { return r.Product }),
	result.TextField("description", "Description in the Harmonized System.", func(r *ProductRow) string { return r.Description }),
	result.TextField("match", "Why it was found: by its description, its code, a code of another revision, or a list that names it.", func(r *ProductRow) string { return r.Match }),
	result.IntField("rank", "count", "How good the match is; 0 is best. Rows of equal rank are in the order of their codes.", func(r *ProductRow) int { return r.Rank }).AsDetail(),
).InOrder("the best match first")

// CodeOf is a code of a revision.
type CodeOf struct {
	Code     string
	Revision trade.Nomenclature
}

// FindProducts finds the products of revision n that a text may mean, best first. A text of digits is a code; gone are codes that only
// other revisions have and whose goods no product holds.
func FindProducts(products *trade.Products, n trade.Nomenclature, text string) (rows []ProductRow, gone []CodeOf) {
	if codes := codesIn(text); codes != nil {
		return findCodes(products, n, codes)
	}
	words := WordsIn(text)
	best := map[string]ProductRow{}
	add := func(code, match string, rank int, parts ...string) {
		p, known := products.Get(code)
		if old, ok := best[code]; known && rank >= 0 && (!ok || rank < old.Rank) {
			best[code] = ProductRow{code, p.Description, match, rank, !Begin(words, parts)}
		}
	}
	described := map[string][]string{}
	for _, p := range products.All() {
		described[p.Code] = WordsIn(p.Description)
		add(p.Code, "description", rankProduct(words, described[p.Code], nil, nil, descriptionWeight), described[p.Code]...)
	}
	for _, e := range listed(n) {
		for _, code := range codesUnder(products, e.code) {
			add(code, e.match, rankProduct(words, described[code], e.reason, e.sector, listWeight), slices.Concat(described[code], e.reason, e.sector)...)
		}
	}
	for _, row := range best {
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b ProductRow) int { return cmp.Or(a.Rank-b.Rank, strings.Compare(a.Product, b.Product)) })
	return rows, nil
}

// codesUnder are the products that a code of a list stands for.
func codesUnder(products *trade.Products, code string) []string {
	if len(code) >= 6 {
		return []string{code}
	}
	return products.Within(code)
}

// listEntry is an entry of a product list, with the words by which it is found.
type listEntry struct {
	code, match    string
	reason, sector []string
}

var listEntries sync.Map // trade.Nomenclature → []listEntry

// listed are the entries of the lists that come with the program, in a revision.
func listed(n trade.Nomenclature) []listEntry {
	if known, ok := listEntries.Load(n); ok {
		return known.([]listEntry)
	}
	var list []listEntry
	for _, name := range sector.Originals() {
		l, err := sector.OpenBuiltin(name)
		if err != nil {
			panic(err) // the lists are the program's
		}
		l, _ = l.Carry(n)
		names := map[string]string{}
		for _, s := range l.Sectors {
			names[s.ID] = s.Name
		}
		for _, e := range l.Entries {
			if e.Reason != "" && e.Revisions.Has(n) && l.Used(e) {
				list = append(list, listEntry{e.Code, fmt.Sprintf("list %s, %s: %s", name, names[e.Sector], e.Reason), WordsIn(e.Reason), WordsIn(names[e.Sector])})
			}
		}
	}
	listEntries.Store(n, list)
	return list
}

// codeQuery is a code, or the beginning of one, that a text may mean, and what was done to it.
type codeQuery struct{ digits, how string }

// codesIn reads a text as codes of the Harmonized System, as people write them: with dots or blanks (8507.60), longer than six
// digits (a tariff's), and without the zero that a spreadsheet drops (10121). A text with anything but digits is none.
func codesIn(text string) []codeQuery {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(". -\u00a0", r) {
			return -1
		}
		return r
	}, text)
	n := len(digits)
	switch {
	case n < 2 || strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' }):
		return nil
	case n > 6:
		return []codeQuery{{digits[:6], ", by its first six digits"}}
	case n%2 == 1:
		return []codeQuery{{digits, ""}, {"0" + digits, ", with its leading zero"}}
	}
	return []codeQuery{{digits, ""}}
}

// findCodes finds the products of codes: those of the dataset, or else what became of codes that only other revisions have.
func findCodes(products *trade.Products, n trade.Nomenclature, codes []codeQuery) (rows []ProductRow, gone []CodeOf) {
	for rank, c := range codes {
		for _, p := range products.All() {
			if strings.HasPrefix(p.Code, c.digits) {
				rows = append(rows, ProductRow{p.Code, p.Description, "code" + c.how, rank, false})
			}
		}
	}
	for _, c := range codes {
		if len(rows) == 0 && len(c.digits) >= 4 {
			rows, gone = findRevisions(products, n, c)
		}
	}
	return rows, gone
}

// findRevisions finds what holds the goods of codes that the dataset does not have, from the newest revision that has them.
func findRevisions(products *trade.Products, own trade.Nomenclature, c codeQuery) (rows []ProductRow, gone []CodeOf) {
	for _, n := range slices.Backward(trade.Nomenclatures()) {
		for _, code := range sector.ProductsOf(n) {
			if !strings.HasPrefix(code, c.digits) {
				continue
			}
			found := counterparts(products, code, n, own, c.how)
			for _, r := range found {
				if !slices.ContainsFunc(rows, func(other ProductRow) bool { return other.Product == r.Product }) {
					rows = append(rows, r)
				}
			}
			if len(found) == 0 {
				gone = append(gone, CodeOf{code, n})
			}
		}
		if len(rows)+len(gone) > 0 {
			return rows, gone
		}
	}
	return nil, nil
}

// counterparts are the products of a dataset that hold goods of a code of another revision.
func counterparts(products *trade.Products, code string, from, own trade.Nomenclature, how string) (rows []ProductRow) {
	x, err := sector.Correspond(code, from, own)
	if err != nil {
		return nil
	}
	for _, l := range x.Links {
		p, known := products.Get(l.Code)
		if !known {
			continue
		}
		says := "holds goods of"
		if len(x.Links) == 1 && len(l.With) == 0 {
			says = "is"
		}
		rows = append(rows, ProductRow{p.Code, p.Description, fmt.Sprintf("%s %s of %s%s", says, code, from, how), 0, false})
	}
	return rows
}
