package pages

import (
	"testing"

	"chokepoint/server/servertest"
)

// TestVerbs: a path that is there with another verb says which; one that is not there is not found, whatever the verb.
func TestVerbs(t *testing.T) {
	s := newServer(t, nil)
	f := func(verb, path string, status int, allow string) {
		t.Helper()
		answer := servertest.Send(s, verb, path, nil)
		if got := answer.Header().Get("Allow"); answer.Code != status || got != allow {
			t.Errorf("%s %s: %d, Allow %q; want %d, %q", verb, path, answer.Code, got, status, allow)
		}
	}
	f("POST", "/", 405, "GET, HEAD")
	f("POST", "/healthz", 405, "GET, HEAD")
	f("PUT", "/api/v1/count", 405, "GET, HEAD, POST")
	f("DELETE", "/api/v1/count.csv", 405, "GET, HEAD, POST")
	f("PUT", "/login", 405, "GET, HEAD, POST")
	f("BREW", "/chokepoints", 405, "GET, HEAD")
	f("PUT", "/nosuch", 404, "")
	f("GET", "/nosuch", 404, "")
	f("HEAD", "/healthz", 200, "")
}
