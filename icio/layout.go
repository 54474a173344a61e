package icio

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"chokepoint/datafile"
	"chokepoint/spelling"
)

// Layout says what the labels of a family of tables mean. A mapping is a layout of the user's own.
type Layout struct {
	ID       string `toml:"id"`
	Form     string `toml:"form"` // wide, long or parts
	Title    string `toml:"title"`
	Source   string `toml:"source"`
	Licence  string `toml:"licence"`
	Citation string `toml:"citation"`

	Separator  string   `toml:"separator"`   // of wide tables: what stands between area and industry; labels are split at the first
	Output     []string `toml:"output"`      // labels of gross output, a row and a column
	ValueAdded []string `toml:"value_added"` // labels of the row of value added
	Taxes      []string `toml:"taxes"`       // labels of the row of taxes less subsidies on products, or behind an area: of a row an area that pays them
	Unit       float64  `toml:"unit"`        // million US dollars in one unit of the file; 0 is 1

	// Columns of long tables.
	Seller         string `toml:"seller"`          // area that sells
	SellerIndustry string `toml:"seller_industry"` // its industry
	Buyer          string `toml:"buyer"`           // area that buys
	BuyerIndustry  string `toml:"buyer_industry"`  // its industry, or a category of final demand
	Value          string `toml:"value"`
	Year           string `toml:"year"` // empty: the year is in the name of the file

	// Areas that are parts of others, by their labels: what they sell and buy is added up in the whole.
	PartsOf map[string]string `toml:"parts_of"`

	Manufacturing string     `toml:"manufacturing"` // industries that the word means, as --industries has them
	ISICRevision  int        `toml:"isic_revision"` // of the classes of industries: 3 or 4; 0 where there are none
	Industries    []Industry `toml:"industries"`
	Categories    []Category `toml:"categories"`

	Text []byte `toml:"-"` // of the file
}

// Industry is an industry of a layout.
type Industry struct {
	Code string `toml:"code" json:"code"`
	Name string `toml:"name" json:"name"`
	Also string `toml:"also" json:"-"` // another code that files have for it
	ISIC string `toml:"isic" json:"-"` // classes of the International Standard Industrial Classification that it holds, or their beginnings, between spaces
}

// Category is a category of final demand.
type Category struct {
	Code        string `toml:"code" json:"code"`
	Name        string `toml:"name" json:"name"`
	Inventories bool   `toml:"inventories" json:"inventories,omitempty"` // changes in inventories, which may be negative
}

// The forms of tables.
const (
	wideForm  = "wide"  // a row and a column an industry of an area
	longForm  = "long"  // a row a flow
	partsForm = "parts" // a row a flow, in files of their own for index, intermediate flows, final demand and output
)

//go:embed layouts/*.toml
var layoutFiles embed.FS

// Layouts are those that come with the program.
var Layouts = sync.OnceValue(func() []*Layout {
	files, err := layoutFiles.ReadDir("layouts")
	if err != nil {
		panic(err)
	}
	var list []*Layout
	for _, f := range files {
		text, err := layoutFiles.ReadFile("layouts/" + f.Name())
		if err != nil {
			panic(err)
		}
		l, err := ParseLayout(f.Name(), text)
		if err != nil {
			panic(err)
		}
		list = append(list, l)
	}
	return list
})

// ParseLayout reads a layout; name is for messages.
func ParseLayout(name string, text []byte) (*Layout, error) {
	l := &Layout{Text: text}
	if err := datafile.TOML(name, text, l); err != nil {
		return nil, err
	}
	if l.Unit == 0 {
		l.Unit = 1
	}
	fail := func(format string, args ...any) error {
		return &datafile.Error{File: name, Msg: fmt.Sprintf(format, args...)}
	}
	switch {
	case !validName.MatchString(l.ID):
		return nil, fail("id %q: expected lower-case letters, digits, dots and dashes, at most 64", l.ID)
	case !slices.Contains([]string{wideForm, longForm, partsForm}, l.Form):
		return nil, fail("form %q: expected wide, long or parts", l.Form)
	case l.Form == wideForm && (l.Separator == "" || len(l.Output) == 0):
		return nil, fail("a wide table wants separator, what stands between area and industry, and output, the label of gross output")
	case l.Form == longForm && (l.Seller == "" || l.SellerIndustry == "" || l.Buyer == "" || l.BuyerIndustry == "" || l.Value == ""):
		return nil, fail("a long table wants the names of its columns: seller, seller_industry, buyer, buyer_industry, value")
	case !(l.Unit > 0) || l.Unit > 1e6:
		return nil, fail("unit %v: expected how many million US dollars one unit of the file is, for example 1, 0.001 or 1e-6", l.Unit)
	case len(l.Industries) == 0 || len(l.Categories) == 0:
		return nil, fail("no industries or no categories: expected the code and the name of each")
	}
	if err := l.checkISIC(); err != "" {
		return nil, fail("%s", err)
	}
	seen := map[string]bool{}
	for _, code := range l.codes() {
		if code == "" || seen[code] {
			return nil, fail("the code %q is empty or appears twice among industries, categories, output, value_added and taxes", code)
		}
		seen[code] = true
	}
	if l.Form != wideForm && (len(l.PartsOf) > 0 || slices.ContainsFunc(l.Industries, func(i Industry) bool { return i.Also != "" })) {
		return nil, fail("parts_of and also are for wide tables")
	}
	for part, whole := range l.PartsOf {
		if _, nested := l.PartsOf[whole]; nested || part == "" || whole == "" {
			return nil, fail("parts_of: %q is part of %q; expected two areas, and the second no part of a third", part, whole)
		}
	}
	if l.Manufacturing != "" {
		if _, err := l.pick(l.Manufacturing, l.Industries); err != nil {
			return nil, fail("manufacturing: %v", err)
		}
	}
	return l, nil
}

// codes are all labels that the layout knows.
func (l *Layout) codes() (codes []string) {
	for _, i := range l.Industries {
		if codes = append(codes, i.Code); i.Also != "" {
			codes = append(codes, i.Also)
		}
	}
	for _, c := range l.Categories {
		codes = append(codes, c.Code)
	}
	return slices.Concat(codes, l.Output, l.ValueAdded, l.Taxes)
}

// industry is the place of an industry by one of its codes; -1 where there is none.
func (l *Layout) industry(code string) int {
	return slices.IndexFunc(l.Industries, func(i Industry) bool { return i.Code == code || i.Also != "" && i.Also == code })
}

// whole is the area that an area is part of, or itself.
func (l *Layout) whole(area string) string {
	if whole, ok := l.PartsOf[area]; ok {
		return whole
	}
	return area
}

func (l *Layout) category(code string) int {
	return slices.IndexFunc(l.Categories, func(c Category) bool { return c.Code == code })
}

// pick finds the industries that a text names: codes and ranges of codes, separated by commas, manufacturing, or all. It gives their
// places in list, ascending.
func (l *Layout) pick(text string, list []Industry) ([]int, error) {
	chosen := make([]bool, len(list))
	at := func(code string) int {
		return slices.IndexFunc(list, func(i Industry) bool { return strings.EqualFold(i.Code, code) })
	}
	for _, item := range strings.Split(text, ",") {
		item = strings.TrimSpace(item)
		switch from, to, span := strings.Cut(item, ":"); {
		case strings.EqualFold(item, "all"):
			for i := range chosen {
				chosen[i] = true
			}
		case strings.EqualFold(item, "manufacturing") && text != l.Manufacturing:
			if l.Manufacturing == "" {
				return nil, fmt.Errorf("the layout %s does not say which industries are manufacturing; name their codes", l.ID)
			}
			within, err := l.pick(l.Manufacturing, l.Industries)
			if err != nil {
				return nil, err
			}
			for _, i := range within {
				if j := at(l.Industries[i].Code); j >= 0 {
					chosen[j] = true
				}
			}
		case !span && at(item) >= 0:
			chosen[at(item)] = true
		case span && at(from) >= 0 && at(to) >= at(from):
			for i := at(from); i <= at(to); i++ {
				chosen[i] = true
			}
		default:
			return nil, fmt.Errorf("industry %q: expected codes of %s to %s, ranges such as %s:%s, manufacturing, or all (`chokepoint tables show NAME --industries` lists them)%s",
				item, list[0].Code, list[len(list)-1].Code, list[0].Code, list[min(2, len(list)-1)].Code, spelling.Hint(item, append(industryCodes(list), "manufacturing", "all")))
		}
	}
	var places []int
	for i, yes := range chosen {
		if yes {
			places = append(places, i)
		}
	}
	if len(places) == 0 {
		return nil, fmt.Errorf("industries %q: the table has none of them", text)
	}
	return places, nil
}

// checkISIC says what is wrong with the classes of industries; "" is nothing.
func (l *Layout) checkISIC() string {
	holds := map[string]string{}
	for _, d := range l.Industries {
		for _, class := range strings.Fields(d.ISIC) {
			if l.ISICRevision != 3 && l.ISICRevision != 4 {
				return fmt.Sprintf("isic_revision %d: industries have classes of ISIC; expected the revision that they are of, 3 or 4", l.ISICRevision)
			}
			if len(class) < 2 || len(class) > 4 || strings.Trim(class, "0123456789") != "" {
				return fmt.Sprintf("industry %s: isic %q: expected a class of ISIC or its beginning, two to four digits", d.Code, class)
			}
			for other, code := range holds {
				if strings.HasPrefix(other, class) || strings.HasPrefix(class, other) {
					return fmt.Sprintf("industry %s: isic %q is, in part or whole, in %s too, as %q", d.Code, class, code, other)
				}
			}
			holds[class] = d.Code
		}
	}
	return ""
}

// WithISIC is the layout, or for one without classes of ISIC, as tables that were read by earlier versions have it, that of the program of
// the same name and industries.
func (l *Layout) WithISIC() *Layout {
	if l.ISICRevision != 0 {
		return l
	}
	for _, own := range Layouts() {
		if own.ID == l.ID && slices.EqualFunc(own.Industries, l.Industries, func(a, b Industry) bool { return a.Code == b.Code }) {
			return own
		}
	}
	return l
}
