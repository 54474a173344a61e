package analysis

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/register"
	"chokepoint/result"
	"chokepoint/sector"
	"chokepoint/trade"
)

// Firms counts the firms of the source's register by sector, batch, province or all three, beside what the scoreboard says of the
// sectors in the latest year. Without a register it gives what is published of the Little Giants.
func (s *Source) Firms(ctx context.Context, economy, list, by string, q Query) (*result.Table, error) {
	q = latest(s, q)
	q.Importers, q.Partners = economy, "-"
	st, _, err := s.oneEconomy(ctx, q, economy)
	if err != nil {
		return nil, err
	}
	if len(st.years) != 1 {
		return nil, fmt.Errorf("years %q: a register stands beside one year; want one", q.Years)
	}
	c, published := newFirmColumns(), register.LittleGiants()
	if s.Register == nil {
		c.hide(append(c.figureColumns(), c.class, c.name, c.province, c.sector, c.share, c.publishedFirms)...)
		t := st.table("firms", published.Name+": what is published", c.list()...)
		c.published(published)
		t.Note("source: %s", published.Source)
		t.Note("%s", published.Note)
		t.Note("these are totals: which firms they are, and in what they trade, takes a register of firms, a CSV file with name, batch, year, province and sector (chokepoint firms --register FILE)")
		return t, nil
	}
	l, err := s.list(list)
	if err != nil {
		return nil, err
	}
	f := &firms{register: s.Register, list: l, names: namesOf(l), columns: c, published: published}
	title, table := fmt.Sprintf("%s: firms by %s", s.Register.File, by), st.table
	if by == "sector" || by == "all" {
		if f.board, err = s.Scoreboard(ctx, economy, list, "standing", q); err != nil {
			return nil, err
		}
		title, table = fmt.Sprintf("%s, beside trade of %s in %s", title, st.importers.parties[0].Name, trade.Period(st.years[0])), st.judgedTable
		c.hide(c.publishedFirms)
	} else {
		c.hide(append(c.figureColumns(), c.class, c.name, c.sector)...)
	}
	t := table("firms", title, c.list()...)
	f.count(by)
	f.note(t)
	if f.board != nil {
		t.Note("figures of trade are of all firms of the sector, not of those of the register")
		for _, note := range f.board.Notes {
			if !slices.Contains(t.Notes, note) {
				t.Notes = append(t.Notes, note)
			}
		}
	}
	return t, nil
}

// firms is one answer being made.
type firms struct {
	register  *register.Register
	list      *sector.List
	names     map[string]string // sectors by their folded names
	board     *result.Table     // of the sectors; nil where firms are not counted by them
	columns   *firmColumns
	published *register.Totals
	unmatched map[string]int // firms by the name of a sector that the list lacks; "" is none given
}

// namesOf maps what a sector may be called to its id: its id or name, or those of its directions, alone or after the list's.
func namesOf(l *sector.List) map[string]string {
	names := map[string]string{}
	put := func(name, id string) {
		if key := foldSector(name); names[key] == "" {
			names[key], names[foldSector(l.ID+"/"+name)] = id, id
		}
	}
	for _, s := range l.Sectors {
		put(s.ID, s.ID)
		put(s.Name, s.ID)
	}
	for _, s := range l.Sectors {
		for _, direction := range slices.Sorted(maps.Keys(s.Directions)) {
			put(direction, s.ID)
			put(s.Directions[direction], s.ID)
		}
	}
	return names
}

// foldSector makes names alike that differ in case and blanks.
func foldSector(name string) string { return strings.Join(strings.Fields(strings.ToLower(name)), " ") }

// cellOfFirms is a group of firms: each part is "" where the question does not tell it apart.
type cellOfFirms struct{ batch, province, sector string }

// noSector stands for firms whose sector the list lacks, or that have none.
const noSector = "-"

// FirmGroupings are the ways to count firms.
var FirmGroupings = []string{"sector", "batch", "province", "all"}

// count adds the rows.
func (f *firms) count(by string) {
	f.unmatched = map[string]int{}
	counts, years := map[cellOfFirms]int{}, map[string]int{}
	for _, firm := range f.register.Firms {
		id, ok := f.names[foldSector(firm.Sector)]
		if !ok {
			id = noSector
			f.unmatched[firm.Sector]++
		}
		years[firm.Batch] = firm.Year
		switch by {
		case "sector":
			counts[cellOfFirms{sector: id}]++
		case "batch":
			counts[cellOfFirms{batch: orElse(firm.Batch, noSector)}]++
		case "province":
			counts[cellOfFirms{province: orElse(firm.Province, noSector)}]++
		default:
			counts[cellOfFirms{orElse(firm.Batch, noSector), orElse(firm.Province, noSector), id}]++
		}
	}
	if by == "sector" { // also those without firms: that is a finding
		for _, s := range f.board.Column("sector").Text {
			if s != "all" {
				counts[cellOfFirms{sector: s}] += 0
			}
		}
	}
	order := func(id string) int { // of the list; last where it lacks the sector
		if i := slices.IndexFunc(f.list.Sectors, func(s sector.Sector) bool { return s.ID == id }); i >= 0 {
			return i
		}
		return len(f.list.Sectors)
	}
	cells := slices.SortedFunc(maps.Keys(counts), func(a, b cellOfFirms) int {
		return cmp.Or(compareBatches(a.batch, b.batch), strings.Compare(a.province, b.province), order(a.sector)-order(b.sector))
	})
	for _, cell := range cells {
		year := 0
		if cell.batch != "" {
			year = years[cell.batch]
		}
		f.columns.add(f, by, cell, year, counts[cell])
	}
}

// compareBatches puts batches that are numbers in their order.
func compareBatches(a, b string) int {
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	if errX == nil && errY == nil {
		return cmp.Compare(x, y)
	}
	return strings.Compare(a, b)
}

func (f *firms) note(t *result.Table) {
	t.Note("register %s: %d firms; SHA-256 %s", f.register.File, len(f.register.Firms), f.register.SHA256[:12])
	if len(f.register.Ignored) > 0 {
		t.Note("columns of the register that are not read: %s", strings.Join(f.register.Ignored, ", "))
	}
	n := 0
	var names []string
	for _, name := range slices.SortedFunc(maps.Keys(f.unmatched), func(a, b string) int {
		return cmp.Or(cmp.Compare(f.unmatched[b], f.unmatched[a]), strings.Compare(a, b))
	}) {
		n += f.unmatched[name]
		names = append(names, fmt.Sprintf("%s (%d)", orElse(name, "none given"), f.unmatched[name]))
	}
	if n > 0 {
		more := ""
		if len(names) > 20 {
			more = fmt.Sprintf(" and %d other names", len(names)-20)
			names = names[:20]
		}
		t.Note("%d firms are of %d sectors that the list %s lacks, and stand under -: %s%s; want the id or name of a sector or direction (chokepoint lists show %s)", n, len(f.unmatched), f.list.ID, strings.Join(names, ", "), more, f.list.ID)
	}
	sum := 0
	for _, b := range f.published.Batches {
		sum += b.Firms
	}
	last := f.published.Valid[len(f.published.Valid)-1]
	t.Note("published of %s: %d named in %d batches, %d valid in %s; source: %s", f.published.Name, sum, len(f.published.Batches), last.Firms, last.Date, f.published.Source)
}

type firmColumns struct {
	kind, batch, year, province, sector, name, class, source *result.Column
	firms                                                    *result.Column
	share, publishedFirms, market, rank, rca, balance        *result.Column
	own, ownShare, others                                    *result.Column
}

func newFirmColumns() *firmColumns {
	return &firmColumns{
		kind:           result.TextColumn("kind", "sector, batch, province or all: firms of the register by these; published-batch: firms that a batch named; published-valid: firms valid at a date."),
		batch:          result.TextColumn("batch", "Batch in which the firms were named."),
		year:           result.TextColumn("batch_year", "Year of the batch; year and month of published-valid."),
		province:       result.TextColumn("province", "Province, as the register writes it."),
		sector:         result.TextColumn("sector", "Sector of the list; - where the list lacks the register's."),
		name:           result.TextColumn("sector_name", "Name of the sector."),
		firms:          result.IntColumn("firms", "count", "Firms."),
		share:          result.FloatColumn("firms_share", result.Share, "Of all firms of the register."),
		publishedFirms: result.FloatColumn("published_firms", "count", "Firms that the batch of this number is published to have named."),
		class:          result.TextColumn("class", "Where the economy stands in the sector, by the rule of the scoreboard."),
		market:         result.FloatColumn("world_market_share", result.Share, "The economy's exports ÷ world exports of the sector."),
		rank:           result.FloatColumn("world_rank", "count", "Its place among exporters."),
		rca:            result.FloatColumn("rca", "index", "Its revealed comparative advantage."),
		balance:        result.FloatColumn("balance", "index", "Its normalised trade balance, −1 to 1."),
		own:            result.FloatColumn("own_dependencies", "count", "Products of the sector for which it depends on others, by the method."),
		ownShare:       result.FloatColumn("own_dependent_share", result.Share, "Imports of these ÷ imports of the sector."),
		others:         result.FloatColumn("others_dependencies", "count", "Pairs of an importer and a product of the sector that depend on it."),
		source:         result.TextColumn("source", "The register, or how a published figure is known."),
	}
}

func (c *firmColumns) list() []*result.Column {
	return []*result.Column{c.kind, c.batch, c.year, c.province, c.sector, c.name, c.firms, c.share, c.publishedFirms, c.class, c.market, c.rank, c.rca, c.balance, c.own, c.ownShare, c.others, c.source}
}

// figureColumns are those of the scoreboard.
func (c *firmColumns) figureColumns() []*result.Column {
	return []*result.Column{c.market, c.rank, c.rca, c.balance, c.own, c.ownShare, c.others}
}

// hide keeps columns that an answer leaves empty out of the table for people.
func (c *firmColumns) hide(columns ...*result.Column) {
	for _, x := range columns {
		x.AsDetail()
	}
}

func (c *firmColumns) add(f *firms, by string, cell cellOfFirms, year, n int) {
	c.kind.AppendText(by)
	c.batch.AppendText(cell.batch)
	when := ""
	if year > 0 {
		when = strconv.Itoa(year)
	}
	c.year.AppendText(when)
	c.province.AppendText(cell.province)
	c.sector.AppendText(cell.sector)
	c.firms.AppendInt(int64(n))
	c.share.AppendFloat(float64(n) / float64(len(f.register.Firms)))
	published := math.NaN()
	if by == "batch" {
		for _, b := range f.published.Batches {
			if strconv.Itoa(b.Number) == cell.batch {
				published = float64(b.Firms)
			}
		}
	}
	c.publishedFirms.AppendFloat(published)
	c.source.AppendText("register " + f.register.File)
	row := -1
	if cell.sector != "" && f.board != nil {
		row = slices.Index(f.board.Column("sector").Text, cell.sector)
	}
	c.figures(f.board, row)
}

// figures adds what the scoreboard says of a sector; nothing for row -1.
func (c *firmColumns) figures(board *result.Table, row int) {
	for column, name := range map[*result.Column]string{c.name: "sector_name", c.class: "class"} {
		text := ""
		if row >= 0 {
			text = board.Column(name).Text[row]
		}
		column.AppendText(text)
	}
	for _, column := range c.figureColumns() {
		x := math.NaN()
		if row >= 0 {
			x = board.Column(column.Name).Number(row)
		}
		column.AppendFloat(x)
	}
}

// published adds the totals of a register: its batches, then how many firms were valid at a date.
func (c *firmColumns) published(t *register.Totals) {
	add := func(kind, batch, year, evidence string, n int) {
		c.kind.AppendText(kind)
		c.batch.AppendText(batch)
		c.year.AppendText(year)
		c.province.AppendText("")
		c.sector.AppendText("")
		c.firms.AppendInt(int64(n))
		c.share.AppendFloat(math.NaN())
		c.publishedFirms.AppendFloat(float64(n))
		c.source.AppendText("published, " + evidence)
		c.figures(nil, -1)
	}
	for _, b := range t.Batches {
		add("published-batch", strconv.Itoa(b.Number), strconv.Itoa(b.Year), b.Evidence, b.Firms)
	}
	for _, v := range t.Valid {
		add("published-valid", "", v.Date, v.Evidence, v.Firms)
	}
}
