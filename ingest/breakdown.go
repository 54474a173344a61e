package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"chokepoint/textfile"
)

// breakdown is a column that splits each flow up, and whose values may have the total of the split beside its parts.
type breakdown struct {
	names []string // of the column, as columnKey writes them
	total string   // the value of rows that are the total, in lower case
}

// breakdowns are those of UN Comtrade, by code and by name.
var breakdowns = []breakdown{
	{[]string{"motcode"}, "0"}, {[]string{"motdesc"}, "total mot"},
	{[]string{"customscode"}, "c00"}, {[]string{"customsdesc"}, "total cpc"},
	{[]string{"moscode"}, "0"},
	{[]string{"partner2code"}, "0"}, {[]string{"partner2iso"}, "w00"}, {[]string{"partner2desc"}, "world"},
}

// directionColumns are columns that say which way a flow goes; imports and exports are their values, in lower case.
var (
	directionColumns = []string{"flow", "flowcode", "flowdesc", "tradeflow", "tradeflowcode", "tradeflowname", "rgcode", "rgdesc"}
	imports          = []string{"m", "import", "imports", "gross imp.", "1"}
	exports          = []string{"x", "export", "exports", "gross exp.", "2"}
)

// columnKey writes the name of a column in lower case, without blanks, underscores and hyphens.
func columnKey(name string) string {
	return strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToLower(name))
}

// split is what the values of one such column are in all tables.
type split struct {
	column    string // as the table writes it
	direction bool
	total     string
	values    map[string]tally // in lower case; rows without a value say nothing
	written   map[string]string
	keep      string // rows with another value are set aside; empty: all are kept
}

// maxSplit bounds the values that are counted: a column with more of them splits nothing up.
const maxSplit = 1000

func newSplit(name string) *split {
	key := columnKey(name)
	s := &split{column: name, values: map[string]tally{}, written: map[string]string{}, direction: slices.Contains(directionColumns, key)}
	for _, b := range breakdowns {
		if slices.Contains(b.names, key) {
			s.total = b.total
		}
	}
	if !s.direction && s.total == "" {
		return nil
	}
	return s
}

func (s *split) add(value string, amount float64) {
	key := strings.ToLower(value)
	t, known := s.values[key]
	if value == "" || !known && len(s.values) >= maxSplit {
		return
	}
	if !known {
		s.written[key] = value
	}
	t.add(1, amount)
	s.values[key] = t
}

// settle decides which rows are kept, and says why; empty: all are.
func (s *split) settle() string {
	if len(s.values) < 2 {
		return ""
	}
	if s.direction {
		return s.settleDirection()
	}
	if _, has := s.values[s.total]; !has {
		return ""
	}
	s.keep = s.total
	return fmt.Sprintf("column %s has %d values, %s among them, which is their total: rows may count twice (%s)", s.column, len(s.values),
		s.written[s.total], s.amounts())
}

func (s *split) settleDirection() string {
	for _, way := range []struct {
		words  []string
		wanted string
	}{{imports, "imports"}, {exports, "exports"}} {
		for _, word := range way.words {
			if _, has := s.values[word]; has {
				s.keep = word
				return fmt.Sprintf("column %s has %s: only %s are %s (%s are not)", s.column, strings.Join(s.list(), ", "), s.written[word], way.wanted, s.amounts())
			}
		}
	}
	return ""
}

// list gives the values as they are written, those with most of the trade first.
func (s *split) list() (list []string) {
	order := slices.SortedFunc(maps.Keys(s.values), func(a, b string) int {
		if d := s.values[b].value - s.values[a].value; d != 0 {
			return int(min(max(d, -1), 1) * 2)
		}
		return strings.Compare(a, b)
	})
	for _, key := range order[:min(len(order), 10)] {
		list = append(list, s.written[key])
	}
	return list
}

// amounts says how much of the value is of rows that are not kept.
func (s *split) amounts() string {
	all := totalOf(s.values)
	return fmt.Sprintf("%s of %s USD", dollarsText(all.value-s.values[s.keep].value), dollarsText(all.value))
}

// kept says whether a row with this value is kept.
func (s *split) kept(value string) bool { return s.keep == "" || strings.ToLower(value) == s.keep }

// why is the reason for rows that are not kept.
func (s *split) why() reason {
	if s.direction {
		return otherDirection
	}
	return partOfTotal
}

// survey looks, before anything is stored, for columns that split flows up: rows of a total and of its parts, or of imports and exports,
// would count twice. A strict ingest stops there, a lenient one sets the others aside.
func (in *summing) survey(ctx context.Context) error {
	var first string
	for _, m := range in.archive.flows {
		found, err := in.surveyTable(ctx, m)
		if err != nil {
			return m.failed(err)
		}
		if found && first == "" {
			first = m.label
		}
	}
	var problems []string
	for _, key := range slices.Sorted(maps.Keys(in.splits)) {
		if problem := in.splits[key].settle(); problem != "" {
			problems = append(problems, problem)
		}
	}
	if len(problems) == 0 {
		return nil
	}
	problem := fmt.Sprintf("%s: %s", first, strings.Join(problems, "; "))
	if in.ingestion.opt.Lenient {
		in.report.Warnings = append(in.report.Warnings, problem+"; the others are set aside")
		return nil
	}
	return errors.New(problem + "; keep only the rows that are meant, or --lenient sets the others aside and counts them")
}

// surveyTable counts the values of such columns in one table; false: it has none.
func (in *summing) surveyTable(ctx context.Context, m *member) (bool, error) {
	file, err := m.open()
	if err != nil {
		return false, err
	}
	defer file.Close()
	w := &transactionReader{summing: in, lines: textfile.NewLines(&untilDone{ctx, file})}
	if err := w.header(); err != nil {
		return false, err
	}
	if len(w.splits) == 0 {
		return false, nil
	}
	for {
		var broken brokenRow
		switch err := w.next(); {
		case err == io.EOF:
			return true, nil
		case errors.As(err, &broken):
			continue
		case err != nil:
			return false, err
		}
		value, state := w.value()
		if state != numberOK {
			value = 0
		}
		for _, c := range w.splits {
			c.split.add(string(w.field(c.at)), value)
		}
	}
}
