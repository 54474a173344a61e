package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"chokepoint/indicator"
	"chokepoint/store"
	"chokepoint/trade"
)

// transcript writes down every cell that arrives, to the last bit. How importers and pairs take turns depends on the size of blocks.
type transcript struct {
	view             *View
	importers, pairs strings.Builder
}

func (t *transcript) Importers(b *Batch) error { t.write(&t.importers, b); return nil }
func (t *transcript) Pairs(b *Batch) error     { t.write(&t.pairs, b); return nil }

// text is what the view is promised: with a criterion on pairs, importers that are in no such pair may arrive or not.
func (t *transcript) text(v *View) string {
	importers, pairs := t.importers.String(), t.pairs.String()
	if len(v.Partners) == 0 || !slices.ContainsFunc(v.Criteria, func(c *indicator.Criterion) bool { return c.Level() == indicator.Pair }) {
		return importers + pairs
	}
	in := map[string]bool{} // products and importers
	for line := range strings.Lines(pairs) {
		before, _, _ := strings.Cut(line, " partner")
		in[before] = true
	}
	var kept strings.Builder
	for line := range strings.Lines(importers) {
		if in[strings.Join(strings.Fields(line)[:4], " ")] { // year, product, importer
			kept.WriteString(line)
		}
	}
	return kept.String() + pairs
}

// write writes the sums that the view reads; others may be there.
func (t *transcript) write(w *strings.Builder, b *Batch) {
	for i := range b.N {
		fmt.Fprintf(w, "%d %s importer %d", b.Year, b.Product, b.Importer[i])
		if b.Partner != nil {
			fmt.Fprintf(w, " partner %d", b.Partner[i])
		}
		if b.Verdicts != nil {
			fmt.Fprintf(w, " verdict %03b", b.Verdicts[i])
		}
		if t.view.Tops || t.view.TopOnly || t.view.Sums == nil {
			fmt.Fprintf(w, " top supplier %d", b.TopSupplier[i])
		}
		if t.view.Tops || t.view.Sums == nil {
			fmt.Fprintf(w, " top exporter %d", b.TopExporter[i])
		}
		for s := range indicator.Sum(indicator.NumSums) {
			if len(b.Col[s]) > 0 && (t.view.Sums == nil || slices.Contains(t.view.Sums, s)) {
				fmt.Fprintf(w, " %d:%x", s, math.Float64bits(b.At(s, i)))
			}
		}
		w.WriteByte('\n')
	}
}

// transcripts scans views at once and writes down what each is promised.
func transcripts(t *testing.T, year *store.Year, views []View) []string {
	t.Helper()
	texts := make([]transcript, len(views))
	err := ScanAll(t.Context(), year, views, func(i int) *transcript { return &transcript{view: &views[i]} }, func(i int, one *transcript) error {
		texts[i].importers.WriteString(one.importers.String())
		texts[i].pairs.WriteString(one.pairs.String())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for i := range texts {
		list = append(list, texts[i].text(&views[i]))
	}
	return list
}

// severalYear is a small world of more products than a block has.
func severalYear(t *testing.T, rng *rand.Rand) (*store.Year, []string) {
	t.Helper()
	products, codes := severalProducts(rng)
	return storedYear(t, products...), codes
}

func severalProducts(rng *rand.Rand) ([]store.Flows, []string) {
	var products []store.Flows
	var codes []string
	for p := range 3*blockOfFew/2 + rng.IntN(2*blockOfAll) {
		f := randomFlows(rng, 3+rng.IntN(10), []int{1, 20, 1000}[rng.IntN(3)])
		if f.Product = fmt.Sprintf("8507%02d", p); p > 99 {
			f.Product = fmt.Sprintf("8508%02d", p-100)
		}
		if len(f.Value) > 0 {
			products, codes = append(products, f), append(codes, f.Product)
		}
	}
	return products, codes
}

// definitionView is a view as a definition of dependency asks: all economies with all, by the share of a supplier.
func definitionView(t *testing.T, rng *rand.Rand, year int, codes []string) View {
	t.Helper()
	v := severalView(t, rng, year, codes)
	v.Importers, v.Partners, v.Criteria, v.Unseen, v.Inside, v.TopOnly, v.Whole = nil, nil, nil, 0, nil, false, nil
	v.Sums = [][]indicator.Sum{{indicator.Imports, indicator.ImportsFromPartner}, {indicator.Imports, indicator.ImportSquares, indicator.WorldExports, indicator.PartnerExports},
		{indicator.Imports, indicator.Exports, indicator.IntraTrade, indicator.TotalExports}}[rng.IntN(3)]
	for c := trade.Code(1); c <= 12; c++ {
		v.Importers, v.Partners = append(v.Importers, trade.SetOf(c)), append(v.Partners, trade.SetOf(c))
	}
	texts := []string{fmt.Sprintf("partner_share >= 0.%d", 26+rng.IntN(20)), "import_hhi > 0.2"}[:1+rng.IntN(2)]
	if rng.IntN(2) == 0 { // of importers, in the world, or in a bloc that some are part of
		texts = [][]string{{"import_hhi > 0.3"}, {"effective_suppliers < 0.5 * effective_exporters"}, {"import_hhi > 0.4", "extra_bloc_share > 0.5", "imports > total_exports"}}[rng.IntN(3)]
		v.Tops, v.TopOnly = rng.IntN(2) == 0, true
		if rng.IntN(2) == 0 {
			some := []string{"850703", "850711"}
			v.Whole = func(product string) bool { return slices.Contains(some, product) }
		}
		switch rng.IntN(5) {
		case 0:
			v.Importers, v.Inside = append(v.Importers, trade.SetOf(2, 3)), make([]trade.Set, 13)
			for i := range 4 {
				v.Inside[i] = trade.SetOf(1, 2, 3, 4)
			}
		case 1, 2: // other views ask about the same importers, by themselves or as members of another bloc
			v.Inside = make([]trade.Set, 12)
			for i := range 4 {
				v.Inside[i+rng.IntN(2)] = trade.SetOf(1, 2, 3, 4, 5)
			}
		case 3: // of more members than are looked up
			v.Inside = slices.Repeat([]trade.Set{trade.SetOf(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)}, maxLooked+2)
		}
	}
	v.OnlyPairs = rng.IntN(2) == 0
	if rng.IntN(3) == 0 {
		v.Unseen = 0.05
	}
	for _, text := range texts {
		c, err := indicator.ParseCriterion(text)
		if err != nil {
			t.Fatal(err)
		}
		v.Criteria = append(v.Criteria, c)
	}
	return v
}

// severalView is a view of any kind. What views share depends on these: blocs on either side, members of a bloc, the net world, squares of
// suppliers and no other sum over them, leading suppliers, tonnes, few importers.
func severalView(t *testing.T, rng *rand.Rand, year int, codes []string) View {
	t.Helper()
	var lines []trade.Set
	for c := trade.Code(1); c <= 12; c++ {
		lines = append(lines, trade.SetOf(c))
	}
	blocs := []trade.Set{trade.SetOf(1, 2, 3), trade.SetOf(3, 4, 5), trade.SetOf(2, 900)}
	side := func() []trade.Set {
		list := slices.Clone(lines)
		if rng.IntN(3) == 0 {
			list = list[:1+rng.IntN(4)] // few
		}
		if rng.IntN(2) == 0 {
			list = append(list, blocs[rng.IntN(3)])
		}
		return list
	}
	v := View{Year: year, Importers: side(), World: []trade.World{trade.Gross, trade.Net}[rng.IntN(2)], Products: codes}
	if rng.IntN(4) > 0 {
		v.Partners = side()
	}
	v.Sums = [][]indicator.Sum{
		{indicator.Imports},
		{indicator.Imports, indicator.ImportSquares},
		{indicator.ImportSquares, indicator.WorldSquares, indicator.WorldExports},
		indicator.SumsWhere(indicator.Sum.Weighed),
		nil,
	}[rng.IntN(5)]
	if v.Partners == nil {
		v.Sums = slices.DeleteFunc(slices.Clone(v.Sums), func(s indicator.Sum) bool { return s.Level() == indicator.Pair })
	}
	texts := [][]string{
		nil,
		{"import_hhi > 0.3"},
		{"partner_share >= 0.3"},
		{"partner_share >= 0.25", "partner_world_share >= 0.15"},
		{"partner_share > 0.4", "import_hhi > 0.4"},
		{"partner_share > 0.1", "world_export_hhi > 0.1"},
		{"partner_share > 0.3", "imports >= 0.1 * world_exports"},
		{"imports >= 2 * exports", "suppliers <= 6"},
	}[rng.IntN(8)]
	for _, text := range texts {
		c, err := indicator.ParseCriterion(text)
		if err != nil {
			t.Fatal(err)
		}
		if c.Level() < indicator.Pair || v.Partners != nil {
			v.Criteria = append(v.Criteria, c)
		}
	}
	v.Tops, v.TopOnly = rng.IntN(4) == 0, rng.IntN(4) == 0
	v.OnlyPairs = v.Partners != nil && rng.IntN(4) == 0
	if rng.IntN(4) == 0 {
		v.Unseen = 0.05
	}
	if rng.IntN(3) == 0 { // members of a bloc, each by itself
		for _, set := range v.Importers {
			bloc := trade.SetOf(1, 2, 3, 5)
			if set.Minus(bloc).Len() > 0 {
				bloc = trade.Set{}
			}
			v.Inside = append(v.Inside, bloc)
		}
	}
	return v
}

// TestScanAll: several views scanned at once get exactly what each gets alone, in the same order, whatever the others are, and whatever the
// year remembers.
func TestScanAll(t *testing.T) {
	rng := rand.New(rand.NewPCG(16, 9))
	rounds, cells, shared := 40, 0, 0
	if testing.Short() {
		rounds = 8
	}
	for round := range rounds {
		year, codes := severalYear(t, rng)
		var some []string // nil is all
		if rng.IntN(4) == 0 {
			for _, code := range codes {
				if rng.IntN(2) == 0 {
					some = append(some, code)
				}
			}
		}
		var views []View
		for range 2 + rng.IntN(4) {
			kind := severalView
			if round%2 == 0 && rng.IntN(4) > 0 {
				kind = definitionView
			}
			views = append(views, kind(t, rng, 2024, some))
		}
		var plans []*plan
		for i := range views {
			plans = append(plans, newPlan(&views[i], year.Importers().Union(year.Exporters()), year.Exact()))
		}
		if groups, _ := joined(plans, year.Importers()); len(groups) > 0 {
			shared++
		}
		scan := func(views []View) []string { return transcripts(t, year, views) }
		before := store.LimitRemembered(0) // each alone, on nothing that another has found
		var alone []string
		for i := range views {
			alone = append(alone, scan(views[i : i+1])[0])
		}
		forgetful := scan(views)
		store.LimitRemembered(before)
		for name, got := range map[string][]string{"nothing remembered": forgetful, "first": scan(views), "again": scan(views)} {
			for i := range views {
				if got[i] != alone[i] {
					t.Fatalf("round %d, %s: view %d of %d differs from the same alone\n%s", round, name, i, len(views), firstDifference(got[i], alone[i]))
				}
			}
		}
		for _, text := range alone {
			cells += strings.Count(text, "\n")
		}
	}
	if cells < 1000*rounds || shared < rounds/6 {
		t.Errorf("only %d cells arrived; views shared what they found in %d of %d rounds", cells, shared, rounds)
	}
}

// TestScanAllKept: of products that are left whole a view that says which cells it needs gets these and those that meet its criteria, with the
// same sums and verdicts as a view that gets all.
func TestScanAllKept(t *testing.T) {
	rng := rand.New(rand.NewPCG(16, 52))
	missed := 0
	for range 12 {
		year, codes := severalYear(t, rng)
		var view View
		for view.Whole == nil || view.Unseen != 0 {
			view = definitionView(t, rng, 2024, codes)
		}
		kept := map[string][][2]int32{}
		for _, product := range []string{"850703", "850711"} {
			for range 3 {
				kept[product] = append(kept[product], [2]int32{int32(rng.IntN(12)), int32(rng.IntN(13) - 1)})
			}
		}
		some := view
		some.Kept = func(product string) [][2]int32 { return kept[product] }
		views := []View{view, some}
		lines := make([][]cellLine, len(views))
		err := ScanAll(t.Context(), year, views, func(i int) *lineReader { return &lineReader{view: &views[i]} }, func(i int, one *lineReader) error {
			lines[i] = append(lines[i], one.lines...)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		want := slices.DeleteFunc(lines[0], func(l cellLine) bool {
			need := l.verdict.Met() || slices.ContainsFunc(kept[l.product], func(c [2]int32) bool { return c[0] == l.importer && (c[1] < 0 || c[1] == l.partner) })
			if !need {
				missed++
			}
			return !need
		})
		if !slices.Equal(lines[1], want) {
			t.Fatalf("%d cells, expected %d of all: %v, not %v", len(lines[1]), len(want), lines[1], want)
		}
	}
	if missed < 50 {
		t.Errorf("only %d cells are not needed", missed)
	}
}

// cellLine is a cell with its verdict and, written down, its sums.
type cellLine struct {
	product           string
	importer, partner int32
	verdict           indicator.Verdict
	text              string
}

type lineReader struct {
	view  *View
	lines []cellLine
}

func (r *lineReader) Importers(b *Batch) error { return r.Pairs(b) }

func (r *lineReader) Pairs(b *Batch) error {
	all := transcript{view: r.view}
	all.write(&all.pairs, b)
	for i, text := range slices.Collect(strings.Lines(all.pairs.String())) {
		l := cellLine{b.Product, b.Importer[i], -1, b.Verdicts[i], text}
		if b.Partner != nil {
			l.partner = b.Partner[i]
		}
		r.lines = append(r.lines, l)
	}
	return nil
}

// TestTopOnly: of a view that needs no pairs but those of the largest supplier, and of blocs, these arrive as in one that needs all.
func TestTopOnly(t *testing.T) {
	rng := rand.New(rand.NewPCG(16, 25))
	left, out := 0, 0
	for range 20 {
		year, codes := severalYear(t, rng)
		view := severalView(t, rng, 2024, codes)
		for view.Partners == nil {
			view = severalView(t, rng, 2024, codes)
		}
		view.Tops, view.OnlyPairs = true, false
		scan := func(topOnly bool) (lines []string, importers string) {
			view.TopOnly = topOnly
			all := transcript{view: &view}
			err := Scan(t.Context(), year, view, func() *topPairs { return &topPairs{transcript: transcript{view: &view}} }, func(one *topPairs) error {
				lines = append(lines, one.lines...)
				all.importers.WriteString(one.importers.String())
				out += one.others
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return lines, all.importers.String()
		}
		some, importers := scan(true)
		want, same := scan(false)
		if !slices.Equal(some, want) || importers != same {
			t.Fatalf("%d pairs of the largest supplier, want %d\n%s", len(some), len(want), firstDifference(strings.Join(some, ""), strings.Join(want, "")))
		}
		left += len(some)
	}
	if left < 1000 || out < 1000 {
		t.Errorf("only %d pairs of the largest supplier, %d of others", left, out)
	}
}

// topPairs writes down the pairs whose partner is the largest supplier, and counts the others.
type topPairs struct {
	transcript
	lines  []string
	others int
}

func (p *topPairs) Pairs(b *Batch) error {
	all := transcript{view: p.view}
	all.write(&all.pairs, b)
	for i, line := range slices.Collect(strings.Lines(all.pairs.String())) {
		if top := b.TopSupplier[i]; top == MergedPartner || p.view.Partners[b.Partner[i]].Has(trade.Code(top)) {
			p.lines = append(p.lines, line)
		} else {
			p.others++
		}
	}
	return nil
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d: got  %s\nwant %s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, expected %d", len(g), len(w))
}
