package result

import (
	"bytes"
	"io"
	"strings"
)

// Wrapped returns a writer whose lines fit a width: longer ones go on below, two blanks further in than they begin, and no word is broken.
// Where width is 0 it is w. Lines that move the cursor stay as they are.
func Wrapped(w io.Writer, width int) io.Writer {
	if width <= 0 {
		return w
	}
	return &wrapper{w, width}
}

type wrapper struct {
	io.Writer
	width int
}

// Write implements io.Writer. Text for people is written by whole lines; what ends without one is taken as a line.
func (w *wrapper) Write(p []byte) (int, error) {
	var b bytes.Buffer
	for line := range bytes.Lines(p) {
		text, ends := strings.CutSuffix(string(line), "\n")
		if strings.ContainsAny(text, "\r\x1b") {
			b.WriteString(text)
		} else {
			b.WriteString(strings.Join(wrap(text, w.width), "\n"))
		}
		if ends {
			b.WriteByte('\n')
		}
	}
	_, err := w.Writer.Write(b.Bytes())
	return len(p), err
}

// Wrap breaks a line between its words where it is wider than width. What goes on stands below the second column of the line, where it has
// one, else two blanks further in than the line.
func Wrap(line string, width int) string { return strings.Join(wrap(line, width), "\n") }

// Fill breaks a paragraph: what goes on begins where the line begins.
func Fill(line string, width int) string { return strings.Join(wrapAt(line, width, 0), "\n") }

func wrap(line string, width int) []string { return wrapAt(line, width, hanging(line, width)) }

func wrapAt(line string, width, hang int) []string {
	line = string([]rune(line)) // of bytes that are no UTF-8 the width depends on their neighbours
	if width <= 0 || terminalWidth.StringWidth(line) <= width {
		return []string{line}
	}
	indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
	further := strings.Repeat(" ", hang)
	lines, current, used := []string(nil), indent, len(indent)
	fresh := true // nothing but blanks is on the line
	for _, piece := range pieces(line[len(indent):], width-len(further)) {
		n := terminalWidth.StringWidth(piece)
		if trimmed := strings.TrimLeft(piece, " "); !fresh && used+n > width {
			lines = append(lines, strings.TrimRight(current, " "))
			current, used, fresh = further, len(further), true
			piece, n = trimmed, terminalWidth.StringWidth(trimmed)
		}
		current, used, fresh = current+piece, used+n, false
	}
	return append(lines, current)
}

// hanging is how far the further lines of a line are indented.
func hanging(line string, width int) int {
	text := strings.TrimLeft(line, " ")
	indent := len(line) - len(text)
	if first := strings.Index(text, "  "); first > 0 {
		second := strings.TrimLeft(text[first:], " ")
		if at := terminalWidth.StringWidth(line[:len(line)-len(second)]); second != "" && at <= width/2 {
			return at
		}
	}
	return min(indent+2, width/2)
}

// pieces are the words of a text, each with the blanks before it. A word that is wider than a line, a query or a path, comes in parts that
// end where a part of the query or path ends.
func pieces(text string, width int) (list []string) {
	for len(text) > 0 {
		blanks := len(text) - len(strings.TrimLeft(text, " "))
		end := strings.IndexByte(text[blanks:], ' ')
		if end < 0 {
			end = len(text) - blanks
		}
		word := text[:blanks+end]
		text = text[blanks+end:]
		for terminalWidth.StringWidth(word) > width {
			at := lastPart(word, width)
			if at <= 0 {
				break
			}
			list, word = append(list, word[:at]), word[at:]
		}
		list = append(list, word)
	}
	return list
}

// lastPart is where the last part of a word ends that begins within the width; 0 where the word has but one.
func lastPart(word string, width int) (at int) {
	for i := range len(word) - 1 {
		if i >= width {
			break
		}
		if strings.IndexByte("&,/;?", word[i]) >= 0 {
			at = i + 1
		}
	}
	return at
}
