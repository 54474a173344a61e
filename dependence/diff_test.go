package dependence

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
	"chokepoint/trade"
)

// slowTexts is the selection of all parties that slowCount knows.
func slowTexts() string {
	var texts []string
	for _, p := range studytest.SlowParties {
		texts = append(texts, p.Text)
	}
	return strings.Join(texts, ",")
}

// TestCompareCounts: the sizes of the sets that Compare works on are the counts of Count.
func TestCompareCounts(t *testing.T) {
	s := studytest.Source(t, studytest.RandomFlows(rand.New(rand.NewPCG(71, 5)), 7, 6))
	ctx := context.Background()
	for _, partners := range []string{"-", "all", slowTexts()} {
		for _, persistence := range []string{"", "2/3"} {
			q := study.Query{Importers: slowTexts(), Partners: partners, Method: "all", Persistence: persistence}
			counts := map[string]int64{}
			count := studytest.Must(t)(Count(ctx, s, q))
			for i := range count.Rows() {
				counts[studytest.RowText(count, i, "year", "method", "importer", "partner")] = count.Column("products").Int[i]
			}
			check := func(by string, table *result.Table, row int, products, year, method string) {
				key := studytest.RowText(table, row, year, method, "importer", "partner")
				want, listed := counts[key]
				if got := table.Column(products).Int[row]; got != want && (listed || got != result.MissingInt) { // Count lists no row without a figure
					t.Errorf("partners %s, persistence %q, by %s: %s of %s is %d, Count says %d", partners, persistence, by, products, key, got, want)
				}
			}
			methods := studytest.Must(t)(Compare(ctx, s, q, "method"))
			for i := range methods.Rows() {
				check("method", methods, i, "products_a", "year", "method_a")
				check("method", methods, i, "products_b", "year", "method_b")
			}
			years := studytest.Must(t)(Compare(ctx, s, q, "year"))
			for i := range years.Rows() {
				check("year", years, i, "products_from", "from", "method")
				check("year", years, i, "products_to", "to", "method")
			}
			byProduct := map[string]int64{}
			products := studytest.Must(t)(Compare(ctx, s, q, "product"))
			for i := range products.Rows() {
				for id := range strings.FieldsSeq(products.Column("methods").Text[i]) {
					byProduct[fmt.Sprint(products.Column("year").Int[i], " ", id, " ", studytest.RowText(products, i, "importer", "partner"))]++
				}
			}
			for key, n := range counts {
				if byProduct[key] != max(n, 0) { // a count that is missing lists no product

					t.Errorf("partners %s, persistence %q, by product: %s has %d, Count says %d", partners, persistence, key, byProduct[key], n)
				}
			}
			if t.Failed() {
				return
			}
		}
	}
}

// TestJaccardIsSymmetric: the order of methods does not matter to what they share.
func TestJaccardIsSymmetric(t *testing.T) {
	s := studytest.Source(t, studytest.RandomFlows(rand.New(rand.NewPCG(81, 5)), 2, 12))
	shared := func(ids, a, b string) map[string]string {
		table := studytest.Must(t)(Compare(context.Background(), s, study.Query{Importers: slowTexts(), Partners: "CHN", Method: ids}, "method"))
		m := map[string]string{}
		for i := range table.Rows() {
			m[studytest.RowText(table, i, "year", "importer", "partner", a, b)] = studytest.RowText(table, i, "both", "either", "jaccard")
		}
		return m
	}
	one, other := shared("mgi,merics-2024", "method_a", "method_b"), shared("merics-2024,mgi", "method_b", "method_a")
	if len(one) == 0 || fmt.Sprint(one) != fmt.Sprint(other) {
		t.Errorf("one order:\n%v\nthe other:\n%v", one, other)
	}
}

// revise makes another release of flows: values move, flows vanish and appear.
func revise(rng *rand.Rand, flows []studytest.Flow) []studytest.Flow {
	var revised []studytest.Flow
	for _, f := range flows {
		switch rng.IntN(12) {
		case 0:
			continue
		case 1:
			f.Dollars *= 2
		case 2:
			f.Dollars++
		}
		revised = append(revised, f)
	}
	return revised
}

// TestDiffAgainstDefinition takes the lists of slowCount for two releases, subtracts them, and compares products, their
// number, and the direction; for economies, blocs and unions, methods with and without a partner, with persistence.
func TestDiffAgainstDefinition(t *testing.T) {
	ctx := context.Background()
	for seed := range uint64(2) {
		rng := rand.New(rand.NewPCG(seed, 91))
		old := studytest.RandomFlows(rng, 4, 5)
		recent := revise(rng, old)
		before, after := studytest.Source(t, slices.Clone(old)), studytest.Source(t, slices.Clone(recent))
		for id := range studytest.SlowVerdict {
			m, err := method.Get(id)
			if err != nil {
				t.Fatal(err)
			}
			for _, persistence := range []string{"1/1", "2/3"} {
				p, _ := method.ParsePersistence(persistence)
				was := studytest.SlowCount(old, id, p.Years, p.Window, m.HasPartner())
				now := studytest.SlowCount(recent, id, p.Years, p.Window, m.HasPartner())
				want := map[string]bool{}
				for at := range now {
					for product := range now[at] {
						if _, ok := was[at][product]; !ok {
							want[fmt.Sprint(at.Year, " ", at.Importer, " ", at.Partner, " ", product, " entered")] = true
						}
					}
					for product := range was[at] {
						if _, ok := now[at][product]; !ok {
							want[fmt.Sprint(at.Year, " ", at.Importer, " ", at.Partner, " ", product, " left")] = true
						}
					}
				}
				q := study.Query{Importers: slowTexts(), Partners: slowTexts(), Method: id, Persistence: persistence}
				table := studytest.Must(t)(Diff(ctx, after, before, q))
				name := fmt.Sprintf("seed %d, %s, %s", seed, id, persistence)
				if table.Rows() != len(want) {
					t.Errorf("%s: %d changes, want %d", name, table.Rows(), len(want))
				}
				for i := range table.Rows() {
					if key := studytest.RowText(table, i, "year", "importer", "partner", "product", "change"); !want[key] {
						t.Errorf("%s: %s is no change", name, key)
					}
					if table.Column("reason").Text[i] == "" {
						t.Errorf("%s: %s has no reason", name, studytest.RowText(table, i, "year", "importer", "partner", "product", "change"))
					}
				}
				checkSummary(t, name, table, studytest.Must(t)(DiffSummary(ctx, after, before, q)), was, now)
				if t.Failed() {
					return
				}
			}
		}
	}
}

// checkSummary compares the counts of DiffSummary with the list and with the definition.
func checkSummary(t *testing.T, name string, list, summary *result.Table, was, now map[studytest.Key]map[string]int64) {
	t.Helper()
	changes := map[string]int64{}
	for i := range list.Rows() {
		changes[studytest.RowText(list, i, "year", "importer", "partner", "change")]++
	}
	if summary.Rows() != len(now) {
		t.Errorf("%s: %d rows of summary, want %d", name, summary.Rows(), len(now))
	}
	for i := range summary.Rows() {
		row := studytest.RowText(summary, i, "year", "importer", "partner")
		at := studytest.Key{int(summary.Column("year").Int[i]), summary.Column("importer").Text[i], summary.Column("partner").Text[i]}
		if summary.Column("stayed").IsMissing(i) { // the first year of two of three
			if len(was[at]) > 0 || len(now[at]) > 0 || !summary.Column("products_after").IsMissing(i) {
				t.Errorf("%s: %s is missing, want %d before and %d after", name, row, len(was[at]), len(now[at]))
			}
			continue
		}
		var enteredImports, leftImports int64
		stayed := 0
		for p, v := range now[at] {
			if _, ok := was[at][p]; ok {
				stayed++
			} else {
				enteredImports += v
			}
		}
		for p, v := range was[at] {
			if _, ok := now[at][p]; !ok {
				leftImports += v
			}
		}
		got := studytest.RowText(summary, i, "products_before", "products_after", "stayed", "entered", "left", "entered_imports_usd", "left_imports_usd")
		want := fmt.Sprint(len(was[at]), " ", len(now[at]), " ", stayed, " ", changes[row+" entered"], " ", changes[row+" left"], " ", enteredImports, " ", leftImports)
		if got != want {
			t.Errorf("%s: %s: %s, want %s", name, row, got, want)
		}
	}
}

// TestDiffReasons states the criteria of merics-2024 in whole numbers and compares which of them the reasons name, and
// the dollars beside them.
func TestDiffReasons(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 92))
	// Few exporters, so that China often has a large share of the world, and importers that may buy nothing.
	old := slices.DeleteFunc(studytest.RandomFlows(rng, 3, 120), func(f studytest.Flow) bool { return !slices.Contains([]trade.Code{156, 344, 842}, f.Exporter) })
	recent := slices.DeleteFunc(revise(rng, old), func(f studytest.Flow) bool { return f.Importer == 842 && f.Product < "851020" })
	before, after := studytest.Source(t, slices.Clone(old)), studytest.Source(t, slices.Clone(recent))
	criteria := func(f studytest.Facts) (met []bool) {
		return []bool{f.Imports >= 2*f.Exports, 10*f.FromPartner >= 3*f.Imports, 10*f.PartnerWorld >= 3*f.World}
	}
	texts := []string{"imports >= 2 * exports", "partner_share >= 0.3", "partner_world_share >= 0.3"}
	codes := map[string][]trade.Code{"USA": {842}, "DEU+NLD": {276, 528}, "CHN": {156}, "CHN+HKG": {156, 344}}
	table := studytest.Must(t)(Diff(context.Background(), after, before, study.Query{Importers: "USA,DEU+NLD", Partners: "CHN,CHN+HKG", Method: "merics-2024"}))
	seen := map[string]int{}
	for i := range table.Rows() {
		year, product := int(table.Column("year").Int[i]), table.Column("product").Text[i]
		importer, partner := codes[table.Column("importer").Text[i]], codes[table.Column("partner").Text[i]]
		was, now := studytest.Gather(old, year, product, importer, partner), studytest.Gather(recent, year, product, importer, partner)
		on, off := was, now
		if table.Column("change").Text[i] == "entered" {
			on, off = now, was
		}
		var want []string
		switch {
		case off.Imports == 0:
			want = []string{"not imported in test"}
		case off.FromPartner == 0:
			want = []string{"not imported from the partner in test"}
		default:
			held, lost := criteria(on), criteria(off)
			for k := range texts {
				if held[k] && !lost[k] {
					want = append(want, texts[k])
				}
			}
		}
		reason := table.Column("reason").Text[i]
		seen[reason]++
		if reason != strings.Join(want, "; ") {
			t.Errorf("%s: reason %q, want %q", studytest.RowText(table, i, "year", "importer", "partner", "product", "change"), reason, want)
		}
		got := studytest.RowText(table, i, "imports_before_usd", "imports_after_usd", "imports_from_partner_before_usd", "imports_from_partner_after_usd")
		if want := fmt.Sprint(was.Imports, " ", now.Imports, " ", was.FromPartner, " ", now.FromPartner); got != want {
			t.Errorf("%s: dollars %s, want %s", studytest.RowText(table, i, "year", "importer", "partner", "product"), got, want)
		}
		value := func(f studytest.Facts) float64 {
			return map[string]float64{"": 0, texts[0]: float64(f.Imports) / float64(f.Exports), texts[1]: float64(f.FromPartner) / float64(f.Imports),
				texts[2]: float64(f.PartnerWorld) / float64(f.World)}[table.Column("criterion").Text[i]]
		}
		if table.Column("criterion").Text[i] != "" && (table.Column("value_before").Float[i] != value(was) || table.Column("value_after").Float[i] != value(now)) {
			t.Errorf("%s: values %s, want %v and %v", studytest.RowText(table, i, "year", "importer", "partner", "product"), studytest.RowText(table, i, "value_before", "value_after"), value(was), value(now))
		}
	}
	if len(seen) < 6 {
		t.Errorf("only the reasons %v; the test says little", seen)
	}
}

// TestDiffOfItself: no release differs from itself, whatever is asked.
func TestDiffOfItself(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(4, 93)), 4, 8)
	one, other := studytest.Source(t, slices.Clone(flows)), studytest.Source(t, slices.Clone(flows))
	for _, partners := range []string{"-", "all", "CHN|KOR"} {
		q := study.Query{Importers: "all", Partners: partners, Method: "all", Persistence: "2/3"}
		if table := studytest.Must(t)(Diff(context.Background(), one, other, q)); table.Rows() != 0 {
			t.Errorf("partners %s: %d changes", partners, table.Rows())
		}
		summary := studytest.Must(t)(DiffSummary(context.Background(), one, other, q))
		for i := range summary.Rows() {
			if summary.Column("entered").Int[i]+summary.Column("left").Int[i] != 0 || summary.Column("stayed").Int[i] != summary.Column("products_before").Int[i] {
				t.Errorf("partners %s: row %d of the summary differs", partners, i)
			}
		}
	}
}

// TestDiffMirrors: what enters one way leaves the other, for the same reason and with values exchanged.
func TestDiffMirrors(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 94))
	old := studytest.RandomFlows(rng, 4, 8)
	before, after := studytest.Source(t, slices.Clone(old)), studytest.Source(t, revise(rng, old))
	for _, partners := range []string{"-", "CHN,CHN|KOR"} {
		q := study.Query{Importers: "USA,DEU|NLD,DEU+NLD", Partners: partners, Method: "all", Persistence: "2/3"}
		there, back := studytest.Must(t)(Diff(context.Background(), after, before, q)), studytest.Must(t)(Diff(context.Background(), before, after, q))
		var a, b []string
		for i := range there.Rows() {
			a = append(a, strings.Map(exchange, there.Column("change").Text[i][:1])+" "+studytest.RowText(there, i, "year", "method", "importer", "partner", "product", "reason", "value_before", "value_after",
				"imports_before_usd", "imports_after_usd", "imports_from_partner_before_usd", "imports_from_partner_after_usd"))
		}
		for i := range back.Rows() {
			b = append(b, back.Column("change").Text[i][:1]+" "+studytest.RowText(back, i, "year", "method", "importer", "partner", "product", "reason", "value_after", "value_before",
				"imports_after_usd", "imports_before_usd", "imports_from_partner_after_usd", "imports_from_partner_before_usd"))
		}
		slices.Sort(a)
		slices.Sort(b)
		if len(a) == 0 || !slices.Equal(a, b) {
			t.Errorf("partners %s: %d changes one way, %d the other, and not the same:\n%s\n\n%s", partners, len(a), len(b), strings.Join(a, "\n"), strings.Join(b, "\n"))
		}
	}
}

// exchange turns the first letter of entered into that of left and back.
func exchange(r rune) rune { return 'e' + 'l' - r }

// world is a small world in which the USA buy a product from China and Korea.
func world(year int, product string, fromChina, fromKorea int64) []studytest.Flow {
	return []studytest.Flow{{year, 156, 842, product, fromChina}, {year, 410, 842, product, fromKorea}}
}

// TestDiffSays compares sentences: reasons and notes that need a case of their own.
func TestDiffSays(t *testing.T) {
	says := func(name string, before, after [][]studytest.Flow, q study.Query, want ...string) {
		t.Helper()
		old, recent := studytest.Source(t, slices.Concat(before...)), studytest.Source(t, slices.Concat(after...))
		table, err := Diff(context.Background(), recent, old, q)
		var got strings.Builder
		if err != nil {
			got.WriteString("error: " + err.Error())
		} else {
			for i := range table.Rows() {
				got.WriteString(studytest.RowText(table, i, "year", "importer", "partner", "product", "change") + ": " + table.Column("reason").Text[i] + "\n" + "values " + studytest.RowText(table, i, "value_before", "value_after") + "\n")
			}
			got.WriteString(strings.Join(result.Texts(table.Notes), "\n"))
		}
		for _, sentence := range want {
			if !strings.Contains(got.String(), sentence) {
				t.Errorf("%s: want %q in\n%s", name, sentence, got.String())
			}
		}
	}
	usa := func(id, persistence string) study.Query {
		return study.Query{Importers: "USA", Partners: "CHN", Method: id, Persistence: persistence}
	}
	says("persistence, this year holds",
		[][]studytest.Flow{world(2020, "850001", 9, 1), world(2021, "850001", 9, 1), world(2022, "850001", 9, 1)},
		[][]studytest.Flow{world(2020, "850001", 1, 9), world(2021, "850001", 1, 9), world(2022, "850001", 9, 1)}, usa("iw-2024", "2/3"),
		"2022 USA CHN 850001 left: criteria hold this year, but in 1 of 3 years in test, in 3 in the other\n")
	says("persistence, a criterion turned",
		[][]studytest.Flow{world(2021, "850001", 9, 1), world(2022, "850001", 9, 1)},
		[][]studytest.Flow{world(2021, "850001", 9, 1), world(2022, "850001", 1, 9)}, usa("iw-2024", "2/2"),
		"2022 USA CHN 850001 left: partner_share >= 0.5; criteria held in 1 of 2 years in test, in 2 in the other\n")
	says("persistence keeps a product that misses the criteria",
		[][]studytest.Flow{world(2020, "850001", 9, 1), world(2021, "850001", 9, 1), world(2022, "850001", 1, 9)},
		[][]studytest.Flow{world(2020, "850001", 9, 1), world(2021, "850001", 1, 9), world(2022, "850001", 1, 9)}, usa("iw-2024", "2/3"),
		"2022 USA CHN 850001 left: criteria held in 1 of 3 years in test, in 2 in the other\n")
	says("years",
		[][]studytest.Flow{world(2020, "850001", 9, 1), world(2021, "850001", 9, 1)}, [][]studytest.Flow{world(2021, "850001", 9, 1), world(2022, "850001", 9, 1)}, usa("iw-2024", "2/2"),
		"2022 not in test: left out, although test has it", "2020 not in test: left out, although test has it",
		"iw-2024 asks for 2/2 years, and of those before the years compared only test has 2020",
		"iw-2024 is not computable in 2021", "0 stayed, 0 entered, 0 left") // what nobody can know has not left
	years := usa("iw-2024", "")
	years.Years = "2021:2022"
	says("years asked for", [][]studytest.Flow{world(2021, "850001", 9, 1)}, [][]studytest.Flow{world(2021, "850001", 1, 9), world(2022, "850001", 9, 1)}, years,
		"2021 USA CHN 850001 left: partner_share >= 0.5\n", "2022 not in test: left out")
	says("no years in common", [][]studytest.Flow{world(2020, "850001", 9, 1)}, [][]studytest.Flow{world(2021, "850001", 9, 1)}, usa("iw-2024", ""),
		"error: diff: test has the years 2021, test has 2020: none in common")
	says("codes", [][]studytest.Flow{world(2020, "850001", 9, 1)}, [][]studytest.Flow{world(2020, "850001", 9, 1), world(2020, "850002", 9, 1)}, usa("iw-2024", ""),
		"2020 USA CHN 850002 entered: product code not in test\n", "1 product codes are in the list of test only, 0 in that of test only")
	says("top supplier", [][]studytest.Flow{world(2020, "850001", 9, 8)}, [][]studytest.Flow{world(2020, "850001", 8, 9)}, usa("mgi", ""),
		"2020 USA CHN 850001 left: the top supplier in test is KOR, not the partner\n")
	says("anyone", [][]studytest.Flow{world(2020, "850001", 9, 1)}, [][]studytest.Flow{world(2020, "850001", 4, 4), {{2020, 276, 842, "850001", 4}}}, study.Query{Importers: "USA", Method: "iw-2024"},
		"2020 USA - 850001 left: on CHN: partner_share >= 0.5\n")
	// China is listed before and stays at 40 %; Korea enters. The reason must be about Korea.
	says("either", [][]studytest.Flow{world(2020, "850001", 4, 3), {{2020, 276, 842, "850001", 3}}}, [][]studytest.Flow{world(2020, "850001", 4, 6)}, study.Query{Importers: "USA|DEU", Partners: "CHN|KOR", Method: "iw-2024"},
		"2020 USA|DEU CHN|KOR 850001 entered: USA on KOR: partner_share >= 0.5\nvalues 0.3 0.6\n")
	// Both are listed before; the larger one is spoken of.
	says("the larger of two", [][]studytest.Flow{world(2020, "850001", 4, 5)}, [][]studytest.Flow{world(2020, "850001", 1, 2), {{2020, 276, 842, "850001", 7}}}, study.Query{Importers: "USA", Partners: "CHN|KOR", Method: "merics-2024"},
		"2020 USA CHN|KOR 850001 left: on KOR: partner_share >= 0.3; partner_world_share >= 0.3\n")
}

// TestDiffOfNomenclatures: only codes that both datasets have are compared.
func TestDiffOfNomenclatures(t *testing.T) {
	before := studytest.Source(t, slices.Concat(world(2020, "850001", 9, 1), world(2020, "850003", 9, 1)))
	after := studytest.Source(t, slices.Concat(world(2020, "850001", 1, 9), world(2020, "850002", 9, 1)))
	d, err := newDiffing(t.Context(), after, before, study.Query{Importers: "USA", Partners: "CHN", Method: "iw-2024"})
	if err != nil {
		t.Fatal(err)
	}
	d.apart, d.notes = true, nil
	d.noteCodes()
	if want := "only codes that both have are compared; 1 of test and 1 of test are left out"; !strings.Contains(strings.Join(d.notes, "\n"), want) {
		t.Errorf("notes %q, want %q", d.notes, want)
	}
	lists, err := d.lists(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if b := lists.balance(question{2020, "USA", "CHN"}); fmt.Sprint(b.entered, b.left) != "[] [850001]" {
		t.Errorf("entered %v, left %v; want only 850001 left", b.entered, b.left)
	}
}
