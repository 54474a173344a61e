package catalogue

import (
	"slices"
	"strings"

	"chokepoint/result"
	"chokepoint/sector"
)

// Lists is the table of product lists.
func Lists() *result.Table {
	columns := []*result.Column{result.TextColumn("list", "Name in --list and, after list:, in --products."), result.TextColumn("name", "What it is."), result.TextColumn("revisions", "HS revisions in which it has codes."),
		result.TextColumn("confidence", "Least confidence of the entries that are used unless the name asks for another."), result.TextColumn("date", "Of the version."), result.TextColumn("source", "Where it comes from.")}
	sectors, entries := result.IntColumn("sectors", "count", "Sectors."), result.IntColumn("entries", "count", "Entries of all confidences.")
	t := result.New("lists", "Product lists", append(slices.Clone(columns[:3]), append([]*result.Column{sectors, entries}, columns[3:]...)...)...)
	for _, name := range sector.Builtin() {
		l, err := sector.OpenBuiltin(name)
		if err != nil {
			panic(err) // the names are those of the program
		}
		for i, text := range []string{l.ID, l.Name, l.Revisions().String(), l.Confidence().String(), l.Date, l.Source} {
			columns[i].AppendText(text)
		}
		sectors.AppendInt(int64(len(l.Sectors)))
		entries.AppendInt(int64(len(l.Entries)))
	}
	return t
}

// ListEntries is the table of a list's entries, and of the goods that revisions cannot show.
func ListEntries(l *sector.List) *result.Table {
	names := []string{"code", "revisions", "sector", "direction", "confidence", "used", "reason", "changes"}
	texts := []string{"HS code: six characters, a heading or a chapter; - for a good that the revisions cannot show.", "HS revisions for which the entry stands.", "Sector.", "Sub-direction of the sector.",
		"high: the good is meant and the code holds mainly it; medium: much else, or one step away; low: a critical reader would leave it out.", "Whether the list as named uses the entry.", "Why.",
		"Where the code is not the same in all these revisions, what came before the first and what became of it after the last; empty for headings and chapters."}
	var columns []*result.Column
	for i, name := range names {
		columns = append(columns, result.TextColumn(name, texts[i]))
	}
	t := result.New("list", l.Name+" ("+l.Label()+")", columns...)
	add := func(values ...string) {
		for i, v := range values {
			columns[i].AppendText(v)
		}
	}
	for _, e := range l.Entries {
		add(e.Code, e.Revisions.String(), e.Sector, e.Direction, e.Confidence.String(), map[bool]string{true: "yes", false: "no"}[l.Used(e)], e.Reason, sector.ChangesOf(e))
	}
	for _, v := range l.AllInvisible() {
		add("-", v.Revisions().String(), v.Sector, v.Direction, "-", "no", "not visible: "+v.Good+": "+v.Reason, "")
	}
	t.Note("source: %s", l.Source)
	if l.Description != "" {
		t.Note("%s", strings.Join(strings.Fields(l.Description), " "))
	}
	return t
}
