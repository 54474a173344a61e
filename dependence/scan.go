// Package dependence says who depends on whom: a scan judges the cells of every year by a definition, and the questions count, list,
// compare and explain what it flags.
package dependence

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"

	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/method"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// Cell is one dependency: what a party of importers depends on, from a party of partners where there is one.
type Cell struct {
	year              int
	importer, Partner int32 // parties; partner is -1 where the method has none and none was asked for
	Product           string
	Imports, exports  float64
	FromPartner       float64
	worldShare        float64 // of the partner; summed over the alternatives that meet the method
	counted           []int32 // partner groups in worldShare
	best              float64 // imports from the partner in the row that the details below describe
	topSupplier       uint16
	topImporter       int32 // group of importers that topSupplier belongs to
	topPartner        int32 // group of partners, for the name of a merged one
	topGroup          int32 // group of importers of that row
	values            []float64
	margin            float64 // of the criterion nearest to its threshold
	nearest           int8
	agree             agreement
	Flagged           uint64 // bit n: criteria were met n years ago
	alternatives      int
	verdict           indicator.Verdict // of the alternatives together
	turningCriteria   string            // of the row that the details describe: what could turn its verdict
}

// Importer is the party of importers that depends.
func (c *Cell) Importer() int32 { return c.importer }

// newScan is one pass over the years with one method. It visits products in parallel and gives the dependencies of each
// year in ascending order of product, importer, partner.
type Scan struct {
	*study.Study
	Method   *method.Method
	Partners study.Side
	pairs    bool // cells have a partner
	onlyTop  bool // the method has no partner; keep cells whose top supplier is the partner
	// What to compute beside the verdict.
	bare    bool // nothing but imports: in all, and from the partner
	values  []*indicator.Expr
	details bool   // margin and nearest criterion
	others  others // count those that agree
	window  int    // years of history wanted, this one included

	applied  []*indicator.Criterion    // by the kernel: cells that miss one never arrive
	whole    func(product string) bool // products of which all cells arrive; nil: those with a cell that is kept
	regroups []bool                    // by partner group: it has several economies
	partners []trade.Set               // by partner group: its economies in the year of the last view
	history  history
	keeps    bool // the whole history, not only what later windows need
	place    map[string]int
	since    int
	only     []string // products; nil: those of the study
	doubt    *doubt   // what missing importers could turn; nil where nobody asks, or nobody is missing
	mark     uint64   // a bit by which dependencies may be marked that are counted with those of other scans; 0 where they may not
}

func NewScan(st *study.Study, m *method.Method) (*Scan, error) {
	s := &Scan{Study: st, Method: m, Partners: st.PartnerSide, window: m.Persistence.Window, applied: m.Criteria}
	s.pairs = m.HasPartner() || !st.PickNone
	s.onlyTop = s.pairs && !m.HasPartner()
	if m.HasPartner() && st.PickNone {
		var err error
		if s.Partners, err = st.EveryPartner(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Run scans the years asked for and those that their windows reach back to. emit gets the dependencies of one year at
// a time, years ascending.
func (s *Scan) Run(ctx context.Context, emit func(year int, cells []Cell) error) error {
	return RunAll(ctx, []*Scan{s}, func(_, year int, cells []Cell) error { return emit(year, cells) })
}

// RunAll is Run for several scans of the same products, which emit gets by their place.
func RunAll(ctx context.Context, scans []*Scan, emit func(scan, year int, cells []Cell) error) error {
	for _, s := range scans {
		s.begin()
	}
	start := func(scan int) *judge {
		j := &judge{Scan: scans[scan]}
		j.take = j.fold
		return j
	}
	cells := make([][]Cell, len(scans))
	return scanAll(ctx, scans, start, func(scan int, j *judge) { cells[scan] = append(cells[scan], j.cells...) }, func(scan, year int) error {
		defer func() { cells[scan] = nil }()
		return emit(scan, year, cells[scan])
	})
}

// begin prepares what all years share.
func (s *Scan) begin() {
	for _, g := range s.Partners.Groups {
		if !s.onlyTop {
			break // nobody asks
		}
		// The codes of one economy (276 and 280) follow one another; a bloc has several exporters in one year.
		s.regroups = append(s.regroups, slices.ContainsFunc(s.Have, func(y int) bool {
			return s.Sets(&study.Side{Groups: []trade.Group{g}}, y)[0].Len() > 1
		}))
	}
	s.since = study.Back(s.Years[0], s.window-1)
	if s.window == 1 {
		return
	}
	s.place = map[string]int{}
	for i, p := range s.Dataset.Products().All() {
		s.place[p.Code] = i
	}
	stretches := study.Apart(s.since, s.Years[len(s.Years)-1])/stretch + 1
	s.history = make(history, stretches)
	if s.doubt != nil {
		s.doubt.may, s.doubt.must = make(history, stretches), make(history, stretches)
	}
}

// turnTo prepares the history for a year that is scanned.
func (s *Scan) turnTo(y int) {
	if s.window == 1 {
		return
	}
	histories := []history{s.history}
	if s.doubt != nil {
		histories = append(histories, s.doubt.may, s.doubt.must)
	}
	for _, h := range histories {
		h.reach(study.Apart(s.since, y), len(s.place), s.keeps)
	}
}

// kept are the cells of a product that count in year y although they may miss the criteria then: they have met them often enough before.
func (s *Scan) kept(product string, y int) iter.Seq2[int32, int32] {
	h, place, after, p := s.history, s.place[product], study.Apart(s.since, y), s.Method.Persistence
	if s.doubt != nil {
		h = s.doubt.may
	}
	return func(yield func(importer, partner int32) bool) {
		for importer, partner := range h.cells(place, after, s.window) {
			if OnesIn(h.inWindow(place, importer, partner, after, s.window), p.Window) >= p.Years && !yield(importer, partner) {
				return
			}
		}
	}
}

// scanned lists the years asked for and those that their windows reach back to.
func (s *Scan) scanned() []int {
	return slices.DeleteFunc(slices.Clone(s.Have), func(y int) bool { return !s.inWindow(y) })
}

// inWindow says whether year y is asked for or needed for one that is.
func (s *Scan) inWindow(y int) bool {
	return slices.ContainsFunc(s.Years, func(asked int) bool { return study.Within(y, asked, s.window) })
}

// visitor is a kernel.Visitor that can be used again.
type visitor interface {
	kernel.Visitor
	reset() // forgets what it collected
}

// scanYears scans one year after another, so that a visitor finds in the history what came before. start makes a visitor
// for blocks of products, take copies from it what it collected in one, emit hears that a year that was asked for is
// complete.
func scanYears[V visitor](ctx context.Context, s *Scan, start func() V, take func(v V), emit func(year int) error) error {
	return scanAll(ctx, []*Scan{s}, func(int) V { return start() }, func(_ int, v V) { take(v) }, func(_, year int) error { return emit(year) })
}

// scanAll is scanYears for several scans of one study, which start, take and emit get by their place: the flows of a year are read once
// for all.
func scanAll[V visitor](ctx context.Context, scans []*Scan, start func(scan int) V, take func(scan int, v V), emit func(scan, year int) error) error {
	idle := make([]sync.Pool, len(scans))
	for _, y := range scans[0].Have {
		var views []kernel.View
		var of []int // by view: its scan
		for k, s := range scans {
			if s.inWindow(y) {
				s.turnTo(y)
				views, of = append(views, s.view(y)), append(of, k)
			}
		}
		if views == nil {
			continue
		}
		again := func(view int) V {
			if v, ok := idle[of[view]].Get().(V); ok {
				return v
			}
			return start(of[view])
		}
		err := study.ScanViews(ctx, scans[0].Source, y, views, again, func(view int, v V) error {
			take(of[view], v)
			v.reset()
			idle[of[view]].Put(v)
			return nil
		})
		if err != nil {
			return err
		}
		for _, k := range of {
			if slices.Contains(scans[k].Years, y) {
				if err := emit(k, y); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (s *Scan) view(y int) kernel.View {
	view := kernel.View{Year: y, Importers: s.Sets(&s.ImporterSide, y), Inside: s.InsideOf(s.Method.Bloc, &s.ImporterSide, y), World: s.Method.World, Products: s.products(),
		Sums: s.sums(), Tops: !s.bare, Idle: s.onlyTop && s.window > 1, Criteria: s.applied, Whole: s.whole, Unseen: s.unseenIn(y)}
	switch {
	case s.whole != nil || s.window == 1:
	case s.Method.Persistence.Years == 0: // all are shown
		view.Whole = func(string) bool { return true }
	default:
		asked := slices.Contains(s.Years, y)
		view.Kept = func(product string) (cells [][2]int32) {
			if asked {
				for importer, partner := range s.kept(product, y) {
					cells = append(cells, [2]int32{importer, partner})
				}
			}
			return cells
		}
		view.Whole = func(product string) bool {
			if asked {
				for range s.kept(product, y) {
					return true
				}
			}
			return false
		}
	}
	if s.pairs {
		view.Partners = s.Sets(&s.Partners, y)
		s.partners = view.Partners
		view.OnlyPairs = !s.onlyTop || s.window == 1
		view.TopOnly = s.onlyTop && (s.window == 1 || !slices.Contains(s.regroups, true)) // else history is by partner
		view.Tops = view.Tops || s.onlyTop && !view.TopOnly
		view.Mark = s.mark
	}
	return view
}

// products are those that are scanned; nil is all.
func (s *Scan) products() []string {
	if s.only != nil {
		return s.only
	}
	return s.Products.Codes()
}

// sums lists what is read of a cell: by the criteria, where they are judged once more, and for what is shown.
func (s *Scan) sums() []indicator.Sum {
	sums := []indicator.Sum{indicator.Imports, indicator.ImportsFromPartner}
	judged := s.others.methods
	if !s.bare || s.window > 1 && s.onlyTop {
		judged = append(slices.Clone(judged), s.Method)
	}
	for _, m := range judged {
		for _, c := range m.Criteria {
			if s.doubt != nil && m == s.Method {
				sums = append(sums, c.SumsUnder(1)...)
			} else {
				sums = append(sums, c.Sums()...)
			}
		}
	}
	if s.bare {
		return sums
	}
	for _, e := range s.values {
		sums = append(sums, e.Sums()...)
	}
	return append(sums, indicator.Exports, indicator.PartnerExports, indicator.WorldExports)
}

// totals is what each party of importers buys in a year. Of a method it depends on no more than the bloc that it is about, so that it is
// remembered: an analyst who moves a threshold asks for it again and again.
func (s *Scan) totals(ctx context.Context, y int) ([]kernel.Total, error) {
	inside := s.InsideOf(s.Method.Bloc, &s.ImporterSide, y)
	key := totalsKey{year: y, importers: s.ImporterSide.Selection.String(), products: s.Products.String()}
	for _, b := range s.ImporterSide.Selection.Blocs {
		key.blocs += b.String() + "\n" // a user's definition may change
	}
	for _, set := range inside {
		key.inside += fmt.Sprint(set.Codes())
	}
	return store.Remember(ctx, s.Dataset.Memory(), key, store.SizeOfSlice[kernel.Total], func() ([]kernel.Total, error) {
		view := kernel.View{Year: y, Importers: s.Sets(&s.ImporterSide, y), Inside: inside, Products: s.Products.Codes()}
		return s.EngineOrFiles().Totals(ctx, y, view, s.ImporterSide.PartiesOf, len(s.ImporterSide.Parties))
	})
}

// totalsKey is all that totals depend on.
type totalsKey struct {
	year                       int
	importers, blocs, products string
	inside                     string // by importer
}

// cellOf is where the count of two parties is.
func (s *Scan) cellOf(importer, partner int32) int {
	return int(importer)*s.columns() + int(max(partner, 0))
}

// columns is the number of partners counted for each importer.
func (s *Scan) columns() int {
	if !s.pairs {
		return 1
	}
	return len(s.Partners.Parties)
}
