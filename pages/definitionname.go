package pages

import (
	"strings"

	"chokepoint/method"
)

// definitionName is the short name of a definition by its id; one of the visitor's own is called so.
func (v *pageRequest) definitionName(id string) string {
	if name, ok := method.ShortName(id); ok {
		return name
	}
	if v.own != nil && v.own.ID == id || id == ownID {
		return "your own definition"
	}
	return id
}

// namingDefinition is a text that begins with the id of a definition and a colon, with its name in place of that.
func (v *pageRequest) namingDefinition(text string) string {
	id, rest, ok := strings.Cut(text, ": ")
	if name := v.definitionName(id); ok && name != id {
		return upperFirst(name) + ": " + rest
	}
	return text
}

// captionOf is the title of an answer with the names of economies, blocs and the definition in place of their labels and ids.
func (v *pageRequest) captionOf(a *answer) string {
	title := a.Heading()
	if id := a.given["method"]; id != "" {
		title = strings.ReplaceAll(title, "by "+id, "by "+v.definitionName(id))
	}
	return v.withNames(title)
}

// boardNames are the scoreboards of others, by their ids.
var boardNames = strings.NewReplacer("bloomberg-2024", "Bloomberg 2024", "merics-2025", "MERICS 2025", "rhodium-2025", "Rhodium Group 2025", "rubio-2024", "Rubio 2024")

// definitionNames are those of several ids.
func (v *pageRequest) definitionNames(ids []string) (names []string) {
	for _, id := range ids {
		names = append(names, v.definitionName(id))
	}
	return names
}

// definitionTitle is the title of a definition, which is longer.
func definitionTitle(id string) string {
	if m, err := method.Get(id); err == nil {
		return m.Title
	}
	return strings.TrimSpace(id)
}
