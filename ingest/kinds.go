package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"chokepoint/textfile"
)

// fileKind is a kind of file that is not read, known by how it begins.
type fileKind struct {
	what   string
	advice string
	begins []string
}

const (
	asCSV  = "save the table as CSV in UTF-8, with commas between the columns, and ingest that"
	unpack = "unpack it and ingest what is in it"
)

var fileKinds = []fileKind{
	{"a bzip2 file", unpack + " (bunzip2)", []string{"BZh1", "BZh2", "BZh3", "BZh4", "BZh5", "BZh6", "BZh7", "BZh8", "BZh9"}},
	{"an xz file", unpack + " (unxz)", []string{"\xfd7zXZ\x00"}},
	{"a Zstandard file", unpack + " (unzstd)", []string{"\x28\xb5\x2f\xfd"}},
	{"a 7-Zip archive", unpack + " (7z x)", []string{"7z\xbc\xaf\x27\x1c"}},
	{"a RAR archive", unpack, []string{"Rar!\x1a\x07"}},
	{"an Excel workbook of the old form (.xls)", asCSV, []string{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}},
	{"a Stata file", asCSV + " (export delimited)", []string{"<stata_dta>"}},
	{"an R data file", asCSV + " (write.csv)", []string{"RDX2\n", "RDX3\n", "X\n\x00\x00\x00"}},
	{"an Arrow or Feather file", asCSV, []string{"ARROW1", "FEA1"}},
	{"an HDF5 file", asCSV, []string{"\x89HDF"}},
	{"an SQLite database", asCSV, []string{"SQLite format 3\x00"}},
	{"a PDF", "fetch the table itself, as CSV", []string{"%PDF-"}},
	{"a web page, perhaps an error page of the server that it came from", "look at it and fetch the table again", []string{"<!doctype html", "<html"}},
	{"XML", asCSV, []string{"<?xml"}},
	{"JSON, such as the API of UN Comtrade answers with", "fetch the table as CSV, or turn the JSON into CSV, and ingest that", []string{"{", "[{", "[["}},
	{"UTF-16 text", "save it as UTF-8", []string{"\xff\xfe", "\xfe\xff"}},
}

// kindBytes is how much of a file fileKindOf looks at.
const kindBytes = 512

// fileKindOf says what a file is that begins like this, if it is none that is read, and what to do about it.
func fileKindOf(begin []byte) error {
	text := strings.ToLower(string(bytes.TrimLeft(bytes.TrimPrefix(begin, textfile.BOM), " \t\r\n")))
	for _, k := range fileKinds {
		for _, b := range k.begins {
			if strings.HasPrefix(string(begin), b) || strings.HasPrefix(text, b) {
				return fmt.Errorf("is %s; %s", k.what, k.advice)
			}
		}
	}
	switch {
	case len(begin) > 262 && string(begin[257:262]) == "ustar":
		return fmt.Errorf("is a tar archive; %s (tar xf)", unpack)
	case len(begin) >= 4 && begin[0] != 0 && begin[1] == 0 && begin[2] != 0 && begin[3] == 0:
		return errors.New("is UTF-16 text; save it as UTF-8")
	}
	return nil
}

// workbook says what an archive of these files is, if it is a document of an office program.
func workbook(names []string) error {
	has := func(name string) bool { return slices.Contains(names, name) }
	switch {
	case has("xl/workbook.xml") || has("xl/workbook.bin"):
		return fmt.Errorf("is an Excel workbook; %s", asCSV)
	case has("content.xml") && has("META-INF/manifest.xml"):
		return fmt.Errorf("is an OpenDocument workbook; %s", asCSV)
	case has("[Content_Types].xml"):
		return fmt.Errorf("is a document of Microsoft Office; %s", asCSV)
	}
	return nil
}

// layout is a table of a known publisher that is not read as it is.
type layout struct {
	what    string
	columns []string // all of them, in lower case; or
	is      func(names []string) bool
	advice  string
	reader  string // that reads it
}

// The readers of flows.
const (
	baciReader         = "baci"
	transactionsReader = "transactions"
)

const comtradeAdvice = "keep the rows of one flow (M: imports) and of the totals motCode 0, customsCode C00 and partner2Code 0, products of six digits, no partner 0 (World); " +
	"rename the columns to date, importer, exporter, product and value, and `ingest transactions` reads it"

var layouts = []layout{
	{what: "a download of UN Comtrade", columns: []string{"reportercode", "partnercode", "cmdcode", "primaryvalue"}, advice: comtradeAdvice},
	{what: "a download of UN Comtrade", columns: []string{"trade flow code", "reporter code", "partner code", "commodity code"}, advice: comtradeAdvice},
	{what: "a file of Eurostat's Comext", columns: []string{"partner", "product_nc", "flow", "period"},
		advice: "its values are euro, its products have eight digits, and 202352 is the year 2023; keep one FLOW (1: imports), turn euro into US dollars, rename the columns to date, importer, exporter, product and value, and `ingest transactions --cut-codes` reads it"},
	{what: "a table of Growth Lab's Atlas", columns: []string{"country_iso3_code", "partner_iso3_code", "export_value", "import_value"},
		advice: "it has both directions side by side; keep import_value, rename the columns to year, importer, exporter, product and value, and `ingest transactions` reads it"},
	{what: "a table of the OEC", columns: []string{"year", "origin", "dest", "export_val"},
		advice: "keep one of export_val and import_val, rename the columns to year, exporter, importer, product and value, put commas between them, and `ingest transactions` reads it"},
	{what: "a download of WITS", columns: []string{"reporteriso3", "partneriso3", "productcode", "tradeflowcode"},
		advice: "keep the imports, without the partner WLD, rename the columns to year, importer, exporter, product and value, and `ingest transactions --value-unit thousand-usd` reads it"},
	{what: "a table of Trade Map", is: func(names []string) bool {
		return len(names) > 1 && slices.Contains([]string{"exporters", "importers", "product code", "code"}, names[0]) &&
			slices.ContainsFunc(names, func(n string) bool {
				return strings.HasPrefix(n, "imported value in") || strings.HasPrefix(n, "exported value in")
			})
	}, advice: "it has one column per year, a single economy and no column for the product; expected a table with one row per flow: year, importer, exporter, product and value"},
	{what: "an input-output table (economies and industries in rows and columns, as of ICIO or WIOD)", is: inputOutput,
		advice: "it has no products, and no command reads such tables"},
	{what: "BACI as CEPII published it until about 2017", columns: []string{"t", "hs6", "i", "j", "v", "q"}, advice: "rename the column hs6 to k, and `ingest baci` reads it"},
	{what: "BACI's list of economies as CEPII published it until about 2017", columns: []string{"iso3", "iso2", "name_english", "i"},
		advice: "rename the columns to country_iso3, country_iso2, country_name and country_code and the file to country_codes.csv, or leave it out: the program has a list of its own"},
	{what: "BACI's list of products as CEPII published it until about 2017", columns: []string{"code", "shortdescription"}, advice: oldProducts},
	{what: "BACI's list of products as CEPII published it until about 2017", is: func(names []string) bool {
		return len(names) == 2 && hsPart.MatchString(names[0]) && names[1] == "lib"
	}, advice: oldProducts},
	{what: "a BACI table", columns: columnNames[:], advice: "`ingest baci` reads it", reader: baciReader},
	{what: "a table of transactions", columns: []string{"importer", "exporter", "product", "value"}, advice: "`ingest transactions` reads it", reader: transactionsReader},
}

const oldProducts = "rename the columns to code and description and the file to product_codes_HS96.csv, with its revision, or leave it out"

var industryPart = regexp.MustCompile(`^[a-z]{3}_[0-9a-z_]+$`)

func inputOutput(names []string) bool {
	industries := 0
	for _, n := range names[min(1, len(names)):] {
		if industryPart.MatchString(n) {
			industries++
		}
	}
	return industries >= 2 && industries >= len(names)/2
}

// separators are what may stand between columns, with what messages call them.
var separators = []struct {
	mark byte
	name string
}{{',', "commas"}, {';', "semicolons"}, {'\t', "tabs"}, {'|', "bars"}}

// layoutOf explains a header that a reader does not take: another separator, or a table that is known.
func layoutOf(line []byte, reader string, read func(names []string) error) error {
	for _, s := range separators {
		names := splitHeader(line, s.mark)
		if s.mark != ',' && read(names) == nil {
			return fmt.Errorf("has its columns separated by %s; expected commas, and decimal points", s.name)
		}
		for i, name := range names {
			names[i] = strings.ToLower(name)
		}
		for _, l := range layouts {
			if l.reader == reader {
				continue
			}
			if l.is != nil && l.is(names) || len(l.columns) > 0 && !slices.ContainsFunc(l.columns, func(c string) bool { return !slices.Contains(names, c) }) {
				between := ""
				if s.mark != ',' {
					between = ", its columns separated by " + s.name
				}
				return fmt.Errorf("is %s%s; %s", l.what, between, l.advice)
			}
		}
	}
	return nil
}

// headerText takes the marks off a header line, or says why it is none.
func headerText(line []byte) ([]byte, error) {
	line = bytes.TrimPrefix(line, textfile.BOM)
	line = bytes.TrimSuffix(line, []byte("\r"))
	if err := fileKindOf(line[:min(len(line), kindBytes)]); err != nil {
		return nil, err
	}
	switch {
	case bytes.IndexByte(line, 0) >= 0:
		return nil, errors.New("is not a text file")
	case len(bytes.TrimSpace(line)) == 0:
		return nil, errNoHeader
	case bytes.HasPrefix(bytes.ToLower(line), []byte("sep=")):
		return nil, fmt.Errorf("begins with a line for Excel, %q; delete that line", clip(string(line)))
	case bytes.IndexByte(line, '\r') >= 0:
		return nil, errors.New("has lines that end in a carriage return alone; save it with line feeds")
	}
	return line, nil
}

// clipHeader shortens a header for a message.
func clipHeader(names []string) string {
	shown := strings.Join(names, ",")
	if len(shown) > 120 {
		return shown[:120] + "…"
	}
	return shown
}
