package sector

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"chokepoint/trade"
)

// TestEveryProductOnce checks that the lists of all products have each product of each revision once.
func TestEveryProductOnce(t *testing.T) {
	for _, name := range []string{"lall", "bec", "bec-sna", "hs-sections"} {
		l, err := OpenBuiltin(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range trade.Nomenclatures() {
			groups, err := l.Groups(string(n))
			if err != nil {
				t.Fatal(err)
			}
			count := map[string]int{}
			for _, g := range groups {
				for _, p := range g.Products {
					count[p]++
				}
			}
			for _, p := range ProductsOf(n) {
				if count[p] != 1 && !(name == "hs-sections" && p[:2] == "99") {
					t.Errorf("%s: %s of %s is in %d sectors", name, p, n, count[p])
				}
			}
		}
	}
}

// TestStages checks goods whose stage or class anybody can tell.
func TestStages(t *testing.T) {
	lall, _ := OpenBuiltin("lall")
	sna, _ := OpenBuiltin("bec-sna")
	in := func(l *List, n trade.Nomenclature, code string) string {
		groups, err := l.Groups(string(n))
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range groups {
			if slices.Contains(g.Products, code) {
				return g.ID
			}
		}
		return ""
	}
	for _, c := range []struct{ code, stage, class, lall string }{
		{"270900", "primary", "intermediate", "pp"}, // crude oil
		{"280530", "processed", "intermediate", "rb2"},
		{"854231", "parts", "intermediate", "ht1"},
		{"870899", "parts", "intermediate", "mt1"},
		{"848620", "capital", "capital", "mt3"},
		{"640399", "consumption", "consumption", "lt1"},
		{"870323", "consumption", "none", "mt1"},
		{"271000", "processed", "none", "rb2"},
		{"300490", "consumption", "consumption", "ht2"},
		{"999999", "unclassified", "none", "unclassified"},
	} {
		if got := StageOf(trade.HS17, c.code); got != c.stage && c.code != "999999" {
			t.Errorf("%s: stage %s, want %s", c.code, got, c.stage)
		}
		if got := in(lall, trade.HS17, c.code); got != c.lall {
			t.Errorf("%s: class %s of Lall, want %s", c.code, got, c.lall)
		}
		if got := in(sna, trade.HS17, c.code); got != c.class {
			t.Errorf("%s: class %s, want %s", c.code, got, c.class)
		}
	}
	if got := StageOf(trade.HS17, "nope"); got != Unclassified {
		t.Errorf("a code that is none: %s", got)
	}
}

// TestLallAgainstTable reads the class of each HS12 product from the table of classes by product, another path than that of the list.
func TestLallAgainstTable(t *testing.T) {
	ids := map[string]string{"LDC01": "pp", "LDC02": "rb1", "LDC03": "rb2", "LDC04": "lt1", "LDC05": "lt2", "LDC06": "mt1", "LDC07": "mt2", "LDC08": "mt3", "LDC09": "ht1", "LDC10": "ht2", "LDC99": "unclassified"}
	l, err := OpenBuiltin("lall")
	if err != nil {
		t.Fatal(err)
	}
	groups, err := l.Groups("HS12")
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]string{}
	for _, g := range groups {
		for _, p := range g.Products {
			of[p] = g.ID
		}
	}
	seen := 0
	for _, row := range readCSV(t, filepath.Join(testData(t, "nomenclature", "lall"), "lall_hs12.csv")) {
		if !has(trade.HS12, row[0]) {
			continue
		}
		seen++
		if of[row[0]] != ids[row[2]] {
			t.Errorf("%s: %s, the table has %s (%s)", row[0], of[row[0]], row[2], ids[row[2]])
		}
	}
	if seen < 5000 {
		t.Errorf("%d products compared", seen)
	}
}

// TestStagesAgainstTables checks that each entry that is sure is the category of the UN table, and that the others are one of those
// that the table has.
func TestStagesAgainstTables(t *testing.T) {
	folder := testData(t, "nomenclature", "concordance")
	l, err := OpenBuiltin("bec")
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range trade.Nomenclatures() {
		categories := map[string][]string{}
		for _, row := range readCSV(t, filepath.Join(folder, fmt.Sprintf("hs%d_bec4.csv", i))) {
			categories[row[0]] = append(categories[row[0]], strings.TrimRight(row[3], "0"))
		}
		for _, e := range l.Entries {
			of := categories[e.Code]
			if !e.Revisions.Has(n) || len(of) == 0 || e.Code == "271000" {
				continue
			}
			got := strings.TrimPrefix(e.Direction, "bec-")
			if !slices.Contains(of, got) && of[0] != "NA" {
				t.Errorf("%s of %s is %s; the table has %v", e.Code, n, got, of)
			}
			if e.Confidence == High && strings.Trim(strings.Join(of, ""), got) != "" && e.Reason == "BEC "+got {
				t.Errorf("%s of %s is surely %s; the table has %v", e.Code, n, got, of)
			}
		}
	}
}
