package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"

	"chokepoint/analysis"
)

const window = 80

// printed is what a command prints, in a window or, where columns is "", as wide as it likes.
func printed(t *testing.T, columns string, args ...string) string {
	t.Helper()
	t.Setenv("COLUMNS", columns)
	var out, errs bytes.Buffer
	code := run(t.Context(), args, &out, &errs)
	if strings.HasPrefix(errs.String(), "chokepoint: ") && code == exitFailed {
		t.Fatalf("%v: %s", args, errs.String())
	}
	return out.String() + errs.String()
}

// ends are where a word may be broken: after these, a name or a query goes on in the next line.
const ends = "_&,/;?"

// partOf says whether a word is one of words, or a part of one that ends where a part may.
func partOf(word string, words []string) bool {
	return slices.ContainsFunc(words, func(whole string) bool {
		before, after, found := strings.Cut(whole, word)
		return found && (before == "" || strings.ContainsAny(before[len(before)-1:], ends)) &&
			(after == "" || strings.ContainsAny(word[len(word)-1:], ends))
	})
}

// fits checks that no line of narrow is wider than the window and that no word of it is broken; wide is the same without a window.
func fits(t *testing.T, name, narrow, wide string) {
	t.Helper()
	words := append(strings.Fields(wide), `\`, "In", "all", "rows:", "·", "Columns", "left", "out", "to", "fit", "80", "columns:", "(--wide", "has", "have", "them).", "it).", "Text", "of", "ending", "in", "is", "shortened")
	known := map[string]bool{}
	for _, word := range words {
		known[word] = true
	}
	for line := range strings.Lines(narrow) {
		line = strings.TrimRight(line, "\n")
		if n := runewidth.StringWidth(line); n > window {
			t.Errorf("%s: %d columns: %s", name, n, line)
		}
		for _, word := range strings.Fields(line) {
			if known[word] {
				continue
			}
			word := strings.TrimSuffix(word, "…")
			if word != "" && !known[word] && strings.Trim(word, "─") != "" && !known[strings.TrimSuffix(word, ",")] && !partOf(word, words) {
				t.Errorf("%s: the word %q is not in the wide text: %s", name, word, line)
			}
		}
	}
}

// TestWindow asks every table that the program has in a window of 80 columns.
func TestWindow(t *testing.T) {
	t.Setenv("CHOKEPOINT_DATA", t.TempDir())
	world := tinyWorld(t)
	program(t, "ingest", "baci", world)
	program(t, "ingest", "baci", world, "--name", "later")
	program(t, "tables", "ingest", tinyTable(t), "--synthetic")
	for _, table := range tables {
		args := strings.Fields(table.command)
		if q, ok := analysis.QuestionOf(strings.Split(table.command, " --")[0]); (!ok || !q.Tables) && args[0] != "tables" && !strings.Contains(table.args, "--dataset") {
			args = append(args, "--dataset", "baci-hs17-v202601")
		}
		args = append(args, words(t, table.args)...)
		fits(t, table.command, printed(t, "80", args...), printed(t, "", args...)+printed(t, "", append(slices.Clone(args), "--wide")...))
	}
}

// TestHelpInWindow asks every command for its help, and gives every one a flag that it lacks.
func TestHelpInWindow(t *testing.T) {
	for _, cmd := range commands() {
		for _, flag := range []string{"--help", "--no-such-flag"} {
			args := append(strings.Fields(cmd.CommandPath())[1:], flag)
			fits(t, strings.Join(args, " "), printed(t, "80", args...), printed(t, "", args...))
		}
	}
}
