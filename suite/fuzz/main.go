// Command fuzz runs all fuzz targets of the module, some at a time, and prints a table of what was tried.
//
//	go run ./suite/fuzz [-time 10m] [-at 2] [-list] [PATTERN]
//
// With PATTERN, a regular expression, only the targets run whose PACKAGE.NAME it matches. -list names them with what they read, from their comments. What a
// target finds go test writes into the package's testdata/fuzz, where every later `go test` tries it. The exit code is 1 where any
// target failed.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"chokepoint/fault"
)

// target is one fuzz target.
type target struct{ Package, Name, What string }

func main() {
	log.SetFlags(0)
	length := flag.Duration("time", 10*time.Minute, "how long each target runs")
	at := flag.Int("at", 2, "how many run at a time")
	list := flag.Bool("list", false, "only name them")
	flag.Parse()
	pattern, err := regexp.Compile(flag.Arg(0))
	if err != nil {
		log.Fatal(err)
	}
	targets, err := find(".", pattern)
	if err != nil {
		log.Fatal(err)
	}
	if *list {
		for _, t := range targets {
			fmt.Printf("| `%s` %s | %s |\n", t.Package, t.Name, t.What)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if failed := run(ctx, targets, *length, *at); failed > 0 {
		fmt.Printf("%d of %d failed\n", failed, len(targets))
		os.Exit(1)
	}
}

// find reads the fuzz targets of the module in root; modules inside it are not looked into.
func find(root string, pattern *regexp.Regexp) (targets []target, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root {
			if _, other := os.Stat(filepath.Join(path, "go.mod")); other == nil || strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata" {
				return fs.SkipDir
			}
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "Fuzz") {
				continue
			}
			t := target{filepath.ToSlash(folder), f.Name.Name, what(f)}
			if pattern.MatchString(t.Package + "." + t.Name) {
				targets = append(targets, t)
			}
		}
		return err
	})
	return targets, err
}

// what says what a target tries: its comment without its name, on one line.
func what(f *ast.FuncDecl) string {
	text := strings.Join(strings.Fields(f.Doc.Text()), " ")
	text = strings.TrimPrefix(strings.TrimPrefix(text, f.Name.Name), ":")
	return strings.TrimSuffix(strings.TrimSpace(text), ".")
}

// run runs the targets and returns how many failed. They are built one after another before the first runs: all of them need the same instrumented packages,
// and go test would compile these once for each.
func run(ctx context.Context, targets []target, length time.Duration, at int) (failed int) {
	built := ""
	for _, t := range targets {
		if t.Package != built {
			build(ctx, t.Package)
			built = t.Package
		}
	}
	var mu sync.Mutex
	group, ctx := fault.WithContext(ctx)
	group.SetLimit(at)
	fmt.Println("| target | time | inputs tried | new and interesting | |\n|---|---|---|---|---|")
	for _, t := range targets {
		group.Go(func() error {
			line, err := t.run(ctx, length)
			mu.Lock()
			defer mu.Unlock()
			fmt.Println(line)
			if err != nil {
				failed++
			}
			return nil // the others go on
		})
	}
	group.Wait()
	return failed
}

// build builds the tests of a package for fuzzing, to the cache of go build alone.
func build(ctx context.Context, pkg string) {
	_ = exec.CommandContext(ctx, "go", "test", "-c", "-o", os.DevNull, "-fuzz", "^Fuzz", "./"+pkg).Run() // what is wrong shows when the target runs
}

var (
	executions  = regexp.MustCompile(`execs: (\d+)`)
	interesting = regexp.MustCompile(`new interesting: (\d+)`)
)

// run runs one target on one core and gives its line of the table.
func (t target) run(ctx context.Context, length time.Duration) (line string, err error) {
	start := time.Now()
	cmd := exec.CommandContext(ctx, "go", "test", "./"+t.Package, "-run", "^$", "-fuzz", "^"+t.Name+"$", "-fuzztime", length.String(), "-fuzzminimizetime", "2s", "-parallel", "1")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	out, err := cmd.CombinedOutput()
	verdict := "passed"
	if endedAtWork(out) {
		err = nil
	}
	if err != nil {
		verdict = "FAILED"
		log.Printf("%s %s: %v\n%s", t.Package, t.Name, err, bytes.TrimSpace(out))
	}
	took := min(time.Since(start), length).Round(time.Second) // without what it takes to build the test
	return fmt.Sprintf("| `%s` %s | %v | %d | %d | %s |", t.Package, t.Name, took, last(executions, out), last(interesting, out), verdict), err
}

// endedAtWork says that the time was over while an input was being made smaller, which go test calls a failure.
func endedAtWork(out []byte) bool {
	return bytes.Contains(out, []byte("    context deadline exceeded\n")) && !bytes.Contains(out, []byte("Failing input"))
}

// last is the last number that was printed.
func last(pattern *regexp.Regexp, out []byte) (n int) {
	if all := pattern.FindAllSubmatch(out, -1); all != nil {
		n, _ = strconv.Atoi(string(all[len(all)-1][1]))
	}
	return n
}
