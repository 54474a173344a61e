package sector

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"chokepoint/suite"
	"chokepoint/trade"
)

// TestCorrespondFacts checks codes whose history is known.
func TestCorrespondFacts(t *testing.T) {
	for _, c := range []struct {
		code     string
		from, to trade.Nomenclature
		change   Change
		links    string // codes, with what else is in them
	}{
		{"850760", trade.HS17, trade.HS12, Same, "850760"},
		{"850760", trade.HS17, trade.HS07, Split, "850780(850750 850780)"},
		{"850760", trade.HS22, trade.HS92, Split, "850780(850750 850780)"},
		{"850780", trade.HS07, trade.HS12, Split, "850750 850760 850780"},
		{"870380", trade.HS22, trade.HS17, Same, "870380"},
		{"870380", trade.HS17, trade.HS12, Split, "870390(870340 870350 870360 870370 870390)"},
		{"854140", trade.HS17, trade.HS22, Split, "854141 854142 854143 854149"},
		{"854142", trade.HS22, trade.HS17, Split, "854140(854141 854143 854149)"},
		{"854143", trade.HS22, trade.HS92, Split, "854140(854141 854142 854149)"},
		{"854150", trade.HS17, trade.HS22, Split, "854151 854159"},
		{"851712", trade.HS17, trade.HS22, Split, "851713 851714"},
		{"620191", trade.HS17, trade.HS22, Merged, "620120(620111)"},
		{"880310", trade.HS17, trade.HS22, Renumbered, "880710"},
		{"010121", trade.HS22, trade.HS12, Same, "010121"},
		{"710820", trade.HS92, trade.HS22, Same, "710820"},
		{"271000", trade.HS22, trade.HS92, Same, "271000"},
		{"854921", trade.HS22, trade.HS17, None, ""},
	} {
		got, err := Correspond(c.code, c.from, c.to)
		if err != nil {
			t.Error(err)
			continue
		}
		var links []string
		for _, l := range got.Links {
			text := l.Code
			if len(l.With) > 0 {
				text += fmt.Sprintf("(%s)", strings.Join(l.With, " "))
			}
			links = append(links, text)
		}
		if got.Change != c.change || c.links != "" && strings.Join(links, " ") != c.links {
			t.Errorf("%s from %s to %s: %s, %v; want %s, %s", c.code, c.from, c.to, got.Change, links, c.change, c.links)
		}
	}
	for _, n := range []trade.Nomenclature{trade.HS92, trade.HS96, trade.HS02, trade.HS07} {
		if _, err := Correspond("850760", n, trade.HS17); err == nil || !strings.Contains(err.Error(), "HS12-HS22") {
			t.Errorf("850760 in %s: %v", n, err)
		}
	}
	for _, code := range ProductsOf(trade.HS22) {
		if strings.HasPrefix(code, "8806") {
			if c, err := Correspond(code, trade.HS22, trade.HS17); err != nil || c.Change == Same || has(trade.HS17, code) {
				t.Errorf("drones, %s: %v, %v", code, c, err)
			}
		}
	}
}

// TestCorrespondBothWays checks that the relation is the same read from either side, and that shares are shares.
func TestCorrespondBothWays(t *testing.T) {
	all := trade.Nomenclatures()
	for i, from := range all {
		for _, to := range all[i+1:] {
			if far := slices.Index(all, to) - i; far > 1 && far < 5 {
				continue
			}
			counts := map[Change]int{}
			for _, code := range ProductsOf(from) {
				c, err := Correspond(code, from, to)
				if err != nil {
					t.Fatal(err)
				}
				counts[c.Change]++
				sum := 0.0
				for _, l := range c.Links {
					sum += l.Share
					back, err := Correspond(l.Code, to, from)
					if err != nil {
						t.Fatal(err)
					}
					k := slices.IndexFunc(back.Links, func(b Link) bool { return b.Code == code })
					if k < 0 {
						t.Fatalf("%s of %s goes to %s of %s, which does not come from it", code, from, l.Code, to)
					}
					// A pair of one code and one code has the same name from both sides.
					if len(c.Links) == 1 && len(l.With) == 0 && back.Change != c.Change {
						t.Fatalf("%s %s to %s: %s; back %s", code, from, to, c.Change, back.Change)
					}
				}
				if sum > 1.02 {
					t.Fatalf("%s, %s to %s: shares add to %v", code, from, to, sum)
				}
			}
			if counts[Same] < 3000 || counts[Split] == 0 || counts[Merged] == 0 {
				t.Errorf("%s to %s: %v", from, to, counts)
			}
		}
	}
}

// TestCorrelationAgainstTables states the relation of neighbours from the UN tables: each newer code comes from the older one that
// its table names, unless read.csv says otherwise.
func TestCorrelationAgainstTables(t *testing.T) {
	folder := testData(t, "nomenclature", "concordance")
	dropped := map[[2]string]bool{}
	for _, row := range readCSV(t, filepath.Join("nomenclature", "read.csv")) {
		dropped[[2]string{row[1], row[2]}] = row[3] == "drop"
	}
	baci := func(code string) string {
		if strings.HasPrefix(code, "2710") {
			return "271000"
		}
		return code
	}
	all := trade.Nomenclatures()
	for i := 1; i < len(all); i++ {
		seen := 0
		for _, row := range readCSV(t, filepath.Join(folder, fmt.Sprintf("hs%d_hs%d.csv", i, i-1))) {
			newer, older := baci(row[0]), baci(row[3])
			if !has(all[i], newer) || !has(all[i-1], older) || dropped[[2]string{older, newer}] {
				continue
			}
			seen++
			c, err := Correspond(newer, all[i], all[i-1])
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(c.Links, func(l Link) bool { return l.Code == older }) {
				t.Errorf("%s of %s: %v; the table has %s", newer, all[i], c, older)
			}
		}
		if seen < 5000 {
			t.Errorf("%s: %d codes compared", all[i], seen)
		}
	}
}

func TestShares(t *testing.T) {
	c, err := Correspond("850780", trade.HS07, trade.HS12)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0.147, 0.765, 0.088} { // conversion_weights_H3_to_H4
		if math.Abs(c.Links[i].Share-want) > 5e-4 || c.Links[i].Table != "un" {
			t.Errorf("%+v, want share %v", c.Links[i], want)
		}
	}
	if c, _ := Correspond("850760", trade.HS17, trade.HS92); math.Abs(c.Links[0].Back-0.765) > 5e-4 || c.Links[0].Share != 1 {
		t.Errorf("850760 in HS92: %+v, want all of it in 850780, of which it is 76.5 %%", c.Links[0])
	}
	if c, _ := Correspond("854140", trade.HS17, trade.HS22); !math.IsNaN(c.Links[0].Share) {
		t.Errorf("no weights are published to HS22, yet the share is %v", c.Links[0].Share)
	}
}

// TestChanges checks the sentences that explain and lists show print.
func TestChanges(t *testing.T) {
	for _, c := range []struct {
		code string
		n    trade.Nomenclature
		want []string
	}{
		{"854140", trade.HS17, []string{"HS22 split it into 854141, 854142, 854143, 854149"}},
		{"870380", trade.HS17, []string{"HS17 split it from 870390 of HS12, which also held 870340, 870350, 870360, 870370, 870390"}},
		{"880310", trade.HS17, []string{"HS22 renumbered it to 880710"}},
		{"010121", trade.HS17, nil},
	} {
		var got []string
		for _, x := range Changes(c.code, c.n) {
			if bit(x.To) == bit(c.n)<<1 || bit(x.To) == bit(c.n)>>1 {
				got = append(got, x.String())
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s in %s: %q, want %q", c.code, c.n, got, c.want)
		}
	}
	e := Entry{Code: "850760", Revisions: allRevisions &^ (bit(trade.HS12) - 1)}
	if got := ChangesOf(e); got != "HS12 split it from 850780 of HS07, which also held 850750, 850780" {
		t.Errorf("850760: %q", got)
	}
}

// testData returns a file or folder of the published tables, or skips the test.
func testData(t *testing.T, parts ...string) string {
	t.Helper()
	return suite.Real.File(t, parts...)
}

// readCSV reads the rows below the head of a file, or skips the test where it is absent.
func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}
