package sector

import (
	"testing"

	"chokepoint/tomlfile/filetest"
)

func TestListFile(t *testing.T) {
	sound := "id = \"own\"\nname = \"Own\"\nsource = \"me\"\n[[sector]]\nid = \"a\"\n"
	filetest.Check(t, sound, "nam = \"x\"\n", "name = 1\n", func(name string, data []byte) error {
		_, err := Parse(name, data, "own.csv", []byte("code,sector\n850760,a\n"))
		return err
	})
}
