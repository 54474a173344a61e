package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"golang.org/x/tools/txtar"

	"chokepoint/analysis"
	"chokepoint/entrepot"
	"chokepoint/indicator"
	"chokepoint/loop"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/trade"
)

// commands lists all commands of the program that can be run, but for help and completion, which cobra makes.
func commands() []*cobra.Command {
	var list []*cobra.Command
	var add func(cmd *cobra.Command)
	add = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			if name := sub.Name(); name == "help" || name == "completion" {
				continue
			}
			if sub.Runnable() {
				list = append(list, sub)
			}
			add(sub)
		}
	}
	add((&app{}).root())
	return list
}

// words splits a command line as a shell does: blanks separate, quotes keep together, # begins a comment. What follows
// > or | is the shell's and left out.
func words(t *testing.T, line string) []string {
	t.Helper()
	var list []string
	var word strings.Builder
	quote, started := rune(0), false
	for _, r := range line + " " {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, started = r, true
		case r == ' ' && (started || word.Len() > 0):
			list, started = append(list, word.String()), false
			word.Reset()
		case r == ' ':
		case r == '>' || r == '|' || r == '#' && word.Len() == 0:
			return list
		default:
			word.WriteRune(r)
		}
	}
	if quote != 0 {
		t.Errorf("%s: a quote is not closed", line)
	}
	return list
}

// parses fails unless the program takes the command line: the command, its flags and the number of its arguments.
func parses(t *testing.T, line string) {
	t.Helper()
	args := words(t, line)
	if len(args) == 0 || args[0] != "chokepoint" {
		t.Errorf("%q does not begin with chokepoint", line)
		return
	}
	cmd, rest, err := (&app{}).root().Find(args[1:])
	if err != nil {
		t.Errorf("%s: %v", line, err)
		return
	}
	if !cmd.Runnable() && cmd.HasParent() {
		t.Errorf("%s: %s needs a sub-command", line, cmd.CommandPath())
	}
	if err := cmd.ParseFlags(rest); err != nil {
		t.Errorf("%s: %v", line, err)
		return
	}
	if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
		t.Errorf("%s: %v", line, err)
	}
	selects(t, line, cmd)
}

// selects fails unless the selections of a command line name something.
func selects(t *testing.T, line string, cmd *cobra.Command) {
	t.Helper()
	for _, name := range []string{"importers", "partners"} {
		f := cmd.Flags().Lookup(name)
		if f == nil || !f.Changed || cmd.Flags().Changed("blocs") {
			continue
		}
		if _, err := trade.ParseSelection(f.Value.String(), trade.BuiltinEconomies(), trade.BuiltinBlocs()); err != nil {
			t.Errorf("%s: %s: %v", line, name, err)
		}
	}
	if f := cmd.Flags().Lookup("method"); f != nil && f.Changed {
		for id := range strings.SplitSeq(f.Value.String(), ",") {
			if _, err := method.Get(id); err != nil && id != "all" && !strings.HasSuffix(id, ".toml") {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
}

// TestExamples checks that every command shows an example, and that the program takes every example as it is shown.
func TestExamples(t *testing.T) {
	for _, cmd := range commands() {
		if cmd.Example == "" {
			t.Errorf("%s has no example", cmd.CommandPath())
		}
		var out strings.Builder
		if code := run(context.Background(), append(strings.Fields(cmd.CommandPath())[1:], "--help"), &out, &out); code != exitOK {
			t.Errorf("%s --help: exit code %d", cmd.CommandPath(), code)
		}
		for line := range strings.Lines(cmd.Example) {
			line = strings.TrimSpace(line)
			parses(t, line)
			if !strings.Contains(out.String(), line) {
				t.Errorf("%s --help does not show %q", cmd.CommandPath(), line)
			}
		}
	}
}

// TestUsage checks that no flag is described with backquotes, which the help would take for the name of its value.
func TestUsage(t *testing.T) {
	for _, cmd := range commands() {
		for line := range strings.Lines(cmd.Flags().FlagUsages() + cmd.InheritedFlags().FlagUsages()) {
			if strings.Contains(line, "   chokepoint ") || regexp.MustCompile(`--[a-z-]+ chokepoint`).MatchString(line) {
				t.Errorf("%s: %s", cmd.CommandPath(), line)
			}
		}
	}
}

// top is the folder of the repository.
const top = "../.."

func readDoc(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(top, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// docs are the documents for users.
func docs(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(top, "docs", "*.md"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no docs: %v", err)
	}
	list := []string{"README.md"}
	for _, name := range names {
		list = append(list, "docs/"+filepath.Base(name))
	}
	return list
}

// block is a fenced block of a document.
type block struct {
	mark string // the comment in the line above it: what TestBlocks does with it
	info string // what follows the fence
	text string
}

var fence = regexp.MustCompile("(?ms)^(?:<!-- ((?:real|needs:|file:)[^>]*) -->\n)?```([a-z]*)\n(.*?)^```$")

func blocks(text string) []block {
	var list []block
	for _, m := range fence.FindAllStringSubmatch(text, -1) {
		list = append(list, block{mark: m[1], info: m[2], text: m[3]})
	}
	return list
}

// shown are the command lines of a block, each with the output below it.
type shown struct{ line, output string }

func (b block) commands() []shown {
	var list []shown
	if b.info == "sh" { // every line is a command, but for those that go on
		for line := range strings.Lines(b.text) {
			if n := len(list); n > 0 && strings.HasSuffix(list[n-1].line, "|") {
				list[n-1].line += " " + strings.TrimSpace(line)
				continue
			}
			list = append(list, shown{line: strings.TrimSpace(line)})
		}
		return list
	}
	for line := range strings.Lines(b.text) {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			list = append(list, shown{line: strings.TrimSpace(command)})
		} else if len(list) > 0 {
			list[len(list)-1].output += line
		}
	}
	return list
}

// TestCommandsInDocs checks that the program takes every command line of the documents.
func TestCommandsInDocs(t *testing.T) {
	n := 0
	for _, name := range docs(t) {
		for _, b := range blocks(readDoc(t, name)) {
			for _, c := range b.commands() {
				if strings.HasPrefix(c.line, "chokepoint ") {
					parses(t, c.line)
					n++
				}
			}
		}
	}
	if n < 10 {
		t.Errorf("%d command lines found; the test no longer sees them", n)
	}
}

// TestCommandTable checks that README.md has a line for every command, and no other.
func TestCommandTable(t *testing.T) {
	_, rest, _ := strings.Cut(readDoc(t, "README.md"), "| command | answers |\n")
	table, _, _ := strings.Cut(rest, "\n\n")
	var listed, exist []string
	for line := range strings.Lines(table) {
		names, _, _ := strings.Cut(strings.TrimPrefix(line, "|"), "|")
		for _, m := range regexp.MustCompile("`([a-z-]+)`").FindAllStringSubmatch(names, -1) {
			listed = append(listed, m[1])
		}
	}
	for _, cmd := range commands() {
		if cmd.Parent() == cmd.Root() {
			exist = append(exist, cmd.Name())
		}
	}
	slices.Sort(listed)
	slices.Sort(exist)
	if !slices.Equal(listed, exist) {
		t.Errorf("README.md lists the commands %v, the program has %v", listed, exist)
	}
}

// startFolder is the folder of this package; a test may leave it.
var startFolder = func() string {
	dir, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	return dir
}()

// notPrinted returns the first line of what is shown that does not follow in what was printed.
func notPrinted(shown, printed string) string {
	lines := strings.Split(printed, "\n")
	for want := range strings.Lines(shown) {
		want = strings.TrimRight(want, " \n")
		if want == "" || want == "…" {
			continue
		}
		start, cut := strings.CutSuffix(want, "…")
		at := slices.IndexFunc(lines, func(line string) bool {
			return strings.TrimRight(line, " ") == want || cut && strings.HasPrefix(line, start)
		})
		if at < 0 {
			return want
		}
		lines = lines[at+1:]
	}
	return ""
}

// generated checks, or with -update writes, the part of a document between <!-- name --> and <!-- /name -->.
func generated(t *testing.T, doc, name, want string) {
	t.Helper()
	text := readDoc(t, doc)
	begin, end := "<!-- "+name+" -->\n", "<!-- /"+name+" -->\n"
	before, rest, ok := strings.Cut(text, begin)
	got, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no part between %q and %q", doc, begin, end)
	}
	if got == want {
		return
	}
	if *update {
		if err := os.WriteFile(filepath.Join(top, doc), []byte(before+begin+want+end+after), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("%s, %s: it is\n%s\nbut the program has\n%s\nrun go test ./cmd/chokepoint -update, and read what changed", doc, name, got, want)
}

// cell is text that stands in a Markdown table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// TestMethodTables keeps the lists of methods and indicators in the documents.
func TestMethodTables(t *testing.T) {
	var list strings.Builder
	list.WriteString("| id | flags a product when | years | status |\n|---|---|---|---|\n")
	for _, m := range method.Builtin() {
		var criteria []string
		for _, c := range m.Criteria {
			criteria = append(criteria, "`"+c.Text+"`")
		}
		if m.MinValue > 0 {
			criteria = append(criteria, fmt.Sprintf("`imports >= %.0f`", m.MinValue))
		}
		fmt.Fprintf(&list, "| `%s` | %s | %s | %s |\n", m.ID, cell(strings.Join(criteria, " and ")), m.Persistence, m.Status)
	}
	generated(t, "README.md", "methods", list.String())

	var names strings.Builder
	names.WriteString("| name | unit | about | formula | meaning |\n|---|---|---|---|---|\n")
	for _, ind := range indicator.All() {
		formula := ind.Formula
		if formula != "" {
			formula = "`" + formula + "`"
		}
		fmt.Fprintf(&names, "| `%s` | %s | %s | %s | %s |\n", ind.Name, ind.Unit, ind.Level(), cell(formula), cell(ind.Meaning))
	}
	generated(t, "docs/methods.md", "indicators", names.String())
}

// TestLoopTables keeps the equations, inputs, switches and quantities of docs/loop.md.
func TestLoopTables(t *testing.T) { generated(t, "docs/loop.md", "loop", loop.Document()) }

// TestQuestionTable keeps the table of docs/api.md in step with the questions.
func TestQuestionTable(t *testing.T) {
	var doc strings.Builder
	doc.WriteString("| path | answers | its parameters |\n|---|---|---|\n")
	for _, q := range analysis.Questions() {
		var names []string
		for _, p := range q.Parameters {
			name := "`" + p.Name + "`"
			if p.Required {
				name += " (required)"
			}
			names = append(names, name)
		}
		fmt.Fprintf(&doc, "| `/api/v1/%s` | %s | %s |\n", q.Joined("/"), cell(q.Short), strings.Join(names, ", "))
	}
	generated(t, "docs/api.md", "questions", doc.String())
}

// TestBlocTable keeps the list of blocs.
func TestBlocTable(t *testing.T) {
	var list strings.Builder
	list.WriteString("| id | name | source | note |\n|---|---|---|---|\n")
	for _, b := range trade.BuiltinBlocs().All() {
		fmt.Fprintf(&list, "| `%s` | %s | %s | %s |\n", b.ID, cell(b.Name), cell(b.Source), cell(b.Note))
	}
	generated(t, "docs/blocs.md", "blocs", list.String())
}

// TestSelectionTable checks that every selection in README.md's table means something.
func TestSelectionTable(t *testing.T) {
	_, rest, _ := strings.Cut(readDoc(t, "README.md"), "<!-- selections -->\n")
	table, _, ok := strings.Cut(rest, "<!-- /selections -->\n")
	if !ok {
		t.Fatal("README.md has no table of selections")
	}
	n := 0
	for line := range strings.Lines(table) {
		m := regexp.MustCompile("^\\| `([^-].*?|-)`").FindStringSubmatch(line)
		if m == nil {
			continue
		}
		n++
		text := strings.Trim(strings.ReplaceAll(m[1], `\|`, "|"), "'\"")
		if _, err := trade.ParseSelection(text, trade.BuiltinEconomies(), trade.BuiltinBlocs()); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	if n < 6 {
		t.Errorf("%d selections found; the test no longer sees them", n)
	}
}

// ownMethod is the worked example of docs/methods.md.
func ownMethod(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks(string(data)) {
		if b.info == "toml" {
			return b.text
		}
	}
	t.Fatal("docs/methods.md has no method in TOML")
	return ""
}

// TestOwnFiles checks that the example files of the documents are sound and that every key is explained.
func TestOwnFiles(t *testing.T) {
	doc := readDoc(t, "docs/methods.md")
	if _, err := method.Parse("docs/methods.md", []byte(ownMethod(t, filepath.Join(top, "docs/methods.md")))); err != nil {
		t.Error(err)
	}
	_, err := method.Parse("keys", []byte("no_such_key = 1\n"))
	explains(t, "docs/methods.md", doc, err, "known keys are ")

	doc = readDoc(t, "docs/blocs.md")
	n := 0
	for _, b := range blocks(doc) {
		if b.info != "toml" {
			continue
		}
		if strings.Contains(b.text, "[[entrepot]]") {
			if _, err := entrepot.Parse("docs/blocs.md", []byte(b.text)); err != nil {
				t.Error(err)
			}
			continue
		}
		n++
		if err := trade.BuiltinBlocs().AddFile(temporary(t, b.text)); err != nil {
			t.Error(err)
		}
	}
	if n == 0 {
		t.Error("docs/blocs.md has no bloc in TOML")
	}
	explains(t, "docs/blocs.md", doc, trade.BuiltinBlocs().AddFile(temporary(t, "[[bloc]]\nno_such_key = 1\n")), "known keys in bloc are ")
}

func temporary(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.toml")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// explains fails unless a document has a row for each key that an error lists.
func explains(t *testing.T, name, doc string, err error, before string) {
	t.Helper()
	_, keys, ok := strings.Cut(fmt.Sprint(err), before)
	if !ok {
		t.Fatalf("%v does not say %q", err, before)
	}
	for key := range strings.SplitSeq(strings.TrimSpace(keys), ", ") {
		if !strings.Contains(doc, "| `"+key+"` |") {
			t.Errorf("%s does not explain the key %s", name, key)
		}
	}
}

// tables says how to get each table that the program can print, on the world of testdata/questions.txtar.
var tables = []struct{ command, args, about string }{
	{"count", "--importers USA --partners CHN", "`--since 2019,2000` adds, at the end and for each year, `products_2019`, `imports_2019_usd` and `imports_change_since_2019` and, with `--partners`, `imports_from_partner_2019_usd` and `imports_from_partner_change_since_2019`: the figures of that year and the change in current dollars, where 0.1 means 10 % more."},
	{"dependencies", "--importers USA --partners CHN --method merics-2024", "The criteria of the methods may use further indicators. Each has its own column, before `nearest_criterion`; see the indicators in [methods.md](methods.md#indicators). `--hubs entrepots` adds `hub`, `hub_share` and `hub_measure` ([how](blocs.md#hubs)). `--tables NAME` adds `made_by`, `used_by`, `used_face_share`, `used_through_share` and `tables_year` ([how](chain.md#goods)). `--since 2019,2000` adds, at the end and for each year, `imports_2019_usd`, `imports_change_since_2019`, `imports_from_partner_2019_usd` and `imports_from_partner_change_since_2019`: the amounts of that year and the change in current dollars, where 0.1 means 10 % more."},
	{"indicators", "--importers USA --partners CHN", "`partner` and the columns about it appear only with `--partners`. `--hubs entrepots` adds `hub`, `hub_share` and `hub_measure` ([how](blocs.md#hubs))."},
	{"indicators --by exporter", "--products 850760", "The sellers of each product, with their sales to the whole world."},
	{"explain", "--importers USA --products 850760", "One row per number, by section: flows, sums, indicators, criteria, persistence, verdict, alternatives, history, and hubs with `--hubs`. On a terminal the answer is a text."},
	{"asymmetry", "USA CHN", ""},
	{"sensitivity", "--importers USA --partners CHN", "One row per point of the grid."},
	{"sensitivity --by product", "--importers USA --partners CHN", "One row per product that is flagged anywhere on the grid."},
	{"compare", "--importers USA --partners CHN", "One row per pair of methods."},
	{"compare --by product", "--importers USA --partners CHN --method merics-2024,hjs-2020", "One row per product, with the methods that flag it."},
	{"compare --by year", "--importers USA --partners CHN", "One row per year: what entered the list and what left it."},
	{"compare published", "--flags testdata/geodep-synthetic.csv --persistence 1/1", "Differences come first. The notes say what the list is, how its rows were read and how far the two agree overall; see [methods.md](methods.md#published-lists)."},
	{"compare published --by economy", "--flags testdata/geodep-synthetic.csv --persistence 1/1", "One row per year and economy of the list."},
	{"diff", "--dataset later --against baci-hs17-v202601 --importers USA --partners CHN", ""},
	{"chokepoints", "", "The formulas are in [chokepoints.md](chokepoints.md)."},
	{"scoreboard", "--economy CHN", "The formulas are in [industry.md](industry.md)."},
	{"breadth", "--economy CHN", "`--position FILE` adds `position_exports`, `position_imports` and the shares of trade that the file covers."},
	{"breadth --by stage", "--economy CHN", "One row per stage of processing."},
	{"similarity", "--economy CHN", ""},
	{"displacement", "--economy CHN", "The formulas are in [industry.md](industry.md#third-markets)."},
	{"complexity", "", ""},
	{"complexity --by product", "", ""},
	{"balance", "--economy CHN", "`--hubs entrepots` adds `hub`, `hub_share` and `hub_measure` ([how](blocs.md#hubs))."},
	{"scenario cut", "--suppliers CHN", "`--stock-days` and `--months` add columns for each month. `--to` adds those on freed goods. If the dataset has quantities, there are tonnes. [scenarios.md](scenarios.md#a-cut) has the formulas."},
	{"scenario ranges", "--suppliers CHN", "For each importer and total, one row for all changes and then one per assumption. [scenarios.md](scenarios.md#ranges) says which values are tried."},
	{"scenario path", "--suppliers CHN", "For each importer, total, rule and spare capacity, one row, with what is lacking in each month."},
	{"scenario sources", "--suppliers CHN", "For each importer, total, rule and spare capacity, one row per supplier that replaces part of the loss, and one for what remains unfilled."},
	{"scenario compare", "testdata/stop-china.toml testdata/stop-usa.toml", "One row per importer, rule and spare capacity. Without `--years` each scenario uses the flows of its own year."},
	{"scenario tariff", "--matrix testdata/tariffs.csv", "For each form, one row per economy, then one per pair. Amounts are in the unit of the matrix. If the flows come from a dataset, they are in US dollars, and year, product and status come last. [scenarios.md](scenarios.md#tariffs) has the formulas."},
	{"scenario cascade", "--suppliers CHN", "With `--production`, `--trade` and `--shocks` there is one row per economy and year of the shocks. [scenarios.md](scenarios.md#cascades) has the formulas."},
	{"backtest", "", "[scenarios.md](scenarios.md#back-tests) has the definition."},
	{"backtest --by episode", "", ""},
	{"backtest --by section", "", ""},
	{"firms", "", "Without a register, the published totals of the Little Giants; with a register, one row per group of firms."},
	{"exposure", "--importers USA --partners CHN", "The formulas are in [chain.md](chain.md). This and the next questions use input-output tables."},
	{"uses", "--importers USA --partners CHN --products 870323", ""},
	{"chain", "--importers USA --partners CHN", "One row per path, the largest first."},
	{"upstreamness", "", ""},
	{"upstreamness --by positions", "", "One row per position of an economy."},
	{"value-added", "", ""},
	{"value-added --by industries", "", "One row per industry of an economy."},
	{"scenario inputs", "--importers USA --partners CHN", "For each user, one row for all industries, then one per industry."},
	{"policy", "--policy mic25", "The formulas are in [policy.md](policy.md)."},
	{"loop", "--technology pv --draws 20", "The quantities, with their units, and the equations are in [loop.md](loop.md). On a terminal the answer is a text."},
	{"loop inputs", "--technology pv", ""},
	{"loop sensitivity", "--technology pv --rows 64", ""},
	{"loop learning", "testdata/loop-series.csv", "One row per series."},
	{"loop backtest", "", "One row per recorded back-test; with `--series` one row per predicted year."},
	{"brief", "", "One row per claim. `--out brief.html` writes a page to read."},
	{"calibrate", "", ""},
	{"calibrate --by target", "", ""},
	{"indicators --list", "", "The definitions of the indicators."},
	{"methods", "", ""},
	{"blocs", "", ""},
	{"blocs show", "EU", ""},
	{"lists", "", ""},
	{"lists show", "mic25", "One row per entry, including goods that have no code in any revision."},
	{"search", "phones", "One row per thing that the words may mean, the best match first. The search is explained in [lists.md](lists.md#finding-products)."},
	{"products", "magnets", "One row per matching product, the best match first. The search is explained in [lists.md](lists.md#finding-products)."},
	{"revisions", "850760", "One row per code of another revision. The table is explained in [lists.md](lists.md#revisions)."},
	{"policies", "", ""},
	{"policies show", "mic25", "One row per sector or target."},
	{"scenarios", "", ""},
	{"scenarios show", "coking-coal-2020", ""},
	{"economies", "", ""},
	{"tables", "", ""},
	{"tables show", "oecd-icio-2025", "One row per year and area."},
	{"tables show --industries", "oecd-icio-2025", ""},
	{"datasets", "", ""},
	{"datasets show", "baci-hs17-v202601", "One row per year. The notes give the source of the data and the remarks of the ingest."},
}

// TestColumns keeps docs/columns.md, the codebook, in step with the tables themselves.
func TestColumns(t *testing.T) {
	t.Setenv("CHOKEPOINT_DATA", t.TempDir())
	world := tinyWorld(t)
	program(t, "ingest", "baci", world)
	program(t, "ingest", "baci", world, "--name", "later")
	program(t, "tables", "ingest", tinyTable(t), "--synthetic")
	var doc strings.Builder
	for _, table := range tables {
		args := strings.Fields(table.command)
		if q, ok := analysis.QuestionOf(strings.Split(table.command, " --")[0]); (!ok || !q.Tables) && args[0] != "tables" {
			args = append(args, "--dataset", "baci-hs17-v202601")
		}
		args = append(args, words(t, table.args)...)
		var head struct {
			Columns []struct{ Name, Type, Unit, Description string }
		}
		out := filepath.Join(t.TempDir(), "table.csv")
		program(t, append(args, "--out", out)...)
		text, err := os.ReadFile(out + result.ProvenanceSuffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &head); err != nil {
			t.Fatalf("%s: %v", table.command, err)
		}
		fmt.Fprintf(&doc, "\n## `chokepoint %s`\n\n", table.command)
		if table.about != "" {
			fmt.Fprintf(&doc, "%s\n\n", table.about)
		}
		doc.WriteString("| column | type | unit | meaning |\n|---|---|---|---|\n")
		for _, c := range head.Columns {
			fmt.Fprintf(&doc, "| `%s` | %s | %s | %s |\n", c.Name, c.Type, c.Unit, cell(c.Description))
			if c.Description == "" {
				t.Errorf("%s: column %s has no description", table.command, c.Name)
			}
		}
	}
	generated(t, "docs/columns.md", "columns", doc.String()+"\n")
	for _, cmd := range commands() {
		if cmd.Flags().Lookup("format") == nil {
			continue
		}
		name := strings.TrimPrefix(cmd.CommandPath(), "chokepoint ")
		if !slices.ContainsFunc(tables, func(table struct{ command, args, about string }) bool { return table.command == name }) {
			t.Errorf("docs/columns.md lacks the table of %s: add it to the list in docs_test.go and run go test ./cmd/chokepoint -run Columns -update", name)
		}
	}
}

// tinyTable writes the input-output table of testdata/chain.txtar.
func tinyTable(t *testing.T) string {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/chain.txtar")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "2019_SML.csv")
	for _, f := range archive.Files {
		if f.Name == "tables/2019_SML.csv" {
			if err := os.WriteFile(path, f.Data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	return path
}

// tinyWorld writes the archive of testdata/questions.txtar.
func tinyWorld(t *testing.T) string {
	t.Helper()
	return worldOf(t, "questions.txtar")
}

// worldOf writes the archive of a script.
func worldOf(t *testing.T, script string) string {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", script))
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for _, f := range archive.Files {
		if name, ok := strings.CutPrefix(f.Name, "baci/"); ok {
			if err := os.WriteFile(filepath.Join(folder, name), f.Data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	return folder
}
