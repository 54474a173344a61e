package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// mistakenWriter is an output that makes a mistake.
type mistakenWriter struct{ io.Writer }

func (mistakenWriter) Write([]byte) (int, error) { panic("a mistake of the program") }

// TestPanicIsReported: the user hears that it is not their fault, and what to report; the exit code is that of failed work.
func TestPanicIsReported(t *testing.T) {
	var errs bytes.Buffer
	if code := run(t.Context(), []string{"methods"}, mistakenWriter{}, &errs); code != exitFailed {
		t.Errorf("exit code %d, want %d", code, exitFailed)
	}
	for _, want := range []string{"a mistake of the program", "bug in the program, not an error in your question", "report it", "chokepoint methods",
		"mistakenWriter", "datasets verify"} {
		if !strings.Contains(errs.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, &errs)
		}
	}
	lines := strings.Split(strings.TrimRight(errs.String(), "\n"), "\n")
	if last := strings.Join(lines[max(0, len(lines)-7):], "\n"); !strings.Contains(last, "chokepoint: internal error") {
		t.Errorf("what people read is not at the end:\n%s", last)
	}
}
