package oracle

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

var programFlag = flag.String("program", "", "a chokepoint command to test instead of building ../cmd/chokepoint")

// built is the folder of the program, once it is built.
var built string

// program builds the command once for all tests.
var program = sync.OnceValues(func() (string, error) {
	if *programFlag != "" {
		return *programFlag, nil
	}
	var err error
	if built, err = os.MkdirTemp("", "chokepoint-oracle-"); err != nil {
		return "", err
	}
	bin := filepath.Join(built, "chokepoint")
	cmd := exec.Command("go", "build", "-o", bin, "./cmd/chokepoint")
	cmd.Dir = ".."
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build ./cmd/chokepoint: %w\n%s", err, out)
	}
	return bin, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		os.RemoveAll(built)
	}
	os.Exit(code)
}

// run runs the program, its standard output into a file, and returns the file.
func run(t *testing.T, args ...string) string {
	t.Helper()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(filepath.Join(t.TempDir(), "out.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), bin, args...)
	cmd.Stdout, cmd.Stderr = out, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("chokepoint %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return out.Name()
}

// flags puts a query as the program's command line.
func (q Query) flags(data string) []string {
	args := []string{"--data", data, "--format", "csv", "--importers", q.Importers}
	if q.Partners != "" {
		args = append(args, "--partners", q.Partners)
	}
	if len(q.Methods) > 0 {
		args = append(args, "--method", strings.Join(q.Methods, ","))
	}
	years := "all"
	if q.Years != nil {
		years = strings.Trim(strings.ReplaceAll(fmt.Sprint(q.Years), " ", ","), "[]")
	}
	args = append(args, "--years", years)
	if q.Of > 0 {
		args = append(args, "--persistence", fmt.Sprintf("%d/%d", q.Need, q.Of))
	}
	switch {
	case q.Own:
	case q.Net:
		args = append(args, "--world", "net")
	default:
		args = append(args, "--world", "gross")
	}
	if q.MinValue > 0 {
		args = append(args, "--min-value", fmt.Sprint(q.MinValue))
	}
	return args
}

// check asks the oracle and the program the same and reports where they differ.
// It returns the number of rows compared.
func check(t *testing.T, o *Oracle, data string, q Query, commands ...string) int {
	t.Helper()
	start := time.Now()
	ask(t, o, q)
	total, asked := 0, time.Since(start)
	defer func() {
		if all := time.Since(start); all > 2*time.Second {
			t.Logf("%.1f s, %.1f s of it the oracle's sums: %s on %s", all.Seconds(), asked.Seconds(), q.Importers, q.Partners)
		}
	}()
	for _, command := range commands {
		table := map[string]table{"indicators": indicatorsTable, "dependencies": dependenciesTable, "count": countTable}[command]
		if command == "indicators" && !q.anyPartner() {
			table = partnerIndicatorsTable
		}
		args := append([]string{command}, q.flags(data)...)
		differences, rows, err := o.compare(t.Context(), run(t, args...), table)
		if err != nil {
			t.Fatalf("chokepoint %s: %v", strings.Join(args, " "), err)
		}
		if command == "count" {
			differences = append(differences, zeroRows(t, o, q)...)
		}
		if len(differences) > 0 {
			t.Errorf("chokepoint %s\n  %s", strings.Join(args, " "), strings.Join(differences, "\n  "))
		}
		total += rows
	}
	return total
}

// zeroRows checks what the program's last count has beyond the products that
// depend: every importer, partner, method and year that was asked for by name
// has a row, and nothing has one twice.
func zeroRows(t *testing.T, o *Oracle, q Query) []string {
	t.Helper()
	if strings.Contains(q.Importers+q.Partners, "all") {
		return nil
	}
	var methods []string
	for _, id := range q.Methods {
		methods = append(methods, "("+quote(id)+")")
	}
	p := "p > 0"
	if q.anyPartner() {
		p = "p = 0"
	}
	return lines(t, o, fmt.Sprintf(`
		WITH grid AS (
			SELECT DISTINCT t, method, i.label AS importer, p.label AS partner
			FROM asked_year, (VALUES %s) m(method), importer i, partner p WHERE %s)
		SELECT 'no row, not even of zero: ', * FROM grid
		WHERE (t, method, importer, partner) NOT IN (SELECT (CAST(year AS INTEGER), method, importer, partner) FROM every_row)
		UNION ALL
		SELECT 'not asked for: ', CAST(year AS INTEGER), method, importer, partner FROM every_row
		WHERE (CAST(year AS INTEGER), method, importer, partner) NOT IN (SELECT (t, method, importer, partner) FROM grid)
		LIMIT 5`, strings.Join(methods, ","), p))
}
