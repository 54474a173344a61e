package scenario

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/study/studytest"
)

// asked puts a question to a small world.
func asked(t *testing.T, flows []studytest.Flow, q *study.Question, values map[string]string) *result.Table {
	t.Helper()
	request, errs := q.Read(values)
	if errs != nil {
		t.Fatal(errs)
	}
	table, err := q.Answer(t.Context(), studytest.Source(t, flows), request)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// notesOf are the notes of an answer, one a line.
func notesOf(t *result.Table) string {
	var b strings.Builder
	for _, n := range t.Notes {
		b.WriteString(n.Text + "\n")
	}
	return b.String()
}

// TestRangeOfOne: beside a figure of one rule and one spare capacity stands how far it moves, as scenario ranges has it.
func TestRangeOfOne(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(7, 8)), 1, 3)
	ask := map[string]string{"suppliers": "CHN", "importers": "USA,DEU", "products": "851000,851001", "rule": "mixed", "spare": "0.1"}
	ranges := RangeSchema.Rows(asked(t, flows, RangesQuestion, ask))
	for _, q := range []*study.Question{CutQuestion, SourcesQuestion, MonthsQuestion} {
		notes := notesOf(asked(t, flows, q, ask))
		for i, r := range ranges {
			if r.Assumption != AllAssumptions {
				continue
			}
			want := fmt.Sprintf("%s in %d, of all products asked for: %s unfilled under mixed with spare capacity 0.1, %s with one assumption changed at a time; %s\n",
				r.Importer, r.Year, result.Percent(r.Unfilled.At), spanText(r.Unfilled), wordsOfMoves(ranges[i:i+rangesOfLoss]))
			if !strings.Contains(notes, want) {
				t.Errorf("%s: no %q in\n%s", q.Name, want, notes)
			}
		}
	}
	ask["rule"] = "mixed,present" // two rules, and one spare capacity, which would seem to move nothing
	if notes := notesOf(asked(t, flows, CutQuestion, ask)); !strings.Contains(notes, "with one assumption changed at a time") || strings.Contains(notes, "spare capacity less") {
		t.Errorf("of two rules:\n%s", notes)
	}
	delete(ask, "products")
	if notes := notesOf(asked(t, flows, CutQuestion, ask)); strings.Contains(notes, "spare capacity less") {
		t.Errorf("of two rules and all products:\n%s", notes)
	}
	ask["rule"] = "mixed"
	if notes := notesOf(asked(t, flows, CutQuestion, ask)); !strings.Contains(notes, "no figure should stand alone") {
		t.Errorf("nothing leads to the ranges of all products:\n%s", notes)
	}
}

// TestSpanText: a range whose ends print alike is one figure.
func TestSpanText(t *testing.T) {
	for want, s := range map[string]Span{"94.1 %": {Low: 0.94101, High: 0.94104}, "6.6 % to 94.1 %": {Low: 0.066, High: 0.941}} {
		if got := spanText(s); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestTargetWithoutImports: a target of which the dataset has no imports is said to be missing.
func TestTargetWithoutImports(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(11, 4)), 1, 2)
	const want = "to DEU: the dataset has no imports of it in "
	ask := map[string]string{"suppliers": "CHN", "to": "USA,DEU"}
	if notes := notesOf(asked(t, flows, CutQuestion, ask)); strings.Contains(notes, want) {
		t.Errorf("of one that has imports:\n%s", notes)
	}
	flows = slices.DeleteFunc(flows, func(f studytest.Flow) bool { return f.Importer == 276 })
	for _, q := range []*study.Question{CutQuestion, RangesQuestion, MonthsQuestion, SourcesQuestion} {
		if notes := notesOf(asked(t, flows, q, ask)); !strings.Contains(notes, want) {
			t.Errorf("%s, of one without imports:\n%s", q.Name, notes)
		}
	}
}

// TestFreedIsSaid: a note says what a targeted stop frees, and who could take most of it, as its row does.
func TestFreedIsSaid(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(11, 4)), 1, 2)
	for _, q := range []*study.Question{CutQuestion, SourcesQuestion, MonthsQuestion} {
		notes := notesOf(asked(t, flows, q, map[string]string{"suppliers": "CHN", "to": "USA,DEU", "products": "851000"}))
		found := 0
		for _, r := range CutSchema.Rows(asked(t, flows, CutQuestion, map[string]string{"suppliers": "CHN", "to": "USA,DEU", "products": "851000"})) {
			if r.Freed > 0 {
				found++
				if want := fmt.Sprintf("in %d the stop frees %s USD of 851000 for others; %s could take most", r.Year, result.ShortFloat(r.Freed, result.USD), r.Buyer(0)); !strings.Contains(notes, want) {
					t.Errorf("%s: no %q in\n%s", q.Name, want, notes)
				}
			}
		}
		if found == 0 {
			t.Error("nothing is freed")
		}
	}
}

// TestRanges: each range is that of as many single cuts, and ranks follow widths.
func TestRanges(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 2 {
		flows := studytest.RandomFlows(r, 1, 3)
		for i := range flows {
			flows[i].Dollars *= 1_000_000
		}
		ask := map[string]string{"suppliers": "CHN", "importers": "USA,DEU", "cut": "0.5", "stock-days": "20"}
		figures := func(importer, name, value string) (unfilled, months, price float64) {
			t.Helper()
			values := map[string]string{"suppliers": "CHN", "importers": "USA,DEU", "cut": "0.5", "stock-days": "20", "rule": "present", "spare": "0.1", "sigma": "2", "ramp": "6", "months": "12"}
			if name != "" {
				values[name] = value
			}
			for _, row := range CutSchema.Rows(asked(t, flows, CutQuestion, values)) {
				if row.Importer == importer && row.Product == "all" {
					return row.Unfilled / row.Imports, sum(row.Path.Unfilled) / row.Imports, row.Price
				}
			}
			t.Fatalf("no row of %s", importer)
			return 0, 0, 0
		}
		tried := map[string][]string{"rule": {"present", "mixed", "capacity", "sqrt"}, "spare": {"0.05", "0.1", "0.25"}, "sigma": {"2", "2.25", "4"}, "ramp": {"3", "6", "12"}, "stock-days": {"0", "20", "30", "90"}}
		rows := RangeSchema.Rows(asked(t, flows, RangesQuestion, ask))
		if len(rows) != 12 {
			t.Fatalf("%d rows, want 12", len(rows))
		}
		var widest [2]float64
		for i, row := range rows {
			if row.Assumption == AllAssumptions {
				widest = [2]float64{}
				for _, one := range rows[i+1 : i+6] {
					widest[0], widest[1] = max(widest[0], one.Months.width()), max(widest[1], one.Price.width())
				}
				continue
			}
			want := [3]Span{}
			for k, value := range tried[row.Assumption] {
				var x [3]float64
				x[0], x[1], x[2] = figures(row.Importer, row.Assumption, value)
				for f := range want {
					if k == 0 {
						want[f] = Span{Low: x[f], High: x[f]}
					}
					want[f].widen(x[f])
				}
			}
			var at [3]float64
			at[0], at[1], at[2] = figures(row.Importer, "", "")
			for f, got := range []Span{row.Unfilled, row.Months, row.Price} {
				about := fmt.Sprint(row.Importer, " ", row.Assumption, " ", f)
				near(t, about+" middle", got.At, at[f], 1e-12)
				near(t, about+" low", got.Low, want[f].Low, 1e-12)
				near(t, about+" high", got.High, want[f].High, 1e-12)
			}
			if first := row.MonthsRank == 1; first != (row.Months.width() == widest[0] && widest[0] > movesLittle) {
				t.Errorf("%s %s has rank %d with a width of %v of %v", row.Importer, row.Assumption, row.MonthsRank, row.Months.width(), widest[0])
			}
			if first := row.PriceRank == 1; first != (row.Price.width() == widest[1] && widest[1] > movesLittle) {
				t.Errorf("%s %s has rank %d of prices with a width of %v of %v", row.Importer, row.Assumption, row.PriceRank, row.Price.width(), widest[1])
			}
		}
	}
}

// TestSources: who fills and what nobody fills add up to the loss, and the first three are those of the cut.
func TestSources(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(9, 8)), 1, 3)
	ask := map[string]string{"suppliers": "CHN", "importers": "all", "rule": "all", "spare": "0.1,0.5"}
	type key struct {
		importer string
		Combination
	}
	sums, first := map[key]float64{}, map[key]SourceRow{}
	for _, r := range SourceSchema.Rows(asked(t, flows, SourcesQuestion, ask)) {
		k := key{r.Importer, r.Combination}
		sums[k] += r.Filled
		if _, ok := first[k]; !ok && r.Source != Nobody {
			first[k] = r
		}
	}
	n := 0
	for _, r := range CutSchema.Rows(asked(t, flows, CutQuestion, ask)) {
		if r.Product != "all" || r.Lost == 0 {
			continue
		}
		n++
		k := key{r.Importer, *r.Combination}
		near(t, r.Importer+" all sources", sums[k], r.Lost, 1e-9*r.Lost)
		if f := first[k]; f.Source != r.Source(0) || f.Filled != r.FirstUSD {
			t.Errorf("%s %v: first %s with %v, the cut has %s with %v", r.Importer, *r.Combination, f.Source, f.Filled, r.Source(0), r.FirstUSD)
		}
	}
	if n < 16 {
		t.Errorf("%d rows compared", n)
	}
}

// TestRemembered: what a dataset remembers of a cut answers other questions about it, and no others: asked one after the other, each question has the answer that a
// fresh dataset gives.
func TestRemembered(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(12, 4)), 2, 3)
	for i := range flows {
		flows[i].Dollars *= 1_000_000
	}
	source := studytest.Source(t, flows)
	base := map[string]string{"suppliers": "CHN", "importers": "USA,DEU", "months": "12", "years": "2015"}
	changes := []map[string]string{{}, {"stock-days": "60"}, {"ramp": "12"}, {"stock-days": "60", "ramp": "3"}, {"months": ""}, {"cut": "0.5"}, {"spare": "0.3"}, {"rule": "sqrt"}, {"sigma": "3"},
		{"suppliers": "DEU"}, {"to": "USA"}, {"importers": "USA+DEU"}, {"importers": "all"}, {"products": "851001"}, {"not-from": "USA"}, {"only-from": "USA,DEU"}, {"hubs": "keep"}, {"years": "2016"},
		{"suppliers": "", "scenario": "single-points"}, {}}
	kept := store.Remembered()
	for _, change := range changes {
		for _, q := range []*study.Question{CutQuestion, RangesQuestion, MonthsQuestion, SourcesQuestion} {
			values := maps.Clone(base)
			for name, value := range change {
				values[name] = value
			}
			maps.DeleteFunc(values, func(name, value string) bool {
				_, takes := q.Parameter(name)
				return value == "" || !takes
			})
			want, wrong := answerOf(t, studytest.Source(t, flows), q, values)
			got, also := answerOf(t, source, q, values)
			if got != want || fmt.Sprint(wrong) != fmt.Sprint(also) {
				t.Errorf("%s, %v: after other questions\n%s%v\nof a fresh dataset\n%s%v", q.Name, change, got, also, want, wrong)
			}
		}
	}
	if store.Remembered() <= kept {
		t.Error("nothing is remembered")
	}
}

// answerOf is an answer as text, or its error.
func answerOf(t *testing.T, source *study.Source, q *study.Question, values map[string]string) (string, error) {
	t.Helper()
	request, errs := q.Read(values)
	if errs != nil {
		t.Fatal(errs)
	}
	table, err := q.Answer(t.Context(), source, request)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	for _, format := range []result.Format{result.FormatCSV, result.FormatTable} {
		if err := result.Write(&text, table, format, result.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	return text.String() + fmt.Sprint(table.Provenance.Definitions), nil
}
