package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRename renames a copy of this repository, and has Go find every package of it.
func TestRename(t *testing.T) {
	if testing.Short() {
		t.Skip("copies the repository; left out with -short")
	}
	const name = "github.com/example/chokepoint"
	copied := t.TempDir()
	copyTree(t, "../..", copied)
	n, err := rename(copied, name)
	if err != nil || n < 300 {
		t.Fatalf("%d files changed: %v", n, err)
	}
	list := exec.Command("go", "list", "-test", "-deps", "-f", "{{.ImportPath}}", "./...")
	list.Dir = copied
	out, err := list.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	ours := 0
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "chokepoint/") {
			t.Errorf("the old name is left: %s", line)
		}
		if strings.HasPrefix(line, name+"/") {
			ours++
		}
	}
	if ours < 30 {
		t.Errorf("%d packages of the new name", ours)
	}
	build := exec.Command("go", "vet", "-composites=false", "./tomlfile/...", "./trade", "./suite/rename")
	build.Dir = copied
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if again, err := rename(copied, name); err != nil || again != 0 {
		t.Errorf("once more: %d files changed, %v", again, err)
	}
	if _, err := rename(copied, "not a path"); err == nil {
		t.Error("a name with blanks is taken")
	}
}

// copyTree copies what Go needs of a repository to know its packages: its own files and those that it embeds.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == "node_modules" || d.Name() == ".git" || d.Name() == "dist" {
				return fs.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, rel), 0o777)
		}
		if !d.Type().IsRegular() || strings.HasSuffix(path, ".test") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), text, 0o666)
	})
	if err != nil {
		t.Fatal(err)
	}
}
