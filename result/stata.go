package result

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// The format of Stata 14 and later, release 118, as `help dta` of Stata defines it: everything in UTF-8, little endian, between tags.
const (
	stataMaxText  = 2045  // bytes of a text in a row; longer ones stand after the rows
	stataLongText = 32768 // type of these
	stataDouble   = 65526
	stataLong     = 65528
	stataByte     = 65530

	stataName       = 129 // bytes of a name with its zero
	stataLabel      = 321
	stataFormat     = 57
	stataMaxLabel   = 80     // characters
	stataMaxName    = 32     // characters of the name of a variable
	stataMaxNote    = 60_000 // bytes of a note, below what Stata takes
	stataMaxLong    = 2147483620
	stataNoLong     = 2147483621 // the missing value .
	stataYesNo      = "yesno"
	stataProvenance = "chokepoint"
)

var (
	stataMissing     = math.Float64frombits(0x7fe0000000000000) // .
	stataInfinite    = math.Float64frombits(0x7fe0090000000000) // .i
	stataNegInfinite = math.Float64frombits(0x7fe00e0000000000) // .n
)

// stataReserved are words that Stata does not take as names of variables.
var stataReserved = strings.Fields("_all _b byte _coef _cons double float if in int long _n _N _pi _pred _rc _skip str strL using with")

type stataVariable struct {
	*Column
	name string
	kind uint16
}

// writeStata writes a Stata file, release 118. Codes are texts. A missing number is `.`, one that is infinite `.i`, minus infinite `.n`. Names
// are those of the columns, labels the first words of what they mean, all of which stands in the notes; `notes` shows those of the
// table, and the characteristics chokepoint1, chokepoint2 … of _dta hold the provenance as JSON.
func writeStata(w io.Writer, t *Table, _ Options) error {
	t = t.marked()
	variables := stataVariables(t)
	notes, err := stataNotes(t, variables)
	if err != nil {
		return err
	}
	f := &stataFile{w: w}
	f.tag("<stata_dta><header><release>118</release><byteorder>LSF</byteorder><K>")
	f.number(uint16(len(variables)))
	f.tag("</K><N>")
	f.number(uint64(t.Rows()))
	f.tag("</N><label>")
	label := stataText(t.stataTitle(), stataMaxLabel)
	f.number(uint16(len(label)))
	f.tag(label + "</label><timestamp>")
	f.number(uint8(0)) // none: the same answer is the same file
	f.tag("</timestamp></header>")
	long := stataLongTexts(t, variables)
	f.writeMap(variables, t, notes, long)
	f.describe(variables)
	f.tag(notes)
	f.rows(t, variables)
	f.tag("<strls>" + long + "</strls>" + stataYesNoLabels() + "</stata_dta>")
	f.flush()
	return f.err
}

// stataTitle is the title, which says SYNTHETIC first where the data are.
func (t *Table) stataTitle() string {
	if t.IsSynthetic() {
		return "SYNTHETIC: " + t.Heading()
	}
	return t.Heading()
}

// stataFile keeps the first error of its writer.
type stataFile struct {
	w   io.Writer
	buf []byte
	at  uint64 // of what was written
	err error
}

func (f *stataFile) tag(s string) {
	f.buf = append(f.buf, s...)
	f.at += uint64(len(s))
	if len(f.buf) >= flushAt {
		f.flush()
	}
}

func (f *stataFile) number(v any) {
	before := len(f.buf)
	f.buf, _ = binary.Append(f.buf, binary.LittleEndian, v)
	f.at += uint64(len(f.buf) - before)
}

func (f *stataFile) flush() {
	if f.err == nil {
		_, f.err = f.w.Write(f.buf)
	}
	f.buf = f.buf[:0]
}

// fixed writes a text with zeros up to its width.
func (f *stataFile) fixed(s string, width int) {
	f.tag(s)
	f.tag(strings.Repeat("\x00", width-len(s)))
}

// writeMap says where each part begins: the parts before the rows have a width that follows from the number of variables.
func (f *stataFile) writeMap(variables []stataVariable, t *Table, notes, long string) {
	k := len(variables)
	part := func(tag string, content int) uint64 { return uint64(2*len(tag) + len("<></>") + content) }
	width := 0
	for _, v := range variables {
		width += v.width()
	}
	places := []uint64{0, f.at}
	for _, size := range []uint64{part("map", 14*8), part("variable_types", 2*k), part("varnames", stataName*k), part("sortlist", 2*(k+1)),
		part("formats", stataFormat*k), part("value_label_names", stataName*k), part("variable_labels", stataLabel*k), uint64(len(notes)),
		part("data", width*t.Rows()), part("strls", len(long)), uint64(len(stataYesNoLabels())), uint64(len("</stata_dta>"))} {
		places = append(places, places[len(places)-1]+size)
	}
	f.tag("<map>")
	f.number(places)
	f.tag("</map>")
}

// width is how many bytes a value takes in a row.
func (v *stataVariable) width() int {
	switch v.kind {
	case stataLongText, stataDouble:
		return 8
	case stataLong:
		return 4
	case stataByte:
		return 1
	}
	return int(v.kind)
}

func (f *stataFile) describe(variables []stataVariable) {
	f.tag("<variable_types>")
	for _, v := range variables {
		f.number(v.kind)
	}
	f.tag("</variable_types><varnames>")
	for _, v := range variables {
		f.fixed(v.name, stataName)
	}
	f.tag("</varnames><sortlist>" + strings.Repeat("\x00", 2*(len(variables)+1)) + "</sortlist><formats>")
	for _, v := range variables {
		f.fixed(v.format(), stataFormat)
	}
	f.tag("</formats><value_label_names>")
	for _, v := range variables {
		name := ""
		if v.Type == Bool {
			name = stataYesNo
		}
		f.fixed(name, stataName)
	}
	f.tag("</value_label_names><variable_labels>")
	for _, v := range variables {
		f.fixed(stataText(v.Description, stataMaxLabel), stataLabel)
	}
	f.tag("</variable_labels>")
}

// format is how Stata shows a variable.
func (v *stataVariable) format() string {
	switch {
	case v.kind == stataLongText:
		return "%-30s"
	case v.Type == Text:
		return fmt.Sprintf("%%-%ds", min(v.kind, 30))
	case v.Type == Bool, v.isYear():
		return "%8.0g"
	case isUSD(v.Unit), v.Type == Int:
		return "%18.0fc"
	}
	return "%10.0g"
}

func stataVariables(t *Table) (list []stataVariable) {
	used := map[string]bool{}
	for _, c := range t.Columns {
		v := stataVariable{Column: c, name: stataNameOf(c.Name, used)}
		switch c.Type {
		case Text:
			longest := 1
			for _, s := range c.texts(0, c.Len()) {
				longest = max(longest, len(s))
			}
			if v.kind = uint16(min(longest, stataMaxText)); longest > stataMaxText {
				v.kind = stataLongText
			}
		case Bool:
			v.kind = stataByte
		case Int:
			v.kind = stataLong
			if slices.ContainsFunc(c.Int, func(n int64) bool { return n != MissingInt && (n > stataMaxLong || n < -stataMaxLong) }) {
				v.kind = stataDouble
			}
		default:
			v.kind = stataDouble
		}
		list = append(list, v)
	}
	return list
}

// stataNameOf is a name that Stata takes and no other column has.
func stataNameOf(name string, used map[string]bool) string {
	valid := strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
	if valid == "" || valid[0] >= '0' && valid[0] <= '9' || slices.Contains(stataReserved, valid) {
		valid = "_" + valid
	}
	short := valid[:min(len(valid), stataMaxName)]
	for n := 2; used[short]; n++ {
		ending := fmt.Sprintf("_%d", n)
		short = valid[:min(len(valid), stataMaxName-len(ending))] + ending
	}
	used[short] = true
	return short
}

// stataText is the beginning of a text in whole words.
func stataText(s string, characters int) string {
	s = strings.Join(strings.Fields(strings.ReplaceAll(s, "\x00", " ")), " ")
	if utf8.RuneCountInString(s) <= characters {
		return s
	}
	cut := string([]rune(s)[:characters-1])
	if at := strings.LastIndexByte(cut, ' '); at > characters/2 {
		cut = cut[:at]
	}
	return cut + ellipsis
}

// stataNotes are the characteristics: notes of the table and of the variables, and the provenance.
func stataNotes(t *Table, variables []stataVariable) (string, error) {
	var b strings.Builder
	b.WriteString("<characteristics>")
	write := func(variable, name, text string) {
		f := &stataFile{w: &b}
		f.tag("<ch>")
		f.number(uint32(2*stataName + len(text) + 1))
		f.fixed(variable, stataName)
		f.fixed(name, stataName)
		f.tag(text + "\x00</ch>")
		f.flush()
	}
	all := func(variable string, notes []string) {
		write(variable, "note0", fmt.Sprint(len(notes)))
		for i, note := range notes {
			write(variable, fmt.Sprintf("note%d", i+1), stataText(note, stataMaxNote/4))
		}
	}
	about := []string{t.stataTitle()}
	for _, s := range t.Provisional {
		about = append(about, "Provisional: "+s)
	}
	about = append(append(about, Texts(t.Notes)...), nonEmpty(labelled("Cite: ", t.Provenance.Cite()), labelled("Command: ", t.Provenance.Command),
		"Numbers: . is missing, .i infinite, .n minus infinite. Codes are texts. char list shows the provenance.")...)
	all("_dta", about)
	for _, v := range variables {
		all(v.name, []string{strings.Join(nonEmpty(v.Name, labelled("unit: ", v.Unit), v.Description), "; ")})
	}
	head, err := appendJSON(nil, t.head())
	if err != nil {
		return "", err
	}
	for n := 1; len(head) > 0; n++ {
		end := min(len(head), stataMaxNote)
		for end < len(head) && !utf8.RuneStart(head[end]) {
			end--
		}
		write("_dta", fmt.Sprintf("%s%d", stataProvenance, n), string(head[:end]))
		head = head[end:]
	}
	b.WriteString("</characteristics>")
	return b.String(), nil
}

// stataLongTexts are those that do not fit a row, each named by its variable and row.
func stataLongTexts(t *Table, variables []stataVariable) string {
	var b strings.Builder
	f := &stataFile{w: &b}
	for k, v := range variables {
		if v.kind != stataLongText {
			continue
		}
		for row, s := range v.texts(0, v.Len()) {
			if s == "" {
				continue
			}
			f.tag("GSO")
			f.number(uint32(k + 1))
			f.number(uint64(row + 1))
			f.number(uint8(130)) // text that ends with a zero
			f.number(uint32(len(s) + 1))
			f.tag(s + "\x00")
		}
	}
	f.flush()
	return b.String()
}

func (f *stataFile) rows(t *Table, variables []stataVariable) {
	f.tag("<data>")
	for row := range t.Rows() {
		for k := range variables {
			f.value(&variables[k], k, row)
		}
	}
	f.tag("</data>")
}

func (f *stataFile) value(v *stataVariable, k, row int) {
	switch v.kind {
	case stataLongText:
		reference := uint64(0) // an empty text
		if v.TextAt(row) != "" {
			reference = uint64(k+1) | uint64(row+1)<<16
		}
		f.number(reference)
	case stataDouble:
		f.number(stataNumber(v.Number(row)))
	case stataLong:
		n := int32(stataNoLong)
		if !v.IsMissing(row) {
			n = int32(v.Int[row])
		}
		f.number(n)
	case stataByte:
		n := int8(0)
		if v.Bool[row] {
			n = 1
		}
		f.number(n)
	default:
		f.fixed(v.TextAt(row), int(v.kind))
	}
}

func stataNumber(x float64) float64 {
	switch {
	case math.IsNaN(x):
		return stataMissing
	case math.IsInf(x, 1) || x >= stataMissing:
		return stataInfinite
	case math.IsInf(x, -1) || x <= -stataMissing:
		return stataNegInfinite
	}
	return x
}

// stataYesNoLabels are the labels of columns of yes and no.
func stataYesNoLabels() string {
	const text = "no\x00yes\x00"
	var b strings.Builder
	f := &stataFile{w: &b}
	f.tag("<value_labels><lbl>")
	f.number(uint32(4 + 4 + 8 + 8 + len(text)))
	f.fixed(stataYesNo, stataName+3)
	f.number([]uint32{2, uint32(len(text)), 0, uint32(len("no") + 1), 0, 1})
	f.tag(text + "</lbl></value_labels>")
	f.flush()
	return b.String()
}
