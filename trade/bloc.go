package trade

import (
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"chokepoint/tomlfile"
)

// Bounds of a membership without a first or last year.
const (
	Always  = 0
	Forever = 9999
)

// Membership says that an economy (ISO3) belongs to a bloc in the years From to To, both included.
type Membership struct {
	Economy  string
	From, To int
}

func (m Membership) dated() bool { return m.From != Always || m.To != Forever }

func (m Membership) String() string {
	switch {
	case m.From == Always && m.To == Forever:
		return m.Economy
	case m.To == Forever:
		return fmt.Sprintf("%s %d-", m.Economy, m.From)
	case m.From == Always:
		return fmt.Sprintf("%s -%d", m.Economy, m.To)
	}
	return fmt.Sprintf("%s %d-%d", m.Economy, m.From, m.To)
}

// Bloc is a group of economies with dated membership and the source of it.
type Bloc struct {
	ID, Name, Source, URL, Note string
	Aliases                     []string // other ids
	Members                     []Membership
}

// String returns the definition in one text: members with their years, and the source.
func (b Bloc) String() string {
	var members []string
	for _, m := range b.Members {
		members = append(members, m.String())
	}
	text := fmt.Sprintf("%s (%s): %s. Source: %s", b.ID, b.Name, strings.Join(members, ", "), b.Source)
	if b.URL != "" {
		text += ", " + b.URL
	}
	if b.Note != "" {
		text += ". " + b.Note
	}
	return text
}

// Blocs are the blocs that a selection may name. The zero value has none.
type Blocs struct {
	list  []Bloc
	index map[string]int // by key of id, name and aliases
}

//go:embed data/blocs.toml
var blocsTOML []byte

// BuiltinBlocs returns the embedded blocs.
func BuiltinBlocs() *Blocs {
	b := &Blocs{}
	if err := b.add("blocs.toml", blocsTOML); err != nil {
		panic(err)
	}
	return b
}

// All lists the blocs in the order in which they were added.
func (b *Blocs) All() []Bloc {
	if b == nil {
		return nil
	}
	return slices.Clone(b.list)
}

// Get returns the bloc with the id, name or alias, in any case and punctuation.
func (b *Blocs) Get(id string) (Bloc, bool) {
	if b == nil {
		return Bloc{}, false
	}
	i, ok := b.index[blocKey(id)]
	if !ok {
		return Bloc{}, false
	}
	return b.list[i], true
}

func (b *Blocs) put(bloc Bloc) {
	for _, name := range bloc.names() {
		if key := blocKey(name); key != "" {
			b.index[key] = len(b.list)
		}
	}
	b.list = append(b.list, bloc)
}

func (b Bloc) names() []string { return append([]string{b.ID, b.Name}, b.Aliases...) }

// blocKey is fold with plus signs kept, so that BRICS and BRICS+ differ.
func blocKey(id string) string {
	return oneWord(fold(strings.ReplaceAll(id, "+", "plus"), false))
}

// MaxBlocFile is the size in bytes of the largest bloc file accepted.
const MaxBlocFile = 1 << 20

// AddFile adds the blocs of a TOML file. Errors say file, line and column; a file with a fault adds nothing.
func (b *Blocs) AddFile(path string) error {
	data, err := tomlfile.ReadFile(path, MaxBlocFile)
	if err != nil {
		return fmt.Errorf("bloc file: %w", err)
	}
	return b.add(path, data)
}

type blocFile struct {
	Bloc []struct {
		ID      string   `toml:"id"`
		Name    string   `toml:"name"`
		Source  string   `toml:"source"`
		URL     string   `toml:"url"`
		Note    string   `toml:"note"`
		Aliases []string `toml:"aliases"`
		Members []string `toml:"members"`
	} `toml:"bloc"`
}

func (b *Blocs) add(file string, data []byte) error {
	var f blocFile
	if err := tomlfile.Decode(file, data, MaxBlocFile, &f); err != nil {
		return err
	}
	r := &blocReader{file: file, places: locate(tomlfile.WithoutMark(data)), known: &Blocs{slices.Clone(b.list), maps.Clone(b.index)}}
	if r.known.index == nil {
		r.known.index = map[string]int{}
	}
	if len(f.Bloc) == 0 {
		r.errs = append(r.errs, fmt.Errorf("%s: no [[bloc]] in the file", file))
	}
	for i, t := range f.Bloc {
		bloc := Bloc{ID: t.ID, Name: strings.TrimSpace(t.Name), Source: strings.TrimSpace(t.Source), URL: t.URL,
			Note: strings.TrimSpace(t.Note), Aliases: t.Aliases}
		r.check(i, bloc)
		if len(t.Members) == 0 {
			r.fail(place{bloc: i, key: "members"}, "bloc %q has no members; add members = [\"FRA\", \"GBR 1973-2019\", …]", t.ID)
		}
		for n, text := range t.Members {
			m, err := parseMembership(text)
			if err != nil {
				r.fail(place{i, "members", n}, "%v", err)
				continue
			}
			if at := slices.IndexFunc(bloc.Members, m.overlaps); at >= 0 {
				r.fail(place{i, "members", n}, "%q overlaps with %q", m, bloc.Members[at])
			}
			bloc.Members = append(bloc.Members, m)
		}
		r.known.put(bloc)
	}
	if len(r.errs) > 0 {
		return errors.Join(r.errs...)
	}
	*b = *r.known
	return nil
}

func (m Membership) overlaps(n Membership) bool {
	return m.Economy == n.Economy && m.From <= n.To && n.From <= m.To
}

type blocReader struct {
	file   string
	places map[place][2]int
	known  *Blocs
	errs   []error
}

// place is a value in a bloc file: of the n-th bloc, by key and, in an array, position.
type place struct {
	bloc int
	key  string
	item int
}

func (r *blocReader) fail(p place, format string, args ...any) {
	at, ok := r.places[p]
	if !ok {
		at, ok = r.places[place{bloc: p.bloc}] // the key is missing: the head of the bloc
	}
	where := r.file
	if ok {
		where = fmt.Sprintf("%s:%d:%d", r.file, at[0], at[1])
	}
	r.errs = append(r.errs, fmt.Errorf("%s: %s", where, fmt.Sprintf(format, args...)))
}

var validBlocID = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,31}\+?$`)

func (r *blocReader) check(i int, b Bloc) {
	for n, id := range append([]string{b.ID}, b.Aliases...) {
		p := place{bloc: i, key: "id"}
		if n > 0 {
			p = place{i, "aliases", n - 1}
		}
		if !validBlocID.MatchString(id) {
			r.fail(p, "id %q: expected a letter, then letters, digits, _ or -, with a + at the end at most, for example MY_BLOC", id)
			continue
		}
		if taken := economyNamed(id); taken != "" {
			r.fail(p, "id %q is %s already; choose another", id, taken)
		}
		if other, taken := r.known.Get(id); taken {
			r.fail(p, "id %q is the bloc %s already; choose another", id, other.ID)
		}
		if a, ok := AggregateOf(id); lower(id) == "all" || ok && a.Kind == AggregateWorld {
			r.fail(p, "id %q is a word of selections; choose another", id)
		}
	}
	if b.Name == "" {
		r.fail(place{bloc: i, key: "name"}, "bloc %q has no name; add name = \"…\"", b.ID)
	} else if taken := economyNamed(b.Name); taken != "" {
		r.fail(place{bloc: i, key: "name"}, "name %q is %s already; choose another", b.Name, taken)
	} else if other, taken := r.known.Get(b.Name); taken {
		r.fail(place{bloc: i, key: "name"}, "name %q is the bloc %s already; choose another", b.Name, other.ID)
	}
	if b.Source == "" {
		r.fail(place{bloc: i, key: "source"}, "bloc %q has no source; add source = \"…\" (for a bloc of your own: your name)", b.ID)
	}
}

// economyNamed says what economy a text names, "" where it names none. A group such as NATO may become a bloc.
func economyNamed(text string) string {
	m, ok, err := BuiltinEconomies().resolve(text, true)
	var aggregate *AggregateError
	var absent *AbsentError
	switch {
	case !ok, errors.As(err, &aggregate):
		return ""
	case errors.As(err, &absent):
		return "the economy " + absent.Label
	case err != nil:
		return "the name of an economy"
	}
	return "the economy " + m.Label
}

var membershipText = regexp.MustCompile(`^(.*?)(?:\s+([1-9]\d{3})?-([1-9]\d{3})?)?$`)

// parseMembership reads an economy and, where membership is dated, its years: "ZAF 2011-", "GBR 1973-2019".
func parseMembership(text string) (Membership, error) {
	parts := membershipText.FindStringSubmatch(strings.TrimSpace(text))
	if parts == nil || parts[1] == "" {
		return Membership{}, fmt.Errorf("member %q: expected an economy, with years where dated, for example \"GBR 1973-2019\" or \"ZAF 2011-\"", text)
	}
	match, err := BuiltinEconomies().Find(parts[1])
	if absent := (*AbsentError)(nil); errors.As(err, &absent) {
		match.Label = absent.Label
	} else if err != nil {
		return Membership{}, fmt.Errorf("member %q: %w", text, err)
	}
	m := Membership{Economy: match.Label, From: Always, To: Forever}
	if parts[2] != "" {
		m.From, _ = strconv.Atoi(parts[2]) // four digits always convert
	}
	if parts[3] != "" {
		m.To, _ = strconv.Atoi(parts[3])
	}
	if m.From > m.To {
		return Membership{}, fmt.Errorf("member %q: the years end before they start", text)
	}
	return m, nil
}
