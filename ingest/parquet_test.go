package ingest

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"chokepoint/trade"
)

// parquetTable writes the fields of a CSV text as a Parquet file whose columns have the types given.
func parquetTable(t testing.TB, flows string, types map[string]arrow.DataType) string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(flows), "\n")
	names := strings.Split(lines[0], ",")
	var fields []arrow.Field
	for _, n := range names {
		fields = append(fields, arrow.Field{Name: n, Type: types[n], Nullable: true})
	}
	schema := arrow.NewSchema(fields, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for _, line := range lines[1:] {
		for i, field := range strings.Split(line, ",") {
			if _, isText := types[names[i]].(*arrow.StringType); field == "" || field == "NA" && !isText {
				b.Field(i).AppendNull()
			} else if raw, ok := b.Field(i).(*array.BinaryBuilder); ok && !isText {
				raw.Append([]byte(field))
			} else if err := b.Field(i).AppendValueFromString(field); err != nil {
				t.Fatal(err)
			}
		}
	}
	var buffer bytes.Buffer
	w, err := pqarrow.NewFileWriter(schema, &buffer, parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd)),
		pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(b.NewRecordBatch()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.String()
}

var (
	int64s   = arrow.PrimitiveTypes.Int64
	int32s   = arrow.PrimitiveTypes.Int32
	uint16s  = arrow.PrimitiveTypes.Uint16
	float64s = arrow.PrimitiveTypes.Float64
	texts    = arrow.BinaryTypes.String
)

func columnTypes(t, ij, k, v, q arrow.DataType) map[string]arrow.DataType {
	return map[string]arrow.DataType{"t": t, "i": ij, "j": ij, "k": k, "v": v, "q": q}
}

func TestParquetTypes(t *testing.T) {
	f := func(name string, types map[string]arrow.DataType) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			t.Helper()
			all := testArchive("")
			delete(all, "BACI_HS17_Y2024_V202601.csv")
			all["BACI_HS17_Y2024_V202601.parquet"] = parquetTable(t, testFlows, types)
			report, got := take(t, Options{}, all.folder(t))
			sameRows(t, got, testStored)
			if report.Missing != 2 || report.Total.RowsRead != 4 {
				t.Errorf("report: %+v", report)
			}
		})
	}
	f("pandas", columnTypes(int64s, int64s, texts, float64s, float64s))
	f("DuckDB", columnTypes(int32s, arrow.PrimitiveTypes.Int16, texts, float64s, texts))
	f("all text", columnTypes(texts, texts, texts, texts, texts))
	f("floats for codes", columnTypes(float64s, float64s, texts, float64s, float64s))
	f("small unsigned", columnTypes(uint16s, uint16s, arrow.BinaryTypes.Binary, float64s, float64s))
	f("categories", columnTypes(int64s, int64s, &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: texts}, float64s, float64s))
	f("large text", columnTypes(int64s, int64s, arrow.BinaryTypes.LargeString, arrow.BinaryTypes.LargeString, float64s))
}

// TestParquetValues checks that values in thousand dollars become the dollars that their shortest decimal text means.
func TestParquetValues(t *testing.T) {
	flows := "t,i,j,k,v,q\n2024,4,24,080810,1.001,NA\n2024,156,24,080810,0.176,2.5\n2024,842,24,080810,96442941.514,NA\n"
	f := func(v arrow.DataType, want ...float64) {
		t.Helper()
		types := columnTypes(int64s, int64s, texts, v, arrow.PrimitiveTypes.Float32)
		_, got := take(t, Options{}, files{"BACI_HS17_Y2024_V202601.parquet": parquetTable(t, flows, types)}.folder(t))
		sameRows(t, got, []row{{2024, "080810", 24, 4, want[0], math.NaN()}, {2024, "080810", 24, 156, want[1], 2.5},
			{2024, "080810", 24, 842, want[2], math.NaN()}})
	}
	f(float64s, 1001, 176, 96442941514)
	f(&arrow.Decimal128Type{Precision: 20, Scale: 3}, 1001, 176, 96442941514)
	f(arrow.PrimitiveTypes.Float32, 1001, 176, 96442940000) // seven digits are all it holds
}

func TestParquetYears(t *testing.T) {
	flows := "t,i,j,k,v,q\n2023,4,24,080810,1,NA\n2022,4,24,080810,2,NA\n2023,156,24,080810,3,NA\n"
	dir := files{"BACI_HS17_V202601.parquet": parquetTable(t, flows, columnTypes(int32s, int32s, texts, float64s, float64s))}.folder(t)
	_, got := take(t, Options{}, dir)
	sameRows(t, got, []row{{2022, "080810", 24, 4, 2000, math.NaN()}, {2023, "080810", 24, 4, 1000, math.NaN()}, {2023, "080810", 24, 156, 3000, math.NaN()}})
}

func TestParquetErrors(t *testing.T) {
	f := func(flows string, types map[string]arrow.DataType, want ...string) {
		t.Helper()
		all := files{"BACI_HS17_Y2024_V202601.parquet": parquetTable(t, flows, types), "country_codes_V202601.csv": testEconomies}
		refuse(t, Options{}, []string{all.folder(t)}, append(want, "BACI_HS17_Y2024_V202601.parquet")...)
	}
	head := "t,i,j,k,v,q\n2024,4,24,330499,1,NA\n"
	usual := columnTypes(int64s, int64s, texts, float64s, float64s)
	f("t,i,j,k,v\n2024,4,24,080810,1\n", usual, "has no column q", "t,i,j,k,v")
	f(head+"2024,4,24,80810,1,NA\n", columnTypes(int64s, int64s, int64s, float64s, float64s), ":2: ", "--pad-codes")
	f(head+"2024,4,24,080810,NaN,NA\n", usual, ":2: ", `v is "NaN": it is missing`)
	f(head+"2024,4,24,080810,,NA\n", usual, ":2: ", "it is missing")
	f(head+"2024,4,24,080810,Inf,NA\n", usual, ":2: ", "not a number")
	f(head+"2024,4,24,080810,-1,NA\n", usual, ":2: ", "it is negative")
	f(head+"2024,4,24,080810,1,-1\n", usual, ":2: ", "it is negative")
	f(head+"2023,4,24,080810,1,NA\n", usual, ":2: ", "t is 2023")
	f(head+"2024,,24,080810,1,NA\n", usual, ":2: ", `i is "NULL"`)
	f(head+"2024,4,999,080810,1,NA\n", usual, ":2: ", "j is 999")
	f(head+"2024,4,24,330499,2,NA\n", usual, ":2: ", "as in line 1")
	f("t,i,j,k,v,q\n2024,4,24,true,1,NA\n", columnTypes(int64s, int64s, arrow.FixedWidthTypes.Boolean, float64s, float64s), "column k of type bool")
}

func TestParquetCutOff(t *testing.T) {
	whole := parquetTable(t, testFlows, columnTypes(int64s, int64s, texts, float64s, float64s))
	p := filepath.Join(t.TempDir(), "BACI_HS17_Y2024_V202601.parquet")
	for n := 0; n < len(whole); n += 61 {
		if err := os.WriteFile(p, []byte(whole[:n]), 0o644); err != nil {
			t.Fatal(err)
		}
		refuse(t, Options{}, []string{p}, "V202601.parquet")
	}
}

// FuzzParquet checks that a Parquet file in any bytes is read or refused.
func FuzzParquet(f *testing.F) {
	f.Add([]byte(parquetTable(f, testFlows, columnTypes(int64s, int64s, texts, float64s, float64s))))
	f.Fuzz(func(t *testing.T, content []byte) {
		p := filepath.Join(t.TempDir(), "x.parquet")
		if err := os.WriteFile(p, content, 0o644); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		hs, err := trade.ParseNomenclature("HS17")
		if err != nil {
			t.Fatal(err)
		}
		report, err := BACI(context.Background(), []string{p}, Options{DataDir: dir, Nomenclature: hs, Release: "202601", Lenient: true})
		if err != nil {
			nothingIn(t, dir)
		} else if !report.Total.balanced(report.Whole) {
			t.Errorf("%+v", report.Total)
		}
	})
}
