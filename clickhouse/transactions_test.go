package clickhouse_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chokepoint/clickhouse"
	"chokepoint/clickhouse/loopback"
	"chokepoint/ingest"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/suite"
	"chokepoint/trade"
)

// splitUp writes a dataset of flows as transactions: each flow in 1 to 4 parts on days of its year, which add up to it, in
// two files. A part of a flow whose quantity is not known states none.
func splitUp(t *testing.T, d *store.Dataset) (files []string) {
	t.Helper()
	rng := rand.New(rand.NewPCG(9, 9))
	var texts [2]bytes.Buffer
	for i := range texts {
		fmt.Fprintln(&texts[i], "date,importer,exporter,product,value,quantity")
	}
	for _, y := range d.Years() {
		year, err := d.Year(y)
		if err != nil {
			t.Fatal(err)
		}
		for p := range year.Len() {
			f := year.Flows(p)
			for i, v := range f.Value {
				parts := 1 + rng.IntN(4)
				left, grams := int64(v*1e6+0.5), int64(-1)
				if f.Quantity != nil && f.Quantity[i] == f.Quantity[i] {
					grams, _ = trade.ToMillionths(f.Quantity[i])
				}
				for k := range parts {
					part, weight := left, grams
					if k < parts-1 { // whole dollars, so that sums are exact
						if part = left / 3e6 * 1e6; part == 0 {
							continue
						}
						weight = min(grams, grams/3)
					}
					left -= part
					quantity := ""
					if grams >= 0 {
						grams -= weight
						quantity = fmt.Sprintf("%d.%06d", weight/1e6, weight%1e6)
					}
					fmt.Fprintf(&texts[rng.IntN(2)], "%d-%02d-%02d,%d,%d,%s,%d.%06d,%s\n", y, 1+rng.IntN(12), 1+rng.IntN(28), f.Importer[i], f.Exporter[i], f.Product, part/1e6, part%1e6, quantity)
				}
			}
		}
	}
	dir := t.TempDir()
	for i := range texts {
		files = append(files, writeFile(t, filepath.Join(dir, fmt.Sprintf("part%d.csv", i)), texts[i].String()))
	}
	products, economies := "code,description\n", "country_code,country_name,country_iso2,country_iso3\n"
	for _, p := range d.Products().All() {
		products += fmt.Sprintf("%s,%q\n", p.Code, p.Description)
	}
	for _, e := range d.Economies().All() {
		economies += fmt.Sprintf("%d,%q,%s,%s\n", e.Code, e.Name, e.ISO2, e.ISO3)
	}
	return append(files, writeFile(t, filepath.Join(dir, "product_codes.csv"), products), writeFile(t, filepath.Join(dir, "country_codes.csv"), economies))
}

func writeFile(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// smaller is the made-up world with a thousandth of its values: its flows are larger than any there are.
func smaller(t *testing.T, dir string) *store.Dataset {
	t.Helper()
	large, err := store.Open(madeUp(t), "world")
	if err != nil {
		t.Fatal(err)
	}
	defer large.Close()
	draft, err := store.Create(dir, "world", false)
	if err != nil {
		t.Fatal(err)
	}
	defer draft.Abort()
	var products []trade.Product
	for _, p := range large.Products().All() {
		products = append(products, p)
	}
	err = errors.Join(draft.SetEconomies(large.Economies().All()), draft.SetProducts(products))
	for _, y := range large.Years() {
		year, missing := large.Year(y)
		w, failed := draft.Year(y, true)
		if err = errors.Join(err, missing, failed); err != nil {
			t.Fatal(err)
		}
		for i := range year.Len() {
			f := year.Flows(i)
			var values []float64
			for _, v := range f.Value {
				values = append(values, math.Ceil(v/1000))
			}
			err = errors.Join(err, w.Append(f.Product, f.Importer, f.Exporter, values, f.Quantity))
		}
		err = errors.Join(err, draft.CloseYear(w))
	}
	if err = errors.Join(err, draft.Commit(store.Manifest{Title: "world", Nomenclature: "HS17", Synthetic: true})); err != nil {
		t.Fatal(err)
	}
	d, err := store.Open(dir, "world")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// stopAt hears which file is being read.
var stopAt func(file string)

// transactionsTo reads files as transactions, to the cluster where c is one.
func transactionsTo(ctx context.Context, c *clickhouse.Cluster, dir, name string, monthly bool, files ...string) (*ingest.Report, error) {
	opt := ingest.TransactionOptions{Options: options(dir), Monthly: monthly}
	opt.Name, opt.Nomenclature, opt.Release, opt.Replace = name, "HS17", "202501", true
	opt.Progress = func(p ingest.Progress) {
		if stopAt != nil {
			stopAt(p.File)
		}
	}
	if c != nil {
		opt.Options = toCluster(ctx, c, opt.Options)
		opt.Ledger = func(name string, ids []uint64) (ingest.Ledger, error) { return c.Transactions(ctx, name, monthly, ids) }
	}
	return ingest.Transactions(ctx, files, opt)
}

// askedOfSums are questions about values, quantities and windows.
var askedOfSums = []string{
	"count importers=all partners=all",
	"count importers=EU27:members,USA partners=EU27:any persistence=2/3 method=geodep-2024,merics-2024",
	"dependencies importers=all partners=CHN,EU27 method=geodep-2024,hjs-2020",
	"indicators importers=EU27,USA partners=all,EU27 world=net",
	"sensitivity importers=USA partners=CHN",
	"chokepoints importers=all partners=all",
}

// TestTransactions splits a world up into transactions, sums them on one server and on three shards, by year and by month,
// and asks what the flows say: by year those of the world itself, by month those that this computer sums.
func TestTransactions(t *testing.T) {
	ports := portsOf(loopback.Start(t, suite.Cluster, 3))
	s, dir := &servers{ports[:]}, t.TempDir()
	world := smaller(t, dir)
	files := splitUp(t, world)
	for _, name := range []string{"by-year", "by-month"} {
		if _, err := transactionsTo(t.Context(), nil, dir, name, name == "by-month", files...); err != nil {
			t.Fatal(err)
		}
	}
	flows, killed := &study.Source{Dataset: world, Blocs: trade.BuiltinBlocs()}, 0
	for i, address := range []string{oneServer, threeShards} {
		s.ports = ports[:1+2*i]
		c := s.connect(t, address)
		for _, name := range []string{"by-year", "by-month"} {
			monthly := name == "by-month"
			ctx, cancel := context.WithCancel(t.Context())
			stopAt = func(file string) {
				if file == "part1.csv" { // the first is there
					cancel()
				}
			}
			switch _, err := transactionsTo(ctx, c, dir, name, monthly, files...); {
			case errors.Is(err, context.Canceled):
				killed++
			case err != nil:
				t.Fatalf("not killed: %v", err)
			default: // progress is told from time to time: a fast machine is done before
				t.Logf("%s on %s: done before it could be killed", name, address)
			}
			stopAt = nil
			report, err := transactionsTo(t.Context(), c, dir, name, monthly, files...)
			if err != nil {
				t.Fatal(err)
			}
			if report.Total.RowsRead != report.Total.RowsStored || report.Total.RowsRead == 0 {
				t.Errorf("account: %+v", report.Total)
			}
			sameOnCluster(t, s, c, dir, name)
			if address == oneServer {
				continue
			}
			local, err := store.Open(dir, name)
			if err != nil {
				t.Fatal(err)
			}
			defer local.Close()
			want := flows
			if monthly {
				want = &study.Source{Dataset: local, Blocs: trade.BuiltinBlocs()}
			}
			e, err := c.Open(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			there := &study.Source{Dataset: e.Dataset, Engine: e, Blocs: trade.BuiltinBlocs()}
			for _, question := range askedOfSums {
				if monthly { // with windows over the turn of a year
					question += " years=2023-12:2024-02"
					if strings.HasPrefix(question, "sensitivity") {
						question = strings.Replace(question, "2023-12:2024-02", "2024-01", 1)
					}
				}
				t.Run(fmt.Sprint(name, " ", question), func(t *testing.T) {
					want, err := ask(t.Context(), want, question)
					if err != nil {
						t.Fatal(err)
					}
					got, err := ask(t.Context(), there, question)
					if err != nil {
						t.Fatal(err)
					}
					same(t, want, got, true)
				})
			}
		}
	}
	if killed == 0 {
		t.Error("no ingest was killed")
	}
	t.Run("changed and damaged", func(t *testing.T) {
		c := s.connect(t, threeShards)
		before := s.parts(t)
		if _, err := transactionsTo(t.Context(), c, dir, "by-year", false, files...); err != nil {
			t.Fatal(err)
		}
		if after := s.parts(t); strings.Join(before, "\n") != strings.Join(after, "\n") {
			t.Error("transactions that are there were sent again")
		}
		_, table, _ := strings.Cut(s.tables(t, func(name string) bool { return strings.HasPrefix(name, "chokepoint_transactions_by_year") })[1], " ")
		s.execute(t, 1, "INSERT INTO "+table+" (file, date, product, importer, exporter, value, quantity) SELECT file, date, product, importer, exporter, value + 1, quantity FROM "+table+" LIMIT 1")
		s.execute(t, 2, "INSERT INTO "+table+" (file, date, product, importer, exporter, value, quantity) SELECT 5, date, product, importer, exporter, value, quantity FROM "+table+" LIMIT 1")
		if _, err := transactionsTo(t.Context(), c, dir, "by-year", false, files...); err != nil {
			t.Fatal(err)
		}
		sameOnCluster(t, s, c, dir, "by-year")
		// One file fewer is another dataset.
		for _, to := range []*clickhouse.Cluster{nil, c} {
			if _, err := transactionsTo(t.Context(), to, dir, "by-year", false, files[1:]...); err != nil {
				t.Fatal(err)
			}
		}
		sameOnCluster(t, s, c, dir, "by-year")
	})
	t.Run("part of the quantities", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "part.csv")
		text := "year,month,importer,exporter,product,value,quantity\n" +
			"2024,1,USA,CHN,850760,1.5,0\n2024,2,USA,CHN,850760,2,3\n2024,1,USA,DEU,850760,1,1\n2024,2,USA,DEU,850760,5,\n2024,1,USA,JPN,850760,1,\n"
		writeFile(t, file, text)
		c := s.connect(t, threeShards)
		for _, to := range []*clickhouse.Cluster{nil, c} {
			if _, err := transactionsTo(t.Context(), to, dir, "part", false, file); err != nil {
				t.Fatal(err)
			}
		}
		sameOnCluster(t, s, c, dir, "part")
		_, view, _ := strings.Cut(s.tables(t, func(name string) bool { return strings.HasPrefix(name, "chokepoint_by_year_part") })[0], " ")
		var rows []string
		for _, row := range s.list(t, "SELECT concat(toString(year), ' ', toString(exporter), ' ', toString(usd_millionths), ' ', toString(priced_millionths), ' ', toString(grams), ' ', toString(known), ' ', toString(transactions)) FROM "+view+" ORDER BY exporter") {
			rows = append(rows, row[2:])
		}
		if got, want := strings.Join(rows, "\n"), "2024 156 3500000 3500000 3000000 2 2\n2024 276 6000000 1000000 1000000 1 2\n2024 392 1000000 0 0 0 1"; got != want {
			t.Errorf("the view says\n%s\nwant\n%s", got, want)
		}
	})
}
