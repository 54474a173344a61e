package dependence

import (
	"context"
	"math"
	"math/bits"
	"slices"

	"chokepoint/indicator"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/study"
)

// DependenciesQuestion is the question dependencies.
var DependenciesQuestion = &study.Question{
	Name: "dependencies", Short: "List the products behind a count, with every indicator used",
	Long: `List the products behind a count, with every indicator that the criteria use, the distance to the nearest
threshold, how many other methods agree, and in how many of the last five years the criteria were met.

For methods without a criterion on the partner the partner column is -, and --partners CHN keeps the products whose top
supplier is China.`,
	Examples: []string{
		`chokepoint dependencies --importers USA --partners CHN --years 2024 --limit 20`,
		`chokepoint dependencies --importers CHN --method geodep-2024 --persistence 1/1 --partners EU27`,
		`chokepoint dependencies --importers JPN --products 28,8505 --method all --format csv --out japan.csv`,
	},
	Parameters: study.ParameterList(nil, study.Judged...),
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		return Dependencies(ctx, s, r.Query)
	},
}

// lookBack is the number of years, the one shown included, over which Dependencies counts how often a product was flagged.
const lookBack = 5

// Dependencies lists the products behind a count, with every indicator that the criteria use, the distance to the
// nearest threshold, how many published methods agree, and in how many of the last five years the criteria were met.
func Dependencies(ctx context.Context, s *study.Source, q study.Query) (*result.Table, error) {
	st, err := s.Study(ctx, q)
	if err != nil {
		return nil, err
	}
	d := newDependencyColumns(st.Methods)
	t := st.JudgedTable("dependencies", "Dependent products: "+countTitle(st), d.list()...)
	for _, m := range st.Methods {
		if err := listDependencies(ctx, st, m, d, t); err != nil {
			return nil, err
		}
	}
	s.NoteCodes(t, d.product, d.year)
	return t, t.SortBy("year", "method", "importer", "partner", "product")
}

type dependencyColumns struct {
	indicators []*indicator.Indicator // beside the columns that are always there

	year, agree, asked, flagged, seen                                        *result.Column
	method, importer, partner, product                                       *result.Column
	importerName, partnerName, description, topSupplier, nearest             *result.Column
	imports, exports, fromPartner, partnerShare, partnerWorldShare, distance *result.Column
	values                                                                   []*result.Column
}

func newDependencyColumns(methods []*method.Method) *dependencyColumns {
	d := &dependencyColumns{
		year:              result.IntColumn("year", result.Year, "Calendar year."),
		method:            result.TextColumn("method", "Definition of dependency."),
		importer:          result.TextColumn("importer", "Economy or bloc that depends, ISO3 or as asked."),
		partner:           result.TextColumn("partner", "Economy or bloc depended on; - for methods that have none."),
		product:           result.TextColumn("product", "HS code, six characters."),
		imports:           IndicatorColumn("imports"),
		exports:           IndicatorColumn("exports"),
		fromPartner:       IndicatorColumn("imports_from_partner"),
		partnerShare:      IndicatorColumn("partner_share"),
		partnerWorldShare: IndicatorColumn("partner_world_share"),
		importerName:      result.TextColumn("importer_name", "Name of the importer."),
		partnerName:       result.TextColumn("partner_name", "Name of the partner."),
		description:       result.TextColumn("description", "Description of the product."),
		topSupplier:       result.TextColumn("top_supplier", "Largest supplier of the importer; a tie goes to the lower BACI code.").AsDetail(),
		nearest:           result.TextColumn("nearest_criterion", "Criterion nearest to its threshold."),
		distance:          result.FloatColumn("distance", "ratio", "Distance to that threshold, relative to it: 0.1 means that a change of 10 % turns the verdict. Negative where persistence keeps a product that misses the criterion this year."),
		agree:             result.IntColumn("methods_agree", "count", "Other built-in methods whose criteria hold this year (persistence aside); those without a partner are asked about the importer, those with one about this partner or the top supplier."),
		asked:             result.IntColumn("methods_asked", "count", "Other built-in methods asked.").AsDetail(),
		flagged:           result.IntColumn("years_flagged", "count", "Years in which the criteria were met, of the last five."),
		seen:              result.IntColumn("years_seen", "count", "Years of the last five that the dataset has.").AsDetail(),
	}
	always := []string{"imports", "exports", "imports_from_partner", "partner_share", "partner_world_share"}
	for _, m := range methods {
		for _, ind := range m.Indicators() {
			if !slices.Contains(always, ind.Name) {
				always = append(always, ind.Name)
				d.indicators = append(d.indicators, ind)
				d.values = append(d.values, IndicatorColumn(ind.Name))
			}
		}
	}
	return d
}

// IndicatorColumn makes a column from the table of indicators.
func IndicatorColumn(name string) *result.Column {
	ind, ok := indicator.Get(name)
	if !ok {
		panic("no indicator " + name)
	}
	unit := ind.Unit
	if unit == "share" {
		unit = result.Share
	}
	text := ind.Meaning
	if ind.Formula != "" {
		text += " Formula: " + ind.Formula + "."
	}
	return result.FloatColumn(ind.Column, unit, text)
}

func (d *dependencyColumns) list() []*result.Column {
	columns := []*result.Column{d.year, d.method, d.importer, d.partner, d.product, d.imports, d.exports, d.fromPartner,
		d.partnerShare, d.partnerWorldShare, d.importerName, d.partnerName, d.description, d.topSupplier}
	columns = append(columns, d.values...)
	return append(columns, d.nearest, d.distance, d.agree, d.asked, d.flagged, d.seen)
}

func listDependencies(ctx context.Context, st *study.Study, m *method.Method, d *dependencyColumns, t *result.Table) error {
	scan, err := NewScan(st, m)
	if err != nil {
		return err
	}
	if st.PickNone {
		// Each supplier is a partner: the list names it, and methods without a partner are judged about the top one.
		if scan.Partners, err = st.Side("partners", "all"); err != nil {
			return err
		}
		scan.pairs, scan.onlyTop = true, !m.HasPartner()
	}
	if scan.onlyTop {
		// Without a criterion on the partner a product has one line, whichever of those asked for is its top supplier.
		scan.Partners = scan.Partners.AsOne("-", "")
	}
	scan.details = true
	scan.window = max(lookBack, m.Persistence.Window)
	for _, ind := range d.indicators {
		scan.values = append(scan.values, ind.Expr())
	}
	for _, other := range method.Originals() {
		if other.ID != m.ID {
			scan.others = append(scan.others, other)
		}
	}
	return scan.Run(ctx, func(year int, cells []Cell) error {
		seen := 0
		for _, y := range st.Have {
			if study.Within(y, year, lookBack) {
				seen++
			}
		}
		for i := range cells {
			d.add(scan, &cells[i], seen)
		}
		return scan.CheckSize(t.Columns)
	})
}

func (d *dependencyColumns) add(s *Scan, c *Cell, seen int) {
	importer, partner := s.ImporterSide.Parties[c.importer], s.Partners.Parties[c.Partner]
	label, name := partner.Label, partner.Name
	fromPartner, share, worldShare := c.FromPartner, c.FromPartner/c.Imports, c.worldShare
	if s.onlyTop {
		label, name = "-", ""
		fromPartner, share, worldShare = math.NaN(), math.NaN(), math.NaN()
	}
	d.year.AppendInt(int64(c.year))
	d.method.AppendText(s.Method.ID)
	d.importer.AppendText(importer.Label)
	d.partner.AppendText(label)
	d.product.AppendText(c.Product)
	d.imports.AppendFloat(c.Imports)
	d.exports.AppendFloat(c.exports)
	d.fromPartner.AppendFloat(fromPartner)
	d.partnerShare.AppendFloat(share)
	d.partnerWorldShare.AppendFloat(worldShare)
	d.importerName.AppendText(importer.Name)
	d.partnerName.AppendText(name)
	product, _ := s.Dataset.Products().Get(c.Product)
	d.description.AppendText(product.Description)
	d.topSupplier.AppendText(s.Label(c.topSupplier, importer.Label, s.Partners.Groups[c.topPartner].Label))
	for k, col := range d.values {
		col.AppendFloat(c.values[k])
	}
	nearest := ""
	if !math.IsInf(c.margin, 0) {
		nearest = s.Method.Criteria[c.nearest].Text
	}
	d.nearest.AppendText(nearest)
	d.distance.AppendFloat(c.margin)
	d.agree.AppendInt(int64(c.agree))
	d.asked.AppendInt(int64(len(s.others)))
	d.flagged.AppendInt(int64(bits.OnesCount64(c.Flagged & (1<<lookBack - 1))))
	d.seen.AppendInt(int64(seen))
}
