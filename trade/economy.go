package trade

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Kind says what a code of BACI stands for.
type Kind string

const (
	KindEconomy Kind = "economy" // exists today
	KindFormer  Kind = "former"  // was dissolved, or is reported in parts now
	KindNES     Kind = "nes"     // not elsewhere specified: trade whose economy is not known in detail
)

// Economy is a line of a release's code list.
type Economy struct {
	Code             Code
	ISO3, ISO2, Name string
	Kind             Kind
}

// Economies is the immutable code list of a release.
type Economies struct {
	list    []Economy // ascending by code
	index   map[Code]int
	labels  map[Code]string // where not the ISO3
	byLabel map[string]Set
	iso3    map[string]Set
	iso2    map[string]Set
	names   nameIndex[Code]
	m49     map[Code]Code // codes of the UN's list that BACI has another one for
}

// taiwan is the code that BACI gives "Other Asia, not elsewhere specified", which is Taiwan.
const taiwan Code = 490

//go:embed data/economies.csv
var economiesCSV string

//go:embed data/covered.csv
var coveredCSV string

// entry is a line of data/economies.csv: every code that a release of BACI has had, and the UN's codes of areas not
// elsewhere specified. Where the UN's code of these is no ISO3 (_X, A79 twice, MCO for 492) it is left out. aliases are its names
// in data/names.csv.
type entry struct {
	Economy
	m49     Code
	aliases []string
}

// cover is a line of data/covered.csv: an economy that BACI lists no longer, not yet or never, and the one that its trade
// is part of, 0 where none is.
type cover struct {
	entry
	by Code
}

var table = sync.OnceValue(func() []entry {
	var all []entry
	today := map[string]bool{}
	for _, row := range embedded(economiesCSV, 6) {
		e := entry{Economy: Economy{Code: embeddedCode(row[0]), ISO3: row[1], ISO2: row[2], Name: row[3], Kind: Kind(row[4])}, m49: embeddedCode(row[5])}
		today[e.ISO3] = today[e.ISO3] || e.Kind == KindEconomy
		all = append(all, e)
	}
	for i, e := range all {
		all[i].aliases = slices.Clone(names().of[strconv.Itoa(int(e.Code))])
		if e.Kind == KindEconomy || !today[e.ISO3] {
			all[i].aliases = append(all[i].aliases, names().of[e.ISO3]...)
		}
	}
	return all
})

var covers = sync.OnceValue(func() []cover {
	var all []cover
	for _, row := range embedded(coveredCSV, 5) {
		all = append(all, cover{by: embeddedCode(row[4]), entry: entry{
			Economy: Economy{ISO3: row[1], ISO2: row[2], Name: row[3], Kind: KindEconomy},
			m49:     embeddedCode(row[0]), aliases: names().of[row[1]],
		}})
	}
	return all
})

// known is the embedded table by code.
var known = sync.OnceValue(func() map[Code]entry {
	index := map[Code]entry{}
	for _, e := range table() {
		index[e.Code] = e
	}
	return index
})

// embedded reads an embedded table; a fault in it is a fault of the program.
func embedded(text string, columns int) [][]string {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord, r.Comment = columns, '#'
	rows, err := r.ReadAll()
	if err != nil {
		panic(err)
	}
	return rows[1:]
}

func embeddedCode(text string) Code {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		panic(err)
	}
	return Code(n)
}

// BuiltinEconomies returns the embedded list: every code that a release of BACI has had, and those of areas not elsewhere
// specified in UN Comtrade.
func BuiltinEconomies() *Economies { return builtinEconomies() }

var builtinEconomies = sync.OnceValue(func() *Economies {
	var list []Economy
	for _, e := range table() {
		list = append(list, e.Economy)
	}
	e, err := NewEconomies(list)
	if err != nil {
		panic(err)
	}
	return e
})

// NewEconomies makes the code list of a release. What the release leaves out (no ISO3, no name, kind) comes from the
// embedded table; 490 is always Taiwan; names encoded twice are repaired. A code twice with different content is an error.
func NewEconomies(list []Economy) (*Economies, error) {
	e := &Economies{index: map[Code]int{}, labels: map[Code]string{}}
	for _, economy := range list {
		if economy.Code == 0 || economy.Code >= MaxCode {
			return nil, fmt.Errorf("economy code %d (%s): expected 1 to %d", economy.Code, economy.Name, MaxCode-1)
		}
		economy = complete(economy)
		if i, twice := e.index[economy.Code]; twice {
			if e.list[i] != economy {
				return nil, fmt.Errorf("the economy code %d is listed twice, as %s (%s) and as %s (%s)",
					economy.Code, e.list[i].ISO3, e.list[i].Name, economy.ISO3, economy.Name)
			}
			continue
		}
		e.index[economy.Code] = len(e.list)
		e.list = append(e.list, economy)
	}
	slices.SortFunc(e.list, func(a, b Economy) int { return int(a.Code) - int(b.Code) })
	for i, economy := range e.list {
		e.index[economy.Code] = i
	}
	e.indexNames()
	return e, nil
}

// complete fills in what a release leaves out of an economy.
func complete(e Economy) Economy {
	known := known()[e.Code]
	e.ISO3, e.ISO2, e.Name = isoOf(e.ISO3, 3), isoOf(e.ISO2, 2), repair(strings.TrimSpace(e.Name))
	if e.Code == taiwan {
		return known.Economy
	}
	if e.ISO3 == "" || known.Kind == KindNES { // UN Comtrade has Monaco's for 492 "Europe EU, nes"
		e.ISO3 = known.ISO3
	}
	if e.ISO2 == "" {
		e.ISO2 = known.ISO2
	}
	if e.Name == "" {
		e.Name = known.Name
	}
	if e.Kind == "" {
		e.Kind = known.Kind
	}
	if e.Kind == "" {
		e.Kind = KindEconomy
	}
	return e
}

// isoOf returns a code of n capital letters or digits, "" for anything else such as N/A.
func isoOf(text string, n int) string {
	text = strings.ToUpper(strings.TrimSpace(text))
	if len(text) != n || strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
		return ""
	}
	return text
}

func (e *Economies) indexNames() {
	e.iso3, e.iso2, e.m49 = map[string]Set{}, map[string]Set{}, map[Code]Code{}
	for _, economy := range e.list {
		c, k := economy.Code, known()[economy.Code]
		putCode(e.iso3, economy.ISO3, c)
		putCode(e.iso2, economy.ISO2, c)
		if k.m49 != 0 && k.m49 != c {
			e.m49[k.m49] = c
		}
		for _, name := range append([]string{economy.Name, k.Name}, k.aliases...) {
			e.names.add(name, c)
		}
	}
	e.indexLabels()
}

func (e *Economies) indexLabels() {
	e.byLabel = map[string]Set{}
	for _, economy := range e.list {
		putCode(e.byLabel, e.Label(economy.Code), economy.Code)
	}
}

func putCode(index map[string]Set, key string, c Code) {
	if key != "" {
		set := index[key]
		set.Add(c)
		index[key] = set
	}
}

// All lists the economies by ascending code.
func (e *Economies) All() []Economy { return slices.Clone(e.list) }

// Get returns the economy with the code.
func (e *Economies) Get(c Code) (Economy, bool) {
	i, ok := e.index[c]
	if !ok {
		return Economy{}, false
	}
	return e.list[i], true
}

// Label returns the short name used in tables: the ISO3 of the release, or what WithLabels gave. A code that is not in
// the release has the label of the embedded table, else its number.
func (e *Economies) Label(c Code) string {
	if label, ok := e.labels[c]; ok {
		return label
	}
	if economy, ok := e.Get(c); ok && economy.ISO3 != "" {
		return economy.ISO3
	}
	if k := known()[c]; k.ISO3 != "" {
		return k.ISO3
	}
	return strconv.Itoa(int(c))
}

// Name returns the English name, else the label.
func (e *Economies) Name(c Code) string {
	if economy, ok := e.Get(c); ok && economy.Name != "" {
		return economy.Name
	}
	if k, ok := known()[c]; ok {
		return k.Name
	}
	return e.Label(c)
}

// WithLabels returns the list with labels of its own for some codes: where two economies with one ISO3 trade in the same
// year, one of them is for instance SDN-736.
func (e *Economies) WithLabels(labels map[Code]string) *Economies {
	with := *e
	with.labels = maps.Clone(e.labels)
	maps.Copy(with.labels, labels)
	with.indexLabels()
	return &with
}
