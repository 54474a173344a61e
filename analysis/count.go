package analysis

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/trade"
)

// Count answers how many products each importer depends on, by year, method and partner, with the value concerned. A
// raw count misleads where nomenclatures lose codes over time, so the share of traded products stands beside it.
//
// Importers and partners asked for by name have a row also where the count is zero.
func (s *Source) Count(ctx context.Context, q Query) (*result.Table, error) {
	return s.count(ctx, q, false)
}

// CountZeros is Count with a row for every importer and partner of the selection that trades in the year, so that those who
// depend for nothing can be told from those whose imports are missing.
func (s *Source) CountZeros(ctx context.Context, q Query) (*result.Table, error) {
	return s.count(ctx, q, true)
}

func (s *Source) count(ctx context.Context, q Query, zeros bool) (*result.Table, error) {
	st, err := s.study(ctx, q)
	if err != nil {
		return nil, err
	}
	counts := make([][]tally, len(st.methods)) // by method, in order of years
	for i, m := range st.methods {
		if counts[i], err = st.tallies(ctx, m); err != nil {
			return nil, err
		}
	}
	c := newCountColumns(zeros)
	t := st.judgedTable("count", st.countTitle(), c.list()...)
	rows := 0
	for _, tallies := range counts {
		for i := range tallies {
			rows += tallies[i].nonzero()
		}
	}
	for _, col := range t.Columns {
		col.Grow(rows)
	}
	for y := range st.years {
		for i, m := range st.methods {
			c.add(st, m, &counts[i][y])
		}
	}
	return t, st.checkSize(t.Columns)
}

// tally is the counts of one method and year, by parties.
type tally struct {
	scan   *scan
	year   int
	counts []amount // importers × partners, partners next to one another
	totals []kernel.Total
}

type amount struct {
	products             int
	imports, fromPartner float64
}

// at returns the count of two parties; partner is -1 where there is none.
func (t *tally) at(importer, partner int32) *amount {
	return &t.counts[t.scan.cellOf(importer, partner)]
}

// nonzero is the number of parties that depend on others.
func (t *tally) nonzero() (n int) {
	for i := range t.counts {
		if t.counts[i].products > 0 {
			n++
		}
	}
	return n
}

// cellOf is where the count of two parties is.
func (s *scan) cellOf(importer, partner int32) int {
	return int(importer)*s.columns() + int(max(partner, 0))
}

// columns is the number of partners counted for each importer.
func (s *scan) columns() int {
	if !s.pairs {
		return 1
	}
	return len(s.partners.parties)
}

func (st *study) tallies(ctx context.Context, m *method.Method) ([]tally, error) {
	scan, err := st.scan(m)
	if err != nil {
		return nil, err
	}
	scan.counting = true
	scan.begin()
	simple := scan.importers.simple() && (!scan.pairs || scan.partners.simple())
	start := func() *counter {
		c := &counter{judge: judge{scan: scan}, simple: simple}
		c.judge.take = c.count
		return c
	}
	var list []tally
	size := len(st.importers.parties) * scan.columns()
	counts := make([]amount, size)
	add := func(c *counter) {
		for i := range c.counted {
			x := &c.counted[i]
			a := &counts[scan.cellOf(x.importer, x.partner)]
			a.products++
			a.imports += x.imports
			a.fromPartner += x.fromPartner
		}
	}
	err = scanYears(ctx, scan, start, add, func(year int) error {
		totals, err := scan.totals(ctx, year)
		list = append(list, tally{scan, year, counts, totals})
		counts = make([]amount, size)
		return err
	})
	return list, err
}

// simple says that every party is one group of its own, so that no product can count twice.
func (s *side) simple() bool {
	if len(s.groups) != len(s.parties) {
		return false
	}
	for g, parties := range s.partiesOf {
		if len(parties) != 1 || int(parties[0]) != g {
			return false
		}
	}
	return true
}

// counter is a judge that keeps of a dependency only what a count needs.
type counter struct {
	judge
	simple  bool
	counted []counted
}

// counted is one product on which a party depends.
type counted struct {
	importer, partner    int32 // parties; partner is -1 where there is none
	group                int32 // of importers, whose imports were added last
	imports, fromPartner float64
}

func (c *counter) reset() { c.counted = c.counted[:0] }

func (c *counter) count(b *kernel.Batch, i int, _ uint64) {
	partner, fromPartner, partners := int32(-1), 0.0, noPartner
	if b.Partner != nil {
		partner, fromPartner = b.Partner[i], b.At(indicator.ImportsFromPartner, i)
		partners = c.partners.partiesOf[partner]
	}
	if c.simple {
		c.counted = append(c.counted, counted{b.Importer[i], partner, b.Importer[i], b.At(indicator.Imports, i), fromPartner})
		return
	}
	for _, importer := range c.importers.partiesOf[b.Importer[i]] {
		for _, partner := range partners {
			n, known := c.entry(importer, partner, len(c.counted))
			if !known {
				c.counted = append(c.counted, counted{importer: importer, partner: partner, group: -1})
			}
			// Cells of one importer follow one another: its imports count once, however many partners it depends on.
			if x := &c.counted[n]; x.group != b.Importer[i] {
				x.imports += b.At(indicator.Imports, i)
				x.group = b.Importer[i]
			}
			c.counted[n].fromPartner += fromPartner
		}
	}
}

// statusText describes columns of result.Status.
const statusText = "What the figures rest on: computed; incomplete, where members have no imports in the dataset and figures are of the others; short window, where the dataset lacks years that the method looks back to and figures are lower bounds; no imports, where the dataset has none of the importer, or not computable, where it has fewer years than the method asks for: then figures are missing."

type countColumns struct {
	zeros bool // every importer and partner that trades has a row

	year, products, traded                                             *result.Column
	method, importer, partner, importerName, partnerName, status       *result.Column
	imports, fromPartner, total, importShare, partnerShare, tradeShare *result.Column
}

func newCountColumns(zeros bool) *countColumns {
	return &countColumns{
		zeros:        zeros,
		year:         result.IntColumn("year", result.Year, "Calendar year."),
		method:       result.TextColumn("method", "Definition of dependency."),
		importer:     result.TextColumn("importer", "Economy or bloc that depends, ISO3 or as asked."),
		partner:      result.TextColumn("partner", "Economy or bloc depended on; - is any partner or none."),
		products:     result.IntColumn("products", "count", "Products on which the importer depends."),
		imports:      result.FloatColumn("imports_usd", result.USD, "Imports of these products from everybody."),
		fromPartner:  result.FloatColumn("imports_from_partner_usd", result.USD, "Imports of these products from the partner; from those on whom it depends where several are asked for."),
		importerName: result.TextColumn("importer_name", "Name of the importer."),
		partnerName:  result.TextColumn("partner_name", "Name of the partner."),
		total:        result.FloatColumn("total_imports_usd", result.USD, "Imports of all products of the selection.").AsDetail(),
		importShare:  result.FloatColumn("share_of_imports", result.Share, "imports_usd / total_imports_usd."),
		partnerShare: result.FloatColumn("partner_share_of_imports", result.Share, "imports_from_partner_usd / total_imports_usd."),
		traded:       result.IntColumn("traded_products", "count", "Products of the selection that the importer imports at all in the year.").AsDetail(),
		tradeShare:   result.FloatColumn("share_of_products", result.Share, "products / traded_products."),
		status:       result.TextColumn("status", statusText).AsDetail(),
	}
}

func (c *countColumns) list() []*result.Column {
	return []*result.Column{c.year, c.method, c.importer, c.partner, c.products, c.imports, c.fromPartner,
		c.importerName, c.partnerName, c.total, c.importShare, c.partnerShare, c.traded, c.tradeShare, c.status}
}

func (c *countColumns) add(st *study, m *method.Method, t *tally) {
	trading := st.Dataset.Importers(t.year).Union(st.Dataset.Exporters(t.year))
	wanted := func(p *trade.Party) bool { return p.Named || c.zeros && trades(p, t.year, trading) }
	rows := make([]int32, 0, t.scan.columns()) // of partners that have one also where nothing is counted
	for p := range t.scan.columns() {
		if !t.scan.pairs || wanted(&t.scan.partners.parties[p]) {
			rows = append(rows, int32(p))
		}
	}
	for i := range st.importers.parties {
		importer := &st.importers.parties[i]
		on := footing{st.coverageOf(importer, t.year).status, st.statusOf(m, importer, t.year)}
		all := wanted(importer)
		for p := range t.scan.columns() {
			partner := int32(p)
			if !t.scan.pairs {
				partner = -1
			}
			if t.at(int32(i), partner).products > 0 || all && slices.Contains(rows, int32(p)) {
				c.addRow(st, m, t, int32(i), partner, on)
			}
		}
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

func (c *countColumns) addRow(st *study, m *method.Method, t *tally, i, p int32, on footing) {
	importer := &st.importers.parties[i]
	partner, partnerName := "-", ""
	if t.scan.pairs {
		party := &t.scan.partners.parties[p]
		partner, partnerName = party.Label, party.Name
	}
	a, total := t.at(i, p), t.totals[i]
	fromPartner := a.fromPartner
	if !t.scan.pairs {
		fromPartner = math.NaN()
	}
	c.year.AppendInt(int64(t.year))
	c.method.AppendText(m.ID)
	c.importer.AppendText(importer.Label)
	c.partner.AppendText(partner)
	c.products.AppendInt(orMissing(on.count, a.products))
	c.imports.AppendFloat(orNaN(on.count, a.imports))
	c.fromPartner.AppendFloat(orNaN(on.count, fromPartner))
	c.importerName.AppendText(importer.Name)
	c.partnerName.AppendText(partnerName)
	c.total.AppendFloat(orNaN(on.imports, total.Imports))
	c.importShare.AppendFloat(orNaN(on.count, a.imports/total.Imports))
	c.partnerShare.AppendFloat(orNaN(on.count, fromPartner/total.Imports))
	c.traded.AppendInt(orMissing(on.imports, total.Products))
	c.tradeShare.AppendFloat(orNaN(on.count, float64(a.products)/float64(total.Products)))
	c.status.AppendText(string(on.count))
}

func (st *study) countTitle() string {
	var ids, changes []string
	for _, m := range st.methods {
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
	if !st.pickNone {
		on = " on " + st.partners.selection.String()
	}
	return fmt.Sprintf("Import dependencies of %s%s, %s, by %s", st.importers.selection.String(), on, yearsText(st.years), strings.Join(ids, ", ")+with)
}
