// Package suite knows the tests that need more than Go. They run on request alone, so that `go test ./...` does the same on
// every machine, whatever is installed there.
package suite

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Variable names the suites that are asked for, separated by commas. `make NAME` sets it.
const Variable = "CHOKEPOINT_TESTS"

// DataVariable names the folder of real data.
const DataVariable = "CHOKEPOINT_TEST_DATA"

// Suite is a set of tests with the same needs.
type Suite struct {
	Name    string // in Variable; also the target of the Makefile that runs it
	Needs   string
	Data    bool // it reads files of the folder in DataVariable
	Outside bool // it is no part of the main module's tests, and `go test ./...` never meets it
}

// The suites that tests of the main module ask for.
var (
	Cluster     = Suite{Name: "cluster", Needs: "clickhouse-server"}
	ClusterReal = Suite{Name: "cluster-real", Needs: "clickhouse-server, real data", Data: true}
	Dialect     = Suite{Name: "dialect", Needs: "clickhouse-server, Node, npm"}
	Real        = Suite{Name: "real", Needs: "real data", Data: true}
	R           = Suite{Name: "r", Needs: "R with sandwich"}
	Clients     = Suite{Name: "clients", Needs: "Python with pandas, R with haven"}
	Measure     = Suite{Name: "measure", Needs: "clickhouse-server, an hour"}
)

// All are the suites, in the order in which they are listed.
var All = []Suite{Cluster, ClusterReal, Dialect, Real, R, Clients, Measure,
	{Name: "oracle", Needs: "a C compiler, for DuckDB", Outside: true},
	{Name: "browser", Needs: "Node, npm, Chromium", Outside: true},
	{Name: "bench-small", Needs: "a C compiler, Node, npm", Outside: true},
}

// Command runs the suite.
func (s Suite) Command() string {
	if s.Data {
		return "make " + s.Name + " DATA=FOLDER"
	}
	return "make " + s.Name
}

// Asked says whether the suite is asked for.
func (s Suite) Asked() bool {
	return slices.Contains(strings.Split(os.Getenv(Variable), ","), s.Name)
}

// Request skips a test whose suite is not asked for.
func (s Suite) Request(t testing.TB) {
	t.Helper()
	if !s.Asked() {
		t.Skipf("left out (%s): needs %s; run `%s`", s.Name, s.Needs, s.Command())
	}
}

// leftOut is how Request and File say that a test is left out.
var leftOut = regexp.MustCompile(`left out \(([\w-]+)\): `)

// LeftOut finds the name of the suite in what a skipped test says.
func LeftOut(line string) (name string, ok bool) {
	m := leftOut.FindStringSubmatch(line)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// Tool finds a program that the suite needs. A test whose suite is asked for fails without it.
func (s Suite) Tool(t testing.TB, name, install string) (path string) {
	t.Helper()
	s.Request(t)
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is asked for in %s, but %s is not installed: %s", s.Name, Variable, name, install)
	}
	return path
}

// File finds a file or folder of the real data. A folder that does not have it is no failure: it may hold some archives only.
func (s Suite) File(t testing.TB, parts ...string) (path string) {
	t.Helper()
	s.Request(t)
	root := os.Getenv(DataVariable)
	if root == "" {
		t.Fatalf("%s is asked for in %s, but %s does not name the folder of the data", s.Name, Variable, DataVariable)
	}
	name := filepath.Join(parts...)
	path = filepath.Join(root, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("left out (%s): %s is not in %s=%s", s.Name, name, DataVariable, root)
	}
	return path
}

// Of gives the suite of a name.
func Of(name string) (Suite, error) {
	var names []string
	for _, s := range All {
		if s.Name == name && !s.Outside {
			return s, nil
		}
		if !s.Outside {
			names = append(names, s.Name)
		}
	}
	return Suite{}, fmt.Errorf("no suite %q; want %s", name, strings.Join(names, ", "))
}
