package sector

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCrossCheck measures how far entries of Made in China 2025 stand on the lists of goods of USTR Section 301 (83 FR 28710 and
// 83 FR 40823, cut to six digits of HS17), and keeps the table of docs/lists.md.
func TestCrossCheck(t *testing.T) {
	folder := testData(t, "..", "research", "mic25", "crosscheck")
	on := map[string][2]bool{}
	for _, row := range readCSV(t, filepath.Join(folder, "ustr301_lists12_hs17.csv")) {
		x := on[row[0]]
		x[0], x[1] = x[0] || row[2] == "301 List 1", x[1] || row[2] == "301 List 2"
		on[row[0]] = x
	}
	if len(on) < 700 {
		t.Fatalf("%d codes on the lists", len(on))
	}
	high, err := OpenBuiltin("mic25")
	if err != nil {
		t.Fatal(err)
	}
	whole, err := OpenBuiltin("mic25:low")
	if err != nil {
		t.Fatal(err)
	}
	count := func(codes []string) (first, second, either int) {
		for _, code := range codes {
			x := on[code]
			if x[0] {
				first++
			}
			if x[1] {
				second++
			}
			if x[0] || x[1] {
				either++
			}
		}
		return first, second, either
	}
	share := func(n, of int) string { return fmt.Sprintf("%d of %d (%.0f %%)", n, of, 100*float64(n)/float64(of)) }
	var b strings.Builder
	b.WriteString("| sector | high, on list 1 or 2 | on list 1 | on list 2 | all entries, on list 1 or 2 |\n|---|---|---|---|---|\n")
	line := func(name string, narrow, wide []string) {
		first, second, either := count(narrow)
		_, _, all := count(wide)
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %s |\n", name, share(either, len(narrow)), first, second, share(all, len(wide)))
	}
	narrow, err := high.Groups("HS17")
	if err != nil {
		t.Fatal(err)
	}
	wide, err := whole.Groups("HS17")
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range narrow {
		line("`"+g.ID+"`", g.Products, wide[i].Products)
	}
	line("all, each code once", high.Products("HS17"), whole.Products("HS17"))
	_, _, either := count(high.Products("HS17"))
	if n := len(high.Products("HS17")); float64(either)/float64(n) < 0.7 {
		t.Errorf("%d of %d entries of high confidence are on the lists; it was three quarters", either, n)
	}
	keepDoc(t, filepath.Join("..", "docs", "lists.md"), "mic25-ustr", b.String())
}

// keepDoc checks, or with -update writes, the part of a document between <!-- name --> and <!-- /name -->.
func keepDoc(t *testing.T, path, name, want string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- "+name+" -->\n", "<!-- /"+name+" -->\n"
	before, rest, ok := strings.Cut(string(text), begin)
	got, after, ok2 := strings.Cut(rest, end)
	switch {
	case !ok || !ok2:
		t.Fatalf("%s has no part between %q and %q", path, begin, end)
	case got == want:
	case *update:
		if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o666); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s, %s: it is\n%s\nbut measured is\n%s\nrun go test ./sector -run %s -update", path, name, got, want, t.Name())
	}
}

// TestCrossCheckLall compares the broad class of each HS17 product with another carry-over of Lall's classes.
func TestCrossCheckLall(t *testing.T) {
	folder := testData(t, "..", "research", "mic25", "crosscheck")
	l, err := OpenBuiltin("lall")
	if err != nil {
		t.Fatal(err)
	}
	groups, err := l.Groups("HS17")
	if err != nil {
		t.Fatal(err)
	}
	class := map[string]string{}
	for _, g := range groups {
		for _, p := range g.Products {
			class[p] = g.ID
		}
	}
	seen := 0
	for _, row := range readCSV(t, filepath.Join(folder, "lall_hs17.csv")) {
		seen++
		// 271000 stands for all of heading 2710 in BACI; the other table has no class for it.
		if want := strings.ToLower(row[2]); class[row[0]] != want && row[0] != "271000" {
			t.Errorf("%s: %s, want %s", row[0], class[row[0]], want)
		}
	}
	if seen < 5000 || class["271000"] != "rb2" {
		t.Errorf("%d products, petroleum is %s", seen, class["271000"])
	}
}
