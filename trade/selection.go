package trade

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Group is a set of economies that may change with the years and is shown as one.
type Group struct {
	Label, Name string
	spells      []spell
}

type spell struct {
	codes    Set
	from, to int
}

// Codes returns the economies of the group in a year; members in a month are those of its year.
func (g Group) Codes(year int) Set {
	year = Period(year).Year()
	var set Set
	for _, s := range g.spells {
		if s.from <= year && year <= s.to {
			set = set.Union(s.codes)
		}
	}
	return set
}

// Party is an item of a selection: alternatives, of which there is mostly one.
type Party struct {
	Label, Name string
	Any         []Group
	Named       bool // asked for by name, not as one of all
}

// Selection is what a text selects.
type Selection struct {
	Text    string // as given
	All     bool   // "all": every economy of the release
	None    bool   // "-"
	Parties []Party
	Blocs   []Bloc   // that the text names, each once
	Notes   []string // members that the release lacks, items given twice

	items []string // canonical text
}

// String returns the selection in canonical text, which ParseSelection reads as the same selection.
func (s Selection) String() string {
	switch {
	case s.All:
		return "all"
	case s.None:
		return "-"
	}
	return strings.Join(s.items, ",")
}

// ParseSelection reads a comma list of economies and blocs; + merges terms, NAME=A+B does so under a name, | gives alternatives,
// BLOC:members lists the members one by one, in all years, also those that were members for a time; BLOC:any are the members of each
// year as alternatives. "all" is every economy, one by one, and may be followed by blocs; "-" stands alone.
func ParseSelection(text string, economies *Economies, blocs *Blocs) (Selection, error) {
	p := &selecting{Selection: Selection{Text: strings.TrimSpace(text)}, text: text, economies: economies, blocs: blocs}
	switch lower(text) {
	case "all":
		p.All = true
		p.Parties = economies.parties()
		return p.Selection, nil
	case "-":
		p.None = true
		return p.Selection, nil
	case "":
		return Selection{}, errors.New("empty selection; expected economies and blocs such as DEU,USA+EU27, or all")
	}
	if first, _, more := strings.Cut(text, ","); more && lower(first) == "all" {
		p.Parties, p.items, p.at = economies.parties(), []string{"all"}, len(first)+1
	}
	if err := p.list(); err != nil {
		return Selection{}, err
	}
	p.tellApart()
	return p.Selection, nil
}

// parties makes a party of each label of the release.
func (e *Economies) parties() []Party {
	var parties []Party
	done := map[string]bool{}
	for _, economy := range e.list {
		label := e.Label(economy.Code)
		if !done[label] {
			done[label] = true
			m := e.match(e.byLabel[label], "label")
			parties = append(parties, Party{Label: m.Label, Name: m.Name, Any: []Group{m.group()}})
		}
	}
	return parties
}

func (m Match) group() Group {
	return Group{Label: m.Label, Name: m.Name, spells: []spell{{m.Codes, Always, Forever}}}
}

// selecting reads a selection. at is the byte that comes next.
type selecting struct {
	Selection
	text      string
	at        int
	economies *Economies
	blocs     *Blocs
}

// term is an economy or bloc, with what follows the colon of a bloc.
type term struct {
	group   Group
	bloc    Bloc
	suffix  string  // "", "members" or "any"
	members []Group // with :members each in all years, with :any in the years of its membership
}

func (p *selecting) list() error {
	for {
		if err := p.item(); err != nil {
			return err
		}
		if p.at >= len(p.text) {
			return nil
		}
		p.at++ // the comma
	}
}

// item reads alternatives up to a comma.
func (p *selecting) item() error {
	if name, ok := p.ownName(); ok {
		return p.own(name)
	}
	var groups []Group
	var label, name []string
	for {
		terms, err := p.merged()
		if err != nil {
			return err
		}
		first := terms[0]
		switch {
		case len(terms) == 1 && first.suffix == "members":
			if len(groups) > 0 || p.next() == '|' {
				return fmt.Errorf("%s:members lists economies and cannot be an alternative; expected %s:any", first.bloc.ID, first.bloc.ID)
			}
			for _, g := range first.members {
				p.add(Party{Label: g.Label, Name: g.Name, Any: []Group{g}, Named: true}, "")
			}
			if slices.ContainsFunc(first.bloc.Members, Membership.dated) {
				p.note("%s:members lists whoever was a member in any year, also in the years in which it was not", first.bloc.ID)
			}
			p.items = appendNew(p.items, first.bloc.ID+":members")
			return nil
		case len(terms) == 1 && first.suffix == "any":
			groups = append(groups, first.members...)
			label, name = append(label, first.bloc.ID+":any"), append(name, "any of "+first.bloc.Name)
		default:
			g := merge(terms)
			groups, label, name = append(groups, g), append(label, g.Label), append(name, g.Name)
		}
		if p.next() != '|' {
			break
		}
		p.at++
	}
	text := strings.Join(label, "|")
	p.add(Party{Label: text, Name: strings.Join(name, " | "), Any: distinct(groups), Named: true}, text)
	return nil
}

// ownName reads NAME= at the beginning of an item.
func (p *selecting) ownName() (string, bool) {
	rest := p.text[p.at:]
	if i := strings.IndexAny(rest, ",+|"); i >= 0 {
		rest = rest[:i]
	}
	name, _, ok := strings.Cut(rest, "=")
	if ok {
		p.at += len(name) + 1
	}
	return strings.TrimSpace(name), ok
}

// mostOwnName bounds the name that an asker gives a bloc, in bytes.
const mostOwnName = 40

// own reads the members of a bloc that the asker names: Nordics=DNK+FIN+NOR+SWE.
func (p *selecting) own(name string) error {
	if len(name) == 0 || len(name) > mostOwnName || strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" -_.'", r)
	}) {
		return fmt.Errorf("%q before =: expected a name of your own of up to %d letters and digits, such as Nordics=DNK+FIN+NOR+SWE", name, mostOwnName)
	}
	if t, ok, _ := p.lookUp(name); ok || lower(name) == "all" || lower(name) == "-" {
		return fmt.Errorf("%q before =: it means %s already; expected a name of your own", name, cmp.Or(t.group.Name, "something"))
	}
	terms, err := p.merged()
	if err != nil {
		return err
	}
	if p.next() == '|' || terms[0].suffix != "" {
		return fmt.Errorf("%s: your own bloc is economies and blocs joined by +, such as %s=DNK+FIN", name, name)
	}
	g := merge(terms)
	item := name + "=" + g.Label
	b := Bloc{ID: name, Name: name, Source: "given in the question as " + item}
	for _, t := range terms {
		if t.bloc.ID != "" {
			b.Members = append(b.Members, t.bloc.Members...)
		} else {
			b.Members = append(b.Members, Membership{Economy: t.group.Label, From: Always, To: Forever})
		}
	}
	if i := slices.IndexFunc(p.Blocs, func(other Bloc) bool { return other.ID == name }); i < 0 {
		p.Blocs = append(p.Blocs, b)
	} else if p.Blocs[i].Source != b.Source {
		return fmt.Errorf("%s: the name stands for two blocs, %s and %s", name, strings.TrimPrefix(p.Blocs[i].Source, "given in the question as "), item)
	}
	p.note("%s is a bloc given in the question: %s", name, g.Label)
	g.Label, g.Name = name, name
	p.add(Party{Label: name, Name: name, Any: []Group{g}, Named: true}, item)
	return nil
}

// add appends a party unless there is one of that label already.
func (p *selecting) add(party Party, item string) {
	if slices.ContainsFunc(p.Parties, func(q Party) bool { return q.Label == party.Label }) {
		p.note("%s is selected twice and counts once", party.Label)
		return
	}
	p.Parties = append(p.Parties, party)
	if item != "" {
		p.items = appendNew(p.items, item)
	}
}

func (p *selecting) note(format string, args ...any) {
	p.Notes = appendNew(p.Notes, fmt.Sprintf(format, args...))
}

func appendNew[T comparable](list []T, item T) []T {
	if slices.Contains(list, item) {
		return list
	}
	return append(list, item)
}

// distinct joins groups of one label.
func distinct(groups []Group) []Group {
	var list []Group
	for _, g := range groups {
		if i := slices.IndexFunc(list, func(h Group) bool { return h.Label == g.Label }); i >= 0 {
			list[i].spells = slices.Concat(list[i].spells, g.spells)
		} else {
			list = append(list, g)
		}
	}
	return list
}

// outermost is distinct without the groups that others contain: South Africa has the code of the customs union in some
// releases.
func outermost(groups []Group) []Group {
	all := distinct(groups)
	var list []Group
	for i, g := range all {
		if !slices.ContainsFunc(all[:i], g.within) && !slices.ContainsFunc(all[i+1:], func(h Group) bool { return g.within(h) && !h.within(g) }) {
			list = append(list, g)
		}
	}
	return list
}

// ever returns the economies that are in the group in some year.
func (g Group) ever() (set Set) {
	for _, s := range g.spells {
		set = set.Union(s.codes)
	}
	return set
}

// within says whether the economies of g are in h, in every year.
func (g Group) within(h Group) bool {
	if g.ever().Minus(h.ever()) != (Set{}) { // most groups share no economy, which needs no look at the years
		return false
	}
	for _, s := range slices.Concat(g.spells, h.spells) {
		for _, year := range []int{s.from, s.to + 1} { // between these, nothing changes
			if g.Codes(year).Minus(h.Codes(year)) != (Set{}) {
				return false
			}
		}
	}
	return true
}

// tellApart gives groups of one label that differ in some year labels of their own: in "EU:any,GBR" the first has the
// United Kingdom to 2019 only. The label of a group says what it is in a table and to who computes it once.
func (p *selecting) tellApart() {
	for _, party := range p.Parties {
		for i, g := range party.Any {
			differs := func(h Group) bool { return h.Label == g.Label && !(g.within(h) && h.within(g)) }
			if g.Label != party.Label && slices.ContainsFunc(p.Parties, func(q Party) bool { return slices.ContainsFunc(q.Any, differs) }) {
				party.Any[i].Label = g.Label + " of " + party.Label
			}
		}
	}
}

// merged reads terms joined by +.
func (p *selecting) merged() ([]term, error) {
	var terms []term
	for {
		t, err := p.term()
		if err != nil {
			return nil, err
		}
		terms = append(terms, t)
		if len(terms) > 1 || p.next() == '+' {
			if i := slices.IndexFunc(terms, func(t term) bool { return t.suffix != "" }); i >= 0 {
				return nil, fmt.Errorf("%s:%s cannot be merged with +; the bloc as a whole is %s", terms[i].bloc.ID, terms[i].suffix, terms[i].bloc.ID)
			}
		}
		if p.next() != '+' {
			return terms, nil
		}
		p.at++
	}
}

func merge(terms []term) Group {
	var g Group
	var label, name []string
	for _, t := range terms {
		if slices.Contains(label, t.group.Label) {
			continue
		}
		label, name = append(label, t.group.Label), append(name, t.group.Name)
		g.spells = append(g.spells, t.group.spells...)
	}
	g.Label, g.Name = strings.Join(label, "+"), strings.Join(name, " + ")
	return g
}

// next returns the separator at hand, 0 at the end.
func (p *selecting) next() byte {
	if p.at >= len(p.text) {
		return 0
	}
	return p.text[p.at]
}

// mostSeparators bounds the separators within one name: "Separate Customs Territory of Taiwan, Penghu, Kinmen and Matsu"
// has two, and the + of a bloc's id may follow.
const mostSeparators = 4

// term reads the longest text that names an economy or a bloc.
func (p *selecting) term() (term, error) {
	ends := p.ends()
	var fault error // of the shortest text that names something
	for _, end := range slices.Backward(ends) {
		text := strings.TrimSpace(p.text[p.at:end])
		t, ok, err := p.lookUp(text)
		if ok && !p.oneName(text, t) {
			continue
		}
		if strings.Contains(text, ",") && (errors.As(err, new(*AmbiguousError)) || errors.As(err, new(*AbsentError))) {
			return term{}, err // the name is known; what it begins with is not meant
		}
		if err != nil {
			fault = err
		} else if ok {
			p.at = end
			return t, nil
		}
	}
	text := strings.TrimSpace(p.text[p.at:ends[0]])
	switch lower(text) {
	case "all":
		return term{}, fmt.Errorf("%q must come first: all,EU27 is every economy and the bloc", text)
	case "-":
		return term{}, fmt.Errorf("%q cannot be combined with other economies", text)
	}
	if fault != nil {
		return term{}, p.blocs.Advise(fault)
	}
	if text == "" {
		return term{}, fmt.Errorf("selection %q: an economy is missing at character %d", p.Text, p.at+1)
	}
	candidates := p.economies.candidates()
	for _, b := range p.blocs.All() {
		for _, name := range b.names() {
			candidates = append(candidates, candidate{name, fmt.Sprintf("%s (%s)", b.ID, b.Name)})
		}
	}
	return term{}, &UnknownError{What: "economy or bloc", Text: text, Suggestions: plausible(text, candidates), Expected: "an ISO code, an English name or a bloc, such as DEU, Germany or EU27"}
}

// oneName says whether a text that names something is one name and not a list. "Hong Kong, China" is both: as lists of names have
// it, with spaces, it is Hong Kong, without them it is a list. A note says so.
func (p *selecting) oneName(text string, t term) bool {
	if !strings.Contains(text, ",") {
		return true
	}
	var labels []string
	for part := range strings.SplitSeq(text, ",") {
		one, ok, err := p.lookUp(strings.TrimSpace(part))
		if !ok || err != nil {
			return true
		}
		labels = append(labels, one.group.Label)
	}
	spaced := strings.Count(text, ",") == strings.Count(text, ", ")
	switch list := strings.Join(labels, ","); {
	case !spaced:
		p.note("%q is read as a list, %s; with a space after the comma it is one name", text, list)
	case t.group.Label != "": // else it is refused
		p.note("%q is read as one name, %s (%s); the list is %s", text, t.group.Label, t.group.Name, list)
	}
	return spaced
}

// ends lists where the term at hand could end: at the separators that follow, and at the end of the text.
func (p *selecting) ends() []int {
	var ends []int
	for i := p.at; i < len(p.text); i++ {
		if strings.IndexByte(",+|", p.text[i]) >= 0 {
			if ends = append(ends, i); len(ends) > mostSeparators {
				return ends
			}
		}
	}
	return append(ends, len(p.text))
}

// lookUp finds what a text names. An error is about a text that does name something, but nothing that can be selected.
func (p *selecting) lookUp(text string) (term, bool, error) {
	id, suffix, hasSuffix := strings.Cut(text, ":")
	if bloc, ok := p.blocs.Get(id); ok && blocFits(id) {
		if !blocFits(suffix) { // what follows a separator is another's
			return term{}, false, nil
		}
		t := term{bloc: bloc, suffix: lower(suffix)}
		if hasSuffix && t.suffix != "members" && t.suffix != "any" {
			return term{}, true, fmt.Errorf("%q: expected %s:members (one by one) or %s:any (alternatives)", text, bloc.ID, bloc.ID)
		}
		if err := p.fill(&t); err != nil {
			return term{}, true, err
		}
		return t, true, nil
	}
	m, ok, err := p.economies.resolve(text, true)
	var aggregate *AggregateError
	if hasSuffix && (!ok || errors.As(err, &aggregate)) { // "China, P.R.: Mainland" is a name of the IMF's
		_, ok, err := p.economies.resolve(id, true)
		if errors.As(err, &aggregate) {
			return term{}, true, err
		}
		if ok {
			return term{}, true, fmt.Errorf("%q: only a bloc has members, %s is an economy", text, strings.TrimSpace(id))
		}
		return term{}, false, nil
	}
	if err != nil || !ok {
		return term{}, ok, err
	}
	return term{group: m.group()}, true, nil
}

// blocFits refuses text that names a bloc only when separators inside are taken out, such as "G,7" or "EU+28".
func blocFits(id string) bool { return !strings.ContainsAny(strings.TrimSuffix(id, "+"), ",|+") }

// fill resolves the members of a bloc in the release.
func (p *selecting) fill(t *term) error {
	t.group = Group{Label: t.bloc.ID, Name: t.bloc.Name}
	var absent []*AbsentError
	for _, m := range t.bloc.Members {
		matches, err := p.economies.member(m.Economy)
		var a *AbsentError
		switch {
		case errors.As(err, &a) && a.Within == "" && !a.Never:
			absent = append(absent, a)
		case err != nil:
			p.note("%s: %v", t.bloc.ID, err)
		}
		for _, match := range matches {
			s := spell{match.Codes, m.From, m.To}
			t.group.spells = append(t.group.spells, s)
			member := match.group()
			if t.suffix == "any" {
				member.spells = []spell{s}
			}
			t.members = append(t.members, member)
		}
	}
	p.noteAbsent(t.bloc.ID, absent)
	if t.suffix != "" {
		t.members = outermost(t.members)
	}
	if len(t.members) == 0 {
		return fmt.Errorf("bloc %s has no member in this release", t.bloc.ID)
	}
	if !slices.ContainsFunc(p.Blocs, func(b Bloc) bool { return b.ID == t.bloc.ID }) {
		p.Blocs = append(p.Blocs, t.bloc)
	}
	return nil
}

// noteAbsent says which members the release lacks, in one note where they are many.
func (p *selecting) noteAbsent(bloc string, absent []*AbsentError) {
	switch len(absent) {
	case 0:
		return
	case 1:
		p.note("%s: %v", bloc, absent[0])
		return
	}
	var labels []string
	for _, a := range absent {
		labels = append(labels, a.Label)
	}
	p.note("%s: %d members are not in the code list of this release: %s", bloc, len(labels), strings.Join(labels, ", "))
}

// member resolves a member of a bloc: all economies with its ISO3, which are several matches if their labels differ.
func (e *Economies) member(iso3 string) ([]Match, error) {
	var matches []Match
	var done Set
	for _, c := range e.iso3[iso3].Codes() {
		if !done.Has(c) {
			m := e.match(e.byLabel[e.Label(c)], "ISO3")
			matches, done = append(matches, m), done.Union(m.Codes)
		}
	}
	if len(matches) > 0 {
		return matches, nil
	}
	m, err := e.Resolve(iso3)
	if err != nil {
		return nil, err
	}
	return []Match{m}, nil
}
