// Package loopback starts ClickHouse servers of its own on loopback, for tests and measurements.
package loopback

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
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
	Port   int
	Folder string
	*exec.Cmd
}

// Kill stops a server without letting it finish anything.
func (s *Server) Kill() {
	_ = s.Process.Kill()
	_ = s.Wait()
}

// startTime is how long servers may take to start.
const startTime = time.Minute

// Start starts one to three servers, for life at most. They stop with the test. The test is skipped where there is no
// clickhouse-server.
func Start(t testing.TB, n int, life time.Duration) (servers []*Server) {
	t.Helper()
	binary, err := exec.LookPath("clickhouse-server")
	if err != nil {
		t.Skip("clickhouse-server is not installed (Debian: apt-get install clickhouse-server)")
	}
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
		l.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), life)
	t.Cleanup(cancel)
	for _, port := range ports {
		servers = append(servers, start(ctx, t, binary, port, ports))
	}
	for _, s := range servers {
		await(ctx, t, s)
	}
	return servers
}

func start(ctx context.Context, t testing.TB, binary string, port int, ports []int) *Server {
	t.Helper()
	dir := t.TempDir()
	err := errors.Join(os.WriteFile(filepath.Join(dir, "config.xml"), fmt.Appendf(nil, configuration, dir, port, clusters(ports)), 0o600),
		os.WriteFile(filepath.Join(dir, "users.xml"), []byte(users()), 0o600))
	for _, sub := range []string{"data", "tmp", "files", "schemas"} {
		err = errors.Join(err, os.Mkdir(filepath.Join(dir, sub), 0o700))
	}
	s := &Server{port, dir, exec.CommandContext(ctx, binary, "--config-file="+filepath.Join(dir, "config.xml"))}
	s.Dir = dir
	if err = errors.Join(err, s.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	return s
}

// await waits until a server answers.
func await(ctx context.Context, t testing.TB, s *Server) {
	t.Helper()
	for end := time.Now().Add(startTime); ; time.Sleep(100 * time.Millisecond) {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.Port))
		if err == nil {
			conn.Close()
			return
		}
		if ctx.Err() != nil || time.Now().After(end) {
			t.Fatal("the servers do not start")
		}
	}
}
