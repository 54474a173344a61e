package pages

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"chokepoint/ingest"
	"chokepoint/server"
	"chokepoint/server/servertest"
	"chokepoint/synth"
)

// element is a page's element, with its attributes by name and its text.
type element struct {
	name       string
	attributes map[string]string
	text       string
}

// elementsOf lists the elements of a page that have a name or an id, or a class asked for.
func elementsOf(t *testing.T, w *httptest.ResponseRecorder, is func(e element) bool) (list []element) {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	walk(root, func(n *html.Node) {
		e := element{n.Data, map[string]string{}, textOf(n)}
		for _, a := range n.Attr {
			e.attributes[a.Key] = a.Val
		}
		if is(e) {
			list = append(list, e)
		}
	})
	return list
}

func textOf(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b.WriteString(textOf(c))
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func withClass(class string) func(e element) bool {
	return func(e element) bool { return slices.Contains(strings.Fields(e.attributes["class"]), class) }
}

// sent is the form of a page as a browser would send it, with some fields changed.
func sent(t *testing.T, w *httptest.ResponseRecorder, changed map[string]string) url.Values {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	values := url.Values{}
	var form func(n *html.Node) bool
	fields := func(n *html.Node) {
		name := attribute(n, "name")
		switch {
		case name == "":
		case n.Data == "input":
			values.Set(name, attribute(n, "value"))
		case n.Data == "textarea":
			values.Set(name, textOf(n))
		case n.Data == "select":
			walk(n, func(o *html.Node) {
				if o.Data == "option" && (slices.ContainsFunc(o.Attr, func(a html.Attribute) bool { return a.Key == "selected" }) || !values.Has(name)) {
					values.Set(name, attribute(o, "value"))
				}
			})
		}
	}
	form = func(n *html.Node) bool {
		if n.Type == html.ElementNode && n.Data == "form" && (attribute(n, "aria-label") == "What to show" || attribute(n, "id") == "bench") {
			walk(n, fields)
			return true
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if form(c) {
				return true
			}
		}
		return false
	}
	if !form(root) {
		t.Fatal("the page has no form")
	}
	for name, value := range changed {
		values.Set(name, value)
	}
	return values
}

// TestFormsKeepWhatIsWrong: the page of a wrong choice has the form, with what was typed, and says at the field what is wrong.
func TestFormsKeepWhatIsWrong(t *testing.T) {
	s := newServer(t, nil)
	for _, c := range []struct{ path, field, value, says string }{
		{"/", "importers", "Atlantis", "unknown"},
		{"/", "importers", "germny", "Germany"},
		{"/", "importers", "XXX", "such as DEU, Germany or EU27"},
		{"/", "years", "1850", "2022 to 2024"},
		{"/", "method", "nope", "merics-2024"},
		{"/", "min-value", "lots", "US dollars"},
		{"/", "dataset", "nope", "world"},
		{"/pair", "partners", "USA", "other than the importer"}, // beside the importer USA
		{"/pair", "importers", "all", "one economy"},
		{"/product", "products", "8", "leading zero"},
		{"/product", "products", "no such thing", "product"},
		{"/chokepoints", "partners", "Atlantis", "unknown"},
		{"/chokepoints", "weights", "nope", "equal"},
		{"/industry", "importers", "all", "one economy"},
		{"/industry", "list", "nope", "mic25"},
		{"/policy", "policy", "nope", "mic25"},
		{"/policy", "outcome", "nope", "log-imports"},
		{"/map", "partners", "all", "one economy"},
		{"/compare", "against", "nope", "world-before"},
		{"/compare", "importers", "Atlantis", "unknown"},
		{"/brief", "article", "nope", "mic25"},
		{"/workbench", "importers", "Atlantis", "unknown"},
		{"/workbench", "t2", "40", "0.4"},
		{"/workbench", "t2", "400", "from 0 to 1"},
		{"/workbench", "t2", "a third", "number"},
		{"/workbench", "t1", "40 %", "per cent"},
		{"/workbench", "definition", "nonsense", "expected an indicator"},
		{"/workbench", "definition", "id=\"x\"\ntitle=\"x\"\nsource=\"x\"\ncriteria=[\"partner_share >= 40\"]", "0.4"},
		{"/workbench", "definition", "id=\"x\"\ntitle=\"x\"\nsource=\"x\"\ncriteria=[\"partner_share >= 40 %\"]", "0.4"},
	} {
		values := url.Values{"method": {"merics-2024"}}
		if c.path == "/brief" {
			values = url.Values{}
		}
		if c.path == "/pair" {
			values.Set("importers", "USA")
		}
		values.Set(c.field, c.value)
		w := servertest.Get(s, c.path+"?"+values.Encode(), "Accept", "text/html")
		if w.Code != 422 {
			t.Errorf("%s %s=%s: status %d, want 422", c.path, c.field, c.value, w.Code)
			continue
		}
		fields := elementsOf(t, w, func(e element) bool { return e.attributes["aria-invalid"] == "true" })
		if len(fields) != 1 || fields[0].attributes["name"] != c.field {
			t.Errorf("%s %s=%s: the fields marked as wrong are %v", c.path, c.field, c.value, fields)
			continue
		}
		faults := elementsOf(t, w, func(e element) bool { return e.attributes["id"] == fields[0].attributes["aria-describedby"] })
		if len(faults) != 1 || !strings.Contains(faults[0].text, c.says) {
			t.Errorf("%s %s=%s: the field says %v, want %q", c.path, c.field, c.value, faults, c.says)
		}
		kept := fields[0].attributes["value"] + fields[0].text
		if fields[0].name == "textarea" {
			kept, c.value = fields[0].text, strings.Join(strings.Fields(c.value), " ")
		}
		if c.field != "dataset" && !strings.Contains(kept, c.value) {
			t.Errorf("%s %s=%s: the field has %q", c.path, c.field, c.value, kept)
		}
		if n := len(elementsOf(t, w, withClass("lead"))); n > 0 {
			t.Errorf("%s %s=%s: figures are shown in spite of the error", c.path, c.field, c.value)
		}
		if n := len(elementsOf(t, w, func(e element) bool { return e.attributes["role"] == "alert" })); n != 1 {
			t.Errorf("%s %s=%s: %d alerts", c.path, c.field, c.value, n)
		}
	}
}

// TestAllThatIsWrong: several mistakes are told at once.
func TestAllThatIsWrong(t *testing.T) {
	s := newServer(t, nil)
	w := servertest.Get(s, "/workbench?importers=Atlantis&years=1850&min-value=lots&t2=40&partners=Mordor")
	var names []string
	for _, e := range elementsOf(t, w, func(e element) bool { return e.attributes["aria-invalid"] == "true" }) {
		names = append(names, e.attributes["name"])
	}
	slices.Sort(names)
	if want := []string{"importers", "min-value", "partners", "t2", "years"}; !slices.Equal(names, want) {
		t.Errorf("wrong are %v, want %v", names, want)
	}
}

// TestUnknownParameter: a page names the parameters that it has.
func TestUnknownParameter(t *testing.T) {
	s := newServer(t, nil)
	for path, want := range map[string]string{
		"/scenario?sellers=CHN": "this page has no such parameter; it has partners, ",
		"/brief?brief=mic25":    "this page has no such parameter; it has article",
		"/data?nope=1":          "this page has no such parameter",
	} {
		if text := string(servertest.Body(t, servertest.Get(s, path, "Accept", "text/html"), 422)); !strings.Contains(text, want) {
			t.Errorf("%s: %q is not in it", path, want)
		}
	}
}

// TestStylesAreNotCopied: htmx would copy style attributes between old and new parts of a page, which the policy of the page forbids.
func TestStylesAreNotCopied(t *testing.T) {
	page := string(servertest.Body(t, servertest.Get(newServer(t, nil), "/scenario"), 200))
	if want := `"attributesToSettle":["class","width","height"]`; !strings.Contains(page, want) {
		t.Errorf("htmx is not told %s", want)
	}
}

// TestDrawingIsChecked: how series are to be drawn is checked also where none is, as on the page of several products together.
func TestDrawingIsChecked(t *testing.T) {
	s := newServer(t, nil)
	const products = "84,85"
	for path, want := range map[string]string{
		"/product?products=" + products + "&unit=banana":         "expected usd, share or tonnes",
		"/product?products=" + products + "&scale=banana":        "expected log, or nothing",
		"/overview?importers=USA&scale=banana":                   "expected log, or nothing",
		"/pair?importers=USA&partners=CHN&unit=tonnes":           "expected products, usd or share",
		"/pair?importers=USA&partners=CHN&unit=usd&scale=banana": "expected log, or nothing",
	} {
		w := servertest.Get(s, path)
		if servertest.Body(t, w, 422); !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s does not say %q", path, want)
		}
	}
	for _, path := range []string{"/product?products=" + products + "&unit=share", "/overview?importers=USA&scale=log", "/pair?importers=USA&partners=CHN&unit=share&scale=log"} {
		servertest.Body(t, servertest.Get(s, path), 200)
	}
}

// TestNumbersAsPeopleWrite reads 5 million and 40 % as they are meant, and shows them in digits.
func TestNumbersAsPeopleWrite(t *testing.T) {
	s := newServer(t, nil)
	for _, c := range []struct{ field, typed, plain string }{
		{"min-value", "5 million", "5000000"}, {"min-value", "5m", "5000000"}, {"min-value", "1.5 bn", "1500000000"},
		{"min-value", "5,000,000", "5000000"}, {"min-value", "5 000 000", "5000000"}, {"min-value", "1e6", "1e6"}, {"min-value", "5 m USD", "5000000"}, {"min-value", "$5,000,000", "5000000"}, {"min-value", "5 million dollars", "5000000"},
		{"t2", "40 %", "0.4"}, {"t2", "40%", "0.4"}, {"t2", "33.3 per cent", "0.333"}, {"t2", "0.4", "0.4"}, {"t1", "3", "3"},
	} {
		address := func(value string) string {
			return "/workbench?dataset=world&importers=USA&method=merics-2024&" + url.Values{c.field: {value}}.Encode()
		}
		w := servertest.Get(s, address(c.typed))
		servertest.Body(t, w, 200)
		shown := elementsOf(t, w, func(e element) bool { return e.attributes["id"] == "f-"+c.field })
		if len(shown) != 1 || shown[0].attributes["value"] != c.plain {
			t.Errorf("%s %q is shown as %v, want %s", c.field, c.typed, shown, c.plain)
		}
		if a, b := elementsOf(t, w, withClass("lead")), elementsOf(t, servertest.Get(s, address(c.plain)), withClass("lead")); len(a) != 1 || a[0].text != b[0].text {
			t.Errorf("%s %q: %v, but %q: %v", c.field, c.typed, a, c.plain, b)
		}
	}
	for _, text := range []string{"5,00", "5 millions of", "1,2345", "-5", "0x10", "5.0000001 m", "1e400"} {
		if got := plainNumber(text); got != text {
			t.Errorf("%q is read as %q", text, got)
		}
	}
}

// TestAnotherDefinition: a form sent with another definition shows that one, with its own sliders.
func TestAnotherDefinition(t *testing.T) {
	s := newServer(t, nil)
	ids := builtinIDs()
	exact := withClass("exact")
	for i, from := range ids {
		to := ids[(i+1)%len(ids)]
		page := servertest.Get(s, "/workbench?dataset=world&method="+from)
		servertest.Body(t, page, 200)
		w := servertest.Get(s, "/workbench?"+sent(t, page, map[string]string{"method": to}).Encode())
		if w.Code != 200 {
			t.Errorf("from %s to %s: status %d", from, to, w.Code)
			continue
		}
		if got, want := elementsOf(t, w, exact), elementsOf(t, servertest.Get(s, "/workbench?dataset=world&method="+to), exact); !slices.EqualFunc(got, want, func(a, b element) bool {
			return a.attributes["name"] == b.attributes["name"] && a.attributes["value"] == b.attributes["value"]
		}) {
			t.Errorf("from %s to %s: sliders %v, want %v", from, to, got, want)
		}
	}
	if w := servertest.Get(s, "/workbench?method=mgi&t3=0.3"); w.Code != 422 {
		t.Errorf("a slider that the definition does not have, in an address without a form: status %d, want 422", w.Code)
	}
}

// TestWrittenDefinitionIsLeft: another definition chosen beside a text of one's own is taken, and the page says so.
func TestWrittenDefinitionIsLeft(t *testing.T) {
	s := newServer(t, nil)
	own := "id = \"mine\"\ntitle = \"mine\"\nsource = \"me\"\ncriteria = [\"partner_share >= 0.4\"]"
	page := servertest.Get(s, "/workbench?dataset=world&"+url.Values{"definition": {own}}.Encode())
	servertest.Body(t, page, 200)
	w := servertest.Get(s, "/workbench?"+sent(t, page, map[string]string{"method": "mgi", "definition": own}).Encode())
	servertest.Body(t, w, 200)
	if notices := elementsOf(t, w, withClass("notice")); len(notices) != 1 || !strings.Contains(notices[0].text, "replaced by McKinsey 2023") {
		t.Errorf("the page says %v", notices)
	}
	if n := len(elementsOf(t, w, withClass("slide"))); n == 0 {
		t.Error("no sliders")
	}
}

// TestAnotherDataset switches the dataset by the form of every page, to one of another revision and other years.
func TestAnotherDataset(t *testing.T) {
	folder := t.TempDir()
	for name, archive := range map[string]string{"new": smallWorld(t, 2022, 2024), "old": smallWorld(t, 1999, 2000)} {
		_, err := ingest.BACI(t.Context(), []string{archive}, ingest.Options{DataDir: folder, Name: name, ProgramVersion: "test", Progress: func(ingest.Progress) {}})
		if err != nil {
			t.Fatal(err)
		}
	}
	s := newServer(t, func(c *server.Config) {
		c.Library, c.Dataset, c.Limits.Time = server.Folder(folder), "new", 30*time.Second
	})
	for _, p := range pages() {
		if p.name == "front" { // it has links to the datasets in place of a form
			continue
		}
		page := servertest.Get(s, p.path+"?dataset=new")
		servertest.Body(t, page, 200)
		w := servertest.Get(s, p.path+"?"+sent(t, page, map[string]string{"dataset": "old"}).Encode())
		if w.Code != 200 {
			t.Errorf("%s: status %d: %v", p.path, w.Code, elementsOf(t, w, withClass("problem")))
			continue
		}
		notices := elementsOf(t, w, withClass("notice"))
		if slices.Contains(p.parameters, "years") && (len(notices) != 1 || !strings.Contains(notices[0].text, "2024") || !strings.Contains(notices[0].text, "2000 is shown")) {
			t.Errorf("%s: the page says %v of the year", p.path, notices)
		}
		link := elementsOf(t, w, withClass("permalink"))
		if len(link) != 1 || strings.Contains(link[0].attributes["href"], "form-") {
			t.Fatalf("%s: permanent link %v", p.path, link)
		}
		again := servertest.Get(s, link[0].attributes["href"])
		if servertest.Body(t, again, 200); len(elementsOf(t, again, withClass("notice"))) > 0 {
			t.Errorf("%s: the permanent link changes what is shown", p.path)
		}
	}
	// Importer and partner that the other dataset does not know, and a list of products.
	w := servertest.Get(s, "/chokepoints?form-dataset=new&dataset=old&partners=Atlantis&products=999998&years=2000")
	servertest.Body(t, w, 200)
	if notices := elementsOf(t, w, withClass("notice")); len(notices) != 2 {
		t.Errorf("the page says %v", notices)
	}
	// What somebody wrote by hand, or kept, is no form.
	for _, query := range []string{"dataset=old&years=2024", "form-dataset=old&dataset=old&years=2024", "form-dataset=new&dataset=old&min-value=lots"} {
		if w := servertest.Get(s, "/?"+query); w.Code != 422 {
			t.Errorf("%s: status %d, want 422", query, w.Code)
		}
	}
}

// TestOptionsOfCharts: options are in attributes, which no script policy takes away, and nothing in them can leave those.
func TestOptionsOfCharts(t *testing.T) {
	s := newServer(t, nil)
	for _, p := range pages() {
		w := servertest.Get(s, p.path+"?dataset=world")
		for _, e := range elementsOf(t, w, withClass("chart")) {
			if !json.Valid([]byte(e.attributes["data-option"])) || len(e.attributes["data-option"]) < 10 {
				t.Errorf("%s: a chart has the option %.80q", p.path, e.attributes["data-option"])
			}
		}
		for _, e := range elementsOf(t, w, func(e element) bool { return e.name == "script" }) {
			if e.attributes["src"] == "" {
				t.Errorf("%s: a script without a source", p.path)
			}
		}
	}
	var b bytes.Buffer
	evil := `"><script>alert(1)</script>`
	f := &figure{ID: "x", Title: evil, Option: map[string]any{"tip": evil}, Table: &grid{}}
	if err := templates["overview"].ExecuteTemplate(&b, "figure", f); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "<script") {
		t.Errorf("a tip leaves its attribute: %s", b.String())
	}
}

// TestWorkbenchErrorsReplaceTheForm: where a slider asks for the figures alone, an error brings the whole form.
func TestWorkbenchErrorsReplaceTheForm(t *testing.T) {
	s := newServer(t, nil)
	w := servertest.Get(s, "/workbench?t2=40&method=merics-2024", "HX-Request", "true")
	for name, want := range map[string]string{"HX-Retarget": "#workbench", "HX-Reselect": "#workbench"} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s %q, want %q", name, got, want)
		}
	}
	if got := servertest.Get(s, "/workbench?method=merics-2024").Header().Get("HX-Retarget"); got != "" {
		t.Errorf("an answer goes to %q", got)
	}
}

// smallWorld writes an archive of a few years of a made-up world.
func smallWorld(t *testing.T, first, last int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), synth.ArchiveName)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	world := synth.New(synth.Config{Seed: 3, FirstYear: first, LastYear: last, Products: 100, Economies: 16, FlowsPerYear: 1500, Quantities: true})
	if err := errors.Join(world.WriteArchive(f, func(int, int64) {}), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}
