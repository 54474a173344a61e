package synth

import (
	"bytes"
	"io"
	"runtime"
	"sync"

	"github.com/klauspost/compress/flate"
)

// deflater compresses a stream in pieces on all processors. Every piece starts afresh and ends on a byte, so that the pieces
// in a row are one stream of DEFLATE (RFC 1951), the same whatever the number of processors.
type deflater struct {
	out     io.Writer
	piece   []byte
	pending []chan deflated
	err     error
}

type deflated struct {
	text []byte
	err  error
}

const pieceSize = 1 << 20

func newDeflater(out io.Writer) (io.WriteCloser, error) { return &deflater{out: out}, nil }

func (d *deflater) Write(p []byte) (int, error) {
	written := len(p)
	for len(p) > 0 && d.err == nil {
		if d.piece == nil {
			d.piece = make([]byte, 0, pieceSize)
		}
		n := min(len(p), pieceSize-len(d.piece))
		d.piece = append(d.piece, p[:n]...)
		p = p[n:]
		if len(d.piece) == pieceSize {
			d.send(false)
			d.drain(runtime.GOMAXPROCS(0))
		}
	}
	if d.err != nil {
		return written - len(p), d.err
	}
	return written, nil
}

// Close compresses what is left and ends the stream. It leaves the writer below open.
func (d *deflater) Close() error {
	d.send(true)
	d.drain(0)
	return d.err
}

// send has the piece compressed.
func (d *deflater) send(last bool) {
	done := make(chan deflated, 1)
	d.pending = append(d.pending, done)
	piece := d.piece
	d.piece = nil
	go func() {
		var text bytes.Buffer
		done <- deflated{err: deflate(&text, piece, last), text: text.Bytes()}
	}()
}

// writers keeps the tables of compressors, which are large.
var writers = sync.Pool{New: func() any {
	f, err := flate.NewWriter(io.Discard, flate.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	return f
}}

func deflate(out io.Writer, piece []byte, last bool) error {
	f := writers.Get().(*flate.Writer)
	defer writers.Put(f)
	f.Reset(out)
	if _, err := f.Write(piece); err != nil {
		return err
	}
	if last {
		return f.Close()
	}
	return f.Flush()
}

// drain writes compressed pieces in order until at most keep are under way.
func (d *deflater) drain(keep int) {
	for len(d.pending) > keep {
		done := <-d.pending[0]
		d.pending = d.pending[1:]
		if d.err == nil {
			d.err = done.err
		}
		if d.err == nil {
			_, d.err = d.out.Write(done.text)
		}
	}
}
