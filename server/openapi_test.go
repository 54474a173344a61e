package server

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"chokepoint/analysis"
)

type openAPI struct {
	OpenAPI string
	Paths   map[string]map[string]struct {
		OperationID string
		Summary     string
		Parameters  []struct {
			Name, In, Description string
			Required              bool
		}
		RequestBody struct {
			Content map[string]struct {
				Schema struct {
					Properties map[string]any
					Required   []string
				}
			}
		}
		Responses map[string]struct {
			Content map[string]any
		}
	}
}

// TestOpenAPI checks that the document has all questions with all their parameters, in all formats, and nothing that is not.
func TestOpenAPI(t *testing.T) {
	s := newServer(t, nil)
	var doc openAPI
	if err := json.Unmarshal(body(t, get(s, apiRoot+"/openapi.json"), 200), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("OpenAPI %s", doc.OpenAPI)
	}
	paths := []string{apiRoot + "/methods", apiRoot + "/methods/{name}", apiRoot + "/blocs", apiRoot + "/blocs/{name}", apiRoot + "/datasets", apiRoot + "/datasets/{name}", apiRoot + "/economies", apiRoot + "/lists", apiRoot + "/policies"}
	for _, q := range analysis.Questions() {
		path := apiRoot + "/" + q.Name
		paths = append(paths, path)
		get, post := doc.Paths[path]["get"], doc.Paths[path]["post"]
		if get.Summary != q.Short {
			t.Errorf("%s: summary %q", path, get.Summary)
		}
		var names []string
		for _, p := range get.Parameters {
			names = append(names, p.Name)
			if p.In != "query" || p.Description == "" || strings.Contains(p.Description, "--") || strings.Contains(p.Description, ".toml") {
				t.Errorf("%s: parameter %+v", path, p)
			}
			want, known := q.Parameter(p.Name)
			if known && p.Required != want.Required {
				t.Errorf("%s: %s required %v", path, p.Name, p.Required)
			}
			if post.RequestBody.Content["application/json"].Schema.Properties[p.Name] == nil {
				t.Errorf("%s: %s cannot be posted", path, p.Name)
			}
		}
		for _, p := range questionParameters(q) {
			if !slices.Contains(names, p.Name) {
				t.Errorf("%s lacks %s", path, p.Name)
			}
		}
		for _, f := range formats {
			if _, ok := get.Responses["200"].Content[f.mediaType]; !ok {
				t.Errorf("%s does not say that it gives %s", path, f.mediaType)
			}
		}
		for _, status := range []string{"304", "400", "401", "406", "422", "429", "503"} {
			if _, ok := get.Responses[status]; !ok {
				t.Errorf("%s does not say %s", path, status)
			}
		}
	}
	for path := range doc.Paths {
		if !slices.Contains(paths, path) {
			t.Errorf("%s is documented and unknown to this test", path)
		}
	}
	for _, path := range paths {
		if doc.Paths[path] == nil {
			t.Errorf("%s is not documented", path)
		}
	}
}

// TestReference checks that the readable page has every path and parameter of the document, and that its examples work.
func TestReference(t *testing.T) {
	s := newServer(t, nil)
	page := string(body(t, get(s, apiRoot+"/"), 200))
	for _, q := range analysis.Questions() {
		if !strings.Contains(page, apiRoot+"/"+q.Name+"</code>") {
			t.Errorf("the page lacks %s", q.Name)
		}
		for _, p := range questionParameters(q) {
			if !strings.Contains(page, "<code>"+p.Name+"</code>") {
				t.Errorf("the page lacks %s of %s", p.Name, q.Name)
			}
		}
	}
	if strings.Contains(page, "<script>") || strings.Contains(page, "style=") || strings.Contains(page, "onclick") {
		t.Error("the page has inline script or style")
	}
	examples := 0
	for _, part := range strings.Split(page, `<a href="/api/v1/`)[1:] {
		path, _, _ := strings.Cut(part, `"`)
		path = strings.ReplaceAll(path, "&amp;", "&")
		if strings.HasPrefix(path, "openapi") || strings.HasPrefix(path, "explain") { // the small world lacks the product of the example
			continue
		}
		examples++
		if w := get(s, apiRoot+"/"+path); w.Code != http.StatusOK {
			t.Errorf("%s: status %d: %s", path, w.Code, short(w.Body.String()))
		}
	}
	if examples < 8 {
		t.Errorf("%d examples", examples)
	}
}

// TestCatalogues checks the lists and their entries.
func TestCatalogues(t *testing.T) {
	s := newServer(t, nil)
	for path, want := range map[string]string{
		"/methods.csv":              "merics-2024,provisional",
		"/methods/geodep-2024":      `id = "geodep-2024"`,
		"/blocs.csv":                "EU27,",
		"/blocs/EU.csv":             "GBR,1973,2019",
		"/blocs/EU.json":            `"member":"DEU"`,
		"/datasets.csv":             "world-before,,HS17",
		"/datasets/world.csv":       "2024,",
		"/economies.csv?limit=3":    "36,AUS,AU,Australia,economy",
		"/economies?sort=-economy":  `"rows"`,
		"/datasets/world?limit=1":   `"command": "chokepoint datasets show world"`,
		"/indicators.csv?list=true": "import_hhi,",
	} {
		if text := string(body(t, get(s, apiRoot+path), 200)); !strings.Contains(text, want) {
			t.Errorf("%s lacks %q: %s", path, want, short(text))
		}
	}
	body(t, get(s, apiRoot+"/methods?importers=USA"), 422)
	body(t, get(s, apiRoot+"/datasets/nope"), 422)
}
