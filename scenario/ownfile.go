package scenario

import (
	"path/filepath"
	"strings"

	"chokepoint/datafile"
	"chokepoint/fault"
	"chokepoint/study"
)

// openOwn reads the file of the user's that a parameter of a question names; nil where it names none. It is cited as kind.
func openOwn[T any](s *study.Source, parameter study.Parameter, kind, name string, parse func(name string, text []byte) (*T, error)) (*T, error) {
	if name == "" {
		return nil, nil
	}
	if s.Files == nil {
		return nil, fault.Questionf("%s %q: files are not read here", parameter.Name, name)
	}
	text, err := datafile.Load(name, maxDistances)
	if err != nil {
		return nil, fault.File(parameter.Name, name, fileOf(parameter), err)
	}
	x, err := parse(filepath.Base(name), text)
	if err != nil {
		return nil, fault.Question(err)
	}
	s.UseFile(kind, filepath.Base(name), datafile.Sum(text))
	return x, nil
}

// fileOf is what a parameter says of the file that it takes: "a CSV file with code,sigma".
func fileOf(p study.Parameter) string {
	at := strings.Index(p.Usage, "a CSV file with")
	if at < 0 {
		return "a file"
	}
	text, _, _ := strings.Cut(p.Usage[at:], " (default")
	text, _, _ = strings.Cut(text, "; ")
	return text
}
