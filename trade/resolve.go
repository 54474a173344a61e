package trade

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Match is what a text names.
type Match struct {
	Codes Set
	Label string // as in tables
	Name  string
	Form  string // how the text was understood: code, M49, label, ISO3, ISO2 or name
}

// special are ISO2 codes in use that are not those of the standard.
var special = map[string]string{"UK": "GB", "EL": "GR"}

// Resolve finds the economy that a text in a file names: a code of BACI or of the UN's M49, label, ISO3, ISO2 or English name. Codes
// of the release with one ISO3 are one series: it is meant by the ISO3, and by name and number of an economy that exists
// today; name and number of a former economy mean that alone. Errors are *UnknownError, *AmbiguousError, *AbsentError and
// *AggregateError.
func (e *Economies) Resolve(text string) (Match, error) { return e.find(text, false) }

// ByLabel finds the economies whose label, as tables have it, a text is. Where it is none, Resolve goes through all names for what could be
// meant; this does not, so that every cell of a table can be looked up.
func (e *Economies) ByLabel(text string) (Match, bool) {
	set, form := e.labelled(text)
	if form == "" {
		return Match{}, false
	}
	m := e.match(set, form)
	return m, m.Label == text
}

// Find is Resolve for a text that somebody typed, where a name may be short for another: Guinea could be Guinea-Bissau.
func (e *Economies) Find(text string) (Match, error) { return e.find(text, true) }

func (e *Economies) find(text string, typed bool) (Match, error) {
	m, ok, err := e.resolve(text, typed)
	if err != nil {
		return Match{}, err
	}
	if !ok {
		return Match{}, &UnknownError{What: "economy", Text: strings.TrimSpace(text), Suggestions: plausible(text, e.candidates()), Expected: "an ISO code or an English name, such as DEU or Germany"}
	}
	return m, nil
}

// resolve says with ok whether text names an economy at all. An error is about a text that does, but not one of the release.
func (e *Economies) resolve(text string, typed bool) (m Match, ok bool, err error) {
	text = repair(strings.TrimSpace(text))
	if n, ok := number(text); ok {
		if e.has(n) {
			return e.series(text, "code", n)
		}
		if c, ok := e.m49[n]; ok {
			return e.series(text, "M49", c)
		}
	}
	upper := strings.ToUpper(text)
	if iso2, ok := special[upper]; ok {
		upper = iso2
	}
	if set, form := e.labelled(upper); form != "" {
		return e.match(set, form), true, nil
	}
	if set, ok := e.iso2[upper]; ok {
		return e.series(text, "ISO2", set.Codes()...)
	}
	if err := e.shared(text, typed); err != nil {
		return Match{}, true, err
	}
	if codes := e.names.get(text); len(codes) > 0 {
		return e.series(text, "name", codes...)
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

func (e *Economies) has(c Code) bool {
	_, ok := e.index[c]
	return ok
}

// labelled returns the economies with the label, those with the ISO3 where labels differ, or one of a series by ISO3 and
// number ("DEU-280"), and the form that the text has.
func (e *Economies) labelled(text string) (Set, string) {
	if set, ok := e.iso3[text]; ok {
		if shown, ok := e.byLabel[text]; ok {
			set = shown
		}
		return set, "ISO3"
	}
	if set, ok := e.byLabel[text]; ok {
		return set, "label"
	}
	iso3, digits, _ := strings.Cut(text, "-")
	n, ok := number(digits)
	if !ok {
		return Set{}, ""
	}
	if c, ok := e.m49[n]; ok && !e.has(n) {
		n = c
	}
	if economy, ok := e.Get(n); ok && economy.ISO3 == iso3 {
		return SetOf(n), "label"
	}
	return Set{}, ""
}

// series turns the economies that text names into one match, of the whole series if one of them exists today.
func (e *Economies) series(text, form string, codes ...Code) (Match, bool, error) {
	var whole, alone Set
	for _, c := range codes {
		if economy, _ := e.Get(c); economy.Kind == KindEconomy {
			whole = whole.Union(e.byLabel[e.Label(c)])
		}
		alone.Add(c)
	}
	if whole == (Set{}) {
		whole = alone
	}
	labels := map[string]Code{}
	for _, c := range whole.Codes() {
		if first, ok := labels[e.Label(c)]; !ok || c < first {
			labels[e.Label(c)] = c
		}
	}
	if len(labels) > 1 {
		var suggestions []string
		for label, c := range labels {
			suggestions = append(suggestions, fmt.Sprintf("%s (%s)", label, e.Name(c)))
		}
		slices.Sort(suggestions)
		return Match{}, true, &AmbiguousError{Text: text, Suggestions: suggestions}
	}
	return e.match(whole, form), true, nil
}

// match describes economies with one label. Its own is that label, or ISO3 and number of one that is part of a series.
func (e *Economies) match(set Set, form string) Match {
	codes := set.Codes()
	main := codes[max(0, slices.IndexFunc(codes, func(c Code) bool {
		economy, _ := e.Get(c)
		return economy.Kind == KindEconomy
	}))]
	label := e.Label(main)
	if e.byLabel[label] != set {
		label = fmt.Sprintf("%s-%d", label, main)
	}
	return Match{Codes: set, Label: label, Name: e.Name(main), Form: form}
}

// worldIndex finds entries of the atlas.
type worldIndex struct {
	codes map[string][]int
	names nameIndex[int]
}

// world is everything that the embedded tables name, for texts that name nothing in the release.
var world = sync.OnceValue(func() *worldIndex {
	x := &worldIndex{codes: map[string][]int{}}
	for i, k := range atlas() {
		for _, name := range append([]string{k.Name}, k.aliases...) {
			x.names.add(name, i)
		}
		for _, code := range []string{k.ISO3, k.ISO2, strconv.Itoa(int(k.Code)), strconv.Itoa(int(k.m49))} {
			if code != "" && code != "0" {
				x.codes[code] = appendNew(x.codes[code], i)
			}
		}
	}
	return x
})

// atlas are the entries of both embedded tables.
var atlas = sync.OnceValue(func() []entry {
	all := slices.Clone(table())
	for _, c := range covers() {
		all = append(all, c.entry)
	}
	return all
})

// elsewhere looks for text among the economies that are not in the release, or have another ISO3 there.
func (e *Economies) elsewhere(text, upper string) (Match, bool, error) {
	if n, ok := number(text); ok {
		upper = strconv.Itoa(int(n))
	}
	found := world().codes[upper]
	if len(found) == 0 {
		found = world().names.get(text)
	}
	if len(found) == 0 {
		if a, ok := AggregateOf(text); ok {
			return Match{}, true, &AggregateError{Text: text, Aggregate: a}
		}
		return Match{}, false, nil
	}
	k := atlas()[found[0]]
	for _, i := range found[1:] { // 492 is an area not elsewhere specified, and Monaco's number: the one that can be told of
		if e.within(k.Economy) == "" && e.within(atlas()[i].Economy) != "" && !e.has(k.Code) {
			k = atlas()[i]
		}
	}
	if e.has(k.Code) {
		return e.series(text, "ISO3", k.Code)
	}
	if _, isNumber := number(text); !isNumber {
		if set, ok := e.byLabel[k.ISO3]; ok {
			return e.match(set, "name"), true, nil
		}
	}
	return Match{}, true, e.absent(text, k.Economy)
}

func (e *Economies) absent(text string, economy Economy) error {
	err := &AbsentError{Text: text, Label: economy.ISO3, Name: economy.Name, Within: e.within(economy), Never: economy.Code == 0}
	if err.Label == "" {
		err.Label = strconv.Itoa(int(economy.Code))
	}
	return err
}

// within describes the economy of the release that the trade of another one is part of.
func (e *Economies) within(economy Economy) string {
	for _, c := range covers() {
		if c.ISO3 == economy.ISO3 && e.has(c.by) {
			return fmt.Sprintf("%s (%s, code %d)", e.Label(c.by), e.Name(c.by), c.by)
		}
	}
	return ""
}

// candidates are all names of the economies of the release. Codes are not among them: one letter off is another country.
func (e *Economies) candidates() []candidate {
	var list []candidate
	for _, economy := range e.list {
		label := e.Label(economy.Code)
		if series := e.byLabel[label]; economy.Kind != KindEconomy && series.Len() > 1 {
			label = fmt.Sprintf("%s-%d", label, economy.Code)
		}
		suggestion := fmt.Sprintf("%s (%s)", label, economy.Name)
		for _, name := range e.Names(economy.Code) {
			list = append(list, candidate{name, suggestion})
		}
	}
	return list
}
