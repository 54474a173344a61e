package pages

import (
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"chokepoint/chart"
	"chokepoint/result"
	"chokepoint/server"
	"chokepoint/server/servertest"
	"chokepoint/trade"
)

// gapServer serves one year without the imports of Germany, which sells and buys batteries in the world, of revision HS17.
func gapServer(t *testing.T) *server.Server {
	folder := filepath.Join(t.TempDir(), "baci")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"country_codes_V202601.csv":      "country_code,country_name,country_iso2,country_iso3\n156,China,CN,CHN\n276,Germany,DE,DEU\n410,Rep. of Korea,KR,KOR\n528,Netherlands,NL,NLD\n842,USA,US,USA\n",
		"product_codes_HS17_V202601.csv": "code,description\n010121,Horses\n850760,Lithium-ion accumulators\n854140,Photosensitive devices\n",
		"BACI_HS17_Y2024_V202601.csv": "t,i,j,k,v,q\n2024,156,842,850760,70,7\n2024,276,842,850760,20,2\n2024,410,842,850760,10,1\n2024,156,528,850760,20,3\n2024,276,528,850760,30,2\n" +
			"2024,842,156,010121,5,1\n2024,156,842,854140,9,1\n2024,528,410,010121,1,1\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data := servertest.Ingested(t, folder)
	return newServer(t, func(c *server.Config) { c.Library, c.Dataset = server.Folder(data), "load" })
}

// pageText is a page without markup, blanks run together.
func pageText(t *testing.T, s *server.Server, path string) string {
	t.Helper()
	text := regexp.MustCompile(`(?s)<script.*?</script>|<footer.*</footer>|<[^>]*>`).ReplaceAllString(string(servertest.Body(t, servertest.Get(s, path), 200)), " ")
	return strings.Join(strings.Fields(text), " ")
}

// TestMissingImports: pages about an importer whose imports the dataset lacks have a sentence and no figures.
func TestMissingImports(t *testing.T) {
	s := gapServer(t)
	for _, path := range []string{"/?importers=DEU", "/?importers=germany", "/pair?importers=DEU&partners=CHN", "/workbench?importers=DEU&partners=CHN", "/compare?importers=DEU&partners=CHN",
		"/scenario?importers=DEU&partners=CHN&products=850760", "/product?importers=DEU&products=85", "/pair?importers=DEU&partners=CHN&products=85"} {
		text := pageText(t, s, path)
		if !strings.Contains(text, "The dataset has no imports of Germany in 2024") {
			t.Errorf("%s does not say that imports are missing: %s", path, text)
		}
		for _, figure := range []string{"Germany depended on", "Germany depended on China for", "Germany on China 0", "depended on imports for", "No definition flags", "0.0 %", "0 USD", "Germany loses nothing"} {
			of := strings.ReplaceAll(text, "China on Germany 0 products 0 USD of these from there, 0.0 % of imports", "") // which the dataset has
			if strings.Contains(of, figure) {
				t.Errorf("%s says %q of an importer without imports", path, figure)
			}
		}
	}
	industry := pageText(t, s, "/industry?importers=DEU")
	if !strings.Contains(industry, "The dataset has no imports of Germany in 2024") {
		t.Errorf("/industry does not say that imports are missing: %s", industry)
	}
	for _, class := range []string{"Leading in", "Dependent in"} {
		if strings.Contains(industry, class) {
			t.Errorf("/industry says %q without imports to tell", class)
		}
	}
}

// TestImportsNone: an importer that buys none of a product has a page that says so, and nobody stands in it as the supplier to replace.
func TestImportsNone(t *testing.T) {
	s := gapServer(t)
	text := pageText(t, s, "/product?importers=KOR&products=854140")
	for _, want := range []string{"the Rep. of Korea imported none of it.", "Why? The Rep. of Korea, step by step", "There are no steps to show, because the Rep. of Korea imported none of it in 2024."} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q: %s", want, text)
		}
	}
	if strings.Contains(text, "Who else could sell it") {
		t.Errorf("the page has alternatives to nobody: %s", text)
	}
	text = pageText(t, s, "/product?importers=DEU&products=850760")
	if !strings.Contains(text, "so there are no steps to show") || strings.Contains(text, "explain:") || strings.Contains(text, "DEU has") {
		t.Errorf("missing imports: %s", text)
	}
}

// TestMissingTarget: where those to whom a supplier stops selling have no imports in the dataset, nobody knows what they would lose; where it has them, and they
// buy none, they lose nothing.
func TestMissingTarget(t *testing.T) {
	s := gapServer(t)
	f := func(query, want, not string) {
		t.Helper()
		text := pageText(t, s, "/scenario?"+query)
		if !strings.Contains(text, want) || not != "" && strings.Contains(text, not) {
			t.Errorf("%s: no %q, or %q, in %s", query, want, not, text)
		}
	}
	f("partners=CHN&products=850760&to=DEU", "What Germany would lose cannot be said: the dataset has no imports of it in 2024. They are missing, not zero.", "nobody loses anything")
	f("suppliers=CHN&products=850760&to=DEU", "If China stops selling", "") // as the command calls them
	f("partners=USA&products=850760", "Nobody in this dataset buys it from the USA, so that nobody loses anything", "cannot be said")
}

// TestHeadingOfScenario: the heading says what is asked: to whom, how much of it, and of several suppliers in the plural.
func TestHeadingOfScenario(t *testing.T) {
	s := newServer(t, nil)
	f := func(query, want string) {
		t.Helper()
		if text := pageText(t, s, "/scenario?dataset=world&products=01&"+query); !strings.Contains(text, want) {
			t.Errorf("%s: no %q in %s", query, want, text)
		}
	}
	f("partners=CHN", "If China stops selling the goods of chapter 01 (SYNTHETIC product 1 of chapter 01; SYNTHETIC product 2 of chapter 01)")
	f("partners=CHN&to=USA", "If China stops selling the goods of chapter 01 (SYNTHETIC product 1 of chapter 01; SYNTHETIC product 2 of chapter 01) to the USA ")
	f("partners=CHN&to=USA,DEU&cut=0.5", "If China cuts its sales of the goods of chapter 01 (SYNTHETIC product 1 of chapter 01; SYNTHETIC product 2 of chapter 01) to the USA and Germany by 50.0 % ")
	f("partners=CHN,DEU", "If China and Germany stop selling the goods of chapter 01 (SYNTHETIC product 1 of chapter 01; SYNTHETIC product 2 of chapter 01)")
	f("partners=China&to=united%20states", "If China stops selling the goods of chapter 01 (SYNTHETIC product 1 of chapter 01; SYNTHETIC product 2 of chapter 01) to the USA ")
}

// TestWrongScenario: a scenario that there is not, or one of a tariff, is said, and no other is shown in its place.
func TestWrongScenario(t *testing.T) {
	s := newServer(t, nil)
	for name, want := range map[string]string{"nosuch": "expected one of single-points", "ustr301-2018": "scenario/tariff?scenario=ustr301-2018"} {
		if page := string(servertest.Body(t, servertest.Get(s, "/scenario?scenario="+name), 422)); !strings.Contains(page, want) {
			t.Errorf("%s: no %q", name, want)
		}
	}
}

// TestIncompleteBloc: what a bloc lacks stands above its figures, not in the notes at the foot.
func TestIncompleteBloc(t *testing.T) {
	s := gapServer(t)
	for _, path := range []string{"/?importers=EU27", "/pair?importers=EU27&partners=CHN", "/workbench?importers=EU27&partners=CHN", "/compare?importers=EU27&partners=CHN", "/product?importers=EU27&products=850760"} {
		page := string(servertest.Body(t, servertest.Get(s, path), 200))
		page = page[strings.Index(page, "<main"):]
		line := strings.Index(page, "is incomplete in 2024: the dataset has no imports of Germany")
		if first := strings.Index(page, "class=\"big\""); line < 0 || first >= 0 && first < line {
			t.Errorf("%s: the line on the missing member is at %d, the first figure at %d", path, line, first)
		}
	}
}

// TestNotComputable: a definition that asks for more years than there are has no figures anywhere.
func TestNotComputable(t *testing.T) {
	s := gapServer(t)
	for _, path := range []string{"/?importers=USA", "/pair?importers=USA&partners=CHN", "/workbench?importers=USA&partners=CHN", "/chokepoints?", "/map?partners=CHN", "/product?importers=USA&products=850760"} {
		text := pageText(t, s, path+"&method=geodep-2024")
		if !strings.Contains(text, "not computable") {
			t.Errorf("%s does not say that geodep-2024 is not computable: %s", path, text)
		}
		for _, zero := range []string{"for 0 products", "0 products worth", "No dependency", "Nobody depended", "None of the", "No economy"} {
			if strings.Contains(text, zero) {
				t.Errorf("%s says %q", path, zero)
			}
		}
	}
	if text := pageText(t, s, "/compare?importers=USA&partners=CHN"); !strings.Contains(text, "At least one of the 13 definitions") || !strings.Contains(text, "CEPII GeoDep 2024 is not computable") {
		t.Errorf("/compare counts a definition that cannot be computed: %s", text)
	}
}

// TestWorldExporters: who sells a product is the same whoever asks, and the same as the command beside it gives.
func TestWorldExporters(t *testing.T) {
	s := gapServer(t)
	rows := regexp.MustCompile(`(?s)id="world".*?</figure>`)
	var first []string
	for _, importer := range []string{"USA", "EU27", "NLD", "DEU"} {
		figure := rows.FindString(string(servertest.Body(t, servertest.Get(s, "/product?products=850760&importers="+importer), 200)))
		var names []string
		for _, m := range regexp.MustCompile(`title="([A-Z]{3})"`).FindAllStringSubmatch(figure, -1) {
			names = append(names, m[1])
		}
		if first == nil {
			first = names
		}
		if want := []string{"CHN", "DEU", "KOR"}; !slices.Equal(names, want) {
			t.Errorf("asked about %s, %v sell batteries, want %v", importer, names, want)
		}
	}
	table := servertest.ReadJSON(t, servertest.Body(t, servertest.Get(s, server.APIRoot+"/indicators?by=exporter&products=850760&years=2024"), 200))
	if len(table.Rows) != len(first) {
		t.Errorf("the question has %d exporters, the page %d", len(table.Rows), len(first))
	}
	for i, row := range table.Rows {
		if row["exporter"] != first[i] {
			t.Errorf("exporter %d is %v, on the page %s", i+1, row["exporter"], first[i])
		}
	}
	servertest.Body(t, servertest.Get(s, server.APIRoot+"/indicators?by=exporter&products=850760&importers=USA"), 422)
}

// TestMapOfProduct: of those who import it, how many depend; only where imports are missing are there no data.
func TestMapOfProduct(t *testing.T) {
	s := gapServer(t)
	text := pageText(t, s, "/map?partners=CHN&products=850760&method=merics-2024")
	for _, want := range []string{"Of the 2 other economies that import", "The dataset has no imports of Germany. They are grey"} {
		if !strings.Contains(text, want) {
			t.Errorf("/map does not say %q: %s", want, text)
		}
	}
	page := html.UnescapeString(string(servertest.Body(t, servertest.Get(s, "/map?partners=CHN&products=850760&method=merics-2024"), 200)))
	for colour, name := range map[string]string{chart.OfEconomy("CHN"): "China", "@absent": "does not import", "@nodata": "missing"} {
		if n := strings.Count(page, `"`+colour+`"`); n < 2 || !strings.Contains(page, name) {
			t.Errorf("%s (%s) is %d times on the map and in its legend", colour, name, n)
		}
	}
	for _, want := range []string{"dependent: share of its imports", "of the product bought there", "Total imports of the products", "Of which from China"} {
		if !strings.Contains(page, want) {
			t.Errorf("neither legend nor table says %q", want)
		}
	}
	table := servertest.ReadJSON(t, servertest.Body(t, servertest.Get(s, server.APIRoot+"/count?importers=all&partners=CHN&products=850760&years=2024&zeros=true&method=merics-2024"), 200))
	for _, row := range table.Rows { // the shade is the share, not a count
		if share, ok := row["partner_share_of_imports"].(float64); ok && row["products"] == 1.0 && !strings.Contains(page, `"value":`+strconv.FormatFloat(share, 'g', -1, 64)) {
			t.Errorf("%v depends with a share of %v, which is no shade of the map", row["importer"], share)
		}
	}
	if n := strings.Count(page, `href="/overview?importers=`) - strings.Count(page[:strings.Index(page, "<main")], `href="/overview?importers=`); n != len(table.Rows) {
		t.Errorf("the table of the map has %d rows, the command beside it %d", n, len(table.Rows))
	}
}

// TestNamesInSentences: several economies that a sentence names are joined as people write them, with articles.
func TestNamesInSentences(t *testing.T) {
	economies, err := trade.NewEconomies([]trade.Economy{{Code: 276, Name: "Germany", ISO2: "DE", ISO3: "DEU"}, {Code: 528, Name: "Netherlands", ISO2: "NL", ISO3: "NLD"}, {Code: 842, Name: "USA", ISO2: "US", ISO3: "USA"}})
	if err != nil {
		t.Fatal(err)
	}
	v := &pageRequest{economy: economies, server: site{Server: gapServer(t)}}
	n := result.Note{Kind: result.PartialWorld, Members: []string{"DEU", "NLD", "USA"}, Years: []int{2024}, Text: "the imports of DEU, NLD, USA are missing in this dataset in 2024"}
	if got, want := v.sentence(&n), "the imports of Germany, the Netherlands and the USA are missing in this dataset in 2024."; got != want {
		t.Errorf("%q; want %q", got, want)
	}
}
