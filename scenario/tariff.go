package scenario

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"chokepoint/datafile"
	"chokepoint/fault"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/textfile"
)

// horizons are elasticities of substitution by how long a tariff has stood (Boehm, Levchenko and Pandalai-Nayar 2023).
var horizons = map[string]string{"1": "0.8", "2-3": "2.0", "7+": "2.25"}

var matrixParameter = study.Parameter{Name: "matrix", File: ".csv", Example: "steel.csv", Usage: "trade and tariffs: a CSV file with exporter, importer, trade, tariff_0 and tariff_1"}

// TariffQuestion is the question scenario tariff.
var TariffQuestion = &study.Question{
	Name: "scenario tariff", Short: "Show what tariffs change: prices, quantities, surplus and revenue, by GSIM",
	Schemas: []study.Schema{TariffSchema, TariffFlowSchema},
	Long: `Show what tariffs change, by the global simulation model GSIM (Francois and Hall 2003): the prices that exporters get and importers
pay, trade, surplus and revenue, always both in the linear form and in levels. This is a model, not a forecast.

On the flows of the dataset, --importers levy --tariff on --products from --suppliers. Every product is a separate market. Trade
data contain no domestic sales, so demand is import demand only. --tariffs FILE gives
tariffs by product and economy instead of --tariff, and --elasticities FILE gives elasticities of substitution by product.

--matrix is a CSV file with exporter, importer, trade, tariff_0 and tariff_1: trade at world prices, and tariffs before and after as
a share of the price (0.25 is 25 per cent). Domestic sales may be given as trade of an economy with itself; without them demand is
import demand only.`,
	Examples: []string{
		`chokepoint scenario tariff --importers USA --suppliers CHN --products 850760 --tariff 0.25`,
		`chokepoint scenario tariff --importers USA --tariffs duties.csv --elasticities ProTEE_0_1.csv`,
		`chokepoint scenario tariff --matrix steel.csv`,
		`chokepoint scenario tariff --matrix steel.csv --substitution 5 --form levels`,
	},
	Parameters: slices.Concat([]study.Parameter{
		{Name: "suppliers", Example: "CHN", Usage: "whose goods are taxed (default: all)"},
		{Name: "tariff", Example: "0.25", Usage: "the new tariff, as a share of the price: 0.25 is 25 per cent"},
		{Name: "tariff-before", Example: "0.03", Usage: "the tariff before; an assumption (default: 0)"},
		{Name: "scenario", File: ".toml", Example: "ustr301-2018", Usage: "a tariff scenario, for what other parameters do not specify (\"chokepoint scenarios\" lists them)"},
		{Name: "form", Standard: "linear", Values: []string{"linear", "levels"}, Example: "levels", Usage: "the form shown first; the other follows"},
		{Name: "horizon", Standard: "2-3", Values: []string{"1", "2-3", "7+"}, Example: "1", Usage: "years after the tariff: decides the elasticity of substitution, 0.8, 2.0 or 2.25"},
		{Name: "substitution", Example: "5", Usage: "elasticity of substitution between suppliers (default: that of --horizon)"},
		{Name: "demand", Standard: "-1.25", Example: "-1", Usage: "elasticity of import demand; an assumption"},
		{Name: "supply", Standard: "1.5", Example: "2", Usage: "elasticity of export supply; an assumption"},
	}, tariffSelections()),
	Local: []study.Parameter{matrixParameter, tariffFileParameter, elasticitiesParameter},
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		if r.Own["matrix"] == "" {
			return askLevy(ctx, s, r)
		}
		return tariffs(r, s.UseFile)
	},
	WithoutDataset: func(r study.Request) (*result.Table, bool, error) {
		if r.Own["matrix"] == "" {
			return nil, false, nil
		}
		t, err := tariffs(r, func(kind, id, sum string) {})
		return t, true, err
	},
}

// tariffSelections are whose flows of what a tariff is put to.
func tariffSelections() []study.Parameter {
	list := study.ParameterList(nil, "importers", "products", "years")
	list = study.Changed(list, "importers", func(p *study.Parameter) {
		p.Standard, p.Usage = "", "who levies the tariff: USA, EU27 (on others than its members), all"
	})
	list = study.Changed(list, "products", func(p *study.Parameter) { p.Standard = "" })
	return study.Changed(list, "years", func(p *study.Parameter) { p.Standard, p.Usage = "", "years of the flows (default: the latest)" })
}

// readElasticities reads the elasticities of a question.
func (t *Tariffs) readElasticities(own map[string]string) (err error) {
	if t.Substitution, err = numberIn("substitution", study.OrElse(own["substitution"], horizons[own["horizon"]]), 0.01, 100); err != nil {
		return err
	}
	if t.Demand, err = numberIn("demand", own["demand"], -100, 0); err != nil {
		return err
	}
	t.Supply, err = numberIn("supply", own["supply"], 0.01, 1000)
	return err
}

// noteElasticities says what the model is and which elasticities it takes.
func noteElasticities(t *result.Table, c *Tariffs, own map[string]string) {
	of := "as asked for"
	if own["substitution"] == "" {
		if of = "horizon " + own["horizon"] + " years"; own["horizon"] == "1" {
			of = "horizon 1 year"
		}
	}
	t.Note("a model, not a forecast: GSIM (Francois and Hall 2003), linear and in levels; one good, no other policies, no exchange rates, no contracts, no quality, no time needed to build capacity")
	t.Note("elasticities: substitution %g (%s), import demand %g, export supply %g; substitution of 0.8, 2.0 and 2.25 stands for one, two to three, seven and more years (Boehm, Levchenko and Pandalai-Nayar 2023), the others are assumed, as in the published case", c.Substitution, of, c.Demand, c.Supply)
	t.Note("consumer surplus is −V c − ½ c² V Em; the published form has the sign of the triangle turned where prices rise: consumers_published, welfare_published")
}

func tariffs(r study.Request, use func(kind, id, sum string)) (*result.Table, error) {
	name := r.Own["matrix"]
	text, err := datafile.Load(name, maxDistances)
	if err != nil {
		return nil, fault.File("matrix", name, fileOf(matrixParameter), err)
	}
	c, err := ParseTariffs(filepath.Base(name), text)
	if err != nil {
		return nil, fault.Question(err)
	}
	use("matrix", filepath.Base(name), datafile.Sum(text))
	if err := c.readElasticities(r.Own); err != nil {
		return nil, err
	}
	linear, err := c.Linear()
	if err != nil {
		return nil, fault.Question(err)
	}
	levels, err := c.Levels()
	if err != nil {
		return nil, fault.Question(err)
	}
	rows := append(tariffRows(c, "linear", linear), tariffRows(c, "levels", levels)...)
	if r.Own["form"] == "levels" {
		rows = append(tariffRows(c, "levels", levels), tariffRows(c, "linear", linear)...)
	}
	t := TariffSchema.Table("What the tariffs move (a model)", rows)
	noteElasticities(t, c, r.Own)
	domestic := 0.0
	for r := range c.Economies {
		domestic += c.Trade[r][r]
	}
	if domestic == 0 {
		t.Note("no domestic sales are given: demand is import demand only")
	}
	tries := attempts(r.Own["form"])
	moved, err := taxedOf(c, tries)
	if err != nil {
		return nil, fault.Question(err)
	}
	moved.note(t, tries, "")
	noteTariffScores(t, BuiltinRecord(), nil, func(kind, id string, text []byte) { use(kind, id, datafile.Sum(text)) })
	return t, nil
}

// ParseTariffs reads a matrix of trade and tariffs. Pairs that do not stand there trade nothing.
func ParseTariffs(name string, text []byte) (*Tariffs, error) {
	t := textfile.NewTable(name, text)
	if err := t.Header([]string{"exporter", "importer", "trade", "tariff_0", "tariff_1"}, nil, nil); err != nil {
		return nil, err
	}
	type line struct {
		exporter, importer  int
		trade, before, then float64
	}
	var lines []line
	place := map[string]int{}
	c := &Tariffs{}
	at := func(name string) int {
		if _, ok := place[name]; !ok {
			name = strings.Clone(name)
			place[name] = len(c.Economies)
			c.Economies = append(c.Economies, name)
		}
		return place[name]
	}
	seen := map[[2]int]bool{}
	err := t.Each(func(_ int, field func(string) string) error {
		if field("exporter") == "" || field("importer") == "" {
			return fmt.Errorf("expected an exporter and an importer")
		}
		l := line{exporter: at(field("exporter")), importer: at(field("importer"))}
		if seen[[2]int{l.exporter, l.importer}] {
			return fmt.Errorf("%s to %s appears twice", field("exporter"), field("importer"))
		}
		seen[[2]int{l.exporter, l.importer}] = true
		for column, into := range map[string]*float64{"trade": &l.trade, "tariff_0": &l.before, "tariff_1": &l.then} {
			var err error
			if *into, err = amount(column, field(column), 1e18); err != nil {
				return err
			}
		}
		lines = append(lines, l)
		return nil
	})
	if err != nil {
		return nil, err
	}
	const most = 300
	if n := len(c.Economies); n < 2 || n > most {
		return nil, &datafile.Error{File: name, Msg: fmt.Sprintf("%d economies; expected 2 to %d", n, most)}
	}
	n := len(c.Economies)
	c.Trade, c.Before, c.After = square(n), square(n), square(n)
	for r := range n {
		for v := range n {
			c.Before[r][v], c.After[r][v] = 1, 1
		}
	}
	for _, l := range lines {
		c.Trade[l.exporter][l.importer], c.Before[l.exporter][l.importer], c.After[l.exporter][l.importer] = l.trade, 1+l.before, 1+l.then
	}
	return c, nil
}

// TariffRow is what tariffs move for an economy, or between two.
type TariffRow struct {
	Form, Exporter, Importer     string
	WorldPrice, Quantity         float64
	Before, After                float64
	Composite                    float64
	Producer, Consumer, Revenue  float64
	Published, Welfare, Welfare2 float64
	Year                         int    // of a dataset's flows
	Product                      string // HS code, or all
	Status                       result.Status
	Substitution                 float64 // elasticity
	SubstitutionOf               string  // code of a file; "" where it is that of the question
}

func tariffRows(c *Tariffs, form string, e *Effects) (rows []TariffRow) {
	nan := math.NaN()
	for r, name := range c.Economies {
		rows = append(rows, TariffRow{Form: form, Exporter: name, Importer: "all", WorldPrice: e.World[r], Quantity: nan, Before: sum(c.Trade[r]), After: sum(e.Value[r]), Composite: e.Composite[r],
			Producer: e.Producer[r], Consumer: e.Consumer[r], Revenue: e.Revenue[r], Published: e.ConsumerPublished[r], Welfare: e.Welfare[r], Welfare2: e.Welfare2[r]})
	}
	for r, name := range c.Economies {
		for v, to := range c.Economies {
			if c.Trade[r][v] > 0 {
				rows = append(rows, TariffRow{Form: form, Exporter: name, Importer: to, WorldPrice: e.World[r], Quantity: e.Quantity[r][v], Before: c.Trade[r][v], After: e.Value[r][v], Composite: e.Composite[v],
					Producer: nan, Consumer: nan, Revenue: nan, Published: nan, Welfare: nan, Welfare2: nan})
			}
		}
	}
	return rows
}

// TariffFlowSchema is the table of scenario tariff on the flows of a dataset.
var TariffFlowSchema = TariffSchema.With("", tariffFlowFields()...)

// tariffUnit is the unit of amounts: that of the matrix, or US dollars of a dataset.
const tariffUnit = "unit of the matrix, or USD"

// TariffSchema is the table of scenario tariff. Amounts are in the unit of the matrix.
var TariffSchema = result.NewSchema("scenario-tariff",
	result.TextField("form", "Form of the model: linear or levels.", func(r *TariffRow) string { return r.Form }),
	result.TextField("exporter", "Exporter; if the importer is all, the economy that the row is about.", func(r *TariffRow) string { return r.Exporter }),
	result.TextField("importer", "Importer, or all for the economy as a whole.", func(r *TariffRow) string { return r.Importer }),
	result.FloatField("world_price_change", "ratio", "Change in the price that the exporter receives; 0.1 means +10 %.", func(r *TariffRow) float64 { return r.WorldPrice }),
	result.FloatField("quantity_change", "ratio", "Change in the quantity that the importer buys from it.", func(r *TariffRow) float64 { return r.Quantity }),
	result.FloatField("trade_before", tariffUnit, "Trade at world prices before the tariff.", func(r *TariffRow) float64 { return r.Before }),
	result.FloatField("trade_after", tariffUnit, "Trade at world prices after the tariff.", func(r *TariffRow) float64 { return r.After }),
	result.FloatField("composite_price_change", "ratio", "Change in the price that the importer pays, over all its suppliers; if the importer is all, the price that the economy pays.", func(r *TariffRow) float64 { return r.Composite }),
	result.FloatField("producers", tariffUnit, "The economy's producer surplus: p X (1 + Ex p ÷ 2).", func(r *TariffRow) float64 { return r.Producer }),
	result.FloatField("consumers", tariffUnit, "The economy's consumer surplus: −V c − ½ c² V Em.", func(r *TariffRow) float64 { return r.Consumer }),
	result.FloatField("revenue", tariffUnit, "Change in its tariff revenue.", func(r *TariffRow) float64 { return r.Revenue }),
	result.FloatField("welfare", tariffUnit, "Sum of producers, consumers and revenue.", func(r *TariffRow) float64 { return r.Welfare }),
	result.FloatField("consumers_published", tariffUnit, "Consumer surplus by the formula as published.", func(r *TariffRow) float64 { return r.Published }).AsDetail(),
	result.FloatField("welfare_published", tariffUnit, "Welfare with consumers_published.", func(r *TariffRow) float64 { return r.Welfare2 }).AsDetail(),
).InOrder("economies, then pairs, in each form")
