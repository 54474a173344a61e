package brief

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"chokepoint/competition"
	"chokepoint/fault"
	"chokepoint/result"
)

// readings are those of a product list: the codes that are sure, and with what is less sure.
var readings = []string{"high", "medium", "low"}

// sectors weighs the claim that an economy leads in some sectors of a list and depends on others in some.
func (w *work) sectors(f *Finding) error {
	last := w.years[len(w.years)-1]
	ask := func(list string) ([]competition.ScoreboardRow, error) {
		t, err := w.ask(f, "scoreboard", "economy", f.With["economy"], "list", list, "method", f.With["method"], "years", strconv.Itoa(last))
		if err != nil {
			return nil, err
		}
		return competition.ScoreboardSchema.Rows(t), nil
	}
	rows, err := ask(f.With["list"])
	if err != nil {
		return err
	}
	expected := map[string]string{}
	for class, text := range map[string]string{"leader": f.With["leader"], "dependent": f.With["dependent"]} {
		for id := range strings.SplitSeq(text, ",") {
			if id = strings.TrimSpace(id); id != "" {
				expected[id] = class
			}
		}
	}
	for id := range expected {
		if len(rows) > 0 && !slices.ContainsFunc(rows, func(r competition.ScoreboardRow) bool { return r.Sector == id }) {
			return fault.Questionf("list %s has no sector %q", f.With["list"], id)
		}
	}
	f.sectorWords(rows, expected)
	if len(f.Parts) == 0 {
		f.cannot(fmt.Sprintf("it has no trade of %s in these sectors in %d", f.With["economy"], last), fmt.Sprintf("a dataset with the trade of %s in products of %s", f.With["economy"], f.With["list"]))
		return nil
	}
	if w.doubted {
		return nil
	}
	return f.otherReadings(expected, len(f.Parts), ask)
}

// sectorWords says of each sector that is named where it stands: each is an assertion of its own.
func (f *Finding) sectorWords(rows []competition.ScoreboardRow, expected map[string]string) {
	f.Numbers = &Numbers{Head: []string{"Sector", "Claimed", "Here", "Share of world exports", "Rank", "RCA", "Balance", "Own dependencies", "Single points held"}}
	for _, r := range rows {
		if !r.IsSector() {
			continue
		}
		want, rank, balance := expected[r.Sector], result.ShortInt(r.Rank), result.ShortFloat(r.Balance, "index")
		f.Numbers.Rows = append(f.Numbers.Rows, []string{r.SectorName, orElse(want, "–"), r.Class, result.Percent(r.MarketShare), rank, result.ShortFloat(r.RCA, "index"), balance, result.ShortInt(r.Own), result.ShortInt(r.SinglePoints)})
		if want == "" {
			continue
		}
		verdict := Falls
		if r.Class == want {
			verdict = Stands
		}
		f.say("%s: %s (%s of world exports, rank %s, balance %s).", r.SectorName, r.Class, result.Percent(r.MarketShare), rank, balance)
		f.part(fmt.Sprintf("%q as %s", r.SectorName, want), verdict, "%s", r.Class)
	}
}

// otherReadings says how many sectors are as claimed where the list is read more widely or narrowly.
func (f *Finding) otherReadings(expected map[string]string, asked int, ask func(list string) ([]competition.ScoreboardRow, error)) error {
	if strings.ContainsAny(f.With["list"], ":/.") {
		return nil // a reading, a part or a file was chosen
	}
	var words []string
	for _, reading := range readings {
		other, err := ask(f.With["list"] + ":" + reading)
		if err != nil {
			return err
		}
		as := 0
		for _, r := range other {
			if r.IsSector() && expected[r.Sector] != "" && r.Class == expected[r.Sector] {
				as++
			}
		}
		words = append(words, fmt.Sprintf("%d with the %s reading", as, reading))
	}
	f.say("Of the %d sectors named, as claimed are %s of the product list (docs/lists.md).", asked, strings.Join(words, ", "))
	return nil
}
