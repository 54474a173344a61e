package dependence

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"chokepoint/fault"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// CompareQuestion is the question compare.
var CompareQuestion = &study.Question{
	Name: "compare", Short: "Compare methods (which flag what) and years (what stayed, entered, left)",
	Long: `Compare definitions of dependency and years.

--by method (the default) gives for each pair of methods how many products each flags and how many both; --by product
lists the products with the methods that flag them; --by year gives the churn of each method's list from one year to the
next and over five years.`,
	Examples: []string{
		`chokepoint compare --importers USA --partners CHN --years 2024`,
		`chokepoint compare --importers EU27 --partners CHN --by product --method merics-2024,hjs-2020,dsece-2022`,
		`chokepoint compare --importers CHN --partners 'USA|EU27' --by year --method merics-2024`,
	},
	Parameters: study.Changed(study.ParameterList([]study.Parameter{{Name: "by", Standard: "method", Values: []string{"method", "product", "year"}, Example: "year", Usage: "method, product or year"}}, study.Judged...),
		"method", func(p *study.Parameter) {
			p.Standard, p.Usage = "", "definitions to compare: ids, comma-separated, or all (default: all; --by year: "+study.DefaultMethod+")"
		}),
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		if r.Method == "" && r.Own["by"] != "year" {
			r.Method = "all"
		}
		return Compare(ctx, s, r.Query, r.Own["by"])
	},
}

// question is one line of an answer: a year, a party of importers, a party of partners.
type question struct {
	year     int
	importer string
	partner  string
}

// flagged is the products that a method flags for each question, with the imports concerned, and the questions in order.
type flagged struct {
	scan      *Scan // has run
	sets      map[question]map[string]float64
	questions []question
	status    map[string]map[int]result.Status // by importer and year
}

// answers says whether the method has an answer to a question, be it that it flags nothing.
func (f *flagged) answers(q question) bool { return f.status[q.importer][q.year].Answers() }

// flaggedSets asks each method of the study. The questions are those of Count: all that were asked by name, and those
// with at least one product.
func flaggedSets(ctx context.Context, st *study.Study) ([]flagged, error) {
	list := make([]flagged, len(st.Methods))
	for i, m := range st.Methods {
		scan, err := NewScan(st, m)
		if err != nil {
			return nil, err
		}
		f := flagged{scan: scan, sets: map[question]map[string]float64{}, status: map[string]map[int]result.Status{}}
		for i := range st.ImporterSide.Parties {
			party := &st.ImporterSide.Parties[i]
			f.status[party.Label] = map[int]result.Status{}
			for _, y := range st.Years {
				f.status[party.Label][y] = st.StatusOf(m, party, y)
			}
		}
		partner := func(p int32) string {
			if !scan.pairs {
				return "-"
			}
			return scan.Partners.Parties[p].Label
		}
		err = scan.Run(ctx, func(year int, cells []Cell) error {
			for i, importer := range st.ImporterSide.Parties {
				for p := range max(1, len(scan.Partners.Parties)) {
					if importer.Named && (!scan.pairs || scan.Partners.Parties[p].Named) {
						f.add(question{year, st.ImporterSide.Parties[i].Label, partner(int32(p))})
					}
				}
			}
			for i := range cells {
				c := &cells[i]
				q := question{year, st.ImporterSide.Parties[c.importer].Label, partner(c.Partner)}
				f.add(q)
				f.sets[q][c.Product] = c.Imports
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		list[i] = f
	}
	return list, nil
}

func (f *flagged) add(q question) {
	if f.sets[q] == nil {
		f.sets[q] = map[string]float64{}
		f.questions = append(f.questions, q)
	}
}

// overlap counts the products in a, in b, and in both.
func overlap(a, b map[string]float64) (inA, inB, inBoth int) {
	for p := range a {
		if _, ok := b[p]; ok {
			inBoth++
		}
	}
	return len(a), len(b), inBoth
}

// counts makes numbers of products of a pair of sets into values of columns, missing where one of the sets is no answer.
func counts(known bool, n ...int) []int64 {
	values := make([]int64, len(n))
	for i := range n {
		if values[i] = int64(n[i]); !known {
			values[i] = result.MissingInt
		}
	}
	return values
}

// jaccard is the share of products in both sets among those in either (Jaccard 1901); missing where both are empty.
func jaccard(inA, inB, inBoth int) float64 {
	if inA+inB == 0 {
		return math.NaN()
	}
	return float64(inBoth) / float64(inA+inB-inBoth)
}

// allQuestions lists the questions of all methods in order of year, importer, partner as asked.
func allQuestions(list []flagged) []question {
	seen := map[question]bool{}
	var all []question
	for i := range list {
		for _, q := range list[i].questions {
			if !seen[q] {
				seen[q] = true
				all = append(all, q)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b question) int { return a.year - b.year })
	return all
}

// compareMethods says for each pair of methods how many products each flags, and how many both.
func compareMethods(st *study.Study, list []flagged) (*result.Table, error) {
	year, importer, partner := questionColumns()
	a := result.TextColumn("method_a", "One method.")
	b := result.TextColumn("method_b", "Another.")
	inA := result.IntColumn("products_a", "count", "Products that method_a flags; missing where it cannot be computed or the dataset has no imports of the importer.")
	inB := result.IntColumn("products_b", "count", "Products that method_b flags; missing in the same way.")
	both := result.IntColumn("both", "count", "Products that both flag; missing where one of them is.")
	either := result.IntColumn("either", "count", "Products that at least one flags; missing where one of them is.")
	similarity := result.FloatColumn("jaccard", result.Share, "both / either; missing where neither flags any, or one of them is missing.")
	t := st.JudgedTable("compare", "Overlap of methods: "+countTitle(st), year, importer, partner, a, b, inA, inB, both, either, similarity)
	for _, q := range allQuestions(list) {
		for i := range list {
			for k := i + 1; k < len(list); k++ {
				n, m, common := overlap(list[i].sets[q], list[k].sets[q])
				year.AppendInt(int64(q.year))
				importer.AppendText(q.importer)
				partner.AppendText(q.partner)
				a.AppendText(st.Methods[i].ID)
				b.AppendText(st.Methods[k].ID)
				knownA, knownB := list[i].answers(q), list[k].answers(q)
				inA.AppendInt(counts(knownA, n)...)
				inB.AppendInt(counts(knownB, m)...)
				shared := counts(knownA && knownB, common, n+m-common)
				both.AppendInt(shared[0])
				either.AppendInt(shared[1])
				if !knownA || !knownB {
					similarity.AppendFloat(math.NaN())
					continue
				}
				similarity.AppendFloat(jaccard(n, m, common))
			}
		}
	}
	if len(list) < 2 {
		t.Note("one method has nothing to be compared with; name several, or all")
	}
	return t, nil
}

func questionColumns() (year, importer, partner *result.Column) {
	return result.IntColumn("year", result.Year, "Calendar year."),
		result.TextColumn("importer", "Economy or bloc that depends, ISO3 or as asked."),
		result.TextColumn("partner", "Economy or bloc depended on; - is any partner or none.")
}

// compareProducts lists every product that any method flags, with those that do.
func compareProducts(st *study.Study, list []flagged) (*result.Table, error) {
	year, importer, partner := questionColumns()
	product := result.TextColumn("product", "HS code, six characters.")
	description := result.TextColumn("description", "Description of the product.")
	count := result.IntColumn("methods_flagging", "count", "Methods that flag the product.")
	asked := result.IntColumn("methods_asked", "count", "Methods asked that can be computed.").AsDetail()
	imports := result.FloatColumn("imports_usd", result.USD, "Imports of the product, from everybody.")
	which := result.TextColumn("methods", "Those that flag it.")
	t := st.JudgedTable("compare-products", "Products by number of methods: "+countTitle(st), year, importer, partner, product, description, count, asked, imports, which)
	for _, q := range allQuestions(list) {
		by := map[string][]string{}
		value := map[string]float64{}
		known := 0
		for i := range list {
			if list[i].answers(q) {
				known++
			}
			for p, v := range list[i].sets[q] {
				by[p] = append(by[p], st.Methods[i].ID)
				value[p] = max(value[p], v)
			}
		}
		for p, ids := range by {
			item, _ := st.Dataset.Products().Get(p)
			year.AppendInt(int64(q.year))
			importer.AppendText(q.importer)
			partner.AppendText(q.partner)
			product.AppendText(p)
			description.AppendText(item.Description)
			count.AppendInt(int64(len(ids)))
			asked.AppendInt(int64(known))
			imports.AppendFloat(value[p])
			which.AppendText(strings.Join(ids, " "))
		}
		if err := st.CheckSize(t.Columns); err != nil {
			return nil, err
		}
	}
	return t, t.SortBy("year", "importer", "partner", "-methods_flagging", "-imports_usd", "product")
}

// longGap is the second distance in years over which churn is shown, after one year.
const longGap = 5

// compareYears says how the list of each method changes from a year of the question to the next, and over five years.
func compareYears(st *study.Study, list []flagged) (*result.Table, error) {
	id := result.TextColumn("method", "Definition of dependency.")
	_, importer, partner := questionColumns()
	from := result.IntColumn("from", result.Year, "Earlier year.")
	to := result.IntColumn("to", result.Year, "Later year.")
	before := result.IntColumn("products_from", "count", "Products flagged in the earlier year; missing where the method cannot be computed or the dataset has no imports of the importer.")
	after := result.IntColumn("products_to", "count", "Products flagged in the later year; missing in the same way.")
	stayed := result.IntColumn("stayed", "count", "Flagged in both; missing where one of the years is.")
	entered := result.IntColumn("entered", "count", "Flagged in the later year only; missing like stayed.")
	left := result.IntColumn("left", "count", "Flagged in the earlier year only; missing like stayed.")
	churn := result.FloatColumn("churn", result.Share, "left / products_from.")
	similarity := result.FloatColumn("jaccard", result.Share, "stayed / products flagged in either year.")
	t := st.JudgedTable("compare-years", "Churn: "+countTitle(st), id, importer, partner, from, to, before, after, stayed, entered, left, churn, similarity)
	for i := range list {
		gone := map[int]*pooled{}
		for _, q := range list[i].questions {
			for _, later := range laterYears(st, q.year) {
				next := question{later, q.importer, q.partner}
				n, m, common := overlap(list[i].sets[q], list[i].sets[next])
				id.AppendText(st.Methods[i].ID)
				importer.AppendText(q.importer)
				partner.AppendText(q.partner)
				from.AppendInt(int64(q.year))
				to.AppendInt(int64(later))
				knownBefore, knownAfter := list[i].answers(q), list[i].answers(next)
				before.AppendInt(counts(knownBefore, n)...)
				after.AppendInt(counts(knownAfter, m)...)
				shared := counts(knownBefore && knownAfter, common, m-common, n-common)
				stayed.AppendInt(shared[0])
				entered.AppendInt(shared[1])
				left.AppendInt(shared[2])
				if !knownBefore || !knownAfter {
					churn.AppendFloat(math.NaN())
					similarity.AppendFloat(math.NaN())
					continue
				}
				churn.AppendFloat(float64(n-common) / float64(n))
				similarity.AppendFloat(jaccard(n, m, common))
				gap := study.Apart(q.year, later)
				if gone[gap] == nil {
					gone[gap] = &pooled{}
				}
				gone[gap].add(n, n-common)
			}
		}
		for _, gap := range slices.Sorted(maps.Keys(gone)) {
			if g := gone[gap]; g.before > 0 {
				t.Note("%s: %.0f %% of the products flagged are not flagged %s later (%d of %d, all pairs of years above together)", st.Methods[i].ID, 100*float64(g.left)/float64(g.before), long(st, gap), g.left, g.before)
			}
		}
	}
	if len(st.Years) < 2 {
		t.Note("churn needs two years; the question has one")
	}
	t.Note("for scale: CEPII (Policy Brief 2023-41) finds that one in five dependent products of the EU is not dependent a year later, and close to half five years later")
	return t, t.SortBy("method", "importer", "partner", "from", "to")
}

// pooled adds up churn over pairs of years that are equally far apart.
type pooled struct{ before, left int }

func (p *pooled) add(before, left int) { p.before, p.left = p.before+before, p.left+left }

func long(st *study.Study, n int) string {
	if n == 1 {
		return "a " + st.Unit(1)
	}
	return fmt.Sprintf("%d %s", n, st.Unit(n))
}

// laterYears lists the next year of the question and the one five years on, where there are such.
func laterYears(st *study.Study, year int) []int {
	var years []int
	if i := slices.Index(st.Years, year); i+1 < len(st.Years) {
		years = append(years, st.Years[i+1])
	}
	later := trade.Period(year).Later(longGap)
	if slices.Contains(st.Years, int(later)) && !slices.Contains(years, int(later)) {
		years = append(years, int(later))
	}
	return years
}

// Compare answers by method, product or year.
func Compare(ctx context.Context, s *study.Source, q study.Query, by string) (*result.Table, error) {
	answers := map[string]func(*study.Study, []flagged) (*result.Table, error){
		"method": compareMethods, "product": compareProducts, "year": compareYears,
	}
	answer, ok := answers[by]
	if !ok {
		return nil, fault.Questionf("compare by %q: want method, product or year", by)
	}
	st, err := s.Study(ctx, q)
	if err != nil {
		return nil, err
	}
	list, err := flaggedSets(ctx, st)
	if err != nil {
		return nil, err
	}
	return answer(st, list)
}
