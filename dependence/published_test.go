package dependence

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"chokepoint/published"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
	"chokepoint/trade"
)

// listOf writes a list of all that the slow definition of GeoDep says of a world, by its economies, and changes some flags. It is
// synthetic: its columns are those of CEPII's file, its values are made up.
func listOf(flows []studytest.Flow, economies map[string]trade.Code, years []int, turned map[string]string) (text string, flagged int) {
	met := func(code trade.Code, product string, year int) bool {
		f := studytest.Gather(flows, year, product, []trade.Code{code}, nil)
		return f.Imports > 0 && studytest.SlowVerdict["geodep-2024"](f)
	}
	var b strings.Builder
	b.WriteString("iso_d,hs6,year,import_dpt,c1,c2,c3,c4,dependent,sect_health,first_odpt,share_odpt\n")
	products := map[string]bool{}
	for _, f := range flows {
		products[f.Product] = true
	}
	for _, year := range years {
		for _, iso3 := range studytest.Sorted(keysOf(economies)) {
			for _, product := range studytest.Sorted(products) {
				f := studytest.Gather(flows, year, product, []trade.Code{economies[iso3]}, nil)
				if f.Imports == 0 {
					continue
				}
				held := 0
				for y := year - 2; y <= year; y++ {
					if met(economies[iso3], product, y) {
						held++
					}
				}
				dependent, c1 := 0, 0.0
				if held >= 2 {
					dependent = 1
					flagged++
				}
				for _, v := range f.BySupplier {
					c1 += float64(v*v) / float64(f.Imports*f.Imports)
				}
				line := fmt.Sprintf("%s,%s,%d,1,%v,,,,%d,0,,", iso3, product, year, c1, dependent)
				if other, ok := turned[fmt.Sprintf("%s %s %d", iso3, product, year)]; ok {
					line = other
				}
				b.WriteString(line + "\n")
			}
		}
	}
	return b.String(), flagged
}

func keysOf(m map[string]trade.Code) map[string]bool {
	keys := map[string]bool{}
	for k := range m {
		keys[k] = true
	}
	return keys
}

func comparePublished(t *testing.T, s *study.Source, text, by string, q study.Query) *result.Table {
	t.Helper()
	path := filepath.Join(t.TempDir(), "geodep-synthetic.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	with := *s
	var err error
	if with.Flags, err = published.Open(path); err != nil {
		t.Fatal(err)
	}
	if q.Method == "" {
		q.Method = "geodep-2024"
	}
	return studytest.Must(t)(ComparePublished(context.Background(), &with, q, by))
}

var inTheList = map[string]trade.Code{"AUS": 36, "CHN": 156, "DEU": 276, "JPN": 392, "USA": 842}

// concentratedFlows are those of a world in which each product has a main exporter, from which most buy most, in most years.
func concentratedFlows(rng *rand.Rand, years, products int) (flows []studytest.Flow) {
	for p := range products {
		main := studytest.Economies[rng.IntN(len(studytest.Economies))]
		for y := 2015; y < 2015+years; y++ {
			for _, imp := range studytest.Economies {
				for _, exp := range studytest.Economies {
					dollars := int64(rng.IntN(4))
					if exp == main && rng.IntN(4) > 0 {
						dollars += 90
					}
					if imp != exp && dollars > 0 {
						flows = append(flows, studytest.Flow{Year: y, Exporter: exp, Importer: imp, Product: fmt.Sprintf("85%04d", 1000+p), Dollars: dollars})
					}
				}
			}
		}
	}
	return flows
}

// TestComparePublished compares a list that the slow definition has made: both agree on everything that can be compared. Then flags are
// turned, and each is found with what turned it.
func TestComparePublished(t *testing.T) {
	flows := concentratedFlows(rand.New(rand.NewPCG(7, 11)), 4, 12)
	s := studytest.Source(t, flows)
	years := []int{2015, 2016, 2017, 2018}
	text, flagged := listOf(flows, inTheList, years, nil)
	if flagged < 5 {
		t.Fatalf("%d flags; the world is too small", flagged)
	}
	counts := FlagCountSchema.Rows(comparePublished(t, s, text, "economy", study.Query{}))
	var both, comparable, lacking int
	for _, r := range counts {
		both, comparable, lacking = both+r.Both, comparable+r.comparable(), lacking+r.NotComparable
		if r.OnlyTheirs+r.OnlyOurs > 0 || r.comparable() > 0 && r.Agreement() != 1 {
			t.Errorf("%s in %d: %+v; want full agreement", r.Importer, r.Year, r)
		}
		if r.Year == 2015 && (r.Status != result.NotComputable || r.Ours != result.MissingInt) {
			t.Errorf("2015 has one year of a window of three: %+v", r)
		}
	}
	if both == 0 || both > flagged || lacking == 0 || len(counts) != 16 { // JPN is not in the world
		t.Errorf("%d economies and years; both flag %d of %d, %d can be compared, %d not", len(counts), both, flagged, comparable, lacking)
	}

	// A flag taken away, a flag invented, a row left out.
	rows := FlagSchema.Rows(comparePublished(t, s, text, "flag", study.Query{Years: "2017,2018"}))
	i := slices.IndexFunc(rows, func(r FlagRow) bool { return r.Agreement == FlaggedByBoth })
	yes := rows[i]
	no := notFlagged(t, text, yes)
	turned := map[string]string{
		yes.key(): fmt.Sprintf("%s,%s,%d,1,0.25,,,0,0,0,,", yes.Importer, yes.Product.Code, yes.Year),
		no:        strings.ReplaceAll(no, " ", ",") + ",1,0.95,,,1,1,0,CHN,",
	}
	text, _ = listOf(flows, inTheList, years, turned)
	found := 0
	table := comparePublished(t, s, text, "flag", study.Query{Years: "2017,2018"})
	for _, r := range FlagSchema.Rows(table) {
		switch {
		case r.Agreement == FlaggedByDataset && r.key() == yes.key():
			found++
			if r.Criterion != "import_hhi > 0.4" || r.Theirs != 0.25 || !(r.Ours > 0.4) || r.Reason != "import_hhi > 0.4 does not hold by the list's own value" {
				t.Errorf("a flag taken away: %+v", r)
			}
		case r.Agreement == FlaggedByList && r.key() == no:
			found++
			if !strings.Contains(r.Reason, "of 3 years here, 2 are asked for") || r.Line == 0 || r.TheirSupplier != "CHN" || r.Criterion == "import_hhi > 0.4" && r.Theirs != 0.95 {
				t.Errorf("a flag invented: %+v", r)
			}
		case r.Agreement != FlaggedByBoth && r.Agreement != NotComparable:
			t.Errorf("%+v differs too", r)
		}
	}
	if found != 2 {
		t.Errorf("%d of 2 turned flags are found", found)
	}
	if notes := strings.Join(result.Texts(table.Notes), "\n"); !strings.Contains(notes, "only the list 1, only the dataset 1") || !strings.Contains(notes, "published: 47 ") {
		t.Errorf("notes:\n%s", notes)
	}
}

func (r *FlagRow) key() string { return fmt.Sprintf("%s %s %d", r.Importer, r.Product.Code, r.Year) }

// notFlagged finds a row of the list with the flag 0 in the year of another: "USA 851001 2018".
func notFlagged(t *testing.T, text string, like FlagRow) string {
	t.Helper()
	for line := range strings.Lines(text) {
		if f := strings.Split(line, ","); f[2] == fmt.Sprint(like.Year) && f[8] == "0" && f[0] != like.Importer && f[0] != "JPN" {
			return f[0] + " " + f[1] + " " + f[2]
		}
	}
	t.Fatal("everything is flagged")
	return ""
}

// TestCompareOwnList: a list of what is dependent alone, about a partner, with a product and a year that the dataset lacks.
func TestCompareOwnList(t *testing.T) {
	s := studytest.Source(t, []studytest.Flow{
		{Year: 2017, Exporter: 156, Importer: 842, Product: "850001", Dollars: 70}, {Year: 2017, Exporter: 276, Importer: 842, Product: "850001", Dollars: 30},
		{Year: 2017, Exporter: 156, Importer: 842, Product: "850002", Dollars: 80}, {Year: 2017, Exporter: 276, Importer: 842, Product: "850002", Dollars: 20},
		{Year: 2017, Exporter: 156, Importer: 842, Product: "850003", Dollars: 20}, {Year: 2017, Exporter: 276, Importer: 842, Product: "850003", Dollars: 80},
		{Year: 2017, Exporter: 276, Importer: 842, Product: "850004", Dollars: 80}, {Year: 2017, Exporter: 842, Importer: 276, Product: "850004", Dollars: 80},
	}, "850009")
	const list = "economy,product,year,flag\nUSA,850001,2017,1\nUSA,850003,2017,1\nUSA,850004,2017,1\nUSA,850009,2017,1\nUSA,850001,2016,1\nKOR,850001,2017,1\n"
	table := comparePublished(t, s, list, "flag", study.Query{Partners: "CHN", Method: "iw-2024"})
	var got []string
	for _, r := range FlagSchema.Rows(table) {
		got = append(got, fmt.Sprintf("%s: %s, %s, %s %v", r.key(), r.Agreement, r.Status, r.Reason, r.Ours))
	}
	want := []string{
		"USA 850003 2017: only theirs, observed, partner_share >= 0.5 does not hold here 0.2",
		"USA 850004 2017: only theirs, observed, not imported from the partner here NaN",
		"USA 850002 2017: only ours, observed, the list has no values to compare with NaN",
		"USA 850001 2017: both, observed,  NaN",
		"USA 850001 2016: not comparable, missing, test has no 2016 NaN",
		"KOR 850001 2017: not comparable, missing, test has no imports of KOR in 2017 NaN",
		"USA 850009 2017: not comparable, missing, test has no trade in it in 2017 NaN",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if notes := strings.Join(result.Texts(table.Notes), "\n"); !strings.Contains(notes, "has no row with the flag 0") || strings.Contains(notes, "published: 47") {
		t.Errorf("notes:\n%s", notes)
	}
	for _, c := range []struct {
		q    study.Query
		want string
	}{
		{study.Query{Method: "mgi,iw-2024"}, "a list is compared with one definition"},
		{study.Query{Method: "iw-2024", Partners: "CHN,KOR"}, "expected one partner"},
		{study.Query{Method: "iw-2024", Importers: "DEU"}, "has no row of what was asked for"},
	} {
		path := filepath.Join(t.TempDir(), "l.csv")
		if err := os.WriteFile(path, []byte(list), 0o600); err != nil {
			t.Fatal(err)
		}
		with := *s
		var err error
		if with.Flags, err = published.Open(path); err != nil {
			t.Fatal(err)
		}
		if _, err := ComparePublished(context.Background(), &with, c.q, "flag"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.q, err, c.want)
		}
	}
	if _, err := ComparePublished(context.Background(), s, study.Query{}, "flag"); err == nil || !strings.Contains(err.Error(), "give one with --flags FILE.csv") {
		t.Errorf("without a list: %v", err)
	}
}
