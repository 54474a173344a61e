package main

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"chokepoint/trade"
)

// TestBlocks runs every command block of README.md and of the documents that it links, in README's order and each document from top to
// bottom, and looks for what is shown below a command: every line must be printed, in that order; an ellipsis stands for anything.
//
// The archives of CEPII are not there. A stand-in with a few products takes their place, under their name, so that `fetch` finds it as a
// download that is complete. A comment in the line above a block says what else there is to know:
//
//	<!-- real -->           what is shown is from the archive of 2024: TestRealBlocks compares it, and here the commands run
//	<!-- needs: WHAT -->    it cannot run in a test; testdata/not-run.golden lists these
//	<!-- file: NAME -->     the block is the content of a file that commands name
func TestBlocks(t *testing.T) {
	if testing.Short() {
		t.Skip("makes and ingests the synthetic world; left out with -short")
	}
	d := newReader(t)
	for _, name := range docsInOrder(t) {
		d.read(name)
	}
	if d.ran < 40 {
		t.Errorf("%d command lines ran; the test no longer sees them", d.ran)
	}
	path := filepath.Join(startFolder, "testdata", "not-run.golden")
	notRun := strings.Join(d.notRun, "\n") + "\n"
	if *update {
		if err := os.WriteFile(path, []byte(notRun), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(path); err != nil || string(want) != notRun {
		t.Errorf("the commands that no test runs are\n%s\nbut testdata/not-run.golden has\n%s", notRun, want)
	}
}

// TestRealBlocks compares what documents show of the archive of 2024 with what is printed.
func TestRealBlocks(t *testing.T) {
	d := &docReader{t: t, real: true}
	t.Setenv("CHOKEPOINT_DATA", t.TempDir())
	ingestReal(t, "baci-hs17-2024", standInName("202601"))
	names := docs(t)
	t.Chdir(t.TempDir())
	for _, name := range names {
		for _, b := range blocks(readFrom(t, name)) {
			if b.mark == "real" {
				d.run(name, b)
			}
		}
	}
	if d.ran < 2 {
		t.Errorf("%d command lines ran; the test no longer sees them", d.ran)
	}
}

// docsInOrder are the documents: README.md, those that it links, in its order, and the others.
func docsInOrder(t *testing.T) []string {
	list, all := []string{"README.md"}, docs(t)
	_, further, _ := strings.Cut(readDoc(t, "README.md"), "## Further\n")
	for _, m := range regexp.MustCompile(`\((docs/[a-z-]+\.md)\)`).FindAllStringSubmatch(further, -1) {
		list = append(list, m[1])
	}
	for _, name := range all {
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// readFrom reads a document whatever folder the test has gone to.
func readFrom(t *testing.T, name string) string {
	text, err := os.ReadFile(filepath.Join(startFolder, top, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// docReader does what documents say, one after the other.
type docReader struct {
	t      *testing.T
	real   bool
	world  string // a folder with the files that commands name
	ran    int
	notRun []string

	address string // of the server that the document has started
	stop    func()
}

func newReader(t *testing.T) *docReader {
	d := &docReader{t: t, world: t.TempDir(), stop: func() {}}
	for _, release := range []string{"202601", "202501"} {
		standIn(t, filepath.Join(d.world, standInName(release)), release)
	}
	for name, text := range map[string]string{
		"deflator.csv":        "# source: made up\nyear,index\n2014,86\n2015,88\n2016,89\n2017,90\n2018,92\n2019,93\n2020,94\n2021,96\n2022,98\n2023,99\n2024,100\n",
		"2023.csv.gz":         "t,i,j,k,v,q\n2023,156,842,850760,5,1\n",
		"2024.csv.gz":         "t,i,j,k,v,q\n2024,156,842,850760,6,1\n",
		"country_codes.csv":   "country_code,country_name,country_iso2,country_iso3\n156,China,CN,CHN\n842,USA,US,USA\n",
		"customs-2023.csv.gz": "date,importer,exporter,product,value,quantity\n2023-11-03,USA,CHN,850760,5000,1\n2023-12-03,USA,CHN,850760,5000,1\n",
		"customs-2024.csv.gz": "date,importer,exporter,product,value,quantity\n2024-01-09,USA,CHN,850760,6000,1\n2024-02-09,USA,CHN,850760,6000,1\n",
		"geodep-changed.toml": strings.Replace(program(t, "methods", "show", "geodep-2024"), "import_hhi > 0.4", "import_hhi > 0.25", 1),
	} {
		writeFile(t, filepath.Join(d.world, name), text)
	}
	series, err := os.ReadFile(filepath.Join(startFolder, "testdata", "loop-series.csv"))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(d.world, "series.csv"), string(series))
	return d
}

// ingestsItself are the documents that begin without a dataset, or make one.
var ingestsItself = []string{"README.md", "docs/install.md", "docs/tutorial.md", "docs/choosing-data.md", "docs/data.md"}

// read does what a document says, in a folder of its own.
func (d *docReader) read(name string) {
	d.t.Setenv("CHOKEPOINT_DATA", d.t.TempDir())
	folder := d.t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(d.world)); err != nil {
		d.t.Fatal(err)
	}
	d.t.Chdir(folder)
	if !slices.Contains(ingestsItself, name) {
		program(d.t, "ingest", "baci", standInName("202601"))
	}
	for _, b := range blocks(readFrom(d.t, name)) {
		if file, ok := strings.CutPrefix(b.mark, "file: "); ok {
			writeFile(d.t, file, b.text)
		} else if b.info == "console" || b.info == "sh" {
			d.run(name, b)
		}
	}
	d.stop()
	d.address, d.stop = "", func() {}
}

// run does what a block says.
func (d *docReader) run(name string, b block) {
	for _, c := range b.commands() {
		if needs, ok := strings.CutPrefix(b.mark, "needs: "); ok {
			d.notRun = append(d.notRun, fmt.Sprintf("%s: %s (needs %s)", name, c.line, needs))
			continue
		}
		d.ran++
		got, err := d.do(c.line)
		if err != nil {
			d.t.Errorf("%s: `%s`: %v", name, c.line, err)
			continue
		}
		if b.mark == "real" && !d.real {
			continue
		}
		if missing := notPrinted(c.output, got); missing != "" {
			d.t.Errorf("%s: `%s` does not print, or not in this order: %s\nbut\n%s", name, c.line, missing, got)
		}
	}
}

// do runs a command line of a document and gives what it prints.
func (d *docReader) do(line string) (printed string, err error) {
	line = strings.TrimPrefix(line, "go run ./cmd/")
	args := words(d.t, line)
	switch {
	case args[0] == "curl":
		return d.fetch(args[1:])
	case args[0] != "chokepoint":
		return "", fmt.Errorf("no test runs %s; mark the block <!-- needs: … -->", args[0])
	case args[1] == "serve":
		return d.serve(args[1:])
	case strings.Contains(line, "baci-hs17-v202501"):
		program(d.t, "ingest", "baci", standInName("202501"))
		defer program(d.t, "datasets", "remove", "baci-hs17-v202501")
	}
	var out, errs strings.Builder
	if code := run(context.Background(), args[1:], &out, &errs); code != exitOK {
		return "", fmt.Errorf("exit code %d\n%s%s", code, out.String(), errs.String())
	}
	return out.String(), nil
}

var fixedPort = regexp.MustCompile(`127\.0\.0\.1:[0-9]+`)

// serve starts a server on ports that are free, and leaves it running until the document ends or starts another.
func (d *docReader) serve(args []string) (printed string, err error) {
	d.stop()
	if !slices.Contains(args, "--addr") {
		args = append(args, "--addr", "127.0.0.1:8080")
	}
	for i := range args {
		args[i] = fixedPort.ReplaceAllString(args[i], "127.0.0.1:0")
	}
	ctx, stop := context.WithCancel(d.t.Context())
	out, errs, done := make(lines, 1), new(strings.Builder), make(chan int, 1)
	go func() { done <- run(ctx, args, out, errs) }()
	d.stop = func() { stop(); <-done }
	select {
	case line := <-out:
		d.address = strings.Fields(line)[3]
		return fixedPort.ReplaceAllString(line, "127.0.0.1:8080"), nil
	case code := <-done:
		d.stop = stop
		return "", fmt.Errorf("exit code %d\n%s", code, errs)
	case <-time.After(time.Minute):
		return "", fmt.Errorf("it does not say where it listens")
	}
}

// fetch asks what curl would ask, of the server of the document, or of one that is started for it.
func (d *docReader) fetch(args []string) (printed string, err error) {
	if d.address == "" {
		if _, err := d.serve([]string{"serve"}); err != nil {
			return "", err
		}
	}
	address, query := "", url.Values{}
	for i := 0; i < len(args); i++ {
		switch arg := args[i]; {
		case arg == "-d" || arg == "--data-urlencode":
			i++
			name, value, _ := strings.Cut(args[i], "=")
			query.Set(name, value)
		case strings.HasPrefix(arg, "http://"):
			address = strings.Replace(arg, "http://127.0.0.1:8080/", d.address, 1)
		}
	}
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	answer, err := http.Get(address)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %s", answer.StatusCode, text)
	}
	return string(text), err
}

// writeFile writes a file; one that ends in .gz is compressed.
func writeFile(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var w io.Writer = f
	if strings.HasSuffix(path, ".gz") {
		z := gzip.NewWriter(f)
		defer z.Close()
		w = z
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
}

func standInName(release string) string { return "BACI_HS17_V" + release + ".zip" }

// standIn writes an archive as CEPII's, with invented flows of the products that documents name: the importers' suppliers are unlike, and
// China sells most.
func standIn(t *testing.T, path, release string) {
	t.Helper()
	folder := t.TempDir()
	economies := []string{"CHN", "USA", "DEU", "JPN", "KOR", "IND", "FRA", "ITA", "HUN", "POL", "CZE", "SVK", "AUS", "VNM", "MEX", "BRA"}
	products := map[string]string{"850511": "Magnets: permanent magnets and articles intended to become permanent magnets, of metal", "850519": "Magnets: permanent magnets, of other materials",
		"850760": "Electric accumulators: lithium-ion", "850610": "Cells: manganese dioxide", "854231": "Electronic integrated circuits: processors", "854140": "Photosensitive semiconductor devices", "640399": "Footwear",
		"280469": "Silicon", "340210": "Organic surface-active agents", "470790": "Waste paper", "284690": "Compounds of rare-earth metals", "811292": "Gallium, germanium and others", "271000": "Petroleum oils"}
	var codes, names, flows strings.Builder
	names.WriteString("country_code,country_name,country_iso2,country_iso3\n")
	codes.WriteString("code,description\n")
	var numbers []trade.Code
	for _, iso3 := range economies {
		e, ok := economyOf(iso3)
		if !ok {
			t.Fatalf("no economy %s", iso3)
		}
		fmt.Fprintf(&names, "%d,%q,%s,%s\n", e.Code, e.Name, e.ISO2, iso3)
		numbers = append(numbers, e.Code)
	}
	list := slices.Sorted(func(yield func(string) bool) {
		for code := range products {
			if !yield(code) {
				return
			}
		}
	})
	for _, code := range list {
		fmt.Fprintf(&codes, "%s,%q\n", code, products[code])
	}
	for year := 2017; year <= 2024; year++ {
		flows.Reset()
		flows.WriteString("t,i,j,k,v,q\n")
		for p, code := range list {
			for i, from := range numbers {
				for j, to := range numbers {
					if i == j || (i*7+j*5+p*3+year)%4 == 0 {
						continue
					}
					value := 100 * (1 + (i*31+j*17+p*13+year*7)%97)
					if i == 0 {
						value *= 40 + (p+j)%60
					}
					if release == "202501" {
						value += value / 10
					}
					fmt.Fprintf(&flows, "%d,%d,%d,%s,%d.5,%d\n", year, from, to, code, value, value/3+1)
				}
			}
		}
		writeFile(t, filepath.Join(folder, fmt.Sprintf("BACI_HS17_Y%d_V%s.csv", year, release)), flows.String())
	}
	writeFile(t, filepath.Join(folder, "country_codes_V"+release+".csv"), names.String())
	writeFile(t, filepath.Join(folder, "product_codes_HS17_V"+release+".csv"), codes.String())
	zipFolder(t, folder, path)
}

// economyOf finds an economy of the program's list.
func economyOf(iso3 string) (trade.Economy, bool) {
	for _, e := range trade.BuiltinEconomies().All() {
		if e.ISO3 == iso3 {
			return e, true
		}
	}
	return trade.Economy{}, false
}
