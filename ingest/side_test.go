package ingest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// manyYears are tables of several years with rows of all kinds, without a list of products, so that codes are numbered
// in whatever order they are met.
func manyYears(rows int) files {
	r := rand.New(rand.NewPCG(41, 42))
	f := testArchive("")
	delete(f, "BACI_HS17_Y2024_V202601.csv")
	delete(f, "product_codes_HS17_V202601.csv")
	economies := []int{4, 24, 156, 276, 842, 999}
	for year := 2015; year <= 2024; year++ {
		var b strings.Builder
		b.WriteString("t,i,j,k,v,q\n")
		for range rows {
			value := fmt.Sprintf("%.3f", r.ExpFloat64()*100)
			if r.IntN(50) == 0 {
				value = []string{"0", "x", "-1", "1.23456"}[r.IntN(4)]
			}
			fmt.Fprintf(&b, "%d,%d,%d,%06d,%s,NA\n", year, economies[r.IntN(6)], economies[r.IntN(6)], r.IntN(4000), value)
		}
		f[fmt.Sprintf("BACI_HS17_Y%d_V202601.csv", year)] = b.String()
	}
	return f
}

// TestYearsSideBySide wants the same flows and the same report whether one year is in memory at a time or several.
func TestYearsSideBySide(t *testing.T) {
	defer func(n int) { groupRows = n }(groupRows)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	archive := manyYears(3000).zip(t, "BACI_HS17_V202601.zip")
	several := groupRows
	groupRows = 1
	want, wantRows := take(t, Options{Lenient: true}, archive)
	groupRows = several
	for range 3 {
		got, rows := take(t, Options{Lenient: true}, archive)
		for _, r := range []*Report{want, got} {
			r.Seconds, r.RowsPerSec, r.PeakMemory = 0, 0, 0
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("several years at a time: %+v\none: %+v", got, want)
		}
		sameRows(t, rows, wantRows)
	}
	if len(want.Aside) < 4 || want.Total.RowsAside < 1000 || len(want.Years) != 10 {
		t.Errorf("the archive tests too little: %+v", want)
	}
}

// TestFirstYearComplains wants the complaint about the first bad year, also where a later one is found out before.
func TestFirstYearComplains(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	good := func(year, rows int) string {
		var b strings.Builder
		b.WriteString("t,i,j,k,v,q\n")
		for k := range rows {
			fmt.Fprintf(&b, "%d,4,24,%06d,1.250,NA\n", year, k)
		}
		return b.String()
	}
	f := testArchive("")
	delete(f, "BACI_HS17_Y2024_V202601.csv")
	delete(f, "product_codes_HS17_V202601.csv")
	f["BACI_HS17_Y2020_V202601.csv"] = good(2020, 20_000)
	f["BACI_HS17_Y2021_V202601.csv"] = good(2021, 20_000) + "2021,4,24,000000,1,NA\n" // found after it is stored
	f["BACI_HS17_Y2022_V202601.csv"] = "t,i,j,k,v,q\n2022,4,24,000000,x,NA\n"
	f["BACI_HS17_Y2023_V202601.csv"] = "i,j,k,v,q\n"
	archive := f.zip(t, "BACI_HS17_V202601.zip")
	for range 4 {
		opt := Options{DataDir: t.TempDir()}
		_, err := BACI(context.Background(), []string{archive}, opt)
		var row *RowError
		if !errors.As(err, &row) || !strings.Contains(row.File, "Y2021") || row.Line != 20_002 {
			t.Fatalf("error %v; want that line 20,002 of 2021 repeats an earlier one", err)
		}
		nothingIn(t, opt.DataDir)
	}
}
