package search

import (
	"slices"
	"strings"
	"unicode"
)

// party is an economy or bloc that a text names.
type party struct {
	label, name string
	kind        Kind
}

// small are words between names that say nothing about goods.
var small = []string{"a", "and", "are", "between", "by", "buy", "buys", "depend", "dependence", "dependencies", "dependent", "depends", "do", "does", "export", "exports", "for",
	"from", "how", "import", "imports", "in", "is", "of", "on", "s", "the", "to", "trade", "versus", "vs", "what", "who", "with"}

// lowered are codes of two and three letters that people write in small letters; others could be words, such as can and per.
var lowered = []string{"eu", "us", "usa", "uk", "uae", "prc"}

// mostNameWords is how many words a name of an economy has at most: Democratic People's Republic of Korea.
const mostNameWords = 6

// together finds two economies, or one or two and goods: Germany China, China USA waste paper, solar panels Germany.
func (s *Scope) together(text string, exact bool) (hits []Hit) {
	parties, rest := s.split(text)
	if len(parties) == 0 || len(parties) == 1 && len(rest) == 0 {
		return nil
	}
	base := Hit{Kind: Pair, ID: parties[0].label, Importers: parties[0].label, rank: joined}
	name := parties[0].name
	if len(parties) == 2 {
		base.ID, base.Partners, name = base.ID+" "+parties[1].label, parties[1].label, name+" and "+parties[1].name
	} else {
		base.Kind = Bought
		if exact {
			base.rank = aside
		}
	}
	if len(rest) == 0 {
		base.Name, base.Match = name, "who depends on whom more"
		return []Hit{base}
	}
	found := s.plain(strings.Join(rest, " "), rest)
	guess := !slices.ContainsFunc(found, func(h Hit) bool { return h.Products != "" && !h.Guess })
	slices.SortStableFunc(found, func(a, b Hit) int { return a.rank - b.rank })
	for _, f := range distinct(found) {
		if f.Products == "" || f.Guess && !guess || len(hits) == mostOf {
			continue
		}
		h := base
		h.ID, h.Products, h.Name, h.Match, h.Guess = base.ID+" "+f.ID, f.Products, name+": "+f.Name, f.Match, f.Guess
		h.rank += len(hits)
		hits = append(hits, h)
	}
	return hits
}

// split takes the names of up to two economies or blocs out of a text; the rest is in small letters.
func (s *Scope) split(text string) (parties []party, rest []string) {
	tokens := strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(".'’&+", r)
	})
	for i := 0; i < len(tokens); {
		n := 0
		if len(parties) < 2 {
			var p party
			if p, n = s.longest(tokens[i:]); n > 0 && !slices.Contains(parties, p) {
				parties = append(parties, p)
			}
		}
		if n == 0 {
			if w := strings.ToLower(strings.Trim(tokens[i], ".'’&+")); w != "" && !slices.Contains(small, w) {
				rest = append(rest, w)
			}
			n = 1
		}
		i += n
	}
	return parties, rest
}

// longest is the economy or bloc that most of the first tokens name, and how many they are.
func (s *Scope) longest(tokens []string) (party, int) {
	for n := min(len(tokens), mostNameWords); n > 0; n-- {
		text := strings.Join(tokens[:n], " ")
		if n == 1 && !nameLike(text) {
			continue
		}
		if b, ok := s.Blocs.Get(text); ok && !slices.Contains(small, strings.ToLower(text)) {
			return party{b.ID, b.Name, Bloc}, n
		}
		if m, err := s.Economies.Find(text); err == nil {
			return party{m.Label, shortName(m.Name), Economy}, n
		}
	}
	return party{}, 0
}

// nameLike says whether a single word may be meant as an economy: no number, and no short word in small letters.
func nameLike(text string) bool {
	if !strings.ContainsFunc(text, unicode.IsLetter) {
		return false
	}
	return len(text) > 3 || text == strings.ToUpper(text) || slices.Contains(lowered, text)
}
