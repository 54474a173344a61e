//go:build manpages

// The pages of the manual are made for releases, and their library is not in the program:
//
//	go run -tags manpages ./cmd/chokepoint FOLDER DATE
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra/doc"
)

func init() {
	if err := writeManual(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "manual:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// writeManual writes a page for each command into a folder, dated by a date.
func writeManual(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("got %d arguments; expected a folder and a date", len(args))
	}
	date, err := time.Parse(time.DateOnly, args[1])
	if err != nil {
		return err
	}
	root := (&app{ctx: context.Background()}).root()
	root.DisableAutoGenTag = true
	return doc.GenManTree(root, &doc.GenManHeader{Title: "CHOKEPOINT", Section: "1", Date: &date, Source: "Chokepoint", Manual: "Chokepoint"}, args[0])
}
