package analysis

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"chokepoint/macro"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
)

// The index is made up.
const deflatorText = "# source: nobody, made up\nyear,index\n2015,100\n2016,125\n2017,50\n"

// TestPrices asks each question that can be asked for constant prices for both: amounts are those of current dollars times what a dollar
// of the year is worth, and nothing else differs.
func TestPrices(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(3, 5)), 3, 8)
	for i := range flows {
		flows[i].Dollars *= 1e9 // above all floors
	}
	s := studytest.Source(t, flows)
	d, err := macro.ParseDeflator("made-up.csv", []byte(deflatorText))
	if err != nil {
		t.Fatal(err)
	}
	with := *s
	with.Deflator = d
	ask := func(q *study.Question, s *study.Source, own map[string]string) (*result.Table, error) {
		values := map[string]string{}
		for _, p := range q.Parameters {
			if p.Required {
				values[p.Name] = p.Example
			}
		}
		for name, value := range own {
			if _, ok := q.Parameter(name); ok {
				values[name] = value
			}
		}
		r, errs := q.Read(values)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		r.Before = studytest.Source(t, studytest.RandomFlows(rand.New(rand.NewPCG(3, 6)), 3, 8))
		return q.Answer(t.Context(), s, r)
	}
	factor := map[int64]float64{2015: 1.25, 2016: 1, 2017: 2.5}
	asked := 0
	for _, q := range Questions() {
		if _, ok := q.Parameter("prices"); !ok {
			continue
		}
		asked++
		own := map[string]string{"years": "2015:2017", "importers": "USA,DEU", "partners": "CHN", "method": "iw-2024", "a": "USA", "b": "CHN", "list": ""}
		if q.Name == "chokepoints" || q.Name == "complexity" {
			own["importers"], own["partners"], own["products"] = "all", "all", "all"
		}
		now, err := ask(q, s, own)
		if err != nil {
			t.Fatalf("%s: %v", q.Name, err)
		}
		own["prices"] = "constant:2016"
		if _, err := ask(q, s, own); err == nil || !strings.Contains(err.Error(), "the program has none of its own: give one with --prices-file") {
			t.Errorf("%s without a file: %v", q.Name, err)
		}
		then, err := ask(q, &with, own)
		if err != nil {
			t.Fatalf("%s: %v", q.Name, err)
		}
		if now.Dollars() == "" {
			continue // no amounts
		}
		if now.Rows() == 0 || len(now.Years()) > 1 != slices.ContainsFunc(now.Notes, func(n result.Note) bool {
			return n.Kind == result.Prices && strings.Contains(n.Text, "current dollars")
		}) {
			t.Errorf("%s: %d rows; notes %v", q.Name, now.Rows(), result.Texts(now.Notes))
		}
		if then.Dollars() != "dollars of 2016" || !strings.HasSuffix(then.Title, ", in dollars of 2016") || !slices.ContainsFunc(then.Provenance.Definitions, func(d result.Definition) bool { return d.Kind == "prices" && d.Text == deflatorText }) {
			t.Errorf("%s: %s in %s, %v", q.Name, then.Title, then.Dollars(), then.Provenance.Definitions)
		}
		years := now.Column("year")
		for k, c := range now.Columns {
			other := then.Columns[k]
			for row := range now.Rows() {
				if !strings.HasPrefix(c.Unit, "USD") {
					if c.Exact(row) != other.Exact(row) {
						t.Fatalf("%s: %s in row %d is %s, at constant prices %s", q.Name, c.Name, row, c.Exact(row), other.Exact(row))
					}
					continue
				}
				want := c.Float[row] * factor[years.Int[row]]
				if c.Unit == "USD²" {
					want *= factor[years.Int[row]]
				}
				if got := other.Float[row]; math.IsNaN(got) != math.IsNaN(want) || math.Abs(got-want) > 1e-9*math.Abs(want) || !strings.HasPrefix(other.Unit, "USD of 2016") {
					t.Fatalf("%s: %s in row %d is %v %s, want %v", q.Name, c.Name, row, got, other.Unit, want)
				}
			}
		}
	}
	if asked < 12 {
		t.Errorf("%d questions can be asked for constant prices", asked)
	}
}

// TestPricesRefused: what the index does not have, and months, are errors that name the parameter.
func TestPricesRefused(t *testing.T) {
	s := studytest.Source(t, []studytest.Flow{{Year: 2015, Exporter: 156, Importer: 842, Product: "850001", Dollars: 5}, {Year: 2018, Exporter: 156, Importer: 842, Product: "850001", Dollars: 5}})
	months := studytest.Source(t, []studytest.Flow{{Year: 201501, Exporter: 156, Importer: 842, Product: "850001", Dollars: 5}})
	d, err := macro.ParseDeflator("made-up.csv", []byte(deflatorText))
	if err != nil {
		t.Fatal(err)
	}
	q, _ := QuestionOf("count")
	for _, c := range []struct {
		s            *study.Source
		prices, want string
	}{
		{s, "constant:2016", "made-up.csv has no index of 2018; it has 2015 to 2017"},
		{s, "constant:2000", "made-up.csv has no index of 2000"},
		{s, "constant", "expected current, or constant:YEAR"},
		{months, "constant:2015", "dataset test has months, and the index is of years"},
	} {
		with := *c.s
		with.Deflator = d
		_, err := q.Answer(t.Context(), &with, study.Request{Query: study.Query{Importers: "USA", Partners: "CHN", Method: "iw-2024"}, Own: map[string]string{"prices": c.prices}})
		if err == nil || !strings.HasPrefix(err.Error(), "prices: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.prices, err, c.want)
		}
	}
}
