package trade

import (
	"testing"

	"chokepoint/tomlfile/filetest"
)

func TestBlocFileFaults(t *testing.T) {
	sound := "[[bloc]]\nid = \"OWN\"\nname = \"Own\"\nsource = \"me\"\nmembers = [\"FRA\"]\n"
	filetest.Check(t, sound, "[[bloc]]\nnam = \"x\"\n", "[[bloc]]\nname = 1\n", func(name string, data []byte) error { return BuiltinBlocs().add(name, data) })
}
