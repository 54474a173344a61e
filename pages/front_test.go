package pages

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"chokepoint/server"
	"chokepoint/server/servertest"
)

// TestFrontPage: five questions in words, each of which the dataset answers; all datasets with what they cover; and addresses of the
// overview from before it had one of its own.
func TestFrontPage(t *testing.T) {
	s := newServer(t, nil)
	root, err := html.Parse(bytes.NewReader(servertest.Body(t, servertest.Get(s, "/?dataset=world"), 200)))
	if err != nil {
		t.Fatal(err)
	}
	var questions []string
	walk(root, func(n *html.Node) {
		if n.Data == "a" && n.Parent.Parent != nil && attribute(n.Parent.Parent, "class") == "questions" {
			questions = append(questions, attribute(n, "href"))
		}
	})
	if len(questions) != 5 {
		t.Errorf("%d questions; want five: %q", len(questions), questions)
	}
	for _, q := range questions {
		servertest.Body(t, servertest.Get(s, q), 200)
	}
	text := string(servertest.Body(t, servertest.Get(s, "/?dataset=world"), 200))
	for _, want := range []string{"SYNTHETIC", "products of", "chokepoint ingest baci", `href="/?dataset=`} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if old := pageText(t, s, "/?importers=USA&dataset=world"); !strings.Contains(old, "import-dependent") {
		t.Error("an old address of the overview does not lead there")
	}
}

// TestFrontWithoutData: what to do is said where there is no dataset.
func TestFrontWithoutData(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "empty")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	s := newServer(t, func(c *server.Config) { c.Library, c.Dataset = server.Folder(folder), "" })
	text := string(servertest.Body(t, servertest.Get(s, "/"), 200))
	for _, want := range []string{"chokepoint ingest baci", "chokepoint demo"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// TestGoods: what people write for goods is read, and pages are about these goods alone.
func TestGoods(t *testing.T) {
	s := newServer(t, nil)
	for products, want := range map[string]string{
		"EV batteries":             "is read as 850760",
		"850760;850650":            "850760",
		"850760 850650":            "850760",
		"8507":                     "Heading 8507",
		"without:list:bec/primary": "all goods without raw materials",
		"list:strategic":           "strategic goods",
		"8507600033":               "850760",
	} {
		for _, path := range []string{"/overview", "/pair", "/product", "/map"} {
			page := servertest.Get(s, path+"?dataset=world&products="+url.QueryEscape(products))
			if page.Code != 200 && page.Code != 422 {
				t.Errorf("%s of %s: status %d", path, products, page.Code)
			}
			if body := page.Body.String(); page.Code == 200 && path == "/overview" && !strings.Contains(body, want) {
				t.Errorf("%s of %s does not say %q", path, products, want)
			}
		}
	}
}

// TestOwnBloc: a bloc that the address names is one importer by its name, and links keep its members.
func TestOwnBloc(t *testing.T) {
	s := newServer(t, nil)
	page := string(servertest.Body(t, servertest.Get(s, "/overview?dataset=world&importers="+url.QueryEscape("Mine=USA+JPN")), 200))
	if !strings.Contains(page, "<h1>Mine ") {
		t.Error("the title does not name the bloc")
	}
	if !strings.Contains(page, "importers=Mine%3DUSA%2BJPN") {
		t.Error("no link keeps the members of the bloc")
	}
	if strings.Contains(page, "importers=Mine&amp;") || strings.Contains(page, `importers=Mine"`) {
		t.Error("a link has the name of the bloc alone")
	}
}

// TestGlossary: terms are found in texts, which stay escaped, and each has an explanation.
func TestGlossary(t *testing.T) {
	got := string(termsIn(`World concentration (HHI) of <b>`))
	if want := `World concentration (<button type="button" class="term" popovertarget="term-hhi">HHI</button>) of &lt;b&gt;`; got != want {
		t.Errorf("%s; want %s", got, want)
	}
	var ids []string
	for _, term := range glossary().Terms {
		if term.Text == "" || slices.Contains(ids, term.ID) || termOf(term.Term) != term.ID {
			t.Errorf("%+v: no text, or it stands twice", term)
		}
		ids = append(ids, term.ID)
	}
}
