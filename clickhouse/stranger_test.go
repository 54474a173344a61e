package clickhouse

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"chokepoint/fault"
)

// FuzzAddress: an address is read or refused as the asker's mistake, and no message says its password.
func FuzzAddress(f *testing.F) {
	for _, text := range []string{"clickhouse://user:opensesame@host:9000/db?cluster=c&secure=true&timeout=5s", "clickhouse://h", "http://user:opensesame@h", "clickhouse://u:opensesame@%zz",
		"clickhouse://u:opensesame@h?timeout=0", "clickhouse://u:opensesame@h?opensesame=1", "clickhouse://[::1]:9000/x", "clickhouse://u:opensesame@a@b", "", "://"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, host, _, err := parseAddress(text)
		var asked *fault.QuestionError
		switch {
		case err != nil && !errors.As(err, &asked):
			t.Fatalf("%q: %T %v", text, err, err)
		case err == nil && (host == "" || c.database == "" || c.timeout <= 0):
			t.Fatalf("%q: host %q, database %q, timeout %v", text, host, c.database, c.timeout)
		}
		const secret = "opensesame"
		if strings.Count(text, secret) == 1 && strings.Contains(text, ":"+secret+"@") {
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Fatalf("%q: the error says the password: %v", text, err)
			}
			if err == nil && strings.Contains(c.address, secret) {
				t.Fatalf("%q: the address says the password: %s", text, c.address)
			}
		}
	})
}

// FuzzServer: whatever something says that is taken for a server, looking for datasets on it ends with an error, and soon.
func FuzzServer(f *testing.F) {
	varint := func(n uint64) (b []byte) {
		for ; n >= 0x80; n >>= 7 {
			b = append(b, byte(n)|0x80)
		}
		return append(b, byte(n))
	}
	text := func(s string) []byte { return append(varint(uint64(len(s))), s...) }
	hello := []byte{0}
	for _, part := range [][]byte{text("ClickHouse"), varint(22), varint(8), varint(54449), text("UTC"), text("here"), varint(16)} {
		hello = append(hello, part...)
	}
	exception := append(append([]byte{2, 60, 0, 0, 0}, append(text("DB::Exception"), append(text("no such table"), text("")...)...)...), 0)
	f.Add([]byte{})
	f.Add(hello)
	f.Add(append(hello, 4))    // a pong
	f.Add(append(hello, 4, 5)) // and the end of a stream
	f.Add(append(hello, exception...))
	f.Add(append(hello, 4, 1, 0, 1, 0, 2, 255, 255, 255, 255, 0, 1, 1, 1, 'n', 6, 'S', 't', 'r', 'i', 'n', 'g', 255, 255, 255, 255, 15))
	f.Add([]byte("HTTP/1.0 400 Bad Request\r\n\r\nPort 9000 is for clickhouse-client program\n"))

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { l.Close() })
	var says atomic.Pointer[[]byte]
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(200 * time.Millisecond))
				if _, err := conn.Write(*says.Load()); err == nil {
					_, _ = io.Copy(io.Discard, conn)
				}
			}()
		}
	}()
	f.Fuzz(func(t *testing.T, answer []byte) {
		says.Store(&answer)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		c, err := Connect(ctx, "clickhouse://"+l.Addr().String()+"/db?timeout=1s")
		if err == nil {
			var list []pushed
			if list, err = c.list(ctx); err == nil && len(list) > 0 {
				_, err = c.Open(ctx, list[0].name)
			}
			c.Close()
		}
		switch {
		case ctx.Err() != nil:
			t.Errorf("still looking after half a minute: %v", err)
		case err == nil:
			t.Skip("a server's story: it has no dataset")
		}
	})
}
