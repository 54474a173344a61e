package pages

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"chokepoint/analysis"
	"chokepoint/brief"
	"chokepoint/published"
	"chokepoint/result"
	"chokepoint/server"
	"chokepoint/server/servertest"
)

// walk visits all elements of a page.
func walk(n *html.Node, visit func(n *html.Node)) {
	if n.Type == html.ElementNode {
		visit(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, visit)
	}
}

func withoutFragment(address string) string {
	address, _, _ = strings.Cut(address, "#")
	return address
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// TestWorkbenchPages opens every page and follows its links one step: each leads to a page or a file, in-page links to what is
// there, ids are told apart, nothing comes from elsewhere, and what is made up says so.
func TestWorkbenchPages(t *testing.T) {
	s := newServer(t, nil)
	followed := map[string]bool{}
	for _, p := range pages() {
		t.Run(p.name, func(t *testing.T) {
			text := servertest.Body(t, servertest.Get(s, p.path+"?dataset=world"), 200)
			root, err := html.Parse(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(text, []byte("SYNTHETIC DATA")) {
				t.Error("the page does not say that its data are synthetic")
			}
			ids := map[string]int{}
			walk(root, func(n *html.Node) {
				if id := attribute(n, "id"); id != "" {
					ids[id]++
				}
			})
			for id, n := range ids {
				if n > 1 {
					t.Errorf("id %s is there %d times", id, n)
				}
			}
			walk(root, func(n *html.Node) {
				for _, name := range []string{"href", "src", "action"} {
					to := attribute(n, name)
					switch {
					case to == "" || strings.HasPrefix(to, "https://") && n.Data == "a":
					case strings.HasPrefix(to, "#"):
						if ids[to[1:]] == 0 {
							t.Errorf("%s leads nowhere", to)
						}
					case !strings.HasPrefix(to, "/"):
						t.Errorf("<%s %s=%q> is not of this server", n.Data, name, to)
					case followed[withoutFragment(to)]:
					case len(followed) < 400:
						to = withoutFragment(to)
						followed[to] = true
						if w := servertest.Get(s, to); w.Code != 200 {
							t.Errorf("%s: %s: status %d", p.path, to, w.Code)
						}
					}
				}
			})
		})
	}
}

// TestPageNumbers compares what pages say with what the API answers.
func TestPageNumbers(t *testing.T) {
	s := newServer(t, nil)
	a := servertest.ReadJSON(t, servertest.Body(t, servertest.Get(s, server.APIRoot+"/count?dataset=world&importers=USA&years=2024"), 200))
	products := result.IntColumn("products", "count", "")
	products.AppendInt(int64(a.Rows[0]["products"].(float64)))
	page := string(servertest.Body(t, servertest.Get(s, "/?dataset=world&importers=USA"), 200))
	if want := products.Short(0) + " product"; !strings.Contains(page, want) {
		t.Errorf("the overview does not say %q", want)
	}
	both := servertest.ReadJSON(t, servertest.Body(t, servertest.Get(s, server.APIRoot+"/asymmetry?dataset=world&a=USA&b=CHN&years=2024"), 200))
	pair := string(servertest.Body(t, servertest.Get(s, "/pair?dataset=world&importers=USA&partners=CHN"), 200))
	for _, column := range []string{"a_on_b_products", "b_on_a_products"} {
		n := result.IntColumn("n", "count", "")
		n.AppendInt(int64(both.Rows[0][column].(float64)))
		if !strings.Contains(pair, `<span class="big"`) || !strings.Contains(pair, ">"+n.Short(0)+"<") {
			t.Errorf("the pair does not show %s %s", column, n.Short(0))
		}
	}
}

// TestPairDefaults names one side only: the page does not put an economy beside itself.
func TestPairDefaults(t *testing.T) {
	s := newServer(t, nil)
	for _, query := range []string{"partners=USA", "importers=CHN", "importers=USA", "partners=CHN"} {
		servertest.Body(t, servertest.Get(s, "/pair?dataset=world&"+query), 200)
	}
}

// TestHostilePages sends wrong parameters to pages: each gets a page that says which one is wrong.
func TestHostilePages(t *testing.T) {
	s := newServer(t, func(c *server.Config) { c.Limits.Time = 20 * time.Second })
	for path, parameter := range map[string]string{
		"/?importers=Atlantis":                               "importers",
		"/?importers=USA&importers=CHN":                      "importers",
		"/?importers=%3Cscript%3Ealert(1)%3C/script%3E":      "importers",
		"/?years=1066":                                       "years",
		"/?years=NaN":                                        "years",
		"/?method=/etc/passwd.toml":                          "method",
		"/?min-value=Inf":                                    "min-value",
		"/?nope=1":                                           "nope",
		"/pair?importers=USA&partners=%00":                   "partners",
		"/pair?importers=" + strings.Repeat("USA%2B", 2000):  "importers",
		"/product?products=1":                                "products",
		"/product?products=..%2f..":                          "products",
		"/product?importers=all":                             "importers",
		"/chokepoints?weights=/etc/passwd.toml":              "weights",
		"/chokepoints?weights=nope":                          "weights",
		"/chokepoints?products=%ff":                          "products",
		"/chokepoints?show=nope":                             "show",
		"/policy?policy=nope":                                "policy",
		"/policy?outcome=nope":                               "outcome",
		"/policy?list=/etc/passwd.csv":                       "list",
		"/map?partners=Atlantis":                             "partners",
		"/workbench?definition=id+%3D+%22x%22":               "definition",
		"/workbench?definition=" + strings.Repeat("(", 3000): "definition",
		"/workbench?t1=NaN":                                  "t1",
		"/workbench?t0=-1e999":                               "t0",
		"/compare?against=..%2fx":                            "against",
		"/brief?article=..%2fmine.toml":                      "article",
		"/brief?article=nope":                                "article",
		"/data?dataset=..%2f..":                              "dataset",
	} {
		w := servertest.Get(s, path, "Accept", "text/html")
		text := w.Body.String()
		if w.Code < 400 || w.Code >= 500 {
			t.Errorf("%.60s: status %d", path, w.Code)
			continue
		}
		if w.Code != 414 && !strings.Contains(text, parameter) {
			t.Errorf("%.60s: the page does not name %s: %.300s", path, parameter, text)
		}
		if strings.Contains(text, "<script>alert") || strings.Contains(text, "root:") {
			t.Errorf("%.60s: the page repeats what it must not", path)
		}
	}
	if w := servertest.Get(s, "/healthz"); w.Code != 200 {
		t.Errorf("not well afterwards: %d", w.Code)
	}
}

// FuzzPages sends any query to every page.
func FuzzPages(f *testing.F) {
	for _, q := range []string{"importers=USA&partners=CHN", "products=850650&years=2024", "method=mgi&min-value=1e6", "weights=reach", "q=lithium", "article=mic25", "t0=0.5", "definition=x"} {
		f.Add(q)
	}
	s := newServer(f, func(c *server.Config) { c.Limits.Time = 5 * time.Second })
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range append([]string{"/search"}, pagePaths()...) {
			if w := servertest.Get(s, path+"?"+query); w.Code >= 500 && w.Code != 503 || w.Code != 200 && w.Code < 300 {
				t.Errorf("%s?%q: status %d: %.300s", path, query, w.Code, w.Body)
			}
		}
	})
}

func pagePaths() (paths []string) {
	for _, p := range pages() {
		paths = append(paths, p.path)
	}
	return paths
}

// TestSearch finds by code, by words, and in spite of errors of typing.
func TestSearch(t *testing.T) {
	s := newServer(t, nil)
	for q, want := range map[string]string{"germny": "importers=DEU", "usa": "importers=USA", "eu27": "importers=EU27", "chapter 85": "products=85"} {
		page := string(servertest.Body(t, servertest.Get(s, "/search?dataset=world&q="+url.QueryEscape(q)), 200))
		if !strings.Contains(page, want) {
			t.Errorf("search for %q does not lead to %s", q, want)
		}
	}
}

// TestBriefPage shows every claim of every brief.
func TestBriefPage(t *testing.T) {
	s := newServer(t, nil)
	for _, b := range brief.Builtin() {
		page := string(servertest.Body(t, servertest.Get(s, "/brief?dataset=world&article="+b.ID), 200))
		for _, c := range b.Claims {
			if !strings.Contains(page, `id="`+c.ID+`"`) {
				t.Errorf("%s: claim %s is missing", b.ID, c.ID)
			}
		}
		verdicts := []brief.Verdict{brief.Stands, brief.InPart, brief.Falls, brief.Unsaid, brief.NoNumber, brief.Untested}
		if !slices.ContainsFunc(verdicts, func(v brief.Verdict) bool { return strings.Contains(page, string(v)) }) {
			t.Errorf("%s: no verdict", b.ID)
		}
	}
	if page := string(servertest.Body(t, servertest.Get(s, "/brief?dataset=world"), 200)); !strings.Contains(page, `id="A1"`) {
		t.Error("the page does not begin with the standard brief")
	}
}

// TestPolicyPage: the page says what the API answers.
func TestPolicyPage(t *testing.T) {
	s := newServer(t, nil)
	a := servertest.ReadJSON(t, servertest.Body(t, servertest.Get(s, server.APIRoot+"/policy?dataset=world&policy=mic25&outcome=import-share&list=mic25:low"), 200))
	page := string(servertest.Body(t, servertest.Get(s, "/policy?dataset=world&outcome=import-share&list=mic25:low"), 200))
	kinds := map[any]int{}
	for _, row := range a.Rows {
		kinds[row["kind"]]++
		if row["kind"] == "did" {
			estimate := result.FloatColumn("x", "outcome", "")
			estimate.AppendFloat(row["estimate"].(float64))
			if !strings.Contains(page, signed(estimate.Short(0))) {
				t.Errorf("the page does not say %s", estimate.Short(0))
			}
		}
	}
	if len(a.Rows) == 0 && !strings.Contains(page, "This dataset cannot show whether") {
		t.Error("nothing was estimated, and the page does not say so")
	}
	for kind, id := range map[string]string{"event": "event", "did": "placebo", "placebo-other": "others"} {
		if got := strings.Contains(page, `<figure class="figure" id="`+id+`"`); got != (kinds[kind] > 0) {
			t.Errorf("figure %s: %v, with %d rows of %s", id, got, kinds[kind], kind)
		}
	}
	if late := string(servertest.Body(t, servertest.Get(s, "/policy?dataset=world&policy=fyp15"), 200)); !strings.Contains(late, "This dataset cannot show whether it had an effect: it covers 20") || strings.Contains(late, "<figure") {
		t.Error("the page of a policy that is later than the dataset does not say why it shows no effect")
	}
	if means := strings.Contains(page, `<figure class="figure" id="means"`); means != (kinds["did"] > 0 && kinds["mean-listed"] > 0) {
		t.Errorf("figure of means: %v, with %d rows", means, kinds["mean-listed"])
	}
	for _, p := range []string{"fyp14", "plenum2024", "fyp15"} {
		if !strings.Contains(page, "policy="+p) {
			t.Errorf("the lineage does not lead to %s", p)
		}
	}
}

// TestReference checks that the readable page has every path and parameter of the document, and that its examples work.
func TestReference(t *testing.T) {
	list := filepath.Join(t.TempDir(), "synthetic.csv")
	if err := os.WriteFile(list, []byte("economy,product,year,flag\nUSA,850760,2024,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	flags, err := published.Open(list)
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, func(c *server.Config) { c.Beside.Flags = flags })
	page := string(servertest.Body(t, servertest.Get(s, server.APIRoot+"/"), 200))
	for _, q := range analysis.Questions() {
		if !strings.Contains(page, server.APIRoot+"/"+q.Joined("/")+"</code>") {
			t.Errorf("the page lacks %s", q.Name)
		}
		for _, p := range server.QuestionParameters(q) {
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
		path = strings.Replace(path, "products=8507&", "products=all&", 1) // the small world lacks batteries
		if strings.HasPrefix(path, "openapi") || strings.HasPrefix(path, "explain") || strings.HasPrefix(path, "compare/published") || strings.HasPrefix(path, "loop/learning") ||
			strings.HasPrefix(path, "scenario/tariff") || strings.HasPrefix(path, "scenario/compare") { // the small world lacks the product, and the server the list and the files, of the example
			continue
		}
		if q, ok := analysis.QuestionOf(strings.ReplaceAll(strings.Split(path, "?")[0], "/", " ")); ok && q.Tables { // the server has no input-output tables
			continue
		}
		examples++
		if w := servertest.Get(s, server.APIRoot+"/"+path); w.Code != http.StatusOK {
			t.Errorf("%s: status %d: %s", path, w.Code, server.Shortened(w.Body.String()))
		}
	}
	if examples < 8 {
		t.Errorf("%d examples", examples)
	}
}

// TestAsPublished: what the workbench says of a definition as published is what its question counts, wherever its thresholds have been moved to.
func TestAsPublished(t *testing.T) {
	s := newServer(t, nil)
	said := func(text, pattern string) string {
		m := regexp.MustCompile(pattern).FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("the page does not say %s: %s", pattern, text)
		}
		return m[1]
	}
	of := "dataset=world&years=2024&importers=USA&partners=CHN&method=merics-2024"
	whole := servertest.ReadJSON(t, servertest.Body(t, servertest.Get(s, server.APIRoot+"/count?"+of), 200)).Rows[0]["products"].(float64)
	for _, moved := range []string{"", "&t2=0.9"} {
		text := pageText(t, s, "/workbench?"+of+moved)
		if got := said(text, `As published, MERICS 2024 flags ([0-9,]+) product`); got != result.ShortInt(int(whole)) {
			t.Errorf("%q: as published %s; want %v", moved, got, whole)
		}
		own := said(text, `depended on China for ([0-9,]+) product`)
		if (own == result.ShortInt(int(whole))) != (moved == "") {
			t.Errorf("%q: %s products, as many as published: the test tests nothing", moved, own)
		}
		if strings.Contains(text, "but not by MERICS 2024 as published") != (moved != "") {
			t.Errorf("%q: the difference with the published definition: %s", moved, text)
		}
	}
}
