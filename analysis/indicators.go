package analysis

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"chokepoint/fault"
	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/result"
)

// leading are the columns of Indicators whose order scripts rely on, after year, importer and product.
var leading = []string{"imports", "exports", "suppliers", "import_hhi", "top_supplier", "top_supplier_share",
	"world_exports", "world_export_hhi", "top_exporter", "top_exporter_world_share"}

// Indicators prints the table of indicators for every importer and product with imports above zero (and at least the
// floor of q); with partners asked for, for every importer, partner and product with imports from the partner.
func (s *Source) Indicators(ctx context.Context, q Query) (*result.Table, error) {
	st, err := s.study(ctx, q)
	if err != nil {
		return nil, err
	}
	sheet := newIndicatorSheet(!st.pickNone)
	t := st.table("indicators", "Indicators of "+st.importers.selection.String()+", "+yearsText(st.years), sheet.columns...)
	t.Notes = append(t.Notes, st.gaps()...)
	noteGaps(t, st.coverage()...)
	var parts []*indicatorSheet
	rows := 0
	add := func(part *indicatorSheet) error {
		parts = append(parts, part)
		rows += part.year.Len()
		return s.checkRows(rows, len(sheet.columns))
	}
	if codes := st.products.Codes(); codes != nil && len(codes) <= fewProducts {
		err = kernel.InOrder(ctx, len(st.years), func(i int) ([]*indicatorSheet, error) {
			var parts []*indicatorSheet
			err := st.indicatorsOf(ctx, st.years[i], func(p *indicatorSheet) error { parts = append(parts, p); return nil })
			return parts, err
		}, func(parts []*indicatorSheet) error {
			for _, p := range parts {
				if err := add(p); err != nil {
					return err
				}
			}
			return nil
		})
	} else {
		for _, y := range st.years {
			if err = st.indicatorsOf(ctx, y, add); err != nil {
				break
			}
		}
	}
	if err != nil {
		return nil, err
	}
	sheet.join(parts, rows)
	return t, t.SortBy(sheet.order()...)
}

// fewProducts are one block of the kernel, which one core computes: then years are worth computing side by side.
const fewProducts = 16

// indicatorsOf hands the indicators of a year to take, block by block.
func (st *study) indicatorsOf(ctx context.Context, y int, take func(*indicatorSheet) error) error {
	world, err := st.world()
	if err != nil {
		return err
	}
	view := kernel.View{Year: y, Importers: st.sets(&st.importers, y), Products: st.products.Codes(), World: world}
	if !st.pickNone {
		view.Partners = st.sets(&st.partners, y)
	}
	return scanYear(ctx, st.Source, y, view,
		func() *indicatorRows { return &indicatorRows{study: st, sheet: newIndicatorSheet(!st.pickNone)} },
		func(r *indicatorRows) error { return take(r.sheet) })
}

// maxValues bounds an answer, which is held in memory whole, at rows times columns: a few GB at the worst.
const maxValues = 150_000_000

func (s *Source) checkSize(columns []*result.Column) error {
	return s.checkRows(columns[0].Len(), len(columns))
}

func (s *Source) checkRows(rows, columns int) error {
	most := cmp.Or(s.MaxValues, maxValues)
	if rows*columns > most {
		return fault.Questionf("the answer has more than %d rows of %d columns; ask for fewer years, importers, partners or products, for example one year at a time", most/columns, columns)
	}
	return nil
}

// indicatorSheet is the columns of the answer, or the part of them that one block of products fills.
type indicatorSheet struct {
	columns                                              []*result.Column
	year                                                 *result.Column
	importer, partner, product, topSupplier, topExporter *result.Column
	indicators                                           []*indicator.Indicator
	values                                               []*result.Column // one an indicator
}

func newIndicatorSheet(pairs bool) *indicatorSheet {
	s := &indicatorSheet{
		year:        result.IntColumn("year", result.Year, "Calendar year."),
		importer:    result.TextColumn("importer", "Economy or bloc that imports, ISO3 or as asked."),
		product:     result.TextColumn("product", "HS code, six characters."),
		topSupplier: result.TextColumn("top_supplier", "Largest supplier; a tie goes to the lower BACI code."),
		topExporter: result.TextColumn("top_exporter", "Largest exporter in the world; a tie goes to the lower BACI code."),
	}
	s.columns = []*result.Column{s.year, s.importer, s.product}
	named := map[string]*result.Column{"top_supplier": s.topSupplier, "top_exporter": s.topExporter}
	for _, name := range leading {
		if col, ok := named[name]; ok {
			s.columns = append(s.columns, col)
			continue
		}
		ind, _ := indicator.Get(name)
		s.addIndicator(ind)
	}
	if pairs {
		s.partner = result.TextColumn("partner", "Economy or bloc bought from.")
		s.columns = append(s.columns, s.partner)
	}
	for _, ind := range indicator.All() {
		if !slices.Contains(leading, ind.Name) && (pairs || ind.Level() < indicator.Pair) {
			s.addIndicator(ind)
		}
	}
	return s
}

func (s *indicatorSheet) addIndicator(ind *indicator.Indicator) {
	col := indicatorColumn(ind.Name)
	// Sums that only serve other indicators would crowd the table for people.
	switch ind.Unit {
	case "USD²":
		col.Detail = true
	case "USD", "t":
		col.Detail = !slices.Contains(leading, ind.Name) && !slices.Contains([]string{"net_imports", "imports_from_partner", "import_quantity", "partner_quantity"}, ind.Name)
	}
	s.columns = append(s.columns, col)
	s.indicators = append(s.indicators, ind)
	s.values = append(s.values, col)
}

func (s *indicatorSheet) order() []string {
	if s.partner != nil {
		return []string{"year", "importer", "product", "partner"}
	}
	return []string{"year", "importer", "product"}
}

// join puts parts one after another.
func (s *indicatorSheet) join(parts []*indicatorSheet, rows int) {
	for i, col := range s.columns {
		col.Grow(rows)
		for _, part := range parts {
			from := part.columns[i]
			col.AppendText(from.Text...)
			col.AppendInt(from.Int...)
			col.AppendFloat(from.Float...)
			*from = result.Column{} // its memory is free for the columns that follow
		}
	}
}

// indicatorRows is the kernel's visitor: it evaluates the whole table on each batch.
type indicatorRows struct {
	*study
	sheet *indicatorSheet
}

// scratches are what rows were evaluated with: many visitors of few rows would else spend their time on it.
var scratches = sync.Pool{New: func() any { return &indicator.Scratch{} }}

// Importers implements kernel.Visitor.
func (r *indicatorRows) Importers(b *kernel.Batch) error {
	if r.pickNone {
		r.add(b)
	}
	return nil
}

// Pairs implements kernel.Visitor.
func (r *indicatorRows) Pairs(b *kernel.Batch) error {
	r.add(b)
	return nil
}

func (r *indicatorRows) add(b *kernel.Batch) {
	scratch := scratches.Get().(*indicator.Scratch)
	defer scratches.Put(scratch)
	scratch.Reset()
	columns := make([][]float64, len(r.sheet.indicators))
	for k, ind := range r.sheet.indicators {
		columns[k] = ind.Expr().Eval(&b.Columns, scratch)
	}
	for _, col := range r.sheet.columns {
		col.Grow(b.N)
	}
	for i := range b.N {
		if b.At(indicator.Imports, i) < r.query.MinValue {
			continue
		}
		partner := ""
		importer := r.importers.groups[b.Importer[i]].Label
		if b.Partner != nil {
			partner = r.partners.groups[b.Partner[i]].Label
			r.sheet.partner.AppendText(partner)
		}
		r.sheet.year.AppendInt(int64(b.Year))
		r.sheet.importer.AppendText(importer)
		r.sheet.product.AppendText(b.Product)
		r.sheet.topSupplier.AppendText(r.label(b.TopSupplier[i], importer, partner))
		r.sheet.topExporter.AppendText(r.label(b.TopExporter[i], importer, partner))
		for k, col := range r.sheet.values {
			col.AppendFloat(at(columns[k], i))
		}
	}
}

// Definitions is the table of indicators itself.
func Definitions() *result.Table {
	columns := []*result.Column{
		result.TextColumn("name", "Name in criteria."), result.TextColumn("column", "Name in tables and files."),
		result.TextColumn("unit", "Unit."), result.TextColumn("range", "Possible values."),
		result.TextColumn("about", "What it depends on: the world, an importer, or a pair of importer and partner."),
		result.TextColumn("formula", "Formula over other indicators; empty for a sum over flows."),
		result.TextColumn("meaning", "What it says."), result.TextColumn("source", "Author and year."),
	}
	for _, ind := range indicator.All() {
		for i, v := range []string{ind.Name, ind.Column, ind.Unit, ind.Range, ind.Level().String(), ind.Formula, ind.Meaning, ind.Source} {
			columns[i].AppendText(v)
		}
	}
	return result.New("definitions", "Indicators", columns...)
}
