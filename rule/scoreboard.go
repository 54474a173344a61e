package rule

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"chokepoint/datafile"
	"chokepoint/spelling"
)

// Measure is a number about an economy in a sector and a year that a class may ask for.
type Measure struct {
	Name    string
	Meaning string
	Signed  bool // on a scale from -1 to 1, where 0 is a threshold like any other
	Whole   bool // a number of things: near is the same or not
	Imports bool // rests on what the economy itself imports
}

// Measures are what the classes of a scoreboard may ask for. Who evaluates a rule has a value for each.
var Measures = []Measure{
	{Name: "world_market_share", Meaning: "exports of the economy ÷ world exports of the sector"},
	{Name: "world_rank", Meaning: "place among all exporters of the sector, each economy by itself", Whole: true},
	{Name: "world_rank_eu", Meaning: "place among all exporters of the sector, with the European Union as one", Whole: true},
	{Name: "lead", Meaning: "exports of the economy ÷ those of the largest other exporter, with the European Union as one exporter; 1 and more is first"},
	{Name: "rca", Meaning: "share of the sector in the economy's exports ÷ its share in the world's (Balassa 1965)"},
	{Name: "rca_share", Meaning: "products with an RCA of at least 1 ÷ products of the sector"},
	{Name: "others_dependencies", Meaning: "pairs of an importer and a product that depend on the economy, by the method", Whole: true},
	{Name: "others_dependent_imports_usd", Meaning: "what these importers buy of these products from the economy, US dollars"},
	{Name: "single_points", Meaning: "products of which the economy is a single point of failure", Whole: true},
	{Name: "relative_unit_value", Meaning: "median of the economy's export price a tonne ÷ the world's, weighted by its exports"},
	{Name: "pci", Meaning: "complexity of what it exports, mean weighted by exports (Hidalgo and Hausmann 2009)"},
	{Name: "exports_usd", Meaning: "exports of the economy, US dollars"},
	{Name: "imports_usd", Meaning: "imports of the economy, US dollars", Imports: true},
	{Name: "balance", Meaning: "(exports − imports) ÷ (exports + imports), −1 to 1", Signed: true, Imports: true},
	{Name: "import_intensity", Meaning: "(M_cs ÷ M_c) ÷ (W_s ÷ W): share of the sector in the economy's imports ÷ its share in the world's", Imports: true},
	{Name: "own_dependencies", Meaning: "products of the sector that the economy depends on others for, by the method", Whole: true, Imports: true},
	{Name: "own_dependent_share", Meaning: "imports of these ÷ imports of the sector", Imports: true},
	{Name: "own_partner_share", Meaning: "the part of these that comes from the partner from whom most of it comes, by value", Imports: true},
}

// Scoreboard is a rule that names where an economy stands in a sector, on one axis or on several that are stated apart.
type Scoreboard struct {
	About
	Tolerance *float64 `toml:"tolerance"` // how near a value may be to a threshold, in parts of it, before a class is borderline
	Axes      []Axis   `toml:"axis"`
}

// Axis is one thing that is said of an economy in a sector.
type Axis struct {
	ID      string  `toml:"id"`
	Title   string  `toml:"title"`
	Classes []Class `toml:"class"`
}

// Class is a word and what it means: all criteria must hold, and those of no class before it. A word may stand more than once on an
// axis, with other criteria.
type Class struct {
	ID       string   `toml:"id"`
	Meaning  string   `toml:"meaning"`
	Criteria []string `toml:"criteria"`

	criteria []criterion
}

// criterion compares a measure with a number.
type criterion struct {
	text      string
	measure   *Measure
	sign      string
	threshold float64
}

func (r *Scoreboard) validate(c *checking) {
	c.number("tolerance", r.Tolerance, 0, 0.5)
	if len(r.Axes) == 0 {
		c.fail("", "no axis; add [[axis]] with id, title and classes")
	}
	var ids []string
	for i := range r.Axes {
		a := &r.Axes[i]
		if !validID.MatchString(a.ID) || slices.Contains(ids, a.ID) {
			c.fail(a.ID, "axis id %q: expected one that no other axis has, of lower-case letters, digits, dots and dashes", a.ID)
		}
		ids = append(ids, a.ID)
		if a.Title == "" || len(a.Classes) == 0 {
			c.fail(`"`+a.ID+`"`, "axis %s: expected a title and at least one [[axis.class]]", a.ID)
		}
		for k := range a.Classes {
			a.Classes[k].read(c, a.ID)
		}
		if len(c.errs) == 0 && a.combinations() > maxCombinations {
			c.fail(`"`+a.ID+`"`, "axis %s: its classes ask for too many measures at too many thresholds; put some on another axis", a.ID)
		}
	}
}

// maxCombinations bounds the work of a verdict.
const maxCombinations = 20_000

// combinations is the number of combinations of places on the scales of the axis.
func (a *Axis) combinations() float64 {
	n := 1.0
	for _, s := range a.scales() {
		n *= float64(3*len(s.thresholds) + 2)
	}
	return n
}

func (k *Class) read(c *checking, axis string) {
	if k.ID == "" || k.Meaning == "" || len(k.Criteria) == 0 {
		c.fail(`"`+k.ID+`"`, "axis %s, class %q: expected id, meaning and criteria", axis, k.ID)
	}
	for _, text := range k.Criteria {
		criterion, err := parseCriterion(text)
		if err != nil {
			c.fail(`"`+text+`"`, "class %s: %v", k.ID, err)
		}
		k.criteria = append(k.criteria, criterion)
	}
}

func parseCriterion(text string) (criterion, error) {
	words := strings.Fields(text)
	if len(words) != 3 || !slices.Contains([]string{">=", ">", "<=", "<"}, words[1]) {
		return criterion{}, fmt.Errorf("criterion %q: expected a measure, one of >= > <= < and a number, such as rca >= 1", text)
	}
	i := slices.IndexFunc(Measures, func(m Measure) bool { return m.Name == words[0] })
	if i < 0 {
		var names []string
		for _, m := range Measures {
			names = append(names, m.Name)
		}
		return criterion{}, fmt.Errorf("criterion %q: there is no measure %q; expected one of %s%s", text, words[0], strings.Join(names, ", "), spelling.Hint(words[0], names))
	}
	x, err := strconv.ParseFloat(words[2], 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return criterion{}, fmt.Errorf("criterion %q: expected a number after %s", text, words[1])
	}
	return criterion{text, &Measures[i], words[1], x}, nil
}

// Value is a measure of an economy, and between which values it may be if what is missing were known. NaN is a value that is not there.
type Value struct{ X, Low, High float64 }

// Known is a value from which nothing is missing.
func Known(x float64) Value { return Value{x, x, x} }

// at says whether the criterion holds for a number.
func (k *criterion) at(x float64) bool {
	switch k.sign {
	case ">=":
		return x >= k.threshold
	case ">":
		return x > k.threshold
	case "<=":
		return x <= k.threshold
	}
	return x < k.threshold
}

// Verdict is where an economy stands on an axis.
type Verdict struct {
	Axis     string
	Class    string   // by the values as they are; "" where one is missing that decides, or where no class fits
	Possible []string // the classes that it may be in; more than one is borderline
	Because  []string // the criteria that are not sure
	Missing  bool     // a value that decides is not there: not testable
}

// Borderline says whether a class is near another.
func (v *Verdict) Borderline() bool { return !v.Missing && len(v.Possible) > 1 }

// Others are the classes that it may be in beside its own, in words.
func (v *Verdict) Others() string {
	return strings.Join(slices.DeleteFunc(slices.Clone(v.Possible), func(s string) bool { return s == v.Class }), " or ")
}

// Status is how sure the class is: clear, borderline, not testable, or none where no class fits.
func (v *Verdict) Status() string {
	switch {
	case v.Missing:
		return "not testable"
	case v.Borderline():
		return "borderline"
	case v.Class == "":
		return "none"
	}
	return "clear"
}

// String is the verdict in words.
func (v *Verdict) String() string {
	switch {
	case v.Missing:
		return "not testable"
	case v.Borderline():
		return v.Class + ", borderline: may be " + v.Others()
	case v.Class == "":
		return "none"
	}
	return v.Class
}

// none is what an economy may be in that meets the criteria of no class.
const none = "none of these"

// Judge says where an economy with these values stands, axis by axis. A measure that values lack is missing.
func (r *Scoreboard) Judge(values map[string]Value) []Verdict {
	var verdicts []Verdict
	for i := range r.Axes {
		verdicts = append(verdicts, r.Axes[i].judge(values, *r.Tolerance))
	}
	return verdicts
}

// judge finds all classes that an economy may be in: the axis divides the values of each measure into places, on and between its
// thresholds, and every combination of places that the measures may be in is looked at.
func (a *Axis) judge(values map[string]Value, tolerance float64) Verdict {
	axes := a.scales()
	now, may := make([]float64, len(axes)), make([][]float64, len(axes)) // a number that stands for each place
	missing := slices.Repeat([][]float64{nil}, len(axes))
	for i, s := range axes {
		v, ok := values[s.measure.Name]
		if !ok {
			v = Known(math.NaN())
		}
		may[i], now[i] = s.places(v, tolerance), v.X
		missing[i] = []float64{v.X}
		if math.IsNaN(v.X) {
			missing[i] = may[i]
		}
	}
	v := Verdict{Axis: a.ID, Possible: a.classesAt(axes, may)}
	if len(v.Possible) == 1 {
		if v.Class = v.Possible[0]; v.Class == none {
			v.Class, v.Possible = "", nil
		}
		return v
	}
	for i, s := range axes {
		if fixed := slices.Clone(may); len(may[i]) > 1 {
			fixed[i] = may[i][:1] // any one place: does the verdict depend on which?
			if !slices.Equal(a.classesAt(axes, fixed), v.Possible) {
				v.Because = append(v.Because, s.crossed(may[i])...)
			}
		}
	}
	if v.Missing = len(a.classesAt(axes, missing)) > 1; !v.Missing {
		for i := range now {
			if math.IsNaN(now[i]) {
				now[i] = may[i][0] // it does not decide
			}
		}
		if v.Class = a.classAt(axes, now); v.Class == none {
			v.Class = ""
		}
	}
	return v
}

// scale is a measure that an axis asks for, with its criteria.
type scale struct {
	measure    *Measure
	criteria   []*criterion
	thresholds []float64 // ascending, each once
}

// scales are those of an axis.
func (a *Axis) scales() (list []*scale) {
	for k := range a.Classes {
		for i := range a.Classes[k].criteria {
			c := &a.Classes[k].criteria[i]
			at := slices.IndexFunc(list, func(s *scale) bool { return s.measure == c.measure })
			if at < 0 {
				at = len(list)
				list = append(list, &scale{measure: c.measure})
			}
			list[at].criteria = append(list[at].criteria, c)
			list[at].thresholds = append(list[at].thresholds, c.threshold)
		}
	}
	for _, s := range list {
		slices.Sort(s.thresholds)
		s.thresholds = slices.Compact(s.thresholds)
	}
	return list
}

// places gives a number for each place that a value may be in. What is near a threshold may be on both sides of it.
func (s *scale) places(v Value, tolerance float64) []float64 {
	if math.IsNaN(v.X) || math.IsNaN(v.Low) || math.IsNaN(v.High) {
		return s.between(math.Inf(-1), math.Inf(1))
	}
	low, high := min(v.Low, v.X), max(v.High, v.X)
	from, to := low, high
	for _, t := range s.thresholds {
		margin := tolerance * math.Abs(t)
		switch {
		case s.measure.Whole:
			continue
		case s.measure.Signed:
			margin = tolerance
		}
		if margin > 0 && low <= t+margin && high >= t-margin {
			from, to = min(from, math.Nextafter(t, math.Inf(-1))), max(to, math.Nextafter(t, math.Inf(1)))
		}
	}
	return s.between(from, to)
}

// between gives a number for each place from one value to another: the ends, each threshold between them, and what is between these.
func (s *scale) between(from, to float64) []float64 {
	list := []float64{from}
	for _, t := range s.thresholds {
		if t < from || t > to {
			continue
		}
		for _, x := range []float64{math.Nextafter(t, math.Inf(-1)), t, math.Nextafter(t, math.Inf(1))} {
			if s.measure.Whole && x != t {
				x = math.Round(x + math.Copysign(0.6, x-t)) // the next number of things
			}
			if x > from && x < to {
				list = append(list, x)
			}
		}
	}
	if list = append(list, to); from == to {
		return list[:1]
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// crossed are the criteria that hold at some of the places and not at others.
func (s *scale) crossed(places []float64) (list []string) {
	for _, c := range s.criteria {
		holds := func(x float64) bool { return c.at(x) }
		all := !slices.ContainsFunc(places, func(x float64) bool { return !holds(x) })
		if slices.ContainsFunc(places, holds) && !all && !slices.Contains(list, c.text) {
			list = append(list, c.text)
		}
	}
	return list
}

// classAt is the class of an economy whose measures have these values: the first whose criteria all hold.
func (a *Axis) classAt(axes []*scale, values []float64) string {
	for k := range a.Classes {
		fits := true
		for i := range a.Classes[k].criteria {
			c := &a.Classes[k].criteria[i]
			at := slices.IndexFunc(axes, func(s *scale) bool { return s.measure == c.measure })
			fits = fits && c.at(values[at])
		}
		if fits {
			return a.Classes[k].ID
		}
	}
	return none
}

// classesAt are the classes at all combinations of places, in the order of the axis.
func (a *Axis) classesAt(axes []*scale, places [][]float64) (list []string) {
	found, values := map[string]bool{}, make([]float64, len(axes))
	var walk func(i int)
	walk = func(i int) {
		if i == len(axes) {
			found[a.classAt(axes, values)] = true
			return
		}
		for _, values[i] = range places[i] {
			walk(i + 1)
		}
	}
	walk(0)
	for _, k := range a.Classes {
		if found[k.ID] && !slices.Contains(list, k.ID) {
			list = append(list, k.ID)
		}
	}
	if found[none] {
		list = append(list, none)
	}
	return list
}

// RestsOnImports says whether a class of the axis asks for what the economy itself imports.
func (a *Axis) RestsOnImports() bool { return a.asks(func(m *Measure) bool { return m.Imports }) }

// Asks says whether a class of the axis asks for one of some measures.
func (a *Axis) Asks(names ...string) bool {
	return a.asks(func(m *Measure) bool { return slices.Contains(names, m.Name) })
}

func (a *Axis) asks(is func(*Measure) bool) bool {
	return slices.ContainsFunc(a.Classes, func(k Class) bool {
		return slices.ContainsFunc(k.criteria, func(c criterion) bool { return is(c.measure) })
	})
}

// NotTestable is the verdict on the axis where the data do not allow one.
func (a *Axis) NotTestable(because string) Verdict {
	return Verdict{Axis: a.ID, Missing: true, Because: []string{because}}
}

// OpenScoreboard reads the classes of a scoreboard: "two-axes" and "standing" come with the program.
func OpenScoreboard(name string) (*Scoreboard, error) { return open[Scoreboard]("scoreboard", name) }

// ScoreboardNames lists the classes that come with the program.
func ScoreboardNames() []string { return names("scoreboard") }

var topClass = regexp.MustCompile(`(?m)^\s*\[\[class\]\]`)

// ParseScoreboard reads the classes of a scoreboard from a text; name is for messages.
func ParseScoreboard(name string, text []byte) (*Scoreboard, error) {
	if at := topClass.FindIndex(text); at != nil { // as files were before there were axes
		return nil, &datafile.Error{File: name, Line: 1 + bytes.Count(text[:at[1]], []byte("\n")), Msg: "[[class]] stands outside of an axis: " +
			"write [[axis]] with id and title before the classes, and [[axis.class]] with id, meaning and criteria for each (docs/industry.md)"}
	}
	return parse[Scoreboard](name, text)
}
