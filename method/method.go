// Package method turns definitions of trade dependency into criteria that can be evaluated. A definition is a small
// TOML file with its source; those published are embedded, users write their own.
//
// The package knows nothing of flows, datasets or tables and must never import store, kernel, analysis or result.
package method

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"chokepoint/indicator"
	"chokepoint/spelling"
	"chokepoint/tomlfile"
	"chokepoint/trade"
)

// Method is a definition of dependency: all criteria must hold, in at least Persistence.Years of Persistence.Window years.
type Method struct {
	ID          string
	Title       string
	Status      Status   // see StatusText
	Reason      string   // why the status is not published
	Fit         string   // how well it gives what its source has published, where it is provisional; "" is not known
	VariantOf   string   // id of the builtin definition that it differs from in one thing; see Originals
	BasedOn     string   // id of the builtin definition that a user's own one begins with; "" is none
	Differs     string   // what sets it apart from that one, in words
	Changes     []string // by With, in words
	Source      string
	URL         string
	Note        string
	Criteria    []*indicator.Criterion
	Provisional []string // criteria that stand in for a rule that is not public
	Assumed     []string // criteria that the source has, with a number that it was not read to give
	Persistence Persistence
	World       trade.World
	Bloc        string  // that the definition is about: of a member, trade with other members is inside, as it is of the bloc; "" is none
	MinValue    float64 // USD; the importer's imports of the product must be at least this
	Text        string  // the file as read
	SHA256      string

	unknown bool // no builtin definition has its id or source: what its file says cannot be checked
	renamed bool // its file has the id of another definition
}

// Persistence asks that the criteria hold in at least Years of the Window years that end in the year shown.
type Persistence struct{ Years, Window int }

func (p Persistence) String() string { return fmt.Sprintf("%d/%d", p.Years, p.Window) }

// MaxWindow is the longest window of years.
const MaxWindow = 32

// ParsePersistence reads K/N, for instance 2/3.
func ParsePersistence(text string) (Persistence, error) {
	k, n, ok := strings.Cut(text, "/")
	years, err1 := strconv.Atoi(strings.TrimSpace(k))
	window, err2 := strconv.Atoi(strings.TrimSpace(n))
	if !ok || err1 != nil || err2 != nil || years < 1 || window < years || window > MaxWindow {
		return Persistence{}, fmt.Errorf("persistence %q: expected K/N with 1 ≤ K ≤ N ≤ %d, for example 2/3: two of the three years that end in the year shown", text, MaxWindow)
	}
	return Persistence{years, window}, nil
}

// HasPartner says whether the method is about an importer and a partner, not about an importer alone.
func (m *Method) HasPartner() bool {
	return slices.ContainsFunc(m.Criteria, func(c *indicator.Criterion) bool { return c.Level() == indicator.Pair })
}

// Indicators lists the indicators that the criteria name, each once.
func (m *Method) Indicators() []*indicator.Indicator {
	var list []*indicator.Indicator
	for _, c := range m.Criteria {
		for _, ind := range c.Indicators() {
			if !slices.Contains(list, ind) {
				list = append(list, ind)
			}
		}
	}
	return list
}

// With returns the method with a floor on imports as one more criterion, and with persistence and treatment of trade
// inside blocs replaced where given.
func (m *Method) With(minValue float64, persistence *Persistence, world trade.World) *Method {
	with := *m
	with.Criteria, with.Changes = slices.Clone(m.Criteria), slices.Clone(m.Changes)
	if minValue > m.MinValue {
		with.MinValue = minValue
		with.Changes = append(with.Changes, "imports of at least "+number(minValue)+" USD")
	}
	if with.MinValue > 0 {
		floor, err := indicator.ParseCriterion("imports >= " + number(with.MinValue))
		if err != nil {
			panic(err) // Parse, and the parameter of a question, let no other number through
		}
		with.Criteria = append(with.Criteria, floor)
	}
	if persistence != nil && *persistence != m.Persistence {
		with.Persistence = *persistence
		with.Changes = append(with.Changes, changeOf("persistence", persistence.String(), m.Persistence.String()))
	}
	if world != "" && world != m.World {
		with.World = world
		with.Changes = append(with.Changes, changeOf("world", string(world), string(m.World)))
	}
	return &with
}

// file is the TOML form. Every key is listed in docs/methods.md.
type file struct {
	ID          string   `toml:"id"`
	Title       string   `toml:"title"`
	Status      string   `toml:"status"`
	Reason      string   `toml:"status_reason"`
	Fit         string   `toml:"fit"`
	VariantOf   string   `toml:"variant_of"`
	BasedOn     string   `toml:"based_on"`
	Source      string   `toml:"source"`
	URL         string   `toml:"url"`
	Note        string   `toml:"note"`
	Criteria    []string `toml:"criteria"`
	Provisional []string `toml:"provisional"`
	Assumed     []string `toml:"assumed"`
	Persistence string   `toml:"persistence"`
	World       string   `toml:"world"`
	Bloc        string   `toml:"bloc"`
	MinValue    float64  `toml:"min_value"`
}

// Error is a fault in a method file.
type Error = tomlfile.Error

// MaxFile is the size in bytes of the largest method file accepted.
const MaxFile = 64 << 10

var validID = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// Parse reads a user's method file; name is for messages. All faults found are joined in the error. Its status is what the file
// says only as far as that is so.
func Parse(name string, data []byte) (*Method, error) {
	m, err := parse(name, data)
	if err != nil {
		return nil, err
	}
	for _, k := range []struct{ key, id string }{{"based_on", m.BasedOn}, {"variant_of", m.VariantOf}} {
		if k.id != "" && !slices.Contains(builtinIDs(), k.id) {
			p := &parsing{name: name, data: m.Text}
			p.fail(k.key, 0, "%s %q: expected the id of a builtin definition: %s%s", k.key, k.id, strings.Join(builtinIDs(), ", "), spelling.Hint(k.id, builtinIDs()))
			return nil, p.errs[0]
		}
	}
	m.settle()
	return m, nil
}

func parse(name string, data []byte) (*Method, error) {
	var f file
	if err := tomlfile.Decode(name, data, MaxFile, &f); err != nil {
		return nil, err
	}
	p := &parsing{name: name, data: string(tomlfile.WithoutMark(data))}
	m := p.method(f)
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	sum := sha256.Sum256(data)
	m.Text, m.SHA256 = string(data), hex.EncodeToString(sum[:])
	return m, nil
}

type parsing struct {
	name, data string
	errs       []error
}

// fail records a fault at the first place where text stands in the file.
func (p *parsing) fail(text string, offset int, format string, args ...any) {
	e := &Error{File: p.name, Msg: fmt.Sprintf(format, args...)}
	if at := strings.Index(p.data, text); text != "" && at >= 0 {
		before := p.data[:at+offset]
		e.Line = strings.Count(before, "\n") + 1
		e.Column = at + offset - strings.LastIndexByte(before, '\n')
	}
	p.errs = append(p.errs, e)
}

func (p *parsing) method(f file) *Method {
	m := &Method{ID: f.ID, Title: f.Title, Status: Status(f.Status), Reason: strings.TrimSpace(f.Reason), Fit: strings.TrimSpace(f.Fit), BasedOn: f.BasedOn,
		VariantOf: f.VariantOf, Source: f.Source, URL: f.URL, Note: strings.TrimSpace(f.Note), Provisional: f.Provisional,
		Assumed: f.Assumed, Persistence: Persistence{1, 1}, World: trade.Gross, MinValue: f.MinValue}
	if !validID.MatchString(f.ID) {
		p.fail("id", 0, "id %q: expected lower-case letters, digits, dots and dashes, for example my-method", f.ID)
	}
	if f.Title == "" {
		p.fail("", 0, "no title; add title = \"…\"")
	}
	if strings.TrimSpace(f.Source) == "" {
		p.fail("", 0, "no source; add source = \"author, year, page\" (for a definition of your own: your name)")
	}
	switch m.Status {
	case Published, Reconstructed, Provisional, Own:
	case "":
		m.Status = Own
	default:
		p.fail("status", 0, "status %q: expected published, reconstructed, provisional or own", f.Status)
	}
	if len(f.Criteria) == 0 {
		p.fail("criteria", 0, "no criteria; add criteria = [\"imports >= 2 * exports\", …]")
	}
	for _, text := range f.Criteria {
		c, err := indicator.ParseCriterion(text)
		if err != nil {
			offset := 0
			var syntax *indicator.SyntaxError
			if errors.As(err, &syntax) {
				offset = syntax.Column - 1
			}
			p.fail(`"`+text+`"`, 1+offset, "criterion: %v", err)
			continue
		}
		if err := c.CheckScale(); err != nil {
			p.fail(`"`+text+`"`, 1, "criterion: %v", err)
		}
		m.Criteria = append(m.Criteria, c)
	}
	for _, list := range []struct {
		key   string
		texts []string
	}{{"provisional", f.Provisional}, {"assumed", f.Assumed}} {
		for _, text := range list.texts {
			if !slices.Contains(f.Criteria, text) {
				p.fail(text, 0, "%s %q is not one of the criteria", list.key, text)
			}
		}
	}
	if len(f.Assumed) > 0 && m.Status == Published {
		p.fail("assumed", 0, "status is published, but %d criteria have an assumed number; expected status reconstructed", len(f.Assumed))
	}
	if (len(f.Provisional) > 0) != (m.Status == Provisional) {
		p.fail("status", 0, "status is %q with %d provisional criteria; the two go together", m.Status, len(f.Provisional))
	}
	if f.Persistence != "" {
		var err error
		if m.Persistence, err = ParsePersistence(f.Persistence); err != nil {
			p.fail("persistence", 0, "%v", err)
		}
	}
	if f.World != "" {
		var err error
		if m.World, err = trade.ParseWorld(f.World); err != nil {
			p.fail("world", 0, "%v", err)
		}
	}
	if m.Bloc = strings.TrimSpace(f.Bloc); m.Bloc != f.Bloc || strings.ContainsAny(m.Bloc, ",|+:") {
		p.fail("bloc", 0, "bloc %q: expected the id of one bloc, for example EU27", f.Bloc)
	}
	if _, err := indicator.ParseNumber(number(f.MinValue)); err != nil || !(f.MinValue >= 0 && f.MinValue <= 1e15) {
		p.fail("min_value", 0, "min_value %v: expected US dollars from 0 to 1e15", f.MinValue)
	}
	return m
}

//go:embed builtin/*.toml
var builtin embed.FS

// Builtin lists the embedded methods by id. They must not be changed; With gives copies.
func Builtin() []*Method { return slices.Clone(builtinMethods()) }

// Originals lists the embedded methods that are no variant of another: those that "all" means. A variant flags what its original
// flags, or nearly, and would be counted twice.
func Originals() []*Method {
	return slices.DeleteFunc(Builtin(), func(m *Method) bool { return m.VariantOf != "" })
}

var builtinMethods = sync.OnceValue(func() []*Method {
	files, err := fs.Glob(builtin, "builtin/*.toml")
	if err != nil {
		panic(err)
	}
	var methods []*Method
	for _, name := range files {
		data, err := builtin.ReadFile(name)
		if err != nil {
			panic(err)
		}
		m, err := parse(name, data)
		if err != nil {
			panic(err)
		}
		methods = append(methods, m)
	}
	slices.SortFunc(methods, func(a, b *Method) int { return strings.Compare(a.ID, b.ID) })
	return methods
})

func builtinIDs() (ids []string) {
	for _, m := range builtinMethods() {
		ids = append(ids, m.ID)
	}
	return ids
}

// Get returns the embedded method with the id or, where the name ends in .toml, reads it from that file.
func Get(name string) (*Method, error) {
	if strings.HasSuffix(name, ".toml") {
		data, err := tomlfile.ReadFile(name, MaxFile)
		if err != nil {
			return nil, fmt.Errorf("method file: %w", err)
		}
		return Parse(name, data)
	}
	for _, m := range Builtin() {
		if m.ID == strings.ToLower(name) {
			return m, nil
		}
	}
	return nil, fmt.Errorf("method %q is neither one of %s nor a file ending in .toml%s", name, strings.Join(builtinIDs(), ", "), spelling.Hint(name, builtinIDs()))
}
