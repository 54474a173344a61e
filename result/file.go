package result

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ProvenanceSuffix is appended to the name of a file of rows to name the file
// with its notes and provenance.
const ProvenanceSuffix = ".provenance.json"

// WriteFile renders t into a file. The file is complete or, after an error,
// what it was before. A file of a format that has rows alone (CSV, NDJSON,
// SDMX-CSV) gets a second one beside it, named with ProvenanceSuffix, with
// title, notes, provenance, columns and the SHA-256 of the first; it is put in
// place first, so that rows never lack it.
func WriteFile(path string, t *Table, f Format) error {
	digest := sha256.New()
	write := func(w io.Writer) error { return Write(io.MultiWriter(w, digest), t, f, Options{}) }
	if !f.RowsAlone() {
		return ReplaceFile(path, write)
	}
	return replaceFile(path, write, func(target string) error {
		mark := fileMark{filepath.Base(path), hex.EncodeToString(digest.Sum(nil))}
		beside, err := pendingFile(target+ProvenanceSuffix, func(w io.Writer) error {
			return writeHead(w, t, mark)
		})
		if err != nil {
			return fmt.Errorf("%s: %w", path+ProvenanceSuffix, err)
		}
		if err := beside.commit(); err != nil {
			return errors.Join(err, beside.discard())
		}
		return nil
	})
}

// ReplaceFile writes a file that is complete or, after an error, what it was
// before. A link stays and the file behind it is replaced; a device is
// written to.
func ReplaceFile(path string, write func(io.Writer) error) error {
	return replaceFile(path, write, func(string) error { return nil })
}

// replaceFile calls ready when the content is complete and not yet in place.
func replaceFile(path string, write func(io.Writer) error, ready func(target string) error) (err error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return writeDevice(path, info, write)
	}
	target, err := followLink(path)
	if err != nil {
		return err
	}
	main, err := pendingFile(target, write)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer func() { err = errors.Join(err, main.discard()) }()
	if err := ready(target); err != nil {
		return err
	}
	return main.commit()
}

// WriteProvenance writes what WriteFile puts beside a file of that name and format.
func WriteProvenance(w io.Writer, t *Table, f Format, name string) error {
	digest := sha256.New()
	if err := Write(digest, t, f, Options{}); err != nil {
		return err
	}
	return writeHead(w, t, fileMark{name, hex.EncodeToString(digest.Sum(nil))})
}

// writeHead writes what stands beside rows.
func writeHead(w io.Writer, t *Table, mark fileMark) error {
	h := t.marked().head()
	h.File = &mark
	text, err := appendIndented(nil, h)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// writeDevice writes to what cannot be replaced, such as /dev/stdout.
func writeDevice(path string, info fs.FileInfo, write func(io.Writer) error) (err error) {
	if info.IsDir() {
		return fmt.Errorf("%s is a folder: expected the name of a file", path)
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return write(file)
}

// followLink returns the file that a symbolic link names, so that the file is
// replaced and the link stays.
func followLink(path string) (string, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode()&fs.ModeSymlink == 0 {
		return path, nil
	}
	if err != nil {
		return "", err
	}
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", fmt.Errorf("%s is a link to a file that is not there: %w", path, err)
	}
	return target, nil
}

// pending is a complete file under a temporary name in the folder of its target.
type pending struct{ temporary, target string }

func pendingFile(target string, write func(io.Writer) error) (p pending, err error) {
	p = pending{temporary: target + ".part-" + rand.Text()[:8], target: target}
	mode := fs.FileMode(0o666) // less the umask
	if info, err := os.Stat(target); err == nil {
		mode = info.Mode().Perm()
	}
	file, err := os.OpenFile(p.temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return p, withoutName(err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.discard())
		}
	}()
	buffered := bufio.NewWriterSize(file, flushAt)
	err = write(buffered)
	if err == nil {
		err = buffered.Flush()
	}
	if err == nil {
		err = file.Sync()
	}
	return p, withoutName(errors.Join(err, file.Close()))
}

func (p pending) commit() error {
	if err := os.Rename(p.temporary, p.target); err != nil {
		return fmt.Errorf("%s: %w", p.target, withoutName(err))
	}
	return nil
}

// withoutName takes the temporary name out of an error, which names the file that is asked for: nobody knows the other.
func withoutName(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}

// discard removes the temporary file, if commit has not renamed it.
func (p pending) discard() error {
	if err := os.Remove(p.temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return withoutName(err)
	}
	return nil
}
