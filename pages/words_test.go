package pages

import (
	"regexp"
	"strings"
	"testing"

	"chokepoint/published"
	"chokepoint/server/servertest"
)

// TestFillersAreNamed: the table of who fills what is lost has names, as the picture has.
func TestFillersAreNamed(t *testing.T) {
	text := string(servertest.Body(t, servertest.Get(gapServer(t), "/scenario?partners=CHN&products=850760"), 200))
	_, table, found := strings.Cut(text, `<figure class="figure" id="fill">`)
	table, _, _ = strings.Cut(table, "</figure>")
	rows := regexp.MustCompile(`<th scope="row"[^>]*>(.*?)</th>`).FindAllString(table, -1)
	if !found || len(rows) == 0 {
		t.Fatalf("no table of who fills: %v", rows)
	}
	for _, row := range rows {
		if m := regexp.MustCompile(`>([A-Z]{3})<`).FindStringSubmatch(row); m != nil && m[1] != "USA" {
			t.Errorf("%s is not named: %s", m[1], row)
		}
	}
}

// TestCaptions: the title of a table, which a screen reader reads, has names in place of labels and ids.
func TestCaptions(t *testing.T) {
	s := newServer(t, nil)
	text := string(servertest.Body(t, servertest.Get(s, "/pair?importers=USA&partners=CHN&dataset=world"), 200))
	captions := regexp.MustCompile(`<caption class="hidden">([^<]*)</caption>`).FindAllStringSubmatch(text, -1)
	if len(captions) < 3 {
		t.Fatalf("%d captions", len(captions))
	}
	for _, c := range captions {
		if regexp.MustCompile(`\b(CHN|merics-2024-floor)\b`).MatchString(c[1]) {
			t.Errorf("the caption %q has a label or an id", c[1])
		}
	}
}

func TestInWords(t *testing.T) {
	for criterion, want := range map[string]string{
		"imports >= 5_000_000":        "imports at least 5 million USD",
		"imports > 2 * exports":       "imports above 2 × exports",
		"partner_share >= 0.3":        "partner's share of imports at least 30\u00a0%",
		"import_hhi > 0.4":            "import concentration (HHI) above 0.4",
		"world_exports >= 1.5e9":      "world exports at least 1.5 billion USD",
		"trade_specialisation < -0.9": "trade specialisation index below −0.9",
		"imports - exports > 1e6":     "imports − exports above 1 million USD",
		"imports_from_partner > 1e5":  "imports from the partner above 100 k USD",
	} {
		if got := inWords(strings.ReplaceAll(criterion, "_000", "000")); got != want {
			t.Errorf("%s: %q; want %q", criterion, got, want)
		}
	}
}

// TestNames: what is called by an id elsewhere has a name on the pages.
func TestNames(t *testing.T) {
	for _, id := range published.BoardNames() {
		if name := boardNames.Replace(id); name == id {
			t.Errorf("the published scoreboard %s has no name", id)
		}
	}
	v := &pageRequest{}
	if got := v.namingDefinition("merics-2024: a reason"); got != "MERICS 2024: a reason" {
		t.Error(got)
	}
	if got := v.namingDefinition("no definition: a reason"); got != "no definition: a reason" {
		t.Error(got)
	}
	if got := codesIn("a `b < c` d"); got != "a <code>b &lt; c</code> d" {
		t.Error(got)
	}
	if got := andMore([]string{"Germany", "the Netherlands", "Spain"}); got != "Germany, the Netherlands and Spain" {
		t.Error(got)
	}
	if got := (&figure{Of: "USA, 2024", Title: "The partners it depends on, 2024"}).Headline(); got != "USA, 2024: the partners it depends on" {
		t.Errorf("the year twice: %q", got)
	}
	if got := (&figure{Of: "What if China stops selling magnets?", Title: "Who loses"}).Headline(); got != "What if China stops selling magnets? Who loses" {
		t.Error(got)
	}
	if got := orNone(0); got != "No" {
		t.Error(got)
	}
	if got := longDate("2024-09"); got != "September 2024" {
		t.Error(got)
	}
	if got := longDate("2015-05-08"); got != "8 May 2015" {
		t.Error(got)
	}
}

// TestRankingIsSorted: the ranking of choke points is sorted and filtered as other tables are, and keeps its links and words.
func TestRankingIsSorted(t *testing.T) {
	s := newServer(t, nil)
	f := func(query string) (codes []string) {
		t.Helper()
		part, _ := tableOf(t, servertest.Body(t, servertest.Get(s, "/chokepoints?dataset=world&products=all&list.rows=all"+query), 200), "list")
		for _, m := range regexp.MustCompile(`<td[^>]*><a href="/product\?[^"]*"[^>]*>([0-9]{6})</a>`).FindAllStringSubmatch(part, -1) {
			codes = append(codes, m[1])
		}
		for _, code := range codes {
			if !strings.Contains(part, "products="+code) {
				t.Errorf("%s: no row leads to %s", query, code)
			}
		}
		return codes
	}
	ranked, sorted := f(""), f("&list.sort=-rank")
	if len(ranked) < 2 || ranked[0] != sorted[len(sorted)-1] || ranked[len(ranked)-1] != sorted[0] {
		t.Errorf("by rank %v, from the last %v", ranked, sorted)
	}
	if some := f("&list.filter=" + ranked[0]); len(some) == 0 || len(some) >= len(ranked) {
		t.Errorf("%d of %d rows are kept", len(some), len(ranked))
	}
}

// TestSectorsLeadToChokePoints: a sector in the table leads to what the economy holds in it, of all who depend on it.
func TestSectorsLeadToChokePoints(t *testing.T) {
	s := newServer(t, nil)
	part, _ := tableOf(t, servertest.Body(t, servertest.Get(s, "/industry?dataset=world&importers=CHN&list=mic25%3Amedium"), 200), "sells")
	links := regexp.MustCompile(`<th scope="row"[^>]*><a href="(/chokepoints[^"]*)"`).FindAllStringSubmatch(part, -1)
	if len(links) == 0 {
		t.Fatal("no sector leads anywhere")
	}
	link := strings.ReplaceAll(links[0][1], "&amp;", "&")
	if !strings.Contains(link, "partners=CHN") || strings.Contains(link, "importers=") || !strings.Contains(link, "%3Amedium") {
		t.Error(link)
	}
	servertest.Body(t, servertest.Get(s, link), 200)
}

// TestUnbroken keeps numbers with their units on one line, and nothing else.
func TestUnbroken(t *testing.T) {
	for text, want := range map[string]string{
		"worth 1.15 tn USD, 36.0 % of all": "worth 1.15\u00a0tn\u00a0USD, 36.0\u00a0% of all",
		"12 USD and 5 m USD in 10 makers":  "12\u00a0USD and 5\u00a0m\u00a0USD in 10 makers",
		"in 2024 the USA":                  "in 2024 the USA",
	} {
		if got := unbroken(text); got != want {
			t.Errorf("%q becomes %q; want %q", text, got, want)
		}
	}
}
