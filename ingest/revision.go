package ingest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"chokepoint/trade"
)

// unlisted says whether a code may be right though a revision does not list it: chapters 98 and 99 are for national use
// (999999, BACI's 9999AA), and the list is BACI's, which has all of heading 2710, petroleum, in 271000.
func unlisted(code string) bool {
	return strings.HasPrefix(code, "98") || strings.HasPrefix(code, "99") || strings.HasPrefix(code, "2710")
}

// useRevision takes the codes of the HS revision as the list of products, where the files bring none.
func (in *ingestion) useRevision() {
	if in.opt.ProductsOf == nil {
		in.note("no product_codes table of %s: products are those of the flows, without descriptions", in.report.Nomenclature)
		return
	}
	in.note("no product_codes table of %s: products are those of the flows among the codes of %[1]s, without descriptions", in.report.Nomenclature)
	codes := in.opt.ProductsOf(in.opt.Nomenclature)
	in.judge.products.revision = make(map[string]bool, len(codes))
	for _, code := range codes {
		in.judge.products.revision[code] = true
	}
	in.judge.listed = string(in.opt.Nomenclature)
}

// countUnlisted counts the flows of a product that is stored though the revision, which is the list, does not have it.
func (in *ingestion) countUnlisted(code string, values []float64) {
	if !in.judge.products.outside(code) {
		return
	}
	t := in.unlisted[code]
	for _, v := range values {
		t.add(1, v)
	}
	if in.unlisted == nil {
		in.unlisted = make(map[string]tally)
	}
	in.unlisted[code] = t
}

// remarkUnlisted says what is stored besides the codes of the revision.
func (in *ingestion) remarkUnlisted() {
	if len(in.unlisted) == 0 {
		return
	}
	all := totalOf(in.unlisted)
	in.note("stored though BACI's list of %s does not have them, as chapters 98 and 99 are for national use and BACI has all of heading 2710 in 271000: %s (%s, %s USD)",
		in.judge.listed, firstCodes(in.unlisted), countedText(all.rows, "flow"), dollarsText(all.value))
}

// foreign is what the rows read so far say of codes that the revision does not have; nil: nothing.
func (in *ingestion) foreign(label string, f *findings, account Account) error {
	aside := f.aside[foreignProduct]
	if aside.rows == 0 {
		return nil
	}
	lacking := f.unknown[products]
	return fmt.Errorf("%s: %s of %s are no codes of %s: %s (%s, %.3g %% of the value: %s of %s USD)%s", label, rowsText(len(lacking)), countedText(len(lacking)+in.judge.products.size(), "product code"),
		in.judge.listed, firstCodes(lacking), countedText(aside.rows, "row"), 100*aside.value/max(account.ValueRead, 1e-9), dollarsText(aside.value), dollarsText(account.ValueRead), in.betterRevision(lacking))
}

// stopForeign stops a strict ingest at the end of a table with such codes, and warns in a lenient one.
func (in *ingestion) stopForeign(label string, f *findings, account Account) error {
	problem := in.foreign(label, f, account)
	if problem == nil {
		return nil
	}
	if in.opt.Lenient {
		in.report.Warnings = append(in.report.Warnings, problem.Error()+" Their rows are set aside")
		return nil
	}
	return fmt.Errorf("%w --lenient sets such rows aside and counts them; a list of products of your own (product_codes.csv) takes the place of the revision's", problem)
}

// betterRevision names the revisions that have more of the codes than the one of the ingest has.
func (in *ingestion) betterRevision(lacking map[string]tally) string {
	fits := func(n trade.Nomenclature) (have int) {
		codes := in.opt.ProductsOf(n)
		for _, list := range [][]string{in.judge.products.all(), slices.Collect(maps.Keys(lacking))} {
			for _, code := range list {
				if _, ok := slices.BinarySearch(codes, code); ok {
					have++
				}
			}
		}
		return have
	}
	best, most := []string(nil), fits(in.opt.Nomenclature)
	for _, n := range trade.Nomenclatures() {
		switch have := fits(n); {
		case have > most:
			best, most = []string{string(n)}, have
		case have == most && len(best) > 0:
			best = append(best, string(n))
		}
	}
	if len(best) == 0 {
		return "."
	}
	share := 100 * most / (len(lacking) + in.judge.products.size())
	return fmt.Sprintf("; %d %% of the codes are codes of %s: is --nomenclature %s meant?", share, strings.Join(best, " and of "), best[len(best)-1])
}

// firstCodes lists codes, those with the most value first.
func firstCodes(codes map[string]tally) string {
	const shown = 5
	order := slices.SortedFunc(maps.Keys(codes), func(a, b string) int {
		return cmp.Or(cmp.Compare(codes[b].value, codes[a].value), strings.Compare(a, b))
	})
	text := strings.Join(order[:min(len(order), shown)], ", ")
	if more := len(order) - shown; more > 0 {
		text += fmt.Sprintf(" and %s more", rowsText(more))
	}
	return text
}

func totalOf(codes map[string]tally) (all tally) {
	for _, t := range codes {
		all.add(t.rows, t.value)
	}
	return all
}
