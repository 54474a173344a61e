package dependence

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// doubt is what importers whose imports are missing could turn: where a scan has it, cells that could be dependencies are judged too.
type doubt struct {
	unseen  map[int]indicator.Unseen // by year scanned: what they may buy
	partial map[int][]bool           // by year and group of importers: the group lacks the imports of members, and any verdict could turn
	may     history                  // years in which a cell may have met the criteria
	must    history                  // likewise: must have
}

// askDoubt makes the scan say what missing importers could turn. Where nobody is missing it changes nothing.
func (s *Scan) askDoubt(ctx context.Context) error {
	d := &doubt{unseen: map[int]indicator.Unseen{}, partial: map[int][]bool{}}
	for _, y := range s.scanned() {
		absent, err := s.AbsentIn(ctx, y)
		if err != nil {
			return err
		}
		if absent == nil {
			continue
		}
		d.unseen[y] = absent.Unseen()
		for _, g := range s.ImporterSide.Groups {
			d.partial[y] = append(d.partial[y], s.GroupStatus(g, y) == result.Partial)
		}
	}
	if len(d.unseen) > 0 {
		s.doubt = d
	}
	return nil
}

// lacksMembers says that an importer lacks members in one of the years that the method looks at.
func (s *Scan) lacksMembers(importer *trade.Party, year int) bool {
	return s.doubt != nil && slices.ContainsFunc(s.Have, func(y int) bool {
		return study.Within(y, year, s.Method.Persistence.Window) && s.CoverageOf(importer, y).Status == result.Partial
	})
}

// unseenIn is what missing importers may buy in a year; 0 where nobody is missing, or nobody asked.
func (s *Scan) unseenIn(year int) indicator.Unseen {
	if s.doubt == nil {
		return 0
	}
	return s.doubt.unseen[year]
}

// verdict is that on cell i by the flows of its year.
func (j *judge) verdict(b *kernel.Batch, i int) indicator.Verdict {
	if b.Verdicts == nil {
		return indicator.Certain
	}
	return j.ofPartial(b, i, b.Verdicts[i])
}

// ofPartial leaves nothing certain of an importer that lacks members.
func (j *judge) ofPartial(b *kernel.Batch, i int, v indicator.Verdict) indicator.Verdict {
	if j.doubt != nil && j.doubt.partial[b.Year] != nil && j.doubt.partial[b.Year][b.Importer[i]] {
		return v.Turnable()
	}
	return v
}

// judgeAll gives verdicts by all criteria of the method.
func (j *judge) judgeAll(b *kernel.Batch) ([]indicator.Verdict, error) {
	j.verdicts = slices.Grow(j.verdicts[:0], b.N)[:b.N]
	for i := range j.verdicts {
		j.verdicts[i] = indicator.Certain
	}
	for _, c := range j.Method.Criteria {
		if err := c.Judge(&b.Columns, j.unseenIn(b.Year), &j.scratch, j.verdicts, b.Exact); err != nil {
			return nil, err
		}
	}
	for i, v := range j.verdicts {
		j.verdicts[i] = j.ofPartial(b, i, v)
	}
	return j.verdicts, nil
}

// remember notes the verdict on a cell in a year; place is that of its product.
func (s *Scan) remember(place int, importer, partner int32, year int, v indicator.Verdict) {
	if v.Met() {
		s.noteIn(s.history, place, importer, partner, year)
	}
	if s.doubt == nil {
		return
	}
	if v.May() {
		s.noteIn(s.doubt.may, place, importer, partner, year)
	}
	if v.Must() {
		s.noteIn(s.doubt.must, place, importer, partner, year)
	}
}

// overWindow is the verdict on a cell by the years that the method looks at, of which flagged are those in which the criteria were met.
func (s *Scan) overWindow(place int, importer, partner int32, year int, flagged uint64) indicator.Verdict {
	enough := func(years uint64) bool {
		return OnesIn(years, s.Method.Persistence.Window) >= s.Method.Persistence.Years
	}
	if s.doubt == nil {
		return indicator.VerdictOf(enough(flagged))
	}
	of := func(h history) uint64 { return s.windowIn(h, place, importer, partner, year) }
	return indicator.NewVerdict(enough(of(s.doubt.may)), enough(flagged), enough(of(s.doubt.must)))
}

// turningCriteria says which numbers of cell i could turn its verdict, and how far they reach.
func (j *judge) turningCriteria(b *kernel.Batch, i int) (string, error) {
	if j.doubt.partial[b.Year] != nil && j.doubt.partial[b.Year][b.Importer[i]] {
		return "imports of members are missing", nil
	}
	u := j.unseenIn(b.Year)
	var turns []string
	for _, c := range j.Method.Criteria {
		of, err := Turner(c, &b.Columns, u, i, b.Exact)
		if err != nil {
			return "", err
		}
		if of != "" {
			turns = append(turns, c.Text+" ("+of+")")
		}
	}
	if turns == nil {
		return "verdicts of earlier " + j.Unit(2), nil
	}
	return strings.Join(turns, "; "), nil
}

// Turner says what missing importers could make of the numbers of a criterion so that its verdict on cell i turns; "" where they could
// not turn it.
func Turner(c *indicator.Criterion, columns *indicator.Columns, u indicator.Unseen, i int, exact indicator.ExactSums) (string, error) {
	one := columns.Cell(i)
	verdict := []indicator.Verdict{indicator.Certain}
	err := c.Judge(one, u, &indicator.Scratch{}, verdict, func(_ int, asked []indicator.Sum) (func(indicator.Sum) indicator.Exact, error) {
		return exact(i, asked)
	})
	if err != nil || !verdict[0].CouldTurn() {
		return "", err
	}
	return reaches(c, one, u), nil
}

// reaches writes how far the numbers of a criterion reach that lack what missing importers buy, for the one cell of columns.
func reaches(c *indicator.Criterion, one *indicator.Columns, u indicator.Unseen) string {
	var parts []string
	for _, side := range c.Sides() {
		for _, e := range []*indicator.Expr{side.Left, side.Right} {
			if e.Touched() {
				least, most := e.Reach(one, u, 0)
				unit := ""
				if names := e.Indicators(); len(names) == 1 {
					unit = names[0].Unit
				}
				parts = append(parts, fmt.Sprintf("%s is %s to %s", e, result.ShortFloat(least, unit), result.ShortFloat(most, unit)))
			}
		}
	}
	return strings.Join(parts, ", ")
}
