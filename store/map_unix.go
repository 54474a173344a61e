//go:build unix

package store

import (
	"fmt"
	"os"
	"syscall"
)

// mapFile maps a file read-only. The mapping outlives a removal of the file.
func mapFile(path string) (data []byte, info os.FileInfo, release func() error, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, nil, nil, err
	}
	if info.Size() == 0 {
		return nil, nil, nil, fmt.Errorf("%s: empty file", path)
	}
	data, err = syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%s: map: %w", path, err)
	}
	return data, info, func() error { return syscall.Munmap(data) }, nil
}

// syncDir makes renames in a folder durable.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
