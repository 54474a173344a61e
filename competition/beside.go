package competition

import (
	"fmt"
	"slices"
	"strings"

	"chokepoint/fault"
	"chokepoint/published"
	"chokepoint/result"
	"chokepoint/rule"
	"chokepoint/study"
	"chokepoint/trade"
)

// besideOf opens the published scoreboards that a question names; none where it names none, and of "all" those that speak of the
// economy and of sectors of the list.
func besideOf(s *study.Source, names string, b *scoreboard) (list []*published.Board, err error) {
	names = strings.TrimSpace(names)
	if names == "" {
		return nil, nil
	}
	all := names == "all"
	if all {
		names = strings.Join(published.BoardNames(), ",")
	}
	for name := range strings.SplitSeq(names, ",") {
		board, err := study.Chosen(s, "beside", strings.TrimSpace(name), append(published.BoardNames(), "all"), published.OpenBoard, published.ParseBoard)
		if err != nil {
			return nil, err
		}
		if err := b.suits(board); err != nil && !all {
			return nil, err
		} else if err == nil {
			s.Use("published", board.ID, board.Text)
			list = append(list, board)
		}
	}
	return list, nil
}

// suits says why a published scoreboard has no place beside this one. What is published of China stands beside CHN+HKG too.
func (b *scoreboard) suits(board *published.Board) error {
	if first, _, _ := strings.Cut(b.label, "+"); first != board.Economy {
		return fault.Questionf("beside %s: it is about %s, and the question is about %s", board.ID, board.Economy, b.label)
	}
	for _, of := range board.Statements {
		id, _, _ := strings.Cut(of.Sector, "/")
		if slices.ContainsFunc(b.groups, func(g study.ProductGroup) bool { return g.ID == id }) {
			return nil
		}
	}
	return fault.Questionf("beside %s: it is about sectors of the list %s, and this list has none of them", board.ID, board.List)
}

// compared is what others have published of a sector, and how ours stands to it: names of their scoreboards.
type compared struct {
	Words, Says           []string
	Agree, Disagree, Open []string // Open: ours is borderline or not testable
}

// compare sets a row beside what is published of it.
func (b *scoreboard) compare(r *ScoreboardRow) (c compared) {
	for _, board := range b.beside {
		for _, of := range board.Statements {
			if of.Sector != r.Sector {
				continue
			}
			c.Words, c.Says = append(c.Words, board.ID+": "+of.Class), append(c.Says, board.ID+": "+of.Says)
			switch v := b.judge.axisOf(r, of.Class); {
			case v == nil || v.Missing || v.Borderline():
				c.Open = append(c.Open, board.ID)
			case v.Class == of.Class:
				c.Agree = append(c.Agree, board.ID)
			default:
				c.Disagree = append(c.Disagree, board.ID)
			}
		}
	}
	return c
}

// axisOf is the verdict on the axis that has a class of that name; nil where the rule has none.
func (j *judge) axisOf(r *ScoreboardRow, class string) *rule.Verdict {
	for i, a := range j.rule.Axes {
		if slices.ContainsFunc(a.Classes, func(k rule.Class) bool { return k.ID == class }) {
			return &r.Verdicts[i]
		}
	}
	return nil
}

// besideFields are the columns of what is published.
var besideFields = []result.Field[ScoreboardRow]{
	besideField("published", "Published", "What the published scoreboards that were asked for say of it, as a class.", func(c *compared) []string { return c.Words }),
	besideField("published_says", "In words", "The same in words.", func(c *compared) []string { return c.Says }).AsDetail(),
	besideField("published_agree", "Agree", "Those with which the class here agrees.", func(c *compared) []string { return c.Agree }),
	besideField("published_disagree", "Disagree", "Those with which it does not.", func(c *compared) []string { return c.Disagree }),
	besideField("published_open", "Open", "Those of which it cannot be said: the class here is borderline or not testable, or the rule has no such class.", func(c *compared) []string { return c.Open }),
}

func besideField(name, title, description string, get func(*compared) []string) result.Field[ScoreboardRow] {
	return result.TextField(name, description, func(r *ScoreboardRow) string { return strings.Join(get(&r.Published), "; ") }).Titled(title)
}

// noteBeside says how many statements of each published scoreboard agree with ours in the last year.
func (b *scoreboard) noteBeside(t *result.Table) {
	last := b.Years[len(b.Years)-1]
	for _, board := range b.beside {
		var agree, disagree, open int
		for i := range b.rows {
			if r := &b.rows[i]; r.Year == last {
				agree += count(r.Published.Agree, board.ID)
				disagree += count(r.Published.Disagree, board.ID)
				open += count(r.Published.Open, board.ID)
			}
		}
		text := fmt.Sprintf("%s (%s, %s; %s): beside the figures of %s %d of its %d statements agree, %d do not, of %d it cannot be said", board.ID, board.Title, strings.TrimSpace(board.Source), board.Evidence,
			trade.Period(last), agree, len(board.Statements), disagree, open)
		if n := len(board.Statements) - agree - disagree - open; n > 0 {
			text += fmt.Sprintf(", and of %d there is no row here", n)
			if !b.withParts {
				text += " (--by direction adds the parts of sectors)"
			}
		}
		t.Note("%s. %s", text, strings.TrimSpace(board.Note))
	}
}

func count(list []string, name string) (n int) {
	for _, s := range list {
		if s == name {
			n++
		}
	}
	return n
}
