//go:build unix

// Package work says what a measurement takes: work of all cores, and where it goes.
package work

import (
	"errors"
	"os"
	"runtime/pprof"
	"syscall"
	"time"
)

// CPU is what all cores have worked for this process. It panics where the system does not say.
func CPU() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// Profile writes where CPU time goes into a file until stop is called; "" is none.
func Profile(path string) (stop func() error, err error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}
