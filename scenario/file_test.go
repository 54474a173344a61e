package scenario

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"chokepoint/datafile"
	"chokepoint/result"
	"chokepoint/study/studytest"
	"chokepoint/tomlfile/filetest"
	"chokepoint/trade"
)

// TestNamesOfFile: lint finds economies that there are not, with their line; those of the program's own files there are.
func TestNamesOfFile(t *testing.T) {
	for _, f := range builtinScenarios() {
		if err := f.CheckNames(f.ID, trade.BuiltinEconomies(), trade.BuiltinBlocs()); err != nil {
			t.Error(err)
		}
	}
	base := "id = \"a-1\"\nname = \"A\"\nsource = \"S\"\nsuppliers = \"CHN\"\nto = \"EU27\"\nproducts = \"850511\"\nwhen = \"2023-08\"\nyear = 2022\n[[parameter]]\nname = \"not-from\"\nvalue = \"RUS\"\nsource = \"S\"\n"
	check := func(old, new, want string) {
		t.Helper()
		f, err := ParseFile("f.toml", []byte(strings.Replace(base, old, new, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if err = f.CheckNames("f.toml", trade.BuiltinEconomies(), trade.BuiltinBlocs()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", new, err, want)
		}
	}
	check(`"CHN"`, `"Chnia"`, `f.toml:4: suppliers: unknown economy or bloc "Chnia"`)
	check(`"EU27"`, `"EU72"`, `f.toml:5: to: unknown economy or bloc "EU72"`)
	check(`"RUS"`, `"RSU"`, `f.toml:11: not-from: unknown economy or bloc "RSU"`)
}

func TestFileFaults(t *testing.T) {
	sound := string(builtinScenarios()[0].text)
	filetest.Check(t, sound, "[[parameter]]\nnam = \"x\"\n", "[[parameter]]\nname = 1\n", func(name string, data []byte) error { _, err := ParseFile(name, data); return err })
	base := "id = \"a-1\"\nname = \"A\"\nsource = \"S\"\nsuppliers = \"CHN\"\nproducts = \"850511\"\nwhen = \"2023-08\"\nyear = 2022\n"
	if _, err := ParseFile("f.toml", []byte(base)); err != nil {
		t.Fatal(err)
	}
	f := func(old, new, want string) {
		t.Helper()
		_, err := ParseFile("f.toml", []byte(strings.Replace(base, old, new, 1)))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q for %q: got %v\nwant %q in it", new, old, err, want)
		}
	}
	f(`"a-1"`, `""`, "f.toml:1: id is missing")
	f("source = \"S\"\n", "", "f.toml: source is missing")
	f(`"a-1"`, `"A 1"`, `f.toml:1: id "A 1": expected small letters`)
	f(`"CHN"`, `"all"`, `f.toml:4: suppliers "all": expected economies or blocs`)
	f(`"850511"`, `"85051"`, `f.toml:5: products "85051": "85051" is no HS code`)
	f(`"850511"`, `"850511,list:nope"`, `f.toml:5: products "850511,list:nope": `)
	f(`"2023-08"`, `"August 2023"`, `f.toml:6: when "August 2023": expected YYYY, YYYY-MM or YYYY-MM-DD`)
	f("2022", "2024", "f.toml:7: year 2024: expected the year whose flows are cut, from 1900 to 2023")
	parameter := func(name, value, source, want string) {
		t.Helper()
		f("year = 2022\n", "year = 2022\n[[parameter]]\nname = \""+name+"\"\nvalue = \""+value+"\"\nsource = \""+source+"\"\n", want)
	}
	parameter("spares", "0.1", "S", `f.toml:9: there is no parameter "spares"; expected one of cut, months,`)
	parameter("spare", "0.1", "", "f.toml:9: parameter spare: expected a value and a source")
	parameter("cut", "1.5", "S", `f.toml:9: cut "1.5": expected a number from 0 to 1`)
	parameter("cut", "50%", "S", `f.toml:9: cut "50%": expected a number from 0 to 1; write 50% as 0.5`)
	parameter("spare", "-10%", "S", `f.toml:9: spare "-10%": expected a number from 0 to 1000000`)
	parameter("rule", "guess", "S", "f.toml:9: ")
	f("suppliers = \"CHN\"\n", "suppliers = \"CHN\"\nsingle_points = \"none\"\n", "f.toml:4: suppliers and single_points: expected one of them")
	f("suppliers = \"CHN\"\n", "single_points = \"nope\"\n", `f.toml:4: single_points: single-point "nope": expected one of none, single-point`)
	parameter("cut", "1", "S\"\n[[parameter]]\nname = \"cut\"\nvalue = \"1\"\nsource = \"S", "parameter cut appears twice")
}

func TestFilesOfTheProgram(t *testing.T) {
	for _, name := range FileNames() {
		f, err := OpenFile(name)
		if err != nil || f.ID != name {
			t.Errorf("%s: got %v, %v", name, f, err)
		}
	}
	own := []string{"coking-coal-2020", "gallium-germanium-2023", "graphite-2023", "rare-gases-2022", "palladium-2022", "antimony-2024", "ustr301-2018", "single-points"}
	if got := FileNames(); len(got) != len(own) || slices.ContainsFunc(own, func(n string) bool { return !slices.Contains(got, n) }) {
		t.Errorf("got %v, want %v", got, own)
	}
}

// TestFileIsOverridden asks the same with flags and with a file: what a file says holds unless a flag says otherwise, a standard included.
func TestFileIsOverridden(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(5, 6)), 1, 3)
	year := flows[0].Year
	text := fmt.Sprintf(`id = "own"
name = "Own"
source = "S"
suppliers = "CHN"
products = "851000"
when = "%d"
year = %d
[[parameter]]
name = "cut"
value = "0.5"
source = "assumed"
`, year+1, year-1)
	ask := func(values map[string]string) *result.Table {
		t.Helper()
		request, errs := CutQuestion.ReadLocal(values)
		if errs != nil {
			t.Fatal(errs)
		}
		source := studytest.Source(t, flows)
		source.Files = func(string) ([]byte, error) { return []byte(text), nil }
		table, err := CutQuestion.Answer(t.Context(), source, request)
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	lost := func(table *result.Table) (sum float64) {
		for _, row := range CutSchema.Rows(table) {
			sum += row.Lost
		}
		return sum
	}
	plain := map[string]string{"suppliers": "CHN", "products": "851000", "importers": "USA"}
	whole := lost(ask(plain))
	file := ask(map[string]string{"scenario": "own.toml", "importers": "USA"})
	near(t, "lost by the file", lost(file), whole/2, 1e-9*whole)
	near(t, "lost with --cut 1", lost(ask(map[string]string{"scenario": "own.toml", "importers": "USA", "cut": "1"})), whole, 1e-9*whole)
	if !slices.ContainsFunc(file.Provenance.Definitions, func(d result.Definition) bool {
		return d.Kind == "scenario" && d.ID == "own" && d.SHA256 == datafile.Sum([]byte(text))
	}) {
		t.Errorf("the provenance has %v, not the file with its checksum", file.Provenance.Definitions)
	}
	about := fmt.Sprintf("scenario own is about the flows of %d, and these are of %d", year-1, year)
	has := func(table *result.Table) bool {
		return slices.ContainsFunc(table.Notes, func(n result.Note) bool { return strings.Contains(n.Text, about) })
	}
	if !has(file) {
		t.Errorf("no note says %q", about)
	}
	text = strings.Replace(text, fmt.Sprintf("year = %d", year-1), fmt.Sprintf("year = %d", year), 1)
	if table := ask(map[string]string{"scenario": "own.toml", "importers": "USA"}); slices.ContainsFunc(table.Notes, func(n result.Note) bool { return strings.Contains(n.Text, "is about the flows of") }) {
		t.Error("a note says that the years differ, and they do not")
	}
}

func FuzzParseFile(f *testing.F) {
	for _, s := range builtinScenarios() {
		f.Add(s.text)
	}
	f.Add([]byte("id = \"a\"\n[[parameter]]\nname = \"rule\"\nvalue = \",\"\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := ParseFile("f.toml", text)
		if err == nil && (s.Suppliers == "" && s.SinglePoints == "" || s.Source == "") {
			t.Errorf("%q is read without suppliers or source", text)
		}
	})
}
