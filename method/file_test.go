package method

import (
	"testing"

	"chokepoint/tomlfile/filetest"
)

func TestFile(t *testing.T) {
	filetest.Check(t, Builtin()[0].Text, "titl = \"x\"\n", "title = 1\n", func(name string, data []byte) error { _, err := Parse(name, data); return err })
}
