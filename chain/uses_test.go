package chain

import (
	"math"
	"slices"
	"strings"
	"testing"

	"chokepoint/icio"
)

// TestConcordance: what the files say of goods whose place is known, in both revisions of ISIC, and the shape of the files.
func TestConcordance(t *testing.T) {
	c := goodsOf()
	layouts := map[string]*icio.Layout{}
	for _, l := range icio.Layouts() {
		layouts[l.ID] = l
	}
	earlier := strings.NewReplacer("A01", "A01_02", "B06", "B05_06", "C24A", "C24")
	letters := strings.NewReplacer("A01_02", "D01T02", "B05_06", "D05T06", "C", "D", "J", "D")
	f := func(code, wiod, oecd string) {
		t.Helper()
		for layout, want := range map[string]string{"wiod-2013": wiod, "wiod-2013-regions": wiod, "oecd-icio-2025": oecd, "oecd-icio-2023": earlier.Replace(oecd), "oecd-icio-2021": letters.Replace(earlier.Replace(oecd))} {
			l := layouts[layout]
			var got []string
			for _, i := range c.makers(l, l.Industries, code) {
				got = append(got, l.Industries[i].Code)
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s in %s: %v, want %q", code, layout, got, want)
			}
		}
	}
	f("850760", "c14", "C27") // lithium-ion accumulators: 3140, all of which went to 2720
	f("854140", "c14", "C26 C27")
	f("850231", "c14", "C26 C27 C28") // 3110: turbine-generator sets went to 2811, other generators to 2710
	f("870323", "c15", "C29")
	f("270900", "c2", "B06")
	f("100190", "c1", "A01")
	f("300490", "c9", "C21 C31T33") // of 2423, dental fillings and cements went to 3250
	f("720839", "c12", "C24A")
	f("490199", "c7", "C31T33 J58T60") // books are published in Revision 4, globes and the like are not
	f("999999", "", "")
	if len(c.codes) < 6500 || !slices.IsSorted(c.codes) {
		t.Errorf("%d codes, or not in order", len(c.codes))
	}
	unplaced := map[string]int{} // by layout: human hair, exposed film, plans: Revision 4 has them among services; works of art
	for _, code := range c.codes {
		for _, class := range c.classes[code] {
			if len(class) != 4 || len(c.later[class]) == 0 {
				t.Errorf("%s: class %q of Revision 3 has no class of Revision 4", code, class)
			}
		}
		for id, l := range layouts {
			switch n := len(c.makers(l, l.Industries, code)); {
			case n == 0 && l.ISICRevision == 4:
				unplaced[id]++
			case n == 0 || n > 1 && l.ISICRevision == 3 && len(c.classes[code]) == 1:
				t.Errorf("%s: %d industries of %s make it", code, n, id)
			}
		}
	}
	for id, n := range unplaced {
		if n > 40 {
			t.Errorf("%s: %d codes have no industry in Revision 4", id, n)
		}
	}
}

// TestUses compares the answer with the definition on small tables.
func TestUses(t *testing.T) {
	w := randomSmall(3, 4, 14)
	s := source(t, map[int]*small{2011: w})
	rows := UseSchema.Rows(must(t, UsesQuestion, s, "importers", "USA", "partners", "CHN,DEU,USA,JPN", "products", "850760"))
	exposure := ExposureSchema.Rows(must(t, ExposureQuestion, s, "importers", "USA", "partners", "CHN,DEU,USA,JPN", "industries", "all", "inputs", "c14", "by", "industries"))
	shares, suppliers := 0.0, map[string]float64{}
	for _, r := range rows {
		if r.MadeBy != "c14" || r.Product != "850760" {
			t.Fatalf("%+v", r)
		}
		i := slices.IndexFunc(exposure, func(e ExposureRow) bool { return e.Supplier == r.Supplier && e.Industries == r.Industry })
		if e := exposure[i]; !near(r.FaceShare, e.FaceShare) || !near(r.ThroughShare, e.ThroughShare) || !near(r.ThroughUSD, e.ThroughUSD) {
			t.Errorf("%+v, want the exposure %+v", r, e)
		}
		suppliers[r.Industry] += r.ThroughShare
		if r.Supplier == "CHN" {
			shares += r.Share
		}
	}
	if !near(shares, 1) {
		t.Errorf("shares of using industries add up to %v", shares)
	}
	for industry, sum := range suppliers {
		if !near(sum, 1) {
			t.Errorf("%s: shares of all suppliers add up to %v", industry, sum)
		}
	}
}

// TestJoin: what rows of trade get is what the exposure of the main using industries together is.
func TestJoin(t *testing.T) {
	w := randomSmall(4, 5, 14)
	s := source(t, map[int]*small{2009: w, 2011: w})
	j, err := OpenJoin(s, "world")
	if err != nil {
		t.Fatal(err)
	}
	found, err := j.Of(t.Context(), 2024, []UseKey{{User: "USA", Supplier: "CHN", Product: "870323"}, {User: "USA", Supplier: "VNM", Product: "870323"}, {User: "USA", Supplier: "CHN", Product: "999999"},
		{User: "all", Supplier: "CHN", Product: "870323", Others: true}}, true)
	if err != nil {
		t.Fatal(err)
	}
	u := found[0]
	var codes []string
	for word := range strings.SplitSeq(u.UsedBy, ", ") {
		codes = append(codes, strings.Fields(word)[0])
	}
	e := ExposureSchema.Rows(must(t, ExposureQuestion, s, "importers", "USA", "partners", "CHN", "years", "2011", "industries", strings.Join(codes, ","), "inputs", "c15"))[0]
	if u.Year != 2011 || u.MadeBy != "c15" || len(codes) != mainUsers || !near(u.FaceShare, e.FaceShare) || !near(u.ThroughShare, e.ThroughShare) {
		t.Errorf("%+v, want the exposure %+v", u, e)
	}
	for _, p := range PositionSchema.Rows(must(t, UpstreamnessQuestion, s, "economies", "CHN", "years", "2011")) {
		if p.Industry == "c15" && !near(u.Upstreamness, p.Upstreamness) {
			t.Errorf("upstreamness %v, want %v", u.Upstreamness, p.Upstreamness)
		}
	}
	for _, none := range found[1:3] {
		if none.UsedBy != "" || !math.IsNaN(none.ThroughShare) || !math.IsNaN(none.Upstreamness) {
			t.Errorf("the tables cannot say: %+v", none)
		}
	}
	if all := found[3]; !(all.ThroughShare > 0 && all.ThroughShare < 1) {
		t.Errorf("of all others: %+v", all)
	}
}

// TestJoinEitherWay: many users of few suppliers, and few users of many, are solved for from the other side; the shares are the same.
func TestJoinEitherWay(t *testing.T) {
	w := randomSmall(6, 5, 14)
	s := source(t, map[int]*small{2011: w})
	of := func(keys ...UseKey) []Use {
		t.Helper()
		j, err := OpenJoin(s, "world")
		if err != nil {
			t.Fatal(err)
		}
		found, err := j.Of(t.Context(), 2011, keys, false)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	var keys []UseKey
	for _, user := range w.areas {
		for _, product := range []string{"870323", "850760", "720839"} {
			keys = append(keys, UseKey{User: user, Supplier: "CHN", Product: product})
		}
	}
	for i, u := range of(keys...) { // 15 users, 6 sources
		if one := of(keys[i])[0]; !near(u.ThroughShare, one.ThroughShare) || !near(u.FaceShare, one.FaceShare) || u.UsedBy != one.UsedBy || math.IsNaN(u.ThroughShare) {
			t.Errorf("%+v: %+v, alone %+v", keys[i], u, one)
		}
	}
	for i := range keys {
		keys[i] = UseKey{User: "USA", Supplier: w.areas[i%len(w.areas)], Product: "870323"}
	}
	sum := 0.0
	for _, u := range of(keys[:len(w.areas)]...) {
		sum += u.ThroughShare
	}
	if !near(sum, 1) {
		t.Errorf("shares of all suppliers add up to %v", sum)
	}
}
