package pages

import (
	"html"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"chokepoint/result"
	"chokepoint/server"
	"chokepoint/server/servertest"
)

// reportText is a report without marks, and the texts of its links.
func reportText(t *testing.T, s *server.Server, query string) (text string, linked []string) {
	t.Helper()
	page := string(servertest.Body(t, servertest.Get(s, "/report?"+query), 200))
	_, main, _ := strings.Cut(page, `<main`)
	main, _, _ = strings.Cut(main, "</main>")
	for _, m := range regexp.MustCompile(`<a href="([^"]*)">([^<]*)</a>`).FindAllStringSubmatch(main, -1) {
		linked = append(linked, html.UnescapeString(m[2]))
	}
	return html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(main, "")), linked
}

// TestReport: what a report says is what the questions answer, and every such number leads somewhere.
func TestReport(t *testing.T) {
	s := newServer(t, nil)
	for _, query := range []string{"importers=USA", "importers=EU27&partners=CHN", "importers=USA&partners=CHN&products=85", "importers=CHN&method=geodep-2024", "importers=Mine%3DUSA%2BJPN&partners=CHN"} {
		query := "dataset=world&years=2024&" + query
		text, linked := reportText(t, s, query)
		a := servertest.ReadJSON(t, servertest.Body(t, servertest.Get(s, server.APIRoot+"/count?"+query), 200))
		if len(a.Rows) != 1 {
			t.Fatalf("%s: %d rows", query, len(a.Rows))
		}
		n := int(a.Rows[0]["products"].(float64))
		want := []string{plural(n, "product", "products"), result.ShortInt(int(a.Rows[0]["traded_products"].(float64)))}
		if n > 0 {
			want = append(want, result.ShortFloat(a.Rows[0]["imports_usd"].(float64), result.USD)+" USD", result.Percent(a.Rows[0]["share_of_imports"].(float64)))
		}
		for _, number := range want {
			if !strings.Contains(strings.Join(linked, "|"), unbroken(number)) {
				t.Errorf("%s: %q is no link; links are %q", query, number, linked)
			}
		}
		rows := servertest.ReadJSON(t, servertest.Body(t, servertest.Get(s, server.APIRoot+"/dependencies?limit=100000&"+query), 200)).Rows
		if len(rows) > 0 && !strings.Contains(text, "The list has "+strconv.Itoa(len(rows))+" entr") {
			t.Errorf("%s: the list has %d lines: %s", query, len(rows), text)
		}
		if strings.Contains(text, "In 2022, the number was") == strings.Contains(text, "For 2022, this cannot be computed") || !strings.Contains(text, "The numbers: chokepoint count") {
			t.Errorf("%s: what it was in 2022, and how to ask: %s", query, text)
		}
		for _, said := range regexp.MustCompile(`(?:[0-9]+ of )?[0-9]+ other definitions`).FindAllString(text, -1) {
			if !strings.Contains(strings.Join(linked, "|"), said) {
				t.Errorf("%s: %q is no link", query, said)
			}
		}
		if strings.Contains(query, "partners=") != strings.Contains(text, "The other way round") {
			t.Errorf("%s: the other way round: %s", query, text)
		}
		if strings.Contains(text, "NaN") || strings.Contains(text, "–") && !strings.Contains(text, "SYNTHETIC DATA –") {
			t.Errorf("%s: a number is missing: %s", query, text)
		}
	}
	for _, query := range []string{"importers=USA,CHN", "importers=USA&partners=all", "importers=Atlantis"} {
		if w := servertest.Get(s, "/report?dataset=world&"+query); w.Code != 422 {
			t.Errorf("%s: status %d", query, w.Code)
		}
	}
}

// TestCards: what a narrow screen shows as cards says on each what it is, and no table of few columns is one.
func TestCards(t *testing.T) {
	s := newServer(t, nil)
	page := string(servertest.Body(t, servertest.Get(s, "/product?dataset=world"), 200))
	tables := regexp.MustCompile(`(?s)<table([^>]*)>(.*?)</table>`).FindAllStringSubmatch(page, -1)
	cards := 0
	for _, m := range tables {
		columns := strings.Count(m[2], `<th scope="col"`)
		isCards, labels := strings.Contains(m[1], "cards"), strings.Count(m[2], "data-label=")
		if isCards != (columns > mostNarrow) {
			t.Errorf("a table of %d columns: cards %v", columns, isCards)
		}
		cells := strings.Count(m[2], "<td")
		if isCards && labels != cells || !isCards && labels != 0 {
			t.Errorf("a table of %d columns, %d cells and %d labels", columns, cells, labels)
		}
		if isCards {
			cards++
		}
	}
	if cards == 0 || cards == len(tables) {
		t.Errorf("%d of %d tables are cards", cards, len(tables))
	}
}
