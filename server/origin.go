package server

import (
	"net/http"
	"net/url"
	"strings"
)

// checkOrigin refuses what a page of another site has a browser do here, except that a person follows a link to a page: an
// image, a script, a frame or a fetch elsewhere must not compute. Such a page could never read the answer; it could only keep
// the server busy, with the rights of whoever looks at it. What comes from no page passes: an address that was typed, a
// bookmark, a program.
func (s *Server) checkOrigin(next http.Handler) http.Handler {
	forms := http.NewCrossOriginProtection() // for what is not GET or HEAD, links neither
	forms.SetDenyHandler(http.HandlerFunc(refuseOrigin))
	guarded := forms.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fromElsewhere(r) && !followedLink(r) && !(s.framed(r) && shownInFrame(r)) {
			refuseOrigin(w, r)
			return
		}
		guarded.ServeHTTP(w, r)
	})
}

// fromElsewhere says that a browser asks for a page of another origin. Another port or another name below the same domain is
// another origin too. Browsers that do not send Sec-Fetch-Site (old ones, and all of them over plain HTTP to another computer)
// tell it for a fetch alone, by Origin.
func fromElsewhere(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return false
	case "":
		origin := r.Header.Get("Origin")
		if origin == "" {
			return false
		}
		u, err := url.Parse(origin)
		return err != nil || u.Host != r.Host
	}
	return true
}

// followedLink says that the answer is shown as a page of its own, now: it is no frame, and not fetched ahead.
func followedLink(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document" &&
		!strings.Contains(r.Header.Get("Sec-Purpose"), "prefetch")
}

// shownInFrame says that the answer is shown in a frame of another page.
func shownInFrame(r *http.Request) bool {
	return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "iframe"
}

func refuseOrigin(w http.ResponseWriter, _ *http.Request) {
	NewProblem(http.StatusForbidden, "From another site", "a page of another site asked for this; expected a link that is followed, an address that is typed, or a program").Write(w)
}
