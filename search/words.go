package search

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"chokepoint/datafile"
	"chokepoint/sector"
	"chokepoint/textfile"
	"chokepoint/trade"
)

//go:embed words.csv
var wordsCSV []byte

//go:embed words.toml
var wordsTOML []byte

// Words are everyday words for goods, with the codes that hold them.
type Words struct {
	Title   string   `toml:"title"`
	Version string   `toml:"version"`
	Date    string   `toml:"date"`
	Sources []Source `toml:"source"`
	Goods   []Good   `toml:"-"`
	SHA256  string   `toml:"-"`
}

// Source is where words come from.
type Source struct {
	ID    string `toml:"id"`
	Title string `toml:"title"`
}

// Good is a line of the file: a good by the names that people give it.
type Good struct {
	Names     []string           // the usual one first
	Codes     []string           // codes, headings and chapters; empty where List stands
	List      string             // a selection such as list:mic25/nev
	Revision  trade.Nomenclature // of the codes
	Part      bool               // the codes hold other goods too
	Described []string           // each code's description has one of these words
	Source    string
}

// builtin are the words that come with the program.
var builtin = sync.OnceValue(func() *Words {
	w, err := parseWords(wordsTOML, wordsCSV)
	if err != nil {
		panic(err) // the file is the program's
	}
	return w
})

// Builtin returns the words that come with the program. They must not be changed.
func Builtin() *Words { return builtin() }

func parseWords(head, lines []byte) (*Words, error) {
	w := &Words{SHA256: datafile.Sum(slices.Concat(head, lines))}
	if err := datafile.TOML("words.toml", head, w); err != nil {
		return nil, err
	}
	t := textfile.NewTable("words.csv", lines)
	if err := t.Header([]string{"words", "products", "revision", "fit", "described", "source"}, nil, nil); err != nil {
		return nil, err
	}
	seen := map[string]int{}
	err := t.Each(func(line int, field func(string) string) error {
		g, err := w.good(field)
		if err != nil {
			return t.Fail("%v", err)
		}
		for _, name := range g.Names {
			key := strings.ToLower(name)
			if at, twice := seen[key]; twice {
				return t.Fail("%q is already in line %d", name, at)
			}
			seen[key] = line
		}
		w.Goods = append(w.Goods, g)
		return nil
	})
	return w, err
}

// good reads a line.
func (w *Words) good(field func(string) string) (g Good, err error) {
	for name := range strings.SplitSeq(field("words"), ";") {
		if name = strings.TrimSpace(name); name == "" {
			return g, fmt.Errorf("words %q: expected names between semicolons", field("words"))
		}
		g.Names = append(g.Names, name)
	}
	switch fit := field("fit"); fit {
	case "named", "part":
		g.Part = fit == "part"
	default:
		return g, fmt.Errorf("fit %q: expected named or part", fit)
	}
	g.Source, g.Described = field("source"), strings.Fields(strings.ToLower(field("described")))
	if !slices.ContainsFunc(w.Sources, func(s Source) bool { return s.ID == g.Source }) {
		return g, fmt.Errorf("source %q: words.toml has none of that id", g.Source)
	}
	products := field("products")
	if strings.HasPrefix(products, "list:") {
		g.List = products
		_, err := sector.OpenBuiltin(strings.TrimPrefix(products, "list:"))
		return g, err
	}
	g.Revision, g.Codes = trade.Nomenclature(field("revision")), strings.Fields(products)
	if !slices.Contains(trade.Nomenclatures(), g.Revision) {
		return g, fmt.Errorf("revision %q: expected one of %v", g.Revision, trade.Nomenclatures())
	}
	for _, code := range g.Codes {
		if len(under(code, g.Revision)) == 0 {
			return g, fmt.Errorf("%s has no code that begins with %s", g.Revision, code)
		}
	}
	if len(g.Codes) == 0 {
		return g, fmt.Errorf("products: expected codes or a list")
	}
	return g, nil
}

// under are the codes of a revision that begin with a code.
func under(code string, n trade.Nomenclature) []string {
	all := sector.ProductsOf(n)
	from, _ := slices.BinarySearch(all, code)
	to := from
	for to < len(all) && strings.HasPrefix(all[to], code) {
		to++
	}
	return all[from:to]
}

// in gives the codes of a good in the revision of some products, headings whole where all of their products are meant. part says that
// these codes hold other goods too, in that revision or in all.
func (g *Good) in(products *trade.Products, n trade.Nomenclature) (codes []string, part bool) {
	part = g.Part
	if n == g.Revision || len(sector.ProductsOf(n)) == 0 {
		for _, code := range g.Codes {
			if len(products.Within(code)) > 0 {
				codes = append(codes, code)
			}
		}
		return codes, part
	}
	own := g.all()
	for _, code := range g.Codes {
		if len(code) == 2 { // chapters have meant the same since 1992
			codes = append(codes, code)
			continue
		}
		var carried []string
		for _, full := range under(code, g.Revision) {
			c, err := sector.Correspond(full, g.Revision, n)
			if err != nil {
				continue
			}
			for _, l := range c.Links {
				if _, known := products.Get(l.Code); known {
					carried = append(carried, l.Code)
				}
				part = part || slices.ContainsFunc(l.With, func(other string) bool { return !own[other] })
			}
		}
		slices.Sort(carried)
		carried = slices.Compact(carried)
		if whole := products.Within(code); len(code) == 4 && len(whole) > 0 && slices.Equal(whole, carried) {
			carried = []string{code}
		}
		codes = append(codes, carried...)
	}
	slices.Sort(codes)
	return slices.Compact(codes), part
}

// all are the codes of six digits of a good, in its revision.
func (g *Good) all() map[string]bool {
	set := map[string]bool{}
	for _, code := range g.Codes {
		for _, full := range under(code, g.Revision) {
			set[full] = true
		}
	}
	return set
}

// Text is the file as it was read, for those who want to check it.
func (w *Words) Text() []byte {
	return slices.Concat(bytes.TrimSpace(wordsTOML), []byte("\n\n"), wordsCSV)
}

// Everyday is the usual name of a product that has one of its own, such as EV batteries; "" where it has none, or shares its code.
func Everyday(products *trade.Products, n trade.Nomenclature, code string) string {
	for i := range Builtin().Goods {
		g := &Builtin().Goods[i]
		if g.Part || len(g.Codes) != 1 || len(g.Codes[0]) != 6 || len(code) != 6 || g.Codes[0][:4] != code[:4] {
			continue
		}
		if codes, part := g.in(products, n); !part && len(codes) == 1 && codes[0] == code {
			return g.Names[0]
		}
	}
	return ""
}
