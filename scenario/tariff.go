package scenario

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"chokepoint/datafile"
	"chokepoint/fault"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/textfile"
)

// horizons are elasticities of substitution by how long a tariff has stood (Boehm, Levchenko and Pandalai-Nayar 2023).
var horizons = map[string]string{"1": "0.8", "2-3": "2.0", "7+": "2.25"}

// TariffQuestion is the question scenario tariff.
var TariffQuestion = &study.Question{
	Name: "scenario tariff", Short: "Say what tariffs move: prices, quantities, surplus and revenue, by GSIM",
	Schemas: []study.Schema{TariffSchema},
	Long: `Say what tariffs move, by the global simulation model GSIM (Francois and Hall 2003): prices that exporters get and importers pay, trade,
surplus and revenue, in the linear form and in levels, both always. A model, no forecast.

--matrix is a CSV file with exporter, importer, trade, tariff_0 and tariff_1: trade at world prices, tariffs before and after as parts of
the price (0.25 is 25 percent). Domestic sales may stand as trade of an economy with itself; without them demand is import demand alone.`,
	Examples: []string{
		`chokepoint scenario tariff --matrix steel.csv`,
		`chokepoint scenario tariff --matrix steel.csv --substitution 5 --form levels`,
	},
	Parameters: []study.Parameter{
		{Name: "form", Standard: "linear", Values: []string{"linear", "levels"}, Example: "levels", Usage: "the form that stands first; the other follows"},
		{Name: "horizon", Standard: "2-3", Values: []string{"1", "2-3", "7+"}, Example: "1", Usage: "years after the tariff: decides the elasticity of substitution, 0.8, 2.0 or 2.25"},
		{Name: "substitution", Example: "5", Usage: "elasticity of substitution between suppliers (default: that of --horizon)"},
		{Name: "demand", Standard: "-1.25", Example: "-1", Usage: "elasticity of import demand; assumed"},
		{Name: "supply", Standard: "1.5", Example: "2", Usage: "elasticity of export supply; assumed"},
	},
	Local: []study.Parameter{{Name: "matrix", File: ".csv", Example: "steel.csv", Usage: "trade and tariffs: a CSV file with exporter, importer, trade, tariff_0 and tariff_1"}},
	Ask: func(_ context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		return tariffs(r, s.UseFile)
	},
	WithoutDataset: func(r study.Request) (*result.Table, bool, error) {
		t, err := tariffs(r, func(kind, id, sum string) {})
		return t, true, err
	},
}

func tariffs(r study.Request, use func(kind, id, sum string)) (*result.Table, error) {
	name := r.Own["matrix"]
	if name == "" {
		return nil, fault.Questionf("scenario tariff: want --matrix, a CSV file with exporter, importer, trade, tariff_0 and tariff_1")
	}
	text, err := datafile.Load(name, maxDistances)
	if err != nil {
		return nil, fault.Questionf("matrix: %w", err)
	}
	c, err := ParseTariffs(filepath.Base(name), text)
	if err != nil {
		return nil, fault.Question(err)
	}
	use("matrix", filepath.Base(name), datafile.Sum(text))
	if c.Substitution, err = numberIn("substitution", study.OrElse(r.Own["substitution"], horizons[r.Own["horizon"]]), 0.01, 100); err != nil {
		return nil, err
	}
	if c.Demand, err = numberIn("demand", r.Own["demand"], -100, 0); err != nil {
		return nil, err
	}
	if c.Supply, err = numberIn("supply", r.Own["supply"], 0.01, 1000); err != nil {
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
	t.Note("a model, no forecast: GSIM (Francois and Hall 2003), linear and in levels; one good, no other policies, no exchange rates, no time to build")
	t.Note("elasticities: substitution %g, import demand %g, export supply %g; substitution of 0.8, 2.0 and 2.25 stands for one, two to three, seven and more years (Boehm, Levchenko and Pandalai-Nayar 2023), the others are assumed, as in the published case", c.Substitution, c.Demand, c.Supply)
	t.Note("consumer surplus is −V c − ½ c² V Em; the published form has the sign of the triangle turned where prices rise: consumers_published, welfare_published")
	domestic := 0.0
	for r := range c.Economies {
		domestic += c.Trade[r][r]
	}
	if domestic == 0 {
		t.Note("no domestic sales are given: demand is import demand alone")
	}
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
			return fmt.Errorf("want an exporter and an importer")
		}
		l := line{exporter: at(field("exporter")), importer: at(field("importer"))}
		if seen[[2]int{l.exporter, l.importer}] {
			return fmt.Errorf("%s to %s stands twice", field("exporter"), field("importer"))
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
		return nil, &datafile.Error{File: name, Msg: fmt.Sprintf("%d economies; want 2 to %d", n, most)}
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
}

func tariffRows(c *Tariffs, form string, e *Effects) (rows []TariffRow) {
	nan := math.NaN()
	for r, name := range c.Economies {
		rows = append(rows, TariffRow{form, name, "all", e.World[r], nan, sum(c.Trade[r]), sum(e.Value[r]), e.Composite[r], e.Producer[r], e.Consumer[r], e.Revenue[r], e.ConsumerPublished[r], e.Welfare[r], e.Welfare2[r]})
	}
	for r, name := range c.Economies {
		for v, to := range c.Economies {
			if c.Trade[r][v] > 0 {
				rows = append(rows, TariffRow{form, name, to, e.World[r], e.Quantity[r][v], c.Trade[r][v], e.Value[r][v], e.Composite[v], nan, nan, nan, nan, nan, nan})
			}
		}
	}
	return rows
}

// TariffSchema is the table of scenario tariff. Amounts are in the unit of the matrix.
var TariffSchema = result.NewSchema("scenario-tariff",
	result.TextField("form", "Form of the model: linear, or levels.", func(r *TariffRow) string { return r.Form }),
	result.TextField("exporter", "Economy; in rows of the importer all, the economy that the row is about.", func(r *TariffRow) string { return r.Exporter }),
	result.TextField("importer", "Importer, or all.", func(r *TariffRow) string { return r.Importer }),
	result.FloatField("world_price_change", "ratio", "Change of the price that the exporter gets; 0.1 is +10 %.", func(r *TariffRow) float64 { return r.WorldPrice }),
	result.FloatField("quantity_change", "ratio", "Change of the quantity that the importer buys from it.", func(r *TariffRow) float64 { return r.Quantity }),
	result.FloatField("trade_before", "unit of the matrix", "Trade at world prices before.", func(r *TariffRow) float64 { return r.Before }),
	result.FloatField("trade_after", "unit of the matrix", "Trade at world prices after.", func(r *TariffRow) float64 { return r.After }),
	result.FloatField("composite_price_change", "ratio", "Change of the price that the importer pays, over all its suppliers; in rows of the importer all, that the economy pays.", func(r *TariffRow) float64 { return r.Composite }),
	result.FloatField("producers", "unit of the matrix", "Producer surplus of the economy: p X (1 + Ex p ÷ 2).", func(r *TariffRow) float64 { return r.Producer }),
	result.FloatField("consumers", "unit of the matrix", "Consumer surplus of the economy: −V c − ½ c² V Em.", func(r *TariffRow) float64 { return r.Consumer }),
	result.FloatField("revenue", "unit of the matrix", "Change of its revenue from tariffs.", func(r *TariffRow) float64 { return r.Revenue }),
	result.FloatField("welfare", "unit of the matrix", "The sum of the three.", func(r *TariffRow) float64 { return r.Welfare }),
	result.FloatField("consumers_published", "unit of the matrix", "Consumer surplus in the published form.", func(r *TariffRow) float64 { return r.Published }).AsDetail(),
	result.FloatField("welfare_published", "unit of the matrix", "Welfare with it.", func(r *TariffRow) float64 { return r.Welfare2 }).AsDetail(),
)
