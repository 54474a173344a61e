//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package ingest

import (
	"runtime"
	"syscall"
)

// peakMemory returns the largest memory the process has had, in bytes.
func peakMemory() int64 {
	var use syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &use) != nil {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return int64(use.Maxrss)
	}
	return int64(use.Maxrss) << 10
}
