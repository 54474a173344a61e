package dependence

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strings"

	"chokepoint/fault"
	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// SinceParameter asks for columns that compare rows with earlier years.
var SinceParameter = study.Parameter{Name: "since", Example: "2019,2000",
	Usage: "earlier years that each row is compared with: columns with the amounts of then, and the change since, in current dollars (default: none)"}

// earlierYears reads the parameter since, for rows of the years asked for; none where it is not given.
func earlierYears(s *study.Source, r study.Request) ([]int, error) {
	text := strings.TrimSpace(r.Own[SinceParameter.Name])
	if text == "" {
		return nil, nil
	}
	years, err := func() ([]int, error) {
		if !r.InCurrentDollars() {
			return nil, errors.New("changes compare current dollars of each year; expected no prices beside it, or a series over the years at constant prices")
		}
		ranges, err := trade.ParseYears(text)
		if err != nil {
			return nil, err
		}
		if ranges == nil {
			return nil, errors.New("expected years, such as 2019,2000")
		}
		years, _, err := trade.PickYears(ranges, s.Dataset.Years())
		if err != nil {
			return nil, err
		}
		asked, err := trade.ParseYears(r.Query.Years)
		if err != nil {
			return nil, err
		}
		of, _, err := trade.PickYears(asked, s.Dataset.Years())
		if err == nil && years[len(years)-1] >= of[0] {
			err = errors.New("expected years before " + trade.Period(of[0]).String() + ", the first that rows are asked of")
		}
		return years, err
	}()
	if err != nil {
		return nil, &study.ParameterError{Parameter: SinceParameter.Name, Value: text, Err: fault.Question(err)}
	}
	slices.Reverse(years) // the nearest first
	return years, nil
}

// EarlierYears are those that a year is compared with where nobody says which: five years before it, and the first of all years, which ascend.
func EarlierYears(years []int, year int) (list []int) {
	for _, y := range []int{year - 5, years[0]} {
		if y < year && slices.Contains(years, y) && !slices.Contains(list, y) {
			list = append(list, y)
		}
	}
	return list
}

// Change is how much more now is than then, relative to then: 0.1 is a tenth more. It is +Inf where there was nothing then, 0 where there is
// nothing now either, and NaN where one of them is missing.
func Change(now, then float64) float64 {
	switch {
	case math.IsNaN(now) || math.IsNaN(then):
		return math.NaN()
	case then == 0 && now == 0:
		return 0
	case then == 0:
		return math.Inf(1)
	}
	return now/then - 1
}

// ThenName is the column of what stood in another in an earlier year, of tables that were asked for it by SinceParameter.
func ThenName(column string, year int) string {
	name := strings.TrimSuffix(column, "_usd")
	return name + "_" + yearInName(year) + strings.TrimPrefix(column, name)
}

// ChangeName is the column of the change since then.
func ChangeName(column string, year int) string {
	return strings.TrimSuffix(column, "_usd") + changeSince + yearInName(year)
}

// IsChange says whether a column is one of changes since an earlier year.
func IsChange(column string) bool { return strings.Contains(column, changeSince) }

const changeSince = "_change_since_"

// yearInName is a year, or a month as 2024_03.
func yearInName(year int) string {
	return strings.ReplaceAll(trade.Period(year).String(), "-", "_")
}

// besideThen is one amount of a row beside that of an earlier year.
type besideThen[R any] struct {
	column, unit string // of the row's own amount
	title, what  string // heading of what stood there then, and what it is
	now, then    func(r *R) float64
	whole        bool // whole numbers, which are missing where then is NaN
	noChange     bool
}

// comparedFields are the columns of an amount of an earlier year and of its change.
func comparedFields[R any](c besideThen[R], year int) []result.Field[R] {
	y := trade.Period(year).String()
	text := c.what + " in " + y + ". Empty if the dataset lacks some of the importer's imports in that year."
	title := c.title + " in " + y
	then := result.FloatField(ThenName(c.column, year), c.unit, text, c.then).Titled(title)
	if c.whole {
		then = result.IntField(ThenName(c.column, year), c.unit, text, func(r *R) int {
			if x := c.then(r); !math.IsNaN(x) {
				return int(x)
			}
			return result.MissingInt
		}).Titled(title)
	}
	then = then.Weighing(result.Minor)
	if c.noChange {
		return []result.Field[R]{then}
	}
	return []result.Field[R]{then, result.FloatField(ChangeName(c.column, year), "ratio", c.what+": change since "+y+" in current dollars; 0.1 means 10 % more. Infinite if the value in "+y+" was 0.",
		func(r *R) float64 { return Change(c.now(r), c.then(r)) }).Titled(c.title + " since " + y).Weighing(result.Minor)}
}

// noteChanges says what changes are of.
func noteChanges(t *result.Table, years []int) {
	t.Add(result.Note{Kind: result.Prices, Years: slices.Sorted(slices.Values(years)), Text: "changes since " + study.YearsText(slices.Sorted(slices.Values(years))) + " compare current dollars of each year: amounts rise with prices too"})
}

// earlier is what importers bought in earlier years of the products of a list of dependencies.
type earlier struct {
	study  *study.Study // of these years
	years  []int
	places map[purchase]int32
	usd    [][]float64 // by year, and by place
	whole  map[wholeKey]bool
}

// purchase is whose purchases of what are compared. Inside a bloc that a method is about nothing counts as bought.
type purchase struct {
	importer, partner int32 // parties; partner is -1 for all suppliers together
	product, bloc     string
}

type wholeKey struct {
	importer *trade.Party
	year     int
}

// yearsParameter is the parameter years of a question about years.
func yearsParameter(years []int) string {
	var texts []string
	for _, y := range years {
		texts = append(texts, trade.Period(y).String())
	}
	return strings.Join(texts, ",")
}

// newEarlier resolves the parties of a list for earlier years.
func newEarlier(ctx context.Context, s *study.Source, q study.Query, years []int) (*earlier, error) {
	q.Years, q.Products = yearsParameter(years), ""
	q.Partners = study.OrElse(q.Partners, "-")
	if q.Partners == "-" {
		q.Partners = "all" // each supplier is a partner
	}
	st, err := s.Study(ctx, q)
	if err != nil {
		return nil, err
	}
	if !st.ImporterSide.Simple() || !st.PartnerSide.Simple() {
		return nil, &study.ParameterError{Parameter: SinceParameter.Name, Value: q.Years, Err: fault.Questionf("a row of alternatives (A|B) or of several that overlap cannot be compared with itself; expected economies and blocs one by one")}
	}
	return &earlier{study: st, years: years, places: map[purchase]int32{}, usd: make([][]float64, len(years)), whole: map[wholeKey]bool{}}, nil
}

// fields are the columns of the comparison; those of a partner where a method has one.
func (e *earlier) fields(methods []*method.Method) (fields []result.Field[DependencyRow]) {
	for k, year := range e.years {
		at := func(place func(*DependencyRow) int32) func(*DependencyRow) float64 {
			return func(r *DependencyRow) float64 {
				if p := place(r); p >= 0 {
					return e.usd[k][p]
				}
				return math.NaN()
			}
		}
		now := func(amount func(*DependencyRow) float64) func(*DependencyRow) float64 {
			return func(r *DependencyRow) float64 {
				if !e.whole[wholeKey{r.Importer, r.Year}] {
					return math.NaN() // other members than then
				}
				return amount(r)
			}
		}
		fields = append(fields, comparedFields(besideThen[DependencyRow]{column: imports.Column, unit: result.USD, title: "Imports", what: "Imports of the product from all partners",
			now: now(func(r *DependencyRow) float64 { return r.Imports }), then: at(func(r *DependencyRow) int32 { return r.then[0] })}, year)...)
		if slices.ContainsFunc(methods, (*method.Method).HasPartner) {
			fields = append(fields, comparedFields(besideThen[DependencyRow]{column: importsFromPartner.Column, unit: result.USD, title: "From partner", what: "Imports of the product from the partner",
				now: now(func(r *DependencyRow) float64 { return r.ImportsFromPartner }), then: at(func(r *DependencyRow) int32 { return r.then[1] })}, year)...)
		}
	}
	return fields
}

// read finds what was bought then of the products of rows, and says in each row where it is. now is the study of the rows.
func (e *earlier) read(ctx context.Context, now *study.Study, rows []DependencyRow) error {
	parties := func(side *study.Side) map[string]int32 {
		at := map[string]int32{}
		for i := range side.Parties {
			at[side.Parties[i].Label] = int32(i)
		}
		return at
	}
	importers, partners := parties(&e.study.ImporterSide), parties(&e.study.PartnerSide)
	var keys []purchase
	place := func(p purchase) int32 {
		n, known := e.places[p]
		if !known {
			n = int32(len(keys))
			e.places[p], keys = n, append(keys, p)
		}
		return n
	}
	for i := range rows {
		r := &rows[i]
		importer := importers[r.Importer.Label]
		r.then = [2]int32{place(purchase{importer, -1, r.Product.Code, r.Method.Bloc}), -1}
		if partner, ok := partners[r.Partner.Label]; ok {
			r.then[1] = place(purchase{importer, partner, r.Product.Code, r.Method.Bloc})
		}
		if key := (wholeKey{r.Importer, r.Year}); !e.whole[key] {
			e.whole[key] = now.CoverageOf(r.Importer, r.Year).Status == result.Observed
		}
	}
	for k, y := range e.years {
		e.usd[k] = make([]float64, len(keys))
		observed, there := make([]bool, len(e.study.ImporterSide.Parties)), make([]bool, len(e.study.PartnerSide.Groups))
		for i := range observed {
			observed[i] = e.study.CoverageOf(&e.study.ImporterSide.Parties[i], y).Status == result.Observed
		}
		for i := range there {
			there[i] = e.study.PartnerSide.Groups[i].Codes(y).Len() > 0
		}
		for i, p := range keys {
			if !observed[p.importer] || p.partner >= 0 && !there[p.partner] {
				e.usd[k][i] = math.NaN()
			}
		}
		if err := e.readYear(ctx, k, keys); err != nil {
			return err
		}
	}
	return nil
}

// readYear adds the purchases of one of the years.
func (e *earlier) readYear(ctx context.Context, k int, keys []purchase) error {
	year := e.years[k]
	products := map[string][]string{} // by bloc
	pairs := false
	for _, p := range keys {
		products[p.bloc] = append(products[p.bloc], p.product)
		pairs = pairs || p.partner >= 0
	}
	for bloc, codes := range products {
		slices.Sort(codes)
		view := kernel.View{Year: year, Importers: e.study.Sets(&e.study.ImporterSide, year), Inside: e.study.InsideOf(bloc, &e.study.ImporterSide, year), Products: slices.Compact(codes),
			Sums: []indicator.Sum{indicator.Imports, indicator.ImportsFromPartner}}
		if pairs {
			view.Partners = e.study.Sets(&e.study.PartnerSide, year)
		}
		err := study.ScanYear(ctx, e.study.Source, year, view, func() *purchases { return &purchases{earlier: e, bloc: bloc} }, func(v *purchases) error {
			for _, f := range v.found {
				if usd := &e.usd[k][f.place]; !math.IsNaN(*usd) {
					*usd = f.usd
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// purchases is the kernel's visitor: it finds the purchases that are compared.
type purchases struct {
	*earlier
	bloc  string
	found []found
}

type found struct {
	place int32
	usd   float64
}

// Importers implements kernel.Visitor.
func (v *purchases) Importers(b *kernel.Batch) error {
	for i := range b.N {
		if place, ok := v.places[purchase{b.Importer[i], -1, b.Product, v.bloc}]; ok {
			v.found = append(v.found, found{place, b.At(indicator.Imports, i)})
		}
	}
	return nil
}

// Pairs implements kernel.Visitor.
func (v *purchases) Pairs(b *kernel.Batch) error {
	for i := range b.N {
		if place, ok := v.places[purchase{b.Importer[i], b.Partner[i], b.Product, v.bloc}]; ok {
			v.found = append(v.found, found{place, b.At(indicator.ImportsFromPartner, i)})
		}
	}
	return nil
}

// noteMembers says of which parties the members differ between years that are compared: then a change is theirs too.
func (e *earlier) noteMembers(t *result.Table, now *study.Study) {
	last := now.Years[len(now.Years)-1]
	for _, side := range []*study.Side{&e.study.ImporterSide, &e.study.PartnerSide} {
		for i := range side.Groups {
			g := side.Groups[i]
			var other []int
			for _, y := range e.years {
				if then := e.members(g, y); len(then) > 0 && !slices.Equal(then, e.members(g, last)) {
					other = append(other, y)
				}
			}
			if len(other) > 0 {
				slices.Sort(other)
				t.Add(result.Note{Kind: result.Reading, Subject: g.Label, Years: other, Text: g.Label + " had other members in " + study.YearsText(other) + " than in " + trade.Period(last).String() + ": changes since then are of its membership too"})
			}
		}
	}
}

// members are the labels of the members of a group in a year, in order.
func (e *earlier) members(g trade.Group, year int) (labels []string) {
	for _, code := range g.Codes(year).Codes() {
		labels = append(labels, e.study.Economies.Label(code))
	}
	slices.SortFunc(labels, cmp.Compare[string])
	return slices.Compact(labels)
}

// countsThen are the counts of earlier years that rows are compared with.
type countsThen map[countKey]CountRow

type countKey struct {
	year                      int
	method, importer, partner string
}

// countThen counts in earlier years.
func countThen(ctx context.Context, s *study.Source, q study.Query, years []int) (countsThen, []result.Note, error) {
	q.Years = yearsParameter(years)
	st, err := s.Study(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	rows, err := countRows(ctx, st, true, nil)
	if err != nil {
		return nil, nil, err
	}
	then := countsThen{}
	for _, r := range rows.all() {
		then[countKey{r.Year, r.Method, r.Importer, r.Partner}] = r
	}
	return then, st.Coverage(), nil
}

// CompareCounts is an amount of a count as changes are computed from it: missing where the dataset lacks a part of what it is made of,
// of which other years may have more or less.
func CompareCounts(r *CountRow, amount func(*CountRow) float64) float64 {
	if r == nil || r.Status != result.Observed {
		return math.NaN()
	}
	return amount(r)
}

// fields are the columns of the comparison; those of a partner where counts have one.
func (c countsThen) fields(years []int, pairs bool) (fields []result.Field[CountRow]) {
	for _, year := range years {
		add := func(x besideThen[CountRow], amount func(*CountRow) float64) {
			x.now = func(r *CountRow) float64 { return CompareCounts(r, amount) }
			x.then = func(r *CountRow) float64 {
				if then, ok := c[countKey{year, r.Method, r.Importer, r.Partner}]; ok {
					return CompareCounts(&then, amount)
				}
				return math.NaN()
			}
			fields = append(fields, comparedFields(x, year)...)
		}
		add(besideThen[CountRow]{column: "products", unit: "count", title: "Products", what: "Products on which the importer depended", whole: true, noChange: true}, func(r *CountRow) float64 { return result.IntNumber(r.Products) })
		add(besideThen[CountRow]{column: "imports_usd", unit: result.USD, title: "Imports", what: "Imports from all partners of the products on which the importer depended"}, func(r *CountRow) float64 { return r.Imports })
		if pairs {
			add(besideThen[CountRow]{column: "imports_from_partner_usd", unit: result.USD, title: "From partner", what: "Imports from the partner of the products on which the importer depended"}, func(r *CountRow) float64 { return r.ImportsFromPartner })
		}
	}
	return fields
}
