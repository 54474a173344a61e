//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package ingest

// peakMemory returns 0: the platform does not tell.
func peakMemory() int64 { return 0 }
