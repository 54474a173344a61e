//go:build !linux

package store

import "os"

// changed compares what the system says of a file at two times.
func changed(was, is os.FileInfo) bool {
	return was.Size() != is.Size() || !was.ModTime().Equal(is.ModTime())
}
