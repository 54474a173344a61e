package dependence

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"chokepoint/result"
	"chokepoint/study"
)

// mostTogether bounds the counts that a note on economies looked at together gives.
const mostTogether = 3

// noteTogether counts once more, for the last year, with economies as one that an answer has apart: China asked for alone, and with Hong
// Kong. counted are the counts of the answer in that year.
func noteTogether(ctx context.Context, st *study.Study, t *result.Table, counted func() []CountRow) error {
	for _, side := range []struct {
		*study.Side
		importers bool
	}{{&st.ImporterSide, true}, {&st.PartnerSide, false}} {
		for _, a := range st.Alone(side.Side) {
			if err := countTogether(ctx, st, t, &a, side.importers, counted()); err != nil {
				return err
			}
		}
	}
	return nil
}

// countTogether adds the note on one economy.
func countTogether(ctx context.Context, st *study.Study, t *result.Table, a *study.Alone, importers bool, counted []CountRow) error {
	year := st.Years[len(st.Years)-1]
	merged, err := st.Together(ctx, a, importers, year)
	if merged == nil {
		return err
	}
	var rows []CountRow
	methods := merged.Methods[:min(mostTogether, len(merged.Methods))]
	lists, err := tallies(ctx, merged, methods)
	if err != nil {
		return err
	}
	for i := range methods {
		t := lists[i][len(lists[i])-1]
		t.lay(false)
		n := len(rows)
		rows = slices.Grow(rows, len(t.rows))[:n+len(t.rows)]
		t.write(t.rows, rows[n:])
	}
	rows = slices.DeleteFunc(rows, func(r CountRow) bool {
		other := r.Importer
		if importers {
			other = r.Partner
		}
		return !r.Status.Answers() || slices.Contains(strings.Split(a.Merged, "+"), other)
	})
	slices.SortStableFunc(rows, func(x, y CountRow) int { return cmp.Compare(y.Products, x.Products) })
	var texts []string
	for _, r := range rows[:min(mostTogether, len(rows))] {
		texts = append(texts, togetherText(&r, a, importers, counted))
	}
	if len(texts) == 0 {
		return nil
	}
	text := strings.Join(texts, "; ")
	if n := len(rows) - len(texts); n > 0 {
		text += fmt.Sprintf("; and %d more counts", n)
	}
	flag := "--partners"
	if importers {
		flag = "--importers"
	}
	a.Note(st, t, year, fmt.Sprintf("%s (%s %s)", text, flag, a.Merged))
	return nil
}

// togetherText says a count of economies as one, and beside it that of the one asked for.
func togetherText(r *CountRow, a *study.Alone, importers bool, counted []CountRow) string {
	text := fmt.Sprintf("by %s %s depends on %s for %s", r.Method, r.Importer, named(r.Partner), products(r.Products))
	if r.Partner != "-" {
		text += fmt.Sprintf(", with imports from there of %s USD", result.ShortFloat(r.ImportsFromPartner, result.USD))
	}
	for i := range counted {
		c := &counted[i]
		importer, partner := a.Party.Label, r.Partner
		if !importers {
			importer, partner = r.Importer, a.Party.Label
		}
		if c.Method != r.Method || c.Importer != importer || c.Partner != partner || !c.Status.Answers() {
			continue
		}
		text += " (alone: " + products(c.Products)
		if r.Partner != "-" {
			text += fmt.Sprintf(", %s USD", result.ShortFloat(c.ImportsFromPartner, result.USD))
		}
		text += ")"
	}
	return text
}

func products(n int) string {
	if n == 1 {
		return "1 product"
	}
	return result.ShortInt(n) + " products"
}

// named is a partner in a sentence.
func named(partner string) string {
	if partner == "-" {
		return "others"
	}
	return partner
}

// countsOf counts rows of dependencies of a year, for each importer, partner and method.
func countsOf(rows []DependencyRow, year int) (counted []CountRow) {
	type key struct{ method, importer, partner string }
	at := map[key]int{}
	for i := range rows {
		r := &rows[i]
		if r.Year != year {
			continue
		}
		k := key{r.Method.ID, r.Importer.Label, r.Partner.Label}
		n, ok := at[k]
		if !ok {
			n = len(counted)
			at[k] = n
			counted = append(counted, CountRow{Method: k.method, Importer: k.importer, Partner: k.partner, Status: result.Observed})
		}
		counted[n].Products++
		counted[n].ImportsFromPartner += r.ImportsFromPartner
	}
	return counted
}
