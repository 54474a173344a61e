package pages

import (
	"bytes"
	"encoding/csv"
	"html"
	"image/png"
	"regexp"
	"strings"
	"testing"

	"chokepoint/server"
	"chokepoint/server/servertest"
)

var rowHead = regexp.MustCompile(`<th scope="row"[^>]*><a href="[^"]*"[^>]*>([0-9]{6})</a>`)

// tableOf is the part of a page that holds a table, and the codes in its rows.
func tableOf(t *testing.T, page []byte, id string) (part string, codes []string) {
	t.Helper()
	_, rest, found := strings.Cut(string(page), `id="`+id+`-table"`)
	if !found {
		t.Fatalf("the page has no table %s", id)
	}
	part, _, _ = strings.Cut(rest, "</figure>")
	for _, m := range rowHead.FindAllStringSubmatch(part, -1) {
		codes = append(codes, m[1])
	}
	return part, codes
}

// TestTablesAndTheirFiles: a table is in the order and has the filter that its address asks for, and so do its files.
func TestTablesAndTheirFiles(t *testing.T) {
	s := newServer(t, nil)
	f := func(query string) []string {
		t.Helper()
		page := servertest.Body(t, servertest.Get(s, "/?dataset=world&importers=USA&top.rows=all"+query), 200)
		part, codes := tableOf(t, page, "top")
		link := regexp.MustCompile(`href="([^"]*\.csv\?[^"]*)"`).FindStringSubmatch(part)
		if link == nil {
			t.Fatal("the table has no file")
		}
		rows, err := csv.NewReader(bytes.NewReader(servertest.Body(t, servertest.Get(s, html.UnescapeString(link[1])), 200))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		k := 0
		for rows[0][k] != "product" {
			k++
		}
		var filed []string
		for _, row := range rows[1:] {
			filed = append(filed, row[k])
		}
		if strings.Join(filed, " ") != strings.Join(codes, " ") || len(codes) == 0 {
			t.Errorf("%s: the page has %v, its file %v", query, codes, filed)
		}
		return codes
	}
	f("&top.sort=-imports_change_since_2022")
	byValue, byShare := f(""), f("&top.sort=-partner_share")
	if strings.Join(byValue, " ") == strings.Join(byShare, " ") {
		t.Error("another order gives the same rows")
	}
	if some := f("&top.filter=China"); len(some) == 0 || len(some) >= len(byValue) {
		t.Errorf("%d of %d rows hold China", len(some), len(byValue))
	}
	if text, _ := tableOf(t, servertest.Body(t, servertest.Get(s, "/?dataset=world&importers=USA&top.names=machine"), 200), "top"); !strings.Contains(text, ">imports_usd<") {
		t.Error("columns are not headed by their names in files")
	}
	for _, query := range []string{"top.sort=nonsense", "top.rows=-1", "top.names=x", "nonsense.column=1"} {
		if w := servertest.Get(s, "/?dataset=world&importers=USA&"+query); w.Code != 422 {
			t.Errorf("%s: status %d", query, w.Code)
		}
	}
}

// TestPicturesOfPages: every page has a picture that is one.
func TestPicturesOfPages(t *testing.T) {
	s := newServer(t, nil)
	blank, err := drawCard("", nil, "", false)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"overview", "pair", "product"} {
		data := servertest.Body(t, servertest.Get(s, "/image/"+name+".png?dataset=world"), 200)
		m, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if m.Bounds().Dx() != cardWidth || m.Bounds().Dy() != cardHeight || len(data) < 2*len(blank) {
			t.Errorf("%s: %v, %d bytes", name, m.Bounds(), len(data))
		}
		page := string(servertest.Body(t, servertest.Get(s, pageNamed(name).path+"?dataset=world"), 200))
		if !strings.Contains(page, `property="og:image" content="http://`) || !strings.Contains(page, `property="og:description"`) {
			t.Errorf("%s says nothing of its picture", name)
		}
	}
	if w := servertest.Get(s, "/image/nonsense.png"); w.Code != 404 {
		t.Errorf("a picture of no page: status %d", w.Code)
	}
}

// TestFrames: a figure can be framed where the server is told by whom, and nowhere else.
func TestFrames(t *testing.T) {
	const address = "/embed/pair?dataset=world&importers=USA&partners=CHN&figure=beside"
	f := func(s *server.Server, path string, want string) {
		t.Helper()
		w := servertest.Get(s, path)
		body := servertest.Body(t, w, 200)
		if policy := w.Header().Get("Content-Security-Policy"); !strings.HasSuffix(policy, "frame-ancestors "+want) {
			t.Errorf("%s: %s", path, policy)
		}
		if strings.HasPrefix(path, server.FramePath) && (!bytes.Contains(body, []byte("SYNTHETIC DATA")) || !bytes.Contains(body, []byte("own computation by Chokepoint")) || bytes.Contains(body, []byte(`id="on-b"`))) {
			t.Errorf("%s: the figure alone, with its source, is wanted", path)
		}
		if strings.HasPrefix(path, server.FramePath) && (!bytes.Contains(body, []byte("USA and China, 2024: ")) || !bytes.Contains(body, []byte(`<base target="_top">`))) {
			t.Errorf("%s: a title that says who, and links that leave the frame, are wanted", path)
		}
	}
	closed := newServer(t, nil)
	f(closed, address, "'none'")
	open := newServer(t, func(c *server.Config) { c.Frames = []string{"https://www.example.org"} })
	f(open, address, "https://www.example.org")
	f(open, "/pair?dataset=world", "'none'")
	if w := servertest.Get(open, "/embed/pair?dataset=world&figure=nonsense", "Accept", "text/html"); w.Code != 404 || !strings.Contains(w.Body.String(), "has no figure nonsense for this choice") || strings.Contains(w.Body.String(), "<nav") {
		t.Errorf("a figure that there is not: status %d, %s", w.Code, w.Body)
	}
	if w := servertest.Get(open, "/embed/pair?dataset=world&figure=nonsense"); w.Code != 404 {
		t.Errorf("no such figure: status %d", w.Code)
	}
	for site, good := range map[string]bool{"https://www.example.org": true, "http://localhost:8080": true, "https://a.org/path": false, "*": false, "https://a.org; script-src *": false} {
		if err := server.CheckFrames([]string{site}); (err == nil) != good {
			t.Errorf("%s: %v", site, err)
		}
	}
}

// TestBroad: a table of very many columns takes the width of the window.
func TestBroad(t *testing.T) {
	page := string(servertest.Body(t, servertest.Get(newServer(t, nil), "/industry?dataset=world&importers=CHN"), 200))
	if !strings.Contains(page, `<table class="cards broad">`) {
		t.Error("the scoreboard is cut at the right edge")
	}
	if (&grid{Columns: make([]gridColumn, 11)}).Broad() {
		t.Error("eleven columns have room")
	}
}
