package sector

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"chokepoint/textfile"
	"chokepoint/tomlfile"
)

// header is the TOML form. Every key is in docs/lists.md.
type header struct {
	ID          string `toml:"id"`
	Name        string `toml:"name"`
	Version     string `toml:"version"`
	Date        string `toml:"date"`
	Source      string `toml:"source"`
	Licence     string `toml:"licence"`
	Confidence  string `toml:"confidence"`
	Revision    string `toml:"revision"`
	Description string `toml:"description"`
	Sectors     []struct {
		ID         string            `toml:"id"`
		Name       string            `toml:"name"`
		Directions map[string]string `toml:"directions"`
	} `toml:"sector"`
	Invisible []struct {
		Sector    string `toml:"sector"`
		Direction string `toml:"direction"`
		Good      string `toml:"good"`
		Revision  string `toml:"revision"`
		Reason    string `toml:"reason"`
	} `toml:"invisible"`
}

// Error is a fault of a file.
type Error struct {
	File string
	Line int // from 1; 0 where the fault has no place
	Msg  string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Msg
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg)
}

var (
	validID   = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)
	validCode = regexp.MustCompile(`^([0-9]{2}|[0-9]{4}|[0-9A-Z]{6})$`)
)

// Parse reads a product list. The header may be empty: then the list has the name of its file, the sectors are those of
// the entries, and all entries are used. The names are for messages. All faults found are joined in the error.
func Parse(headerName string, headerText []byte, entriesName string, entriesText []byte) (*List, error) {
	var h header
	if err := tomlfile.Decode(headerName, headerText, MaxFile, &h); err != nil {
		return nil, err
	}
	p := &parsing{l: &List{File: entriesName}, file: headerName, revisions: allRevisions}
	p.header(h, len(bytes.TrimSpace(headerText)) > 0)
	p.entries(entriesText)
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	p.l.SHA256, p.l.Text = p.l.sum(headerText, entriesText), slices.Concat(headerText, entriesText)
	return p.l, nil
}

type parsing struct {
	l    *List
	file string // of the header

	revisions Revisions // of entries that say nothing
	errs      []error
}

func (p *parsing) fail(file string, line int, format string, args ...any) {
	p.errs = append(p.errs, &Error{file, line, fmt.Sprintf(format, args...)})
}

// header takes the header over; given says whether there is one.
func (p *parsing) header(h header, given bool) {
	l := p.l
	l.ID, l.Name, l.Version, l.Date, l.Source, l.Licence, l.Description = h.ID, h.Name, h.Version, h.Date, h.Source, h.Licence, strings.TrimSpace(h.Description)
	if !given {
		l.ID = idOf(p.file)
		l.Name, l.Source = l.ID, "own list"
		return
	}
	if !validID.MatchString(l.ID) {
		p.fail(p.file, 0, "id %q: expected lower-case letters, digits, dots and dashes, for example my-list", l.ID)
	}
	for _, need := range []struct{ key, value string }{{"name", l.Name}, {"source", l.Source}} {
		if strings.TrimSpace(need.value) == "" {
			p.fail(p.file, 0, "no %s; add %s = \"…\"", need.key, need.key)
		}
	}
	if _, err := time.Parse(time.DateOnly, l.Date); l.Date != "" && err != nil {
		p.fail(p.file, 0, "date %q: expected YYYY-MM-DD", l.Date)
	}
	if h.Confidence != "" {
		var err error
		if l.least, err = ParseConfidence(h.Confidence); err != nil {
			p.fail(p.file, 0, "%v", err)
		}
	}
	if h.Revision != "" {
		var err error
		if p.revisions, err = ParseRevisions(h.Revision); err != nil {
			p.fail(p.file, 0, "%v", err)
		}
	}
	p.sectors(h)
	p.invisible(h)
}

// idOf makes an id of a file's name.
func idOf(file string) string {
	base := strings.ToLower(strings.TrimSuffix(filepath.Base(file), ".toml"))
	id := strings.Trim(regexp.MustCompile(`[^a-z0-9._-]+`).ReplaceAllString(base, "-"), "-._")
	if !validID.MatchString(id) {
		return "own"
	}
	return id
}

func (p *parsing) sectors(h header) {
	for _, s := range h.Sectors {
		if !validID.MatchString(s.ID) {
			p.fail(p.file, 0, "sector id %q: expected lower-case letters, digits, dots and dashes", s.ID)
		}
		if slices.ContainsFunc(p.l.Sectors, func(other Sector) bool { return other.ID == s.ID }) {
			p.fail(p.file, 0, "sector %s appears twice", s.ID)
		}
		name := s.Name
		if name == "" {
			name = s.ID
		}
		p.l.Sectors = append(p.l.Sectors, Sector{s.ID, name, s.Directions})
	}
}

func (p *parsing) invisible(h header) {
	for _, v := range h.Invisible {
		revisions, err := ParseRevisions(v.Revision)
		if err != nil {
			p.fail(p.file, 0, "invisible %q: %v", v.Good, err)
		}
		if v.Good == "" || v.Reason == "" {
			p.fail(p.file, 0, "invisible %q: expected good and reason", v.Good)
		}
		if err := p.l.knows(v.Sector, v.Direction); err != nil {
			p.fail(p.file, 0, "invisible %q: %v", v.Good, err)
		}
		p.l.invisible = append(p.l.invisible, Invisible{v.Sector, v.Direction, v.Good, v.Reason, revisions})
	}
}

// knows says what is wrong with a sector and direction; the header lists what there is.
func (l *List) knows(sector, direction string) error {
	i := slices.IndexFunc(l.Sectors, func(s Sector) bool { return s.ID == sector })
	if i < 0 {
		return fmt.Errorf("sector %q is not in the header", sector)
	}
	if _, ok := l.Sectors[i].Directions[direction]; !ok && direction != "" {
		return fmt.Errorf("direction %q is not in sector %s of the header", direction, sector)
	}
	return nil
}

// columns are those of the entries; only code must be there.
var columns = []string{"code", "revision", "sector", "direction", "confidence", "reason"}

func (p *parsing) entries(text []byte) {
	t := textfile.NewTable(p.l.File, text)
	t.Comment = '#'
	if err := t.Header(columns[:1], columns[1:], nil); err != nil {
		p.broken(err)
		return
	}
	fromHeader := len(p.l.Sectors) > 0
	for {
		row, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			p.broken(err)
			continue
		}
		p.entry(t.Line, fromHeader, func(name string) string {
			if i := t.At(name); i >= 0 {
				return row[i]
			}
			return ""
		})
	}
	if len(p.l.Entries) == 0 && len(p.errs) == 0 {
		p.fail(p.l.File, 0, "no entries")
	}
}

// broken notes a line that cannot be read.
func (p *parsing) broken(err error) {
	var at *textfile.LineError
	if errors.As(err, &at) {
		p.fail(at.File, at.Line, "%s", at.Problem)
		return
	}
	p.fail(p.l.File, 0, "%v", err)
}

// entry reads one line; fromHeader says whether the header lists the sectors.
func (p *parsing) entry(line int, fromHeader bool, field func(name string) string) {
	l := p.l
	e := Entry{Code: strings.ToUpper(field("code")), Revisions: p.revisions, Sector: field("sector"), Direction: field("direction"),
		Confidence: High, Reason: field("reason"), Line: line}
	var err error
	if !validCode.MatchString(e.Code) {
		p.fail(l.File, line, "code %q: expected six digits, a heading of four or a chapter of two; codes keep their leading zero", e.Code)
	}
	if text := field("revision"); text != "" {
		if e.Revisions, err = ParseRevisions(text); err != nil {
			p.fail(l.File, line, "%v", err)
		}
	}
	if text := field("confidence"); text != "" {
		if e.Confidence, err = ParseConfidence(text); err != nil {
			p.fail(l.File, line, "%v", err)
		}
	}
	switch {
	case fromHeader:
		if err := l.knows(e.Sector, e.Direction); err != nil {
			p.fail(l.File, line, "%v", err)
		}
	default:
		if e.Sector == "" {
			e.Sector = l.ID
		}
		if !validID.MatchString(e.Sector) {
			p.fail(l.File, line, "sector %q: expected lower-case letters, digits, dots and dashes", e.Sector)
		}
		if !slices.ContainsFunc(l.Sectors, func(s Sector) bool { return s.ID == e.Sector }) {
			l.Sectors = append(l.Sectors, Sector{ID: e.Sector, Name: e.Sector})
		}
	}
	l.Entries = append(l.Entries, e)
}

// sum is the checksum of the texts of a list; of its entries where it was not read from texts.
func (l *List) sum(header, entries []byte) string {
	h := sha256.New()
	if entries == nil {
		fmt.Fprint(h, l.Entries)
	}
	h.Write(header)
	h.Write(entries)
	return hex.EncodeToString(h.Sum(nil))
}
