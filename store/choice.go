package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"chokepoint/fault"
)

// inUseFile, in the data folder, holds the name of the dataset that a user has chosen. No dataset can have its name.
const inUseFile = ".in-use"

// Use remembers a dataset: it answers where a question names none.
func Use(dir, name string) error { return UseOn(SystemDisk{}, dir, name) }

// UseOn is Use on another disk.
func UseOn(disk Disk, dir, name string) error {
	if _, err := find(dir, name); err != nil {
		return err
	}
	if err := replaceFile(disk, filepath.Join(dir, inUseFile), []byte(name+"\n")); err != nil {
		return err
	}
	return disk.SyncDir(dir)
}

// Forget undoes Use.
func Forget(dir string) error { return forget(SystemDisk{}, dir) }

func forget(disk Disk, dir string) error {
	err := disk.Remove(filepath.Join(dir, inUseFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = disk.SyncDir(dir)
	}
	return err
}

// InUse is the name that Use remembered; "" is none. Whether there is such a dataset is for Choose to say.
func InUse(dir string) (string, error) {
	data, err := os.ReadFile(filepath.Join(dir, inUseFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(data)), err
}

// Choice is the dataset that answers where a question names none.
type Choice struct {
	Name  string
	Notes []string // what its user should know
}

// Choose is the rule for a question that names no dataset: the one in use, else the only one, else the only one of real data that is
// no sample, else the only one that is no sample. list and damaged are what List gives: a damaged dataset may be the one that is meant, so that only inUse can pass it by.
func Choose(list []Manifest, damaged error, inUse string) (c Choice, err error) {
	named := func(m Manifest) bool { return m.Name == inUse }
	switch {
	case inUse != "" && slices.ContainsFunc(list, named):
		return Choice{Name: inUse}, nil
	case damaged != nil:
		return c, damaged
	case inUse != "":
		c.Notes = append(c.Notes, fmt.Sprintf("the dataset in use, %.100q, is no longer there: `chokepoint datasets use NAME` chooses another, `chokepoint datasets use --none` forgets it", inUse))
	}
	candidates, why := list, ""
	for _, rule := range []struct {
		passes func(Manifest) bool
		why    string
	}{
		{func(m Manifest) bool { return !m.Sample && !m.Synthetic }, ", the only one of real data"},
		{func(m Manifest) bool { return !m.Sample }, ", as the others are samples"},
	} {
		if kept := slices.DeleteFunc(slices.Clone(list), func(m Manifest) bool { return !rule.passes(m) }); len(list) > 1 && len(kept) > 0 {
			candidates, why = kept, rule.why
			break
		}
	}
	if len(candidates) != 1 {
		return c, fault.Question(&UnchosenError{Names: listed(list), Count: len(list), Notes: c.Notes})
	}
	c.Name = candidates[0].Name
	if len(list) > 1 {
		others := slices.DeleteFunc(slices.Clone(list), func(m Manifest) bool { return m.Name == c.Name })
		if !candidates[0].Synthetic && slices.ContainsFunc(others, func(m Manifest) bool { return m.Sample && !m.Synthetic }) {
			why += " that is not a sample"
		}
		c.Notes = append(c.Notes, fmt.Sprintf("dataset %s%s; there is also %s (choose another with --dataset NAME, or for all questions with `chokepoint datasets use NAME`)", c.Name, why, listed(others)))
	}
	return c, nil
}

// HowToGet says how to come by a first dataset.
const HowToGet = "`chokepoint demo` makes two to try, `chokepoint fetch baci` downloads BACI, `chokepoint ingest baci FILE.zip` reads a file that you have"

// UnchosenError says that a question names no dataset, and that the rule gives none.
type UnchosenError struct {
	Names string
	Count int
	Place string // where they are: " in FOLDER"
	Notes []string
}

func (e *UnchosenError) Error() string {
	if e.Count == 0 {
		return "no dataset" + e.Place + ": " + HowToGet
	}
	says := append(slices.Clone(e.Notes), fmt.Sprintf("%d datasets%s: choose with --dataset, or once for all questions with `chokepoint datasets use NAME`: %s", e.Count, e.Place, e.Names))
	return strings.Join(says, "; ")
}

// Default is the dataset of a data folder that answers where a question names none.
func Default(dir string) (Choice, error) {
	list, damaged := List(dir)
	inUse, err := InUse(dir)
	if err != nil {
		return Choice{}, err
	}
	c, err := Choose(list, damaged, inUse)
	var unchosen *UnchosenError
	if errors.As(err, &unchosen) {
		unchosen.Place = " in " + dir
	}
	return c, err
}
