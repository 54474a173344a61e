package search

import (
	"context"
	"fmt"
	"strings"

	"chokepoint/catalogue"
	"chokepoint/fault"
	"chokepoint/result"
	"chokepoint/study"
)

// SearchQuestion is the question search.
var SearchQuestion = &study.Question{
	Name: "search", Short: "Find goods by their everyday names, and lists, economies, blocs, pairs, definitions and policies",
	Long: `Find what you can ask about by everyday words, best match first: goods (solar panels, EV batteries, paracetamol), product lists
and their sectors (mic25, rail), economies and blocs by their usual names, two of them as a pair ("Germany China"), a pair or an economy with
goods ("China USA waste paper"), definitions and policies. The columns give the values for --importers, --partners, --products, --method or
--policy. A letter or two may be wrong. Everyday words come from a file whose codes are checked against the wording of their
revision; the column match says if a code covers other goods too.`,
	Examples: []string{
		`chokepoint search "solar panels"`,
		`chokepoint search "Germany China"`,
		`chokepoint search "China USA waste paper" --format csv`,
	},
	Schemas:    []study.Schema{Schema},
	Parameters: []study.Parameter{{Name: "words", Argument: 1, Required: true, Example: "phones", Usage: "words, names or a code"}},
	Ask: func(_ context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		return Search(s, r.Own["words"])
	},
}

// Search finds what words may mean to a dataset.
func Search(s *study.Source, words string) (*result.Table, error) {
	if len(catalogue.WordsIn(words)) == 0 {
		return nil, fault.Questionf("words %q: expected words, names or a code, for example phones or 850760", words)
	}
	scope := Scope{s.Dataset.Products(), s.Dataset.Manifest().Nomenclature, s.Dataset.Economies(), s.Blocs}
	hits := scope.Find(words)
	t := Schema.Table(fmt.Sprintf("What “%s” may mean", study.Shortened(strings.TrimSpace(words))), hits)
	t.Provenance = s.Provenance()
	w := Builtin()
	s.UseFile("words", "words", w.SHA256)
	switch {
	case len(hits) == 0:
		t.Note("nothing matches; try fewer words, or a code")
	case hits[0].Guess:
		t.Note("nothing matches exactly; these results differ by a letter or two, or lack a word")
	}
	return t, nil
}

// Schema is the table of what was found.
var Schema = result.NewSchema("search",
	result.TextField("kind", "pair, goods of an economy, economy, bloc, goods, list, product, definition, policy, or not here: a code whose goods are in no product of the dataset.", func(h *Hit) string { return string(h.Kind) }),
	result.TextField("id", "Its codes or its id.", func(h *Hit) string { return h.ID }),
	result.TextField("name", "What it is; for goods, the everyday word.", func(h *Hit) string { return h.Name }),
	result.TextField("match", "Why it was found, if the name does not show it, and whether its code also contains other goods.", func(h *Hit) string { return h.Match }),
	result.TextField("importers", "Value to use for importers. Empty if the match says nothing about them.", func(h *Hit) string { return h.Importers }),
	result.TextField("partners", "Value to use for partners.", func(h *Hit) string { return h.Partners }),
	result.TextField("products", "Value to use for products.", func(h *Hit) string { return h.Products }),
	result.TextField("method", "Value to use for method.", func(h *Hit) string { return h.Method }).AsDetail(),
	result.TextField("policy", "Value to use for policy.", func(h *Hit) string { return h.Policy }).AsDetail(),
	result.TextField("guess", "yes if nothing has exactly this name and the match differs by a letter or two.", func(h *Hit) string {
		if h.Guess {
			return "yes"
		}
		return "no"
	}),
).InOrder("the best match first")
