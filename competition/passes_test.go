package competition

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"chokepoint/chokepoints"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
)

// TestPasses counts what each question reads of a world of three years: the first time, and again. Where a number grows, the question has
// become slower; where it falls, write the new one.
func TestPasses(t *testing.T) {
	f := func(q *study.Question, text, first, again string) {
		t.Helper()
		s := studytest.Source(t, studytest.RandomFlows(rand.New(rand.NewPCG(16, 1)), 3, 6))
		passes := studytest.CountPasses(s)
		r, errs := q.Parse(text)
		if errs != nil {
			t.Fatal(errs)
		}
		for _, want := range []string{first, again} {
			if _, err := q.Answer(t.Context(), s, r); err != nil {
				t.Fatalf("%s?%s: %v", q.Name, text, err)
			}
			if got := passes.Take(); got != want {
				t.Errorf("%s?%s: %s; want %s", q.Name, text, got, want)
			}
		}
	}
	f(ScoreboardQuestion, "economy=CHN", "inner trade 3, margins 9, prices 3, scan 6", "margins 3, prices 3")
	f(ScoreboardQuestion, "economy=CHN%2BUSA", "inner trade 6, margins 9, prices 3, scan 6", "margins 3, prices 3")
	f(BreadthQuestion, "economy=CHN", "margins 3", "margins 3")
	f(BreadthQuestion, "economy=CHN%2BUSA", "inner trade 3, margins 3", "margins 3")
	f(SimilarityQuestion, "economy=CHN", "margins 3", "margins 3")
	f(SimilarityQuestion, "economy=CHN&partners=USA%2BDEU", "inner trade 3, margins 3", "margins 3")
	f(ComplexityQuestion, "years=all", "margins 3", "margins 3")
	f(DisplacementQuestion, "economy=CHN&partners=USA", "scan 2", "scan 2")
	f(BalanceQuestion, "economy=CHN&partners=USA", "deals 4", "deals 4")
	f(chokepoints.ChokepointsQuestion, "products=all", "margins 1, onwards 1, scan 1, totals 1", "") // nobody depends on anybody: nothing is asked of earlier years
	f(chokepoints.ChokepointsQuestion, "products=all&method=iw-2024", "margins 1, onwards 1, scan 3, totals 1", "")
	f(chokepoints.ChokepointsQuestion, "products=all&weights=equal", "margins 1, onwards 1, scan 1, totals 1", "")
	f(chokepoints.ChokepointsQuestion, "products=all&years=all", "margins 3, onwards 3, scan 3, totals 3", "margins 3, onwards 3, scan 3")
}

// TestScoreboardRemembered: what the dataset remembers of one scoreboard changes no figure of another.
func TestScoreboardRemembered(t *testing.T) {
	world := func() *study.Source {
		return studytest.Source(t, studytest.RandomFlows(rand.New(rand.NewPCG(16, 2)), 3, 8))
	}
	answer := func(s *study.Source, text string) string {
		t.Helper()
		r, errs := ScoreboardQuestion.Parse(text)
		if errs != nil {
			t.Fatal(errs)
		}
		table, err := ScoreboardQuestion.Answer(t.Context(), s, r)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		var b bytes.Buffer
		if err := result.Write(&b, table, result.FormatCSV, result.Options{}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	questions := []string{
		"economy=CHN", "economy=CHN&by=direction", "economy=CHN&method=iw-2024", "economy=CHN&method=hjs-2020", "economy=CHN&min-value=1000", "economy=CHN&years=2017",
		"economy=CHN&persistence=2/3", "economy=CHN%2BUSA", "economy=CHN%2BUSA&world=gross", "economy=USA",
	}
	one, different := world(), map[string]bool{}
	for range 2 {
		for _, q := range questions {
			got := answer(one, q)
			if different[got] = true; got != answer(world(), q) {
				t.Errorf("%s: another answer after other questions", q)
			}
		}
	}
	if len(different) < 7 { // some definitions agree on so small a world
		t.Errorf("%d different answers to %d questions: the comparison says little", len(different), len(questions))
	}
}
