package pages

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"chokepoint/method"
	"chokepoint/server/servertest"
)

// TestChangedCopyIsOwn sends a published definition with another threshold, as its file says it, and looks at all that shows
// the status: no answer may call it published.
func TestChangedCopyIsOwn(t *testing.T) {
	s := newServer(t, nil)
	m, err := method.Get("mgi")
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(m.Text, "import_hhi > 0.3", "import_hhi > 0.25", 1)
	definition := url.Values{"definition": {changed}}.Encode()
	for path, want := range map[string]string{
		"/api/v1/count.json?importers=USA&":                       `"status": "own, based on mgi"`,
		"/api/v1/dependencies.csv.provenance.json?importers=USA&": `"status": "own, based on mgi"`,
		"/workbench?importers=USA&":                               `<code>mgi-own</code>, own, based on McKinsey 2023)`,
	} {
		w := servertest.Get(s, path+definition)
		if body := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(body, want) || strings.Contains(body, `"status": "published"`) {
			t.Errorf("%s: status %d, want %s:\n%s", path, w.Code, want, body[:min(3000, len(body))])
		}
	}
	if page := servertest.Get(s, "/workbench?importers=USA&"+definition).Body.String(); !strings.Contains(page, "<code>mgi-own.toml</code> is your definition, saved as a file") {
		t.Error("the page does not say whose file the command names")
	}
	w := servertest.Get(s, "/workbench.toml?method=merics-2024&t2=0.4")
	if body := w.Body.String(); !strings.Contains(body, "based_on = \"merics-2024\"\n") || !strings.Contains(body, "status = \"own\"\n") {
		t.Errorf("a definition saved at the workbench does not say what it is based on:\n%s", body)
	}
}
