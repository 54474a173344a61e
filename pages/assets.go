package pages

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// The folder assets/vendor is filled by `make assets`, each file compressed with gzip. Without it pages show their tables.
//
//go:embed assets
var embedded embed.FS

// asset is a file that pages load.
type asset struct {
	content []byte
	gzipped []byte // the same, compressed; nil where it is not embedded so
	version string // tells contents apart
}

// assets are all embedded files by their name, such as vendor/echarts.min.js.
var assets = sync.OnceValue(func() map[string]*asset {
	all, err := readAssets(embedded)
	if err != nil {
		panic(err) // the program was built from a damaged file
	}
	return all
})

// charts says whether the libraries that draw charts are embedded.
func charts() bool { return assets()["vendor/echarts.min.js"] != nil }

// readAssets reads the folder assets of a file system.
func readAssets(files fs.FS) (map[string]*asset, error) {
	all := map[string]*asset{}
	err := fs.WalkDir(files, "assets", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		a := &asset{}
		if a.content, err = fs.ReadFile(files, name); err != nil {
			return err
		}
		name, compressed := strings.CutSuffix(strings.TrimPrefix(name, "assets/"), ".gz")
		if compressed {
			a.gzipped = a.content
			if a.content, err = gunzip(a.gzipped); err != nil {
				return fmt.Errorf("embedded file %s.gz: %w", name, err)
			}
		}
		sum := sha256.Sum256(a.content)
		a.version = hex.EncodeToString(sum[:6])
		all[name] = a
		return nil
	})
	return all, err
}

func gunzip(compressed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// assetURL names an asset by its content: browsers keep it for as long as it is the same.
func assetURL(name string) string {
	if a := assets()[name]; a != nil {
		return "/assets/" + name + "?v=" + a.version
	}
	return "/assets/" + name
}

// serveAsset answers with an embedded file, compressed as it is embedded where the client takes that.
func (s site) serveAsset(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/assets/")
	a := assets()[name]
	if a == nil {
		s.notFound(w, r)
		return
	}
	age := "public, max-age=3600"
	if r.URL.RawQuery != "" {
		age = "public, max-age=31536000, immutable"
	}
	h := w.Header()
	h.Set("Cache-Control", age)
	h.Add("Vary", "Accept-Encoding")
	content := a.content
	if a.gzipped != nil && takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		content = a.gzipped
	}
	http.ServeContent(w, r, path.Base(name), time.Time{}, bytes.NewReader(content))
}

// takesGzip says whether a client accepts gzip; one that gives it any weight but zero does.
func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		coding, weight, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(part, " ", "")), ";")
		if coding == "gzip" {
			return strings.Trim(strings.TrimPrefix(weight, "q="), "0.") != "" || weight == ""
		}
	}
	return false
}
