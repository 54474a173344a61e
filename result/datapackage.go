package result

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
)

// dataPackage is the descriptor of a Frictionless Data Package, version 1: https://specs.frictionlessdata.io/tabular-data-package/
type dataPackage struct {
	Profile     string           `json:"profile"`
	Name        string           `json:"name"`
	Title       string           `json:"title"`
	Description string           `json:"description"`
	Licences    []packageLicence `json:"licenses,omitempty"`
	Sources     []packageSource  `json:"sources,omitempty"`
	Resources   []packageTable   `json:"resources"`
	Chokepoint  any              `json:"chokepoint"` // provenance, notes and columns, as in JSON
}

type packageLicence struct {
	Name  string `json:"name,omitempty"`
	Path  string `json:"path,omitempty"`
	Title string `json:"title"`
}

type packageSource struct {
	Title string `json:"title"`
	Path  string `json:"path,omitempty"`
}

type packageTable struct {
	Profile   string        `json:"profile"`
	Name      string        `json:"name"`
	Path      string        `json:"path"`
	Format    string        `json:"format"`
	MediaType string        `json:"mediatype"`
	Encoding  string        `json:"encoding"`
	Bytes     int64         `json:"bytes"`
	Hash      string        `json:"hash"`
	Schema    packageSchema `json:"schema"`
}

type packageSchema struct {
	Fields        []packageField `json:"fields"`
	MissingValues []string       `json:"missingValues"`
}

type packageField struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description"`
	Unit        string `json:"unit,omitempty"`
}

// packageTypes are the types of Table Schema.
var packageTypes = map[Type]string{Text: "string", Int: "integer", Float: "number", Bool: "boolean"}

// knownLicences are those that have an address and an identifier; others are named alone.
var knownLicences = []struct {
	mark string
	packageLicence
}{{"Etalab", packageLicence{Name: "etalab-2.0", Path: "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"}}}

// writeDataPackage writes an archive of datapackage.json and the rows as CSV.
func writeDataPackage(w io.Writer, t *Table, opt Options) error {
	z := zip.NewWriter(w)
	path := t.Name + ".csv"
	rows, err := z.CreateHeader(&zip.FileHeader{Name: path, Method: zip.Deflate}) // without a time: the same answer is the same archive
	if err != nil {
		return err
	}
	digest, size := sha256.New(), counter(0)
	if err := writeCSV(io.MultiWriter(rows, digest, &size), t, opt); err != nil {
		return err
	}
	descriptor, err := z.CreateHeader(&zip.FileHeader{Name: "datapackage.json", Method: zip.Deflate})
	if err != nil {
		return err
	}
	text, err := appendIndented(nil, t.dataPackage(path, int64(size), hex.EncodeToString(digest.Sum(nil))))
	if err != nil {
		return err
	}
	if _, err := io.Copy(descriptor, bytes.NewReader(text)); err != nil {
		return err
	}
	return z.Close()
}

// counter counts what is written to it.
type counter int64

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

func (t *Table) dataPackage(path string, size int64, digest string) dataPackage {
	t = t.marked()
	p := dataPackage{Profile: "tabular-data-package", Name: "chokepoint-" + t.Name, Title: t.Heading(), Chokepoint: t.head(),
		Description: strings.Join(append(Texts(t.Notes), nonEmpty(labelled("Cite: ", t.Provenance.Cite()))...), "\n\n")}
	if t.IsSynthetic() {
		p.Title = banner + ": " + p.Title
	}
	if licence := t.Provenance.Licence; licence != "" {
		l := packageLicence{}
		for _, known := range knownLicences {
			if strings.Contains(licence, known.mark) {
				l = known.packageLicence
			}
		}
		if l.Title = licence; l.Name == "" && l.Path == "" {
			l.Name = "other-open"
		}
		p.Licences = []packageLicence{l}
	}
	if source := first(t.Provenance.Citation, t.Provenance.Source); source != "" {
		p.Sources = []packageSource{{Title: source}}
	}
	table := packageTable{Profile: "tabular-data-resource", Name: t.Name, Path: path, Format: "csv", MediaType: "text/csv", Encoding: "utf-8",
		Bytes: size, Hash: "sha256:" + digest, Schema: packageSchema{MissingValues: []string{""}}}
	for _, c := range t.Columns {
		table.Schema.Fields = append(table.Schema.Fields, packageField{c.Name, packageTypes[c.Type], c.Title, c.Description, c.Unit})
	}
	p.Resources = []packageTable{table}
	return p
}
