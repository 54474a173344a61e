package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
)

// debian writes the package of a target for Debian: the program, its manual, completions, and the unit of a server that an
// administrator may start.
func (r *release) debian(t target) error {
	folder, err := os.MkdirTemp("", "chokepoint-debian-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	contents := files.Contents{
		{Source: r.binary(t), Destination: "/usr/bin/chokepoint", FileInfo: &files.ContentFileInfo{Mode: 0o755, MTime: r.date}},
		{Source: filepath.Join(r.root, "packaging/chokepoint.service"), Destination: "/usr/lib/systemd/system/chokepoint.service", FileInfo: &files.ContentFileInfo{Mode: 0o644, MTime: r.date}},
		{Destination: "/var/lib/chokepoint", Type: files.TypeDir, FileInfo: &files.ContentFileInfo{Mode: 0o755, MTime: r.date}},
		{Destination: "/etc/chokepoint", Type: files.TypeDir, FileInfo: &files.ContentFileInfo{Mode: 0o750, MTime: r.date}},
	}
	for i, f := range r.documents {
		to := debianPath(f.name)
		if to == "" {
			continue
		}
		text := f.text
		if strings.HasSuffix(to, ".gz") {
			if text, err = gzipped(text); err != nil {
				return err
			}
		}
		source := filepath.Join(folder, fmt.Sprint(i))
		if err := os.WriteFile(source, text, 0o644); err != nil {
			return err
		}
		contents = append(contents, &files.Content{Source: source, Destination: to, FileInfo: &files.ContentFileInfo{Mode: 0o644, MTime: r.date}})
	}
	info := nfpm.WithDefaults(&nfpm.Info{
		Name: "chokepoint", Arch: t.processor, Platform: t.system, Version: r.version, VersionSchema: "semver", Section: "science", Priority: "optional",
		Maintainer: "The Chokepoint authors", License: "Apache-2.0", MTime: r.date,
		Description:  "open trade-dependency database\nWho depends on whom, for which product, since when and how firmly, by any published\ndefinition or your own, computed from CEPII's BACI on this computer.",
		Overridables: nfpm.Overridables{Contents: contents, Deb: nfpm.Deb{Compression: "xz"}},
	})
	if err := nfpm.PrepareForPackager(info, "deb"); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := deb.Default.Package(info, &b); err != nil {
		return err
	}
	to := filepath.Join(r.out, deb.Default.ConventionalFileName(info))
	r.files = append(r.files, to)
	return os.WriteFile(to, b.Bytes(), 0o644)
}

// debianPath is where Debian has a file of the archives; "" is nowhere.
func debianPath(name string) string {
	const doc = "/usr/share/doc/chokepoint/"
	switch {
	case name == "LICENSE":
		return doc + "copyright"
	case path.Dir(name) == ".":
		return doc + name + ".gz"
	case path.Dir(name) == "man/man1":
		return "/usr/share/" + name + ".gz"
	case strings.HasSuffix(name, ".bash"):
		return "/usr/share/bash-completion/completions/chokepoint"
	case strings.HasSuffix(name, "_chokepoint"):
		return "/usr/share/zsh/vendor-completions/_chokepoint"
	case strings.HasSuffix(name, ".fish"):
		return "/usr/share/fish/vendor_completions.d/chokepoint.fish"
	}
	return ""
}

func gzipped(text []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(text); err != nil {
		return nil, err
	}
	err = z.Close()
	return b.Bytes(), err
}
