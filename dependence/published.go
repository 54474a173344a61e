package dependence

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"chokepoint/fault"
	"chokepoint/indicator"
	"chokepoint/published"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// PublishedQuestion is the question compare published.
var PublishedQuestion = &study.Question{
	Name: "compare published", Short: "Compare a published list of dependencies with what a definition flags in this dataset",
	Schemas: []study.Schema{FlagSchema, FlagCountSchema},
	Long: `Compare a published list of dependencies, flag by flag, with what a definition flags in this dataset. The list is CEPII's GeoDep
(geodep_data.csv, as downloaded), or your own CSV with the columns economy, product, year and flag (1 or 0). A list without a single
0 is assumed to name everything that is dependent, in its years and for its economies.

--by flag (the default) lists what both flag, what only the list flags, what only the dataset flags, and what the list flags but the
dataset cannot decide. If only one of them flags a product, the table names the criterion responsible, with its value here and in
the list. --by economy gives counts by year and economy, and rates of agreement.`,
	Examples: []string{
		`chokepoint compare published --flags geodep_data.csv --years 2022`,
		`chokepoint compare published --flags geodep_data.csv --importers CHN,USA --by economy`,
		`chokepoint compare published --flags mine.csv --method iw-2024 --partners CHN`,
	},
	Parameters: publishedParameters(),
	Local:      []study.Parameter{{Name: "flags", File: ".csv", Example: "geodep_data.csv", Usage: "the list: GeoDep's CSV, or one with economy,product,year,flag"}},
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		return ComparePublished(ctx, s, r.Query, r.Own["by"])
	},
}

func publishedParameters() []study.Parameter {
	list := study.ParameterList([]study.Parameter{{Name: "by", Standard: "flag", Values: []string{"flag", "economy"}, Example: "economy", Usage: "flag or economy"}}, study.Judged...)
	list = study.Changed(list, "importers", func(p *study.Parameter) {
		p.Example, p.Usage = "USA", "which economies of the list: "+strings.TrimPrefix(p.Usage, "who depends: ")
	})
	return study.Changed(list, "method", func(p *study.Parameter) {
		p.Standard, p.Usage = "geodep-2024", "one definition of dependency: its id (\"chokepoint methods\" lists them)"
	})
}

// Agreement says which side flags a product.
type Agreement string

// The ways in which a list and a dataset can agree or not.
const (
	FlaggedByBoth    Agreement = "both"
	FlaggedByList    Agreement = "only theirs"
	FlaggedByDataset Agreement = "only ours"
	FlaggedByNeither Agreement = "neither"
	NotComparable    Agreement = "not comparable"
)

// agreements are in the order in which rows stand.
var agreements = map[Agreement]int{FlaggedByList: 1, FlaggedByDataset: 2, FlaggedByBoth: 3, NotComparable: 4}

// FlagRow is one flag of a list beside the verdict here.
type FlagRow struct {
	Asked
	Product           trade.Product
	Agreement         Agreement
	Status            result.Status // of the verdict here
	Reason, Criterion string        // what turned; Criterion is "" where it was none
	Ours, Theirs      float64       // what Criterion compares with its number; NaN where it is not known
	Imports           float64       // USD, here; NaN where they are not known
	TheirSupplier     string        // largest, as the list writes it
	Line              int           // of the list; 0 where it has no such row
}

// FlagSchema is the table of compare published.
var FlagSchema = result.NewSchema("compare-published",
	yearField(func(r *FlagRow) *Asked { return &r.Asked }),
	result.TextField("importer", "Economy in the list, ISO3.", func(r *FlagRow) string { return r.Importer }).Titled("Importer"),
	partnerField(func(r *FlagRow) *Asked { return &r.Asked }).AsDetail(),
	productField(func(r *FlagRow) *trade.Product { return &r.Product }),
	result.TextField("agreement", "both: the list and the dataset flag it. only theirs: only the list does. only ours: only the dataset does. not comparable: the list flags it and the dataset lacks the data for a verdict, or the dataset flags it and the list has no row.", func(r *FlagRow) string { return string(r.Agreement) }).Titled("Agreement"),
	result.TextField("reason", "Criteria with a different outcome, or what is lacking.", func(r *FlagRow) string { return r.Reason }).Titled("Reason"),
	result.TextField("criterion", "First criterion with a different outcome.", func(r *FlagRow) string { return r.Criterion }).AsDetail(),
	result.FloatField("value_ours", "ratio", "Left side of that criterion in this dataset.", func(r *FlagRow) float64 { return r.Ours }).Titled("Ours"),
	result.FloatField("value_theirs", "ratio", "Left side of that criterion in the list, if the list has such a column.", func(r *FlagRow) float64 { return r.Theirs }).Titled("Theirs"),
	result.FloatField("imports_usd", result.USD, "Imports of the product in this dataset.", func(r *FlagRow) float64 { return r.Imports }).Titled("Imports"),
	descriptionField(func(r *FlagRow) *trade.Product { return &r.Product }),
	result.TextField("their_top_supplier", "Largest supplier, as written in the list.", func(r *FlagRow) string { return r.TheirSupplier }).AsDetail(),
	result.IntField("line", "count", "Line of the list. Missing if the list has no such row.", func(r *FlagRow) int { return known(r.Line > 0, r.Line) }).AsDetail(),
	result.TextField("status", result.StatusText, func(r *FlagRow) string { return string(r.Status) }).Titled("Status"),
).InOrder("what differs first")

// FlagCountRow counts the flags of an economy in a year.
type FlagCountRow struct {
	Asked
	Theirs, Ours                      int // flagged; Ours is result.MissingInt where the dataset has no answer
	Both, OnlyTheirs, OnlyOurs, Alike int
	NotComparable                     int
	Status                            result.Status
}

func (r *FlagCountRow) comparable() int { return r.Alike + r.OnlyTheirs + r.OnlyOurs }

// Agreement is the share of the comparable products on which both say the same; NaN where there are none.
func (r *FlagCountRow) Agreement() float64 { return float64(r.Alike) / float64(r.comparable()) }

// Jaccard is Both over what either side flags of the comparable; NaN where that is nothing.
func (r *FlagCountRow) Jaccard() float64 {
	return float64(r.Both) / float64(r.Both+r.OnlyTheirs+r.OnlyOurs)
}

// counted is a number of products, missing where none can be compared.
func (r *FlagCountRow) counted(n int) int { return known(r.comparable() > 0, n) }

// FlagCountSchema is the table of compare published by economy.
var FlagCountSchema = result.NewSchema("compare-published-counts",
	yearField(func(r *FlagCountRow) *Asked { return &r.Asked }),
	result.TextField("importer", "Economy in the list, ISO3.", func(r *FlagCountRow) string { return r.Importer }).Titled("Importer"),
	partnerField(func(r *FlagCountRow) *Asked { return &r.Asked }).AsDetail(),
	result.IntField("products_theirs", "count", "Products that the list flags.", func(r *FlagCountRow) int { return r.Theirs }),
	result.IntField("products_ours", "count", "Products that the dataset flags. Missing if it has no answer.", func(r *FlagCountRow) int { return r.Ours }),
	result.IntField("both", "count", "Products that both flag. Missing, like the next three columns, if nothing can be compared.", func(r *FlagCountRow) int { return r.counted(r.Both) }),
	result.IntField("only_theirs", "count", "Products that only the list flags.", func(r *FlagCountRow) int { return r.counted(r.OnlyTheirs) }),
	result.IntField("only_ours", "count", "Products that only the dataset flags.", func(r *FlagCountRow) int { return r.counted(r.OnlyOurs) }),
	result.IntField("neither", "count", "Products that neither flags: rows of the list with the flag 0.", func(r *FlagCountRow) int { return r.counted(r.Alike - r.Both) }),
	result.IntField("not_comparable", "count", "Rows of the list for which the dataset lacks the data for a verdict, and products that the dataset flags but that have no row in the list.", func(r *FlagCountRow) int { return r.NotComparable }),
	result.FloatField("agreement", result.Share, "(both + neither) / comparable products. It is high if hardly any product is flagged; jaccard is not.", (*FlagCountRow).Agreement),
	result.FloatField("jaccard", result.Share, "both / products flagged by either, among comparable products.", (*FlagCountRow).Jaccard),
	result.TextField("status", result.StatusText, func(r *FlagCountRow) string { return string(r.Status) }).Titled("Status"),
).ByValue("year", "-products_theirs")

// flagKey is what a row of a list is about.
type flagKey struct {
	importer string
	year     int
}

// comparison is a list beside a dataset.
type comparison struct {
	*study.Study
	list    map[flagKey]map[string]*published.Flag // by product
	account *published.Account
	outside int  // rows of economies, products or years that were not asked for
	yesOnly bool // the list has no row with the flag 0
	anyone  bool // all its economies were asked for
	ours    *flagged
	partner string
	held    map[int]map[string]bool // products with flows, by year
}

// ComparePublished compares the source's list of dependencies with what the one method of q flags: by "flag" or by "economy".
func ComparePublished(ctx context.Context, s *study.Source, q study.Query, by string) (*result.Table, error) {
	if s.Flags == nil {
		return nil, fault.Questionf("compare published: there is no list to compare with: give one with --flags FILE.csv (GeoDep's file, or economy,product,year,flag); a server compares with the one that it was started with, chokepoint serve --flags FILE.csv")
	}
	if err := s.OnlyYears("compare published"); err != nil {
		return nil, err
	}
	c, err := newComparison(ctx, s, q)
	if err != nil {
		return nil, err
	}
	counts, rows, err := c.compare(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(rows, func(a, b FlagRow) int { return agreements[a.Agreement] - agreements[b.Agreement] }) // what differs first
	title := fmt.Sprintf("%s beside %s on %s", s.Flags.Name, c.Methods[0].ID, s.Dataset.Manifest().Name)
	var t *result.Table
	if by == "economy" {
		t = study.JudgedAnswer(c.Study, FlagCountSchema, title+", by economy", counts)
	} else {
		if err := s.CheckRows(len(rows), FlagSchema.Width()); err != nil {
			return nil, err
		}
		t = study.JudgedAnswer(c.Study, FlagSchema, title, rows)
	}
	c.note(t, counts)
	return t, nil
}

// newComparison reads the list, and asks the method about its economies and years.
func newComparison(ctx context.Context, s *study.Source, q study.Query) (*comparison, error) {
	c := &comparison{list: map[flagKey]map[string]*published.Flag{}, yesOnly: true}
	economies := map[string]bool{}
	account, sum, err := s.Flags.Read(func(f published.Flag) error {
		key := flagKey{f.Economy, f.Year}
		if c.list[key] == nil {
			c.list[key] = map[string]*published.Flag{}
		}
		c.list[key][f.Product] = &f
		c.yesOnly, economies[f.Economy] = c.yesOnly && f.Dependent, true
		return nil
	})
	if err != nil {
		return nil, fault.Question(err)
	}
	s.UseFile("flags", s.Flags.Name, sum)
	c.account = account
	if c.anyone = q.Importers == "" || q.Importers == "all"; c.anyone {
		q.Importers = economiesOf(s, economies)
	}
	if c.Study, err = s.Study(ctx, q); err != nil {
		return nil, err
	}
	if len(c.Methods) != 1 {
		return nil, fault.Questionf("method %q: a list is compared with one definition; expected one", q.Method)
	}
	if c.partner = "-"; !c.PickNone {
		if len(c.PartnerSide.Parties) != 1 {
			return nil, fault.Questionf("partners %q: a list has one flag for each product; expected one partner, or - for anyone", q.Partners)
		}
		c.partner = c.PartnerSide.Parties[0].Label
	}
	c.narrow()
	asked := slices.DeleteFunc(slices.Clone(c.Years), func(y int) bool { return !c.hasYear(y) })
	if len(asked) == 0 {
		return c, c.nothing()
	}
	c.Years = asked
	if c.held, err = c.products(ctx); err != nil {
		return nil, err
	}
	list, err := flaggedSets(ctx, c.Study)
	if err != nil {
		return nil, err
	}
	c.ours = &list[0]
	return c, nil
}

// economiesOf selects the economies of a list that the dataset knows; all where they are many.
func economiesOf(s *study.Source, economies map[string]bool) string {
	const few = 60
	if len(economies) > few {
		return "all"
	}
	var known []string
	for _, iso3 := range slices.Sorted(maps.Keys(economies)) {
		if _, err := s.Dataset.Economies().Resolve(iso3); err == nil {
			known = append(known, iso3)
		}
	}
	if known == nil {
		return "all"
	}
	return strings.Join(known, ",")
}

// narrow leaves out the rows that were not asked about. Years that the dataset lacks stay, unless years were named.
func (c *comparison) narrow() {
	asked := map[string]bool{}
	for _, p := range c.ImporterSide.Parties {
		asked[p.Label] = true
	}
	allYears := strings.TrimSpace(c.Query.Years) == ""
	codes := map[string]bool{}
	for _, code := range c.Products.Codes() {
		codes[code] = true
	}
	for key, rows := range c.list {
		if !asked[key.importer] && !c.anyone || !allYears && !slices.Contains(c.Years, key.year) {
			c.outside += len(rows)
			delete(c.list, key)
			continue
		}
		for product := range rows {
			if len(codes) > 0 && !codes[product] {
				c.outside++
				delete(rows, product)
			}
		}
	}
}

func (c *comparison) hasYear(year int) bool {
	for key := range c.list {
		if key.year == year {
			return true
		}
	}
	return false
}

// nothing says why no row can be compared.
func (c *comparison) nothing() error {
	years := map[int]bool{}
	for key := range c.list {
		years[key.year] = true
	}
	if len(years) == 0 {
		return fault.Questionf("compare published: %s has no row of what was asked for: importers %s, years %s", c.Flags.Name, cmp.Or(c.Query.Importers, "all"), study.YearsText(c.Years))
	}
	return fault.Questionf("compare published: %s has the years %s, and %s has %s: none in common", c.Flags.Name, study.YearsText(slices.Sorted(maps.Keys(years))), c.Dataset.Manifest().Name, study.YearsText(c.Have))
}

// products finds which products have flows in each year.
func (c *comparison) products(ctx context.Context) (map[int]map[string]bool, error) {
	held := map[int]map[string]bool{}
	for _, year := range c.Years {
		held[year] = map[string]bool{}
		err := c.EngineOrFiles().Margins(ctx, year, nil, trade.Set{}, func(product string, m store.Margins) error {
			held[year][product] = len(m.Exporter) > 0
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return held, nil
}

// compare goes through the economies and years of the list.
func (c *comparison) compare(ctx context.Context) (counts []FlagCountRow, rows []FlagRow, err error) {
	keys := slices.SortedFunc(maps.Keys(c.list), func(a, b flagKey) int {
		return cmp.Or(a.year-b.year, strings.Compare(a.importer, b.importer))
	})
	for len(keys) > 0 { // a year at a time
		n := 0
		for n < len(keys) && keys[n].year == keys[0].year {
			n++
		}
		var year []FlagRow
		for _, key := range keys[:n] {
			count, some := c.economy(key)
			counts, year = append(counts, count), append(year, some...)
		}
		if slices.Contains(c.Years, keys[0].year) {
			if err := c.explain(ctx, keys[0].year, year); err != nil {
				return nil, nil, err
			}
		}
		rows, keys = append(rows, year...), keys[n:]
	}
	return counts, rows, nil
}

// economy compares the flags of one economy in one year. Rows have no reasons yet.
func (c *comparison) economy(key flagKey) (FlagCountRow, []FlagRow) {
	asked := Asked{key.year, key.importer, c.partner}
	theirs, ours := c.list[key], c.ours.sets[question{key.year, key.importer, c.partner}]
	status, lacks := c.statusOf(key)
	count := FlagCountRow{Asked: asked, Ours: status.Int(len(ours)), Status: status}
	var rows []FlagRow
	for _, product := range slices.Sorted(maps.Keys(theirs)) {
		f := theirs[product]
		imports, flagged := ours.of(product)
		r := FlagRow{Asked: asked, Product: c.product(product), Status: status, Reason: lacks, Ours: math.NaN(), Theirs: math.NaN(), Imports: math.NaN(),
			TheirSupplier: f.TopSupplier, Line: f.Line}
		if flagged {
			r.Imports = imports
		}
		switch {
		case !status.Answers():
			r.Agreement = NotComparable
		case !c.held[key.year][product]:
			r.Agreement, r.Status, r.Reason = NotComparable, result.Missing, fmt.Sprintf("%s has no trade in it in %d", c.Dataset.Manifest().Name, key.year)
		case status == result.Partial && !flagged && c.WindowOf(c.Methods[0], key.year) == result.Partial:
			r.Agreement = NotComparable // the years that are lacking could turn it
		default:
			r.Agreement, r.Reason = agreementOf(f.Dependent, flagged), ""
		}
		count.add(r.Agreement, f.Dependent)
		if r.Agreement != FlaggedByNeither && (f.Dependent || r.Agreement != NotComparable) {
			rows = append(rows, r)
		}
	}
	for _, own := range ours {
		if theirs[own.product] != nil {
			continue
		}
		r := FlagRow{Asked: asked, Product: c.product(own.product), Status: status, Agreement: FlaggedByDataset, Ours: math.NaN(), Theirs: math.NaN(), Imports: own.imports}
		if !c.yesOnly {
			r.Agreement, r.Status, r.Reason = NotComparable, result.NotApplicable, c.Flags.Name+" has no row of it"
		}
		count.add(r.Agreement, false)
		rows = append(rows, r)
	}
	return count, rows
}

func agreementOf(theirs, ours bool) Agreement {
	switch {
	case theirs && ours:
		return FlaggedByBoth
	case theirs:
		return FlaggedByList
	case ours:
		return FlaggedByDataset
	}
	return FlaggedByNeither
}

func (r *FlagCountRow) add(a Agreement, theirs bool) {
	if theirs {
		r.Theirs++
	}
	switch a {
	case FlaggedByBoth:
		r.Both, r.Alike = r.Both+1, r.Alike+1
	case FlaggedByNeither:
		r.Alike++
	case FlaggedByList:
		r.OnlyTheirs++
	case FlaggedByDataset:
		r.OnlyOurs++
	case NotComparable:
		r.NotComparable++
	}
}

// statusOf says whether the dataset can tell anything of an economy in a year, and what it lacks.
func (c *comparison) statusOf(key flagKey) (status result.Status, lacks string) {
	name := c.Dataset.Manifest().Name
	if !slices.Contains(c.Years, key.year) {
		return result.Missing, fmt.Sprintf("%s has no %d", name, key.year)
	}
	i := slices.IndexFunc(c.ImporterSide.Parties, func(p trade.Party) bool { return p.Label == key.importer })
	if i < 0 {
		return result.Missing, fmt.Sprintf("%s has no economy %s", name, key.importer)
	}
	m := c.Methods[0]
	switch imports, window := c.CoverageOf(&c.ImporterSide.Parties[i], key.year).Status, c.WindowOf(m, key.year); {
	case imports == result.Missing:
		return result.Missing, fmt.Sprintf("%s has no imports of %s in %d", name, key.importer, key.year)
	case window == result.NotComputable:
		return window, fmt.Sprintf("%s asks for %s years, and %s has fewer up to %d", m.ID, m.Persistence, name, key.year)
	case window == result.Partial:
		return window, fmt.Sprintf("%s lacks years of the window of %s that ends in %d", name, m.ID, key.year)
	default:
		return imports, ""
	}
}

func (c *comparison) product(code string) trade.Product {
	p, _ := c.Dataset.Products().Get(code)
	return trade.Product{Code: code, Description: p.Description}
}

// explain says of the rows of a year on which the sides differ what turned them.
func (c *comparison) explain(ctx context.Context, year int, rows []FlagRow) error {
	var changes []change
	for i := range rows {
		if r := &rows[i]; r.Agreement == FlaggedByList || r.Agreement == FlaggedByDataset {
			changes = append(changes, change{question{r.Year, r.Importer, r.Partner}, r.Product.Code, r.Agreement == FlaggedByDataset})
		}
	}
	if len(changes) == 0 {
		return nil
	}
	facts, err := c.ours.scan.facts(ctx, year, changes)
	if err != nil {
		return err
	}
	for i := range rows {
		r := &rows[i]
		theirs := c.list[flagKey{r.Importer, r.Year}][r.Product.Code]
		switch r.Agreement {
		case FlaggedByList:
			err = c.whyNot(r, facts, theirs)
		case FlaggedByDataset:
			err = c.whyOurs(r, facts, theirs)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// whyNot says what keeps a product that the list flags from being flagged here.
func (c *comparison) whyNot(r *FlagRow, facts *evidence, theirs *published.Flag) (err error) {
	at, m := spot{r.Product.Code, r.Importer, r.Partner}, c.Methods[0]
	best := largest(facts, at)
	if best == nil {
		if r.Imports = facts.imports[at.product][at.importer]; r.Imports == 0 {
			r.Reason = "not imported here"
		} else {
			r.Reason = "not imported from the partner here"
		}
		return nil
	}
	r.Imports = best.imports
	var reasons []string
	for k, criterion := range m.Criteria {
		if best.met[k] {
			continue
		}
		reasons = append(reasons, criterion.Text+" does not hold here")
		if r.Criterion == "" {
			r.Criterion, r.Ours = criterion.Text, best.values[k]
			if r.Theirs, _, err = theirView(criterion, theirs); err != nil {
				return err
			}
		}
	}
	if c.ours.scan.onlyTop && !best.isTop {
		reasons = append(reasons, fmt.Sprintf("the top supplier here is %s, not the partner", best.top))
	}
	if w := m.Persistence.Window; w > 1 {
		reasons = append(reasons, fmt.Sprintf("criteria hold in %d of %d years here, %d are asked for", best.held, w, m.Persistence.Years))
	}
	r.Reason = strings.Join(reasons, "; ")
	return nil
}

// whyOurs says which criterion, by the values of the list, keeps it from flagging a product that is flagged here; where the list has no
// such value, which criterion is nearest to its number here.
func (c *comparison) whyOurs(r *FlagRow, facts *evidence, theirs *published.Flag) error {
	best := facts.deciding(spot{r.Product.Code, r.Importer, r.Partner})
	if best == nil {
		return fmt.Errorf("compare published: %s flags %s of %s in %d, but not when its criteria are evaluated one by one; this is a bug in the program", c.Methods[0].ID, r.Product.Code, r.Importer, r.Year)
	}
	var reasons []string
	known := false
	for k, criterion := range c.Methods[0].Criteria {
		value, holds, err := theirView(criterion, theirs)
		if err != nil {
			return err
		}
		known = known || !math.IsNaN(value)
		if math.IsNaN(value) || holds {
			continue
		}
		reasons = append(reasons, criterion.Text+" does not hold by the list's own value")
		if r.Criterion == "" {
			r.Criterion, r.Ours, r.Theirs = criterion.Text, best.values[k], value
		}
	}
	switch {
	case reasons != nil:
	case !known:
		reasons = []string{"the list has no values to compare with"}
	default:
		reasons = []string{"by the values of the list the criteria hold this year; the list says no all the same"}
	}
	r.Reason = strings.Join(reasons, "; ")
	return nil
}

// largest is the alternative with the largest imports concerned, flagged or not; nil where there is none.
func largest(facts *evidence, at spot) (best *fact) {
	for _, x := range facts.cells[at] {
		if best == nil || facts.weight(x) > facts.weight(best) {
			best = x
		}
	}
	return best
}

// theirView is what a criterion compares with its number by the values of a list, and whether it holds by them; NaN where the list
// does not have all of them.
func theirView(c *indicator.Criterion, f *published.Flag) (value float64, holds bool, err error) {
	if f == nil {
		return math.NaN(), false, nil
	}
	// Imports and world exports are put at one dollar: shares and ratios are all that the list has.
	columns := indicator.Columns{N: 1}
	for sum, x := range map[indicator.Sum]float64{
		indicator.Imports: 1, indicator.WorldExports: 1, indicator.ImportSquares: f.ImportHHI, indicator.WorldSquares: f.WorldExportHHI,
		indicator.Exports: 1 / f.ImportsExports, indicator.TopSupplierImports: f.TopShare,
	} {
		if !math.IsNaN(x) {
			columns.Col[sum] = []float64{x}
		}
	}
	lacks := func(s indicator.Sum) bool { return len(columns.Col[s]) == 0 }
	alone := func(s indicator.Sum) bool { return s == indicator.Imports || s == indicator.WorldExports }
	if sums := c.Sums(); slices.ContainsFunc(sums, lacks) || !slices.ContainsFunc(sums, func(s indicator.Sum) bool { return !alone(s) }) {
		return math.NaN(), false, nil
	}
	keep := []bool{true}
	exact := func(int, []indicator.Sum) (func(indicator.Sum) indicator.Exact, error) {
		return func(s indicator.Sum) indicator.Exact { return indicator.ExactOf(columns.At(s, 0)) }, nil
	}
	if err := c.Meet(&columns, &indicator.Scratch{}, keep, exact); err != nil {
		return math.NaN(), false, err
	}
	if e := compared(c); e != nil {
		value = ValueAt(e.Eval(&columns, &indicator.Scratch{}), 0)
	} else {
		value = math.NaN()
	}
	return value, keep[0], nil
}

// note says what the list is, what was left out and how far both agree in all.
func (c *comparison) note(t *result.Table, counts []FlagCountRow) {
	origin := func(format string, args ...any) {
		t.Add(result.Note{Kind: result.Origin, Subject: c.Flags.Name, Text: fmt.Sprintf(format, args...)})
	}
	origin("%s: %s", c.Flags.Name, c.account)
	if c.yesOnly {
		origin("%s has no row with the flag 0: it is taken to name all that is dependent, of its economies and years", c.Flags.Name)
	}
	if c.outside > 0 {
		origin("%d of these rows are of economies, products or years that were not asked for", c.outside)
	}
	for _, text := range c.account.Checks() {
		origin("%s", text)
	}
	var all FlagCountRow
	for _, r := range counts {
		all.Both, all.OnlyTheirs, all.OnlyOurs, all.Alike, all.NotComparable = all.Both+r.Both, all.OnlyTheirs+r.OnlyTheirs, all.OnlyOurs+r.OnlyOurs, all.Alike+r.Alike, all.NotComparable+r.NotComparable
	}
	if all.comparable() == 0 {
		t.Note("nothing can be compared; %d rows are not comparable", all.NotComparable)
		return
	}
	t.Note("in all: both flag %d, only the list %d, only the dataset %d, neither %d; %d are not comparable; they agree on %s of what can be compared, and on %s of what either flags",
		all.Both, all.OnlyTheirs, all.OnlyOurs, all.Alike-all.Both, all.NotComparable, result.Percent(all.Agreement()), result.Percent(all.Jaccard()))
}
