package server

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed templates
var templateFiles embed.FS

//go:embed assets
var assetFiles embed.FS

// templates are parsed once; a page is the layout with its own part defined as "content".
var templates = map[string]*template.Template{}

func init() {
	for _, name := range []string{"login", "reference"} {
		templates[name] = template.Must(template.New("layout.html").Funcs(functions).ParseFS(templateFiles, "templates/layout.html", "templates/"+name+".html"))
	}
}

var functions = template.FuncMap{}

// frame is what the layout shows around a page.
type frame struct {
	Title   string
	Nav     bool // with navigation: a page of its own
	Content any
}

// render fills a page into memory, so that a mistake in it is an error and not half a page.
func render(name string, f frame) ([]byte, error) {
	var b bytes.Buffer
	if err := templates[name].Execute(&b, f); err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	return b.Bytes(), nil
}

func (s *Server) sendPage(w http.ResponseWriter, status int, name string, f frame) {
	page, err := render(name, f)
	if err != nil {
		s.Log.Error("page", "name", name, "error", err)
		newProblem(http.StatusInternalServerError, "Failed", "the page could not be made; the server's log says why").write(w)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(page)
}

func (s *Server) loginPage(w http.ResponseWriter, status int, next, problem string) {
	w.Header().Set("Cache-Control", "no-store")
	s.sendPage(w, status, "login", frame{Title: "Token", Content: map[string]string{"Next": next, "Problem": problem}})
}

func (s *Server) pageRoutes(mux *http.ServeMux) {
	assets, err := fs.Sub(assetFiles, "assets")
	if err != nil {
		panic(err) // the folder is embedded
	}
	files := http.StripPrefix("/assets/", http.FileServerFS(assets))
	mux.Handle("GET /assets/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/assets/")
		if info, err := fs.Stat(assets, name); err != nil || info.IsDir() {
			s.notFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=3600")
		files.ServeHTTP(w, r)
	}))
	mux.Handle("GET /{$}", http.RedirectHandler(apiRoot+"/", http.StatusSeeOther))
	mux.HandleFunc("/", s.notFound)
}

func (s *Server) notFound(w http.ResponseWriter, _ *http.Request) {
	newProblem(http.StatusNotFound, "Not found", "nothing is here; the API is at "+apiRoot+"/").write(w)
}

// referenceEntry is one path of the API on its page.
type referenceEntry struct {
	Path, Verb string
	*huma.Operation
	Example string
}

// referencePage is the OpenAPI document for people.
func referencePage(api *huma.OpenAPI) ([]byte, error) {
	return render("reference", frame{Title: "API", Nav: true, Content: referenceOf(api)})
}
