package chain

import (
	"container/heap"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"chokepoint/fault"
	"chokepoint/icio"
	"chokepoint/result"
	"chokepoint/study"
)

// ChainQuestion is the question chain.
var ChainQuestion = &study.Question{
	Name: "chain", Short: "List the paths by which a supplier's goods and services reach the industries that use them",
	Schemas: []study.Schema{PathSchema},
	Long: `List the paths that make up an exposure, largest first, by structural path analysis (Defourny and Thorbecke 1984). For example,
CHN c14 → MEX c14 → USA c15 is what the US vehicle industry uses of Chinese electronics through Mexican electronics. The column
share is the path's part of through_usd in exposure. The paths listed are the largest ones.`,
	Examples: []string{
		`chokepoint chain --importers USA --partners CHN --years 2011`,
		`chokepoint chain --importers DEU --partners CHN --industries c15 --inputs c14 --paths 50 --format csv`,
	},
	Tables: true,
	Parameters: study.Changed(study.Changed(study.ParameterList([]study.Parameter{
		industriesParameter, inputsParameter,
		{Name: "paths", Standard: "20", Example: "50", Usage: "number of paths for each user and supplier, at most 1000"},
		tablesParameter,
	}, "importers", "partners", "years"),
		"importers", func(p *study.Parameter) {
			p.Standard, p.Required, p.Usage = "", true, "who uses: USA, EU27, USA+EU27 (merged), USA,EU27 (listed)"
		}),
		"partners", func(p *study.Parameter) {
			p.Standard, p.Required, p.Usage = "", true, "whose goods and services are used: as --importers"
		}),
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		return Chain(ctx, s, r)
	},
}

// maxPaths bounds the paths of a user and a supplier.
const maxPaths = 1000

// maxSteps bounds the search for them, in steps that look at all sellers of a node.
const maxSteps = 200_000

// PathRow is a path from a supplier to a user.
type PathRow struct {
	Year           int
	User, Supplier string
	Rank           int
	Stages         int // purchases along the path
	From, To       string
	Path           string
	FlowUSD        float64
	Share, Held    float64 // of the exposure, and of it up to this path
	Nodes          []int   // from the supplier to the user
}

// PathSchema is the table of paths.
var PathSchema = result.NewSchema("chain",
	result.IntField("year", result.Year, "Calendar year.", func(r *PathRow) int { return r.Year }),
	result.TextField("user", "The economy or bloc whose industries use the inputs.", func(r *PathRow) string { return r.User }),
	result.TextField("supplier", "The economy or bloc whose goods and services are used.", func(r *PathRow) string { return r.Supplier }),
	result.IntField("rank", "count", "Rank among the paths; 1 is the largest.", func(r *PathRow) int { return r.Rank }),
	result.TextField("path", "The industries and economies from the supplier to the user.", func(r *PathRow) string { return r.Path }),
	result.IntField("stages", "count", "Number of purchases along the path; 1 is a direct purchase.", func(r *PathRow) int { return r.Stages }),
	result.TextField("from", "The supplying industry, where the path begins.", func(r *PathRow) string { return r.From }),
	result.TextField("to", "The using industry, where the path ends.", func(r *PathRow) string { return r.To }),
	result.FloatField("flow_usd", result.USD, "The supplier's gross output that reaches the user by this path: output of the user × inputs per unit of output at each stage.", func(r *PathRow) float64 { return r.FlowUSD }),
	result.FloatField("share", result.Share, "The path's share of through_usd in exposure.", func(r *PathRow) float64 { return r.Share }),
	result.FloatField("cumulative_share", result.Share, "The share of this path and all larger ones.", func(r *PathRow) float64 { return r.Held }),
).InOrder("by rank")

// Chain names the largest paths of each user and supplier.
func Chain(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
	most, err := strconv.Atoi(study.OrElse(r.Own["paths"], "20"))
	if err != nil || most < 1 || most > maxPaths {
		return nil, fault.Questionf("paths %q: expected a whole number from 1 to %d", r.Own["paths"], maxPaths)
	}
	q, err := open(s, r)
	if err != nil {
		return nil, err
	}
	users, suppliers, err := q.sides(r.Importers, r.Partners)
	if err != nil {
		return nil, err
	}
	if err := q.CheckRows(len(q.years)*len(users)*len(suppliers)*most, PathSchema.Width()); err != nil {
		return nil, err
	}
	industries := study.OrElse(r.Own["industries"], industriesParameter.Standard)
	inputs := study.OrElse(r.Own["inputs"], industries)
	var rows []PathRow
	var held []string
	names := map[string]string{} // of industries on paths, by code
	cut := false
	err = q.eachPicked(ctx, industries, inputs, func(t *icio.Table, u, b []int) error {
		for _, supplier := range suppliers {
			search, err := newSearch(ctx, t, nodes(t, q.areas(supplier, t.Year), b))
			if err != nil {
				return err
			}
			for _, user := range users {
				found, whole, err := search.largest(ctx, nodes(t, q.areas(user, t.Year), u), most)
				if err != nil {
					return err
				}
				cut = cut || !whole
				for i := range found {
					found[i].User, found[i].Supplier = user.Label, supplier.Label
					for _, node := range found[i].Nodes {
						industry := t.Industries[t.IndustryOf(node)]
						names[industry.Code] = industry.Name
					}
				}
				rows = append(rows, found...)
				if len(found) > 0 {
					held = append(held, fmt.Sprintf("%d %s from %s %.0f %%", t.Year, user.Label, supplier.Label, 100*found[len(found)-1].Held))
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	t, err := answer(q, PathSchema, fmt.Sprintf("Paths to %s by which inputs come", industries), rows)
	if err != nil {
		return nil, err
	}
	if len(held) > 0 {
		const most = 12
		more := ""
		if len(held) > most {
			more = fmt.Sprintf(", and %d more in cumulative_share", len(held)-most)
			held = held[:most]
		}
		t.Note("the paths listed cover, of what is used through the chain: %s%s", strings.Join(held, ", "), more)
	}
	if cut {
		t.Note("some searches stopped after %d steps with fewer paths than requested; those listed are the largest", maxSteps)
	}
	t.Note("flow_usd is gross output of the supplier at the first stage of the path, not trade")
	noteCodes(t, q.set.Name, names)
	q.noteInside(t, users, suppliers)
	return t, nil
}

// noteCodes says what the codes of industries stand for.
func noteCodes(t *result.Table, set string, names map[string]string) {
	const most = 16
	var list []string
	for _, code := range slices.Sorted(maps.Keys(names)) {
		list = append(list, code+" "+study.Shortened(names[code]))
	}
	more := ""
	if len(list) > most {
		more = fmt.Sprintf("; and %d more (`chokepoint tables show %s --industries`)", len(list)-most, set)
		list = list[:most]
	}
	if len(list) > 0 {
		t.Note("industries: %s%s", strings.Join(list, "; "), more)
	}
}

// search looks for paths from a supplier.
type search struct {
	t     *icio.Table
	from  []bool    // nodes of the supplier
	reach []float64 // what all paths from the supplier to a node carry, per unit of its output
	per   []float64 // 1 ÷ output
	buys  map[int][]purchase
}

type purchase struct {
	seller int
	per    float64 // unit of the buyer's output
}

func newSearch(ctx context.Context, t *icio.Table, from []int) (*search, error) {
	reach, err := reachOf(ctx, t, [][]int{from})
	if err != nil {
		return nil, err
	}
	s := &search{t: t, from: make([]bool, t.N()), reach: reach[0], per: perUnit(t.Output), buys: map[int][]purchase{}}
	for _, i := range from {
		s.from[i] = true
	}
	return s, nil
}

// purchases are what a node buys per unit of its output.
func (s *search) purchases(buyer int) []purchase {
	list, ok := s.buys[buyer]
	if ok {
		return list
	}
	for i := range s.t.N() {
		if v := s.t.Sales(i)[buyer]; v > 0 {
			list = append(list, purchase{i, v * s.per[buyer]})
		}
	}
	s.buys[buyer] = list
	return list
}

// step is a path that ends in the user; whole ones begin with the supplier. most is what the path, or the largest that goes on from it,
// can carry.
type step struct {
	most, carries float64
	whole         bool
	node          int
	next          *step // towards the user
}

type steps []*step

func (s steps) Len() int           { return len(s) }
func (s steps) Less(i, j int) bool { return s[i].most > s[j].most }
func (s steps) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *steps) Push(x any)        { *s = append(*s, x.(*step)) }
func (s *steps) Pop() any {
	old := *s
	x := old[len(old)-1]
	*s = old[:len(old)-1]
	return x
}

// largest gives the paths that carry most, by best first: a path is given when nothing that is still open can carry more. whole says that
// the search came to its end.
func (s *search) largest(ctx context.Context, users []int, most int) (rows []PathRow, whole bool, err error) {
	open := &steps{}
	total := 0.0
	for _, j := range users {
		carried := s.t.Output[j] * s.reach[j]
		total += carried
		heap.Push(open, &step{most: carried, carries: s.t.Output[j], node: j})
	}
	if total <= 0 {
		return nil, true, nil
	}
	best := make([]float64, 0, most) // of whole paths found, ascending
	least := func() float64 {
		if len(best) < most {
			return 0
		}
		return best[0]
	}
	held := 0.0
	for looked := 0; open.Len() > 0 && len(rows) < most; {
		p := heap.Pop(open).(*step)
		if p.whole {
			held += p.carries
			rows = append(rows, s.row(p, len(rows)+1, total, held))
			continue
		}
		if looked++; looked > maxSteps {
			return rows, false, nil
		}
		if looked%256 == 0 && ctx.Err() != nil {
			return nil, false, ctx.Err()
		}
		for _, b := range s.purchases(p.node) {
			carries := p.carries * b.per
			if s.from[b.seller] && carries > least() {
				if len(best) == most {
					best = best[1:]
				}
				at, _ := slices.BinarySearch(best, carries)
				best = slices.Insert(best, at, carries)
				heap.Push(open, &step{most: carries, carries: carries, whole: true, node: b.seller, next: p})
			}
			if further := carries * s.reach[b.seller]; further > least() {
				heap.Push(open, &step{most: further, carries: carries, node: b.seller, next: p})
			}
		}
	}
	return rows, true, nil
}

func (s *search) row(p *step, rank int, total, held float64) PathRow {
	r := PathRow{Year: s.t.Year, Rank: rank, FlowUSD: usd(p.carries), Share: p.carries / total, Held: held / total}
	var labels []string
	for at := p; at != nil; at = at.next {
		r.Nodes = append(r.Nodes, at.node)
		labels = append(labels, s.t.Label(at.node))
	}
	code := func(node int) string { return s.t.Industries[s.t.IndustryOf(node)].Code }
	r.From, r.To = code(r.Nodes[0]), code(r.Nodes[len(r.Nodes)-1])
	r.Stages, r.Path = len(r.Nodes)-1, strings.Join(labels, " → ")
	return r
}
