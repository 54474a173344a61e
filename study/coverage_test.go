package study_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"chokepoint/competition"
	"chokepoint/dependence"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
	"chokepoint/trade"
)

// gapWorld is one year in which Germany (276) sells and buys nothing, as in an archive that lacks its imports; the Netherlands (528)
// are whole. Product 850001 meets geodep's criteria for the USA (842): one supplier, a concentrated world, no exports.
func gapWorld(t *testing.T, years ...int) *study.Source {
	var flows []studytest.Flow
	for _, y := range years {
		flows = append(flows,
			studytest.Flow{y, 156, 842, "850001", 90}, studytest.Flow{y, 156, 528, "850001", 50}, studytest.Flow{y, 276, 842, "850001", 10}, studytest.Flow{y, 276, 156, "850002", 400},
			studytest.Flow{y, 276, 528, "850002", 30}, studytest.Flow{y, 842, 156, "850002", 20}, studytest.Flow{y, 528, 842, "850002", 10}, studytest.Flow{y, 410, 842, "850002", 5})
	}
	return studytest.Source(t, flows)
}

// missingIn asserts that the numbers of a row are missing, or that none of them is.
func missingIn(t *testing.T, table *result.Table, row int, want bool, columns ...string) {
	t.Helper()
	for _, name := range columns {
		if c := table.Column(name); c.IsMissing(row) != want {
			t.Errorf("%s, row %d: %s is %q, missing: %v, want %v", table.Name, row, name, c.Exact(row), c.IsMissing(row), want)
		}
	}
}

// TestImportsAreMissing: no zero stands for imports that the dataset lacks, in any answer about the importer.
func TestImportsAreMissing(t *testing.T) {
	s, ctx := gapWorld(t, 2015), context.Background()
	count := studytest.Must(t)(dependence.Count(ctx, s, study.Query{Importers: "DEU,NLD,DEU+NLD", Partners: "CHN"}))
	figures := []string{"products", "imports_usd", "imports_from_partner_usd", "total_imports_usd", "share_of_imports", "partner_share_of_imports", "traded_products", "share_of_products"}
	for i, want := range []result.Status{result.Missing, result.Observed, result.Partial} {
		if got := count.Column("status").Text[i]; got != string(want) {
			t.Errorf("status of %s is %q, want %q", count.Column("importer").Text[i], got, want)
		}
		missingIn(t, count, i, want == result.Missing, figures...)
	}
	gaps := slices.DeleteFunc(slices.Clone(count.Notes), func(n result.Note) bool { return n.Kind != result.MissingImports && n.Kind != result.IncompleteBloc })
	if len(gaps) != 2 || gaps[0].Subject != "DEU" || !slices.Equal(gaps[1].Members, []string{"DEU"}) {
		t.Errorf("notes: %+v, want DEU without imports, and DEU+NLD without those of DEU", count.Notes)
	}
	pair := studytest.Must(t)(dependence.Asymmetry(ctx, s, "DEU", "CHN", study.Query{}))
	missingIn(t, pair, 0, true, "a_on_b_products", "a_on_b_imports_from_partner_usd", "both", "ratio")
	missingIn(t, pair, 0, false, "b_on_a_products", "b_on_a_imports_from_partner_usd")
	methods := studytest.Must(t)(dependence.Compare(ctx, s, study.Query{Importers: "DEU", Partners: "CHN", Method: "mgi,iw-2024"}, "method"))
	missingIn(t, methods, 0, true, "products_a", "products_b", "both", "either", "jaccard")
	grid := studytest.Must(t)(dependence.Sensitivity(ctx, s, study.Query{Importers: "DEU", Partners: "CHN"}, "", "", false))
	missingIn(t, grid, 0, true, "products", "imports_usd")
	balance := studytest.Must(t)(competition.Balances(ctx, s, "DEU", "CHN", "", study.Query{}))
	missingIn(t, balance, 0, true, "imports_usd", "net_exports_usd", "balance")
	missingIn(t, balance, 0, false, "exports_usd")
	board := studytest.Must(t)(competition.Scoreboard(ctx, s, competition.Board{Economy: "DEU"}, study.Query{}))
	for i, class := range board.Column("class").Text {
		missingIn(t, board, i, true, "imports_usd", "balance", "own_dependencies", "own_dependent_imports_usd")
		if class != "" {
			t.Errorf("%s is %q without imports to tell", board.Column("sector").Text[i], class)
		}
	}
}

// TestTooFewYears: where the dataset has fewer years than a method asks for, it is not computable; where it has some of them, figures
// are lower bounds.
func TestTooFewYears(t *testing.T) {
	ctx := context.Background()
	q := study.Query{Importers: "USA", Method: "geodep-2024,mgi"}
	s := gapWorld(t, 2015, 2016, 2017)
	count := studytest.Must(t)(dependence.Count(ctx, s, q))
	for i, want := range []string{"not computable", "observed", "partial", "observed", "observed", "observed"} {
		if got := count.Column("status").Text[i]; got != want {
			t.Errorf("%d, %s: status %q, want %q", count.Column("year").Int[i], count.Column("method").Text[i], got, want)
		}
		missingIn(t, count, i, want == "not computable", "products", "imports_usd", "share_of_imports", "share_of_products")
		missingIn(t, count, i, false, "total_imports_usd", "traded_products")
	}
	if n := count.Column("products").Int; n[2] != 1 || n[4] != 1 {
		t.Errorf("geodep-2024 counts %d and %d products in 2016 and 2017, want 1 and 1", n[2], n[4])
	}
	one := gapWorld(t, 2015)
	methods := studytest.Must(t)(dependence.Compare(ctx, one, q, "method"))
	missingIn(t, methods, 0, true, "products_a", "both", "either", "jaccard")
	missingIn(t, methods, 0, false, "products_b")
	products := studytest.Must(t)(dependence.Compare(ctx, one, q, "product"))
	if n := products.Column("methods_asked").Int[0]; n != 1 {
		t.Errorf("%d methods count as asked, want 1: the other cannot be computed", n)
	}
	years := studytest.Must(t)(dependence.Compare(ctx, s, study.Query{Importers: "USA", Method: "geodep-2024"}, "year"))
	missingIn(t, years, 0, true, "products_from", "stayed", "left", "churn", "jaccard")
	missingIn(t, years, 1, false, "products_from", "stayed", "left")
	if board := studytest.Must(t)(competition.Scoreboard(ctx, one, competition.Board{Economy: "CHN"}, study.Query{Method: "geodep-2024"})); true {
		missingIn(t, board, 0, true, "own_dependencies", "others_dependencies", "single_points")
	}
	for _, table := range []*result.Table{count, methods} {
		if !slices.ContainsFunc(result.Texts(table.Notes), func(n string) bool { return strings.HasPrefix(n, "geodep-2024 is not computable in 2015") }) {
			t.Errorf("%s: no note says that geodep-2024 is not computable: %q", table.Name, result.Texts(table.Notes))
		}
	}
}

// TestDiffOfMissingImports: imports that one release lacks are no products that left.
func TestDiffOfMissingImports(t *testing.T) {
	ctx := context.Background()
	flows := []studytest.Flow{{2015, 156, 276, "850001", 50}, {2015, 276, 842, "850001", 10}, {2015, 156, 842, "850001", 10}}
	before, after := studytest.Source(t, slices.Clone(flows)), studytest.Source(t, slices.Clone(flows[1:]))
	q := study.Query{Importers: "DEU,USA", Partners: "CHN", Method: "iw-2024"}
	if n := studytest.Must(t)(dependence.Diff(ctx, after, before, q)).Rows(); n != 0 {
		t.Errorf("%d products of Germany left because its imports are missing, want none", n)
	}
	summary := studytest.Must(t)(dependence.DiffSummary(ctx, after, before, q))
	missingIn(t, summary, 0, false, "products_before")
	missingIn(t, summary, 0, true, "products_after", "stayed", "entered", "left", "jaccard", "left_imports_usd")
	missingIn(t, summary, 1, false, "products_after", "stayed", "entered", "left")
}

// TestCountZeros: everybody who trades has a row, and those without imports are not among those who depend for nothing.
func TestCountZeros(t *testing.T) {
	s := gapWorld(t, 2015)
	count := studytest.Must(t)(dependence.CountZeros(context.Background(), s, study.Query{Partners: "CHN", Products: "850001", Method: "merics-2024"}))
	got := map[string]string{}
	for i, importer := range count.Column("importer").Text {
		got[importer] = count.Column("products").Exact(i) + " of " + count.Column("traded_products").Exact(i)
	}
	want := map[string]string{"USA": "1 of 1", "NLD": "1 of 1", "CHN": "0 of 0", "DEU": " of ", "KOR": " of "}
	if len(got) != len(want) {
		t.Errorf("%d importers, want %d: %v", len(got), len(want), got)
	}
	for importer, text := range want {
		if got[importer] != text {
			t.Errorf("%s depends for %q products, want %q", importer, got[importer], text)
		}
	}
}

// TestCoverageOfUnions: a union lacks the part whose imports are missing, and has none only where all parts lack them.
func TestCoverageOfUnions(t *testing.T) {
	s := gapWorld(t, 2015)
	for text, want := range map[string]result.Status{"DEU": result.Missing, "DEU|KOR": result.Missing, "DEU|USA": result.Partial, "USA|NLD": result.Observed, "DEU+USA": result.Partial} {
		st, err := s.Study(t.Context(), study.Query{Importers: text})
		if err != nil {
			t.Fatal(err)
		}
		if got := st.CoverageOf(&st.ImporterSide.Parties[0], 2015).Status; got != want {
			t.Errorf("imports of %s are %q, want %q", text, got, want)
		}
	}
	none := trade.Party{Label: "nobody", Any: []trade.Group{{Label: "nobody"}}}
	if got := (&study.Study{Source: s, Economies: s.Dataset.Economies()}).CoverageOf(&none, 2015); got.Status != result.Missing {
		t.Errorf("imports of a bloc without members are %q, want %q", got.Status, result.Missing)
	}
}
