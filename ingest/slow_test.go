package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"chokepoint/trade"
)

// slowTotal is why a row with a bad economy, the exporter or else the importer, is set aside.
func slowTotal(exporter, importer string, badExporter bool, why reason) reason {
	culprit := importer
	if badExporter {
		culprit = exporter
	}
	if partnerTotal(culprit) {
		return partnerSum
	}
	return why
}

// slowAccount is what the slow twin of an ingest comes to.
type slowAccount struct {
	rows  []row
	aside [reasons]int
	read  int
}

// slowCSV reads a flow table as the rules say it, one row after the other, into a map, and sorts at the end. It knows
// neither quotes nor other orders of the columns.
func slowCSV(text string, year int, economies map[int]bool, products map[string]bool) slowAccount {
	var a slowAccount
	type key struct {
		year, exporter, importer int
		product                  string
	}
	seen := make(map[key]bool)
	_, body, _ := strings.Cut(text, "\n")
	lines := strings.Split(body, "\n")
	for n, line := range lines {
		last := n == len(lines)-1
		line = strings.TrimSuffix(line, "\r")
		if strings.Trim(line, " \t\r\v\f\u0085\u00a0") == "" && strings.TrimSpace(line) == "" {
			continue
		}
		a.read++
		f := strings.Split(line, ",")
		for i := range f {
			f[i] = strings.Trim(f[i], " \t")
		}
		if len(f) != 6 || last && f[5] == "" {
			a.aside[badRow]++
			continue
		}
		t, errT := slowWhole(f[0])
		i, errI := slowWhole(f[1])
		j, errJ := slowWhole(f[2])
		v, stateV := slowDecimal(f[4], toDollars)
		q, stateQ := slowDecimal(f[5], 0)
		if f[5] == "" || f[5] == "NA" || f[5] == "N/A" || strings.EqualFold(f[5], "nan") && (f[5] == "nan" || f[5] == "NaN") {
			q, stateQ = math.NaN(), numberOK
		}
		stateV, stateQ = slowBounds(v, stateV, 1e-6), slowBounds(q, stateQ, 1e-12)
		form := len(f[3]) == 6 && strings.Trim(f[3], "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
		k := key{t, i, j, f[3]}
		switch {
		case errT != nil || t < 1900 || t > 2199:
			a.aside[badYear]++
		case t != year:
			a.aside[otherYear]++
		case errI != nil || errJ != nil:
			a.aside[slowTotal(f[1], f[2], errI != nil, badEconomy)]++
		case !economies[i] || !economies[j]:
			a.aside[slowTotal(f[1], f[2], !economies[i], unknownEconomy)]++
		case !form && productTotal(f[3]) != "":
			a.aside[productSum]++
		case !form:
			a.aside[badProduct]++
		case !products[f[3]]:
			a.aside[unknownProduct]++
		case stateV != numberOK:
			a.aside[badValue]++
		case stateQ != numberOK:
			a.aside[badQuantity]++
		case i == j:
			a.aside[selfFlow]++
		case v == 0:
			a.aside[zeroValue]++
		case seen[k]:
			a.aside[duplicate]++
		default:
			seen[k] = true
			a.rows = append(a.rows, row{t, f[3], uint16(j), uint16(i), v, q})
		}
	}
	slices.SortFunc(a.rows, compareRows)
	return a
}

// slowBounds takes no number but zero that is below the least or above 10^15.
func slowBounds(v float64, state numberState, least float64) numberState {
	if state == numberOK && v != 0 && !math.IsNaN(v) && !(v >= least && v <= 1e15) {
		return numberLarge
	}
	return state
}

func slowWhole(s string) (int, error) {
	s = strings.TrimSuffix(s, ".0")
	if s == "" || strings.Trim(s, "0123456789") != "" || len(s) > 9 {
		return 0, strconv.ErrSyntax
	}
	return strconv.Atoi(s)
}

// fastCSV runs the scanner and the sort over the same text, without a store.
func fastCSV(s *scanner, text string, year int) (slowAccount, error) {
	products := s.judge.products.codes
	m := &member{label: "fast.csv", open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
	var a slowAccount
	var chunks []chunk
	_, err := s.scan(context.Background(), m, pass{year: year}, func(out *outcome) error {
		a.read += out.read.rows
		for r := range reasons {
			a.aside[r] += out.aside[r].rows
		}
		chunks = append(chunks, out.chunks...)
		return nil
	})
	var g gatherer
	var p productFlows
	for id, code := range products {
		g.gather(chunks, uint16(id), &p)
		a.aside[duplicate] += p.dropped.rows
		for i := range p.value {
			q := math.NaN()
			if p.quantity != nil {
				q = p.quantity[i]
			}
			a.rows = append(a.rows, row{year, code, p.importer[i], p.exporter[i], p.value[i], q})
		}
	}
	return a, err
}

// testScanner judges by the lists of testWorld.
func testScanner() *scanner {
	economies, codes, _ := testWorld()
	j := &judge{lenient: true, products: newDictionary(false, codes)}
	for c := range economies {
		j.known[c] = true
	}
	return newScanner(j)
}

func sameAccounts(t *testing.T, fast, slow slowAccount) {
	t.Helper()
	if fast.read != slow.read || fast.aside != slow.aside {
		t.Fatalf("read %d, set aside %v; the slow twin %d, %v", fast.read, fast.aside, slow.read, slow.aside)
	}
	sameRows(t, fast.rows, slow.rows)
}

// randomTable writes n rows of which a few are bad, in random order, over several blocks when n is large.
func randomTable(r *rand.Rand, n int, products []string) string {
	var b strings.Builder
	b.WriteString("t,i,j,k,v,q\n")
	field := func(good string, bad ...string) string {
		if r.IntN(300) == 0 {
			return bad[r.IntN(len(bad))]
		}
		return good
	}
	for range n {
		value := strconv.FormatFloat(float64(r.IntN(1e9))/1000, 'f', 3, 64)
		if r.IntN(3) == 0 {
			value = strconv.FormatFloat(r.ExpFloat64()*1e3, 'g', 15, 64)
		}
		quantity := "NA"
		if r.IntN(2) == 0 {
			quantity = strconv.FormatFloat(r.ExpFloat64()*100, 'f', 3, 64)
		}
		fmt.Fprintf(&b, "%s,%s,%s,%s,%s,%s\n",
			field("2024", "2023", "x", "", "99999"),
			field(strconv.Itoa(1+r.IntN(60)), "700", "0", "x", "-4", "1024"),
			field(strconv.Itoa(1+r.IntN(60)), "700", "4.0", ""),
			field(products[r.IntN(len(products))], "123456", "12345", "abcdef", ""),
			field(value, "0", "-1", "NaN", "", "1e400"),
			field(quantity, "x", "-1", "Inf", "       13.235", "           NA"))
		if r.IntN(500) == 0 {
			b.WriteString([]string{"\n", "2024,4\n", "a,b,c,d,e,f,g\n", "  \r\n"}[r.IntN(4)])
		}
	}
	return b.String()
}

func testWorld() (map[int]bool, []string, map[string]bool) {
	economies := make(map[int]bool)
	for c := 1; c <= 60; c++ {
		economies[c] = true
	}
	var codes []string
	known := make(map[string]bool)
	for i := range 40 {
		codes = append(codes, fmt.Sprintf("%06d", i*2503))
	}
	codes = append(codes, "9999AA")
	slices.Sort(codes)
	for _, c := range codes {
		known[c] = true
	}
	return economies, codes, known
}

func TestRandomTablesAgreeWithSlowTwin(t *testing.T) {
	economies, codes, known := testWorld()
	s := testScanner()
	r := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{0, 1, 10, 1000, 1000, 200_000} {
		text := randomTable(r, n, codes)
		fast, err := fastCSV(s, text, 2024)
		if err != nil {
			t.Fatal(err)
		}
		sameAccounts(t, fast, slowCSV(text, 2024, economies, known))
	}
}

// FuzzFlows checks that any text is read without a crash and accounted for row by row, and, where no quotes are in it, as
// the slow twin does.
func FuzzFlows(f *testing.F) {
	economies, codes, known := testWorld()
	s := testScanner()
	r := rand.New(rand.NewPCG(7, 8))
	f.Add("2024,4,24,9999AA,0.176,NA\n")
	f.Add("2024,4,24,000000,0.176,\r\n2024,4,24,000000,1,2")
	f.Add("2024,\"4\",24,\"000000\",0.176,\n\n \n")
	f.Add(strings.TrimPrefix(randomTable(r, 30, codes), "t,i,j,k,v,q\n"))
	f.Fuzz(func(t *testing.T, body string) {
		text := "t,i,j,k,v,q\n" + body
		fast, err := fastCSV(s, text, 2024)
		if err != nil {
			t.Fatal(err)
		}
		set := len(fast.rows)
		for _, n := range fast.aside {
			set += n
		}
		if set != fast.read {
			t.Fatalf("%d rows read, %d accounted for", fast.read, set)
		}
		if !strings.Contains(body, `"`) {
			sameAccounts(t, fast, slowCSV(text, 2024, economies, known))
		}
	})
}

// FuzzHeader checks that a header is read or refused, never read wrongly.
func FuzzHeader(f *testing.F) {
	f.Add("t,i,j,k,v,q")
	f.Add("\ufeff\"q\",note,v,k,j,i,t\r")
	f.Add("t;i;j;k;v;q")
	for line := range caseLines(f) {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		w := &transactionReader{summing: &summing{}}
		if w.readHeader([]byte(line)) == nil && slices.ContainsFunc(w.at[txImporter:txQuantity], func(at int) bool { return at < 0 || at >= w.width }) {
			t.Fatalf("header %q of transactions read as %v", line, w.at)
		}
		h, err := readHeader([]byte(line))
		if err != nil {
			return
		}
		var found [columns]int
		for _, c := range h.role {
			if c >= 0 {
				found[c]++
			}
		}
		if found != [columns]int{1, 1, 1, 1, 1, 1} {
			t.Fatalf("header %q read as %v", line, h.role)
		}
	})
}

// FuzzCodeLists checks that a code list in any bytes is read or refused.
func FuzzCodeLists(f *testing.F) {
	f.Add([]byte(testEconomies))
	f.Add([]byte(testProducts))
	f.Add([]byte("country_code,country_name,country_iso2,country_iso3\n531,Cura\xe7ao,CW,CUW\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if list, _, err := readEconomies("x", text); err == nil && len(list) == 0 {
			t.Fatal("no economy and no error")
		}
		list, _, err := readProducts("x", text, false)
		for _, p := range list {
			if !trade.ValidProductCode(p.Code) {
				t.Fatalf("product code %q", p.Code)
			}
		}
		if errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
	})
}
