// Command notices writes the licences of all that the program contains and others have written: Go's modules from the module cache, and
// npm's libraries, which pages embed. `make notices` runs it.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const (
	file     = "notices/THIRD-PARTY.txt"
	npmTexts = "notices/npm" // licences of npm's packages, so that the file can be made and checked without npm
)

func main() {
	err := copyNPM("pages/npm/node_modules")
	var text []byte
	if err == nil {
		text, err = collect(".")
	}
	if err == nil {
		err = os.WriteFile(file, text, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "notices:", err)
		os.Exit(1)
	}
}

// licenceName is what files with terms are called.
var licenceName = regexp.MustCompile(`(?i)^((un)?licen[cs]e|copying|notice|patents|copyrightnotice)([-.].*)?$`)

// systems are those whose programs contain other modules.
var systems = []string{"linux", "darwin", "windows"}

// notInProgram are packages of npm that are included and are not embedded.
var notInProgram = map[string]bool{"commander": true}

// collect returns the text of the file, for the repository in root.
func collect(root string) ([]byte, error) {
	modules, err := modulesOf(root)
	if err != nil {
		return nil, err
	}
	libraries, err := librariesOf(root)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "Chokepoint contains the work of others: Go's standard library, %d Go modules and %d libraries of npm. Their terms follow.\n", len(modules), len(libraries))
	section := func(name string, texts []string) {
		fmt.Fprintf(&b, "\n%s\n%s\n\n%s\n", strings.Repeat("=", 80), name, strings.Join(texts, "\n"+strings.Repeat("-", 80)+"\n\n"))
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(goroot)), "LICENSE"))
	if err != nil {
		return nil, err
	}
	section("Go: standard library and runtime", []string{plain(text)})
	for _, list := range []map[string][]string{modules, libraries} {
		for _, name := range slices.Sorted(maps.Keys(list)) {
			section(name, list[name])
		}
	}
	return b.Bytes(), nil
}

// plain has line ends and trailing blanks as this repository has them.
func plain(text []byte) string {
	lines := strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t\f")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n") + "\n"
}

// modulesOf gives the terms of the modules whose packages the program contains, by name and version.
func modulesOf(root string) (map[string][]string, error) {
	found := map[string]map[string]bool{} // files with terms, by module
	for _, system := range systems {
		cmd := exec.Command("go", "list", "-deps", "-f", `{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}|{{.Dir}}|{{$.Dir}}{{end}}{{end}}`, "./cmd/chokepoint")
		cmd.Dir, cmd.Stderr = root, os.Stderr
		cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0", "GOFLAGS=-mod=readonly")
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("go list for %s: %w", system, err)
		}
		for line := range strings.Lines(string(out)) {
			parts := strings.Split(strings.TrimSpace(line), "|")
			if len(parts) != 3 {
				continue
			}
			if found[parts[0]] == nil {
				found[parts[0]] = map[string]bool{}
			}
			if err := termsAbove(parts[2], parts[1], found[parts[0]]); err != nil {
				return nil, err
			}
		}
	}
	modules := map[string][]string{}
	for name, files := range found {
		if len(files) == 0 {
			return nil, fmt.Errorf("%s has no file with terms", name)
		}
		seen := map[string]bool{}
		for _, f := range slices.Sorted(maps.Keys(files)) {
			text, err := os.ReadFile(f)
			if err != nil {
				return nil, err
			}
			if t := plain(text); !seen[t] {
				seen[t] = true
				modules[name] = append(modules[name], t)
			}
		}
	}
	return modules, nil
}

// termsAbove adds the files with terms in a folder and those above it, up to the module's.
func termsAbove(folder, module string, files map[string]bool) error {
	for {
		entries, err := os.ReadDir(folder)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.Type().IsRegular() && licenceName.MatchString(e.Name()) && !strings.HasSuffix(e.Name(), ".go") {
				files[filepath.Join(folder, e.Name())] = true
			}
		}
		if folder == module || !strings.HasPrefix(folder, module) {
			return nil
		}
		folder = filepath.Dir(folder)
	}
}

// librariesOf gives the terms of npm's packages that pages embed, of the versions that are locked.
func librariesOf(root string) (map[string][]string, error) {
	versions, err := locked(filepath.Join(root, "pages/npm/package-lock.json"))
	if err != nil {
		return nil, err
	}
	libraries := map[string][]string{}
	for name, version := range versions {
		text, err := os.ReadFile(filepath.Join(root, npmTexts, name+"-"+version+".txt"))
		if err != nil {
			return nil, fmt.Errorf("terms of npm's %s: %w; run `make vendor notices` where npm is there", name, err)
		}
		libraries[name+" "+version+" (npm)"] = []string{plain(text)}
	}
	return libraries, nil
}

// locked gives the versions of the packages that are embedded.
func locked(lock string) (map[string]string, error) {
	text, err := os.ReadFile(lock)
	if err != nil {
		return nil, err
	}
	var l struct {
		Packages map[string]struct{ Version string }
	}
	if err := json.Unmarshal(text, &l); err != nil {
		return nil, fmt.Errorf("%s: %w", lock, err)
	}
	versions := map[string]string{}
	for path, p := range l.Packages {
		if name := strings.TrimPrefix(path, "node_modules/"); name != "" && !notInProgram[name] {
			versions[name] = p.Version
		}
	}
	return versions, nil
}

// copyNPM copies the terms of npm's packages from where npm has installed them; without npm those that are there stay.
func copyNPM(modules string) error {
	if _, err := os.Stat(modules); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	versions, err := locked("pages/npm/package-lock.json")
	if err != nil {
		return err
	}
	old, err := filepath.Glob(npmTexts + "/*.txt")
	if err != nil {
		return err
	}
	for _, f := range old {
		if err := os.Remove(f); err != nil {
			return err
		}
	}
	for name, version := range versions {
		files := map[string]bool{}
		for _, folder := range []string{filepath.Join(modules, name), filepath.Join(modules, name, "licenses")} {
			if err := termsAbove(folder, folder, files); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
		var texts []string
		for _, f := range slices.Sorted(maps.Keys(files)) {
			text, err := os.ReadFile(f)
			if err != nil {
				return err
			}
			texts = append(texts, plain(text))
		}
		if len(texts) == 0 {
			return fmt.Errorf("npm's %s has no file with terms", name)
		}
		if err := os.WriteFile(filepath.Join(npmTexts, name+"-"+version+".txt"), []byte(strings.Join(texts, "\n")), 0o644); err != nil {
			return err
		}
	}
	return nil
}
