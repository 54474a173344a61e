package server

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"chokepoint/result"
	"chokepoint/spelling"
)

// format is one rendering that the API gives: by ending of the path, by the parameter format, by media type.
type format struct {
	Name      string
	Ending    string
	MediaType string
	Means     string
	write     func(w io.Writer, t *result.Table) error
	file      bool          // saved rather than shown
	beside    result.Format // of the rows that it stands beside, where it is no rendering itself
}

// Formats are in order of preference.
var Formats = []format{
	rendered(result.FormatJSON, "rows as objects, with title, notes, provenance and columns", false),
	rendered(result.FormatCSV, "rows, with a header; notes and provenance are at .csv.provenance.json", true),
	rendered(result.FormatNDJSON, "one JSON object a row and line", false),
	rendered(result.FormatArrow, "Arrow IPC file (Feather)", true),
	rendered(result.FormatParquet, "Parquet, compressed", true),
	rendered(result.FormatXLSX, "workbook with data and read-me", true),
	rendered(result.FormatSDMX, "SDMX-CSV 2.0, for series", true),
	rendered(result.FormatStata, "Stata file, release 118", true),
	rendered(result.FormatPackage, "Frictionless Data Package: archive of CSV and datapackage.json", true),
	rendered(result.FormatTable, "text for people", false),
	provenanceOf(result.FormatCSV, "provenance"),
	provenanceOf(result.FormatNDJSON, "provenance-ndjson"),
	provenanceOf(result.FormatSDMX, "provenance-sdmx-csv"),
}

// endingOf is what a path ends in that asks for f.
func endingOf(f result.Format) string {
	if f == result.FormatSDMX {
		return ".sdmx.csv"
	}
	return f.Extension()
}

// provenanceOf is what stands beside the rows of a format that has rows alone.
func provenanceOf(f result.Format, name string) format {
	return format{Name: name, Ending: endingOf(f) + result.ProvenanceSuffix, MediaType: "application/json", beside: f,
		Means: "what goes with " + string(f) + ": title, notes, provenance, columns, SHA-256"}
}

func rendered(f result.Format, means string, file bool) format {
	return format{Name: string(f), Ending: endingOf(f), MediaType: f.MediaType(), Means: means, file: file,
		write: func(w io.Writer, t *result.Table) error { return result.Write(w, t, f, result.Options{}) }}
}

func formatOf(name string) *format {
	for i := range Formats {
		if Formats[i].Name == name {
			return &Formats[i]
		}
	}
	return nil
}

func formatNames() (names []string) {
	for _, f := range Formats {
		names = append(names, f.Name)
	}
	return names
}

// cutEnding splits the last part of a path into a name and the format that its ending says.
func cutEnding(last string) (string, *format) {
	name, _, found := strings.Cut(last, ".")
	if !found {
		return last, nil
	}
	for i := range Formats {
		if last[len(name):] == Formats[i].Ending {
			return name, &Formats[i]
		}
	}
	return last, nil
}

// accepted returns the format that an Accept header prefers; nil where it takes none of ours.
func accepted(header string) *format {
	if strings.TrimSpace(header) == "" {
		return &Formats[0]
	}
	var best *format
	var bestQ float64
	for item := range strings.SplitSeq(header, ",") {
		mediaType, q := mediaRange(item)
		for i := range Formats {
			if f := &Formats[i]; f.write != nil && q > bestQ && mediaFits(mediaType, f.MediaType) {
				best, bestQ = f, q
				break
			}
		}
	}
	return best
}

func mediaRange(item string) (mediaType string, q float64) {
	parts := strings.Split(item, ";")
	q = 1
	for _, p := range parts[1:] {
		if text, ok := strings.CutPrefix(strings.TrimSpace(p), "q="); ok {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil || !(v >= 0 && v <= 1) {
				v = 0
			}
			q = v
		}
	}
	return strings.ToLower(strings.TrimSpace(parts[0])), q
}

// mediaFits says whether a range of Accept takes a type. A browser that asks for a page takes JSON.
func mediaFits(mediaRange, mediaType string) bool {
	bare, _, _ := strings.Cut(mediaType, ";")
	kind, _, _ := strings.Cut(bare, "/")
	return mediaRange == bare || mediaRange == "*/*" || mediaRange == kind+"/*" || mediaRange == "text/html" && bare == "application/json"
}

// choose decides the format of an answer: the ending of the path, else the parameter, else the header.
func choose(ending *format, parameter, accept string) (*format, error) {
	switch {
	case ending != nil && parameter != "" && parameter != ending.Name:
		return nil, fmt.Errorf("the path ends in %s, which is %s; expected one or the other", ending.Ending, ending.Name)
	case ending != nil:
		return ending, nil
	case parameter != "":
		if f := formatOf(parameter); f != nil {
			return f, nil
		}
		return nil, fmt.Errorf("expected one of %s%s", strings.Join(formatNames(), ", "), spelling.Hint(parameter, formatNames()))
	}
	if f := accepted(accept); f != nil {
		return f, nil
	}
	var types []string
	for _, f := range Formats {
		types = append(types, f.MediaType)
	}
	return nil, NewProblem(http.StatusNotAcceptable, "Not acceptable", "Accept takes none of "+strings.Join(types, ", "))
}
