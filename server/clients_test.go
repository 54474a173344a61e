package server

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"chokepoint/suite"
)

// interpreter finds a program that can load what a client needs.
func interpreter(t *testing.T, names []string, check ...string) string {
	t.Helper()
	suite.Clients.Request(t)
	for _, name := range names {
		if exec.Command(name, check...).Run() == nil {
			return name
		}
	}
	t.Fatalf("none of %v runs %v (Debian: apt-get install python3-pandas python3-openpyxl r-cran-haven)", names, check)
	return ""
}

func python(t *testing.T) string {
	return interpreter(t, []string{"python3", "/usr/bin/python3"}, "-c", "import pandas, openpyxl")
}

func rscript(t *testing.T) string {
	return interpreter(t, []string{"Rscript"}, "-e", "library(haven)")
}

// runFile runs a program on a text and gives what it prints.
func runFile(t *testing.T, program, text string, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), program, append([]string{file}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s\n%s", program, err, out, text)
	}
	return string(out)
}

var exampleBlocks = regexp.MustCompile("(<!-- not run -->\n)?```(python|r)\n((?s:.*?))```")

// TestExamplesOfClients runs the examples of docs/api.md for Python and R.
func TestExamplesOfClients(t *testing.T) {
	programs := map[string]string{"python": python(t), "r": rscript(t)}
	l := httptest.NewServer(newServer(t, nil))
	defer l.Close()
	doc, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	ran := map[string]int{}
	for _, block := range exampleBlocks.FindAllStringSubmatch(string(doc), -1) {
		if block[1] != "" {
			continue
		}
		text := strings.ReplaceAll(block[3], "http://127.0.0.1:8080", l.URL)
		if strings.TrimSpace(runFile(t, programs[block[2]], text)) == "" {
			t.Errorf("prints nothing:\n%s", text)
		}
		ran[block[2]]++
	}
	if ran["python"] < 2 || ran["r"] < 2 {
		t.Errorf("examples run: %v", ran)
	}
}

const readStata = `
import io, sys, math, zipfile, json, hashlib, urllib.request
import pandas as pd
base = sys.argv[1]
def get(path): return urllib.request.urlopen(base + path).read()
for question in ["count", "dependencies", "chokepoints", "asymmetry", "similarity"]:
    asked = {"count": "importers=all&partners=all", "dependencies": "importers=USA&partners=all&method=all", "chokepoints": "", "asymmetry": "a=USA&b=CHN", "similarity": "economy=CHN"}[question]
    with open(sys.argv[2], "wb") as f: f.write(get(f"/api/v1/{question}.dta?{asked}"))
    reader = pd.io.stata.StataReader(sys.argv[2])
    stata = reader.read(convert_categoricals=False)
    labels = reader.variable_labels()
    csv = pd.read_csv(io.BytesIO(get(f"/api/v1/{question}.csv?{asked}")), dtype=str, keep_default_na=False)
    assert list(stata.columns) == list(csv.columns), (list(stata.columns), list(csv.columns))
    assert len(stata) == len(csv) > 0
    assert reader.data_label.startswith("SYNTHETIC"), reader.data_label
    for name in csv.columns:
        assert labels[name], name
        for row, (a, b) in enumerate(zip(stata[name], csv[name])):
            if isinstance(a, str): assert a == b, (question, name, row, a, b)
            elif b in ("true", "false"): assert a == (b == "true")
            elif b == "": assert math.isnan(a), (question, name, row, a)
            elif "nf" in b: assert math.isnan(a)
            else: assert float(a) == float(b), (question, name, row, a, b)
    package = zipfile.ZipFile(io.BytesIO(get(f"/api/v1/{question}.zip?{asked}")))
    described = json.loads(package.read("datapackage.json"))
    table = described["resources"][0]
    rows = package.read(table["path"])
    assert [f["name"] for f in table["schema"]["fields"]] == list(csv.columns)
    assert "sha256:" + hashlib.sha256(rows).hexdigest() == table["hash"] and len(rows) == table["bytes"]
    assert described["title"].startswith("SYNTHETIC") and described["licenses"] and described["sources"]
    print(question, len(stata))
`

const readWorkbook = `
import io, sys, urllib.request
import pandas as pd
base = sys.argv[1]
def get(path): return urllib.request.urlopen(base + path).read()
def plain(x):
    if x is None or x != x or x == "": return ""
    try: return float(x)
    except ValueError: return str(x).lower()
for question, asked in {"count": "importers=all&partners=all", "dependencies": "importers=USA&partners=all&method=all", "asymmetry": "a=USA&b=CHN"}.items():
    sheets = pd.read_excel(io.BytesIO(get(f"/api/v1/{question}.xlsx?{asked}")), sheet_name=None, dtype=object, keep_default_na=False)
    csv = pd.read_csv(io.BytesIO(get(f"/api/v1/{question}.csv?{asked}")), dtype=str, keep_default_na=False)
    table = next(s for s in sheets.values() if s.shape == csv.shape)
    order = lambda rows: sorted((tuple(map(plain, r)) for r in rows), key=repr)
    a, b = order(table.values), order(csv.values)
    assert len(a) > 0
    for x, y in zip(a, b):
        for u, v in zip(x, y): assert u == v or isinstance(u, float) and abs(u - v) <= 1e-12 * abs(v), (question, x, y)
    assert any("SYNTHETIC" in str(s.values) or "SYNTHETIC" in str(list(s.columns)) for s in sheets.values())
    print(question, len(table), list(sheets))
`

// TestWorkbooksAreRead reads workbooks with pandas and openpyxl, and compares their rows with those of CSV, in any order.
func TestWorkbooksAreRead(t *testing.T) {
	py := python(t)
	l := httptest.NewServer(newServer(t, nil))
	defer l.Close()
	t.Log(runFile(t, py, readWorkbook, l.URL))
}

const readStataR = `
arguments <- commandArgs(trailingOnly = TRUE)
table <- haven::read_dta(arguments[1])
stopifnot(is.character(table$partner), is.numeric(table$similarity), nchar(attr(table$similarity, "label")) > 5, nrow(table) > 0)
stopifnot(attr(table, "notes")[1] != "")
print(dim(table))
`

// TestStataIsRead reads Stata files and data packages with pandas, and Stata files with haven, and compares them with CSV.
func TestStataIsRead(t *testing.T) {
	py, r := python(t), rscript(t)
	l := httptest.NewServer(newServer(t, nil))
	defer l.Close()
	file := filepath.Join(t.TempDir(), "table.dta")
	t.Log(runFile(t, py, readStata, l.URL, file)) // the last file is similarity
	t.Log(runFile(t, r, readStataR, file))
}
