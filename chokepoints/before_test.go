package chokepoints

import (
	"bytes"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
)

// oldWeights are those that came with the program before capacity did.
var oldWeights = []string{"equal", "reach", "rerouting", "trade-only"}

// TestOldWeights holds the columns and answers of the weights from before capacity to what the program printed then, to the byte:
// they are the first columns still. testdata/before-capacity.csv is the output of that program.
func TestOldWeights(t *testing.T) {
	flows := studytest.FewSellers(rand.New(rand.NewPCG(14, 3)), 2, 6)
	for i := range flows {
		flows[i].Dollars *= 3_000_000
	}
	s := studytest.Source(t, flows)
	want, err := os.ReadFile("testdata/before-capacity.csv")
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(strings.SplitN(string(want), "\n", 3)[1], "\n")
	var got bytes.Buffer
	for _, w := range oldWeights {
		table := ChokepointsOf(t, s, study.Query{Method: "iw-2024", Years: "all"}, w)
		table.Columns = table.Columns[:len(strings.Split(head, ","))]
		got.WriteString("-- " + w + " --\n")
		if err := result.Write(&got, table, result.FormatCSV, result.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	for i, line := range strings.Split(got.String(), "\n") {
		if w := strings.Split(string(want), "\n"); i >= len(w) || w[i] != line {
			t.Fatalf("line %d:\n%s\nwant\n%s", i+1, line, w[min(i, len(w)-1)])
		}
	}
}

// TestOldFileOfWeights reads files from before parts could be left out: one that names all seven parts, and one from before position was
// a part, which now has no say.
func TestOldFileOfWeights(t *testing.T) {
	equal := string(studytest.MustRead(t, "weights/equal.toml"))
	s := studytest.Source(t, studytest.FewSellers(rand.New(rand.NewPCG(14, 3)), 1, 6))
	scores := func(text string) []float64 {
		return ChokepointsOf(t, s, study.Query{Method: "iw-2024"}, studytest.WriteFile(t, "old.toml", text)).Column("score").Float
	}
	builtin := func(name string) []float64 {
		return ChokepointsOf(t, s, study.Query{Method: "iw-2024"}, name).Column("score").Float
	}
	if got := scores(equal); !slices.Equal(got, builtin("equal")) {
		t.Errorf("a copy of equal: %v", got)
	}
	if got := scores(strings.Replace(equal, "position = 1\n", "", 1)); !slices.Equal(got, builtin("trade-only")) {
		t.Errorf("without position: %v, want the scores of trade-only", got)
	}
	stricter := strings.Replace(equal, "world_share = 0.5", "world_share = 0.999", 1)
	table := ChokepointsOf(t, s, study.Query{Method: "iw-2024"}, studytest.WriteFile(t, "own.toml", stricter))
	if single := table.Column("single_point").Bool; slices.Contains(single, true) == slices.Contains(ChokepointsOf(t, s, study.Query{Method: "iw-2024"}, "equal").Column("single_point").Bool, true) {
		t.Errorf("the bounds of a file's own do not count: %v", single)
	}
}
