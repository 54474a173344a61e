package result

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestSafeCSV: text that a spreadsheet would run as a formula is shown with an apostrophe on request, and as it is otherwise.
func TestSafeCSV(t *testing.T) {
	for in, want := range map[string]string{"=1+1": "'=1+1", "+1": "'+1", "-2+3": "'-2+3", "@SUM(A1)": "'@SUM(A1)", "\t=1": "\"'\t=1\"", "=a,\"b\"": "\"'=a,\"\"b\"\"\"",
		"-": "-", "": `""`, "Congo, Rep.": `"Congo, Rep."`, "a=b": "a=b", "'=1": "'=1"} {
		table := &Table{Name: "x", Title: "x", Columns: []*Column{{Name: "=a", Type: Text, Text: []string{in}}}}
		var plain, safe bytes.Buffer
		if err := writeRows(&plain, table, func(s string) string { return s }); err != nil {
			t.Fatal(err)
		}
		if err := writeSafeCSV(&safe, table, Options{}); err != nil {
			t.Fatal(err)
		}
		if got := safe.String(); got != "=a\n"+want+"\n" && in != "\t=1" {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		if harmless(in) == in && plain.String() != safe.String() {
			t.Errorf("%q: %q and %q", in, plain.String(), safe.String())
		}
	}
	for f, beside := range map[Format]bool{FormatCSV: true, FormatSafeCSV: true, FormatJSON: false} {
		path := filepath.Join(t.TempDir(), "x.csv")
		table := &Table{Name: "x", Title: "x", Columns: []*Column{{Name: "a", Type: Text, Text: []string{"b"}}}}
		if err := WriteFile(path, table, f); err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		if _, err := os.Stat(path + ProvenanceSuffix); (err == nil) != beside {
			t.Errorf("%s: provenance beside it: %v", f, err)
		}
	}
}
