package pages

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"chokepoint/server/servertest"
)

// TestAssets checks that a file that is embedded compressed reaches every client as what it was.
func TestAssets(t *testing.T) {
	const plain = "let x = 1; let y = 2; let z = 3;"
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte(plain)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	all, err := readAssets(fstest.MapFS{"assets/vendor/a.js.gz": {Data: packed.Bytes()}, "assets/b.css": {Data: []byte("p {}")}})
	if err != nil {
		t.Fatal(err)
	}
	a := all["vendor/a.js"]
	if a == nil || string(a.content) != plain || !bytes.Equal(a.gzipped, packed.Bytes()) || len(a.version) != 12 {
		t.Fatalf("vendor/a.js is %+v", a)
	}
	if b := all["b.css"]; b == nil || string(b.content) != "p {}" || b.gzipped != nil {
		t.Errorf("b.css is %+v", b)
	}
	if _, err := readAssets(fstest.MapFS{"assets/a.js.gz": {Data: []byte("not gzip")}}); err == nil {
		t.Error("a damaged file is read")
	}
	for accept, want := range map[string]bool{"": false, "gzip": true, "br, GZIP;q=0.5": true, "gzip;q=0": false, "gzip; q=0.0": false, "br": false, "*": false} {
		r := httptest.NewRequest(http.MethodGet, "/assets/vendor/a.js", nil)
		r.Header.Set("Accept-Encoding", accept)
		if got := takesGzip(r); got != want {
			t.Errorf("Accept-Encoding %q: takesGzip is %v", accept, got)
		}
	}
}

// TestPlainPages: a page that draws nothing does not load the library for charts, which is four fifths of what a first view weighs; every
// page that draws does.
func TestPlainPages(t *testing.T) {
	s := newServer(t, nil)
	for _, p := range pages() {
		body := string(servertest.Body(t, servertest.Get(s, p.path+"?dataset=world"), 200))
		draws, loads := strings.Contains(body, "data-option="), strings.Contains(body, "/assets/vendor/echarts.min.js")
		if draws && p.traits.plain {
			t.Errorf("%s draws, and has no library to draw with", p.path)
		}
		if charts() && loads == p.traits.plain {
			t.Errorf("%s: loads the library for charts: %v", p.path, loads)
		}
	}
}
