package ingest

import (
	"archive/zip"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"chokepoint/trade"
)

// FuzzArchive: a zip of any bytes is refused, leaving nothing behind, or every one of its rows is accounted for.
func FuzzArchive(f *testing.F) {
	whole := testArchive(testFlows)
	double := testArchive(testFlows)
	double["sub/BACI_HS17_Y2024_V202601.csv"] = testFlows
	packed := files{"BACI_HS17_Y2024_V202601.csv.gz": zipped(f, testFlows)}
	for _, content := range []files{whole, double, packed, {"../BACI_HS17_Y2024_V202601.csv": testFlows}, {"readme.txt": "x"}, {}} {
		data, err := os.ReadFile(content.zip(f, "BACI_HS17_V202601.zip"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)/2])
		f.Add(append([]byte("PK\x03\x04 before it"), data...))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if z, err := zip.NewReader(bytes.NewReader(data), int64(len(data))); err == nil {
			size := uint64(0)
			for _, member := range z.File {
				size += member.UncompressedSize64
			}
			if size > 4<<20 || len(z.File) > 100 {
				t.Skip("long, not strange")
			}
		}
		path := filepath.Join(t.TempDir(), "BACI_HS17_V202601.zip")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		for _, lenient := range []bool{false, true} {
			dir := t.TempDir()
			report, err := BACI(context.Background(), []string{path}, Options{DataDir: dir, Nomenclature: trade.HS17, Release: "202601", Lenient: lenient})
			if err != nil {
				nothingIn(t, dir)
			} else if !report.Total.balanced(report.Whole) {
				t.Errorf("%+v", report.Total)
			}
		}
	})
}
