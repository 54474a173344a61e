// Package loopback starts ClickHouse servers of its own on loopback, for tests and measurements.
package loopback

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"chokepoint/suite"
)

const configuration = `<yandex><logger><level>warning</level><log>%[1]s/log</log><errorlog>%[1]s/errors</errorlog></logger>
<tcp_port>%[2]d</tcp_port><listen_host>127.0.0.1</listen_host><path>%[1]s/data/</path><tmp_path>%[1]s/tmp/</tmp_path>
<user_files_path>%[1]s/files/</user_files_path><format_schema_path>%[1]s/schemas/</format_schema_path>
<users_config>%[1]s/users.xml</users_config><default_profile>default</default_profile><default_database>default</default_database>
<mark_cache_size>10000000</mark_cache_size><remote_servers>%[3]s</remote_servers></yandex>`

// profiles are the settings of the users of the same names.
var profiles = map[string]string{
	"default": "<max_memory_usage>4000000000</max_memory_usage>",
	"reader":  "<readonly>2</readonly>",
	"strict":  "<readonly>1</readonly>",
	"small":   "<max_memory_usage>2000000</max_memory_usage>",
	"hasty":   "<max_execution_time>1</max_execution_time>",
	"frugal":  "<max_rows_to_read>100</max_rows_to_read>",
	"locked":  "",
}

// Password is that of user locked. The others have none.
const Password = "secret"

func users() string {
	settings, list := "", ""
	for name, text := range profiles {
		password := ""
		if name == "locked" {
			password = Password
		}
		settings += fmt.Sprintf("<%[1]s>%[2]s</%[1]s>", name, text)
		list += fmt.Sprintf("<%[1]s><password>%[2]s</password><networks><ip>127.0.0.1</ip></networks><profile>%[1]s</profile><quota>default</quota></%[1]s>", name, password)
	}
	return "<yandex><profiles>" + settings + "</profiles><users>" + list + "</users><quotas><default></default></quotas></yandex>"
}

// clusters tells the servers of each other: the first n are the shards of the cluster of that number's name, and the first
// two the replicas of the one shard of "twins".
func clusters(ports []int) string {
	var text strings.Builder
	shard := func(ports ...int) {
		text.WriteString("<shard>")
		for _, port := range ports {
			fmt.Fprintf(&text, "<replica><host>127.0.0.1</host><port>%d</port></replica>", port)
		}
		text.WriteString("</shard>")
	}
	for n, name := range []string{"one", "two", "three"} {
		if n < len(ports) {
			text.WriteString("<" + name + ">")
			for _, port := range ports[:n+1] {
				shard(port)
			}
			text.WriteString("</" + name + ">")
		}
	}
	text.WriteString("<twins>")
	shard(ports[:min(2, len(ports))]...)
	text.WriteString("</twins>")
	return text.String()
}

// Server is one server, which may be killed.
type Server struct {
	Port int
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// Kill stops a server without letting it finish anything.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill()
	<-s.done
}

// CPU is the time that a server has spent computing so far, its own and the system's; 0 where the system does not tell.
func (s *Server) CPU() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	_, rest, ok := strings.Cut(string(text), ") ") // the program's name may have spaces
	fields := strings.Fields(rest)
	if err != nil || !ok || len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * time.Second / ticks
}

// ticks are the system's units of computing time a second (USER_HZ of Linux).
const ticks = 100

// Start starts one to three servers. They live as long as the test, and die with its process however that ends. A test whose suite is
// not asked for is skipped.
func Start(t testing.TB, asked suite.Suite, n int) (servers []*Server) {
	t.Helper()
	binary := asked.Tool(t, "clickhouse-server", "Debian: apt-get install clickhouse-server")
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
		l.Close()
	}
	for _, port := range ports {
		servers = append(servers, start(t, binary, port, ports))
	}
	for _, s := range servers {
		s.await(t)
	}
	return servers
}

func start(t testing.TB, binary string, port int, ports []int) *Server {
	t.Helper()
	dir := t.TempDir()
	err := errors.Join(os.WriteFile(filepath.Join(dir, "config.xml"), fmt.Appendf(nil, configuration, dir, port, clusters(ports)), 0o600),
		os.WriteFile(filepath.Join(dir, "users.xml"), []byte(users()), 0o600))
	for _, sub := range []string{"data", "tmp", "files", "schemas"} {
		err = errors.Join(err, os.Mkdir(filepath.Join(dir, sub), 0o700))
	}
	s := &Server{port, exec.Command(binary, "--config-file="+filepath.Join(dir, "config.xml")), make(chan struct{})}
	s.cmd.Dir = dir
	s.cmd.Env = append(os.Environ(), "CLICKHOUSE_WATCHDOG_ENABLE=0") // a modern server would fork, and Kill miss it
	if err = errors.Join(err, s.run()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	return s
}

// run starts the server and waits for its end. The system kills a child when the thread that started it ends, so that the
// thread is kept until then.
func (s *Server) run() error {
	dieWithParent(s.cmd)
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := s.cmd.Start()
		started <- err
		if err == nil {
			_ = s.cmd.Wait()
		}
		close(s.done)
	}()
	return <-started
}

// await waits until a server answers, for as long as it runs and the test may.
func (s *Server) await(t testing.TB) {
	t.Helper()
	for {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.Port))
		if err == nil {
			conn.Close()
			return
		}
		select {
		case <-s.done:
			said, _ := os.ReadFile(filepath.Join(s.cmd.Dir, "errors"))
			t.Fatalf("clickhouse-server does not start: %v\n%s", s.cmd.ProcessState, said)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
