package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"chokepoint/analysis"
)

// offers of the shell for a line, the last word of which is being typed.
func complete(t *testing.T, line ...string) []string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(t.Context(), append([]string{"__complete"}, line...), &out, &errs); code != exitOK {
		t.Fatalf("%v: %s", line, errs.String())
	}
	var found []string
	for offer := range strings.Lines(out.String()) {
		word, _, _ := strings.Cut(strings.TrimSpace(offer), "\t")
		found = append(found, word)
	}
	return found
}

// TestCompletion asks for the values of flags and arguments, as a shell does when the tab key is pressed.
func TestCompletion(t *testing.T) {
	t.Setenv("CHOKEPOINT_DATA", t.TempDir())
	program(t, "ingest", "baci", tinyWorld(t))
	program(t, "tables", "ingest", tinyTable(t), "--synthetic")
	f := func(want string, line ...string) {
		t.Helper()
		if found := complete(t, line...); !slices.Contains(found, want) {
			t.Errorf("%v does not offer %s, but %v", line, want, found[:min(len(found), 12)])
		}
	}
	f("USA", "count", "--importers", "U")
	f("USA,CHN", "count", "--importers", "USA,C")
	f("USA+EU27", "count", "--importers", "USA+E")
	f("USA|CHN", "count", "--partners", "USA|")
	f("EU27", "count", "E")
	f("USA,CHN", "count", "USA,C")
	f("CHN", "count", "USA", "C")
	f("CHN", "asymmetry", "USA", "")
	f("CHN", "scoreboard", "--economy", "")
	f("CHN", "scenario", "cut", "--suppliers", "C")
	f("2024", "count", "--years", "20")
	f("geodep-2024,mgi", "count", "--method", "geodep-2024,m")
	f("list:mic25", "count", "--products", "list:")
	f("850760", "count", "--products", "8507")
	f("year,-imports_usd", "count", "--sort", "year,-imp")
	f("entrepots", "indicators", "--hubs", "")
	f("dta", "count", "--format", "d")
	f("baci-hs17-v202601", "count", "--dataset", "")
	f("baci-hs17-v202601", "diff", "--against", "")
	f("mic25", "policy", "--policy", "")
	f("mic25", "brief", "--article", "")
	f("mic25", "scoreboard", "--list", "")
	f("coking-coal-2020", "scenario", "cut", "--scenario", "")
	f("mgi", "methods", "show", "")
	f("EU27", "blocs", "show", "")
	f("mic25", "lists", "show", "")
	f("mic25", "policies", "show", "")
	f("coking-coal-2020", "scenarios", "show", "")
	f("baci-hs17-v202601", "datasets", "show", "")
	f("oecd-icio-2025", "tables", "show", "")
	f("oecd-icio-2025", "exposure", "--tables", "")
	f("C29", "exposure", "--industries", "C")
	f("manufacturing,all", "chain", "--inputs", "manufacturing,a")
	f("CHN", "value-added", "--economies", "C")
	f("graphite-2023", "scenario", "compare", "")
	f("HS17", "fetch", "baci", "--nomenclature", "")
	f("HS92", "revisions", "850760", "--to", "")
	f("exponent=", "loop", "--set", "ex")
}

// TestNamesAreOffered: a flag whose parameter has names or values offers each of them.
func TestNamesAreOffered(t *testing.T) {
	offered := 0
	for _, cmd := range commands() {
		q, ok := analysis.QuestionOf(strings.TrimPrefix(cmd.CommandPath(), "chokepoint "))
		if !ok {
			continue
		}
		for _, p := range q.Parameters {
			words := p.Values
			if p.Names != nil {
				words = p.Names()
			}
			if len(words) == 0 || p.Argument > 0 {
				continue
			}
			offer, ok := cmd.GetFlagCompletionFunc(p.Name)
			if !ok {
				t.Errorf("%s --%s offers nothing", q.Name, p.Name)
				continue
			}
			found, _ := offer(cmd, nil, "")
			for _, word := range words {
				if !slices.ContainsFunc(found, func(f string) bool { return f == word || strings.HasPrefix(f, word+"\t") }) {
					t.Errorf("%s --%s does not offer %s, but %v", q.Name, p.Name, word, found[:min(len(found), 12)])
				}
				offered++
			}
		}
	}
	if offered < 100 {
		t.Errorf("%d names were looked for", offered)
	}
}

// TestEveryColumnIsOffered: a command that sorts offers the columns of its table.
func TestEveryColumnIsOffered(t *testing.T) {
	for _, cmd := range commands() {
		name := strings.TrimPrefix(cmd.CommandPath(), "chokepoint ")
		if cmd.Flags().Lookup("sort") != nil && name != "brief" && len(columnWords(name)) == 0 {
			t.Errorf("%s --sort: no columns are offered", name)
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if _, ok := cmd.GetFlagCompletionFunc(f.Name); !ok && slices.Contains([]string{"importers", "partners", "years", "products", "method", "format", "sort"}, f.Name) {
				t.Errorf("%s --%s offers nothing", name, f.Name)
			}
		})
	}
}
