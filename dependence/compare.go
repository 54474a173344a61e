package dependence

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"chokepoint/fault"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// CompareQuestion is the question compare.
var CompareQuestion = &study.Question{
	Name: "compare", Short: "Compare methods (which flag what) and years (what stayed, entered, left)",
	Schemas: []study.Schema{OverlapSchema, AgreementSchema, ChurnSchema},
	Long: `Compare definitions of dependency and years.

--by method (the default) gives, for each pair of methods, how many products each flags and how many both flag. --by product lists
the products with the methods that flag them. --by year shows the turnover of each method's list from one year to the next and over
five years.`,
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
	sets      map[question]productList
	questions []question
	status    map[string]map[int]result.Status // by importer and year: of the importer and of the years that the method asks for
	imports   map[string]map[int]result.Status // of the importer alone
	lists     []productList                    // of the year at hand, by parties
	met       []int                            // parties with a list, in the order in which they came
}

// productList is products in ascending order, with the imports of each.
type productList []productImports

type productImports struct {
	product string
	imports float64
}

// of is the imports of a product of the list; ok where it is there.
func (l productList) of(product string) (imports float64, ok bool) {
	i, ok := slices.BinarySearchFunc(l, product, func(p productImports, code string) int { return strings.Compare(p.product, code) })
	if !ok {
		return 0, false
	}
	return l[i].imports, true
}

// answers says whether the method has an answer to a question, be it that it flags nothing.
func (f *flagged) answers(q question) bool { return f.statusOf(q).Answers() }

func (f *flagged) statusOf(q question) result.Status { return f.status[q.importer][q.year] }

// flaggedSets asks each method of the study. The questions are those of Count: all that were asked by name, and those
// with at least one product.
func flaggedSets(ctx context.Context, st *study.Study) ([]flagged, error) {
	return flaggedYears(ctx, st, nil)
}

// flaggedYears is flaggedSets for who needs a year at a time: done hears that one is complete, and may drop it. Without done, scans keep
// all of their history, for who asks a year again.
func flaggedYears(ctx context.Context, st *study.Study, done func(year int, list []flagged) error) ([]flagged, error) {
	list, scans := make([]flagged, len(st.Methods)), make([]*Scan, len(st.Methods))
	for i, m := range st.Methods {
		scan, err := NewScan(st, m)
		if err != nil {
			return nil, err
		}
		scan.keeps = done == nil
		f := flagged{scan: scan, sets: map[question]productList{}, status: map[string]map[int]result.Status{}, imports: map[string]map[int]result.Status{},
			lists: make([]productList, len(st.ImporterSide.Parties)*scan.columns())}
		for i := range st.ImporterSide.Parties {
			party := &st.ImporterSide.Parties[i]
			f.status[party.Label], f.imports[party.Label] = map[int]result.Status{}, map[int]result.Status{}
			for _, y := range st.Years {
				f.status[party.Label][y], f.imports[party.Label][y] = st.StatusOf(m, party, y), st.CoverageOf(party, y).Status
			}
		}
		list[i], scans[i] = f, scan
	}
	return list, countAll(ctx, scans, func(k int, c *counter) { list[k].collect(c) }, func(k, year int) error {
		list[k].endYear(year)
		if k == len(list)-1 && done != nil {
			return done(year, list)
		}
		return nil
	})
}

// collect adds the dependencies of a block of products.
func (f *flagged) collect(c *counter) {
	for product, x := range c.met() {
		list := &f.lists[x.cell]
		if *list == nil {
			f.met = append(f.met, int(x.cell))
		}
		*list = append(*list, productImports{product, x.imports})
	}
}

// endYear gives each question of a year its products.
func (f *flagged) endYear(year int) {
	scan := f.scan
	columns := scan.columns()
	ask := func(importer, partner int) question {
		q := question{year, scan.ImporterSide.Parties[importer].Label, "-"}
		if scan.pairs {
			q.partner = scan.Partners.Parties[partner].Label
		}
		if f.sets[q] == nil {
			f.sets[q] = productList{}
			f.questions = append(f.questions, q)
		}
		return q
	}
	for i, importer := range scan.ImporterSide.Parties {
		for p := range max(1, len(scan.Partners.Parties)) {
			if importer.Named && (!scan.pairs || scan.Partners.Parties[p].Named) {
				ask(i, p)
			}
		}
	}
	for _, cell := range f.met {
		f.sets[ask(cell/columns, cell%columns)], f.lists[cell] = f.lists[cell], nil
	}
	f.met = f.met[:0]
}

// drop forgets the years so far.
func (f *flagged) drop() {
	clear(f.sets)
	f.questions = f.questions[:0]
}

// overlap counts the products in a, in b, and in both.
func overlap(a, b productList) (inA, inB, inBoth int) {
	inA, inB = len(a), len(b)
	for len(a) > 0 && len(b) > 0 {
		switch c := strings.Compare(a[0].product, b[0].product); {
		case c < 0:
			a = a[1:]
		case c > 0:
			b = b[1:]
		default:
			inBoth++
			a, b = a[1:], b[1:]
		}
	}
	return inA, inB, inBoth
}

// overlaps counts the products of a question that each pair of methods flags, the earlier of the two first.
func overlaps(list []flagged, q question) [][]int {
	both, left := make([][]int, len(list)), make([]productList, len(list))
	for k := range list {
		both[k], left[k] = make([]int, len(list)), list[k].sets[q]
	}
	flagging := make([]int, 0, len(list)) // the methods, of the product at hand
	for {
		next := ""
		for _, l := range left {
			if len(l) > 0 && (next == "" || l[0].product < next) {
				next = l[0].product
			}
		}
		if next == "" {
			return both
		}
		flagging = flagging[:0]
		for k, l := range left {
			if len(l) == 0 || l[0].product != next {
				continue
			}
			for _, i := range flagging {
				both[i][k]++
			}
			flagging, left[k] = append(flagging, k), l[1:]
		}
	}
}

// known is a number of products of a pair of sets, missing where one of the sets is no answer.
func known(ok bool, n int) int {
	if !ok {
		return result.MissingInt
	}
	return n
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

// Asked is what a row is about: a year, an importer and a partner.
type Asked struct {
	Year              int
	Importer, Partner string // labels; Partner is - where there is none
}

func (q question) asked() Asked { return Asked{q.year, q.importer, q.partner} }

func yearField[R any](of func(*R) *Asked) result.Field[R] {
	return result.IntField("year", result.Year, "Calendar year.", func(r *R) int { return of(r).Year }).Titled("Year")
}

func importerField[R any](of func(*R) *Asked) result.Field[R] {
	return result.TextField("importer", "Economy or bloc that depends: ISO3 code, or as written in the question.", func(r *R) string { return of(r).Importer }).Titled("Importer")
}

func partnerField[R any](of func(*R) *Asked) result.Field[R] {
	return result.TextField("partner", "Economy or bloc that it depends on; - if the row is about any partner or none.", func(r *R) string { return of(r).Partner }).Titled("Partner")
}

func methodField[R any](of func(*R) string) result.Field[R] {
	return result.TextField("method", "Definition of dependency.", of).Titled("Definition")
}

func productField[R any](of func(*R) *trade.Product) result.Field[R] {
	return result.TextField("product", "HS code, six characters.", func(r *R) string { return of(r).Code }).Titled("Product")
}

func descriptionField[R any](of func(*R) *trade.Product) result.Field[R] {
	return result.TextField("description", "Description of the product.", func(r *R) string { return of(r).Description }).Titled("Description")
}

// OverlapRow is how many products two methods flag. What cannot be computed is missing: result.MissingInt and NaN.
type OverlapRow struct {
	Asked
	MethodA, MethodB     string
	ProductsA, ProductsB int
	Both, Either         int
	Jaccard              float64 // Both / Either
	StatusA, StatusB     result.Status
	SameRule             bool // they ask for the same, be it in other words
}

// OverlapSchema is the table of compare by method.
var OverlapSchema = result.NewSchema("compare",
	yearField(func(r *OverlapRow) *Asked { return &r.Asked }),
	importerField(func(r *OverlapRow) *Asked { return &r.Asked }),
	partnerField(func(r *OverlapRow) *Asked { return &r.Asked }),
	result.TextField("method_a", "First method.", func(r *OverlapRow) string { return r.MethodA }),
	result.TextField("method_b", "Second method.", func(r *OverlapRow) string { return r.MethodB }),
	result.IntField("products_a", "count", "Products that method_a flags. Missing if it cannot be computed or the dataset has no imports of the importer.", func(r *OverlapRow) int { return r.ProductsA }),
	result.IntField("products_b", "count", "Products that method_b flags. Missing under the same conditions.", func(r *OverlapRow) int { return r.ProductsB }),
	result.IntField("both", "count", "Products that both flag. Missing if either count is missing.", func(r *OverlapRow) int { return r.Both }),
	result.IntField("either", "count", "Products that at least one flags. Missing if either count is missing.", func(r *OverlapRow) int { return r.Either }),
	result.FloatField("jaccard", result.Share, "both / either. Missing if neither method flags any product, or if either count is missing.", func(r *OverlapRow) float64 { return r.Jaccard }),
	result.TextField("status_a", result.StatusText, func(r *OverlapRow) string { return string(r.StatusA) }).AsDetail(),
	result.TextField("status_b", result.StatusText, func(r *OverlapRow) string { return string(r.StatusB) }).AsDetail(),
	result.TextField("same_rule", "yes if both have the same criteria, so that their agreement means nothing.", func(r *OverlapRow) string {
		if r.SameRule {
			return "yes"
		}
		return "no"
	}).AsDetail(),
).ByValue("year", "importer", "partner", "-jaccard")

// compareMethods says for each pair of methods how many products each flags, and how many both. It holds the products of one year at a time.
func compareMethods(ctx context.Context, st *study.Study) (*result.Table, error) {
	var rows []OverlapRow
	var rules []string
	for _, m := range st.Methods {
		rules = append(rules, m.Rule())
	}
	_, err := flaggedYears(ctx, st, func(_ int, list []flagged) error {
		rows = appendOverlaps(rows, st, list, rules)
		for i := range list {
			list[i].drop()
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	t := study.JudgedAnswer(st, OverlapSchema, "Overlap of methods: "+countTitle(st), rows)
	if len(st.Methods) < 2 {
		t.Note("a single method cannot be compared; name several, or all")
	}
	return t, nil
}

// appendOverlaps adds the rows of a year.
func appendOverlaps(rows []OverlapRow, st *study.Study, list []flagged, rules []string) []OverlapRow {
	for _, q := range allQuestions(list) {
		both := overlaps(list, q)
		for i := range list {
			for k := i + 1; k < len(list); k++ {
				n, m, common := len(list[i].sets[q]), len(list[k].sets[q]), both[i][k]
				knownA, knownB := list[i].answers(q), list[k].answers(q)
				r := OverlapRow{Asked: q.asked(), MethodA: st.Methods[i].ID, MethodB: st.Methods[k].ID, ProductsA: known(knownA, n), ProductsB: known(knownB, m),
					Both: known(knownA && knownB, common), Either: known(knownA && knownB, n+m-common), Jaccard: math.NaN(), StatusA: list[i].statusOf(q), StatusB: list[k].statusOf(q),
					SameRule: rules[i] == rules[k]}
				if knownA && knownB {
					r.Jaccard = jaccard(n, m, common)
				}
				rows = append(rows, r)
			}
		}
	}
	return rows
}

// AgreementRow is a product that some methods flag.
type AgreementRow struct {
	Asked
	Product      trade.Product
	Methods      []string // that flag it
	MethodsAsked int
	Rules        int // distinct ones among these
	RulesAsked   int
	Imports      float64 // USD
	Status       result.Status
}

// AgreementSchema is the table of compare by product.
var AgreementSchema = result.NewSchema("compare-products",
	yearField(func(r *AgreementRow) *Asked { return &r.Asked }),
	importerField(func(r *AgreementRow) *Asked { return &r.Asked }),
	partnerField(func(r *AgreementRow) *Asked { return &r.Asked }),
	productField(func(r *AgreementRow) *trade.Product { return &r.Product }),
	descriptionField(func(r *AgreementRow) *trade.Product { return &r.Product }),
	result.IntField("methods_flagging", "count", "Number of methods that flag the product.", func(r *AgreementRow) int { return len(r.Methods) }),
	result.IntField("methods_asked", "count", "Number of methods applied that can be computed.", func(r *AgreementRow) int { return r.MethodsAsked }).Titled("Definitions asked").AsDetail(),
	result.FloatField("imports_usd", result.USD, "Imports of the product from all partners.", func(r *AgreementRow) float64 { return r.Imports }).Titled("Imports"),
	result.TextField("methods", "The methods that flag it.", func(r *AgreementRow) string { return strings.Join(r.Methods, " ") }),
	result.TextField("status", "What the figures are based on: observed; partial, if the dataset lacks members of the importer.", func(r *AgreementRow) string { return string(r.Status) }).AsDetail(),
	result.IntField("rules_flagging", "count", "Number of distinct rules among the methods that flag it. Methods with the same criteria count as one rule.", func(r *AgreementRow) int { return r.Rules }).Titled("Rules flagging"),
	result.IntField("rules_asked", "count", "Number of distinct rules that can be computed.", func(r *AgreementRow) int { return r.RulesAsked }).Titled("Rules asked").AsDetail(),
).InOrder("products that most definitions flag first, then by imports")

var agreementOrder = AgreementSchema.Order("year", "importer", "partner", "-methods_flagging", "-imports_usd", "product")

// compareProducts lists every product that any method flags, with those that do.
func compareProducts(ctx context.Context, st *study.Study) (*result.Table, error) {
	list, err := flaggedSets(ctx, st)
	if err != nil {
		return nil, err
	}
	var rows []AgreementRow
	for _, q := range allQuestions(list) {
		by := map[string][]*method.Method{}
		value := map[string]float64{}
		var asked []*method.Method
		imports := result.Missing
		for i := range list {
			if list[i].answers(q) {
				asked = append(asked, st.Methods[i])
				imports = list[i].imports[q.importer][q.year]
			}
			for _, x := range list[i].sets[q] {
				by[x.product] = append(by[x.product], st.Methods[i])
				value[x.product] = max(value[x.product], x.imports)
			}
		}
		for p, methods := range by {
			item, _ := st.Dataset.Products().Get(p)
			r := AgreementRow{Asked: q.asked(), Product: trade.Product{Code: p, Description: item.Description}, MethodsAsked: len(asked),
				Rules: len(method.Rules(methods)), RulesAsked: len(method.Rules(asked)), Imports: value[p], Status: imports}
			for _, m := range methods {
				r.Methods = append(r.Methods, m.ID)
			}
			rows = append(rows, r)
		}
		if err := st.CheckRows(len(rows), AgreementSchema.Width()); err != nil {
			return nil, err
		}
	}
	t := study.JudgedAnswer(st, AgreementSchema, "Products by number of methods: "+countTitle(st), rows)
	noteRules(t, st.Methods)
	return t, t.SortBy(agreementOrder...)
}

// longGap is the second distance in years over which churn is shown, after one year.
const longGap = 5

// ChurnRow is how a method's list of an importer and a partner changes from one year to a later one.
type ChurnRow struct {
	Method                   string
	Importer, Partner        string
	From, To                 int
	ProductsFrom, ProductsTo int
	Stayed, Entered, Left    int
	Churn                    float64 // Left / ProductsFrom
	Jaccard                  float64
	StatusFrom, StatusTo     result.Status
}

// ChurnSchema is the table of compare by year.
var ChurnSchema = result.NewSchema("compare-years",
	methodField(func(r *ChurnRow) string { return r.Method }),
	importerField(func(r *ChurnRow) *Asked { return &Asked{Importer: r.Importer} }),
	partnerField(func(r *ChurnRow) *Asked { return &Asked{Partner: r.Partner} }),
	result.IntField("from", result.Year, "Earlier year.", func(r *ChurnRow) int { return r.From }),
	result.IntField("to", result.Year, "Later year.", func(r *ChurnRow) int { return r.To }),
	result.IntField("products_from", "count", "Products flagged in the earlier year. Missing if the method cannot be computed or the dataset has no imports of the importer.", func(r *ChurnRow) int { return r.ProductsFrom }),
	result.IntField("products_to", "count", "Products flagged in the later year. Missing under the same conditions.", func(r *ChurnRow) int { return r.ProductsTo }),
	result.IntField("stayed", "count", "Products flagged in both years. Missing if either year is missing.", func(r *ChurnRow) int { return r.Stayed }),
	result.IntField("entered", "count", "Products flagged in the later year only. Missing under the same conditions as stayed.", func(r *ChurnRow) int { return r.Entered }),
	result.IntField("left", "count", "Products flagged in the earlier year only. Missing under the same conditions as stayed.", func(r *ChurnRow) int { return r.Left }),
	result.FloatField("churn", result.Share, "left / products_from.", func(r *ChurnRow) float64 { return r.Churn }),
	result.FloatField("jaccard", result.Share, "stayed / products flagged in either year.", func(r *ChurnRow) float64 { return r.Jaccard }),
	result.TextField("status_from", result.StatusText, func(r *ChurnRow) string { return string(r.StatusFrom) }).AsDetail(),
	result.TextField("status_to", result.StatusText, func(r *ChurnRow) string { return string(r.StatusTo) }).AsDetail(),
).InOrder("a series of years")

var churnOrder = ChurnSchema.Order("method", "importer", "partner", "from", "to")

// churnOf compares the lists of a question in its year and in a later one.
func (f *flagged) churnOf(method string, q question, later int) ChurnRow {
	next := question{later, q.importer, q.partner}
	n, m, common := overlap(f.sets[q], f.sets[next])
	before, after := f.answers(q), f.answers(next)
	r := ChurnRow{Method: method, Importer: q.importer, Partner: q.partner, From: q.year, To: later, ProductsFrom: known(before, n), ProductsTo: known(after, m),
		Stayed: known(before && after, common), Entered: known(before && after, m-common), Left: known(before && after, n-common), Churn: math.NaN(), Jaccard: math.NaN(), StatusFrom: f.statusOf(q), StatusTo: f.statusOf(next)}
	if before && after {
		r.Churn, r.Jaccard = float64(n-common)/float64(n), jaccard(n, m, common)
	}
	return r
}

// compareYears says how the list of each method changes from a year of the question to the next, and over five years.
func compareYears(ctx context.Context, st *study.Study) (*result.Table, error) {
	list, err := flaggedSets(ctx, st)
	if err != nil {
		return nil, err
	}
	var rows []ChurnRow
	var notes []string
	for i := range list {
		gone := map[int]*pooled{}
		for _, q := range list[i].questions {
			for _, later := range laterYears(st, q.year) {
				r := list[i].churnOf(st.Methods[i].ID, q, later)
				if rows = append(rows, r); r.Left == result.MissingInt {
					continue
				}
				gap := study.Apart(q.year, later)
				if gone[gap] == nil {
					gone[gap] = &pooled{}
				}
				gone[gap].add(r.ProductsFrom, r.Left)
			}
		}
		for _, gap := range slices.Sorted(maps.Keys(gone)) {
			if g := gone[gap]; g.before > 0 {
				notes = append(notes, fmt.Sprintf("%s: %.0f %% of the products flagged are not flagged %s later (%d of %d, all pairs of years above together)", st.Methods[i].ID, 100*float64(g.left)/float64(g.before), long(st, gap), g.left, g.before))
			}
		}
	}
	t := study.JudgedAnswer(st, ChurnSchema, "Churn: "+countTitle(st), rows)
	t.Add(result.NotesOf(result.Reading, notes...)...)
	if len(st.Years) < 2 {
		t.Note("churn needs two years; the question has one")
	}
	t.Note("for scale: CEPII (Policy Brief 2023-41) finds that one in five dependent products of the EU is not dependent a year later, and close to half five years later")
	return t, t.SortBy(churnOrder...)
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
	answers := map[string]func(context.Context, *study.Study) (*result.Table, error){
		"method": compareMethods, "product": compareProducts, "year": compareYears,
	}
	answer, ok := answers[by]
	if !ok {
		return nil, fault.Questionf("compare by %q: expected method, product or year", by)
	}
	st, err := s.Study(ctx, q)
	if err != nil {
		return nil, err
	}
	return answer(ctx, st)
}
