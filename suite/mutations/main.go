// Command mutations breaks the program on purpose, one line at a time, and says which tests notice it.
//
//	go run ./suite/mutations [WORD]
//
// Each mutation of mutations.toml replaces a text of a file, which must stand there once, for one run of the tests that are to fail.
// No file of the tree is written to. With WORD only those run whose description has it. The exit code is 1 where a mutation
// survives or no longer fits the code.
package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"

	"chokepoint/tomlfile"
)

//go:embed mutations.toml
var list []byte

// mutation is a way to break the program.
type mutation struct {
	What string `toml:"what"`
	File string `toml:"file"`
	From string `toml:"from"`
	To   string `toml:"to"`
	Test string `toml:"test"` // package and tests: ./pages -run TestPages
}

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var file struct {
		Mutations []mutation `toml:"mutation"`
	}
	if err := tomlfile.Decode("mutations.toml", list, tomlfile.MaxFile, &file); err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "mutations")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	survived := 0
	for _, m := range file.Mutations {
		if len(os.Args) > 1 && !strings.Contains(m.What, os.Args[1]) {
			continue
		}
		caught, err := m.try(ctx, dir)
		if err != nil {
			fmt.Printf("ERROR     %s: %v\n", m.What, err)
		} else if caught == "" {
			fmt.Printf("SURVIVED  %s: %s finds nothing\n", m.What, m.Test)
		} else {
			fmt.Printf("caught    %s: %s\n", m.What, caught)
			continue
		}
		survived++
	}
	if survived > 0 {
		os.Exit(1)
	}
}

var (
	failedTest = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)
	panicked   = regexp.MustCompile(`(?m)^panic: (.*)$`)
	unbuilt    = regexp.MustCompile(`(?m)^(\S+\.go:\d+:\d+: .*)$`)
)

// try breaks the program and runs the tests. It returns what noticed: a test, the start of the program, the compiler; "" is nothing.
func (m *mutation) try(ctx context.Context, dir string) (caught string, err error) {
	path, err := filepath.Abs(m.File)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(text), m.From); n != 1 {
		return "", fmt.Errorf("%s has the text %d times, want it once: %s", m.File, n, m.From)
	}
	broken, overlay := filepath.Join(dir, "broken.go"), filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(broken, []byte(strings.Replace(string(text), m.From, m.To, 1)), 0o600); err != nil {
		return "", err
	}
	replaced, err := json.Marshal(map[string]map[string]string{"Replace": {path: broken}})
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(overlay, replaced, 0o600); err != nil {
		return "", err
	}
	out, err := exec.CommandContext(ctx, "go", append([]string{"test", "-vet=off", "-overlay", overlay}, strings.Fields(m.Test)...)...).CombinedOutput()
	if err == nil || ctx.Err() != nil {
		return "", ctx.Err()
	}
	for _, found := range []struct {
		by   string
		text *regexp.Regexp
	}{{"", failedTest}, {"the program does not start: ", panicked}, {"it does not compile: ", unbuilt}} {
		if s := found.text.FindSubmatch(out); s != nil {
			return found.by + string(s[1]), nil
		}
	}
	return "", fmt.Errorf("%w: %s", err, out)
}
