package sector

import (
	"slices"
	"strings"
	"testing"

	"chokepoint/trade"
)

func mine(t *testing.T, header, entries string) *List {
	t.Helper()
	l, err := Parse("my.toml", []byte(header), "my.csv", []byte(entries))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestCarryByHand follows lists of one revision to another.
func TestCarryByHand(t *testing.T) {
	for _, c := range []struct {
		name, entries        string
		to                   trade.Nomenclature
		products             string
		mixed, leftOut, lost string
		changes              map[Change]int
		from                 trade.Nomenclature
		confidence           string
	}{
		{"split into several, all taken", "code,revision\n854140,HS17\n", trade.HS22, "854141 854142 854143 854149", "", "", "", map[Change]int{Split: 1}, trade.HS17, "high"},
		{"one of several: nobody says how much", "code,revision\n854142,HS22\n854143,HS22\n", trade.HS17, "", "", "854140", "854142 854143", map[Change]int{Split: 2}, trade.HS22, ""},
		{"all parts", "code,revision\n854141,HS22\n854142,HS22\n854143,HS22\n854149,HS22\n", trade.HS17, "854140", "", "", "", map[Change]int{Split: 4}, trade.HS22, "high"},
		{"the greater part, by weights", "code,revision\n850760,HS12\n", trade.HS07, "850780", "850780", "", "", map[Change]int{Split: 1}, trade.HS12, "high"},
		{"the lesser part, by weights", "code,revision\n850750,HS12\n", trade.HS07, "", "", "850780", "850750", map[Change]int{Split: 1}, trade.HS12, ""},
		{"renumbered", "code,revision,confidence\n880310,HS17,medium\n", trade.HS22, "880710", "", "", "", map[Change]int{Renumbered: 1}, trade.HS17, "medium"},
		{"a heading", "code,revision\n8507,HS17\n", trade.HS07, "850710 850720 850730 850740 850780 850790", "", "", "", map[Change]int{Same: 5, Split: 3}, trade.HS17, "high"},
		{"the nearest, the older of two", "code,revision\n854140,HS12\n854142,HS22\n", trade.HS17, "854140", "", "", "", map[Change]int{Same: 1}, trade.HS12, "high"},
	} {
		l := mine(t, "", c.entries)
		over, carried := l.Carry(c.to)
		if carried == nil || carried.From != c.from {
			t.Errorf("%s: %+v", c.name, carried)
			continue
		}
		if got := strings.Join(over.Products(string(c.to)), " "); got != c.products {
			t.Errorf("%s: products %q, want %q", c.name, got, c.products)
		}
		for _, x := range []struct{ got, want string }{{strings.Join(carried.Mixed, " "), c.mixed}, {strings.Join(carried.LeftOut, " "), c.leftOut}, {strings.Join(carried.Lost, " "), c.lost}} {
			if x.got != x.want {
				t.Errorf("%s: %q, want %q in %+v", c.name, x.got, x.want, carried)
			}
		}
		for change, n := range c.changes {
			if carried.Codes[change] != n {
				t.Errorf("%s: %v, want %v", c.name, carried.Codes, c.changes)
			}
		}
		for _, e := range over.Entries {
			if e.Confidence.String() != c.confidence || !strings.Contains(e.Reason, string(c.from)) {
				t.Errorf("%s: entry %+v", c.name, e)
			}
		}
		if again, none := over.Carry(c.to); none != nil || again != over && len(over.Entries) > 0 {
			t.Errorf("%s: a list with codes of %s is carried again", c.name, c.to)
		}
	}
}

// TestCarryKeepsSectors checks that a good which goes to two sectors stays in both, and that only what is used is carried.
func TestCarryKeepsSectors(t *testing.T) {
	l := mine(t, "id = \"my\"\nname = \"m\"\nsource = \"s\"\nconfidence = \"high\"\n[[sector]]\nid = \"a\"\n[[sector]]\nid = \"b\"\n",
		"code,revision,sector,confidence\n850780,HS07,a,high\n850780,HS07,b,high\n854140,HS07,b,low\n")
	over, carried := l.Carry(trade.HS17)
	groups, err := over.Groups("HS17")
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		if !slices.Equal(g.Products, []string{"850750", "850760", "850780"}) {
			t.Errorf("sector %s: %v", g.ID, g.Products)
		}
	}
	if carried.Products != 6 || len(carried.Lost) != 0 {
		t.Errorf("%+v", carried)
	}
}

// TestHeaderRevision checks that a header's revision is that of entries that say none.
func TestHeaderRevision(t *testing.T) {
	l := mine(t, "id = \"my\"\nname = \"m\"\nsource = \"s\"\nrevision = \"HS17\"\n", "code,revision\n870380,\n854142,HS22\n")
	if got := l.Entries[0].Revisions.String() + " " + l.Entries[1].Revisions.String(); got != "HS17 HS22" {
		t.Errorf("revisions %s", got)
	}
	if _, err := Parse("my.toml", []byte("id = \"my\"\nname = \"m\"\nsource = \"s\"\nrevision = \"HS18\"\n"), "my.csv", []byte("code\n870380\n")); err == nil || !strings.Contains(err.Error(), "HS18") {
		t.Errorf("HS18 is taken: %v", err)
	}
}

func TestLintDataset(t *testing.T) {
	l := mine(t, "", "code,revision,reason\n850760,HS17,x\n854140,HS17,x\n8507,HS17,x\n854142,HS22,x\n870381,HS17,x\n9701,HS17,x\n")
	var got []string
	for _, f := range l.LintDataset("tiny", trade.HS17, []string{"010121", "850760"}) {
		got = append(got, f.Error())
	}
	want := []string{"my.csv:3: 854140: the dataset tiny has no such product, though HS17 has", "my.csv:7: 9701: the dataset tiny has no such product, though HS17 has"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
