// Package textfile reads the files that a user hands in: regular ones of bounded size, line by line, and tables of delimited
// text with a header. It is the one reader of such text, for flows, transactions, code lists, macro series, firms and lists.
//
// The package knows nothing of trade and must never import another package of this module.
package textfile

import (
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Irregular names what is no regular file and no folder: opening it may wait for ever, and it can be read only once.
// Empty: it is one of the two.
func Irregular(mode fs.FileMode) string {
	switch {
	case mode.IsRegular() || mode.IsDir():
		return ""
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "not a regular file"
}

// Read reads a regular file of at most max bytes.
func Read(name string, max int64) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	switch what := Irregular(info.Mode()); {
	case info.IsDir():
		return nil, fmt.Errorf("%s is a folder; expected a file", name)
	case what != "":
		return nil, fmt.Errorf("%s is %s; write its content to a file and give that", name, what)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, max+1))
	if err == nil && int64(len(data)) > max {
		err = fmt.Errorf("%s is larger than %s; expected a file of at most that size", name, sizeText(max))
	}
	if err != nil {
		return nil, err
	}
	return data, nil
}

func sizeText(bytes int64) string {
	if bytes >= 1<<20 {
		return fmt.Sprintf("%d MB", bytes>>20)
	}
	return fmt.Sprintf("%d bytes", bytes)
}
