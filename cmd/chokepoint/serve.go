package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"chokepoint/clickhouse"
	"chokepoint/fault"
	"chokepoint/pages"
	"chokepoint/sector"
	"chokepoint/server"
	"chokepoint/store"
	"chokepoint/study"
)

// defaultAddr is where the server listens unless told otherwise: on this computer alone.
const defaultAddr = "127.0.0.1:8080"

// serving are the flags of `chokepoint serve`.
type serving struct {
	addr, tokenFile, certificate, key, log string
	metrics                                string
	frames                                 []string
	proxies, lists                         []string
	memory, spill, leastRate               size
	public                                 bool
	limits                                 server.Limits
}

// metricsOff is the value of --metrics that leaves them out.
const metricsOff = "off"

// minMemory is below what the server cannot work.
const minMemory = 256 << 20

func (a *app) serveCommand() *cobra.Command {
	d := server.DefaultLimits
	v := serving{limits: d, memory: size(d.Memory), spill: size(d.Spill), leastRate: size(d.LeastRate)}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Start a server: pages for the browser, the API with its reference, and tools for assistants",
		Long: `Give the same answers over HTTP as the commands give on the terminal: pages with charts at /, an API under /api/v1 with the same
parameter and column names, a page that documents it, and tools for assistants at /mcp. The server reads the data folder, or the
ClickHouse server or cluster of --engine, and never writes to it.

On 127.0.0.1, the default address, anybody who uses this computer can ask. On any other address requests need a token, from
--token-file or the environment variable ` + server.TokenVariable + `. With --public anybody may ask without one.

Behind a proxy, --trusted-proxy names its network, so that clients are told apart by the header X-Forwarded-For. docs/serving.md
describes limits, memory, and when clients are disconnected.`,
		Example: `  chokepoint serve
  chokepoint serve --addr 127.0.0.1:9000 --dataset baci-hs17-v202601
  chokepoint serve --addr :8443 --token-file token.txt --tls-cert cert.pem --tls-key key.pem
  chokepoint serve --addr :8080 --public --rate 5
  chokepoint serve --public --trusted-proxy 127.0.0.0/8 --metrics 127.0.0.1:9090 --memory 2GiB
  chokepoint serve --engine 'clickhouse://reader:password@host:9000/db?cluster=NAME' --scans 8`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context(), &v) },
	}
	f := cmd.Flags()
	f.StringVar(&v.addr, "addr", defaultAddr, "where to listen, host:port; without a host, on every address of this computer")
	f.BoolVar(&v.public, "public", false, "let anybody ask without a token, on an address that other computers can reach")
	f.StringVar(&v.tokenFile, "token-file", "", "a file with the token that requests need (default: the environment variable "+server.TokenVariable+")")
	f.StringVar(&v.certificate, "tls-cert", "", "certificate (PEM) for HTTPS, with --tls-key")
	f.StringVar(&v.key, "tls-key", "", "key (PEM) of the certificate")
	f.StringVar(&v.log, "log", "text", "format of the log on standard error: text or json")
	f.IntVar(&v.limits.Scans, "scans", v.limits.Scans, "answers computed at the same time; others wait")
	f.DurationVar(&v.limits.Wait, "wait", v.limits.Wait, "how long a question waits for its turn before it is refused")
	f.DurationVar(&v.limits.Time, "time", v.limits.Time, "how long computing an answer may take")
	f.Float64Var(&v.limits.Rate, "rate", v.limits.Rate, "requests per second allowed for one client; -1 means no limit")
	f.Var(&v.memory, "memory", "memory limit, at least 256MiB: half of it for answers being computed, which limits the largest answer, and a quarter for intermediate results of open datasets")
	f.Var(&v.spill, "spill", "space in temporary files for answers being downloaded; one client may use a quarter of it")
	f.Var(&v.leastRate, "least-rate", "lowest average download speed in bytes per second; slower clients are disconnected")
	f.StringArrayVar(&v.proxies, "trusted-proxy", nil, "network of a proxy, such as 10.0.0.0/8, whose header X-Forwarded-For is trusted (may be repeated)")
	f.StringArrayVar(&v.lists, "lists", nil, "a file with your own product list, as list:NAME for all visitors (CSV; may be repeated)")
	f.StringSliceVar(&v.frames, "frames", nil, "sites that may show figures in a frame, each with scheme and host: https://www.example.org (default: none)")
	f.StringVar(&v.metrics, "metrics", "", "where /metrics is: off, or a separate address host:port (default: with the rest, requiring the token; on a public server for this computer only)")
	a.besideFlags(cmd)
	return cmd
}

// trusted reads the networks of proxies. Where there is one, other computers ask through it.
func (v *serving) trusted() (list []netip.Prefix, err error) {
	for _, text := range v.proxies {
		p, err := netip.ParsePrefix(text)
		if address, no := netip.ParseAddr(text); err != nil && no == nil {
			p, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil || p.Bits() == 0 {
			return nil, fault.Questionf("--trusted-proxy %q: expected the network of a proxy, such as 10.0.0.0/8, or its address; not all addresses", text)
		}
		list = append(list, p.Masked())
	}
	return list, nil
}

// listenMetrics listens where /metrics is to be; nil where that is no address of its own.
func (v *serving) listenMetrics(ctx context.Context) (net.Listener, error) {
	if v.metrics == "" || v.metrics == metricsOff {
		return nil, nil
	}
	return (&net.ListenConfig{}).Listen(ctx, "tcp", v.metrics)
}

func (v *serving) check() (local bool, token string, err error) {
	if local, err = server.Loopback(v.addr); err != nil {
		return local, "", fault.Question(err)
	}
	local = local && len(v.proxies) == 0
	if v.metrics != "" && v.metrics != metricsOff {
		if _, err := server.Loopback(v.metrics); err != nil {
			return local, "", fault.Questionf("--metrics %q: expected off or HOST:PORT", v.metrics)
		}
	}
	if token, err = server.ReadToken(v.tokenFile); err != nil {
		return local, "", fault.Question(err)
	}
	switch {
	case v.public && token != "":
		err = fault.Questionf("serve: --public and a token contradict each other; expected one of them")
	case len(v.proxies) > 0 && token == "" && !v.public:
		err = fault.Questionf("serve: other computers can ask through a trusted proxy; expected a token (--token-file or %s) or --public", server.TokenVariable)
	case v.memory < minMemory:
		err = fault.Questionf("--memory %s: expected at least 256MiB", &v.memory)
	case !local && token == "" && !v.public:
		err = fault.Questionf("serve: %s is open to other computers; expected a token (--token-file or %s) or --public", v.addr, server.TokenVariable)
	case (v.certificate == "") != (v.key == ""):
		err = fault.Questionf("serve: --tls-cert and --tls-key go together")
	case server.CheckFrames(v.frames) != nil:
		err = fault.Questionf("--frames %w", server.CheckFrames(v.frames))
	case v.log != "text" && v.log != "json":
		err = fault.Questionf("--log %q: expected text or json", v.log)
	case v.limits.Scans < 1 || v.limits.Wait <= 0 || v.limits.Time <= 0 || v.limits.Rate == 0:
		err = fault.Questionf("serve: --scans, --wait and --time must be above zero, --rate above zero or -1")
	}
	return local, token, err
}

func (a *app) serve(ctx context.Context, v *serving) error {
	local, token, err := v.check()
	if err != nil {
		return err
	}
	for _, file := range v.lists {
		if _, err := sector.Offer(file); err != nil {
			return fault.Questionf("--lists: %w", err)
		}
	}
	if err := a.checkDataset(); err != nil {
		return err
	}
	config, err := a.serverConfig()
	if err != nil {
		return err
	}
	var handler slog.Handler = slog.NewTextHandler(a.err, nil)
	if v.log == "json" {
		handler = slog.NewJSONHandler(a.err, nil)
	}
	v.limits.Memory, v.limits.Spill, v.limits.LeastRate = int64(v.memory), int64(v.spill), int(v.leastRate)
	if os.Getenv("GOMEMLIMIT") == "" {
		defer debug.SetMemoryLimit(debug.SetMemoryLimit(v.limits.Collected())) // memory is collected the more often the nearer this is
	}
	defer store.LimitRemembered(store.LimitRemembered(v.limits.Memory / 4))
	config.Token, config.Local, config.Secure, config.Log, config.Limits = token, local, v.certificate != "", slog.New(handler), v.limits
	config.HideMetrics, config.Frames = v.metrics != "", v.frames
	if config.TrustedProxies, err = v.trusted(); err != nil {
		return err
	}
	s, err := server.New(config)
	if err != nil {
		return err
	}
	defer s.Close()
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", v.addr)
	if err != nil {
		return err
	}
	defer l.Close()
	metrics, err := v.listenMetrics(ctx)
	if err != nil {
		return err
	}
	scheme := "http"
	if config.Secure {
		scheme = "https"
	}
	fmt.Fprintf(a.text(), "Chokepoint answers at %s://%s/ (Ctrl-C stops it)\n", scheme, l.Addr())
	if token != "" && !config.Secure && !local && len(v.proxies) == 0 {
		config.Log.Warn("the token is sent without encryption; use --tls-cert and --tls-key, or a proxy that encrypts")
	}
	if metrics == nil {
		return s.Serve(ctx, l, v.certificate, v.key)
	}
	group, ctx := fault.WithContext(ctx)
	group.Go(func() error { return s.ServeMetrics(ctx, metrics) })
	group.Go(func() error { return s.Serve(ctx, l, v.certificate, v.key) })
	return group.Wait()
}

// checkDataset opens the dataset that --dataset names once, so that a wrong name is an error at the beginning and not of each answer. A damaged one is not:
// others answer beside it. Where none is named it says on standard error which answers; where nothing is chosen, the server asks question by question.
func (a *app) checkDataset() error {
	if a.dataset == "" {
		if a.engine == "" {
			_, _ = a.choice()
		}
		return nil
	}
	s, err := a.source()
	var wrong *fault.QuestionError
	switch {
	case err == nil:
		return s.Close()
	case errors.As(err, &wrong):
		return err
	}
	return nil
}

func (a *app) serverConfig() (server.Config, error) {
	library, err := a.library()
	if err != nil {
		return server.Config{}, err
	}
	beside, err := a.besideAll()
	if err != nil {
		return server.Config{}, err
	}
	blocs, err := a.blocTable()
	return server.Config{Library: library, Dataset: a.dataset, Blocs: blocs, Beside: beside, Program: "chokepoint " + version, Site: pages.New}, err
}

// library is the cluster of --engine, else the data folder.
func (a *app) library() (server.Library, error) {
	if a.engine != "" {
		c, err := a.cluster(a.ctx)
		if err != nil {
			return nil, err
		}
		return cluster{c}, nil
	}
	dir, err := a.dataDir()
	return server.Folder(dir), err
}

// cluster is a library on a cluster.
type cluster struct{ *clickhouse.Cluster }

// Manifests implements server.Library.
func (c cluster) Manifests(ctx context.Context) ([]store.Manifest, error) { return c.List(ctx) }

// InUse implements server.Library: a cluster keeps no choice.
func (c cluster) InUse() (string, error) { return "", nil }

// Open implements server.Library.
func (c cluster) Open(ctx context.Context, name string) (*server.Volume, error) {
	e, err := c.Cluster.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	return &server.Volume{Dataset: e.Dataset, Engine: func() (study.Engine, error) { return e.Session(), nil }, Close: e.Close}, nil
}

func (a *app) mcpCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "mcp",
		Short: "Serve an AI assistant over standard input and output (Model Context Protocol)",
		Long: `Serve an AI assistant that starts this program, over standard input and output, by the Model Context Protocol. The tools are the
questions of the command line, with the same parameter and column names. They only read the data folder, or the ClickHouse server or
cluster of --engine.`,
		Example: "  chokepoint mcp\n  chokepoint mcp --dataset baci-hs17-v202601",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.checkDataset(); err != nil {
				return err
			}
			config, err := a.serverConfig()
			if err != nil {
				return err
			}
			s, err := server.New(config)
			if err != nil {
				return err
			}
			defer s.Close()
			return s.ServeTools(cmd.Context(), os.Stdin, os.Stdout)
		},
	}
	a.besideFlags(cmd)
	return cmd
}
