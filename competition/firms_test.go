package competition

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"chokepoint/register"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
)

const giants = `name,batch,year,province,sector,url
Alpha,1,2019,Jiangsu,xvi,a
Beta,1,2019,Zhejiang,XVI  MACHINERY and electronics,b
Gamma,10,2024,Jiangsu,hs-sections/XVIII,c
Delta,2,2020,,Knitting by hand,d
Epsilon,2,2020,Jiangsu,,e
`

func TestFirms(t *testing.T) {
	s := studytest.Source(t, studytest.FewSellers(rand.New(rand.NewPCG(4, 4)), 2, 8))
	ask := func(by string) (rows []string, notes string) {
		t.Helper()
		table := studytest.Must(t)(Firms(context.Background(), s, "CHN", "hs-sections", by, study.Query{Method: "iw-2024"}))
		for i := range table.Rows() {
			var words []string
			for _, name := range []string{"batch", "batch_year", "province", "sector", "firms"} {
				words = append(words, table.Column(name).Exact(i))
			}
			if row := strings.Join(words, " "); !strings.HasSuffix(row, " 0") {
				rows = append(rows, row)
			}
		}
		return rows, strings.Join(result.Texts(table.Notes), "\n")
	}
	table := studytest.Must(t)(Firms(context.Background(), s, "CHN", "hs-sections", "sector", study.Query{}))
	if table.Rows() != 9 || table.Column("firms").Int[0] != 248 || table.Column("kind").Text[8] != "published-valid" || len(table.Provisional) != 0 {
		t.Errorf("without a register: %d rows, %v", table.Rows(), table.Column("firms").Int)
	}
	var err error
	if s.Register, err = register.Parse("giants.csv", []byte(giants)); err != nil {
		t.Fatal(err)
	}
	for by, want := range map[string]string{
		"sector":   "   xvi 2|   xviii 1|   - 2",
		"batch":    "1 2019   2|2 2020   2|10 2024   1",
		"province": "  -  1|  Jiangsu  3|  Zhejiang  1",
		"all":      "1 2019 Jiangsu xvi 1|1 2019 Zhejiang xvi 1|2 2020 - - 1|2 2020 Jiangsu - 1|10 2024 Jiangsu xviii 1",
	} {
		rows, notes := ask(by)
		if got := strings.Join(rows, "|"); got != want {
			t.Errorf("by %s: %q, want %q", by, got, want)
		}
		for _, text := range []string{"giants.csv: 5 firms", "ignored: url", "2 firms are in 2 sectors that the list hs-sections lacks; they are shown under -: none given (1), Knitting by hand (1)", "19444 named in 7 batches"} {
			if !strings.Contains(notes, text) {
				t.Errorf("by %s: the notes lack %q:\n%s", by, text, notes)
			}
		}
	}
	q := study.Query{Method: "iw-2024", Years: "2016"}
	table = studytest.Must(t)(Firms(context.Background(), s, "CHN", "hs-sections", "sector", q))
	board := studytest.Must(t)(Scoreboard(context.Background(), s, Board{Economy: "CHN"}, q))
	if table.Rows() != board.Rows() { // all sectors, and one of firms without, in place of that of all products
		t.Errorf("%d rows, the scoreboard has %d", table.Rows(), board.Rows())
	}
	for i := range table.Rows() - 1 {
		for _, name := range []string{"world_market_share", "world_rank", "rca", "balance", "own_dependencies", "own_dependent_share", "others_dependencies", "import_intensity"} {
			got, want := table.Column(name).Float[i], studytest.ValueAt(board.Column(name), i)
			if got != want && !(math.IsNaN(got) && board.Column(name).IsMissing(i)) {
				t.Errorf("%s of %s: %v, the scoreboard has %v", name, table.Column("sector").Text[i], got, want)
			}
		}
		for _, name := range []string{"class", "class_sells", "class_sells_verdict", "class_needs", "class_needs_verdict"} {
			if got := table.Column(name).Text[i]; got != board.Column(name).Text[i] {
				t.Errorf("%s of %s: %s", name, table.Column("sector").Text[i], got)
			}
		}
	}
	if table = studytest.Must(t)(Firms(context.Background(), s, "CHN", "hs-sections", "batch", q)); table.Column("published_firms").Float[1] != 1744 || !math.IsNaN(table.Column("published_firms").Float[2]) {
		t.Errorf("published: %v", table.Column("published_firms").Float)
	}
	if _, err := Firms(context.Background(), s, "CHN", "hs-sections", "sector", study.Query{Years: "2015:2016"}); err == nil || !strings.Contains(err.Error(), "expected one") {
		t.Errorf("two years: %v", err)
	}
	if _, err := Firms(context.Background(), s, "CHN", "nope", "sector", study.Query{}); err == nil {
		t.Error("a list that is not there is accepted")
	}
}
