package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/gofrs/flock"
)

const lockFile = ".lock"

// lock takes the lock of a dataset's folder, which is made if need be, for a writer or a removal. The system releases
// it when the process ends, however it ends.
func lock(home string) (*flock.Flock, error) {
	return Lock(home, fmt.Errorf("dataset %s is being written by another process; wait for it to end", filepath.Base(home)))
}

// Lock makes the folder home, where it is not there, and locks it against other processes. busy is the error where one of them holds it.
func Lock(home string, busy error) (*flock.Flock, error) {
	path := filepath.Join(home, lockFile)
	for {
		if err := os.MkdirAll(home, 0o755); err != nil {
			return nil, err
		}
		l := flock.New(path, flock.SetPermissions(0o644))
		locked, err := l.TryLock()
		if errors.Is(err, fs.ErrNotExist) {
			continue // another process removed the folder
		}
		if err != nil {
			return nil, fmt.Errorf("%s: lock: %w", path, err)
		}
		if !locked {
			return nil, busy
		}
		if current(l, path) {
			return l, nil
		}
		l.Unlock()
	}
}

// current says whether a lock is on the file that is there now, rather than on one that another process removed between
// our opening and our locking it.
func current(l *flock.Flock, path string) bool {
	if runtime.GOOS == "windows" {
		return true // an open file cannot be removed
	}
	held, err := l.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(held, there)
}

// removeHome removes the folder of a dataset and releases its lock. The lock file goes last.
func removeHome(disk Disk, home string, l *flock.Flock) error {
	err := sweep(disk, home, "")
	remove := func() { disk.Remove(filepath.Join(home, lockFile)) }
	if runtime.GOOS == "windows" {
		defer func() { remove(); disk.Remove(home) }()
		return errors.Join(err, l.Unlock())
	}
	remove()
	disk.Remove(home) // fails if a writer has begun anew in it meanwhile, which is as it should be
	return errors.Join(err, l.Unlock())
}

// sweep removes what is in the folder of a dataset but the lock, and but the manifest and its generation if keep is one.
func sweep(disk Disk, home, keep string) error {
	entries, err := os.ReadDir(home)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if name := e.Name(); name != lockFile && (keep == "" || name != keep && name != manifestFile) {
			errs = append(errs, disk.RemoveAll(filepath.Join(home, name)))
		}
	}
	return errors.Join(errs...)
}
