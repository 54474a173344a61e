package server

import (
	"encoding/json"
	"fmt"
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
	paths := []string{APIRoot + "/methods", APIRoot + "/methods/{name}", APIRoot + "/blocs", APIRoot + "/blocs/{name}", APIRoot + "/datasets", APIRoot + "/datasets/{name}", APIRoot + "/economies", APIRoot + "/lists", APIRoot + "/lists/{name}", APIRoot + "/policies", APIRoot + "/policies/{name}", APIRoot + "/scenarios", APIRoot + "/scenarios/{name}", APIRoot + "/briefs", APIRoot + "/briefs/{name}", APIRoot + "/sdmx", APIRoot + "/sdmx/{name}"}
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
		"/methods.csv":                 "merics-2024,provisional",
		"/methods/geodep-2024":         `id = "geodep-2024"`,
		"/blocs.csv":                   "EU27,",
		"/blocs/EU.csv":                "GBR,1973,2019",
		"/blocs/EU.json":               `"member":"DEU"`,
		"/lists/mic25.csv":             "nev",
		"/policies/mic25.csv":          "mic25",
		"/scenarios.csv":               "graphite-2023,",
		"/scenarios/graphite-2023.csv": `cut,0.93,"fastmarkets.com`,
		"/briefs.csv":                  "mic25,",
		"/briefs/mic25.csv":            "claim,verdict",
		"/count?importer=USA&partner=CHN&dataset=world-b": `"dataset": "world-before"`,
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
	for _, path := range []string{"/lists/nope", "/policies/nope", "/scenarios/nope", "/briefs/nope", "/blocs/nope", "/methods/nope"} {
		if text := string(servertest.Body(t, servertest.Get(s, APIRoot+path), 404)); !strings.Contains(text, "lists them") {
			t.Errorf("%s: %s", path, text)
		}
	}
	for _, path := range []string{"/count", "/methods", "/lists/mic25", "/openapi.json"} {
		for _, verb := range []string{"PUT", "DELETE", "PATCH"} {
			w := servertest.Send(s, verb, APIRoot+path, nil)
			if servertest.Body(t, w, 405); !strings.Contains(w.Header().Get("Allow"), "GET") {
				t.Errorf("%s %s: Allow %q", verb, path, w.Header().Get("Allow"))
			}
		}
	}
	if text := string(servertest.Body(t, servertest.Get(s, APIRoot+"/count?importrs=USA"), 422)); !strings.Contains(text, "did you mean importers?") {
		t.Error(text)
	}
}

// TestTypedRows checks that the rows of each question have their columns in the document, and that an answer has no other type than it says.
func TestTypedRows(t *testing.T) {
	s := newServer(t, nil)
	var doc struct {
		Security   []map[string][]string
		Components struct {
			SecuritySchemes map[string]struct{ Type, Scheme string }
			Schemas         map[string]struct {
				Properties map[string]struct {
					Type  any
					Items struct {
						Ref   string `json:"$ref"`
						AnyOf []struct {
							Ref string `json:"$ref"`
						}
					}
				}
			}
		}
	}
	if err := json.Unmarshal(servertest.Body(t, servertest.Get(s, APIRoot+"/openapi.json"), 200), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Components.SecuritySchemes["token"].Scheme != "bearer" || len(doc.Security) != 2 {
		t.Errorf("security: %+v, %+v", doc.Components.SecuritySchemes, doc.Security)
	}
	for _, q := range analysis.Questions() {
		if len(q.Schemas) == 0 {
			t.Errorf("%s: no schemas", q.Name)
			continue
		}
		if doc.Components.Schemas[modelName(q.Schemas[0].Name())+"Answer"].Properties["rows"].Type != "array" {
			t.Errorf("%s: its rows are not documented", q.Name)
		}
		for _, schema := range q.Schemas {
			row := doc.Components.Schemas[modelName(schema.Name())+"Row"]
			for _, c := range schema.Columns() {
				if row.Properties[c.Name].Type == nil {
					t.Errorf("%s: column %s of %s is not documented", q.Name, c.Name, schema.Name())
				}
			}
		}
	}
	var answer struct{ Rows []map[string]any }
	if err := json.Unmarshal(servertest.Body(t, servertest.Get(s, APIRoot+"/count?importers=all&partners=all&years=2024"), 200), &answer); err != nil {
		t.Fatal(err)
	}
	row := doc.Components.Schemas["CountRow"]
	for name, value := range answer.Rows[0] {
		documented, ok := row.Properties[name]
		if name != "data" && (!ok || value != nil && !strings.Contains(fmt.Sprint(documented.Type), map[bool]string{true: "string", false: "e"}[isText(value)])) {
			t.Errorf("count: column %s is %T, documented as %v", name, value, documented.Type)
		}
	}
}

func isText(value any) bool {
	_, ok := value.(string)
	return ok
}
