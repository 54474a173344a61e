package loop

import (
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"

	"chokepoint/spelling"
	"chokepoint/tomlfile"
)

// statuses say how a number is known.
var statuses = []string{"published", "derived", "assumed"}

// file is a file of parameters as it is written.
type file struct {
	ID           string             `toml:"id"`
	Name         string             `toml:"name"`
	Date         string             `toml:"date"`
	Year         int                `toml:"year"`
	Money        string             `toml:"money"`
	Source       string             `toml:"source"`
	Note         string             `toml:"note"`
	Technologies []technologyEntry  `toml:"technology"`
	Inputs       []inputEntry       `toml:"input"`
	BackTests    []RecordedBackTest `toml:"backtest"`
}

type technologyEntry struct {
	ID        string   `toml:"id"`
	Name      string   `toml:"name"`
	Quantity  string   `toml:"quantity"`
	Goods     string   `toml:"goods"`
	Materials string   `toml:"inputs"`
	Suppliers []string `toml:"suppliers"` // LAYOUT/CODE of input-output tables
	Note      string   `toml:"note"`
}

type inputEntry struct {
	Name         string   `toml:"name"`
	Technology   string   `toml:"technology"`
	Economy      string   `toml:"economy"`
	Value        *float64 `toml:"value"`
	Distribution string   `toml:"distribution"`
	Low          *float64 `toml:"low"`
	High         *float64 `toml:"high"`
	SD           *float64 `toml:"sd"`
	Unit         string   `toml:"unit"`
	Status       string   `toml:"status"`
	Source       string   `toml:"source"`
}

// RecordedBackTest is what a back-test gave on a series that does not come with the program.
type RecordedBackTest struct {
	Technology string  `toml:"technology"`
	Known      int     `toml:"known"`
	Exponent   float64 `toml:"exponent"`
	Last       int     `toml:"last"`
	Actual     float64 `toml:"actual"`
	Predicted  float64 `toml:"predicted"`
	Error      float64 `toml:"error"`
	Years      int     `toml:"years"`
	Inside     int     `toml:"inside"`
	Unit       string  `toml:"unit"`
	Source     string  `toml:"source"`
}

// Setting is an input of a technology in an economy: what it may be, and how that is known.
type Setting struct {
	Distribution
	Input  Input
	Unit   string
	Status string // published, derived or assumed; dataset and set are given by the question
	Source string
	From   string // file and line
}

// Technology is a technology with its inputs in an economy.
type Technology struct {
	ID, Name, Quantity, Goods, Materials, Note string
	Suppliers                                  []string // the industry that supplies it, as LAYOUT/CODE of input-output tables
	Inputs                                     [numInputs]Setting
}

// Set is the parameters of the program, with those of a user's file in their place.
type Set struct {
	files []*source
}

type source struct {
	file
	name string
	text []byte
}

//go:embed data/parameters.toml
var parametersTOML []byte

var builtin = sync.OnceValue(func() *source {
	s, err := parseFile("parameters.toml", parametersTOML, nil)
	if err != nil {
		panic(err)
	}
	return s
})

// Builtin is the parameters that come with the program.
func Builtin() *Set { return &Set{[]*source{builtin()}} }

// With puts the inputs of a user's file in place of those of the program. It may name further technologies, and another first year:
// then it must give what stands for that year.
func (s *Set) With(name string, text []byte) (*Set, error) {
	f, err := parseFile(name, text, s)
	if err != nil {
		return nil, err
	}
	return &Set{append([]*source{f}, s.files...)}, nil
}

// Texts hands over the files that decide, by name.
func (s *Set) Texts(take func(id string, text []byte)) {
	for _, f := range s.files {
		take(f.ID, f.text)
	}
}

// Year is the first year, which the stocks of the parameters are of.
func (s *Set) Year() int {
	for _, f := range s.files {
		if f.Year != 0 {
			return f.Year
		}
	}
	return 0
}

// Money is what money is counted in.
func (s *Set) Money() string {
	for _, f := range s.files {
		if f.Money != "" {
			return f.Money
		}
	}
	return ""
}

// Technologies lists the names of the technologies.
func (s *Set) Technologies() (ids []string) {
	for _, f := range slices.Backward(s.files) {
		for _, t := range f.Technologies {
			if !slices.Contains(ids, t.ID) {
				ids = append(ids, t.ID)
			}
		}
	}
	return ids
}

// NameOf is the name of a technology in words; its id where there is none.
func (s *Set) NameOf(id string) string {
	e, _ := s.entry(id)
	return cmp.Or(e.Name, id)
}

func (s *Set) entry(id string) (technologyEntry, bool) {
	if s == nil {
		return technologyEntry{}, false
	}
	for _, f := range s.files {
		for _, t := range f.Technologies {
			if t.ID == id {
				return t, true
			}
		}
	}
	return technologyEntry{}, false
}

// Technology gives a technology with its inputs in an economy, an ISO3 code. Of several entries that fit, a user's file goes before the
// program's, and in a file the one that names more of technology and economy.
func (s *Set) Technology(id, economy string) (*Technology, error) {
	e, ok := s.entry(id)
	if !ok {
		return nil, fmt.Errorf("technology %q: there are no parameters of it; expected %s, or a file that gives them (--parameters)%s", id, strings.Join(s.Technologies(), ", "), spelling.Hint(id, s.Technologies()))
	}
	t := &Technology{ID: e.ID, Name: e.Name, Quantity: e.Quantity, Goods: e.Goods, Materials: e.Materials, Suppliers: e.Suppliers, Note: e.Note}
	var lacking []string
	for i := range t.Inputs {
		setting, ok := s.setting(Input(i), id, economy)
		if !ok {
			lacking = append(lacking, inputTable[i].Key)
			continue
		}
		t.Inputs[i] = setting
	}
	if len(lacking) > 0 {
		return nil, fmt.Errorf("technology %s in %s: no value of %s; give it in a file (--parameters): [[input]] with name, economy = %q, value, unit, status and source", id, economy, strings.Join(lacking, ", "), economy)
	}
	if a, b := t.Inputs[Innovation].most(), t.Inputs[Imitation].most(); a+b > 1 {
		return nil, fmt.Errorf("technology %s: innovation (up to %g) and imitation (up to %g) come to more than 1, so that a year would close more than the whole gap; expected at most 1 together", id, a, b)
	}
	return t, nil
}

// most is the highest value of a setting.
func (s *Setting) most() float64 { return s.Quantile(1) }

func (s *Set) setting(i Input, technology, economy string) (found Setting, ok bool) {
	best := -1
	for _, f := range s.files {
		for n := range f.Inputs {
			e := &f.Inputs[n]
			if in, _ := inputOf(e.Name); in != i || e.Technology != "" && e.Technology != technology || e.Economy != "" && e.Economy != economy {
				continue
			}
			named := 0
			if e.Technology != "" {
				named++
			}
			if e.Economy != "" {
				named++
			}
			if named > best {
				best, found = named, f.settingOf(i, n)
			}
		}
		if best >= 0 {
			return found, true
		}
	}
	return found, false
}

func (f *source) settingOf(i Input, n int) Setting {
	e := &f.Inputs[n]
	d, _ := e.distribution(&inputTable[i])
	return Setting{Distribution: d, Input: i, Unit: e.Unit, Status: e.Status, Source: e.Source, From: fmt.Sprintf("%s:%d", f.name, lineOf(f.text, "input", n))}
}

var heading = regexp.MustCompile(`(?m)^[ \t]*\[\[[ \t]*([a-z]+)[ \t]*\]\]`)

// lineOf is the line of the n-th table of a name; 0 where the file writes them otherwise.
func lineOf(text []byte, name string, n int) int {
	for _, m := range heading.FindAllSubmatchIndex(text, -1) {
		if string(text[m[2]:m[3]]) != name {
			continue
		}
		if n == 0 {
			return strings.Count(string(text[:m[2]]), "\n") + 1
		}
		n--
	}
	return 0
}

// parseFile reads a file of parameters. below is what it stands in front of, nil for the program's own. All faults are joined.
func parseFile(name string, text []byte, below *Set) (*source, error) {
	f := &source{name: name, text: text}
	if err := tomlfile.Decode(name, text, tomlfile.MaxFile, &f.file); err != nil {
		return nil, err
	}
	var errs []error
	fail := func(line int, format string, args ...any) {
		errs = append(errs, &tomlfile.Error{File: name, Line: line, Column: min(line, 1), Msg: fmt.Sprintf(format, args...)})
	}
	if f.ID == "" || f.Source == "" {
		fail(0, "id %q, source %q: expected both: what the file is called, and where its numbers are from", f.ID, f.Source)
	}
	if f.Year != 0 && (f.Year < 1900 || f.Year > 2100) {
		fail(0, "year %d: expected the year that the stocks are of, from 1900 to 2100", f.Year)
	}
	if below == nil && (f.Year == 0 || f.Money == "") {
		fail(0, "year %d, money %q: expected both", f.Year, f.Money)
	}
	if below != nil && f.Money != "" && f.Money != below.Money() {
		fail(0, "money %q: the parameters of the program are in %s; give yours in it too", f.Money, below.Money())
	}
	for n, t := range f.Technologies {
		if !validName.MatchString(t.ID) || t.Name == "" || t.Quantity == "" {
			fail(lineOf(text, "technology", n), "technology %q: expected an id of small letters, digits and hyphens, a name, and the unit of its quantity", t.ID)
		}
		for _, s := range t.Suppliers {
			if layout, code, _ := strings.Cut(s, "/"); layout == "" || code == "" {
				fail(lineOf(text, "technology", n), "technology %s, suppliers %q: expected LAYOUT/CODE, a layout of input-output tables and an industry of it, such as wiod-2013/c14", t.ID, s)
			}
		}
	}
	all := &Set{[]*source{f}}
	if below != nil {
		all.files = append(all.files, below.files...)
	}
	seen := map[string]bool{}
	for n := range f.Inputs {
		line := lineOf(text, "input", n)
		e := &f.Inputs[n]
		if err := e.check(all); err != nil {
			fail(line, "%v", err)
			continue
		}
		if key := e.Name + " " + e.Technology + " " + e.Economy; seen[key] {
			fail(line, "input %s of technology %q, economy %q appears twice", e.Name, e.Technology, e.Economy)
		} else {
			seen[key] = true
		}
	}
	return f, errors.Join(errs...)
}

var (
	validName    = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	validEconomy = regexp.MustCompile(`^[A-Z0-9+]{2,32}$`)
)

// check says what is wrong with an input.
func (e *inputEntry) check(all *Set) error {
	i, ok := inputOf(e.Name)
	if !ok {
		return fmt.Errorf("input %q: expected one of %s%s", e.Name, strings.Join(inputNames(), ", "), spelling.Hint(e.Name, inputNames()))
	}
	d := &inputTable[i]
	e.Name = d.Key
	if e.Technology != "" {
		if _, ok := all.entry(e.Technology); !ok {
			return fmt.Errorf("input %s: there is no technology %q; expected %s, or a [[technology]] of that id", e.Name, e.Technology, strings.Join(all.Technologies(), ", "))
		}
		if d.common {
			return fmt.Errorf("input %s, technology %q: it is the same for all technologies; leave technology out", e.Name, e.Technology)
		}
	} else if !d.common && strings.Contains(string(d.dimension), "QUANTITY") {
		return fmt.Errorf("input %s: expected the technology that it is of, as each counts its quantity in its own unit", e.Name)
	}
	if e.Economy != "" && !validEconomy.MatchString(e.Economy) {
		return fmt.Errorf("input %s, economy %q: expected a code such as CHN or EU27", e.Name, e.Economy)
	}
	if want := d.unit(all, e.Technology); e.Unit != want {
		return fmt.Errorf("input %s: its unit is %q, expected %q: %s", e.Name, e.Unit, want, d.Meaning)
	}
	if !slices.Contains(statuses, e.Status) || e.Source == "" {
		return fmt.Errorf("input %s: status %q, source %q: expected as status %s, and a source; of an assumed one, why it is as it is", e.Name, e.Status, e.Source, strings.Join(statuses, ", "))
	}
	_, err := e.distribution(d)
	return err
}

// unit is what an input is measured in, in the words of the files.
func (d *inputDefinition) unit(all *Set, technology string) string {
	unit := string(d.dimension)
	if e, ok := all.entry(technology); ok {
		unit = strings.Replace(unit, "QUANTITY", e.Quantity, 1)
	}
	return strings.Replace(unit, "MONEY", all.Money(), 1)
}

// distribution reads what an input may be.
func (e *inputEntry) distribution(d *inputDefinition) (x Distribution, err error) {
	for name, v := range map[string]*float64{"value": e.Value, "low": e.Low, "high": e.High, "sd": e.SD} {
		if v != nil && (math.IsNaN(*v) || math.IsInf(*v, 0)) {
			return x, fmt.Errorf("input %s: %s is %v; expected a finite number", e.Name, name, *v)
		}
	}
	if e.Value == nil {
		return x, fmt.Errorf("input %s: no value; expected one, also where it has a range", e.Name)
	}
	x.Value, x.Kind = *e.Value, e.Distribution
	if x.Kind == "" {
		x.Kind = fixed
		if e.Low != nil || e.High != nil {
			x.Kind = uniform
		}
	}
	wrong := func(want string) error {
		return fmt.Errorf("input %s: distribution %q: expected %s", e.Name, e.Distribution, want)
	}
	switch x.Kind {
	case fixed:
		if e.Low != nil || e.High != nil || e.SD != nil {
			return x, wrong("a value alone where it is fixed")
		}
		x.Low, x.High = x.Value, x.Value
	case uniform, triangular:
		if e.Low == nil || e.High == nil || e.SD != nil {
			return x, wrong("low and high, and no sd, where it is uniform or triangular")
		}
		x.Low, x.High = *e.Low, *e.High
	case normal:
		if e.SD == nil || *e.SD <= 0 {
			return x, wrong("an sd above 0 where it is normal; low and high cut it off, where they are given")
		}
		x.SD, x.Low, x.High = *e.SD, d.low, d.high
		if e.Low != nil {
			x.Low = *e.Low
		}
		if e.High != nil {
			x.High = *e.High
		}
	default:
		return x, wrong("fixed, uniform, triangular or normal")
	}
	if !(x.Low <= x.Value && x.Value <= x.High) || x.Kind != fixed && x.Low >= x.High {
		return x, fmt.Errorf("input %s: low %g, value %g, high %g: expected low ≤ value ≤ high, and low below high", e.Name, x.Low, x.Value, x.High)
	}
	if x.Low < d.low || x.High > d.high {
		return x, fmt.Errorf("input %s: %g to %g: expected numbers from %g to %g", e.Name, x.Low, x.High, d.low, d.high)
	}
	return x, nil
}
