package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"chokepoint/result"
	"chokepoint/sector"
)

// TestProvenanceHasDefinitions: whichever file decides an answer, the answer carries its text and checksum, and another text gives
// another provenance.
func TestProvenanceHasDefinitions(t *testing.T) {
	folder := t.TempDir()
	weights, classes := builtinFile(t, "chokepoints/weights/equal.toml"), builtinFile(t, "rule/data/scoreboard/standing.toml")
	targets := builtinFile(t, "dependence/merics-2024-targets.toml")
	methodText, article := builtinFile(t, "method/builtin/mgi.toml"), builtinFile(t, "brief/builtin/japan-2022.toml")
	t.Chdir(folder)
	t.Setenv("CHOKEPOINT_DATA", filepath.Join(folder, "data"))
	smallWorld(t, "world")
	ask := func(args ...string) result.Provenance {
		t.Helper()
		var out, errs bytes.Buffer
		if code := run(t.Context(), append(args, "--format", "json"), &out, &errs); code != exitOK {
			t.Fatalf("chokepoint %s: %s", strings.Join(args, " "), &errs)
		}
		var answer struct{ Provenance result.Provenance }
		if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		return answer.Provenance
	}
	for _, c := range []struct {
		kind, file, text, other string // other is of the same meaning
		args                    []string
	}{
		{"method", "own.toml", strings.Replace(methodText, `id = "mgi"`, `id = "own"`, 1), "# other\n", []string{"count", "--method", "own.toml", "--years", "2024"}},
		{"weights", "w.toml", weights, "# other\n", []string{"chokepoints", "--weights", "w.toml"}},
		{"classes", "c.toml", classes, "# other\n", []string{"scoreboard", "--economy", "USA", "--classes", "c.toml", "--years", "2024"}},
		{"list", "l.csv", "code\n01\n", "02\n", []string{"count", "--products", "list:l.csv", "--years", "2024"}},
		{"macro", "m.csv", "economy,year,series,value\nUSA,2024,gdp_usd,1e13\n", "USA,2023,gdp_usd,1e13\n", []string{"balance", "--economy", "USA", "--macro", "m.csv"}},
		{"register", "r.csv", "name,batch,year,province,sector\nA,1,2019,Hubei,rail\n", "B,1,2019,Hubei,rail\n", []string{"firms", "--register", "r.csv"}},
		{"targets", "t.toml", targets, "# other\n", []string{"calibrate", "--targets", "t.toml"}},
		{"positions", "p.csv", "code,position\n010121,1.5\n", "# other\n", []string{"breadth", "--economy", "USA", "--position", "p.csv"}},
		{"article", "a.toml", article, "# other\n", []string{"brief", "--article", "a.toml"}},
		{"bloc", "b.toml", "[[bloc]]\nid = \"OWN\"\nname = \"Own\"\nsource = \"me\"\nmembers = [\"USA\", \"CAN\"]\n", "[[bloc]]\nid = \"OWN2\"\nname = \"Own 2\"\nsource = \"me\"\nmembers = [\"USA\"]\n",
			[]string{"count", "--blocs", "b.toml", "--importers", "OWN", "--years", "2024"}},
	} {
		var sums []string
		for _, text := range []string{c.text, c.text + c.other} {
			if c.kind == "bloc" && len(sums) == 1 {
				text = strings.Replace(c.text, `"CAN"`, `"MEX"`, 1)
			}
			if err := os.WriteFile(c.file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			p := ask(c.args...)
			sum, whole := "", ""
			switch c.kind {
			case "method":
				sum, whole = p.Methods[0].SHA256, p.Methods[0].Text
			case "bloc":
				sum, whole = p.Blocs[0].SHA256, p.Blocs[0].Text
			default:
				for _, d := range p.Definitions {
					if d.Kind == c.kind {
						sum, whole = d.SHA256, d.Text
					}
				}
			}
			if c.kind != "bloc" && whole != text {
				t.Errorf("%s: the provenance has the text %q, want %q", c.kind, whole, text)
			}
			digest := sha256.Sum256([]byte(whole))
			if whole == "" || sum != hex.EncodeToString(digest[:]) {
				t.Errorf("%s: SHA-256 %s is not that of the text %q", c.kind, sum, whole)
			}
			sums = append(sums, sum)
		}
		if sums[0] == sums[1] {
			t.Errorf("%s: another file, the same checksum", c.kind)
		}
	}
	has := func(id string, args ...string) {
		t.Helper()
		for _, d := range ask(args...).Definitions {
			if sum := sha256.Sum256([]byte(d.Text)); d.ID == id && d.SHA256 == hex.EncodeToString(sum[:]) {
				return
			}
		}
		t.Errorf("chokepoint %s: %s is not among its definitions, with its text", strings.Join(args, " "), id)
	}
	has("bec", "chokepoints")
	has("bec", "breadth", "--economy", "USA")
	has("bec", "breadth", "--economy", "USA", "--by", "stage")
	has("mic25", "policy", "--policy", "mic25")
	for _, id := range sector.Originals() {
		if l, err := sector.OpenBuiltin(id); err == nil && l.Text != nil { // the others the program makes: there is no file
			has(id, "balance", "--economy", "USA", "--list", id)
		}
	}
	if q := ask("count").Query; q != "dataset=world" {
		t.Errorf("a question of defaults alone is %q", q)
	}
}

// TestProvenanceBesideStandardOutput: rows that go to standard output leave the rest in the file that --provenance names, the same
// as --out puts beside a file.
func TestProvenanceBesideStandardOutput(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("CHOKEPOINT_DATA", t.TempDir())
	smallWorld(t, "world")
	read := func(name string) map[string]any {
		t.Helper()
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var v map[string]any
		if err := json.Unmarshal(data, &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	for format, ending := range map[string]string{"csv": ".csv", "csv-safe": ".csv", "ndjson": ".ndjson", "sdmx-csv": ".sdmx.csv"} {
		args := []string{"count", "--importers", "USA", "--format", format}
		rows := program(t, append(args, "--provenance", "beside.json")...)
		program(t, append(args, "--force", "--out", "rows"+ending)...)
		got, want := read("beside.json"), read("rows"+ending+result.ProvenanceSuffix)
		sum := sha256.Sum256([]byte(rows))
		if got["file"].(map[string]any)["sha256"] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: the checksum is not that of the rows", format)
		}
		for _, v := range []map[string]any{got, want} {
			delete(v["file"].(map[string]any), "name")
			delete(v["provenance"].(map[string]any), "command")
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v is not what --out puts beside the rows: %v", format, got, want)
		}
	}
	for _, args := range [][]string{{"--format", "json"}, {}, {"--out", "x.csv"}} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), append([]string{"count", "--provenance", "p.json"}, args...), &out, &errs); code != exitUsage || !strings.Contains(errs.String(), "--provenance") {
			t.Errorf("%v: exit code %d, %s", args, code, errs.String())
		}
	}
}

func builtinFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(top, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
