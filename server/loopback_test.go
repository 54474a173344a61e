package server

import (
	"chokepoint/server/servertest"
	"testing"
)

// TestLoopback: names are the same in any case.
func TestLoopback(t *testing.T) {
	for addr, want := range map[string]bool{"localhost:1": true, "LOCALHOST:1": true, "LocalHost:1": true, "127.0.0.1:1": true, "[::1]:1": true,
		"localhost.example:1": false, "10.0.0.1:1": false, ":1": false} {
		if got, err := Loopback(addr); err != nil || got != want {
			t.Errorf("%s: %v, %v", addr, got, err)
		}
	}
	servertest.Body(t, servertest.Get(newServer(t, func(c *Config) { c.Local = true }), "/healthz", "Host", "LOCALHOST:8080"), 200)
}
