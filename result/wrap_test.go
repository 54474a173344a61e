package result

import (
	"strings"
	"testing"
)

// FuzzWrap: nothing is lost but blanks, and a line is too wide only where it has a word that is.
func FuzzWrap(f *testing.F) {
	f.Add("Note: the imports of DEU, FRA are missing", 20)
	f.Add("Imports    22.2 bn USD from 66 suppliers", 30)
	f.Add("dataset=baci-hs17&importers=USA,EU27&partners=CHN", 16)
	f.Add("日本 から の 輸入", 6)
	f.Fuzz(func(t *testing.T, line string, width int) {
		if width < 4 || width > 200 || strings.ContainsAny(line, "\n\r\t\v\f\u0085\u00a0") || len(line) > 2000 {
			return
		}
		got := Wrap(line, width)
		bare := func(s string) string { return strings.Map(dropBlanks, s) }
		if bare(got) != bare(line) {
			t.Fatalf("%q becomes %q", line, got)
		}
		for part := range strings.SplitSeq(got, "\n") {
			if terminalWidth.StringWidth(part) > width && strings.ContainsRune(strings.Trim(part, " "), ' ') {
				t.Errorf("%q is wider than %d", part, width)
			}
		}
	})
}

func dropBlanks(r rune) rune {
	if r == ' ' || r == '\n' {
		return -1
	}
	return r
}

// TestNarrow: the table keeps its keys, leaves out the least columns, says which, and breaks no word.
func TestNarrow(t *testing.T) {
	product, partner := TextColumn("product", "Code."), TextColumn("partner", "Who.")
	description := TextColumn("description", "What.")
	dollars, minor, ordinary := FloatColumn("imports_usd", USD, "Dollars."), FloatColumn("lower_bound_of_it", "", "Bound."), FloatColumn("import_concentration_index", "", "Index.")
	description.Weight, minor.Weight, dollars.Weight = Major, Minor, Major
	for i := range 3 {
		product.AppendText([]string{"010121", "850760", "280530"}[i])
		partner.AppendText("CHN")
		description.AppendText("Lithium-ion accumulators for vehicles of all kinds")
		dollars.AppendFloat(float64(1e9 * (i + 1)))
		minor.AppendFloat(float64(i))
		ordinary.AppendFloat(0.5 * float64(i))
	}
	description.Text[0] = "Horses"
	table := New("table", "A table", product, partner, dollars, minor, ordinary, description)
	got := string(render(t, table, FormatTable, Options{Width: 50}))
	want := `A table

In all rows: partner CHN

product  imports_usd  description
───────  ───────────  ────────────────────────────
010121       1.00 bn  Horses
850760       2.00 bn  Lithium-ion accumulators …
280530       3.00 bn  Lithium-ion accumulators …
Text ending in … is shortened (--wide has all of
  it).
Columns left out to fit 50 columns:
  lower_bound_of_it, import_concentration_index
  (--wide has them).
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	wide := string(render(t, table, FormatTable, Options{Width: 50, Wide: true}))
	if strings.Contains(wide, "…") || !strings.Contains(wide, "lower_bound_of_it") {
		t.Errorf("wide:\n%s", wide)
	}
	one := string(render(t, table.Slice(1, 1), FormatTable, Options{Width: 50}))
	if !strings.Contains(one, "lower_bound_of_it           1\n") || !strings.Contains(one, "description                 Lithium-ion\n") {
		t.Errorf("one row:\n%s", one)
	}
}
