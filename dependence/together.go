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

// together is a question put once more, to the last year, with economies as one that an answer has apart: China asked for alone, and with
// Hong Kong.
type together struct {
	study.Alone
	importers bool
	*counting
}

// togetherOf lists what is to be counted beside an answer.
func togetherOf(ctx context.Context, st *study.Study) (list []*together, err error) {
	year := st.Years[len(st.Years)-1]
	for _, side := range []struct {
		*study.Side
		importers bool
	}{{&st.ImporterSide, true}, {&st.PartnerSide, false}} {
		for _, a := range st.Alone(side.Side) {
			merged, err := st.Together(ctx, &a, side.importers, year)
			if err != nil {
				return nil, err
			}
			if merged == nil {
				continue
			}
			x := &together{Alone: a, importers: side.importers}
			if x.counting, err = countingOf(ctx, merged, merged.Methods[:min(mostTogether, len(merged.Methods))]); err != nil {
				return nil, err
			}
			list = append(list, x)
		}
	}
	return list, nil
}

// noteTogether counts what is to be counted beside an answer, and adds the notes on it. counted are the counts of the answer in the last year.
func noteTogether(ctx context.Context, st *study.Study, t *result.Table, counted func() []CountRow) error {
	list, err := togetherOf(ctx, st)
	for _, x := range list {
		if err == nil {
			err = countTogether(ctx, x.counting)
		}
		if err == nil {
			x.note(st, t, counted)
		}
	}
	return err
}

// note adds the note on economies together.
func (x *together) note(st *study.Study, t *result.Table, counted func() []CountRow) {
	var rows []CountRow
	for _, list := range x.lists {
		t := list[len(list)-1]
		t.lay(false)
		n := len(rows)
		rows = slices.Grow(rows, len(t.rows))[:n+len(t.rows)]
		t.write(t.rows, rows[n:])
	}
	rows = slices.DeleteFunc(rows, func(r CountRow) bool {
		other := r.Importer
		if x.importers {
			other = r.Partner
		}
		return !r.Status.Answers() || slices.Contains(strings.Split(x.Merged, "+"), other)
	})
	slices.SortStableFunc(rows, func(x, y CountRow) int { return cmp.Compare(y.Products, x.Products) })
	var texts []string
	for _, r := range rows[:min(mostTogether, len(rows))] {
		texts = append(texts, togetherText(&r, &x.Alone, x.importers, counted()))
	}
	if len(texts) == 0 {
		return
	}
	text := strings.Join(texts, "; ")
	if n := len(rows) - len(texts); n > 0 {
		text += fmt.Sprintf("; and %d more counts", n)
	}
	flag := "--partners"
	if x.importers {
		flag = "--importers"
	}
	x.Note(st, t, st.Years[len(st.Years)-1], fmt.Sprintf("%s (%s %s)", text, flag, x.Merged))
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
