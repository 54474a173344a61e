package scenario

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"chokepoint/datafile"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
	"chokepoint/suite"
	"chokepoint/trade"
)

// TestGSIM: the 4 × 4 case of Francois and Hall (2003): published world prices, the other figures of an independent solution, and the levels.
func TestGSIM(t *testing.T) {
	var f map[string]json.RawMessage
	if err := json.Unmarshal(given(t, "gsim", "gsim_4x4.json"), &f); err != nil {
		t.Fatal(err)
	}
	read := func(name string, v any) {
		t.Helper()
		if err := json.Unmarshal(f[name], v); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	var regions []string
	var value, factor [][]float64
	read("regions", &regions)
	read("trade", &value)
	read("tariff_factor_0", &factor)
	matrix := "exporter,importer,trade,tariff_0,tariff_1\n" // as users give it
	for r := range regions {
		for v := range regions {
			after := factor[r][v]
			if r+v == 2 && r != v { // between the US and the EU tariffs go
				after = 1
			}
			matrix += fmt.Sprintf("%s,%s,%v,%v,%v\n", regions[r], regions[v], value[r][v], factor[r][v]-1, after-1)
		}
	}
	c, err := ParseTariffs("matrix.csv", []byte(matrix))
	if err != nil {
		t.Fatal(err)
	}
	c.Demand, c.Supply, c.Substitution = -1.25, 1.5, 5
	linear, err := c.Linear()
	if err != nil {
		t.Fatal(err)
	}
	var quantity [][]float64
	read("quantity_change", &quantity)
	for r, want := range []float64{0.0792, -0.0316, 0.0480, -0.0184} {
		near(t, c.Economies[r]+" price", linear.World[r], want, 5e-5)
		near(t, c.Economies[r]+" welfare", linear.Welfare2[r], []float64{18.21, -34.49, 14.54, -40.80}[r], 0.005)
		for v := range c.Economies {
			near(t, "quantity", linear.Quantity[r][v], quantity[r][v], 5e-5)
		}
	}
	near(t, "JP consumers", linear.Consumer[1], -8.594, 0.001)
	near(t, "RW consumers", linear.Consumer[3], -31.378, 0.001)
	near(t, "JP consumers as published", linear.ConsumerPublished[1], -8.876, 0.0005)
	near(t, "RW consumers as published", linear.ConsumerPublished[3], -32.859, 0.0005)
	levels, err := c.Levels()
	if err != nil {
		t.Fatal(err)
	}
	for r, want := range []float64{0.1265, -0.0323, 0.0793, -0.0173} {
		near(t, c.Economies[r]+" price in levels", levels.World[r], want, 5e-5)
	}
	// The levels linearise to GSIM: a change a thousand times smaller moves both alike.
	for r := range c.Before {
		for v := range c.Before[r] {
			c.After[r][v] = c.Before[r][v] * (1 + 1e-6*float64(r-v))
		}
	}
	linear, _ = c.Linear()
	levels, _ = c.Levels()
	for r := range linear.World {
		near(t, "small change", levels.World[r], linear.World[r], 1e-10)
	}
}

// TestWheat: the fall of US wheat by a dust bowl, 195 economies, four years (Heslin et al. 2020): 776 numbers for each of two outcomes, to 1e-5
// as users run it and to 1e-12 without a floor, in any order of economies.
func TestWheat(t *testing.T) {
	w, declines := wheat(t)
	expected := [2][4]map[string]float64{}
	n := 0
	for k, name := range []string{"expected_consumption_to_c0.csv", "expected_reserve_change_to_c0.csv"} {
		for _, row := range records(t, given(t, "cascade_fsc", name)) {
			year, _ := strconv.Atoi(row["Year"])
			if expected[k][year-1] == nil {
				expected[k][year-1] = map[string]float64{}
			}
			if x, err := strconv.ParseFloat(row["Value"], 64); err == nil {
				expected[k][year-1][row["iso3"]] = x
				n++
			}
		}
	}
	if n != 2*776 {
		t.Fatalf("%d numbers", n)
	}
	check := func(what string, w *Cascade, declines [][]float64, within float64) (most float64) {
		t.Helper()
		for year, o := range w.Run(declines) {
			if want := []int{9, 14, 13, 14}[year]; o.Rounds != want && within > 0 {
				t.Errorf("%s: year %d takes %d rounds, want %d", what, year+1, o.Rounds, want)
			}
			for i, name := range w.Economies {
				for k, got := range []float64{o.Consumption[i], o.ReserveChange[i]} {
					want, ok := expected[k][year][name]
					if !ok {
						if !math.IsNaN(got) {
							t.Errorf("%s: %s has %v, want none", what, name, got)
						}
						continue
					}
					most = max(most, math.Abs(got-want))
				}
			}
		}
		if within > 0 && !(most <= within) {
			t.Errorf("%s: off by %v", what, most)
		}
		return most
	}
	check("as users run it", w, declines, 1e-5)
	r := rand.New(rand.NewPCG(1, 1))
	published := *w
	published.Floor = 0 // reserves are exactly 0 or not, as in the published run
	check("without a floor", &published, declines, 1e-12)
	for range 3 {
		order := r.Perm(len(w.Economies))
		turned, other := permuted(w, declines, order)
		check("in another order", turned, other, 1e-5)
		turned, other = permuted(&published, declines, order)
		check("in another order without a floor", turned, other, 1e-12)
	}
	teeth := *w
	teeth.ReserveShare = 1
	if off := check("all reserves", &teeth, declines, 0); off < 0.5 {
		t.Errorf("with all reserves usable it is off by %v: the test has no teeth", off)
	}
}

// wheat is read as the files of users are.
func wheat(t *testing.T) (*Cascade, [][]float64) {
	f := cascadeFiles{world: &Cascade{ReserveShare: 0.5, ConsumptionShare: 0.01, Floor: countedShortage}, place: map[string]int{}}
	for _, file := range [][2]string{{"production", "wheat_countries.csv"}, {"trade", "wheat_trade.csv.gz"}, {"shocks", "scenario4_us_dust_bowl_declines.csv"}} {
		text, err := datafile.Load(suite.Real.File(t, "scenarios", "cascade_fsc", file[1]), maxDistances)
		if err == nil {
			err = f.read(file[0], file[1], text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return f.world, f.declines
}

func permuted(w *Cascade, declines [][]float64, order []int) (*Cascade, [][]float64) {
	o := *w
	n := len(order)
	o.Economies, o.Production, o.Reserves, o.Trade = make([]string, n), make([]float64, n), make([]float64, n), nil
	for i, to := range order {
		o.Economies[to], o.Production[to], o.Reserves[to] = w.Economies[i], w.Production[i], w.Reserves[i]
	}
	for i := range w.Trade {
		s := w.Trade[len(w.Trade)-1-i]
		o.Trade = append(o.Trade, Shipment{order[s.From], order[s.To], s.Amount})
	}
	var other [][]float64
	for _, d := range declines {
		turned := make([]float64, n)
		for i, to := range order {
			turned[to] = d[i]
		}
		other = append(other, turned)
	}
	return &o, other
}

// TestExportBans: a ban spreads to who loses more than theta of its imports, and no farther.
func TestExportBans(t *testing.T) {
	importer, exporter, value := []uint16{2, 2, 3, 3, 4}, []uint16{1, 5, 2, 5, 3}, []float64{60, 40, 30, 70, 10}
	for theta, want := range map[float64]int{0.2: 4, 0.5: 2, 0.7: 1} {
		if got := ExportBans(importer, exporter, value, []uint16{1}, theta); len(got) != want {
			t.Errorf("theta %v: %v stop, want %d", theta, got, want)
		}
	}
}

// TestBansOfHubs: Hong Kong stops with China and is none of those who follow, unless each counts as itself; the notes say so, how far the answer moves with
// theta, and that no score is known.
func TestBansOfHubs(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(11, 4)), 1, 2)
	for _, hubs := range []string{"entrepots", "keep"} {
		begin := map[string][]uint16{"entrepots": {156, 344}, "keep": {156}}[hubs]
		table := asked(t, flows, CascadeQuestion, map[string]string{"suppliers": "CHN", "products": "851000", "hubs": hubs})
		var importer, exporter []uint16
		var value []float64
		exports := map[uint16]float64{}
		for _, f := range flows {
			if f.Product == "851000" {
				importer, exporter, value = append(importer, uint16(f.Importer)), append(exporter, uint16(f.Exporter)), append(value, float64(f.Dollars))
				exports[uint16(f.Exporter)] += float64(f.Dollars)
			}
		}
		least, most := math.MaxInt, 0
		for _, r := range BanSchema.Rows(table) {
			want, sum := 0, 0.0
			for code, round := range ExportBans(importer, exporter, value, begin, r.Theta) {
				if sum += exports[code]; exports[code] > 0 && round > 0 {
					want++
				}
			}
			if r.Stopped != want || strings.Contains(r.Economies, "HKG") && hubs != "keep" {
				t.Errorf("%s, theta %v: %d stop (%s), want %d", hubs, r.Theta, r.Stopped, r.Economies, want)
			}
			near(t, "exports stopped", r.Exports, sum, 1e-3)
			least, most = min(least, r.Stopped), max(most, r.Stopped)
		}
		notes := notesOf(table)
		for _, want := range []string{fmt.Sprintf("with theta from 0.1 to 0.5, %d to %d economies follow", least, most), "no past score is known of a cascade", BuiltinRecord().Words(Present)} {
			if !strings.Contains(notes, want) {
				t.Errorf("%s: no %q in\n%s", hubs, want, notes)
			}
		}
		if strings.Contains(notes, "HKG counts as CHN") == (hubs == "keep") {
			t.Errorf("%s: what is said of Hong Kong is wrong\n%s", hubs, notes)
		}
	}
}

// TestTariffRanges: beside a tariff stands how far purchases move with one assumption at a time, as single questions have them, and what is known of
// the past.
func TestTariffRanges(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(11, 4)), 1, 2)
	change := func(more ...string) (float64, string) {
		t.Helper()
		values := map[string]string{"importers": "USA", "suppliers": "CHN", "tariff": "0.25", "products": "851000"}
		for i := 0; i < len(more); i += 2 {
			values[more[i]] = more[i+1]
		}
		table := asked(t, flows, TariffQuestion, values)
		for _, r := range TariffFlowSchema.Rows(table) {
			if r.Exporter == "CHN" && r.Importer == "USA" { // the form asked for comes first
				return r.After/r.Before - 1, notesOf(table)
			}
		}
		t.Fatal("China sells nothing to the United States")
		return 0, ""
	}
	middle, notes := change()
	all := Span{middle, middle, middle}
	for _, more := range [][]string{{"substitution", "0.8"}, {"substitution", "2.25"}, {"demand", "-0.625"}, {"demand", "-2.5"}, {"supply", "0.75"}, {"supply", "3"}, {"form", "levels"}} {
		v, _ := change(more...)
		all.widen(v)
	}
	for _, want := range []string{fmt.Sprintf("of 851000: what it buys from those whose tariff changes moves by %s, and %s with one assumption changed at a time", result.Percent(all.At), spanText(all)),
		"elasticities on past tariffs: in 2019 -14.4 % happened, and an elasticity of -0.76 says -12.2 %", BuiltinRecord().Words(Present)} {
		if !strings.Contains(notes, want) {
			t.Errorf("no %q in\n%s", want, notes)
		}
	}
}

// TestTariffResponse: where all exporters' prices rise alike, demand for each moves by the elasticity of import demand alone.
func TestTariffResponse(t *testing.T) {
	c := &Tariffs{}
	c.Demand, c.Substitution = -1.25, 5
	theta := [][]float64{{.5}, {.3}, {.2}}
	for r := range theta {
		sum := 0.0
		for s := range theta {
			sum += c.response(theta, 0, r, s)
		}
		if math.Abs(sum-c.Demand) > 1e-12 {
			t.Errorf("exporter %d: %v, want %v", r, sum, c.Demand)
		}
	}
}

// TestLevy: a tariff on the flows of a dataset is that of the same flows as a matrix, and of several products the sum.
func TestLevy(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(3, 4)), 1, 2)
	rows := TariffFlowSchema.Rows(asked(t, flows, TariffQuestion, map[string]string{"importers": "USA", "suppliers": "CHN", "tariff": "0.25", "products": "851000"}))
	names := map[trade.Code]string{}
	for _, e := range trade.BuiltinEconomies().All() {
		names[e.Code] = e.ISO3
	}
	matrix := "exporter,importer,trade,tariff_0,tariff_1\n"
	sums := map[[2]string]int64{}
	for _, f := range flows {
		if f.Product == "851000" {
			sums[[2]string{names[f.Exporter], names[f.Importer]}] += int64(f.Dollars)
		}
	}
	for pair, v := range sums {
		after := 0.0
		if pair == [2]string{"CHN", "USA"} {
			after = 0.25
		}
		matrix += fmt.Sprintf("%s,%s,%d,0,%v\n", pair[0], pair[1], v, after)
	}
	c, err := ParseTariffs("matrix.csv", []byte(matrix))
	if err != nil {
		t.Fatal(err)
	}
	c.Demand, c.Supply, c.Substitution = -1.25, 1.5, 2
	linear, err := c.Linear()
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, r := range rows {
		if i := slices.Index(c.Economies, r.Exporter); r.Form == "linear" && r.Importer == "all" {
			near(t, r.Exporter+" world price", r.WorldPrice, linear.World[i], 1e-12)
			near(t, r.Exporter+" welfare", r.Welfare, linear.Welfare[i], 1e-9*math.Abs(linear.Welfare[i])+1e-9)
			checked++
		}
	}
	if checked != len(c.Economies) {
		t.Errorf("%d economies compared, want %d", checked, len(c.Economies))
	}
	all := TariffFlowSchema.Rows(asked(t, flows, TariffQuestion, map[string]string{"importers": "USA", "suppliers": "CHN", "tariff": "0.25", "products": "851000,851001"}))
	total, parts := 0.0, 0.0
	for _, r := range all {
		if r.Form == "levels" && r.Exporter == "USA" && r.Importer == "all" {
			if r.Product == "all" {
				total = r.Revenue
			} else {
				parts += r.Revenue
			}
		}
	}
	if near(t, "revenue over products", total, parts, 1e-9*math.Abs(parts)); total == 0 {
		t.Error("no revenue")
	}
}

// TestCompare: two scenarios side by side are each as scenario cut has it.
func TestCompare(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(5, 4)), 1, 2)
	year := flows[0].Year
	text := map[string]string{}
	for id, product := range map[string]string{"one": "851000", "two": "851001"} {
		text[id+".toml"] = fmt.Sprintf("id = \"%s\"\nname = \"N\"\nsource = \"S\"\nsuppliers = \"CHN\"\nproducts = \"%s\"\nwhen = \"%d\"\nyear = %d\n", id, product, year, year)
	}
	ask := func(q *study.Question, values map[string]string) *result.Table {
		t.Helper()
		request, errs := q.ReadLocal(values)
		if errs != nil {
			t.Fatal(errs)
		}
		source := studytest.Source(t, flows)
		source.Files = func(name string) ([]byte, error) { return []byte(text[name]), nil }
		table, err := q.Answer(t.Context(), source, request)
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	table := ask(CompareQuestion, map[string]string{"first": "one.toml", "second": "two.toml"})
	if want := "a and b differ in: products (a 851000, b 851001)"; table.Notes[0].Text != want {
		t.Errorf("the answer begins with %q, want %q", table.Notes[0].Text, want)
	}
	if got := ask(CompareQuestion, map[string]string{"first": "one.toml", "second": "one.toml"}).Notes[0].Text; got != "a and b ask the same of the same flows" {
		t.Errorf("of the same twice: %q", got)
	}
	rows := CompareSchema.Rows(table)
	for i, file := range []string{"one.toml", "two.toml"} {
		n := 0
		for _, want := range CutSchema.Rows(ask(CutQuestion, map[string]string{"scenario": file})) {
			at := slices.IndexFunc(rows, func(r ComparedRow) bool { return r.Importer == want.Importer && r.Combination == *want.Combination })
			if at < 0 {
				t.Fatalf("%s: no row of %s %v", file, want.Importer, *want.Combination)
			}
			got := []*CutRow{rows[at].A, rows[at].B}[i]
			if got.Lost != want.Lost || got.Unfilled != want.Unfilled {
				t.Errorf("%s: %s %v has %v, want %v", file, want.Importer, *want.Combination, got.Lost, want.Lost)
			}
			n++
		}
		if n == 0 {
			t.Errorf("%s: nothing compared", file)
		}
	}
}
