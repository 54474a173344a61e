package fault

import (
	"errors"
	"fmt"
	"io/fs"
)

// QuestionError is a mistake of the asker: what was asked, or a file that it names, is wrong, and the message says what is wanted.
// The command line ends with exit code 2, HTTP answers 422. Every error without one in its chain is a failure, of the data, the
// disk, the network or the program: exit code 1, and 500.
type QuestionError struct{ Err error }

// Error implements error.
func (e *QuestionError) Error() string { return e.Err.Error() }

// Unwrap gives what is wrong.
func (e *QuestionError) Unwrap() error { return e.Err }

// Question says that err is the asker's; nil stays nil.
func Question(err error) error {
	if err == nil {
		return nil
	}
	return &QuestionError{err}
}

// Questionf is fmt.Errorf for a mistake of the asker.
func Questionf(format string, args ...any) error { return &QuestionError{fmt.Errorf(format, args...)} }

// File is the error of a file of the asker's that cannot be read. parameter names it, and expected says what it holds; both are said where there is no such
// file.
func File(parameter, name, expected string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return Questionf("%s: %s: no such file; expected %s", parameter, name, expected)
	}
	return Questionf("%s: %w", parameter, err)
}
