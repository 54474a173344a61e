package oracle

import (
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// archive writes flows ("year exporter importer product dollars" a line) as an archive.
func archive(t *testing.T, flows string) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{}
	for line := range strings.Lines(flows) {
		var y, i, j, dollars int
		var k string
		if _, err := fmt.Sscan(line, &y, &i, &j, &k, &dollars); err != nil {
			continue
		}
		name := fmt.Sprintf("BACI_HS17_Y%d_V202601.csv", y)
		if files[name] == "" {
			files[name] = "t,i,j,k,v,q\n"
		}
		files[name] += fmt.Sprintf("%d,%d,%d,%s,%d.%03d,NA\n", y, i, j, k, dollars/1000, dollars%1000)
	}
	list := "country_code,country_name,country_iso2,country_iso3\n"
	for _, e := range worldEconomies {
		list += fmt.Sprintf("%d,%q,%s,%s\n", e.code, e.name, e.iso2, e.iso3)
	}
	files["country_codes_V202601.csv"] = list
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// lines runs a query and returns its rows as text.
func lines(t *testing.T, o *Oracle, query string) []string {
	t.Helper()
	rows, err := o.db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for rows.Next() {
		values := make([]any, len(columns))
		for n := range values {
			values[n] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		var parts []string
		for _, v := range values {
			parts = append(parts, fmt.Sprint(*v.(*any)))
		}
		out = append(out, strings.Join(parts, " "))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func open(t *testing.T, dir string, scale int64) *Oracle {
	t.Helper()
	o, err := Open(t.Context(), dir, scale)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Close() })
	return o
}

func ask(t *testing.T, o *Oracle, q Query) {
	t.Helper()
	if err := o.Ask(t.Context(), q); err != nil {
		t.Fatal(err)
	}
}

func allMethods() []string {
	var ids []string
	for _, m := range Methods {
		ids = append(ids, m.ID)
	}
	return ids
}

// TestByHand is a world small enough to work out on paper.
//
// Austria (40) and Germany (276) are in the EU, Switzerland (757), China (156)
// and Japan (392) are not. Of product 850760:
//
//	CHN -> AUT 60, CHN -> DEU 20, JPN -> DEU 20, DEU -> AUT 30, AUT -> CHE 10, DEU -> CHE 5
func TestByHand(t *testing.T) {
	o := open(t, archive(t, `
		2024 156 40 850760 60
		2024 156 276 850760 20
		2024 392 276 850760 20
		2024 276 40 850760 30
		2024 40 757 850760 10
		2024 276 757 850760 5`), 1)
	f := func(q Query, query string, want ...string) {
		t.Helper()
		ask(t, o, q)
		if got := lines(t, o, query); !slices.Equal(got, want) {
			t.Errorf("%+v: %s\n got %q\nwant %q", q, query, got, want)
		}
	}
	const sums = "SELECT imports, imports_sq, suppliers, top_supplier, exports, inner_trade, world, world_sq, top_exporter FROM fact"
	// Exporters: CHN 80, DEU 35, JPN 20, AUT 10: 145 in all; squares 6400 + 1225 + 400 + 100.
	f(Query{Importers: "AUT"}, sums, "90 4500 2 156 10 0 145 8125 156")
	f(Query{Importers: "EU27"}, sums, "100 6800 2 156 15 30 145 8125 156")
	// Net of trade inside the bloc: CHN 80, EU 15, JPN 20.
	f(Query{Importers: "EU27", Net: true}, sums, "100 6800 2 156 15 30 115 7025 156")
	// For Switzerland the EU is one supplier, and net one exporter of 15.
	f(Query{Importers: "CHE", Partners: "EU27"}, sums, "15 225 1 40 0 0 145 8125 156")
	f(Query{Importers: "CHE", Partners: "EU27", Net: true}, sums, "15 225 1 40 0 0 115 7025 156")
	f(Query{Importers: "CHE", Partners: "EU27"}, "SELECT from_partner, partner_exports FROM partner_row", "15 45")
	f(Query{Importers: "CHE", Partners: "EU27", Net: true}, "SELECT from_partner, partner_exports FROM partner_row", "15 15")

	flagged := func(q Query, want ...string) {
		t.Helper()
		q.Methods = allMethods()
		f(q, "SELECT method FROM dependency ORDER BY method", want...)
	}
	// The EU on China: share 80 of 100, China 80 of 145; HHI 0.68; world HHI 8125/21025 = 0.386; China sells 80 of 145, so that what ec-2021 flags has a single point of failure.
	flagged(Query{Importers: "EU27", Partners: "CHN"},
		"dsece-2022", "ec-2021", "ec-2023-spof", "hjs-2020", "iw-2024", "japan-2022", "merics-2020", "merics-2024", "mgi")
	// Net world HHI 7025/13225 = 0.53: GeoDep in one year of three is not enough, and one of one is.
	flagged(Query{Importers: "EU27", Partners: "CHN", Net: true},
		"dsece-2022", "ec-2021", "ec-2023-spof", "hjs-2020", "iw-2024", "japan-2022", "merics-2020", "merics-2024", "mgi")
	flagged(Query{Importers: "EU27", Partners: "CHN", Net: true, Need: 1, Of: 1},
		"dsece-2022", "ec-2021", "ec-2023-spof", "geodep-2024", "hjs-2020", "iw-2024", "japan-2022", "merics-2020", "merics-2024", "mgi")
	flagged(Query{Importers: "EU27", Partners: "CHN", MinValue: 100},
		"dsece-2022", "ec-2021", "ec-2023-spof", "hjs-2020", "iw-2024", "japan-2022", "merics-2020", "merics-2024", "mgi")
	flagged(Query{Importers: "EU27", Partners: "CHN", MinValue: 101})
	// Germany buys 20 from each of China and Japan: the lower code is on top, the share is exactly one half.
	flagged(Query{Importers: "DEU", Partners: "CHN"}, "ec-2021", "ec-2023-spof", "iw-2024", "mgi")
	flagged(Query{Importers: "DEU", Partners: "JPN"}, "iw-2024")
	// Austria buys 60 from outside the EU and 30 in it: by the Commission 60, by others 90.
	f(Query{Importers: "AUT", Partners: "CHN", Methods: []string{"ec-2021", "iw-2024"}}, "SELECT method, imports FROM dependency ORDER BY method", "ec-2021 60", "iw-2024 90")
	f(Query{Importers: "AUT", Partners: "DEU", Methods: []string{"ec-2021"}}, "SELECT count(*) FROM dependency", "0")
	// Switzerland has one effective supplier, the EU; there are 2.59 effective exporters, or with the EU as one 1.88.
	f(Query{Importers: "CHE", Partners: "EU27", Methods: []string{"oecd-2024"}}, "SELECT method FROM dependency", "oecd-2024")
	f(Query{Importers: "CHE", Partners: "EU27", Methods: []string{"oecd-2024"}, Own: true}, "SELECT count(*) FROM dependency", "0")
	// Alternatives are counted once, with the sum of what they supply.
	f(Query{Importers: "DEU", Partners: "CHN|JPN", Methods: []string{"iw-2024"}},
		"SELECT products, imports, from_partner FROM total", "1 40 40")
	f(Query{Importers: "AUT|DEU", Partners: "CHN", Methods: []string{"iw-2024"}},
		"SELECT products, imports, from_partner FROM total", "1 130 80")
}

// TestPersistence: criteria hold in 2014, 2016 and 2017; 2015 is no year of the archive.
func TestPersistence(t *testing.T) {
	o := open(t, archive(t, `
		2014 156 842 850760 9
		2014 392 842 850760 1
		2016 156 842 850760 9
		2016 392 842 850760 1
		2017 156 842 850760 9
		2018 156 842 850760 5
		2018 392 842 850760 5
		2018 842 156 850760 90`), 1)
	f := func(need, of int, want ...string) {
		t.Helper()
		ask(t, o, Query{Importers: "USA", Partners: "CHN", Methods: []string{"geodep-2024"}, Need: need, Of: of})
		if got := lines(t, o, "SELECT t FROM dependency ORDER BY t"); !slices.Equal(got, want) {
			t.Errorf("%d of %d: got %v, want %v", need, of, got, want)
		}
	}
	f(1, 1, "2014", "2016", "2017")
	f(0, 0, "2016", "2017", "2018") // 2 of 3: 2014 and 2016 for 2016; 2016 and 2017 for 2018, although 2018 itself fails
	f(2, 2, "2017")
	f(3, 3)
	f(3, 4, "2017")
}

// TestProduct: products of numbers too long for 128 bits compare as they should.
func TestProduct(t *testing.T) {
	o := open(t, archive(t, "2024 156 842 850760 1"), 1)
	numbers := []string{"0", "1", "2", "999999999999999", "1000000000000000", "1000000000000001",
		"123456789012345678901234567890", "999999999999999999999999999999", "999999999999999000000000000000"}
	var rows, want []string
	for _, a := range numbers {
		for _, b := range numbers {
			for _, c := range numbers {
				for _, d := range []string{"1", "1000000000000001", "999999999999999999999999999999"} {
					rows = append(rows, fmt.Sprintf("(%d, %s::HUGEINT, %s::HUGEINT, %s::HUGEINT, %s::HUGEINT)", len(rows), a, b, c, d))
					want = append(want, fmt.Sprintf("%s*%s < %s*%s: %t", a, b, c, d, mul(a, b).Cmp(mul(c, d)) < 0))
				}
			}
		}
	}
	got := lines(t, o, "SELECT concat(a, '*', b, ' < ', c, '*', d, ': ', product(a, b) < product(c, d)) FROM (VALUES "+
		strings.Join(rows, ",")+") AS n(id, a, b, c, d) ORDER BY id")
	for n := range want {
		if got[n] != want[n] {
			t.Errorf("got %s, want %s", got[n], want[n])
		}
	}
}

func mul(a, b string) *big.Int {
	x, _ := new(big.Int).SetString(a, 10)
	y, _ := new(big.Int).SetString(b, 10)
	return x.Mul(x, y)
}
