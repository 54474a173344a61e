package search

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"chokepoint/sector"
	"chokepoint/trade"
)

// scope is all codes of a revision, with descriptions of a few.
func scope(t testing.TB, n trade.Nomenclature) *Scope {
	t.Helper()
	described := map[string]string{"848710": "Ships' or boats' propellers and blades therefor", "850760": "Electric accumulators: lithium-ion", "850710": "Electric accumulators: lead-acid", "470710": "Waste and scrap, of paper"}
	var list []trade.Product
	for _, code := range sector.ProductsOf(n) {
		list = append(list, trade.Product{Code: code, Description: described[code]})
	}
	products, err := trade.NewProducts(list)
	if err != nil {
		t.Fatal(err)
	}
	return &Scope{products, n, trade.BuiltinEconomies(), trade.BuiltinBlocs()}
}

func (h *Hit) text() string {
	text := string(h.Kind) + " " + h.ID
	for _, x := range []struct{ name, value string }{{"importers", h.Importers}, {"partners", h.Partners}, {"products", h.Products}, {"method", h.Method}, {"policy", h.Policy}} {
		if x.value != "" {
			text += " " + x.name + "=" + x.value
		}
	}
	return text
}

// TestFind: what comes first for the words that people use.
func TestFind(t *testing.T) {
	scopes := map[trade.Nomenclature]*Scope{}
	f := func(n trade.Nomenclature, text, want string) {
		t.Helper()
		if scopes[n] == nil {
			scopes[n] = scope(t, n)
		}
		hits := scopes[n].Find(text)
		if len(hits) == 0 || hits[0].text() != want {
			got := "nothing"
			if len(hits) > 0 {
				got = hits[0].text()
			}
			t.Errorf("%s, %q: %s; want %s", n, text, got, want)
		}
	}
	f("HS22", "solar panels", "goods 854143 products=854143")
	f("HS17", "solar panels", "goods 854140 products=854140")
	f("HS92", "solar panels", "goods 854140 products=854140")
	f("HS17", "EV batteries", "goods 850760 products=850760")
	f("HS17", "EV battery", "goods 850760 products=850760")
	f("HS17", "phones", "goods 851712 products=851712")
	f("HS22", "phone", "goods 851713,851714 products=851713,851714")
	f("HS17", "paracetamol", "goods 292429 products=292429")
	f("HS17", "wind turbines", "goods 850231 products=850231")
	f("HS17", "neodymium", "goods 280530 products=280530")
	f("HS17", "chips", "goods 8542 products=8542")
	f("HS17", "mic25", "list list:mic25 products=list:mic25")
	f("HS17", "Made in China 2025", "list list:mic25 products=list:mic25")
	f("HS92", "waste paper", "goods 4707 products=4707")
	f("HS17", "8507", "product 8507 products=8507")
	f("HS17", "85.07", "product 8507 products=8507")
	f("HS17", "28", "product 28 products=28")
	f("HS17", "chapter 28", "product 28 products=28")
	f("HS17", "Chapter 1", "product 01 products=01")
	f("HS17", "heading 85.07", "product 8507 products=8507")
	f("HS17", "HS 850760", "product 850760 products=850760")
	f("HS17", "Germany chapter 28", "goods of an economy DEU 28 importers=DEU products=28")
	f("HS17", "section XVI", "list list:hs-sections/xvi products=list:hs-sections/xvi")
	f("HS17", "section 16", "list list:hs-sections/xvi products=list:hs-sections/xvi")
	f("HS17", "gas", "goods 2711 products=2711")
	f("HS17", "oil", "goods 2709,2710 products=2709,2710")
	f("HS17", "Germany", "economy DEU importers=DEU")
	f("HS17", "germny", "economy DEU importers=DEU")
	f("HS17", "Holland", "economy NLD importers=NLD")
	f("HS17", "eu", "bloc EU importers=EU")
	f("HS17", "Germany China", "pair DEU CHN importers=DEU partners=CHN")
	f("HS17", "germany on china", "pair DEU CHN importers=DEU partners=CHN")
	f("HS17", "what does Germany depend on China for?", "pair DEU CHN importers=DEU partners=CHN")
	f("HS17", "usa china", "pair USA CHN importers=USA partners=CHN")
	f("HS92", "China USA waste paper", "pair CHN USA 4707 importers=CHN partners=USA products=4707")
	f("HS92", "waste paper China USA", "pair CHN USA 4707 importers=CHN partners=USA products=4707")
	f("HS17", "solar panels Germany", "goods of an economy DEU 854140 importers=DEU products=854140")
	f("HS17", "EU27 chips", "goods of an economy EU27 8542 importers=EU27 products=8542")
	f("HS17", "merics-2024", "definition merics-2024 method=merics-2024")
}

// TestFindCalls: goods are called by the name that was asked for.
func TestFindCalls(t *testing.T) {
	s := scope(t, "HS17")
	for text, want := range map[string]string{"gallium": "Gallium", "indium": "Indium", "dysprosium": "Dysprosium", "neon": "Neon", "lentils": "Lentils", "EV battery": "EV batteries",
		"lithium-ion batteries": "Lithium-ion batteries", "iphones": "iPhones"} {
		if hits := s.Find(text); len(hits) == 0 || hits[0].Name != want {
			t.Errorf("%s: %+v; want %s", text, hits[:min(1, len(hits))], want)
		}
	}
}

// TestFindTells: a guess is one, whatever fits exactly goes before it, and no choice appears twice.
func TestFindTells(t *testing.T) {
	s := scope(t, "HS17")
	for _, h := range s.Find("chips") {
		if h.ID == "848710" || h.Guess {
			t.Errorf("chips finds %s", h.text())
		}
	}
	for text, guess := range map[string]bool{"phones": false, "fones": true, "solar panals": true, "phones tomorrow": true} {
		hits := s.Find(text)
		if len(hits) == 0 || hits[0].Guess != guess {
			t.Errorf("%s: guess is not %v: %+v", text, guess, hits)
		}
	}
	if hits := s.Find("xyzzy"); len(hits) > 0 {
		t.Errorf("xyzzy finds %s", hits[0].text())
	}
	for _, text := range []string{"rare earths", "Made in China 2025", "batteries", "Korea"} {
		var seen []string
		for _, h := range s.Find(text) {
			if h.Kind == Policy || h.Kind == Definition || h.Kind == Elsewhere {
				continue
			}
			key := fmt.Sprint(h.Importers, " ", h.Partners, " ", h.Products)
			if slices.Contains(seen, key) {
				t.Errorf("%s: %s appears twice", text, key)
			}
			seen = append(seen, key)
		}
	}
	if hits := scope(t, "HS92").Find("e-waste"); len(hits) > 0 && hits[0].Products != "" && !strings.Contains(hits[0].Match, "other goods") {
		t.Errorf("e-waste in HS92: %+v", hits[0])
	}
}

// FuzzFind: no text makes the search fail, and every choice that it offers is read by those who take it.
func FuzzFind(f *testing.F) {
	for _, text := range []string{"solar panels", "Germany China", "8507", "EU27 chips", "a b c d e f g", "’&+ EU28+ .", "Côte d'Ivoire cocoa", "per can", "US UK"} {
		f.Add(text)
	}
	s := scope(f, "HS17")
	f.Fuzz(func(t *testing.T, text string) {
		for _, h := range s.Find(text) {
			for _, party := range []string{h.Importers, h.Partners} {
				if party == "" {
					continue
				}
				if _, err := trade.ParseSelection(party, s.Economies, s.Blocs); err != nil {
					t.Errorf("%q: %v", text, err)
				}
			}
			if h.Products != "" && !strings.HasPrefix(h.Products, "list:") {
				if _, err := trade.ParseProducts(h.Products, s.Products); err != nil {
					t.Errorf("%q: %v", text, err)
				}
			}
		}
	})
}

func BenchmarkFind(b *testing.B) {
	s := scope(b, "HS17")
	for b.Loop() {
		s.Find("solar panels germany")
	}
}
