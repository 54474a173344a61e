// Package filetest checks that a kind of file is read as all are: by tomlfile, with its errors. It is for tests.
package filetest

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"
)

// Check reads a sound file with faults put into it. misspelt and mistyped are texts whose last line has a key with a letter missing,
// and a value of another type.
func Check(t *testing.T, sound, misspelt, mistyped string, read func(name string, data []byte) error) {
	t.Helper()
	f := func(data string, want ...string) {
		t.Helper()
		err := read("own.toml", []byte(data))
		if len(want) == 0 && err != nil {
			t.Errorf("%.40q: got %v, want none", data, err)
		}
		for _, text := range want {
			if err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("%.40q: got %v\nwant %q in it", data, err, text)
			}
		}
	}
	last := "own.toml:" + string(rune('0'+strings.Count(misspelt, "\n")))
	f(sound)
	f("\ufeff" + sound)
	f(misspelt, last+":1: unknown key ", "; known keys", "(did you mean ")
	f(mistyped, last+":", ": got ", ", expected ")
	f("= 1\n", "own.toml:1:1: ")
	f(utf16File(sound), "own.toml: the file is UTF-16; expected UTF-8")
	f(strings.Replace(sound, "\"", "\"\xe9", 1), "own.toml:", ": byte 0xE9 is not UTF-8")
	f(strings.Repeat("#\n", 6<<20), "own.toml: more than ")
}

// utf16File is a text as an editor saves it that calls UTF-16 Unicode.
func utf16File(text string) string {
	var data []byte
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		data = binary.LittleEndian.AppendUint16(data, unit)
	}
	return string(data)
}
