package study_test

import (
	"context"
	"slices"
	"testing"

	"chokepoint/study"
	"chokepoint/study/studytest"
	"chokepoint/trade"
)

// TestHoldings counts what a dataset of a few flows has and lacks.
func TestHoldings(t *testing.T) {
	s := studytest.Source(t, []studytest.Flow{
		{2018, 156, 842, "850760", 60}, {2018, 276, 842, "850760", 30}, {2018, 528, 842, "850760", 10}, {2018, 156, 528, "850650", 5},
		{2019, 156, 842, "850650", 1},
	})
	turns := 0
	h := &study.Holdings{Source: s, Limit: func(ctx context.Context, read func(context.Context) error) error { turns++; return read(ctx) }}
	for _, c := range []struct {
		year      int
		named     string
		held, all int
	}{{2018, "", 2, 0}, {2019, "all", 1, 0}, {2018, "850760,850650", 2, 2}, {2019, "850760,850650", 1, 2}, {2018, "0101", 0, 0}} {
		held, all, err := h.Products(t.Context(), c.year, c.named)
		if err != nil || held != c.held || c.all > 0 && all != c.all || all < 2 {
			t.Errorf("products %q in %d: %d of %d, %v; want %d of %d", c.named, c.year, held, all, err, c.held, c.all)
		}
	}
	if turns != 3 {
		t.Errorf("%d looks at the flows, want one for each list of products", turns)
	}
	for _, c := range []struct {
		year      int
		selection string
		want      []study.Lack
	}{
		{2018, "USA", nil},
		{2018, "DEU,USA", []study.Lack{{Label: "DEU"}}},
		{2018, "DEU+NLD", []study.Lack{{Label: "DEU+NLD", Members: []string{"DEU"}, Share: 0.75}}},
		{2018, "DEU|NLD", []study.Lack{{Label: "DEU|NLD", Members: []string{"DEU"}, Share: 0.75}}},
		{2018, "EU27", []study.Lack{{Label: "EU27", Members: []string{"DEU"}, Share: 0.75}}},
		{2019, "EU27", []study.Lack{{Label: "EU27"}}},
	} {
		got, err := h.NoImports(t.Context(), c.year, c.selection)
		if err != nil || !slices.EqualFunc(got, c.want, sameLack) {
			t.Errorf("imports of %s in %d: %+v, %v; want %+v", c.selection, c.year, got, err, c.want)
		}
	}
	if got, err := h.NoExports(2018, "USA,EU27,CHN"); err != nil || len(got) != 1 || got[0].Label != "USA" {
		t.Errorf("exports: %+v, %v; want those of USA missing", got, err)
	}
	world, err := h.World(t.Context(), 2018)
	if err != nil || world == nil || !sameLack(*world, study.Lack{Label: "world", Members: []string{"CHN", "DEU"}, Share: 95.0 / 105}) {
		t.Errorf("the world lacks %+v, %v", world, err)
	}
	for label, want := range map[string]string{"NLD": "Netherlands", "EU27": "European Union of 27", "ASEAN": "", "NL": "", "HS17": ""} {
		if name, ok := h.Name(label); ok != (want != "") || ok && name != want {
			t.Errorf("the name of %s is %q, %v; want %q", label, name, ok, want)
		}
	}
	if n := testing.AllocsPerRun(10, func() { h.Name("trade inside the bloc") }); n > 20 {
		t.Errorf("to see that a text is no code takes %.0f allocations; want those of a look-up among blocs alone, as every cell of a brief is looked up", n)
	}
	if about := h.About(); about.Dataset != "test" || about.Checksum == "" || about.Nomenclature != string(trade.HS17) {
		t.Errorf("about %+v", about)
	}
}

func sameLack(a, b study.Lack) bool {
	return a.Label == b.Label && slices.Equal(a.Members, b.Members) && a.Share == b.Share
}
