//go:build !linux

package server

import "net"

// boundUnsent does nothing where the system has no such bound.
func boundUnsent(net.Conn) {}
