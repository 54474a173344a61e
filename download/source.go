// Package download fetches the archives that a publisher offers, whole or not at all.
package download

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"chokepoint/datafile"
	"chokepoint/trade"
)

//go:embed sources.toml
var sources []byte

// Source is a publisher's archives, by nomenclature and release.
type Source struct {
	Date          toml.LocalDate `toml:"date"` // of the file
	Page          string         `toml:"page"`
	Folder        string         `toml:"folder"`
	File          string         `toml:"file"`
	Newest        string         `toml:"newest"`
	Licence       string         `toml:"licence"`
	Citation      string         `toml:"citation"`
	BytesPerRow   float64        `toml:"bytes_per_row"`
	Nomenclatures []Nomenclature `toml:"nomenclature"`
}

// Nomenclature is what is published in an HS revision.
type Nomenclature struct {
	ID        trade.Nomenclature `toml:"id"`
	FirstYear int                `toml:"first_year"`
	Rows      map[string]int64   `toml:"rows"` // of a release, where known
}

// BACI is where CEPII publishes BACI.
func BACI() (*Source, error) {
	s := new(Source)
	if err := datafile.TOML("download/sources.toml", sources, s); err != nil {
		return nil, err
	}
	return s, nil
}

// Archive is one file of a source.
type Archive struct {
	Source       *Source
	Nomenclature trade.Nomenclature
	Release      string
	Name         string // BACI_HS17_V202601.zip
	Address      string
	Rows         int64          // 0: not known
	members      *regexp.Regexp // names of the tables inside
}

var validRelease = regexp.MustCompile(`^[0-9]{6}[a-z]?$`)

// Latest asks for the newest release.
const Latest = "latest"

// Archive is that of a nomenclature (HS17, H5) and a release (202601, or Latest).
func (s *Source) Archive(nomenclature, release string) (*Archive, error) {
	n, err := trade.ParseNomenclature(nomenclature)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(s.Nomenclatures, func(x Nomenclature) bool { return x.ID == n })
	if i < 0 {
		return nil, fmt.Errorf("nomenclature %s is not published; expected one of %s", n, s.nomenclatures())
	}
	if release = strings.TrimPrefix(strings.TrimPrefix(release, "V"), "v"); release == Latest {
		release = s.Newest
	}
	if !validRelease.MatchString(release) {
		return nil, fmt.Errorf("release %q: expected %s or year and month, such as %s", release, Latest, s.Newest)
	}
	name := strings.NewReplacer("{nomenclature}", string(n), "{release}", release).Replace(s.File)
	return &Archive{Source: s, Nomenclature: n, Release: release, Name: name, Address: s.Folder + name, Rows: s.Nomenclatures[i].Rows[release],
		members: regexp.MustCompile(fmt.Sprintf(`(^|/)BACI_%s_Y[0-9]{4}_V%s\.csv$`, n, release))}, nil
}

func (s *Source) nomenclatures() string {
	var ids []string
	for _, n := range s.Nomenclatures {
		ids = append(ids, string(n.ID))
	}
	return strings.Join(ids, ", ")
}

// EstimatedBytes is about what the archive takes, 0 where that is not known.
func (a *Archive) EstimatedBytes() int64 { return int64(float64(a.Rows) * a.Source.BytesPerRow) }

// Find gives the path of an archive in a folder. For Latest it is the newest release there of the nomenclature.
func (s *Source) Find(folder, nomenclature, release string) (*Archive, string, error) {
	a, err := s.Archive(nomenclature, release)
	if err != nil {
		return nil, "", err
	}
	if release == Latest {
		paths, _ := filepath.Glob(filepath.Join(folder, strings.Replace(a.Name, a.Release, "*", 1)))
		pattern := regexp.MustCompile(`_V([0-9]{6}[a-z]?)\.zip$`)
		paths = slices.DeleteFunc(paths, func(p string) bool { return !pattern.MatchString(p) })
		if len(paths) == 0 {
			return nil, "", fmt.Errorf("%s has no file BACI_%s_V….zip; download one from %s", folder, a.Nomenclature, s.Page)
		}
		slices.Sort(paths)
		path := paths[len(paths)-1]
		a, err = s.Archive(nomenclature, pattern.FindStringSubmatch(path)[1])
		return a, path, err
	}
	path := filepath.Join(folder, a.Name)
	if _, err := os.Stat(path); err != nil {
		return nil, "", fmt.Errorf("%s is not there; download it from %s", path, a.Address)
	}
	return a, path, nil
}
