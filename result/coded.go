package result

import "sync"

// codedText is the values of a column of text in an answer of so many rows that each of its few hundred texts is kept once, and of each row which one it has. References
// to texts would take four times the memory, and the garbage collector would follow them all.
type codedText struct {
	words []string
	codes []uint32 // by row
}

// TextAt is the text of a row.
func (c *Column) TextAt(row int) string {
	if c.coded != nil {
		return c.coded.words[c.coded.codes[row]]
	}
	return c.Text[row]
}

// texts are those of the rows from one up to another.
func (c *Column) texts(from, to int) func(yield func(row int, text string) bool) {
	return func(yield func(int, string) bool) {
		for row := from; row < to; row++ {
			if !yield(row, c.TextAt(row)) {
				return
			}
		}
	}
}

// pickText returns the texts of rows, in that order.
func (c *Column) pickText(to *Column, rows []int) {
	if c.coded != nil {
		to.coded = &codedText{c.coded.words, pick(c.coded.codes, rows)}
		return
	}
	to.Text = pick(c.Text, rows)
}

// sliceText returns the texts of the rows from one up to another.
func (c *Column) sliceText(to *Column, from, till int) {
	if c.coded != nil {
		to.coded = &codedText{c.coded.words, c.coded.codes[from:till:till]}
		return
	}
	to.Text = c.Text[from:till:till]
}

// textCodes gives each text of a column its code while several cores fill it.
type textCodes struct {
	mu    sync.Mutex
	codes map[string]uint32
	words []string
}

func (t *textCodes) of(text string) uint32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	code, ok := t.codes[text]
	if !ok {
		code = uint32(len(t.words))
		t.codes[text], t.words = code, append(t.words, text)
	}
	return code
}

// recentTexts are codes of texts that a core saw before, at places that their last letters choose: neighbours mostly share theirs.
type recentTexts struct {
	all   *textCodes
	texts [1 << recentBits]struct {
		text  string
		code  uint32
		known bool
	}
}

const recentBits = 9

func (r *recentTexts) code(text string) uint32 {
	place := uint(len(text))
	for i := max(0, len(text)-3); i < len(text); i++ {
		place = place*31 + uint(text[i])
	}
	seen := &r.texts[place%(1<<recentBits)]
	if !seen.known || seen.text != text {
		seen.text, seen.code, seen.known = text, r.all.of(text), true
	}
	return seen.code
}
