package main

import (
	"archive/zip"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// made is a release of small files in place of binaries.
func made(t *testing.T) *release {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	r := &release{root: root, out: t.TempDir(), version: "1.2.3", date: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC),
		documents: []file{{"LICENSE", []byte("terms"), false}, {"README.md", []byte("read"), false}, {"man/man1/chokepoint.1", []byte(".TH"), false},
			{"completions/chokepoint.bash", []byte("complete"), false}, {"completions/_chokepoint", []byte("#compdef"), false}}}
	for _, x := range targets {
		if err := os.MkdirAll(filepath.Dir(r.binary(x)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(r.binary(x), []byte("#!/bin/true "+x.String()), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := r.pack(x); err != nil {
			t.Fatal(err)
		}
		if x.system == "linux" {
			if err := r.debian(x); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := r.checksums(); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRelease checks what a release consists of, and that making it again gives the same bytes.
func TestRelease(t *testing.T) {
	a, b := made(t), made(t)
	var names []string
	for i, path := range a.files {
		names = append(names, filepath.Base(path))
		x, _ := os.ReadFile(path)
		if y, _ := os.ReadFile(b.files[i]); !bytes.Equal(x, y) {
			t.Errorf("%s has other bytes the second time", names[i])
		}
	}
	want := []string{"chokepoint_1.2.3_amd64.deb", "chokepoint_1.2.3_arm64.deb", "chokepoint_1.2.3_darwin_amd64.tar.gz", "chokepoint_1.2.3_darwin_arm64.tar.gz",
		"chokepoint_1.2.3_linux_amd64.tar.gz", "chokepoint_1.2.3_linux_arm64.tar.gz", "chokepoint_1.2.3_windows_amd64.zip", "chokepoint_1.2.3_windows_arm64.zip"}
	if !slices.Equal(names, want) {
		t.Errorf("files %v, want %v", names, want)
	}
	sums, _ := os.ReadFile(filepath.Join(a.out, "SHA256SUMS"))
	if n := strings.Count(string(sums), "\n"); n != len(want) {
		t.Errorf("%d checksums:\n%s", n, sums)
	}
	folder := t.TempDir()
	if err := unpack(a.files[4], folder); err != nil {
		t.Fatal(err)
	}
	top := filepath.Join(folder, "chokepoint_1.2.3_linux_amd64")
	if info, err := os.Stat(filepath.Join(top, "chokepoint")); err != nil || info.Mode().Perm()&0o111 == 0 {
		t.Errorf("the program in the archive: %v, %v", info, err)
	}
	for _, name := range []string{"LICENSE", "man/man1/chokepoint.1", "completions/_chokepoint", "chokepoint.service"} {
		if _, err := os.Stat(filepath.Join(top, name)); err != nil {
			t.Error(err)
		}
	}
	z, err := zip.OpenReader(a.files[6])
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	if z.File[0].Name != "chokepoint_1.2.3_windows_amd64/chokepoint.exe" {
		t.Errorf("the archive for Windows begins with %s", z.File[0].Name)
	}
}

// TestDebian has dpkg read the package.
func TestDebian(t *testing.T) {
	dpkg, err := exec.LookPath("dpkg-deb")
	if err != nil {
		t.Skip("dpkg-deb is not there")
	}
	path := made(t).files[0]
	out, err := exec.Command(dpkg, "--contents", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{"-rwxr-xr-x root/root .* ./usr/bin/chokepoint\n", "./usr/lib/systemd/system/chokepoint.service\n", "drwxr-xr-x root/root .* ./var/lib/chokepoint/\n",
		"./usr/share/man/man1/chokepoint.1.gz\n", "./usr/share/bash-completion/completions/chokepoint\n", "./usr/share/doc/chokepoint/copyright\n"} {
		if !regexp.MustCompile(want).Match(out) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
	if out, err := exec.Command(dpkg, "--field", path, "Package", "Version", "Architecture").CombinedOutput(); err != nil || string(out) != "Package: chokepoint\nVersion: 1.2.3\nArchitecture: amd64\n" {
		t.Errorf("fields %s, %v", out, err)
	}
}

// TestUnit has systemd read the unit, and checks what a shared server rests on: data that are read alone, a token from a file.
func TestUnit(t *testing.T) {
	text, err := os.ReadFile("../../packaging/chokepoint.service")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"DynamicUser=yes", "ReadOnlyPaths=/var/lib/chokepoint", "LoadCredential=token:/etc/chokepoint/token", "--token-file %d/token", "ProtectSystem=strict"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the unit does not say %s", want)
		}
	}
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not there")
	}
	here := filepath.Join(t.TempDir(), "chokepoint.service") // the program is not installed
	if err := os.WriteFile(here, bytes.ReplaceAll(text, []byte("/usr/bin/chokepoint"), []byte("/bin/true")), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(analyze, "verify", "--man=no", here).CombinedOutput()
	if err != nil || strings.Contains(string(out), "chokepoint.service") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestDockerfile reads the Dockerfile line by line, as it cannot be built everywhere.
func TestDockerfile(t *testing.T) {
	text, err := os.ReadFile("../../packaging/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	last := map[string]string{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		instruction, rest, _ := strings.Cut(line, " ")
		if !slices.Contains([]string{"FROM", "ARG", "COPY", "WORKDIR", "ENV", "USER", "EXPOSE", "ENTRYPOINT", "CMD"}, instruction) {
			t.Errorf("instruction %s: nothing can be run or added in an image from scratch", instruction)
		}
		if instruction == "COPY" {
			fields := strings.Fields(rest)
			for _, source := range fields[:len(fields)-1] {
				if strings.HasPrefix(source, "dist/bin/linux_${TARGETARCH}/") {
					continue
				}
				if _, err := os.Stat(filepath.Join("../..", source)); err != nil {
					t.Error(err)
				}
			}
		}
		if strings.HasPrefix(rest, "[") && !regexp.MustCompile(`^\["[^"]+"(, "[^"]+")*\]$`).MatchString(rest) {
			t.Errorf("%s %s: want a list in JSON", instruction, rest)
		}
		order, last[instruction] = append(order, instruction), rest
	}
	if last["FROM"] != "scratch" || order[0] != "FROM" {
		t.Errorf("it begins with %s %s", order[0], last["FROM"])
	}
	if !regexp.MustCompile(`^[1-9][0-9]*:[1-9][0-9]*$`).MatchString(last["USER"]) {
		t.Errorf("user %q; want numbers that are not root's", last["USER"])
	}
	if last["ENTRYPOINT"] != `["/chokepoint"]` || !strings.Contains(last["CMD"], `"serve"`) {
		t.Errorf("it starts %s %s", last["ENTRYPOINT"], last["CMD"])
	}
}

// TestUnpack refuses a path that leads out of the folder.
func TestUnpack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bad.tar.gz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeTar(f, "..", []file{{"x", nil, false}}, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if err := unpack(path, t.TempDir()); err == nil {
		t.Error("it is unpacked")
	}
}
