package study

import (
	"path/filepath"
	"strings"

	"chokepoint/fault"
)

// Chosen finds what a parameter names: something that comes with the program, or, where the question may open files, what a file that
// ends in .toml holds. names are those that come with the program.
func Chosen[R any](s *Source, parameter, name string, names []string, open func(name string) (R, error), parse func(name string, text []byte) (R, error)) (r R, err error) {
	if !strings.HasSuffix(strings.ToLower(name), ".toml") {
		r, err = open(name)
		return r, fault.Question(err)
	}
	if s.Files == nil {
		return r, fault.Questionf("%s %q: files are not read here; want one of %s, or on the command line a file that ends in .toml", parameter, name, strings.Join(names, ", "))
	}
	text, err := s.Files(name)
	if err != nil {
		return r, fault.Questionf("%s: %w", parameter, err)
	}
	r, err = parse(filepath.Base(name), text)
	return r, fault.Question(err)
}
