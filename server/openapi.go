package server

import (
	"maps"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"chokepoint/result"
	"chokepoint/study"
)

// answerResponse documents an answer in all formats. Rows have the columns of the schemas, where there are any.
func answerResponse(api huma.API, schemas []study.Schema) *huma.Response {
	content := map[string]*huma.MediaType{}
	for _, f := range Formats {
		content[f.MediaType] = &huma.MediaType{}
	}
	content["application/json"].Schema = answerSchema(api.OpenAPI().Components.Schemas, schemas)
	text := func(description string) *huma.Param {
		return &huma.Header{Description: description, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	return &huma.Response{Description: "The answer", Content: content, Headers: map[string]*huma.Param{
		"ETag": text("Equal for equal answers"), "Link": text("The next page; what describes a CSV"), "X-Total-Count": text("Rows of the whole answer")}}
}

// answerSchema is that of the JSON form of an answer: Table, and for a question a form of it whose rows have their columns.
func answerSchema(registry huma.Registry, schemas []study.Schema) *huma.Schema {
	table := registry.Schema(reflect.TypeFor[tableModel](), true, "Table")
	if len(schemas) == 0 {
		return table
	}
	answerName := modelName(schemas[0].Name()) + "Answer"
	reference := &huma.Schema{Ref: "#/components/schemas/" + answerName}
	if registry.Map()[answerName] != nil { // of the other verb
		return reference
	}
	var rows []*huma.Schema
	for _, s := range schemas {
		name := modelName(s.Name()) + "Row"
		row := registry.Map()[name]
		if row == nil {
			row = &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{}, AdditionalProperties: true,
				Description: "A row of the table " + s.Name() + ". What is asked may add columns."}
			registry.Map()[name] = row
			rows = append(rows, &huma.Schema{Ref: "#/components/schemas/" + name})
		}
		for _, c := range s.Columns() { // two forms of a table are one row, each of whose columns some answers have
			row.Properties[c.Name] = columnSchema(c)
		}
	}
	item := rows[0]
	if len(rows) > 1 {
		item = &huma.Schema{AnyOf: rows}
	}
	whole := registry.SchemaFromRef(table.Ref)
	answer := &huma.Schema{Type: huma.TypeObject, Properties: maps.Clone(whole.Properties), Required: whole.Required, AdditionalProperties: whole.AdditionalProperties}
	answer.Properties["rows"] = &huma.Schema{Type: huma.TypeArray, Items: item, Description: whole.Properties["rows"].Description}
	registry.Map()[answerName] = answer
	return reference
}

// columnSchema is that of a value. Numbers may be missing.
func columnSchema(c *result.Column) *huma.Schema {
	s := &huma.Schema{Description: c.Description}
	switch c.Type {
	case result.Text:
		s.Type = huma.TypeString
	case result.Bool:
		s.Type = huma.TypeBoolean
	case result.Int:
		s.Type, s.Format, s.Nullable = huma.TypeInteger, "int64", true
	default:
		s.Type, s.Format, s.Nullable = huma.TypeNumber, "double", true
	}
	if c.Unit != "" {
		s.Description = strings.TrimSuffix(s.Description, ".") + ". Unit: " + c.Unit
	}
	return s
}

// modelName is the name of a table as programs write the names of types.
func modelName(table string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(table, "-") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}
