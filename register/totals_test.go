package register

import (
	"testing"

	"chokepoint/tomlfile/filetest"
)

func TestTotalsFile(t *testing.T) {
	filetest.Check(t, string(littleGiantsTOML), "nam = \"x\"\n", "name = 1\n", func(name string, data []byte) error { _, err := parseTotals(name, data); return err })
}
