// Package rule holds the numbers and words by which figures are judged: the floors below which nothing is claimed, and the classes of
// the scoreboard. They stand in dated files with their sources; some are embedded, users write their own.
//
// The package knows nothing of flows and datasets. It must never import store, kernel, analysis or result.
package rule

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"regexp"
	"strings"
	"time"

	"chokepoint/datafile"
	"chokepoint/spelling"
)

// About says which rule a file holds, where it is from and of which date it is.
type About struct {
	ID     string `toml:"id"`
	Title  string `toml:"title"`
	Date   string `toml:"date"` // of the version, YYYY-MM-DD
	Source string `toml:"source"`
	Note   string `toml:"note"`

	Text   []byte `toml:"-"` // the file
	SHA256 string `toml:"-"`
}

var validID = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

func (a *About) about() *About { return a }

func (a *About) check(c *checking) {
	if !validID.MatchString(a.ID) {
		c.fail("id", "id %q: expected lower-case letters, digits, dots and dashes, for example my-floors", a.ID)
	}
	for _, need := range []struct{ key, text string }{{"title", a.Title}, {"source", a.Source}} {
		if strings.TrimSpace(need.text) == "" {
			c.fail("", "no %s; add %s = \"…\"", need.key, need.key)
		}
	}
	if _, err := time.Parse(time.DateOnly, a.Date); err != nil {
		c.fail("date", "date %q: expected YYYY-MM-DD, the day of this version", a.Date)
	}
}

// checking collects the faults of a file.
type checking struct {
	name string
	text []byte
	errs []error
}

// fail records a fault in the line where a text first stands.
func (c *checking) fail(at, format string, args ...any) {
	c.errs = append(c.errs, &datafile.Error{File: c.name, Line: datafile.LineOf(c.text, at), Msg: fmt.Sprintf(format, args...)})
}

// number records a number that is missing or out of range. A missing key is a nil.
func (c *checking) number(key string, x *float64, low, high float64) {
	switch {
	case x == nil:
		c.fail("", "no %s; expected a number from %g to %g", key, low, high)
	case math.IsNaN(*x) || *x < low || *x > high:
		c.fail("\n"+key, "%s %v: expected a number from %g to %g", key, *x, low, high)
	}
}

// checked is a rule that a file can hold.
type checked interface {
	about() *About
	validate(c *checking)
}

// pointer is a pointer to a rule.
type pointer[R any] interface {
	*R
	checked
}

// parse reads a rule from a file and checks it.
func parse[R any, P pointer[R]](name string, text []byte) (*R, error) {
	r := P(new(R))
	if err := datafile.TOML(name, text, r); err != nil {
		return nil, err
	}
	c := &checking{name: name, text: text}
	r.about().check(c)
	r.validate(c)
	if len(c.errs) > 0 {
		return nil, errors.Join(c.errs...)
	}
	r.about().Text, r.about().SHA256 = text, datafile.Sum(text)
	return r, nil
}

//go:embed data
var builtin embed.FS

// open reads an embedded rule of a kind.
func open[R any, P pointer[R]](kind, name string) (*R, error) {
	file := strings.ToLower(name) + ".toml"
	text, err := builtin.ReadFile(path.Join("data", kind, file))
	if err != nil {
		return nil, fmt.Errorf("%s %q: expected one of %s, or a file that ends in .toml%s", kind, name, strings.Join(names(kind), ", "), spelling.Hint(name, names(kind)))
	}
	return parse[R, P](file, text)
}

// names lists the embedded rules of a kind.
func names(kind string) (list []string) {
	files, err := fs.Glob(builtin, path.Join("data", kind, "*.toml"))
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for _, f := range files {
		list = append(list, strings.TrimSuffix(path.Base(f), ".toml"))
	}
	return list
}
