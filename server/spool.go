package server

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"os"
	"sync"
)

// spoolMemory is how much of one answer waits in memory for its reader. A longer one waits in a temporary file.
const spoolMemory = 1 << 20

// room bounds what the answers that wait for their readers take together: in memory, and in temporary files.
type room struct {
	memory, files int64 // bounds, in bytes

	mu       sync.Mutex
	inMemory int64
	inFiles  int64
	byClient map[netip.Prefix]int64 // in files
}

func newRoom(l Limits) *room {
	return &room{memory: l.Memory / 16, files: l.Spill, byClient: map[netip.Prefix]int64{}}
}

// takeMemory says whether n bytes more may wait in memory, and counts them.
func (r *room) takeMemory(n int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.inMemory+n > r.memory {
		return false
	}
	r.inMemory += n
	return true
}

// takeFiles is takeMemory for files. One client gets no more than a quarter: else one that reads slowly could take it all.
func (r *room) takeFiles(client netip.Prefix, n int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.inFiles+n > r.files || r.byClient[client]+n > r.files/4 {
		return false
	}
	r.inFiles += n
	r.byClient[client] += n
	return true
}

func (r *room) giveBack(client netip.Prefix, memory, files int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inMemory -= memory
	r.inFiles -= files
	if r.byClient[client] -= files; r.byClient[client] <= 0 {
		delete(r.byClient, client)
	}
}

// spoolError says that an answer could not be put aside for its reader.
type spoolError struct{ err error }

func (e *spoolError) Error() string {
	return "the answer could not be put into a temporary file: " + e.err.Error()
}
func (e *spoolError) Unwrap() error { return e.err }

// spool is an answer as it is sent. It is written whole before the first byte goes out, so that the table behind it is held no
// longer than rendering takes, however slowly its reader reads, and an error on the way is an error and no half answer.
type spool struct {
	ctx    context.Context // of the reader: nothing is written for one who has left
	room   *room
	client netip.Prefix

	mu     sync.Mutex
	chunks [][]byte
	file   *tempFile
	memory int64 // taken from room
	length int64
	closed bool
}

// newSpool returns an empty one, which is closed with ctx at the latest.
func (s *Server) newSpool(ctx context.Context) *spool {
	sp := &spool{ctx: ctx, room: s.room, client: clientIn(ctx)}
	context.AfterFunc(ctx, sp.Close)
	return sp
}

// Write implements io.Writer.
func (s *spool) Write(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, os.ErrClosed
	}
	n := int64(len(p))
	if s.file == nil && s.length+n <= spoolMemory && s.room.takeMemory(n) {
		s.chunks = append(s.chunks, append([]byte(nil), p...))
		s.memory += n
		s.length += n
		return len(p), nil
	}
	if s.file == nil {
		var err error
		if s.file, err = newTempFile(); err != nil {
			return 0, &spoolError{err}
		}
	}
	if !s.room.takeFiles(s.client, n) {
		return 0, &busyError{spoolWait, "there is no room for more answers until some have been downloaded; ask again soon"}
	}
	s.length += n
	if _, err := s.file.Write(p); err != nil {
		return 0, &spoolError{err}
	}
	return len(p), nil
}

// WriteTo implements io.WriterTo: it sends the answer.
func (s *spool) WriteTo(w io.Writer) (sent int64, err error) {
	s.mu.Lock()
	chunks, file := s.chunks, s.file
	s.mu.Unlock()
	for _, c := range chunks {
		n, err := w.Write(c)
		if sent += int64(n); err != nil {
			return sent, err
		}
	}
	if file == nil {
		return sent, nil
	}
	n, err := io.CopyBuffer(struct{ io.Writer }{w}, io.NewSectionReader(file, 0, s.length-sent), make([]byte, partSize))
	if sent += n; err == nil && sent != s.length {
		err = errors.New("the temporary file of an answer was cut off")
	}
	return sent, err
}

// Close gives back what the answer took.
func (s *spool) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	s.chunks = nil
	if s.file != nil {
		s.file.discard()
	}
	s.room.giveBack(s.client, s.memory, s.length-s.memory)
}

// tempFile is a temporary file. Where the system allows it the file has no name, so that nobody else can open it and it is gone with
// the process, however that ends.
type tempFile struct {
	*os.File
	named bool
}

func newTempFile() (*tempFile, error) {
	f, err := os.CreateTemp("", "chokepoint-answer-*")
	if err != nil {
		return nil, err
	}
	return &tempFile{f, os.Remove(f.Name()) != nil}, nil // Windows removes no open file
}

func (f *tempFile) discard() {
	_ = f.Close()
	if f.named {
		_ = os.Remove(f.Name())
	}
}
