package store

import (
	"errors"
	"fmt"
	"slices"

	flatbuffers "github.com/google/flatbuffers/go"
)

// checkMetadata checks the lengths in the metadata of an Arrow file before arrow-go reads them, and returns where the buffers of
// each batch are. arrow-go allocates as many items as it finds there; with one bit flipped that can be more than any machine has,
// and a program that runs out of memory cannot report an error. Only counts are checked, exactly; places outside of the file make
// it panic. What arrow-go reads of the file, besides numbers, is compared with its checksums.
func checkMetadata(m *mapped, layouts []layout) ([]buffers, error) {
	const magic = "ARROW1"
	data := m.data
	if len(data) < 2*len(magic)+6 {
		return nil, errors.New("not an Arrow file, or cut off")
	}
	end := len(data) - len(magic) - 4
	m.verify(0, 8)
	m.verify(end, len(data))
	if string(data[:len(magic)]) != magic || string(data[len(data)-len(magic):]) != magic {
		return nil, errors.New("not an Arrow file, or cut off")
	}
	begin := end - int(flatbuffers.GetInt32(data[end:]))
	if begin < 0 || begin > end {
		return nil, fmt.Errorf("footer from byte %d to %d", begin, end)
	}
	m.verify(begin, end)
	footer := root(data[begin:end])
	columns, err := checkFields(footer, layouts)
	if err != nil {
		return nil, err
	}
	batches, n := footer.items(footerBatches), footer.length(footerBatches)
	if n < 0 || int(batches)+n*blockSize > len(footer.Bytes) {
		return nil, fmt.Errorf("%d batches, for which the footer has no room", n)
	}
	places := make([]buffers, n)
	for i := range n {
		block := footer.Bytes[int(batches)+i*blockSize:]
		body := int(flatbuffers.GetInt64(block)) + int(flatbuffers.GetInt32(block[8:]))
		m.verify(int(flatbuffers.GetInt64(block)), body)
		message := root(data[int(flatbuffers.GetInt64(block))+messagePrefix : body])
		if err := checkBatch(message, columns); err != nil {
			return nil, fmt.Errorf("batch %d: %w", i, err)
		}
		if places[i], err = buffersOf(message.table(messageHeader), body, len(data)); err != nil {
			return nil, fmt.Errorf("batch %d: %w", i, err)
		}
		for k, read := range columns.structure() {
			if read {
				m.verify(places[i][k].from, places[i][k].to)
			}
		}
	}
	return places, nil
}

// buffers says where in the file the buffers of a batch are.
type buffers []span

// span is bytes of a file from, up to and without to.
type span struct{ from, to int }

func buffersOf(batch table, body, size int) (buffers, error) {
	var list buffers
	at := int(batch.items(batchBuffers))
	for i := range batch.length(batchBuffers) {
		from := flatbuffers.GetInt64(batch.Bytes[at+16*i:])
		length := flatbuffers.GetInt64(batch.Bytes[at+16*i+8:])
		if from < 0 || length < 0 || from > int64(size-body) || length > int64(size-body)-from {
			return nil, fmt.Errorf("buffer %d has %d bytes from byte %d on; the file has %d after its head", i, length, from, size-body)
		}
		list = append(list, span{body + int(from), body + int(from+length)})
	}
	return list, nil
}

// Arrow's tables (format/File.fbs, Schema.fbs, Message.fbs): where the fields that matter here are in their index.
const (
	footerSchema, footerDictionaries, footerBatches, footerMeta flatbuffers.VOffsetT = 6, 8, 10, 12
	schemaEndianness                                            flatbuffers.VOffsetT = 4
	schemaFields, schemaMeta, schemaFeatures                    flatbuffers.VOffsetT = 6, 8, 10
	fieldType, fieldDictionary, fieldChildren, fieldMeta        flatbuffers.VOffsetT = 8, 12, 14, 16
	messageType, messageHeader, messageMeta                     flatbuffers.VOffsetT = 6, 8, 12
	batchNodes, batchBuffers, batchCompression, batchVariadic   flatbuffers.VOffsetT = 6, 8, 10, 12

	typeInt, typeFloat, typeText, typeList = 2, 3, 5, 12
	headerBatch                            = 3

	blockSize     = 24 // in the footer, for each batch
	messagePrefix = 8  // marker and length before the metadata of a batch
)

// layout is what the columns of a file are: t text, f a number, l a list of numbers.
type layout string

var (
	flowsLayouts = []layout{"tllll", "tlll"}                       // without quantities
	indexLayouts = []layout{"tflllll", "tfllllll", "tfllllllffll"} // before format 5; since, without quantities and with
)

// arrays and buffers say how many of them a batch has.
func (l layout) arrays() (n int) {
	for _, c := range l {
		n += map[rune]int{'t': 1, 'f': 1, 'l': 2}[c]
	}
	return n
}

func (l layout) buffers() (n int) {
	for _, c := range l {
		n += map[rune]int{'t': 3, 'f': 2, 'l': 4}[c]
	}
	return n
}

// structure marks the buffers that opening a file reads: texts, and where lists begin.
func (l layout) structure() (read []bool) {
	for _, c := range l {
		read = append(read, map[rune][]bool{'t': {false, true, true}, 'f': {false, false}, 'l': {false, true, false, false}}[c]...)
	}
	return read
}

// numbers is the buffer of the numbers of the list in a column, of a file whose first column is text and the others are lists.
func numbers(column int) int { return 3 + 4*(column-1) + 3 }

// indexNumbers is, by column of an index, the buffer of its numbers: the last that it has.
var indexNumbers = func() (at []int) {
	longest := indexLayouts[len(indexLayouts)-1]
	for column := range longest {
		at = append(at, longest[:column+1].buffers()-1)
	}
	return at
}()

// checkFields checks the footer's lists and the schema in it, and returns which layout it has.
func checkFields(footer table, layouts []layout) (layout, error) {
	if footer.length(footerDictionaries) != 0 || footer.length(footerMeta) != 0 {
		return "", errors.New("dictionaries or metadata in the footer; expected none")
	}
	s := footer.table(footerSchema)
	if s.GetInt16Slot(schemaEndianness, 0) != 0 {
		return "", errors.New("big-endian; expected little-endian") // arrow-go would turn the bytes over in place, in a read-only mapping
	}
	columns := s.length(schemaFields)
	at := slices.IndexFunc(layouts, func(l layout) bool { return len(l) == columns })
	if at < 0 || s.length(schemaMeta) > maxMeta || s.length(schemaFeatures) != 0 {
		return "", fmt.Errorf("%d columns, %d lines of metadata; expected columns as in %q, at most %d lines", columns, s.length(schemaMeta), layouts, maxMeta)
	}
	for i, kind := range layouts[at] {
		f := s.item(schemaFields, i)
		var err error
		switch kind {
		case 't':
			err = f.checkField(0, typeText)
		case 'f':
			err = f.checkField(0, typeFloat)
		default:
			if err = f.checkField(1, typeList); err == nil {
				err = f.item(fieldChildren, 0).checkField(0, typeInt, typeFloat)
			}
		}
		if err != nil {
			return "", fmt.Errorf("column %d: %w", i, err)
		}
	}
	return layouts[at], nil
}

// maxMeta bounds the lines of metadata, which this version writes five of.
const maxMeta = 64

func (f table) checkField(children int, types ...byte) error {
	if f.length(fieldChildren) != children || f.length(fieldMeta) != 0 || f.Offset(fieldDictionary) != 0 {
		return fmt.Errorf("%d children, %d lines of metadata; expected %d and none", f.length(fieldChildren), f.length(fieldMeta), children)
	}
	got := f.GetByteSlot(fieldType, 0)
	for _, t := range types {
		if got == t {
			return nil
		}
	}
	return fmt.Errorf("type %d of Arrow; expected one of %v", got, types)
}

func checkBatch(message table, columns layout) error {
	if message.GetByteSlot(messageType, 0) != headerBatch || message.length(messageMeta) != 0 {
		return errors.New("not a batch, or one with metadata")
	}
	b := message.table(messageHeader)
	nodes, buffers := b.length(batchNodes), b.length(batchBuffers)
	if nodes != columns.arrays() || buffers != columns.buffers() || b.Offset(batchCompression) != 0 || b.length(batchVariadic) != 0 {
		return fmt.Errorf("%d arrays in %d buffers, or compressed; expected %d in %d", nodes, buffers, columns.arrays(), columns.buffers())
	}
	return nil
}

// table is a table of a flatbuffer whose fields are found by their place in the index.
type table struct{ flatbuffers.Table }

func root(data []byte) table {
	return table{flatbuffers.Table{Bytes: data, Pos: flatbuffers.GetUOffsetT(data)}}
}

// length returns the number of items of a vector, 0 if it is absent.
func (t table) length(field flatbuffers.VOffsetT) int {
	o := t.Offset(field)
	if o == 0 {
		return 0
	}
	return t.VectorLen(flatbuffers.UOffsetT(o))
}

// table returns a table that is a field of t.
func (t table) table(field flatbuffers.VOffsetT) table {
	return t.at(flatbuffers.UOffsetT(t.present(field)) + t.Pos)
}

// item returns a table in a vector that is a field of t.
func (t table) item(field flatbuffers.VOffsetT, i int) table {
	return t.at(t.items(field) + flatbuffers.UOffsetT(4*i))
}

func (t table) at(pos flatbuffers.UOffsetT) table {
	return table{flatbuffers.Table{Bytes: t.Bytes, Pos: t.Indirect(pos)}}
}

// items returns where the items of a vector begin.
func (t table) items(field flatbuffers.VOffsetT) flatbuffers.UOffsetT {
	return t.Vector(flatbuffers.UOffsetT(t.present(field)))
}

func (t table) present(field flatbuffers.VOffsetT) flatbuffers.VOffsetT {
	o := t.Offset(field)
	if o == 0 {
		panic(fmt.Sprintf("field %d of a metadata table is absent", field))
	}
	return o
}
