package chain

import (
	"cmp"
	"context"
	_ "embed"
	"maps"
	"slices"
	"strings"
	"sync"

	"chokepoint/datafile"
	"chokepoint/icio"
	"chokepoint/textfile"
)

// Which industries make a good: from HS codes to classes of ISIC Revision 3 or 4, and from these to the industries of a layout.
var (
	//go:embed data/concordance.toml
	concordanceText []byte
	//go:embed data/hs-isic3.csv
	hsClassesText []byte
	//go:embed data/isic3-isic4.csv
	revisionsText []byte
)

// concordance is those files, read.
type concordance struct {
	ID      string `toml:"id"`
	Version string `toml:"version"`
	Date    string `toml:"date"`
	Source  string `toml:"source"`
	Licence string `toml:"licence"`

	codes   []string            // of goods, ascending
	classes map[string][]string // of ISIC Revision 3, by code
	later   map[string][]string // of Revision 4, by class of Revision 3
}

// goodsOf is the concordance that comes with the program.
var goodsOf = sync.OnceValue(func() *concordance {
	c := &concordance{}
	if err := datafile.TOML("concordance.toml", concordanceText, c); err != nil {
		panic(err)
	}
	c.classes, c.codes = readPairs("hs-isic3.csv", hsClassesText, "hs", "isic3")
	c.later, _ = readPairs("isic3-isic4.csv", revisionsText, "isic3", "isic4")
	return c
})

// sum is the checksum of all three files.
func (c *concordance) sum() string {
	return datafile.Sum(slices.Concat(concordanceText, hsClassesText, revisionsText))
}

// readPairs reads a table of two columns: what stands beside each value of the first, and these values in the order of the file.
func readPairs(name string, text []byte, from, to string) (pairs map[string][]string, order []string) {
	pairs = map[string][]string{}
	t := textfile.NewTable(name, text)
	err := t.Header([]string{from, to}, nil, nil)
	if err == nil {
		err = t.Each(func(_ int, field func(string) string) error {
			key := field(from)
			if pairs[key] == nil {
				order = append(order, key)
			}
			pairs[key] = append(pairs[key], field(to))
			return nil
		})
	}
	if err != nil {
		panic(err) // the files are the program's
	}
	return pairs, order
}

// makesGoods says whether a class of ISIC Revision 4 makes goods: divisions 01 to 32 without the services to mining (09), energy (35), what
// is recovered from waste (38), and what is published and filmed (58, 59). Repair, installation and other services, to which parts of
// classes of Revision 3 went, make none.
func makesGoods(class string) bool {
	division := class[:2]
	return division <= "32" && division != "09" || slices.Contains([]string{"35", "38", "58", "59"}, division)
}

// makers are the places of those industries of a table that make a good, by the layout's classes; none where the good is not classified or the layout says no
// classes. Where the classes were split between revisions there may be several, of which the concordance does not say which.
func (c *concordance) makers(l *icio.Layout, industries []icio.Industry, code string) (places []int) {
	for _, class := range c.classes[code] {
		classes := []string{class}
		if l.ISICRevision == 4 {
			classes = c.later[class]
		}
		for _, class := range classes {
			if l.ISICRevision == 4 && !makesGoods(class) {
				continue
			}
			i := slices.IndexFunc(l.Industries, func(d icio.Industry) bool {
				return slices.ContainsFunc(strings.Fields(d.ISIC), func(prefix string) bool { return strings.HasPrefix(class, prefix) })
			})
			if i >= 0 { // a table may have fewer
				i = slices.IndexFunc(industries, func(d icio.Industry) bool { return d.Code == l.Industries[i].Code })
			}
			if i >= 0 && !slices.Contains(places, i) {
				places = append(places, i)
			}
		}
	}
	slices.Sort(places)
	return places
}

// pick finds the codes that a text names: codes and their beginnings, comma-separated. unknown are those that it does not have.
func (c *concordance) pick(text string) (codes, unknown []string) {
	for word := range strings.SplitSeq(text, ",") {
		word = strings.TrimSpace(word)
		from, _ := slices.BinarySearch(c.codes, word)
		to := from
		for to < len(c.codes) && word != "" && strings.HasPrefix(c.codes[to], word) {
			to++
		}
		if from == to {
			unknown = append(unknown, word)
		}
		codes = append(codes, c.codes[from:to]...)
	}
	slices.Sort(codes)
	return slices.Compact(codes), unknown
}

// Makers are the codes of the industries that make goods, by the classes of ISIC of a set of tables: those that make most of the codes of
// goods first. A good of which the classification does not say by which of several industries it is made counts for each. unplaced is how
// many codes no industry is known to make. Tables without classes, and goods of which no industry is known, are errors.
func Makers(ctx context.Context, tables *icio.Library, set *icio.Manifest, year int, codes []string) (industries []string, unplaced int, err error) {
	t, err := tables.Table(ctx, set, year)
	if err != nil {
		return nil, 0, err
	}
	list, err := goodsByMaker(goodsOf(), t, codes)
	if err != nil {
		return nil, 0, err
	}
	made := map[int]int{} // codes by place of the industry
	unplaced = len(codes)
	for _, g := range list {
		unplaced -= len(g.codes)
		for _, i := range g.makers {
			made[i] += len(g.codes)
		}
	}
	for _, i := range slices.SortedFunc(maps.Keys(made), func(a, b int) int { return cmp.Or(cmp.Compare(made[b], made[a]), cmp.Compare(a, b)) }) {
		industries = append(industries, t.Industries[i].Code)
	}
	return industries, unplaced, nil
}
