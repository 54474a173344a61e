//go:build unix

package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

// TestSecondInterrupt: work that does not hear the first Ctrl-C, request to end or loss of the terminal is ended by the second.
func TestSecondInterrupt(t *testing.T) {
	if os.Getenv("CHOKEPOINT_TEST_INTERRUPT") != "" {
		ctx, stop := interruptible()
		defer stop()
		fmt.Println("ready")
		<-ctx.Done()
		fmt.Println("interrupted")
		time.Sleep(time.Minute) // deaf
		return
	}
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(s.String(), func(t *testing.T) {
			if signal.Ignored(s) {
				t.Skipf("%v is ignored by who started the tests, as nohup does", s)
			}
			endsTwice(t, s)
		})
	}
}

func endsTwice(t *testing.T, wanted syscall.Signal) {
	child := exec.Command(os.Args[0], "-test.run", "^TestSecondInterrupt$")
	child.Env = append(os.Environ(), "CHOKEPOINT_TEST_INTERRUPT=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer child.Process.Kill()
	lines := bufio.NewScanner(out)
	for _, want := range []string{"ready", "interrupted"} {
		if !lines.Scan() || lines.Text() != want {
			t.Fatalf("%q, want %q", lines.Text(), want)
		}
		if err := child.Process.Signal(wanted); err != nil {
			t.Fatal(err)
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	for waiting := true; waiting; {
		select {
		case err = <-ended:
			waiting = false
		case <-time.After(50 * time.Millisecond):
			child.Process.Signal(wanted) // the first one may still be being heard
		}
	}
	if state, ok := child.ProcessState.Sys().(syscall.WaitStatus); !ok || !state.Signaled() || state.Signal() != wanted {
		t.Errorf("the second %v: %v; want an end by the signal", wanted, err)
	}
}
