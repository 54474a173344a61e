package sector

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"chokepoint/trade"
)

var update = flag.Bool("update", false, "write the golden file")

// TestBuiltin lints every list that comes with the program and compares its size by revision and sector with a file that a
// person can review.
func TestBuiltin(t *testing.T) {
	for name, read := range embedded() {
		if id := read().ID; id != name {
			t.Errorf("the list %q is opened by the name %q", id, name)
		}
	}
	var b strings.Builder
	for _, name := range Builtin() {
		l, err := OpenBuiltin(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range l.Lint(nil) {
			t.Error(fault)
		}
		if l.Source == "" || l.Licence == "" || l.Date == "" {
			t.Errorf("%s: source %q, licence %q, date %q", name, l.Source, l.Licence, l.Date)
		}
		if name == "hs-sections" {
			continue // all products, by chapter
		}
		fmt.Fprintf(&b, "%s\n", name)
		for _, n := range trade.Nomenclatures() {
			groups, err := l.Groups(string(n))
			if err != nil {
				t.Fatal(err)
			}
			all, _ := l.part("", "low")
			whole, _ := all.Groups(string(n))
			for i, g := range groups {
				fmt.Fprintf(&b, "%s %-18s %3d products, %3d with medium and low\n", n, g.ID, len(g.Products), len(whole[i].Products))
			}
			for _, v := range l.Invisible(string(n)) {
				fmt.Fprintf(&b, "%s %-18s not visible: %s\n", n, v.Sector, v.Good)
			}
		}
	}
	const golden = "testdata/lists.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the lists are not those of %s; run go test ./sector -update, and read what changed\n%s", golden, b.String())
	}
}

// TestVisible checks the goods that the issue of a code decides: they appear with their revision, and are said to be missing before.
func TestVisible(t *testing.T) {
	for _, c := range []struct {
		code, good  string
		from        trade.Nomenclature
		list, named string
	}{
		{"870380", "electric", trade.HS17, "mic25/nev", "870380"},
		{"850760", "lithium", trade.HS12, "mic25/nev:low", "850760"},
	} {
		for _, n := range trade.Nomenclatures() {
			l, err := OpenBuiltin(c.list)
			if err != nil {
				t.Fatal(err)
			}
			has := slices.Contains(l.Products(string(n)), c.code)
			order := slices.Index(trade.Nomenclatures(), n) >= slices.Index(trade.Nomenclatures(), c.from)
			if has != order {
				t.Errorf("%s in %s: %v, want %v", c.code, n, has, order)
			}
			hidden := slices.ContainsFunc(l.Invisible(string(n)), func(v Invisible) bool { return strings.Contains(strings.ToLower(v.Good), c.good) })
			if !order && !hidden {
				t.Errorf("%s: nothing says that %s cannot be seen", n, c.good)
			}
		}
	}
}

func TestGroupsByHand(t *testing.T) {
	l, err := Parse("my.toml", []byte("id = \"my\"\nname = \"Mine\"\nsource = \"us\"\nconfidence = \"medium\"\n[[sector]]\nid = \"cells\"\nname = \"Cells\"\ndirections = { new = \"New\" }\n[[sector]]\nid = \"rest\"\nname = \"Rest\"\n"),
		"my.csv", []byte("code,revision,sector,direction,confidence,reason\n850760,HS12-HS22,cells,new,high,cells\n8506,HS17,cells,,medium,heading\n854110,all,rest,,low,doubtful\n854121,HS17 HS22,rest,,high,sure\n"))
	if err != nil {
		t.Fatal(err)
	}
	groups, err := l.Groups("HS17")
	if err != nil {
		t.Fatal(err)
	}
	if len(groups) != 2 || !slices.Contains(groups[0].Products, "850760") || !slices.Contains(groups[0].Products, "850650") || !slices.Equal(groups[1].Products, []string{"854121"}) {
		t.Errorf("groups %v", groups)
	}
	if part, err := l.part("new", ""); err != nil || !slices.Equal(part.Products("HS22"), []string{"850760"}) {
		t.Errorf("direction: %v, %v", part, err)
	}
	if _, err := l.part("nope", ""); err == nil {
		t.Error("a sector that is not there is found")
	}
	if got := l.Products("HS92"); len(got) != 0 {
		t.Errorf("HS92: %v, want none of that confidence", got)
	}
}

func TestLintFinds(t *testing.T) {
	l, err := Parse("my.toml", nil, "my.csv", []byte("code,revision,sector,reason\n870380,HS12,a,cars\n850760,HS17,a,\n850650,HS17,a,x\n850650,HS17,a,x\n"))
	if err != nil {
		t.Fatal(err)
	}
	var text []string
	for _, fault := range l.Lint(nil) {
		text = append(text, fault.Error())
	}
	all := strings.Join(text, "\n")
	for _, want := range []string{"my.csv:2: 870380: no such product in HS12", "my.csv:3: 850760: no reason", "my.csv:5: 850650: appears twice"} {
		if !strings.Contains(all, want) {
			t.Errorf("lint says\n%s\nwant %q", all, want)
		}
	}
}

func TestOverlaps(t *testing.T) {
	a, _ := Parse("a.toml", nil, "a.csv", []byte("code,sector,reason\n850760,x,r\n850650,x,r\n850760,y,r\n"))
	list := Overlaps(trade.HS17, a)
	if len(list) != 1 || !slices.Equal(list[0].Shared, []string{"850760"}) {
		t.Errorf("overlaps %+v", list)
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ header, entries, want string }{
		{"", "", "no header line"},
		{"", "sector\nx\n", "no column code"},
		{"", "code,code\n1,2\n", "appears twice"},
		{"", "code\n85076\n", "my.csv:2: code"},
		{"", "code,revision\n850760,HS99\n", "my.csv:2"},
		{"", "code,revision\n850760,HS17-HS12\n", "older one first"},
		{"", "code,confidence\n850760,sure\n", "expected high, medium or low"},
		{"", "code\n", "no entries"},
		{"id = \"X\"\n", "code\n850760\n", "expected lower-case"},
		{"nope = 1\n", "code\n850760\n", "unknown key"},
		{"id = \"x\"\nname = \"x\"\nsource = \"x\"\n[[sector]]\nid = \"a\"\nname = \"A\"\n", "code,sector\n850760,b\n", "my.csv:2"},
	} {
		_, err := Parse("my.toml", []byte(c.header), "my.csv", []byte(c.entries))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q, %q: %v; want %q", c.header, c.entries, err, c.want)
		}
	}
	for _, name := range []string{"nope", "mic25/", "mic25:", "mic25/nope", "mic25:sure", "../x", ""} {
		if _, err := OpenBuiltin(name); err == nil {
			t.Errorf("%q is opened", name)
		}
	}
	if _, err := Open("missing.csv"); err == nil {
		t.Error("a file that is not there is opened")
	}
}

func TestRevisionsRoundTrip(t *testing.T) {
	for r := Revisions(1); r <= allRevisions; r++ {
		if back, err := ParseRevisions(r.String()); err != nil || back != r {
			t.Fatalf("%s is read as %s, %v", r, back, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("id = \"a\"\nname = \"b\"\nsource = \"c\"\n"), []byte("code,revision,sector,direction,confidence,reason\n850760,HS17,a,,high,why\n"))
	f.Add([]byte(""), []byte("code\n8507\n"))
	f.Fuzz(func(t *testing.T, header, entries []byte) {
		l, err := Parse("x.toml", header, "x.csv", entries)
		if err != nil {
			return
		}
		for _, n := range trade.Nomenclatures() {
			groups, err := l.Groups(string(n))
			if err != nil {
				continue
			}
			for _, g := range groups {
				if !slices.IsSorted(g.Products) {
					t.Errorf("products of %s are not sorted", g.ID)
				}
			}
		}
	})
}
