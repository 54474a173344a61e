package oracle

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// cutSpares are the spare capacities that are asked for.
var cutSpares = []float64{0.05, 0.1, 0.25}

// hubsOf are economies through which goods of others pass: Hong Kong's sales count as China's.
var hubsOf = map[int][]int{156: {344}}

// cutCase is a question about a cut, for the program and for the oracle.
type cutCase struct {
	flags []string
	cut   Cut
	keep  bool // hubs count as themselves
	shown string
}

// cutCases are the questions that each world is asked.
func cutCases() []cutCase {
	return []cutCase{
		{flags: []string{"--suppliers", "CHN"}, cut: Cut{Stops: []int{156}, Share: 1}, shown: "all,EU27,USA+BRA"},
		{flags: []string{"--suppliers", "CHN", "--cut", "0.5", "--hubs", "keep"}, cut: Cut{Stops: []int{156}, Share: 0.5}, keep: true, shown: "all"},
		{flags: []string{"--suppliers", "CHN,DEU", "--to", "USA,FRA,BRA"}, cut: Cut{Stops: []int{156, 276}, Share: 1, To: map[int]bool{842: true, 251: true, 76: true}}, shown: "USA,FRA,BRA,HKG,EU27"},
		{flags: []string{"--suppliers", "USA,BRA", "--to", "DEU,CHN", "--cut", "0.4"}, cut: Cut{Stops: []int{842, 76}, Share: 0.4, To: map[int]bool{276: true, 156: true}}, shown: "DEU,CHN,FRA"},
		{flags: []string{"--suppliers", "USA", "--not-from", "CHN", "--cut", "0.3"}, cut: Cut{Stops: []int{842}, Not: []int{156}, Share: 0.3}, shown: "all"},
		{flags: []string{"--suppliers", "USA", "--only-from", "CHN,DEU,FRA"}, cut: Cut{Stops: []int{842}, Only: []int{156, 276, 251}, Share: 1}, shown: "all"},
	}
}

// TestCuts compares what scenario cut says, under all rules, with the definition in plain loops, on random worlds.
func TestCuts(t *testing.T) {
	var all seen
	for n := range worldCount() {
		seed := *firstSeed + uint64(n)
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			dir, data := t.TempDir(), t.TempDir()
			w, err := writeWorld(dir, seed)
			if err != nil {
				t.Fatal(err)
			}
			o := open(t, dir, w.scale)
			run(t, "ingest", "baci", dir, "--data", data)
			r := rand.New(rand.NewPCG(seed, 3))
			cases := cutCases()
			for _, k := range r.Perm(len(cases))[:3] {
				c := cases[k]
				for _, stops := range c.cut.Stops {
					if !c.keep {
						c.cut.Hubs = append(c.cut.Hubs, hubsOf[stops]...)
					}
				}
				s := o.compareCut(t, data, &c, w.years[r.IntN(len(w.years))])
				all.rows, all.noSource, all.unfilled, all.filled, all.freed = all.rows+s.rows, all.noSource+s.noSource, all.unfilled+s.unfilled, all.filled+s.filled, all.freed+s.freed
			}
		})
	}
	t.Logf("%d rows compared: %d without a source, %d with something unfilled, %d with something filled; %d on freed goods", all.rows, all.noSource, all.unfilled, all.filled, all.freed)
	if !testing.Short() && (all.rows < 1000 || all.noSource == 0 || all.unfilled == 0 || all.filled == 0 || all.freed == 0) {
		t.Error("the worlds do not test what they should")
	}
}

// seen says what of a comparison was worth the name.
type seen struct{ rows, noSource, unfilled, filled, freed int }

// compareCut asks both, by product and in all.
func (o *Oracle) compareCut(t *testing.T, data string, c *cutCase, year int) (s seen) {
	t.Helper()
	args := append([]string{"scenario", "cut", "--data", data, "--format", "csv", "--products", "all", "--importers", c.shown, "--years", strconv.Itoa(year), "--rule", "all", "--spare", "0.05,0.1,0.25"}, c.flags...)
	fail := func(format string, values ...any) {
		t.Helper()
		t.Fatalf("chokepoint %s\n  %s", strings.Join(args, " "), fmt.Sprintf(format, values...))
	}
	products, err := o.products(t.Context(), year)
	if err != nil {
		t.Fatal(err)
	}
	losses := map[string]map[int]*Loss{}
	for _, product := range products {
		bought, err := o.flows(t.Context(), year, product)
		if err != nil {
			t.Fatal(err)
		}
		losses[product] = c.cut.Lose(bought, cutSpares)
	}
	members := o.membersOf(t, c.shown, year)
	got, freed := readCut(t, run(t, args...))
	s.compareFreed(fail, o, &c.cut, products, losses, freed)
	want := 0
	for label, codes := range members {
		for _, of := range append(slices.Clone(products), "all") {
			list := []string{of}
			if of == "all" {
				list = products
			}
			sum := c.cut.sum(losses, list, codes)
			if of != "all" && (sum.Stopped == 0 || len(products) == 1) {
				continue
			}
			if of == "all" && len(products) == 1 {
				of = products[0]
			}
			for _, rule := range cutRules {
				for _, spare := range cutSpares {
					key := combination(rule.name, spare)
					row, ok := got[strings.Join([]string{label, of, rule.name, fmt.Sprint(spare)}, " ")]
					if !ok {
						if sum.Stopped > 0 && sum.Lost > 0 {
							fail("no row of %s, %s, %s", label, of, key)
						}
						continue
					}
					want++
					s.compare(fail, row, sum, key, label+" "+of)
				}
			}
		}
	}
	if want != len(got) {
		fail("%d rows, of which %d are compared", len(got), want)
	}
	return s
}

// membersOf are the codes of those that are shown, by label.
func (o *Oracle) membersOf(t *testing.T, shown string, year int) map[string][]int {
	t.Helper()
	list, err := o.selection(shown)
	if err != nil {
		t.Fatal(err)
	}
	members := map[string][]int{}
	for _, s := range list {
		for _, code := range o.trades {
			if slices.ContainsFunc(s.members, func(m Membership) bool { return m.Economy == o.labels[code] && m.From <= year && year <= m.To }) {
				members[s.label] = append(members[s.label], code)
			}
		}
	}
	return members
}

// sum adds up the losses of some products by some importers.
func (c *Cut) sum(losses map[string]map[int]*Loss, products []string, importers []int) *Loss {
	all := &Loss{Unfilled: map[string]float64{}, NoSource: map[string]float64{}, Gained: map[string]map[int]float64{}}
	for _, product := range products {
		for _, j := range importers {
			l := losses[product][j]
			if l == nil {
				continue
			}
			all.Imports, all.Stopped, all.Lost = all.Imports+l.Imports, all.Stopped+l.Stopped, all.Lost+l.Lost
			for key, u := range l.Unfilled {
				all.Unfilled[key] += u
				all.NoSource[key] += l.NoSource[key]
				if all.Gained[key] == nil {
					all.Gained[key] = map[int]float64{}
				}
				for i, v := range l.Gained[key] {
					all.Gained[key][i] += v
				}
			}
		}
	}
	return all
}

// compareFreed holds the rows on freed goods, by product, to what the definition gives of each product, and in all.
func (s *seen) compareFreed(fail func(format string, values ...any), o *Oracle, c *Cut, products []string, losses map[string]map[int]*Loss, rows map[string]map[string]string) {
	kept := false // some importers keep their supply
	sum := &Freeing{Takes: map[int]float64{}}
	of := map[string]*Freeing{}
	for _, product := range products {
		f := c.Free(losses[product])
		for j := range losses[product] {
			kept = kept || c.To != nil && !c.To[j]
		}
		sum.Freed += f.Freed
		for j, v := range f.Takes {
			sum.Takes[j] += v
		}
		of[product] = f
	}
	if len(products) > 1 {
		of["all"] = sum
	}
	want := 0
	for product, f := range of {
		row, ok := rows[product]
		if expected := kept && f.Freed > 0; expected != ok {
			fail("a row on freed goods of %s: %v; the oracle has %v USD", product, ok, f.Freed)
		} else if !ok {
			continue
		}
		want++
		s.freed++
		f.compare(fail, o, product, row)
	}
	if want != len(rows) {
		fail("%d rows on freed goods, of which %d are compared", len(rows), want)
	}
}

// compare holds a row on freed goods to what is freed and who could take most of it.
func (f *Freeing) compare(fail func(format string, values ...any), o *Oracle, product string, row map[string]string) {
	within := cutTolerance * (f.Freed + 1)
	near := func(name string, want float64) {
		if got, err := strconv.ParseFloat(row[name], 64); err != nil || !(math.Abs(got-want) <= within) {
			fail("freed goods of %s: %s is %q, the oracle has %v", product, name, row[name], want)
		}
	}
	var takes []float64
	by := map[string]float64{}
	for j, v := range f.Takes {
		takes, by[o.labels[j]] = append(takes, v), v
	}
	slices.SortFunc(takes, func(a, b float64) int { return cmp.Compare(b, a) })
	most := 0.0
	if len(takes) > 0 {
		most = takes[0]
	}
	near("freed_usd", f.Freed)
	near("first_buyer_usd", most)
	for i, name := range []string{"first_buyer", "second_buyer", "third_buyer"} {
		switch v, ok := by[row[name]]; {
		case i >= len(takes) && row[name] != "":
			fail("freed goods of %s: %s is %q, the oracle has %d other buyers", product, name, row[name], len(takes))
		case i < len(takes) && (!ok || !(math.Abs(v-takes[i]) <= within)):
			fail("freed goods of %s: %s is %q, who could take %v; the oracle has %v", product, name, row[name], v, takes[i])
		}
	}
}

// readCut reads the rows of scenario cut, by importer, product, rule and spare capacity, and those on freed goods, by product.
func readCut(t *testing.T, file string) (rows, freed map[string]map[string]string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows, freed = map[string]map[string]string{}, map[string]map[string]string{}
	for _, line := range lines[1:] {
		row := map[string]string{}
		for k, name := range lines[0] {
			row[name] = line[k]
		}
		if row["importer"] == "others" {
			freed[row["product"]] = row
		} else {
			rows[strings.Join([]string{row["importer"], row["product"], row["rule"], row["spare"]}, " ")] = row
		}
	}
	return rows, freed
}

// cutTolerance is relative to what is lost: sums are rounded in another order.
const cutTolerance = 1e-9

// compare holds a row of the program to what is lost.
func (s *seen) compare(fail func(format string, values ...any), row map[string]string, want *Loss, key, about string) {
	number := func(name string) float64 {
		if row[name] == "" {
			return math.NaN()
		}
		x, err := strconv.ParseFloat(row[name], 64)
		if err != nil {
			fail("%s, %s: %v", about, name, err)
		}
		return x
	}
	if row["status"] == "missing" { // the importer is not in the dataset: it has no figures
		return
	}
	near := func(name string, want, within float64) {
		if got := number(name); !(math.Abs(got-want) <= within) {
			fail("%s, %s: %s is %v, the oracle has %v", about, key, name, got, want)
		}
	}
	u, most := want.Unfilled[key], 0.0
	within := cutTolerance * (want.Lost + 1)
	near("imports_usd", want.Imports, cutTolerance*want.Imports)
	near("lost_usd", want.Lost, within)
	near("unfilled_usd", u, within)
	near("filled_usd", want.Lost-u, within)
	near("no_source_usd", want.NoSource[key], within)
	if want.Imports > 0 {
		near("unfilled_share", u/want.Imports, cutTolerance)
	}
	for _, v := range want.Gained[key] {
		most = max(most, v)
	}
	if most > within {
		near("first_source_usd", most, within)
	}
	if none := want.Lost > 0 && want.NoSource[key] == want.Lost; none != (row["status"] == "no_source") {
		fail("%s, %s: status %s with %v of %v without a source", about, key, row["status"], want.NoSource[key], want.Lost)
	}
	s.rows++
	if want.NoSource[key] > 0 {
		s.noSource++
	}
	if u > within {
		s.unfilled++
	}
	if want.Lost-u > within {
		s.filled++
	}
}
