package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync/atomic"

	"chokepoint/fault"
)

// The bytes of a file that share a checksum: few where questions read few numbers at a time, from places far apart, and more where
// they read all. Files of flows of format 3 have the longer ones.
const (
	flowsBlock = 1024
	indexBlock = 4096
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// blockSums computes the CRC-32C of each block of what is written to it.
type blockSums struct {
	block  int    // bytes of each
	sums   []byte // four bytes a block, little-endian
	last   uint32 // of the block that is not full yet
	length int    // its bytes
}

func (b *blockSums) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n := min(len(rest), b.block-b.length)
		b.last = crc32.Update(b.last, castagnoli, rest[:n])
		rest = rest[n:]
		if b.length += n; b.length == b.block {
			b.end()
		}
	}
	return len(p), nil
}

func (b *blockSums) end() {
	b.sums = binary.LittleEndian.AppendUint32(b.sums, b.last)
	b.last, b.length = 0, 0
}

// finish returns the sums of all blocks; the last one may be shorter.
func (b *blockSums) finish() []byte {
	if b.length > 0 {
		b.end()
	}
	return b.sums
}

// blocksOf is the number of blocks of a file.
func blocksOf(bytes int64, block int) int { return int((bytes + int64(block) - 1) / int64(block)) }

// mapped is a file of a year in memory. Where its blocks have checksums, each is compared with its own before anything in it is
// used, once.
type mapped struct {
	path    string
	data    []byte
	sums    []byte      // nil where the dataset has none
	block   int         // bytes of each
	sound   bits        // by block: it is what was written
	info    os.FileInfo // when it was mapped
	damage  *atomic.Pointer[DamagedError]
	release func() error
}

// open maps a file of a year, and has questions that read it when it was cut off end with an error.
func (y *Year) open(dir string, file File, sums []byte, block int) (*mapped, error) {
	m := &mapped{path: filepath.Join(dir, file.File), sums: sums, block: block, damage: &y.damage}
	data, info, unmap, err := mapFile(m.path)
	if err != nil {
		return nil, err
	}
	m.data, m.info = data, info
	end := fault.Watch(data, func() error { return m.damaged("it was cut off, or its disk is gone, while it was in use") })
	m.release = func() error { end(); return unmap() }
	y.files = append(y.files, m)
	if int64(len(data)) != file.Bytes {
		return nil, m.damaged(fmt.Sprintf("it has %d bytes; the manifest says %d", len(data), file.Bytes))
	}
	if sums != nil {
		m.sound = newBits(blocksOf(file.Bytes, block))
	}
	return m, nil
}

// damaged is the error that nothing of the dataset is to be used any more.
func (m *mapped) damaged(why string) error {
	err := &DamagedError{fmt.Errorf("%s: damaged: %s. Ingest the source again; `chokepoint datasets verify` finds what else is wrong", m.path, why)}
	if m.damage != nil {
		m.damage.CompareAndSwap(nil, err)
	}
	return err
}

// verify compares the blocks of bytes from up to, without, to with their checksums. A question that needs a block which
// is not what was written ends there.
func (m *mapped) verify(from, to int) {
	if m.sums == nil || from >= to {
		return
	}
	for b := from / m.block; b <= (to-1)/m.block; b++ {
		if !m.sound.has(b) {
			m.verifyBlock(b)
		}
	}
}

func (m *mapped) verifyBlock(b int) {
	from := b * m.block
	block := m.data[from:min(from+m.block, len(m.data))]
	if blockSum(block) != binary.LittleEndian.Uint32(m.sums[4*b:]) {
		m.throw(fmt.Sprintf("bytes %d to %d are not what was written", from, from+len(block)-1))
	}
	m.sound.add(b)
}

// blockSum is the CRC-32C of a block, kilobyte by kilobyte: the standard library sums up longer ones in three places at a time, for which the
// processor fetches memory a third as fast.
func blockSum(block []byte) (sum uint32) {
	for len(block) > summedAtOnce {
		sum, block = crc32.Update(sum, castagnoli, block[:summedAtOnce]), block[summedAtOnce:]
	}
	return crc32.Update(sum, castagnoli, block)
}

const summedAtOnce = 1024

// throw ends the question at hand, and all that come after it.
func (m *mapped) throw(why string) { fault.Throw(m.damaged(why)) }

// changed says that the file was written to since it was mapped. One that was removed or replaced by another is mapped still.
func (m *mapped) changed() bool {
	now, err := os.Stat(m.path)
	return err == nil && os.SameFile(m.info, now) && changed(m.info, now)
}
