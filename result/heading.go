package result

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// PlainName is the heading of a column for people: its title, or words made of its name.
func (c *Column) PlainName() string {
	if c.Title != "" {
		return c.Title
	}
	text := strings.TrimSpace(strings.ReplaceAll(strings.TrimSuffix(c.Name, "_usd"), "_", " "))
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return c.Name
	}
	return strings.ToUpper(string(first)) + text[size:]
}

// Headings are those of all columns for people, each once, with the unit of amounts: Imports, USD. Of a code and its name, which have one
// title, the second says that it is the name; where two are alike still, the name of the column tells them apart.
func (t *Table) Headings() []string {
	list := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		list[i] = c.PlainName()
		if code := strings.TrimSuffix(c.Name, nameSuffix); code != c.Name && t.Column(code) != nil && !strings.HasSuffix(list[i], " name") {
			list[i] += " name"
		}
		if (isUSD(c.Unit) || c.Unit == Tonnes) && !strings.HasSuffix(list[i], c.Unit) {
			list[i] += ", " + c.Unit
		}
	}
	once := slices.Clone(list)
	for i, c := range t.Columns {
		if slices.Index(list, list[i]) != i || slices.Contains(list[i+1:], list[i]) {
			once[i] += " (" + c.Name + ")"
		}
	}
	return once
}
