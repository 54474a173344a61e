package dependence

import (
	"context"
	_ "embed"
	"fmt"
	"math"
	"math/bits"
	"path/filepath"
	"slices"
	"strings"

	"chokepoint/fault"
	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/tomlfile"
	"chokepoint/trade"
)

// CalibrateQuestion is the question calibrate.
var CalibrateQuestion = &study.Question{
	Name: "calibrate", Short: "Search the unpublished criterion of merics-2024 among candidate rules",
	Schemas: []study.Schema{CandidateSchema, TargetSchema},
	Long: `Search the unpublished criterion 3 of merics-2024 ("few alternative suppliers"): compute the counts that MERICS has
published for every candidate rule, value floor, treatment of trade inside blocs and kind of inequality, and rank the
candidates by root mean squared logarithmic error. Years and economies that the dataset lacks are listed and left out of the fit.`,
	Examples: []string{
		`chokepoint calibrate`,
		`chokepoint calibrate --by target --format csv --out fit.csv`,
	},
	Parameters: []study.Parameter{{Name: "by", Standard: "candidate", Values: []string{"candidate", "target"}, Example: "target",
		Usage: "candidate: one row per candidate; target: one row per candidate and published count"}},
	Local: []study.Parameter{{Name: "targets", File: ".toml", Example: "targets.toml", Usage: "published counts (TOML) instead of those of MERICS"}},
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		name, data := "merics-2024-targets.toml", mericsTargets
		if r.Own["targets"] != "" {
			var err error
			name = r.Own["targets"]
			if data, err = s.Files(name); err != nil {
				return nil, err
			}
		}
		targets, err := ParseTargets(name, data)
		if err != nil {
			return nil, fault.Question(err)
		}
		s.Use("targets", filepath.Base(name), data)
		return Calibrate(ctx, s, targets, r.Own["by"] == "target")
	},
}

//go:embed merics-2024-targets.toml
var mericsTargets []byte

// Target is a published count that a candidate rule should reproduce.
type Target struct {
	ID        string  `toml:"id"`
	Importers string  `toml:"importers"`
	Partners  string  `toml:"partners"`
	Year      int     `toml:"year"`
	Statistic string  `toml:"statistic"`
	Published float64 `toml:"published"`
	Source    string  `toml:"source"`
}

// MericsTargets are the counts published from the MERICS Trade Dependency Database.
func MericsTargets() []Target {
	targets, err := ParseTargets("merics-2024-targets.toml", mericsTargets)
	if err != nil {
		panic(err)
	}
	return targets
}

// ParseTargets reads a file of published counts; name is for messages.
func ParseTargets(name string, data []byte) ([]Target, error) {
	var file struct {
		Target []Target `toml:"target"`
	}
	if err := tomlfile.Decode(name, data, tomlfile.MaxFile, &file); err != nil {
		return nil, err
	}
	if len(file.Target) == 0 {
		return nil, fmt.Errorf("%s: no [[target]]", name)
	}
	seen := map[string]bool{}
	for i, t := range file.Target {
		switch {
		case t.ID == "" || seen[t.ID]:
			return nil, fmt.Errorf("%s: target %d: id %q; expected one of its own", name, i+1, t.ID)
		case !slices.Contains([]string{"count", "sum", "average"}, t.Statistic):
			return nil, fmt.Errorf("%s: target %s: statistic %q; expected count, sum or average", name, t.ID, t.Statistic)
		case !(t.Published > 0) || math.IsInf(t.Published, 0):
			return nil, fmt.Errorf("%s: target %s: published %v; expected a number above 0", name, t.ID, t.Published)
		case t.Importers == "" || t.Partners == "" || t.Source == "":
			return nil, fmt.Errorf("%s: target %s: importers, partners and source are required", name, t.ID)
		}
		seen[t.ID] = true
	}
	return file.Target, nil
}

// rule is a candidate for criterion 3 of merics-2024 (methods.md §1.3).
type rule struct{ name, criterion string }

var rules = []rule{
	{"none", ""},
	{"C3a partner's share of world exports", "partner_world_share >= 0.20"},
	{"C3a partner's share of world exports", "partner_world_share >= 0.25"},
	{"C3a partner's share of world exports", "partner_world_share >= 0.30"},
	{"C3a partner's share of world exports", "partner_world_share >= 0.40"},
	{"C3b HHI of world exports", "world_export_hhi >= 0.18"},
	{"C3b HHI of world exports", "world_export_hhi >= 0.25"},
	{"C3b HHI of world exports", "world_export_hhi >= 0.40"},
	{"C3c others' exports at most k times the imports", "rearrangement_ratio >= 1"},
	{"C3c others' exports at most k times the imports", "rearrangement_ratio >= 0.5"},
	{"C3c others' exports at most k times the imports", "rearrangement_ratio >= 0.2"},
	{"C3d few exporters (effective number)", "effective_exporters <= 3"},
	{"C3d few exporters (effective number)", "effective_exporters <= 5"},
	{"C3d few exporters (effective number)", "effective_exporters <= 10"},
}

// floors are value floors, read as imports and as imports from the partner.
var floors = []string{"", "imports >= 100_000", "imports >= 1_000_000", "imports >= 5_000_000", "imports >= 10_000_000",
	"imports_from_partner >= 100_000", "imports_from_partner >= 1_000_000", "imports_from_partner >= 5_000_000", "imports_from_partner >= 10_000_000"}

var calibrationBase = []string{"imports >= 2 * exports", "partner_share >= 0.3"}

// candidate numbers: rule, floor and inequality as one index, a bit in a candidates word.
const inequalities = 2 // weak, strict

func candidateOf(rule, floor, strict int) int { return (rule*len(floors)+floor)*inequalities + strict }

// Calibrate searches the rule behind criterion 3 of merics-2024: for every candidate rule, value floor, treatment of
// trade inside blocs and kind of inequality it computes the counts that MERICS has published, and ranks the candidates
// by root mean squared logarithmic error. What the dataset lacks is said and left out of the fit. byTarget gives one
// row for each candidate and target instead of one for each candidate.
func Calibrate(ctx context.Context, s *study.Source, targets []Target, byTarget bool) (*result.Table, error) {
	if err := s.OnlyYears("calibrate"); err != nil {
		return nil, err
	}
	c := &calibration{Source: s, targets: targets}
	for _, world := range []trade.World{trade.Gross, trade.Net} {
		for i := range targets {
			if err := c.run(ctx, i, world); err != nil {
				return nil, fmt.Errorf("target %s: %w", targets[i].ID, err)
			}
		}
	}
	return c.table(byTarget)
}

type calibration struct {
	*study.Source
	targets []Target
	first   *study.Study  // for provenance
	fits    []fit         // by target
	counts  [][][]float64 // by world (gross, net), target, candidate
}

// fit says what of a target the dataset has.
type fit struct {
	year   int
	used   bool
	remark string
}

// yearReach is how many years away a year may be to stand in for one that the dataset lacks.
const yearReach = 3

func (c *calibration) run(ctx context.Context, i int, world trade.World) error {
	t := c.targets[i]
	if world == trade.Gross {
		year, remark := nearestYear(c.Dataset.Years(), t.Year)
		c.fits = append(c.fits, fit{year: year, used: year != 0, remark: remark})
	}
	w := 0
	if world == trade.Net {
		w = 1
	}
	for len(c.counts) <= w {
		c.counts = append(c.counts, nil)
	}
	c.counts[w] = append(c.counts[w], nil)
	f := &c.fits[i]
	if f.year == 0 {
		return nil
	}
	st, err := c.Study(ctx, study.Query{Importers: t.Importers, Partners: t.Partners, Years: fmt.Sprint(f.year), World: string(world), Method: "merics-2024"})
	if err != nil {
		return err
	}
	if c.first == nil {
		c.first = st
	}
	if t.Statistic == "count" && (len(st.ImporterSide.Parties) != 1 || len(st.PartnerSide.Parties) != 1) {
		return fault.Questionf("statistic count needs one importer and one partner; %q and %q are %d and %d", t.Importers, t.Partners, len(st.ImporterSide.Parties), len(st.PartnerSide.Parties))
	}
	if world == trade.Gross {
		f.complete(st, t)
	}
	if !f.used && strings.Contains(f.remark, "none of") {
		return nil
	}
	counts, err := candidates(ctx, st, f.year, world)
	if err != nil {
		return err
	}
	if t.Statistic == "average" {
		n := 0
		for _, party := range st.ImporterSide.Parties {
			if st.CoverageOf(&party, f.year).Status != result.Missing {
				n++
			}
		}
		for k := range counts {
			counts[k] /= float64(n)
		}
	}
	c.counts[w][i] = counts
	return nil
}

func nearestYear(have []int, want int) (year int, remark string) {
	nearest := have[0]
	for _, y := range have {
		if abs(y-want) < abs(nearest-want) {
			nearest = y
		}
	}
	switch {
	case nearest == want:
		return want, ""
	case abs(nearest-want) <= yearReach:
		return nearest, fmt.Sprintf("%d is not in the dataset; computed for %d", want, nearest)
	}
	return 0, fmt.Sprintf("not computed: %d is not in the dataset, and the nearest year is %d", want, nearest)
}

func abs(n int) int { return max(n, -n) }

// complete finds members without imports. An average is taken over the others; a bloc or union that lacks members is
// computed from those it has, shown, and left out of the fit.
func (f *fit) complete(st *study.Study, t Target) {
	var missing []string
	present := 0
	have := st.Dataset.Importers(f.year)
	for _, party := range st.ImporterSide.Parties {
		for _, g := range party.Any {
			for _, code := range g.Codes(f.year).Codes() {
				e, _ := st.Economies.Get(code)
				switch {
				case have.Has(code):
					present++
				case e.Kind == trade.KindEconomy:
					missing = append(missing, st.Economies.Label(code))
				}
			}
		}
	}
	if len(missing) == 0 {
		return
	}
	slices.Sort(missing)
	missing = slices.Compact(missing)
	say := func(text string) {
		f.remark = strings.TrimPrefix(f.remark+"; "+text, "; ")
	}
	switch {
	case present == 0:
		f.used = false
		say("not computed: none of " + strings.Join(missing, ", ") + " has imports in the dataset")
	case t.Statistic == "average":
		say("average without " + strings.Join(missing, ", ") + ", which have no imports in the dataset")
	default:
		f.used = false
		say("not in the fit: " + strings.Join(missing, ", ") + " have no imports in the dataset")
	}
}

// candidates counts, for every candidate at once, the products flagged, summed over importers and partners.
func candidates(ctx context.Context, st *study.Study, year int, world trade.World) ([]float64, error) {
	scan, err := NewScan(st, st.Methods[0])
	if err != nil {
		return nil, err
	}
	set, err := newCandidateCriteria()
	if err != nil {
		return nil, err
	}
	view := kernel.View{Year: year, Importers: st.Sets(&st.ImporterSide, year), Partners: st.Sets(&st.PartnerSide, year), World: world, Products: st.Products.Codes(),
		// A strict criterion holds only where the weak one does: nothing outside the weak base matters.
		Criteria: set.base[0]}
	total := make([]float64, len(rules)*len(floors)*inequalities)
	err = study.ScanYear(ctx, st.Source, year, view,
		func() *candidateJudge {
			return &candidateJudge{judge: judge{Scan: scan}, set: set, counts: make([]int, len(total))}
		},
		func(j *candidateJudge) error {
			for i, n := range j.counts {
				total[i] += float64(n)
			}
			return nil
		})
	return total, err
}

// candidateCriteria holds the parsed criteria, weak and strict.
type candidateCriteria struct {
	base, rules [inequalities][]*indicator.Criterion // nil for the empty rule
	floors      []*indicator.Criterion
}

func newCandidateCriteria() (*candidateCriteria, error) {
	c := &candidateCriteria{}
	parse := func(text string) (*indicator.Criterion, error) {
		if text == "" {
			return nil, nil
		}
		return indicator.ParseCriterion(text)
	}
	for strict := range inequalities {
		for _, text := range calibrationBase {
			k, err := parse(inequality(text, strict))
			if err != nil {
				return nil, err
			}
			c.base[strict] = append(c.base[strict], k)
		}
		for _, r := range rules {
			k, err := parse(inequality(r.criterion, strict))
			if err != nil {
				return nil, err
			}
			c.rules[strict] = append(c.rules[strict], k)
		}
	}
	for _, text := range floors {
		k, err := parse(text)
		if err != nil {
			return nil, err
		}
		c.floors = append(c.floors, k)
	}
	return c, nil
}

// inequality makes >= of a criterion > where strict is 1.
func inequality(text string, strict int) string {
	if strict == 1 {
		return strings.Replace(text, "= ", " ", 1)
	}
	return text
}

// candidateWords holds a bit for each candidate.
type candidateWords [(14*9*inequalities + 63) / 64]uint64

// candidateJudge is the kernel's visitor.
type candidateJudge struct {
	judge
	set    *candidateCriteria
	counts []int
	flags  map[uint64]*candidateWords // of the product at hand, by parties
	met    map[*indicator.Criterion][]bool
}

// Importers implements kernel.Visitor.
func (j *candidateJudge) Importers(b *kernel.Batch) error { return nil }

// Pairs implements kernel.Visitor.
func (j *candidateJudge) Pairs(b *kernel.Batch) error {
	j.scratch.Reset()
	if j.met == nil {
		j.met, j.flags = map[*indicator.Criterion][]bool{}, map[uint64]*candidateWords{}
	}
	base, err := j.meet(b, j.set.base[0], &j.now)
	if err != nil {
		return err
	}
	evaluate := func(list []*indicator.Criterion) error {
		for _, c := range list {
			if c != nil {
				keep := append(j.met[c][:0], base...)
				if err := c.Meet(&b.Columns, &j.scratch, keep, b.Exact); err != nil {
					return err
				}
				j.met[c] = keep
			}
		}
		return nil
	}
	for _, list := range append([][]*indicator.Criterion{j.set.base[1], j.set.floors}, j.set.rules[:]...) {
		if err := evaluate(list); err != nil {
			return err
		}
	}
	clear(j.flags)
	for i, ok := range base {
		if ok {
			j.flag(b, i)
		}
	}
	for _, words := range j.flags {
		for w, word := range words {
			for ; word != 0; word &= word - 1 {
				j.counts[w*64+bits.TrailingZeros64(word)]++
			}
		}
	}
	return nil
}

// flag sets the bits of the candidates that cell i meets.
func (j *candidateJudge) flag(b *kernel.Batch, i int) {
	holds := func(c *indicator.Criterion) bool { return c == nil || j.met[c][i] }
	var words candidateWords
	for strict := range inequalities {
		if strict == 1 && !(holds(j.set.base[1][0]) && holds(j.set.base[1][1])) {
			continue
		}
		for r, rule := range j.set.rules[strict] {
			if !holds(rule) {
				continue
			}
			for f, floor := range j.set.floors {
				if holds(floor) {
					n := candidateOf(r, f, strict)
					words[n/64] |= 1 << (n % 64)
				}
			}
		}
	}
	for _, importer := range j.ImporterSide.PartiesOf[b.Importer[i]] {
		for _, partner := range j.Partners.PartiesOf[b.Partner[i]] {
			key := uint64(uint32(importer))<<32 | uint64(uint32(partner))
			if j.flags[key] == nil {
				j.flags[key] = &candidateWords{}
			}
			for w := range words {
				j.flags[key][w] |= words[w]
			}
		}
	}
}

// scored is a candidate with its error.
type scored struct {
	world, rule, floor, strict int
	rms                        float64
}

func (c *calibration) score() []scored {
	var list []scored
	for world := range c.counts {
		for r := range rules {
			for f := range floors {
				for strict := range inequalities {
					s := scored{world, r, f, strict, 0}
					n := 0
					for i, t := range c.targets {
						if c.fits[i].used {
							e := math.Log(max(c.counts[world][i][candidateOf(r, f, strict)], 0.5) / t.Published)
							s.rms += e * e
							n++
						}
					}
					s.rms = math.Sqrt(s.rms / float64(n))
					list = append(list, s)
				}
			}
		}
	}
	slices.SortStableFunc(list, func(a, b scored) int {
		switch {
		case a.rms < b.rms:
			return -1
		case a.rms > b.rms:
			return 1
		}
		return 0
	})
	return list
}

// CandidateRow is a candidate for criterion 3 with its error.
type CandidateRow struct {
	Rank                                      int
	Rule, Criterion, Floor, World, Inequality string
	RMSLogError                               float64
	Ours                                      []float64 // what it computes for each target; NaN where it does not
}

// TargetRow is a candidate beside one published count.
type TargetRow struct {
	CandidateRow
	Target          string
	Published, Ours float64
	InFit           bool
	Year            int // 0 where none is computed
	Remark          string
}

// LogError is ln(ours / published); a count of 0 is taken as 0.5.
func (r *TargetRow) LogError() float64 { return math.Log(max(r.Ours, 0.5) / r.Published) }

// The tables of calibrate. That of candidates has a column more for each target.
var (
	CandidateSchema = result.NewSchema("calibrate", candidateFields(func(r *CandidateRow) *CandidateRow { return r })...).InOrder("by rank")
	TargetSchema    = result.NewSchema("calibrate", append(candidateFields(func(r *TargetRow) *CandidateRow { return &r.CandidateRow }),
		result.TextField("target", "Published count.", func(r *TargetRow) string { return r.Target }),
		result.FloatField("published", "count", "The published count.", func(r *TargetRow) float64 { return r.Published }),
		result.FloatField("ours", "count", "The count computed by the candidate rule.", func(r *TargetRow) float64 { return r.Ours }),
		result.FloatField("log_error", "ratio", "ln(ours / published).", (*TargetRow).LogError),
		result.BoolField("in_fit", "Whether the target is included in rms_log_error.", func(r *TargetRow) bool { return r.InFit }),
		result.IntField("year", result.Year, "Year used; 0 if there is none.", func(r *TargetRow) int { return r.Year }).Titled("Year"),
		result.TextField("remark", "What the dataset lacks.", func(r *TargetRow) string { return r.Remark }),
	)...).InOrder("by rank")
)

func candidateFields[R any](of func(*R) *CandidateRow) []result.Field[R] {
	return []result.Field[R]{
		result.IntField("rank", "count", "Rank by error; 1 fits best.", func(r *R) int { return of(r).Rank }),
		result.TextField("rule", "Family of rules that the candidate for criterion 3 belongs to.", func(r *R) string { return of(r).Rule }),
		result.TextField("criterion", "Criterion 3. Empty for criteria 1 and 2 alone.", func(r *R) string { return of(r).Criterion }),
		result.TextField("floor", "Value floor. Empty if there is none.", func(r *R) string { return of(r).Floor }),
		result.TextField("world", "How trade inside blocs counts in world exports.", func(r *R) string { return of(r).World }),
		result.TextField("inequality", "weak: all criteria use >=. strict: all use >.", func(r *R) string { return of(r).Inequality }),
		result.FloatField("rms_log_error", "ratio", "Root mean square of ln(ours / published) over the targets in the fit; 0.1 is about 10 %. A count of 0 counts as 0.5.", func(r *R) float64 { return of(r).RMSLogError }),
	}
}

// targetFields are the columns of candidates for each target.
func targetFields(targets []Target) (fields []result.Field[CandidateRow]) {
	for i, t := range targets {
		fields = append(fields, result.FloatField(strings.ToLower(t.ID), "count", fmt.Sprintf("%s on %s, %d, %s; published %g.", t.Importers, t.Partners, t.Year, t.Statistic, t.Published),
			func(r *CandidateRow) float64 { return r.Ours[i] }))
	}
	return fields
}

func (c *calibration) table(byTarget bool) (*result.Table, error) {
	if c.first == nil {
		return nil, fault.Questionf("calibrate: the dataset has none of the years of the targets, nor one within three years of them")
	}
	var candidates []CandidateRow
	var rows []TargetRow
	scores := c.score()
	for n, s := range scores {
		r := c.row(n+1, s)
		candidates = append(candidates, r)
		for i, t := range c.targets {
			f := c.fits[i]
			rows = append(rows, TargetRow{r, t.ID, t.Published, r.Ours[i], f.used, f.year, f.remark})
		}
	}
	st := c.first
	st.Query = study.Query{Dataset: st.Query.Dataset, Method: "merics-2024"}
	const title = "Candidates for criterion 3 of merics-2024, by fit to published counts"
	var out *result.Table
	if byTarget {
		out = study.JudgedAnswer(st, TargetSchema, title, rows)
	} else {
		out = study.JudgedAnswer(st, CandidateSchema.With("", targetFields(c.targets)...), title, candidates)
	}
	out.Provenance.World = "gross, net"
	c.notes(out)
	out.Note("%s", placesOfDefinitions(scores))
	return out, nil
}

// placesOfDefinitions says which of the candidates are definitions of the program, and how near they come.
func placesOfDefinitions(scores []scored) string {
	var places []string
	for _, m := range method.Builtin() {
		for n, s := range scores {
			if s.world == 0 && s.strict == 0 && slices.Equal(indicator.NormalOf(m.Criteria), normalOf(append(slices.Clone(calibrationBase), rules[s.rule].criterion, floors[s.floor]))) {
				places = append(places, fmt.Sprintf("%s is number %d, off by a factor of %.2f", m.ID, n+1, math.Exp(s.rms)))
			}
		}
	}
	return strings.Join(places, "; ")
}

// normalOf is what criteria ask for in one spelling; empty texts ask for nothing.
func normalOf(texts []string) []string {
	var list []*indicator.Criterion
	for _, text := range texts {
		if text != "" {
			c, err := indicator.ParseCriterion(text)
			if err != nil {
				panic(err) // newCandidateCriteria has read them
			}
			list = append(list, c)
		}
	}
	return indicator.NormalOf(list)
}

func (c *calibration) row(rank int, s scored) CandidateRow {
	r := CandidateRow{Rank: rank, Rule: rules[s.rule].name, Criterion: inequality(rules[s.rule].criterion, s.strict), Floor: strings.ReplaceAll(floors[s.floor], "_000", "000"),
		World: []string{"gross", "net"}[s.world], Inequality: []string{"weak", "strict"}[s.strict], RMSLogError: s.rms}
	for i := range c.targets {
		r.Ours = append(r.Ours, c.value(s, i))
	}
	return r
}

func (c *calibration) value(s scored, target int) float64 {
	if counts := c.counts[s.world][target]; counts != nil {
		return counts[candidateOf(s.rule, s.floor, s.strict)]
	}
	return math.NaN()
}

func (c *calibration) notes(t *result.Table) {
	n := 0
	for i, target := range c.targets {
		if c.fits[i].used {
			n++
		}
		remark := ""
		if c.fits[i].remark != "" {
			remark = " (" + c.fits[i].remark + ")"
		}
		t.Note("%s: %s on %s, %d, %s: published %g, %s%s", target.ID, target.Importers, target.Partners, target.Year, target.Statistic, target.Published, target.Source, remark)
	}
	t.Note("%d of %d targets are in the fit of %d candidates", n, len(c.targets), len(rules)*len(floors)*inequalities*len(c.counts))
	t.Note("C3d is published nowhere as a number; the effective number of exporters, 1/HHI, stands in for the number of exporters above 1 %% of world exports")
	t.Note("C3e (network centrality, IMF WP/17/30) needs the network of all exporters and is not among the candidates")
}
