package competition

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/fault"
	"chokepoint/register"
	"chokepoint/result"
	"chokepoint/rule"
	"chokepoint/sector"
	"chokepoint/study"
	"chokepoint/trade"
)

// FirmsQuestion is the question firms.
var FirmsQuestion = &study.Question{
	Name: "firms", Short: "Count the firms in a register by sector, batch and province, with the trade of their sectors",
	Schemas: []study.Schema{FirmSchema},
	Long: `Count the firms in a register by sector, batch and province, and show what an economy exports, where it leads and where it depends on
others in the same sectors. The register is your own CSV file with the columns name, batch, year, province and sector. A sector is the
id or name of a sector in --list; unknown names are counted and printed.

Without --register it prints the published numbers of China's Little Giants: firms named by batch, and how many were valid.`,
	Examples: []string{
		`chokepoint firms`,
		`chokepoint firms --register giants.csv`,
		`chokepoint firms --register giants.csv --by all --list mic25 --economy CHN --format csv`,
	},
	Parameters: study.Changed(study.ParameterList([]study.Parameter{
		{Name: "economy", Standard: "CHN", Example: "CHN", Usage: "the economy whose trade is shown"},
		{Name: "list", Standard: "mic25", Example: "mic25", File: ".csv or .toml", Usage: "the product list whose sectors the register names (\"chokepoint lists\" lists them)"},
		{Name: "by", Standard: FirmGroupings[0], Values: FirmGroupings, Example: "batch", Usage: "what to count by; all is batch, province and sector"},
	}, "years", "method"),
		"years", func(p *study.Parameter) { p.Standard, p.Usage = "", "year of the trade figures (default: the latest)" }),
	Local: []study.Parameter{{Name: "register", File: ".csv", Example: "giants.csv", Usage: "a register of firms: CSV with name,batch,year,province,sector"}},
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		return Firms(ctx, s, r.Own["economy"], r.Own["list"], r.Own["by"], r.Query)
	},
}

// Firms counts the firms of the source's register by sector, batch, province or all three, beside what the scoreboard says of the
// sectors in the latest year. Without a register it gives what is published of the Little Giants.
func Firms(ctx context.Context, s *study.Source, economy, list, by string, q study.Query) (*result.Table, error) {
	q = study.Latest(s, q)
	q.Importers, q.Partners = economy, "-"
	st, _, err := s.OneEconomy(ctx, q, economy)
	if err != nil {
		return nil, err
	}
	if len(st.Years) != 1 {
		return nil, fault.Questionf("years %q: a register is compared with a single year; expected one", q.Years)
	}
	l, err := s.OpenList(list)
	if err != nil {
		return nil, err
	}
	published := register.LittleGiants()
	s.Use("totals", published.ID, published.Text)
	if s.Register == nil {
		t := study.Answer(st, FirmSchema, published.Name+": what is published", publishedRows(published))
		t.AsDetail(slices.Concat(firmsOfSectors, firmsOfRegister, firmsPublished)...)
		t.Note("source: %s", published.Source)
		t.Note("%s", published.Note)
		t.Note("these are totals: which firms they are, and in what they trade, takes a register of firms, a CSV file with name, batch, year, province and sector (chokepoint firms --register FILE)")
		return t, nil
	}
	s.UseList(l)
	s.Use("register", s.Register.File, s.Register.Text)
	f := &firms{register: s.Register, list: l, names: namesOf(l), published: published}
	title := fmt.Sprintf("%s: firms by %s", s.Register.File, by)
	table, hidden := study.Answer[FirmRow], firmsOfSectors
	if by == "sector" || by == "all" {
		board, err := Scoreboard(ctx, s, Board{Economy: economy, List: list}, q)
		if err != nil {
			return nil, err
		}
		f.board = board
		title = fmt.Sprintf("%s, beside trade of %s in %s", title, st.ImporterSide.Parties[0].Name, trade.Period(st.Years[0]))
		table, hidden = study.JudgedAnswer[FirmRow], firmsPublished
	}
	t := table(st, FirmSchema, title, f.count(by))
	t.AsDetail(hidden...)
	f.note(t)
	if f.board != nil {
		t.Note("trade figures are for all firms in the sector, not only those in the register")
		t.Add(f.board.Notes...)
	}
	return t, nil
}

// firms is one answer being made.
type firms struct {
	register  *register.Register
	list      *sector.List
	names     map[string]string // sectors by their folded names
	board     *result.Table     // of the sectors; nil where firms are not counted by them
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

// count counts the firms of each cell.
func (f *firms) count(by string) (rows []FirmRow) {
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
			counts[cellOfFirms{batch: study.OrElse(firm.Batch, noSector)}]++
		case "province":
			counts[cellOfFirms{province: study.OrElse(firm.Province, noSector)}]++
		default:
			counts[cellOfFirms{study.OrElse(firm.Batch, noSector), study.OrElse(firm.Province, noSector), id}]++
		}
	}
	if by == "sector" { // also those without firms: that is a finding
		for _, r := range f.sectors() {
			if r.Sector != allProducts {
				counts[cellOfFirms{sector: r.Sector}] += 0
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
		rows = append(rows, f.row(by, cell, year, counts[cell]))
	}
	return rows
}

// sectors are the rows of the scoreboard; none where firms are not counted by sector.
func (f *firms) sectors() []ScoreboardRow {
	if f.board == nil {
		return nil
	}
	return ScoreboardSchema.Rows(f.board)
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
		t.Note("columns of the register that are ignored: %s", strings.Join(f.register.Ignored, ", "))
	}
	n := 0
	var names []string
	for _, name := range slices.SortedFunc(maps.Keys(f.unmatched), func(a, b string) int {
		return cmp.Or(cmp.Compare(f.unmatched[b], f.unmatched[a]), strings.Compare(a, b))
	}) {
		n += f.unmatched[name]
		names = append(names, fmt.Sprintf("%s (%d)", study.OrElse(name, "none given"), f.unmatched[name]))
	}
	if n > 0 {
		more := ""
		if len(names) > 20 {
			more = fmt.Sprintf(" and %d other names", len(names)-20)
			names = names[:20]
		}
		t.Note("%d firms are in %d sectors that the list %s lacks; they are shown under -: %s%s; expected the id or name of a sector or direction (chokepoint lists show %s)", n, len(f.unmatched), f.list.ID, strings.Join(names, ", "), more, f.list.ID)
	}
	sum := 0
	for _, b := range f.published.Batches {
		sum += b.Firms
	}
	last := f.published.Valid[len(f.published.Valid)-1]
	t.Note("published of %s: %d named in %d batches, %d valid in %s; source: %s", f.published.Name, sum, len(f.published.Batches), last.Firms, last.Date, f.published.Source)
}

// FirmRow counts firms. Its numbers are NaN, and its texts "", where they do not belong to the row.
type FirmRow struct {
	Kind             string
	Batch, BatchYear string
	Province, Sector string
	Firms            int
	Share, Published float64
	Source           string
	Standing         ScoreboardRow // of the economy in the sector
}

// FirmSchema is the table of firms.
var FirmSchema = result.NewSchema("firms",
	result.TextField("kind", "What the row counts. sector, batch, province, all: firms in the register, by these. published-batch: firms named in a batch. published-valid: firms with valid status at a date.", func(r *FirmRow) string { return r.Kind }),
	result.TextField("batch", "Batch in which the firms were named.", func(r *FirmRow) string { return r.Batch }),
	result.TextField("batch_year", "Year of the batch; for published-valid the year and month.", func(r *FirmRow) string { return r.BatchYear }),
	result.TextField("province", "Province, as written in the register.", func(r *FirmRow) string { return r.Province }),
	result.TextField("sector", "Sector of the list; - if the list does not have the register's sector.", func(r *FirmRow) string { return r.Sector }),
	result.TextField("sector_name", "Name of the sector.", func(r *FirmRow) string { return r.Standing.SectorName }),
	result.IntField("firms", "count", "Number of firms.", func(r *FirmRow) int { return r.Firms }),
	result.FloatField("firms_share", result.Share, "Share of all firms in the register.", func(r *FirmRow) float64 { return r.Share }),
	result.FloatField("published_firms", "count", "Number of firms that this batch named, as published.", func(r *FirmRow) float64 { return r.Published }),
	result.TextField("class", "The economy's position in the sector in one word, by the scoreboard's rule standing. Empty if it is not certain.", func(r *FirmRow) string { return r.Standing.Class }),
	result.FloatField("world_market_share", result.Share, "The economy's exports ÷ world exports of the sector.", func(r *FirmRow) float64 { return r.Standing.MarketShare }),
	result.FloatField("world_rank", "count", "Its rank among exporters.", func(r *FirmRow) float64 { return result.IntNumber(r.Standing.Rank) }),
	result.FloatField("rca", "index", "Its revealed comparative advantage.", func(r *FirmRow) float64 { return r.Standing.RCA }),
	result.FloatField("balance", "index", "Its normalised trade balance, −1 to 1.", func(r *FirmRow) float64 { return r.Standing.Balance }),
	result.FloatField("own_dependencies", "count", "Products of the sector for which it depends on others, by the method.", func(r *FirmRow) float64 { return result.IntNumber(r.Standing.Own) }),
	result.FloatField("own_dependent_share", result.Share, "Imports of these products ÷ imports of the sector.", func(r *FirmRow) float64 { return r.Standing.OwnShare }),
	result.FloatField("others_dependencies", "count", "Pairs of an importer and a product of the sector that depend on it.", func(r *FirmRow) float64 { return result.IntNumber(r.Standing.Others) }),
	result.TextField("source", "The register, or the source of a published figure.", func(r *FirmRow) string { return r.Source }),
	result.FloatField("import_intensity", "index", "The sector's share of its imports ÷ the sector's share of world trade (see scoreboard).", func(r *FirmRow) float64 { return r.Standing.Intensity }),
	standingField("class_sells", "What it sells, by the scoreboard's rule two-axes.", "sells", func(v *rule.Verdict) string { return v.Class }),
	standingField("class_sells_verdict", "How certain the class is: clear, borderline, not testable or none.", "sells", (*rule.Verdict).Status),
	standingField("class_needs", "What it needs, by the scoreboard's rule two-axes.", "needs", func(v *rule.Verdict) string { return v.Class }),
	standingField("class_needs_verdict", "How certain the class is.", "needs", (*rule.Verdict).Status),
).InOrder("batches in time, provinces, and sectors as the list has them")

// standingField is a column about the sector's verdict on an axis; empty where the row has no sector.
func standingField(name, description, axis string, get func(*rule.Verdict) string) result.Field[FirmRow] {
	return result.TextField(name, description, func(r *FirmRow) string {
		if v := r.Standing.On(axis); v != nil {
			return get(v)
		}
		return ""
	})
}

// Columns of firms that some answers leave empty.
var (
	firmsOfSectors  = FirmSchema.Pick("world_market_share", "world_rank", "rca", "balance", "own_dependencies", "own_dependent_share", "others_dependencies", "class", "sector_name", "sector", "import_intensity", "class_sells", "class_sells_verdict", "class_needs", "class_needs_verdict")
	firmsOfRegister = FirmSchema.Pick("province", "firms_share")
	firmsPublished  = FirmSchema.Pick("published_firms")
)

// unknownStanding is that of firms without a sector.
var unknownStanding = ScoreboardRow{MarketShare: math.NaN(), Rank: result.MissingInt, RCA: math.NaN(), Balance: math.NaN(), Own: result.MissingInt, OwnShare: math.NaN(), Others: result.MissingInt, Intensity: math.NaN()}

func (f *firms) row(by string, cell cellOfFirms, year, n int) FirmRow {
	r := FirmRow{Kind: by, Batch: cell.batch, Province: cell.province, Sector: cell.sector,
		Firms: n, Share: float64(n) / float64(len(f.register.Firms)), Published: math.NaN(), Source: "register " + f.register.File, Standing: unknownStanding}
	if year > 0 {
		r.BatchYear = strconv.Itoa(year)
	}
	if by == "batch" {
		for _, b := range f.published.Batches {
			if strconv.Itoa(b.Number) == cell.batch {
				r.Published = float64(b.Firms)
			}
		}
	}
	if board := f.sectors(); cell.sector != "" {
		if i := slices.IndexFunc(board, func(s ScoreboardRow) bool { return s.Sector == cell.sector }); i >= 0 {
			r.Standing = board[i]
		}
	}
	return r
}

// publishedRows are the totals of a register: its batches, then how many firms were valid at a date.
func publishedRows(t *register.Totals) (rows []FirmRow) {
	add := func(kind, batch, year, evidence string, n int) {
		rows = append(rows, FirmRow{Kind: kind, Batch: batch, BatchYear: year, Firms: n, Share: math.NaN(), Published: float64(n),
			Source: "published, " + evidence, Standing: unknownStanding})
	}
	for _, b := range t.Batches {
		add("published-batch", strconv.Itoa(b.Number), strconv.Itoa(b.Year), b.Evidence, b.Firms)
	}
	for _, v := range t.Valid {
		add("published-valid", "", v.Date, v.Evidence, v.Firms)
	}
	return rows
}
