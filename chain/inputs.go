package chain

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/fault"
	"chokepoint/icio"
	"chokepoint/result"
	"chokepoint/study"
)

// InputsQuestion is the question scenario inputs.
var InputsQuestion = &study.Question{
	Name: "scenario inputs", Short: "Show how much value added is at risk if inputs from a group of economies are cut",
	Schemas: []study.Schema{RiskSchema},
	Long: `Show, from an inter-country input-output table, how much value added of each industry is at risk if part of its inputs from a group
of economies is cut. This is arithmetic on one year's purchases, not a forecast.

The upper bound assumes that inputs of the same industry from different areas can replace each other, but inputs of different
industries cannot: an industry loses the same share of its value added as of its hardest-hit input, among inputs that are at least
1 % of the total. The lower bound is the share of all its inputs that is cut. With all rounds, other industries of the same user
also lose what an industry can no longer make, until nothing changes; sellers elsewhere carry on as before. With substitution,
suppliers outside the group fill the gap as far as their spare capacity allows, which is a share of their exports.`,
	Examples: []string{
		`chokepoint scenario inputs --importers DEU --partners CHN --years 2011`,
		`chokepoint scenario inputs --importers EU27:members --partners CHN+RUS --inputs manufacturing --industries all --cut 0.25 --format csv`,
	},
	Tables: true,
	Parameters: study.Changed(study.Changed(study.Changed(study.ParameterList([]study.Parameter{
		{Name: "industries", Standard: "manufacturing", Example: "c14", Usage: "industries that use: codes of the table, ranges (c3:c16), manufacturing, or all"},
		{Name: "inputs", Standard: "manufacturing", Example: "c14", Usage: "industries whose goods and services are cut, as --industries"},
		{Name: "cut", Standard: "0.5", Example: "0.25", Usage: "part of the inputs from the group that is cut, above 0 to 1"},
		{Name: "capacity", Standard: "0.05:0.25", Example: "0.1:0.2", Usage: "how much more suppliers outside the group can export, from least to most, as parts of their exports"},
		tablesParameter,
	}, "importers", "partners", "years"),
		"years", func(p *study.Parameter) { p.Standard, p.Usage = "", "years of the table (default: the latest)" }),
		"importers", func(p *study.Parameter) {
			p.Standard, p.Required, p.Usage = "", true, "whose inputs are cut: USA, EU27, USA+EU27 (merged), USA,EU27 (listed)"
		}),
		"partners", func(p *study.Parameter) {
			p.Standard, p.Required, p.Usage = "", true, "the group whose inputs are cut: CHN, or CHN+RUS together"
		}),
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		return Inputs(ctx, s, r)
	},
}

// leastInput is the part of all inputs that one must be to stop an industry.
const leastInput = 0.01

// RiskRow is the value added at risk of an industry of a user, or of all of them; shares are of its value added.
type RiskRow struct {
	Year                 int
	User, Group          string
	Industry, Name       string
	Value                float64 // added, million US dollars
	Lower, Upper, Rounds float64
	FilledLeast, Filled  float64 // upper bound with the least and with the most spare capacity
}

// RiskSchema is the table of value added at risk.
var RiskSchema = result.NewSchema("scenario-inputs",
	result.IntField("year", result.Year, "Year of the table.", func(r *RiskRow) int { return r.Year }),
	result.TextField("user", "The economy or bloc whose inputs are cut.", func(r *RiskRow) string { return r.User }),
	result.TextField("group", "The group whose deliveries are cut.", func(r *RiskRow) string { return r.Group }),
	result.TextField("industry", "The using industry; all for the sum of those in the question.", func(r *RiskRow) string { return r.Industry }),
	result.TextField("name", "What the industry makes.", func(r *RiskRow) string { return r.Name }),
	result.FloatField("value_added_usd", result.USD, "Its output minus inputs.", func(r *RiskRow) float64 { return usd(r.Value) }),
	result.FloatField("lower_share", result.Share, "Lower bound of the value added at risk: the share of all its inputs that is cut.", func(r *RiskRow) float64 { return r.Lower }),
	result.FloatField("upper_share", result.Share, "Upper bound of the first round: the share that it loses of its hardest-hit input, among inputs that are at least 1 % of the total. Equal to lower_share if that is larger.", func(r *RiskRow) float64 { return r.Upper }),
	result.FloatField("all_rounds_share", result.Share, "The upper bound including what the user's own industries can no longer make for each other, in all rounds. Sellers elsewhere are assumed to continue as before.", func(r *RiskRow) float64 { return r.Rounds }),
	result.FloatField("filled_least_share", result.Share, "The upper bound of the first round if suppliers outside the group have the least spare capacity.", func(r *RiskRow) float64 { return r.FilledLeast }),
	result.FloatField("filled_most_share", result.Share, "The same if they have the most.", func(r *RiskRow) float64 { return r.Filled }),
	result.FloatField("lower_usd", result.USD, "lower_share × value added.", func(r *RiskRow) float64 { return usd(r.Lower * r.Value) }),
	result.FloatField("upper_usd", result.USD, "upper_share × value added.", func(r *RiskRow) float64 { return usd(r.Upper * r.Value) }),
	result.FloatField("filled_least_usd", result.USD, "filled_least_share × value added.", func(r *RiskRow) float64 { return usd(r.FilledLeast * r.Value) }),
	result.FloatField("filled_most_usd", result.USD, "filled_most_share × value added.", func(r *RiskRow) float64 { return usd(r.Filled * r.Value) }),
).ByValue("year", "user", "-upper_usd")

// shock is inputs of some industries that some areas stop selling to some nodes, in part.
type shock struct {
	t      *icio.Table
	hit    []bool // nodes whose inputs are cut
	group  []bool // areas whose inputs are cut
	inputs []bool // industries whose inputs are cut
	cut    float64
}

// stops says whether the flow from i to j is cut. What an area buys from itself never is.
func (s *shock) stops(i, j int) bool {
	return s.hit[j] && s.group[s.t.AreaOf(i)] && s.inputs[s.t.IndustryOf(i)] && s.t.AreaOf(i) != s.t.AreaOf(j)
}

// loss is, for each node, what it loses of the input of which it loses most, where made is what is left of each seller's output and
// filled, by industry, the part of what is cut that others fill.
func (s *shock) loss(made, filled []float64) []float64 {
	t, n, k := s.t, s.t.N(), len(s.t.Industries)
	got, lost, all := make([]float64, k*n), make([]float64, k*n), make([]float64, n)
	for i := range n {
		industry := t.IndustryOf(i)
		g, l := got[industry*n:(industry+1)*n], lost[industry*n:(industry+1)*n]
		for j, v := range t.Sales(i) {
			if v <= 0 {
				continue
			}
			rest := made[i]
			if s.stops(i, j) {
				rest *= 1 - s.cut*(1-filled[industry])
			}
			g[j], l[j], all[j] = g[j]+v, l[j]+v*(1-rest), all[j]+v
		}
	}
	worst := make([]float64, n)
	for x := range got {
		if j := x % n; got[x] >= leastInput*all[j] && got[x] > 0 {
			worst[j] = max(worst[j], lost[x]/got[x])
		}
	}
	return worst
}

// lower is, for each node, the part of all its inputs that is cut.
func (s *shock) lower() []float64 {
	n := s.t.N()
	all, lost := make([]float64, n), make([]float64, n)
	for i := range n {
		for j, v := range s.t.Sales(i) {
			all[j] += v
			if s.stops(i, j) {
				lost[j] += v * s.cut
			}
		}
	}
	for j := range all {
		lost[j] = orZero(ratio(lost[j], all[j]))
	}
	return lost
}

func orZero(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return x
}

// rounds carries what is lost on to those industries of the user that buy it, until nothing moves. Sellers elsewhere go on as before: with
// theirs too, every loss would come back until nothing at all was made, as each industry stops with the input that it lacks most.
func (s *shock) rounds(ctx context.Context, areas []int) ([]float64, error) {
	t, n, k := s.t, s.t.N(), len(s.t.Industries)
	own := nodes(t, areas, every(k))
	got, fixed, all := make([]float64, k*len(own)), make([]float64, k*len(own)), make([]float64, len(own))
	inside := make([]bool, n)
	for _, j := range own {
		inside[j] = true
	}
	for i := range n {
		row, at := t.Sales(i), t.IndustryOf(i)*len(own)
		for x, j := range own {
			v := max(row[j], 0)
			got[at+x], all[x] = got[at+x]+v, all[x]+v
			if !inside[i] && s.stops(i, j) {
				fixed[at+x] += v * s.cut
			}
		}
	}
	loss := make([]float64, n)
	lost := make([]float64, k*len(own))
	for range maxRounds {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		copy(lost, fixed)
		for _, i := range own {
			row, at := t.Sales(i), t.IndustryOf(i)*len(own)
			for x, j := range own {
				rest := 1 - loss[i]
				if s.stops(i, j) {
					rest *= 1 - s.cut
				}
				lost[at+x] += max(row[j], 0) * (1 - rest)
			}
		}
		moved := 0.0
		for x, j := range own {
			worst := 0.0
			for i := range k {
				if g := got[i*len(own)+x]; g > 0 && g >= leastInput*all[x] {
					worst = max(worst, lost[i*len(own)+x]/g)
				}
			}
			moved, loss[j] = max(moved, math.Abs(worst-loss[j])), worst
		}
		if moved < 1e-7 {
			return loss, nil
		}
	}
	return nil, fmt.Errorf("scenario inputs: what is lost still moved after %d rounds", maxRounds)
}

// maxRounds bounds the rounds. An industry that buys nearly all of an input at home takes some hundred.
const maxRounds = 20_000

// every is the numbers below n.
func every(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// fills is, by industry, the part of what is cut that suppliers outside the group fill with a spare capacity that is a part of their
// exports. All who are hit share it in proportion to what they lack.
func (s *shock) fills(capacity float64) []float64 {
	t := s.t
	need, spare := make([]float64, len(t.Industries)), make([]float64, len(t.Industries))
	w := worldOf(t)
	for i := range t.N() {
		industry := t.IndustryOf(i)
		for j, v := range t.Sales(i) {
			if s.stops(i, j) {
				need[industry] += s.cut * v
			}
		}
		if area := t.AreaOf(i); !s.group[area] {
			spare[industry] += capacity * w.exports(i, []int{area})
		}
	}
	filled := make([]float64, len(need))
	for i := range need {
		if need[i] > 0 {
			filled[i] = min(1, spare[i]/need[i])
		}
	}
	return filled
}

// Inputs says how much value added is at risk.
func Inputs(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
	cut, err := strconv.ParseFloat(study.OrElse(r.Own["cut"], "0.5"), 64)
	if err != nil || !(cut > 0) || cut > 1 {
		return nil, fault.Questionf("cut %q: expected a number above 0, at most 1", r.Own["cut"])
	}
	least, most, err := capacities(study.OrElse(r.Own["capacity"], "0.05:0.25"))
	if err != nil {
		return nil, err
	}
	q, err := open(s, study.Request{Query: study.Query{Years: lastOr(r.Years, s, r)}, Own: r.Own})
	if err != nil {
		return nil, err
	}
	users, groups, err := q.sides(r.Importers, r.Partners)
	if err != nil {
		return nil, err
	}
	industries, inputs := study.OrElse(r.Own["industries"], "manufacturing"), study.OrElse(r.Own["inputs"], "manufacturing")
	var rows []RiskRow
	err = q.eachPicked(ctx, industries, inputs, func(t *icio.Table, u, b []int) error {
		for _, user := range users {
			for _, group := range groups {
				areas := q.areas(user, t.Year)
				shock := newShock(t, nodes(t, areas, u), q.areas(group, t.Year), b, cut)
				more, err := shock.rows(ctx, areas, u, least, most)
				if err != nil {
					return err
				}
				for i := range more {
					more[i].User, more[i].Group = user.Label, group.Label
				}
				rows = append(rows, more...)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	t, err := answer(q, RiskSchema, fmt.Sprintf("Value added at risk where %g of the inputs of %s are cut", cut, inputs), rows)
	if err != nil {
		return nil, err
	}
	t.Note("this is arithmetic on one year's purchases, not a forecast: it assumes no changes in what is made or how, and ignores stocks")
	t.Note("upper bounds: inputs of one industry from different areas replace each other, inputs of different industries do not; inputs that are less than %g of all are left out", leastInput)
	t.Note("with substitution, suppliers outside the group can add %g to %g of their exports, distributed in proportion to what is missing: an order of magnitude", least, most)
	t.Note("what an area buys from itself is never cut, even if the area is in the group")
	return t, nil
}

// lastOr is the last year of the tables where a question names none.
func lastOr(years string, s *study.Source, r study.Request) string {
	if strings.TrimSpace(years) != "" || s.Tables == nil {
		return years
	}
	set, err := s.Tables.Set(strings.TrimSpace(r.Own["tables"]))
	if err != nil {
		return years // open says what is wrong
	}
	has := set.Has()
	return strconv.Itoa(has[len(has)-1])
}

func capacities(text string) (least, most float64, err error) {
	from, to, span := strings.Cut(text, ":")
	if !span {
		to = from
	}
	least, err1 := strconv.ParseFloat(strings.TrimSpace(from), 64)
	most, err2 := strconv.ParseFloat(strings.TrimSpace(to), 64)
	if err1 != nil || err2 != nil || !(least >= 0) || !(most >= least) || most > 10 {
		return 0, 0, fault.Questionf("capacity %q: expected two parts of exports, the least first, for example 0.05:0.25", text)
	}
	return least, most, nil
}

func newShock(t *icio.Table, hit, group, inputs []int, cut float64) *shock {
	s := &shock{t: t, hit: make([]bool, t.N()), group: make([]bool, len(t.Areas)), inputs: make([]bool, len(t.Industries)), cut: cut}
	for _, j := range hit {
		s.hit[j] = true
	}
	for _, a := range group {
		s.group[a] = true
	}
	for _, i := range inputs {
		s.inputs[i] = true
	}
	return s
}

// rows are what is at risk in each industry of a user, and in all of them.
func (s *shock) rows(ctx context.Context, areas, industries []int, least, most float64) ([]RiskRow, error) {
	t := s.t
	whole, none := make([]float64, t.N()), make([]float64, len(t.Industries))
	for i := range whole {
		whole[i] = 1
	}
	lower, upper := s.lower(), s.loss(whole, none)
	rounds, err := s.rounds(ctx, areas)
	if err != nil {
		return nil, err
	}
	filledLeast, filled := s.loss(whole, s.fills(least)), s.loss(whole, s.fills(most))
	inputs := t.Inputs()
	sum := func(industries []int) RiskRow {
		r := RiskRow{Year: t.Year}
		for _, a := range areas {
			for _, i := range industries {
				j := t.Node(a, i)
				v := max(t.Output[j]-inputs[j], 0)
				r.Value += v
				r.Lower, r.Upper, r.Rounds = r.Lower+v*lower[j], r.Upper+v*max(upper[j], lower[j]), r.Rounds+v*max(rounds[j], lower[j])
				r.FilledLeast, r.Filled = r.FilledLeast+v*filledLeast[j], r.Filled+v*filled[j]
			}
		}
		for _, x := range []*float64{&r.Lower, &r.Upper, &r.Rounds, &r.FilledLeast, &r.Filled} {
			*x = ratio(*x, r.Value)
		}
		return r
	}
	rows := []RiskRow{sum(industries)}
	rows[0].Industry, rows[0].Name = "all", "All industries asked for"
	for _, i := range slices.Clone(industries) {
		r := sum([]int{i})
		r.Industry, r.Name = t.Industries[i].Code, t.Industries[i].Name
		rows = append(rows, r)
	}
	return rows, nil
}
