package dependence

import (
	"cmp"
	"context"
	"math"
	"math/bits"
	"slices"
	"strings"

	"chokepoint/chain"
	"chokepoint/indicator"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// DependenciesQuestion is the question dependencies.
var DependenciesQuestion = &study.Question{
	Name: "dependencies", Short: "List the products behind a count, with every indicator used",
	Schemas: []study.Schema{DependencySchema},
	Long: `List the products behind a count, with every indicator that the criteria use, the distance to the nearest
threshold, the number of other methods that agree, and the number of the last five years in which the criteria were met.

For methods without a criterion about the partner, the partner column is -, and --partners CHN keeps the products whose largest
supplier is China.`,
	Examples: []string{
		`chokepoint dependencies --importers USA --partners CHN --years 2024 --limit 20`,
		`chokepoint dependencies --importers CHN --method geodep-2024 --persistence 1/1 --partners EU27`,
		`chokepoint dependencies --importers JPN --products 28,8505 --method all --format csv --out japan.csv`,
	},
	Parameters: study.ParameterList([]study.Parameter{chain.JoinParameter, SinceParameter}, append(slices.Clone(study.Judged), "hubs")...),
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		since, err := earlierYears(s, r)
		if err != nil {
			return nil, err
		}
		return dependencies(ctx, s, r.Query, r.Own[chain.JoinParameter.Name], since)
	},
}

// lookBack is the number of years, the one shown included, over which Dependencies counts how often a product was flagged.
const lookBack = 5

// Dependencies lists the products behind a count, with every indicator that the criteria use, the distance to the
// nearest threshold, how many published methods agree, and in how many of the last five years the criteria were met.
func Dependencies(ctx context.Context, s *study.Source, q study.Query) (*result.Table, error) {
	return dependencies(ctx, s, q, "", nil)
}

// dependencies is Dependencies with who uses each product, by a set of input-output tables, "" is none, and with what was bought in earlier
// years.
func dependencies(ctx context.Context, s *study.Source, q study.Query, tables string, since []int) (*result.Table, error) {
	st, err := s.Study(ctx, q)
	if err != nil {
		return nil, err
	}
	asked := criteriaIndicators(st.Methods)
	l := &dependencyList{Study: st, asked: &asked, schema: DependencySchema.With("nearest_criterion", dependencyFields(asked)...)}
	if st.Hubs != nil {
		l.schema = l.schema.With("", study.HubFields("of the importer's purchases of the product", func(r *DependencyRow) study.HubShare { return r.Hub })...)
	}
	join, err := chain.OpenJoin(s, tables)
	if err != nil {
		return nil, err
	}
	if join != nil {
		l.schema = l.schema.With("", chain.UseFields(func(r *DependencyRow) *chain.Use { return &l.uses[r.use] })...)
	}
	var then *earlier
	if len(since) > 0 {
		if then, err = newEarlier(ctx, s, q, since); err != nil {
			return nil, err
		}
		l.schema = l.schema.With("", then.fields(st.Methods)...)
	}
	for _, m := range st.Methods {
		if err := l.add(ctx, m); err != nil {
			return nil, err
		}
	}
	rows := slices.Concat(l.parts...)
	if l.parts = nil; len(st.Methods) > 1 {
		rows = result.Sorted(rows, func(a, b *DependencyRow) int { return cmp.Or(a.Year-b.Year, strings.Compare(a.Method.ID, b.Method.ID)) })
	}
	if join != nil {
		if err := l.join(ctx, join, rows); err != nil {
			return nil, err
		}
	}
	if then != nil {
		if err := then.read(ctx, st, rows); err != nil {
			return nil, err
		}
	}
	t := study.JudgedAnswer(st, l.schema, "Dependent products: "+countTitle(st), rows)
	if then != nil {
		t.Add(then.study.Coverage()...)
		noteChanges(t, since)
		then.noteMembers(t, st)
	}
	if join != nil {
		join.Note(t)
	}
	if !st.LacksImporters() {
		t.AsDetail("could_turn")
	}
	if st.Hubs != nil {
		st.Hubs.NoteHubs(t, "of the importer's purchases of the product")
	}
	if err := noteTogether(ctx, st, t, func() []CountRow { return countsOf(rows, st.Years[len(st.Years)-1]) }); err != nil {
		return nil, err
	}
	s.NoteCodes(t, func(yield func(product string, year int) bool) {
		for i := range rows {
			if !yield(rows[i].Product.Code, rows[i].Year) {
				return
			}
		}
	})
	return t, nil
}

// dependencyList is an answer in the making.
type dependencyList struct {
	*study.Study
	asked  *[]*indicator.Indicator // beside those that have columns always
	schema *result.Schema[DependencyRow]
	parts  [][]DependencyRow // one a method and year: what grows by copying would hold twice the memory
	n      int               // rows of all

	plain bool // no more than who depends, on whom, for how much

	footings map[footingKey]*Footing

	uses []chain.Use // that rows have in common
}

// join finds who uses the products of the rows, each of an importer, a supplier and a year once.
func (l *dependencyList) join(ctx context.Context, join *chain.Join, rows []DependencyRow) error {
	type place struct {
		year int
		key  chain.UseKey
	}
	places := map[place]int32{}
	keys := map[int][]chain.UseKey{} // by year
	at := map[int][]int32{}
	for i := range rows {
		r := &rows[i]
		p := place{r.Year, chain.UseKey{User: r.Importer.Label, Supplier: r.Supplier(), Product: r.Product.Code}}
		n, known := places[p]
		if !known {
			n = int32(len(places))
			places[p] = n
			keys[r.Year], at[r.Year] = append(keys[r.Year], p.key), append(at[r.Year], n)
		}
		r.use = n
	}
	l.uses = make([]chain.Use, len(places))
	for year, list := range keys {
		found, err := join.Of(ctx, year, list, false)
		if err != nil {
			return err
		}
		for i, n := range at[year] {
			l.uses[n] = found[i]
		}
	}
	return nil
}

// DependencyRow is a product on which an importer depends in a year, by a method. There are many: what rows have in common is shared.
type DependencyRow struct {
	Year                                 int
	Method                               *method.Method
	Importer, Partner                    *trade.Party // Partner is labelled - for methods that have none
	Product                              trade.Product
	TopSupplier                          string
	Imports, Exports, ImportsFromPartner float64 // USD
	PartnerWorldShare, Distance          float64
	MethodsAgree, MethodsAsked           int8
	RulesAgree, RulesAsked               int8 // definitions that are one rule count once
	YearsFlagged, YearsSeen              int8
	Hub                                  study.HubShare // where the question asks for hubs
	Footing                              *Footing       // what the figures rest on: one for all rows of an importer, year and method
	CouldTurn                            string         // what missing importers could turn; "" where they could not

	use     int32                   // of uses, where the question names tables
	then    [2]int32                // of earlier, where the question names earlier years: all imports, and those from the partner; -1 is none
	nearest int8                    // criterion of the method; -1 where none has a threshold
	asked   *[]*indicator.Indicator // one list for all rows
	values  []float64               // of asked
}

// Footing is what figures about an importer in a year rest on.
type Footing struct {
	Status result.Status // of what it buys, and of the years that the method looks back to
	World  result.Status // of world totals
}

// PartnerShare is the share of the partner in the imports.
func (r *DependencyRow) PartnerShare() float64 { return r.ImportsFromPartner / r.Imports }

// Supplier is the partner, or the largest supplier where the method has no partner.
func (r *DependencyRow) Supplier() string {
	if r.Partner.Label != "-" {
		return r.Partner.Label
	}
	return r.TopSupplier
}

// NearestCriterion is the text of the criterion nearest to its threshold, or "".
func (r *DependencyRow) NearestCriterion() string {
	if r.nearest < 0 {
		return ""
	}
	return r.Method.Criteria[r.nearest].Text
}

// Value is that of an indicator that the criteria of a method of the question use; NaN for others.
func (r *DependencyRow) Value(ind *indicator.Indicator) float64 {
	if i := slices.Index(*r.asked, ind); i >= 0 {
		return r.values[i]
	}
	return math.NaN()
}

// DependencySchema is the table of dependencies without the other indicators that the criteria use.
var DependencySchema = result.NewSchema("dependencies",
	result.IntField("year", result.Year, "Calendar year.", func(r *DependencyRow) int { return r.Year }).Titled("Year"),
	result.TextField("method", "Definition of dependency.", func(r *DependencyRow) string { return r.Method.ID }).Titled("Definition"),
	result.TextField("importer", "Economy or bloc that depends: ISO3 code, or as written in the question.", func(r *DependencyRow) string { return r.Importer.Label }).Titled("Importer"),
	result.TextField("partner", "Economy or bloc that it depends on; - for methods without a partner.", func(r *DependencyRow) string { return r.Partner.Label }).Titled("Partner"),
	result.TextField("product", "HS code, six characters.", func(r *DependencyRow) string { return r.Product.Code }).Titled("Product"),
	IndicatorField(imports, func(r *DependencyRow) float64 { return r.Imports }),
	IndicatorField(exports, func(r *DependencyRow) float64 { return r.Exports }),
	IndicatorField(importsFromPartner, func(r *DependencyRow) float64 { return r.ImportsFromPartner }).Weighing(result.Major),
	IndicatorField(partnerShare, (*DependencyRow).PartnerShare).Weighing(result.Major),
	IndicatorField(partnerWorldShare, func(r *DependencyRow) float64 { return r.PartnerWorldShare }),
	result.TextField("importer_name", "Name of the importer.", func(r *DependencyRow) string { return r.Importer.Name }).Titled("Importer"),
	result.TextField("partner_name", "Name of the partner.", func(r *DependencyRow) string { return r.Partner.Name }).Titled("Partner"),
	result.TextField("description", "Description of the product.", func(r *DependencyRow) string { return r.Product.Description }).Titled("Description").Weighing(result.Major),
	result.TextField("top_supplier", "The importer's largest supplier; of equals, the one with the lower BACI code.", func(r *DependencyRow) string { return r.TopSupplier }).Titled("Largest supplier").AsDetail(),
	result.TextField("nearest_criterion", "The criterion that is nearest to its threshold.", (*DependencyRow).NearestCriterion).Titled("Nearest criterion"),
	result.FloatField("distance", "ratio", "Distance to that threshold, relative to it: 0.1 means that a change of 10 % reverses the verdict. Negative if the product misses the criterion this year and stays because of persistence.", func(r *DependencyRow) float64 { return r.Distance }).Titled("Distance"),
	result.IntField("methods_agree", "count", "Number of other built-in methods whose criteria hold this year, persistence aside. Methods without a partner are applied to the importer, the others to this partner or the top supplier.", func(r *DependencyRow) int { return int(r.MethodsAgree) }).Titled("Definitions agreeing"),
	result.IntField("methods_asked", "count", "Number of other built-in methods applied.", func(r *DependencyRow) int { return int(r.MethodsAsked) }).Titled("Definitions asked").AsDetail(),
	result.IntField("years_flagged", "count", "In how many of the last five years the criteria were met.", func(r *DependencyRow) int { return int(r.YearsFlagged) }).Titled("Years flagged").Weighing(result.Minor),
	result.IntField("years_seen", "count", "How many of the last five years the dataset has.", func(r *DependencyRow) int { return int(r.YearsSeen) }).Titled("Years seen").AsDetail(),
	result.TextField("status", result.StatusText, func(r *DependencyRow) string { return string(r.Footing.Status) }).AsDetail(),
	result.TextField("world_status", WorldStatusText, func(r *DependencyRow) string { return string(r.Footing.World) }).AsDetail(),
	result.IntField("rules_agree", "count", "Number of distinct rules among the methods that agree. Methods with the same criteria count as one rule, and the rule of this row's method does not count.", func(r *DependencyRow) int { return int(r.RulesAgree) }).Titled("Rules agreeing").Weighing(result.Minor),
	result.IntField("rules_asked", "count", "Number of distinct rules among the methods applied, without those that look back to more years than the dataset has.", func(r *DependencyRow) int { return int(r.RulesAsked) }).Titled("Rules asked").AsDetail(),
	result.TextField("could_turn", "The criteria that the purchases of importers without imports in the dataset could reverse, so that the product would not be a dependency, each with the lowest and highest possible value. Empty if there are none.", func(r *DependencyRow) string { return r.CouldTurn }).Titled("Could turn").Weighing(result.Minor),
).ByValue("-year", "-imports_from_partner_usd", "-imports_usd")

// WorldStatusText describes columns of the status of world totals.
const WorldStatusText = "What world totals and shares of them are based on: observed; partial, if the dataset lacks importers, whose purchases are then not in the totals."

// DependencyColumns is the table with every indicator that criteria could use, for pages that pick columns.
var DependencyColumns = DependencySchema.With("nearest_criterion", dependencyFields(besidesAlways(indicator.All()))...)

// dependencyFields are the columns of indicators.
func dependencyFields(asked []*indicator.Indicator) (fields []result.Field[DependencyRow]) {
	for _, ind := range asked {
		fields = append(fields, IndicatorField(ind, func(r *DependencyRow) float64 { return r.Value(ind) }))
	}
	return fields
}

// criteriaIndicators lists the indicators that criteria of the methods use and that have no column always.
func criteriaIndicators(methods []*method.Method) (list []*indicator.Indicator) {
	for _, m := range methods {
		for _, ind := range besidesAlways(m.Indicators()) {
			if !slices.Contains(list, ind) {
				list = append(list, ind)
			}
		}
	}
	return list
}

// besidesAlways leaves out the indicators that have a column in every answer.
func besidesAlways(list []*indicator.Indicator) []*indicator.Indicator {
	return slices.DeleteFunc(slices.Clone(list), func(ind *indicator.Indicator) bool {
		return slices.Contains([]*indicator.Indicator{imports, exports, importsFromPartner, partnerShare, partnerWorldShare}, ind)
	})
}

// byLabels orders cells by importer, partner and product as they are labelled.
func (s *Scan) byLabels(cells []Cell) []int32 {
	order := make([]int32, len(cells))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(i, j int32) int {
		a, b := &cells[i], &cells[j]
		return cmp.Or(strings.Compare(s.ImporterSide.Parties[a.importer].Label, s.ImporterSide.Parties[b.importer].Label),
			strings.Compare(s.Partners.Parties[a.Partner].Label, s.Partners.Parties[b.Partner].Label), strings.Compare(a.Product, b.Product))
	})
	return order
}

// add lists what one method finds.
func (l *dependencyList) add(ctx context.Context, m *method.Method) error {
	scan, err := l.scan(ctx, m)
	if err != nil {
		return err
	}
	return scan.Run(ctx, func(year int, cells []Cell) error { return l.take(ctx, scan, year, cells) })
}

// scan prepares the scan by a definition.
func (l *dependencyList) scan(ctx context.Context, m *method.Method) (*Scan, error) {
	scan, err := NewScan(l.Study, m)
	if err != nil {
		return nil, err
	}
	if l.PickNone {
		// Each supplier is a partner: the list names it, and methods without a partner are judged about the top one.
		if scan.Partners, err = l.Side("partners", "all"); err != nil {
			return nil, err
		}
		scan.pairs, scan.onlyTop = true, !m.HasPartner()
	}
	if scan.onlyTop {
		// Without a criterion on the partner a product has one line, whichever of those asked for is its top supplier.
		scan.Partners = scan.Partners.AsOne("-", "")
	}
	if !l.plain {
		scan.details = true
		scan.window = max(lookBack, m.Persistence.Window)
		for _, ind := range *l.asked {
			scan.values = append(scan.values, ind.Expr())
		}
		scan.others = othersOf(l.Study, m, &scan.ImporterSide, &scan.Partners)
	}
	return scan, scan.askDoubt(ctx)
}

// take adds the dependencies of a year.
func (l *dependencyList) take(ctx context.Context, scan *Scan, year int, cells []Cell) error {
	seen := 0
	for _, y := range l.Have {
		if study.Within(y, year, lookBack) {
			seen++
		}
	}
	if err := scan.agreeElsewhere(ctx, year, cells); err != nil {
		return err
	}
	hub, err := scan.hubs(ctx, year, cells)
	if err != nil {
		return err
	}
	rows, rules := make([]DependencyRow, 0, len(cells)), scan.rulesOf(year)
	for _, i := range scan.byLabels(cells) {
		r := l.row(scan, &cells[i], seen, rules)
		r.Hub = hub(&cells[i])
		rows = append(rows, r)
	}
	l.parts, l.n = append(l.parts, rows), l.n+len(rows)
	return scan.CheckRows(l.n, l.schema.Width())
}

// Listing is a scan by one definition whose rows say who depends on whom for how much, and nothing else of a dependency. It runs beside others.
type Listing struct {
	Scan *Scan
	list *dependencyList
}

// NewListing prepares a listing for a question about one definition.
func NewListing(ctx context.Context, s *study.Source, q study.Query) (*Listing, error) {
	st, err := s.Study(ctx, q)
	if err != nil {
		return nil, err
	}
	asked := []*indicator.Indicator{}
	l := &Listing{list: &dependencyList{Study: st, asked: &asked, schema: DependencySchema, plain: true}}
	l.Scan, err = l.list.scan(ctx, st.Methods[0])
	return l, err
}

// Take adds the dependencies of a year, as RunAll hands them over.
func (l *Listing) Take(ctx context.Context, year int, cells []Cell) error {
	return l.list.take(ctx, l.Scan, year, cells)
}

// Rows are all that were added.
func (l *Listing) Rows() []DependencyRow { return slices.Concat(l.list.parts...) }

func (l *dependencyList) row(s *Scan, c *Cell, seen int, rules []agreement) DependencyRow {
	importer, partner := &s.ImporterSide.Parties[c.importer], &s.Partners.Parties[c.Partner]
	product, ok := s.Dataset.Products().Get(c.Product)
	if !ok {
		product.Code = c.Product
	}
	r := DependencyRow{
		Year: c.year, Method: s.Method, Importer: importer, Partner: partner, Product: product, Imports: c.Imports, Exports: c.exports,
		ImportsFromPartner: c.FromPartner, PartnerWorldShare: c.worldShare,
		TopSupplier: s.Label(c.topSupplier, importer.Label, s.Partners.Groups[c.topPartner].Label), nearest: c.nearest, Distance: c.margin,
		MethodsAgree: c.agree.methodsAgreeing(), MethodsAsked: int8(len(s.others.methods)), RulesAgree: c.agree.rulesAgreeing(rules), RulesAsked: int8(len(rules)), YearsFlagged: int8(bits.OnesCount64(c.Flagged & (1<<lookBack - 1))), YearsSeen: int8(seen),
		asked: l.asked, values: c.values, Footing: l.footing(s.Method, importer, c.year),
	}
	if !c.verdict.Must() {
		r.CouldTurn = c.turningCriteria
	}
	if s.onlyTop {
		r.Partner, r.ImportsFromPartner, r.PartnerWorldShare = &unnamedPartner, math.NaN(), math.NaN()
	}
	if math.IsInf(c.margin, 0) {
		r.nearest = -1
	}
	return r
}

// footing is one value for all rows of an importer, a year and a method.
func (l *dependencyList) footing(m *method.Method, importer *trade.Party, year int) *Footing {
	key := footingKey{m, importer, year}
	if l.footings[key] == nil {
		if l.footings == nil {
			l.footings = map[footingKey]*Footing{}
		}
		l.footings[key] = &Footing{l.StatusOf(m, importer, year), l.WorldStatus(year)}
	}
	return l.footings[key]
}

type footingKey struct {
	method   *method.Method
	importer *trade.Party
	year     int
}

// hubs says of cells of a year through which entrepôt most of the purchases come, where the question asks for them.
func (s *Scan) hubs(ctx context.Context, year int, cells []Cell) (func(c *Cell) study.HubShare, error) {
	if s.Hubs == nil {
		return func(*Cell) study.HubShare { return study.HubShare{} }, nil
	}
	largest, err := s.Hubs.BoughtBy(ctx, s.Study, s.Method.Bloc, year, productsOf(cells))
	partners := s.Sets(&s.Partners, year)
	return func(c *Cell) study.HubShare {
		var partner trade.Set
		if c.topPartner >= 0 {
			partner = partners[c.topPartner]
		}
		return largest(c.topGroup, c.Product, partner)
	}, err
}

// productsOf are the products of cells, ascending.
func productsOf(cells []Cell) (products []string) {
	for i := range cells {
		products = append(products, cells[i].Product)
	}
	slices.Sort(products)
	return slices.Compact(products)
}

// unnamedPartner stands where a method has none.
var unnamedPartner = trade.Party{Label: "-"}
