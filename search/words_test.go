package search

import (
	"compress/gzip"
	"encoding/csv"
	"os"
	"slices"
	"strings"
	"testing"

	"chokepoint/catalogue"
	"chokepoint/suite"
	"chokepoint/trade"
)

// TestWords: enough entries, each with a source that is used; codes and lists are checked where the file is read.
func TestWords(t *testing.T) {
	w := Builtin()
	if n := len(w.Goods); n < 400 {
		t.Errorf("%d goods; want at least 400", n)
	}
	for _, s := range w.Sources {
		if !slices.ContainsFunc(w.Goods, func(g Good) bool { return g.Source == s.ID }) {
			t.Errorf("no word is from %s", s.ID)
		}
	}
	for _, g := range w.Goods {
		if g.List == "" && len(g.Described) == 0 {
			t.Errorf("%s: no word by which its descriptions are checked", g.Names[0])
		}
	}
}

// descriptions reads the wording of a revision from the folder of test data.
func descriptions(t *testing.T, n trade.Nomenclature) map[string]string {
	t.Helper()
	file, err := os.Open(suite.Real.File(t, "nomenclature", "baci", "product_codes_"+string(n)+"_V202401.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(unzipped).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, row := range rows[1:] {
		texts[row[0]] = row[1]
	}
	return texts
}

// TestWordsAreDescribed: of each code, or of some product of a heading or chapter, the wording has one of the words that the entry
// names for it.
func TestWordsAreDescribed(t *testing.T) {
	texts := map[trade.Nomenclature]map[string]string{}
	for _, g := range Builtin().Goods {
		if g.List != "" {
			continue
		}
		if texts[g.Revision] == nil {
			texts[g.Revision] = descriptions(t, g.Revision)
		}
		for _, code := range g.Codes {
			found := slices.ContainsFunc(under(code, g.Revision), func(full string) bool {
				said := strings.FieldsFunc(strings.ToLower(texts[g.Revision][full]), func(r rune) bool { return strings.ContainsRune(" ,;:()/", r) })
				words := append(catalogue.WordsIn(texts[g.Revision][full]), said...)
				return slices.ContainsFunc(g.Described, func(w string) bool { return slices.Contains(words, strings.ToLower(w)) })
			})
			if !found {
				t.Errorf("%s: no description of %s has any of %q", g.Names[0], code, g.Described)
			}
		}
	}
}

// TestWordsErrors: each fault is named with its line.
func TestWordsErrors(t *testing.T) {
	const head = "words,products,revision,fit,described,source\n"
	source := []byte("title = \"t\"\nversion = \"1\"\ndate = \"2026-11-26\"\n[[source]]\nid = \"hs\"\ntitle = \"HS\"\n")
	for line, want := range map[string]string{
		"phones,123456,HS22,named,x,hs":                               "no code that begins with 123456",
		"phones,851713,HS99,named,x,hs":                               "revision",
		"phones,851713,HS22,maybe,x,hs":                               "expected named or part",
		"phones,851713,HS22,named,x,else":                             "none of that id",
		"phones,list:nope,,named,,hs":                                 "nope",
		"a;;b,851713,HS22,named,x,hs":                                 "between semicolons",
		"phones,,HS22,named,x,hs":                                     "expected codes or a list",
		"phones,851713,HS22,named,x,hs\nPhones,851714,HS22,part,x,hs": "is already in line 2",
	} {
		if _, err := parseWords(source, []byte(head+line+"\n")); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "words.csv:") {
			t.Errorf("%s: %v; want %q", line, err, want)
		}
	}
}

// FuzzWords: no file makes the reader fail in another way than by an error, and what it reads can be searched.
func FuzzWords(f *testing.F) {
	f.Add("words,products,revision,fit,described,source\nphones;handsets,851713,HS22,named,smartphones,hs\n")
	f.Add("words,products,revision,fit,described,source\n\"a\"\"b\",85,HS92,part,x,hs\nlists,list:mic25/nev,,named,,hs\n")
	f.Fuzz(func(t *testing.T, lines string) {
		w, err := parseWords(wordsTOML, []byte(lines))
		if err != nil {
			return
		}
		for _, g := range w.Goods {
			if len(g.Names) == 0 || g.List == "" && len(g.Codes) == 0 {
				t.Errorf("an empty entry: %+v", g)
			}
		}
	})
}
