package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// release is one that is being made.
type release struct {
	root, out string
	version   string    // 0.1.0, or Go's name of a commit without a tag
	date      time.Time // of the commit: every file of the release has it
	documents []file    // of every archive
	files     []string  // that were made
}

// binary is where that of a target lies.
func (r *release) binary(t target) string {
	return filepath.Join(r.out, "bin", t.system+"_"+t.processor, t.program())
}

// command prepares a command of Go in the repository, free of what the environment may say about builds.
func command(root string, args ...string) *exec.Cmd {
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = root, os.Stderr, os.Stderr
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "CGO_ENABLED=0", "GOAMD64=v1", "GOARM64=v8.0", "GOWORK=off", "GOEXPERIMENT=")
	return cmd
}

// compile builds the program for a target: static, stripped, without paths of this computer, stamped with the commit.
func compile(root, path string, t target, env ...string) error {
	cmd := command(root, "build", "-trimpath", "-buildvcs=true", "-ldflags=-s -w", "-o", path, "./cmd/chokepoint")
	cmd.Env = append(append(cmd.Env, "GOOS="+t.system, "GOARCH="+t.processor), env...)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("building for %s: %w", t, err)
	}
	return nil
}

func (r *release) build(t target) error {
	fmt.Println("building for", t)
	return compile(r.root, r.binary(t), t)
}

// identify reads from a binary what it was built from.
func (r *release) identify(t target, modified bool) error {
	info, err := buildinfo.ReadFile(r.binary(t))
	if err != nil {
		return err
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if settings["vcs.revision"] == "" {
		return errors.New("the binary does not say from which commit it is: want Git, and a repository")
	}
	if settings["vcs.modified"] == "true" && !modified {
		return fmt.Errorf("files differ from commit %s: commit them first, or give -modified for a trial", settings["vcs.revision"])
	}
	if r.date, err = time.Parse(time.RFC3339, settings["vcs.time"]); err != nil {
		return fmt.Errorf("the date of the commit: %w", err)
	}
	r.version = strings.TrimPrefix(info.Main.Version, "v")
	r.version, _, _ = strings.Cut(r.version, "+dirty")
	fmt.Println("version", r.version)
	return nil
}

// buildAgain builds from a copy of the repository at another place, with nothing compiled before, and compares.
func (r *release) buildAgain(t target) error {
	fmt.Println("building for", t, "again, from a copy and from nothing")
	folder, err := os.MkdirTemp("", "chokepoint-release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	copied := filepath.Join(folder, "at another place")
	clone := exec.Command("git", "clone", "--quiet", "--no-hardlinks", r.root, copied)
	clone.Stderr = os.Stderr
	if err := clone.Run(); err != nil {
		return fmt.Errorf("copying the repository: %w", err)
	}
	if err := os.CopyFS(filepath.Join(copied, "pages/assets/vendor"), os.DirFS(filepath.Join(r.root, "pages/assets/vendor"))); err != nil {
		return err
	}
	again := filepath.Join(folder, "again")
	if err := compile(copied, again, t, "GOCACHE="+filepath.Join(folder, "cache")); err != nil {
		return err
	}
	a, err := os.ReadFile(r.binary(t))
	if err != nil {
		return err
	}
	b, err := os.ReadFile(again)
	if err != nil {
		return err
	}
	if !bytes.Equal(a, b) {
		return fmt.Errorf("two builds of one commit differ: %x of %d bytes, %x of %d bytes", sha256.Sum256(a), len(a), sha256.Sum256(b), len(b))
	}
	fmt.Printf("the same bytes: %d, sha256 %x\n", len(a), sha256.Sum256(a))
	return nil
}

// shells are those that get completions, and the name of the file in an archive.
var shells = []struct{ shell, file string }{{"bash", "chokepoint.bash"}, {"zsh", "_chokepoint"}, {"fish", "chokepoint.fish"}, {"powershell", "chokepoint.ps1"}}

// document makes what every archive contains beside the binary.
func (r *release) document() error {
	for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md", "CITATION.cff", "notices/THIRD-PARTY.txt"} {
		text, err := os.ReadFile(filepath.Join(r.root, name))
		if err != nil {
			return err
		}
		r.documents = append(r.documents, file{filepath.Base(name), text, false})
	}
	folder, err := os.MkdirTemp("", "chokepoint-manual-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := command(r.root, "run", "-tags", "manpages", "./cmd/chokepoint", folder, r.date.Format(time.DateOnly)).Run(); err != nil {
		return fmt.Errorf("the manual: %w", err)
	}
	pages, err := filepath.Glob(filepath.Join(folder, "*.1"))
	if err != nil || len(pages) < 10 {
		return fmt.Errorf("the manual has %d pages: %w", len(pages), err)
	}
	slices.Sort(pages)
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			return err
		}
		r.documents = append(r.documents, file{"man/man1/" + filepath.Base(page), text, false})
	}
	for _, s := range shells {
		cmd := command(r.root, "run", "./cmd/chokepoint", "completion", s.shell)
		cmd.Stdout = nil
		text, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("completion for %s: %w", s.shell, err)
		}
		r.documents = append(r.documents, file{"completions/" + s.file, text, false})
	}
	return nil
}
