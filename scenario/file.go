package scenario

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"chokepoint/datafile"
	"chokepoint/fault"
	"chokepoint/result"
	"chokepoint/rule"
	"chokepoint/sector"
	"chokepoint/spelling"
	"chokepoint/study"
	"chokepoint/tomlfile"
	"chokepoint/trade"
)

// File is a scenario that somebody wrote down: who stops selling what to whom, when, and by how much.
type File struct {
	ID        string `toml:"id"`
	Name      string `toml:"name"`
	Source    string `toml:"source"`
	Suppliers string `toml:"suppliers"` // who stops, as --suppliers
	// SinglePoints takes the place of Suppliers: the rule by which each product has suppliers of its own, its single points of failure, who stop selling it.
	SinglePoints string          `toml:"single_points"`
	To           string          `toml:"to"`       // to whom, as --to; "" is all
	Products     string          `toml:"products"` // what, as --products
	When         string          `toml:"when"`     // YYYY, YYYY-MM or YYYY-MM-DD
	Year         int             `toml:"year"`     // whose flows are cut: as a rule the year before
	Note         string          `toml:"note"`
	Parameters   []FileParameter `toml:"parameter"`
	text         []byte
}

// FileParameter is a parameter of scenario cut, as its flag takes it, and where its value is from.
type FileParameter struct {
	Name   string `toml:"name"`
	Value  string `toml:"value"`
	Source string `toml:"source"`
}

// cutStandards are what parameters of a cut are where neither a flag nor a scenario says. A file may give each of them.
var cutStandards = map[string]string{"to": "all", "cut": "1", "rule": "present,mixed,capacity,sqrt", "spare": "0.05,0.1,0.25", "sigma": "2,2.25", "ramp": "6",
	"not-from": "", "only-from": "", "months": "", "stock-days": "", "suppliers": ""}

// fileParameters are the names that [[parameter]] may have: suppliers and to have keys of their own.
func fileParameters() []string {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(cutStandards)), func(name string) bool { return name == "suppliers" || name == "to" })
	return append(names, tariffParameters...)
}

// tariffParameters are those that make a scenario one of a tariff.
var tariffParameters = []string{"tariff", "tariff-before"}

// OfTariff says whether the scenario is of a tariff, which scenario tariff takes, and not of a cut.
func (f *File) OfTariff() bool { return f.Parameter("tariff") != "" }

//go:embed episodes/*.toml
var scenarioFiles embed.FS

var builtinScenarios = sync.OnceValue(func() (list []*File) {
	names, _ := fs.Glob(scenarioFiles, "episodes/*.toml") // the pattern is well formed
	for _, name := range names {
		text, err := scenarioFiles.ReadFile(name)
		if err != nil {
			panic(err)
		}
		f, err := ParseFile(path.Base(name), text)
		if err != nil {
			panic(err)
		}
		list = append(list, f)
	}
	slices.SortStableFunc(list, func(a, b *File) int { return strings.Compare(a.When, b.When) })
	return list
})

// FileNames lists the scenarios that come with the program, by date.
func FileNames() (names []string) {
	for _, f := range builtinScenarios() {
		names = append(names, f.ID)
	}
	return names
}

// Builtin is the scenario of that name that comes with the program.
func Builtin(name string) (*File, bool) {
	f, err := openFile(name)
	return f, err == nil
}

// Builtins are the scenarios that come with the program, by date.
func Builtins() []*File { return builtinScenarios() }

// Parameter is what the scenario says of a parameter of scenario cut; "" where it says nothing.
func (f *File) Parameter(name string) string {
	for _, p := range f.Parameters {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

func openFile(name string) (*File, error) {
	for _, f := range builtinScenarios() {
		if strings.EqualFold(f.ID, name) {
			return f, nil
		}
	}
	return nil, fault.Questionf("there is no scenario %q; expected %s, or on the command line a file that ends in .toml%s", name, strings.Join(FileNames(), ", "), spelling.Hint(name, FileNames()))
}

// OpenFile finds a scenario that comes with the program by name, or reads a file that ends in .toml.
func OpenFile(name string) (*File, error) {
	if !strings.HasSuffix(strings.ToLower(name), ".toml") {
		return openFile(name)
	}
	text, err := tomlfile.ReadFile(name, tomlfile.MaxFile)
	if err != nil {
		return nil, fault.File("scenario", name, "a file that ends in .toml, or one of "+strings.Join(FileNames(), ", "), err)
	}
	f, err := ParseFile(filepath.Base(name), text)
	return f, fault.Question(err)
}

// ParseFile reads a scenario. name is for messages.
func ParseFile(name string, text []byte) (*File, error) {
	var f File
	if err := tomlfile.Decode(name, text, tomlfile.MaxFile, &f); err != nil {
		return nil, err
	}
	f.text = text
	if key, err := f.check(); err != nil {
		return nil, &datafile.Error{File: name, Line: datafile.LineOf(text, key), Msg: err.Error()}
	}
	return &f, nil
}

var scenarioID = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// check says what is wrong with a file, and a text of it beside which the fault stands.
func (f *File) check() (near string, err error) {
	keys := [][2]string{{"id", f.ID}, {"name", f.Name}, {"source", f.Source}, {"products", f.Products}}
	if f.SinglePoints == "" {
		keys = append(keys, [2]string{"suppliers", f.Suppliers}, [2]string{"when", f.When})
	}
	for _, key := range keys {
		if strings.TrimSpace(key[1]) == "" {
			return key[0] + " =", fmt.Errorf("%s is missing; expected id, name, source, suppliers, products, when and year", key[0])
		}
	}
	if f.SinglePoints != "" {
		if near, err := f.checkSinglePoints(); err != nil {
			return near, err
		}
	}
	if !scenarioID.MatchString(f.ID) {
		return "id =", fmt.Errorf("id %q: expected small letters, digits and single hyphens between, as in coking-coal-2020", f.ID)
	}
	if f.SinglePoints == "" || f.When != "" {
		began, err := whenOf(f.When)
		if err != nil {
			return "when =", err
		}
		if f.Year < 1900 || f.Year > began.Year() {
			return "year =", fmt.Errorf("year %d: expected the year whose flows are cut, from 1900 to %d, that of when", f.Year, began.Year())
		}
	}
	if strings.EqualFold(strings.TrimSpace(f.Suppliers), "all") {
		return "suppliers =", errors.New(`suppliers "all": expected economies or blocs; nobody would be left to fill`)
	}
	if err := checkProducts(f.Products); err != nil {
		return "products =", err
	}
	return f.checkParameters()
}

// checkSinglePoints says what is wrong with a scenario of single points of failure, which have no supplier in common and need no date: without one the
// latest flows are cut.
func (f *File) checkSinglePoints() (near string, err error) {
	if strings.TrimSpace(f.Suppliers) != "" {
		return "suppliers =", errors.New("suppliers and single_points: expected one of them, as each product of the second has suppliers of its own")
	}
	if _, err := rule.OpenSinglePoint(f.SinglePoints); err != nil {
		return "single_points =", fmt.Errorf("single_points: %w", err)
	}
	if f.OfTariff() {
		return "single_points =", errors.New("single_points: expected a stop, and no tariff")
	}
	return "", nil
}

// whenOf reads a year, a month or a day.
func whenOf(text string) (time.Time, error) {
	for _, layout := range []string{"2006", "2006-01", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("when %q: expected YYYY, YYYY-MM or YYYY-MM-DD", text)
}

var productCode = regexp.MustCompile(`^([0-9]{2}|[0-9]{4}|[0-9]{6})$`)

func checkProducts(text string) error {
	for word := range strings.SplitSeq(text, ",") {
		word = strings.TrimSpace(word)
		list, isList := strings.CutPrefix(word, "list:")
		switch {
		case isList:
			list, _, _ = strings.Cut(list, "/")
			if _, err := sector.OpenBuiltin(list); err != nil {
				return fmt.Errorf("products %q: %w", text, err)
			}
		case word != "all" && !productCode.MatchString(word):
			return fmt.Errorf("products %q: %q is no HS code of 2, 4 or 6 digits, no list:NAME, and not all", text, word)
		}
	}
	return nil
}

func (f *File) checkParameters() (near string, err error) {
	seen := map[string]bool{}
	own := map[string]string{}
	for _, p := range f.Parameters {
		near = strconv.Quote(p.Name)
		switch {
		case !slices.Contains(fileParameters(), p.Name):
			return near, fmt.Errorf("there is no parameter %q; expected one of %s%s", p.Name, strings.Join(fileParameters(), ", "), spelling.Hint(p.Name, fileParameters()))
		case seen[p.Name]:
			return near, fmt.Errorf("parameter %s appears twice", p.Name)
		case strings.TrimSpace(p.Value) == "" || strings.TrimSpace(p.Source) == "":
			return near, fmt.Errorf("parameter %s: expected a value and a source; where nothing but judgement is behind it, a source that says assumed", p.Name)
		}
		seen[p.Name] = true
		if slices.Contains(tariffParameters, p.Name) {
			if _, err := numberIn(p.Name, p.Value, 0, 10); err != nil {
				return near, err
			}
			continue
		}
		own[p.Name] = p.Value
		if err := (&cutting{}).readNumbers(withStandards(own)); err != nil {
			return near, err
		}
	}
	return "", nil
}

// CheckNames says which of the economies and blocs that a scenario names there is not. A dataset or a bloc of one's own may know more, so that reading a
// scenario does not ask for it. name is for messages.
func (f *File) CheckNames(name string, economies *trade.Economies, blocs *trade.Blocs) error {
	lists := [][2]string{{"suppliers", f.Suppliers}, {"to", f.To}, {"not-from", f.Parameter("not-from")}, {"only-from", f.Parameter("only-from")}}
	for _, list := range lists {
		if list[1] == "" {
			continue
		}
		if _, err := trade.ParseSelection(list[1], economies, blocs); err != nil {
			return fault.Question(&datafile.Error{File: name, Line: datafile.LineOf(f.text, strconv.Quote(list[1])), Msg: list[0] + ": " + err.Error()})
		}
	}
	return nil
}

// withStandards fills in what is not given.
func withStandards(own map[string]string) map[string]string {
	all := maps.Clone(own)
	for name, standard := range cutStandards {
		if strings.TrimSpace(all[name]) == "" {
			all[name] = standard
		}
	}
	return all
}

// scenarioParameter names a scenario.
var scenarioParameter = study.Parameter{Name: "scenario", File: ".toml", Example: "coking-coal-2020",
	Usage: "a scenario, for what other parameters do not specify: who stops, what, when, how much (\"chokepoint scenarios\" lists them)"}

// complete fills in what r does not say: from the scenario that it names, then the standards. The scenario is nil where none is named.
func complete(s *study.Source, r *study.Request) (*File, error) {
	own := maps.Clone(r.Own)
	defer func() { r.Own = own }()
	name := strings.TrimSpace(own["scenario"])
	if name == "" {
		own = withStandards(own)
		return nil, nil
	}
	f, err := study.Chosen(s, "scenario", name, FileNames(), openFile, ParseFile)
	if err != nil {
		return nil, err
	}
	if f.OfTariff() {
		return nil, fault.Questionf("scenario %s is of a tariff: ask scenario tariff --scenario %s", f.ID, name)
	}
	s.Use("scenario", f.ID, f.text)
	give := func(name, value string) {
		if strings.TrimSpace(own[name]) == "" {
			own[name] = value
		}
	}
	give("suppliers", f.Suppliers)
	give("to", f.To)
	for _, p := range f.Parameters {
		give(p.Name, p.Value)
	}
	if r.Products == "" {
		r.Products = f.Products
	}
	if r.Years == "" && slices.Contains(yearsOf(s), f.Year) {
		r.Years = strconv.Itoa(f.Year)
	}
	own = withStandards(own)
	return f, nil
}

// completeTariff is complete for a scenario of a tariff, which is levied by those to whom its suppliers sell.
func completeTariff(s *study.Source, r *study.Request) (*File, error) {
	own := maps.Clone(r.Own)
	defer func() { r.Own = own }()
	give := func(name, value string) {
		if strings.TrimSpace(own[name]) == "" {
			own[name] = value
		}
	}
	defer give("tariff-before", "0")
	name := strings.TrimSpace(own["scenario"])
	if name == "" {
		return nil, nil
	}
	f, err := study.Chosen(s, "scenario", name, FileNames(), openFile, ParseFile)
	if err != nil {
		return nil, err
	}
	if !f.OfTariff() {
		return nil, fault.Questionf("scenario %s is of a stop: ask scenario cut --scenario %s", f.ID, name)
	}
	s.Use("scenario", f.ID, f.text)
	give("suppliers", f.Suppliers)
	for _, name := range tariffParameters {
		if name != "tariff" || own["tariffs"] == "" { // a file of tariffs goes before the one of the scenario
			give(name, f.Parameter(name))
		}
	}
	if r.Importers == "" {
		r.Importers = f.To
	}
	if r.Products == "" {
		r.Products = f.Products
	}
	if r.Years == "" && slices.Contains(yearsOf(s), f.Year) {
		r.Years = strconv.Itoa(f.Year)
	}
	return f, nil
}

func yearsOf(s *study.Source) (years []int) {
	for _, y := range s.Dataset.Manifest().Years {
		years = append(years, y.Year)
	}
	return years
}

// note says what the scenario is, and where the years of the answer are not those that it is about.
func (f *File) note(t *result.Table, years []int) {
	t.Note("scenario %s: %s (source: %s)", f.ID, strings.TrimSuffix(f.Name+", "+f.When, ", "), f.Source)
	for _, p := range f.Parameters {
		t.Note("scenario %s: %s is %s unless asked otherwise (source: %s)", f.ID, p.Name, p.Value, p.Source)
	}
	if f.Note != "" {
		t.Note("scenario %s: %s", f.ID, f.Note)
	}
	var others []string
	for _, y := range years {
		if y != f.Year && f.Year != 0 {
			others = append(others, fmt.Sprint(trade.Period(y)))
		}
	}
	if len(others) > 0 {
		t.Note("scenario %s is about the flows of %d, and these are of %s: the answer says what the same would mean in that year, not what it meant then", f.ID, f.Year, strings.Join(others, ", "))
	}
}

// FileSchema is the table of scenarios.
var FileSchema = result.NewSchema("scenarios",
	result.TextField("scenario", "Name of the scenario for --scenario.", func(f **File) string { return (*f).ID }),
	result.TextField("name", "What happens.", func(f **File) string { return (*f).Name }),
	result.TextField("when", "When it began: a year, a month or a day. Empty if it did not happen.", func(f **File) string { return (*f).When }),
	result.IntField("year", result.Year, "Year whose flows are cut. Empty for the latest.", func(f **File) int { return (*f).yearOrNone() }),
	result.TextField("suppliers", "Who stops selling.", func(f **File) string { return (*f).who() }),
	result.TextField("to", "Importers that they stop selling to.", func(f **File) string { return study.OrElse((*f).To, "all") }),
	result.TextField("products", "Products concerned.", func(f **File) string { return (*f).Products }),
	result.TextField("parameters", "Its other parameters for scenario cut.", func(f **File) string { return (*f).parameters() }),
	result.TextField("source", "Source of the scenario.", func(f **File) string { return (*f).Source }).AsDetail(),
	result.TextField("note", "Remarks.", func(f **File) string { return (*f).Note }).AsDetail(),
	result.TextField("sha256", "Checksum of its file.", func(f **File) string { return datafile.Sum((*f).text) }).AsDetail(),
)

// who stops, in words.
func (f *File) who() string {
	if f.SinglePoints != "" {
		return "of each product its single points of failure, by the rule " + f.SinglePoints
	}
	return f.Suppliers
}

func (f *File) yearOrNone() int {
	if f.Year == 0 {
		return result.MissingInt
	}
	return f.Year
}

func (f *File) parameters() string {
	var list []string
	for _, p := range f.Parameters {
		list = append(list, p.Name+" "+p.Value)
	}
	return strings.Join(list, "; ")
}

// Files is the table of the scenarios that come with the program.
func Files() *result.Table { return FileSchema.Table("Scenarios", builtinScenarios()) }

// FileItem is a line of a scenario.
type FileItem struct{ Name, Value, Source string }

// FileItemSchema is the table of one scenario.
var FileItemSchema = result.NewSchema("scenario-entries",
	result.TextField("key", "Name of the entry: the flag of scenario cut, if there is one.", func(i *FileItem) string { return i.Name }),
	result.TextField("value", "Value of the entry.", func(i *FileItem) string { return i.Value }),
	result.TextField("source", "Source of the parameter. Empty if the scenario's own source covers it.", func(i *FileItem) string { return i.Source }),
)

// Entries is the table of what the scenario says.
func (f *File) Entries() *result.Table {
	rows := []FileItem{{"suppliers", f.who(), ""}, {"to", study.OrElse(f.To, "all"), ""}, {"products", f.Products, ""}}
	if f.When != "" {
		rows = append(rows, FileItem{"when", f.When, ""}, FileItem{"years", strconv.Itoa(f.Year), ""})
	}
	for _, p := range f.Parameters {
		rows = append(rows, FileItem(p))
	}
	t := FileItemSchema.Table(strings.TrimSuffix(fmt.Sprintf("%s (%s), %s", f.Name, f.ID, f.When), ", "), rows)
	t.Note("source: %s", f.Source)
	if f.Note != "" {
		t.Note("%s", f.Note)
	}
	t.Note("SHA-256 of the file: %s", datafile.Sum(f.text))
	return t
}
