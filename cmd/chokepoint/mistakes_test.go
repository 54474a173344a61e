package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chokepoint/server"
)

// mistakes are what people do naturally, and other ways to say the same, each below what it is about. Lines that begin with a slash are
// asked of the server. TestMistakes prints what comes of them into testdata/mistakes.golden.
var mistakes = []struct {
	about string
	lines []string
}{
	{"The subject: by position, or by the flag that other questions have", []string{
		"count USA CHN --method iw-2024", "count USA --partners CHN", "count --importer USA --partner CHN", "count --economy USA --partners CHN", "count --reporter USA --partners CHN",
		"balance CHN", "balance --importers CHN", "breadth --importers USA", "count USA CHN 850760", "count USA --importers DEU", "asymmetry USA", "explain USA"}},
	{"Flags and parameters that do not exist", []string{
		"count --importrs USA", "count --product 8507", "count --years 2024 --methods mgi", "count --zzz", "count USA CHN --zeros true", "cuont USA CHN", "methods shwo mgi", "/api/v1/count?importrs=USA", "/api/v1/count?importer=USA&partner=CHN", "/api/v1/cuont"}},
	{"Years, codes, numbers and formats as people write them", []string{
		"count USA CHN --years 2010-2018", "count USA CHN --years 2024-2024", "count USA CHN --years 24", "explain USA --products 8507.60", "explain USA --products 85076000", "count USA CHN --products 8507,60",
		"count USA CHN --min-value 1m", "count USA CHN --min-value 1,000,000", "count USA CHN --min-value 1.000.000", "count USA CHN --min-value 5million", "count USA CHN --format XLSX --out upper.xlsx", "count USA CHN --format excel",
		"count USA CHN --method partner_share>=40", "count USA CHN --method MGI"}},
	{"Names of a closed list, misspelt", []string{
		"count USA CHN --method merics-2042", "count USA CHN --world nett", "count USA CHN --products list:mic52", "count USA CHN --products list:mic25/nevv", "count USA CHN --dataset baci-hs71-v202601", "count USA CHN --format jsno",
		"breadth CHN --by stge", "scoreboard CHN --list mic52", "scoreboard CHN --classes two-axis", "scoreboard CHN --coverage claim", "complexity --floors atals", "balance CHN --hubs entrepot",
		"chokepoints --weights capcity", "chokepoints --single-point singlepoint", "chokepoints --stages becc", "chokepoints --history no", "sensitivity USA CHN --x partner_shar", "compare USA CHN --by yaer",
		"policy --policy mic52", "policy --policy mic25 --outcome log-import", "scenario cut --suppliers CHN --rule presnet", "scenario cut --scenario coking-coal-2002", "scenario tariff --suppliers CHN --tariff 0.25 --form level",
		"loop --technology pvs", "loop --technology pv --without lerning", "loop --technology pv --set exponnet=0.2", "brief --article mic52", "revisions 850760 --from HS71", "fetch baci --nomenclature HS71",
		"blocs show EU72", "methods show merics-2042", "lists show mic52", "policies show mic52", "scenarios show coking-coal-2002", "datasets show baci-hs71-v202601", "dependencies USA CHN --method iw-2024 --sort -import_usd",
		"/api/v1/count?importers=USA&sort=prodcuts", "/api/v1/count?importers=USA&method=merics-2042", "/api/v1/breadth?economy=CHN&by=stge", "/api/v1/count?importers=USA&format=jsno", "/api/v1/count?importers=USA&dataset=baci-hs71-v202601",
		"/api/v1/lists/mic52", "/api/v1/blocs/EU72", "/api/v1/policies/mic52", "/api/v1/methods/merics-2042", "/api/v1/briefs/mic52", "/api/v1/sdmx/cuont"}},
	{"Economies", []string{"count us cn", "count America China", "count Korea CHN", "count World CHN", "count EU CHN", "count USA;DEU CHN", "count USA Chian"}},
	{"The dataset: a unique beginning of its name is enough", []string{
		"count USA CHN --dataset baci", "count USA CHN --dataset BACI-HS17", "count USA CHN --dataset taric", "serve --dataset taric", "/api/v1/count?importers=USA&dataset=baci"}},
	{"Files", []string{
		"count USA CHN --out -", "count USA CHN --out count.xlsx", "count USA CHN --out count.xlsx --force", "count USA CHN --out other.xlsx --format csv", "count USA CHN --out count.sdmx.csv", "count USA CHN --out count.dta",
		"count USA CHN --out count.zip", "count USA CHN --out count.doc", "count USA CHN --out nowhere/count.csv", "dependencies USA CHN --method iw-2024 --out dependencies.sdmx.csv --products 01,02"}},
	{"What if it stops", []string{
		"scenario list", "scenario coking-coal-2020", "scenario cut --suppliers CHN --products lithium", "scenario cut --suppliers CHN --cut 50", "scenario cut --suppliers CHN --cut 50%", "scenario cut --suppliers CHN --to CHN", "scenario cut --suppliers CHN --years 2030",
		"scenario cut --suppliers CHN --distance absent.csv", "scenario cut --scenario absent.toml", "scenario cut --suppliers CHN --hubs absent.toml", "scenarios lint absent.toml", "scenario tariff --importers USA --products 850760 --tariff 25",
		"scenario tariff --importers USA --tariffs absent.csv", "scenario tariff --importers USA --products 850760 --tariff 0.25 --horizon 3", "backtest", "scenario tariff --matrix absent.csv", "scenario tariff --importers USA --products 850760 --tariff 0.25 --elasticities absent.csv",
		"scenario cascade --suppliers CHN --theta 30", "scenario cascade --production absent.csv", "scenario cascade --production a.csv --trade b.csv --shocks c.csv", "scenario compare coking-coal-2020", "/api/v1/scenario/cut?suppliers=CHN&cut=50"}},
	{"Rows and their order", []string{
		"dependencies USA CHN --method iw-2024 --limit 1 --format csv", "dependencies USA CHN --method iw-2024 --sort -imports", "dependencies USA CHN --method iw-2024 --sort imports_usd --limit 1 --format csv", "dependencies USA CHN --method iw-2024 --limit all"}},
}

// withoutData is asked where there is no dataset.
var withoutData = []string{"count USA CHN --method iw-2024", "count USA CHN --dataset taric", "serve --dataset taric", "economies tw", "revisions 850760 --from HS17", "datasets", "brief", "/api/v1/count?importers=USA", "/api/v1/datasets"}

// TestMistakes keeps the table of natural mistakes and what is printed.
func TestMistakes(t *testing.T) {
	var table strings.Builder
	world := worldOf(t, "mistakes.txtar")
	t.Chdir(t.TempDir())
	t.Setenv("COLUMNS", "160")
	folder := t.TempDir()
	t.Setenv("CHOKEPOINT_DATA", folder)
	empty := strings.NewReplacer(folder, "$CHOKEPOINT_DATA")
	table.WriteString("# Without data\n")
	for _, line := range withoutData {
		fmt.Fprint(&table, empty.Replace(tried(t, line)))
	}
	program(t, "ingest", "baci", world)
	for _, group := range mistakes {
		fmt.Fprintf(&table, "\n# %s\n", group.about)
		for _, line := range group.lines {
			fmt.Fprint(&table, empty.Replace(tried(t, line)))
		}
	}
	path := filepath.Join(startFolder, "testdata", "mistakes.golden")
	if *update {
		if err := os.WriteFile(path, []byte(table.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(path); err != nil || string(want) != table.String() {
		t.Errorf("%v\n%s\ndiffers from testdata/mistakes.golden: run go test ./cmd/chokepoint -run TestMistakes -update, and read what changed", err, table.String())
	}
}

// tried is a line, its exit code or status, and the first lines of what it prints.
func tried(t *testing.T, line string) string {
	t.Helper()
	var out, errs strings.Builder
	head := "$ chokepoint " + line
	if strings.HasPrefix(line, "/") {
		config, err := (&app{}).serverConfig()
		if err != nil {
			t.Fatal(err)
		}
		s, err := server.New(config)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, line, nil))
		head = fmt.Sprintf("GET %s → %d", line, w.Code)
		if w.Code != http.StatusOK {
			out.WriteString(w.Body.String())
		}
	} else {
		code := run(context.Background(), strings.Fields(line), &out, &errs)
		head += fmt.Sprintf(" → %d", code)
	}
	lines := firstLines(errs.String(), 6)
	if errs.Len() == 0 || !strings.HasPrefix(errs.String(), "chokepoint: ") {
		lines = append(firstLines(errs.String(), 1), firstLines(out.String(), 3)...)
	}
	text := "\n" + head + "\n"
	for _, l := range lines {
		if l = strings.TrimRight(l, " "); l != "" {
			text += "    " + l + "\n"
		}
	}
	return text
}

// firstLines are the first lines of a text.
func firstLines(text string, most int) []string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return lines[:min(most, len(lines))]
}

// TestBinaryFormatsAtTerminal: what nobody can read is not written to a terminal.
func TestBinaryFormatsAtTerminal(t *testing.T) {
	t.Setenv("CHOKEPOINT_DATA", t.TempDir())
	program(t, "ingest", "baci", tinyWorld(t))
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil || !isTerminal(terminal) {
		t.Skipf("no terminal can be opened here: %v", err)
	}
	defer terminal.Close()
	for _, format := range []string{"parquet", "xlsx", "arrow", "dta", "datapackage"} {
		var errs strings.Builder
		if code := run(context.Background(), []string{"count", "USA", "CHN", "--format", format}, terminal, &errs); code != exitUsage || !strings.Contains(errs.String(), "cannot be shown on a terminal") {
			t.Errorf("%s: exit code %d\n%s", format, code, errs.String())
		}
	}
}
