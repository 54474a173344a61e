package trade

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Match is what a text names.
type Match struct {
	Codes Set
	Label string // as in tables
	Name  string
	Form  string // how it was understood: code, M49, ISO3, ISO2, name or label
}

// special are ISO2 codes in use that are not those of the standard.
var special = map[string]string{"UK": "GB", "EL": "GR"}

// Resolve finds the economy that text names: a code of BACI or of the UN's M49, ISO3, ISO2, label or English name. An ISO3
// means all codes of the release that have it. Errors are *UnknownError, *AmbiguousError and *AbsentError.
func (e *Economies) Resolve(text string) (Match, error) {
	m, ok, err := e.resolve(text)
	if err != nil {
		return Match{}, err
	}
	if !ok {
		return Match{}, &UnknownError{What: "economy", Text: strings.TrimSpace(text), Suggestions: nearest(lower(text), e.candidates())}
	}
	return m, nil
}

// resolve says with ok whether text names an economy at all. An error is about a text that does, but not one of the release.
func (e *Economies) resolve(text string) (m Match, ok bool, err error) {
	text = strings.TrimSpace(text)
	if n, isNumber := number(text); isNumber {
		return e.byNumber(text, n)
	}
	upper := strings.ToUpper(text)
	if iso2, ok := special[upper]; ok {
		upper = iso2
	}
	if set, ok := e.labelled(upper); ok {
		return e.match(set, "ISO3"), true, nil
	}
	if set, ok := e.iso2[upper]; ok {
		return e.match(e.sameISO3(set), "ISO2"), true, nil
	}
	if set, ok := e.names[fold(text, false)]; ok && nameFits(text, e.commas, set) {
		return e.byName(text, set)
	}
	return e.elsewhere(text, upper)
}

// number reads a whole number that could be a code.
func number(text string) (Code, bool) {
	if text == "" || len(text) > 4 || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return Code(n), err == nil
}

func (e *Economies) byNumber(text string, n Code) (Match, bool, error) {
	if _, ok := e.index[n]; ok {
		return e.match(SetOf(n), "code"), true, nil
	}
	if c, ok := e.m49[n]; ok {
		return e.match(SetOf(c), "M49"), true, nil
	}
	for _, c := range covers() {
		if c.m49 == n {
			return Match{}, true, e.absent(text, c.Economy)
		}
	}
	if k, ok := known()[n]; ok {
		return Match{}, true, e.absent(text, k.Economy)
	}
	return Match{}, false, nil
}

// labelled returns the economies that tables show as label, or that have it as ISO3.
func (e *Economies) labelled(label string) (Set, bool) {
	var set Set
	for _, c := range e.iso3[label].codes() {
		if _, relabelled := e.labels[c]; !relabelled {
			set.Add(c)
		}
	}
	iso3, number, two := strings.Cut(label, "-")
	if n, ok := Code(0), false; two {
		if n, ok = parseCode(number); ok && e.hasISO3(n, iso3) {
			set.Add(n)
		}
	}
	return set, set != Set{}
}

func parseCode(text string) (Code, bool) { return number(text) }

func (s Set) codes() []Code { return s.Codes() }

func (e *Economies) hasISO3(c Code, iso3 string) bool {
	economy, ok := e.Get(c)
	return ok && economy.ISO3 == iso3
}

// sameISO3 adds those economies that form one series with the ones given.
func (e *Economies) sameISO3(set Set) Set {
	for _, c := range set.Codes() {
		if whole, ok := e.labelled(e.Label(c)); ok {
			set = set.Union(whole)
		}
	}
	return set
}

// nameFits refuses a name that spells another one only when its commas are taken out: "CU,BA" is not Cuba.
func nameFits(text string, commas map[string]Set, set Set) bool {
	return !strings.Contains(text, ",") || commas[fold(text, true)] != Set{}
}

// byName turns the economies that have a name into a match. The name of one that exists means its whole series, that of
// a former one itself alone.
func (e *Economies) byName(text string, set Set) (Match, bool, error) {
	var whole Set
	for _, c := range set.Codes() {
		if economy, _ := e.Get(c); economy.Kind == KindEconomy {
			whole = whole.Union(e.sameISO3(SetOf(c)))
		}
	}
	if whole != (Set{}) {
		set = whole
	}
	labels := map[string]bool{}
	var suggestions []string
	for _, c := range set.Codes() {
		label := e.Label(c)
		if !labels[label] {
			labels[label] = true
			suggestions = append(suggestions, fmt.Sprintf("%s (%s)", label, e.Name(c)))
		}
	}
	if len(labels) > 1 {
		slices.Sort(suggestions)
		return Match{}, true, &AmbiguousError{Text: text, Suggestions: suggestions}
	}
	return e.match(set, "name"), true, nil
}

// match describes a set of economies with one ISO3.
func (e *Economies) match(set Set, form string) Match {
	codes := set.Codes()
	main := codes[0]
	for _, c := range codes {
		if economy, _ := e.Get(c); economy.Kind == KindEconomy {
			main = c
			break
		}
	}
	label := e.Label(main)
	if whole, ok := e.labelled(label); ok && whole != set {
		label = fmt.Sprintf("%s-%d", label, main) // part of a series
	}
	return Match{Codes: set, Label: label, Name: e.Name(main), Form: form}
}

// elsewhere looks for text among the economies that are not in the release.
func (e *Economies) elsewhere(text, upper string) (Match, bool, error) {
	all := table()
	for _, c := range covers() {
		all = append(all[:len(all):len(all)], c.entry)
	}
	for _, k := range all {
		if !k.named(text, upper) {
			continue
		}
		if k.Code != 0 && e.index[k.Code] == 0 && !e.has(k.Code) || k.Code == 0 {
			if set, ok := e.labelled(k.ISO3); ok {
				return e.match(set, "name"), true, nil
			}
			return Match{}, true, e.absent(text, k.Economy)
		}
		return e.match(e.sameISO3(SetOf(k.Code)), "ISO3"), true, nil // the release has another ISO3 for it
	}
	return Match{}, false, nil
}

func (e *Economies) has(c Code) bool {
	_, ok := e.index[c]
	return ok
}

func (k entry) named(text, upper string) bool {
	if upper == k.ISO3 || upper == k.ISO2 {
		return true
	}
	for _, name := range append([]string{k.Name}, k.aliases...) {
		if strings.Contains(text, ",") {
			if strings.Contains(name, ",") && fold(name, true) == fold(text, true) {
				return true
			}
		} else if f := fold(name, false); f != "" && f == fold(text, false) {
			return true
		}
	}
	return false
}

func (e *Economies) absent(text string, economy Economy) error {
	err := &AbsentError{Text: text, Label: economy.ISO3, Name: economy.Name}
	for _, c := range covers() {
		if c.ISO3 == economy.ISO3 && e.has(c.by) {
			err.Within = fmt.Sprintf("%s (%s, code %d)", e.Label(c.by), e.Name(c.by), c.by)
		}
	}
	return err
}

// candidates are all spellings of the economies of the release.
func (e *Economies) candidates() []candidate {
	var list []candidate
	for _, economy := range e.list {
		label := e.Label(economy.Code)
		suggestion := fmt.Sprintf("%s (%s)", label, economy.Name)
		k := known()[economy.Code]
		for _, s := range append([]string{label, economy.ISO2, economy.Name, k.Name}, k.aliases...) {
			if s != "" {
				list = append(list, candidate{lower(s), suggestion})
			}
		}
	}
	return list
}
