package pages

import (
	"net/http"
	"strings"
	"testing"

	"chokepoint/server"
	"chokepoint/server/servertest"
)

// origins are requests by what browsers and programs say of where they come from.
var origins = []struct {
	about   string
	headers []string
	get     int // status
	post    int
}{
	{"a program", nil, 200, 200},
	{"a typed address or a bookmark", []string{"Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, 200, 200},
	{"a link of our page", []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, 200, 200},
	{"a fetch of our page", []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "cors", "Sec-Fetch-Dest", "empty"}, 200, 200},
	{"an image of our page", []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"}, 200, 200},
	{"an old browser's fetch of our page", []string{"Origin", "http://127.0.0.1:8080"}, 200, 200},
	{"a link in a mail", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document", "Sec-Fetch-User", "?1"}, 200, 403},
	{"a link on a neighbouring site", []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, 200, 403},
	{"an image elsewhere", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"}, 403, 403},
	{"an image on another port", []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"}, 403, 403},
	{"a script elsewhere", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "script"}, 403, 403},
	{"a frame elsewhere", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}, 403, 403},
	{"an object elsewhere", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "object"}, 403, 403},
	{"a fetch elsewhere", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors", "Sec-Fetch-Dest", "empty", "Origin", "https://evil.example"}, 403, 403},
	{"a fetch without an answer elsewhere", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "empty"}, 403, 403},
	{"a page fetched ahead elsewhere", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document", "Sec-Purpose", "prefetch;prerender"}, 403, 403},
	{"a fetch of a page in a sandbox", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors", "Sec-Fetch-Dest", "empty", "Origin", "null"}, 403, 403},
	{"an old browser's fetch elsewhere", []string{"Origin", "https://evil.example"}, 403, 403},
	{"an old browser's fetch on another port", []string{"Origin", "http://127.0.0.1:9999"}, 403, 403},
	{"a word of the future", []string{"Sec-Fetch-Site", "far-away", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"}, 403, 403},
}

// TestOrigins: a page of another site can have nothing computed here, whatever it asks for; a link to a page works.
func TestOrigins(t *testing.T) {
	s := newServer(t, nil)
	for _, from := range origins {
		for _, path := range []string{"/", "/workbench", server.APIRoot + "/count?importers=USA", server.APIRoot + "/count.csv?importers=USA", server.APIRoot + "/count.xlsx?importers=USA", "/healthz"} {
			if w := servertest.Get(s, path, from.headers...); w.Code != from.get {
				t.Errorf("GET %s by %s: status %d, want %d", path, from.about, w.Code, from.get)
			}
			if w := servertest.Send(s, http.MethodHead, path, nil, from.headers...); from.get == http.StatusForbidden && w.Code != from.get {
				t.Errorf("HEAD %s by %s: status %d, want %d", path, from.about, w.Code, from.get)
			}
		}
		if w := servertest.Get(s, "/mcp", from.headers...); from.get == http.StatusForbidden && w.Code != from.get {
			t.Errorf("/mcp by %s: status %d, want %d", from.about, w.Code, from.get)
		}
		post := servertest.Send(s, http.MethodPost, server.APIRoot+"/count", strings.NewReader(`{"importers": "USA"}`), append(from.headers, "Content-Type", "application/json")...)
		if post.Code != from.post {
			t.Errorf("POST by %s: status %d, want %d", from.about, post.Code, from.post)
		}
	}
}

// TestOriginBeforeRate: what another site asks for does not use up what this client may ask.
func TestOriginBeforeRate(t *testing.T) {
	s := newServer(t, func(c *server.Config) { c.Limits.Rate, c.Limits.Burst = 1e-9, 1 })
	for range 5 {
		servertest.Body(t, servertest.Get(s, "/healthz", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"), http.StatusForbidden)
	}
	servertest.Body(t, servertest.Get(s, "/healthz"), http.StatusOK)
	servertest.Body(t, servertest.Get(s, "/healthz"), http.StatusTooManyRequests)
}
