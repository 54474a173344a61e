package pages

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"chokepoint/server"
)

type reference struct {
	Description string
	Groups      []referenceGroup
	Formats     []referenceFormat
}

type referenceGroup struct {
	Name    string
	Entries []referenceEntry
}

type referenceFormat struct{ Name, Ending, MediaType, Means string }

type referenceParameter struct {
	Name, Description, Default, Values, Example string
	Required                                    bool
}

// Rows lists the parameters as the page shows them.
func (e referenceEntry) Rows() (rows []referenceParameter) {
	for _, p := range e.Parameters {
		row := referenceParameter{Name: p.Name, Description: p.Description, Required: p.Required || p.In == "path"}
		if p.Schema != nil {
			if p.Schema.Default != nil {
				row.Default = fmt.Sprint(p.Schema.Default)
			}
			var values []string
			for _, v := range p.Schema.Enum {
				values = append(values, fmt.Sprint(v))
			}
			row.Values = strings.Join(values, ", ")
			if len(p.Schema.Examples) > 0 {
				row.Example = fmt.Sprint(p.Schema.Examples[0])
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func referenceOf(api *huma.OpenAPI) reference {
	ref := reference{Description: api.Info.Description}
	for _, f := range server.Formats {
		ref.Formats = append(ref.Formats, referenceFormat{f.Name, f.Ending, f.MediaType, f.Means})
	}
	var entries []referenceEntry
	for path, item := range api.Paths {
		for verb, op := range map[string]*huma.Operation{"GET": item.Get, "POST": item.Post} {
			if op != nil && op.OperationID == strings.TrimSuffix(op.OperationID, "-post") { // the twin by POST is said once, in words
				entries = append(entries, referenceEntry{Path: path, Verb: verb, Operation: op, Example: exampleURL(path, op)})
			}
		}
	}
	slices.SortFunc(entries, func(a, b referenceEntry) int { return strings.Compare(a.Path, b.Path) })
	for _, name := range []string{"Questions", "Catalogues"} {
		g := referenceGroup{Name: name}
		for _, e := range entries {
			if slices.Contains(e.Tags, name) {
				g.Entries = append(g.Entries, e)
			}
		}
		ref.Groups = append(ref.Groups, g)
	}
	return ref
}

// exampleURL asks with the examples of the parameters that make a small answer.
func exampleURL(path string, op *huma.Operation) string {
	if strings.Contains(path, "{") {
		return ""
	}
	values := url.Values{}
	ofSupplier := slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.Name == "suppliers" })
	for _, p := range op.Parameters {
		if p.Schema == nil || len(p.Schema.Examples) == 0 {
			continue
		}
		if p.Required || slices.Contains([]string{"importers", "partners", "suppliers", "years", "tariff"}, p.Name) || ofSupplier && p.Name == "products" {
			values.Set(p.Name, fmt.Sprint(p.Schema.Examples[0]))
		}
		if p.Required && p.Name == "against" {
			return ""
		}
	}
	return (&url.URL{Path: path, RawQuery: values.Encode()}).String()
}
