package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/vbauerster/mpb/v8"
)

// TestProgressBar: a quarter of the work is a quarter of the bar.
func TestProgressBar(t *testing.T) {
	var out bytes.Buffer
	show, stop := progressBar(mpb.WithOutput(&out), mpb.WithAutoRefresh(), mpb.WithWidth(40))
	show("reading", 2500, 10_000, 7)
	stop(true)
	if text := out.String(); !strings.Contains(text, "25 %") || strings.Contains(text, "100 %") {
		t.Errorf("got %q", text)
	}
}
