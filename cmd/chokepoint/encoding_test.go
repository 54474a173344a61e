package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"chokepoint/analysis"
	"chokepoint/study"
)

// kindOfFile is a kind of file that a user hands in: the command that reads it, with FILE in its place, and a text that is good.
type kindOfFile struct {
	ending string
	good   string
	args   []string
}

// goodFiles are good texts of what parameters take, by parameter and ending.
func goodFiles(t *testing.T) map[string]string {
	own := func(name, id string) string {
		return strings.Replace(builtinFile(t, name), `id = "`+id+`"`, `id = "own"`, 1)
	}
	list := "code,sector\n01,a\n28,b\n"
	return map[string]string{
		"method.toml":  own("method/builtin/mgi.toml", "mgi"),
		"weights.toml": builtinFile(t, "chokepoints/weights/equal.toml"), "single-point.toml": builtinFile(t, "rule/data/single-point/single-point.toml"),
		"classes.toml": builtinFile(t, "rule/data/scoreboard/standing.toml"), "coverage.toml": builtinFile(t, "rule/data/coverage/claims.toml"),
		"floors.toml": builtinFile(t, "rule/data/complexity/exports.toml"), "beside.toml": builtinFile(t, "published/boards/rhodium-2025.toml"),
		"hubs.toml": builtinFile(t, "entrepot/data/entrepots.toml"), "targets.toml": builtinFile(t, "dependence/merics-2024-targets.toml"), "article.toml": builtinFile(t, "brief/builtin/japan-2022.toml"),
		"blocs.toml": "[[bloc]]\nid = \"OWN\"\nname = \"Own\"\nsource = \"me\"\nmembers = [\"USA\", \"CAN\"]\n",
		"list.csv":   list, "stages.csv": list, "stockability.csv": list, "products.csv": list,
		"elasticities.csv": "code,sigma\n850760,3\n", "position.csv": "code,position\n010121,1.5\n",
		"prices-file.csv": "year,index\n# source: this test\n2022,98\n2023,99\n2024,100\n", "flags.csv": "economy,product,year,flag\nUSA,850760,2024,1\n",
		"policy.toml": builtinFile(t, "loop/data/policy.toml"), "parameters.toml": own("loop/data/parameters.toml", "loop-2026"),
		"series.csv":     "year,cost,cumulative\n2002,9,1\n2003,8,2\n2004,7,3\n2005,6,5\n2009,4,9\n2010,3,12\n2011,2.5,20\n",
		"production.csv": "iso3,country,production_kcal,reserves_kcal\nUSA,United States,1000,100\nCAN,Canada,500,50\n", "trade.csv": "exporter,importer,kcal\nUSA,CAN,100\n",
		"shocks.csv": "iso3,year_1,year_2\nUSA,0.1,0.2\nCAN,0,0\n", "matrix.csv": "exporter,importer,trade,tariff_0,tariff_1\nUSA,USA,100,0,0\nUSA,CHN,20,0,0.1\nCHN,USA,30,0,0.1\nCHN,CHN,200,0,0\n",
		"scenario.toml": strings.NewReplacer(`"antimony-2024"`, `"own"`, `"811010"`, `"all"`).Replace(builtinFile(t, "scenario/episodes/antimony-2024.toml")),
		"tariffs.csv":   "product,exporter,importer,tariff\n85,CHN,USA,0.25\n",
		"distance.csv":  "iso_o,iso_d,distw\nUSA,CHN,11000\nCHN,USA,11000\n",
		"macro.csv":     "economy,year,series,value\nUSA,2024,gdp_usd,1e13\n", "register.csv": "name,batch,year,province,sector\nA,1,2019,Hubei,rail\n",
	}
}

// kindsOfFiles are those of all questions, and of the commands that are none. A parameter that takes files and is not among goodFiles
// is an error.
func kindsOfFiles(t *testing.T) map[string]kindOfFile {
	good := goodFiles(t)
	kinds := map[string]kindOfFile{
		"blocs.toml":   {".toml", good["blocs.toml"], []string{"count", "--blocs", "FILE"}},
		"article.toml": {".toml", good["article.toml"], []string{"brief", "--article", "FILE"}},
		"products.csv": {".csv", good["products.csv"], []string{"count", "--products", "list:FILE"}},
		"macro.csv":    {".csv", good["macro.csv"], []string{"balance", "--economy", "USA", "--macro", "FILE"}},
		"first.toml":   {".toml", good["scenario.toml"], []string{"scenario", "compare", "FILE", "FILE"}},
		"second.toml":  {".toml", good["scenario.toml"], []string{"scenario", "compare", "FILE", "FILE"}},
	}
	for _, q := range analysis.Questions() {
		for _, p := range slices.Concat(q.Parameters, q.Local) {
			for ending := range strings.SplitSeq(p.File, " or ") {
				name := p.Name + ending
				if _, known := kinds[name]; known || ending == "" || name == "macro.csv" {
					continue
				}
				if name == "list.toml" || name == "stages.toml" || name == "stockability.toml" { // the header of a list, whose codes are in a second file
					continue
				}
				if good[name] == "" {
					t.Errorf("%s: --%s takes files that end in %s; want a good one in goodFiles", q.Name, p.Name, ending)
					continue
				}
				args := append(needed(q), "--"+p.Name, "FILE")
				switch p.Name {
				case "beside":
					args = append(args, "--list", "mic25") // of whose sectors it speaks
				case "production", "trade", "shocks": // a cascade asks for all three
					for _, other := range []string{"production", "trade", "shocks"} {
						if other != p.Name {
							args = append(args, "--"+other, writeGood(t, other+".csv", good[other+".csv"]))
						}
					}
				case "distance":
					args = append(args, "--suppliers", "CHN")
				case "prices-file":
					args = append(args, "--prices", "constant:2024")
				}
				kinds[name] = kindOfFile{ending, good[name], args}
			}
		}
	}
	return kinds
}

// needed is the command of a question with the parameters that it must have.
// writeGood writes a good file that stays as it is, and gives its path.
func writeGood(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func needed(q *study.Question) []string {
	args := strings.Fields(q.Name)
	for _, p := range q.Parameters {
		switch {
		case !p.Required:
		case p.Argument > 0:
			args = append(args, p.Example)
		default:
			args = append(args, "--"+p.Name, p.Example)
		}
	}
	return args
}

// TestEncodingsOfFiles: of every kind of file, one with a byte order mark is read, one in UTF-16 is named as such, and a key or a column
// that is misspelt is named too.
func TestEncodingsOfFiles(t *testing.T) {
	kinds := kindsOfFiles(t)
	folder := t.TempDir()
	t.Chdir(folder)
	t.Setenv("CHOKEPOINT_DATA", filepath.Join(folder, "data"))
	smallWorld(t, "world")
	utf16Text := func(text string) string {
		var b bytes.Buffer
		for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
			b.WriteByte(byte(u))
			b.WriteByte(byte(u >> 8))
		}
		return b.String()
	}
	for name, kind := range kinds {
		ask := func(text string) (int, string) {
			t.Helper()
			file := strings.TrimSuffix(name, kind.ending) + "-own" + kind.ending
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			args := slices.Clone(kind.args)
			for i := range args {
				args[i] = strings.Replace(args[i], "FILE", file, 1)
			}
			var out, errs bytes.Buffer
			code := run(t.Context(), args, &out, &errs)
			return code, errs.String()
		}
		code, said := ask(kind.good)
		if code != exitOK {
			t.Errorf("%s: a good file: exit code %d, %s", name, code, said)
			continue
		}
		if code, said := ask("\ufeff" + kind.good); code != exitOK {
			t.Errorf("%s: with a byte order mark: exit code %d, %s", name, code, said)
		}
		for _, text := range []string{utf16Text(kind.good), utf16Text(kind.good)[2:]} {
			if code, said := ask(text); code != exitUsage || !strings.Contains(said, "UTF-") || !strings.Contains(said, "-own"+kind.ending) {
				t.Errorf("%s: in UTF-16: exit code %d, %s", name, code, said)
			}
		}
		misspelt := "nonsense_key = 1\n" + kind.good
		if kind.ending == ".csv" {
			misspelt = strings.Replace(kind.good, strings.SplitN(kind.good, ",", 2)[0], "nonsense_key", 1)
		}
		if code, said := ask(misspelt); code != exitUsage || !strings.Contains(said, "-own"+kind.ending+":1") || kind.ending == ".toml" && !strings.Contains(said, "nonsense_key") {
			t.Errorf("%s: misspelt: exit code %d, %s", name, code, said)
		}
	}
	if len(kinds) < 15 {
		t.Errorf("%d kinds of files; the test no longer sees them", len(kinds))
	}
}
