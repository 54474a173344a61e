package study_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
)

// absentWorld: in 2020 Germany and the Netherlands sell 20 and 10 of 100 and buy nothing; in 2021 everybody buys.
func absentWorld() []studytest.Flow {
	world := []studytest.Flow{
		{Year: 2020, Exporter: 276, Importer: 842, Product: "850760", Dollars: 20_000},
		{Year: 2020, Exporter: 528, Importer: 842, Product: "850760", Dollars: 10_000},
		{Year: 2020, Exporter: 156, Importer: 842, Product: "850760", Dollars: 60_000},
		{Year: 2020, Exporter: 842, Importer: 156, Product: "850760", Dollars: 10_000},
		{Year: 2020, Exporter: 36, Importer: 842, Product: "850760", Dollars: 50}, // too small to count
	}
	for _, f := range slices.Clone(world) {
		f.Year = 2021
		world = append(world, f)
		f.Exporter, f.Importer = f.Importer, f.Exporter
		if f.Importer != 842 && f.Importer != 156 {
			world = append(world, f)
		}
	}
	return world
}

func TestAbsent(t *testing.T) {
	s := studytest.Source(t, absentWorld())
	a, err := s.AbsentIn(t.Context(), 2020)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(a.Members, " "); got != "DEU NLD" {
		t.Errorf("missing are %s, want DEU NLD: the largest first, without one that hardly trades", got)
	}
	if want := 30_000.0 / (100_050 - 30_000); math.Abs(float64(a.Unseen())-want) > 1e-12 {
		t.Errorf("they may buy %v of world exports, want %v", a.Unseen(), want)
	}
	if want := 30_000.0 / 100_050; math.Abs(a.ShareOfImports()-want) > 1e-12 {
		t.Errorf("their share of world imports is %v, want %v", a.ShareOfImports(), want)
	}
	if a, err := s.AbsentIn(t.Context(), 2021); err != nil || a != nil || a.Unseen() != 0 {
		t.Errorf("in 2021 %v is missing (%v), want nobody", a, err)
	}
	st, err := s.Study(t.Context(), study.Query{Years: "2020,2021"})
	if err != nil {
		t.Fatal(err)
	}
	notes := st.WorldLacks()
	if len(notes) != 1 || notes[0].Kind != result.PartialWorld || len(notes[0].Years) != 1 || notes[0].Years[0] != 2020 {
		t.Fatalf("notes %+v, want one on 2020", notes)
	}
	for _, want := range []string{"DEU, NLD", "2020", "likely 30 %", "18 to 46 %", "too low", "too high"} {
		if !strings.Contains(notes[0].Text, want) {
			t.Errorf("the note is %q; want %q in it", notes[0].Text, want)
		}
	}
	if st.Unseen(2021) != 0 || st.Unseen(2020) != a.Unseen() {
		t.Errorf("unseen %v and %v", st.Unseen(2020), st.Unseen(2021))
	}
}

// TestAbsentAll: in a dataset of one importer all sellers are missing as importers.
func TestAbsentAll(t *testing.T) {
	s := studytest.Source(t, []studytest.Flow{{Year: 2020, Exporter: 156, Importer: 842, Product: "850760", Dollars: 50}})
	st, err := s.Study(t.Context(), study.Query{})
	if err != nil {
		t.Fatal(err)
	}
	if st.Unseen(2020) != 99 || !strings.Contains(st.WorldLacks()[0].Text, "nearly all of world imports") {
		t.Errorf("unseen %v, %v", st.Unseen(2020), st.WorldLacks())
	}
}
