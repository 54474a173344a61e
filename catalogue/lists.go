package catalogue

import (
	"strings"

	"chokepoint/result"
	"chokepoint/sector"
)

// ListSchema is the table of product lists.
var ListSchema = result.NewSchema("lists",
	result.TextField("list", "Name in --list and, after list:, in --products.", func(l *sector.List) string { return l.ID }),
	result.TextField("name", "What it is.", func(l *sector.List) string { return l.Name }),
	result.TextField("revisions", "HS revisions in which it has codes.", func(l *sector.List) string { return l.Revisions().String() }),
	result.IntField("sectors", "count", "Sectors.", func(l *sector.List) int { return len(l.Sectors) }),
	result.IntField("entries", "count", "Entries of all confidences.", func(l *sector.List) int { return len(l.Entries) }),
	result.TextField("confidence", "Least confidence of the entries that are used unless the name asks for another.", func(l *sector.List) string { return l.Confidence().String() }),
	result.TextField("date", "Of the version.", func(l *sector.List) string { return l.Date }),
	result.TextField("source", "Where it comes from.", func(l *sector.List) string { return l.Source }),
)

// Lists is the table of product lists.
func Lists() *result.Table {
	var rows []sector.List
	for _, name := range sector.Builtin() {
		l, err := sector.OpenBuiltin(name)
		if err != nil {
			panic(err) // the names are those of the program
		}
		rows = append(rows, *l)
	}
	return ListSchema.Table("Product lists", rows)
}

// EntryRow is an entry of a list, or a good of it that revisions cannot show.
type EntryRow struct {
	Code, Revisions, Sector, Direction, Confidence string
	Used                                           bool
	Reason, Changes                                string
}

// EntrySchema is the table of a list's entries.
var EntrySchema = result.NewSchema("list",
	result.TextField("code", "HS code: six characters, a heading or a chapter; - for a good that the revisions cannot show.", func(r *EntryRow) string { return r.Code }),
	result.TextField("revisions", "HS revisions for which the entry stands.", func(r *EntryRow) string { return r.Revisions }),
	result.TextField("sector", "Sector.", func(r *EntryRow) string { return r.Sector }),
	result.TextField("direction", "Sub-direction of the sector.", func(r *EntryRow) string { return r.Direction }),
	result.TextField("confidence", "high: the good is meant and the code holds mainly it; medium: much else, or one step away; low: a critical reader would leave it out.", func(r *EntryRow) string { return r.Confidence }),
	result.TextField("used", "Whether the list as named uses the entry.", func(r *EntryRow) string { return yesOrNo(r.Used) }),
	result.TextField("reason", "Why.", func(r *EntryRow) string { return r.Reason }),
	result.TextField("changes", "Where the code is not the same in all these revisions, what came before the first and what became of it after the last; empty for headings and chapters.", func(r *EntryRow) string { return r.Changes }),
)

// ListEntries is the table of a list's entries, and of the goods that revisions cannot show.
func ListEntries(l *sector.List) *result.Table {
	var rows []EntryRow
	for _, e := range l.Entries {
		rows = append(rows, EntryRow{e.Code, e.Revisions.String(), e.Sector, e.Direction, e.Confidence.String(), l.Used(e), e.Reason, sector.ChangesOf(e)})
	}
	for _, v := range l.AllInvisible() {
		rows = append(rows, EntryRow{"-", v.Revisions().String(), v.Sector, v.Direction, "-", false, "not visible: " + v.Good + ": " + v.Reason, ""})
	}
	t := EntrySchema.Table(l.Name+" ("+l.Label()+")", rows)
	t.Note("source: %s", l.Source)
	if l.Description != "" {
		t.Note("%s", strings.Join(strings.Fields(l.Description), " "))
	}
	return t
}
