package main

import (
	"bytes"
	"os"
	"testing"
)

// TestNoticesAreCurrent: the file that the program prints has the terms of what it contains now.
func TestNoticesAreCurrent(t *testing.T) {
	if testing.Short() {
		t.Skip("lists the packages of three systems; -short leaves it out")
	}
	want, err := collect("../..")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../" + file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the modules say; run `make notices`", file)
	}
}
