package trade

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
)

// packedPrefix marks a list of codes that is packed, so that a long one has room in an address: all 5,384 codes of the HS of 2017 take 6,831
// characters. What follows is base64 for addresses (RFC 4648, section 5, without padding) of a deflate stream (RFC 1951) of groups separated by
// dots. A group of two digits is a chapter, one of four a heading; a longer one is a heading and the last two digits of each code in it:
// 28.8504.85411029 is chapter 28, heading 8504, and the codes 854110 and 854129.
const packedPrefix = "packed:"

// mostPacked bounds what a packed list may unfold to, in bytes: several times all codes of the Harmonized System.
const mostPacked = 64 << 10

// IsPacked says whether a term of a selection of products is a packed list.
func IsPacked(term string) bool { return strings.HasPrefix(strings.TrimSpace(term), packedPrefix) }

// unpack gives the codes, headings and chapters of a packed list.
func unpack(term string) ([]string, error) {
	text, err := unfold(strings.TrimPrefix(term, packedPrefix))
	if err != nil {
		return nil, fmt.Errorf("the packed list of products cannot be read: %w; expected the whole of it, as a page has it in its address", err)
	}
	var terms []string
	for group := range strings.SplitSeq(text, ".") {
		if len(group) == 2 || len(group) == 4 {
			terms = append(terms, group)
			continue
		}
		if len(group) < 6 || len(group)%2 != 0 {
			return nil, fmt.Errorf("the packed list of products has the group %q; expected two or four digits, or a heading and pairs of digits", group)
		}
		for at := 4; at < len(group); at += 2 {
			terms = append(terms, group[:4]+group[at:at+2])
		}
	}
	return terms, nil
}

// unfold decodes and decompresses.
func unfold(packed string) (string, error) {
	data, err := base64.RawURLEncoding.Strict().DecodeString(packed)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(data)), mostPacked+1))
	switch {
	case err != nil:
		return "", err
	case len(text) > mostPacked:
		return "", fmt.Errorf("it unfolds to more than %d bytes", mostPacked)
	}
	return string(text), nil
}
