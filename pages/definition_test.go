package pages

import (
	"net/url"
	"strings"
	"testing"

	"chokepoint/method"
	"chokepoint/server/servertest"
)

func TestExpanded(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		file, err := expanded(text)
		if err != nil {
			t.Fatal(err)
		}
		m, err := method.Parse("own.toml", []byte(file))
		if err != nil {
			t.Fatalf("%s\n%v", file, err)
		}
		var got []string
		for _, c := range m.Criteria {
			got = append(got, c.String())
		}
		if strings.Join(got, "; ") != strings.Join(want, "; ") {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		again, err := expanded(shortened(m))
		if err != nil || again != file {
			t.Errorf("%q: shortened and expanded it is another:\n%s\n%s", text, file, again)
		}
	}
	f("partner_share >= 30%", "partner_share >= 0.3")
	f("partner_share>=33.3 %;imports >= 5 million USD;", "partner_share >= 0.333", "imports >= 5000000")
	f("imports > 2 * exports; import_hhi >= 0.4; persistence = 2/3", "imports > 2 * exports", "import_hhi >= 0.4")
	for text, want := range map[string]string{
		"imports >= 40 %": "takes no per cent sign",
		"a share of 0.3":  "expected an indicator, a comparison",
		" ; ":             "expected at least one criterion",
	} {
		if _, err := expanded(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func FuzzExpanded(f *testing.F) {
	f.Add("partner_share >= 30 %; imports >= 5 million; persistence = 2/3")
	f.Add("imports < ; = ; %")
	f.Add("criteria")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := expanded(text)
		if err != nil {
			return
		}
		m, err := method.Parse("own.toml", []byte(file))
		if err != nil || strings.Contains(text, "criteria") {
			return
		}
		again, err := expanded(shortened(m))
		if err != nil {
			t.Fatalf("%q: %v", shortened(m), err)
		}
		if _, err := method.Parse("own.toml", []byte(again)); err != nil {
			t.Fatalf("%q: %v", again, err)
		}
	})
}

// TestOwnDefinitionOnEveryPage: the pages show what a definition in their address finds, and the links between them keep it.
func TestOwnDefinitionOnEveryPage(t *testing.T) {
	s := newServer(t, nil)
	own := "partner_share >= 99%; imports >= 1 million"
	for _, path := range []string{"/", "/pair", "/product", "/chokepoints", "/map"} {
		text := string(servertest.Body(t, servertest.Get(s, path+"?dataset=world&definition="+url.QueryEscape(own)), 200))
		if !strings.Contains(text, "your own") || !strings.Contains(text, "Own definition") {
			t.Errorf("%s does not say that the definition is the visitor's own", path)
		}
		if !strings.Contains(text, `href="/map?`) || !strings.Contains(text, "definition="+strings.ReplaceAll(url.QueryEscape("partner_share >= 99%"), "+", "&#43;")) {
			t.Errorf("%s: its links do not keep the definition", path)
		}
		if other := string(servertest.Body(t, servertest.Get(s, path+"?dataset=world&method=hjs-2020&definition="+url.QueryEscape(own)), 200)); strings.Contains(other, "your own") {
			t.Errorf("%s: a published definition was chosen, and the own one is shown", path)
		}
	}
	if w := servertest.Get(s, "/?dataset=world&definition="+url.QueryEscape("imports >= 3 %")); w.Code != 422 {
		t.Errorf("a definition that cannot be read: status %d", w.Code)
	}
}

// TestCriteriaOfTheForm: rows of the form become the definition; a row without a number is none, and one can be taken out.
func TestCriteriaOfTheForm(t *testing.T) {
	s := newServer(t, nil)
	f := func(query string, want, not string) {
		t.Helper()
		text := string(servertest.Body(t, servertest.Get(s, "/workbench.toml?dataset=world&"+query), 200))
		if !strings.Contains(text, want) || not != "" && strings.Contains(text, not) {
			t.Errorf("%s: %s", query, text)
		}
	}
	rows := "i1=partner_share&o1=%3E%3D&n1=45+%25&i2=imports&o2=%3E&n2=2+million&i3=&o3=%3E&n3="
	f(rows, `"partner_share >= 0.45"`, "import_hhi")
	f(rows, `"imports > 2000000"`, "")
	f(rows+"&drop=1", `"imports > 2000000"`, "partner_share")
}
