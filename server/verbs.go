package server

import (
	"fmt"
	"net/http"
	"strings"
)

// WithoutRoute answers what no route takes: 405 where the path is one of another verb, which the header Allow names, else 404.
func WithoutRoute(mux *http.ServeMux, notFound http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		for _, verb := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
			_, pattern := mux.Handler(&http.Request{Method: verb, URL: r.URL, Host: r.Host})
			if pattern != "" && pattern != "/" {
				allowed = append(allowed, verb)
			}
		}
		if allowed == nil {
			notFound(w, r)
			return
		}
		list := strings.Join(allowed, ", ")
		w.Header().Set("Allow", list)
		NewProblem(http.StatusMethodNotAllowed, "Method not allowed", fmt.Sprintf("%s does not take %s; expected %s", Shortened(r.URL.Path), Shortened(r.Method), list)).Write(w)
	}
}
