package server

import (
	"net"
	"syscall"
)

// tcpNotSentLowat is TCP_NOTSENT_LOWAT of Linux, which package syscall has no name for.
const tcpNotSentLowat = 25

// boundUnsent bounds what the system takes for a client that does not read, so that a deadline means the client and not the
// megabytes that the system would put aside for it. It is no condition of anything: without it more memory of the system is used, and a
// slow client is noticed later.
func boundUnsent(c net.Conn) {
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpNotSentLowat, 2*partSize)
	})
}
