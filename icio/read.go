package icio

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/fault"
	"chokepoint/store"
)

// reading is an ingest under way: the files by what they are.
type reading struct {
	mapping    *Layout
	index      *source
	industries *source
	years      map[int][]*source
	inputs     []store.Input
	tell       func(file string, read int64)
}

// sort puts the files where they belong.
func (r *reading) sort(paths []string, year int) error {
	r.years = map[int][]*source{}
	for _, path := range paths {
		s, err := sniff(path, r.mapping, year)
		if err != nil {
			return err
		}
		once := func(to **source) error {
			if *to != nil {
				return fault.Questionf("%s and %s are both files of kind %s; expected one", (*to).path, path, s.kind)
			}
			*to = s
			return nil
		}
		switch s.kind {
		case indexFile:
			err = once(&r.index)
		case industriesFile:
			err = once(&r.industries)
		default:
			r.years[s.year] = append(r.years[s.year], s)
		}
		if err != nil {
			return err
		}
	}
	if len(r.years) == 0 {
		return fault.Questionf("tables ingest: no table among %d files; expected Z, F and output of at least one year beside the index, or a wide table", len(paths))
	}
	return nil
}

// table reads the files of one year. The year 0 is that of a long table with a column of years, of which there may be many.
func (r *reading) table(ctx context.Context, year int) ([]*Table, error) {
	files := r.years[year]
	switch kind := files[0].kind; kind {
	case wideFile, longFile:
		if len(files) > 1 {
			return nil, fault.Questionf("%s and %s are both tables of the year %d; expected one", files[0].path, files[1].path, year)
		}
		if kind == longFile {
			return r.long(ctx, files[0])
		}
		t, err := r.wide(ctx, files[0])
		return []*Table{t}, err
	}
	t, err := r.parts(ctx, year, files)
	return []*Table{t}, err
}

// read goes through the rows of a file, and remembers its checksum.
func (r *reading) read(ctx context.Context, s *source, take func(f *file, row [][]byte) error) error {
	f, err := s.open(func(read int64) { r.tell(s.path, read) })
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.next(); err != nil { // the header
		return err
	}
	if err := f.each(ctx, len(s.head), func(row [][]byte) error { return take(f, row) }); err != nil {
		return err
	}
	if in := f.input(); !slices.Contains(r.inputs, in) {
		r.inputs = append(r.inputs, in)
	}
	return nil
}

// axis is areas and industries in the order in which labels name them.
type axis struct {
	areas, industries []string
	at                map[string]int // by area and code: how often it stands there, as a place + 1
	places            [][2]int       // area and industry by place
}

func (x *axis) add(area, code string) (place int, twice bool) {
	key := area + "\x00" + code
	if p, ok := x.at[key]; ok {
		return p - 1, true
	}
	if x.at == nil {
		x.at = map[string]int{}
	}
	a, i := slices.Index(x.areas, area), slices.Index(x.industries, code)
	if a < 0 {
		a = len(x.areas)
		x.areas = append(x.areas, area)
	}
	if i < 0 {
		i = len(x.industries)
		x.industries = append(x.industries, code)
	}
	x.places = append(x.places, [2]int{a, i})
	x.at[key] = len(x.places)
	return len(x.places) - 1, false
}

// lacking names an industry of an area that does not stand there, where others have it; "" is none.
func (x *axis) lacking() string {
	if len(x.places) == len(x.areas)*len(x.industries) {
		return ""
	}
	for _, a := range x.areas {
		for _, i := range x.industries {
			if x.at[a+"\x00"+i] == 0 {
				return a + " " + i
			}
		}
	}
	return ""
}

// node is the number that a table gives a place.
func (x *axis) node(place int) int { return x.places[place][0]*len(x.industries) + x.places[place][1] }

// named gives the industries of the axis their names in a layout.
func (x *axis) named(l *Layout) (list []Industry) {
	for _, code := range x.industries {
		list = append(list, l.Industries[l.industry(code)])
	}
	return list
}

// wide reads a table with a row and a column an industry of an area.
func (r *reading) wide(ctx context.Context, s *source) (*Table, error) {
	columns := make([]label, len(s.head))
	var x axis
	fail := func(format string, args ...any) error {
		return fault.Questionf("%s:1: %s", s.path, fmt.Sprintf(format, args...))
	}
	seen := map[label]bool{}
	for c, text := range s.head[1:] {
		l, _ := s.layout.read(text)
		columns[c+1] = l
		if seen[l] {
			return nil, fail("the column %s appears twice", text)
		}
		seen[l] = true
		if !l.final && l.total == "" {
			x.add(s.layout.whole(l.area), l.code)
		}
	}
	if gone := x.lacking(); gone != "" {
		return nil, fail("no column of %s, which other areas have", gone)
	}
	if len(x.places) == 0 || !slices.ContainsFunc(columns, func(l label) bool { return l.total == outputTotal }) {
		return nil, fail("no industries, or no column of gross output; expected labels such as AUS_A01 and %s", s.layout.Output[0])
	}
	t := newTable(s.year, s.layout, x.areas, x.named(s.layout))
	into, err := t.targets(columns, &x)
	if err != nil {
		return nil, fail("%v", err)
	}
	w := &wideTable{Table: t, x: &x, into: into, rows: make([]bool, t.N()), seen: map[label]bool{}, made: map[string]float64{}}
	if err := r.read(ctx, s, w.take); err != nil {
		return nil, err
	}
	for i, there := range w.rows {
		if !there {
			return nil, fault.Questionf("%s: no row of %s, of which there is a column", s.path, t.Label(i))
		}
	}
	for _, part := range slices.Sorted(maps.Keys(s.layout.PartsOf)) {
		if whole := s.layout.PartsOf[part]; w.made[part] != 0 && w.made[whole] != 0 {
			return nil, fault.Questionf("%s: both %s and %s, which is a part of it, make something: it would count twice; expected the whole or its parts", s.path, whole, part)
		}
	}
	return t, nil
}

// target is where the field of a column of a wide table goes.
type target struct {
	kind  int
	place int
}

// The kinds of targets.
const (
	toNothing = iota
	toNode
	toDemand
	toOutput
)

func (t *Table) targets(columns []label, x *axis) ([]target, error) {
	into := make([]target, len(columns))
	for c, l := range columns[1:] {
		switch {
		case l.total == outputTotal:
			into[c+1] = target{toOutput, 0}
		case l.total != "":
			return nil, fmt.Errorf("the column %s is a total of rows; expected it as a row", l.total)
		case l.final:
			a := t.Area(t.Layout.whole(l.area))
			if a < 0 {
				return nil, fmt.Errorf("the column of final demand %s of %s: the area has no industries", l.code, l.area)
			}
			into[c+1] = target{toDemand, a*len(t.Categories) + t.Layout.category(l.code)}
		default:
			into[c+1] = target{toNode, x.node(x.at[t.Layout.whole(l.area)+"\x00"+l.code] - 1)}
		}
	}
	return into, nil
}

// wideTable is a wide table that is being read.
type wideTable struct {
	*Table
	x    *axis
	into []target
	rows []bool             // by node: there is one
	seen map[label]bool     // labels of rows
	made map[string]float64 // output, by areas as labels have them
}

// take puts a row where it belongs. Rows and columns of the parts of an area are added up.
func (t *wideTable) take(f *file, row [][]byte) error {
	name := strings.TrimSpace(string(row[0]))
	l, ok := t.Layout.read(name)
	if !ok {
		return f.fail("unknown label %q of a row; expected an industry of an area that is a column, or one of %s", name, shortList(slices.Concat(t.Layout.Taxes, t.Layout.ValueAdded, t.Layout.Output)))
	}
	if t.seen[l] || l.total == taxesTotal && t.Taxes != nil && (l.area == "" || t.seen[label{total: taxesTotal}]) {
		return f.fail("the row %s appears twice", name)
	}
	t.seen[l] = true
	switch {
	case l.final:
		return f.fail("the row %s is final demand, which has columns and no rows", name)
	case l.total == outputTotal:
		return t.checkOutput(f, row, name)
	case l.total == valueTotal:
		t.ValueAdded = make([]float64, t.N())
		return t.addRow(f, row, name, t.ValueAdded)
	case l.total == taxesTotal:
		if t.Taxes == nil {
			t.Taxes = make([]float64, t.N())
		}
		return t.addRow(f, row, name, t.Taxes)
	}
	place, ok := t.x.at[t.Layout.whole(l.area)+"\x00"+l.code]
	if !ok {
		return f.fail("no column of %s, which has a row", name)
	}
	node := t.x.node(place - 1)
	t.rows[node] = true
	z, demand := t.Z[node*t.N():(node+1)*t.N()], t.F[node*t.Demands():(node+1)*t.Demands()]
	for c, field := range row[1:] {
		v, ok := number(field)
		if !ok {
			return f.fail("column %d of the row %s: %q is not a number", c+2, name, field)
		}
		v *= t.Layout.Unit
		switch to := t.into[c+1]; to.kind {
		case toNode:
			z[to.place] += v
		case toDemand:
			demand[to.place] += v
		case toOutput:
			t.Output[node] += v
			t.made[l.area] += v
		}
	}
	return nil
}

// addRow adds a row about the columns to sums by node.
func (t *wideTable) addRow(f *file, row [][]byte, name string, sums []float64) error {
	for c, field := range row[1:] {
		v, ok := number(field)
		if !ok {
			return f.fail("column %d of the row %s: %q is not a number", c+2, name, field)
		}
		if to := t.into[c+1]; to.kind == toNode {
			sums[to.place] += v * t.Layout.Unit
		}
	}
	return nil
}

// checkOutput compares a row of output with the column.
func (t *wideTable) checkOutput(f *file, row [][]byte, name string) error {
	sums := make([]float64, t.N())
	if err := t.addRow(f, row, name, sums); err != nil {
		return err
	}
	for i, v := range sums {
		if out := t.Output[i]; t.rows[i] && math.Abs(v-out) > 1+0.01*math.Abs(out) {
			return f.fail("output of %s is %v in the row %s and %v in the column: expected the same within 1 %%", t.Label(i), v, name, out)
		}
	}
	return nil
}

// parts reads a table from files of its parts.
func (r *reading) parts(ctx context.Context, year int, files []*source) (*Table, error) {
	kinds := map[string]*source{}
	for _, s := range files {
		if other := kinds[s.kind]; other != nil {
			return nil, fault.Questionf("%s and %s are both files of %s of the year %d; expected one", other.path, s.path, s.kind, year)
		}
		kinds[s.kind] = s
	}
	for _, kind := range []string{flowsFile, finalFile, outputFile} {
		if kinds[kind] == nil {
			return nil, fault.Questionf("tables ingest: the year %d has no file of %s (columns %s)", year, kind, columnsOf(kind))
		}
	}
	if r.index == nil {
		return nil, fault.Questionf("tables ingest: no index, which says what the numbers of rows mean (columns %s)", columnsOf(indexFile))
	}
	x, ids, layout, err := r.readIndex(ctx)
	if err != nil {
		return nil, err
	}
	t := newTable(year, layout, x.areas, x.named(layout))
	node := func(f *file, field []byte) (int, error) {
		if place, ok := ids[strings.TrimSpace(string(field))]; ok {
			return x.node(place), nil
		}
		return 0, f.fail("the number %q is not in %s", field, r.index.path)
	}
	amount := func(f *file, field []byte) (float64, error) {
		if v, ok := number(field); ok {
			return v * layout.Unit, nil
		}
		return 0, f.fail("%q is not a number", field)
	}
	set := func(f *file, to *float64, seen *bool, v float64, what string) error {
		if *seen {
			return f.fail("%s appears twice", what)
		}
		*to, *seen = v, true
		return nil
	}
	seen := make([]bool, len(t.Z))
	err = r.read(ctx, kinds[flowsFile], func(f *file, row [][]byte) error {
		i, err := node(f, row[0])
		if err != nil {
			return err
		}
		j, err := node(f, row[1])
		if err != nil {
			return err
		}
		v, err := amount(f, row[2])
		if err != nil {
			return err
		}
		return set(f, &t.Z[i*t.N()+j], &seen[i*t.N()+j], v, "the flow from "+string(row[0])+" to "+string(row[1]))
	})
	if err != nil {
		return nil, err
	}
	seen = make([]bool, len(t.F))
	err = r.read(ctx, kinds[finalFile], func(f *file, row [][]byte) error {
		i, err := node(f, row[0])
		if err != nil {
			return err
		}
		a, c := t.Area(strings.TrimSpace(string(row[1]))), layout.category(strings.TrimSpace(string(row[2])))
		if a < 0 || c < 0 {
			return f.fail("final demand %q of %q: expected an area of %s and a category of %s", row[2], row[1], r.index.path, shortList(categoryCodes(layout)))
		}
		v, err := amount(f, row[3])
		if err != nil {
			return err
		}
		at := i*t.Demands() + a*len(t.Categories) + c
		return set(f, &t.F[at], &seen[at], v, "this cell")
	})
	if err != nil {
		return nil, err
	}
	seen = make([]bool, t.N())
	err = r.read(ctx, kinds[outputFile], func(f *file, row [][]byte) error {
		i, err := node(f, row[0])
		if err != nil {
			return err
		}
		v, err := amount(f, row[1])
		if err != nil {
			return err
		}
		return set(f, &t.Output[i], &seen[i], v, "the output of "+string(row[0]))
	})
	if err == nil {
		if i := slices.Index(seen, false); i >= 0 {
			err = fault.Questionf("%s: no row of %s", kinds[outputFile].path, t.Label(i))
		}
	}
	return t, err
}

func columnsOf(kind string) string {
	for header, k := range headers {
		if k == kind {
			return header
		}
	}
	return ""
}

// readIndex reads what the numbers of the rows of parts mean.
func (r *reading) readIndex(ctx context.Context) (*axis, map[string]int, *Layout, error) {
	x, ids := &axis{}, map[string]int{}
	err := r.read(ctx, r.index, func(f *file, row [][]byte) error {
		id, area, code := strings.TrimSpace(string(row[0])), strings.TrimSpace(string(row[1])), strings.TrimSpace(string(row[2]))
		if _, twice := ids[id]; twice {
			return f.fail("the number %s appears twice", id)
		}
		place, twice := x.add(area, code)
		if twice {
			return f.fail("%s %s appears twice", area, code)
		}
		ids[id] = place
		return nil
	})
	if err != nil {
		return nil, nil, nil, err
	}
	if gone := x.lacking(); gone != "" {
		return nil, nil, nil, fault.Questionf("%s: no row of %s, which other areas have", r.index.path, gone)
	}
	names := map[string]string{}
	if r.industries != nil {
		err = r.read(ctx, r.industries, func(f *file, row [][]byte) error {
			names[strings.TrimSpace(string(row[0]))] = string(row[1])
			return nil
		})
		if err != nil {
			return nil, nil, nil, err
		}
	}
	candidates := Layouts()
	if r.mapping != nil {
		candidates = []*Layout{r.mapping}
	}
	for _, l := range candidates {
		if l.Form == partsForm && !slices.ContainsFunc(x.industries, func(code string) bool { return l.industry(code) < 0 }) {
			for _, code := range x.industries {
				if _, ok := names[code]; !ok && len(names) > 0 {
					return nil, nil, nil, fault.Questionf("%s: no row of the industry %s of %s", r.industries.path, code, r.index.path)
				}
			}
			return x, ids, l, nil
		}
	}
	return nil, nil, nil, fault.Questionf("%s: the industries %s are those of no layout in parts that is known (wiod-2013: c1 to c35); --mapping FILE.toml lists others", r.index.path, shortList(x.industries))
}

// long reads tables with a row a flow, by a mapping.
func (r *reading) long(ctx context.Context, s *source) ([]*Table, error) {
	l := s.layout
	at := map[string]int{}
	for _, name := range []string{l.Seller, l.SellerIndustry, l.Buyer, l.BuyerIndustry, l.Value, l.Year} {
		if name == "" {
			continue
		}
		if at[name] = slices.Index(s.head, name); at[name] < 0 {
			return nil, fault.Questionf("%s:1: no column %s, which the mapping %s names; the columns are %s", s.path, name, l.ID, shortList(s.head))
		}
	}
	x := &axis{}
	years := map[int]bool{}
	text := func(row [][]byte, column string) string { return strings.TrimSpace(string(row[at[column]])) }
	yearIn := func(f *file, row [][]byte) (int, error) {
		if l.Year == "" {
			return s.year, nil
		}
		y, err := strconv.Atoi(text(row, l.Year))
		if err != nil || y < 1900 || y > 2200 {
			return 0, f.fail("year %q: expected 1900 to 2200", text(row, l.Year))
		}
		return y, nil
	}
	total := func(code string) bool {
		return slices.Contains(l.Output, code) || slices.Contains(l.ValueAdded, code) || slices.Contains(l.Taxes, code)
	}
	err := r.read(ctx, s, func(f *file, row [][]byte) error { // who there is
		y, err := yearIn(f, row)
		years[y] = true
		code := text(row, l.SellerIndustry)
		switch {
		case err != nil:
			return err
		case l.industry(code) >= 0:
			x.add(text(row, l.Seller), code)
		case !total(code):
			return f.fail("unknown industry %q; the mapping %s has %s, and %s for totals", code, l.ID, shortList(industryCodes(l.Industries)), shortList(slices.Concat(l.ValueAdded, l.Taxes, l.Output)))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var tables []*Table
	byYear := map[int]*Table{}
	for y := range years {
		byYear[y] = newTable(y, l, x.areas, x.named(l))
		tables = append(tables, byYear[y])
	}
	err = r.read(ctx, s, func(f *file, row [][]byte) error {
		y, err := yearIn(f, row)
		if err != nil {
			return err
		}
		return byYear[y].takeLong(f, x, text(row, l.Seller), text(row, l.SellerIndustry), text(row, l.Buyer), text(row, l.BuyerIndustry), row[at[l.Value]])
	})
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		t.fillOutput()
	}
	slices.SortFunc(tables, func(a, b *Table) int { return a.Year - b.Year })
	return tables, nil
}

func industryCodes(list []Industry) (codes []string) {
	for _, i := range list {
		codes = append(codes, i.Code)
	}
	return codes
}

// takeLong puts a row of a long table where it belongs.
func (t *Table) takeLong(f *file, x *axis, seller, what, buyer, forWhat string, field []byte) error {
	v, ok := number(field)
	if !ok {
		return f.fail("%q is not a number", field)
	}
	v *= t.Layout.Unit
	nodeOf := func(area, code string) int {
		if place, ok := x.at[area+"\x00"+code]; ok {
			return x.node(place - 1)
		}
		return -1
	}
	from, to := nodeOf(seller, what), nodeOf(buyer, forWhat)
	put := func(cell *float64) error {
		if *cell != 0 {
			return f.fail("the flow from %s %s to %s %s appears twice", seller, what, buyer, forWhat)
		}
		*cell = v
		return nil
	}
	switch l := t.Layout; {
	case from >= 0 && to >= 0:
		return put(&t.Z[from*t.N()+to])
	case from >= 0 && l.category(forWhat) >= 0:
		a := t.Area(buyer)
		if a < 0 {
			return f.fail("final demand of %q, which has no industries", buyer)
		}
		return put(&t.F[from*t.Demands()+a*len(t.Categories)+l.category(forWhat)])
	case from >= 0 && slices.Contains(l.Output, forWhat):
		return put(&t.Output[from])
	case to >= 0 && slices.Contains(l.Output, what):
		return put(&t.Output[to])
	case to >= 0 && slices.Contains(l.ValueAdded, what):
		if t.ValueAdded == nil {
			t.ValueAdded = make([]float64, t.N())
		}
		return put(&t.ValueAdded[to])
	case to >= 0 && slices.Contains(l.Taxes, what):
		if t.Taxes == nil {
			t.Taxes = make([]float64, t.N())
		}
		return put(&t.Taxes[to])
	}
	return f.fail("the flow from %s %s to %s %s is none of the mapping %s: expected an industry that sells, and an industry, a category of final demand (%s) or a total that buys",
		seller, what, buyer, forWhat, t.Layout.ID, shortList(categoryCodes(t.Layout)))
}

// fillOutput makes output what is sold, where a long table has no output.
func (t *Table) fillOutput() {
	if slices.ContainsFunc(t.Output, func(v float64) bool { return v != 0 }) {
		return
	}
	for i := range t.Output {
		for _, v := range t.Sales(i) {
			t.Output[i] += v
		}
		for _, v := range t.FinalSales(i) {
			t.Output[i] += v
		}
	}
}
