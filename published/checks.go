package published

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"chokepoint/datafile"
)

//go:embed checks.toml
var checksText []byte

// Check is a figure that has been published of a list and that its file should give.
type Check struct {
	Economy   string  `toml:"economy"`  // as the file writes it
	Supplier  string  `toml:"supplier"` // "" where the figure is a number of products
	Published float64 `toml:"published"`
	Source    string  `toml:"source"`
}

// checks are those of GeoDep.
var checks = func() []Check {
	var file struct {
		Check []Check `toml:"check"`
	}
	if err := datafile.TOML("checks.toml", checksText, &file); err != nil {
		panic(err)
	}
	return file.Check
}()

// tally counts the flagged products of an economy in a year, by its largest supplier as the file writes it.
type tally struct {
	flagged    int
	bySupplier map[string]int
}

// tallied is an economy, as the file writes it, in a year.
type tallied struct {
	economy string
	year    int
}

// count adds a flagged row of the economies that the checks are about, be they groups.
func (a *Account) count(economy string, f *Flag) {
	if !slices.ContainsFunc(checks, func(c Check) bool { return c.Economy == economy }) {
		return
	}
	key := tallied{economy, f.Year}
	t := a.tallies[key]
	if t == nil {
		t = &tally{bySupplier: map[string]int{}}
		a.tallies[key] = t
	}
	t.flagged++
	t.bySupplier[f.TopSupplier]++
}

// Checks says what the file gives, year by year, of what has been published of it; none where the columns are not GeoDep's.
func (a *Account) Checks() (texts []string) {
	if !a.GeoDep {
		return nil
	}
	var years []int
	for key := range a.tallies {
		if !slices.Contains(years, key.year) {
			years = append(years, key.year)
		}
	}
	slices.Sort(years)
	for _, c := range checks {
		var given []string
		for _, year := range years {
			if t := a.tallies[tallied{c.Economy, year}]; t != nil {
				given = append(given, fmt.Sprintf("%s in %d", c.figure(t), year))
			}
		}
		if given == nil {
			given = []string{"no flagged row of " + c.Economy}
		}
		texts = append(texts, fmt.Sprintf("published: %s (%s; of which year is not stated); the file has %s", c.text(c.Published), c.Source, strings.Join(given, ", ")))
	}
	return texts
}

func (c *Check) figure(t *tally) string {
	if c.Supplier == "" {
		return c.text(float64(t.flagged))
	}
	return c.text(float64(t.bySupplier[c.Supplier]) / float64(t.flagged))
}

func (c *Check) text(x float64) string {
	if c.Supplier == "" {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.0f %%", 100*x)
}
