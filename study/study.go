package study

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"chokepoint/fault"
	"chokepoint/icio"
	"chokepoint/kernel"
	"chokepoint/macro"
	"chokepoint/method"
	"chokepoint/published"
	"chokepoint/register"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/trade"
)

// Source is what questions are asked of: a dataset and the blocs known to the user, with what provenance needs.
type Source struct {
	Dataset  Catalogue
	Blocs    *trade.Blocs
	Engine   Engine             // nil: the files of Dataset, which is a *store.Dataset then
	Macro    *macro.Set         // GDP and the like, from a user's files; nil is none
	Register *register.Register // of firms, from a user's file; nil is none
	Beside
	Program string // name and version
	Command string // as typed

	// Files opens the files that parameters name: definitions, weights, classes, lists. nil where a stranger asks: then there is only
	// what comes with the program.
	Files func(name string) ([]byte, error)
	// Method finds a method by its name; nil is method.Get, and a file where Files is set. A server finds the asker's own there.
	Method func(name string) (*method.Method, error)
	// MaxValues bounds an answer, at rows times columns; 0 is maxValues.
	MaxValues int
	// Growing is told how many values an answer has while it is computed, and may end the question; nil where nobody counts them.
	Growing func(values int) error

	// Unchosen says which datasets there are where Dataset is nil because none of them is chosen; nil where nobody looked.
	Unchosen *store.UnchosenError

	request string       // the whole question, where Question.Answer puts it
	used    *definitions // that decide the answer, where Question.Answer puts it
}

// Beside is files of whoever runs the program that go with all datasets. A server has those that it was started with.
type Beside struct {
	Flags    *published.File // a list of dependencies that others have published; nil is none
	Deflator *macro.Deflator // an index of prices; nil is none
	Tables   *icio.Library   // input-output tables; nil is none
}

// findMethod finds a method by its name.
func (s *Source) findMethod(name string) (*method.Method, error) {
	switch {
	case s.Method != nil:
		return s.Method(name)
	case s.Files == nil && strings.HasSuffix(name, ".toml"):
		return nil, fmt.Errorf("method %q: files are not read here", name)
	}
	return method.Get(name)
}

// Study is a query resolved against a dataset: parties, lines of the kernel, years, products, methods.
type Study struct {
	*Source
	Query        Query
	Economies    *trade.Economies
	ImporterSide Side
	PartnerSide  Side
	PickNone     bool // partners were "-"
	Products     trade.ProductSelection
	Held         []string // products that have flows in the years asked for, where not all products are asked for
	Have         []int    // years of the dataset
	Years        []int    // years asked for
	Methods      []*method.Method
	Hubs         *Hubs // that mark rows; nil where none are asked for
	Notes        []result.Note

	absent map[int]*Absent // by year asked for: whose imports are missing
}

// Side is one selection: its parties, and the groups of economies that they are made of, each once.
type Side struct {
	Selection trade.Selection
	Parties   []trade.Party
	Groups    []trade.Group
	PartiesOf [][]int32 // by group: the parties it belongs to
}

func (s *Source) Study(ctx context.Context, q Query) (*Study, error) {
	q = q.Canonical()
	st := &Study{Source: s, Query: q, Economies: s.Dataset.Economies(), Have: s.Dataset.Years()}
	var err error
	if st.ImporterSide, err = st.Side("importers", OrElse(q.Importers, "all")); err != nil {
		return nil, err
	}
	if st.PartnerSide, err = st.Side("partners", OrElse(q.Partners, "-")); err != nil {
		return nil, err
	}
	if st.ImporterSide.Selection.None {
		return nil, fault.Questionf("importers %q: expected economies, blocs or all", q.Importers)
	}
	st.PickNone = st.PartnerSide.Selection.None
	products, notes, err := s.ParseProducts(q.Products)
	if err != nil {
		return nil, fault.Questionf("products: %w", err)
	}
	st.Products, st.Notes = products, append(st.Notes, notes...)
	ranges, err := trade.ParseYears(q.Years)
	if err != nil {
		return nil, fault.Questionf("years: %w", err)
	}
	var absent []string
	if st.Years, absent, err = trade.PickYears(ranges, st.Have); err != nil {
		return nil, fault.Questionf("years: %w", err)
	}
	st.Notes = append(st.Notes, result.NotesOf(result.MissingYears, absent...)...)
	if err := st.checkHeld(ctx); err != nil {
		return nil, err
	}
	st.absent = map[int]*Absent{}
	for _, y := range st.Years {
		if st.absent[y], err = s.AbsentIn(ctx, y); err != nil {
			return nil, err
		}
	}
	if st.Methods, err = q.methods(s.findMethod); err != nil {
		return nil, fault.Question(err)
	}
	for _, m := range st.Methods {
		if err := st.checkBloc(m); err != nil {
			return nil, err
		}
	}
	if st.Hubs, err = st.hubsOf(q.Hubs); err != nil {
		return nil, err
	}
	return st, nil
}

func OrElse(text, other string) string {
	if strings.TrimSpace(text) == "" {
		return other
	}
	return text
}

func (st *Study) Side(name, text string) (Side, error) {
	selection, err := trade.ParseSelection(text, st.Economies, st.Blocs)
	if err != nil {
		return Side{}, fault.Questionf("%s: %w", name, err)
	}
	s := Side{Selection: selection, Parties: selection.Parties}
	st.Notes = result.AddNotes(st.Notes, result.NotesOf(result.Selected, selection.Notes...)...)
	index := map[string]int{}
	for p, party := range s.Parties {
		for _, g := range party.Any {
			i, ok := index[g.Label]
			if !ok {
				i = len(s.Groups)
				index[g.Label] = i
				s.Groups = append(s.Groups, g)
				s.PartiesOf = append(s.PartiesOf, nil)
			}
			if !slices.Contains(s.PartiesOf[i], int32(p)) {
				s.PartiesOf[i] = append(s.PartiesOf[i], int32(p))
			}
		}
	}
	return s, nil
}

// EveryPartner turns "-" into one party of all economies: dependence on anyone.
func (st *Study) EveryPartner() (Side, error) {
	all, err := st.Side("partners", "all")
	return all.AsOne("-", "any partner"), err
}

// AsOne makes one party of all groups, as alternatives.
func (s Side) AsOne(label, name string) Side {
	s.Parties = []trade.Party{{Label: label, Name: name, Any: s.Groups, Named: true}}
	s.PartiesOf = make([][]int32, len(s.Groups))
	for i := range s.PartiesOf {
		s.PartiesOf[i] = []int32{0}
	}
	return s
}

// Sets gives the economies of each group in a year. The codes that an economy has had in turn (276 and 280) are one
// economy, not a bloc: of these only the one that trades is given.
func (st *Study) Sets(s *Side, year int) []trade.Set {
	present := st.Dataset.Importers(year).Union(st.Dataset.Exporters(year))
	sets := make([]trade.Set, len(s.Groups))
	for i, g := range s.Groups {
		sets[i] = g.Codes(year)
		codes := sets[i].Codes()
		other := func(c trade.Code) bool { return st.Economies.Label(c) != st.Economies.Label(codes[0]) }
		if len(codes) > 1 && !slices.ContainsFunc(codes, other) {
			sets[i] = sets[i].Intersect(present)
		}
	}
	return sets
}

// Unit is what the dataset's periods are counted in: years or months.
func (st *Study) Unit(n int) string { return trade.Period(st.Have[0]).Unit(n) }

// OnlyYears says that a question makes no sense of months.
func (s *Source) OnlyYears(question string) error {
	if m := s.Dataset.Manifest(); m.Monthly() {
		return fault.Questionf("%s: dataset %s has months, and %s is defined for years only; use a yearly dataset", question, m.Name, question)
	}
	return nil
}

// Back is the year, or in a dataset of months the month, n before y.
func Back(y, n int) int { return int(trade.Period(y).Back(n)) }

// Apart is how many years or months lie between two.
func Apart(earlier, later int) int { return trade.Period(later).Since(trade.Period(earlier)) }

// Within says whether y is in the window that ends in last.
func Within(y, last, window int) bool { return y <= last && Apart(y, last) < window }

// Label names a supplier or exporter of a batch.
func (st *Study) Label(code uint16, importer, partner string) string {
	switch code {
	case kernel.MergedPartner:
		return partner
	case kernel.MergedImporter:
		return importer
	}
	return st.Economies.Label(trade.Code(code))
}

// Simple says that every party is one group of its own, so that no product can count twice.
func (s *Side) Simple() bool {
	if len(s.Groups) != len(s.Parties) {
		return false
	}
	for g, parties := range s.PartiesOf {
		if len(parties) != 1 || int(parties[0]) != g {
			return false
		}
	}
	return true
}

// PartySets gives the economies of each party in a year.
func (st *Study) PartySets(s *Side, year int) []trade.Set {
	groups := st.Sets(s, year)
	sets := make([]trade.Set, len(s.Parties))
	for g, parties := range s.PartiesOf {
		for _, p := range parties {
			sets[p] = sets[p].Union(groups[g])
		}
	}
	return sets
}

// Latest asks for the last year where a question names none.
func Latest(s *Source, q Query) Query {
	if strings.TrimSpace(q.Years) == "" { // "all" is all
		have := s.Dataset.Years()
		q.Years = fmt.Sprint(have[len(have)-1])
	}
	return q
}

// OneEconomy is OneUnit for questions that make no sense of blocs and merged economies: it gives the codes of the economy.
func (s *Source) OneEconomy(ctx context.Context, q Query, economy string) (*Study, trade.Set, error) {
	st, err := s.OneUnit(ctx, q, economy)
	if err != nil {
		return nil, trade.Set{}, err
	}
	var codes trade.Set
	label := ""
	for _, y := range st.Have {
		for _, c := range st.ImporterSide.Groups[0].Codes(y).Codes() {
			if l := st.Economies.Label(c); label == "" || l == label {
				label = l
			} else {
				return nil, trade.Set{}, fault.Questionf("economy %q: %s and %s are different economies; this question is about one, not about a bloc or merged economies", economy, label, l)
			}
			codes = codes.Union(trade.SetOf(c))
		}
	}
	return st, codes, nil
}

// MostListed bounds the products that an error names.
const MostListed = 8
