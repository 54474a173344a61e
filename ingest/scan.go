package ingest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"

	"chokepoint/fault"
)

// blockBytes is the size of the blocks that a text is read in; longLineKept is what is kept of a line that fills one.
const (
	blockBytes   = 2 << 20
	longLineKept = 1000
)

// job is one block of rows on its way to a worker.
type job struct {
	sequence int
	text     []byte // whole lines, the line end of the last one may be absent at the end of the file
	last     bool
	long     bool         // the text is the beginning of a line that is too long
	records  *parquetRows // or rows of a Parquet file
}

// scanner reads files, also several at a time: of each file one goroutine reads and unpacks, as many workers as there are
// cores judge the blocks of all, and the caller gets the outcomes in the order of the file.
type scanner struct {
	judge   *judge
	workers chan *worker
	buffers chan []byte
	pool    chunkPool
}

func newScanner(j *judge) *scanner {
	n := runtime.GOMAXPROCS(0)
	s := &scanner{judge: j, workers: make(chan *worker, n), buffers: make(chan []byte, 2*n+2)}
	for range n {
		s.workers <- &worker{judge: j, lookup: newLookup(j.products)}
	}
	for range cap(s.buffers) {
		s.buffers <- nil // made when first used, so that small files cost little
	}
	return s
}

// scan reads a file for one pass and gives each outcome, line numbers settled, to each.
func (s *scanner) scan(ctx context.Context, m *member, p pass, each func(*outcome) error) (header, error) {
	p.file = m.label
	group, ctx := fault.WithContext(ctx)
	jobs := make(chan job)
	outcomes := make(chan *outcome, cap(s.workers))

	feed, head, err := s.open(ctx, m)
	if err != nil {
		return head, m.failed(err)
	}
	group.Go(func() error {
		defer close(jobs)
		return m.failed(feed(func(j job) error {
			select {
			case jobs <- j:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}))
	})

	judging, judgingCtx := fault.WithContext(ctx)
	for range cap(s.workers) {
		judging.Go(func() error {
			for j := range jobs {
				out, err := s.run(p, head, j)
				if err != nil {
					return m.failed(err)
				}
				select {
				case outcomes <- out:
				case <-judgingCtx.Done():
					return judgingCtx.Err()
				}
			}
			return nil
		})
	}
	group.Go(func() error {
		defer close(outcomes)
		return judging.Wait()
	})
	group.Go(func() error {
		return inOrder(outcomes, m, each)
	})
	return head, group.Wait()
}

// run has a worker judge one block. What it borrows is given back also where it panics: others wait for it.
func (s *scanner) run(p pass, head header, j job) (*outcome, error) {
	w := <-s.workers
	defer func() { s.workers <- w }()
	w.begin(p, head)
	w.out = &outcome{sequence: j.sequence}
	if w.kind == countYears {
		w.out.counts = make(map[int]int)
	}
	w.rows.reset()
	w.cutRow = false
	if j.records != nil {
		if err := w.records(j.records); err != nil {
			return nil, err
		}
	} else {
		defer func() { s.buffers <- j.text[:0] }()
		if j.long {
			w.longLine(j.text, j.last)
		} else {
			w.text(j.text, j.last)
		}
	}
	w.out.chunks = w.rows.chunks(w.products.size(), &s.pool)
	return w.out, nil
}

// inOrder hands on the outcomes in the order of the file, and stops at the first row that stops an ingest.
func inOrder(outcomes <-chan *outcome, m *member, each func(*outcome) error) error {
	waiting := make(map[int]*outcome)
	next, lines := 0, m.linesBefore()
	for out := range outcomes {
		waiting[out.sequence] = out
		for waiting[next] != nil {
			out := waiting[next]
			delete(waiting, next)
			next++
			out.settle(lines)
			lines += out.lines
			if out.stop != nil {
				return out.stop
			}
			if err := each(out); err != nil {
				return err
			}
		}
	}
	return nil
}

// open returns what feeds a file's blocks to the workers, and a text's header.
func (s *scanner) open(ctx context.Context, m *member) (func(send func(job) error) error, header, error) {
	if m.parquet {
		feed, head, err := s.openParquet(ctx, m)
		return feed, head, err
	}
	file, err := m.open()
	if err != nil {
		return nil, header{}, err
	}
	b := &blockReader{source: file, ctx: ctx, s: s}
	line, err := b.headerLine()
	if err == nil {
		var h header
		if h, err = readHeader(line); err == nil {
			return func(send func(job) error) error {
				err := b.blocks(send)
				return errors.Join(err, file.Close())
			}, h, nil
		}
	}
	file.Close()
	return nil, header{}, err
}

// blockReader cuts a text into blocks at line ends.
type blockReader struct {
	source io.Reader
	ctx    context.Context
	s      *scanner
	carry  []byte // read, but not handed on yet
	ended  bool
}

// headerLine reads the first line.
func (b *blockReader) headerLine() ([]byte, error) {
	first := make([]byte, 0, 64<<10)
	if err := b.fill(&first); err != nil {
		return nil, err
	}
	end := bytes.IndexByte(first, '\n')
	switch {
	case end >= 0:
		b.carry = first[end+1:]
		return first[:end], nil
	case b.ended:
		return first, nil
	case fileKindOf(first[:min(len(first), kindBytes)]) != nil:
		return nil, fileKindOf(first[:kindBytes])
	case bytes.IndexByte(first, 0) >= 0:
		return nil, errors.New("is not a text file")
	}
	return nil, errors.New("has no line end in its first 65,536 bytes")
}

// blocks hands on the rest of the text.
func (b *blockReader) blocks(send func(job) error) error {
	for sequence := 0; ; sequence++ {
		var buffer []byte
		select {
		case buffer = <-b.s.buffers:
		case <-b.ctx.Done():
			return b.ctx.Err()
		}
		if buffer == nil {
			buffer = make([]byte, 0, blockBytes)
		}
		buffer = append(buffer[:0], b.carry...)
		if err := b.fill(&buffer); err != nil {
			b.s.buffers <- buffer
			return err
		}
		block := buffer
		if !b.ended {
			end := bytes.LastIndexByte(buffer, '\n')
			if end < 0 {
				if err := b.skipLine(); err != nil {
					b.s.buffers <- buffer
					return err
				}
				cut := b.ended && len(b.carry) == 0
				if err := send(job{sequence: sequence, text: buffer[:longLineKept], long: true, last: cut}); err != nil || cut {
					return err
				}
				continue
			}
			block = buffer[:end+1]
			b.carry = append(b.carry[:0], buffer[end+1:]...)
		}
		if err := send(job{sequence: sequence, text: block, last: b.ended}); err != nil {
			b.s.buffers <- buffer
			return err
		}
		if b.ended {
			return nil
		}
	}
}

// skipLine passes over the rest of a line, up to what is to be read next.
func (b *blockReader) skipLine() error {
	buffer := make([]byte, 256<<10)
	for !b.ended {
		n, err := b.source.Read(buffer)
		b.ended = err == io.EOF
		if err != nil && !b.ended {
			return err
		}
		if err := b.ctx.Err(); err != nil {
			return err
		}
		if end := bytes.IndexByte(buffer[:n], '\n'); end >= 0 {
			b.carry = append(b.carry[:0], buffer[end+1:n]...)
			return nil
		}
	}
	b.carry = b.carry[:0]
	return nil
}

// fill reads until the buffer is full or the text ends.
func (b *blockReader) fill(buffer *[]byte) error {
	full := (*buffer)[:cap(*buffer)]
	n := len(*buffer)
	for n < len(full) && !b.ended {
		got, err := b.source.Read(full[n:min(n+256<<10, len(full))])
		n += got
		if err == io.EOF {
			b.ended = true
		} else if err != nil {
			return err
		}
		if err := b.ctx.Err(); err != nil {
			return err
		}
	}
	*buffer = full[:n]
	return nil
}
