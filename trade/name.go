package trade

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

//go:embed data/names.csv
var namesCSV string

// nameTable is data/names.csv: names of one economy, and names that several share.
type nameTable struct {
	of      map[string][]string // by ISO3, or BACI's number in decimal
	choices nameIndex[*choice]
}

// choice is a name that several economies share.
type choice struct {
	means    []string // ISO3, or a list of two as in "CHN,HKG"
	official bool     // in lists it is the first; only for short may it be another
}

var names = sync.OnceValue(func() *nameTable {
	t := &nameTable{of: map[string][]string{}}
	for _, row := range embedded(namesCSV, 4) {
		means := strings.Fields(row[1])
		if len(means) == 1 {
			t.of[means[0]] = append(t.of[means[0]], row[0])
			continue
		}
		c := &choice{means: means}
		means[0], c.official = strings.CutSuffix(means[0], "*")
		t.choices.add(row[0], c)
	}
	return t
})

// shared returns an error where text is a name that several economies share. Somebody who types may use it for short, a file has it
// from a list.
func (e *Economies) shared(text string, typed bool) error {
	found := names().choices.get(text)
	if len(found) == 0 || found[0].official && !typed {
		return nil
	}
	err := &AmbiguousError{Text: text}
	for _, m := range found[0].means {
		name := "both"
		if !strings.Contains(m, ",") {
			name = e.nameOf(m)
		}
		err.Suggestions = append(err.Suggestions, fmt.Sprintf("%s (%s)", m, name))
	}
	return err
}

// nameOf returns the name of an economy by its ISO3, as in the release where that has it.
func (e *Economies) nameOf(iso3 string) string {
	if codes := e.iso3[iso3].Codes(); len(codes) > 0 {
		return e.Name(codes[0])
	}
	i := slices.IndexFunc(atlas(), func(k entry) bool { return k.ISO3 == iso3 })
	if i < 0 {
		return iso3
	}
	return atlas()[i].Name
}

// Names lists what an economy of the release is called, its own name first.
func (e *Economies) Names(c Code) []string {
	k := known()[c]
	list := []string{e.Name(c)}
	for _, name := range append([]string{k.Name}, k.aliases...) {
		if name != "" {
			list = appendNew(list, name)
		}
	}
	return list
}

// nameIndex finds by name, in any case and punctuation.
type nameIndex[T comparable] struct {
	names  map[string][]T
	commas map[string][]T // names with commas, which must be where they belong: "CU,BA" is not Cuba
}

// inverted is a name in full that lists also have the other way round: Republic of the Congo, Congo, Republic of the; Congo, Rep.
var inverted = regexp.MustCompile(`^((?:\S+ )*(?:republic|kingdom|state|states|commonwealth|principality|union|sultanate|federation)) of (.+)$`)

func (x *nameIndex[T]) add(name string, v T) {
	if x.names == nil {
		x.names, x.commas = map[string][]T{}, map[string][]T{}
	}
	folded := fold(name, false)
	x.put(x.names, folded, v)
	x.put(x.names, oneWord(folded), v)
	if strings.Contains(name, ",") {
		x.put(x.commas, fold(name, true), v)
	}
	if strings.ContainsAny(name, "([") { // Bolivia (Plurinational State of) is Bolivia, Plurinational State of
		x.put(x.commas, fold(strings.NewReplacer("(", ",", "[", ",").Replace(name), true), v)
	}
	if part := inverted.FindStringSubmatch(folded); part != nil {
		for _, form := range []string{part[1], part[1] + " of"} {
			x.put(x.names, part[2]+" "+form, v)
			x.put(x.names, oneWord(part[2]+form), v)
			x.put(x.commas, part[2]+" , "+form, v)
		}
	}
}

// articleLast is what lists put behind a name: Bahamas, The.
var articleLast = regexp.MustCompile(`(?i)\s*,\s*the\s*$`)

func (x *nameIndex[T]) put(index map[string][]T, key string, v T) {
	if key != "" && !slices.Contains(index[key], v) {
		index[key] = append(index[key], v)
	}
}

func (x *nameIndex[T]) get(text string) []T {
	if strings.Contains(text, ",") {
		text = articleLast.ReplaceAllString(text, "")
	}
	switch {
	case strings.ContainsAny(text, "+|"): // separators of selections, in no name
		return nil
	case strings.Contains(text, ","):
		return x.commas[fold(text, true)]
	}
	return x.names[fold(text, false)]
}
