package scenario

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"chokepoint/datafile"
	"chokepoint/fault"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/textfile"
	"chokepoint/trade"
)

// cascadeFileParameters are the files of a cascade with reserves, in the order in which they are read.
var cascadeFileParameters = []study.Parameter{
	{Name: "production", File: ".csv", Example: "wheat.csv", Usage: "production and reserves: a CSV file with iso3, production and reserves, in one unit"},
	{Name: "trade", File: ".csv", Example: "trade.csv", Usage: "flows of the base year: a CSV file with exporter, importer and an amount in the unit of --production"},
	{Name: "shocks", File: ".csv", Example: "declines.csv", Usage: "the share of production that is lost: a CSV file with iso3 and a column for each year, 0 to 1"},
}

// CascadeQuestion is the question scenario cascade.
var CascadeQuestion = &study.Question{
	Name: "scenario cascade", Short: "Show how a shortage spreads: through trade and reserves from files, or through export bans in the dataset",
	Schemas: []study.Schema{BanSchema, CascadeSchema},
	Long: `Show how a shortage spreads.

With your files --production, --trade and --shocks, it runs the cascade of Marchand et al. (2016) and Heslin et al. (2020): reserves
are used, consumption absorbs part of the shortage, and economies without reserves export less and ask for more.

Without files it runs the cascade of export bans on the flows of the dataset (Burkholz and Schweitzer 2019): an economy that loses
more than theta of its imports of a product stops all its exports of it, until no other economy stops. Theta is unknown, so compare
several values. A hub of those who stop first, as Hong Kong is of China, stops with them (--hubs keep counts it as itself). This is
a model, not a forecast. Values are not tonnes, and other hubs that resell goods create false chains.`,
	Examples: []string{
		`chokepoint scenario cascade --suppliers CHN --products 850511 --theta 0.2,0.4,0.6`,
		`chokepoint scenario cascade --production wheat.csv --trade trade.csv --shocks declines.csv`,
	},
	Parameters: slices.Concat([]study.Parameter{
		{Name: "suppliers", Example: "CHN", Usage: "who stops first, for export bans"},
		{Name: "theta", Standard: "0.1,0.2,0.3,0.4,0.5", Example: "0.3,0.5", Usage: "shares of imports lost above which an economy stops its exports"},
		{Name: "reserve-share", Standard: "0.5", Example: "1", Usage: "the share of reserves that may be used in a year, with files"},
		{Name: "consumption-share", Standard: "0.01", Example: "0.02", Usage: "the share of a shortage that consumption absorbs in each round, with files"},
	}, study.Changed(study.Changed(study.ParameterList(nil, "products", "years", "hubs"), "years", func(p *study.Parameter) { p.Standard, p.Usage = "", "years of the flows (default: the latest)" }), "hubs", hubsOfStop)),
	Local: cascadeFileParameters,
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		if t, ok, err := cascadeOfFiles(r, s.UseFile); ok || err != nil {
			return t, err
		}
		return exportBans(ctx, s, r)
	},
	WithoutDataset: func(r study.Request) (*result.Table, bool, error) {
		return cascadeOfFiles(r, func(kind, id, sum string) {})
	},
}

// CascadeRow is what becomes of an economy in a year of a cascade of files.
type CascadeRow struct {
	Year, Rounds               int
	Economy                    string
	Consumption, ReserveChange float64
}

// CascadeSchema is the table of scenario cascade from files.
var CascadeSchema = result.NewSchema("scenario-cascade-files",
	result.IntField("shock_year", "count", "Year of the shocks, from 1.", func(r *CascadeRow) int { return r.Year }),
	result.TextField("economy", "As the file of production names it.", func(r *CascadeRow) string { return r.Economy }),
	result.FloatField("consumption_ratio", "ratio", "Consumption ÷ that of the base (production + imports − exports); empty where there was none.", func(r *CascadeRow) float64 { return r.Consumption }),
	result.FloatField("reserve_change_ratio", "ratio", "Change of reserves in the year ÷ consumption of the base; negative where they were drawn on.", func(r *CascadeRow) float64 { return r.ReserveChange }),
	result.IntField("rounds", "count", "Rounds until trade was at rest, at most 50.", func(r *CascadeRow) int { return r.Rounds }),
).InOrder("a series of years")

func cascadeOfFiles(r study.Request, use func(kind, id, sum string)) (*result.Table, bool, error) {
	var missing []string
	for _, p := range cascadeFileParameters {
		if r.Own[p.Name] == "" {
			missing = append(missing, "--"+p.Name+", "+fileOf(p))
		}
	}
	switch len(missing) {
	case len(cascadeFileParameters):
		return nil, false, nil
	case 0:
	default:
		return nil, true, fault.Questionf("scenario cascade: a cascade with reserves takes three files; expected %s", strings.Join(missing, "; and "))
	}
	w := &Cascade{Floor: countedShortage}
	var err error
	if w.ReserveShare, err = numberIn("reserve-share", r.Own["reserve-share"], 0, 1); err != nil {
		return nil, true, err
	}
	if w.ConsumptionShare, err = numberIn("consumption-share", r.Own["consumption-share"], 0, 1); err != nil {
		return nil, true, err
	}
	files := cascadeFiles{world: w, place: map[string]int{}}
	for _, p := range cascadeFileParameters {
		name := p.Name
		text, err := datafile.Load(r.Own[name], maxDistances)
		if err != nil {
			return nil, true, fault.File(name, r.Own[name], fileOf(p), err)
		}
		use(name, filepath.Base(r.Own[name]), datafile.Sum(text))
		if err := files.read(name, filepath.Base(r.Own[name]), text); err != nil {
			return nil, true, fault.Question(err)
		}
	}
	var rows []CascadeRow
	for y, o := range w.Run(files.declines) {
		for i, name := range w.Economies {
			rows = append(rows, CascadeRow{y + 1, o.Rounds, name, o.Consumption[i], o.ReserveChange[i]})
		}
	}
	t := CascadeSchema.Table("How the shortage spreads (a model)", rows)
	t.Note("a model, not a forecast (Marchand et al. 2016; Heslin et al. 2020, proportional version): reserves, then consumption, then trade, up to %d rounds a year; production and trade start each year unchanged; prices, contracts and new supplies are left out", mostRounds)
	t.Note("usable reserves %s, consumption gives up %s of a shortage in each round: assumed, so vary them", r.Own["reserve-share"], r.Own["consumption-share"])
	files.noteRange(t, rows)
	noteCascadeScore(t, BuiltinRecord(), nil, func(kind, id string, text []byte) { use(kind, id, datafile.Sum(text)) })
	return t, true, nil
}

// The shares that a cascade of files is run with beside those asked for. Nothing says which are right.
var (
	triedReserveShares     = []float64{0.25, 0.5, 1}
	triedConsumptionShares = []float64{0.005, 0.01, 0.02}
)

// noteRange says how far the lowest consumption of a year moves with one share at a time.
func (f *cascadeFiles) noteRange(t *result.Table, rows []CascadeRow) {
	lowest := -1
	for i := range rows {
		if v := rows[i].Consumption; v == v && (lowest < 0 || v < rows[lowest].Consumption) {
			lowest = i
		}
	}
	if lowest < 0 {
		return
	}
	at := &rows[lowest]
	economy := f.place[at.Economy]
	with := func(change func(w *Cascade)) float64 {
		w := *f.world
		change(&w)
		return w.Run(f.declines)[at.Year-1].Consumption[economy]
	}
	reserves, consumption := Span{at.Consumption, at.Consumption, at.Consumption}, Span{at.Consumption, at.Consumption, at.Consumption}
	for _, x := range triedReserveShares {
		reserves.widen(with(func(w *Cascade) { w.ReserveShare = x }))
	}
	for _, x := range triedConsumptionShares {
		consumption.widen(with(func(w *Cascade) { w.ConsumptionShare = x }))
	}
	t.Note("%s in shock year %d has the lowest consumption, %s of the base; with usable reserves of %s it is %s, with %s of a shortage given up in each round %s", at.Economy, at.Year, result.Percent(at.Consumption),
		floatsText(triedReserveShares), spanText(reserves), floatsText(triedConsumptionShares), spanText(consumption))
}

// cascadeFiles are the files of a cascade being read.
type cascadeFiles struct {
	world    *Cascade
	place    map[string]int
	declines [][]float64
}

func (f *cascadeFiles) read(kind, name string, text []byte) error {
	t := textfile.NewTable(name, text)
	switch kind {
	case "production":
		return f.readProduction(t)
	case "trade":
		return f.readTrade(t)
	}
	return f.readShocks(t)
}

// column is the first column of a table whose name begins so.
func column(t *textfile.Table, beginning string) (string, error) {
	for _, name := range t.Head {
		if strings.HasPrefix(name, beginning) {
			return name, nil
		}
	}
	return "", t.Fail("no column %s; it has %s", beginning, strings.Join(t.Head, ", "))
}

// amount reads a number from 0.
func amount(name, text string, most float64) (float64, error) {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || !(x >= 0 && x <= most) {
		return 0, fmt.Errorf("%s %q: expected a number from 0 to %g", name, text, most)
	}
	return x, nil
}

func (f *cascadeFiles) readProduction(t *textfile.Table) error {
	if err := t.Header([]string{"iso3"}, nil, new([]string)); err != nil {
		return err
	}
	production, err := column(t, "production")
	if err != nil {
		return err
	}
	reserves, err := column(t, "reserves")
	if err != nil {
		return err
	}
	return t.Each(func(_ int, field func(string) string) error {
		p, err := amount(production, field(production), 1e30)
		if err != nil {
			return err
		}
		r, err := amount(reserves, field(reserves), 1e30)
		if err != nil {
			return err
		}
		name := strings.Clone(field("iso3"))
		if _, twice := f.place[name]; twice || name == "" {
			return fmt.Errorf("iso3 %q: expected each economy once", name)
		}
		f.place[name] = len(f.world.Economies)
		f.world.Economies, f.world.Production, f.world.Reserves = append(f.world.Economies, name), append(f.world.Production, p), append(f.world.Reserves, r)
		return nil
	})
}

func (f *cascadeFiles) readTrade(t *textfile.Table) error {
	if err := t.Header([]string{"exporter", "importer"}, nil, new([]string)); err != nil {
		return err
	}
	i := slices.IndexFunc(t.Head, func(name string) bool { return name != "exporter" && name != "importer" })
	if i < 0 {
		return t.Fail("no column of amounts beside exporter and importer")
	}
	return t.Each(func(_ int, field func(string) string) error {
		v, err := amount(t.Head[i], field(t.Head[i]), 1e30)
		if err != nil {
			return err
		}
		from, ok := f.place[field("exporter")]
		to, also := f.place[field("importer")]
		if !ok || !also {
			return fmt.Errorf("flow from %q to %q: the file of production lacks one of them", field("exporter"), field("importer"))
		}
		if v > 0 {
			f.world.Trade = append(f.world.Trade, Shipment{from, to, v})
		}
		return nil
	})
}

func (f *cascadeFiles) readShocks(t *textfile.Table) error {
	if err := t.Header([]string{"iso3"}, nil, new([]string)); err != nil {
		return err
	}
	var years []string
	for _, name := range t.Head {
		if name != "iso3" {
			years = append(years, name)
			f.declines = append(f.declines, make([]float64, len(f.world.Economies)))
		}
	}
	if len(years) == 0 {
		return t.Fail("no column of a year beside iso3")
	}
	return t.Each(func(_ int, field func(string) string) error {
		i, ok := f.place[field("iso3")]
		for y, name := range years {
			d, err := amount(name, field(name), 1)
			if err != nil {
				return err
			}
			if !ok && d > 0 {
				return fmt.Errorf("iso3 %q: the file of production lacks it", field("iso3"))
			}
			if ok {
				f.declines[y][i] = d
			}
		}
		return nil
	})
}

// BanRow is how far export bans spread at a theta.
type BanRow struct {
	Year              int
	Supplier, Product string
	Theta             float64
	Stopped, Rounds   int
	Exports, Share    float64
	Economies         string
	Status            result.Status
}

// BanSchema is the table of scenario cascade on a dataset.
var BanSchema = result.NewSchema("scenario-cascade",
	result.IntField("year", result.Year, "Year of the flows.", func(r *BanRow) int { return r.Year }),
	result.TextField("supplier", "Who stops first, as written in the question.", func(r *BanRow) string { return r.Supplier }),
	result.TextField("product", "HS code.", func(r *BanRow) string { return r.Product }),
	result.FloatField("theta", result.Share, "Share of its imports that an economy must lose before it stops its exports.", func(r *BanRow) float64 { return r.Theta }),
	result.IntField("stopped", "count", "Number of economies that stop, besides those that stop first.", func(r *BanRow) int { return r.Stopped }),
	result.IntField("rounds", "count", "Number of rounds until no further economy stops.", func(r *BanRow) int { return r.Rounds }),
	result.FloatField("exports_stopped_usd", result.USD, "Exports of all economies that stop, including those that stop first.", func(r *BanRow) float64 { return r.Exports }),
	result.FloatField("share_of_exports", result.Share, "The same ÷ world exports of the product.", func(r *BanRow) float64 { return r.Share }),
	result.TextField("economies", "The economies that stop, by round, the largest exporters first.", func(r *BanRow) string { return r.Economies }),
	result.TextField("status", result.StatusText, func(r *BanRow) string { return string(r.Status) }),
).InOrder("each product over a grid of theta")

func exportBans(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
	if strings.TrimSpace(r.Own["suppliers"]) == "" {
		return nil, fault.Questionf("scenario cascade: expected --suppliers, who stops first, such as CHN; or --production, --trade and --shocks, files of a cascade with reserves")
	}
	if err := s.OnlyYears("scenario cascade"); err != nil {
		return nil, err
	}
	thetas, err := numbersIn("theta", r.Own["theta"], 0, 1)
	if err != nil {
		return nil, err
	}
	q := study.Latest(s, r.Query)
	q.Partners, q.Importers, q.Method, q.Hubs = "-", "all", "", hubsAsked(q.Hubs)
	st, err := s.Study(ctx, q)
	if err != nil {
		return nil, err
	}
	side, err := st.Side("suppliers", r.Own["suppliers"])
	if err != nil {
		return nil, err
	}
	if side.Selection.All || side.Selection.None {
		return nil, fault.Questionf("suppliers %q: expected economies or blocs", r.Own["suppliers"])
	}
	var rows []BanRow
	var hubs, owners []string
	for _, y := range st.Years {
		var stop trade.Set
		for _, set := range st.Sets(&side, y) {
			stop = stop.Union(set)
		}
		var with trade.Set
		with, hubs, owners = hubsOf(st, stop)
		var begin []uint16
		for _, code := range stop.Union(with).Codes() {
			begin = append(begin, uint16(code))
		}
		products, err := s.EngineOrFiles().Traded(ctx, y, st.Products.Codes())
		if err != nil {
			return nil, err
		}
		for _, product := range products {
			flows, err := s.EngineOrFiles().Flows(ctx, y, product)
			if err != nil {
				return nil, err
			}
			for _, theta := range thetas {
				row := BanRow{Year: y, Supplier: side.Selection.String(), Product: product, Theta: theta, Status: st.WorldStatus(y)}
				row.spread(st, ExportBans(flows.Importer, flows.Exporter, flows.Value, begin, theta), flows.Exporter, flows.Value)
				rows = append(rows, row)
			}
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
		}
	}
	t := study.Answer(st, BanSchema, fmt.Sprintf("How export bans spread where %s stops, %s (a model)", side.Selection, study.YearsText(st.Years)), rows)
	t.Note("a model, not a forecast (Burkholz and Schweitzer 2019): an economy that loses more than theta of what it imports of the product stops all its exports of it; economies that import nothing never do; domestic production, stocks, prices and contracts are left out")
	t.Note("theta is unknown, so compare several values; values are not tonnes, and hubs that resell goods create false chains")
	noteSpread(t, rows, len(thetas))
	noteHubsOfBans(t, st, rows, hubs, owners)
	t.Add(st.WorldLacks()...)
	record, err := RecordOf(ctx, s)
	if err == nil {
		noteCascadeScore(t, record, s, s.Use)
	}
	return t, err
}

// noteSpread says of the products on which most stops how far the answer moves with theta. rows are of so many thetas a product.
func noteSpread(t *result.Table, rows []BanRow, thetas int) {
	if thetas < 2 {
		t.Note("there is one theta, and nobody knows which is right: leave --theta out, and the answer has five")
		return
	}
	products := slices.Collect(slices.Chunk(rows, thetas))
	slices.SortStableFunc(products, func(a, b []BanRow) int { return cmp.Compare(b[0].Exports, a[0].Exports) })
	for _, list := range products[:min(len(products), rangesNoted)] {
		first := &list[0]
		stopped, share := [2]int{first.Stopped, first.Stopped}, Span{first.Share, first.Share, first.Share}
		least, most := first.Theta, first.Theta
		for i := range list {
			r := &list[i]
			stopped[0], stopped[1] = min(stopped[0], r.Stopped), max(stopped[1], r.Stopped)
			least, most = min(least, r.Theta), max(most, r.Theta)
			share.widen(r.Share)
		}
		t.Note("%s in %d: with theta from %s to %s, %d to %d economies follow with bans of their own, and %s of world exports stop", first.Product, first.Year, floatText(least), floatText(most), stopped[0], stopped[1], spanText(share))
	}
}

// noteHubsOfBans says which hubs count as those who stop first, and which others stop though the goods are largely not theirs.
func noteHubsOfBans(t *result.Table, st *study.Study, rows []BanRow, hubs, owners []string) {
	if st.Hubs == nil {
		return
	}
	if len(hubs) > 0 {
		t.Add(result.Note{Kind: result.Entrepot, Subject: strings.Join(owners, ","), Members: hubs,
			Text: fmt.Sprintf("%s counts as %s, whose goods pass through it, and stops with it (--hubs keep counts it as itself)", strings.Join(hubs, ", "), strings.Join(owners, ", "))})
	}
	var others []string
	for _, e := range st.Hubs.List.Entrepots {
		if slices.ContainsFunc(rows, func(r BanRow) bool { return slices.Contains(strings.Split(r.Economies, ", "), e.Economy) }) {
			others = append(others, e.Economy)
		}
	}
	if len(others) > 0 {
		t.Add(result.Note{Kind: result.Entrepot, Subject: "others", Members: others,
			Text: fmt.Sprintf("%s stop in some rows and resell goods of others: what follows from their stop may be a false chain", strings.Join(others, ", "))})
	}
}

// noteCascadeScore says what is known of how well the model did.
func noteCascadeScore(t *result.Table, record *Record, s *study.Source, use func(kind, id string, text []byte)) {
	t.Add(result.Note{Kind: result.Origin, Subject: "cascade", Text: "no past score is known of a cascade: trade figures do not say who stopped exports because supplies were lacking"})
	noteRecord(t, "a cascade lets nobody take the place of a supplier that stops, and in the past others did", record, s, use)
}

// spread fills in who stops. Who imports but exports nothing has nothing to stop.
func (r *BanRow) spread(st *study.Study, stopped map[uint16]int, exporter []uint16, value []float64) {
	exports := map[uint16]float64{}
	world := 0.0
	for k, v := range value {
		exports[exporter[k]] += v
		world += v
	}
	var codes []uint16
	for code, round := range stopped {
		if exports[code] == 0 {
			continue
		}
		r.Exports += exports[code]
		if round > 0 {
			codes = append(codes, code)
			r.Rounds = max(r.Rounds, round)
		}
	}
	r.Stopped, r.Share = len(codes), r.Exports/world
	if world == 0 {
		r.Share = math.NaN()
	}
	slices.SortFunc(codes, func(a, b uint16) int {
		return cmp.Or(stopped[a]-stopped[b], cmp.Compare(exports[b], exports[a]), int(a)-int(b))
	})
	var names []string
	for _, code := range codes {
		names = append(names, st.Economies.Label(trade.Code(code)))
	}
	r.Economies = strings.Join(names, ", ")
}
