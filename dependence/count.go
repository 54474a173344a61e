package dependence

import (
	"context"
	"fmt"
	"iter"
	"math"
	"math/bits"
	"slices"
	"strings"

	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// CountQuestion is the question count.
var CountQuestion = &study.Question{
	Name: "count", Short: "Count the products that importers depend on, by year, partner and method",
	Schemas: []study.Schema{CountSchema},
	Long: `Count the products that importers depend on, by year, partner and method, with the value concerned, its share of
imports, and the share of traded products (codes of an HS revision fall out of use over time,
so a raw count can mislead).

Importers and partners that you name have a row even if the count is zero; --zeros gives one to all that trade. With
--partners - (the default) a product counts once if the importer depends on anyone. If the dataset has no imports for an
importer, or fewer years than a definition requires, there is no count: figures are empty, and status and notes say why.`,
	Examples: []string{
		`chokepoint count --importers USA --partners CHN --method merics-2024`,
		`chokepoint count --importers EU27 --partners CHN,USA --method merics-2024,hjs-2020 --world net`,
		`chokepoint count --importers CHN --partners 'USA|EU27' --years 2000,2022`,
		`chokepoint count --importers EU27:members --partners CHN --format xlsx --out members.xlsx`,
		`chokepoint count --importers all --method geodep-2024 --persistence 1/1`,
	},
	Parameters: study.ParameterList([]study.Parameter{{Name: "zeros", Switch: true, Standard: "false", Example: "true",
		Usage: "include a row for every importer and partner that trades, even if nothing is counted"}, SinceParameter}, study.Judged...),
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		since, err := earlierYears(s, r)
		if err != nil {
			return nil, err
		}
		return count(ctx, s, r.Query, r.Own["zeros"] == "true", since)
	},
}

// Count answers how many products each importer depends on, by year, method and partner, with the value concerned. A
// raw count misleads where nomenclatures lose codes over time, so the share of traded products goes with it.
//
// Importers and partners asked for by name have a row also where the count is zero.
func Count(ctx context.Context, s *study.Source, q study.Query) (*result.Table, error) {
	return count(ctx, s, q, false, nil)
}

// CountZeros is Count with a row for every importer and partner of the selection that trades in the year, so that those who
// depend for nothing can be told from those whose imports are missing.
func CountZeros(ctx context.Context, s *study.Source, q study.Query) (*result.Table, error) {
	return count(ctx, s, q, true, nil)
}

// count is Count or, with zeros, CountZeros, with columns that compare each row with earlier years.
func count(ctx context.Context, s *study.Source, q study.Query, zeros bool, since []int) (*result.Table, error) {
	st, err := s.Study(ctx, q)
	if err != nil {
		return nil, err
	}
	together, err := togetherOf(ctx, st)
	if err != nil {
		return nil, err
	}
	rows, err := countRows(ctx, st, zeros, together)
	if err != nil {
		return nil, err
	}
	schema, lacks := CountSchema, []result.Note(nil)
	if len(since) > 0 {
		var then countsThen
		if then, lacks, err = countThen(ctx, s, q, since); err != nil {
			return nil, err
		}
		schema = schema.With("", then.fields(since, !st.PickNone)...)
	}
	t, err := rows.answer(ctx, st, schema)
	if err != nil {
		return nil, err
	}
	if t.Add(lacks...); len(since) > 0 {
		noteChanges(t, since)
	}
	unnamed := func(p trade.Party) bool { return !p.Named }
	if !slices.ContainsFunc(st.ImporterSide.Parties, unnamed) && !slices.ContainsFunc(st.PartnerSide.Parties, unnamed) {
		t.ByValue = nil // economies that are named stand in the order in which they are named
	}
	if !st.LacksImporters() {
		t.AsDetail("products_lower", "products_upper")
	}
	for _, x := range together {
		x.note(st, t, rows.last)
	}
	return t, st.CheckSize(t.Columns)
}

// countedRows are the rows of counts, by year and method, which are made when they are asked for.
type countedRows struct {
	tallies []tally
	from    []int // by tally: its first row
	n       int
}

// countRows are the rows of Count or, with zeros, of CountZeros. What is asked of economies together is counted in the same pass.
func countRows(ctx context.Context, st *study.Study, zeros bool, together []*together) (*countedRows, error) {
	asked, err := countingOf(ctx, st, st.Methods)
	if err != nil {
		return nil, err
	}
	all := []*counting{asked}
	for _, x := range together {
		all = append(all, x.counting)
	}
	if err := countTogether(ctx, all...); err != nil {
		return nil, err
	}
	counts := asked.lists
	r := &countedRows{}
	for y := range st.Years {
		for i := range st.Methods {
			t := counts[i][y]
			t.lay(zeros)
			r.tallies, r.from = append(r.tallies, t), append(r.from, r.n)
			r.n += len(t.rows)
		}
	}
	return r, nil
}

// write writes rows from one on.
func (r *countedRows) write(from int, rows []CountRow) {
	k, known := slices.BinarySearch(r.from, from)
	if !known {
		k--
	}
	for len(rows) > 0 {
		t, n := &r.tallies[k], 0
		if at := from - r.from[k]; at < len(t.rows) {
			n = min(len(rows), len(t.rows)-at)
			t.write(t.rows[at:at+n], rows)
		}
		from, rows, k = from+n, rows[n:], k+1
	}
}

// all makes all rows.
func (r *countedRows) all() []CountRow {
	rows := make([]CountRow, r.n)
	r.write(0, rows)
	return rows
}

// last makes those of the last year.
func (r *countedRows) last() []CountRow {
	k := len(r.tallies) - 1
	for k > 0 && r.tallies[k-1].year == r.tallies[k].year {
		k--
	}
	rows := make([]CountRow, r.n-r.from[k])
	r.write(r.from[k], rows)
	return rows
}

// keptOfRow is the bytes of what a row is made of; the row itself takes some 200.
const keptOfRow = 44

func (r *countedRows) answer(ctx context.Context, st *study.Study, schema *result.Schema[CountRow]) (*result.Table, error) {
	return study.LargeJudgedAnswer(ctx, st, schema, countTitle(st), r.n, int64(r.n)*keptOfRow, r.write)
}

// tally is the counts of one method and year, by parties.
type tally struct {
	scan   *Scan
	method *method.Method // several may share a scan
	year   int
	counts []cellCount // those that are not zero, in order of cells
	totals []kernel.Total
	rows   []rowPlace
	of     []footing // by importer that has rows
}

// rowPlace is what a row is about.
type rowPlace struct{ importer, partner, count int32 } // the place of the count, -1 where nothing is counted

// cellCount is the amount of two parties.
type cellCount struct {
	cell int32 // of importers × partners, partners next to one another
	amount
}

type amount struct {
	imports, fromPartner float64
	products             int32
	below, above         int32 // where importers are missing: how many of these are not dependencies whatever they buy, and how many others could be
}

// amounts are those of a year: of each cell by one method after another.
type amounts struct {
	of      []amount
	methods int
}

// add adds what a counter of a method found.
func (a *amounts) add(k int, c *counter) {
	for i := range c.counted {
		x := &c.counted[i]
		a.of[int(x.cell)*a.methods+k].add(x)
	}
	for i := range c.marked { // of this method and others, each of which marks a bit
		x := &c.marked[i]
		cell := a.of[int(x.Importer*c.columns+x.Partner)*a.methods:]
		for views := x.Views; views != 0; views &= views - 1 {
			cell[bits.TrailingZeros64(views)].addMet(x.Imports, x.FromPartner)
		}
	}
}

// take gives for each method the cells that are not zero, and forgets them.
func (a *amounts) take() [][]cellCount {
	lists := make([][]cellCount, a.methods)
	for i := range a.of {
		if x := &a.of[i]; *x != (amount{}) {
			k := i % a.methods
			lists[k] = append(lists[k], cellCount{int32(i / a.methods), *x})
			*x = amount{}
		}
	}
	return lists
}

// counting is a count by some methods. Those that ask the same share a scan.
type counting struct {
	methods []*method.Method
	scans   []*Scan
	of      []int     // by method: its scan
	lists   [][]tally // what was counted, by method, in order of years
}

// countingOf prepares a count.
func countingOf(ctx context.Context, st *study.Study, methods []*method.Method) (*counting, error) {
	c := &counting{methods: methods, of: make([]int, len(methods))}
	for k, m := range methods {
		scan, err := NewScan(st, m)
		if err != nil {
			return nil, err
		}
		if c.of[k] = slices.IndexFunc(c.scans, func(o *Scan) bool { return asksAs(o.Method, m) }); c.of[k] >= 0 {
			continue
		}
		if err := scan.askDoubt(ctx); err != nil {
			return nil, err
		}
		c.of[k], c.scans = len(c.scans), append(c.scans, scan)
	}
	return c, nil
}

// countTogether counts for several of the same products, whose flows are read once: the first asks for all years that others ask for.
func countTogether(ctx context.Context, countings ...*counting) error {
	var scans []*Scan
	cells := 0
	for _, c := range countings {
		for _, scan := range c.scans {
			if scan.simple() && scan.window == 1 {
				scan.mark = 1 << len(scans) // 0 from the 65th on
			}
			scans, cells = append(scans, scan), max(cells, len(scan.ImporterSide.Parties)*scan.columns())
		}
	}
	all := amounts{make([]amount, cells*len(scans)), len(scans)}
	var counts [][]cellCount // of the year at hand
	found := make([][]tally, len(scans))
	err := countAll(ctx, scans, all.add, func(k, year int) error {
		if k == 0 {
			counts = all.take()
		}
		totals, err := scans[k].totals(ctx, year)
		found[k] = append(found[k], tally{scan: scans[k], year: year, counts: counts[k], totals: totals})
		return err
	})
	for _, c := range countings {
		c.lists = make([][]tally, len(c.methods))
		for k := range c.methods {
			for _, t := range found[c.of[k]] {
				t.method = c.methods[k]
				c.lists[k] = append(c.lists[k], t)
			}
		}
		found = found[len(c.scans):]
	}
	return err
}

// asksAs says that two methods have the same criteria for the same cells.
func asksAs(a, b *method.Method) bool {
	criteria := func(m *method.Method) (texts []string) {
		for _, c := range m.Criteria {
			texts = append(texts, c.String())
		}
		slices.Sort(texts)
		return texts
	}
	return a.World == b.World && a.Persistence == b.Persistence && a.Bloc == b.Bloc && a.MinValue == b.MinValue && slices.Equal(criteria(a), criteria(b))
}

func (a *amount) add(x *counted) {
	switch v := x.verdict; {
	case v.Met():
		a.addMet(x.imports, x.fromPartner)
		if !v.Must() {
			a.below++
		}
	case v.May():
		a.above++
	}
}

// addMet adds a product that is a dependency.
func (a *amount) addMet(imports, fromPartner float64) {
	a.products++
	a.imports += imports
	a.fromPartner += fromPartner
}

// countAll scans for who needs of dependencies no more than a counter keeps: take gets those of blocks of products, which are in order, emit
// hears that a year that was asked for is complete.
func countAll(ctx context.Context, scans []*Scan, take func(scan int, c *counter), emit func(scan, year int) error) error {
	for _, s := range scans {
		s.bare = true
		s.begin()
	}
	start := func(k int) *counter {
		s := scans[k]
		c := &counter{judge: judge{Scan: s}, simple: s.simple(), columns: int32(s.columns())}
		c.judge.take = c.count
		return c
	}
	return scanAll(ctx, scans, start, take, emit)
}

// simple says that each line of importers and partners is a party by itself.
func (s *Scan) simple() bool { return s.ImporterSide.Simple() && (!s.pairs || s.Partners.Simple()) }

// counter is a judge that keeps of a dependency only what a count needs.
type counter struct {
	judge
	simple  bool
	columns int32
	counted []counted
	marked  []kernel.Marked // what several scans count
	runs    []run           // of these: the products that they are of
}

// run ends what was counted of a product.
type run struct {
	product string
	to      int
}

// counted is one product on which a party depends or, where importers are missing, could depend.
type counted struct {
	imports, fromPartner float64
	cell                 int32 // of parties, as cellOf
	group                int32 // of importers, whose imports were added last
	verdict              indicator.Verdict
}

func (c *counter) reset() { c.counted, c.marked, c.runs = c.counted[:0], c.marked[:0], c.runs[:0] }

// Marked implements kernel.Marker.
func (c *counter) Marked() *[]kernel.Marked { return &c.marked }

// met goes through the dependencies, each with its product, without those that could be one.
func (c *counter) met() iter.Seq2[string, *counted] {
	return func(yield func(product string, x *counted) bool) {
		from := 0
		for _, run := range c.runs {
			for i := from; i < run.to; i++ {
				if x := &c.counted[i]; x.verdict.Met() && !yield(run.product, x) {
					return
				}
			}
			from = run.to
		}
	}
}

// Importers implements kernel.Visitor.
func (c *counter) Importers(b *kernel.Batch) error {
	err := c.judge.Importers(b)
	c.runs = append(c.runs, run{b.Product, len(c.counted)})
	return err
}

// Pairs implements kernel.Visitor.
func (c *counter) Pairs(b *kernel.Batch) error {
	err := c.countPairs(b)
	c.runs = append(c.runs, run{b.Product, len(c.counted)})
	return err
}

// countPairs counts what arrives as it is where each year stands alone and nothing could turn a verdict.
func (c *counter) countPairs(b *kernel.Batch) error {
	if !c.simple || c.window > 1 || b.Verdicts != nil || len(b.Col[indicator.Imports]) != b.N || len(b.Col[indicator.ImportsFromPartner]) != b.N {
		return c.judge.Pairs(b)
	}
	imports, fromPartner := b.Col[indicator.Imports], b.Col[indicator.ImportsFromPartner]
	c.counted = slices.Grow(c.counted, b.N)
	for i, importer := range b.Importer {
		if !c.onlyTop || c.partnerIsTop(b, i) {
			c.counted = append(c.counted, counted{imports[i], fromPartner[i], importer*c.columns + b.Partner[i], importer, indicator.Certain})
		}
	}
	return nil
}

func (c *counter) count(b *kernel.Batch, i int, _ uint64, v indicator.Verdict) {
	partner, fromPartner, partners := int32(-1), 0.0, noPartner
	if b.Partner != nil {
		partner, fromPartner = b.Partner[i], b.At(indicator.ImportsFromPartner, i)
		partners = c.Partners.PartiesOf[partner]
	}
	if c.simple {
		c.counted = append(c.counted, counted{b.At(indicator.Imports, i), fromPartner, int32(c.cellOf(b.Importer[i], partner)), b.Importer[i], v})
		return
	}
	for _, importer := range c.ImporterSide.PartiesOf[b.Importer[i]] {
		for _, partner := range partners {
			n, known := c.entry(importer, partner, len(c.counted))
			if !known {
				c.counted = append(c.counted, counted{cell: int32(c.cellOf(importer, partner)), group: -1})
			}
			x := &c.counted[n]
			if x.verdict |= v; !v.Met() {
				continue
			}
			// Cells of one importer follow one another: its imports count once, however many partners it depends on.
			if x.group != b.Importer[i] {
				x.imports += b.At(indicator.Imports, i)
				x.group = b.Importer[i]
			}
			x.fromPartner += fromPartner
		}
	}
}

// CountRow is how many products an importer depends on a partner for in a year, by a method. What rests on nothing is missing:
// whole numbers are result.MissingInt, others NaN.
type CountRow struct {
	Year                         int
	Method                       string
	Importer, ImporterName       string
	Partner, PartnerName         string // Partner is - where there is none
	Products                     int
	Imports, ImportsFromPartner  float64 // of these products, USD
	TotalImports                 float64 // of all products of the selection, USD
	ShareOfImports, PartnerShare float64 // in TotalImports
	TradedProducts               int
	ShareOfProducts              float64 // in TradedProducts
	Status                       result.Status
	Lower, Upper                 int // the least and the most that Products could be, whatever missing importers buy
}

// CountSchema is the table of count.
var CountSchema = result.NewSchema("count",
	result.IntField("year", result.Year, "Calendar year.", func(r *CountRow) int { return r.Year }),
	result.TextField("method", "Definition of dependency.", func(r *CountRow) string { return r.Method }),
	result.TextField("importer", "Economy or bloc that depends: ISO3 code, or as written in the question.", func(r *CountRow) string { return r.Importer }),
	result.TextField("partner", "Economy or bloc that it depends on; - if the row is about any partner or none.", func(r *CountRow) string { return r.Partner }),
	result.IntField("products", "count", "Products on which the importer depends.", func(r *CountRow) int { return r.Products }).Weighing(result.Major),
	result.FloatField("imports_usd", result.USD, "Imports of these products from all partners.", func(r *CountRow) float64 { return r.Imports }),
	result.FloatField("imports_from_partner_usd", result.USD, "Imports of these products from the partner. If the question names several, from those that the importer depends on.", func(r *CountRow) float64 { return r.ImportsFromPartner }).Titled("From partner").Weighing(result.Major),
	result.TextField("importer_name", "Name of the importer.", func(r *CountRow) string { return r.ImporterName }).Titled("Importer"),
	result.TextField("partner_name", "Name of the partner.", func(r *CountRow) string { return r.PartnerName }).Titled("Partner"),
	result.FloatField("total_imports_usd", result.USD, "Imports of all products in the selection.", func(r *CountRow) float64 { return r.TotalImports }).AsDetail(),
	result.FloatField("share_of_imports", result.Share, "imports_usd / total_imports_usd.", func(r *CountRow) float64 { return r.ShareOfImports }),
	result.FloatField("partner_share_of_imports", result.Share, "imports_from_partner_usd / total_imports_usd.", func(r *CountRow) float64 { return r.PartnerShare }).Titled("Partner's share of imports").Weighing(result.Minor),
	result.IntField("traded_products", "count", "Products in the selection that the importer imports in the year.", func(r *CountRow) int { return r.TradedProducts }).AsDetail(),
	result.FloatField("share_of_products", result.Share, "products / traded_products.", func(r *CountRow) float64 { return r.ShareOfProducts }),
	result.TextField("status", result.StatusText, func(r *CountRow) string { return string(r.Status) }).AsDetail(),
	result.IntField("products_lower", "count", "Products on which the importer depends in any case, whatever is bought by importers whose imports the dataset lacks. Equal to products if it lacks none.", func(r *CountRow) int { return r.Lower }).Titled("At least").Weighing(result.Minor),
	result.IntField("products_upper", "count", "Products on which it depends or could depend, on the same basis. Missing if the dataset lacks members of the importer or years that the method looks back to, because the number they would add is unknown.", func(r *CountRow) int { return r.Upper }).Titled("At most").Weighing(result.Minor),
).ByValue("year", "method", "-imports_from_partner_usd")

// lay finds the rows. With zeros every importer and partner that trades has one.
func (t *tally) lay(zeros bool) {
	st := t.scan.Study
	trading := st.Dataset.Importers(t.year).Union(st.Dataset.Exporters(t.year))
	wanted := func(p *trade.Party) bool { return p.Named || zeros && trades(p, t.year, trading) }
	always := make([]bool, t.scan.columns()) // partners that have a row also where nothing is counted
	for p := range always {
		always[p] = !t.scan.pairs || wanted(&t.scan.Partners.Parties[p])
	}
	t.rows, t.of = make([]rowPlace, 0, len(t.counts)), make([]footing, len(st.ImporterSide.Parties))
	count := 0
	for i := range st.ImporterSide.Parties {
		importer := &st.ImporterSide.Parties[i]
		all := wanted(importer)
		if !all && (count == len(t.counts) || int(t.counts[count].cell) >= t.scan.cellOf(int32(i)+1, 0)) {
			continue
		}
		t.of[i] = footing{st.CoverageOf(importer, t.year).Status, st.StatusOf(t.method, importer, t.year)}
		for p := range always {
			at, products := int32(-1), int32(0)
			if count < len(t.counts) && int(t.counts[count].cell) == t.scan.cellOf(int32(i), int32(p)) {
				at, products = int32(count), t.counts[count].products
				count++
			}
			if products > 0 || all && always[p] {
				t.rows = append(t.rows, rowPlace{int32(i), int32(p), at})
			}
		}
	}
}

// write writes some of its rows.
func (t *tally) write(places []rowPlace, rows []CountRow) {
	for i, at := range places {
		var a amount
		if at.count >= 0 {
			a = t.counts[at.count].amount
		}
		rows[i] = t.row(at.importer, at.partner, &a, t.of[at.importer])
	}
}

// footing is what the figures of an importer rest on.
type footing struct {
	imports result.Status // whether they are there
	count   result.Status // and the years that the method asks for
}

// trades says whether a party imports or exports anything in a year.
func trades(p *trade.Party, year int, trading trade.Set) bool {
	return slices.ContainsFunc(p.Any, func(g trade.Group) bool { return g.Codes(year).Intersect(trading).Len() > 0 })
}

// row is the count of two parties.
func (t *tally) row(i, p int32, a *amount, on footing) CountRow {
	importer := &t.scan.ImporterSide.Parties[i]
	total := t.totals[i]
	r := CountRow{
		Year: t.year, Method: t.method.ID, Importer: importer.Label, ImporterName: importer.Name, Partner: "-",
		Products: on.count.Int(int(a.products)), Imports: on.count.Float(a.imports), ImportsFromPartner: math.NaN(),
		TotalImports: on.imports.Float(total.Imports), ShareOfImports: on.count.Float(a.imports / total.Imports), PartnerShare: math.NaN(),
		TradedProducts: on.imports.Int(total.Products), ShareOfProducts: on.count.Float(float64(a.products) / float64(total.Products)),
		Status: on.count, Lower: on.count.Int(int(a.products - a.below)), Upper: result.MissingInt,
	}
	if on.count == result.Observed && !t.scan.lacksMembers(importer, t.year) { // of what else is lacking nobody knows how much it could add
		r.Upper = int(a.products + a.above)
	}
	if t.scan.pairs {
		partner := &t.scan.Partners.Parties[p]
		r.Partner, r.PartnerName = partner.Label, partner.Name
		r.ImportsFromPartner, r.PartnerShare = on.count.Float(a.fromPartner), on.count.Float(a.fromPartner/total.Imports)
	}
	return r
}

func countTitle(st *study.Study) string {
	var ids, changes []string
	for _, m := range st.Methods {
		ids = append(ids, m.ID)
		for _, c := range m.Changes {
			if c, _, _ = strings.Cut(c, ","); !slices.Contains(changes, c) {
				changes = append(changes, c)
			}
		}
	}
	with := ""
	if len(changes) > 0 {
		with = ", with " + strings.Join(changes, ", ")
	}
	on := ""
	if !st.PickNone {
		on = " on " + st.PartnerSide.Selection.String()
	}
	return fmt.Sprintf("Import dependencies of %s%s, %s, by %s", st.ImporterSide.Selection.String(), on, study.YearsText(st.Years), strings.Join(ids, ", ")+with)
}
