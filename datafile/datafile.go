// Package datafile reads the small files that rules and lists are written in. Every fault names file and line, what stands there and
// what is wanted. Tables are read by package textfile.
//
// The package knows nothing of trade and must never import another package of this module.
package datafile

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"

	"chokepoint/tomlfile"
)

// Error is a fault in a file.
type Error struct {
	File string
	Line int // from 1; 0 where the fault has no place
	Msg  string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Msg
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg)
}

// Sum is the SHA-256 of a text, as provenance shows it.
func Sum(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Load reads a file, unpacked where it is packed with gzip; unpacked it has at most limit bytes.
func Load(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, &Error{File: path, Msg: "expected a file, not a folder or a device"}
	}
	text := bufio.NewReader(f)
	var unpacked io.Reader = text
	if magic, _ := text.Peek(2); string(magic) == "\x1f\x8b" {
		if unpacked, err = gzip.NewReader(text); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	data, err := io.ReadAll(io.LimitReader(unpacked, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if int64(len(data)) > limit {
		return nil, &Error{File: path, Msg: fmt.Sprintf("expected at most %d MB", limit>>20)}
	}
	return data, nil
}

// TOML reads a file into v, which has a field for every key. A key that v has no field for is an error.
func TOML(name string, text []byte, v any) error {
	return tomlfile.Decode(name, text, tomlfile.MaxFile, v)
}

// LineOf is the line in which a text first stands; 0 is nowhere. Of a text that begins with line breaks it is that behind them.
func LineOf(file []byte, text string) int {
	at := bytes.Index(file, []byte(text))
	if text == "" || at < 0 {
		return 0
	}
	at += len(text) - len(strings.TrimLeft(text, "\n"))
	return bytes.Count(file[:at], []byte("\n")) + 1
}
