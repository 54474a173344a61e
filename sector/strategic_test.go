package sector

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"chokepoint/trade"
)

// TestStrategic: the list holds what its parts use, no more, and says from which part each code is.
func TestStrategic(t *testing.T) {
	l, err := OpenBuiltin("strategic")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range trade.Nomenclatures() {
		var want []string
		for _, name := range []string{"crm", "ec-strategic", "mic25"} {
			part, err := OpenBuiltin(name)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, part.Products(string(n))...)
		}
		slices.Sort(want)
		if got := l.Products(string(n)); !slices.Equal(got, slices.Compact(want)) {
			t.Errorf("%s: %d products, want the %d of its parts", n, len(got), len(want))
		}
	}
	for _, e := range l.Entries {
		if part, _, _ := strings.Cut(e.Reason, ":"); !slices.Contains(l.madeOf, part) {
			t.Errorf("%s: reason %q does not say from which list", e.Code, e.Reason)
		}
	}
	materials, err := OpenBuiltin("strategic/raw-materials")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(materials.Entries, func(e Entry) bool { return e.Code == "811292" })
	if reason := materials.Entries[i].Reason; !strings.Contains(reason, "gallium") || !strings.Contains(reason, "germanium") {
		t.Errorf("811292 is there for %q; want gallium and germanium", reason)
	}
	// What leads a ranking of all goods and is strategic to nobody.
	for code, want := range map[string]bool{"670210": false, "650500": false, "830110": false, "961700": false, "850760": true, "850511": true, "280530": true} {
		if got := slices.Contains(l.Products("HS17"), code); got != want {
			t.Errorf("%s is strategic: %v, want %v", code, got, want)
		}
	}
}

// TestOriginals: a list that is put together from others is none of those that stand in the place of a policy's list in placebos.
func TestOriginals(t *testing.T) {
	if names := Originals(); slices.Contains(names, "strategic") || len(names) != len(Builtin())-1 {
		t.Errorf("originals %v of %v", names, Builtin())
	}
}

// TestSectorsOf gives a product the sectors of the longest code that holds it.
func TestSectorsOf(t *testing.T) {
	l, err := Parse("x.toml", nil, "x.csv", []byte("code,sector\n85,machines\n8505,magnets\n850511,permanent\n850511,strong\n26,ores\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := l.SectorsOf(trade.HS17, []string{"260300", "850511", "850519", "850760", "870310"})
	want := map[string]string{"260300": "ores", "850511": "permanent strong", "850519": "magnets", "850760": "machines"}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	stock, err := OpenBuiltin("stockability")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range trade.Nomenclatures() {
		sectors := stock.SectorsOf(n, ProductsOf(n))
		for _, code := range ProductsOf(n) {
			if s := sectors[code]; (s == "" || strings.Contains(s, " ")) && code[:2] != "99" && code[:2] != "98" {
				t.Errorf("%s, %s: stockability %q, want one of four", n, code, s)
			}
		}
	}
}
