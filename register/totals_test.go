package register

import (
	"testing"

	"chokepoint/tomlfile/filetest"
)

func TestTotalsFile(t *testing.T) {
	filetest.Check(t, string(littleGiantsTOML), "nam = \"x\"\n", "name = 1\n", func(name string, data []byte) error { _, err := parseTotals(name, data); return err })
}

// FuzzTotals: totals that are read have an identity and batches numbered from 1, each with firms.
func FuzzTotals(f *testing.F) {
	f.Add([]byte(littleGiantsTOML))
	f.Fuzz(func(t *testing.T, data []byte) {
		totals, err := parseTotals("fuzz.toml", data)
		if err != nil {
			return
		}
		if totals.ID == "" || totals.Source == "" || len(totals.Batches) == 0 {
			t.Errorf("accepted %+v", totals)
		}
		for i, b := range totals.Batches {
			if b.Number != i+1 || b.Firms <= 0 || b.Year == 0 {
				t.Errorf("accepted batch %+v", b)
			}
		}
	})
}
