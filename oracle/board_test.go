package oracle

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestScoreboards compares the scoreboards of economies, and that of China with Hong Kong as one: the oracle is asked about the world in
// which they are one economy.
func TestScoreboards(t *testing.T) {
	path := realData(t, "baci-hs92-paper-1995-2018/BACI_HS92_V202001.zip")
	data := t.TempDir()
	run(t, "ingest", "baci", path, "--data", data)
	dir := unpack(t, path)
	separate := open(t, dir, 0)
	list, sectors := byDigits(t, separate)
	economies := []string{"CHN", "USA", "DEU", "HKG"}
	if err := separate.Industry(t.Context(), economies, sectors, nil, nil); err != nil {
		t.Fatal(err)
	}
	total := 0
	f := func(o *Oracle, economy, label string, without ...string) {
		t.Helper()
		board := scoreboardTable
		board.columns = slices.DeleteFunc(slices.Clone(board.columns), func(c column) bool { return slices.Contains(without, c.name) })
		board.from = "(SELECT * FROM board one WHERE one.c = " + quote(label) + ") b"
		args := []string{"scoreboard", "--economy", economy, "--list", list, "--method", "merics-2024", "--years", "all", "--data", data, "--format", "csv"}
		file := run(t, args...)
		if economy != label { // one economy under two names
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(text), ","+economy+",", ","+label+",")), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		differences, rows, err := o.compare(t.Context(), file, board)
		if err != nil {
			t.Fatalf("chokepoint %s: %v", strings.Join(args, " "), err)
		}
		if len(differences) > 0 || rows == 0 {
			t.Errorf("chokepoint %s: %d rows\n  %s", strings.Join(args, " "), rows, strings.Join(differences, "\n  "))
		}
		total += rows
	}
	for _, e := range economies {
		f(separate, e, e, "pci")
	}
	merged := open(t, asOne(t, dir, "156", "344"), 0)
	if err := merged.Industry(t.Context(), []string{"CHN"}, sectors, nil, nil); err != nil {
		t.Fatal(err)
	}
	f(merged, "CHN+HKG", "CHN", "pci") // complexity is of economies by themselves elsewhere
	t.Logf("%d rows compared", total)
}

// byDigits writes a product list by the last digits of codes.
func byDigits(t *testing.T, o *Oracle) (file string, sectors map[string]string) {
	t.Helper()
	sectors = map[string]string{}
	list := "code,sector,reason\n"
	for _, k := range lines(t, o, "SELECT DISTINCT k FROM flow ORDER BY k") {
		sectors[k] = "digit-" + k[4:5]
		list += k + "," + sectors[k] + ",by its fifth digit\n"
	}
	file = filepath.Join(t.TempDir(), "digits.csv")
	if err := os.WriteFile(file, []byte(list), 0o666); err != nil {
		t.Fatal(err)
	}
	return file, sectors
}

// asOne writes the archive of the world in which one economy is part of another: what they trade with each other is gone.
func asOne(t *testing.T, dir, first, second string) string {
	t.Helper()
	out := t.TempDir()
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(filepath.Base(path), "BACI_") {
			var b strings.Builder
			for line := range strings.Lines(string(text)) {
				cells := strings.Split(line, ",")
				for i := 1; i <= 2; i++ {
					if cells[i] == second {
						cells[i] = first
					}
				}
				if cells[1] != cells[2] {
					fmt.Fprint(&b, strings.Join(cells, ","))
				}
			}
			text = []byte(b.String())
		}
		if err := os.WriteFile(filepath.Join(out, filepath.Base(path)), text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return out
}
