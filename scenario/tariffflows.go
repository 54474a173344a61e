package scenario

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"

	"chokepoint/chokepoints"
	"chokepoint/elasticity"
	"chokepoint/fault"
	"chokepoint/kernel"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// levy is a tariff put to the flows of a dataset.
type levy struct {
	*study.Study
	suppliers      study.Side
	before, after  float64         // parts of the price
	duties         *Duties         // by product and economy; nil where one tariff is on all
	elasticities   Tariffs         // of which the elasticities alone count
	sigmas         *elasticity.Set // of substitution by product; nil where there is no file
	forms          []string
	own            map[string]string       // parameters of the question
	levied, silent map[int]map[string]bool // by year: who levies it, and whose imports the dataset lacks
}

// askLevy reads a tariff on the flows of the dataset.
func askLevy(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
	if err := s.OnlyYears("scenario tariff"); err != nil {
		return nil, err
	}
	file, err := completeTariff(s, &r)
	if err != nil {
		return nil, err
	}
	l := &levy{levied: map[int]map[string]bool{}, silent: map[int]map[string]bool{}}
	if l.before, err = numberIn("tariff-before", r.Own["tariff-before"], 0, mostTariff); err != nil {
		return nil, err
	}
	if l.duties, err = openDuties(s, r.Own["tariffs"], l.before); err != nil {
		return nil, err
	}
	if err := l.completeWithDuties(&r); err != nil {
		return nil, err
	}
	for _, p := range [][2]string{{"importers", r.Importers}, {"products", r.Products}, {"tariff", r.Own["tariff"]}} {
		if strings.TrimSpace(p[1]) == "" && (p[0] != "tariff" || l.duties == nil) {
			return nil, &study.ParameterError{Parameter: p[0], Err: errors.New("is missing; expected importers=USA, products=850760 and tariff=0.25, scenario=ustr301-2018, or on the command line --tariffs FILE or --matrix FILE")}
		}
	}
	if err := l.elasticities.readElasticities(r.Own); err != nil {
		return nil, err
	}
	if l.duties == nil {
		if l.after, err = numberIn("tariff", r.Own["tariff"], 0, mostTariff); err != nil {
			return nil, err
		}
	}
	if l.sigmas, err = openElasticities(s, r.Own["elasticities"]); err != nil {
		return nil, err
	}
	q := study.Latest(s, r.Query)
	q.Partners, q.Method = "-", ""
	if l.Study, err = s.Study(ctx, q); err != nil {
		return nil, err
	}
	if l.suppliers, err = l.Side("suppliers", study.OrElse(r.Own["suppliers"], "all")); err != nil {
		return nil, err
	}
	if l.forms = []string{"linear", "levels"}; r.Own["form"] == "levels" {
		l.forms = []string{"levels", "linear"}
	}
	l.own = r.Own
	return l.answer(ctx, file)
}

// completeWithDuties takes who levies what from the file of tariffs, where the question does not say.
func (l *levy) completeWithDuties(r *study.Request) error {
	d := l.duties
	if d == nil {
		return nil
	}
	if strings.TrimSpace(r.Own["tariff"]) != "" {
		return fault.Questionf("tariff %q: the tariffs are those of the file %s; expected one of them", r.Own["tariff"], d.File)
	}
	if r.Importers == "" {
		r.Importers = strings.Join(d.Importers, ",")
	}
	if r.Products == "" {
		if r.Products = strings.Join(d.Products, ","); slices.Contains(d.Products, "") {
			r.Products = "all"
		}
	}
	return nil
}

// openElasticities reads the file that a question names; nil where it names none.
func openElasticities(s *study.Source, name string) (*elasticity.Set, error) {
	if name == "" {
		return nil, nil
	}
	if s.Files == nil {
		return nil, fault.Questionf("elasticities %q: files are not read here", name)
	}
	set, err := elasticity.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.File("elasticities", name, fileOf(elasticitiesParameter), err)
	} else if err != nil {
		return nil, fault.Question(err)
	}
	s.UseFile("elasticities", set.File, set.SHA256)
	return set, nil
}

// rate is the tariff of an importer on a product of an exporter.
func (l *levy) rate(product, exporter, importer string) (before, after float64) {
	if l.duties == nil {
		return l.before, l.after
	}
	before, after, _ = l.duties.Of(product, exporter, importer)
	return before, after
}

// substitution is the elasticity of substitution of a product, and the code of the file that it is of; "" where it is that of the question.
func (l *levy) substitution(product string) (sigma float64, of string) {
	if sigma, of, ok := chokepoints.SigmaOf(l.sigmas, l.Dataset.Manifest().Nomenclature, product); ok {
		return sigma, of
	}
	return l.elasticities.Substitution, ""
}

// market is the trade of a product with the tariff: of each importer that levies it, on the suppliers that are of another party.
func (l *levy) market(product string, f store.Flows, levies []trade.Set, on trade.Set) *Tariffs {
	t := &Tariffs{Demand: l.elasticities.Demand, Supply: l.elasticities.Supply}
	t.Substitution, _ = l.substitution(product)
	var place [trade.MaxCode]int
	var codes []trade.Code
	at := func(code uint16) int {
		if place[code] == 0 {
			codes = append(codes, trade.Code(code))
			place[code] = len(codes)
		}
		return place[code] - 1
	}
	for k := range f.Value {
		at(f.Importer[k])
		at(f.Exporter[k])
	}
	n := len(codes)
	t.Trade, t.Before, t.After = square(n), square(n), square(n)
	for r := range n {
		t.Economies = append(t.Economies, l.Economies.Label(codes[r]))
	}
	for r := range n {
		for c := range n {
			t.Before[r][c], t.After[r][c] = 1, 1
			for _, set := range levies {
				if set.Has(codes[c]) && on.Has(codes[r]) && !set.Has(codes[r]) {
					before, after := l.rate(product, t.Economies[r], t.Economies[c])
					t.Before[r][c], t.After[r][c] = 1+before, 1+after
				}
			}
		}
	}
	for k, v := range f.Value {
		t.Trade[at(f.Exporter[k])][at(f.Importer[k])] += v
	}
	return t
}

// levyRows are one product's rows in one form.
type levyRows struct {
	product string
	forms   [][]TariffRow
	changed float64 // trade on which the tariff changes
}

func (l *levy) product(ctx context.Context, year int, product string, levies []trade.Set, on trade.Set) (rows levyRows, err error) {
	f, err := l.EngineOrFiles().Flows(ctx, year, product)
	if err != nil {
		return rows, err
	}
	t := l.market(product, f, levies, on)
	rows = levyRows{product: product, changed: t.changed()}
	sigma, of := l.substitution(product)
	for _, form := range l.forms {
		var e *Effects
		if form == "linear" {
			e, err = t.Linear()
		} else {
			e, err = t.Levels()
		}
		if err != nil {
			return rows, fault.Questionf("product %s: %w", product, err)
		}
		list := slices.DeleteFunc(tariffRows(t, form, e), func(r TariffRow) bool {
			return r.Importer != "all" && !l.levied[year][r.Importer]
		})
		for i := range list {
			list[i].Substitution, list[i].SubstitutionOf = sigma, of
			if r := &list[i]; r.Importer == "all" && l.silent[year][r.Exporter] { // whose imports are missing, and not 0
				nan := math.NaN()
				r.Composite, r.Consumer, r.Revenue, r.Published, r.Welfare, r.Welfare2 = nan, nan, nan, nan, nan, nan
			}
		}
		sortTariffs(list, l.forms)
		rows.forms = append(rows.forms, list)
	}
	return rows, ctx.Err()
}

// know finds who levies the tariff in a year, and whose imports the dataset lacks.
func (l *levy) know(year int, levies []trade.Set) {
	l.levied[year], l.silent[year] = map[string]bool{}, map[string]bool{}
	importers := l.Dataset.Importers(year)
	for _, e := range l.Economies.All() {
		if !importers.Has(e.Code) {
			l.silent[year][l.Economies.Label(e.Code)] = true
		}
		for _, set := range levies {
			if set.Has(e.Code) {
				l.levied[year][l.Economies.Label(e.Code)] = true
			}
		}
	}
}

func (l *levy) answer(ctx context.Context, file *File) (*result.Table, error) {
	var all []TariffRow
	var ranged []func(t *result.Table) error
	for _, y := range l.Years {
		levies := l.Sets(&l.ImporterSide, y)
		var on trade.Set
		for _, set := range l.Sets(&l.suppliers, y) {
			on = on.Union(set)
		}
		l.know(y, levies)
		products, err := l.EngineOrFiles().Traded(ctx, y, l.Products.Codes())
		if err != nil {
			return nil, err
		}
		first, sums, weights := len(all), newTariffSums(), map[string]float64{}
		err = kernel.InOrder(ctx, len(products), func(i int) (levyRows, error) { return l.product(ctx, y, products[i], levies, on) }, func(rows levyRows) error {
			if rows.changed > 0 {
				weights[rows.product] = rows.changed
			}
			for _, form := range rows.forms {
				for i := range form {
					r := &form[i]
					r.Year, r.Product, r.Status = y, rows.product, l.WorldStatus(y)
					sums.add(r)
					if len(products) == 1 || r.Importer != "all" && math.Abs(r.After-r.Before) > 0 || r.Importer == "all" && l.levied[y][r.Exporter] {
						all = append(all, *r)
					}
				}
			}
			return l.CheckRows(len(all), TariffSchema.Width()+3)
		})
		if err != nil {
			return nil, err
		}
		if len(products) > 1 {
			all = slices.Insert(all, first, sums.rows(l.forms)...)
		}
		ranged = append(ranged, func(t *result.Table) error {
			return l.noteRanges(ctx, t, y, weights, func(product string) (*Tariffs, error) {
				f, err := l.EngineOrFiles().Flows(ctx, y, product)
				if err != nil {
					return nil, err
				}
				return l.market(product, f, levies, on), nil
			})
		})
	}
	title := fmt.Sprintf("What a tariff of %s moves, %s (a model)", result.Percent(l.after), study.YearsText(l.Years))
	if l.duties != nil {
		title = fmt.Sprintf("What the tariffs of %s move, %s (a model)", l.duties.File, study.YearsText(l.Years))
	}
	t := study.Answer(l.Study, TariffFlowSchema, title, all)
	noteElasticities(t, &l.elasticities, l.own)
	l.noteFiles(t, all)
	if len(all) > 0 && all[0].Product == "all" {
		t.Note("rows of the product all are sums over products, without changes of prices and quantities, which have no sum; of a product alone they are the economies that levy the tariff and their suppliers")
	}
	if file != nil {
		file.note(t, l.Years)
	}
	for _, note := range ranged {
		if err := note(t); err != nil {
			return nil, err
		}
	}
	t.Add(l.WorldLacks()...)
	t.Add(l.Coverage()...)
	record, err := RecordOf(ctx, l.Source)
	if err == nil {
		noteTariffScores(t, record, l.Source, l.Use)
	}
	return t, err
}

// noteFiles says where tariffs and elasticities are from.
func (l *levy) noteFiles(t *result.Table, rows []TariffRow) {
	switch d := l.duties; {
	case d == nil:
		t.Note("the tariff goes from %s to %s of the price; the dataset has no tariffs, so that the first is assumed (--tariff-before), and no domestic sales: demand is import demand alone", result.Percent(l.before), result.Percent(l.after))
	default:
		before := "the tariffs before are those of the file where it has them, else assumed (--tariff-before)"
		if !d.hasBefore {
			before = fmt.Sprintf("the tariffs before are assumed to be %s (--tariff-before; a column tariff_before may say)", result.Percent(l.before))
		}
		t.Note("tariffs by product and economy are those of %s, %d rows; what it does not name has none; %s; the dataset has no domestic sales: demand is import demand alone", d.File, d.Rows, before)
	}
	if l.sigmas == nil {
		return
	}
	products, known := map[string]bool{}, 0
	for i := range rows {
		if r := &rows[i]; r.Product != "all" && !products[r.Product] {
			if products[r.Product] = true; r.SubstitutionOf != "" {
				known++
			}
		}
	}
	t.Note("elasticities of substitution by product: %s (%s) has %d of %d products, the others have %g; those estimated for the long run rank products and say nothing of the first years", l.sigmas.File, l.sigmas.Format, known, len(products), l.elasticities.Substitution)
}

// tariffSums are the sums of rows over products, by form and pair.
type tariffSums map[[3]string]*TariffRow

func newTariffSums() tariffSums { return tariffSums{} }

func (s tariffSums) add(r *TariffRow) {
	key := [3]string{r.Form, r.Exporter, r.Importer}
	t := s[key]
	if t == nil {
		nan := math.NaN()
		t = &TariffRow{Form: r.Form, Exporter: r.Exporter, Importer: r.Importer, Year: r.Year, Product: "all", Status: r.Status, WorldPrice: nan, Quantity: nan, Composite: nan, Substitution: nan}
		s[key] = t
	}
	t.Before, t.After = t.Before+r.Before, t.After+r.After
	t.Producer, t.Consumer, t.Revenue = t.Producer+r.Producer, t.Consumer+r.Consumer, t.Revenue+r.Revenue
	t.Published, t.Welfare, t.Welfare2 = t.Published+r.Published, t.Welfare+r.Welfare, t.Welfare2+r.Welfare2
}

func (s tariffSums) rows(forms []string) (list []TariffRow) {
	for _, r := range s {
		list = append(list, *r)
	}
	sortTariffs(list, forms)
	return list
}

// sortTariffs puts rows in the order of forms, economies before pairs, by what changes most.
func sortTariffs(list []TariffRow, forms []string) {
	whole := func(r *TariffRow) int {
		if r.Importer == "all" {
			return 0
		}
		return 1
	}
	slices.SortFunc(list, func(a, b TariffRow) int {
		return cmp.Or(slices.Index(forms, a.Form)-slices.Index(forms, b.Form), whole(&a)-whole(&b), cmp.Compare(math.Abs(b.After-b.Before), math.Abs(a.After-a.Before)),
			strings.Compare(a.Exporter, b.Exporter), strings.Compare(a.Importer, b.Importer))
	})
}

// tariffFlowFields are the columns that a tariff on the flows of a dataset has beside those of a matrix.
func tariffFlowFields() []result.Field[TariffRow] {
	return []result.Field[TariffRow]{
		result.IntField("year", result.Year, "Year of the flows.", func(r *TariffRow) int { return r.Year }),
		result.TextField("product", "HS code; all for sums over the products asked for.", func(r *TariffRow) string { return r.Product }),
		result.TextField("status", result.StatusText, func(r *TariffRow) string { return string(r.Status) }),
		result.FloatField("substitution", "index", "Elasticity of substitution of the product; empty for all products.", func(r *TariffRow) float64 { return r.Substitution }).AsDetail(),
		result.TextField("substitution_of", "Revision and code of the file of elasticities that it is of; empty where it is that of the question.", func(r *TariffRow) string { return r.SubstitutionOf }).AsDetail(),
	}
}
