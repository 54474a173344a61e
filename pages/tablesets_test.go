package pages

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"chokepoint/icio"
	"chokepoint/server"
	"chokepoint/server/servertest"
)

// madeUpTable is a wide table of all industries of the OECD's 2025 edition, which balances. shift makes one differ from another.
func madeUpTable(shift int, areas ...string) string {
	var layout *icio.Layout
	for _, l := range icio.Layouts() {
		if l.ID == "oecd-icio-2025" {
			layout = l
		}
	}
	var labels []string
	for _, a := range areas {
		for _, i := range layout.Industries {
			labels = append(labels, a+"_"+i.Code)
		}
	}
	var b strings.Builder
	b.WriteString("V1," + strings.Join(labels, ","))
	for _, a := range areas {
		b.WriteString("," + a + "_HFCE")
	}
	b.WriteString(",OUT\n")
	k := len(layout.Industries)
	for i, l := range labels {
		sum := 0
		b.WriteString(l)
		for j := range labels {
			v := (7*i + 13*j + shift*(i%k)) % 9
			if i/k == j/k {
				v *= 3
			}
			sum += v
			fmt.Fprintf(&b, ",%d", v)
		}
		for range areas {
			sum += 700
			b.WriteString(",700")
		}
		fmt.Fprintf(&b, ",%d\n", sum)
	}
	return b.String()
}

// withTables ingests sets of tables by name and year, and serves them beside the small worlds.
func withTables(t *testing.T, synthetic bool, sets map[string]map[int]string) *server.Server {
	t.Helper()
	dir := t.TempDir()
	for name, years := range sets {
		var paths []string
		for year, text := range years {
			path := filepath.Join(dir, fmt.Sprintf("%s-%d.csv", name, year))
			if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
			paths = append(paths, path)
		}
		if _, err := icio.Ingest(t.Context(), paths, icio.Options{DataDir: dir, Name: name, Synthetic: synthetic}); err != nil {
			t.Fatal(err)
		}
	}
	return newServer(t, func(c *server.Config) { c.Beside.Tables = icio.Open(dir) })
}

// answerOf are the rows of an answer of the API, by column.
func answerOf(t *testing.T, s *server.Server, question string, pairs ...string) []map[string]any {
	t.Helper()
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	values.Set("limit", "1000")
	a := servertest.ReadJSON(t, servertest.Body(t, servertest.Get(s, server.APIRoot+"/"+question+".json?"+values.Encode()), 200))
	if len(a.Rows) == 0 || len(a.Rows) != a.RowCount {
		t.Fatalf("%s: %d of %d rows", question, len(a.Rows), a.RowCount)
	}
	return a.Rows
}

// chartOf is the option of a chart of a page by the id of its figure.
func chartOf(t *testing.T, body, id string) (option map[string]any) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	walk(root, func(n *html.Node) {
		if text := attribute(n, "data-option"); text != "" && attribute(n.Parent, "id") == id {
			if err := json.Unmarshal([]byte(text), &option); err != nil {
				t.Fatal(err)
			}
		}
	})
	if option == nil {
		t.Fatalf("no chart %s", id)
	}
	return option
}

// TestChainPage: the page has the figures of the questions, draws paths with at most twelve nodes that carry what the paths do, and lets a
// reader choose among the tables that there are.
func TestChainPage(t *testing.T) {
	s := withTables(t, true, map[string]map[int]string{
		"early": {2005: madeUpTable(1, "CHN", "USA", "ROW"), 2010: madeUpTable(2, "CHN", "USA", "ROW")},
		"late":  {2020: madeUpTable(3, "CHN", "DEU")},
	})
	text := func(path string) string { return string(servertest.Body(t, servertest.Get(s, path), 200)) }
	body := text("/chain?importers=USA&partners=CHN")
	if !strings.Contains(body, "2010") || !strings.Contains(body, `<option value="early">`) || !strings.Contains(body, `<option value="" selected>the latest that have both`) {
		t.Error("the tables that know both economies are not chosen")
	}
	paths := answerOf(t, s, "chain", "importers", "USA", "partners", "CHN", "tables", "early", "years", "2010", "paths", fmt.Sprint(drawnChains))
	sum := 0.0
	for _, r := range paths {
		sum += r["flow_usd"].(float64)
	}
	series := chartOf(t, body, "flow")["series"].([]any)[0].(map[string]any)
	columns := map[float64]int{}
	for _, n := range series["data"].([]any) {
		columns[n.(map[string]any)["depth"].(float64)]++
	}
	if len(columns) != 3 || columns[0] > 4 || columns[1] > 4 || columns[2] > 4 {
		t.Errorf("nodes by column %v", columns)
	}
	drawn := map[string]float64{} // by side of the middle
	for _, l := range series["links"].([]any) {
		link := l.(map[string]any)
		drawn[link["source"].(string)[:1]] += link["value"].(float64)
	}
	for side, x := range drawn {
		if x < sum*(1-1e-9) || x > sum*(1+1e-9) {
			t.Errorf("column %s sends on %v; the paths carry %v", side, x, sum)
		}
	}
	if industries := chartOf(t, body, "industries")["series"].([]any); len(industries) != 3 || industries[0].(map[string]any)["type"] != "lines" {
		t.Errorf("no lines between the dots: %d series", len(industries))
	}
	if body := text("/chain?importers=DEU&partners=CHN"); !strings.Contains(body, "2020") || strings.Contains(body, "This cannot be computed") {
		t.Error("DEU is not found in the later tables")
	}
	if body := text("/chain?importers=DEU&partners=CHN&tables=early"); !strings.Contains(body, "This cannot be computed here: the tables early cannot answer this") {
		t.Error("tables that were chosen and do not know DEU say nothing of it")
	}
	if body := text("/chain?importers=ROW&partners=CHN"); !strings.Contains(body, `id="flow"`) || !strings.Contains(body, `<option value="ROW">ROW of early</option>`) {
		t.Error("an area that the dataset does not know is not found in the tables")
	}
	if body := string(servertest.Body(t, servertest.Get(s, "/chain?tables=none"), 422)); !strings.Contains(body, "expected late, early") {
		t.Error("unknown tables are not refused by name")
	}
	if body := string(servertest.Body(t, servertest.Get(s, "/chain?importers=USA,CHN&partners=CHN"), 422)); !strings.Contains(body, "this page shows one economy or bloc") {
		t.Error("two economies are shown as one")
	}
}

// TestChainPageOfGoods: goods choose the industries that make them, the page says so, and its figures are those of these industries.
func TestChainPageOfGoods(t *testing.T) {
	s := withTables(t, true, map[string]map[int]string{"made": {2010: madeUpTable(2, "CHN", "USA", "ROW")}})
	page := func(query string, status int) string {
		return html.UnescapeString(string(servertest.Body(t, servertest.Get(s, "/chain?dataset=world&importers=USA&partners=CHN"+query), status)))
	}
	exact := func(body string) string {
		_, after, _ := strings.Cut(body, `<span class="big" title="`)
		value, _, _ := strings.Cut(after, `"`)
		return value
	}
	codes := someCodes(t, s)
	made := fmt.Sprint(answerOf(t, s, "uses", "importers", "USA", "partners", "CHN", "products", codes[90], "tables", "made")[0]["made_by"])
	body, same := page("&products="+codes[90], 200), page("&inputs="+strings.ReplaceAll(made, " ", ","), 200)
	if exact(body) == "" || exact(body) != exact(same) {
		t.Errorf("%s, made by %s, has %s, and these industries have %s", codes[90], made, exact(body), exact(same))
	}
	for _, want := range []string{"You chose " + codes[90], "has industries, not goods", "such good is made by", "--inputs " + strings.ReplaceAll(made, " ", ","), "not about these goods alone"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(same, "You chose") {
		t.Error("the page of industries speaks of goods")
	}
	if body := page("&products="+codes[90]+"&inputs=A01", 200); !strings.Contains(body, "was left out, because the goods") || exact(body) != exact(same) {
		t.Error("goods and other industries are both taken")
	}
	several := page("&products="+strings.Join(codes[:100], ","), 200)
	if !strings.Contains(several, "industries that make ") || !strings.Contains(several, "100 such goods are made by") && !strings.Contains(several, "No industry of the table is known for") {
		t.Error("the page of many goods does not name them")
	}
	if mixed := page("&products="+codes[90]+",list:sanctioned", 422); !strings.Contains(mixed, "no product list") {
		t.Error("a list that does not exist is taken")
	}
	if mixed := page("&products="+codes[90]+",list:mic25", 200); !strings.Contains(mixed, "; Made in China 2025. An input-output") {
		t.Error("a code and a list are not named")
	}
	if packed := page("&products="+packed(t, codes[:100]), 200); exact(packed) != exact(several) {
		t.Errorf("the packed list has %s, its codes %s", exact(packed), exact(several))
	}
	if !strings.Contains(page("&products=all", 200), "from the same industries") {
		t.Error("all goods are a choice")
	}
	page("&products=999999", 422)
}

// sixDigits are the codes of products in a file.
var sixDigits = regexp.MustCompile(`(?m)^[0-9]{4},USA,[^0-9]*([0-9]{6}),`)

// someCodes are products of the small world.
func someCodes(t *testing.T, s http.Handler) (codes []string) {
	t.Helper()
	for _, found := range sixDigits.FindAllStringSubmatch(string(servertest.Body(t, servertest.Get(s, "/api/v1/indicators.csv?dataset=world&importers=USA&years=2024"), 200)), -1) {
		codes = append(codes, found[1])
	}
	if len(codes) < 100 {
		t.Fatalf("only %d products", len(codes))
	}
	return codes
}

// packed is a list of codes as pages pack it into an address; each is a group by itself here.
func packed(t *testing.T, codes []string) string {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err == nil {
		_, err = w.Write([]byte(strings.Join(codes, ".")))
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return "packed:" + base64.RawURLEncoding.EncodeToString(b.Bytes())
}

// TestChainPageOfIndustries: the page is about the industries and inputs of its address, which its form sends; a name that no industry has
// is wrong at its field.
func TestChainPageOfIndustries(t *testing.T) {
	s := withTables(t, true, map[string]map[int]string{"made": {2010: madeUpTable(2, "CHN", "USA", "ROW")}})
	page := func(query string, status int) string {
		return string(servertest.Body(t, servertest.Get(s, "/chain?importers=USA&partners=CHN"+query), status))
	}
	share := func(body, figure string) (values []any) {
		for _, x := range chartOf(t, body, figure)["series"].([]any) {
			if data, ok := x.(map[string]any)["data"].([]any); ok {
				values = append(values, data...)
			}
		}
		return values
	}
	body := page("&industries=C29&inputs=C26,C27", 200)
	row := answerOf(t, s, "exposure", "importers", "USA", "partners", "CHN", "industries", "C29", "inputs", "C26,C27", "tables", "made")[0]
	for _, want := range []string{
		`<input class="typed" id="f-industries" name="industries" value="C29"`, `list="industry-codes"`, `<input class="typed" id="f-inputs" name="inputs" value="C26,C27"`,
		`<datalist id="industry-codes"><option value="manufacturing">`, `<option value="C29">`,
		fmt.Sprintf(`title="%v"`, row["through_share"]), "(C29) from ",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page of C29 lacks %s", want)
		}
	}
	if strings.Contains(body, "manufacturing inputs") {
		t.Error("the page of C29 speaks of manufacturing")
	}
	if n := len(answerOf(t, s, "exposure", "importers", "USA", "partners", "CHN", "industries", "C29", "inputs", "C26,C27", "by", "industries", "tables", "made")); n != 1 {
		t.Errorf("%d using industries", n)
	}
	if a, b := share(body, "time"), share(page("", 200), "time"); fmt.Sprint(a) == fmt.Sprint(b) {
		t.Error("one industry has the figures of manufacturing")
	}
	all := page("&industries=all", 200)
	if n := len(answerOf(t, s, "exposure", "importers", "USA", "partners", "CHN", "industries", "all", "by", "industries", "tables", "made")); !strings.Contains(all, fmt.Sprintf("The 25 with the largest shares are drawn; the table has all %d.", n)) {
		t.Errorf("of %d industries the page does not say that it draws some", n)
	}
	if !strings.Contains(all, `<a href="/chain?`) || !strings.Contains(all, `<strong aria-current="true">all industries</strong>`) {
		t.Error("industries cannot be chosen by link")
	}
	wrong := page("&industries=C99", 422)
	if !strings.Contains(wrong, `id="e-industries"`) || !strings.Contains(wrong, "expected codes of A01") {
		t.Error("an unknown industry is not refused at its field")
	}
}

// TestUsesOnProductPage: the main using industries and the shares of the supplier there, as the question has them; what the tables do not
// know is said; no table of another kind than the dataset is asked.
func TestUsesOnProductPage(t *testing.T) {
	sets := map[string]map[int]string{"small": {2005: madeUpTable(1, "CHN", "USA", "ROW"), 2020: madeUpTable(2, "CHN", "USA", "ROW")}}
	s := withTables(t, true, sets)
	code := regexp.MustCompile(`<h1><span class="code">(\d{6})</span>`).FindStringSubmatch(string(servertest.Body(t, servertest.Get(s, "/product"), 200)))[1]
	path := "/product?importers=USA&partners=CHN&products=" + code
	body := string(servertest.Body(t, servertest.Get(s, path), 200))
	if !strings.Contains(body, "An assumption of proportionality: an input-output table has industries, not goods.") || !strings.Contains(body, "The table is for 2020.") {
		t.Error("it is not said what the industries rest on")
	}
	rows := answerOf(t, s, "uses", "importers", "USA", "partners", "CHN", "products", code, "tables", "small", "years", "2020")
	slices.SortStableFunc(rows, func(a, b map[string]any) int {
		return int(b["bought_usd"].(float64) - a["bought_usd"].(float64))
	})
	series := chartOf(t, body, "uses")["series"].([]any)
	for k, column := range map[int]string{1: "face_share", 2: "through_share"} {
		for i, item := range series[k].(map[string]any)["data"].([]any) {
			if got := item.(map[string]any)["value"]; got != rows[i][column] {
				t.Errorf("%s of %v: %v, want %v", column, rows[i]["industry"], got, rows[i][column])
			}
		}
	}
	if body := string(servertest.Body(t, servertest.Get(s, "/product?importers=USA&partners=JPN&products="+code), 200)); !strings.Contains(body, "This cannot be computed: the tables small cannot answer this") {
		t.Error("a supplier that the tables lack is not said")
	}
	for name, other := range map[string]*server.Server{"none": newServer(t, nil), "of another kind": withTables(t, false, sets)} {
		if body := string(servertest.Body(t, servertest.Get(other, path), 200)); strings.Contains(body, "An assumption of proportionality") {
			t.Errorf("tables %s: uses are named", name)
		}
	}
}
