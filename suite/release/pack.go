package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// file is one of an archive.
type file struct {
	name       string
	text       []byte
	executable bool
}

func (f *file) mode() os.FileMode {
	if f.executable {
		return 0o755
	}
	return 0o644
}

// name is that of an archive without its ending, and of the folder in it.
func (r *release) name(t target) string {
	return fmt.Sprintf("chokepoint_%s_%s_%s", r.version, t.system, t.processor)
}

// pack writes the archive of a target.
func (r *release) pack(t target) error {
	binary, err := os.ReadFile(r.binary(t))
	if err != nil {
		return err
	}
	files := append([]file{{t.program(), binary, true}}, r.documents...)
	if t.system == "linux" {
		unit, err := os.ReadFile(filepath.Join(r.root, "packaging/chokepoint.service"))
		if err != nil {
			return err
		}
		files = append(files, file{"chokepoint.service", unit, false})
	}
	ending, write := ".tar.gz", writeTar
	if t.system == "windows" {
		ending, write = ".zip", writeZip
	}
	path := filepath.Join(r.out, r.name(t)+ending)
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := write(out, r.name(t), files, r.date); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	r.files = append(r.files, path)
	return out.Close()
}

// writeTar writes files into a folder of a compressed tar, all of one date and of no user of this computer.
func writeTar(out io.Writer, folder string, files []file, date time.Time) error {
	z, err := gzip.NewWriterLevel(out, gzip.BestCompression)
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	for _, f := range files {
		h := &tar.Header{Name: folder + "/" + f.name, Mode: int64(f.mode()), Size: int64(len(f.text)), ModTime: date, Format: tar.FormatPAX}
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		if _, err := t.Write(f.text); err != nil {
			return err
		}
	}
	if err := t.Close(); err != nil {
		return err
	}
	return z.Close()
}

func writeZip(out io.Writer, folder string, files []file, date time.Time) error {
	z := zip.NewWriter(out)
	for _, f := range files {
		h := &zip.FileHeader{Name: folder + "/" + f.name, Method: zip.Deflate, Modified: date.UTC()}
		h.SetMode(f.mode())
		w, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := w.Write(f.text); err != nil {
			return err
		}
	}
	return z.Close()
}

// checksums writes SHA256SUMS, as sha256sum reads it.
func (r *release) checksums() error {
	var b strings.Builder
	slices.Sort(r.files)
	for _, path := range r.files {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(data), filepath.Base(path))
		fmt.Printf("%11d bytes  %s\n", len(data), filepath.Base(path))
	}
	return os.WriteFile(filepath.Join(r.out, "SHA256SUMS"), []byte(b.String()), 0o644)
}
