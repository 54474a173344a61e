package trade

import (
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Product is a six-character code of a nomenclature with its description, which is empty where none is known.
type Product struct{ Code, Description string }

// ValidProductCode says whether code is six digits or capital letters.
func ValidProductCode(code string) bool {
	if len(code) != 6 {
		return false
	}
	for _, c := range []byte(code) {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// Products is the immutable list of products of a dataset.
type Products struct {
	list     []Product
	index    map[string]int
	chapters []string
}

// NewProducts makes a list; a code twice with different descriptions is an error.
func NewProducts(list []Product) (*Products, error) {
	p := &Products{index: make(map[string]int, len(list))}
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b Product) int { return strings.Compare(a.Code, b.Code) })
	for _, product := range sorted {
		if !ValidProductCode(product.Code) {
			return nil, fmt.Errorf("product code %q: expected six digits or capital letters", product.Code)
		}
		if i, twice := p.index[product.Code]; twice {
			if p.list[i] != product {
				return nil, fmt.Errorf("the product code %s is listed twice, as %q and as %q", product.Code, p.list[i].Description, product.Description)
			}
			continue
		}
		p.index[product.Code] = len(p.list)
		p.list = append(p.list, product)
		if chapter := product.Code[:2]; len(p.chapters) == 0 || p.chapters[len(p.chapters)-1] != chapter {
			p.chapters = append(p.chapters, chapter)
		}
	}
	return p, nil
}

// All goes through the products by ascending code, with their places.
func (p *Products) All() iter.Seq2[int, Product] { return slices.All(p.list) }

// Chapters are the first two characters of the products' codes, in ascending order. Nobody may change the list.
func (p *Products) Chapters() []string { return p.chapters }

// Len returns the number of products.
func (p *Products) Len() int { return len(p.list) }

// At returns the product at a place.
func (p *Products) At(i int) Product { return p.list[i] }

// Get returns the product with the code.
func (p *Products) Get(code string) (Product, bool) {
	i, ok := p.index[code]
	if !ok {
		return Product{}, false
	}
	return p.list[i], true
}

// ProductSelection is a choice of products. The zero value has none.
type ProductSelection struct {
	all   bool
	codes []string // ascending
	terms []string // as understood: codes and prefixes
}

// Has says whether the product with the code is selected.
func (s ProductSelection) Has(code string) bool {
	_, ok := slices.BinarySearch(s.codes, code)
	return s.all || ok
}

// Codes lists the codes selected, ascending; nil stands for all.
func (s ProductSelection) Codes() []string { return s.codes }

// String returns the selection as ParseProducts reads it.
func (s ProductSelection) String() string {
	if s.all {
		return "all"
	}
	return strings.Join(s.terms, ",")
}

// ParseProducts reads "all" or a comma list of six-character codes, chapters (2 digits), headings (4 digits) and packed lists of these.
func ParseProducts(text string, products *Products) (ProductSelection, error) {
	if lower(text) == "all" {
		return ProductSelection{all: true}, nil
	}
	s := ProductSelection{}
	for part := range strings.SplitSeq(text, ",") {
		term := strings.TrimSpace(part)
		if !IsPacked(term) {
			term = undotted(strings.ToUpper(term))
		}
		if slices.Contains(s.terms, term) {
			continue
		}
		codes, err := products.within(term)
		if err != nil {
			return ProductSelection{}, err
		}
		s.codes = append(s.codes, codes...)
		s.terms = append(s.terms, term)
	}
	slices.Sort(s.codes)
	s.codes = slices.Compact(s.codes)
	return s, nil
}

// dotted is a code as tariffs print it: 8507.60, 85.07, 8507 60.
var dotted = regexp.MustCompile(`^([0-9]{2})[. ]?([0-9]{2})(?:[. ]?([0-9]{2}))?$`)

func undotted(term string) string { return dotted.ReplaceAllString(term, "$1$2$3") }

// national is a code of a national tariff, of which the first six digits are those of the Harmonized System.
var national = regexp.MustCompile(`^[0-9]{4}[. ]?[0-9]{2}[. ]?[0-9]{2}(?:[. ]?[0-9]{2})?$`)

// within returns the codes that a term of a selection means, of a packed list those of all its terms.
func (p *Products) within(term string) (codes []string, err error) {
	if !IsPacked(term) {
		return p.match(term)
	}
	terms, err := unpack(term)
	if err != nil {
		return nil, err
	}
	for _, t := range terms {
		found, err := p.match(t)
		if err != nil {
			return nil, err
		}
		codes = append(codes, found...)
	}
	return codes, nil
}

// match returns the codes that a code, heading or chapter means.
func (p *Products) match(term string) ([]string, error) {
	digits := strings.Trim(term, "0123456789") == ""
	total, isTotal := ProductAggregateOf(term)
	switch {
	case isTotal && term != "ALL":
		return nil, totalOfProducts(term, total)
	case term == "":
		return nil, fmt.Errorf("empty product; expected all or a list such as 850760,8541,27")
	case term == "ALL":
		return nil, fmt.Errorf("all cannot be combined with other products")
	case digits && len(term)%2 == 1 && len(term) < 6:
		return nil, fmt.Errorf("product %q has %s; codes keep their leading zero: did you mean 0%s?", term,
			map[int]string{1: "one digit", 3: "three digits", 5: "five digits"}[len(term)], term)
	case ValidProductCode(term):
		if _, ok := p.index[term]; ok {
			return []string{term}, nil
		}
	case len(term) == 2 || len(term) == 4:
		if codes := p.Within(term); len(codes) > 0 {
			return codes, nil
		}
	case national.MatchString(term):
		code := strings.NewReplacer(".", "", " ", "").Replace(term)[:6]
		return nil, fmt.Errorf("product %q is a code of a national tariff; the product of the Harmonized System is its first six digits, %s", term, code)
	default:
		return nil, fmt.Errorf("product %q: expected a code of six characters, a heading of four or a chapter of two digits%s", term, wordsHint(term))
	}
	return nil, p.unknown(term)
}

// wordsHint says where words lead to codes; "" where the term is not words.
func wordsHint(term string) string {
	if strings.ContainsAny(term, "0123456789") || !strings.ContainsFunc(term, unicode.IsLetter) {
		return ""
	}
	return `; "chokepoint search" finds codes by words, as the search of the pages does`
}

func totalOfProducts(term string, total Aggregate) error {
	what := "a total over all products"
	if total.Note != "" {
		what = total.Note + ", a total of UN Comtrade"
	}
	return fmt.Errorf("%q is %s, not a product; for all products leave products out, or write all", term, what)
}

// Within lists the codes that begin with a prefix, ascending.
func (p *Products) Within(prefix string) []string {
	var codes []string
	at, _ := slices.BinarySearchFunc(p.list, prefix, func(product Product, prefix string) int { return strings.Compare(product.Code, prefix) })
	for ; at < len(p.list) && strings.HasPrefix(p.list[at].Code, prefix); at++ {
		codes = append(codes, p.list[at].Code)
	}
	return codes
}

func (p *Products) unknown(term string) error {
	var candidates []candidate
	for _, product := range p.list {
		c := product.Code[:min(len(term), 6)]
		if n := len(candidates); n == 0 || candidates[n-1].spelling != c {
			candidates = append(candidates, candidate{c, c})
		}
	}
	what := map[int]string{2: "chapter", 4: "heading"}[len(term)]
	if what == "" {
		what = "product"
	}
	return &UnknownError{What: what, Text: term, Suggestions: nearest(term, candidates)}
}
