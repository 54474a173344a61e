package fault

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestMappedFile reads a mapped file that was cut off: without Do that ends the program.
func TestMappedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mapped")
	size := 4 * os.Getpagesize()
	if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := syscall.Mmap(int(f.Fd()), 0, size, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Munmap(data)
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	sum := 0
	err = Do(func() error {
		for _, b := range data {
			sum += int(b)
		}
		return nil
	})
	var thrown *Error
	if !errors.As(err, &thrown) || !thrown.Memory() {
		t.Errorf("got %v, want that the memory could not be read", err)
	}

	wanted := errors.New("the file is gone")
	end := Watch(data, func() error { return wanted })
	read := func() error { sum += int(data[size-1]); return nil }
	if err := Do(read); err != wanted {
		t.Errorf("watched: got %v, want its own error", err)
	}
	end()
	if err := Do(read); !errors.As(err, &thrown) {
		t.Errorf("no longer watched: got %v", err)
	}
}
