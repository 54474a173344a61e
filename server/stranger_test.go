package server

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

// FuzzLocalPath: where the form of the token leads is a path of this server, whatever a link says.
func FuzzLocalPath(f *testing.F) {
	for _, text := range []string{"/chokepoints?importers=USA", "//evil.example", "https://evil.example/", "/\\evil.example", "\t//evil.example", "/%2f/evil.example", "/%2fevil.example/ ", "/..//evil.example", "javascript:alert(1)", "/a\r\nb", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := localPath(text)
		u, err := url.Parse(got)
		if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") || strings.ContainsAny(got, "\\\r\n") {
			t.Fatalf("%q leads to %q", text, got)
		}
	})
}

// FuzzCookie: no cookie but one that was made here lets anybody in.
func FuzzCookie(f *testing.F) {
	s, other := newSessions("0123456789abcdef"), newSessions("0123456789abcdef")
	now := time.Unix(1_800_000_000, 0)
	if !s.valid(s.cookie(now, false).Value, now) {
		f.Fatal("a cookie of its own is refused")
	}
	for _, text := range []string{"", ".", "99999999999.", "99999999999." + strings.Repeat("0", 64), other.cookie(now, false).Value} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if s.valid(text, now) {
			t.Fatalf("%q is valid", text)
		}
	})
}

// FuzzAccept: any header of accepted formats gives one of ours or none.
func FuzzAccept(f *testing.F) {
	for _, header := range []string{"", "*/*", "text/csv;q=0.5, application/json;q=0.9", "text/*;q=0", "a/b;q=1e400", ";;,,;q="} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if got := accepted(header); got != nil && formatOf(got.Name) != got {
			t.Fatalf("%q gives %+v", header, got)
		}
	})
}
