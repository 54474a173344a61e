package scenario

import (
	"path/filepath"

	"chokepoint/datafile"
	"chokepoint/fault"
	"chokepoint/study"
)

// openOwn reads the file of the user's that a parameter of a question names; nil where it names none. It is cited as kind.
func openOwn[T any](s *study.Source, parameter, kind, name string, parse func(name string, text []byte) (*T, error)) (*T, error) {
	if name == "" {
		return nil, nil
	}
	if s.Files == nil {
		return nil, fault.Questionf("%s %q: files are not read here", parameter, name)
	}
	text, err := datafile.Load(name, maxDistances)
	if err != nil {
		return nil, fault.Questionf("%s: %w", parameter, err)
	}
	x, err := parse(filepath.Base(name), text)
	if err != nil {
		return nil, fault.Question(err)
	}
	s.UseFile(kind, filepath.Base(name), datafile.Sum(text))
	return x, nil
}
