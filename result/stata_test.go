package result

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"
)

// part is what stands between the tags of a Stata file at the place that its map gives.
func part(t *testing.T, file []byte, n int, tag string) []byte {
	t.Helper()
	at := bytes.Index(file, []byte("<map>")) + len("<map>")
	place := binary.LittleEndian.Uint64(file[at+8*n:])
	begin := "<" + tag + ">"
	if !bytes.HasPrefix(file[place:], []byte(begin)) {
		t.Fatalf("place %d of the map is %d, where %q stands, want %s", n, place, file[place:min(int(place)+20, len(file))], begin)
	}
	next := binary.LittleEndian.Uint64(file[at+8*(n+1):])
	return bytes.TrimSuffix(file[int(place)+len(begin):next], []byte("</"+tag+">"))
}

func stataTable() *Table {
	code, name, yes := TextColumn("product", "HS code."), TextColumn("if", "A name that Stata does not take."), BoolColumn("single_point", "Whether.")
	count, large, share := IntColumn("products", "count", "Products."), IntColumn("dollars", USD, "Dollars."), FloatColumn("share", Share, strings.Repeat("long ", 30))
	code.AppendText("010121", "850760")
	name.AppendText("", strings.Repeat("é", 2000)) // 4,000 bytes
	yes.AppendBool(true, false)
	count.AppendInt(7, MissingInt)
	large.AppendInt(5_000_000_000, MissingInt)
	share.AppendFloat(math.NaN(), math.Inf(1))
	return New("table", "A table", code, name, yes, count, large, share)
}

// TestStata reads the parts of a file at the places that its map names.
func TestStata(t *testing.T) {
	file := render(t, stataTable(), FormatStata, Options{})
	types := part(t, file, 2, "variable_types")
	for k, want := range []uint16{6, stataLongText, stataByte, stataLong, stataDouble, stataDouble} {
		if got := binary.LittleEndian.Uint16(types[2*k:]); got != want {
			t.Errorf("type %d is %d, want %d", k, got, want)
		}
	}
	names := part(t, file, 3, "varnames")
	for k, want := range []string{"product", "_if", "single_point", "products", "dollars", "share"} {
		if got := string(bytes.TrimRight(names[stataName*k:stataName*(k+1)], "\x00")); got != want {
			t.Errorf("variable %d is %q, want %q", k, got, want)
		}
	}
	labels := part(t, file, 7, "variable_labels")
	if got := string(bytes.TrimRight(labels[5*stataLabel:], "\x00")); len([]rune(got)) > stataMaxLabel || !strings.HasSuffix(got, "long…") {
		t.Errorf("label %q", got)
	}
	const width = 6 + 8 + 1 + 4 + 8 + 8
	rows := part(t, file, 9, "data")
	if len(rows) != 2*width {
		t.Fatalf("%d bytes of rows, want %d", len(rows), 2*width)
	}
	first, second := rows[:width], rows[width:]
	if string(first[:6]) != "010121" || binary.LittleEndian.Uint64(first[6:]) != 0 || binary.LittleEndian.Uint64(second[6:]) != 2|2<<16 {
		t.Error("codes and long texts")
	}
	if first[14] != 1 || second[14] != 0 || binary.LittleEndian.Uint32(first[15:]) != 7 || binary.LittleEndian.Uint32(second[15:]) != stataNoLong {
		t.Error("yes, no, counts")
	}
	float := func(row []byte, at int) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(row[at:])) }
	if float(first, 19) != 5e9 || float(second, 19) != stataMissing || float(first, 27) != stataMissing || float(second, 27) != stataInfinite {
		t.Error("dollars, missing, infinite")
	}
	long := part(t, file, 10, "strls")
	if !bytes.HasPrefix(long, []byte("GSO\x02\x00\x00\x00\x02")) || len(long) != 3+4+8+1+4+4001 {
		t.Errorf("%d bytes of long texts", len(long))
	}
	part(t, file, 11, "value_labels")
	synthetic := stataTable()
	synthetic.Synthetic = true
	if file := render(t, synthetic, FormatStata, Options{}); !bytes.Contains(file, []byte("SYNTHETIC: A table</label>")) {
		t.Error("the label does not say SYNTHETIC")
	}
}

// TestStataNames: every name is one that Stata takes, and no two are one.
func TestStataNames(t *testing.T) {
	used := map[string]bool{}
	for _, name := range []string{strings.Repeat("imports_from_", 5), strings.Repeat("imports_from_", 5) + "x", "y=0.15", "", "1st", "_n", "naïve"} {
		got := stataNameOf(name, used)
		if len(got) > stataMaxName || got == "" || strings.Trim(got, "_0123456789abcdefghijklmnopqrstuvwxyz") != "" || got[0] >= '0' && got[0] <= '9' || got == "_n" {
			t.Errorf("%q becomes %q", name, got)
		}
	}
	if len(used) != 7 {
		t.Errorf("%d names for 7", len(used))
	}
}
