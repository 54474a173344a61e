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
			c.fail(a.ID, "axis id %q: want one that no other axis has, of lower-case letters, digits, dots and dashes", a.ID)
		}
		ids = append(ids, a.ID)
		if a.Title == "" || len(a.Classes) == 0 {
			c.fail(`"`+a.ID+`"`, "axis %s: want a title and at least one [[axis.class]]", a.ID)
		}
		for k := range a.Classes {
			a.Classes[k].read(c, a.ID)
		}
	}
}

func (k *Class) read(c *checking, axis string) {
	if k.ID == "" || k.Meaning == "" || len(k.Criteria) == 0 {
		c.fail(`"`+k.ID+`"`, "axis %s, class %q: want id, meaning and criteria", axis, k.ID)
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
		return criterion{}, fmt.Errorf("criterion %q: want a measure, one of >= > <= < and a number, such as rca >= 1", text)
	}
	i := slices.IndexFunc(Measures, func(m Measure) bool { return m.Name == words[0] })
	if i < 0 {
		var names []string
		for _, m := range Measures {
			names = append(names, m.Name)
		}
		return criterion{}, fmt.Errorf("criterion %q: there is no measure %q; want one of %s", text, words[0], strings.Join(names, ", "))
	}
	x, err := strconv.ParseFloat(words[2], 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return criterion{}, fmt.Errorf("criterion %q: want a number after %s", text, words[1])
	}
	return criterion{text, &Measures[i], words[1], x}, nil
}

// Value is a measure of an economy, and between which values it may be if what is missing were known. NaN is a value that is not there.
type Value struct{ X, Low, High float64 }

// Known is a value from which nothing is missing.
func Known(x float64) Value { return Value{x, x, x} }

// answer is whether a criterion or a class holds: yes and no are sure.
type answer int

const (
	no answer = iota
	unsure
	yes
)

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

// holds says how sure it is that the criterion holds: sure is what holds, or does not, for all values that v may have, and at some
// distance from the threshold.
func (k *criterion) holds(v Value, tolerance float64) answer {
	if math.IsNaN(v.X) || math.IsNaN(v.Low) || math.IsNaN(v.High) {
		return unsure
	}
	margin := tolerance * math.Abs(k.threshold)
	switch {
	case k.measure.Whole:
		margin = 0
	case k.measure.Signed:
		margin = tolerance
	}
	low, high := min(v.Low, v.X), max(v.High, v.X)
	near := margin > 0 && (math.Abs(low-k.threshold) <= margin || math.Abs(high-k.threshold) <= margin)
	switch a := k.at(low); {
	case near || a != k.at(high):
		return unsure
	case a:
		return yes
	}
	return no
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
		return v.Class + ", borderline: may be " + strings.Join(slices.DeleteFunc(slices.Clone(v.Possible), func(s string) bool { return s == v.Class }), " or ")
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

func (a *Axis) judge(values map[string]Value, tolerance float64) Verdict {
	v := Verdict{Axis: a.ID}
	decided := false // the class by the values as they are
	for i := range a.Classes {
		k := &a.Classes[i]
		f := k.fits(values, tolerance)
		if f.holds == no {
			continue
		}
		if !slices.Contains(v.Possible, k.ID) {
			v.Possible = append(v.Possible, k.ID)
		}
		v.Because, v.Missing = append(v.Because, f.open...), v.Missing || f.lacks
		if f.exactly && !decided {
			v.Class, decided = k.ID, true
		}
		if f.holds == yes {
			return v.settled()
		}
	}
	v.Possible = append(v.Possible, none)
	return v.settled()
}

// fit is how a class fits.
type fit struct {
	holds   answer
	exactly bool     // by the values as they are
	lacks   bool     // a value that is not there could decide
	open    []string // criteria that are not sure
}

func (k *Class) fits(values map[string]Value, tolerance float64) fit {
	f := fit{holds: yes, exactly: true}
	for i := range k.criteria {
		c := &k.criteria[i]
		x, ok := values[c.measure.Name]
		if !ok {
			x = Known(math.NaN())
		}
		h := c.holds(x, tolerance)
		f.holds, f.exactly = min(f.holds, h), f.exactly && c.at(x.X)
		if h == unsure {
			f.open, f.lacks = append(f.open, c.text), f.lacks || math.IsNaN(x.X)
		}
	}
	return f
}

// settled takes the class back where something that is missing may decide.
func (v Verdict) settled() Verdict {
	if v.Missing = v.Missing && len(v.Possible) > 1; v.Missing {
		v.Class = ""
	}
	if len(v.Possible) == 1 {
		v.Because = nil
		if v.Class = v.Possible[0]; v.Class == none {
			v.Class, v.Possible = "", nil
		}
	}
	return v
}

// RestsOnImports says whether a class of the axis asks for what the economy itself imports.
func (a *Axis) RestsOnImports() bool {
	return slices.ContainsFunc(a.Classes, func(k Class) bool {
		return slices.ContainsFunc(k.criteria, func(c criterion) bool { return c.measure.Imports })
	})
}

// NotTestable is the verdict on the axis where the data do not allow one.
func (a *Axis) NotTestable(because string) Verdict {
	return Verdict{Axis: a.ID, Missing: true, Because: []string{because}}
}

// OpenScoreboard reads the classes of a scoreboard: "two-axes" and "standing" come with the program.
func OpenScoreboard(name string) (*Scoreboard, error) {
	r := &Scoreboard{}
	if err := open("scoreboard", name, r); err != nil {
		return nil, err
	}
	return r, nil
}

// ScoreboardNames lists the classes that come with the program.
func ScoreboardNames() []string { return names("scoreboard") }

var topClass = regexp.MustCompile(`(?m)^\s*\[\[class\]\]`)

// ParseScoreboard reads the classes of a scoreboard from a text; name is for messages.
func ParseScoreboard(name string, text []byte) (*Scoreboard, error) {
	if at := topClass.FindIndex(text); at != nil { // as files were before there were axes
		return nil, &datafile.Error{File: name, Line: 1 + bytes.Count(text[:at[1]], []byte("\n")), Msg: "[[class]] stands outside of an axis: " +
			"write [[axis]] with id and title before the classes, and [[axis.class]] with id, meaning and criteria for each (docs/industry.md)"}
	}
	r := &Scoreboard{}
	if err := parse(name, text, r); err != nil {
		return nil, err
	}
	return r, nil
}
