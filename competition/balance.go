package competition

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"chokepoint/industry"
	"chokepoint/kernel"
	"chokepoint/macro"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// BalanceQuestion is the question balance.
var BalanceQuestion = &study.Question{
	Name: "balance", Short: "Show an economy's trade balance by partner, sector and year, with its GDP and consumption",
	Schemas: []study.Schema{BalanceSchema},
	Long: `Show what an economy sells to and buys from the world and its partners, year by year, for all products or some, and with --list
sector by sector. --macro adds GDP, GDP per head, the balance as a share of GDP and the share of household consumption. It names a
file, or a folder of files, from the World Bank or the Penn World Table, or your own with economy,year,series,value;
docs/industry.md describes them. The program comes with none. A bloc (EU27) or merged economies (CHN+HKG) count as one: what they
sell to one another is left out, also from world exports.`,
	Examples: []string{
		`chokepoint balance --economy CHN --partners USA,EU27`,
		`chokepoint balance --economy CHN --products 87 --years 2024`,
		`chokepoint balance --economy CHN+HKG --partners USA,TWN --products 8542 --years 2024`,
		`chokepoint balance --economy CHN --partners USA,EU27 --list mic25 --years 2024`,
		`chokepoint balance --economy CHN --macro pwt1001.csv --macro gdp_usd=gdp.csv`,
	},
	Parameters: study.Changed(study.ParameterList([]study.Parameter{study.EconomyParameter, study.SectorParameter}, "partners", "products", "years", "hubs"),
		"partners", func(p *study.Parameter) { p.Usage = "with whom: as --importers, or - for the world only" }),
	Local: []study.Parameter{macroParameter},
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		return Balances(ctx, s, r.Own["economy"], study.OrElse(r.Partners, "-"), r.Own["list"], r.Query)
	},
}

// macroParameter names files of series.
var macroParameter = study.Parameter{Name: "macro", Repeat: true, Example: "pwt1001.csv",
	Usage: "a file, or a folder of files, with GDP, population and household consumption (may be repeated); SERIES=FILE says what a file is of"}

// useMacro records the files of series as some that decided the answer.
func useMacro(s *study.Source) {
	if s.Macro == nil {
		return
	}
	for _, f := range s.Macro.Files {
		s.Use("macro", f.Name, f.Text)
	}
}

// Balances gives what an economy sells to and buys from others, year by year, partner by partner and, where a list is given, sector by
// sector, beside its GDP and consumption where the source has macro series.
func Balances(ctx context.Context, s *study.Source, economy, partners, list string, q study.Query) (*result.Table, error) {
	q.Importers, q.Partners = economy, partners
	st, err := s.OneUnit(ctx, q, economy)
	if err != nil {
		return nil, err
	}
	if s.Macro != nil {
		if err := s.OnlyYears("balance with macro series"); err != nil {
			return nil, err
		}
		useMacro(s)
	}
	b := &balances{Study: st, sectors: []study.ProductGroup{{ID: allProducts, Name: "All products"}}}
	var about []result.Note
	if list != "" {
		groups, notes, err := s.Groups(list)
		if err != nil {
			return nil, err
		}
		if err := st.CheckChosen(ctx, list, groups); err != nil {
			return nil, err
		}
		b.sectors, about = append(b.sectors, groups...), notes
	}
	err = study.InOrder(ctx, st.Years, func(y int) ([]BalanceRow, error) { return b.year(ctx, y) }, func(_ int, rows []BalanceRow) error {
		b.rows = append(b.rows, rows...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	schema := BalanceSchema
	if st.Hubs != nil {
		schema = schema.With("", study.HubFields("of exports and imports together", func(r *BalanceRow) study.HubShare { return r.Hub })...)
	}
	t := study.Answer(st, schema, fmt.Sprintf("%s: trade balance, %s", st.ImporterSide.Parties[0].Name, study.YearsText(st.Years)), b.rows)
	st.NoteUnit(t)
	if list == "" {
		t.AsDetail(balanceOfSectors...)
	}
	if s.Macro == nil {
		t.AsDetail(balanceOfSeries...)
	}
	t.Add(about...)
	if st.Hubs != nil {
		st.Hubs.NoteHubs(t, "of exports and imports together")
	}
	if err := b.noteTogether(ctx, t); err != nil {
		return nil, err
	}
	if s.Macro != nil {
		t.Add(result.NotesOf(result.Origin, s.Macro.Notes()...)...)
		b.noteMissing(t)
		t.Note("net_exports_gdp_share: goods only, because trade data do not contain services or income from abroad")
	}
	t.Add(st.WorldLacks()...)
	t.Add(st.Coverage()...)
	return t, nil
}

// noteMissing says for which years a series has no value of the economy.
func (b *balances) noteMissing(t *result.Table) {
	label := b.ImporterSide.Parties[0].Label
	for _, name := range []macro.Series{macro.GDP, macro.Population, macro.Consumption} {
		var years []int
		for _, y := range b.Years {
			if math.IsNaN(seriesOf(b.Study, unitOf(b.Study, y), y, name)) {
				years = append(years, y)
			}
		}
		if len(years) > 0 {
			t.Note("no %s of %s in %s", name, label, study.YearsText(years))
		}
	}
}

// balances is one answer being made.
type balances struct {
	*study.Study
	sectors []study.ProductGroup // the first is all products
	rows    []BalanceRow
}

// year makes the rows of a year: the world, then partners, each by sector.
func (b *balances) year(ctx context.Context, y int) (rows []BalanceRow, err error) {
	own := b.UnitIn(y)
	sets := b.PartySets(&b.PartnerSide, y)
	partners := own // whose figures are needed; of the world only the sums are
	for _, set := range sets {
		partners = partners.Union(set)
	}
	if b.Hubs != nil {
		partners = trade.Set{}
	}
	sectors, err := b.dealsOf(ctx, y, own, partners)
	if err != nil {
		return nil, err
	}
	here := b.CoverageOf(&b.ImporterSide.Parties[0], y).Status
	for p, party := range append([]trade.Party{{Label: "world", Name: "World"}}, b.PartnerSide.Parties...) {
		set, there := trade.Set{}, b.WorldStatus(y)
		if p > 0 {
			there = b.CoverageOf(&party, y).Status // what it sells there is the partner's imports
			set = sets[p-1].Minus(own)
		}
		for i, g := range b.sectors {
			inner := 0.0
			for _, c := range own.Codes() {
				inner += sectors[i].Sold[c]
			}
			x, m := sectors[i].Exports, sectors[i].Imports
			if p > 0 {
				x, m = dealsWith(sectors[i], set)
			}
			if x, m = there.Float(x), here.Float(m); x > 0 || m > 0 || party.Named && i == 0 && !(there.Answers() && here.Answers()) {
				r := b.row(y, party, g, x, m, sectors[i].World-inner)
				r.ExportsStatus, r.ImportsStatus, r.BalanceStatus, r.WorldStatus = there, here, result.Worst(there, here), b.WorldStatus(y)
				if p > 0 && r.BalanceStatus == result.Partial { // the two sides would be those of different economies
					r.BalanceStatus = result.NotComputable
				}
				r.Balance = r.BalanceStatus.Float(r.Balance)
				if b.Hubs != nil {
					r.Hub = b.Hubs.Largest(study.AsTrader, x+m, trade.Set{}, func(_ int, codes trade.Set) float64 {
						if codes = codes.Minus(own); p > 0 {
							codes = codes.Intersect(set)
						}
						x, m := dealsWith(sectors[i], codes)
						return x + m
					})
				}
				rows = append(rows, r)
			}
		}
	}
	return rows, nil
}

// dealsWith is what an economy sells to and buys from some others.
func dealsWith(d *kernel.Deals, others trade.Set) (sold, bought float64) {
	for _, c := range others.Codes() {
		sold += d.Sold[c]
		bought += d.Bought[c]
	}
	return sold, bought
}

// noteTogether gives the balance of the last year once more, of all products, with economies as one that the question has apart: China
// asked for alone, and with Hong Kong.
func (b *balances) noteTogether(ctx context.Context, t *result.Table) error {
	year := b.Years[len(b.Years)-1]
	for _, side := range []struct {
		*study.Side
		economy bool
	}{{&b.ImporterSide, true}, {&b.PartnerSide, false}} {
		for _, a := range b.Alone(side.Side) {
			if !side.economy && b.UnitIn(year).Intersect(a.Codes).Len() > 0 {
				continue // the economy is one of them
			}
			st, err := b.Together(ctx, &a, side.economy, year)
			if err != nil {
				return err
			}
			if st == nil {
				continue
			}
			together := &balances{Study: st, sectors: b.sectors[:1]}
			rows, err := together.year(ctx, year)
			if err != nil {
				return err
			}
			if text := togetherText(rows, side.economy, strings.Split(a.Merged, "+")); text != "" {
				a.Note(b.Study, t, year, text)
			}
		}
	}
	return nil
}

// mostTogether bounds the balances that a note gives.
const mostTogether = 3

// togetherText says the balances of rows, the world's first; those with partners that are the merged ones themselves are left out.
func togetherText(rows []BalanceRow, economy bool, merged []string) string {
	var texts []string
	more := 0
	for i := range rows {
		r := &rows[i]
		if economy && slices.Contains(merged, r.Partner) || !economy && r.Partner == "world" {
			continue
		}
		if len(texts) == mostTogether {
			more++
			continue
		}
		var figures []string
		for _, f := range []struct {
			name string
			usd  float64
		}{{"exports", r.Exports}, {"imports", r.Imports}, {"net exports", r.Net()}} {
			if !math.IsNaN(f.usd) {
				figures = append(figures, f.name+" "+result.ShortFloat(f.usd, result.USD)+" USD")
			}
		}
		texts = append(texts, r.Economy+" with "+r.Partner+": "+strings.Join(figures, ", "))
	}
	if more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(texts, "; ")
}

// dealsOf gives what an economy sells to and buys from every other, by sector.
func (b *balances) dealsOf(ctx context.Context, y int, own, partners trade.Set) ([]*kernel.Deals, error) {
	lists, asked := make([][]string, len(b.sectors)), b.Products.Codes()
	for i, g := range b.sectors {
		if lists[i] = asked; i == 0 {
			continue
		}
		lists[i] = []string{}
		for _, p := range g.Products {
			if _, ok := slices.BinarySearch(asked, p); ok || asked == nil {
				lists[i] = append(lists[i], p)
			}
		}
	}
	return b.DealsIn(ctx, y, own, partners, lists)
}

// BalanceRow is what an economy sells to and buys from a partner in a sector and year. What no macro series gives is NaN.
type BalanceRow struct {
	Year                         int
	Economy                      string
	Partner, PartnerName         string
	Sector, SectorName           string
	Exports, Imports             float64
	Balance, WorldShare          float64
	GDP, Population, Consumption float64        // of the economy; of the last its share of the first
	Hub                          study.HubShare // where the question asks for hubs

	ExportsStatus, ImportsStatus result.Status
	BalanceStatus, WorldStatus   result.Status
}

// Net is exports less imports; NaN where one of them is missing, or lacks economies that the other has.
func (r *BalanceRow) Net() float64 { return r.BalanceStatus.Float(r.Exports - r.Imports) }

// BalanceSchema is the table of balance.
var BalanceSchema = result.NewSchema("balance",
	result.IntField("year", result.Year, "Calendar year.", func(r *BalanceRow) int { return r.Year }),
	result.TextField("economy", "Economy or bloc: ISO3 code, or as written in the question.", func(r *BalanceRow) string { return r.Economy }),
	result.TextField("partner", "Economy or bloc, or world for all economies.", func(r *BalanceRow) string { return r.Partner }),
	result.TextField("sector", "Sector of the list, or all for all products.", func(r *BalanceRow) string { return r.Sector }),
	result.FloatField("exports_usd", result.USD, "The economy's exports to the partner. Missing if the dataset has no imports of the partner.", func(r *BalanceRow) float64 { return r.Exports }),
	result.FloatField("imports_usd", result.USD, "Its imports from the partner. Missing if the dataset has no imports of the economy.", func(r *BalanceRow) float64 { return r.Imports }),
	result.FloatField("net_exports_usd", result.USD, "Exports − imports. Missing if either is missing, or if members of the partner are missing on one side.", (*BalanceRow).Net),
	result.FloatField("balance", "index", "(exports − imports) ÷ (exports + imports), −1 to 1.", func(r *BalanceRow) float64 { return r.Balance }),
	result.FloatField("share_of_world_exports", result.Share, "The economy's exports to the partner ÷ world exports of the sector, excluding trade inside a bloc or among merged economies.", func(r *BalanceRow) float64 { return r.WorldShare }),
	result.FloatField("net_exports_gdp_share", "ratio", "(Exports − imports) ÷ gross domestic product.", func(r *BalanceRow) float64 { return r.Net() / r.GDP }).Titled("Net exports as a share of GDP"),
	result.FloatField("gdp_usd", result.USD, "The economy's gross domestic product in current US dollars, from --macro. Empty without it.", func(r *BalanceRow) float64 { return r.GDP }),
	result.FloatField("gdp_per_head_usd", result.USD, "gdp_usd ÷ population, from --macro.", func(r *BalanceRow) float64 { return r.GDP / r.Population }),
	result.FloatField("household_consumption_share", result.Share, "Household consumption ÷ gross domestic product, from --macro.", func(r *BalanceRow) float64 { return r.Consumption }),
	result.TextField("partner_name", "Name.", func(r *BalanceRow) string { return r.PartnerName }),
	result.TextField("sector_name", "Name of the sector.", func(r *BalanceRow) string { return r.SectorName }),
	result.TextField("exports_status", "What exports_usd is based on: observed; partial, if members of the partner, or importers in the world, have no imports in the dataset; missing.", func(r *BalanceRow) string { return string(r.ExportsStatus) }).AsDetail(),
	result.TextField("imports_status", "What imports_usd is based on, in the same way.", func(r *BalanceRow) string { return string(r.ImportsStatus) }).AsDetail(),
	result.TextField("balance_status", "What balance and the net export figures are based on; not computable, if the two sides would refer to different economies.", func(r *BalanceRow) string { return string(r.BalanceStatus) }),
	result.TextField("world_status", "What world exports are based on: observed; partial, if the dataset lacks importers.", func(r *BalanceRow) string { return string(r.WorldStatus) }).AsDetail(),
).ByValue("year", "economy", "-exports_usd")

// Columns of the balance that are empty where no list, and where no macro series is given.
var (
	balanceOfSectors = BalanceSchema.Pick("sector", "sector_name")
	balanceOfSeries  = BalanceSchema.Pick("gdp_usd", "gdp_per_head_usd", "net_exports_gdp_share", "household_consumption_share")
)

func (b *balances) row(y int, party trade.Party, g study.ProductGroup, x, m, world float64) BalanceRow {
	label := b.ImporterSide.Parties[0].Label
	series := func(name macro.Series) float64 {
		if b.Macro == nil {
			return math.NaN()
		}
		return seriesOf(b.Study, unitOf(b.Study, y), y, name)
	}
	return BalanceRow{
		Year: y, Economy: label, Partner: party.Label, PartnerName: party.Name, Sector: g.ID, SectorName: g.Name,
		Exports: x, Imports: m, Balance: industry.Balance(x, m), WorldShare: x / world,
		GDP: series(macro.GDP), Population: series(macro.Population), Consumption: series(macro.Consumption),
	}
}
