package server

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"chokepoint/server/servertest"
)

func trusting(networks ...string) func(*Config) {
	return func(c *Config) {
		c.Local = false
		for _, n := range networks {
			c.TrustedProxies = append(c.TrustedProxies, netip.MustParsePrefix(n))
		}
	}
}

// TestForwarded: X-Forwarded-For is believed of trusted proxies, from the right, up to the first address that is none of theirs.
func TestForwarded(t *testing.T) {
	s := newServer(t, trusting("127.0.0.0/8", "10.0.0.0/8", "2001:db8::/32"))
	f := func(remote, want string, forwarded ...string) {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = remote
		r.Header["X-Forwarded-For"] = forwarded
		if got := s.addressOf(r).String(); got != want {
			t.Errorf("%s for %q: %s, want %s", remote, forwarded, got, want)
		}
	}
	f("192.0.2.1:1", "192.0.2.1")
	f("192.0.2.1:1", "192.0.2.1", "198.51.100.7") // anybody can send it
	f("127.0.0.1:1", "127.0.0.1")
	f("127.0.0.1:1", "198.51.100.7", "198.51.100.7")
	f("127.0.0.1:1", "198.51.100.7", "203.0.113.5, 198.51.100.7") // the first one is what the client says of itself
	f("127.0.0.1:1", "198.51.100.7", "203.0.113.5", "198.51.100.7, 10.1.2.3")
	f("127.0.0.1:1", "198.51.100.7", "127.0.0.1, 198.51.100.7")
	f("127.0.0.1:1", "198.51.100.7", "198.51.100.7:4711")
	f("[::ffff:10.0.0.1]:1", "2001:db9::7", "[2001:db9::7]:80, 2001:db8::1")
	f("127.0.0.1:1", "10.1.2.3", "unknown, 10.1.2.3")
	f("127.0.0.1:1", "127.0.0.1", "<script>")
	f("127.0.0.1:1", "127.0.0.1", "")
	f("nonsense", "invalid IP", "198.51.100.7")
}

// TestRateBehindProxy: clients behind a trusted proxy have a rate each.
func TestRateBehindProxy(t *testing.T) {
	s := newServer(t, func(c *Config) { trusting("127.0.0.0/8")(c); c.Limits.Rate, c.Limits.Burst = 0.001, 1 })
	for _, c := range []struct {
		client string
		want   int
	}{{"198.51.100.1", 200}, {"198.51.100.1", 429}, {"198.51.100.2", 200}, {"6.6.6.6, 198.51.100.2", 429}} {
		if w := servertest.Get(s, "/healthz", "X-Forwarded-For", c.client); w.Code != c.want {
			t.Errorf("%s: status %d, want %d", c.client, w.Code, c.want)
		}
	}
}

// TestMetricsAreClosed: who sees the figures of the process.
func TestMetricsAreClosed(t *testing.T) {
	behind := newServer(t, trusting("127.0.0.0/8"))
	plain := newServer(t, func(c *Config) { c.Local = false })
	hidden := newServer(t, func(c *Config) { c.HideMetrics = true })
	f := func(s *Server, want int, headers ...string) {
		t.Helper()
		if w := servertest.Get(s, "/metrics", headers...); w.Code != want {
			t.Errorf("with %q: status %d, want %d", headers, w.Code, want)
		}
	}
	f(behind, 200)
	f(behind, 403, "X-Forwarded-For", "198.51.100.7")
	f(behind, 403, "X-Forwarded-For", "127.0.0.1, 198.51.100.7")
	f(plain, 200)
	f(plain, 403, "X-Forwarded-For", "127.0.0.1") // a proxy that nobody has named
	f(plain, 403, "Forwarded", "for=198.51.100.7")
	f(hidden, 404)
}

// TestMetricsElsewhere: /metrics at an address of its own, and nothing else there.
func TestMetricsElsewhere(t *testing.T) {
	s := newServer(t, func(c *Config) { c.HideMetrics = true })
	l := httptest.NewUnstartedServer(nil).Listener
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.ServeMetrics(ctx, l) }()
	ask := func(path, host string) (int, string) {
		r, _ := http.NewRequest(http.MethodGet, "http://"+l.Addr().String()+path, nil)
		r.Host = host
		w, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Body.Close()
		text, _ := io.ReadAll(w.Body)
		return w.StatusCode, string(text)
	}
	if status, text := ask("/metrics", ""); status != 200 || !strings.Contains(text, "chokepoint_scans_running") {
		t.Errorf("status %d: %.100s", status, text)
	}
	if status, _ := ask(APIRoot+"/count", ""); status != 404 {
		t.Errorf("the API is there too: %d", status)
	}
	if status, _ := ask("/metrics", "evil.example"); status != http.StatusMisdirectedRequest {
		t.Errorf("under another name: status %d", status)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestSecureBehindProxy: a cookie is for TLS alone where a trusted proxy speaks it.
func TestSecureBehindProxy(t *testing.T) {
	s := newServer(t, func(c *Config) { trusting("127.0.0.0/8")(c); c.Token, c.Site = "0123456789abcdef", loginSite })
	login := func(headers ...string) bool {
		headers = append(headers, "Content-Type", "application/x-www-form-urlencoded")
		w := servertest.Send(s, http.MethodPost, "/login", strings.NewReader("token=0123456789abcdef&next=/"), headers...)
		cookies := w.Result().Cookies()
		if len(cookies) != 1 {
			t.Fatalf("status %d, %d cookies", w.Code, len(cookies))
		}
		return cookies[0].Secure
	}
	if login() || !login("X-Forwarded-Proto", "https") {
		t.Error("the cookie does not follow X-Forwarded-Proto of a trusted proxy")
	}
	s.TrustedProxies = nil
	if login("X-Forwarded-Proto", "https") {
		t.Error("X-Forwarded-Proto is believed of anybody")
	}
}

// FuzzForwarded: whatever a header says, the client is an address, and never one of the proxies' unless they have asked themselves.
func FuzzForwarded(f *testing.F) {
	for _, text := range []string{"198.51.100.7", "a, b", "::1%eth0", "[::1]:80, 1.2.3.4:5", ",,,", "127.0.0.1"} {
		f.Add(text)
	}
	s := &Server{Config: Config{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}}
	f.Fuzz(func(t *testing.T, text string) {
		r := &http.Request{RemoteAddr: net.JoinHostPort("127.0.0.1", "1"), Header: http.Header{"X-Forwarded-For": {text}}}
		got := s.addressOf(r)
		if !got.IsValid() || got.Zone() != "" || got.Is4In6() {
			t.Fatalf("%q gives %v", text, got)
		}
		r.RemoteAddr = "192.0.2.1:1"
		if got := s.addressOf(r); got != netip.MustParseAddr("192.0.2.1") {
			t.Fatalf("%q of a stranger gives %v", text, got)
		}
	})
}
