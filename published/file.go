package published

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"chokepoint/textfile"
)

// MaxFile is the size in bytes of the largest list accepted; GeoDep's has some 200 MB.
const MaxFile = 1 << 30

// File is a list on disk, which is read anew by each question: whole it may take more memory than the question.
type File struct {
	Name string // without its folder
	path string
}

// Open looks whether a file can be read. What it holds is found out by Read.
func Open(path string) (*File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("flags: %w", err)
	}
	switch what := textfile.Irregular(info.Mode()); {
	case info.IsDir():
		return nil, fmt.Errorf("flags: %s is a folder; expected a CSV file", path)
	case what != "":
		return nil, fmt.Errorf("flags: %s is %s; write its content to a file and give that", path, what)
	case info.Size() > MaxFile:
		return nil, fmt.Errorf("flags: %s has %d MB; expected a file of at most %d MB", path, info.Size()>>20, MaxFile>>20)
	}
	return &File{Name: filepath.Base(path), path: path}, nil
}

// Read is Read of the file, with the SHA-256 of its text.
func (f *File) Read(take func(Flag) error) (a *Account, sum string, err error) {
	file, err := os.Open(f.path)
	if err != nil {
		return nil, "", fmt.Errorf("flags: %w", err)
	}
	defer file.Close()
	h := sha256.New()
	text := io.TeeReader(file, h)
	if a, err = Read(f.Name, text, take); err != nil {
		return nil, "", err
	}
	if _, err := io.Copy(io.Discard, text); err != nil { // what the reader has left
		return nil, "", fmt.Errorf("flags: %w", err)
	}
	return a, hex.EncodeToString(h.Sum(nil)), nil
}
