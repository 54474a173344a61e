package pages

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/agnivade/levenshtein"

	"chokepoint/server"
)

// hit is one thing that a search found.
type hit struct {
	Code, Text, Kind, Link string
	rank                   int // lower is better
}

const mostHits = 20

// searchPage finds economies, blocs and products by code or words; a letter may be wrong, a code of another revision.
func (s site) searchPage(w http.ResponseWriter, r *http.Request) {
	values := r.URL.Query()
	query := strings.TrimSpace(values.Get("q"))
	values.Del("q")
	bare := r.Clone(r.Context())
	bare.URL.RawQuery = values.Encode()
	v, done, err := s.newPageRequest(bare, pageOf("/"))
	defer done()
	if err != nil {
		s.problemPage(w, r, v, err)
		return
	}
	if errs := s.CheckTexts(map[string]string{"q": query}); len(errs) > 0 || len(query) > 100 {
		s.problemPage(w, r, v, server.NewProblem(http.StatusUnprocessableEntity, "Cannot be searched for", "want up to 100 characters of text"))
		return
	}
	f := s.frameOf(v)
	f.Title = "Search"
	f.Content = map[string]any{"Query": query, "Hits": v.search(query)}
	s.sendPage(w, r, http.StatusOK, "search", f)
}

func (v *pageRequest) search(query string) []hit {
	words := wordsIn(query)
	if len(words) == 0 {
		return nil
	}
	if found := v.searchCodes(query); len(found) > 0 {
		return found
	}
	var hits []hit
	add := func(weight int, h hit, names ...string) {
		best := -1
		for _, name := range names {
			if n := rankOf(words, name); n >= 0 && (best < 0 || n < best) {
				best = n
			}
		}
		if best >= 0 {
			h.rank = 4*best + weight
			hits = append(hits, h)
		}
	}
	for _, e := range v.economy.All() {
		add(0, hit{Code: e.ISO3, Text: shortName(e.Name), Kind: "economy", Link: v.link("/", "importers", e.ISO3)}, append(v.economy.Names(e.Code), e.ISO3, e.ISO2)...)
	}
	for _, b := range v.server.Blocs.All() {
		add(1, hit{Code: b.ID, Text: b.Name, Kind: "bloc", Link: v.link("/", "importers", b.ID)}, append([]string{b.ID, b.Name}, b.Aliases...)...)
	}
	for _, p := range v.product.All() {
		add(2, hit{Code: p.Code, Text: cut(p.Description, 110), Kind: "product", Link: v.link("/product", "products", p.Code)}, p.Code, p.Description)
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Or(cmp.Compare(a.rank, b.rank), strings.Compare(a.Code, b.Code)) })
	return hits[:min(len(hits), mostHits)]
}

func wordsIn(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// rankOf says how well a name fits the words searched for: 0 is best, -1 not at all. Each word must begin a word of the
// name, or differ from one by a letter or two.
func rankOf(words []string, name string) int {
	parts := wordsIn(name)
	total := 0
	for _, w := range words {
		best := -1
		for i, p := range parts {
			n := -1
			switch {
			case p == w:
				n = 0
			case strings.HasPrefix(p, w):
				n = 1
			case len(w) >= 4 && (unicode.IsLetter(rune(w[0]))) && levenshteinWithin(w, p):
				n = 4
			}
			if n >= 0 {
				if n += min(i, 3); best < 0 || n < best {
					best = n
				}
			}
		}
		if best < 0 {
			return -1
		}
		total += best
	}
	return total + min(len(parts), 12)/4
}

// levenshteinWithin allows one wrong letter, two in long words. The beginning of a longer word may be meant.
func levenshteinWithin(w, p string) bool {
	most := 1
	if len(w) >= 8 {
		most = 2
	}
	if len(p) > len(w)+most {
		p = p[:len(w)]
	}
	if len(p)+most < len(w) {
		return false
	}
	return levenshtein.ComputeDistance(w, p) <= most
}
