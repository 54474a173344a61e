package sector

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"chokepoint/trade"
)

func TestWatched(t *testing.T) {
	f := func(n trade.Nomenclature, code string, want ...string) {
		t.Helper()
		var got []string
		for _, g := range Watched().Of(n, code) {
			got = append(got, g.Good)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s of %s holds %q, want %q", code, n, got, want)
		}
	}
	f(trade.HS17, "811292", "Gallium", "Germanium")
	f(trade.HS02, "811292", "Gallium") // germanium has 811230 there
	f(trade.HS92, "811292")
	f(trade.HS17, "854231", "Processors and controllers")
	f(trade.HS22, "854140") // which HS22 split
	f(trade.HS17, "670210")
	for _, g := range Watched().Goods {
		if g.Good == "Rare-earth metals" && !slices.Equal(g.Through, []string{"VNM", "THA"}) {
			t.Errorf("%s through %v", g.Good, g.Through)
		}
	}
}

const soundWatch = `id = "mine"
title = "Mine"
date = "2026-01-31"
source = "me"

[[good]]
good = "Cells"
codes = ["850760 HS12-HS22"]
hidden_by = ["route"]
through = ["Hong Kong"]
why = "because"
source = "somebody"
`

func TestParseWatchList(t *testing.T) {
	path := filepath.Join(t.TempDir(), "my.toml")
	if err := os.WriteFile(path, []byte(soundWatch), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := OpenWatchList(path)
	if err != nil || w.Goods[0].Through[0] != "HKG" || len(w.SHA256) != 64 {
		t.Fatalf("%+v, %v", w, err)
	}
	f := func(from, to, want string) {
		t.Helper()
		text := strings.Replace(soundWatch, from, to, 1)
		if text == soundWatch {
			t.Fatalf("%q is not in the text", from)
		}
		if _, err := ParseWatchList("my.toml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q for %q: %v, want %q", to, from, err, want)
		}
	}
	f("850760 HS12", "850760 HS07", `my.toml:8: good Cells, code "850760 HS07-HS22": HS07 has no such product`)
	f("850760 HS12-HS22", "8507 HS12", "expected six digits and the revisions")
	f("850760 HS12-HS22", "850760", "no revision; expected HS17")
	f(`["route"]`, `["luck"]`, `my.toml:7: good Cells, hidden_by ["luck"]: expected code, route or both`)
	f("through = [\"Hong Kong\"]\n", "", "a good that its route hides has through")
	f("Hong Kong", "Hong Kung", `my.toml:10: good Cells, through "Hong Kung": unknown economy`)
	f("why = \"because\"\n", "", "expected good, codes, why and source")
	f("why =", "wy =", `my.toml:11:1: unknown key "good.wy"`)
	f("2026-01-31", "2026", "expected YYYY-MM-DD")
	f(soundWatch[strings.Index(soundWatch, "[[good]]"):], "", "no [[good]]")
}

func FuzzParseWatchList(f *testing.F) {
	f.Add([]byte(soundWatch))
	f.Add(watchTOML)
	f.Fuzz(func(t *testing.T, text []byte) {
		w, err := ParseWatchList("f.toml", text)
		if err != nil {
			return
		}
		for _, g := range w.Goods {
			for _, c := range g.Codes {
				for _, n := range c.Revisions.List() {
					if !slices.ContainsFunc(w.Of(n, c.Code), func(o WatchedGood) bool { return o.Good == g.Good }) {
						t.Fatalf("%s of %s does not hold %s", c.Code, n, g.Good)
					}
				}
			}
		}
	})
}
