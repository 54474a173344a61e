// Package tomlfile reads the TOML files that people write: definitions, weights, classes, blocs, lists, briefs. An unknown key is
// an error, and every error says where it stands and what is wanted.
//
// It must never import anything of ours.
package tomlfile

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"

	"chokepoint/spelling"
	"chokepoint/textfile"
)

// MaxFile is the size in bytes of the largest file accepted, where a kind of file has no bound of its own.
const MaxFile = 1 << 20

// Error is a fault in a file.
type Error struct {
	File         string
	Line, Column int // from 1; 0 where the fault has no place
	Msg          string
}

// Error implements error.
func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Msg)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Msg)
}

// ReadFile reads a file of at most so many bytes.
func ReadFile(name string, most int) ([]byte, error) { return textfile.Read(name, int64(most)) }

// Decode puts the keys of a file into the struct that v points to. name is for messages. All unknown keys are joined in the error;
// each fault is an *Error.
func Decode(name string, data []byte, most int, v any) error {
	if err := bounded(name, data, most); err != nil {
		return err
	}
	if err := checkEncoding(name, data); err != nil {
		return err
	}
	dec := toml.NewDecoder(bytes.NewReader(WithoutMark(data)))
	dec.DisallowUnknownFields()
	err := dec.Decode(v)
	var strict *toml.StrictMissingError
	var wrong *toml.DecodeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &strict):
		var errs []error
		for i := range strict.Errors {
			e := &strict.Errors[i]
			line, column := e.Position()
			errs = append(errs, &Error{name, line, column, unknownKey(reflect.TypeOf(v), e.Key())})
		}
		return errors.Join(errs...)
	case errors.As(err, &wrong):
		line, column := wrong.Position()
		return &Error{name, line, column, decodeFault(reflect.TypeOf(v), wrong)}
	}
	return &Error{File: name, Msg: strings.TrimPrefix(err.Error(), "toml: ")}
}

// WithoutMark is the text of a file without the byte order mark that some editors put before it.
func WithoutMark(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\ufeff")) }

func bounded(name string, data []byte, most int) error {
	if len(data) > most {
		return &Error{File: name, Msg: fmt.Sprintf("more than %d bytes; such a file has at most as many", most)}
	}
	return nil
}

// checkEncoding names what is no UTF-8. TOML has no other encoding.
func checkEncoding(name string, data []byte) error {
	if len(data) >= 2 && (data[0] == 0xff && data[1] == 0xfe || data[0] == 0xfe && data[1] == 0xff || data[0] == 0 || data[1] == 0) {
		return &Error{File: name, Msg: "the file is UTF-16; expected UTF-8: save it again with that encoding, or run `iconv -f UTF-16 -t UTF-8`"}
	}
	for at := 0; at < len(data); {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size == 1 {
			before := data[:at]
			return &Error{name, bytes.Count(before, []byte("\n")) + 1, at - bytes.LastIndexByte(before, '\n'),
				fmt.Sprintf("byte 0x%X is not UTF-8; save the file again as UTF-8", data[at])}
		}
		at += size
	}
	return nil
}

func unknownKey(t reflect.Type, key toml.Key) string {
	text := fmt.Sprintf("unknown key %q", strings.Join(key, "."))
	table := typeAt(t, key[:len(key)-1])
	if table != nil {
		table = tableOf(table)
	}
	if table == nil || table.Kind() != reflect.Struct {
		return text
	}
	known := keysOf(table)
	where := ""
	if len(key) > 1 {
		where = " in " + strings.Join(key[:len(key)-1], ".")
	}
	text += "; known keys" + where + " are " + strings.Join(known, ", ")
	if near := spelling.Nearest(key[len(key)-1], known); near != "" {
		text += " (did you mean " + near + "?)"
	}
	return text
}

// decodeFault says what is wrong with a value, in words of TOML rather than of Go.
func decodeFault(t reflect.Type, e *toml.DecodeError) string {
	text := strings.TrimPrefix(e.Error(), "toml: ")
	got, mismatch := strings.CutPrefix(text, "cannot decode TOML ")
	at := typeAt(t, e.Key())
	if !mismatch || at == nil {
		return text
	}
	got, _, _ = strings.Cut(got, " into ")
	return fmt.Sprintf("%s: got %s, expected %s", strings.Join(e.Key(), "."), kindNamed(got), wanted(at))
}

// kindNamed is what go-toml calls a kind of value, as analysts do.
func kindNamed(kind string) string {
	switch kind {
	case "string":
		return "a text"
	case "integer", "float":
		return "a number"
	case "boolean":
		return "true or false"
	case "array":
		return "a list"
	case "table", "inline table":
		return "a table"
	}
	return "a date or time"
}

func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return wanted(t.Elem())
	case reflect.String:
		return `a text, as in "…"`
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		if elem := t.Elem(); elem.Kind() != reflect.Struct && elem.Kind() != reflect.Pointer {
			return "a list, as in [ … ], each " + wanted(elem)
		}
		return "tables, each headed by its name in [[ ]]"
	}
	return "a table"
}

// typeAt follows a key into a struct; nil where it leads nowhere. A key of a list of tables is that of each.
func typeAt(t reflect.Type, key toml.Key) reflect.Type {
	for _, part := range key {
		switch t = tableOf(t); t.Kind() {
		case reflect.Map:
			t = t.Elem()
		case reflect.Struct:
			i := slices.Index(keysOf(t), part)
			if i < 0 {
				return nil
			}
			t = tagged(t)[i].Type
		default:
			return nil
		}
	}
	return t
}

// tableOf is what a pointer or a list of tables holds.
func tableOf(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t
}

func keysOf(table reflect.Type) (keys []string) {
	for _, f := range tagged(table) {
		key, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		keys = append(keys, key)
	}
	return keys
}

// tagged lists the fields of a struct that are keys.
func tagged(table reflect.Type) (fields []reflect.StructField) {
	for i := range table.NumField() {
		if f := table.Field(i); f.Tag.Get("toml") != "" && f.Tag.Get("toml") != "-" {
			fields = append(fields, f)
		}
	}
	return fields
}
