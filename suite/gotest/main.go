// Command gotest runs `go test` and says at its end which tests were left out, and what runs them.
//
//	go run ./suite/gotest [-suite NAMES] [arguments of go test]
//
// It prints what go test prints and ends with its exit code. With -suite it asks for suites and runs their tests alone.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"chokepoint/suite"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("gotest: ")
	names, args := "", os.Args[1:]
	if len(args) > 1 && strings.TrimLeft(args[0], "-") == "suite" {
		names, args = args[1], args[2:]
	}
	if len(args) == 1 && slices.Contains([]string{"-h", "-help", "--help"}, args[0]) {
		fmt.Fprintln(flag.CommandLine.Output(), "gotest [-suite NAMES] [arguments of go test]")
		return
	}
	if names != "" {
		asked, err := ask(names)
		if err != nil {
			log.Fatal(err)
		}
		args = append(args, asked...)
	}
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt) // go test gets it too, and ends; what it said is still to be printed
	code, err := run(args, os.Stdout, names == "")
	if err != nil {
		log.Fatal(err)
	}
	os.Exit(code)
}

// ask sets the environment for some suites, and gives go test's arguments that run their tests alone.
func ask(names string) (args []string, err error) {
	packages, tests := map[string]bool{}, map[string]bool{}
	for name := range strings.SplitSeq(names, ",") {
		s, err := suite.Of(name)
		if err != nil {
			return nil, err
		}
		found, err := s.Tests(".")
		if err != nil {
			return nil, err
		}
		for folder, list := range found {
			packages["./"+filepath.ToSlash(folder)] = true
			for _, test := range list {
				tests[test] = true
			}
		}
	}
	if len(tests) == 0 {
		return nil, fmt.Errorf("no test asks for %s", names)
	}
	args = append(args, "-run", "^("+strings.Join(sorted(tests), "|")+")$")
	return append(args, sorted(packages)...), os.Setenv(suite.Variable, names)
}

func sorted(set map[string]bool) (list []string) {
	for name := range set {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// run runs go test and prints what it says.
func run(args []string, out io.Writer, all bool) (code int, err error) {
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = os.Stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return 1, err
	}
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	r := report{out: out, packages: map[string][]event{}, counts: map[string]int{}}
	readErr := r.read(events)
	err = cmd.Wait()
	r.close(all)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), readErr // -1: a signal ended it
	}
	return 0, errors.Join(err, readErr)
}

// event is one line of go test -json (go doc test2json).
type event struct {
	Action, Package, ImportPath, Test, Output string
}

// report prints what go test would without -json, and counts what was left out.
type report struct {
	out      io.Writer
	packages map[string][]event // what running packages have said
	counts   map[string]int     // tests left out, by suite
	others   []string           // skipped for another reason
}

func (r *report) read(events io.Reader) error {
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadBytes('\n')
		var e event
		if json.Unmarshal(line, &e) == nil {
			r.add(e)
		} else if len(line) > 0 {
			fmt.Fprintf(r.out, "%s", line)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *report) add(e event) {
	switch {
	case e.Action == "build-output":
		fmt.Fprint(r.out, e.Output)
	case e.Test != "" && e.Action == "skip":
		r.packages[e.Package] = append(r.packages[e.Package], e)
		r.skipped(e)
	case e.Test == "" && (e.Action == "pass" || e.Action == "skip"):
		r.print(e.Package, func(o event) bool {
			return o.Test == "" && (strings.HasPrefix(o.Output, "ok  \t") || strings.HasPrefix(o.Output, "?   \t") || strings.Contains(o.Output, "[no test files]"))
		})
	case e.Test == "" && e.Action == "fail":
		r.failed(e.Package)
	case e.Package != "":
		r.packages[e.Package] = append(r.packages[e.Package], e)
	}
}

// print prints some lines of a package that has ended.
func (r *report) print(name string, which func(event) bool) {
	for _, e := range r.packages[name] {
		if e.Action == "output" && which(e) {
			fmt.Fprint(r.out, e.Output)
		}
	}
	delete(r.packages, name)
}

// failed prints what the package itself said, and its tests that have not passed: failed ones, and one that a panic or the time
// limit cut off.
func (r *report) failed(name string) {
	done := map[string]bool{}
	for _, e := range r.packages[name] {
		if e.Action == "pass" || e.Action == "skip" {
			done[e.Test] = true
		}
	}
	r.print(name, func(e event) bool { return !done[e.Test] && !strings.HasPrefix(e.Output, "=== ") })
}

// skipped counts a skipped test by its suite, or remembers its reason.
func (r *report) skipped(e event) {
	reason := ""
	for _, o := range r.packages[e.Package] {
		if o.Test != e.Test || o.Action != "output" || strings.HasPrefix(o.Output, "=== ") || strings.HasPrefix(strings.TrimSpace(o.Output), "--- ") {
			continue
		}
		if name, ok := suite.LeftOut(o.Output); ok {
			r.counts[name]++
			return
		}
		reason += " " + strings.TrimSpace(o.Output)
	}
	r.others = append(r.others, e.Package+" "+e.Test+":"+reason)
}

// close prints what was left out; all: also what is no part of these tests.
func (r *report) close(all bool) {
	for name := range r.packages { // go test was cut off
		r.failed(name)
	}
	lines := []string{}
	for _, s := range suite.All {
		count, outside := r.counts[s.Name], s.Outside && all
		if count == 0 && !outside {
			continue
		}
		what := "   separate"
		if count > 0 {
			what = fmt.Sprintf("%5d test%s", count, map[bool]string{true: " ", false: "s"}[count == 1])
		}
		lines = append(lines, fmt.Sprintf("%-11s %-28s %s", what, s.Needs, s.Command()))
	}
	if len(lines) > 0 {
		fmt.Fprintf(r.out, "\nLeft out: what needs more than Go. To run it:\n%s\n", strings.Join(lines, "\n"))
	}
	if len(r.others) > 0 {
		fmt.Fprintf(r.out, "\nSkipped:\n  %s\n", strings.Join(r.others, "\n  "))
	}
}
