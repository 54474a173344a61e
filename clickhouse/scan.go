package clickhouse

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	answer "github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/store"
	"chokepoint/trade"
)

// A block of products is asked for in one round of statements: few enough on each shard to hold their cells, many enough that a round is
// not mostly waiting.
const (
	blockProducts = 512
	blockCells    = 1 << 19
)

// line is one entry of View.Importers or View.Partners that is a bloc, or part of one.
type line struct {
	index  int32
	codes  []trade.Code
	inside []trade.Code // trade with these is inside: the members, or of an importer the bloc that it is part of
}

// lines are the entries of one side: single economies by code, and blocs.
type lines struct {
	single map[uint16][]int32
	blocs  []*line
	behind []int32 // entries that stand behind economies: blocs, and those of which one member trades
	place  []int   // by entry: its place in the order in which cells are handed over
}

// linesOf sorts entries. inside, which may be shorter, gives for an entry the bloc that it is part of. A bloc of which one economy of those
// in alone trades is that economy.
func linesOf(sets, inside []trade.Set, alone trade.Set) lines {
	l := lines{single: map[uint16][]int32{}, place: make([]int, len(sets))}
	for i, set := range sets {
		codes := set.Codes()
		part := i < len(inside) && inside[i].Len() > 0
		if len(codes) > 1 || part {
			l.behind = append(l.behind, int32(i))
		}
		if one := set.Intersect(alone); one.Len() == 1 && !part {
			codes = one.Codes()
		}
		switch {
		case len(codes) == 0:
		case len(codes) == 1 && !part:
			l.single[uint16(codes[0])] = append(l.single[uint16(codes[0])], int32(i))
		case part:
			l.blocs = append(l.blocs, &line{int32(i), codes, inside[i].Union(set).Codes()})
		default:
			l.blocs = append(l.blocs, &line{int32(i), codes, codes})
		}
	}
	return l
}

// arrange sets the order of entries: economies by code, or where inOrder is set as they are asked for, then blocs.
func (l *lines) arrange(inOrder bool) {
	var order []int32
	for _, code := range l.singles() {
		for _, entry := range l.single[uint16(code)] {
			if !slices.Contains(l.behind, entry) {
				order = append(order, entry)
			}
		}
	}
	if inOrder {
		slices.Sort(order)
	}
	for place, entry := range append(order, l.behind...) {
		l.place[entry] = place
	}
}

// placeOf is the place of an entry; that of none is 0.
func (l *lines) placeOf(entry int32) int {
	if entry < 0 {
		return 0
	}
	return l.place[entry]
}

// singles lists the single economies, ascending.
func (l *lines) singles() []trade.Code {
	var codes []trade.Code
	for c := range l.single {
		codes = append(codes, trade.Code(c))
	}
	slices.Sort(codes)
	return codes
}

// scanning is one scan of a year.
type scanning struct {
	*Engine
	view                *kernel.View
	present             trade.Set
	importers, partners lines
	need                [indicator.NumSums]bool // of the cells that are handed over
	quantities          bool                    // tonnes are needed
	plan                plan
	tops                bool                   // the largest suppliers and exporters are named
	onImporters         []*indicator.Criterion // judged on importer cells, before pairs
	onPurchases         []*indicator.Criterion // that do not depend on what partners sell
	onPairs             bool                   // a criterion is on pairs: an importer without one that meets it is left out
	asked               []*part
	margins             []placed // what the program fills in of cells
	outer               map[netting][]placed
	weights             map[uint32]weight // by product
}

// Scan implements study.Engine.
func (e *Engine) Scan(ctx context.Context, year int, view kernel.View, start func() kernel.Visitor, done func(kernel.Visitor) error) error {
	return e.ScanAll(ctx, year, []kernel.View{view}, func(int) kernel.Visitor { return start() }, func(_ int, v kernel.Visitor) error { return done(v) })
}

// ScanAll is Scan for several views of the same products, which start and done get by their place: the flows are read once for all.
func (e *Engine) ScanAll(ctx context.Context, year int, views []kernel.View, start func(view int) kernel.Visitor, done func(view int, v kernel.Visitor) error) error {
	var scans []*scanning
	most := 1
	plan := e.planOf(year, views)
	for i := range views {
		scans, most = append(scans, e.scanning(year, &views[i], plan)), max(most, len(views[i].Importers))
	}
	if slices.ContainsFunc(scans, func(s *scanning) bool { return slices.ContainsFunc(s.asked, func(p *part) bool { return !p.held }) }) {
		plan.read = false // there is a statement anyway, which reads the flows for all
		for i := range views {
			scans[i] = e.scanning(year, &views[i], plan)
		}
	}
	if err := e.prove(ctx, year); err != nil {
		return err
	}
	places, err := e.tradedIn(ctx, year, views[0].Products)
	if err != nil {
		return err
	}
	groups := grouped(scans)
	if err := readBlocs(ctx, scans); err != nil {
		return err
	}
	if err := readPurchases(ctx, scans); err != nil {
		return err
	}
	size := blockProducts
	if len(groups) > 0 {
		size = max(blockProducts, blockCells/most) * len(e.shards)
	}
	blocks := slices.Collect(slices.Chunk(places, size))
	return kernel.InOrder(ctx, len(blocks), func(i int) ([]kernel.Visitor, error) {
		visitors := make([]kernel.Visitor, len(views))
		for k := range visitors {
			visitors[k] = start(k)
		}
		return visitors, e.block(ctx, scans, groups, blocks[i], visitors)
	}, func(visitors []kernel.Visitor) error {
		for k, v := range visitors {
			if err := done(k, v); err != nil {
				return err
			}
		}
		return nil
	})
}

// scanning makes a view ready.
func (e *Engine) scanning(year int, view *kernel.View, plan plan) *scanning {
	var alone trade.Set
	present, named := e.Dataset.Importers(year).Union(e.Dataset.Exporters(year)), view.Sums == nil || view.Tops || view.TopOnly
	if !named && !view.Idle { // nobody sees whether a supplier is a bloc
		alone = present
	}
	s := &scanning{Engine: e, view: view, importers: linesOf(view.Importers, view.Inside, trade.Set{}), partners: linesOf(view.Partners, nil, alone),
		present: present, tops: named, plan: plan}
	s.importers.arrange(len(view.Importers) <= 8) // as the kernel: where they are few, in their order
	s.partners.arrange(false)
	s.need[indicator.Imports], s.need[indicator.ImportsFromPartner] = true, true
	for _, sum := range view.Sums {
		s.need[sum] = true
	}
	for _, c := range view.Criteria {
		for _, sum := range c.SumsUnder(view.Unseen) {
			s.need[sum] = true
		}
		if s.early(c) {
			s.onImporters = append(s.onImporters, c)
		}
		s.onPairs = s.onPairs || len(view.Partners) > 0 && c.Level() == indicator.Pair
	}
	s.onPurchases = onPurchases(view)
	for sum := range s.need {
		s.need[sum] = s.need[sum] || view.Sums == nil
	}
	s.quantities = slices.ContainsFunc(indicator.SumsWhere(indicator.Sum.Weighed), func(x indicator.Sum) bool { return s.need[x] })
	s.asked = s.parts()
	return s
}

// onPurchases are the criteria that leave out pairs before it is known what their partners sell. Those that missing importers could turn take long to
// judge for a few pairs at a time: they wait where another leaves out pairs.
func onPurchases(view *kernel.View) (list []*indicator.Criterion) {
	var turnable []*indicator.Criterion
	pairs := false
	for _, c := range view.Criteria {
		switch {
		case slices.ContainsFunc(c.SumsUnder(view.Unseen), func(x indicator.Sum) bool { return x.Part() == indicator.OfSellers }):
		case view.Unseen != 0 && c.Touched():
			turnable = append(turnable, c)
		default:
			list, pairs = append(list, c), pairs || c.Level() == indicator.Pair
		}
	}
	if !pairs {
		list = append(list, turnable...)
	}
	return list
}

// grouped lets views share the groups that statements are about, and lists these.
func grouped(scans []*scanning) (groups []*group) {
	for _, s := range scans {
		for _, p := range s.asked {
			if p.held {
				continue
			}
			k := slices.IndexFunc(groups, p.joins)
			if k < 0 {
				groups = append(groups, p.group)
				continue
			}
			g := groups[k]
			g.importers, g.idle = g.importers.Union(p.importers), g.idle || p.idle
			p.group = g
		}
	}
	return groups
}

// early says that a criterion can be judged on importer cells: always where there are no partners; with partner blocs,
// which regroup suppliers and world, only if it is about what the importer trades.
func (s *scanning) early(c *indicator.Criterion) bool {
	switch {
	case len(s.view.Partners) == 0:
		return true
	case len(s.partners.blocs) == 0:
		return c.Level() < indicator.Pair
	}
	return !slices.ContainsFunc(c.SumsUnder(s.view.Unseen), func(x indicator.Sum) bool { return x.Part() != indicator.OfTrade })
}

// tradedIn is placesIn for questions that go through products in blocks: of all products only those that have flows in the year, as a
// block of others would be asked for nothing.
func (e *Engine) tradedIn(ctx context.Context, year int, products []string) ([]uint32, error) {
	if products != nil {
		return e.placesIn(products), nil
	}
	return store.Remember(ctx, e.Dataset.Memory(), tradedKey{year}, store.SizeOfSlice[uint32], func() ([]uint32, error) { return e.readTraded(ctx, year) })
}

type tradedKey struct{ year int }

// readTraded gives the places of the products that have flows in a year, ascending.
func (e *Engine) readTraded(ctx context.Context, year int) ([]uint32, error) {
	if err := e.prove(ctx, year); err != nil {
		return nil, err
	}
	places := []uint32{}
	var mu sync.Mutex
	err := e.rows(ctx, fmt.Sprintf("SELECT DISTINCT product FROM %s WHERE year = %d", sumsTable(e.table), year), func(_ int, rows answer.Rows) error {
		var place uint32
		err := rows.Scan(&place)
		if err == nil && int(place) >= len(e.codes) {
			err = e.strange("product %d of %d", place, len(e.codes))
		}
		mu.Lock()
		defer mu.Unlock()
		places = append(places, place)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(places)
	return places, nil
}

// Traded implements study.Engine.
func (e *Engine) Traded(ctx context.Context, year int, products []string) ([]string, error) {
	places, err := e.tradedIn(ctx, year, nil)
	if err != nil {
		return nil, err
	}
	asked := e.placesIn(products)
	var traded []string
	for _, place := range places {
		if _, ok := slices.BinarySearch(asked, place); ok {
			traded = append(traded, e.codes[place])
		}
	}
	return traded, nil
}

// placesIn finds products by code; nil stands for all.
func (e *Engine) placesIn(products []string) []uint32 {
	places := []uint32{}
	if products == nil {
		for i := range e.codes {
			places = append(places, uint32(i))
		}
	}
	for _, code := range products {
		if place, ok := e.places[code]; ok {
			places = append(places, place)
		}
	}
	slices.Sort(places)
	return places
}

// maxKept bounds the cells that a statement names.
const maxKept = 4000

// kept selects the cells of a part that arrive whatever they miss: by product and cell, and where rows have a supplier by that too; or where these
// are too many all of their products.
func (s *scanning) kept(block []uint32, p *part, number, views int) (cells string, of func(supplier string) string) {
	none := func(string) string { return "" }
	if s.view.Whole == nil {
		return "", none
	}
	var whole []uint32
	var keys, all, pairs []string // cells, those of them with all partners, and partners
	for _, product := range block {
		if !s.view.Whole(s.codes[product]) {
			continue
		}
		whole = append(whole, product)
		if s.view.Kept == nil {
			continue
		}
		for _, key := range s.view.Kept(s.codes[product]) {
			for code, entries := range p.entries {
				if !slices.Contains(entries, key[0]) {
					continue
				}
				cell := fmt.Sprintf("(%d,%d", product, uint32(number)<<groupBits+uint32(code))
				keys = append(keys, cell+")")
				for _, supplier := range s.suppliersOf(p, key[1]) {
					pairs = append(pairs, fmt.Sprintf("%s,%d)", cell, supplier))
				}
				if key[1] < 0 {
					all = append(all, cell+")")
				}
			}
		}
	}
	switch {
	case len(whole) == 0:
		return "", none
	case s.view.Kept == nil || len(keys)+len(pairs) > maxKept/views:
		products := "product IN (" + numbers(whole) + ")"
		return products, func(string) string { return products }
	case len(keys) == 0:
		return "", none
	}
	return tuples("product, cell", keys), func(supplier string) string {
		kept := []string{tuples("product, cell", all), tuples("product, cell, "+supplier, pairs)}
		return strings.Join(slices.DeleteFunc(kept, func(c string) bool { return c == "" }), " OR ")
	}
}

// tuples selects rows by several columns; none without a list.
func tuples(columns string, list []string) string {
	if len(list) == 0 {
		return ""
	}
	list = slices.Compact(slices.Sorted(slices.Values(list)))
	return "(" + columns + ") IN (" + strings.Join(list, ",") + ")"
}

// suppliersOf are the codes that an entry of partners has in the rows of a part.
func (s *scanning) suppliersOf(p *part, entry int32) (codes []uint16) {
	if slices.Contains(p.partner, entry) {
		return []uint16{kernel.MergedPartner}
	}
	for code, entries := range s.partners.single {
		if p.partner == nil && slices.Contains(entries, entry) {
			codes = append(codes, code)
		}
	}
	return codes
}
