package server

import (
	"net"
	"net/netip"
	"sync"
)

// boundListener accepts a bounded number of connections at a time, in all and from one client, and closes at once those beyond: each
// takes memory, also one that says nothing. Trusted proxies bring many clients, so that the bound in all alone holds for them.
type boundListener struct {
	net.Listener
	server *Server
	most   int

	mu       sync.Mutex
	open     int
	byClient map[netip.Prefix]int
}

func (s *Server) boundListener(l net.Listener) *boundListener {
	return &boundListener{Listener: l, server: s, most: s.Limits.Connections, byClient: map[netip.Prefix]int{}}
}

// Accept implements net.Listener.
func (l *boundListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		remote, _ := netip.ParseAddrPort(c.RemoteAddr().String())
		address := remote.Addr().Unmap().WithZone("")
		client := clientOf(address)
		if l.enter(client, l.server.trusts(address)) {
			boundUnsent(c)
			return &boundConn{Conn: c, leave: sync.OnceFunc(func() { l.leave(client) })}, nil
		}
		l.server.counters.refused()
		_ = c.Close()
	}
}

func (l *boundListener) enter(client netip.Prefix, trusted bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open >= l.most || !trusted && l.byClient[client] >= max(1, l.most/4) {
		return false
	}
	l.open++
	l.byClient[client]++
	return true
}

func (l *boundListener) leave(client netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	if l.byClient[client]--; l.byClient[client] == 0 {
		delete(l.byClient, client)
	}
}

type boundConn struct {
	net.Conn
	leave func()
}

// Close implements net.Conn.
func (c *boundConn) Close() error {
	c.leave()
	return c.Conn.Close()
}
