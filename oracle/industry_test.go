package oracle

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// checkIndustry asks the oracle and the program what economies are good at, by sectors that are the first digits of codes.
func checkIndustry(t *testing.T, o *Oracle, data string, complex bool, economies ...string) {
	t.Helper()
	sectors := map[string]string{}
	list := "code,sector,reason\n"
	for _, k := range lines(t, o, "SELECT DISTINCT k FROM flow ORDER BY k") {
		sectors[k] = "first-" + k[:1]
		list += k + "," + sectors[k] + ",by its first digit\n"
	}
	file := filepath.Join(t.TempDir(), "digits.csv")
	if err := os.WriteFile(file, []byte(list), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := o.Industry(t.Context(), economies, sectors, []string{"EU27"}, nil); err != nil {
		t.Fatal(err)
	}
	total := 0
	f := func(table table, args ...string) {
		t.Helper()
		differences, rows, err := o.compare(t.Context(), run(t, append(args, "--data", data, "--format", "csv")...), table)
		if err != nil {
			t.Fatalf("chokepoint %s: %v", strings.Join(args, " "), err)
		}
		if len(differences) > 0 {
			t.Errorf("chokepoint %s\n  %s", strings.Join(args, " "), strings.Join(differences, "\n  "))
		}
		if rows == 0 {
			t.Errorf("chokepoint %s: nothing was compared", strings.Join(args, " "))
		}
		total += rows
	}
	for _, e := range economies {
		of := func(t table) table { // the rows of this economy alone
			t.from = "(SELECT * FROM " + strings.Replace(t.from, " ", " AS one WHERE one.c = "+quote(e)+") ", 1)
			return t
		}
		f(of(scoreboardTable), "scoreboard", "--economy", e, "--list", file, "--method", "merics-2024", "--years", "all")
		f(of(breadthTable), "breadth", "--economy", e, "--list", file)
		f(of(similarityTable), "similarity", "--economy", e, "--partners", "all,EU27")
		f(of(balanceTable), "balance", "--economy", e, "--partners", "all,EU27")
	}
	f(chokepointsTable, "chokepoints", "--products", "all", "--method", "merics-2024", "--years", "all", "--importers", "all")
	if complex {
		f(complexityTable, "complexity", "--years", "all")
		f(productComplexityTable, "complexity", "--years", "all", "--by", "product")
	}
	for _, u := range []string{"EU27", "CHN+HKG"} { // each as one economy
		if err := o.Industry(t.Context(), []string{u}, sectors, nil, []string{u}); err != nil {
			t.Fatal(err)
		}
		f(breadthTable, "breadth", "--economy", u, "--list", file)
		f(similarityTable, "similarity", "--economy", u, "--partners", "all")
		f(balanceTable, "balance", "--economy", u, "--partners", "all")
		if complex {
			f(complexityTable, "complexity", "--years", "all", "--economies", "all,"+u)
		}
	}
	t.Logf("%d rows compared", total)
}

// TestIndustryByHand is small enough for a pencil: A and B sell three products to each other and to C.
func TestIndustryByHand(t *testing.T) {
	o := open(t, archive(t, `
		2024 156 842 850760 60
		2024 156 842 850110 30
		2024 156 392 840110 10
		2024 842 156 850760 20
		2024 842 156 850110 30
		2024 842 392 840110 50`), 1)
	if err := o.Industry(t.Context(), []string{"CHN", "USA"}, map[string]string{"850760": "a", "850110": "a", "840110": "b"}, nil, nil); err != nil {
		t.Fatal(err)
	}
	f := func(query string, want ...string) {
		t.Helper()
		if got := strings.Join(lines(t, o, query), "; "); got != strings.Join(want, "; ") {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
	f("SELECT k FROM advantage WHERE c = 'CHN' ORDER BY k", "850110", "850760") // exactly 1 in 850110
	f("SELECT exports, imports, place, advantages FROM board WHERE c = 'CHN' ORDER BY id", "90 50 1 2", "100 50 1 2", "10 0 2 0")
	f("SELECT round(similarity, 9), common FROM alike WHERE c = 'CHN' AND p = 'USA'", "0.6 50")
	f("SELECT exports, imports FROM owed WHERE c = 'CHN' ORDER BY p", "10 0", "90 50", "100 50")
	f("SELECT round(exp(h), 6) FROM wide WHERE c = 'CHN'", "2.454556")
	f("SELECT x, m, k FROM leans ORDER BY ALL", "CHN USA 850760", "USA JPN 840110") // Japan buys 10 of 60 from China: too little
}
