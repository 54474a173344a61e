package server

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"chokepoint/analysis"
	"chokepoint/server/servertest"
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
	if err := json.Unmarshal(servertest.Body(t, servertest.Get(s, APIRoot+"/openapi.json"), 200), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("OpenAPI %s", doc.OpenAPI)
	}
	paths := []string{APIRoot + "/methods", APIRoot + "/methods/{name}", APIRoot + "/blocs", APIRoot + "/blocs/{name}", APIRoot + "/datasets", APIRoot + "/datasets/{name}", APIRoot + "/economies", APIRoot + "/lists", APIRoot + "/policies"}
	for _, q := range analysis.Questions() {
		path := APIRoot + "/" + q.Joined("/")
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
		for _, p := range QuestionParameters(q) {
			if !slices.Contains(names, p.Name) {
				t.Errorf("%s lacks %s", path, p.Name)
			}
		}
		for _, f := range Formats {
			if _, ok := get.Responses["200"].Content[f.MediaType]; !ok {
				t.Errorf("%s does not say that it gives %s", path, f.MediaType)
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
		"/datasets/world?limit=1":   `"command": "chokepoint datasets show world --limit 1"`,
		"/indicators.csv?list=true": "import_hhi,",
	} {
		if text := string(servertest.Body(t, servertest.Get(s, APIRoot+path), 200)); !strings.Contains(text, want) {
			t.Errorf("%s lacks %q: %s", path, want, Shortened(text))
		}
	}
	servertest.Body(t, servertest.Get(s, APIRoot+"/methods?importers=USA"), 422)
	servertest.Body(t, servertest.Get(s, APIRoot+"/datasets/nope"), 422)
}
