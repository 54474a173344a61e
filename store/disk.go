package store

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Disk is where a dataset is written, and its clock: the system's or, to try what becomes of a dataset when a disk fails, the program
// is killed at any of these calls or the clock is wrong, one that does so (suite/faults). Locks are always the system's.
type Disk interface {
	Now() time.Time                       // for people to read: nothing is decided by it
	Create(path string) (DiskFile, error) // a file that is not there yet
	Mkdir(path string) error
	Rename(from, to string) error
	Remove(path string) error
	RemoveAll(path string) error
	SyncDir(path string) error // makes what was created, renamed and removed in a folder durable
}

// DiskFile is a file that is being written.
type DiskFile interface {
	io.WriteCloser
	Sync() error
}

// SystemDisk is the file system.
type SystemDisk struct{}

func (SystemDisk) Now() time.Time { return time.Now() }
func (SystemDisk) Create(path string) (DiskFile, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
}
func (SystemDisk) Mkdir(path string) error      { return os.Mkdir(path, 0o755) }
func (SystemDisk) Rename(from, to string) error { return os.Rename(from, to) }
func (SystemDisk) Remove(path string) error     { return os.Remove(path) }
func (SystemDisk) RemoveAll(path string) error  { return os.RemoveAll(path) }
func (SystemDisk) SyncDir(path string) error    { return syncDir(path) }

// replaceFile puts a file in the place of another in one step.
func replaceFile(disk Disk, path string, data []byte) error {
	id := make([]byte, 8)
	rand.Read(id)
	draft := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"-"+hex.EncodeToString(id))
	f, err := disk.Create(draft)
	if err != nil {
		return err
	}
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = disk.Rename(draft, path)
	}
	if err != nil {
		disk.Remove(draft)
	}
	return err
}
