package catalogue

import (
	"strings"

	"chokepoint/result"
	"chokepoint/sector"
)

// ListSchema is the table of product lists.
var ListSchema = result.NewSchema("lists",
	result.TextField("list", "Name of the list in --list and, after list:, in --products.", func(l *sector.List) string { return l.ID }),
	result.TextField("name", "What it is.", func(l *sector.List) string { return l.Name }),
	result.TextField("revisions", "HS revisions in which the list has codes.", func(l *sector.List) string { return l.Revisions().String() }),
	result.IntField("sectors", "count", "Number of sectors.", func(l *sector.List) int { return len(l.Sectors) }),
	result.IntField("entries", "count", "Number of entries of all confidence levels.", func(l *sector.List) int { return len(l.Entries) }),
	result.TextField("confidence", "Lowest confidence level of the entries used, unless the name asks for another.", func(l *sector.List) string { return l.Confidence().String() }),
	result.TextField("date", "Date of the version.", func(l *sector.List) string { return l.Date }),
	result.TextField("source", "Source of the list.", func(l *sector.List) string { return l.Source }),
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
	result.TextField("code", "HS code (six characters), heading or chapter; - for a good that has no code in any revision.", func(r *EntryRow) string { return r.Code }),
	result.TextField("revisions", "HS revisions in which the entry applies.", func(r *EntryRow) string { return r.Revisions }),
	result.TextField("sector", "Sector.", func(r *EntryRow) string { return r.Sector }),
	result.TextField("direction", "Direction within the sector.", func(r *EntryRow) string { return r.Direction }),
	result.TextField("confidence", "high: the good is meant, and the code contains mainly that good. medium: the code contains much else, or the good is one step away. low: a critical reader would leave it out.", func(r *EntryRow) string { return r.Confidence }),
	result.TextField("used", "Whether the list uses the entry at the confidence level asked for.", func(r *EntryRow) string { return yesOrNo(r.Used) }),
	result.TextField("reason", "Why the entry is in the list.", func(r *EntryRow) string { return r.Reason }),
	result.TextField("changes", "If the code differs between these revisions: what it was before the first and what became of it after the last. Empty for headings and chapters.", func(r *EntryRow) string { return r.Changes }),
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
