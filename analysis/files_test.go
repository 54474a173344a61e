package analysis

import (
	"testing"

	"chokepoint/tomlfile/filetest"
)

func TestWeightsFile(t *testing.T) {
	filetest.Check(t, string(builtinWeights()[0].text), "titl = \"x\"\n", "title = 1\n", func(name string, data []byte) error { _, err := parseWeights(name, data); return err })
}

func TestClassesFile(t *testing.T) {
	sound, err := classFiles.ReadFile("data/classes/standing.toml")
	if err != nil {
		t.Fatal(err)
	}
	filetest.Check(t, string(sound), "titl = \"x\"\n", "title = 1\n", func(name string, data []byte) error { _, err := parseClasses(name, data); return err })
}

func TestPoliciesFile(t *testing.T) {
	filetest.Check(t, string(policiesTOML), "[[policy]]\nnam = \"x\"\n", "[[policy]]\nname = 1\n", func(name string, data []byte) error { _, err := parsePolicies(name, data); return err })
}

func TestTargetsFile(t *testing.T) {
	filetest.Check(t, string(mericsTargets), "[[target]]\nyea = 1\n", "[[target]]\nyear = \"x\"\n", func(name string, data []byte) error { _, err := ParseTargets(name, data); return err })
}
