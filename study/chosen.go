package study

import (
	"errors"
	"path/filepath"
	"strings"

	"chokepoint/fault"
)

// textEnding ends the name of a file that stands for a text.
const textEnding = ".csv"

// TextOf is the text of a file that a parameter names, and its name. Where no file may be opened the value is the text itself.
func (s *Source) TextOf(parameter, value string) (name string, text []byte, err error) {
	if s.Files != nil {
		text, err = s.Files(value)
		return value, text, err
	}
	if !strings.ContainsAny(value, "\r\n") {
		return "", nil, &ParameterError{parameter, value, errors.New("files are not read here: expected the text of the file, its header line and the rows below")}
	}
	return parameter + textEnding, []byte(value), nil
}

// Chosen finds what a parameter names: something that comes with the program, or, where the question may open files, what a file that
// ends in .toml holds. names are those that come with the program.
func Chosen[R any](s *Source, parameter, name string, names []string, open func(name string) (R, error), parse func(name string, text []byte) (R, error)) (r R, err error) {
	if !strings.HasSuffix(strings.ToLower(name), ".toml") {
		r, err = open(name)
		return r, fault.Question(err)
	}
	if s.Files == nil {
		return r, fault.Questionf("%s %q: files are not read here; expected one of %s, or on the command line a file that ends in .toml", parameter, name, strings.Join(names, ", "))
	}
	text, err := s.Files(name)
	if err != nil {
		return r, fault.File(parameter, name, "a file that ends in .toml, or one of "+strings.Join(names, ", "), err)
	}
	r, err = parse(filepath.Base(name), text)
	return r, fault.Question(err)
}
