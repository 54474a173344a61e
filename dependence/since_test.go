package dependence

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
	"chokepoint/trade"
)

// askSince puts one of the two questions with the parameter since, and the others in pairs.
func askSince(s *study.Source, q *study.Question, pairs ...string) (*result.Table, error) {
	values := map[string]string{}
	for name, value := range study.Pairs(pairs...) {
		values[name] = value
	}
	r, errs := q.Read(values)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return q.Ask(context.Background(), s, r)
}

// sinceWorld is a world in which China's imports of 2015 are missing, and what its codes are by label.
func sinceWorld(t *testing.T, seed uint64) (flows []studytest.Flow, s *study.Source, codes map[string][]trade.Code) {
	flows = studytest.Without(studytest.RandomFlows(rand.New(rand.NewPCG(seed, 17)), 4, 8), []int{2015}, 156)
	s = studytest.Source(t, flows)
	codes = map[string][]trade.Code{}
	for _, c := range studytest.Economies {
		codes[s.Dataset.Economies().Label(c)] = []trade.Code{c}
	}
	for _, p := range studytest.SlowParties {
		if len(p.Any) == 1 {
			codes[p.Text] = p.Any[0]
		}
	}
	return flows, s, codes
}

// TestSinceAgainstDefinition compares what a list of dependencies says of earlier years with plain loops over the flows.
func TestSinceAgainstDefinition(t *testing.T) {
	rows, fresh, empty := 0, 0, 0
	for seed := range uint64(3) {
		flows, s, codes := sinceWorld(t, seed)
		const parties = "USA,CHN,DEU,DEU+NLD,CHN+HKG+MAC"
		for _, partners := range []string{"-", parties, "all"} {
			for _, id := range []string{"merics-2024", "hjs-2020", "iw-2024", "ec-2021", "mgi"} {
				table, err := askSince(s, DependenciesQuestion, "importers", parties, "partners", partners, "method", id, "years", "2017:2018", "since", "2015,2016")
				if err != nil {
					t.Fatal(err)
				}
				for i, r := range DependencySchema.Rows(table) {
					rows++
					importer := codes[r.Importer.Label]
					for _, y := range []int{2015, 2016} {
						year := strconv.Itoa(y)
						f := studytest.GatherInside(flows, y, r.Product.Code, importer, studytest.SlowInside(id, importer), codes[r.Partner.Label])
						all, from := float64(f.Imports), float64(f.FromPartner)
						if y == 2015 && slices.Contains(importer, 156) {
							all, from = math.NaN(), math.NaN()
							empty++
						}
						check := func(column string, now, then float64) {
							t.Helper()
							name, base := strings.TrimSuffix(column, "_usd")+"_"+year+"_usd", strings.TrimSuffix(column, "_usd")+"_change_since_"+year
							if table.Column(name) == nil {
								t.Errorf("%s, %s: no column %s", id, partners, name)
								return
							}
							if got := table.Column(name).Float[i]; got != then && !(math.IsNaN(got) && math.IsNaN(then)) {
								t.Errorf("%s, %s, %s of %s on %s in %d: %s is %v, want %v", id, partners, r.Product.Code, r.Importer.Label, r.Partner.Label, r.Year, name, got, then)
							}
							want := now/then - 1
							if then == 0 {
								want = math.Inf(1)
								fresh++
							}
							if got := table.Column(base).Float[i]; got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
								t.Errorf("%s, %s, %s of %s on %s in %d: %s is %v, want %v", id, partners, r.Product.Code, r.Importer.Label, r.Partner.Label, r.Year, base, got, want)
							}
						}
						check("imports_usd", r.Imports, all)
						if r.Method.HasPartner() {
							check("imports_from_partner_usd", r.ImportsFromPartner, from)
						}
					}
				}
				if t.Failed() {
					return
				}
			}
		}
	}
	if rows < 300 || fresh < 10 || empty < 10 {
		t.Errorf("%d rows, %d that are new, %d without figures: the world is too small", rows, fresh, empty)
	}
}

// TestSinceOfCounts compares the columns of earlier years with the counts of these years.
func TestSinceOfCounts(t *testing.T) {
	_, s, _ := sinceWorld(t, 5)
	const parties = "USA,CHN,DEU,EU27"
	for _, partners := range []string{"-", "all"} {
		q := study.Query{Importers: parties, Partners: partners, Method: "hjs-2020,mgi"}
		series := map[string]int{}
		counts, err := CountZeros(context.Background(), s, q)
		if err != nil {
			t.Fatal(err)
		}
		all := CountSchema.Rows(counts)
		for i := range all {
			series[studytest.RowText(counts, i, "year", "method", "importer", "partner")] = i
		}
		table, err := askSince(s, CountQuestion, "importers", parties, "partners", partners, "method", q.Method, "years", "2018", "since", "2015:2016", "zeros", "true")
		if err != nil {
			t.Fatal(err)
		}
		if table.Rows() == 0 {
			t.Fatal("no rows")
		}
		missing := 0
		for i, r := range CountSchema.Rows(table) {
			for _, y := range []int{2015, 2016} {
				year := strconv.Itoa(y)
				key := year + " " + strings.TrimPrefix(studytest.RowText(table, i, "year", "method", "importer", "partner"), "2018 ")
				at, ok := series[key]
				if !ok {
					t.Fatalf("no row %q", key)
				}
				then := &all[at]
				products, usd := table.Column("products_"+year), table.Column("imports_"+year+"_usd")
				if then.Status != result.Observed {
					missing++
					if !products.IsMissing(i) || !usd.IsMissing(i) || !table.Column("imports_change_since_"+year).IsMissing(i) {
						t.Errorf("%s rests on a part, and has figures", key)
					}
					continue
				}
				if products.Int[i] != int64(then.Products) || usd.Float[i] != then.Imports {
					t.Errorf("%s: %d products, %v USD; want %d, %v", key, products.Int[i], usd.Float[i], then.Products, then.Imports)
				}
				if got, want := table.Column("imports_change_since_" + year).Float[i], Change(r.Imports, then.Imports); got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
					t.Errorf("%s: change %v, want %v", key, got, want)
				}
			}
		}
		if missing == 0 {
			t.Error("nothing is missing")
		}
	}
}

// TestSinceRefuses: what cannot be compared is an error of the asker that names the parameter.
func TestSinceRefuses(t *testing.T) {
	_, s, _ := sinceWorld(t, 6)
	f := func(want string, pairs ...string) {
		t.Helper()
		for _, q := range []*study.Question{DependenciesQuestion, study.Priced(&study.Question{Name: CountQuestion.Name, Parameters: CountQuestion.Parameters, Ask: CountQuestion.Ask})} {
			if _, ok := q.Parameter("prices"); !ok && slices.Contains(pairs, "prices") {
				continue
			}
			_, err := askSince(s, q, pairs...)
			if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "since: ") {
				t.Errorf("%s %q: %v; want %q", q.Name, pairs, err, want)
			}
		}
	}
	f("expected years before 2018", "years", "2018", "since", "2018")
	f("expected years before 2015", "since", "2016")
	f("no year 2014", "years", "2018", "since", "2014")
	f("not a year", "years", "2018", "since", "yesterday")
	f("expected years", "years", "2018", "since", "all")
	f("current dollars", "years", "2018", "since", "2015", "prices", "constant:2015")
	if _, err := askSince(s, DependenciesQuestion, "importers", "USA|DEU", "years", "2018", "since", "2015"); err == nil || !strings.Contains(err.Error(), "one by one") {
		t.Errorf("alternatives: %v", err)
	}
}
