package server

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestHostileSockets sends what no browser sends: the server closes the connection or answers with a 4xx, and is well after it.
func TestHostileSockets(t *testing.T) {
	s := newServer(t, func(c *Config) { c.Log = slog.New(slog.DiscardHandler) })
	l := httptest.NewUnstartedServer(nil).Listener
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l, "", "") }()
	t.Cleanup(func() { stop(); <-done })
	host := "Host: " + l.Addr().String() + "\r\n"
	get := func(path string, headers ...string) string {
		return "GET " + path + " HTTP/1.1\r\n" + host + strings.Join(headers, "") + "Connection: close\r\n\r\n"
	}
	for name, request := range map[string]string{
		"path traversal":          get("/../../../../etc/passwd"),
		"encoded path traversal":  get("/assets/%2e%2e%2f%2e%2e%2fserver.go"),
		"double slashes":          get("//etc/passwd"),
		"NUL in the path":         get("/api/v1/count%00.csv"),
		"bad UTF-8 in the path":   get("/\xff\xfe\xfd"),
		"bad escape":              get("/%zz"),
		"huge header":             get("/", "X-Large: "+strings.Repeat("a", 1<<20)+"\r\n"),
		"many headers":            get("/", strings.Repeat("X-Many: a\r\n", 20000)),
		"header without a name":   get("/", ": value\r\n"),
		"two hosts":               get("/", "Host: evil.example\r\n"),
		"wrong host":              "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
		"no host":                 "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
		"absolute address":        get("http://evil.example/"),
		"two lengths":             "POST /api/v1/count HTTP/1.1\r\n" + host + "Content-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\n{}",
		"negative length":         "POST /api/v1/count HTTP/1.1\r\n" + host + "Content-Type: application/json\r\nContent-Length: -1\r\n\r\n{}",
		"odd transfer encoding":   "POST /api/v1/count HTTP/1.1\r\n" + host + "Content-Type: application/json\r\nTransfer-Encoding: xchunked\r\n\r\n{}",
		"body larger than told":   "POST /api/v1/count HTTP/1.1\r\n" + host + "Content-Type: application/json\r\nContent-Length: 99999999999\r\nConnection: close\r\n\r\n{}",
		"bad chunks":              "POST /api/v1/count HTTP/1.1\r\n" + host + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"unknown verb":            "DESTROY / HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n",
		"verb that changes":       "DELETE /api/v1/datasets/world HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n",
		"trace":                   "TRACE / HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n",
		"old protocol":            "GET /\r\n\r\n",
		"no protocol":             "\x16\x03\x01\x02\x00\x01\x00",
		"split in the query":      get("/?importers=USA\r\nX-Injected: yes"),
		"range of a page":         get("/?importers=NOPE", "Range: bytes=0-1,2-3,0-\r\n"),
		"method to be overridden": get("/api/v1/nope", "X-HTTP-Method-Override: DELETE\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.DialTimeout("tcp", l.Addr().String(), 5*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
			go func() { // the server may close before it has read everything
				_, _ = io.WriteString(conn, request)
				if name == "bad chunks" || name == "no protocol" || name == "old protocol" {
					_ = conn.(*net.TCPConn).CloseWrite()
				}
			}()
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				return // closed without an answer
			}
			defer answer.Body.Close()
			text, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
			if answer.StatusCode < 300 || answer.StatusCode >= 500 && answer.StatusCode != http.StatusNotImplemented && answer.StatusCode != http.StatusHTTPVersionNotSupported {
				t.Errorf("status %d", answer.StatusCode)
			}
			if strings.Contains(string(text), "root:") || answer.Header.Get("X-Injected") != "" {
				t.Errorf("the answer gives away what it must not: %.200s", text)
			}
			if well, err := http.Get("http://" + l.Addr().String() + "/healthz"); err != nil || well.StatusCode != 200 {
				t.Errorf("the server is not well afterwards: %v", err)
			} else {
				well.Body.Close()
			}
		})
	}
}

// TestSlowHeaders sends the beginning of a request and no end: the server hangs up.
func TestSlowHeaders(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the server's time-out of headers; -short leaves it out")
	}
	s := newServer(t, nil)
	l := httptest.NewUnstartedServer(nil).Listener
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l, "", "") }()
	t.Cleanup(func() { stop(); <-done })
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("the server still waits: %v", err)
	}
}
