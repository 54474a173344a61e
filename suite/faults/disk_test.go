package faults

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"chokepoint/store"
)

// failure is what becomes of a disk at a call.
type failure string

const (
	never     failure = "works"
	failsOnce failure = "one call fails"
	full      failure = "disk full"      // from the call on: what was begun can be removed
	killed    failure = "program killed" // nothing happens any more
	powerCut  failure = "power cut"      // and what was not synced is gone
)

var errDisk = errors.New("the disk fails, as it was told to")

// faultyDisk is a disk that fails at the n-th of its calls, from 1. A write that fails has written half.
type faultyDisk struct {
	store.SystemDisk
	how   failure
	n     int
	calls int
	undo  []change         // not durable yet, in order
	now   func() time.Time // nil: the system's clock
	open  []*faultyFile
}

// change is one of a folder's entries that SyncDir has not made durable.
type change struct {
	folder string
	back   func()
}

func (d *faultyDisk) Now() time.Time {
	if d.now == nil {
		return d.SystemDisk.Now()
	}
	return d.now()
}

// fail counts a call and says whether it fails. frees marks those that need no room.
func (d *faultyDisk) fail(frees bool) error {
	d.calls++
	switch {
	case d.how == never || d.calls < d.n || d.how == failsOnce && d.calls > d.n || d.how == full && frees:
		return nil
	case d.how == full:
		return syscall.ENOSPC
	}
	return errDisk
}

func (d *faultyDisk) changed(path string, back func()) {
	d.undo = append(d.undo, change{filepath.Dir(path), back})
}

func (d *faultyDisk) Create(path string) (store.DiskFile, error) {
	if err := d.fail(false); err != nil {
		return nil, err
	}
	f, err := d.SystemDisk.Create(path)
	if err != nil {
		return nil, err
	}
	d.changed(path, func() { os.Remove(path) })
	file := &faultyFile{DiskFile: f, disk: d, info: func() (fs.FileInfo, error) { return f.(*os.File).Stat() }, cut: func(size int64) { f.(*os.File).Truncate(size) }}
	d.open = append(d.open, file)
	return file, nil
}

func (d *faultyDisk) Mkdir(path string) error {
	if err := d.fail(false); err != nil {
		return err
	}
	d.changed(path, func() { os.RemoveAll(path) })
	return d.SystemDisk.Mkdir(path)
}

func (d *faultyDisk) Rename(from, to string) error {
	if err := d.fail(false); err != nil {
		return err
	}
	old, missing := os.ReadFile(to)
	d.changed(to, func() {
		if missing != nil {
			os.Remove(to)
		} else if err := os.WriteFile(to, old, 0o644); err != nil {
			panic(err)
		}
	})
	return d.SystemDisk.Rename(from, to)
}

// Remove of a file is durable with its folder: until then a power cut brings the file back.
func (d *faultyDisk) Remove(path string) error {
	if err := d.fail(true); err != nil {
		return err
	}
	if old, err := os.ReadFile(path); err == nil {
		d.changed(path, func() { os.WriteFile(path, old, 0o644) }) // fails where the folder is gone too
	}
	return d.SystemDisk.Remove(path)
}

// RemoveAll is durable at once, which is the worst that a disk may do.
func (d *faultyDisk) RemoveAll(path string) error {
	if err := d.fail(true); err != nil {
		return err
	}
	return d.SystemDisk.RemoveAll(path)
}

func (d *faultyDisk) SyncDir(path string) error {
	if err := d.fail(true); err != nil {
		return err
	}
	d.undo = slices.DeleteFunc(d.undo, func(c change) bool { return c.folder == path })
	return nil
}

// end does what becomes of the disk after the fault.
func (d *faultyDisk) end() {
	for _, f := range d.open {
		if d.how == powerCut && !f.durable {
			f.cut(f.synced)
		}
		f.DiskFile.Close()
	}
	if d.how == powerCut {
		for _, c := range slices.Backward(d.undo) {
			c.back()
		}
	}
}

// faultyFile is a file on a faulty disk. It is closed by end, so that what was not synced can be taken away.
type faultyFile struct {
	store.DiskFile
	disk    *faultyDisk
	synced  int64
	durable bool
	info    func() (fs.FileInfo, error)
	cut     func(size int64)
}

func (f *faultyFile) Write(p []byte) (int, error) {
	f.durable = false
	if err := f.disk.fail(false); err != nil {
		n, _ := f.DiskFile.Write(p[:len(p)/2])
		return n, err
	}
	return f.DiskFile.Write(p)
}

func (f *faultyFile) Sync() error {
	if err := f.disk.fail(false); err != nil {
		return err
	}
	info, err := f.info()
	if err == nil {
		f.synced, f.durable = info.Size(), true
	}
	return err
}

func (f *faultyFile) Close() error { return f.disk.fail(true) }
