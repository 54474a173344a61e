package main

import (
	"bytes"
	"strings"
	"testing"

	"chokepoint/server/servertest"
)

// TestLoopSaysWhichDatasets: where none of several datasets is chosen, loop answers without trade and says which there are.
func TestLoopSaysWhichDatasets(t *testing.T) {
	dir, err := servertest.SmallWorlds(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	const want = "no trade dataset is chosen, and there are 2: world, world-before (--dataset NAME takes one)"
	for _, command := range [][]string{{"loop"}, {"loop", "--format", "json"}, {"loop", "inputs"}, {"loop", "sensitivity", "--rows", "64"}} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), append(command, "--data", dir, "--technology", "pv", "--draws", "20"), &out, &errs); code != 0 {
			t.Fatalf("exit code %d: %s", code, errs.String())
		}
		if text := strings.Join(strings.Fields(out.String()), " "); !strings.Contains(text, want) {
			t.Errorf("%v lacks %q:\n%s", command, want, out.String())
		}
	}
}
