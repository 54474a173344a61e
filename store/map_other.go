//go:build !unix

package store

import "os"

// mapFile reads the file where the platform's mapping is not supported.
func mapFile(path string) (data []byte, release func() error, err error) {
	data, err = os.ReadFile(path)
	return data, func() error { return nil }, err
}

// syncDir does nothing: the platform has no such call.
func syncDir(string) error { return nil }
