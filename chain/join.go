package chain

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"chokepoint/icio"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// JoinParameter chooses the tables from which a question about trade takes who uses a good.
var JoinParameter = study.Parameter{Name: "tables", Example: "wiod-2013", Usage: "add the industries that use each good, and the supplier's share in them through the chain, from this set of input-output tables (default: none)"}

// Use is who uses a good at a user, by a table, and a supplier's share there. Where the table cannot say the shares are NaN.
type Use struct {
	Year         int    // of the table; result.MissingInt where it cannot say
	MadeBy       string // industries that make the good
	UsedBy       string // the main industries that use it, with their shares
	FaceShare    float64
	ThroughShare float64
	Upstreamness float64 // of made_by at the supplier; NaN where it was not asked for
}

// mainUsers is how many using industries are named.
const mainUsers = 3

// noUse is where nobody can say.
func noUse() Use {
	return Use{Year: result.MissingInt, FaceShare: math.NaN(), ThroughShare: math.NaN(), Upstreamness: math.NaN()}
}

// UseKey asks for a good. User and Supplier are selections; Others leaves the supplier itself out of the user.
type UseKey struct {
	User, Supplier, Product string
	Others                  bool
}

// Join answers from a set of tables who uses goods. It is for rows of trade, of which there are many: what they have in common is found
// once. What the table cannot say is missing there, and counted.
type Join struct {
	*reading
	areasBy map[placed][]int  // of selections
	makerBy map[placed]*maker // of goods
	main    map[userKey]*mainUse
	lacking map[string]map[string]bool // selections that the tables lack, and goods that they cannot place, by reason
}

// placed is a selection or a good in the table of a year.
type placed struct {
	year int
	text string
}

// maker is the industries that make a good.
type maker struct {
	places []int
	codes  string
}

// userKey is who uses what some industries make; without is whom a user leaves out.
type userKey struct {
	year                  int
	user, without, makers string
}

// Reasons why a table does not say who uses a good.
const (
	noArea  = "not in the tables by themselves"
	noMaker = "goods without a class of ISIC, or without an industry for it"
)

// OpenJoin opens the set of tables that a request names; nil where it names none.
func OpenJoin(s *study.Source, tables string) (*Join, error) {
	if tables = strings.TrimSpace(tables); tables == "" {
		return nil, nil
	}
	q, err := open(s, study.Request{Own: map[string]string{"tables": tables}})
	if err != nil {
		return nil, err
	}
	q.UseFile("tables", q.set.Name, q.set.Checksum())
	q.useConcordance()
	return &Join{reading: q, areasBy: map[placed][]int{}, makerBy: map[placed]*maker{}, main: map[userKey]*mainUse{}, lacking: map[string]map[string]bool{noArea: {}, noMaker: {}}}, nil
}

// nearest is the table of the year nearest to one of trade.
func (j *Join) nearest(ctx context.Context, year int) (*icio.Table, error) {
	year = trade.Period(year).Year()
	near := slices.MinFunc(j.set.Has(), func(a, b int) int { return cmp.Compare(max(a-year, year-a), max(b-year, year-b)) })
	return j.table(ctx, near)
}

// selected are the areas of a selection; none where the tables lack it or a part of it that they should have.
func (j *Join) selected(t *icio.Table, text string) []int {
	key := placed{t.Year, text}
	areas, known := j.areasBy[key]
	if known {
		return areas
	}
	if list, err := j.parties("", text); err == nil {
		for _, p := range list {
			for _, a := range j.areas(p, t.Year) {
				if !slices.Contains(areas, a) {
					areas = append(areas, a)
				}
			}
		}
	}
	slices.Sort(areas)
	j.areasBy[key] = areas
	return areas
}

// makerOf are the industries that make a good.
func (j *Join) makerOf(t *icio.Table, layout *icio.Layout, product string) *maker {
	key := placed{t.Year, product}
	m := j.makerBy[key]
	if m == nil {
		places := goodsOf().makers(layout, t.Industries, product)
		m = &maker{places, codesOf(t, places)}
		j.makerBy[key] = m
	}
	return m
}

// pending is a good whose users are known and whose shares are to be solved for.
type pending struct {
	at       int // of the answer
	supplier string
	from     []int // nodes of the supplier that make it
	use      *mainUse
}

// Of says who uses goods in a year of trade. upstream asks where the makers stand in the chain.
func (j *Join) Of(ctx context.Context, year int, keys []UseKey, upstream bool) ([]Use, error) {
	t, err := j.nearest(ctx, year)
	if err != nil {
		return nil, err
	}
	layout := t.Layout.WithISIC()
	list := make([]Use, len(keys))
	var waiting []pending
	for i, k := range keys {
		list[i] = noUse()
		supplier, user, m := j.selected(t, k.Supplier), j.selected(t, k.User), j.makerOf(t, layout, k.Product)
		by := userKey{year: t.Year, user: k.User, makers: m.codes}
		if k.Others {
			user, by.without = slices.DeleteFunc(slices.Clone(user), func(a int) bool { return slices.Contains(supplier, a) }), k.Supplier
		}
		switch {
		case len(m.places) == 0:
			j.lacking[noMaker][k.Product] = true
			continue
		case len(user) == 0:
			j.lacking[noArea][k.User] = true
			continue
		case len(supplier) == 0:
			j.lacking[noArea][k.Supplier] = true
			continue
		}
		use := j.main[by]
		if use == nil {
			use = mainUseOf(t, user, m)
			j.main[by] = use
		}
		list[i].Year, list[i].MadeBy, list[i].UsedBy = t.Year, m.codes, use.text
		if len(use.nodes) > 0 {
			waiting = append(waiting, pending{i, k.Supplier, nodes(t, supplier, m.places), use})
		}
		if upstream {
			if list[i].Upstreamness, err = j.upstreamness(ctx, t, supplier, m.places); err != nil {
				return nil, err
			}
		}
	}
	for _, w := range waiting {
		list[w.at].FaceShare = ratio(flowing(t, w.from, w.use.nodes), w.use.bought)
	}
	return list, throughShares(ctx, t, waiting, list)
}

// flowing is what nodes sell to others.
func flowing(t *icio.Table, from, to []int) (sum float64) {
	for _, i := range from {
		row := t.Sales(i)
		for _, n := range to {
			sum += row[n]
		}
	}
	return sum
}

// throughShares fills in what share suppliers have in what users use through all stages. Both what users take of everybody, and what
// everybody takes of suppliers, give them: it solves for whichever are fewer.
func throughShares(ctx context.Context, t *icio.Table, waiting []pending, list []Use) error {
	var users sets[string]
	var sources sets[supply]
	for _, w := range waiting {
		users.add(w.use.key, w.use.nodes)
		sources.add(supply{w.supplier, w.use.maker.codes}, w.from)
		sources.add(supply{everybody, w.use.maker.codes}, w.use.makers)
	}
	if len(users.list) <= len(sources.list) {
		through, err := madeFor(ctx, t, users.list)
		if err != nil {
			return err
		}
		for _, w := range waiting {
			x := through[users.at[w.use.key]]
			list[w.at].ThroughShare = ratio(sumAt(x, w.from), sumAt(x, w.use.makers))
		}
		return nil
	}
	reach, err := reachOf(ctx, t, sources.list)
	if err != nil {
		return err
	}
	for _, w := range waiting {
		from, all := reach[sources.at[supply{w.supplier, w.use.maker.codes}]], reach[sources.at[supply{everybody, w.use.maker.codes}]]
		list[w.at].ThroughShare = ratio(madeAt(t, from, w.use.nodes), madeAt(t, all, w.use.nodes))
	}
	return nil
}

// supply is who makes: a supplier, and its industries.
type supply struct{ supplier, makers string }

// everybody is no supplier's label.
const everybody = ""

// sets are sets of nodes, each once.
type sets[K comparable] struct {
	at   map[K]int
	list [][]int
}

func (s *sets[K]) add(key K, set []int) {
	if _, known := s.at[key]; known {
		return
	}
	if s.at == nil {
		s.at = map[K]int{}
	}
	s.at[key] = len(s.list)
	s.list = append(s.list, set)
}

// mainUse is the main using industries of a user of what some industries make.
type mainUse struct {
	maker  *maker
	makers []int // nodes that make it, of all areas
	text   string
	nodes  []int   // that use it most
	key    string  // of these nodes
	bought float64 // by them of all makers
}

// mainUseOf finds the industries that buy most of what some industries make.
func mainUseOf(t *icio.Table, user []int, m *maker) *mainUse {
	type part struct {
		industry int
		value    float64
	}
	use := &mainUse{maker: m, makers: nodes(t, every(len(t.Areas)), m.places)}
	parts, all := make([]part, len(t.Industries)), 0.0
	for i := range parts {
		parts[i] = part{i, flowing(t, use.makers, nodes(t, user, []int{i}))}
		all += parts[i].value
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(b.value, a.value) })
	var words []string
	var places []int
	for _, p := range parts[:min(mainUsers, len(parts))] {
		if p.value > 0 {
			words = append(words, fmt.Sprintf("%s %s", t.Industries[p.industry].Code, result.Percent(p.value/all)))
			places = append(places, p.industry)
		}
	}
	use.text, use.nodes = strings.Join(words, ", "), nodes(t, user, places)
	use.key = fmt.Sprint(use.nodes)
	use.bought = flowing(t, use.makers, use.nodes)
	return use
}

// upstreamness is that of industries of areas, weighted by output.
func (j *Join) upstreamness(ctx context.Context, t *icio.Table, areas, industries []int) (float64, error) {
	rows, err := positionsOf(ctx, t)
	if err != nil {
		return 0, err
	}
	sum, output := 0.0, 0.0
	for _, i := range nodes(t, areas, industries) {
		if r := &rows[i]; !math.IsNaN(r.Upstreamness) {
			sum, output = sum+r.Upstreamness*r.OutputUSD, output+r.OutputUSD
		}
	}
	return ratio(sum, output), nil
}

// UseFields are the columns of the use of a row.
func UseFields[R any](get func(*R) *Use) []result.Field[R] {
	return []result.Field[R]{
		result.TextField("made_by", madeByMeaning+" With --tables.", func(r *R) string { return get(r).MadeBy }),
		result.TextField("used_by", "The industries of the user that buy most of made_by, from all areas, with their shares in what its industries buy of it.", func(r *R) string { return get(r).UsedBy }),
		result.FloatField("used_face_share", result.Share, "The supplier's share in what used_by buys of made_by.", func(r *R) float64 { return get(r).FaceShare }),
		result.FloatField("used_through_share", result.Share, "The supplier's share in all that made_by makes for used_by at every stage of production.", func(r *R) float64 { return get(r).ThroughShare }),
		result.IntField("tables_year", result.Year, "Year of the input-output table, the nearest that the set has.", func(r *R) int { return get(r).Year }),
	}
}

// Note says where the columns are from and what the tables cannot say.
func (j *Join) Note(t *result.Table) {
	t.Add(result.Note{Kind: result.Origin, Subject: j.set.Name, Columns: []string{"made_by", "used_by", "used_face_share", "used_through_share"},
		Text: fmt.Sprintf("used_by and its shares are from the input-output tables %s (%s; checksum %s), of the year in tables_year", j.set.Name, j.set.Source, j.set.Checksum()[:12])})
	noteProportion(t)
	t.Add(j.notes...)
	for _, reason := range []string{noArea, noMaker} {
		var names []string
		for name := range j.lacking[reason] {
			names = append(names, name)
		}
		slices.Sort(names)
		if n := len(names); n > 8 {
			names = append(names[:8], fmt.Sprintf("and %d more", n-8))
		}
		if len(names) > 0 {
			t.Note("used_by is empty for %s: %s", reason, strings.Join(names, ", "))
		}
	}
}
