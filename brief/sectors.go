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

// sectorAxes are the classes that a claim may name, each a parameter of its own, and the axis of the scoreboard that it is on.
var sectorAxes = []struct{ class, axis string }{{"leader", "sells"}, {"dependent", "needs"}}

// placing is where a claim says that an economy stands in a sector, or in a part of one, as next-gen-it/circuits.
type placing struct{ sector, class, axis string }

func (c *Claim) placings() (list []placing) {
	for _, a := range sectorAxes {
		for _, id := range fields(c.With[a.class]) {
			list = append(list, placing{id, a.class, a.axis})
		}
	}
	return list
}

// sectors weighs the claim that an economy leads in some sectors of a list and depends on others in some.
func (w *work) sectors(f *Finding) error {
	last, wanted := w.years[len(w.years)-1], f.placings()
	by := ""
	if slices.ContainsFunc(wanted, func(p placing) bool { return strings.Contains(p.sector, "/") }) {
		by = "direction"
	}
	ask := func(list string) ([]competition.ScoreboardRow, error) {
		t, err := w.ask(f, "scoreboard", "economy", f.With["economy"], "list", list, "by", by, "method", f.With["method"], "years", strconv.Itoa(last))
		if err != nil {
			return nil, err
		}
		return competition.ScoreboardSchema.Rows(t), nil
	}
	rows, err := ask(f.With["list"])
	if err != nil {
		return err
	}
	for _, p := range wanted {
		if len(rows) > 0 && sectorRow(rows, p.sector) == nil {
			return fault.Questionf("list %s has no sector %q", f.With["list"], p.sector)
		}
	}
	f.sectorNumbers(rows, wanted)
	for _, p := range wanted {
		if r := sectorRow(rows, p.sector); r != nil && r.Products > 0 {
			w.placed(f, p, r)
		}
	}
	if len(f.Parts) == 0 {
		f.cannot(fmt.Sprintf("it has no trade of %s in these sectors in %d", f.With["economy"], last), fmt.Sprintf("a dataset with the trade of %s in products of %s", f.With["economy"], f.With["list"]))
		return nil
	}
	if w.doubted {
		return nil
	}
	return f.otherReadings(wanted, ask)
}

func sectorRow(rows []competition.ScoreboardRow, id string) *competition.ScoreboardRow {
	if i := slices.IndexFunc(rows, func(r competition.ScoreboardRow) bool { return r.Sector == id }); i >= 0 {
		return &rows[i]
	}
	return nil
}

// verdict says how a row fares: a class that is sure stands, one that is near another, or that missing data could turn, in part.
func (p placing) verdict(r *competition.ScoreboardRow) (Verdict, string) {
	v := r.On(p.axis)
	switch {
	case v == nil || v.Missing:
		return Unsaid, "the scoreboard has no class for it on this dataset"
	case v.Class == p.class && !v.Borderline():
		return Stands, v.String()
	case v.Class == p.class || slices.Contains(v.Possible, p.class):
		return InPart, v.String()
	}
	return Falls, v.String()
}

// placed adds the verdict on one sector.
func (w *work) placed(f *Finding, p placing, r *competition.ScoreboardRow) {
	verdict, why := p.verdict(r)
	f.say("%s: %s of world exports, rank %s with the EU as one, balance %s, import intensity %s.", r.SectorName, result.Percent(r.MarketShare), result.ShortInt(r.RankEU),
		result.ShortFloat(r.Balance, "index"), result.ShortFloat(r.Intensity, "index"))
	what := fmt.Sprintf("%q as %s", r.SectorName, p.class)
	if verdict == Unsaid && !w.doubted { // else why was said
		f.untold(what, why, "a dataset with the trade of all importers")
		return
	}
	f.part(what, verdict, "%s", why)
}

// sectorNumbers puts the sectors of the list, and the parts that are named, side by side.
func (f *Finding) sectorNumbers(rows []competition.ScoreboardRow, wanted []placing) {
	f.Numbers = &Numbers{Head: []string{"Sector", "Claimed", "What it sells", "What it needs", "Share of world exports", "Rank, EU as one", "RCA", "Balance", "Import intensity", "Own dependence, of imports", "Most of it on"}}
	for i := range rows {
		r := &rows[i]
		var claimed []string
		for _, p := range wanted {
			if p.sector == r.Sector {
				claimed = append(claimed, p.class)
			}
		}
		if !r.IsSector() && len(claimed) == 0 {
			continue
		}
		row := []string{r.SectorName, orElse(strings.Join(claimed, ", "), "–")}
		for _, a := range sectorAxes {
			class := "–"
			if v := r.On(a.axis); v != nil {
				class = v.String()
			}
			row = append(row, class)
		}
		f.Numbers.Rows = append(f.Numbers.Rows, append(row, result.Percent(r.MarketShare), result.ShortInt(r.RankEU), result.ShortFloat(r.RCA, "index"), result.ShortFloat(r.Balance, "index"),
			result.ShortFloat(r.Intensity, "index"), result.Percent(r.OwnShare), orElse(r.ValuePartner, "–")))
	}
}

// otherReadings says how many sectors are as claimed where the list is read more widely or narrowly.
func (f *Finding) otherReadings(wanted []placing, ask func(list string) ([]competition.ScoreboardRow, error)) error {
	if strings.ContainsAny(f.With["list"], ":/.") {
		return nil // a reading, a part or a file was chosen
	}
	var words []string
	for _, reading := range readings {
		rows, err := ask(f.With["list"] + ":" + reading)
		if err != nil {
			return err
		}
		as := 0
		for _, p := range wanted {
			if r := sectorRow(rows, p.sector); r != nil {
				if v, _ := p.verdict(r); v == Stands {
					as++
				}
			}
		}
		words = append(words, fmt.Sprintf("%d with the %s reading", as, reading))
	}
	f.say("Of the %d named, as claimed are %s of the product list (docs/lists.md).", len(wanted), strings.Join(words, ", "))
	return nil
}
