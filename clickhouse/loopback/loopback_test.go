//go:build linux

package loopback

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// role is what this test's process is when it starts itself: a test with a server, or that server.
const role = "LOOPBACK_TEST_ROLE"

// TestServerDiesWithTheProcess kills a test's process without a warning. Its server, which would live for a while, must be gone.
func TestServerDiesWithTheProcess(t *testing.T) {
	again := func(as string) *exec.Cmd {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestServerDiesWithTheProcess$")
		cmd.Env = append(os.Environ(), role+"="+as)
		return cmd
	}
	switch os.Getenv(role) {
	case "server":
		fmt.Println("ready")
		time.Sleep(20 * time.Second)
		fmt.Println("survived")
		os.Exit(0)
	case "test":
		s := &Server{cmd: again("server"), done: make(chan struct{})}
		s.cmd.Stdout = os.Stdout
		if err := s.run(); err != nil {
			t.Fatal(err)
		}
		<-s.done
		return
	}
	cmd := again("test")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	first := make([]byte, len("ready\n"))
	if _, err := io.ReadFull(out, first); err != nil || string(first) != "ready\n" {
		t.Fatalf("the server says %q, %v", first, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(out) // until the server, which holds the other end, is gone
	_ = cmd.Wait()
	if err != nil || strings.Contains(string(rest), "survived") {
		t.Errorf("the server lives on: %q, %v", rest, err)
	}
}
