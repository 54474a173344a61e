package study

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"

	"chokepoint/fault"
	"chokepoint/result"
	"chokepoint/sector"
	"chokepoint/store"
	"chokepoint/trade"
)

// ParseProducts is trade.ParseProducts for a dataset: of what is not in its list, the error says what the revisions of the Harmonized
// System know.
func ParseProducts(text string, products *trade.Products, m *store.Manifest) (trade.ProductSelection, error) {
	selection, err := trade.ParseProducts(text, products)
	var unknown *trade.UnknownError
	if errors.As(err, &unknown) && len(sector.ProductsOf(m.Nomenclature)) > 0 {
		err = explainUnknown(unknown, products, m)
	}
	return selection, err
}

func explainUnknown(unknown *trade.UnknownError, products *trade.Products, m *store.Manifest) error {
	code, n := unknown.Text, m.Nomenclature
	revisions := revisionsWith(code)
	switch {
	case revisions == 0:
		unknown.Suggestions = sameHeading(code, products)
		return fmt.Errorf("%w (no revision of the Harmonized System from HS92 to HS22 has it)", unknown)
	case revisions.Has(n):
		return fmt.Errorf("%s is a %s of %s, but dataset %s does not have it, so nothing can be said about it; it has %s",
			code, unknown.What, n, m.Name, someOf(CodesIn(products)))
	}
	return fmt.Errorf("%s is a %s of %s; %s, by the correlation tables", code, unknown.What, strings.ReplaceAll(revisions.String(), " ", " and "), inRevision(code, nearestTo(n, revisions), n))
}

func CodesIn(products *trade.Products) (codes []string) {
	for _, p := range products.All() {
		codes = append(codes, p.Code)
	}
	return codes
}

// sameHeading are the first products of the dataset in the heading of a code.
func sameHeading(code string, products *trade.Products) []string {
	selection, err := trade.ParseProducts(code[:min(4, len(code))], products)
	if err != nil {
		return nil
	}
	return selection.Codes()[:min(5, len(selection.Codes()))]
}

// someOf counts codes and, where they are few, names them.
func someOf(codes []string) string {
	if n := len(codes); n > MostListed {
		return result.ShortFloat(float64(n), "count") + " other products"
	}
	return "only " + strings.Join(codes, ", ")
}

func firstOf(codes []string) string {
	shown := strings.Join(codes[:min(MostListed, len(codes))], ", ")
	if len(codes) > MostListed {
		shown += ", …"
	}
	return shown
}

// revisionsWith returns the revisions that have a code, or a code that begins with it.
func revisionsWith(prefix string) (set sector.Revisions) {
	for _, n := range trade.Nomenclatures() {
		if len(beginning(n, prefix)) > 0 {
			one, _ := sector.ParseRevisions(string(n)) // its own name
			set |= one
		}
	}
	return set
}

// beginning lists the codes of a revision that begin with a prefix.
func beginning(n trade.Nomenclature, prefix string) []string {
	all := sector.ProductsOf(n)
	from, _ := slices.BinarySearch(all, prefix)
	to := from
	for to < len(all) && strings.HasPrefix(all[to], prefix) {
		to++
	}
	return all[from:to]
}

// nearestTo returns the revision of a set that is fewest steps from n, the newer of two.
func nearestTo(n trade.Nomenclature, set sector.Revisions) trade.Nomenclature {
	all := trade.Nomenclatures()
	at := slices.Index(all, n)
	for step := 1; step < len(all); step++ {
		for _, i := range []int{at + step, at - step} {
			if i >= 0 && i < len(all) && set.Has(all[i]) {
				return all[i]
			}
		}
	}
	return n
}

// inRevision says where another revision has the goods of a code, heading or chapter.
func inRevision(code string, from, to trade.Nomenclature) string {
	var others []string
	shared := false
	for _, full := range beginning(from, code) {
		c, err := sector.Correspond(full, from, to)
		if err != nil {
			continue
		}
		for _, l := range c.Links {
			others = append(others, l.Code[:min(len(code), len(l.Code))])
			shared = shared || len(l.With) > 0
		}
	}
	slices.Sort(others)
	others = slices.Compact(others)
	const most = 6
	named := strings.Join(others[:min(most, len(others))], ",")
	switch {
	case len(others) == 0:
		return fmt.Sprintf("no code of %s is known for it", to)
	case len(others) > most:
		return fmt.Sprintf("in %s its goods are in %s and %d more", to, named, len(others)-most)
	case len(others) > 1:
		return fmt.Sprintf("in %s its goods are in %s", to, named)
	case len(code) < 6 || shared:
		return fmt.Sprintf("in %s it is part of %s", to, named)
	}
	return fmt.Sprintf("in %s it is %s", to, named)
}

// checkHeld looks which of the products asked for the dataset has flows of in the years asked for. None of them is an error: that
// nobody imports what the dataset does not hold is not known. Some of them are a note.
func (st *Study) checkHeld(ctx context.Context) error {
	codes := st.Products.Codes()
	if codes == nil {
		st.Notes = append(st.Notes, st.fewProducts()...)
		return nil
	}
	held, err := st.heldIn(ctx, st.Years)
	if err != nil {
		return err
	}
	st.Held = held
	name, asked := st.Dataset.Manifest().Name, st.Products.String()
	years := YearsText(st.Years)
	switch n := len(held); {
	case n == len(codes):
		return nil
	case n > 0:
		missing := slices.DeleteFunc(slices.Clone(codes), func(c string) bool { _, ok := slices.BinarySearch(held, c); return ok })
		which := "all but " + firstOf(missing)
		if len(missing) > len(held) {
			which = firstOf(held)
		}
		st.Notes = append(st.Notes, result.Note{Kind: result.FewProducts, Status: result.Partial, Years: st.Years, Products: missing, Text: fmt.Sprintf("dataset %s has flows of %d of the %d products asked for in %s (%s); what it lacks is missing, not zero", name, n, len(codes), years, which)})
		return nil
	}
	return st.notHeld(ctx, fmt.Sprintf("dataset %s has no flows of %s in %s", name, Shortened(asked), years))
}

// CheckChosen looks whether the dataset has flows, in the years asked for, of each sector that was chosen by its codes (see ChosenGoods): a sector
// without flows is missing, not zero.
func (st *Study) CheckChosen(ctx context.Context, list string, groups []ProductGroup) error {
	if !IsChosenGoods(list) {
		return nil
	}
	for _, g := range groups {
		held := false
		for _, y := range st.Years {
			traded, err := st.EngineOrFiles().Traded(ctx, y, g.Products)
			if err != nil {
				return err
			}
			if held = len(g.Products) > 0 && len(traded) > 0; held {
				break
			}
		}
		if !held {
			return &ParameterError{Parameter: "list", Value: Shortened(list), Err: fault.Questionf("dataset %s has no flows of %s in %s", st.Dataset.Manifest().Name, g.ID, YearsText(st.Years))}
		}
	}
	return nil
}

// heldIn lists the products asked for that have flows in some of the years.
func (st *Study) heldIn(ctx context.Context, years []int) (held []string, err error) {
	codes := st.Products.Codes()
	for _, y := range years {
		traded, err := st.EngineOrFiles().Traded(ctx, y, codes)
		if err != nil {
			return nil, err
		}
		held = append(held, traded...)
		slices.Sort(held)
		if held = slices.Compact(held); len(held) == len(codes) {
			break
		}
	}
	return held, nil
}

// notHeld adds to an error what the dataset has instead: the products in other years, or other products.
func (st *Study) notHeld(ctx context.Context, text string) error {
	var years []int
	for _, y := range st.Have {
		traded, err := st.EngineOrFiles().Traded(ctx, y, st.Products.Codes())
		if err != nil {
			return err
		}
		if len(traded) > 0 {
			years = append(years, y)
		}
	}
	wrong := func(format string, args ...any) error { // at its parameter, so that a form shows it there
		return &ParameterError{Parameter: "products", Value: Shortened(st.Products.String()), Err: fault.Questionf(format, args...)}
	}
	if len(years) > 0 {
		return wrong("%s; it has them in %s", text, YearsText(years))
	}
	last := st.Years[len(st.Years)-1]
	traded, err := st.EngineOrFiles().Traded(ctx, last, nil)
	if err != nil {
		return err
	}
	if len(st.Have) > 1 {
		text += ", nor in any other " + st.Unit(1)
	}
	return wrong("%s, so nothing can be said about it; in %s it has flows of %s", text, trade.Period(last), someOf(traded))
}

// Traded lists the products that have flows in a year.
func (s *Source) Traded(ctx context.Context, year int) ([]string, error) {
	return s.EngineOrFiles().Traded(ctx, year, nil)
}

// ProductsOf is the list of codes of a revision.
func ProductsOf(n trade.Nomenclature) (*trade.Products, error) {
	var list []trade.Product
	for _, code := range sector.ProductsOf(n) {
		list = append(list, trade.Product{Code: code})
	}
	return trade.NewProducts(list)
}

// CodeHistory says in sentences what a reader of a series of a product must know of its code: what it was before the revision of
// the dataset, and what newer revisions, in which economies report since, have made of it up to a year.
func (s *Source) CodeHistory(code string, last int) []string {
	n := s.Dataset.Manifest().Nomenclature
	var lines []string
	older := false
	for _, c := range sector.Changes(code, n) {
		words := c.String()
		first := c.To.FirstYear()
		switch newer := first > n.FirstYear(); {
		case words == "" || newer && first > last || !newer && older:
		case !newer:
			older = true
			if c.Change == sector.Split || c.Change == sector.SplitAndMerged {
				words += ": older revisions do not show it alone"
			}
			lines = append(lines, words+".")
		case c.Change == sector.Split || c.Change == sector.Renumbered:
			lines = append(lines, fmt.Sprintf("%s: from %d on it is put together from them, and by the tables they hold nothing else.", words, first))
		default:
			lines = append(lines, fmt.Sprintf("%s: a jump between %d and %d may be the code.", words, first-1, first))
		}
	}
	return lines
}

// unsteady says whether a newer revision, in which economies report since a year of the span or before, mixed the code with others;
// since is the first year of that revision.
func (s *Source) unsteady(code string, first, last int) (since []int) {
	n := s.Dataset.Manifest().Nomenclature
	if !slices.ContainsFunc(trade.Nomenclatures(), func(x trade.Nomenclature) bool {
		return x.FirstYear() > max(n.FirstYear(), first) && x.FirstYear() <= last
	}) {
		return nil
	}
	for _, c := range sector.Changes(code, n) {
		y := c.To.FirstYear()
		if y > n.FirstYear() && first < y && y <= last && (c.Change == sector.Merged || c.Change == sector.SplitAndMerged || c.Change == sector.None) {
			since = append(since, y)
		}
	}
	return since
}

// NoteCodes adds a note on the products of an answer whose code a newer revision mixed with others, within the years of the answer.
// rows gives the product and the year of each row.
func (s *Source) NoteCodes(t *result.Table, rows iter.Seq2[string, int]) {
	seen := map[string]bool{}
	low, high := math.MaxInt, 0
	for code, year := range rows {
		seen[code] = true
		low, high = min(low, year), max(high, year)
	}
	first, last := trade.Period(low).Year(), trade.Period(high).Year()
	var list, codes []string
	for code := range seen {
		if since := s.unsteady(code, first, last); len(since) > 0 {
			list, codes = append(list, fmt.Sprintf("%s (%d)", code, since[0])), append(codes, code)
		}
	}
	if len(list) == 0 {
		return
	}
	slices.Sort(list)
	slices.Sort(codes)
	shown := strings.Join(list[:min(8, len(list))], ", ")
	if len(list) > 8 {
		shown += ", …"
	}
	t.Add(result.Note{Kind: result.CodeChange, Products: codes, Text: fmt.Sprintf("%d of the %d products have a code that a newer HS revision mixed with others within these years; a jump in the year named may be the code: %s (chokepoint revisions says more)", len(list), len(seen), shown)})
}
