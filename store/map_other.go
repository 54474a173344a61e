//go:build !unix

package store

import "os"

// mapFile reads the file where the platform's mapping is not supported.
func mapFile(path string) (data []byte, info os.FileInfo, release func() error, err error) {
	if info, err = os.Stat(path); err != nil {
		return nil, nil, nil, err
	}
	data, err = os.ReadFile(path)
	return data, info, func() error { return nil }, err
}

// syncDir does nothing: the platform has no such call.
func syncDir(string) error { return nil }
