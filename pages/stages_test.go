package pages

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"chokepoint/server/servertest"
	"chokepoint/store"
)

var (
	nextStage   = regexp.MustCompile(`id="arriving"[^>]* hx-get="([^"]+)"`)
	nextPlaces  = regexp.MustCompile(`hx-select-oob="([^"]+)"`)
	nothingNext = `<p id="arriving" hidden></p>` + "\n"
)

// TestStages opens pages stage by stage, as the browser does with a large dataset: every place that a stage names is there and in the next
// one, and the last holds what the page does that is shown at once.
func TestStages(t *testing.T) {
	s := newServer(t, nil)
	f := func(path string, stages int) {
		t.Helper()
		get := func(path string) string { return string(servertest.Body(t, servertest.Get(s, path), 200)) }
		body := get(path + "&stage=0")
		n := 1
		for m := nextStage.FindStringSubmatch(body); m != nil && n < lastStage; m = nextStage.FindStringSubmatch(body) {
			following := get(html.UnescapeString(m[1]))
			for place := range strings.SplitSeq(nextPlaces.FindStringSubmatch(body)[1], ",") {
				id := `id="` + strings.TrimPrefix(place, "#") + `"`
				if !strings.Contains(body, id) || !strings.Contains(following, id) {
					t.Errorf("%s, stage %d: %s is not here and in the next stage", path, n, id)
				}
			}
			body = following
			n++
		}
		if n != stages {
			t.Errorf("%s came in %d stages; want %d", path, n, stages)
		}
		if !strings.Contains(body, nothingNext) || strings.Replace(body, nothingNext, "", 1) != get(path) {
			t.Errorf("%s: the last stage is not the page that is shown at once", path)
		}
	}
	f("/?importers=EU27", 2)
	f("/?importers=USA&method=hjs-2020", 2)
	f("/pair?importers=EU27&partners=CHN", 2)
	f("/industry?importers=CHN", 4)
	f("/industry?importers=EU27", 4)
	f("/policy?policy=mic25", 2)
	f("/chokepoints?products=all", 2)
	f("/chokepoints?products=all&show=weights", 2)
	f("/map?partners=CHN", 1)
	f("/scenario?partners=CHN&products=all", 4)
	f("/scenario?partners=CHN&products=all&importers=EU27&to=EU27", 4)
	for _, wrong := range []string{"-1", "10", "all"} {
		if body := servertest.Body(t, servertest.Get(s, "/?stage="+wrong), 422); !strings.Contains(string(body), "expected a whole number from 0") {
			t.Errorf("stage %s: %s", wrong, body)
		}
	}
	if body := servertest.Body(t, servertest.Get(s, "/"), 200); strings.Contains(string(body), `id="arriving"`) {
		t.Error("a small dataset is shown in stages")
	}
}

// TestStagedAt: a page about a large dataset comes in stages wherever it is asked for, but not a part of it. A build without scripts has none.
func TestStagedAt(t *testing.T) {
	for path, want := range map[string]bool{"/overview?importers=EU27": true, "/?importers=EU27": true, "/embed/overview?importers=EU27": false, "/overview?importers=EU27&top.rows=50": false, "/image/overview.png": false} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		v := &pageRequest{server: site{whole: &wholePages{}}, page: pageOf("/overview"), values: map[string]string{}, dataset: store.Manifest{Rows: atOnce + 1}}
		for name, values := range r.URL.Query() {
			v.values[name] = values[0]
		}
		if err := v.readStage(r); err != nil || v.staged != (want && charts()) {
			t.Errorf("%s: in stages %v, %v; want %v", path, v.staged, err, want)
		}
	}
}

// TestWholePages: a page that was there to its last stage is shown at once to who comes back to it, while the server keeps all its answers and
// the data are the same.
func TestWholePages(t *testing.T) {
	s := site{newServer(t, nil), &wholePages{}}
	request := func(address string) *pageRequest {
		v, done, err := s.newPageRequest(httptest.NewRequest(http.MethodGet, address, nil), pageOf("/overview"))
		t.Cleanup(done)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	v := request("/overview?importers=EU27&stage=9")
	if s.whole.kept(v) {
		t.Error("a page that nobody has seen is kept")
	}
	if _, err := v.content(); err != nil || len(v.answers) < 3 {
		t.Fatalf("%d answers, %v", len(v.answers), err)
	}
	s.whole.add(v)
	other := request("/overview?importers=EU27")
	other.dataset.Generation = "another"
	for what, c := range map[string]struct {
		v    *pageRequest
		kept bool
	}{"the same page": {request("/overview?importers=EU27"), true}, "another importer": {request("/overview?importers=USA"), false}, "the dataset ingested anew": {other, false}} {
		if s.whole.kept(c.v) != c.kept {
			t.Errorf("%s: kept %v; want %v", what, !c.kept, c.kept)
		}
	}
	v.answers[1].key = "no longer kept"
	s.whole.add(v)
	if s.whole.kept(request("/overview?importers=EU27")) {
		t.Error("a page is kept, an answer of which is not")
	}
	for i := range 2 * mostWhole {
		v.values["importers"] = fmt.Sprint(i)
		s.whole.add(v)
	}
	if n := len(s.whole.keys); n != mostWhole {
		t.Errorf("%d pages are remembered; want %d", n, mostWhole)
	}
}
