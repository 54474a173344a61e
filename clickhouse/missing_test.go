package clickhouse_test

import (
	"archive/zip"
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"chokepoint/clickhouse/loopback"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/suite"
	"chokepoint/trade"
)

// withoutImports copies an archive without what some economies import, so that world totals lack it.
func withoutImports(t *testing.T, archive string, importers ...string) (lacking string) {
	t.Helper()
	from, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	lacking = filepath.Join(t.TempDir(), filepath.Base(archive))
	f, err := os.Create(lacking)
	if err != nil {
		t.Fatal(err)
	}
	to := zip.NewWriter(f)
	for _, member := range from.File {
		r, err1 := member.Open()
		w, err2 := to.Create(member.Name)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(r)
		for lines.Scan() {
			// t,i,j,k,v,q: exporter, then importer
			if cells := strings.Split(lines.Text(), ","); strings.Contains(member.Name, "_Y") && slices.Contains(importers, strings.TrimSpace(cells[2])) {
				continue
			}
			if _, err := io.WriteString(w, lines.Text()+"\n"); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(lines.Err(), r.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(to.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return lacking
}

// TestSameWhereImportersAreMissing: a cluster says the same as files of what missing importers could turn.
func TestSameWhereImportersAreMissing(t *testing.T) {
	servers := loopback.Start(t, suite.Cluster, 3)
	dir := madeFrom(t, withoutImports(t, madeUpArchive(t), "276", "251", "826"))
	files, err := store.Open(dir, "world")
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	local := &study.Source{Dataset: files, Blocs: trade.BuiltinBlocs(), Method: oddMethod}
	for _, address := range []string{oneServer, threeShards} {
		c := connect(t, address, servers[0].Port)
		if err := c.Push(t.Context(), dir, files, func(int64, int64) {}); err != nil {
			t.Fatal(err)
		}
		e, err := c.Open(t.Context(), "world")
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		cluster := &study.Source{Dataset: e.Dataset, Engine: e, Blocs: trade.BuiltinBlocs(), Method: oddMethod}
		for _, question := range []string{
			"count importers=all partners=all method=merics-2024,dsece-2022",
			"count importers=all,EU27,USA+CAN partners=CHN,EU27 method=all",
			"count importers=USA,USA+CAN partners=CHN,USA+JPN method=merics-2024,oecd-2024 world=net",
			"count importers=all partners=- method=geodep-2024,merics-2024 persistence=2/3",
			"count importers=all partners=CHN,EU27 method=odd-1,odd-2,odd-3",
			"dependencies importers=all,EU27 partners=CHN,EU27 method=merics-2024,geodep-2024",
			"dependencies importers=USA|JPN partners=- method=ec-2023-spof,dsece-2022 world=net",
		} {
			t.Run(question, func(t *testing.T) {
				want, err := ask(t.Context(), local, question)
				if err != nil {
					t.Fatal(err)
				}
				got, err := ask(t.Context(), cluster, question)
				if err != nil {
					t.Fatal(err)
				}
				same(t, want, got, true)
				if !open(want) {
					t.Error("nothing could turn: the comparison says little")
				}
			})
		}
	}
}

// open says that what is missing could turn a verdict of a table.
func open(table [][]string) bool {
	column := func(name string) int { return slices.Index(table[0], name) }
	lower, products, marked := column("products_lower"), column("products"), column("could_turn")
	return slices.ContainsFunc(table[1:], func(row []string) bool {
		return lower >= 0 && row[lower] != row[products] || marked >= 0 && row[marked] != ""
	})
}
