package study

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"chokepoint/entrepot"
	"chokepoint/fault"
	"chokepoint/result"
	"chokepoint/spelling"
	"chokepoint/trade"
)

// Hubs are the entrepôts of a list that the dataset knows: economies through which goods of others pass.
type Hubs struct {
	List   *entrepot.List
	labels []string
	codes  []trade.Set
	owners []trade.Set // by entrepôt: the economy that it belongs to, where it belongs to one
}

// HubShare is an entrepôt and its share in the trade of a row. The zero value is none.
type HubShare struct {
	Hub     string // ISO3
	Share   float64
	Measure string // what the share is of: one of the constants
}

// Measures of a hub's share.
const (
	AsSupplier = "supplier" // what the importer buys from it ÷ what the importer buys
	AsBuyer    = "buyer"    // of an entrepôt that belongs to the importer: what it buys from others ÷ what both buy from others
	AsTrader   = "trade"    // what the economy sells to and buys from it ÷ what it sells and buys
)

// hubsOf finds a list by name or, where the question may open files, by the file's; "" is none.
func (st *Study) hubsOf(name string) (*Hubs, error) {
	if name = strings.TrimSpace(name); name == "" {
		return nil, nil
	}
	list, err := Chosen(st.Source, "hubs", name, []string{entrepot.Builtin().ID}, func(name string) (*entrepot.List, error) {
		if !strings.EqualFold(name, entrepot.Builtin().ID) {
			return nil, fmt.Errorf("hubs %q: expected %s, the list that comes with the program, or a file that ends in .toml%s", name, entrepot.Builtin().ID, spelling.Hint(name, []string{entrepot.Builtin().ID}))
		}
		return entrepot.Builtin(), nil
	}, entrepot.Parse)
	if err != nil {
		return nil, err
	}
	st.useEntrepots(list)
	h := &Hubs{List: list}
	for _, e := range list.Entrepots {
		if codes := st.codesOf(e.Economy); codes.Len() > 0 {
			h.labels, h.codes, h.owners = append(h.labels, e.Economy), append(h.codes, codes), append(h.owners, st.codesOf(e.TogetherWith))
		}
	}
	return h, nil
}

// useEntrepots tells that a list of entrepôts decides the answer.
func (st *Study) useEntrepots(l *entrepot.List) { st.Use("entrepots", l.ID, l.Text) }

// codesOf are the codes that the dataset has for an ISO3.
func (st *Study) codesOf(iso3 string) (set trade.Set) {
	for _, e := range st.Economies.All() {
		if st.Economies.Label(e.Code) == iso3 {
			set.Add(e.Code)
		}
	}
	return set
}

// Largest is the entrepôt with the largest share of a total in which each sells or buys what value says, where that is large enough to
// mark a row. Those of without, members of the partner that the row is about, do not count.
func (h *Hubs) Largest(measure string, total float64, without trade.Set, value func(hub int, codes trade.Set) float64) (s HubShare) {
	for i, codes := range h.codes {
		if share := value(i, codes) / total; share >= h.List.LeastShare && share > s.Share && codes.Intersect(without).Len() == 0 {
			s = HubShare{h.labels[i], share, measure}
		}
	}
	return s
}

// BoughtBy gives for products, ascending, what share of what each group of importers buys in a year comes from entrepôts, as a method about a
// bloc sees imports; "" is no such method. The function that it returns says which has the largest share for a group and product; one that
// the row counts with its partner, several economies as one, is left out.
func (h *Hubs) BoughtBy(ctx context.Context, st *Study, bloc string, year int, products []string) (func(group int32, product string, partner trade.Set) HubShare, error) {
	type key struct {
		group   int32
		product string
	}
	bought := map[key]Purchase{}
	inside := st.InsideOf(bloc, &st.ImporterSide, year)
	importers := st.Sets(&st.ImporterSide, year)
	groups, hubs := len(importers), h.present(st, year)
	belongs := h.belonging(importers)
	err := st.purchasesOf(ctx, products, []int{year}, slices.Concat(importers, hubs), inside, slices.Concat(hubs, h.owners), func(product string, list [][]Purchase) {
		for _, p := range list[0] {
			bought[key{p.Importer, product}] = p
		}
	})
	return func(group int32, product string, partner trade.Set) HubShare {
		if partner.Len() < 2 { // one economy is the partner of the row, and counted with no other
			partner = trade.Set{}
		}
		p, ok := bought[key{group, product}]
		if !ok {
			return HubShare{}
		}
		s := h.Largest(AsSupplier, p.Imports, partner, func(hub int, _ trade.Set) float64 { return p.From(hub) })
		if hub := belongs[group]; hub >= 0 {
			if own, ok := bought[key{int32(groups + hub), product}]; ok {
				entered := own.Imports - own.From(len(hubs)+hub)
				if share := entered / (entered + p.Imports - p.From(hub)); share >= h.List.LeastShare && share > s.Share {
					s = HubShare{h.labels[hub], share, AsBuyer}
				}
			}
		}
		return s
	}, err
}

// belonging gives for each group of importers that is one economy the entrepôt that belongs to it, -1 for none.
func (h *Hubs) belonging(importers []trade.Set) []int {
	belongs := slices.Repeat([]int{-1}, len(importers))
	for i, owner := range h.owners {
		for group, set := range importers {
			if set.Len() > 0 && set.Minus(owner).Len() == 0 {
				belongs[group] = i
			}
		}
	}
	return belongs
}

// present are the codes of the entrepôts that trade in a year: one economy may have had several in turn.
func (h *Hubs) present(st *Study, year int) []trade.Set {
	trading := st.Dataset.Importers(year).Union(st.Dataset.Exporters(year))
	sets := make([]trade.Set, len(h.codes))
	for i, codes := range h.codes {
		sets[i] = codes.Intersect(trading)
	}
	return sets
}

// NoteHubs says what the marks of an answer mean; of is what the share is of.
func (h *Hubs) NoteHubs(t *result.Table, of string) {
	t.Add(result.Note{Kind: result.Entrepot, Members: h.labels, Columns: []string{"hub", "hub_share", "hub_measure"},
		Text: fmt.Sprintf("hub is the entrepôt of the list %s of %s with the largest share %s, where that is at least %s: what comes from there is often made elsewhere, and what goes there is often used elsewhere (%s)",
			h.List.ID, h.List.Date, of, result.Percent(h.List.LeastShare), strings.Join(h.labels, ", "))})
}

// HubFields are the columns of the mark of a row.
func HubFields[R any](of string, get func(*R) HubShare) []result.Field[R] {
	return []result.Field[R]{
		result.TextField("hub", "Economy through which goods of others pass, that with the largest share "+of+"; empty where none has a share as large as the list asks for. With --hubs.", func(r *R) string { return get(r).Hub }).Titled("Hub"),
		result.FloatField("hub_share", result.Share, "Its share.", func(r *R) float64 {
			if s := get(r); s.Hub != "" {
				return s.Share
			}
			return math.NaN()
		}).Titled("Hub's share"),
		result.TextField("hub_measure", "What the share is of: supplier, what the importer buys from it ÷ what it buys; buyer, of an entrepôt that belongs to the importer, what it buys from others ÷ what both buy from others; trade, what the economy sells to and buys from it ÷ what it sells and buys.", func(r *R) string { return get(r).Measure }).Titled("Measure"),
	}
}

// Alone is an economy that is asked for by itself, and those with which it should be looked at: China without Hong Kong.
type Alone struct {
	Party  trade.Party
	Merged string // as a selection: CHN+HKG
	Codes  trade.Set
	why    *entrepot.List
}

// Alone lists the economies of a side that are asked for by name and by themselves, though a list of entrepôts says that they should be
// looked at together with others. Those that are merged in the question, too, are left out.
func (st *Study) Alone(s *Side) (list []Alone) {
	hubs := entrepot.Builtin()
	if st.Hubs != nil {
		hubs = st.Hubs.List
	}
	for _, party := range s.Parties {
		merged := hubs.Merged(party.Label)
		if !party.Named || len(party.Any) != 1 || merged == "" {
			continue
		}
		a := Alone{Party: party, Merged: merged, why: hubs}
		known := true
		for label := range strings.SplitSeq(merged, "+") {
			codes := st.codesOf(label)
			known = known && codes.Len() > 0
			a.Codes = a.Codes.Union(codes)
		}
		asked := slices.ContainsFunc(s.Parties, func(p trade.Party) bool {
			return len(p.Any) == 1 && p.Any[0].Codes(st.Years[0]).Intersect(a.Codes) == a.Codes
		})
		if known && !asked {
			list = append(list, a)
		}
	}
	return list
}

// Together puts the question to one year with a and what belongs to it as one, as importers or as partners. It is nil where that is no
// question: the others asked for and these are one.
func (st *Study) Together(ctx context.Context, a *Alone, importers bool, year int) (*Study, error) {
	q := st.Query
	if q.Hubs, q.Years = "", trade.FormatYears(trade.RangesOf([]int{year})); importers {
		q.Importers = a.Merged
	} else {
		q.Partners = a.Merged
	}
	merged, err := st.Source.Study(ctx, q)
	var wrong *fault.QuestionError
	if errors.As(err, &wrong) {
		return nil, nil
	}
	return merged, err
}

// Note adds what both together are to an answer.
func (a *Alone) Note(st *Study, t *result.Table, year int, figures string) {
	st.useEntrepots(a.why)
	t.Add(result.Note{Kind: result.Entrepot, Subject: a.Party.Label, Members: strings.Split(a.Merged, "+"), Years: []int{year},
		Text: fmt.Sprintf("%s as one in %s: %s", a.Merged, trade.Period(year), figures)})
}
