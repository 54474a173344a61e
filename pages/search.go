package pages

import (
	"net/http"
	"strings"

	"chokepoint/search"
	"chokepoint/server"
)

// found is one thing that a search found, with the page about it.
type found struct {
	Code, Text, Kind, Link string
	Guess                  bool
}

const mostHits = 20

// searchPage finds what can be asked about by the words that people use.
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
		s.problemPage(w, r, v, server.NewProblem(http.StatusUnprocessableEntity, "Cannot be searched for", "expected up to 100 characters of text"))
		return
	}
	f := s.frameOf(v)
	f.Title, f.Query = "Search", query
	if query != "" {
		f.Title += ": " + query
	}
	hits := v.search(query)
	f.Content = map[string]any{"Query": query, "Hits": hits, "Guess": len(hits) > 0 && hits[0].Guess}
	s.sendPage(w, r, http.StatusOK, "search", f)
}

func (v *pageRequest) search(query string) (list []found) {
	for _, h := range v.scope().Find(query) {
		if len(list) == mostHits {
			break
		}
		list = append(list, found{Code: cut(strings.ReplaceAll(h.ID, ",", ", "), 30), Text: cut(h.Name, 110), Kind: kindOf(&h), Link: v.pageOfHit(&h), Guess: h.Guess})
	}
	return list
}

// pageOfHit is the address of the page about what was found; "" where there is none.
func (v *pageRequest) pageOfHit(h *search.Hit) string {
	switch h.Kind {
	case search.Pair:
		return v.link("/pair", "importers", h.Importers, "partners", h.Partners, "products", h.Products)
	case search.Bought, search.Product, search.Goods:
		return v.link("/product", "importers", h.Importers, "products", h.Products)
	case search.Economy, search.Bloc:
		return v.link("/overview", "importers", h.Importers)
	case search.List:
		return v.link("/chokepoints", "products", h.Products)
	case search.Definition:
		return v.link("/overview", "method", h.Method)
	case search.Policy:
		return v.link("/policy", "policy", h.Policy)
	}
	return ""
}

// kindOf says what a hit is beside its name, and why it was found where its name does not show that.
func kindOf(h *search.Hit) string {
	switch how, code := strings.CutPrefix(h.Match, "code"); {
	case h.Match == "":
		return string(h.Kind)
	case code:
		return string(h.Kind) + how
	case h.Kind == search.List:
		return h.Match
	}
	return string(h.Kind) + ", " + cut(h.Match, 80)
}
