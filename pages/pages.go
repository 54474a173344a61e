package pages

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chokepoint/result"
	"chokepoint/server"
	"chokepoint/store"
	"chokepoint/study"
)

//go:embed templates
var templateFiles embed.FS

var functions = template.FuncMap{
	"asset":    assetURL,
	"typeface": func() bool { return assets()["vendor/source-sans-3.woff2"] != nil },
	"glossary": func() []glossaryTerm { return glossary().Terms },
	"terms":    termsIn,
	"json":     func(value any) (string, error) { text, err := json.Marshal(value); return string(text), err },
	"plural":   plural,
	"article":  withArticle,
	"upper":    upperFirst,
	"codes":    codesIn,
	"unbroken": unbroken,
	"minus":    minus,
	"signs":    signs.Replace,
	"longdate": longDate,
	"period":   periodText,
	"people":   func(n int) string { return people(float64(n), "count") },
	"flows":    func(m store.Manifest) string { return result.ShortInt(int(m.Rows)) },
}

// templates are parsed once; a page is the layout with its own part defined as "content".
var templates = map[string]*template.Template{}

func init() {
	names := []string{"login", "reference", "problem", "search", "embed", "group"}
	for _, p := range pages() {
		names = append(names, p.name)
	}
	for _, name := range names {
		templates[name] = template.Must(template.New("layout.html").Funcs(functions).ParseFS(templateFiles, "templates/layout.html", "templates/parts.html", "templates/"+name+".html"))
	}
}

// frame is what the layout shows around a page.
type frame struct {
	Title         string
	Form          *controls // what to show; nil where there is nothing to choose
	Notices       []string  // what was changed of what was asked for
	Problem       *failure  // in place of the content
	Page          bool      // of the workbench: with search, scripts and foot
	Nav           []navigation
	Charts, World bool // the libraries are there; it draws a map
	Plain         bool // it draws nothing
	Synthetic     bool
	Home, Dataset string
	Query         string // what was searched for
	About         *about
	Permalink     string
	Description   string // of the page where a link to it is shown
	Embedded      bool   // one figure alone
	Image         string // address of the picture beside it
	Content       any
	Arriving      *arriving // what of the page comes later; nil where it is shown at once
}

// longDate writes a date or a month of a file as people do: 8 May 2015, May 2015.
func longDate(text string) string {
	if month, err := time.Parse("2006-01", text); err == nil {
		return month.Format("January 2006")
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day.Format("2 January 2006")
	}
	return text
}

type navigation struct {
	Title, Link string
	Current     bool
}

// render fills a page into memory, so that a mistake in it is an error and not half a page.
func render(name string, f frame) ([]byte, error) {
	var b bytes.Buffer
	if err := templates[name].Execute(&b, f); err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	return b.Bytes(), nil
}

func (s site) sendPage(w http.ResponseWriter, r *http.Request, status int, name string, f frame) {
	body, err := render(name, f)
	if err != nil {
		s.Log.Error("page", "name", name, "error", err)
		server.NewProblem(http.StatusInternalServerError, "Failed", "the page could not be made; the server's log says why").Write(w)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if status == http.StatusOK && r.Method == http.MethodGet && w.Header().Get("Cache-Control") == "" {
		sum := sha256.Sum256(body)
		etag := `W/"` + hex.EncodeToString(sum[:16]) + `"`
		w.Header().Set("ETag", etag)
		w.Header().Set("Cache-Control", s.CacheControl())
		if server.MatchesETag(r.Header.Get("If-None-Match"), etag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// site is a server with its pages.
type site struct {
	*server.Server
	whole *wholePages
}

// New are the pages of a server, beside its API.
func New(s *server.Server) server.Site {
	p := site{s, &wholePages{}}
	return server.Site{Routes: p.pageRoutes, Login: p.loginPage, Reference: referencePage}
}

func (s site) loginPage(w http.ResponseWriter, r *http.Request, status int, next, problem string) {
	w.Header().Set("Cache-Control", "no-store")
	s.sendPage(w, r, status, "login", frame{Title: "Token", Content: map[string]string{"Next": next, "Problem": problem}})
}

func (s site) pageRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /assets/", s.serveAsset)
	for _, p := range pages() {
		path := p.path
		if path == "/" {
			path = "/{$}"
		}
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) { s.servePage(w, r, p.asked(r)) })
	}
	mux.HandleFunc("GET /search", s.searchPage)
	mux.HandleFunc("GET /embed/{page}", s.embedPage)
	mux.HandleFunc("GET /image/{page}", s.pageImage)
	mux.HandleFunc("GET /workbench.toml", s.methodFile)
	mux.HandleFunc("/", server.WithoutRoute(mux, s.notFound))
}

// asked is the page that a request means: the overview had the first page's address, and links to it are out there.
func (p *page) asked(r *http.Request) *page {
	if p.path != "/" {
		return p
	}
	overview := pageOf("/overview")
	for name := range r.URL.Query() {
		if name != "dataset" && overview.has(name) {
			return overview
		}
	}
	return p
}

func (s site) servePage(w http.ResponseWriter, r *http.Request, p *page) {
	v, done, err := s.newPageRequest(r, p)
	defer done()
	var content any
	if all, failed := s.Datasets.Manifests(); p.name == "front" && failed == nil && len(all) == 0 {
		s.sendPage(w, r, http.StatusOK, p.name, frame{Title: "First page", Page: true, Charts: charts(), Plain: true, Home: "/", Nav: s.frameOf(v).Nav, Content: &frontView{}})
		return
	}
	if err == nil {
		content, err = v.content()
	}
	if err != nil {
		s.problemPage(w, r, v, err)
		return
	}
	f := s.frameOf(v)
	f.Title, f.Content = titleOfPage(p, content), content
	v.publish(f.Title, content)
	f.Description = study.OrElse(describe(factsOf(content)), p.about)
	f.Image = s.imageOf(r, v)
	if p, ok := content.(interface{ pageMark() mark }); ok {
		f.Title = p.pageMark().On(f.Title)
	}
	name := p.name
	if t, ok := content.(interface{ templateName() string }); ok {
		name = t.templateName()
	}
	f.Form = v.form(nil)
	f.World = p.traits.world
	if parted, ok := content.(*briefView); ok {
		f.Permalink = v.permalink()
		parted.send(w, r, f)
		return
	}
	about := v.about()
	f.About = &about
	f.Permalink = v.permalink()
	f.Arriving = v.arriving()
	if v.staged && len(v.waiting) == 0 {
		s.whole.add(v)
	}
	if p.name == "front" { // its own text says what it is from
		f.About, f.Form = nil, nil
	}
	s.sendPage(w, r, http.StatusOK, name, f)
}

// imageOf is the whole address of the picture of a page: who shows a link to it knows no other.
func (s site) imageOf(r *http.Request, v *pageRequest) string {
	scheme := "http"
	if s.Encrypted(r) {
		scheme = "https"
	}
	u, err := url.Parse(v.permalink())
	if err != nil {
		panic(err) // we wrote it
	}
	u.Scheme, u.Host, u.Path = scheme, r.Host, "/image/"+v.page.name+".png"
	return u.String()
}

// frameOf is the frame around everything that a page shows.
func (s site) frameOf(v *pageRequest) frame {
	f := frame{Page: true, Charts: charts(), Plain: v.page.traits.plain, Synthetic: v.dataset.Synthetic, Home: v.link("/"), Dataset: v.dataset.Name, Notices: v.notices}
	for _, p := range pages() {
		if p.title != "" {
			f.Nav = append(f.Nav, navigation{p.title, v.link(p.path), p.name == v.page.name})
		}
	}
	return f
}

// problemPage says to people what the API says to programs. The form stays as it was filled in.
func (s site) problemPage(w http.ResponseWriter, r *http.Request, v *pageRequest, err error) {
	if r.Context().Err() != nil {
		return // nobody reads it
	}
	var p *server.Problem
	if !errors.As(server.ProblemOf(err), &p) {
		p = server.NewProblem(http.StatusInternalServerError, "Failed", "the server's log says why")
	}
	if p.Cause != nil {
		s.Log.Error("page", "path", r.URL.Path, "error", p.Cause)
	}
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	problem := v.failureOf(p)
	form := v.form(problem)
	for _, f := range problem.Faults {
		delete(v.values, f.Name) // the links to other pages do without it
	}
	f := s.frameOf(v)
	f.Title, f.Form, f.Problem = p.Title+" · "+v.page.title, form, problem
	problem.Back = v.link(v.page.path, v.page.withoutChoices()...)
	if form != nil && form.Bench != nil { // the form shows what is wrong, also where a slider asked for the figures alone
		if form.Bench.Reset != "" {
			problem.Back, problem.BackText = form.Bench.Reset, "Back to the published numbers"
		}
		for name, value := range map[string]string{"Retarget": "#workbench", "Reselect": "#workbench", "Reswap": "outerHTML"} {
			w.Header().Set("HX-"+name, value)
		}
	}
	s.sendPage(w, r, p.Status, v.page.name, f)
}

// withoutChoices are pairs that take all parameters out of a link.
func (p *page) withoutChoices() (pairs []string) {
	for _, name := range p.parameters {
		pairs = append(pairs, name, "")
	}
	return pairs
}

func (s site) notFound(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, "/api/") && strings.Contains(r.Header.Get("Accept"), "text/html") {
		v := &pageRequest{server: s, page: &page{}, values: map[string]string{}}
		f := s.frameOf(v)
		f.Title = "Not found"
		f.Problem = &failure{Page: f.Title, Title: f.Title, Detail: "There is no such page.", Back: "/", BackText: "First page"}
		s.sendPage(w, r, http.StatusNotFound, "problem", f)
		return
	}
	server.NothingHere(w, r)
}

// referenceEntry is one path of the API on its page.
type referenceEntry struct {
	Path, Verb string
	*huma.Operation
	Example string
}

// referencePage is the OpenAPI document for people.
func referencePage(api *huma.OpenAPI) ([]byte, error) {
	f := frame{Title: "API", Content: referenceOf(api)}
	for _, p := range pages() {
		if p.title != "" {
			f.Nav = append(f.Nav, navigation{p.title, p.path, false})
		}
	}
	return render("reference", f)
}
