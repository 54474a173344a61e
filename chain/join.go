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

// Join answers from a set of tables who uses goods. It is for rows of trade: what the table cannot say is missing there, and counted.
type Join struct {
	*reading
	areasBy   map[string][]int // of selections, by label and year of the table
	positions map[int][]PositionRow
	main      map[string]mainUse
	lacking   map[string]map[string]bool // selections that the tables lack, and goods that they cannot place, by reason
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
	return &Join{reading: q, areasBy: map[string][]int{}, positions: map[int][]PositionRow{}, main: map[string]mainUse{}, lacking: map[string]map[string]bool{noArea: {}, noMaker: {}}}, nil
}

// nearest is the table of the year nearest to one of trade.
func (j *Join) nearest(ctx context.Context, year int) (*icio.Table, error) {
	near := slices.MinFunc(j.set.Has(), func(a, b int) int { return cmp.Compare(max(a-year, year-a), max(b-year, year-b)) })
	return j.table(ctx, near)
}

// selected are the areas of a selection; none where the tables lack it or a part of it that they should have.
func (j *Join) selected(t *icio.Table, text string) []int {
	key := fmt.Sprint(t.Year, " ", text)
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

// pending is a good whose users are known and whose shares are to be solved for.
type pending struct {
	at       int // of the answer
	supplier []int
	makers   []int
	users    []int // nodes
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
		supplier, user := j.selected(t, k.Supplier), j.selected(t, k.User)
		if k.Others {
			user = slices.DeleteFunc(slices.Clone(user), func(a int) bool { return slices.Contains(supplier, a) })
		}
		makers := goodsOf().makers(layout, t.Industries, k.Product)
		switch {
		case len(makers) == 0:
			j.lacking[noMaker][k.Product] = true
			continue
		case len(user) == 0:
			j.lacking[noArea][k.User] = true
			continue
		case len(supplier) == 0:
			j.lacking[noArea][k.Supplier] = true
			continue
		}
		list[i].Year, list[i].MadeBy = t.Year, codesOf(t, makers)
		m := j.mainUsersOf(t, user, makers)
		list[i].UsedBy = m.text
		waiting = append(waiting, pending{i, supplier, makers, m.nodes})
		if upstream {
			if list[i].Upstreamness, err = j.upstreamness(ctx, t, supplier, makers); err != nil {
				return nil, err
			}
		}
	}
	return list, j.solve(ctx, t, waiting, list)
}

// solve fills in the shares, with one solution for each set of users.
func (j *Join) solve(ctx context.Context, t *icio.Table, waiting []pending, list []Use) error {
	places := map[string]int{}
	var sets [][]int
	for _, w := range waiting {
		if key := fmt.Sprint(w.users); len(w.users) > 0 {
			if _, ok := places[key]; !ok {
				places[key] = len(sets)
				sets = append(sets, w.users)
			}
		}
	}
	through, err := madeFor(ctx, t, sets)
	if err != nil {
		return err
	}
	direct := make([][]float64, len(sets))
	for k, set := range sets {
		direct[k] = bought(t, set)
	}
	everywhere := every(len(t.Areas))
	for _, w := range waiting {
		if len(w.users) == 0 {
			continue
		}
		k := places[fmt.Sprint(w.users)]
		from, all := nodes(t, w.supplier, w.makers), nodes(t, everywhere, w.makers)
		list[w.at].FaceShare = ratio(sumAt(direct[k], from), sumAt(direct[k], all))
		list[w.at].ThroughShare = ratio(sumAt(through[k], from), sumAt(through[k], all))
	}
	return nil
}

// mainUse is the main using industries of a user, in words and as nodes.
type mainUse struct {
	text  string
	nodes []int
}

// mainUsersOf finds the industries that buy most of what some industries make.
func (j *Join) mainUsersOf(t *icio.Table, user, makers []int) mainUse {
	key := fmt.Sprint(t.Year, user, makers)
	if m, ok := j.main[key]; ok {
		return m
	}
	type part struct {
		industry int
		value    float64
	}
	parts, all := make([]part, len(t.Industries)), 0.0
	for i := range parts {
		parts[i].industry = i
	}
	for _, from := range nodes(t, every(len(t.Areas)), makers) {
		row := t.Sales(from)
		for i := range parts {
			for _, a := range user {
				parts[i].value += row[t.Node(a, i)]
			}
		}
	}
	for _, p := range parts {
		all += p.value
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(b.value, a.value) })
	var m mainUse
	var words []string
	var places []int
	for _, p := range parts[:min(mainUsers, len(parts))] {
		if p.value > 0 {
			words = append(words, fmt.Sprintf("%s %s", t.Industries[p.industry].Code, result.Percent(p.value/all)))
			places = append(places, p.industry)
		}
	}
	m.text, m.nodes = strings.Join(words, ", "), nodes(t, user, places)
	j.main[key] = m
	return m
}

// upstreamness is that of industries of areas, weighted by output.
func (j *Join) upstreamness(ctx context.Context, t *icio.Table, areas, industries []int) (float64, error) {
	if j.positions[t.Year] == nil {
		rows, err := positions(ctx, t)
		if err != nil {
			return 0, err
		}
		j.positions[t.Year] = rows
	}
	sum, output := 0.0, 0.0
	for _, i := range nodes(t, areas, industries) {
		if r := &j.positions[t.Year][i]; !math.IsNaN(r.Upstreamness) {
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
