package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// The end of a manifest from format 3 on: its own checksum, which is the SHA-256 of the whole file without these 64 digits.
var (
	ownChecksum = regexp.MustCompile(`,\n  "manifest_sha256": "([0-9a-f]{64})"\n}\n$`)
	noChecksum  = strings.Repeat("0", 2*sha256.Size)
)

// Encode returns the text of the manifest, with its checksum in it.
func (m *Manifest) Encode() ([]byte, error) {
	sealed := *m
	return Seal(&sealed, &sealed.SHA256)
}

// Seal returns the text of a manifest of any kind, with its checksum in it. checksum is its last field, manifest_sha256.
func Seal(manifest any, checksum *string) ([]byte, error) {
	*checksum = noChecksum
	data, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return nil, err
	}
	data = append(data, '\n')
	at := ownChecksum.FindSubmatchIndex(data)
	copy(data[at[2]:at[3]], checksumWithout(data, at[2], at[3]))
	return data, nil
}

func checksumWithout(data []byte, from, to int) string {
	h := sha256.New()
	h.Write(data[:from])
	h.Write(data[to:])
	return hex.EncodeToString(h.Sum(nil))
}

// CheckSeal says whether a manifest has its checksum in it; one that is not that of the text is an error.
func CheckSeal(data []byte) (sealed bool, err error) {
	at := ownChecksum.FindSubmatchIndex(data)
	if at == nil {
		return false, nil
	}
	if got := checksumWithout(data, at[2], at[3]); got != string(data[at[2]:at[3]]) {
		return false, fmt.Errorf("damaged or edited: its checksum is %s, it says %s. Ingest the source again", got, data[at[2]:at[3]])
	}
	return true, nil
}

// parseManifest reads a manifest strictly: a wrong checksum, unknown or repeated fields, wrong versions and impossible
// contents are errors. Manifests before format 3 have no checksum.
func parseManifest(data []byte) (m Manifest, err error) {
	var head struct {
		Format int `json:"format"`
	}
	sealed, err := CheckSeal(data)
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return m, err
	}
	if head.Format < 1 || head.Format > FormatVersion {
		return m, fmt.Errorf("format version %d; this program reads 1 to %d: ingest the source again, or use a newer program", head.Format, FormatVersion)
	}
	if !sealed {
		if head.Format >= 3 {
			return m, fmt.Errorf("damaged or edited: it does not end with its checksum, as those of format version %d do. Ingest the source again", head.Format)
		}
		if err := checkKeys(json.NewDecoder(bytes.NewReader(data)), "the manifest", strings.ToLower); err != nil {
			return m, err
		}
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return m, err
	}
	if !sealed && m.SHA256 != "" {
		return m, errors.New("damaged or edited: its checksum is not at its end. Ingest the source again")
	}
	m.SHA256 = "" // of the text, not of what it says
	return m, m.check()
}

// checkKeys refuses a field that an object has twice: readers differ in which one they believe. fold makes names equal that
// are equal to a reader: to encoding/json, names of fields are, whatever their case.
func checkKeys(dec *json.Decoder, where string, fold func(string) string) error {
	token, err := dec.Token()
	if err != nil {
		return err
	}
	open, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for dec.More() {
		inside := where
		if open == '{' {
			key, err := dec.Token()
			if err != nil {
				return err
			}
			inside, _ = key.(string) // the decoder has made sure that it is one
			if seen[fold(inside)] {
				return fmt.Errorf("%s has the field %.100q twice", where, inside)
			}
			seen[fold(inside)] = true
		}
		within := fold
		if open == '{' && strings.EqualFold(inside, "report") {
			within = func(name string) string { return name }
		}
		if err := checkKeys(dec, inside, within); err != nil {
			return err
		}
	}
	if _, err = dec.Token(); err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
