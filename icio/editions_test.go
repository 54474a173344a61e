package icio

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"chokepoint/fault"
)

// edition2021 is a table as those of the 2021 edition are: Mexico makes things in two parts and buys them as one, taxes are by who
// pays them, and files leave the first letter of industries out.
const edition2021 = `V1,AUS_26,AUS_01T02,MEX_26,MEX_01T02,MX1_26,MX1_01T02,MX2_26,MX2_01T02,AUS_HFCE,AUS_INVNT,MEX_HFCE,MEX_INVNT,TOTAL
AUS_26,10,5,0,0,1,2,3,0,20,-2,1,0,40
AUS_01T02,4,8,0,0,0,3,0,0,25,0,5,0,45
MEX_26,0,0,0,0,0,0,0,0,0,0,0,0,0
MEX_01T02,0,0,0,0,0,0,0,0,0,0,0,0,0
MX1_26,2,1,0,0,6,4,1,0,0,0,30,6,50
MX1_01T02,1,1,0,0,2,2,2,0,1,0,21,0,30
MX2_26,3,0,0,0,1,1,4,0,0,0,5,1,15
MX2_01T02,0,0,0,0,0,0,0,0,0,0,0,0,0
AUS_TAXSUB,1,1,0,0,0,0,0,0,2,0,0,0,4
MEX_TAXSUB,0,0,0,0,2,1,1,0,0,0,3,0,7
VALU,19,29,0,0,38,17,4,0,0,0,0,0,107
OUTPUT,40,45,0,0,50,30,15,0,48,-2,65,7,298
`

// TestEditions: what the labels of earlier editions mean.
func TestEditions(t *testing.T) {
	read := func(file, text, layout string) *Table {
		t.Helper()
		dir, m, err := ingest(t, map[string]string{file: text}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if m.Name != layout {
			t.Errorf("%s is read as %s", layout, m.Name)
		}
		table, err := Open(dir).Table(t.Context(), m, m.Years[0].Year)
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	for _, text := range []string{edition2021, strings.ReplaceAll(strings.ReplaceAll(edition2021, "_26", "_D26"), "_01T02", "_D01T02")} {
		table := read("ICIO2021_2018.csv", text, "oecd-icio-2021")
		if table.Year != 2018 || !cmp.Equal(table.Areas, []string{"AUS", "MEX"}) || table.Industries[0].Code != "D26" || table.Industries[1].Name != "Agriculture, hunting, forestry" {
			t.Errorf("%d %v %v", table.Year, table.Areas, table.Industries)
		}
		if d := cmp.Diff([][]float64{table.Sales(0), table.Sales(2), table.Output, table.ValueAdded, table.Taxes}, [][]float64{{10, 5, 4, 2}, {5, 1, 12, 5}, {40, 45, 65, 30}, {19, 29, 42, 17}, {1, 1, 3, 1}}); d != "" {
			t.Error(d)
		}
		if got := []float64{table.FinalTo(2, 1), table.Inventories(2), table.FinalTo(3, 0)}; !cmp.Equal(got, []float64{42, 7, 1}) {
			t.Errorf("final demand of Mexico %v", got)
		}
	}
	if table := read("2020_SML.csv", strings.NewReplacer("A01", "A01_02").Replace(wide), "oecd-icio-2023"); table.Label(2) != "AUT A01_02" || table.Z[2] != 1 {
		t.Errorf("%s %v", table.Label(2), table.Z)
	}
	extended := strings.NewReplacer("01T02", "A01_02", "_26", "_C26", "TOTAL", "OUT", "VALU", "VA", "OUTPUT", "OUT", "AUS_TAXSUB,1,1,0,0,0,0,0,0,2,0,0,0,4\nMEX_TAXSUB,0,0,0,0,2,1,1,0,0,0,3,0,7", "TLS,1,1,0,0,2,1,1,0,2,0,3,0,11").Replace(edition2021)
	if table := read("2019.csv", extended, "oecd-icio-2023"); !cmp.Equal(table.Output, []float64{40, 45, 65, 30}) || !cmp.Equal(table.Taxes, []float64{1, 1, 3, 1}) {
		t.Errorf("%v %v", table.Output, table.Taxes)
	}
}

// TestMalformedEditions: parts that count twice, and labels of one meaning.
func TestMalformedEditions(t *testing.T) {
	f := func(want string, pairs ...string) {
		t.Helper()
		_, _, err := ingest(t, map[string]string{"ICIO2021_2018.csv": strings.NewReplacer(pairs...).Replace(edition2021)}, nil)
		var asked *fault.QuestionError
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, &asked) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	f("both MEX and MX1, which is a part of it, make something", "MEX_26,0,0,0,0,0,0,0,0,0,0,0,0,0", "MEX_26,0,0,0,0,0,0,0,0,0,0,9,0,9", "OUTPUT,40,45,0", "OUTPUT,40,45,9", "VALU,19,29,0", "VALU,19,29,9")
	f("the column AUS_D26 appears twice", "AUS_26,AUS_01T02,MEX", "AUS_26,AUS_D26,MEX")
	f("the row MX1_26 appears twice", "MX2_26,3", "MX1_26,3")
	f("the row MEX_TAXSUB appears twice", "AUS_TAXSUB", "MEX_TAXSUB")
	f("the row MEX_TAXSUB appears twice", "AUS_TAXSUB", "TAXSUB")
	f("the row TAXSUB appears twice", "MEX_TAXSUB", "TAXSUB")
	for _, wrong := range []string{`parts_of = {A = "B", B = "C"}`, `parts_of = {A = ""}`} {
		text := strings.Replace(mapping, `form = "long"`, "form = \"wide\"\nseparator = \"_\"\n"+wrong, 1)
		if _, err := ParseLayout("mine.toml", []byte(text)); err == nil || !strings.Contains(err.Error(), "parts_of") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
	if _, err := ParseLayout("mine.toml", []byte(strings.Replace(mapping, `{code = "farm"`, `{code = "farm", also = "f"`, 1))); err == nil || !strings.Contains(err.Error(), "are for wide tables") {
		t.Errorf("also in a long table: %v", err)
	}
}
