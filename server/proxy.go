package server

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// A request that comes through a proxy comes from the proxy's address. Who has asked is in the header X-Forwarded-For, which
// anybody can send: it is believed of the proxies of Config.TrustedProxies alone, and no further than they vouch for it.

type clientKey struct{}

// identify puts the address of the client into the context of a request.
func (s *Server) identify(r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), clientKey{}, s.addressOf(r)))
}

// addressOf is the address that a request comes from; the zero value where nobody can tell.
func (s *Server) addressOf(r *http.Request) netip.Addr {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	address := remote.Addr().Unmap().WithZone("")
	if !s.trusts(address) {
		return address
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, text := range slices.Backward(hops) { // each proxy adds whom it was asked by at the end
		hop, ok := hopAddress(text)
		if !ok {
			break
		}
		if address = hop; !s.trusts(hop) {
			break
		}
	}
	return address
}

// hopAddress reads one address of X-Forwarded-For, which some proxies give a port.
func hopAddress(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	if with, err := netip.ParseAddrPort(text); err == nil {
		return with.Addr().Unmap().WithZone(""), true
	}
	address, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return address.Unmap().WithZone(""), err == nil
}

func (s *Server) trusts(address netip.Addr) bool {
	return slices.ContainsFunc(s.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(address) })
}

// fromProxy says that a trusted proxy hands a request on.
func (s *Server) fromProxy(r *http.Request) bool {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && s.trusts(remote.Addr().Unmap().WithZone(""))
}

// Encrypted says that the client has asked over TLS, of this server or of a trusted proxy before it.
func (s *Server) Encrypted(r *http.Request) bool {
	return s.Secure || s.fromProxy(r) && strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}

// addressIn is the address that identify has put there.
func addressIn(r *http.Request) netip.Addr {
	address, _ := r.Context().Value(clientKey{}).(netip.Addr)
	return address
}

// clientIn is who has asked: an address or, of IPv6, its network.
func clientIn(ctx context.Context) (client netip.Prefix) {
	address, _ := ctx.Value(clientKey{}).(netip.Addr)
	return clientOf(address)
}

func clientOf(address netip.Addr) netip.Prefix {
	bits := 32
	if address.Is6() {
		bits = 64
	}
	client, _ := address.Prefix(bits)
	return client
}

// handedOn says that a proxy that nobody vouches for has handed a request on: it comes from somewhere else than its address says.
func (s *Server) handedOn(r *http.Request) bool {
	return !s.fromProxy(r) && (r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" || r.Header.Get("Via") != "")
}
