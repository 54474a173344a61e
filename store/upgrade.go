package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// protectedFormat is that of datasets with checksums of short blocks. What later ones have besides comes with flows that are ingested again.
const protectedFormat = 4

// Protected says that every block of the dataset's files and its manifest have checksums that questions compare them with.
func (m *Manifest) Protected() bool {
	return m.Format >= 3 && !slices.ContainsFunc(m.Years, func(y YearEntry) bool { return y.Blocks == nil })
}

// Upgrade gives a dataset of an older format what the present one has to find damage by: checksums of the blocks of its files
// and of its manifest. The dataset is verified first; its flows, its index and its checksum stay what they are, and so do the
// readers that have it open, whose files of checksums stay where they are until the dataset is replaced. progress, if not nil,
// hears of bytes read.
func Upgrade(ctx context.Context, dir, name string, progress func(done, total int64)) error {
	return UpgradeOn(ctx, SystemDisk{}, dir, name, progress)
}

// UpgradeOn is Upgrade on another disk.
func UpgradeOn(ctx context.Context, disk Disk, dir, name string, progress func(done, total int64)) error {
	if _, err := find(dir, name); err != nil {
		return err
	}
	home := filepath.Join(dir, name)
	l, err := lock(home)
	if err != nil {
		return err
	}
	m, err := find(dir, name)
	if err == nil {
		err = m.upgrade(ctx, disk, dir, progress)
	}
	return errors.Join(err, l.Unlock())
}

func (m *Manifest) upgrade(ctx context.Context, disk Disk, dir string, progress func(done, total int64)) error {
	sums, err := m.verify(ctx, dir, progress)
	if err := errors.Join(ctx.Err(), err); err != nil {
		return damaged(err)
	}
	home := filepath.Join(dir, m.Name)
	for i := range m.Years {
		y := &m.Years[i]
		var all []byte
		for _, f := range y.mapped() {
			all = append(all, sums[f.File]...)
		}
		if y.Blocks, err = writeSums(disk, filepath.Join(home, m.Generation, blocksFile(y.Year)), all); err != nil {
			return err
		}
		y.FlowsBlock = flowsBlock
	}
	if err := disk.SyncDir(filepath.Join(home, m.Generation)); err != nil {
		return err
	}
	m.Format = max(m.Format, protectedFormat)
	data, err := m.Encode()
	if err != nil {
		return err
	}
	return errors.Join(replaceFile(disk, filepath.Join(home, manifestFile), data), disk.SyncDir(home))
}

// writeSums writes a file of checksums, over that of an upgrade that was cut short if need be.
func writeSums(disk Disk, path string, sums []byte) (*File, error) {
	if old, err := os.ReadFile(path); err != nil || !bytes.Equal(old, sums) {
		if err := replaceFile(disk, path, sums); err != nil {
			return nil, fmt.Errorf("checksums of blocks: %w", err)
		}
	}
	return fileOf(filepath.Base(path), sums), nil
}
