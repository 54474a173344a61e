//go:build !cgo

package main

import "context"

// newDuck says that DuckDB is not in this build.
func newDuck(context.Context, string, *dataset) (engine, error) {
	return nil, missingError("needs a C compiler, with which this program was not built")
}
