package ingest

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
)

// This file is the fast way through rows in the form that BACI writes: the six columns in order, codes without quotes or
// blanks, a known economy on both sides, a known product of six digits, a positive value. Eight bytes are read at a time
// as one number, so that a field's end and its value need no loop. Whatever looks different is left to worker.text, which
// knows all forms and all complaints; tests compare the two.

// plainMargin is what must be left of a block for a row to be read without asking for its end at every field.
const plainMargin = 128

// plainHeader says whether the columns stand as BACI writes them.
func plainHeader(h header) bool {
	if len(h.role) != int(columns) {
		return false
	}
	for i, c := range h.role {
		if int(c) != i {
			return false
		}
	}
	return true
}

// plainYear is the year of the rows under way: its five bytes with the comma, and whether the pass takes them in.
type plainYear struct {
	text   uint64
	year   int16
	wanted bool
}

const plainYearMask = 1<<40 - 1

// noPlainYear is before the first row.
var noPlainYear = plainYear{text: math.MaxUint64}

// plainYearOf takes note of a new year; false when it is none, or not that of the file's name.
func (w *worker) plainYearOf(row []byte) bool {
	year := yearOf(row[:4])
	if row[4] != ',' || year == 0 || w.year != 0 && year != w.year {
		return false
	}
	w.plainYear = plainYear{binary.LittleEndian.Uint64(row) & plainYearMask, int16(year), w.wants(year)}
	return true
}

// plainRows takes in rows from the beginning of a block up to the first that it leaves to others. It returns the bytes
// and the rows behind it.
func (w *worker) plainRows(block []byte) (done, lines int) {
	read, fraction := w.out.read, w.out.fraction
	for len(block)-done >= plainMargin {
		row := block[done : done+plainMargin : done+plainMargin]
		if binary.LittleEndian.Uint64(row)&plainYearMask != w.plainYear.text && !w.plainYearOf(row) {
			break
		}
		at := 5
		exporter, n := plainCode(binary.LittleEndian.Uint32(row[at:]))
		at += n + 1
		importer, n := plainCode(binary.LittleEndian.Uint32(row[at:]))
		at += n + 1
		if exporter == 0 || importer == 0 || exporter == importer || !w.known[exporter] || !w.known[importer] {
			break
		}
		product, ok := w.plainProduct(row[at:])
		if !ok {
			break
		}
		at += 7
		value, n := plainNumber(row[at:], ',', toDollars)
		if n == 0 || !(value >= minDollars && value <= largeDollars) {
			break
		}
		at += n
		quantity, n := plainQuantity(row[at:])
		if n == 0 || quantity > maxTonnes || quantity < minTonnes && quantity != 0 {
			break
		}
		done += at + n
		lines++
		if !w.plainYear.wanted {
			continue
		}
		read.add(1, value)
		fraction = fraction || value != float64(int64(value))
		w.rows.add(storedRow{product, uint16(importer), uint16(exporter), w.plainYear.year, value, quantity})
	}
	w.out.read, w.out.fraction = read, fraction
	return done, lines
}

// plainCode reads up to three digits before a comma; what is none is 0, the code of no economy.
func plainCode(text uint32) (code uint32, length int) {
	comma := text ^ 0x2c2c2c2c
	comma = (comma - 0x01010101) &^ comma & 0x80808080 // its lowest bit marks the first comma
	if comma == 0 {
		return 0, 0
	}
	length = bits.TrailingZeros32(comma) / 8
	digits := (text ^ 0x30303030) << (32 - 8*length)
	if (digits+0x76767676|digits)&0x80808080 != 0 { // a byte above 9
		return 0, 0
	}
	return digits>>8&0xff*100 + digits>>16&0xff*10 + digits>>24, length
}

// plainProduct reads six digits and a comma.
func (w *worker) plainProduct(text []byte) (uint16, bool) {
	digits := (binary.LittleEndian.Uint64(text) ^ 0x2c_3030_3030_3030) & (1<<56 - 1)
	if (digits+0x76_7676_7676_7676|digits)&0x80_8080_8080_8080 != 0 || digits>>48 != 0 {
		return 0, false
	}
	if id := w.lookup.numeric[eightDigits(digits<<16)]; id != 0 {
		return id - 1, true
	}
	id, why := w.lookup.id(text[:6])
	return id, why == reasons
}

// eightDigits turns eight bytes of 0 … 9, the first one lowest, into their number.
func eightDigits(d uint64) uint64 {
	d = d*10 + d>>8 // pairs
	const pairs = 0x000000ff_000000ff
	return (d&pairs*(100+1_000_000<<32) + d>>16&pairs*(1+10_000<<32)) >> 32
}

// plainNumber reads a decimal number up to and with the byte after it, which must be end; length 0 says that it is none.
// Most have up to eight digits and three behind the point: these are a whole number of thousandths.
func plainNumber(text []byte, end byte, shift int) (v float64, length int) {
	whole := binary.LittleEndian.Uint64(text) ^ 0x3030303030303030
	n := bits.TrailingZeros64((whole+0x7676767676767676|whole)&0x8080808080808080) / 8
	if text[n] != '.' {
		return plainOther(text, end, shift)
	}
	part := binary.LittleEndian.Uint32(text[n+1:]) ^ 0x30303030
	if (part&0xffffff+0x767676|part)&0x808080 != 0 || text[n+4] != end {
		return plainOther(text, end, shift)
	}
	thousandths := eightDigits(whole<<(64-8*n))*1000 + uint64(part&0xff*100+part>>8&0xff*10+part>>16&0xff)
	v = float64(int64(thousandths))
	if shift == 0 {
		v /= 1000
	}
	return v, n + 5
}

// plainOther is plainNumber for all other decimal numbers.
func plainOther(text []byte, end byte, shift int) (float64, int) {
	n := bytes.IndexByte(text[:32], end)
	if n < 0 {
		return 0, 0
	}
	v, state := decimal(text[:n], shift)
	if state != numberOK {
		return 0, 0
	}
	return v, n + 1
}

// plainQuantity reads the last field with its line end. Some releases fill quantities up with blanks.
func plainQuantity(text []byte) (q float64, length int) {
	blanks := 0
	for blanks < 16 && text[blanks] == ' ' {
		blanks++
	}
	text = text[blanks:]
	if text[0] == 'N' && text[1] == 'A' && text[2] == '\n' {
		return unknownQuantity, blanks + 3
	}
	q, n := plainNumber(text, '\n', 0)
	if n == 0 {
		return 0, 0
	}
	return q, blanks + n
}
