package brief

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"chokepoint/result"
)

// readings are those of a product list: the codes that are sure, and with what is less sure.
var readings = []string{"high", "medium", "low"}

// sectors weighs the claim that an economy leads in some sectors of a list and depends on others in some.
func (w *work) sectors(f *Finding) error {
	last := w.years[len(w.years)-1]
	ask := func(list string) (*result.Table, error) {
		return w.ask(f, "scoreboard", "economy", f.With["economy"], "list", list, "method", f.With["method"], "years", strconv.Itoa(last))
	}
	t, err := ask(f.With["list"])
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
		if !slices.Contains(t.Column("sector").Text, id) {
			if t.Rows() == 0 {
				break
			}
			return fmt.Errorf("list %s has no sector %q", f.With["list"], id)
		}
	}
	as, against, asked := f.sectorWords(t, expected)
	switch {
	case asked == 0:
		f.cannot(fmt.Sprintf("it has no trade of %s in these sectors in %d", f.With["economy"], last), fmt.Sprintf("a dataset with the trade of %s in products of %s", f.With["economy"], f.With["list"]))
		return nil
	case as == asked:
		f.Verdict = Stands
	case against > as:
		f.Verdict = Falls
	default:
		f.Verdict = InPart
	}
	f.Figure = fmt.Sprintf("%d of %d as claimed, %d", as, asked, last)
	return f.otherReadings(expected, asked, ask)
}

// sectorWords says of each sector that is named where it stands, and counts those that are as claimed and the opposite.
func (f *Finding) sectorWords(t *result.Table, expected map[string]string) (as, against, asked int) {
	f.Numbers = &Numbers{Head: []string{"Sector", "Claimed", "Here", "Share of world exports", "Rank", "RCA", "Balance", "Own dependencies", "Single points held"}}
	for i, id := range t.Column("sector").Text {
		want := expected[id]
		if id == "all" || t.Column("products").Int[i] == 0 {
			continue
		}
		name, class := t.Column("sector_name").Text[i], t.Column("class").Text[i]
		short := func(column string) string { return t.Column(column).Short(i) }
		f.Numbers.Rows = append(f.Numbers.Rows, []string{name, orElse(want, "–"), class, percent(t.Column("world_market_share").Float[i]), short("world_rank"), short("rca"), short("balance"), short("own_dependencies"), short("single_points")})
		if want == "" {
			continue
		}
		asked++
		numbers := fmt.Sprintf("%s of world exports, rank %s, balance %s", percent(t.Column("world_market_share").Float[i]), short("world_rank"), short("balance"))
		switch class {
		case want:
			as++
			f.say("%s: %s, as claimed (%s).", name, class, numbers)
			continue
		case "leader", "dependent":
			against++
		}
		f.say("%s: %s, where the claim is %s (%s).", name, class, want, numbers)
	}
	return as, against, asked
}

// otherReadings says how many sectors are as claimed where the list is read more widely or narrowly.
func (f *Finding) otherReadings(expected map[string]string, asked int, ask func(list string) (*result.Table, error)) error {
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
		for i, id := range other.Column("sector").Text {
			if expected[id] != "" && other.Column("class").Text[i] == expected[id] && other.Column("products").Int[i] > 0 {
				as++
			}
		}
		words = append(words, fmt.Sprintf("%d with the %s reading", as, reading))
	}
	f.say("Of the %d sectors named, as claimed are %s of the product list (docs/lists.md).", asked, strings.Join(words, ", "))
	return nil
}
