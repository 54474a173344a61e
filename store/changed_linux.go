package store

import (
	"os"
	"syscall"
)

// changed compares what the system says of a file at two times. The time of its last change of any kind cannot be set back,
// as that of its contents can.
func changed(was, is os.FileInfo) bool {
	a, known := was.Sys().(*syscall.Stat_t)
	b, _ := is.Sys().(*syscall.Stat_t)
	return was.Size() != is.Size() || !was.ModTime().Equal(is.ModTime()) || known && a.Ctim != b.Ctim
}
