package analysis

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"chokepoint/fault"
	"chokepoint/result"
	"chokepoint/sector"
	"chokepoint/trade"
)

// Revisions shows which codes of other HS revisions hold the goods of some codes, with flags where a code was split or merged.
// from is the revision of the codes, "" that of the dataset; to is another, "" or all for each of them.
func (s *Source) Revisions(list, from, to string) (*result.Table, error) {
	own := s.Dataset.Manifest().Nomenclature
	t, err := revisionTable(list, orElse(from, string(own)), to, func(n trade.Nomenclature, code string) string {
		if n != own {
			return ""
		}
		p, _ := s.Dataset.Products().Get(code)
		return p.Description
	})
	if err != nil {
		return nil, err
	}
	t.Provenance.Program, t.Provenance.Command = s.Program, s.Command
	return t, nil
}

// RevisionsOf is Revisions without a dataset: from must be given, and nothing is described.
func RevisionsOf(list, from, to string) (*result.Table, error) {
	return revisionTable(list, from, to, func(trade.Nomenclature, string) string { return "" })
}

func revisionTable(list, from, to string, describe func(trade.Nomenclature, string) string) (*result.Table, error) {
	n, err := trade.ParseNomenclature(from)
	if err != nil {
		return nil, fault.Questionf("from: %w", err)
	}
	targets := slices.DeleteFunc(trade.Nomenclatures(), func(x trade.Nomenclature) bool { return x == n })
	if to = strings.TrimSpace(to); to != "" && !strings.EqualFold(to, "all") {
		one, err := trade.ParseNomenclature(to)
		if err != nil {
			return nil, fault.Questionf("to: %w", err)
		}
		targets = []trade.Nomenclature{one}
	}
	products, err := productsOf(n)
	if err != nil {
		return nil, err
	}
	for part := range strings.SplitSeq(list, ",") {
		if code := strings.ToUpper(strings.TrimSpace(part)); trade.ValidProductCode(code) {
			if _, err := sector.Correspond(code, n, n); err != nil {
				return nil, fault.Question(err) // it says which revisions have the code
			}
		}
	}
	selection, err := trade.ParseProducts(list, products)
	if err != nil {
		return nil, fault.Questionf("codes of %s: %w", n, err)
	}
	if selection.Codes() == nil {
		return nil, fault.Questionf("codes %q: want some, for example 850760,8541", list)
	}
	var rows []RevisionRow
	for _, code := range selection.Codes() {
		for _, target := range targets {
			x, err := sector.Correspond(code, n, target)
			if err != nil {
				return nil, err
			}
			rows = append(rows, revisionRows(x, describe)...)
		}
	}
	t := RevisionSchema.Table(fmt.Sprintf("%s of %s in other revisions of the Harmonized System", list, n), rows)
	if t.Rows()*len(t.Columns) > maxValues {
		return nil, fault.Questionf("codes %q: the answer would have %d rows; ask for fewer codes or for one revision", list, t.Rows())
	}
	t.Note("source: %s", sector.CorrelationSource)
	t.Note("split and merged are meant from the older revision to the newer; revisions that are not neighbours are reached by way of those between")
	return t, nil
}

// productsOf is the list of codes of a revision.
func productsOf(n trade.Nomenclature) (*trade.Products, error) {
	var list []trade.Product
	for _, code := range sector.ProductsOf(n) {
		list = append(list, trade.Product{Code: code})
	}
	return trade.NewProducts(list)
}

// RevisionRow is a code of a revision and one of its counterparts in another; a code without any has one row.
type RevisionRow struct {
	Product, From, To, Change, Code string
	Counterparts                    int
	Share, ShareOfCode              float64
	AlsoHolds, Source               string
	InWords, Description            string
}

// RevisionSchema is the table of revisions.
var RevisionSchema = result.NewSchema("revisions",
	result.TextField("product", "HS code asked about.", func(r *RevisionRow) string { return r.Product }),
	result.TextField("from", "Its HS revision.", func(r *RevisionRow) string { return r.From }),
	result.TextField("to", "The other revision.", func(r *RevisionRow) string { return r.To }),
	result.TextField("change", "What became of the code from the older of the two revisions to the newer: same, renumbered, split, merged, split and merged, or none where the tables name no counterpart.", func(r *RevisionRow) string { return r.Change }),
	result.TextField("code", "A code of the other revision that holds goods of the one asked about; - where there is none.", func(r *RevisionRow) string { return r.Code }),
	result.IntField("counterparts", "count", "How many there are.", func(r *RevisionRow) int { return r.Counterparts }),
	result.FloatField("share", result.Share, "Share of the trade of the code asked about that is in this one, by published trade-based weights of the years of the change; empty where none are published (HS22).", func(r *RevisionRow) float64 { return r.Share }),
	result.FloatField("share_of_code", result.Share, "Share of this code's trade that is of the one asked about, in the same way.", func(r *RevisionRow) float64 { return r.ShareOfCode }),
	result.TextField("also_holds", "Other codes of the first revision whose goods this one holds too.", func(r *RevisionRow) string { return r.AlsoHolds }),
	result.TextField("table", "Least sure source on the way: un, trade (weights alone), text (read in the descriptions); - where nothing changed.", func(r *RevisionRow) string { return r.Source }),
	result.TextField("in_words", "The change in a sentence.", func(r *RevisionRow) string { return r.InWords }),
	result.TextField("description", "Description of the code of the other revision, or else of the one asked about, where the dataset has it.", func(r *RevisionRow) string { return r.Description }),
)

// revisionRows are the rows of a code in one other revision.
func revisionRows(x sector.Correspondence, describe func(trade.Nomenclature, string) string) (rows []RevisionRow) {
	links := x.Links
	if len(links) == 0 {
		links = []sector.Link{{Share: math.NaN(), Back: math.NaN()}}
	}
	for _, l := range links {
		rows = append(rows, RevisionRow{
			Product: x.Code, From: string(x.From), To: string(x.To), Change: string(x.Change), Code: orElse(l.Code, "-"), Counterparts: len(x.Links),
			Share: l.Share, ShareOfCode: l.Back, AlsoHolds: strings.Join(l.With, " "), Source: orElse(l.Table, "-"),
			InWords: x.String(), Description: orElse(describe(x.To, l.Code), describe(x.From, x.Code)),
		})
	}
	return rows
}

// codeHistory says in sentences what a reader of a series of a product must know of its code: what it was before the revision of
// the dataset, and what newer revisions, in which economies report since, have made of it up to a year.
func (s *Source) codeHistory(code string, last int) []string {
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

// noteCodes adds a note on the products of an answer whose code a newer revision mixed with others, within the years of the answer.
func (s *Source) noteCodes(t *result.Table, products, years *result.Column) {
	if t.Rows() == 0 {
		return
	}
	first, last := trade.Period(slices.Min(years.Int)).Year(), trade.Period(slices.Max(years.Int)).Year()
	seen := map[string]bool{}
	var list []string
	for _, code := range products.Text {
		if seen[code] {
			continue
		}
		seen[code] = true
		if since := s.unsteady(code, first, last); len(since) > 0 {
			list = append(list, fmt.Sprintf("%s (%d)", code, since[0]))
		}
	}
	if len(list) == 0 {
		return
	}
	slices.Sort(list)
	shown := strings.Join(list[:min(8, len(list))], ", ")
	if len(list) > 8 {
		shown += ", …"
	}
	t.Note("%d of the %d products have a code that a newer HS revision mixed with others within these years; a jump in the year named may be the code: %s (chokepoint revisions says more)", len(list), len(seen), shown)
}
