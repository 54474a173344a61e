package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// try unpacks the archive of a target in an empty folder and does what a newcomer does: the demonstration, a question, a page with
// charts. Nothing but the archive is there: no home, no data, no network that it would need.
func (r *release) try(t target) error {
	folder, err := os.MkdirTemp("", "chokepoint-try-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := unpack(filepath.Join(r.out, r.name(t)+".tar.gz"), folder); err != nil {
		return err
	}
	top := filepath.Join(folder, r.name(t))
	for _, name := range []string{"LICENSE", "THIRD-PARTY.txt", "README.md", "completions/chokepoint.bash", "man/man1/chokepoint-count.1", "chokepoint.service"} {
		if info, err := os.Stat(filepath.Join(top, name)); err != nil || info.Size() == 0 {
			return fmt.Errorf("the archive has no %s", name)
		}
	}
	started := time.Now()
	for _, step := range []struct{ args, want string }{
		{"--version", r.date.Format(time.DateOnly)},
		{"demo", "SYNTHETIC DATA"},
		{"count USA CHN --years 2024", "SYNTHETIC DATA"},
		{"balance CHN --products 470790 --years 2016:2018 --dataset baci-paper-1995-2018", "774 m"},
		{"licences", "Apache"},
	} {
		out, err := newcomer(context.Background(), folder, filepath.Join(top, "chokepoint"), strings.Fields(step.args)...).CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte(step.want)) {
			return fmt.Errorf("chokepoint %s: %w; want %q in\n%s", step.args, err, step.want, out)
		}
		fmt.Printf("%6.1f s  chokepoint %s\n", time.Since(started).Seconds(), step.args)
	}
	if err := servesCharts(folder, filepath.Join(top, "chokepoint")); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	fmt.Printf("%6.1f s  chokepoint serve, a page with charts\n", time.Since(started).Seconds())
	return nil
}

// newcomer prepares the program as somebody starts it who has nothing.
func newcomer(ctx context.Context, folder, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env = folder, []string{"HOME=" + folder, "XDG_DATA_HOME=" + filepath.Join(folder, "data"), "TMPDIR=" + folder, "PATH=/nonexistent"}
	return cmd
}

// unpack writes the files of an archive into a folder.
func unpack(archive, folder string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if !filepath.IsLocal(h.Name) {
			return fmt.Errorf("%s leads out of the archive", h.Name)
		}
		path := filepath.Join(folder, h.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		text, err := io.ReadAll(t)
		if err != nil {
			return err
		}
		if err := os.WriteFile(path, text, h.FileInfo().Mode()); err != nil {
			return err
		}
	}
}

var (
	address = regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+/`)
	script  = regexp.MustCompile(`(?:src|href)="/([^"]*echarts[^"]*)"`)
)

// servesCharts starts the server, opens a page, and fetches the library that draws its charts.
func servesCharts(folder, program string) error {
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Minute)
	defer stop()
	cmd := newcomer(ctx, folder, program, "serve", "--addr", "127.0.0.1:0", "--dataset", "synthetic-demo")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		return err
	}
	defer cmd.Wait()
	defer stop()
	lines := bufio.NewScanner(out)
	home := ""
	for home == "" && lines.Scan() {
		home = address.FindString(lines.Text())
	}
	go io.Copy(io.Discard, out) // what it logs
	page, err := get(ctx, home+"?importers=USA")
	if err != nil {
		return err
	}
	if !bytes.Contains(page, []byte("SYNTHETIC")) || bytes.Contains(page, []byte("without charts")) {
		return fmt.Errorf("the page is not what it should be:\n%s", page)
	}
	m := script.FindSubmatch(page)
	if m == nil {
		return fmt.Errorf("the page loads no library that draws charts:\n%s", page)
	}
	library, err := get(ctx, home+string(m[1]))
	if err != nil || len(library) < 300_000 {
		return fmt.Errorf("the library that draws charts has %d bytes: %w", len(library), err)
	}
	return nil
}

func get(ctx context.Context, address string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", address, resp.Status)
	}
	return text, err
}
