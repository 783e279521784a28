package submission_test

import (
	"errors"
	"net"
)

type conn = net.Conn

// breaking fails to write after so many bytes, as a network does, and closes.
type breaking struct {
	here
	after int
	then  func()
}

func (b *breaking) Write(p []byte) (int, error) {
	if b.after -= len(p); b.after < 0 {
		b.then()
		return 0, errors.New("the network is gone")
	}
	return b.here.Write(p)
}

// elsewhere is a connection that ends on another machine.
type elsewhere struct{ net.Conn }

func (elsewhere) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 25} }
