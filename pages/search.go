package pages

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"chokepoint/catalogue"
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
	if errs := s.CheckTexts(map[string]string{"q": query}, nil); len(errs) > 0 || len(query) > 100 {
		s.problemPage(w, r, v, server.NewProblem(http.StatusUnprocessableEntity, "Cannot be searched for", "want up to 100 characters of text"))
		return
	}
	f := s.frameOf(v)
	f.Title = "Search"
	f.Content = map[string]any{"Query": query, "Hits": v.search(query)}
	s.sendPage(w, r, http.StatusOK, "search", f)
}

func (v *pageRequest) search(query string) (hits []hit) {
	words := catalogue.WordsIn(query)
	if len(words) == 0 {
		return nil
	}
	add := func(weight int, h hit, names ...string) {
		best := -1
		for _, name := range names {
			if n := catalogue.Rank(words, name, weight); n >= 0 && (best < 0 || n < best) {
				best = n
			}
		}
		if best >= 0 {
			h.rank = best
			hits = append(hits, h)
		}
	}
	products, gone := catalogue.FindProducts(v.product, v.dataset.Nomenclature, query)
	for _, p := range products {
		hits = append(hits, hit{Code: p.Product, Text: cut(p.Description, 110), Kind: kindOf(p.Match), Link: v.link("/product", "products", p.Product), rank: p.Rank})
	}
	for _, c := range gone {
		hits = append(hits, hit{Code: c.Code, Text: fmt.Sprintf("is a code of %s; no product of this dataset (%s) holds its goods", c.Revision, v.dataset.Nomenclature), Kind: "not here"})
	}
	if len(hits) == 0 || strings.ContainsFunc(query, unicode.IsLetter) { // a code is no name of an economy
		for _, e := range v.economy.All() {
			add(catalogue.EconomyWeight, hit{Code: e.ISO3, Text: shortName(e.Name), Kind: "economy", Link: v.link("/", "importers", e.ISO3)}, append(v.economy.Names(e.Code), e.ISO3, e.ISO2)...)
		}
		for _, b := range v.server.Blocs.All() {
			add(catalogue.BlocWeight, hit{Code: b.ID, Text: b.Name, Kind: "bloc", Link: v.link("/", "importers", b.ID)}, append([]string{b.ID, b.Name}, b.Aliases...)...)
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Or(cmp.Compare(a.rank, b.rank), strings.Compare(a.Code, b.Code)) })
	return hits[:min(len(hits), mostHits)]
}

// kindOf says what a product is beside its name: why it was found, where its description does not show that.
func kindOf(match string) string {
	if how, ok := strings.CutPrefix(match, "code"); ok {
		return "product" + how
	}
	if match == "description" {
		return "product"
	}
	return "product, " + cut(match, 80)
}
