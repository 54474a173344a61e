package published

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"chokepoint/datafile"
	"chokepoint/spelling"
)

// Board is a scoreboard that others have published: in which sectors of a product list an economy leads, or depends on others.
type Board struct {
	ID         string      `toml:"id"`
	Title      string      `toml:"title"`
	Date       string      `toml:"date"` // of the file, YYYY-MM-DD
	Source     string      `toml:"source"`
	Evidence   string      `toml:"evidence"` // how it is known: the source itself, or secondary ones
	Economy    string      `toml:"economy"`  // ISO3
	Year       int         `toml:"year"`     // of which it speaks
	List       string      `toml:"list"`     // product list whose sectors it is told by
	Note       string      `toml:"note"`
	Statements []Statement `toml:"statement"`

	Text []byte `toml:"-"` // the file
}

// Statement is what a board says of a sector.
type Statement struct {
	Sector string `toml:"sector"` // of the list, or with a slash one of its directions
	Class  string `toml:"class"`  // the word of the program's rules that says the same
	Says   string `toml:"says"`   // in our words
}

//go:embed boards/*.toml
var boards embed.FS

// BoardNames lists the boards that come with the program.
func BoardNames() (list []string) {
	files, err := fs.Glob(boards, "boards/*.toml")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for _, f := range files {
		list = append(list, strings.TrimSuffix(path.Base(f), ".toml"))
	}
	return list
}

// OpenBoard reads a board that comes with the program.
func OpenBoard(name string) (*Board, error) {
	file := strings.ToLower(name) + ".toml"
	text, err := boards.ReadFile("boards/" + file)
	if err != nil {
		return nil, fmt.Errorf("there is no published scoreboard %q; expected one of %s%s", name, strings.Join(BoardNames(), ", "), spelling.Hint(name, BoardNames()))
	}
	return ParseBoard(file, text)
}

var validID = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// ParseBoard reads a board from a text; name is for messages.
func ParseBoard(name string, text []byte) (*Board, error) {
	b := &Board{}
	if err := datafile.TOML(name, text, b); err != nil {
		return nil, err
	}
	var errs []error
	fail := func(at, format string, args ...any) {
		errs = append(errs, &datafile.Error{File: name, Line: datafile.LineOf(text, at), Msg: fmt.Sprintf(format, args...)})
	}
	if !validID.MatchString(b.ID) {
		fail("id", "id %q: expected lower-case letters, digits, dots and dashes, for example my-board", b.ID)
	}
	for _, need := range []struct{ key, text string }{{"title", b.Title}, {"source", b.Source}, {"evidence", b.Evidence}, {"economy", b.Economy}, {"list", b.List}} {
		if strings.TrimSpace(need.text) == "" {
			fail("", "no %s; add %s = \"…\"", need.key, need.key)
		}
	}
	if _, err := time.Parse(time.DateOnly, b.Date); err != nil {
		fail("date", "date %q: expected YYYY-MM-DD, the day of this version", b.Date)
	}
	if b.Year < 1900 || b.Year > 2200 {
		fail("year", "year %d: expected the year of which it speaks", b.Year)
	}
	if len(b.Statements) == 0 {
		fail("", "no statement; add [[statement]] with sector, class and says")
	}
	for i, s := range b.Statements {
		if s.Sector == "" || s.Class == "" || s.Says == "" {
			fail(`"`+s.Sector+`"`, "statement %d: expected sector, class and says", i+1)
		}
		same := func(o Statement) bool { return o.Sector == s.Sector && o.Class == s.Class }
		if slices.IndexFunc(b.Statements, same) < i {
			fail(`"`+s.Sector+`"`, "statement %d: %s is %s in another one too", i+1, s.Sector, s.Class)
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	b.Text = text
	return b, nil
}
