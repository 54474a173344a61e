package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chokepoint/analysis"
	"chokepoint/clickhouse"
	"chokepoint/fault"
	"chokepoint/ingest"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/synth"
)

// TestExitCode: an error that nobody knows is a failure.
func TestExitCode(t *testing.T) {
	f := func(want int, err error) {
		t.Helper()
		if got := exitCode(err); got != want {
			t.Errorf("%v: exit code %d, want %d", err, got, want)
		}
	}
	wrong := fault.Questionf("years %q: expected a year", "x")
	f(exitFailed, errors.New("unknown"))
	f(exitFailed, &fs.PathError{Op: "open", Path: "index-2024.arrow", Err: fs.ErrNotExist})
	f(exitFailed, &store.DamagedError{Err: errors.New("cut off")})
	f(exitFailed, fault.Question(&store.DamagedError{Err: errors.New("cut off")}))
	f(exitFailed, &clickhouse.Error{Err: errors.New("no answer")})
	f(exitFailed, fault.Question(&clickhouse.Error{Err: errors.New("no answer")}))
	f(exitUsage, wrong)
	f(exitUsage, fmt.Errorf("explain: %w", wrong))
	f(exitUsage, errors.Join(wrong, errors.New("and the dataset could not be closed")))
	f(exitUsage, &study.ParameterError{Parameter: "years", Value: "x", Err: errors.New("expected a year")})
}

// TestExitCodes asks what is wrong in every way that a user can be wrong, and what fails.
func TestExitCodes(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	t.Setenv("CHOKEPOINT_DATA", filepath.Join(folder, "data"))
	smallWorld(t, "world")
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("wrong.toml", "nope = 1\n")
	write("wrong.csv", "nope\n1\n")
	write("list.csv", "code\n850760\n")
	f := func(want int, args ...string) {
		t.Helper()
		var out, errs bytes.Buffer
		if got := run(t.Context(), args, &out, &errs); got != want {
			t.Errorf("chokepoint %s: exit code %d, want %d\n%s", strings.Join(args, " "), got, want, &errs)
		}
	}
	f(exitOK, "count", "--importers", "USA")
	for _, args := range [][]string{{"nope"}, {"count", "--nope"}, {"count", "extra"}, {"explain"}, {"asymmetry", "USA"}, {"methods", "nope"},
		{"count", "--format", "nope"}, {"count", "--out", "file.nope"}, {"count", "--limit", "x"}, {"count", "--dataset", "nope"}, {"count", "--dataset", "No Name"},
		{"datasets", "show", "nope"}, {"datasets", "use", "nope"}, {"datasets", "verify", "nope"}, {"datasets", "remove", "nope"},
		{"count", "--engine", "nope"}, {"count", "--engine", "clickhouse://h:1/d?nope=1"}, {"push"}, {"datasets", "use", "world", "--engine", "clickhouse://h:1/d"},
		{"methods", "show", "nope"}, {"methods", "lint", "absent.toml"}, {"methods", "lint", "wrong.toml"}, {"blocs", "show", "nope"}, {"lists", "show", "nope"},
		{"lists", "show", "absent.csv"}, {"lists", "lint", "wrong.csv"}, {"policies", "show", "nope"}, {"economies", "nope"},
		{"ingest"}, {"ingest", "baci"}, {"ingest", "baci", "absent.zip"}, {"ingest", "transactions", "absent.csv"}, {"ingest", "baci", "list.csv", "--nomenclature", "nope"},
		{"ingest", "baci", "list.csv", "--name", "No Name", "--nomenclature", "HS17", "--release", "202601"}, {"ingest", "transactions", "list.csv", "--period", "nope"},
		{"serve", "--log", "nope"}, {"serve", "--addr", "nope"}, {"serve", "--token-file", "absent.txt"}, {"serve", "--public", "--tls-key", "k"},
		{"diff", "--dataset", "world", "--against", "world"}, {"diff", "--dataset", "world", "--against", "nope"}, {"brief", "--article", "nope"},
		{"revisions", "850760", "--from", "nope"}, {"revisions", "999998", "--from", "HS17"}, {"revisions", "850760", "--from", "HS17", "--to", "nope"},
		{"breadth", "--economy", "USA", "--position", "wrong.csv", "--by", "stage"},
	} {
		f(exitUsage, args...)
	}
	// A file that a user names and that is not there, or is wrong, is the user's mistake, whatever it is.
	for _, ask := range [][]string{{"count", "--method", "F.toml"}, {"count", "--blocs", "F.toml"}, {"count", "--products", "list:F.csv"}, {"chokepoints", "--weights", "F.toml"},
		{"scoreboard", "--economy", "USA", "--classes", "F.toml"}, {"scoreboard", "--economy", "USA", "--list", "F.csv"}, {"balance", "--economy", "USA", "--macro", "F.csv"},
		{"firms", "--register", "F.csv"}, {"calibrate", "--targets", "F.toml"}, {"brief", "--article", "F.toml"}, {"breadth", "--economy", "USA", "--position", "F.csv"}} {
		for _, name := range []string{"absent", "wrong"} {
			args := append([]string(nil), ask...)
			for i := range args {
				args[i] = strings.Replace(args[i], "F.", name+".", 1)
			}
			f(exitUsage, args...)
		}
	}
	// A wrong value of each parameter of each question.
	for _, q := range analysis.Questions() {
		for _, wrong := range q.Parameters {
			if wrong.Switch || wrong.Name == "words" { // any text may be searched for
				continue
			}
			args := strings.Fields(q.Name)
			for _, p := range q.Parameters {
				value := ""
				switch {
				case p.Name == wrong.Name:
					value = "no such thing"
				case p.Name == "against", p.Required && p.Example == "":
					value = "world"
				case p.Required:
					value = p.Example
				}
				switch {
				case value == "":
				case p.Argument > 0:
					args = append(args, value)
				default:
					args = append(args, "--"+p.Name, value)
				}
			}
			f(exitUsage, args...)
		}
	}
	f(exitFailed, "count", "--out", filepath.Join("no", "such", "folder.csv"))
	f(exitFailed, "ingest", "baci", "wrong.csv", "--nomenclature", "HS17", "--release", "202601")
	flows, err := filepath.Glob("data/world/*/flows-2024.arrow")
	if err != nil || len(flows) != 1 {
		t.Fatal(flows, err)
	}
	for _, spoil := range []func(name string) error{func(name string) error { return os.Truncate(name, 100) }, os.Remove} {
		if err := spoil(flows[0]); err != nil {
			t.Fatal(err)
		}
		f(exitFailed, "count", "--importers", "USA")
		f(exitFailed, "count", "--importers", "USA", "--products", "28")
		f(exitFailed, "datasets", "verify", "world")
	}
	for _, name := range []string{"economies.csv", "products.csv"} {
		found, err := filepath.Glob("data/world/*/" + name)
		if err != nil || len(found) != 1 || os.Remove(found[0]) != nil {
			t.Fatal(found, err)
		}
		f(exitFailed, "count", "--importers", "USA")
	}
}

// smallWorld ingests a synthetic world of a few flows.
func smallWorld(t *testing.T, name string) {
	t.Helper()
	archive := filepath.Join(t.TempDir(), synth.ArchiveName)
	f, err := os.Create(archive)
	if err != nil {
		t.Fatal(err)
	}
	world := synth.New(synth.Config{Seed: 1, FirstYear: 2022, LastYear: 2024, Products: 100, Economies: 24, FlowsPerYear: 3000, Quantities: true})
	if err := errors.Join(world.WriteArchive(f, func(int, int64) {}), f.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := ingest.BACI(t.Context(), []string{archive}, ingest.Options{DataDir: os.Getenv("CHOKEPOINT_DATA"), Name: name, Synthetic: true, ProgramVersion: "test",
		Progress: func(ingest.Progress) {}}); err != nil {
		t.Fatal(err)
	}
}
