package brief

import (
	"fmt"
	"strconv"
	"strings"
)

// Evidence is a few figures that are not from the dataset and bear on a claim. It goes with the verdict, with its limits, and
// decides nothing: the verdict is that of the dataset.
type Evidence struct {
	Title   string      `toml:"title"`
	Figures []Published `toml:"figures"`
	Limits  string      `toml:"limits"` // what it cannot say
	Source  string      `toml:"source"`
}

// check sees that the evidence has what a reader needs to judge it.
func (e *Evidence) check() error {
	switch {
	case e.Title == "" || e.Source == "" || e.Limits == "":
		return fmt.Errorf("evidence %q: expected title, source and limits", e.Title)
	case len(e.Figures) == 0:
		return fmt.Errorf("evidence %q: expected figures, for example figures = [{ year = 2015, value = 758 }]", e.Title)
	}
	for i, p := range e.Figures[1:] {
		if p.Year <= e.Figures[i].Year {
			return fmt.Errorf("evidence %q: year %d after %d; expected years in order", e.Title, p.Year, e.Figures[i].Year)
		}
	}
	return nil
}

// Text gives the figures and their change.
func (e *Evidence) Text() string {
	var list []string
	for _, p := range e.Figures {
		list = append(list, whole(p.Value)+" in "+strconv.Itoa(p.Year))
	}
	text := strings.Join(list, ", ")
	if first, last := e.Figures[0], e.Figures[len(e.Figures)-1]; len(e.Figures) > 1 {
		text += " (" + change(last.Value/first.Value) + ")"
	}
	return text
}

// Bearing says whether the figures move as the claim expects; "" where it expects no movement or they are too few.
func (e *Evidence) Bearing(c *Claim) string {
	if move := moves[c.With["expect"]]; len(e.Figures) > 1 && (move == "rise" || move == "fall") {
		first, last := e.Figures[0].Value, e.Figures[len(e.Figures)-1].Value
		if (expectation{word: c.With["expect"]}).met(first, last) {
			return "It shows a " + move + " too"
		}
		return "It shows no " + move
	}
	return ""
}
