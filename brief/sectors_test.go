package brief

import (
	"slices"
	"testing"

	"chokepoint/competition"
	"chokepoint/result"
	"chokepoint/rule"
)

// TestSectors: each sector that is named is an assertion on an axis of its own; a class that is near another, or may be one, stands in
// part.
func TestSectors(t *testing.T) {
	row := func(id, name, part string, sells, needs rule.Verdict) competition.ScoreboardRow {
		sells.Axis, needs.Axis = "sells", "needs"
		return competition.ScoreboardRow{Year: 2024, Sector: id, SectorName: name, PartOf: part, Products: 5, Verdicts: []rule.Verdict{sells, needs}}
	}
	is := func(class string, possible ...string) rule.Verdict {
		return rule.Verdict{Class: class, Possible: possible}
	}
	rows := []competition.ScoreboardRow{
		row("rail", "Rail", "", is("leader", "leader"), is("net exporter")),
		row("nev", "Vehicles", "", is("leader", "leader", "strong exporter"), is("net exporter")),
		row("power", "Power", "", is("strong exporter", "strong exporter", "leader"), is("net exporter")),
		row("it", "IT", "", is("leader"), is("net exporter")),
		row("it/circuits", "Circuits", "it", is("leader"), is("dependent", "dependent")),
		row("air", "Aircraft", "", is("other exporter"), is("net importer")),
		row("drugs", "Drugs", "", rule.Verdict{Missing: true}, rule.Verdict{Missing: true}),
	}
	weighed := func(leader, dependent string) *Finding {
		t.Helper()
		claim := "[[claims]]\nid = \"1\"\nkind = \"sectors\"\nclaim = \"C\"\n[claims.with]\neconomy = \"CHN\"\nlist = \"mic25:high\"\nleader = \"" + leader + "\"\ndependent = \"" + dependent + "\"\n"
		return weigh(t, claim, []int{2024}, map[string]*result.Table{"scoreboard": competition.ScoreboardSchema.Table("scoreboard", rows)})
	}
	f := weighed("rail,nev,power", "it,it/circuits,air")
	if got, want := verdicts(f), []Verdict{Stands, InPart, InPart, Falls, Stands, Falls}; !slices.Equal(got, want) || f.Verdict != InPart || f.Figure != "2 of 6 as claimed" {
		t.Errorf("%v, want %v; %q, %q", got, want, f.Verdict, f.Figure)
	}
	if n := len(f.Numbers.Rows); n != len(rows) || f.Numbers.Rows[4][1] != "dependent" || f.Numbers.Rows[0][1] != "leader" {
		t.Errorf("%v", f.Numbers.Rows)
	}
	if f := weighed("rail", ""); f.Verdict != Stands || len(f.Numbers.Rows) != len(rows)-1 {
		t.Errorf("%q, %v: a part that nobody named is shown", f.Verdict, f.Numbers.Rows)
	}
	if f := weighed("rail", "drugs"); f.Verdict != Unsaid || f.Parts[0].Verdict != Stands {
		t.Errorf("%q, %v", f.Said(), f.Parts)
	}
}
