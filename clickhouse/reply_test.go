package clickhouse

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ClickHouse/ch-go/compress"
)

// said is a connection on which a server has said something.
type said struct {
	net.Conn
	io.Reader
}

func (s said) Read(p []byte) (int, error) { return s.Reader.Read(p) }

// packets writes what servers say.
type packets []byte

func (p packets) number(n ...uint64) packets {
	for _, n := range n {
		p = binary.AppendUvarint(p, n)
	}
	return p
}

func (p packets) text(texts ...string) packets {
	for _, s := range texts {
		p = append(p.number(uint64(len(s))), s...)
	}
	return p
}

func (p packets) raw(b ...byte) packets { return append(p, b...) }

// frame is content, compressed as servers do it.
func (p packets) frame(t testing.TB, content packets) packets {
	w := compress.NewWriter(compress.LevelZero, compress.LZ4)
	if err := w.Compress(content); err != nil {
		t.Fatal(err)
	}
	return append(p, w.Data...)
}

// greeting is that of a server that speaks a revision of the protocol.
func greeting(revision uint64) packets {
	p := packets{helloPacket}.text("ClickHouse").number(22, 8, revision)
	if revision >= 54058 {
		p = p.text("UTC")
	}
	if revision >= 54372 {
		p = p.text("here")
	}
	if revision >= 54401 {
		p = p.number(3)
	}
	return p
}

// table is the head of a block.
func table(columns, rows uint64) packets {
	return packets{}.number(1).raw(0).number(2).raw(255, 255, 255, 255).number(0, columns, rows)
}

// TestReplies: packets that are as long as they say are handed on to the last byte, others are an error.
func TestReplies(t *testing.T) {
	old, recent := slices.Clip(greeting(54400)), slices.Clip(greeting(54460))
	data := func(content packets) packets { return packets{dataPacket}.text("").frame(t, content) }
	words := table(1, 2).text("n", "String").text("a", "")
	lists := table(1, 2).text("n", "Array(UInt16)").raw(1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0).raw(1, 2, 3, 4, 5, 6)
	for name, c := range map[string]struct {
		packets packets
		fault   string // "" is none
	}{
		"a greeting":              {recent, ""},
		"an old server's":         {greeting(50000), ""},
		"an error at once":        {packets{exceptionPacket}.raw(60, 0, 0, 0).text("DB::Exception", "no such user", "").raw(0), ""},
		"an error with its cause": {slices.Concat(recent, packets{exceptionPacket}.raw(60, 0, 0, 0).text("a", "b", "").raw(1).raw(61, 0, 0, 0).text("c", "d", "").raw(0)), ""},
		"a pong and an end":       {recent.raw(pongPacket, endPacket), ""},
		"progress":                {recent.raw(progressPacket).number(1, 2, 3, 4, 5, 1<<60), ""},
		"progress of an old one":  {old.raw(progressPacket).number(1, 2, 3).raw(pongPacket), ""},
		"a profile":               {recent.raw(profilePacket).number(1, 2, 3).raw(1).number(4).raw(0), ""},
		"columns of a table":      {recent.raw(columnsPacket).text("a", "b"), ""},
		"events":                  {slices.Concat(recent, packets{eventsPacket}.text(""), table(1, 2).text("type", "Enum8('increment' = 1, 'gauge' = 2)").raw(0).raw(1, 2)), ""},
		"words":                   {slices.Concat(old, data(words), packets{endPacket}), ""},
		"lists":                   {slices.Concat(old, data(lists)), ""},
		"no rows":                 {slices.Concat(old, data(table(0, 0))), ""},
		"codes":                   {slices.Concat(old, data(table(1, 2).text("n", "FixedString(6)").raw([]byte("850760280461")...))), ""},
		"a block in two frames":   {slices.Concat(old, packets{dataPacket}.text("").frame(t, words[:12]).frame(t, words[12:])), ""},

		"data before a greeting":        {packets{dataPacket}, "before a greeting"},
		"a packet unheard of":           {recent.raw(99), "not expected"},
		"a greeting cut off":            {recent[:9], "unexpected EOF"},
		"a name of a petabyte":          {packets{helloPacket}.number(1 << 50), "a text of 1125899906842624 bytes"},
		"an error of an exabyte":        {slices.Concat(recent, packets{exceptionPacket}.raw(60, 0, 0, 0).number(1<<60)), "a text of"},
		"a number without end":          {recent.raw(progressPacket).raw(bytes.Repeat([]byte{255}, 11)...), "overflows"},
		"a word of a terabyte":          {slices.Concat(old, data(table(1, 1).text("n", "String").number(1<<40))), "larger than"},
		"a word cut off":                {slices.Concat(old, data(table(1, 1).text("n", "String").number(9).raw('a'))), "unexpected EOF"},
		"rows beyond counting":          {slices.Concat(old, data(table(1, 1<<62).text("n", "UInt8"))), "4611686018427387904 rows"},
		"many rows of nothing":          {slices.Concat(old, data(table(1, 1<<28).text("n", "UInt64"))), "larger than"},
		"columns beyond counting":       {slices.Concat(old, data(table(1<<40, 1))), "1099511627776 columns"},
		"a type that nobody asked for":  {slices.Concat(old, data(table(1, 1).text("n", "Nested(x Map(String, JSON))"))), "no statement asks for"},
		"a type that is not one":        {slices.Concat(old, data(table(1, 1).text("n", "FixedString(99999999)"))), "no statement asks for"},
		"a list that ends before it":    {slices.Concat(old, data(table(1, 2).text("n", "Array(UInt8)").raw(2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0).raw(1, 2))), "an array ends at 1, after one at 2"},
		"bytes after a block":           {slices.Concat(old, data(append(words, 7))), "1 bytes after a block"},
		"a frame of four gigabytes":     {slices.Concat(old, packets{dataPacket}.text("").raw(make([]byte, 17)...).raw(255, 255, 255, 255, 1, 0, 0, 0)), "a frame of 4294967295 bytes"},
		"a frame that holds nothing":    {slices.Concat(old, packets{dataPacket}.text("").frame(t, nil)), "compressed from 0"},
		"a frame whose checksum is off": {slices.Concat(old, packets{dataPacket}.text("").raw(slices.Concat([]byte{1}, packets{}.frame(t, words)[1:])...)), "mismatch"},
	} {
		t.Run(name, func(t *testing.T) {
			// One byte at a time, and all at once: what is handed on does not hang on how it arrives.
			for _, from := range []io.Reader{bytes.NewReader(c.packets), iotest.OneByteReader(bytes.NewReader(c.packets))} {
				got, err := io.ReadAll(newReplies(said{Reader: from}))
				switch {
				case c.fault == "" && (err != nil || !bytes.Equal(got, c.packets)):
					t.Errorf("%d bytes of %d, %v", len(got), len(c.packets), err)
				case c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)):
					t.Errorf("%v, want %s", err, c.fault)
				case !bytes.HasPrefix(c.packets, got):
					t.Error("other bytes are handed on than came")
				}
			}
		})
	}
}

// FuzzReplies: of whatever a server says what came is handed on, or an error.
func FuzzReplies(f *testing.F) {
	words := table(1, 2).text("n", "String").text("a", "")
	f.Add([]byte(greeting(54460)), []byte{})
	f.Add([]byte(slices.Concat(greeting(54400), packets{dataPacket}.text(""))), []byte(words))
	f.Add([]byte(slices.Concat(greeting(54400), packets{dataPacket}.text(""))), []byte(table(2, 1).text("a", "Array(Array(UInt8))").text("b", "DateTime('UTC')")))
	f.Add([]byte(slices.Concat(greeting(54460), packets{eventsPacket}.text(""), words)), []byte{})
	f.Add([]byte(slices.Concat(greeting(54460), packets{exceptionPacket}.raw(1, 0, 0, 0).text("a", "b", "c").raw(0))), []byte{})
	f.Fuzz(func(t *testing.T, plain, content []byte) {
		all := packets(plain)
		if len(content) > 0 {
			all = all.frame(t, content)
		}
		got, _ := io.ReadAll(newReplies(said{Reader: bytes.NewReader(all)}))
		if !bytes.HasPrefix(all, got) {
			t.Fatal("other bytes are handed on than came")
		}
	})
}
