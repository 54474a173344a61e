package download

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
)

// Check reads an archive to its end: it is a zip, every member has its checksum, and there are tables of the nomenclature and release.
// It returns the file's SHA-256. progress counts the bytes of the members.
func (a *Archive) Check(ctx context.Context, path string, progress func(done, total int64)) (sum string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	head := make([]byte, 512)
	n, _ := io.ReadFull(f, head)
	if text := strings.ToLower(string(head[:n])); strings.Contains(text, "<html") || strings.Contains(text, "<!doctype") {
		return "", fmt.Errorf("%s is a web page, not a zip: sent instead. Open %s in a browser", path, a.Source.Page)
	}
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil {
		return "", fmt.Errorf("%s is not a whole zip (%d bytes): %w", path, info.Size(), err)
	}
	var done, total int64
	for _, m := range z.File {
		total += int64(m.UncompressedSize64)
	}
	tables := 0
	for _, m := range z.File {
		if a.members.MatchString(m.Name) {
			tables++
		}
		r, err := m.Open()
		if err == nil {
			_, err = io.Copy(&counter{ctx, &done, total, progress}, r)
		}
		if err != nil {
			return "", fmt.Errorf("%s: %s in it is damaged: %w", path, m.Name, err)
		}
	}
	if tables == 0 {
		return "", fmt.Errorf("%s has no table BACI_%s_Y….csv of release %s in it: another archive under this name", path, a.Nomenclature, a.Release)
	}
	h := sha256.New()
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	if _, err := io.Copy(io.MultiWriter(h, &counter{ctx, new(int64), 0, func(int64, int64) {}}), f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// counter tells how much was written to it, and ends when its context does.
type counter struct {
	ctx      context.Context
	done     *int64
	total    int64
	progress func(done, total int64)
}

func (c *counter) Write(p []byte) (int, error) {
	*c.done += int64(len(p))
	c.progress(*c.done, c.total)
	return len(p), c.ctx.Err()
}
