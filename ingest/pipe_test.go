//go:build unix

package ingest

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// soon wants an answer at all: what waits for somebody to write to a pipe waits for ever.
func soon(t *testing.T, what string, ingest func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- ingest() }()
	select {
	case err := <-done:
		return err
	case <-time.After(2 * time.Minute):
		t.Fatalf("%s: the ingest hangs", what)
		return nil
	}
}

// TestPipes: only regular files are read. A pipe in a folder is skipped, one that is named is an error.
func TestPipes(t *testing.T) {
	folder := files{"BACI_HS17_Y2024_V202601.csv": testFlows, "country_codes_V202601.csv": testEconomies}.folder(t)
	pipe := filepath.Join(folder, "BACI_HS17_Y2023_V202601.csv")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("no named pipes here:", err)
	}
	if err := os.Symlink(pipe, filepath.Join(folder, "product_codes.csv")); err != nil {
		t.Fatal(err)
	}
	short, err := os.MkdirTemp("", "s") // names of sockets are short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(short)
	listener, err := net.Listen("unix", filepath.Join(short, "s.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()

	opt := Options{DataDir: t.TempDir(), Name: "x"}
	var report *Report
	err = soon(t, "a folder with a pipe", func() (err error) {
		report, err = BACI(t.Context(), []string{folder}, opt)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	notes := strings.Join(report.Notes, "; ")
	for _, want := range []string{"BACI_HS17_Y2023_V202601.csv is a pipe", "product_codes.csv is a pipe"} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes: %s; want %q", notes, want)
		}
	}
	for path, want := range map[string]string{pipe: "is a pipe", filepath.Join(short, "s.csv"): "is a socket", os.DevNull: "is a device"} {
		for name, read := range map[string]func() error{
			"baci": func() error { _, err := BACI(t.Context(), []string{path}, opt); return err },
			"transactions": func() error {
				_, err := Transactions(t.Context(), []string{path}, transactionOptions(t.TempDir(), "y"))
				return err
			},
		} {
			if err := soon(t, name, read); err == nil || !strings.Contains(err.Error(), path+" "+want) || !strings.Contains(err.Error(), "write its content to a file") {
				t.Errorf("%s %s: %v; want %q", name, path, err, want)
			}
		}
	}
}
