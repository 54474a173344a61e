package catalogue

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"chokepoint/fault"
	"chokepoint/result"
	"chokepoint/sector"
	"chokepoint/study"
	"chokepoint/trade"
)

// RevisionsQuestion is the question revisions.
var RevisionsQuestion = &study.Question{
	Name: "revisions", Short: "Find a code in other HS revisions: where it was split, merged or renumbered",
	Schemas: []study.Schema{RevisionSchema},
	Long: `Find codes in other revisions of the Harmonized System: which codes cover the same goods there, what else they cover, and whether
a code was split, merged or renumbered. The codes belong to the revision --from, by default that of the dataset. With --from you
need no dataset.`,
	Examples: []string{
		`chokepoint revisions 850760 --from HS17 --to HS92`,
		`chokepoint revisions 854140 --from HS17 --to HS22`,
		`chokepoint revisions 8806 --from HS22 --format csv`,
	},
	Parameters: []study.Parameter{
		{Name: "codes", Argument: 1, Required: true, Example: "850760", Usage: "HS codes or their beginnings: 850760,8541"},
		{Name: "from", Names: revisionNames, Example: "HS17", Usage: "their HS revision (default: the dataset's)"},
		{Name: "to", Standard: "all", Names: revisionNames, Example: "HS92", Usage: "the other revision, or all"},
	},
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		return Revisions(s, r.Own["codes"], r.Own["from"], r.Own["to"])
	},
	WithoutDataset: func(r study.Request) (*result.Table, bool, error) {
		if strings.TrimSpace(r.Own["from"]) == "" {
			return nil, false, nil
		}
		t, err := RevisionsOf(r.Own["codes"], r.Own["from"], r.Own["to"])
		return t, true, err
	},
}

// Revisions shows which codes of other HS revisions hold the goods of some codes, with flags where a code was split or merged.
// from is the revision of the codes, "" that of the dataset; to is another, "" or all for each of them.
func Revisions(s *study.Source, list, from, to string) (*result.Table, error) {
	own := s.Dataset.Manifest().Nomenclature
	t, err := revisionTable(list, study.OrElse(from, string(own)), to, func(n trade.Nomenclature, code string) string {
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
	products, err := study.ProductsOf(n)
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
		return nil, fault.Questionf("codes %q: expected some, for example 850760,8541", list)
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
	if t.Rows()*len(t.Columns) > study.MaxValues {
		return nil, fault.Questionf("codes %q: the answer would have %d rows; ask for fewer codes or for one revision", list, t.Rows())
	}
	t.Note("source: %s", sector.CorrelationSource)
	t.Note("split and merged refer to the step from the older revision to the newer; conversions between revisions that are not adjacent go through those in between")
	return t, nil
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
	result.TextField("product", "HS code in the question.", func(r *RevisionRow) string { return r.Product }),
	result.TextField("from", "Its HS revision.", func(r *RevisionRow) string { return r.From }),
	result.TextField("to", "The other revision.", func(r *RevisionRow) string { return r.To }),
	result.TextField("change", "What became of the code from the older of the two revisions to the newer: same, renumbered, split, merged, split and merged, or none if the tables name no counterpart.", func(r *RevisionRow) string { return r.Change }),
	result.TextField("code", "A code of the other revision that contains goods of the code in the question; - if there is none.", func(r *RevisionRow) string { return r.Code }),
	result.IntField("counterparts", "count", "Number of such codes.", func(r *RevisionRow) int { return r.Counterparts }),
	result.FloatField("share", result.Share, "Share of the trade of the code in the question that is in this code, by published trade-based weights for the years of the change. Empty if none are published (HS22).", func(r *RevisionRow) float64 { return r.Share }),
	result.FloatField("share_of_code", result.Share, "Share of this code's trade that belongs to the code in the question, by the same weights.", func(r *RevisionRow) float64 { return r.ShareOfCode }),
	result.TextField("also_holds", "Other codes of the first revision whose goods this code also contains.", func(r *RevisionRow) string { return r.AlsoHolds }),
	result.TextField("table", "The least certain source used: un, trade (weights alone) or text (read in the descriptions); - if nothing changed.", func(r *RevisionRow) string { return r.Source }),
	result.TextField("in_words", "The change in a sentence.", func(r *RevisionRow) string { return r.InWords }),
	result.TextField("description", "Description of the code of the other revision, or otherwise of the code in the question, if the dataset has it.", func(r *RevisionRow) string { return r.Description }),
).InOrder("a series of revisions")

// revisionRows are the rows of a code in one other revision.
func revisionRows(x sector.Correspondence, describe func(trade.Nomenclature, string) string) (rows []RevisionRow) {
	links := x.Links
	if len(links) == 0 {
		links = []sector.Link{{Share: math.NaN(), Back: math.NaN()}}
	}
	for _, l := range links {
		rows = append(rows, RevisionRow{
			Product: x.Code, From: string(x.From), To: string(x.To), Change: string(x.Change), Code: study.OrElse(l.Code, "-"), Counterparts: len(x.Links),
			Share: l.Share, ShareOfCode: l.Back, AlsoHolds: strings.Join(l.With, " "), Source: study.OrElse(l.Table, "-"),
			InWords: x.String(), Description: study.OrElse(describe(x.To, l.Code), describe(x.From, x.Code)),
		})
	}
	return rows
}

func revisionNames() (names []string) {
	for _, n := range trade.Nomenclatures() {
		names = append(names, string(n))
	}
	return names
}
