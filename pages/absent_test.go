package pages

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"chokepoint/server"
	"chokepoint/server/servertest"
)

// seriesServer serves 2017, 2018 and 2020 of a world in which Germany imports in 2017 alone; 2019 is not there. It has two of the
// products of HS17; 850610 is in its code list without flows.
func seriesServer(t *testing.T) *server.Server {
	folder := filepath.Join(t.TempDir(), "baci")
	files := map[string]string{
		"country_codes_V202601.csv":      "country_code,country_name,country_iso2,country_iso3\n156,China,CN,CHN\n276,Germany,DE,DEU\n410,Rep. of Korea,KR,KOR\n528,Netherlands,NL,NLD\n842,USA,US,USA\n",
		"product_codes_HS17_V202601.csv": "code,description\n850610,Manganese cells\n850760,Lithium-ion accumulators\n854140,Photosensitive devices\n",
	}
	for _, year := range []int{2017, 2018, 2020} {
		flows := "t,i,j,k,v,q\n"
		add := func(from, to int, code string, value int) {
			flows += fmt.Sprintf("%d,%d,%d,%s,%d,%d\n", year, from, to, code, value, value/10)
		}
		for _, code := range []string{"850760", "854140"} {
			add(156, 842, code, 70)
			add(276, 842, code, 20)
			add(410, 842, code, 10)
			add(156, 528, code, 50)
			add(842, 410, code, 20)
			add(528, 156, code, 5)
			if year == 2017 {
				add(156, 276, code, 90)
			}
		}
		files[fmt.Sprintf("BACI_HS17_Y%d_V202601.csv", year)] = flows
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data := servertest.Ingested(t, folder)
	return newServer(t, func(c *server.Config) { c.Library, c.Dataset = server.Folder(data), "load" })
}

// claims are what no page says on data that are not there.
var claims = regexp.MustCompile(`\b0 products|\b0 USD|\b0\.0 %|for none|No dependency|Nobody depended|No definition flags|imported none|Leading in|Dependent in|Verdict: `)

// TestPagesWithoutData asks every page about data that are not there, or there in part: none gives a zero, a class or a verdict, in
// words, tables or charts; the status stands in the title and above the first figure.
func TestPagesWithoutData(t *testing.T) {
	one, series := gapServer(t), seriesServer(t)
	for _, c := range []struct {
		name    string
		server  *server.Server
		query   string
		code    int
		status  string   // in titles of pages about the importer; "" where the answer is an error
		about   string   // parameter that a page must take to be asked
		there   bool     // verdicts and figures that may be said: of other members, or of other definitions
		without []string // pages that answer otherwise
	}{
		{name: "absent importer, one year", server: one, query: "importers=DEU", code: 200, status: "missing", about: "importers"},
		{name: "absent importer, last year", server: series, query: "importers=DEU&years=2020", code: 200, status: "missing", about: "importers"},
		{name: "incomplete bloc, one year", server: one, query: "importers=EU27", code: 200, status: "partial", about: "importers", there: true, without: []string{"industry"}},
		{name: "incomplete bloc, series", server: series, query: "importers=EU27&years=2020", code: 200, status: "partial", about: "importers", there: true, without: []string{"industry"}},
		{name: "absent product", server: series, query: "products=850610", code: 422, about: "products"},
		{name: "gap year", server: series, query: "years=2019", code: 422, about: "years"},
		{name: "method of more years than there are", server: one, query: "method=geodep-2024", code: 200, status: "not computable", about: "method", without: []string{"industry"}},
	} {
		for _, p := range pages() {
			if !slices.Contains(p.parameters, c.about) || slices.Contains(c.without, p.name) || p.name == "chain" { // which asks no dataset
				continue
			}
			t.Run(c.name+" "+p.name, func(t *testing.T) {
				w := servertest.Get(c.server, p.path+"?"+c.query)
				if w.Code != c.code {
					t.Fatalf("%s?%s: status %d, want %d", p.path, c.query, w.Code, c.code)
				}
				checkWithoutData(t, w.Body.Bytes(), c.status, c.there, p.name)
			})
		}
	}
}

// checkWithoutData looks at the words, the charts and the marks of a page.
func checkWithoutData(t *testing.T, body []byte, status string, there bool, name string) {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`(?s)<script.*?</script>|<footer.*</footer>|<details class="twin">.*?</details>|<[^>]*>`).ReplaceAllString(string(body), " ")
	text = strings.Join(strings.Fields(html.UnescapeString(text)), " ")
	if found := claims.FindString(text); found != "" && !there {
		at := strings.Index(text, found)
		t.Errorf("says %q: … %s …", found, text[max(0, at-200):min(len(text), at+60)])
	}
	walk(root, func(n *html.Node) {
		option := attribute(n, "data-option")
		if option == "" || there || status != "missing" || name == "industry" { // whose charts are about exports
			return
		}
		var chart any
		if err := json.Unmarshal([]byte(option), &chart); err != nil {
			t.Fatal(err)
		}
		if drawn := zerosOf(chart); drawn > 0 {
			t.Errorf("chart %q draws %d zeros: %s", attribute(n, "data-title"), drawn, option[:min(400, len(option))])
		}
	})
	if status == "" || !slices.Contains([]string{"overview", "pair", "workbench", "compare"}, name) {
		return // nothing is shown, or what does not rest on the importer
	}
	if name == "pair" && status == "missing" {
		status = "partial" // the other direction is there
	}
	title := regexp.MustCompile(`<title>(.*?)</title>`).FindStringSubmatch(string(body))[1]
	if name != "compare" && !strings.Contains(title, "("+status+")") {
		t.Errorf("the title %q does not say %s", title, status)
	}
	main := string(body[bytes.Index(body, []byte("<main")):])
	mark := strings.Index(main, `<span class="status"`)
	if figure := strings.Index(main, `class="big"`); mark < 0 || figure >= 0 && figure < mark && !strings.Contains(main[:figure+400], `<span class="status"`) {
		t.Errorf("the mark of the status is at %d, the first figure at %d", mark, figure)
	}
}

// zerosOf counts the values of 0 that the series of a chart draw, apart from maps, whose kinds have no value.
func zerosOf(chart any) (n int) {
	for _, s := range chart.(map[string]any)["series"].([]any) {
		series := s.(map[string]any)
		data, _ := series["data"].([]any)
		if series["type"] == "map" || series["name"] == "" {
			continue
		}
		for _, item := range data {
			if m, ok := item.(map[string]any); ok && m["value"] == 0.0 {
				n++
			}
		}
	}
	return n
}

// TestGapsInCharts: a year that the dataset lacks, and one without imports, are gaps in charts of several years, not zeros.
func TestGapsInCharts(t *testing.T) {
	s := seriesServer(t)
	root, err := html.Parse(bytes.NewReader(servertest.Body(t, servertest.Get(s, "/?importers=DEU&years=2017&method=iw-2024"), 200)))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	walk(root, func(n *html.Node) {
		if id := attribute(n.Parent, "id"); attribute(n, "data-option") == "" || id != "counts" && id != "values" {
			return
		}
		seen++
		var o struct {
			XAxis  struct{ Data []string }
			YAxis  struct{ Name string }
			Series []struct {
				Name string
				Data []json.RawMessage
			}
		}
		if err := json.Unmarshal([]byte(attribute(n, "data-option")), &o); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(o.XAxis.Data, []string{"2017", "2018", "2019", "2020"}) {
			t.Errorf("the axis has %v", o.XAxis.Data)
		}
		for _, series := range o.Series {
			if series.Name == "" || strings.HasPrefix(series.Name, "all") {
				continue
			}
			for i, text := range series.Data {
				var item struct{ Value *float64 }
				if err := json.Unmarshal(text, &item); err != nil {
					t.Fatal(err)
				}
				if there := item.Value != nil; there != (i == 0) {
					t.Errorf("%s in %s: there is a value: %v", series.Name, o.XAxis.Data[i], there)
				}
			}
		}
		if o.YAxis.Name == "USD" {
			t.Error("dollars of several years without their year")
		}
	})
	if seen != 2 {
		t.Errorf("%d charts over time, want 2", seen)
	}
}

// TestSharesOfFewProducts: on a dataset of two products no share is of all imports, and the page says how few there are.
func TestSharesOfFewProducts(t *testing.T) {
	s := seriesServer(t)
	for _, path := range []string{"/?importers=USA", "/pair?importers=USA&partners=CHN", "/workbench?importers=USA&partners=CHN"} {
		text := pageText(t, s, path+"&method=iw-2024")
		if strings.Contains(text, "of all its imports") || !strings.Contains(text, "of its imports in this dataset") || !strings.Contains(text, "has 2 of the 5,384 products of HS17") {
			t.Errorf("%s: %s", path, text[min(len(text), 800):min(len(text), 2000)])
		}
	}
}

// TestStatusInFileNames: files of answers that lack something say so in their names and titles, others do not.
func TestStatusInFileNames(t *testing.T) {
	s := gapServer(t)
	for query, want := range map[string]string{
		"count.csv?importers=USA&method=iw-2024&products=850760":  `count.csv`,
		"count.csv?importers=EU27&method=iw-2024&products=850760": `count-partial.csv`,
		"count.csv?importers=DEU&products=850760":                 `count-missing.csv`,
		"count.csv?importers=USA":                                 `count-partial.csv`, // three products of a revision
		"count.xlsx?importers=USA&method=geodep-2024":             `count-not-computable.xlsx`,
	} {
		w := servertest.Get(s, server.APIRoot+"/"+query)
		if got := w.Header().Get("Content-Disposition"); w.Code != http.StatusOK || got != `attachment; filename="`+want+`"` {
			t.Errorf("%s: %d, %q, want %s", query, w.Code, got, want)
		}
	}
	table := string(servertest.Body(t, servertest.Get(s, server.APIRoot+"/count.json?importers=EU27&products=850760&years=2024&method=merics-2024"), 200))
	if !strings.Contains(table, `by merics-2024 (partial)"`) {
		t.Errorf("the title does not say that figures are partial: %s", table[:300])
	}
}
