package clickhouse

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"github.com/ClickHouse/ch-go/compress"
)

// replies is a connection to a server that hands on whole packets alone, after a look at their lengths. The driver reads in goroutines of its own
// and makes room for whatever length it is told, so that a wrong one would end the program.
type replies struct {
	net.Conn
	from     *bufio.Reader
	packet   []byte // looked at
	read     int    // of it, by the driver
	greeted  bool
	revision uint64 // of the protocol, by both sides
	failed   error
}

const (
	mostRevision  = 54460     // of the driver, DBMS_TCP_PROTOCOL_VERSION
	packetBytes   = 512 << 20 // of one packet
	textBytes     = 16 << 20  // of one message
	mostColumns   = 1000
	bufferedBytes = 64 << 10
	keptBytes     = 4 << 20 // of a packet, for the next one
	frameBytes    = 128 << 20
)

func newReplies(conn net.Conn) net.Conn {
	return &replies{Conn: conn, from: bufio.NewReaderSize(conn, bufferedBytes), revision: mostRevision}
}

// SyscallConn lets the driver see whether the server has hung up. Without it the driver does not look.
func (r *replies) SyscallConn() (syscall.RawConn, error) {
	if c, ok := r.Conn.(syscall.Conn); ok {
		return c.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

// Read hands on what was looked at.
func (r *replies) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if r.read == len(r.packet) {
		if r.failed == nil {
			r.failed = r.next()
		}
		if r.failed != nil {
			return 0, r.failed
		}
	}
	n := copy(p, r.packet[r.read:])
	r.read += n
	return n, nil
}

// The kinds of packets, as the protocol numbers them.
const (
	helloPacket = iota
	dataPacket
	exceptionPacket
	progressPacket
	pongPacket
	endPacket
	profilePacket
	totalsPacket
	extremesPacket
	_
	logPacket
	columnsPacket
	_
	_
	eventsPacket
)

// next looks at the next packet.
func (r *replies) next() error {
	if r.packet, r.read = r.packet[:0], 0; cap(r.packet) > keptBytes {
		r.packet = nil
	}
	from := recorder{r}
	kind, err := from.ReadByte()
	if err != nil {
		return err // between packets the end is no fault
	}
	p := &parser{from: from}
	switch {
	case kind == exceptionPacket:
		p.exception()
	case !r.greeted && kind == helloPacket:
		r.hello(p)
	case !r.greeted:
		p.fail("packet %d before a greeting", kind)
	default:
		r.body(p, kind)
	}
	if p.err != nil {
		return fmt.Errorf("packet %d of the server cannot be read: %w", kind, unexpectedEnd(p.err))
	}
	return nil
}

// unexpectedEnd is the error of a packet that ends too early.
func unexpectedEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (r *replies) hello(p *parser) {
	p.text()
	p.uvarints(2)
	revision := p.uvarint()
	if revision >= 54058 { // time zone
		p.text()
	}
	if revision >= 54372 { // display name
		p.text()
	}
	if revision >= 54401 { // patch
		p.uvarint()
	}
	r.greeted, r.revision = true, min(r.revision, revision)
}

// body looks at a packet that follows the greeting.
func (r *replies) body(p *parser, kind byte) {
	switch kind {
	case pongPacket, endPacket:
	case dataPacket, totalsPacket, extremesPacket:
		p.text() // name of a table
		if p.err == nil {
			p.err = r.compressed(p.from)
		}
	case logPacket, eventsPacket: // never compressed
		p.text()
		p.block(r.revision)
	case progressPacket:
		p.uvarints(3)
		if r.revision >= 54420 {
			p.uvarints(2)
		}
		if r.revision >= 54460 {
			p.uvarint()
		}
	case profilePacket:
		p.uvarints(3)
		p.skip(1)
		p.uvarint()
		p.skip(1)
	case columnsPacket:
		p.text()
		p.text()
	default:
		p.fail("packets of this kind are not expected")
	}
}

// compressed looks at a block in the frames that it is compressed into. It fills them, so that the driver reads no further either.
func (r *replies) compressed(from source) error {
	f := &frames{from: from}
	p := &parser{from: f}
	p.block(r.revision)
	if p.err == nil && len(f.content) > 0 {
		p.fail("%d bytes after a block", len(f.content))
	}
	return p.err
}

// recorder reads from a connection what the driver will read after it.
type recorder struct{ *replies }

func (r recorder) ReadByte() (byte, error) {
	b, err := r.from.ReadByte()
	if err == nil {
		r.packet = append(r.packet, b)
	}
	return b, err
}

func (r recorder) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.packet = append(r.packet, p[:n]...)
	return n, err
}

// frames reads what is compressed.
type frames struct {
	from    source
	content []byte // of the frame at hand, not read yet
}

// The head of a frame: a checksum of 16 bytes, the method, the size of what follows the checksum, and the size of the content.
const (
	headBytes     = 25
	sizesFrom     = 17
	insideTheSize = 9
)

func (f *frames) next() error {
	p := &parser{from: f.from}
	frame := p.bytes(headBytes, true)
	if p.err != nil {
		return p.err
	}
	size, content := binary.LittleEndian.Uint32(frame[sizesFrom:]), binary.LittleEndian.Uint32(frame[sizesFrom+4:])
	if size < insideTheSize || size > frameBytes || content == 0 || content > frameBytes {
		return fmt.Errorf("a frame of %d bytes, compressed from %d", size, content)
	}
	frame = append(frame, p.bytes(uint64(size)-insideTheSize, true)...)
	if p.err != nil {
		return p.err
	}
	all := make([]byte, content)
	if _, err := io.ReadFull(compress.NewReader(bytes.NewReader(frame)), all); err != nil {
		return err
	}
	f.content = all
	return nil
}

func (f *frames) Read(p []byte) (int, error) {
	if len(f.content) == 0 {
		if err := f.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, f.content)
	f.content = f.content[n:]
	return n, nil
}

func (f *frames) ReadByte() (byte, error) {
	var one [1]byte
	_, err := f.Read(one[:])
	return one[0], err
}

// source is what a parser reads: a packet, or what was compressed in it.
type source interface {
	io.Reader
	io.ByteReader
}

// parser goes through a packet and checks that it is as long as it says. After an error it reads nothing.
type parser struct {
	from source
	size uint64 // read so far
	err  error
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

func (p *parser) uvarint() (n uint64) {
	if p.err == nil {
		n, p.err = binary.ReadUvarint(p.from)
		p.grow(1)
	}
	return n
}

func (p *parser) uvarints(n int) {
	for range n {
		p.uvarint()
	}
}

// text goes over a text with its length before it.
func (p *parser) text() { p.string(textBytes) }

// string is text whose length has a bound.
func (p *parser) string(most uint64) string {
	n := p.uvarint()
	if n > most {
		p.fail("a text of %d bytes", n)
	}
	return string(p.bytes(n, true))
}

// grow adds to what was read.
func (p *parser) grow(n uint64) {
	if p.size += n; n > packetBytes || p.size > packetBytes {
		p.fail("it is larger than %d bytes", packetBytes)
	}
}

// skip goes over n bytes.
func (p *parser) skip(n uint64) { p.bytes(n, false) }

// bytes goes over n bytes, and returns them if they are wanted. Room is made as they come.
func (p *parser) bytes(n uint64, wanted bool) (all []byte) {
	p.grow(n)
	var part [4096]byte
	for n > 0 && p.err == nil {
		some := part[:min(n, uint64(len(part)))]
		if _, p.err = io.ReadFull(p.from, some); wanted {
			all = append(all, some...)
		}
		n -= uint64(len(some))
	}
	return all
}

// exception goes over an error of the server, with those that led to it.
func (p *parser) exception() {
	for nested := byte(1); nested != 0 && p.err == nil; {
		p.skip(4)
		p.text()
		p.text()
		p.text()
		if flag := p.bytes(1, true); len(flag) == 1 {
			nested = flag[0]
		}
	}
}

// block goes over a table of columns.
func (p *parser) block(revision uint64) {
	if revision > 0 {
		p.uvarint()
		p.skip(1)
		p.uvarint()
		p.skip(4)
		p.uvarint()
	}
	columns, rows := p.uvarint(), p.uvarint()
	if columns > mostColumns {
		p.fail("%d columns", columns)
	}
	if rows > packetBytes {
		p.fail("%d rows", rows)
	}
	for i := uint64(0); i < columns && p.err == nil; i++ {
		p.text()
		kind := p.string(4096)
		if revision >= 54454 {
			p.skip(1) // says that values are stored in another way, which the driver refuses
		}
		p.column(kind, rows)
	}
}

// widths are the bytes of a value of the types that our statements and the server's own reports have.
var widths = map[string]uint64{"UInt8": 1, "UInt16": 2, "UInt32": 4, "UInt64": 8, "Int8": 1, "Int16": 2, "Int32": 4, "Int64": 8, "Float32": 4, "Float64": 8,
	"Date": 2, "DateTime": 4, "Bool": 1, "UUID": 16, "Int128": 16, "UInt128": 16}

// otherTypes are those with parameters, and the bytes of a value.
var otherTypes = []struct {
	form  *regexp.Regexp
	width uint64
}{
	{regexp.MustCompile(`^DateTime\('[A-Za-z0-9_/+-]{1,64}'\)$`), 4},
	{regexp.MustCompile(`^Enum8\('[a-z_]+' = -?[0-9]{1,3}(, '[a-z_]+' = -?[0-9]{1,3})*\)$`), 1},
}

var fixedString = regexp.MustCompile(`^FixedString\(([1-9][0-9]{0,3})\)$`)

// column goes over the values of a column.
func (p *parser) column(kind string, rows uint64) {
	if inner, ok := strings.CutPrefix(kind, "Array("); ok && strings.HasSuffix(inner, ")") {
		p.column(strings.TrimSuffix(inner, ")"), p.offsets(rows))
		return
	}
	if kind == "String" {
		for i := uint64(0); i < rows && p.err == nil; i++ {
			n := p.uvarint()
			p.skip(n)
		}
		return
	}
	width, known := widths[kind]
	if m := fixedString.FindStringSubmatch(kind); m != nil {
		n, _ := strconv.Atoi(m[1])
		width, known = uint64(n), true
	}
	for _, t := range otherTypes {
		if t.form.MatchString(kind) {
			width, known = t.width, true
		}
	}
	if !known {
		p.fail("a column of type %.100q, which no statement asks for", kind)
		return
	}
	p.skip(rows * width)
}

// offsetsAtOnce are read together: room for one costs more than to look at it.
const offsetsAtOnce = 512

// offsets goes over the ends of the arrays of a column, and returns how many values all have.
func (p *parser) offsets(rows uint64) (last uint64) {
	for rows > 0 && p.err == nil {
		some := min(rows, offsetsAtOnce)
		for b := p.bytes(8*some, true); len(b) >= 8 && p.err == nil; b = b[8:] {
			end := binary.LittleEndian.Uint64(b)
			if end < last || end > math.MaxInt32 {
				p.fail("an array ends at %d, after one at %d", end, last)
			}
			last = end
		}
		rows -= some
	}
	return last
}
